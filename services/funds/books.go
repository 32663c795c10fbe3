package funds

import (
	"context"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// books are the accounts of all pools at the ends of three months.
type books struct {
	month                  ledger.Period
	now, lastYear, earlier map[insurance.FundAccount]Books
}

// The first month that the books can have, and how months are written: 202603.
const (
	firstMonth   ledger.Period = 1900_01
	monthsInYear ledger.Period = 100
)

// decemberBefore is the last month of the year before a month's.
func decemberBefore(month ledger.Period) ledger.Period {
	return (month/monthsInYear-1)*monthsInYear + december
}

// yearBefore is the same month of the year before.
func yearBefore(month ledger.Period) ledger.Period { return month - monthsInYear }

func monthOf(month ledger.Period) int { return int(month % monthsInYear) }

func readBooks(ctx context.Context, tx Tx, month ledger.Period) (b *books, err error) {
	b = &books{month: month}
	if b.now, err = readPools(ctx, tx, month); err != nil {
		return nil, err
	}
	if b.lastYear, err = readPools(ctx, tx, decemberBefore(month)); err != nil {
		return nil, err
	}
	b.earlier, err = readPools(ctx, tx, yearBefore(month))
	return b, err
}

// readPools reads what stands on the accounts of pools at the end of a month.
func readPools(ctx context.Context, tx Tx, through ledger.Period) (map[insurance.FundAccount]Books, error) {
	turnovers, err := tx.SharedTurnovers(ctx, max(through, firstMonth))
	found := map[insurance.FundAccount]Books{}
	for _, t := range turnovers {
		fund := insurance.FundAccount{Scheme: t.Account.Scheme, Pool: insurance.Pool(t.Account.Party.ID()), Currency: t.Account.Currency}
		if t.Account.Party.Kind() != ledger.PoolKind || fund.Pool.Fund() == 0 {
			continue
		}
		if found[fund] == nil {
			found[fund] = Books{}
		}
		found[fund][t.Account.Code] += t.Net()
	}
	return found, err
}

// funds are the pools that have something in the books.
func (b *books) funds() map[insurance.FundAccount]bool {
	all := map[insurance.FundAccount]bool{}
	for fund := range b.now {
		all[fund] = true
	}
	return all
}

func (b *books) input(fund insurance.FundAccount, terms rule.FundTerms, undecided insurance.PoolSum, closed map[int]Books) Input {
	return Input{Fund: fund, Terms: terms, Now: b.now[fund], LastYear: b.lastYear[fund], Earlier: b.earlier[fund],
		Closed: closed, Month: b.month, Undecided: undecided}
}

// yearEnds reads the entries that have carried results into the fund balances, in the month's year and the one before.
func yearEnds(ctx context.Context, tx Tx, month ledger.Period, funds map[insurance.FundAccount]bool) (map[insurance.FundAccount]map[int]Books, error) {
	type key struct {
		fund insurance.FundAccount
		year int
	}
	names, ids := map[ledger.ID]key{}, []ledger.ID(nil)
	for fund := range funds {
		for year := month.Year() - 1; year <= month.Year(); year++ {
			if last := ledger.Period(year)*monthsInYear + december; last > month {
				continue
			}
			id := insurance.YearEndID(year, fund.Balance())
			names[id], ids = key{fund, year}, append(ids, id)
		}
	}
	entries, err := tx.Entries(ctx, ids...)
	closed := map[insurance.FundAccount]map[int]Books{}
	for _, e := range entries {
		k, ok := names[e.ID]
		if !ok {
			continue
		}
		if closed[k.fund] == nil {
			closed[k.fund] = map[int]Books{}
		}
		carried := Books{}
		for _, p := range e.Postings {
			carried[p.Account.Code] += p.Net()
		}
		closed[k.fund][k.year] = carried
	}
	return closed, err
}
