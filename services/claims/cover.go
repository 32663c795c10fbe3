package claims

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Histories are what members' cover in a scheme is judged by, with the rules. Who is unknown or erased is left out.
type Histories func(ctx context.Context, tx Tx, scheme ledger.SchemeCode, members ...insurance.MemberID) (cover.Rules, map[insurance.MemberID]cover.History, error)

// covered is whether the person was covered on the day of the event. Who is known to nobody is not. Where the benefit asks
// for no cover by name, who has a place in the scheme has a right to it.
func (d *desk) covered(ctx context.Context, tx Tx, rules *rule.Scheme) (benefit.Cover, error) {
	claim := d.content.Claim
	name := rules.Benefits[claim.Benefit].Cover
	switch {
	case d.Member == "":
		return benefit.Cover{Why: []benefit.Why{{Reason: insurance.MemberUnknown, Rule: "cover",
			Text: "nobody is known by what the claim names", Change: "name the member by number, phone, document or id"}}}, nil
	case name == "" || d.Histories == nil:
		return placeInScheme(d.facts, firstGiven(d.entries, d.Scheme), d.Scheme, claim.Event.On), nil
	}
	by, histories, err := d.Histories(ctx, tx, d.Scheme, d.Member)
	if err != nil {
		return benefit.Cover{}, err
	}
	// It is asked as of the day on which the claim came: what she had then is not taken from her by what came after.
	answer, err := by.Judge(histories[d.Member], cover.Question{
		Cover: name, Person: d.content.asked(), On: claim.Event.On,
		AdmittedOn: claim.Event.Admitted, ClaimedOn: claim.ReceivedOn, Asked: max(claim.ReceivedOn, claim.Event.On),
	})
	if err != nil {
		return benefit.Cover{}, fmt.Errorf("judge cover %s: %w", name, err)
	}
	return benefit.CoverOf(answer), nil
}

// asked is whom cover is asked for: a child whom nobody has enrolled has no name on record.
func (k Content) asked() cover.Person {
	if k.NewbornOn != 0 {
		return cover.Person{NewbornOn: k.NewbornOn}
	}
	return cover.Person{Dependant: k.Claim.Person}
}

// placeInScheme is the cover of who has a place in the scheme on the day: since she was enrolled, or, where nobody has
// enrolled her, since the first day for which she gave, for a first contribution needs no enrolment.
func placeInScheme(f insurance.Facts, given ledger.Date, scheme ledger.SchemeCode, on ledger.Date) benefit.Cover {
	i := slices.IndexFunc(f.Enrolments, func(e insurance.Enrolment) bool { return e.Scheme == scheme && e.On(on) })
	if i >= 0 {
		return benefit.Cover{Covered: true, Since: f.Enrolments[i].From}
	}
	if f.Enrolled(scheme) == 0 && given != 0 && given <= on {
		return benefit.Cover{Covered: true, Since: given}
	}
	return benefit.Cover{Why: []benefit.Why{{Reason: insurance.NotEnrolled, Rule: "cover",
		Text: "she had no place in the scheme on that day", Change: "enrol her, from the day on which she joined"}}}
}

// firstGiven is the first day for which a member gave something in the scheme that she was not given back; zero for none.
func firstGiven(entries []ledger.Entry, scheme ledger.SchemeCode) (first ledger.Date) {
	undone := map[ledger.ID]bool{}
	for _, e := range entries {
		undone[e.Undoes] = true
	}
	for _, e := range entries {
		placed := e.Kind == insurance.KindContribution || e.Kind == insurance.KindClaimed
		if placed && !undone[e.ID] && e.Postings[len(e.Postings)-1].Account.Scheme == scheme && (first == 0 || e.ValueOn < first) {
			first = e.ValueOn
		}
	}
	return first
}
