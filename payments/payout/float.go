package payout

import (
	"context"
	"errors"
	"regexp"
	"time"

	"sanad.dev/sanad/ledger"
)

// TopUp is money that went from a bank account to a rail's float.
type TopUp struct {
	ID          ledger.ID
	Fingerprint ledger.Fingerprint
	Rail        string
	Amount      ledger.Money
	// Bank is the name of the bank account that it came from.
	Bank string
	On   ledger.Date
	// Reference is the bank's own for the transfer; sent again under it, it is booked once (L3).
	Reference string
	Person    string
	// RecordedAt is set by the store, and Repeated says that it was there before.
	RecordedAt time.Time
	Repeated   bool
}

// bankName is the form of a bank account's name.
var bankName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

func (t TopUp) check(c Contract) error {
	switch {
	case !bankName.MatchString(t.Bank):
		return fault("bank_account", "BANK_ACCOUNT_INVALID", "use lower-case letters, digits and hyphens")
	case t.Amount.Minor <= 0:
		return fault("amount", "AMOUNT_INVALID", "the amount must be above zero")
	case !carriesCurrency(c, t.Amount.Currency):
		return fault("amount.currency_code", "CURRENCY_INVALID", "that rail does not carry this currency")
	}
	if _, err := ledger.NewDate(t.On.Year(), t.On.Month(), t.On.Day()); err != nil {
		return fault("on", "DATE_INVALID", "say on which day the money went")
	}
	return errors.Join(checkReference(t.Reference), checkPerson(t.Person))
}

func carriesCurrency(c Contract, currency ledger.Currency) bool {
	for _, kind := range c.Kinds {
		if c.Carries(currency, kind) {
			return true
		}
	}
	return false
}

// TopUpFloat books money that went from a bank account to a rail's float. The same again is answered as the first time.
func (s *Service) TopUpFloat(ctx context.Context, t TopUp) (TopUp, error) {
	contract, err := s.contract(t.Rail)
	if err != nil {
		return t, err
	}
	if err := t.check(contract); err != nil {
		return t, err
	}
	t.ID = ledger.ID(s.Keys.Hash("float-top-up", t.Rail, t.Reference))
	t.Fingerprint = s.fingerprint("float-top-up-content", []string{t.Rail, t.Amount.String(), t.Bank, t.On.String(), t.Reference})
	bank := ledger.Account{Code: ledger.Bank, Party: ledger.Party(ledger.BankKind + ":" + t.Bank), Currency: t.Amount.Currency}
	e, err := ledger.NewEntry(t.ID, KindTopUp, t.On,
		ledger.Dr(float(t.Rail, t.Amount.Currency), t.Amount.Minor), ledger.Cr(bank, t.Amount.Minor))
	if err != nil {
		return t, err
	}
	e.Fingerprint = t.Fingerprint
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		return t.book(ctx, tx, e)
	})
	return t, err
}

func (t *TopUp) book(ctx context.Context, tx Tx, e ledger.Entry) error {
	now, err := tx.PayoutNow(ctx)
	if err != nil {
		return err
	}
	if err := tx.WakeShort(ctx, t.Rail, t.Amount.Currency, now); err != nil { // payouts are locked before the books
		return err
	}
	page, err := tx.Page(ctx, ledger.Need{Entries: []ledger.ID{e.ID}})
	if err != nil {
		return err
	}
	t.RecordedAt = page.RecordedAt()
	before, seen, err := page.Seen(e.ID, e.Fingerprint)
	if t.Repeated = seen; err != nil || seen {
		t.RecordedAt = before.RecordedAt
		return err
	}
	if _, err := page.Post(e); err != nil {
		return err
	}
	if err := tx.Save(ctx, page); err != nil {
		return err
	}
	return tx.SaveTopUp(ctx, *t)
}
