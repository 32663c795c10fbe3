package api

import (
	"context"
	"maps"
	"slices"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/insurance"
)

// claimServer serves ClaimService.
type claimServer struct {
	sanadv1.UnimplementedClaimServiceServer
	claims *claims.Service
}

func (s *claimServer) SetProvider(ctx context.Context, r *sanadv1.SetProviderRequest) (*sanadv1.SetProviderResponse, error) {
	p := providerFrom(r.GetProvider())
	if err := s.claims.SetProvider(ctx, p); err != nil {
		return nil, err
	}
	return &sanadv1.SetProviderResponse{Provider: providerTo(p)}, nil
}

func (s *claimServer) ListProviders(ctx context.Context, _ *sanadv1.ListProvidersRequest) (*sanadv1.ListProvidersResponse, error) {
	all, err := s.claims.Providers(ctx)
	if err != nil {
		return nil, err
	}
	out := &sanadv1.ListProvidersResponse{}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		out.Providers = append(out.Providers, providerTo(all[id]))
	}
	return out, nil
}

func (s *claimServer) SubmitClaim(ctx context.Context, r *sanadv1.SubmitClaimRequest) (*sanadv1.SubmitClaimResponse, error) {
	h, err := handedFrom(r.GetClaim(), r.GetPerson())
	if err != nil {
		return nil, err
	}
	c, err := s.claims.Submit(ctx, h)
	if err != nil {
		return nil, err
	}
	return &sanadv1.SubmitClaimResponse{Claim: benefitClaimTo(c), Repeated: c.Repeated}, nil
}

func (s *claimServer) PreauthoriseClaim(ctx context.Context, r *sanadv1.PreauthoriseClaimRequest) (*sanadv1.PreauthoriseClaimResponse, error) {
	h, err := handedFrom(r.GetClaim(), r.GetPerson())
	if err != nil {
		return nil, err
	}
	c, err := s.claims.Preauthorise(ctx, h)
	if err != nil {
		return nil, err
	}
	return &sanadv1.PreauthoriseClaimResponse{Claim: benefitClaimTo(c), Repeated: c.Repeated}, nil
}

func (s *claimServer) AdjudicateClaim(ctx context.Context, r *sanadv1.AdjudicateClaimRequest) (*sanadv1.AdjudicateClaimResponse, error) {
	anew, err := anewFrom(r.GetClaimId(), r.GetEvidence(), r.GetFindings())
	if err != nil {
		return nil, err
	}
	anew.Cause, anew.For, anew.Person = claims.NewEvidence, referenceFrom(r.GetMember()), r.GetPerson()
	c, err := s.claims.Readjudicate(ctx, anew)
	if err != nil {
		return nil, err
	}
	return &sanadv1.AdjudicateClaimResponse{Claim: benefitClaimTo(c)}, nil
}

func anewFrom(id string, evidence []*sanadv1.ClaimEvidence, findings []*sanadv1.ClaimFinding) (a claims.Anew, err error) {
	if a.ID, err = claimIDFrom("claim_id", id); err != nil {
		return a, err
	}
	if a.Evidence, err = read("evidence", evidence, evidenceFrom); err != nil {
		return a, err
	}
	a.Findings, err = read("findings", findings, findingFrom)
	return a, err
}

func (s *claimServer) ReadjudicateClaim(ctx context.Context, r *sanadv1.ReadjudicateClaimRequest) (*sanadv1.ReadjudicateClaimResponse, error) {
	anew, err := anewFrom(r.GetClaimId(), r.GetEvidence(), r.GetFindings())
	if err != nil {
		return nil, err
	}
	anew.Cause, anew.Person = claimCauses[r.GetCause()], r.GetPerson()
	c, err := s.claims.Readjudicate(ctx, anew)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ReadjudicateClaimResponse{Claim: benefitClaimTo(c)}, nil
}

func (s *claimServer) ApproveClaim(ctx context.Context, r *sanadv1.ApproveClaimRequest) (*sanadv1.ApproveClaimResponse, error) {
	id, err := claimIDFrom("claim_id", r.GetClaimId())
	if err != nil {
		return nil, err
	}
	c, err := s.claims.Approve(ctx, id, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.ApproveClaimResponse{Claim: benefitClaimTo(c), Approval: approvalTo(c.Approval)}, nil
}

func (s *claimServer) SettleClaim(ctx context.Context, r *sanadv1.SettleClaimRequest) (*sanadv1.SettleClaimResponse, error) {
	id, err := claimIDFrom("claim_id", r.GetClaimId())
	if err != nil {
		return nil, err
	}
	c, batch, err := s.claims.Settle(ctx, id, r.GetRail(), r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.SettleClaimResponse{Claim: benefitClaimTo(c), BatchId: batch}, nil
}

func (s *claimServer) WithdrawClaim(ctx context.Context, r *sanadv1.WithdrawClaimRequest) (*sanadv1.WithdrawClaimResponse, error) {
	id, err := claimIDFrom("claim_id", r.GetClaimId())
	if err != nil {
		return nil, err
	}
	c, err := s.claims.Withdraw(ctx, id, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.WithdrawClaimResponse{Claim: benefitClaimTo(c)}, nil
}

func (s *claimServer) GetClaim(ctx context.Context, r *sanadv1.GetClaimRequest) (*sanadv1.GetClaimResponse, error) {
	id, err := s.named(r)
	if err != nil {
		return nil, err
	}
	c, err := s.claims.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetClaimResponse{Claim: benefitClaimTo(c)}, nil
}

func (s *claimServer) named(r *sanadv1.GetClaimRequest) (ledger.ID, error) {
	if r.GetClaimId() != "" || r.GetProvider() == "" {
		return claimIDFrom("claim_id", r.GetClaimId())
	}
	return s.claims.Named(insurance.ProviderID(r.GetProvider()), r.GetReference()), nil
}

func (s *claimServer) ListClaims(ctx context.Context, r *sanadv1.ListClaimsRequest) (*sanadv1.ListClaimsResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	page, err := s.claims.List(ctx, claims.Query{
		Member: insurance.MemberID(r.GetMemberId()), Provider: insurance.ProviderID(r.GetProvider()), State: benefitClaimStates[r.GetState()],
		After: r.GetPageToken(), Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListClaimsResponse{Claims: mapped(page, benefitClaimTo), NextPageToken: nextClaims(page, limit)}, nil
}

func (s *claimServer) ReplayDecisions(ctx context.Context, r *sanadv1.ReplayDecisionsRequest) (*sanadv1.ReplayDecisionsResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	replayed, err := s.claims.ReplayPage(ctx, insurance.DecisionID(r.GetPageToken()), limit)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ReplayDecisionsResponse{
		Equal: int64(replayed.Equal), Different: mapped(replayed.Different, func(id insurance.DecisionID) string { return string(id) }),
		Gone: int64(replayed.Gone), Other: int64(replayed.Other), NextPageToken: string(replayed.Next),
	}, nil
}
