package collection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/privacy"
)

// Reassignment moves a contribution to the member it belongs to. It takes two people.
type Reassignment struct {
	Contribution ledger.ID
	To           insurance.MemberID
	Scheme       ledger.SchemeCode
	Reason       string
	Person       string
}

// ErrNoContribution: no contribution has that id.
var ErrNoContribution = fmt.Errorf("contribution %w", ledger.ErrNotFound)

// Reassign proposes, or for a second person carries out, moving a contribution through suspense and with its value
// date to the member it belongs to. What the wrong member has used in good faith is written off: her cover stands.
// Asked of a contribution that is hers already, it has nothing to do.
func (s *Service) Reassign(ctx context.Context, r Reassignment) (p insurance.Proposal, receipt Receipt, err error) {
	err = s.store.Update(ctx, func(ctx context.Context, tx Tx) error {
		placement, err := s.placement(ctx, tx, r.Contribution)
		if err != nil {
			return err
		}
		if placement.Party == r.To.Party() {
			p = insurance.Proposal{Done: true}
		} else if p, err = s.agree(ctx, tx, placement, r); err != nil {
			return err
		}
		receipt, _, err = s.standing(ctx, tx, r.Contribution)
		return err
	})
	return p, receipt, err
}

// agree records the person's word and, where it is the second, moves the contribution on from where it stands.
func (s *Service) agree(ctx context.Context, tx Tx, placement ledger.Entry, r Reassignment) (insurance.Proposal, error) {
	before, err := tx.Proposal(ctx, fmt.Sprintf("reassign:%s:%s:%s:%s", placement.ID, r.To, r.Scheme, r.Reason))
	if err != nil {
		return insurance.Proposal{}, err
	}
	after, carryOut, err := insurance.Agree(before, r.Person)
	if err == nil && carryOut {
		err = s.move(ctx, tx, placement, r)
	}
	if err != nil {
		return after, err
	}
	return after, tx.SaveProposal(ctx, after)
}

// placement is the entry where a contribution stands now.
func (s *Service) placement(ctx context.Context, tx Tx, contribution ledger.ID) (ledger.Entry, error) {
	chain, err := placements(ctx, tx, []ledger.ID{contribution})
	if err != nil {
		return ledger.Entry{}, err
	}
	placement, ok := lastOf(chain, contribution)
	switch {
	case !ok:
		return placement, ErrNoContribution
	case isGone(placement):
		return placement, fmt.Errorf("the contribution has been reversed: %w", ledger.ErrAlreadyUndone)
	}
	return placement, nil
}

// move carries a reassignment out.
func (s *Service) move(ctx context.Context, tx Tx, placement ledger.Entry, r Reassignment) error {
	scheme, err := s.schemeFor(ctx, tx, placement, r.Scheme)
	if err != nil {
		return err
	}
	return s.book(ctx, tx, placement, r, scheme)
}

// lastOf follows the chain from the contribution to where it stands.
func lastOf(chain []ledger.Entry, contribution ledger.ID) (ledger.Entry, bool) {
	by := map[ledger.ID]ledger.Entry{}
	var first ledger.Entry
	for _, e := range chain {
		if e.ID == contribution {
			first = e
		}
		if !e.Undoes.IsZero() {
			by[e.Undoes] = e
		}
	}
	if first.ID.IsZero() || !isContribution(first) {
		return ledger.Entry{}, false
	}
	for {
		next, ok := by[first.ID]
		if !ok {
			return first, true
		}
		first = next
	}
}

func (s *Service) schemeFor(ctx context.Context, tx Tx, placement ledger.Entry, named ledger.SchemeCode) (insurance.Scheme, error) {
	code := named
	if code == "" {
		code = lastPosting(placement).Account.Scheme
	}
	found, err := tx.Schemes(ctx, code)
	if err != nil {
		return insurance.Scheme{}, err
	}
	scheme, ok := found[code]
	switch {
	case !ok:
		return scheme, insurance.Fault{Field: "scheme", Reason: reasonScheme, Text: "name the scheme to book it in"}
	case scheme.Currency != placement.Currency():
		return scheme, insurance.Fault{Field: "scheme", Reason: reasonCurrency, Text: "the scheme is in " + string(scheme.Currency)}
	}
	return scheme, nil
}

// book moves the placement to the member: from suspense in one entry, from a wrong member in two.
func (s *Service) book(ctx context.Context, tx Tx, placement ledger.Entry, r Reassignment, scheme insurance.Scheme) error {
	salts, err := tx.Salts(ctx, r.To)
	if err != nil {
		return err
	}
	if _, known := salts[r.To]; !known {
		return insurance.Fault{Field: "member_id", Reason: reasonUnknown, Text: "no member has that id"}
	}
	page, err := tx.Page(ctx, ledger.Need{
		Entries: []ledger.ID{placement.ID}, Undoing: []ledger.ID{placement.ID},
		Parties: append(placement.HeldParties(), r.To.Party()),
	})
	if err != nil {
		return err
	}
	by, err := s.givingOf(ctx, tx, placement, r.Contribution, scheme)
	if err != nil {
		return err
	}
	if placement.Party.Held() {
		if placement, err = s.takeFrom(page, placement, r, scheme); err != nil {
			return err
		}
	}
	e, err := insurance.Claimed(placement, s.next(placement.ID), r.To, scheme, by, r.Reason)
	if err != nil {
		return err
	}
	if _, err := page.Post(e); err != nil {
		return err
	}
	// One contribution: its match is decided with the budget held.
	if _, err := (match.Settler{Keys: s.keys, Scarce: true}).Book(ctx, tx, page); err != nil {
		return err
	}
	return s.resolve(ctx, tx, r.Contribution, r.To, salts[r.To])
}

// takeFrom moves a placement from the wrong member to suspense and returns where it stands then.
func (s *Service) takeFrom(page *ledger.Page, placement ledger.Entry, r Reassignment, scheme insurance.Scheme) (ledger.Entry, error) {
	taken, err := insurance.TakenBack(placement, s.next(placement.ID), collectorOf(placement), r.Reason)
	if err != nil {
		return placement, err
	}
	entries := []ledger.Entry{taken}
	used, any, err := insurance.UsedInGoodFaith(taken, ledger.ID(s.keys.Hash("used", taken.ID.String())), page.Balances(taken.Party), scheme)
	if err != nil {
		return placement, err
	}
	if any {
		entries = append(entries, used)
	}
	posted, err := page.Post(entries...)
	if err != nil {
		return placement, err
	}
	return posted[0], nil
}

// collectorOf is the collector through whose clearing or suspense the placement came.
func collectorOf(e ledger.Entry) insurance.CollectorID {
	for _, p := range e.Postings {
		if p.Account.Party.Kind() == ledger.CollectorKind {
			return insurance.CollectorID(p.Account.Party.ID())
		}
	}
	return ""
}

// resolve ends the item of a contribution that has found its member, and puts what was sent under her key.
func (s *Service) resolve(ctx context.Context, tx Tx, contribution ledger.ID, to insurance.MemberID, salt []byte) error {
	items, err := tx.Items(ctx, contribution)
	if err != nil {
		return err
	}
	for _, item := range items {
		if item.ID != contribution {
			continue
		}
		item.Resolved = true
		if err := tx.SaveItems(ctx, item); err != nil {
			return err
		}
	}
	return s.reseal(ctx, tx, contribution, to, salt)
}

// givingOf is how a contribution was given: what its placement with a member says, and else what was sent with it.
func (s *Service) givingOf(ctx context.Context, tx Tx, placement ledger.Entry, contribution ledger.ID, scheme insurance.Scheme) (insurance.Giving, error) {
	if placement.Party.Held() {
		by := insurance.GivingOf(placement)
		return givingOf(insurance.Contribution{PayerKind: by.Payer, Account: by.Account}, scheme), nil
	}
	_, text, err := s.sent(ctx, tx, contribution)
	if err != nil || text == nil {
		return insurance.Giving{}, err
	}
	var kept keptDetail
	if json.Unmarshal(text, &kept) != nil {
		return insurance.Giving{}, errors.New("what was sent with the contribution has another form")
	}
	return givingOf(insurance.Contribution{PayerKind: kept.PayerKind, Account: kept.Account}, scheme), nil
}

// sent opens what was sent with a contribution; nothing where that is not kept.
func (s *Service) sent(ctx context.Context, tx Tx, contribution ledger.ID) (Detail, []byte, error) {
	first, err := firstEntry(ctx, tx, contribution)
	if err != nil {
		return Detail{}, nil, err
	}
	detail, ok, err := tx.Detail(ctx, contribution, first.RecordedAt)
	if err != nil || !ok {
		return detail, nil, err
	}
	text, err := s.unseal(ctx, tx, detail, first)
	return detail, text, err
}

func (s *Service) reseal(ctx context.Context, tx Tx, contribution ledger.ID, to insurance.MemberID, salt []byte) error {
	detail, text, err := s.sent(ctx, tx, contribution)
	if err != nil || text == nil {
		return err
	}
	sealer, err := s.keys.Sealer(salt)
	if err != nil {
		return err
	}
	detail.Member = to
	if detail.Sealed, err = sealer.Seal(text, contribution.String()); err != nil {
		return err
	}
	return tx.SaveDetails(ctx, detail)
}

// firstEntry is the entry that a contribution was received with.
func firstEntry(ctx context.Context, tx Tx, contribution ledger.ID) (ledger.Entry, error) {
	entries, err := tx.Entries(ctx, contribution)
	for _, e := range entries {
		if e.ID == contribution {
			return e, err
		}
	}
	return ledger.Entry{}, errors.Join(err, ErrNoContribution)
}

// unseal opens what was sent with the contribution that first received: under the member's key, or under its
// collector's while it is nobody's.
func (s *Service) unseal(ctx context.Context, tx Tx, detail Detail, first ledger.Entry) ([]byte, error) {
	sealer, err := s.unclaimedSealer(collectorOf(first))
	if detail.Member != "" {
		sealer, err = s.memberSealer(ctx, tx, detail.Member)
	}
	if err != nil {
		return nil, err
	}
	return sealer.Open(detail.Sealed, detail.ID.String())
}

func (s *Service) memberSealer(ctx context.Context, tx Tx, member insurance.MemberID) (*privacy.Sealer, error) {
	salts, err := tx.Salts(ctx, member)
	if err != nil {
		return nil, err
	}
	salt, ok := salts[member]
	if !ok {
		return nil, errErased
	}
	return s.keys.Sealer(salt)
}

// Claim books to a member what waits in suspense under her number, phones or documents, with its value dates, and
// returns how many contributions that was. What several members could claim is left to a person.
func (s *Service) Claim(ctx context.Context, member insurance.MemberID, identifiers ...Hash) (claimed int, err error) {
	var items []Item
	err = s.store.View(ctx, func(ctx context.Context, tx Tx) error {
		items, err = tx.Claimable(ctx, identifiers...)
		return err
	})
	for _, item := range items {
		if err != nil {
			return claimed, err
		}
		if item.Reason != reasonUnknown {
			continue
		}
		err = s.claim(ctx, item, member)
		var fault insurance.Fault
		if errors.Is(err, ledger.ErrAlreadyUndone) || errors.As(err, &fault) {
			err = nil // somebody was first, or a person must look: it stays where it is
			continue
		}
		claimed++
	}
	return claimed, err
}

func (s *Service) claim(ctx context.Context, item Item, member insurance.MemberID) error {
	return s.store.Update(ctx, func(ctx context.Context, tx Tx) error {
		placement, err := s.placement(ctx, tx, item.ID)
		if err != nil {
			return err
		}
		if placement.Kind != insurance.KindSuspended {
			return ledger.ErrAlreadyUndone
		}
		return s.move(ctx, tx, placement, Reassignment{Contribution: item.ID, To: member, Reason: "CLAIMED_BY_ENROLMENT"})
	})
}
