package ledger

import (
	"fmt"
	"time"
)

// Balance is what stands on one account: debits less credits, in minor units.
type Balance struct {
	Account Account
	Net     int64
}

// Money is the balance on the account's normal side.
func (b Balance) Money() Money { return Money{b.Account.Normal(b.Net), b.Account.Currency} }

// Balances are those of one party, in the order in which the accounts were first used.
type Balances []Balance

// Of returns the net balance of the account; zero where it was never used.
func (bs Balances) Of(a Account) int64 {
	for _, b := range bs {
		if b.Account == a {
			return b.Net
		}
	}
	return 0
}

// Plus returns the balances with the amount added to one account; the receiver is left as it is.
func (bs Balances) Plus(a Account, net int64) (Balances, error) {
	after := append(make(Balances, 0, len(bs)+1), bs...)
	for i := range after {
		if after[i].Account != a {
			continue
		}
		sum, err := add(after[i].Net, net)
		if err != nil {
			return nil, fmt.Errorf("balance of %s: %w", a, err)
		}
		after[i].Net = sum
		return after, nil
	}
	return append(after, Balance{a, net}), nil
}

// Need names what a transaction must read and lock before it decides.
type Need struct {
	// Entries are ids that may be in the books already.
	Entries []ID
	// Undoing are ids of which it matters whether an entry has undone them.
	Undoing []ID
	// Parties are those whose balances will change; their rows are locked, in order.
	Parties []Party
}

// Page is what one transaction has read and locked of the books, and what it will add to them. Posting to it is a
// pure decision: same page and same entries, same result.
type Page struct {
	recordedAt time.Time
	calendar   Calendar
	entries    map[ID]Entry
	undoneBy   map[ID]Entry
	held       map[Party]Balances
	notes      map[Party][]byte
	changed    map[Party]bool
	opened     map[Party]bool
	pending    []Entry
}

// NewPage makes a page of what a store has read: the database's clock, the calendar, the entries found (those asked
// for and those that undo something), and the balances of the parties held.
func NewPage(recordedAt time.Time, calendar Calendar, found []Entry, held map[Party]Balances) *Page {
	p := &Page{
		recordedAt: recordedAt, calendar: calendar, held: held,
		entries: make(map[ID]Entry, len(found)), undoneBy: map[ID]Entry{}, changed: map[Party]bool{}, notes: map[Party][]byte{}, opened: map[Party]bool{},
	}
	for _, e := range found {
		p.know(e)
	}
	return p
}

func (p *Page) know(e Entry) {
	p.entries[e.ID] = e
	if !e.Undoes.IsZero() {
		p.undoneBy[e.Undoes] = e
	}
}

// Learn adds entries that a store has found since the page was read.
func (p *Page) Learn(found ...Entry) {
	for _, e := range found {
		p.know(e)
	}
}

// RecordedAt is the instant that what is posted here is recorded at.
func (p *Page) RecordedAt() time.Time { return p.recordedAt }

// Calendar says which periods are closed.
func (p *Page) Calendar() Calendar { return p.calendar }

// Entry returns the entry of that id, where it is in the books or was posted to this page.
func (p *Page) Entry(id ID) (Entry, bool) {
	e, ok := p.entries[id]
	return e, ok
}

// UndoneBy returns the entry that has undone the one of that id.
func (p *Page) UndoneBy(id ID) (Entry, bool) {
	e, ok := p.undoneBy[id]
	return e, ok
}

// Balances returns what stands for a held party now, with all that was posted to this page.
func (p *Page) Balances(party Party) Balances { return p.held[party] }

// Note returns what a use case keeps with the party's balances; nil where it keeps nothing. The ledger never reads it.
func (p *Page) Note(party Party) []byte { return p.notes[party] }

// SetNote replaces what a use case keeps with a held party's balances; it is written when the page is saved.
func (p *Page) SetNote(party Party, note []byte) error {
	if !p.Holds(party) {
		return fmt.Errorf("%w: party %s is not held by this page", ErrInvalid, party)
	}
	if !p.changed[party] && len(p.held[party]) == 0 {
		p.opened[party] = true
	}
	p.notes[party], p.changed[party] = note, true
	return nil
}

// LearnNotes adds the notes that a store has read with the balances of the parties held.
func (p *Page) LearnNotes(notes map[Party][]byte) *Page {
	p.notes = notes
	return p
}

// IsNew says that nothing is booked for a held party but what was posted to this page.
func (p *Page) IsNew(party Party) bool {
	if p.changed[party] {
		return p.opened[party]
	}
	return len(p.held[party]) == 0
}

// Holds says whether the party's balances were read and locked.
func (p *Page) Holds(party Party) bool {
	_, ok := p.held[party]
	return ok
}

// Seen looks for an entry that the caller has sent before (L3): the entry and true for the same content, false for
// none, [ErrReferenceReused] for other content.
func (p *Page) Seen(id ID, content Fingerprint) (Entry, bool, error) {
	e, ok := p.entries[id]
	if !ok {
		return Entry{}, false, nil
	}
	if e.Fingerprint != content {
		return Entry{}, false, fmt.Errorf("%w: %s", ErrReferenceReused, id)
	}
	return e, true, nil
}

// Post adds entries, all or none, and returns them as booked. Floors are checked after the last one, so that a
// shortfall and what makes it good are posted together (L8).
func (p *Page) Post(entries ...Entry) ([]Entry, error) {
	posted := make([]Entry, 0, len(entries))
	staged := map[Party]Balances{}
	for _, e := range entries {
		if err := p.admit(e, posted); err != nil {
			return nil, err
		}
		if err := p.stage(staged, e); err != nil {
			return nil, err
		}
		e.BookedOn, e.RecordedAt = p.calendar.BookOn(e.ValueOn), p.recordedAt
		posted = append(posted, e)
	}
	if err := p.checkFloors(staged); err != nil {
		return nil, err
	}
	p.write(posted, staged)
	return posted, nil
}

// admit looks for what forbids the entry: its own form (L1), an id that is taken (L3), a wrong undoing (L2).
func (p *Page) admit(e Entry, before []Entry) error {
	if err := e.Check(); err != nil {
		return err
	}
	if _, taken := p.entries[e.ID]; taken {
		return fmt.Errorf("%w: %s", ErrReferenceReused, e.ID)
	}
	for _, b := range before {
		if b.ID == e.ID {
			return fmt.Errorf("%w: %s", ErrReferenceReused, e.ID)
		}
	}
	if e.Undoes.IsZero() {
		return nil
	}
	return p.admitUndoing(e, before)
}

func (p *Page) admitUndoing(e Entry, before []Entry) error {
	target, ok := p.entries[e.Undoes]
	for _, b := range before {
		if b.ID == e.Undoes {
			target, ok = b, true
		}
		if b.Undoes == e.Undoes {
			return fmt.Errorf("%w: %s", ErrAlreadyUndone, e.Undoes)
		}
	}
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknownEntry, e.Undoes)
	}
	if by, undone := p.undoneBy[e.Undoes]; undone {
		return fmt.Errorf("%w: %s by %s", ErrAlreadyUndone, e.Undoes, by.ID)
	}
	return CheckUndoing(e, target)
}

// CheckUndoing returns what is wrong with one entry's undoing the other: [ErrUnknownEntry] where there is none,
// [ErrReversalFinal] where that is a reversal, [ErrInvalid] where a reversal is not its mirror (L2).
func CheckUndoing(e, target Entry) error {
	switch {
	case target.ID.IsZero() || target.ID != e.Undoes:
		return fmt.Errorf("%w: %s", ErrUnknownEntry, e.Undoes)
	case target.Kind == KindReversal:
		return fmt.Errorf("%w: %s", ErrReversalFinal, e.Undoes)
	case e.Kind == KindReversal && !e.mirrors(target):
		return fmt.Errorf("%w: %s is no mirror of %s", ErrInvalid, e.ID, target.ID)
	}
	return nil
}

// stage adds the entry's postings to the balances of the parties held.
func (p *Page) stage(staged map[Party]Balances, e Entry) error {
	for _, posting := range e.Postings {
		party := posting.Account.Party
		if !party.Held() {
			continue
		}
		before, ok := staged[party]
		if !ok {
			if before, ok = p.held[party]; !ok {
				return fmt.Errorf("%w: party %s is not held by this page", ErrInvalid, party)
			}
		}
		after, err := before.Plus(posting.Account, posting.Net())
		if err != nil {
			return err
		}
		staged[party] = after
	}
	return nil
}

// checkFloors refuses what spends a held account below zero. An account that was below already may rise.
func (p *Page) checkFloors(staged map[Party]Balances) error {
	for party, after := range staged {
		for _, b := range after {
			control, _ := b.Account.Code.Control()
			now := b.Account.Normal(b.Net)
			if control.Floored && now < 0 && now < b.Account.Normal(p.held[party].Of(b.Account)) {
				return fmt.Errorf("%w: %s would stand at %s", ErrFloor, b.Account, b.Money())
			}
		}
	}
	return nil
}

func (p *Page) write(posted []Entry, staged map[Party]Balances) {
	for party, after := range staged {
		if !p.changed[party] && len(p.held[party]) == 0 {
			p.opened[party] = true
		}
		p.held[party] = after
		p.changed[party] = true
	}
	for _, e := range posted {
		p.know(e)
	}
	p.pending = append(p.pending, posted...)
}

// Pending returns the entries posted to this page, in order.
func (p *Page) Pending() []Entry { return p.pending }

// Changed returns the balances, as they will stand, of the parties that entries were posted to.
func (p *Page) Changed() map[Party]Balances {
	after := make(map[Party]Balances, len(p.changed))
	for party := range p.changed {
		after[party] = p.held[party]
	}
	return after
}

// With returns the balances with the entry's postings to the party's accounts added.
func (bs Balances) With(e Entry) (Balances, error) {
	for _, p := range e.Postings {
		if p.Account.Party != e.Party {
			continue
		}
		var err error
		if bs, err = bs.Plus(p.Account, p.Net()); err != nil {
			return nil, err
		}
	}
	return bs, nil
}
