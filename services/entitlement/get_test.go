package entitlement

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// all is an answer in which everything is said.
func all() Entitlement {
	return Entitlement{
		Member: her, Currency: "JOD", From: 2026_05_01, BorneBy: "funder:treasury",
		Answer: cover.Answer{
			Scheme: "basic", Cover: "maternity", Version: 3, Person: cover.Person{Dependant: "child-1"}, On: 2026_03_01, Covered: true,
			State: cover.Exempt, Since: 2026_01_01, Until: 2026_04_30, PaidUntil: 2026_04_20, Joined: 2026_01_01,
			Reasons: []cover.Reason{{Code: cover.PriceNothing}}, Advice: &cover.Advice{}, Charge: &cover.Charge{}, OwnLimits: true,
		},
		Limits: []Limit{{Benefit: "clinic"}}, CoPayments: []CoPayment{{Benefit: "clinic"}},
		Why: []map[string]string{{"en": "Cover costs you nothing."}}, Categories: []string{"farmer"}, Texts: map[string]string{"en": "Covered."},
	}
}

func TestWhatIsWithheldLeavesYesOrNoUntilWhenLimitsAndCoPayment(t *testing.T) {
	t.Parallel()
	want := Entitlement{
		Member: her, Currency: "JOD", BorneBy: "funder:treasury", Limits: []Limit{{Benefit: "clinic"}}, CoPayments: []CoPayment{{Benefit: "clinic"}},
		Answer: cover.Answer{Scheme: "basic", Person: cover.Person{Dependant: "child-1"}, On: 2026_03_01, Covered: true, Until: 2026_04_30},
	}
	if diff := cmp.Diff(want, all().withheld()); diff != "" {
		t.Error(diff)
	}
	for _, a := range []Audience{ForProvider, ForInsurer, ""} {
		if a.told() {
			t.Errorf("%q is told reasons", a)
		}
	}
	for _, a := range []Audience{ForMember, ForDelegate} {
		if !a.told() {
			t.Errorf("%q is not told reasons", a)
		}
	}
}

func TestWhatWasUsedIsTakenOffItsLimit(t *testing.T) {
	t.Parallel()
	s, err := rule.Load(rule.Folder{Scheme: []byte(`scheme: basic
name: Basic
source: these tests
currency: JOD
effective: 2020-01-01
pots: [{account: 2200, name: health, share: 1, pool: health}]
levels: [clinic, hospital]
benefits:
  clinic:
    kind: care
    form: in-kind
    pool: health
    covers: [general-practitioner, hospital]
    without_cover: treasury
    limits: [{per: year, amount: 100, household: true}, {per: lifetime, days: 60}, {per: event, amount: 20}]
    co_payments: [{share: 0.1}, {amount: 2, level: [hospital]}]
  sight:
    kind: care
    form: in-kind
    pool: maternity
    covers: [specialist]
    limits: [{per: year, amount: 5}]
`)})
	if err != nil {
		t.Fatal(err)
	}
	used := func(name string, person string, on ledger.Date, days, minor int64) benefit.Earlier {
		return benefit.Earlier{Scheme: "basic", Benefit: name, Member: her, Person: person, EventOn: on, Days: days, Minor: minor}
	}
	terms := terms{scheme: s, code: "basic", pool: insurance.Health, on: 2026_03_10, person: string(her), used: []benefit.Earlier{
		used("clinic", string(her), 2026_01_10, 3, 30_000), used("clinic", "child-1", 2026_02_10, 5, 25_000),
		used("clinic", string(her), 2025_12_30, 7, 80_000), used("clinic", string(her), 2026_03_11, 9, 9_000),
		used("sight", string(her), 2026_01_10, 1, 5_000),
	}}
	limits, err := terms.limits()
	if err != nil {
		t.Fatal(err)
	}
	want := []Limit{
		{Benefit: "clinic", Per: "year", Household: true, Money: true, Most: 100_000, Left: 45_000},
		{Benefit: "clinic", Per: "lifetime", Most: 60, Left: 50},
		{Benefit: "clinic", Per: "event", Money: true, Most: 20_000, Left: 20_000},
	}
	if diff := cmp.Diff(want, limits); diff != "" {
		t.Error(diff)
	}
	pays, err := terms.coPayments()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]CoPayment{{Benefit: "clinic", Share: "0.1"}, {Benefit: "clinic", Level: []string{"hospital"}, Minor: 2000}}, pays); diff != "" {
		t.Error(diff)
	}
	if got := terms.emergency(); got != "funder:treasury" {
		t.Errorf("an emergency is borne by %s", got)
	}
}
