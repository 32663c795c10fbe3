package ledgertest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

// line is a budget line, as parties and accounts.
func line(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: budget, Scheme: "basic", Currency: jod}
}

// release votes and releases an amount.
func release(t testing.TB, b Books, n int, minor int64) {
	t.Helper()
	post(t, b, entry(t, n, "vote", march, ledger.Dr(line(ledger.BudgetAuthority), minor), ledger.Cr(line(ledger.BudgetVoted), minor)))
	post(t, b, entry(t, n+1, "warrant", march, ledger.Dr(line(ledger.BudgetVoted), minor), ledger.Cr(line(ledger.BudgetReleased), minor)))
}

func grant(t testing.TB, n int, minor int64) ledger.Entry {
	t.Helper()
	return entry(t, n, "grant", march, ledger.Dr(line(ledger.BudgetReleased), minor), ledger.Cr(line(ledger.BudgetGranted), minor))
}

// heldOnly: what many may lower without waiting for each other cannot be held.
func heldOnly(t *testing.T, open Open) {
	b := one(t, open)
	for name, a := range map[string]ledger.Account{
		"a member's account":           savings(member(1)),
		"a shared one without floor":   clearing(),
		"one that the chart lacks":     {Code: 1, Party: budget, Currency: jod},
		"what has been granted so far": line(ledger.BudgetGranted),
	} {
		err := b.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
			_, err := tx.HoldShared(ctx, line(ledger.BudgetReleased), a)
			return err
		})
		if !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

// heldStands: what is held is told in the order asked for, with what this transaction has added.
func heldStands(t *testing.T, open Open) {
	b := one(t, open)
	release(t, b, 1, 700)
	post(t, b, grant(t, 10, 200))
	unused := line(ledger.BudgetCommitted)
	var before, after []ledger.Balance
	err := b.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		page, err := tx.Page(ctx, ledger.Need{})
		if err != nil {
			return err
		}
		if before, err = tx.HoldShared(ctx, line(ledger.BudgetReleased), unused, line(ledger.BudgetVoted), line(ledger.BudgetReleased)); err != nil {
			return err
		}
		if _, err := page.Post(grant(t, 11, 50)); err != nil {
			return err
		}
		if err := tx.Save(ctx, page); err != nil {
			return err
		}
		after, err = tx.HoldShared(ctx, line(ledger.BudgetReleased))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []ledger.Balance{{Account: line(ledger.BudgetReleased), Net: -500}, {Account: unused}, {Account: line(ledger.BudgetVoted)}, {Account: line(ledger.BudgetReleased), Net: -500}}
	if diff := cmp.Diff(want, before); diff != "" {
		t.Errorf("before:\n%s", diff)
	}
	if diff := cmp.Diff([]ledger.Balance{{Account: line(ledger.BudgetReleased), Net: -450}}, after); diff != "" {
		t.Errorf("after:\n%s", diff)
	}
	clean(t, b)
}

// The race for a budget: more is wanted than was released.
const (
	spenders   = 64
	spendsEach = 8
	released   = 1_501
)

// lastCoinsHeld lets many spend what they are told is left, from several servers: whoever holds the account knows what
// is left, so nobody is ever refused by the floor, and all that was released is spent.
func lastCoinsHeld(t *testing.T, open Open) {
	servers := open(t, 4)
	release(t, servers[0], 1, released)
	var spent atomic.Int64
	race(t, spenders, nil, func(i int) error {
		for n := range spendsEach {
			took, err := spendWhatIsLeft(t, servers[i%len(servers)], 100+i*spendsEach+n, int64(1+(i+n)%7))
			if err != nil {
				return err
			}
			spent.Add(took)
		}
		return nil
	})
	if spent.Load() != released {
		t.Errorf("%d were spent of %d", spent.Load(), released)
	}
	wantBalance(t, servers[0], line(ledger.BudgetReleased), 0)
	wantBalance(t, servers[1], line(ledger.BudgetGranted), released)
	clean(t, servers[0])
}

// spendWhatIsLeft books the amount wanted, or what is left where that is less, and returns how much it was.
func spendWhatIsLeft(t *testing.T, b Books, n int, wanted int64) (took int64, err error) {
	err = patiently(func() error {
		return b.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
			page, err := tx.Page(ctx, ledger.Need{})
			if err != nil {
				return err
			}
			left, err := tx.HoldShared(ctx, line(ledger.BudgetReleased))
			if err != nil {
				return err
			}
			if took = min(wanted, left[0].Money().Minor); took == 0 {
				return nil
			}
			if _, err := page.Post(grant(t, n, took)); err != nil {
				return err
			}
			return tx.Save(ctx, page)
		})
	})
	return took, err
}

// patiently asks again where a store gave up waiting for its turn, as a caller does: nothing was booked then. Many who
// write to one file from several servers wait long on a slow machine, and not in the order in which they came.
func patiently(ask func() error) (err error) {
	for range 10 {
		if err = ask(); !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
	return err
}

// lastCoinsUnheld is the same race without asking first: the floor refuses what is too much, and nothing else.
func lastCoinsUnheld(t *testing.T, open Open) {
	servers := open(t, 4)
	const released = spenders * spendsEach / 2
	release(t, servers[0], 1, released)
	var spent atomic.Int64
	race(t, spenders, nil, func(i int) error {
		for n := range spendsEach {
			switch err := patiently(func() error {
				_, _, err := ledger.Append(t.Context(), servers[i%len(servers)], grant(t, 100+i*spendsEach+n, 1))
				return err
			}); {
			case err == nil:
				spent.Add(1)
			case !errors.Is(err, ledger.ErrFloor):
				return err
			}
		}
		return nil
	})
	if spent.Load() != released {
		t.Errorf("%d were spent of %d", spent.Load(), released)
	}
	wantBalance(t, servers[0], line(ledger.BudgetReleased), 0)
	clean(t, servers[0])
}
