// Package railtest is the suite that every rail passes: what package payout relies on when it calls one.
package railtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

// Behaviour is what the far side of a rail does with an order.
type Behaviour string

// What a far side can do. A rail under test is told before each order which it will be.
const (
	// Settles pays, at the latest when time has passed.
	Settles Behaviour = "settles"
	// Fails takes the order and refuses it, at the latest when time has passed.
	Fails Behaviour = "fails"
	// Returns pays, and has the money back when time has passed.
	Returns Behaviour = "returns"
	// LosesAnswer pays, and the answer never comes: Send returns an error.
	LosesAnswer Behaviour = "loses the answer"
	// LosesOrder never gets the order, and no answer comes: Send returns an error.
	LosesOrder Behaviour = "loses the order"
	// CallsTwice pays, and calls back twice at least, where the rail calls back.
	CallsTwice Behaviour = "calls twice"
)

// Paid is a line of the rail's own list: what it has paid to whom, less what came back.
type Paid struct {
	Key    payout.Key
	Amount ledger.Money
	To     payout.Destination
	// Fee is what it has charged for it, in minor units.
	Fee int64
}

// World is a rail with its far side.
type World struct {
	Rail payout.Rail
	// Next says what the far side does with orders that come from now on.
	Next func(Behaviour)
	// Pass lets so much time pass at the far side that every order has its last outcome, what is lost is surely absent, and
	// what it calls back has been called back.
	Pass func()
	// List is the rail's own list of what it has paid and not got back, in any order.
	List func() []Paid
	// CalledBack is what the rail has called back so far, as the rail's own code read it; nil where it never calls.
	CalledBack func() []payout.Report
	// Amount is one that the rail carries, and To a destination that it reaches.
	Amount ledger.Money
	To     payout.Destination
}

// Open makes a new rail with an empty list.
type Open func(t *testing.T) World

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, World){
		"its contract is well-formed":                               contract,
		"an order is paid once and found under its key":             settles,
		"the same order again is the first one again":               again,
		"many send the same order at once, and it is paid once":     race,
		"another order under a key that is taken pays nothing":      reused,
		"what fails says why, pays nothing and stays failed":        fails,
		"when an answer is lost, an enquiry finds the order":        lostAnswer,
		"when an order is lost, it is absent, and then paid once":   lostOrder,
		"a key that was never sent is absent":                       unknown,
		"what comes back is told and no longer on the list":         returns,
		"what it calls back is what it answers":                     callsBack,
		"a call that is given up is an error":                       givenUp,
		"no report, error or print names whom the money is for":     discreet,
		"what is asked for is paid to the unit, to whom it is owed": exact,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, open(t)) })
	}
}

// order makes the order of that number.
func (w World) order(n byte) payout.Order {
	return payout.Order{Key: payout.KeyOf(payout.ID{n, 0x5a}), Amount: w.Amount, To: w.To, Text: "Sanad"}
}

// paid is how often each key stands in the rail's list.
func (w World) paid() map[payout.Key]int {
	times := map[payout.Key]int{}
	for _, p := range w.List() {
		times[p.Key]++
	}
	return times
}

// send sends and wants no error.
func (w World) send(t *testing.T, o payout.Order) payout.Report {
	t.Helper()
	r, err := w.Rail.Send(t.Context(), o)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	if err := r.Check(); err != nil || r.Key != o.Key || r.Outcome == payout.Absent || r.Outcome == payout.Returned {
		t.Fatalf("send reports %+v, %v", r, err)
	}
	return r
}

// ask enquires and wants the outcome.
func (w World) ask(t *testing.T, o payout.Order, want payout.Outcome) payout.Report {
	t.Helper()
	r, err := w.Rail.Enquire(t.Context(), payout.Enquiry{Key: o.Key})
	if err != nil {
		t.Fatalf("enquire: %v", err)
	}
	if err := r.Check(); err != nil || r.Key != o.Key || r.Outcome != want {
		t.Fatalf("an enquiry reports %+v, %v; want %s", r, err, want)
	}
	return r
}

// wantPaid fails where the key is not on the list so often.
func (w World) wantPaid(t *testing.T, o payout.Order, times int) {
	t.Helper()
	if got := w.paid()[o.Key]; got != times {
		t.Errorf("it is %d times on the rail's list, want %d", got, times)
	}
}

func contract(t *testing.T, w World) {
	c := w.Rail.Contract()
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	if !c.Carries(w.Amount.Currency, w.To.Kind) || c.Carries("XXX", w.To.Kind) {
		t.Errorf("it carries %v to %v", c.Currencies, c.Kinds)
	}
	if diff := cmp.Diff(c, w.Rail.Contract()); diff != "" {
		t.Errorf("asked again it is another: %s", diff)
	}
}

func settles(t *testing.T, w World) {
	w.Next(Settles)
	o := w.order(1)
	w.send(t, o)
	w.Pass()
	r := w.ask(t, o, payout.Settled)
	w.wantPaid(t, o, 1)
	byReference, err := w.Rail.Enquire(t.Context(), payout.Enquiry{Key: o.Key, Reference: r.Reference})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, byReference); diff != "" {
		t.Errorf("asked by its own reference it says otherwise: %s", diff)
	}
}

func again(t *testing.T, w World) {
	if !w.Rail.Contract().OncePerKey {
		t.Log("the rail does not promise it: nothing is sent to it twice")
		return
	}
	w.Next(Settles)
	o := w.order(1)
	w.send(t, o)
	w.send(t, o)
	w.Pass()
	w.send(t, o)
	w.Pass()
	w.ask(t, o, payout.Settled)
	w.wantPaid(t, o, 1)
}

func race(t *testing.T, w World) {
	if !w.Rail.Contract().OncePerKey {
		t.Log("the rail does not promise it: nothing is sent to it twice")
		return
	}
	w.Next(Settles)
	o := w.order(1)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := w.Rail.Send(t.Context(), o); err != nil {
				t.Errorf("send: %v", err)
			}
		})
	}
	all.Wait()
	w.Pass()
	w.ask(t, o, payout.Settled)
	w.wantPaid(t, o, 1)
}

// reused: the rail may refuse the second order or answer with the first; the first one stands as it is.
func reused(t *testing.T, w World) {
	if !w.Rail.Contract().OncePerKey {
		t.Log("the rail does not promise it: nothing is sent to it twice")
		return
	}
	w.Next(Settles)
	o := w.order(1)
	w.send(t, o)
	w.Pass()
	other := o
	other.Amount.Minor += 100
	_, _ = w.Rail.Send(t.Context(), other)
	w.Pass()
	for _, p := range w.List() {
		if p.Key == o.Key && p.Amount != o.Amount {
			t.Errorf("%s stands in the list, want %s", p.Amount, o.Amount)
		}
	}
	w.ask(t, o, payout.Settled)
	w.wantPaid(t, o, 1)
}

func fails(t *testing.T, w World) {
	w.Next(Fails)
	o := w.order(1)
	w.send(t, o)
	w.Pass()
	first := w.ask(t, o, payout.Failed)
	w.wantPaid(t, o, 0)
	w.Next(Settles)
	if w.Rail.Contract().OncePerKey {
		w.send(t, o)
		w.Pass()
	}
	if second := w.ask(t, o, payout.Failed); second.Reason != first.Reason {
		t.Errorf("it failed for %s, and asked again for %s", first.Reason, second.Reason)
	}
	w.wantPaid(t, o, 0)
}

func lostAnswer(t *testing.T, w World) {
	w.Next(LosesAnswer)
	o := w.order(1)
	if r, err := w.Rail.Send(t.Context(), o); err == nil {
		t.Fatalf("the answer was lost, and Send says %+v", r)
	}
	w.Next(Settles)
	w.Pass()
	w.ask(t, o, payout.Settled)
	w.wantPaid(t, o, 1)
	if w.Rail.Contract().OncePerKey {
		w.send(t, o)
		w.Pass()
		w.wantPaid(t, o, 1)
	}
}

func lostOrder(t *testing.T, w World) {
	w.Next(LosesOrder)
	o := w.order(1)
	if r, err := w.Rail.Send(t.Context(), o); err == nil {
		t.Fatalf("the order was lost, and Send says %+v", r)
	}
	w.Next(Settles)
	w.Pass()
	c := w.Rail.Contract()
	if !c.SureOfAbsence {
		t.Log("the rail does not promise to find what it has taken")
		return
	}
	w.ask(t, o, payout.Absent)
	w.wantPaid(t, o, 0)
	if !c.MayResend(c.Settling) {
		return
	}
	w.send(t, o)
	w.Pass()
	w.ask(t, o, payout.Settled)
	w.wantPaid(t, o, 1)
}

func unknown(t *testing.T, w World) {
	w.Next(Settles)
	w.send(t, w.order(1))
	w.Pass()
	w.ask(t, w.order(2), payout.Absent)
	w.wantPaid(t, w.order(2), 0)
}

func returns(t *testing.T, w World) {
	w.Next(Returns)
	o := w.order(1)
	w.send(t, o)
	w.Pass()
	w.ask(t, o, payout.Returned)
	w.wantPaid(t, o, 0)
}

// callsBack: reports may come twice and in any order; each is of an order that was sent, and among them is the last
// outcome.
func callsBack(t *testing.T, w World) {
	if w.CalledBack == nil {
		t.Log("the rail never calls back: it is asked")
		return
	}
	w.Next(CallsTwice)
	o := w.order(1)
	w.send(t, o)
	w.Pass()
	last := w.ask(t, o, payout.Settled)
	found := 0
	for _, r := range w.CalledBack() {
		if err := r.Check(); err != nil || r.Key != o.Key {
			t.Errorf("it called back %+v, %v", r, err)
		}
		if r == last {
			found++
		}
	}
	if found < 2 {
		t.Errorf("it called back %+v, and answers %+v", w.CalledBack(), last)
	}
}

func givenUp(t *testing.T, w World) {
	w.Next(Settles)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Rail.Send(ctx, w.order(1)); err == nil {
		t.Error("a call that was given up before it began was answered")
	} else if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := w.Rail.Enquire(ctx, payout.Enquiry{Key: w.order(1).Key}); err == nil {
		t.Error("an enquiry that was given up before it began was answered")
	}
}

// discreet: what the rail is told of a person comes back in no text.
func discreet(t *testing.T, w World) {
	var texts []string
	for n, b := range []Behaviour{Settles, Fails, Returns, LosesAnswer, LosesOrder} {
		w.Next(b)
		o := w.order(byte(n))
		r, err := w.Rail.Send(t.Context(), o)
		w.Pass()
		asked, askErr := w.Rail.Enquire(t.Context(), payout.Enquiry{Key: o.Key})
		texts = append(texts, fmt.Sprintf("%+v %v %+v %v %v %#v", r, err, asked, askErr, o, o))
	}
	for _, text := range texts {
		if strings.Contains(text, w.To.Account) || strings.Contains(text, strings.TrimPrefix(w.To.Account, "+")) {
			t.Errorf("the recipient's account stands in %s", text)
		}
	}
}

func exact(t *testing.T, w World) {
	w.Next(Settles)
	var want []Paid
	for n := range byte(5) {
		o := w.order(n)
		o.Amount.Minor += int64(n)
		w.send(t, o)
		want = append(want, Paid{Key: o.Key, Amount: o.Amount, To: o.To})
	}
	w.Pass()
	got := map[payout.Key]Paid{}
	for _, p := range w.List() {
		p.Fee = 0
		got[p.Key] = p
	}
	for n, p := range want {
		asked := w.ask(t, w.order(byte(n)), payout.Settled)
		if asked.Amount.Currency != "" && asked.Amount != p.Amount {
			t.Errorf("it says that it moved %s, want %s", asked.Amount, p.Amount)
		}
		if got[p.Key] != p {
			t.Errorf("the list has %s to %q for order %d, want %s", got[p.Key].Amount, got[p.Key].To.Account, n, p.Amount)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the list has %d lines, want %d", len(got), len(want))
	}
}
