package lint

import (
	"slices"

	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// bound is a number at which a rule changes its mind about somebody.
type bound struct {
	// name is the fact, or contributions.
	name string
	at   rule.Position
	of   *rule.Value
	// law is the article that draws the line, where one is cited.
	law string
}

// contributed stands for what is given, as a name of bounds.
const contributed = "contributions"

// checkCliffs tries the rule on both sides of every bound that it names: where one unit more of an income, or one less
// of what was given, loses far more than a unit, somebody stands at a cliff.
func (r *reader) checkCliffs() {
	for i := range r.scheme.Subsidies {
		sub := &r.scheme.Subsidies[i]
		people := r.people(sub)
		if len(people) == 0 {
			r.warn(sub.Position, "nobody was found whom subsidy %s gives something, so no bound was tried for a cliff; write an example who is given something", sub.ID)
			continue
		}
		seen := map[rule.Position]bool{}
		for _, b := range r.boundsOf(sub) {
			if !seen[b.at] {
				seen[b.at] = slices.ContainsFunc(people, func(p person) bool { return r.tryBound(p, b) })
			}
		}
	}
}

// boundsOf are the bounds that the subsidy names for facts that are numbers, and for what is given.
func (r *reader) boundsOf(sub *rule.Subsidy) []bound {
	var all []bound
	law := ""
	add := func(name string, values ...*rule.Value) {
		for _, v := range values {
			if v != nil && r.isMeasured(name) {
				all = append(all, bound{measured(name), v.Position, v, law})
			}
		}
	}
	for _, c := range partsOf[rule.Condition](sub) {
		law = c.Law
		add(c.Fact, c.From, c.Over, c.UpTo, c.Under)
	}
	law = ""
	for _, f := range r.formsOf(sub) {
		if f.Lookup == nil {
			continue
		}
		for i := range f.Table {
			row := &f.Table[i]
			add(f.Lookup.Name, row.From, row.Over, row.UpTo, row.Under)
		}
	}
	for _, step := range partsOf[rule.Step](sub) {
		add(contributed, step.AtLeast, step.AtMost, step.Exactly)
		if step.PhaseOut != nil {
			add(step.PhaseOut.By.Name, &step.PhaseOut.From, &step.PhaseOut.To)
		}
	}
	if sub.Rule != "" {
		all = append(all, r.boundsOfRule(sub)...)
	}
	return all
}

// boundsOfRule takes every parameter that a rule of rules.star may compare with for a bound of every fact.
func (r *reader) boundsOfRule(sub *rule.Subsidy) []bound {
	var all []bound
	for _, parameter := range sorted(r.scheme.Parameters) {
		if !r.inRules(parameter) {
			continue
		}
		of := &rule.Value{Name: parameter}
		for _, fact := range append(sorted(r.scheme.Facts), contributed) {
			if r.isMeasured(fact) && (fact == contributed || r.inRules(fact)) {
				all = append(all, bound{fact, sub.Key("rule"), of, ""})
			}
		}
	}
	return all
}

// isMeasured says whether the name is of something that comes in units, one more or one less.
func (r *reader) isMeasured(name string) bool {
	return measured(name) == contributed || r.scheme.Facts[name].Type == rule.NumberFact
}

// measured is the name by which a bound's units are tried.
func measured(name string) string {
	if name == "amount" {
		return contributed
	}
	return name
}

// steep is how many times the usual difference between neighbours a fall must be to be a cliff.
const steep = 10

// tryBound computes what is due around the bound; true where it has found a cliff.
func (r *reader) tryBound(p person, b bound) bool {
	n, constant := r.scheme.Constant(b.of, rule.Day(p.on))
	if !constant {
		return false
	}
	unit := exact.Int(1)
	if b.name == contributed {
		unit = p.minor
	}
	xs, dues := make([]exact.Number, 5), make([]exact.Number, 5)
	for i := range xs {
		xs[i] = n.Plus(unit.Times(exact.Int(int64(i - 2))))
		due, ok := p.with(b.name, xs[i]).due()
		if !ok {
			return false
		}
		dues[i] = due
	}
	for i := 1; i < 3; i++ { // from one below the bound to it, and from it to one above
		if xs[i].Sign() < 0 {
			continue
		}
		fall := distance(dues[i], dues[i+1])
		usual := slices.MaxFunc([]exact.Number{p.minor, distance(dues[i-1], dues[i]), distance(dues[i+1], dues[i+2])}, exact.Number.Cmp)
		if usual.Times(exact.Int(steep)).Less(fall) {
			r.tellCliff(b, xs[i], xs[i+1], dues[i], dues[i+1])
			return true
		}
	}
	return false
}

func (r *reader) tellCliff(b bound, below, above, dueBelow, dueAbove exact.Number) {
	instead := "let it fall evenly (phase_out, marginal), or cite the law that draws the line"
	if b.law != "" {
		instead = "the line is drawn by " + b.law
	}
	currency := r.scheme.Currency
	r.warn(b.at, "a cliff: with %s of %s %s %s is due, with %s %s %s; %s", b.name, below, dueBelow, currency, above, dueAbove, currency, instead)
}

func distance(a, b exact.Number) exact.Number { return exact.Max(a.Minus(b), b.Minus(a)) }
