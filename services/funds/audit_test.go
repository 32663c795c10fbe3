package funds

import (
	"strings"
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// TestTheAuditFindsWhatTheBooksOfPoolsMustNotHave, and nothing in those that are right.
func TestTheAuditFindsWhatTheBooksOfPoolsMustNotHave(t *testing.T) {
	t.Parallel()
	must := func(e ledger.Entry, err error) ledger.Entry {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	loan := must(insurance.PoolMoved(insurance.PoolMove{ID: ledger.ID{1}, Kind: insurance.KindPoolLoan, Group: gulf, National: nation, Minor: 100, On: 2026_03_31}))
	set := must(insurance.Outstanding(ledger.ID{2}, gulf, 40, 2026_03_31))
	back := must(insurance.OutstandingReleased(ledger.ID{3}, gulf, 40, 2026_04_01))
	less := must(insurance.OutstandingReleased(ledger.ID{3}, gulf, 39, 2026_04_01))
	late := must(insurance.OutstandingReleased(ledger.ID{3}, gulf, 40, 2026_04_02))
	paid := must(insurance.GuaranteePaid(ledger.ID{4}, gulf, "mof", 100, "cbj-1", 2026_03_31))
	nobody := paid
	nobody.Reason = ""
	half := must(ledger.NewEntry(ledger.ID{5}, "x", 2026_03_31, ledger.Dr(nation.Account(ledger.LoansToPools), 7), ledger.Cr(nation.Account(ledger.Charges), 7)))
	for name, c := range map[string]struct {
		entries []ledger.Entry
		want    string
	}{
		"books that are right":            {[]ledger.Entry{loan, set, back, paid}, ""},
		"a loan that nobody owes":         {[]ledger.Entry{loan, half}, "lent 7 more"},
		"a provision that stays":          {[]ledger.Entry{set}, "40 was not taken back"},
		"a provision taken back in part":  {[]ledger.Entry{set, less}, "1 was not taken back"},
		"a provision taken back too late": {[]ledger.Entry{set, late}, "was not taken back"},
		"a payment of no guarantor":       {[]ledger.Entry{nobody}, "names no guarantor"},
	} {
		a := NewAudit()
		for _, e := range c.entries {
			a.Examine(e)
		}
		found := a.Findings()
		if (c.want == "") != (len(found) == 0) || len(found) > 0 && !strings.Contains(found[0].Text, c.want) {
			t.Errorf("%s: found %v", name, found)
		}
	}
}
