package match_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/rule"
)

// half adds half of what is given in a calendar year.
const half = `scheme: half
name: Half
currency: JOD
effective: 2020-01-01
facts:
  income: {type: number}
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    amount: [{times: 50%}]
`

func loaded(t *testing.T, text string) *rule.Scheme {
	t.Helper()
	s, err := rule.Load(rule.Folder{Scheme: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// gave is a contribution in minor units.
func gave(on ledger.Date, minor int64) rule.Contribution {
	return rule.Contribution{On: on, Minor: minor, Count: 1}
}

func TestWhatIsDueForAPastIsComputedPeriodByPeriod(t *testing.T) {
	t.Parallel()
	two := []rule.Contribution{gave(2024_11_05, 10_000), gave(2025_02_10, 30_000)}
	for name, test := range map[string]struct {
		old, new string
		given    []rule.Contribution
		facts    insurance.Facts
		through  ledger.Date
		want     int64
	}{
		"each year by itself":                              {"", "", two, insurance.Facts{}, 2025_12_31, 20_000},
		"a cap in each year":                               {"50%}]", "50%}]\n    cap: 6", two, insurance.Facts{}, 2025_12_31, 11_000},
		"a cap over all years":                             {"50%}]", "50%}]\n    lifetime_cap: 12", two, insurance.Facts{}, 2025_12_31, 12_000},
		"every month, the months between among them":       {"50%}]", "50%}, {plus: 1}]\n    period: month", two, insurance.Facts{}, 2025_12_31, 24_000},
		"a run looks at months after the last, until then": {"50%}]", "50%}, {plus: 1}]\n    period: month\n    timing: monthly", two, insurance.Facts{}, 2025_04_15, 26_000},
		"what is carried, where the period has begun":      {"50%}]", "50%}, {plus: 1}]\n    period: month\n    carries: 2", two, insurance.Facts{}, 2025_03_01, 25_000},
		"nothing for who has given nothing":                {"50%}", "50%}, {plus: 1}", nil, insurance.Facts{}, 2025_12_31, 0},
		"a rule that reads every contribution":             {"[{times: 50%}]", "[{each: [{times: 50%}, {up_to: 8}]}]\n    reads: contributions", append([]rule.Contribution{gave(2024_11_05, 10_000)}, two...), insurance.Facts{}, 2025_12_31, 18_000},
		"what has vested by the day she left": {"subsidies:", "vesting: {by: years_enrolled, table: [{under: 1, value: 25%}, {value: 100%}]}\nsubsidies:", two,
			insurance.Facts{Enrolments: []insurance.Enrolment{{Scheme: "books", Days: insurance.Days{From: 2024_11_01}}},
				Withdrawal: []insurance.Drawing{{Scheme: "books", On: 2025_03_01, Exit: true}}}, 2025_12_31, 5_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(half, test.old) {
				t.Fatalf("%q is not in the scheme", test.old)
			}
			rules := match.Alone("books", loaded(t, strings.Replace(half, test.old, test.new, 1)))
			past := match.Past{Scheme: "books", Facts: test.facts, Contributions: test.given}
			got, err := rules.Due(past.Through(test.through), test.through)
			if err != nil || got.Minor != test.want {
				t.Errorf("%d are due, want %d (%v)", got.Minor, test.want, err)
			}
		})
	}
}

func TestARefusalIsToldWithItsReasonAndItsPeriod(t *testing.T) {
	t.Parallel()
	gated := strings.Replace(half, "    amount:", "    when: [{fact: income, up_to: 500, reason: RICH}]\n    amount:", 1)
	facts := insurance.Facts{Declared: []insurance.Declaration{
		{Name: "income", Value: "600", Days: insurance.Days{To: 2024_12_31}}, {Name: "income", Value: "400", Days: insurance.Days{From: 2025_01_01}}}}
	past := match.Past{Scheme: "books", Facts: facts, Contributions: []rule.Contribution{gave(2024_11_05, 10_000), gave(2025_02_10, 30_000)}}
	got, err := match.Alone("books", loaded(t, gated)).Due(past, 2025_12_31)
	if err != nil {
		t.Fatal(err)
	}
	want := match.Owed{Minor: 15_000, Refused: []match.Refused{{Reason: "RICH", Ends: 2024_12_31}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A version that lowers the rate from the middle of a year leaves that year as the version before it had it (L6), unless
// its decree cuts the past.
func TestEveryVersionJudgesThePeriodsThatItIsTheLawIn(t *testing.T) {
	t.Parallel()
	past := match.Past{Scheme: "half", Contributions: []rule.Contribution{
		gave(2024_03_01, 10_000), gave(2025_03_01, 10_000), gave(2025_09_01, 10_000), gave(2026_03_01, 10_000)}}
	for name, test := range map[string]struct {
		cuts string
		want int64
	}{
		"the year that had begun stands":  {"", 5_000 + 10_000 + 2_000},
		"a decree may cut it":             {"cuts_past: true\n", 5_000 + 4_000 + 2_000},
		"what came later is not affected": {"closed: true\n", 5_000 + 10_000 + 2_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			second := strings.NewReplacer("effective: 2020-01-01\n", "effective: 2025-07-01\n"+test.cuts, "50%", "20%").Replace(half)
			rules, err := match.RulesOf([]insurance.Scheme{
				{Code: "half", Currency: "JOD", Version: 1, EffectiveOn: 2020_01_01, Folder: insurance.Folder{Scheme: []byte(half)}},
				{Code: "half", Currency: "JOD", Version: 2, EffectiveOn: 2025_07_01, Folder: insurance.Folder{Scheme: []byte(second)}},
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := rules.Due(past, 2026_12_31)
			if err != nil || got.Minor != test.want {
				t.Errorf("%d are due, want %d (%v)", got.Minor, test.want, err)
			}
		})
	}
}

// id is an id of its own for every number.
func id(n uint64) (id ledger.ID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func TestAPastIsReadFromTheEntriesThatStand(t *testing.T) {
	t.Parallel()
	scheme := insurance.Scheme{Currency: "JOD", Pots: []insurance.Pot{{Account: ledger.OldAgeOwn, Pool: insurance.OldAge, Share: decimal.NewFromInt(1)}}}
	contributed := func(n uint64, code ledger.SchemeCode, on ledger.Date, minor int64) ledger.Entry {
		s := scheme
		s.Code = code
		e, err := insurance.Contributed(insurance.Received{ID: id(n), Collector: "mpesa", ValueOn: on, Amount: ledger.Money{Minor: minor, Currency: "JOD"}}, "a", s)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	reversed := contributed(3, "half", 2025_03_01, 700)
	entries := []ledger.Entry{
		contributed(1, "half", 2025_02_01, 500), contributed(2, "other", 2025_02_02, 600), reversed, ledger.Reverse(reversed, id(4)),
		contributed(5, "half", 2024_01_01, 800), contributed(6, "half", 2025_12_31, 900),
	}
	got := match.PastOf("half", insurance.Facts{}, entries).Through(2025_12_30).Contributions
	if diff := cmp.Diff([]rule.Contribution{gave(2024_01_01, 800), gave(2025_02_01, 500)}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsBookedAreGrantsLessClawbacksOfTheDays(t *testing.T) {
	t.Parallel()
	grant := func(n uint64, code ledger.SchemeCode, on ledger.Date, minor int64) insurance.Grant {
		return insurance.Grant{ID: id(n), Member: "a", Line: insurance.BudgetLine{Funder: "treasury", Scheme: code, Currency: "JOD"}, ValueOn: on,
			Pots: []insurance.PotShare{{Account: ledger.OldAgeMatched, Minor: minor}}, Basis: insurance.GrantBasis{Subsidy: "match", Version: 1, Period: "2025-01-01"}}
	}
	var entries []ledger.Entry
	for n, g := range []insurance.Grant{grant(1, "half", 2025_01_01, 100), grant(2, "half", 2025_12_31, 30), grant(3, "other", 2025_06_01, 5), grant(4, "half", 2026_01_01, 7)} {
		e, err := insurance.Granted(g)
		if err != nil {
			t.Fatal(n, err)
		}
		entries = append(entries, e)
	}
	back, err := insurance.ClawedBack(grant(5, "half", 2025_08_01, 40), false)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := match.Booked("half", append(entries, back), 2025_01_01, 2025_12_31), int64(90); got != want {
		t.Errorf("%d are booked, want %d", got, want)
	}
}
