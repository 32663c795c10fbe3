// Package sqlstore keeps who waits for a budget, and how far runs over all members have come.
package sqlstore

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/match"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error { return db.Migrate(ctx, "match", migrations) }

// MatchTx is a transaction on the waits and runs.
type MatchTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *MatchTx { return &MatchTx{tx} }

// Wait writes who waits for a budget. Who waits already keeps her turn; who waits for nothing any more is struck off.
func (t *MatchTx) Wait(ctx context.Context, waits ...match.Wait) error {
	var waiting, done []match.Wait
	for _, w := range lastOf(waits) {
		if w.Minor > 0 {
			waiting = append(waiting, w)
		} else {
			done = append(done, w)
		}
	}
	const upsert = `INSERT INTO subsidy_wait (line, member, scheme, subsidy, start, currency, since, turn, minor)
		SELECT given.line, given.member, given.scheme, given.subsidy, given.start, given.currency, given.since, given.turn, given.minor
		FROM given WHERE true
		ON CONFLICT (line, member, scheme, subsidy, start) DO UPDATE SET minor = excluded.minor`
	if len(waiting) > 0 {
		if _, err := t.tx.Exec(ctx, rowsOf(waiting), upsert); err != nil {
			return fmt.Errorf("note who waits for a budget: %w", err)
		}
	}
	// One statement each: those who are struck off are few, for a budget that suffices has none.
	const remove = `DELETE FROM subsidy_wait WHERE line = $1 AND member = $2 AND scheme = $3 AND subsidy = $4 AND start = $5`
	for _, w := range done {
		if _, err := t.tx.ExecArgs(ctx, remove, string(w.Line), string(w.Member), string(w.Scheme), w.Subsidy, int64(w.Start)); err != nil {
			return fmt.Errorf("strike off who waits no more: %w", err)
		}
	}
	return nil
}

// lastOf keeps what was said last of each wait, in the order in which they were named first.
func lastOf(waits []match.Wait) []match.Wait {
	type key struct {
		line, member ledger.Party
		scheme       ledger.SchemeCode
		subsidy      string
		start        ledger.Date
	}
	at := map[key]int{}
	var kept []match.Wait
	for _, w := range waits {
		k := key{w.Line, w.Member, w.Scheme, w.Subsidy, w.Start}
		if i, ok := at[k]; ok {
			kept[i] = w
			continue
		}
		at[k] = len(kept)
		kept = append(kept, w)
	}
	return kept
}

func rowsOf(waits []match.Wait) sqldb.Rows {
	n := len(waits)
	line, member, scheme, subsidy, currency := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	start, since, turn, minor := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, w := range waits {
		line[i], member[i], scheme[i], subsidy[i], currency[i] = string(w.Line), string(w.Member), string(w.Scheme), w.Subsidy, string(w.Currency)
		start[i], since[i], turn[i], minor[i] = int64(w.Start), w.Turn.Since.UnixMicro(), int64(w.Turn.Place), w.Minor
	}
	return sqldb.Rows{
		sqldb.Texts("line", line), sqldb.Texts("member", member), sqldb.Texts("scheme", scheme), sqldb.Texts("subsidy", subsidy),
		sqldb.Texts("currency", currency), sqldb.Ints("start", start), sqldb.Ints("since", since), sqldb.Ints("turn", turn),
		sqldb.Ints("minor", minor),
	}
}

const waitColumns = `SELECT w.line, w.member, w.scheme, w.subsidy, w.start, w.currency, w.since, w.turn, w.minor FROM subsidy_wait AS w `

// Queue pages through those who wait for a line, who has waited longest first.
func (t *MatchTx) Queue(ctx context.Context, line ledger.Party, after match.Turn, limit int) (waits []match.Wait, err error) {
	const query = waitColumns + `WHERE w.line = $1 AND (w.since, w.turn, w.member) > ($2, $3, $4) ORDER BY w.since, w.turn, w.member LIMIT $5`
	since := int64(0)
	if !after.Since.IsZero() {
		since = after.Since.UnixMicro()
	}
	args := []any{string(line), since, int64(after.Place), string(after.Member), limit}
	err = t.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		w, err := scanWait(row)
		waits = append(waits, w)
		return err
	})
	return waits, err
}

// Waits returns what the members wait for.
func (t *MatchTx) Waits(ctx context.Context, members ...ledger.Party) (waits []match.Wait, err error) {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = string(m)
	}
	const query = waitColumns + `WHERE w.member IN (SELECT given.member FROM given) ORDER BY w.member, w.line, w.scheme, w.subsidy, w.start`
	err = t.tx.Query(ctx, sqldb.Rows{sqldb.Texts("member", names)}, query, func(row sqldb.Scanner) error {
		w, err := scanWait(row)
		waits = append(waits, w)
		return err
	})
	return waits, err
}

func scanWait(row sqldb.Scanner) (w match.Wait, err error) {
	var since int64
	err = row.Scan(&w.Line, &w.Member, &w.Scheme, &w.Subsidy, &w.Start, &w.Currency, &since, &w.Turn.Place, &w.Minor)
	w.Turn.Since, w.Turn.Member = time.UnixMicro(since).UTC(), w.Member
	return w, err
}

// Run returns how far the run of that name has come; false where there is none yet.
func (t *MatchTx) Run(ctx context.Context, name string) (r match.Run, found bool, err error) {
	const query = `SELECT r.after, r.members, r.moved, r.finished, r.counted, r.wanted, r.available, r.held_back FROM subsidy_run AS r WHERE r.name = $1`
	err = t.tx.QueryArgs(ctx, query, []any{name}, func(row sqldb.Scanner) error {
		var finished, counted int
		var held string
		err := row.Scan(&r.After, &r.Members, &r.Moved, &finished, &counted, &r.Part.Wanted, &r.Part.Left, &held)
		if err == nil && held != "" {
			err = json.Unmarshal([]byte(held), &r.HeldBack)
		}
		r.Name, r.Finished, r.Counted, found = name, finished == 1, counted == 1, true
		return err
	})
	return r, found, err
}

// SaveRun writes how far a run has come.
func (t *MatchTx) SaveRun(ctx context.Context, r match.Run) error {
	held, err := json.Marshal(r.HeldBack)
	if err != nil {
		return err
	}
	query := `INSERT INTO subsidy_run (name, after, members, moved, finished, counted, wanted, available, held_back, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, ` + t.tx.Clock() + `)
		ON CONFLICT (name) DO UPDATE SET after = excluded.after, members = excluded.members, moved = excluded.moved,
			finished = excluded.finished, counted = excluded.counted, wanted = excluded.wanted, available = excluded.available,
			held_back = excluded.held_back,
			updated_at = excluded.updated_at`
	_, err = t.tx.ExecArgs(ctx, query, r.Name, string(r.After), r.Members, r.Moved, flag(r.Finished), flag(r.Counted), r.Part.Wanted, r.Part.Left, string(held))
	return err
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}
