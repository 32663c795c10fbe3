package rule

import (
	"slices"
	"strings"
)

// Benefit is a right that the scheme gives. Numbers in it may be written out or be parameters, which have dates.
type Benefit struct {
	Place `yaml:"-"`
	// Kind is the contingency that it answers; minimum standards are set by kind.
	Kind BenefitKind `yaml:"kind"`
	// Form is how it is given.
	Form BenefitForm `yaml:"form"`
	Name string      `yaml:"name"`
	// Cover is the cover that must be in force on the day of the event; none where it says nothing.
	Cover string `yaml:"cover"`
	// Pool bears it: old-age, health or maternity. Funder pays it where somebody outside the pools does.
	Pool   string `yaml:"pool"`
	Funder string `yaml:"funder"`
	// When are the conditions of the right, as those of a subsidy.
	When []Condition `yaml:"when"`

	// Rate is the share of Of that is paid, for each day, month or event by Form. Flat is an amount that does not depend
	// on earnings; Rule is a function of rules.star instead.
	Rate *Value `yaml:"rate"`
	Of   *Value `yaml:"of"`
	Flat *Value `yaml:"flat"`
	Rule string `yaml:"rule"`
	// NoLessThan and UpTo bound it.
	NoLessThan *Value    `yaml:"no_less_than"`
	UpTo       *Value    `yaml:"up_to"`
	Round      *Rounding `yaml:"round"`

	// WaitDays are the first days of an event that nothing is paid for; Weeks is how long one event is paid at most, and
	// where it says nothing as long as the event lasts. A periodic benefit is paid for life.
	WaitDays *Value `yaml:"wait_days"`
	Weeks    *Value `yaml:"weeks"`
	// JoinDays are the days from joining, or from coming back after a lapse, to the first right; NotFor names whom it
	// is waived for.
	JoinDays *Value   `yaml:"join_days"`
	NotFor   []string `yaml:"not_for"`
	// Qualifying are the months that must have been paid.
	Qualifying *Qualifying `yaml:"qualifying"`
	// Days is the longest that one event is paid, in days instead of weeks.
	Days *Value `yaml:"days"`
	// NotWith are other benefits: a day that one of them has paid is not paid again.
	NotWith []string `yaml:"not_with"`
	// Earnings say how what she gave becomes earnings, which of: may then name.
	Earnings *Earnings `yaml:"earnings"`
	// PerHead multiplies a benefit by those it is for, such as children under an age.
	PerHead *PerHead `yaml:"per_head"`
	// Survivors say how a benefit at death is divided.
	Survivors *Division `yaml:"survivors"`
	// AtDeath says that it falls due by itself once the member's death is confirmed, and for whom: nominee, survivor or
	// survivors. Nobody needs to ask for it.
	AtDeath string `yaml:"at_death"`
	// Age is the age from which it is paid. Full and Reduced are what so many years of contributions give, of Of.
	Age     *Value  `yaml:"age"`
	Full    *Earned `yaml:"full"`
	Reduced *Earned `yaml:"reduced"`
	// Stages are instalments that are tied to events, such as an antenatal visit, a birth, a vaccination.
	Stages []Stage `yaml:"stages"`

	// Covers is the care that it holds; CoPayments what the member pays of it; Limits what is paid at most.
	Covers     []Care      `yaml:"covers"`
	CoPayments []CoPayment `yaml:"co_payments"`
	Limits     []Limit     `yaml:"limits"`
	Exclusions []Exclusion `yaml:"exclusions"`
	// Referral is what the scheme does with care at a higher level that nobody sent her to.
	Referral *Referral `yaml:"referral"`
	// WithoutCover says who bears emergency care and births of those who are not covered: the pool, or a funder by name.
	WithoutCover string `yaml:"without_cover"`
	// Appeal is the way to object, where it is not that of the scheme.
	Appeal *Appeal `yaml:"appeal"`
}

// BenefitKind is a contingency.
type BenefitKind string

// The kinds of benefit.
const (
	MedicalCare  BenefitKind = "care"
	Sickness     BenefitKind = "sickness"
	Maternity    BenefitKind = "maternity"
	OldAge       BenefitKind = "old-age"
	Disability   BenefitKind = "disability"
	Survivors    BenefitKind = "survivors"
	Children     BenefitKind = "child"
	Unemployment BenefitKind = "unemployment"
	WorkInjury   BenefitKind = "work-injury"
	Funeral      BenefitKind = "funeral"
)

// BenefitKinds lists the kinds, in the order in which reports have them.
func BenefitKinds() []BenefitKind {
	return []BenefitKind{MedicalCare, Sickness, Maternity, OldAge, Disability, Survivors, Children, Unemployment, WorkInjury, Funeral}
}

// BenefitForm is how a benefit is given.
type BenefitForm string

// The forms of benefit: care in kind, cash for each day, cash for each month, an amount once, or in instalments.
const (
	InKind   BenefitForm = "in-kind"
	Daily    BenefitForm = "daily"
	Periodic BenefitForm = "periodic"
	LumpSum  BenefitForm = "lump-sum"
	Staged   BenefitForm = "staged"
)

// BenefitForms lists the forms.
func BenefitForms() []BenefitForm { return []BenefitForm{InKind, Daily, Periodic, LumpSum, Staged} }

// Care is a kind of medical care.
type Care string

// The kinds of care, as the conventions list them.
const (
	Preventive    Care = "preventive"
	Practitioner  Care = "general-practitioner"
	Specialist    Care = "specialist"
	Medicines     Care = "medicines"
	Hospital      Care = "hospital"
	Antenatal     Care = "antenatal"
	Confinement   Care = "birth"
	Postnatal     Care = "postnatal"
	EmergencyCare Care = "emergency"
)

// Cares lists the kinds of care.
func Cares() []Care {
	return []Care{Preventive, Practitioner, Specialist, Medicines, Hospital, Antenatal, Confinement, Postnatal, EmergencyCare}
}

// Qualifying asks for Months paid in the last InLast before something: event, admission, semester or claim. Without
// InLast all months count.
type Qualifying struct {
	Place  `yaml:"-"`
	Months Value  `yaml:"months"`
	InLast *Value `yaml:"in_last"`
	Before string `yaml:"before"`
}

// Earned is what so many years of contributions give: a share of what the benefit is a share of.
type Earned struct {
	Place `yaml:"-"`
	Years Value `yaml:"years"`
	Rate  Value `yaml:"rate"`
}

// Stage is an instalment: what is paid once the event is evidenced.
type Stage struct {
	Place  `yaml:"-"`
	Event  string `yaml:"event"`
	Amount Value  `yaml:"amount"`
}

// Earnings are made of what she gave in each month: Credit, which may look at paid, is the month's, and what was given
// itself where it says nothing. Of the InLast months before something, the Best are added up and divided by Over: by how
// many they are, where it says nothing.
type Earnings struct {
	Place  `yaml:"-"`
	Credit *Value `yaml:"credit"`
	Best   *Value `yaml:"best"`
	InLast Value  `yaml:"in_last"`
	Before string `yaml:"before"`
	Over   *Value `yaml:"over"`
}

// PerHead counts the dependants of a kind who are under an age, up to so many.
type PerHead struct {
	Place `yaml:"-"`
	Kind  string `yaml:"kind"`
	Under *Value `yaml:"under"`
	UpTo  *Value `yaml:"up_to"`
}

// Division is how a benefit at death is divided among those left behind.
type Division struct {
	Place `yaml:"-"`
	// Nominees says that those whom she named come first, and take all.
	Nominees bool        `yaml:"nominees"`
	Shares   []Surviving `yaml:"shares"`
	// Absent says what becomes of a share that nobody takes: others, or lapses.
	Absent string `yaml:"absent"`
}

// Surviving is the share that those of a kind divide; or that Each of them gets.
type Surviving struct {
	Place `yaml:"-"`
	Kind  string `yaml:"kind"`
	Share *Value `yaml:"share"`
	Each  *Value `yaml:"each"`
	Under *Value `yaml:"under"`
	// Without are kinds that must not be left behind for this one to get anything.
	Without []string `yaml:"without"`
}

// What becomes of a share of a [Division] that nobody takes.
const (
	ToOthers = "others"
	Lapses   = "lapses"
)

// Referral says that care above the level Above is for those whom a lower level has sent. Of what is asked by others the
// share Pays is paid; nothing where it says nothing. Emergency, pregnancy and birth need no referral.
type Referral struct {
	Place `yaml:"-"`
	Above string `yaml:"above"`
	Pays  *Value `yaml:"pays"`
	Law   string `yaml:"law"`
}

// CoPayment is what the member pays herself: a share of the price or an amount, at most so much per event or year.
type CoPayment struct {
	Place `yaml:"-"`
	For   []Care `yaml:"for"` // all that the benefit covers where empty
	// Level are the levels of care that it is for; all where empty. The first co-payment that fits is the one.
	Level  []string `yaml:"level"`
	Share  *Value   `yaml:"share"`
	Amount *Value   `yaml:"amount"`
	UpTo   *Value   `yaml:"up_to"`
	Per    string   `yaml:"per"`
}

// Limit is what is paid at most per event, year or lifetime, for the member or her household.
type Limit struct {
	Place     `yaml:"-"`
	Per       string `yaml:"per"`
	Household bool   `yaml:"household"`
	// For are the kinds of care that it is for; all where empty.
	For    []Care `yaml:"for"`
	Amount *Value `yaml:"amount"`
	Days   *Value `yaml:"days"`
}

// Exclusion is what the benefit does not cover, with the reason that the member is told.
type Exclusion struct {
	Place `yaml:"-"`
	What  string `yaml:"what"`
	// Items are codes of the price list, and Care kinds of care, that it leaves out.
	Items  []string `yaml:"items"`
	Care   []Care   `yaml:"care"`
	Reason string   `yaml:"reason"`
	Text   string   `yaml:"text"`
	Law    string   `yaml:"law"`
}

// Appeal is the way to object to a decision, and within how many days.
type Appeal struct {
	Place `yaml:"-"`
	To    string `yaml:"to"`
	Days  Value  `yaml:"days"`
}

// Standards are what the scheme promises as a whole, for comparison with minimum standards.
type Standards struct {
	Place `yaml:"-"`
	// Appeal is the way to object to any decision.
	Appeal *Appeal `yaml:"appeal"`
	// NonNationals says how who is not a national is treated: equal, or restricted, by which Law.
	NonNationals *Treatment `yaml:"non_nationals"`
	// MemberShare is the share of all costs that members bear; Hardship says how it is kept from being hardship.
	MemberShare *Value `yaml:"member_share"`
	Hardship    string `yaml:"hardship"`
}

// Treatment is how a group of people is treated, and by which law where not as all others.
type Treatment struct {
	Place `yaml:"-"`
	Rule  string `yaml:"rule"`
	Law   string `yaml:"law"`
}

// EqualTreatment and RestrictedTreatment are the rules of a [Treatment].
const (
	EqualTreatment      = "equal"
	RestrictedTreatment = "restricted"
)

// AppealOf is the way to object to a decision on the benefit; nil where the scheme names none.
func (s *Scheme) AppealOf(b *Benefit) *Appeal {
	switch {
	case b.Appeal != nil:
		return b.Appeal
	case s.Standards != nil:
		return s.Standards.Appeal
	}
	return nil
}

// checkBenefits looks at the benefits and the standards.
func (s *Scheme) checkBenefits() {
	for _, name := range sortedKeys(s.Benefits) {
		b := s.Benefits[name]
		if !nameText.MatchString(name) {
			s.wrong(b.Position, "benefit %.40q: use lower-case letters, digits, _ and -", name)
		}
		s.checkBenefit("benefits."+name, &b)
	}
	if st := s.Standards; st != nil {
		s.checkAppeal("standards.appeal", st.Appeal)
		s.checkValue(st.MemberShare)
		if t := st.NonNationals; t != nil && t.Rule != EqualTreatment && t.Rule != RestrictedTreatment {
			s.wrong(t.Key("rule"), "standards.non_nationals.rule: write equal or restricted")
		}
	}
}

func (s *Scheme) checkBenefit(where string, b *Benefit) {
	oneOf(s, b.Key("kind"), where+".kind", b.Kind, BenefitKinds())
	oneOf(s, b.Key("form"), where+".form", b.Form, BenefitForms())
	for _, v := range []*Value{b.Rate, b.Of, b.Flat, b.NoLessThan, b.UpTo, b.WaitDays, b.Weeks, b.Days, b.JoinDays, b.Age} {
		s.checkValue(v)
	}
	s.checkConditions(where, b.When)
	s.checkRule(b.Key("rule"), where, b.Rule)
	if b.Round != nil {
		s.checkRounding(b.Round)
	}
	s.checkAmountOf(where, b)
	s.checkParts(where, b)
	s.checkAppeal(where+".appeal", b.Appeal)
}

// checkAmountOf sees that a benefit in cash says how much, once.
func (s *Scheme) checkAmountOf(where string, b *Benefit) {
	ways := 0
	for _, given := range []bool{b.Rate != nil, b.Flat != nil, b.Rule != "", b.Full != nil, b.Stages != nil} {
		if given {
			ways++
		}
	}
	switch {
	case b.Form == InKind && ways > 0:
		s.wrong(b.Position, "%s: care in kind has no amount; write what it covers, and limits", where)
	case b.Form != InKind && ways != 1:
		s.wrong(b.Position, "%s: say how much once: rate with of, flat, full with of, stages, or rule", where)
	case (b.Rate != nil || b.Full != nil) && b.Of == nil:
		s.wrong(b.Position, "%s: write of: what it is a share of, such as a fact for declared income", where)
	case (b.Form == Staged) != (b.Stages != nil):
		s.wrong(b.Key("form"), "%s: stages and form: staged go together", where)
	}
}

func (s *Scheme) checkParts(where string, b *Benefit) {
	if q := b.Qualifying; q != nil {
		s.checkValue(&q.Months)
		s.checkValue(q.InLast)
		oneOf(s, q.Key("before"), where+".qualifying.before", q.Before, windowEnds)
	}
	for _, earned := range []*Earned{b.Full, b.Reduced} {
		if earned != nil {
			s.checkValue(&earned.Years)
			s.checkValue(&earned.Rate)
		}
	}
	for i := range b.Stages {
		s.checkValue(&b.Stages[i].Amount)
		if b.Stages[i].Event == "" {
			s.wrong(b.Stages[i].Position, "%s.stages: write event: what it is paid after, such as birth", where)
		}
	}
	for _, care := range b.Covers {
		oneOf(s, b.Key("covers"), where+".covers", care, Cares())
	}
	s.checkCosts(where, b)
	s.checkOrder(where, b)
	s.checkEarnings(where, b.Earnings)
	s.checkHeads(where, b)
	s.checkDivision(where, b)
	s.checkAtDeath(where, b)
	s.checkReferral(where, b)
	for _, other := range b.NotWith {
		if _, ok := s.Benefits[other]; !ok {
			s.wrong(b.Key("not_with"), "%s.not_with: %.40q is no benefit of the scheme", where, other)
		}
	}
	if _, ok := s.Covers[b.Cover]; !ok && b.Cover != "" {
		s.wrong(b.Key("cover"), "%s.cover: %.40q is no cover of the scheme", where, b.Cover)
	}
	if b.Days != nil && b.Weeks != nil {
		s.wrong(b.Key("days"), "%s: write days or weeks, not both", where)
	}
}

// checkCosts looks at what of a benefit is left to the member.
func (s *Scheme) checkCosts(where string, b *Benefit) {
	pers := []string{"event", "year", "lifetime"}
	for i := range b.CoPayments {
		c := &b.CoPayments[i]
		for _, v := range []*Value{c.Share, c.Amount, c.UpTo} {
			s.checkValue(v)
		}
		s.checkCares(c.Key("for"), where+".co_payments.for", c.For)
		s.checkLevels(c.Key("level"), where+".co_payments.level", c.Level...)
		if (c.Share == nil) == (c.Amount == nil) {
			s.wrong(c.Position, "%s.co_payments: write share: or amount:", where)
		}
		if c.UpTo != nil {
			oneOf(s, c.Key("per"), where+".co_payments.per", c.Per, pers)
		}
	}
	for i := range b.Limits {
		l := &b.Limits[i]
		s.checkValue(l.Amount)
		s.checkValue(l.Days)
		oneOf(s, l.Key("per"), where+".limits.per", l.Per, pers)
		s.checkCares(l.Key("for"), where+".limits.for", l.For)
		if l.Amount == nil && l.Days == nil {
			s.wrong(l.Position, "%s.limits: write amount: or days:", where)
		}
	}
	for i := range b.Exclusions {
		x := &b.Exclusions[i]
		if x.What == "" || !reasonText.MatchString(x.Reason) {
			s.wrong(x.Position, "%s.exclusions: write what: is not covered, and reason: a code in capitals that the member is told", where)
		}
		s.checkCares(x.Key("care"), where+".exclusions.care", x.Care)
		for _, item := range x.Items {
			if s.priced[item] == nil && len(s.Prices) > 0 {
				s.wrong(x.Key("items"), "%s.exclusions.items: %.40q is not on the price list, and so not paid anyway; put it there, or take it out here", where, item)
			}
		}
	}
}

func (s *Scheme) checkAppeal(where string, a *Appeal) {
	if a == nil {
		return
	}
	s.checkValue(&a.Days)
	if a.To == "" {
		s.wrong(a.Position, "%s: write to: whom one appeals to", where)
	}
}

// oneOf sees that a word is one of those that mean something.
func oneOf[W ~string](s *Scheme, at Position, where string, word W, of []W) {
	if slices.Contains(of, word) {
		return
	}
	names := make([]string, len(of))
	for i := range of {
		names[i] = string(of[i])
	}
	s.wrong(at, "%s: %.40q is none of %s", where, word, strings.Join(names, ", "))
}
