package api

import (
	"context"
	"errors"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/pension"
)

// deathServer serves DeathService.
type deathServer struct {
	sanadv1.UnimplementedDeathServiceServer
	members *enrolment.Service
	// follows does what follows from a death that was marked, confirmed or undone. A call that is sent again does it again,
	// so that one that was cut off between the two is made good.
	follows func(ctx context.Context, member insurance.MemberID, facts insurance.Facts) (afterwards, error)
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
	_, err = s.follows(ctx, member, facts)
	return &sanadv1.MarkDeathResponse{Death: deathTo(facts.Death)}, err
}

// NotifyDeath says that she was told of the mark.
func (s *deathServer) NotifyDeath(ctx context.Context, r *sanadv1.NotifyDeathRequest) (*sanadv1.NotifyDeathResponse, error) {
	member := insurance.MemberID(r.GetMemberId())
	facts, err := s.members.NotifyDeath(ctx, member, r.GetPerson())
	if err != nil {
		return nil, err
	}
	_, err = s.follows(ctx, member, facts)
	return &sanadv1.NotifyDeathResponse{Death: deathTo(facts.Death)}, err
}

// ConfirmDeath confirms a death.
func (s *deathServer) ConfirmDeath(ctx context.Context, r *sanadv1.ConfirmDeathRequest) (*sanadv1.ConfirmDeathResponse, error) {
	member := insurance.MemberID(r.GetMemberId())
	facts, err := s.members.ConfirmDeath(ctx, member, r.GetPerson())
	if err != nil {
		return nil, err
	}
	after, err := s.follows(ctx, member, facts)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ConfirmDeathResponse{Death: deathTo(facts.Death), Opened: openedTo(after)}, nil
}

// UndoDeath takes a death back. Said again, it does what was cut off, and answers as the first time.
func (s *deathServer) UndoDeath(ctx context.Context, r *sanadv1.UndoDeathRequest) (*sanadv1.UndoDeathResponse, error) {
	member := insurance.MemberID(r.GetMemberId())
	facts, agreed, err := s.members.UndoDeath(ctx, member, r.GetPerson())
	if fault := (insurance.Fault{}); errors.As(err, &fault) && fault.Reason == insurance.DeathNotMarked {
		facts, err = s.undone(ctx, member, err)
	}
	if err != nil {
		return nil, err
	}
	answer := &sanadv1.UndoDeathResponse{Death: deathTo(facts.Death)}
	if agreed.Maker != "" {
		answer.Approval = approvalTo(agreed)
	}
	if facts.Death.On != 0 {
		return answer, nil
	}
	after, err := s.follows(ctx, member, facts)
	if err != nil {
		return nil, err
	}
	answer.Paid = append(mapped(after.drawn, drawnTo), mapped(after.paid, paidAtDeathTo)...)
	return answer, nil
}

// undone are the facts of a member whose death was taken off the record before; the error is the first where none was.
func (s *deathServer) undone(ctx context.Context, member insurance.MemberID, first error) (insurance.Facts, error) {
	facts, err := s.members.Facts(ctx, member, 0)
	if err != nil {
		return facts, err
	}
	if facts.DeathsUndone() == 0 {
		return facts, first
	}
	return facts, nil
}

// openedTo writes what a confirmed death has opened.
func openedTo(after afterwards) []*sanadv1.OpenedClaim {
	return append(mapped(after.benefits, benefitOpenedTo), mapped(after.savings, savingsOpenedTo)...)
}

func savingsOpenedTo(o pension.Opened) *sanadv1.OpenedClaim {
	state := "granted"
	if o.Decision == "" {
		state = "open"
	}
	return &sanadv1.OpenedClaim{
		Scheme: string(o.Scheme), DecisionId: string(o.Decision), State: state, Reason: o.Reason,
		Granted: moneyTo(ledger.Money{Minor: o.Granted, Currency: o.Currency}), Awaited: mapped(o.Awaited, awaitedTo),
	}
}

func benefitOpenedTo(o claims.AtDeath) *sanadv1.OpenedClaim {
	out := &sanadv1.OpenedClaim{Scheme: string(o.Scheme), Benefit: o.Benefit, State: "open", Reason: o.Reason, Awaited: mapped(o.Awaited, awaitedTo)}
	if o.Reason != "" {
		return out
	}
	out.ClaimId, out.DecisionId, out.State = o.ID.String(), string(o.Claim.Decision), string(o.State)
	out.Granted = moneyTo(ledger.Money{Minor: o.Granted, Currency: o.Currency})
	if d := o.Decision; d != nil && o.State == claims.Refused {
		out.Reason = firstReduction(d.Decision)
	}
	return out
}

// firstReduction is the reason of the first thing that was taken from what was asked.
func firstReduction(d insurance.Decision) string {
	for _, l := range d.Lines {
		for _, r := range l.Reductions {
			return r.Reason
		}
	}
	return ""
}

func awaitedTo(a benefit.Awaited) *sanadv1.AwaitedPayee {
	return &sanadv1.AwaitedPayee{Person: a.Person, Kind: wireOf(dependantKinds, a.Kind), Party: string(a.PayTo), Minor: a.Minor}
}

func drawnTo(p pension.Paid) *sanadv1.PaidAtDeath {
	return &sanadv1.PaidAtDeath{Party: string(p.Party), Scheme: string(p.Scheme), Amount: moneyTo(ledger.Money{Minor: p.Minor, Currency: p.Currency})}
}

func paidAtDeathTo(p claims.PaidAtDeath) *sanadv1.PaidAtDeath {
	return &sanadv1.PaidAtDeath{Party: string(p.Party), Scheme: string(p.Scheme), ClaimId: p.Claim.String(), Amount: moneyTo(ledger.Money{Minor: p.Minor, Currency: p.Currency})}
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
