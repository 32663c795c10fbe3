package api

import (
	"context"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

// RecordFacts adds facts that rules judge a member by, or corrects them.
func (s *memberServer) RecordFacts(ctx context.Context, r *sanadv1.RecordFactsRequest) (*sanadv1.RecordFactsResponse, error) {
	change, err := changeFrom(r)
	if err != nil {
		return nil, err
	}
	facts, err := s.members.RecordFacts(ctx, insurance.MemberID(r.GetMemberId()), change)
	if err != nil {
		return nil, err
	}
	if err := s.rejudge(ctx, insurance.MemberID(r.GetMemberId())); err != nil {
		return nil, err
	}
	if _, err := s.bereaved(ctx, insurance.MemberID(r.GetMemberId()), facts); err != nil {
		return nil, err
	}
	return &sanadv1.RecordFactsResponse{Facts: factsTo(facts)}, nil
}

// GetFacts returns what is on record of a member.
func (s *memberServer) GetFacts(ctx context.Context, r *sanadv1.GetFactsRequest) (*sanadv1.GetFactsResponse, error) {
	on, err := dateFrom("as_known_on", r.GetAsKnownOn())
	if err != nil {
		return nil, err
	}
	facts, err := s.members.Facts(ctx, insurance.MemberID(r.GetMemberId()), on)
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetFactsResponse{Facts: factsTo(facts), Superseded: supersededTo(facts.Superseded)}, nil
}

// EnrolInScheme gives a member a place in a scheme.
func (s *memberServer) EnrolInScheme(ctx context.Context, r *sanadv1.EnrolInSchemeRequest) (*sanadv1.EnrolInSchemeResponse, error) {
	place, err := placeFrom(r, "from", r.GetFrom())
	if err != nil {
		return nil, err
	}
	facts, err := s.members.EnrolInScheme(ctx, place)
	if err != nil {
		return nil, err
	}
	if err := s.rejudge(ctx, place.Member); err != nil {
		return nil, err
	}
	return &sanadv1.EnrolInSchemeResponse{Enrolments: mapped(facts.Enrolments, enrolmentTo)}, nil
}

// LeaveScheme ends a member's place in a scheme.
func (s *memberServer) LeaveScheme(ctx context.Context, r *sanadv1.LeaveSchemeRequest) (*sanadv1.LeaveSchemeResponse, error) {
	place, err := placeFrom(r, "to", r.GetTo())
	if err != nil {
		return nil, err
	}
	facts, err := s.members.LeaveScheme(ctx, place)
	if err != nil {
		return nil, err
	}
	if err := s.rejudge(ctx, place.Member); err != nil {
		return nil, err
	}
	return &sanadv1.LeaveSchemeResponse{Enrolments: mapped(facts.Enrolments, enrolmentTo)}, nil
}

// placeRequest is what beginning a place in a scheme and ending it have in common.
type placeRequest interface {
	GetMemberId() string
	GetScheme() string
	GetCorrection() sanadv1.Correction
	GetPerson() string
}

func placeFrom(r placeRequest, field string, day *sanadv1.Date) (enrolment.Place, error) {
	on, err := dateFrom(field, day)
	return enrolment.Place{
		Member: insurance.MemberID(r.GetMemberId()), Scheme: ledger.SchemeCode(r.GetScheme()), On: on,
		Why: corrections[r.GetCorrection()], By: r.GetPerson(),
	}, err
}
