package pgtest

import (
	"context"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// namedServer is the variable that names a server on which the suites run too: a CockroachDB cluster, say.
const namedServer = "SANAD_TEST_DATABASE_URL"

// HasNamed says whether a server is named by SANAD_TEST_DATABASE_URL. Suites that could run there say by name when not.
func HasNamed(t testing.TB) bool {
	t.Helper()
	if os.Getenv(namedServer) != "" {
		return true
	}
	t.Logf("%s was not run on a named database: %s is not set", t.Name(), namedServer)
	return false
}

// Named returns the URL of a new, empty database on the server that SANAD_TEST_DATABASE_URL names, dropped at the end
// of the test.
func Named(t testing.TB) string {
	t.Helper()
	server, name := os.Getenv(namedServer), databaseName(t.Name())
	run := func(statement string) {
		connection, err := pgx.Connect(context.Background(), server)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close(context.Background()) }()
		if _, err := connection.Exec(context.Background(), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	run("CREATE DATABASE " + pgx.Identifier{name}.Sanitize())
	t.Cleanup(func() { run("DROP DATABASE " + pgx.Identifier{name}.Sanitize()) })
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	address.Path = "/" + name
	return address.String()
}
