package api

import (
	"context"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/entitlement"
	"sanad.dev/sanad/services/insurance"
)

// joinCover joins cover and claims, of which neither knows the other: a claim is judged by the cover that its benefit asks
// for, and what claims were granted is used of limits.
func joinCover(covers *entitlement.Service, benefits *claims.Service) {
	covers.Used = func(ctx context.Context, t entitlement.Tx, member insurance.MemberID) ([]benefit.Earlier, error) {
		return benefits.Used(ctx, t.(tx), member)
	}
	benefits.Histories = func(ctx context.Context, t claims.Tx, scheme ledger.SchemeCode, members ...insurance.MemberID) (cover.Rules, map[insurance.MemberID]cover.History, error) {
		return covers.Histories(ctx, t.(tx), scheme, members...)
	}
}
