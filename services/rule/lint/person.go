package lint

import (
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// person is somebody whom a subsidy gives something: the point from which bounds are tried.
type person struct {
	scheme *rule.Scheme
	sub    *rule.Subsidy
	in     rule.Input
	on     ledger.Date
	// minor is the smallest unit of the currency.
	minor exact.Number
}

// due is what the subsidy makes due to her in all.
func (p person) due() (exact.Number, bool) {
	dues, err := p.scheme.Due(p.in)
	if err != nil {
		return exact.Number{}, false
	}
	sum := exact.Int(0)
	for _, d := range dues {
		if d.Subsidy == p.sub.ID {
			sum = sum.Plus(d.Amount)
		}
	}
	return sum, true
}

// with is she with another value of the fact, or with so much given at once.
func (p person) with(name string, n exact.Number) person {
	if name == contributed {
		minor, err := n.Minor(p.scheme.Decimals())
		if err != nil || minor < 0 {
			minor = 0
		}
		one := p.in.Contributions[0]
		one.Minor = minor
		p.in.Contributions = []rule.Contribution{one}
		return p
	}
	p.in.Facts.Declared = append(slices.Clone(p.in.Facts.Declared), insurance.Declaration{Name: name, Value: n.String()})
	return p
}

// people are some whom the subsidy gives something: one who meets its conditions, and one of the examples.
func (r *reader) people(sub *rule.Subsidy) []person {
	var all []person
	for _, look := range []func(*rule.Subsidy) (person, bool){r.invented, r.example} {
		if p, found := look(sub); found {
			all = append(all, p)
		}
	}
	return all
}

// invented is somebody who meets the subsidy's conditions and is given something, among some that are tried.
func (r *reader) invented(sub *rule.Subsidy) (person, bool) {
	for _, on := range r.days(sub) {
		base := r.meeting(sub, on)
		for _, age := range r.ages(sub, on) {
			for _, amount := range r.amounts(sub, on) {
				p := base.aged(age).giving(amount)
				if due, ok := p.due(); ok && due.Sign() > 0 {
					return p, true
				}
			}
		}
	}
	return person{}, false
}

// example is somebody of examples.yaml whom the subsidy gives something.
func (r *reader) example(sub *rule.Subsidy) (person, bool) {
	examples, err := rule.Examples(r.folder.Examples)
	if err != nil {
		return person{}, false
	}
	for _, x := range examples[:min(len(examples), mostExamples)] {
		in, err := x.Input(r.scheme)
		if err != nil || len(in.Contributions) == 0 {
			continue
		}
		p := person{scheme: r.scheme, sub: sub, in: in, on: in.Contributions[0].On, minor: exact.OfMinor(1, r.scheme.Decimals())}
		if due, ok := p.due(); ok && due.Sign() > 0 {
			return p, true
		}
	}
	return person{}, false
}

// The most that are tried, of examples, days, ages and amounts.
const (
	mostExamples = 20
	mostDays     = 6
	mostAges     = 6
	mostAmounts  = 24
)

// days are those on which the scheme's numbers are known: the latest first.
func (r *reader) days(sub *rule.Subsidy) []ledger.Date {
	days := []ledger.Date{ledger.Date(r.scheme.Effective)}
	for _, p := range r.scheme.Parameters {
		for _, dated := range p.Dated {
			days = append(days, ledger.Date(dated.From))
		}
	}
	for _, b := range partsOf[rule.Between](sub) {
		days = append(days, ledger.Date(b.From), ledger.Date(b.To))
	}
	slices.Sort(days)
	slices.Reverse(days)
	days = slices.DeleteFunc(slices.Compact(days), func(d ledger.Date) bool { return d == 0 })
	if len(days) == 0 {
		days = []ledger.Date{20260101}
	}
	return days[:min(len(days), mostDays)]
}

// ages are those that the conditions name, and one of each stage of life.
func (r *reader) ages(sub *rule.Subsidy, on ledger.Date) []int {
	var ages []int
	for _, c := range partsOf[rule.Condition](sub) {
		if c.Fact != "age" && c.Fact != "age_at_entry" {
			continue
		}
		if n, ok := r.inside(c, on); ok {
			if years, whole := n.Whole(); whole && years >= 0 && years < 120 {
				ages = append(ages, int(years))
			}
		}
	}
	ages = append(ages, 35, 20, 50, 62)
	return ages[:min(len(ages), mostAges)]
}

// amounts are those that the subsidy names, from the smallest on, and round ones.
func (r *reader) amounts(sub *rule.Subsidy, on ledger.Date) []exact.Number {
	var all []exact.Number
	for _, v := range partsOf[rule.Value](sub) {
		if n, ok := r.scheme.Constant(v, rule.Day(on)); ok && !n.Less(exact.Int(1)) {
			all = append(all, n.Round(exact.Up, exact.Int(1)))
		}
	}
	for _, n := range []int64{10, 50, 100, 500, 1000, 10_000, 100_000, 1_000_000} {
		all = append(all, exact.Int(n))
	}
	slices.SortFunc(all, exact.Number.Cmp)
	all = slices.CompactFunc(all, func(a, b exact.Number) bool { return a.Cmp(b) == 0 })
	return all[:min(len(all), mostAmounts)]
}

// meeting is somebody who meets the conditions of the subsidy on the day, as far as can be said without trying.
func (r *reader) meeting(sub *rule.Subsidy, on ledger.Date) person {
	p := person{scheme: r.scheme, sub: sub, on: on, minor: exact.OfMinor(1, r.scheme.Decimals())}
	p.in.Enrolled = sub.PeriodOf(on, on).Start
	if sub.Span == rule.Lifetime || sub.Span == rule.EnrolmentYear {
		p.in.Enrolled = on
	}
	facts := &p.in.Facts
	facts.Sex = insurance.Female
	for _, name := range sorted(r.scheme.Facts) {
		facts.Declared = append(facts.Declared, insurance.Declaration{Name: name, Value: r.answerTo(sub, name, on)})
	}
	for i := range sub.When {
		r.meet(&p, &sub.When[i])
	}
	for _, f := range r.formsOf(sub) {
		if f.Highest != nil && f.Else == nil {
			facts.Categories = append(facts.Categories, insurance.Category{Name: sorted(f.Highest)[0]})
		}
	}
	return p
}

// meet lets her meet a condition.
func (r *reader) meet(p *person, c *rule.Condition) {
	switch {
	case len(c.In) > 0:
		p.in.Facts.Categories = append(p.in.Facts.Categories, insurance.Category{Name: c.In[0]})
	case c.Fact == "sex" && len(c.Is) > 0:
		p.in.Facts.Sex = insurance.Sex(c.Is[0])
	case c.Enrolled != nil && c.Enrolled.From != 0:
		p.in.Enrolled = ledger.Date(c.Enrolled.From)
	case c.Enrolled != nil:
		p.in.Enrolled = ledger.Date(c.Enrolled.To)
	case c.Fact == "months_enrolled" || c.Fact == "years_enrolled":
		if n, ok := r.inside(c, p.on); ok {
			years, _ := n.Round(exact.Up, exact.Int(1)).Whole()
			if c.Fact == "months_enrolled" {
				years = years/12 + 1
			}
			if c.From != nil || c.Over != nil {
				p.in.Enrolled = ledger.DateOf(p.on.Time().AddDate(-int(min(years, 100)), 0, 0))
			}
		}
	}
}

// answerTo is what she answers when the scheme asks for a fact: what its conditions want to hear.
func (r *reader) answerTo(sub *rule.Subsidy, name string, on ledger.Date) string {
	fact := r.scheme.Facts[name]
	for _, c := range partsOf[rule.Condition](sub) {
		switch {
		case c.Fact != name:
		case len(c.Is) > 0:
			return c.Is[0]
		default:
			if n, ok := r.inside(c, on); ok {
				return n.String()
			}
		}
	}
	switch {
	case fact.Type == rule.WordFact && len(fact.Words) > 0:
		return fact.Words[0]
	case fact.Type == rule.WordFact:
		return r.firstRow(sub, name)
	case fact.Type == rule.DayFact:
		return on.String()
	case fact.Type == rule.InstantFact:
		return on.String() + "T00:00:00Z"
	}
	return "1"
}

// firstRow is the first word of a table by the fact.
func (r *reader) firstRow(sub *rule.Subsidy, name string) string {
	for _, f := range r.formsOf(sub) {
		if f.Lookup != nil && f.Lookup.Name == name && len(f.Table) > 0 {
			return f.Table[0].Is
		}
	}
	return "yes"
}

// inside is a number that meets the condition's bounds.
func (r *reader) inside(c *rule.Condition, on ledger.Date) (exact.Number, bool) {
	for _, b := range []struct {
		of   *rule.Value
		plus int64
	}{{c.From, 0}, {c.Over, 1}, {c.UpTo, 0}, {c.Under, -1}} {
		if n, ok := r.scheme.Constant(b.of, rule.Day(on)); ok {
			return n.Plus(exact.Int(b.plus)), true
		}
	}
	return exact.Number{}, false
}

// aged is she at that age on the day.
func (p person) aged(years int) person {
	p.in.Facts.Birth = insurance.Birth{On: ledger.DateOf(p.on.Time().AddDate(-years, -6, 0))}
	return p
}

// monthsTried is for how many months she gives.
const monthsTried = 12

// giving is she who gives the amount every month from the first day of the period on.
func (p person) giving(amount exact.Number) person {
	minor, err := amount.Minor(p.scheme.Decimals())
	if err != nil {
		return p
	}
	period := p.sub.PeriodOf(p.on, p.in.Enrolled)
	first := max(period.Start, p.on)
	if p.sub.Span != rule.Lifetime && period.Start >= p.on {
		first = period.Start
	}
	p.in.Contributions = nil
	for i := range monthsTried {
		on := ledger.DateOf(first.Time().AddDate(0, i, 0))
		if i > 0 && on > period.End {
			break
		}
		p.in.Contributions = append(p.in.Contributions, rule.Contribution{On: on, Minor: minor, Payer: p.payer(), Account: p.sub.Account})
	}
	return p
}

func (p person) payer() insurance.PayerKind {
	if len(p.sub.Payers) > 0 {
		return insurance.PayerKind(p.sub.Payers[0])
	}
	return insurance.PayerSelf
}
