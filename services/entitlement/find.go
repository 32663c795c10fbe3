package entitlement

import (
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// found is the member whom a reference points to, or why there is none.
type found struct {
	id  insurance.MemberID
	err error
}

// several is the fault of a reference that points to more than one member: a phone is shared in families.
var several = insurance.Fault{Field: "member", Reason: "MEMBER_AMBIGUOUS", Text: "several members are known by that; give her number or her id"}

// find finds the members on the day that is asked for. Who is named by her id needs no look-up.
func (s *Service) find(ctx context.Context, tx Tx, refs []insurance.Reference, q Query) ([]found, error) {
	meanings := make([][]Hash, len(refs))
	var all []Hash
	for i, ref := range refs {
		if ref.Member.WellFormed() {
			continue
		}
		for _, id := range ref.Identifiers(q.Region) {
			meanings[i] = append(meanings[i], insurance.HashIdentifier(s.Keys, id))
		}
		all = append(all, meanings[i]...)
	}
	resolved, err := s.resolve(ctx, tx, all)
	if err != nil {
		return nil, err
	}
	members := make([]found, len(refs))
	for i, ref := range refs {
		members[i].id = ref.Member
		if !ref.Member.WellFormed() {
			members[i] = oneOf(meanings[i], resolved, q.On)
		}
	}
	return members, nil
}

func (s *Service) resolve(ctx context.Context, tx Tx, hashes []Hash) (map[Hash][]insurance.Found, error) {
	if len(hashes) == 0 {
		return nil, nil
	}
	return tx.Resolve(ctx, hashes...)
}

// oneOf is the one member of the first meaning that points to anybody on the day.
func oneOf(meanings []Hash, resolved map[Hash][]insurance.Found, on ledger.Date) found {
	for _, meaning := range meanings {
		var ids []insurance.MemberID
		for _, f := range resolved[meaning] {
			if f.On(on) && !slices.Contains(ids, f.Member) {
				ids = append(ids, f.Member)
			}
		}
		switch len(ids) {
		case 0:
			continue
		case 1:
			return found{id: ids[0]}
		}
		return found{err: several}
	}
	return found{err: unknownMember}
}
