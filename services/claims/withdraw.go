package claims

import (
	"context"
	"fmt"
	"regexp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

var findingCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,39}$`)

// longestFinding bounds a finding's sentence in characters.
const longestFinding = 256

// Withdraw takes a claim back that nothing is owed for yet. What it held of limits is free again.
func (s *Service) Withdraw(ctx context.Context, id ledger.ID, person string) (shown Shown, err error) {
	if _, _, err := insurance.Agree(nil, person); err != nil {
		return shown, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		d, err := s.held(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case d.State == Withdrawn:
			shown, err = s.show(ctx, tx, d.Claim)
			shown.Repeated = true
			return err
		case d.State == Approved || d.State == Settled || d.booked():
			return d.wrongState("what is owed by it stands; have it judged anew where it is not right")
		}
		d.State, d.DecidedOn, d.NextOn = Withdrawn, d.on, 0
		d.content.Draft = nil
		d.content.Took = append(d.content.Took, person)
		if err := d.save(ctx, tx, tx.SaveBenefitClaim); err != nil {
			return err
		}
		shown, err = s.show(ctx, tx, d.Claim)
		return err
	})
	if err != nil {
		err = fmt.Errorf("withdraw a claim: %w", err)
	}
	return shown, err
}

func (d *desk) booked() bool {
	for _, s := range d.owed.Shares {
		if s.Booked > 0 {
			return true
		}
	}
	return false
}
