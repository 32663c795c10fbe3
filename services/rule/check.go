package rule

import (
	"fmt"
	"slices"
	"strings"
)

// checkSteps looks at a list of steps.
func (s *Scheme) checkSteps(at Position, steps []Step) {
	for i := range steps {
		s.checkStep(at, &steps[i])
	}
}

func (s *Scheme) checkStep(at Position, step *Step) {
	values := []*Value{step.Of, step.Times, step.Plus, step.Minus, step.Over, step.UpTo, step.NoLessThan, step.AtLeast, step.AtMost,
		step.Exactly, step.Flat, step.Room}
	ways := 0
	for _, v := range values {
		if v != nil {
			ways++
			s.checkValue(v)
			at = v.Position
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
	for _, given := range []bool{step.Marginal != nil, step.Each != nil, step.Round != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		s.wrong(at, "a step says one thing: of, times, plus, minus, over, up_to, no_less_than, at_least, at_most, exactly, flat, marginal, phase_out, pro_rata, each, room or round")
	}
	if step.Round != nil {
		s.checkRounding(at, step.Round)
	}
	s.checkSteps(at, step.Each)
}

func (s *Scheme) checkConditions(where string, conditions []Condition) {
	for i := range conditions {
		s.checkCondition(fmt.Sprintf("%s.when[%d]", where, i), &conditions[i])
	}
}

func (s *Scheme) checkCondition(where string, c *Condition) {
	at := Position{File: SchemeFile}
	for _, v := range []*Value{c.From, c.Over, c.UpTo, c.Under} {
		if v != nil {
			at = v.Position
			s.checkValue(v)
		}
	}
	ways := 0
	for _, given := range []bool{c.Fact != "", c.In != nil, c.NotIn != nil, c.Enrolled != nil, c.Period != nil, c.Rule != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		s.wrong(at, "%s: write one of fact, in, not_in, enrolled, period and rule", where)
	case c.Fact != "" && !s.known(c.Fact):
		s.wrong(at, "%s: %.40q is no fact; %s", where, c.Fact, s.nearest(c.Fact))
	case !reasonText.MatchString(c.Reason):
		s.wrong(at, "%s: write reason: a code in capitals such as INCOME_ABOVE_LIMIT, which the member is told with the text", where)
	}
	for _, category := range append(slices.Clone(c.In), c.NotIn...) {
		if !slices.Contains(s.Categories, category) {
			s.wrong(at, "%s: category %.40q is not in the list of categories", where, category)
		}
	}
	s.checkRule(at, where, c.Rule)
}

// nearest says which known name is meant, perhaps.
func (s *Scheme) nearest(name string) string {
	var all []string
	all = append(all, quantityNames()...)
	all = append(all, sortedKeys(s.Facts)...)
	all = append(all, sortedKeys(s.Parameters)...)
	all = append(all, sortedKeys(s.Answers)...)
	best, least := "", 4
	for _, other := range all {
		if d := distance(name, other); d < least {
			best, least = other, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "declare it under facts or parameters, or use " + strings.Join(quantityNames(), ", ")
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
