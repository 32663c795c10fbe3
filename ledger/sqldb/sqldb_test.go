package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/tests/pgtest"
)

func open(t *testing.T, url string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// engines are the databases that every test of this package runs on.
func engines(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); test(t, "sqlite:"+t.TempDir()+"/test.db") })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); test(t, pgtest.URL(t)) })
}

func execute(t *testing.T, db *sqldb.DB, statements ...string) error {
	t.Helper()
	return db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecArgs(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func count(t *testing.T, db *sqldb.DB, query string) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error { return row.Scan(&n) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The trap of running a transaction by savepoints: COMMIT fails, and nobody hears of it.
func TestAFailingCommitIsAnError(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		db := open(t, url)
		// Checked at the end only, so that it is COMMIT that fails. A test's own table may do what the stores' may not.
		err := execute(t, db, "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
			"CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")
		if err != nil {
			t.Fatal(err)
		}
		if err := execute(t, db, "INSERT INTO child (id, parent) VALUES (1, 99)"); err == nil {
			t.Error("the commit failed and Update returned nil")
		}
		if n := count(t, db, "SELECT count(*) FROM child"); n != 0 {
			t.Errorf("%d rows are there", n)
		}
	})
}

// Two people may be on leave, but not both: each reads the other's row and writes her own.
func TestWriteSkewIsKeptOutByALock(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		db := open(t, url)
		if err := execute(t, db, "CREATE TABLE duty (id INTEGER PRIMARY KEY, on_duty INTEGER NOT NULL)"); err != nil {
			t.Fatal(err)
		}
		for round := range 30 {
			if err := execute(t, db, "DELETE FROM duty", "INSERT INTO duty (id, on_duty) VALUES (1, 1), (2, 1)"); err != nil {
				t.Fatal(err)
			}
			var left atomic.Int64
			var all sync.WaitGroup
			for who := 1; who <= 2; who++ {
				all.Go(func() { left.Add(leave(t, db, who)) })
			}
			all.Wait()
			if n := count(t, db, "SELECT sum(on_duty) FROM duty"); n != 1 || left.Load() != 1 {
				t.Fatalf("round %d: %d on duty, %d left", round, n, left.Load())
			}
		}
	})
}

func leave(t *testing.T, db *sqldb.DB, who int) (left int64) {
	err := db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		left = 0
		var onDuty int
		query := "SELECT duty.on_duty FROM duty ORDER BY duty.id" + tx.ForUpdate("duty")
		err := tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
			var n int
			err := row.Scan(&n)
			onDuty += n
			return err
		})
		if err != nil || onDuty < 2 {
			return err
		}
		left, err = tx.ExecArgs(ctx, "UPDATE duty SET on_duty = 0 WHERE id = $1", who)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return left
}

func TestSQLiteWithWeakSettingsIsRefused(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{"_pragma=synchronous(NORMAL)", "_pragma=synchronous(OFF)"} {
		_, err := sqldb.Open(t.Context(), "sqlite:"+t.TempDir()+"/weak.db?"+weak)
		if !errors.Is(err, sqldb.ErrNotDurable) {
			t.Errorf("%s: got %v, want ErrNotDurable", weak, err)
		}
	}
}

func TestPostgresWithWeakSettingsIsRefused(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		for _, value := range []string{"off", "on"} {
			if err := server.Exec(t.Context(), fmt.Sprintf("ALTER SYSTEM SET %s = %s", setting, value)); err != nil {
				t.Fatal(err)
			}
			if err := server.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			db, err := sqldb.Open(t.Context(), server.URL())
			if weak := value == "off"; weak != errors.Is(err, sqldb.ErrNotDurable) {
				t.Errorf("%s=%s: got %v", setting, value, err)
			}
			if err == nil {
				db.Close()
			}
		}
	}
	weakened := server.URL() + "&options=-csynchronous_commit%3Doff"
	if !strings.Contains(server.URL(), "?") {
		weakened = server.URL() + "?options=-csynchronous_commit%3Doff"
	}
	if _, err := sqldb.Open(t.Context(), weakened); !errors.Is(err, sqldb.ErrNotDurable) {
		t.Errorf("a URL that turns synchronous_commit off: got %v", err)
	}
}

func TestABatchOfRowsIsOneTable(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		db := open(t, url)
		if err := execute(t, db, "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT NOT NULL)"); err != nil {
			t.Fatal(err)
		}
		const n = 1234 // no size that statements are prepared for
		ids, names := make([]int64, n), make([]string, n)
		for i := range n {
			ids[i], names[i] = int64(i), fmt.Sprintf("thing %d 'quoted'", i)
		}
		for range 2 { // prepared only the second time
			err := db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				_, err := tx.Exec(ctx, sqldb.Rows{sqldb.Ints("id", ids), sqldb.Texts("name", names)},
					"INSERT INTO thing (id, name) SELECT given.id, given.name FROM given WHERE true ON CONFLICT (id) DO NOTHING")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := count(t, db, "SELECT count(*) FROM thing"); got != n {
			t.Errorf("%d rows, want %d", got, n)
		}
	})
}

var errBad = fmt.Errorf("%w: item 13", sqldb.ErrRefused)

// A batch that the database refuses is taken in halves until the bad item stands alone.
func TestABadItemFailsAlone(t *testing.T) {
	t.Parallel()
	group := sqldb.NewGroup(open(t, "sqlite::memory:"), func(_ context.Context, items []int) ([]sqldb.Outcome[int], error) {
		if slices.Contains(items, 13) {
			return nil, errBad
		}
		outcomes := make([]sqldb.Outcome[int], len(items))
		for i, item := range items {
			outcomes[i].Answer = item * 2
		}
		return outcomes, nil
	})
	items := make([]int, 500)
	for i := range items {
		items[i] = i
	}
	outcomes, err := group.Do(t.Context(), items...)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		switch {
		case i == 13 && !errors.Is(o.Err, errBad):
			t.Errorf("the bad item: got %v", o.Err)
		case i != 13 && (o.Err != nil || o.Answer != 2*i):
			t.Errorf("item %d: got %d, %v", i, o.Answer, o.Err)
		}
	}
}

func TestWhileOneCommitsTheNextBatchGathers(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var batches [][]int
	group := sqldb.NewGroup(open(t, "sqlite::memory:"), func(_ context.Context, items []int) ([]sqldb.Outcome[int], error) {
		batches = append(batches, items)
		<-release
		return make([]sqldb.Outcome[int], len(items)), nil
	})
	for i := range 100 {
		if _, err := group.Submit(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	close(release)
	group.Drain()
	if len(batches) != 2 || len(batches[0]) != 1 || len(batches[1]) != 99 {
		t.Errorf("%d batches, the first of %d", len(batches), len(batches[0]))
	}
	if _, err := group.Submit(t.Context(), 1); !errors.Is(err, sqldb.ErrDraining) {
		t.Errorf("after draining: got %v", err)
	}
}

// What is not known to be committed is asked for again: it is found by its reference (L3).
func TestAnUnknownCommitIsLookedUp(t *testing.T) {
	t.Parallel()
	runs := 0
	group := sqldb.NewGroup(open(t, "sqlite::memory:"), func(_ context.Context, items []int) ([]sqldb.Outcome[int], error) {
		if runs++; runs == 1 {
			return nil, fmt.Errorf("commit: %w", context.DeadlineExceeded)
		}
		return make([]sqldb.Outcome[int], len(items)), nil
	})
	outcomes, err := group.Do(t.Context(), 1)
	if err != nil || outcomes[0].Err != nil || runs != 2 {
		t.Errorf("%d runs: %v, %v", runs, outcomes, err)
	}
}
