package api

import (
	"context"

	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/entitlement"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

// joinCover joins cover and claims, of which neither knows the other: a claim is judged by the cover whose pool bears the
// benefit, and what claims were granted is used of limits.
func joinCover(covers *entitlement.Service, benefits *claims.Service) {
	covers.Used = func(ctx context.Context, t entitlement.Tx, member insurance.MemberID) ([]benefit.Earlier, error) {
		return benefits.Used(ctx, t.(tx), member)
	}
	benefits.Covered = func(ctx context.Context, t claims.Tx, q claims.CoverQuery) (benefit.Cover, error) {
		compiled, err := match.Compiled(q.Scheme)
		if err != nil {
			return benefit.Cover{}, err
		}
		pool := insurance.Pool(compiled.Benefits[q.Claim.Benefit].Pool)
		answer, ok, err := covers.Judge(ctx, t.(tx), q.Scheme.Code, pool, q.Member, questionOf(q))
		if err != nil || !ok {
			return claims.PlaceInScheme(q.Facts, q.Scheme.Code, q.Claim.Event.On), err
		}
		return benefit.CoverOf(answer), nil
	}
}

// questionOf asks of the day of the event, as things are known on the day on which the claim came.
func questionOf(q claims.CoverQuery) cover.Question {
	return cover.Question{
		Person: cover.Person{Dependant: q.Person}, On: q.Claim.Event.On, AdmittedOn: q.Claim.Event.Admitted,
		ClaimedOn: q.Claim.ReceivedOn, Asked: max(q.Claim.Event.On, q.Claim.ReceivedOn),
	}
}
