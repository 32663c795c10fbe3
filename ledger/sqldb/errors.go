package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotDurable: the database would lose acknowledged commits with a crash or loss of power (L4).
var ErrNotDurable = errors.New("commits there are not durable")

// ErrUnavailable: the database can't be reached or does not answer in time; nothing is wrong with what was sent.
var ErrUnavailable = errors.New("database unavailable")

// ErrRaced: another transaction wrote first what this one read as absent; the whole transaction runs again.
var ErrRaced error = raced{}

// ErrRefused marks a refusal that only the whole batch's writing brought to light, such as a shared account's floor.
var ErrRefused = errors.New("refused")

type raced struct{}

func (raced) Error() string { return "another transaction was first" }

// SQLState is the code for serialization failures, which runners of transactions try again.
func (raced) SQLState() string { return "40001" }

// state is the SQLSTATE of a database's error, empty for others.
func state(err error) string {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return coded.SQLState()
	}
	return ""
}

// retryable says that the transaction failed only because of others: serialization, deadlock, a busy SQLite.
func retryable(err error) bool {
	switch state(err) {
	case "40001", "40P01", "CR000":
		return true
	}
	return sqliteCode(err) == sqlite3.SQLITE_BUSY
}

func sqliteCode(err error) int {
	var failed *sqlite.Error
	if errors.As(err, &failed) {
		const primary = 0xff
		return failed.Code() & primary
	}
	return 0
}

// Refused says that the database refused the data itself: a value it can't hold, an overflow, a constraint. Sending
// the same again is of no use; in a batch one item is at fault.
func Refused(err error) bool {
	switch class, _, _ := cutClass(state(err)); class {
	case "22", "23":
		return true
	}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return errors.Is(err, ErrRefused) || Overflowed(err)
}

// Overflowed says that a sum left the int64 range inside the database.
func Overflowed(err error) bool {
	text := ""
	if err != nil {
		text = err.Error()
	}
	return state(err) == "22003" || strings.Contains(text, "integer overflow") ||
		strings.Contains(text, "cannot store REAL value in INTEGER column")
}

func cutClass(code string) (class, rest string, ok bool) {
	if len(code) != 5 {
		return "", "", false
	}
	return code[:2], code[2:], true
}

// Lost says that the connection or the server went away: whether a commit in flight took place is not known.
func Lost(err error) bool {
	var network net.Error
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.As(err, &network) || pgconn.SafeToRetry(err) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	class, _, _ := cutClass(state(err))
	return class == "08" || class == "57" || class == "53"
}
