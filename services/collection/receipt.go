package collection

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// receiptOf is the answer that an entry was given when it was booked.
func receiptOf(e ledger.Entry) Receipt {
	r := Receipt{
		ID: e.ID, State: stateOf(e), Reason: insurance.CodedReason(e), ValueOn: e.ValueOn, BookedOn: e.BookedOn,
		RecordedAt: e.RecordedAt, Postings: e.Postings, Scheme: lastPosting(e).Account.Scheme,
	}
	if e.Party.Held() {
		r.Member = insurance.MemberID(e.Party.ID())
	}
	return r
}

func lastPosting(e ledger.Entry) ledger.Posting { return e.Postings[len(e.Postings)-1] }

// repeated is the answer to what was sent before.
func repeated(e ledger.Entry) Receipt {
	if e.ID.IsZero() {
		return Receipt{}
	}
	r := receiptOf(e)
	r.Repeated = true
	return r
}

// stateOf says where an entry puts its contribution.
func stateOf(e ledger.Entry) State {
	switch e.Kind {
	case insurance.KindSuspended, insurance.KindReversalHeld, insurance.KindWithdrawalHeld, insurance.KindTakenBack:
		return Suspended
	case ledger.KindReversal, insurance.KindReversed, insurance.KindArrivedReverse:
		return Reversed
	}
	return Posted
}
