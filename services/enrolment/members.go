package enrolment

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// unknown is the fault of an id that is nobody's.
func unknown(field string) error {
	return insurance.Fault{Field: field, Reason: insurance.MemberUnknown, Text: "no such member"}
}

// Get returns the members in the order of the ids, those who are erased without their person.
func (s *Service) Get(ctx context.Context, ids ...insurance.MemberID) ([]insurance.Member, error) {
	var members []insurance.Member
	err := s.Store.View(ctx, func(ctx context.Context, r Reader) (err error) {
		members, err = s.get(ctx, r, ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get members: %w", err)
	}
	return members, nil
}

func (s *Service) get(ctx context.Context, r Reader, ids []insurance.MemberID) ([]insurance.Member, error) {
	if slices.ContainsFunc(ids, func(id insurance.MemberID) bool { return !id.WellFormed() }) {
		return nil, unknown("member_id")
	}
	found, err := r.Members(ctx, ids...)
	if err != nil {
		return nil, err
	}
	records := make([]Record, len(ids))
	for i, id := range ids {
		var ok bool
		if records[i], ok = found[id]; !ok {
			return nil, unknown("member_id")
		}
	}
	return s.members(records)
}

// The sizes of a page.
const (
	usualPage   = 100
	largestPage = 1000
)

// List pages through the members in order of their ids. After is where the last page ended, empty for the first; next
// is where the next one begins, empty after the last.
func (s *Service) List(ctx context.Context, after insurance.MemberID, limit int) (members []insurance.Member, next insurance.MemberID, err error) {
	if after != "" && !after.WellFormed() {
		return nil, "", insurance.Fault{Field: "page_token", Reason: "PAGE_TOKEN_INVALID", Text: "send the token of the last answer"}
	}
	if limit <= 0 {
		limit = usualPage
	}
	limit = min(limit, largestPage)
	err = s.Store.View(ctx, func(ctx context.Context, r Reader) error {
		records, err := r.MembersAfter(ctx, after, limit+1)
		if err != nil {
			return err
		}
		if next = ""; len(records) > limit {
			records = records[:limit]
			next = records[limit-1].ID
		}
		members, err = s.members(records)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list members: %w", err)
	}
	return members, next, nil
}

// LookUp finds the members that the reference points to on a day, today where none is named: none, one, or the
// candidates. What it may mean is tried in order, and the first meaning that finds anybody holds.
func (s *Service) LookUp(ctx context.Context, ref insurance.Reference, region string, on ledger.Date) ([]insurance.Member, error) {
	var hashes []Hash
	for _, id := range ref.Identifiers(region) {
		hashes = append(hashes, insurance.HashIdentifier(s.Keys, id))
	}
	var members []insurance.Member
	err := s.Store.View(ctx, func(ctx context.Context, r Reader) error {
		day, err := s.dayOr(ctx, r, on)
		if err != nil {
			return err
		}
		found, err := r.Resolve(ctx, hashes...)
		if err != nil {
			return err
		}
		members, err = s.get(ctx, r, firstFound(hashes, found, day))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up a member: %w", err)
	}
	return members, nil
}

// firstFound are the members of the first hash that points to any on that day.
func firstFound(hashes []Hash, found map[Hash][]insurance.Found, on ledger.Date) []insurance.MemberID {
	for _, hash := range hashes {
		var ids []insurance.MemberID
		for _, f := range found[hash] {
			if f.On(on) && !slices.Contains(ids, f.Member) {
				ids = append(ids, f.Member)
			}
		}
		if len(ids) > 0 {
			return ids
		}
	}
	return nil
}

// hold reads a member who is to be changed, and keeps her from being changed by others.
func hold(ctx context.Context, tx Tx, id insurance.MemberID) (Record, error) {
	if !id.WellFormed() {
		return Record{}, unknown("member_id")
	}
	held, err := tx.Hold(ctx, id)
	if err != nil {
		return Record{}, err
	}
	r, ok := held[id]
	if !ok {
		return Record{}, unknown("member_id")
	}
	return r, nil
}

// living is hold for what can't be done once she is erased.
func living(ctx context.Context, tx Tx, id insurance.MemberID) (Record, error) {
	r, err := hold(ctx, tx, id)
	if err == nil && r.Erased {
		err = erased()
	}
	return r, err
}

// erased is the fault of what needs personal data that is gone.
func erased() error {
	return insurance.Fault{Field: "member_id", Reason: insurance.MemberErased, Text: "her personal data has been destroyed"}
}

// SetPhones replaces the phones of a member from a day on, today where none is named: those she had and that are not
// named end on the day before.
func (s *Service) SetPhones(ctx context.Context, id insurance.MemberID, phones []insurance.Phone, region string, from ledger.Date) (insurance.Member, error) {
	var member insurance.Member
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		r, err := living(ctx, tx, id)
		if err != nil {
			return err
		}
		day, err := s.dayOr(ctx, tx, from)
		if err != nil {
			return err
		}
		named, err := insurance.ReadPhones("phones", phones, region, day)
		if err != nil {
			return err
		}
		member, err = s.changePhones(ctx, tx, r, named, day)
		return err
	})
	if err != nil {
		return insurance.Member{}, fmt.Errorf("set phones: %w", err)
	}
	return member, nil
}

func (s *Service) changePhones(ctx context.Context, tx Tx, r Record, phones []insurance.Phone, from ledger.Date) (insurance.Member, error) {
	known, err := s.open(r)
	if err != nil {
		return insurance.Member{}, err
	}
	if known.Person, err = known.Person.ChangePhones(from, phones); err != nil {
		return insurance.Member{}, err
	}
	if r.Sealed, err = s.seal(r, known); err != nil {
		return insurance.Member{}, err
	}
	return memberOf(r, known), tx.Rewrite(ctx, r, s.point(r.ID, known.Person.PhoneIdentifiers()))
}

// SetStandingChoice says which member a payer's phone pays for where several share it.
func (s *Service) SetStandingChoice(ctx context.Context, phone, region string, id insurance.MemberID) error {
	number, ok := insurance.ParsePhone(phone, region)
	if !ok {
		return insurance.Fault{Field: "phone", Reason: "PHONE_INVALID", Text: "there can be no such phone; begin with + and the country code, or name the region"}
	}
	payer := insurance.HashIdentifier(s.Keys, insurance.Identifier{Kind: insurance.ByPhone, Value: number})
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := living(ctx, tx, id); err != nil {
			return err
		}
		return tx.Choose(ctx, payer, id)
	})
	if err != nil {
		return fmt.Errorf("set a standing choice: %w", err)
	}
	return nil
}

// Erase is a person's word for destroying a member's personal data: the first proposes, another carries it out. The
// books, which know only her id, stay as they are.
func (s *Service) Erase(ctx context.Context, id insurance.MemberID, person string) (insurance.Proposal, error) {
	var after insurance.Proposal
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := hold(ctx, tx, id); err != nil {
			return err
		}
		before, err := tx.Proposal(ctx, "erase-member:"+string(id))
		if err != nil {
			return err
		}
		var carryOut bool
		if after, carryOut, err = insurance.Agree(before, person); err != nil {
			return err
		}
		if carryOut {
			err = tx.Erase(ctx, id)
		}
		if err != nil {
			return err
		}
		return tx.SaveProposal(ctx, after)
	})
	if err != nil {
		return insurance.Proposal{}, fmt.Errorf("erase a member: %w", err)
	}
	return after, nil
}
