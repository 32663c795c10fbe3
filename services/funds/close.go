package funds

import (
	"context"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// BookOutstanding books, in the transaction that closes a month, what each pool's outstanding claims will cost it on the
// month's last day, and takes it back on the day after. Nothing else may be booked into the month meanwhile.
func (s *Service) BookOutstanding(ctx context.Context, tx Tx, month ledger.Period) ([]ledger.Entry, error) {
	r, err := read(ctx, tx, month)
	if err != nil {
		return nil, err
	}
	var entries []ledger.Entry
	for _, p := range r.pools {
		minor := p.Figures.Undecided + p.Figures.NotReported - p.Figures.Provided
		if minor <= 0 {
			continue
		}
		booked, err := insurance.Outstanding(s.outstandingID("booked", p.Fund, month), p.Fund, minor, month.LastDay())
		if err != nil {
			return nil, err
		}
		released, err := insurance.OutstandingReleased(s.outstandingID("released", p.Fund, month), p.Fund, minor, month.Next().FirstDay())
		if err != nil {
			return nil, err
		}
		entries = append(entries, booked, released)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	return entries, post(ctx, tx, entries...)
}

func (s *Service) outstandingID(what string, fund insurance.FundAccount, month ledger.Period) ledger.ID {
	return ledger.ID(s.Keys.Hash("outstanding-"+what, string(fund.Scheme), string(fund.Pool), string(fund.Currency), month.String()))
}
