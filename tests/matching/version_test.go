package matching

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/subsidy"
)

// version is a version of a scheme that matches at a rate.
type version struct {
	effective, rate, period string
	cutsPast                bool
	// without leaves the subsidy out, and has another in its place.
	without bool
	pot     int
}

func (v version) text() string {
	if v.period == "" {
		v.period = "calendar-year"
	}
	id := "match"
	if v.without {
		id = "other"
	}
	if v.pot == 0 {
		v.pot = 2110
	}
	return fmt.Sprintf(`name: A scheme to be tried
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: %s
cuts_past: %t
pots: [{account: 2100, name: savings, share: 1, pool: old-age}]
subsidies:
  - {id: %s, funder: treasury, pot: %d, period: %s, open_ended: true, amount: [{times: %s}], cap: 20}
`, v.effective, v.cutsPast, id, v.pot, v.period, v.rate)
}

// run runs the subsidy for the periods that the days lie in.
func (h *house) run(t check, scheme ledger.SchemeCode, days ...ledger.Date) {
	t.Helper()
	for _, day := range days {
		_, err := h.Subsidies.Run(context.Background(), subsidy.Order{Scheme: scheme, Subsidy: "match", On: day}, func(match.Run) {})
		must(t, err)
	}
}

// TestALaterVersionCutsThePastOnlyWhereItSaysSo: 10.000 was given in January 2024, and another in March 2025. Every
// version was published today, which is after both.
func TestALaterVersionCutsThePastOnlyWhereItSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct {
		name string
		then version
		want map[string][2]int64
	}{
		{"a lower rate of which the decree does not say that it cuts the past", version{effective: "2020-01-01", rate: "25%"},
			map[string][2]int64{"match 2024-01-01": {5000, 5000}, "match 2025-01-01": {5000, 5000}}},
		{"a lower rate of which it does", version{effective: "2020-01-01", rate: "25%", cutsPast: true},
			map[string][2]int64{"match 2024-01-01": {2500, 2500}, "match 2025-01-01": {2500, 2500}}},
		{"it cuts only the periods in which it is in force", version{effective: "2025-01-01", rate: "25%", cutsPast: true},
			map[string][2]int64{"match 2024-01-01": {5000, 5000}, "match 2025-01-01": {2500, 2500}}},
		{"a higher rate reaches back", version{effective: "2024-01-01", rate: "75%"},
			map[string][2]int64{"match 2024-01-01": {7500, 7500}, "match 2025-01-01": {7500, 7500}}},
		{"a version without the subsidy takes nothing back", version{effective: "2020-01-01", rate: "0", without: true},
			map[string][2]int64{"match 2024-01-01": {5000, 5000}, "match 2025-01-01": {5000, 5000}}},
		{"unless its decree says so", version{effective: "2025-01-01", rate: "0", without: true, cutsPast: true},
			map[string][2]int64{"match 2024-01-01": {5000, 5000}}},
		{"months instead of years are not the law of days before they were published", version{effective: "2024-01-01", rate: "75%", period: "month"},
			map[string][2]int64{"match 2024-01-01": {5000, 5000}, "match 2025-01-01": {5000, 5000}}},
		{"unless the decree cuts the past: then what was given is matched once, by months", version{effective: "2025-01-01", rate: "25%", period: "month", cutsPast: true},
			map[string][2]int64{"match 2024-01-01": {5000, 5000}, "match 2025-03-01": {2500, 2500}}},
		{"years instead of years from another day on", version{effective: "2025-01-01", rate: "25%", period: "half-year", cutsPast: true},
			map[string][2]int64{"match 2024-01-01": {5000, 5000}, "match 2025-01-01": {2500, 2500}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scheme := ledger.SchemeCode(h.next("s"))
			h.republish(t, scheme, version{effective: "2020-01-01", rate: "50%"}.text())
			m := h.member(t, insurance.Birth{Year: 1990})
			h.give(t, m, scheme, gift{on: 2024_01_15, minor: 10_000}, gift{on: 2025_03_15, minor: 10_000})
			h.republish(t, scheme, c.then.text())
			h.run(t, scheme, 2024_01_15, 2025_03_15)
			if diff := cmp.Diff(c.want, h.dues(t, m, scheme)); diff != "" {
				t.Error(diff)
			}
			var granted int64
			for _, held := range c.want {
				granted += held[1]
			}
			if got := h.matched(t, m, scheme); got != granted {
				t.Errorf("matched %d, want %d", got, granted)
			}
		})
	}
	h.clean(t)
}

// TestWhatWasGivenIsMatchedOnceThoughPeriodsBecomeOthers: what was granted for the old periods is taken back as soon as
// anything is judged by the new ones.
func TestWhatWasGivenIsMatchedOnceThoughPeriodsBecomeOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct {
		name, before, after string
		want                map[string][2]int64
	}{
		{"a year into months: January begins with the year", "calendar-year", "month", map[string][2]int64{"match 2025-05-01": {5000, 5000}, "match 2025-06-01": {500, 500}}},
		{"quarters into half-years: the second quarter is no period any more", "quarter", "half-year", map[string][2]int64{"match 2025-01-01": {5500, 5500}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			scheme := ledger.SchemeCode(h.next("s"))
			h.republish(t, scheme, version{effective: "2020-01-01", rate: "50%", period: c.before}.text())
			m := h.member(t, insurance.Birth{Year: 1990})
			h.give(t, m, scheme, gift{on: 2025_05_15, minor: 10_000})
			h.republish(t, scheme, version{effective: "2025-01-01", rate: "50%", period: c.after, cutsPast: true}.text())
			h.give(t, m, scheme, gift{on: 2025_06_15, minor: 1000})
			h.run(t, scheme, 2025_05_15)
			if diff := cmp.Diff(c.want, h.dues(t, m, scheme)); diff != "" {
				t.Error(diff)
			}
			if got := h.matched(t, m, scheme); got != 5500 {
				t.Errorf("matched %d", got)
			}
		})
	}
	h.clean(t)
}

// TestAClawbackGoesWhereTheGrantCameFrom: a later version grants to another pot, and by another rate; what the earlier
// one had granted is taken back from where it is.
func TestAClawbackGoesWhereTheGrantCameFrom(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := ledger.SchemeCode(h.next("s"))
	h.republish(t, scheme, version{effective: "2020-01-01", rate: "50%"}.text())
	m := h.member(t, insurance.Birth{Year: 1990})
	first := h.parcels([]gift{{on: 2025_03_15, minor: 10_000}})[0]
	h.send(t, m, scheme, first)
	h.republish(t, scheme, version{effective: "2020-01-01", rate: "75%", pot: 2210}.text())
	h.run(t, scheme, 2025_03_15)
	pots := func() [2]int64 {
		health := ledger.Account{Code: ledger.HealthMatched, Party: m.Party(), Scheme: scheme, Currency: currency}
		return [2]int64{h.matched(t, m, scheme), h.stands(t, health)}
	}
	if diff := cmp.Diff([2]int64{5000, 2500}, pots()); diff != "" {
		t.Error(diff)
	}
	first.reverse = true
	h.send(t, m, scheme, first)
	if diff := cmp.Diff([2]int64{}, pots()); diff != "" {
		t.Error(diff)
	}
	h.clean(t)
}

// TestRulesThatComeAfterThePastReachBack: contributions were taken before there was any rule. What comes next has the
// whole past judged, so that a limit of a lifetime holds.
func TestRulesThatComeAfterThePastReachBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := ledger.SchemeCode(h.next("s"))
	plain := insurance.Scheme{Code: scheme, Name: "Plain", Currency: currency, TimeZone: "Asia/Amman", Region: "JO", PublishedBy: "test",
		Pots: []insurance.Pot{{Account: ledger.OldAgeOwn, Name: "savings", Share: one, Pool: insurance.OldAge}}}
	if _, err := h.Schemes.Publish(context.Background(), plain); err != nil {
		t.Fatal(err)
	}
	m := h.member(t, insurance.Birth{Year: 1990})
	h.give(t, m, scheme, gift{on: 2023_01_15, minor: 10_000}, gift{on: 2024_01_15, minor: 10_000})
	h.republish(t, scheme, head+"subsidies:\n  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, amount: [{times: 1}], lifetime_cap: 15}\n")
	h.give(t, m, scheme, gift{on: 2025_01_15, minor: 10_000})
	want := map[string][2]int64{"match 2023-01-01": {10_000, 10_000}, "match 2024-01-01": {5000, 5000}}
	if diff := cmp.Diff(want, h.dues(t, m, scheme)); diff != "" {
		t.Error(diff)
	}
	h.clean(t)
}

// TestBetterEvidenceOfBirthTakesNothingBack: she was thought to be 45 or more, and turns out to be younger.
func TestBetterEvidenceOfBirthTakesNothingBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := h.publish(t, `parameters:
  rate: {lookup: age, table: [{under: 40, value: 25%}], else: 80%}
subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, amount: [{times: rate}]}
`)
	for _, c := range []struct {
		name string
		why  insurance.Correction
		want int64
	}{
		{"better evidence", insurance.BetterEvidence, 8000},
		{"an error of the office", insurance.OfficeError, 8000},
		{"an error of hers", insurance.OwnError, 2500},
		{"fraud", insurance.Fraud, 2500},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := h.member(t, insurance.Birth{On: 1970_05_01})
			h.give(t, m, scheme, gift{on: 2025_03_15, minor: 10_000})
			_, err := h.Enrolment.RecordFacts(context.Background(), m, insurance.Change{
				Add: insurance.Facts{Birth: insurance.Birth{On: 1995_05_01, Evidence: insurance.EvidenceRegister}}, Why: c.why, By: "clerk"})
			must(t, err)
			must(t, h.Subsidies.Rejudge(context.Background(), m))
			h.run(t, scheme, 2025_03_15)
			if got := h.matched(t, m, scheme); got != c.want {
				t.Errorf("matched %d, want %d", got, c.want)
			}
		})
	}
	h.clean(t)
}
