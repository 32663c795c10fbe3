package cover

import "slices"

// segment are days that were bought at one price, in parts of a minor unit a day.
type segment struct {
	span
	cost int64
}

// bought is what money has bought: days, and the rest that is carried.
type bought struct {
	segments []segment
	// rest is money that has bought nothing yet, in parts of a minor unit; idle says that it could buy nothing, since
	// cover cost nothing or was not to be had when it came.
	rest int64
	idle bool
	// woken is the day through which it has been seen whether idle money can buy.
	woken day
	// counted are the spans that months have made.
	counted []span
}

// rights are the days bought.
func (b *bought) rights() []right {
	var all []right
	for _, s := range b.segments {
		if n := len(all); n > 0 && all[n-1].to == s.from-1 {
			all[n-1].to = s.to
			continue
		}
		all = append(all, right{s.span, Paid})
	}
	for _, s := range b.counted {
		all = append(all, right{s, MonthsMet})
	}
	return all
}

// buyDays lets every payment buy what it buys.
func (l *life) buyDays(pays []pay) {
	l.bought.woken = l.over.from - 1
	l.settle()
	for _, p := range pays {
		l.take(p.on, p.minor)
	}
	l.wake(l.through)
	before := *l
	before.unions = slices.Clone(l.unions)
	before.bought.segments = slices.Clone(l.bought.segments)
	l.before = &before
	l.wake(l.over.to)
	l.settle()
}

// take takes what came on a day.
func (l *life) take(on day, minor int64) {
	l.wake(on - 1)
	l.bought.woken = on
	l.bought.rest = plus(l.bought.rest, times(minor))
	if minor < 0 {
		l.giveBack(on)
		return
	}
	l.buy(on)
}

// times is the amount in parts of a minor unit.
func times(minor int64) int64 {
	const most = 1<<62 - 1
	return max(-most/scale, min(minor, most/scale)) * scale
}

// wake lets idle money buy on the first day through the last on which it can.
func (l *life) wake(last day) {
	if !l.bought.idle || last <= l.bought.woken {
		return
	}
	for d := l.bought.woken + 1; l.bought.idle && d <= last; d = l.nextStretch(d) {
		l.buy(d)
	}
	l.bought.woken = last
}

// nextStretch is the first day of the next stretch.
func (l *life) nextStretch(d day) day {
	if l.stretches.daily != nil {
		return d + 1
	}
	if i := l.stretches.at(d); i < len(l.stretches.starts) {
		return l.stretches.starts[i]
	}
	return never
}

// mostDays bounds what one payment buys: two hundred years.
const mostDays = 73_000

// buy lets what is there buy whole days at the day's price, from the first day that is not hers already. What a payment
// has bought stays bought: a price that changes later is that of later payments.
func (l *life) buy(on day) {
	t := l.on(on)
	if l.bought.idle = !t.buys() && l.bought.rest > 0; !t.buys() {
		return
	}
	n := min(l.bought.rest/t.cost, mostDays)
	if n <= 0 {
		return
	}
	l.bought.rest -= n * t.cost
	first := l.firstFree(on)
	l.bought.segments = append(l.bought.segments, segment{span{first, first + day(n) - 1}, t.cost})
	l.extend(l.bought.segments[len(l.bought.segments)-1].span)
	l.merge()
}

// merge makes one of the last two segments where they cost the same and touch.
func (l *life) merge() {
	s := l.bought.segments
	n := len(s)
	if n > 1 && s[n-1].cost == s[n-2].cost && s[n-1].from == s[n-2].to+1 {
		s[n-2].to = s[n-1].to
		l.bought.segments = s[:n-1]
	}
}

// extend adds days to those that are hers.
func (l *life) extend(s span) {
	if n := len(l.unions); n > 0 && l.unions[n-1].from <= s.from {
		if s.from <= l.unions[n-1].to+1 {
			l.unions[n-1].to = max(l.unions[n-1].to, s.to)
			return
		}
		l.unions = append(l.unions, s)
		return
	}
	l.unions = joined(append(slices.Clone(l.unions), s))
}

// firstFree is the first day that a payment buys: the day after those that are hers; its own, where cover has run out and
// not lapsed; else it begins anew, after the days of waiting.
func (l *life) firstFree(on day) day {
	i := l.unionBefore(on)
	if i >= 0 && l.unions[i].to >= on-1 {
		return l.unions[i].to + 1
	}
	for _, w := range l.waits {
		if w.has(on) {
			return l.afterWaiting(w)
		}
	}
	if i < 0 {
		return l.begin(start{paid: on}, l.beginning(on).waiting(true))
	}
	end := l.unions[i].to
	last := l.lapse(end)
	if on <= last+1 {
		return on
	}
	t := l.beginning(on)
	waits := day(l.clock.counted(last+1, on-1)) > t.after || l.waitsAfterSilence(end, on)
	return l.begin(start{paid: on, again: true, unpaid: wholeMonths(end+1, on)}, t.waiting(waits))
}

// afterWaiting is the first day after what is bought already and follows the waiting days.
func (l *life) afterWaiting(w span) day {
	if i := l.unionBefore(w.to + 1); i >= 0 && l.unions[i].to > w.to {
		return l.unions[i].to + 1
	}
	return w.to + 1
}

// waiting is how many days she waits, if she must.
func (t *again) waiting(must bool) int {
	if !must || t.waived {
		return 0
	}
	return t.wait
}

// begin notes that cover begins after so many days of waiting, and returns its first day.
func (l *life) begin(s start, waits int) day {
	s.first = s.paid + day(waits)
	if waits > 0 {
		l.waits = append(l.waits, span{s.paid, s.first - 1})
	}
	l.starts = append(l.starts, s)
	return s.first
}

// giveBack makes good what was taken back on a day: out of the rest, and then out of days that have not come yet. Cover
// that was given stands.
func (l *life) giveBack(on day) {
	for n := len(l.bought.segments); n > 0 && l.bought.rest < 0; n = len(l.bought.segments) {
		s := &l.bought.segments[n-1]
		unused := min(s.to-s.from+1, s.to-on)
		if unused <= 0 {
			break
		}
		days := min(unused, day((-l.bought.rest+s.cost-1)/s.cost))
		l.bought.rest += int64(days) * s.cost
		s.to -= days
		if s.to < s.from {
			l.bought.segments = l.bought.segments[:n-1]
		}
	}
	l.bought.rest = max(l.bought.rest, 0)
	l.settle()
}
