package subsidy

import (
	"context"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

// queuedAtOnce is how many waits are looked at in one transaction.
const queuedAtOnce = 500

// PayQueue grants, in the order in which they have waited, what is due and was unmet for want of budget on a line, until
// somebody can't be granted what she waits for. It returns how many waits it has looked at and how many entries it has
// posted. Who can't be judged keeps waiting, and is passed.
func (s *Service) PayQueue(ctx context.Context, line insurance.BudgetLine) (looked, moved int, err error) {
	var after match.Turn
	for {
		waits, settled, err := s.payNext(ctx, line, after)
		looked, moved = looked+len(waits), moved+settled.Moved
		if err != nil || len(waits) < queuedAtOnce || settled.Short {
			return looked, moved, err
		}
		after = waits[len(waits)-1].Turn
	}
}

func (s *Service) payNext(ctx context.Context, line insurance.BudgetLine, after match.Turn) (waits []match.Wait, settled match.Settled, err error) {
	settler := match.Settler{Keys: s.Keys, All: true, Scarce: true, Queued: true}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		if waits, err = tx.Queue(ctx, line.Party(), after, queuedAtOnce); err != nil || len(waits) == 0 {
			return err
		}
		var parties []ledger.Party
		asked := make([]match.Asked, len(waits))
		for i, w := range waits {
			parties = append(parties, w.Member)
			asked[i] = match.Asked{Member: w.Member, Scheme: w.Scheme, Subsidy: w.Subsidy, On: w.Start}
		}
		page, err := tx.Page(ctx, ledger.Need{Parties: parties})
		if err != nil {
			return err
		}
		settled, err = settler.Book(ctx, tx, page, asked...)
		return err
	})
	return waits, settled, err
}
