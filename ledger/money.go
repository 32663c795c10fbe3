package ledger

import (
	"fmt"
	"math"
	"slices"

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
	decimals := decimalsOf[m.Currency]
	return decimal.New(m.Minor, -decimals).StringFixed(decimals)
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
// Weights are not negative and not all zero; the amount is not negative.
func (m Money) Split(weights ...decimal.Decimal) ([]Money, error) {
	total := decimal.Zero
	for _, w := range weights {
		if w.IsNegative() {
			return nil, fmt.Errorf("%w: weight %s is negative", ErrInvalid, w)
		}
		total = total.Add(w)
	}
	if m.Minor < 0 || total.IsZero() {
		return nil, fmt.Errorf("%w: nothing to split %s by", ErrInvalid, m)
	}
	parts := make([]Money, len(weights))
	remainders := make([]decimal.Decimal, len(weights))
	left := m.Minor
	for i, w := range weights {
		share, rest := decimal.NewFromInt(m.Minor).Mul(w).QuoRem(total, 0)
		parts[i] = Money{share.IntPart(), m.Currency}
		remainders[i] = rest
		left -= parts[i].Minor
	}
	for _, i := range largestFirst(remainders)[:left] {
		parts[i].Minor++
	}
	return parts, nil
}

// largestFirst returns the indices of the remainders, the largest first, ties in their own order.
func largestFirst(remainders []decimal.Decimal) []int {
	order := make([]int, len(remainders))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return remainders[b].Cmp(remainders[a]) })
	return order
}
