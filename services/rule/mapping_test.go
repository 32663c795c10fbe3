package rule_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/services/rule"
)

// judged is the state of a case by the scheme and the mapping, and why where it does not agree.
func judged(t *testing.T, scheme, mapping, inputs, expected string) (rule.State, string) {
	t.Helper()
	cases, err := rule.ReadCases(strings.NewReader(`[{"id": "T-01", "scheme": "T", "inputs": ` + inputs + `, "expected": ` + expected + `}]`))
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := rule.JudgeAll(cases, fstest.MapFS{
		"t/scheme.yaml": {Data: []byte(head + scheme)}, "t/cases.yaml": {Data: []byte(mapping)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return verdicts[0].State, verdicts[0].Why
}

func TestAMappingMakesFactsOfInputs(t *testing.T) {
	t.Parallel()
	const months = "subsidies:\n  - id: match\n    funder: treasury\n    period: month\n    label: \"m{n}\"\n    amount: [{of: {lookup: period_number, table: [{up_to: 2, value: 30}], else: 10}}]\n"
	const two = "subsidies:\n  - {id: match, funder: treasury, amount: [{times: 50%}]}\n  - {id: bonus, funder: treasury, amount: [{of: 100}]}\n"
	const ranks = "subsidies:\n  - {id: less, funder: fund, amount: [{of: {minus: [100, price]}}]}\nanswers:\n  price: {amount: [{of: {lookup: slab, table: [{is: 1, value: 100}], else: 70}}]}\n"
	for _, c := range []struct{ name, scheme, mapping, inputs, expected, why string }{
		{"a month of a programme tells the enrolment", months, "programme_month: month\n", `{"month": 2, "contributions": [{"date": "2024-01-31", "amount": "1"}]}`,
			`{"basis": "per_period", "subsidy": ["30"], "total": "30", "periods": ["m2"]}`, ""},
		{"and the month after it is counted on", months, "programme_month: month\n", `{"month": 3, "contributions": [{"date": "2024-01-31", "amount": "1"}]}`,
			`{"basis": "per_period", "subsidy": ["10"], "total": "10", "periods": ["m3"]}`, ""},
		{"periods begin with the enrolment", months, "periods: months\ndefault_on: 2024-05-01\n", `{"months": 3}`,
			`{"basis": "per_period", "subsidy": ["30", "30", "10"], "total": "70", "periods": ["m1", "m2", "m3"]}`, ""},
		{"no month of a programme is before the first", months, "programme_month: month\n", `{"month": 0, "contributions": [{"date": "2024-01-31", "amount": "1"}]}`,
			`{"basis": "per_period", "subsidy": ["30"], "total": "30"}`, "month: 0 is no month of a programme"},
		{"subsidies that the cases leave out are left out", two, "subsidies: [match]\n", `{"contributions": [{"date": "2024-01-31", "amount": "8"}]}`,
			`{"basis": "per_contribution", "subsidy": ["4"], "total": "4"}`, ""},
		{"without that all count", two, "facts: {}\n", `{"contributions": [{"date": "2024-01-31", "amount": "8"}]}`,
			`{"basis": "per_contribution", "subsidy": ["4"], "total": "4"}`, "expected 4, got 104"},
		{"answers by member", ranks, "members: size\nrank: slab\ndefault_on: 2024-05-01\n", `{"size": 3}`,
			`{"basis": "per_member", "subsidy": ["0", "30", "30"], "total": "60", "price": ["100", "70", "70"]}`, ""},
		{"answers by member that differ are said to", ranks, "members: size\nrank: slab\ndefault_on: 2024-05-01\n", `{"size": 3}`,
			`{"basis": "per_member", "subsidy": ["0", "30", "30"], "total": "60", "price": ["100", "70", "60"]}`, "price: expected 100 70 60, got 100 70 70"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			state, why := judged(t, c.scheme, c.mapping, c.inputs, c.expected)
			if agrees := state == rule.Agree; agrees != (c.why == "") || !strings.Contains(why, c.why) {
				t.Error(cmp.Diff(c.why, why), state)
			}
		})
	}
}
