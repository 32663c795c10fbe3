package api

import (
	"context"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

// payoutServer serves PayoutService.
type payoutServer struct {
	sanadv1.UnimplementedPayoutServiceServer
	payouts *payout.Service
}

func (s *payoutServer) RequestPayout(ctx context.Context, r *sanadv1.RequestPayoutRequest) (*sanadv1.RequestPayoutResponse, error) {
	line, currency, err := payoutLineFrom("line", r.GetLine(), ledger.Currency(r.GetCurrencyCode()))
	if err != nil {
		return nil, err
	}
	p, b, err := s.payouts.RequestPayout(ctx, payout.BatchRequest{
		Reference: r.GetReference(), Person: r.GetPerson(), Rail: r.GetRail(), Pool: ledger.Party(r.GetPool()),
		Declared: payout.Sum{Total: ledger.Money{Currency: currency}}, Lines: []payout.Line{line},
	})
	if err != nil {
		return nil, err
	}
	return &sanadv1.RequestPayoutResponse{Payout: payoutTo(p), Batch: payoutBatchTo(b)}, nil
}

func (s *payoutServer) CreateBatch(ctx context.Context, r *sanadv1.CreateBatchRequest) (*sanadv1.CreateBatchResponse, error) {
	request, err := batchRequestFrom(r)
	if err != nil {
		return nil, err
	}
	b, err := s.payouts.CreateBatch(ctx, request)
	if err != nil {
		return nil, err
	}
	return &sanadv1.CreateBatchResponse{Batch: payoutBatchTo(b)}, nil
}

func (s *payoutServer) ApproveBatch(ctx context.Context, r *sanadv1.ApproveBatchRequest) (*sanadv1.ApproveBatchResponse, error) {
	id, err := payout.ParseID(r.GetBatch())
	if err != nil {
		return nil, err
	}
	b, err := s.payouts.ApproveBatch(ctx, id, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.ApproveBatchResponse{Batch: payoutBatchTo(b)}, nil
}

func (s *payoutServer) DeclineBatch(ctx context.Context, r *sanadv1.DeclineBatchRequest) (*sanadv1.DeclineBatchResponse, error) {
	id, err := payout.ParseID(r.GetBatch())
	if err != nil {
		return nil, err
	}
	b, err := s.payouts.DeclineBatch(ctx, id, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.DeclineBatchResponse{Batch: payoutBatchTo(b)}, nil
}

func (s *payoutServer) ListBatches(ctx context.Context, r *sanadv1.ListBatchesRequest) (*sanadv1.ListBatchesResponse, error) {
	limit, err := limitOf(r.GetPageSize())
	if err != nil {
		return nil, err
	}
	found, next, err := s.payouts.Batches(ctx, r.GetPageToken(), limit)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListBatchesResponse{Batches: mapped(found, payoutBatchTo), NextPageToken: next}, nil
}

func (s *payoutServer) GetBatchReport(ctx context.Context, r *sanadv1.GetBatchReportRequest) (*sanadv1.GetBatchReportResponse, error) {
	id, err := payout.ParseID(r.GetBatch())
	if err != nil {
		return nil, err
	}
	report, err := s.payouts.Report(ctx, id)
	if err != nil {
		return nil, err
	}
	return batchReportTo(report), nil
}

func (s *payoutServer) FollowUpBatch(ctx context.Context, r *sanadv1.FollowUpBatchRequest) (*sanadv1.FollowUpBatchResponse, error) {
	id, err := payout.ParseID(r.GetBatch())
	if err != nil {
		return nil, err
	}
	follow := payout.FollowRequest{Batch: id, Reference: r.GetReference(), Person: r.GetPerson()}
	if follow.Declared.Count = int(r.GetDeclaredCount()); follow.Declared.Count > 0 {
		if follow.Declared.Total, err = moneyFrom("declared_total", r.GetDeclaredTotal()); err != nil {
			return nil, err
		}
	}
	b, err := s.payouts.FollowUpBatch(ctx, follow)
	if err != nil {
		return nil, err
	}
	return &sanadv1.FollowUpBatchResponse{Batch: payoutBatchTo(b)}, nil
}

func (s *payoutServer) ListPayouts(ctx context.Context, r *sanadv1.ListPayoutsRequest) (*sanadv1.ListPayoutsResponse, error) {
	q, err := payoutsFrom(r)
	if err != nil {
		return nil, err
	}
	found, next, err := s.payouts.Payouts(ctx, q)
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListPayoutsResponse{Payouts: mapped(found, payoutTo), NextPageToken: next}, nil
}

func payoutsFrom(r *sanadv1.ListPayoutsRequest) (q payout.Query, err error) {
	q = payout.Query{Party: ledger.Party(r.GetParty()), Contradicted: r.GetContradicted(), After: r.GetPageToken()}
	if q.Limit, err = limitOf(r.GetPageSize()); err != nil {
		return q, err
	}
	for _, state := range r.GetStates() {
		q.States = append(q.States, payoutStatesFrom[state])
	}
	if r.GetBatch() != "" {
		q.Batch, err = payout.ParseID(r.GetBatch())
	}
	return q, err
}

func (s *payoutServer) GetPayout(ctx context.Context, r *sanadv1.GetPayoutRequest) (*sanadv1.GetPayoutResponse, error) {
	id, err := payout.ParseID(r.GetPayout())
	if err != nil {
		return nil, err
	}
	whole, err := s.payouts.Payout(ctx, id)
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetPayoutResponse{
		Payout: payoutTo(whole.Payout), Events: mapped(whole.Events, payoutEventTo), Holds: mapped(whole.Holds, holdTo),
	}, nil
}

func (s *payoutServer) WithdrawPayout(ctx context.Context, r *sanadv1.WithdrawPayoutRequest) (*sanadv1.WithdrawPayoutResponse, error) {
	id, err := payout.ParseID(r.GetPayout())
	if err != nil {
		return nil, err
	}
	p, err := s.payouts.Withdraw(ctx, id, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.WithdrawPayoutResponse{Payout: payoutTo(p)}, nil
}

func (s *payoutServer) ResolveUnknown(ctx context.Context, r *sanadv1.ResolveUnknownRequest) (*sanadv1.ResolveUnknownResponse, error) {
	id, err := payout.ParseID(r.GetPayout())
	if err != nil {
		return nil, err
	}
	p, err := s.payouts.ResolveUnknown(ctx, id, decisionsFrom[r.GetDecision()], r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.ResolveUnknownResponse{Payout: payoutTo(p)}, nil
}

func (s *payoutServer) HoldPayouts(ctx context.Context, r *sanadv1.HoldPayoutsRequest) (*sanadv1.HoldPayoutsResponse, error) {
	held, underWay, err := s.payouts.HoldPayouts(ctx, holdFrom(r.GetHold()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.HoldPayoutsResponse{Hold: holdTo(held), UnderWay: int32(underWay)}, nil
}

func (s *payoutServer) ReleaseHold(ctx context.Context, r *sanadv1.ReleaseHoldRequest) (*sanadv1.ReleaseHoldResponse, error) {
	released, err := s.payouts.ReleaseHold(ctx, holdFrom(r.GetHold()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.ReleaseHoldResponse{Hold: holdTo(released)}, nil
}

func (s *payoutServer) ListHolds(ctx context.Context, r *sanadv1.ListHoldsRequest) (*sanadv1.ListHoldsResponse, error) {
	holds, err := s.payouts.Holds(ctx, ledger.Party(r.GetParty()))
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListHoldsResponse{Holds: mapped(holds, holdTo)}, nil
}

func (s *payoutServer) SetDestination(ctx context.Context, r *sanadv1.SetDestinationRequest) (*sanadv1.SetDestinationResponse, error) {
	err := s.payouts.SetDestination(ctx, ledger.Party(r.GetParty()), r.GetRail(), destinationFrom(r.GetDestination()), r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.SetDestinationResponse{}, nil
}

func (s *payoutServer) TopUpFloat(ctx context.Context, r *sanadv1.TopUpFloatRequest) (*sanadv1.TopUpFloatResponse, error) {
	up := payout.TopUp{Rail: r.GetRail(), Bank: r.GetBankAccount(), Reference: r.GetReference(), Person: r.GetPerson()}
	var err error
	if up.Amount, err = moneyFrom("amount", r.GetAmount()); err != nil {
		return nil, err
	}
	if up.On, err = dateFrom("on", r.GetOn()); err != nil {
		return nil, err
	}
	if up, err = s.payouts.TopUpFloat(ctx, up); err != nil {
		return nil, err
	}
	return &sanadv1.TopUpFloatResponse{EntryId: up.ID.String(), Repeated: up.Repeated}, nil
}

// ReceiveCallback believes what a rail's own adapter has read and checked; a call that says no outcome is a knock at the
// door, upon which the rail is asked.
func (s *payoutServer) ReceiveCallback(ctx context.Context, r *sanadv1.ReceiveCallbackRequest) (*sanadv1.ReceiveCallbackResponse, error) {
	key, err := payout.ParseKey(r.GetKey())
	if err != nil {
		return nil, err
	}
	var p payout.Payout
	if r.GetOutcome() == sanadv1.PayoutOutcome_PAYOUT_OUTCOME_UNSPECIFIED {
		p, err = s.payouts.AskSoon(ctx, r.GetRail(), key)
	} else {
		p, err = s.receive(ctx, key, r)
	}
	if err != nil {
		return nil, err
	}
	return &sanadv1.ReceiveCallbackResponse{State: payoutStates[p.State]}, nil
}

func (s *payoutServer) receive(ctx context.Context, key payout.Key, r *sanadv1.ReceiveCallbackRequest) (payout.Payout, error) {
	report := payout.Report{Key: key, Outcome: payoutOutcomes[r.GetOutcome()], Reference: r.GetRailReference(), Reason: r.GetReason()}
	var err error
	if r.GetAmount() != nil {
		if report.Amount, err = moneyFrom("amount", r.GetAmount()); err != nil {
			return payout.Payout{}, err
		}
	}
	if r.GetFee() != nil {
		fee, err := moneyFrom("fee", r.GetFee())
		if err != nil {
			return payout.Payout{}, err
		}
		report.Fee = fee.Minor
	}
	return s.payouts.Receive(ctx, r.GetRail(), report)
}
