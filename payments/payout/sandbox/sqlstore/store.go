// Package sqlstore keeps the orders that a sandbox rail has taken, in a database of the rail's own.
package sqlstore

import (
	"context"
	"embed"
	"time"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
)

//go:embed migrations
var migrations embed.FS

// Store is a sandbox's database.
type Store struct{ db *sqldb.DB }

// Open opens it and brings its tables up to date.
func Open(ctx context.Context, url string) (*Store, error) {
	db, err := sqldb.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, "sandbox", migrations); err != nil {
		db.Close()
		return nil, err
	}
	return &Store{db}, nil
}

// Close closes the database.
func (s *Store) Close() { s.db.Close() }

// Update runs fn in one transaction that may write.
func (s *Store) Update(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.db.Update(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return fn(ctx, &Tx{tx}) })
}

// View runs fn on one snapshot.
func (s *Store) View(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return s.db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return fn(ctx, &Tx{tx}) })
}

// Tx is one transaction on a sandbox's orders.
type Tx struct{ tx *sqldb.Tx }

// Now is the database's clock.
func (t *Tx) Now(ctx context.Context) (now time.Time, err error) {
	err = t.tx.QueryArgs(ctx, "SELECT "+t.tx.WallClock(), nil, func(row sqldb.Scanner) error {
		var micros int64
		err := row.Scan(&micros)
		now = time.UnixMicro(micros).UTC()
		return err
	})
	return now, err
}

// Call counts a call that asks for a payment under the key, and says which it is, from 1.
func (t *Tx) Call(ctx context.Context, key payout.Key) (call int64, err error) {
	const count = `INSERT INTO sandbox_call (rail_key, calls) VALUES ($1, 1) ON CONFLICT (rail_key) DO UPDATE SET calls = sandbox_call.calls + 1`
	if _, err := t.tx.ExecArgs(ctx, count, key[:]); err != nil {
		return 0, err
	}
	const read = "SELECT c.calls FROM sandbox_call AS c WHERE c.rail_key = $1"
	err = t.tx.QueryArgs(ctx, read, []any{key[:]}, func(row sqldb.Scanner) error { return row.Scan(&call) })
	return call, err
}

const orderColumns = ` o.rail_key, o.currency, o.minor, o.kind, o.account, o.fee, o.fails, o.calls, o.stale, o.told, o.arrives_at, o.ends_at, o.returns_at `

// Order returns the order under the key; false where there is none.
func (t *Tx) Order(ctx context.Context, key payout.Key) (found Order, there bool, err error) {
	query := "SELECT" + orderColumns + "FROM sandbox_order AS o WHERE o.rail_key = $1"
	err = t.tx.QueryArgs(ctx, query, []any{key[:]}, func(row sqldb.Scanner) error {
		there = true
		found, err = scan(row)
		return err
	})
	return found, there, err
}

// Orders returns all orders, by key.
func (t *Tx) Orders(ctx context.Context) (all []Order, err error) {
	err = t.tx.QueryArgs(ctx, "SELECT"+orderColumns+"FROM sandbox_order AS o ORDER BY o.rail_key", nil, collect(&all))
	return all, err
}

// mostUntold bounds what one round of calling back takes.
const mostUntold = 1000

// Untold returns orders about which there may be something to call back.
func (t *Tx) Untold(ctx context.Context, now time.Time) (all []Order, err error) {
	query := "SELECT" + orderColumns + "FROM sandbox_order AS o WHERE o.told_all = 0 AND o.ends_at <= $1 ORDER BY o.ends_at, o.rail_key LIMIT $2"
	err = t.tx.QueryArgs(ctx, query, []any{now.UnixMicro(), mostUntold}, collect(&all))
	return all, err
}

func collect(all *[]Order) func(sqldb.Scanner) error {
	return func(row sqldb.Scanner) error {
		o, err := scan(row)
		*all = append(*all, o)
		return err
	}
}

func scan(row sqldb.Scanner) (o Order, err error) {
	var key []byte
	var fails, stale, arrivesAt, endsAt, returnsAt int64
	err = row.Scan(&key, &o.Amount.Currency, &o.Amount.Minor, &o.To.Kind, &o.To.Account, &o.Fee, &fails, &o.Calls, &stale, &o.Told,
		&arrivesAt, &endsAt, &returnsAt)
	copy(o.Key[:], key)
	o.Fails, o.Stale = fails == 1, stale == 1
	o.ArrivesAt, o.EndsAt = time.UnixMicro(arrivesAt).UTC(), time.UnixMicro(endsAt).UTC()
	if returnsAt > 0 {
		o.ReturnsAt = time.UnixMicro(returnsAt).UTC()
	}
	return o, err
}

// Insert writes an order. Where another transaction was first, this runs again and finds it.
func (t *Tx) Insert(ctx context.Context, o Order) error {
	const query = `INSERT INTO sandbox_order (rail_key, currency, minor, kind, account, fee, fails, calls, stale, told, told_all, arrives_at, ends_at, returns_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, $11, $12) ON CONFLICT (rail_key) DO NOTHING`
	var returnsAt int64
	if !o.ReturnsAt.IsZero() {
		returnsAt = o.ReturnsAt.UnixMicro()
	}
	written, err := t.tx.ExecArgs(ctx, query, o.Key[:], string(o.Amount.Currency), o.Amount.Minor, string(o.To.Kind), o.To.Account, o.Fee,
		flag(o.Fails), o.Calls, flag(o.Stale), o.ArrivesAt.UnixMicro(), o.EndsAt.UnixMicro(), returnsAt)
	if err == nil && written == 0 {
		err = sqldb.ErrRaced
	}
	return err
}

// SaveTold writes how many calls about an order were taken, and whether that is all.
func (t *Tx) SaveTold(ctx context.Context, key payout.Key, told int, all bool) error {
	_, err := t.tx.ExecArgs(ctx, "UPDATE sandbox_order SET told = $1, told_all = $2 WHERE rail_key = $3", told, flag(all), key[:])
	return err
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}
