// Package sqlstore keeps the published versions of schemes, and the collectors.
package sqlstore

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/scheme"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "scheme", migrations)
}

// Store runs transactions on a database.
type Store struct{ DB *sqldb.DB }

// Update runs fn in one transaction that may write.
func (s Store) Update(ctx context.Context, fn func(context.Context, scheme.Tx) error) error {
	return s.DB.Update(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return fn(ctx, On(tx)) })
}

// View runs fn on one snapshot.
func (s Store) View(ctx context.Context, fn func(context.Context, scheme.Tx) error) error {
	return s.DB.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return fn(ctx, On(tx)) })
}

// SchemeTx is a transaction on schemes and collectors.
type SchemeTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *SchemeTx { return &SchemeTx{tx} }

const schemeColumns = ` v.version, v.definition, v.published_by, v.published_at `

// Schemes returns those of the schemes that are published, in the version that is in force today.
func (s *SchemeTx) Schemes(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode]insurance.Scheme, error) {
	versions, err := s.SchemeVersions(ctx, codes...)
	if err != nil {
		return nil, err
	}
	now, err := s.Now(ctx)
	found := make(map[ledger.SchemeCode]insurance.Scheme, len(versions))
	for code, all := range versions {
		found[code] = inForce(all, ledger.DateOf(now))
	}
	return found, err
}

// inForce is the version that is in force on the day: of those that have come into force the last; before all, the first.
func inForce(versions []insurance.Scheme, on ledger.Date) insurance.Scheme {
	force := versions[0]
	for _, v := range versions[1:] {
		if v.EffectiveOn <= on && (v.EffectiveOn >= force.EffectiveOn || force.EffectiveOn > on) {
			force = v
		}
	}
	return force
}

// AllSchemes returns all schemes as last published, by code.
func (s *SchemeTx) AllSchemes(ctx context.Context) (all []insurance.Scheme, err error) {
	query := "SELECT" + schemeColumns + `FROM scheme_version AS v
		WHERE v.version = (SELECT max(w.version) FROM scheme_version AS w WHERE w.code = v.code) ORDER BY v.code`
	err = s.tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		scheme, err := scanScheme(row)
		all = append(all, scheme)
		return err
	})
	return all, err
}

// Version returns one version of a scheme, or [scheme.ErrNoScheme].
func (s *SchemeTx) Version(ctx context.Context, code ledger.SchemeCode, version int) (found insurance.Scheme, err error) {
	query := "SELECT" + schemeColumns + "FROM scheme_version AS v WHERE v.code = $1 AND v.version = $2"
	err = s.tx.QueryArgs(ctx, query, []any{string(code), version}, func(row sqldb.Scanner) (err error) {
		found, err = scanScheme(row)
		return err
	})
	if err == nil && found.Version == 0 {
		err = scheme.ErrNoScheme
	}
	return found, err
}

func scanScheme(row sqldb.Scanner) (insurance.Scheme, error) {
	var s insurance.Scheme
	var definition string
	var version int
	var publishedAt int64
	var publishedBy string
	if err := row.Scan(&version, &definition, &publishedBy, &publishedAt); err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(definition), &s); err != nil {
		return s, fmt.Errorf("definition of a scheme: %w", err)
	}
	s.Version, s.PublishedBy, s.PublishedAt = version, publishedBy, time.UnixMicro(publishedAt).UTC()
	return s, nil
}

// Publish writes a version.
func (s *SchemeTx) Publish(ctx context.Context, v insurance.Scheme) error {
	definition, err := json.Marshal(v)
	if err != nil {
		return err
	}
	const query = `INSERT INTO scheme_version (code, version, definition, published_by, published_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT (code, version) DO NOTHING`
	written, err := s.tx.ExecArgs(ctx, query, string(v.Code), v.Version, string(definition), v.PublishedBy, v.PublishedAt.UnixMicro())
	if err == nil && written == 0 {
		err = sqldb.ErrRaced
	}
	return err
}

// Collectors returns those of the collectors that have been set; all of them where none is named.
func (s *SchemeTx) Collectors(ctx context.Context, ids ...insurance.CollectorID) (map[insurance.CollectorID]insurance.Collector, error) {
	found := make(map[insurance.CollectorID]insurance.Collector, len(ids))
	scan := func(row sqldb.Scanner) error {
		var c insurance.Collector
		err := row.Scan(&c.ID, &c.Name, &c.DefaultScheme)
		found[c.ID] = c
		return err
	}
	if len(ids) == 0 {
		err := s.tx.QueryArgs(ctx, "SELECT c.id, c.name, c.default_scheme FROM collector AS c", nil, scan)
		return found, err
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	const query = "SELECT c.id, c.name, c.default_scheme FROM collector AS c WHERE c.id IN (SELECT given.id FROM given)"
	err := s.tx.Query(ctx, sqldb.Rows{sqldb.Texts("id", texts)}, query, scan)
	return found, err
}

// SetCollector writes a collector, or replaces the one that is there.
func (s *SchemeTx) SetCollector(ctx context.Context, c insurance.Collector) error {
	const query = `INSERT INTO collector (id, name, default_scheme) VALUES ($1, $2, $3)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, default_scheme = excluded.default_scheme`
	_, err := s.tx.ExecArgs(ctx, query, string(c.ID), c.Name, string(c.DefaultScheme))
	return err
}

// Now is the database's clock.
func (s *SchemeTx) Now(ctx context.Context) (now time.Time, err error) {
	err = s.tx.QueryArgs(ctx, "SELECT "+s.tx.Clock(), nil, func(row sqldb.Scanner) error {
		var micros int64
		err := row.Scan(&micros)
		now = time.UnixMicro(micros).UTC()
		return err
	})
	return now, err
}
