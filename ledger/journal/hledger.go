package journal

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"sanad.dev/sanad/ledger"
)

// noScheme stands in an account's name for the scheme of an account that belongs to none. No scheme is called so: a
// scheme's code has no underscore.
const noScheme = "_"

// AccountName is the account's name in an hledger journal, such as "liabilities:2100:basic:member:7ab3": class, code,
// scheme or "_", kind and id of the party. It has always these five parts, so that --depth 3 gives the control accounts
// by scheme, and none of them can hold the space or the colon that would end it. The chart's names, which have spaces
// and commas, stand in comments. The currency is not part of it: hledger adds up each commodity by itself.
func AccountName(a ledger.Account) string {
	control, _ := a.Code.Control()
	scheme := string(a.Scheme)
	if scheme == "" {
		scheme = noScheme
	}
	return controlName(control) + ":" + scheme + ":" + string(a.Party)
}

func controlName(c ledger.Control) string { return c.Class.String() + ":" + strconv.Itoa(int(c.Code)) }

// hledgerTypes are hledger's letters for the classes. Memorandum accounts have none: they are a tree of their own, and
// no balance sheet or income statement counts them.
var hledgerTypes = map[ledger.Class]string{
	ledger.Asset: "A", ledger.Liability: "L", ledger.Equity: "E", ledger.Income: "R", ledger.Expense: "X",
}

// hledgerLayout writes journals that pass "hledger check --strict": every account and commodity is declared. Debits are
// positive, as hledger wants.
type hledgerLayout struct{ *declared }

func (hledgerLayout) head(b *bytes.Buffer) {
	b.WriteString("; Sanad's books. Dates are booking dates; debits are positive.\ndecimal-mark .\n\n")
	for _, c := range ledger.Chart() {
		fmt.Fprintf(b, "account %s  ; %s", controlName(c), c.Name)
		if t, ok := hledgerTypes[c.Class]; ok {
			b.WriteString(", type:" + t)
		}
		b.WriteByte('\n')
	}
}

func (h hledgerLayout) entry(b *bytes.Buffer, e ledger.Entry) {
	b.WriteByte('\n')
	h.declare(b, e)
	fmt.Fprintf(b, "%s * %s\n    ; %s\n", e.BookedOn, coded(string(e.Kind)), hledgerTags(e))
	for _, p := range e.Postings {
		fmt.Fprintf(b, "    %s  %s\n", AccountName(p.Account), amount(p))
	}
}

// declare adds the directives for what the entry is the first to use.
func (h hledgerLayout) declare(b *bytes.Buffer, e ledger.Entry) {
	for _, p := range e.Postings {
		a := p.Account
		if h.newCurrency(a.Currency) {
			b.WriteString("commodity " + hledgerStyle(a.Currency) + "\n")
		}
		a.Currency = "" // one name, and one directive, for all currencies
		if h.newAccount(a) {
			b.WriteString("account " + AccountName(a) + "\n")
		}
	}
}

// hledgerStyle is a sample amount that says how many decimals the currency has. hledger demands the decimal mark even
// where no decimals follow it.
func hledgerStyle(c ledger.Currency) string {
	decimals, _ := c.Decimals()
	return "1000." + strings.Repeat("0", int(decimals)) + " " + string(c)
}

// hledgerTags lists what an entry has beside its postings. A comma ends a tag's value, and no value holds one.
func hledgerTags(e ledger.Entry) string {
	tags := fmt.Sprintf("id:%s, kind:%s, value:%s, recorded:%s",
		e.ID, coded(string(e.Kind)), e.ValueOn, instant(e.RecordedAt))
	if !e.Undoes.IsZero() {
		tags += ", undoes:" + e.Undoes.String()
	}
	if e.Reason != "" {
		tags += ", reason:" + coded(e.Reason)
	}
	return tags
}
