// Package scheme publishes schemes, version by version, and knows the collectors that collect for them. A published
// version is never changed, only followed by another.
package scheme

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Tx is one transaction on schemes and collectors.
type Tx interface {
	// Schemes returns those of the schemes that are published, as last published.
	Schemes(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode]insurance.Scheme, error)
	// Version returns one version of a scheme, or [ledger.ErrNotFound].
	Version(ctx context.Context, code ledger.SchemeCode, version int) (insurance.Scheme, error)
	// AllSchemes returns all schemes as last published, by code.
	AllSchemes(ctx context.Context) ([]insurance.Scheme, error)
	// Publish writes a version; it returns an error that lets the transaction run again where another was first.
	Publish(ctx context.Context, s insurance.Scheme) error
	// Collectors returns those of the collectors that have been set; all of them where none is named.
	Collectors(ctx context.Context, ids ...insurance.CollectorID) (map[insurance.CollectorID]insurance.Collector, error)
	SetCollector(ctx context.Context, c insurance.Collector) error
	// Now is the database's clock.
	Now(ctx context.Context) (time.Time, error)
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service publishes schemes.
type Service struct{ Store Store }

// ErrNoScheme: no scheme, or no such version of it, has been published.
var ErrNoScheme = fmt.Errorf("scheme %w", ledger.ErrNotFound)

// Publish publishes a scheme as the version after the last; the same content again is the version that holds it.
func (s *Service) Publish(ctx context.Context, scheme insurance.Scheme) (published insurance.Scheme, err error) {
	if err := scheme.Check(); err != nil {
		return published, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		found, err := tx.Schemes(ctx, scheme.Code)
		if err != nil {
			return err
		}
		last, ok := found[scheme.Code]
		if ok && same(last, scheme) {
			published = last
			return nil
		}
		if ok && last.Currency != scheme.Currency {
			return insurance.Fault{Field: "scheme.currency_code", Reason: "CURRENCY_FIXED", Text: "a scheme keeps its currency; publish another scheme"}
		}
		published = scheme
		published.Version = last.Version + 1
		if published.PublishedAt, err = tx.Now(ctx); err != nil {
			return err
		}
		return tx.Publish(ctx, published)
	})
	return published, err
}

// same says that two versions differ in nothing but when and by whom they were published.
func same(a, b insurance.Scheme) bool {
	for _, s := range []*insurance.Scheme{&a, &b} {
		s.Version, s.PublishedBy, s.PublishedAt = 0, "", time.Time{}
	}
	if len(a.Pots) != len(b.Pots) {
		return false
	}
	for i := range a.Pots {
		x, y := a.Pots[i], b.Pots[i]
		if x.Account != y.Account || x.Name != y.Name || x.Pool != y.Pool || !x.Share.Equal(y.Share) {
			return false
		}
	}
	a.Pots, b.Pots = nil, nil
	return reflect.DeepEqual(a, b)
}

// Get returns a scheme as last published, or one of its versions.
func (s *Service) Get(ctx context.Context, code ledger.SchemeCode, version int) (found insurance.Scheme, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		if version > 0 {
			found, err = tx.Version(ctx, code, version)
			return err
		}
		all, err := tx.Schemes(ctx, code)
		if err != nil {
			return err
		}
		var ok bool
		if found, ok = all[code]; !ok {
			return ErrNoScheme
		}
		return nil
	})
	return found, err
}

// List returns all schemes as last published, by code.
func (s *Service) List(ctx context.Context) (all []insurance.Scheme, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		all, err = tx.AllSchemes(ctx)
		return err
	})
	return all, err
}

// SetCollector names a collector and the scheme that its contributions go to where they name none.
func (s *Service) SetCollector(ctx context.Context, c insurance.Collector) error {
	if err := c.ID.Check(); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		if c.DefaultScheme != "" {
			found, err := tx.Schemes(ctx, c.DefaultScheme)
			if err != nil {
				return err
			}
			if _, ok := found[c.DefaultScheme]; !ok {
				return insurance.Fault{Field: "collector.default_scheme", Reason: "SCHEME_UNKNOWN", Text: "publish the scheme first"}
			}
		}
		return tx.SetCollector(ctx, c)
	})
}

// Collectors returns the collectors that have been set.
func (s *Service) Collectors(ctx context.Context) (all map[insurance.CollectorID]insurance.Collector, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		all, err = tx.Collectors(ctx)
		return err
	})
	return all, err
}
