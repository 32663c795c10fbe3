// Package match decides what subsidies do to the books: a member is due what the rules in force make of the facts, and
// the books are moved by the difference between that and what they hold already, up or down (L6). So contributions,
// reversals, late payments, better facts and new rules are one mechanism.
//
// What it must know of a member's past stands folded in the note beside her balances, under their lock: what she gave
// by month, kind of payer and account, and what was due and granted by subsidy and period. The folds say nothing that the books
// and the queue don't: they can be made anew from her entries, and verify does so.
//
// A member who can't be judged, because a rule fails or her facts are gone, keeps what she has: that costs nobody her
// contribution (L5).
package match

import (
	"errors"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Position is a member's past in one scheme, folded.
type Position struct {
	Scheme ledger.SchemeCode
	// Months are what was given, by month, kind of payer and account.
	Months []Month
	// Held are what was due and granted, by subsidy and period. Where nothing ever was there is none.
	Held []Held
}

// Month is what payers of a kind gave for an account in a month, in minor units, and in how many contributions.
type Month struct {
	Period  ledger.Period
	Payer   insurance.PayerKind
	Minor   int64
	Count   int
	Account insurance.AccountLabel
}

// Held is how a member stands with a subsidy in a period, in minor units.
type Held struct {
	Subsidy string
	// Start is the first day of the period.
	Start ledger.Date
	// Due is what the rules made of the facts when it was last judged, by the version of that number.
	Due     int64
	Version int
	// Grants are what the books hold of it, in the order in which it was granted first.
	Grants []Granted
	// Unmet is what is due and could not be granted for want of budget; it stands on 9500 of the line UnmetOn.
	Unmet   int64
	UnmetOn Line
	// Moves counts the entries that have moved what is granted: the next one is named by it.
	Moves int
}

// Granted is what was granted out of one budget line to one of the member's pots, in minor units.
type Granted struct {
	Line  Line
	Pot   ledger.Code
	Minor int64
	// Head says that she was counted on the line as a beneficiary.
	Head bool
}

// Line is a budget line of the scheme; its year is zero where no budget is kept.
type Line struct {
	Funder insurance.FunderID
	Year   int
	Prior  bool
}

// Granted is all that the books hold of the period.
func (h *Held) Granted() int64 {
	var sum int64
	for i := range h.Grants {
		sum += h.Grants[i].Minor
	}
	return sum
}

// given is what was granted out of the line to the pot; made where there is nothing yet.
func (h *Held) given(line Line, pot ledger.Code) *Granted {
	same := func(g Granted) bool { return g.Line == line && g.Pot == pot }
	i := slices.IndexFunc(h.Grants, same)
	if i < 0 {
		i = len(h.Grants)
		h.Grants = append(h.Grants, Granted{Line: line, Pot: pot})
	}
	return &h.Grants[i]
}

// empty says that there never was anything.
func (h *Held) empty() bool {
	return h.Due == 0 && h.Unmet == 0 && h.Moves == 0
}

// errTooMuch: what was given in a month is more than can be counted.
var errTooMuch = errors.New("more was given in a month than can be counted")

// add folds a contribution in, or out where the amount is negative.
func (p *Position) add(on ledger.Date, by insurance.Giving, minor int64) error {
	one := 1
	if minor < 0 {
		one = -1
	}
	month := Month{on.Period(), by.Payer, minor, one, by.Account}
	i, found := slices.BinarySearchFunc(p.Months, month, compareMonths)
	if !found {
		p.Months = slices.Insert(p.Months, i, month)
		return nil
	}
	sum := p.Months[i].Minor + minor
	if (sum > p.Months[i].Minor) != (minor > 0) {
		return errTooMuch
	}
	p.Months[i].Minor = sum
	if p.Months[i].Count += one; sum == 0 && p.Months[i].Count == 0 {
		p.Months = slices.Delete(p.Months, i, i+1)
	}
	return nil
}

func compareMonths(a, b Month) int {
	if a.Period != b.Period {
		return int(a.Period) - int(b.Period)
	}
	if a.Payer != b.Payer {
		return slices.Index(payerKinds, a.Payer) - slices.Index(payerKinds, b.Payer)
	}
	return strings.Compare(string(a.Account), string(b.Account))
}

// contributions are the folds as rules read them: each month's on its first day.
func (p *Position) contributions() []rule.Contribution {
	all := make([]rule.Contribution, len(p.Months))
	for i, m := range p.Months {
		all[i] = rule.Contribution{On: m.Period.FirstDay(), Minor: m.Minor, Count: m.Count, Payer: m.Payer, Account: string(m.Account)}
	}
	return all
}

// find is how the member stands with the subsidy in the period that begins on the day, and where among the others it is
// or would be: those of a subsidy follow each other by their starts.
func (p *Position) find(subsidy string, start ledger.Date) (at int, found bool) {
	for i := range p.Held {
		if h := &p.Held[i]; h.Subsidy == subsidy && h.Start >= start {
			return i, h.Start == start
		}
	}
	return len(p.Held), false
}

// held is how the member stands with the subsidy in the period that begins on the day; made where it is new.
func (p *Position) held(subsidy string, start ledger.Date) *Held {
	i, found := p.find(subsidy, start)
	if !found {
		p.Held = slices.Insert(p.Held, i, Held{Subsidy: subsidy, Start: start})
	}
	return &p.Held[i]
}

// granted is what the books hold of the subsidy for the period that begins on the day.
func (p *Position) granted(subsidy string, start ledger.Date) int64 {
	if i, found := p.find(subsidy, start); found {
		return p.Held[i].Granted()
	}
	return 0
}

// tidy forgets periods in which there never was anything, and what nothing is left of.
func (p *Position) tidy() {
	p.Held = slices.DeleteFunc(p.Held, func(h Held) bool { return h.empty() })
	for i := range p.Held {
		h := &p.Held[i]
		h.Grants = slices.DeleteFunc(h.Grants, func(g Granted) bool { return g.Minor == 0 && !g.Head })
	}
}

// before is what was due of the subsidy for the periods before the day.
func (p *Position) before(subsidy string, start ledger.Date) int64 {
	var sum int64
	for i := range p.Held {
		if h := &p.Held[i]; h.Subsidy == subsidy && h.Start < start {
			sum += h.Due
		}
	}
	return sum
}

// after are the subsidy's periods that begin after the day and in which something was given or is held.
func (p *Position) after(r Rules, subsidy string, day, enrolled ledger.Date) (later []rule.Period) {
	add := func(in ledger.Date) {
		if in <= day {
			return
		}
		same := func(l rule.Period) bool { return l.Holds(in) }
		if slices.ContainsFunc(later, same) {
			return
		}
		if period, ok := r.periodOf(subsidy, in, enrolled); ok && period.Start > day {
			later = append(later, period)
		}
	}
	for _, m := range p.Months { // a period may begin inside a month
		add(m.Period.FirstDay())
		add(m.Period.LastDay())
	}
	for i := range p.Held {
		if p.Held[i].Subsidy == subsidy {
			add(p.Held[i].Start)
		}
	}
	return later
}
