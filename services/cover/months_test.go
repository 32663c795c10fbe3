package cover_test

import (
	"testing"

	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

// TestAMonthThatCountsFromTomorrowTakesNothingToday is of a month that is not held against her, for a holiday, and that
// she pays all the same where payments count from the day after: on the day of the payment nothing changes.
func TestAMonthThatCountsFromTomorrowTakesNothingToday(t *testing.T) {
	t.Parallel()
	r := rulesOf(t, "\ncover:\n  health:\n    account: 2200\n    months: {least: 1, qualify: 1, in_last: 1, before: event, including: true, day_before: true}\n")
	h := cover.History{Scheme: "try", Holidays: []cover.Holiday{{Days: insurance.Days{From: 2026_03_05, To: 2026_03_20}}}}
	for _, paid := range []string{"2026-02-02 1000", "2026-02-02 1000,2026-03-10 1000"} {
		h.Payments = given(t, paid)
		a, err := r.Judge(h, cover.Question{Cover: "health", On: 2026_03_10})
		if err != nil || a.State != cover.InForce || a.Since != 2026_02_03 || a.PaidUntil != 2026_03_31 {
			t.Errorf("paid %s: %+v %v", paid, a, err)
		}
	}
}

// TestAdviceWhileSheWaitsIsForWhatFollows is of a member who waits anew after every lapse and asks about days to come: what
// counts before the month of asking and in it is one stretch, of which she waits once, and what keeps cover after it is a
// whole month.
func TestAdviceWhileSheWaitsIsForWhatFollows(t *testing.T) {
	t.Parallel()
	r := rulesOf(t, "\ncover:\n  health:\n    account: 2200\n    notice_days: 0\n    months: {least: 1, qualify: 1, in_last: 1, before: event, including: true}\n    waiting: {days: 40, after_lapse: 0}\n")
	h := cover.History{Scheme: "try", Payments: given(t, "2026-01-02 1000,2026-02-01 1000")}
	for on, want := range map[string]string{
		"2026-02-10": "nothing",
		"2026-02-11": "1000 from 2026-03-01 by 2026-03-01, covered from 2026-03-01",
		"2026-03-01": "1000 from 2026-03-01 by 2026-03-01, covered from 2026-03-01",
	} {
		a, err := r.Judge(h, cover.Question{Cover: "health", On: date(t, on), Asked: 2026_02_01})
		if got := advised(a.Advice); err != nil || got != want {
			t.Errorf("asked about %s: %s, want %s (%v)", on, got, want, err)
		}
	}
}
