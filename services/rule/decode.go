package rule

import (
	"bytes"
	"fmt"
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
)

// decode reads a YAML file strictly: no unknown keys, no keys twice, no anchors, nothing deep or large.
func decode(file string, text []byte, into any) error {
	if problem := guard(text); problem != "" {
		return Problems{{Position{File: file}, problem}}
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return yamlProblem(file, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return Problems{{Position{File: file}, "the file is empty, or has several documents; write one"}}
	}
	w := &walker{file: file}
	ast.Walk(w, tree.Docs[0].Body)
	if len(w.problems) > 0 {
		return w.problems
	}
	if err := yaml.NodeToValue(tree.Docs[0].Body, into, yaml.Strict()); err != nil {
		return yamlProblem(file, err)
	}
	return nil
}

// guard refuses what a parser should not be given at all.
func guard(text []byte) string {
	switch {
	case len(text) > largestFile:
		return fmt.Sprintf("the file has more than %d KiB; a scheme is small", largestFile>>10)
	case !utf8.Valid(text):
		return "the file is not UTF-8 text"
	case bytes.IndexByte(text, 0) >= 0:
		return "the file has a NUL in it"
	}
	depth := 0
	for line := range bytes.Lines(text) {
		if len(line) > longestLine {
			return fmt.Sprintf("a line has more than %d characters", longestLine)
		}
		indent := len(line) - len(bytes.TrimLeft(line, " -?"))
		if indent > 4*deepest {
			return fmt.Sprintf("a line is indented by more than %d characters", 4*deepest)
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			if depth > deepest {
				return fmt.Sprintf("brackets are nested more than %d deep", deepest)
			}
		}
	}
	return ""
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

func at(file string, node ast.Node) Position { return tokenAt(file, node.GetToken()) }

func tokenAt(file string, t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{File: file}
	}
	return Position{file, t.Position.Line, t.Position.Column}
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
	return Problems{{Position{File: file}, err.Error()}}
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
