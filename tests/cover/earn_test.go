package cover

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/entitlement"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

func (h *house) earn(t *testing.T, through int) entitlement.Run {
	t.Helper()
	run, err := h.Covers.Earn(t.Context(), entitlement.Earning{Scheme: "care", Through: h.day(through)}, func(entitlement.Run) {})
	must(t, err)
	return run
}

// income is what the health pool has earned, in minor units.
func (h *house) income(t *testing.T) int64 {
	t.Helper()
	account := ledger.Account{Code: ledger.EarnedContribution, Party: insurance.Health.Party(), Scheme: "care", Currency: "JOD"}
	var minor int64
	must(t, h.Books.View(t.Context(), func(ctx context.Context, r ledger.Reader) error {
		balances, err := r.SharedBalances(ctx, 0, account)
		minor = balances[0].Money().Minor
		return err
	}))
	return minor
}

// pot is what stands of a member's prepaid cover.
func (h *house) pot(t *testing.T, m *sanadv1.Member) int64 {
	t.Helper()
	account := ledger.Account{Code: ledger.HealthOwn, Party: insurance.MemberID(m.GetId()).Party(), Scheme: "care", Currency: "JOD"}
	var minor int64
	must(t, h.Books.View(t.Context(), func(ctx context.Context, r ledger.Reader) error {
		balances, err := r.Balances(ctx, ledger.At{}, account.Party)
		minor = account.Normal(balances[0].Of(account))
		return err
	}))
	return minor
}

// unearned counts the members for whom what is booked is not what is earned.
func (h *house) unearned(t *testing.T, through int) (n int) {
	t.Helper()
	_, failed, err := h.Covers.CheckEarned(t.Context(), entitlement.Earning{Scheme: "care", Through: h.day(through)}, func(entitlement.Unearned) { n++ })
	must(t, err)
	if failed > 0 {
		t.Errorf("%d members could not be judged", failed)
	}
	return n
}

func TestCoverIsEarnedDayByDayAndOnce(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 20, 30)
		if h.unearned(t, -11) != 1 {
			t.Error("a check finds that nothing is booked")
		}
		h.earn(t, -11) // ten days have passed
		if got, left := h.income(t), h.pot(t, m); got != 1000 || left != 2000 {
			t.Errorf("ten days of thirty: %d are earned and %d prepaid", got, left)
		}
		if again := h.earn(t, -11); again.Moved != 0 || again.Members != 1 {
			t.Errorf("run again, %d entries are booked for %d members", again.Moved, again.Members)
		}
		if h.unearned(t, -11) != 0 {
			t.Error("a check finds a difference after the run")
		}
		late := h.pay(t, m, 40, 10) // a back-dated payment: its ten days have passed
		h.earn(t, -11)
		if got := h.income(t); got != 2000 {
			t.Errorf("a late payment is corrected by the difference: %d are earned", got)
		}
		h.earn(t, -1)
		if got, left := h.income(t), h.pot(t, m); got != 3000 || left != 1000 {
			t.Errorf("ten days later: %d are earned and %d prepaid", got, left)
		}
		_, err := h.contributions.ReverseContribution(t.Context(), &sanadv1.ReverseContributionRequest{Reversal: &sanadv1.Reversal{
			Collector: "mpesa", Reference: "back", OriginalReference: late, Amount: h.price(10),
			ValueTime: timestamppb.New(h.today.Time().Add(time.Hour)),
		}})
		must(t, err)
		h.earn(t, -1)
		if got, left := h.income(t), h.pot(t, m); got != 3000 || left != 0 {
			t.Errorf("a reversal takes the cover that is unused: %d are earned and %d prepaid", got, left)
		}
		h.clean(t)
	})
}

func TestARunThatWasBrokenOffGoesOnAndServersShareIt(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		h.Covers.AtOnce = 3
		const members = 20
		for range members {
			h.pay(t, h.enrol(t), 20, 30)
		}
		ctx, stop := context.WithCancel(t.Context())
		broken, err := h.Covers.Earn(ctx, entitlement.Earning{Scheme: "care", Through: h.day(-1)}, func(r entitlement.Run) {
			if r.Members >= 6 {
				stop()
			}
		})
		if !errors.Is(err, context.Canceled) || broken.Members < 6 || broken.Members >= members {
			t.Fatalf("it was broken off after %d members: %v", broken.Members, err)
		}
		var servers errgroup.Group
		for range 4 {
			servers.Go(func() error {
				_, err := h.Covers.Earn(t.Context(), entitlement.Earning{Scheme: "care", Through: h.day(-1)}, func(entitlement.Run) {})
				return err
			})
		}
		must(t, servers.Wait())
		if got := h.income(t); got != members*2000 {
			t.Errorf("%d are earned of twenty days of %d members", got, members)
		}
		if h.unearned(t, -1) != 0 {
			t.Error("a check finds a difference")
		}
		h.clean(t)
	})
}

func TestCoverIsNotEarnedBeforeItsDaysHavePassed(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		_, err := h.Covers.Earn(t.Context(), entitlement.Earning{Scheme: "care", Through: h.day(0)}, func(entitlement.Run) {})
		var fault insurance.Fault
		if !errors.As(err, &fault) || fault.Field != "through" {
			t.Errorf("today has not passed: %v", err)
		}
	})
}

func TestWhatAClaimWasGrantedIsUsedOfTheLimit(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		m := h.enrol(t)
		h.pay(t, m, 10, 40)
		must(t, h.Claims.SetProvider(t.Context(), insurance.Provider{ID: "clinic-1", Name: "Clinic"}))
		submit := func(reference string, on int) *claims.Shown {
			shown, err := h.Claims.Submit(t.Context(), claims.Handed{
				Submission: claims.Submission{Reference: reference, Scheme: "care", For: insurance.Reference{Member: insurance.MemberID(m.GetId())},
					By: claims.Submitter{As: claims.AsProvider, Provider: "clinic-1", Person: "nurse"}},
				Claim: benefit.Claim{Benefit: "clinic", Event: benefit.Event{Kind: rule.EventIllness, On: h.day(on)},
					Lines: []benefit.Line{{Item: "visit", Care: rule.Practitioner, On: h.day(on), Minor: 50_000}}},
			})
			must(t, err)
			return &shown
		}
		if got := submit("C-1", -1); got.Granted != 45_000 {
			t.Fatalf("50.000 less a tenth are granted: %d, %+v", got.Granted, got.Decision)
		}
		limits := h.askAs(t, m, 0, sanadv1.Audience_AUDIENCE_PROVIDER).GetLimits()
		if limits[0].GetLeft().GetAmount() != "155.000" {
			t.Errorf("200.000 less 45.000 are left: %v", limits)
		}
		if got := submit("C-2", -11); got.Granted != 0 || got.State != claims.Refused {
			t.Errorf("she was not covered on the day before she paid: %d, %s", got.Granted, got.State)
		}
	})
}
