package cover

import (
	"slices"

	"sanad.dev/sanad/ledger"
)

// day is a day as a number, counted from the first of January 1970: what is computed with days is computed with these.
type day int

const (
	// never is after all days, and always before them.
	never  day = 1 << 24
	always day = -1 << 24
)

// dayOf is the number of a day of the calendar. The year is taken to begin in March, so that a leap day is its last; the
// months from then on have 153 days in every five.
func dayOf(d ledger.Date) day {
	year, month := d.Year(), d.Month()-3
	if month < 0 {
		year, month = year-1, month+12
	}
	return day(365*year+year/4-year/100+year/400+(153*month+2)/5+d.Day()-1) - beforeEpoch
}

// beforeEpoch is how many days there are from the first of March of the year 0 to the first of January of 1970.
const beforeEpoch = 719_468

// daysOf are how many days the years take: 4, 100 and 400 of them.
const (
	daysOf4   = 365*4 + 1
	daysOf100 = daysOf4*25 - 1
	daysOf400 = daysOf100*4 + 1
)

// openFrom and openTo are the ends of days, of which zero is open.
func openFrom(d ledger.Date) day {
	if d == 0 {
		return always
	}
	return dayOf(d)
}

func openTo(d ledger.Date) day {
	if d == 0 {
		return never
	}
	return dayOf(d)
}

// date is the day of the calendar; the last that the books can hold for one that lies beyond.
func (d day) date() ledger.Date {
	if d >= lastDay {
		return ledger.LastDate
	}
	n := int(d) + beforeEpoch
	centuries := n / daysOf400 * 4
	n %= daysOf400
	century := min(n/daysOf100, 3)
	n -= century * daysOf100
	years := n / daysOf4 * 4
	n %= daysOf4
	year := min(n/365, 3)
	n -= year * 365
	month := (5*n + 2) / 153
	date := (centuries+century)*100 + years + year
	day := n - (153*month+2)/5 + 1
	if month += 3; month > 12 {
		date, month = date+1, month-12
	}
	return ledger.Date(date*1_00_00 + month*1_00 + day)
}

var lastDay = dayOf(ledger.LastDate)

// span are days from one through another.
type span struct{ from, to day }

func (s span) has(d day) bool { return s.from <= d && d <= s.to }

// clock counts the days that count towards a lapse: not those of holidays and not those out of season.
type clock struct {
	// still are the days that do not count, in order, none touching another.
	still []span
	// season are those of them that are out of season.
	season []span
}

// clockOf is the clock of a member over the days.
func clockOf(holidays []Holiday, seasonal []span, over span) clock {
	c := clock{season: seasonal}
	for _, h := range holidays {
		s := span{max(openFrom(h.From), over.from), min(openTo(h.To), over.to)}
		if s.from <= s.to {
			c.still = append(c.still, s)
		}
	}
	c.still = joined(append(c.still, seasonal...))
	return c
}

// joined are the spans in order, those that touch made one.
func joined(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return int(a.from - b.from) })
	var all []span
	for _, s := range spans {
		if n := len(all); n > 0 && s.from <= all[n-1].to+1 {
			all[n-1].to = max(all[n-1].to, s.to)
			continue
		}
		all = append(all, s)
	}
	return all
}

// after is the last day before n days have counted since d, and with it the days after it that do not count.
func (c clock) after(d day, n int) day {
	end := d + day(n)
	for _, s := range c.still {
		switch {
		case s.to <= d:
			continue
		case s.from > end+1:
			return end
		}
		end += s.to - max(s.from, d+1) + 1
	}
	return end
}

// counted is how many days count from one through another.
func (c clock) counted(from, to day) int {
	n := int(to - from + 1)
	for _, s := range c.still {
		if overlap := min(s.to, to) - max(s.from, from) + 1; overlap > 0 {
			n -= int(overlap)
		}
	}
	return max(0, n)
}

// stands says whether the day does not count, and whether that is for the season.
func (c clock) stands(d day) (still, season bool) {
	in := func(s span) bool { return s.has(d) }
	return slices.ContainsFunc(c.still, in), slices.ContainsFunc(c.season, in)
}

// outOfSeason are the days out of season within the span.
func outOfSeason(months []int, over span) []span {
	var all []span
	for m := over.from.date().Period(); m.FirstDay() <= over.to.date(); m = m.Next() {
		if !slices.Contains(months, int(m)%100) {
			all = append(all, span{dayOf(m.FirstDay()), dayOf(m.LastDay())})
		}
	}
	return joined(all)
}

// wholeMonths is how many whole months have passed from the first day to the second.
func wholeMonths(from, to day) int {
	a, b := from.date(), to.date()
	n := (b.Year()-a.Year())*12 + b.Month() - a.Month()
	if b.Day() < a.Day() {
		n--
	}
	return max(0, n)
}

// monthNumber counts months, and periodOf is the month of a number.
func monthNumber(p ledger.Period) int { return p.Year()*12 + int(p)%100 - 1 }

func periodOf(number int) ledger.Period { return ledger.Period(number/12*100 + number%12 + 1) }
