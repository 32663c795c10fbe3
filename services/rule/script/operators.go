package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"sanad.dev/sanad/services/rule/exact"
)

// The names that the rewritten tree calls our operators by. No text can write them.
const (
	opEnter    = "(enter)"  // a large function is entered
	opIndex    = "(index)"  // x[i]
	opSetIndex = "(set)"    // x[i] = y
	opUpdate   = "(update)" // x[i] += y
	opSlice    = "(slice)"  // x[i:j:k]
	opAttr     = "(attr)"   // x.method
	opKey      = "(key)"    // of a dict in a literal
	opMade     = "(made)"   // a dict or the result of a comprehension
	opSpread   = "(spread)" // f(*x), f(**x)
	opMinus    = "(-x)"
	opPlus     = "(+x)"
	opTilde    = "(~x)"
)

func opName(op syntax.Token) string { return "(" + op.String() + ")" }

// augmented is the operator of an assignment. += and |= change a list or dict in its place.
func augmented(op syntax.Token) string {
	if op == syntax.PLUS_EQ || op == syntax.PIPE_EQ {
		return opName(op)
	}
	return opName(op - syntax.PLUS_EQ + syntax.PLUS)
}

// operators are what the rewritten tree calls.
var operators = makeOperators()

// work is an operator of ours: it gets as many values as the tree gives it, and charges the thread for what it copies.
type work func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error)

func makeOperators() starlark.StringDict {
	ops := starlark.StringDict{}
	add := func(name string, do work) {
		ops[name] = starlark.NewBuiltin(name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
			return do(thread, args)
		})
	}
	for op := syntax.PLUS; op <= syntax.GTGT; op++ {
		add(opName(op), func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			return operate(thread, op, args[0], args[1])
		})
	}
	for _, op := range []syntax.Token{syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE} {
		add(opName(op), func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
			return compare(thread, op, args[0], args[1])
		})
	}
	for name, do := range map[string]work{
		opName(syntax.IN): isIn, opName(syntax.NOT_IN): isNotIn,
		opName(syntax.PLUS_EQ): addTo, opName(syntax.PIPE_EQ): mergeInto,
		opMinus: unary(syntax.MINUS), opPlus: unary(syntax.PLUS), opTilde: unary(syntax.TILDE),
		opEnter: enter, opIndex: index, opSetIndex: setIndex, opUpdate: update, opSlice: slice,
		opAttr: attr, opKey: dictKey, opMade: made, opSpread: spread,
	} {
		add(name, do)
	}
	return ops
}

// charge counts so many elements, or 16 bytes each, as steps. The interpreter looks at its count before the next step.
func charge(thread *starlark.Thread, n int) { thread.Steps += uint64(n) }

const bytesPerStep = 16

func chargeText(thread *starlark.Thread, bytes int) { charge(thread, bytes/bytesPerStep) }

// room says whether a list, tuple or dict may have so many elements, and charges for them.
func room(thread *starlark.Thread, n int) error {
	if n > mostElements {
		return fmt.Errorf("a list, tuple or dict has at most %d elements", mostElements)
	}
	charge(thread, n)
	return nil
}

// text says whether a text may be so long, and charges for it.
func textRoom(thread *starlark.Thread, bytes int) error {
	if bytes > mostText {
		return errors.New("a text has at most 4 KiB")
	}
	chargeText(thread, bytes)
	return nil
}

// numberCost is what a fraction takes in memory, in steps.
const numberCost = 4

// operate is x op y for the operators of arithmetic.
func operate(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	if i, ok := x.(starlark.Int); ok {
		if j, ok := y.(starlark.Int); ok && op != syntax.SLASH {
			return integers(op, i, j)
		}
	}
	if isNumeric(x) && isNumeric(y) {
		charge(thread, numberCost)
		return fractions(op, x, y)
	}
	if v, err := combine(thread, op, x, y); v != nil || err != nil {
		return v, err
	}
	if v, err := foreign(op, x, y); v != nil || err != nil {
		return v, err
	}
	return nil, cannot(op, x, y)
}

func isNumeric(v starlark.Value) bool {
	switch v.(type) {
	case Number, starlark.Int:
		return true
	}
	return false
}

func fractions(op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	n, err := ToNumber(x)
	if err != nil {
		return nil, err
	}
	m, err := ToNumber(y)
	if err != nil {
		return nil, err
	}
	if v, err := numbers(op, n, m); v != nil || err != nil {
		return v, err
	}
	return nil, cannot(op, x, y)
}

// integers computes with whole numbers, which have at most 128 bits before and after.
func integers(op syntax.Token, x, y starlark.Int) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return fits(x.Add(y))
	case syntax.MINUS:
		return fits(x.Sub(y))
	case syntax.STAR:
		return fits(x.Mul(y))
	case syntax.SLASHSLASH, syntax.PERCENT:
		return divide(op, x, y)
	case syntax.AMP:
		return x.And(y), nil
	case syntax.PIPE:
		return x.Or(y), nil
	case syntax.CIRCUMFLEX:
		return x.Xor(y), nil
	}
	return shift(op, x, y)
}

func divide(op syntax.Token, x, y starlark.Int) (starlark.Value, error) {
	switch {
	case y.Sign() == 0:
		return nil, exact.ErrDivision
	case op == syntax.PERCENT:
		return x.Mod(y), nil
	}
	return fits(x.Div(y))
}

func shift(op syntax.Token, x, y starlark.Int) (starlark.Value, error) {
	n, ok := y.Int64()
	if !ok || n < 0 || n > mostBits {
		return nil, fmt.Errorf("bits can be shifted by 0 to %d places", mostBits)
	}
	if op == syntax.GTGT {
		return x.Rsh(uint(n)), nil
	}
	return fits(x.Lsh(uint(n)))
}

func fits(i starlark.Int) (starlark.Value, error) {
	if _, small := i.Int64(); !small && i.BigInt().BitLen() > mostBits {
		return nil, fmt.Errorf("the whole number has more than %d bits", mostBits)
	}
	return i, nil
}

// combine joins and repeats texts, lists and tuples, joins dicts, and fills texts; no value where it has nothing to do.
func combine(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return join(thread, x, y)
	case syntax.STAR:
		if n, ok := x.(starlark.Int); ok {
			return repeat(thread, y, n)
		}
		if n, ok := y.(starlark.Int); ok {
			return repeat(thread, x, n)
		}
	case syntax.PERCENT:
		if format, ok := x.(starlark.String); ok {
			return interpolate(thread, string(format), y)
		}
	case syntax.PIPE:
		return merged(thread, x, y)
	}
	return nil, nil
}

// join is x + y of two texts, lists or tuples.
func join(thread *starlark.Thread, x, y starlark.Value) (starlark.Value, error) {
	switch x := x.(type) {
	case starlark.String:
		if y, ok := y.(starlark.String); ok {
			return x + y, textRoom(thread, len(x)+len(y))
		}
	case *starlark.List:
		if y, ok := y.(*starlark.List); ok {
			elems, err := joined(thread, x, y)
			return starlark.NewList(elems), err
		}
	case starlark.Tuple:
		if y, ok := y.(starlark.Tuple); ok {
			elems, err := joined(thread, x, y)
			return starlark.Tuple(elems), err
		}
	}
	return nil, nil
}

func joined(thread *starlark.Thread, x, y starlark.Indexable) ([]starlark.Value, error) {
	if err := room(thread, x.Len()+y.Len()); err != nil {
		return nil, err
	}
	elems := make([]starlark.Value, 0, x.Len()+y.Len())
	return appendAll(appendAll(elems, x), y), nil
}

func appendAll(elems []starlark.Value, x starlark.Indexable) []starlark.Value {
	for i := range x.Len() {
		elems = append(elems, x.Index(i))
	}
	return elems
}

// repeat is x * n of a text, list or tuple.
func repeat(thread *starlark.Thread, x starlark.Value, n starlark.Int) (starlark.Value, error) {
	sequence, ok := x.(starlark.Indexable)
	if !ok {
		return nil, nil
	}
	// Each element or byte costs nothing where there is none, so the count is bounded first.
	times, ok := n.Int64()
	if !ok || times > mostElements {
		return nil, fmt.Errorf("nothing can be repeated more than %d times", mostElements)
	}
	times = max(times, 0)
	if text, ok := x.(starlark.String); ok {
		if err := textRoom(thread, len(text)*int(times)); err != nil {
			return nil, err
		}
		return starlark.String(strings.Repeat(string(text), int(times))), nil
	}
	return repeatElements(thread, sequence, int(times))
}

func repeatElements(thread *starlark.Thread, x starlark.Indexable, times int) (starlark.Value, error) {
	_, isList := x.(*starlark.List)
	if _, isTuple := x.(starlark.Tuple); !isList && !isTuple {
		return nil, nil
	}
	if err := room(thread, x.Len()*times); err != nil {
		return nil, err
	}
	elems := make([]starlark.Value, 0, x.Len()*times)
	if x.Len() > 0 {
		for range times {
			elems = appendAll(elems, x)
		}
	}
	if isList {
		return starlark.NewList(elems), nil
	}
	return starlark.Tuple(elems), nil
}

// merged is x | y of two dicts.
func merged(thread *starlark.Thread, x, y starlark.Value) (starlark.Value, error) {
	a, ok := x.(*starlark.Dict)
	if !ok {
		return nil, nil
	}
	b, ok := y.(*starlark.Dict)
	if !ok {
		return nil, nil
	}
	if err := room(thread, a.Len()+b.Len()+dictCost); err != nil {
		return nil, err
	}
	return a.Union(b), nil
}

// foreign asks values of the caller's own types.
func foreign(op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	if x, ok := x.(starlark.HasBinary); ok && !isOurs(x) {
		if v, err := x.Binary(op, y, starlark.Left); v != nil || err != nil {
			return v, err
		}
	}
	if y, ok := y.(starlark.HasBinary); ok && !isOurs(y) {
		return y.Binary(op, x, starlark.Right)
	}
	return nil, nil
}

func cannot(op syntax.Token, x, y starlark.Value) error {
	_, text := x.(starlark.String)
	if _, too := y.(starlark.String); text != too && (isNumeric(x) || isNumeric(y)) && op != syntax.STAR {
		return fmt.Errorf(`%s cannot stand between %s and %s; write number("0.5") for a number, or str(x) for a text`, op, a(x), a(y))
	}
	_, dx := x.(Day)
	if _, dy := y.(Day); dx || dy {
		return fmt.Errorf("%s cannot stand between %s and %s; write d.plus_days(n) or days_between(a, b)", op, a(x), a(y))
	}
	return fmt.Errorf("%s cannot stand between %s and %s", op, a(x), a(y))
}

// addTo is x += y: a list grows in its place.
func addTo(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, ok := args[0].(*starlark.List)
	if _, more := args[1].(starlark.Iterable); !ok || !more {
		return operate(thread, syntax.PLUS, args[0], args[1])
	}
	return list, extend(thread, list, args[1])
}

// mergeInto is x |= y: a dict takes the other's entries.
func mergeInto(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	dict, ok := args[0].(*starlark.Dict)
	other, too := args[1].(*starlark.Dict)
	if !ok || !too {
		return operate(thread, syntax.PIPE, args[0], args[1])
	}
	return dict, mergeDict(thread, dict, other)
}

func unary(op syntax.Token) work {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		switch x := args[0].(type) {
		case starlark.Int:
			return unaryInt(op, x)
		case Number:
			charge(thread, numberCost)
			if v, err := x.Unary(op); v != nil || err != nil {
				return v, err
			}
		}
		return nil, fmt.Errorf("%s cannot stand before %s", op, a(args[0]))
	}
}

func unaryInt(op syntax.Token, x starlark.Int) (starlark.Value, error) {
	switch op {
	case syntax.MINUS:
		return fits(starlark.MakeInt(0).Sub(x))
	case syntax.TILDE:
		return fits(x.Not())
	}
	return x, nil
}

// enter charges for a call of a large function.
func enter(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, _ := args[0].(starlark.Int).Int64()
	charge(thread, int(n))
	return starlark.None, nil
}
