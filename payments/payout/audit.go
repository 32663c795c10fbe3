package payout

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
)

// Totals is what payouts say that the books must hold.
func (s *Service) Totals(ctx context.Context) (totals []RailTotal, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		totals, err = tx.PayoutTotals(ctx)
		return err
	})
	return totals, err
}

// Audit compares the entries of payouts with the payouts themselves: what is in transit on each rail, and what has left
// its float. It takes part in the verification of the books, and is asked for its differences after it.
type Audit struct {
	transit map[ledger.Account]int64
	left    map[ledger.Account]int64
	before  []RailTotal
}

// NewAudit makes the audit of books in which payouts come to these totals.
func NewAudit(totals []RailTotal) *Audit {
	a := &Audit{transit: map[ledger.Account]int64{}, left: map[ledger.Account]int64{}, before: totals}
	for _, t := range totals {
		p := Payout{Rail: t.Rail, Scheme: t.Scheme, Amount: ledger.Money{Currency: t.Currency}}
		a.transit[p.transit()] -= t.Transit
		a.left[float(t.Rail, t.Currency)] -= t.Left
	}
	return a
}

// Examine takes an entry off what the payouts come to.
func (a *Audit) Examine(e ledger.Entry) {
	switch e.Kind {
	case KindApproved, KindSettled, KindFailed, KindReturned, KindFee:
	default:
		return
	}
	for _, p := range e.Postings {
		switch p.Account.Code {
		case ledger.PayoutsInTransit:
			a.transit[p.Account] -= p.Net()
		case ledger.RailFloat:
			a.left[p.Account] -= p.Net()
		}
	}
}

// Findings are none: what the payouts come to must be read again first, which Differences is given.
func (a *Audit) Findings() []ledger.Finding { return nil }

// Differences are the accounts on which the books hold something else than the payouts come to. Where the totals are
// others by now, payouts went on while the books were read, and the two can't be compared: that is the second result.
func (a *Audit) Differences(after []RailTotal) (findings []ledger.Finding, moved bool) {
	if !slices.Equal(a.before, after) {
		return nil, true
	}
	for _, of := range []map[ledger.Account]int64{a.transit, a.left} {
		for account, difference := range of {
			if difference != 0 {
				findings = append(findings, ledger.Finding{Law: "L6", Party: account.Party, Account: account.String(),
					Text: fmt.Sprintf("the books and the payouts differ by %s", ledger.Money{Minor: difference, Currency: account.Currency})})
			}
		}
	}
	return findings, false
}
