package match

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// chargeKey is a stage of a budget line.
type chargeKey struct {
	line      insurance.BudgetLine
	committed bool
}

// charge is what a page charges to a stage of a line: a budget is drawn once per batch.
type charge struct {
	chargeKey
	// closed says that the line takes no more grants: what comes back goes to the authority.
	closed bool
	// named is what the charge's entries are named by: the first thing that was charged.
	named string
	on    ledger.Date
	// granted and back are what was granted and taken back; headsIn and headsOut are beneficiaries counted and no longer.
	granted, back     int64
	headsIn, headsOut int64
	unmet             int64
	// queues says that those who are left without wait for the line.
	queues bool
}

// charged is the charge to the line, to be added to for what is called so and counts from the day.
func (b *booking) charged(line insurance.BudgetLine, named func() string, on ledger.Date) *charge {
	key := chargeKey{line, committed(b.sub)}
	c, ok := b.charges[key]
	if !ok {
		c = &charge{chargeKey: key, named: named(), closed: !b.lines[line.Party()].TakesOn(b.today())}
		b.charges[key] = c
	}
	c.on = max(c.on, on)
	c.queues = c.queues || b.sub.Exhaustion != rule.Stop
	return c
}

// charge posts what the page charges to each line, and notes what must hold once the page is saved.
func (d *desk) charge() error {
	keys := slices.SortedFunc(maps.Keys(d.charges), func(a, b chargeKey) int {
		return cmp.Or(cmp.Compare(a.line.Party(), b.line.Party()), cmp.Compare(bit(a.committed), bit(b.committed)))
	})
	for _, key := range keys {
		c := d.charges[key]
		if c.line.Year == 0 { // no budget is kept
			continue
		}
		for _, entry := range c.moves() {
			if err := d.chargeOne(c, entry); err != nil {
				return err
			}
		}
		if !d.Scarce && c.granted > 0 {
			other := d.charges[chargeKey{c.line, !c.committed}]
			d.settled.drawn = append(d.settled.drawn, drawn{c, c.moreUnmet() + other.moreUnmet()})
		}
	}
	return nil
}

// movement is one entry of a charge.
type movement struct {
	what  string
	line  insurance.BudgetLine
	minor int64
	up    func(insurance.Budgeted) (ledger.Entry, error)
	down  func(insurance.Budgeted) (ledger.Entry, error)
}

func (c *charge) moves() []movement {
	granted := func(b insurance.Budgeted) (ledger.Entry, error) { return insurance.BudgetGranted(b, c.committed) }
	back := func(b insurance.Budgeted) (ledger.Entry, error) {
		return insurance.BudgetClawedBack(b, c.committed, c.closed)
	}
	return []movement{
		{"money", c.line, c.granted - c.back, granted, back},
		{"heads", c.line.Heads(), c.headsIn - c.headsOut, granted, back},
		{"unmet", c.line, c.unmet, insurance.Unmet, insurance.Met},
	}
}

func (d *desk) chargeOne(c *charge, m movement) error {
	if m.minor == 0 {
		return nil
	}
	b := insurance.Budgeted{ID: d.chargeID(c, m.what), Line: m.line, Minor: m.minor, On: c.on}
	book := m.up
	if m.minor < 0 {
		b.Minor, book = -m.minor, m.down
	}
	e, err := book(b)
	if err != nil {
		return err
	}
	return d.post(e)
}

// chargeID names an entry of a charge by the first thing that it charges, which no other charges.
func (d *desk) chargeID(c *charge, what string) ledger.ID {
	return ledger.ID(d.Keys.Hash("charge", what, string(c.line.Party()), fmt.Sprint(c.committed), c.named))
}

func (c *charge) moreUnmet() int64 {
	if c == nil {
		return 0
	}
	return c.unmet
}

// drawn is a line that was drawn without knowing what is left of it, and by how much the page changes what is unmet there.
type drawn struct {
	*charge
	unmetMore int64
}

// errTurn: what was granted without looking at the queue must be decided again with the line held.
var errTurn = fmt.Errorf("%w: others wait for the budget, or it suffices only for what was taken back", ledger.ErrFloor)

// Confirm is called once the page is saved, by which the lines drawn are held. Saving has refused what overdraws a line
// by the batch's sum; Confirm refuses with [ledger.ErrFloor] what would have overdrawn it one after the other, and what
// has passed those who wait. The batch is then decided again, with budgets scarce.
func (s Settled) Confirm(ctx context.Context, tx Tx) error {
	if len(s.drawn) == 0 {
		return nil
	}
	var accounts []ledger.Account
	for _, line := range s.drawn {
		accounts = append(accounts, line.line.Account(ledger.BudgetUnmet), stage(line.line, line.committed), stage(line.line.Heads(), line.committed))
	}
	stands, err := tx.SharedBalances(ctx, 0, accounts...)
	if err != nil {
		return err
	}
	for i, line := range s.drawn {
		unmet, money, heads := stands[3*i].Money().Minor, stands[3*i+1].Money().Minor, stands[3*i+2].Money().Minor
		if line.queues && unmet-line.unmetMore > 0 || money < line.back || line.headsIn > 0 && heads < line.headsOut {
			return fmt.Errorf("%w: %s", errTurn, line.line)
		}
	}
	return nil
}
