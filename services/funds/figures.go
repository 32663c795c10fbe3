package funds

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Books are what stands on a pool's accounts at the end of a month: debits less credits, in minor units, by code.
type Books map[ledger.Code]int64

// Input is all that a pool's figures are computed from.
type Input struct {
	Fund  insurance.FundAccount
	Terms rule.FundTerms
	// Now are the books at the end of the month reported on, LastYear those at the end of the December before, and Earlier
	// those twelve months before Now.
	Now, LastYear, Earlier Books
	// Closed are the year-end entries of the pool in that year and the one before, by year: what they carried into the fund
	// balance did not happen then.
	Closed map[int]Books
	Month  ledger.Period
	// Undecided are claims that were handed in by the month's last day and not decided by then.
	Undecided insurance.PoolSum
}

// Figures are how a pool stands at the end of a month, in minor units.
type Figures struct {
	// FundBalance is what earlier years have left, and Result is the year's so far. Balance is both.
	FundBalance, Result, Balance int64
	// Undecided and NotReported are the claims that are outstanding: of which Provided stand in the books, and so in the
	// result, already.
	Undecided, NotReported, Provided int64
	// Solvency is the balance after outstanding claims; Floor what it must be at least.
	Solvency, Floor int64
	// Earned are the year's earned contributions and subsidy; Incurred what the year's claims cost, outstanding ones with
	// them; Yearly the same over the twelve months that end with this one.
	Earned, Incurred, Yearly int64
	// Ceded and Recovered are what the pool passed on and was given back in the year, Benefits its claims approved in it.
	Ceded, Recovered, Benefits int64
	// Borrowed is what it owes the national pool, Lent what others owe it.
	Borrowed, Lent int64
}

// FiguresOf computes a pool's figures. Solvency is the fund balance and the year's result, after outstanding claims.
func FiguresOf(in Input) Figures {
	f := Figures{
		Result: in.resultOfYear(), Balance: -in.Now.of(in.Fund.Pool.Fund()) + in.Now.result(), Floor: in.Terms.Floor,
		Undecided: in.Undecided.Minor, Provided: -in.Now.of(ledger.OutstandingClaims),
		Earned: -in.year(ledger.EarnedContribution) - in.year(ledger.SubsidyIncome), Ceded: in.year(ledger.ContributionsCeded),
		Recovered: -in.year(ledger.BenefitsRecovered), Borrowed: -in.Now.of(ledger.LoansFromPools), Lent: in.Now.of(ledger.LoansToPools),
	}
	f.FundBalance = f.Balance - f.Result
	f.NotReported = in.notReported()
	open := f.Undecided + f.NotReported - f.Provided // what outstanding claims cost beyond what is booked for them
	f.Solvency = f.Balance - open
	f.Incurred = in.year(ledger.BenefitsIncurred) + open
	f.Yearly = in.twelve(ledger.BenefitsIncurred) + open
	f.Benefits = in.year(ledger.BenefitsIncurred) + in.year(ledger.OutstandingClaims)
	return f
}

func (b Books) of(code ledger.Code) int64 { return b[code] }

// result is income less expenses that have not been carried into the fund balance.
func (b Books) result() (sum int64) {
	for code, net := range b {
		if control, _ := code.Control(); control.Class == ledger.Income || control.Class == ledger.Expense {
			sum -= net
		}
	}
	return sum
}

// year is what was booked on an account since the year began.
func (in Input) year(code ledger.Code) int64 {
	return in.Now.of(code) - in.LastYear.of(code) - in.Closed[in.Month.Year()].of(code)
}

// twelve is what was booked on an account in the twelve months that end with this one. They hold the end of the year
// before, or where this one is December their own.
func (in Input) twelve(code ledger.Code) int64 {
	booked := in.Now.of(code) - in.Earlier.of(code) - in.Closed[in.Month.Year()].of(code)
	if monthOf(in.Month) != december {
		booked -= in.Closed[in.Month.Year()-1].of(code)
	}
	return booked
}

const december = 12

func (in Input) resultOfYear() (sum int64) {
	for _, control := range ledger.Chart() {
		if control.Class == ledger.Income || control.Class == ledger.Expense {
			sum -= in.year(control.Code)
		}
	}
	return sum
}

// notReported is the scheme's part of the claims approved in twelve months, half a unit upwards. What was set aside for
// outstanding claims was not approved.
func (in Input) notReported() int64 {
	approved := in.twelve(ledger.BenefitsIncurred) + in.Now.of(ledger.OutstandingClaims) - in.Earlier.of(ledger.OutstandingClaims)
	return part(in.Terms.NotReported, approved)
}

// part is a share of an amount, half a unit upwards; nothing of what is less than nothing.
func part(share exact.Number, minor int64) int64 {
	n, ok := share.Times(exact.Int(max(0, minor))).Round(exact.HalfUp, exact.Int(1)).Whole()
	if !ok {
		return 0 // a share is at most one, so that it can't be more than the amount
	}
	return n
}

// LossRatio is incurred claims over earned contributions and subsidy; false where nothing is earned.
func (f Figures) LossRatio() (exact.Number, bool) {
	if f.Earned <= 0 {
		return exact.Number{}, false
	}
	return exact.Share(f.Incurred, f.Earned), true
}

// MonthsOfReserve is for how many months the pool could pay claims as those of the last twelve; false where there were
// none.
func (f Figures) MonthsOfReserve() (exact.Number, bool) {
	if f.Yearly <= 0 {
		return exact.Number{}, false
	}
	return exact.Share(f.Solvency, f.Yearly).Times(exact.Int(monthsOfYear)), true
}

const monthsOfYear = 12

// Under is by how much the pool is under its floor.
func (f Figures) Under() int64 { return max(0, f.Floor-f.Solvency) }

// Means are what may be paid from: the balance with what is borrowed, less what is lent.
func (f Figures) Means() int64 { return f.Balance + f.Borrowed - f.Lent }

// Short is what the pool lacks to pay what it owes without going under its floor (L8).
func (f Figures) Short() int64 { return max(0, f.Floor-f.Means()) }
