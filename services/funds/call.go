package funds

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// CallState is how far a call on a guarantor has come.
type CallState string

// The states: the guarantor was called; its money has come, as two people have seen.
const (
	CallOpen      CallState = "open"
	CallConfirmed CallState = "confirmed"
)

// Call is a call on the guarantor of a pool that stands under its floor.
type Call struct {
	ID     ledger.ID
	Fund   insurance.FundAccount
	Number int
	// Guarantor is the funder that the scheme names; Minor is what it is called for.
	Guarantor insurance.FunderID
	Minor     int64
	CalledOn  ledger.Date
	CalledBy  string
	State     CallState
	// Receipt is what has come for it; zero while it is open.
	Receipt
	Maker, Approver string
	RecordedAt      time.Time
}

// Receipt is what a guarantor has paid: how much, to which bank account, and on which day.
type Receipt struct {
	Received   int64
	Bank       string
	ReceivedOn ledger.Date
}

// Open says that its money has not come.
func (c Call) Open() bool { return c.State == CallOpen }

// CallQuery asks for calls of a scheme, or of all; and for those that are open only.
type CallQuery struct {
	Scheme   ledger.SchemeCode
	OpenOnly bool
}

// Calls returns calls on guarantors, by scheme, pool and number.
func (s *Service) Calls(ctx context.Context, q CallQuery) (calls []Call, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		calls, err = tx.GuarantorCalls(ctx, q)
		return err
	})
	return calls, err
}

// CallGuarantor calls the guarantor of a pool for what it stands under its floor at the end of today's month, less what
// was called for and has not come. It returns a fault where it is not under its floor, or no guarantor is named.
func (s *Service) CallGuarantor(ctx context.Context, scheme ledger.SchemeCode, name insurance.Pool, person string) (call Call, err error) {
	if err := checkPerson(person); err != nil {
		return call, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		call = Call{}
		today, err := today(ctx, tx)
		if err != nil {
			return err
		}
		r, national, err := s.hold(ctx, tx, scheme, today.Period())
		if err != nil {
			return err
		}
		p, err := r.pool(scheme, name)
		if err != nil {
			return err
		}
		minor := max(0, p.Figures.Under()-p.Called)
		switch {
		case p.guarantor == "":
			return insurance.Fault{Field: "scheme", Reason: insurance.GuarantorMissing, Text: "the scheme names no guarantor; write guarantor: in its funds"}
		case minor == 0:
			return insurance.Fault{Field: "pool", Reason: insurance.PoolNotShort, Text: "the pool is not under its floor by more than its guarantor was called for already"}
		}
		call, err = s.call(ctx, tx, p, minor, today, person)
		return cmp.Or(err, tx.SaveFund(ctx, national.code, national.moves))
	})
	return call, err
}

// call writes a new call. The family of the pool is held, so that no other can come between.
func (s *Service) call(ctx context.Context, tx Tx, p *pool, minor int64, on ledger.Date, person string) (Call, error) {
	before, err := tx.GuarantorCalls(ctx, CallQuery{Scheme: p.Fund.Scheme})
	if err != nil {
		return Call{}, err
	}
	c := Call{Fund: p.Fund, Number: 1, Guarantor: p.guarantor, Minor: minor, CalledOn: on, CalledBy: person, State: CallOpen}
	for _, other := range before {
		if other.Fund == p.Fund {
			c.Number = max(c.Number, other.Number+1)
		}
	}
	c.ID = ledger.ID(s.Keys.Hash("guarantor-call", string(c.Fund.Scheme), string(c.Fund.Pool), string(c.Fund.Currency), strconv.Itoa(c.Number)))
	if c.RecordedAt, err = tx.Now(ctx); err != nil {
		return c, err
	}
	p.Called += minor
	return c, tx.InsertGuarantorCall(ctx, c)
}

// ConfirmCall records that a guarantor's money has come: the first person says so, and the same said by another books it.
// It may be less than what was called for; what the pool still lacks is called for anew.
func (s *Service) ConfirmCall(ctx context.Context, id ledger.ID, currency ledger.Currency, r Receipt, person string) (call Call, p insurance.Proposal, err error) {
	if err := r.check(); err != nil {
		return call, p, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		var found bool
		if call, found, err = tx.HoldGuarantorCall(ctx, id); err != nil {
			return err
		}
		if !found {
			return insurance.Fault{Field: "call_id", Reason: insurance.CallUnknown, Text: "no call has that id; list them"}
		}
		if currency != call.Fund.Currency {
			return insurance.Fault{Field: "received.currency_code", Reason: "CURRENCY_MISMATCH", Text: "the pool is in " + string(call.Fund.Currency)}
		}
		before, err := tx.Proposal(ctx, "confirm-call:"+id.String())
		if err != nil {
			return err
		}
		after, carryOut, err := insurance.Agree(before, person)
		if err != nil {
			return err
		}
		if call, err = s.agreed(ctx, tx, call, r, after, carryOut); err != nil {
			return err
		}
		p = after
		return tx.SaveProposal(ctx, after)
	})
	return call, p, err
}

// agreed is the call after a person's word on its receipt. Both must have seen the same.
func (s *Service) agreed(ctx context.Context, tx Tx, c Call, r Receipt, p insurance.Proposal, carryOut bool) (Call, error) {
	switch {
	case c.State == CallConfirmed && c.Receipt != r:
		return c, insurance.Fault{Field: "call", Reason: insurance.CallConfirmed, Text: "two people have confirmed it already, with another receipt"}
	case c.State == CallConfirmed:
		return c, nil
	case c.Maker != "" && c.Receipt != r:
		return c, insurance.Fault{Field: "received", Reason: insurance.CallDiffers,
			Text: "the first person saw another amount, account or day come; look at the bank's statement together"}
	}
	c.Receipt, c.Maker = r, p.Maker
	if !carryOut {
		return c, tx.SaveGuarantorCall(ctx, c)
	}
	c.Approver, c.State = p.Approver, CallConfirmed
	e, err := insurance.GuaranteePaid(c.entryID(s), c.Fund, c.Guarantor, r.Received, r.Bank, r.ReceivedOn)
	if err != nil {
		return c, err
	}
	if err := post(ctx, tx, e); err != nil {
		return c, fmt.Errorf("book call %d on %s for %s: %w", c.Number, c.Guarantor, c.Fund, err)
	}
	return c, tx.SaveGuarantorCall(ctx, c)
}

func (c Call) entryID(s *Service) ledger.ID {
	return ledger.ID(s.Keys.Hash("guarantor-receipt", c.ID.String()))
}

func (r Receipt) check() error {
	if r.Received <= 0 {
		return insurance.Fault{Field: "received.amount", Reason: "AMOUNT_INVALID", Text: "say how much has come: more than nothing"}
	}
	if err := insurance.CollectorID(r.Bank).Check(); err != nil {
		return insurance.Fault{Field: "bank_account", Reason: "BANK_ACCOUNT_INVALID", Text: "use lower-case letters, digits and hyphens"}
	}
	if _, err := ledger.NewDate(r.ReceivedOn.Year(), r.ReceivedOn.Month(), r.ReceivedOn.Day()); err != nil {
		return insurance.Fault{Field: "on", Reason: "DATE_INVALID", Text: "say on which day the money came"}
	}
	return nil
}

func checkPerson(person string) error {
	_, _, err := insurance.Agree(nil, person)
	return err
}

func today(ctx context.Context, tx Tx) (ledger.Date, error) {
	now, err := tx.Now(ctx)
	return ledger.DateOf(now.UTC()), err
}
