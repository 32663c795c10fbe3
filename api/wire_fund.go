package api

import (
	"context"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/closing"
	"sanad.dev/sanad/services/funds"
)

// provide books what claims are outstanding when a month is closed. Closing knows no pools: it gives the transaction, in
// which all stores work, and the pools' own use case takes it for what it needs.
func provide(pools *funds.Service) func(context.Context, closing.Tx, ledger.Period) error {
	return func(ctx context.Context, tx closing.Tx, month ledger.Period) error {
		_, err := pools.BookOutstanding(ctx, tx.(funds.Tx), month)
		return err
	}
}
