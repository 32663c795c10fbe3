package matching

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

// tamper writes another note beside a member's balances, past all of the program but its connection.
func (h *house) tamper(t check, member insurance.MemberID, note []byte) {
	t.Helper()
	must(t, h.DB.Update(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.ExecArgs(ctx, "UPDATE party_balance SET note = $1 WHERE party = $2", note, string(member.Party()))
		return err
	}))
}

// findings are what an audit finds, without who it is.
func (h *house) findings(t check) (found []string) {
	t.Helper()
	audit, err := h.Books.Verify(context.Background(), nil, insurance.NewBudgetAudit(), match.NewAudit())
	must(t, err)
	for _, f := range audit.Findings {
		found = append(found, strings.Join([]string{f.Law, f.Account, f.Text}, ": "))
	}
	return found
}

// TestANoteThatWasTamperedWithIsFound: another member's note in the place of hers, and one that can't be read. What can't
// be read is made anew with the next contribution, from her entries and the queue.
func TestANoteThatWasTamperedWithIsFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	scheme, members := ledger.SchemeCode("audited"), h.people(t, 2)
	h.republish(t, scheme, head+all(policies["partial"]))
	h.fund(t, line(scheme, 2025), 130)
	h.give(t, members[0], scheme, gift{on: 2025_03_01, minor: 100}, gift{on: 2025_04_02, minor: 5, payer: insurance.PayerSponsor})
	h.give(t, members[1], scheme, gift{on: 2025_03_01, minor: 40})
	h.clean(t)
	hers := h.note(t, members[1])
	h.tamper(t, members[1], h.note(t, members[0]))
	if diff := cmp.Diff([]string{
		"L6: audited 2025-03 self: the note says that 100 was given in 1 contributions, the entries say 40 in 1",
		"L6: audited 2025-04 sponsor: the note says that 5 was given in 1 contributions, the entries say 0 in 0",
		"L6: audited match 2025-01-01: the note says that 105 was granted in 2 entries, the entries say 25 in 1, or from elsewhere",
		"L6: 9500: 15 is unmet by the line, 0 by the members' notes",
	}, h.findings(t)); diff != "" {
		t.Error(diff)
	}
	h.tamper(t, members[1], []byte("scribble"))
	if diff := cmp.Diff([]string{
		"L6: : the note beside a member's balances can't be read",
		"L6: 9500: 15 is unmet by the line, 0 by the members' notes",
	}, h.findings(t)); diff != "" {
		t.Error(diff)
	}
	h.give(t, members[1], scheme, gift{on: 2025_05_01, minor: 10})
	h.clean(t)
	if diff := cmp.Diff(outcome{[]int64{105, 25}, 0, 25}, h.outcome(t, scheme, members)); diff != "" {
		t.Error(diff)
	}
	h.tamper(t, members[1], hers)
	if diff := cmp.Diff([]string{
		"L6: audited 2025-05 self: the note says that 0 was given in 0 contributions, the entries say 10 in 1",
		"L6: 9500: 25 is unmet by the line, 15 by the members' notes",
	}, h.findings(t)); diff != "" {
		t.Error(diff)
	}
}

// TestANoteWithoutEntriesIsFound: nobody is known to have given anything under that name.
func TestANoteWithoutEntriesIsFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.DB.Update(context.Background(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.ExecArgs(ctx, "INSERT INTO party_balance (party, balances, note) VALUES ('member:ghost', '[]', $1)", []byte{2, 0})
		return err
	}))
	if diff := cmp.Diff([]string{"L1: : has balances or a note, but no entry"}, h.findings(t)); diff != "" {
		t.Error(diff)
	}
}

// TestARuleThatFailsCostsNobodyHerContribution: what was due stands, and is judged anew once the rule can be computed.
func TestARuleThatFailsCostsNobodyHerContribution(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const rules = `subsidies:
  - {id: match, funder: treasury, pot: 2110, period: calendar-year, open_ended: true, rule: half}
`
	publish := func(code ledger.SchemeCode, limit, part string) {
		t.Helper()
		star := "def half(member, facts, p):\n    if facts.total > " + limit + ":\n        fail(\"TOO_MUCH\")\n    return facts.total / " + part + "\n"
		h.publishFolder(t, code, insurance.Folder{Scheme: []byte(head + rules), Rules: []byte(star)})
	}
	scheme := ledger.SchemeCode(h.next("s"))
	publish(scheme, "10", "2")
	m := h.member(t, insurance.Birth{Year: 1990})
	own := ledger.Account{Code: ledger.OldAgeOwn, Party: m.Party(), Scheme: scheme, Currency: currency}
	stands := func(wantOwn, wantMatched int64) {
		t.Helper()
		if diff := cmp.Diff([]int64{wantOwn, wantMatched}, []int64{h.stands(t, own), h.matched(t, m, scheme)}); diff != "" {
			t.Error(diff)
		}
	}
	h.give(t, m, scheme, gift{on: 2025_03_01, minor: 8000})
	stands(8000, 4000)
	h.give(t, m, scheme, gift{on: 2025_04_01, minor: 8000})
	stands(16_000, 4000)
	if diff := cmp.Diff(map[string][2]int64{"match 2025-01-01": {4000, 4000}}, h.dues(t, m, scheme)); diff != "" {
		t.Error(diff)
	}
	h.clean(t)
	publish(scheme, "1000", "8") // It makes less; what the one before it had granted can't be judged any more, and stands.
	h.run(t, scheme, 2025_12_31)
	stands(16_000, 4000)
	publish(scheme, "1000", "2")
	h.run(t, scheme, 2025_12_31)
	stands(16_000, 8000)
	h.clean(t)
}
