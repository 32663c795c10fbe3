package rule

import (
	"fmt"
	"strings"

	"sanad.dev/sanad/services/rule/exact"
)

// What explain says of a computation: a sentence a step. Nothing of it is made where nobody asks for the steps.

// note keeps a sentence.
func (e *env) note(format string, args ...any) {
	if e.traced {
		e.steps = append(e.steps, strings.Repeat("  ", e.level)+strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
}

// quiet is the same view, which keeps no sentences: for values that are looked at again to speak of them.
func (e *env) quiet() *env {
	q := *e
	q.traced, q.steps = false, nil
	return &q
}

// cash prints an amount of money in the scheme's currency; plainly in an answer, which may count something else.
func (e *env) cash(n exact.Number) string {
	if e.plain || n.Err() != nil {
		return n.String()
	}
	unit := exact.OfMinor(1, e.scheme.decimals)
	if minor, err := n.Minor(e.scheme.decimals); err == nil {
		return fmt.Sprintf("%s %s", exact.OfMinor(minor, e.scheme.decimals), e.scheme.Currency)
	}
	about := n.Round(exact.HalfUp, unit.Over(exact.Int(1000)))
	if about.Cmp(n) == 0 {
		return fmt.Sprintf("%s %s", n, e.scheme.Currency)
	}
	return fmt.Sprintf("about %s %s", about, e.scheme.Currency)
}

// amounts are the quantities that are money.
var amounts = map[string]bool{"contributions": true, "amount": true, "lifetime_contributions": true, "withdrawn": true,
	"granted": true, "granted_before": true}

// share prints a rate: as a percentage where it is a part of one.
func share(n exact.Number) string {
	percent := n.Times(exact.Int(100))
	if n.Sign() > 0 && !exact.Int(1).Less(n) && percent.Times(exact.Int(1_000_000)).IsWhole() {
		return percent.String() + "%"
	}
	return n.String()
}

// told is the value by its name and as print shows it.
func (v *Value) told(e *env, print func(exact.Number) string) string {
	value := print(v.eval(e.quiet()))
	if v.Written != nil {
		return value
	}
	return fmt.Sprintf("%s (%s)", v.String(), value)
}

func plainly(n exact.Number) string { return n.String() }

// longestWords bounds how a computed value is spelt out.
const longestWords = 100

// String names the value in words.
func (v *Value) String() string {
	switch {
	case v.Written != nil:
		return v.Written.String()
	case v.Name != "":
		return v.Name
	}
	if words := v.Form.words(); words != "" && len(words) <= longestWords {
		return words
	}
	return "a computed value"
}

// words spell the form out.
func (f *Form) words() string {
	switch {
	case f.Min != nil:
		return "the least of " + spelt(f.Min, " and ")
	case f.Max != nil:
		return "the most of " + spelt(f.Max, " and ")
	case f.Sum != nil:
		return spelt(f.Sum, " plus ")
	case f.Times != nil:
		return spelt(f.Times, " times ")
	case f.Minus != nil:
		return spelt(f.Minus, " less ")
	case f.Over != nil:
		return spelt(f.Over, " divided by ")
	case f.Round != nil:
		return f.Of.String() + " rounded"
	case f.Highest != nil:
		return "the highest of her categories"
	case f.Lookup != nil:
		return "the table by " + f.Lookup.String()
	}
	return ""
}

func spelt(values []Value, word string) string {
	words := make([]string, len(values))
	for i := range values {
		words[i] = values[i].String()
	}
	return strings.Join(words, word)
}

// note keeps the step's sentence; none where nothing stays nothing.
func (s *Step) note(e *env, was, is exact.Number) {
	if was.Sign() == 0 && is.Sign() == 0 && s.Of == nil {
		return
	}
	if sentence := s.say(e, was, is); sentence != "" {
		e.note("%s", sentence)
	}
}

// say is the step in a sentence: what was done to the amount that was, and what came of it. Steps that look at several
// things in turn say so themselves.
func (s *Step) say(e *env, was, is exact.Number) string {
	before, after := e.cash(was), e.cash(is)
	switch {
	case s.Of != nil:
		return s.sayOf(e, is)
	case s.Times != nil:
		return fmt.Sprintf("%s times %s is %s.", before, s.Times.told(e, share), after)
	case s.Plus != nil:
		return fmt.Sprintf("%s and %s make %s.", before, s.Plus.told(e, e.cash), after)
	case s.Minus != nil:
		return fmt.Sprintf("%s less %s leaves %s.", before, s.Minus.told(e, e.cash), after)
	case s.Over != nil:
		return fmt.Sprintf("%s divided by %s is %s.", before, s.Over.told(e, plainly), after)
	case s.Marginal != nil:
		return s.sayMarginal(e, was, is)
	case s.PhaseOut != nil:
		return fmt.Sprintf("%s falls evenly to nothing while %s goes from %s to %s: %s is left.",
			before, s.PhaseOut.By.told(e, plainly), s.PhaseOut.From.told(e, plainly), s.PhaseOut.To.told(e, plainly), after)
	case s.ProRata != nil:
		return fmt.Sprintf("Of %s it gets the part %s of %s: %s.", before, s.ProRata.Part.told(e, plainly), s.ProRata.Whole.told(e, plainly), after)
	}
	return s.sayBound(e, was, is)
}

// sayOf says what the amount starts from: money, unless it is known to count something else.
func (s *Step) sayOf(e *env, is exact.Number) string {
	print := e.cash
	if _, known := quantities[s.Of.Name]; known && !amounts[s.Of.Name] {
		print = plainly
	}
	if s.Of.Written != nil {
		return fmt.Sprintf("It is %s.", print(is))
	}
	return fmt.Sprintf("It starts from %s.", s.Of.told(e, print))
}

// sayBound is a step that bounds the amount, in a sentence.
func (s *Step) sayBound(e *env, was, is exact.Number) string {
	switch {
	case s.UpTo != nil:
		return e.sayCap(was, is, s.UpTo.told(e, e.cash))
	case s.Room != nil:
		return e.sayCap(was, is, fmt.Sprintf("what is left of %s after %s", s.Room.told(e, e.cash), e.cash(e.made)))
	case s.NoLessThan != nil && was.Less(is):
		return fmt.Sprintf("%s is less than %s, so it becomes %s.", e.cash(was), s.NoLessThan.told(e, e.cash), e.cash(is))
	case s.NoLessThan != nil:
		return fmt.Sprintf("%s need not be lifted to %s.", e.cash(was), s.NoLessThan.told(e, e.cash))
	case s.AtLeast != nil:
		return e.sayCliff(was, is, "less than", "at least", s.AtLeast)
	case s.AtMost != nil:
		return e.sayCliff(was, is, "more than", "at most", s.AtMost)
	case s.Exactly != nil:
		return e.sayCliff(was, is, "not", "exactly", s.Exactly)
	case s.Flat != nil && was.Sign() > 0:
		return fmt.Sprintf("A flat %s is given.", s.Flat.told(e, e.cash))
	}
	return ""
}

// sayCap says whether a limit binds.
func (e *env) sayCap(was, is exact.Number, limit string) string {
	if is.Less(was) {
		return fmt.Sprintf("%s is more than %s: %s is kept.", e.cash(was), limit, e.cash(is))
	}
	return fmt.Sprintf("%s is within %s.", e.cash(was), limit)
}

// sayCliff says on which side of a cliff the amount is.
func (e *env) sayCliff(was, is exact.Number, outside, inside string, bound *Value) string {
	if is.Cmp(was) == 0 {
		return fmt.Sprintf("%s is %s %s.", e.cash(was), inside, bound.told(e, e.cash))
	}
	return fmt.Sprintf("%s is %s %s, so nothing is given for it.", e.cash(was), outside, bound.told(e, e.cash))
}

// sayMarginal says what each slice gets.
func (s *Step) sayMarginal(e *env, was, is exact.Number) string {
	var parts []string
	for i := range s.Marginal {
		slice := &s.Marginal[i]
		if slice.Over.eval(e.quiet()).Less(was) {
			parts = append(parts, fmt.Sprintf("what is over %s gets %s", slice.Over.told(e, e.cash), slice.Rate.told(e, share)))
		}
	}
	return fmt.Sprintf("Of %s %s: %s.", e.cash(was), strings.Join(parts, ", "), e.cash(is))
}

// table names the table that is looked into: the parameter that it stands in.
func (e *env) table() string {
	if e.asking == "" {
		return "The table"
	}
	return e.asking
}

// met says that a condition holds, and by which of its ways.
func (c *Condition) met(e *env) string {
	if quiet := e.quiet(); !c.holdsItself(quiet) {
		for i := range c.Or {
			if quiet := e.quiet(); c.Or[i].holds(quiet) {
				return c.Or[i].met(e)
			}
		}
	}
	switch {
	case c.Fact != "" && !e.knows(c.Fact):
		return fmt.Sprintf("%s is not known, which counts for her.", c.Fact)
	case c.Is != nil:
		return fmt.Sprintf("%s is %s, as it must be.", c.Fact, either(c.Is))
	case c.IsNot != nil:
		return fmt.Sprintf("%s is not %s, as it must not be.", c.Fact, either(c.IsNot))
	case c.Fact != "":
		row := Row{From: c.From, Over: c.Over, UpTo: c.UpTo, Under: c.Under}
		return fmt.Sprintf("%s (%s) is %s, as it must be.", c.Fact, e.quiet().shown(c.Fact), row.words(e.quiet()))
	case c.In != nil:
		return fmt.Sprintf("She is in %s, as she must be.", either(c.In))
	case c.NotIn != nil:
		return fmt.Sprintf("She is not in %s, as she must not be.", either(c.NotIn))
	case c.Enrolled != nil:
		return fmt.Sprintf("She enrolled on %s, and must have %s.", e.enrolled(), c.Enrolled.words())
	case c.Period != nil:
		return fmt.Sprintf("The period begins on %s, and must %s.", e.period.Start, c.Period.words())
	}
	return fmt.Sprintf("The condition %s holds.", c.Rule)
}
