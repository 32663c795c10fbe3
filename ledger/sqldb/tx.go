package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cockroachdb/cockroach-go/v2/crdb"
)

// Horizon bounds a transaction that writes: one that has not ended by then is ended, so that what was known at an
// instant is certain once the horizon has passed since (L7).
const Horizon = 10 * time.Second

// longestUpdate leaves the commit itself a part of the horizon.
const longestUpdate = 8 * time.Second

// attempts bounds the runs of a transaction that others keep disturbing.
const attempts = 20

// Tx is one transaction.
type Tx struct {
	*DB
	tx     *sql.Tx
	stripe int
	writes bool
	// unseen are the texts that were read here for the first time.
	unseen []string
}

// Stripe is the row of a shared account's additions that this transaction has to itself.
func (tx *Tx) Stripe() int { return tx.stripe }

// ForUpdate locks the rows read of the table until the transaction ends. One that only reads locks nothing: it sees one
// snapshot, and PostgreSQL would refuse.
func (tx *Tx) ForUpdate(table string) string {
	if !tx.writes {
		return ""
	}
	return tx.DB.ForUpdate(table)
}

// ForShare keeps the rows read of the table from being changed until the transaction ends, where it writes.
func (tx *Tx) ForShare(table string) string {
	if !tx.writes {
		return ""
	}
	return tx.DB.ForShare(table)
}

// Update runs fn in a transaction that writes and commits it, again from the start where others disturbed it: fn has
// no effect but through tx and returns every error it is given. Nil means that the commit is durable (L4).
func (db *DB) Update(ctx context.Context, fn func(context.Context, *Tx) error) error {
	stripe := <-db.stripes
	defer func() { db.stripes <- stripe }()
	attempt := 0
	// ExecuteCtx around the whole transaction, not ExecuteTx: that one ignores the error of COMMIT on PostgreSQL.
	return crdb.ExecuteCtx(crdb.WithMaxRetries(ctx, attempts), func(ctx context.Context, _ ...any) error {
		if err := pause(ctx, attempt); err != nil {
			return err
		}
		attempt++
		return asRetryable(db.once(ctx, stripe, fn))
	})
}

// once runs one transaction. SQLite's driver starts a goroutine a statement to watch a context that can end, so it is
// given one that cannot, and the time is looked at before the commit.
func (db *DB) once(ctx context.Context, stripe int, fn func(context.Context, *Tx) error) error {
	if db.sqlite() {
		db.oneWriter.Lock()
		defer db.oneWriter.Unlock()
		defer db.prepare(context.WithoutCancel(ctx))
	}
	ctx, cancel := context.WithTimeout(ctx, longestUpdate)
	defer cancel()
	inside := ctx
	if db.sqlite() {
		inside = context.WithoutCancel(ctx)
	}
	tx, err := db.writer.BeginTx(inside, &sql.TxOptions{Isolation: db.isolation()})
	if err != nil {
		return unavailable(err)
	}
	if err := errors.Join(fn(inside, &Tx{DB: db, tx: tx, stripe: stripe, writes: true}), ctx.Err()); err != nil {
		_ = tx.Rollback()
		return unavailable(err)
	}
	if err := tx.Commit(); err != nil {
		return unavailable(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// isolation: PostgreSQL decides on rows it has locked; CockroachDB runs the same statements serializable.
func (db *DB) isolation() sql.IsolationLevel {
	switch {
	case db.sqlite():
		return sql.LevelDefault
	case db.cockroach:
		return sql.LevelSerializable
	}
	return sql.LevelReadCommitted
}

// View runs fn on one snapshot of the database, which it cannot change.
func (db *DB) View(ctx context.Context, fn func(context.Context, *Tx) error) error {
	options := &sql.TxOptions{}
	if !db.sqlite() {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	if db.cockroach {
		options.Isolation = sql.LevelSerializable
	}
	tx, err := db.reader.BeginTx(ctx, options)
	if err != nil {
		return unavailable(err)
	}
	reads := &Tx{DB: db, tx: tx}
	defer func() {
		_ = tx.Rollback()
		db.prepareReads(context.WithoutCancel(ctx), reads.unseen)
	}()
	return unavailable(fn(ctx, reads))
}

// unavailable marks errors of a lost connection.
func unavailable(err error) error {
	if err != nil && Lost(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// asRetryable gives errors that others caused the code that ExecuteCtx tries again.
func asRetryable(err error) error {
	if err != nil && retryable(err) && !errors.Is(err, ErrRaced) {
		return fmt.Errorf("%w: %w", ErrRaced, err)
	}
	return err
}

// pause waits before the next attempt, longer each time and never in step with others.
func pause(ctx context.Context, attempt int) error {
	if attempt == 0 {
		return nil
	}
	most := min(time.Duration(attempt*attempt)*2*time.Millisecond, 200*time.Millisecond)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(rand.Int64N(int64(most)))):
		return nil
	}
}

// Exec runs a statement once for all rows, which it reads as FROM given, and returns how many rows it wrote.
func (tx *Tx) Exec(ctx context.Context, rows Rows, query string) (int64, error) {
	if rows.Len() == 0 {
		return 0, nil
	}
	var written int64
	for _, piece := range tx.pieces(rows) {
		text, args := tx.given(piece, query)
		n, err := tx.exec(ctx, text, args)
		if err != nil {
			return 0, err
		}
		written += n
	}
	return written, nil
}

// ExecArgs runs a statement with plain arguments, written $1, $2 ….
func (tx *Tx) ExecArgs(ctx context.Context, query string, args ...any) (int64, error) {
	return tx.exec(ctx, tx.numbered(query), args)
}

func (tx *Tx) exec(ctx context.Context, text string, args []any) (int64, error) {
	result, err := tx.run(ctx, text, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (tx *Tx) run(ctx context.Context, text string, args []any) (sql.Result, error) {
	if stmt := tx.statement(ctx, text); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return tx.tx.ExecContext(ctx, text, args...)
}

// Query runs a query once for all rows, which it reads as FROM given, and scans each row of the answer.
func (tx *Tx) Query(ctx context.Context, rows Rows, query string, scan func(Scanner) error) error {
	if rows.Len() == 0 {
		return nil
	}
	for _, piece := range tx.pieces(rows) {
		text, args := tx.given(piece, query)
		if err := tx.query(ctx, text, args, scan); err != nil {
			return err
		}
	}
	return nil
}

// QueryArgs runs a query with plain arguments, written $1, $2 ….
func (tx *Tx) QueryArgs(ctx context.Context, query string, args []any, scan func(Scanner) error) error {
	return tx.query(ctx, tx.numbered(query), args, scan)
}

// Scanner is a row of an answer.
type Scanner interface{ Scan(into ...any) error }

func (tx *Tx) query(ctx context.Context, text string, args []any, scan func(Scanner) error) error {
	rows, err := tx.rows(ctx, text, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (tx *Tx) rows(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if stmt := tx.statement(ctx, text); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return tx.tx.QueryContext(ctx, text, args...)
}

func (tx *Tx) pieces(rows Rows) []Rows {
	if tx.sqlite() {
		return rows.chunks()
	}
	return []Rows{rows}
}

// statement returns the text prepared on SQLite's one writing connection, or nil where it is not: pgx keeps its own,
// and what is seen here for the first time is prepared when the transaction has left the connection.
func (tx *Tx) statement(ctx context.Context, text string) *sql.Stmt {
	if !tx.sqlite() {
		return nil
	}
	if !tx.writes {
		return tx.reading(ctx, text)
	}
	if stmt, ok := tx.prepared[text]; ok {
		return tx.tx.StmtContext(ctx, stmt)
	}
	tx.unprepared = append(tx.unprepared, text)
	return nil
}

// reading is the text prepared for SQLite's reading connections; nil where it is seen for the first time.
func (tx *Tx) reading(ctx context.Context, text string) *sql.Stmt {
	if stmt, ok := tx.readings.Load(text); ok {
		return tx.tx.StmtContext(ctx, stmt.(*sql.Stmt))
	}
	tx.unseen = append(tx.unseen, text)
	return nil
}

// mostReadings bounds what is kept prepared for reading connections: texts that are made for one question stay out once
// it is full.
const mostReadings = 500

// prepareReads prepares what a reading transaction saw for the first time, once it has left its connection. A third of
// the time of a short question went into preparing its statements.
func (db *DB) prepareReads(ctx context.Context, texts []string) {
	for _, text := range texts {
		if _, known := db.readings.Load(text); known || db.readingsKept.Load() >= mostReadings {
			continue
		}
		stmt, err := db.reader.PrepareContext(ctx, text)
		if err != nil {
			continue
		}
		if _, known := db.readings.LoadOrStore(text, stmt); known {
			_ = stmt.Close()
			continue
		}
		db.readingsKept.Add(1)
	}
}

// prepare prepares what the last transaction found unprepared. A statement that can't be prepared is left as it is.
func (db *DB) prepare(ctx context.Context) {
	for _, text := range db.unprepared {
		if _, ok := db.prepared[text]; ok {
			continue
		}
		if stmt, err := db.writer.PrepareContext(ctx, text); err == nil {
			db.prepared[text] = stmt
		}
	}
	db.unprepared = nil
}
