package enrolmenttest

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

func phoneDays(t *testing.T, open Open) {
	s := one(t, open)
	r := request(1)
	r.Person.Phones = []insurance.Phone{{Number: phone(1), From: 2025_01_01, To: 2025_12_31}, {Number: phone(2), From: 2026_01_01}}
	register(t, s, r)
	cases := []struct {
		name string
		n    int
		on   ledger.Date
		want bool
	}{
		{"before its first day", 1, 2024_12_31, false},
		{"on its first day", 1, 2025_01_01, true},
		{"on its last day", 1, 2025_12_31, true},
		{"after its last day", 1, 2026_01_01, false},
		{"without a last day", 2, 2199_12_31, true},
		{"today, which is not named", 2, 0, true},
		{"today, when it is no longer hers", 1, 0, false},
	}
	for _, c := range cases {
		if got := len(found(t, s, insurance.Reference{Phone: phone(c.n)}, c.on)) == 1; got != c.want {
			t.Errorf("%s: found %v, want %v", c.name, got, c.want)
		}
	}
	r = request(3)
	r.Person.Phones[0].From = 0
	since := register(t, s, r).Member
	if got, want := since.Person.Phones[0].From, ledger.DateOf(since.RegisteredAt); got != want {
		t.Errorf("a phone without a first day is hers from %s, want the day of registration %s", got, want)
	}
}

func firstMeaning(t *testing.T, open Open) {
	s := one(t, open)
	typed := insurance.Reference{Typed: "079 000 0002"}
	byPhone := register(t, s, request(2)).Member
	if got := found(t, s, typed, today); !slices.Equal(got, []insurance.MemberID{byPhone.ID}) {
		t.Errorf("found %v, want whose phone it is", got)
	}
	byNumber := register(t, s, withCard(1, "0790000002")).Member
	if got := found(t, s, typed, today); !slices.Equal(got, []insurance.MemberID{byNumber.ID}) {
		t.Errorf("found %v, want whose number it is", got)
	}
}

func askedOften(t *testing.T, open Open) {
	s := one(t, open)
	m := register(t, s, request(1)).Member
	hash := s.References(m)[0]
	var often []enrolment.Hash
	for n := range 600 { // more than a store asks for at once
		often = append(often, hash, enrolment.Hash{1, byte(n), byte(n >> 8)})
	}
	err := s.Store.View(t.Context(), func(ctx context.Context, r enrolment.Reader) error {
		found, err := r.Resolve(ctx, often...)
		if len(found) != 1 || len(found[hash]) != 1 {
			t.Errorf("found %v", found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sharedPhone(t *testing.T, open Open) {
	s := one(t, open)
	var want []insurance.MemberID
	for n := range 3 {
		r := request(n)
		r.Person.Phones[0].Number = phone(7)
		want = append(want, register(t, s, r).Member.ID)
	}
	got := found(t, s, insurance.Reference{Typed: phone(7)}, today)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func changePhones(t *testing.T, open Open) {
	s := one(t, open)
	m := register(t, s, request(1)).Member
	changed, err := s.SetPhones(t.Context(), m.ID, []insurance.Phone{{Number: "0790000002"}}, "JO", 2026_03_01)
	if err != nil {
		t.Fatal(err)
	}
	want := []insurance.Phone{{Number: phone(1), From: 2026_01_01, To: 2026_02_28}, {Number: phone(2), From: 2026_03_01}}
	if diff := cmp.Diff(want, changed.Person.Phones); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(changed, get(t, s, m.ID)); diff != "" {
		t.Errorf("she is read otherwise than she was written:\n%s", diff)
	}
	for n, on := range map[int]ledger.Date{1: 2026_02_28, 2: 2026_03_01} {
		if got := found(t, s, insurance.Reference{Phone: phone(n)}, on); !slices.Equal(got, []insurance.MemberID{m.ID}) {
			t.Errorf("on %s phone %d finds %v", on, n, got)
		}
		other := found(t, s, insurance.Reference{Phone: phone(3 - n)}, on)
		if len(other) != 0 {
			t.Errorf("on %s phone %d finds %v", on, 3-n, other)
		}
	}
	for _, ref := range []insurance.Reference{{Number: m.Number}, {Document: person(1).Documents[0]}, {Member: m.ID}} {
		if len(found(t, s, ref, today)) != 1 {
			t.Errorf("with her phones, %+v is lost", ref)
		}
	}
	_, err = s.SetPhones(t.Context(), m.ID, []insurance.Phone{{Number: "12"}}, "JO", 0)
	wantFault(t, err, ledger.ErrInvalid, "phones[0].number")
	if again := register(t, s, request(1)); !again.Repeated || len(again.Member.Person.Phones) != 2 {
		t.Errorf("the same request again: %+v", again)
	}
}

func standingChoice(t *testing.T, open Open) {
	s := one(t, open)
	first, second := register(t, s, request(1)).Member, register(t, s, request(2)).Member
	payer := insurance.HashIdentifier(s.Keys, insurance.Identifier{Kind: insurance.ByPhone, Value: phone(7)})
	want := func(id insurance.MemberID) {
		t.Helper()
		collecting(t, s, func(ctx context.Context, tx Collecting) error {
			choices, err := tx.StandingChoices(ctx, payer, payer, enrolment.Hash{1})
			if choices[payer] != id || len(choices) > 1 {
				t.Errorf("the choice is %v, want %q", choices, id)
			}
			return err
		})
	}
	choose := func(id insurance.MemberID) {
		t.Helper()
		if err := s.SetStandingChoice(t.Context(), "0790000007", "JO", id); err != nil {
			t.Fatal(err)
		}
		want(id)
	}
	want("")
	choose(first.ID)
	choose(second.ID)
	wantFault(t, s.SetStandingChoice(t.Context(), "12", "JO", first.ID), ledger.ErrInvalid, "phone")
	wantFault(t, s.SetStandingChoice(t.Context(), phone(7), "", insurance.MemberIDOf([16]byte{1})), ledger.ErrNotFound, "member_id")
	want(second.ID)
	eraseByTwo(t, s, second.ID)
	want("")
	wantFault(t, s.SetStandingChoice(t.Context(), phone(7), "", second.ID), insurance.ErrErased, "member_id")
}

func eraseByTwo(t *testing.T, s *enrolment.Service, id insurance.MemberID) {
	t.Helper()
	for i, person := range []string{"amal", "badr"} {
		after, err := s.Erase(t.Context(), id, person)
		if err != nil {
			t.Fatal(err)
		}
		if done := i == 1; after.Done != done || after.Maker != "amal" {
			t.Fatalf("%s's word leads to %+v", person, after)
		}
	}
}

func erase(t *testing.T, open Open) {
	s := one(t, open)
	m, other := register(t, s, request(1)).Member, register(t, s, request(2)).Member
	for range 2 {
		if after, err := s.Erase(t.Context(), m.ID, "amal"); err != nil || after.Done {
			t.Fatalf("one person alone leads to %+v, %v", after, err)
		}
	}
	if get(t, s, m.ID).Erased {
		t.Fatal("one person alone erased her")
	}
	_, err := s.Erase(t.Context(), m.ID, " ")
	wantFault(t, err, ledger.ErrInvalid, "person")
	eraseByTwo(t, s, m.ID)
	want := insurance.Member{ID: m.ID, RegisteredAt: m.RegisteredAt, Erased: true}
	if diff := cmp.Diff(want, get(t, s, m.ID)); diff != "" {
		t.Errorf("this is left of her:\n%s", diff)
	}
	for _, ref := range []insurance.Reference{
		{Member: m.ID}, {Number: m.Number}, {Phone: phone(1)}, {Typed: phone(1)}, {Document: person(1).Documents[0]},
	} {
		if got := found(t, s, ref, today); len(got) != 0 {
			t.Errorf("%+v still finds %v", ref, got)
		}
	}
	collecting(t, s, func(ctx context.Context, tx Collecting) error {
		salts, err := tx.Salts(ctx, m.ID, other.ID, other.ID, insurance.MemberIDOf([16]byte{1}))
		if len(salts) != 1 || len(salts[other.ID]) == 0 {
			t.Errorf("there are keys for %d of one living, one erased and one unknown", len(salts))
		}
		return err
	})
	_, err = s.SetPhones(t.Context(), m.ID, nil, "JO", 0)
	wantFault(t, err, insurance.ErrErased, "member_id")
	if after, err := s.Erase(t.Context(), m.ID, "carim"); err != nil || !after.Done || after.Approver != "badr" {
		t.Errorf("once done, a third person's word leads to %+v, %v", after, err)
	}
	if diff := cmp.Diff(other, get(t, s, other.ID)); diff != "" {
		t.Errorf("the other member is changed:\n%s", diff)
	}
}

func eraseRace(t *testing.T, open Open) {
	servers := services(t, open, 3)
	m := register(t, servers[0], request(1)).Member
	var done atomic.Int64
	race(12, func(i int) {
		after, err := servers[i%len(servers)].Erase(t.Context(), m.ID, fmt.Sprint("person-", i))
		if err != nil {
			t.Error(err)
		}
		if after.Done {
			done.Add(1)
		}
	})
	if done.Load() != 11 {
		t.Errorf("%d of 12 were told that it is done, want all but the one who proposed", done.Load())
	}
	if !get(t, servers[0], m.ID).Erased {
		t.Error("she is not erased")
	}
}

func erasedRequest(t *testing.T, open Open) {
	s := one(t, open)
	m := register(t, s, request(1)).Member
	eraseByTwo(t, s, m.ID)
	again := register(t, s, request(1))
	if !again.Repeated || again.Member.ID != m.ID || !again.Member.Erased || len(everyone(t, s)) != 1 {
		t.Errorf("the same request again: %+v", again)
	}
	anew := request(1)
	anew.ID = "she came back"
	if r := register(t, s, anew); r.Repeated || r.Member.ID == m.ID || len(r.PossibleDuplicates) != 0 {
		t.Errorf("she registers anew as %+v", r)
	}
}

func list(t *testing.T, open Open) {
	s := one(t, open)
	var requests []enrolment.Request
	for n := range 25 {
		requests = append(requests, request(n))
	}
	if _, err := s.Register(t.Context(), requests...); err != nil {
		t.Fatal(err)
	}
	seen := map[insurance.MemberID]bool{}
	var sizes []int
	for after := insurance.MemberID(""); ; {
		members, next, err := s.List(t.Context(), after, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if seen[m.ID] || m.Person.Name == "" {
				t.Errorf("%s is listed twice or without her name", m.ID)
			}
			seen[m.ID] = true
		}
		sizes = append(sizes, len(members))
		if after = next; next == "" {
			break
		}
	}
	if diff := cmp.Diff([]int{10, 10, 5}, sizes); diff != "" || len(seen) != 25 {
		t.Errorf("%d members on pages of %v", len(seen), sizes)
	}
	_, _, err := s.List(t.Context(), "page 2", 10)
	wantFault(t, err, ledger.ErrInvalid, "page_token")
}

func unknown(t *testing.T, open Open) {
	s := one(t, open)
	register(t, s, request(1))
	for _, id := range []insurance.MemberID{insurance.MemberIDOf([16]byte{1}), "", "amal", "a\x00b", "\xff"} {
		_, err := s.Get(t.Context(), id)
		wantFault(t, err, ledger.ErrNotFound, "member_id")
		_, err = s.SetPhones(t.Context(), id, nil, "JO", 0)
		wantFault(t, err, ledger.ErrNotFound, "member_id")
		_, err = s.Erase(t.Context(), id, "amal")
		wantFault(t, err, ledger.ErrNotFound, "member_id")
	}
	for _, ref := range []insurance.Reference{{}, {Typed: "AMAL\x00"}, {Phone: "+962790000099"}, {Number: "9999999999"}} {
		if got := found(t, s, ref, today); len(got) != 0 {
			t.Errorf("%+v finds %v", ref, got)
		}
	}
	if results, err := s.Register(t.Context()); err != nil || len(results) != 0 {
		t.Errorf("no request at all: %v, %v", results, err)
	}
}

func manyServers(t *testing.T, open Open) {
	servers := services(t, open, 3)
	const each, batches = 20, 12
	race(batches, func(i int) {
		var requests []enrolment.Request
		for n := range each { // half of a batch is sent by the next sender too
			requests = append(requests, request(i*each/2+n))
		}
		results, err := servers[i%len(servers)].Register(t.Context(), requests...)
		if err != nil {
			t.Error(err)
		}
		for _, r := range results {
			if r.Err != nil {
				t.Error(r.Err)
			}
		}
	})
	names, numbers := map[string]bool{}, map[string]bool{}
	members := everyone(t, servers[1])
	for _, m := range members {
		names[m.Person.Name], numbers[m.Number] = true, true
	}
	if want := (batches + 1) * each / 2; len(members) != want || len(names) != want || len(numbers) != want {
		t.Errorf("%d members with %d names and %d numbers, want %d", len(members), len(names), len(numbers), want)
	}
}
