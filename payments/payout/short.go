package payout

import (
	"context"
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
)

// shortWait is how long what the rail's float does not hold waits before a worker looks again; a top-up has it looked at
// once.
const shortWait = time.Minute

// FloatUse is how far a rail's float in a currency is used up.
type FloatUse struct {
	// UnderWay is what has been asked of the rail and not been told of yet, in minor units.
	UnderWay int64
	// OldestAt and OldestID are of the first payout that waits for the float and is on nobody's lease; zero where none does.
	OldestAt time.Time
	OldestID ID
}

// older says whether the payout was asked for before another.
func (p Payout) older(at time.Time, id ID) bool {
	if p.RequestedAt.Equal(at) {
		return slices.Compare(p.ID[:], id[:]) < 0
	}
	return p.RequestedAt.Before(at)
}

// spend takes payouts, the oldest first, out of what the float still holds, and returns those that it does not: where one
// waits, everything younger waits too, so that small ones never go past a large one.
func (u FloatUse) spend(stands int64, payouts []Payout) (short []ID) {
	left := stands - u.UnderWay
	slices.SortFunc(payouts, func(a, b Payout) int {
		if a.older(b.RequestedAt, b.ID) {
			return -1
		}
		return 1
	})
	for _, p := range payouts {
		waits := !u.OldestAt.IsZero() && !p.older(u.OldestAt, u.OldestID)
		if left -= p.Amount.Minor; left < 0 || waits {
			short = append(short, p.ID)
			left = min(left, 0)
		}
	}
	return short
}

// short are those of the leased payouts that are not to be sent, since the float of their rail does not hold them.
func (s *Service) short(ctx context.Context, tx Tx, found []Payout) (map[ID]bool, error) {
	of := map[ledger.Account][]Payout{}
	var floats []ledger.Account
	for _, p := range found {
		if p.State != StateApproved || s.Rails[p.Rail].Contract().OnCredit {
			continue
		}
		account := float(p.Rail, p.Amount.Currency)
		if of[account] == nil {
			floats = append(floats, account)
		}
		of[account] = append(of[account], p)
	}
	slices.SortFunc(floats, func(a, b ledger.Account) int { return slices.Compare([]byte(a.String()), []byte(b.String())) })
	waiting := map[ID]bool{}
	for _, account := range floats {
		// What is under way is read before what stands there: what settles in between is then counted twice, and never left out.
		use, err := tx.HoldFloat(ctx, account.Party.ID(), account.Currency, of[account][0].Lease.Taken)
		if err != nil {
			return nil, err
		}
		stands, err := tx.SharedBalances(ctx, 0, account)
		if err != nil {
			return nil, err
		}
		for _, id := range use.spend(stands[0].Money().Minor, of[account]) {
			waiting[id] = true
		}
	}
	return waiting, nil
}

// waits gives a lease back unused: the float does not hold the payout. Its event is recorded the first time only.
func (p Payout) waits(l Lease) Step {
	again := p.Reason == ReasonShort
	p.Reason, p.DueAt = ReasonShort, l.Taken.Add(shortWait)
	p.Lease.Until = time.Time{}
	s := p.step(l.Taken, l.Holder, WasShort)
	if again {
		s.After.Events, s.After.ChangedAt = p.Events, p.ChangedAt
	}
	return s
}
