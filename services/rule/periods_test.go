package rule_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// said declares a fact.
func said(name, value string) insurance.Facts {
	return insurance.Facts{Declared: []insurance.Declaration{{Name: name, Value: value}}}
}

func TestEachMonthIsJudgedByItsTotal(t *testing.T) {
	t.Parallel()
	const bounded = "subsidies:\n  - id: match\n    funder: treasury\n    period: quarter\n    amount: [{each_month: [{at_least: 500}, {up_to: 1000}, {times: 40%}]}]\n"
	const known = "parameters:\n  rate: [{from: 2024-02-01, value: 10%}]\n" +
		"subsidies:\n  - id: match\n    funder: treasury\n    amount: [{each_month: [{times: rate}]}]\n"
	for _, c := range []struct {
		name, scheme    string
		given           rule.Input
		total, refusals string
	}{
		{"two parts of a month are looked at together", bounded, given(gave(2024_01_05, 200, ""), gave(2024_01_25, 300, "")), "200.000", ""},
		{"parts of two months are not", bounded, given(gave(2024_01_05, 200, ""), gave(2024_02_05, 300, "")), "0.000", ""},
		{"the cap is that of a month", bounded, given(gave(2024_01_05, 900, ""), gave(2024_01_06, 900, ""), gave(2024_02_06, 900, "")), "760.000", ""},
		{"the order of arrival changes nothing", bounded, given(gave(2024_02_05, 900, ""), gave(2024_01_05, 300, ""), gave(2024_02_01, 900, ""), gave(2024_01_01, 300, "")), "640.000", ""},
		{"a month is judged on its last day with a contribution", known, given(gave(2024_01_31, 9, ""), gave(2024_02_01, 100, "")), "10.000", ""},
		{"if no month counts, why is said", known, given(gave(2024_01_31, 9, "")), "0.000", "NOT_IN_TABLE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			total, refused := due(t, load(t, c.scheme), c.given)
			if diff := cmp.Diff([]string{c.total, c.refusals}, []string{total, refused}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPeriodsAreCountedFromTheEnrolment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		span          string
		enrolled, day ledger.Date
		label, number string
	}{
		{"month", 2024_01_31, 2024_01_31, "p1", "1"},
		{"month", 2024_01_31, 2024_02_01, "p2", "2"},
		{"month", 2023_12_15, 2024_12_01, "p13", "13"},
		{"quarter", 2024_03_31, 2024_04_01, "p2", "2"},
		{"quarter", 2023_12_31, 2025_01_01, "p6", "6"},
		{"half-year", 2024_06_30, 2025_07_01, "p4", "4"},
		{"calendar-year", 2024_12_31, 2025_01_01, "p2", "2"},
		{"fiscal-year", 2024_03_31, 2024_04_01, "p2", "2"},
		{"enrolment-year", 2024_02_29, 2025_02_28, "p1", "1"},
		{"enrolment-year", 2024_02_29, 2025_03_01, "p2", "2"},
		{"lifetime", 2024_02_29, 2125_03_01, "p1", "1"},
		{"month", 0, 2024_01_31, "p0", "0"},
	} {
		t.Run(c.span+" of "+c.day.String(), func(t *testing.T) {
			t.Parallel()
			s := load(t, "fiscal_year: 04-01\nsubsidies:\n  - id: match\n    funder: treasury\n    reads: contributions\n    period: "+c.span+
				"\n    label: \"p{n}\"\n    amount: [{of: period_number}]\n")
			dues, err := s.Due(rule.Input{Enrolled: c.enrolled, On: c.day})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{c.label, c.number}, []string{dues[0].Period.Label, dues[0].Amount.String()}); diff != "" {
				t.Error(diff)
			}
			if unknown := dues[0].Refusal != nil && dues[0].Refusal.Reason == "FACT_UNKNOWN"; unknown != (c.enrolled == 0) {
				t.Errorf("enrolled %s: refused %v", c.enrolled, dues[0].Refusal)
			}
		})
	}
}

func TestAnInstantIsNotADay(t *testing.T) {
	t.Parallel()
	const bonus = "subsidies:\n  - id: bonus\n    funder: treasury\n    period: lifetime\n" +
		"    when: [{fact: joined, under: %, reason: TOO_LATE, text: The bonus has ended.}]\n    amount: [{of: 1000}]\n"
	instant := strings.Replace(head, "facts:\n", "facts:\n  joined: {type: instant}\n", 1) + strings.Replace(bonus, "%", "2015-05-21T14:00:00+12:00", 1)
	day := strings.Replace(head, "facts:\n", "facts:\n  joined: {type: day}\n", 1) + strings.Replace(bonus, "%", "2015-05-21", 1)
	for _, c := range []struct{ name, scheme, joined, total, refused string }{
		{"a second before is in time", instant, "2015-05-21T13:59:59+12:00", "1000.000", ""},
		{"the instant itself is late", instant, "2015-05-21T14:00:00+12:00", "0.000", "TOO_LATE"},
		{"the same instant in another zone is the same", instant, "2015-05-21T02:00:00Z", "0.000", "TOO_LATE"},
		{"the day before is in time", day, "2015-05-20", "1000.000", ""},
		{"the day itself is late", day, "2015-05-21", "0.000", "TOO_LATE"},
		{"what is no instant is refused and not taken for one", instant, "21 May", "0.000", "RULE_FAILED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := rule.Load(rule.Folder{Scheme: []byte(c.scheme)})
			if err != nil {
				t.Fatal(err)
			}
			total, refused := due(t, s, rule.Input{Facts: said("joined", c.joined), On: 2015_05_21})
			if diff := cmp.Diff([]string{c.total, c.refused}, []string{total, refused}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDaysAndInstantsAreComparedWithTheirLike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, fact, bound, want string }{
		{"an instant with a day", "instant", "2015-05-21", "a value of type day can be compared with a fact of that type only"},
		{"an instant with a number", "instant", "20150521", "write an instant with its offset"},
		{"a number with a day", "number", "2015-05-21", "a value of type day can be compared with a fact of that type only"},
		{"a day with an instant", "day", "2015-05-21T14:00:00Z", "a value of type instant can be compared with a fact of that type only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(head, "facts:\n", "facts:\n  joined: {type: "+c.fact+"}\n", 1) +
				"subsidies:\n  - id: bonus\n    funder: treasury\n    when: [{fact: joined, under: " + c.bound + ", reason: TOO_LATE}]\n    amount: [{of: 1}]\n"
			_, err := rule.Load(rule.Folder{Scheme: []byte(text)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("loaded with %v; want %q", err, c.want)
			}
		})
	}
}

func TestWhatIsMissingIsSaidAndNotComputedWith(t *testing.T) {
	t.Parallel()
	const byAge = "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{times: {lookup: age, table: [{up_to: 30, value: 1}], else: 2}}]\n"
	const over = "parameters:\n  whole: [{from: 2025-01-01, value: 4}]\nsubsidies:\n  - {id: match, funder: treasury, amount: [{over: whole}]}\n"
	const byFund = "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{times: {lookup: fund, table: [{is: a, value: 1}]}}]\n"
	const highest = "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{of: {highest: {pensioner: 5}}}]\n"
	for _, c := range []struct {
		name, scheme   string
		in             rule.Input
		total, refused string
	}{
		{"an age that nobody knows is not nought", byAge, given(gave(2024_01_05, 10, "")), "0.000", "FACT_UNKNOWN"},
		{"a word that nobody has said", byFund, given(gave(2024_01_05, 10, "")), "0.000", "FACT_UNKNOWN"},
		{"a word without row", byFund, with(said("fund", "b"), gave(2024_01_05, 10, "")), "0.000", "NOT_IN_TABLE"},
		{"a division by a figure that is not known", over, given(gave(2024_01_05, 10, "")), "0.000", "NOT_IN_TABLE"},
		{"no category of the table", highest, given(gave(2024_01_05, 10, "")), "0.000", "NOT_IN_TABLE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			total, refused := due(t, load(t, c.scheme), c.in)
			if diff := cmp.Diff([]string{c.total, c.refused}, []string{total, refused}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHighestNamesCategoriesOfTheScheme(t *testing.T) {
	t.Parallel()
	_, err := rule.Load(rule.Folder{Scheme: []byte(head + "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{of: {highest: {pensoner: 5}, else: 0}}]\n")})
	if err == nil || !strings.Contains(err.Error(), "pensoner") {
		t.Errorf("loaded with %v; want the unknown category named", err)
	}
}

func TestWhatIsDueForAPeriodLooksAtNothingAfterItsEnd(t *testing.T) {
	t.Parallel()
	s := load(t, "subsidies:\n  - id: match\n    funder: treasury\n    period: month\n    amount: [{of: lifetime_contributions}, {times: 10%}]\n")
	january := s.Subsidy("match").PeriodOf(2024_01_01, 0)
	var dues []int64
	for _, in := range []rule.Input{given(gave(2024_01_05, 100, "")), given(gave(2024_01_05, 100, ""), gave(2024_02_05, 900, ""))} {
		got, err := s.Subsidy("match").DueIn(in, january)
		if err != nil {
			t.Fatal(err)
		}
		dues = append(dues, got[0].Minor)
	}
	if diff := cmp.Diff([]int64{10_000, 10_000}, dues); diff != "" {
		t.Error(diff)
	}
}
