package treasury

import (
	"context"
	"math/big"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Execution is how far a budget line is used, in minor units of its currency; of heads in XXX. What was voted is always
// what is not released yet, plus what is left, committed and granted.
type Execution struct {
	Line
	On ledger.Date
	// Voted is the line's authority: votes, supplements and what was carried or vired to it, less what left it or lapsed.
	Voted int64
	// Released is what the warrants have released of it, used or not.
	Released int64
	// Committed is what is promised and not yet granted.
	Committed int64
	// Granted is what was granted, less clawbacks, paid or not.
	Granted int64
	// Paid is what of that the treasury has paid.
	Paid int64
	// Left is what is released and neither committed nor granted; Unreleased is what is not released yet.
	Left, Unreleased int64
	// Unmet is what is due to members but could not be granted.
	Unmet int64
	// Forecast is what will have been granted by the last day of the fiscal year if it goes on as so far: granted × days
	// of the year ÷ days gone by, both ends counted, rounded half up. On the last day and after it is what was granted.
	Forecast int64
}

// reported are the accounts that an execution is read from.
var reported = []ledger.Code{
	ledger.BudgetAuthority, ledger.BudgetVoted, ledger.BudgetReleased, ledger.BudgetCommitted,
	ledger.BudgetGranted, ledger.BudgetPaid, ledger.BudgetUnmet,
}

// accountsOf are the accounts that the line's execution is read from.
func accountsOf(line insurance.BudgetLine) []ledger.Account {
	accounts := make([]ledger.Account, len(reported))
	for i, code := range reported {
		accounts[i] = line.Account(code)
	}
	return accounts
}

// executed is the execution of a line whose accounts stand so on the day.
func executed(line Line, calendar insurance.FiscalCalendar, on ledger.Date, balances []ledger.Balance) Execution {
	stands := make([]int64, len(balances))
	for i, b := range balances {
		stands[i] = b.Money().Minor
	}
	authority, voted, released, committed, granted, paid, unmet := stands[0], stands[1], stands[2], stands[3], stands[4], stands[5], stands[6]
	x := Execution{
		Line: line, On: on, Voted: authority - unmet, Released: released + committed + granted + paid, Committed: committed,
		Granted: granted + paid, Paid: paid, Left: released, Unreleased: voted, Unmet: unmet,
	}
	x.Forecast = forecast(x.Granted, calendar.FirstDay(line.Year), calendar.LastDay(line.Year), on)
	return x
}

// forecast scales what was granted from the first day to the day to the whole year.
func forecast(granted int64, first, last, on ledger.Date) int64 {
	if granted <= 0 || on < first || on >= last {
		return granted
	}
	days, gone := big.NewInt(daysBetween(first, last)), big.NewInt(daysBetween(first, on))
	twice := new(big.Int).Lsh(big.NewInt(granted), 1)
	scaled := new(big.Int).Mul(twice, days)
	scaled.Add(scaled, gone).Quo(scaled, new(big.Int).Lsh(gone, 1))
	if !scaled.IsInt64() {
		return granted
	}
	return scaled.Int64()
}

// daysBetween counts the days from one day to another, both of them too.
func daysBetween(from, to ledger.Date) int64 {
	return int64(to.Time().Sub(from.Time())/(24*time.Hour)) + 1
}

// used says whether anything was ever voted, granted or due on the line in this currency.
func (x Execution) used() bool {
	return x.Voted != 0 || x.Unreleased != 0 || x.Released != 0 || x.Unmet != 0
}

// Executions says how far the lines asked for are used on a day: their money, and their heads where these are limited
// or counted. The zero day is today.
func (s *Service) Executions(ctx context.Context, q LineQuery, on ledger.Date) (all []Execution, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		all = nil
		lines, err := tx.BudgetLines(ctx, q)
		if err != nil {
			return err
		}
		day := on
		if day == 0 {
			now, err := tx.TreasuryNow(ctx)
			if err != nil {
				return err
			}
			day = dayOf(now)
		}
		all, err = executions(ctx, tx, lines, day)
		return err
	})
	return all, err
}

func executions(ctx context.Context, tx Tx, lines []Line, on ledger.Date) (all []Execution, err error) {
	funders, err := tx.Funders(ctx)
	if err != nil {
		return nil, err
	}
	var accounts []ledger.Account
	for _, line := range lines {
		accounts = append(append(accounts, accountsOf(line.BudgetLine)...), accountsOf(line.Heads())...)
	}
	balances, err := tx.SharedBalances(ctx, on, accounts...)
	if err != nil {
		return nil, err
	}
	n := len(reported)
	for i, line := range lines {
		calendar := funders[line.Funder].Calendar
		all = append(all, executed(line, calendar, on, balances[2*i*n:(2*i+1)*n]))
		byHeads := Line{line.Heads(), line.LineStatus}
		if heads := executed(byHeads, calendar, on, balances[(2*i+1)*n:(2*i+2)*n]); heads.used() {
			all = append(all, heads)
		}
	}
	return all, nil
}
