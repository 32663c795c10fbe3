package shadow

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// mostGroups bounds the groups of a kind. What members declare is their own word, and there may be as many clusters as
// there are members; those that come later count among others.
const mostGroups = 1000

// The groups whose members share only that nothing else is known of them, or that there are too many others.
const (
	notKnown = "(not known)"
	none     = "(none)"
	others   = "(others)"
)

// disabled is the group of who is in a category of disability.
const disabled = "yes"

// kind is a way of dividing members into groups.
type kind struct {
	by string
	// of are the names of the groups that a member is in.
	of func(Member) []string
	// overlaps says that she may be in several.
	overlaps bool
	// telling says that a group's name may tell who is in it.
	telling bool
}

// category is the kind that those of disability are a part of.
const category = "category"

var kinds = []kind{
	{by: "sex", of: func(m Member) []string { return []string{cmp.Or(string(m.Profile.Sex), notKnown)} }},
	{by: "age", of: func(m Member) []string { return []string{string(m.Profile.AgeBand)} }},
	{by: "disability", of: func(m Member) []string { return []string{disability(m.Profile)} }},
	{by: "cluster", of: func(m Member) []string { return []string{cmp.Or(m.Profile.Cluster, none)} }, telling: true},
	{by: category, of: func(m Member) []string { return orNone(m.Profile.Categories) }, overlaps: true, telling: true},
	{by: "refusal", of: func(m Member) []string { return orNone(m.Refused) }, overlaps: true},
}

func disability(p insurance.Profile) string {
	if p.Disability {
		return disabled
	}
	return "no"
}

func orNone(names []string) []string {
	if len(names) == 0 {
		return []string{none}
	}
	return names
}

// Comparison adds up members, in groups. Its size depends on how many groups there are and not on how many members.
type Comparison struct {
	factor exact.Number
	twin   bool
	total  group
	// groups are those of each kind.
	groups []groups
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
	c := &Comparison{factor: factor, twin: twin}
	for range kinds {
		c.groups = append(c.groups, groups{})
	}
	return c
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
	for _, g := range c.groupsOf(m) {
		if err := g.with(a); err != nil {
			return err
		}
	}
	return nil
}

// groupsOf are the groups that a member is in, each once, for several may count among others.
func (c *Comparison) groupsOf(m Member) []*group {
	in := append(make([]*group, 0, 2*len(kinds)), &c.total)
	for i, k := range kinds {
		for _, name := range k.of(m) {
			if g := c.groups[i].of(name); !slices.Contains(in, g) {
				in = append(in, g)
			}
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

// lines are all groups by their kinds, with what may be told of them.
type lines struct {
	total *line
	of    map[string][]*line
}

func (c *Comparison) lines() lines {
	l := lines{newLine("", &c.total), map[string][]*line{}}
	var all []sum
	for i, k := range kinds {
		parts := c.groups[i].lines()
		l.of[k.by] = parts
		if k.overlaps {
			all = append(all, overlapping(l.total, parts))
		} else {
			all = append(all, sum{whole: l.total, parts: parts})
		}
	}
	for _, yes := range l.of["disability"] {
		if yes.name == disabled {
			all = append(all, overlapping(yes, disabilities(l.of[category])))
		}
	}
	withhold(all...)
	return l
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
