package rule

import (
	"fmt"
	"path"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Position is where something stands in a file, counted from 1.
type Position struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

// String prints "scheme.yaml:12:3".
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Place is where a part of a file stands: a subsidy, a condition, a step.
type Place struct {
	Position
	keys map[string]Position
}

// Key is where the part says something under the key; where it says nothing of it, the part itself.
func (p Place) Key(name string) Position {
	if at, ok := p.keys[name]; ok {
		return at
	}
	return p.Position
}

// In are the problems with the folder before the names of their files.
func (ps Problems) In(folder string) Problems {
	named := slices.Clone(ps)
	for i := range named {
		named[i].File = path.Join(folder, named[i].File)
	}
	return named
}

// placeOf is where the node stands, and each of its keys.
func placeOf(file string, node ast.Node) Place {
	p := Place{Position: at(file, node), keys: map[string]Position{}}
	if m, ok := node.(ast.MapNode); ok {
		for pairs := m.MapRange(); pairs.Next(); {
			p.keys[keyText(pairs.Key())] = at(file, pairs.Key())
		}
	}
	return p
}

// readPart reads a part of a file and keeps where it stands.
func readPart(file string, node ast.Node, place *Place, into any) error {
	err := yaml.NodeToValue(node, into, yaml.Strict())
	*place = placeOf(file, node)
	return err
}

func keyText(key ast.MapKeyNode) string { return key.GetToken().Value }

// at is where a node stands. The library says of a mapping in block style where its first colon is; its first key is
// meant.
func at(file string, node ast.Node) Position {
	if m, ok := node.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return at(file, m.Values[0])
	}
	if pair, ok := node.(*ast.MappingValueNode); ok {
		return at(file, pair.Key)
	}
	return tokenAt(file, node.GetToken())
}

func tokenAt(file string, t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{file, 1, 1}
	}
	return Position{file, t.Position.Line, t.Position.Column}
}

// UnmarshalYAML reads a scheme.
func (s *Scheme) UnmarshalYAML(node ast.Node) error {
	type plain Scheme
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads a pot.
func (p *Pot) UnmarshalYAML(node ast.Node) error {
	type plain Pot
	return readPart(SchemeFile, node, &p.Place, (*plain)(p))
}

// UnmarshalYAML reads a fact.
func (f *Fact) UnmarshalYAML(node ast.Node) error {
	type plain Fact
	return readPart(SchemeFile, node, &f.Place, (*plain)(f))
}

// UnmarshalYAML reads a dated value.
func (v *DatedValue) UnmarshalYAML(node ast.Node) error {
	type plain DatedValue
	return readPart(SchemeFile, node, &v.Place, (*plain)(v))
}

// UnmarshalYAML reads a stack.
func (s *Stack) UnmarshalYAML(node ast.Node) error {
	type plain Stack
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads an answer.
func (a *Answer) UnmarshalYAML(node ast.Node) error {
	type plain Answer
	return readPart(SchemeFile, node, &a.Place, (*plain)(a))
}

// UnmarshalYAML reads a vesting.
func (v *Vesting) UnmarshalYAML(node ast.Node) error {
	type plain Vesting
	return readPart(SchemeFile, node, &v.Place, (*plain)(v))
}

// UnmarshalYAML reads a condition.
func (c *Condition) UnmarshalYAML(node ast.Node) error {
	type plain Condition
	return readPart(SchemeFile, node, &c.Place, (*plain)(c))
}

// UnmarshalYAML reads a step.
func (s *Step) UnmarshalYAML(node ast.Node) error {
	type plain Step
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads the choice of one account.
func (a *OneAccount) UnmarshalYAML(node ast.Node) error {
	type plain OneAccount
	return readPart(SchemeFile, node, &a.Place, (*plain)(a))
}

// UnmarshalYAML reads a slice.
func (s *Slice) UnmarshalYAML(node ast.Node) error {
	type plain Slice
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads a rounding.
func (r *Rounding) UnmarshalYAML(node ast.Node) error {
	type plain Rounding
	return readPart(SchemeFile, node, &r.Place, (*plain)(r))
}

// UnmarshalYAML reads a subsidy.
func (s *Subsidy) UnmarshalYAML(node ast.Node) error {
	type plain Subsidy
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads a row.
func (r *Row) UnmarshalYAML(node ast.Node) error {
	type plain Row
	return readPart(SchemeFile, node, &r.Place, (*plain)(r))
}

// UnmarshalYAML reads a benefit.
func (b *Benefit) UnmarshalYAML(node ast.Node) error {
	type plain Benefit
	return readPart(SchemeFile, node, &b.Place, (*plain)(b))
}

// UnmarshalYAML reads standards.
func (s *Standards) UnmarshalYAML(node ast.Node) error {
	type plain Standards
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads what qualifies.
func (q *Qualifying) UnmarshalYAML(node ast.Node) error {
	type plain Qualifying
	return readPart(SchemeFile, node, &q.Place, (*plain)(q))
}

// UnmarshalYAML reads what years give.
func (x *Earned) UnmarshalYAML(node ast.Node) error {
	type plain Earned
	return readPart(SchemeFile, node, &x.Place, (*plain)(x))
}

// UnmarshalYAML reads a stage.
func (s *Stage) UnmarshalYAML(node ast.Node) error {
	type plain Stage
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads a co-payment.
func (c *CoPayment) UnmarshalYAML(node ast.Node) error {
	type plain CoPayment
	return readPart(SchemeFile, node, &c.Place, (*plain)(c))
}

// UnmarshalYAML reads a limit.
func (l *Limit) UnmarshalYAML(node ast.Node) error {
	type plain Limit
	return readPart(SchemeFile, node, &l.Place, (*plain)(l))
}

// UnmarshalYAML reads an exclusion.
func (x *Exclusion) UnmarshalYAML(node ast.Node) error {
	type plain Exclusion
	return readPart(SchemeFile, node, &x.Place, (*plain)(x))
}

// UnmarshalYAML reads the way to appeal.
func (a *Appeal) UnmarshalYAML(node ast.Node) error {
	type plain Appeal
	return readPart(SchemeFile, node, &a.Place, (*plain)(a))
}

// UnmarshalYAML reads how somebody is treated.
func (t *Treatment) UnmarshalYAML(node ast.Node) error {
	type plain Treatment
	return readPart(SchemeFile, node, &t.Place, (*plain)(t))
}

// UnmarshalYAML reads an example.
func (x *Example) UnmarshalYAML(node ast.Node) error {
	type plain Example
	return readPart(ExamplesFile, node, &x.Place, (*plain)(x))
}
