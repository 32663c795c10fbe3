package matching

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
)

// openEnded are schemes without a budget, each of a kind of its own.
var openEnded = map[string]string{
	"a share of the year with a yearly and a lifetime cap": `subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, amount: [{times: 50%}], cap: 120, lifetime_cap: 200, round: {way: down}}
`,
	"tiers of each month by age": `parameters:
  first_rate: {lookup: age, table: [{under: 40, value: 50%}], else: 80%}
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    period: month
    open_ended: true
    amount: [{marginal: [{over: 0, rate: first_rate}, {over: 20, rate: 25%}]}]
    lifetime_cap: 300
    round: {way: half-up}
`,
	"each contribution within the room of the quarter": `subsidies:
  - id: match
    funder: treasury
    pot: 2110
    period: quarter
    reads: contributions
    open_ended: true
    amount: [{each: [{at_least: 10}, {times: 30%}, {up_to: 20}]}]
    cap: 45
    round: {way: down}
`,
	"what earlier years had made due lowers the later ones": `subsidies:
  - id: match
    funder: treasury
    pot: 2110
    period: calendar-year
    open_ended: true
    amount: [{times: 40%}]
    cap: {max: [0, {minus: [150, {times: [granted_before, 50%]}]}]}
    round: {way: down}
`,
	"what two years leave unused is carried to the next": `subsidies:
  - id: bonus
    funder: treasury
    pot: 2110
    period: calendar-year
    carries: 2
    open_ended: true
    amount: [{of: {sum: [contributions, {total: {earlier: 1}}, {total: {earlier: 2}}]}}, {times: 10%}]
    cap: 25
    round: {way: down}
`,
	"several funders under one ceiling, and payers apart": `subsidies:
  - {id: state, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, payers: [self], amount: [{times: 50%}], round: {way: down}}
  - {id: donor, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, payers: [self, sponsor], amount: [{times: 25%}], round: {way: down}}
stack: {order: [state, donor], ceiling: 90}
`,
}

// further are schemes of the tests of rules, kept as folders; a budget that nobody has voted grants nothing, but what is
// due is known.
var further = []string{"carried-room", "retroactive-threshold", "running-maximum", "threshold-with-own-share"}

// schemes publishes all of them.
func (h *house) schemes(t *testing.T) map[string]ledger.SchemeCode {
	codes := map[string]ledger.SchemeCode{}
	for name, rules := range openEnded {
		codes[name] = h.publish(t, rules)
	}
	for _, name := range further {
		codes[name] = h.further(t, name)
	}
	return codes
}

// everywhere are the parcels as sent to a member in each of the schemes.
func everywhere(to insurance.MemberID, schemes map[string]ledger.SchemeCode, parcels []parcel) (items []collection.Sent) {
	for _, p := range parcels {
		for _, scheme := range schemes {
			p := p
			p.name += "-" + string(scheme)
			items = append(items, p.item(to, scheme))
		}
	}
	return items
}

// TestTheOrderOfArrivalChangesNothing sends the same contributions and reversals over some years to two members, in two
// orders and in other batches: both are due the same of every scheme, and where no budget binds granted the same (L6).
func TestTheOrderOfArrivalChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	schemes := h.schemes(t)
	rapid.Check(t, func(t *rapid.T) {
		gifts := drawGifts(t, 8, insurance.PayerSelf, insurance.PayerSponsor, insurance.PayerFamily)
		members := [2]insurance.MemberID{h.member(t, insurance.Birth{On: 1984_06_01}), h.member(t, insurance.Birth{On: 1984_06_01})}
		for _, p := range h.parcels(gifts) {
			h.post(t, everywhere(members[0], schemes, []parcel{p})...)
		}
		for _, batch := range drawBatches(t, rapid.Permutation(h.parcels(gifts)).Draw(t, "order")) {
			h.post(t, everywhere(members[1], schemes, batch)...)
		}
		for name, scheme := range schemes {
			if diff := cmp.Diff(h.dues(t, members[0], scheme), h.dues(t, members[1], scheme)); diff != "" {
				t.Fatalf("%s: in the other order: %s", name, diff)
			}
			if one, other := h.matched(t, members[0], scheme), h.matched(t, members[1], scheme); one != other {
				t.Fatalf("%s: matched %d, and in the other order %d", name, one, other)
			}
		}
	})
	h.clean(t)
}
