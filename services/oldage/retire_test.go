package oldage

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// written is a scheme with these rules.
func written(t testing.TB, rules string) *rule.Scheme {
	t.Helper()
	s, err := rule.Load(insurance.Folder{Scheme: []byte(`scheme: basic
name: A scheme to be tried
currency: JOD
time_zone: Asia/Amman
effective: 2015-01-01
facts: {works: {type: word, text: Do you work?}}
categories: [disabled]
pots: [{account: 2100, name: savings, share: 1, pool: old-age}]
answers: {nothing: {amount: [{of: 0}]}}
standards: {appeal: {to: the tribunal, days: 60}}
` + rules)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const plans = `
vesting:
  by: years_enrolled
  table: [{from: 10, value: 1}, {from: 5, value: 0.5}, {from: 3, value: 0.25}]
old_age:
  retirement: {age: 60, years: 10}
  disability: {when: [{in: [disabled], reason: NOT_DISABLED}]}
  exit: {when: [{fact: years_enrolled, from: 1, reason: TOO_EARLY}]}
  early:
    - {name: half, share: 50%, when: [{fact: years_enrolled, from: 5, reason: TOO_EARLY}]}
    - {name: illness, for: [illness, birth], up_to: 100, leave: 50, times: 1, in_years: 2, charge: 5%, charge_to: treasury}
    - {name: own, own_only: true, share: 40%, charge: 10%}
  plans:
    - {name: small, form: lump, up_to: 1000}
    - {name: quarter, form: programmed, over: 1000, lump: 25%, months: 240}
    - {name: life, form: annuity, over: 500, monthly: {over: [reserve, {lookup: age, table: [{from: 60, under: 65, value: 139}, {from: 65, value: 101}]}]}, refund: true}
    - {name: by-age, form: programmed, over: 500, months_left: {times: [12, {max: [1, {minus: [80, age]}]}]}}
  minimum: {monthly: 25, funder: treasury}
  survivors:
    shares: [{kind: spouse, share: 50%}, {kind: child, share: 40%}]
    pensions: [{kind: spouse, share: 50%}, {kind: child, share: 30%, until_age: 18}]
    capital: {times: [pension_paid, 100]}
`

// mona saves since 2015 and is 60 on the day that is asked for, unless a test says otherwise.
func mona(own, matched int64, change func(*Case)) Case {
	c := Case{Scheme: "basic", Version: 1, Own: own, Matched: matched,
		Ask: Ask{ID: "a1", Kind: Retire, Member: "mona", On: 2026_03_15},
		Facts: insurance.Facts{Birth: insurance.Birth{On: 1966_01_01}, Enrolments: []insurance.Enrolment{
			{Scheme: "basic", Days: insurance.Days{From: 2015_01_01}}}}}
	if change != nil {
		change(&c)
	}
	return c
}

// told is a decision in short: what is granted of each line, and why not more.
func told(d insurance.Decision) (said []string) {
	for _, l := range d.Lines {
		text := fmt.Sprintf("%s %d of %d", l.Item, l.Granted, l.Asked)
		for _, r := range l.Reductions {
			text += fmt.Sprintf(", %s by %s took %d", r.Reason, r.Rule, r.Took)
		}
		said = append(said, text)
	}
	return said
}

func pots(own, matched int64) []insurance.PotShare { return take(own+matched, own, matched) }

func TestWhatIsAskedOfOldAgeSavings(t *testing.T) {
	t.Parallel()
	s := written(t, plans)
	born := func(day ledger.Date) func(*Case) { return func(c *Case) { c.Facts.Birth.On = day } }
	ask := func(kind AskKind, changes ...func(*Case)) func(*Case) {
		return func(c *Case) {
			c.Ask.Kind = kind
			for _, change := range changes {
				change(c)
			}
		}
	}
	since := func(day ledger.Date) func(*Case) { return func(c *Case) { c.Facts.Enrolments[0].From = day } }
	early := func(name, why string, minor int64) func(*Case) {
		return func(c *Case) { c.Ask.Early, c.Ask.Why, c.Ask.Minor = name, why, minor }
	}
	tests := map[string]struct {
		c    Case
		want []string
		draw []insurance.PotShare
	}{
		"a small pot is paid at once": {mona(600_000, 400_000, nil), []string{"lump 1000000 of 1000000"}, pots(600_000, 400_000)},
		"a greater one in part":       {mona(1_000_000, 400_000, nil), []string{"lump 350000 of 350000", "instalments 1050000 of 1050000"}, pots(350_000, 0)},
		"she chooses another plan":    {mona(900_000, 0, func(c *Case) { c.Ask.Plan = "life" }), []string{"reserve 900000 of 900000"}, nil},
		"one that is not open to her": {mona(900_000, 0, func(c *Case) { c.Ask.Plan = "quarter" }),
			[]string{"pension 0 of 900000, PLAN_NOT_OPEN by old_age.plans took 900000"}, nil},
		"at 59":                  {mona(900_000, 0, born(1966_03_16)), []string{"pension 0 of 900000, AGE_NOT_REACHED by old_age.retirement.age took 900000"}, nil},
		"on her birthday":        {mona(900_000, 0, born(1966_03_15)), []string{"lump 900000 of 900000"}, pots(900_000, 0)},
		"a year of birth counts": {mona(900_000, 0, func(c *Case) { c.Facts.Birth = insurance.Birth{Year: 1966} }), []string{"lump 900000 of 900000"}, pots(900_000, 0)},
		"a birth that nobody knows": {mona(900_000, 0, func(c *Case) { c.Facts.Birth = insurance.Birth{} }),
			[]string{"pension 0 of 900000, FACT_UNKNOWN by old_age.retirement.age took 900000"}, nil},
		"after nine years": {mona(900_000, 0, since(2016_03_16)), []string{"pension 0 of 900000, YEARS_TOO_FEW by old_age.retirement.years_enrolled took 900000"}, nil},
		"with nothing":     {mona(0, 0, nil), []string{"pension 0 of 0, NOTHING_SAVED by old_age.retirement took 0"}, nil},
		"a second time":    {mona(5, 0, func(c *Case) { c.Pension = &Terms{Form: rule.Programmed} }), []string{"pension 0 of 5, IN_PAYMENT_ALREADY by old_age.retirement took 5"}, nil},
		"what came after a lump sum or an annuity is asked for again": {mona(5, 0, func(c *Case) { c.Pension = &Terms{Form: rule.Annuity} }), []string{"lump 5 of 5"}, pots(5, 0)},
		"who has died": {mona(5, 0, func(c *Case) { c.Facts.Death = insurance.Death{On: 2026_03_15, ConfirmedBy: "bana"} }),
			[]string{"pension 0 of 5, MEMBER_HAS_DIED by old_age.survivors took 5"}, nil},
		"unable, and all of the state's share is hers": {mona(300_000, 300_000, ask(RetireUnable, since(2025_01_01), func(c *Case) {
			c.Facts.Categories = []insurance.Category{{Name: "disabled", Days: insurance.Days{From: 2025_06_01}}}
		})), []string{"lump 600000 of 600000"}, pots(300_000, 300_000)},
		"unable by nothing on record": {mona(300_000, 0, ask(RetireUnable)), []string{"pension 0 of 300000, NOT_DISABLED by old_age.disability took 300000"}, nil},

		"who leaves after four years keeps a quarter": {mona(300_000, 100_001, ask(Leave, since(2022_01_01))),
			[]string{"exit 325000 of 400001, NOT_VESTED by vesting took 75001"}, pots(300_000, 25_000)},
		"after eleven all of it": {mona(300_000, 100_001, ask(Leave)), []string{"exit 400001 of 400001"}, pots(300_000, 100_001)},
		"what she has drawn of the state's share counts": {mona(300_000, 60_000, ask(Leave, since(2020_01_01), func(c *Case) { c.DrawnMatched = 40_000 })),
			[]string{"exit 310000 of 360000, NOT_VESTED by vesting took 50000"}, pots(300_000, 10_000)},
		"after half a year": {mona(300_000, 0, ask(Leave, since(2025_10_01))), []string{"exit 0 of 300000, TOO_EARLY by old_age.exit took 300000"}, nil},

		"half after five years": {mona(300_000, 100_000, ask(DrawEarly, since(2021_01_01), early("half", "", 0))),
			[]string{"half 175000 of 400000, OVER_LIMIT by old_age.early.half.share took 225000"}, pots(175_000, 0)},
		"and no second half": {mona(125_000, 100_000, ask(DrawEarly, since(2021_01_01), early("half", "", 50_000), func(c *Case) { c.DrawnOwn = 175_000 })),
			[]string{"half 0 of 50000, OVER_LIMIT by old_age.early.half.share took 50000"}, nil},
		"an illness": {mona(300_000, 0, ask(DrawEarly, early("illness", "illness", 80_000))),
			[]string{"illness 76000 of 80000, CHARGE by old_age.early.illness.charge took 4000"}, pots(76_000, 0)},
		"too much for an illness": {mona(300_000, 0, ask(DrawEarly, early("illness", "illness", 180_000))),
			[]string{"illness 95000 of 180000, OVER_LIMIT by old_age.early.illness.up_to took 80000, CHARGE by old_age.early.illness.charge took 5000"}, pots(95_000, 0)},
		"something stays": {mona(70_000, 0, ask(DrawEarly, early("illness", "birth", 0))),
			[]string{"illness 19000 of 70000, OVER_LIMIT by old_age.early.illness.leave took 50000, CHARGE by old_age.early.illness.charge took 1000"}, pots(19_000, 0)},
		"not for a feast": {mona(70_000, 0, ask(DrawEarly, early("illness", "feast", 10))),
			[]string{"illness 0 of 10, REASON_NOT_ACCEPTED by old_age.early.illness took 10"}, nil},
		"twice in two years": {mona(300_000, 0, ask(DrawEarly, early("illness", "illness", 10), func(c *Case) { c.Early = []Drawing{{"illness", 2024_03_16, 5}} })),
			[]string{"illness 0 of 10, DRAWN_OFTEN_ENOUGH by old_age.early.illness.times took 10"}, nil},
		"two years later": {mona(300_000, 0, ask(DrawEarly, early("illness", "illness", 20), func(c *Case) { c.Early = []Drawing{{"illness", 2024_03_15, 5}} })),
			[]string{"illness 19 of 20, CHARGE by old_age.early.illness.charge took 1"}, pots(19, 0)},
		"a way that there is not": {mona(300_000, 0, ask(DrawEarly, early("wedding", "", 20))), []string{"early 0 of 300000, NOT_IN_SCHEME by old_age.early took 300000"}, nil},
		"her own only": {mona(100_000, 900_000, ask(DrawEarly, early("own", "", 0))),
			[]string{"own 36000 of 1000000, OVER_LIMIT by old_age.early.own.share took 960000, CHARGE by old_age.early.own.charge took 4000"}, pots(36_000, 0)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Judge(s, test.c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, told(got.Decision)); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
			if diff := cmp.Diff(test.draw, got.Draw); diff != "" {
				t.Errorf("payable: want (-), got (+):\n%s", diff)
			}
			if got.Decision.AppealTo != "the tribunal" || got.Decision.AppealDays != 60 {
				t.Errorf("the way to object is %q in %d days", got.Decision.AppealTo, got.Decision.AppealDays)
			}
		})
	}
}

func TestTermsAreFixedWhenAPensionBegins(t *testing.T) {
	t.Parallel()
	s := written(t, plans)
	tests := map[string]struct {
		c    Case
		want Terms
	}{
		"equal parts": {mona(1_400_000, 0, nil), Terms{Plan: "quarter", Form: rule.Programmed, Version: 1, From: 2026_04, Months: 240, Least: 25_000, Funder: "treasury"}},
		"for life": {mona(900_000, 0, func(c *Case) { c.Ask.Plan = "life" }),
			Terms{Plan: "life", Form: rule.Annuity, Version: 1, From: 2026_04, Monthly: 6_474, Reserve: 900_000, Least: 25_000, Funder: "treasury", Refund: true}},
		"for life, later": {mona(900_000, 0, func(c *Case) { c.Ask.Plan, c.Facts.Birth.On = "life", 1960_01_01 }),
			Terms{Plan: "life", Form: rule.Annuity, Version: 1, From: 2026_04, Monthly: 8_910, Reserve: 900_000, Least: 25_000, Funder: "treasury", Refund: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Judge(s, test.c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got.Terms); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
	byAge, err := Judge(s, mona(900_000, 0, func(c *Case) { c.Ask.Plan = "by-age" }))
	if err != nil {
		t.Fatal(err)
	}
	if left := byAge.Terms.Left; len(left) < 21 || left[0] != 240 || left[1] != 228 || left[20] != 12 {
		t.Errorf("months left by year: %v", left)
	}
}

// TestWhatGoesIntoAPensionComesOut: the pot is lump sum, reserve and instalments, to the last unit, whatever the plan and
// whatever interest comes to the pots meanwhile.
func TestWhatGoesIntoAPensionComesOut(t *testing.T) {
	t.Parallel()
	s := written(t, plans)
	rapid.Check(t, func(t *rapid.T) {
		own, matched := rapid.Int64Range(0, 1e12).Draw(t, "own"), rapid.Int64Range(0, 1e12).Draw(t, "matched")
		plan := rapid.SampledFrom([]string{"", "small", "quarter", "life", "by-age"}).Draw(t, "plan")
		j, err := Judge(s, mona(own, matched, func(c *Case) { c.Ask.Plan = plan }))
		if err != nil {
			t.Fatal(err)
		}
		if j.Refused() {
			if j.Terms != nil || j.Draw != nil || j.Buy != nil {
				t.Fatalf("a refusal moves: %+v", j)
			}
			return
		}
		if j.Decision.Granted() != own+matched {
			t.Fatalf("of %d the decision grants %d", own+matched, j.Decision.Granted())
		}
		left := own + matched - of(j.Draw, 2100) - of(j.Draw, 2110) - of(j.Buy, 2100) - of(j.Buy, 2110)
		if of(j.Draw, 2100)+of(j.Buy, 2100) > own || of(j.Draw, 2110)+of(j.Buy, 2110) > matched {
			t.Fatalf("more is taken from a pot than stands on it: %+v", j)
		}
		if j.Terms.Form != rule.Programmed {
			if left != 0 {
				t.Fatalf("%d are left on the pots", left)
			}
			return
		}
		paid, earned := int64(0), int64(0)
		for n := range mostMonths + 1 {
			if j.Terms.Ends(n) && left != 0 {
				t.Fatalf("%d are left after the last month", left)
			}
			interest := rapid.Int64Range(0, 1000).Draw(t, "interest")
			if left == 0 {
				break
			}
			left, earned = left+interest, earned+interest
			part := j.Terms.Instalment(n, left)
			if part < 0 || part > left {
				t.Fatalf("month %d pays %d of %d", n, part, left)
			}
			left, paid = left-part, paid+part
		}
		if left != 0 || paid+of(j.Draw, 2100)+of(j.Draw, 2110) != own+matched+earned {
			t.Fatalf("%d paid, %d left, of %d and %d earned", paid, left, own+matched, earned)
		}
	})
}

// TestVestingNeverFallsWithTheYears: who stays a day longer has no less of the state's share.
func TestVestingNeverFallsWithTheYears(t *testing.T) {
	t.Parallel()
	s := written(t, plans)
	rapid.Check(t, func(t *rapid.T) {
		c := mona(1000, rapid.Int64Range(0, 1e15).Draw(t, "matched"), func(c *Case) {
			c.Ask.Kind, c.DrawnMatched = Leave, rapid.Int64Range(0, 1000).Draw(t, "drawn")
		})
		before := int64(0)
		for c.Ask.On = 2015_02_01; c.Ask.On < 2027_01_01; c.Ask.On = c.Ask.On.AddDays(rapid.IntRange(1, 400).Draw(t, "days")) {
			now, err := Vested(s, c)
			if err != nil || now < before || now > c.Matched {
				t.Fatalf("on %s %d has vested, before it %d: %v", c.Ask.On, now, before, err)
			}
			before = now
		}
		if before != c.Matched {
			t.Fatalf("after ten years %d of %d has vested", before, c.Matched)
		}
	})
}

// dead is mona, whose death two people stand for.
func dead(own, matched int64, survivors ...benefit.Survivor) Case {
	return mona(own, matched, func(c *Case) {
		c.Ask.Kind, c.Survivors = ToSurvivors, survivors
		c.Facts.Death = insurance.Death{On: 2026_02_01, Source: "family", Evidence: "document", ConfirmedBy: "bana", ConfirmedOn: 2026_02_03}
	})
}

func TestWhatADeadMemberLeaves(t *testing.T) {
	t.Parallel()
	s := written(t, plans)
	spouse, second := benefit.Survivor{Person: "a", Kind: insurance.Spouse}, benefit.Survivor{Person: "b", Kind: insurance.Spouse}
	child := benefit.Survivor{Person: "c", Kind: insurance.Child, Birth: insurance.Birth{On: 2010_05_20}, PayTo: "payer:guardian"}
	friend := benefit.Survivor{Person: "d", Kind: insurance.OtherDependant, Nominee: true}
	unconfirmed := dead(100, 0, spouse)
	unconfirmed.Facts.Death.ConfirmedBy = ""
	pensioner := func(c Case) Case {
		c.Pension, c.Left = &Terms{Plan: "life", Form: rule.Annuity, Monthly: 1000, Reserve: 139_000, Refund: true}, 9_001
		return c
	}
	tests := map[string]struct {
		c    Case
		want []string
	}{
		"by kind, and the rest for whom she named": {dead(1000, 500, spouse, child, friend), []string{"survivor a 750 of 750", "survivor c 600 of 600", "survivor d 150 of 150"}},
		"two wives share alike, to the last unit":  {dead(1001, 0, spouse, second, child, friend), []string{"survivor a 250 of 250", "survivor b 250 of 250", "survivor c 401 of 401", "survivor d 100 of 100"}},
		"nobody named: the rest for all":           {dead(1000, 0, spouse, child), []string{"survivor a 550 of 550", "survivor c 450 of 450"}},
		"one alone gets all":                       {dead(1000, 7, child), []string{"survivor c 1007 of 1007"}},
		"nobody":                                   {dead(1000, 7), []string{"survivors 0 of 1007, NO_SURVIVOR by old_age.survivors took 1007"}},
		"a death that one person has marked":       {unconfirmed, []string{"survivors 0 of 100, DEATH_NOT_CONFIRMED by old_age.survivors took 100"}},
		"a pension goes on, and the reserve is refunded": {pensioner(dead(0, 0, spouse, child)),
			[]string{"survivor a 4951 of 4951", "pension a 500 of 500", "survivor c 4050 of 4050", "pension c 300 of 300"}},
		"no pension goes on: the capital is paid": {pensioner(dead(0, 0, friend)), []string{"survivor d 109001 of 109001"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Judge(s, test.c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, told(got.Decision)); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
	got, err := Judge(s, pensioner(dead(0, 0, child)))
	if err != nil || got.Legacies[0].Terms.Until != 2028_04 || got.Legacies[0].To != "payer:guardian" {
		t.Errorf("a child's pension ends before 18, by its guardian: %+v, %v", got.Legacies, err)
	}
}

// TestNothingOfAnEstateIsLost: whoever is left behind, all of it is divided, or all of it stays.
func TestNothingOfAnEstateIsLost(t *testing.T) {
	t.Parallel()
	s := written(t, plans)
	rapid.Check(t, func(t *rapid.T) {
		var survivors []benefit.Survivor
		for n := range rapid.IntRange(0, 7).Draw(t, "survivors") {
			survivors = append(survivors, benefit.Survivor{Person: fmt.Sprint("p", n), Kind: insurance.DependantKind(rapid.SampledFrom(rule.SurvivorKinds()).Draw(t, "kind")),
				Nominee: rapid.Bool().Draw(t, "named"), Parts: rapid.Int64Range(0, 9).Draw(t, "parts")})
		}
		c := dead(rapid.Int64Range(0, 1e15).Draw(t, "own"), rapid.Int64Range(0, 1e15).Draw(t, "matched"), survivors...)
		j, err := Judge(s, c)
		if err != nil {
			t.Fatal(err)
		}
		own, matched := int64(0), int64(0)
		for _, l := range j.Legacies {
			own, matched = own+of(l.Pots, ledger.OldAgeOwn), matched+of(l.Pots, ledger.OldAgeMatched)
		}
		if len(survivors) > 0 && (own != c.Own || matched != c.Matched) || len(survivors) == 0 && own+matched != 0 {
			t.Fatalf("of %d and %d, %d and %d are divided", c.Own, c.Matched, own, matched)
		}
	})
}

// TestADecisionIsReplayedFromWhatWasKept, byte for byte (bar 4).
func TestADecisionIsReplayedFromWhatWasKept(t *testing.T) {
	t.Parallel()
	s := written(t, plans)
	for _, c := range []Case{
		mona(1_400_000, 5, nil),
		mona(70_000, 0, func(c *Case) { c.Ask.Kind, c.Ask.Early, c.Ask.Why = DrawEarly, "illness", "birth" }),
		mona(70_000, 70_000, func(c *Case) {
			c.Ask.Kind, c.Facts.Enrolments[0].From = Leave, 2022_01_01
			c.Contributions = []rule.Contribution{{On: 2024_01_01, Minor: 70_000, Count: 1}}
		}),
		dead(1000, 77, benefit.Survivor{Person: "a", Kind: insurance.Spouse}),
	} {
		judged, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		j, err := Judge(s, c)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(j.Decision)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Replay(s, judged)
		if err != nil || string(got) != string(want) {
			t.Errorf("replayed %s\nas decided %s\n%v", got, want, err)
		}
	}
}
