package lint

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// lastDay is when all values that have been published are in force.
const lastDay = rule.Day(ledger.LastDate)

// checkCaps looks for caps that lie above all that can come before them.
func (r *reader) checkCaps() {
	for i := range r.scheme.Subsidies {
		sub := &r.scheme.Subsidies[i]
		most := r.most(sub.Amount, nil)
		most = r.tryCap(sub.Cap, most, "the cap")
		r.tryCap(sub.LifetimeCap, r.overLifetime(sub, most), "the cap of a lifetime")
	}
	for _, name := range sorted(r.scheme.Answers) {
		a := r.scheme.Answers[name]
		r.most(a.Amount, nil)
	}
}

// overLifetime is the most of all periods: that of the one where there is but one.
func (r *reader) overLifetime(sub *rule.Subsidy, most *exact.Number) *exact.Number {
	if sub.Span != rule.Lifetime {
		return nil
	}
	return most
}

// most follows the steps and returns the most that can come out; nil where there is no end. Caps on the way that never
// bind are told.
func (r *reader) most(steps []rule.Step, most *exact.Number) *exact.Number {
	for i := range steps {
		most = r.mostAfter(&steps[i], most)
	}
	return most
}

// mostAfter is the most that can come out of a step.
func (r *reader) mostAfter(s *rule.Step, most *exact.Number) *exact.Number {
	switch {
	case s.UpTo != nil:
		return r.tryCap(s.UpTo, most, "up_to")
	case s.AtMost != nil:
		return r.tryCap(s.AtMost, most, "at_most")
	case s.Of != nil:
		return r.highest(s.Of)
	case s.Flat != nil:
		return r.highest(s.Flat)
	case s.Times != nil:
		return computed(most, r.highest(s.Times), exact.Number.Times)
	case s.Plus != nil:
		return computed(most, r.highest(s.Plus), exact.Number.Plus)
	case s.Minus != nil, s.AtLeast != nil, s.PhaseOut != nil:
		return most
	case s.Each != nil:
		r.most(s.Each, nil)
	case s.EachMonth != nil:
		r.most(s.EachMonth, nil)
	}
	return nil
}

func computed(a, b *exact.Number, do func(a, b exact.Number) exact.Number) *exact.Number {
	if a == nil || b == nil {
		return nil
	}
	n := do(*a, *b)
	return &n
}

// tryCap tells of a cap that lies above all that comes before it, and returns the most that is left.
func (r *reader) tryCap(limit *rule.Value, most *exact.Number, what string) *exact.Number {
	if limit == nil {
		return most
	}
	least, known := r.lowest(limit)
	if known && most != nil && most.Less(least) {
		r.warn(limit.Position, "%s never binds: what comes before it is at most %s; take it out, or lower it", what, most)
		return most
	}
	highest := r.highest(limit)
	if highest == nil || most != nil && most.Less(*highest) {
		return most
	}
	return highest
}

// highest is the most that a value can be on any day; nil where that depends on the member without end.
func (r *reader) highest(v *rule.Value) *exact.Number {
	var best *exact.Number
	for _, n := range r.possible(v) {
		if n == nil {
			return nil
		}
		if best == nil || best.Less(*n) {
			best = n
		}
	}
	return best
}

// lowest is the least that a value can be.
func (r *reader) lowest(v *rule.Value) (exact.Number, bool) {
	var best *exact.Number
	for _, n := range r.possible(v) {
		if n == nil {
			return exact.Number{}, false
		}
		if best == nil || n.Less(*best) {
			best = n
		}
	}
	if best == nil {
		return exact.Number{}, false
	}
	return *best, true
}

// possibleOf are the numbers that a parameter can be; any, while that is being looked for.
func (r *reader) possibleOf(name string) []*exact.Number {
	if all, known := r.numbers[name]; known {
		return all
	}
	if r.numbers == nil {
		r.numbers = map[string][]*exact.Number{}
	}
	r.numbers[name] = []*exact.Number{nil}
	p := r.scheme.Parameters[name]
	var all []*exact.Number
	for i := range p.Dated {
		all = append(all, r.possible(&p.Dated[i].Value)...)
	}
	r.numbers[name] = all
	return all
}

// possible are the numbers that a value can be: on the days from which its parameters hold, in the rows of its table. A
// nil among them stands for any number.
func (r *reader) possible(v *rule.Value) []*exact.Number {
	if _, named := r.scheme.Parameters[v.Name]; named {
		return r.possibleOf(v.Name)
	}
	if f := v.Form; f != nil && f.Lookup != nil {
		var all []*exact.Number
		for i := range f.Table {
			all = append(all, r.possible(&f.Table[i].Value)...)
		}
		if f.Else != nil {
			all = append(all, r.possible(f.Else)...)
		}
		return all
	}
	if n, constant := r.scheme.Constant(v, lastDay); constant && v.Form == nil {
		return []*exact.Number{&n}
	}
	return []*exact.Number{nil}
}
