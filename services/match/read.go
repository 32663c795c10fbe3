package match

import (
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// read reads what the rules of the cases' schemes look at, and makes the positions that are not there. The desk has no
// cases where no scheme has rules.
func (s Settler) read(ctx context.Context, tx Tx, page *ledger.Page, all []*memberCase) (*desk, error) {
	d := &desk{Settler: s, page: page, rules: map[ledger.SchemeCode]Rules{}, unread: map[ledger.SchemeCode]error{},
		left: map[ledger.Account]int64{}, passed: map[insurance.BudgetLine]bool{}, charges: map[chargeKey]*charge{}}
	if err := d.readRules(ctx, tx, all); err != nil || len(d.cases) == 0 {
		return d, err
	}
	for _, step := range []func(context.Context, Tx) error{d.readFacts, d.readPositions, d.readAppeals, d.readRemitted, d.readBudgets} {
		if err := step(ctx, tx); err != nil {
			return d, err
		}
	}
	return d, nil
}

// readRules keeps the cases of schemes that have rules, and of those whose rules can't be read.
func (d *desk) readRules(ctx context.Context, tx Tx, all []*memberCase) error {
	var codes []ledger.SchemeCode
	for _, c := range all {
		if !slices.Contains(codes, c.scheme) {
			codes = append(codes, c.scheme)
		}
	}
	versions, err := tx.SchemeVersions(ctx, codes...)
	if err != nil {
		return err
	}
	for code, vs := range versions {
		if d.rules[code], err = RulesOf(vs); err != nil {
			d.unread[code] = err
		}
	}
	for _, c := range all {
		if len(d.rules[c.scheme].spans) > 0 || d.unread[c.scheme] != nil {
			d.take(c)
		}
	}
	return nil
}

// take keeps a case, and its member once.
func (d *desk) take(c *memberCase) {
	d.cases = append(d.cases, c)
	if !c.taken {
		c.taken = true
		d.members = append(d.members, c.member)
	}
}

// readFacts opens the facts of members whose scheme looks at any.
func (d *desk) readFacts(ctx context.Context, tx Tx) error {
	wanted := map[insurance.MemberID]*member{}
	var ids []insurance.MemberID
	for _, c := range d.cases {
		id := insurance.MemberID(c.party.ID())
		if _, ok := wanted[id]; !ok && d.rules[c.scheme].facts {
			wanted[id] = c.member
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	sealed, err := tx.SealedFacts(ctx, ids...)
	if err != nil {
		return err
	}
	facts, err := open(ctx, tx, d.Keys, ids, sealed)
	for id, m := range wanted {
		m.facts, m.faceless = facts[id].facts, facts[id].err
	}
	return err
}

// readPositions reads the members' notes. What no note tells is made anew from the entries and the queue; who is new has
// no past.
func (d *desk) readPositions(ctx context.Context, tx Tx) error {
	for _, m := range d.members {
		positions, err := decode(d.page.Note(m.party))
		if err != nil {
			m.changed = true // what can't be read is made anew
		}
		m.positions = positions
	}
	var old, every []ledger.Party
	for _, c := range d.cases {
		if r := d.rules[c.scheme]; r.every || d.All && r.awaits() {
			every = append(every, c.party)
		}
		if d.unread[c.scheme] != nil || c.position(c.scheme) != nil {
			continue
		}
		if d.page.IsNew(c.party) {
			c.positions = append(c.positions, Position{Scheme: c.scheme})
			continue
		}
		c.fresh = true
		old = append(old, c.party)
	}
	if err := d.readEntries(ctx, tx, append(every, old...)); err != nil {
		return err
	}
	return d.foldAnew(ctx, tx, old)
}

// readAppeals notes who has an appeal open, of those from whom something could be taken back: whose contributions have
// gone, who are asked for, and all whom a decree that cuts the past may meet.
func (d *desk) readAppeals(ctx context.Context, tx Tx) error {
	at := map[insurance.MemberID]*member{}
	var ids []insurance.MemberID
	for _, c := range d.cases {
		id := insurance.MemberID(c.party.ID())
		if _, known := at[id]; !known && d.mayLose(c) {
			at[id] = c.member
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	appeals, err := tx.OpenAppeals(ctx, ids...)
	for id := range appeals {
		at[id].objects = true
	}
	return err
}

func (d *desk) mayLose(c *memberCase) bool {
	gone := func(ch change) bool { return ch.minor < 0 }
	return len(c.asked) > 0 || c.fresh || d.rules[c.scheme].cuts || slices.ContainsFunc(c.changes, gone)
}

func (d *desk) readEntries(ctx context.Context, tx Tx, parties []ledger.Party) error {
	if len(parties) == 0 {
		return nil
	}
	slices.Sort(parties)
	found, err := tx.EntriesOf(ctx, slices.Compact(parties)...)
	by := map[ledger.Party][]ledger.Entry{}
	for _, e := range found {
		by[e.Party] = append(by[e.Party], e)
	}
	for _, m := range d.members {
		m.entries = by[m.party]
	}
	return err
}

// foldAnew makes the positions of fresh cases.
func (d *desk) foldAnew(ctx context.Context, tx Tx, parties []ledger.Party) error {
	if len(parties) == 0 {
		return nil
	}
	slices.Sort(parties)
	waits, err := tx.Waits(ctx, slices.Compact(parties)...)
	if err != nil {
		return err
	}
	for _, c := range d.cases {
		if !c.fresh {
			continue
		}
		if c.position(c.scheme) != nil { // of another case of hers
			c.fresh = false
			continue
		}
		position, err := Fold(c.scheme, c.entries)
		if err != nil {
			d.fail(c, "", err)
			continue
		}
		d.recall(&position, c, waits)
		c.positions = append(c.positions, position)
	}
	return nil
}

// recall notes what the entries of a member don't tell: what she waits for, and that she was counted as a beneficiary.
func (d *desk) recall(p *Position, c *memberCase, waits []Wait) {
	for _, w := range waits {
		line, err := insurance.ParseBudgetLine(w.Line, w.Currency)
		if w.Member != c.party || w.Scheme != c.scheme || err != nil {
			continue
		}
		h := p.held(w.Subsidy, w.Start)
		h.Unmet, h.UnmetOn = w.Minor, Line{line.Funder, line.Year, line.Prior}
	}
	for i := range p.Held {
		h := &p.Held[i]
		if sub := d.rules[c.scheme].latest(h.Subsidy); sub != nil && sub.Heads && len(h.Grants) > 0 {
			h.Grants[0].Head = true
		}
	}
}
