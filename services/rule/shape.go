package rule

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// shape looks whether what a file says has the form of what it is read into, and notes all that has not: keys that
// mean nothing, lists where a word is wanted. The YAML library would name the first of them only, in words of Go.
func (w *walker) shape(node ast.Node, t reflect.Type, what string) {
	empty := node == nil || node.Type() == ast.NullType
	switch {
	case empty && node != nil && (t == reflect.TypeFor[Value]() || t == reflect.TypeFor[Parameter]()):
		w.wrong(node, "%s: write a value here", what)
	case empty:
		return
	case t.Kind() == reflect.Pointer:
		w.shape(node, t.Elem(), what)
	case t == reflect.TypeFor[Value]():
		w.value(node, what)
	case t == reflect.TypeFor[Parameter]():
		w.parameter(node, what)
	case t == reflect.TypeFor[Expected]():
	case t == reflect.TypeFor[Number]() || t == reflect.TypeFor[Day]():
		w.read(node, what, reflect.New(t).Interface().(yaml.NodeUnmarshaler))
	default:
		w.kind(node, t, what)
	}
}

// kind looks at a node by the kind of its Go type.
func (w *walker) kind(node ast.Node, t reflect.Type, what string) {
	switch t.Kind() {
	case reflect.Struct:
		w.keys(node, t, what)
	case reflect.Map:
		w.pairs(node, what, func(name string, value ast.Node) {
			if value.Type() == ast.NullType && t.Elem().Kind() == reflect.Struct {
				w.wrong(value, "%s: write something here, or take the name out", name)
			}
			w.shape(value, t.Elem(), name)
		})
	case reflect.Slice:
		w.list(node, t.Elem(), what)
	case reflect.String:
		w.scalar(node, what)
	case reflect.Int, reflect.Int64:
		if node.Type() != ast.IntegerType {
			w.wrong(node, "%s: write a whole number here", what)
		}
	case reflect.Bool:
		if node.Type() != ast.BoolType {
			w.wrong(node, "%s: write true or false here", what)
		}
	}
}

func (w *walker) wrong(node ast.Node, format string, args ...any) {
	if len(w.problems) < mostTold {
		w.problems = append(w.problems, Problem{at(w.file, node), fmt.Sprintf(format, args...)})
	}
}

func (w *walker) scalar(node ast.Node, what string) {
	if _, ok := node.(ast.ScalarNode); !ok {
		w.wrong(node, "%s: write one value here, not a list or a mapping", what)
	}
}

func (w *walker) value(node ast.Node, what string) {
	if _, ok := node.(ast.MapNode); ok {
		w.keys(node, reflect.TypeFor[Form](), what)
		return
	}
	w.read(node, what, &Value{})
}

// read tries whether a scalar can be read into what reads itself.
func (w *walker) read(node ast.Node, what string, into yaml.NodeUnmarshaler) {
	if err := into.UnmarshalYAML(node); err != nil {
		w.wrong(node, "%s: %v", what, err)
	}
}

func (w *walker) parameter(node ast.Node, what string) {
	if _, ok := node.(*ast.SequenceNode); ok {
		w.list(node, reflect.TypeFor[DatedValue](), what)
		return
	}
	w.value(node, what)
}

func (w *walker) list(node ast.Node, of reflect.Type, what string) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		w.wrong(node, "%s: write a list here, such as [a, b]", what)
		return
	}
	for _, item := range list.Values {
		if item.Type() == ast.NullType {
			w.wrong(item, "%s: an item of the list is empty; write it, or take it out", what)
		}
		w.shape(item, of, what)
	}
}

func (w *walker) pairs(node ast.Node, what string, each func(name string, value ast.Node)) {
	m, ok := node.(ast.MapNode)
	if !ok {
		w.wrong(node, "%s: write names and values here, such as name: value", what)
		return
	}
	for pairs := m.MapRange(); pairs.Next(); {
		each(keyText(pairs.Key()), pairs.Value())
	}
}

// keys looks at a mapping whose keys have a meaning each.
func (w *walker) keys(node ast.Node, t reflect.Type, what string) {
	m, ok := node.(ast.MapNode)
	if !ok {
		w.wrong(node, "%s: write a mapping here, of %s", what, strings.Join(keysOf(t), ", "))
		return
	}
	for pairs := m.MapRange(); pairs.Next(); {
		name := keyText(pairs.Key())
		field, known := fieldOf(t, name)
		if !known {
			w.wrong(pairs.Key(), "%s: %.40q means nothing here; %s", what, name, meant(name, keysOf(t)))
			continue
		}
		w.shape(pairs.Value(), field.Type, name)
	}
	for i := range t.NumField() {
		w.needs(node, t.Field(i), what)
	}
}

// needs sees that a value which can't be left out is there.
func (w *walker) needs(node ast.Node, f reflect.StructField, what string) {
	if f.Type != reflect.TypeFor[Value]() {
		return
	}
	if _, given := placeOf(w.file, node).keys[keyOf(f)]; !given {
		w.wrong(node, "%s: write %s: too", what, keyOf(f))
	}
}

// meant says which of the names is meant, perhaps, or names all.
func meant(name string, names []string) string {
	if best := closest(name, names); best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "write one of " + strings.Join(names, ", ")
}

// keysOf are the keys that a file may have where a value of the type is read, in order of the type's fields.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key := keyOf(t.Field(i)); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

func keyOf(f reflect.StructField) string {
	key := f.Tag.Get("yaml")
	if !f.IsExported() || key == "-" {
		return ""
	}
	return key
}

func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	fields := reflect.VisibleFields(t)
	i := slices.IndexFunc(fields, func(f reflect.StructField) bool { return len(f.Index) == 1 && keyOf(f) == key })
	if i < 0 || key == "" {
		return reflect.StructField{}, false
	}
	return fields[i], true
}
