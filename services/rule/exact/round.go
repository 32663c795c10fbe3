package exact

import (
	"cmp"
	"fmt"
	"math/big"
)

// Way is a named way of rounding.
type Way string

// The ways.
const (
	HalfUp   Way = "half-up"   // to the nearest, a half away from zero
	HalfDown Way = "half-down" // to the nearest, a half towards zero
	HalfEven Way = "half-even" // to the nearest, a half to the even neighbour
	Down     Way = "down"      // towards zero
	Up       Way = "up"        // away from zero
)

// Ways lists the names.
func Ways() []Way { return []Way{HalfUp, HalfDown, HalfEven, Down, Up} }

// Check says whether the way has a name that is known.
func (w Way) Check() error {
	for _, known := range Ways() {
		if w == known {
			return nil
		}
	}
	return fmt.Errorf("%.40q is no way of rounding; use one of %v", string(w), Ways())
}

// Round is n rounded the named way to a multiple of the step, such as 0.05.
func (n Number) Round(way Way, step Number) Number {
	if err := way.Check(); err != nil {
		return Failed(cmpErr(n.Err(), err))
	}
	if step.Err() == nil && step.Sign() <= 0 {
		return Failed(cmpErr(n.Err(), fmt.Errorf("rounding to a multiple of %s: %w", step, ErrDivision)))
	}
	steps := n.Over(step)
	switch {
	case steps.Err() != nil || steps.IsWhole():
		return steps.Times(step)
	case steps.large == nil:
		return Int(way.wholeSmall(steps)).Times(step)
	}
	return BigInt(way.whole(steps.value())).Times(step)
}

// wholeSmall is a number that fits, and is not whole, as a whole one.
func (w Way) wholeSmall(n Number) int64 {
	q, rest := n.num/n.over, magnitude(n.num%n.over)
	if w.away(cmp.Compare(2*rest, uint64(n.over)), q%2 != 0) {
		q += int64(n.Sign())
	}
	return q
}

// whole is a fraction that is not whole as a whole number.
func (w Way) whole(r *big.Rat) *big.Int {
	q, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	half := new(big.Int).Lsh(rest.Abs(rest), 1).Cmp(r.Denom())
	if w.away(half, q.Bit(0) == 1) {
		q.Add(q, big.NewInt(int64(r.Sign())))
	}
	return q
}

// away says whether what is over goes away from zero; half is how it compares with a half.
func (w Way) away(half int, odd bool) bool {
	switch w {
	case Up:
		return true
	case Down:
		return false
	case HalfUp:
		return half >= 0
	case HalfEven:
		return half > 0 || half == 0 && odd
	}
	return half > 0
}
