package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sanad.dev/sanad/services/rule/exact"
)

// Twin is a scheme's universal twin: the same rules without what refuses by who somebody is.
type Twin struct {
	Scheme *Scheme
	// Removed are the places of the scheme's file at which something was taken away, and what.
	Removed []Problem
}

// Twin makes the scheme's universal twin. Who somebody is are her age, sex, categories, household, the day of her
// enrolment, and all that she declares. Taken away are
//
//   - conditions that look at any of it, or at a function of rules.star, which may, unless they only choose between
//     subsidies of which everybody has one;
//   - in tables that look it up, and where the highest of her categories counts, that somebody gets nothing by it: who
//     fits no row, or one of nothing, and of whom it is not known, gets as little as the least favoured who gets any;
//   - phasing out by it.
//
// What stays are caps, thresholds on what was contributed, periods, and differences between those who get something. A
// rule of rules.star can't be looked into: the subsidy names, as its twin, a function that computes the same without
// gate. The error is [Problems] where one is missing.
func (s *Scheme) Twin() (Twin, error) {
	o := &opener{from: s, twin: new(Scheme)}
	*o.twin = *s
	o.twin.problems = nil
	o.twin.Parameters, o.twin.Answers = maps.Clone(s.Parameters), maps.Clone(s.Answers)
	o.twin.Subsidies = slices.Clone(s.Subsidies)
	for i := range o.twin.Subsidies {
		o.subsidy(&o.twin.Subsidies[i])
	}
	if s.Stack != nil {
		stack := *s.Stack
		stack.Ceiling = *o.value(&stack.Ceiling)
		o.twin.Stack = &stack
	}
	if len(o.problems) > 0 {
		return Twin{}, o.problems
	}
	slices.SortStableFunc(o.removed, func(a, b Problem) int { return (a.Line-b.Line)<<16 + a.Col - b.Col })
	return Twin{o.twin, slices.Compact(o.removed)}, nil
}

// openName marks the twin's own parameters and answers: no file can have such a name.
const openName = "~twin"

// opener takes the gates away. It changes nothing of the scheme itself: what it changes it copies.
type opener struct {
	from, twin *Scheme
	removed    []Problem
	problems   Problems
}

func (o *opener) remove(at Position, format string, args ...any) {
	o.removed = append(o.removed, Problem{at, fmt.Sprintf(format, args...)})
}

func (o *opener) subsidy(sub *Subsidy) {
	sub.scheme = o.twin
	sub.When = o.conditions(sub.When)
	sub.Amount = o.steps(sub.Amount)
	sub.Cap, sub.LifetimeCap = o.value(sub.Cap), o.value(sub.LifetimeCap)
	if sub.Rule == "" {
		return
	}
	if sub.Twin == "" {
		o.problems = append(o.problems, Problem{sub.Key("rule"), fmt.Sprintf("subsidies.%s: what %s refuses can't be taken away by machine; "+
			"write twin: the function of %s that computes the same without asking who she is", sub.ID, sub.Rule, RulesFile)})
	}
	if sub.Twin != sub.Rule {
		o.remove(sub.Key("rule"), "%s computes in place of %s", sub.Twin, sub.Rule)
	}
	sub.Rule = sub.Twin
}

// conditions are those that do not refuse by who somebody is.
func (o *opener) conditions(all []Condition) []Condition {
	var kept []Condition
	for i := range all {
		if c := &all[i]; o.from.gate(c) && !o.from.chooses(c) {
			o.remove(c.Position, "condition: %s, or else %s", c.words(), c.Reason)
		} else {
			kept = append(kept, *c)
		}
	}
	return kept
}

// words say what the condition looks at.
func (c *Condition) words() string {
	switch {
	case c.Fact != "":
		return c.Fact + " within its bounds"
	case c.In != nil:
		return "in " + either(c.In)
	case c.NotIn != nil:
		return "not in " + either(c.NotIn)
	case c.Enrolled != nil:
		return "enrolled " + c.Enrolled.words()
	}
	return c.Rule + " of " + RulesFile
}

// gate says whether the condition may refuse by who somebody is, or spares somebody by it whom it else refuses.
func (s *Scheme) gate(c *Condition) bool { return s.personalCondition(c, map[string]bool{}) }

func (s *Scheme) personalCondition(c *Condition, seen map[string]bool) bool {
	personal := c.Fact == "" && c.Period == nil || c.Fact != "" && s.personalName(c.Fact, seen)
	return personal || slices.ContainsFunc(c.Or, func(c Condition) bool { return s.personalCondition(&c, seen) })
}

// chooses says whether the condition only says which of several subsidies is hers: there is one for those in a category
// and one for the others, or one for every word that a fact may have, and for who has said none.
func (s *Scheme) chooses(c *Condition) bool {
	var words []string
	unknown := false
	for i := range s.Subsidies {
		for _, other := range s.Subsidies[i].When {
			switch {
			case c.InForce != nil || other.InForce != nil || c.Or != nil || other.Or != nil:
			case c.In != nil && slices.Equal(c.In, other.NotIn), c.NotIn != nil && slices.Equal(c.NotIn, other.In):
				return true
			case c.Is != nil && c.Fact == other.Fact:
				words, unknown = append(words, other.Is...), unknown || other.IfUnknown == "pass"
			}
		}
	}
	asked := s.Facts[c.Fact].Words
	return len(asked) > 0 && unknown && !slices.ContainsFunc(asked, func(word string) bool { return !slices.Contains(words, word) })
}

// whoSheIs are the quantities that say who somebody is, and not what was given and when.
var whoSheIs = map[string]bool{"age": true, "age_at_entry": true, "sex": true, "category": true, "household": true}

// personalName says whether the name stands for who somebody is, or for what is computed of that; those seen have been
// looked at.
func (s *Scheme) personalName(name string, seen map[string]bool) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	if _, declared := s.Facts[name]; declared || whoSheIs[name] {
		return true
	}
	if p, ok := s.Parameters[name]; ok {
		return slices.ContainsFunc(p.Dated, func(v DatedValue) bool { return s.personalValue(&v.Value, seen) })
	}
	if name == "vested_share" && s.Vesting != nil {
		return s.personalValue(&s.Vesting.By, seen)
	}
	a, ok := s.Answers[name]
	return ok && s.personalAnswer(&a, seen)
}

func (s *Scheme) personalAnswer(a *Answer, seen map[string]bool) bool {
	personal := a.Rule != "" || slices.ContainsFunc(a.When, func(c Condition) bool { return s.personalCondition(&c, seen) })
	eachValue(a.Amount, func(v *Value) { personal = personal || v != nil && s.personalValue(v, seen) })
	return personal
}

func (s *Scheme) personalValue(v *Value, seen map[string]bool) bool {
	personal := false
	v.Each(func(inner *Value) {
		personal = personal || inner.Form != nil && inner.Form.Highest != nil || inner.Name != "" && s.personalName(inner.Name, seen)
	})
	return personal
}

// steps are the steps without gates. What only takes away, such as a deduction, stays as it is.
func (o *opener) steps(all []Step) []Step {
	if all == nil {
		return nil
	}
	kept := []Step{}
	for _, step := range all {
		if p := step.PhaseOut; p != nil && o.from.personalValue(&p.By, map[string]bool{}) {
			o.remove(step.Position, "phasing out by %s", p.By.String())
			continue
		}
		o.step(&step)
		kept = append(kept, step)
	}
	return kept
}

func (o *opener) step(step *Step) {
	for _, v := range []**Value{&step.Of, &step.Times, &step.Plus, &step.UpTo, &step.NoLessThan, &step.AtMost, &step.Flat, &step.Room} {
		*v = o.value(*v)
	}
	step.Marginal = slices.Clone(step.Marginal)
	for i := range step.Marginal {
		step.Marginal[i].Rate = *o.value(&step.Marginal[i].Rate)
	}
	if p := step.ProRata; p != nil {
		step.ProRata = &ProRata{*o.value(&p.Part), p.Whole}
	}
	step.Each, step.EachMonth, step.EachWithdrawal = o.steps(step.Each), o.steps(step.EachMonth), o.steps(step.EachWithdrawal)
	if a := step.OneAccount; a != nil {
		one := *a
		one.Amount = o.steps(a.Amount)
		step.OneAccount = &one
	}
}

// value is the value without gates; nil for none.
func (o *opener) value(v *Value) *Value {
	if v == nil {
		return nil
	}
	open := *v
	if open.Name != "" {
		open.Name = o.name(open.Name)
	}
	if v.Form != nil {
		open.Form = o.form(v)
	}
	return &open
}

// name is the twin's name for what has gates of its own, which is copied under it.
func (o *opener) name(name string) string {
	open := name + openName
	if p, ok := o.from.Parameters[name]; ok {
		if _, done := o.twin.Parameters[open]; !done {
			o.twin.Parameters[open] = p // for one that is computed from itself
			o.twin.Parameters[open] = o.parameter(p)
		}
		return open
	}
	a, ok := o.from.Answers[name]
	if !ok {
		return name
	}
	if _, done := o.twin.Answers[open]; !done {
		o.twin.Answers[open] = a
		o.twin.Answers[open] = o.answer(name, a)
	}
	return open
}

func (o *opener) parameter(p Parameter) Parameter {
	p.Dated = slices.Clone(p.Dated)
	for i := range p.Dated {
		p.Dated[i].Value = *o.value(&p.Dated[i].Value)
	}
	return p
}

func (o *opener) answer(name string, a Answer) Answer {
	if a.Rule != "" {
		o.problems = append(o.problems, Problem{a.Key("rule"), fmt.Sprintf("answers.%s: what %s refuses can't be taken away by machine; "+
			"compute it by steps, or in a subsidy that names its twin", name, a.Rule)})
	}
	if a.Amount != nil { // without, the conditions are the answer
		a.When = o.conditions(a.When)
	}
	a.Amount = o.steps(a.Amount)
	return a
}

// form is the value's form without gates: of what is taken away or divided by, nothing is opened.
func (o *opener) form(v *Value) *Form {
	f := *v.Form
	f.Min, f.Max, f.Sum, f.Times = o.values(f.Min), o.values(f.Max), o.values(f.Sum), o.values(f.Times)
	f.Minus, f.Over = o.first(f.Minus), o.first(f.Over)
	f.Else, f.Of = o.value(f.Else), o.value(f.Of)
	f.Table = slices.Clone(f.Table)
	for i := range f.Table {
		f.Table[i].Value = *o.value(&f.Table[i].Value)
	}
	switch {
	case f.Highest != nil:
		f.Highest = maps.Clone(f.Highest)
		for category, value := range f.Highest {
			f.Highest[category] = *o.value(&value)
		}
		f.open = true
		o.remove(v.Position, "nothing for who is in none of %s: she gets the least of them", strings.Join(sortedKeys(f.Highest), ", "))
	case f.Lookup != nil && o.from.personalValue(f.Lookup, map[string]bool{}):
		f.open = true
		o.remove(v.Position, "nothing by %s: the least of the table is for all", f.Lookup.String())
	}
	return &f
}

// opened is what the form gives by look, or the least that it gives anybody, where that is nothing or refused.
func (f *Form) opened(e *env, look func(*env) exact.Number) exact.Number {
	if !f.open || e.refusal != nil {
		return look(e)
	}
	n := look(e)
	if n.Err() != nil || e.refusal == nil && n.Sign() > 0 {
		return n
	}
	refused := e.refusal
	least, some := f.least(e)
	e.refusal = nil
	if !some {
		e.refusal = refused
	}
	return least
}

// least is the least that the form gives anybody; false where it gives nobody anything on the day.
func (f *Form) least(e *env) (least exact.Number, some bool) {
	for _, v := range f.given() {
		e.refusal = nil
		n := v.eval(e)
		if e.refusal == nil && n.Sign() > 0 && (!some || n.Less(least)) {
			least, some = n, true
		}
	}
	return least, some
}

// given are the values that the form gives one or another.
func (f *Form) given() []*Value {
	var all []*Value
	for i := range f.Table {
		all = append(all, &f.Table[i].Value)
	}
	for _, category := range sortedKeys(f.Highest) {
		value := f.Highest[category]
		all = append(all, &value)
	}
	if f.Else != nil {
		all = append(all, f.Else)
	}
	return all
}

func (o *opener) values(all []Value) []Value {
	all = slices.Clone(all)
	for i := range all {
		all[i] = *o.value(&all[i])
	}
	return all
}

// first opens the first value only.
func (o *opener) first(all []Value) []Value {
	if len(all) == 0 {
		return all
	}
	all = slices.Clone(all)
	all[0] = *o.value(&all[0])
	return all
}
