package api

import (
	"bufio"
	"cmp"
	"context"
	"maps"
	"slices"

	"google.golang.org/grpc"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/subsidy"
	"sanad.dev/sanad/services/treasury"
)

// subsidyServer serves SubsidyService.
type subsidyServer struct {
	sanadv1.UnimplementedSubsidyServiceServer
	treasury *treasury.Service
	// subsidies tells how members stand.
	subsidies *subsidy.Service
}

// ListDues tells how a member stands with each subsidy.
func (s *subsidyServer) ListDues(ctx context.Context, r *sanadv1.ListDuesRequest) (*sanadv1.ListDuesResponse, error) {
	dues, err := s.subsidies.Dues(ctx, insurance.MemberID(r.GetMemberId()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListDuesResponse{Dues: mapped(dues, dueTo)}, nil
}

func dueTo(d subsidy.Due) *sanadv1.Due {
	money := func(minor int64) *sanadv1.Money { return moneyTo(ledger.Money{Minor: minor, Currency: d.Currency}) }
	return &sanadv1.Due{
		Scheme: string(d.Scheme), Subsidy: d.Subsidy, PeriodStart: dateTo(d.Start), Version: int32(d.Version),
		Due: money(d.Held.Due), Granted: money(d.Granted()), Unmet: money(d.Unmet), Texts: d.Texts(),
	}
}

func (s *subsidyServer) SetFunder(ctx context.Context, r *sanadv1.SetFunderRequest) (*sanadv1.SetFunderResponse, error) {
	funder := funderFrom(r.GetFunder())
	if err := s.treasury.SetFunder(ctx, funder); err != nil {
		return nil, err
	}
	return &sanadv1.SetFunderResponse{Funder: funderTo(funder)}, nil
}

func (s *subsidyServer) ListFunders(ctx context.Context, _ *sanadv1.ListFundersRequest) (*sanadv1.ListFundersResponse, error) {
	found, err := s.treasury.Funders(ctx)
	if err != nil {
		return nil, err
	}
	all := slices.SortedFunc(maps.Values(found), func(a, b insurance.Funder) int { return cmp.Compare(a.ID, b.ID) })
	return &sanadv1.ListFundersResponse{Funders: mapped(all, funderTo)}, nil
}

func (s *subsidyServer) MoveBudget(ctx context.Context, r *sanadv1.MoveBudgetRequest) (*sanadv1.MoveBudgetResponse, error) {
	movement, err := movementFrom(r.GetMovement())
	if err != nil {
		return nil, err
	}
	moved, err := s.treasury.Move(ctx, movement, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.MoveBudgetResponse{Movement: recordedMovementTo(moved), Repeated: moved.Repeated}, nil
}

func (s *subsidyServer) GetBudgetLine(ctx context.Context, r *sanadv1.GetBudgetLineRequest) (*sanadv1.GetBudgetLineResponse, error) {
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	line := lineFrom(r.GetLine(), "")
	all, err := s.treasury.Executions(ctx, treasury.LineQuery{Funder: line.Funder, Scheme: line.Scheme, Year: line.Year}, on)
	if err != nil {
		return nil, err
	}
	others := func(x treasury.Execution) bool { return x.Prior != line.Prior }
	if all = slices.DeleteFunc(all, others); len(all) == 0 {
		return nil, insurance.Fault{Field: "line", Reason: insurance.BudgetLineUnknown, Text: "nothing has been voted for that line"}
	}
	return &sanadv1.GetBudgetLineResponse{Executions: mapped(all, executionTo)}, nil
}

func (s *subsidyServer) ListBudgetLines(ctx context.Context, r *sanadv1.ListBudgetLinesRequest) (*sanadv1.ListBudgetLinesResponse, error) {
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	all, err := s.treasury.Executions(ctx, treasury.LineQuery{
		Funder: insurance.FunderID(r.GetFunder()), Scheme: ledger.SchemeCode(r.GetScheme()), Year: int(r.GetYear()),
	}, on)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListBudgetLinesResponse{Executions: mapped(all, executionTo)}, nil
}

func (s *subsidyServer) ListBudgetMovements(ctx context.Context, r *sanadv1.ListBudgetMovementsRequest) (*sanadv1.ListBudgetMovementsResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	moved, next, err := s.treasury.Movements(ctx, lineFrom(r.GetLine(), ""), r.GetPageToken(), limit)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListBudgetMovementsResponse{Movements: mapped(moved, recordedMovementTo), NextPageToken: next}, nil
}

func (s *subsidyServer) ListGrants(ctx context.Context, r *sanadv1.ListGrantsRequest) (*sanadv1.ListGrantsResponse, error) {
	q, err := grantsFrom(r)
	if err != nil {
		return nil, err
	}
	grants, next, err := s.treasury.Grants(ctx, q)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListGrantsResponse{Grants: mapped(grants, grantTo), NextPageToken: next}, nil
}

func grantsFrom(r *sanadv1.ListGrantsRequest) (q treasury.GrantsQuery, err error) {
	q = treasury.GrantsQuery{
		Member: insurance.MemberID(r.GetMemberId()), Funder: insurance.FunderID(r.GetFunder()),
		Scheme: ledger.SchemeCode(r.GetScheme()), After: r.GetPageToken(),
	}
	if q.Member == "" && q.Funder == "" {
		return q, insurance.Fault{Field: "of", Reason: "NAME_MISSING", Text: "say whose: a member's or a funder's"}
	}
	if q.Limit, err = limitOf(r.GetPageSize()); err != nil {
		return q, err
	}
	if q.From, err = dateFrom("from", r.GetFrom()); err != nil {
		return q, err
	}
	q.To, err = dateFrom("to", r.GetTo())
	return q, err
}

// DrawUpTreasuryClaim does a bounded part of the drawing up; the caller calls again.
func (s *subsidyServer) DrawUpTreasuryClaim(ctx context.Context, r *sanadv1.DrawUpTreasuryClaimRequest) (*sanadv1.DrawUpTreasuryClaimResponse, error) {
	through, err := dateFrom("through", r.GetThrough())
	if err != nil {
		return nil, err
	}
	c, err := s.treasury.DrawUp(ctx, treasury.DrawUp{
		Funder: insurance.FunderID(r.GetFunder()), Scheme: ledger.SchemeCode(r.GetScheme()), Through: through,
		Reference: r.GetReference(), Person: r.GetPerson(),
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.DrawUpTreasuryClaimResponse{Claim: claimTo(c)}, nil
}

func (s *subsidyServer) CertifyTreasuryClaim(ctx context.Context, r *sanadv1.CertifyTreasuryClaimRequest) (*sanadv1.CertifyTreasuryClaimResponse, error) {
	id, err := treasury.ParseClaimID(r.GetClaim())
	if err != nil {
		return nil, err
	}
	c, err := s.treasury.Certify(ctx, id, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.CertifyTreasuryClaimResponse{Claim: claimTo(c)}, nil
}

func (s *subsidyServer) SendTreasuryClaim(ctx context.Context, r *sanadv1.SendTreasuryClaimRequest) (*sanadv1.SendTreasuryClaimResponse, error) {
	id, err := treasury.ParseClaimID(r.GetClaim())
	if err != nil {
		return nil, err
	}
	c, err := s.treasury.Send(ctx, id, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.SendTreasuryClaimResponse{Claim: claimTo(c)}, nil
}

func (s *subsidyServer) VerifyTreasuryClaim(ctx context.Context, r *sanadv1.VerifyTreasuryClaimRequest) (*sanadv1.VerifyTreasuryClaimResponse, error) {
	id, err := treasury.ParseClaimID(r.GetClaim())
	if err != nil {
		return nil, err
	}
	verdicts, err := verdictsFrom(r.GetVerdicts())
	if err != nil {
		return nil, err
	}
	c, err := s.treasury.Verify(ctx, id, verdicts, r.GetComplete(), r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.VerifyTreasuryClaimResponse{Claim: claimTo(c)}, nil
}

func (s *subsidyServer) ReclaimTreasuryLines(ctx context.Context, r *sanadv1.ReclaimTreasuryLinesRequest) (*sanadv1.ReclaimTreasuryLinesResponse, error) {
	id, err := treasury.ParseClaimID(r.GetClaim())
	if err != nil {
		return nil, err
	}
	lines, err := lineIDsFrom(r.GetLineIds())
	if err != nil {
		return nil, err
	}
	anew, err := s.treasury.Reclaim(ctx, id, r.GetPerson(), lines...)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ReclaimTreasuryLinesResponse{ReclaimedLines: int32(anew)}, nil
}

func (s *subsidyServer) RecordTreasuryPayment(ctx context.Context, r *sanadv1.RecordTreasuryPaymentRequest) (*sanadv1.RecordTreasuryPaymentResponse, error) {
	payment, err := paymentFrom(r)
	if err != nil {
		return nil, err
	}
	amount, err := moneyFrom("amount", r.GetAmount())
	if err != nil {
		return nil, err
	}
	payment.Minor, payment.Currency = amount.Minor, amount.Currency
	paid, c, repeated, err := s.treasury.Pay(ctx, payment)
	if err != nil {
		return nil, err
	}
	return &sanadv1.RecordTreasuryPaymentResponse{Claim: claimTo(c), Payment: paymentTo(c, paid), Repeated: repeated}, nil
}

func paymentFrom(r *sanadv1.RecordTreasuryPaymentRequest) (p treasury.Payment, err error) {
	p = treasury.Payment{Reference: r.GetReference(), Bank: r.GetBankAccount(), Person: r.GetPerson()}
	if p.Claim, err = treasury.ParseClaimID(r.GetClaim()); err != nil {
		return p, err
	}
	p.On, err = dateFrom("on", r.GetOn())
	return p, err
}

func (s *subsidyServer) GetTreasuryClaim(ctx context.Context, r *sanadv1.GetTreasuryClaimRequest) (*sanadv1.GetTreasuryClaimResponse, error) {
	id, err := treasury.ParseClaimID(r.GetClaim())
	if err != nil {
		return nil, err
	}
	whole, err := s.treasury.WholeClaim(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &sanadv1.GetTreasuryClaimResponse{Claim: claimTo(whole.Claim)}
	for _, share := range whole.Shares {
		out.Shares = append(out.Shares, shareTo(whole.Claim, share))
	}
	for _, payment := range whole.Payments {
		out.Payments = append(out.Payments, paymentTo(whole.Claim, payment))
	}
	return out, nil
}

func (s *subsidyServer) ListTreasuryClaims(ctx context.Context, r *sanadv1.ListTreasuryClaimsRequest) (*sanadv1.ListTreasuryClaimsResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	q := treasury.ClaimsQuery{Funder: insurance.FunderID(r.GetFunder()), Scheme: ledger.SchemeCode(r.GetScheme()), Limit: limit}
	if r.GetPageToken() != "" {
		if q.After, err = treasury.ParseClaimID(r.GetPageToken()); err != nil {
			return nil, insurance.Fault{Field: "page_token", Reason: "PAGE_TOKEN_INVALID", Text: "send the token of the last page as it came"}
		}
	}
	claims, err := s.treasury.Claims(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &sanadv1.ListTreasuryClaimsResponse{Claims: mapped(claims, claimTo)}
	if len(claims) == limit {
		out.NextPageToken = claims[limit-1].ID.String()
	}
	return out, nil
}

func (s *subsidyServer) ListTreasuryClaimLines(ctx context.Context, r *sanadv1.ListTreasuryClaimLinesRequest) (*sanadv1.ListTreasuryClaimLinesResponse, error) {
	q, err := linesFrom(r)
	if err != nil {
		return nil, err
	}
	c, err := s.treasury.Claim(ctx, q.Claim)
	if err != nil {
		return nil, err
	}
	lines, err := s.treasury.Lines(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &sanadv1.ListTreasuryClaimLinesResponse{Lines: claimLinesTo(c, lines)}
	if len(lines) == q.Limit {
		out.NextPageToken = lines[q.Limit-1].ID.String()
	}
	return out, nil
}

func linesFrom(r *sanadv1.ListTreasuryClaimLinesRequest) (q treasury.LinesQuery, err error) {
	if q.Claim, err = treasury.ParseClaimID(r.GetClaim()); err != nil {
		return q, err
	}
	if q.Limit, err = limitOf(r.GetPageSize()); err != nil {
		return q, err
	}
	q.Outcome = lineOutcomes[r.GetOutcome()]
	if r.GetPageToken() != "" {
		q.After, err = lineIDFrom("page_token", r.GetPageToken())
	}
	return q, err
}

// pieceOfExport is how many bytes of an exported claim go into one message.
const pieceOfExport = 64 << 10

func (s *subsidyServer) ExportTreasuryClaim(r *sanadv1.ExportTreasuryClaimRequest, stream grpc.ServerStreamingServer[sanadv1.ExportTreasuryClaimResponse]) error {
	if err := validate(r); err != nil {
		return err
	}
	id, err := treasury.ParseClaimID(r.GetClaim())
	if err != nil {
		return err
	}
	file := bufio.NewWriterSize(pieces(func(csv []byte) error {
		return stream.Send(&sanadv1.ExportTreasuryClaimResponse{Csv: csv})
	}), pieceOfExport)
	if err := s.treasury.Export(stream.Context(), id, file); err != nil {
		return err
	}
	return file.Flush()
}

// pieces writes by sending each piece as it comes.
type pieces func([]byte) error

// Write sends one piece.
func (send pieces) Write(piece []byte) (int, error) { return len(piece), send(piece) }

func (s *subsidyServer) DrawSample(ctx context.Context, r *sanadv1.DrawSampleRequest) (*sanadv1.DrawSampleResponse, error) {
	id, err := treasury.ParseClaimID(r.GetClaim())
	if err != nil {
		return nil, err
	}
	c, lines, err := s.treasury.Sample(ctx, id, int(r.GetSize()), r.GetSeed(), r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.DrawSampleResponse{Claim: claimTo(c), Lines: claimLinesTo(c, lines)}, nil
}
