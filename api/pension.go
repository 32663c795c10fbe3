package api

import (
	"context"

	"google.golang.org/grpc"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/pension"
)

// pensionServer serves PensionService.
type pensionServer struct {
	sanadv1.UnimplementedPensionServiceServer
	pensions *pension.Service
}

// DeclareInterest declares interest by two people.
func (s *pensionServer) DeclareInterest(ctx context.Context, r *sanadv1.DeclareInterestRequest) (*sanadv1.DeclareInterestResponse, error) {
	d, err := interestFrom(r.GetDeclaration())
	if err != nil {
		return nil, err
	}
	declared, err := s.pensions.Declare(ctx, d, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.DeclareInterestResponse{Declaration: interestTo(declared), Done: declared.Done}, nil
}

// ListInterestDeclarations lists what is declared.
func (s *pensionServer) ListInterestDeclarations(ctx context.Context, r *sanadv1.ListInterestDeclarationsRequest) (*sanadv1.ListInterestDeclarationsResponse, error) {
	all, err := s.pensions.Declarations(ctx, ledger.SchemeCode(r.GetScheme()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListInterestDeclarationsResponse{Declarations: mapped(all, interestTo)}, nil
}

// RunInterest credits declared interest, telling how far it has come.
func (s *pensionServer) RunInterest(r *sanadv1.RunInterestRequest, stream grpc.ServerStreamingServer[sanadv1.RunInterestResponse]) error {
	if err := validate(r); err != nil {
		return err
	}
	t := telling{tell: func(p *sanadv1.PensionRunProgress) error {
		return stream.Send(&sanadv1.RunInterestResponse{Progress: p})
	}}
	return t.run(stream.Context(), s.pensions, ledger.SchemeCode(r.GetScheme()), func(ctx context.Context, progress func(pension.Run)) (pension.Run, error) {
		return s.pensions.RunInterest(ctx, ledger.SchemeCode(r.GetScheme()), int(r.GetDeclaration()), progress)
	})
}

// RunInstalments pays pensions through a month.
func (s *pensionServer) RunInstalments(r *sanadv1.RunInstalmentsRequest, stream grpc.ServerStreamingServer[sanadv1.RunInstalmentsResponse]) error {
	if err := validate(r); err != nil {
		return err
	}
	month, err := dateFrom("month", r.GetMonth())
	if err != nil {
		return err
	}
	t := telling{tell: func(p *sanadv1.PensionRunProgress) error {
		return stream.Send(&sanadv1.RunInstalmentsResponse{Progress: p})
	}}
	return t.run(stream.Context(), s.pensions, ledger.SchemeCode(r.GetScheme()), func(ctx context.Context, progress func(pension.Run)) (pension.Run, error) {
		return s.pensions.RunInstalments(ctx, ledger.SchemeCode(r.GetScheme()), month.Period(), progress)
	})
}

// MarkUncollected moves aside what nobody has collected.
func (s *pensionServer) MarkUncollected(r *sanadv1.MarkUncollectedRequest, stream grpc.ServerStreamingServer[sanadv1.MarkUncollectedResponse]) error {
	if err := validate(r); err != nil {
		return err
	}
	t := telling{tell: func(p *sanadv1.PensionRunProgress) error {
		return stream.Send(&sanadv1.MarkUncollectedResponse{Progress: p})
	}}
	return t.run(stream.Context(), s.pensions, ledger.SchemeCode(r.GetScheme()), func(ctx context.Context, progress func(pension.Run)) (pension.Run, error) {
		return s.pensions.RunUncollected(ctx, ledger.SchemeCode(r.GetScheme()), progress)
	})
}

// telling tells a caller how far a run has come. Who has gone away ends the run, which the next call goes on with.
type telling struct {
	tell   func(*sanadv1.PensionRunProgress) error
	failed error
}

func (t *telling) run(ctx context.Context, pensions *pension.Service, scheme ledger.SchemeCode, run func(context.Context, func(pension.Run)) (pension.Run, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	currency, err := pensions.Currency(ctx, scheme)
	if err != nil {
		return err
	}
	_, err = run(ctx, func(r pension.Run) {
		progress := &sanadv1.PensionRunProgress{Looked: r.Members, Entries: r.Moved, Failed: r.Failed, Finished: r.Finished,
			Amount: moneyTo(ledger.Money{Minor: r.Minor, Currency: currency})}
		if t.failed = t.tell(progress); t.failed != nil {
			cancel()
		}
	})
	if t.failed != nil {
		return t.failed
	}
	return err
}

// QuotePension tells what a member would get.
func (s *pensionServer) QuotePension(ctx context.Context, r *sanadv1.QuotePensionRequest) (*sanadv1.QuotePensionResponse, error) {
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	q, err := s.pensions.Quote(ctx, insurance.MemberID(r.GetMemberId()), ledger.SchemeCode(r.GetScheme()), on)
	if err != nil {
		return nil, err
	}
	money := func(minor int64) *sanadv1.Money { return moneyTo(ledger.Money{Minor: minor, Currency: q.Currency}) }
	return &sanadv1.QuotePensionResponse{
		Own: money(q.Own), Matched: money(q.Matched), Vested: money(q.Vested), Ready: q.Ready,
		Decision: pensionDecisionTo(insurance.RecordedDecision{Decision: q.Why}),
		Plans: mapped(q.Plans, func(p oldage.PlanForecast) *sanadv1.PlanQuote {
			return &sanadv1.PlanQuote{Plan: p.Plan, Form: string(p.Form), Lump: money(p.Lump), Monthly: money(p.Monthly), TopUp: money(p.TopUp), Months: int32(p.Months)}
		}),
	}, nil
}

// Retire decides on a pension.
func (s *pensionServer) Retire(ctx context.Context, r *sanadv1.RetireRequest) (*sanadv1.RetireResponse, error) {
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	ask := oldage.Ask{Kind: oldage.Retire, Member: insurance.MemberID(r.GetMemberId()), On: on, Plan: r.GetPlan()}
	if r.GetDisabled() {
		ask.Kind = oldage.RetireUnable
	}
	a, err := s.pensions.Ask(ctx, pension.Request{Reference: r.GetReference(), Scheme: ledger.SchemeCode(r.GetScheme()), Ask: ask}, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.RetireResponse{Decision: pensionDecisionTo(a.RecordedDecision), Pensions: mapped(a.Pensions, pensionTo), Done: a.Done, Repeated: a.Repeated}, nil
}

// Withdraw decides on an early drawing, or on leaving for good.
func (s *pensionServer) Withdraw(ctx context.Context, r *sanadv1.WithdrawRequest) (*sanadv1.WithdrawResponse, error) {
	ask, err := s.drawingFrom(ctx, r)
	if err != nil {
		return nil, err
	}
	a, err := s.pensions.Ask(ctx, pension.Request{Reference: r.GetReference(), Scheme: ledger.SchemeCode(r.GetScheme()), Ask: ask}, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.WithdrawResponse{Decision: pensionDecisionTo(a.RecordedDecision), Done: a.Done, Repeated: a.Repeated}, nil
}

func (s *pensionServer) drawingFrom(ctx context.Context, r *sanadv1.WithdrawRequest) (ask oldage.Ask, err error) {
	ask = oldage.Ask{Kind: oldage.DrawEarly, Member: insurance.MemberID(r.GetMemberId()), Early: r.GetWay(), Why: r.GetWhy()}
	if ask.On, err = dateFrom("on", r.GetOn()); err != nil {
		return ask, err
	}
	if r.GetLeaves() == (r.GetWay() != "") || r.GetLeaves() && r.GetAmount() != nil {
		return ask, insurance.Fault{Field: "way", Reason: "WITHDRAWAL_INVALID", Text: "name the way of drawing, or say that she leaves with all that is hers"}
	}
	if r.GetLeaves() {
		ask.Kind = oldage.Leave
	}
	if r.GetAmount() == nil {
		return ask, nil
	}
	amount, err := moneyFrom("amount", r.GetAmount())
	if err != nil {
		return ask, err
	}
	currency, err := s.pensions.Currency(ctx, ledger.SchemeCode(r.GetScheme()))
	if err != nil {
		return ask, err
	}
	if ask.Minor = amount.Minor; amount.Currency != currency || amount.Minor <= 0 {
		return ask, insurance.Fault{Field: "amount", Reason: "AMOUNT_INVALID", Text: "ask for more than nothing, in the scheme's currency, " + string(currency)}
	}
	return ask, nil
}

// SettleSurvivors decides what a dead member leaves.
func (s *pensionServer) SettleSurvivors(ctx context.Context, r *sanadv1.SettleSurvivorsRequest) (*sanadv1.SettleSurvivorsResponse, error) {
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	var survivors []benefit.Survivor
	for _, v := range r.GetSurvivors() {
		birth, err := birthFrom("survivors.birth", v.GetBirth())
		if err != nil {
			return nil, err
		}
		survivors = append(survivors, benefit.Survivor{Person: v.GetPerson(), Kind: dependantKinds[v.GetKind()], Birth: birth, Nominee: v.GetNominee(),
			Parts: v.GetParts(), PayTo: ledger.Party(v.GetPayTo())})
	}
	a, err := s.pensions.Ask(ctx, pension.Request{Reference: r.GetReference(), Scheme: ledger.SchemeCode(r.GetScheme()), Survivors: survivors,
		Ask: oldage.Ask{Kind: oldage.ToSurvivors, Member: insurance.MemberID(r.GetMemberId()), On: on}}, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.SettleSurvivorsResponse{Decision: pensionDecisionTo(a.RecordedDecision), Pensions: mapped(a.Pensions, pensionTo), Done: a.Done, Repeated: a.Repeated}, nil
}

// ListPensions pages through pensions.
func (s *pensionServer) ListPensions(ctx context.Context, r *sanadv1.ListPensionsRequest) (*sanadv1.ListPensionsResponse, error) {
	q := pension.Query{Scheme: ledger.SchemeCode(r.GetScheme()), Payee: ledger.Party(r.GetPayee())}
	if r.GetSaverId() != "" {
		q.Of = insurance.MemberID(r.GetSaverId()).Party()
	}
	var err error
	if q.Limit, err = limitOf(r.GetPageSize()); err != nil {
		return nil, err
	}
	if r.GetPageToken() != "" {
		if q.After, err = ledger.ParseID(r.GetPageToken()); err != nil {
			return nil, insurance.Fault{Field: "page_token", Reason: "PAGE_TOKEN_INVALID", Text: "take it from the page before"}
		}
	}
	all, err := s.pensions.Pensions(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &sanadv1.ListPensionsResponse{Pensions: mapped(all, pensionTo)}
	if len(all) == q.Limit {
		out.NextPageToken = all[len(all)-1].ID.String()
	}
	return out, nil
}

// EndPension ends the pension of a payee who is no member.
func (s *pensionServer) EndPension(ctx context.Context, r *sanadv1.EndPensionRequest) (*sanadv1.EndPensionResponse, error) {
	id, err := ledger.ParseID(r.GetPension())
	if err != nil {
		return nil, insurance.Fault{Field: "pension", Reason: "PENSION_INVALID", Text: "a pension's id is 32 hexadecimal digits"}
	}
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	ended, p, err := s.pensions.EndPension(ctx, id, on, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.EndPensionResponse{Pension: pensionTo(ended), Done: p.Done}, nil
}

// ReclaimUncollected makes payable again what was moved aside.
func (s *pensionServer) ReclaimUncollected(ctx context.Context, r *sanadv1.ReclaimUncollectedRequest) (*sanadv1.ReclaimUncollectedResponse, error) {
	back, repeated, err := s.pensions.Reclaim(ctx, insurance.MemberID(r.GetMemberId()), ledger.SchemeCode(r.GetScheme()), r.GetReference())
	if err != nil {
		return nil, err
	}
	return &sanadv1.ReclaimUncollectedResponse{Amount: moneyTo(back), Repeated: repeated}, nil
}

func interestFrom(d *sanadv1.InterestDeclaration) (declared oldage.Declaration, err error) {
	declared = oldage.Declaration{Scheme: ledger.SchemeCode(d.GetScheme()), Rate: d.GetRate(), Authority: d.GetAuthority(), CutsPast: d.GetCutsPast()}
	for _, pot := range d.GetPots() {
		declared.Pots = append(declared.Pots, ledger.Code(pot))
	}
	if declared.From, err = dateFrom("declaration.from", d.GetFrom()); err != nil {
		return declared, err
	}
	declared.To, err = dateFrom("declaration.to", d.GetTo())
	return declared, err
}

func interestTo(d pension.Declared) *sanadv1.InterestDeclaration {
	return &sanadv1.InterestDeclaration{
		Scheme: string(d.Scheme), Pots: mapped(d.Pots, func(c ledger.Code) int32 { return int32(c) }), From: dateTo(d.From), To: dateTo(d.To),
		Rate: d.Rate, Authority: d.Authority, CutsPast: d.CutsPast, Number: int32(d.Number), Revision: int32(d.Revision), Days: string(d.Days),
		Maker: d.Maker, Approver: d.Approver, RecordedAt: timeTo(d.RecordedAt),
	}
}

func pensionDecisionTo(d insurance.RecordedDecision) *sanadv1.PensionDecision {
	money := func(minor int64) *sanadv1.Money { return moneyTo(ledger.Money{Minor: minor, Currency: d.Currency}) }
	return &sanadv1.PensionDecision{
		Id: string(d.ID), Version: int32(d.Version), On: dateTo(d.On), AppealTo: d.AppealTo, AppealDays: int32(d.AppealDays), By: d.By,
		Lines: mapped(d.Lines, func(l insurance.DecisionLine) *sanadv1.PensionLine {
			return &sanadv1.PensionLine{Item: l.Item, Asked: money(l.Asked), Granted: money(l.Granted), PayTo: string(l.PayTo),
				Reductions: mapped(l.Reductions, func(r insurance.Reduction) *sanadv1.PensionReduction {
					return &sanadv1.PensionReduction{Reason: r.Reason, Rule: r.Rule, Took: money(r.Took), Text: r.Text, Change: r.Change}
				})}
		}),
	}
}

func pensionTo(p pension.Pension) *sanadv1.Pension {
	money := func(minor int64) *sanadv1.Money { return moneyTo(ledger.Money{Minor: minor, Currency: p.Currency}) }
	return &sanadv1.Pension{
		Id: p.ID.String(), Payee: string(p.Payee), Saver: string(p.Of), Scheme: string(p.Scheme), Plan: p.Plan, Form: string(p.Form),
		From: dateTo(p.From.FirstDay()), Monthly: money(p.Monthly), Months: int32(p.Months), Paid: int32(p.Paid), PaidAmount: money(p.PaidMinor),
		Least: money(p.Least), Funder: string(p.Funder), EndedOn: dateTo(p.EndedOn), DecisionId: string(p.Decision),
	}
}
