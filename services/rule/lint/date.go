package lint

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
)

// checkGaps looks for parameters that begin after the scheme does.
func (r *reader) checkGaps() {
	s := r.scheme
	for _, name := range sorted(s.Parameters) {
		p := s.Parameters[name]
		if len(p.Dated) == 0 || p.Dated[0].From == 0 || s.Effective == 0 {
			continue
		}
		if first := p.Dated[0].From; first > s.Effective {
			r.warn(p.Dated[0].Key("from"), "parameter %s has no value from %s, the scheme's first day, until %s; write the value that held before, or a later effective:",
				name, ledger.Date(s.Effective), ledger.Date(first).AddDays(-1))
		}
	}
}

// checkMonths looks for rules that see what was given in a month as one sum, on its first day, while something else
// changes inside it.
func (r *reader) checkMonths() {
	for i := range r.scheme.Subsidies {
		sub := &r.scheme.Subsidies[i]
		if sub.Reads != rule.ByMonth || sub.JudgedOn == rule.PeriodStart || sub.JudgedOn == rule.PeriodEnd {
			continue
		}
		reached := r.reaches(sub)
		for _, name := range sorted(reached) {
			r.checkDays(sub, name)
		}
		if reached["age"] {
			r.warn(sub.Key("reads"), "subsidy %s reads months and looks at age: who has a birthday inside a month is judged as on its first day; write reads: contributions where the law counts the day", sub.ID)
		}
	}
}

// checkDays looks for a parameter that changes on another day than the first of a month.
func (r *reader) checkDays(sub *rule.Subsidy, name string) {
	p, ok := r.scheme.Parameters[name]
	if !ok {
		return
	}
	for i := range p.Dated {
		from := ledger.Date(p.Dated[i].From)
		if i > 0 && from != 0 && from.Day() != 1 {
			r.warn(p.Dated[i].Key("from"), "%s changes on %s, inside a month, and subsidy %s reads months; write reads: contributions, or a first day of a month",
				name, from, sub.ID)
		}
	}
}
