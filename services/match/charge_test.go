package match

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

func keyring(t *testing.T) *privacy.Keyring {
	t.Helper()
	keys, err := privacy.NewKeyring(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestEveryChargeHasANameOfItsOwn: by what is charged, to which stage of which line, and the first thing that it charges.
func TestEveryChargeHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	d := &desk{Settler: Settler{Keys: keyring(t)}}
	line := insurance.BudgetLine{Funder: "treasury", Scheme: "basic", Year: 2025, Currency: "JOD"}
	prior, other := line, line
	prior.Prior, other.Funder = true, "donor"
	names := map[ledger.ID]bool{}
	n := 0
	for _, l := range []insurance.BudgetLine{line, prior, other} {
		for _, committed := range []bool{false, true} {
			for _, named := range []string{"a", "b"} {
				for _, what := range []string{"money", "heads", "unmet"} {
					names[d.chargeID(&charge{chargeKey: chargeKey{l, committed}, named: named}, what)] = true
					n++
				}
			}
		}
	}
	if len(names) != n {
		t.Errorf("%d charges have %d names", n, len(names))
	}
}

// booked is a desk with an open line of 2025, where a member is due something of a subsidy.
func booked(t *testing.T, sub rule.Subsidy, held Held) (*desk, booking) {
	t.Helper()
	sub.ID, sub.Funder, sub.Pot, sub.Timing = "match", "treasury", int(ledger.OldAgeMatched), rule.Immediate
	party := her.Party()
	page := ledger.NewPage(ledger.Date(2025_06_01).Time().Add(12*time.Hour), ledger.Calendar{}, nil, map[ledger.Party]ledger.Balances{party: nil})
	line := insurance.BudgetLine{Funder: "treasury", Scheme: "basic", Year: 2025, Currency: "JOD"}
	d := &desk{Settler: Settler{Keys: keyring(t)}, page: page, rules: map[ledger.SchemeCode]Rules{"basic": {Code: "basic", Currency: "JOD"}},
		lines: map[ledger.Party]insurance.LineStatus{line.Party(): {State: insurance.LineOpen}}, left: map[ledger.Account]int64{},
		passed: map[insurance.BudgetLine]bool{}, charges: map[chargeKey]*charge{}}
	held.Subsidy, held.Start, held.Version = "match", 2025_01_01, 1
	c := &memberCase{member: &member{party: party}, scheme: "basic"}
	period := rule.Period{Start: 2025_01_01, End: 2025_12_31}
	return d, booking{d, c, &sub, judgement{subsidy: "match", period: period, on: 2025_03_01}, &held}
}

// entries are the kinds and amounts of what a desk has posted.
func posted(d *desk) (all []string) {
	for _, e := range d.page.Pending() {
		all = append(all, string(e.Kind)+" "+ledger.Money{Minor: insurance.Placed(e).Minor, Currency: e.Currency()}.String()+" "+string(e.Postings[0].Account.Party))
	}
	return all
}

// TestALineIsChargedOnceForAPage: grants, clawbacks, heads and what is unmet, each in one entry at most.
func TestALineIsChargedOnceForAPage(t *testing.T) {
	t.Parallel()
	d, b := booked(t, rule.Subsidy{Heads: true, Exhaustion: rule.Partial}, Held{Due: 500})
	steps := []func() error{
		func() error { return b.grant(300) },
		func() error { return b.takeBack(100) },
		func() error { return b.grant(50) },
		func() error { b.unmet(d.line("basic", Line{Funder: "treasury", Year: 2025}), 7); return nil },
		d.charge,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"match 0.300 JOD funder:treasury", "clawback 0.100 JOD " + string(her.Party()), "match 0.050 JOD funder:treasury",
		"budget-grant 0.250 JOD budget:treasury.basic.2025", "budget-grant 1 XXX budget:treasury.basic.2025", "budget-unmet 0.007 JOD budget:treasury.basic.2025",
	}
	if diff := cmp.Diff(want, posted(d)); diff != "" {
		t.Error(diff)
	}
	if got := b.held; got.Granted() != 250 || got.Moves != 3 || got.Unmet != 7 || !got.Grants[0].Head {
		t.Errorf("held %+v", got)
	}
}

// TestANoteThatHasMissedAMoveGrantsNothing: the entry that the note would name is in the books.
func TestANoteThatHasMissedAMoveGrantsNothing(t *testing.T) {
	t.Parallel()
	d, b := booked(t, rule.Subsidy{Exhaustion: rule.Queue}, Held{Due: 500})
	if err := b.grant(300); err != nil {
		t.Fatal(err)
	}
	b.held.Moves, b.held.Grants = 0, nil
	if err := b.grant(300); err == nil || len(d.page.Pending()) != 1 {
		t.Errorf("got %v and %d entries", err, len(d.page.Pending()))
	}
}
