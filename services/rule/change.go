package rule

import (
	"fmt"
	"strings"

	"sanad.dev/sanad/ledger"
)

// change says what would make the condition hold; empty where only the function of rules.star knows.
func (c *Condition) change(e *env) string {
	way := c.changeItself(e)
	for i := range c.Or {
		if other := c.Or[i].change(e); other != "" {
			way += " Or: " + other
		}
	}
	return strings.TrimPrefix(way, " ")
}

func (c *Condition) changeItself(e *env) string {
	switch {
	case c.Fact != "":
		return c.changeOfFact(e)
	case c.In != nil:
		return "It is given to who is in " + either(c.In) + "; have the category recorded with its evidence."
	case c.NotIn != nil:
		return "It is given to who is in none of " + strings.Join(c.NotIn, ", ") + " on the day."
	case c.Enrolled != nil:
		return "It is given to who enrolled " + c.Enrolled.words() + "."
	case c.Period != nil:
		return "It is given for periods that begin " + c.Period.words() + "."
	}
	return ""
}

func (c *Condition) changeOfFact(e *env) string {
	switch {
	case c.Is != nil:
		return fmt.Sprintf("It is given where %s is %s.", c.Fact, either(c.Is))
	case c.IsNot != nil:
		return fmt.Sprintf("It is given where %s is not %s.", c.Fact, either(c.IsNot))
	}
	row := Row{From: c.From, Over: c.Over, UpTo: c.UpTo, Under: c.Under}
	return fmt.Sprintf("It is given where %s is %s.", c.Fact, row.words(e))
}

// words are the bounds of the row.
func (r *Row) words(e *env) string {
	var bounds []string
	for _, b := range []struct {
		word  string
		bound *Value
	}{{"at least", r.From}, {"more than", r.Over}, {"at most", r.UpTo}, {"less than", r.Under}} {
		if b.bound != nil {
			bounds = append(bounds, b.word+" "+b.bound.eval(e).String())
		}
	}
	return strings.Join(bounds, " and ")
}

func (b Between) words() string {
	switch {
	case b.To == 0:
		return "on or after " + ledger.Date(b.From).String()
	case b.From == 0:
		return "on or before " + ledger.Date(b.To).String()
	}
	return fmt.Sprintf("from %s to %s", ledger.Date(b.From), ledger.Date(b.To))
}

// either joins words by "or".
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Asks is what the condition asks for, in words, with the names of parameters and not their values.
func (c *Condition) Asks() string {
	switch {
	case c.Is != nil:
		return c.Fact + " is " + either(c.Is)
	case c.IsNot != nil:
		return c.Fact + " is not " + either(c.IsNot)
	case c.Fact != "":
		return c.Fact + " " + c.bounds()
	case c.In != nil:
		return "in " + either(c.In)
	case c.NotIn != nil:
		return "not in " + either(c.NotIn)
	case c.Enrolled != nil:
		return "enrolled " + c.Enrolled.words()
	case c.Period != nil:
		return "period begins " + c.Period.words()
	}
	return c.Rule
}

func (c *Condition) bounds() string {
	var words []string
	for _, b := range []struct {
		word  string
		bound *Value
	}{{"at least", c.From}, {"more than", c.Over}, {"at most", c.UpTo}, {"less than", c.Under}} {
		if b.bound != nil {
			words = append(words, b.word+" "+b.bound.String())
		}
	}
	return strings.Join(words, " and ")
}
