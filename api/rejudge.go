package api

import (
	"context"

	"sanad.dev/sanad/services/cases"
	"sanad.dev/sanad/services/insurance"
)

// Rejudge judges anew what members are due, after what is known of them has changed (L6).
func (i *Institution) Rejudge(ctx context.Context, members ...insurance.MemberID) error {
	return i.Subsidies.Rejudge(ctx, members...)
}

// afterDeath does what follows from a death that was marked, confirmed or undone.
func (i *Institution) afterDeath(ctx context.Context, member insurance.MemberID, _ insurance.Facts) error {
	return i.Rejudge(ctx, member)
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
	return i.Rejudge(ctx, c.Member)
}
