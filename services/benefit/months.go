package benefit

import (
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// before is the month that a window ends before: that of the event, the admission, the claim, or the first of the
// semester. A semester is the quarter of the event and the quarter before it.
func (j *judge) before(what string) ledger.Period {
	e := j.c.Claim.Event
	switch {
	case what == "admission" && e.Admitted != 0:
		return e.Admitted.Period()
	case what == "claim":
		return j.c.Claim.ReceivedOn.Period()
	case what == "semester":
		m := e.On.Period()
		return earlier(m, (e.On.Month()-1)%3+3)
	}
	return e.On.Period()
}

// earlier is the month so many months before.
func earlier(m ledger.Period, months int) ledger.Period {
	n := m.Year()*12 + int(m)%100 - 1 - months
	return ledger.Period(n/12*100 + n%12 + 1)
}

// window are the months before one, the last so many.
func window(before ledger.Period, months int64) (from, to ledger.Period) {
	return earlier(before, int(min(months, mostMonths))), earlier(before, 1)
}

// paidMonths are the months up to the event in which something was given, or that are credited for care, in order.
func (j *judge) paidMonths() []ledger.Period {
	var months []ledger.Period
	for _, p := range j.in.Contributions {
		months = append(months, p.On.Period())
	}
	for _, credit := range j.c.Facts.CareCredit {
		months = append(months, j.credited(credit)...)
	}
	slices.Sort(months)
	return slices.Compact(months)
}

// credited are the months of a care credit up to the event; one without a first day is not counted.
func (j *judge) credited(c insurance.CareCredit) []ledger.Period {
	var months []ledger.Period
	last := j.c.Claim.Event.On
	if c.To != 0 {
		last = min(last, c.To)
	}
	for m := c.From.Period(); c.From != 0 && m <= last.Period() && len(months) < mostMonths; m = m.Next() {
		months = append(months, m)
	}
	return months
}

// qualified says why the months that were paid do not suffice; nil where they do, or none are asked for.
func (j *judge) qualified() (*Why, error) {
	q := j.b.Qualifying
	if q == nil {
		return nil, nil
	}
	need, err := j.whole(&q.Months, rule.Lesser, 0)
	if err != nil {
		return nil, err
	}
	from, to := ledger.Period(0), j.c.Claim.Event.On.Period()
	span := "ever"
	if q.InLast != nil {
		last, err := j.whole(q.InLast, rule.Greater, 0)
		if err != nil {
			return nil, err
		}
		from, to = window(j.before(q.Before), last)
		span = fmt.Sprintf("from %s to %s", from, to)
	}
	paid := int64(0)
	for _, m := range j.paidMonths() {
		if from <= m && m <= to {
			paid++
		}
	}
	j.numbers["months_in_window"] = exact.Int(paid)
	if paid >= need {
		return nil, nil
	}
	return &Why{
		Reason: NotQualified, Rule: j.rule("qualifying"),
		Text: fmt.Sprintf("%d months were paid %s; %d are asked for", paid, span, need),
	}, nil
}

// earn computes what was given as earnings, by the benefit's own rule.
func (j *judge) earn() error {
	x := j.b.Earnings
	if x == nil {
		return nil
	}
	last, err := j.whole(&x.InLast, rule.Greater, 0)
	if err != nil {
		return err
	}
	from, to := window(j.before(x.Before), last)
	var credits []exact.Number
	for m := from; m <= to && len(credits) < mostMonths; m = m.Next() {
		credit, err := j.credit(x, m)
		if err != nil {
			return err
		}
		credits = append(credits, credit)
	}
	best, err := j.whole(x.Best, rule.Greater, int64(len(credits)))
	if err != nil {
		return err
	}
	slices.SortStableFunc(credits, func(a, b exact.Number) int { return b.Cmp(a) })
	sum := exact.Int(0)
	for _, credit := range credits[:min(int64(len(credits)), max(0, best))] {
		sum = sum.Plus(credit)
	}
	over := exact.Int(max(1, best))
	if x.Over != nil {
		if over, _, err = j.scheme.Compute(x.Over, j.in, rule.Lesser); err != nil {
			return err
		}
	}
	j.numbers["earnings"] = sum.Over(over)
	return j.numbers["earnings"].Err()
}

// credit is what counts as the earnings of a month.
func (j *judge) credit(x *rule.Earnings, m ledger.Period) (exact.Number, error) {
	paid := int64(0)
	for _, p := range j.in.Contributions {
		if p.On.Period() == m {
			paid += p.Minor
		}
	}
	amount := exact.OfMinor(paid, j.scheme.Decimals())
	if x.Credit == nil {
		return amount, nil
	}
	in := j.in
	in.On = min(m.LastDay(), j.in.On)
	in.Circumstances = map[string]exact.Number{"paid": amount}
	n, refusal, err := j.scheme.Compute(x.Credit, in, rule.Greater)
	if refusal != nil { // nothing was given, or is known of the month
		n = exact.Int(0)
	}
	return n, err
}
