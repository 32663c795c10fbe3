package treasury

import (
	"context"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Payment is what a funder has paid for a claim, under its own reference; negative where it was paid back.
type Payment struct {
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	Claim       ClaimID
	Reference   string
	// Minor is the amount in minor units of the currency, which is the claim's.
	Minor    int64
	Currency ledger.Currency
	// Bank is the name of the bank account that the money came to.
	Bank       string
	On         ledger.Date
	Person     string
	RecordedAt time.Time
}

func (p Payment) check() error {
	if err := checkReference(p.Reference); err != nil {
		return err
	}
	if err := insurance.CollectorID(p.Bank).Check(); err != nil {
		return insurance.Fault{Field: "bank_account", Reason: "BANK_ACCOUNT_INVALID", Text: "use lower-case letters, digits and hyphens"}
	}
	if _, err := ledger.NewDate(p.On.Year(), p.On.Month(), p.On.Day()); err != nil {
		return insurance.Fault{Field: "on", Reason: "DATE_INVALID", Text: "say on which day the money came"}
	}
	return checkPerson(p.Person)
}

// Pay books a payment for a verified claim: at the bank, and on the budget lines of its grants from granted to paid. The
// same payment again is answered as the first time, and true (L3).
func (s *Service) Pay(ctx context.Context, p Payment) (paid Payment, after Claim, repeated bool, err error) {
	if err := p.check(); err != nil {
		return p, after, false, err
	}
	p.ID = s.name("claim-payment", p.Claim.Funder, p.Reference)
	p.Fingerprint = s.fingerprint("claim-payment", p.Claim.String(), p.Reference, minorText(p.Minor), string(p.Currency), p.Bank, dayText(p.On))
	after, err = s.change(ctx, p.Claim, func(ctx context.Context, tx Tx, c Claim, _ time.Time) (Claim, error) {
		before, seen, err := tx.Payment(ctx, p.ID)
		if paid, repeated = p, seen; err != nil {
			return c, err
		}
		if seen && before.Fingerprint != p.Fingerprint {
			return c, insurance.Fault{Field: "reference", Reason: insurance.ReferenceReused, Text: "another payment was recorded under this reference"}
		}
		if seen {
			paid, paid.Currency = before, c.Currency
			return c, nil
		}
		if p.Currency != c.Currency {
			return c, insurance.Fault{Field: "amount.currency_code", Reason: "CURRENCY_MISMATCH", Text: "the claim is in " + string(c.Currency)}
		}
		c, err = c.pay(p.Minor)
		if err != nil {
			return c, err
		}
		paid, err = s.bookPayment(ctx, tx, c, p)
		return c, err
	})
	return paid, after, repeated, err
}

// bookPayment writes the payment's entries, the payment, and what each budget line has been paid.
func (s *Service) bookPayment(ctx context.Context, tx Tx, c Claim, p Payment) (Payment, error) {
	parts, err := tx.Shares(ctx, c.ID)
	if err != nil {
		return p, err
	}
	allotted := allot(p.Minor, parts)
	entries, err := s.paymentEntries(c, p, parts, allotted)
	if err != nil {
		return p, err
	}
	page, err := tx.Page(ctx, ledger.Need{Entries: idsOf(entries)})
	if err != nil {
		return p, err
	}
	if _, err := page.Post(entries...); err != nil {
		return p, err
	}
	if err := tx.Save(ctx, page); err != nil {
		return p, err
	}
	for i := range parts {
		parts[i].Paid += allotted[i]
	}
	if err := tx.SaveShares(ctx, c.ID, parts...); err != nil {
		return p, err
	}
	p.RecordedAt = page.RecordedAt()
	return p, tx.SavePayment(ctx, p)
}

func (s *Service) paymentEntries(c Claim, p Payment, parts []BudgetShare, allotted []int64) ([]ledger.Entry, error) {
	booking := s.bookingOf(c, p.ID, p.Minor, p.On)
	booking.Fingerprint = p.Fingerprint
	e, err := insurance.ClaimPaid(booking, p.Bank)
	if err != nil {
		return nil, err
	}
	entries := []ledger.Entry{e}
	for i, part := range parts {
		if part.Year == 0 || allotted[i] == 0 {
			continue
		}
		line := part.of(c)
		e, err := insurance.BudgetPaid(insurance.Budgeted{
			ID: ledger.ID(s.Keys.Hash("treasury-budget-payment", p.ID.String(), string(line.Party()))), Line: line, Minor: allotted[i], On: p.On,
		})
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
