package entitlement

import (
	"context"
	"fmt"

	"sanad.dev/sanad/services/insurance"
)

// choiceOf binds a sealed choice to whose it is.
func choiceOf(member insurance.MemberID) string { return "choice:" + string(member) }

// SetChoice puts on record what a member chose to be told in texts, and on which channel.
func (s *Service) SetChoice(ctx context.Context, member insurance.MemberID, c insurance.Choice) error {
	if err := c.Check(); err != nil {
		return err
	}
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		sealers, err := s.sealers(ctx, tx, member)
		if err != nil {
			return err
		}
		if sealers[member] == nil {
			return unknownMember
		}
		sealed, err := insurance.SealAs(sealers[member], choiceOf(member), c)
		if err != nil {
			return err
		}
		return tx.SaveTextChoice(ctx, member, sealed)
	})
	if err != nil {
		return fmt.Errorf("set a choice of texts: %w", err)
	}
	return nil
}

// Choice is what a member chose; the zero choice where she has chosen nothing.
func (s *Service) Choice(ctx context.Context, member insurance.MemberID) (c insurance.Choice, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		sealers, err := s.sealers(ctx, tx, member)
		if err != nil {
			return err
		}
		if sealers[member] == nil {
			return unknownMember
		}
		choices, err := tx.TextChoices(ctx, member)
		if err != nil {
			return err
		}
		c = insurance.Choice{}
		return insurance.OpenAs(sealers[member], choiceOf(member), choices[member], &c)
	})
	if err != nil {
		return insurance.Choice{}, fmt.Errorf("read a choice of texts: %w", err)
	}
	return c, nil
}
