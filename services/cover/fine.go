package cover

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Fine is what the charge of an answer takes from a benefit that costs so much, in minor units: never more than that. It
// is nothing where the answer has no charge; whether the benefit's care is one that the charge falls on is the caller's
// to see ([Charge.Care]).
func (r Rules) Fine(facts insurance.Facts, a Answer, cost int64) (int64, error) {
	if a.Charge == nil {
		return 0, nil
	}
	v := r.at(dayOf(a.Charge.TakenUp))
	c := v.scheme.Covers[a.Cover].Reactivation
	if c == nil {
		return 0, nil
	}
	in := rule.Input{Facts: facts, Enrolled: facts.Enrolled(ledger.SchemeCode(v.scheme.Code)), On: a.On, Circumstances: map[string]exact.Number{
		"months_unpaid": exact.Int(int64(a.Charge.MonthsUnpaid)), "benefit_cost": exact.OfMinor(cost, v.scheme.Decimals()),
	}}
	n, refusal, err := v.scheme.Compute(&c.Charge, in, rule.Lesser)
	if err != nil || refusal != nil {
		return 0, err
	}
	minor, err := v.scheme.Rounded(c.Round, n)
	return max(0, min(minor, cost)), err
}
