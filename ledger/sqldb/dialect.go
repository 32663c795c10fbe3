package sqldb

import (
	"fmt"
	"strconv"
	"strings"
)

// dialect is what differs between the engines.
type dialect struct {
	name       string
	cockroach  bool
	committers int
	batchSize  int
	// clock is the transaction's instant in microseconds since 1970, by the database's own clock (L7).
	clock string
	// wallClock is the instant of the statement itself.
	wallClock string
	// sizeQuery returns the bytes of data and indexes.
	sizeQuery string
}

var sqliteDialect = dialect{
	name: "sqlite", committers: 1, batchSize: 2500,
	clock:     "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
	wallClock: "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
	sizeQuery: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
}

var postgresDialect = dialect{
	name: "postgres", committers: 3, batchSize: 1000,
	clock:     "CAST(extract(epoch FROM now()) * 1000000 AS BIGINT)",
	wallClock: "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
	sizeQuery: "SELECT pg_database_size(current_database())",
}

var cockroachDialect = dialect{
	name: "postgres", cockroach: true, committers: 3, batchSize: 200,
	clock:     "CAST(extract(epoch FROM now()) * 1000000 AS BIGINT)",
	wallClock: "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
	sizeQuery: "SELECT CAST(sum(range_size) AS BIGINT) FROM [SHOW RANGES FROM CURRENT_CATALOG WITH DETAILS]",
}

func (d dialect) sqlite() bool { return d.name == "sqlite" }

// ManyWriters says that other transactions may write at the same time.
func (d dialect) ManyWriters() bool { return !d.sqlite() }

// ForUpdate locks the rows read of the table until the transaction ends; SQLite has one writer and needs none.
func (d dialect) ForUpdate(table string) string { return d.lock("UPDATE", table) }

// ForShare keeps the rows read of the table from being changed until the transaction ends.
func (d dialect) ForShare(table string) string { return d.lock("SHARE", table) }

func (d dialect) lock(strength, table string) string {
	if d.sqlite() {
		return ""
	}
	return " FOR " + strength + " OF " + table
}

// numbered writes the arguments $1, $2 … in the engine's own way.
func (d dialect) numbered(query string) string {
	if d.sqlite() {
		return strings.ReplaceAll(query, "$", "?")
	}
	return query
}

// given writes the table of a statement's rows in front of it, as WITH given(…) AS (…), and its arguments.
func (d dialect) given(rows Rows, query string) (string, []any) {
	names := make([]string, len(rows))
	for i, column := range rows {
		names[i] = column.name
	}
	body, args := d.values(rows)
	return "WITH given(" + strings.Join(names, ", ") + ") AS (" + body + ") " + query, args
}

// values is the rows as a SELECT: arrays unnested on PostgreSQL, a list of VALUES on SQLite.
func (d dialect) values(rows Rows) (string, []any) {
	if d.sqlite() {
		return rows.list()
	}
	arrays, names, args := make([]string, len(rows)), make([]string, len(rows)), make([]any, len(rows))
	for i, column := range rows {
		arrays[i] = "$" + strconv.Itoa(i+1) + "::" + column.array
		names[i] = column.name
		args[i] = column.values
	}
	list := strings.Join(names, ", ")
	return fmt.Sprintf("SELECT %s FROM unnest(%s) AS u (%s)", list, strings.Join(arrays, ", "), list), args
}
