package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/services/insurance"
)

// giving are benefits that nothing is wrong with.
const giving = `standards:
  appeal: {to: the scheme's tribunal, days: 90}
  non_nationals: {rule: equal}
  member_share: 40%
  hardship: who earns less than the limit pays nothing
benefits:
  clinic:
    kind: care
    form: in-kind
    pool: health
    covers: [general-practitioner, medicines, antenatal, birth]
    co_payments: [{for: [medicines], share: 10%, up_to: 5, per: event}]
    limits: [{per: year, household: true, amount: 900}]
    exclusions: [{what: cosmetic surgery, reason: EXCLUDED_COSMETIC, text: It is not needed for health.}]
    join_days: 30
    not_for: [pregnancy]
  sick_pay:
    kind: sickness
    form: daily
    rate: rate
    of: income
    wait_days: 3
    weeks: 26
    qualifying: {months: 9, in_last: 12, before: event}
  pension:
    kind: old-age
    form: periodic
    of: income
    age: 60
    full: {years: 30, rate: 40%}
    reduced: {years: 15, rate: 20%}
  birth_grant:
    kind: maternity
    form: staged
    stages: [{event: antenatal-visit, amount: 30}, {event: birth, amount: 70}]
`

func TestBenefitsAreReadStrictly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, want string }{
		"as they are":                   {"rate: rate", "rate: rate", ""},
		"a kind that is none":           {"kind: sickness", "kind: illness", `benefits.sick_pay.kind: "illness" is none of care, sickness`},
		"a form that is none":           {"form: daily", "form: weekly", `benefits.sick_pay.form: "weekly" is none of`},
		"a share of nothing":            {"    of: income\n    wait", "    wait", "benefits.sick_pay: write of: what it is a share of"},
		"two amounts":                   {"rate: rate", "rate: rate\n    flat: 5", "benefits.sick_pay: say how much once"},
		"care with an amount":           {"    pool: health", "    flat: 5", "benefits.clinic: care in kind has no amount"},
		"stages of another form":        {"form: staged", "form: daily", "stages and form: staged go together"},
		"care that is none":             {"covers: [general", "covers: [magic, general", `"magic" is none of preventive`},
		"a co-payment of nothing":       {"share: 10%, ", "", "write share: or amount:"},
		"a bound per nothing":           {"per: event", "per: moon", `"moon" is none of event, year, lifetime`},
		"an exclusion without a reason": {"reason: EXCLUDED_COSMETIC, ", "", "reason: a code in capitals"},
		"an appeal to nobody":           {"to: the scheme's tribunal, ", "", "standards.appeal: write to: whom one appeals to"},
		"a treatment that is none":      {"rule: equal", "rule: rough", "write equal or restricted"},
		"a name that is unknown":        {"rate: rate", "rate: rat", "did you mean rate?"},
		"months before nothing":         {"before: event", "before: dawn", `"dawn" is none of event, admission, semester, claim`},
		"a key that means nothing":      {"weeks: 26", "week: 26", "did you mean weeks?"},
		"a stage after nothing":         {"event: birth, ", "", "write event: what it is paid after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Folder{Scheme: []byte(sound + strings.Replace(giving, test.old, test.new, 1))})
			if got := errorText(err); test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestTheWayToAppealIsThatOfTheBenefitOrOfTheScheme(t *testing.T) {
	t.Parallel()
	s, err := Load(Folder{Scheme: []byte(sound + strings.Replace(giving, "weeks: 26", "appeal: {to: the clinic's board, days: 14}", 1))})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"sick_pay": "the clinic's board", "pension": "the scheme's tribunal"} {
		b := s.Benefits[name]
		if got := s.AppealOf(&b); got == nil || got.To != want {
			t.Errorf("%s: got %v, want %s", name, got, want)
		}
	}
	if got := loaded(t, "rate: 50%", "rate: 50%").AppealOf(&Benefit{}); got != nil {
		t.Errorf("got %v of a scheme that names none", got)
	}
}

func TestAConstantDependsOnNoMember(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value, want string
		is          bool
	}{
		"a number":              {"50%", "0.5", true},
		"a parameter":           {"limit", "300", true},
		"of parameters":         {"{min: [limit, {times: [rate, 100]}]}", "50", true},
		"a fact":                {"income", "0", false},
		"what was given":        {"{sum: [limit, contributions]}", "0", false},
		"a table":               {"{lookup: age, table: [{value: 1}]}", "0", false},
		"a rounded parameter":   {"{round: {way: down, to: 100}, of: {sum: [limit, 50]}}", "300", true},
		"a division by nothing": {"{over: [limit, 0]}", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := loaded(t, "up_to: 100", "up_to: "+test.value)
			got, is := s.Constant(s.Subsidies[0].Amount[1].UpTo, 20260101)
			if is != test.is || is && got.String() != test.want {
				t.Errorf("got %s %v, want %s %v", got, is, test.want, test.is)
			}
		})
	}
	s := loaded(t, "up_to: 100", "up_to: limit")
	if _, is := s.Constant(s.Subsidies[0].Amount[1].UpTo, 20251231); is {
		t.Error("the limit is known before it was published")
	}
}

func TestAConditionHasOtherWays(t *testing.T) {
	t.Parallel()
	const condition = "        up_to: limit\n"
	s := loaded(t, condition, "        up_to: limit\n        or:\n          - in: [farmer]\n          - {fact: sex, is: [other]}\n")
	for name, test := range map[string]struct {
		income  string
		farmer  bool
		refused string
	}{
		"by the first":             {"300", false, ""},
		"by another":               {"301", true, ""},
		"by another, not declared": {"", true, ""},
		"by none":                  {"301", false, "INCOME_ABOVE_LIMIT"},
		"by none, not declared":    {"", false, "FACT_UNKNOWN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := earning(test.income, 1000)
			if test.income == "" {
				in.Facts.Declared = nil
			}
			in.Facts.Sex = insurance.Female
			if test.farmer {
				in.Facts.Categories = []insurance.Category{{Name: "farmer"}}
			}
			dues, err := s.Explain(in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.refused, refusalOf(dues)); diff != "" {
				t.Error(diff)
			}
			if test.refused == "INCOME_ABOVE_LIMIT" {
				want := "It is given where income is at most 300. Or: It is given to who is in farmer; have the category recorded with its evidence. Or: It is given where sex is other."
				if diff := cmp.Diff(want, dues[0].Refusal.Change); diff != "" {
					t.Error(diff)
				}
			}
			if test.farmer && dues[0].Steps[0] != "She is in farmer, as she must be." {
				t.Errorf("got %q", dues[0].Steps[0])
			}
		})
	}
}
