package benefit

import (
	"fmt"
	"slices"

	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// part is a share of an amount in minor units, rounded down.
func part(share exact.Number, minor int64) (int64, error) {
	n := share.Times(exact.Int(minor)).Round(exact.Down, exact.Int(1))
	whole, ok := n.Whole()
	if !ok {
		return 0, fmt.Errorf("a share of an amount: %w", n.Err())
	}
	return whole, nil
}

// holds says whether the kinds of care have this one; none named are all.
func holds(kinds []rule.Care, care rule.Care) bool {
	return len(kinds) == 0 || slices.Contains(kinds, care)
}

// counted are the earlier lines that count with this claim: of the benefit, per event, year or lifetime, of the person or
// of her household. The year is that of the event, so that all lines of one event have the same.
func (j *judge) counted(per string, household bool, fn func(Earlier)) {
	year := j.scheme.YearOf(j.c.Claim.Event.On)
	for _, e := range j.c.History {
		switch {
		case e.Claim == j.c.Claim.ID || e.Scheme != j.c.Scheme || e.Benefit != j.c.Claim.Benefit || e.Member != j.c.Claim.Member:
		case (!household || j.c.Cover.OwnLimits) && e.person() != j.c.Claim.person():
		case per == "event" && e.Event != j.c.Claim.event():
		case per == "year" && !year.Holds(e.EventOn):
		default:
			fn(e)
		}
	}
}

// limits are those of the benefit, those for fewer kinds of care first: what they have taken off does not use up what
// others leave. Any two are for kinds of which one has all of the other, or none; the scheme is not read otherwise.
func (j *judge) limits() []*rule.Limit {
	all := make([]*rule.Limit, len(j.b.Limits))
	for i := range all {
		all[i] = &j.b.Limits[i]
	}
	wide := func(l *rule.Limit) int {
		if len(l.For) == 0 {
			return len(rule.Cares())
		}
		return len(l.For)
	}
	slices.SortStableFunc(all, func(a, b *rule.Limit) int { return wide(a) - wide(b) })
	return all
}

// limitDays takes off the days above the limits of days.
func (j *judge) limitDays(order []*item) error {
	for _, l := range j.limits() {
		if l.Days == nil {
			continue
		}
		left, err := j.whole(l.Days, rule.Greater, 0)
		if err != nil {
			return err
		}
		most := left
		j.counted(l.Per, l.Household, func(e Earlier) {
			if holds(l.For, e.Care) {
				left -= e.Days
			}
		})
		left = max(0, left)
		for _, x := range order {
			if !x.stay || !holds(l.For, x.care) {
				continue
			}
			if x.counts > left {
				x.keep(left, x.counts, Why{Reason: DaysReached, Rule: j.limitRule(l), Text: fmt.Sprintf("%d days are paid per %s%s", most, l.Per, ofHousehold(l))})
			}
			left -= x.counts
		}
	}
	return nil
}

// limitRule names the limit by its place in the list.
func (j *judge) limitRule(l *rule.Limit) string {
	return j.rule(fmt.Sprintf("limits[%d]", slices.IndexFunc(j.b.Limits, func(other rule.Limit) bool { return other.Place.Position == l.Place.Position })))
}

func ofHousehold(l *rule.Limit) string {
	if l.Household {
		return " for the household"
	}
	return ""
}

// coPaymentOf is the first co-payment that is for care of the kind and level; -1 for none.
func (j *judge) coPaymentOf(care rule.Care, level string) int {
	return slices.IndexFunc(j.b.CoPayments, func(c rule.CoPayment) bool {
		return holds(c.For, care) && (len(c.Level) == 0 || slices.Contains(c.Level, level))
	})
}

// coPayment is what the member pays herself of what is left of the item, before a ceiling; nothing of pregnancy and birth.
func (j *judge) coPayment(x *item) (int64, error) {
	i := j.coPaymentOf(x.care, x.Level)
	if i < 0 || x.free {
		return 0, nil
	}
	co := &j.b.CoPayments[i]
	in := j.at(x)
	if co.Share != nil {
		share, refusal, err := j.scheme.Compute(co.Share, in, rule.Lesser)
		if err != nil || refusal != nil { // what is not known counts for her
			return 0, err
		}
		return part(share, x.left)
	}
	each, refusal, err := j.scheme.Compute(co.Amount, in, rule.Lesser)
	if err != nil || refusal != nil {
		return 0, err
	}
	units := x.units
	if x.stay && x.counts > 0 {
		units = x.counts
	}
	minor, _, err := j.floor(each.Times(exact.Int(units)))
	return min(minor, x.left), err
}

// coPay takes the co-payments off, up to their ceilings.
func (j *judge) coPay(order []*item) error {
	room := map[int]int64{}
	for _, x := range order {
		x.cost = x.left
		i := j.coPaymentOf(x.care, x.Level)
		if i < 0 {
			continue
		}
		co := &j.b.CoPayments[i]
		minor, err := j.coPayment(x)
		if err != nil {
			return err
		}
		why := Why{Reason: CoPaid, Rule: j.rule(fmt.Sprintf("co_payments[%d]", i)), Text: "she pays this part herself"}
		if co.UpTo == nil {
			x.take(minor, why)
			continue
		}
		if _, known := room[i]; !known {
			if room[i], err = j.coPayRoom(i, co); err != nil {
				return err
			}
		}
		room[i] -= x.take(min(minor, room[i]), why)
	}
	return nil
}

// coPayRoom is what the ceiling of a co-payment leaves, after what she has paid already.
func (j *judge) coPayRoom(i int, co *rule.CoPayment) (int64, error) {
	room, refusal, err := j.minor(co.UpTo, rule.Lesser)
	if err != nil || refusal != nil {
		return 0, err
	}
	j.counted(co.Per, false, func(e Earlier) {
		if j.coPaymentOf(e.Care, e.Level) == i {
			room -= e.CoPaid
		}
	})
	return max(0, room), nil
}

// charge takes off what the rules of cover charge; nothing of pregnancy and birth.
func (j *judge) charge(order []*item) error {
	for _, c := range j.c.Cover.Charges {
		due, err := j.fine(c, order)
		if err != nil {
			return fmt.Errorf("charge %s: %w", c.Reason, err)
		}
		weights := make([]exact.Number, len(order))
		for i, x := range order {
			if !x.free && holds(c.For, x.care) {
				weights[i] = exact.Int(x.cost)
			}
		}
		parts, err := Split(due, weights...)
		if err != nil {
			return fmt.Errorf("charge %s: %w", c.Reason, err)
		}
		for i, x := range order {
			x.take(parts[i], c.Why)
		}
	}
	return nil
}

// fine is what is still to be charged for the event: what all of its care costs makes one charge, of which earlier claims
// have borne a part.
func (j *judge) fine(c Charge, order []*item) (int64, error) {
	cost, charged := int64(0), int64(0)
	j.counted("event", false, func(e Earlier) {
		if holds(c.For, e.Care) && !slices.Contains(ofBirth, e.Care) {
			cost += e.Minor + e.CoPaid + e.Charged
			charged += e.Charged
		}
	})
	now := int64(0)
	for _, x := range order {
		if !x.free && holds(c.For, x.care) {
			now += x.cost
		}
	}
	r := j.scheme.Covers[c.Cover].Reactivation
	if r == nil || now == 0 {
		return 0, nil
	}
	in := j.in
	in.Circumstances = map[string]exact.Number{
		"months_unpaid": exact.Int(int64(c.MonthsUnpaid)), "benefit_cost": exact.OfMinor(cost+now, j.scheme.Decimals()),
	}
	n, refusal, err := j.scheme.Compute(&r.Charge, in, rule.Lesser)
	if err != nil || refusal != nil { // what is not known counts for her
		return 0, err
	}
	minor, err := j.scheme.Rounded(r.Round, n)
	return max(0, min(minor-charged, now)), err
}

// limitAmounts takes off what is above the limits of money.
func (j *judge) limitAmounts(order []*item) error {
	for _, l := range j.limits() {
		if l.Amount == nil {
			continue
		}
		most, left, err := j.roomOf(l)
		if err != nil {
			return err
		}
		for _, x := range order {
			if !holds(l.For, x.care) {
				continue
			}
			x.downTo(left, j.limited(l, most))
			left -= x.left
		}
	}
	return nil
}

// roomOf is the limit, and what is left of it after what was granted before.
func (j *judge) roomOf(l *rule.Limit) (most, left int64, err error) {
	most, refusal, err := j.minor(l.Amount, rule.Greater)
	if err != nil || refusal != nil {
		return 0, mostMinor, err
	}
	left = most
	j.counted(l.Per, l.Household, func(e Earlier) {
		if holds(l.For, e.Care) {
			left -= e.Minor
		}
	})
	return most, max(0, left), nil
}

func (j *judge) limited(l *rule.Limit, most int64) Why {
	return Why{Reason: LimitReached, Rule: j.limitRule(l), Text: fmt.Sprintf("%s are paid per %s%s", j.cash(most), l.Per, ofHousehold(l))}
}
