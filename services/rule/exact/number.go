// Package exact computes with fractions: rates, factors and amounts that nothing is lost of until a rounding with a name
// makes whole units of them (L9).
package exact

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// Number is an exact fraction. Its zero value is 0. A computation that cannot go on (a division by nothing, a number
// too large) gives a Number whose [Number.Err] says so, as does everything that is computed from it.
type Number struct {
	rat *big.Rat
	err error
}

var (
	// ErrTooLarge: a numerator or denominator has more bits than any amount of money needs.
	ErrTooLarge = errors.New("the number is too large")
	// ErrDivision: a division by zero.
	ErrDivision = errors.New("division by zero")
	// ErrNotWhole: an amount has more decimals than its currency.
	ErrNotWhole = errors.New("the amount is not rounded to whole units of its currency")
	// ErrSyntax: a text is no number.
	ErrSyntax = errors.New("not a number such as 12, 0.5 or 50%")
)

// mostBits bounds numerators and denominators.
const mostBits = 256

var zero = new(big.Rat)

func (n Number) value() *big.Rat {
	if n.rat == nil {
		return zero
	}
	return n.rat
}

// Err is what went wrong on the way to the number.
func (n Number) Err() error { return n.err }

// Failed is a number that cannot be computed with.
func Failed(err error) Number { return Number{err: err} }

func of(r *big.Rat) Number {
	if r.Num().BitLen() > mostBits || r.Denom().BitLen() > mostBits {
		return Number{err: ErrTooLarge}
	}
	return Number{rat: r}
}

// Int makes a number of a whole one.
func Int(i int64) Number { return Number{rat: new(big.Rat).SetInt64(i)} }

// BigInt makes a number of a whole one of any size.
func BigInt(i *big.Int) Number { return of(new(big.Rat).SetInt(i)) }

// Share is the fraction n/d.
func Share(n, d int64) Number { return Int(n).Over(Int(d)) }

// OfMinor is the amount in major units that so many minor units with that many decimals make.
func OfMinor(minor int64, decimals int) Number { return Int(minor).Over(unit(decimals)) }

// unit is 10 to the power of the decimals.
func unit(decimals int) Number {
	return Number{rat: new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))}
}

// longestText bounds what is read as a number.
const longestText = 40

var decimalText = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)%?$`)

// Parse reads "12", "-0.5" or "50%"; no exponents, at most 40 characters.
func Parse(text string) (Number, error) {
	text = strings.TrimSpace(text)
	if len(text) > longestText || !decimalText.MatchString(text) {
		return Number{}, fmt.Errorf("%.48q is %w", text, ErrSyntax)
	}
	digits, percent := strings.CutSuffix(text, "%")
	r, _ := new(big.Rat).SetString(digits)
	n := of(r)
	if percent {
		n = n.Over(Int(100))
	}
	return n, n.err
}

// Must is Parse for texts that a programmer wrote.
func Must(text string) Number {
	n, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return n
}

func (n Number) with(m Number, do func(z, x, y *big.Rat) *big.Rat) Number {
	if err := errors.Join(n.err, m.err); err != nil {
		return Number{err: cmpErr(n.err, m.err)}
	}
	return of(do(new(big.Rat), n.value(), m.value()))
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// Plus is n + m.
func (n Number) Plus(m Number) Number { return n.with(m, (*big.Rat).Add) }

// Minus is n − m.
func (n Number) Minus(m Number) Number { return n.with(m, (*big.Rat).Sub) }

// Times is n × m.
func (n Number) Times(m Number) Number { return n.with(m, (*big.Rat).Mul) }

// Over is n ÷ m, as a fraction.
func (n Number) Over(m Number) Number {
	if m.err == nil && m.Sign() == 0 {
		return Number{err: cmpErr(n.err, ErrDivision)}
	}
	return n.with(m, (*big.Rat).Quo)
}

// Neg is −n.
func (n Number) Neg() Number { return Int(0).Minus(n) }

// Cmp is -1, 0 or 1 as n is less than, equal to or more than m. Numbers with an error are equal to all.
func (n Number) Cmp(m Number) int {
	if n.err != nil || m.err != nil {
		return 0
	}
	return n.value().Cmp(m.value())
}

// Sign is -1, 0 or 1 as n is below, at or above zero.
func (n Number) Sign() int { return n.value().Sign() }

// Less says whether n < m.
func (n Number) Less(m Number) bool { return n.Cmp(m) < 0 }

// IsWhole says whether n is a whole number.
func (n Number) IsWhole() bool { return n.err == nil && n.value().IsInt() }

// Whole is n as a whole number, where it is one and fits.
func (n Number) Whole() (int64, bool) {
	if !n.IsWhole() || !n.value().Num().IsInt64() {
		return 0, false
	}
	return n.value().Num().Int64(), true
}

// Num and Denom are the parts of the fraction in lowest terms.
func (n Number) Num() *big.Int   { return new(big.Int).Set(n.value().Num()) }
func (n Number) Denom() *big.Int { return new(big.Int).Set(n.value().Denom()) }

// Min is the lesser of the two, and an error of either.
func Min(n, m Number) Number {
	if err := cmpErr(n.err, m.err); err != nil {
		return Number{err: err}
	}
	if m.Less(n) {
		return m
	}
	return n
}

// Max is the greater of the two, and an error of either.
func Max(n, m Number) Number { return Min(n.Neg(), m.Neg()).Neg() }

// Minor is an amount in major units as whole minor units with that many decimals, or [ErrNotWhole].
func (n Number) Minor(decimals int) (int64, error) {
	m := n.Times(unit(decimals))
	if m.err != nil {
		return 0, m.err
	}
	whole, ok := m.Whole()
	switch {
	case !m.IsWhole():
		return 0, fmt.Errorf("%s: %w", n, ErrNotWhole)
	case !ok:
		return 0, ErrTooLarge
	}
	return whole, nil
}

// mostDecimals is how many decimals a number is printed with at most.
const mostDecimals = 12

// String prints a decimal where it ends, such as 0.5, and a fraction such as 1/3 where not.
func (n Number) String() string {
	if n.err != nil {
		return "(" + n.err.Error() + ")"
	}
	r := n.value()
	if digits, exact := r.FloatPrec(); exact && digits <= mostDecimals {
		return r.FloatString(digits)
	}
	return r.RatString()
}
