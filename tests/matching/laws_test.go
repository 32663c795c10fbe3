package matching

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/treasury"
)

// donor is a funder whose fiscal years begin in July and are called after the year that they end in.
const donor insurance.FunderID = "donor"

// bounded are two subsidies out of budgets: one of money, with calendar years, and one that counts heads, whose fiscal
// years are no calendar years.
const bounded = `subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, exhaustion: partial, amount: [{times: 50%}], cap: 60, lifetime_cap: 100, round: {way: down}}
  - {id: bonus, funder: donor, pot: 2110, period: calendar-year, heads: true, amount: [{times: 10%}], round: {way: down}}
`

// linesOf are the lines of the years of these tests.
func linesOf(scheme ledger.SchemeCode) (lines []insurance.BudgetLine) {
	for year := 2022; year <= 2027; year++ {
		l := line(scheme, year)
		lines = append(lines, l)
		l.Funder = donor
		lines = append(lines, l)
	}
	return lines
}

// endow votes and releases lines for all years.
func (h *house) endow(t check, scheme ledger.SchemeCode, minor, heads int64) {
	t.Helper()
	july := insurance.FiscalCalendar{Month: 7, Day: 1, NamedByEnd: true}
	must(t, h.Treasury.SetFunder(context.Background(), insurance.Funder{ID: funder, Name: "Treasury"}))
	must(t, h.Treasury.SetFunder(context.Background(), insurance.Funder{ID: donor, Name: "Donor", Calendar: july}))
	for _, l := range linesOf(scheme) {
		h.move(t, treasury.Vote, l, minor)
		h.move(t, treasury.Warrant, l, minor)
		if l.Funder == donor {
			h.move(t, treasury.Vote, l.Heads(), heads)
			h.move(t, treasury.Warrant, l.Heads(), heads)
		}
	}
}

// books are what stands on a member's accounts and on all that her match has touched.
func (h *house) books(t check, scheme ledger.SchemeCode, members ...insurance.MemberID) map[string]int64 {
	t.Helper()
	stands := map[string]int64{}
	see := func(a ledger.Account) {
		if minor := h.stands(t, a); minor != 0 {
			stands[a.String()] = minor
		}
	}
	for _, m := range members {
		for _, code := range []ledger.Code{ledger.OldAgeOwn, ledger.OldAgeMatched} {
			see(ledger.Account{Code: code, Party: m.Party(), Scheme: scheme, Currency: currency})
		}
	}
	for _, id := range []insurance.FunderID{funder, donor} {
		see(ledger.Account{Code: ledger.SubsidyReceivable, Party: id.Party(), Scheme: scheme, Currency: currency})
	}
	for _, l := range linesOf(scheme) {
		for _, code := range []ledger.Code{ledger.BudgetAuthority, ledger.BudgetVoted, ledger.BudgetReleased, ledger.BudgetGranted, ledger.BudgetUnmet} {
			see(l.Account(code))
			see(l.Heads().Account(code))
		}
	}
	return stands
}

// TestReversingEverythingReturnsEveryAccountToWhereItWas: members have nothing else than what is reversed. The budgets may
// suffice or not.
func TestReversingEverythingReturnsEveryAccountToWhereItWas(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rapid.Check(t, func(t *rapid.T) {
		scheme := h.publish(t, bounded)
		h.endow(t, scheme, rapid.SampledFrom([]int64{1, 1_000, 20_000, 10_000_000}).Draw(t, "budget"), rapid.Int64Range(1, 3).Draw(t, "heads"))
		members := h.people(t, 2)
		before := h.books(t, scheme, members...)
		for _, m := range members {
			gifts := drawGifts(t, 6)
			for i := range gifts {
				gifts[i].taken = true
			}
			for _, batch := range drawBatches(t, rapid.Permutation(h.parcels(gifts)).Draw(t, "order")) {
				h.send(t, m, scheme, batch...)
			}
		}
		if diff := cmp.Diff(before, h.books(t, scheme, members...)); diff != "" {
			t.Fatalf("%s", diff)
		}
	})
	h.clean(t)
}

// TestDueNeverExceedsACap: whatever comes, in whatever order, and what else is published beside it.
func TestDueNeverExceedsACap(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const capped = `subsidies:
  - {id: yearly, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, amount: [{times: 3}], cap: 40}
  - {id: lifetime, funder: treasury, pot: 2110, period: month, open_ended: true, amount: [{times: 3}], lifetime_cap: 70}
  - {id: each, funder: treasury, pot: 2110, period: quarter, reads: contributions, open_ended: true, amount: [{each: [{times: 2}, {up_to: 5}]}], cap: 12}
`
	scheme := h.publish(t, capped)
	rapid.Check(t, func(t *rapid.T) {
		m := h.member(t, insurance.Birth{Year: 1990})
		sums := map[string]int64{}
		for _, batch := range drawBatches(t, h.parcels(drawGifts(t, 10))) {
			h.send(t, m, scheme, batch...)
			clear(sums)
			for _, held := range h.position(t, m, scheme).Held {
				sums[held.Subsidy] += held.Due
				most := map[string]int64{"yearly": 40_000, "lifetime": 70_000, "each": 12_000}[held.Subsidy]
				if held.Due > most || held.Granted() > held.Due {
					t.Fatalf("of %s from %s %d is due and %d granted; the cap is %d", held.Subsidy, held.Start, held.Due, held.Granted(), most)
				}
			}
			if sums["lifetime"] > 70_000 {
				t.Fatalf("%d is due in a lifetime", sums["lifetime"])
			}
		}
	})
	h.clean(t)
}

// TestSplittingAContributionChangesNothing: on the same day, where a rule is on totals. Counting each contribution by
// itself is what a rule says that reads them.
func TestSplittingAContributionChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	names := []string{"a share of the year with a yearly and a lifetime cap", "tiers of each month by age", "what earlier years had made due lowers the later ones"}
	schemes := map[string]ledger.SchemeCode{}
	for _, name := range names {
		schemes[name] = h.publish(t, openEnded[name])
	}
	rapid.Check(t, func(t *rapid.T) {
		gifts := drawGifts(t, 6)
		var split []gift
		for _, g := range gifts {
			first := g
			if g.minor > 1 {
				first.minor = rapid.Int64Range(1, g.minor-1).Draw(t, "first")
				second := g
				second.minor -= first.minor
				split = append(split, second)
			}
			split = append(split, first)
		}
		whole, parts := h.member(t, insurance.Birth{On: 1984_06_01}), h.member(t, insurance.Birth{On: 1984_06_01})
		h.post(t, everywhere(whole, schemes, h.parcels(gifts))...)
		h.post(t, everywhere(parts, schemes, h.parcels(split))...)
		for name, scheme := range schemes {
			if diff := cmp.Diff(h.dues(t, whole, scheme), h.dues(t, parts, scheme)); diff != "" {
				t.Fatalf("%s: in parts: %s", name, diff)
			}
		}
	})
	h.clean(t)
}

// TestReadingMonthsOrContributionsAgrees: a rule on totals is due the same however it reads them.
func TestReadingMonthsOrContributionsAgrees(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	total := func(reads rule.Reads) ledger.SchemeCode {
		return h.publish(t, `subsidies:
  - id: match
    funder: treasury
    pot: 2110
    period: quarter
    open_ended: true
    payers: [self, sponsor]
    reads: `+string(reads)+`
    amount: [{marginal: [{over: 0, rate: 50%}, {over: 30, rate: 20%}]}, {at_least: 10}]
    cap: 90
    lifetime_cap: 200
    round: {way: half-up}
`)
	}
	schemes := map[string]ledger.SchemeCode{"months": total(rule.ByMonth), "contributions": total(rule.ByContribution)}
	rapid.Check(t, func(t *rapid.T) {
		m := h.member(t, insurance.Birth{On: 1984_06_01})
		for _, batch := range drawBatches(t, h.parcels(drawGifts(t, 8, insurance.PayerSelf, insurance.PayerSponsor, insurance.PayerCooperative))) {
			h.post(t, everywhere(m, schemes, batch)...)
		}
		if diff := cmp.Diff(h.dues(t, m, schemes["months"]), h.dues(t, m, schemes["contributions"])); diff != "" {
			t.Fatalf("by months, and by contributions: %s", diff)
		}
	})
	h.clean(t)
}
