package subsidy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/rule"
)

// Order says what is to be run: a subsidy of a scheme, for the period that a day lies in.
type Order struct {
	Scheme  ledger.SchemeCode
	Subsidy string
	On      ledger.Date
}

var (
	// errEarly: a period that has not ended is not granted in arrears.
	errEarly = insurance.Fault{Field: "on", Reason: "PERIOD_NOT_ENDED", Text: "the period has not ended yet; its run comes after its last day"}
	// errWanted: what all members want together is more than an account holds.
	errWanted = errors.New("what is wanted of the budget is more than can be counted")
)

// atOnce is how many members are judged in one transaction.
func (s *Service) atOnce() int { return cmp.Or(s.AtOnce, 1000) }

// running is a run under way.
type running struct {
	Order
	match.Run
	// parts says that all get the same part of what is left of the budget.
	parts bool
	// remitted is how far collectors had remitted when the run was taken up.
	remitted *match.Remitted
}

// Run judges every member for the order's period and books the difference. It goes on from where an earlier run of the
// same order and the same version of the rules was broken off; one that had finished begins anew, and books what has
// changed since. Where all get the same part of the budget, the members are gone through twice: what is wanted is
// counted, and then granted. Progress is told after every transaction.
func (s *Service) Run(ctx context.Context, order Order, progress func(match.Run)) (match.Run, error) {
	run, err := s.begin(ctx, order)
	if err != nil {
		return run.Run, fmt.Errorf("run subsidy: %w", err)
	}
	for !run.Finished {
		if run, err = s.step(ctx, run); err != nil {
			return run.Run, fmt.Errorf("run subsidy: %w", err)
		}
		progress(run.Run)
	}
	return run.Run, nil
}

// begin finds the run of the order, or begins one.
func (s *Service) begin(ctx context.Context, order Order) (run running, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		sub, period, version, err := s.period(ctx, tx, order)
		if err != nil {
			return err
		}
		run = running{Order: order, parts: sub.Exhaustion == rule.ProRataShare && !sub.OpenEnded, remitted: &match.Remitted{}}
		name := fmt.Sprintf("%s@%d:%s:%s", order.Scheme, version, order.Subsidy, period.Start)
		var found bool
		if run.Run, found, err = tx.Run(ctx, name); err != nil || found && !run.Finished {
			return err
		}
		run.Run = match.Run{Name: name}
		return tx.SaveRun(ctx, run.Run)
	})
	return run, err
}

// period is the order's subsidy and period, with the number of the scheme's last version.
func (s *Service) period(ctx context.Context, tx Tx, order Order) (*rule.Subsidy, rule.Period, int, error) {
	versions, err := tx.SchemeVersions(ctx, order.Scheme)
	if err != nil {
		return nil, rule.Period{}, 0, err
	}
	all := versions[order.Scheme]
	if len(all) == 0 {
		return nil, rule.Period{}, 0, insurance.Fault{Field: "scheme", Reason: "SCHEME_UNKNOWN", Text: "no such scheme; publish it first"}
	}
	rules, err := match.RulesOf(all)
	if err != nil {
		return nil, rule.Period{}, 0, err
	}
	sub, period, ok := rules.Subsidy(order.Subsidy, order.On)
	if !ok {
		return nil, rule.Period{}, 0, insurance.Fault{Field: "subsidy", Reason: "SUBSIDY_UNKNOWN", Text: "the scheme has no such subsidy on that day"}
	}
	page, err := tx.Page(ctx, ledger.Need{})
	if err != nil {
		return nil, rule.Period{}, 0, err
	}
	if sub.Timing == rule.InArrears && period.End >= ledger.DateOf(page.RecordedAt()) {
		return nil, rule.Period{}, 0, errEarly
	}
	return sub, period, all[len(all)-1].Version, nil
}

// step judges the next members, in one transaction with the note of how far the run has come.
func (s *Service) step(ctx context.Context, run running) (running, error) {
	switch {
	case run.parts && !run.Counted:
		return s.count(ctx, run)
	case run.parts:
		return s.attempt(ctx, run, match.Settler{Keys: s.Keys, All: true, Scarce: true, Part: &run.Part})
	}
	after, err := s.attempt(ctx, run, match.Settler{Keys: s.Keys, All: true})
	if errors.Is(err, ledger.ErrFloor) { // the budget does not suffice for all: what is left is held
		after, err = s.attempt(ctx, run, match.Settler{Keys: s.Keys, All: true, Scarce: true})
	}
	return after, err
}

func (s *Service) attempt(ctx context.Context, run running, settler match.Settler) (after running, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		parties, err := tx.PartiesAfter(ctx, run.After, s.atOnce())
		if err != nil {
			return err
		}
		page, asked, err := s.ask(ctx, tx, run.Order, parties)
		if err != nil {
			return err
		}
		settler.Remitted = run.remitted
		settled, err := settler.Book(ctx, tx, page, asked...)
		if err != nil {
			return err
		}
		after = run.past(parties)
		after.Finished = len(parties) < s.atOnce()
		after.Moved += int64(settled.Moved)
		after.Failed += int64(len(settled.Failed))
		after.HeldBack = after.HeldBack.Plus(settled.HeldBack)
		return tx.SaveRun(ctx, after.Run)
	})
	return after, err
}

// past is the run once the parties have been gone through.
func (r running) past(parties []ledger.Party) running {
	if len(parties) > 0 {
		r.After = parties[len(parties)-1]
	}
	r.Members += int64(len(parties))
	return r
}

// ask reads the parties' page, and asks for those of them who are in the scheme.
func (s *Service) ask(ctx context.Context, tx Tx, order Order, parties []ledger.Party) (*ledger.Page, []match.Asked, error) {
	page, err := tx.Page(ctx, ledger.Need{Parties: parties})
	if err != nil {
		return nil, nil, err
	}
	var asked []match.Asked
	for _, party := range parties {
		if slices.Contains(schemesOf(page.Balances(party)), order.Scheme) {
			asked = append(asked, match.Asked{Member: party, Scheme: order.Scheme, Subsidy: order.Subsidy, On: order.On})
		}
	}
	return page, asked, nil
}

// count adds what the next members want of the budget; after the last it begins with the first again, to grant.
func (s *Service) count(ctx context.Context, run running) (after running, err error) {
	settler := match.Settler{Keys: s.Keys, All: true, Counting: true}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		parties, err := tx.PartiesAfter(ctx, run.After, s.atOnce())
		if err != nil {
			return err
		}
		page, asked, err := s.ask(ctx, tx, run.Order, parties)
		if err != nil {
			return err
		}
		settler.Remitted = run.remitted
		settled, err := settler.Settle(ctx, tx, page, asked...)
		if err != nil {
			return err
		}
		after = run.past(parties)
		if err := after.want(ctx, tx, settled.Wanted); err != nil {
			return err
		}
		if len(parties) < s.atOnce() {
			after.Run = match.Run{Name: run.Name, Counted: true, Part: after.Part}
		}
		return tx.SaveRun(ctx, after.Run)
	})
	return after, err
}

// want adds what is wanted of the budget, and notes what is left of it.
func (r *running) want(ctx context.Context, tx Tx, wanted map[ledger.Account]int64) error {
	if len(wanted) == 0 {
		return nil
	}
	var accounts []ledger.Account
	for account, want := range wanted {
		accounts = append(accounts, account)
		if r.Part.Wanted += want; r.Part.Wanted < 0 {
			return errWanted
		}
	}
	stands, err := tx.SharedBalances(ctx, 0, accounts...)
	r.Part.Left = 0
	for _, b := range stands {
		r.Part.Left += b.Money().Minor
	}
	return err
}
