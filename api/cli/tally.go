package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	operator "sanad.dev/sanad/payments/statement"
)

// outcome is what came of a line, in one word.
type outcome string

// The outcomes, in the order in which they are shown.
const (
	posted    outcome = "posted"    // to a member's pots
	suspended outcome = "suspense"  // to the collector's suspense, with a reason
	reversed  outcome = "reversed"  // taken back, or taken back before it came
	withdrawn outcome = "withdrawn" // by the organisation, to its bank
	unread    outcome = "unread"    // taken in, but nobody can say how much: a person decides
	repeated  outcome = "repeated"  // received before: the first answer again
	failed    outcome = "failed"    // no money moved, nothing is booked
	refused   outcome = "refused"   // nothing is booked and the line is still to be dealt with
)

var outcomes = []outcome{posted, suspended, reversed, withdrawn, unread, repeated, failed, refused}

// outcome is what came of the line.
func (a answer) outcome() outcome {
	switch {
	case a.refusal != nil:
		return refused
	case a.receipt == nil:
		return failed
	case a.receipt.GetRepeated():
		return repeated
	}
	return a.standing()
}

// standing is where the receipt says that the item stands, repeated or not.
func (a answer) standing() outcome {
	switch a.receipt.GetState() {
	case sanadv1.ContributionState_CONTRIBUTION_STATE_SUSPENSE:
		return suspended
	case sanadv1.ContributionState_CONTRIBUTION_STATE_REVERSED:
		return reversed
	case sanadv1.ContributionState_CONTRIBUTION_STATE_UNREAD:
		return unread
	}
	if a.line.Kind == operator.KindWithdrawal {
		return withdrawn
	}
	return posted
}

// reason is the stable code of why the line is in suspense, unread or refused.
func (a answer) reason() string {
	if a.refusal != nil {
		return a.refusal.GetReason()
	}
	return a.receipt.GetReason()
}

// amount is what was booked, or for a failed line what would have been; zero and no currency where nobody can say.
func (a answer) amount() (decimal.Decimal, string) {
	amount := a.receipt.GetAmount()
	if a.receipt == nil {
		amount = amountOf(a.line)
	}
	d, err := decimal.NewFromString(amount.GetAmount())
	if err != nil {
		return decimal.Zero, ""
	}
	return d, amount.GetCurrencyCode()
}

// tally counts what came of lines, by outcome and reason. Amounts are decimals of any size: nothing overflows (L9).
type tally struct {
	lines    int
	counts   map[tallied]int
	sums     map[tallied]map[string]decimal.Decimal
	messages map[tallied]string
}

// tallied is a line of the summary.
type tallied struct {
	outcome outcome
	reason  string
}

func newTally() *tally {
	return &tally{counts: map[tallied]int{}, sums: map[tallied]map[string]decimal.Decimal{}, messages: map[tallied]string{}}
}

func (t *tally) add(a answer) {
	key := tallied{a.outcome(), a.reason()}
	if key.outcome == repeated || key.outcome == unread {
		key.reason = ""
	}
	t.lines++
	t.counts[key]++
	if a.refusal != nil && t.messages[key] == "" {
		t.messages[key] = fmt.Sprintf("line %d: %s", a.line.Number, a.refusal.GetMessage())
	}
	if amount, currency := a.amount(); currency != "" {
		if t.sums[key] == nil {
			t.sums[key] = map[string]decimal.Decimal{}
		}
		t.sums[key][currency] = t.sums[key][currency].Add(amount)
	}
}

// of counts the lines with that outcome.
func (t *tally) of(o outcome) int {
	n := 0
	for key, count := range t.counts {
		if key.outcome == o {
			n += count
		}
	}
	return n
}

func (t *tally) keys() []tallied {
	return slices.SortedFunc(maps.Keys(t.counts), func(a, b tallied) int {
		return cmp.Or(cmp.Compare(slices.Index(outcomes, a.outcome), slices.Index(outcomes, b.outcome)),
			cmp.Compare(a.reason, b.reason))
	})
}

// print shows the summary, and of each sort of refusal the first.
func (t *tally) print(w io.Writer, indent string) {
	out := newTable(indent, "Outcome", "Reason", ">Lines", ">Amount")
	for _, key := range t.keys() {
		out.row(string(key.outcome), key.reason, counted(t.counts[key]), amounts(t.sums[key]))
	}
	out.row("all", "", counted(t.lines), "")
	out.print(w)
	for _, key := range t.keys() {
		if message := t.messages[key]; message != "" {
			fmt.Fprintf(w, "%s%s, %s\n", indent, key.reason, message)
		}
	}
}

// amounts prints the sum of each currency, with the decimals that the server gave.
func amounts(sums map[string]decimal.Decimal) string {
	var texts []string
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		sum := sums[currency]
		texts = append(texts, grouped(sum.StringFixed(-sum.Exponent()))+" "+currency)
	}
	return strings.Join(texts, ", ")
}
