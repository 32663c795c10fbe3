package script

import (
	"errors"
	"fmt"
	"math/big"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"sanad.dev/sanad/services/rule/exact"
)

// Number is an exact fraction as a value of the rules' language.
type Number struct{ exact.Number }

// Type is what the language calls it.
func (Number) Type() string { return "number" }

// Freeze does nothing: a number never changes.
func (Number) Freeze() {}

// Truth is whether the number is other than 0.
func (n Number) Truth() starlark.Bool { return n.Sign() != 0 }

// Hash is that of the number's text, which each fraction has one of.
func (n Number) Hash() (uint32, error) { return starlark.String(n.String()).Hash() }

// CompareSameType compares with another number.
func (n Number) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	m := y.(Number)
	if err := errors.Join(n.Err(), m.Err()); err != nil {
		return false, err
	}
	return threeway(op, n.Cmp(m.Number)), nil
}

// Binary computes with another number or a whole one.
func (n Number) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	if !isNumeric(y) {
		return nil, nil
	}
	other, err := ToNumber(y)
	if err != nil {
		return nil, err
	}
	if side == starlark.Right {
		return numbers(op, other, n.Number)
	}
	return numbers(op, n.Number, other)
}

// Unary is the number itself, or less than nothing.
func (n Number) Unary(op syntax.Token) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return n, nil
	case syntax.MINUS:
		return checked(n.Neg())
	}
	return nil, nil
}

// ToNumber is a [Number] or a whole number as an exact one. All else is an error that says what to write.
func ToNumber(v starlark.Value) (exact.Number, error) {
	switch v := v.(type) {
	case Number:
		return v.Number, v.Err()
	case starlark.Int:
		return ofInt(v), nil
	case starlark.String:
		return exact.Number{}, fmt.Errorf("%s is a text and not a number; write number(%s)", brief(v), brief(v))
	case nil:
		return exact.Number{}, errors.New("there is no value where a number belongs")
	}
	return exact.Number{}, fmt.Errorf("%s is no number", a(v))
}

func ofInt(v starlark.Int) exact.Number {
	if i, ok := v.Int64(); ok {
		return exact.Int(i)
	}
	return exact.BigInt(v.BigInt())
}

// numbers computes with two exact numbers; no value and no error where they have no such operator.
func numbers(op syntax.Token, x, y exact.Number) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return checked(x.Plus(y))
	case syntax.MINUS:
		return checked(x.Minus(y))
	case syntax.STAR:
		return checked(x.Times(y))
	case syntax.SLASH:
		return checked(x.Over(y))
	case syntax.SLASHSLASH:
		return checked(floor(x.Over(y)))
	case syntax.PERCENT:
		return checked(x.Minus(y.Times(floor(x.Over(y)))))
	}
	return nil, nil
}

// checked is the number, or the error that it carries.
func checked(n exact.Number) (starlark.Value, error) {
	if err := n.Err(); err != nil {
		return nil, err
	}
	return Number{n}, nil
}

// floor is the greatest whole number that is not above n.
func floor(n exact.Number) exact.Number {
	if n.Err() != nil || n.IsWhole() {
		return n
	}
	// Div rounds down for a positive divisor, and a denominator is one.
	return exact.BigInt(new(big.Int).Div(n.Num(), n.Denom()))
}

// threeway reads the result of a comparison.
func threeway(op syntax.Token, cmp int) bool {
	switch op {
	case syntax.EQL:
		return cmp == 0
	case syntax.NEQ:
		return cmp != 0
	case syntax.LT:
		return cmp < 0
	case syntax.LE:
		return cmp <= 0
	case syntax.GT:
		return cmp > 0
	}
	return cmp >= 0
}
