package lint

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// oldestTried is the last age that a table of pensions must have a row for.
const oldestTried = 110

// checkOldAge looks for pensions that differ by sex without a law, tables that leave out an age, and what is taken from
// savings.
func (r *reader) checkOldAge() {
	o := r.scheme.OldAge
	if o == nil {
		return
	}
	for i := range o.Plans {
		p := &o.Plans[i]
		if r.reaches(p)["sex"] && p.Law == "" {
			r.warn(p.Position, "plan %s pays women and men differently; pay both the same, or write law: the article that says otherwise", p.Name)
		}
		r.checkAges(p)
	}
	for i := range o.Early {
		if e := &o.Early[i]; e.Charge != nil {
			r.warn(e.Key("charge"), "early.%s keeps a part of what she draws; without charge: nothing is taken", e.Name)
		}
	}
	if o.Exit != nil && o.Exit.Unvested == rule.UnvestedToFund {
		r.warn(o.Exit.Key("unvested"), "what has not vested stays with the fund, and does not go back to who gave it, by %s", o.Exit.Law)
	}
}

// checkAges tries every age from that of retirement on.
func (r *reader) checkAges(p *rule.Plan) {
	from, known := exact.Int(0), false
	if o := r.scheme.OldAge; o.Retirement != nil {
		from, known = r.number(o.Retirement.Age)
	}
	first, whole := from.Round(exact.Up, exact.Int(1)).Whole()
	if !known || !whole {
		return
	}
	for _, v := range []*rule.Value{p.Monthly, p.MonthsLeft} {
		if v == nil {
			continue
		}
		for age := first; age <= oldestTried; age++ {
			if reason := r.tryAge(v, int(age)); reason == "NOT_IN_TABLE" {
				r.warn(v.Position, "plan %s has no row for the age of %d; let the last row have no end", p.Name, age)
				break
			}
		}
	}
}

// tryAge is the reason for which a value is refused to somebody of the age; empty where it is not.
func (r *reader) tryAge(v *rule.Value, age int) string {
	on := lastDay
	thousand := exact.Int(1000)
	born := ledger.DateOf(ledger.Date(on).Time().AddDate(-age, 0, 0))
	_, refusal, err := r.scheme.Compute(v, rule.Input{On: ledger.Date(on), Facts: insurance.Facts{Birth: insurance.Birth{On: born}, Sex: insurance.Female},
		Circumstances: map[string]exact.Number{"pot": thousand, "pot_own": thousand, "pot_matched": exact.Int(0), "reserve": thousand}}, rule.Greater)
	if err != nil || refusal == nil {
		return ""
	}
	return refusal.Reason
}
