// Package sqlstore keeps payouts, their batches and what happened to them, beside the books: the outbox is written in the
// transaction that books, and its rows are leased.
package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "payout", migrations)
}

// PayoutTx is a transaction on payouts.
type PayoutTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *PayoutTx { return &PayoutTx{tx} }

// PayoutNow is the database's clock.
func (t *PayoutTx) PayoutNow(ctx context.Context) (now time.Time, err error) {
	err = t.tx.QueryArgs(ctx, "SELECT "+t.tx.WallClock(), nil, func(row sqldb.Scanner) error {
		var micros int64
		err := row.Scan(&micros)
		now = instant(micros)
		return err
	})
	return now, err
}

// instant reads microseconds since 1970; 0 is none.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}

func blobOf(id payout.ID) []byte {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

func idRows(ids []payout.ID) sqldb.Rows {
	values := make([][]byte, len(ids))
	for i := range ids {
		values[i] = ids[i][:]
	}
	return sqldb.Rows{sqldb.Blobs("id", values)}
}

func partyRows(parties []ledger.Party) sqldb.Rows {
	names := make([]string, len(parties))
	for i, party := range parties {
		names[i] = string(party)
	}
	return sqldb.Rows{sqldb.Texts("party", names)}
}

// cursor is where a page ended: a number and an id.
type cursor struct {
	number int64
	id     payout.ID
}

func (c cursor) String() string { return fmt.Sprintf("%d.%s", c.number, c.id) }

func parseCursor(s string, first cursor) (c cursor, err error) {
	if s == "" {
		return first, nil
	}
	number, id, _ := strings.Cut(s, ".")
	if c.number, err = strconv.ParseInt(number, 10, 64); err == nil {
		c.id, err = payout.ParseID(id)
	}
	if err != nil {
		err = payout.Fault{Field: "page_token", Reason: "PAGE_TOKEN_INVALID", Text: "send the token of the last page as it came"}
	}
	return c, err
}
