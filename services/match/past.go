package match

import (
	"cmp"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Past is what a member gave in a scheme, and what is known of her: all that a rule looks at. Nothing of what the books
// hold for her is in it, so that another rule can be tried on it.
type Past struct {
	Scheme ledger.SchemeCode
	Facts  insurance.Facts
	// Contributions are those that stand, by value date.
	Contributions []rule.Contribution
}

// PastOf reads a member's past in a scheme from all her entries.
func PastOf(scheme ledger.SchemeCode, facts insurance.Facts, entries []ledger.Entry) Past {
	return Past{scheme, facts, contributionsOf(scheme, entries)}
}

// Through is the past as it stood at the end of the day, as far as it is known now.
func (p Past) Through(day ledger.Date) Past {
	after := slices.IndexFunc(p.Contributions, func(c rule.Contribution) bool { return c.On > day })
	if after >= 0 {
		p.Contributions = p.Contributions[:after:after]
	}
	return p
}

// Booked is what the books have granted in the scheme with value dates from one day through another, less what was clawed
// back, in minor units.
func Booked(scheme ledger.SchemeCode, entries []ledger.Entry, from, to ledger.Date) (minor int64) {
	for _, e := range entries {
		g, ok := insurance.GrantOf(e)
		switch {
		case !ok || g.Line.Scheme != scheme || e.ValueOn < from || e.ValueOn > to:
		case e.Kind == insurance.KindClawback:
			minor -= g.Minor()
		default:
			minor += g.Minor()
		}
	}
	return minor
}

// Alone are the rules of a scheme that is not published, as if they had always been in force in that of the code.
func Alone(code ledger.SchemeCode, s *rule.Scheme) Rules {
	as := *s
	as.Code = string(code)
	return rulesOf(Rules{Code: code, Currency: ledger.Currency(s.Currency)}, version{scheme: &as})
}

// Owed is what rules make due to a member.
type Owed struct {
	// Minor is in minor units.
	Minor int64
	// Refused are the periods for which nothing is due for a reason.
	Refused []Refused
}

// Refused says why nothing is due for a period, and on which day that ends.
type Refused struct {
	Reason string
	Ends   ledger.Date
}

// Due is what the rules make due of all their subsidies for a past that ends with the day: for every period from that of
// the first contribution to that of the last, and those that something is carried to and that have begun by the day.
// What is not granted at once but by a run is due for the periods after the last contribution too, until the day. A
// promise that is not redeemed yet counts as due.
func (r Rules) Due(p Past, through ledger.Date) (Owed, error) {
	t := &trial{rules: r, past: p, through: through}
	if len(p.Contributions) == 0 {
		return t.owed, nil
	}
	for _, c := range p.Contributions {
		if err := t.folded.add(c.On, givingOf(c), c.Minor); err != nil {
			return Owed{}, err
		}
	}
	for _, s := range r.spans {
		if err := t.subsidy(s.subsidy); err != nil {
			return Owed{}, err
		}
	}
	return t.owed, nil
}

// trial is a past that rules are tried on.
type trial struct {
	rules   Rules
	past    Past
	folded  Position
	through ledger.Date
	owed    Owed
}

// subsidy adds what is due of one subsidy, period by period.
func (t *trial) subsidy(id string) error {
	enrolled := t.past.Facts.Enrolled(t.past.Scheme)
	sub := t.rules.latest(id)
	last := t.past.Contributions[len(t.past.Contributions)-1].On
	if sub.Timing != rule.Immediate && sub.Timing != rule.OnRemittance {
		last = t.through
	}
	left, before := sub.Carries, int64(0)
	for day := t.past.Contributions[0].On; ; {
		p, inForce := t.rules.periodOf(id, day, enrolled)
		if !inForce {
			p = sub.PeriodOf(day, enrolled)
		}
		due, err := t.period(id, p, before)
		if err != nil {
			return err
		}
		before += due
		if p.End >= last {
			if left == 0 || p.End >= t.through {
				t.owed.Minor += before
				return nil
			}
			left--
		}
		day = p.End.AddDays(1)
	}
}

// period is what is due for the period; before is what was due of the subsidy for earlier ones.
func (t *trial) period(id string, p rule.Period, before int64) (int64, error) {
	reason := ""
	refused := func(r rule.Refusal) { reason = cmp.Or(reason, r.Reason) }
	due, _, err := t.rules.due(id, p, looked{
		scheme: t.past.Scheme, facts: t.past.Facts, contributions: t.contributions, before: before, refused: refused,
	})
	if due == 0 && reason != "" {
		t.owed.Refused = append(t.owed.Refused, Refused{reason, p.End})
	}
	return due, err
}

// contributions are what the subsidy's rule reads: the folds, or every contribution.
func (t *trial) contributions(sub *rule.Subsidy) []rule.Contribution {
	if sub.Reads == rule.ByContribution {
		return t.past.Contributions
	}
	return t.folded.contributions()
}
