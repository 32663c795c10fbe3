package cover

import (
	"cmp"
	"math"
	"slices"

	"sanad.dev/sanad/ledger"
)

// right are days on which the member is covered without owing anything: bought, earned, or for nothing.
type right struct {
	span
	why string
}

// start is a payment with which cover began, or began again after a lapse.
type start struct {
	paid, first day
	// again says that it followed a lapse; unpaid are the whole months between.
	again  bool
	unpaid int
}

// life is the life of one member's cover, from her first payment on.
type life struct {
	rules Rules
	name  string
	h     *History
	// over are the days that are looked at; asked is the day on which it is asked, and through the last whose payments
	// count.
	over           span
	asked, through day
	// own and matched are the pots that buy it.
	own, matched []ledger.Code
	stretches    stretches
	clock        clock
	notices      []notice
	// effects are, by days of notice, when notices take effect.
	effects map[int][]day
	// given are the rights that no money bought; bought is what money did.
	given  []right
	bought bought
	// rights are all, in the order in which they begin; unions the days that they cover, none touching another.
	rights []right
	unions []span
	waits  []span
	starts []start
	// paid are the days on which something was given; months what counts by month.
	paid      []day
	firstPaid day
	pays      []pay
	months    *months
	// before is the life as it is after the last payment, before idle money buys on later days and months make rights; sure
	// is what it knows of those already.
	before *life
	sure   knownDays
	err    error
}

// notice is a notice as the days' numbers have it.
type notice struct {
	on, ends day
	closes   bool
}

// ahead is how many days after the one asked for are looked at.
const ahead = 800

// lived makes the life of a member's cover, as it is known on the day of asking, for the days through the last, out of
// the payments through a day.
func (r Rules) lived(h *History, name string, asked, last, through day) *life {
	l := &life{rules: r, name: name, h: h, asked: asked, through: min(asked, through)}
	l.own, l.matched = r.accounts(name)
	l.pays = l.payments()
	pays := l.pays
	l.over = span{l.firstDay(pays, min(asked, last)), max(asked, last) + ahead}
	l.stretches = l.stretchesOf(l.over)
	l.clock = clockOf(h.Holidays, l.seasonal(), l.over)
	l.notices = l.noticesSent()
	l.given = slices.Concat(l.exempted(), l.freeYears(pays))
	l.paid, l.firstPaid = make([]day, 0, len(pays)), never
	for _, p := range pays {
		if p.minor > 0 {
			l.paid, l.firstPaid = append(l.paid, p.on), min(l.firstPaid, p.on)
		}
	}
	if l.by() == byMonths {
		l.countMonths(pays)
	} else {
		l.buyDays(pays)
	}
	return l
}

// fail keeps the first error.
func (l *life) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// firstDay is that of the first payment or place in the scheme.
func (l *life) firstDay(pays []pay, otherwise day) day {
	first := otherwise
	if len(pays) > 0 {
		first = min(first, pays[0].on)
	}
	if enrolled := l.h.Facts.Enrolled(l.h.Scheme); enrolled != 0 {
		first = min(first, dayOf(enrolled))
	}
	return first
}

// model is how a cover is bought.
type model int

const (
	byDays model = iota
	byMonths
)

// by is how the version in force on the day of asking lets cover be bought.
func (l *life) by() model {
	c, ok := l.rules.at(l.asked).scheme.Covers[l.name]
	if ok && c.Months != nil {
		return byMonths
	}
	return byDays
}

// pay is what came on one day to the pots of the cover.
type pay struct {
	on    day
	minor int64
	// matched is the part of it that came from funders; byPayer what counts where a scheme asks who gave it.
	matched int64
	parts   []Payment
}

// payments are the sums of each day, in order, that are known on the day of asking.
func (l *life) payments() []pay {
	mine := l.h.Payments
	if slices.ContainsFunc(mine, func(p Payment) bool { return !l.counts(p) }) {
		mine = slices.DeleteFunc(slices.Clone(mine), func(p Payment) bool { return !l.counts(p) })
	}
	byDay := func(a, b Payment) int { return cmp.Compare(a.On, b.On) }
	if !slices.IsSortedFunc(mine, byDay) {
		mine = slices.SortedStableFunc(slices.Values(mine), byDay)
	}
	days := make([]pay, 0, len(mine))
	for i, p := range mine {
		if i == 0 || mine[i-1].On != p.On {
			days = append(days, pay{on: dayOf(p.On), parts: mine[i:i]})
		}
		d := &days[len(days)-1]
		d.minor = plus(d.minor, p.Minor)
		if slices.Contains(l.matched, p.Account) {
			d.matched = plus(d.matched, p.Minor)
		}
		d.parts = d.parts[:len(d.parts)+1]
	}
	return days
}

// counts says whether a payment is of the cover's pots and early enough.
func (l *life) counts(p Payment) bool {
	return dayOf(p.On) <= l.through && (slices.Contains(l.own, p.Account) || slices.Contains(l.matched, p.Account))
}

// plus adds, and stays at what an int64 holds at most: no member gives that much.
func plus(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}

// enrolledOn says whether she has a place in the scheme on the day; where none is on record, paying is joining.
func (l *life) enrolledOn(d day) bool {
	date, recorded := d.date(), false
	for _, e := range l.h.Facts.Enrolments {
		if e.Scheme != l.h.Scheme {
			continue
		}
		if e.On(date) {
			return true
		}
		recorded = true
	}
	return !recorded
}

// seasonal are the days out of season, if it is hers.
func (l *life) seasonal() []span {
	c := l.rules.at(l.asked).scheme.Covers[l.name]
	if c.Season == nil {
		return nil
	}
	hers := len(c.Season.For) == 0
	for _, category := range c.Season.For {
		for _, f := range l.h.Facts.Categories {
			hers = hers || f.Name == category
		}
	}
	if !hers {
		return nil
	}
	return outOfSeason(c.Season.Months, l.over)
}

// settle puts the rights in order.
func (l *life) settle() {
	l.rights = slices.Concat(l.given, l.bought.rights())
	slices.SortStableFunc(l.rights, func(a, b right) int { return int(a.from - b.from) })
	l.unions = l.unions[:0:0]
	for _, r := range l.rights {
		l.unions = append(l.unions, r.span)
	}
	l.unions = joined(l.unions)
}

// exempted are the days on which cover costs her nothing.
func (l *life) exempted() []right {
	if l.stretches.daily != nil || !l.began() || !l.mayBeFree() {
		return nil
	}
	var all []right
	from := l.over.from
	for i := 0; i <= len(l.stretches.starts); i++ {
		to := l.over.to
		if i < len(l.stretches.starts) {
			to = l.stretches.starts[i] - 1
		}
		if l.on(from).free() {
			if n := len(all); n > 0 && all[n-1].to == from-1 {
				all[n-1].to = to
			} else {
				all = append(all, right{span{from, to}, PriceNothing})
			}
		}
		from = to + 1
	}
	return all
}

// mayBeFree says whether a version's price is not written out, or is nothing.
func (l *life) mayBeFree() bool {
	return slices.ContainsFunc(l.rules.versions, func(v version) bool {
		days := v.scheme.Covers[l.name].Days
		return days != nil && (days.Price.Written == nil || days.Price.Written.Sign() == 0)
	})
}

// began says whether anything says that she is a member of the scheme: a place in it, or money.
func (l *life) began() bool {
	return l.h.Facts.Enrolled(l.h.Scheme) != 0 || len(l.pays) > 0
}

// lastPaid is the last day through d on which something was given; always where there is none.
func (l *life) lastPaid(d day) day {
	i, found := slices.BinarySearch(l.paid, d)
	switch {
	case found:
		return d
	case i == 0:
		return always
	}
	return l.paid[i-1]
}

// unionBefore is the last union that begins by the day; -1 where none does.
func (l *life) unionBefore(d day) int {
	i, found := slices.BinarySearchFunc(l.unions, d, func(s span, d day) int { return int(s.from - d) })
	if found {
		return i
	}
	return i - 1
}
