package cover

import (
	"slices"

	"sanad.dev/sanad/ledger"
)

// Earned is what of the prepaid pots of a cover has been earned, in minor units: from the first payment through a day.
type Earned struct {
	Own     int64 `json:"own"`
	Matched int64 `json:"matched"`
}

// Earned is what of the payments has been earned by the end of the day. Where money buys days, each day earns its price
// as it passes, days that nobody paid for earn nothing, and what has bought no day yet is not earned. Where months count,
// what was given is earned evenly over the month that it counts for, from the day on which it was given. The oldest money
// is earned first, and of one day's that of funders before her own, so that she keeps hers for longest.
func (r Rules) Earned(h History, cover string, through ledger.Date) (Earned, error) {
	on := dayOf(through)
	l := r.lived(&h, cover, on, on, on)
	worth := l.worth(on)
	return l.split(worth), l.err
}

// worth is what cover given through the day has cost, in minor units.
func (l *life) worth(on day) int64 {
	if l.months != nil {
		return l.months.worth(on)
	}
	parts := int64(0)
	for _, s := range l.bought.segments {
		if days := min(s.to, on) - s.from + 1; days > 0 {
			parts = plus(parts, int64(days)*s.cost)
		}
	}
	return parts / scale
}

// lot is money and the month that it is earned over, from a day on.
type lot struct {
	month int
	from  day
	minor int64
}

// worth is what of all lots has been earned by the end of the day.
func (m *months) worth(on day) (sum int64) {
	for _, one := range m.lots {
		first, last := firstOf(one.month), lastOf(one.month)
		switch {
		case on >= last:
			sum = plus(sum, one.minor)
		case on >= max(first, one.from):
			days, all := int64(on-first+1), int64(last-first+1)
			sum = plus(sum, one.minor/all*days+one.minor%all*days/all)
		}
	}
	return sum
}

// split says out of which pot the money came that was earned first.
func (l *life) split(worth int64) (e Earned) {
	pays := slices.Clone(l.pays)
	own, matched := int64(0), int64(0) // what was taken back is taken from what came last
	for i := len(pays) - 1; i >= 0; i-- {
		p := &pays[i]
		mine := p.minor - p.matched
		matched, p.matched = absorb(matched, p.matched)
		own, mine = absorb(own, mine)
		p.minor = mine + p.matched
	}
	for _, p := range pays {
		part := min(worth, p.matched)
		e.Matched, worth = e.Matched+part, worth-part
		part = min(worth, p.minor-p.matched)
		e.Own, worth = e.Own+part, worth-part
	}
	return e
}

// absorb takes what is owed, which is negative or nothing, from an amount, and returns what is owed still and what is
// left.
func absorb(owed, amount int64) (still, left int64) {
	owed += amount
	if owed < 0 {
		return owed, 0
	}
	return 0, owed
}
