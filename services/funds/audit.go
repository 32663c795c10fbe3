package funds

import (
	"fmt"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// Audit proves from the entries that what one pool owes another is what the other has lent, that what was set aside for
// outstanding claims was taken back on the next day, and that each guarantor's payment names the guarantor. It takes part
// in the verification of the books.
type Audit struct {
	// lent is what pools have lent less what pools have borrowed, by currency; aside what was set aside and not taken back,
	// by pool and the last day of the month.
	lent     map[ledger.Currency]int64
	aside    map[aside]int64
	findings []ledger.Finding
}

type aside struct {
	account ledger.Account
	on      ledger.Date
}

// NewAudit makes an audit of the pools.
func NewAudit() *Audit {
	return &Audit{lent: map[ledger.Currency]int64{}, aside: map[aside]int64{}}
}

// Examine takes an entry into account.
func (a *Audit) Examine(e ledger.Entry) {
	for _, p := range e.Postings {
		switch p.Account.Code {
		case ledger.LoansToPools, ledger.LoansFromPools:
			a.lent[p.Account.Currency] += p.Net()
		case ledger.OutstandingClaims:
			a.setAside(e, p)
		}
	}
	if e.Kind == insurance.KindGuarantee && !strings.HasPrefix(e.Reason, "GUARANTOR:") {
		a.findings = append(a.findings, ledger.Finding{Law: "L10", Party: e.Party, Account: e.ID.String(), Text: "a guarantor's payment names no guarantor"})
	}
}

func (a *Audit) setAside(e ledger.Entry, p ledger.Posting) {
	on := e.ValueOn
	if e.Kind == insurance.KindReleased {
		on = on.AddDays(-1)
	}
	a.aside[aside{p.Account, on}] += p.Net()
}

// Findings are what is wrong.
func (a *Audit) Findings() []ledger.Finding {
	for currency, net := range a.lent {
		if net != 0 {
			a.findings = append(a.findings, ledger.Finding{Law: "L1", Account: string(currency), Text: fmt.Sprintf("pools have lent %d more than pools have borrowed, in minor units", net)})
		}
	}
	for what, net := range a.aside {
		if net != 0 {
			a.findings = append(a.findings, ledger.Finding{Law: "L6", Party: what.account.Party, Account: what.account.String(),
				Text: fmt.Sprintf("of what was set aside on %s for outstanding claims, %d was not taken back on the next day", what.on, -net)})
		}
	}
	return a.findings
}
