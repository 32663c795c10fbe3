package insurance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

// lines writes an entry's postings as an accountant does: "Dr 9000 budget:mof.basic.2026 500".
func lines(e ledger.Entry) []string {
	var text []string
	for _, p := range e.Postings {
		side, minor := "Dr", p.Debit
		if p.Credit > 0 {
			side, minor = "Cr", p.Credit
		}
		text = append(text, fmt.Sprintf("%s %d %s %d", side, p.Account.Code, strings.Replace(string(p.Account.Party), "budget:mof.basic.", "", 1), minor))
	}
	return text
}

func TestTheRulesOfPostingForBudgetsAndClaims(t *testing.T) {
	b := Budgeted{ID: ledger.ID{1}, Fingerprint: ledger.Fingerprint{1}, Line: matchLine(), Minor: 500, On: today}
	next := matchLine()
	next.Year = 2027
	back := b
	back.Minor = -500
	claim := ClaimBooking{ID: ledger.ID{2}, Fingerprint: ledger.Fingerprint{2}, Funder: "mof", Scheme: "basic", Amount: ledger.Money{Minor: 500, Currency: "JOD"}, On: today}
	negative := claim
	negative.Amount.Minor = -500
	member := string(matchGrant().Member.Party())
	cases := []struct {
		event string
		make  func() (ledger.Entry, error)
		kind  ledger.Kind
		want  string
	}{
		{"vote", func() (ledger.Entry, error) { return Voted(b) }, KindBudgetVote, "Dr 9000 2026 500, Cr 9100 2026 500"},
		{"supplementary vote", func() (ledger.Entry, error) { return Supplemented(b) }, KindBudgetSupplement, "Dr 9000 2026 500, Cr 9100 2026 500"},
		{"warrant", func() (ledger.Entry, error) { return Warranted(b) }, KindBudgetWarrant, "Dr 9100 2026 500, Cr 9150 2026 500"},
		{"commitment", func() (ledger.Entry, error) { return Committed(b) }, KindBudgetCommitment, "Dr 9150 2026 500, Cr 9200 2026 500"},
		{"what of it is not needed", func() (ledger.Entry, error) { return Decommitted(b) }, KindBudgetDecommitment, "Dr 9200 2026 500, Cr 9150 2026 500"},
		{"grant at once", func() (ledger.Entry, error) { return BudgetGranted(b, false) }, KindBudgetGrant, "Dr 9150 2026 500, Cr 9300 2026 500"},
		{"grant out of a commitment", func() (ledger.Entry, error) { return BudgetGranted(b, true) }, KindBudgetGrant, "Dr 9200 2026 500, Cr 9300 2026 500"},
		{"clawback", func() (ledger.Entry, error) { return BudgetClawedBack(b, false, false) }, KindBudgetClawback, "Dr 9300 2026 500, Cr 9150 2026 500"},
		{"clawback to the commitment", func() (ledger.Entry, error) { return BudgetClawedBack(b, true, false) }, KindBudgetClawback, "Dr 9300 2026 500, Cr 9200 2026 500"},
		{"clawback on a closed line", func() (ledger.Entry, error) { return BudgetClawedBack(b, true, true) }, KindBudgetClawback, "Dr 9300 2026 500, Cr 9000 2026 500"},
		{"payment", func() (ledger.Entry, error) { return BudgetPaid(b) }, KindBudgetPayment, "Dr 9300 2026 500, Cr 9400 2026 500"},
		{"payment back", func() (ledger.Entry, error) { return BudgetPaid(back) }, KindBudgetPayment, "Dr 9400 2026 500, Cr 9300 2026 500"},
		{"virement", func() (ledger.Entry, error) { return Vired(b, next) }, KindBudgetVirement,
			"Dr 9150 2026 500, Cr 9000 2026 500, Dr 9000 2027 500, Cr 9150 2027 500"},
		{"carry-over", func() (ledger.Entry, error) { return CarriedOver(b, next, false) }, KindBudgetCarryOver,
			"Dr 9150 2026 500, Cr 9000 2026 500, Dr 9000 2027 500, Cr 9150 2027 500"},
		{"carry-over of commitments", func() (ledger.Entry, error) { return CarriedOver(b, next, true) }, KindBudgetCarryOver,
			"Dr 9200 2026 500, Cr 9000 2026 500, Dr 9000 2027 500, Cr 9200 2027 500"},
		{"lapse", func() (ledger.Entry, error) { e, _, err := Lapsed(b, 300, 150, 50); return e, err }, KindBudgetLapse,
			"Dr 9100 2026 300, Dr 9150 2026 150, Dr 9200 2026 50, Cr 9000 2026 500"},
		{"lapse of what was not released", func() (ledger.Entry, error) { e, _, err := Lapsed(b, 300, 0, 0); return e, err }, KindBudgetLapse,
			"Dr 9100 2026 300, Cr 9000 2026 300"},
		{"due but unmet", func() (ledger.Entry, error) { return Unmet(b) }, KindBudgetUnmet, "Dr 9000 2026 500, Cr 9500 2026 500"},
		{"met", func() (ledger.Entry, error) { return Met(b) }, KindBudgetMet, "Dr 9500 2026 500, Cr 9000 2026 500"},
		{"a grant", func() (ledger.Entry, error) { return Granted(matchGrant()) }, KindMatch,
			"Dr 1300 funder:mof 1000, Cr 2110 " + member + " 600, Cr 2210 " + member + " 400"},
		{"a clawback of what is owed", func() (ledger.Entry, error) { return ClawedBack(matchGrant(), false) }, KindClawback,
			"Dr 2110 " + member + " 600, Dr 2210 " + member + " 400, Cr 1300 funder:mof 1000"},
		{"a clawback of what is paid", func() (ledger.Entry, error) { return ClawedBack(matchGrant(), true) }, KindClawback,
			"Dr 2110 " + member + " 600, Dr 2210 " + member + " 400, Cr 2800 funder:mof 1000"},
		{"the treasury pays", func() (ledger.Entry, error) { return ClaimPaid(claim, "cbj-1") }, KindClaimPayment, "Dr 1000 bank:cbj-1 500, Cr 1300 funder:mof 500"},
		{"the treasury is paid back", func() (ledger.Entry, error) { return ClaimPaid(negative, "cbj-1") }, KindClaimPayment, "Dr 2800 funder:mof 500, Cr 1000 bank:cbj-1 500"},
		{"clawbacks are set off", func() (ledger.Entry, error) { return ClaimSetOff(claim) }, KindClaimSetOff, "Dr 2800 funder:mof 500, Cr 1300 funder:mof 500"},
		{"more is due back than is owed", func() (ledger.Entry, error) { return ClaimSetOff(negative) }, KindClaimSetOff, "Dr 1300 funder:mof 500, Cr 2800 funder:mof 500"},
	}
	for _, c := range cases {
		t.Run(c.event, func(t *testing.T) {
			e, err := c.make()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, strings.Join(lines(e), ", ")); diff != "" || e.Kind != c.kind {
				t.Errorf("kind %s, want %s\n%s", e.Kind, c.kind, diff)
			}
			if e.Kind != KindMatch && e.Kind != KindClawback && e.Fingerprint == (ledger.Fingerprint{}) {
				t.Error("the content's fingerprint is lost (L3)")
			}
		})
	}
	if _, any, err := Lapsed(b, 0, 0, 0); any || err != nil {
		t.Errorf("nothing is left, yet an entry is made: %v, %v", any, err)
	}
}

func TestABudgetMovesNothingThatIsNotThere(t *testing.T) {
	for name, b := range map[string]Budgeted{
		"no amount":         {ID: ledger.ID{1}, Line: matchLine(), On: today},
		"a negative amount": {ID: ledger.ID{1}, Line: matchLine(), Minor: -1, On: today},
		"no line":           {ID: ledger.ID{1}, Minor: 1, On: today},
		"no day":            {ID: ledger.ID{1}, Line: matchLine(), Minor: 1},
	} {
		if _, err := Warranted(b); err == nil {
			t.Errorf("%s was taken", name)
		}
		if _, err := Vired(b, matchLine()); err == nil {
			t.Errorf("%s was vired", name)
		}
	}
}
