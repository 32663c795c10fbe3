package match

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Tx is what settling reads and writes in a transaction on the books.
type Tx interface {
	// SchemeVersions returns all published versions of those of the schemes that are published.
	SchemeVersions(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode][]insurance.Scheme, error)
	// SealedFacts returns the facts of those of the members who have any, as [insurance.OpenFacts] reads them.
	SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	// Salts returns what a member's key is made from; nothing for a member who is unknown or erased.
	Salts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	// OpenAppeals returns the members who have an appeal open, with the day from which on.
	OpenAppeals(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID]ledger.Date, error)
	// EntriesOf returns all entries of the parties.
	EntriesOf(ctx context.Context, parties ...ledger.Party) ([]ledger.Entry, error)
	// Funders returns those of the funders that are known; LineStatuses how those of the budget lines stand that there are.
	Funders(ctx context.Context, ids ...insurance.FunderID) (map[insurance.FunderID]insurance.Funder, error)
	LineStatuses(ctx context.Context, lines ...ledger.Party) (map[ledger.Party]insurance.LineStatus, error)
	// PartiesOn returns the parties that are not held and have the account of that number; SharedDays what such an account
	// changed by on each value date, in order.
	PartiesOn(ctx context.Context, code ledger.Code) ([]ledger.Party, error)
	SharedDays(ctx context.Context, account ledger.Account) ([]ledger.DayNet, error)
	// HoldShared locks shared accounts with a floor and returns what stands on them; SharedBalances returns what stands on
	// any shared accounts.
	HoldShared(ctx context.Context, accounts ...ledger.Account) ([]ledger.Balance, error)
	SharedBalances(ctx context.Context, valueOn ledger.Date, accounts ...ledger.Account) ([]ledger.Balance, error)
	// Wait writes who waits for a budget, or no longer does; Waits returns what the members wait for.
	Wait(ctx context.Context, waits ...Wait) error
	Waits(ctx context.Context, members ...ledger.Party) ([]Wait, error)
}

// Wait is a member whose due waits for a budget.
type Wait struct {
	Line     ledger.Party
	Member   ledger.Party
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	Subsidy  string
	Start    ledger.Date
	Turn     Turn
	// Minor is what is unmet now; zero ends the wait.
	Minor int64
}

// Turn is a place in the queue: since when somebody waits, and which she was of those whose wait began in one
// transaction.
type Turn struct {
	Since  time.Time
	Place  int
	Member ledger.Party
}

// Asked is a member whose due of a subsidy is to be judged although nothing new has come: at the end of a period, after
// a new version, or where a budget has been given more.
type Asked struct {
	Member ledger.Party
	Scheme ledger.SchemeCode
	// Subsidy is empty for all of them, in every period that something was given or is held for.
	Subsidy string
	// On is a day of the period.
	On ledger.Date
}

// Settler settles what members are due.
type Settler struct {
	Keys *privacy.Keyring
	// Scarce decides one thing after the other, in the order in which they came, with what is left of the budgets, under a
	// lock. Without it everything is granted, and saving the page or [Settled.Confirm] fails with [ledger.ErrFloor] where
	// a budget does not suffice, or others wait for it; the batch is then decided again.
	Scarce bool
	// All says that all is granted that may be, and not only what is granted at once.
	All bool
	// Queued says that those who are asked for are those who have waited longest.
	Queued bool
	// Part is what all who are asked for get of their wants, where the policy is the same part for all.
	Part *Part
	// Counting says that nothing is booked: what is due is judged, and what is wanted is counted.
	Counting bool
	// Remitted is how far collectors have remitted, as far as that is known already; it is read where it is nil.
	Remitted *Remitted
}

// Part is what is left of a budget for all that is wanted of it, in minor units.
type Part struct{ Left, Wanted int64 }

// Settled is what has come of settling a page.
type Settled struct {
	// Moved counts the entries that were posted.
	Moved int
	// Wanted is what is due and not granted of what was asked for, in minor units, by the budgetary account that it would
	// be taken from.
	Wanted map[ledger.Account]int64
	// Short says that somebody was left without for want of budget.
	Short bool
	// Failed are the members who could not be judged and keep what they have.
	Failed []Failure
	// HeldBack is what is due for the periods asked for and waits until collectors remit.
	HeldBack HeldBack
	drawn    []drawn
}

// Failure is why a member could not be judged.
type Failure struct {
	Member  ledger.Party
	Scheme  ledger.SchemeCode
	Subsidy string
	Err     error
}

// Settle judges every member on whose contributions the page has something new, and those asked for, and posts the
// difference between what is due and what is booked. Once the page is saved, [Settled.Confirm] must be called.
func (s Settler) Settle(ctx context.Context, tx Tx, page *ledger.Page, asked ...Asked) (Settled, error) {
	cases := s.casesOf(page, asked)
	if len(cases) == 0 {
		return Settled{}, nil
	}
	d, err := s.read(ctx, tx, page, cases)
	if err != nil || len(d.cases) == 0 {
		return d.settled, err
	}
	before := len(page.Pending())
	if err := d.decide(); err != nil {
		return Settled{}, err
	}
	d.settled.Moved = len(page.Pending()) - before
	return d.settled, tx.Wait(ctx, d.waits...)
}

// Saver also saves pages.
type Saver interface {
	Tx
	Save(ctx context.Context, page *ledger.Page) error
}

// Book settles the page, saves it and confirms what was settled.
func (s Settler) Book(ctx context.Context, tx Saver, page *ledger.Page, asked ...Asked) (Settled, error) {
	settled, err := s.Settle(ctx, tx, page, asked...)
	if err != nil {
		return settled, err
	}
	if err := tx.Save(ctx, page); err != nil {
		return settled, err
	}
	return settled, settled.Confirm(ctx, tx)
}

// change is a contribution that has come or gone.
type change struct {
	on    ledger.Date
	given insurance.Giving
	minor int64
	// by is the collector whose reversal took it away; empty else.
	by insurance.CollectorID
	// through is how many of the page's entries have come by then.
	through int
}

// memberCase is a member in a scheme: what is new, and which periods are asked for.
type memberCase struct {
	*member
	scheme  ledger.SchemeCode
	changes []change
	asked   []Asked
	// fresh says that her position was made anew, so that all of it is to be judged.
	fresh bool
}

// member is what is known of a member while a page is settled.
type member struct {
	party     ledger.Party
	positions []Position
	facts     insurance.Facts
	// entries are those of before the page, where they are needed.
	entries []ledger.Entry
	// faceless is why her facts can't be read; nil where they can.
	faceless error
	taken    bool
	changed  bool
	// objects says that an appeal of hers is open: nothing is taken from her meanwhile.
	objects bool
}

// position is that in the scheme; nil where there is none.
func (m *member) position(scheme ledger.SchemeCode) *Position {
	for i := range m.positions {
		if m.positions[i].Scheme == scheme {
			return &m.positions[i]
		}
	}
	return nil
}

// forget drops a position: it is made anew when it is needed next.
func (m *member) forget(scheme ledger.SchemeCode) {
	before := len(m.positions)
	m.positions = slices.DeleteFunc(m.positions, func(p Position) bool { return p.Scheme == scheme })
	m.changed = m.changed || len(m.positions) < before
}

// casesOf are the members on whose contributions the page has something new, and those asked for. Where budgets are
// scarce each thing is a case of its own, in the order in which they came, so that what is granted does not depend on
// what shares a batch.
func (s Settler) casesOf(page *ledger.Page, asked []Asked) []*memberCase {
	c := gathering{apart: s.Scarce, members: map[ledger.Party]*member{}, by: map[caseKey]*memberCase{}}
	for i, e := range page.Pending() {
		given, ok := insurance.GivenBy(e, page.Entry)
		if !ok {
			continue
		}
		m := c.of(e.Party, given.Scheme)
		m.changes = append(m.changes, change{e.ValueOn, given.Giving, given.Minor, given.TakenBackBy, i + 1})
	}
	for _, a := range asked {
		m := c.of(a.Member, a.Scheme)
		m.asked = append(m.asked, a)
	}
	return c.order
}

type caseKey struct {
	party  ledger.Party
	scheme ledger.SchemeCode
}

// gathering are the cases of a page while they are gathered.
type gathering struct {
	apart   bool
	order   []*memberCase
	by      map[caseKey]*memberCase
	members map[ledger.Party]*member
}

// of is the case of the member in the scheme.
func (g *gathering) of(party ledger.Party, scheme ledger.SchemeCode) *memberCase {
	key := caseKey{party, scheme}
	if known, ok := g.by[key]; ok && !g.apart {
		return known
	}
	m, ok := g.members[party]
	if !ok {
		m = &member{party: party}
		g.members[party] = m
	}
	c := &memberCase{member: m, scheme: scheme}
	g.by[key] = c
	g.order = append(g.order, c)
	return c
}

// desk is where a page is settled: what was read for it, and what comes of it. Deciding is pure.
type desk struct {
	Settler
	page    *ledger.Page
	cases   []*memberCase
	members []*member
	rules   map[ledger.SchemeCode]Rules
	// unread are schemes whose rules can't be read, and why.
	unread  map[ledger.SchemeCode]error
	funders map[insurance.FunderID]insurance.Funder
	lines   map[ledger.Party]insurance.LineStatus
	// left is what is left on the accounts of scarce budgets, and what is unmet there already.
	left map[ledger.Account]int64
	// passed are lines on which somebody of the queue was left without: nobody passes her.
	passed  map[insurance.BudgetLine]bool
	charges map[chargeKey]*charge
	waits   []Wait
	settled Settled
}

// decide settles the cases in order, and writes what is known of each member then.
func (d *desk) decide() error {
	for _, c := range d.cases {
		d.settle(c)
	}
	for _, m := range d.members {
		if !m.changed {
			continue
		}
		if err := d.page.SetNote(m.party, encode(m.positions)); err != nil {
			return err
		}
	}
	return d.charge()
}

// settle folds what is new of one member in one scheme and judges what it may have changed.
func (d *desk) settle(c *memberCase) {
	position := c.position(c.scheme)
	if position != nil {
		if err := position.take(c.changes); err != nil {
			d.fail(c, "", err)
			c.forget(c.scheme)
			return
		}
		c.changed = true
	}
	if err := d.unjudgeable(c); err != nil || position == nil {
		d.fail(c, "", err)
		return
	}
	for _, j := range d.periods(c, position) {
		if err := d.judge(c, position, j); err != nil {
			d.fail(c, j.subsidy, err)
		}
	}
	position.tidy()
}

// take folds changes in.
func (p *Position) take(changes []change) error {
	for _, ch := range changes {
		if err := p.add(ch.on, ch.given, ch.minor); err != nil {
			return err
		}
	}
	return nil
}

// unjudgeable is why nobody can tell what the member is due; nil where one can.
func (d *desk) unjudgeable(c *memberCase) error {
	if err := d.unread[c.scheme]; err != nil {
		return err
	}
	if d.rules[c.scheme].facts {
		return c.faceless
	}
	return nil
}

// fail notes why a member can't be judged.
func (d *desk) fail(c *memberCase, subsidy string, err error) {
	if err == nil { // it was said before
		return
	}
	d.settled.Failed = append(d.settled.Failed, Failure{c.party, c.scheme, subsidy, err})
}

// post posts entries, which must be new: there is one at most that moves a grant on.
func (d *desk) post(entries ...ledger.Entry) error {
	for _, e := range entries {
		if _, taken := d.page.Entry(e.ID); taken {
			return fmt.Errorf("%w: %s", errMoves, e.ID)
		}
	}
	_, err := d.page.Post(entries...)
	return err
}
