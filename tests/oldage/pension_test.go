package oldage

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/pension"
	"sanad.dev/sanad/services/rule"
	schemesql "sanad.dev/sanad/services/scheme/sqlstore"
)

// pays is a scheme that gives everything that old age can give.
const pays = subsidies + `vesting: {by: years_enrolled, table: [{from: 10, value: 1}, {from: 5, value: 0.5}]}
standards: {appeal: {to: the tribunal, days: 60}}
categories: [disabled]
old_age:
  interest: {days: actual-365}
  retirement: {age: 60}
  disability: {when: [{in: [disabled], reason: NOT_DISABLED}]}
  exit: {when: [{fact: years_enrolled, from: 1, reason: TOO_EARLY}]}
  early: [{name: illness, for: [illness], times: 1, in_years: 2, charge: 10%}, {name: wedding, charge: 50%, charge_to: treasury}]
  plans:
    - {name: small, form: lump, up_to: 1000}
    - {name: months, form: programmed, over: 1000, lump: 25%, months: 10}
    - {name: life, form: annuity, over: 500, monthly: {over: [reserve, 100]}, refund: true}
  minimum: {monthly: 20, funder: treasury}
  survivors:
    shares: [{kind: spouse, share: 50%}]
    pensions: [{kind: spouse, share: 50%}]
  two_people_over: 100
  unclaimed_after: 30
`

// asks asks by two people, where it takes two.
func (h *house) asks(t check, scheme ledger.SchemeCode, ask oldage.Ask, survivors ...benefit.Survivor) pension.Answer {
	t.Helper()
	r := pension.Request{Reference: h.next("r"), Scheme: scheme, Ask: ask, Survivors: survivors}
	for _, person := range []string{"amal", "bana"} {
		answer, err := h.Pensions.Ask(context.Background(), r, person)
		must(t, err)
		if answer.Done {
			again, err := h.Pensions.Ask(context.Background(), r, person)
			must(t, err)
			if !again.Repeated || again.ID != answer.ID || len(again.Pensions) != len(answer.Pensions) {
				t.Fatalf("the same call again is answered with %+v", again)
			}
			return answer
		}
	}
	t.Fatalf("two people have asked, and it is not decided")
	return pension.Answer{}
}

// accounts are what stands on a member's accounts of old age, by code.
func (h *house) accounts(t check, member insurance.MemberID, scheme ledger.SchemeCode) map[ledger.Code]int64 {
	t.Helper()
	stands := map[ledger.Code]int64{}
	for _, code := range []ledger.Code{2100, 2110, 2500, 2550} {
		if minor := h.on(t, code, member, scheme); minor != 0 {
			stands[code] = minor
		}
	}
	return stands
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: want (-), got (+):\n%s", what, diff)
	}
}

type stand = map[ledger.Code]int64

// saver is a member of so many years who has saved an amount, of which the state has given half as much again.
func (h *house) saver(t check, scheme ledger.SchemeCode, birth, since ledger.Date, minor int64) insurance.MemberID {
	t.Helper()
	member := h.member(t, birth, scheme, since)
	h.gives(t, member, scheme, max(since, 2020_01_01), minor)
	return member
}

func TestAPensionIsDecidedByTwoAndPaidEveryMonthOnce(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		mona := h.saver(t, scheme, 1950_01_01, 2016_01_01, 1000_000)
		r := pension.Request{Reference: "r", Scheme: scheme, Ask: oldage.Ask{Kind: oldage.Retire, Member: mona, On: 2026_01_15}}
		for range 2 {
			one, err := h.Pensions.Ask(t.Context(), r, "amal")
			if err != nil || one.Done {
				t.Fatalf("one person decides alone: %+v, %v", one, err)
			}
		}
		same(t, "nothing has moved", stand{2100: 1000_000, 2110: 500_000}, h.accounts(t, mona, scheme))
		answer, err := h.Pensions.Ask(t.Context(), r, "bana")
		must(t, err)
		same(t, "who took part", []string{"amal", "bana"}, answer.By)
		same(t, "the lump sum is payable", stand{2100: 625_000, 2110: 500_000, 2500: 375_000}, h.accounts(t, mona, scheme))
		other := r
		other.Ask.Plan = "life"
		if _, err := h.Pensions.Ask(t.Context(), other, "bana"); !errors.Is(err, ledger.ErrReferenceReused) {
			t.Errorf("another request under the reference: %v", err)
		}
		for range 2 {
			h.instalments(t, scheme, 2026_03)
		}
		same(t, "two instalments", stand{2100: 400_000, 2110: 500_000, 2500: 600_000}, h.accounts(t, mona, scheme))
		h.instalments(t, scheme, 2026_11)
		same(t, "all of it, to the last unit", stand{2500: 1500_000}, h.accounts(t, mona, scheme))
		if run := h.instalments(t, scheme, 2026_11); run.Moved != 0 {
			t.Errorf("a run with nothing new booked %d entries", run.Moved)
		}
		all, err := h.Pensions.Pensions(t.Context(), pension.Query{Of: mona.Party(), Limit: 10})
		if err != nil || len(all) != 1 || all[0].Paid != 10 || all[0].PaidMinor != 1125_000 || all[0].EndedOn != 2026_11_30 {
			t.Errorf("her pension: %+v, %v", all, err)
		}
		h.clean(t)
	})
}

// instalments pays pensions through a month, two at once.
func (h *house) instalments(t check, scheme ledger.SchemeCode, month ledger.Period) pension.Run {
	t.Helper()
	run, err := (&pension.Service{Store: h.Pensions.Store, Keys: h.Pensions.Keys, AtOnce: 2}).RunInstalments(context.Background(), scheme, month, func(pension.Run) {})
	must(t, err)
	return run
}

// TestInstalmentsThatAreBrokenOffArePaidOnce: wherever the run breaks off, and however often.
func TestInstalmentsThatAreBrokenOffArePaidOnce(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		rapid.Check(t, func(t *rapid.T) {
			if h.enough() {
				return
			}
			scheme := h.publish(t, pays)
			var people []insurance.MemberID
			for range 5 {
				m := h.saver(t, scheme, 1950_01_01, 2016_01_01, 1000_000)
				h.asks(t, scheme, oldage.Ask{Kind: oldage.Retire, Member: m, On: 2026_01_15})
				people = append(people, m)
			}
			for range rapid.IntRange(0, 3).Draw(t, "crashes") {
				store := &crashing{h.Pensions.Store, rapid.IntRange(1, 8).Draw(t, "transaction"), rapid.Bool().Draw(t, "after")}
				s := &pension.Service{Store: store, Keys: h.Pensions.Keys, AtOnce: rapid.IntRange(1, 4).Draw(t, "at once")}
				if _, err := s.RunInstalments(context.Background(), scheme, 2026_04, func(pension.Run) {}); err != nil && !errors.Is(err, errCrash) {
					t.Fatalf("%v", err)
				}
			}
			h.instalments(t, scheme, 2026_04)
			for _, m := range people {
				if got, want := h.on(t, ledger.BenefitsPayable, m, scheme), int64(375_000+3*112_500); got != want {
					t.Fatalf("she is paid %d, want %d", got, want)
				}
			}
		})
		h.clean(t)
	})
}

// TestAnAnnuityIsPaidOutOfThePoolAndToppedUp: the reserve is bought, the least pension is the funder's to make good.
func TestAnAnnuityIsPaidOutOfThePoolAndToppedUp(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		mona := h.saver(t, scheme, 1950_01_01, 2016_01_01, 600_000)
		h.asks(t, scheme, oldage.Ask{Kind: oldage.Retire, Member: mona, Plan: "life", On: 2026_01_15})
		same(t, "her pots have bought in", stand{}, h.accounts(t, mona, scheme))
		same(t, "the reserve", int64(900_000), h.pool(t, ledger.PensionsInPayment, scheme))
		owed := ledger.Account{Code: ledger.SubsidyReceivable, Party: "funder:treasury", Scheme: scheme, Currency: currency}
		before := h.stands(t, owed)
		h.instalments(t, scheme, 2026_04)
		same(t, "three months of 9, and 11 from the treasury", stand{2500: 60_000}, h.accounts(t, mona, scheme))
		same(t, "what is left", int64(873_000), h.pool(t, ledger.PensionsInPayment, scheme))
		same(t, "the treasury owes", int64(33_000), h.stands(t, owed)-before)
		h.gives(t, mona, scheme, 2026_03_01, 100_000)
		h.instalments(t, scheme, 2026_04)
		same(t, "what she saves afterwards is left alone", stand{2100: 100_000, 2110: 50_000, 2500: 60_000}, h.accounts(t, mona, scheme))
		h.clean(t)
	})
}

// TestEarlyDrawingsAndLeaving: the charge goes where the law says, and what has not vested goes back to its funder.
func TestEarlyDrawingsAndLeaving(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		mona := h.saver(t, scheme, 1990_01_01, 2020_01_01, 1000_000)
		ill := oldage.Ask{Kind: oldage.DrawEarly, Member: mona, Early: "illness", Why: "illness", Minor: 100_000, On: 2026_02_01}
		h.asks(t, scheme, ill)
		same(t, "drawn for an illness", stand{2100: 900_000, 2110: 500_000, 2500: 90_000}, h.accounts(t, mona, scheme))
		same(t, "the charge", int64(10_000), h.pool(t, ledger.Forfeitures, scheme))
		again := h.asks(t, scheme, ill)
		same(t, "a second time in two years", oldage.DrawnOftenEnough, again.Lines[0].Reductions[0].Reason)
		h.asks(t, scheme, oldage.Ask{Kind: oldage.DrawEarly, Member: mona, Early: "wedding", Minor: 20_000, On: 2026_02_01})
		back := ledger.Account{Code: ledger.DueToFunder, Party: "funder:treasury", Scheme: scheme, Currency: currency}
		same(t, "the charge that is the treasury's", int64(10_000), h.stands(t, back))
		owed := ledger.Account{Code: ledger.SubsidyReceivable, Party: "funder:treasury", Scheme: scheme, Currency: currency}
		h.declare(t, oldage.Declaration{Scheme: scheme, Pots: []ledger.Code{ledger.OldAgeMatched}, From: 2020_01_01, To: 2020_12_31, Rate: "0.1"})
		h.runInterest(t, scheme, 1, 10)
		left := h.asks(t, scheme, oldage.Ask{Kind: oldage.Leave, Member: mona, On: 2026_02_01})
		// 366 days at 10 % on 500 are 50.137; half of 550.137 is hers.
		same(t, "what is hers is payable, and nothing is left", stand{2500: 90_000 + 10_000 + 880_000 + 275_068}, h.accounts(t, mona, scheme))
		same(t, "why not more", oldage.NotVested, left.Lines[0].Reductions[0].Reason)
		same(t, "the treasury owes half less", int64(250_000), h.stands(t, owed))
		same(t, "the fund keeps the interest on it", int64(10_000+25_069), h.pool(t, ledger.Forfeitures, scheme))
		h.clean(t)
	})
}

// TestWhatADeadMemberLeavesIsPaidToItsHeirs: to a member by way of the pool, to others as payers; a pension goes on.
func TestWhatADeadMemberLeavesIsPaidToItsHeirs(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		mona := h.saver(t, scheme, 1950_01_01, 2016_01_01, 600_000)
		widower := h.member(t, 1950_01_01, scheme, 0)
		h.asks(t, scheme, oldage.Ask{Kind: oldage.Retire, Member: mona, Plan: "life", On: 2026_01_15})
		h.instalments(t, scheme, 2026_03)
		h.gives(t, mona, scheme, 2026_02_01, 1_000)
		h.dies(t, mona, 2026_03_20)
		h.instalments(t, scheme, 2026_06)
		same(t, "nothing is paid to the dead", stand{2100: 1_000, 2110: 500, 2500: 40_000}, h.accounts(t, mona, scheme))
		retire := h.asks(t, scheme, oldage.Ask{Kind: oldage.Retire, Member: mona, On: 2026_04_01})
		same(t, "nor does she retire", oldage.HasDied, retire.Lines[0].Reductions[0].Reason)
		answer := h.asks(t, scheme, oldage.Ask{Kind: oldage.ToSurvivors, Member: mona, On: 2026_04_01},
			benefit.Survivor{Person: string(widower), Kind: insurance.Spouse}, benefit.Survivor{Person: "friend", Kind: insurance.OtherDependant, Nominee: true, PayTo: "payer:friend"})
		// Left of the reserve: 900 less two months of 9. The widower has half, the friend the rest.
		same(t, "the widower", int64(500+250+441_000), h.on(t, ledger.BenefitsPayable, widower, scheme))
		friend := ledger.Account{Code: ledger.BenefitsPayable, Party: "payer:friend", Scheme: scheme, Currency: currency}
		same(t, "the friend", int64(500+250+441_000), h.stands(t, friend))
		same(t, "nothing is left", stand{2500: 40_000}, h.accounts(t, mona, scheme))
		same(t, "one pension goes on", 1, len(answer.Pensions))
		h.instalments(t, scheme, 2026_06)
		same(t, "two months of 4.5", int64(500+250+441_000+9_000), h.on(t, ledger.BenefitsPayable, widower, scheme))
		h.clean(t)
	})
}

// dies marks a death by one and confirms it by another.
func (h *house) dies(t check, member insurance.MemberID, on ledger.Date) {
	t.Helper()
	d := insurance.Death{On: on, Source: "family", Evidence: "document"}
	d.ConfirmedBy, d.ConfirmedOn = "bana", on
	h.know(t, member, insurance.Facts{Death: d})
}

// TestWhatNobodyCollectsIsKeptInHerName, and comes back when she asks.
func TestWhatNobodyCollectsIsKeptInHerName(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		mona := h.saver(t, scheme, 1950_01_01, 2016_01_01, 400_000)
		h.asks(t, scheme, oldage.Ask{Kind: oldage.Retire, Member: mona, On: 2026_01_15})
		aside := func() {
			_, err := h.Pensions.RunUncollected(t.Context(), scheme, func(pension.Run) {})
			must(t, err)
		}
		aside()
		same(t, "it is payable since today only", stand{2500: 600_000}, h.accounts(t, mona, scheme))
		h.ages(t, mona, 31)
		h.gives(t, mona, scheme, 2026_03_01, 100_000)
		h.asks(t, scheme, oldage.Ask{Kind: oldage.Retire, Member: mona, On: 2026_04_15})
		for range 2 {
			aside()
		}
		same(t, "what is old is moved, and what is new stays", stand{2500: 150_000, 2550: 600_000}, h.accounts(t, mona, scheme))
		for n, again := range []bool{false, true} {
			back, repeated, err := h.Pensions.Reclaim(t.Context(), mona, scheme, "she asks")
			if err != nil || back.Minor != 600_000 || repeated != again {
				t.Errorf("call %d: %s, %t, %v", n+1, back, repeated, err)
			}
		}
		same(t, "all is payable", stand{2500: 750_000}, h.accounts(t, mona, scheme))
		if _, _, err := h.Pensions.Reclaim(t.Context(), mona, scheme, "again"); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("nothing is aside: %v", err)
		}
	})
}

// ages makes what is recorded of a member so many days older, as only a test can.
func (h *house) ages(t check, member insurance.MemberID, days int64) {
	t.Helper()
	must(t, h.DB.Update(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.ExecArgs(ctx, "UPDATE entry SET recorded_at = recorded_at - $1 WHERE party = $2", days*86_400_000_000, string(member.Party()))
		return err
	}))
}

// TestEveryDecisionOnAPensionIsJudgedAgainTheSame, from what was kept of it, sealed (bar 4).
func TestEveryDecisionOnAPensionIsJudgedAgainTheSame(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		mona := h.saver(t, scheme, 1990_01_01, 2020_01_01, 1000_000)
		for _, ask := range []oldage.Ask{
			{Kind: oldage.Retire, Member: mona}, {Kind: oldage.DrawEarly, Member: mona, Early: "illness", Why: "illness", Minor: 7},
			{Kind: oldage.DrawEarly, Member: mona, Early: "illness", Why: "feast"}, {Kind: oldage.Leave, Member: mona},
		} {
			ask.On = 2026_02_01
			answer := h.asks(t, scheme, ask)
			want, err := json.Marshal(answer.Decision)
			must(t, err)
			got, err := oldage.Replay(h.rules(t, scheme), answer.Judged)
			must(t, err)
			same(t, string(ask.Kind), string(want), string(got))
		}
	})
}

// rules are those of the first version of a scheme.
func (h *house) rules(t check, scheme ledger.SchemeCode) *rule.Scheme {
	t.Helper()
	var rules *rule.Scheme
	must(t, h.DB.View(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		versions, err := schemesql.On(tx).SchemeVersions(ctx, scheme)
		if err == nil {
			rules, err = rule.Load(versions[scheme][0].Folder)
		}
		return err
	}))
	return rules
}

// TestAQuoteSaysWhatSheWouldGet and when.
func TestAQuoteSaysWhatSheWouldGet(t *testing.T) {
	onEach(t, func(t *testing.T, h *house) {
		scheme := h.publish(t, pays)
		mona := h.saver(t, scheme, 1990_01_01, 2020_01_01, 1000_000)
		q, err := h.Pensions.Quote(t.Context(), mona, scheme, 2026_02_01)
		must(t, err)
		if q.Ready || q.Vested != 250_000 || q.Why.Lines[0].Reductions[0].Reason != oldage.AgeNotReached {
			t.Errorf("at 36: %+v", q)
		}
		same(t, "plans", []oldage.PlanForecast{{Plan: "months", Form: rule.Programmed, Lump: 375_000, Monthly: 112_500, Months: 10},
			{Plan: "life", Form: rule.Annuity, Monthly: 15_000, TopUp: 5_000}}, q.Plans)
		if q, err = h.Pensions.Quote(t.Context(), mona, scheme, 2050_02_01); err != nil || !q.Ready {
			t.Errorf("at 60: %+v, %v", q, err)
		}
		same(t, "nothing has moved", stand{2100: 1000_000, 2110: 500_000}, h.accounts(t, mona, scheme))
	})
}
