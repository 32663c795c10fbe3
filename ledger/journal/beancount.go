package journal

import (
	"bytes"
	"fmt"
	"strings"

	"sanad.dev/sanad/ledger"
)

// beancountRoots are the trees of beancount, which has five and no others. Memorandum accounts are a branch of equity:
// budgetary entries debit and credit no other accounts, so the branch as a whole adds nothing to equity.
var beancountRoots = map[ledger.Class]string{
	ledger.Asset: "Assets", ledger.Liability: "Liabilities", ledger.Equity: "Equity", ledger.Income: "Income",
	ledger.Expense: "Expenses", ledger.Memorandum: "Equity:Memorandum",
}

// beancountName is the account's name in a beancount journal, such as "Liabilities:A2100:Basic:Member-7ab3:JOD".
//
// In beancount a part of a name begins with a capital or a digit and goes on with letters, digits and hyphens. Sanad's
// codes have no capitals, so capitals can say what beancount cannot: two accounts never get one name. The currency is
// the last part, and the account is opened for it alone.
func beancountName(a ledger.Account) string {
	control, _ := a.Code.Control()
	party := capital(a.Party.Kind()) + "-" + beancountID.Replace(a.Party.ID())
	return fmt.Sprintf("%s:A%d:%s:%s:%s", beancountRoots[control.Class], a.Code, beancountScheme(a.Scheme), party, a.Currency)
}

// beancountID writes the two marks of a party's id that beancount lacks.
var beancountID = strings.NewReplacer(".", "D", "_", "U")

// beancountScheme makes "Basic" of basic. A second capital sets apart what is no scheme's name with a capital put on:
// no scheme, and a scheme whose code begins with a hyphen.
func beancountScheme(s ledger.SchemeCode) string {
	switch {
	case s == "":
		return "NoScheme"
	case s[0] == '-':
		return "SC" + string(s)
	}
	return capital(string(s))
}

// capital makes the first letter a capital, and leaves a digit as it is.
func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// beancountLayout writes journals for beancount, which sorts what it reads by date: an account is opened as of the
// first day the books can hold, wherever that line stands.
type beancountLayout struct{ *declared }

func (beancountLayout) head(b *bytes.Buffer) {
	b.WriteString("; Sanad's books. Dates are booking dates; debits are positive.\noption \"title\" \"Sanad\"\n")
}

func (l beancountLayout) entry(b *bytes.Buffer, e ledger.Entry) {
	b.WriteByte('\n')
	l.declare(b, e)
	fmt.Fprintf(b, "%s * %q %q\n", e.BookedOn, coded(string(e.Kind)), coded(e.Reason))
	writeMetadata(b, e)
	for _, p := range e.Postings {
		fmt.Fprintf(b, "  %s  %s\n", beancountName(p.Account), amount(p))
	}
}

// declare adds the directives for what the entry is the first to use.
func (l beancountLayout) declare(b *bytes.Buffer, e ledger.Entry) {
	for _, p := range e.Postings {
		a := p.Account
		if l.newCurrency(a.Currency) {
			fmt.Fprintf(b, "option \"operating_currency\" %q\n", a.Currency)
		}
		if l.newAccount(a) {
			control, _ := a.Code.Control()
			fmt.Fprintf(b, "%s open %s %s ; %s\n", ledger.FirstDate, beancountName(a), a.Currency, control.Name)
		}
	}
}

func writeMetadata(b *bytes.Buffer, e ledger.Entry) {
	fmt.Fprintf(b, "  id: %q\n  value: %s\n  recorded: %q\n", e.ID.String(), e.ValueOn, instant(e.RecordedAt))
	if !e.Undoes.IsZero() {
		fmt.Fprintf(b, "  undoes: %q\n", e.Undoes.String())
	}
}
