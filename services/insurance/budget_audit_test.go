package insurance

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

// must is an entry that can be made.
func must(e ledger.Entry, err error) ledger.Entry {
	if err != nil {
		panic(err)
	}
	return e
}

func TestABudgetIsProvedFromItsGrants(t *testing.T) {
	grant := func(minor int64) Grant {
		g := matchGrant()
		g.Pots = []PotShare{{ledger.OldAgeMatched, minor}}
		return g
	}
	on := func(minor int64) Budgeted {
		return Budgeted{ID: ledger.ID{1}, Line: matchLine(), Minor: minor, On: today}
	}
	prior := on(500)
	prior.Line.Prior = true
	heads := on(1)
	heads.Line = heads.Line.Heads()
	sponsored := grant(500)
	sponsored.Line.Year = 0
	released := []ledger.Entry{must(Voted(on(1000))), must(Warranted(on(800)))}
	nameless := must(Granted(grant(1)))
	nameless.Reason = "because"
	const line = "budget:mof.basic.2026"
	cases := []struct {
		name    string
		entries []ledger.Entry
		want    []ledger.Finding
	}{
		{"granted, charged and paid", []ledger.Entry{must(Granted(grant(500))), must(BudgetGranted(on(500), false)), must(BudgetPaid(on(200)))}, nil},
		{"clawed back of what is paid", []ledger.Entry{must(Granted(grant(500))), must(ClawedBack(grant(100), true)), must(BudgetGranted(on(500), false)),
			must(BudgetPaid(on(500))), must(BudgetClawedBack(on(100), false, false))}, nil},
		{"a grant that no budget is kept for", []ledger.Entry{must(Granted(sponsored))}, nil},
		{"heads have no grants beside them", []ledger.Entry{must(Voted(heads)), must(Warranted(heads)), must(BudgetGranted(heads, false))}, nil},
		{"a grant that nobody charged", []ledger.Entry{must(Granted(grant(500)))},
			[]ledger.Finding{{Law: "L6", Party: line, Account: "9300 budget:mof.basic.2026 basic JOD", Text: "the line has granted and paid 0.000 JOD, the grants charged to it make 0.500 JOD"}}},
		{"charged to another line than the grant says", []ledger.Entry{must(Granted(grant(500))), must(Voted(prior)), must(Warranted(prior)), must(BudgetGranted(prior, false))},
			[]ledger.Finding{
				{Law: "L6", Party: line, Account: "9300 budget:mof.basic.2026 basic JOD", Text: "the line has granted and paid 0.000 JOD, the grants charged to it make 0.500 JOD"},
				{Law: "L6", Party: line + "-prior", Account: "9300 budget:mof.basic.2026-prior basic JOD", Text: "the line has granted and paid 0.500 JOD, the grants charged to it make 0.000 JOD"},
			}},
		{"more charged than was released", []ledger.Entry{must(Granted(grant(900))), must(BudgetGranted(on(900), false))},
			[]ledger.Finding{{Law: "L8", Party: line, Account: "9150 budget:mof.basic.2026 basic JOD", Text: "stands at -0.100 JOD"}}},
		{"a grant without its reason", []ledger.Entry{nameless},
			[]ledger.Finding{{Law: "L10", Party: nameless.Party, Account: nameless.ID.String(), Text: `a grant without subsidy, version and period: "because"`}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			audit := NewBudgetAudit()
			for _, e := range append(released, c.entries...) {
				audit.Examine(e)
			}
			if diff := cmp.Diff(c.want, audit.Findings()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
