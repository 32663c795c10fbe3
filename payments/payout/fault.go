package payout

import (
	"errors"

	"sanad.dev/sanad/ledger"
)

// Fault is what is wrong with a request: the field at fault as the contract names it, a stable code (L10), and a
// sentence that says what to do. It never repeats what was sent, which may be about a person (L11).
type Fault struct{ Field, Reason, Text string }

// Error prints the field and the sentence.
func (f Fault) Error() string { return f.Field + ": " + f.Text }

var (
	// ErrWrongState: what is asked for does not follow from where the payout or its batch stands.
	ErrWrongState = errors.New("payout not in this state")
	// ErrNobody: who is owed can't be told where to be paid, because what was known of her is destroyed.
	ErrNobody = errors.New("nobody is left to pay")
)

// The reasons whose faults belong to another family than that of a wrong form.
const (
	PayoutUnknown   = "PAYOUT_UNKNOWN"
	BatchUnknown    = "PAYOUT_BATCH_UNKNOWN"
	HoldUnknown     = "PAYOUT_HOLD_UNKNOWN"
	WrongState      = "PAYOUT_WRONG_STATE"
	SamePerson      = "PAYOUT_SAME_PERSON"
	NotPayable      = "PAYOUT_NOT_PAYABLE"
	ReferenceReused = "REFERENCE_REUSED"
)

// Unwrap returns the family: [ledger.ErrInvalid] for what is wrong in its form, as most are.
func (f Fault) Unwrap() error {
	switch f.Reason {
	case PayoutUnknown, BatchUnknown, HoldUnknown:
		return ledger.ErrNotFound
	case WrongState, SamePerson:
		return ErrWrongState
	case NotPayable:
		return ledger.ErrFloor
	case ReferenceReused:
		return ledger.ErrReferenceReused
	}
	return ledger.ErrInvalid
}

func fault(field, reason, text string) Fault { return Fault{field, reason, text} }
