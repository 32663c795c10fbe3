package pension

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
)

// Pension is one in payment, or that was: who is paid, out of whose savings, and how far it has come.
type Pension struct {
	ID ledger.ID
	// Payee is paid, Of is the member whose savings it comes from; they differ where it is a survivor's.
	Payee, Of ledger.Party
	Scheme    ledger.SchemeCode
	Currency  ledger.Currency
	oldage.Terms
	// Paid counts the instalments, PaidMinor is what they came to without what a funder added, in minor units.
	Paid      int
	PaidMinor int64
	// EndedOn is the day on which it ended; zero while it is in payment.
	EndedOn ledger.Date
	// Capital says that the capital of survivors has been paid.
	Capital bool
	// Decision is the one that it rests on.
	Decision insurance.DecisionID
}

// Left is what of an annuity's reserve has not been paid, in minor units.
func (p Pension) Left() int64 { return max(0, p.Reserve-p.PaidMinor) }

// Drawn is an early drawing as it is kept: by which way is a keyed hash, for the name of it may tell of an illness.
type Drawn struct {
	ID     ledger.ID
	Member ledger.Party
	Scheme ledger.SchemeCode
	Way    ledger.ID
	On     ledger.Date
	Minor  int64
}

// Query asks for pensions, by id after one and at most so many: of a scheme, of a payee, or out of a member's savings.
type Query struct {
	Scheme    ledger.SchemeCode
	Payee, Of ledger.Party
	After     ledger.ID
	Limit     int
}
