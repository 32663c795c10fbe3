package payout

import (
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
)

// BatchReport is how a batch stands, for somebody who must explain it.
type BatchReport struct {
	Batch
	// Sums are by state and reason, in the order of states.
	Sums []StateSum
	// Open says that something of it may still change by itself.
	Open bool
	// Failed are lines that failed or came back, and Unknown those that wait for a person; so many at most.
	Failed, Unknown []Payout
	// Held are approved lines that a hold keeps, and Holds why.
	Held  int
	Holds []Hold
	// ToFollow is how many failed lines a follow-up batch would take.
	ToFollow int
}

// mostListed bounds the lines that a report lists; all of them are there to be paged through.
const mostListed = 200

// Report tells how a batch stands.
func (s *Service) Report(ctx context.Context, id ID) (r BatchReport, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		r, err = reportOf(ctx, tx, id)
		return err
	})
	return r, err
}

func reportOf(ctx context.Context, tx Tx, id ID) (r BatchReport, err error) {
	var there bool
	if r.Batch, there, err = tx.PayoutBatch(ctx, id); err != nil {
		return r, err
	}
	if !there {
		return r, fault("batch", BatchUnknown, "there is no such batch")
	}
	if r.Sums, err = tx.PayoutSums(ctx, id); err != nil {
		return r, err
	}
	slices.SortStableFunc(r.Sums, func(a, b StateSum) int {
		return slices.Index(States, a.State) - slices.Index(States, b.State)
	})
	for _, sum := range r.Sums {
		r.Open = r.Open || sum.State == StateRequested && r.State != Declined || sum.State.InTransit()
	}
	if r.Failed, _, err = tx.Payouts(ctx, Query{Batch: id, States: []State{StateFailed, StateReturned}, Limit: mostListed}); err != nil {
		return r, err
	}
	if r.Unknown, _, err = tx.Payouts(ctx, Query{Batch: id, States: []State{StateUnknown}, Limit: mostListed}); err != nil {
		return r, err
	}
	if r.Holds, r.Held, err = heldOf(ctx, tx, id); err != nil {
		return r, err
	}
	r.ToFollow, err = tx.PayoutsToFollow(ctx, id)
	return r, err
}

// heldOf are the holds that keep lines of the batch, and how many lines they keep.
func heldOf(ctx context.Context, tx Tx, id ID) (keeping []Hold, held int, err error) {
	holds, err := tx.PayoutHolds(ctx, "")
	if err != nil || len(holds) == 0 {
		return nil, 0, err
	}
	kept := map[int]bool{}
	for after := ""; ; {
		found, next, err := tx.Payouts(ctx, Query{Batch: id, States: []State{StateApproved}, Limit: 1000, After: after})
		if err != nil {
			return nil, 0, err
		}
		for _, p := range found {
			keeps := false
			for i, h := range holds {
				if h.keeps(p) {
					keeps, kept[i] = true, true
				}
			}
			if keeps {
				held++
			}
		}
		if after = next; after == "" {
			break
		}
	}
	for i, h := range holds {
		if kept[i] {
			keeping = append(keeping, h)
		}
	}
	return keeping, held, nil
}

// Explained is a sentence for a reason of Sanad's own; empty for a rail's code.
func Explained(reason string) string { return explanations[reason] }

var explanations = map[string]string{
	ReasonNotPayable:  "less stands to the payee's credit than was asked for, or another payout has taken it",
	ReasonNoWhere:     "no wallet or bank account is on record for the payee; record one, or name it in the line",
	ReasonBadWhere:    "the rail does not reach that kind of account in this currency",
	ReasonDeclined:    "the batch was declined",
	ReasonMismatch:    "the batch was not what its maker had declared",
	ReasonWithdrawn:   "somebody withdrew it before it was sent",
	ReasonErased:      "what was known of the payee is destroyed, so that nobody knows where to pay",
	ReasonNotFound:    "the rail does not find it, and can't say that it never took it: ask the rail's people",
	ReasonForgotten:   "the rail had taken it and now does not find it: ask the rail's people",
	ReasonNoAnswer:    "the rail does not answer; it is asked again from time to time",
	ReasonOtherAmount: "the rail says that it moved another amount: ask the rail's people",
	ReasonShort:       "less stands on the rail's float than this and what was asked for before it; top the float up, and it is sent",
	ReasonNotPaid:     "two people found that it was not paid",
}

// Batches pages through batches, the newest first.
func (s *Service) Batches(ctx context.Context, after string, limit int) (found []Batch, next string, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		found, next, err = tx.PayoutBatches(ctx, after, limit)
		return err
	})
	return found, next, err
}

// RailTotal is what payouts say that the books must hold of a rail, in minor units: in transit by scheme, and what has
// left its float for settled payouts and fees, less what came back, by currency.
type RailTotal struct {
	Rail     string
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	Transit  int64
	Left     int64
}
