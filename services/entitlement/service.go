// Package entitlement tells who is covered on a day, until when, and what would change it; keeps the hardship holidays
// that stop a lapse and the notices without which none takes effect; and books what the pools earn of prepaid cover. What
// is decided is decided by services/cover, a pure function of what is read here.
//
// Its laws: no path lapses cover without a notice that was given; the difference of what is earned and what is booked is
// posted, so that a run again books nothing (L6); a provider or an insurer is told yes or no, until when, limits and
// co-payment, and nothing else (L11); the answer is never a ground to refuse emergency care or a birth.
package entitlement

import (
	"context"
	"encoding/hex"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Hash is a keyed hash that names a holiday or a notice.
type Hash = [16]byte

// Tx is one transaction on all that cover is decided by, and all that is written of it.
type Tx interface {
	ledger.Tx
	// EntriesOf returns all entries of the parties, each party's by value date.
	EntriesOf(ctx context.Context, parties ...ledger.Party) ([]ledger.Entry, error)
	// PartiesAfter pages through the members that anything is booked for, by their party.
	PartiesAfter(ctx context.Context, after ledger.Party, limit int) ([]ledger.Party, error)
	// SchemeVersions returns all published versions of the schemes, the earliest first.
	SchemeVersions(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode][]insurance.Scheme, error)
	// Resolve finds, for each identifier, the members it points to and when.
	Resolve(ctx context.Context, identifiers ...Hash) (map[Hash][]insurance.Found, error)
	// Salts returns what the members' keys are made from: nothing for who is unknown or erased.
	Salts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	// SealedFacts returns the facts of those of the members who have any.
	SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	// Proposal and SaveProposal keep what one person proposes and another approves.
	Proposal(ctx context.Context, key string) (*insurance.Proposal, error)
	SaveProposal(ctx context.Context, p insurance.Proposal) error
	// Now is the database's clock.
	Now(ctx context.Context) (time.Time, error)
	State
}

// State is what this use case keeps itself.
type State interface {
	// CoverAppeals returns the days on which appeals of the members that may decide on cover were open.
	CoverAppeals(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]insurance.Days, error)
	// CoverHolidays returns the holidays of the members, in order of members and ids; CoverHoliday the one of that id,
	// nil where there is none. SaveCoverHoliday writes one, or replaces it.
	CoverHolidays(ctx context.Context, members ...insurance.MemberID) ([]SealedHoliday, error)
	CoverHoliday(ctx context.Context, id Hash) (*SealedHoliday, error)
	SaveCoverHoliday(ctx context.Context, h SealedHoliday) error
	// ClusterHolidays returns those of the schemes, by their first days; of all where none is named.
	ClusterHolidays(ctx context.Context, schemes ...ledger.SchemeCode) (map[ledger.SchemeCode][]Holiday, error)
	ClusterHoliday(ctx context.Context, id Hash) (*Holiday, error)
	SaveClusterHoliday(ctx context.Context, h Holiday) error

	// CoverNotices returns the notices of the members, in order of members and ids; CoverNotice the one of that id, held
	// until the transaction ends, nil where there is none. SaveCoverNotices writes them, or replaces how they stand.
	CoverNotices(ctx context.Context, members ...insurance.MemberID) ([]Notice, error)
	CoverNotice(ctx context.Context, id Hash) (*Notice, error)
	SaveCoverNotices(ctx context.Context, notices ...Notice) error
	// PendingNotices pages through the outbox, by id.
	PendingNotices(ctx context.Context, after Hash, limit int) ([]Notice, error)

	// TextChoices returns what the members chose, sealed; SaveTextChoice writes it.
	TextChoices(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	SaveTextChoice(ctx context.Context, member insurance.MemberID, sealed []byte) error

	// CoverRun returns how far the run of that name has come, held until the transaction ends; false where there is none
	// yet.
	CoverRun(ctx context.Context, name string) (Run, bool, error)
	SaveCoverRun(ctx context.Context, r Run) error
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// People tells who members are: their phones and the language they are written to in.
type People interface {
	Get(ctx context.Context, ids ...insurance.MemberID) ([]insurance.Member, error)
}

// Service answers for cover.
type Service struct {
	Store  Store
	Keys   *privacy.Keyring
	People People
	// Used tells what was granted to a member's household, which uses up limits. Where it is nil, nothing was.
	Used func(ctx context.Context, tx Tx, member insurance.MemberID) ([]benefit.Earlier, error)
	// AtOnce is how many members a run or a batch looks at in one transaction; 500 where it is zero.
	AtOnce int
}

// atOnce is how many members are looked at in one transaction.
func (s *Service) atOnce() int {
	if s.AtOnce > 0 {
		return s.AtOnce
	}
	return 500
}

var (
	unknownMember = insurance.Fault{Field: "member", Reason: insurance.MemberUnknown, Text: "no such member; give her number, a phone, a document or her id"}
	unknownScheme = insurance.Fault{Field: "scheme", Reason: "SCHEME_UNKNOWN", Text: "no such scheme; publish it first"}
	reused        = insurance.Fault{Field: "reference", Reason: insurance.ReferenceReused, Text: "this reference names another holiday; a new one needs a new reference"}
)

// sealers are members' keys.
type sealers map[insurance.MemberID]*privacy.Sealer

// sealers are the keys of those of the members who are known and not erased.
func (s *Service) sealers(ctx context.Context, tx Tx, members ...insurance.MemberID) (sealers, error) {
	salts, err := tx.Salts(ctx, members...)
	if err != nil {
		return nil, err
	}
	all := make(sealers, len(salts))
	for id, salt := range salts {
		if all[id], err = s.Keys.Sealer(salt); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// published refuses a scheme that is not.
func (s *Service) published(ctx context.Context, tx Tx, code ledger.SchemeCode) error {
	versions, err := tx.SchemeVersions(ctx, code)
	if err == nil && len(versions[code]) == 0 {
		err = unknownScheme
	}
	return err
}

// ParseHash reads the id of a holiday or a notice: 32 hexadecimal digits. The fault names the field.
func ParseHash(field, text string) (h Hash, err error) {
	if len(text) != hex.EncodedLen(len(h)) {
		return h, insurance.Fault{Field: field, Reason: "ID_INVALID", Text: "give the id as it was answered: 32 hexadecimal digits"}
	}
	if _, err := hex.Decode(h[:], []byte(text)); err != nil {
		return h, insurance.Fault{Field: field, Reason: "ID_INVALID", Text: "give the id as it was answered: 32 hexadecimal digits"}
	}
	return h, nil
}
