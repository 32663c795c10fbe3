package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/tests/pgtest"
)

// The server that a bench starts is this program's serve, and in a test this program is the test's.
func init() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(Main(ctx, os.Args[1:], Env{Now: time.Now, Out: os.Stdout, Err: os.Stderr}))
	}
}

// runBench runs a short bench and returns its figures, with what it told the person who waits.
func runBench(t *testing.T, args ...string) (got map[string]any, told string) {
	t.Helper()
	var out, err bytes.Buffer
	args = append([]string{"bench", "--json", "--seconds", "1", "--members", "300", "--clients", "4"}, args...)
	if code := Main(t.Context(), args, Env{Now: time.Now, Out: &out, Err: &err}); code != exitGood {
		t.Fatalf("exit code %d of %q\n%s\n%s", code, args, out.String(), err.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
		t.Fatalf("the last line is not one JSON object: %v\n%s", err, out.String())
	}
	return got, err.String()
}

func TestBenchCountsWhatIsStoredInEveryMode(t *testing.T) {
	place := testPlace(t, "sqlite:"+filepath.Join(t.TempDir(), "bench.db"))
	for i, mode := range []string{"stream", "batch", "unary"} {
		t.Run(mode, func(t *testing.T) {
			got, told := runBench(t, "--mode", mode, "--preload", "2500", "--db", place.url, "--key-file", place.keyFile)
			assertFigures(t, got)
			if reused := strings.Contains(told, "stored already"); reused != (i > 0) {
				t.Errorf("run %d reused the preload: %v\n%s", i, reused, told)
			}
			if preloaded := got["preloaded"].(float64); i == 0 && preloaded != 2500 {
				t.Errorf("%v were preloaded, want 2500", preloaded)
			}
		})
	}
}

func TestBenchOnPostgreSQL(t *testing.T) {
	place := testPlace(t, pgtest.URL(t))
	got, _ := runBench(t, "--preload", "1000", "--db", place.url, "--key-file", place.keyFile)
	assertFigures(t, got)
}

func testPlace(t *testing.T, url string) place {
	return place{url: url, keyFile: filepath.Join(t.TempDir(), "key")}
}

// assertFigures checks what holds of every good bench.
func assertFigures(t *testing.T, got map[string]any) {
	t.Helper()
	for _, field := range []string{
		"contributions_per_second", "p50_ms", "p99_ms", "balance_p99_ms", "bytes_per_contribution", "rss_mib",
		"yardstick_per_second", "ratio", "clients", "seconds", "members", "sent", "acknowledged", "stored",
	} {
		if value, ok := got[field].(float64); !ok || value <= 0 {
			t.Errorf("%s is %v, want more than 0", field, got[field])
		}
	}
	if got["missing"] != 0.0 || got["stored"] != got["acknowledged"] || got["sent"] != got["acknowledged"] || got["verify"] != "clean" {
		t.Errorf("not all that was sent is acknowledged, stored and verified: %v", got)
	}
}

func TestBenchSaysHowItIsUsedWrongly(t *testing.T) {
	for _, args := range []string{
		"--clients 0", "--seconds 0", "--members 0", "--members 10000001", "--preload -1", "--mode bulk", "--db sqlite::memory:",
	} {
		t.Run(args, func(t *testing.T) {
			var err bytes.Buffer
			code := Main(t.Context(), append([]string{"bench"}, strings.Fields(args)...), Env{Now: time.Now, Out: io.Discard, Err: &err})
			if code != exitUsage || !strings.Contains(err.String(), strings.Fields(args)[0]) {
				t.Errorf("exit code %d, %q; want 2 and the flag named", code, err.String())
			}
		})
	}
}

func TestFaultsAreWhatMustNotBe(t *testing.T) {
	good := figures{Sent: 10, Acknowledged: 9, Stored: 9, Verify: clean}
	cases := []struct {
		name    string
		change  func(*figures)
		refused map[string]int64
		faults  int
	}{
		{"all is well", func(*figures) {}, nil, 0},
		{"what was sent and not acknowledged may be stored", func(f *figures) { f.Stored = 10 }, nil, 0},
		{"an acknowledged one is missing", func(f *figures) { f.Missing = 1 }, nil, 1},
		{"fewer stored than acknowledged", func(f *figures) { f.Stored = 8 }, nil, 1},
		{"more stored than sent", func(f *figures) { f.Stored = 11 }, nil, 1},
		{"the books don't verify", func(f *figures) { f.Verify = "1 findings" }, nil, 1},
		{"one is in suspense", func(*figures) {}, map[string]int64{"MEMBER_UNKNOWN": 1}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := good
			c.change(&f)
			if got := f.faults(benchTally{refused: c.refused}); len(got) != c.faults {
				t.Errorf("got %q, want %d", got, c.faults)
			}
		})
	}
}

func TestAnInterruptedBenchLeavesNoServer(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	s, err := startServer(ctx, testPlace(t, "sqlite:"+filepath.Join(t.TempDir(), "bench.db")))
	if err != nil {
		t.Fatal(err)
	}
	interrupt()
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if s.process.ProcessState == nil {
		t.Error("the server is still there")
	}
}

func TestAServerThatDoesNotStartSaysWhy(t *testing.T) {
	_, err := startServer(t.Context(), testPlace(t, "mysql://nowhere"))
	if err == nil || !strings.Contains(err.Error(), "sqlite:") {
		t.Errorf("got %v, want the server's own words", err)
	}
}

func TestReceiptsAreNeverGivenTwice(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z][A-L][0-9A-V][A-Z0-9]{7}$`)
	receipts, day := newReceipts(), today(time.Now())
	seen := map[string]bool{}
	for range 200_000 {
		receipt := receipts.next(day)
		if seen[receipt] || !form.MatchString(receipt) {
			t.Fatalf("%q was given before, or has the wrong form", receipt)
		}
		seen[receipt] = true
	}
}

func TestPaymentsLieOnTheirDay(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name     string
		day      payday
		from, to time.Time
	}{
		{"today, so far", today(now), today(now).midnight, now.Add(time.Second)},
		{"a day of last month", daysAgo(now, 30), today(now).midnight.AddDate(0, 0, -30), today(now).midnight.AddDate(0, 0, -29).Add(time.Hour)},
	} {
		t.Run(c.name, func(t *testing.T) {
			payers := newPayers([]benchMember{{number: "1"}}, newReceipts(), c.day)
			for range 1000 {
				if at := payers.next().at; at.Before(c.from) || at.After(c.to) {
					t.Fatalf("a payment at %s, want from %s to %s", at, c.from, c.to)
				}
			}
		})
	}
}

func TestLatenciesAreRightToOnePartInAHundred(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var l latencies
	var all []time.Duration
	for range 10_000 {
		d := time.Duration(random.ExpFloat64() * float64(40*time.Millisecond))
		all = append(all, d)
		l.record(d)
	}
	slices.Sort(all)
	for _, p := range []int64{1, 50, 99, 100} {
		want := float64(all[max(0, int64(len(all))*p/100-1)]) / 1e6
		if got := l.percentile(p); got < want*0.99-0.01 || got > want*1.01+0.01 {
			t.Errorf("p%d is %.3f ms, want %.3f", p, got, want)
		}
	}
}

// The yardstick writes what contributions write: into the same tables and indexes, rows of the same make.
func TestTheYardstickWritesWhatContributionsWrite(t *testing.T) {
	for _, engine := range []struct {
		name    string
		url     func() string
		catalog string
	}{
		{"SQLite", func() string { return "sqlite:" + filepath.Join(t.TempDir(), "bench.db") },
			"SELECT m.type, m.name, COALESCE(m.sql, ''), '' FROM sqlite_master AS m ORDER BY m.type, m.name"},
		{"PostgreSQL", func() string { return pgtest.URL(t) }, `SELECT c.table_name, c.column_name, c.data_type || c.is_nullable, ''
			FROM information_schema.columns AS c WHERE c.table_schema = current_schema()
			UNION ALL SELECT i.tablename, i.indexname, replace(i.indexdef, current_schema() || '.', ''), ''
			FROM pg_indexes AS i WHERE i.schemaname = current_schema() ORDER BY 1, 2, 3`},
	} {
		t.Run(engine.name, func(t *testing.T) {
			m := measuring{
				bench: bench{Members: 100, Preload: 3000}, place: testPlace(t, engine.url()), env: Env{Now: time.Now, Out: io.Discard, Err: io.Discard},
			}
			if err := m.prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			measured := openDB(t, m.url)
			m.results.acknowledged = []ledger.ID{anEntry(t, measured)}
			y, err := m.openYard(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(askRows(t, measured, engine.catalog), askRows(t, y.db, engine.catalog)); diff != "" {
				t.Errorf("tables or indexes differ:\n%s", diff)
			}
			if _, err := y.measure(t.Context(), time.Now, time.Millisecond); err != nil {
				t.Fatal(err)
			}
			for _, query := range rowsAlike {
				assertAlike(t, query, askRows(t, measured, query), askRows(t, y.db, query))
			}
			if err := y.remove(t.Context()); err != nil {
				t.Error(err)
			}
			assertGone(t, y)
		})
	}
}

// rowsAlike are averages that are the same, nearly, of what contributions and the yardstick have written.
var rowsAlike = []string{
	"SELECT avg(length(party)), avg(length(postings)), avg(length(id)), avg(length(fingerprint)) FROM entry",
	"SELECT avg(length(kind)), avg(length(scheme) + length(currency)), avg(length(reason)), avg(booked_on - value_on) FROM entry",
	"SELECT avg(length(id)), avg(length(member)), avg(length(sealed)), count(DISTINCT tail) FROM contribution_detail",
	"SELECT avg(length(party)), avg(length(balances)), count(*), 1 FROM party_balance",
	"SELECT count(DISTINCT code), count(DISTINCT party), count(DISTINCT scheme), 1 FROM account_total",
	"SELECT avg(length(id)), (SELECT count(*) FROM entry) - sum(length(entries)) / 16, 1, 1 FROM batch",
	"SELECT (SELECT count(*) FROM suspense), (SELECT count(*) FROM account_spend), (SELECT count(*) FROM entry WHERE undoes IS NOT NULL), 0",
}

func number(t *testing.T, text string) (n float64) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func assertAlike(t *testing.T, query string, contributions, yardstick [][]string) {
	t.Helper()
	for i, want := range contributions[0] {
		a, b := number(t, want), number(t, yardstick[0][i])
		if b < 0.97*a-0.01 || b > 1.03*a+0.01 {
			t.Errorf("column %d is %s of contributions and %s of the yardstick:\n%s", i+1, want, yardstick[0][i], query)
		}
	}
}

func assertGone(t *testing.T, y *yard) {
	t.Helper()
	if y.sqlite() {
		left, err := filepath.Glob(strings.TrimPrefix(y.url, "sqlite:") + "-" + yardstickName + "*")
		if err != nil || len(left) > 0 {
			t.Errorf("left: %q %v", left, err)
		}
		return
	}
	query := "SELECT s.schema_name, '', '', '' FROM information_schema.schemata AS s WHERE s.schema_name = '" + yardstickName + "'"
	if left := askRows(t, openDB(t, y.url), query); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func openDB(t *testing.T, url string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func anEntry(t *testing.T, db *sqldb.DB) (id ledger.ID) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryArgs(ctx, "SELECT e.id FROM entry AS e LIMIT 1", nil, func(row sqldb.Scanner) error {
			var text []byte
			err := row.Scan(&text)
			copy(id[:], text)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// askRows returns the rows of a query of four columns as texts.
func askRows(t *testing.T, db *sqldb.DB, query string) (rows [][]string) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
			cells := make([]string, 4)
			err := row.Scan(&cells[0], &cells[1], &cells[2], &cells[3])
			rows = append(rows, cells)
			return err
		})
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return rows
}
