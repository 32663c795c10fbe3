// Package closing closes the books' periods: months, and years whose income and expense are first carried into each
// pool's fund balance. It takes two people; nothing is booked into a closed period afterwards (L7).
package closing

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Tx is one transaction on the books and on what two people agree to.
type Tx interface {
	ledger.Tx
	Proposal(ctx context.Context, key string) (*insurance.Proposal, error)
	SaveProposal(ctx context.Context, p insurance.Proposal) error
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service closes periods.
type Service struct {
	Store Store
	// Provide books what belongs to the last day of a month before it is closed, such as outstanding claims; nil for
	// nothing.
	Provide func(ctx context.Context, tx Tx, month ledger.Period) error
}

// Close proposes, or for a second person carries out, closing the month; with year, the month is the last of a
// calendar year and income and expense are carried forward by entries, which are returned.
func (s *Service) Close(ctx context.Context, month ledger.Period, year bool, person string) (p insurance.Proposal, carried []ledger.Entry, err error) {
	key := fmt.Sprintf("close-month:%s", month)
	if year {
		month = ledger.Period(month.Year()*100 + 12)
		key = fmt.Sprintf("close-year:%d", month.Year())
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		carried = nil
		before, err := tx.Proposal(ctx, key)
		if err != nil {
			return err
		}
		after, carryOut, err := insurance.Agree(before, person)
		if err != nil {
			return err
		}
		if carryOut {
			carried, err = s.closePeriod(ctx, tx, month, year)
		}
		if err != nil {
			return err
		}
		p = after
		return tx.SaveProposal(ctx, after)
	})
	return p, carried, err
}

// closePeriod takes the calendar for itself, so that nothing more is booked, provides, carries the year forward and closes.
func (s *Service) closePeriod(ctx context.Context, tx Tx, month ledger.Period, year bool) ([]ledger.Entry, error) {
	if err := tx.HoldCalendar(ctx); err != nil {
		return nil, err
	}
	if s.Provide != nil {
		if err := s.Provide(ctx, tx, month); err != nil {
			return nil, err
		}
	}
	var carried []ledger.Entry
	if year {
		var err error
		if carried, err = carryForward(ctx, tx, month); err != nil {
			return nil, err
		}
	}
	return carried, tx.Close(ctx, month)
}

// carryForward books, for each pool, scheme and currency, one entry at the year's end.
func carryForward(ctx context.Context, tx Tx, month ledger.Period) ([]ledger.Entry, error) {
	results, err := poolResults(ctx, tx, month)
	if err != nil {
		return nil, err
	}
	page, err := tx.Page(ctx, ledger.Need{})
	if err != nil {
		return nil, err
	}
	var carried []ledger.Entry
	for _, r := range results {
		e, err := insurance.CarriedForward(insurance.YearEndID(month.Year(), r.fund), month.LastDay(), r.fund, r.accounts)
		if err != nil {
			return nil, fmt.Errorf("carry %s forward: %w", r.fund.Party, err)
		}
		posted, err := page.Post(e)
		if err != nil {
			return nil, err
		}
		carried = append(carried, posted...)
	}
	return carried, tx.Save(ctx, page)
}

// result is what one pool earned and spent in one scheme and currency.
type result struct {
	fund     ledger.Account
	accounts []ledger.Balance
}

// poolResults finds the income and expense accounts that do not stand at zero, by pool.
func poolResults(ctx context.Context, tx Tx, month ledger.Period) ([]result, error) {
	turnovers, err := tx.SharedTurnovers(ctx, month)
	if err != nil {
		return nil, err
	}
	var results []result
	index := map[ledger.Account]int{}
	for _, t := range turnovers {
		control, _ := t.Account.Code.Control()
		if control.Class != ledger.Income && control.Class != ledger.Expense || t.Net() == 0 {
			continue
		}
		fund := t.Account
		if fund.Code = insurance.Pool(t.Account.Party.ID()).Fund(); fund.Code == 0 {
			return nil, fmt.Errorf("%w: %s has no fund balance to be carried to", ledger.ErrInvalid, t.Account)
		}
		if _, ok := index[fund]; !ok {
			index[fund] = len(results)
			results = append(results, result{fund: fund})
		}
		r := &results[index[fund]]
		r.accounts = append(r.accounts, ledger.Balance{Account: t.Account, Net: t.Net()})
	}
	return results, nil
}
