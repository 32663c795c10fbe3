package enrolment

import (
	"context"
	"slices"
	"time"

	"sanad.dev/sanad/services/insurance"
)

// desk is where a batch of requests is decided: all that was read for it, and all that it will write. Deciding has no
// effect but on the desk, and sees what was decided before.
type desk struct {
	service *Service
	at      time.Time
	items   []prepared
	// known are the members whom a request has registered.
	known map[Hash]Record
	// taken are the card numbers that have been given.
	taken map[Hash]bool
	// found are the members that documents and phones of the batch point to.
	found map[Hash][]insurance.MemberID
	// records are the members that a decision may look at; opened is what is known of those looked at so far.
	records map[insurance.MemberID]Record
	opened  map[insurance.MemberID]sealed

	members  []Record
	pointers []Pointer
	numbers  []Hash
}

// desk reads what the decisions depend on.
func (s *Service) desk(ctx context.Context, tx Tx, requests []Request) (*desk, error) {
	d := &desk{service: s, taken: map[Hash]bool{}, opened: map[insurance.MemberID]sealed{}}
	var err error
	if d.at, err = tx.Instant(ctx); err != nil {
		return nil, err
	}
	today := s.today(d.at)
	var names []Hash
	for _, r := range requests {
		item := s.prepare(r, today)
		d.items = append(d.items, item)
		names = append(names, item.request)
	}
	if d.known, err = tx.Registered(ctx, names...); err != nil {
		return nil, err
	}
	if err = d.numberCards(ctx, tx); err != nil {
		return nil, err
	}
	return d, d.findAlike(ctx, tx)
}

// fresh are the requests that will register somebody unless something else stands in the way.
func (d *desk) fresh() []*prepared {
	var fresh []*prepared
	for i := range d.items {
		item := &d.items[i]
		if _, known := d.known[item.request]; !known && item.fault == nil {
			fresh = append(fresh, item)
		}
	}
	return fresh
}

// mostCompared bounds the members on one phone with whom a newcomer is compared.
const mostCompared = 64

// findAlike reads whom the documents and phones of the newcomers point to, and those members themselves with whoever
// vouches.
func (d *desk) findAlike(ctx context.Context, tx Tx) error {
	var hashes []Hash
	var ids []insurance.MemberID
	for _, item := range d.fresh() {
		for _, p := range item.pointers {
			hashes = append(hashes, p.Hash)
		}
		if voucher := item.person.Voucher.Member; voucher != "" {
			ids = append(ids, voucher)
		}
	}
	found, err := tx.Resolve(ctx, hashes...)
	if err != nil {
		return err
	}
	d.found = make(map[Hash][]insurance.MemberID, len(found))
	for hash, members := range found {
		for _, f := range members[:min(len(members), mostCompared)] {
			d.found[hash] = append(d.found[hash], f.Member)
			ids = append(ids, f.Member)
		}
	}
	d.records, err = tx.Members(ctx, ids...)
	return err
}

// decide registers one person, or says why not.
func (d *desk) decide(item prepared) Result {
	if r, known := d.known[item.request]; known {
		return d.again(item, r)
	}
	if item.fault != nil {
		return Result{Err: item.fault}
	}
	if voucher := item.person.Voucher.Member; voucher != "" {
		if r, ok := d.records[voucher]; !ok || r.Erased {
			return Result{Err: insurance.VoucherUnknown}
		}
	}
	if d.taken[item.number] {
		return Result{Err: insurance.Fault{Field: "card_number", Reason: insurance.CardNumberTaken,
			Text: "the number has been given; read it again, or leave it empty to be given one"}}
	}
	alike, err := d.alike(item)
	if err != nil {
		return Result{Err: err}
	}
	member, err := d.enrol(item, alike)
	return Result{Member: member, PossibleDuplicates: alike, Err: err}
}

// again answers a request that is known: with the member of the first time, or with an error where its content was
// another (L3). Of one who has been erased the content can't be told; nothing is written either way.
func (d *desk) again(item prepared, r Record) Result {
	if item.fingerprint != r.Fingerprint && !r.Erased {
		return Result{Err: insurance.Fault{Field: "request_id", Reason: insurance.ReferenceReused,
			Text: "a request of this id with other content is known; a new request needs a new id"}}
	}
	known, err := d.open(r)
	return Result{Member: memberOf(r, known), PossibleDuplicates: known.Alike, Repeated: true, Err: err}
}

// mostProposed bounds the possible duplicates of one person.
const mostProposed = 16

// alike are the members who may be the same person: one of her documents is theirs, or one of her phones and what is
// known of name and birth does not tell them apart.
func (d *desk) alike(item prepared) ([]insurance.MemberID, error) {
	var alike []insurance.MemberID
	for _, p := range item.pointers {
		found := d.found[p.Hash]
		for _, id := range found[:min(len(found), mostCompared)] {
			same, err := d.maySame(item, p.Kind, id)
			if err != nil {
				return nil, err
			}
			if same && len(alike) < mostProposed && !slices.Contains(alike, id) {
				alike = append(alike, id)
			}
		}
	}
	return alike, nil
}

// maySame says whether the newcomer may be the member with whom she shares a document or a phone.
func (d *desk) maySame(item prepared, by insurance.IdentifierKind, id insurance.MemberID) (bool, error) {
	if by != insurance.ByPhone {
		return true, nil
	}
	other, err := d.open(d.records[id])
	return item.person.Resembles(other.person()), err
}

func (d *desk) open(r Record) (sealed, error) {
	if known, ok := d.opened[r.ID]; ok {
		return known, nil
	}
	known, err := d.service.open(r)
	if err == nil {
		d.opened[r.ID] = known
	}
	return known, err
}

// add puts a new member among those to write, where the requests after hers find her.
func (d *desk) add(r Record, known sealed, pointers []Pointer) {
	number := d.service.hashNumber(known.Number)
	d.members = append(d.members, r)
	d.pointers = append(d.pointers, pointers...)
	d.numbers = append(d.numbers, number)
	d.known[r.Request], d.records[r.ID], d.opened[r.ID], d.taken[number] = r, r, known, true
	for _, p := range pointers {
		d.found[p.Hash] = append(d.found[p.Hash], r.ID)
	}
}
