package benefit

import (
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
)

// right says why the person has no right to the benefit at all; nothing where she has. What the conditions of the law
// refuse comes first, then cover, waiting days, and months.
func (j *judge) right() ([]Why, error) {
	if why, err := j.conditions(j.in); why != nil || err != nil {
		return whys(why), err
	}
	if why, err := j.aged(); why != nil || err != nil {
		return whys(why), err
	}
	if !j.c.Cover.Covered {
		return j.uncovered(), nil
	}
	if why, err := j.waited(); why != nil || err != nil {
		return whys(why), err
	}
	why, err := j.qualified()
	return whys(why), err
}

func whys(why *Why) []Why {
	if why == nil {
		return nil
	}
	return []Why{*why}
}

// conditions says which condition of the benefit does not hold.
func (j *judge) conditions(in rule.Input) (*Why, error) {
	refusal, err := j.scheme.Refused(j.b.When, in)
	if refusal == nil || err != nil {
		return nil, err
	}
	why := j.refused(refusal, "when")
	return &why, nil
}

// aged says that the person is too young for the benefit.
func (j *judge) aged() (*Why, error) {
	if j.b.Age == nil {
		return nil, nil
	}
	from, err := j.whole(j.b.Age, rule.Lesser, 0)
	if err != nil {
		return nil, err
	}
	_, most, known := j.c.Facts.Birth.AgeBounds(j.c.Claim.Event.On) // doubt counts for the member
	if known && int64(most) >= from {
		return nil, nil
	}
	return &Why{Reason: TooYoung, Rule: j.rule("age"), Text: fmt.Sprintf("it is given from the age of %d", from)}, nil
}

// uncovered are the reasons of cover, or one where cover gives none.
func (j *judge) uncovered() []Why {
	if len(j.c.Cover.Why) > 0 {
		return j.c.Cover.Why
	}
	return []Why{{Reason: NotCovered, Rule: "cover", Text: "there was no cover on the day"}}
}

// waited says that the waiting days since joining, or since coming back, are not over.
func (j *judge) waited() (*Why, error) {
	if j.b.JoinDays == nil || j.waived() {
		return nil, nil
	}
	days, err := j.whole(j.b.JoinDays, rule.Lesser, 0)
	if err != nil {
		return nil, err
	}
	since := j.c.Cover.Since
	if since == 0 {
		since = j.c.Enrolled
	}
	first := since
	if since != 0 {
		first = since.AddDays(int(days))
	}
	if first <= j.c.Claim.Event.On {
		return nil, nil
	}
	return &Why{
		Reason: Waiting, Rule: j.rule("join_days"),
		Text:   fmt.Sprintf("the right begins %d days after joining", days),
		Change: fmt.Sprintf("events from %s on are covered, if the cover goes on", first),
	}, nil
}

// waived says that the waiting days are not for her: for a category of hers, or for what happened.
func (j *judge) waived() bool {
	return slices.ContainsFunc(j.b.NotFor, func(name string) bool {
		return j.c.Facts.Has(name, j.c.Claim.Event.On) || happened(j.c.Claim.Event, name)
	})
}

// happened says whether the word names what happened. Pregnancy stands for all that comes of it.
func happened(e Event, word string) bool {
	switch word {
	case "emergency":
		return e.Emergency
	case "pregnancy":
		return e.Kind.OfPregnancy()
	}
	return string(e.Kind) == word
}

// ofBirth are the kinds of care that pregnancy and birth need.
var ofBirth = []rule.Care{rule.Antenatal, rule.Confinement, rule.Postnatal}

// claimed are the first and the last day that cash is asked for.
func (j *judge) claimed() (from, to ledger.Date) {
	e := j.c.Claim.Event
	if from = e.From; from == 0 {
		from = e.On
	}
	if to = e.To; to == 0 {
		to = from
	}
	return from, to
}
