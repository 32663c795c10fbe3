// Package enrolmenttest is the suite that every store of members passes: each law of package enrolment has a test here
// that fails when the service or the store breaks it.
package enrolmenttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// Collecting is what a store's transaction is asked besides [enrolment.Tx], by those who book money to members.
type Collecting interface {
	Salts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	StandingChoices(ctx context.Context, payers ...enrolment.Hash) (map[enrolment.Hash]insurance.MemberID, error)
}

// Open opens a new, empty store, as seen by several servers at once. The transactions given by Update are [Collecting].
type Open func(t *testing.T, servers int) []enrolment.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, Open){
		"a person is registered and found by all that is known of her": registered,
		"L3 the same request again is the same member":                 repeated,
		"L3 other content under the same id is refused":                reused,
		"L3 fifty senders of one request make one member":              requestRace,
		"L3 a request twice in a batch makes one member":               twiceInABatch,
		"one that is refused does not stop its neighbours":             neighbours,
		"people who look alike are proposed, and registered":           alike,
		"people who look alike in one batch are proposed":              alikeInABatch,
		"whoever vouches is a member":                                  vouchers,
		"a card number is given once":                                  cards,
		"a card number is given once in a race":                        cardRace,
		"a number that is taken is drawn again":                        drawnAgain,
		"a number is never one that could be a phone":                  notAPhone,
		"a phone points to a member on its days":                       phoneDays,
		"what was typed means a number before a phone":                 firstMeaning,
		"an identifier that is asked for often is found once":          askedOften,
		"several members on one phone are the candidates":              sharedPhone,
		"phones change from a day on":                                  changePhones,
		"a payer's standing choice holds until it is changed":          standingChoice,
		"L11 erasing takes two people and leaves only the id":          erase,
		"L11 of many approvers one erases":                             eraseRace,
		"what was erased is not registered again by its request":       erasedRequest,
		"members are listed once each, page by page":                   list,
		"who is unknown is not found":                                  unknown,
		"L12 several servers keep one register":                        manyServers,
		"facts are read as they were recorded":                         recordedFacts,
		"facts that are refused change nothing":                        refusedFacts,
		"there is one truth about a birth":                             birthFacts,
		"facts of many members are read sealed at once":                sealedFacts,
		"facts are filled in only where there are none":                filledFacts,
		"facts recorded by many at once are all kept":                  factsRace,
		"L11 facts are erased with their member":                       erasedFacts,
		"a place in a scheme has a first and a last day":               enrolInScheme,
		"a place begins and ends today where no day is named":          enrolToday,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, open) })
	}
}

// today is a day after every day in the tests but those that say otherwise.
const today ledger.Date = 2026_03_10

func keyring(t testing.TB) *privacy.Keyring {
	t.Helper()
	k, err := privacy.NewKeyring(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func services(t *testing.T, open Open, servers int) []*enrolment.Service {
	t.Helper()
	var all []*enrolment.Service
	for _, store := range open(t, servers) {
		all = append(all, &enrolment.Service{Store: store, Keys: keyring(t)})
	}
	return all
}

func one(t *testing.T, open Open) *enrolment.Service {
	t.Helper()
	return services(t, open, 1)[0]
}

func phone(n int) string { return fmt.Sprintf("+96279%07d", n) }

// person is somebody, unlike anybody else.
func person(n int) insurance.Person {
	return insurance.Person{
		Name: fmt.Sprintf("Amal Number-%d", n), Birth: insurance.Birth{Year: 1960 + n%40}, Language: "ar",
		Documents: []insurance.Document{{Kind: "national-id", Issuer: "JO", Number: fmt.Sprintf("99-%05d", n)}},
		Phones:    []insurance.Phone{{Number: phone(n), From: 2026_01_01}},
	}
}

func request(n int) enrolment.Request {
	return enrolment.Request{ID: fmt.Sprintf("request-%d", n), Person: person(n), Region: "JO"}
}

func register(t testing.TB, s *enrolment.Service, r enrolment.Request) enrolment.Result {
	t.Helper()
	results, err := s.Register(t.Context(), r)
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}

// refused checks why a request is refused: the family, and the field at fault.
func refused(t testing.TB, s *enrolment.Service, r enrolment.Request, family error, field string) {
	t.Helper()
	results, err := s.Register(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	wantFault(t, results[0].Err, family, field)
}

func wantFault(t testing.TB, err, family error, field string) {
	t.Helper()
	var fault insurance.Fault
	if !errors.As(err, &fault) || !errors.Is(err, family) || fault.Field != field {
		t.Errorf("got %v, want %v in the field %s", err, family, field)
	}
}

func get(t testing.TB, s *enrolment.Service, id insurance.MemberID) insurance.Member {
	t.Helper()
	members, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return members[0]
}

// found are the members that a reference points to on a day.
func found(t testing.TB, s *enrolment.Service, ref insurance.Reference, on ledger.Date) []insurance.MemberID {
	t.Helper()
	members, err := s.LookUp(t.Context(), ref, "JO", on)
	if err != nil {
		t.Fatal(err)
	}
	var ids []insurance.MemberID
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	return ids
}

// everyone lists all members.
func everyone(t testing.TB, s *enrolment.Service) []insurance.Member {
	t.Helper()
	members, next, err := s.List(t.Context(), "", 1000)
	if err != nil || next != "" {
		t.Fatalf("list: %v, next %q", err, next)
	}
	return members
}

// collecting asks what those ask who book money to members.
func collecting(t testing.TB, s *enrolment.Service, fn func(context.Context, Collecting) error) {
	t.Helper()
	err := s.Store.Update(t.Context(), func(ctx context.Context, tx enrolment.Tx) error {
		return fn(ctx, tx.(Collecting))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// race runs fn n times at once.
func race(n int, fn func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() { <-start; fn(i) })
	}
	close(start)
	all.Wait()
}
