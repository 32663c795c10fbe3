// Package collection takes in what collectors report: contributions, their reversals, and withdrawals by the
// organisation. It names each thing by a keyed hash, decides where the money belongs, and books it, many at a time in
// one transaction.
//
// Its laws: the same reference with the same content is answered as the first time (L3); money that can be given to
// nobody goes to suspense with a reason and is never refused (L5); a reversal of what the member has used is booked in
// full and its shortfall falls on the collector (L8); what names a person stands apart from the books, sealed (L11).
package collection

import (
	"context"
	"sync/atomic"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/privacy"
)

// Hash is a keyed hash of something that names a person.
type Hash = [16]byte

// Tx is one transaction on all that collection reads and writes.
type Tx interface {
	ledger.Tx
	match.Tx
	// Schemes returns those of the schemes that are published, as last published.
	Schemes(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode]insurance.Scheme, error)
	// Collectors returns those of the collectors that have been set.
	Collectors(ctx context.Context, ids ...insurance.CollectorID) (map[insurance.CollectorID]insurance.Collector, error)
	// Resolve finds, for each identifier, the members it points to and when.
	Resolve(ctx context.Context, identifiers ...Hash) (map[Hash][]insurance.Found, error)
	// StandingChoices returns whom a payer's phone pays for where several members share it.
	StandingChoices(ctx context.Context, payers ...Hash) (map[Hash]insurance.MemberID, error)
	// Proposal and SaveProposal keep what one person proposes and another approves.
	Proposal(ctx context.Context, key string) (*insurance.Proposal, error)
	SaveProposal(ctx context.Context, p insurance.Proposal) error

	// Items returns the suspense items of those ids, and those that wait for one of them.
	Items(ctx context.Context, ids ...ledger.ID) ([]Item, error)
	// Waiting pages through the open items of a collector, oldest first.
	Waiting(ctx context.Context, collector insurance.CollectorID, after string, limit int) ([]Item, string, error)
	// Claimable returns the open items whose payer named a member by one of the identifiers.
	Claimable(ctx context.Context, identifiers ...Hash) ([]Item, error)
	// SaveItems writes new items and replaces those that are there.
	SaveItems(ctx context.Context, items ...Item) error
	// SaveDetails writes what the collector sent, sealed.
	SaveDetails(ctx context.Context, details ...Detail) error
	// Detail returns what the collector sent, sealed; false where it is not kept.
	Detail(ctx context.Context, id ledger.ID, recordedAt time.Time) (Detail, bool, error)
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Item is a thing in suspense: owned by its collector, with a reason, a date and an end.
type Item struct {
	ID        ledger.ID
	Collector insurance.CollectorID
	Reason    string
	ValueOn   ledger.Date
	OpenedAt  time.Time
	// WaitsFor is the contribution that a reversal came before; zero for others.
	WaitsFor ledger.ID
	// Named are the identifiers by which the payer named the member.
	Named []Hash
	// Candidates are the members among whom a person must choose.
	Candidates []insurance.MemberID
	// Fingerprint is that of the content, where no entry holds it.
	Fingerprint ledger.Fingerprint
	// Unread: the amount could not be read and nothing is booked.
	Unread   bool
	Resolved bool
}

// Detail is what the collector sent, apart from the books and erasable: sealed under the owner's key.
type Detail struct {
	ID ledger.ID
	// RecordedAt is when the contribution was recorded: with the id it is the detail's key.
	RecordedAt time.Time
	Member     insurance.MemberID
	Sealed     []byte
}

// Sent is one thing that a collector sends: exactly one field is set.
type Sent struct {
	Contribution *insurance.Contribution
	Reversal     *insurance.Reversal
	Withdrawal   *insurance.Withdrawal
}

// State says where an item stands.
type State int

// The states.
const (
	Posted State = iota + 1
	Suspended
	Reversed
	Unread
)

// Receipt is the answer to an item, once it is durable.
type Receipt struct {
	ID         ledger.ID
	State      State
	Repeated   bool
	Member     insurance.MemberID
	Reason     string
	ValueOn    ledger.Date
	BookedOn   ledger.Date
	RecordedAt time.Time
	Scheme     ledger.SchemeCode
	Postings   []ledger.Posting
}

// Service takes in what collectors send.
type Service struct {
	store Store
	keys  *privacy.Keyring
	group *sqldb.Group[prepared, Receipt]
	// scarce is for how many batches more budgets are held from the start, since one was found near its end. It is a hint:
	// a batch that begins without and finds too little is decided again.
	scarce atomic.Int64
	telemetry
}

// New makes the service; db bounds how much is gathered into one commit.
func New(store Store, keys *privacy.Keyring, db *sqldb.DB) *Service {
	s := &Service{store: store, keys: keys, telemetry: newTelemetry()}
	s.group = sqldb.NewGroup(db, s.commit)
	return s
}

// Post books what was sent, each item on its own, and answers in order when all are durable.
func (s *Service) Post(ctx context.Context, sent ...Sent) ([]sqldb.Outcome[Receipt], error) {
	outcomes := make([]sqldb.Outcome[Receipt], len(sent))
	pending := make([]<-chan sqldb.Outcome[Receipt], len(sent))
	for i, item := range sent {
		pending[i], outcomes[i].Err = s.Submit(ctx, item)
	}
	for i, answer := range pending {
		if answer == nil {
			continue
		}
		select {
		case outcomes[i] = <-answer:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return outcomes, nil
}

// Submit hands in one item; its outcome will be in the channel. The error says what is wrong with its form.
func (s *Service) Submit(ctx context.Context, sent Sent) (<-chan sqldb.Outcome[Receipt], error) {
	item, err := s.prepare(sent)
	if err != nil {
		return nil, err
	}
	return s.group.Submit(ctx, item)
}

// Drain waits until everything taken has its outcome, and takes no more.
func (s *Service) Drain() { s.group.Drain() }
