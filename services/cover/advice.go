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
	j.warn(j.paidThrough(j.stand(j.asked)), j.paidThrough(s))
	if j.by() == byMonths {
		return j.adviseMonths(target)
	}
	return j.adviseDays(s, target)
}

// warn lets trials have notices that are sent on the day of asking, of those ends.
func (j *judging) warn(ends ...day) {
	j.warned = slices.Clip(j.before.notices)
	for _, end := range ends {
		j.warned = append(j.warned, notice{on: j.asked, ends: end})
	}
	j.warned = inOrder(j.warned)
}

// trial is the life as it would be if so much came on a day and notices had been sent on the day of asking.
func (j *judging) trial(on day, minor int64) *life {
	f := *j.before
	f.unions = slices.Clone(last(f.unions, 3))
	f.bought.segments = slices.Clone(last(f.bought.segments, 1))
	f.waits = slices.Clone(last(f.waits, 1))
	f.starts = nil
	f.notices, f.effects = j.warned, nil
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
	covers := func(on day, minor int64) bool { return j.trial(on, minor).stand(target).covered }
	days := j.fewest(covers, target)
	if days == 0 && !s.covered {
		if target = j.firstAfter(); target != always {
			days = j.fewest(covers, target)
		}
	}
	if days == 0 {
		return nil
	}
	minor := j.priceOf(days, target)
	f := j.trial(j.asked, minor)
	until, _ := f.until(f.stand(target))
	by := j.lastDay(func(on day) bool { return covers(on, minor) }, j.asked, target)
	return &Advice{Pay: []Due{{minor, j.asked.date(), by.date()}}, From: target.date(), Until: until.date()}
}

// firstAfter is the first day that a payment on the day of asking would cover where there are days of waiting; always
// where it would cover none.
func (j *judging) firstAfter() day {
	f := j.trial(j.asked, j.priceOf(1, j.asked))
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

// lastDay is the last day of those from the first, on which it holds, through the last on each of which it holds.
func (j *judging) lastDay(holds func(day) bool, first, last day) day {
	by := first
	for by < last {
		end := min(j.nextStretch(by)-1, lastOf(monthNumber(by.date().Period())), last)
		if !holds(end) {
			return lastTrue(by, end, holds)
		}
		if by = end; by < last {
			if !holds(by + 1) {
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

// adviseMonths is the least that makes enough months count for the first day, from the target on, for which they can. Of
// what can be paid that is advised which asks for least, all of it at once if that asks for no more, and as soon as it can
// be paid.
func (j *judging) adviseMonths(target day) *Advice {
	all := j.everything()
	d := j.soonest(all, target)
	if d == never || j.tried(nil, d) {
		return nil // no payment does, or that day comes without one
	}
	dues := j.atOnce(j.byAndBy(through(all, d), d), d)
	f := j.paying(dues, monthNumber(j.over.to.date().Period()))
	until, _ := f.until(f.stand(d))
	j.inTime(dues, d)
	return &Advice{Pay: dues, From: d.date(), Until: until.date()}
}

// byAndBy is the least where each month is paid when it comes: late rather than soon, unless that asks for more since the
// days of waiting begin with the first payment.
func (j *judging) byAndBy(all []Due, d day) []Due {
	late := j.least(all, d, false)
	if j.life.on(j.asked).cover.Waiting == nil {
		return late
	}
	if soon := j.least(all, d, true); (Advice{Pay: soon}).Minor() < (Advice{Pay: late}).Minor() {
		return soon
	}
	return late
}

// atOnce is the one payment that asks for least, on the day of asking or the first of a month; what is paid by and by where
// that asks for less.
func (j *judging) atOnce(dues []Due, d day) []Due {
	most := (Advice{Pay: dues}).Minor()
	for on := j.asked; on <= d && most > 0; on = lastOf(monthNumber(on.date().Period())) + 1 {
		one := []Due{{Minor: most, From: on.date()}}
		if !j.tried(one, d) {
			continue
		}
		one[0].Minor = j.leastOf(one, 0, d)
		dues, most = one, one[0].Minor-1
	}
	return dues
}

// everything is all that still can be given for months: now whatever a payment can fill, though it be for nothing but to
// begin the days of waiting, and in each later month what that one lacks, on its first day.
func (j *judging) everything() []Due {
	t, now := j.life.on(j.asked), monthNumber(j.asked.date().Period())
	sum := j.room(now)
	for _, other := range j.order(t.cover.Months, t, now) {
		if other != now {
			sum = plus(sum, j.room(other))
		}
	}
	all := []Due{{Minor: max(1, sum), From: j.asked.date()}}
	for n := now + 1; firstOf(n) < j.over.to; n++ {
		if lacks := j.room(n); lacks > 0 {
			all = append(all, Due{Minor: lacks, From: firstOf(n).date()})
		}
	}
	return all
}

// through are the dues that can be paid by the day.
func through(all []Due, d day) []Due {
	return slices.DeleteFunc(slices.Clone(all), func(one Due) bool { return dayOf(one.From) > d })
}

// soonest is the first day, from the target on, that is certain if all of it is paid; never where none is.
func (j *judging) soonest(all []Due, target day) day {
	if j.tried(through(all, target), target) {
		return target
	}
	f := j.paying(all, monthNumber(j.over.to.date().Period()))
	var days []day
	for _, s := range slices.Concat(f.unions, f.waits) {
		if target < s.from && s.from < j.over.to {
			days = append(days, s.from)
		}
	}
	slices.Sort(days)
	for _, d := range days {
		if j.tried(through(all, d), d) {
			return d
		}
	}
	return never
}

// least takes off each payment what is not needed, of the greatest first, and of those that are alike of the one that is
// to be paid first, or where it is to be paid soon of the last.
func (j *judging) least(all []Due, target day, soon bool) []Due {
	dues, order := slices.Clone(all), make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	if soon {
		slices.Reverse(order)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[b].Minor, all[a].Minor) })
	for before := int64(-1); before != (Advice{Pay: dues}).Minor(); {
		before = (Advice{Pay: dues}).Minor()
		for _, i := range order {
			dues[i].Minor = j.leastOf(dues, i, target)
		}
	}
	return inTurn(dues)
}

// leastOf is the least that one of the payments can be.
func (j *judging) leastOf(dues []Due, i int, target day) int64 {
	fewer := slices.Clone(dues)
	covers := func(minor int64) bool {
		fewer[i].Minor = minor
		return j.tried(fewer, target)
	}
	switch whole := dues[i].Minor; {
	case whole == 0 || covers(0):
		return 0
	case !covers(whole - 1):
		return whole
	default:
		few, many := int64(1), whole-1
		for few < many {
			if half := few + (many-few)/2; covers(half) {
				many = half
			} else {
				few = half + 1
			}
		}
		return many
	}
}

// inTime says until when each payment may wait, if those before it wait as long as they may.
func (j *judging) inTime(dues []Due, target day) {
	late := slices.Clone(dues)
	for i := range dues {
		holds := func(on day) bool {
			late[i].From = on.date()
			return j.tried(late, target)
		}
		by := j.lastDay(holds, dayOf(dues[i].From), target)
		dues[i].By, late[i].From = by.date(), by.date()
	}
}

// tried says whether paying all of it makes the day certain.
func (j *judging) tried(dues []Due, target day) bool {
	return j.paying(dues, monthNumber(target.date().Period())).stand(target).covered
}

// paying is the life through a month as it would be if each of the dues came on its first day and notices had been
// sent on the day of asking.
func (j *judging) paying(dues []Due, month int) *life {
	f := *j.before
	f.months = f.months.clone()
	f.unions, f.paid = slices.Clone(f.unions), slices.Clip(f.paid)
	f.notices, f.effects = j.warned, nil
	dues = inTurn(dues)
	if !j.life.began() && len(dues) > 0 {
		f.over.from = dayOf(dues[0].From) // nothing else says that she is a member before she pays
		f.months = f.months.beginning(monthNumber(dues[0].From.Period()))
	}
	for _, d := range dues {
		f.asked = max(f.asked, dayOf(d.From))
		f.paid = append(f.paid, f.asked)
		f.giveMonths(pay{on: dayOf(d.From), minor: d.Minor, parts: []Payment{{On: d.From, Minor: d.Minor, Account: j.account()}}})
	}
	f.qualify(f.sure, f.sure.next, month)
	return &f
}

// inTurn are the dues that ask for something, in the order of their first days.
func inTurn(dues []Due) []Due {
	some := slices.DeleteFunc(slices.Clone(dues), func(d Due) bool { return d.Minor == 0 })
	slices.SortStableFunc(some, func(a, b Due) int { return cmp.Compare(a.From, b.From) })
	return some
}

// account is the pot that a payment of her own goes to.
func (j *judging) account() ledger.Code {
	return slices.Concat(j.own, j.matched)[0]
}
