// Package ledgertest is the suite that every store of the books passes: each law of package ledger has a test here
// that fails when the store breaks it.
package ledgertest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"sanad.dev/sanad/ledger"
)

// Books are a store that can be audited.
type Books interface {
	ledger.Store
	Verify(ctx context.Context, progress func(entries int64), examiners ...ledger.Examiner) (ledger.Audit, error)
}

// Open opens new, empty books, as seen by several servers at once.
type Open func(t *testing.T, servers int) []Books

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, Open){
		"L1 what does not balance is not stored":                      balance,
		"L2 an entry is reversed once, and a reversal never":          reverseOnce,
		"L2 of many reversals at once one is first":                   reverseRace,
		"L2 of many claims to one thing in suspense one is first":     claimRace,
		"L3 one reference with many contents makes one entry":         contentRace,
		"L3 the same content again is the first answer again":         repeat,
		"L3 other content under the same id is refused":               reuse,
		"L3 fifty senders of one reference make one entry":            referenceRace,
		"L3 an entry is read as it was written, whatever its reason":  anyReason,
		"L7 a late entry moves its booking, not its value date":       backDated,
		"L7 a closed period stays closed while many post":             closeRace,
		"L7 what was known at an instant is told once it is certain":  knownAt,
		"L8 the last coin of a member is spent once":                  lastCoinHeld,
		"L8 the last coin of a shared account is spent once":          lastCoinShared,
		"L8 only shared accounts with a floor are held":               heldOnly,
		"L8 what is held is told as it stands":                        heldStands,
		"L8 many spend what they are told is left, to the last coin":  lastCoinsHeld,
		"L8 many spend without asking, to the last coin":              lastCoinsUnheld,
		"L8 a reversal of what is spent is booked with its shortfall": spentReversal,
		"L9 a member's balance does not overflow":                     overflowHeld,
		"L9 a shared account does not overflow":                       overflowShared,
		"L12 several servers keep one set of books":                   manyServers,
		"a statement pages in order of value date":                    statement,
		"a shared account's statement pages in order of recording":    sharedStatement,
		"the log is read in the order of recording":                   log,
		"the log of kinds has only those":                             logOfKinds,
		"shared balances count what counts by a day":                  sharedBalances,
		"an examiner sees every entry once":                           examined,
		"balances at a value date count what counts by then":          valueDate,
		"a note stands with its party's balances":                     notes,
		"a random workload agrees with a simple model":                randomWorkload,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, open) })
	}
}

// The parties and accounts of the tests.
const (
	collector ledger.Party = "collector:mpesa"
	budget    ledger.Party = "budget:moh-2026"
	jod                    = ledger.Currency("JOD")
	march                  = ledger.Date(2026_03_10)
)

func member(n int) ledger.Party { return ledger.Party(fmt.Sprintf("member:%026d", n)) }

func clearing() ledger.Account {
	return ledger.Account{Code: ledger.CollectorClearing, Party: collector, Currency: jod}
}

func savings(p ledger.Party) ledger.Account {
	return ledger.Account{Code: ledger.OldAgeOwn, Party: p, Scheme: "basic", Currency: jod}
}

func payable(p ledger.Party) ledger.Account {
	return ledger.Account{Code: ledger.BenefitsPayable, Party: p, Scheme: "basic", Currency: jod}
}

func recoverable() ledger.Account {
	return ledger.Account{Code: ledger.Recoverable, Party: collector, Currency: jod}
}

func id(n int) ledger.ID {
	var id ledger.ID
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1)
	binary.BigEndian.PutUint32(id[:], uint32(n)*2654435761)
	return id
}

func fingerprint(n int) ledger.Fingerprint {
	f := ledger.Fingerprint{1}
	binary.BigEndian.PutUint64(f[1:], uint64(n)+1)
	return f
}

// contribution pays into a member's savings.
func contribution(t testing.TB, n int, to ledger.Party, minor int64, on ledger.Date) ledger.Entry {
	t.Helper()
	return entry(t, n, "contribution", on, ledger.Dr(clearing(), minor), ledger.Cr(savings(to), minor))
}

// spending takes from a member's savings.
func spending(t testing.TB, n int, from ledger.Party, minor int64) ledger.Entry {
	t.Helper()
	return entry(t, n, "withdrawal", march, ledger.Dr(savings(from), minor), ledger.Cr(payable(from), minor))
}

func entry(t testing.TB, n int, kind ledger.Kind, on ledger.Date, postings ...ledger.Posting) ledger.Entry {
	t.Helper()
	e, err := ledger.NewEntry(id(n), kind, on, postings...)
	if err != nil {
		t.Fatal(err)
	}
	e.Fingerprint = fingerprint(n)
	return e
}

func one(t *testing.T, open Open) Books {
	t.Helper()
	return open(t, 1)[0]
}

func post(t testing.TB, b Books, entries ...ledger.Entry) ledger.Entry {
	t.Helper()
	first, _, err := ledger.Append(t.Context(), b, entries...)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func refused(t testing.TB, b Books, want error, entries ...ledger.Entry) {
	t.Helper()
	if _, _, err := ledger.Append(t.Context(), b, entries...); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func balances(t testing.TB, b Books, at ledger.At, party ledger.Party) ledger.Balances {
	t.Helper()
	var answer []ledger.Balances
	err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) (err error) {
		answer, err = r.Balances(ctx, at, party)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer[0]
}

func wantBalance(t testing.TB, b Books, a ledger.Account, want int64) {
	t.Helper()
	if got := a.Normal(balances(t, b, ledger.At{}, a.Party).Of(a)); got != want {
		t.Errorf("%s stands at %d, want %d", a, got, want)
	}
}

// clean fails the test where the audit finds anything.
func clean(t testing.TB, b Books) ledger.Audit {
	t.Helper()
	audit, err := b.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range audit.Findings {
		t.Error(f)
	}
	return audit
}

func closeThrough(t testing.TB, b Books, p ledger.Period) error {
	t.Helper()
	return b.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error { return tx.Close(ctx, p) })
}

// race runs fn n times at once and returns how many times it succeeded; every other error must be the one allowed.
func race(t *testing.T, n int, allowed error, fn func(i int) error) int {
	t.Helper()
	var won atomic.Int64
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			switch err := fn(i); {
			case err == nil:
				won.Add(1)
			case allowed == nil || !errors.Is(err, allowed):
				t.Errorf("goroutine %d: %v", i, err)
			}
		})
	}
	close(start)
	all.Wait()
	return int(won.Load())
}
