package payout

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
)

// Rail carries money to people and providers. It may be called by many at once, and by several servers for one key.
// What it is told of a recipient it neither logs nor puts into an error (L11). Every rail passes the suite of package
// railtest.
type Rail interface {
	// Contract says what the rail promises; it is the same in every call.
	Contract() Contract
	// Send asks the rail to pay the order. What it reports is [Accepted], [Settled] or [Failed], each for certain. An error
	// means that nobody knows: the order may or may not have been taken, and the caller enquires.
	Send(ctx context.Context, o Order) (Report, error)
	// Enquire asks what has become of an order: any outcome, [Absent] where the rail does not know the key. An error means
	// that nobody knows yet. It changes nothing at the rail.
	Enquire(ctx context.Context, e Enquiry) (Report, error)
}

// Contract is what a rail declares about itself.
type Contract struct {
	// Name is its short name, such as gsma-orange: lower-case letters, digits and hyphens. Its float is on the accounts of
	// the party rail:NAME.
	Name string
	// Timeout is how long a call may take; who calls ends it then, and nobody knows.
	Timeout time.Duration
	// Settling is how long after a call has ended an order may still arrive at the rail. What an enquiry doesn't find
	// after that is surely absent, where the rail is SureOfAbsence.
	Settling time.Duration
	// SureOfAbsence says that the rail finds what it has taken, so that an enquiry which finds nothing after the settling
	// time is proof. Without it, what is not found stays unknown until a person decides.
	SureOfAbsence bool
	// OncePerKey says that the rail takes a second order under a key for the first one, whenever it comes. Without it
	// nothing is ever sent a second time, since a first call may have been held up on its way.
	OncePerKey bool
	// Polling is how long to wait before asking after an order that the rail has accepted; it may call back before.
	Polling time.Duration
	// Returnable is for how long what is settled may still come back. It is asked for once more at the end of it; zero means
	// that what is settled stays settled, unless the rail says otherwise by itself.
	Returnable time.Duration
	// OnCredit says that the rail pays beyond what stands on its float, and is given the money later. Without it nothing is
	// sent that the float does not hold: it waits for a top-up, and is owed meanwhile.
	OnCredit bool
	// Currencies are those it carries; Kinds are the destinations it reaches.
	Currencies []ledger.Currency
	Kinds      []DestinationKind
}

// MayResend says whether an order that an enquiry has not found is surely absent, so that it can be sent again under
// its key. Since is how long ago the last call for it must have ended.
func (c Contract) MayResend(since time.Duration) bool {
	return c.SureOfAbsence && c.OncePerKey && since >= c.Settling
}

// Party is whose accounts the rail's float and what is in transit on it are.
func (c Contract) Party() ledger.Party { return ledger.Party(ledger.RailKind + ":" + c.Name) }

// railName is the form of a rail's name.
var railName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Check returns what is wrong with the contract's form.
func (c Contract) Check() error {
	switch {
	case !railName.MatchString(c.Name):
		return fmt.Errorf("%w: rail %.40q needs a short name of lower-case letters, digits and hyphens", ledger.ErrInvalid, c.Name)
	case c.Timeout <= 0 || c.Settling < 0 || c.Polling <= 0 || c.Returnable < 0:
		return fmt.Errorf("%w: rail %s needs a timeout and a time to wait before it is asked again", ledger.ErrInvalid, c.Name)
	case len(c.Currencies) == 0 || len(c.Kinds) == 0:
		return fmt.Errorf("%w: rail %s needs a currency and a kind of destination", ledger.ErrInvalid, c.Name)
	}
	return nil
}

// Carries says whether the rail takes money in the currency to a destination of the kind.
func (c Contract) Carries(currency ledger.Currency, kind DestinationKind) bool {
	return slices.Contains(c.Currencies, currency) && slices.Contains(c.Kinds, kind)
}

// Order is what a rail is asked to pay.
type Order struct {
	Key    Key
	Amount ledger.Money
	To     Destination
	// Text is what the recipient may be shown. It never tells what the money is for (L11).
	Text string
}

// Enquiry asks after an order: by its key, and by the rail's own reference where it has told one.
type Enquiry struct {
	Key       Key
	Reference string
}

// Outcome is what a rail says of an order.
type Outcome string

// The outcomes.
const (
	// Absent: the rail does not know the key. Only an enquiry finds it; how sure that is, the contract says.
	Absent Outcome = "absent"
	// Accepted: the rail has the order and has not carried it out yet.
	Accepted Outcome = "accepted"
	// Settled: the recipient has the money.
	Settled Outcome = "settled"
	// Failed: the recipient has not been paid and won't be, under this key.
	Failed Outcome = "failed"
	// Returned: the recipient had the money, and it came back.
	Returned Outcome = "returned"
)

// Report is what a rail says of an order, in an answer or by calling back. Called back twice, late or out of order, it
// says what was true when it was written.
type Report struct {
	Key     Key
	Outcome Outcome
	// Reference is the rail's own name for the order; empty where it has none yet.
	Reference string
	// Amount is what was moved, where the rail tells it; zero where not.
	Amount ledger.Money
	// Fee is all that the rail has charged for this order so far, in minor units of its currency.
	Fee int64
	// Reason says in the rail's own code why it failed or was returned, such as payee-limit-reached. It names nobody.
	Reason string
}

// longestCode bounds a rail's reference and its reasons.
const longestCode = 64

// railCode is the form of a rail's reference and reasons: printable ASCII.
var railCode = regexp.MustCompile(`^[\x21-\x7e ]*$`)

// Check returns what is wrong with the report's form.
func (r Report) Check() error {
	known := []Outcome{Absent, Accepted, Settled, Failed, Returned}
	switch {
	case r.Key.IsZero() || !slices.Contains(known, r.Outcome):
		return fmt.Errorf("%w: a report needs a key and an outcome", ledger.ErrInvalid)
	case r.Fee < 0 || r.Amount.Minor < 0:
		return fmt.Errorf("%w: a report of %s has a negative amount", ledger.ErrInvalid, r.Key)
	case !code(r.Reference) || !code(r.Reason):
		return fmt.Errorf("%w: a report of %s has a reference or reason that is no code", ledger.ErrInvalid, r.Key)
	case (r.Outcome == Failed || r.Outcome == Returned) && r.Reason == "":
		return fmt.Errorf("%w: a report of %s says no reason", ledger.ErrInvalid, r.Key)
	}
	return nil
}

func code(s string) bool { return len(s) <= longestCode && railCode.MatchString(s) }

// DestinationKind says what kind of account money goes to.
type DestinationKind string

// The kinds of destination.
const (
	// Wallet is a mobile-money account, named by its phone in E.164: +962791234567.
	Wallet DestinationKind = "wallet"
	// BankAccount is an account at a bank, named by its IBAN or the rail's own form.
	BankAccount DestinationKind = "bank"
)

// Destination is where money goes. It is personal: it is stored sealed, and prints as its kind only.
type Destination struct {
	Kind DestinationKind
	// Account is the phone of the wallet or the number of the bank account.
	Account string
}

var (
	walletForm = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	bankForm   = regexp.MustCompile(`^[A-Z0-9]{4,34}$`)
)

// Check returns what is wrong with the destination's form; it never repeats what was given.
func (d Destination) Check() error {
	switch {
	case d.Kind == Wallet && !walletForm.MatchString(d.Account):
		return fault("destination", "DESTINATION_INVALID", "a wallet is named by its phone with the country's code, such as +962791234567")
	case d.Kind == BankAccount && !bankForm.MatchString(d.Account):
		return fault("destination", "DESTINATION_INVALID", "a bank account is named by its IBAN or number, in capitals and digits without spaces")
	case d.Kind != Wallet && d.Kind != BankAccount:
		return fault("destination", "DESTINATION_INVALID", "say wallet or bank")
	}
	return nil
}

// String is the kind only: what is printed by mistake names nobody.
func (d Destination) String() string { return string(d.Kind) + ":…" }

// GoString is as String.
func (d Destination) GoString() string { return d.String() }
