package rule

import (
	"fmt"
	"slices"
	"strings"
)

// checkSteps looks at a list of steps.
func (s *Scheme) checkSteps(steps []Step) {
	for i := range steps {
		s.checkStep(&steps[i])
	}
}

func (s *Scheme) checkStep(step *Step) {
	values := []*Value{step.Of, step.Times, step.Plus, step.Minus, step.Over, step.UpTo, step.NoLessThan, step.AtLeast, step.AtMost,
		step.Exactly, step.Flat, step.Room}
	ways := 0
	for _, v := range values {
		if v != nil {
			ways++
			s.checkValue(v)
		}
	}
	for i := range step.Marginal {
		s.checkValue(&step.Marginal[i].Over)
		s.checkValue(&step.Marginal[i].Rate)
	}
	if p := step.PhaseOut; p != nil {
		ways++
		s.checkValue(&p.By)
		s.checkValue(&p.From)
		s.checkValue(&p.To)
	}
	if p := step.ProRata; p != nil {
		ways++
		s.checkValue(&p.Part)
		s.checkValue(&p.Whole)
	}
	for _, given := range []bool{step.Marginal != nil, step.Each != nil, step.EachMonth != nil, step.EachWithdrawal != nil, step.OneAccount != nil, step.Round != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		s.wrong(step.Position, "a step says one thing: of, times, plus, minus, over, up_to, no_less_than, at_least, at_most, exactly, flat, marginal, phase_out, pro_rata, each, each_month, each_withdrawal, one_account, room or round")
	}
	if step.Round != nil {
		s.checkRounding(step.Round)
	}
	s.checkSteps(step.Each)
	s.checkSteps(step.EachMonth)
	s.checkSteps(step.EachWithdrawal)
	if step.OneAccount != nil {
		s.checkOneAccount(step.OneAccount)
	}
}

func (s *Scheme) checkOneAccount(a *OneAccount) {
	if a.Chosen != "" && s.Facts[a.Chosen].Type != WordFact {
		s.wrong(a.Key("chosen"), "one_account.chosen: %.40q is no fact of type word", a.Chosen)
	}
	if len(a.Amount) == 0 {
		s.wrong(a.Position, "one_account.amount: write the steps for one account")
	}
	s.checkSteps(a.Amount)
}

func (s *Scheme) checkConditions(where string, conditions []Condition) {
	for i := range conditions {
		c, at := &conditions[i], fmt.Sprintf("%s.when[%d]", where, i)
		s.checkCondition(at, c)
		if !reasonText.MatchString(c.Reason) {
			s.wrong(c.Key("reason"), "%s: write reason: a code in capitals such as INCOME_ABOVE_LIMIT, which the member is told with the text", at)
		}
	}
}

func (s *Scheme) checkCondition(where string, c *Condition) {
	for _, v := range []*Value{c.From, c.Over, c.UpTo, c.Under} {
		s.checkValue(v)
		s.checkKind(v, s.Facts[c.Fact].Type)
	}
	ways := 0
	for _, given := range []bool{c.Fact != "", c.In != nil, c.NotIn != nil, c.Enrolled != nil, c.Period != nil, c.Rule != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		s.wrong(c.Position, "%s: write one of fact, in, not_in, enrolled, period and rule", where)
	case c.Fact != "" && !s.known(c.Fact):
		s.wrong(c.Key("fact"), "%s: %.40q is no fact; %s", where, c.Fact, s.nearest(c.Fact))
	case c.IfUnknown != "" && c.IfUnknown != "pass" && c.IfUnknown != "refuse":
		s.wrong(c.Key("if_unknown"), "%s.if_unknown: write pass or refuse", where)
	}
	for i := range c.Or {
		s.checkCondition(where+".or", &c.Or[i])
	}
	s.checkCategories(c.Key("in"), where, c.In)
	s.checkCategories(c.Key("not_in"), where, c.NotIn)
	s.checkRule(c.Key("rule"), where, c.Rule)
}

func (s *Scheme) checkCategories(at Position, where string, named []string) {
	for _, category := range named {
		if !slices.Contains(s.Categories, category) {
			s.wrong(at, "%s: category %.40q is not in the list of categories", where, category)
		}
	}
}

// checkKind sees that days are compared with days, and instants with instants.
func (s *Scheme) checkKind(v *Value, t FactType) {
	switch {
	case v == nil || v.Written == nil || v.kind == t:
	case v.kind != NumberFact:
		s.wrong(v.Position, "a value of type %s can be compared with a fact of that type only", v.kind)
	case t == InstantFact:
		s.wrong(v.Position, "write an instant with its offset, such as 2015-05-21T14:00:00+12:00")
	}
}

// nearest says which known name is meant, perhaps.
func (s *Scheme) nearest(name string) string {
	var all []string
	all = append(all, quantityNames()...)
	all = append(all, sortedKeys(s.Facts)...)
	all = append(all, sortedKeys(s.Parameters)...)
	all = append(all, sortedKeys(s.Answers)...)
	if best := closest(name, all); best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "declare it under facts or parameters, or use " + strings.Join(quantityNames(), ", ")
}

// closest is the name that is like the word; empty where none is.
func closest(word string, names []string) string {
	best, least := "", 4
	for _, name := range names {
		if d := distance(word, name); d < least && d < len(word) {
			best, least = name, d
		}
	}
	return best
}

// distance is how many letters must be changed, added or dropped to make one word of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, before+cost)
		}
	}
	return row[len(b)]
}
