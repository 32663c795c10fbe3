package enrolment

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// MarkDeath enters that a member has died, on one person's word; it ends nothing before another confirms it.
func (s *Service) MarkDeath(ctx context.Context, id insurance.MemberID, death insurance.Death, person string) (insurance.Facts, error) {
	facts, err := s.changeDeath(ctx, id, person, func(f insurance.Facts, _ ledger.Date) (insurance.Change, error) { return f.MarkDeath(death, person) })
	if err != nil {
		return insurance.Facts{}, fmt.Errorf("mark a death: %w", err)
	}
	return facts, nil
}

// NotifyDeath says that a member was told that her death is marked: from then on payouts in cash to her wait.
func (s *Service) NotifyDeath(ctx context.Context, id insurance.MemberID, person string) (insurance.Facts, error) {
	facts, err := s.changeDeath(ctx, id, person, func(f insurance.Facts, today ledger.Date) (insurance.Change, error) {
		return f.NotifyDeath(person, today)
	})
	if err != nil {
		return insurance.Facts{}, fmt.Errorf("note that she was told: %w", err)
	}
	return facts, nil
}

// ConfirmDeath confirms a death that another person has entered.
func (s *Service) ConfirmDeath(ctx context.Context, id insurance.MemberID, person string) (insurance.Facts, error) {
	facts, err := s.changeDeath(ctx, id, person, func(f insurance.Facts, today ledger.Date) (insurance.Change, error) {
		return f.ConfirmDeath(person, today)
	})
	if err != nil {
		return insurance.Facts{}, fmt.Errorf("confirm a death: %w", err)
	}
	return facts, nil
}

// changeDeath puts a change of a member's death on record; an empty one changes nothing.
func (s *Service) changeDeath(ctx context.Context, id insurance.MemberID, person string,
	ask func(insurance.Facts, ledger.Date) (insurance.Change, error),
) (insurance.Facts, error) {
	return s.changeFacts(ctx, id, func(_ context.Context, _ Tx, facts insurance.Facts, today ledger.Date) (insurance.Change, error) {
		change, err := ask(facts, today)
		change.By, change.On = person, today
		return change, err
	})
}

// UndoDeath takes back a death that never was. One person undoes a mark: she lives, and nobody may be kept waiting for a
// second signature to say so. A confirmed death takes two.
func (s *Service) UndoDeath(ctx context.Context, id insurance.MemberID, person string) (facts insurance.Facts, p insurance.Proposal, err error) {
	facts, err = s.changeFacts(ctx, id, func(ctx context.Context, tx Tx, known insurance.Facts, today ledger.Date) (insurance.Change, error) {
		p = insurance.Proposal{}
		change, err := known.UndoDeath()
		if err != nil {
			return change, err
		}
		if known.Death.Confirmed() {
			var agreed bool
			if p, agreed, err = undoing(ctx, tx, id, known.Death, person); err != nil || !agreed {
				change = insurance.Change{} // the first word changes nothing yet
			}
		}
		change.By, change.On = person, today
		return change, err
	})
	if err != nil {
		return insurance.Facts{}, p, fmt.Errorf("undo a death: %w", err)
	}
	return facts, p, nil
}

// undoing is a person's word for undoing a confirmed death.
func undoing(ctx context.Context, tx Tx, id insurance.MemberID, d insurance.Death, person string) (insurance.Proposal, bool, error) {
	before, err := tx.Proposal(ctx, fmt.Sprintf("undo-death:%s:%s:%s", id, d.On, d.ConfirmedOn))
	if err != nil {
		return insurance.Proposal{}, false, err
	}
	after, carryOut, err := insurance.Agree(before, person)
	if err != nil {
		return after, false, err
	}
	return after, carryOut, tx.SaveProposal(ctx, after)
}
