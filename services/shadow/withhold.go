package shadow

import "slices"

// Fewest is how many members a figure must rest on to be told.
const Fewest = 10

// aspect is a part of what can be told of a group.
type aspect int

// The aspects: how many members the group has; what they are due by the base and by the shadow rule, and by the twin; and
// how many of them gain and lose, and how much, by the shadow rule and by the twin.
const (
	size aspect = iota
	sums
	split
	twinSums
	twinSplit
	aspects
)

// restsOn is what each aspect is told with only: what may not be told takes with it what rests on it.
var restsOn = [aspects]aspect{sums: size, split: sums, twinSums: sums, twinSplit: twinSums}

// safe says whether a figure that rests on so many may be told. That nobody is meant may be told too.
func safe(n int64) bool { return n == 0 || n >= Fewest }

func unsafe(n int64) bool { return !safe(n) }

// safe says whether the aspect may be told of a group with these counts, seen alone.
func (n *counts) safe(a aspect) bool {
	switch a {
	case size:
		return safe(n.members)
	case sums:
		return n.safeSums(nothing, shadowRule)
	case split:
		return n.safeSplit(shadowRule)
	case twinSums:
		return n.safeSums(equalRate, equalCost)
	}
	return n.safeSplit(equalRate) && n.safeSplit(equalCost)
}

// safeSums says whether the differences that the sums from first through last have from each other and from those before
// them all rest on enough members.
func (n *counts) safeSums(first, last due) bool {
	for i := first; i <= last; i++ {
		if slices.ContainsFunc(n.differs[i][:i], unsafe) {
			return false
		}
	}
	return true
}

func (n *counts) safeSplit(d due) bool { return !slices.ContainsFunc(n.outcomes[d][:], unsafe) }

// line is a group as it may be told.
type line struct {
	name   string
	group  *group
	counts counts
	told   [aspects]bool
}

func newLine(name string, g *group) *line {
	l := &line{name: name, group: g, counts: g.counts()}
	for a := range aspects {
		l.told[a] = true
	}
	l.judge(&l.counts)
	return l
}

// judge withholds what may not be told of these.
func (l *line) judge(n *counts) {
	for a := range aspects {
		if !n.safe(a) {
			l.withhold(a)
		}
	}
}

// withhold withholds an aspect and what rests on it.
func (l *line) withhold(a aspect) {
	l.told[a] = false
	for b := a + 1; b < aspects; b++ {
		l.told[b] = l.told[b] && l.told[restsOn[b]]
	}
}

// rest withholds what may not be told of everybody of the whole who is not in the line: they are the difference.
func (l *line) rest(whole *line) {
	others := whole.counts.with(l.counts, func(a, b int64) int64 { return a - b })
	l.judge(&others)
}

// sum says that the parts make the whole, so that one of them can be computed from the others. Where members may be in
// several parts it's not so, but whoever knows that they are not can compute all the same.
type sum struct {
	whole    *line
	parts    []*line
	overlaps bool
}

// overlapping is a sum whose parts may have members in common.
func overlapping(whole *line, parts []*line) sum {
	for _, l := range parts {
		l.rest(whole)
	}
	return sum{whole, parts, true}
}

// withhold withholds more of the lines until nothing that is withheld can be computed from what is told. In each sum,
// of each aspect, what is not told are at least two figures, and where the whole is told, those withheld of its parts
// rest together on enough members, for their sum is what the whole has more than the parts that are told. What must be
// withheld besides is the smallest part that is still told, and where none is, the whole.
func withhold(all ...sum) {
	for again := true; again; {
		again = false
		for a := range aspects {
			for _, s := range all {
				again = s.withholdOne(a) || again
			}
		}
	}
}

// withholdOne withholds one thing more of the aspect, where that is needed.
func (s sum) withholdOne(a aspect) bool {
	if s.holds(a) {
		return false
	}
	smallest := s.whole
	for _, part := range s.parts {
		if part.told[a] && (smallest == s.whole || part.counts.members < smallest.counts.members) {
			smallest = part
		}
	}
	if !smallest.told[a] {
		return false
	}
	smallest.withhold(a)
	return true
}

// holds says whether nothing of the aspect that is withheld can be computed from this sum.
func (s sum) holds(a aspect) bool {
	var hidden counts
	unknown := 0
	for _, part := range s.parts {
		if !part.told[a] {
			unknown++
			hidden = hidden.with(part.counts, s.together)
		}
	}
	switch {
	case !s.whole.told[a]:
		return unknown > 0
	case unknown == len(s.parts): // together they are the whole, which is told
		return unknown != 1
	}
	return unknown == 0 || unknown > 1 && hidden.safe(a)
}

// together is on how many members two figures rest together, at least: where parts overlap the members of one may all be
// among those of the other.
func (s sum) together(a, b int64) int64 {
	if s.overlaps {
		return max(a, b)
	}
	return a + b
}
