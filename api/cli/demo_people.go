package cli

import (
	"fmt"
	"math/rand/v2"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/payments/statement/statementtest"
	"sanad.dev/sanad/services/insurance"
)

// person is a member whom the demo has made up.
type person struct {
	place   int
	name    string
	number  string
	phone   string // E.164; empty where she has none
	born    int
	paper   string // a document's kind, number behind it; empty where she has none
	voucher vouching
	shares  *person // whose phone she shares
	id      string  // given when she is enrolled
}

// vouching says who vouches for a person without phone or document.
type vouching int

const (
	byNobody vouching = iota
	byOfficer
	byMember
)

var givenNames = []string{
	"Rania", "Omar", "Lina", "Sami", "Huda", "Yara", "Zain", "Noor", "Layla", "Khaled", "Mariam", "Yousef", "Salma",
	"Tariq", "Dina", "Faris", "Abeer", "Hassan", "Nadia", "Ibrahim", "Reem", "Mahmoud", "هدى", "سامي",
}

var familyNames = []string{
	"Haddad", "Nsour", "Saad", "Odeh", "Qasem", "Masri", "Khalil", "Zoubi", "Momani", "Rawashdeh", "Tarawneh", "Shboul",
	"Obeidat", "Bataineh", "Abu Layla", "Al-Fayez", "Hijazi", "Jaber", "Kawar", "Shami", "عودة", "الخطيب",
}

// invent makes up people: the same for the same seed, whatever their number. Of twenty, one shares the phone of the
// one before her, and two have no phone but a paper card.
func invent(seed uint64, n int) []*person {
	people := make([]*person, n)
	for i := range people {
		people[i] = inventOne(seed, i)
		if i%20 == 7 {
			people[i].shares = people[i-1]
			people[i].phone = people[i-1].phone
		}
	}
	return people
}

func inventOne(seed uint64, i int) *person {
	r := rand.New(rand.NewPCG(seed, uint64(i)))
	p := &person{
		place: i, born: 1950 + r.IntN(58),
		name: givenNames[r.IntN(len(givenNames))] + " " + familyNames[r.IntN(len(familyNames))],
	}
	switch {
	case i%20 == 13:
		p.number, p.voucher = paperCard(seed, i), byOfficer
		return p
	case i%20 == 17:
		p.number, p.voucher = paperCard(seed, i), byMember
		return p
	}
	p.number, p.phone = cardNumber(seed, i), phoneNumber(seed, i)
	if i%3 == 0 {
		p.paper = fmt.Sprintf("JO%03d%05d", region(seed), i)
	}
	return p
}

// The numbers of a seed lie in a region of their own, so that demos of several seeds on one database do not meet.
func region(seed uint64) uint64 { return rand.New(rand.NewPCG(seed, 0x53616e6164)).Uint64N(1000) }

// scattered is a number of four digits for each of ten thousand people, and behind it another region for the next.
func scattered(seed uint64, i int) (uint64, uint64) {
	return (region(seed) + uint64(i)/10_000) % 1000, uint64(i) * 7919 % 10_000
}

func phoneNumber(seed uint64, i int) string {
	region, own := scattered(seed, i)
	return fmt.Sprintf("+96279%03d%04d", region, own)
}

// paperCard is the number on a printed card: eight digits.
func paperCard(seed uint64, i int) string {
	region, own := scattered(seed, i)
	return fmt.Sprintf("2%03d%04d", region, own)
}

// cardNumber is a member number as Sanad itself gives it: nine digits and one that checks them. The step has no
// divisor in common with the count of such numbers, so no two people of a seed have the same.
func cardNumber(seed uint64, i int) string {
	const step = 433_494_437
	return insurance.NewNumber(rand.New(rand.NewPCG(seed, 1)).Uint64()>>32 + uint64(i)*step)
}

// known is the person as those know her who make statements. Where she has no phone her card stands for one, as it is
// all that a payer can write.
func (p *person) known() statementtest.Member {
	m := statementtest.Member{Number: p.number, Phone: p.phone, Name: p.name}
	if m.Phone == "" {
		m.Phone = p.number
	}
	return m
}

// registration is how she is enrolled. The vouching member is the first of all, once she is enrolled herself.
func (p *person) registration(seed uint64, first *person) *sanadv1.RegisterMemberRequest {
	her := &sanadv1.Person{Name: p.name, Birth: p.birth(), Language: "ar"}
	if p.phone != "" {
		her.Phones = []*sanadv1.Phone{{Number: p.phone, From: &sanadv1.Date{Year: 2024, Month: 1, Day: 1}}}
	}
	if p.paper != "" {
		her.Documents = []*sanadv1.Document{{Kind: "national-id", Issuer: "JO", Number: p.paper}}
	}
	switch {
	case p.voucher == byMember && p.place >= enrolledAtOnce:
		her.Voucher = &sanadv1.Voucher{By: &sanadv1.Voucher_MemberId{MemberId: first.id}}
	case p.voucher != byNobody:
		her.Voucher = &sanadv1.Voucher{By: &sanadv1.Voucher_GroupOfficer{GroupOfficer: "coop-jerash: Umm Khaled"}}
	}
	return &sanadv1.RegisterMemberRequest{
		Person: her, Region: demoRegion, CardNumber: p.number, RequestId: fmt.Sprintf("demo-%d-%d", seed, p.place),
	}
}

// birth is as exact as it is known of her.
func (p *person) birth() *sanadv1.Birth {
	switch p.place % 3 {
	case 0:
		return &sanadv1.Birth{
			Known:    &sanadv1.Birth_Date{Date: &sanadv1.Date{Year: int32(p.born), Month: 1, Day: 1}},
			Evidence: sanadv1.Evidence_EVIDENCE_DOCUMENT,
		}
	case 1:
		return &sanadv1.Birth{Known: &sanadv1.Birth_Year{Year: int32(p.born)}, Evidence: sanadv1.Evidence_EVIDENCE_STATED}
	}
	age := &sanadv1.StatedAge{Years: int32(2026 - p.born), On: &sanadv1.Date{Year: 2026, Month: 1, Day: 1}}
	return &sanadv1.Birth{Known: &sanadv1.Birth_Age{Age: age}, Evidence: sanadv1.Evidence_EVIDENCE_STATED}
}
