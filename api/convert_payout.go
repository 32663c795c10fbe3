package api

import (
	"fmt"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

var payoutStates = map[payout.State]sanadv1.PayoutState{
	payout.StateRequested: sanadv1.PayoutState_PAYOUT_STATE_REQUESTED,
	payout.StateApproved:  sanadv1.PayoutState_PAYOUT_STATE_APPROVED,
	payout.StateSending:   sanadv1.PayoutState_PAYOUT_STATE_SENDING,
	payout.StateSent:      sanadv1.PayoutState_PAYOUT_STATE_SENT,
	payout.StateSettled:   sanadv1.PayoutState_PAYOUT_STATE_SETTLED,
	payout.StateFailed:    sanadv1.PayoutState_PAYOUT_STATE_FAILED,
	payout.StateReturned:  sanadv1.PayoutState_PAYOUT_STATE_RETURNED,
	payout.StateUnknown:   sanadv1.PayoutState_PAYOUT_STATE_UNKNOWN,
}

var payoutStatesFrom = func() map[sanadv1.PayoutState]payout.State {
	from := map[sanadv1.PayoutState]payout.State{}
	for state, wire := range payoutStates {
		from[wire] = state
	}
	return from
}()

var payoutBatchStates = map[payout.BatchState]sanadv1.PayoutBatchState{
	payout.Drawing:  sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_DRAWING,
	payout.Made:     sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_MADE,
	payout.Agreed:   sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_APPROVED,
	payout.Declined: sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_DECLINED,
}

var decisionsFrom = map[sanadv1.PayoutDecision]payout.Decision{
	sanadv1.PayoutDecision_PAYOUT_DECISION_PAID:       payout.FoundPaid,
	sanadv1.PayoutDecision_PAYOUT_DECISION_NOT_PAID:   payout.FoundNotPaid,
	sanadv1.PayoutDecision_PAYOUT_DECISION_SEND_AGAIN: payout.SendAgain,
}

var decisionsTo = map[payout.Decision]sanadv1.PayoutDecision{
	payout.FoundPaid:    sanadv1.PayoutDecision_PAYOUT_DECISION_PAID,
	payout.FoundNotPaid: sanadv1.PayoutDecision_PAYOUT_DECISION_NOT_PAID,
	payout.SendAgain:    sanadv1.PayoutDecision_PAYOUT_DECISION_SEND_AGAIN,
}

var payoutOutcomes = map[sanadv1.PayoutOutcome]payout.Outcome{
	sanadv1.PayoutOutcome_PAYOUT_OUTCOME_ACCEPTED: payout.Accepted,
	sanadv1.PayoutOutcome_PAYOUT_OUTCOME_SETTLED:  payout.Settled,
	sanadv1.PayoutOutcome_PAYOUT_OUTCOME_FAILED:   payout.Failed,
	sanadv1.PayoutOutcome_PAYOUT_OUTCOME_RETURNED: payout.Returned,
}

var destinationKinds = map[sanadv1.DestinationKind]payout.DestinationKind{
	sanadv1.DestinationKind_DESTINATION_KIND_WALLET: payout.Wallet,
	sanadv1.DestinationKind_DESTINATION_KIND_BANK:   payout.BankAccount,
}

var destinationKindsTo = map[payout.DestinationKind]sanadv1.DestinationKind{
	payout.Wallet:      sanadv1.DestinationKind_DESTINATION_KIND_WALLET,
	payout.BankAccount: sanadv1.DestinationKind_DESTINATION_KIND_BANK,
}

func destinationFrom(d *sanadv1.Destination) payout.Destination {
	return payout.Destination{Kind: destinationKinds[d.GetKind()], Account: d.GetAccount()}
}

// payoutLineFrom reads a line and the currency that its amount is in; a line without an amount is in the one given.
func payoutLineFrom(field string, l *sanadv1.PayoutLine, currency ledger.Currency) (payout.Line, ledger.Currency, error) {
	line := payout.Line{Party: ledger.Party(l.GetParty()), Scheme: ledger.SchemeCode(l.GetScheme())}
	if l.GetDestination() != nil {
		line.To = destinationFrom(l.GetDestination())
	}
	if l.GetAmount() == nil {
		return line, currency, nil
	}
	amount, err := moneyFrom(field+".amount", l.GetAmount())
	switch {
	case err != nil:
		return line, currency, err
	case amount.Minor <= 0:
		return line, currency, payout.Fault{Field: field + ".amount", Reason: "AMOUNT_INVALID", Text: "an amount is above zero; leave it out for all that is payable"}
	case currency != "" && amount.Currency != currency:
		return line, currency, payout.Fault{Field: field + ".amount.currency_code", Reason: "CURRENCY_MISMATCH", Text: "all lines are in the currency of the declared total"}
	}
	line.Minor = amount.Minor
	return line, amount.Currency, nil
}

func batchRequestFrom(r *sanadv1.CreateBatchRequest) (payout.BatchRequest, error) {
	total, err := moneyFrom("declared_total", r.GetDeclaredTotal())
	if err != nil {
		return payout.BatchRequest{}, err
	}
	request := payout.BatchRequest{
		Reference: r.GetReference(), Person: r.GetPerson(), Rail: r.GetRail(), Pool: ledger.Party(r.GetPool()),
		Declared: payout.Sum{Count: int(r.GetDeclaredCount()), Total: total},
		AllOf:    payout.AllOf{Scheme: ledger.SchemeCode(r.GetAllOf().GetScheme()), Kind: r.GetAllOf().GetKind()},
	}
	for n, l := range r.GetLines() {
		line, _, err := payoutLineFrom(fmt.Sprintf("lines[%d]", n), l, total.Currency)
		if err != nil {
			return request, err
		}
		request.Lines = append(request.Lines, line)
	}
	return request, nil
}

func payoutTo(p payout.Payout) *sanadv1.Payout {
	out := &sanadv1.Payout{
		Id: p.ID.String(), Key: p.Key().String(), Batch: p.Batch.String(), Line: int32(p.Line), Party: string(p.Party),
		Scheme: string(p.Scheme), Pool: string(p.Pool), Amount: moneyTo(p.Amount), Rail: p.Rail,
		DestinationKind: destinationKindsTo[p.Kind], State: payoutStates[p.State], Reason: p.Reason, ReasonText: payout.Explained(p.Reason),
		Contradiction: p.Contradiction, RequestedAt: timeTo(p.RequestedAt), ChangedAt: timeTo(p.ChangedAt), RailReference: p.Reference,
		Fee: moneyTo(ledger.Money{Minor: p.Fee, Currency: p.Amount.Currency}), Attempts: int32(p.Attempts),
		Proposed: decisionsTo[p.Resolution.Decision], ProposedBy: p.Resolution.Person,
	}
	if !p.FollowedBy.IsZero() {
		out.FollowedBy = p.FollowedBy.String()
	}
	return out
}

func payoutBatchTo(b payout.Batch) *sanadv1.PayoutBatch {
	out := &sanadv1.PayoutBatch{
		Id: b.ID.String(), Reference: b.Reference, Rail: b.Rail, Pool: string(b.Pool), State: payoutBatchStates[b.State], Reason: b.Reason,
		Maker: b.Maker, Approver: b.Approver, MadeAt: timeTo(b.MadeAt), ApprovedAt: timeTo(b.AgreedAt),
		DeclaredCount: int32(b.Declared.Count), DeclaredTotal: moneyTo(b.Declared.Total),
		FoundCount: int32(b.Found.Count), FoundTotal: moneyTo(b.Found.Total),
	}
	if !b.Follows.IsZero() {
		out.Follows = b.Follows.String()
	}
	return out
}

func batchReportTo(r payout.BatchReport) *sanadv1.GetBatchReportResponse {
	out := &sanadv1.GetBatchReportResponse{
		Batch: payoutBatchTo(r.Batch), Open: r.Open, Failed: mapped(r.Failed, payoutTo), Unknown: mapped(r.Unknown, payoutTo),
		Held: int32(r.Held), Holds: mapped(r.Holds, holdTo), ToFollow: int32(r.ToFollow),
	}
	for _, s := range r.Sums {
		money := func(minor int64) *sanadv1.Money {
			return moneyTo(ledger.Money{Minor: minor, Currency: r.Declared.Total.Currency})
		}
		out.Sums = append(out.Sums, &sanadv1.PayoutSum{
			State: payoutStates[s.State], Reason: s.Reason, ReasonText: payout.Explained(s.Reason), Count: int32(s.Count),
			Total: money(s.Minor), Fees: money(s.Fee),
		})
	}
	return out
}

func payoutEventTo(e payout.Event) *sanadv1.PayoutEvent {
	return &sanadv1.PayoutEvent{
		Number: int32(e.Number), At: timeTo(e.At), By: e.By, What: string(e.What), Outcome: string(e.Outcome),
		State: payoutStates[e.State], Reason: e.Reason,
	}
}

func holdFrom(h *sanadv1.PayoutHold) payout.Hold {
	return payout.Hold{Party: ledger.Party(h.GetParty()), Scheme: ledger.SchemeCode(h.GetScheme()), Reason: h.GetReason(), Person: h.GetPerson()}
}

func holdTo(h payout.Hold) *sanadv1.PayoutHold {
	return &sanadv1.PayoutHold{
		Party: string(h.Party), Scheme: string(h.Scheme), Reason: h.Reason, Person: h.Person, HeldAt: timeTo(h.At),
		ReleasedAt: timeTo(h.ReleasedAt), ReleasedBy: h.ReleasedBy,
	}
}
