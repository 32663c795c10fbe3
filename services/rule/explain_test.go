package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// loaded is the sound scheme with a text of it replaced.
func loaded(t *testing.T, old, new string) *Scheme {
	t.Helper()
	if !strings.Contains(sound, old) {
		t.Fatalf("%q is not in the scheme", old)
	}
	s, err := Load(Folder{Scheme: []byte(strings.Replace(sound, old, new, 1))})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// earning is somebody with an income who gave an amount, in thousandths, in two months.
func earning(income string, minor int64) Input {
	return Input{
		Facts:         insurance.Facts{Birth: insurance.Birth{On: 19900101}, Declared: []insurance.Declaration{{Name: "income", Value: income}}},
		Contributions: []Contribution{{On: 20260110, Minor: minor}, {On: 20260210, Minor: minor}}, On: ledger.Date(20260210),
	}
}

func TestExplainSaysEachStepInASentence(t *testing.T) {
	t.Parallel()
	const steps = "    amount:\n      - times: rate\n      - up_to: 100\n"
	for name, test := range map[string]struct {
		amount string
		in     Input
		want   []string
	}{
		"a rate and a cap that binds": {steps, earning("300", 150_000), []string{
			"income (300) is at most 300, as it must be.", "In 2026 she gave 300 JOD.", "300 JOD times rate (50%) is 150 JOD.",
			"150 JOD is more than 100 JOD: 100 JOD is kept.",
		}},
		"a refusal": {steps, earning("301", 150_000), []string{"Refused, INCOME_ABOVE_LIMIT: Your income is above the limit."}},
		"a smallest amount": {"    amount: [{at_least: 301}]\n", earning("1", 150_000), []string{
			"income (1) is at most 300, as it must be.", "In 2026 she gave 300 JOD.", "300 JOD is less than 301 JOD, so nothing is given for it.",
		}},
		"each contribution": {"    amount:\n      - each: [{times: 25%}, {room: 60}]\n", earning("1", 200_000), []string{
			"income (1) is at most 300, as it must be.", "In 2026 she gave 400 JOD.", "On 2026-01-01 it is 200 JOD:",
			"  200 JOD times 25% is 50 JOD.", "  50 JOD is within what is left of 60 JOD after 0 JOD.", "On 2026-02-01 it is 200 JOD:",
			"  200 JOD times 25% is 50 JOD.", "  50 JOD is more than what is left of 60 JOD after 50 JOD: 10 JOD is kept.", "Together that makes 60 JOD.",
		}},
		"slices": {"    amount:\n      - marginal: [{over: 0, rate: 50%}, {over: 100, rate: 20%}]\n", earning("1", 100_000), []string{
			"income (1) is at most 300, as it must be.", "In 2026 she gave 200 JOD.",
			"Of 200 JOD what is over 0 JOD gets 50%, what is over 100 JOD gets 20%: 70 JOD.",
		}},
		"a table and a fraction": {"    amount:\n      - times: {lookup: age, table: [{under: 40, value: 30%}], else: 0}\n      - over: 7\n    round: {way: down}\n", earning("1", 50_000), []string{
			"income (1) is at most 300, as it must be.", "In 2026 she gave 100 JOD.", "The table by age is 30% for 36.",
			"100 JOD times the table by age (30%) is 30 JOD.", "30 JOD divided by 7 is about 4.285714 JOD.",
			"Rounded down to a multiple of 0.001, about 4.285714 JOD is 4.285 JOD.",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dues, err := loaded(t, steps, test.amount).Explain(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, dues[0].Steps); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExplainComputesWhatDueDoes(t *testing.T) {
	t.Parallel()
	s := loaded(t, "times: rate", "times: rate")
	for _, minor := range []int64{0, 1, 99_999, 100_000, 200_001} {
		told, err := s.Explain(earning("300", minor))
		if err != nil {
			t.Fatal(err)
		}
		due, err := s.Due(earning("300", minor))
		if err != nil {
			t.Fatal(err)
		}
		if told[0].Minor != due[0].Minor || due[0].Steps != nil {
			t.Errorf("of %d explain makes %d and due %d with %d steps", minor, told[0].Minor, due[0].Minor, len(due[0].Steps))
		}
	}
}

func TestARefusalSaysWhatWouldChangeIt(t *testing.T) {
	t.Parallel()
	const condition = "      - fact: income\n        up_to: limit\n"
	for name, test := range map[string]struct{ condition, want string }{
		"a bound":        {condition, "It is given where income is at most 300."},
		"two bounds":     {"      - fact: income\n        over: 10\n        under: limit\n", "It is given where income is more than 10 and less than 300."},
		"a category":     {"      - in: [farmer]\n", "It is given to who is in farmer; have the category recorded with its evidence."},
		"an enrolment":   {"      - enrolled: {from: 2027-01-01, to: 2027-12-31}\n", "It is given to who enrolled from 2027-01-01 to 2027-12-31."},
		"a first day":    {"      - enrolled: {from: 2027-01-01}\n", "It is given to who enrolled on or after 2027-01-01."},
		"a later period": {"      - period: {from: 2027-01-01}\n", "It is given for periods that begin on or after 2027-01-01."},
		"a word":         {"      - fact: sex\n        is: [female, other]\n", "It is given where sex is female or other."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := earning("400", 1000)
			in.Facts.Sex = insurance.Male
			dues, err := loaded(t, condition, test.condition).Explain(in)
			if err != nil {
				t.Fatal(err)
			}
			if dues[0].Refusal == nil {
				t.Fatal("nothing is refused")
			}
			if diff := cmp.Diff(test.want, dues[0].Refusal.Change); diff != "" {
				t.Error(diff)
			}
		})
	}
}
