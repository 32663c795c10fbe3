package matching

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/treasury"
)

// half is a match of half the year's contributions, of those that sponsors give a quarter.
const half = `subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, payers: [self], amount: [{times: 50%}]}
  - {id: sponsored, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, payers: [sponsor], amount: [{times: 25%}]}
`

// receipt posts one item and returns its receipt.
func (h *house) receipt(t check, item collection.Sent) collection.Receipt {
	t.Helper()
	outcomes, err := h.Collection.Post(context.Background(), item)
	must(t, err)
	must(t, outcomes[0].Err)
	return outcomes[0].Answer
}

// reassign moves a contribution to a member, by two people's word.
func (h *house) reassign(t check, contribution ledger.ID, to insurance.MemberID, scheme ledger.SchemeCode) {
	t.Helper()
	for _, person := range []string{"amal", "bana"} {
		_, _, err := h.Collection.Reassign(context.Background(), collection.Reassignment{Contribution: contribution, To: to, Scheme: scheme, Reason: "WRONG_NUMBER", Person: person})
		must(t, err)
	}
}

// TestAMatchMovesWithItsContribution: a sponsor's contribution for nobody known, claimed by one member, found to be
// another's, and reversed in the end.
func TestAMatchMovesWithItsContribution(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := h.publish(t, half)
	members := h.people(t, 2)
	p := h.parcels([]gift{{on: 2025_03_01, minor: 1000, payer: insurance.PayerSponsor}})[0]
	sent := p.item("", scheme)
	sent.Contribution.Member = insurance.Reference{Phone: "+962790000001"}
	contribution := h.receipt(t, sent)
	for _, step := range []struct {
		to   int
		want []int64
	}{{0, []int64{250, 0}}, {1, []int64{0, 250}}, {0, []int64{250, 0}}} {
		h.reassign(t, contribution.ID, members[step.to], scheme)
		if diff := cmp.Diff(step.want, h.grants(t, scheme, members)); diff != "" {
			t.Errorf("moved to %d: %s", step.to, diff)
		}
	}
	p.reverse = true
	h.send(t, "", scheme, p)
	if diff := cmp.Diff([]int64{0, 0, 0}, append(h.grants(t, scheme, members), h.owed(t, scheme))); diff != "" {
		t.Error(diff)
	}
	h.clean(t)
}

// TestAContributionAndItsReversalInOneBatchLeaveNothing: whichever comes first.
func TestAContributionAndItsReversalInOneBatchLeaveNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := h.publish(t, half)
	members := h.people(t, 2)
	for i, m := range members {
		p := h.parcels([]gift{{on: 2025_03_01, minor: 1000, taken: true}})
		h.send(t, m, scheme, p[i], p[1-i])
		if got := h.position(t, m, scheme); len(got.Months) > 0 || h.matched(t, m, scheme) != 0 {
			t.Errorf("left %+v, matched %d", got, h.matched(t, m, scheme))
		}
	}
	h.clean(t)
}

// TestAMatchThatWasUsedIsMadeGood: she has drawn her matched savings. A reversal by the collector takes them back all the
// same, and the collector bears it; a version that cuts the past writes it off.
func TestAMatchThatWasUsedIsMadeGood(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := ledger.SchemeCode(h.next("s"))
	h.republish(t, scheme, version{effective: "2020-01-01", rate: "50%"}.text())
	m := h.member(t, insurance.Birth{Year: 1990})
	gifts := h.parcels([]gift{{on: 2025_03_01, minor: 1000}, {on: 2025_04_01, minor: 400}})
	h.send(t, m, scheme, gifts...)
	h.draw(t, m, scheme, 700)
	gifts[1].reverse = true
	h.send(t, m, scheme, gifts[1])
	recoverable := h.stands(t, ledger.Account{Code: ledger.Recoverable, Party: mpesa.Party(), Currency: currency})
	h.republish(t, scheme, version{effective: "2020-01-01", rate: "20%", cutsPast: true}.text())
	h.run(t, scheme, 2025_12_31)
	writtenOff := h.stands(t, ledger.Account{Code: ledger.WriteOffs, Party: insurance.OldAge.Party(), Scheme: scheme, Currency: currency})
	if diff := cmp.Diff([]int64{0, 200, 200, 300}, []int64{h.matched(t, m, scheme), h.owed(t, scheme), recoverable, writtenOff}); diff != "" {
		t.Errorf("matched, owed, borne by the collector, written off: %s", diff)
	}
	h.clean(t)
}

// draw pays a member out of her matched savings.
func (h *house) draw(t check, m insurance.MemberID, scheme ledger.SchemeCode, minor int64) {
	t.Helper()
	from := ledger.Account{Code: ledger.OldAgeMatched, Party: m.Party(), Scheme: scheme, Currency: currency}
	to := from
	to.Code = ledger.BenefitsPayable
	must(t, h.DB.Update(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		l := ledgersql.On(tx)
		page, err := l.Page(ctx, ledger.Need{Parties: []ledger.Party{m.Party()}})
		if err != nil {
			return err
		}
		e, err := ledger.NewEntry(ledger.ID{0xEE, byte(h.sent)}, "early-withdrawal", 2025_05_01, ledger.Dr(from, minor), ledger.Cr(to, minor))
		if err != nil {
			return err
		}
		if _, err := page.Post(e); err != nil {
			return err
		}
		return l.Save(ctx, page)
	}))
}

// TestWhatIsTakenBackOfAClosedLineLapses: what the line had granted goes back to the authority, what comes late is granted
// out of the line for prior years, and who waited on the closed line waits on that one.
func TestWhatIsTakenBackOfAClosedLineLapses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme, members := h.budgeted(t, policies["partial"], 100), h.people(t, 2)
	first := h.parcels([]gift{{on: 2025_03_01, minor: 80}})[0]
	h.send(t, members[0], scheme, first)
	h.give(t, members[1], scheme, gift{on: 2025_03_02, minor: 50})
	h.move(t, treasury.Closing, line(scheme, 2025), 0)
	prior := line(scheme, h.thisYear(t))
	prior.Prior = true
	stands := func(want ...int64) {
		t.Helper()
		got := append(h.grants(t, scheme, members),
			h.stands(t, line(scheme, 2025).Account(ledger.BudgetGranted)), h.left(t, scheme), h.unmet(t, scheme),
			h.stands(t, prior.Account(ledger.BudgetGranted)), h.stands(t, prior.Account(ledger.BudgetUnmet)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("matched of both, granted, left and unmet of the year, granted and unmet of prior years: %s", diff)
		}
		h.clean(t)
	}
	stands(80, 20, 100, 0, 30, 0, 0)
	h.give(t, members[1], scheme, gift{on: 2025_03_03, minor: 1})
	stands(80, 20, 100, 0, 0, 0, 31) // There is no line for prior years yet.
	h.fund(t, prior, 1000)
	_, _, err := h.Subsidies.PayQueue(context.Background(), prior)
	must(t, err)
	stands(80, 51, 100, 0, 0, 31, 0)
	first.reverse = true
	h.send(t, members[0], scheme, first)
	stands(0, 51, 20, 0, 0, 31, 0)
}

// thisYear is the year by the database's clock.
func (h *house) thisYear(t check) (year int) {
	t.Helper()
	must(t, h.DB.Update(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		page, err := ledgersql.On(tx).Page(ctx, ledger.Need{})
		if err == nil {
			year = page.RecordedAt().Year()
		}
		return err
	}))
	return year
}

// TestAnAbsurdRuleFillsNoAccount: her contribution is booked, and nothing is granted.
func TestAnAbsurdRuleFillsNoAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme := h.publish(t, "subsidies:\n  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, amount: [{flat: 9000000000000}]}\n")
	m := h.member(t, insurance.Birth{Year: 1990})
	h.give(t, m, scheme, gift{on: 2025_03_01, minor: 1000})
	own := ledger.Account{Code: ledger.OldAgeOwn, Party: m.Party(), Scheme: scheme, Currency: currency}
	if diff := cmp.Diff([]int64{1000, 0}, []int64{h.stands(t, own), h.matched(t, m, scheme)}); diff != "" {
		t.Error(diff)
	}
	h.clean(t)
}
