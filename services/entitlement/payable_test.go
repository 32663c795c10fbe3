package entitlement

import (
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
)

// TestATextNamesOnlyWhatCanBePaidToday sees that a text never says "pay so much by that day" of money which does nothing
// when it is paid now.
func TestATextNamesOnlyWhatCanBePaidToday(t *testing.T) {
	t.Parallel()
	const today = 2026_03_10
	for _, c := range []struct {
		name  string
		pay   []cover.Due
		minor int64
		by    ledger.Date
	}{
		{"one payment, from today on", []cover.Due{{Minor: 100, From: today, By: 2026_03_31}}, 100, 2026_03_31},
		{"two that can be made together", []cover.Due{{Minor: 100, From: today, By: 2026_03_31}, {Minor: 50, From: today, By: 2026_03_20}}, 150, 2026_03_20},
		{"a payment that does nothing before April", []cover.Due{{Minor: 100, From: 2026_04_01, By: 2026_04_30}}, 0, 0},
		{"a month now and the next in its turn", []cover.Due{{Minor: 100, From: today, By: 2026_03_31}, {Minor: 100, From: 2026_04_01, By: 2026_04_30}}, 0, 0},
		{"no payment", nil, 0, 0},
	} {
		if pay, by := payable(cover.Advice{Pay: c.pay}, today, "JOD"); pay.Minor != c.minor || by != c.by {
			t.Errorf("%s: %d by %s, want %d by %s", c.name, pay.Minor, by, c.minor, c.by)
		}
	}
}
