package collection

import (
	"context"
	"errors"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

// commit books a batch in one transaction: read and lock what all its items need, decide them one by one with the
// effects of the earlier ones visible, and write only what is new. A bad item fails alone, in its decision.
func (s *Service) commit(ctx context.Context, items []prepared) ([]sqldb.Outcome[Receipt], error) {
	scarce := s.scarce.Add(-1) >= 0
	outcomes, err := s.attempt(ctx, items, scarce)
	if !scarce && errors.Is(err, ledger.ErrFloor) {
		// A budget does not suffice for all of the batch: it is decided again, grant by grant, with what is left held.
		s.scarce.Store(heldBatches)
		outcomes, err = s.attempt(ctx, items, true)
	}
	if err == nil {
		s.count(ctx, outcomes)
	}
	return outcomes, err
}

// heldBatches is how many batches begin by holding the budgets after one was found near its end.
const heldBatches = 64

// attempt books a batch; scarce holds the budgets from the start.
func (s *Service) attempt(ctx context.Context, items []prepared, scarce bool) ([]sqldb.Outcome[Receipt], error) {
	var outcomes []sqldb.Outcome[Receipt]
	var settled match.Settled
	err := s.store.Update(ctx, func(ctx context.Context, tx Tx) error {
		d, err := s.open(ctx, tx, items)
		if err != nil {
			return err
		}
		outcomes = make([]sqldb.Outcome[Receipt], len(items))
		for i, item := range items {
			outcomes[i].Answer, outcomes[i].Err = d.decide(item)
		}
		if d.raced {
			return sqldb.ErrRaced
		}
		if settled, err = (match.Settler{Keys: s.keys, Scarce: scarce}).Settle(ctx, tx, d.page); err != nil {
			return err
		}
		if err := d.save(ctx, tx); err != nil {
			return err
		}
		return settled.Confirm(ctx, tx)
	})
	if err == nil {
		s.countUnjudged(ctx, settled.Failed)
	}
	return outcomes, err
}

// open reads what the decisions on the items depend on, and locks what they will change.
func (s *Service) open(ctx context.Context, tx Tx, items []prepared) (*desk, error) {
	d := &desk{service: s, items: map[ledger.ID]Item{}, waiting: map[ledger.ID]Item{}}
	steps := []func(context.Context, Tx, []prepared) error{
		d.readSchemes, d.readMembers, d.readSalts, d.readPlacements, d.readPage, d.readItems,
	}
	for _, step := range steps {
		if err := step(ctx, tx, items); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *desk) readSchemes(ctx context.Context, tx Tx, items []prepared) (err error) {
	collectors, codes := set[insurance.CollectorID]{}, set[ledger.SchemeCode]{}
	for _, item := range items {
		if item.Contribution != nil {
			collectors.add(item.collector)
			codes.add(item.Contribution.Scheme)
		}
	}
	if d.collectors, err = tx.Collectors(ctx, collectors.list()...); err != nil {
		return err
	}
	for _, c := range d.collectors {
		codes.add(c.DefaultScheme)
	}
	d.schemes, err = tx.Schemes(ctx, codes.list()...)
	return err
}

// readMembers finds whom the payers named. Payers' standing choices matter only where several members are found.
func (d *desk) readMembers(ctx context.Context, tx Tx, items []prepared) (err error) {
	hashes, payers := set[Hash]{}, set[Hash]{}
	d.named = make(map[ledger.ID][]Hash, len(items))
	for _, item := range items {
		if item.Contribution == nil {
			continue
		}
		named := d.identify(*item.Contribution)
		d.named[item.id] = named
		for _, h := range named {
			hashes.add(h)
		}
	}
	if d.found, err = tx.Resolve(ctx, hashes.list()...); err != nil {
		return err
	}
	for _, item := range items {
		if c := item.Contribution; c != nil && c.PayerPhone != "" && d.shared(d.named[item.id]) {
			payers.add(d.payer(*c))
		}
	}
	d.choices, err = tx.StandingChoices(ctx, payers.list()...)
	return err
}

func (d *desk) shared(named []Hash) bool {
	for _, h := range named {
		if len(d.found[h]) > 1 {
			return true
		}
	}
	return false
}

// readPlacements finds where the contributions that are to be reversed stand. One that is not there may be in a batch
// that has not ended: this batch then takes the calendar for itself, for which every other must end, and looks again. A
// reversal and its original can so never miss each other.
func (d *desk) readPlacements(ctx context.Context, tx Tx, items []prepared) (err error) {
	var originals []ledger.ID
	for _, item := range items {
		if item.Reversal != nil {
			originals = append(originals, item.original)
		}
	}
	if d.chain, err = placements(ctx, tx, originals); err != nil || d.hasAll(originals) {
		return err
	}
	if err := tx.HoldCalendar(ctx); err != nil {
		return err
	}
	d.chain, err = placements(ctx, tx, originals)
	return err
}

func (d *desk) hasAll(originals []ledger.ID) bool {
	there := set[ledger.ID]{}
	for _, e := range d.chain {
		there.add(e.ID)
	}
	for _, id := range originals {
		if !there[id] {
			return false
		}
	}
	return true
}

// readPage locks the balances of every member that an item may touch: those named, and those whose contributions are
// taken back.
func (d *desk) readPage(ctx context.Context, tx Tx, items []prepared) (err error) {
	need := ledger.Need{}
	parties := set[ledger.Party]{}
	for _, item := range items {
		need.Entries = append(need.Entries, item.id)
		if item.Reversal != nil {
			need.Entries = append(need.Entries, item.original)
		}
	}
	for member := range d.salts {
		parties.add(member.Party())
	}
	for _, e := range d.chain {
		need.Entries = append(need.Entries, e.ID)
		need.Undoing = append(need.Undoing, e.ID)
		for _, party := range e.HeldParties() {
			parties.add(party)
		}
	}
	need.Entries, need.Undoing = unique(need.Entries), unique(need.Undoing)
	need.Parties = parties.list()
	d.page, err = tx.Page(ctx, need)
	return err
}

// readItems reads what is in suspense under the batch's ids or waits for them: after the calendar is shared, so that a
// reversal that was booked to wait is seen.
func (d *desk) readItems(ctx context.Context, tx Tx, items []prepared) error {
	ids := make([]ledger.ID, len(items))
	for i, item := range items {
		ids[i] = item.id
	}
	found, err := tx.Items(ctx, ids...)
	if err != nil {
		return err
	}
	var held []ledger.ID
	for _, item := range found {
		d.items[item.ID] = item
		if !item.WaitsFor.IsZero() && !item.Resolved {
			d.waiting[item.WaitsFor] = item
			held = append(held, item.ID)
		}
	}
	if len(held) == 0 {
		return nil
	}
	reversals, err := tx.Entries(ctx, held...)
	d.page.Learn(reversals...)
	return err
}

// placements follows contributions from their first entries to where they stand now: each move undoes the one before.
func placements(ctx context.Context, tx ledger.Reader, originals []ledger.ID) ([]ledger.Entry, error) {
	var chain []ledger.Entry
	seen := set[ledger.ID]{}
	for next := unique(originals); len(next) > 0; {
		found, err := tx.Entries(ctx, next...)
		if err != nil {
			return nil, err
		}
		next = nil
		for _, e := range found {
			if !seen[e.ID] {
				seen.add(e.ID)
				chain = append(chain, e)
				next = append(next, e.ID)
			}
		}
	}
	return chain, nil
}

// readSalts keeps what the keys of the members found are made from; a member named by her id is found by having one.
func (d *desk) readSalts(ctx context.Context, tx Tx, items []prepared) (err error) {
	byID := set[insurance.MemberID]{}
	for _, item := range items {
		if item.Contribution != nil {
			byID.add(item.Contribution.Member.Member)
		}
	}
	if d.salts, err = tx.Salts(ctx, byID.list()...); err != nil {
		return err
	}
	for _, found := range d.found {
		for _, f := range found {
			d.salts[f.Member] = f.Salt
		}
	}
	return nil
}

// save writes what was decided; what was sent is sealed while the entries are being written.
func (d *desk) save(ctx context.Context, tx Tx) error {
	sealed := make(chan error, 1)
	go func() { sealed <- d.seal() }()
	err := tx.Save(ctx, d.page)
	if err := errors.Join(err, <-sealed); err != nil {
		return err
	}
	if err := tx.SaveItems(ctx, d.newItems...); err != nil {
		return err
	}
	return tx.SaveDetails(ctx, d.details...)
}

// set is a set that lists its members in any order.
type set[T comparable] map[T]bool

func (s set[T]) add(v T) {
	var zero T
	if v != zero {
		s[v] = true
	}
}

func (s set[T]) list() []T {
	values := make([]T, 0, len(s))
	for v := range s {
		values = append(values, v)
	}
	return values
}

func unique(ids []ledger.ID) []ledger.ID {
	all := set[ledger.ID]{}
	for _, id := range ids {
		all.add(id)
	}
	return all.list()
}
