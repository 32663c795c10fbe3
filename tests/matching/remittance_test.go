package matching

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/subsidy"
	"sanad.dev/sanad/services/treasury"
	"sanad.dev/sanad/tests/pgtest"
)

const onRemittance = `subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, timing: on-remittance, amount: [{times: 50%}], round: {way: down}}
`

// through sends a contribution of a member through a collector.
func (h *house) through(t check, by insurance.CollectorID, to insurance.MemberID, scheme ledger.SchemeCode, on ledger.Date, minor int64) (reference string) {
	t.Helper()
	reference = h.next("c")
	h.post(t, collection.Sent{Contribution: &insurance.Contribution{Collector: by, Reference: reference, Scheme: scheme,
		Member: insurance.Reference{Member: to}, Amount: ledger.Money{Minor: minor, Currency: currency}, ValueTime: on.Time().Add(12 * time.Hour)}})
	return reference
}

// remit is money that a collector pays over to a bank; to none where nobody says what it was taken out for.
func (h *house) remit(t check, by insurance.CollectorID, bank string, on ledger.Date, minor int64) {
	t.Helper()
	h.post(t, collection.Sent{Withdrawal: &insurance.Withdrawal{Collector: by, Reference: h.next("w"), BankAccount: bank,
		Amount: ledger.Money{Minor: minor, Currency: currency}, ValueTime: on.Time().Add(12 * time.Hour)}})
}

// onStores runs a test on every engine.
func onStores(t *testing.T, test func(*testing.T, *house)) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); test(t, newHouse(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); test(t, openHouse(t, pgtest.URL(t))) })
}

// TestAMatchOnRemittanceWaitsForTheCollectorAlone: what one collector has remitted is matched, what another owes waits
// for it and is told, by member's contribution and not by member; and what is granted stays when an older contribution
// turns up that is not remitted (L13).
func TestAMatchOnRemittanceWaitsForTheCollectorAlone(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, onRemittance)
		h.fund(t, line(scheme, 2025), 1_000_000)
		h.move(t, treasury.Commitment, line(scheme, 2025), 1_000_000)
		people := h.people(t, 2)
		amal, bana := people[0], people[1]
		h.through(t, "mpesa", amal, scheme, 2025_01_10, 10_000)
		h.through(t, "mpesa", bana, scheme, 2025_02_10, 20_000)
		h.through(t, "zain", amal, scheme, 2025_01_05, 4_000)

		run := func(wantAmal, wantBana int64, want match.HeldBack) {
			t.Helper()
			done, err := h.runner(h.Subsidies.Store, 1).Run(context.Background(), subsidy.Order{Scheme: scheme, Subsidy: "match", On: 2025_12_31}, func(match.Run) {})
			must(t, err)
			if diff := cmp.Diff(want, done.HeldBack); diff != "" {
				t.Errorf("held back: %s", diff)
			}
			if a, b := h.matched(t, amal, scheme), h.matched(t, bana, scheme); a != wantAmal || b != wantBana {
				t.Errorf("matched %d and %d, want %d and %d", a, b, wantAmal, wantBana)
			}
			h.clean(t)
		}
		awaiting := func(by insurance.CollectorID, members, given int64) match.Awaiting {
			return match.Awaiting{Collector: by, Currency: currency, Members: members, Given: given}
		}
		run(0, 0, match.HeldBack{Due: 17_000, For: []match.Awaiting{awaiting("mpesa", 2, 30_000), awaiting("zain", 1, 4_000)}})

		h.remit(t, "mpesa", "arab-bank-1", 2025_03_01, 10_000) // settles what came in first
		run(5_000, 0, match.HeldBack{Due: 12_000, For: []match.Awaiting{awaiting("mpesa", 1, 20_000), awaiting("zain", 1, 4_000)}})

		h.through(t, "mpesa", bana, scheme, 2025_01_01, 6_000) // comes late, and is older than all
		run(5_000, 3_000, match.HeldBack{Due: 12_000, For: []match.Awaiting{awaiting("mpesa", 2, 30_000), awaiting("zain", 1, 4_000)}})

		h.remit(t, "mpesa", "arab-bank-1", 2025_03_02, 26_000)
		h.remit(t, "zain", "cairo-amman", 2025_03_02, 4_000)
		run(7_000, 13_000, match.HeldBack{})
	})
}

// TestAReversalRemitsNothing: what a collector takes back is not money paid over, and frees no other contribution.
func TestAReversalRemitsNothing(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, onRemittance)
		h.fund(t, line(scheme, 2025), 1_000_000)
		h.move(t, treasury.Commitment, line(scheme, 2025), 1_000_000)
		amal := h.people(t, 1)[0]
		h.through(t, "mpesa", amal, scheme, 2025_01_10, 10_000)
		taken := h.through(t, "mpesa", amal, scheme, 2025_02_10, 10_000)
		h.post(t, collection.Sent{Reversal: &insurance.Reversal{Collector: "mpesa", Reference: h.next("r"), Original: taken,
			Amount: ledger.Money{Minor: 10_000, Currency: currency}, ValueTime: ledger.Date(2025_02_11).Time().Add(12 * time.Hour)}})
		done, err := h.runner(h.Subsidies.Store, 5).Run(context.Background(), subsidy.Order{Scheme: scheme, Subsidy: "match", On: 2025_12_31}, func(match.Run) {})
		must(t, err)
		want := match.HeldBack{Due: 5_000, For: []match.Awaiting{{Collector: "mpesa", Currency: currency, Members: 1, Given: 10_000}}}
		if diff := cmp.Diff(want, done.HeldBack); diff != "" || h.matched(t, amal, scheme) != 0 {
			t.Errorf("matched %d; held back: %s", h.matched(t, amal, scheme), diff)
		}
	})
}
