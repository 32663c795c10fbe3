package journal

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sanad.dev/sanad/ledger"
)

var seed = flag.Uint64("seed", 0, "seed of the random books; 0 takes a new one")

// book is a page that posts to itself, for members who are held as soon as they are named.
type book struct {
	*ledger.Page
	held map[ledger.Party]ledger.Balances
	last uint64
}

// newBook has closed January 2026, so that what counts earlier is booked on the first of February.
func newBook() *book {
	held := map[ledger.Party]ledger.Balances{}
	now := time.Date(2026, 3, 5, 12, 30, 0, 123456000, time.FixedZone("Amman", 3*60*60))
	return &book{ledger.NewPage(now, ledger.Calendar{ClosedThrough: 2026_01}, nil, held), held, 0}
}

func (b *book) id() ledger.ID {
	b.last++
	var id ledger.ID
	binary.BigEndian.PutUint64(id[8:], b.last)
	return id
}

// post books an entry, or leaves out one that would spend a member's account below its floor.
func (b *book) post(t *testing.T, kind ledger.Kind, on ledger.Date, reason string, ps ...ledger.Posting) ledger.Entry {
	t.Helper()
	e, err := ledger.NewEntry(b.id(), kind, on, ps...)
	if err != nil {
		t.Fatal(err)
	}
	e.Reason = reason
	return b.admit(t, e)
}

// reverse books the mirror of an entry, where that may still be done.
func (b *book) reverse(t *testing.T, e ledger.Entry) {
	t.Helper()
	b.admit(t, ledger.Reverse(e, b.id()))
}

func (b *book) admit(t *testing.T, e ledger.Entry) ledger.Entry {
	t.Helper()
	for _, p := range e.Postings {
		if party := p.Account.Party; party.Held() && !b.Holds(party) {
			b.held[party] = nil
		}
	}
	if _, err := b.Post(e); err != nil && !refusedByLaw(err) {
		t.Fatal(err)
	}
	return e
}

func refusedByLaw(err error) bool {
	for _, law := range []error{
		ledger.ErrFloor, ledger.ErrAlreadyUndone, ledger.ErrReversalFinal, ledger.ErrUnknownEntry,
	} {
		if errors.Is(err, law) {
			return true
		}
	}
	return false
}

// randomBooks are a few hundred valid entries over many accounts, and prints the seed that makes them again.
func randomBooks(t *testing.T) []ledger.Entry {
	t.Helper()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("seed %d (again: go test ./ledger/journal -run '^%s$' -seed=%d)", s, t.Name(), s)
	r, b := rand.New(rand.NewPCG(s, 0)), newBook()
	for range 400 {
		if done := b.Pending(); len(done) > 0 && r.IntN(5) == 0 {
			b.reverse(t, done[r.IntN(len(done))])
			continue
		}
		b.postRandom(t, r)
	}
	return b.Pending()
}

func (b *book) postRandom(t *testing.T, r *rand.Rand) {
	t.Helper()
	currency := pick(r, ledger.Currency("JOD"), "EUR", "JPY", "UGX", "KWD")
	member := fmt.Sprintf("%08x", r.IntN(20))
	var postings []ledger.Posting
	for range 1 + r.IntN(3) {
		minor := 1 + r.Int64N(int64(1)<<(1+r.IntN(50)))
		postings = append(postings, ledger.Dr(randomAccount(r, member, currency), minor),
			ledger.Cr(randomAccount(r, member, currency), minor))
	}
	day := ledger.Date(2026_01_01).AddDays(r.IntN(90))
	b.post(t, pick(r, ledger.Kind("contribution"), "match", "claim"), day, pick(r, "", "MEMBER_UNKNOWN"), postings...)
}

// randomAccount is any account of the chart, of the one member or of a party whose id strains the names.
func randomAccount(r *rand.Rand, member string, currency ledger.Currency) ledger.Account {
	chart := ledger.Chart()
	return ledger.Account{
		Code:     chart[r.IntN(len(chart))].Code,
		Party:    pick(r, ledger.Party("member:"+member), "collector:m_pesa.jo-1", "pool:health", "bank:0", "funder:a-", "x:a"),
		Scheme:   pick(r, ledger.SchemeCode(""), "basic", "-", "-a", "none", "2026-plus"),
		Currency: currency,
	}
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
