package cover

import (
	"cmp"
	"slices"

	"sanad.dev/sanad/services/insurance"
)

// advise is the least that would make a day covered that is not certain to be: the day after those that are certain, or
// the day that was asked for, or the first one after it that can be. It is nil where no payment does.
func (j *judging) advise(s standing) *Advice {
	t := j.life.on(j.asked)
	target := max(j.on, j.asked)
	switch {
	case j.on < j.asked && !s.covered, s.state == Waiting, t.refusal != nil:
		return nil // what is past can't be paid for, and what was bought need only be waited for
	case s.covered:
		certain, _ := j.until(s)
		target = certain + 1
	}
	if target >= j.over.to || target < j.asked {
		return nil
	}
	if j.by() == byMonths {
		return j.adviseMonths(target)
	}
	return j.adviseDays(s, target)
}

// trial is the life as it would be if so much came on a day and a notice had been sent on the day of asking.
func (j *judging) trial(on day, minor int64, end day) *life {
	f := *j.before
	f.unions = slices.Clone(last(f.unions, 3))
	f.bought.segments = slices.Clone(last(f.bought.segments, 1))
	f.waits = slices.Clone(last(f.waits, 1))
	f.starts = nil
	f.notices = append(slices.Clip(f.notices), notice{on: j.asked, ends: end})
	f.paid = append(slices.Clip(f.paid), on)
	f.asked = never
	f.take(on, minor)
	f.wake(f.over.to)
	return &f
}

func last[T any](all []T, n int) []T { return all[max(0, len(all)-n):] }

// paidThrough is the last day of the rights that stand; the day of asking where there are none.
func (j *judging) paidThrough(s standing) day {
	if s.union < 0 {
		return j.asked
	}
	if !s.covered {
		return s.end
	}
	_, paid := j.until(s)
	return paid
}

// adviseDays is the least that buys the day, paid on the day of asking or by the last day on which it does the same.
func (j *judging) adviseDays(s standing, target day) *Advice {
	end := j.paidThrough(s)
	covers := func(on day, minor int64) bool { return j.trial(on, minor, end).stand(target).covered }
	days := j.fewest(covers, target)
	if days == 0 && !s.covered {
		if target = j.firstAfter(end); target < always {
			days = j.fewest(covers, target)
		}
	}
	if days == 0 {
		return nil
	}
	minor := j.priceOf(days, target)
	f := j.trial(j.asked, minor, end)
	f.asked = j.asked
	until, _ := f.until(f.stand(target))
	by := j.lastDay(covers, minor, target)
	return &Advice{Pay: []Due{{minor, j.asked.date(), by.date()}}, From: target.date(), Until: until.date()}
}

// firstAfter is the first day that a payment on the day of asking would cover where there are days of waiting; always
// where it would cover none.
func (j *judging) firstAfter(end day) day {
	f := j.trial(j.asked, j.priceOf(1, j.asked), end)
	for _, u := range f.unions {
		if u.to >= j.asked {
			return u.from
		}
	}
	return always
}

// priceOf is what must be paid for so many days: on the day of asking, or where cover costs nothing then, on the target.
func (j *judging) priceOf(days, target day) int64 {
	cost := j.life.on(j.asked).cost
	if cost == 0 {
		cost = j.life.on(target).cost
	}
	parts := int64(days)*cost - j.before.bought.rest
	return max(1, (parts+scale-1)/scale)
}

// fewest is the fewest days that must be bought for the target to be covered; none where no number does.
func (j *judging) fewest(covers func(day, int64) bool, target day) day {
	few, many := day(1), target-j.asked+1+day(j.life.on(j.asked).wait)
	if j.priceOf(1, target) <= 0 || many < few || !covers(j.asked, j.priceOf(many, target)) {
		return 0
	}
	for few < many {
		half := (few + many) / 2
		if covers(j.asked, j.priceOf(half, target)) {
			many = half
		} else {
			few = half + 1
		}
	}
	return few
}

// lastDay is the last day of those, from the day of asking on, on each of which the payment covers the target.
func (j *judging) lastDay(covers func(day, int64) bool, minor int64, target day) day {
	by := j.asked
	for by < target {
		end := min(j.nextStretch(by)-1, target)
		if !covers(end, minor) {
			return lastTrue(by, end, func(d day) bool { return covers(d, minor) })
		}
		if by = end; by < target {
			if !covers(by+1, minor) {
				return by
			}
			by++
		}
	}
	return by
}

// lastTrue is the last day on which it holds, where it holds on the first, not on the last, and from some day on not.
func lastTrue(first, last day, holds func(day) bool) day {
	for first+1 < last {
		if half := (first + last) / 2; holds(half) {
			first = half
		} else {
			last = half
		}
	}
	return first
}

// adviseMonths is the least that makes enough months count for the first day, from the target on, for which they can.
func (j *judging) adviseMonths(target day) *Advice {
	for d := target; d < j.over.to; d = firstOf(monthNumber(d.date().Period()) + 1) {
		for _, dues := range [][]Due{j.monthsFor(d), j.arrearsFor(d)} {
			if until, ok := j.tried(dues, d); ok {
				return &Advice{Pay: dues, From: d.date(), Until: until.date()}
			}
		}
	}
	return nil
}

// openMonth is a month that can still be made to count, and what it lacks.
type openMonth struct {
	number int
	lacks  int64
}

// monthsFor is what must be given in months that are open still, for enough to count on the day: first those that lack
// least, and of these the latest.
func (j *judging) monthsFor(d day) []Due {
	window := j.window(monthNumber(d.date().Period()), d)
	missing := j.life.on(d).qualify - j.counted(window, d)
	var open []openMonth
	for _, number := range window {
		if !j.months.counts(number, d) && lastOf(number) >= j.asked && firstOf(number) <= d {
			open = append(open, openMonth{number, j.room(number)})
		}
	}
	if missing <= 0 || len(open) < missing {
		return nil
	}
	slices.SortStableFunc(open, func(a, b openMonth) int { return cmp.Or(cmp.Compare(a.lacks, b.lacks), b.number-a.number) })
	var dues []Due
	for _, m := range open[:missing] {
		dues = append(dues, Due{max(1, m.lacks), max(firstOf(m.number), j.asked).date(), min(lastOf(m.number), d).date()})
	}
	slices.SortFunc(dues, func(a, b Due) int { return cmp.Compare(a.From, b.From) })
	return dues
}

// arrearsFor is what must be given this month for enough months to count on the day, where earlier ones can be made good.
func (j *judging) arrearsFor(d day) []Due {
	t := j.life.on(j.asked)
	if t.cover.Months == nil || t.cover.Months.Arrears == nil {
		return nil
	}
	number := monthNumber(j.asked.date().Period())
	window := j.window(monthNumber(d.date().Period()), d)
	missing := j.life.on(d).qualify - j.counted(window, d)
	sum := int64(0)
	for _, other := range j.order(t.cover.Months, t, number) {
		if missing <= 0 {
			break
		}
		sum += j.room(other)
		if slices.Contains(window, other) && !j.months.counts(other, d) {
			missing--
		}
	}
	if missing > 0 || sum == 0 {
		return nil
	}
	return []Due{{sum, j.asked.date(), min(lastOf(number), d).date()}}
}

// tried says whether paying all of it does what it should, and through which day cover is certain then.
func (j *judging) tried(dues []Due, target day) (day, bool) {
	if len(dues) == 0 {
		return 0, false
	}
	h := *j.h
	h.Payments = slices.Clip(h.Payments)
	own, matched := j.rules.accounts(j.name)
	account := slices.Concat(own, matched)[0]
	for _, d := range dues {
		h.Payments = append(h.Payments, Payment{On: d.From, Minor: d.Minor, Account: account, Payer: insurance.PayerSelf})
	}
	h.Notices = append(slices.Clip(h.Notices), Notice{Cover: j.name, On: j.asked.date(), Ends: j.paidThrough(j.stand(j.asked)).date()})
	f := j.rules.lived(&h, j.name, target, target, target)
	s := f.stand(target)
	if !s.covered {
		return 0, false
	}
	until, _ := f.until(s)
	return until, true
}
