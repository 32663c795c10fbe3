package cover

import (
	"cmp"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// dependant is a dependant, as the rules of a day see her.
type dependant struct {
	insurance.Dependant
	rule *rule.DependantRule
	// number is her place among those of her kind, from 1: those that came first are covered first.
	number int
}

// dependants are those of the member that the cover's rules of a day are for.
func dependantsOf(f insurance.Facts, c rule.Cover, on ledger.Date) []dependant {
	var all []dependant
	for i := range c.Dependants {
		r := &c.Dependants[i]
		var kind []dependant
		for _, d := range f.Dependants {
			if string(d.Kind) == r.Kind && d.On(on) {
				kind = append(kind, dependant{Dependant: d, rule: r})
			}
		}
		slices.SortStableFunc(kind, func(a, b dependant) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Name, b.Name)) })
		for j := range kind {
			kind[j].number = j + 1
		}
		all = append(all, kind...)
	}
	return all
}

// herFacts are the facts of a dependant: her own birth, and those categories of the member that name her, such as
// student-child-1 for child-1.
func herFacts(f insurance.Facts, d insurance.Dependant) insurance.Facts {
	hers := insurance.Facts{Birth: d.Birth, Enrolments: f.Enrolments}
	for _, c := range f.Categories {
		if name, ok := strings.CutSuffix(c.Name, "-"+d.Name); ok && d.Name != "" {
			c.Name = name
			hers.Categories = append(hers.Categories, c)
		}
	}
	return hers
}

// endOfAge is the day on which the dependant is too old; never where no age ends it, and always where her birth is not
// known and an age does: nobody is shut out for want of a birth, so that it never ends then.
func (l *life) endOfAge(d *dependant, on day) day {
	v := l.rules.at(on)
	facts := herFacts(l.h.Facts, d.Dependant)
	c := computing{life: l, scheme: v.scheme, in: rule.Input{Facts: facts, Enrolled: l.h.Facts.Enrolled(l.h.Scheme), On: on.date()}}
	defer func() { l.fail(c.err) }()
	limit := -1
	if d.rule.Under != nil {
		limit = c.days(d.rule.Under, int(never), rule.Greater)
	}
	for category, age := range d.rule.UnderIn {
		if limit >= 0 && facts.Has(category, on.date()) {
			limit = max(limit, c.days(&age, int(never), rule.Greater))
		}
	}
	born := latestBirth(d.Birth)
	if limit < 0 || limit >= 200 || born == 0 {
		return never
	}
	return anniversary(born.Year()+limit, int(born)%1_00_00)
}

// latestBirth is the last day on which somebody can have been born; zero where nothing is known.
func latestBirth(b insurance.Birth) ledger.Date {
	switch {
	case b.On != 0:
		return b.On
	case b.Year != 0:
		return ledger.Date(b.Year*1_00_00 + 12_31)
	case b.StatedOn != 0:
		return ledger.DateOf(b.StatedOn.Time().AddDate(-b.StatedYears, 0, 0))
	}
	return 0
}

// alone are the numbers of a member without dependants.
var alone = map[string]exact.Number{
	"covered_heads": exact.Int(1), "covered_spouses": exact.Int(0), "covered_children": exact.Int(0), "covered_parents": exact.Int(0),
}

// heads are the numbers of those who are covered through the member on the day.
func (l *life) heads(d day) map[string]exact.Number {
	c := l.rules.at(d).scheme.Covers[l.name]
	if len(c.Dependants) == 0 || len(l.h.Facts.Dependants) == 0 {
		return alone
	}
	count := map[string]int64{"covered_heads": 1, "covered_spouses": 0, "covered_children": 0, "covered_parents": 0}
	for _, one := range dependantsOf(l.h.Facts, c, d.date()) {
		if l.endOfAge(&one, d) <= d || !l.amongMost(&one, d) {
			continue
		}
		count["covered_heads"]++
		switch one.Kind {
		case insurance.Spouse:
			count["covered_spouses"]++
		case insurance.Child:
			count["covered_children"]++
		case insurance.Parent:
			count["covered_parents"]++
		}
	}
	numbers := make(map[string]exact.Number, len(count))
	for name, n := range count {
		numbers[name] = exact.Int(n)
	}
	return numbers
}

// amongMost says whether she is one of as many as the scheme covers.
func (l *life) amongMost(d *dependant, on day) bool {
	if d.rule.Most == nil {
		return true
	}
	c := computing{life: l, scheme: l.rules.at(on).scheme, in: rule.Input{Facts: l.h.Facts, On: on.date()}}
	defer func() { l.fail(c.err) }()
	return d.number <= c.days(d.rule.Most, int(never), rule.Greater)
}
