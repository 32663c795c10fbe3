// Package subsidy runs what is due over all members: at the end of a period, after a new version of the rules, and where
// a budget has been given more. What a run does is what a contribution does, for every member in turn: due less booked
// (L6). So a run that is broken off and started again never grants twice.
package subsidy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

// Tx is one transaction on all that runs read and write.
type Tx interface {
	ledger.Tx
	match.Tx
	// PartiesAfter pages through the members that anything is booked for, by their party.
	PartiesAfter(ctx context.Context, after ledger.Party, limit int) ([]ledger.Party, error)
	// Notes returns what is noted beside the parties' balances, without holding them.
	Notes(ctx context.Context, parties ...ledger.Party) (map[ledger.Party][]byte, error)
	// Run returns how far the run of that name has come; false where there is none yet.
	Run(ctx context.Context, name string) (match.Run, bool, error)
	SaveRun(ctx context.Context, r match.Run) error
	// Queue returns those who have waited longest for a line.
	Queue(ctx context.Context, line ledger.Party, limit int) ([]match.Wait, error)
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service runs subsidies.
type Service struct {
	Store Store
	Keys  *privacy.Keyring
}

// Settle judges the members on whose contributions the page has something new, as a batch of contributions does.
func (s *Service) Settle(ctx context.Context, tx Tx, page *ledger.Page) error {
	_, err := match.Settler{Keys: s.Keys}.Settle(ctx, tx, page)
	return err
}

// Order says what is to be run: a subsidy of a scheme, for the period that a day lies in.
type Order struct {
	Scheme  ledger.SchemeCode
	Subsidy string
	On      ledger.Date
}

// errEarly: a period that has not ended is not granted in arrears.
var errEarly = insurance.Fault{Field: "on", Reason: "PERIOD_NOT_ENDED", Text: "the period has not ended yet; its run comes after its last day"}

// atOnce is how many members are judged in one transaction.
const atOnce = 1000

// Run judges every member for the order's period and books the difference. It goes on from where an earlier run of the
// same order and the same version of the rules was broken off; one that had finished begins anew, and books what has
// changed since. Progress is told after every transaction.
func (s *Service) Run(ctx context.Context, order Order, progress func(match.Run)) (match.Run, error) {
	run, err := s.begin(ctx, order)
	if err != nil {
		return run, fmt.Errorf("run subsidy: %w", err)
	}
	for !run.Finished {
		if run, err = s.step(ctx, order, run); err != nil {
			return run, fmt.Errorf("run subsidy: %w", err)
		}
		progress(run)
	}
	return run, nil
}

// begin finds the run of the order, or begins one.
func (s *Service) begin(ctx context.Context, order Order) (run match.Run, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		period, version, err := s.period(ctx, tx, order)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s@%d:%s:%s", order.Scheme, version, order.Subsidy, period.Start)
		var found bool
		if run, found, err = tx.Run(ctx, name); err != nil || found && !run.Finished {
			return err
		}
		run = match.Run{Name: name}
		return tx.SaveRun(ctx, run)
	})
	return run, err
}

// period is the order's period, by the last version of the scheme that has the subsidy.
func (s *Service) period(ctx context.Context, tx Tx, order Order) (rule.Period, int, error) {
	versions, err := tx.SchemeVersions(ctx, order.Scheme)
	if err != nil {
		return rule.Period{}, 0, err
	}
	all := versions[order.Scheme]
	if len(all) == 0 {
		return rule.Period{}, 0, insurance.Fault{Field: "scheme", Reason: "SCHEME_UNKNOWN", Text: "no such scheme; publish it first"}
	}
	rules, err := match.RulesOf(all)
	if err != nil {
		return rule.Period{}, 0, err
	}
	sub, period, ok := rules.Subsidy(order.Subsidy, order.On)
	if !ok {
		return rule.Period{}, 0, insurance.Fault{Field: "subsidy", Reason: "SUBSIDY_UNKNOWN", Text: "the scheme has no such subsidy on that day"}
	}
	page, err := tx.Page(ctx, ledger.Need{})
	if err != nil {
		return rule.Period{}, 0, err
	}
	if sub.Timing == rule.InArrears && period.End >= ledger.DateOf(page.RecordedAt()) {
		return rule.Period{}, 0, errEarly
	}
	return period, all[len(all)-1].Version, nil
}

// step judges the next members, in one transaction with the note of how far the run has come.
func (s *Service) step(ctx context.Context, order Order, run match.Run) (match.Run, error) {
	after, err := s.attempt(ctx, order, run, false)
	if errors.Is(err, ledger.ErrFloor) {
		after, err = s.attempt(ctx, order, run, true) // the budget does not suffice for all: what is left is held
	}
	return after, err
}

func (s *Service) attempt(ctx context.Context, order Order, run match.Run, scarce bool) (after match.Run, err error) {
	settler := match.Settler{Keys: s.Keys, Scarce: scarce, Grants: func(rule.Timing) bool { return true }}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		parties, err := tx.PartiesAfter(ctx, run.After, atOnce)
		if err != nil {
			return err
		}
		after = run
		after.Finished = len(parties) < atOnce
		if len(parties) > 0 {
			after.After = parties[len(parties)-1]
		}
		after.Members += int64(len(parties))
		moved, err := s.judge(ctx, tx, settler, order, parties)
		after.Moved += int64(moved)
		if err != nil {
			return err
		}
		return tx.SaveRun(ctx, after)
	})
	return after, err
}

func (s *Service) judge(ctx context.Context, tx Tx, settler match.Settler, order Order, parties []ledger.Party) (int, error) {
	if len(parties) == 0 {
		return 0, nil
	}
	page, err := tx.Page(ctx, ledger.Need{Parties: parties})
	if err != nil {
		return 0, err
	}
	var asked []match.Asked
	for _, party := range parties {
		if inScheme(page.Balances(party), order.Scheme) {
			asked = append(asked, match.Asked{Member: party, Scheme: order.Scheme, Subsidy: order.Subsidy, On: order.On})
		}
	}
	moved, err := settler.Settle(ctx, tx, page, asked...)
	if err != nil {
		return 0, err
	}
	return moved, tx.Save(ctx, page)
}

// inScheme says whether anything is booked for the member in the scheme.
func inScheme(balances ledger.Balances, scheme ledger.SchemeCode) bool {
	return slices.ContainsFunc(balances, func(b ledger.Balance) bool { return b.Account.Scheme == scheme })
}

// PayQueue grants, in the order in which they have waited, what is due and was unmet for want of budget on a line, as
// far as the line goes now. It returns how many waits it has looked at and how many entries it has posted.
func (s *Service) PayQueue(ctx context.Context, line insurance.BudgetLine) (looked, moved int, err error) {
	for {
		n, more, err := s.payNext(ctx, line)
		looked, moved = looked+n, moved+more
		if err != nil || more == 0 {
			return looked, moved, err
		}
	}
}

// queuedAtOnce is how many waits are looked at in one transaction.
const queuedAtOnce = 500

func (s *Service) payNext(ctx context.Context, line insurance.BudgetLine) (looked, moved int, err error) {
	settler := match.Settler{Keys: s.Keys, Scarce: true, Queued: true, Grants: func(rule.Timing) bool { return true }}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		waits, err := tx.Queue(ctx, line.Party(), queuedAtOnce)
		if err != nil {
			return err
		}
		looked, moved = len(waits), 0
		if len(waits) == 0 {
			return nil
		}
		var parties []ledger.Party
		asked := make([]match.Asked, len(waits))
		for i, w := range waits {
			parties = append(parties, w.Member)
			asked[i] = match.Asked{Member: w.Member, Scheme: w.Scheme, Subsidy: w.Subsidy, On: w.Start}
		}
		page, err := tx.Page(ctx, ledger.Need{Parties: parties})
		if err != nil {
			return err
		}
		if moved, err = settler.Settle(ctx, tx, page, asked...); err != nil {
			return err
		}
		return tx.Save(ctx, page)
	})
	return looked, moved, err
}

// Rejudge judges members anew in every period, after what is known of them has changed: more is granted, and what was
// granted by a fraud or an error of hers is taken back. What better evidence shows takes nothing back.
func (s *Service) Rejudge(ctx context.Context, members ...insurance.MemberID) error {
	settler := match.Settler{Keys: s.Keys, Scarce: true}
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		parties := make([]ledger.Party, len(members))
		for i, member := range members {
			parties[i] = member.Party()
		}
		page, err := tx.Page(ctx, ledger.Need{Parties: parties})
		if err != nil {
			return err
		}
		var asked []match.Asked
		for _, party := range parties {
			for _, scheme := range schemesOf(page.Balances(party)) {
				asked = append(asked, match.Asked{Member: party, Scheme: scheme})
			}
		}
		if _, err := settler.Settle(ctx, tx, page, asked...); err != nil {
			return err
		}
		return tx.Save(ctx, page)
	})
	if err != nil {
		return fmt.Errorf("judge members anew: %w", err)
	}
	return nil
}

// schemesOf are those that anything is booked in.
func schemesOf(balances ledger.Balances) []ledger.SchemeCode {
	var schemes []ledger.SchemeCode
	for _, b := range balances {
		if b.Account.Scheme != "" && !slices.Contains(schemes, b.Account.Scheme) {
			schemes = append(schemes, b.Account.Scheme)
		}
	}
	return schemes
}
