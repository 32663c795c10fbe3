package oldage

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Declaration is interest declared for a period: who had so much on a pot on a day gets so much for the day. The interest
// of a pot and period is rounded once. It counts from the period's last day, so that it earns interest from the next.
type Declaration struct {
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	// Number names the declaration within its scheme, from 1. Revision counts up where the rate was declared anew.
	Number, Revision int
	// Pots are the accounts that it is for.
	Pots     []ledger.Code
	From, To ledger.Date
	// Rate is for a year: a decimal such as 0.045.
	Rate string
	// Days is the rule by which days are counted, and Way and Step how a pot's interest is rounded: to a multiple of so
	// many minor units.
	Days rule.DayCount
	Way  exact.Way
	Step int64
	// Authority is the decree or resolution that it rests on. CutsPast says that it lets a revision lower what an earlier
	// one has credited (L6).
	Authority string
	CutsPast  bool
}

// The bounds of a declaration.
const (
	longestPeriod    = 3660 // days
	longestAuthority = 512
	mostRevisions    = 99
)

// rateText is a decimal of at most 12 places; a year's interest is never more than what bears it.
var rateText = regexp.MustCompile(`^(0(\.[0-9]{1,12})?|1(\.0{1,12})?)$`)

// Check returns what is wrong with the declaration, as a fault.
func (d Declaration) Check() error {
	fault := func(field, text string) error {
		return insurance.Fault{Field: field, Reason: "INTEREST_INVALID", Text: text}
	}
	switch {
	case len(d.Pots) == 0 || slices.ContainsFunc(d.Pots, func(c ledger.Code) bool { return !slices.Contains(Pots, c) }):
		return fault("pots", "name the pots: 2100, 2110 or both")
	case len(d.Pots) == 2 && d.Pots[0] == d.Pots[1]:
		return fault("pots", "a pot is there twice")
	case !rateText.MatchString(d.Rate):
		return fault("rate", "write the yearly rate as a decimal from 0 through 1, such as 0.045 for 4.5 %")
	case !slices.Contains(rule.DayCounts(), d.Days):
		return fault("days", "use actual-365, actual-360 or actual-actual")
	case d.Way.Check() != nil || d.Step < 1:
		return fault("round", "the scheme's rounding of interest has no name, or no step")
	case d.To < d.From || days(d.From, d.To) > longestPeriod:
		return fault("to", "the last day lies before the first, or more than ten years after it")
	}
	return insurance.CheckText("authority", "INTEREST_INVALID", d.Authority, longestAuthority)
}

// Overlaps says whether both are for the same day and pot.
func (d Declaration) Overlaps(other Declaration) bool {
	shares := slices.ContainsFunc(d.Pots, func(c ledger.Code) bool { return slices.Contains(other.Pots, c) })
	return shares && d.From <= other.To && other.From <= d.To
}

// SamePeriod says whether one declares anew what the other has.
func (d Declaration) SamePeriod(other Declaration) bool {
	return slices.Equal(d.Pots, other.Pots) && d.From == other.From && d.To == other.To
}

// Admit numbers a new declaration, of which those of its scheme that stand are known: the next one, or the next revision
// of one for the same pots and period. It refuses what overlaps another, and a lower rate that no decree allows.
func (d Declaration) Admit(standing []Declaration) (Declaration, error) {
	d.Number, d.Revision = 1, 1
	for _, other := range standing {
		d.Number = max(d.Number, other.Number+1)
	}
	for _, other := range standing {
		switch {
		case d.SamePeriod(other):
			return d.revises(other)
		case d.Overlaps(other):
			return d, insurance.Fault{Field: "from", Reason: insurance.InterestDeclared,
				Text: fmt.Sprintf("declaration %d covers some of these days; begin after %s, or revise it for all of its period", other.Number, other.To)}
		}
	}
	return d, nil
}

func (d Declaration) revises(other Declaration) (Declaration, error) {
	d.Number, d.Revision = other.Number, other.Revision+1
	lower := exact.Must(d.Rate).Less(exact.Must(other.Rate))
	switch {
	case d.Rate == other.Rate && d.Days == other.Days:
		return d, insurance.Fault{Field: "rate", Reason: insurance.InterestDeclared, Text: "that is declared already; run it"}
	case lower && !d.CutsPast:
		return d, insurance.Fault{Field: "rate", Reason: insurance.InterestDeclared,
			Text: "a lower rate would take back what is credited; that takes a decree that cuts the past"}
	case d.Revision > mostRevisions:
		return d, insurance.Fault{Field: "rate", Reason: insurance.InterestDeclared, Text: "it has been revised too often"}
	}
	return d, nil
}

// Move is what came to a pot on a day, or went from it, in minor units. Interest names the declaration that it is of.
// Forgiven is what a correction would have taken of interest that had been drawn: it is of the declaration, and does not
// change what was credited.
type Move struct {
	On       ledger.Date
	Minor    int64
	Interest int
	Forgiven bool
}

// On is the interest of a pot for the declaration's period: opening is what stood on it before the first day, and moves,
// in order of their days, what has come and gone since. What it has been credited for the same period does not bear
// interest in it. A pot that stood below zero on a day stood empty.
func (d Declaration) On(opening int64, moves []Move) (int64, error) {
	stood, day := opening, d.From
	sum := exact.Int(0)
	for _, m := range moves {
		if m.Interest == d.Number {
			continue
		}
		if m.On > d.To {
			break
		}
		if m.On > day {
			sum, day = sum.Plus(d.portion(stood, day, m.On.AddDays(-1))), m.On
		}
		var ok bool
		if stood, ok = plus(stood, m.Minor); !ok {
			return 0, fmt.Errorf("interest of %s: %w", d.Scheme, ledger.ErrOverflow)
		}
	}
	sum = sum.Plus(d.portion(stood, day, d.To))
	interest := sum.Times(exact.Must(d.Rate)).Round(d.Way, exact.Int(d.Step))
	whole, ok := interest.Whole()
	if !ok {
		return 0, errors.Join(fmt.Errorf("interest of %s can't be computed", d.Scheme), interest.Err())
	}
	return whole, nil
}

// portion is what stood on a pot, for the part of a year that the days are.
func (d Declaration) portion(stood int64, from, to ledger.Date) exact.Number {
	if stood <= 0 || to < from {
		return exact.Int(0)
	}
	switch d.Days {
	case rule.Actual360:
		return exact.Int(stood).Times(exact.Share(int64(days(from, to)), 360))
	case rule.ActualActual:
		return exact.Int(stood).Times(yearsBetween(from, to))
	}
	return exact.Int(stood).Times(exact.Share(int64(days(from, to)), 365))
}

// yearsBetween counts each day as a part of its own calendar year.
func yearsBetween(from, to ledger.Date) exact.Number {
	sum := exact.Int(0)
	for from <= to {
		end := min(to, ledger.Date(from.Year()*1_00_00+12_31))
		length := int64(days(ledger.Date(from.Year()*1_00_00+1_01), ledger.Date(from.Year()*1_00_00+12_31)))
		sum = sum.Plus(exact.Share(int64(days(from, end)), length))
		from = end.AddDays(1)
	}
	return sum
}

// days counts the days from one through another.
func days(from, to ledger.Date) int { return int(to.Time().Sub(from.Time()).Hours())/24 + 1 }

func plus(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (sum > a) == (b > 0)
}

// Correction is the difference between the interest of a declaration that is due and what is booked, by pot, in minor
// units; Moves is how often it has been booked before.
type Correction struct {
	Declaration Declaration
	Pots        []insurance.PotShare
	Moves       int
}

// History is what is known of a member's pots in a scheme: what stands on each now, and all that came and went from a day
// on, in order of the days.
type History struct {
	Stands map[ledger.Code]int64
	Moves  map[ledger.Code][]Move
	// Booked counts the entries of interest by declaration.
	Booked map[int]int
}

// HistoryOf reads a member's history in a scheme from her balances and her entries with value dates from a day on.
func HistoryOf(scheme ledger.SchemeCode, party ledger.Party, balances ledger.Balances, entries []ledger.Entry) History {
	h := History{Stands: map[ledger.Code]int64{}, Moves: map[ledger.Code][]Move{}, Booked: map[int]int{}}
	for _, b := range balances {
		if b.Account.Scheme == scheme && slices.Contains(Pots, b.Account.Code) {
			h.Stands[b.Account.Code] = b.Money().Minor
		}
	}
	for _, e := range entries {
		h.add(scheme, party, e)
	}
	for _, moves := range h.Moves {
		slices.SortStableFunc(moves, func(a, b Move) int { return int(a.On) - int(b.On) })
	}
	return h
}

func (h *History) add(scheme ledger.SchemeCode, party ledger.Party, e ledger.Entry) {
	number, mine := insurance.InterestOf(e), false
	for _, p := range e.Postings {
		if p.Account.Party != party || p.Account.Scheme != scheme || !slices.Contains(Pots, p.Account.Code) {
			continue
		}
		mine = true
		h.Moves[p.Account.Code] = append(h.Moves[p.Account.Code], Move{e.ValueOn, -p.Net(), number, e.Kind != insurance.KindInterest})
	}
	if number > 0 && mine && e.Kind == insurance.KindInterest {
		h.Booked[number]++
	}
}

// Due compares what the declarations make due with what is booked. They come in the order of their last days; the history
// begins no later than the first of them. A correction of one bears interest in those after it.
func (h History) Due(declarations []Declaration) ([]Correction, error) {
	var all []Correction
	for _, d := range declarations {
		c := Correction{Declaration: d, Moves: h.Booked[d.Number]}
		for _, pot := range d.Pots {
			due, err := h.interest(d, pot)
			if err != nil {
				return nil, err
			}
			if diff := due - h.booked(d, pot); diff != 0 {
				c.Pots = append(c.Pots, insurance.PotShare{Account: pot, Minor: diff})
				h.credit(d, pot, diff)
			}
		}
		if len(c.Pots) > 0 {
			all = append(all, c)
		}
	}
	return all, nil
}

// interest is what a declaration makes due on a pot.
func (h History) interest(d Declaration, pot ledger.Code) (int64, error) {
	opening, ok := h.Stands[pot], false
	from := len(h.Moves[pot])
	for i, m := range slices.Backward(h.Moves[pot]) {
		if m.On < d.From {
			break
		}
		if opening, ok = plus(opening, -m.Minor); !ok {
			return 0, fmt.Errorf("interest of %s: %w", d.Scheme, ledger.ErrOverflow)
		}
		from = i
	}
	return d.On(opening, h.Moves[pot][from:])
}

func (h History) booked(d Declaration, pot ledger.Code) (sum int64) {
	for _, m := range h.Moves[pot] {
		if m.Interest == d.Number && !m.Forgiven {
			sum += m.Minor
		}
	}
	return sum
}

// credit adds what will be booked, so that it bears interest in the declarations after it.
func (h History) credit(d Declaration, pot ledger.Code, minor int64) {
	h.Stands[pot] += minor
	at := slices.IndexFunc(h.Moves[pot], func(m Move) bool { return m.On > d.To })
	if at < 0 {
		at = len(h.Moves[pot])
	}
	h.Moves[pot] = slices.Insert(h.Moves[pot], at, Move{On: d.To, Minor: minor, Interest: d.Number})
}

// Name is how a run of the declaration is called; a revision runs anew.
func (d Declaration) Name() string {
	return "interest:" + string(d.Scheme) + ":" + strconv.Itoa(d.Number) + "." + strconv.Itoa(d.Revision)
}
