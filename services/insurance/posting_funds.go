package insurance

import (
	"fmt"

	"sanad.dev/sanad/ledger"
)

// The rules of posting of the pools that bear benefits, and of who stands behind them:
//
//	event                                         debit                    credit
//	a group's pool cedes                          5400 pool, group         4400 pool, national
//	it recovers above its retention               5100 pool, national      5150 pool, group
//	the national pool lends                       1600 pool, national      2850 pool, group
//	  … what was ceded, recovered or lent less    the same the other way round
//	a guarantor has paid its call                 1000 bank account        4400 pool
//	outstanding claims, on a period's last day    5100 pool                2400 pool
//	  … on the day after it                       2400 pool                5100 pool
//
// A loan changes no pool's balance: what one has less in hand the other owes. What a guarantor gives is not given back.

// The kinds of entry of pools.
const (
	KindCeded       ledger.Kind = "ceded"
	KindRecovered   ledger.Kind = "recovered-by-cession"
	KindPoolLoan    ledger.Kind = "pool-loan"
	KindGuarantee   ledger.Kind = "guarantee-paid"
	KindOutstanding ledger.Kind = "outstanding-claims"
	KindReleased    ledger.Kind = "outstanding-claims-released"
)

// PoolMove is what passes between a group's pool and the national one that stands behind it, or back where Minor is
// negative: the difference between what is due and what is booked (L6).
type PoolMove struct {
	ID              ledger.ID
	Kind            ledger.Kind
	Group, National FundAccount
	// Minor is in minor units of the currency, which is one.
	Minor int64
	On    ledger.Date
}

// PoolMoved books a move between pools.
func PoolMoved(m PoolMove) (ledger.Entry, error) {
	debit, credit, err := m.accounts()
	if err != nil {
		return ledger.Entry{}, err
	}
	minor := m.Minor
	if minor < 0 {
		minor, debit, credit = -minor, credit, debit
	}
	return ledger.NewEntry(m.ID, m.Kind, m.On, ledger.Dr(debit, minor), ledger.Cr(credit, minor))
}

func (m PoolMove) accounts() (debit, credit ledger.Account, err error) {
	switch m.Kind {
	case KindCeded:
		return m.Group.Account(ledger.ContributionsCeded), m.National.Account(ledger.CessionIncome), nil
	case KindRecovered:
		return m.National.Account(ledger.BenefitsIncurred), m.Group.Account(ledger.BenefitsRecovered), nil
	case KindPoolLoan:
		return m.National.Account(ledger.LoansToPools), m.Group.Account(ledger.LoansFromPools), nil
	}
	return debit, credit, fmt.Errorf("%w: %s is no move between pools", ledger.ErrInvalid, m.Kind)
}

// GuaranteePaid books what a guarantor has paid for a pool over a bank account. The entry names the guarantor.
func GuaranteePaid(id ledger.ID, f FundAccount, guarantor FunderID, minor int64, bank string, on ledger.Date) (ledger.Entry, error) {
	account := ledger.Account{Code: ledger.Bank, Party: ledger.Party(ledger.BankKind + ":" + bank), Currency: f.Currency}
	e, err := ledger.NewEntry(id, KindGuarantee, on, ledger.Dr(account, minor), ledger.Cr(f.Account(ledger.CessionIncome), minor))
	e.Reason = "GUARANTOR:" + string(guarantor)
	return e, err
}

// Outstanding books what a pool's claims that are not decided, and those that are not reported, will cost it.
func Outstanding(id ledger.ID, f FundAccount, minor int64, on ledger.Date) (ledger.Entry, error) {
	return ledger.NewEntry(id, KindOutstanding, on,
		ledger.Dr(f.Account(ledger.BenefitsIncurred), minor), ledger.Cr(f.Account(ledger.OutstandingClaims), minor))
}

// OutstandingReleased takes it back on the day after: a new estimate takes its place when the next period ends. It is no
// reversal, for what was estimated did count on its day.
func OutstandingReleased(id ledger.ID, f FundAccount, minor int64, on ledger.Date) (ledger.Entry, error) {
	return ledger.NewEntry(id, KindReleased, on,
		ledger.Dr(f.Account(ledger.OutstandingClaims), minor), ledger.Cr(f.Account(ledger.BenefitsIncurred), minor))
}
