// Package statementtest makes statements as collectors export them, with the mess that real ones have: lines listed
// twice, references nobody can place, reversals ahead of what they reverse, cells a spreadsheet has ruined.
//
// The same seed gives the same file, byte for byte. What is in it is counted while it is made, by this package's own
// books and not by reading it back, so that a reader can be checked against it.
package statementtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Member is somebody whose contributions the statement lists.
type Member struct {
	Number string
	Phone  string // E.164, like +962791234567
	Name   string
}

// Mess says how much of a day is not as it should be, in lines of a thousand. Zero takes the default, a negative
// number means none. A day of a hundred lines or more has some of each sort that is not switched off.
type Mess struct {
	Duplicates      int // an earlier contribution once more; default 20
	Reversals       int // a third of them before their original, a quarter for another amount; default 15
	Failed          int // default 30
	WrongReferences int // contributions whose reference is mistyped, empty or a name; default 40
	Unreadable      int // contributions whose amount or time cannot be read; default 4
	Settlements     int // to a bank; default two or three a day
	Charges         int // default three a day
}

// Expected counts what the statement holds. Its first group of numbers adds up to Lines; amounts are in thousandths.
type Expected struct {
	Lines int // after the header

	Contributions int // each once
	Duplicates    int // contributions listed again
	Reversals     int
	Failed        int
	Settlements   int
	Charges       int

	UnreadableAmounts    int // among Contributions
	UnreadableTimes      int // among Contributions
	WrongReferences      int // among Contributions
	ReversalsAhead       int // among Reversals: listed before their original
	ReversalsOtherAmount int // among Reversals: not for the amount of their original

	Contributed int64 // by contributions with a readable amount, each once
	Reversed    int64
	Settled     int64
	Charged     int64
}

// ErrNoMembers means that there is nobody to contribute.
var ErrNoMembers = errors.New("no members")

// Day writes an M-Pesa-style export of n lines, with the usual mess. Times are in the zone of on.
func Day(w io.Writer, seed uint64, on time.Time, n int, members []Member) (Expected, error) {
	return Mess{}.Day(w, seed, on, n, members)
}

// Day writes an M-Pesa-style export of n lines with this mess.
func (m Mess) Day(w io.Writer, seed uint64, on time.Time, n int, members []Member) (Expected, error) {
	if len(members) == 0 {
		return Expected{}, fmt.Errorf("make statement: %w", ErrNoMembers)
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return Expected{}, fmt.Errorf("make statement: %w", err)
	}
	d := newDay(w, rand.New(rand.NewPCG(seed, 0x53616e6164)), on, members)
	d.head()
	d.lines(m.deck(d.r, n))
	d.out.Flush()
	if err := d.out.Error(); err != nil {
		return Expected{}, fmt.Errorf("make statement: %w", err)
	}
	return d.expected, nil
}

// newDay begins a day at midnight.
func newDay(w io.Writer, r *rand.Rand, on time.Time, members []Member) *day {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	y, mo, d := on.Date()
	known := make(map[string]bool, 2*len(members))
	for _, m := range members {
		known[m.Number], known[m.Phone] = true, true
	}
	return &day{
		out: out, r: r, members: members, known: known, receipts: map[string]bool{},
		midnight: time.Date(y, mo, d, 0, 0, 0, 0, on.Location()),
	}
}

// Receipt makes a number as M-Pesa does: a letter for the year, one for the month, a digit or letter for the day, and
// seven more that tell nothing.
func Receipt(on time.Time, r *rand.Rand) string {
	const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	b := []byte{
		'A' + byte(((on.Year()-2006)%26+26)%26), // 2024 is S
		'A' + byte(on.Month()-time.January),
		"0123456789ABCDEFGHIJKLMNOPQRSTUV"[on.Day()],
	}
	for range 7 {
		b = append(b, signs[r.IntN(len(signs))])
	}
	return string(b)
}
