package cover

import (
	"cmp"
	"slices"

	"sanad.dev/sanad/ledger"
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
	f.notices, f.effects = inOrder(append(slices.Clip(f.notices), notice{on: j.asked, ends: end})), nil
	f.paid = append(slices.Clone(last(f.paid, 1)), on)
	f.asked = on // what it buys must be certain: another notice may be sent on the day of the payment
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
	few, many := day(1), target-j.asked+1+day(j.life.beginning(j.asked).wait)
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
		if _, ok := j.tried(nil, d); ok {
			return nil // that day comes without a payment
		}
		for _, dues := range j.ways(d) {
			if _, ok := j.tried(dues, d); ok {
				dues = j.least(dues, d)
				until, _ := j.tried(dues, d)
				j.inTime(dues, d)
				return &Advice{Pay: dues, From: d.date(), Until: until.date()}
			}
		}
	}
	return nil
}

// ways are the amounts that may make enough months count for the day, the least first.
func (j *judging) ways(d day) [][]Due {
	all := slices.Concat([][]Due{j.monthsFor(d, true), j.monthsFor(d, false)}, j.arrearsFor(d))
	all = slices.DeleteFunc(all, func(dues []Due) bool { return len(dues) == 0 })
	slices.SortStableFunc(all, func(a, b []Due) int { return cmp.Compare(Advice{Pay: a}.Minor(), Advice{Pay: b}.Minor()) })
	return all
}

// least takes off each payment what is not needed: one of another month may do for this one too.
func (j *judging) least(dues []Due, target day) []Due {
	for i := range dues {
		covers := func(minor int64) bool {
			fewer := slices.Clone(dues)
			fewer[i].Minor = minor
			_, ok := j.tried(fewer, target)
			return ok
		}
		if !covers(dues[i].Minor - 1) {
			continue
		}
		few, many := int64(0), dues[i].Minor-1
		for few < many {
			if half := (few + many) / 2; covers(half) {
				many = half
			} else {
				few = half + 1
			}
		}
		dues[i].Minor = many
	}
	return slices.DeleteFunc(dues, func(d Due) bool { return d.Minor == 0 })
}

// inTime brings the last day of the first payment forward to one on which it still does what it says: with the first
// payment the days of waiting begin.
func (j *judging) inTime(dues []Due, target day) {
	first := dues[0].From
	covers := func(d day) bool {
		dues[0].From = d.date()
		_, ok := j.tried(dues, target)
		return ok
	}
	if by := dayOf(dues[0].By); !covers(by) {
		dues[0].By = lastTrue(dayOf(first), by, covers).date()
	}
	dues[0].From = first
}

// openMonth is a month that can still be made to count, and what it lacks.
type openMonth struct {
	number int
	lacks  int64
}

// monthsFor is what must be given in months that are open still, for enough to count on the day: first those that lack
// least, and of these the latest. Still are those among them that do not count against her.
func (j *judging) monthsFor(d day, still bool) []Due {
	window := j.window(monthNumber(d.date().Period()), d)
	missing := j.life.on(d).qualify - j.counted(window, d)
	if missing <= 0 {
		return nil
	}
	var open []openMonth
	for _, number := range j.closer(window, d, still) {
		if !j.months.counts(number, d) && lastOf(number) >= j.asked && firstOf(number) <= d {
			open = append(open, openMonth{number, max(1, j.room(number))})
		}
	}
	if len(open) < missing {
		return nil
	}
	slices.SortStableFunc(open, func(a, b openMonth) int { return cmp.Or(cmp.Compare(a.lacks, b.lacks), b.number-a.number) })
	var dues []Due
	for _, m := range open[:missing] {
		dues = append(dues, Due{m.lacks, max(firstOf(m.number), j.asked).date(), min(lastOf(m.number), d).date()})
	}
	slices.SortFunc(dues, func(a, b Due) int { return cmp.Compare(a.From, b.From) })
	return dues
}

// closer are the months of the window, and where wanted those between them that do not count against her.
func (j *judging) closer(window []int, d day, still bool) []int {
	t := j.life.on(d)
	if !still || t.cover.Months == nil {
		return window
	}
	first := j.months.first
	if len(window) >= t.inLast {
		first = window[len(window)-1]
	}
	all := slices.Clone(window)
	for n := first; n <= lastOfWindow(monthNumber(d.date().Period()), t.cover.Months); n++ {
		if j.months.has(n) && !slices.Contains(window, n) {
			all = append(all, n)
		}
	}
	return all
}

// arrearsFor are the amounts, the least first, that fill this month and one more earlier one each, where those can be made
// good.
func (j *judging) arrearsFor(d day) (all [][]Due) {
	t := j.life.on(j.asked)
	if t.cover.Months == nil || t.cover.Months.Arrears == nil {
		return nil
	}
	number := monthNumber(j.asked.date().Period())
	sum := int64(0)
	for _, other := range j.order(t.cover.Months, t, number) {
		if room := j.room(other); room > 0 && other <= number {
			sum += room
			all = append(all, []Due{{sum, j.asked.date(), min(lastOf(number), d).date()}})
		}
	}
	return all
}

// tried says whether paying all of it makes the day certain, and through which day cover is certain then.
func (j *judging) tried(dues []Due, target day) (day, bool) {
	f := *j.before
	f.months = f.months.clone()
	f.unions, f.bought.counted = slices.Clone(last(f.unions, 3)), slices.Clone(last(f.bought.counted, 1))
	f.waits, f.starts, f.paid = slices.Clone(f.waits), nil, slices.Clone(last(f.paid, 1))
	end := j.paidThrough(j.stand(j.asked))
	f.notices, f.effects = inOrder(append(slices.Clip(f.notices), notice{on: j.asked, ends: end})), nil
	for _, d := range dues {
		if d.Minor > 0 {
			f.asked = max(f.asked, dayOf(d.From))
			f.paid = append(f.paid, f.asked)
			f.giveMonths(pay{on: dayOf(d.From), minor: d.Minor, parts: []Payment{{On: d.From, Minor: d.Minor, Account: j.account()}}})
		}
	}
	f.qualify(monthNumber(j.asked.date().Period()), monthNumber(f.over.to.date().Period()))
	s := f.stand(target)
	if !s.covered {
		return 0, false
	}
	until, _ := f.until(s)
	return until, true
}

// account is the pot that a payment of her own goes to.
func (j *judging) account() ledger.Code {
	return slices.Concat(j.own, j.matched)[0]
}
