package api

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/funds"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// fundServer serves FundService.
type fundServer struct {
	sanadv1.UnimplementedFundServiceServer
	funds *funds.Service
}

// GetFunds tells how pools stand.
func (s *fundServer) GetFunds(ctx context.Context, r *sanadv1.GetFundsRequest) (*sanadv1.GetFundsResponse, error) {
	in, err := dateFrom("in", r.GetIn())
	if err != nil {
		return nil, err
	}
	q := funds.Query{Scheme: ledger.SchemeCode(r.GetScheme())}
	if in != 0 {
		q.Month = in.Period()
	}
	reports, err := s.funds.Reports(ctx, q)
	if err != nil {
		return nil, err
	}
	return &sanadv1.GetFundsResponse{Funds: mapped(reports, fundReportTo)}, nil
}

// RunCession brings a family of pools to where it ought to be.
func (s *fundServer) RunCession(ctx context.Context, r *sanadv1.RunCessionRequest) (*sanadv1.RunCessionResponse, error) {
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	run, err := s.funds.RunCession(ctx, ledger.SchemeCode(r.GetScheme()), on, r.GetPerson())
	if err != nil {
		return nil, err
	}
	out := &sanadv1.RunCessionResponse{National: string(run.National), On: dateTo(run.On), Moves: mapped(run.Moves, poolMoveTo), Calls: mapped(run.Calls, callTo)}
	for _, short := range run.Short {
		out.Shortages = append(out.Shortages, &sanadv1.Shortage{
			Scheme: string(short.Fund.Scheme), Pool: poolTo(short.Fund.Pool), Amount: minorTo(short.Fund, short.Minor), Waiting: poolSumTo(short.Waiting, short.Today),
		})
	}
	return out, nil
}

// CallGuarantor calls the guarantor of a pool.
func (s *fundServer) CallGuarantor(ctx context.Context, r *sanadv1.CallGuarantorRequest) (*sanadv1.CallGuarantorResponse, error) {
	call, err := s.funds.CallGuarantor(ctx, ledger.SchemeCode(r.GetScheme()), pools[r.GetPool()], r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.CallGuarantorResponse{Call: callTo(call)}, nil
}

// ConfirmCall records that a guarantor's money has come.
func (s *fundServer) ConfirmCall(ctx context.Context, r *sanadv1.ConfirmCallRequest) (*sanadv1.ConfirmCallResponse, error) {
	id, err := ledger.ParseID(r.GetCallId())
	if err != nil {
		return nil, insurance.Fault{Field: "call_id", Reason: insurance.CallUnknown, Text: "no call has that id; list them"}
	}
	received, err := moneyFrom("received", r.GetReceived())
	if err != nil {
		return nil, err
	}
	on, err := dateFrom("on", r.GetOn())
	if err != nil {
		return nil, err
	}
	receipt := funds.Receipt{Received: received.Minor, Bank: r.GetBankAccount(), ReceivedOn: on}
	call, proposal, err := s.funds.ConfirmCall(ctx, id, received.Currency, receipt, r.GetPerson())
	if err != nil {
		return nil, err
	}
	return &sanadv1.ConfirmCallResponse{Call: callTo(call), Approval: approvalTo(proposal)}, nil
}

// ListGuarantorCalls lists calls on guarantors.
func (s *fundServer) ListGuarantorCalls(ctx context.Context, r *sanadv1.ListGuarantorCallsRequest) (*sanadv1.ListGuarantorCallsResponse, error) {
	calls, err := s.funds.Calls(ctx, funds.CallQuery{Scheme: ledger.SchemeCode(r.GetScheme()), OpenOnly: r.GetOpenOnly()})
	if err != nil {
		return nil, err
	}
	return &sanadv1.ListGuarantorCallsResponse{Calls: mapped(calls, callTo)}, nil
}

func minorTo(f insurance.FundAccount, minor int64) *sanadv1.Money {
	return moneyTo(ledger.Money{Minor: minor, Currency: f.Currency})
}

func poolTo(p insurance.Pool) sanadv1.Pool {
	for code, name := range pools {
		if name == p {
			return code
		}
	}
	return sanadv1.Pool_POOL_UNSPECIFIED
}

func fundReportTo(r funds.Report) *sanadv1.FundReport {
	money := func(minor int64) *sanadv1.Money { return minorTo(r.Fund, minor) }
	return &sanadv1.FundReport{
		Scheme: string(r.Fund.Scheme), Pool: poolTo(r.Fund.Pool), On: dateTo(r.Month.LastDay()), National: string(r.National), Guarantor: string(r.Guarantor),
		FundBalance: money(r.FundBalance), Result: money(r.Result), Balance: money(r.Balance),
		Undecided: poolSumTo(r.UndecidedClaims, r.Today), NotReported: money(r.NotReported), Provided: money(r.Provided),
		Solvency: money(r.Solvency), Floor: money(r.Floor), UnderFloor: money(r.Under()), Earned: money(r.Earned), Incurred: money(r.Incurred),
		LossRatio: ratioTo(r.LossRatio()), MonthsOfReserve: ratioTo(r.MonthsOfReserve()),
		Ceded: money(r.Ceded), Recovered: money(r.Recovered), Borrowed: money(r.Borrowed), Lent: money(r.Lent), Called: money(r.Called),
		Waiting: poolSumTo(r.Waiting, r.Today),
	}
}

func poolSumTo(s insurance.PoolSum, today ledger.Date) *sanadv1.PoolSum {
	out := &sanadv1.PoolSum{Amount: minorTo(s.FundAccount, s.Minor), Count: s.Count, Oldest: dateTo(s.Oldest)}
	if s.Oldest != 0 {
		out.OldestDays = int32(today.Time().Sub(s.Oldest.Time()) / day)
	}
	return out
}

// ratioTo writes a fraction exactly, and as a decimal of four places.
func ratioTo(n exact.Number, known bool) *sanadv1.Ratio {
	if !known {
		return nil
	}
	return &sanadv1.Ratio{Fraction: fmt.Sprintf("%s/%s", n.Num(), n.Denom()), Decimal: new(big.Rat).SetFrac(n.Num(), n.Denom()).FloatString(ratioPlaces)}
}

const (
	ratioPlaces = 4
	day         = 24 * time.Hour
)

var poolMoveKinds = map[ledger.Kind]sanadv1.PoolMoveKind{
	insurance.KindCeded:     sanadv1.PoolMoveKind_POOL_MOVE_KIND_CEDED,
	insurance.KindRecovered: sanadv1.PoolMoveKind_POOL_MOVE_KIND_RECOVERED,
	insurance.KindPoolLoan:  sanadv1.PoolMoveKind_POOL_MOVE_KIND_LOAN,
}

func poolMoveTo(m insurance.PoolMove) *sanadv1.PoolMove {
	return &sanadv1.PoolMove{EntryId: m.ID.String(), Kind: poolMoveKinds[m.Kind], Scheme: string(m.Group.Scheme), Pool: poolTo(m.Group.Pool), Amount: minorTo(m.Group, m.Minor)}
}

var callStates = map[funds.CallState]sanadv1.GuarantorCallState{
	funds.CallOpen:      sanadv1.GuarantorCallState_GUARANTOR_CALL_STATE_OPEN,
	funds.CallConfirmed: sanadv1.GuarantorCallState_GUARANTOR_CALL_STATE_CONFIRMED,
}

func callTo(c funds.Call) *sanadv1.GuarantorCall {
	return &sanadv1.GuarantorCall{
		Id: c.ID.String(), Scheme: string(c.Fund.Scheme), Pool: poolTo(c.Fund.Pool), Number: int32(c.Number), Guarantor: string(c.Guarantor),
		Amount: minorTo(c.Fund, c.Minor), CalledOn: dateTo(c.CalledOn), CalledBy: c.CalledBy, State: callStates[c.State],
		Received: minorTo(c.Fund, c.Received), BankAccount: c.Bank, ReceivedOn: dateTo(c.ReceivedOn), Maker: c.Maker, Approver: c.Approver,
		RecordedAt: timestamppb.New(c.RecordedAt),
	}
}
