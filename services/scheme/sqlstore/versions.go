package sqlstore

import (
	"context"
	"slices"
	"sync"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
)

// versionKey names a published version: the instant tells two databases apart that have a version of one name.
type versionKey struct {
	code        ledger.SchemeCode
	version     int
	publishedAt int64
}

// read are versions that were read before: a published version never changes. Which there are is read in every
// transaction (L12).
var read sync.Map

// SchemeVersions returns all published versions of those of the schemes that are published, the first to last.
func (s *SchemeTx) SchemeVersions(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode][]insurance.Scheme, error) {
	texts := make([]string, len(codes))
	for i, code := range codes {
		texts[i] = string(code)
	}
	var keys []versionKey
	const query = `SELECT v.code, v.version, v.published_at FROM scheme_version AS v
		WHERE v.code IN (SELECT given.code FROM given) ORDER BY v.code, v.version`
	err := s.tx.Query(ctx, sqldb.Rows{sqldb.Texts("code", texts)}, query, func(row sqldb.Scanner) error {
		var k versionKey
		err := row.Scan(&k.code, &k.version, &k.publishedAt)
		keys = append(keys, k)
		return err
	})
	if err != nil {
		return nil, err
	}
	found := make(map[ledger.SchemeCode][]insurance.Scheme, len(codes))
	for _, k := range keys {
		v, err := s.version(ctx, k)
		if err != nil {
			return nil, err
		}
		found[k.code] = append(found[k.code], v)
	}
	return found, nil
}

func (s *SchemeTx) version(ctx context.Context, k versionKey) (insurance.Scheme, error) {
	if known, ok := read.Load(k); ok {
		return known.(insurance.Scheme), nil
	}
	v, err := s.Version(ctx, k.code, k.version)
	if err == nil {
		v.Pots = slices.Clip(v.Pots)
		read.Store(k, v)
	}
	return v, err
}
