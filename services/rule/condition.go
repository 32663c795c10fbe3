package rule

import (
	"fmt"

	"sanad.dev/sanad/ledger"
)

// Condition is something that must hold for anything to be due. It says why where it does not (L10).
type Condition struct {
	Place `yaml:"-"`
	// Fact is what is looked at: age, a declared fact, or another quantity.
	Fact  string   `yaml:"fact"`
	From  *Value   `yaml:"from"`
	Over  *Value   `yaml:"over"`
	UpTo  *Value   `yaml:"up_to"`
	Under *Value   `yaml:"under"`
	Is    []string `yaml:"is"`
	IsNot []string `yaml:"is_not"`
	// In and NotIn are categories.
	In    []string `yaml:"in"`
	NotIn []string `yaml:"not_in"`
	// Enrolled is between these days.
	Enrolled *Between `yaml:"enrolled"`
	// Period begins within these days.
	Period *Between `yaml:"period"`
	// Rule is a function of rules.star that returns True.
	Rule string `yaml:"rule"`
	// InForce are the days on which the condition is asked; all where it says nothing.
	InForce *Between `yaml:"in_force"`
	// Or are other ways to meet the condition; they need no reason of their own.
	Or []Condition `yaml:"or"`
	// IfUnknown says what a fact that is not known does: "refuse", as usual, or "pass".
	IfUnknown string `yaml:"if_unknown"`

	Reason string `yaml:"reason"`
	Text   string `yaml:"text"`
	// Law is the article that says so; lint asks for it where a condition excludes.
	Law string `yaml:"law"`
}

// Between are days from one to another; ends that are left out are open.
type Between struct {
	From Day `yaml:"from"`
	To   Day `yaml:"to"`
}

func (b Between) holds(day ledger.Date) bool {
	return (b.From == 0 || ledger.Date(b.From) <= day) && (b.To == 0 || day <= ledger.Date(b.To))
}

// Refusal is why nothing is due: a coded reason and a sentence (L10).
type Refusal struct {
	Reason string `json:"reason"`
	Text   string `json:"text"`
	// Change says what would change it, where the steps of the computation were asked for and it is known.
	Change string `json:"change,omitempty"`
}

// check refuses where the condition does not hold.
func (c *Condition) check(e *env) {
	if c.InForce != nil && !c.InForce.holds(e.on) {
		return
	}
	if c.holds(e) || e.refusal != nil {
		if e.traced && e.refusal == nil {
			e.note("%s", c.met(e))
		}
		return
	}
	text := c.Text
	if text == "" {
		text = c.describe(e)
	}
	e.refuse(c.Reason, text)
	if e.traced {
		e.refusal.Change = c.change(e)
	}
}

func (c *Condition) describe(e *env) string {
	switch {
	case c.Fact != "":
		return fmt.Sprintf("%s is %s", c.Fact, e.shown(c.Fact))
	case c.In != nil:
		return fmt.Sprintf("she is in none of %v", c.In)
	case c.NotIn != nil:
		return fmt.Sprintf("she is in one of %v", c.NotIn)
	case c.Enrolled != nil:
		return fmt.Sprintf("she enrolled on %s", e.enrolled())
	}
	return "the condition does not hold"
}

// holds says whether the condition is met, or another that is as good.
func (c *Condition) holds(e *env) bool {
	told := len(e.steps)
	if c.holdsItself(e) {
		return true
	}
	refusal := e.refusal // what was not known may not matter
	for i := range c.Or {
		if e.refusal = nil; c.Or[i].holds(e) {
			e.steps = e.steps[:told]
			return true
		}
	}
	e.refusal = refusal
	return false
}

func (c *Condition) holdsItself(e *env) bool {
	switch {
	case c.Fact != "":
		return c.factHolds(e)
	case c.In != nil:
		return e.inAny(c.In)
	case c.NotIn != nil:
		return !e.inAny(c.NotIn)
	case c.Enrolled != nil:
		return c.Enrolled.holds(e.enrolled())
	case c.Period != nil:
		return c.Period.holds(e.period.Start)
	}
	return e.truth(c.Rule)
}

func (c *Condition) factHolds(e *env) bool {
	if !e.knows(c.Fact) {
		if c.IfUnknown == "pass" {
			return true
		}
		e.unknown(c.Fact)
		return false
	}
	if c.Is != nil {
		return contains(c.Is, e.word(c.Fact))
	}
	if c.IsNot != nil {
		return !contains(c.IsNot, e.word(c.Fact))
	}
	row, what := Row{From: c.From, Over: c.Over, UpTo: c.UpTo, Under: c.Under}, Value{Name: c.Fact}
	x := e.lookedUp(&what)
	if err := x.Err(); err != nil {
		e.refuse("RULE_FAILED", err.Error())
	}
	return row.fits(e, &what, x)
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}
