package pension

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// minimumPension is how the grants of a funder that tops pensions up are named.
const minimumPension = "minimum-pension"

// RunInstalments pays every pension of a scheme that is in payment through a month: each month once. Broken off, it goes
// on; run again, it pays what is missing. A pension ends with its last month, and with a death that is confirmed.
func (s *Service) RunInstalments(ctx context.Context, scheme ledger.SchemeCode, through ledger.Period, progress func(Run)) (Run, error) {
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		page, err := tx.Page(ctx, ledger.Need{})
		if err != nil {
			return err
		}
		today := ledger.DateOf(page.RecordedAt())
		if _, err := rulesOn(ctx, tx, scheme, today); err != nil {
			return err
		}
		if through > today.Period() {
			return insurance.Fault{Field: "month", Reason: "MONTH_INVALID", Text: "that month has not begun; pensions are paid from its first day"}
		}
		return nil
	})
	if err != nil {
		return Run{}, fmt.Errorf("run instalments: %w", err)
	}
	named := Run{Name: fmt.Sprintf("instalments:%s:%s", scheme, through), Kind: InstalmentRun, Scheme: scheme, Number: int(through)}
	return s.run(ctx, named, s.payInstalments, progress)
}

// paying is one transaction of a run of instalments.
type paying struct {
	*Service
	run     Run
	page    *ledger.Page
	through ledger.Period
	died    map[ledger.Party]ledger.Date
}

// payInstalments pays the next pensions.
func (s *Service) payInstalments(ctx context.Context, tx Tx, run Run) (Run, int, error) {
	after, err := afterID(run.After)
	if err != nil {
		return run, 0, err
	}
	due, err := tx.PensionsDue(ctx, run.Scheme, after, s.atOnce())
	if err != nil || len(due) == 0 {
		return run, 0, err
	}
	p := &paying{Service: s, run: run, through: ledger.Period(run.Number)}
	parties := heldOf(due)
	if p.page, err = tx.Page(ctx, ledger.Need{Parties: parties}); err != nil {
		return run, 0, err
	}
	if p.died, err = s.died(ctx, tx, parties); err != nil {
		return run, 0, err
	}
	for i := range due {
		if err := p.pay(&due[i]); err != nil {
			return run, 0, err
		}
	}
	p.run.After = ledger.Party(due[len(due)-1].ID.String())
	if err := tx.SavePensions(ctx, due...); err != nil {
		return run, 0, err
	}
	if len(p.page.Pending()) == 0 {
		return p.run, len(due), nil
	}
	return p.run, len(due), tx.Save(ctx, p.page)
}

func afterID(after ledger.Party) (ledger.ID, error) {
	if after == "" {
		return ledger.ID{}, nil
	}
	return ledger.ParseID(string(after))
}

// heldOf are the members among those who are paid, and out of whose savings.
func heldOf(pensions []Pension) (parties []ledger.Party) {
	for _, p := range pensions {
		for _, party := range []ledger.Party{p.Payee, p.Of} {
			if party.Held() {
				parties = append(parties, party)
			}
		}
	}
	return parties
}

// died are the days of those of the members whose death is confirmed. Of who is erased nothing is known.
func (s *Service) died(ctx context.Context, tx Tx, parties []ledger.Party) (map[ledger.Party]ledger.Date, error) {
	ids := make([]insurance.MemberID, len(parties))
	for i, party := range parties {
		ids[i] = insurance.MemberID(party.ID())
	}
	died := map[ledger.Party]ledger.Date{}
	if len(ids) == 0 {
		return died, nil
	}
	salts, err := tx.Salts(ctx, ids...)
	if err != nil {
		return nil, err
	}
	sealed, err := tx.SealedFacts(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if len(salts[id]) == 0 || len(sealed[id]) == 0 {
			continue
		}
		sealer, err := s.Keys.Sealer(salts[id])
		if err != nil {
			return nil, err
		}
		facts, err := insurance.OpenFacts(sealer, id, sealed[id])
		if err != nil {
			return nil, err
		}
		if on, confirmed := facts.Died(); confirmed {
			died[parties[i]] = on
		}
	}
	return died, nil
}

// pay pays what is due of one pension through the run's month.
func (p *paying) pay(one *Pension) error {
	for !one.Ends(one.Paid) && one.Month(one.Paid) <= p.through {
		month := one.Month(one.Paid)
		if on := p.died[one.Payee]; on != 0 && on < month.FirstDay() {
			one.EndedOn = on
			return nil
		}
		if err := p.month(one, month); err != nil {
			return err
		}
		one.Paid++
	}
	if one.Ends(one.Paid) {
		one.EndedOn = one.Month(one.Paid - 1).LastDay()
	}
	return nil
}

// month pays one instalment, and what a funder adds to it.
func (p *paying) month(one *Pension, month ledger.Period) error {
	member := one.Of
	own, matched := p.pot(one, ledger.OldAgeOwn), p.pot(one, ledger.OldAgeMatched)
	part := one.Instalment(one.Paid, own+matched)
	var entries []ledger.Entry
	if part > 0 {
		e, err := p.instalment(one, member, month, part, own)
		if err != nil {
			return err
		}
		entries = append(entries, e)
	}
	if more := one.TopUp(part); more > 0 && one.Payee.Held() {
		e, err := p.topUp(one, month, more)
		if err != nil {
			return err
		}
		entries = append(entries, e)
	}
	if _, err := p.page.Post(entries...); err != nil {
		return fmt.Errorf("pension %s, month %s: %w", one.ID, month, err)
	}
	p.run.Moved += int64(len(entries))
	p.run.Minor += part
	one.PaidMinor += part
	return nil
}

// pot is what stands on a pot that a programmed withdrawal is paid from.
func (p *paying) pot(one *Pension, code ledger.Code) int64 {
	if one.Form != rule.Programmed {
		return 0
	}
	account := ledger.Account{Code: code, Party: one.Of, Scheme: one.Scheme, Currency: one.Currency}
	return max(0, account.Normal(p.page.Balances(one.Of).Of(account)))
}

// instalmentID names the entry of a month: paid twice, it is the same entry.
func (s *Service) instalmentID(pension ledger.ID, month ledger.Period) ledger.ID {
	return ledger.ID(s.Keys.Hash("instalment", pension.String(), month.String()))
}

// instalment pays out of her own pots, what she has saved herself first, or out of the pool.
func (p *paying) instalment(one *Pension, member ledger.Party, month ledger.Period, part, own int64) (ledger.Entry, error) {
	id := p.instalmentID(one.ID, month)
	if one.Form == rule.Annuity {
		return insurance.PensionPaid(insurance.Payable{ID: id, To: one.Payee, Scheme: one.Scheme, Currency: one.Currency, Minor: part, On: month.FirstDay(), Reason: month.String()})
	}
	return insurance.Drawn(insurance.Savings{ID: id, Member: insurance.MemberID(member.ID()), Scheme: one.Scheme, Currency: one.Currency, On: month.FirstDay(), Reason: month.String(),
		Pots: []insurance.PotShare{{Account: ledger.OldAgeOwn, Minor: min(part, own)}, {Account: ledger.OldAgeMatched, Minor: part - min(part, own)}}})
}

// topUp is the grant of a funder to a pension below the least: a line of its next claim, charged to no budget line.
func (p *paying) topUp(one *Pension, month ledger.Period, minor int64) (ledger.Entry, error) {
	return insurance.Granted(insurance.Grant{
		ID: ledger.ID(p.Keys.Hash("pension-top-up", one.ID.String(), month.String())), Member: insurance.MemberID(one.Payee.ID()),
		Line:    insurance.BudgetLine{Funder: one.Funder, Scheme: one.Scheme, Currency: one.Currency},
		Pots:    []insurance.PotShare{{Account: ledger.BenefitsPayable, Minor: minor}},
		ValueOn: month.FirstDay(), Basis: insurance.GrantBasis{Subsidy: minimumPension, Version: one.Version, Period: month.String()},
	})
}
