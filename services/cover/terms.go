package cover

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// scale is the least number that 7, 30 and 365 divide: money is kept in that part of a minor unit, so that a price by the
// year is a whole number a day.
const scale = 7 * 30 * 73

// terms are what a scheme asks of a member on the days of one stretch, on which nothing changes.
type terms struct {
	version *version
	cover   rule.Cover
	// there says that the version has the cover.
	there bool
	// cost is the price of a day, in parts of a minor unit; refusal why there is none, or why money can't buy.
	cost    int64
	refusal *rule.Refusal
	// least is what a month needs, in minor units; qualify how many months must count, inLast of how many, and back how
	// many months earlier ones may be made good.
	least                 int64
	qualify, inLast, back int
	// grace and notice are days.
	grace, notice int
	again         *again
}

// again are the terms on which cover begins: how many days she waits unless that is waived, and after how long a lapse;
// never, where they never begin anew.
type again struct {
	wait   int
	after  day
	waived bool
}

// defaultNotice is how long after a notice cover may lapse where the scheme does not say, in days.
const defaultNotice = 14

// buys says whether money buys days now.
func (t *terms) buys() bool { return t.refusal == nil && t.cost > 0 }

// free says whether cover costs nothing now.
func (t *terms) free() bool { return t.refusal == nil && t.cost == 0 && t.cover.Days != nil }

// stretches divide the days into those on which nothing changes.
type stretches struct {
	// starts are the first days of all but the first stretch, in order.
	starts []day
	terms  []*terms
	// lately is the stretch that was asked for last: days are asked for in their order, nearly always.
	lately int
	// daily says that every day is a stretch of its own.
	daily map[day]*terms
}

// stretchesOf are those of a member between two days.
func (l *life) stretchesOf(over span) stretches {
	days := map[day]bool{}
	add := func(d day) {
		if over.from < d && d <= over.to {
			days[d] = true
		}
	}
	pace := rule.PaceSteady
	for _, v := range l.rules.versions {
		add(v.from)
		changes, its := v.scheme.Changes(l.name)
		for _, d := range changes {
			add(openFrom(d))
		}
		pace = max(pace, its)
	}
	if pace == rule.PaceDaily {
		return stretches{daily: map[day]*terms{}}
	}
	for _, d := range factDays(l.h.Facts) {
		add(d)
	}
	l.addAges(over, add)
	if pace == rule.PaceMonthly {
		l.addMonths(over, add)
	}
	starts := slices.Sorted(maps.Keys(days))
	return stretches{starts: starts, terms: make([]*terms, len(starts)+1)}
}

// factDays are the days on which a fact begins or has ended.
func factDays(f insurance.Facts) []day {
	var all []day
	add := func(d insurance.Days) { all = append(all, openFrom(d.From), openTo(d.To)+1) }
	for i := range f.Categories {
		add(f.Categories[i].Days)
	}
	for i := range f.Declared {
		add(f.Declared[i].Days)
	}
	for i := range f.Dependants {
		add(f.Dependants[i].Days)
	}
	for i := range f.Enrolments {
		add(f.Enrolments[i].Days)
	}
	return all
}

// addAges adds the birthdays of all whose age may matter.
func (l *life) addAges(over span, add func(day)) {
	births := []insurance.Birth{l.h.Facts.Birth}
	for i := range l.h.Facts.Dependants {
		births = append(births, l.h.Facts.Dependants[i].Birth)
	}
	for _, b := range births {
		for _, mmdd := range birthdays(b) {
			for year := over.from.date().Year(); year <= over.to.date().Year(); year++ {
				add(anniversary(year, mmdd))
			}
		}
	}
}

// birthdays are the days of the year, as mmdd, on which the person may complete a year.
func birthdays(b insurance.Birth) []int {
	switch {
	case b.On != 0:
		return []int{int(b.On) % 1_00_00}
	case b.Year != 0:
		return []int{1_01, 12_31}
	case b.StatedOn != 0:
		return []int{int(b.StatedOn) % 1_00_00, int(b.StatedOn.AddDays(1)) % 1_00_00}
	}
	return nil
}

// anniversary is the day of the year; the first of March for the 29th of February of a year without one.
func anniversary(year, mmdd int) day {
	d, err := ledger.NewDate(year, mmdd/100, mmdd%100)
	if err != nil {
		return dayOf(ledger.Date(year*1_00_00 + 3_01))
	}
	return dayOf(d)
}

// addMonths adds the first day of every month, and that on which another month since she enrolled is complete.
func (l *life) addMonths(over span, add func(day)) {
	enrolled := l.h.Facts.Enrolled(l.h.Scheme)
	for m := over.from.date().Period(); m.FirstDay() <= over.to.date(); m = m.Next() {
		first := dayOf(m.FirstDay())
		add(first)
		if enrolled != 0 {
			add(first + day(enrolled.Day()) - 1)
		}
	}
}

// at is the number of the stretch that the day lies in.
func (s *stretches) at(d day) int {
	if i := s.lately; (i == 0 || s.starts[i-1] <= d) && (i == len(s.starts) || d < s.starts[i]) {
		return i
	}
	i, found := slices.BinarySearch(s.starts, d)
	if found {
		i++
	}
	s.lately = i
	return i
}

// on are the terms of the day.
func (l *life) on(d day) *terms {
	if l.stretches.daily != nil {
		t := l.stretches.daily[d]
		if t == nil {
			t = l.termsOf(d)
			l.stretches.daily[d] = t
		}
		return t
	}
	i := l.stretches.at(d)
	if l.stretches.terms[i] == nil {
		l.stretches.terms[i] = l.termsOf(d)
	}
	return l.stretches.terms[i]
}

// input is what rules see of the member on the day.
func (l *life) input(d day) rule.Input {
	return rule.Input{
		Facts: l.h.Facts, Enrolled: l.h.Facts.Enrolled(l.h.Scheme), On: d.date(), Circumstances: l.heads(d),
	}
}

// termsOf computes the terms of a day.
func (l *life) termsOf(d day) *terms {
	v := l.rules.at(d)
	t := &terms{version: v, notice: defaultNotice}
	t.cover, t.there = v.scheme.Covers[l.name]
	if !t.there {
		t.refusal = &rule.Refusal{Reason: NoSuchRule, Text: "the scheme has no such cover on the day"}
		return t
	}
	c := computing{life: l, scheme: v.scheme, in: l.input(d)}
	t.refusal = c.admitted(&t.cover, l.enrolledOn(d))
	if t.cover.Days != nil && t.refusal == nil {
		t.cost, t.refusal = c.cost(t.cover.Days)
	}
	if m := t.cover.Months; m != nil {
		c.months(t, m)
	}
	t.grace = c.days(t.cover.GraceDays, 0, rule.Greater)
	t.notice = c.days(t.cover.NoticeDays, defaultNotice, rule.Greater)
	l.fail(c.err)
	return t
}

// beginning are the terms on which cover begins on the day.
func (l *life) beginning(d day) *again {
	t := l.on(d)
	if t.again != nil {
		return t.again
	}
	t.again = &again{after: never}
	w := t.cover.Waiting
	if w == nil {
		return t.again
	}
	c := computing{life: l, scheme: t.version.scheme, in: l.input(d)}
	t.again.wait = c.days(&w.Days, 0, rule.Lesser)
	if w.AfterLapse != nil {
		t.again.after = day(c.days(w.AfterLapse, int(never), rule.Greater))
	}
	t.again.waived = c.any(w.Waived)
	l.fail(c.err)
	return t.again
}

// computing computes values of one day; err is the first thing that went wrong.
type computing struct {
	life   *life
	scheme *rule.Scheme
	in     rule.Input
	err    error
}

func (c *computing) keep(what string, err error) {
	if c.err == nil && err != nil {
		c.err = fmt.Errorf("cover %s: %s: %w", c.life.name, what, err)
	}
}

// admitted is why money can't buy on the day; nil where it can.
func (c *computing) admitted(cover *rule.Cover, enrolled bool) *rule.Refusal {
	if !enrolled {
		return &rule.Refusal{Reason: NotEnrolled, Text: "she has no place in the scheme on the day", Change: "Enrol her; what was paid is kept and buys cover from then on."}
	}
	if len(cover.When) == 0 {
		return nil
	}
	refusal, err := c.scheme.Refused(cover.When, c.in)
	c.keep("when", err)
	return refusal
}

// months computes what is asked of months.
func (c *computing) months(t *terms, m *rule.MonthsCounted) {
	t.least = 1
	if m.Least != nil {
		t.least = max(1, c.money(m.Least, m.Round))
	}
	t.qualify = c.days(&m.Qualify, 1, rule.Lesser)
	t.inLast = c.days(m.InLast, int(never), rule.Greater)
	if m.Arrears != nil {
		t.back = c.days(&m.Arrears.Months, 0, rule.Greater)
	}
}

// cost is the price of a day in parts of a minor unit.
func (c *computing) cost(d *rule.DaysBought) (int64, *rule.Refusal) {
	n, refusal, err := c.scheme.Compute(&d.Price, c.in, rule.Lesser)
	c.keep("price", err)
	if refusal != nil || err != nil {
		return 0, refusal
	}
	minor, err := c.scheme.Rounded(d.Round, n)
	c.keep("price", err)
	if minor < 0 || minor > math.MaxInt64/scale {
		c.keep("price", fmt.Errorf("%s is no price", n))
		return 0, nil
	}
	return minor * (scale / d.Per.Days()), nil
}

// money is an amount in minor units; nothing where it is not known, for doubt counts for the member.
func (c *computing) money(v *rule.Value, round *rule.Rounding) int64 {
	n, refusal, err := c.scheme.Compute(v, c.in, rule.Lesser)
	c.keep("amount", err)
	if refusal != nil || err != nil {
		return 0
	}
	minor, err := c.scheme.Rounded(round, n)
	c.keep("amount", err)
	return minor
}

// days is a whole number of days, or of anything else; otherwise is what holds where nothing is said, or not known.
func (c *computing) days(v *rule.Value, otherwise int, favour rule.Favour) int {
	if v == nil {
		return otherwise
	}
	n, ok := c.whole(v, favour)
	if !ok {
		return otherwise
	}
	return n
}

func (c *computing) whole(v *rule.Value, favour rule.Favour) (int, bool) {
	n := exact.Number{}
	if v.Written != nil {
		n = *v.Written
	} else {
		computed, refusal, err := c.scheme.Compute(v, c.in, favour)
		c.keep("days", err)
		if refusal != nil || err != nil {
			return 0, false
		}
		n = computed
	}
	whole, ok := n.Round(exact.Down, exact.Int(1)).Whole()
	return int(min(max(whole, 0), int64(never))), ok
}

// any says whether one of the conditions holds.
func (c *computing) any(conditions []rule.Condition) bool {
	for i := range conditions {
		refusal, err := c.scheme.Refused(conditions[i:i+1], c.in)
		c.keep("conditions", err)
		if refusal == nil && err == nil {
			return true
		}
	}
	return false
}
