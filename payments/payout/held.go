package payout

import (
	"context"
	"time"

	"sanad.dev/sanad/ledger"
)

// HoldPayouts keeps a party's payouts from being sent, for a reason, and says how many are under way already, which go
// on. The same hold again changes nothing.
func (s *Service) HoldPayouts(ctx context.Context, h Hold) (held Hold, underWay int, err error) {
	if err := h.Check(); err != nil {
		return h, 0, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		held, err = HoldIn(ctx, tx, h)
		if err != nil {
			return err
		}
		found, _, err := tx.Payouts(ctx, Query{Party: h.Party, States: []State{StateSending, StateSent, StateUnknown}, Limit: piece})
		underWay = len(found)
		return err
	})
	return held, underWay, err
}

// Holder is what a transaction needs to hold payouts, so that another use case can hold them in its own.
type Holder interface {
	PayoutNow(ctx context.Context) (time.Time, error)
	SavePayoutHold(ctx context.Context, h Hold) error
	PayoutHolds(ctx context.Context, party ledger.Party) ([]Hold, error)
}

// HoldIn holds payouts in a transaction that others share; a hold that stands already stays as it is.
func HoldIn(ctx context.Context, tx Holder, h Hold) (Hold, error) {
	stands, found, err := standingHold(ctx, tx, h)
	if err != nil || found {
		return stands, err
	}
	if h.At, err = tx.PayoutNow(ctx); err != nil {
		return h, err
	}
	return h, tx.SavePayoutHold(ctx, h)
}

func standingHold(ctx context.Context, tx Holder, h Hold) (Hold, bool, error) {
	holds, err := tx.PayoutHolds(ctx, h.Party)
	for _, other := range holds {
		if other.Scheme == h.Scheme && other.Reason == h.Reason {
			return other, true, err
		}
	}
	return h, false, err
}

// ReleaseHold lets a party's payouts go on, as far as no other hold keeps them.
func (s *Service) ReleaseHold(ctx context.Context, h Hold) (released Hold, err error) {
	if err := h.Check(); err != nil {
		return h, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		released, err = ReleaseIn(ctx, tx, h)
		return err
	})
	return released, err
}

// ReleaseIn releases a hold in a transaction that others share.
func ReleaseIn(ctx context.Context, tx Holder, h Hold) (Hold, error) {
	stands, found, err := standingHold(ctx, tx, h)
	if err != nil {
		return h, err
	}
	if !found {
		return h, fault("reason", HoldUnknown, "nothing is held for that party, scheme and reason")
	}
	stands.ReleasedBy = h.Person
	if stands.ReleasedAt, err = tx.PayoutNow(ctx); err != nil {
		return h, err
	}
	return stands, tx.SavePayoutHold(ctx, stands)
}

// Holds returns what is held: of a party, or everything, the oldest first.
func (s *Service) Holds(ctx context.Context, party ledger.Party) (holds []Hold, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		holds, err = tx.PayoutHolds(ctx, party)
		return err
	})
	return holds, err
}
