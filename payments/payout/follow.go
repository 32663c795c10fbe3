package payout

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
)

// FollowRequest asks for a batch of what has failed in another.
type FollowRequest struct {
	Batch     ID
	Reference string
	Person    string
	// Declared is what the failed lines come to; a zero count leaves it open.
	Declared Sum
}

// FollowUpBatch makes a batch of only those lines of another that failed or came back. No line is followed up twice, and
// what somebody declined or withdrew is not followed up. Each goes to the destination on record where there is one, since
// a wrong one may be why it failed, else to where it went before. Another person must approve it, as any batch. The same
// request again goes on with it (L3).
func (s *Service) FollowUpBatch(ctx context.Context, r FollowRequest) (b Batch, err error) {
	first, err := s.followed(ctx, r)
	if err != nil {
		return b, err
	}
	contract, err := s.contract(first.Rail)
	if err != nil {
		return b, err
	}
	if b, err = s.begin(ctx, s.followUpOf(first, r)); err != nil || b.State != Drawing {
		return b, err
	}
	for {
		more := false
		err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
			more, err = s.followPiece(ctx, tx, b, contract)
			return err
		})
		if err != nil {
			return b, err
		}
		if !more {
			return s.finish(ctx, b.ID)
		}
	}
}

// followed is the batch that is to be followed up.
func (s *Service) followed(ctx context.Context, r FollowRequest) (b Batch, err error) {
	if err := errors.Join(checkReference(r.Reference), checkPerson(r.Person)); err != nil {
		return b, err
	}
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		var there bool
		if b, there, err = tx.PayoutBatch(ctx, r.Batch); err != nil {
			return err
		}
		if !there {
			return fault("batch", BatchUnknown, "there is no such batch")
		}
		if b.State != Agreed {
			return fault("batch", WrongState, "it is "+string(b.State)+"; only an approved batch has failed lines to follow up")
		}
		return nil
	})
	return b, err
}

func (s *Service) followUpOf(first Batch, r FollowRequest) Batch {
	b := Batch{
		ID: ID(s.Keys.Hash("payout-batch", r.Reference)), Reference: r.Reference, Rail: first.Rail, Pool: first.Pool,
		State: Drawing, Maker: r.Person, Declared: r.Declared, Follows: first.ID,
	}
	b.Declared.Total.Currency = first.Declared.Total.Currency
	b.Fingerprint = s.fingerprint("payout-follow-up", []string{
		r.Reference, first.ID.String(), strconv.Itoa(r.Declared.Count), strconv.FormatInt(r.Declared.Total.Minor, 10),
	})
	return b
}

// followPiece writes some of the follow-up's lines, and in what they follow that they do. It says whether there may be more.
func (s *Service) followPiece(ctx context.Context, tx Tx, b Batch, c Contract) (more bool, err error) {
	found, _, err := tx.Payouts(ctx, Query{Batch: b.Follows, States: []State{StateFailed, StateReturned}, Unfollowed: true, Limit: piece})
	if err != nil || len(found) == 0 {
		return false, err
	}
	held, err := tx.HoldPayouts(ctx, idsOf(found)...)
	if err != nil {
		return false, err
	}
	var open []Payout
	for _, p := range found {
		if now := held[p.ID]; now.FollowedBy.IsZero() && now.State.Back() {
			open = append(open, now)
		}
	}
	n, err := linesOf(ctx, tx, b.ID)
	if err != nil {
		return false, err
	}
	return true, s.followLines(ctx, tx, b, c, n, open)
}

func (s *Service) followLines(ctx context.Context, tx Tx, b Batch, c Contract, n int, open []Payout) error {
	payable, err := payableNow(ctx, tx, open)
	if err != nil {
		return err
	}
	onRecord, err := tx.Destinations(ctx, b.Rail, partiesIn(open)...)
	if err != nil {
		return err
	}
	now, err := tx.PayoutNow(ctx)
	if err != nil {
		return err
	}
	var marked, made []Step
	for i, old := range open {
		line := Line{Party: old.Party, Scheme: old.Scheme, Minor: old.Amount.Minor}
		if onRecord[old.Party].Sealed == nil {
			if line.To, err = s.wentTo(ctx, tx, old); err != nil {
				return err
			}
		}
		step, err := s.requestLine(ctx, tx, s.payoutOf(b, n+i, line), line, payable, onRecord[old.Party], c, b.Maker, now)
		if err != nil {
			return err
		}
		old.FollowedBy = step.After.ID
		marked, made = append(marked, old.step(now, b.Maker, WasFollowed)), append(made, step)
	}
	if err := insert(ctx, tx, made); err != nil {
		return err
	}
	return record(ctx, tx, marked)
}

func partiesIn(payouts []Payout) []ledger.Party {
	parties := make([]ledger.Party, len(payouts))
	for i, p := range payouts {
		parties[i] = p.Party
	}
	slices.Sort(parties)
	return slices.Compact(parties)
}

// wentTo is where a payout was to go; nowhere where that was never known or is destroyed.
func (s *Service) wentTo(ctx context.Context, tx Tx, p Payout) (Destination, error) {
	if p.Sealed == nil {
		return Destination{}, nil
	}
	plain, err := tx.OpenFor(ctx, p.Party, p.Sealed, sealedAs(p.ID))
	if errors.Is(err, ErrNobody) {
		return Destination{}, nil
	}
	if err != nil {
		return Destination{}, err
	}
	return parseDestination(plain)
}
