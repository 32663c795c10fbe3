package rule

import (
	"fmt"
	"strings"

	"sanad.dev/sanad/ledger"
)

// Period is a span of days over which a rule judges.
type Period struct {
	Start, End ledger.Date
	Label      string
}

// Holds says whether the day lies in the period.
func (p Period) Holds(day ledger.Date) bool { return p.Start <= day && day <= p.End }

// Span is the kind of period: how the days are divided.
type Span string

// The spans.
const (
	Month         Span = "month"
	Quarter       Span = "quarter"
	HalfYear      Span = "half-year"
	CalendarYear  Span = "calendar-year"
	FiscalYear    Span = "fiscal-year"    // begins on the scheme's day
	EnrolmentYear Span = "enrolment-year" // begins on the day of the year on which she enrolled
	Lifetime      Span = "lifetime"       // all days
)

// Spans lists the names.
func Spans() []Span {
	return []Span{Month, Quarter, HalfYear, CalendarYear, FiscalYear, EnrolmentYear, Lifetime}
}

// whole is the period of a lifetime.
var whole = Period{ledger.FirstDate, ledger.LastDate, "all"}

// Of is the period of the span that the day lies in. Starts is the month and day (mmdd) on which a year begins: of the
// scheme for fiscal years, of the enrolment for enrolment years.
func (s Span) Of(day ledger.Date, starts int) Period {
	switch s {
	case Month:
		return monthsFrom(day.Period(), 1, day.Period().String())
	case Quarter:
		q := (day.Month() - 1) / 3
		return monthsFrom(ledger.Period(day.Year()*100+3*q+1), 3, fmt.Sprintf("%dQ%d", day.Year(), q+1))
	case HalfYear:
		h := (day.Month() - 1) / 6
		return monthsFrom(ledger.Period(day.Year()*100+6*h+1), 6, fmt.Sprintf("%dH%d", day.Year(), h+1))
	case CalendarYear:
		return yearFrom(day, 101)
	case FiscalYear, EnrolmentYear:
		return yearFrom(day, starts)
	}
	return whole
}

// between counts the periods from one to another, both of the span.
func (s Span) between(from, to Period) int {
	years, months := to.Start.Year()-from.Start.Year(), to.Start.Month()-from.Start.Month()
	switch s {
	case Month:
		return years*12 + months
	case Quarter:
		return years*4 + months/3
	case HalfYear:
		return years*2 + months/6
	case Lifetime:
		return 0
	}
	return years
}

// Next is the period after p, of the same span.
func (s Span) Next(p Period, starts int) Period { return s.Of(p.End.AddDays(1), starts) }

func monthsFrom(first ledger.Period, n int, label string) Period {
	last := first
	for range n - 1 {
		last = last.Next()
	}
	return Period{first.FirstDay(), last.LastDay(), label}
}

func yearFrom(day ledger.Date, starts int) Period {
	year := day.Year()
	if int(day)%1_00_00 < starts {
		year--
	}
	start, end := dayOfYear(year, starts), dayOfYear(year+1, starts).AddDays(-1)
	label := fmt.Sprintf("%d", year)
	if starts != 101 {
		label = fmt.Sprintf("%d/%02d", year, (year+1)%100)
	}
	return Period{start, end, label}
}

// dayOfYear is that day of the year; the first of March for the 29th of February of a year without one.
func dayOfYear(year, mmdd int) ledger.Date {
	if d, err := ledger.NewDate(year, mmdd/100, mmdd%100); err == nil {
		return d
	}
	return ledger.Date(year*1_00_00 + 3_01)
}

// label names a period as a template of the scheme's says: {start}, {end} are its days, {year} the year it begins in,
// {yy} the last two digits of the year it ends in, {name} its usual name, {n} its number since that of the enrolment.
func label(template string, p Period, n int) string {
	if template == "" {
		return p.Label
	}
	return strings.NewReplacer("{n}", fmt.Sprint(n), "{start}", p.Start.String(), "{end}", p.End.String(), "{name}", p.Label,
		"{year}", fmt.Sprint(p.Start.Year()), "{endyear}", fmt.Sprint(p.End.Year()), "{yy}", fmt.Sprintf("%02d", p.End.Year()%100)).Replace(template)
}

// parseStarts reads "04-01" as 401.
func parseStarts(text string) (int, error) {
	if text == "" {
		return 101, nil
	}
	d, err := ledger.ParseDate("2024-" + text)
	if err != nil {
		return 0, fmt.Errorf("%.20q is not a month and day such as 04-01", text)
	}
	return int(d) % 1_00_00, nil
}
