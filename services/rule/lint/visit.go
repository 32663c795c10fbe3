package lint

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"sanad.dev/sanad/services/rule"
)

// visit calls fn for every part of a scheme that lies in v: a pointer to each value, condition, step and table row. It
// goes by the form of the types, so that a part which is added to the language is visited too.
func visit(v reflect.Value, fn func(part any)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			visit(v.Elem(), fn)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), fn)
		}
	case reflect.Map:
		visitMap(v, fn)
	case reflect.Struct:
		if v.CanAddr() {
			fn(v.Addr().Interface())
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				visit(v.Field(i), fn)
			}
		}
	}
}

// visitMap visits the values of a map in order of their keys.
func visitMap(m reflect.Value, fn func(part any)) {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for _, key := range keys {
		copied := reflect.New(m.Type().Elem())
		copied.Elem().Set(m.MapIndex(key))
		visit(copied, fn)
	}
}

// partsOf are all parts of one kind in what v points to, itself with them.
func partsOf[T any](v any) []*T {
	var all []*T
	visit(reflect.ValueOf(v), func(part any) {
		if one, ok := part.(*T); ok {
			all = append(all, one)
		}
	})
	return all
}

// names are what the values and conditions in v name: parameters, facts, quantities.
func names(v any) map[string]bool {
	named := map[string]bool{}
	for _, value := range partsOf[rule.Value](v) {
		named[value.Name] = true
	}
	for _, c := range partsOf[rule.Condition](v) {
		named[c.Fact] = true
	}
	for _, a := range partsOf[rule.OneAccount](v) {
		named[a.Chosen] = true
	}
	delete(named, "")
	return named
}

// reaches are the names in v, and those in the parameters and answers that it names.
func (r *reader) reaches(v any) map[string]bool {
	all := names(v)
	for again := true; again; {
		again = false
		for name := range all {
			for inner := range r.namesIn(name) {
				if !all[inner] {
					all[inner], again = true, true
				}
			}
		}
	}
	return all
}

// namesIn are the names in the parameter or answer of that name.
func (r *reader) namesIn(name string) map[string]bool {
	if p, ok := r.scheme.Parameters[name]; ok {
		return names(&p)
	}
	if a, ok := r.scheme.Answers[name]; ok {
		return names(&a)
	}
	return nil
}

// inRules says whether rules.star has the word outside its comments.
func (r *reader) inRules(word string) bool {
	pattern := regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`)
	for line := range strings.Lines(string(r.folder.Rules)) {
		code, _, _ := strings.Cut(line, "#")
		if pattern.MatchString(code) {
			return true
		}
	}
	return false
}

// sorted are the keys of a map in order.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
