package benefit

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// The reasons that decisions give, besides those that the scheme itself names.
const (
	Granted            = "GRANTED"
	NotCovered         = "NOT_COVERED"
	Waiting            = "WAITING_PERIOD"
	NotQualified       = "NOT_QUALIFIED"
	TooYoung           = "AGE_NOT_REACHED"
	NotInPriceList     = "NOT_IN_PRICE_LIST"
	AbovePrice         = "ABOVE_PRICE_LIST"
	CareNotCovered     = "CARE_NOT_COVERED"
	Duplicate          = "DUPLICATE"
	PaidElsewhere      = "PAID_BY_OTHER_COVER"
	StayOverlaps       = "STAY_OVERLAPS"
	NotReferred        = "NOT_REFERRED"
	CoPaid             = "CO_PAYMENT"
	LimitReached       = "LIMIT_REACHED"
	DaysReached        = "DAYS_REACHED"
	EliminationDays    = "ELIMINATION_DAYS"
	AboveMost          = "ABOVE_MOST"
	DaysPaid           = "DAYS_PAID_ALREADY"
	AlreadyPaid        = "PAID_ALREADY"
	EvidenceMissing    = "EVIDENCE_MISSING"
	MetWithoutClinic   = "MET_WITHOUT_CLINIC"
	MetWithoutChild    = "MET_WITHOUT_CHILD"
	PaidLate           = "PAID_LATE"
	EmergencyUncovered = "EMERGENCY_WITHOUT_COVER"
	BirthUncovered     = "BIRTH_WITHOUT_COVER"
	NobodyUnder        = "NOBODY_TO_PAY_FOR"
	ShareUntaken       = "SHARE_NOT_TAKEN"
)

// line is a line of a decision on its way: what is asked for, and what is left of it.
type line struct {
	item        string
	asked, left int64
	reductions  []insurance.Reduction
	on          ledger.Date
	days        int64
	payTo       ledger.Party
	borneBy     ledger.Party
}

func newLine(item string, asked int64) *line { return &line{item: item, asked: asked, left: asked} }

// take takes an amount off what is left, and says why; nothing is said where it takes nothing.
func (l *line) take(minor int64, why Why) int64 {
	if minor = min(minor, l.left); minor <= 0 {
		return 0
	}
	l.left -= minor
	l.note(minor, why)
	return minor
}

// downTo takes off what is above an amount.
func (l *line) downTo(minor int64, why Why) int64 { return l.take(l.left-max(minor, 0), why) }

// refuse takes all that is left. A line that asks for nothing says so too.
func (l *line) refuse(why Why) {
	took := l.left
	l.left, l.days = 0, 0
	l.note(took, why)
}

// note says something that took so much.
func (l *line) note(took int64, why Why) {
	l.reductions = append(l.reductions, insurance.Reduction{Reason: why.Reason, Rule: why.Rule, Took: took, Text: why.Text, Change: why.Change})
}

// decided is the line as the decision has it. A line of which nothing was taken says by which rule it was granted.
func (l *line) decided(j *judge) insurance.DecisionLine {
	if len(l.reductions) == 0 {
		l.note(0, Why{Reason: Granted, Rule: j.rule("")})
	}
	if l.left == 0 {
		l.days = 0
	}
	d := insurance.DecisionLine{Item: l.item, Asked: l.asked, Granted: l.left, Reductions: l.reductions, On: l.on, Days: l.days}
	if d.PayTo = l.payTo; d.PayTo == "" {
		d.PayTo = j.payee()
	}
	if d.BorneBy = l.borneBy; d.BorneBy == "" {
		d.BorneBy = j.bearer
	}
	return d
}

// refused are the reason and the sentences of a rule that refuses.
func (j *judge) refused(r *rule.Refusal, part string) Why {
	return Why{Reason: r.Reason, Rule: j.rule(part), Text: r.Text, Change: r.Change}
}

// cash prints an amount for a sentence.
func (j *judge) cash(minor int64) string {
	return ledger.Money{Minor: minor, Currency: ledger.Currency(j.scheme.Currency)}.String()
}
