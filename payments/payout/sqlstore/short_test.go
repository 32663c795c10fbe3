package sqlstore_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
)

// prefunded is a calm rail that pays what stands on its float, and charges nothing.
func prefunded() sandbox.Config {
	c := sandbox.Config{Contract: terms()}
	c.Contract.OnCredit = false
	return c
}

// fill puts money on the rail's float.
func (h *house) fill(t *testing.T, reference string, minor int64) {
	t.Helper()
	_, err := h.TopUpFloat(t.Context(), payout.TopUp{Rail: "sandbox", Amount: ledger.Money{Minor: minor, Currency: jod}, Bank: "cbj-1", On: 2026_03_01,
		Reference: reference, Person: "amal"})
	if err != nil {
		t.Fatal(err)
	}
}

// told is how a batch's report says that its lines stand.
func (h *house) told(t *testing.T, b payout.Batch) (all []string) {
	t.Helper()
	report, err := h.Report(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range report.Sums {
		all = append(all, fmt.Sprintf("%d %s %d %s", s.Count, s.State, s.Minor, s.Reason))
	}
	return all
}

// TestWhatTheFloatDoesNotHoldWaitsTheOldestGoingFirst: it is approved, booked and owed; nothing small goes past it; a top-up
// sends it.
func TestWhatTheFloatDoesNotHoldWaitsTheOldestGoingFirst(t *testing.T) {
	onEach(t, prefunded(), func(t *testing.T, h *house) {
		h.fill(t, "first", 12_000)
		first := h.approved(t, h.asked(t, "first", 10_000))
		large := h.approved(t, h.asked(t, "large", 5_000))
		h.work(t)
		small := h.approved(t, h.asked(t, "small", 1_000))
		h.work(t)
		for _, x := range []struct {
			batch payout.Batch
			want  []string
		}{
			{first, []string{"1 settled 10000 "}}, {large, []string{"1 approved 5000 FLOAT_SHORT"}}, {small, []string{"1 approved 1000 FLOAT_SHORT"}},
		} {
			if diff := cmp.Diff(x.want, h.told(t, x.batch)); diff != "" {
				t.Errorf("batch %s: %s", x.batch.Reference, diff)
			}
		}
		h.want(t, map[ledger.Account]int64{floating(): 2_000, transit(): 6_000, payable(member(0)): 0})
		if n := h.paid(t); n != 1 {
			t.Errorf("the rail paid %d", n)
		}
		whole, err := h.Payout(t.Context(), h.one(t, large).ID)
		waits := 0
		for _, e := range whole.Events {
			if e.What == payout.WasShort {
				waits++
			}
		}
		if err != nil || waits != 1 {
			t.Errorf("that it waits is recorded %d times, %v", waits, err)
		}
		h.fill(t, "second", 4_000)
		if n, err := h.worker("w1").Work(t.Context()); n != 2 || err != nil {
			t.Errorf("at once after the top-up %d were sent, %v", n, err)
		}
		h.wantOne(t, large, payout.StateSettled, 1)
		h.wantOne(t, small, payout.StateSettled, 1)
		h.want(t, map[ledger.Account]int64{floating(): 0, transit(): 0})
		h.clean(t)
	})
}

// TestWorkersTogetherNeverSendMoreThanTheFloatHolds, also while the rail has not told yet what became of what it was asked.
func TestWorkersTogetherNeverSendMoreThanTheFloatHolds(t *testing.T) {
	onEach(t, prefunded(), func(t *testing.T, h *house) {
		h.fate(sandbox.Fate{Delay: time.Hour})
		h.fill(t, "first", 20_500)
		amounts := make([]int64, 60)
		for i := range amounts {
			amounts[i] = 1_000
		}
		b := h.approved(t, h.asked(t, "many", amounts...))
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				w := h.worker(fmt.Sprint("w", n))
				for range 20 {
					if _, err := w.Work(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if diff := cmp.Diff([]string{"40 approved 40000 FLOAT_SHORT", "20 sent 20000 "}, h.told(t, b)); diff != "" {
			t.Error(diff)
		}
		h.clean(t)
	})
}

// TestARailOnCreditPaysBeyondItsFloat, as it was before floats were looked at.
func TestARailOnCreditPaysBeyondItsFloat(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		b := h.approved(t, h.asked(t, "march", 10_000))
		h.work(t)
		h.wantOne(t, b, payout.StateSettled, 1)
		h.want(t, map[ledger.Account]int64{floating(): -10_050})
	})
}
