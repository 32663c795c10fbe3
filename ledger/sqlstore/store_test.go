package sqlstore_test

import (
	"testing"

	"sanad.dev/sanad/ledger/ledgertest"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/tests/pgtest"
)

func books(t *testing.T, url string, servers int) []ledgertest.Books {
	t.Helper()
	var all []ledgertest.Books
	for range servers {
		db, err := sqldb.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		store, err := sqlstore.New(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, store)
	}
	return all
}

func TestBooksInMemory(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T, servers int) []ledgertest.Books {
		one := books(t, "sqlite::memory:", 1)[0] // it lives in its one connection: every server is the same one
		all := make([]ledgertest.Books, servers)
		for i := range all {
			all[i] = one
		}
		return all
	})
}

func TestBooksOnSQLite(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T, servers int) []ledgertest.Books {
		return books(t, "sqlite:"+t.TempDir()+"/books.db", servers)
	})
}

func TestBooksOnPostgres(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T, servers int) []ledgertest.Books {
		return books(t, pgtest.URL(t), servers)
	})
}

// A CockroachDB cluster, where one is named.
func TestBooksOnNamedDatabase(t *testing.T) {
	t.Parallel()
	if pgtest.HasNamed(t) {
		ledgertest.Run(t, func(t *testing.T, servers int) []ledgertest.Books { return books(t, pgtest.Named(t), servers) })
	}
}
