package script

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// library is what every text may use.
var library = makeLibrary()

// Names are the words of the language that every rule may use, in order.
func Names() []string { return slices.Sorted(maps.Keys(library)) }

func makeLibrary() starlark.StringDict {
	all := starlark.StringDict{"None": starlark.None, "True": starlark.True, "False": starlark.False}
	for _, f := range []function{
		{"number", 1, 1, toNumber}, {"percent", 1, 1, toPercent},
		{"day", 1, 1, toDay}, {"days_between", 2, 2, between("days_between", daysBetween)}, {"months_between", 2, 2, between("months_between", monthsBetween)},
		{"abs", 1, 1, abs}, {"sum", 1, 2, sum}, {"int", 1, 1, toInt}, {"str", 1, 1, toText}, {"bool", 0, 1, toBool},
		{"len", 1, 1, length}, {"any", 1, 1, anyOf}, {"all", 1, 1, allOf},
		{"range", 1, 3, ranged}, {"list", 0, 1, toList}, {"tuple", 0, 1, toTuple}, {"reversed", 1, 1, reversed},
		{"enumerate", 1, 2, enumerate}, {"zip", 0, mostSpread, zipped},
	} {
		all[f.name] = f.builtin()
	}
	for name, do := range map[string]builtin{
		"min": extreme("min", -1), "max": extreme("max", 1), "sorted": sorted,
		"dict": toDict, "struct": toStruct, "fail": fail,
	} {
		all[name] = starlark.NewBuiltin(name, do)
	}
	return all
}

type builtin = func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)

// function takes values by position only, between least and most of them.
type function struct {
	name        string
	least, most int
	do          work
}

func (f function) builtin() *starlark.Builtin {
	return starlark.NewBuiltin(f.name, func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if err := takesOnly(f.name, args, kwargs, f.least, f.most); err != nil {
			return nil, err
		}
		return f.do(thread, args)
	})
}

// takesOnly says how many values a function takes, where it is given another number of them.
func takesOnly(name string, args starlark.Tuple, kwargs []starlark.Tuple, least, most int) error {
	switch {
	case len(kwargs) > 0:
		return fmt.Errorf("%s has no parameter %.40s", name, string(kwargs[0][0].(starlark.String)))
	case len(args) >= least && len(args) <= most:
		return nil
	case least == most:
		return fmt.Errorf("%s takes %s, and is given %d", name, values(least), len(args))
	}
	return fmt.Errorf("%s takes %d to %s, and is given %d", name, least, values(most), len(args))
}

func values(n int) string {
	switch n {
	case 0:
		return "nothing"
	case 1:
		return "1 value"
	}
	return fmt.Sprintf("%d values", n)
}

func toNumber(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	charge(thread, numberCost)
	switch v := args[0].(type) {
	case starlark.String:
		return parsed(v)
	default:
		n, err := ToNumber(v)
		if err != nil {
			return nil, err
		}
		return checked(n)
	}
}

func parsed(v starlark.String) (starlark.Value, error) {
	n, err := exact.Parse(string(v))
	if err != nil {
		return nil, err
	}
	return checked(n)
}

func toPercent(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	v, err := toNumber(thread, args)
	if err != nil {
		return nil, err
	}
	return checked(v.(Number).Over(exact.Int(100)))
}

func toDay(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch v := args[0].(type) {
	case Day:
		return v, nil
	case starlark.String:
		if d, err := ledger.ParseDate(string(v)); err == nil {
			return Day(d), nil
		}
		return nil, fmt.Errorf(`%s is not a day of the calendar, which goes from 1900 to 2199; write day("2026-03-02")`, brief(v))
	}
	return nil, fmt.Errorf(`write day("2026-03-02"), and not %s`, a(args[0]))
}

func between(name string, count func(a, b ledger.Date) int) work {
	return func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		from, ok := args[0].(Day)
		if !ok {
			return nil, fmt.Errorf("%s counts between two days, and not from %s", name, a(args[0]))
		}
		to, ok := args[1].(Day)
		if !ok {
			return nil, fmt.Errorf("%s counts between two days, and not to %s", name, a(args[1]))
		}
		return starlark.MakeInt(count(ledger.Date(from), ledger.Date(to))), nil
	}
}

func abs(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, err := ToNumber(args[0])
	if err != nil {
		return nil, err
	}
	if n.Sign() >= 0 {
		return args[0], nil
	}
	return unary(syntax.MINUS)(thread, args)
}

func sum(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	all, err := items(thread, args[0])
	if err != nil {
		return nil, err
	}
	var total starlark.Value = starlark.MakeInt(0)
	if len(args) == 2 {
		all = append(all, args[1])
	}
	for _, v := range all {
		if _, err := ToNumber(v); err != nil {
			return nil, err
		}
		if total, err = operate(thread, syntax.PLUS, total, v); err != nil {
			return nil, err
		}
	}
	return total, nil
}

func toInt(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if _, ok := args[0].(starlark.Int); ok {
		return args[0], nil
	}
	n, err := ToNumber(args[0])
	if err != nil {
		return nil, err
	}
	if !n.IsWhole() {
		return nil, fmt.Errorf("%s is not whole; round it first, by a named way", n)
	}
	return fits(starlark.MakeBigInt(n.Num()))
}

func toText(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	p := blank()
	p.plain(args[0])
	return p.done(thread)
}

func toBool(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return starlark.Bool(len(args) == 1 && bool(args[0].Truth())), nil
}

func length(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n := starlark.Len(args[0])
	if n < 0 {
		return nil, fmt.Errorf("%s has no length", a(args[0]))
	}
	return starlark.MakeInt(n), nil
}

func anyOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	all, err := items(thread, args[0])
	return starlark.Bool(slices.ContainsFunc(all, func(v starlark.Value) bool { return bool(v.Truth()) })), err
}

func allOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	all, err := items(thread, args[0])
	return starlark.Bool(!slices.ContainsFunc(all, func(v starlark.Value) bool { return !bool(v.Truth()) })), err
}

// ranged is the language's own range, of bounded length.
func ranged(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	for i, v := range args {
		n, err := small("range", v)
		if err != nil {
			return nil, err
		}
		if i == 2 && n == 0 {
			return nil, errors.New("a range cannot go in steps of 0")
		}
		args[i] = starlark.MakeInt(n)
	}
	r, err := starlark.Call(thread, starlark.Universe["range"], args, nil)
	if err != nil {
		return nil, err
	}
	if starlark.Len(r) > mostElements {
		return nil, fmt.Errorf("a range has at most %d numbers", mostElements)
	}
	return r, nil
}

// small is a whole number of at most a thousand million either side of zero.
func small(name string, v starlark.Value) (int, error) {
	n, err := ToNumber(v)
	if err != nil {
		return 0, fmt.Errorf("%s takes whole numbers: %w", name, err)
	}
	i, ok := n.Whole()
	if !ok || i < -1e9 || i > 1e9 {
		return 0, fmt.Errorf("%s takes whole numbers of at most a thousand million, and not %s", name, brief(v))
	}
	return int(i), nil
}

func toList(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 {
		return starlark.NewList(nil), nil
	}
	all, err := items(thread, args[0])
	return starlark.NewList(all), err
}

func toTuple(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if len(args) == 0 {
		return starlark.Tuple{}, nil
	}
	all, err := items(thread, args[0])
	return starlark.Tuple(all), err
}

func reversed(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	all, err := items(thread, args[0])
	slices.Reverse(all)
	return starlark.NewList(all), err
}

func enumerate(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	start := 0
	if len(args) == 2 {
		var err error
		if start, err = small("enumerate", args[1]); err != nil {
			return nil, err
		}
	}
	all, err := items(thread, args[0])
	if err != nil {
		return nil, err
	}
	charge(thread, 4*len(all))
	for i, v := range all {
		all[i] = starlark.Tuple{starlark.MakeInt(start + i), v}
	}
	return starlark.NewList(all), nil
}

// mostZipped bounds what one zip makes.
const mostZipped = 100_000

func zipped(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	columns := make([][]starlark.Value, len(args))
	rows := 0
	for i, v := range args {
		column, err := items(thread, v)
		if err != nil {
			return nil, err
		}
		if i == 0 || len(column) < rows {
			rows = len(column)
		}
		columns[i] = column
		// What was charged before is looked at only when this is done; hundreds of columns are much at once.
		if len(args)*len(column) > mostZipped {
			return nil, errors.New("this is too much to zip")
		}
	}
	charge(thread, rows*(len(args)+4))
	all := make([]starlark.Value, rows)
	for i := range all {
		row := make(starlark.Tuple, len(columns))
		for j := range columns {
			row[j] = columns[j][i]
		}
		all[i] = row
	}
	return starlark.NewList(all), nil
}

// toDict is dict(pairs, name=value).
func toDict(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := takesOnly("dict", args, nil, 0, 1); err != nil {
		return nil, err
	}
	charge(thread, dictCost)
	dict := starlark.NewDict(len(kwargs))
	if len(args) == 1 {
		if err := addEntries(thread, dict, args[0]); err != nil {
			return nil, err
		}
	}
	return dict, addNamed(thread, dict, kwargs)
}

func toStruct(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) > 0 {
		return nil, errors.New("write struct(name = value): its fields have names")
	}
	charge(thread, 4*len(kwargs))
	return starlarkstruct.FromKeywords(starlarkstruct.Default, kwargs), nil
}

// extreme is min(a, b, ...) or min(list), and max.
func extreme(name string, wanted int) builtin {
	return func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if err := takesOnly(name, args, kwargs, 1, mostSpread); err != nil {
			return nil, err
		}
		all := []starlark.Value(args)
		if len(args) == 1 {
			var err error
			if all, err = items(thread, args[0]); err != nil {
				return nil, err
			}
		}
		return outermost(thread, name, wanted, all)
	}
}

// outermost is the first of the numbers, or of the days, that none is further out than.
func outermost(thread *starlark.Thread, name string, wanted int, all []starlark.Value) (starlark.Value, error) {
	if len(all) == 0 {
		return nil, fmt.Errorf("%s of nothing; write %s([0] + list) where the list may be empty", name, name)
	}
	best := all[0]
	for _, v := range all {
		if _, isDay := v.(Day); !isDay {
			if _, err := ToNumber(v); err != nil {
				return nil, fmt.Errorf("%s is of numbers or of days: %w", name, err)
			}
		}
		order, err := inOrder(thread, v, best)
		if err != nil {
			return nil, err
		}
		if order == wanted {
			best = v
		}
	}
	return best, nil
}

// sorted is sorted(list, key = function, reverse = True). What is equal keeps its order.
func sorted(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var list starlark.Value
	var by starlark.Value = starlark.None
	var reverse bool
	if err := starlark.UnpackArgs("sorted", args, kwargs, "list", &list, "key?", &by, "reverse?", &reverse); err != nil {
		return nil, err
	}
	all, err := items(thread, list)
	if err != nil {
		return nil, err
	}
	keys, err := keysOf(thread, all, by)
	if err != nil {
		return nil, err
	}
	return sortedBy(thread, all, keys, reverse)
}

// keysOf are what the values are sorted by.
func keysOf(thread *starlark.Thread, all []starlark.Value, by starlark.Value) ([]starlark.Value, error) {
	if by == starlark.None {
		return all, nil
	}
	keys := make([]starlark.Value, len(all))
	for i, v := range all {
		k, err := starlark.Call(thread, by, starlark.Tuple{v}, nil)
		if err == nil {
			err = spent(thread)
		}
		if err != nil {
			return nil, err
		}
		keys[i] = k
	}
	return keys, nil
}

func sortedBy(thread *starlark.Thread, all, keys []starlark.Value, reverse bool) (starlark.Value, error) {
	places := make([]int, len(all))
	for i := range places {
		places[i] = i
	}
	// One comparison for them all: its bound is that of the whole sorting.
	c := comparison{thread: thread}
	var failed error
	slices.SortStableFunc(places, func(i, j int) int {
		if failed != nil {
			return 0
		}
		order, err := c.order(keys[i], keys[j], 0)
		if failed = err; reverse {
			return -order
		}
		return order
	})
	if failed != nil {
		return nil, failed
	}
	out := make([]starlark.Value, len(all))
	for i, place := range places {
		out[i] = all[place]
	}
	return starlark.NewList(out), nil
}

var reasonCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,63}$`)

// fail is fail("REASON_CODE") or fail("REASON_CODE", "a sentence").
func fail(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if err := takesOnly("fail", args, kwargs, 1, 2); err != nil {
		return nil, err
	}
	code, ok := args[0].(starlark.String)
	if !ok || !reasonCode.MatchString(string(code)) {
		return nil, errors.New(`write fail("REASON_CODE"), a code of capital letters, digits and _`)
	}
	text := "the rule refuses: " + string(code)
	if len(args) == 2 {
		text = clip(Show(args[1]))
	}
	return nil, failure{string(code), text}
}
