package rule

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// The limits of a YAML file.
const (
	largestFile = 256 << 10
	deepest     = 24
	longestLine = 4096
	mostKeys    = 1000
	// mostTold is how many problems are told of at once.
	mostTold = 50
)

// decode reads a YAML file strictly: no unknown keys, no keys twice, no anchors, nothing deep or large.
func decode(file string, text []byte, into any) error {
	if problem := guard(file, text); problem != nil {
		return Problems{*problem}
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return yamlProblem(file, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return Problems{{Position{file, 1, 1}, "the file is empty, or has several documents; write one"}}
	}
	w := &walker{file: file}
	ast.Walk(w, tree.Docs[0].Body)
	if len(w.problems) == 0 {
		w.shape(tree.Docs[0].Body, reflect.TypeOf(into).Elem(), "the file")
	}
	if len(w.problems) > 0 {
		return w.problems
	}
	if err := yaml.NodeToValue(tree.Docs[0].Body, into, yaml.Strict()); err != nil {
		return yamlProblem(file, err)
	}
	return nil
}

// guard refuses what a parser should not be given at all.
func guard(file string, text []byte) *Problem {
	switch nul := bytes.IndexByte(text, 0); {
	case len(text) > largestFile:
		return &Problem{Position{file, 1, 1}, fmt.Sprintf("the file has more than %d KiB; a scheme is small", largestFile>>10)}
	case !utf8.Valid(text):
		return &Problem{placeIn(file, text, validPrefix(text)), "the file is not UTF-8 text"}
	case nul >= 0:
		return &Problem{placeIn(file, text, nul), "the file has a NUL in it"}
	}
	g, number := guarded{keys: map[int]int{}}, 0
	for line := range bytes.Lines(text) {
		number++
		if wrong := g.line(line); wrong != "" {
			return &Problem{Position{file, number, 1}, wrong}
		}
	}
	return nil
}

// guarded is what has been seen of a file, line by line.
type guarded struct {
	// depth is how many brackets are open, and inside how many keys they hold.
	depth, inside int
	// keys are those of the mappings in block style that are open, by their indentation.
	keys map[int]int
}

// line looks at one line, and says what is wrong with it.
func (g *guarded) line(line []byte) string {
	if len(line) > longestLine {
		return fmt.Sprintf("the line has more than %d characters", longestLine)
	}
	content := bytes.TrimLeft(line, " -?")
	indent, open := len(line)-len(content), g.depth > 0
	switch {
	case indent > 4*deepest:
		return fmt.Sprintf("the line is indented by more than %d characters", 4*deepest)
	case g.brackets(content) > deepest:
		return fmt.Sprintf("brackets are nested more than %d deep", deepest)
	case g.inside > 2*mostKeys || !open && g.blocks(line, content, indent) > mostKeys:
		return fmt.Sprintf("a mapping has more than %d keys", mostKeys)
	}
	return ""
}

// brackets counts the brackets of a line, and the keys in them; it returns the deepest.
func (g *guarded) brackets(line []byte) (most int) {
	for _, c := range line {
		switch c {
		case '[', '{':
			g.depth++
		case ']', '}':
			g.depth = max(0, g.depth-1)
		case ':':
			g.inside++
		}
		most = max(most, g.depth)
	}
	if g.depth == 0 {
		g.inside = 0
	}
	return most
}

// blocks counts the keys of the mapping that the line belongs to; a line that is indented less, and a new item of a
// list, end those inside it.
func (g *guarded) blocks(line, content []byte, indent int) int {
	if bytes.IndexByte(content, ':') < 0 || content[0] == '#' {
		return 0
	}
	item := bytes.IndexByte(line[:indent], '-') >= 0
	for other := range g.keys {
		if other > indent || item && other == indent {
			delete(g.keys, other)
		}
	}
	g.keys[indent]++
	return g.keys[indent]
}

func validPrefix(text []byte) int {
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// placeIn is where the byte stands.
func placeIn(file string, text []byte, offset int) Position {
	before := text[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return Position{file, 1 + bytes.Count(before, []byte{'\n'}), 1 + utf8.RuneCount(before[start:])}
}

// walker looks for what YAML allows and a scheme does not.
type walker struct {
	file     string
	problems Problems
}

// Visit looks at one node.
func (w *walker) Visit(node ast.Node) ast.Visitor {
	switch node.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		w.problems = append(w.problems, Problem{at(w.file, node), "anchors and aliases are not read; write the value again"})
		return nil
	case *ast.TagNode:
		w.problems = append(w.problems, Problem{at(w.file, node), "tags are not read; write the plain value"})
		return nil
	}
	return w
}

// yamlProblem is an error of the YAML library with its position.
func yamlProblem(file string, err error) Problems {
	var placed interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if asPlaced(err, &placed) {
		return Problems{{tokenAt(file, placed.GetToken()), placed.GetMessage()}}
	}
	return Problems{{Position{file, 1, 1}, err.Error()}}
}

func asPlaced(err error, into *interface {
	GetToken() *token.Token
	GetMessage() string
}) bool {
	for err != nil {
		if placed, ok := err.(interface {
			GetToken() *token.Token
			GetMessage() string
		}); ok {
			*into = placed
			return true
		}
		unwrap, ok := err.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		err = unwrap.Unwrap()
	}
	return false
}

// badNode is an error at a node, as the YAML library makes them.
type badNode struct {
	node ast.Node
	text string
}

// Error prints the text.
func (b badNode) Error() string { return b.text }

// GetToken is where.
func (b badNode) GetToken() *token.Token { return b.node.GetToken() }

// GetMessage is what.
func (b badNode) GetMessage() string { return b.text }

// Number is an exact number in a file. It is read from the text as written and never by way of a float.
type Number struct{ exact.Number }

// UnmarshalYAML reads the number.
func (n *Number) UnmarshalYAML(node ast.Node) error {
	number, err := exact.Parse(scalar(node))
	if err != nil {
		return badNode{node, err.Error()}
	}
	n.Number = number
	return nil
}

// Day is a day in a file, such as 2026-03-02.
type Day ledger.Date

// UnmarshalYAML reads the day.
func (d *Day) UnmarshalYAML(node ast.Node) error {
	day, err := ledger.ParseDate(scalar(node))
	if err != nil {
		return badNode{node, fmt.Sprintf("%.40q is not a day such as 2026-03-02", scalar(node))}
	}
	*d = Day(day)
	return nil
}

// scalar is the text of a scalar as it was written; empty for lists and mappings.
func scalar(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value
	case ast.ScalarNode:
		return strings.TrimSpace(n.GetToken().Value)
	}
	return ""
}
