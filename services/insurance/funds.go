package insurance

import (
	"crypto/sha256"
	"fmt"

	"sanad.dev/sanad/ledger"
)

// FundAccount names a pool of a scheme in the books: whose sub-ledger its income, expenses and fund balance are.
type FundAccount struct {
	Scheme   ledger.SchemeCode
	Pool     Pool
	Currency ledger.Currency
}

// Account is the pool's account of that code.
func (f FundAccount) Account(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: f.Pool.Party(), Scheme: f.Scheme, Currency: f.Currency}
}

// Balance is the account of the pool's fund balance: 3100, 3200 or 3300.
func (f FundAccount) Balance() ledger.Account { return f.Account(f.Pool.Fund()) }

// String prints "health of basic in JOD".
func (f FundAccount) String() string {
	return fmt.Sprintf("%s of %s in %s", f.Pool, f.Scheme, f.Currency)
}

// PoolSum is an amount of a pool in minor units, over how many things, and the day of the oldest; zero where there is none.
type PoolSum struct {
	FundAccount
	Minor  int64
	Count  int64
	Oldest ledger.Date
}

// Pools lists the pools.
func Pools() []Pool { return []Pool{Health, Maternity, OldAge} }

// YearEndID names the entry that carries a pool's result of a calendar year into its fund balance, by what it is: there
// is one for each fund and year.
func YearEndID(year int, fund ledger.Account) ledger.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "year-end %d %s", year, fund))
	return ledger.ID(sum[:16])
}

// The reasons of faults about pools.
const (
	FundUnknown      = "FUND_UNKNOWN"
	CallUnknown      = "GUARANTOR_CALL_UNKNOWN"
	CallConfirmed    = "GUARANTOR_CALL_CONFIRMED"
	PoolNotShort     = "POOL_NOT_SHORT"
	GuarantorMissing = "GUARANTOR_MISSING"
	FundMonthClosed  = "FUND_MONTH_CLOSED"
	FundTermsUnknown = "FUND_TERMS_UNKNOWN"
	CallDiffers      = "GUARANTOR_CALL_DIFFERS"
)
