// Package sqlstore keeps who is insured in a SQL database: SQLite, PostgreSQL and CockroachDB share its statements.
//
// A batch costs the same few statements whatever its size. Nothing in the tables can be read or recognised without the
// master key, and every key of a row is random or a hash.
package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"time"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables of members up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "enrolment", migrations)
}

// CheckKey refuses with [privacy.ErrWrongKey] a key that is not the database's; a database without one takes this one.
func CheckKey(ctx context.Context, db *sqldb.DB, keys *privacy.Keyring) error {
	check, err := storedCheck(ctx, db, keys.Version())
	if err == nil && check == nil {
		err = db.Update(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			const query = `INSERT INTO keyring (version, check_value) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING`
			_, err := tx.ExecArgs(ctx, query, int64(keys.Version()), keys.Check())
			return err
		})
		if err == nil {
			check, err = storedCheck(ctx, db, keys.Version())
		}
	}
	if err != nil {
		return fmt.Errorf("check the key of the database: %w", err)
	}
	return keys.Owns(check)
}

// Owns is [CheckKey] for whoever only reads: a database that has no key yet is refused too, for nothing is sealed in it.
func Owns(ctx context.Context, db *sqldb.DB, keys *privacy.Keyring) error {
	check, err := storedCheck(ctx, db, keys.Version())
	if err != nil {
		return fmt.Errorf("check the key of the database: %w", err)
	}
	return keys.Owns(check)
}

func storedCheck(ctx context.Context, db *sqldb.DB, version byte) (check []byte, err error) {
	err = db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		const query = `SELECT k.check_value FROM keyring AS k WHERE k.version = $1`
		return tx.QueryArgs(ctx, query, []any{int64(version)}, func(row sqldb.Scanner) error { return row.Scan(&check) })
	})
	return check, err
}

// EnrolmentTx is a transaction on who is insured.
type EnrolmentTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *EnrolmentTx { return &EnrolmentTx{tx} }

// Instant is the transaction's time by the database's clock.
func (e *EnrolmentTx) Instant(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := e.tx.QueryArgs(ctx, "SELECT "+e.tx.Clock(), nil, func(row sqldb.Scanner) error {
		var micros int64
		err := row.Scan(&micros)
		at = time.UnixMicro(micros).UTC()
		return err
	})
	return at, err
}

// hash is a keyed hash, as the tables hold it.
type hash = [16]byte

// hashes is a table of the hashes, each once, in order.
func hashes(values []hash) sqldb.Rows {
	distinct := slices.SortedFunc(slices.Values(values), compare)
	distinct = slices.Compact(distinct)
	column := make([][]byte, len(distinct))
	for i := range distinct {
		column[i] = distinct[i][:]
	}
	return sqldb.Rows{sqldb.Blobs("hash", column)}
}

func compare(a, b hash) int { return slices.Compare(a[:], b[:]) }

// ids is a table of the ids, each once, in order.
func ids(values []insurance.MemberID) sqldb.Rows {
	distinct := slices.Compact(slices.Sorted(slices.Values(values)))
	column := make([]string, len(distinct))
	for i := range distinct {
		column[i] = string(distinct[i])
	}
	return sqldb.Rows{sqldb.Texts("member", column)}
}
