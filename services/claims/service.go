package claims

import (
	"context"
	"encoding/json"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// ClaimStore is what claims keep of their own.
type ClaimStore interface {
	// BenefitClaim returns a claim, or a fault that says there is none; HoldBenefitClaim also locks it until the transaction ends.
	BenefitClaim(ctx context.Context, id ledger.ID) (Claim, error)
	HoldBenefitClaim(ctx context.Context, id ledger.ID) (Claim, error)
	// InsertBenefitClaim adds a claim; where another was first under its id, the transaction runs again.
	InsertBenefitClaim(ctx context.Context, c Claim) error
	// SaveBenefitClaim writes how a claim that is held stands now.
	SaveBenefitClaim(ctx context.Context, c Claim) error
	// HoldClaimPerson lets no other transaction judge claims on the person until this one ends.
	HoldClaimPerson(ctx context.Context, person Hash) error
	// BenefitClaimsAbout returns the claims of the member, and those on the persons whoever handed them in, oldest event first.
	BenefitClaimsAbout(ctx context.Context, member insurance.MemberID, persons ...Hash) ([]Claim, error)
	// BenefitClaims pages through claims.
	BenefitClaims(ctx context.Context, q Query) ([]Claim, error)
	// BenefitClaimsDue returns claims whose next instalment may be due on the day, in the order of their ids.
	BenefitClaimsDue(ctx context.Context, on ledger.Date, after ledger.ID, limit int) ([]Claim, error)
	// OwedUnder returns what is booked under the claim, by bearer and payee; SaveOwedUnder writes it.
	OwedUnder(ctx context.Context, id ledger.ID) ([]Share, error)
	SaveOwedUnder(ctx context.Context, id ledger.ID, shares ...Share) error
	// Settlings returns how it was handed over to be paid, by number and payee; SaveSettlings writes it.
	Settlings(ctx context.Context, id ledger.ID) ([]Settling, error)
	SaveSettlings(ctx context.Context, id ledger.ID, settlings ...Settling) error
	// EverythingOwed is what is kept as owed under all claims.
	EverythingOwed(ctx context.Context) ([]OwedRow, error)
	// UndecidedClaims is what was asked for, in minor units, by claims that had come by the day and were not decided at its end.
	UndecidedClaims(ctx context.Context, scheme ledger.SchemeCode, pool insurance.Pool, on ledger.Date) (minor int64, count int, err error)

	// Providers returns those of the providers that have been set; all of them where none is named.
	Providers(ctx context.Context, ids ...insurance.ProviderID) (map[insurance.ProviderID]insurance.Provider, error)
	SetProvider(ctx context.Context, p insurance.Provider) error
}

// Decisions is where decisions are recorded.
type Decisions interface {
	SaveDecision(ctx context.Context, k insurance.KeptDecision) error
	Decision(ctx context.Context, id insurance.DecisionID) (insurance.KeptDecision, bool, error)
	DecisionsAfter(ctx context.Context, after insurance.DecisionID, limit int) ([]insurance.KeptDecision, error)
}

// Members is what claims read of who is insured.
type Members interface {
	Resolve(ctx context.Context, identifiers ...Hash) (map[Hash][]insurance.Found, error)
	Salts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
}

// Versions is what claims read of schemes.
type Versions interface {
	// SchemeVersions returns all published versions of those of the schemes that are published.
	SchemeVersions(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode][]insurance.Scheme, error)
}

// Tx is one transaction on all that claims read and write.
type Tx interface {
	ledger.Tx
	ClaimStore
	Decisions
	Members
	Versions
	// CameBack returns what of the batches of payouts is owed again. HoldCameBack also keeps it so until the transaction ends.
	CameBack(ctx context.Context, batches ...string) ([]CameBack, error)
	HoldCameBack(ctx context.Context, batches ...string) ([]CameBack, error)
	// EntriesOf returns all entries of the parties.
	EntriesOf(ctx context.Context, parties ...ledger.Party) ([]ledger.Entry, error)
	// OpenAppeals are those of the members who have an appeal open, each with the day on which it was filed.
	OpenAppeals(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID]ledger.Date, error)
	Proposal(ctx context.Context, key string) (*insurance.Proposal, error)
	SaveProposal(ctx context.Context, p insurance.Proposal) error
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service takes claims and books what is owed.
type Service struct {
	Store Store
	Keys  *privacy.Keyring
	// Histories tells what cover is judged by; nil where no benefit asks for any.
	Histories Histories
	// Pay asks for payouts and returns the name of their batch; the same asking again is the same batch.
	Pay func(ctx context.Context, p Payment) (batch string, err error)
	// Judges judge what is kept with the decisions of other kinds, so that all can be judged again.
	Judges map[insurance.DecisionKind]func(ctx context.Context, tx Tx, judged json.RawMessage) (insurance.Decision, error)
}

// name is the id of the claim that a submitter calls by the reference: of a provider its own, of anybody else that of
// who makes the call.
func (s *Service) name(by Submitter, reference string) ledger.ID {
	return ledger.ID(s.Keys.Hash("claim", by.name(), s.caller(by), reference))
}

func (s *Service) caller(by Submitter) string {
	if by.As == AsProvider {
		return ""
	}
	return strings.ToLower(by.Person)
}

// fingerprint tells same content from other (L3).
func (s *Service) fingerprint(k Content) (ledger.Fingerprint, error) {
	text, err := json.Marshal(k)
	f := ledger.Fingerprint{s.Keys.Version()}
	hashed := s.Keys.Hash("claim-content", string(text))
	copy(f[1:], hashed[:])
	return f, err
}

// personOf is the keyed hash by which claims on one person are found.
func (s *Service) personOf(c benefit.Claim) Hash {
	name := c.Person
	if name == "" {
		name = string(c.Member)
	}
	if name == "" {
		return Hash{}
	}
	return s.Keys.Hash("claim-person", name)
}

// sealer is that of the claim's member, or its own while nobody knows whose it is. The error is [insurance.ErrErased]
// where her key is destroyed.
func (s *Service) sealer(ctx context.Context, tx Members, c Claim) (*privacy.Sealer, error) {
	if c.Member == "" {
		return s.Keys.Sealer(c.Salt)
	}
	salts, err := tx.Salts(ctx, c.Member)
	if err != nil {
		return nil, err
	}
	return s.sealerOf(salts[c.Member])
}

func (s *Service) sealerOf(salt []byte) (*privacy.Sealer, error) {
	if len(salt) == 0 {
		return nil, errErased
	}
	return s.Keys.Sealer(salt)
}

var errErased = insurance.Fault{Field: "claim", Reason: insurance.MemberErased, Text: "the member's data has been destroyed at her wish; only the amounts are left"}

// content opens what a claim says.
func (s *Service) content(ctx context.Context, tx Members, c Claim) (Content, error) {
	sealer, err := s.sealer(ctx, tx, c)
	if err != nil {
		return Content{}, err
	}
	return openContent(sealer, c.ID, c.Sealed)
}
