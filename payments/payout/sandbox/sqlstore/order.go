package sqlstore

import (
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

// Order is what a sandbox was asked to pay, with all that will become of it: how it stands follows from the clock.
type Order struct {
	Key    payout.Key
	Amount ledger.Money
	To     payout.Destination
	Fee    int64
	// Calls is how often it calls back about each outcome, Stale that it says at the end what was true at the beginning,
	// and Told how many calls were taken.
	Calls int
	Stale bool
	Told  int
	// Fails says that it is refused at its end, not paid. It arrives, ends, and where ReturnsAt is set comes back.
	Fails                        bool
	ArrivesAt, EndsAt, ReturnsAt time.Time
}

// ReportAt is what the sandbox says of the order at an instant.
func (o Order) ReportAt(now time.Time) payout.Report {
	r := payout.Report{Key: o.Key, Reference: "SB" + o.Key.String()[:8], Amount: o.Amount}
	switch {
	case now.Before(o.ArrivesAt):
		return payout.Report{Key: o.Key, Outcome: payout.Absent}
	case now.Before(o.EndsAt):
		r.Outcome = payout.Accepted
		return r
	case o.Fails:
		r.Outcome, r.Reason = payout.Failed, "PAYEE_LIMIT_REACHED"
		return r
	case o.returned(now):
		r.Outcome, r.Reason = payout.Returned, "PAYEE_ACCOUNT_CLOSED"
	default:
		r.Outcome = payout.Settled
	}
	r.Fee = o.Fee
	return r
}

func (o Order) returned(now time.Time) bool { return !o.ReturnsAt.IsZero() && !now.Before(o.ReturnsAt) }

// CallsBy are the calls back about the order up to an instant, in their order: about its end, about its coming back,
// and at last perhaps a stale one.
func (o Order) CallsBy(now time.Time) (calls []payout.Report) {
	if now.Before(o.EndsAt) {
		return nil
	}
	for range o.Calls {
		calls = append(calls, o.ReportAt(o.EndsAt))
	}
	if !o.ReturnsAt.IsZero() && !o.returned(now) {
		return calls
	}
	if o.returned(now) {
		for range o.Calls {
			calls = append(calls, o.ReportAt(o.ReturnsAt))
		}
	}
	if o.Stale {
		accepted := o.ReportAt(o.EndsAt)
		accepted.Outcome, accepted.Reason, accepted.Fee = payout.Accepted, "", 0
		calls = append(calls, accepted, o.ReportAt(o.EndsAt))
	}
	return calls
}

// ToldAll says whether so many calls are all that there will ever be.
func (o Order) ToldAll(told int) bool {
	last := o.EndsAt
	if !o.ReturnsAt.IsZero() {
		last = o.ReturnsAt
	}
	return told >= len(o.CallsBy(last))
}
