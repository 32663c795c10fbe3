package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// The connections of one server to PostgreSQL: few, since a batch does the work of many requests.
const (
	writeConnections = 8
	readConnections  = 8
)

func (db *DB) openPostgres(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("the URL can't be read: %w", err)
	}
	db.reader = postgresPool(config.Copy(), readConnections)
	if err := db.checkPostgres(ctx); err != nil {
		return err
	}
	// The server itself ends a statement or a transaction whose client is gone before the horizon has passed (L7).
	setDefault(config.RuntimeParams, "statement_timeout", "9s")
	setDefault(config.RuntimeParams, "idle_in_transaction_session_timeout", "9s")
	if !db.cockroach {
		for name, value := range seeking {
			setDefault(config.RuntimeParams, name, value)
		}
	}
	db.writer = postgresPool(config, writeConnections)
	return nil
}

// seeking has PostgreSQL plan every statement that writes once, as seeks by key: all that a batch reads and writes it
// names by key. A plan made while a table was small would otherwise go on scanning it when it has grown.
var seeking = map[string]string{
	"plan_cache_mode": "force_custom_plan", "jit": "off",
	"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
}

func setDefault(params map[string]string, name, value string) {
	if _, set := params[name]; !set {
		params[name] = value
	}
}

func postgresPool(config *pgx.ConnConfig, connections int) *sql.DB {
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool
}

// checkPostgres tells PostgreSQL from CockroachDB and reads back the settings that make a commit durable.
// CockroachDB has no setting that weakens it.
func (db *DB) checkPostgres(ctx context.Context) error {
	var version string
	if err := db.reader.QueryRowContext(ctx, "SELECT version()").Scan(&version); err != nil {
		return err
	}
	if db.dialect = postgresDialect; strings.Contains(version, "CockroachDB") {
		db.dialect = cockroachDialect
		return nil
	}
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var value string
		if err := db.reader.QueryRowContext(ctx, "SELECT current_setting($1)", setting).Scan(&value); err != nil {
			return err
		}
		if value == "off" {
			return fmt.Errorf("%w: %s is off; turn it on in the server's configuration", ErrNotDurable, setting)
		}
	}
	return nil
}
