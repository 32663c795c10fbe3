package rule

import (
	"errors"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// Kept is what of a state share the member keeps who has left the scheme: the part that has vested by the day she left,
// in minor units, rounded down. Who has not left keeps all; so does who leaves a scheme that says nothing of vesting.
func (s *Scheme) Kept(in Input, share int64) (int64, error) {
	left := ledger.Date(0)
	for _, d := range in.Facts.Withdrawal {
		if d.Exit && (d.Scheme == "" || d.Scheme == ledger.SchemeCode(s.Code)) {
			left = d.On
		}
	}
	if left == 0 || s.Vesting == nil {
		return share, nil
	}
	best := exact.Int(0)
	for _, birth := range possibleBirths(in.Facts.Birth) {
		e := &env{scheme: s, sub: s.anySubsidy(), in: &in, birth: birth, on: left, contributions: in.Contributions}
		e.period = e.sub.PeriodOf(left, in.Enrolled)
		vested := e.vestedShare()
		if e.refusal != nil {
			return 0, errors.New(e.refusal.Reason + ": " + e.refusal.Text)
		}
		best = exact.Max(best, vested)
	}
	kept, ok := exact.Int(share).Times(exact.Min(best, exact.Int(1))).Round(exact.Down, exact.Int(1)).Whole()
	if !ok {
		return 0, errors.New("the vested share can't be computed")
	}
	return kept, best.Err()
}
