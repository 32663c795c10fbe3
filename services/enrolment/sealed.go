package enrolment

import (
	"encoding/json"
	"fmt"

	"sanad.dev/sanad/services/insurance"
)

// sealed is all that is known of a member, as it stands under her key.
type sealed struct {
	Number string           `json:"number"`
	Person insurance.Person `json:"person"`
	// Alike are the members who looked like her when she was registered: the first answer, to be given again (L3).
	Alike []insurance.MemberID `json:"alike,omitempty"`
}

// boundTo binds what is sealed to her: it can't be put in another's place.
func boundTo(id insurance.MemberID) string { return string(id.Party()) }

func (s *Service) seal(r Record, known sealed) ([]byte, error) {
	text, err := json.Marshal(known)
	if err != nil {
		return nil, fmt.Errorf("seal member %s: %w", r.ID, err)
	}
	sealer, err := s.Keys.Sealer(r.Salt)
	if err != nil {
		return nil, fmt.Errorf("seal member %s: %w", r.ID, err)
	}
	return sealer.Seal(text, boundTo(r.ID))
}

// open reads what is known of a member; nothing of one who is erased.
func (s *Service) open(r Record) (sealed, error) {
	var known sealed
	if r.Erased {
		return known, nil
	}
	sealer, err := s.Keys.Sealer(r.Salt)
	if err != nil {
		return known, fmt.Errorf("open member %s: %w", r.ID, err)
	}
	text, err := sealer.Open(r.Sealed, boundTo(r.ID))
	if err != nil {
		return known, fmt.Errorf("open member %s: %w", r.ID, err)
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return known, fmt.Errorf("open member %s: what is sealed has another form", r.ID) // the error may quote it (L11)
	}
	return known, nil
}

func (s *Service) member(r Record) (insurance.Member, error) {
	known, err := s.open(r)
	return memberOf(r, known), err
}

func memberOf(r Record, known sealed) insurance.Member {
	return insurance.Member{
		ID: r.ID, Number: known.Number, Person: known.Person, RegisteredAt: r.RegisteredAt, Erased: r.Erased,
	}
}

func (s *Service) members(records []Record) ([]insurance.Member, error) {
	members := make([]insurance.Member, len(records))
	for i, r := range records {
		var err error
		if members[i], err = s.member(r); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// References are the hashes of all identifiers that point to the member: what may wait for her elsewhere waits under
// one of them.
func (s *Service) References(m insurance.Member) []Hash {
	var hashes []Hash
	for _, p := range s.pointers(m) {
		hashes = append(hashes, p.Hash)
	}
	return hashes
}

func (s *Service) pointers(m insurance.Member) []Pointer {
	if m.Erased {
		return nil
	}
	return s.point(m.ID, m.Identifiers())
}

// point hashes identifiers that point to a member.
func (s *Service) point(to insurance.MemberID, ids []insurance.DatedIdentifier) []Pointer {
	pointers := make([]Pointer, len(ids))
	for i, id := range ids {
		pointers[i] = Pointer{insurance.HashIdentifier(s.Keys, id.Identifier), to, id.Kind, id.From, id.To}
	}
	return pointers
}
