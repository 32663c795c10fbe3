package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
)

// onStore are the flags of commands that work on a database.
type onStore struct {
	DB string `name:"db" help:"sqlite:PATH or postgres://… (CockroachDB too); default a SQLite file in your data folder." env:"SANAD_DB"`
}

// keyed are the flags of commands that also need the key.
type keyed struct {
	KeyFile string `help:"File with the key that personal data is sealed with; made on first use. Keep a copy: without it, names and references can't be read again." env:"SANAD_KEY_FILE"`
}

// dataFolder is where this user's own database and key lie unless named otherwise.
func dataFolder() (string, error) {
	if folder := os.Getenv("XDG_DATA_HOME"); folder != "" {
		return filepath.Join(folder, "sanad"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "share", "sanad"), nil
}

// url is the database named, or the default one.
func (s onStore) url() (string, error) {
	if s.DB != "" {
		return s.DB, nil
	}
	folder, err := dataFolder()
	return "sqlite:" + filepath.Join(folder, "sanad.db"), err
}

// books opens the books for reading, without touching the tables of others.
func (s onStore) books(ctx context.Context) (*ledgersql.Store, *sqldb.DB, error) {
	url, err := s.url()
	if err != nil {
		return nil, nil, err
	}
	if err := there(url); err != nil {
		return nil, nil, err
	}
	db, err := sqldb.Open(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	books, err := ledgersql.New(ctx, db)
	if err != nil {
		db.Close()
	}
	return books, db, err
}

// there refuses a SQLite file that is not there: reading it would make an empty one and find nothing wrong.
func there(url string) error {
	path, ok := strings.CutPrefix(url, "sqlite:")
	path, _, _ = strings.Cut(path, "?")
	if _, err := os.Stat(path); ok && path != ":memory:" && errors.Is(err, fs.ErrNotExist) {
		return usageError{fmt.Errorf("there is no database at %s; name it with --db, or start one with: sanad serve --db %s", path, url)}
	}
	return nil
}

// key reads the key, making it where there is none yet.
func (k keyed) key() ([]byte, error) {
	path, err := k.path()
	if err != nil {
		return nil, err
	}
	return LoadKey(path)
}

// path is the file named, or the default one.
func (k keyed) path() (string, error) {
	if k.KeyFile != "" {
		return k.KeyFile, nil
	}
	folder, err := dataFolder()
	return filepath.Join(folder, "key"), err
}

// institution opens everything that a server serves.
func institution(ctx context.Context, s onStore, k keyed) (*api.Institution, error) {
	url, err := s.url()
	if err != nil {
		return nil, err
	}
	master, err := k.key()
	if err != nil {
		return nil, err
	}
	return api.Open(ctx, url, master)
}
