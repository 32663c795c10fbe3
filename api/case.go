package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/services/cases"
	"sanad.dev/sanad/services/insurance"
)

// caseServer serves CaseService.
type caseServer struct {
	sanadv1.UnimplementedCaseServiceServer
	cases *cases.Service
	// correct puts facts of a member right.
	correct func(ctx context.Context, member insurance.MemberID, change insurance.Change) error
	// follows judges anew what a closed case is about. A call that is sent again does it again, so that one that was cut
	// off between the two is made good.
	follows func(ctx context.Context, c cases.Case) error
}

var (
	caseKinds = map[sanadv1.CaseKind]cases.Kind{
		sanadv1.CaseKind_CASE_KIND_APPEAL:    cases.Appeal,
		sanadv1.CaseKind_CASE_KIND_COMPLAINT: cases.Complaint,
	}
	caseRoles = map[sanadv1.CaseRole]cases.Role{
		sanadv1.CaseRole_CASE_ROLE_MEMBER:   cases.ByMember,
		sanadv1.CaseRole_CASE_ROLE_DELEGATE: cases.ByDelegate,
		sanadv1.CaseRole_CASE_ROLE_GROUP:    cases.ByGroup,
	}
	caseStates = map[sanadv1.CaseState]cases.State{
		sanadv1.CaseState_CASE_STATE_FILED:          cases.Filed,
		sanadv1.CaseState_CASE_STATE_ASSIGNED:       cases.Assigned,
		sanadv1.CaseState_CASE_STATE_GRANTED:        cases.Granted,
		sanadv1.CaseState_CASE_STATE_PARTLY_GRANTED: cases.Partly,
		sanadv1.CaseState_CASE_STATE_DISMISSED:      cases.Dismissed,
		sanadv1.CaseState_CASE_STATE_WITHDRAWN:      cases.Withdrawn,
	}
	decisionKinds = map[sanadv1.DecisionKind]insurance.DecisionKind{
		sanadv1.DecisionKind_DECISION_KIND_ENROLMENT: insurance.EnrolmentDecision,
		sanadv1.DecisionKind_DECISION_KIND_CATEGORY:  insurance.CategoryDecision,
		sanadv1.DecisionKind_DECISION_KIND_SUBSIDY:   insurance.SubsidyDecision,
		sanadv1.DecisionKind_DECISION_KIND_LAPSE:     insurance.LapseDecision,
		sanadv1.DecisionKind_DECISION_KIND_SUSPENSE:  insurance.SuspenseDecision,
		sanadv1.DecisionKind_DECISION_KIND_CLAIM:     insurance.ClaimDecision,
		sanadv1.DecisionKind_DECISION_KIND_PENSION:   insurance.PensionDecision,
		sanadv1.DecisionKind_DECISION_KIND_PAYOUT:    insurance.PayoutDecision,
	}
)

// FileCase opens a case.
func (s *caseServer) FileCase(ctx context.Context, r *sanadv1.FileCaseRequest) (*sanadv1.FileCaseResponse, error) {
	c, err := s.cases.File(ctx, r.GetRequestId(), cases.Filing{
		Kind: caseKinds[r.GetKind()], Member: insurance.MemberID(r.GetMemberId()), By: caseRoles[r.GetFiledBy()], Filer: r.GetFiler(),
		Text: r.GetText(), LateBecause: r.GetLateBecause(),
		Against: cases.Against{
			Kind: decisionKinds[r.GetAgainst().GetKind()], Subject: r.GetAgainst().GetSubject(),
			Decision: insurance.DecisionID(r.GetAgainst().GetDecisionId()),
		},
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.FileCaseResponse{Case: caseTo(c)}, nil
}

// AssignCase gives a case to a judge.
func (s *caseServer) AssignCase(ctx context.Context, r *sanadv1.AssignCaseRequest) (*sanadv1.AssignCaseResponse, error) {
	c, err := s.cases.Assign(ctx, cases.ID(r.GetCaseId()), r.GetJudge())
	if err != nil {
		return nil, err
	}
	return &sanadv1.AssignCaseResponse{Case: caseTo(c)}, nil
}

// DecideCase closes a case with a verdict. Facts are put right before, once it is sure that the judge may decide.
func (s *caseServer) DecideCase(ctx context.Context, r *sanadv1.DecideCaseRequest) (*sanadv1.DecideCaseResponse, error) {
	id := cases.ID(r.GetCaseId())
	v := cases.Verdict{State: caseStates[r.GetOutcome()], Judge: r.GetJudge(), Reason: r.GetReason(), Text: r.GetText()}
	before, err := s.cases.MayDecide(ctx, id, v)
	if err != nil {
		return nil, err
	}
	if err := s.putRight(ctx, before.Member, r); err != nil {
		return nil, err
	}
	c, err := s.cases.Decide(ctx, id, v)
	if err != nil {
		return nil, err
	}
	return &sanadv1.DecideCaseResponse{Case: caseTo(c)}, s.follows(ctx, c)
}

func (s *caseServer) putRight(ctx context.Context, member insurance.MemberID, r *sanadv1.DecideCaseRequest) error {
	if r.GetFacts() == nil && len(r.GetTakeBack()) == 0 {
		return nil
	}
	change, err := changeFrom(&sanadv1.RecordFactsRequest{
		Facts: r.GetFacts(), TakeBack: r.GetTakeBack(), Correction: sanadv1.Correction_CORRECTION_OFFICE_ERROR, Person: r.GetJudge(),
	})
	if err != nil {
		return err
	}
	return s.correct(ctx, member, change)
}

// WithdrawCase closes a case on the word of who filed it.
func (s *caseServer) WithdrawCase(ctx context.Context, r *sanadv1.WithdrawCaseRequest) (*sanadv1.WithdrawCaseResponse, error) {
	c, err := s.cases.Withdraw(ctx, cases.ID(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.WithdrawCaseResponse{Case: caseTo(c)}, s.follows(ctx, c)
}

// GetCase returns a case with its texts.
func (s *caseServer) GetCase(ctx context.Context, r *sanadv1.GetCaseRequest) (*sanadv1.GetCaseResponse, error) {
	c, err := s.cases.Get(ctx, cases.ID(r.GetCaseId()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetCaseResponse{Case: caseTo(c)}, nil
}

// ListCases pages through cases, without their texts.
func (s *caseServer) ListCases(ctx context.Context, r *sanadv1.ListCasesRequest) (*sanadv1.ListCasesResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	overdue, err := dateFrom("overdue_on", r.GetOverdueOn())
	if err != nil {
		return nil, err
	}
	found, err := s.cases.List(ctx, cases.Query{
		Member: insurance.MemberID(r.GetMemberId()), OpenOnly: r.GetOpenOnly(), Overdue: overdue, After: cases.ID(r.GetPageToken()), Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	answer := &sanadv1.ListCasesResponse{Cases: mapped(found, caseTo)}
	if len(found) == limit {
		answer.NextPageToken = string(found[limit-1].ID)
	}
	return answer, nil
}

// EscalateCases escalates what is overdue.
func (s *caseServer) EscalateCases(ctx context.Context, _ *sanadv1.EscalateCasesRequest) (*sanadv1.EscalateCasesResponse, error) {
	n, err := s.cases.Escalate(ctx)
	if err != nil {
		return nil, err
	}
	return &sanadv1.EscalateCasesResponse{Escalated: int32(n)}, nil
}

func caseTo(c cases.Case) *sanadv1.Case {
	out := &sanadv1.Case{
		Id: string(c.ID), Kind: wireOf(caseKinds, c.Kind), MemberId: string(c.Member), FiledBy: wireOf(caseRoles, c.By),
		Against: &sanadv1.CaseAgainst{
			DecisionId: string(c.Against.Decision), Kind: wireOf(decisionKinds, c.Against.Kind), Subject: c.Against.Subject,
		},
		State: wireOf(caseStates, c.State), Level: int32(c.Level), FiledAt: timestamppb.New(c.FiledAt), AnswerBy: dateTo(c.AnswerBy),
		Judge: c.Judge, Filer: c.Details.Filer, Text: c.Details.Text, LateBecause: c.Details.LateBecause,
		Reason: c.Details.Reason, Outcome: c.Details.Outcome,
		Events: mapped(c.Details.Events, func(e cases.Event) *sanadv1.CaseEvent {
			return &sanadv1.CaseEvent{On: dateTo(e.On), What: e.What, By: e.By}
		}),
	}
	if !c.ClosedAt.IsZero() {
		out.ClosedAt = timestamppb.New(c.ClosedAt)
	}
	return out
}
