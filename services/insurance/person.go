package insurance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"sanad.dev/sanad/ledger"
)

// Evidence says what a statement about a person rests on; empty is her own word.
type Evidence string

// The kinds of evidence, from the weakest.
const (
	EvidenceStated   Evidence = "stated"
	EvidenceVouched  Evidence = "vouched"
	EvidenceDocument Evidence = "document"
	EvidenceRegister Evidence = "register"
)

// kinds are the kinds of evidence from the weakest; not said is her own word.
var kinds = []Evidence{"", EvidenceStated, EvidenceVouched, EvidenceDocument, EvidenceRegister}

func (e Evidence) check(field, reason string) error {
	if !slices.Contains(kinds, e) {
		return Fault{field, reason, "use stated, vouched, document or register"}
	}
	return nil
}

// weakerThan says whether the other kind of evidence outweighs this one; not said and stated weigh the same.
func (e Evidence) weakerThan(other Evidence) bool {
	return max(slices.Index(kinds, e), 1) < max(slices.Index(kinds, other), 1)
}

// Person is what is known of a member. All of it is kept sealed, apart from the books, and can be erased (L11).
type Person struct {
	Name      string     `json:"name,omitempty"`
	Birth     Birth      `json:"birth,omitzero"`
	Documents []Document `json:"documents,omitempty"`
	Phones    []Phone    `json:"phones,omitempty"`
	Voucher   Voucher    `json:"voucher,omitzero"`
	// Language is the one she is written to in, such as "ar"; empty means the scheme's first.
	Language string `json:"language,omitempty"`
}

// Identifiers are what points to the person: her documents, and her phones on their days.
func (p Person) Identifiers() []DatedIdentifier {
	var ids []DatedIdentifier
	for _, d := range p.Documents {
		for _, id := range d.identifiers() {
			ids = append(ids, DatedIdentifier{Identifier: id})
		}
	}
	return append(once(ids), p.PhoneIdentifiers()...)
}

// Voucher is who vouches for a member without document or phone: a member by id, or a group officer by group and name.
type Voucher struct {
	Member  MemberID `json:"member,omitempty"`
	Officer string   `json:"officer,omitempty"`
}

// Read returns the person with her phones in E.164, read in the region, those without a first day beginning today, and
// what was sent twice once; or what is wrong with the form, as a [Fault].
func (p Person) Read(region string, today ledger.Date) (Person, error) {
	phones, err := ReadPhones("person.phones", p.Phones, region, today)
	if err != nil {
		return Person{}, err
	}
	p.Phones = phones
	if err := p.Check(today); err != nil {
		return Person{}, err
	}
	p.Documents = once(p.Documents)
	return p, nil
}

// once drops what is there already.
func once[T comparable](values []T) []T {
	var kept []T
	for _, v := range values {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// The limits of a person, as in the contract; texts in characters.
const (
	longestName    = 256
	longestOfficer = 128
	mostDocuments  = 8
)

var language = regexp.MustCompile(`^([a-z]{2})?$`)

// Check returns what is wrong with the form, as a [Fault]. Any document counts, or a phone alone; who has neither needs
// somebody to vouch for her. Today bounds births, with a day's grace for those who live east of the fund.
func (p Person) Check(today ledger.Date) error {
	if err := CheckText("person.name", "NAME_INVALID", p.Name, longestName); err != nil {
		return err
	}
	if err := p.Birth.check("person.birth", today.AddDays(1)); err != nil {
		return err
	}
	if err := p.checkDocuments(); err != nil {
		return err
	}
	if err := checkPhones("person.phones", p.Phones); err != nil {
		return err
	}
	if !language.MatchString(p.Language) {
		return Fault{"person.language", "LANGUAGE_INVALID", "use two small letters, such as ar"}
	}
	return p.checkVoucher()
}

func (p Person) checkVoucher() error {
	if p.Voucher == (Voucher{}) && len(p.Documents) == 0 && len(p.Phones) == 0 {
		return Fault{"person.voucher", "VOUCHER_MISSING", "without document or phone, say who vouches for her"}
	}
	if p.Voucher.Member != "" && p.Voucher.Officer != "" {
		return Fault{"person.voucher", "VOUCHER_INVALID", "name a member or a group officer, not both"}
	}
	if p.Voucher.Member != "" && !p.Voucher.Member.WellFormed() {
		return VoucherUnknown
	}
	return CheckText("person.voucher.group_officer", "VOUCHER_INVALID", p.Voucher.Officer, longestOfficer)
}

// VoucherUnknown is the fault of a voucher who is no member, or is one no more.
var VoucherUnknown = Fault{"person.voucher.member_id", "VOUCHER_UNKNOWN", "no such member; whoever vouches is registered first"}

func isDay(d ledger.Date) bool {
	_, err := ledger.NewDate(d.Year(), d.Month(), d.Day())
	return err == nil
}

func (p Person) checkDocuments() error {
	if len(p.Documents) > mostDocuments {
		return Fault{"person.documents", "DOCUMENT_INVALID", fmt.Sprintf("give %d documents at most", mostDocuments)}
	}
	for i, d := range p.Documents {
		if err := d.check(fmt.Sprintf("person.documents[%d].", i)); err != nil {
			return err
		}
	}
	return nil
}

// yearsApart is how far two statements of one person's year of birth lie apart at most.
const yearsApart = 2

// Resembles says whether two people on one phone may be the same person: what is known of their births agrees, and one
// wrote all the names that the other did. A phone is shared in families, so that it alone says nothing; without a name
// the births must be known.
func (p Person) Resembles(q Person) bool {
	a, b := p.Birth.AboutYear(), q.Birth.AboutYear()
	if a != 0 && b != 0 && (a-b > yearsApart || b-a > yearsApart) {
		return false
	}
	mine, hers := names(p.Name), names(q.Name)
	if len(mine) == 0 || len(hers) == 0 {
		return a != 0 && b != 0
	}
	return contains(mine, hers) || contains(hers, mine)
}

func contains(all, some []string) bool {
	return !slices.ContainsFunc(some, func(name string) bool { return !slices.Contains(all, name) })
}

// names are the words of a name as they compare: small letters, without marks, and Arabic letters that are written for
// each other as one.
func names(name string) []string {
	folded := strings.Map(fold, norm.NFKD.String(name))
	return strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func fold(r rune) rune {
	switch {
	case unicode.Is(unicode.Mn, r), r == 'ـ':
		return -1
	case r == 'ى':
		return 'ي'
	case r == 'ة':
		return 'ه'
	}
	return unicode.ToLower(r)
}
