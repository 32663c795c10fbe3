package api

import (
	"cmp"
	"context"

	"github.com/shopspring/decimal"

	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/entitlement"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/rule"
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
		judged, ok, err := covers.Judge(ctx, t.(tx), q.Scheme.Code, pool, q.Member, questionOf(q))
		if err != nil || !ok {
			return claims.PlaceInScheme(q.Facts, q.Scheme.Code, q.Claim.Event.On), err
		}
		return coverOf(judged, costOf(q.Claim))
	}
}

// questionOf asks of the day of the event, as things are known on the day on which the claim came.
func questionOf(q claims.CoverQuery) cover.Question {
	return cover.Question{
		Person: cover.Person{Dependant: q.Person}, On: q.Claim.Event.On, AdmittedOn: q.Claim.Event.Admitted,
		ClaimedOn: q.Claim.ReceivedOn, Asked: max(q.Claim.Event.On, q.Claim.ReceivedOn),
	}
}

// costOf is what a claim asks for, in minor units.
func costOf(c benefit.Claim) (sum int64) {
	for _, l := range c.Lines {
		sum += l.Minor
	}
	return sum + c.Minor
}

func coverOf(j entitlement.Judged, cost int64) (benefit.Cover, error) {
	c := benefit.Cover{Covered: j.Covered, Since: cmp.Or(j.Joined, j.Since), OwnLimits: j.OwnLimits}
	if !j.Covered {
		for _, r := range j.Reasons {
			c.Why = append(c.Why, benefit.Why{Reason: r.Code, Rule: r.Rule, Text: r.Text, Change: r.Change})
		}
	}
	if j.Charge == nil || cost == 0 {
		return c, nil
	}
	fine, err := j.Fine(cost)
	if err != nil || fine == 0 {
		return c, err
	}
	c.Charges = append(c.Charges, chargeOf(*j.Charge, fine, cost))
	return c, nil
}

// chargePlaces are the decimals of the share that a charge is of what was asked: what is less than that is hers.
const chargePlaces = 9

// chargeOf is a charge as a share of what is granted, which is never more of it than of what was asked for.
func chargeOf(c cover.Charge, fine, cost int64) benefit.Charge {
	share, _ := decimal.NewFromInt(fine).QuoRem(decimal.NewFromInt(cost), chargePlaces)
	charge := benefit.Charge{
		Why:   benefit.Why{Reason: c.Reason, Rule: c.Rule, Text: "cover was taken up again on " + c.TakenUp.String() + "; this is charged through " + c.Until.String()},
		Share: share.String(), UpTo: fine,
	}
	for _, care := range c.Care {
		charge.For = append(charge.For, rule.Care(care))
	}
	return charge
}
