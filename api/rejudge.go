package api

import (
	"context"

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
