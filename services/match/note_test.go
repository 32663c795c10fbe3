package match

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// drawLine draws a budget line.
func drawLine(t *rapid.T) Line {
	return Line{
		Funder: rapid.SampledFrom([]insurance.FunderID{"treasury", "donor"}).Draw(t, "funder"),
		Year:   rapid.IntRange(0, 2199).Draw(t, "year"), Prior: rapid.Bool().Draw(t, "prior"),
	}
}

// drawHeld draws how a member stands with a subsidy.
func drawHeld(t *rapid.T) Held {
	h := Held{
		Subsidy: rapid.StringMatching(`[a-z][a-z0-9_-]{0,39}`).Draw(t, "subsidy"),
		Start:   ledger.Date(rapid.IntRange(int(ledger.FirstDate), int(ledger.LastDate)).Draw(t, "start")),
		Due:     rapid.Int64().Draw(t, "due"), Version: rapid.IntRange(0, 99999).Draw(t, "version"), Moves: rapid.Int().Draw(t, "moves"),
		Unmet: rapid.Int64().Draw(t, "unmet"),
	}
	if h.Unmet != 0 {
		h.UnmetOn = drawLine(t)
	}
	h.Grants = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Granted {
		return Granted{drawLine(t), ledger.Code(rapid.Int32Min(0).Draw(t, "pot")), rapid.Int64().Draw(t, "minor"), rapid.Bool().Draw(t, "head")}
	}), 0, 3).Draw(t, "grants")
	return h
}

// labels are some accounts; most contributions name none.
var labels = []insurance.AccountLabel{"", "", "", "MA", "RA"}

func drawPositions(t *rapid.T) []Position {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Position {
		return Position{
			Scheme: ledger.SchemeCode(rapid.StringMatching(`[a-z][a-z0-9-]{0,31}`).Draw(t, "scheme")),
			Months: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Month {
				return Month{ledger.Period(rapid.IntRange(190001, 219912).Draw(t, "period")), rapid.SampledFrom(payerKinds).Draw(t, "payer"),
					rapid.Int64().Draw(t, "minor"), rapid.Int().Draw(t, "count"), rapid.SampledFrom(labels).Draw(t, "account")}
			}), 0, 30).Draw(t, "months"),
			Held: rapid.SliceOfN(rapid.Custom(drawHeld), 0, 5).Draw(t, "held"),
		}
	}), 1, 3).Draw(t, "positions")
}

func TestWhatIsNotedIsReadAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawPositions(t)
		got, err := Positions(encode(want))
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

func TestAnEmptyNoteTellsNothing(t *testing.T) {
	t.Parallel()
	for _, note := range [][]byte{nil, {}} {
		if positions, err := Positions(note); positions != nil || err != nil {
			t.Errorf("got %v, %v", positions, err)
		}
	}
	if note := encode(nil); note != nil {
		t.Errorf("nothing is noted as %v", note)
	}
}

// known is a note with something of everything.
var known = []Position{{
	Scheme: "basic",
	Months: []Month{{202601, "", 5000, 1, ""}, {202601, insurance.PayerSponsor, 100, 2, ""}, {202602, "", 7, 1, "MA"}},
	Held: []Held{
		{Subsidy: "match", Start: 2025_01_01, Due: 300, Version: 2, Moves: 3, Unmet: 50, UnmetOn: Line{"treasury", 2025, false},
			Grants: []Granted{{Line{"treasury", 2025, false}, 2110, 200, true}, {Line{"treasury", 2026, true}, 2110, 50, false}}},
		{Subsidy: "match", Start: 2026_01_01, Due: 7, Version: 2, Moves: 1, Grants: []Granted{{Line{Funder: "donor"}, 2210, 7, false}}},
	},
}}

// TestANoteOfBeforeThereWereAccountsIsRead: what an earlier version of the program wrote is read as it stands, and what
// names no account is written so still.
func TestANoteOfBeforeThereWereAccountsIsRead(t *testing.T) {
	t.Parallel()
	before := []byte{2, 1, 5, 'b', 'a', 's', 'i', 'c', 1, 0xa9, 0xaf, 0x0c, 3, 0xc8, 0x01, 4, 0, 0}
	want := []Position{{Scheme: "basic", Months: []Month{{Period: 202665, Payer: insurance.PayerSponsor, Minor: 100, Count: 2}}}}
	got, err := Positions(before)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Fatalf("%v %s", err, diff)
	}
	if diff := cmp.Diff(before, encode(got)); diff != "" {
		t.Errorf("it is written otherwise: %s", diff)
	}
}

func TestACorruptNoteIsAnError(t *testing.T) {
	t.Parallel()
	note := encode(known)
	spoilt := map[string][]byte{
		"another format": append([]byte{noteOfAccounts + 1}, note[1:]...), "the format before": append([]byte{1}, note[1:]...),
		"more than was written": append(bytes.Clone(note), 0), "no note": []byte("scribble"), "the format alone": {noteFormat},
		"more positions than bytes":  {noteFormat, 200},
		"a number that never ends":   append([]byte{noteFormat}, bytes.Repeat([]byte{0xFF}, 20)...),
		"a grant from no known line": {noteFormat, 1, 1, 'a', 0, 0, 1, 1, 'm', 1, 2, 2, 2, 0, 1, 9, 2, 0},
	}
	for n := range note {
		if n > 0 {
			spoilt["cut short after "+string(rune('0'+n/10))+string(rune('0'+n%10))] = note[:n]
		}
	}
	for name, note := range spoilt {
		if positions, err := Positions(note); !errors.Is(err, errNote) {
			t.Errorf("%s: read as %+v, %v", name, positions, err)
		}
	}
}

// FuzzDecode: no note makes the reader fall over, and what it reads is written as it was understood.
func FuzzDecode(f *testing.F) {
	f.Add(encode(known))
	f.Add([]byte{noteFormat, 0})
	f.Add([]byte{noteFormat, 1, 1, 'a', 0, 0, 1, 1, 'm', 1, 2, 2, 2, 0, 1, 9, 2, 0})
	f.Fuzz(func(t *testing.T, note []byte) {
		positions, err := decode(note)
		if err != nil {
			return
		}
		again, err := decode(encode(positions))
		if diff := cmp.Diff(positions, again, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

// BenchmarkNote reads and writes the note of a member with a year of months and periods.
func BenchmarkNote(b *testing.B) {
	p := Position{Scheme: "national-match"}
	for month := range ledger.Period(12) {
		p.Months = append(p.Months, Month{Period: 202501 + month, Minor: 5000, Count: 3})
		h := p.held("match", (202501 + month).FirstDay())
		h.Due, h.Version, h.Moves = 2500, 1, 3
		h.given(Line{"treasury", 2025, false}, ledger.OldAgeMatched).Minor = 2500
	}
	note := encode([]Position{p})
	b.ReportMetric(float64(len(note)), "bytes")
	for b.Loop() {
		positions, err := decode(note)
		if err != nil || len(encode(positions)) != len(note) {
			b.Fatal(err)
		}
	}
}
