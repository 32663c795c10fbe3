package insurance

import (
	"strings"

	"sanad.dev/sanad/ledger"
)

// Given is what an entry changes of what a member has given in a scheme: more, or less where Minor is negative.
type Given struct {
	Scheme ledger.SchemeCode
	Minor  int64
	Payer  PayerKind
	// TakenBackBy is the collector whose reversal took it back; empty else.
	TakenBackBy CollectorID
}

// payerReason begins the reason of a contribution that somebody else than the member gave.
const payerReason = "PAYER_"

// reasonOfPayer is how a contribution's entry carries who gave it: nothing where the member did.
func reasonOfPayer(kind PayerKind) string {
	if kind == "" || kind == PayerSelf {
		return ""
	}
	return payerReason + strings.ToUpper(string(kind))
}

// reasonOfClaim is how the entry that moves a contribution to its member carries why, and who gave it where she did not:
// "WRONG_NUMBER SPONSOR".
func reasonOfClaim(reason string, kind PayerKind) string {
	if kind == "" || kind == PayerSelf {
		return reason
	}
	return reason + " " + strings.ToUpper(string(kind))
}

// CodedReason is the reason of an entry without who gave the money.
func CodedReason(e ledger.Entry) string {
	if e.Kind != KindClaimed {
		return e.Reason
	}
	code, _, _ := strings.Cut(e.Reason, " ")
	return code
}

// PayerOf is who gave the money that an entry places with a member; empty for herself.
func PayerOf(e ledger.Entry) PayerKind {
	word := ""
	switch e.Kind {
	case KindContribution:
		_, word, _ = strings.Cut(e.Reason, payerReason)
	case KindClaimed:
		_, word, _ = strings.Cut(e.Reason, " ")
	}
	return PayerKind(strings.ToLower(word))
}

// GivenBy reads what an entry changes of what its member has given; false for an entry that changes nothing of it. Find
// finds the entry that one undoes.
func GivenBy(e ledger.Entry, find func(ledger.ID) (ledger.Entry, bool)) (Given, bool) {
	if !e.Party.Held() {
		return Given{}, false
	}
	given := Given{Scheme: e.Postings[len(e.Postings)-1].Account.Scheme, Minor: Placed(e).Minor}
	switch e.Kind {
	case KindContribution, KindClaimed:
		given.Payer = PayerOf(e)
		return given, true
	case KindTakenBack, KindReversed, ledger.KindReversal:
		target, ok := find(e.Undoes)
		if !ok {
			return Given{}, false
		}
		given, ok = GivenBy(target, find)
		given.Minor = -given.Minor
		if e.Kind != KindTakenBack {
			given.TakenBackBy = collectorOf(e)
		}
		return given, ok
	}
	return Given{}, false
}

// collectorOf is the collector through whose clearing an entry goes.
func collectorOf(e ledger.Entry) CollectorID {
	for _, p := range e.Postings {
		if p.Account.Party.Kind() == ledger.CollectorKind {
			return CollectorID(p.Account.Party.ID())
		}
	}
	return ""
}
