package script

import (
	"cmp"
	"errors"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"sanad.dev/sanad/ledger"
)

// Day is a day of the calendar as a value of the rules' language. It has year, month and day, plus_days(n),
// plus_months(n) and last_of_month().
type Day ledger.Date

// String prints "2026-03-02".
func (d Day) String() string { return ledger.Date(d).String() }

// Type is what the language calls it.
func (Day) Type() string { return "day" }

// Freeze does nothing: a day never changes.
func (Day) Freeze() {}

// Truth is whether it is a day at all.
func (d Day) Truth() starlark.Bool { return d != 0 }

// Hash is that of its number.
func (d Day) Hash() (uint32, error) { return uint32(d) * 2654435761, nil }

// CompareSameType compares with another day.
func (d Day) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return threeway(op, cmp.Compare(d, y.(Day))), nil
}

// Attr is a part of the day, or a method.
func (d Day) Attr(name string) (starlark.Value, error) {
	switch name {
	case "year":
		return starlark.MakeInt(ledger.Date(d).Year()), nil
	case "month":
		return starlark.MakeInt(ledger.Date(d).Month()), nil
	case "day":
		return starlark.MakeInt(ledger.Date(d).Day()), nil
	}
	if m, ok := dayMethods[name]; ok {
		return m.BindReceiver(d), nil
	}
	return nil, nil
}

// AttrNames lists what [Day.Attr] knows.
func (d Day) AttrNames() []string {
	return []string{"day", "last_of_month", "month", "plus_days", "plus_months", "year"}
}

var dayMethods = map[string]*starlark.Builtin{
	"plus_days":     dayMethod("plus_days", 1, plusDays),
	"plus_months":   dayMethod("plus_months", 1, plusMonths),
	"last_of_month": dayMethod("last_of_month", 0, func(d ledger.Date, _ int) (ledger.Date, error) { return d.Period().LastDay(), nil }),
}

// dayMethod makes a method that takes so many whole numbers, none or one.
func dayMethod(name string, takes int, do func(ledger.Date, int) (ledger.Date, error)) *starlark.Builtin {
	return starlark.NewBuiltin(name, func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		if err := takesOnly(name, args, kwargs, takes, takes); err != nil {
			return nil, err
		}
		n := 0
		if takes == 1 {
			var err error
			if n, err = small(name, args[0]); err != nil {
				return nil, err
			}
		}
		d, err := do(ledger.Date(b.Receiver().(Day)), n)
		return Day(d), err
	})
}

var errOutside = errors.New("the day lies outside the calendar, which goes from 1900 to 2199")

// mostDays is how many days the calendar of the books has, and more.
const mostDays = 400 * 366

func plusDays(d ledger.Date, n int) (ledger.Date, error) {
	if n < -mostDays || n > mostDays {
		return 0, errOutside
	}
	return inCalendar(d.Time().AddDate(0, 0, n))
}

// plusMonths is the same day n months later, or the last of its month where that is shorter.
func plusMonths(d ledger.Date, n int) (ledger.Date, error) {
	if n < -mostDays || n > mostDays {
		return 0, errOutside
	}
	first := time.Date(d.Year(), time.Month(d.Month()+n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return inCalendar(first.AddDate(0, 0, min(d.Day(), last)-1))
}

func inCalendar(t time.Time) (ledger.Date, error) {
	d, err := ledger.NewDate(t.Year(), int(t.Month()), t.Day())
	if err != nil {
		return 0, errOutside
	}
	return d, nil
}

// daysBetween counts from a to b; below zero where b comes first.
func daysBetween(a, b ledger.Date) int {
	return int(b.Time().Sub(a.Time()) / (24 * time.Hour))
}

// monthsBetween counts the whole months completed from a to b: the most by which a may move on and not be after b; below
// zero where b comes first. From 31 January a month is completed on 28 February, which has no 31st.
func monthsBetween(a, b ledger.Date) int {
	if b < a {
		return -monthsBetween(b, a)
	}
	n := (b.Year()-a.Year())*12 + b.Month() - a.Month()
	if min(a.Day(), b.Period().LastDay().Day()) > b.Day() {
		n--
	}
	return n
}
