package treasury

import (
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// MovementKind says what is done on a budget line.
type MovementKind string

// The movements, in the order of a budget's life.
const (
	Vote                MovementKind = "vote"
	Supplement          MovementKind = "supplement"
	Warrant             MovementKind = "warrant"
	Commitment          MovementKind = "commitment"
	Decommitment        MovementKind = "decommitment"
	Virement            MovementKind = "virement"
	CarryOver           MovementKind = "carry-over"
	CommitmentCarryOver MovementKind = "commitment-carry-over"
	// Complementary opens, or lengthens, the time after the year's end in which grants of the year are still taken.
	Complementary MovementKind = "complementary"
	// Closing ends the line; what is left lapses.
	Closing MovementKind = "closing"
)

// Movement is an act on a budget line: what is done, by whom and by what authority. Sent again under its reference it is
// answered as the first time; with other content it is refused (L3).
type Movement struct {
	Kind MovementKind
	// Reference is the funder's own name for the act.
	Reference string
	// Line is the budget line. What has no amount is about the whole line, its money and its heads.
	Line insurance.BudgetLine
	// To is the line that a virement or carry-over goes to; its currency is the first line's.
	To insurance.BudgetLine
	// Minor is the amount in minor units of the line's currency; zero for complementary and closing.
	Minor int64
	On    ledger.Date
	// LastDay ends the complementary period.
	LastDay ledger.Date
	// Authority is the law, decree or decision that the act rests on.
	Authority string
}

// Moved is a movement as it was done, or as one person has proposed it.
type Moved struct {
	Movement
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	Proposal    insurance.Proposal
	RecordedAt  time.Time
	Repeated    bool
}

// act is what a kind of movement needs.
type act struct {
	// twoPeople: money moves between lines, or what is left is given up.
	twoPeople bool
	// opens: the line that money comes to may be new.
	opens bool
	// from is the account that is drawn; zero where none is.
	from ledger.Code
	// amount and to: the movement has an amount, and another line.
	amount, to bool
	entry      func(b insurance.Budgeted, to insurance.BudgetLine) (ledger.Entry, error)
}

var acts = map[MovementKind]act{
	Vote:         {opens: true, amount: true, entry: onOneLine(insurance.Voted)},
	Supplement:   {amount: true, entry: onOneLine(insurance.Supplemented)},
	Warrant:      {amount: true, from: ledger.BudgetVoted, entry: onOneLine(insurance.Warranted)},
	Commitment:   {amount: true, from: ledger.BudgetReleased, entry: onOneLine(insurance.Committed)},
	Decommitment: {amount: true, from: ledger.BudgetCommitted, entry: onOneLine(insurance.Decommitted)},
	Virement:     {amount: true, to: true, twoPeople: true, from: ledger.BudgetReleased, entry: insurance.Vired},
	CarryOver: {amount: true, to: true, twoPeople: true, opens: true, from: ledger.BudgetReleased,
		entry: func(b insurance.Budgeted, to insurance.BudgetLine) (ledger.Entry, error) {
			return insurance.CarriedOver(b, to, false)
		}},
	CommitmentCarryOver: {amount: true, to: true, twoPeople: true, opens: true, from: ledger.BudgetCommitted,
		entry: func(b insurance.Budgeted, to insurance.BudgetLine) (ledger.Entry, error) {
			return insurance.CarriedOver(b, to, true)
		}},
	Complementary: {},
	Closing:       {twoPeople: true},
}

func onOneLine(make func(insurance.Budgeted) (ledger.Entry, error)) func(insurance.Budgeted, insurance.BudgetLine) (ledger.Entry, error) {
	return func(b insurance.Budgeted, _ insurance.BudgetLine) (ledger.Entry, error) { return make(b) }
}

// largestBudget bounds what is moved at once, in minor units: far above any nation's, far below what an account holds.
const largestBudget = 100_000_000_000_000_000

// whole is the movement with no currency where it has no amount.
func (m Movement) whole() Movement {
	if !acts[m.Kind].amount {
		m.Line.Currency = ledger.NoCurrency
	}
	return m
}

// Check returns what is wrong with the form of the movement.
func (m Movement) Check() error {
	a, known := acts[m.Kind]
	if !known {
		return insurance.Fault{Field: "kind", Reason: "MOVEMENT_UNKNOWN", Text: "say what is done: a vote, a warrant, a virement …"}
	}
	if err := checkReference(m.Reference); err != nil {
		return err
	}
	if err := m.checkAmount(a); err != nil {
		return err
	}
	if err := m.whole().Line.Check(); err != nil {
		return err
	}
	if m.Authority == "" {
		return insurance.Fault{Field: "authority", Reason: "AUTHORITY_MISSING", Text: "name the law, decree or decision that it rests on"}
	}
	if err := insurance.CheckText("authority", "TEXT_INVALID", m.Authority, longestAuthority); err != nil {
		return err
	}
	if _, err := ledger.NewDate(m.On.Year(), m.On.Month(), m.On.Day()); err != nil {
		return insurance.Fault{Field: "on", Reason: "DATE_INVALID", Text: "say on which day it takes effect"}
	}
	return m.checkRest(a)
}

func (m Movement) checkAmount(a act) error {
	switch {
	case a.amount && (m.Minor <= 0 || m.Minor > largestBudget):
		return insurance.Fault{Field: "amount", Reason: "AMOUNT_INVALID", Text: "the amount must be more than zero, and is believed up to 10^17 minor units"}
	case !a.amount && m.Minor != 0:
		return insurance.Fault{Field: "amount", Reason: "AMOUNT_INVALID", Text: "this movement has no amount"}
	}
	return nil
}

// checkRest looks at the last day of a complementary period, and at the other line.
func (m Movement) checkRest(a act) error {
	switch {
	case m.Kind == Complementary && m.LastDay < m.On:
		return insurance.Fault{Field: "last_day", Reason: "DATE_INVALID", Text: "say until which day, not before the day of the act, grants of the year are still taken"}
	case m.Kind != Complementary && m.LastDay != 0:
		return insurance.Fault{Field: "last_day", Reason: "DATE_INVALID", Text: "only a complementary period has a last day"}
	case !a.to && m.To != insurance.BudgetLine{}:
		return insurance.Fault{Field: "to", Reason: "LINE_INVALID", Text: "only a virement or a carry-over goes to another line"}
	case a.to:
		return m.checkTo()
	}
	return nil
}

// checkTo: a virement is between lines of one year, a carry-over to a later year's line of the same scheme.
func (m Movement) checkTo() error {
	if err := m.To.Check(); err != nil {
		return err
	}
	fault := insurance.Fault{Field: "to", Reason: "LINE_INVALID"}
	switch {
	case m.To.Funder != m.Line.Funder || m.To.Currency != m.Line.Currency:
		fault.Text = "both lines are of one funder and in one currency"
	case m.Kind == Virement && (m.To.Year != m.Line.Year || m.To == m.Line):
		fault.Text = "a virement goes to another line of the same fiscal year; between years it is a carry-over"
	case m.Kind != Virement && (m.To.Scheme != m.Line.Scheme || m.To.Year <= m.Line.Year):
		fault.Text = "a carry-over goes to a line of the same scheme in a later fiscal year"
	default:
		return nil
	}
	return fault
}

// standing is how the lines of a movement stand, with what the first one can be drawn for.
type standing struct {
	line, to insurance.LineStatus
	// currency is that of the line's scheme.
	currency ledger.Currency
	// voted, released and committed are what stands on 9100, 9150 and 9200, in minor units; heads the same by heads.
	money, heads left
}

// left is what stands on a line's accounts that have a floor.
type left struct{ voted, released, committed int64 }

func (l left) of(code ledger.Code) int64 {
	switch code {
	case ledger.BudgetVoted:
		return l.voted
	case ledger.BudgetReleased:
		return l.released
	}
	return l.committed
}

// decide returns what is wrong with a movement on lines that stand so.
func (m Movement) decide(s standing) error {
	a := acts[m.Kind]
	if err := takesMovement("line", s.line, a.opens && !a.to); err != nil {
		return err
	}
	if a.to {
		if err := takesMovement("to", s.to, a.opens); err != nil {
			return err
		}
	}
	there := s.money
	if m.Line.Currency == ledger.NoCurrency {
		there = s.heads
	}
	if a.from != 0 && there.of(a.from) < m.Minor {
		control, _ := a.from.Control()
		return insurance.Fault{Field: "amount", Reason: insurance.BudgetShort,
			Text: fmt.Sprintf("%d %s of the line is %s", a.from, control.Name, ledger.Money{Minor: there.of(a.from), Currency: m.Line.Currency})}
	}
	return nil
}

// takesMovement: a line must have been voted, or be one that the movement may open, and not be closed.
func takesMovement(field string, status insurance.LineStatus, opens bool) error {
	switch {
	case status.State == insurance.LineClosed:
		return insurance.Fault{Field: field, Reason: insurance.BudgetLineClosed, Text: "the line is closed; use the prior-years line, or carry over before closing"}
	case status.State == "" && !opens:
		return insurance.Fault{Field: field, Reason: insurance.BudgetLineUnknown, Text: "nothing has been voted for that line"}
	}
	return nil
}

// after is how the line stands after the movement.
func (m Movement) after(before insurance.LineStatus) insurance.LineStatus {
	switch {
	case m.Kind == Closing:
		return insurance.LineStatus{State: insurance.LineClosed}
	case m.Kind == Complementary:
		return insurance.LineStatus{State: insurance.LineComplementary, Until: m.LastDay}
	case before.State == "":
		return insurance.LineStatus{State: insurance.LineOpen}
	}
	return before
}

// entries are what the movement books; a complementary period books nothing, and a closing what is left, heads under an
// id of their own.
func (m Moved) entries(s standing, headsID ledger.ID) ([]ledger.Entry, error) {
	b := insurance.Budgeted{ID: m.ID, Fingerprint: m.Fingerprint, Line: m.Line, Minor: m.Minor, On: m.On}
	switch m.Kind {
	case Complementary:
		return nil, nil
	case Closing:
		return lapses(b, s, headsID)
	}
	e, err := acts[m.Kind].entry(b, m.To)
	return []ledger.Entry{e}, err
}

func lapses(b insurance.Budgeted, s standing, headsID ledger.ID) (entries []ledger.Entry, err error) {
	heads := b
	heads.ID, heads.Line = headsID, b.Line.Heads()
	b.Line.Currency = s.currency
	for _, l := range []struct {
		of   insurance.Budgeted
		left left
	}{{b, s.money}, {heads, s.heads}} {
		e, any, err := insurance.Lapsed(l.of, l.left.voted, l.left.released, l.left.committed)
		if err != nil {
			return nil, err
		}
		if any {
			entries = append(entries, e)
		}
	}
	return entries, nil
}
