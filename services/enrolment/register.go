package enrolment

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Request asks for one person to be registered.
type Request struct {
	// ID is the registrar's own name for the request (L3).
	ID     string
	Person insurance.Person
	// Region is the country in which phones without a country code are read.
	Region string
	// CardNumber is printed on a paper card that she holds; empty means that she is given a number.
	CardNumber string
}

// Result is what came of one request: a member, or why not.
type Result struct {
	Member insurance.Member
	// PossibleDuplicates looked like her when she was registered: a proposal for a person to look at.
	PossibleDuplicates []insurance.MemberID
	// Repeated says that the request was known: she is the member of the first time, as she stands now.
	Repeated bool
	Err      error
}

// Register registers people, each on her own, in one transaction. What can be wrong with a request is looked for in
// this order: the form of its id; the same id with other content; the form of the person and of the card number; a
// voucher who is no member; a card number that has been given.
func (s *Service) Register(ctx context.Context, requests ...Request) ([]Result, error) {
	var results []Result
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		d, err := s.desk(ctx, tx, requests)
		if err != nil {
			return err
		}
		results = make([]Result, len(requests))
		for i, item := range d.items {
			results[i] = d.decide(item)
		}
		return tx.Enrol(ctx, d.members, d.pointers, d.numbers)
	})
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	return results, nil
}

// prepared is a request with what it is known by.
type prepared struct {
	Request
	fault       error
	request     Hash
	fingerprint ledger.Fingerprint
	// person is as Person, read; pointers are those of her documents and phones.
	person   insurance.Person
	pointers []Pointer
	// card is her number and number its hash; drawn says that she did not choose it.
	card   string
	number Hash
	drawn  bool
}

// longestRequest bounds a request's id, in characters.
const longestRequest = 64

func (s *Service) prepare(r Request, today ledger.Date) prepared {
	p := prepared{Request: r}
	if r.ID == "" {
		p.fault = insurance.Fault{Field: "request_id", Reason: "REQUEST_ID_INVALID", Text: "name the request, to send it again safely"}
		return p
	}
	if p.fault = insurance.CheckText("request_id", "REQUEST_ID_INVALID", r.ID, longestRequest); p.fault != nil {
		return p
	}
	p.request, p.fingerprint = s.Keys.Hash("registration", r.ID), s.fingerprint(r)
	if p.person, p.fault = r.Person.Read(r.Region, today); p.fault != nil {
		return p
	}
	if p.fault = insurance.CheckCardNumber(r.CardNumber); p.fault != nil {
		return p
	}
	p.pointers = s.point("", p.person.Identifiers())
	return p
}

// fingerprint tells same content from other. The fields stand in this order for ever; a new one is a new version.
func (s *Service) fingerprint(r Request) ledger.Fingerprint {
	p := r.Person
	fields := []string{
		r.Region, r.CardNumber, p.Name, p.Language, day(p.Birth.On), strconv.Itoa(p.Birth.Year),
		strconv.Itoa(p.Birth.StatedYears), day(p.Birth.StatedOn), string(p.Birth.Evidence),
		string(p.Voucher.Member), p.Voucher.Officer, strconv.Itoa(len(p.Documents)),
	}
	for _, d := range p.Documents {
		fields = append(fields, d.Kind, d.Issuer, d.Number)
	}
	for _, phone := range p.Phones {
		fields = append(fields, phone.Number, day(phone.From), day(phone.To))
	}
	hash := s.Keys.Hash("registration-content", fields...)
	f := ledger.Fingerprint{s.Keys.Version()}
	copy(f[1:], hash[:])
	return f
}

func day(d ledger.Date) string { return strconv.Itoa(int(d)) }

// draw makes a member number that can't be taken for a phone of the region: who types either is understood.
func (s *Service) draw(region string) string {
	for {
		number := insurance.NewNumber(s.random())
		if _, phone := insurance.ParsePhone(number, region); !phone {
			return number
		}
	}
}

func (s *Service) random() uint64 {
	if s.Random != nil {
		return s.Random()
	}
	var bits [8]byte
	_, _ = rand.Read(bits[:]) // never fails
	return binary.BigEndian.Uint64(bits[:])
}

func newMemberID() insurance.MemberID {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails
	return insurance.MemberIDOf(bits)
}

// mostDraws bounds how often the numbers of a batch are drawn again because others have them.
const mostDraws = 100

var errNoNumber = errors.New("no member number is free")

// numberCards gives a free number to everyone who did not choose hers, and finds which of the chosen are taken.
func (d *desk) numberCards(ctx context.Context, tx Tx) error {
	used := map[Hash]bool{}
	for i := range d.items {
		if item := &d.items[i]; item.CardNumber != "" {
			item.card, item.number = item.CardNumber, d.service.hashNumber(item.CardNumber)
			used[item.number] = true
		}
	}
	pending := d.fresh()
	for range mostDraws {
		var numbers []Hash
		for _, item := range pending {
			d.service.number(item, used)
			numbers = append(numbers, item.number)
		}
		taken, err := tx.CardsTaken(ctx, numbers...)
		if err != nil {
			return err
		}
		var again []*prepared
		for _, item := range pending {
			if d.taken[item.number] = taken[item.number]; item.drawn && taken[item.number] {
				again = append(again, item)
			}
		}
		if pending = again; len(pending) == 0 {
			return nil
		}
	}
	return errNoNumber
}

// number draws a number that no other of the batch has, unless one was chosen.
func (s *Service) number(item *prepared, used map[Hash]bool) {
	for item.CardNumber == "" {
		item.card, item.drawn = s.draw(item.Region), true
		if item.number = s.hashNumber(item.card); !used[item.number] {
			used[item.number] = true
			return
		}
	}
}

func (s *Service) hashNumber(number string) Hash {
	return insurance.HashIdentifier(s.Keys, insurance.Identifier{Kind: insurance.ByNumber, Value: number})
}

// enrol makes a member of a request: what is stored of her is sealed under a key of her own.
func (d *desk) enrol(item prepared, alike []insurance.MemberID) (insurance.Member, error) {
	r := Record{
		ID: newMemberID(), Request: item.request, Fingerprint: item.fingerprint,
		Salt: privacy.NewSalt(), RegisteredAt: d.at,
	}
	known := known(item.card, item.person, alike, d.service.today(d.at))
	var err error
	if r.Sealed, err = d.service.seal(r, known); err != nil {
		return insurance.Member{}, err
	}
	if known.facts.Birth != (insurance.Birth{}) {
		if r.Facts, err = d.service.sealFacts(r, known.facts); err != nil {
			return insurance.Member{}, err
		}
	}
	member := memberOf(r, known)
	d.add(r, known, d.service.pointers(member))
	return member, nil
}
