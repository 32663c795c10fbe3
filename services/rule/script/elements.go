package script

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// dictCost is what an empty dict takes in memory, in steps; entryCost what each entry does beyond one.
const (
	dictCost  = 32
	entryCost = 4
)

// made checks and charges for a dict, or for what a comprehension made.
func made(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if d, ok := args[0].(*starlark.Dict); ok {
		charge(thread, dictCost+entryCost*d.Len())
	}
	return args[0], room(thread, starlark.Len(args[0]))
}

// mostSpread is how many arguments a call may have.
const mostSpread = 255

// spread checks and charges for what a call is given by * or **.
func spread(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n := starlark.Len(args[0])
	if _, ok := args[0].(starlark.Iterable); !ok || n < 0 {
		return nil, fmt.Errorf("%s cannot be spread over a function's parameters", a(args[0]))
	}
	if n > mostSpread {
		return nil, fmt.Errorf("a function is given at most %d values", mostSpread)
	}
	charge(thread, 8*n)
	return args[0], nil
}

// items are the elements of a list, tuple or range, or the keys of a dict.
func items(thread *starlark.Thread, v starlark.Value) ([]starlark.Value, error) {
	iterable, ok := v.(starlark.Iterable)
	if !ok {
		return nil, fmt.Errorf("%s has no elements to go through; use a list", a(v))
	}
	all := make([]starlark.Value, 0, max(0, min(starlark.Len(v), mostElements)))
	for x := range starlark.Elements(iterable) {
		if len(all) == mostElements {
			return nil, room(thread, mostElements+1)
		}
		all = append(all, x)
	}
	return all, room(thread, len(all))
}

// dictKey checks what a dict is asked for.
func dictKey(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return key(thread, args[0])
}

// mostKeyParts bounds a tuple that is a key.
const mostKeyParts = 16

// key is the value as a key: a text, a number, a day, True or None, or a short tuple of these. A fraction that is whole
// is the same key as the whole number.
func key(thread *starlark.Thread, v starlark.Value) (starlark.Value, error) {
	switch v := v.(type) {
	case starlark.Int:
		chargeKey(thread, v)
		return v, nil
	case starlark.String, starlark.Bool, starlark.NoneType, Day:
		return v, nil
	case Number:
		if whole, ok := v.Whole(); ok {
			return key(thread, starlark.MakeInt64(whole))
		}
		return v, v.Err()
	case starlark.Tuple:
		return tupleKey(thread, v)
	}
	return nil, fmt.Errorf("%s cannot be the key of a dict; use a text, a number, a day, or a tuple of these", a(v))
}

// wideKeyCost is that of a whole number of more than 32 bits. Dicts look at the last 32, so that numbers can be chosen
// each of which is compared with all the others.
const wideKeyCost = 1000

func chargeKey(thread *starlark.Thread, i starlark.Int) {
	if n, ok := i.Int64(); !ok || n != int64(int32(n)) {
		charge(thread, wideKeyCost)
	}
}

func tupleKey(thread *starlark.Thread, t starlark.Tuple) (starlark.Value, error) {
	if len(t) > mostKeyParts {
		return nil, fmt.Errorf("a tuple of more than %d parts cannot be the key of a dict", mostKeyParts)
	}
	parts := make(starlark.Tuple, len(t))
	for i, v := range t {
		if _, nested := v.(starlark.Tuple); nested {
			return nil, errors.New("a tuple in a tuple cannot be the key of a dict")
		}
		part, err := key(thread, v)
		if err != nil {
			return nil, err
		}
		parts[i] = part
	}
	return parts, nil
}

// index is x[i].
func index(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return element(thread, args[0], args[1])
}

func element(thread *starlark.Thread, x, i starlark.Value) (starlark.Value, error) {
	switch x := x.(type) {
	case starlark.Mapping:
		return lookUp(thread, x, i)
	case starlark.Indexable:
		n, err := position(x, i)
		if err != nil {
			return nil, err
		}
		return x.Index(n), nil
	}
	return nil, fmt.Errorf("%s has no elements; write x.name for a field", a(x))
}

func lookUp(thread *starlark.Thread, x starlark.Mapping, i starlark.Value) (starlark.Value, error) {
	k, err := key(thread, i)
	if err != nil {
		return nil, err
	}
	v, found, err := x.Get(k)
	if err == nil && !found {
		err = fmt.Errorf("there is no %s in the dict; write d.get(%s, 0) where it may be missing", brief(k), brief(k))
	}
	return v, err
}

// position is the index as a place in the sequence; below zero it counts from the end.
func position(x starlark.Indexable, i starlark.Value) (int, error) {
	if n, ok := i.(Number); ok { // such as a division that came out even
		if whole, ok := n.Whole(); ok {
			i = starlark.MakeInt64(whole)
		}
	}
	at, ok := i.(starlark.Int)
	if !ok {
		return 0, fmt.Errorf("%s has its elements by whole numbers, and not by %s", a(x), a(i))
	}
	n, ok := at.Int64()
	if ok && n < 0 {
		n += int64(x.Len())
	}
	if !ok || n < 0 || n >= int64(x.Len()) {
		return 0, fmt.Errorf("there is no element %s among %d; the first is 0", brief(at), x.Len())
	}
	return int(n), nil
}

// setIndex is x[i] = y.
func setIndex(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return starlark.None, setElement(thread, args[0], args[1], args[2])
}

func setElement(thread *starlark.Thread, x, i, y starlark.Value) error {
	switch x := x.(type) {
	case *starlark.Dict:
		return setEntry(thread, x, i, y)
	case *starlark.List:
		n, err := position(x, i)
		if err != nil {
			return err
		}
		return x.SetIndex(n, y)
	}
	return fmt.Errorf("the elements of %s cannot be changed", a(x))
}

// setEntry is dict[i] = y.
func setEntry(thread *starlark.Thread, dict *starlark.Dict, i, y starlark.Value) error {
	k, err := key(thread, i)
	if err != nil {
		return err
	}
	charge(thread, entryCost)
	if err := dict.SetKey(k, y); err != nil {
		return err
	}
	if dict.Len() > mostElements {
		return room(thread, dict.Len())
	}
	return nil
}

// update is x[i] op= y.
func update(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	code, _ := args[0].(starlark.Int).Int64()
	x, i, y := args[1], args[2], args[3]
	old, err := element(thread, x, i)
	if err != nil {
		return nil, err
	}
	z, err := apply(thread, syntax.Token(code), old, y)
	if err != nil {
		return nil, err
	}
	return starlark.None, setElement(thread, x, i, z)
}

// apply is what x is after x op= y.
func apply(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	switch op {
	case syntax.PLUS_EQ:
		return addTo(thread, starlark.Tuple{x, y})
	case syntax.PIPE_EQ:
		return mergeInto(thread, starlark.Tuple{x, y})
	}
	return operate(thread, op-syntax.PLUS_EQ+syntax.PLUS, x, y)
}

// slice is x[lo:hi:step].
func slice(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	x, ok := args[0].(starlark.Sliceable)
	if !ok {
		return nil, fmt.Errorf("no part can be taken of %s", a(args[0]))
	}
	step, err := bound(args[3], 1, mostElements)
	if err != nil {
		return nil, err
	}
	if step == 0 {
		return nil, errors.New("a part cannot be taken in steps of 0")
	}
	from, to, err := ends(x.Len(), step, args[1], args[2])
	if err != nil {
		return nil, err
	}
	charge(thread, x.Len())
	return x.Slice(from, to, step), nil
}

// ends are where a part begins and before which it ends, counted from the other side for negative steps.
func ends(n, step int, lo, hi starlark.Value) (from, to int, err error) {
	first, beyond, least, most := 0, n, 0, n
	if step < 0 {
		first, beyond, least, most = n-1, -1, -1, n-1
	}
	if from, err = end(lo, n, first, least, most); err != nil {
		return 0, 0, err
	}
	if to, err = end(hi, n, beyond, least, most); err != nil {
		return 0, 0, err
	}
	if step > 0 {
		return from, max(from, to), nil
	}
	return max(from, to), to, nil
}

// end is one end of a part: what is usual where it is left out, from the end where it is below zero.
func end(v starlark.Value, n, usual, least, most int) (int, error) {
	if v == starlark.None {
		return usual, nil
	}
	i, err := bound(v, 0, 1<<31)
	if err != nil {
		return 0, err
	}
	if i < 0 {
		i += n
	}
	return min(max(i, least), most), nil
}

// bound is a whole number within the most, either side of zero; None is what is usual.
func bound(v starlark.Value, usual, most int) (int, error) {
	if v == starlark.None {
		return usual, nil
	}
	i, ok := v.(starlark.Int)
	if !ok {
		return 0, fmt.Errorf("a part is taken by whole numbers, and not by %s", a(v))
	}
	n, ok := i.Int64()
	if !ok {
		n = int64(most * i.Sign())
	}
	return int(min(max(n, int64(-most)), int64(most))), nil
}

// isOurs are the values whose operators we know, and which never decide themselves.
func isOurs(v starlark.Value) bool {
	switch v.(type) {
	case Number, *starlarkstruct.Struct, *starlark.Set:
		return true
	}
	return false
}
