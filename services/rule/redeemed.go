package rule

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Redeemed says whether a notional subsidy is more than a promise on the day: its until-condition holds.
func (sub *Subsidy) Redeemed(facts insurance.Facts, on ledger.Date) bool {
	if sub.Until == nil {
		return true
	}
	for _, birth := range possibleBirths(facts.Birth) {
		in := &Input{Facts: facts, Enrolled: facts.Enrolled(ledger.SchemeCode(sub.scheme.Code)), On: on}
		e := &env{scheme: sub.scheme, sub: sub, in: in, birth: birth, period: sub.PeriodOf(on, in.Enrolled), on: on}
		if sub.Until.holds(e) {
			return true
		}
	}
	return false
}
