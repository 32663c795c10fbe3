package cli

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

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
