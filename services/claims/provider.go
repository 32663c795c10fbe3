package claims

import (
	"context"

	"sanad.dev/sanad/services/insurance"
)

// SetProvider names who gives care, or replaces what is known of it. What was judged by its level of care stands.
func (s *Service) SetProvider(ctx context.Context, p insurance.Provider) error {
	if err := p.Check(); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(ctx context.Context, tx Tx) error { return tx.SetProvider(ctx, p) })
}

// Providers returns all providers.
func (s *Service) Providers(ctx context.Context) (all map[insurance.ProviderID]insurance.Provider, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		all, err = tx.Providers(ctx)
		return err
	})
	return all, err
}
