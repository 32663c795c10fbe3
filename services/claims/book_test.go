package claims

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/services/insurance"
)

func TestWhatADifferenceChanges(t *testing.T) {
	t.Parallel()
	stands := func(booked, paid int64) Share {
		return Share{Bearer: "pool:health", Payee: "provider:clinic", Booked: booked, Paid: paid}
	}
	came := func(booked, paid, back int64) Share {
		return Share{Bearer: "pool:health", Payee: "provider:clinic", Booked: booked, Paid: paid, Back: back}
	}
	cases := []struct {
		name       string
		difference int64
		stands     Share
		payable    int64
		recovers   bool
		want       insurance.OwedChange
		after      Share
	}{
		{"more is owed in full", 40, stands(100, 100), 0, false, insurance.OwedChange{Minor: 40}, stands(140, 100)},
		{"what was not paid is taken away", -40, stands(100, 0), 100, false, insurance.OwedChange{Minor: -40}, stands(60, 0)},
		{"what was paid in good faith stands", -40, stands(100, 100), 0, false, insurance.OwedChange{}, stands(100, 100)},
		{"of what was paid in part, the rest is taken away", -40, stands(100, 80), 20, false, insurance.OwedChange{Minor: -20}, stands(80, 80)},
		{"what was paid by others than this office counts as paid", -40, stands(100, 0), 10, false, insurance.OwedChange{Minor: -10}, stands(90, 0)},
		{"what was paid for a false claim is recovered", -40, stands(100, 100), 0, true, insurance.OwedChange{Minor: -40, Recovered: 40}, stands(60, 60)},
		{"of a false claim paid in part, the rest is recovered", -40, stands(100, 80), 20, true, insurance.OwedChange{Minor: -40, Recovered: 20}, stands(60, 60)},
		{"what came back is taken away before anything is recovered", -40, came(100, 100, 100), 100, true, insurance.OwedChange{Minor: -40}, came(60, 60, 60)},
		{"what came back of a claim in good faith is taken away too", -40, came(100, 100, 100), 100, false, insurance.OwedChange{Minor: -40}, came(60, 60, 60)},
		{"what was not handed over goes first", -40, came(100, 80, 80), 100, true, insurance.OwedChange{Minor: -40}, came(60, 60, 60)},
		{"of a part that came back, the rest is recovered", -60, came(100, 100, 40), 40, true, insurance.OwedChange{Minor: -60, Recovered: 20}, came(40, 40, 0)},
		{"what came back and somebody else has paid since is recovered", -40, came(100, 100, 100), 0, true, insurance.OwedChange{Minor: -40, Recovered: 40}, came(60, 60, 100)},
		{"an account below its floor gives nothing", -40, stands(100, 0), -5, true, insurance.OwedChange{Minor: -40, Recovered: 40}, stands(60, 0)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.want.Bearer = c.stands.Bearer
			got := change(c.difference, c.stands, c.payable, c.recovers)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.after, c.stands.after(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDifferencesAreDueLessBooked(t *testing.T) {
	t.Parallel()
	due := []Share{{Bearer: "pool:health", Payee: "member:a", Booked: 70}, {Bearer: "funder:mof", Payee: "member:a", Booked: 5}}
	booked := []Share{{Bearer: "pool:health", Payee: "member:a", Booked: 50}, {Bearer: "funder:mof", Payee: "member:a", Booked: 5}, {Bearer: "pool:health", Payee: "provider:x", Booked: 9}}
	want := []Share{{Bearer: "pool:health", Payee: "member:a", Booked: 20}, {Bearer: "pool:health", Payee: "provider:x", Booked: -9}}
	if diff := cmp.Diff(want, differences(due, booked)); diff != "" {
		t.Error(diff)
	}
	if again := differences(due, due); len(again) != 0 {
		t.Errorf("what is booked already differs by %v", again)
	}
}
