package sqlstore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/tests/pgtest"
)

// BenchmarkBatches posts contributions of four pots in batches of 1,000 to 10,000 members, from one committer.
func BenchmarkBatches(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) { batches(b, "sqlite:"+b.TempDir()+"/bench.db") })
	b.Run("PostgreSQL", func(b *testing.B) { batches(b, pgtest.URL(b)) })
}

func batches(b *testing.B, url string) {
	db, err := sqldb.Open(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	store, err := sqlstore.New(b.Context(), db)
	if err != nil {
		b.Fatal(err)
	}
	const size = 1000
	next := 0
	for b.Loop() {
		err := store.Update(b.Context(), func(ctx context.Context, tx ledger.Tx) error {
			entries := make([]ledger.Entry, size)
			var need ledger.Need
			for i := range entries {
				entries[i] = benchEntry(b, next*7919+i)
				next++
				need.Entries = append(need.Entries, entries[i].ID)
				need.Parties = append(need.Parties, entries[i].Party)
			}
			page, err := tx.Page(ctx, need)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if _, err := page.Post(e); err != nil {
					return err
				}
			}
			return tx.Save(ctx, page)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "entries/s")
}

func benchEntry(b *testing.B, n int) ledger.Entry {
	member := ledger.Party(fmt.Sprintf("member:%026d", n%10_000))
	account := func(code ledger.Code) ledger.Account {
		return ledger.Account{Code: code, Party: member, Scheme: "basic", Currency: "JOD"}
	}
	clearing := ledger.Account{Code: ledger.CollectorClearing, Party: "collector:mpesa", Currency: "JOD"}
	var id ledger.ID
	_, _ = rand.Read(id[2:])
	e, err := ledger.NewEntry(id, "contribution", 2026_03_10, ledger.Dr(clearing, 10),
		ledger.Cr(account(2100), 4), ledger.Cr(account(2200), 3), ledger.Cr(account(2300), 2), ledger.Cr(account(2110), 1))
	if err != nil {
		b.Fatal(err)
	}
	e.Fingerprint[0] = 1
	return e
}
