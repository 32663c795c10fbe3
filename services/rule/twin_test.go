package rule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// gated is a scheme whose amount is to be filled in, with rules in Starlark beside it.
const gated = `scheme: gated
name: A scheme with gates
source: https://example.org/law
currency: JOD
facts:
  income: {type: number}
  trade: {type: word}
  tier: {type: word, words: [north, south]}
categories: [farmer, fisher, disability]
parameters:
  limit: 500
  by_age: {lookup: age, table: [{under: 18, value: 0}, {under: 40, value: 50%}], else: 80%}
  by_income: {lookup: income, table: [{up_to: 300, value: 100%}, {up_to: limit, value: 40%}], else: 0}
  by_trade: {lookup: trade, table: [{is: baker, value: 30%}, {is: weaver, value: 20%}]}
  by_month: {lookup: months, table: [{under: 3, value: 0}], else: 10%}
  doubled: {times: [2, by_income]}
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    `

const gatedRules = `
def halved(member, facts, p):
    if not member.age or member.age < 18:
        return refuse("TOO_YOUNG", "under age")
    return facts.total / 2

def for_all(member, facts, p):
    return facts.total / 2

def gate(member, facts, p):
    return member.has("farmer")
`

func loadGated(t *testing.T, amount string) *Scheme {
	t.Helper()
	indented := strings.NewReplacer("\n- ", "\n  - ", "\n", "\n    ").Replace(amount)
	s, err := Load(Folder{Scheme: []byte(gated + indented + "\n"), Rules: []byte(gatedRules)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hundred is a member who has given 100 in one month.
func hundred(f insurance.Facts) Input {
	return Input{Facts: f, Enrolled: 2026_01_01, Contributions: []Contribution{{On: 2026_01_10, Minor: 100_000, Count: 1}}}
}

func withIncome(income string) insurance.Facts {
	return insurance.Facts{Birth: insurance.Birth{On: 1990_01_01}, Declared: []insurance.Declaration{{Name: "income", Value: income}}}
}

func bornIn(year int) insurance.Facts {
	return insurance.Facts{Birth: insurance.Birth{On: ledger.Date(year*1_00_00 + 1_01)}}
}

func TestATwinRefusesNobodyByWhoSheIs(t *testing.T) {
	t.Parallel()
	farmer := insurance.Facts{Categories: []insurance.Category{{Name: "farmer"}}}
	for name, test := range map[string]struct {
		amount string
		facts  insurance.Facts
		// due and twin are in minor units.
		due, twin int64
	}{
		"a condition on income goes":                {"when: [{fact: income, up_to: limit, reason: RICH}]\namount: [{times: 50%}]", withIncome("600"), 0, 50_000},
		"also where income is not known":            {"when: [{fact: income, up_to: limit, reason: RICH}]\namount: [{times: 50%}]", farmer, 0, 50_000},
		"a condition on age goes":                   {"when: [{fact: age, from: 18, reason: YOUNG}]\namount: [{times: 50%}]", bornIn(2015), 0, 50_000},
		"a condition on categories goes":            {"when: [{in: [fisher], reason: NOT_ONE}]\namount: [{times: 50%}]", farmer, 0, 50_000},
		"one that keeps a category out goes":        {"when: [{not_in: [farmer], reason: FARMER}]\namount: [{times: 50%}]", farmer, 0, 50_000},
		"one on the day of enrolment goes":          {"when: [{enrolled: {to: 2025-12-31}, reason: LATE}]\namount: [{times: 50%}]", farmer, 0, 50_000},
		"one with another way goes, if either asks": {"when: [{fact: contributions, from: 101, reason: LITTLE, or: [{in: [fisher]}]}]\namount: [{times: 50%}]", farmer, 0, 50_000},
		"one of rules.star goes":                    {"when: [{rule: gate, reason: NOT_ONE}]\namount: [{times: 50%}]", bornIn(1990), 0, 50_000},
		"a threshold on contributions stays":        {"when: [{fact: contributions, from: 101, reason: LITTLE}]\namount: [{times: 50%}]", farmer, 0, 0},
		"a condition on the period stays":           {"when: [{period: {to: 2025-12-31}, reason: OVER}]\namount: [{times: 50%}]", farmer, 0, 0},
		"a cap stays":                               {"amount: [{times: 50%}]\ncap: 20", farmer, 20_000, 20_000},
		"a threshold in the steps stays":            {"amount: [{at_least: 101}]", farmer, 0, 0},
		"what depends on months stays":              {"amount: [{times: by_month}]", farmer, 0, 0},
		"who fits a row of nothing gets the least":  {"amount: [{times: by_age}]", bornIn(2015), 0, 50_000},
		"and who gets more goes on getting more":    {"amount: [{times: by_age}]", bornIn(1970), 80_000, 80_000},
		"of whom it is not known too":               {"amount: [{times: by_age}]", farmer, 0, 50_000},
		"who fits no row gets the least":            {"amount: [{times: by_trade}]", farmer, 0, 20_000},
		"who earns too much gets the least":         {"amount: [{times: by_income}]", withIncome("501"), 0, 40_000},
		"also by way of another parameter":          {"amount: [{times: doubled}]", withIncome("501"), 0, 80_000},
		"who is in no category gets the least":      {"amount: [{times: {highest: {farmer: 30%, fisher: 20%}}}]", bornIn(1990), 0, 20_000},
		"and who is in the best one goes on":        {"amount: [{times: {highest: {farmer: 30%, fisher: 20%}}}]", farmer, 30_000, 30_000},
		"a rate by slices is opened":                {"amount: [{marginal: [{over: 0, rate: by_income}, {over: 50, rate: 10%}]}]", withIncome("501"), 5_000, 25_000},
		"a cap by income is opened":                 {"amount: [{times: 50%}]\ncap: {times: [by_income, 100]}", withIncome("501"), 0, 40_000},
		"phasing out by income goes":                {"amount: [{times: 50%}, {phase_out: {by: income, from: 100, to: 500}}]", withIncome("500"), 0, 50_000},
		"phasing out by contributions stays":        {"amount: [{times: 50%}, {phase_out: {by: contributions, from: 0, to: 100}}]", farmer, 0, 0},
		"gates inside each month go":                {"amount: [{each_month: [{phase_out: {by: income, from: 100, to: 500}}]}]", withIncome("500"), 0, 100_000},
		"a deduction stays":                         {"amount: [{minus: {times: [by_age, 100]}}]", bornIn(1990), 50_000, 50_000},
		"a function names its twin":                 {"rule: halved\ntwin: for_all", bornIn(2015), 0, 50_000},
		"a function may be its own twin":            {"rule: for_all\ntwin: for_all", bornIn(2015), 50_000, 50_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := loadGated(t, test.amount)
			twin, err := s.Twin()
			if err != nil {
				t.Fatal(err)
			}
			got := [2]int64{dueOf(t, s, test.facts), dueOf(t, twin.Scheme, test.facts)}
			if diff := cmp.Diff([2]int64{test.due, test.twin}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Two subsidies of which everybody has one are not a gate: taking the choice away would give her both.
func TestWhatOnlyChoosesBetweenSubsidiesStays(t *testing.T) {
	t.Parallel()
	const second = "\n- id: second\nfunder: treasury\npot: 2110\namount: [{times: 10%}]\nwhen: "
	farmer := insurance.Facts{Categories: []insurance.Category{{Name: "farmer"}}}
	north := insurance.Facts{Declared: []insurance.Declaration{{Name: "tier", Value: "north"}}}
	for name, test := range map[string]struct {
		first, second string
		facts         insurance.Facts
		due, twin     int64
	}{
		"in a category and not in it":     {"[{in: [farmer], reason: NOT}]", "[{not_in: [farmer], reason: FARMER}]", farmer, 50_000, 50_000},
		"in two categories":               {"[{in: [farmer], reason: NOT}]", "[{in: [fisher], reason: NOT}]", farmer, 50_000, 60_000},
		"a word of all":                   {"[{fact: tier, is: [north], if_unknown: pass, reason: NOT}]", "[{fact: tier, is: [south], reason: NOT}]", north, 50_000, 50_000},
		"a word that is not known":        {"[{fact: tier, is: [north], reason: NOT}]", "[{fact: tier, is: [south], reason: NOT}]", farmer, 0, 60_000},
		"words that leave one out":        {"[{fact: tier, is: [north], if_unknown: pass, reason: NOT}]", "[{fact: tier, is: [north], reason: NOT}]", farmer, 50_000, 60_000},
		"a choice in force for some time": {"[{in: [farmer], reason: NOT, in_force: {to: 2025-12-31}}]", "[{not_in: [farmer], reason: FARMER}]", farmer, 50_000, 60_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := loadGated(t, "amount: [{times: 50%}]\nwhen: "+test.first+second+test.second)
			twin, err := s.Twin()
			if err != nil {
				t.Fatal(err)
			}
			got := [2]int64{dueOf(t, s, test.facts), dueOf(t, twin.Scheme, test.facts)}
			if diff := cmp.Diff([2]int64{test.due, test.twin}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func dueOf(t *testing.T, s *Scheme, f insurance.Facts) (minor int64) {
	t.Helper()
	dues, err := s.Due(hundred(f))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dues {
		minor += d.Minor
	}
	return minor
}

func TestWhatATwinHasTakenAwayIsNamedWithItsPlace(t *testing.T) {
	t.Parallel()
	s := loadGated(t, `when:
  - {fact: income, up_to: limit, reason: RICH}
  - {in: [farmer, fisher], reason: NOT_ONE}
amount:
  - times: by_age
  - times: by_age
  - phase_out: {by: income, from: 100, to: 500}`)
	twin, err := s.Twin()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range twin.Removed {
		got = append(got, p.Error())
	}
	want := []string{
		"scheme.yaml:12:11: nothing by age: the least of the table is for all",
		"scheme.yaml:22:9: condition: income within its bounds, or else RICH",
		"scheme.yaml:23:9: condition: in farmer or fisher, or else NOT_ONE",
		"scheme.yaml:27:9: phasing out by income",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestARuleWithoutANamedTwinHasNone(t *testing.T) {
	t.Parallel()
	_, err := loadGated(t, "rule: halved").Twin()
	want := "scheme.yaml:21:5: subsidies.match: what halved refuses can't be taken away by machine; " +
		"write twin: the function of rules.star that computes the same without asking who she is"
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

func TestATwinOfStepsIsNotWritten(t *testing.T) {
	t.Parallel()
	_, err := Load(Folder{Scheme: []byte(gated + "amount: [{times: 50%}]\n    twin: for_all\n"), Rules: []byte(gatedRules)})
	if want := "scheme.yaml:22:5: subsidies.match.twin: stands beside rule; of amount: the twin is made by itself"; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// Nobody of the examples of real programmes is due less by the twin, and making it changes nothing of the scheme.
func TestTheTwinsOfRealProgrammesGiveNobodyLess(t *testing.T) {
	t.Parallel()
	const schemes = "../../deploy/schemes"
	dirs, err := os.ReadDir(schemes)
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(schemes, dir.Name(), SchemeFile)); err != nil {
			continue // cases only
		}
		t.Run(dir.Name(), func(t *testing.T) {
			folder, err := ReadFolder(os.DirFS(schemes), dir.Name())
			if err != nil {
				t.Fatal(err)
			}
			looked += compareExamples(t, folder)
		})
	}
	if looked < 100 {
		t.Errorf("%d examples were looked at, there are more", looked)
	}
}

func compareExamples(t *testing.T, folder Folder) int {
	t.Helper()
	s, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	twin, err := s.Twin()
	if err != nil {
		t.Fatal(err)
	}
	examples, err := Examples(folder.Examples)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range examples {
		in, err := x.Input(s)
		if err != nil {
			t.Fatal(err)
		}
		dues, err := s.Due(in)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := twin.Scheme.Due(in)
		if err != nil {
			t.Fatal(err)
		}
		if sumOf(opened).Less(sumOf(dues)) {
			t.Errorf("%s: %s are due, and by the twin %s", x.Name, sumOf(dues), sumOf(opened))
		}
	}
	if err := s.Prove(t.Context(), folder.Examples); err != nil {
		t.Error(err)
	}
	return len(examples)
}
