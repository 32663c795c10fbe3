package rule

import (
	"errors"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// Due is what the member is due of every subsidy for every period that the facts touch, in order of the subsidies and
// of their periods. It is a pure function of the scheme and the input (L6).
func (s *Scheme) Due(in Input) ([]Due, error) { return checked(s.dues(in.ordered(), false)) }

// Explain is [Scheme.Due] with each step of the computation in words.
func (s *Scheme) Explain(in Input) ([]Due, error) { return checked(s.dues(in.ordered(), true)) }

// ordered is the input with its contributions in order of their days: that in which they came changes nothing.
func (in Input) ordered() *Input {
	byDay := func(a, b Contribution) int { return int(a.On - b.On) }
	if !slices.IsSortedFunc(in.Contributions, byDay) {
		in.Contributions = slices.SortedStableFunc(slices.Values(in.Contributions), byDay)
	}
	return &in
}

func checked(dues []Due) ([]Due, error) {
	var errs []error
	for _, d := range dues {
		if err := d.Amount.Err(); err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", d.Subsidy, d.Period.Label, err))
		}
	}
	return dues, errors.Join(errs...)
}

func (s *Scheme) dues(in *Input, traced bool) []Due {
	var all []Due
	for i := range s.Subsidies {
		sub := &s.Subsidies[i]
		all = append(all, sub.over(in, sub.touched(in), traced)...)
	}
	return all
}

// DueIn is what the member is due of the subsidy for the periods, which follow each other.
func (sub *Subsidy) DueIn(in Input, periods ...Period) ([]Due, error) {
	return checked(sub.over(in.ordered(), periods, false))
}

func (sub *Subsidy) over(in *Input, periods []Period, traced bool) []Due {
	before := exact.OfMinor(in.Before[sub.ID], sub.scheme.decimals)
	if known, ok := in.Facts.Value("granted-before", ledger.LastDate); ok {
		n, err := exact.Parse(known)
		if err != nil {
			n = exact.Failed(fmt.Errorf("fact granted-before: %w", err))
		}
		before = before.Plus(n)
	}
	dues := make([]Due, 0, len(periods))
	for _, p := range periods {
		d := sub.in(in, p, before, traced)
		before = before.Plus(d.Amount)
		dues = append(dues, d)
	}
	return dues
}

// touched are the subsidy's periods with a contribution in them, and that of the day asked for, with the periods
// between them and those that something is carried to.
func (sub *Subsidy) touched(in *Input) []Period {
	var days []ledger.Date
	for _, c := range in.Contributions {
		days = append(days, c.On)
	}
	if in.On != 0 {
		days = append(days, in.On)
	}
	if len(days) == 0 {
		return nil
	}
	first, last := slices.Min(days), slices.Max(days)
	p := sub.PeriodOf(first, in.Enrolled)
	periods := []Period{p}
	for p.End < last {
		p = sub.Next(p, in.Enrolled)
		periods = append(periods, p)
	}
	for range sub.Carries {
		p = sub.Next(p, in.Enrolled)
		periods = append(periods, p)
	}
	return periods
}

// in is what is due for one period. Where the birth is not known to the day, what is better for the member counts.
func (sub *Subsidy) in(in *Input, p Period, before exact.Number, traced bool) Due {
	births := possibleBirths(in.Facts.Birth)
	best := sub.judge(in, births[0], p, before, traced)
	for _, birth := range births[1:] {
		if d := sub.judge(in, birth, p, before, traced); best.Amount.Less(d.Amount) {
			best = d
		}
	}
	return best
}

// possibleBirths are the earliest and the latest day of birth that what is known leaves open.
func possibleBirths(b insurance.Birth) []insurance.Birth {
	switch {
	case b.On != 0:
		return []insurance.Birth{b}
	case b.Year != 0:
		return []insurance.Birth{bornOn(b.Year, 12, 31), bornOn(b.Year, 1, 1)}
	case b.StatedOn != 0:
		latest := b.StatedOn.Time().AddDate(-b.StatedYears, 0, 0)
		earliest := b.StatedOn.Time().AddDate(-b.StatedYears-1, 0, 1)
		return []insurance.Birth{{On: ledger.DateOf(latest)}, {On: ledger.DateOf(earliest)}}
	}
	return []insurance.Birth{b}
}

func bornOn(year, month, day int) insurance.Birth {
	return insurance.Birth{On: ledger.Date(year*1_00_00 + month*1_00 + day)}
}

func (sub *Subsidy) judge(in *Input, birth insurance.Birth, p Period, before exact.Number, traced bool) Due {
	if err := in.spend(1 + len(in.Contributions)); err != nil {
		return Due{Subsidy: sub.ID, Period: p, Amount: exact.Failed(err)}
	}
	all := in
	in = in.through(p.End)
	e := &env{
		scheme: sub.scheme, sub: sub, in: in, birth: birth, period: p, before: before, traced: traced,
		contributions: selected(in.Contributions, p, sub.Account, sub.Payers),
	}
	if sub.Reads == ByMonth {
		e.contributions = folded(e.contributions)
	}
	e.on = sub.JudgedOn.day(e)
	amount := sub.amount(e)
	if e.refusal != nil { // what was missing may have led to a division by nothing: why is said already
		amount = exact.Int(0)
	}
	all.work = in.work
	minor, err := amount.Minor(sub.scheme.decimals)
	if err != nil {
		amount = exact.Failed(err)
	}
	return Due{Subsidy: sub.ID, Period: p, Minor: minor, Amount: amount, Refusal: e.refusal, Steps: e.steps}
}

// through is the input without the contributions after the day: what is due for a period must not depend on whether it is
// judged before or after later ones have come.
func (in *Input) through(day ledger.Date) *Input {
	n := len(in.Contributions)
	for n > 0 && in.Contributions[n-1].On > day {
		n--
	}
	if n == len(in.Contributions) {
		return in
	}
	past := *in
	past.Contributions = in.Contributions[:n:n]
	return &past
}

// Reading is what the subsidy's rule sees of contributions that are in order of their days: every one, or what was given
// in each month by payers of a kind to each account.
func (sub *Subsidy) Reading(contributions []Contribution) []Contribution {
	if sub.Reads == ByContribution {
		return contributions
	}
	var months []Contribution
	for _, c := range contributions {
		c.On, c.Count = c.On.Period().FirstDay(), max(1, c.Count)
		same := func(m Contribution) bool { return m.On == c.On && m.Account == c.Account && m.Payer == c.Payer }
		if i := slices.IndexFunc(months, same); i >= 0 {
			months[i].Minor += c.Minor
			months[i].Count += c.Count
			continue
		}
		months = append(months, c)
	}
	return months
}

// folded is what was given in each month to each account, as if it had come on the month's first day: all that a rule
// sees that does not read every contribution.
func folded(contributions []Contribution) []Contribution {
	var months []Contribution
	for _, c := range contributions {
		c.On, c.Count, c.Payer = c.On.Period().FirstDay(), max(1, c.Count), ""
		same := func(m Contribution) bool { return m.On == c.On && m.Account == c.Account }
		if i := slices.IndexFunc(months, same); i >= 0 {
			months[i].Minor += c.Minor
			months[i].Count += c.Count
			continue
		}
		months = append(months, c)
	}
	return months
}

// day is the day that facts and parameters are looked at on.
func (j JudgedOn) day(e *env) ledger.Date {
	switch {
	case j == PeriodStart:
		return e.period.Start
	case j == PeriodEnd:
		return e.period.End
	case j == LastWithdrawal && len(e.in.Facts.Withdrawal) > 0:
		return e.in.Facts.Withdrawal[len(e.in.Facts.Withdrawal)-1].On
	case len(e.contributions) > 0:
		return e.contributions[len(e.contributions)-1].On
	case e.period.Holds(e.in.On):
		return e.in.On
	}
	return e.period.End
}

// amount goes from the contributions of the period to what is due, rounded.
func (sub *Subsidy) amount(e *env) exact.Number {
	for i := range sub.When {
		if sub.When[i].check(e); e.refusal != nil {
			return exact.Int(0)
		}
	}
	amount := e.sum(e.contributions)
	if sub.Rule != "" {
		amount = e.call(sub.Rule)
	} else {
		if e.traced {
			e.note("In %s she gave %s.", e.period.Label, e.cash(amount))
		}
		amount = take(e, sub.Amount, amount)
	}
	if sub.Cap != nil {
		amount = e.capped(amount, sub.Cap.eval(e), "the cap", sub.Cap)
	}
	if sub.LifetimeCap != nil {
		amount = e.capped(amount, sub.LifetimeCap.eval(e).Minus(e.before), "what earlier periods leave of the cap of a lifetime", sub.LifetimeCap)
	}
	if amount.Sign() < 0 && amount.Err() == nil {
		return exact.Failed(errors.New("the rule makes less than nothing due; let it return 0"))
	}
	return sub.stacked(e, sub.Round.of(e, amount))
}

// stacked is what the funders before this one leave under the ceiling.
func (sub *Subsidy) stacked(e *env, amount exact.Number) exact.Number {
	stack := sub.scheme.Stack
	if stack == nil || !slices.Contains(stack.Order, sub.ID) {
		return amount
	}
	left := stack.Ceiling.eval(e)
	for _, id := range stack.Order {
		if id == sub.ID {
			break
		}
		left = left.Minus(sub.scheme.Subsidy(id).in(e.in, e.period, exact.Int(0), false).Amount)
	}
	return sub.Round.of(e, e.capped(amount, left, "what other funders leave of the ceiling", &stack.Ceiling))
}

// Answered is what an answer came to: a number, yes or no, and why nothing.
type Answered struct {
	Number  exact.Number
	Truth   bool
	IsTruth bool
	Refusal *Refusal
	Err     error
	Steps   []string
}

// Answer computes the scheme's answer of that name for the day.
func (s *Scheme) Answer(name string, in Input, traced bool) (Answered, error) {
	a, ok := s.Answers[name]
	if !ok {
		return Answered{}, fmt.Errorf("the scheme has no answer %.40q", name)
	}
	in = *in.ordered()
	best := Answered{}
	for i, birth := range possibleBirths(in.Facts.Birth) {
		e := &env{scheme: s, in: &in, birth: birth, traced: traced, plain: true}
		e.sub = s.anySubsidy()
		e.period = e.sub.PeriodOf(in.day(), in.Enrolled)
		e.contributions = selected(in.Contributions, e.period, "", nil)
		e.on = a.JudgedOn.day(e)
		got := a.eval(e)
		got.Steps = e.steps
		if i == 0 || best.Number.Less(got.Number) {
			best = got
		}
	}
	return best, best.Err
}

// day is the day the question is asked for, or that of the last contribution.
func (in *Input) day() ledger.Date {
	if in.On == 0 && len(in.Contributions) > 0 {
		return in.Contributions[len(in.Contributions)-1].On
	}
	return in.On
}

// anySubsidy says over which period answers are computed: that of the first subsidy, or a calendar year.
func (s *Scheme) anySubsidy() *Subsidy {
	if len(s.Subsidies) > 0 {
		return &s.Subsidies[0]
	}
	return &Subsidy{Span: CalendarYear, scheme: s}
}

func (a *Answer) eval(e *env) Answered {
	for i := range a.When {
		if a.When[i].check(e); e.refusal != nil {
			return Answered{IsTruth: a.Amount == nil && a.Rule == "", Refusal: e.refusal}
		}
	}
	switch {
	case a.Rule != "":
		return a.byRule(e)
	case a.Amount == nil:
		return Answered{IsTruth: true, Truth: true}
	}
	n := take(e, a.Amount, e.sum(e.contributions))
	if e.refusal != nil {
		return Answered{Refusal: e.refusal}
	}
	n = a.Round.of(e, n)
	return Answered{Number: n, Err: n.Err()}
}

// PerContribution is what each contribution adds to what is due, in order of their days: the difference between what
// is due with it and without it.
func (s *Scheme) PerContribution(in Input) ([]exact.Number, error) {
	all := in.ordered().Contributions
	adds := make([]exact.Number, len(all))
	sum := exact.Int(0)
	for i := range all {
		in.Contributions = all[:i+1]
		dues, err := s.Due(in)
		if err != nil {
			return nil, err
		}
		now := exact.Int(0)
		for _, d := range dues {
			now = now.Plus(d.Amount)
		}
		adds[i], sum = now.Minus(sum), now
	}
	return adds, nil
}
