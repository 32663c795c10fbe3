package cli

import (
	"bytes"
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
	tables  map[string]yardTable
	members []string
	// head is what the day's ids begin with, and clock the instant of the next batch in microseconds.
	head  []byte
	clock int64
}

func (m *measuring) openYard(ctx context.Context) (*yard, error) {
	const headOfID = 2
	y := &yard{place: m.place, head: m.results.acknowledged[0][:headOfID], clock: m.env.Now().UnixMicro()}
	for _, member := range m.members {
		y.members = append(y.members, string(member.id.Party()))
	}
	measured, err := m.database(ctx)
	if err != nil {
		return nil, err
	}
	defer measured.Close()
	if y.tables, err = y.readTables(ctx, measured); err != nil {
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
		if err := y.write(ctx, y.insert("party_balance", "", len(members), yardKeys{"party": of(members)})); err != nil {
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

// yardTable is a table that contributions fill, with some of the rows that they have written.
type yardTable struct {
	columns []yardColumn
	rows    [][]any
}

// yardColumn is a column and, on PostgreSQL, the type of many of its values.
type yardColumn struct{ name, array string }

// yardTables are the tables that contributions fill, and which of their rows tell what such rows are like: all but the
// keys of what the yardstick writes is taken from them. The rows of shared accounts are those that a single commit
// adds to: the collector's clearing and four pots, on the last day.
var yardTables = map[string]string{
	"entry":               " WHERE t.scheme = '" + benchScheme + "' LIMIT 1000",
	"party_balance":       " WHERE t.balances <> '[]' LIMIT 1000",
	"account_total":       " ORDER BY t.recorded_on DESC, t.value_on DESC, t.stripe, t.code LIMIT 5",
	"batch":               " LIMIT 1",
	"contribution_detail": " LIMIT 1000",
}

func (y *yard) readTables(ctx context.Context, measured *sqldb.DB) (map[string]yardTable, error) {
	tables := make(map[string]yardTable, len(yardTables))
	err := measured.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		for name, which := range yardTables {
			columns, err := y.readColumns(ctx, tx, name)
			if err != nil {
				return err
			}
			rows, err := readRows(ctx, tx, "SELECT "+list(columns)+" FROM "+name+" AS t"+which, len(columns))
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				return fmt.Errorf("%s holds no rows to write the like of", name)
			}
			tables[name] = yardTable{columns, rows}
		}
		return nil
	})
	return tables, err
}

func (y *yard) readColumns(ctx context.Context, tx *sqldb.Tx, table string) (columns []yardColumn, err error) {
	query := "SELECT c.name, c.type FROM pragma_table_info($1) AS c ORDER BY c.cid"
	if !y.sqlite() {
		query = `SELECT c.column_name, c.data_type FROM information_schema.columns AS c
			WHERE c.table_schema = current_schema() AND c.table_name = $1 ORDER BY c.ordinal_position`
	}
	arrays := map[string]string{"integer": "int8[]", "bigint": "int8[]", "text": "text[]", "bytea": "bytea[]"}
	err = tx.QueryArgs(ctx, query, []any{table}, func(row sqldb.Scanner) error {
		var name, kind string
		err := row.Scan(&name, &kind)
		columns = append(columns, yardColumn{name, arrays[kind]})
		return err
	})
	return columns, err
}

func readRows(ctx context.Context, tx *sqldb.Tx, query string, columns int) (rows [][]any, err error) {
	err = tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		cells, into := make([]any, columns), make([]any, columns)
		for i := range cells {
			into[i] = &cells[i]
		}
		err := row.Scan(into...)
		rows = append(rows, cells)
		return err
	})
	return rows, err
}

func list(columns []yardColumn) string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.name
	}
	return strings.Join(names, ", ")
}

// What to do with the rows of members and of shared accounts, which are there.
const (
	replaced = " ON CONFLICT (party) DO UPDATE SET balances = excluded.balances"
	added    = " ON CONFLICT (code, party, scheme, currency, period, value_on, recorded_on, stripe)" +
		" DO UPDATE SET debit = account_total.debit + excluded.debit, credit = account_total.credit + excluded.credit"
)

// tailEnds is at how many ends the details grow.
const tailEnds = 16

// batch is all that is written for as many contributions as are in one transaction. Like the stores, it writes entries
// in the order of their ids, and members in that of their names; its instant is its own.
func (y *yard) batch() []plainSQL {
	y.clock += time.Second.Microseconds() / 20
	ids, parties := y.ids(), make([]string, yardstickRows)
	for i := range parties {
		parties[i] = y.members[rand.IntN(len(y.members))]
	}
	id, clock := of(ids), func(int) any { return y.clock }
	changed := slices.Compact(slices.Sorted(slices.Values(parties)))
	return slices.Concat(
		y.insert("entry", "", len(ids), yardKeys{"id": id, "party": of(parties), "recorded_at": clock}),
		y.insert("party_balance", replaced, len(changed), yardKeys{"party": of(changed)}),
		y.insert("account_total", added, len(y.tables["account_total"].rows), nil),
		y.insert("batch", "", 1, yardKeys{"id": of([][]byte{randomBytes(8)}), "entries": of([][]byte{slices.Concat(ids...)}), "recorded_at": clock}),
		y.insert("contribution_detail", "", len(ids), yardKeys{
			"id": id, "recorded_at": clock, "member": func(i int) any { return ledger.Party(parties[i]).ID() },
			"tail": func(i int) any { return int64(ids[i][len(ids[i])-1] % tailEnds) },
		}),
	)
}

func (y *yard) ids() [][]byte {
	ids := make([][]byte, yardstickRows)
	for i := range ids {
		ids[i] = slices.Concat(y.head, randomBytes(len(ledger.ID{})-len(y.head)))
	}
	slices.SortFunc(ids, bytes.Compare)
	return ids
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

// yardKeys are what differs from row to row, by its column; everything else is as in the rows read.
type yardKeys map[string]func(i int) any

func of[T any](values []T) func(int) any { return func(i int) any { return values[i] } }

// insert writes n rows, given as arrays on PostgreSQL and as lists of values on SQLite, each of a length for which it is
// prepared once. Then says what to do with rows that are there.
func (y *yard) insert(table, then string, n int, keys yardKeys) []plainSQL {
	t := y.tables[table]
	into := fmt.Sprintf("INSERT INTO %s (%s) ", table, list(t.columns))
	if !y.sqlite() {
		text, args := t.arrays(n, keys)
		return []plainSQL{{into + text + then, args}}
	}
	var all []plainSQL
	for from := 0; from < n; {
		size := listSize(n - from)
		text, args := t.lists(from, from+size, keys)
		all = append(all, plainSQL{into + text + then, args})
		from += size
	}
	return all
}

// cell is the value in a row and a column.
func (t yardTable) cell(row, column int, keys yardKeys) any {
	if key, ok := keys[t.columns[column].name]; ok {
		return key(row)
	}
	return t.rows[row%len(t.rows)][column]
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

func (t yardTable) lists(from, to int, keys yardKeys) (string, []any) {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.columns)), ", ") + ")"
	args := make([]any, 0, (to-from)*len(t.columns))
	for i := from; i < to; i++ {
		for j := range t.columns {
			args = append(args, t.cell(i, j, keys))
		}
	}
	return "VALUES " + strings.TrimSuffix(strings.Repeat(row+", ", to-from), ", "), args
}

func (t yardTable) arrays(n int, keys yardKeys) (string, []any) {
	types, args := make([]string, len(t.columns)), make([]any, len(t.columns))
	for j, column := range t.columns {
		types[j] = fmt.Sprintf("$%d::%s", j+1, column.array)
		at := func(i int) any { return t.cell(i, j, keys) }
		switch column.array {
		case "int8[]":
			args[j] = arrayOf[int64](n, at)
		case "text[]":
			args[j] = arrayOf[string](n, at)
		default:
			args[j] = arrayOf[[]byte](n, at)
		}
	}
	return fmt.Sprintf("SELECT %[1]s FROM unnest(%[2]s) AS u (%[1]s)", list(t.columns), strings.Join(types, ", ")), args
}

// arrayOf makes an array of values that are of one type, or absent.
func arrayOf[T any](n int, at func(int) any) []T {
	values := make([]T, n)
	for i := range values {
		values[i], _ = at(i).(T)
	}
	return values
}
