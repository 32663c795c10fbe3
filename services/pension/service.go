// Package pension keeps old-age savings from the interest they earn to the last instalment: it declares interest and
// credits it, decides on early drawings, retirement and what survivors get, pays pensions month by month, and keeps what
// nobody has collected in the name of whom it belongs to.
//
// Its laws: what is sent under one reference is done once (L3); a run over all members can be broken off at any moment and
// goes on where it was, and run again it books the difference only (L6); nothing is paid that does not stand on her pots
// or in the reserve (L8); every decision is kept with what it was judged by (L10); nobody's silence changes anything.
package pension

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/privacy"
)

// Tx is one transaction on the books, on what is known of members, and on pensions.
type Tx interface {
	ledger.Tx
	// PartiesAfter pages through the members that anything is booked for, by their party.
	PartiesAfter(ctx context.Context, after ledger.Party, limit int) ([]ledger.Party, error)
	// EntriesFrom returns the entries of the parties that count from a day on, each party's by value date.
	EntriesFrom(ctx context.Context, from ledger.Date, parties ...ledger.Party) ([]ledger.Entry, error)
	// LateParties returns those of the parties that have an entry, of another kind than one, which counts before the day and
	// was recorded since.
	LateParties(ctx context.Context, before ledger.Date, since time.Time, except ledger.Kind, parties ...ledger.Party) ([]ledger.Party, error)
	// Proposal and SaveProposal keep what one person proposes and another approves.
	Proposal(ctx context.Context, key string) (*insurance.Proposal, error)
	SaveProposal(ctx context.Context, p insurance.Proposal) error

	// HoldMembers keeps what is known of members from being changed until the transaction ends; SaveFacts replaces the sealed
	// facts of members who are held.
	HoldMembers(ctx context.Context, members ...insurance.MemberID) error
	SaveFacts(ctx context.Context, facts map[insurance.MemberID][]byte) error
	// Decision returns a decision that was kept; SaveDecision adds one.
	Decision(ctx context.Context, id insurance.DecisionID) (insurance.KeptDecision, bool, error)
	SaveDecision(ctx context.Context, k insurance.KeptDecision) error
	// DecisionsOf pages through the decisions on a member's rights.
	DecisionsOf(ctx context.Context, member insurance.MemberID, after string, limit int) ([]insurance.KeptDecision, string, error)

	match.Tx
	InterestTx
	PensionTx
}

// PensionTx is what a transaction knows of pensions and early drawings.
type PensionTx interface {
	// AddPensions writes pensions that begin; SavePensions what has become of them.
	AddPensions(ctx context.Context, all ...Pension) error
	SavePensions(ctx context.Context, all ...Pension) error
	// PensionsOf returns the pensions out of a member's savings in a scheme, hers and her survivors', by id, and locks them
	// until the transaction ends.
	PensionsOf(ctx context.Context, of ledger.Party, scheme ledger.SchemeCode) ([]Pension, error)
	// Pensions pages through pensions by id; PensionsDue locks the next of a scheme that are in payment.
	Pensions(ctx context.Context, q Query) ([]Pension, error)
	PensionsDue(ctx context.Context, scheme ledger.SchemeCode, after ledger.ID, limit int) ([]Pension, error)
	// AddDrawing writes an early drawing; Drawings returns those of a member in a scheme, by day.
	AddDrawing(ctx context.Context, d Drawn) error
	Drawings(ctx context.Context, member ledger.Party, scheme ledger.SchemeCode) ([]Drawn, error)
}

// InterestTx is what a transaction knows of declared interest and of runs.
type InterestTx interface {
	// Declarations returns the interest that is declared in a scheme, each as last revised, by last day and number.
	Declarations(ctx context.Context, scheme ledger.SchemeCode) ([]Declared, error)
	// SaveDeclaration writes a declaration; it returns an error that lets the transaction run again where another was first.
	SaveDeclaration(ctx context.Context, d Declared) error
	// PensionRun returns how far a run has come, and locks it until the transaction ends; false where there is none.
	PensionRun(ctx context.Context, name string) (Run, bool, error)
	SavePensionRun(ctx context.Context, r Run) error
	// InterestRuns returns the runs of interest of a scheme.
	InterestRuns(ctx context.Context, scheme ledger.SchemeCode) ([]Run, error)
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service keeps pensions.
type Service struct {
	Store Store
	Keys  *privacy.Keyring
	// AtOnce is how many members a run looks at in one transaction; 1,000 where it is zero.
	AtOnce int
}

func (s *Service) atOnce() int { return cmp.Or(s.AtOnce, 1000) }

// Declared is interest as two people have declared it.
type Declared struct {
	oldage.Declaration
	insurance.Proposal
	// RecordedAt is the database's clock, set by the store.
	RecordedAt time.Time
}

// Run is how far a run over all members has come.
type Run struct {
	Name   string
	Kind   RunKind
	Scheme ledger.SchemeCode
	// Number is that of the declaration, for runs of interest.
	Number int
	// After is the last member, or pension, that was looked at.
	After ledger.Party
	// Members, Moved and Failed count those looked at, the entries booked, and those who could not be judged and keep what
	// they have; Minor is what the entries come to, in minor units.
	Members, Moved, Failed, Minor int64
	Finished                      bool
	// BeganAt is when this pass began; SweptAt, when the last one that came to its end had begun.
	BeganAt, SweptAt time.Time
}

// RunKind says what a run does.
type RunKind string

// The kinds of run.
const (
	InterestRun    RunKind = "interest"
	InstalmentRun  RunKind = "instalments"
	UncollectedRun RunKind = "uncollected"
)

// stepper looks at the next of whom a run goes through, and says how many they were and where it has come; fewer than
// were asked for are the last.
type stepper func(ctx context.Context, tx Tx, run Run) (after Run, looked int, err error)

// run goes through all, some in each transaction together with the note of how far it has come. What was broken off goes
// on; what had finished begins anew, and finds what has changed since.
func (s *Service) run(ctx context.Context, named Run, step stepper, progress func(Run)) (Run, error) {
	run, err := s.beginRun(ctx, named)
	for err == nil && !run.Finished {
		err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
			run, err = s.stepRun(ctx, tx, named.Name, step)
			return err
		})
		if err == nil {
			progress(run)
		}
	}
	if err != nil {
		err = fmt.Errorf("run %s: %w", named.Name, err)
	}
	return run, err
}

func (s *Service) beginRun(ctx context.Context, named Run) (run Run, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		var found bool
		if run, found, err = tx.PensionRun(ctx, named.Name); err != nil || found && !run.Finished {
			return err
		}
		page, err := tx.Page(ctx, ledger.Need{})
		if err != nil {
			return err
		}
		swept := run.SweptAt
		run = named
		run.BeganAt, run.SweptAt = page.RecordedAt(), swept
		return tx.SavePensionRun(ctx, run)
	})
	return run, err
}

// stepRun goes on with a run as it stands in the database: several servers may work on one.
func (s *Service) stepRun(ctx context.Context, tx Tx, name string, step stepper) (Run, error) {
	run, found, err := tx.PensionRun(ctx, name)
	if err != nil || run.Finished {
		return run, err
	}
	if !found {
		return run, fmt.Errorf("run %s: %w", name, ledger.ErrNotFound)
	}
	run, looked, err := step(ctx, tx, run)
	if err != nil {
		return run, err
	}
	run.Members += int64(looked)
	if run.Finished = looked < s.atOnce(); run.Finished {
		run.SweptAt = run.BeganAt
	}
	return run, tx.SavePensionRun(ctx, run)
}

// nextMembers are the next that anything is booked for, and how far the run has come with them.
func (s *Service) nextMembers(ctx context.Context, tx Tx, run Run) ([]ledger.Party, Run, error) {
	parties, err := tx.PartiesAfter(ctx, run.After, s.atOnce())
	if len(parties) > 0 {
		run.After = parties[len(parties)-1]
	}
	return parties, run, err
}
