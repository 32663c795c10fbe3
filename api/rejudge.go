package api

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/cases"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/pension"
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

// afterwards is what has followed from a death, or from its undoing.
type afterwards struct {
	// savings and benefits are what a confirmed death has opened for those left behind.
	savings  []pension.Opened
	benefits []claims.AtDeath
	// drawn and paid are what had been paid out for a death that never was.
	drawn []pension.Paid
	paid  []claims.PaidAtDeath
}

// afterDeath does what follows from a death that was marked, told of, confirmed or undone: payouts in cash to her wait or
// go on, and what she is due is judged anew. A confirmed death opens what is due to those left behind; one that never was
// is undone in full, and pensions that it has ended go on. All of it is named by the death, so that said again it does what
// is missing.
func (i *Institution) afterDeath(ctx context.Context, member insurance.MemberID, facts insurance.Facts) (after afterwards, err error) {
	hold := payout.Hold{Party: member.Party(), Reason: deathHold, Person: itself}
	if facts.Death.HoldsPayouts() {
		if _, _, err := i.Payouts.HoldPayouts(ctx, hold); err != nil {
			return after, err
		}
		if err := i.Rejudge(ctx, member); err != nil {
			return after, err
		}
		return i.bereaved(ctx, member, facts)
	}
	if err := i.release(ctx, hold); err != nil {
		return after, err
	}
	if facts.Death.On == 0 {
		if after, err = i.alive(ctx, member, facts); err != nil {
			return after, err
		}
	}
	return after, i.Rejudge(ctx, member)
}

// bereaved opens what is due to those whom a member leaves behind, once her death is confirmed: first what buries her.
func (i *Institution) bereaved(ctx context.Context, member insurance.MemberID, facts insurance.Facts) (after afterwards, err error) {
	if !facts.Death.Confirmed() {
		return after, nil
	}
	if after.benefits, err = i.Claims.OpenAtDeath(ctx, member, itself); err != nil {
		return after, err
	}
	after.savings, err = i.Pensions.OpenSurvivors(ctx, member)
	return after, err
}

// alive undoes what a death that never was has opened, and lets go on what it has ended.
func (i *Institution) alive(ctx context.Context, member insurance.MemberID, facts insurance.Facts) (after afterwards, err error) {
	if facts.DeathsUndone() > 0 {
		if after.paid, err = i.Claims.UndoAtDeath(ctx, member, undoneBy(facts)); err != nil {
			return after, err
		}
		if after.drawn, err = i.Pensions.UndoSurvivors(ctx, member); err != nil {
			return after, err
		}
	}
	return after, i.Pensions.Resume(ctx, member.Party())
}

// undoneBy is who took the last death off the record.
func undoneBy(facts insurance.Facts) (by string) {
	for _, s := range facts.Superseded {
		if s.Was.Death.On != 0 {
			by = s.By
		}
	}
	return by
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
