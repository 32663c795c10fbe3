package pension

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
)

// Quote is what a member would get: how her savings stand, what of them is hers, and what each plan would pay of them.
type Quote struct {
	Scheme       ledger.SchemeCode
	Version      int
	Currency     ledger.Currency
	Own, Matched int64
	oldage.Forecast
	// Ready says that she may retire on the day; where not, Why is the decision that she would get.
	Ready bool
	Why   insurance.Decision
}

// Quote tells a member what she would get on a day, of what stands on her pots now. It decides nothing.
func (s *Service) Quote(ctx context.Context, member insurance.MemberID, scheme ledger.SchemeCode, on ledger.Date) (q Quote, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		a := &asking{Service: s, Request: Request{Scheme: scheme, Ask: oldage.Ask{ID: "quote", Kind: oldage.Retire, Member: member, On: on}}, tx: tx, member: member.Party()}
		if q, err = a.quote(ctx); err != nil {
			err = fmt.Errorf("quote: %w", err)
		}
		return err
	})
	return q, err
}

func (a *asking) quote(ctx context.Context) (q Quote, err error) {
	if err := a.known(ctx, []ledger.Party{a.member}); err != nil {
		return q, err
	}
	if a.rules, err = rulesOn(ctx, a.tx, a.Scheme, a.Request.Ask.On); err != nil {
		return q, err
	}
	balances, err := a.tx.Balances(ctx, ledger.At{}, a.member)
	if err != nil {
		return q, err
	}
	if a.entries, err = a.tx.EntriesOf(ctx, a.member); err != nil {
		return q, err
	}
	if a.pensions, err = a.tx.Pensions(ctx, Query{Scheme: a.Scheme, Of: a.member, Limit: mostPensions}); err != nil {
		return q, err
	}
	c := caseOf(a.Scheme, a.rules, a.facts, a.member, balances[0], a.entries, a.pensions)
	c.Ask = a.Request.Ask
	q = Quote{Scheme: a.Scheme, Version: c.Version, Currency: a.rules.published.Currency, Own: c.Own, Matched: c.Matched}
	if q.Forecast, err = oldage.Foresee(a.rules.Scheme, c); err != nil {
		return q, err
	}
	j, err := oldage.Judge(a.rules.Scheme, c)
	q.Ready, q.Why = !j.Refused(), j.Decision
	return q, err
}

// mostPensions bounds the pensions out of one member's savings.
const mostPensions = 1000

// Pensions pages through pensions.
func (s *Service) Pensions(ctx context.Context, q Query) (all []Pension, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		all, err = tx.Pensions(ctx, q)
		return err
	})
	return all, err
}

// EndPension ends the pension of a payee who is no member, such as a widow of whom the fund has heard that she died: the
// first person proposes, another ends it.
func (s *Service) EndPension(ctx context.Context, id ledger.ID, on ledger.Date, person string) (ended Pension, p insurance.Proposal, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		found, err := tx.Pensions(ctx, Query{After: before(id), Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].ID != id {
			return insurance.Fault{Field: "pension", Reason: insurance.PensionUnknown, Text: "no pension has that id"}
		}
		all, err := tx.PensionsOf(ctx, found[0].Of, found[0].Scheme)
		if err != nil {
			return err
		}
		for _, one := range all {
			if one.ID == id {
				ended = one
			}
		}
		if ended.EndedOn != 0 {
			p.Done = true
			return nil
		}
		var carryOut bool
		if p, carryOut, err = agreed(ctx, tx, fmt.Sprintf("end-pension:%s:%s", id, on), person); err != nil || !carryOut {
			return err
		}
		ended.EndedOn = on
		return tx.SavePensions(ctx, ended)
	})
	if err != nil {
		err = fmt.Errorf("end pension: %w", err)
	}
	return ended, p, err
}

// before is the id just before another.
func before(id ledger.ID) ledger.ID {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xff {
			break
		}
	}
	return id
}

// Currency is that of a scheme, or a fault where there is none.
func (s *Service) Currency(ctx context.Context, scheme ledger.SchemeCode) (currency ledger.Currency, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		rules, err := rulesOn(ctx, tx, scheme, ledger.LastDate)
		currency = rules.published.Currency
		return err
	})
	return currency, err
}
