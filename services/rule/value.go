package rule

import (
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// Value is a number as a file gives it: written out, named, looked up, or computed from others. One field is set.
type Value struct {
	Position
	// Written is the number itself.
	Written *exact.Number
	// Name is that of a parameter, a declared fact, an answer, a subsidy or one of the known quantities.
	Name string
	// Form says how it is computed.
	Form *Form
	// kind is what is written: a number, a day or an instant.
	kind FactType
}

// Form is a value that is computed; exactly one way is set.
type Form struct {
	Min   []Value `yaml:"min"`
	Max   []Value `yaml:"max"`
	Sum   []Value `yaml:"sum"`
	Times []Value `yaml:"times"`
	Minus []Value `yaml:"minus"`
	Over  []Value `yaml:"over"`

	// Lookup takes the first row of the table that fits, and Else where none does or a word is not known.
	Lookup *Value `yaml:"lookup"`
	Table  []Row  `yaml:"table"`
	Else   *Value `yaml:"else"`

	// Highest takes the highest value of the categories that the member is in; Else where she is in none.
	Highest map[string]Value `yaml:"highest"`

	// Total is that of the contributions which fit.
	Total *Selection `yaml:"total"`

	// On is the value as it stands on another day.
	Round *Rounding `yaml:"round"`
	Of    *Value    `yaml:"of"`

	// open says that nobody gets nothing by it: that of a universal twin.
	open bool
}

// Row is a line of a table: the condition on what is looked up, and the value. Without condition it always fits.
type Row struct {
	Place `yaml:"-"`
	// Is is a word or a category, or the number itself.
	Is    string `yaml:"is"`
	From  *Value `yaml:"from"`
	Over  *Value `yaml:"over"`
	UpTo  *Value `yaml:"up_to"`
	Under *Value `yaml:"under"`
	Value Value  `yaml:"value"`

	// number is that of Is, where it is one.
	number *exact.Number
}

// compile reads the number that a row is for.
func (r *Row) compile() {
	if n, err := exact.Parse(r.Is); err == nil {
		r.number = &n
	}
}

// Selection says which contributions are meant; empty lists mean all.
type Selection struct {
	Account string   `yaml:"account"`
	Payers  []string `yaml:"payers"`
	// Earlier is how many periods before this one are meant; 0 is this one.
	Earlier int `yaml:"earlier"`
}

// read is the number that stands for a text of the type: a day is its digits, so that days have their order; an instant
// is its seconds since 1970.
func (t FactType) read(text string) (exact.Number, error) {
	switch t {
	case DayFact:
		day, err := ledger.ParseDate(text)
		if err != nil {
			return exact.Number{}, fmt.Errorf("%.40q is not a day such as 2026-03-02", text)
		}
		return exact.Int(int64(day)), nil
	case InstantFact:
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return exact.Number{}, fmt.Errorf("%.40q is not an instant such as 2015-05-21T14:00:00+12:00", text)
		}
		return exact.Int(at.Unix()), nil
	}
	return exact.Parse(text)
}

// UnmarshalYAML reads a number, a day, an instant, a name or a form.
func (v *Value) UnmarshalYAML(node ast.Node) error {
	v.Position = at(SchemeFile, node)
	if _, ok := node.(ast.MapNode); ok {
		v.Form = &Form{}
		return yaml.NodeToValue(node, v.Form, yaml.Strict())
	}
	text := scalar(node)
	for _, kind := range []FactType{NumberFact, DayFact, InstantFact} {
		if n, err := kind.read(text); err == nil {
			v.Written, v.kind = &n, kind
			return nil
		}
	}
	if !nameText.MatchString(text) {
		return badNode{node, fmt.Sprintf("%.40q is neither a number such as 0.5 or 50%%, nor a day, nor a name, nor a form such as {min: [a, b]}", text)}
	}
	v.Name = text
	return nil
}

// Each calls fn for v and for every value inside it; for a nil v not at all.
func (v *Value) Each(fn func(*Value)) {
	if v == nil {
		return
	}
	fn(v)
	if v.Form == nil {
		return
	}
	f := v.Form
	for _, list := range [][]Value{f.Min, f.Max, f.Sum, f.Times, f.Minus, f.Over} {
		for i := range list {
			list[i].Each(fn)
		}
	}
	for i := range f.Table {
		for _, inner := range []*Value{f.Table[i].From, f.Table[i].Over, f.Table[i].UpTo, f.Table[i].Under, &f.Table[i].Value} {
			inner.Each(fn)
		}
	}
	for _, inner := range []*Value{f.Lookup, f.Else, f.Of} {
		inner.Each(fn)
	}
	for _, inner := range f.Highest {
		inner.Each(fn)
	}
}

// eval is the value's number.
func (v *Value) eval(e *env) exact.Number {
	switch {
	case v.Written != nil:
		return *v.Written
	case v.Name != "":
		return e.number(v.Name)
	}
	return v.Form.eval(e)
}

func (f *Form) eval(e *env) exact.Number {
	switch {
	case f.Min != nil:
		return fold(e, f.Min, exact.Min)
	case f.Max != nil:
		return fold(e, f.Max, exact.Max)
	case f.Sum != nil:
		return fold(e, f.Sum, exact.Number.Plus)
	case f.Times != nil:
		return fold(e, f.Times, exact.Number.Times)
	case f.Minus != nil:
		return fold(e, f.Minus, exact.Number.Minus)
	case f.Over != nil:
		return fold(e, f.Over, exact.Number.Over)
	case f.Total != nil:
		return e.total(*f.Total)
	case f.Round != nil:
		return f.Round.of(e, f.Of.eval(e))
	case f.Highest != nil:
		return f.opened(e, f.highest)
	}
	return f.opened(e, f.lookup)
}

func fold(e *env, values []Value, do func(a, b exact.Number) exact.Number) exact.Number {
	result := values[0].eval(e)
	for i := range values[1:] {
		result = do(result, values[i+1].eval(e))
	}
	return result
}

func (f *Form) highest(e *env) exact.Number {
	best, found := exact.Number{}, false
	for _, category := range sortedKeys(f.Highest) {
		if !e.in.Facts.Has(category, e.on) {
			continue
		}
		inner := f.Highest[category]
		value := inner.eval(e)
		e.note("As one of category %s she gets %s.", category, value)
		if !found || best.Less(value) {
			best, found = value, true
		}
	}
	if found {
		return best
	}
	return f.otherwise(e, "no category of the table is hers")
}

func (f *Form) otherwise(e *env, why string) exact.Number {
	if f.Else == nil {
		e.refuse("NOT_IN_TABLE", why)
		return exact.Number{}
	}
	return f.Else.eval(e)
}

func (f *Form) lookup(e *env) exact.Number {
	x := e.lookedUp(f.Lookup)
	if x.Err() != nil {
		return x
	}
	for i := range f.Table {
		if f.Table[i].fits(e, f.Lookup, x) {
			value := f.Table[i].Value.eval(e)
			if e.traced {
				e.note("%s by %s is %s for %s.", e.table(), f.Lookup.String(), share(value), f.Lookup.shown(e.quiet()))
			}
			return value
		}
	}
	if f.Else == nil && !e.knows(f.Lookup.Name) {
		e.unknown(f.Lookup.Name)
		return exact.Int(0)
	}
	return f.otherwise(e, f.Lookup.String()+" fits no row of the table")
}

// lookedUp is the number of what is looked up; 0 where it is a word.
func (e *env) lookedUp(what *Value) exact.Number {
	if e.isWord(what.Name) {
		return exact.Int(0)
	}
	return what.eval(e)
}

// fits says whether the row is meant by what is looked up, whose number is x.
func (r *Row) fits(e *env, what *Value, x exact.Number) bool {
	switch {
	case r.Is != "" && (r.number == nil || e.isWord(what.Name)):
		return e.word(what.Name) == r.Is || e.in.Facts.Has(r.Is, e.on) && what.Name == "category"
	case r.number != nil:
		return x.Cmp(*r.number) == 0
	}
	return !(r.From != nil && x.Less(r.From.eval(e)) || r.Over != nil && !r.Over.eval(e).Less(x) ||
		r.UpTo != nil && r.UpTo.eval(e).Less(x) || r.Under != nil && !x.Less(r.Under.eval(e)))
}

// shown is the value as explain prints it.
func (v *Value) shown(e *env) string {
	if v.Name != "" {
		if word := e.word(v.Name); word != "" {
			return word
		}
	}
	return v.eval(e).String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
