package ledgertest

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

func balance(t *testing.T, open Open) {
	b := one(t, open)
	lopsided := ledger.Entry{ID: id(1), Party: member(1), Kind: "contribution", ValueOn: march,
		Postings: []ledger.Posting{ledger.Dr(clearing(), 10), ledger.Cr(savings(member(1)), 9)}}
	refused(t, b, ledger.ErrUnbalanced, lopsided)
	foreign := savings(member(1))
	foreign.Currency = "USD"
	mixed := lopsided
	mixed.Postings = []ledger.Posting{ledger.Dr(clearing(), 10), ledger.Cr(foreign, 10)}
	refused(t, b, ledger.ErrUnbalanced, mixed)
	if audit := clean(t, b); audit.Entries != 0 {
		t.Errorf("%d entries are stored", audit.Entries)
	}
}

func reverseOnce(t *testing.T, open Open) {
	b := one(t, open)
	e := post(t, b, contribution(t, 1, member(1), 10_000, march))
	reversal := post(t, b, ledger.Reverse(e, id(2)))
	refused(t, b, ledger.ErrAlreadyUndone, ledger.Reverse(e, id(3)))
	refused(t, b, ledger.ErrReversalFinal, ledger.Reverse(reversal, id(4)))
	refused(t, b, ledger.ErrUnknownEntry, ledger.Reverse(contribution(t, 9, member(1), 1, march), id(5)))
	half := ledger.Reverse(contribution(t, 1, member(1), 5_000, march), id(6))
	again := post(t, b, contribution(t, 7, member(1), 10_000, march))
	half.Undoes = again.ID
	refused(t, b, ledger.ErrInvalid, half)
	wantBalance(t, b, savings(member(1)), 10_000)
	clean(t, b)
}

func reverseRace(t *testing.T, open Open) {
	servers := open(t, 3)
	e := post(t, servers[0], contribution(t, 1, member(1), 10_000, march))
	won := race(t, 24, ledger.ErrAlreadyUndone, func(i int) error {
		_, _, err := ledger.Append(t.Context(), servers[i%len(servers)], ledger.Reverse(e, id(100+i)))
		return err
	})
	if won != 1 {
		t.Errorf("%d reversals were booked", won)
	}
	wantBalance(t, servers[0], savings(member(1)), 0)
	clean(t, servers[0])
}

// claimRace undoes one entry in favour of many members at once: no member's row is locked by two of them, so that only
// the index on what an entry undoes can decide.
func claimRace(t *testing.T, open Open) {
	servers := open(t, 3)
	suspense := ledger.Account{Code: ledger.Suspense, Party: collector, Currency: jod}
	for round := range 6 {
		held := post(t, servers[0], entry(t, 1000*round, "suspended", march, ledger.Dr(clearing(), 10_000), ledger.Cr(suspense, 10_000)))
		won := race(t, 24, ledger.ErrAlreadyUndone, func(i int) error {
			claim := entry(t, 1000*round+1+i, "claimed", march, ledger.Dr(suspense, 10_000), ledger.Cr(savings(member(i)), 10_000))
			claim.Undoes = held.ID
			_, _, err := ledger.Append(t.Context(), servers[i%len(servers)], claim)
			return err
		})
		if won != 1 {
			t.Errorf("round %d: %d claims were booked", round, won)
		}
	}
	wantBalance(t, servers[0], suspense, 0)
	clean(t, servers[0])
}

// contentRace sends one reference for many members at once: only the index on the id can decide.
func contentRace(t *testing.T, open Open) {
	servers := open(t, 3)
	won := race(t, 24, ledger.ErrReferenceReused, func(i int) error {
		e := contribution(t, 1, member(i), 10_000, march)
		e.Fingerprint = fingerprint(100 + i)
		_, _, err := ledger.Append(t.Context(), servers[i%len(servers)], e)
		return err
	})
	if won != 1 {
		t.Errorf("%d entries were booked", won)
	}
	if audit := clean(t, servers[0]); audit.Entries != 1 {
		t.Errorf("%d entries are stored, want 1", audit.Entries)
	}
}

func repeat(t *testing.T, open Open) {
	b := one(t, open)
	e := contribution(t, 1, member(1), 10_000, march)
	first := post(t, b, e)
	again, repeated, err := ledger.Append(t.Context(), b, e)
	if err != nil || !repeated {
		t.Fatalf("repeated %v, %v", repeated, err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the second answer differs from the first:\n%s", diff)
	}
	wantBalance(t, b, savings(member(1)), 10_000)
}

// anyReason writes reasons with signs that a store may use for itself.
func anyReason(t *testing.T, open Open) {
	b := one(t, open)
	for n, reason := range []string{"", "PAYER_SELF", "PAYER_SPONSOR @MA", "A\x1fB", "\x1f", "[[2100,1]]\x1f", "it's \"so\" | ; ,"} {
		e := contribution(t, n+1, member(1), 10_000, march)
		e.Reason = reason
		first := post(t, b, e)
		again, repeated, err := ledger.Append(t.Context(), b, e)
		if err != nil || !repeated {
			t.Fatalf("%q: repeated %v, %v", reason, repeated, err)
		}
		if diff := cmp.Diff(first, again); diff != "" || again.Reason != reason {
			t.Errorf("%q is read back otherwise:\n%s", reason, diff)
		}
	}
	clean(t, b)
}

func reuse(t *testing.T, open Open) {
	b := one(t, open)
	post(t, b, contribution(t, 1, member(1), 10_000, march))
	other := contribution(t, 1, member(2), 10_000, march)
	other.Fingerprint = fingerprint(2)
	refused(t, b, ledger.ErrReferenceReused, other)
	wantBalance(t, b, savings(member(2)), 0)
	if audit := clean(t, b); audit.Entries != 1 {
		t.Errorf("%d entries are stored, want 1", audit.Entries)
	}
}

func referenceRace(t *testing.T, open Open) {
	servers := open(t, 3)
	e := contribution(t, 1, member(1), 10_000, march)
	answers := make([]ledger.Entry, 50)
	repeats := make([]bool, 50)
	race(t, 50, nil, func(i int) (err error) {
		answers[i], repeats[i], err = ledger.Append(t.Context(), servers[i%len(servers)], e)
		return err
	})
	same := 0
	for i := range answers {
		if diff := cmp.Diff(answers[0], answers[i]); diff != "" {
			t.Errorf("answer %d differs:\n%s", i, diff)
		}
		if repeats[i] {
			same++
		}
	}
	if same != 49 {
		t.Errorf("%d of 50 were told that it was there already, want 49", same)
	}
	wantBalance(t, servers[0], savings(member(1)), 10_000)
	if audit := clean(t, servers[0]); audit.Entries != 1 {
		t.Errorf("%d entries, want 1", audit.Entries)
	}
}

func trialBalance(t testing.TB, b Books, q ledger.TrialQuery) []ledger.Turnover {
	t.Helper()
	var lines []ledger.Turnover
	err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) (err error) {
		lines, err = r.TrialBalance(ctx, q)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func backDated(t *testing.T, open Open) {
	b := one(t, open)
	const february, january = ledger.Date(2026_02_10), ledger.Date(2026_01_10)
	if e := post(t, b, contribution(t, 1, member(1), 1_000, february)); e.BookedOn != february {
		t.Errorf("into an open period: booked on %s", e.BookedOn)
	}
	if err := closeThrough(t, b, 2026_02); err != nil {
		t.Fatal(err)
	}
	closed := trialBalance(t, b, ledger.TrialQuery{Through: 2026_02})
	late := post(t, b, contribution(t, 2, member(1), 2_000, january))
	if late.BookedOn != 2026_03_01 || late.ValueOn != january {
		t.Errorf("into a closed period: booked on %s, value date %s", late.BookedOn, late.ValueOn)
	}
	if diff := cmp.Diff(closed, trialBalance(t, b, ledger.TrialQuery{Through: 2026_02})); diff != "" {
		t.Errorf("the closed trial balance changed:\n%s", diff)
	}
	if got := -balances(t, b, ledger.At{ValueOn: january}, member(1)).Of(savings(member(1))); got != 2_000 {
		t.Errorf("at the value date it counts as %d", got)
	}
	if err := closeThrough(t, b, 2026_01); err == nil {
		t.Error("a closed period was closed again")
	}
	clean(t, b)
}

func closeRace(t *testing.T, open Open) {
	servers := open(t, 2)
	var closed []ledger.Turnover
	race(t, 9, nil, func(i int) error {
		if i == 8 {
			if err := closeThrough(t, servers[1], 2026_03); err != nil {
				return err
			}
			closed = trialBalance(t, servers[1], ledger.TrialQuery{Through: 2026_03})
			return nil
		}
		for n := range 30 {
			post(t, servers[i%2], contribution(t, 1000*i+n, member(i), 1_000, march))
		}
		return nil
	})
	if diff := cmp.Diff(closed, trialBalance(t, servers[0], ledger.TrialQuery{Through: 2026_03})); diff != "" {
		t.Errorf("something was booked into the closed period:\n%s", diff)
	}
	clean(t, servers[0])
}

func knownAt(t *testing.T, open Open) {
	b := one(t, open)
	e := post(t, b, contribution(t, 1, member(1), 1_000, march))
	err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) error {
		_, err := r.Balances(ctx, ledger.At{KnownAt: e.RecordedAt}, member(1))
		return err
	})
	if !isTooRecent(err) {
		t.Errorf("asked at once: got %v, want ErrTooRecent", err)
	}
	before := ledger.At{KnownAt: e.RecordedAt.Add(-time.Minute)}
	if got := balances(t, b, before, member(1)); len(got) != 0 {
		t.Errorf("a minute earlier it was known: %v", got)
	}
	if got := balances(t, b, before, collector).Of(clearing()); got != 0 {
		t.Errorf("a minute earlier the collector owed %d", got)
	}
}

func isTooRecent(err error) bool { return errorsIs(err, ledger.ErrTooRecent) }

func lastCoinHeld(t *testing.T, open Open) {
	servers := open(t, 3)
	post(t, servers[0], contribution(t, 1, member(1), 1, march))
	won := race(t, 12, ledger.ErrFloor, func(i int) error {
		_, _, err := ledger.Append(t.Context(), servers[i%len(servers)], spending(t, 10+i, member(1), 1))
		return err
	})
	if won != 1 {
		t.Errorf("the coin was spent %d times", won)
	}
	wantBalance(t, servers[0], savings(member(1)), 0)
	clean(t, servers[0])
}

// lastCoinShared is the write skew: every spender reads that the coin is there, and writes a row of its own.
func lastCoinShared(t *testing.T, open Open) {
	servers := open(t, 3)
	voted := ledger.Account{Code: ledger.BudgetVoted, Party: budget, Currency: jod}
	released := ledger.Account{Code: ledger.BudgetReleased, Party: budget, Currency: jod}
	authority := ledger.Account{Code: ledger.BudgetAuthority, Party: budget, Currency: jod}
	for round := range 10 {
		post(t, servers[0], entry(t, 1000*round, "vote", march, ledger.Dr(authority, 1), ledger.Cr(voted, 1)))
		won := race(t, 9, ledger.ErrFloor, func(i int) error {
			warrant := entry(t, 1000*round+1+i, "warrant", march, ledger.Dr(voted, 1), ledger.Cr(released, 1))
			_, _, err := ledger.Append(t.Context(), servers[i%len(servers)], warrant)
			return err
		})
		if won != 1 {
			t.Errorf("round %d: the coin was spent %d times", round, won)
		}
	}
	wantBalance(t, servers[0], voted, 0)
	wantBalance(t, servers[0], released, 10)
	clean(t, servers[0])
}

func spentReversal(t *testing.T, open Open) {
	b := one(t, open)
	e := post(t, b, contribution(t, 1, member(1), 10_000, march))
	post(t, b, spending(t, 2, member(1), 7_000))
	refused(t, b, ledger.ErrFloor, ledger.Reverse(e, id(3)))
	shortfall := entry(t, 4, "shortfall", march, ledger.Dr(recoverable(), 7_000), ledger.Cr(savings(member(1)), 7_000))
	post(t, b, ledger.Reverse(e, id(3)), shortfall)
	wantBalance(t, b, savings(member(1)), 0)
	wantBalance(t, b, recoverable(), 7_000)
	wantBalance(t, b, clearing(), 0)
	clean(t, b)
}

func overflowHeld(t *testing.T, open Open) {
	b := one(t, open)
	post(t, b, contribution(t, 1, member(1), math.MaxInt64-5, march))
	refused(t, b, ledger.ErrOverflow, contribution(t, 2, member(1), 6, march))
	wantBalance(t, b, savings(member(1)), math.MaxInt64-5)
	clean(t, b)
}

func overflowShared(t *testing.T, open Open) {
	b := one(t, open)
	post(t, b, contribution(t, 1, member(1), math.MaxInt64-5, march))
	for range 20 { // each of the server's stripes in turn
		if _, _, err := ledger.Append(t.Context(), b, contribution(t, 2, member(2), 6, march)); err == nil {
			break
		}
	}
	err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) error {
		_, err := r.Balances(ctx, ledger.At{}, collector)
		return err
	})
	if err != nil && !errorsIs(err, ledger.ErrOverflow) {
		t.Errorf("got %v, want the balance or ErrOverflow, never a wrong number", err)
	}
}

func manyServers(t *testing.T, open Open) {
	servers := open(t, 3)
	const each = 20
	race(t, 12, nil, func(i int) error {
		for n := range each {
			post(t, servers[i%len(servers)], contribution(t, 1000*i+n, member(n%5), int64(1+n), march))
		}
		return nil
	})
	audit := clean(t, servers[0])
	if audit.Entries != 12*each || audit.Parties != 5 {
		t.Errorf("%d entries of %d members, want %d of 5", audit.Entries, audit.Parties, 12*each)
	}
	wantBalance(t, servers[1], clearing(), 12*each*(each+1)/2)
}
