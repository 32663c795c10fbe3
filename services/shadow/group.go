package shadow

// due says by which rule something is due.
type due int

// What is compared. Nothing is one of them: a sum is its difference from nothing, and rests on whoever is due something.
const (
	nothing due = iota
	base
	shadowRule
	equalRate
	equalCost
	dues
)

// alternatives are those that are compared with the base.
var alternatives = []due{shadowRule, equalRate, equalCost}

// amounts are what one member is due by each.
type amounts [dues]int64

// group is what was added up of members who have something in common.
type group struct {
	members int64
	sums    amounts
	// differs counts, for a rule and one before it, the members who are due another amount by the one than by the other: the
	// difference of two sums rests on so many.
	differs [dues][dues]int64
	// against are what the alternatives change.
	against [dues]change
}

// change is what becomes of a group's members by a rule that takes the place of the base.
type change struct {
	gainers, losers int64
	gains, losses   int64
}

// with is the group with a member more.
func (g *group) with(a amounts) (err error) {
	g.members++
	for i := range dues {
		if g.sums[i], err = add(g.sums[i], a[i]); err != nil {
			return err
		}
		for j := range i {
			if a[i] != a[j] {
				g.differs[i][j]++
			}
		}
	}
	for _, d := range alternatives {
		if err := g.against[d].with(a[d], a[base]); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) with(is, was int64) (err error) {
	switch more := is - was; {
	case more > 0:
		c.gainers++
		c.gains, err = add(c.gains, more)
	case more < 0:
		c.losers++
		c.losses, err = add(c.losses, -more)
	}
	return err
}

// unchanged is how many of so many members neither gain nor lose.
func (c change) unchanged(members int64) int64 { return members - c.gainers - c.losers }

// counts are how many members the figures of a group rest on.
type counts struct {
	members int64
	differs [dues][dues]int64
	// outcomes are gainers, losers and unchanged, for each of the alternatives.
	outcomes [dues][3]int64
}

func (g *group) counts() counts {
	n := counts{members: g.members, differs: g.differs}
	for _, d := range alternatives {
		c := g.against[d]
		n.outcomes[d] = [3]int64{c.gainers, c.losers, c.unchanged(g.members)}
	}
	return n
}

// with combines two counts figure by figure.
func (n counts) with(m counts, combine func(a, b int64) int64) counts {
	n.members = combine(n.members, m.members)
	for i := range n.differs {
		for j := range n.differs[i] {
			n.differs[i][j] = combine(n.differs[i][j], m.differs[i][j])
		}
	}
	for i := range n.outcomes {
		for j := range n.outcomes[i] {
			n.outcomes[i][j] = combine(n.outcomes[i][j], m.outcomes[i][j])
		}
	}
	return n
}
