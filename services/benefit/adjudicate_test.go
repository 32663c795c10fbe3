package benefit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// head is a scheme without benefits: dinars of 1000 fils.
const head = `scheme: sound
name: Sound
currency: JOD
time_zone: Asia/Amman
fiscal_year: 04-01
pots: [{account: 2200, name: health, share: 1, pool: health}]
categories: [farmer]
facts:
  income: {type: number, text: What do you earn?}
answers:
  premium: {amount: [{of: 10}]}
levels: [village, district, national]
prices:
  - {item: CONS, care: general-practitioner, price: [{from: 2020-01-01, value: 5}, {from: 2026-01-01, value: 6}], at: {national: 9}}
  - {item: DRUG, care: medicines, price: 0.500}
  - {item: BED, care: hospital, price: 30, at: {national: 50}, stay: true}
  - {item: OPER, care: hospital, price: 200}
  - {item: ANTE, care: antenatal, price: 4}
  - {item: DELV, care: birth, price: 80}
  - {item: EMER, care: emergency, price: 100}
  - {item: NOSE, care: specialist, price: 70}
standards:
  appeal: {to: the tribunal, days: 90}
cover:
  health: {account: 2200, days: {price: 1, per: day}, reactivation: {days: 45, charge: {min: [20, {times: [5%, months_unpaid, benefit_cost]}]}, for: [hospital], reason: TAKEN_UP_AGAIN}}
benefits:
`

// clinic is care with all that can reduce it.
const clinic = `  clinic:
    kind: care
    form: in-kind
    pool: health
    cover: health
    join_days: 30
    not_for: [farmer, pregnancy]
    without_cover: treasury
    covers: [general-practitioner, medicines, hospital, antenatal, birth, emergency]
    co_payments:
      - {for: [medicines], share: 10%, up_to: 3, per: event}
      - {for: [hospital], level: [national], share: 20%}
      - {for: [general-practitioner], amount: 1}
    limits:
      - {per: year, household: true, amount: 900}
      - {per: event, for: [medicines], amount: 20}
      - {per: year, for: [hospital], days: 10}
    exclusions: [{what: a nose job, items: [NOSE], reason: EXCLUDED_COSMETIC}]
    referral: {above: district, pays: 50%}
`

func load(t testing.TB, benefits string) *rule.Scheme {
	t.Helper()
	s, err := rule.Load(rule.Folder{Scheme: []byte(head + benefits), Rules: []byte("def half(member, facts, p):\n    return facts.event.claim_amount / 2\n")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const member insurance.MemberID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

// on is an event of an illness on the second of March 2026.
const on ledger.Date = 2026_03_02

// claimed is a case of a member who has been covered for years.
func claimed(name string, lines ...benefit.Line) benefit.Case {
	for i := range lines {
		if lines[i].On == 0 {
			lines[i].On = on
		}
	}
	return benefit.Case{
		Scheme: "sound", Version: 3, Enrolled: 2020_01_01, Cover: benefit.Cover{Covered: true, Since: 2020_01_01},
		Claim: benefit.Claim{
			ID: "c1", Benefit: name, Member: member, Provider: "provider:clinic", ReceivedOn: on + 3, Lines: lines,
			Event: benefit.Event{Kind: rule.EventIllness, On: on},
		},
	}
}

func adjudicated(t testing.TB, s *rule.Scheme, c benefit.Case) insurance.Decision {
	t.Helper()
	d, err := benefit.Adjudicate(s, c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// took is what was taken off, by reason, of all lines, and what was granted under the name GRANTED.
func took(d insurance.Decision) map[string]int64 {
	sums := map[string]int64{}
	for _, l := range d.Lines {
		for _, r := range l.Reductions {
			sums[r.Reason] += r.Took
		}
	}
	sums[benefit.Granted] = d.Granted()
	return sums
}

func TestEachReductionOfCareHasItsReason(t *testing.T) {
	t.Parallel()
	s := load(t, clinic)
	uncovered := benefit.Cover{Why: []benefit.Why{{Reason: "LAPSED", Rule: "cover.health"}}}
	joined := benefit.Cover{Covered: true, Since: 2026_02_10}
	for name, test := range map[string]struct {
		line   benefit.Line
		change func(*benefit.Case)
		want   map[string]int64
	}{
		"at the price of the day": {benefit.Line{Item: "CONS", Minor: 6000}, nil, map[string]int64{"CO_PAYMENT": 1000, "GRANTED": 5000}},
		"above the price of an earlier year": {
			benefit.Line{Item: "CONS", Minor: 6000, On: 2025_12_31}, func(c *benefit.Case) { c.Claim.Event.On = 2025_12_31 },
			map[string]int64{"ABOVE_PRICE_LIST": 1000, "CO_PAYMENT": 1000, "GRANTED": 4000},
		},
		"at a day for which there was no price": {
			benefit.Line{Item: "CONS", Minor: 6000, On: 2019_12_31}, nil, map[string]int64{"PRICE_UNKNOWN": 6000, "GRANTED": 0},
		},
		"at the price of the level, without referral": {
			benefit.Line{Item: "CONS", Level: "national", Minor: 9000}, nil, map[string]int64{"NOT_REFERRED": 4500, "CO_PAYMENT": 1000, "GRANTED": 3500},
		},
		"with a referral": {
			benefit.Line{Item: "CONS", Level: "national", Minor: 9000, Referred: true}, nil, map[string]int64{"CO_PAYMENT": 1000, "GRANTED": 8000},
		},
		"on no list": {benefit.Line{Item: "SPA", Minor: 9000}, nil, map[string]int64{"NOT_IN_PRICE_LIST": 9000, "GRANTED": 0}},
		"left out":   {benefit.Line{Item: "NOSE", Minor: 9000}, nil, map[string]int64{"EXCLUDED_COSMETIC": 9000, "GRANTED": 0}},
		"the ceiling of a co-payment": {
			benefit.Line{Item: "DRUG", Quantity: 40, Minor: 20000}, nil, map[string]int64{"CO_PAYMENT": 2000, "GRANTED": 18000},
		},
		"the ceiling, and the limit of the event": {
			benefit.Line{Item: "DRUG", Quantity: 100, Minor: 50000}, nil, map[string]int64{"CO_PAYMENT": 3000, "LIMIT_REACHED": 27000, "GRANTED": 20000},
		},
		"more days than a year has": {
			benefit.Line{Item: "BED", To: on + 11, Minor: 360000}, nil, map[string]int64{"DAYS_REACHED": 60000, "GRANTED": 300000},
		},
		"not covered":        {benefit.Line{Item: "CONS", Minor: 6000}, func(c *benefit.Case) { c.Cover = uncovered }, map[string]int64{"LAPSED": 6000, "GRANTED": 0}},
		"in the first days":  {benefit.Line{Item: "CONS", Minor: 6000}, func(c *benefit.Case) { c.Cover = joined }, map[string]int64{"WAITING_PERIOD": 6000, "GRANTED": 0}},
		"pregnant, and new":  {benefit.Line{Item: "ANTE", Minor: 4000}, func(c *benefit.Case) { c.Cover = joined }, map[string]int64{"BIRTH_WITHOUT_COVER": 0, "GRANTED": 4000}},
		"a birth, uncovered": {benefit.Line{Item: "DELV", Minor: 90000}, func(c *benefit.Case) { c.Cover = uncovered }, map[string]int64{"BIRTH_WITHOUT_COVER": 0, "ABOVE_PRICE_LIST": 10000, "GRANTED": 80000}},
		"an emergency, uncovered": {
			benefit.Line{Item: "BED", Level: "national", Minor: 50000},
			func(c *benefit.Case) { c.Cover, c.Claim.Event.Emergency = uncovered, true },
			map[string]int64{"EMERGENCY_WITHOUT_COVER": 0, "CO_PAYMENT": 10000, "GRANTED": 40000},
		},
		"a farmer does not wait": {
			benefit.Line{Item: "CONS", Minor: 6000},
			func(c *benefit.Case) {
				c.Cover, c.Facts.Categories = joined, []insurance.Category{{Name: "farmer"}}
			}, map[string]int64{"CO_PAYMENT": 1000, "GRANTED": 5000},
		},
		"a fine soon after cover was taken up again": {
			benefit.Line{Item: "OPER", Minor: 200000},
			func(c *benefit.Case) {
				c.Cover.Charges = []benefit.Charge{{Why: benefit.Why{Reason: "TAKEN_UP_AGAIN"}, Cover: "health", MonthsUnpaid: 1, For: []rule.Care{rule.Hospital}}}
			}, map[string]int64{"TAKEN_UP_AGAIN": 10000, "GRANTED": 190000},
		},
		"the household has had its year": {
			benefit.Line{Item: "OPER", Minor: 200000},
			func(c *benefit.Case) {
				c.History = []benefit.Earlier{{Claim: "c0", Event: "e0", EventOn: 2025_04_01, Scheme: "sound", Benefit: "clinic", Member: member, Person: "child-1", Item: "OPER", On: 2025_04_01, Minor: 850000}}
			}, map[string]int64{"LIMIT_REACHED": 150000, "GRANTED": 50000},
		},
		"the year before counts no more": {
			benefit.Line{Item: "OPER", Minor: 200000},
			func(c *benefit.Case) {
				c.History = []benefit.Earlier{{Claim: "c0", Event: "e0", EventOn: 2025_03_31, Scheme: "sound", Benefit: "clinic", Member: member, Item: "OPER", On: 2025_03_31, Minor: 850000}}
			}, map[string]int64{"GRANTED": 200000},
		},
		"who has limits of her own": {
			benefit.Line{Item: "OPER", Minor: 200000},
			func(c *benefit.Case) {
				c.Cover.OwnLimits = true
				c.History = []benefit.Earlier{{Claim: "c0", Event: "e0", EventOn: 2025_04_01, Scheme: "sound", Benefit: "clinic", Member: member, Person: "child-1", Item: "OPER", On: 2025_04_01, Minor: 850000}}
			}, map[string]int64{"GRANTED": 200000},
		},
		"granted before": {
			benefit.Line{Item: "OPER", Minor: 200000},
			func(c *benefit.Case) {
				c.History = []benefit.Earlier{{Claim: "c0", Event: "c0", EventOn: on, Scheme: "sound", Benefit: "clinic", Member: member, Item: "OPER", On: on, Minor: 1}}
			}, map[string]int64{"DUPLICATE": 200000, "GRANTED": 0},
		},
		"paid by another cover of the same person": {
			benefit.Line{Item: "OPER", Minor: 200000},
			func(c *benefit.Case) {
				c.History = []benefit.Earlier{{Claim: "c0", Event: "c0", EventOn: on, Scheme: "other", Benefit: "clinic", Member: "spouse", Person: string(member), Item: "OPER", On: on, Minor: 1}}
			}, map[string]int64{"PAID_BY_OTHER_COVER": 200000, "GRANTED": 0},
		},
		"in bed elsewhere on two of four days": {
			benefit.Line{Item: "BED", To: on + 3, Minor: 120000},
			func(c *benefit.Case) {
				c.History = []benefit.Earlier{{Claim: "c0", Event: "c0", EventOn: on - 1, Scheme: "sound", Benefit: "clinic", Member: member, Item: "WARD", On: on - 1, To: on + 1, Days: 3, Minor: 1}}
			}, map[string]int64{"STAY_OVERLAPS": 60000, "GRANTED": 60000},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := claimed("clinic", test.line)
			if test.change != nil {
				test.change(&c)
			}
			got := took(adjudicated(t, s, c))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestADecisionSaysByWhichRuleAndVersionWhoPaysAndHowToObject(t *testing.T) {
	t.Parallel()
	got := adjudicated(t, load(t, clinic), claimed("clinic", benefit.Line{Item: "CONS", Level: "village", Minor: 7500}))
	want := insurance.Decision{
		Kind: insurance.ClaimDecision, Subject: "c1", Member: member, Scheme: "sound", Version: 3, On: on, Currency: "JOD",
		AppealTo: "the tribunal", AppealDays: 90,
		Lines: []insurance.DecisionLine{{
			Item: "CONS", Asked: 7500, Granted: 5000, On: on, PayTo: "provider:clinic", BorneBy: "pool:health",
			Reductions: []insurance.Reduction{
				{Reason: "ABOVE_PRICE_LIST", Rule: "prices.CONS", Took: 1500, Text: "the price list pays 6.000 JOD"},
				{Reason: "CO_PAYMENT", Rule: "benefits.clinic.co_payments[2]", Took: 1000, Text: "she pays this part herself"},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWhoBearsCareWithoutCoverIsSaid(t *testing.T) {
	t.Parallel()
	for who, want := range map[string]ledger.Party{"treasury": "funder:treasury", "pool": "pool:health"} {
		s := load(t, strings.Replace(clinic, "without_cover: treasury", "without_cover: "+who, 1))
		c := claimed("clinic", benefit.Line{Item: "DELV", Minor: 80000})
		c.Cover = benefit.Cover{}
		if got := adjudicated(t, s, c).Lines[0].BorneBy; got != want {
			t.Errorf("%s: borne by %s, want %s", who, got, want)
		}
	}
}

func TestAClaimThatIsNoneIsAFault(t *testing.T) {
	t.Parallel()
	s := load(t, clinic+"  pay: {kind: sickness, form: daily, flat: 5}\n")
	for name, test := range map[string]struct {
		change func(*benefit.Case)
		field  string
	}{
		"a benefit that is none":          {func(c *benefit.Case) { c.Claim.Benefit = "spa" }, "claim.benefit"},
		"no day":                          {func(c *benefit.Case) { c.Claim.Event.On = 0 }, "claim.event.on"},
		"an event that is none":           {func(c *benefit.Case) { c.Claim.Event.Kind = "boredom" }, "claim.event.kind"},
		"no lines":                        {func(c *benefit.Case) { c.Claim.Lines = nil }, "claim.lines"},
		"too many lines":                  {func(c *benefit.Case) { c.Claim.Lines = make([]benefit.Line, 501) }, "claim.lines"},
		"an amount below nothing":         {func(c *benefit.Case) { c.Claim.Lines[0].Minor = -1 }, "claim.lines[0]"},
		"a level that is none":            {func(c *benefit.Case) { c.Claim.Lines[0].Level = "heaven" }, "claim.lines[0]"},
		"a stay that ends first":          {func(c *benefit.Case) { c.Claim.Lines[0].To = on - 1 }, "claim.lines[0]"},
		"cash by day without a last":      {func(c *benefit.Case) { c.Claim.Benefit = "pay" }, "claim.event.to"},
		"an event that ends first":        {func(c *benefit.Case) { c.Claim.Event.From, c.Claim.Event.To = on, on-1 }, "claim.event.to"},
		"cash for the days of a lifetime": {func(c *benefit.Case) { c.Claim.Benefit, c.Claim.Event.To = "pay", 2090_01_01 }, "claim.event.to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := claimed("clinic", benefit.Line{Item: "CONS", Minor: 1})
			test.change(&c)
			_, err := benefit.Adjudicate(s, c)
			var fault insurance.Fault
			if !errors.As(err, &fault) || fault.Field != test.field {
				t.Errorf("got %v, want a fault of %s", err, test.field)
			}
		})
	}
}

func TestAPensionOfTooManyMonthsIsAFault(t *testing.T) {
	t.Parallel()
	s := load(t, "  pension: {kind: disability, form: periodic, flat: 20}\n")
	c := cash("pension", benefit.Event{Kind: rule.EventDisability, On: 1990_01_01})
	c.Claim.Event.From = 1920_01_01
	if _, err := benefit.Adjudicate(s, c); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestWhatLinesShareGoesToTheLineThatIsWorthMost(t *testing.T) {
	t.Parallel()
	medicines := strings.Replace(clinic, "amount: 900}", "amount: 50}", 1)
	for name, test := range map[string]struct {
		says  string
		lines []benefit.Line
		past  []benefit.Earlier
		want  int64
	}{
		"the dearer days of two stays come first, though the other stay is dearer": {clinic, []benefit.Line{
			{Item: "BED", Level: "village", On: on, To: on + 8, Minor: 270_000},
			{Item: "BED", Level: "national", On: on + 9, To: on + 13, Minor: 250_000, Referred: true},
		}, nil, 5*40_000 + 5*30_000},
		"what a limit for some care takes off leaves room in the limit for all": {medicines, []benefit.Line{
			{Item: "DRUG", Quantity: 90, Minor: 45_000}, {Item: "CONS", Quantity: 6, Minor: 36_000},
		}, nil, 20_000 + 30_000},
		"the ceiling of a co-payment counts what an earlier claim on the event took": {clinic, []benefit.Line{
			{Item: "DRUG", Quantity: 20, Minor: 10_000},
		}, []benefit.Earlier{{Claim: "c0", Event: "e1", EventOn: on, Scheme: "sound", Benefit: "clinic", Member: member, Item: "PILL", Care: rule.Medicines, On: on, Minor: 1, CoPaid: 2_500}}, 9_500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := claimed("clinic", test.lines...)
			c.Claim.Event.ID, c.History = "e1", test.past
			if got := adjudicated(t, load(t, test.says), c).Granted(); got != test.want {
				t.Errorf("granted %d, want %d", got, test.want)
			}
		})
	}
}
