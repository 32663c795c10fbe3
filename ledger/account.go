package ledger

import (
	"fmt"
	"strings"
)

// Party is whose sub-ledger an account is: a kind and an id, such as "member:7ab3…", "collector:mpesa-jo" or
// "pool:health". A member's id is opaque (L11).
type Party string

// The kinds of party.
const (
	MemberKind    = "member"
	CollectorKind = "collector"
	GroupKind     = "group"
	FunderKind    = "funder"
	PoolKind      = "pool"
	BankKind      = "bank"
	PayerKind     = "payer"
	BudgetKind    = "budget"
	ProviderKind  = "provider"
	InsurerKind   = "insurer"
	RailKind      = "rail"
	CustodianKind = "custodian"
)

// longestParty bounds a party's name in bytes.
const longestParty = 72

// NewParty makes a party of a kind and an id, or returns [ErrInvalid].
func NewParty(kind, id string) (Party, error) {
	p := Party(kind + ":" + id)
	return p, p.check()
}

// Kind is what the party is, such as "member".
func (p Party) Kind() string {
	kind, _, _ := strings.Cut(string(p), ":")
	return kind
}

// ID is the party's id within its kind.
func (p Party) ID() string {
	_, id, _ := strings.Cut(string(p), ":")
	return id
}

// Held says that the party's balances stand in one row of her own, which a posting locks. The accounts of all others
// are shared by many and are sums of additions that lock nothing.
func (p Party) Held() bool { return p.Kind() == MemberKind }

func (p Party) check() error {
	kind, id, found := strings.Cut(string(p), ":")
	if !found || kind == "" || id == "" || len(p) > longestParty || !partyText(kind, id) {
		return fmt.Errorf("%w: party %.80q is not of the form kind:id", ErrInvalid, string(p))
	}
	return nil
}

// partyText says whether the kind is lower-case letters, and the id lower-case letters, digits and inner . _ or -.
func partyText(kind, id string) bool {
	for _, r := range kind {
		if r < 'a' || r > 'z' {
			return false
		}
	}
	for i, r := range id {
		word := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !word && (i == 0 || !strings.ContainsRune("._-", r)) {
			return false
		}
	}
	return true
}

// SchemeCode is the short name of a scheme; empty for an account that belongs to none.
type SchemeCode string

// longestScheme bounds a scheme's code in bytes.
const longestScheme = 32

// Account is one account of the books: a control account, the party whose it is, the scheme and the currency.
type Account struct {
	Code     Code
	Party    Party
	Scheme   SchemeCode
	Currency Currency
}

// String prints "2100 member:7ab3 basic JOD".
func (a Account) String() string {
	return fmt.Sprintf("%d %s %s %s", a.Code, a.Party, a.Scheme, a.Currency)
}

func (a Account) check() error {
	if _, ok := a.Code.Control(); !ok {
		return fmt.Errorf("%w: account %d is not in the chart", ErrInvalid, a.Code)
	}
	if len(a.Scheme) > longestScheme || strings.ContainsFunc(string(a.Scheme), notSchemeRune) {
		return fmt.Errorf("%w: scheme %.40q", ErrInvalid, string(a.Scheme))
	}
	if _, err := a.Currency.Decimals(); err != nil {
		return err
	}
	return a.Party.check()
}

func notSchemeRune(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }

// Normal turns a net balance (debits less credits) into one on the account's normal side.
func (a Account) Normal(net int64) int64 {
	if control, _ := a.Code.Control(); control.Debit {
		return net
	}
	return -net
}
