package ledger

import (
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar, written as the number yyyymmdd; zero means no day.
type Date int32

// Period is a month of the Gregorian calendar, written as the number yyyymm; zero means none.
type Period int32

// The days the books can hold.
const (
	FirstDate Date = 1900_01_01
	LastDate  Date = 2199_12_31
)

// DateOf returns the day of the instant in its own time zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*1_00_00 + int(m)*1_00 + d)
}

// NewDate makes a day, or returns [ErrInvalid] where there is none such between 1900 and 2199.
func NewDate(year, month, day int) (Date, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	d := DateOf(t)
	if t.Year() != year || int(t.Month()) != month || t.Day() != day || d < FirstDate || d > LastDate {
		return 0, fmt.Errorf("%w: %04d-%02d-%02d is not a day between 1900 and 2199", ErrInvalid, year, month, day)
	}
	return d, nil
}

// ParseDate reads "2026-03-02".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%w: %.16q is not a day such as 2026-03-02", ErrInvalid, s)
	}
	return NewDate(t.Year(), int(t.Month()), t.Day())
}

// Year, Month and Day are the parts of the day.
func (d Date) Year() int  { return int(d) / 1_00_00 }
func (d Date) Month() int { return int(d) / 1_00 % 1_00 }
func (d Date) Day() int   { return int(d) % 1_00 }

// Time is the day's first instant in UTC.
func (d Date) Time() time.Time {
	return time.Date(d.Year(), time.Month(d.Month()), d.Day(), 0, 0, 0, 0, time.UTC)
}

// AddDays returns the day n days later.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Period is the month that the day lies in.
func (d Date) Period() Period { return Period(d / 1_00) }

// String prints "2026-03-02".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year(), d.Month(), d.Day()) }

// FirstDay and LastDay are the ends of the month.
func (p Period) FirstDay() Date { return Date(p)*1_00 + 1 }
func (p Period) LastDay() Date  { return p.Next().FirstDay().AddDays(-1) }

// Next is the following month.
func (p Period) Next() Period {
	if p%100 == 12 {
		return p + 89
	}
	return p + 1
}

// Year is the calendar year of the month.
func (p Period) Year() int { return int(p) / 100 }

// String prints "2026-03".
func (p Period) String() string { return fmt.Sprintf("%04d-%02d", p.Year(), p%100) }

// Calendar says which periods are closed: all through one month, and none after it.
type Calendar struct {
	// ClosedThrough is the last closed month; zero while none is.
	ClosedThrough Period
}

// BookOn is the booking date of an entry with that value date (L7): the value date itself if its period is open, else
// the first day of the oldest open period.
func (c Calendar) BookOn(value Date) Date {
	if value.Period() > c.ClosedThrough {
		return value
	}
	return c.ClosedThrough.Next().FirstDay()
}
