package script

import (
	"cmp"
	"errors"
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// compare is x op y for the comparisons.
func compare(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	if op == syntax.EQL || op == syntax.NEQ {
		same, err := equal(thread, x, y)
		return starlark.Bool(same == (op == syntax.EQL)), err
	}
	order, err := inOrder(thread, x, y)
	return starlark.Bool(threeway(op, order)), err
}

// isIn is x in y.
func isIn(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	found, err := contains(thread, args[1], args[0])
	return starlark.Bool(found), err
}

// isNotIn is x not in y.
func isNotIn(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	found, err := contains(thread, args[1], args[0])
	return starlark.Bool(!found), err
}

func contains(thread *starlark.Thread, in, x starlark.Value) (bool, error) {
	switch in := in.(type) {
	case *starlark.List:
		i, err := indexOf(thread, in, x)
		return i >= 0, err
	case starlark.Tuple:
		i, err := indexOf(thread, in, x)
		return i >= 0, err
	case starlark.Mapping:
		return hasKey(thread, in, x)
	case starlark.String:
		return hasPart(thread, in, x)
	case starlark.Container:
		return inRange(in, x)
	}
	return false, fmt.Errorf("nothing can be in %s; use a list or a dict", a(in))
}

// inRange says whether a range has the number, or what a container of the caller's own type says.
func inRange(in starlark.Container, x starlark.Value) (bool, error) {
	if n, ok := x.(Number); ok {
		whole, ok := n.Whole()
		if !ok {
			return false, n.Err()
		}
		x = starlark.MakeInt64(whole)
	}
	if _, ok := x.(starlark.Int); !ok && in.Type() == "range" {
		return false, nil
	}
	return in.Has(x)
}

func hasKey(thread *starlark.Thread, in starlark.Mapping, x starlark.Value) (bool, error) {
	k, err := key(thread, x)
	if err != nil {
		return false, err
	}
	_, found, err := in.Get(k)
	return found, err
}

func hasPart(thread *starlark.Thread, in starlark.String, x starlark.Value) (bool, error) {
	if _, ok := x.(starlark.String); !ok {
		return false, fmt.Errorf("only a text can be in a text, and not %s", a(x))
	}
	chargeText(thread, len(in))
	return in.Has(x)
}

// indexOf is where x stands first; -1 where it does not.
func indexOf(thread *starlark.Thread, in starlark.Indexable, x starlark.Value) (int, error) {
	c := comparison{thread: thread}
	for i := range in.Len() {
		if same, err := c.equal(in.Index(i), x, 0); same || err != nil {
			return i, err
		}
	}
	return -1, nil
}

func equal(thread *starlark.Thread, x, y starlark.Value) (bool, error) {
	c := comparison{thread: thread}
	return c.equal(x, y, 0)
}

// inOrder is -1, 0 or 1 as x is before, beside or after y.
func inOrder(thread *starlark.Thread, x, y starlark.Value) (int, error) {
	c := comparison{thread: thread}
	return c.order(x, y, 0)
}

// Bounds of one comparison, or of all those of one sorting: how deep it looks, and at how many pairs of values.
const (
	mostCompared      = 1_000_000
	mostComparedDepth = 16
)

// comparison looks at pairs of values, each of which costs a step. Lists may hold one list many times over, so what is
// small in memory may take for ever to compare.
type comparison struct {
	thread *starlark.Thread
	seen   int
}

func (c *comparison) look(depth int) error {
	c.costs(1)
	if c.seen > mostCompared || depth > mostComparedDepth {
		return errors.New("these are too large or too deep to compare; compare what matters in them")
	}
	return nil
}

func (c *comparison) costs(steps int) {
	c.seen += steps
	charge(c.thread, steps)
}

func (c *comparison) equal(x, y starlark.Value, depth int) (bool, error) {
	if err := c.look(depth); err != nil {
		return false, err
	}
	if isNumeric(x) && isNumeric(y) {
		order, err := c.numbers(x, y)
		return order == 0, err
	}
	switch x := x.(type) {
	case starlark.String:
		y, ok := y.(starlark.String)
		return ok && c.text(x, y) == 0, nil
	case starlark.Tuple:
		y, ok := y.(starlark.Tuple)
		return c.sequences(x, y, ok, depth)
	case *starlark.List:
		y, ok := y.(*starlark.List)
		return c.sequences(x, y, ok, depth)
	case *starlark.Dict:
		y, ok := y.(*starlark.Dict)
		return c.dicts(x, y, ok, depth)
	case *starlarkstruct.Struct:
		y, ok := y.(*starlarkstruct.Struct)
		return c.structs(x, y, ok, depth)
	}
	return c.simple(x, y)
}

// simple compares what has no parts: truths, None, days, ranges, functions, and values of the caller's own types.
func (c *comparison) simple(x, y starlark.Value) (bool, error) {
	if isCollection(y) {
		return false, nil
	}
	return starlark.Equal(x, y)
}

func isCollection(v starlark.Value) bool {
	switch v.(type) {
	case starlark.Tuple, *starlark.List, *starlark.Dict, *starlarkstruct.Struct:
		return true
	}
	return false
}

func (c *comparison) text(x, y starlark.String) int {
	c.costs(min(len(x), len(y)) / bytesPerStep)
	return cmp.Compare(x, y)
}

func (c *comparison) numbers(x, y starlark.Value) (int, error) {
	i, whole := x.(starlark.Int)
	if j, too := y.(starlark.Int); whole && too {
		return i.Cmp(j, 0)
	}
	n, err := ToNumber(x)
	if err != nil {
		return 0, err
	}
	m, err := ToNumber(y)
	if err != nil {
		return 0, err
	}
	c.costs(numberCost)
	return n.Cmp(m), nil
}

func (c *comparison) sequences(x, y starlark.Indexable, same bool, depth int) (bool, error) {
	if !same || x.Len() != y.Len() {
		return false, nil
	}
	for i := range x.Len() {
		if same, err := c.equal(x.Index(i), y.Index(i), depth+1); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (c *comparison) dicts(x, y *starlark.Dict, same bool, depth int) (bool, error) {
	if !same || x.Len() != y.Len() {
		return false, nil
	}
	for k, v := range x.Entries() {
		w, found, err := y.Get(k)
		if !found || err != nil {
			return false, err
		}
		if same, err := c.equal(v, w, depth+1); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (c *comparison) structs(x, y *starlarkstruct.Struct, same bool, depth int) (bool, error) {
	if !same || x.Len() != y.Len() {
		return false, nil
	}
	for i := range x.Len() {
		name, v := x.AttrAt(i)
		other, w := y.AttrAt(i)
		if name != other {
			return false, nil
		}
		if same, err := c.equal(v, w, depth+1); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (c *comparison) order(x, y starlark.Value, depth int) (int, error) {
	if err := c.look(depth); err != nil {
		return 0, err
	}
	if isNumeric(x) && isNumeric(y) {
		return c.numbers(x, y)
	}
	switch x := x.(type) {
	case starlark.String:
		if y, ok := y.(starlark.String); ok {
			return c.text(x, y), nil
		}
	case Day:
		if y, ok := y.(Day); ok {
			return cmp.Compare(x, y), nil
		}
	case starlark.Tuple:
		if y, ok := y.(starlark.Tuple); ok {
			return c.orderSequences(x, y, depth)
		}
	case *starlark.List:
		if y, ok := y.(*starlark.List); ok {
			return c.orderSequences(x, y, depth)
		}
	}
	return 0, noOrder(x, y)
}

// orderSequences goes by the first elements that differ, then by length.
func (c *comparison) orderSequences(x, y starlark.Indexable, depth int) (int, error) {
	for i := range min(x.Len(), y.Len()) {
		same, err := c.equal(x.Index(i), y.Index(i), depth+1)
		if err != nil {
			return 0, err
		}
		if !same {
			return c.order(x.Index(i), y.Index(i), depth+1)
		}
	}
	return cmp.Compare(x.Len(), y.Len()), nil
}

func noOrder(x, y starlark.Value) error {
	for _, pair := range [][2]starlark.Value{{x, y}, {y, x}} {
		if _, ok := pair[0].(starlark.String); ok && isNumeric(pair[1]) {
			return fmt.Errorf(`a number and a text cannot be put in order; write number(%s)`, brief(pair[0]))
		}
		if _, ok := pair[0].(starlark.String); ok && pair[1].Type() == "day" {
			return fmt.Errorf("a day and a text cannot be put in order; write day(%s)", brief(pair[0]))
		}
		if pair[0] == starlark.None {
			return fmt.Errorf("nothing (None) cannot be put in order with %s; ask x != None first", a(pair[1]))
		}
	}
	return fmt.Errorf("%s and %s cannot be put in order", a(x), a(y))
}
