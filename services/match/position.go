// Package match decides what subsidies do to the books: a member is due what the rules in force make of the facts, and
// the books are moved by the difference between that and what they hold already, up or down (L6). So contributions,
// reversals, late payments, better facts and new rules are one mechanism.
//
// What it must know of a member's past stands folded in the note beside her balances, under their lock: what she gave
// by month and kind of payer, and what was due and granted by subsidy and period. The folds say nothing that the books
// don't: they can be made anew from her entries, and verify does so.
package match

import (
	"encoding/binary"
	"errors"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Position is a member's past in one scheme, folded.
type Position struct {
	Scheme ledger.SchemeCode
	// Months are what was given, by month and kind of payer.
	Months []Month
	// Held are what was due and granted, by subsidy and period.
	Held []Held
}

// Month is what payers of a kind gave in a month, in minor units, and in how many contributions.
type Month struct {
	Period ledger.Period
	Payer  insurance.PayerKind
	Minor  int64
	Count  int
}

// Held is how a member stands with a subsidy in a period, in minor units.
type Held struct {
	Subsidy string
	// Start is the first day of the period.
	Start ledger.Date
	// Due is what the rules make of the facts; Granted is what the books hold of it.
	Due, Granted int64
	// Unmet is what is due and could not be granted for want of budget; it stands on 9500.
	Unmet int64
	// Stands is what may not be taken back: granted in good faith by an earlier rule or by facts as they were known.
	Stands int64
	// Version is that of the scheme by which it was last judged.
	Version int
	// Moves counts the entries that have moved Granted: the next one is named by it.
	Moves int
}

// positionFormat is the first byte of a note.
const positionFormat = 1

// errNote: a note is not what this package writes.
var errNote = errors.New("the note beside a member's balances can't be read; run verify")

var payerKinds = []insurance.PayerKind{"", insurance.PayerSelf, insurance.PayerFamily, insurance.PayerSponsor, insurance.PayerCooperative}

// encode writes positions as numbers and short names.
func encode(positions []Position) []byte {
	if len(positions) == 0 {
		return nil
	}
	b := []byte{positionFormat}
	b = binary.AppendUvarint(b, uint64(len(positions)))
	for _, p := range positions {
		b = appendText(b, string(p.Scheme))
		b = appendMonths(b, p.Months)
		b = appendHeld(b, p.Held)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendMonths(b []byte, months []Month) []byte {
	b = binary.AppendUvarint(b, uint64(len(months)))
	for _, m := range months {
		b = binary.AppendUvarint(b, uint64(m.Period))
		b = append(b, byte(max(0, slices.Index(payerKinds, m.Payer))))
		b = binary.AppendVarint(b, m.Minor)
		b = binary.AppendVarint(b, int64(m.Count))
	}
	return b
}

func appendHeld(b []byte, held []Held) []byte {
	b = binary.AppendUvarint(b, uint64(len(held)))
	for _, h := range held {
		b = appendText(b, h.Subsidy)
		b = binary.AppendUvarint(b, uint64(h.Start))
		for _, n := range []int64{h.Due, h.Granted, h.Unmet, h.Stands, int64(h.Version), int64(h.Moves)} {
			b = binary.AppendVarint(b, n)
		}
	}
	return b
}

// Positions reads a note.
func Positions(note []byte) ([]Position, error) { return decode(note) }

// decode reads what encode wrote; nothing for an empty note.
func decode(note []byte) ([]Position, error) {
	if len(note) == 0 {
		return nil, nil
	}
	r := &reader{rest: note[1:], bad: note[0] != positionFormat}
	positions := make([]Position, 0, 1)
	for range r.count() {
		p := Position{Scheme: ledger.SchemeCode(r.text())}
		p.Months = make([]Month, 0, 16)
		for range r.count() {
			p.Months = append(p.Months, Month{ledger.Period(r.unsigned()), r.payer(), r.signed(), int(r.signed())})
		}
		for range r.count() {
			p.Held = append(p.Held, Held{r.text(), ledger.Date(r.unsigned()), r.signed(), r.signed(), r.signed(), r.signed(), int(r.signed()), int(r.signed())})
		}
		positions = append(positions, p)
	}
	if r.bad || len(r.rest) > 0 {
		return nil, errNote
	}
	return positions, nil
}

// reader takes numbers and names off a note; bad says that it was not what was expected.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) unsigned() uint64 {
	n, size := binary.Uvarint(r.rest)
	return n * r.took(size)
}

func (r *reader) signed() int64 {
	n, size := binary.Varint(r.rest)
	return n * int64(r.took(size))
}

// took moves on; it is 1, or 0 where nothing was read.
func (r *reader) took(size int) uint64 {
	if size <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return 1
}

// count is how many follow: never more than there are bytes left.
func (r *reader) count() int {
	n := r.unsigned()
	if n > uint64(len(r.rest)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count()
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) payer() insurance.PayerKind {
	if len(r.rest) == 0 || int(r.rest[0]) >= len(payerKinds) {
		r.bad = true
		return ""
	}
	kind := payerKinds[r.rest[0]]
	r.rest = r.rest[1:]
	return kind
}

// add folds a contribution in, or out where the amount is negative.
func (p *Position) add(on ledger.Date, payer insurance.PayerKind, minor int64) {
	one := 1
	if minor < 0 {
		one = -1
	}
	month := Month{on.Period(), payer, minor, one}
	i, found := slices.BinarySearchFunc(p.Months, month, compareMonths)
	if !found {
		p.Months = slices.Insert(p.Months, i, month)
		return
	}
	p.Months[i].Minor += minor
	p.Months[i].Count += one
	if p.Months[i].Minor == 0 && p.Months[i].Count == 0 {
		p.Months = slices.Delete(p.Months, i, i+1)
	}
}

func compareMonths(a, b Month) int {
	if a.Period != b.Period {
		return int(a.Period) - int(b.Period)
	}
	return slices.Index(payerKinds, a.Payer) - slices.Index(payerKinds, b.Payer)
}

// contributions are the folds as rules read them: each month's on its first day.
func (p *Position) contributions() []rule.Contribution {
	all := make([]rule.Contribution, len(p.Months))
	for i, m := range p.Months {
		all[i] = rule.Contribution{On: m.Period.FirstDay(), Minor: m.Minor, Count: m.Count, Payer: m.Payer}
	}
	return all
}

// held is how the member stands with the subsidy in the period that begins on the day; made where it is new. Those of a
// subsidy follow each other by their starts.
func (p *Position) held(subsidy string, start ledger.Date) *Held {
	for i := range p.Held {
		h := &p.Held[i]
		if h.Subsidy == subsidy && h.Start == start {
			return h
		}
		if h.Subsidy == subsidy && h.Start > start {
			p.Held = slices.Insert(p.Held, i, Held{Subsidy: subsidy, Start: start})
			return &p.Held[i]
		}
	}
	p.Held = append(p.Held, Held{Subsidy: subsidy, Start: start})
	return &p.Held[len(p.Held)-1]
}

// before is what was due of each subsidy for the periods before the day.
func (p *Position) before(subsidy string, start ledger.Date) int64 {
	var sum int64
	for _, h := range p.Held {
		if h.Subsidy == subsidy && h.Start < start {
			sum += h.Due
		}
	}
	return sum
}

// after are the starts of the subsidy's periods from the day on that something is held for.
func (p *Position) after(subsidy string, start ledger.Date) []ledger.Date {
	var starts []ledger.Date
	for _, h := range p.Held {
		if h.Subsidy == subsidy && h.Start > start {
			starts = append(starts, h.Start)
		}
	}
	return starts
}
