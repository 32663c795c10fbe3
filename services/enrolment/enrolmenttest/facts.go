package enrolmenttest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/insurance"
)

// Schemes are the schemes that are published in the store under test, and no others.
var Schemes = []ledger.SchemeCode{"basic", "health"}

// factsOf are the facts of a member as known on the day; zero is now.
func factsOf(t testing.TB, s *enrolment.Service, id insurance.MemberID, on ledger.Date) insurance.Facts {
	t.Helper()
	facts, err := s.Facts(t.Context(), id, on)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func record(t testing.TB, s *enrolment.Service, id insurance.MemberID, c insurance.Change) insurance.Facts {
	t.Helper()
	facts, err := s.RecordFacts(t.Context(), id, c)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// farming is a change that puts two facts on record.
func farming(income string) insurance.Change {
	return insurance.Change{By: "amal", Add: insurance.Facts{
		Categories: []insurance.Category{{Name: "farmer", Evidence: insurance.EvidenceVouched, Days: insurance.Days{From: 2026_01_01}}},
		Declared:   []insurance.Declaration{{Name: "income", Value: income, Days: insurance.Days{From: 2026_01_01}}},
	}}
}

func recordedFacts(t *testing.T, open Open) {
	s := one(t, open)
	m, other := register(t, s, request(1)).Member, register(t, s, request(2)).Member
	day := ledger.DateOf(m.RegisteredAt)
	mark := insurance.Recorded{RecordedOn: day, RecordedBy: "amal"}
	want := farming("12000").Add
	want.Categories[0].Recorded, want.Declared[0].Recorded = mark, mark
	want.Birth, want.BirthRecorded = person(1).Birth, insurance.Recorded{RecordedOn: day}
	got := record(t, s, m.ID, farming("12000"))
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(got, factsOf(t, s, m.ID, 0), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("they are read otherwise than they were recorded:\n%s", diff)
	}
	if diff := cmp.Diff(insurance.Facts{}, factsOf(t, s, m.ID, day.AddDays(-1)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the day before, this was known:\n%s", diff)
	}
	if got := factsOf(t, s, other.ID, 0); len(got.Categories) > 0 {
		t.Errorf("the other member is %+v", got)
	}
	if diff := cmp.Diff(got, record(t, s, m.ID, farming("12000")), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the same again changes something:\n%s", diff)
	}
}

func refusedFacts(t *testing.T, open Open) {
	s := one(t, open)
	m := register(t, s, request(1)).Member
	before := record(t, s, m.ID, farming("12000"))
	_, err := s.RecordFacts(t.Context(), m.ID, farming("13000"))
	wantFault(t, err, insurance.ErrOnRecord, "correction")
	wrong := farming("12000")
	wrong.Add.Declared[0].Name = "In come"
	_, err = s.RecordFacts(t.Context(), m.ID, wrong)
	wantFault(t, err, ledger.ErrInvalid, "facts.declared[0].name")
	_, err = s.RecordFacts(t.Context(), m.ID, insurance.Change{Add: insurance.Facts{Sex: insurance.Female}})
	wantFault(t, err, ledger.ErrInvalid, "person")
	if diff := cmp.Diff(before, factsOf(t, s, m.ID, 0)); diff != "" {
		t.Errorf("what was refused has changed something:\n%s", diff)
	}
	for _, id := range []insurance.MemberID{insurance.MemberIDOf([16]byte{1}), "", "amal"} {
		_, err = s.RecordFacts(t.Context(), id, farming("12000"))
		wantFault(t, err, ledger.ErrNotFound, "member_id")
		_, err = s.Facts(t.Context(), id, 0)
		wantFault(t, err, ledger.ErrNotFound, "member_id")
	}
}

// There is one truth about a birth: what rules are given and what people read can't differ.
func birthFacts(t *testing.T, open Open) {
	s := one(t, open)
	nothing := request(2)
	nothing.Person.Birth = insurance.Birth{}
	m, unborn := register(t, s, request(1)).Member, register(t, s, nothing).Member
	birth := insurance.Birth{On: 1961_05_06, Evidence: insurance.EvidenceRegister}
	record(t, s, m.ID, insurance.Change{Add: insurance.Facts{Birth: birth}, Why: insurance.BetterEvidence, By: "badr"})
	record(t, s, unborn.ID, insurance.Change{Add: insurance.Facts{Birth: birth}, By: "badr"})
	for _, id := range []insurance.MemberID{m.ID, unborn.ID} {
		if got := get(t, s, id).Person.Birth; got != birth {
			t.Errorf("her person is born %+v", got)
		}
		if got := factsOf(t, s, id, 0).Birth; got != birth {
			t.Errorf("in her facts she is born %+v", got)
		}
	}
	if got := factsOf(t, s, m.ID, 0).Superseded[0]; got.Was.Birth != person(1).Birth || got.Why != insurance.BetterEvidence {
		t.Errorf("before, this was on record: %+v", got)
	}
	changed, err := s.SetPhones(t.Context(), m.ID, []insurance.Phone{{Number: phone(3)}}, "JO", 2026_03_01)
	if err != nil || changed.Person.Birth != birth || get(t, s, m.ID).Person.Birth != birth {
		t.Errorf("with her phones her birth changes: %+v, %v", changed.Person, err)
	}
	again := register(t, s, request(1))
	if !again.Repeated || again.Member.Person.Birth != birth {
		t.Errorf("the same request again: %+v", again)
	}
}

func sealedFacts(t *testing.T, open Open) {
	s := one(t, open)
	var ids []insurance.MemberID
	for n := range 3 {
		r := request(n)
		if n == 2 {
			r.Person.Birth = insurance.Birth{}
		}
		ids = append(ids, register(t, s, r).Member.ID)
	}
	want := map[insurance.MemberID]insurance.Facts{ids[0]: factsOf(t, s, ids[0], 0), ids[1]: record(t, s, ids[1], farming("12000"))}
	for n := range 600 { // more than a store asks for at once
		ids = append(ids, ids[0], insurance.MemberIDOf([16]byte{byte(n), byte(n >> 8)}))
	}
	collecting(t, s, func(ctx context.Context, tx Collecting) error {
		sealed, err := tx.SealedFacts(ctx, ids...)
		if err != nil {
			return err
		}
		salts, err := tx.Salts(ctx, ids...)
		if len(sealed) != 2 {
			t.Errorf("%d have facts, want the two of whom something is known", len(sealed))
		}
		for id, text := range sealed {
			sealer, err := s.Keys.Sealer(salts[id])
			if err != nil {
				return err
			}
			facts, err := insurance.OpenFacts(sealer, id, text)
			if diff := cmp.Diff(want[id], facts, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		}
		return err
	})
}

// Who was registered before there were facts is given hers; whoever has some keeps them, and nobody is made up.
func filledFacts(t *testing.T, open Open) {
	s := one(t, open)
	m, nobody := register(t, s, request(1)).Member, insurance.MemberIDOf([16]byte{1})
	want := record(t, s, m.ID, farming("12000"))
	err := s.Store.Update(t.Context(), func(ctx context.Context, tx enrolment.Tx) error {
		left, err := tx.WithoutFacts(ctx, 10)
		if err != nil || len(left) > 0 {
			t.Errorf("%v are without facts", left)
		}
		if err := tx.FillFacts(ctx, map[insurance.MemberID][]byte{m.ID: {1, 2, 3}, nobody: {1, 2, 3}}); err != nil {
			return err
		}
		sealed, err := tx.SealedFacts(ctx, nobody)
		if len(sealed) > 0 {
			t.Error("who is no member has facts")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, factsOf(t, s, m.ID, 0), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// Each of many people records a fact of her own, through several servers, and none is lost.
func factsRace(t *testing.T, open Open) {
	servers := services(t, open, 3)
	m := register(t, servers[0], request(1)).Member
	const people = 24
	race(people, func(i int) {
		c := insurance.Change{By: fmt.Sprint("person-", i), Add: insurance.Facts{
			Declared: []insurance.Declaration{{Name: fmt.Sprint("fact-", i), Value: "1"}}}}
		if i%6 == 5 { // her person is rewritten in between
			if _, err := servers[i%3].SetPhones(t.Context(), m.ID, []insurance.Phone{{Number: phone(i)}}, "JO", 2026_03_01); err != nil {
				t.Error(err)
			}
		}
		if _, err := servers[i%len(servers)].RecordFacts(t.Context(), m.ID, c); err != nil {
			t.Error(err)
		}
	})
	if got := factsOf(t, servers[1], m.ID, 0); len(got.Declared) != people || got.Birth != person(1).Birth {
		t.Errorf("%d facts are on record, want %d; born %+v", len(got.Declared), people, got.Birth)
	}
}

func erasedFacts(t *testing.T, open Open) {
	s := one(t, open)
	m := register(t, s, request(1)).Member
	record(t, s, m.ID, farming("12000"))
	eraseByTwo(t, s, m.ID)
	collecting(t, s, func(ctx context.Context, tx Collecting) error {
		sealed, err := tx.SealedFacts(ctx, m.ID)
		if len(sealed) != 0 {
			t.Error("her facts are still there")
		}
		return err
	})
	_, err := s.Facts(t.Context(), m.ID, 0)
	wantFault(t, err, insurance.ErrErased, "member_id")
	_, err = s.RecordFacts(t.Context(), m.ID, farming("12000"))
	wantFault(t, err, insurance.ErrErased, "member_id")
	_, err = s.EnrolInScheme(t.Context(), enrolment.Place{Member: m.ID, Scheme: "basic", By: "amal"})
	wantFault(t, err, insurance.ErrErased, "member_id")
	if err := s.FillFacts(t.Context()); err != nil {
		t.Error(err)
	}
}

// places are the days of a member's enrolments.
func places(f insurance.Facts) (all []string) {
	for _, e := range f.Enrolments {
		all = append(all, fmt.Sprintf("%s %d-%d", e.Scheme, e.From, e.To))
	}
	return all
}

func enrolInScheme(t *testing.T, open Open) {
	s := one(t, open)
	m := register(t, s, request(1)).Member
	for _, step := range []struct {
		name string
		do   func(*enrolment.Service, context.Context, enrolment.Place) (insurance.Facts, error)
		enrolment.Place
		want   []string
		family error
		field  string
	}{
		{"there is nothing to leave yet", leave, place(m, "basic", 2026_06_30, ""), nil, insurance.ErrOnRecord, "scheme"},
		{"a first place", enrolIn, place(m, "basic", 2026_02_01, ""), []string{"basic 20260201-0"}, nil, ""},
		{"the same again", enrolIn, place(m, "basic", 2026_02_01, ""), []string{"basic 20260201-0"}, nil, ""},
		{"another day", enrolIn, place(m, "basic", 2026_01_01, ""), []string{"basic 20260201-0"}, insurance.ErrOnRecord, "scheme"},
		{"another day, with the reason", enrolIn, place(m, "basic", 2026_01_01, insurance.OfficeError), []string{"basic 20260101-0"}, nil, ""},
		{"a place in another scheme", enrolIn, place(m, "health", 2026_03_01, ""), []string{"basic 20260101-0", "health 20260301-0"}, nil, ""},
		{"a scheme that is not published", enrolIn, place(m, "basik", 2026_03_01, ""), []string{"basic 20260101-0", "health 20260301-0"}, ledger.ErrInvalid, "scheme"},
		{"nobody's word", enrolIn, enrolment.Place{Member: m.ID, Scheme: "health", On: 2027_01_01, Why: insurance.Fraud}, []string{"basic 20260101-0", "health 20260301-0"}, ledger.ErrInvalid, "person"},
		{"she leaves", leave, place(m, "basic", 2026_06_30, ""), []string{"basic 20260101-20260630", "health 20260301-0"}, nil, ""},
		{"she leaves again on the same day", leave, place(m, "basic", 2026_06_30, ""), []string{"basic 20260101-20260630", "health 20260301-0"}, nil, ""},
		{"she leaves later", leave, place(m, "basic", 2026_07_31, ""), []string{"basic 20260101-20260630", "health 20260301-0"}, insurance.ErrOnRecord, "scheme"},
		{"she left earlier", leave, place(m, "basic", 2026_05_31, ""), []string{"basic 20260101-20260630", "health 20260301-0"}, insurance.ErrOnRecord, "correction"},
		{"she left later, with the reason", leave, place(m, "basic", 2026_07_31, insurance.OfficeError), []string{"basic 20260101-20260731", "health 20260301-0"}, nil, ""},
		{"she comes back", enrolIn, place(m, "basic", 2027_01_01, ""), []string{"basic 20260101-20260731", "basic 20270101-0", "health 20260301-0"}, nil, ""},
		{"her first request, sent again", enrolIn, place(m, "basic", 2026_01_01, ""), []string{"basic 20260101-20260731", "basic 20270101-0", "health 20260301-0"}, nil, ""},
	} {
		_, err := step.do(s, t.Context(), step.Place)
		if step.family != nil {
			wantFault(t, err, step.family, step.field)
		} else if err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		facts := factsOf(t, s, m.ID, 0)
		if diff := cmp.Diff(step.want, places(facts)); diff != "" {
			t.Errorf("%s:\n%s", step.name, diff)
		}
	}
	facts := factsOf(t, s, m.ID, 0)
	if got := facts.Enrolled("basic"); got != 2026_01_01 {
		t.Errorf("she is enrolled since %s", got)
	}
	today := ledger.DateOf(m.RegisteredAt)
	if got := facts.Enrolments[0]; got.RecordedBy != "amal" || got.RecordedOn < today {
		t.Errorf("recorded as %+v", got.Recorded)
	}
	unasked := insurance.Change{By: "amal", Add: insurance.Facts{Enrolments: []insurance.Enrolment{{Scheme: "basic", Days: insurance.Days{From: 2020_01_01}}}}}
	_, err := s.RecordFacts(t.Context(), m.ID, unasked)
	wantFault(t, err, ledger.ErrInvalid, "facts.enrolments")
}

func place(m insurance.Member, scheme ledger.SchemeCode, on ledger.Date, why insurance.Correction) enrolment.Place {
	return enrolment.Place{Member: m.ID, Scheme: scheme, On: on, Why: why, By: "amal"}
}

var (
	enrolIn = (*enrolment.Service).EnrolInScheme
	leave   = (*enrolment.Service).LeaveScheme
)

func enrolToday(t *testing.T, open Open) {
	s := one(t, open)
	m := register(t, s, request(1)).Member
	if _, err := s.EnrolInScheme(t.Context(), place(m, "basic", 0, "")); err != nil {
		t.Fatal(err)
	}
	facts, err := s.LeaveScheme(t.Context(), place(m, "basic", 0, ""))
	if err != nil {
		t.Fatal(err)
	}
	e := facts.Enrolments[0]
	if slices.Contains([]ledger.Date{e.From, e.To}, 0) || e.From != e.RecordedOn || e.To < e.From {
		t.Errorf("without a day she is enrolled as %+v", e)
	}
}
