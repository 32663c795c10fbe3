package payout

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"sanad.dev/sanad/ledger"
)

// Tx is one transaction on payouts and the books. What is locked is locked in one order: batches, payouts by id, then
// the books.
type Tx interface {
	ledger.Tx
	// PartiesOwed pages through members with something on the account, by party, after one.
	PartiesOwed(ctx context.Context, code ledger.Code, after ledger.Party, limit int) ([]ledger.Party, error)
	// PayoutNow is the database's clock.
	PayoutNow(ctx context.Context) (time.Time, error)
	Vault

	// PayoutBatch returns a batch, and HoldPayoutBatch locks it until the transaction ends; false where there is none.
	PayoutBatch(ctx context.Context, id ID) (Batch, bool, error)
	HoldPayoutBatch(ctx context.Context, id ID) (Batch, bool, error)
	// PayoutBatches pages through batches, the newest first.
	PayoutBatches(ctx context.Context, after string, limit int) ([]Batch, string, error)
	// UnbookedBatches returns approved batches whose lines are not all booked.
	UnbookedBatches(ctx context.Context) ([]Batch, error)
	// InsertPayoutBatch writes a new batch; it returns an error that lets the transaction run again where another was first.
	InsertPayoutBatch(ctx context.Context, b Batch) error
	// SavePayoutBatch writes a batch as it stands now.
	SavePayoutBatch(ctx context.Context, b Batch) error

	// Payouts returns payouts by batch and line, by party and time, or by time.
	Payouts(ctx context.Context, q Query) ([]Payout, string, error)
	// PayoutsByID returns those of the payouts that there are, and HoldPayouts locks them until the transaction ends.
	PayoutsByID(ctx context.Context, ids ...ID) (map[ID]Payout, error)
	HoldPayouts(ctx context.Context, ids ...ID) (map[ID]Payout, error)
	// PayoutsByKey finds the payouts that rails know by these keys.
	PayoutsByKey(ctx context.Context, keys ...Key) (map[Key]ID, error)
	// PayoutSums returns how many payouts of a batch stand in each state and for each reason, and what they come to.
	PayoutSums(ctx context.Context, batch ID) ([]StateSum, error)
	// RequestedPayouts returns what is requested and not approved yet, by the account that it will be paid from.
	RequestedPayouts(ctx context.Context, parties ...ledger.Party) (map[ledger.Account]int64, error)
	// PayoutsToFollow counts the lines of a batch that failed or came back and that a follow-up may still take.
	PayoutsToFollow(ctx context.Context, batch ID) (int, error)
	// InsertPayouts writes new payouts; those whose ids are there already are left as they are.
	InsertPayouts(ctx context.Context, payouts ...Payout) error
	// SavePayouts writes payouts as they stand now.
	SavePayouts(ctx context.Context, payouts ...Payout) error
	// LeasePayouts takes leases on payouts that are due, the longest due first, and are on nobody's lease: each with the
	// next number. What a hold keeps is left out.
	LeasePayouts(ctx context.Context, l LeaseQuery) ([]Payout, error)
	// HoldFloat lets no other transaction send out of the rail's float in the currency until this one ends, and returns how
	// far it is used up.
	HoldFloat(ctx context.Context, rail string, currency ledger.Currency, now time.Time) (FloatUse, error)
	// WakeShort has what waits for the float looked at now.
	WakeShort(ctx context.Context, rail string, currency ledger.Currency, now time.Time) error
	// AddPayoutEvents writes what happened.
	AddPayoutEvents(ctx context.Context, events ...Event) error
	// PayoutEvents returns what happened to a payout, in order.
	PayoutEvents(ctx context.Context, id ID) ([]Event, error)

	// SavePayoutHold writes a hold, or its release.
	SavePayoutHold(ctx context.Context, h Hold) error
	// PayoutHolds returns holds that stand, of a party or of all, by their instants.
	PayoutHolds(ctx context.Context, party ledger.Party) ([]Hold, error)

	// SaveDestination writes where a party is paid over a rail.
	SaveDestination(ctx context.Context, d OnRecord) error
	// Destinations returns where those of the parties that have a destination are paid over the rail.
	Destinations(ctx context.Context, rail string, parties ...ledger.Party) (map[ledger.Party]OnRecord, error)

	// SaveTopUp writes who topped up a float.
	SaveTopUp(ctx context.Context, t TopUp) error
	// PayoutTotals returns what payouts say that the books must hold, by rail, scheme and currency.
	PayoutTotals(ctx context.Context) ([]RailTotal, error)
}

// Vault seals what is about a party under a key of her own, or of the party's where it is no person.
type Vault interface {
	// SealFor seals; the context says what it is, so that nothing sealed can be put in another's place. It returns
	// [ErrNobody] where the party's key was destroyed.
	SealFor(ctx context.Context, party ledger.Party, plain []byte, context string) ([]byte, error)
	// OpenFor opens what SealFor made, or returns [ErrNobody].
	OpenFor(ctx context.Context, party ledger.Party, sealed []byte, context string) ([]byte, error)
}

// Store runs transactions.
type Store interface {
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Query asks for a page of payouts. Batch or Party narrow it down; States keeps those in one of them, none meaning all.
type Query struct {
	Batch  ID
	Party  ledger.Party
	States []State
	// Contradicted asks for those of which a rail has said what can't be.
	Contradicted bool
	// Unfollowed asks for those that nobody declined or withdrew and that no follow-up stands in for yet.
	Unfollowed bool
	Limit      int
	// After is where the last page ended; empty for the first.
	After string
}

// StateSum is how many payouts stand in a state for a reason, and what they come to in minor units.
type StateSum struct {
	State  State
	Reason string
	Count  int
	Minor  int64
	Fee    int64
}

// LeaseQuery asks for leases.
type LeaseQuery struct {
	Rails      []string
	Holder     string
	Now, Until time.Time
	Limit      int
}

// Service pays out.
type Service struct {
	Store Store
	Keys  Hasher
	// Rails are those that payouts may be asked for, by name.
	Rails map[string]Rail
	// Pool bears what a rail charges where a batch names no pool.
	Pool ledger.Party
	// Zone is where the fund's day begins and ends; nil means UTC.
	Zone *time.Location
	// Log is told of what a worker could not do; nil means the default. It names payouts by id only.
	Log *slog.Logger
}

// piece is how many lines one transaction takes.
const piece = 250

// today is the fund's day at that instant.
func (s *Service) today(at time.Time) ledger.Date {
	if s.Zone == nil {
		return ledger.DateOf(at.UTC())
	}
	return ledger.DateOf(at.In(s.Zone))
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

// contract is the rail's, or a fault.
func (s *Service) contract(rail string) (Contract, error) {
	r, ok := s.Rails[rail]
	if !ok {
		return Contract{}, fault("rail", "RAIL_UNKNOWN", "this server has no rail of that name; start it with --rail")
	}
	return r.Contract(), nil
}

// book posts what the steps move and writes how their payouts stand afterwards. The payouts are held by the transaction.
func (s *Service) book(ctx context.Context, tx Tx, now time.Time, steps ...Step) error {
	entries, err := s.entries(now, steps)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		if err := post(ctx, tx, entries); err != nil {
			return err
		}
	}
	return record(ctx, tx, steps)
}

func (s *Service) entries(now time.Time, steps []Step) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	for _, step := range steps {
		for _, m := range step.Moves {
			e, err := step.After.entry(s.Keys, m, s.today(now))
			if err != nil {
				return nil, fmt.Errorf("book %s of payout %s: %w", m.Kind, step.After.ID, err)
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}

func post(ctx context.Context, tx Tx, entries []ledger.Entry) error {
	var need ledger.Need
	for _, e := range entries {
		need.Entries = append(need.Entries, e.ID)
		need.Parties = append(need.Parties, e.HeldParties()...)
	}
	page, err := tx.Page(ctx, need)
	if err != nil {
		return err
	}
	if _, err := page.Post(entries...); err != nil {
		return err
	}
	return tx.Save(ctx, page)
}

func record(ctx context.Context, tx Tx, steps []Step) error {
	payouts, events := make([]Payout, len(steps)), make([]Event, len(steps))
	for i, step := range steps {
		payouts[i], events[i] = step.After, step.Event
	}
	if err := tx.SavePayouts(ctx, payouts...); err != nil {
		return err
	}
	return tx.AddPayoutEvents(ctx, events...)
}
