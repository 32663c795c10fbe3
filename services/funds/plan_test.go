package funds

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

var (
	nation = insurance.FundAccount{Scheme: "national", Pool: insurance.Health, Currency: "JOD"}
	gulf   = insurance.FundAccount{Scheme: "gulf", Pool: insurance.Health, Currency: "JOD"}
	hills  = insurance.FundAccount{Scheme: "hills", Pool: insurance.Health, Currency: "JOD"}
)

// stands is a pool that stands so, with nothing outstanding.
func stands(fund insurance.FundAccount, balance, floor int64, terms rule.FundTerms) Standing {
	terms.Floor = floor
	return Standing{Fund: fund, Terms: terms, Figures: Figures{Balance: balance, Solvency: balance, Floor: floor}}
}

var lends = rule.FundTerms{Loan: true}

// passed is what a plan does, without what the pools are afterwards.
type passed struct{ Ceded, Recovered, Loan, Call int64 }

func planned(helps []Help) map[string]passed {
	all := map[string]passed{}
	for _, h := range helps {
		all[string(h.Fund.Scheme)] = passed{h.Ceded, h.Recovered, h.Loan, h.Call}
	}
	return all
}

func TestWhoHelpsAPool(t *testing.T) {
	t.Parallel()
	ceding := rule.FundTerms{Loan: true, Ceded: exact.Must("20%"), Retains: true, Retention: 1000, Recovered: exact.Must("90%")}
	earning := func(balance, floor, earned, benefits, ceded, recovered int64) Standing {
		s := stands(gulf, balance, floor, ceding)
		s.Figures.Earned, s.Figures.Benefits, s.Figures.Ceded, s.Figures.Recovered = earned, benefits, ceded, recovered
		return s
	}
	owing := stands(gulf, 500, 100, lends)
	owing.Figures.Borrowed = 300
	lender := stands(nation, 5000, 1000, rule.FundTerms{})
	lender.Figures.Lent = 300
	waitingFor := stands(gulf, 50, 100, rule.FundTerms{})
	waitingFor.Called = 30
	for _, c := range []struct {
		name     string
		national *Standing
		groups   []Standing
		want     map[string]passed
	}{
		{"nobody lacks anything", ptr(stands(nation, 5000, 1000, rule.FundTerms{})), []Standing{stands(gulf, 100, 100, lends)},
			map[string]passed{"gulf": {}, "national": {}}},
		{"a group under its floor is lent what it lacks, and its guarantor is called", ptr(stands(nation, 5000, 1000, rule.FundTerms{})), []Standing{stands(gulf, -250, 100, lends)},
			map[string]passed{"gulf": {Loan: 350, Call: 350}, "national": {}}},
		{"the national pool lends down to its own floor, to each the same part", ptr(stands(nation, 1300, 1000, rule.FundTerms{})), []Standing{stands(gulf, -100, 100, lends), stands(hills, -300, 100, lends)},
			map[string]passed{"gulf": {Loan: 100, Call: 200}, "hills": {Loan: 200, Call: 400}, "national": {}}},
		{"a loan that is not needed any more goes back", &lender, []Standing{owing},
			map[string]passed{"gulf": {Loan: -300}, "national": {}}},
		{"a law forbids the loan", ptr(stands(nation, 5000, 1000, rule.FundTerms{})), []Standing{stands(gulf, 0, 100, rule.FundTerms{})},
			map[string]passed{"gulf": {Call: 100}, "national": {}}},
		{"no national pool", nil, []Standing{stands(gulf, 0, 100, rule.FundTerms{})}, map[string]passed{"gulf": {Call: 100}}},
		{"what was called for already is not called for again", nil, []Standing{waitingFor}, map[string]passed{"gulf": {Call: 20}}},
		{"the national pool itself is under its floor", ptr(stands(nation, 400, 1000, rule.FundTerms{})), []Standing{stands(gulf, 50, 100, lends)},
			map[string]passed{"gulf": {Call: 50}, "national": {Call: 600}}},
		{"a part of what is earned is ceded", ptr(stands(nation, 5000, 1000, rule.FundTerms{})), []Standing{earning(900, 0, 1000, 700, 0, 0)},
			map[string]passed{"gulf": {Ceded: 200}, "national": {}}},
		{"… and what is ceded too much comes back", ptr(stands(nation, 5000, 1000, rule.FundTerms{})), []Standing{earning(900, 0, 1000, 700, 250, 0)},
			map[string]passed{"gulf": {Ceded: -50}, "national": {}}},
		{"nine tenths of the claims above the retention are recovered", ptr(stands(nation, 5000, 1000, rule.FundTerms{})), []Standing{earning(900, 0, 1000, 1700, 200, 100)},
			map[string]passed{"gulf": {Recovered: 530}, "national": {}}},
		{"what is recovered is not lent as well", ptr(stands(nation, 5000, 1000, rule.FundTerms{})), []Standing{earning(-630, 0, 0, 1700, 0, 0)},
			map[string]passed{"gulf": {Recovered: 630}, "national": {}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, planned(Plan(c.national, c.groups))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

// after is what a pool is once its help is booked, read as the next run would read it.
func after(s Standing, h Help) Standing {
	s.Figures, s.Called = h.After, s.Called+h.Call
	return s
}

// TestAPlanThatIsCarriedOutLeavesNothingToPlan, keeps what all pools have together, and lends nothing that the national
// pool does not have above its floor.
func TestAPlanThatIsCarriedOutLeavesNothingToPlan(t *testing.T) {
	t.Parallel()
	amount := func(t *rapid.T, name string) int64 { return rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, name) }
	positive := func(t *rapid.T, name string) int64 { return rapid.Int64Range(0, 1_000_000).Draw(t, name) }
	draw := func(t *rapid.T, fund insurance.FundAccount) Standing {
		s := stands(fund, amount(t, "balance"), positive(t, "floor"), rule.FundTerms{
			Loan: rapid.Bool().Draw(t, "loan"), Ceded: exact.Share(rapid.Int64Range(0, 7).Draw(t, "ceded"), 7),
			Retains: rapid.Bool().Draw(t, "retains"), Retention: positive(t, "retention"), Recovered: exact.Share(rapid.Int64Range(0, 3).Draw(t, "recovered"), 3),
		})
		s.Figures.Solvency -= positive(t, "outstanding")
		s.Figures.Earned, s.Figures.Benefits = amount(t, "earned"), amount(t, "benefits")
		s.Figures.Ceded, s.Figures.Recovered, s.Figures.Borrowed = positive(t, "ceded before"), positive(t, "recovered before"), positive(t, "borrowed")
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		national := draw(t, nation)
		national.Figures.Borrowed = 0
		groups := []Standing{draw(t, gulf), draw(t, hills)}
		before := national.Figures.Balance
		for _, g := range groups {
			national.Figures.Lent += g.Figures.Borrowed
			before += g.Figures.Balance
		}
		copied := national
		helps := Plan(&copied, groups)
		nationalAfter, sum, lent := helps[2].After, helps[2].After.Balance, int64(0)
		for i := range groups {
			sum += helps[i].After.Balance
			lent += helps[i].After.Borrowed
			if b := helps[i].After; b.Borrowed > max(0, b.Floor-b.Balance) {
				t.Fatalf("%s is lent %d and lacks %d", helps[i].Fund, b.Borrowed, b.Floor-b.Balance)
			}
		}
		if sum != before {
			t.Fatalf("all pools have %d, and had %d", sum, before)
		}
		if lent != nationalAfter.Lent || lent > max(0, nationalAfter.Balance-nationalAfter.Floor) {
			t.Fatalf("%d are lent, %d stand in the books, and the national pool has %d above its floor", lent, nationalAfter.Lent, nationalAfter.Balance-nationalAfter.Floor)
		}
		again := after(national, helps[2])
		for _, h := range Plan(&again, []Standing{after(groups[0], helps[0]), after(groups[1], helps[1])}) {
			if (passed{h.Ceded, h.Recovered, h.Loan, h.Call}) != (passed{}) {
				t.Fatalf("a second plan passes %+v", h)
			}
		}
	})
}

// TestWhatIsDividedLosesNothing, gives nobody more than it lacks, and nobody a unit less than its part.
func TestWhatIsDividedLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lacks := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 8).Draw(t, "lacks")
		minor := rapid.Int64Range(0, 1<<41).Draw(t, "minor")
		var all, given int64
		for _, lack := range lacks {
			all += lack
		}
		for i, got := range allot(minor, lacks) {
			given += got
			whole := exact.Int(lacks[i])
			if all > minor {
				whole = exact.Share(lacks[i], all).Times(exact.Int(minor))
			}
			if got < 0 || got > lacks[i] || exact.Int(got).Minus(whole).Cmp(exact.Int(1)) >= 0 || whole.Minus(exact.Int(got)).Cmp(exact.Int(1)) >= 0 {
				t.Fatalf("%d of %d is given for %d", got, minor, lacks[i])
			}
		}
		if given != min(all, minor) {
			t.Fatalf("%d is given of %d for %d", given, minor, all)
		}
	})
}

// TestTheYoungestWait, and only what nobody can pay for.
func TestTheYoungestWait(t *testing.T) {
	t.Parallel()
	queue := []payout.Waiting{{Minor: 100}, {Minor: 50}, {Minor: 200}}
	for _, c := range []struct {
		name            string
		notAsked, short int64
		goOn            int
	}{
		{"nothing is short", 0, 0, 3},
		{"a unit is short: the youngest waits", 0, 1, 2},
		{"all of the youngest is short", 0, 200, 2},
		{"a unit more", 0, 201, 1},
		{"nearly all is short", 0, 300, 0},
		{"more is short than is owed", 0, 9999, 0},
		{"what nobody has asked for yet waits first", 500, 500, 3},
		{"… and then the youngest", 500, 501, 2},
	} {
		if got := Cut(queue, c.notAsked, c.short); got != c.goOn {
			t.Errorf("%s: %d go on, want %d", c.name, got, c.goOn)
		}
	}
	if got := Cut([]payout.Waiting{{Minor: 500}, {Minor: 1}}, 0, 100); got != 0 {
		t.Errorf("a younger and smaller one overtakes: %d go on", got)
	}
}
