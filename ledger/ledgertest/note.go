package ledgertest

import (
	"bytes"
	"context"
	"strconv"
	"testing"

	"sanad.dev/sanad/ledger"
)

// noted changes the note of a party in one transaction.
func noted(t *testing.T, b Books, party ledger.Party, change func(before []byte) []byte) {
	t.Helper()
	err := b.Update(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		page, err := tx.Page(ctx, ledger.Need{Parties: []ledger.Party{party}})
		if err != nil {
			return err
		}
		if err := page.SetNote(party, change(page.Note(party))); err != nil {
			return err
		}
		return tx.Save(ctx, page)
	})
	if err != nil {
		t.Error(err)
	}
}

// notes: a note stands with its party's balances, survives postings that don't change it, and is changed under the lock.
func notes(t *testing.T, open Open) {
	servers := open(t, 2)
	const servings = 40
	race(t, servings, nil, func(i int) error {
		noted(t, servers[i%2], member(1), func(before []byte) []byte {
			n, _ := strconv.Atoi(string(before))
			return strconv.AppendInt(nil, int64(n+1), 10)
		})
		return nil
	})
	post(t, servers[0], contribution(t, 1, member(1), 500, 2026_03_01))
	noted(t, servers[1], member(1), func(before []byte) []byte {
		if want := []byte(strconv.Itoa(servings)); !bytes.Equal(before, want) {
			t.Errorf("the note is %q, want %q", before, want)
		}
		return before
	})
	noted(t, servers[0], member(2), func(before []byte) []byte {
		if before != nil {
			t.Errorf("a new party has the note %q", before)
		}
		return []byte{0, 1, 255}
	})
	noted(t, servers[0], member(2), func(before []byte) []byte {
		if !bytes.Equal(before, []byte{0, 1, 255}) {
			t.Errorf("the note is %v", before)
		}
		return nil
	})
	wantBalance(t, servers[0], savings(member(1)), 500)
}
