package sqlstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
)

// fate has the rail do the same with every call.
func (h *house) fate(f sandbox.Fate) {
	h.rail.Decide(func(payout.Key, int64) sandbox.Fate { return f })
}

// paid is how many orders the rail has paid, and not got back.
func (h *house) paid(t *testing.T) (n int) {
	t.Helper()
	list, err := h.rail.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.Outcome == payout.Settled {
			n++
		}
	}
	return n
}

// one is the only line of a batch.
func (h *house) one(t *testing.T, b payout.Batch) payout.Payout {
	t.Helper()
	lines := h.lines(t, b)
	if len(lines) != 1 {
		t.Fatalf("it has %d lines", len(lines))
	}
	return lines[0]
}

func (h *house) wantOne(t *testing.T, b payout.Batch, state payout.State, attempts int) payout.Payout {
	t.Helper()
	p := h.one(t, b)
	if p.State != state || p.Attempts != attempts {
		t.Errorf("it is %s for %q after %d calls, want %s after %d", p.State, p.Reason, p.Attempts, state, attempts)
	}
	return p
}

func TestALostAnswerIsFoundAndNotPaidAgain(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		h.fate(sandbox.Fate{LosesAnswer: true, Calls: 1})
		b := h.approved(t, h.asked(t, "march", 10_000))
		h.work(t)
		h.wantOne(t, b, payout.StateSettled, 1)
		h.want(t, map[ledger.Account]int64{floating(): -10_050, transit(): 0})
		if n := h.paid(t); n != 1 {
			t.Errorf("the rail paid %d", n)
		}
		h.clean(t)
	})
}

func TestALostOrderIsSentAgainUnderItsKey(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		var keys sync.Map
		h.rail.Decide(func(key payout.Key, call int64) sandbox.Fate {
			keys.Store(key, call)
			return sandbox.Fate{LosesOrder: call < 3, Calls: 1}
		})
		b := h.approved(t, h.asked(t, "march", 10_000))
		h.work(t)
		p := h.wantOne(t, b, payout.StateSettled, 3)
		if calls, _ := keys.Load(p.Key()); calls != int64(3) {
			t.Errorf("under its key the rail was called %v times", calls)
		}
		if n := h.paid(t); n != 1 {
			t.Errorf("the rail paid %d", n)
		}
	})
}

func TestARailThatCantBeSureLeavesItToTwoPeople(t *testing.T) {
	unsure := calm
	unsure.Contract.SureOfAbsence = false
	onEach(t, unsure, func(t *testing.T, h *house) {
		h.fate(sandbox.Fate{LosesOrder: true})
		b := h.approved(t, h.asked(t, "march", 10_000))
		h.work(t)
		p := h.wantOne(t, b, payout.StateUnknown, 1)
		h.want(t, map[ledger.Account]int64{transit(): 10_000, payable(member(0)): 0})
		report, err := h.Report(t.Context(), b.ID)
		if err != nil || len(report.Unknown) != 1 || !report.Open {
			t.Errorf("the report says %+v, %v", report, err)
		}
		for _, person := range []string{"amal", "amal", "badr"} {
			if p, err = h.ResolveUnknown(t.Context(), p.ID, payout.FoundNotPaid, person); err != nil {
				t.Fatal(err)
			}
			if person == "amal" && p.State != payout.StateUnknown {
				t.Error("one person decided alone")
			}
		}
		h.wantOne(t, b, payout.StateFailed, 1)
		h.want(t, map[ledger.Account]int64{transit(): 0, payable(member(0)): 10_000})
		if _, err := h.ResolveUnknown(t.Context(), p.ID, payout.FoundPaid, "carim"); faultOf(err) != payout.WrongState {
			t.Errorf("it was resolved twice: %v", err)
		}
		h.clean(t)
	})
}

// failing is a store whose transactions fail once so many have gone through: a worker that dies there.
type failing struct {
	payout.Store
	left int
}

var errKilled = errors.New("killed")

func (f *failing) Update(ctx context.Context, fn func(context.Context, payout.Tx) error) error {
	if f.left--; f.left < 0 {
		return errKilled
	}
	return f.Store.Update(ctx, fn)
}

func TestWhoFindsALeaseEndedAsksFirst(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		b := h.approved(t, h.asked(t, "march", 10_000))
		dying := *h.Service
		dying.Store = &failing{h.store, 1}
		if _, err := (&payout.Worker{Service: &dying, Name: "dying"}).Work(t.Context()); !errors.Is(err, errKilled) {
			t.Fatalf("got %v", err)
		}
		p := h.wantOne(t, b, payout.StateSending, 1)
		if n, err := h.worker("next").Work(t.Context()); n != 0 || err != nil {
			t.Errorf("what another has leased was taken: %d, %v", n, err)
		}
		h.pass(time.Minute)
		if n, err := h.worker("next").Work(t.Context()); n != 1 || err != nil {
			t.Errorf("what was left was not taken: %d, %v", n, err)
		}
		h.wantOne(t, b, payout.StateSettled, 1)
		whole, err := h.Payout(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		var record []payout.What
		for _, e := range whole.Events {
			record = append(record, e.What)
		}
		want := []payout.What{payout.WasRequested, payout.WasApproved, payout.WasSending, payout.WasAsked}
		if diff := cmp.Diff(want, record); diff != "" {
			t.Error(diff)
		}
	})
}

// slow is a rail whose Send answers when it is let go.
type slow struct {
	payout.Rail
	called, goOn chan struct{}
}

func (s slow) Send(ctx context.Context, o payout.Order) (payout.Report, error) {
	r, err := s.Rail.Send(ctx, o)
	s.called <- struct{}{}
	<-s.goOn
	return r, err
}

func TestALateAnswerChangesNothingButTheRecord(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		b := h.approved(t, h.asked(t, "march", 10_000))
		rail := slow{h.rail, make(chan struct{}), make(chan struct{})}
		held := *h.Service
		held.Rails = map[string]payout.Rail{"sandbox": rail}
		done := make(chan error)
		go func() {
			_, err := (&payout.Worker{Service: &held, Name: "held-up"}).Work(context.WithoutCancel(t.Context()))
			done <- err
		}()
		<-rail.called
		h.pass(time.Minute)
		if _, err := h.worker("next").Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := h.wantOne(t, b, payout.StateSettled, 1)
		close(rail.goOn)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		after := h.one(t, b)
		before.Events, before.ChangedAt = after.Events, after.ChangedAt
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
		whole, err := h.Payout(t.Context(), after.ID)
		if err != nil || whole.Events[len(whole.Events)-1].What != payout.WasLate || whole.Events[len(whole.Events)-1].By != "held-up" {
			t.Errorf("the record is %+v, %v", whole.Events, err)
		}
		h.clean(t)
	})
}

func TestManyWorkersSendEachPayoutOnce(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		amounts := make([]int64, 120)
		for i := range amounts {
			amounts[i] = int64(1_000 + i)
		}
		b := h.approved(t, h.asked(t, "march", amounts...))
		var all sync.WaitGroup
		for _, name := range []string{"w1", "w2", "w3", "w4"} {
			all.Go(func() {
				for idle := 0; idle < 3; {
					n, err := h.worker(name).Work(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					if idle++; n > 0 {
						idle = 0
					}
				}
			})
		}
		all.Wait()
		h.work(t)
		for _, p := range h.lines(t, b) {
			if p.State != payout.StateSettled || p.Attempts != 1 {
				t.Errorf("line %d is %s after %d calls", p.Line, p.State, p.Attempts)
			}
		}
		if n := h.paid(t); n != len(amounts) {
			t.Errorf("the rail paid %d of %d", n, len(amounts))
		}
		h.clean(t)
	})
}

func TestWhatIsHeldWaitsAndWhatIsUnderWayGoesOn(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		b := h.approved(t, h.asked(t, "march", 10_000, 5_000))
		hold := payout.Hold{Party: member(0), Reason: "DEATH_UNCONFIRMED", Person: "amal"}
		if _, underWay, err := h.HoldPayouts(t.Context(), hold); err != nil || underWay != 0 {
			t.Fatal(underWay, err)
		}
		if _, _, err := h.HoldPayouts(t.Context(), hold); err != nil {
			t.Fatal(err)
		}
		h.work(t)
		if diff := cmp.Diff([]payout.State{payout.StateApproved, payout.StateSettled}, h.states(t, b)); diff != "" {
			t.Error(diff)
		}
		report, err := h.Report(t.Context(), b.ID)
		if err != nil || report.Held != 1 || len(report.Holds) != 1 {
			t.Errorf("the report says %d held, %v, %v", report.Held, report.Holds, err)
		}
		second := hold
		second.Party, second.Scheme, second.Reason = "pool:health", "basic", "POOL_EMPTY"
		if _, _, err := h.HoldPayouts(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		if _, err := h.ReleaseHold(t.Context(), hold); err != nil {
			t.Fatal(err)
		}
		h.work(t)
		if states := h.states(t, b); states[0] != payout.StateApproved {
			t.Errorf("what the pool holds was sent: %v", states)
		}
		if holds, err := h.Holds(t.Context(), ""); err != nil || len(holds) != 1 || holds[0].Reason != "POOL_EMPTY" {
			t.Errorf("held is %+v, %v", holds, err)
		}
		if _, err := h.ReleaseHold(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		if _, err := h.ReleaseHold(t.Context(), second); faultOf(err) != payout.HoldUnknown {
			t.Errorf("it was released twice: %v", err)
		}
		h.work(t)
		if states := h.states(t, b); states[0] != payout.StateSettled {
			t.Errorf("what was released was not sent: %v", states)
		}
		h.clean(t)
	})
}

func TestCallsBackAreTakenTwiceLateAndOutOfOrder(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		h.fate(sandbox.Fate{Delay: 10 * time.Second, Returns: true, Calls: 3, Stale: true})
		b := h.approved(t, h.asked(t, "march", 10_000))
		if _, err := h.worker("w").Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.wantOne(t, b, payout.StateSent, 1)
		var calls []payout.Report
		h.pass(time.Hour)
		taken, err := h.rail.CallBack(t.Context(), func(_ context.Context, r payout.Report) error {
			calls = append(calls, r)
			return nil
		})
		if err != nil || taken < 7 {
			t.Fatalf("%d calls: %v", taken, err)
		}
		for _, order := range [][]payout.Report{{calls[len(calls)-2], calls[3]}, calls, calls} {
			for _, r := range order {
				if _, err := h.Receive(t.Context(), "sandbox", r); err != nil {
					t.Fatal(err)
				}
			}
		}
		p := h.wantOne(t, b, payout.StateReturned, 1)
		if p.Contradiction != "" || p.Fee != 50 {
			t.Errorf("contradiction %q, fee %d", p.Contradiction, p.Fee)
		}
		h.want(t, map[ledger.Account]int64{payable(member(0)): 10_000, transit(): 0, floating(): -50, charges(): 50})
		if _, err := h.Receive(t.Context(), "sandbox", payout.Report{Key: payout.KeyOf(payout.ID{9}), Outcome: payout.Settled}); faultOf(err) != payout.PayoutUnknown {
			t.Errorf("a call about nothing: %v", err)
		}
		h.clean(t)
	})
}

func TestAKnockAtTheDoorHasTheRailAsked(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		h.fate(sandbox.Fate{Delay: time.Second, Calls: 1})
		b := h.approved(t, h.asked(t, "march", 10_000))
		if _, err := h.worker("w").Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.pass(2 * time.Second)
		if n, err := h.worker("w").Work(t.Context()); n != 0 || err != nil {
			t.Fatalf("it was asked for before its time: %d, %v", n, err)
		}
		if _, err := h.AskSoon(t.Context(), "sandbox", h.one(t, b).Key()); err != nil {
			t.Fatal(err)
		}
		if _, err := h.worker("w").Work(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.wantOne(t, b, payout.StateSettled, 1)
	})
}

func TestOfAnErasedMemberNobodyKnowsWhereToPay(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		r := h.asked(t, "march", 10_000)
		h.owe(t, erased, 500)
		r.Lines = append(r.Lines, payout.Line{Party: erased, Scheme: "basic", Minor: 500})
		r.Declared = payout.Sum{Count: 2, Total: ledger.Money{Minor: 10_500, Currency: jod}}
		b := h.approved(t, r)
		h.work(t)
		if diff := cmp.Diff([]payout.State{payout.StateSettled, payout.StateFailed}, h.states(t, b)); diff != "" {
			t.Error(diff)
		}
		if err := h.SetDestination(t.Context(), erased, "sandbox", wallet(1), "amal"); !errors.Is(err, payout.ErrNobody) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAFloatIsToppedUpOnce(t *testing.T) {
	onEach(t, calm, func(t *testing.T, h *house) {
		up := payout.TopUp{Rail: "sandbox", Amount: ledger.Money{Minor: 50_000, Currency: jod}, Bank: "cbj-1", On: 2026_03_01, Reference: "CBJ 1", Person: "amal"}
		for n := range 2 {
			got, err := h.TopUpFloat(t.Context(), up)
			if err != nil || got.Repeated != (n == 1) {
				t.Errorf("repeated is %t, %v", got.Repeated, err)
			}
		}
		h.want(t, map[ledger.Account]int64{floating(): 50_000})
		up.Amount.Minor++
		if _, err := h.TopUpFloat(t.Context(), up); !errors.Is(err, ledger.ErrReferenceReused) {
			t.Errorf("another amount under the reference: %v", err)
		}
		h.clean(t)
	})
}
