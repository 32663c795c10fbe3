package benefit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// cash is a case of cash for an event, of a member who gave 10 on the first of each of the months.
func cash(name string, event benefit.Event, months ...ledger.Period) benefit.Case {
	c := claimed(name)
	c.Claim.Provider, c.Claim.Event = "", event
	for _, m := range months {
		c.Contributions = append(c.Contributions, benefit.Paid{On: m.FirstDay(), Minor: 10_000})
	}
	return c
}

// days is an event of so many days from the second of March 2026.
func days(n int) benefit.Event {
	return benefit.Event{ID: "e1", Kind: rule.EventIllness, On: on, From: on, To: on.AddDays(n - 1)}
}

func through(first, last ledger.Period) (all []ledger.Period) {
	for m := first; m <= last; m = m.Next() {
		all = append(all, m)
	}
	return all
}

func TestCashForEachDay(t *testing.T) {
	t.Parallel()
	earning := func(income string) func(*benefit.Case) {
		return func(c *benefit.Case) { c.Facts.Declared = []insurance.Declaration{{Name: "income", Value: income}} }
	}
	paid := func(name, event string, from, to ledger.Date, n int64) func(*benefit.Case) {
		return func(c *benefit.Case) {
			c.History = append(c.History, benefit.Earlier{
				Claim: "c0", Event: event, EventOn: on, Scheme: "sound", Benefit: name, Member: member, On: from, To: to, Days: n, Minor: n * 5000,
			})
		}
	}
	for name, test := range map[string]struct {
		says   string
		event  benefit.Event
		change func(*benefit.Case)
		want   map[string]int64
	}{
		"as many days as are asked for": {"flat: 5", days(10), nil, map[string]int64{"GRANTED": 50_000}},
		"a share of declared income":    {"rate: {over: [60%, 30]}\n    of: income", days(10), earning("100"), map[string]int64{"GRANTED": 20_000}},
		"up to a bound":                 {"rate: {over: [60%, 30]}\n    of: income\n    up_to: 3", days(10), earning("300"), map[string]int64{"ABOVE_MOST": 30_000, "GRANTED": 30_000}},
		"and no less than another":      {"rate: {over: [60%, 30]}\n    of: income\n    no_less_than: 1", days(10), earning("30"), map[string]int64{"GRANTED": 10_000}},
		"income that is not known":      {"rate: {over: [60%, 30]}\n    of: income", days(10), nil, map[string]int64{"FACT_UNKNOWN": 0, "GRANTED": 0}},
		"from the fifteenth day":        {"flat: 5\n    wait_days: 14", days(20), nil, map[string]int64{"ELIMINATION_DAYS": 70_000, "GRANTED": 30_000}},
		"not before it":                 {"flat: 5\n    wait_days: 14", days(14), nil, map[string]int64{"ELIMINATION_DAYS": 70_000, "GRANTED": 0}},
		"no longer than some weeks":     {"flat: 5\n    weeks: 2", days(20), nil, map[string]int64{"DAYS_REACHED": 30_000, "GRANTED": 70_000}},
		"the wait is not counted":       {"flat: 5\n    wait_days: 3\n    days: 14", days(20), nil, map[string]int64{"ELIMINATION_DAYS": 15_000, "DAYS_REACHED": 15_000, "GRANTED": 70_000}},
		"days that were paid":           {"flat: 5", days(10), paid("pay", "e0", on, on+3, 4), map[string]int64{"DAYS_PAID_ALREADY": 20_000, "GRANTED": 30_000}},
		"days another benefit paid":     {"flat: 5\n    not_with: [birth_pay]", days(10), paid("birth_pay", "e0", on, on+3, 4), map[string]int64{"DAYS_PAID_ALREADY": 20_000, "GRANTED": 30_000}},
		"days of a benefit beside it":   {"flat: 5", days(10), paid("birth_pay", "e0", on, on+3, 4), map[string]int64{"GRANTED": 50_000}},
		"what is left of the event":     {"flat: 5\n    days: 12", days(10), paid("pay", "e1", on-9, on-2, 8), map[string]int64{"DAYS_REACHED": 30_000, "GRANTED": 20_000}},
		"what is left of the year":      {"flat: 5\n    limits: [{per: year, days: 10}]", days(10), paid("pay", "e0", on-9, on-2, 8), map[string]int64{"DAYS_REACHED": 40_000, "GRANTED": 10_000}},
		"money that is left":            {"flat: 5\n    limits: [{per: lifetime, amount: 60}]", days(10), paid("pay", "e0", on-9, on-2, 8), map[string]int64{"LIMIT_REACHED": 30_000, "GRANTED": 20_000}},
		"rounded once":                  {"flat: {over: [10, 3]}\n    round: {way: half-up}", days(10), nil, map[string]int64{"GRANTED": 33_333}},
		"rounded for the event":         {"flat: {over: [10, 3]}\n    round: {way: half-up}", days(10), paid("pay", "e1", on-9, on-5, 5), map[string]int64{"GRANTED": 33_333}},
		"by a rule of the scheme":       {"flat: {times: [event_days, 0.1]}", days(10), nil, map[string]int64{"GRANTED": 10_000}},
		"not covered":                   {"flat: 5", days(10), func(c *benefit.Case) { c.Cover = benefit.Cover{} }, map[string]int64{"NOT_COVERED": 50_000, "GRANTED": 0}},
		"a condition that does not hold": {
			"flat: 5\n    when: [{in: [farmer], reason: NO_FARMER, text: It is for farmers.}]", days(10), nil, map[string]int64{"NO_FARMER": 50_000, "GRANTED": 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := load(t, "  birth_pay: {kind: maternity, form: daily, flat: 1}\n  pay:\n    kind: sickness\n    form: daily\n    "+test.says+"\n")
			c := cash("pay", test.event)
			if test.change != nil {
				test.change(&c)
			}
			if diff := cmp.Diff(test.want, took(adjudicated(t, s, c))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestMonthsThatQualify(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		asks   string
		months []ledger.Period
		want   bool
	}{
		"nine of the twelve before the event":           {"{months: 9, in_last: 12, before: event}", through(2025_06, 2026_02), true},
		"eight are too few":                             {"{months: 9, in_last: 12, before: event}", through(2025_07, 2026_02), false},
		"the month of the event does not count":         {"{months: 9, in_last: 12, before: event}", through(2025_07, 2026_03), false},
		"nor one before the window":                     {"{months: 9, in_last: 12, before: event}", append(through(2025_07, 2026_02), 2025_02), false},
		"three before the semester":                     {"{months: 3, in_last: 12, before: semester}", through(2024_10, 2024_12), true},
		"the semester itself does not count":            {"{months: 3, in_last: 12, before: semester}", through(2025_10, 2026_03), false},
		"before the admission":                          {"{months: 1, in_last: 1, before: admission}", []ledger.Period{2026_01}, true},
		"before the claim, though not before the event": {"{months: 1, in_last: 1, before: claim}", []ledger.Period{2026_02}, false},
		"ever":                        {"{months: 3, before: event}", []ledger.Period{2015_01, 2018_05, 2026_03}, true},
		"months of care are credited": {"{months: 9, in_last: 12, before: event}", through(2025_07, 2026_02), true},
		"what is given after the event never counts": {"{months: 1, before: event}", []ledger.Period{2026_04}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := load(t, "  pay:\n    kind: sickness\n    form: daily\n    flat: 5\n    qualifying: "+test.asks+"\n")
			c := cash("pay", days(10), test.months...)
			c.Claim.Event.Admitted = 2026_02_20
			c.Claim.ReceivedOn = 2026_04_20
			if strings.HasPrefix(name, "months of care") {
				c.Facts.CareCredit = []insurance.CareCredit{{Kind: insurance.CreditCare, Days: insurance.Days{From: 2025_04_03, To: 2025_04_05}}}
			}
			if got := adjudicated(t, s, c).Granted() > 0; got != test.want {
				t.Errorf("granted: %v, want %v", got, test.want)
			}
		})
	}
}

func TestEarningsAreMadeOfMonths(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		says string
		want int64
	}{
		"the average of the last twelve":      {"{in_last: 12, before: event}", 5_000},
		"the best three over a divisor":       {"{best: 3, in_last: 12, before: event, over: 10}", 3_000},
		"the best three, on average":          {"{best: 3, in_last: 12, before: event}", 10_000},
		"credits by a table":                  {"{best: 6, in_last: 12, before: event, over: 180, credit: {lookup: paid, table: [{from: 10, value: 300}], else: 0}}", 10_000},
		"a declared income instead of a gift": {"{in_last: 12, before: event, credit: income}", 50_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := load(t, "  pay:\n    kind: sickness\n    form: daily\n    rate: 100%\n    of: earnings\n    earnings: "+test.says+"\n")
			c := cash("pay", days(1), through(2025_09, 2026_02)...)
			c.Facts.Declared = []insurance.Declaration{{Name: "income", Value: "50"}}
			if got := adjudicated(t, s, c).Granted(); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestCashForEachMonth(t *testing.T) {
	t.Parallel()
	born := func(days ...ledger.Date) (all []insurance.Dependant) {
		for _, d := range days {
			all = append(all, insurance.Dependant{Kind: insurance.Child, Birth: insurance.Birth{On: d}})
		}
		return all
	}
	for name, test := range map[string]struct {
		says     string
		change   func(*benefit.Case)
		want     string
		granteds int64
	}{
		"from the event through the month asked for": {"flat: 20", nil, "month 2026-03 month 2026-04 month 2026-05", 60_000},
		"through the month of the claim":             {"flat: 20", func(c *benefit.Case) { c.Through = 0 }, "month 2026-03", 20_000},
		"until it ends":                              {"flat: 20", func(c *benefit.Case) { c.Claim.Event.To = 2026_04_11 }, "month 2026-03 month 2026-04", 40_000},
		"for some weeks":                             {"flat: 20\n    weeks: 8", nil, "month 2026-03 month 2026-04", 40_000},
		"only the months that are judged now":        {"flat: 20", func(c *benefit.Case) { c.From = 2026_05 }, "month 2026-05", 20_000},
		"for each child under six":                   {"flat: 20\n    per_head: {kind: child, under: 6, up_to: 2}", func(c *benefit.Case) { c.Facts.Dependants = born(2020_04_01, 2024_01_01, 2010_01_01) }, "month 2026-03 month 2026-04 month 2026-05", 80_000},
		"for nobody":                                 {"flat: 20\n    per_head: {kind: child, under: 6}", nil, "month 2026-03 month 2026-04 month 2026-05", 0},
		"by the degree of disability":                {"flat: {times: [degree, 100]}", func(c *benefit.Case) { c.Claim.Event.Degree = 35 }, "month 2026-03 month 2026-04 month 2026-05", 105_000},
		"by the years of contributions":              {"of: 90\n    full: {years: 10, rate: 40%}\n    reduced: {years: 1, rate: 10%}", nil, "month 2026-03 month 2026-04 month 2026-05", 27_000},
		"of a month that was paid nothing more":      {"flat: 20", func(c *benefit.Case) { c.History = []benefit.Earlier{monthPaid()} }, "month 2026-03 month 2026-04 month 2026-05", 40_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := load(t, "  pension:\n    kind: disability\n    form: periodic\n    "+test.says+"\n")
			c := cash("pension", benefit.Event{Kind: rule.EventDisability, On: on}, through(2025_01, 2025_12)...)
			c.Through = 2026_05
			if test.change != nil {
				test.change(&c)
			}
			d := adjudicated(t, s, c)
			var items []string
			for _, l := range d.Lines {
				items = append(items, l.Item)
			}
			if got := strings.Join(items, " "); got != test.want || d.Granted() != test.granteds {
				t.Errorf("got %s, %d; want %s, %d", got, d.Granted(), test.want, test.granteds)
			}
		})
	}
}

func monthPaid() benefit.Earlier {
	return benefit.Earlier{Claim: "c0", Event: "e0", EventOn: on, Scheme: "sound", Benefit: "pension", Member: member, Item: "month 2026-04", On: 2026_04_01, Minor: 20_000}
}

func TestALumpSumIsPaidOnceForAnEvent(t *testing.T) {
	t.Parallel()
	s := load(t, "  funeral: {kind: funeral, form: lump-sum, flat: 300}\n  costs: {kind: funeral, form: lump-sum, rule: half, up_to: 100}\n  twins: {kind: maternity, form: lump-sum, flat: {times: [born, 50]}}\n")
	grant := cash("funeral", benefit.Event{ID: "d1", Kind: rule.EventDeath, On: on})
	first := adjudicated(t, s, grant)
	if first.Granted() != 300_000 {
		t.Errorf("granted %d, want 300.000", first.Granted())
	}
	again := grant
	again.Claim.ID, again.History = "c2", benefit.Past(s, grant, first)
	if diff := cmp.Diff(map[string]int64{"PAID_ALREADY": 300_000, "GRANTED": 0}, took(adjudicated(t, s, again))); diff != "" {
		t.Errorf("again (-want +got)\n%s", diff)
	}
	costs := cash("costs", benefit.Event{Kind: rule.EventDeath, On: on})
	costs.Claim.Minor = 260_000
	if diff := cmp.Diff(map[string]int64{"ABOVE_MOST": 30_000, "GRANTED": 100_000}, took(adjudicated(t, s, costs))); diff != "" {
		t.Errorf("costs (-want +got)\n%s", diff)
	}
	twins := cash("twins", benefit.Event{Kind: rule.EventBirth, On: on, Children: 2})
	if got := adjudicated(t, s, twins).Granted(); got != 100_000 {
		t.Errorf("twins are granted %d, want 100.000", got)
	}
}

// grant is paid in three stages.
const grant = `  grant:
    kind: maternity
    form: staged
    stages: [{event: antenatal-visit, amount: 10}, {event: birth, amount: 20}, {event: vaccination, amount: 30}]
`

func TestAStageIsPaidOnceItIsShown(t *testing.T) {
	t.Parallel()
	s := load(t, grant)
	visit := benefit.Evidence{Event: "antenatal-visit", On: on, By: "midwife"}
	for name, test := range map[string]struct {
		evidence []benefit.Evidence
		change   func(*benefit.Case)
		want     string
	}{
		"by a health worker":               {[]benefit.Evidence{visit}, nil, "10 GRANTED, 0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING"},
		"in any order":                     {[]benefit.Evidence{{Event: "vaccination", On: on, By: "nurse"}}, nil, "0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING, 30 GRANTED"},
		"not by nobody":                    {[]benefit.Evidence{{Event: "antenatal-visit", On: on}}, nil, "0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING"},
		"missed, for want of a clinic":     {[]benefit.Evidence{{Event: "antenatal-visit", Missed: benefit.NoClinic}}, nil, "10 MET_WITHOUT_CLINIC, 0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING"},
		"missed, and then not":             {[]benefit.Evidence{{Event: "antenatal-visit", Missed: benefit.NoClinic}, visit}, nil, "10 GRANTED, 0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING"},
		"a stillbirth":                     {[]benefit.Evidence{{Event: "stillbirth", On: on, By: "midwife"}, {Event: "vaccination", Missed: benefit.NoChild}}, nil, "0 EVIDENCE_MISSING, 20 GRANTED, 30 MET_WITHOUT_CHILD"},
		"an adoption":                      {[]benefit.Evidence{{Event: "adoption", On: on, By: "court"}}, nil, "0 EVIDENCE_MISSING, 20 GRANTED, 0 EVIDENCE_MISSING"},
		"years late":                       {[]benefit.Evidence{visit}, func(c *benefit.Case) { c.Claim.ReceivedOn = 2031_01_01 }, "10 PAID_LATE, 0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING"},
		"once":                             {[]benefit.Evidence{visit}, stagePaid, "0 PAID_ALREADY, 0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING"},
		"to a woman who is married or not": {[]benefit.Evidence{visit}, married, "10 GRANTED, 0 EVIDENCE_MISSING, 0 EVIDENCE_MISSING"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cash("grant", benefit.Event{ID: "p1", Kind: rule.EventPregnancy, On: on})
			c.Claim.Evidence = test.evidence
			if test.change != nil {
				test.change(&c)
			}
			var got []string
			for _, l := range adjudicated(t, s, c).Lines {
				got = append(got, fmt.Sprint(l.Granted/1000, " ", l.Reductions[0].Reason))
				if l.PayTo != member.Party() {
					t.Errorf("%s is paid to %s, not to herself", l.Item, l.PayTo)
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func stagePaid(c *benefit.Case) {
	c.History = []benefit.Earlier{{Claim: "c0", Event: "p1", EventOn: on, Scheme: "sound", Benefit: "grant", Member: member, Item: "antenatal-visit", On: on, Minor: 10_000}}
}

func married(c *benefit.Case) {
	c.Facts.Dependants = []insurance.Dependant{{Kind: insurance.Spouse}}
}

func TestWhatIsGivenAfterTheEventNeverCounts(t *testing.T) {
	t.Parallel()
	s := load(t, "  pay: {kind: sickness, form: daily, flat: 5, qualifying: {months: 1, in_last: 1, before: claim}}\n")
	for day, want := range map[ledger.Date]bool{on: true, on + 1: false} {
		c := cash("pay", days(10))
		c.Claim.ReceivedOn = 2026_04_20
		c.Contributions = []benefit.Paid{{On: day, Minor: 10_000}}
		if got := adjudicated(t, s, c).Granted() > 0; got != want {
			t.Errorf("given on %s, the event is of %s: granted %v, want %v", day, on, got, want)
		}
	}
}
