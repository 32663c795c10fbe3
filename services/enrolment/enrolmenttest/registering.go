package enrolmenttest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

func registered(t *testing.T, open Open) {
	s := one(t, open)
	r := request(1)
	r.Person.Phones[0].Number = "079 000 0001"
	got := register(t, s, r)
	m := got.Member
	want := insurance.Member{ID: m.ID, Number: m.Number, Person: person(1), RegisteredAt: m.RegisteredAt}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	if !m.ID.WellFormed() || !insurance.NumberChecks(m.Number) || m.RegisteredAt.IsZero() || got.Repeated {
		t.Errorf("registered as %s, number %s, at %s, repeated %v", m.ID, m.Number, m.RegisteredAt, got.Repeated)
	}
	if diff := cmp.Diff(m, get(t, s, m.ID)); diff != "" {
		t.Errorf("she is read otherwise than she was written:\n%s", diff)
	}
	for _, ref := range []insurance.Reference{
		{Member: m.ID}, {Number: m.Number}, {Phone: "0790000001"}, {Typed: phone(1)}, {Typed: "9900001"},
		{Document: person(1).Documents[0]}, {Document: insurance.Document{Kind: "national-id", Number: "9900001"}},
	} {
		if got := found(t, s, ref, today); !slices.Equal(got, []insurance.MemberID{m.ID}) {
			t.Errorf("%+v finds %v", ref, got)
		}
	}
}

func repeated(t *testing.T, open Open) {
	s := one(t, open)
	first := register(t, s, request(1))
	again := register(t, s, request(1))
	if !again.Repeated {
		t.Error("the second answer does not say that the request was known")
	}
	if diff := cmp.Diff(first.Member, again.Member); diff != "" {
		t.Errorf("the second answer differs from the first:\n%s", diff)
	}
	if n := len(everyone(t, s)); n != 1 {
		t.Errorf("there are %d members, want 1", n)
	}
}

func reused(t *testing.T, open Open) {
	s := one(t, open)
	register(t, s, request(1))
	for name, change := range map[string]func(*enrolment.Request){
		"another name":     func(r *enrolment.Request) { r.Person.Name = "Badr" },
		"another birth":    func(r *enrolment.Request) { r.Person.Birth.Year++ },
		"a document more":  func(r *enrolment.Request) { r.Person.Documents = append(r.Person.Documents, insurance.Document{}) },
		"another document": func(r *enrolment.Request) { r.Person.Documents[0].Number = "99-00002" },
		"another issuer":   func(r *enrolment.Request) { r.Person.Documents[0].Issuer = "EG" },
		"another kind":     func(r *enrolment.Request) { r.Person.Documents[0].Kind = "passport" },
		"another phone":    func(r *enrolment.Request) { r.Person.Phones[0].Number = phone(2) },
		"another day":      func(r *enrolment.Request) { r.Person.Phones[0].From++ },
		"a last day":       func(r *enrolment.Request) { r.Person.Phones[0].To = 2026_12_31 },
		"better evidence":  func(r *enrolment.Request) { r.Person.Birth.Evidence = insurance.EvidenceRegister },
		"a voucher":        func(r *enrolment.Request) { r.Person.Voucher.Officer = "union-7 Badr" },
		"another language": func(r *enrolment.Request) { r.Person.Language = "fr" },
		"another region":   func(r *enrolment.Request) { r.Region = "EG" },
		"a card number":    func(r *enrolment.Request) { r.CardNumber = "123456" },
	} {
		t.Run(name, func(t *testing.T) {
			r := request(1)
			change(&r)
			refused(t, s, r, ledger.ErrReferenceReused, "request_id")
		})
	}
	if n := len(everyone(t, s)); n != 1 {
		t.Errorf("there are %d members, want 1", n)
	}
}

func requestRace(t *testing.T, open Open) {
	servers := services(t, open, 3)
	var mu sync.Mutex
	members, repeats := map[insurance.MemberID]bool{}, 0
	race(50, func(i int) {
		results, err := servers[i%len(servers)].Register(t.Context(), request(1))
		if err != nil || results[0].Err != nil {
			t.Error(err, results)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		members[results[0].Member.ID] = true
		if results[0].Repeated {
			repeats++
		}
	})
	if len(members) != 1 || repeats != 49 || len(everyone(t, servers[0])) != 1 {
		t.Errorf("50 senders were answered with %d members, %d as repeated", len(members), repeats)
	}
}

func twiceInABatch(t *testing.T, open Open) {
	s := one(t, open)
	other := request(1)
	other.Person.Name = "Badr"
	results, err := s.Register(t.Context(), request(1), request(1), other, request(2))
	if err != nil {
		t.Fatal(err)
	}
	if results[0].Member.ID != results[1].Member.ID || results[0].Repeated || !results[1].Repeated {
		t.Errorf("the first two are %v and %v", results[0], results[1])
	}
	wantFault(t, results[2].Err, ledger.ErrReferenceReused, "request_id")
	if results[3].Err != nil || len(everyone(t, s)) != 2 {
		t.Errorf("the last one: %v", results[3].Err)
	}
}

func neighbours(t *testing.T, open Open) {
	s := one(t, open)
	bad := map[int]func(*enrolment.Request){
		3:  func(r *enrolment.Request) { r.ID = "" },
		7:  func(r *enrolment.Request) { r.ID = "a\x00b" },
		11: func(r *enrolment.Request) { r.Person.Name = "Am\x00al" },
		13: func(r *enrolment.Request) { r.Person.Name = "Am\xffal" },
		17: func(r *enrolment.Request) { r.Person.Phones[0].Number = "12" },
		19: func(r *enrolment.Request) { r.Person = insurance.Person{Name: "nobody vouches"} },
		23: func(r *enrolment.Request) { r.CardNumber = "12 34 56" },
		29: func(r *enrolment.Request) { r.Person.Voucher.Member = insurance.MemberIDOf([16]byte{1}) },
		31: func(r *enrolment.Request) { r.Region = "ZZ" },
		37: func(r *enrolment.Request) { r.Person.Documents[0].Number = "" },
	}
	var requests []enrolment.Request
	for n := range 40 {
		r := request(n)
		if spoil, ok := bad[n]; ok {
			spoil(&r)
		}
		requests = append(requests, r)
	}
	results, err := s.Register(t.Context(), requests...)
	if err != nil {
		t.Fatal(err)
	}
	for n, result := range results {
		if _, spoilt := bad[n]; spoilt != (result.Err != nil) {
			t.Errorf("request %d: %v", n, result.Err)
		}
		if result.Err == nil && result.Member.Person.Name != person(n).Name {
			t.Errorf("result %d is that of %s", n, result.Member.Person.Name)
		}
	}
	if got, want := len(everyone(t, s)), len(requests)-len(bad); got != want {
		t.Errorf("there are %d members, want %d", got, want)
	}
}

// looksLike are newcomers who share something with person 1, and whether she is proposed for each.
var looksLike = []struct {
	name     string
	person   func() insurance.Person
	proposed bool
}{
	{"her document", func() insurance.Person {
		return insurance.Person{Name: "Badr", Documents: []insurance.Document{{Kind: "id", Number: "99 00001"}}}
	}, true},
	{"her phone and name", func() insurance.Person {
		return insurance.Person{Name: "number-1 AMAL", Phones: []insurance.Phone{{Number: phone(1)}}}
	}, true},
	{"her phone, another name", func() insurance.Person {
		return insurance.Person{Name: "Badr Number-1", Phones: []insurance.Phone{{Number: phone(1)}}}
	}, false},
	{"her phone and name, much younger", func() insurance.Person {
		return insurance.Person{Name: person(1).Name, Birth: insurance.Birth{Year: 1990}, Phones: []insurance.Phone{{Number: phone(1)}}}
	}, false},
	{"her name alone", func() insurance.Person {
		return insurance.Person{Name: person(1).Name, Phones: []insurance.Phone{{Number: phone(99)}}}
	}, false},
}

func alike(t *testing.T, open Open) {
	for _, c := range looksLike {
		t.Run(c.name, func(t *testing.T) {
			s := one(t, open)
			first := register(t, s, request(1)).Member
			newcomer := register(t, s, enrolment.Request{ID: "newcomer", Person: c.person()})
			wantProposed(t, newcomer, first, c.proposed)
			again := register(t, s, enrolment.Request{ID: "newcomer", Person: c.person()})
			wantProposed(t, again, first, c.proposed)
			if n := len(everyone(t, s)); n != 2 {
				t.Errorf("there are %d members, want 2", n)
			}
		})
	}
}

func wantProposed(t *testing.T, r enrolment.Result, m insurance.Member, want bool) {
	t.Helper()
	if got := slices.Equal(r.PossibleDuplicates, []insurance.MemberID{m.ID}); got != want {
		t.Errorf("proposed %v: %v, want %v", r.PossibleDuplicates, got, want)
	}
}

func alikeInABatch(t *testing.T, open Open) {
	s := one(t, open)
	batch := []enrolment.Request{request(1)}
	for i, c := range looksLike {
		batch = append(batch, enrolment.Request{ID: fmt.Sprint("newcomer-", i), Person: c.person()})
	}
	results, err := s.Register(t.Context(), batch...)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range looksLike {
		if got := slices.Contains(results[i+1].PossibleDuplicates, results[0].Member.ID); got != c.proposed {
			t.Errorf("%s: proposed %v, want %v", c.name, got, c.proposed)
		}
	}
}

func vouchers(t *testing.T, open Open) {
	s := one(t, open)
	vouched := func(n int, by insurance.MemberID) enrolment.Request {
		return enrolment.Request{ID: fmt.Sprint("vouched-", n), Person: insurance.Person{Name: "Badr", Voucher: insurance.Voucher{Member: by}}}
	}
	refused(t, s, vouched(1, insurance.MemberIDOf([16]byte{1})), ledger.ErrInvalid, "person.voucher.member_id")
	voucher := register(t, s, request(1)).Member
	if got := register(t, s, vouched(2, voucher.ID)).Member.Person.Voucher.Member; got != voucher.ID {
		t.Errorf("vouched for by %s", got)
	}
	eraseByTwo(t, s, voucher.ID)
	refused(t, s, vouched(3, voucher.ID), ledger.ErrInvalid, "person.voucher.member_id")
}

func withCard(n int, number string) enrolment.Request {
	r := request(n)
	r.CardNumber = number
	return r
}

func cards(t *testing.T, open Open) {
	s := one(t, open)
	m := register(t, s, withCard(1, "001234")).Member
	if m.Number != "001234" {
		t.Errorf("the card's number is %s", m.Number)
	}
	if got := found(t, s, insurance.Reference{Number: "001234"}, today); !slices.Equal(got, []insurance.MemberID{m.ID}) {
		t.Errorf("the card's number finds %v", got)
	}
	refused(t, s, withCard(2, "001234"), insurance.ErrTaken, "card_number")
	refused(t, s, withCard(3, "12345"), ledger.ErrInvalid, "card_number")
	results, err := s.Register(t.Context(), withCard(4, "005678"), withCard(5, "005678"))
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results)
	}
	wantFault(t, results[1].Err, insurance.ErrTaken, "card_number")
	eraseByTwo(t, s, m.ID)
	refused(t, s, withCard(6, "001234"), insurance.ErrTaken, "card_number")
}

func cardRace(t *testing.T, open Open) {
	servers := services(t, open, 3)
	var won atomic.Int64
	race(24, func(i int) {
		results, err := servers[i%len(servers)].Register(t.Context(), withCard(i, "001234"))
		switch {
		case err != nil:
			t.Error(err)
		case results[0].Err == nil:
			won.Add(1)
		default:
			wantFault(t, results[0].Err, insurance.ErrTaken, "card_number")
		}
	})
	if won.Load() != 1 {
		t.Errorf("the number was given %d times", won.Load())
	}
}

// sequence draws the numbers given, then those that follow.
func sequence(numbers ...uint64) func() uint64 {
	next := uint64(1000)
	return func() uint64 {
		if len(numbers) > 0 {
			n := numbers[0]
			numbers = numbers[1:]
			return n
		}
		next++
		return next
	}
}

func drawnAgain(t *testing.T, open Open) {
	s := one(t, open)
	chosen := insurance.NewNumber(5)
	register(t, s, withCard(1, chosen))
	s.Random = sequence(5, 6, 6, 7)
	results, err := s.Register(t.Context(), request(2), request(3), withCard(4, insurance.NewNumber(7)), request(5))
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]bool{chosen: true}
	for i, r := range results {
		if r.Err != nil || numbers[r.Member.Number] {
			t.Errorf("result %d: number %s, %v", i, r.Member.Number, r.Err)
		}
		numbers[r.Member.Number] = true
	}
}

func notAPhone(t *testing.T, open Open) {
	s := one(t, open)
	const mumbai uint64 = 981_234_567 - 100_000_000 // of the nine digits that begin a phone of India
	if _, ok := insurance.ParsePhone(insurance.NewNumber(mumbai), "IN"); !ok {
		t.Fatal("the test's number is no phone")
	}
	s.Random = sequence(mumbai)
	r := request(1)
	r.Region, r.Person.Phones[0].Number = "IN", "+919812345678"
	if got := register(t, s, r).Member.Number; got == insurance.NewNumber(mumbai) {
		t.Errorf("%s was given, which is a phone in India", got)
	}
}
