package payout

import (
	"context"
	"time"

	"sanad.dev/sanad/ledger"
)

// ApproveBatch is another person's word for the batch. Its lines are booked and handed to the workers in the same
// transactions, some at a time; what a crash leaves over the workers book. The same call again goes on with it.
func (s *Service) ApproveBatch(ctx context.Context, id ID, person string) (b Batch, err error) {
	b, err = s.changeBatch(ctx, id, person, func(b Batch, now time.Time) (Batch, error) { return b.agreed(person, now) })
	if err != nil {
		return b, err
	}
	return b, s.bookBatch(ctx, b)
}

// bookBatch books the lines of an approved batch that are not booked yet.
func (s *Service) bookBatch(ctx context.Context, b Batch) error {
	err := s.eachRequested(ctx, b.ID, func(ctx context.Context, ids []ID) error { return s.bookLines(ctx, b.Approver, ids) })
	if err != nil || b.Booked {
		return err
	}
	return s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		held, _, err := tx.HoldPayoutBatch(ctx, b.ID)
		if err != nil {
			return err
		}
		held.Booked = true
		return tx.SavePayoutBatch(ctx, held)
	})
}

// DeclineBatch turns down a batch that is not approved: none of its lines is paid.
func (s *Service) DeclineBatch(ctx context.Context, id ID, person string) (b Batch, err error) {
	b, err = s.changeBatch(ctx, id, person, func(b Batch, _ time.Time) (Batch, error) { return b.declined(ReasonDeclined, person) })
	if err != nil {
		return b, err
	}
	return b, s.dropLines(ctx, b, person)
}

func (s *Service) changeBatch(ctx context.Context, id ID, person string, change func(Batch, time.Time) (Batch, error)) (b Batch, err error) {
	if err := checkPerson(person); err != nil {
		return b, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		before, there, err := tx.HoldPayoutBatch(ctx, id)
		if err != nil {
			return err
		}
		if !there {
			return fault("batch", BatchUnknown, "there is no such batch")
		}
		now, err := tx.PayoutNow(ctx)
		if err != nil {
			return err
		}
		if b, err = change(before, now); err != nil {
			return err
		}
		return tx.SavePayoutBatch(ctx, b)
	})
	return b, err
}

// eachRequested does something with the batch's requested lines, some at a time, until none is left.
func (s *Service) eachRequested(ctx context.Context, batch ID, do func(context.Context, []ID) error) error {
	for {
		var ids []ID
		err := s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
			found, _, err := tx.Payouts(ctx, Query{Batch: batch, States: []State{StateRequested}, Limit: piece})
			ids = idsOf(found)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := do(ctx, ids); err != nil {
			return err
		}
	}
}

func idsOf(payouts []Payout) []ID {
	ids := make([]ID, len(payouts))
	for i, p := range payouts {
		ids[i] = p.ID
	}
	return ids
}

// bookLines approves requested payouts: what is still payable is booked and is due at once, in one transaction; what is
// not has failed.
func (s *Service) bookLines(ctx context.Context, person string, ids []ID) error {
	return s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		held, err := tx.HoldPayouts(ctx, ids...)
		if err != nil {
			return err
		}
		var open []Payout
		for _, id := range ids {
			if p, ok := held[id]; ok && p.State == StateRequested {
				open = append(open, p)
			}
		}
		payable, err := holdPayable(ctx, tx, open)
		if err != nil {
			return err
		}
		now, err := tx.PayoutNow(ctx)
		if err != nil {
			return err
		}
		return s.book(ctx, tx, now, approvedLines(open, payable, person, now)...)
	})
}

// approvedLines are the steps of lines that are approved one after the other, out of what is payable.
func approvedLines(open []Payout, payable map[ledger.Account]int64, person string, now time.Time) []Step {
	steps := make([]Step, len(open))
	for i, p := range open {
		steps[i] = p.approved(person, payable[p.payable()], now)
		if steps[i].After.State == StateApproved {
			payable[p.payable()] -= p.Amount.Minor
		}
	}
	return steps
}

// dropLines fails what is requested in a batch that is declined.
func (s *Service) dropLines(ctx context.Context, b Batch, person string) error {
	return s.eachRequested(ctx, b.ID, func(ctx context.Context, ids []ID) error {
		return s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
			_, err := s.withdraw(ctx, tx, ids, b.Reason, person)
			return err
		})
	})
}

// Withdraw takes back a payout that no rail was ever called for: the amount is payable again.
func (s *Service) Withdraw(ctx context.Context, id ID, person string) (p Payout, err error) {
	if err := checkPerson(person); err != nil {
		return p, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		after, err := s.withdraw(ctx, tx, []ID{id}, ReasonWithdrawn, person)
		if err == nil && len(after) == 0 {
			err = fault("payout", PayoutUnknown, "there is no such payout")
		}
		if err == nil {
			p = after[0]
		}
		return err
	})
	return p, err
}

func (s *Service) withdraw(ctx context.Context, tx Tx, ids []ID, reason, person string) ([]Payout, error) {
	held, err := tx.HoldPayouts(ctx, ids...)
	if err != nil {
		return nil, err
	}
	now, err := tx.PayoutNow(ctx)
	if err != nil {
		return nil, err
	}
	var steps []Step
	var after []Payout
	for _, id := range ids {
		p, ok := held[id]
		if !ok {
			continue
		}
		step, err := p.withdrawn(reason, person, now)
		if err != nil {
			return nil, err
		}
		steps, after = append(steps, step), append(after, step.After)
	}
	return after, s.book(ctx, tx, now, steps...)
}
