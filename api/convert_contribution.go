package api

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
)

var payerKinds = map[sanadv1.PayerKind]insurance.PayerKind{
	sanadv1.PayerKind_PAYER_KIND_SELF:        insurance.PayerSelf,
	sanadv1.PayerKind_PAYER_KIND_FAMILY:      insurance.PayerFamily,
	sanadv1.PayerKind_PAYER_KIND_SPONSOR:     insurance.PayerSponsor,
	sanadv1.PayerKind_PAYER_KIND_COOPERATIVE: insurance.PayerCooperative,
}

func contributionFrom(c *sanadv1.Contribution) (collection.Sent, error) {
	amount, valueTime, err := amountAndTime(c.GetAmount(), c.GetValueTime(), c.GetUnreadable() != "")
	if err != nil {
		return collection.Sent{}, err
	}
	return collection.Sent{Contribution: &insurance.Contribution{
		Collector: insurance.CollectorID(c.GetCollector()), Reference: c.GetReference(),
		Payer: c.GetPayer(), PayerPhone: c.GetPayerPhone(), PayerKind: payerKinds[c.GetPayerKind()],
		Member: referenceFrom(c.GetMember()), Scheme: ledger.SchemeCode(c.GetScheme()), Account: insurance.AccountLabel(c.GetAccount()),
		Amount: amount, ValueTime: valueTime, Unreadable: c.GetUnreadable(),
	}}, nil
}

// amountAndTime reads what every item has. A line that could not be read may lack either.
func amountAndTime(m *sanadv1.Money, t *timestamppb.Timestamp, unreadable bool) (amount ledger.Money, at time.Time, err error) {
	if m != nil || !unreadable {
		if amount, err = moneyFrom("amount", m); err != nil {
			return amount, at, err
		}
	}
	at, err = timeFrom("value_time", t)
	return amount, at, err
}

func reversalFrom(r *sanadv1.Reversal) (collection.Sent, error) {
	amount, valueTime, err := amountAndTime(r.GetAmount(), r.GetValueTime(), r.GetUnreadable() != "")
	if err != nil {
		return collection.Sent{}, err
	}
	return collection.Sent{Reversal: &insurance.Reversal{
		Collector: insurance.CollectorID(r.GetCollector()), Reference: r.GetReference(), Original: r.GetOriginalReference(),
		Amount: amount, ValueTime: valueTime, Unreadable: r.GetUnreadable(),
	}}, nil
}

func withdrawalFrom(w *sanadv1.Withdrawal) (collection.Sent, error) {
	amount, valueTime, err := amountAndTime(w.GetAmount(), w.GetValueTime(), w.GetUnreadable() != "")
	if err != nil {
		return collection.Sent{}, err
	}
	return collection.Sent{Withdrawal: &insurance.Withdrawal{
		Collector: insurance.CollectorID(w.GetCollector()), Reference: w.GetReference(),
		Amount: amount, ValueTime: valueTime, BankAccount: w.GetBankAccount(), Unreadable: w.GetUnreadable(),
	}}, nil
}

func contributionTo(c *insurance.Contribution) *sanadv1.Contribution {
	if c == nil {
		return nil
	}
	out := &sanadv1.Contribution{
		Collector: string(c.Collector), Reference: c.Reference, Payer: c.Payer, PayerPhone: c.PayerPhone,
		Member: referenceTo(c.Member), Scheme: string(c.Scheme), Amount: moneyTo(c.Amount),
		ValueTime: timeTo(c.ValueTime), Unreadable: c.Unreadable, Account: string(c.Account),
	}
	for kind, name := range payerKinds {
		if name == c.PayerKind {
			out.PayerKind = kind
		}
	}
	return out
}

var states = map[collection.State]sanadv1.ContributionState{
	collection.Posted:    sanadv1.ContributionState_CONTRIBUTION_STATE_POSTED,
	collection.Suspended: sanadv1.ContributionState_CONTRIBUTION_STATE_SUSPENSE,
	collection.Reversed:  sanadv1.ContributionState_CONTRIBUTION_STATE_REVERSED,
	collection.Unread:    sanadv1.ContributionState_CONTRIBUTION_STATE_UNREAD,
}

func receiptTo(r collection.Receipt) *sanadv1.Receipt {
	out := &sanadv1.Receipt{
		Id: r.ID.String(), State: states[r.State], Repeated: r.Repeated, MemberId: string(r.Member), Reason: r.Reason,
		ValueDate: dateTo(r.ValueOn), BookingDate: dateTo(r.BookedOn), RecordedAt: timeTo(r.RecordedAt),
		Postings: postingsTo(r.Postings), Scheme: string(r.Scheme),
	}
	if len(r.Postings) > 0 {
		out.Amount = moneyTo(insurance.Placed(ledger.Entry{Postings: r.Postings}))
	}
	return out
}

func resultOf(o sqldb.Outcome[collection.Receipt]) *sanadv1.ItemResult {
	if o.Err != nil {
		return &sanadv1.ItemResult{Result: &sanadv1.ItemResult_Refusal{Refusal: refusalOf(o.Err)}}
	}
	return &sanadv1.ItemResult{Result: &sanadv1.ItemResult_Receipt{Receipt: receiptTo(o.Answer)}}
}
