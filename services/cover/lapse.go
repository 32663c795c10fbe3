package cover

import (
	"slices"

	"sanad.dev/sanad/services/rule"
)

// noticesSent are the notices of the cover that are on record on the day of asking.
func (l *life) noticesSent() []notice {
	var all []notice
	for _, n := range l.h.Notices {
		on := dayOf(n.On)
		if n.Cover != l.name || on > l.asked {
			continue
		}
		ends := on
		if n.Ends != 0 {
			ends = dayOf(n.Ends)
		}
		all = append(all, notice{on, ends, n.Closes})
	}
	return inOrder(all)
}

// inOrder are notices in order of the ends that they name.
func inOrder(all []notice) []notice {
	slices.SortStableFunc(all, func(a, b notice) int { return int(a.ends - b.ends) })
	return all
}

// lapse is the last day of cover after a right that ends on the day: that of the first notice of it that takes effect,
// and never while there is none. A notice that names an earlier end is not of this one: she has paid since.
func (l *life) lapse(end day) day {
	if len(l.notices) == 0 {
		return never
	}
	t := l.on(end)
	first := l.firstEffects(t.notice)
	i, _ := slices.BinarySearchFunc(l.notices, end, func(n notice, end day) int { return int(n.ends - end) })
	if i == len(first) || first[i] == never {
		return never
	}
	return max(l.clock.after(end, t.grace), first[i])
}

// firstEffects are, for every notice in order of the ends they name, the first day on which it or one after it takes
// effect.
func (l *life) firstEffects(days int) []day {
	if first, ok := l.effects[days]; ok && len(first) == len(l.notices) {
		return first
	}
	first, soonest := make([]day, len(l.notices)), never
	for i, n := range slices.Backward(l.notices) {
		if !n.closes {
			soonest = min(soonest, max(l.clock.after(n.on, days), n.ends))
		}
		first[i] = soonest
	}
	if l.effects == nil {
		l.effects = map[int][]day{}
	}
	l.effects[days] = first
	return first
}

// effect is the last day of cover by a notice: not before grace has passed, nor before so many days after the notice, nor
// before the day that she was told.
func (l *life) effect(end day, n notice) day {
	t := l.on(end)
	return max(l.clock.after(end, t.grace), l.clock.after(n.on, t.notice), n.ends)
}

// certain is the last day of cover that nobody can take from her any more: if a notice were sent on the day of asking.
func (l *life) certain(end day) day {
	return min(l.lapse(end), l.effect(end, notice{on: l.asked, ends: end}))
}

// silent is the state that silence has led to on a day after cover lapsed, for whoever had a right through end; false
// where she is lapsed and no more.
func (l *life) silent(end, on day) (rule.Silence, bool) {
	since := max(end, l.lastPaid(on))
	still := int(on-since) - l.clock.counted(since+1, on)
	months := wholeMonths(since+1+day(still), on)
	t := l.on(on)
	c := computing{life: l, scheme: t.version.scheme, in: l.input(on)}
	var reached rule.Silence
	for _, step := range t.cover.Silence {
		if months < c.days(&step.Months, int(never), rule.Greater) {
			break
		}
		if step.State == rule.ClosedCover && !l.closed(since, on, t.notice) {
			break
		}
		reached = step
	}
	l.fail(c.err)
	return reached, reached.State != ""
}

// closed says whether a notice of closing that was sent since then has taken effect by the day.
func (l *life) closed(since, on day, days int) bool {
	for _, n := range l.notices {
		if n.closes && n.on > since && l.clock.after(n.on, days) < on {
			return true
		}
	}
	return false
}
