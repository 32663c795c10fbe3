package oldage

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/pension"
)

// saves is a scheme that only saves.
const saves = `answers: {nothing: {amount: [{of: 0}]}}
old_age: {interest: {days: actual-365}}
`

// half declares interest on own savings for a half of 2024, a leap year.
func half(scheme ledger.SchemeCode, second bool, rate string) oldage.Declaration {
	d := oldage.Declaration{Scheme: scheme, Pots: []ledger.Code{ledger.OldAgeOwn}, From: 2024_01_01, To: 2024_06_30, Rate: rate, Authority: "board, 3 July"}
	if second {
		d.From, d.To = 2024_07_01, 2024_12_31
	}
	return d
}

// errCrash is what a store that crashes answers.
var errCrash = errors.New("the server has crashed")

// crashing is a store that crashes in its n-th transaction: before it commits, or after.
type crashing struct {
	pension.Store
	left  int
	after bool
}

func (c *crashing) Update(ctx context.Context, fn func(context.Context, pension.Tx) error) error {
	c.left--
	err := c.Store.Update(ctx, func(ctx context.Context, tx pension.Tx) error {
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

// TestInterestIsCreditedOnce declares by two people, and runs: 181 days of 1,000 at 5 %.
func TestInterestIsCreditedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, saves)
		mona := h.member(t, 1980_01_01, scheme, 0)
		h.gives(t, mona, scheme, 2023_12_31, 1000_000)
		if one, err := h.Pensions.Declare(t.Context(), half(scheme, false, "0.05"), "amal"); err != nil || one.Done {
			t.Fatalf("one person alone declares: %+v, %v", one, err)
		}
		if _, err := h.Pensions.RunInterest(t.Context(), scheme, 1, func(pension.Run) {}); !errors.Is(err, ledger.ErrNotFound) {
			t.Fatalf("what one person has proposed is run: %v", err)
		}
		declared := h.declare(t, half(scheme, false, "0.05"))
		again, err := h.Pensions.Declare(t.Context(), half(scheme, false, "0.05"), "bana")
		if err != nil || again.Number != declared.Number || again.Revision != declared.Revision {
			t.Fatalf("the same call again: %+v, %v", again, err)
		}
		for n, moved := range []int64{1, 0, 0} {
			if run := h.runInterest(t, scheme, 1, 10); run.Moved != moved {
				t.Errorf("run %d booked %d entries, want %d", n+1, run.Moved, moved)
			}
		}
		if got, want := h.on(t, ledger.OldAgeOwn, mona, scheme), int64(1000_000+24_932); got != want {
			t.Errorf("her savings are %d, want %d", got, want) // 1000 × 0.05 × 182 / 365 = 24.9315
		}
		if got := h.pool(t, ledger.InterestCredited, scheme); got != 24_932 {
			t.Errorf("the pool has credited %d", got)
		}
		h.clean(t)
	})
}

// TestARunOfInterestThatIsBrokenOffCreditsOnce: wherever it breaks off, before a transaction commits or after, and however
// often, the run that is started again credits what is missing and nothing else (bar 5).
func TestARunOfInterestThatIsBrokenOffCreditsOnce(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		var people []insurance.MemberID
		for range 7 {
			people = append(people, h.member(t, 1980_01_01, "", 0))
		}
		rapid.Check(t, func(t *rapid.T) {
			if h.enough() {
				return
			}
			scheme := h.publish(t, saves)
			for i, m := range people {
				h.gives(t, m, scheme, 2023_12_31, int64(365_000*(i+1)))
			}
			h.declare(t, half(scheme, false, "0.1"))
			for range rapid.IntRange(0, 3).Draw(t, "crashes") {
				store := &crashing{h.Pensions.Store, rapid.IntRange(1, 12).Draw(t, "transaction"), rapid.Bool().Draw(t, "after")}
				s := &pension.Service{Store: store, Keys: h.Pensions.Keys, AtOnce: rapid.IntRange(1, 5).Draw(t, "at once")}
				if _, err := s.RunInterest(context.Background(), scheme, 1, func(pension.Run) {}); err != nil && !errors.Is(err, errCrash) {
					t.Fatalf("%v", err)
				}
			}
			h.runInterest(t, scheme, 1, 3)
			for i, m := range people {
				if got, want := h.on(t, ledger.OldAgeOwn, m, scheme), int64((365_000+18_200)*(i+1)); got != want {
					t.Fatalf("member %d has %d, want %d", i, got, want)
				}
			}
			if run := h.runInterest(t, scheme, 1, 100); run.Moved != 0 {
				t.Fatalf("a run with nothing new booked %d entries", run.Moved)
			}
		})
		h.clean(t)
	})
}

// TestWhatComesLateIsCorrectedByExactlyTheDifference gives, reverses and runs in any order, with value dates at will. In
// the end each member has what one who was known all along would have (bar 5).
func TestWhatComesLateIsCorrectedByExactlyTheDifference(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		rapid.Check(t, func(t *rapid.T) {
			if h.enough() {
				return
			}
			scheme := h.publish(t, saves)
			late, known := h.member(t, 1980_01_01, "", 0), h.member(t, 1980_01_01, "", 0)
			h.gives(t, late, scheme, 2024_01_01, 1)
			h.gives(t, known, scheme, 2024_01_01, 1)
			h.declare(t, half(scheme, false, "0.045"))
			second := false
			type deposit struct {
				on    ledger.Date
				minor int64
			}
			var stand []deposit
			for range rapid.IntRange(1, 8).Draw(t, "steps") {
				switch rapid.IntRange(0, 3).Draw(t, "step") {
				case 0:
					if !second {
						h.declare(t, half(scheme, true, "0.06"))
						second = true
					}
					h.runInterest(t, scheme, 2, 10)
				case 1:
					h.runInterest(t, scheme, 1, 10)
				default:
					d := deposit{ledger.Date(2023_11_15).AddDays(rapid.IntRange(0, 450).Draw(t, "on")), rapid.Int64Range(1, 500_000).Draw(t, "minor")}
					reference := h.gives(t, late, scheme, d.on, d.minor)
					if rapid.Bool().Draw(t, "is taken back") {
						if rapid.Bool().Draw(t, "after a run") {
							h.runInterest(t, scheme, 1, 10)
						}
						h.takesBack(t, reference, d.on, d.minor)
						continue
					}
					stand = append(stand, d)
				}
			}
			for _, d := range stand {
				h.gives(t, known, scheme, d.on, d.minor)
			}
			if !second {
				h.declare(t, half(scheme, true, "0.06"))
			}
			h.runInterest(t, scheme, 2, 10) // it finds what has come late for the first half too
			if rapid.Bool().Draw(t, "both again") {
				h.runInterest(t, scheme, 1, 10)
			}
			h.runInterest(t, scheme, 1, 10)
			got, want := h.on(t, ledger.OldAgeOwn, late, scheme), h.on(t, ledger.OldAgeOwn, known, scheme)
			if got != want {
				t.Fatalf("she has %d; one who was known all along has %d", got, want)
			}
		})
		h.clean(t)
	})
}

// TestTheNextRunFindsWhatCameLate: no run of the first half is needed once the second has been run after the deposit.
func TestTheNextRunFindsWhatCameLate(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, saves)
		mona := h.member(t, 1980_01_01, "", 0)
		h.gives(t, mona, scheme, 2024_01_01, 365_000)
		h.declare(t, half(scheme, false, "0.1"))
		h.runInterest(t, scheme, 1, 10) // 182 days of 100 a day
		h.gives(t, mona, scheme, 2024_06_01, 365_000)
		h.declare(t, half(scheme, true, "0"))
		if run := h.runInterest(t, scheme, 2, 10); run.Moved != 1 || run.Minor != 3_000 {
			t.Errorf("30 days of June at 100 a day came late, and the next run booked %d in %d entries", run.Minor, run.Moved)
		}
		if run := h.runInterest(t, scheme, 1, 10); run.Moved != 0 {
			t.Errorf("the first half had been corrected, and was again: %+v", run)
		}
		h.clean(t)
	})
}

// TestInterestThatSheHasDrawnIsHers: a decree lowers a rate after the interest has been drawn. What was credited too much
// is taken back; what she has drawn of it in good faith the pool writes off, and her pot is not below zero.
func TestInterestThatSheHasDrawnIsHers(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, saves)
		mona := h.member(t, 1980_01_01, "", 0)
		h.gives(t, mona, scheme, 2024_01_01, 365_000)
		h.declare(t, half(scheme, false, "0.1"))
		h.runInterest(t, scheme, 1, 10)
		must(t, h.draw(mona, scheme, 365_000+18_200-200))
		cuts := half(scheme, false, "0.05")
		cuts.CutsPast = true
		h.declare(t, cuts)
		h.runInterest(t, scheme, 1, 10)
		if got := h.on(t, ledger.OldAgeOwn, mona, scheme); got != 0 {
			t.Errorf("her pot stands at %d", got)
		}
		if got := h.pool(t, ledger.WriteOffs, scheme); got != 8_900 {
			t.Errorf("the pool has written off %d", got)
		}
		if got := h.pool(t, ledger.InterestCredited, scheme); got != 9_100 {
			t.Errorf("the pool has credited %d", got)
		}
		if run := h.runInterest(t, scheme, 1, 10); run.Moved != 0 {
			t.Errorf("a run with nothing new booked %d entries", run.Moved)
		}
		h.clean(t)
	})
}

// draw books a drawing as it is, without a decision.
func (h *house) draw(member insurance.MemberID, scheme ledger.SchemeCode, minor int64) error {
	e, err := insurance.Drawn(insurance.Savings{ID: ledger.ID(h.Pensions.Keys.Hash("test", h.next("d"))), Member: member, Scheme: scheme, Currency: currency,
		Pots: []insurance.PotShare{{Account: ledger.OldAgeOwn, Minor: minor}}, On: 2024_08_01})
	if err != nil {
		return err
	}
	_, _, err = ledger.Append(context.Background(), h.Books, e)
	return err
}

// TestAHigherRateIsRunAnew: a revision books the difference, and a lower one needs a decree.
func TestAHigherRateIsRunAnew(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, saves)
		mona := h.member(t, 1980_01_01, "", 0)
		h.gives(t, mona, scheme, 2024_01_01, 365_000)
		h.declare(t, half(scheme, false, "0.1"))
		h.runInterest(t, scheme, 1, 10)
		h.declare(t, half(scheme, false, "0.2"))
		if run := h.runInterest(t, scheme, 1, 10); run.Minor != 18_200 {
			t.Errorf("twice the rate gives %d more", run.Minor)
		}
		if _, err := h.Pensions.Declare(t.Context(), half(scheme, false, "0.1"), "amal"); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("a lower rate without a decree: %v", err)
		}
		cuts := half(scheme, false, "0.1")
		cuts.CutsPast = true
		h.declare(t, cuts)
		if run := h.runInterest(t, scheme, 1, 10); run.Minor != -18_200 {
			t.Errorf("the decree takes back %d", run.Minor)
		}
		h.clean(t)
	})
}

func TestInterestIsRefusedWhereNobodyCanRunIt(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		silent := h.publish(t, "answers: {nothing: {amount: [{of: 0}]}}\n")
		scheme := h.publish(t, saves)
		future := half(scheme, false, "0.1")
		future.From, future.To = 2190_01_01, 2190_12_31
		h.declare(t, future)
		for name, try := range map[string]struct {
			err  error
			want error
		}{
			"a scheme without old age": {second(h.Pensions.Declare(t.Context(), half(silent, false, "0.1"), "amal")), ledger.ErrInvalid},
			"no scheme":                {second(h.Pensions.Declare(t.Context(), half("nowhere", false, "0.1"), "amal")), ledger.ErrInvalid},
			"a rate in per cent":       {second(h.Pensions.Declare(t.Context(), half(scheme, false, "10"), "amal")), ledger.ErrInvalid},
			"nobody":                   {second(h.Pensions.Declare(t.Context(), half(scheme, false, "0.1"), "")), ledger.ErrInvalid},
			"a period to come":         {second(h.Pensions.RunInterest(t.Context(), scheme, 1, func(pension.Run) {})), insurance.ErrWrongState},
			"a number that is none":    {second(h.Pensions.RunInterest(t.Context(), scheme, 9, func(pension.Run) {})), ledger.ErrNotFound},
		} {
			if !errors.Is(try.err, try.want) {
				t.Errorf("%s: got %v, want %v", name, try.err, try.want)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
