// Package sqlstore keeps the books in a SQL database: SQLite, PostgreSQL and CockroachDB share its statements.
//
// A batch costs the same few statements whatever its size. Rows are locked in one order: the calendar (shared), the
// parties by name, the entries by id, the shared accounts by key.
package sqlstore

import (
	"context"
	"embed"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Store keeps books on a database.
type Store struct{ db *sqldb.DB }

// New brings the tables up to date and returns the books.
func New(ctx context.Context, db *sqldb.DB) (*Store, error) {
	if err := Migrate(ctx, db); err != nil {
		return nil, err
	}
	return &Store{db}, nil
}

// Migrate brings the tables of the books up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "ledger", migrations)
}

// Update runs fn in one transaction that may post.
func (s *Store) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return fn(ctx, On(tx)) })
}

// View runs fn on one snapshot.
func (s *Store) View(ctx context.Context, fn func(context.Context, ledger.Reader) error) error {
	return s.db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return fn(ctx, On(tx)) })
}

// LedgerTx is a transaction on the books.
type LedgerTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *LedgerTx { return &LedgerTx{tx} }

var _ ledger.Tx = (*LedgerTx)(nil)
