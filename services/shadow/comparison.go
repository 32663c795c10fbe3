package shadow

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// mostGroups bounds the clusters and categories that are told apart. What members declare is their own word, and there
// may be as many as there are members; those that come later count among others.
const mostGroups = 1000

// The groups whose members share only that nothing else is known of them.
const (
	notKnown = "(not known)"
	none     = "(none)"
	others   = "(others)"
)

// disabled is the group of who is in a category of disability.
const disabled = "yes"

// Comparison adds up members, in groups. Its size depends on how many groups there are and not on how many members.
type Comparison struct {
	factor     exact.Number
	twin       bool
	total      group
	sex        groups
	age        groups
	disability groups
	cluster    groups
	category   groups
}

// groups are those of one kind by their names.
type groups map[string]*group

// of is the group of that name, or that of others where there are too many.
func (gs groups) of(name string) *group {
	if g, ok := gs[name]; ok {
		return g
	}
	if len(gs) >= mostGroups {
		name = others
	}
	if _, ok := gs[name]; !ok {
		gs[name] = &group{}
	}
	return gs[name]
}

// NewComparison begins a comparison. With a twin, its due at equal cost is that at equal rate times the factor.
func NewComparison(factor exact.Number, twin bool) *Comparison {
	return &Comparison{factor: factor, twin: twin, sex: groups{}, age: groups{}, disability: groups{}, cluster: groups{}, category: groups{}}
}

// Add adds a member, or returns [ledger.ErrOverflow].
func (c *Comparison) Add(m Member) error {
	a := amounts{base: m.Base, shadowRule: m.Shadow}
	if c.twin {
		cost, err := scaled(m.Twin, c.factor)
		if err != nil {
			return err
		}
		a[equalRate], a[equalCost] = m.Twin, cost
	} else { // what is not compared differs from nothing that is
		a[equalRate], a[equalCost] = m.Base, m.Base
	}
	for _, g := range c.groupsOf(m.Profile) {
		if err := g.with(a); err != nil {
			return err
		}
	}
	return nil
}

// groupsOf are the groups that a member of that profile is in.
func (c *Comparison) groupsOf(p insurance.Profile) []*group {
	disability := "no"
	if p.Disability {
		disability = disabled
	}
	in := []*group{
		&c.total, c.sex.of(cmp.Or(string(p.Sex), notKnown)), c.age.of(string(p.AgeBand)), c.disability.of(disability),
		c.cluster.of(cmp.Or(p.Cluster, none)),
	}
	if len(p.Categories) == 0 {
		in = append(in, c.category.of(none))
	}
	for _, name := range p.Categories {
		if g := c.category.of(name); !slices.Contains(in, g) { // several may count among others
			in = append(in, g)
		}
	}
	return in
}

// lines are the groups in order: those with a name that says nothing last.
func (gs groups) lines() []*line {
	lines := make([]*line, 0, len(gs))
	for _, name := range slices.SortedFunc(maps.Keys(gs), byName) {
		lines = append(lines, newLine(name, gs[name]))
	}
	return lines
}

func byName(a, b string) int {
	return cmp.Or(cmp.Compare(strings.Count(a, "("), strings.Count(b, "(")), cmp.Compare(a, b))
}

// lines are all groups, with what may be told of them.
type lines struct {
	total                                   *line
	sex, age, disability, cluster, category []*line
}

func (c *Comparison) lines() lines {
	t := lines{newLine("", &c.total), c.sex.lines(), c.age.lines(), c.disability.lines(), c.cluster.lines(), c.category.lines()}
	all := []sum{{t.total, t.sex, false}, {t.total, t.age, false}, {t.total, t.disability, false}, {t.total, t.cluster, false}}
	all = append(all, overlapping(t.total, t.category))
	for _, l := range t.disability {
		if l.name == disabled {
			all = append(all, overlapping(l, disabilities(t.category)))
		}
	}
	withhold(all...)
	return t
}

// disabilities are the lines of the categories that make who is in them count as disabled.
func disabilities(categories []*line) []*line {
	var lines []*line
	for _, l := range categories {
		if insurance.IsDisability(l.name) {
			lines = append(lines, l)
		}
	}
	return lines
}
