package api

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/cases"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/insurance"
)

// Rejudge judges anew what members are due, after what is known of them has changed (L6).
func (i *Institution) Rejudge(ctx context.Context, members ...insurance.MemberID) error {
	return i.Subsidies.Rejudge(ctx, members...)
}

// The hold on payouts to somebody who may have died, and the institution as a person of the record.
const (
	deathHold = "DEATH_MARKED"
	itself    = "sanad"
)

// afterDeath does what follows from a death that was marked, told of, confirmed or undone: payouts in cash to her wait or
// go on, pensions that a death which never was has ended go on, and what she is due is judged anew.
func (i *Institution) afterDeath(ctx context.Context, member insurance.MemberID, facts insurance.Facts) error {
	hold := payout.Hold{Party: member.Party(), Reason: deathHold, Person: itself}
	if facts.Death.HoldsPayouts() {
		if _, _, err := i.Payouts.HoldPayouts(ctx, hold); err != nil {
			return err
		}
		return i.Rejudge(ctx, member)
	}
	if err := i.release(ctx, hold); err != nil {
		return err
	}
	if facts.Death.On == 0 {
		if err := i.Pensions.Resume(ctx, member.Party()); err != nil {
			return err
		}
	}
	return i.Rejudge(ctx, member)
}

// release ends a hold where there is one.
func (i *Institution) release(ctx context.Context, hold payout.Hold) error {
	holds, err := i.Payouts.Holds(ctx, hold.Party)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.Reason == hold.Reason && h.Scheme == hold.Scheme && h.ReleasedAt.IsZero() {
			_, err := i.Payouts.ReleaseHold(ctx, hold)
			return err
		}
	}
	return nil
}

// correct puts facts of a member right.
func (i *Institution) correct(ctx context.Context, member insurance.MemberID, change insurance.Change) error {
	_, err := i.Enrolment.RecordFacts(ctx, member, change)
	return err
}

// afterCase judges anew what a closed case is about, and posts what had to wait while it was open.
func (i *Institution) afterCase(ctx context.Context, c cases.Case) error {
	if c.State.Open() {
		return nil
	}
	if err := i.readjudicate(ctx, c); err != nil {
		return err
	}
	return i.Rejudge(ctx, c.Member)
}

// readjudicate judges a claim again that an appeal was about.
func (i *Institution) readjudicate(ctx context.Context, c cases.Case) error {
	if c.Against.Kind != insurance.ClaimDecision || c.State == cases.Withdrawn {
		return nil
	}
	id, err := ledger.ParseID(c.Against.Subject)
	if err != nil {
		return fmt.Errorf("judge the claim of case %s anew: %w", c.ID, err)
	}
	_, err = i.Claims.Readjudicate(ctx, claims.Anew{ID: id, Cause: claims.Appeal, Person: c.Judge})
	return err
}
