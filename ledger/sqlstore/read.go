package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

// Entries returns those of the ids that are in the books, and those that undo one of them.
func (l *LedgerTx) Entries(ctx context.Context, ids ...ledger.ID) ([]ledger.Entry, error) {
	found, err := l.byID(ctx, ids)
	if err != nil {
		return nil, err
	}
	undoing, err := l.undoing(ctx, ids)
	return append(found, undoing...), err
}

// Calendar says which periods are closed.
func (l *LedgerTx) Calendar(ctx context.Context) (calendar ledger.Calendar, err error) {
	err = l.tx.QueryArgs(ctx, "SELECT closed_through FROM calendar WHERE one = 1", nil, func(row sqldb.Scanner) error {
		return row.Scan(&calendar.ClosedThrough)
	})
	return calendar, err
}

// HoldCalendar takes the calendar's row, for which every batch that is under way must end.
func (l *LedgerTx) HoldCalendar(ctx context.Context) error {
	_, err := l.tx.ExecArgs(ctx, "UPDATE calendar SET closed_through = closed_through WHERE one = 1")
	return err
}

// Close closes every period through that one.
func (l *LedgerTx) Close(ctx context.Context, through ledger.Period) error {
	const take = `UPDATE calendar SET closed_through = $1 WHERE one = 1 AND closed_through < $2`
	taken, err := l.tx.ExecArgs(ctx, take, int64(through), int64(through))
	if err != nil {
		return fmt.Errorf("close %s: %w", through, err)
	}
	if taken == 0 {
		return fmt.Errorf("%w %s is closed already", ledger.ErrClosed, through)
	}
	// The instant is read after the calendar is ours alone: whatever was recorded later sees the period closed.
	record := `INSERT INTO period_close (period, closed_at) SELECT CAST($1 AS INTEGER), ` + l.tx.WallClock()
	_, err = l.tx.ExecArgs(ctx, record, int64(through))
	return err
}

// Balances returns every account of each party, in order of the parties.
func (l *LedgerTx) Balances(ctx context.Context, at ledger.At, parties ...ledger.Party) ([]ledger.Balances, error) {
	if err := l.certain(ctx, at.KnownAt); err != nil {
		return nil, err
	}
	latest := map[ledger.Party]ledger.Balances{}
	if at.Latest() {
		if err := l.readParties(ctx, parties, latest); err != nil {
			return nil, err
		}
	}
	answer := make([]ledger.Balances, len(parties))
	for i, party := range parties {
		var err error
		switch {
		case !party.Held():
			answer[i], err = l.sharedBalances(ctx, at, party)
		case at.Latest():
			answer[i] = latest[party]
		default:
			answer[i], err = l.heldBalances(ctx, at, party)
		}
		if err != nil {
			return nil, fmt.Errorf("balances of %s: %w", party, err)
		}
	}
	return answer, nil
}

// readParties reads the rows of the parties held without locking them.
func (l *LedgerTx) readParties(ctx context.Context, parties []ledger.Party, into map[ledger.Party]ledger.Balances) error {
	const query = `SELECT b.party, b.balances FROM party_balance AS b WHERE b.party IN (SELECT given.party FROM given)`
	return l.tx.Query(ctx, sqldb.Rows{sqldb.Texts("party", distinct(parties))}, query, func(row sqldb.Scanner) error {
		return scanBalances(row, into)
	})
}

func scanBalances(row sqldb.Scanner, into map[ledger.Party]ledger.Balances) error {
	var party ledger.Party
	var text string
	if err := row.Scan(&party, &text); err != nil {
		return err
	}
	balances, err := decodeBalances(party, text)
	into[party] = balances
	return err
}

// certain refuses an instant within the horizon: a batch that began by then could still commit (L7).
func (l *LedgerTx) certain(ctx context.Context, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	now, err := l.now(ctx)
	if err != nil {
		return err
	}
	if wait := at.Add(sqldb.Horizon).Sub(now); wait > 0 {
		return fmt.Errorf("%w: ask again in %d s", ledger.ErrTooRecent, int(wait.Seconds())+1)
	}
	return nil
}

func (l *LedgerTx) now(ctx context.Context) (now time.Time, err error) {
	err = l.tx.QueryArgs(ctx, "SELECT "+l.tx.WallClock(), nil, func(row sqldb.Scanner) error {
		var micros int64
		err := row.Scan(&micros)
		now = time.UnixMicro(micros).UTC()
		return err
	})
	return now, err
}

// heldBalances adds up a member's entries: some hundreds, which lie together.
func (l *LedgerTx) heldBalances(ctx context.Context, at ledger.At, party ledger.Party) (ledger.Balances, error) {
	query := "SELECT" + entryColumns + "FROM entry AS e WHERE e.party = $1 AND e.value_on <= $2 AND e.recorded_at <= $3 ORDER BY e.value_on, e.id"
	var sums ledger.Balances
	args := []any{string(party), int64(lastOr(at.ValueOn)), microsOr(at.KnownAt)}
	err := l.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		e, err := scanEntry(row)
		if err != nil {
			return err
		}
		sums, err = sums.With(e)
		return err
	})
	return sums, err
}

func lastOr(d ledger.Date) ledger.Date {
	if d == 0 {
		return ledger.LastDate
	}
	return d
}

const endOfTime = int64(1) << 62

func microsOr(t time.Time) int64 {
	if t.IsZero() {
		return endOfTime
	}
	return t.UnixMicro()
}

// sharedBalances sums the additions to the party's accounts.
func (l *LedgerTx) sharedBalances(ctx context.Context, at ledger.At, party ledger.Party) (ledger.Balances, error) {
	turnovers, err := l.turnovers(ctx, turnoverFilter{party: party, oneParty: true, valueOn: at.ValueOn, knownAt: at.KnownAt})
	if err != nil {
		return nil, err
	}
	balances := make(ledger.Balances, len(turnovers))
	for i, t := range turnovers {
		balances[i] = ledger.Balance{Account: t.Account, Net: t.Net()}
	}
	return balances, nil
}

// Statement pages through the entries of a party.
func (l *LedgerTx) Statement(ctx context.Context, q ledger.StatementQuery) (ledger.StatementPage, error) {
	if q.Party.Held() {
		return l.heldStatement(ctx, q)
	}
	return l.sharedStatement(ctx, q)
}

// heldStatement reads by value date, and within a day in the order of recording.
func (l *LedgerTx) heldStatement(ctx context.Context, q ledger.StatementQuery) (ledger.StatementPage, error) {
	after, err := parseCursor(q.After)
	if err != nil {
		return ledger.StatementPage{}, err
	}
	query := "SELECT" + entryColumns + `FROM entry AS e WHERE e.party = $1 AND e.value_on >= $2 AND e.value_on <= $3
		AND (e.value_on, e.recorded_at, e.id) > ($4, $5, $6) ORDER BY e.value_on, e.recorded_at, e.id LIMIT $7`
	args := []any{string(q.Party), int64(q.From), int64(lastOr(q.To)), after.valueOn, after.recordedAt, after.id[:], q.Limit}
	var page ledger.StatementPage
	err = l.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		e, err := scanEntry(row)
		page.Entries = append(page.Entries, e)
		return err
	})
	if n := len(page.Entries); n > 0 && n == q.Limit {
		last := page.Entries[n-1]
		page.Next = cursor{int64(last.ValueOn), last.RecordedAt.UnixMicro(), last.ID}.String()
	}
	return page, err
}

// cursor is where a page of a statement ended.
type cursor struct {
	valueOn    int64
	recordedAt int64
	id         ledger.ID
}

func (c cursor) String() string { return fmt.Sprintf("%d.%d.%s", c.valueOn, c.recordedAt, c.id) }

func parseCursor(s string) (c cursor, err error) {
	if s == "" {
		return cursor{}, nil
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return cursor{}, fmt.Errorf("%w: page token", ledger.ErrInvalid)
	}
	c.valueOn, err = strconv.ParseInt(parts[0], 10, 64)
	if err == nil {
		c.recordedAt, err = strconv.ParseInt(parts[1], 10, 64)
	}
	if err == nil {
		c.id, err = ledger.ParseID(parts[2])
	}
	if err != nil {
		return cursor{}, fmt.Errorf("%w: page token", ledger.ErrInvalid)
	}
	return c, nil
}

// sharedStatement reads the batches in the order of recording and keeps the entries that touch the party. Its page
// ends with the batch that fills it.
func (l *LedgerTx) sharedStatement(ctx context.Context, q ledger.StatementQuery) (ledger.StatementPage, error) {
	after, err := parseCursor(q.After)
	if err != nil {
		return ledger.StatementPage{}, err
	}
	var page ledger.StatementPage
	for len(page.Entries) < q.Limit {
		b, ok, err := l.nextBatch(ctx, after.recordedAt, after.id[:8], endOfTime)
		if err != nil || !ok {
			return page, err
		}
		entries, err := l.byID(ctx, b.ids())
		if err != nil {
			return page, err
		}
		page.Entries = append(page.Entries, touching(entries, q)...)
		after.recordedAt = b.recordedAt
		copy(after.id[:], b.id)
		page.Next = after.String()
	}
	return page, nil
}

func touching(entries []ledger.Entry, q ledger.StatementQuery) []ledger.Entry {
	var kept []ledger.Entry
	for _, e := range entries {
		if e.ValueOn >= q.From && e.ValueOn <= lastOr(q.To) && e.Touches(q.Party) {
			kept = append(kept, e)
		}
	}
	return kept
}

// Log reads the batches in the order of recording and keeps the entries of the kinds wanted.
func (l *LedgerTx) Log(ctx context.Context, q ledger.LogQuery) (page ledger.LogPage, err error) {
	after, err := parseCursor(q.After)
	if err != nil {
		return page, err
	}
	if err := l.certain(ctx, q.Until); err != nil {
		return page, err
	}
	query, err := wantedQuery(q.Kinds)
	for passed := 0; err == nil && passed < q.Limit; {
		var b batchRow
		var found []ledger.Entry
		b, page.End, err = l.batchAfter(ctx, after, q.Until)
		if err != nil || page.End {
			break
		}
		found, err = l.entries(ctx, blobs(b.ids()), query)
		slices.SortFunc(found, func(x, y ledger.Entry) int { return slices.Compare(x.ID[:], y.ID[:]) })
		page.Entries = append(page.Entries, found...)
		after.recordedAt = b.recordedAt
		copy(after.id[:], b.id)
		passed += len(b.ids())
	}
	page.Next = after.String()
	return page, err
}

// batchAfter is the next batch by the instant; true where there is none.
func (l *LedgerTx) batchAfter(ctx context.Context, after cursor, until time.Time) (b batchRow, end bool, err error) {
	b, found, err := l.nextBatch(ctx, after.recordedAt, after.id[:8], microsOr(until))
	return b, !found, err
}

// wantedQuery reads the entries given that are of one of the kinds; a kind is lower-case letters and hyphens.
func wantedQuery(kinds []ledger.Kind) (string, error) {
	query := "SELECT" + entryColumns + "FROM entry AS e WHERE e.id IN (SELECT given.id FROM given)"
	if len(kinds) == 0 {
		return query, nil
	}
	quoted := make([]string, len(kinds))
	for i, kind := range kinds {
		if strings.ContainsFunc(string(kind), func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' }) {
			return "", fmt.Errorf("%w: kind %.40q", ledger.ErrInvalid, string(kind))
		}
		quoted[i] = "'" + string(kind) + "'"
	}
	return query + " AND e.kind IN (" + strings.Join(quoted, ", ") + ")", nil
}

// batchRow is one commit: when, and which entries.
type batchRow struct {
	recordedAt int64
	id         []byte
	entries    []byte
}

func (b batchRow) ids() []ledger.ID {
	const size = len(ledger.ID{})
	ids := make([]ledger.ID, len(b.entries)/size)
	for i := range ids {
		copy(ids[i][:], b.entries[i*size:])
	}
	return ids
}

// nextBatch returns the first batch after the one named, recorded at the latest at until.
func (l *LedgerTx) nextBatch(ctx context.Context, recordedAt int64, id []byte, until int64) (b batchRow, ok bool, err error) {
	const query = `SELECT b.recorded_at, b.id, b.entries FROM batch AS b
		WHERE (b.recorded_at, b.id) > ($1, $2) AND b.recorded_at <= $3 ORDER BY b.recorded_at, b.id LIMIT 1`
	err = l.tx.QueryArgs(ctx, query, []any{recordedAt, id, until}, func(row sqldb.Scanner) error {
		ok = true
		return row.Scan(&b.recordedAt, &b.id, &b.entries)
	})
	return b, ok, err
}

// EntriesOf returns all entries of the parties, each party's by value date.
func (l *LedgerTx) EntriesOf(ctx context.Context, parties ...ledger.Party) ([]ledger.Entry, error) {
	return l.entries(ctx, sqldb.Rows{sqldb.Texts("party", distinct(parties))},
		"SELECT"+entryColumns+"FROM entry AS e WHERE e.party IN (SELECT given.party FROM given) ORDER BY e.party, e.value_on, e.id")
}

// EntriesFrom returns the entries of the parties that count from a day on, each party's by value date.
func (l *LedgerTx) EntriesFrom(ctx context.Context, from ledger.Date, parties ...ledger.Party) ([]ledger.Entry, error) {
	names := distinct(parties)
	given := sqldb.Rows{sqldb.Texts("party", names), sqldb.Ints("day", repeated(int64(from), len(names)))}
	return l.entries(ctx, given, "SELECT"+entryColumns+`FROM entry AS e WHERE e.party IN (SELECT given.party FROM given)
		AND e.value_on >= (SELECT MIN(given.day) FROM given) ORDER BY e.party, e.value_on, e.id`)
}

// LateParties returns those of the parties that have an entry, of another kind than one, which counts before the day and
// was recorded since.
func (l *LedgerTx) LateParties(ctx context.Context, before ledger.Date, since time.Time, except ledger.Kind, parties ...ledger.Party) (late []ledger.Party, err error) {
	names := distinct(parties)
	at := int64(0)
	if !since.IsZero() {
		at = since.UnixMicro()
	}
	given := sqldb.Rows{sqldb.Texts("party", names), sqldb.Ints("day", repeated(int64(before), len(names))), sqldb.Ints("since", repeated(at, len(names))),
		sqldb.Texts("kind", slices.Repeat([]string{string(except)}, len(names)))}
	const query = `SELECT DISTINCT e.party FROM entry AS e WHERE e.party IN (SELECT given.party FROM given)
		AND e.value_on < (SELECT MIN(given.day) FROM given) AND e.recorded_at >= (SELECT MIN(given.since) FROM given)
		AND e.kind <> (SELECT MIN(given.kind) FROM given) ORDER BY e.party`
	err = l.tx.Query(ctx, given, query, func(row sqldb.Scanner) error {
		var party ledger.Party
		err := row.Scan(&party)
		late = append(late, party)
		return err
	})
	return late, err
}

// repeated is the number n times.
func repeated(number int64, n int) []int64 { return slices.Repeat([]int64{number}, n) }

// PartiesOn returns the parties that anything was ever posted for on the account of that number, of those that are not
// held.
func (l *LedgerTx) PartiesOn(ctx context.Context, code ledger.Code) (parties []ledger.Party, err error) {
	const query = `SELECT t.party FROM account_total AS t WHERE t.code = $1 AND t.party <> '' GROUP BY t.party ORDER BY t.party`
	err = l.tx.QueryArgs(ctx, query, []any{int64(code)}, func(row sqldb.Scanner) error {
		var party ledger.Party
		err := row.Scan(&party)
		parties = append(parties, party)
		return err
	})
	return parties, err
}

// SharedDays returns what an account that is not held changed by on each value date, in order.
func (l *LedgerTx) SharedDays(ctx context.Context, account ledger.Account) (days []ledger.DayNet, err error) {
	const query = `SELECT t.value_on, CAST(sum(t.debit) - sum(t.credit) AS BIGINT)
		FROM given JOIN account_total AS t ON t.code = given.code AND t.party = given.party
			AND t.scheme = given.scheme AND t.currency = given.currency
		GROUP BY t.value_on ORDER BY t.value_on`
	err = l.tx.Query(ctx, accountRows([]ledger.Account{account}), query, func(row sqldb.Scanner) error {
		var day ledger.DayNet
		err := row.Scan(&day.On, &day.Net)
		days = append(days, day)
		return err
	})
	return days, asOverflow(err)
}

// PartiesAfter pages through the parties with balances of their own, in order.
func (l *LedgerTx) PartiesAfter(ctx context.Context, after ledger.Party, limit int) (parties []ledger.Party, err error) {
	const query = `SELECT b.party FROM party_balance AS b WHERE b.party > $1 ORDER BY b.party LIMIT $2`
	err = l.tx.QueryArgs(ctx, query, []any{string(after), limit}, func(row sqldb.Scanner) error {
		var party ledger.Party
		err := row.Scan(&party)
		parties = append(parties, party)
		return err
	})
	return parties, err
}

// Notes returns what use cases keep with the parties' balances, without locking them.
func (l *LedgerTx) Notes(ctx context.Context, parties ...ledger.Party) (map[ledger.Party][]byte, error) {
	const query = `SELECT b.party, b.note FROM party_balance AS b WHERE b.party IN (SELECT given.party FROM given)`
	notes := make(map[ledger.Party][]byte, len(parties))
	err := l.tx.Query(ctx, sqldb.Rows{sqldb.Texts("party", distinct(parties))}, query, func(row sqldb.Scanner) error {
		var party ledger.Party
		var note []byte
		err := row.Scan(&party, &note)
		notes[party] = note
		return err
	})
	return notes, err
}
