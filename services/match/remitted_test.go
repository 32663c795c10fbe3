package match

import (
	"testing"

	"sanad.dev/sanad/ledger"
)

func TestWhatIsRemittedSettlesWhatWasTakenInFirst(t *testing.T) {
	t.Parallel()
	days := func(pairs ...int64) (all []ledger.DayNet) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, ledger.DayNet{On: ledger.Date(pairs[i]), Net: pairs[i+1]})
		}
		return all
	}
	tests := []struct {
		name             string
		clearing, banked []ledger.DayNet
		want             ledger.Date
	}{
		{"nothing was taken in", nil, nil, ledger.LastDate},
		{"nothing is remitted", days(2025_01_10, 100), nil, 2025_01_09},
		{"all is remitted", days(2025_01_10, 100, 2025_02_01, -100), days(2025_02_01, -100), ledger.LastDate},
		{"the first day is remitted", days(2025_01_10, 100, 2025_01_20, 50, 2025_02_01, -100), days(2025_02_01, -100), 2025_01_19},
		{"a part of a day is not the day", days(2025_01_10, 100, 2025_02_01, -99), days(2025_02_01, -99), 2025_01_09},
		{"remitted before it was taken in", days(2025_01_10, -100, 2025_02_01, 100), days(2025_01_10, -100), ledger.LastDate},
		{"taken in and remitted on one day", days(2025_01_10, 0, 2025_01_11, 5), days(2025_01_10, -100), 2025_01_10},
		{"a reversal takes back its own day", days(2025_01_10, 100, 2025_01_20, 0), nil, 2025_01_09},
		{"given up, so that nothing is with it any more", days(2025_01_10, 100, 2025_03_01, -100), nil, 2025_01_09},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := RemittedThrough(test.clearing, test.banked); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
