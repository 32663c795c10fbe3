package statementtest

import (
	"encoding/csv"
	"math/rand/v2"
	"slices"
	"time"
)

// columns are those of the portal's export.
var columns = []string{
	"Receipt No.", "Completion Time", "Initiation Time", "Details", "Transaction Status", "Paid In", "Withdrawn",
	"Balance", "Balance Confirmed", "Reason Type", "Other Party Info", "Linked Transaction ID", "A/C No.",
}

const portalTime = "02-01-2006 15:04:05"

// remembered is how many contributions a duplicate or reversal can choose from.
const remembered = 1000

// line is one line before it becomes cells.
type line struct {
	receipt, details, status, reason, party, linked, account string

	at      time.Time
	amount  int64 // thousandths; negative where money left
	balance int64

	time, paidIn string // what stands in the cell instead, if anything does
}

// day is a statement in the making.
type day struct {
	out      *csv.Writer
	r        *rand.Rand
	members  []Member
	known    map[string]bool // numbers and phones that name somebody
	receipts map[string]bool // given out
	midnight time.Time

	now      time.Time
	balance  int64
	promised []line // contributions whose reversal is listed already
	past     []line // contributions that may come again or be reversed, newest last
	undone   map[string]bool
	expected Expected
}

// head writes what the portal writes before the first line.
func (d *day) head() {
	d.write("Organization Statement")
	d.write("Short Code", "555000")
	d.write("Account", "Utility Account")
	d.write("Time Period", "From "+d.midnight.Format(portalTime), "To "+d.midnight.AddDate(0, 0, 1).Format(portalTime))
	d.write("Opening Balance", grouped(d.balance))
	d.write("")
	d.write(columns...)
}

// write adds a line of cells. The writer keeps its first error for the end.
func (d *day) write(cells ...string) { _ = d.out.Write(cells) }

// lines writes the deck, spread evenly over the day.
func (d *day) lines(deck []sort) {
	d.undone = map[string]bool{}
	left := 0
	for _, s := range deck {
		left += one(s == contribution)
	}
	for i, s := range deck {
		d.now = d.midnight.Add(24 * time.Hour * time.Duration(i) / time.Duration(len(deck))).Truncate(time.Second)
		left -= one(s == contribution)
		d.line(s, left)
		d.expected.Lines++
	}
}

// line writes one line; left is how many plain contributions are still to come, each of which can keep a promise.
func (d *day) line(s sort, left int) {
	switch s {
	case contribution:
		d.contribution()
	case wrongReference:
		d.wrongReference()
	case unreadable:
		d.unreadable()
	case duplicate:
		d.duplicate()
	case reversal:
		d.reversal(left > len(d.promised))
	case failed:
		d.failed()
	case settlement:
		d.settlement()
	case charge:
		d.charge()
	}
}

// put writes a line that was not there before.
func (d *day) put(l line) line {
	d.balance += l.amount
	l.balance = d.balance
	d.write(l.cells()...)
	return l
}

// cells are in the order of columns.
func (l line) cells() []string {
	at, paidIn, withdrawn := l.at.Format(portalTime), "", ""
	if l.time != "" {
		at = l.time
	}
	if l.amount < 0 {
		withdrawn = grouped(l.amount)
	}
	if l.amount > 0 {
		paidIn = grouped(l.amount)
	}
	if l.paidIn != "" {
		paidIn = l.paidIn
	}
	return []string{
		l.receipt, at, at, l.details, l.status, paidIn, withdrawn,
		grouped(l.balance), "true", l.reason, l.party, l.linked, l.account,
	}
}

// contribution writes a good one, or keeps a promise.
func (d *day) contribution() {
	var l line
	if len(d.promised) > 0 {
		l, d.promised = d.promised[0], d.promised[1:]
	} else {
		l = d.given(d.anyone())
	}
	d.remember(d.put(l))
	d.countGiven(l)
}

// wrongReference writes a contribution that names nobody.
func (d *day) wrongReference() {
	m := d.anyone()
	l := d.given(m)
	l.account = d.mistaken(m)
	l.details = paidBy(m, l.account)
	d.remember(d.put(l))
	d.countGiven(l)
	d.expected.WrongReferences++
}

// unreadable writes a contribution with a ruined cell. Its time and its amount are ruined in turn.
func (d *day) unreadable() {
	l := d.given(d.anyone())
	if (d.expected.UnreadableAmounts+d.expected.UnreadableTimes)%2 == 1 {
		l.time = pick(d.r, "#######", "31-02-"+l.at.Format("2006 15:04:05"), "45931.4375", l.at.Format("Jan 2"))
		d.put(l)
		d.countGiven(l)
		d.expected.UnreadableTimes++
		return
	}
	l.paidIn = pick(d.r, "#######", "12.5O0", "1.250,000", "JOD ?", "1,25,0.000")
	d.put(l)
	d.expected.Contributions++
	d.expected.UnreadableAmounts++
}

// duplicate writes an earlier contribution again, as it was.
func (d *day) duplicate() {
	d.write(pick(d.r, d.past...).cells()...)
	d.expected.Duplicates++
}

// reversal takes a contribution back: one that was listed, or one that will be.
func (d *day) reversal(mayBeAhead bool) {
	first, ok := d.original(mayBeAhead)
	if !ok {
		d.contribution()
		return
	}
	amount := first.amount
	if d.expected.Reversals%4 == 2 {
		amount += pick[int64](d.r, -500, 500, 1000)
		d.expected.ReversalsOtherAmount++
	}
	d.put(line{
		receipt: d.receipt(), at: d.now, status: "Completed", amount: -amount,
		reason: pick(d.r, "Transaction Reversal", "Pay Bill Reversal", "Reversal"), details: "Reversal of " + first.receipt,
		party: first.party, linked: first.receipt,
	})
	d.expected.Reversals++
	d.expected.Reversed += amount
}

// original chooses the contribution to take back. Now and then it is one still to come.
func (d *day) original(mayBeAhead bool) (line, bool) {
	ahead := mayBeAhead && d.expected.Reversals%3 == 1
	for tries := 20; tries > 0 && !ahead; tries-- {
		l := pick(d.r, d.past...)
		if !d.undone[l.receipt] {
			d.undone[l.receipt] = true
			return l, true
		}
	}
	if !mayBeAhead {
		return line{}, false
	}
	return d.promise(), true
}

// promise makes a contribution that a later line will list, with a time somewhat before now.
func (d *day) promise() line {
	l := d.given(d.anyone())
	l.at = d.now.Add(-time.Duration(1+d.r.IntN(1800)) * time.Second)
	if l.at.Before(d.midnight) {
		l.at = d.midnight
	}
	d.promised = append(d.promised, l)
	d.undone[l.receipt] = true
	d.expected.ReversalsAhead++
	return l
}

// failed writes a payment that did not come about.
func (d *day) failed() {
	l := d.given(d.anyone())
	l.status = pick(d.r, "Failed", "Cancelled", "Declined", "Expired")
	l.paidIn, l.amount = grouped(l.amount), 0
	d.put(l)
	d.expected.Failed++
}

// settlement sends most of what is there to the bank.
func (d *day) settlement() {
	amount := max(1000, d.balance*9/10)
	reason := pick(d.r, "Organization Settlement", "Business to Bank", "Organization Withdrawal Of Funds")
	d.put(line{
		receipt: d.receipt(), at: d.now, status: "Completed", amount: -amount, reason: reason,
		details: reason + " by operator", party: "555000 - ARAB BANK",
	})
	d.expected.Settlements++
	d.expected.Settled += amount
}

// charge is what the collector keeps for its trouble.
func (d *day) charge() {
	amount := int64(250 * (1 + d.r.IntN(8)))
	reason := pick(d.r, "Pay Bill Charge", "Business to Bank Charge", "Withdrawal of Funds Charge")
	d.put(line{
		receipt: d.receipt(), at: d.now, status: "Completed", amount: -amount, reason: reason, details: reason,
	})
	d.expected.Charges++
	d.expected.Charged += amount
}

// remember keeps a contribution for duplicates and reversals.
func (d *day) remember(l line) {
	if len(d.past) == remembered {
		d.past = slices.Delete(d.past, 0, remembered/2)
	}
	d.past = append(d.past, l)
}

// countGiven counts a contribution with a readable amount.
func (d *day) countGiven(l line) {
	d.expected.Contributions++
	d.expected.Contributed += l.amount
}

// receipt gives a receipt number that was not given before.
func (d *day) receipt() string {
	for {
		number := Receipt(d.midnight, d.r)
		if !d.receipts[number] {
			d.receipts[number] = true
			return number
		}
	}
}

// one counts a condition.
func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
