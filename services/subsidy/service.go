// Package subsidy runs what is due over all members: at the end of a period, after a new version of the rules, and where
// a budget has been given more. What a run does is what a contribution does, for every member in turn: due less booked
// (L6). So a run that is broken off and started again never grants twice.
package subsidy

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/privacy"
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
	// Queue pages through those who wait for a line, who has waited longest first.
	Queue(ctx context.Context, line ledger.Party, after match.Turn, limit int) ([]match.Wait, error)
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
	// AtOnce is how many members are judged in one transaction; 1000 where it is zero.
	AtOnce int
}

// Settle judges the members on whose contributions the page has something new, as a batch of contributions does, and
// saves the page.
func (s *Service) Settle(ctx context.Context, tx Tx, page *ledger.Page) error {
	_, err := match.Settler{Keys: s.Keys}.Book(ctx, tx, page)
	return err
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
		_, err = settler.Book(ctx, tx, page, asked...)
		return err
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
