package cover_test

import (
	"fmt"
	"testing"

	"sanad.dev/sanad/services/cover"
)

// advised is what an advice says: "1000 from 2025-10-05 by 2025-10-31, …: covered from 2025-11-01".
func advised(a *cover.Advice) string {
	if a == nil {
		return "nothing"
	}
	text := ""
	for _, d := range a.Pay {
		text += fmt.Sprintf("%d from %s by %s, ", d.Minor, d.From, d.By)
	}
	return text + fmt.Sprintf("covered from %s", a.From)
}

func TestAdviceIsForTheSoonestDayAndTheLeastMoney(t *testing.T) {
	t.Parallel()
	counted := func(text string) string {
		return "\ncover:\n  health:\n    account: 2200\n    notice_days: 0\n    months: {least: 1, " + text + "}\n"
	}
	for _, c := range []struct{ name, rules, paid, on, want string }{
		{
			"the ninth month, which counts from the day after", counted("qualify: 9, in_last: 12, before: admission, including: true, day_before: true"),
			"2023-01-10 1000,2023-02-10 1000,2023-03-10 1000,2023-04-10 1000,2023-05-10 1000,2023-06-10 1000,2023-07-10 1000,2023-08-10 750,2023-09-10 1000",
			"2023-10-05", "1000 from 2023-10-05 by 2023-10-05, covered from 2023-10-06",
		},
		{
			"the month of the event counts", counted("qualify: 2, in_last: 3, before: event, including: true"),
			"2023-01-10 1000", "2023-02-05", "1000 from 2023-02-05 by 2023-02-05, covered from 2023-02-05",
		},
		{
			"the month before it does", counted("qualify: 2, in_last: 3, before: event"),
			"2023-01-10 1000", "2023-02-05", "1000 from 2023-02-05 by 2023-02-28, covered from 2023-03-01",
		},
		{
			"what the month lacks", counted("qualify: 2, in_last: 3, before: event"),
			"2023-01-10 1000,2023-02-01 999", "2023-02-05", "1 from 2023-02-05 by 2023-02-28, covered from 2023-03-01",
		},
		{
			"two months", counted("qualify: 2, in_last: 3, before: event"),
			"", "2023-02-05", "1000 from 2023-02-05 by 2023-02-28, 1000 from 2023-03-01 by 2023-03-31, covered from 2023-04-01",
		},
		{
			"months that are followed by days of waiting", counted("qualify: 1, in_last: 3, before: event") + "    waiting: {days: 40}\n",
			"", "2023-02-05", "1000 from 2023-02-05 by 2023-02-05, covered from 2023-03-17",
		},
		{
			"this month comes before what is short of an earlier one", counted("qualify: 2, in_last: 3, before: event, arrears: {months: 2}"),
			"2023-01-10 990,2023-02-05 1000", "2023-03-05", "1010 from 2023-03-05 by 2023-03-05, covered from 2023-03-05",
		},
		{"the first day is bought before the days of waiting", tenADay, "", "2026-01-01", "10 from 2026-01-01 by 2026-01-01, covered from 2026-01-31"},
		{"what is kept of it counts", tenADay, "2026-01-01 4", "2026-01-03", "6 from 2026-01-03 by 2026-01-03, covered from 2026-02-02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := cover.History{Scheme: "try", Payments: given(t, c.paid)}
			a, err := rulesOf(t, c.rules).Judge(h, cover.Question{Cover: "health", On: date(t, c.on)})
			if err != nil {
				t.Fatal(err)
			}
			if got := advised(a.Advice); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestSilenceIsCountedFromTheFirstDayThatIsNotPaidFor pins the days: paid through 30 January, twelve whole months of
// silence end with 30 January of the next year.
func TestSilenceIsCountedFromTheFirstDayThatIsNotPaidFor(t *testing.T) {
	t.Parallel()
	r := rulesOf(t, "\ncover:\n  health:\n    account: 2200\n    notice_days: 0\n    days: {price: 0.210, per: month}\n    silence: [{months: 6, state: frozen}, {months: 12, state: deactivated}]\n")
	h := cover.History{Scheme: "try", Payments: given(t, "2020-01-01 210"), Notices: told(t, "2020-01-30")}
	for on, want := range map[string]cover.State{
		"2020-01-30": cover.InForce, "2020-01-31": cover.Lapsed, "2020-07-30": cover.Lapsed, "2020-07-31": cover.Frozen,
		"2021-01-30": cover.Frozen, "2021-01-31": cover.Deactivated,
	} {
		a, err := r.Judge(h, cover.Question{Cover: "health", On: date(t, on)})
		if err != nil || a.State != want {
			t.Errorf("on %s it is %s, want %s (%v)", on, a.State, want, err)
		}
	}
}
