package rule

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"sanad.dev/sanad/ledger"
)

// Cover is a protection that money in a pot buys: by days or by months, one of the two. Numbers in it may be written out
// or be parameters, which have dates. What it does not say is as the member would have it: nothing unpaid is a debt,
// nothing is fined, forfeited or closed, and a payment buys cover from its own day on.
type Cover struct {
	Place `yaml:"-"`
	Name  string `yaml:"name"`
	// Account is the pot that buys it, such as 2200; Matched the pot with the money of funders, such as 2210.
	Account int `yaml:"account"`
	Matched int `yaml:"matched"`
	// When are the conditions that hold while money buys it. What was bought is not lost where one fails later.
	When   []Condition    `yaml:"when"`
	Days   *DaysBought    `yaml:"days"`
	Months *MonthsCounted `yaml:"months"`
	// Free gives cover for a year to who was active in the year before.
	Free    *FreeCover    `yaml:"free"`
	Waiting *CoverWaiting `yaml:"waiting"`
	// GraceDays are days of cover after the last one that is paid for; NoticeDays how long after a notice cover may lapse.
	GraceDays  *Value  `yaml:"grace_days"`
	NoticeDays *Value  `yaml:"notice_days"`
	Season     *Season `yaml:"season"`
	// Reactivation is what is kept from benefits shortly after cover was taken up again.
	Reactivation *Reactivation `yaml:"reactivation"`
	// Silence is what becomes of who gives nothing for months; nothing where it is empty.
	Silence    []Silence       `yaml:"silence"`
	Dependants []DependantRule `yaml:"dependants"`
	// NewbornDays are the days from birth on which a child is covered that nobody has enrolled.
	NewbornDays *Value `yaml:"newborn_days"`
	// Primary says which cover pays where a person has two; her own, if it says nothing.
	Primary PrimaryRule `yaml:"primary"`
}

// DaysBought says that money buys days.
type DaysBought struct {
	Place `yaml:"-"`
	// Price is for Per: a day, a week of 7 days, a month of 30 or a year of 365.
	Price Value     `yaml:"price"`
	Per   PricedBy  `yaml:"per"`
	Round *Rounding `yaml:"round"`
}

// PricedBy is the span that a price is for.
type PricedBy string

// The spans that a price may be for; a day where nothing is said.
const (
	PerDay   PricedBy = "day"
	PerWeek  PricedBy = "week"
	PerMonth PricedBy = "month"
	PerYear  PricedBy = "year"
)

// PricedBys lists the spans.
func PricedBys() []PricedBy { return []PricedBy{PerDay, PerWeek, PerMonth, PerYear} }

// Days is how many days of cover the price is for.
func (p PricedBy) Days() int64 {
	switch p {
	case PerWeek:
		return 7
	case PerMonth:
		return 30
	case PerYear:
		return 365
	}
	return 1
}

// MonthsCounted says that months in which enough was given make cover: Qualify of the InLast before something.
type MonthsCounted struct {
	Place `yaml:"-"`
	// Least is what must have been given in a month for it to count; anything, where it says nothing.
	Least *Value    `yaml:"least"`
	Round *Rounding `yaml:"round"`
	// Qualify is how many months must count, InLast of how many; of all, where it says nothing.
	Qualify Value  `yaml:"qualify"`
	InLast  *Value `yaml:"in_last"`
	// Before is where the window ends: with the month before that of the event, the admission or the claim, or before
	// the half-year that ends with the quarter of the event. Including adds the month of the event itself.
	Before    WindowEnd `yaml:"before"`
	Including bool      `yaml:"including"`
	// DayBefore says that what is given on the day of the event itself does not count for it.
	DayBefore bool `yaml:"day_before"`
	// Payers are whose money counts, all where none is named; Matched says that the money of funders counts too, and
	// CareCredits which months count without money.
	Payers      []string `yaml:"payers"`
	Matched     bool     `yaml:"matched"`
	CareCredits []string `yaml:"care_credits"`
	// Ahead lets what is more than Least count for the months that follow.
	Ahead   bool     `yaml:"ahead"`
	Arrears *Arrears `yaml:"arrears"`
}

// WindowEnd is what the window of months ends before.
type WindowEnd string

// The ends.
const (
	BeforeEvent     WindowEnd = "event"
	BeforeAdmission WindowEnd = "admission"
	BeforeSemester  WindowEnd = "semester"
	BeforeClaim     WindowEnd = "claim"
)

// WindowEnds lists the ends.
func WindowEnds() []WindowEnd {
	return []WindowEnd{BeforeEvent, BeforeAdmission, BeforeSemester, BeforeClaim}
}

// Arrears lets what is more than a month needs count for earlier months that lack it, at most Months back.
type Arrears struct {
	Place  `yaml:"-"`
	Months Value `yaml:"months"`
	// First takes the earlier months before the one in which it was given; AfterEvent counts also what was given after
	// the event.
	First      bool   `yaml:"first"`
	AfterEvent bool   `yaml:"after_event"`
	Law        string `yaml:"law"`
}

// FreeCover gives a year of cover to who gave so much, in so many months or so often, in the year before. What it does
// not name is not asked.
type FreeCover struct {
	Place       `yaml:"-"`
	Span        Span   `yaml:"period"`
	Given       *Value `yaml:"given"`
	Months      *Value `yaml:"months"`
	Instalments *Value `yaml:"instalments"`
}

// CoverWaiting are the days that pass between paying and being covered.
type CoverWaiting struct {
	Place `yaml:"-"`
	Days  Value `yaml:"days"`
	// AfterLapse is how long a lapse must have lasted for the days to begin anew; they never do, where it says nothing.
	AfterLapse *Value `yaml:"after_lapse"`
	// Waived are conditions any of which waives the days.
	Waived []Condition `yaml:"waived"`
	Law    string      `yaml:"law"`
}

// Season are the months of the year in which members can pay. The others do not count against them.
type Season struct {
	Place `yaml:"-"`
	// Months are numbers from 1 to 12; For are the categories that it is for, all members where none is named.
	Months []int    `yaml:"months"`
	For    []string `yaml:"for"`
}

// Reactivation is what is kept from benefits on the days after cover was taken up again.
type Reactivation struct {
	Place `yaml:"-"`
	Days  Value `yaml:"days"`
	// Charge is the amount, which may name months_unpaid and benefit_cost. For are the kinds of care that it falls on;
	// all where none is named.
	Charge Value     `yaml:"charge"`
	Round  *Rounding `yaml:"round"`
	For    []Care    `yaml:"for"`
	Reason string    `yaml:"reason"`
	Law    string    `yaml:"law"`
}

// Silence is what becomes of who has given nothing for so many months.
type Silence struct {
	Place  `yaml:"-"`
	Months Value        `yaml:"months"`
	State  SilenceState `yaml:"state"`
	Law    string       `yaml:"law"`
}

// SilenceState is what silence leads to.
type SilenceState string

// The states, each further than the one before: cover rests until the next payment; the waiting days begin anew with the
// next payment; she joins anew.
const (
	Frozen      SilenceState = "frozen"
	Deactivated SilenceState = "deactivated"
	ClosedCover SilenceState = "closed"
)

// SilenceStates lists the states.
func SilenceStates() []SilenceState { return []SilenceState{Frozen, Deactivated, ClosedCover} }

// DependantRule says which dependants of a kind are covered, and for how long after it ends.
type DependantRule struct {
	Place `yaml:"-"`
	Kind  string `yaml:"kind"`
	// Under is the age that ends it; UnderIn the age for who is in a category, such as student.
	Under   *Value           `yaml:"under"`
	UnderIn map[string]Value `yaml:"under_in"`
	// Most is how many are covered, those that came first.
	Most *Value `yaml:"most"`
	// OwnLimits says that benefits have limits for her alone, not shared with the household.
	OwnLimits bool `yaml:"own_limits"`
	// Waits says that the waiting days run for her from the day on which she was added.
	Waits bool `yaml:"waits"`
	// AfterAge, AfterEnd and AfterDeath are the days that she keeps cover after she came of age, after she was separated,
	// and after the member died.
	AfterAge   *Value `yaml:"after_age"`
	AfterEnd   *Value `yaml:"after_end"`
	AfterDeath *Value `yaml:"after_death"`
}

// DependantKinds lists the kinds of dependant.
func DependantKinds() []string { return []string{"spouse", "child", "parent", "other"} }

// PrimaryRule says which of two covers of one person pays.
type PrimaryRule string

// The rules.
const (
	OwnFirst     PrimaryRule = "own"
	LongestFirst PrimaryRule = "longest"
)

// PrimaryRules lists the rules.
func PrimaryRules() []PrimaryRule { return []PrimaryRule{OwnFirst, LongestFirst} }

// UnmarshalYAML reads a cover.
func (c *Cover) UnmarshalYAML(node ast.Node) error {
	type plain Cover
	return readPart(SchemeFile, node, &c.Place, (*plain)(c))
}

// UnmarshalYAML reads what days cost.
func (d *DaysBought) UnmarshalYAML(node ast.Node) error {
	type plain DaysBought
	return readPart(SchemeFile, node, &d.Place, (*plain)(d))
}

// UnmarshalYAML reads which months count.
func (m *MonthsCounted) UnmarshalYAML(node ast.Node) error {
	type plain MonthsCounted
	return readPart(SchemeFile, node, &m.Place, (*plain)(m))
}

// UnmarshalYAML reads how earlier months are made good.
func (a *Arrears) UnmarshalYAML(node ast.Node) error {
	type plain Arrears
	return readPart(SchemeFile, node, &a.Place, (*plain)(a))
}

// UnmarshalYAML reads who is covered freely.
func (f *FreeCover) UnmarshalYAML(node ast.Node) error {
	type plain FreeCover
	return readPart(SchemeFile, node, &f.Place, (*plain)(f))
}

// UnmarshalYAML reads waiting days.
func (w *CoverWaiting) UnmarshalYAML(node ast.Node) error {
	type plain CoverWaiting
	return readPart(SchemeFile, node, &w.Place, (*plain)(w))
}

// UnmarshalYAML reads a season.
func (s *Season) UnmarshalYAML(node ast.Node) error {
	type plain Season
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads what follows on taking cover up again.
func (r *Reactivation) UnmarshalYAML(node ast.Node) error {
	type plain Reactivation
	return readPart(SchemeFile, node, &r.Place, (*plain)(r))
}

// UnmarshalYAML reads what follows on silence.
func (s *Silence) UnmarshalYAML(node ast.Node) error {
	type plain Silence
	return readPart(SchemeFile, node, &s.Place, (*plain)(s))
}

// UnmarshalYAML reads which dependants are covered.
func (d *DependantRule) UnmarshalYAML(node ast.Node) error {
	type plain DependantRule
	return readPart(SchemeFile, node, &d.Place, (*plain)(d))
}

// The numbers that cover adds to what values may name.
func init() {
	for name, what := range map[string]string{
		"covered_heads":    "how many are covered through her, with her",
		"covered_spouses":  "how many spouses are",
		"covered_children": "how many children are",
		"covered_parents":  "how many parents are",
		"months_unpaid":    "whole months between the end of her cover and taking it up again",
		"benefit_cost":     "what the benefit costs",
	} {
		circumstances[name] = what
	}
}

// checkCovers looks at what is said of cover.
func (s *Scheme) checkCovers() {
	for _, name := range sortedKeys(s.Covers) {
		c := s.Covers[name]
		if !nameText.MatchString(name) {
			s.wrong(c.Position, "cover %.40q: use lower-case letters, digits, _ and -", name)
		}
		s.checkCover("cover."+name, &c)
	}
}

func (s *Scheme) checkCover(where string, c *Cover) {
	s.checkCoverPots(where, c)
	s.checkConditions(where, c.When)
	for _, v := range []*Value{c.GraceDays, c.NoticeDays, c.NewbornDays} {
		s.checkValue(v)
	}
	if c.Primary != "" {
		oneOf(s, c.Key("primary"), where+".primary", c.Primary, PrimaryRules())
	}
	if (c.Days == nil) == (c.Months == nil) {
		s.wrong(c.Position, "%s: write days: with their price, or months: with how many must count", where)
	}
	s.checkDaysBought(where, c.Days)
	s.checkMonthsCounted(where, c.Months)
	s.checkFreeCover(where, c.Free)
	s.checkWaiting(where, c.Waiting)
	s.checkSeason(where, c.Season)
	s.checkReactivation(where, c.Reactivation)
	s.checkSilence(where, c.Silence)
	s.checkDependants(where, c.Dependants)
}

func (s *Scheme) checkCoverPots(where string, c *Cover) {
	if c.Account == 0 && c.Matched == 0 {
		s.wrong(c.Key("account"), "%s: write account: the pot that buys it, such as 2200", where)
	}
	if c.Account != 0 && !slices.ContainsFunc(s.Pots, func(p Pot) bool { return p.Account == c.Account }) {
		s.wrong(c.Key("account"), "%s.account: %d is no pot of the scheme", where, c.Account)
	}
}

func (s *Scheme) checkDaysBought(where string, d *DaysBought) {
	if d == nil {
		return
	}
	s.checkValue(&d.Price)
	if d.Per != "" {
		oneOf(s, d.Key("per"), where+".days.per", d.Per, PricedBys())
	}
	if d.Round != nil {
		s.checkRounding(d.Round)
	}
	if n := d.Price.Written; n != nil && n.Sign() < 0 {
		s.wrong(d.Key("price"), "%s.days.price: write an amount, or 0 where cover costs nothing", where)
	}
}

func (s *Scheme) checkMonthsCounted(where string, m *MonthsCounted) {
	if m == nil {
		return
	}
	for _, v := range []*Value{m.Least, &m.Qualify, m.InLast} {
		s.checkValue(v)
	}
	oneOf(s, m.Key("before"), where+".months.before", m.Before, WindowEnds())
	if m.Round != nil {
		s.checkRounding(m.Round)
	}
	for _, payer := range m.Payers {
		oneOf(s, m.Key("payers"), where+".months.payers", payer, []string{"self", "family", "sponsor", "cooperative"})
	}
	for _, kind := range m.CareCredits {
		oneOf(s, m.Key("care_credits"), where+".months.care_credits", kind, []string{"care", "disability", "maternity"})
	}
	if a := m.Arrears; a != nil {
		s.checkValue(&a.Months)
	}
	switch {
	case m.Including && m.Before == BeforeSemester:
		s.wrong(m.Key("including"), "%s.months: including is of the month of the event, and before: semester leaves its half-year out", where)
	case (m.Ahead || m.Arrears != nil) && m.Least == nil:
		s.wrong(m.Position, "%s.months: write least: what a month needs, so that what is more can count for others", where)
	}
}

func (s *Scheme) checkFreeCover(where string, f *FreeCover) {
	if f == nil {
		return
	}
	oneOf(s, f.Key("period"), where+".free.period", f.Span, []Span{CalendarYear, FiscalYear})
	for _, v := range []*Value{f.Given, f.Months, f.Instalments} {
		s.checkValue(v)
	}
	if f.Given == nil && f.Months == nil && f.Instalments == nil {
		s.wrong(f.Position, "%s.free: write given, months or instalments: what she must have done in the year before", where)
	}
}

func (s *Scheme) checkWaiting(where string, w *CoverWaiting) {
	if w == nil {
		return
	}
	s.checkValue(&w.Days)
	s.checkValue(w.AfterLapse)
	for i := range w.Waived {
		s.checkCondition(where+".waiting.waived", &w.Waived[i])
	}
}

func (s *Scheme) checkSeason(where string, season *Season) {
	if season == nil {
		return
	}
	if len(season.Months) == 0 {
		s.wrong(season.Position, "%s.season: write months: numbers from 1 to 12, in which members can pay", where)
	}
	for _, month := range season.Months {
		if month < 1 || month > 12 {
			s.wrong(season.Key("months"), "%s.season.months: %d is no month; write numbers from 1 to 12", where, month)
		}
	}
	s.checkCategories(season.Key("for"), where+".season", season.For)
}

func (s *Scheme) checkReactivation(where string, r *Reactivation) {
	if r == nil {
		return
	}
	s.checkValue(&r.Days)
	s.checkValue(&r.Charge)
	if r.Round != nil {
		s.checkRounding(r.Round)
	}
	for _, care := range r.For {
		oneOf(s, r.Key("for"), where+".reactivation.for", care, Cares())
	}
	if !reasonText.MatchString(r.Reason) {
		s.wrong(r.Key("reason"), "%s.reactivation: write reason: a code in capitals that the member is told", where)
	}
}

func (s *Scheme) checkSilence(where string, steps []Silence) {
	reached := -1
	for i := range steps {
		step := &steps[i]
		s.checkValue(&step.Months)
		oneOf(s, step.Key("state"), where+".silence.state", step.State, SilenceStates())
		at := slices.Index(SilenceStates(), step.State)
		if at <= reached {
			s.wrong(step.Key("state"), "%s.silence: write the steps in their order: frozen, deactivated, closed, each once", where)
		}
		reached = at
	}
}

func (s *Scheme) checkDependants(where string, rules []DependantRule) {
	for i := range rules {
		d := &rules[i]
		oneOf(s, d.Key("kind"), where+".dependants.kind", d.Kind, DependantKinds())
		for _, v := range []*Value{d.Under, d.Most, d.AfterAge, d.AfterEnd, d.AfterDeath} {
			s.checkValue(v)
		}
		for _, category := range sortedKeys(d.UnderIn) {
			v := d.UnderIn[category]
			s.checkValue(&v)
			s.checkCategories(d.Key("under_in"), where+".dependants.under_in", []string{category})
		}
		if slices.ContainsFunc(rules[:i], func(other DependantRule) bool { return other.Kind == d.Kind }) {
			s.wrong(d.Key("kind"), "%s.dependants: %s is there twice; write one rule for each kind", where, d.Kind)
		}
	}
}

// Pace is how often what a scheme says of a cover can come out otherwise while no fact changes.
type Pace int

// The paces: only where a parameter, an age or a fact changes; also with every month; every day.
const (
	PaceSteady Pace = iota
	PaceMonthly
	PaceDaily
)

// monthly are the quantities that change with the months.
var monthly = map[string]bool{"month": true, "months_enrolled": true, "years_enrolled": true}

// Changes are the days on which a parameter or a condition of the scheme takes another value, and how often else what it
// says of the cover may come out otherwise.
func (s *Scheme) Changes(cover string) ([]ledger.Date, Pace) {
	c := s.Covers[cover]
	days := []ledger.Date{}
	for _, p := range s.Parameters {
		for _, v := range p.Dated {
			days = append(days, ledger.Date(v.From), nextDay(v.To))
		}
	}
	reached := reached{scheme: s, seen: map[string]bool{}}
	reached.cover(&c)
	for _, b := range reached.between {
		days = append(days, ledger.Date(b.From), nextDay(b.To))
	}
	return days, reached.pace
}

func nextDay(d Day) ledger.Date {
	if d == 0 {
		return 0
	}
	return ledger.Date(d).AddDays(1)
}

// reached is what a cover looks at.
type reached struct {
	scheme  *Scheme
	seen    map[string]bool
	between []Between
	pace    Pace
}

func (r *reached) cover(c *Cover) {
	for _, v := range []*Value{c.GraceDays, c.NoticeDays, c.NewbornDays} {
		v.Each(r.value)
	}
	r.conditions(c.When)
	if c.Days != nil {
		c.Days.Price.Each(r.value)
	}
	if m := c.Months; m != nil {
		for _, v := range []*Value{m.Least, &m.Qualify, m.InLast} {
			v.Each(r.value)
		}
	}
	if w := c.Waiting; w != nil {
		w.Days.Each(r.value)
		w.AfterLapse.Each(r.value)
		r.conditions(w.Waived)
	}
}

func (r *reached) value(v *Value) {
	if v.Name != "" {
		r.name(v.Name)
	}
}

func (r *reached) name(name string) {
	if r.seen[name] {
		return
	}
	r.seen[name] = true
	if monthly[name] {
		r.pace = max(r.pace, PaceMonthly)
	}
	if _, ok := r.scheme.Answers[name]; ok || r.scheme.Subsidy(name) != nil {
		r.pace = PaceDaily
	}
	p := r.scheme.Parameters[name]
	for i := range p.Dated {
		p.Dated[i].Value.Each(r.value)
	}
}

func (r *reached) conditions(all []Condition) {
	for i := range all {
		c := &all[i]
		if c.Fact != "" {
			r.name(c.Fact)
		}
		if c.Rule != "" || c.Period != nil {
			r.pace = PaceDaily
		}
		if c.InForce != nil {
			r.between = append(r.between, *c.InForce)
		}
		for _, v := range []*Value{c.From, c.Over, c.UpTo, c.Under} {
			v.Each(r.value)
		}
		r.conditions(c.Or)
	}
}

// Year is the calendar or fiscal year of the scheme that the day lies in.
func (s *Scheme) Year(span Span, day ledger.Date) Period { return span.Of(day, s.starts) }
