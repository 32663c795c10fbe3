package pension

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
)

// Resume lets the pensions of a payee go on that ended before their last month, because the death that ended them never
// was. The next run pays the months between. Said again, it changes nothing.
func (s *Service) Resume(ctx context.Context, payee ledger.Party) error {
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		found, err := tx.Pensions(ctx, Query{Payee: payee, Limit: mostPensions})
		if err != nil {
			return err
		}
		for _, one := range found {
			if !one.endedEarly() {
				continue
			}
			if _, undone, err := tx.Decision(ctx, s.undoneBy(one.Decision)); err != nil || undone {
				if err != nil {
					return err
				}
				continue // it was a survivor's of somebody who lives
			}
			if err := resume(ctx, tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("resume pensions: %w", err)
	}
	return nil
}

// resume reads the pension again under its lock.
func resume(ctx context.Context, tx Tx, wanted Pension) error {
	all, err := tx.PensionsOf(ctx, wanted.Of, wanted.Scheme)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.ID == wanted.ID && one.endedEarly() {
			one.EndedOn = 0
			return tx.SavePensions(ctx, one)
		}
	}
	return nil
}

// endedEarly says that it has ended, and not with its last month.
func (p Pension) endedEarly() bool { return p.EndedOn != 0 && !p.Ends(p.Paid) }
