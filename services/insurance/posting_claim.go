package insurance

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"

	"sanad.dev/sanad/ledger"
)

// The kinds of entry by which benefits are owed.
const (
	KindBenefit        ledger.Kind = "benefit"
	KindBenefitLowered ledger.Kind = "benefit-lowered"
)

// Owed is what is owed to one payee under a claim, and who bears it.
type Owed struct {
	// Bearer is a pool, or a funder where the benefit is borne by one; Payee a member or a provider.
	Bearer, Payee ledger.Party
	Minor         int64
}

// BenefitMove is what a decision changes of what is owed to one payee under a claim: the difference between what is due
// and what is booked (L6).
type BenefitMove struct {
	ID ledger.ID
	// Claim is what it is booked under, and Number the move's own among those of the claim, from 1.
	Claim    ledger.ID
	Number   int
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	On       ledger.Date
	Payee    ledger.Party
	Changes  []OwedChange
}

// OwedChange is what changes of what one bearer owes, in minor units: more, or less where Minor is negative. Recovered is
// the part of less that the payee has been paid already and must give back; the rest is not paid out.
type OwedChange struct {
	Bearer    ledger.Party
	Minor     int64
	Recovered int64
}

// BenefitMoved books a move: what is added is incurred by the pool, or due from the funder, and payable to the payee. A
// lowering is booked the other way round; what was paid already is recovered from the payee (L8).
func BenefitMoved(m BenefitMove) (ledger.Entry, error) {
	kind, postings := KindBenefit, []ledger.Posting(nil)
	payable := ledger.Account{Code: ledger.BenefitsPayable, Party: m.Payee, Scheme: m.Scheme, Currency: m.Currency}
	recoverable := payable
	recoverable.Code = ledger.Recoverable
	for _, c := range m.Changes {
		borne, err := m.borneBy(c.Bearer)
		if err != nil {
			return ledger.Entry{}, err
		}
		lowered := -c.Minor
		switch {
		case c.Minor > 0:
			postings = append(postings, ledger.Dr(borne, c.Minor), ledger.Cr(payable, c.Minor))
			continue
		case c.Recovered < 0 || c.Recovered > lowered:
			return ledger.Entry{}, fmt.Errorf("%w: claim %s lowers by %d and recovers %d", ledger.ErrInvalid, m.Claim, lowered, c.Recovered)
		}
		kind = KindBenefitLowered
		postings = appendDebit(postings, payable, lowered-c.Recovered)
		postings = appendDebit(postings, recoverable, c.Recovered)
		postings = append(postings, ledger.Cr(borne, lowered))
	}
	e, err := ledger.NewEntry(m.ID, kind, m.On, postings...)
	e.Reason = fmt.Sprintf("%s%s/%d", claimReason, m.Claim, m.Number)
	return e, cmp.Or(err, e.Check())
}

func appendDebit(postings []ledger.Posting, a ledger.Account, minor int64) []ledger.Posting {
	if minor == 0 {
		return postings
	}
	return append(postings, ledger.Dr(a, minor))
}

// borneBy is the account of who bears a benefit: a pool's expense, or what a funder owes for it.
func (m BenefitMove) borneBy(bearer ledger.Party) (ledger.Account, error) {
	a := ledger.Account{Code: ledger.BenefitsIncurred, Party: bearer, Scheme: m.Scheme, Currency: m.Currency}
	switch bearer.Kind() {
	case ledger.PoolKind:
		return a, nil
	case ledger.FunderKind:
		a.Code = ledger.SubsidyReceivable
		return a, nil
	}
	return a, fmt.Errorf("%w: a benefit is borne by a pool or a funder, not by %s", ledger.ErrInvalid, bearer)
}

// claimReason begins the reason of an entry that is booked under a claim.
const claimReason = "CLAIM:"

var reasonOfClaimMove = regexp.MustCompile(`^` + claimReason + `([0-9a-f]{32})/([1-9][0-9]{0,8})$`)

// BenefitOf reads a move back from its entry; false for every other entry.
func BenefitOf(e ledger.Entry) (BenefitMove, bool) {
	parts := reasonOfClaimMove.FindStringSubmatch(e.Reason)
	if parts == nil || e.Kind != KindBenefit && e.Kind != KindBenefitLowered {
		return BenefitMove{}, false
	}
	m := BenefitMove{ID: e.ID, On: e.ValueOn, Currency: e.Currency()}
	m.Claim, _ = ledger.ParseID(parts[1])
	m.Number, _ = strconv.Atoi(parts[2])
	recovered := int64(0)
	for _, p := range e.Postings {
		switch p.Account.Code {
		case ledger.BenefitsPayable:
			m.Payee, m.Scheme = p.Account.Party, p.Account.Scheme
		case ledger.Recoverable:
			m.Payee, m.Scheme = p.Account.Party, p.Account.Scheme
			recovered += p.Debit
		default:
			m.Changes = append(m.Changes, OwedChange{p.Account.Party, p.Net(), recovered})
			recovered = 0
		}
	}
	return m, true
}
