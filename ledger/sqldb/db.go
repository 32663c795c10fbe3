// Package sqldb opens Sanad's database and runs transactions on it: SQLite by default, PostgreSQL or CockroachDB by a
// postgres URL. It holds what differs between them, retries, and gathers concurrent work into one commit. It knows no
// table: each store works on a [Tx].
package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// stripesPerServer is how many transactions of one server add to shared accounts without waiting for each other.
const stripesPerServer = 8

// stripeSlots bounds the stripes in use: servers share one where there are more of them, which costs only waiting.
const stripeSlots = 32

// DB is an open database: a pool that writes and one that reads.
type DB struct {
	dialect
	writer, reader *sql.DB
	// stripes are those of this server that no transaction is using.
	stripes chan int
	// oneWriter is held by the transaction on SQLite's one writing connection, with what is prepared on it and what
	// is to be.
	oneWriter  sync.Mutex
	prepared   map[string]*sql.Stmt
	unprepared []string
	// readings are the statements prepared for SQLite's reading connections, by their text.
	readings     sync.Map
	readingsKept atomic.Int64
	// shift is what is added to the database's clock, in microseconds: nothing, but where a rehearsal tells of other days.
	shift atomic.Int64
}

// Open opens the database at the URL, checks that an acknowledged commit there is durable (L4), and says what to do
// where it is not. URLs are sqlite:PATH, sqlite::memory: and postgres://….
func Open(ctx context.Context, url string) (*DB, error) {
	db := &DB{stripes: make(chan int, stripesPerServer), prepared: map[string]*sql.Stmt{}}
	first := rand.IntN(stripeSlots) * stripesPerServer
	for i := range stripesPerServer {
		db.stripes <- first + i
	}
	if err := db.open(ctx, url); err != nil {
		db.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, url string) error {
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		return db.openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return db.openPostgres(ctx, url)
	}
	return fmt.Errorf("the URL must begin with sqlite: or postgres://")
}

// Close closes both pools.
func (db *DB) Close() {
	for _, stmt := range db.prepared {
		_ = stmt.Close()
	}
	db.readings.Range(func(_, stmt any) bool {
		_ = stmt.(*sql.Stmt).Close()
		return true
	})
	if db.reader != nil && db.reader != db.writer {
		_ = db.reader.Close()
	}
	if db.writer != nil {
		_ = db.writer.Close()
	}
}

// ShiftClock adds to the clock of the database for what this DB does from now on: it is for rehearsals and tests which
// tell of other days, and nothing that serves calls it. Where several DBs are open on one database, each shifts its own.
func (db *DB) ShiftClock(by time.Duration) { db.shift.Add(by.Microseconds()) }

// Clock is the SQL expression of the transaction's instant, in microseconds since 1970, by the database's clock.
func (db *DB) Clock() string { return db.shifted(db.dialect.clock) }

// WallClock is the SQL expression of the statement's own instant, in microseconds since 1970.
func (db *DB) WallClock() string { return db.shifted(db.dialect.wallClock) }

func (db *DB) shifted(clock string) string {
	by := db.shift.Load()
	if by == 0 {
		return clock
	}
	return fmt.Sprintf("(%s + (%d))", clock, by)
}

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.reader.PingContext(ctx) }

// Committers is how many transactions are worth running at once: one where there is one writer.
func (db *DB) Committers() int { return db.committers }

// BatchSize is how many items one commit takes at most.
func (db *DB) BatchSize() int { return db.batchSize }

// Size returns how many bytes data and indexes take.
func (db *DB) Size(ctx context.Context) (int64, error) {
	var bytes int64
	if err := db.reader.QueryRowContext(ctx, db.sizeQuery).Scan(&bytes); err != nil {
		return 0, fmt.Errorf("size of the database: %w", err)
	}
	return bytes, nil
}
