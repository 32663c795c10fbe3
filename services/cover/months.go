package cover

import (
	"slices"

	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// months are the months of a life, from the first on: what was given in each, and since when each counts.
type months struct {
	first int
	given []int64
	// least is what a month needs, once it has been asked for.
	least []int64
	// since is the day from which a month counts, never where it does not; till the first day on which it no longer does,
	// because money was taken back.
	since, till []day
	// still says that the month does not count against her.
	still []bool
	// lots are what was given and the months that it is earned over.
	lots []lot
}

func (m *months) at(number int) int { return number - m.first }

func (m *months) has(number int) bool { return number >= m.first && number < m.first+len(m.given) }

// counts says whether the month counts on the day.
func (m *months) counts(number int, on day) bool {
	return m.has(number) && m.since[m.at(number)] <= on && on < m.till[m.at(number)]
}

func firstOf(number int) day { return dayOf(periodOf(number).FirstDay()) }
func lastOf(number int) day  { return dayOf(periodOf(number).LastDay()) }

// newMonths are the months of a life in which nothing was given yet.
func (l *life) newMonths() *months {
	first, last := monthNumber(l.over.from.date().Period()), monthNumber(l.over.to.date().Period())
	n := last - first + 1
	m := &months{first: first, given: make([]int64, n), least: make([]int64, n), since: make([]day, n), till: make([]day, n), still: make([]bool, n)}
	for i := range n {
		m.since[i], m.till[i] = never, never
		m.still[i] = l.clock.counted(firstOf(first+i), lastOf(first+i)) < int(lastOf(first+i)-firstOf(first+i)+1)
	}
	return m
}

// countMonths makes cover of the months that count.
func (l *life) countMonths(pays []pay) {
	l.months = l.newMonths()
	l.months.lots = make([]lot, 0, len(pays))
	l.credit()
	for _, p := range pays {
		l.giveMonths(p)
	}
	l.settle()
	before := *l
	before.months, before.sure = l.months.clone(), l.surelyCounted()
	l.before = &before
	l.qualify(before.sure, before.sure.next, monthNumber(l.over.to.date().Period()))
	l.settle()
}

// clone are the same months, to be added to.
func (m *months) clone() *months {
	c := *m
	c.given, c.since, c.till, c.lots = slices.Clone(m.given), slices.Clone(m.since), slices.Clone(m.till), nil
	return &c
}

// knownDays are days on which enough months count, through those of the month before next.
type knownDays struct {
	days []span
	next int
}

// surelyCounted are those that no payment from the day of asking on can change: of the months before that day's, and
// before those that are made good for events of their own time.
func (l *life) surelyCounted() knownDays {
	t := l.on(l.asked)
	next := monthNumber(l.asked.date().Period())
	if m := t.cover.Months; m != nil && m.Arrears != nil && m.Arrears.AfterEvent {
		next -= t.back
	}
	return knownDays{l.enough(l.months.first, next-1), next}
}

// beginning are the months from that one on.
func (m *months) beginning(number int) *months {
	n := m.at(number)
	return &months{first: number, given: m.given[n:], least: m.least[n:], since: m.since[n:], till: m.till[n:], still: m.still[n:]}
}

// credit counts the months of care credits that the scheme counts.
func (l *life) credit() {
	rules := l.rules.at(l.asked).scheme.Covers[l.name].Months
	for _, c := range l.h.Facts.CareCredit {
		if !slices.Contains(rules.CareCredits, string(c.Kind)) {
			continue
		}
		for i := range l.months.since {
			if number := l.months.first + i; openFrom(c.From) <= lastOf(number) && firstOf(number) <= openTo(c.To) {
				l.months.since[i] = min(l.months.since[i], firstOf(number))
			}
		}
	}
}

// giveMonths lets what came on a day count for its month, and for others where the scheme says so.
func (l *life) giveMonths(p pay) {
	t := l.on(p.on)
	rules := t.cover.Months
	early := t.refusal != nil && t.refusal.Reason == NotEnrolled && p.on.date() < l.h.Facts.Enrolled(l.h.Scheme)
	if rules == nil || t.refusal != nil && !early {
		return
	}
	minor := l.counting(p, rules)
	number := monthNumber(p.on.date().Period())
	if aside := p.minor - minor; aside != 0 {
		l.months.lots = append(l.months.lots, lot{number, p.on, aside})
	}
	if minor < 0 {
		l.takeMonths(p.on, -minor)
		return
	}
	for _, other := range l.order(rules, t, number) {
		if minor <= 0 {
			return
		}
		part := min(minor, l.room(other))
		l.give(other, part, p.on)
		minor -= part
	}
	l.give(number, minor, p.on)
}

// order are the months that a payment fills, each to what it needs; what is left stays with its own.
func (l *life) order(rules *rule.MonthsCounted, t *terms, number int) []int {
	if !rules.Ahead && rules.Arrears == nil {
		return nil
	}
	var earlier, later []int
	for n := number - 1; n >= max(number-t.back, l.months.first); n-- {
		earlier = append(earlier, n)
	}
	for n := number + 1; rules.Ahead && l.months.has(n); n++ {
		later = append(later, n)
	}
	if rules.Arrears != nil && rules.Arrears.First {
		slices.Reverse(earlier)
		return slices.Concat(earlier, []int{number}, later)
	}
	return slices.Concat([]int{number}, earlier, later)
}

// room is what the month still needs.
func (l *life) room(number int) int64 {
	return max(0, l.least(number)-l.months.given[l.months.at(number)])
}

// least is what a month needs to count, by the rules of its last day.
func (l *life) least(number int) int64 {
	i := l.months.at(number)
	if l.months.least[i] == 0 {
		l.months.least[i] = max(1, l.on(lastOf(number)).least)
	}
	return l.months.least[i]
}

// give adds to a month.
func (l *life) give(number int, minor int64, on day) {
	if minor == 0 {
		return
	}
	i := l.months.at(number)
	l.months.given[i] = plus(l.months.given[i], minor)
	l.months.lots = append(l.months.lots, lot{max(number, monthNumber(on.date().Period())), on, minor})
	if l.months.given[i] < l.least(number) || l.months.since[i] <= on && l.months.till[i] == never {
		return
	}
	l.months.since[i], l.months.till[i] = l.countsFrom(number, on), never
}

// countsFrom is the day from which a month counts that is full on a day: that day or the next, as the scheme says, or
// where it lets what is given after an event count for the months before it, from the month's own end.
func (l *life) countsFrom(number int, on day) day {
	rules := l.on(on).cover.Months
	switch {
	case rules.Arrears != nil && rules.Arrears.AfterEvent && lastOf(number) < on:
		return lastOf(number) + 1
	case rules.DayBefore:
		return on + 1
	}
	return on
}

// takeMonths takes back from the latest months that something was given in; they count no longer from that day on.
func (l *life) takeMonths(on day, minor int64) {
	for i := l.months.at(monthNumber(on.date().Period())); i >= 0 && minor > 0; i-- {
		part := min(minor, l.months.given[i])
		minor -= part
		l.months.given[i] -= part
		l.months.lots = append(l.months.lots, lot{l.months.first + i, on, -part})
		if l.months.since[i] < never && l.months.till[i] == never && l.months.given[i] < l.least(l.months.first+i) {
			l.months.till[i] = on
		}
	}
}

// counting is what of a day's money counts for months.
func (l *life) counting(p pay, rules *rule.MonthsCounted) (minor int64) {
	for _, part := range p.parts {
		payer := part.Payer
		if payer == "" {
			payer = insurance.PayerSelf
		}
		switch {
		case slices.Contains(l.matched, part.Account) && !rules.Matched:
		case len(rules.Payers) > 0 && !slices.Contains(l.matched, part.Account) && !slices.Contains(rules.Payers, string(payer)):
		default:
			minor = plus(minor, part.Minor)
		}
	}
	return minor
}

// window are the months that are looked at for a day of the month, the latest first: so many as the scheme says, without
// those that do not count against her.
func (l *life) window(number int, on day) []int {
	t := l.on(on)
	if t.cover.Months == nil {
		return nil
	}
	m := l.months
	var all []int
	used := 0
	for n := lastOfWindow(number, t.cover.Months); used < t.inLast && n >= m.first; n-- {
		if !m.has(n) || m.still[m.at(n)] && !m.counts(n, on) {
			continue
		}
		used++
		all = append(all, n)
	}
	return all
}

// lastOfWindow is the last month of the window for a day of the month.
func lastOfWindow(number int, rules *rule.MonthsCounted) int {
	switch {
	case rules.Before == rule.BeforeSemester:
		return number - number%3 - 4 // the half-year ends with the quarter of the day
	case rules.Including:
		return number
	}
	return number - 1
}

// counted is how many months of the window count on the day.
func (l *life) counted(window []int, on day) (n int) {
	for _, number := range window {
		if l.months.counts(number, on) {
			n++
		}
	}
	return n
}

// qualify makes rights of the days on which enough months count: those that are known, and those from one month through
// another. It begins with what was given for nothing.
func (l *life) qualify(known knownDays, first, last int) {
	for _, s := range joined(slices.Concat(known.days, l.enough(first, last))) {
		l.begins(s)
	}
}

// enough are the days, from one month through another, on which enough months count.
func (l *life) enough(first, last int) (days []span) {
	changes := l.months.changes()
	for number := max(first, l.months.first); number <= last && l.months.has(number); number++ {
		from, to := max(firstOf(number), l.over.from), min(lastOf(number), l.over.to)
		for from <= to {
			end := min(to, l.nextStretch(from)-1)
			if i, _ := slices.BinarySearch(changes, from+1); i < len(changes) {
				end = min(end, changes[i]-1)
			}
			if l.enoughOn(number, from) {
				days = append(days, span{from, end})
			}
			from = end + 1
		}
	}
	return days
}

// enoughOn says whether enough months count on a day of the month.
func (l *life) enoughOn(number int, on day) bool {
	t := l.on(on)
	if t.cover.Months == nil {
		return false
	}
	return l.counted(l.window(number, on), on) >= t.qualify
}

// changes are the days on which a month begins or ceases to count, in order.
func (m *months) changes() []day {
	var all []day
	for i := range m.since {
		if m.since[i] != never {
			all = append(all, m.since[i], m.till[i])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// begins adds days on which enough months count, after the days of waiting where there are any.
func (l *life) begins(s span) {
	i := l.unionBefore(s.from)
	switch {
	case i < 0:
		paid := s.from
		if len(l.paid) > 0 {
			paid = min(paid, l.firstPaid, l.paid[0])
		}
		s.from = max(s.from, l.begin(start{paid: paid}, l.beginning(paid).waiting(true)))
	case s.from > l.lapse(l.unions[i].to)+1:
		end := l.unions[i].to
		last := l.lapse(end)
		t := l.beginning(s.from)
		waits := day(l.clock.counted(last+1, s.from-1)) > t.after || l.waitsAfterSilence(end, s.from)
		s.from = l.begin(start{paid: s.from, again: true, unpaid: l.unpaid(end, s.from)}, t.waiting(waits))
	}
	if s.from <= s.to {
		l.bought.counted = append(l.bought.counted, s)
		l.extend(s)
	}
}

// unpaid is how many months do not count from that in which the last right ended through the one before that in which
// cover begins again.
func (l *life) unpaid(end, begins day) (n int) {
	for number := monthNumber(end.date().Period()); number < monthNumber(begins.date().Period()); number++ {
		if !l.months.counts(number, begins) {
			n++
		}
	}
	return n
}

// waitsAfterSilence says whether she has been silent for so long that the days of waiting begin anew.
func (l *life) waitsAfterSilence(end, on day) bool {
	step, ok := l.silent(end, on-1)
	return ok && step.State != rule.Frozen
}
