package statement

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrHeader means that no line at the beginning of the file is a header of a known format.
var ErrHeader = errors.New("no known header")

// maxPreamble is how many lines are searched for the header.
const maxPreamble = 64

// layout is a format: the columns it must have, those it reads, and how one of its lines is read. The first required
// column is the reference.
type layout struct {
	format   Format
	required []string
	names    map[string]string // every column this format reads, by its bare name
	line     func(*row, Options) Line
}

var layouts = []*layout{mpesa(), plain()}

// header says in which column each name stands.
type header struct {
	layout  *layout
	columns map[string]int
	width   int
}

// findHeader reads up to and including the header.
func findHeader(l *lines) (header, error) {
	for range maxPreamble {
		p, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return header{}, err
		}
		if h, ok := recognise(split(p.text).cells); ok {
			return h, nil
		}
	}
	return header{}, fmt.Errorf("%w: expected each of these columns once: %s", ErrHeader, expected())
}

// expected lists the columns of every format.
func expected() string {
	var all []string
	for _, l := range layouts {
		all = append(all, fmt.Sprintf("%s (%s)", strings.Join(l.required, ", "), l.format))
	}
	return strings.Join(all, "; or ")
}

// recognise finds the format whose columns these cells name.
func recognise(cells []string) (header, bool) {
	cells = trimEmpty(cells)
	for _, l := range layouts {
		if columns, ok := l.find(cells); ok {
			return header{layout: l, columns: columns, width: len(cells)}, true
		}
	}
	return header{}, false
}

// find places the layout's columns. A column named twice is no header: nobody could say which of the two counts.
func (l *layout) find(cells []string) (map[string]int, bool) {
	columns := make(map[string]int, len(cells))
	for i, cell := range cells {
		name, ok := l.column(cell)
		if !ok {
			continue
		}
		if _, twice := columns[name]; twice {
			return nil, false
		}
		columns[name] = i
	}
	for _, name := range l.required {
		if _, ok := columns[name]; !ok {
			return nil, false
		}
	}
	return columns, true
}

// knows is true where the cell is the name of a column.
func (l *layout) knows(cell string) bool {
	_, ok := l.column(cell)
	return ok
}

// column gives the name as this package spells it. Case, full stops and spaces differ from export to export.
func (l *layout) column(cell string) (string, bool) {
	if len(cell) > 64 {
		return "", false
	}
	text, _ := clean(cell)
	name, ok := l.names[bare(text)]
	return name, ok
}

// barely maps each name's bare form to the name.
func barely(names ...string) map[string]string {
	m := make(map[string]string, len(names))
	for _, name := range names {
		m[bare(name)] = name
	}
	return m
}

// bare is a column name without what exports spell differently.
func bare(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), ".", "")
	return strings.Join(strings.Fields(name), " ")
}
