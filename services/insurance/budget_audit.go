package insurance

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"sanad.dev/sanad/ledger"
)

// BudgetAudit proves the budgets from the entries: what each line says it has granted and paid (9300 and 9400) is what
// was granted to members and charged to it, less clawbacks (L6); and nothing was spent that had not been voted, released
// or committed (L8). Heads have no such counterpart among the grants. It is an examiner of a verification.
type BudgetAudit struct {
	// charged and booked are by the line's account 9300.
	charged, booked turnovers
	// floored are the accounts that may not be overspent.
	floored  turnovers
	findings []ledger.Finding
}

// NewBudgetAudit makes an audit of all lines.
func NewBudgetAudit() *BudgetAudit {
	return &BudgetAudit{charged: turnovers{}, booked: turnovers{}, floored: turnovers{}}
}

type turnovers map[ledger.Account]ledger.Turnover

func (ts turnovers) add(a ledger.Account, p ledger.Posting) (err error) {
	sum := ts[a]
	sum.Account = a
	ts[a], err = sum.Plus(p.Debit, p.Credit)
	return err
}

// Examine adds an entry to the sums.
func (b *BudgetAudit) Examine(e ledger.Entry) {
	if e.Kind == KindMatch || e.Kind == KindClawback {
		b.examineGrant(e)
		return
	}
	for _, p := range e.Postings {
		if p.Account.Party.Kind() == ledger.BudgetKind {
			b.examineBudget(e, p)
		}
	}
}

func (b *BudgetAudit) examineGrant(e ledger.Entry) {
	g, ok := GrantOf(e)
	if !ok {
		b.found("L10", e.Party, e.ID.String(), "a grant without subsidy, version and period: %q", e.Reason)
		return
	}
	if g.Line.Year == 0 {
		return
	}
	for _, p := range e.Postings {
		if p.Account.Party == g.Line.Funder.Party() {
			// What the funder owes is debited; what the line has granted is credited.
			b.sum(e, b.charged.add(g.Line.Account(ledger.BudgetGranted), ledger.Posting{Debit: p.Credit, Credit: p.Debit}))
		}
	}
}

func (b *BudgetAudit) examineBudget(e ledger.Entry, p ledger.Posting) {
	if control, _ := p.Account.Code.Control(); control.Floored {
		b.sum(e, b.floored.add(p.Account, p))
	}
	granted := p.Account.Code == ledger.BudgetGranted || p.Account.Code == ledger.BudgetPaid
	if granted && p.Account.Currency != ledger.NoCurrency {
		of := p.Account
		of.Code = ledger.BudgetGranted
		b.sum(e, b.booked.add(of, p))
	}
}

func (b *BudgetAudit) sum(e ledger.Entry, err error) {
	if err != nil {
		b.found("L9", e.Party, e.ID.String(), "%v", err)
	}
}

func (b *BudgetAudit) found(law string, party ledger.Party, account, text string, args ...any) {
	b.findings = append(b.findings, ledger.Finding{Law: law, Party: party, Account: account, Text: fmt.Sprintf(text, args...)})
}

// Findings compares the sums and says what is wrong, by line.
func (b *BudgetAudit) Findings() []ledger.Finding {
	lines := maps.Clone(b.charged)
	maps.Copy(lines, b.booked)
	for _, line := range inAccountOrder(lines) {
		if charged, booked := -b.charged[line].Net(), -b.booked[line].Net(); charged != booked {
			b.found("L6", line.Party, line.String(), "the line has granted and paid %s, the grants charged to it make %s",
				ledger.Money{Minor: booked, Currency: line.Currency}, ledger.Money{Minor: charged, Currency: line.Currency})
		}
	}
	for _, account := range inAccountOrder(b.floored) {
		if stands := (ledger.Balance{Account: account, Net: b.floored[account].Net()}); stands.Money().Minor < 0 {
			b.found("L8", account.Party, account.String(), "stands at %s", stands.Money())
		}
	}
	return b.findings
}

func inAccountOrder(ts turnovers) []ledger.Account {
	return slices.SortedFunc(maps.Keys(ts), func(a, b ledger.Account) int {
		return cmp.Or(cmp.Compare(a.Party, b.Party), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Scheme, b.Scheme))
	})
}
