// Package enrolment keeps who is insured: it registers people, finds them by what others know of them, and forgets them
// when they or the law ask for it.
//
// Its laws: the same request again is the same member, another under its name is refused (L3); one that is refused never
// stops its neighbours; people who look alike are proposed to a person, never merged or blocked by the machine; a card
// number once given is never given again; all that is known of a person stands sealed under her own key and is found by
// keyed hashes only, and who is erased leaves nothing but the opaque id that the books know (L11).
package enrolment

import (
	"context"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Hash is a keyed hash of something that names or describes a person.
type Hash = [16]byte

// Record is what is stored of a member: nothing in it can be read without the master key and her salt.
type Record struct {
	ID insurance.MemberID
	// Request is the hash of the registrar's name for the request, and Fingerprint that of its content, zero once erased.
	Request     Hash
	Fingerprint ledger.Fingerprint
	// Salt makes her key; it and what is sealed under the key are gone once she is erased. Facts are what rules judge
	// her by, sealed apart because they are read for every contribution; nil where nothing is recorded.
	Salt, Sealed, Facts []byte
	RegisteredAt        time.Time
	Erased              bool
}

// Pointer is a hashed identifier and the days on which it points to a member; zero means without end.
type Pointer struct {
	Hash     Hash
	Member   insurance.MemberID
	Kind     insurance.IdentifierKind
	From, To ledger.Date
}

// Reader reads who is insured.
type Reader interface {
	// Instant is the time by the database's clock.
	Instant(ctx context.Context) (time.Time, error)
	// Members returns those of the members that there are.
	Members(ctx context.Context, ids ...insurance.MemberID) (map[insurance.MemberID]Record, error)
	// MembersAfter returns the next members in order of their ids, at most so many.
	MembersAfter(ctx context.Context, after insurance.MemberID, limit int) ([]Record, error)
	// Resolve finds, for each identifier, the members it points to and when.
	Resolve(ctx context.Context, identifiers ...Hash) (map[Hash][]insurance.Found, error)
	// SealedFacts returns the facts of those of the members who have any, as [insurance.OpenFacts] reads them.
	SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
}

// Tx is one transaction on who is insured.
type Tx interface {
	Reader
	// Registered returns the members whom those of the requests that are known have registered.
	Registered(ctx context.Context, requests ...Hash) (map[Hash]Record, error)
	// CardsTaken returns which of the card numbers have ever been given.
	CardsTaken(ctx context.Context, numbers ...Hash) (map[Hash]bool, error)
	// Enrol writes new members, what points to them, and their card numbers. Where another transaction was first with
	// a request or a card number, this one runs again.
	Enrol(ctx context.Context, members []Record, pointers []Pointer, numbers []Hash) error
	// Hold is Members of those whom it keeps from being changed until the transaction ends.
	Hold(ctx context.Context, ids ...insurance.MemberID) (map[insurance.MemberID]Record, error)
	// Rewrite replaces what is sealed of a member, and her phones.
	Rewrite(ctx context.Context, member Record, phones []Pointer) error
	// SaveFacts replaces the sealed facts of members who are held.
	SaveFacts(ctx context.Context, facts map[insurance.MemberID][]byte) error
	// WithoutFacts returns members who were registered before there were facts, at most so many; FillFacts gives those
	// of them facts who have none yet.
	WithoutFacts(ctx context.Context, limit int) ([]insurance.MemberID, error)
	FillFacts(ctx context.Context, facts map[insurance.MemberID][]byte) error
	// Schemes returns those of the schemes that are published.
	Schemes(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode]insurance.Scheme, error)
	// Erase destroys her key, what was sealed under it, and all that points to her.
	Erase(ctx context.Context, id insurance.MemberID) error
	// Choose says whom a payer pays for where several members are found.
	Choose(ctx context.Context, payer Hash, member insurance.MemberID) error
	// Proposal and SaveProposal keep what one person proposes and another approves.
	Proposal(ctx context.Context, key string) (*insurance.Proposal, error)
	SaveProposal(ctx context.Context, p insurance.Proposal) error
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Reader) error) error
}

// Service enrols people.
type Service struct {
	Store Store
	Keys  *privacy.Keyring
	// Zone is where the fund's day begins and ends; nil means UTC.
	Zone *time.Location
	// Random makes member numbers; nil means at random.
	Random func() uint64
}

// today is the fund's day at that instant.
func (s *Service) today(at time.Time) ledger.Date {
	if s.Zone == nil {
		return ledger.DateOf(at.UTC())
	}
	return ledger.DateOf(at.In(s.Zone))
}

// dayOr is the day, or today where none is named.
func (s *Service) dayOr(ctx context.Context, r Reader, day ledger.Date) (ledger.Date, error) {
	if day != 0 {
		return day, nil
	}
	at, err := r.Instant(ctx)
	return s.today(at), err
}
