package matching

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/subsidy"
	"sanad.dev/sanad/services/treasury"
)

// arrears is a match of half the year, granted after its end.
func arrears(policy string) string {
	return fmt.Sprintf(`subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, timing: in-arrears, %s, amount: [{times: 50%%}], round: {way: down}}
`, policy)
}

// errCrash is what a store that crashes answers.
var errCrash = errors.New("the server has crashed")

// crashing is a store that crashes in its n-th transaction: before it commits, or after.
type crashing struct {
	subsidy.Store
	left  int
	after bool
}

func (c *crashing) Update(ctx context.Context, fn func(context.Context, subsidy.Tx) error) error {
	c.left--
	err := c.Store.Update(ctx, func(ctx context.Context, tx subsidy.Tx) error {
		if err := fn(ctx, tx); err != nil || c.left != 0 || c.after {
			return err
		}
		return errCrash
	})
	if err == nil && c.left == 0 {
		return errCrash
	}
	return err
}

// runner runs subsidies a few members at a time, on a store that may crash.
func (h *house) runner(store subsidy.Store, atOnce int) *subsidy.Service {
	return &subsidy.Service{Store: store, Keys: h.Subsidies.Keys, AtOnce: atOnce}
}

// TestARunThatIsBrokenOffNeverGrantsTwice: wherever it breaks off, before a transaction commits or after, and however
// often, the run that is started again grants what is missing and nothing else.
func TestARunThatIsBrokenOffNeverGrantsTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	people := h.people(t, 7)
	rapid.Check(t, func(t *rapid.T) {
		scheme := h.publish(t, arrears("exhaustion: "+rapid.SampledFrom([]string{"queue", "partial", "pro-rata"}).Draw(t, "policy")))
		h.fund(t, line(scheme, 2025), 0xFFFF_FFFF)
		h.move(t, treasury.Commitment, line(scheme, 2025), 0xFFFF_FFFF)
		want := make([]int64, len(people))
		for i, m := range people {
			h.give(t, m, scheme, gift{on: 2025_03_01, minor: int64(1000 * (i + 1))})
			want[i] = int64(500 * (i + 1))
		}
		order := subsidy.Order{Scheme: scheme, Subsidy: "match", On: 2025_12_31}
		for range rapid.IntRange(0, 3).Draw(t, "crashes") {
			store := &crashing{h.Subsidies.Store, rapid.IntRange(1, 12).Draw(t, "transaction"), rapid.Bool().Draw(t, "after")}
			if _, err := h.runner(store, rapid.IntRange(1, 5).Draw(t, "at once")).Run(context.Background(), order, func(match.Run) {}); err != nil && !errors.Is(err, errCrash) {
				t.Fatalf("%v", err)
			}
		}
		done, err := h.runner(h.Subsidies.Store, 3).Run(context.Background(), order, func(match.Run) {})
		must(t, err)
		if !done.Finished || done.Failed != 0 {
			t.Fatalf("%+v", done)
		}
		if diff := cmp.Diff(want, h.grants(t, scheme, people)); diff != "" {
			t.Fatalf("%s", diff)
		}
		if _, err := h.runner(h.Subsidies.Store, 3).Run(context.Background(), order, func(match.Run) {}); err != nil {
			t.Fatalf("%v", err)
		}
		if diff := cmp.Diff(want, h.grants(t, scheme, people)); diff != "" {
			t.Fatalf("run again: %s", diff)
		}
	})
	h.clean(t)
}

// committed is a scheme in arrears with what is committed of its budget for 2025.
func (h *house) committed(t check, policy string, minor int64) ledger.SchemeCode {
	t.Helper()
	scheme := h.publish(t, arrears("exhaustion: "+policy))
	h.fund(t, line(scheme, 2025), minor)
	h.move(t, treasury.Commitment, line(scheme, 2025), minor)
	return scheme
}

// TestWhereAllGetTheSamePart: a budget of 100 for wants of 100, 60, 50 and 1; each gets 100/211 of what she wants. What is
// left without is unmet, and another vote is shared in the same way.
func TestWhereAllGetTheSamePart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme, members := h.committed(t, "pro-rata", 100), h.people(t, 4)
	for i, gave := range []int64{200, 120, 100, 2} {
		h.give(t, members[i], scheme, gift{on: 2025_03_01, minor: gave})
	}
	if diff := cmp.Diff([]int64{0, 0, 0, 0}, h.grants(t, scheme, members)); diff != "" {
		t.Fatalf("before the run: %s", diff)
	}
	run := func(want outcome) {
		t.Helper()
		_, err := h.runner(h.Subsidies.Store, 2).Run(context.Background(), subsidy.Order{Scheme: scheme, Subsidy: "match", On: 2025_12_31}, func(match.Run) {})
		must(t, err)
		if diff := cmp.Diff(want, outcome{h.grants(t, scheme, members), h.stands(t, line(scheme, 2025).Account(ledger.BudgetCommitted)), h.unmet(t, scheme)}); diff != "" {
			t.Error(diff)
		}
	}
	run(outcome{[]int64{47, 28, 23, 0}, 2, 113})
	h.move(t, treasury.Supplement, line(scheme, 2025), 60)
	h.move(t, treasury.Warrant, line(scheme, 2025), 60)
	h.move(t, treasury.Commitment, line(scheme, 2025), 60)
	run(outcome{[]int64{76, 45, 37, 0}, 2, 53}) // 62/113 of 53, 32, 27 and 1
	h.clean(t)
}

// TestAPeriodThatHasNotEndedIsNotGrantedInArrears: not even where somebody asks for it.
func TestAPeriodThatHasNotEndedIsNotGrantedInArrears(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := h.publish(t, `subsidies:
  - {id: match, funder: treasury, pot: 2110, period: lifetime, timing: in-arrears, open_ended: true, amount: [{times: 50%}]}
`)
	m := h.member(t, insurance.Birth{Year: 1990})
	h.give(t, m, scheme, gift{on: 2025_03_01, minor: 100})
	_, err := h.Subsidies.Run(context.Background(), subsidy.Order{Scheme: scheme, Subsidy: "match", On: 2025_12_31}, func(match.Run) {})
	var fault insurance.Fault
	if !errors.As(err, &fault) || fault.Reason != "PERIOD_NOT_ENDED" {
		t.Errorf("got %v", err)
	}
	must(t, h.Subsidies.Rejudge(context.Background(), m))
	if diff := cmp.Diff(map[string][2]int64{"match 1900-01-01": {50, 0}}, h.dues(t, m, scheme)); diff != "" {
		t.Error(diff)
	}
	h.clean(t)
}

// TestAnErasedMemberKeepsWhatSheHas: nobody can tell any more what she is due by a rule that looks at facts. Her
// contributions can still be reversed, runs pass her, and nothing fails.
func TestAnErasedMemberKeepsWhatSheHas(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	byAge := h.publish(t, `parameters:
  rate: {lookup: age, table: [{under: 40, value: 25%}], else: 80%}
subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, amount: [{times: rate}]}
`)
	byMoney := h.publish(t, "subsidies:\n  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, amount: [{times: 50%}]}\n")
	m, other := h.member(t, insurance.Birth{On: 1970_05_01}), h.member(t, insurance.Birth{On: 1970_05_01})
	gifts := h.parcels([]gift{{on: 2025_03_01, minor: 1000}, {on: 2025_03_01, minor: 1000}, {on: 2025_04_01, minor: 100}})
	h.send(t, m, byAge, gifts[0], gifts[2])
	h.send(t, m, byMoney, gifts[1])
	for _, person := range []string{"amal", "bana"} {
		_, err := h.Enrolment.Erase(context.Background(), m, person)
		must(t, err)
	}
	for i := range gifts {
		gifts[i].reverse = true
	}
	h.send(t, m, byAge, gifts[0])
	h.send(t, m, byMoney, gifts[1])
	h.give(t, other, byAge, gift{on: 2025_03_01, minor: 1000})
	done, err := h.Subsidies.Run(context.Background(), subsidy.Order{Scheme: byAge, Subsidy: "match", On: 2025_12_31}, func(match.Run) {})
	must(t, err)
	if done.Failed != 1 {
		t.Errorf("%d members could not be judged, want her alone", done.Failed)
	}
	if diff := cmp.Diff([]int64{880, 0, 800}, []int64{h.matched(t, m, byAge), h.matched(t, m, byMoney), h.matched(t, other, byAge)}); diff != "" {
		t.Error(diff)
	}
	h.clean(t)
}
