package insurance

import (
	"encoding/base32"
	"time"

	"sanad.dev/sanad/ledger"
)

// MemberID is what the books know a member by (L11): 26 lower-case base32 characters of 128 random bits.
type MemberID string

// MemberIDOf writes random bits as an id.
func MemberIDOf(random [16]byte) MemberID { return MemberID(memberIDs.EncodeToString(random[:])) }

var memberIDs = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// WellFormed says whether the text could be a member's id; nobody is known by any other.
func (id MemberID) WellFormed() bool {
	bits, err := memberIDs.DecodeString(string(id))
	return err == nil && len(bits) == 16 && memberIDs.EncodeToString(bits) == string(id)
}

// Party is the member as a party of the books.
func (id MemberID) Party() ledger.Party { return ledger.Party(ledger.MemberKind + ":" + string(id)) }

// Member is a person enrolled in her own right.
type Member struct {
	ID MemberID
	// Number is the one on her card.
	Number       string
	Person       Person
	RegisteredAt time.Time
	// Erased says that her personal data has been destroyed: number and person are gone.
	Erased bool
}

// Identifiers are all that she is found by, each with its days.
func (m Member) Identifiers() []DatedIdentifier {
	return append([]DatedIdentifier{
		{Identifier: Identifier{ByMemberID, string(m.ID)}},
		{Identifier: Identifier{ByNumber, m.Number}},
	}, m.Person.Identifiers()...)
}
