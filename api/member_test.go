package api_test

import (
	"fmt"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

func date(year, month, day int32) *sanadv1.Date {
	return &sanadv1.Date{Year: year, Month: month, Day: day}
}

// wellKnown is a person of whom everything is known.
func wellKnown() *sanadv1.Person {
	return &sanadv1.Person{
		Name: "أمل حداد", Language: "ar",
		Birth:     &sanadv1.Birth{Known: &sanadv1.Birth_Date{Date: date(1990, 2, 28)}, Evidence: sanadv1.Evidence_EVIDENCE_DOCUMENT},
		Documents: []*sanadv1.Document{{Kind: "national-id", Issuer: "JO", Number: "9912345"}, {Kind: "unhcr", Number: "123-45C00678"}},
		Phones:    []*sanadv1.Phone{{Number: "+962790000001", From: date(2020, 1, 1), To: date(2020, 12, 31)}, {Number: "+962790000002", From: date(2021, 1, 1)}},
		Voucher:   &sanadv1.Voucher{By: &sanadv1.Voucher_GroupOfficer{GroupOfficer: "union-7: Badr"}},
	}
}

func (s *service) register(t *testing.T, id string, p *sanadv1.Person) *sanadv1.RegisterMemberResponse {
	t.Helper()
	answer, err := s.members.RegisterMember(t.Context(), &sanadv1.RegisterMemberRequest{RequestId: id, Person: p})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func (s *service) lookUp(t *testing.T, ref *sanadv1.MemberReference) []string {
	t.Helper()
	answer, err := s.members.LookUpMembers(t.Context(), &sanadv1.LookUpMembersRequest{Reference: ref})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range answer.GetMembers() {
		ids = append(ids, m.GetId())
	}
	return ids
}

func TestAMemberIsReadAsSheWasRegistered(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		people := map[string]*sanadv1.Person{
			"all is known":    wellKnown(),
			"a year of birth": {Name: "Badr", Birth: &sanadv1.Birth{Known: &sanadv1.Birth_Year{Year: 1970}}, Documents: []*sanadv1.Document{{Kind: "passport", Number: "N1"}}},
			"a stated age": {Name: "Carim", Documents: []*sanadv1.Document{{Kind: "passport", Number: "N2"}}, Birth: &sanadv1.Birth{
				Evidence: sanadv1.Evidence_EVIDENCE_STATED, Known: &sanadv1.Birth_Age{Age: &sanadv1.StatedAge{Years: 41, On: date(2026, 3, 1)}}}},
		}
		first := s.register(t, "voucher", &sanadv1.Person{Phones: []*sanadv1.Phone{{Number: "0790000009", From: date(2020, 1, 1)}}}).GetMember()
		people["a member who vouches"] = &sanadv1.Person{Name: "Dina", Voucher: &sanadv1.Voucher{By: &sanadv1.Voucher_MemberId{MemberId: first.GetId()}}}
		for name, person := range people {
			m := s.register(t, name, person).GetMember()
			if !proto.Equal(m.GetPerson(), person) {
				t.Errorf("%s: answered %v, want %v", name, m.GetPerson(), person)
			}
			read, err := s.members.GetMember(t.Context(), &sanadv1.GetMemberRequest{MemberId: m.GetId()})
			if err != nil || !proto.Equal(read.GetMember(), m) {
				t.Errorf("%s: read %v, %v, want %v", name, read.GetMember(), err, m)
			}
		}
		if got := first.GetPerson().GetPhones()[0].GetNumber(); got != "+962790000009" {
			t.Errorf("the server's own region is not used: %s", got)
		}
	})
}

func TestAMemberIsLookedUpByWhatIsKnownOfHer(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.register(t, "amal", wellKnown()).GetMember()
		for name, ref := range map[string]*sanadv1.MemberReference{
			"id":       {Reference: &sanadv1.MemberReference_MemberId{MemberId: m.GetId()}},
			"number":   {Reference: &sanadv1.MemberReference_MemberNumber{MemberNumber: m.GetNumber()}},
			"phone":    {Reference: &sanadv1.MemberReference_Phone{Phone: "0790000002"}},
			"document": {Reference: &sanadv1.MemberReference_Document{Document: &sanadv1.Document{Kind: "unhcr", Number: "12345c00678"}}},
			"typed":    {Reference: &sanadv1.MemberReference_Typed{Typed: "123-45c-00678"}},
		} {
			if got := s.lookUp(t, ref); !slices.Equal(got, []string{m.GetId()}) {
				t.Errorf("by %s: %v", name, got)
			}
		}
		past := &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Phone{Phone: "+962790000001"}}
		if got := s.lookUp(t, past); len(got) != 0 {
			t.Errorf("by a phone that is no longer hers: %v", got)
		}
		answer, err := s.members.LookUpMembers(t.Context(), &sanadv1.LookUpMembersRequest{Reference: past, On: date(2020, 6, 1)})
		if err != nil || len(answer.GetMembers()) != 1 {
			t.Errorf("by a phone on a day when it was hers: %v, %v", answer, err)
		}
	})
}

func TestABadRegistrationDoesNotStopItsNeighbours(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		bad := map[int]struct {
			spoil  func(*sanadv1.RegisterMemberRequest)
			field  string
			reason string
		}{
			2:  {func(r *sanadv1.RegisterMemberRequest) { r.RequestId = "" }, "request_id", "FIELD_INVALID"},
			5:  {func(r *sanadv1.RegisterMemberRequest) { r.Person = nil }, "person", "FIELD_INVALID"},
			8:  {func(r *sanadv1.RegisterMemberRequest) { r.Person.Name = "Am\x00al" }, "person.name", "NAME_INVALID"},
			11: {func(r *sanadv1.RegisterMemberRequest) { r.Person.Phones[0].Number = "12345" }, "person.phones[0].number", "PHONE_INVALID"},
			14: {func(r *sanadv1.RegisterMemberRequest) { r.Person.Phones[0].From = date(2026, 2, 30) }, "person.phones[0].from", "DATE_INVALID"},
			17: {func(r *sanadv1.RegisterMemberRequest) { r.Person.Phones = nil }, "person.voucher", "VOUCHER_MISSING"},
			20: {func(r *sanadv1.RegisterMemberRequest) { r.CardNumber = "12" }, "card_number", "FIELD_INVALID"},
			23: {func(r *sanadv1.RegisterMemberRequest) { r.RequestId = "batch-0" }, "request_id", "REFERENCE_REUSED"},
		}
		var batch sanadv1.BatchRegisterMembersRequest
		for n := range 30 {
			r := &sanadv1.RegisterMemberRequest{RequestId: fmt.Sprint("batch-", n), Person: &sanadv1.Person{
				Name: fmt.Sprint("Amal ", n), Phones: []*sanadv1.Phone{{Number: fmt.Sprintf("+9627900000%02d", n)}}}}
			if b, ok := bad[n]; ok {
				b.spoil(r)
			}
			batch.Requests = append(batch.Requests, r)
		}
		answer, err := s.members.BatchRegisterMembers(t.Context(), &batch)
		if err != nil {
			t.Fatal(err)
		}
		for n, result := range answer.GetResults() {
			b, spoilt := bad[n]
			refusal := result.GetRefusal()
			if spoilt != (refusal != nil) {
				t.Errorf("request %d: %v", n, result)
			}
			if spoilt && (refusal.GetReason() != b.reason || !slices.Equal(refusal.GetFields(), []string{b.field}) || refusal.GetCode() == int32(codes.Internal)) {
				t.Errorf("request %d: got %v, want %s in %s", n, refusal, b.reason, b.field)
			}
			if name := result.GetRegistered().GetMember().GetPerson().GetName(); !spoilt && name != fmt.Sprint("Amal ", n) {
				t.Errorf("result %d is that of %s", n, name)
			}
		}
	})
}

func TestABatchOfRegistrationsHasItsSize(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		for _, n := range []int{0, 1001} {
			requests := make([]*sanadv1.RegisterMemberRequest, n)
			for i := range requests {
				requests[i] = &sanadv1.RegisterMemberRequest{}
			}
			_, err := s.members.BatchRegisterMembers(t.Context(), &sanadv1.BatchRegisterMembersRequest{Requests: requests})
			if !slices.Equal(fieldsOf(err), []string{"requests"}) {
				t.Errorf("%d requests: %v", n, err)
			}
		}
	})
}

func TestARepeatedRegistrationIsTheSameMember(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		first := s.register(t, "amal", wellKnown())
		again := s.register(t, "amal", wellKnown())
		if first.GetRepeated() || !again.GetRepeated() || !proto.Equal(first.GetMember(), again.GetMember()) {
			t.Errorf("first %v, then %v", first, again)
		}
		twin := s.register(t, "clerk two", wellKnown())
		if !slices.Equal(twin.GetPossibleDuplicates(), []string{first.GetMember().GetId()}) || twin.GetMember().GetId() == first.GetMember().GetId() {
			t.Errorf("the same person by another clerk: %v", twin)
		}
	})
}

func TestWhatWaitsUnderANewPhoneIsBookedToHer(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		wantState(t, s.post(t, paid("UCA0000001", "0790000005", "10.000")), suspense, "MEMBER_UNKNOWN")
		answer, err := s.members.SetPhones(t.Context(), &sanadv1.SetPhonesRequest{
			MemberId: m.GetId(), Phones: []*sanadv1.Phone{{Number: "0790000005"}}, From: date(2026, 1, 1)})
		if err != nil {
			t.Fatal(err)
		}
		want := []*sanadv1.Phone{{Number: "+962790000001", From: date(2020, 1, 1), To: date(2025, 12, 31)}, {Number: "+962790000005", From: date(2026, 1, 1)}}
		if !proto.Equal(&sanadv1.Person{Phones: answer.GetMember().GetPerson().GetPhones()}, &sanadv1.Person{Phones: want}) {
			t.Errorf("her phones are %v", answer.GetMember().GetPerson().GetPhones())
		}
		if got := s.balance(t, 2100, "member:"+m.GetId(), "basic"); got != "6.000" {
			t.Errorf("her savings stand at %s", got)
		}
		s.clean(t)
	})
}

func TestAMemberIsErasedByTwoPeople(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		s.post(t, paid("UCA0000001", m.GetNumber(), "10.000"))
		for i, person := range []string{"amal", "amal", "badr", "carim"} {
			answer, err := s.members.EraseMember(t.Context(), &sanadv1.EraseMemberRequest{MemberId: m.GetId(), Person: person})
			want := sanadv1.ApprovalState_APPROVAL_STATE_PROPOSED
			if i >= 2 {
				want = sanadv1.ApprovalState_APPROVAL_STATE_DONE
			}
			if err != nil || answer.GetApproval().GetState() != want || answer.GetApproval().GetMaker() != "amal" {
				t.Errorf("%s's word leads to %v, %v", person, answer, err)
			}
		}
		left, err := s.members.GetMember(t.Context(), &sanadv1.GetMemberRequest{MemberId: m.GetId()})
		want := &sanadv1.Member{Id: m.GetId(), RegisteredAt: m.GetRegisteredAt(), Erased: true}
		if err != nil || !proto.Equal(left.GetMember(), want) {
			t.Errorf("this is left of her: %v, %v", left, err)
		}
		if got := s.balance(t, 2100, "member:"+m.GetId(), "basic"); got != "6.000" {
			t.Errorf("in the books her savings stand at %s", got)
		}
		wantState(t, s.post(t, paid("UCA0000002", m.GetNumber(), "1.000")), suspense, "MEMBER_UNKNOWN")
		s.clean(t)
	})
}

func TestMembersAreListedPageByPage(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		for n := range 5 {
			s.enrol(t, fmt.Sprint("Amal ", n), fmt.Sprintf("+96279000000%d", n))
		}
		seen := map[string]bool{}
		pages := 0
		for token := ""; ; pages++ {
			page, err := s.members.ListMembers(t.Context(), &sanadv1.ListMembersRequest{PageSize: 2, PageToken: token})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page.GetMembers() {
				seen[m.GetId()] = true
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		if len(seen) != 5 || pages != 2 {
			t.Errorf("%d members on %d pages and a last one", len(seen), pages)
		}
	})
}

func TestAMemberWhoIsUnknownIsNamedInTheError(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		const nobody = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
		_, got := s.members.GetMember(t.Context(), &sanadv1.GetMemberRequest{MemberId: nobody})
		_, set := s.members.SetPhones(t.Context(), &sanadv1.SetPhonesRequest{MemberId: nobody})
		_, chosen := s.members.SetStandingChoice(t.Context(), &sanadv1.SetStandingChoiceRequest{Phone: "0790000001", MemberId: nobody})
		_, erased := s.members.EraseMember(t.Context(), &sanadv1.EraseMemberRequest{MemberId: nobody, Person: "amal"})
		for call, err := range map[string]error{"get": got, "set phones": set, "choose": chosen, "erase": erased} {
			if reasonOf(err) != "MEMBER_UNKNOWN" || !slices.Equal(fieldsOf(err), []string{"member_id"}) {
				t.Errorf("%s: %v", call, err)
			}
		}
	})
}
