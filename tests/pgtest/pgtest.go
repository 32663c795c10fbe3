// Package pgtest gives a test a PostgreSQL of its own, started from the server binaries on the machine.
//
// The idea: a store must be tested on the database that it runs on, with fsync, with crashes and without asking the
// developer for a server, a container or a password. So each test process starts a private server on a free loopback
// port, in a folder of its own, as a user that isn't root. A keeper process (see keeper.sh) holds the other end of a
// pipe: when the pipe ends, because the test is over or because its process was killed, the keeper ends the server
// and removes the folder. Nothing stays behind.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// startTimeout bounds the making of a database cluster and its start, on a busy machine.
const startTimeout = 2 * time.Minute

// shared is the server of this test process, started by the first caller of URL and ended with the process.
var shared = sync.OnceValues(func() (*Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return Run(ctx, "")
})

// URL returns the URL of a new, empty database on a private server that the first caller in this test process starts.
// The database is dropped at the end of the test, the server ends with the process. The user in the URL may do
// everything; a test that changes the server's settings takes one of its own, by Start.
func URL(t testing.TB) string {
	t.Helper()
	require(t)
	s, err := shared()
	if err != nil {
		t.Fatalf("start the PostgreSQL of this test process: %v", err)
	}
	name := databaseName(t.Name())
	url, err := s.CreateDatabase(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.DropDatabase(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	return url
}

// Start starts a private server for one test alone, which can be killed and started again. It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	require(t)
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	s, err := Run(ctx, "")
	if err != nil {
		t.Fatalf("start a PostgreSQL for this test: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// require ends the test where the machine has no server binaries: as failed where PostgreSQL is required, as in CI,
// and as skipped otherwise. This is the only skip that the project allows itself.
func require(t testing.TB) {
	t.Helper()
	_, err := Available()
	missing(t, err, os.Getenv("SANAD_REQUIRE_POSTGRES") == "1")
}

func missing(t testing.TB, err error, required bool) {
	t.Helper()
	switch {
	case err == nil:
	case required:
		t.Fatalf("%s needs a PostgreSQL server, and SANAD_REQUIRE_POSTGRES=1 forbids skipping: %v", t.Name(), err)
	default:
		t.Skipf("%s did not run, it needs a PostgreSQL server: %v", t.Name(), err)
	}
}

// databaseName makes a name that tells in the server's log which test it was, and is never given twice.
func databaseName(test string) string {
	plain := func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		default:
			return '_'
		}
	}
	name := strings.Map(plain, strings.ToLower(test))
	return fmt.Sprintf("%.40s_%s", name, strings.ToLower(randomText()[:12]))
}
