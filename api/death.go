package api

import (
	"context"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

// deathServer serves DeathService.
type deathServer struct {
	sanadv1.UnimplementedDeathServiceServer
	members *enrolment.Service
	// follows does what follows from a death that was marked, confirmed or undone. A call that is sent again does it again,
	// so that one that was cut off between the two is made good.
	follows func(ctx context.Context, member insurance.MemberID, facts insurance.Facts) error
}

// MarkDeath enters a death.
func (s *deathServer) MarkDeath(ctx context.Context, r *sanadv1.MarkDeathRequest) (*sanadv1.MarkDeathResponse, error) {
	death := insurance.Death{Source: r.GetDeath().GetSource(), Evidence: evidence[r.GetDeath().GetEvidence()]}
	var err error
	if death.On, err = dateFrom("death.on", r.GetDeath().GetOn()); err != nil {
		return nil, err
	}
	member := insurance.MemberID(r.GetMemberId())
	facts, err := s.members.MarkDeath(ctx, member, death, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.MarkDeathResponse{Death: deathTo(facts.Death)}, s.follows(ctx, member, facts)
}

// NotifyDeath says that she was told of the mark.
func (s *deathServer) NotifyDeath(ctx context.Context, r *sanadv1.NotifyDeathRequest) (*sanadv1.NotifyDeathResponse, error) {
	member := insurance.MemberID(r.GetMemberId())
	facts, err := s.members.NotifyDeath(ctx, member, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.NotifyDeathResponse{Death: deathTo(facts.Death)}, s.follows(ctx, member, facts)
}

// ConfirmDeath confirms a death.
func (s *deathServer) ConfirmDeath(ctx context.Context, r *sanadv1.ConfirmDeathRequest) (*sanadv1.ConfirmDeathResponse, error) {
	member := insurance.MemberID(r.GetMemberId())
	facts, err := s.members.ConfirmDeath(ctx, member, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.ConfirmDeathResponse{Death: deathTo(facts.Death)}, s.follows(ctx, member, facts)
}

// UndoDeath takes a death back.
func (s *deathServer) UndoDeath(ctx context.Context, r *sanadv1.UndoDeathRequest) (*sanadv1.UndoDeathResponse, error) {
	member := insurance.MemberID(r.GetMemberId())
	facts, agreed, err := s.members.UndoDeath(ctx, member, r.GetPerson())
	if err != nil {
		return nil, err
	}
	answer := &sanadv1.UndoDeathResponse{Death: deathTo(facts.Death)}
	if agreed.Maker != "" {
		answer.Approval = approvalTo(agreed)
	}
	return answer, s.follows(ctx, member, facts)
}

// deathTo writes a death; nil for somebody of whom none is on record.
func deathTo(d insurance.Death) *sanadv1.Death {
	if d.On == 0 {
		return nil
	}
	return &sanadv1.Death{
		On: dateTo(d.On), Source: d.Source, Evidence: wireOf(evidence, d.Evidence), ConfirmedBy: d.ConfirmedBy,
		ConfirmedOn: dateTo(d.ConfirmedOn), Recorded: recordedTo(d.Recorded),
		EnteredBy: d.EnteredBy, NotifiedOn: dateTo(d.NotifiedOn), NotifiedBy: d.NotifiedBy,
	}
}
