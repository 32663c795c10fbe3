package insurance

import (
	"strings"

	"sanad.dev/sanad/ledger"
)

// Given is what an entry changes of what a member has given in a scheme: more, or less where Minor is negative.
type Given struct {
	Scheme ledger.SchemeCode
	Minor  int64
	Giving
	// TakenBackBy is the collector whose reversal took it back; empty else.
	TakenBackBy CollectorID
}

// Giving says how a contribution was given: by whom, and for which of the member's accounts.
type Giving struct {
	Payer   PayerKind
	Account AccountLabel
	// Unknown says that the scheme tells accounts apart and has none of that label. The money is hers all the same, and
	// the label stays as it was sent: a later version of the rules may know it (L5, L6).
	Unknown bool
}

// AccountUnknown is the reason with which a contribution is acknowledged whose account the scheme does not know.
const AccountUnknown = "ACCOUNT_UNKNOWN"

// How the reason of an entry carries a giving, in words: "PAYER_SPONSOR @MA", or "?XA" for an account that is not known.
const (
	payerReason    = "PAYER_"
	accountReason  = "@"
	accountUnknown = "?"
)

// account is the word for the account; empty where none was named.
func (g Giving) account() string {
	switch {
	case g.Account == "":
		return ""
	case g.Unknown:
		return accountUnknown + string(g.Account)
	}
	return accountReason + string(g.Account)
}

// payer is the word for who gave it; empty for the member herself.
func (g Giving) payer() string {
	if g.Payer == PayerSelf {
		return ""
	}
	return strings.ToUpper(string(g.Payer))
}

// reason is how a contribution's entry carries the giving: nothing where the member gave it and named no account.
func (g Giving) reason() string {
	payer := g.payer()
	if payer != "" {
		payer = payerReason + payer
	}
	return strings.TrimSpace(payer + " " + g.account())
}

// reasonOfClaim is how the entry that moves a contribution to its member carries why, and the giving:
// "WRONG_NUMBER SPONSOR @MA".
func (g Giving) reasonOfClaim(reason string) string {
	for _, word := range []string{g.payer(), g.account()} {
		if word != "" {
			reason += " " + word
		}
	}
	return reason
}

// CodedReason is the reason of an entry without who gave the money and for which account; that the scheme does not know
// the account is the reason of a contribution.
func CodedReason(e ledger.Entry) string {
	code, _, _ := strings.Cut(e.Reason, " ")
	switch {
	case e.Kind == KindClaimed:
		return code
	case e.Kind != KindContribution:
		return e.Reason
	case GivingOf(e).Unknown:
		return AccountUnknown
	case strings.HasPrefix(code, accountReason):
		return ""
	}
	return code
}

// GivingOf is how the money was given that an entry places with a member.
func GivingOf(e ledger.Entry) (g Giving) {
	rest := ""
	switch e.Kind {
	case KindContribution:
		rest = e.Reason
	case KindClaimed:
		_, rest, _ = strings.Cut(e.Reason, " ")
	}
	for rest != "" {
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		switch {
		case strings.HasPrefix(word, accountReason):
			g.Account = AccountLabel(word[len(accountReason):])
		case strings.HasPrefix(word, accountUnknown):
			g.Account, g.Unknown = AccountLabel(word[len(accountUnknown):]), true
		default:
			g.Payer = PayerKind(strings.ToLower(strings.TrimPrefix(word, payerReason)))
		}
	}
	return g
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
		given.Giving = GivingOf(e)
		return given, true
	case KindTakenBack, KindReversed, ledger.KindReversal:
		target, ok := find(e.Undoes)
		if !ok {
			return Given{}, false
		}
		given, ok = GivenBy(target, find)
		given.Minor = -given.Minor
		if e.Kind != KindTakenBack {
			given.TakenBackBy = CollectorOf(e)
		}
		return given, ok
	}
	return Given{}, false
}

// CollectorOf is the collector through whose clearing an entry goes.
func CollectorOf(e ledger.Entry) CollectorID {
	for _, p := range e.Postings {
		if p.Account.Party.Kind() == ledger.CollectorKind {
			return CollectorID(p.Account.Party.ID())
		}
	}
	return ""
}
