package script

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.starlark.net/starlark"
)

// builtinMethods are the names of all methods that the language gives texts, lists and dicts. They pass through attr,
// which knows the allowed ones.
var builtinMethods = methodNames(starlark.String(""), &starlark.List{}, &starlark.Dict{}, &starlark.Set{}, starlark.Bytes(""))

func methodNames(values ...starlark.HasAttrs) map[string]bool {
	names := map[string]bool{}
	for _, v := range values {
		for _, name := range v.AttrNames() {
			names[name] = true
		}
	}
	return names
}

// attr is x.name for a name that is one of the language's methods.
func attr(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	name := string(args[1].(starlark.String))
	allowed, ok := methodsOf(args[0])
	if !ok {
		return field(args[0], name)
	}
	if m, ok := allowed[name]; ok {
		return m.BindReceiver(args[0]), nil
	}
	return nil, fmt.Errorf("%s has no .%s in rules; it has %s", a(args[0]), name, strings.Join(slices.Sorted(maps.Keys(allowed)), ", "))
}

func methodsOf(v starlark.Value) (map[string]*starlark.Builtin, bool) {
	switch v.(type) {
	case starlark.String:
		return textMethods, true
	case *starlark.List:
		return listMethods, true
	case *starlark.Dict:
		return dictMethods, true
	}
	return nil, false
}

// field is a field or method of a struct, a day or a value of the caller's own types.
func field(x starlark.Value, name string) (starlark.Value, error) {
	if x, ok := x.(starlark.HasAttrs); ok {
		if v, err := x.Attr(name); v != nil || err != nil {
			return v, err
		}
	}
	return nil, fmt.Errorf("%s has no .%s", a(x), name)
}

var (
	textMethods = methods(
		method{"format", 0, mostSpread, nil},
		method{"join", 1, 1, joinTexts}, method{"split", 0, 1, splitText}, method{"replace", 2, 2, replaceText},
		method{"upper", 0, 0, mapText(strings.ToUpper)}, method{"lower", 0, 0, mapText(strings.ToLower)},
		method{"strip", 0, 0, mapText(strings.TrimSpace)},
		method{"startswith", 1, 1, askText(strings.HasPrefix)}, method{"endswith", 1, 1, askText(strings.HasSuffix)},
	)
	listMethods = methods(
		method{"append", 1, 1, appendTo}, method{"extend", 1, 1, extendWith},
		method{"index", 1, 1, indexIn}, method{"pop", 0, 1, popFrom}, method{"clear", 0, 0, clearAll},
	)
	dictMethods = methods(
		method{"get", 1, 2, getEntry}, method{"setdefault", 1, 2, setDefault}, method{"pop", 1, 2, popEntry},
		method{"keys", 0, 0, keysIn}, method{"values", 0, 0, valuesIn}, method{"items", 0, 0, itemsIn},
		method{"update", 0, 1, nil}, method{"clear", 0, 0, clearAll},
	)
)

// method takes a receiver and so many values. Those without do take named values too, and are told apart by name.
type method struct {
	name        string
	least, most int
	do          func(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error)
}

func methods(all ...method) map[string]*starlark.Builtin {
	named := map[string]*starlark.Builtin{}
	for _, m := range all {
		named[m.name] = starlark.NewBuiltin(m.name, m.call)
	}
	return named
}

func (m method) call(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	named := kwargs
	if m.do == nil {
		named = nil
	}
	if err := takesOnly(m.name, args, named, m.least, m.most); err != nil {
		return nil, err
	}
	switch x := b.Receiver().(type) {
	case starlark.String:
		if m.do == nil {
			return fill(thread, string(x), args, kwargs)
		}
	case *starlark.Dict:
		if m.do == nil {
			return updateDict(thread, x, args, kwargs)
		}
	}
	return m.do(thread, b.Receiver(), args)
}

func texts(name string, args starlark.Tuple) ([]string, error) {
	all := make([]string, len(args))
	for i, v := range args {
		s, ok := v.(starlark.String)
		if !ok {
			return nil, fmt.Errorf("%s takes texts, and not %s", name, a(v))
		}
		all[i] = string(s)
	}
	return all, nil
}

func joinTexts(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	all, err := items(thread, args[0])
	if err != nil {
		return nil, err
	}
	parts, err := texts("join", all)
	if err != nil {
		return nil, err
	}
	separator := string(x.(starlark.String))
	size := len(separator) * max(0, len(parts)-1)
	for _, part := range parts {
		size += len(part)
	}
	if err := textRoom(thread, size); err != nil {
		return nil, err
	}
	return starlark.String(strings.Join(parts, separator)), nil
}

func splitText(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	separator, err := texts("split", args)
	if err != nil {
		return nil, err
	}
	var parts []string
	switch {
	case len(separator) == 0:
		parts = strings.Fields(string(x.(starlark.String)))
	case separator[0] == "":
		return nil, errors.New("a text cannot be split at nothing")
	default:
		parts = strings.Split(string(x.(starlark.String)), separator[0])
	}
	charge(thread, 4*len(parts))
	all := make([]starlark.Value, len(parts))
	for i, part := range parts {
		all[i] = starlark.String(part)
	}
	return starlark.NewList(all), nil
}

func replaceText(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	pair, err := texts("replace", args)
	if err != nil {
		return nil, err
	}
	text := string(x.(starlark.String))
	size := len(text) + strings.Count(text, pair[0])*(len(pair[1])-len(pair[0]))
	if err := textRoom(thread, size); err != nil {
		return nil, err
	}
	chargeText(thread, len(text))
	return starlark.String(strings.ReplaceAll(text, pair[0], pair[1])), nil
}

func mapText(change func(string) string) func(*starlark.Thread, starlark.Value, starlark.Tuple) (starlark.Value, error) {
	return func(thread *starlark.Thread, x starlark.Value, _ starlark.Tuple) (starlark.Value, error) {
		charge(thread, len(x.(starlark.String))/2) // letter by letter takes longer than copying
		changed := change(string(x.(starlark.String)))
		return starlark.String(changed), textRoom(thread, len(changed))
	}
}

func askText(ask func(string, string) bool) func(*starlark.Thread, starlark.Value, starlark.Tuple) (starlark.Value, error) {
	return func(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
		other, ok := args[0].(starlark.String)
		if !ok {
			return nil, fmt.Errorf("a text begins and ends with a text, and not with %s", a(args[0]))
		}
		chargeText(thread, len(other))
		return starlark.Bool(ask(string(x.(starlark.String)), string(other))), nil
	}
}

func appendTo(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	list := x.(*starlark.List)
	if list.Len() >= mostElements {
		return nil, room(thread, list.Len()+1)
	}
	charge(thread, 1)
	return starlark.None, list.Append(args[0])
}

func extendWith(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	return starlark.None, extend(thread, x.(*starlark.List), args[0])
}

func extend(thread *starlark.Thread, list *starlark.List, v starlark.Value) error {
	more, err := items(thread, v)
	if err != nil {
		return err
	}
	if list.Len()+len(more) > mostElements {
		return room(thread, list.Len()+len(more))
	}
	for _, x := range more {
		if err := list.Append(x); err != nil {
			return err
		}
	}
	return nil
}

func indexIn(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	i, err := indexOf(thread, x.(*starlark.List), args[0])
	if err == nil && i < 0 {
		err = fmt.Errorf("%s is not in the list; ask x in list first", brief(args[0]))
	}
	return starlark.MakeInt(i), err
}

// native calls the language's own method, whose cost is known.
func native(thread *starlark.Thread, x starlark.HasAttrs, name string, args starlark.Tuple) (starlark.Value, error) {
	m, err := x.Attr(name)
	if err != nil {
		return nil, err
	}
	return m.(*starlark.Builtin).CallInternal(thread, args, nil)
}

func popFrom(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	list := x.(*starlark.List)
	if len(args) == 0 {
		args = starlark.Tuple{starlark.MakeInt(-1)}
	}
	n, err := position(list, args[0])
	if err != nil {
		return nil, err
	}
	charge(thread, (list.Len()-n)/4)
	return native(thread, list, "pop", starlark.Tuple{starlark.MakeInt(n)})
}

func clearAll(thread *starlark.Thread, x starlark.Value, _ starlark.Tuple) (starlark.Value, error) {
	charge(thread, starlark.Len(x)/4)
	return native(thread, x.(starlark.HasAttrs), "clear", nil)
}

// otherwise is the second of the values, or None.
func otherwise(args starlark.Tuple) starlark.Value {
	if len(args) == 2 {
		return args[1]
	}
	return starlark.None
}

func getEntry(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	k, err := key(thread, args[0])
	if err != nil {
		return nil, err
	}
	v, found, err := x.(*starlark.Dict).Get(k)
	if !found {
		v = otherwise(args)
	}
	return v, err
}

func setDefault(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	dict := x.(*starlark.Dict)
	k, err := key(thread, args[0])
	if err != nil {
		return nil, err
	}
	if v, found, err := dict.Get(k); found || err != nil {
		return v, err
	}
	return otherwise(args), setEntry(thread, dict, k, otherwise(args))
}

func popEntry(thread *starlark.Thread, x starlark.Value, args starlark.Tuple) (starlark.Value, error) {
	k, err := key(thread, args[0])
	if err != nil {
		return nil, err
	}
	v, found, err := x.(*starlark.Dict).Delete(k)
	switch {
	case err != nil || found:
		return v, err
	case len(args) == 2:
		return args[1], nil
	}
	return nil, fmt.Errorf("there is no %s in the dict; write d.pop(%s, 0) where it may be missing", brief(k), brief(k))
}

func keysIn(thread *starlark.Thread, x starlark.Value, _ starlark.Tuple) (starlark.Value, error) {
	all, err := items(thread, x)
	return starlark.NewList(all), err
}

func valuesIn(thread *starlark.Thread, x starlark.Value, _ starlark.Tuple) (starlark.Value, error) {
	dict := x.(*starlark.Dict)
	charge(thread, dict.Len())
	all := make([]starlark.Value, 0, dict.Len())
	for _, v := range dict.Entries() {
		all = append(all, v)
	}
	return starlark.NewList(all), nil
}

func itemsIn(thread *starlark.Thread, x starlark.Value, _ starlark.Tuple) (starlark.Value, error) {
	dict := x.(*starlark.Dict)
	charge(thread, 4*dict.Len())
	all := make([]starlark.Value, 0, dict.Len())
	for k, v := range dict.Entries() {
		all = append(all, starlark.Tuple{k, v})
	}
	return starlark.NewList(all), nil
}

func updateDict(thread *starlark.Thread, dict *starlark.Dict, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	if len(args) == 1 {
		if err := addEntries(thread, dict, args[0]); err != nil {
			return nil, err
		}
	}
	return starlark.None, addNamed(thread, dict, kwargs)
}

// addEntries takes the entries of a dict, or a list of pairs.
func addEntries(thread *starlark.Thread, dict *starlark.Dict, v starlark.Value) error {
	if other, ok := v.(*starlark.Dict); ok {
		return mergeDict(thread, dict, other)
	}
	pairs, err := items(thread, v)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		p, ok := pair.(starlark.Indexable)
		if _, text := pair.(starlark.String); !ok || text || p.Len() != 2 {
			return fmt.Errorf("a dict is made of pairs (key, value), and not of %s", a(pair))
		}
		if err := setEntry(thread, dict, p.Index(0), p.Index(1)); err != nil {
			return err
		}
	}
	return nil
}

func mergeDict(thread *starlark.Thread, dict, other *starlark.Dict) error {
	charge(thread, other.Len())
	for _, pair := range other.Items() { // a copy: the dict may be the other itself
		if err := setEntry(thread, dict, pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

func addNamed(thread *starlark.Thread, dict *starlark.Dict, kwargs []starlark.Tuple) error {
	for _, pair := range kwargs {
		if err := setEntry(thread, dict, pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}
