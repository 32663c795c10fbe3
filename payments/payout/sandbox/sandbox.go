// Package sandbox is a rail that pays nobody: it takes orders as a real one would, loses answers and orders, is late,
// calls back twice and out of order, refuses and returns, all by a seed. What it has taken it keeps in a database of its
// own, beside Sanad's, so that the books can be compared with the rail's list to the unit. Several processes may use one
// sandbox at once, and any of them may die.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox/sqlstore"
)

// Rail is a sandbox.
type Rail struct {
	store *sqlstore.Store
	terms payout.Contract
	seed  uint64
	odds  Odds
	fee   int64
	// decide says what becomes of a call; nil means by seed and odds.
	decide atomic.Pointer[func(payout.Key, int64) Fate]
	// skipped is how far its clock is ahead of its database's.
	skipped atomic.Int64
}

// Config says what a sandbox is like.
type Config struct {
	// Contract is what it declares. Zero values take the sandbox's own.
	Contract payout.Contract
	Seed     uint64
	Odds     Odds
	// Fee is what it charges for each order that it pays, in minor units.
	Fee int64
}

// Open opens the sandbox kept in the database at the URL, and makes it where there is none.
func Open(ctx context.Context, url string, c Config) (*Rail, error) {
	terms := orUsual(c.Contract)
	if err := terms.Check(); err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox: %w", err)
	}
	return &Rail{store: store, terms: terms, seed: c.Seed, odds: c.Odds, fee: c.Fee}, nil
}

// Close closes its database.
func (r *Rail) Close() { r.store.Close() }

// Contract says what it promises.
func (r *Rail) Contract() payout.Contract { return r.terms }

// Decide has it decide otherwise than by its seed; nil goes back to it.
func (r *Rail) Decide(fate func(key payout.Key, call int64) Fate) {
	if fate == nil {
		r.decide.Store(nil)
		return
	}
	r.decide.Store(&fate)
}

func (r *Rail) fate(key payout.Key, call int64) Fate {
	if decide := r.decide.Load(); decide != nil {
		return (*decide)(key, call)
	}
	return r.odds.fate(r.seed, key, call)
}

// Skip puts its clock forward.
func (r *Rail) Skip(by time.Duration) { r.skipped.Add(int64(by)) }

func (r *Rail) now(at time.Time) time.Time { return at.Add(time.Duration(r.skipped.Load())) }

// ErrNoAnswer: the sandbox has lost the order or the answer.
var ErrNoAnswer = errors.New("the rail did not answer")

// errOtherOrder: under that key stands an order of another amount or for somebody else.
var errOtherOrder = errors.New("another order stands under this key")

// Send takes the order as its fate wants it.
func (r *Rail) Send(ctx context.Context, o payout.Order) (payout.Report, error) {
	if err := ctx.Err(); err != nil {
		return payout.Report{}, err
	}
	var taken sqlstore.Order
	var fate Fate
	var now time.Time
	err := r.store.Update(ctx, func(ctx context.Context, tx *sqlstore.Tx) error {
		at, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		now = r.now(at)
		call, err := tx.Call(ctx, o.Key)
		if err != nil {
			return err
		}
		fate = r.fate(o.Key, call)
		taken, err = r.take(ctx, tx, o, fate, now)
		return err
	})
	switch {
	case err != nil:
		return payout.Report{}, err
	case fate.LosesOrder || fate.Late > 0 || fate.LosesAnswer:
		return payout.Report{}, ErrNoAnswer
	}
	return taken.ReportAt(now), nil
}

// take writes the order down, unless it is lost or was there before: then that one stands.
func (r *Rail) take(ctx context.Context, tx *sqlstore.Tx, o payout.Order, f Fate, now time.Time) (sqlstore.Order, error) {
	before, there, err := tx.Order(ctx, o.Key)
	switch {
	case err != nil || f.LosesOrder:
		return before, err
	case there && (before.Amount != o.Amount || before.To != o.To):
		return before, errOtherOrder
	case there:
		return before, nil
	}
	order := sqlstore.Order{
		Key: o.Key, Amount: o.Amount, To: o.To, Fee: r.fee, Calls: f.Calls, Stale: f.Stale,
		ArrivesAt: now.Add(f.Late), EndsAt: now.Add(f.Late + f.Delay), Fails: f.Fails,
	}
	if f.Fails {
		order.Fee = 0
	}
	if f.Returns {
		order.ReturnsAt = order.EndsAt.Add(f.Delay + time.Millisecond)
	}
	return order, tx.Insert(ctx, order)
}

// Enquire says what has become of an order.
func (r *Rail) Enquire(ctx context.Context, e payout.Enquiry) (report payout.Report, err error) {
	if err := ctx.Err(); err != nil {
		return report, err
	}
	err = r.store.View(ctx, func(ctx context.Context, tx *sqlstore.Tx) error {
		at, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		order, there, err := tx.Order(ctx, e.Key)
		report = payout.Report{Key: e.Key, Outcome: payout.Absent}
		if there {
			report = order.ReportAt(r.now(at))
		}
		return err
	})
	return report, err
}

// CallBack calls back once about everything that there is to call back about: each outcome as often as its order's fate
// wants, until the call was taken. It returns how many calls were taken.
func (r *Rail) CallBack(ctx context.Context, deliver func(context.Context, payout.Report) error) (taken int, err error) {
	var open []sqlstore.Order
	var now time.Time
	err = r.store.View(ctx, func(ctx context.Context, tx *sqlstore.Tx) error {
		at, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		now = r.now(at)
		open, err = tx.Untold(ctx, now)
		return err
	})
	for _, o := range open {
		calls := o.CallsBy(now)
		told := o.Told
		for ; told < len(calls); told++ {
			if err = deliver(ctx, calls[told]); err != nil {
				break
			}
			taken++
		}
		saved := r.store.Update(ctx, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.SaveTold(ctx, o.Key, told, o.ToldAll(told))
		})
		if err = errors.Join(err, saved); err != nil {
			return taken, fmt.Errorf("call back about %s: %w", o.Key, err)
		}
	}
	return taken, err
}

// Paid is a line of the sandbox's own list: an order that it has taken.
type Paid struct {
	Key    payout.Key
	Amount ledger.Money
	To     payout.Destination
	// Outcome is how it stands; Fee is what it was charged.
	Outcome payout.Outcome
	Fee     int64
}

// List is everything that the sandbox has taken, as it stands.
func (r *Rail) List(ctx context.Context) (list []Paid, err error) {
	err = r.store.View(ctx, func(ctx context.Context, tx *sqlstore.Tx) error {
		at, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		orders, err := tx.Orders(ctx)
		list = make([]Paid, 0, len(orders))
		for _, o := range orders {
			report := o.ReportAt(r.now(at))
			list = append(list, Paid{o.Key, o.Amount, o.To, report.Outcome, report.Fee})
		}
		return err
	})
	return list, err
}
