package rule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// head is what every scheme of these tests begins with.
const head = "scheme: test\ncurrency: JOD\ncategories: [pensioner]\nfacts:\n  fund: {type: word}\n  slab: {type: number}\n"

// load reads a scheme of one file.
func load(t *testing.T, text string) *rule.Scheme {
	t.Helper()
	s, err := rule.Load(rule.Folder{Scheme: []byte(head + text)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// gave is a contribution in whole dinars.
func gave(on ledger.Date, dinars int64, account string) rule.Contribution {
	return rule.Contribution{On: on, Minor: dinars * 1000, Account: account}
}

// due is what is due in all, and the reason where something was refused.
func due(t *testing.T, s *rule.Scheme, in rule.Input) (total, refused string) {
	t.Helper()
	dues, err := s.Due(in)
	if err != nil {
		t.Fatal(err)
	}
	var minor int64
	for _, d := range dues {
		minor += d.Minor
		if d.Refusal != nil {
			refused = d.Refusal.Reason
		}
	}
	return ledger.Money{Minor: minor, Currency: "JOD"}.Amount(), refused
}

func TestWhatAFolderCanSay(t *testing.T) {
	t.Parallel()
	const known = "parameters:\n  rate:\n    - {from: 2024-01-01, to: 2024-12-31, value: 50%}\n    - {from: 2026-01-01, value: 10%}\nsubsidies:\n  - {id: match, funder: treasury, amount: [{times: rate}]}\n"
	const closed = "subsidies:\n  - id: match\n    funder: treasury\n    period: month\n    when:\n      - {not_in: [pensioner], in_force: {from: 2024-07-01}, reason: PENSIONER, text: Pensioners get none.}\n    amount: [{times: 100%}]\n"
	const one = "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{one_account: {chosen: fund, amount: [{up_to: 300}, {times: 10%}]}}]\n"
	const cells = "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{of: {lookup: slab, table: [{is: 1000, value: 42}, {is: 2000, value: 84}]}}]\n"
	const entry = "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{of: {lookup: age_at_entry, table: [{is: 18, value: 55}, {is: 19, value: 58}]}}]\n"
	const bonus = "subsidies:\n  - id: bonus\n    funder: treasury\n    period: quarter\n    lifetime_cap: 250\n    when: [{fact: months_to_date, from: 3, reason: TOO_FEW_MONTHS}]\n    amount: [{of: 250}]\n"
	const quarters = "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{of: {lookup: month, table: [{up_to: 3, value: 4}], else: 1}}]\n"
	const soFar = "subsidies:\n  - id: match\n    funder: treasury\n    amount: [{of: contributions_to_date}]\n"
	pensioner := insurance.Facts{Categories: []insurance.Category{{Name: "pensioner"}}}
	said := func(name, value string) insurance.Facts {
		return insurance.Facts{Declared: []insurance.Declaration{{Name: name, Value: value}}}
	}
	born := insurance.Facts{Birth: insurance.Birth{On: 2000_06_15}}
	for _, c := range []struct {
		name, scheme   string
		in             rule.Input
		total, refused string
	}{
		{"a value holds through its last day", known, given(gave(2024_12_31, 100, "")), "50.000", ""},
		{"after it nothing is due until the next is known", known, given(gave(2025_01_01, 100, "")), "0.000", "NOT_IN_TABLE"},
		{"the next one holds on", known, given(gave(2027_05_01, 100, "")), "10.000", ""},
		{"a condition isn't asked before it is in force", closed, with(pensioner, gave(2024_06_30, 9, "")), "9.000", ""},
		{"and is asked from then on", closed, with(pensioner, gave(2024_07_01, 9, "")), "0.000", "PENSIONER"},
		{"the account that makes most counts alone", one, given(gave(2024_01_05, 100, "a"), gave(2024_02_05, 400, "b"), gave(2024_03_05, 100, "a")), "30.000", ""},
		{"a choice counts even where it makes less", one, with(said("fund", "a"), gave(2024_01_05, 100, "a"), gave(2024_02_05, 400, "b")), "10.000", ""},
		{"a chosen account without contributions makes nothing", one, with(said("fund", "c"), gave(2024_01_05, 100, "a")), "0.000", ""},
		{"a row is for a number however it is written", cells, with(said("slab", "2000.00"), gave(2024_01_05, 1, "")), "84.000", ""},
		{"a number without row is refused", cells, with(said("slab", "1500"), gave(2024_01_05, 1, "")), "0.000", "NOT_IN_TABLE"},
		{"age at entry stays what it was", entry, rule.Input{Facts: born, Enrolled: 2019_06_14, Contributions: []rule.Contribution{gave(2024_01_05, 1, "")}}, "55.000", ""},
		{"a birthday before entry counts", entry, rule.Input{Facts: born, Enrolled: 2019_06_15, Contributions: []rule.Contribution{gave(2024_01_05, 1, "")}}, "58.000", ""},
		{"age at entry needs a day of entry", entry, with(born, gave(2024_01_05, 1, "")), "0.000", "FACT_UNKNOWN"},
		{"months are counted over quarters, and the bonus is given once", bonus, given(gave(2024_12_13, 8, ""), gave(2025_02_10, 8, ""), gave(2025_03_10, 8, ""), gave(2025_05_10, 8, "")), "250.000", "TOO_FEW_MONTHS"},
		{"two months are too few", bonus, given(gave(2024_12_13, 8, ""), gave(2025_02_10, 8, "")), "0.000", "TOO_FEW_MONTHS"},
		{"the month is that of the day judged on", quarters, given(gave(2024_03_31, 1, "")), "4.000", ""},
		{"and not another", quarters, given(gave(2024_04_01, 1, "")), "1.000", ""},
		{"what was given to date leaves out what came later", soFar, given(gave(2024_03_01, 5, ""), gave(2025_03_01, 7, "")), "17.000", ""},
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

func given(contributions ...rule.Contribution) rule.Input {
	return rule.Input{Contributions: contributions}
}

func with(f insurance.Facts, contributions ...rule.Contribution) rule.Input {
	return rule.Input{Facts: f, Contributions: contributions}
}

func TestWhatIsTakenBackWhenMoneyIsTakenOut(t *testing.T) {
	t.Parallel()
	const charged = `
parameters:
  charge:
    - {from: 2019-01-01, value: 25%}
    - {from: 2020-03-06, value: 20%}
    - {from: 2021-04-06, value: 25%}
vesting: {by: age, table: [{from: 60, value: 1}]}
subsidies:
  - {id: match, funder: treasury, amount: [{times: 25%}]}
answers:
  charge_due: {amount: [{each_withdrawal: [{times: charge}]}], judged_on: withdrawal}
  sent_back: {amount: [{each_withdrawal: [{times: 25%}, {room: granted}]}], judged_on: withdrawal}
  vested: {amount: [{of: granted}, {times: vested_share}], judged_on: withdrawal}
  forfeited:
    when: [{fact: exits, from: 1, reason: STILL_A_MEMBER, text: Nothing is forfeited before she leaves.}]
    amount: [{of: granted}, {minus: vested}]
    judged_on: withdrawal
`
	s := load(t, charged)
	took := func(on ledger.Date, dinars int64) insurance.Drawing {
		return insurance.Drawing{On: on, Minor: dinars * 1000}
	}
	left := func(on ledger.Date) insurance.Drawing { return insurance.Drawing{On: on, Exit: true} }
	for _, c := range []struct {
		name   string
		taken  []insurance.Drawing
		answer string
		want   string
	}{
		{"each withdrawal is charged by the rate of its own day", []insurance.Drawing{took(2020_06_01, 100), took(2022_05_01, 100)}, "charge_due", "45"},
		{"no more is sent back than was granted", []insurance.Drawing{took(2020_06_01, 800), took(2022_05_01, 800)}, "sent_back", "250"},
		{"without withdrawal nothing is charged", nil, "charge_due", "0"},
		{"who leaves before the age forfeits all", []insurance.Drawing{left(2024_09_30)}, "forfeited", "250"},
		{"who leaves at the age forfeits nothing", []insurance.Drawing{left(2050_06_15)}, "forfeited", "0"},
		{"at the age all is her own", []insurance.Drawing{left(2050_06_15)}, "vested", "250"},
		{"who stays forfeits nothing", []insurance.Drawing{took(2024_09_30, 1)}, "forfeited", "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := rule.Input{
				Facts:         insurance.Facts{Birth: insurance.Birth{On: 1990_06_15}, Withdrawal: c.taken},
				Contributions: []rule.Contribution{gave(2019_05_01, 1000, "")},
			}
			got, err := s.Answer(c.answer, in, false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDaysOfAParameterThatContradictEachOtherAreNamed(t *testing.T) {
	t.Parallel()
	for name, dated := range map[string]string{
		"the next begins before the last day": "[{from: 2024-01-01, to: 2024-12-31, value: 1}, {from: 2024-12-31, value: 2}]",
		"the last day is before the first":    "[{from: 2024-01-01, to: 2023-12-31, value: 1}]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := rule.Load(rule.Folder{Scheme: []byte(head + "parameters:\n  rate: " + dated + "\nsubsidies:\n  - {id: match, funder: treasury, amount: [{times: rate}]}\n")})
			if err == nil {
				t.Error("loaded; want the days refused")
			}
		})
	}
}
