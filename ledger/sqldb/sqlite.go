package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver: pure Go, so that one static binary runs anywhere
)

// The settings of every SQLite connection: a write-ahead log that is flushed at each commit (L4). The write-ahead
// log is copied back after 20,000 pages, not 1,000: worth a factor of two with random keys. What is erased is overwritten.
const sqlitePragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=secure_delete(FAST)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(20000)"

// Page cache in KiB: the writer's, and each reader's.
const (
	writerCache = "&_txlock=immediate&_pragma=cache_size(-65536)"
	readerCache = "&_txlock=deferred&_pragma=cache_size(-4096)&_pragma=query_only(1)"
	readers     = 6
)

func (db *DB) openSQLite(ctx context.Context, path string) error {
	db.dialect = sqliteDialect
	if path == ":memory:" {
		return db.openMemory()
	}
	path, settings, _ := strings.Cut(path, "?")
	if path == "" {
		return fmt.Errorf("sqlite: needs a path")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	name := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String() + "?" + sqlitePragmas
	var err error
	if db.writer, err = openPool(name+writerCache+"&"+settings, 1); err != nil {
		return err
	}
	if err := db.checkSQLite(ctx); err != nil {
		return err
	}
	db.reader, err = openPool(name+readerCache, readers)
	return err
}

// openMemory opens a database that lives as long as its one connection: the fake of every test.
func (db *DB) openMemory() (err error) {
	db.writer, err = openPool("file::memory:?_txlock=immediate&_pragma=foreign_keys(1)", 1)
	db.reader = db.writer
	return err
}

func openPool(name string, connections int) (*sql.DB, error) {
	pool, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

// checkSQLite reads back the settings that make a commit durable.
func (db *DB) checkSQLite(ctx context.Context) error {
	var mode string
	if err := db.writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	var synchronous int
	if err := db.writer.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	const full = 2
	if mode != "wal" || synchronous < full {
		return fmt.Errorf("%w: journal_mode=%s synchronous=%d; it must be wal and 2 (FULL)", ErrNotDurable, mode, synchronous)
	}
	return nil
}
