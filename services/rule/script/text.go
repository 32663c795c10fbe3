package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

// words are what a reader calls the types.
var words = map[string]string{
	"int": "a whole number", "number": "a number", "string": "a text", "bool": "a truth (True or False)",
	"NoneType": "nothing (None)", "list": "a list", "tuple": "a tuple", "dict": "a dict", "struct": "a struct",
	"day": "a day", "function": "a function", "builtin_function_or_method": "a function", "range": "a range",
}

// a is what the value is, in words.
func a(v starlark.Value) string {
	if word, ok := words[v.Type()]; ok {
		return word
	}
	return "a " + v.Type()
}

// longestBrief bounds a value in a message.
const longestBrief = 60

// brief is the value as a message quotes it.
func brief(v starlark.Value) string {
	p := page{most: longestBrief}
	p.value(v, 0)
	if p.full {
		return p.b.String() + "…"
	}
	return p.b.String()
}

// Show prints a value as str(x) does; what is longer than 4 KiB is cut. Unlike the value's own String it ends, however
// often a list holds another.
func Show(v starlark.Value) string {
	p := page{most: mostText}
	p.plain(v)
	return p.b.String()
}

// page is a text of bounded length.
type page struct {
	b    strings.Builder
	most int
	full bool
}

func (p *page) write(s string) {
	if p.full || p.b.Len()+len(s) > p.most {
		p.full = true
		return
	}
	p.b.WriteString(s)
}

// plain writes a text as it is, and all else as value does.
func (p *page) plain(v starlark.Value) {
	if s, ok := v.(starlark.String); ok {
		p.write(string(s))
		return
	}
	p.value(v, 0)
}

// mostPrintedDepth is how deep a printed value may be; what is deeper is left out.
const mostPrintedDepth = 16

// value writes the value as the language does; texts in quotation marks.
func (p *page) value(v starlark.Value, depth int) {
	if p.full {
		return
	}
	if depth > mostPrintedDepth {
		p.write("...")
		return
	}
	switch v := v.(type) {
	case nil:
		p.write("nothing")
	case starlark.String:
		p.quoted(string(v))
	case *starlark.List:
		p.sequence("[", v, "]", depth)
	case starlark.Tuple:
		if len(v) == 1 {
			p.sequence("(", v, ",)", depth)
			return
		}
		p.sequence("(", v, ")", depth)
	case *starlark.Dict:
		p.dict(v, depth)
	case *starlarkstruct.Struct:
		p.structure(v, depth)
	default:
		p.write(v.String())
	}
}

func (p *page) quoted(s string) {
	if len(s) > p.most {
		s, p.full = s[:p.most/2], true
		p.b.WriteString(strconv.Quote(strings.ToValidUTF8(s, "")))
		return
	}
	p.write(syntax.Quote(s, false))
}

func (p *page) sequence(open string, v starlark.Indexable, end string, depth int) {
	p.write(open)
	for i := 0; i < v.Len() && !p.full; i++ {
		p.comma(i)
		p.value(v.Index(i), depth+1)
	}
	p.write(end)
}

func (p *page) comma(i int) {
	if i > 0 {
		p.write(", ")
	}
}

func (p *page) dict(v *starlark.Dict, depth int) {
	p.write("{")
	i := 0
	for k, x := range v.Entries() {
		if p.full {
			return
		}
		p.comma(i)
		p.value(k, depth+1)
		p.write(": ")
		p.value(x, depth+1)
		i++
	}
	p.write("}")
}

func (p *page) structure(v *starlarkstruct.Struct, depth int) {
	p.write("struct(")
	for i := 0; i < v.Len() && !p.full; i++ {
		name, x := v.AttrAt(i)
		p.comma(i)
		p.write(name + " = ")
		p.value(x, depth+1)
	}
	p.write(")")
}

// done is the page as a value of the language.
func (p *page) done(thread *starlark.Thread) (starlark.Value, error) {
	if p.full {
		return nil, textRoom(thread, mostText+1)
	}
	return starlark.String(p.b.String()), textRoom(thread, p.b.Len())
}

// blank is a page for a text that a rule makes.
func blank() *page { return &page{most: mostText} }

// interpolate is "%s and %d" % (x, y).
func interpolate(thread *starlark.Thread, format string, v starlark.Value) (starlark.Value, error) {
	args, ok := v.(starlark.Tuple)
	if !ok {
		args = starlark.Tuple{v}
	}
	p := blank()
	for {
		before, after, found := strings.Cut(format, "%")
		p.write(before)
		if !found {
			break
		}
		var err error
		if format, args, err = p.verb(after, args); err != nil {
			return nil, err
		}
	}
	if len(args) > 0 {
		return nil, errors.New("there are more values than places for them in the text")
	}
	return p.done(thread)
}

// verb writes what the letter after % asks for, and returns what is left of the format and of the values.
func (p *page) verb(after string, args starlark.Tuple) (string, starlark.Tuple, error) {
	if strings.HasPrefix(after, "%") {
		p.write("%")
		return after[1:], args, nil
	}
	if after == "" || !strings.Contains("srd", after[:1]) {
		return "", nil, errors.New("after % only s, d, r and % have a meaning")
	}
	if len(args) == 0 {
		return "", nil, errors.New("there are fewer values than places for them in the text")
	}
	switch v := args[0]; after[0] {
	case 's':
		p.plain(v)
	case 'r':
		p.value(v, 0)
	case 'd':
		if !isNumeric(v) {
			return "", nil, fmt.Errorf("%%d takes a number, and not %s", a(v))
		}
		p.plain(v)
	}
	return after[1:], args[1:], nil
}

// fill is "{} of {name}".format(x, name=y).
func fill(thread *starlark.Thread, format string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	p := blank()
	next := 0
	for format != "" {
		i := strings.IndexAny(format, "{}")
		if i < 0 {
			p.write(format)
			break
		}
		p.write(format[:i])
		if strings.HasPrefix(format[i+1:], format[i:i+1]) { // {{ and }}
			p.write(format[i : i+1])
			format = format[i+2:]
			continue
		}
		name, rest, ok := strings.Cut(format[i+1:], "}")
		if format[i] == '}' || !ok {
			return nil, errors.New("a { without its } in the text; write {{ or }} for the sign itself")
		}
		v, err := place(name, &next, args, kwargs)
		if err != nil {
			return nil, err
		}
		p.plain(v)
		format = rest
	}
	return p.done(thread)
}

// place is the value for {}, {0} or {name}.
func place(name string, next *int, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	for _, pair := range kwargs {
		if string(pair[0].(starlark.String)) == name {
			return pair[1], nil
		}
	}
	i, err := strconv.Atoi(name)
	if name == "" {
		i, err = *next, nil
		*next++
	}
	if err != nil || i < 0 || i >= len(args) {
		return nil, fmt.Errorf("there is no value for {%.40s} in the text", name)
	}
	return args[i], nil
}
