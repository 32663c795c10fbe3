package matching

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/subsidy"
)

// real publishes a folder of deploy/schemes without budgets, and returns its code.
func (h *house) real(t check, name string) ledger.SchemeCode {
	t.Helper()
	text, err := os.ReadFile("../../deploy/schemes/" + name + "/scheme.yaml")
	must(t, err)
	_, rest, _ := strings.Cut(string(text), "\n")
	rest = strings.ReplaceAll(rest, "    timing: in-arrears\n", "    timing: in-arrears\n    open_ended: true\n")
	code := ledger.SchemeCode(h.next("s"))
	h.publishFolder(t, code, insurance.Folder{Scheme: []byte(rest)})
	return code
}

// save sends a contribution for one of a member's accounts, and returns the answer.
func (h *house) save(t check, to insurance.MemberID, scheme ledger.SchemeCode, account insurance.AccountLabel, on ledger.Date, minor int64, in ledger.Currency) collection.Receipt {
	t.Helper()
	outcomes, err := h.Collection.Post(context.Background(), collection.Sent{Contribution: &insurance.Contribution{
		Collector: mpesa, Reference: h.next("c"), Member: insurance.Reference{Member: to}, Scheme: scheme, Account: account,
		Amount: ledger.Money{Minor: minor, Currency: in}, ValueTime: on.Time().Add(2 * time.Hour),
	}})
	must(t, err)
	must(t, outcomes[0].Err)
	return outcomes[0].Answer
}

func (h *house) runFor(t check, scheme ledger.SchemeCode, id string, on ledger.Date) {
	t.Helper()
	done, err := h.runner(h.Subsidies.Store, 10).Run(context.Background(), subsidy.Order{Scheme: scheme, Subsidy: id, On: on}, func(match.Run) {})
	must(t, err)
	if done.Failed > 0 {
		t.Fatalf("%d could not be judged", done.Failed)
	}
}

// TestAccountsAreToldApart: in the scheme of Singapore a programme matches its own account alone. What was given for an
// account that the scheme does not know is hers, and matched by none; the note and the entries say the same (L5).
func TestAccountsAreToldApart(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		scheme := h.real(t, "sg-mrss-mmss")
		her := h.member(t, insurance.Birth{On: 1960_03_01})
		if r := h.save(t, her, scheme, "RA", 2026_01_05, 150_000, "SGD"); r.State != collection.Posted || r.Reason != "" {
			t.Errorf("a known account: %+v", r)
		}
		h.save(t, her, scheme, "MA", 2026_01_06, 130_000, "SGD")
		h.save(t, her, scheme, "RA", 2026_02_06, 20_000, "SGD")
		if r := h.save(t, her, scheme, "XA", 2026_01_07, 70_000, "SGD"); r.State != collection.Posted || r.Reason != insurance.AccountUnknown {
			t.Errorf("an account that is not known: %+v", r)
		}
		if r := h.save(t, her, scheme, "", 2026_01_07, 30_000, "SGD"); r.State != collection.Posted || r.Reason != "" {
			t.Errorf("no account named: %+v", r)
		}
		// Both are granted in arrears, once the year is over; what is due stands before that.
		want := map[string][2]int64{"mrss 2026-01-01": {170_000, 0}, "mmss 2026-01-01": {100_000, 0}}
		if diff := cmp.Diff(want, h.dues(t, her, scheme)); diff != "" {
			t.Errorf("%s", diff)
		}
		h.clean(t)
	})
}

// TestTheAccountIsKeptWhenAContributionFindsItsMember: money in suspense keeps the label it came with.
func TestTheAccountIsKeptWhenAContributionFindsItsMember(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		scheme := h.real(t, "hr-3pillar")
		her := h.member(t, insurance.Birth{Year: 1980})
		h.save(t, her, scheme, "fundA", 2025_01_05, 10_000, "EUR")
		lost := h.save(t, "nobody", scheme, "fundB", 2025_01_06, 40_000, "EUR")
		if lost.State != collection.Suspended {
			t.Fatalf("%+v", lost)
		}
		for _, person := range []string{"amal", "bana"} {
			_, _, err := h.Collection.Reassign(context.Background(), collection.Reassignment{Contribution: lost.ID, To: her, Reason: "FOUND", Person: person})
			must(t, err)
		}
		h.runFor(t, scheme, "incentive", 2025_12_31)
		// One fund is matched, that which makes more: 15 % of 400, not of 500.
		if diff := cmp.Diff(map[string][2]int64{"incentive 2025-01-01": {6_000, 6_000}}, h.dues(t, her, scheme)); diff != "" {
			t.Errorf("%s", diff)
		}
		h.clean(t)
	})
}

// TestTheSameReferenceForAnotherAccountIsAnotherContent (L3).
func TestTheSameReferenceForAnotherAccountIsAnotherContent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := h.real(t, "sg-mrss-mmss")
	her := h.member(t, insurance.Birth{On: 1960_03_01})
	send := func(account insurance.AccountLabel) error {
		return h.try(collection.Sent{Contribution: &insurance.Contribution{Collector: mpesa, Reference: "same", Member: insurance.Reference{Member: her},
			Scheme: scheme, Account: account, Amount: ledger.Money{Minor: 100, Currency: "SGD"}, ValueTime: ledger.Date(2026_01_05).Time()}})
	}
	must(t, send("RA"))
	must(t, send("RA"))
	if err := send("MA"); err == nil {
		t.Error("the same reference was taken for another account")
	}
	if err := send("r a"); err == nil {
		t.Error("a label with a space was taken")
	}
}
