package enrolment

import (
	"encoding/json"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// sealed is all that is known of a member, as it stands under her key.
type sealed struct {
	Number string           `json:"number"`
	Person insurance.Person `json:"person"`
	// Alike are the members who looked like her when she was registered: the first answer, to be given again (L3).
	Alike []insurance.MemberID `json:"alike,omitempty"`
	// facts are sealed in a row of their own. They alone say when she was born, to rules and to people alike: the birth
	// in Person is empty, or, of whom was registered before there were facts, read no more once they are there.
	facts insurance.Facts
}

// person is the member's person, with her birth.
func (k sealed) person() insurance.Person {
	person := k.Person
	person.Birth = k.facts.Birth
	return person
}

// known is what is known of somebody who is registered on the day.
func known(number string, person insurance.Person, alike []insurance.MemberID, today ledger.Date) sealed {
	facts := firstFacts(person.Birth, today)
	person.Birth = insurance.Birth{}
	return sealed{Number: number, Person: person, Alike: alike, facts: facts}
}

// firstFacts are those that come with a registration.
func firstFacts(birth insurance.Birth, today ledger.Date) (f insurance.Facts) {
	if birth != (insurance.Birth{}) {
		f.Birth, f.BirthRecorded = birth, insurance.Recorded{RecordedOn: today}
	}
	return f
}

// boundTo binds what is sealed to her: it can't be put in another's place.
func boundTo(id insurance.MemberID) string { return string(id.Party()) }

// seal seals what is known of a member, but for her facts.
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

// sealFacts seals the facts of a member.
func (s *Service) sealFacts(r Record, facts insurance.Facts) ([]byte, error) {
	sealer, err := s.Keys.Sealer(r.Salt)
	if err != nil {
		return nil, fmt.Errorf("seal the facts of member %s: %w", r.ID, err)
	}
	return insurance.SealFacts(sealer, r.ID, facts)
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
	if r.Facts == nil {
		known.facts = firstFacts(known.Person.Birth, s.today(r.RegisteredAt))
		return known, nil
	}
	known.facts, err = insurance.OpenFacts(sealer, r.ID, r.Facts)
	return known, err
}

func (s *Service) member(r Record) (insurance.Member, error) {
	known, err := s.open(r)
	return memberOf(r, known), err
}

func memberOf(r Record, known sealed) insurance.Member {
	return insurance.Member{
		ID: r.ID, Number: known.Number, Person: known.person(), RegisteredAt: r.RegisteredAt, Erased: r.Erased,
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
