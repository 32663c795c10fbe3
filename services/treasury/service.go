// Package treasury keeps what the state gives: the budget of each funder, scheme and fiscal year from the vote to the
// lapse, and the claims by which the funder is asked to pay what was granted.
//
// Its laws: what is sent under one reference is done once (L3); money moves between lines, and a claim goes out, only
// by two people's word; nothing is granted that was not released (L8); a grant stands in one claim only, and what comes
// late or is corrected is a line of the next; a claim names nobody (L11): a beneficiary is a token, steady within the
// fiscal year.
package treasury

import (
	"context"
	"strconv"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Tx is one transaction on budgets, claims and the books.
type Tx interface {
	ledger.Tx
	// Schemes returns those of the schemes that are published, as last published.
	Schemes(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode]insurance.Scheme, error)
	// Proposal and SaveProposal keep what one person proposes and another approves.
	Proposal(ctx context.Context, key string) (*insurance.Proposal, error)
	SaveProposal(ctx context.Context, p insurance.Proposal) error
	// TreasuryNow is the database's clock.
	TreasuryNow(ctx context.Context) (time.Time, error)

	// Funders returns those of the funders that have been set; all of them where none is named.
	Funders(ctx context.Context, ids ...insurance.FunderID) (map[insurance.FunderID]insurance.Funder, error)
	// SetFunder writes a funder, or replaces the one that is there.
	SetFunder(ctx context.Context, f insurance.Funder) error
	// BudgetLines returns the lines that the query asks for, by funder, scheme and year.
	BudgetLines(ctx context.Context, q LineQuery) ([]Line, error)
	// HoldLines locks the lines of these parties in order until the transaction ends, and says how they stand; nothing for
	// those that have not been voted.
	HoldLines(ctx context.Context, parties ...ledger.Party) (map[ledger.Party]insurance.LineStatus, error)
	// SaveLine writes a line as it stands now.
	SaveLine(ctx context.Context, l Line) error
	// Movement returns what was done under the id; false where nothing was.
	Movement(ctx context.Context, id ledger.ID) (Moved, bool, error)
	// SaveMovement writes what was done; it returns an error that lets the transaction run again where another was first.
	SaveMovement(ctx context.Context, m Moved) error
	// Movements pages through what was done on a line, in the order of recording.
	Movements(ctx context.Context, line ledger.Party, after string, limit int) ([]Moved, string, error)

	ClaimTx
}

// ClaimTx is what a transaction knows of claims.
type ClaimTx interface {
	// Claim returns a claim, and HoldClaim locks it until the transaction ends; [ErrNoClaim] where there is none.
	Claim(ctx context.Context, id ClaimID) (Claim, error)
	HoldClaim(ctx context.Context, id ClaimID) (Claim, error)
	// ClaimByReference returns the claim that the funder's caller calls so; false where there is none.
	ClaimByReference(ctx context.Context, f insurance.FunderID, reference string) (Claim, bool, error)
	// LastClaim returns the claim with the highest number; the zero claim where there is none.
	LastClaim(ctx context.Context, f insurance.FunderID, scheme ledger.SchemeCode) (Claim, error)
	// Claims returns a page of claims, by scheme and number.
	Claims(ctx context.Context, q ClaimsQuery) ([]Claim, error)
	// InsertClaim writes a new claim; it returns an error that lets the transaction run again where another was first.
	InsertClaim(ctx context.Context, c Claim) error
	// SaveClaim writes a claim as it stands now.
	SaveClaim(ctx context.Context, c Claim) error

	// TakeWaiting gives lines that wait, with value dates through a day, to the claim, and says how many.
	TakeWaiting(ctx context.Context, id ClaimID, through ledger.Date, limit int) (int, error)
	// AddLines writes lines of the claim, and those that wait for a later one. A grant that stands in a claim already, or
	// waits for one, is left there: a unique key decides.
	AddLines(ctx context.Context, id ClaimID, lines ...ClaimLine) error
	// SaveLines writes what has become of lines of the claim.
	SaveLines(ctx context.Context, id ClaimID, lines ...ClaimLine) error
	// ClaimLines returns lines of a claim, in the order of their ids.
	ClaimLines(ctx context.Context, q LinesQuery) ([]ClaimLine, error)
	// LinesByID returns those of the lines that the claim has.
	LinesByID(ctx context.Context, id ClaimID, ids ...ledger.ID) (map[ledger.ID]ClaimLine, error)
	// ClaimsOfGrants returns the numbers of the claims, of the same funder and scheme, in which the grants were claimed last.
	ClaimsOfGrants(ctx context.Context, id ClaimID, grants ...ledger.ID) (map[ledger.ID]int, error)
	// Shares returns how the claim is divided over budget lines, the oldest first; SaveShares writes it.
	Shares(ctx context.Context, id ClaimID) ([]BudgetShare, error)
	SaveShares(ctx context.Context, id ClaimID, shares ...BudgetShare) error

	// Payment returns what was paid under the id; false where nothing was.
	Payment(ctx context.Context, id ledger.ID) (Payment, bool, error)
	// SavePayment writes a payment; it returns an error that lets the transaction run again where another was first.
	SavePayment(ctx context.Context, p Payment) error
	// Payments returns what was paid for a claim, in the order of recording.
	Payments(ctx context.Context, id ClaimID) ([]Payment, error)
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service keeps budgets and draws up claims.
type Service struct {
	Store Store
	Keys  *privacy.Keyring
	// LinesAtOnce bounds the lines that one transaction of a drawing up writes, and StepsAtOnce the transactions of one
	// call; zero means 4,000 and 25.
	LinesAtOnce, StepsAtOnce int
}

// Line is a budget line and where it stands in its life. Its currency is that of its scheme.
type Line struct {
	insurance.BudgetLine
	insurance.LineStatus
}

// LineQuery asks for budget lines; zero fields mean any.
type LineQuery struct {
	Funder insurance.FunderID
	Scheme ledger.SchemeCode
	Year   int
}

// SetFunder names a funder and the day on which its fiscal year begins, which stays once it has a budget line.
func (s *Service) SetFunder(ctx context.Context, f insurance.Funder) error {
	if err := f.Check(); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		found, err := tx.Funders(ctx, f.ID)
		if err != nil {
			return err
		}
		lines, err := tx.BudgetLines(ctx, LineQuery{Funder: f.ID})
		if err != nil {
			return err
		}
		if before := found[f.ID]; len(lines) > 0 && before.Calendar != f.Calendar {
			return insurance.Fault{Field: "funder.fiscal_year", Reason: insurance.FiscalYearFixed,
				Text: "the funder has budget lines, whose years would change; set up another funder"}
		}
		return tx.SetFunder(ctx, f)
	})
}

// Funders returns all funders.
func (s *Service) Funders(ctx context.Context) (all map[insurance.FunderID]insurance.Funder, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		all, err = tx.Funders(ctx)
		return err
	})
	return all, err
}

// funder returns the funder, or a fault that says to set it.
func funder(ctx context.Context, tx Tx, id insurance.FunderID) (insurance.Funder, error) {
	found, err := tx.Funders(ctx, id)
	if err != nil {
		return insurance.Funder{}, err
	}
	f, ok := found[id]
	if !ok {
		return f, insurance.Fault{Field: "funder", Reason: insurance.FunderUnknown, Text: "no funder has that name; set it first"}
	}
	return f, nil
}

// scheme returns the scheme as last published, or a fault that says to publish it.
func scheme(ctx context.Context, tx Tx, code ledger.SchemeCode) (insurance.Scheme, error) {
	found, err := tx.Schemes(ctx, code)
	if err != nil {
		return insurance.Scheme{}, err
	}
	known, ok := found[code]
	if !ok {
		return known, insurance.Fault{Field: "scheme", Reason: "SCHEME_UNKNOWN", Text: "publish the scheme first"}
	}
	return known, nil
}

// name is the id of what a funder calls by the reference: references of different kinds of acts never meet.
func (s *Service) name(kind string, f insurance.FunderID, reference string) ledger.ID {
	return ledger.ID(s.Keys.Hash("treasury-"+kind, string(f), reference))
}

// fingerprint tells same content from other (L3). The fields stand in one order for ever.
func (s *Service) fingerprint(kind string, fields ...string) ledger.Fingerprint {
	f := ledger.Fingerprint{s.Keys.Version()}
	hashed := s.Keys.Hash("treasury-content-"+kind, fields...)
	copy(f[1:], hashed[:])
	return f
}

func minorText(minor int64) string           { return strconv.FormatInt(minor, 10) }
func dayText(d ledger.Date) string           { return strconv.Itoa(int(d)) }
func dayOf(t time.Time) ledger.Date          { return ledger.DateOf(t.UTC()) }
func lineText(l insurance.BudgetLine) string { return string(l.Party()) + " " + string(l.Currency) }

// The limits on what people write, in characters.
const (
	longestReference = 128
	longestAuthority = 512
)

// checkReference looks at the name that a caller gives to an act.
func checkReference(reference string) error {
	if reference == "" {
		return insurance.Fault{Field: "reference", Reason: "REFERENCE_MISSING", Text: "give your own reference of the act; sent again under it, it is done once"}
	}
	return insurance.CheckText("reference", "TEXT_INVALID", reference, longestReference)
}

// checkPerson looks at the name of who acts alone.
func checkPerson(person string) error {
	_, _, err := insurance.Agree(nil, person)
	return err
}
