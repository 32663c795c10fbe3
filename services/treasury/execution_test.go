package treasury

import (
	"math"
	"testing"

	"sanad.dev/sanad/ledger"
)

func TestTheForecastScalesWhatWasGrantedToTheYear(t *testing.T) {
	t.Parallel()
	const first, last = ledger.Date(2026_01_01), ledger.Date(2026_12_31)
	for _, c := range []struct {
		name          string
		granted       int64
		on            ledger.Date
		want          int64
		firstDay, end ledger.Date
	}{
		{"the first day stands for all", 10, first, 3650, first, last},
		{"half of the year is doubled and one day more", 182, 2026_07_01, 365, first, last},
		{"rounded half up", 1, 2026_12_30, 1, first, last},
		{"a leap year has 366 days", 31, 2028_01_31, 366, 2028_01_01, 2028_12_31},
		{"on the last day it is what was granted", 77, last, 77, first, last},
		{"and after it", 77, 2027_05_01, 77, first, last},
		{"before the year begins too", 77, 2025_12_31, 77, first, last},
		{"clawbacks are not scaled", -5, 2026_02_01, -5, first, last},
		{"nothing granted, nothing forecast", 0, 2026_02_01, 0, first, last},
		{"a fiscal year has its own days", 10, 2025_07_01, 3650, 2025_07_01, 2026_06_30},
		{"what is beyond a number stays as it is", math.MaxInt64 - 1, 2026_02_01, math.MaxInt64 - 1, first, last},
	} {
		if got := forecast(c.granted, c.firstDay, c.end, c.on); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
