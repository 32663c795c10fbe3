package payout

import (
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
)

// Hold keeps payouts that no rail was called for yet where they are: those of a party, or those that a pool bears, in
// one scheme or in all. What is under way goes on.
type Hold struct {
	// Party is a member, provider, payer or pool.
	Party ledger.Party
	// Scheme is empty for all schemes.
	Scheme ledger.SchemeCode
	// Reason is a code, such as DEATH_UNCONFIRMED. Several holds for different reasons stand side by side.
	Reason string
	Person string
	At     time.Time
	// PastAt and PastID name the youngest payout that goes on all the same, by when it was asked for and its id, so that
	// the oldest go first; with a zero instant none does.
	PastAt time.Time
	PastID ID
	// ReleasedAt is zero while it stands.
	ReleasedAt time.Time
	ReleasedBy string
}

// Check returns what is wrong with the hold's form.
func (h Hold) Check() error {
	if err := checkParty("party", h.Party, ledger.MemberKind, ledger.ProviderKind, ledger.PayerKind, ledger.PoolKind); err != nil {
		return err
	}
	if !reasonCode(h.Reason) {
		return fault("reason", "REASON_INVALID", "say why by a code of capitals, digits and underscores, such as DEATH_UNCONFIRMED")
	}
	return checkPerson(h.Person)
}

func reasonCode(s string) bool {
	const longest = 64
	outside := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' }
	return s != "" && len(s) <= longest && !strings.ContainsFunc(s, outside)
}

// keeps says whether the hold concerns the payout.
func (h Hold) keeps(p Payout) bool {
	return h.ReleasedAt.IsZero() && (h.Party == p.Party || h.Party == p.Pool) && (h.Scheme == "" || h.Scheme == p.Scheme) &&
		!h.Passes(p.RequestedAt, p.ID)
}
