package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func TestEachTestGetsADatabaseOfItsOwnWhichIsDroppedAtItsEnd(t *testing.T) {
	var first string
	t.Run("first", func(t *testing.T) {
		first = URL(t)
		run(t, first, "CREATE TABLE seen (n int8)")
	})
	t.Run("second", func(t *testing.T) {
		run(t, URL(t), "CREATE TABLE seen (n int8)") // would fail on the first's database
	})
	if _, err := pgx.Connect(t.Context(), first); err == nil {
		t.Error("the first test's database is still there")
	}
}

func TestADatabaseSortsByBytesAndSpeaksUTF8(t *testing.T) {
	url := URL(t)
	got := []string{ask(t, url, "SHOW server_encoding"), ask(t, url, "SELECT min(w) FROM (VALUES ('a'), ('B')) AS t(w)")}
	if diff := cmp.Diff([]string{"UTF8", "B"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheServerPromisesDurability(t *testing.T) {
	url := URL(t)
	got := []string{ask(t, url, "SHOW fsync"), ask(t, url, "SHOW synchronous_commit")}
	if diff := cmp.Diff([]string{"on", "on"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestATestMayWeakenItsOwnServer(t *testing.T) {
	s := Start(t)
	run(t, s.URL(), "ALTER SYSTEM SET fsync = off")
	restart(t, s)
	if got := ask(t, s.URL(), "SHOW fsync"); got != "off" {
		t.Errorf("fsync is %s after ALTER SYSTEM and a restart, want off", got)
	}
}

func TestTheServerRefusesAWrongPassword(t *testing.T) {
	s := Start(t)
	wrong := strings.Replace(s.URL(), s.password, "wrong", 1)
	if _, err := pgx.Connect(t.Context(), wrong); err == nil {
		t.Error("connected with a wrong password")
	}
}

func TestWhatWasCommittedIsThereAfterEveryProcessWasKilled(t *testing.T) {
	s := Start(t)
	url := s.URL()
	run(t, url, "CREATE TABLE coin (n int8)")
	for round := range 3 {
		run(t, url, fmt.Sprintf("INSERT INTO coin VALUES (%d)", round))
		if err := s.KillAll(); err != nil {
			t.Fatal(err)
		}
		if _, err := pgx.Connect(t.Context(), url); err == nil {
			t.Fatal("the server still answers after KillAll")
		}
		restart(t, s)
		if got, want := ask(t, url, "SELECT count(*)::text FROM coin"), fmt.Sprint(round+1); got != want {
			t.Fatalf("after %d kills there are %s rows, want %s", round+1, got, want)
		}
	}
}

func TestStopLeavesNoServerAndNoFolder(t *testing.T) {
	for name, before := range map[string]func(*Server) error{
		"while it runs":          func(*Server) error { return nil },
		"after it was killed":    (*Server).KillAll,
		"after it was stopped":   (*Server).Stop,
		"after its folder went":  func(s *Server) error { return os.RemoveAll(s.dir) },
		"after its server ended": func(s *Server) error { return s.process.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			s := Start(t)
			if err := before(s); err != nil {
				t.Fatal(err)
			}
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			assertNothingLeft(t, s.dir)
		})
	}
}

// The test runs itself as another process, which starts the shared server, says where, and waits to be killed.
func TestAProcessThatIsKilledLeavesNoServerAndNoFolder(t *testing.T) {
	if os.Getenv("PGTEST_HOLD") != "" {
		URL(t)
		s, _ := shared()
		fmt.Println("folder", s.dir)
		select {}
	}
	require(t)
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), "PGTEST_HOLD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	dir := folderSaid(t, bufio.NewScanner(out))
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // Killed: that is what was wanted.
	assertNothingLeft(t, dir)
}

func folderSaid(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	for lines.Scan() {
		if dir, ok := strings.CutPrefix(lines.Text(), "folder "); ok {
			return dir
		}
	}
	t.Fatalf("the other process ended before it said where its server is: %v", lines.Err())
	return ""
}

func TestAServerThatDoesNotStartSaysWhy(t *testing.T) {
	s := Start(t)
	run(t, s.URL(), "ALTER SYSTEM SET max_wal_senders = 1000") // its slots of shared memory are there, but
	run(t, s.URL(), "ALTER SYSTEM SET wal_level = minimal")    // no WAL can be sent at this level
	err := s.Restart(t.Context())
	if err == nil || !strings.Contains(err.Error(), "max_wal_senders") {
		t.Errorf("the error does not quote the server's log: %v", err)
	}
}

func TestAFolderThatTheServersUserMayNotEnterIsNamed(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(closed, "inside")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	err := enterable(inside, &user{})
	if err == nil || !strings.Contains(err.Error(), closed) {
		t.Errorf("got error %v, want one that names %s", err, closed)
	}
	if err := enterable(inside, nil); err != nil {
		t.Errorf("no other user, but: %v", err)
	}
}

func TestAMissingServerSkipsUnlessPostgreSQLIsRequired(t *testing.T) {
	cases := []struct {
		name     string
		err      error
		required bool
		want     string
	}{
		{"there, not required", nil, false, ""},
		{"there, required", nil, true, ""},
		{"missing, not required", errNoServer, false, "skipped"},
		{"missing, required", errNoServer, true, "failed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{TB: t}
			r.run(func() { missing(r, c.err, c.required) })
			if r.end != c.want {
				t.Errorf("the test ended as %q, want %q", r.end, c.want)
			}
			if c.want != "" && !(strings.Contains(r.said, t.Name()) && strings.Contains(r.said, "apt-get install postgresql")) {
				t.Errorf("the message names not both the test and what to install: %s", r.said)
			}
		})
	}
}

func TestTheNewestVersionIsTakenFirst(t *testing.T) {
	got := newestFirst([]string{"/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"})
	want := []string{"/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/9.6/bin"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// recorder is a test that is skipped or failed to be looked at.
type recorder struct {
	testing.TB
	end, said string
}

func (r *recorder) Fatalf(format string, args ...any) { r.stop("failed", format, args) }
func (r *recorder) Skipf(format string, args ...any)  { r.stop("skipped", format, args) }

func (r *recorder) stop(end, format string, args []any) {
	r.end, r.said = end, fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// run calls f in a goroutine, which it may end.
func (r *recorder) run(f func()) {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	<-done
}

// assertNothingLeft waits a little: the keeper may still be at work for a process that was killed.
func assertNothingLeft(t *testing.T, dir string) {
	t.Helper()
	var left string
	for range 150 {
		if left = leftovers(t, dir); left == "" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("left behind of %s: %s", dir, left)
}

func leftovers(t *testing.T, dir string) string {
	t.Helper()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return fmt.Sprintf("the folder (%v)", err)
	}
	out, err := exec.Command("ps", "-A", "-o", "pid=,stat=,args=").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, dir) {
			return line
		}
	}
	return ""
}

func restart(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func run(t *testing.T, url, sql string) {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func ask(t *testing.T, url, sql string) string {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	var answer string
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return answer
}
