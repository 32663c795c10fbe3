package payout

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Worker sends payouts. Any number of them may work on one database: what one has leased no other touches until the
// lease has ended, and who finds a lease ended asks the rail before doing anything else (L12).
type Worker struct {
	Service *Service
	// Name tells it from others in the record.
	Name string
	// Width is how many calls it makes at the same time; zero means 32.
	Width int
	// Lease is how long it has a payout to itself; zero means a little more than the rail's own timeout.
	Lease time.Duration
	// Idle is how long it waits when nothing is due; zero means half a second.
	Idle time.Duration
}

const (
	usualWidth = 32
	usualIdle  = 500 * time.Millisecond
	// margin is how much longer a lease is than the longest call, so that its answer can be recorded.
	margin = 5 * time.Second
)

// Run works until the context ends.
func (w *Worker) Run(ctx context.Context) error {
	for {
		n, err := w.Work(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to stop, which is no failure
		}
		if err != nil {
			w.Service.log().ErrorContext(ctx, "payouts", "worker", w.Name, "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		if !w.rest(ctx) {
			return nil
		}
	}
}

// rest waits, never in step with other workers; false where the context ended.
func (w *Worker) rest(ctx context.Context) bool {
	idle := w.Idle
	if idle <= 0 {
		idle = usualIdle
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(idle/2 + rand.N(idle)):
		return true
	}
}

// Work leases what is due, calls the rails, and records what they say; where nothing is due it books what an approval has
// left over. It returns how much it has worked on.
func (w *Worker) Work(ctx context.Context) (int, error) {
	t, err := w.take(ctx)
	switch {
	case err != nil:
		return 0, fmt.Errorf("lease payouts: %w", err)
	case len(t.leased) == 0 && len(t.waits) > 0:
		return len(t.waits), nil
	case len(t.leased) == 0:
		return w.Service.bookLeftOver(ctx)
	}
	// A worker that is told to stop ends its calls and records what the rails have said.
	ctx = context.WithoutCancel(ctx)
	answers := w.call(ctx, t.leased, t.orders)
	return len(t.leased) + len(t.waits), w.Service.recordAll(ctx, t.leased, answers)
}

// bookLeftOver books the lines of approved batches that an approval which was broken off has left.
func (s *Service) bookLeftOver(ctx context.Context) (int, error) {
	var left []Batch
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		left, err = tx.UnbookedBatches(ctx)
		return err
	})
	for _, b := range left {
		if err := s.bookBatch(ctx, b); err != nil {
			return 0, err
		}
	}
	return len(left), err
}

// taken is what a worker has taken up: what it has leased, the orders of what is to be sent, in the place of their payouts,
// and what waits for a float instead.
type taken struct {
	leased []Leased
	orders []Order
	waits  []Step
}

// take leases what is due and says of what it will send that it is sending, in one transaction, before any rail is
// called.
func (w *Worker) take(ctx context.Context) (t taken, err error) {
	err = w.Service.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		t = taken{}
		now, err := tx.PayoutNow(ctx)
		if err != nil {
			return err
		}
		found, err := tx.LeasePayouts(ctx, LeaseQuery{
			Rails: w.rails(), Holder: w.Name, Now: now, Until: now.Add(w.longest()), Limit: w.width(),
		})
		if err != nil || len(found) == 0 {
			return err
		}
		return w.begin(ctx, tx, found, &t)
	})
	if err == nil {
		meters().count(ctx, t.waits)
	}
	return t, err
}

func (w *Worker) begin(ctx context.Context, tx Tx, found []Payout, t *taken) error {
	short, err := w.Service.short(ctx, tx, found)
	if err != nil {
		return err
	}
	var events []Event
	payouts := make([]Payout, len(found))
	for i, p := range found {
		if short[p.ID] {
			step := p.waits(p.Lease)
			t.waits, payouts[i] = append(t.waits, step), step.After
			if p.Reason != ReasonShort {
				events = append(events, step.Event)
			}
			continue
		}
		l := p.leased(p.Lease)
		o, err := w.Service.order(ctx, tx, l)
		if err != nil {
			return err
		}
		t.leased, t.orders, payouts[i] = append(t.leased, l), append(t.orders, o), l.Payout
		if l.Recorded.Number > 0 {
			events = append(events, l.Recorded)
		}
	}
	if err := tx.SavePayouts(ctx, payouts...); err != nil {
		return err
	}
	return tx.AddPayoutEvents(ctx, events...)
}

// order opens the destination of what is to be sent; an order without one can't be.
func (s *Service) order(ctx context.Context, tx Tx, l Leased) (Order, error) {
	o := Order{Key: l.Key(), Amount: l.Amount, Text: "Sanad"}
	if l.Task != SendTask {
		return o, nil
	}
	plain, err := tx.OpenFor(ctx, l.Party, l.Sealed, sealedAs(l.ID))
	if errors.Is(err, ErrNobody) {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	if o.To, err = parseDestination(plain); err != nil {
		o.To = Destination{} // what can't be read can't be paid, and must not keep back the others
	}
	return o, nil
}

func (w *Worker) rails() []string {
	names := make([]string, 0, len(w.Service.Rails))
	for name := range w.Service.Rails {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *Worker) width() int {
	if w.Width <= 0 {
		return usualWidth
	}
	return w.Width
}

// longest is how long a lease must be for the slowest rail to answer.
func (w *Worker) longest() time.Duration {
	if w.Lease > 0 {
		return w.Lease
	}
	longest := time.Duration(0)
	for _, r := range w.Service.Rails {
		longest = max(longest, r.Contract().Timeout)
	}
	return longest + margin
}

// call calls the rails for all that is leased at the same time.
func (w *Worker) call(ctx context.Context, leased []Leased, orders []Order) []Answer {
	answers := make([]Answer, len(leased))
	var all sync.WaitGroup
	for i := range leased {
		all.Go(func() { answers[i] = w.callOne(ctx, leased[i], orders[i]) })
	}
	all.Wait()
	return answers
}

func (w *Worker) callOne(ctx context.Context, l Leased, o Order) (answer Answer) {
	if l.Task == SendTask && o.To == (Destination{}) {
		return Answer{Unopened: true}
	}
	ctx, ended := meters().call(ctx, l)
	defer func() { ended(answer) }()
	rail := w.Service.Rails[l.Rail]
	// The call ends before the lease does, unless this process is held up: then the key is what keeps it from paying twice.
	ctx, cancel := context.WithTimeout(ctx, min(rail.Contract().Timeout, l.Lease.Until.Sub(l.Lease.Taken)))
	defer cancel()
	var report Report
	var err error
	if l.Task == SendTask {
		report, err = rail.Send(ctx, o)
	} else {
		report, err = rail.Enquire(ctx, Enquiry{Key: o.Key, Reference: l.Reference})
	}
	if err == nil {
		err = fits(report, o.Key, l.Task)
	}
	if err != nil {
		w.Service.log().DebugContext(ctx, "rail", "worker", w.Name, "rail", l.Rail, "payout", l.ID.String(), "task", string(l.Task), "error", err)
		return Answer{Lost: true}
	}
	return Answer{Report: report}
}

// fits: a report that can't be an answer to the call is none.
func fits(r Report, key Key, task Task) error {
	if err := r.Check(); err != nil {
		return err
	}
	if r.Key != key || task == SendTask && r.Outcome == Absent {
		return fmt.Errorf("the answer is %s of %s", r.Outcome, r.Key)
	}
	return nil
}

// recordAll writes what the rails have said: all in one transaction, or where that does not go one by one, so that one
// payout never keeps back its neighbours.
func (s *Service) recordAll(ctx context.Context, leased []Leased, answers []Answer) error {
	err := s.recordAnswers(ctx, leased, answers)
	if err == nil || len(leased) == 1 {
		return err
	}
	var failed error
	for i := range leased {
		if err := s.recordAnswers(ctx, leased[i:i+1], answers[i:i+1]); err != nil {
			failed = errors.Join(failed, fmt.Errorf("record payout %s: %w", leased[i].ID, err))
		}
	}
	return failed
}

func (s *Service) recordAnswers(ctx context.Context, leased []Leased, answers []Answer) error {
	var steps []Step
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		ids := make([]ID, len(leased))
		for i, l := range leased {
			ids[i] = l.ID
		}
		held, err := tx.HoldPayouts(ctx, ids...)
		if err != nil {
			return err
		}
		now, err := tx.PayoutNow(ctx)
		if err != nil {
			return err
		}
		steps = make([]Step, len(leased))
		for i, l := range leased {
			to := answerTo{l.Lease, l.Task}
			steps[i] = held[l.ID].answered(to, answers[i], s.Rails[l.Rail].Contract(), now)
		}
		return s.book(ctx, tx, now, steps...)
	})
	if err == nil {
		meters().count(ctx, steps)
	}
	return err
}
