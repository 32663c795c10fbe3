package cli

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

const (
	// yardstickName is that of the schema, or of the ending of the file, in which the yardstick writes.
	yardstickName = "sanad_yardstick"
	// yardstickRows is how many contributions are in one of its transactions.
	yardstickRows = 1000
	// yardstickTime is how long it writes; the making of rows does not count.
	yardstickTime = 4 * time.Second
	// yardstickAhead is how many batches are made at a time.
	yardstickAhead = 8
)

// yardstick measures how many contributions a second the database itself takes.
func (m *measuring) yardstick(ctx context.Context) error {
	m.say("yardstick: the same rows by plain SQL")
	if len(m.results.acknowledged) == 0 {
		return errors.New("no contribution was acknowledged, so there is nothing to compare with; see the errors above")
	}
	y, err := m.openYard(ctx)
	if err != nil {
		return fmt.Errorf("yardstick: %w", err)
	}
	perSecond, err := y.measure(ctx, m.env.Now, min(yardstickTime, time.Duration(m.Seconds)*time.Second))
	if err := errors.Join(err, y.remove(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("yardstick: %w", err)
	}
	m.figures.Yardstick = rounded(perSecond, 1)
	m.figures.Ratio = rounded(m.figures.PerSecond/perSecond, 3)
	return nil
}

// yard is where the yardstick writes: empty tables made by the same migrations, with a row for each member.
type yard struct {
	place
	db      *sqldb.DB
	like    samples
	members []string
	now     int64
	today   ledger.Date
}

func (m *measuring) openYard(ctx context.Context) (*yard, error) {
	y := &yard{place: m.place, now: m.env.Now().UnixMicro(), today: ledger.DateOf(m.env.Now().In(zone()))}
	for _, member := range m.members {
		y.members = append(y.members, string(member.id.Party()))
	}
	measured, err := m.database(ctx)
	if err != nil {
		return nil, err
	}
	defer measured.Close()
	if y.like, err = sampleRows(ctx, measured, m.results.acknowledged[0]); err != nil {
		return nil, err
	}
	if err := y.make(ctx); err != nil {
		return nil, errors.Join(err, y.remove(context.WithoutCancel(ctx)))
	}
	return y, nil
}

// make makes the tables, in a file or a schema of their own, anew.
func (y *yard) make(ctx context.Context) error {
	if err := y.drop(ctx); err != nil {
		return err
	}
	if !y.sqlite() {
		if err := y.postgres(ctx, "CREATE SCHEMA "+yardstickName); err != nil {
			return fmt.Errorf("%w; it needs the right to CREATE in the database", err)
		}
	}
	url, err := y.beside(yardstickName)
	if err != nil {
		return err
	}
	if y.db, err = sqldb.Open(ctx, url); err != nil {
		return err
	}
	if err := api.Migrate(ctx, y.db); err != nil {
		return err
	}
	return y.openParties(ctx)
}

// openParties gives each member the row that her first contribution would have given her.
func (y *yard) openParties(ctx context.Context) error {
	for members := range slices.Chunk(y.members, yardstickRows) {
		if err := y.write(ctx, y.insert("party_balance", y.partyColumns(members), "")); err != nil {
			return err
		}
	}
	return nil
}

// remove drops all that the yardstick has made.
func (y *yard) remove(ctx context.Context) error {
	if y.db != nil {
		y.db.Close()
	}
	return y.drop(ctx)
}

func (y *yard) drop(ctx context.Context) error {
	if !y.sqlite() {
		return y.postgres(ctx, "DROP SCHEMA IF EXISTS "+yardstickName+" CASCADE")
	}
	url, err := y.beside(yardstickName)
	for _, ending := range []string{"", "-wal", "-shm"} {
		gone := os.Remove(strings.TrimPrefix(url, "sqlite:") + ending)
		if !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func (y *yard) postgres(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, y.url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// measure writes batch after batch and returns how many contributions a second were durable. The rows of several
// batches are made beforehand, and that time does not count; nor does the first batch, which prepares the statements.
func (y *yard) measure(ctx context.Context, now func() time.Time, atLeast time.Duration) (float64, error) {
	if err := y.write(ctx, y.batch()); err != nil {
		return 0, err
	}
	var written, took = 0, time.Duration(0)
	for took < atLeast {
		batches := make([][]plainSQL, yardstickAhead)
		for i := range batches {
			batches[i] = y.batch()
		}
		began := now()
		for _, batch := range batches {
			if err := y.write(ctx, batch); err != nil {
				return 0, err
			}
		}
		took += now().Sub(began)
		written += yardstickAhead * yardstickRows
	}
	return float64(written) / took.Seconds(), nil
}

// plainSQL is a statement ready to run.
type plainSQL struct {
	text string
	args []any
}

// write runs statements in one transaction.
func (y *yard) write(ctx context.Context, statements []plainSQL) error {
	return y.db.Update(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecArgs(ctx, s.text, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// samples are rows that the measured server has stored; the yardstick writes such rows.
type samples struct {
	// head is what the ids of the day begin with.
	head     []byte
	entries  []entrySample
	sealed   []int
	balances []string
	totals   []totalSample
}

type entrySample struct{ kind, scheme, currency, postings, reason string }

type totalSample struct {
	party, scheme, currency                                  string
	code, period, valueOn, recordedOn, stripe, debit, credit int64
}

func sampleRows(ctx context.Context, db *sqldb.DB, id ledger.ID) (s samples, err error) {
	const ofIDHead = 2
	s.head = id[:ofIDHead]
	err = db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return errors.Join(s.readEntries(ctx, tx), s.readSealed(ctx, tx), s.readBalances(ctx, tx), s.readTotals(ctx, tx))
	})
	if err == nil && (len(s.entries) == 0 || len(s.sealed) == 0 || len(s.balances) == 0 || len(s.totals) == 0) {
		err = errors.New("found no rows to write the like of")
	}
	return s, err
}

func (s *samples) readEntries(ctx context.Context, tx *sqldb.Tx) error {
	const query = "SELECT e.kind, e.scheme, e.currency, e.postings, e.reason FROM entry AS e WHERE e.scheme = $1 LIMIT 1000"
	return tx.QueryArgs(ctx, query, []any{benchScheme}, func(row sqldb.Scanner) error {
		var e entrySample
		err := row.Scan(&e.kind, &e.scheme, &e.currency, &e.postings, &e.reason)
		s.entries = append(s.entries, e)
		return err
	})
}

func (s *samples) readSealed(ctx context.Context, tx *sqldb.Tx) error {
	const query = "SELECT length(d.sealed) FROM contribution_detail AS d LIMIT 1000"
	return tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		var n int
		err := row.Scan(&n)
		s.sealed = append(s.sealed, n)
		return err
	})
}

func (s *samples) readBalances(ctx context.Context, tx *sqldb.Tx) error {
	const query = "SELECT b.balances FROM party_balance AS b WHERE b.balances <> '[]' LIMIT 1000"
	return tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		var text string
		err := row.Scan(&text)
		s.balances = append(s.balances, text)
		return err
	})
}

// readTotals reads the rows of shared accounts to which one transaction has added: those of the last day, of one stripe.
func (s *samples) readTotals(ctx context.Context, tx *sqldb.Tx) error {
	const query = `SELECT t.party, t.scheme, t.currency, t.code, t.period, t.value_on, t.recorded_on, t.stripe, t.debit, t.credit
		FROM account_total AS t ORDER BY t.recorded_on DESC, t.value_on DESC, t.stripe LIMIT 20`
	return tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		var t totalSample
		err := row.Scan(&t.party, &t.scheme, &t.currency, &t.code, &t.period, &t.valueOn, &t.recordedOn, &t.stripe, &t.debit, &t.credit)
		if len(s.totals) == 0 || t.valueOn == s.totals[0].valueOn && t.stripe == s.totals[0].stripe {
			s.totals = append(s.totals, t)
		}
		return err
	})
}

// What to do with the rows of members and of shared accounts, which are there.
const (
	replaced = " ON CONFLICT (party) DO UPDATE SET balances = excluded.balances"
	added    = " ON CONFLICT (code, party, scheme, currency, period, value_on, recorded_on, stripe)" +
		" DO UPDATE SET debit = account_total.debit + excluded.debit, credit = account_total.credit + excluded.credit"
)

// batch is all that is written for as many contributions as are in one transaction. Like the stores, it writes entries
// in the order of their ids, and members in that of their names.
func (y *yard) batch() []plainSQL {
	ids := y.ids()
	parties := make([]string, yardstickRows)
	for i := range parties {
		parties[i] = y.members[rand.IntN(len(y.members))]
	}
	changed := slices.Compact(slices.Sorted(slices.Values(parties)))
	return slices.Concat(
		y.insert("entry", y.entryColumns(ids, parties), ""),
		y.insert("party_balance", y.partyColumns(changed), replaced),
		y.insert("batch", y.batchColumns(ids), ""),
		y.insert("account_total", y.totalColumns(), added),
		y.insert("contribution_detail", y.detailColumns(ids, parties), ""),
	)
}

func (y *yard) ids() [][]byte {
	ids := make([][]byte, yardstickRows)
	for i := range ids {
		ids[i] = append(slices.Clone(y.like.head), randomBytes(len(ledger.ID{})-len(y.like.head))...)
	}
	slices.SortFunc(ids, slices.Compare)
	return ids
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func (y *yard) entryColumns(ids [][]byte, parties []string) []yardColumn {
	n := len(ids)
	text := func(name string, of func(entrySample) string) yardColumn {
		return texts(name, n, func(i int) string { return of(y.like.entries[i%len(y.like.entries)]) })
	}
	return []yardColumn{
		texts("party", n, func(i int) string { return parties[i] }),
		ints("value_on", n, func(int) int64 { return int64(y.today) }),
		blobs("id", n, func(i int) []byte { return ids[i] }),
		ints("booked_on", n, func(int) int64 { return int64(y.today) }),
		ints("recorded_at", n, func(int) int64 { return y.now }),
		text("kind", func(e entrySample) string { return e.kind }),
		text("scheme", func(e entrySample) string { return e.scheme }),
		text("currency", func(e entrySample) string { return e.currency }),
		text("postings", func(e entrySample) string { return e.postings }),
		blobs("undoes", n, func(int) []byte { return nil }),
		text("reason", func(e entrySample) string { return e.reason }),
		blobs("fingerprint", n, func(int) []byte { return randomBytes(len(ledger.Fingerprint{})) }),
	}
}

func (y *yard) detailColumns(ids [][]byte, parties []string) []yardColumn {
	n := len(ids)
	return []yardColumn{
		blobs("id", n, func(i int) []byte { return ids[i] }),
		texts("member", n, func(i int) string { return ledger.Party(parties[i]).ID() }),
		blobs("sealed", n, func(i int) []byte { return randomBytes(y.like.sealed[i%len(y.like.sealed)]) }),
	}
}

func (y *yard) partyColumns(parties []string) []yardColumn {
	n := len(parties)
	return []yardColumn{
		texts("party", n, func(i int) string { return parties[i] }),
		texts("balances", n, func(int) string { return y.like.balances[rand.IntN(len(y.like.balances))] }),
	}
}

func (y *yard) batchColumns(ids [][]byte) []yardColumn {
	return []yardColumn{
		ints("stripe", 1, func(int) int64 { return 0 }),
		ints("recorded_at", 1, func(int) int64 { return y.now }),
		blobs("id", 1, func(int) []byte { return randomBytes(8) }),
		blobs("entries", 1, func(int) []byte { return slices.Concat(ids...) }),
	}
}

func (y *yard) totalColumns() []yardColumn {
	n := len(y.like.totals)
	number := func(name string, of func(totalSample) int64) yardColumn {
		return ints(name, n, func(i int) int64 { return of(y.like.totals[i]) })
	}
	return []yardColumn{
		number("code", func(t totalSample) int64 { return t.code }),
		texts("party", n, func(i int) string { return y.like.totals[i].party }),
		texts("scheme", n, func(i int) string { return y.like.totals[i].scheme }),
		texts("currency", n, func(i int) string { return y.like.totals[i].currency }),
		number("period", func(t totalSample) int64 { return t.period }),
		number("value_on", func(t totalSample) int64 { return t.valueOn }),
		number("recorded_on", func(t totalSample) int64 { return t.recordedOn }),
		number("stripe", func(t totalSample) int64 { return t.stripe }),
		number("debit", func(t totalSample) int64 { return t.debit }),
		number("credit", func(t totalSample) int64 { return t.credit }),
	}
}

// yardColumn is a column of values to write. Array is PostgreSQL's type of many such values.
type yardColumn struct {
	name, array string
	n           int
	values      any
	at          func(i int) any
}

func columnOf[T any](name, array string, values []T) yardColumn {
	return yardColumn{
		name: name, array: array, n: len(values), values: values,
		at: func(i int) any { return values[i] },
	}
}

func valuesOf[T any](n int, of func(i int) T) []T {
	values := make([]T, n)
	for i := range values {
		values[i] = of(i)
	}
	return values
}

func texts(name string, n int, of func(int) string) yardColumn {
	return columnOf(name, "text[]", valuesOf(n, of))
}

func ints(name string, n int, of func(int) int64) yardColumn {
	return columnOf(name, "int8[]", valuesOf(n, of))
}

func blobs(name string, n int, of func(int) []byte) yardColumn {
	column := columnOf(name, "bytea[]", valuesOf(n, of))
	at := column.at
	column.at = func(i int) any {
		if bytes := at(i).([]byte); bytes != nil {
			return bytes
		}
		return nil
	}
	return column
}

func list(columns []yardColumn) string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.name
	}
	return strings.Join(names, ", ")
}

// insert writes rows, given as arrays on PostgreSQL and as lists of values on SQLite, each of a length for which it is
// prepared once. Then says what to do with rows that are there.
func (y *yard) insert(table string, columns []yardColumn, then string) []plainSQL {
	into := fmt.Sprintf("INSERT INTO %s (%s) ", table, list(columns))
	if !y.sqlite() {
		text, args := arrays(columns)
		return []plainSQL{{into + text + then, args}}
	}
	var all []plainSQL
	for from, n := 0, columns[0].n; from < n; {
		size := listSize(n - from)
		text, args := lists(columns, from, from+size)
		all = append(all, plainSQL{into + text + then, args})
		from += size
	}
	return all
}

// listSize is the longest list, of those that are prepared, for so many rows. Longer ones are slower.
func listSize(rows int) int {
	for _, size := range []int{100, 10} {
		if size <= rows {
			return size
		}
	}
	return 1
}

func arrays(columns []yardColumn) (string, []any) {
	types, args := make([]string, len(columns)), make([]any, len(columns))
	for i, column := range columns {
		types[i], args[i] = fmt.Sprintf("$%d::%s", i+1, column.array), column.values
	}
	return fmt.Sprintf("SELECT %[1]s FROM unnest(%[2]s) AS u (%[1]s)", list(columns), strings.Join(types, ", ")), args
}

func lists(columns []yardColumn, from, to int) (string, []any) {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	args := make([]any, 0, (to-from)*len(columns))
	for i := from; i < to; i++ {
		for _, column := range columns {
			args = append(args, column.at(i))
		}
	}
	return "VALUES " + strings.TrimSuffix(strings.Repeat(row+", ", to-from), ", "), args
}
