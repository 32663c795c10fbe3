package funds

import (
	"context"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/insurance"
)

// NoSource is the reason of holds on what a pool owes and nobody can pay for.
const NoSource = "POOL_WITHOUT_SOURCE"

// Cut divides payouts, the oldest first, into those that have a source and those that wait: of all that the pool owes and
// has not sent, the youngest worth of what it lacks waits. What is owed and not asked to be paid yet counts as the
// youngest. It returns how many go on.
func Cut(payouts []payout.Waiting, notAsked, short int64) int {
	left := notAsked - short
	for _, p := range payouts {
		left += p.Minor
	}
	for i, p := range payouts {
		if left -= p.Minor; left < 0 {
			return i
		}
	}
	return len(payouts)
}

// holdBack holds the payouts that a pool can't pay for, and lets those go on that it can.
func holdBack(ctx context.Context, tx Tx, h Help, notAsked int64, person string) (Shortage, error) {
	short := Shortage{Fund: h.Fund, Minor: h.After.Short()}
	hold := payout.Hold{Party: h.Fund.Pool.Party(), Scheme: h.Fund.Scheme, Reason: NoSource, Person: person}
	if short.Minor == 0 {
		return short, release(ctx, tx, hold)
	}
	payouts, err := tx.WaitingPayouts(ctx, hold.Party, hold.Scheme)
	if err != nil {
		return short, err
	}
	n := Cut(payouts, notAsked, short.Minor)
	if n > 0 {
		hold.PastAt, hold.PastID = payouts[n-1].RequestedAt, payouts[n-1].ID
	}
	short.Waiting = sumWaiting(h.Fund, payouts[n:])
	return short, replace(ctx, tx, hold)
}

// replace puts a hold in the place of the one that stands, where it differs.
func replace(ctx context.Context, tx Tx, hold payout.Hold) error {
	stands, found, err := standing(ctx, tx, hold)
	if err != nil || found && stands.PastAt.Equal(hold.PastAt) && stands.PastID == hold.PastID {
		return err
	}
	if err := release(ctx, tx, hold); err != nil {
		return err
	}
	_, err = payout.HoldIn(ctx, tx, hold)
	return err
}

// release lets all go on that the hold keeps; nothing where it does not stand.
func release(ctx context.Context, tx Tx, hold payout.Hold) error {
	_, found, err := standing(ctx, tx, hold)
	if err != nil || !found {
		return err
	}
	_, err = payout.ReleaseIn(ctx, tx, hold)
	return err
}

func standing(ctx context.Context, tx Tx, hold payout.Hold) (payout.Hold, bool, error) {
	holds, err := tx.PayoutHolds(ctx, hold.Party)
	for _, h := range holds {
		if h.Scheme == hold.Scheme && h.Reason == hold.Reason {
			return h, true, err
		}
	}
	return hold, false, err
}

// waiting is what waits for a pool now.
func waiting(ctx context.Context, tx Tx, fund insurance.FundAccount) (insurance.PoolSum, error) {
	hold, found, err := standing(ctx, tx, payout.Hold{Party: fund.Pool.Party(), Scheme: fund.Scheme, Reason: NoSource})
	if err != nil || !found {
		return insurance.PoolSum{FundAccount: fund}, err
	}
	payouts, err := tx.WaitingPayouts(ctx, hold.Party, hold.Scheme)
	n := 0
	for n < len(payouts) && hold.Passes(payouts[n].RequestedAt, payouts[n].ID) {
		n++
	}
	return sumWaiting(fund, payouts[n:]), err
}

func sumWaiting(fund insurance.FundAccount, payouts []payout.Waiting) insurance.PoolSum {
	sum := insurance.PoolSum{FundAccount: fund, Count: int64(len(payouts))}
	for i, p := range payouts {
		if sum.Minor += p.Minor; i == 0 {
			sum.Oldest = ledger.DateOf(p.RequestedAt.UTC())
		}
	}
	return sum
}
