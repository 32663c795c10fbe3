package matching

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/treasury"
)

// all is a match of everything that is given, out of a budget with a policy.
func all(policy string) string {
	return fmt.Sprintf(`subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, %s, amount: [{times: 1}]}
`, policy)
}

// policies are the policies of subsidies that are granted at once.
var policies = map[string]string{
	"queue":   "exhaustion: queue",
	"partial": "exhaustion: partial",
	"stop":    "exhaustion: stop, stop_law: Art. 7",
}

// budgeted publishes a scheme with a budget for 2025.
func (h *house) budgeted(t check, policy string, minor int64) ledger.SchemeCode {
	t.Helper()
	scheme := h.publish(t, all(policy))
	h.fund(t, line(scheme, 2025), minor)
	return scheme
}

// unmet is what stands on 9500 of the line of 2025.
func (h *house) unmet(t check, scheme ledger.SchemeCode) int64 {
	t.Helper()
	return h.stands(t, line(scheme, 2025).Account(ledger.BudgetUnmet))
}

// left is what stands on 9150 of the line of 2025.
func (h *house) left(t check, scheme ledger.SchemeCode) int64 {
	t.Helper()
	return h.stands(t, line(scheme, 2025).Account(ledger.BudgetReleased))
}

// grants are what each of the members has of the scheme.
func (h *house) grants(t check, scheme ledger.SchemeCode, members []insurance.MemberID) []int64 {
	t.Helper()
	grants := make([]int64, len(members))
	for i, m := range members {
		grants[i] = h.matched(t, m, scheme)
	}
	return grants
}

func (h *house) people(t check, n int) []insurance.MemberID {
	t.Helper()
	people := make([]insurance.MemberID, n)
	for i := range people {
		people[i] = h.member(t, insurance.Birth{Year: 1990})
	}
	return people
}

// outcome is what has become of a budget.
type outcome struct {
	Grants      []int64
	Left, Unmet int64
}

func (h *house) outcome(t check, scheme ledger.SchemeCode, members []insurance.MemberID) outcome {
	t.Helper()
	return outcome{h.grants(t, scheme, members), h.left(t, scheme), h.unmet(t, scheme)}
}

func TestAtExhaustionThePolicyDecides(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct {
		policy string
		wants  []int64
		want   outcome
	}{
		{"queue", []int64{60, 50, 30}, outcome{[]int64{60, 0, 0}, 40, 80}},
		{"partial", []int64{60, 50, 30}, outcome{[]int64{60, 40, 0}, 0, 40}},
		{"stop", []int64{60, 50, 30}, outcome{[]int64{60, 0, 30}, 10, 0}},
		{"queue", []int64{60, 40}, outcome{[]int64{60, 40}, 0, 0}},
		{"partial", []int64{100, 1}, outcome{[]int64{100, 0}, 0, 1}},
		{"stop", []int64{101, 100}, outcome{[]int64{0, 100}, 0, 0}},
	} {
		for _, batch := range []int{1, len(c.wants)} {
			t.Run(fmt.Sprintf("%s of %v in batches of %d", c.policy, c.wants, batch), func(t *testing.T) {
				scheme, members := h.budgeted(t, policies[c.policy], 100), h.people(t, len(c.wants))
				var items []collection.Sent
				for i, want := range c.wants {
					items = append(items, h.parcels([]gift{{on: 2025_03_01, minor: want}})[0].item(members[i], scheme))
				}
				for i := 0; i < len(items); i += batch {
					h.post(t, items[i:i+batch]...)
				}
				if diff := cmp.Diff(c.want, h.outcome(t, scheme, members)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
	h.clean(t)
}

// TestTheOrderDecidesAndNotTheBatch: who gets what of a budget that does not suffice is decided by the order in which
// contributions and reversals come. In whatever batches they come, the same order gives the same grants.
func TestTheOrderDecidesAndNotTheBatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, policy := range policies {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				budget := rapid.Int64Range(1, 300).Draw(t, "budget")
				steps := drawSteps(t)
				var outcomes []outcome
				for range 2 {
					scheme, members := h.budgeted(t, policy, budget), h.people(t, 4)
					items := h.itemsOf(steps, members, scheme)
					for len(items) > 0 {
						n := 1
						if len(outcomes) > 0 {
							n = rapid.IntRange(1, len(items)).Draw(t, "batch")
						}
						h.post(t, items[:n]...)
						items = items[n:]
					}
					outcomes = append(outcomes, h.outcome(t, scheme, members))
				}
				if diff := cmp.Diff(outcomes[0], outcomes[1]); diff != "" {
					t.Fatalf("one by one, and in batches: %s", diff)
				}
			})
		})
	}
	h.clean(t)
}

// step is a contribution of one of four members, or the reversal of an earlier one.
type step struct {
	member  int
	minor   int64
	reverse int
}

func drawSteps(t *rapid.T) (steps []step) {
	reversed := map[int]bool{}
	for i := range rapid.IntRange(2, 10).Draw(t, "steps") {
		s := step{member: rapid.IntRange(0, 3).Draw(t, "member"), minor: rapid.Int64Range(1, 120).Draw(t, "minor"), reverse: -1}
		if i > 0 && rapid.IntRange(0, 2).Draw(t, "reverse") == 0 {
			of := rapid.IntRange(0, i-1).Draw(t, "of")
			if steps[of].reverse < 0 && !reversed[of] {
				reversed[of] = true
				s = step{steps[of].member, steps[of].minor, of}
			}
		}
		steps = append(steps, s)
	}
	return steps
}

func (h *house) itemsOf(steps []step, members []insurance.MemberID, scheme ledger.SchemeCode) []collection.Sent {
	parcels := make([]parcel, len(steps))
	items := make([]collection.Sent, len(steps))
	for i, s := range steps {
		parcels[i] = parcel{gift: gift{on: 2025_05_01, minor: s.minor}, name: h.next("c")}
		if s.reverse >= 0 {
			parcels[i].name, parcels[i].reverse = parcels[s.reverse].name, true
		}
		items[i] = parcels[i].item(members[s.member], scheme)
	}
	return items
}

// TestThoseWhoWaitArePaidInOrder: a supplementary vote goes to those who have waited longest, before anybody new.
func TestThoseWhoWaitArePaidInOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme, members := h.budgeted(t, policies["queue"], 100), h.people(t, 4)
	for i, want := range []int64{100, 50, 30, 20} {
		h.give(t, members[i], scheme, gift{on: 2025_03_01, minor: want})
	}
	more := func(minor int64) {
		t.Helper()
		h.move(t, treasury.Supplement, line(scheme, 2025), minor)
		h.move(t, treasury.Warrant, line(scheme, 2025), minor)
	}
	pay := func(want outcome) {
		t.Helper()
		if _, _, err := h.Subsidies.PayQueue(context.Background(), line(scheme, 2025)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, h.outcome(t, scheme, members)); diff != "" {
			t.Error(diff)
		}
	}
	more(40)
	pay(outcome{[]int64{100, 0, 0, 0}, 40, 100}) // The first wants 50: nobody passes her.
	more(20)
	h.give(t, members[0], scheme, gift{on: 2025_03_02, minor: 5}) // She comes after all who wait.
	pay(outcome{[]int64{100, 50, 0, 0}, 10, 55})
	more(45)
	pay(outcome{[]int64{105, 50, 30, 20}, 0, 0})
	h.clean(t)
}
