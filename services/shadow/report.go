package shadow

import (
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// Report is what may be told of a comparison. Amounts are decimals of its currency.
type Report struct {
	// Scheme is whose history was looked at; Rule is the folder's name for the shadow rule.
	Scheme   ledger.SchemeCode `json:"scheme"`
	Rule     string            `json:"rule"`
	Currency ledger.Currency   `json:"currency"`
	From     string            `json:"from"`
	To       string            `json:"to"`
	Against  Against           `json:"against"`
	Twin     Twin              `json:"twin"`
	Total    Line              `json:"total"`
	Groups   []Breakdown       `json:"groups"`
	// Fewest is how many members a figure rests on that is told.
	Fewest int `json:"fewest"`
	// LeftOut are members for whom a rule fails, and why; they are in no figure.
	LeftOut *LeftOut `json:"left_out,omitempty"`
}

// Against is what the shadow rule is compared with.
type Against string

// What it can be compared with: what the rule in force makes due, or what the books have granted.
const (
	InForce Against = "in-force"
	Booked  Against = "booked"
)

// Twin is the universal twin: what was taken away to make it, or why none could be made.
type Twin struct {
	Made    bool     `json:"made"`
	Why     string   `json:"why,omitempty"`
	Removed []string `json:"removed,omitempty"`
	// Factor is the exact fraction that its due is multiplied by at equal cost; empty where it may not be told.
	Factor string `json:"factor,omitempty"`
	// Residue is what rounding down to whole minor units leaves of the shadow rule's cost.
	Residue string `json:"residue,omitempty"`
}

// LeftOut says how many members were left out, at least where they are few, and for what.
type LeftOut struct {
	Members string   `json:"members"`
	Why     []string `json:"why"`
}

// Breakdown are the groups of one kind.
type Breakdown struct {
	By    string `json:"by"`
	Lines []Line `json:"lines"`
	// Unnamed is how many groups are withheld with their names, for a name may tell who is in it.
	Unnamed int `json:"unnamed,omitempty"`
}

// Line are the figures of a group. What is nil or empty is withheld.
type Line struct {
	Group   string `json:"group,omitempty"`
	Members *int64 `json:"members,omitempty"`
	// Base is what is due by what the shadow rule is compared with.
	Base  string    `json:"base,omitempty"`
	Rules []Outcome `json:"rules,omitempty"`
}

// Outcome is what a rule in place of the base would do.
type Outcome struct {
	Rule string `json:"rule"`
	Due  string `json:"due"`
	// Change is how much more it costs; less, where negative.
	Change string `json:"change"`
	Split  *Split `json:"split,omitempty"`
}

// Split says for how many members what is due changes, and by how much in all.
type Split struct {
	Gainers   int64  `json:"gainers"`
	Losers    int64  `json:"losers"`
	Unchanged int64  `json:"unchanged"`
	Gains     string `json:"gains"`
	Losses    string `json:"losses"`
}

// RuleNames are what is compared with the base, as a report names it.
var RuleNames = []string{"shadow", "twin, equal rate", "twin, equal cost"}

// Report says what may be told, in amounts of the currency. The residue and the factor are those of the twin.
func (c *Comparison) Report(currency ledger.Currency) Report {
	w := writer{currency: currency, twin: c.twin}
	l := c.lines()
	r := Report{Currency: currency, Fewest: Fewest, Total: w.line(l.total), Twin: Twin{Made: c.twin}}
	for _, k := range kinds {
		r.Groups = append(r.Groups, w.breakdown(k, l.of[k.by]))
	}
	if c.twin && l.total.told[twinSums] {
		r.Twin.Factor = fraction(c.factor)
		r.Twin.Residue = w.money(c.total.sums[shadowRule] - c.total.sums[equalCost])
	}
	return r
}

func fraction(n exact.Number) string { return fmt.Sprintf("%s/%s", n.Num(), n.Denom()) }

// writer writes lines.
type writer struct {
	currency ledger.Currency
	twin     bool
}

func (w writer) money(minor int64) string {
	return ledger.Money{Minor: minor, Currency: w.currency}.Amount()
}

func (w writer) breakdown(k kind, lines []*line) Breakdown {
	b := Breakdown{By: k.by}
	for _, l := range lines {
		if !l.told[size] && k.telling {
			b.Unnamed++
			continue
		}
		b.Lines = append(b.Lines, w.line(l))
	}
	return b
}

func (w writer) line(l *line) Line {
	written := Line{Group: l.name}
	if l.told[size] {
		written.Members = &l.counts.members
	}
	if !l.told[sums] {
		return written
	}
	written.Base = w.money(l.group.sums[base])
	written.Rules = []Outcome{w.outcome(l, shadowRule, split)}
	if w.twin && l.told[twinSums] {
		written.Rules = append(written.Rules, w.outcome(l, equalRate, twinSplit), w.outcome(l, equalCost, twinSplit))
	}
	return written
}

func (w writer) outcome(l *line, d due, of aspect) Outcome {
	g := l.group
	o := Outcome{Rule: RuleNames[d-shadowRule], Due: w.money(g.sums[d]), Change: w.money(g.sums[d] - g.sums[base])}
	if c := g.against[d]; l.told[of] {
		o.Split = &Split{c.gainers, c.losers, c.unchanged(g.members), w.money(c.gains), w.money(c.losses)}
	}
	return o
}
