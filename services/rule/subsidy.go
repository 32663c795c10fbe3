package rule

import (
	"regexp"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// Subsidy is one matching rule: who funds it, where it goes, and what is due in a period.
type Subsidy struct {
	Place  `yaml:"-"`
	ID     string `yaml:"id"`
	Funder string `yaml:"funder"`
	// Pot is the account that it is credited to: 2110, 2210 or 2310 for a match, 2100 to 2300 where a sponsor pays the
	// member's own share, 2500 where it is paid outside the books.
	Pot    int    `yaml:"pot"`
	Span   Span   `yaml:"period"`
	Label  string `yaml:"label"`
	Reads  Reads  `yaml:"reads"`
	Timing Timing `yaml:"timing"`
	// Payers and Account say whose contributions, and to which account, count; all where empty.
	Payers  []string    `yaml:"payers"`
	Account string      `yaml:"account"`
	When    []Condition `yaml:"when"`
	// Amount are steps from the contributions of the period to what is due; Rule is a function of rules.star instead.
	Amount []Step `yaml:"amount"`
	Rule   string `yaml:"rule"`
	// Twin is a function of rules.star that computes what Rule does without asking who she is, for [Scheme.Twin].
	Twin        string     `yaml:"twin"`
	Cap         *Value     `yaml:"cap"`
	LifetimeCap *Value     `yaml:"lifetime_cap"`
	Round       *Rounding  `yaml:"round"`
	JudgedOn    JudgedOn   `yaml:"judged_on"`
	Exhaustion  Exhaustion `yaml:"exhaustion"`
	// Heads limits by heads and not by money: the budget line is drawn by one for every new beneficiary.
	Heads bool `yaml:"heads"`
	// Carries is how many periods after the last contribution may still be due something.
	Carries int `yaml:"carries"`
	// Until holds the match back, notional, until this condition is met.
	Until *Condition `yaml:"until"`
	// OpenEnded says that no budget bounds it: what is due is granted, as by a law that says so, or by a sponsor.
	OpenEnded bool `yaml:"open_ended"`
	// ValueYearOnly says that a late grant may draw only on the budget of the year that it belongs to.
	ValueYearOnly bool `yaml:"value_year_only"`
	// StopLaw is the article that lets the scheme stop at exhaustion.
	StopLaw string `yaml:"stop_law"`

	scheme *Scheme
}

// Reads says how finely a rule looks at contributions.
type Reads string

// What a rule may read: totals by month, as usual and fast, or every contribution.
const (
	ByMonth        Reads = "months"
	ByContribution Reads = "contributions"
)

// Timing says when what is due is granted.
type Timing string

// The timings.
const (
	Immediate    Timing = "immediate"
	Monthly      Timing = "monthly"
	Quarterly    Timing = "quarterly"
	OnRemittance Timing = "on-remittance"
	InArrears    Timing = "in-arrears"
	Notional     Timing = "notional"
)

// Exhaustion says what happens when the budget does not suffice.
type Exhaustion string

// The policies at exhaustion. Under all but stop what is due and not granted is kept, and who has waited longest is paid
// first.
const (
	// Queue grants whole or nothing, in order.
	Queue Exhaustion = "queue"
	// Partial grants in order what is left.
	Partial Exhaustion = "partial"
	// ProRataShare grants the same part to all, in a run at the end of the period.
	ProRataShare Exhaustion = "pro-rata"
	// Stop grants whole or nothing, and keeps nothing of what is not granted.
	Stop Exhaustion = "stop"
)

// JudgedOn says on which day of a period facts and parameters are looked at.
type JudgedOn string

// The days to judge on: that of the last contribution in the period, as usual, its first or last day, or that of the
// last withdrawal.
const (
	LastContribution JudgedOn = "last-contribution"
	PeriodStart      JudgedOn = "period-start"
	PeriodEnd        JudgedOn = "period-end"
	LastWithdrawal   JudgedOn = "withdrawal"
)

var (
	reasonText = regexp.MustCompile(`^[A-Z][A-Z0-9_]{2,39}$`)
	funderText = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,15}$`)
)

// compile checks the subsidy and fills in what is usual.
func (sub *Subsidy) compile(s *Scheme) {
	sub.scheme = s
	where := "subsidies." + sub.ID
	if sub.Span == "" {
		sub.Span = CalendarYear
	}
	if sub.Reads == "" {
		sub.Reads = ByMonth
	}
	if sub.Reads == ByMonth && (sub.Span == EnrolmentYear || sub.Span == FiscalYear && s.starts%100 != 1) {
		s.wrong(sub.Position, "%s: its years begin inside a month; write reads: contributions", where)
	}
	if sub.Timing == "" {
		sub.Timing = Immediate
	}
	if sub.Exhaustion == "" {
		sub.Exhaustion = Queue
	}
	sub.checkWords(s, where)
	s.checkConditions(where, sub.When)
	s.checkSteps(sub.Amount)
	s.checkRule(sub.Key("rule"), where, sub.Rule)
	s.checkRule(sub.Key("twin"), where, sub.Twin)
	for _, v := range []*Value{sub.Cap, sub.LifetimeCap} {
		if v != nil {
			s.checkValue(v)
		}
	}
	if sub.Round != nil {
		s.checkRounding(sub.Round)
	}
	if sub.Until != nil {
		s.checkCondition(where+".until", sub.Until)
	}
	if sub.Twin != "" && sub.Rule == "" {
		s.wrong(sub.Key("twin"), "%s.twin: stands beside rule; of amount: the twin is made by itself", where)
	}
	if (sub.Amount == nil) == (sub.Rule == "") {
		s.wrong(sub.Key("amount"), "%s: write amount: with steps, or rule: with a function of %s", where, RulesFile)
	}
}

func (sub *Subsidy) checkWords(s *Scheme, where string) {
	switch {
	case !funderText.MatchString(sub.Funder):
		s.wrong(sub.Key("funder"), "%s.funder: write who pays it, in lower-case letters, digits and hyphens, such as treasury", where)
	case !slices.Contains(Spans(), sub.Span):
		s.wrong(sub.Key("period"), "%s.period: write one of %v", where, Spans())
	case sub.Reads != ByMonth && sub.Reads != ByContribution:
		s.wrong(sub.Key("reads"), "%s.reads: write months or contributions", where)
	case !slices.Contains([]Timing{Immediate, Monthly, Quarterly, OnRemittance, InArrears, Notional}, sub.Timing):
		s.wrong(sub.Key("timing"), "%s.timing: write immediate, monthly, quarterly, on-remittance, in-arrears or notional", where)
	case !slices.Contains([]Exhaustion{Queue, Partial, ProRataShare, Stop}, sub.Exhaustion):
		s.wrong(sub.Key("exhaustion"), "%s.exhaustion: write queue, partial, pro-rata or stop", where)
	case sub.Exhaustion == Stop && sub.StopLaw == "":
		s.wrong(sub.Key("exhaustion"), "%s.exhaustion: a budget may stop what is due only where the law says so; write stop_law: its article, or use queue", where)
	case sub.Exhaustion == ProRataShare && sub.Timing == Immediate:
		s.wrong(sub.Key("exhaustion"), "%s.exhaustion: the same part for all can be told only once all that is due is known; write timing: in-arrears, monthly or quarterly, or use partial", where)
	case sub.Pot != 0 && !slices.Contains([]int{2100, 2110, 2200, 2210, 2300, 2310, 2500}, sub.Pot):
		s.wrong(sub.Key("pot"), "%s.pot: write 2110, 2210 or 2310 for a match; 2100, 2200 or 2300 where a sponsor pays her own share; 2500 where it is paid out", where)
	case sub.Carries < 0 || sub.Carries > mostMonths:
		s.wrong(sub.Key("carries"), "%s.carries: write how many periods, at most %d", where, mostMonths)
	case sub.Timing == Notional && sub.Until == nil:
		s.wrong(sub.Key("until"), "%s.until: a notional match says until when it is only a promise", where)
	}
	for _, payer := range sub.Payers {
		if !slices.Contains([]insurance.PayerKind{insurance.PayerSelf, insurance.PayerFamily, insurance.PayerSponsor, insurance.PayerCooperative}, insurance.PayerKind(payer)) {
			s.wrong(sub.Key("payers"), "%s.payers: %.20q is not self, family, sponsor or cooperative", where, payer)
		}
	}
	s.checkJudgedOn(sub.Key("judged_on"), where, sub.JudgedOn)
}

func (s *Scheme) checkJudgedOn(at Position, where string, on JudgedOn) {
	if on != "" && !slices.Contains([]JudgedOn{LastContribution, PeriodStart, PeriodEnd, LastWithdrawal}, on) {
		s.wrong(at, "%s.judged_on: write last-contribution, period-start, period-end or withdrawal", where)
	}
}

// Due is what a member is due of a subsidy for a period.
type Due struct {
	Subsidy string
	Period  Period
	// Minor is in minor units of the scheme's currency.
	Minor  int64
	Amount exact.Number
	// Refusal is why nothing is due, where that is so.
	Refusal *Refusal
	// Steps say in words how it came about, where that was asked for.
	Steps []string
}

// PeriodOf is the subsidy's period that the day lies in, for a member who enrolled on that day.
func (sub *Subsidy) PeriodOf(day, enrolled ledger.Date) Period {
	p := sub.Span.Of(day, sub.yearStarts(enrolled))
	p.Label = label(sub.Label, p, sub.numberOf(p, enrolled))
	return p
}

// SamePeriods says whether another version of the subsidy divides time as this one does.
func (sub *Subsidy) SamePeriods(other *Subsidy) bool {
	return sub.Span == other.Span && sub.yearStarts(0) == other.yearStarts(0)
}

// numberOf counts the periods from that of the enrolment, which is 1, to p; 0 where the enrolment is not known.
func (sub *Subsidy) numberOf(p Period, enrolled ledger.Date) int {
	if enrolled == 0 {
		return 0
	}
	return sub.Span.between(sub.Span.Of(enrolled, sub.yearStarts(enrolled)), p) + 1
}

// Next is the period after p.
func (sub *Subsidy) Next(p Period, enrolled ledger.Date) Period {
	return sub.PeriodOf(p.End.AddDays(1), enrolled)
}

func (sub *Subsidy) yearStarts(enrolled ledger.Date) int {
	if sub.Span == EnrolmentYear && enrolled != 0 {
		return int(enrolled) % 1_00_00
	}
	return sub.scheme.starts
}
