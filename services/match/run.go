package match

import "sanad.dev/sanad/ledger"

// Run is how far a run over all members of a scheme has come. It is kept with the work it counts, in one transaction, so
// that it can be broken off at any moment and taken up again.
type Run struct {
	// Name tells it from others: what is run and for which period.
	Name string
	// After is the member that it has come to.
	After ledger.Party
	// Members have been judged; Moved counts the entries that were posted for them.
	Members, Moved int64
	// Failed counts the members who could not be judged since the run was taken up, and keep what they have.
	Failed int64
	// Counted says that all that is wanted has been counted, where all get the same part of what is left: Part says of how
	// much.
	Counted bool
	Part    Part
	// HeldBack is what waits until collectors remit.
	HeldBack HeldBack
	Finished bool
}
