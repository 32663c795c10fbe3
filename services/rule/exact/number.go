// Package exact computes with fractions: rates, factors and amounts that nothing is lost of until a rounding with a name
// makes whole units of them (L9).
package exact

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Number is an exact fraction. Its zero value is 0. A computation that cannot go on (a division by nothing, a number
// too large) gives a Number whose [Number.Err] says so, as does everything that is computed from it.
type Number struct {
	// What fits, as nearly all money does, is num/over in lowest terms; over is 0 in the zero value, which means 1.
	num, over int64
	// large is nil for what fits.
	large *large
}

// large is a fraction that does not fit two int64, or what went wrong on the way to one.
type large struct {
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

// value is the number as one of the library's, which the caller must not change; 0 for one that failed.
func (n Number) value() *big.Rat {
	switch {
	case n.large == nil:
		return new(big.Rat).SetFrac64(n.num, n.denom())
	case n.large.err != nil:
		return new(big.Rat)
	}
	return n.large.rat
}

// denom is the denominator of a number that fits.
func (n Number) denom() int64 {
	if n.over == 0 {
		return 1
	}
	return n.over
}

// Err is what went wrong on the way to the number.
func (n Number) Err() error {
	if n.large == nil {
		return nil
	}
	return n.large.err
}

// Failed is a number that cannot be computed with.
func Failed(err error) Number { return Number{large: &large{err: err}} }

// of is the number of a fraction, which must not change afterwards.
func of(r *big.Rat) Number {
	switch {
	case r.Num().IsInt64() && r.Denom().IsInt64():
		return Number{num: r.Num().Int64(), over: r.Denom().Int64()}
	case r.Num().BitLen() > mostBits || r.Denom().BitLen() > mostBits:
		return Failed(ErrTooLarge)
	}
	return Number{large: &large{rat: r}}
}

// Int makes a number of a whole one.
func Int(i int64) Number { return Number{num: i} }

// BigInt makes a number of a whole one of any size.
func BigInt(i *big.Int) Number { return of(new(big.Rat).SetInt(i)) }

// Share is the fraction n/d.
func Share(n, d int64) Number { return Int(n).Over(Int(d)) }

// OfMinor is the amount in major units that so many minor units with that many decimals make.
func OfMinor(minor int64, decimals int) Number { return Int(minor).Over(unit(decimals)) }

// smallUnits is how many decimals the unit of an int64 can have.
const smallUnits = 18

// unit is 10 to the power of the decimals.
func unit(decimals int) Number {
	if decimals > smallUnits {
		return BigInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
	}
	power := int64(1)
	for range decimals {
		power *= 10
	}
	return Int(power)
}

// longestText bounds what is read as a number.
const longestText = 40

// Parse reads "12", "-0.5" or "50%"; no exponents, at most 40 characters.
func Parse(text string) (Number, error) {
	text = strings.TrimSpace(text)
	digits, percent := strings.CutSuffix(text, "%")
	decimals, ok := decimalPlaces(digits)
	if len(text) > longestText || !ok {
		return Number{}, fmt.Errorf("%.48q is %w", text, ErrSyntax)
	}
	if percent {
		decimals += 2
	}
	n := whole(strings.Replace(digits, ".", "", 1)).Over(unit(decimals))
	return n, n.Err()
}

// decimalPlaces counts the digits after the point; false where the text is no decimal number.
func decimalPlaces(text string) (int, bool) {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	before, after, point := strings.Cut(text, ".")
	ok := allDigits(before) && allDigits(after) && (before != "" || after != "") && point == (after != "")
	return len(after), ok
}

func allDigits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// whole is the whole number of its sign and digits.
func whole(digits string) Number {
	if len(digits) > smallUnits {
		i, _ := new(big.Int).SetString(digits, 10)
		return BigInt(i)
	}
	i := int64(0)
	for _, c := range []byte(strings.TrimLeft(digits, "+-")) {
		i = 10*i + int64(c-'0')
	}
	if digits[0] == '-' {
		i = -i
	}
	return Int(i)
}

// Must is Parse for texts that a programmer wrote.
func Must(text string) Number {
	n, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return n
}

// with computes by the library what does not fit, and carries errors on.
func (n Number) with(m Number, do func(z, x, y *big.Rat) *big.Rat) Number {
	if err := cmpErr(n.Err(), m.Err()); err != nil {
		return Failed(err)
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
func (n Number) Plus(m Number) Number {
	if sum, ok := n.plusSmall(m); ok {
		return sum
	}
	return n.with(m, (*big.Rat).Add)
}

// Minus is n − m.
func (n Number) Minus(m Number) Number {
	if negative, ok := m.negSmall(); ok {
		if difference, ok := n.plusSmall(negative); ok {
			return difference
		}
	}
	return n.with(m, (*big.Rat).Sub)
}

// Times is n × m.
func (n Number) Times(m Number) Number {
	if product, ok := n.timesSmall(m); ok {
		return product
	}
	return n.with(m, (*big.Rat).Mul)
}

// Over is n ÷ m, as a fraction.
func (n Number) Over(m Number) Number {
	if m.Err() == nil && m.Sign() == 0 {
		return Failed(cmpErr(n.Err(), ErrDivision))
	}
	if inverse, ok := m.inverseSmall(); ok {
		if quotient, ok := n.timesSmall(inverse); ok {
			return quotient
		}
	}
	return n.with(m, (*big.Rat).Quo)
}

// Neg is −n.
func (n Number) Neg() Number { return Int(0).Minus(n) }

// Cmp is -1, 0 or 1 as n is less than, equal to or more than m. Numbers with an error are equal to all.
func (n Number) Cmp(m Number) int {
	if n.Err() != nil || m.Err() != nil {
		return 0
	}
	if order, ok := n.cmpSmall(m); ok {
		return order
	}
	return n.value().Cmp(m.value())
}

// Sign is -1, 0 or 1 as n is below, at or above zero.
func (n Number) Sign() int {
	switch {
	case n.large != nil:
		return n.value().Sign()
	case n.num > 0:
		return 1
	case n.num < 0:
		return -1
	}
	return 0
}

// Less says whether n < m.
func (n Number) Less(m Number) bool { return n.Cmp(m) < 0 }

// IsWhole says whether n is a whole number.
func (n Number) IsWhole() bool {
	if n.large == nil {
		return n.denom() == 1
	}
	return n.Err() == nil && n.value().IsInt()
}

// Whole is n as a whole number, where it is one and fits.
func (n Number) Whole() (int64, bool) {
	if n.large != nil || n.denom() != 1 {
		return 0, false
	}
	return n.num, true
}

// Num and Denom are the parts of the fraction in lowest terms.
func (n Number) Num() *big.Int   { return new(big.Int).Set(n.value().Num()) }
func (n Number) Denom() *big.Int { return new(big.Int).Set(n.value().Denom()) }

// Min is the lesser of the two, and an error of either.
func Min(n, m Number) Number {
	if err := cmpErr(n.Err(), m.Err()); err != nil {
		return Failed(err)
	}
	if m.Less(n) {
		return m
	}
	return n
}

// Max is the greater of the two, and an error of either.
func Max(n, m Number) Number {
	if err := cmpErr(n.Err(), m.Err()); err != nil {
		return Failed(err)
	}
	if n.Less(m) {
		return m
	}
	return n
}

// Minor is an amount in major units as whole minor units with that many decimals, or [ErrNotWhole].
func (n Number) Minor(decimals int) (int64, error) {
	m := n.Times(unit(decimals))
	if err := m.Err(); err != nil {
		return 0, err
	}
	minor, ok := m.Whole()
	switch {
	case !m.IsWhole():
		return 0, fmt.Errorf("%s: %w", n, ErrNotWhole)
	case !ok:
		return 0, ErrTooLarge
	}
	return minor, nil
}

// mostDecimals is how many decimals a number is printed with at most.
const mostDecimals = 12

// String prints a decimal where it ends, such as 0.5, and a fraction such as 1/3 where not.
func (n Number) String() string {
	if err := n.Err(); err != nil {
		return "(" + err.Error() + ")"
	}
	r := n.value()
	if digits, exact := r.FloatPrec(); exact && digits <= mostDecimals {
		return r.FloatString(digits)
	}
	return r.RatString()
}
