package cover_test

import (
	"fmt"
	"strings"
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// head is what every scheme of these tests begins with.
const head = `scheme: try
name: A scheme to try
source: these tests
currency: JOD
effective: 2020-01-01
pots:
  - {account: 2200, name: health, share: 1, pool: health}
categories: [pregnant, farmer, student, poor]
`

// rulesOf are the rules of a scheme that says this of its cover.
func rulesOf(t testing.TB, text string) cover.Rules {
	t.Helper()
	s, err := rule.Load(rule.Folder{Scheme: []byte(head + text)})
	if err != nil {
		t.Fatal(err)
	}
	return cover.Of(s)
}

func date(t testing.TB, text string) ledger.Date {
	t.Helper()
	d, err := ledger.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// given reads "2026-01-05 300, 2026-02-01 100".
func given(t testing.TB, text string) (all []cover.Payment) {
	t.Helper()
	for one := range strings.SplitSeq(text, ",") {
		var day string
		var minor int64
		if n, _ := fmt.Sscan(one, &day, &minor); n == 2 {
			all = append(all, cover.Payment{On: date(t, day), Minor: minor, Account: 2200})
		}
	}
	return all
}

// told reads the days of notices.
func told(t testing.TB, text string) (all []cover.Notice) {
	t.Helper()
	for _, day := range strings.Fields(text) {
		all = append(all, cover.Notice{Cover: "health", On: date(t, day)})
	}
	return all
}

const tenADay = `
cover:
  health:
    account: 2200
    days: {price: 0.010}
    waiting: {days: 30, after_lapse: 60, waived: [{in: [pregnant]}, {fact: age, up_to: 5}, {fact: age, from: 70}]}
    grace_days: 5
    notice_days: 10
`

func TestMoneyBuysDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, paid, notices, on string
		covered                 bool
		state                   cover.State
		code                    string
		until                   string
	}{
		{"nothing paid", "", "", "2026-01-01", false, cover.NotBegun, cover.NothingPaid, ""},
		{"less than a day is kept", "2026-01-01 9", "", "2026-01-02", false, cover.NotBegun, cover.TooLittlePaid, ""},
		{"she waits after joining", "2026-01-01 100", "", "2026-01-30", false, cover.Waiting, cover.WaitingRuns, ""},
		{"the days follow the waiting", "2026-01-01 100", "", "2026-01-31", true, cover.InForce, cover.Paid, "2026-02-14"},
		{"the rest is carried", "2026-01-01 109,2026-01-02 1", "", "2026-01-31", true, cover.InForce, cover.Paid, "2026-02-15"},
		{"grace follows what is paid", "2026-01-01 100", "", "2026-02-14", true, cover.Grace, cover.InGrace, "2026-02-24"},
		{"no notice, no lapse", "2026-01-01 100", "", "2026-06-30", true, cover.Unlapsed, cover.NotNotified, "2026-07-10"},
		{"a notice runs", "2026-01-01 100", "2026-03-01", "2026-03-11", true, cover.Notified, cover.NoticeRuns, "2026-03-11"},
		{"cover lapses after a notice", "2026-01-01 100", "2026-03-01", "2026-03-12", false, cover.Lapsed, cover.LapsedAfterNotice, ""},
		{"a payment while a notice runs needs another notice", "2026-01-01 100,2026-03-05 10", "2026-03-01", "2026-03-12", true, cover.Unlapsed, cover.NotNotified, "2026-03-22"},
		{"back soon, at once", "2026-01-01 100,2026-04-01 10", "2026-03-01", "2026-04-01", true, cover.InForce, cover.Paid, "2026-04-11"},
		{"back late, waits anew", "2026-01-01 100,2026-06-01 10", "2026-03-01", "2026-06-01", false, cover.Waiting, cover.WaitingRuns, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := cover.History{Scheme: "try", Payments: given(t, c.paid), Notices: told(t, c.notices)}
			a, err := rulesOf(t, tenADay).Judge(h, cover.Question{Cover: "health", On: date(t, c.on)})
			if err != nil {
				t.Fatal(err)
			}
			until := ""
			if a.Until != 0 {
				until = a.Until.String()
			}
			if a.Covered != c.covered || a.State != c.state || a.Reasons[0].Code != c.code || until != c.until {
				t.Errorf("got %v %s %s until %s, want %v %s %s until %s", a.Covered, a.State, a.Reasons[0].Code, until, c.covered, c.state, c.code, c.until)
			}
		})
	}
}

const nineOfTwelve = `
cover:
  health:
    account: 2200
    months: {qualify: 9, in_last: 12, before: admission, least: 1}
`

// months reads so many payments of a dinar, one a month from the day on.
func months(t testing.TB, from string, n int) (all []cover.Payment) {
	t.Helper()
	for i := range n {
		day := ledger.DateOf(date(t, from).Time().AddDate(0, i, 0))
		all = append(all, cover.Payment{On: day, Minor: 1000, Account: 2200})
	}
	return all
}

func TestMonthsCount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		months  int
		on      string
		covered bool
		code    string
	}{
		{"eight are too few", 8, "2025-12-15", false, cover.MonthsMissing},
		{"nine are enough", 9, "2025-12-15", true, cover.MonthsMet},
		{"the month of the event does not count", 9, "2025-09-30", false, cover.MonthsMissing},
		{"the month after it does", 9, "2025-10-01", true, cover.MonthsMet},
		{"without notice she is covered still", 9, "2026-12-01", true, cover.NotNotified},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := cover.History{Scheme: "try", Payments: months(t, "2025-01-10", c.months), Facts: insurance.Facts{}}
			a, err := rulesOf(t, nineOfTwelve).Judge(h, cover.Question{Cover: "health", On: date(t, c.on)})
			if err != nil {
				t.Fatal(err)
			}
			if a.Covered != c.covered || a.Reasons[0].Code != c.code {
				t.Errorf("got %v %s, want %v %s", a.Covered, a.Reasons[0].Code, c.covered, c.code)
			}
		})
	}
}

func TestWhatIsPaidAfterTheEventDoesNotCount(t *testing.T) {
	t.Parallel()
	r := rulesOf(t, "\ncover:\n  health:\n    account: 2200\n    months: {qualify: 9, in_last: 12, before: event, including: true}\n")
	h := cover.History{Scheme: "try", Payments: append(months(t, "2025-01-10", 8), given(t, "2025-09-20 1000")...)}
	for on, want := range map[ledger.Date]bool{2025_09_19: false, 2025_09_20: true} {
		a, err := r.Judge(h, cover.Question{Cover: "health", On: on, Asked: 2025_09_30})
		if err != nil {
			t.Fatal(err)
		}
		if last := a.Reasons[len(a.Reasons)-1].Code; a.Covered != want || !want && last != cover.PaidAfterEvent {
			t.Errorf("on %s covered is %v, for %s", on, a.Covered, last)
		}
	}
}
