package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	operator "sanad.dev/sanad/payments/statement"
	"sanad.dev/sanad/payments/statement/statementtest"
)

// demoDay keeps the demo's own account of the day: what the statement was made of, whom each payer meant, and what the
// server answered. It asks the server nothing, so that it can find the server wrong.
type demoDay struct {
	made statementtest.Expected
	// meant are the people whom a spelling can mean, of number or phone, without spaces and hyphens.
	meant map[string][]*person

	got       statementtest.Expected
	seen      map[string]bool // by receipt
	fresh     map[string]bool // of these, those that this server had never received
	arrived   int             // contributions whose reversal was there before them
	held      int             // reversals that took no effect yet
	misplaced []string
	paid      map[string]int // contributions by member
	took      map[string]int // of these, taken back
}

func newDemoDay(people []*person) *demoDay {
	d := &demoDay{
		meant: map[string][]*person{}, seen: map[string]bool{}, fresh: map[string]bool{},
		paid: map[string]int{}, took: map[string]int{},
	}
	for _, p := range people {
		d.meant[p.number] = append(d.meant[p.number], p)
		if p.phone == "" {
			continue
		}
		for _, spelling := range statementtest.Spellings(p.phone) {
			key := bare(spelling)
			d.meant[key] = append(d.meant[key], p)
		}
	}
	return d
}

var separators = strings.NewReplacer(" ", "", "-", "")

func bare(typed string) string { return separators.Replace(typed) }

// add notes what came of a line. What comes again is a duplicate, whatever this server had received before today.
func (d *demoDay) add(a answer) {
	d.got.Lines++
	if a.line.Kind == operator.KindFailed {
		d.got.Failed++
		return
	}
	if a.receipt == nil {
		d.misplace(a, "refused: "+a.reason())
		return
	}
	id := a.receipt.GetId()
	if !a.receipt.GetRepeated() {
		if d.fresh[id] {
			d.misplace(a, "booked twice")
		}
		d.fresh[id] = true
	}
	if d.seen[id] {
		d.got.Duplicates++
		return
	}
	d.seen[id] = true
	d.addOnce(a)
}

func (d *demoDay) addOnce(a answer) {
	amount := thousandths(a)
	switch {
	case a.line.Kind == operator.KindReversal:
		d.got.Reversals++
		d.got.Reversed += amount
		d.held += one(a.standing() == suspended)
		d.took[touched(a.receipt)]++
	case a.line.Kind == operator.KindWithdrawal && a.standing() == withdrawn:
		d.got.Settlements++
		d.got.Settled += amount
	case a.line.Kind == operator.KindWithdrawal:
		d.got.Charges++
		d.got.Charged += amount
	default:
		d.got.Contributions++
		d.got.Contributed += amount
		d.paid[a.receipt.GetMemberId()]++
		d.checkPlace(a)
	}
}

// checkPlace compares where a contribution went with whom its payer meant.
func (d *demoDay) checkPlace(a answer) {
	her, why := d.place(a.line)
	d.got.UnreadableAmounts += one(why == "AMOUNT_UNREADABLE")
	d.got.UnreadableTimes += one(why == "LINE_UNREADABLE")
	d.got.WrongReferences += one(why == "MEMBER_NOT_NAMED" || why == "MEMBER_UNKNOWN")
	switch {
	case a.reason() == "REVERSED_BEFORE_ARRIVAL":
		d.arrived++
	case a.reason() != why:
		d.misplace(a, fmt.Sprintf("%s, but should be %s", a.reason(), why))
	case her != a.receipt.GetMemberId():
		d.misplace(a, "with another member than its payer meant")
	}
}

// place says whose a contribution is, or why that can't be told.
func (d *demoDay) place(l operator.Line) (member, why string) {
	who := d.meant[bare(l.Member)]
	switch {
	case l.Amount == "":
		return "", "AMOUNT_UNREADABLE"
	case l.Unreadable != "":
		return "", "LINE_UNREADABLE"
	case l.Member == "":
		return "", "MEMBER_NOT_NAMED"
	case len(who) == 0:
		return "", "MEMBER_UNKNOWN"
	case len(who) == 1:
		return who[0].id, ""
	}
	chosen := slices.IndexFunc(who, func(p *person) bool { return p.chosen() && "+"+l.PayerPhone == p.phone })
	if chosen < 0 {
		return "", "MEMBER_AMBIGUOUS"
	}
	return who[chosen].id, ""
}

func (d *demoDay) misplace(a answer, what string) {
	d.misplaced = append(d.misplaced, fmt.Sprintf("line %d: %s", a.line.Number, what))
}

// telling is the member whose statement says most in the fewest lines: something was taken back of what she paid, and
// she paid three times at least. Where there is none such, it is who paid most often.
func (d *demoDay) telling(people []*person) *person {
	var best *person
	for _, p := range people {
		if best == nil || d.tells(p) > d.tells(best) {
			best = p
		}
	}
	return best
}

func (d *demoDay) tells(p *person) int {
	const much = 1000
	if d.took[p.id] == 1 && d.paid[p.id] >= 3 {
		return 2*much - d.paid[p.id]
	}
	return min(d.paid[p.id], much/2)
}

// figure is something that was counted twice: when the statement was made, and when it was answered.
type figure struct {
	what      string
	made, got int64
	money     bool
}

func (d *demoDay) figures() []figure {
	made, got := d.made, d.got
	count := func(what string, made, got int) figure { return figure{what, int64(made), int64(got), false} }
	sum := func(what string, made, got int64) figure { return figure{what, made, got, true} }
	return []figure{
		count("lines", made.Lines, got.Lines),
		count("listed twice, booked once", made.Duplicates, got.Duplicates),
		count("failed, not booked", made.Failed, got.Failed),
		count("contributions", made.Contributions, got.Contributions),
		sum("", made.Contributed, got.Contributed),
		count("  that name nobody", made.WrongReferences, got.WrongReferences),
		count("  without a readable time", made.UnreadableTimes, got.UnreadableTimes),
		count("  without a readable amount", made.UnreadableAmounts, got.UnreadableAmounts),
		count("reversals", made.Reversals, got.Reversals),
		sum("", made.Reversed, got.Reversed),
		// Those that were ahead of their originals have taken effect when these arrived; the rest wait for a person.
		count("  for another amount, held", made.ReversalsOtherAmount, d.held-d.arrived),
		count("settlements to the bank", made.Settlements, got.Settlements),
		sum("", made.Settled, got.Settled),
		count("charges, held", made.Charges, got.Charges),
		sum("", made.Charged, got.Charged),
	}
}

// mostShown bounds how many faults of one sort are printed.
const mostShown = 10

// compare prints every figure of the statement as it was made and as it was answered; right says that they agree, and
// that each contribution is where its payer wanted it.
func (d *demoDay) compare(w io.Writer, indent string) (right bool) {
	t := newTable(indent, "", ">Made", ">Answered", "")
	right = len(d.misplaced) == 0
	for _, f := range d.figures() {
		differs := ""
		if f.made != f.got {
			right, differs = false, "DIFFERS"
		}
		t.row(f.what, f.text(f.made), f.text(f.got), differs)
	}
	t.print(w)
	for _, what := range d.misplaced[:min(mostShown, len(d.misplaced))] {
		fmt.Fprintln(w, indent+what)
	}
	if len(d.misplaced) == 0 {
		fmt.Fprintln(w, indent+"Every contribution is with the member whom its payer meant, or in suspense with the right reason.")
	} else {
		fmt.Fprintf(w, "%s%s LINES ARE NOT WHERE THEY SHOULD BE.\n", indent, counted(len(d.misplaced)))
	}
	return right
}

func (f figure) text(n int64) string {
	if !f.money {
		return counted(n)
	}
	money := ledger.Money{Minor: n, Currency: demoCurrency}
	return grouped(money.Amount()) + " " + demoCurrency
}

// thousandths is the amount of the receipt; the demo's currency has three decimals.
func thousandths(a answer) int64 {
	amount := a.receipt.GetAmount()
	money, err := ledger.ParseMoney(ledger.Currency(amount.GetCurrencyCode()), amount.GetAmount())
	if err != nil {
		return 0 // An amount that nobody could read.
	}
	return money.Minor
}

// touched is the member whose accounts a receipt touches; empty where it touches none.
func touched(receipt *sanadv1.Receipt) string {
	for _, posting := range receipt.GetPostings() {
		if id, ok := strings.CutPrefix(posting.GetAccount().GetParty(), ledger.MemberKind+":"); ok {
			return id
		}
	}
	return ""
}
