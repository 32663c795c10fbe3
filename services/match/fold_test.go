package match

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

var (
	basic = insurance.Scheme{Code: "basic", Name: "Basic", Currency: "JOD", TimeZone: "UTC",
		Pots: []insurance.Pot{{Account: ledger.OldAgeOwn, Name: "savings", Share: decimal.NewFromInt(1), Pool: insurance.OldAge}}}
	her insurance.MemberID = "00000000000000000000000001"
)

// diary writes a member's entries as the desk of collection does.
type diary struct {
	t       check
	entries []ledger.Entry
	// stands are the placements that have not been undone, each with who paid.
	stands []ledger.Entry
}

type check interface {
	Helper()
	Fatalf(format string, args ...any)
}

func (d *diary) id() (id ledger.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(len(d.entries)+1))
	return id
}

func (d *diary) note(e ledger.Entry, err error) ledger.Entry {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("%v", err)
	}
	e.RecordedAt = time.UnixMicro(int64(len(d.entries)))
	d.entries = append(d.entries, e)
	return e
}

func received(id ledger.ID, on ledger.Date, minor int64, by insurance.Giving) insurance.Received {
	return insurance.Received{ID: id, Collector: "mpesa", Amount: ledger.Money{Minor: minor, Currency: "JOD"}, ValueOn: on, By: by}
}

func (d *diary) contribute(on ledger.Date, minor int64, by insurance.Giving) {
	d.t.Helper()
	d.stands = append(d.stands, d.note(insurance.Contributed(received(d.id(), on, minor, by), her, basic)))
}

// undo takes the i-th placement back: reversed, or moved to suspense.
func (d *diary) undo(i int, reverse bool) {
	d.t.Helper()
	placement := d.stands[i]
	d.stands = append(d.stands[:i:i], d.stands[i+1:]...)
	if reverse {
		d.note(insurance.Reversed(placement, received(d.id(), placement.ValueOn, insurance.Placed(placement).Minor, insurance.Giving{})))
		return
	}
	d.note(insurance.TakenBack(placement, d.id(), "mpesa", "wrong member"))
}

// claim books a contribution that was somebody else's before.
func (d *diary) claim(on ledger.Date, minor int64, by insurance.Giving) {
	d.t.Helper()
	suspended := received(ledger.ID{0xFF, byte(len(d.entries))}, on, minor, insurance.Giving{})
	e, err := insurance.Suspended(suspended, basic.Code, "MEMBER_UNKNOWN")
	if err != nil {
		d.t.Fatalf("%v", err)
	}
	d.stands = append(d.stands, d.note(insurance.Claimed(e, d.id(), her, basic, by, "FOUND")))
}

func drawGiving(t *rapid.T) insurance.Giving {
	g := insurance.Giving{Payer: rapid.SampledFrom(payerKinds).Draw(t, "payer"), Account: rapid.SampledFrom(labels).Draw(t, "account")}
	g.Unknown = g.Account != "" && rapid.Bool().Draw(t, "unknown")
	return g
}

func (d *diary) draw(t *rapid.T) {
	day := ledger.Date(rapid.IntRange(2024, 2025).Draw(t, "year")*1_00_00 + rapid.IntRange(1, 12).Draw(t, "month")*1_00 + rapid.IntRange(1, 28).Draw(t, "day"))
	minor := rapid.Int64Range(1, 1_000_000).Draw(t, "minor")
	switch what := rapid.IntRange(0, 3).Draw(t, "what"); {
	case what == 0 && len(d.stands) > 0:
		d.undo(rapid.IntRange(0, len(d.stands)-1).Draw(t, "which"), rapid.Bool().Draw(t, "reverse"))
	case what == 1:
		d.claim(day, minor, drawGiving(t))
	default:
		d.contribute(day, minor, drawGiving(t))
	}
}

// gaveWhat is what stands, by who gave it and for which account.
func (d *diary) gaveWhat() map[insurance.Giving]int64 {
	sums := map[insurance.Giving]int64{}
	for _, e := range d.stands {
		by := insurance.GivingOf(e)
		by.Unknown = false // what the label means is for the rules
		sums[by] += insurance.Placed(e).Minor
	}
	return sums
}

func gaveWhat(p Position) map[insurance.Giving]int64 {
	sums := map[insurance.Giving]int64{}
	for _, m := range p.Months {
		sums[insurance.Giving{Payer: m.Payer, Account: m.Account}] += m.Minor
	}
	return sums
}

// TestFoldingAnewIsFoldingOneByOne: what the note has gathered entry by entry is what all entries say.
func TestFoldingAnewIsFoldingOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := &diary{t: t}
		for range rapid.IntRange(1, 20).Draw(t, "entries") {
			d.draw(t)
		}
		byID := map[ledger.ID]ledger.Entry{}
		one := Position{Scheme: basic.Code}
		for _, e := range d.entries {
			byID[e.ID] = e
			given, ok := insurance.GivenBy(e, func(id ledger.ID) (ledger.Entry, bool) { e, ok := byID[id]; return e, ok })
			if !ok {
				t.Fatalf("%s says nothing of what was given", e.Kind)
			}
			if err := one.add(e.ValueOn, given.Giving, given.Minor); err != nil {
				t.Fatalf("%v", err)
			}
		}
		if diff := cmp.Diff(d.gaveWhat(), gaveWhat(one)); diff != "" {
			t.Fatalf("%s", diff)
		}
		anew, err := Fold(basic.Code, rapid.Permutation(d.entries).Draw(t, "order"))
		if diff := cmp.Diff(one, anew, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

func TestFoldingTellsWhatWasGrantedAndFromWhere(t *testing.T) {
	t.Parallel()
	d := &diary{t: t}
	line := insurance.BudgetLine{Funder: "treasury", Scheme: basic.Code, Year: 2025, Currency: "JOD"}
	grant := func(l insurance.BudgetLine, minor int64, version int) insurance.Grant {
		return insurance.Grant{ID: d.id(), Member: her, Line: l, Pots: []insurance.PotShare{{Account: ledger.OldAgeMatched, Minor: minor}}, ValueOn: 2025_03_01,
			Basis: insurance.GrantBasis{Subsidy: "match", Version: version, Period: "2025-01-01"}}
	}
	prior := line
	prior.Year, prior.Prior = 2026, true
	other := line
	other.Scheme = "other"
	d.note(insurance.Granted(grant(line, 500, 1)))
	d.note(insurance.Granted(grant(prior, 70, 2)))
	d.note(insurance.ClawedBack(grant(line, 200, 3), false))
	d.note(insurance.Granted(grant(other, 9, 1)))
	got, err := Fold(basic.Code, d.entries)
	want := Position{Scheme: basic.Code, Held: []Held{{Subsidy: "match", Start: 2025_01_01, Due: 370, Version: 3, Moves: 3, Grants: []Granted{
		{Line{"treasury", 2025, false}, ledger.OldAgeMatched, 300, false}, {Line{"treasury", 2026, true}, ledger.OldAgeMatched, 70, false},
	}}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestWhatWasGivenInAMonthIsCountedOrRefused(t *testing.T) {
	t.Parallel()
	var p Position
	for _, minor := range []int64{math.MaxInt64 - 1, 1} {
		if err := p.add(2026_01_01, insurance.Giving{}, minor); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.add(2026_01_31, insurance.Giving{}, 1); !errors.Is(err, errTooMuch) {
		t.Errorf("got %v, want %v", err, errTooMuch)
	}
	if diff := cmp.Diff([]Month{{202601, "", math.MaxInt64, 2, ""}}, p.Months); diff != "" {
		t.Errorf("the position has changed: %s", diff)
	}
}
