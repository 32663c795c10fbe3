package cover_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
)

const family = `
parameters:
  head: 0.010
cover:
  health:
    account: 2200
    matched: 2210
    days: {price: {times: [head, {min: [covered_heads, 3]}]}}
    waiting: {days: 10, waived: [{fact: age, up_to: 5}]}
    newborn_days: 30
    dependants:
      - {kind: spouse, most: 1, after_end: 60, after_death: 90}
      - {kind: child, under: 18, under_in: {student: 25}, after_age: 20, after_death: 90, own_limits: true, waits: true}
    reactivation: {days: 45, charge: {times: [5%, months_unpaid, benefit_cost]}, for: [hospital], reason: FINE}
`

// household is a member who paid on the first of 2026 for a hundred days, of two heads.
func household() cover.History {
	return cover.History{
		Scheme:   "try",
		Payments: []cover.Payment{{On: 2026_01_01, Minor: 2000, Account: 2200}},
		Facts: insurance.Facts{
			Categories: []insurance.Category{{Name: "student-child-2"}},
			Dependants: []insurance.Dependant{
				{Name: "child-1", Kind: insurance.Child, Birth: insurance.Birth{On: 2008_03_01}, Days: insurance.Days{From: 2020_01_01}},
				{Name: "child-2", Kind: insurance.Child, Birth: insurance.Birth{On: 2007_01_01}, Days: insurance.Days{From: 2026_02_01}},
				{Name: "child-3", Kind: insurance.Child, Birth: insurance.Birth{On: 2026_03_01}, Days: insurance.Days{From: 2026_03_10}},
				{Name: "wife-1", Kind: insurance.Spouse, Days: insurance.Days{From: 2020_01_01, To: 2025_12_15}},
				{Name: "wife-2", Kind: insurance.Spouse, Days: insurance.Days{From: 2026_02_01}},
				{Name: "wife-3", Kind: insurance.Spouse, Days: insurance.Days{From: 2026_02_02}},
				{Name: "father", Kind: insurance.Parent},
			},
		},
	}
}

func TestWhoIsCoveredThroughTheMember(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		person  cover.Person
		on      ledger.Date
		died    ledger.Date
		covered bool
		state   cover.State
		code    string
	}{
		{"a child under age", cover.Person{Dependant: "child-1"}, 2026_02_28, 0, true, cover.InForce, cover.Paid},
		{"a child who has come of age keeps cover", cover.Person{Dependant: "child-1"}, 2026_03_20, 0, true, cover.Kept, cover.Paid},
		{"and then no longer", cover.Person{Dependant: "child-1"}, 2026_03_21, 0, false, cover.NotCovered, cover.TooOld},
		{"a student for longer, once she has waited", cover.Person{Dependant: "child-2"}, 2026_02_11, 0, true, cover.InForce, cover.Paid},
		{"she waits from the day on which she was added", cover.Person{Dependant: "child-2"}, 2026_02_10, 0, false, cover.Waiting, cover.Paid},
		{"nobody is covered before she was added", cover.Person{Dependant: "child-2"}, 2026_01_31, 0, false, cover.NotCovered, cover.NotYetDependant},
		{"a newborn before it was added", cover.Person{Dependant: "child-3"}, 2026_03_02, 0, true, cover.Newborn, cover.NewbornCovered},
		{"and after, without waiting", cover.Person{Dependant: "child-3"}, 2026_03_11, 0, true, cover.InForce, cover.Paid},
		{"a child that nobody enrolled", cover.Person{NewbornOn: 2026_02_01}, 2026_03_02, 0, true, cover.Newborn, cover.NewbornCovered},
		{"for its first days only", cover.Person{NewbornOn: 2026_02_01}, 2026_03_03, 0, false, cover.NotCovered, cover.NewbornTooOld},
		{"not if its parent was not covered", cover.Person{NewbornOn: 2025_12_20}, 2026_01_02, 0, false, cover.NotBegun, cover.NothingPaid},
		{"a wife who was separated keeps cover", cover.Person{Dependant: "wife-1"}, 2026_02_13, 0, true, cover.Kept, cover.Paid},
		{"for so many days", cover.Person{Dependant: "wife-1"}, 2026_02_14, 0, false, cover.NotCovered, cover.Separated},
		{"another one wife", cover.Person{Dependant: "wife-2"}, 2026_02_20, 0, true, cover.InForce, cover.Paid},
		{"and no more", cover.Person{Dependant: "wife-3"}, 2026_02_20, 0, false, cover.NotCovered, cover.TooMany},
		{"parents are not covered here", cover.Person{Dependant: "father"}, 2026_02_20, 0, false, cover.NotCovered, cover.NotOfTheKind},
		{"whom nobody knows", cover.Person{Dependant: "cousin"}, 2026_02_20, 0, false, cover.NotCovered, cover.NotADependant},
		{"a member who died", cover.Person{}, 2026_02_20, 2026_02_10, false, cover.NotCovered, cover.MemberDied},
		{"her wife keeps cover after it", cover.Person{Dependant: "wife-2"}, 2026_05_11, 2026_02_10, true, cover.Kept, cover.Paid},
		{"for so many days after", cover.Person{Dependant: "wife-2"}, 2026_05_12, 2026_02_10, false, cover.NotCovered, cover.MemberDied},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := household()
			h.Died = c.died
			a, err := rulesOf(t, family).Judge(h, cover.Question{Cover: "health", Person: c.person, On: c.on})
			if err != nil {
				t.Fatal(err)
			}
			if a.Covered != c.covered || a.State != c.state || a.Reasons[0].Code != c.code {
				t.Errorf("got %v %s %s, want %v %s %s", a.Covered, a.State, a.Reasons[0].Code, c.covered, c.state, c.code)
			}
			if a.Covered != (a.Until >= c.on) {
				t.Errorf("covered is %v and until %s", a.Covered, a.Until)
			}
		})
	}
}

// TestThePriceIsOfTheHousehold sees that a payment buys days at the price of those whom it covers on its day.
func TestThePriceIsOfTheHousehold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		on   ledger.Date
		days int64
	}{
		{"two heads", 2026_01_01, 60}, {"more than three pay for three", 2026_02_20, 40},
	} {
		h := household()
		h.Payments = []cover.Payment{{On: c.on, Minor: 1200, Account: 2200}}
		a, err := rulesOf(t, family).Judge(h, cover.Question{Cover: "health", On: c.on.AddDays(12)})
		if err != nil {
			t.Fatal(err)
		}
		if want := c.on.AddDays(int(9 + c.days)); a.PaidUntil != want {
			t.Errorf("%s: paid until %s, want %s", c.name, a.PaidUntil, want)
		}
	}
}

func TestWhoIsCoveredTwiceIsPaidByOne(t *testing.T) {
	t.Parallel()
	r := rulesOf(t, family)
	own := cover.Answer{Cover: "health", On: 2026_01_01, Covered: true, Since: 2025_06_01}
	through := cover.Answer{Cover: "health", On: 2026_01_01, Covered: true, Since: 2020_01_01, Person: cover.Person{Dependant: "wife-1"}}
	lapsed := cover.Answer{Cover: "health", On: 2026_01_01, Since: 2019_01_01}
	for _, c := range []struct {
		name    string
		answers []cover.Answer
		want    int
	}{
		{"her own before that through another", []cover.Answer{through, own}, 1},
		{"never one that does not cover", []cover.Answer{lapsed, through}, 1},
		{"none at all", []cover.Answer{lapsed}, -1},
	} {
		if got := r.Primary(c.answers); got != c.want {
			t.Errorf("%s: %d pays, want %d", c.name, got, c.want)
		}
	}
}

func TestBenefitsAreChargedAfterTakingCoverUpAgain(t *testing.T) {
	t.Parallel()
	h := household()
	h.Facts.Dependants = nil
	h.Payments = []cover.Payment{{On: 2025_01_01, Minor: 210, Account: 2200}, {On: 2025_06_10, Minor: 1000, Account: 2200}}
	h.Notices = []cover.Notice{{Cover: "health", On: 2025_01_20, Ends: 2025_01_31}}
	r := rulesOf(t, family)
	for on, want := range map[ledger.Date]int64{2025_06_10: 1000, 2025_07_24: 1000, 2025_07_25: 0} {
		a, err := r.Judge(h, cover.Question{Cover: "health", On: on})
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Fine(h.Facts, a, 5000)
		if err != nil || got != want {
			t.Errorf("on %s %d of 5000 is kept, want %d (%v)", on, got, want, err)
		}
	}
}

func TestCoverIsEarnedAsItsDaysPass(t *testing.T) {
	t.Parallel()
	h := household()
	h.Facts.Dependants = nil
	h.Payments = []cover.Payment{{On: 2026_01_01, Minor: 55, Account: 2200}, {On: 2026_01_01, Minor: 50, Account: 2210}, {On: 2026_01_15, Minor: 30, Account: 2210}}
	got := map[ledger.Date]cover.Earned{}
	for _, on := range []ledger.Date{2026_01_10, 2026_01_11, 2026_01_16, 2026_01_20, 2026_12_31} {
		e, err := rulesOf(t, family).Earned(h, "health", on)
		if err != nil {
			t.Fatal(err)
		}
		got[on] = e
	}
	want := map[ledger.Date]cover.Earned{
		2026_01_10: {}, 2026_01_11: {Matched: 10}, 2026_01_16: {Own: 10, Matched: 50}, 2026_01_20: {Own: 50, Matched: 50},
		2026_12_31: {Own: 55, Matched: 75}, // 135 make thirteen days; the rest is carried
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestANoticeIsDueBeforeCoverCanLapse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		on      ledger.Date
		notices []cover.Notice
		ends    ledger.Date
	}{
		{"not while there is time", 2026_03_27, nil, 0},
		{"as many days before the end as a notice takes", 2026_03_28, nil, 2026_04_11},
		{"and as long as none was sent", 2026_06_01, nil, 2026_04_11},
		{"not twice", 2026_06_01, []cover.Notice{{Cover: "health", On: 2026_05_30, Ends: 2026_04_11}}, 0},
		{"again if it named an earlier end", 2026_06_01, []cover.Notice{{Cover: "health", On: 2026_03_01, Ends: 2026_03_20}}, 2026_04_11},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := household()
			h.Facts.Dependants = nil
			h.Payments[0].Minor, h.Notices = 910, c.notices
			n, err := rulesOf(t, family).NoticeDue(h, "health", c.on)
			if err != nil {
				t.Fatal(err)
			}
			var ends ledger.Date
			if n != nil {
				ends = n.Notice.Ends
			}
			if ends != c.ends {
				t.Errorf("a notice of %s is due, want of %s", ends, c.ends)
			}
		})
	}
}
