package tests

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The stores run unchanged on PostgreSQL and on CockroachDB, so their SQL keeps to what both have (DESIGN section 8).
// This test reads every migration and every statement in the sources for what CockroachDB lacks, or does otherwise.

// forbidden is a word that the SQL may not use, and what to use instead.
type forbidden struct {
	name, instead string
	pattern       *regexp.Regexp
}

func forbid(name, pattern, instead string) forbidden {
	return forbidden{name, instead, regexp.MustCompile(`(?is)` + pattern)}
}

// The patterns are those of SQL without comments, in any case, over any number of lines.
var subset = []forbidden{
	forbid("advisory lock", `\bpg_(try_)?advisory\w*`,
		"lock a row: FOR UPDATE, or goose's table locker for migrations"),
	forbid("LISTEN and NOTIFY", `(^|;)\s*(UN)?LISTEN\s|(^|;)\s*NOTIFY\s|\bpg_notify\b`,
		"read the batch rows that are new"),
	forbid("trigger", `\bTRIGGER\b`,
		"write it in the statement that posts"),
	forbid("function", `\bCREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE)\b`,
		"decide in Go, or write a view"),
	forbid("deferred constraint", `\bDEFERRABLE\b|\bINITIALLY\s+DEFERRED\b|\bSET\s+CONSTRAINTS\b`,
		"write rows in an order that every constraint allows"),
	forbid("DO block", `\bDO\s+(LANGUAGE\s+\w+\s+)?(\$\w*\$|')`,
		"write plain statements, one migration each"),
	forbid("temporary table", `\bTEMP(ORARY)?\s+(TABLE|VIEW|SEQUENCE)\b|\bINTO\s+TEMP(ORARY)?\b`,
		"pass the rows by unnest in FROM"),
	forbid("ON CONFLICT ON CONSTRAINT", `\bON\s+CONFLICT\s+ON\s+CONSTRAINT\b`,
		"name the columns: ON CONFLICT (a, b)"),
	forbid("DELETE USING", `\bDELETE\s+FROM\b[^;]*\bUSING\s+[^\s(]`,
		"DELETE … WHERE (a, b) IN (SELECT …)"),
	forbid("expression index", `\bCREATE\s+(UNIQUE\s+)?INDEX\b[^;(]*\([^;)]*\(`,
		"store the value in a column and index that"),
	forbid("SET LOCAL", `\bSET\s+LOCAL\b`,
		"set it when the connection opens"),
	forbid("SKIP LOCKED", `\bSKIP\s+LOCKED\b`,
		"lease: UPDATE … WHERE lease < now RETURNING …"),
	forbid("array literal", `'\{[^'"{}:%]+\}'`,
		"ARRAY[x, y], or an array as a parameter"),
	forbid("monotonic key", `\b(SMALL|BIG)?SERIAL[248]?\b|\bAS\s+IDENTITY\b|\b(CREATE|ALTER)\s+(TEMP\w*\s+)?SEQUENCE\b|`+
		`\bnextval\s*\(|\bAUTOINCREMENT\b`,
		"the caller makes the key, beginning with the party (DESIGN section 8, 3)"),
	forbid("SELECT *", `\b(SELECT|RETURNING)\s+((ALL|DISTINCT)\s+)?("?\w+"?\.)?\*|,\s*"?\w+"?\.\*`,
		"name the columns; SELECT 1 inside EXISTS"),
}

// statement is SQL text and where it stands.
type statement struct {
	path string
	line int
	sql  string
}

// breaches returns what a statement uses that it may not.
func (s statement) breaches() []finding {
	sql := withoutComments(s.sql)
	var found []finding
	for _, f := range subset {
		for _, at := range f.pattern.FindAllStringIndex(sql, -1) {
			line := s.line + strings.Count(sql[:at[0]], "\n")
			found = append(found, finding{
				where:   fmt.Sprintf("%s:%d", s.path, line),
				what:    fmt.Sprintf("%s, which the CockroachDB subset forbids: %q", f.name, sql[at[0]:at[1]]),
				instead: f.instead,
			})
		}
	}
	return found
}

var sqlComment = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/`)

// withoutComments blanks the comments, which may speak of what the SQL may not use, and keeps the line numbers.
func withoutComments(sql string) string {
	return sqlComment.ReplaceAllStringFunc(sql, func(comment string) string {
		return strings.Repeat("\n", strings.Count(comment, "\n")) + " "
	})
}

func TestTheSQLKeepsToTheCockroachDBSubset(t *testing.T) {
	for _, s := range statements(t) {
		for _, f := range s.breaches() {
			t.Error(f)
		}
	}
}

// statements reads the SQL of the module: migrations, and literals in the sources.
func statements(t *testing.T) []statement {
	t.Helper()
	var all []statement
	for name, text := range moduleFiles(t, ".sql") {
		all = append(all, statement{name, 1, text})
	}
	for _, s := range goSources(t) {
		all = append(all, s.statements()...)
	}
	slices.SortFunc(all, func(a, b statement) int { return strings.Compare(a.path, b.path) })
	return all
}

// statements returns the SQL in a source: every text in a store package, elsewhere what begins as SQL does. Tests may
// say what they like: they weaken a database on purpose.
func (s source) statements() []statement {
	if s.isTest() {
		return nil
	}
	var all []statement
	for _, l := range literals(s.file) {
		if s.isStore() || beginsAsSQL.MatchString(l.text) {
			all = append(all, statement{s.path, s.fset.Position(l.pos).Line, l.text})
		}
	}
	return all
}

func (s source) isStore() bool {
	return slices.Contains([]string{"sqlstore", "sqldb"}, path.Base(s.folder()))
}

var beginsAsSQL = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE)\s`)

// literal is a text in a source, put together where it is written as a sum.
type literal struct {
	pos  token.Pos
	text string
}

func literals(root ast.Node) []literal {
	var all []literal
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.Field: // The text in a field is its tag.
			return false
		case *ast.BinaryExpr, *ast.BasicLit:
			text, others, ok := sum(n.(ast.Expr))
			if ok {
				all = append(all, literal{n.Pos(), text})
			}
			for _, other := range others {
				all = append(all, literals(other)...)
			}
			return false
		}
		return true
	})
	return all
}

// sum puts together the texts in an expression such as "SELECT " + columns + " FROM entry", in which what is not a
// literal stands as an ellipsis and is returned beside it. It returns false where there is no text.
func sum(e ast.Expr) (text string, others []ast.Expr, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, nil, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, leftOthers, leftOK := sum(e.X)
		right, rightOthers, rightOK := sum(e.Y)
		return left + right, append(leftOthers, rightOthers...), leftOK || rightOK
	default:
		return "…", []ast.Expr{e}, false
	}
}

func TestEachRuleOfTheSubsetBites(t *testing.T) {
	bitten := map[string]bool{}
	for _, c := range subsetCases {
		t.Run(c.sql, func(t *testing.T) {
			got := ""
			for _, f := range (statement{"x.sql", 1, c.sql}).breaches() {
				assertComplete(t, f, "x.sql")
				got, _, _ = strings.Cut(f.what, ",")
			}
			if got != c.broken {
				t.Errorf("broken is %q, want %q", got, c.broken)
			}
			bitten[got] = true
		})
	}
	for _, f := range subset {
		if !bitten[f.name] {
			t.Errorf("no case breaks the rule %q", f.name)
		}
	}
}

// subsetCases break one rule each, or none.
var subsetCases = []struct{ sql, broken string }{
	{"SELECT pg_advisory_xact_lock(1)", "advisory lock"},
	{"SELECT pg_try_advisory_lock(1)", "advisory lock"},
	{"LISTEN posted", "LISTEN and NOTIFY"},
	{"SELECT pg_notify('posted', '')", "LISTEN and NOTIFY"},
	{"SELECT listen FROM radio", ""},
	{"CREATE TRIGGER t BEFORE UPDATE ON entry", "trigger"},
	{"create or replace function f() returns int8", "function"},
	{"ALTER TABLE entry ADD UNIQUE (key) DEFERRABLE", "deferred constraint"},
	{"SET CONSTRAINTS ALL DEFERRED", "deferred constraint"},
	{"DO $$ BEGIN END $$", "DO block"},
	{"DO $body$ BEGIN END $body$", "DO block"},
	{"INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO NOTHING", ""},
	{"CREATE TEMP TABLE t (a int8)", "temporary table"},
	{"CREATE TEMPORARY\nTABLE t (a int8)", "temporary table"},
	{"INSERT INTO t (a) VALUES ($1) ON CONFLICT ON CONSTRAINT t_pk DO NOTHING", "ON CONFLICT ON CONSTRAINT"},
	{"DELETE FROM a USING b WHERE a.id = b.id", "DELETE USING"},
	{"DELETE FROM a WHERE id IN (SELECT id FROM b JOIN c USING (id))", ""},
	{"CREATE INDEX i ON t ((a || b))", "expression index"},
	{"CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a, lower(b))", "expression index"},
	{"CREATE UNIQUE INDEX i ON t (a, b DESC) WHERE (a > 0)", ""},
	{"CREATE INDEX i ON t (a); CREATE TABLE u (b int8 CHECK (b > 0))", ""},
	{"SET LOCAL lock_timeout = '1s'", "SET LOCAL"},
	{"SELECT a FROM t FOR UPDATE SKIP LOCKED", "SKIP LOCKED"},
	{"SELECT a FROM t FOR UPDATE", ""},
	{"INSERT INTO t (a) VALUES ('{1,2}')", "array literal"},
	{`INSERT INTO t (a) VALUES ('{"x": 1}')`, ""},
	{"SELECT a FROM unnest($1::int8[], $2::text[]) AS t(a, b)", ""},
	{"CREATE TABLE t (a BIGSERIAL)", "monotonic key"},
	{"CREATE TABLE t (a int8 GENERATED ALWAYS AS IDENTITY)", "monotonic key"},
	{"CREATE TABLE t (a int8 GENERATED ALWAYS AS (b + 1) STORED)", ""},
	{"CREATE SEQUENCE s", "monotonic key"},
	{"INSERT INTO t (a) VALUES (nextval('s'))", "monotonic key"},
	{"CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)", "monotonic key"},
	{"SELECT * FROM t", "SELECT *"},
	{"SELECT t.* FROM t", "SELECT *"},
	{"SELECT a, t.* FROM t", "SELECT *"},
	{"DELETE FROM t WHERE a = $1 RETURNING *", "SELECT *"},
	{"SELECT count(*), a * b FROM t", ""},
	{"SELECT a -- no TRIGGER, no SERIAL\nFROM t /* nor\n SKIP LOCKED */", ""},
}

func TestTheSubsetIsLookedForWhereverSQLMayStand(t *testing.T) {
	cases := []struct {
		name, path, src string
		breaches        int
	}{
		{"a statement in a store", "ledger/sqlstore/a.go", "package sqlstore\nconst q = `SELECT * FROM t`", 1},
		{"a piece of a statement in a store", "ledger/sqlstore/a.go", "package sqlstore\nconst lock = ` FOR UPDATE SKIP LOCKED`", 1},
		{"a statement written as a sum", "ledger/sqldb/a.go", "package sqldb\nvar q = `SELECT a FROM t ` + where + `FOR UPDATE SKIP ` + `LOCKED`", 1},
		{"a statement inside a call", "ledger/sqldb/a.go", "package sqldb\nvar _ = f(g(`SET LOCAL x = 1`), h+1)", 1},
		{"a statement inside a call in a sum", "ledger/sqldb/a.go", "package sqldb\nvar _ = `WITH t AS (` + f(`SET LOCAL x = 1`) + `)`", 1},
		{"a statement inside a function inside a call", "ledger/sqldb/a.go", "package sqldb\nvar _ = f(func() { q(`SELECT * FROM t`) })", 1},
		{"a statement elsewhere", "api/cli/a.go", "package cli\nconst q = `select * from t`", 1},
		{"words elsewhere", "api/cli/a.go", "package cli\nconst help = `a TRIGGER for SKIP LOCKED`", 0},
		{"a test", "ledger/sqlstore/a_test.go", "package sqlstore\nconst q = `SELECT * FROM t`", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var found []finding
			for _, s := range parse(t, c.path, c.src).statements() {
				found = append(found, s.breaches()...)
			}
			if len(found) != c.breaches {
				t.Errorf("found %d breaches, want %d: %v", len(found), c.breaches, found)
			}
			for _, f := range found {
				if f.where != c.path+":2" {
					t.Errorf("found at %s, want %s:2", f.where, c.path)
				}
			}
		})
	}
}
