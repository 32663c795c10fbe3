package sqldb

import "strings"

// Rows is a table of values that a statement reads as FROM given: a batch costs one statement whatever its size. Look
// rows up by WHERE key IN (SELECT given.key FROM given): every planner then seeks in the key's index, where a join may
// have SQLite scan the large table instead.
type Rows []Column

// Column is one column of values.
type Column struct {
	name   string
	array  string
	values any
	length int
	at     func(i int) any
	slice  func(from, to int) Column
}

func column[T any](name, array string, values []T, at func(T) any) Column {
	return Column{
		name: name, array: array, values: values, length: len(values),
		at:    func(i int) any { return at(values[i]) },
		slice: func(from, to int) Column { return column(name, array, values[from:to], at) },
	}
}

// Ints is a column of integers.
func Ints(name string, values []int64) Column {
	return column(name, "int8[]", values, func(v int64) any { return v })
}

// Texts is a column of texts.
func Texts(name string, values []string) Column {
	return column(name, "text[]", values, func(v string) any { return v })
}

// Blobs is a column of bytes; nil is NULL.
func Blobs(name string, values [][]byte) Column {
	return column(name, "bytea[]", values, blobOrNull)
}

func blobOrNull(v []byte) any {
	if v == nil {
		return nil
	}
	return v
}

// Len is the number of rows.
func (r Rows) Len() int { return r[0].length }

// The sizes in which SQLite takes rows: a statement of each size is prepared once. Its variables number 32,766 at most.
var chunkSizes = []int{512, 64, 8, 1}

// chunks cuts the rows into pieces of the sizes that statements are prepared for.
func (r Rows) chunks() []Rows {
	var pieces []Rows
	for from := 0; from < r.Len(); {
		size := chunkFor(r.Len() - from)
		pieces = append(pieces, r.cut(from, from+size))
		from += size
	}
	return pieces
}

func chunkFor(left int) int {
	for _, size := range chunkSizes {
		if size <= left {
			return size
		}
	}
	return 1
}

func (r Rows) cut(from, to int) Rows {
	piece := make(Rows, len(r))
	for i, column := range r {
		piece[i] = column.slice(from, to)
	}
	return piece
}

// list is the rows as VALUES (?, ?), (?, ?) … with their arguments.
func (r Rows) list() (string, []any) {
	tuple := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(r)), ", ") + ")"
	text := "VALUES " + strings.TrimSuffix(strings.Repeat(tuple+", ", r.Len()), ", ")
	args := make([]any, 0, r.Len()*len(r))
	for i := range r.Len() {
		for _, column := range r {
			args = append(args, column.at(i))
		}
	}
	return text, args
}
