package claims

import (
	"context"
	"errors"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Query pages through claims, in the order of recording: of a member, else of a provider, else in a state. Where several
// are given, all must hold.
type Query struct {
	Member   insurance.MemberID
	Provider insurance.ProviderID
	State    State
	// After is where the last page ended; empty for the first.
	After string
	Limit int
}

// Shown is a claim as it is shown: its row, what it says, what stands decided, and what is owed.
type Shown struct {
	Claim
	// Content is nil where the member's data has been destroyed.
	Content  *Content
	Decision *insurance.RecordedDecision
	Shares   []Share
	Approval insurance.Proposal
	// Repeated says that the same claim had been handed in before under this reference.
	Repeated bool
}

// ErrNoClaim is the fault of a claim that nobody has handed in.
var ErrNoClaim = insurance.Fault{Field: "claim_id", Reason: insurance.BenefitClaimUnknown, Text: "no such claim; name it by the id in the answer to its submission, or by provider and reference"}

// Get returns a claim.
func (s *Service) Get(ctx context.Context, id ledger.ID) (shown Shown, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		c, err := tx.BenefitClaim(ctx, id)
		if err == nil {
			shown, err = s.show(ctx, tx, c)
		}
		return err
	})
	return shown, err
}

// Named is the id of the claim that a provider calls by the reference.
func (s *Service) Named(provider insurance.ProviderID, reference string) ledger.ID {
	return s.name(Submitter{As: AsProvider, Provider: provider}, reference)
}

// List returns a page of claims, each as it stands.
func (s *Service) List(ctx context.Context, q Query) (page []Shown, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		found, err := tx.BenefitClaims(ctx, q)
		if err != nil {
			return err
		}
		page = make([]Shown, len(found))
		for i, c := range found {
			if page[i], err = s.show(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return page, err
}

// Outstanding is what was asked for, in minor units, by claims of the pool that had come by the day and were not decided at
// its end, and how many they are.
func (s *Service) Outstanding(ctx context.Context, scheme ledger.SchemeCode, pool insurance.Pool, on ledger.Date) (minor int64, count int, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		minor, count, err = tx.UndecidedClaims(ctx, scheme, pool, on)
		return err
	})
	return minor, count, err
}

// show reads what belongs to a claim. Of a member whose data is destroyed only the row and the amounts are left.
func (s *Service) show(ctx context.Context, tx Tx, c Claim) (shown Shown, err error) {
	shown = Shown{Claim: c}
	stands, err := owed(ctx, tx, c.ID)
	if err != nil {
		return shown, err
	}
	shown.Shares = stands.Shares
	content, err := s.content(ctx, tx, c)
	if errors.Is(err, insurance.ErrErased) {
		return shown, nil
	}
	if err != nil {
		return shown, err
	}
	shown.Content = &content
	if c.State == Awaiting {
		p, err := tx.Proposal(ctx, approvalKey(c, content))
		if err != nil {
			return shown, err
		}
		shown.Approval = *p
	}
	if c.Decision != "" {
		shown.Decision, err = s.decision(ctx, tx, c, content, c.Decision)
	}
	return shown, err
}

// decision opens a decision on the claim. One that was taken before anybody knew whose the claim is was sealed under the
// claim's own first salt.
func (s *Service) decision(ctx context.Context, tx UsedTx, c Claim, k Content, id insurance.DecisionID) (*insurance.RecordedDecision, error) {
	kept, ok, err := tx.Decision(ctx, id)
	if err == nil && !ok {
		err = fmt.Errorf("decision %s of claim %s: %w", id, c.ID, ledger.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	sealer, err := s.sealer(ctx, tx, c)
	if err == nil && kept.Member != c.Member {
		sealer, err = s.Keys.Sealer(k.FirstSalt)
	}
	if err != nil {
		return nil, err
	}
	opened, err := kept.Open(sealer)
	return &opened, err
}
