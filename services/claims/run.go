package claims

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"sanad.dev/sanad/ledger"
)

// Run is how far a run over the instalments that are due has come.
type Run struct {
	// Claims were looked at; Moved were booked, Waiting are left to those who approve them, Failed could not be judged and
	// are looked at again by the next run.
	Claims, Moved, Waiting, Failed int64
	// Faults are why the first of those failed.
	Faults []error
}

// claimsAtOnce is how many claims a run reads at a time; each is judged in a transaction of its own.
const claimsAtOnce = 100

// mostFaults bounds those that a run tells.
const mostFaults = 20

// RunInstalments judges every claim whose next instalment may be due by the day, and books what is due less what is booked.
// Each claim's own row says from when its next one may be due, and is written in the transaction that books: so a run can
// be broken off at any moment and started again, and a second run books nothing. Progress is told after every claim.
func (s *Service) RunInstalments(ctx context.Context, on ledger.Date, progress func(Run)) (run Run, err error) {
	var after ledger.ID
	for {
		var due []Claim
		err := s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
			due, err = tx.BenefitClaimsDue(ctx, on, after, claimsAtOnce)
			return err
		})
		if err != nil {
			return run, fmt.Errorf("run instalments: %w", err)
		}
		for _, c := range due {
			after = c.ID
			if err := s.runOne(ctx, c.ID, on, &run); err != nil {
				return run, fmt.Errorf("run instalments: %w", err)
			}
			progress(run)
		}
		if len(due) < claimsAtOnce {
			return run, nil
		}
	}
}

// runOne judges one claim through the month of the day. Who can't be judged does not stop the others.
func (s *Service) runOne(ctx context.Context, id ledger.ID, on ledger.Date, run *Run) error {
	var after Claim
	var moved int
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) (err error) {
		after, moved, err = s.instalment(ctx, tx, id, on)
		return err
	})
	run.Claims++
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case err != nil:
		if run.Failed++; len(run.Faults) < mostFaults {
			run.Faults = append(run.Faults, fmt.Errorf("claim %s: %w", id, err))
		}
	case after.State == Awaiting:
		run.Waiting++
	default:
		run.Moved += int64(moved)
	}
	return nil
}

func (s *Service) instalment(ctx context.Context, tx Tx, id ledger.ID, on ledger.Date) (Claim, int, error) {
	d, err := s.reopened(ctx, tx, Anew{ID: id, Cause: NewEvidence})
	if err != nil {
		return Claim{}, 0, err
	}
	if d.NextOn == 0 || d.NextOn > on || d.State == Awaiting { // another run was first, or people look at it
		return d.Claim, 0, nil
	}
	through := on.Period()
	if to := d.content.Claim.Event.To; to != 0 {
		through = min(through, to.Period())
	}
	d.content.Through = cmp.Or(max(through, d.content.Through), through)
	before := d.Moves
	if err := d.judge(ctx, tx); err != nil {
		return d.Claim, 0, err
	}
	if err := d.proceed(ctx, tx); err != nil {
		return d.Claim, 0, err
	}
	return d.Claim, d.Moves - before, d.save(ctx, tx, tx.SaveBenefitClaim)
}
