package sqlstore_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
)

func TestAPayoutGoesFromTheRequestToTheWallet(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		r := h.asked(t, "march", 10_000, 2_500)
		b := h.made(t, r)
		if diff := cmp.Diff(payout.Sum{Count: 2, Total: ledger.Money{Minor: 12_500, Currency: jod}}, b.Found); diff != "" || b.State != payout.Made {
			t.Errorf("it is %s: %s", b.State, diff)
		}
		h.want(t, map[ledger.Account]int64{payable(member(0)): 10_000, transit(): 0})
		if _, err := h.ApproveBatch(t.Context(), b.ID, "Amal"); faultOf(err) != payout.SamePerson {
			t.Errorf("its maker approved it: %v", err)
		}
		if n, err := h.worker("w").Work(t.Context()); n != 0 || err != nil {
			t.Errorf("a worker took %d before anybody approved: %v", n, err)
		}
		if _, err := h.ApproveBatch(t.Context(), b.ID, "badr"); err != nil {
			t.Fatal(err)
		}
		h.want(t, map[ledger.Account]int64{payable(member(0)): 0, transit(): 12_500})
		h.clean(t)
		h.work(t)
		if diff := cmp.Diff([]payout.State{payout.StateSettled, payout.StateSettled}, h.states(t, b)); diff != "" {
			t.Error(diff)
		}
		h.want(t, map[ledger.Account]int64{transit(): 0, floating(): -12_600, charges(): 100})
		h.clean(t)
	})
}

func TestTheSameRequestIsTheSameBatch(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		r := h.asked(t, "march", 10_000)
		first := h.made(t, r)
		if again := h.made(t, r); again.ID != first.ID {
			t.Errorf("the same request made %s and %s", first.ID, again.ID)
		}
		r.Lines[0].Minor, r.Declared.Total.Minor = 9_000, 9_000
		if _, err := h.CreateBatch(t.Context(), r); faultOf(err) != payout.ReferenceReused {
			t.Errorf("other content under the reference: %v", err)
		}
		if got := len(h.lines(t, first)); got != 1 {
			t.Errorf("it has %d lines, want 1", got)
		}
	})
}

func TestWhatWasDeclaredIsChecked(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		r := h.asked(t, "march", 10_000, 5_000)
		for name, change := range map[string]struct {
			count  int
			minor  int64
			reason string
		}{
			"a line too many":  {3, 15_000, "DECLARED_COUNT_DIFFERS"},
			"another total":    {2, 15_001, "DECLARED_TOTAL_DIFFERS"},
			"nothing declared": {0, 0, "DECLARED_COUNT_DIFFERS"},
		} {
			r.Reference, r.Declared.Count, r.Declared.Total.Minor = name, change.count, change.minor
			if _, err := h.CreateBatch(t.Context(), r); faultOf(err) != change.reason {
				t.Errorf("%s: got %v, want %s", name, err, change.reason)
			}
		}
		// Where amounts are left to the fund, the total is known when the lines are: then the whole batch is declined.
		r.Reference, r.Declared = "all", payout.Sum{Count: 2, Total: ledger.Money{Minor: 14_999, Currency: jod}}
		for i := range r.Lines {
			r.Lines[i].Minor = 0
		}
		b, err := h.CreateBatch(t.Context(), r)
		if faultOf(err) != "DECLARED_TOTAL_DIFFERS" || b.State != payout.Declined {
			t.Errorf("it is %s: %v", b.State, err)
		}
		if diff := cmp.Diff([]payout.State{payout.StateFailed, payout.StateFailed}, h.states(t, b)); diff != "" {
			t.Error(diff)
		}
		if _, err := h.ApproveBatch(t.Context(), b.ID, "badr"); faultOf(err) != payout.WrongState {
			t.Errorf("a declined batch was approved: %v", err)
		}
		h.want(t, map[ledger.Account]int64{payable(member(0)): 10_000, transit(): 0})
	})
}

func TestABadLineNeverStopsItsNeighbours(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		r := h.asked(t, "march", 10_000, 5_000, 7_000)
		r.Lines[1].Minor += 1_000 // more than is payable
		r.Lines[2].To = payout.Destination{}
		r.Lines = append(r.Lines, payout.Line{Party: "member:nobody", Scheme: "basic", Minor: 500, To: wallet(9)})
		r.Declared = payout.Sum{Count: 4, Total: ledger.Money{Minor: 23_500, Currency: jod}}
		b := h.approved(t, r)
		h.work(t)
		var reasons []string
		for _, p := range h.lines(t, b) {
			reasons = append(reasons, string(p.State)+" "+p.Reason)
		}
		want := []string{"settled ", "failed NOT_PAYABLE", "failed DESTINATION_MISSING", "failed NOT_PAYABLE"}
		if diff := cmp.Diff(want, reasons); diff != "" {
			t.Error(diff)
		}
		report, err := h.Report(t.Context(), b.ID)
		if err != nil || report.Open || len(report.Failed) != 3 || report.ToFollow != 3 {
			t.Errorf("the report says %+v, %v", report, err)
		}
		h.want(t, map[ledger.Account]int64{payable(member(1)): 5_000, payable("member:nobody"): 0})
		h.clean(t)
	})
}

func TestOnePartyIsNotNamedTwiceInABatch(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		r := h.asked(t, "march", 10_000)
		r.Lines = append(r.Lines, r.Lines[0])
		if _, err := h.CreateBatch(t.Context(), r); faultOf(err) != "LINE_TWICE" {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhatIsAskedForTwiceIsPayableOnce(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		r := h.asked(t, "march", 10_000)
		h.owe(t, "provider:clinic", 8_000)
		r.Lines = append(r.Lines, payout.Line{Party: "provider:clinic", Scheme: "basic", Minor: 8_000, To: payout.Destination{Kind: payout.BankAccount, Account: "JO94CBJO0010"}})
		r.Declared = payout.Sum{Count: 2, Total: ledger.Money{Minor: 18_000, Currency: jod}}
		h.made(t, r)
		r.Reference = "again"
		second := h.made(t, r)
		if diff := cmp.Diff([]payout.State{payout.StateFailed, payout.StateFailed}, h.states(t, second)); diff != "" {
			t.Errorf("what is requested was requested again: %s", diff)
		}
	})
}

func TestAllThatIsPayableIsFound(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		for n := range 7 {
			h.owe(t, member(n), int64(1000*(n+1)))
			if n != 3 {
				if err := h.SetDestination(t.Context(), member(n), "sandbox", wallet(n), "amal"); err != nil {
					t.Fatal(err)
				}
			}
		}
		h.owe(t, "provider:clinic", 500)
		r := payout.BatchRequest{Reference: "all", Person: "amal", Rail: "sandbox", AllOf: payout.AllOf{Scheme: "basic", Kind: "member"},
			Declared: payout.Sum{Count: 7, Total: ledger.Money{Minor: 28_000, Currency: jod}}}
		b := h.approved(t, r)
		h.work(t)
		states := h.states(t, b)
		if len(states) != 7 || states[3] != payout.StateFailed || states[6] != payout.StateSettled {
			t.Errorf("the lines are %v", states)
		}
		h.want(t, map[ledger.Account]int64{payable(member(0)): 0, payable(member(3)): 4_000, payable("provider:clinic"): 500})
		r.AllOf.Kind, r.Reference, r.Declared = "provider", "clinics", payout.Sum{Count: 1, Total: ledger.Money{Minor: 500, Currency: jod}}
		if b := h.made(t, r); b.State != payout.Made || len(h.lines(t, b)) != 1 {
			t.Errorf("clinics: %+v", b)
		}
	})
}

func TestAFollowUpHasOnlyWhatFailedAndNothingTwice(t *testing.T) {
	c := calm
	onEach(t, c, func(t *testing.T, h *house) {
		first := h.asked(t, "march", 10_000, 5_000, 7_000)
		h.rail.Decide(func(key payout.Key, _ int64) sandbox.Fate {
			return sandbox.Fate{Fails: key[0]%2 == 0, Returns: key[0]%2 == 1, Calls: 1}
		})
		b := h.approved(t, first)
		h.work(t)
		for _, p := range h.lines(t, b) {
			if !p.State.Back() {
				t.Errorf("line %d is %s", p.Line, p.State)
			}
		}
		h.want(t, map[ledger.Account]int64{payable(member(0)): 10_000, payable(member(1)): 5_000, transit(): 0})
		h.rail.Decide(nil)
		follow := payout.FollowRequest{Batch: b.ID, Reference: "march-2", Person: "amal"}
		second, err := h.FollowUpBatch(t.Context(), follow)
		if err != nil || second.Found != b.Found {
			t.Fatalf("the follow-up has %+v, %v", second.Found, err)
		}
		if again, err := h.FollowUpBatch(t.Context(), follow); err != nil || again.ID != second.ID || len(h.lines(t, again)) != 3 {
			t.Errorf("the same again: %+v, %v", again, err)
		}
		follow.Reference = "march-3"
		if third, err := h.FollowUpBatch(t.Context(), follow); err != nil || third.Found.Count != 0 {
			t.Errorf("a second follow-up has %+v, %v", third.Found, err)
		}
		if _, err := h.ApproveBatch(t.Context(), second.ID, "badr"); err != nil {
			t.Fatal(err)
		}
		h.work(t)
		h.want(t, map[ledger.Account]int64{payable(member(0)): 0, payable(member(1)): 0, transit(): 0})
		report, err := h.Report(t.Context(), b.ID)
		if err != nil || report.ToFollow != 0 {
			t.Errorf("%d lines are left to follow, %v", report.ToFollow, err)
		}
		h.clean(t)
	})
}

func TestAnApprovalThatWasBrokenOffIsBookedByAWorker(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		b := h.made(t, h.asked(t, "march", 10_000, 5_000))
		// The approver's word is on record, and the server died before a line was booked.
		err := h.store.Update(t.Context(), func(ctx context.Context, tx payout.Tx) error {
			b.State, b.Approver = payout.Agreed, "badr"
			return tx.SavePayoutBatch(ctx, b)
		})
		if err != nil {
			t.Fatal(err)
		}
		h.work(t)
		if diff := cmp.Diff([]payout.State{payout.StateSettled, payout.StateSettled}, h.states(t, b)); diff != "" {
			t.Error(diff)
		}
		h.clean(t)
	})
}

func TestWhatWasSpentMeanwhileIsNotApproved(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		r := h.asked(t, "march", 10_000, 5_000)
		h.owe(t, "provider:clinic", 800)
		r.Lines = append(r.Lines, payout.Line{Party: "provider:clinic", Scheme: "basic", To: wallet(7)})
		r.Declared = payout.Sum{Count: 3, Total: ledger.Money{Minor: 15_800, Currency: jod}}
		b := h.made(t, r)
		for _, party := range []ledger.Party{member(0), "provider:clinic"} {
			h.owe(t, member(8), 1)
			e, err := ledger.NewEntry(ledger.ID(hasher{}.Hash("uncollected", string(party))), "uncollected", 2026_03_03,
				ledger.Dr(payable(party), 100), ledger.Cr(ledger.Account{Code: ledger.UnclaimedBenefits, Party: party, Scheme: "basic", Currency: jod}, 100))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := ledger.Append(t.Context(), h.books, e); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.ApproveBatch(t.Context(), b.ID, "badr"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]payout.State{payout.StateFailed, payout.StateApproved, payout.StateFailed}, h.states(t, b)); diff != "" {
			t.Error(diff)
		}
		h.want(t, map[ledger.Account]int64{payable(member(0)): 9_900, payable("provider:clinic"): 700, transit(): 5_000})
	})
}

func TestABatchMayBeDeclinedAndAPayoutWithdrawn(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		b := h.made(t, h.asked(t, "march", 10_000))
		if _, err := h.DeclineBatch(t.Context(), b.ID, "badr"); err != nil {
			t.Fatal(err)
		}
		if states := h.states(t, b); states[0] != payout.StateFailed {
			t.Errorf("it is %s", states[0])
		}
		r := h.asked(t, "april", 500)
		r.Lines[0].Minor, r.Declared.Total.Minor = 10_500, 10_500
		second := h.approved(t, r)
		p, err := h.Withdraw(t.Context(), h.lines(t, second)[0].ID, "badr")
		if err != nil || p.State != payout.StateFailed || p.Reason != payout.ReasonWithdrawn {
			t.Errorf("it is %+v, %v", p, err)
		}
		h.want(t, map[ledger.Account]int64{payable(member(0)): 10_500, transit(): 0})
		h.work(t)
		third := h.asked(t, "may", 1)
		third.Lines[0].Minor, third.Declared.Total.Minor = 10_501, 10_501
		sent := h.approved(t, third)
		h.work(t)
		if _, err := h.Withdraw(t.Context(), h.lines(t, sent)[0].ID, "badr"); faultOf(err) != payout.WrongState {
			t.Errorf("what was paid was withdrawn: %v", err)
		}
		h.clean(t)
	})
}
