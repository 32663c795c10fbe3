package ledger

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

// Money is an exact amount: whole minor units of one currency (L9). Amounts are equal when the values are ==.
type Money struct {
	Minor    int64
	Currency Currency
}

// longestAmount bounds what is parsed: an int64 with sign and point has 21 characters.
const longestAmount = 24

// ParseMoney reads a plain decimal of major units, such as "12.500". It refuses with [ErrInvalid] signs other than
// one leading minus, exponents, unknown currencies and more decimals than the currency has, and with [ErrOverflow]
// amounts beyond int64.
func ParseMoney(currency Currency, amount string) (Money, error) {
	decimals, err := currency.Decimals()
	if err != nil {
		return Money{}, err
	}
	if !plainDecimal(amount) {
		return Money{}, fmt.Errorf("%w: amount %.32q is not a plain decimal such as 12.50", ErrInvalid, amount)
	}
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return Money{}, fmt.Errorf("%w: amount %.32q: %w", ErrInvalid, amount, err)
	}
	minor := d.Shift(decimals)
	if !minor.IsInteger() {
		return Money{}, fmt.Errorf("%w: amount %s has more than the %d decimals of %s", ErrInvalid, amount, decimals, currency)
	}
	if !minor.BigInt().IsInt64() {
		return Money{}, fmt.Errorf("%w: amount %s %s is too large", ErrOverflow, amount, currency)
	}
	return Money{minor.BigInt().Int64(), currency}, nil
}

func plainDecimal(s string) bool {
	if s == "" || len(s) > longestAmount {
		return false
	}
	if s[0] == '-' {
		s = s[1:]
	}
	points := 0
	for i := range len(s) {
		switch {
		case s[i] == '.' && i > 0 && i < len(s)-1:
			points++
		case s[i] < '0' || s[i] > '9':
			return false
		}
	}
	return s != "" && points <= 1
}

// Amount prints the amount in major units with all of the currency's decimals, such as "12.500".
func (m Money) Amount() string {
	decimals := int(decimalsOf[m.Currency])
	text := strconv.AppendInt(make([]byte, 0, longestAmount), m.Minor, 10)
	if decimals == 0 {
		return string(text)
	}
	sign := 0
	if m.Minor < 0 {
		sign = 1
	}
	if missing := decimals + 1 - (len(text) - sign); missing > 0 { // 5 minor units of three decimals are 0.005
		text = slices.Insert(text, sign, []byte("0000")[:missing]...)
	}
	return string(slices.Insert(text, len(text)-decimals, '.'))
}

// String prints amount and currency, such as "12.500 JOD".
func (m Money) String() string { return m.Amount() + " " + string(m.Currency) }

// Neg returns the amount with the other sign, or [ErrOverflow].
func (m Money) Neg() (Money, error) {
	if m.Minor == math.MinInt64 {
		return Money{}, fmt.Errorf("%w: -(%s)", ErrOverflow, m)
	}
	return Money{-m.Minor, m.Currency}, nil
}

// add adds minor units, or returns [ErrOverflow]. The least int64 is out of range too: it has no opposite.
func add(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) || sum == math.MinInt64 {
		return 0, fmt.Errorf("%w: %d + %d", ErrOverflow, a, b)
	}
	return sum, nil
}

// Split divides the amount in proportion to the weights and loses nothing: each part gets its whole minor units, and
// what is left goes, one unit each, to the largest remainders, the earlier part first among equals (Hare–Niemeyer).
// Weights are not negative and not all zero, and brought to whole numbers they sum to an int64; the amount is not
// negative.
func (m Money) Split(weights ...decimal.Decimal) ([]Money, error) {
	whole, total, err := wholeWeights(weights)
	if err != nil {
		return nil, err
	}
	if m.Minor < 0 || total == 0 {
		return nil, fmt.Errorf("%w: nothing to split %s by", ErrInvalid, m)
	}
	parts, remainders := make([]Money, len(weights)), make([]uint64, len(weights))
	left := m.Minor
	for i, w := range whole {
		high, low := bits.Mul64(uint64(m.Minor), w)
		share, rest := bits.Div64(high, low, total)
		parts[i], remainders[i] = Money{int64(share), m.Currency}, rest
		left -= int64(share)
	}
	for ; left > 0; left-- {
		largest := largest(remainders)
		parts[largest].Minor++
		remainders[largest] = 0
	}
	return parts, nil
}

// wholeWeights brings the weights to whole numbers of the same proportions, and adds them up.
func wholeWeights(weights []decimal.Decimal) (whole []uint64, total uint64, err error) {
	exponent := int32(0)
	for _, w := range weights {
		exponent = min(exponent, w.Exponent())
	}
	whole = make([]uint64, len(weights))
	for i, w := range weights {
		scaled := w.Shift(-exponent)
		if w.IsNegative() || !scaled.BigInt().IsInt64() {
			return nil, 0, fmt.Errorf("%w: weight %s", ErrInvalid, w)
		}
		whole[i] = uint64(scaled.IntPart())
		if total += whole[i]; total > math.MaxInt64 {
			return nil, 0, fmt.Errorf("%w: the weights are too large", ErrInvalid)
		}
	}
	return whole, total, nil
}

// largest is the index of the largest remainder, the first among equals.
func largest(remainders []uint64) int {
	at := 0
	for i, r := range remainders {
		if r > remainders[at] {
			at = i
		}
	}
	return at
}
