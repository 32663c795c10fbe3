package oldage

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/rule"
)

// TestPublishedFigures judges what programmes have published, each by its own folder: amounts are in minor units.
func TestPublishedFigures(t *testing.T) {
	t.Parallel()
	born := func(year int) insurance.Facts { return insurance.Facts{Birth: insurance.Birth{Year: year}} }
	saved := []rule.Contribution{{On: 2021_01_01, Minor: 30_000_00, Count: 1}}
	since := func(scheme ledger.SchemeCode, day ledger.Date, f insurance.Facts) insurance.Facts {
		f.Enrolments = []insurance.Enrolment{{Scheme: scheme, Days: insurance.Days{From: day}}}
		return f
	}
	slab := func(amount string, f insurance.Facts) insurance.Facts {
		f.Declared = []insurance.Declaration{{Name: "pension_slab", Value: amount}}
		return f
	}
	dead := func(f insurance.Facts) insurance.Facts {
		f.Death = insurance.Death{On: 2026_01_01, ConfirmedBy: "bana"}
		return f
	}
	retire := oldage.Ask{ID: "a", Kind: oldage.Retire, Member: "m", On: 2026_02_01}
	half := oldage.Ask{ID: "a", Kind: oldage.DrawEarly, Early: "half", Member: "m", On: 2026_02_01}
	left := oldage.Ask{ID: "a", Kind: oldage.ToSurvivors, Member: "m", On: 2026_02_01}
	spouse, friend := benefit.Survivor{Person: "a", Kind: insurance.Spouse}, benefit.Survivor{Person: "b", Kind: insurance.OtherDependant, Nominee: true}
	apy := func(monthly int64) *oldage.Terms { return &oldage.Terms{Form: rule.Annuity, Monthly: monthly} }
	tests := map[string]struct {
		scheme string
		c      oldage.Case
		want   []string
		first  int64
	}{
		"EjoHeza: four million and more, a quarter and 240 months": {"rw-ejo-heza", oldage.Case{Ask: retire, Facts: born(1970), Own: 4_800_000},
			[]string{"lump 1200000", "instalments 3600000"}, 15_000},
		"EjoHeza: four million itself":           {"rw-ejo-heza", oldage.Case{Ask: retire, Facts: born(1970), Own: 4_000_000}, []string{"lump 1000000", "instalments 3000000"}, 12_500},
		"EjoHeza: less, all at once":             {"rw-ejo-heza", oldage.Case{Ask: retire, Facts: born(1970), Own: 3_999_999}, []string{"lump 3999999"}, 0},
		"EjoHeza: at 54 not yet":                 {"rw-ejo-heza", oldage.Case{Ask: retire, Facts: born(1972), Own: 4_000_000}, []string{"pension 0 AGE_NOT_REACHED"}, 0},
		"Haba Haba: half after five years":       {"ke-haba-haba", oldage.Case{Ask: half, Facts: since("ke-haba-haba", 2021_01_15, born(1990)), Own: 30_000_00, Contributions: saved}, []string{"half 1500000 OVER_LIMIT"}, 0},
		"Haba Haba: after four nothing":          {"ke-haba-haba", oldage.Case{Ask: half, Facts: since("ke-haba-haba", 2022_01_15, born(1990)), Own: 30_000_00, Contributions: saved}, []string{"half 0 YEARS_TOO_FEW"}, 0},
		"Haba Haba: the other half at 50":        {"ke-haba-haba", oldage.Case{Ask: retire, Facts: since("ke-haba-haba", 2021_01_15, born(1975)), Own: 15_000_00, DrawnOwn: 15_000_00}, []string{"lump 1500000"}, 0},
		"APY: 1,000 a month for life":            {"in-apy-pension", oldage.Case{Ask: retire, Facts: slab("1000", born(1965)), Own: 170_000_00}, []string{"reserve 17000000"}, 1_000_00},
		"APY: the same to her husband":           {"in-apy-pension", oldage.Case{Ask: left, Facts: dead(born(1965)), Pension: apy(1_000_00), Survivors: []benefit.Survivor{spouse, friend}}, []string{"pension a 100000"}, 0},
		"APY: then 1.7 lakh to whom she named":   {"in-apy-pension", oldage.Case{Ask: left, Facts: dead(born(1965)), Pension: apy(1_000_00), Survivors: []benefit.Survivor{friend}}, []string{"survivor b 17000000"}, 0},
		"APY: 8.5 lakh for a pension of 5,000":   {"in-apy-pension", oldage.Case{Ask: left, Facts: dead(born(1965)), Pension: apy(5_000_00), Survivors: []benefit.Survivor{friend}}, []string{"survivor b 85000000"}, 0},
		"APY: no capital while he has a pension": {"in-apy-pension", oldage.Case{Ask: left, Facts: dead(born(1965)), Pension: apy(5_000_00), PensionsGoOn: true, Survivors: []benefit.Survivor{friend}}, []string{"survivors 0 NOTHING_SAVED"}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile("../scenario/schemes/" + test.scheme + "/scheme.yaml")
			must(t, err)
			s, err := rule.Load(insurance.Folder{Scheme: text})
			must(t, err)
			test.c.Scheme, test.c.Version = ledger.SchemeCode(test.scheme), 1
			j, err := oldage.Judge(s, test.c)
			must(t, err)
			var got []string
			for _, l := range j.Decision.Lines {
				line := fmt.Sprintf("%s %d", l.Item, l.Granted)
				for _, r := range l.Reductions {
					line += " " + r.Reason
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			if test.first != 0 {
				rest := test.c.Own - j.Decision.Lines[0].Granted
				if got := j.Terms.Instalment(0, rest); got != test.first {
					t.Errorf("the first month pays %d, want %d", got, test.first)
				}
			}
		})
	}
}
