package sqldb

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings a store's tables up to date: the numbered SQL files in migrations/ENGINE of its files, forward only, each applied once however many servers start together. Store names the table of versions.
func (db *DB) Migrate(ctx context.Context, store string, migrations fs.FS) error {
	folder, err := fs.Sub(migrations, "migrations/"+db.name)
	if err != nil {
		return err
	}
	for attempt := range attempts {
		if err = db.migrate(ctx, store, folder); err == nil || !db.sqlite() || attempt == attempts-1 {
			break
		}
		// SQLite has no lock between processes but its own: who lost the race finds the work done when it looks again.
		if err := pause(ctx, attempt+1); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("migrate %s: %w", store, err)
	}
	return nil
}

func (db *DB) migrate(ctx context.Context, store string, folder fs.FS) error {
	options := []goose.ProviderOption{goose.WithTableName(store + "_migration"), goose.WithLogger(goose.NopLogger())}
	engine := goose.DialectSQLite3
	if !db.sqlite() {
		engine = goose.DialectPostgres
		locker, err := lock.NewPostgresTableLocker(
			lock.WithTableName("migration_lock"), lock.WithTableLockTimeout(time.Second, 120))
		if err != nil {
			return err
		}
		options = append(options, goose.WithLocker(locker))
	}
	pool := db.writer
	if !db.sqlite() {
		pool = db.reader // no statement timeout: a migration takes as long as it takes
	}
	provider, err := goose.NewProvider(engine, pool, folder, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
