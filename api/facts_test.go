package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

// everyFact is a fact of each kind, and each with all that can be said of it.
func everyFact() *sanadv1.Facts {
	return &sanadv1.Facts{
		Birth:      &sanadv1.Birth{Known: &sanadv1.Birth_Date{Date: date(1990, 2, 28)}, Evidence: sanadv1.Evidence_EVIDENCE_REGISTER},
		Sex:        sanadv1.Sex_SEX_FEMALE,
		Categories: []*sanadv1.Category{{Name: "farmer", From: date(2026, 1, 1), To: date(2026, 12, 31), Evidence: sanadv1.Evidence_EVIDENCE_VOUCHED}},
		Declared:   []*sanadv1.Declaration{{Name: "income", Value: "12000", From: date(2026, 1, 1), To: date(2026, 12, 31), Evidence: sanadv1.Evidence_EVIDENCE_DOCUMENT}},
		Dependants: []*sanadv1.Dependant{{
			Name: "child-1", Kind: sanadv1.DependantKind_DEPENDANT_KIND_CHILD, From: date(2020, 1, 1), To: date(2038, 1, 1), Evidence: sanadv1.Evidence_EVIDENCE_STATED,
			Birth: &sanadv1.Birth{Known: &sanadv1.Birth_Age{Age: &sanadv1.StatedAge{Years: 6, On: date(2026, 1, 1)}}},
		}},
		CareCredits: []*sanadv1.CareCredit{{Kind: sanadv1.CareCreditKind_CARE_CREDIT_KIND_MATERNITY, From: date(2025, 1, 1), To: date(2025, 4, 30), Evidence: sanadv1.Evidence_EVIDENCE_DOCUMENT}},
		Drawings:    []*sanadv1.Drawing{{Scheme: "basic", On: date(2026, 1, 20), Amount: &sanadv1.Money{CurrencyCode: "JOD", Amount: "5.250"}, Exit: true}},
	}
}

func (s *service) record(t *testing.T, r *sanadv1.RecordFactsRequest) *sanadv1.Facts {
	t.Helper()
	answer, err := s.members.RecordFacts(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetFacts()
}

func (s *service) facts(t *testing.T, id string, on *sanadv1.Date) *sanadv1.GetFactsResponse {
	t.Helper()
	answer, err := s.members.GetFacts(t.Context(), &sanadv1.GetFactsRequest{MemberId: id, AsKnownOn: on})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// today is the day on which the server says that it recorded something.
func (s *service) today(t *testing.T, m *sanadv1.Member) (day, before *sanadv1.Date) {
	t.Helper()
	on := ledger.DateOf(m.GetRegisteredAt().AsTime())
	wire := func(d ledger.Date) *sanadv1.Date { return date(int32(d.Year()), int32(d.Month()), int32(d.Day())) }
	return wire(on), wire(on.AddDays(-1))
}

// withoutRecord is a copy of the facts that leaves out when they were recorded.
func withoutRecord(f *sanadv1.Facts) *sanadv1.Facts {
	f = proto.CloneOf(f)
	var clear func(protoreflect.Message)
	clear = func(m protoreflect.Message) {
		m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case field.Message() == nil:
			case field.Message().Name() == "Recorded":
				m.Clear(field)
			case field.IsList():
				for i := range v.List().Len() {
					clear(v.List().Get(i).Message())
				}
			default:
				clear(v.Message())
			}
			return true
		})
	}
	clear(f.ProtoReflect())
	return f
}

func TestFactsAreReadAsTheyWereRecorded(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		got := s.record(t, &sanadv1.RecordFactsRequest{MemberId: m.GetId(), Facts: everyFact(), Person: "badr"})
		if !proto.Equal(withoutRecord(got), everyFact()) {
			t.Errorf("answered %v, want %v", got, everyFact())
		}
		read := s.facts(t, m.GetId(), nil)
		if !proto.Equal(read.GetFacts(), got) || len(read.GetSuperseded()) != 0 {
			t.Errorf("read %v, want %v", read, got)
		}
		day, before := s.today(t, m)
		for name, r := range map[string]*sanadv1.Recorded{
			"birth": got.GetBirthRecorded(), "sex": got.GetSexRecorded(), "category": got.GetCategories()[0].GetRecorded(),
			"declared": got.GetDeclared()[0].GetRecorded(), "dependant": got.GetDependants()[0].GetRecorded(),
			"care credit": got.GetCareCredits()[0].GetRecorded(), "drawing": got.GetDrawings()[0].GetRecorded(),
		} {
			if !proto.Equal(r, &sanadv1.Recorded{On: day, By: "badr"}) {
				t.Errorf("%s: recorded as %v", name, r)
			}
		}
		if then := s.facts(t, m.GetId(), before); !proto.Equal(then, &sanadv1.GetFactsResponse{Facts: &sanadv1.Facts{}}) {
			t.Errorf("the day before, this was known: %v", then)
		}
		person, err := s.members.GetMember(t.Context(), &sanadv1.GetMemberRequest{MemberId: m.GetId()})
		if err != nil || !proto.Equal(person.GetMember().GetPerson().GetBirth(), everyFact().GetBirth()) {
			t.Errorf("her person is %v, %v", person, err)
		}
	})
}

func TestACorrectionKeepsWhatItCorrects(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		s.record(t, &sanadv1.RecordFactsRequest{MemberId: m.GetId(), Facts: everyFact(), Person: "badr"})
		correction := &sanadv1.RecordFactsRequest{
			MemberId: m.GetId(), Person: "carim", Correction: sanadv1.Correction_CORRECTION_OWN_ERROR,
			Facts: &sanadv1.Facts{Sex: sanadv1.Sex_SEX_OTHER, Declared: []*sanadv1.Declaration{{Name: "income", Value: "21000", From: date(2026, 1, 1), To: date(2026, 12, 31)}}},
			TakeBack: []*sanadv1.FactName{
				{Kind: sanadv1.FactKind_FACT_KIND_BIRTH},
				{Kind: sanadv1.FactKind_FACT_KIND_CATEGORY, Name: "farmer", From: date(2026, 1, 1)},
				{Kind: sanadv1.FactKind_FACT_KIND_DEPENDANT, Name: "child-1", From: date(2020, 1, 1)},
				{Kind: sanadv1.FactKind_FACT_KIND_CARE_CREDIT, Name: "maternity", From: date(2025, 1, 1)},
				{Kind: sanadv1.FactKind_FACT_KIND_DRAWING, Name: "basic", From: date(2026, 1, 20)},
			},
		}
		got := s.record(t, correction)
		want := &sanadv1.Facts{Sex: correction.GetFacts().GetSex(), Declared: correction.GetFacts().GetDeclared()}
		if !proto.Equal(withoutRecord(got), want) {
			t.Errorf("now %v is on record, want %v", got, want)
		}
		if r := got.GetDeclared()[0].GetRecorded(); r.GetBy() != "carim" || r.GetCorrection() != correction.GetCorrection() {
			t.Errorf("corrected as %v", r)
		}
		superseded := s.facts(t, m.GetId(), nil).GetSuperseded()
		if len(superseded) != 1 || superseded[0].GetBy() != "carim" || superseded[0].GetCorrection() != correction.GetCorrection() ||
			!proto.Equal(withoutRecord(superseded[0].GetFacts()), everyFact()) {
			t.Errorf("before, this was on record: %v", superseded)
		}
		taken := &sanadv1.RecordFactsRequest{MemberId: m.GetId(), Person: "carim", Correction: sanadv1.Correction_CORRECTION_FRAUD,
			TakeBack: []*sanadv1.FactName{{Kind: sanadv1.FactKind_FACT_KIND_SEX}, {Kind: sanadv1.FactKind_FACT_KIND_DECLARATION, Name: "income", From: date(2026, 1, 1)}}}
		if got := s.record(t, taken); !proto.Equal(got, &sanadv1.Facts{}) {
			t.Errorf("everything is taken back, and this is left: %v", got)
		}
	})
}

func TestWrongFactsAreRefusedWithTheirField(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		before := s.record(t, &sanadv1.RecordFactsRequest{MemberId: m.GetId(), Facts: everyFact(), Person: "badr"})
		declared := func(d *sanadv1.Declaration) func(*sanadv1.RecordFactsRequest) {
			return func(r *sanadv1.RecordFactsRequest) {
				r.Facts = &sanadv1.Facts{Declared: []*sanadv1.Declaration{d}}
			}
		}
		for _, c := range []struct {
			name          string
			spoil         func(*sanadv1.RecordFactsRequest)
			code          codes.Code
			reason, field string
		}{
			{"nobody's word", func(r *sanadv1.RecordFactsRequest) { r.Person = "" }, codes.InvalidArgument, "FIELD_INVALID", "person"},
			{"a blank's word", func(r *sanadv1.RecordFactsRequest) { r.Person = " " }, codes.InvalidArgument, "PERSON_INVALID", "person"},
			{"no member", func(r *sanadv1.RecordFactsRequest) { r.MemberId = "aaaaaaaaaaaaaaaaaaaaaaaaaa" }, codes.NotFound, "MEMBER_UNKNOWN", "member_id"},
			{"a name in capitals", declared(&sanadv1.Declaration{Name: "Income", Value: "1"}), codes.InvalidArgument, "FIELD_INVALID", "facts.declared[0].name"},
			{"a line break after a name", declared(&sanadv1.Declaration{Name: "income\n", Value: "1"}), codes.InvalidArgument, "FIELD_INVALID", "facts.declared[0].name"},
			{"a value that is not UTF-8", declared(&sanadv1.Declaration{Name: "slab", Value: "\xff"}), codes.InvalidArgument, "FACT_VALUE_INVALID", "facts.declared[0].value"},
			{"a value too long", declared(&sanadv1.Declaration{Name: "slab", Value: strings.Repeat("9", 65)}), codes.InvalidArgument, "FIELD_INVALID", "facts.declared[0].value"},
			{"no such first day", declared(&sanadv1.Declaration{Name: "slab", Value: "1", From: date(2026, 2, 30)}), codes.InvalidArgument, "DATE_INVALID", "facts.declared[0].from"},
			{"days the wrong way round", declared(&sanadv1.Declaration{Name: "slab", Value: "1", From: date(2026, 2, 3), To: date(2026, 2, 2)}), codes.InvalidArgument, "DAYS_INVALID", "facts.declared[0].to"},
			{"another value without a reason", declared(&sanadv1.Declaration{Name: "income", Value: "1", From: date(2026, 1, 1), To: date(2026, 12, 31)}), codes.FailedPrecondition, "CORRECTION_MISSING", "correction"},
			{"days that another has", declared(&sanadv1.Declaration{Name: "income", Value: "1", From: date(2026, 7, 1)}), codes.FailedPrecondition, "FACTS_OVERLAP", "facts.declared"},
			{"a category on nothing", func(r *sanadv1.RecordFactsRequest) { r.Facts.Categories[0].Evidence = 0 }, codes.InvalidArgument, "FIELD_INVALID", "facts.categories[0].evidence"},
			{"no such evidence", func(r *sanadv1.RecordFactsRequest) { r.Facts.Declared[0].Evidence = 9 }, codes.InvalidArgument, "FIELD_INVALID", "facts.declared[0].evidence"},
			{"no such sex", func(r *sanadv1.RecordFactsRequest) { r.Facts.Sex = 9 }, codes.InvalidArgument, "FIELD_INVALID", "facts.sex"},
			{"a birth to come", func(r *sanadv1.RecordFactsRequest) {
				r.Facts.Birth.Known = &sanadv1.Birth_Date{Date: date(2190, 1, 1)}
			}, codes.InvalidArgument, "BIRTH_INVALID", "facts.birth.date"},
			{"weaker evidence as better", func(r *sanadv1.RecordFactsRequest) {
				r.Facts, r.Correction = &sanadv1.Facts{Birth: &sanadv1.Birth{Known: &sanadv1.Birth_Year{Year: 1970}}}, sanadv1.Correction_CORRECTION_BETTER_EVIDENCE
			}, codes.FailedPrecondition, "EVIDENCE_WEAKER", "facts.birth.evidence"},
			{"no such correction", func(r *sanadv1.RecordFactsRequest) { r.Correction = 99 }, codes.InvalidArgument, "FIELD_INVALID", "correction"},
			{"a kind of dependant that is not said", func(r *sanadv1.RecordFactsRequest) { r.Facts.Dependants[0].Kind = 0 }, codes.InvalidArgument, "FIELD_INVALID", "facts.dependants[0].kind"},
			{"a dependant twice", func(r *sanadv1.RecordFactsRequest) {
				r.Facts.Dependants = append(r.Facts.Dependants, r.Facts.Dependants[0])
			}, codes.InvalidArgument, "FACT_TWICE", "facts.dependants"},
			{"an amount with too many decimals", func(r *sanadv1.RecordFactsRequest) { r.Facts.Drawings[0].Amount.Amount = "1.0001" }, codes.InvalidArgument, "AMOUNT_INVALID", "facts.drawings[0].amount.amount"},
			{"a drawing below zero", func(r *sanadv1.RecordFactsRequest) { r.Facts.Drawings[0].Amount.Amount = "-1" }, codes.InvalidArgument, "AMOUNT_INVALID", "facts.drawings[0].amount"},
			{"a drawing on no day", func(r *sanadv1.RecordFactsRequest) { r.Facts.Drawings[0].On = nil }, codes.InvalidArgument, "FIELD_INVALID", "facts.drawings[0].on"},
			{"an enrolment among the facts", func(r *sanadv1.RecordFactsRequest) {
				r.Facts.Enrolments = []*sanadv1.Enrolment{{Scheme: "basic", From: date(2026, 1, 1)}}
			}, codes.InvalidArgument, "ENROLMENT_NOT_HERE", "facts.enrolments"},
			{"65 categories", func(r *sanadv1.RecordFactsRequest) {
				for n := range 64 {
					r.Facts.Categories = append(r.Facts.Categories, &sanadv1.Category{Name: fmt.Sprint("c", n), Evidence: sanadv1.Evidence_EVIDENCE_STATED})
				}
			}, codes.InvalidArgument, "FIELD_INVALID", "facts.categories"},
			{"what was never recorded is taken back", func(r *sanadv1.RecordFactsRequest) {
				r.TakeBack = []*sanadv1.FactName{{Kind: sanadv1.FactKind_FACT_KIND_CATEGORY, Name: "farmer"}}
			}, codes.FailedPrecondition, "FACT_UNKNOWN", "take_back"},
			{"something of no kind is taken back", func(r *sanadv1.RecordFactsRequest) {
				r.TakeBack = []*sanadv1.FactName{{Name: "farmer"}}
			}, codes.InvalidArgument, "FIELD_INVALID", "take_back[0].kind"},
		} {
			r := &sanadv1.RecordFactsRequest{MemberId: m.GetId(), Facts: everyFact(), Person: "carim"}
			c.spoil(r)
			_, err := s.members.RecordFacts(t.Context(), r)
			if status.Code(err) != c.code || reasonOf(err) != c.reason || !slices.Equal(fieldsOf(err), []string{c.field}) {
				t.Errorf("%s: got %v %s %v, want %v %s %s", c.name, status.Code(err), reasonOf(err), fieldsOf(err), c.code, c.reason, c.field)
			}
		}
		if after := s.facts(t, m.GetId(), nil); !proto.Equal(after.GetFacts(), before) || len(after.GetSuperseded()) != 0 {
			t.Errorf("what was refused has changed something: %v", after)
		}
	})
}

func TestAMemberEntersASchemeAndLeavesIt(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		enrol := &sanadv1.EnrolInSchemeRequest{MemberId: m.GetId(), Scheme: "basic", From: date(2026, 1, 1), Person: "badr"}
		for range 2 { // the same again is harmless
			answer, err := s.members.EnrolInScheme(t.Context(), enrol)
			if err != nil || len(answer.GetEnrolments()) != 1 || !proto.Equal(answer.GetEnrolments()[0].GetFrom(), date(2026, 1, 1)) {
				t.Errorf("enrolled as %v, %v", answer, err)
			}
		}
		left, err := s.members.LeaveScheme(t.Context(), &sanadv1.LeaveSchemeRequest{MemberId: m.GetId(), Scheme: "basic", To: date(2026, 6, 30), Person: "carim"})
		if err != nil || !proto.Equal(left.GetEnrolments()[0].GetTo(), date(2026, 6, 30)) || left.GetEnrolments()[0].GetRecorded().GetBy() != "carim" {
			t.Errorf("left as %v, %v", left, err)
		}
		if got := s.facts(t, m.GetId(), nil).GetFacts().GetEnrolments(); len(got) != 1 || !proto.Equal(got[0], left.GetEnrolments()[0]) {
			t.Errorf("her facts say %v", got)
		}
		corrected, err := s.members.EnrolInScheme(t.Context(), &sanadv1.EnrolInSchemeRequest{
			MemberId: m.GetId(), Scheme: "basic", From: date(2025, 12, 1), Person: "badr", Correction: sanadv1.Correction_CORRECTION_OFFICE_ERROR})
		if err != nil || len(corrected.GetEnrolments()) != 1 || !proto.Equal(corrected.GetEnrolments()[0].GetFrom(), date(2025, 12, 1)) ||
			corrected.GetEnrolments()[0].GetRecorded().GetCorrection() != sanadv1.Correction_CORRECTION_OFFICE_ERROR {
			t.Errorf("corrected to %v, %v", corrected, err)
		}
		for _, c := range []struct {
			name          string
			request       *sanadv1.EnrolInSchemeRequest
			code          codes.Code
			reason, field string
		}{
			{"on another day", &sanadv1.EnrolInSchemeRequest{From: date(2026, 2, 1)}, codes.FailedPrecondition, "ALREADY_ENROLLED", "scheme"},
			{"in no such scheme", &sanadv1.EnrolInSchemeRequest{Scheme: "basik"}, codes.InvalidArgument, "SCHEME_UNKNOWN", "scheme"},
			{"in a scheme of bad bytes", &sanadv1.EnrolInSchemeRequest{Scheme: "ba\x00\xff"}, codes.InvalidArgument, "SCHEME_UNKNOWN", "scheme"},
			{"on no such day", &sanadv1.EnrolInSchemeRequest{From: date(2026, 2, 30)}, codes.InvalidArgument, "DATE_INVALID", "from"},
			{"by nobody", &sanadv1.EnrolInSchemeRequest{Person: " ", From: date(2027, 1, 1)}, codes.InvalidArgument, "PERSON_INVALID", "person"},
			{"who is unknown", &sanadv1.EnrolInSchemeRequest{MemberId: "aaaaaaaaaaaaaaaaaaaaaaaaaa"}, codes.NotFound, "MEMBER_UNKNOWN", "member_id"},
		} {
			r := proto.CloneOf(enrol)
			proto.Merge(r, c.request)
			_, err := s.members.EnrolInScheme(t.Context(), r)
			if status.Code(err) != c.code || reasonOf(err) != c.reason || !slices.Equal(fieldsOf(err), []string{c.field}) {
				t.Errorf("%s: got %v %s %v, want %v %s %s", c.name, status.Code(err), reasonOf(err), fieldsOf(err), c.code, c.reason, c.field)
			}
		}
		_, err = s.members.LeaveScheme(t.Context(), &sanadv1.LeaveSchemeRequest{MemberId: m.GetId(), Scheme: "basic", To: date(2025, 1, 1), Person: "carim"})
		if reasonOf(err) != "NOT_ENROLLED" || !slices.Equal(fieldsOf(err), []string{"scheme"}) {
			t.Errorf("leaving before she came: %v", err)
		}
	})
}
