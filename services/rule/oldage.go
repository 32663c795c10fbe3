package rule

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"sanad.dev/sanad/services/rule/exact"
)

// OldAgeRules are what a scheme says of old-age savings once they are there: interest, what may be drawn early, what
// retirement gives, and what survivors get. Numbers in it may be written out or be parameters, which have dates.
type OldAgeRules struct {
	Place `yaml:"-"`
	// Interest is how declared interest is counted; no interest can be declared where it says nothing.
	Interest *InterestRules `yaml:"interest"`
	// Early are the ways to draw before retirement, and Exit is leaving for good; without them there are none.
	Early []EarlyAccess `yaml:"early"`
	Exit  *ExitRules    `yaml:"exit"`
	// Retirement and Disability are when she may retire, by age or because she can't work any more.
	Retirement *Retirement `yaml:"retirement"`
	Disability *Retirement `yaml:"disability"`
	// Plans are what retirement gives; the first one that fits the pot is hers, or one that she chooses among those that
	// fit.
	Plans []Plan `yaml:"plans"`
	// Minimum is the least pension, topped up by a funder.
	Minimum *MinimumPension `yaml:"minimum"`
	// Survivors are who gets what at her death.
	Survivors *SurvivorRules `yaml:"survivors"`
	// TwoPeopleOver is the amount above which a decision takes two people; all take two where it says nothing.
	TwoPeopleOver *Value `yaml:"two_people_over"`
	// UnclaimedAfter are the days after which benefits that nobody has collected are moved aside, in her name.
	UnclaimedAfter *Value `yaml:"unclaimed_after"`
	// Appeal is the way to object to a decision, where it is not that of the scheme.
	Appeal *Appeal `yaml:"appeal"`
}

// InterestRules say how declared interest is counted.
type InterestRules struct {
	Place `yaml:"-"`
	// Days is the rule by which days are counted; the actual days of a year of 365 where it says nothing.
	Days DayCount `yaml:"days"`
	// Round is how a pot's interest of a period is rounded, once; half up to minor units where it says nothing.
	Round *Rounding `yaml:"round"`
}

// DayCount is a rule by which days of interest are counted.
type DayCount string

// The rules: every day is one day of 365, of 360, or of as many as its own calendar year has.
const (
	Actual365    DayCount = "actual-365"
	Actual360    DayCount = "actual-360"
	ActualActual DayCount = "actual-actual"
)

// DayCounts lists the rules.
func DayCounts() []DayCount { return []DayCount{Actual365, Actual360, ActualActual} }

// EarlyAccess is a way to draw before retirement.
type EarlyAccess struct {
	Place `yaml:"-"`
	Name  string      `yaml:"name"`
	When  []Condition `yaml:"when"`
	// For are the reasons that she may have; any where none is named.
	For []string `yaml:"for"`
	// Share is the part of her savings that may have been drawn in all, UpTo the most at a time, and Leave what must stay.
	Share *Value `yaml:"share"`
	UpTo  *Value `yaml:"up_to"`
	Leave *Value `yaml:"leave"`
	// OwnOnly says that the state's share stays.
	OwnOnly bool `yaml:"own_only"`
	// Times is how often within InYears, or ever.
	Times   *Value `yaml:"times"`
	InYears *Value `yaml:"in_years"`
	// Charge is the part of what is drawn that is kept, by the fund or, where the law says so, by ChargeTo, a funder.
	Charge   *Value `yaml:"charge"`
	ChargeTo string `yaml:"charge_to"`
}

// ExitRules are when she may leave for good with what is hers. What has not vested goes to the funder, or stays with the
// fund where the law says so.
type ExitRules struct {
	Place    `yaml:"-"`
	When     []Condition `yaml:"when"`
	Unvested string      `yaml:"unvested"`
	Law      string      `yaml:"law"`
}

// The words of [ExitRules.Unvested].
const (
	UnvestedToFunder = "funder"
	UnvestedToFund   = "fund"
)

// Retirement is when a pension may begin.
type Retirement struct {
	Place `yaml:"-"`
	// Age in years, and Years since she enrolled.
	Age   *Value      `yaml:"age"`
	Years *Value      `yaml:"years"`
	When  []Condition `yaml:"when"`
}

// Plan is one thing that retirement can give.
type Plan struct {
	Place `yaml:"-"`
	Name  string   `yaml:"name"`
	Form  PlanForm `yaml:"form"`
	// Over and UpTo bound the pot that it is for.
	Over *Value      `yaml:"over"`
	UpTo *Value      `yaml:"up_to"`
	When []Condition `yaml:"when"`
	// Lump is the part that is paid at once: all of it in form lump, and nothing in others that do not say.
	Lump *Value `yaml:"lump"`
	// Months is over how many months the rest is paid; MonthsLeft is the same as a table by age, looked up every year.
	Months     *Value `yaml:"months"`
	MonthsLeft *Value `yaml:"months_left"`
	// Monthly is the pension of an annuity, of the reserve.
	Monthly *Value    `yaml:"monthly"`
	Round   *Rounding `yaml:"round"`
	// Refund says that what is left of an annuity's reserve at her death goes to her survivors.
	Refund bool `yaml:"refund"`
	// Law is the article by which women and men get different pensions.
	Law string `yaml:"law"`
}

// PlanForm is how a plan pays.
type PlanForm string

// The forms: all at once, month by month out of her own pots, or for life out of the pool that her pots have bought into.
const (
	PayLump    PlanForm = "lump"
	Programmed PlanForm = "programmed"
	Annuity    PlanForm = "annuity"
)

// PlanForms lists the forms.
func PlanForms() []PlanForm { return []PlanForm{PayLump, Programmed, Annuity} }

// MinimumPension is the least monthly pension and the funder that tops others up to it.
type MinimumPension struct {
	Place   `yaml:"-"`
	Monthly Value       `yaml:"monthly"`
	Funder  string      `yaml:"funder"`
	When    []Condition `yaml:"when"`
}

// SurvivorRules are who gets what at a member's death.
type SurvivorRules struct {
	Place `yaml:"-"`
	// Shares divide what is left among kinds of survivors; those of a kind get equal parts. What no kind takes, or all of
	// it where no shares are written, is for those whom she named, and without them for her heirs.
	Shares []SurvivorShare `yaml:"shares"`
	// Pensions go on as a part of hers.
	Pensions []SurvivorPension `yaml:"pensions"`
	// Capital is what the pool pays besides, once, when a pension ends.
	Capital *Value `yaml:"capital"`
}

// SurvivorShare is the part of a kind of survivors.
type SurvivorShare struct {
	Place `yaml:"-"`
	Kind  string `yaml:"kind"`
	Share Value  `yaml:"share"`
}

// SurvivorPension is the part of her pension that each survivor of a kind goes on to get.
type SurvivorPension struct {
	Place `yaml:"-"`
	Kind  string `yaml:"kind"`
	Share Value  `yaml:"share"`
	// UntilAge ends it; for life where it says nothing.
	UntilAge *Value `yaml:"until_age"`
}

// SurvivorKinds lists what a survivor can be to the dead member.
func SurvivorKinds() []string { return []string{"spouse", "child", "parent", "other"} }

// UnmarshalYAML reads what a scheme says of old age.
func (o *OldAgeRules) UnmarshalYAML(node ast.Node) error {
	type plain OldAgeRules
	return readPart(SchemeFile, node, &o.Place, (*plain)(o))
}

// UnmarshalYAML reads how interest is counted.
func (i *InterestRules) UnmarshalYAML(node ast.Node) error {
	type plain InterestRules
	return readPart(SchemeFile, node, &i.Place, (*plain)(i))
}

// UnmarshalYAML reads a way to draw early.
func (e *EarlyAccess) UnmarshalYAML(node ast.Node) error {
	type plain EarlyAccess
	return readPart(SchemeFile, node, &e.Place, (*plain)(e))
}

// UnmarshalYAML reads how one leaves.
func (x *ExitRules) UnmarshalYAML(node ast.Node) error {
	type plain ExitRules
	return readPart(SchemeFile, node, &x.Place, (*plain)(x))
}

// UnmarshalYAML reads when one may retire.
func (r *Retirement) UnmarshalYAML(node ast.Node) error {
	type plain Retirement
	return readPart(SchemeFile, node, &r.Place, (*plain)(r))
}

// UnmarshalYAML reads a plan.
func (p *Plan) UnmarshalYAML(node ast.Node) error {
	type plain Plan
	return readPart(SchemeFile, node, &p.Place, (*plain)(p))
}

// UnmarshalYAML reads the least pension.
func (m *MinimumPension) UnmarshalYAML(node ast.Node) error {
	type plain MinimumPension
	return readPart(SchemeFile, node, &m.Place, (*plain)(m))
}

// UnmarshalYAML reads what survivors get.
func (v *SurvivorRules) UnmarshalYAML(node ast.Node) error {
	type plain SurvivorRules
	return readPart(SchemeFile, node, &v.Place, (*plain)(v))
}

// UnmarshalYAML reads the part of a kind of survivors.
func (v *SurvivorShare) UnmarshalYAML(node ast.Node) error {
	type plain SurvivorShare
	return readPart(SchemeFile, node, &v.Place, (*plain)(v))
}

// UnmarshalYAML reads the pension of a kind of survivors.
func (v *SurvivorPension) UnmarshalYAML(node ast.Node) error {
	type plain SurvivorPension
	return readPart(SchemeFile, node, &v.Place, (*plain)(v))
}

// The numbers that old age adds to what values may name.
func init() {
	for name, what := range map[string]string{
		"pot":          "what stands on her old-age pots and is hers",
		"pot_own":      "what of the pot she has saved herself",
		"pot_matched":  "what of the pot the state has given",
		"reserve":      "what of the pot is left after the lump sum",
		"pension_paid": "the dead member's monthly pension",
	} {
		circumstances[name] = what
	}
}

// checkOldAge looks at what is said of old age.
func (s *Scheme) checkOldAge() {
	o := s.OldAge
	if o == nil {
		return
	}
	s.checkValue(o.TwoPeopleOver)
	s.checkValue(o.UnclaimedAfter)
	s.checkAppeal("old_age.appeal", o.Appeal)
	if i := o.Interest; i != nil {
		if i.Days != "" {
			oneOf(s, i.Key("days"), "old_age.interest.days", i.Days, DayCounts())
		}
		if i.Round != nil {
			s.checkRounding(i.Round)
		}
	}
	for i := range o.Early {
		s.checkEarly(&o.Early[i])
	}
	if x := o.Exit; x != nil {
		s.checkExit(x)
	}
	s.checkRetirement("old_age.retirement", o.Retirement)
	s.checkRetirement("old_age.disability", o.Disability)
	s.checkPlans(o)
	if m := o.Minimum; m != nil {
		s.checkValue(&m.Monthly)
		s.checkConditions("old_age.minimum", m.When)
		if m.Funder == "" {
			s.wrong(m.Position, "old_age.minimum: write funder: who tops pensions up to it")
		}
	}
	s.checkSurvivors(o.Survivors)
}

func (s *Scheme) checkEarly(e *EarlyAccess) {
	if !nameText.MatchString(e.Name) {
		s.wrong(e.Position, "old_age.early: write name: in lower-case letters, such as illness")
	}
	s.checkConditions("old_age.early", e.When)
	for _, v := range []*Value{e.Share, e.UpTo, e.Leave, e.Times, e.InYears, e.Charge} {
		s.checkValue(v)
	}
	switch {
	case e.InYears != nil && e.Times == nil:
		s.wrong(e.Key("in_years"), "old_age.early.%s: write times: how often in so many years", e.Name)
	case e.ChargeTo != "" && e.Charge == nil:
		s.wrong(e.Key("charge_to"), "old_age.early.%s: charge_to needs charge: the part that is kept", e.Name)
	}
	for _, why := range e.For {
		if !nameText.MatchString(why) {
			s.wrong(e.Key("for"), "old_age.early.%s: for: %.40q: use lower-case letters, digits, _ and -", e.Name, why)
		}
	}
}

func (s *Scheme) checkExit(x *ExitRules) {
	s.checkConditions("old_age.exit", x.When)
	if x.Unvested != "" {
		oneOf(s, x.Key("unvested"), "old_age.exit.unvested", x.Unvested, []string{UnvestedToFunder, UnvestedToFund})
	}
	if x.Unvested == UnvestedToFund && x.Law == "" {
		s.wrong(x.Key("unvested"), "old_age.exit: write law: the article that leaves the state's share to the fund")
	}
}

func (s *Scheme) checkRetirement(where string, r *Retirement) {
	if r == nil {
		return
	}
	s.checkValue(r.Age)
	s.checkValue(r.Years)
	s.checkConditions(where, r.When)
	if r.Age == nil && r.Years == nil && len(r.When) == 0 {
		s.wrong(r.Position, "%s: write age, years or when", where)
	}
}

func (s *Scheme) checkPlans(o *OldAgeRules) {
	if (o.Retirement != nil || o.Disability != nil) && len(o.Plans) == 0 {
		s.wrong(o.Position, "old_age: write plans: what retirement gives")
	}
	named := map[string]bool{}
	for i := range o.Plans {
		p := &o.Plans[i]
		if !nameText.MatchString(p.Name) || named[p.Name] {
			s.wrong(p.Position, "old_age.plans: write name: in lower-case letters, for each plan another")
		}
		named[p.Name] = true
		s.checkPlan(p)
	}
}

func (s *Scheme) checkPlan(p *Plan) {
	where := "old_age.plans." + p.Name
	oneOf(s, p.Key("form"), where+".form", p.Form, PlanForms())
	s.checkConditions(where, p.When)
	for _, v := range []*Value{p.Over, p.UpTo, p.Lump, p.Months, p.MonthsLeft, p.Monthly} {
		s.checkValue(v)
	}
	if p.Round != nil {
		s.checkRounding(p.Round)
	}
	switch {
	case p.Form == PayLump && (p.Lump != nil || p.Months != nil || p.MonthsLeft != nil || p.Monthly != nil):
		s.wrong(p.Position, "%s: a lump sum is all of the pot; lump, months and monthly belong to the other forms", where)
	case p.Form == Programmed && ((p.Months == nil) == (p.MonthsLeft == nil) || p.Monthly != nil):
		s.wrong(p.Position, "%s: write months, or months_left by age: over how many months the pot is paid", where)
	case p.Form == Annuity && (p.Monthly == nil || p.Months != nil || p.MonthsLeft != nil):
		s.wrong(p.Position, "%s: write monthly: the pension for the reserve, such as {over: [reserve, 139]}", where)
	case p.Refund && p.Form != Annuity:
		s.wrong(p.Key("refund"), "%s: refund is of an annuity's reserve; other plans pay out of her own pots", where)
	}
}

func (s *Scheme) checkSurvivors(v *SurvivorRules) {
	if v == nil {
		return
	}
	s.checkValue(v.Capital)
	sum := exact.Int(0)
	for i := range v.Shares {
		share := &v.Shares[i]
		oneOf(s, share.Key("kind"), "old_age.survivors.shares.kind", share.Kind, SurvivorKinds())
		s.checkValue(&share.Share)
		if slices.ContainsFunc(v.Shares[:i], func(other SurvivorShare) bool { return other.Kind == share.Kind }) {
			s.wrong(share.Position, "old_age.survivors.shares: %s is there twice", share.Kind)
		}
		if share.Share.Written != nil {
			sum = sum.Plus(*share.Share.Written)
		}
	}
	if exact.Int(1).Less(sum) {
		s.wrong(v.Key("shares"), "old_age.survivors.shares: they make %s, which is more than all", sum)
	}
	for i := range v.Pensions {
		p := &v.Pensions[i]
		oneOf(s, p.Key("kind"), "old_age.survivors.pensions.kind", p.Kind, SurvivorKinds())
		s.checkValue(&p.Share)
		s.checkValue(p.UntilAge)
	}
}
