package rule

import (
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// Contribution is what was given on a day; folded, it is all that was given in a month by payers of a kind, on the
// month's first day.
type Contribution struct {
	On      ledger.Date
	Minor   int64
	Count   int
	Payer   insurance.PayerKind
	Account string
}

// Input are the facts that a rule judges.
type Input struct {
	Facts insurance.Facts
	// Enrolled is the first day of her place in the scheme; zero where it is not known.
	Enrolled ledger.Date
	// Contributions are all that the rule may look at, by value date.
	Contributions []Contribution
	// On is the day the question is asked for where no contribution says it.
	On ledger.Date
	// Before is what was due of each subsidy for the periods before those asked for, in minor units.
	Before map[string]int64
	// Circumstances are the numbers of the event that is judged, by name, such as the days that somebody was ill.
	Circumstances map[string]exact.Number
	// Words are what of the event is said in a word, such as its kind.
	Words map[string]string

	depth, work int
	stop        <-chan struct{}
}

// env is what a rule sees while it judges one period.
type env struct {
	scheme *Scheme
	sub    *Subsidy
	in     *Input
	birth  insurance.Birth
	period Period
	on     ledger.Date
	// contributions are those of the period that count.
	contributions []Contribution
	before        exact.Number
	// made is what the contributions before this one made, while each is looked at; one is the one.
	made    exact.Number
	one     *Contribution
	refusal *Refusal
	traced  bool
	steps   []string
	level   int
	// asking is the parameter whose value is looked up.
	asking string
	// plain says that amounts may not be money, as in an answer.
	plain bool
	depth int
}

func (e *env) refuse(reason, text string) {
	if e.refusal == nil {
		e.refusal = &Refusal{Reason: reason, Text: text}
		e.note("Refused, %s: %s", reason, text)
	}
}

// unknown refuses for want of a fact.
func (e *env) unknown(name string) {
	e.refuse("FACT_UNKNOWN", name+" is not declared for the day; record it and the answer is given again")
}

// quantities are the numbers that every rule may name.
var quantities map[string]func(*env) exact.Number

// words are the names that have a word and no number.
var words = map[string]bool{"sex": true, "category": true, "event": true, "level": true}

func init() {
	quantities = map[string]func(*env) exact.Number{
		"contributions":          func(e *env) exact.Number { return e.sum(e.contributions) },
		"instalments":            func(e *env) exact.Number { return exact.Int(int64(count(e.contributions))) },
		"months":                 func(e *env) exact.Number { return exact.Int(int64(len(monthsOf(e.contributions)))) },
		"amount":                 (*env).amount,
		"age":                    (*env).age,
		"age_at_entry":           (*env).ageAtEntry,
		"month":                  func(e *env) exact.Number { return exact.Int(int64(e.on.Month())) },
		"months_to_date":         func(e *env) exact.Number { return exact.Int(int64(len(monthsOf(e.toDate())))) },
		"contributions_to_date":  func(e *env) exact.Number { return e.sum(e.toDate()) },
		"exits":                  (*env).exits,
		"vested_share":           (*env).vestedShare,
		"lifetime_contributions": func(e *env) exact.Number { return e.sum(e.in.Contributions) },
		"withdrawn":              (*env).withdrawn,
		"granted":                (*env).granted,
		"granted_before":         func(e *env) exact.Number { return e.before },
		"household":              func(e *env) exact.Number { return exact.Int(int64(1 + e.dependants())) },
		"months_enrolled":        (*env).monthsEnrolled,
		"years_enrolled": func(e *env) exact.Number {
			return e.monthsEnrolled().Over(exact.Int(12)).Round(exact.Down, exact.Int(1))
		},
		"period_number":  (*env).periodNumber,
		"days_in_period": func(e *env) exact.Number { return exact.Int(int64(daysBetween(e.period.Start, e.period.End) + 1)) },
	}
}

func quantityNames() []string { return sortedKeys(quantities) }

// number is what the name stands for.
func (e *env) number(name string) exact.Number {
	if err := e.in.spend(perName); err != nil {
		return exact.Failed(err)
	}
	if quantity, ok := quantities[name]; ok {
		return quantity(e)
	}
	if _, ok := circumstances[name]; ok {
		return e.circumstance(name)
	}
	if p, ok := e.scheme.Parameters[name]; ok {
		return e.parameter(name, &p)
	}
	if _, ok := e.scheme.Answers[name]; ok {
		return e.answer(name)
	}
	if sub := e.scheme.Subsidy(name); sub != nil {
		return e.inside(func(in *Input) exact.Number {
			return sub.in(in, sub.PeriodOf(e.on, in.Enrolled), exact.Int(0), false).Amount
		})
	}
	return e.declared(name)
}

// circumstance is a number of the event; refused where the question is not about one.
func (e *env) circumstance(name string) exact.Number {
	n, ok := e.in.Circumstances[name]
	if !ok {
		e.unknown(name)
		return exact.Int(0)
	}
	return n
}

func (e *env) parameter(name string, p *Parameter) exact.Number {
	v := p.on(e.on)
	if v == nil {
		e.refuse("NOT_IN_TABLE", fmt.Sprintf("%s is not known for %s; publish it, and what is due is computed again", name, e.on))
		return exact.Int(0)
	}
	if e.depth++; e.depth > deepestAnswer {
		return exact.Failed(fmt.Errorf("parameter %s is computed from itself", name))
	}
	asking := e.asking
	e.asking = name
	n := v.eval(e)
	e.asking = asking
	e.depth--
	return n
}

func (e *env) declared(name string) exact.Number {
	text, ok := e.in.Facts.Value(name, e.on)
	if !ok {
		e.unknown(name)
		return exact.Int(0)
	}
	n, err := e.scheme.Facts[name].Type.read(text)
	if err != nil {
		return exact.Failed(fmt.Errorf("fact %s: %w", name, err))
	}
	return n
}

// word is what is declared by the name as a word; empty where it is not known.
func (e *env) word(name string) string {
	switch name {
	case "sex":
		return string(e.in.Facts.Sex)
	case "category":
		return ""
	case "event", "level":
		return e.in.Words[name]
	}
	text, _ := e.in.Facts.Value(name, e.on)
	return text
}

// isWord says whether what is known by the name is a word and no number.
func (e *env) isWord(name string) bool { return words[name] || e.scheme.Facts[name].Type == WordFact }

// shown is the name's value as a sentence has it.
func (e *env) shown(name string) string {
	if word := e.word(name); word != "" {
		return word
	}
	return e.number(name).String()
}

// knows says whether the name has a value on the day.
func (e *env) knows(name string) bool {
	if name == "age" {
		_, _, known := e.birth.AgeBounds(e.on)
		return known
	}
	if name == "age_at_entry" {
		_, _, known := e.birth.AgeBounds(e.in.Enrolled)
		return known && e.in.Enrolled != 0
	}
	if name == "sex" {
		return e.in.Facts.Sex != ""
	}
	if name == "event" || name == "level" {
		return e.in.Words[name] != ""
	}
	if name == "period_number" {
		return e.in.Enrolled != 0
	}
	if _, asked := e.scheme.Facts[name]; asked {
		_, ok := e.in.Facts.Value(name, e.on)
		return ok
	}
	return true
}

func (e *env) inAny(categories []string) bool {
	return slices.ContainsFunc(categories, func(c string) bool { return e.in.Facts.Has(c, e.on) })
}

func (e *env) sum(contributions []Contribution) exact.Number {
	var minor int64
	for i := range contributions {
		minor += contributions[i].Minor
	}
	return exact.OfMinor(minor, e.scheme.decimals)
}

func count(contributions []Contribution) int {
	n := 0
	for i := range contributions {
		n += max(1, contributions[i].Count)
	}
	return n
}

// monthsOf are the months in which something was given, in order.
func monthsOf(contributions []Contribution) []ledger.Period {
	var months []ledger.Period
	for i := range contributions {
		if m := contributions[i].On.Period(); len(months) == 0 || months[len(months)-1] != m {
			months = append(months, m)
		}
	}
	return months
}

func (e *env) amount() exact.Number {
	if e.one == nil {
		return e.sum(e.contributions)
	}
	return exact.OfMinor(e.one.Minor, e.scheme.decimals)
}

func (e *env) age() exact.Number {
	age, known := e.birth.Age(e.on)
	if !known {
		e.refuse("FACT_UNKNOWN", "her age is not known; record it and the answer is given again")
	}
	return exact.Int(int64(age))
}

// ageAtEntry is her age on the day on which she enrolled.
func (e *env) ageAtEntry() exact.Number {
	age, known := e.birth.Age(e.in.Enrolled)
	if !known || e.in.Enrolled == 0 {
		e.refuse("FACT_UNKNOWN", "her birth, or the day on which she enrolled, is not known; record it and the answer is given again")
	}
	return exact.Int(int64(age))
}

// toDate are the contributions that count, from the first one through the end of the period.
func (e *env) toDate() []Contribution {
	return selected(e.in.Contributions, Period{Start: whole.Start, End: e.period.End}, e.sub.Account, e.sub.Payers)
}

// exits is 1 once she has left the scheme, and before that 0.
func (e *env) exits() exact.Number {
	left := func(d insurance.Drawing) bool { return d.Exit && d.On <= e.on }
	if slices.ContainsFunc(e.in.Facts.Withdrawal, left) {
		return exact.Int(1)
	}
	return exact.Int(0)
}

// vestedShare is the part of the state's money that is her own: all of it where the scheme says nothing of vesting.
func (e *env) vestedShare() exact.Number {
	v := e.scheme.Vesting
	if v == nil {
		return exact.Int(1)
	}
	return (&Form{Lookup: &v.By, Table: v.Table, Else: &Value{Written: &nothing}}).eval(e)
}

var nothing = exact.Int(0)

func (e *env) withdrawn() exact.Number {
	var minor int64
	for _, d := range e.in.Facts.Withdrawal {
		minor += d.Minor
	}
	return exact.OfMinor(minor, e.scheme.decimals)
}

// granted is what all subsidies made due so far.
func (e *env) granted() exact.Number {
	return e.inside(func(in *Input) exact.Number {
		in.On = 0 // what was given, and not what might be
		return sumOf(e.scheme.dues(in, false))
	})
}

func (e *env) dependants() int {
	n := 0
	for _, d := range e.in.Facts.Dependants {
		if d.On(e.on) {
			n++
		}
	}
	return n
}

func (e *env) enrolled() ledger.Date { return e.in.Enrolled }

func (e *env) monthsEnrolled() exact.Number {
	return exact.Int(int64(monthsBetween(e.in.Enrolled, e.on)))
}

// periodNumber counts the subsidy's periods from that in which she enrolled, which is 1.
func (e *env) periodNumber() exact.Number {
	if e.in.Enrolled == 0 {
		e.refuse("FACT_UNKNOWN", "the day of her enrolment is not known; record it and the answer is given again")
	}
	return exact.Int(int64(e.sub.numberOf(e.period, e.in.Enrolled)))
}

// monthsBetween is how many whole months have passed.
func monthsBetween(from, to ledger.Date) int {
	if from == 0 || to < from {
		return 0
	}
	n := (to.Year()-from.Year())*12 + to.Month() - from.Month()
	if to.Day() < from.Day() {
		n--
	}
	return n
}

func daysBetween(from, to ledger.Date) int {
	return int(to.Time().Sub(from.Time()).Hours()) / 24
}

// total is that of the contributions that are selected.
func (e *env) total(which Selection) exact.Number {
	if err := e.in.spend(perName*(1+which.Earlier) + len(e.in.Contributions)); err != nil {
		return exact.Failed(err)
	}
	period := e.period
	for range which.Earlier {
		period = e.sub.PeriodOf(period.Start.AddDays(-1), e.in.Enrolled)
	}
	return e.sum(selected(e.in.Contributions, period, which.Account, which.Payers))
}

// selected are the contributions of the period that go to the account and come from such payers.
func selected(all []Contribution, period Period, account string, payers []string) []Contribution {
	var found []Contribution
	for _, c := range all {
		if period.Holds(c.On) && (account == "" || c.Account == account) && (len(payers) == 0 || paidBy(c, payers)) {
			found = append(found, c)
		}
	}
	return found
}

func paidBy(c Contribution, payers []string) bool {
	kind := c.Payer
	if kind == "" {
		kind = insurance.PayerSelf
	}
	return slices.Contains(payers, string(kind))
}

// each takes the steps for each of these alone, judged on its own day, and adds up.
func (e *env) each(these []Contribution, steps []Step) exact.Number {
	on, one, made := e.on, e.one, e.made
	defer func() { e.on, e.one, e.made = on, one, made }()
	e.made = exact.Int(0)
	var refused *Refusal
	for i := range these {
		c := &these[i]
		e.on, e.one = c.On, c
		amount := exact.OfMinor(c.Minor, e.scheme.decimals)
		if e.traced {
			e.note("On %s it is %s:", c.On, e.cash(amount))
		}
		e.level++
		amount = take(e, steps, amount)
		e.level--
		if e.refusal != nil { // this one counts for nothing; the others may
			refused, e.refusal, amount = e.refusal, nil, exact.Int(0)
		}
		e.made = e.made.Plus(amount)
	}
	if e.traced {
		e.note("Together that makes %s.", e.cash(e.made))
	}
	if e.made.Sign() == 0 && e.made.Err() == nil { // none counts, and why is that of the last
		e.refusal = refused
	}
	return e.made
}

// byMonth folds contributions, which are in order of their days: what was given in each month, on the day of its last one.
func byMonth(all []Contribution) []Contribution {
	var months []Contribution
	for _, c := range all {
		c.Count = max(1, c.Count)
		if n := len(months); n > 0 && months[n-1].On.Period() == c.On.Period() {
			c.Minor, c.Count = c.Minor+months[n-1].Minor, c.Count+months[n-1].Count
			months = months[:n-1]
		}
		months = append(months, c)
	}
	return months
}

// withdrawals are what she took out, as each looks at them.
func (e *env) withdrawals() []Contribution {
	all := make([]Contribution, len(e.in.Facts.Withdrawal))
	for i, d := range e.in.Facts.Withdrawal {
		all[i] = Contribution{On: d.On, Minor: d.Minor}
	}
	return all
}

// oneAccount takes the steps for one account alone: the one she has chosen, or else the one that makes most.
func (e *env) oneAccount(a *OneAccount) exact.Number {
	all := e.contributions
	defer func() { e.contributions = all }()
	best := exact.Int(0)
	for _, account := range e.accounts(a.Chosen) {
		e.contributions = slices.DeleteFunc(slices.Clone(all), func(c Contribution) bool { return c.Account != account })
		amount := e.sum(e.contributions)
		if e.traced {
			e.note("For account %s it is %s:", account, e.cash(amount))
		}
		e.level++
		amount = take(e, a.Amount, amount)
		e.level--
		if best.Less(amount) || amount.Err() != nil {
			best = amount
		}
	}
	return best
}

// accounts are the one that the fact names, or else all that something was given to.
func (e *env) accounts(chosen string) []string {
	if word := e.word(chosen); word != "" {
		return []string{word}
	}
	var names []string
	for _, c := range e.contributions {
		if !slices.Contains(names, c.Account) {
			names = append(names, c.Account)
		}
	}
	return names
}

// answer computes a named answer.
func (e *env) answer(name string) exact.Number {
	if e.depth++; e.depth > deepestAnswer {
		return exact.Failed(fmt.Errorf("answer %s is computed from itself", name))
	}
	defer func() { e.depth-- }()
	a := e.scheme.Answers[name]
	got := a.eval(e)
	if got.Err != nil {
		return exact.Failed(got.Err)
	}
	if got.Refusal != nil {
		e.refuse(got.Refusal.Reason, got.Refusal.Text)
	}
	return got.Number
}
