package cover

import (
	"testing"
	"time"

	"sanad.dev/sanad/ledger"
)

// TestDaysAreNumberedAsTheCalendarSays compares every day that the books can hold with the library's calendar.
func TestDaysAreNumberedAsTheCalendarSays(t *testing.T) {
	t.Parallel()
	start := ledger.FirstDate.Time()
	n := day(start.Unix() / 86400)
	for at := start; at.Year() <= ledger.LastDate.Year(); at, n = at.Add(24*time.Hour), n+1 {
		if d := ledger.DateOf(at); dayOf(d) != n || n.date() != d {
			t.Fatalf("%s is day %d and day %d is %s", d, dayOf(d), n, n.date())
		}
	}
}
