package exact

import (
	"cmp"
	"math"
	"math/bits"
)

// The arithmetic of numbers that fit two int64 before and after, which is nearly all there is. Each says false where
// something does not fit, and the library does it again; so the results are those of the library, only sooner.

// plusSmall is n + m.
func (n Number) plusSmall(m Number) (Number, bool) {
	if n.large != nil || m.large != nil {
		return Number{}, false
	}
	x, y, over, fits := n.num, m.num, n.denom(), true
	if m.denom() != over {
		var ok1, ok2, ok3 bool
		x, ok1 = times(n.num, m.denom())
		y, ok2 = times(m.num, n.denom())
		over, ok3 = times(n.denom(), m.denom())
		fits = ok1 && ok2 && ok3
	}
	sum, ok := add(x, y)
	if !fits || !ok {
		return Number{}, false
	}
	sum, over = reduced(sum, over)
	return Number{num: sum, over: over}, true
}

// negSmall is −n.
func (n Number) negSmall() (Number, bool) {
	if n.large != nil || n.num == math.MinInt64 {
		return Number{}, false
	}
	return Number{num: -n.num, over: n.over}, true
}

// timesSmall is n × m. What the numerator of one and the denominator of the other share goes first.
func (n Number) timesSmall(m Number) (Number, bool) {
	if n.large != nil || m.large != nil {
		return Number{}, false
	}
	a, d := reduced(n.num, m.denom())
	c, b := reduced(m.num, n.denom())
	num, ok1 := times(a, c)
	over, ok2 := times(b, d)
	return Number{num: num, over: over}, ok1 && ok2
}

// inverseSmall is 1 ÷ n, for an n other than 0.
func (n Number) inverseSmall() (Number, bool) {
	switch {
	case n.large != nil || n.num == math.MinInt64:
		return Number{}, false
	case n.num < 0:
		return Number{num: -n.denom(), over: -n.num}, true
	}
	return Number{num: n.denom(), over: n.num}, true
}

func (n Number) cmpSmall(m Number) (int, bool) {
	if n.large != nil || m.large != nil {
		return 0, false
	}
	x, ok1 := times(n.num, m.denom())
	y, ok2 := times(m.num, n.denom())
	return cmp.Compare(x, y), ok1 && ok2
}

// reduced divides both by what they share. The second is above zero.
func reduced(num, over int64) (int64, int64) {
	if over == 1 {
		return num, 1
	}
	if shared := gcd(magnitude(num), uint64(over)); shared > 1 {
		return num / int64(shared), over / int64(shared)
	}
	return num, over
}

// gcd is the greatest common divisor (Euclid, Elements VII.2); b is above zero.
func gcd(a, b uint64) uint64 {
	for a != 0 {
		a, b = b%a, a
	}
	return b
}

func magnitude(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

func add(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (a < 0) != (b < 0) || (a < 0) == (sum < 0)
}

func times(a, b int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if high != 0 || low > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(low), true
	}
	return int64(low), true
}
