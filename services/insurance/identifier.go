package insurance

import (
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/privacy"
)

// IdentifierKind says what an identifier is.
type IdentifierKind string

// The kinds of identifier. A document is known by kind, issuer and number, by kind and number where no issuer is
// named, and, where nobody knows what kind of number was typed, by its number alone.
const (
	ByMemberID       IdentifierKind = "member"
	ByNumber         IdentifierKind = "number"
	ByPhone          IdentifierKind = "phone"
	ByDocument       IdentifierKind = "document"
	ByDocumentNumber IdentifierKind = "document-number"
)

// Identifier is something that points to a member, written in the one way in which it is looked for: digits for a
// number, E.164 for a phone, upper-case letters and digits for a document.
type Identifier struct {
	Kind  IdentifierKind
	Value string
}

// HashIdentifier is the keyed hash under which an identifier is stored and found.
func HashIdentifier(k *privacy.Keyring, id Identifier) [16]byte {
	return k.Hash("identifier", string(id.Kind), id.Value)
}

// DatedIdentifier is an identifier and the days on which it points to a member; zero means without end.
type DatedIdentifier struct {
	Identifier
	From, To ledger.Date
}

// Found is a member that an identifier points to, and the days on which it does; zero means without end.
type Found struct {
	Member   MemberID
	From, To ledger.Date
	// Salt is what her key is made from.
	Salt []byte
}

// On says whether the identifier points to the member on that day.
func (f Found) On(day ledger.Date) bool { return f.From <= day && (f.To == 0 || day <= f.To) }

// Reference is how a payer, or whoever asks, named a member: one of its fields is set, or none. Typed is what somebody
// wrote without saying what it is.
type Reference struct {
	Number, Phone, Typed string
	Document             Document
	Member               MemberID
}

// Identifiers are what the reference may mean, in order of precedence, each once; what was typed is taken as a member
// number, then as a phone, then as a document number. Nonsense means nothing. Phones without a country code are read
// in the region.
func (r Reference) Identifiers(region string) []Identifier {
	ids := make(candidates, 0, 3)
	if r.Member.WellFormed() {
		ids.add(ByMemberID, string(r.Member))
	}
	ids.add(ByNumber, memberNumber(r.Number))
	ids.addPhone(r.Phone, region)
	ids.add(ByDocument, r.Document.identity())
	ids.add(ByNumber, memberNumber(r.Typed))
	ids.addPhone(r.Typed, region)
	ids.add(ByDocumentNumber, typedDocument(r.Typed))
	return ids
}

type candidates []Identifier

// add adds what was understood; empty was not.
func (c *candidates) add(kind IdentifierKind, value string) {
	if id := (Identifier{kind, value}); value != "" && !slices.Contains(*c, id) {
		*c = append(*c, id)
	}
}

func (c *candidates) addPhone(text, region string) {
	if number, ok := ParsePhone(text, region); ok {
		c.add(ByPhone, number)
	}
}
