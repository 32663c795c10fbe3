package claims

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
)

// holdsLimits are the states in which what was granted is used up, or held.
var holdsLimits = []State{Preauthorised, Awaiting, Approved, Settled}

// history is what was granted before: to the member's household, and to the person whoever handed it in, so that a person
// who is covered twice is paid once.
func (d *desk) history(ctx context.Context, tx Tx) ([]benefit.Earlier, error) {
	found, err := tx.BenefitClaimsAbout(ctx, d.Member, d.Person)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(c Claim) bool {
		return c.ID == d.ID || c.ID == d.Uses || !slices.Contains(holdsLimits, c.State)
	})
	return d.granted(ctx, tx, found...)
}

// granted are the lines that the claims were granted. Those of members whose data is destroyed can't be told any more.
func (s *Service) granted(ctx context.Context, tx UsedTx, found ...Claim) (lines []benefit.Earlier, err error) {
	for _, c := range found {
		draft, err := s.standingOf(ctx, tx, c)
		if errors.Is(err, insurance.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		rules, j, err := reread(ctx, tx, draft.Judged)
		if err != nil {
			return nil, fmt.Errorf("claim %s: %w", c.ID, err)
		}
		lines = append(lines, benefit.Past(rules, j.Case, draft.Decision)...)
	}
	return lines, nil
}

// UsedTx is what is read to tell what is used of limits.
type UsedTx interface {
	Members
	Versions
	BenefitClaimsAbout(ctx context.Context, member insurance.MemberID, persons ...Hash) ([]Claim, error)
	Decision(ctx context.Context, id insurance.DecisionID) (insurance.KeptDecision, bool, error)
}

// Used is what was granted to the member's household, in all schemes: what has been used of limits per event, year and
// lifetime, and what pre-authorisations hold.
func (s *Service) Used(ctx context.Context, tx UsedTx, member insurance.MemberID) ([]benefit.Earlier, error) {
	found, err := tx.BenefitClaimsAbout(ctx, member)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(c Claim) bool { return !slices.Contains(holdsLimits, c.State) })
	return s.granted(ctx, tx, found...)
}

// standingOf is the decision on a claim, or the draft of one that waits for approval.
func (s *Service) standingOf(ctx context.Context, tx UsedTx, c Claim) (Draft, error) {
	k, err := s.content(ctx, tx, c)
	if err != nil {
		return Draft{}, err
	}
	if k.Draft != nil {
		return *k.Draft, nil
	}
	r, err := s.decision(ctx, tx, c, k, c.Decision)
	if err != nil {
		return Draft{}, err
	}
	return Draft{r.Decision, r.Judged}, nil
}
