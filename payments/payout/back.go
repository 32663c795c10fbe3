package payout

import (
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
)

// Back is a line of a batch whose amount is owed again: it failed or came back, and so did whatever has followed it up.
type Back struct {
	Party  ledger.Party
	Scheme ledger.SchemeCode
	// Dropped says that no follow-up will pay it: somebody declined or withdrew it, or less was payable than it asks for.
	Dropped bool
}

// Lines is what is read of payouts to tell what has come back.
type Lines interface {
	Payouts(ctx context.Context, q Query) ([]Payout, string, error)
	PayoutsByID(ctx context.Context, ids ...ID) (map[ID]Payout, error)
}

// dropped are the reasons for which a line is asked for anew rather than followed up.
var dropped = []string{ReasonDeclined, ReasonMismatch, ReasonWithdrawn, ReasonNotPayable}

// CameBack returns the lines of the batch whose amounts are owed again.
func CameBack(ctx context.Context, tx Lines, batch ID) (all []Back, err error) {
	for after := ""; ; {
		var found []Payout
		if found, after, err = tx.Payouts(ctx, Query{Batch: batch, Limit: piece, After: after}); err != nil {
			return nil, err
		}
		if found, err = lastOf(ctx, tx, found); err != nil {
			return nil, err
		}
		for _, p := range found {
			if p.State.Back() {
				all = append(all, Back{p.Party, p.Scheme, slices.Contains(dropped, p.Reason)})
			}
		}
		if after == "" {
			return all, nil
		}
	}
}

// lastOf are in the place of the payouts those that have followed them up last.
func lastOf(ctx context.Context, tx Lines, found []Payout) ([]Payout, error) {
	for {
		var ids []ID
		for _, p := range found {
			if !p.FollowedBy.IsZero() {
				ids = append(ids, p.FollowedBy)
			}
		}
		if len(ids) == 0 {
			return found, nil
		}
		next, err := tx.PayoutsByID(ctx, ids...)
		if err != nil {
			return nil, err
		}
		for i, p := range found {
			if after, followed := next[p.FollowedBy]; followed {
				found[i] = after
			}
		}
	}
}
