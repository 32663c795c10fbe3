package api_test

import (
	"testing"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// farmersMatched is a scheme whose contributions are matched by half where who pays is a farmer.
const farmersMatched = `scheme: basic
name: Basic
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2020-01-01
categories: [farmer]
pots:
  - {account: 2100, name: savings, share: 1, pool: old-age}
subsidies:
  - id: match
    funder: mof
    pot: 2110
    period: calendar-year
    open_ended: true
    when:
      - {in: [farmer], reason: NOT_A_FARMER, text: only farmers are matched, law: made up}
    amount: [{times: 50%}]
`

// objection is a farmer who was matched, is said not to be a farmer, and appeals.
type objection struct {
	*service
	cases  sanadv1.CaseServiceClient
	member string
	file   *sanadv1.FileCaseRequest
}

func newObjection(t *testing.T, s *service) *objection {
	t.Helper()
	s.publishFolder(t, farmersMatched)
	if _, err := s.subsidies.SetFunder(t.Context(), &sanadv1.SetFunderRequest{Funder: &sanadv1.Funder{Id: "mof", Name: "Ministry"}}); err != nil {
		t.Fatal(err)
	}
	m := s.enrol(t, "Amal", "+962791111111")
	s.record(t, &sanadv1.RecordFactsRequest{MemberId: m.GetId(), Person: "badr", Facts: &sanadv1.Facts{Categories: []*sanadv1.Category{farmer()}}})
	s.post(t, paid("first", m.GetNumber(), "8.000"))
	o := &objection{s, sanadv1.NewCaseServiceClient(s.connection), m.GetId(), &sanadv1.FileCaseRequest{
		RequestId: "her-appeal", Kind: sanadv1.CaseKind_CASE_KIND_APPEAL, MemberId: m.GetId(), FiledBy: sanadv1.CaseRole_CASE_ROLE_MEMBER,
		Against: &sanadv1.CaseAgainst{Kind: sanadv1.DecisionKind_DECISION_KIND_CATEGORY, Subject: "farmer"}, Text: "I farm my uncle's land",
	}}
	o.wantMatched(t, "matched as a farmer", "4.000")
	return o
}

func farmer() *sanadv1.Category {
	return &sanadv1.Category{Name: "farmer", From: &sanadv1.Date{Year: 2020, Month: 1, Day: 1}, Evidence: sanadv1.Evidence_EVIDENCE_VOUCHED}
}

// deny takes back that she is a farmer, as an error of hers.
func (o *objection) deny(t *testing.T) {
	t.Helper()
	o.record(t, &sanadv1.RecordFactsRequest{
		MemberId: o.member, Person: "badr", Correction: sanadv1.Correction_CORRECTION_OWN_ERROR,
		TakeBack: []*sanadv1.FactName{{Kind: sanadv1.FactKind_FACT_KIND_CATEGORY, Name: "farmer", From: farmer().GetFrom()}},
	})
}

func (o *objection) appeal(t *testing.T) *sanadv1.Case {
	t.Helper()
	filed, err := o.cases.FileCase(t.Context(), o.file)
	if err != nil {
		t.Fatal(err)
	}
	return filed.GetCase()
}

func (o *objection) decide(t *testing.T, r *sanadv1.DecideCaseRequest) {
	t.Helper()
	r.Judge, r.Reason, r.Text = "samira", "EVIDENCE_LOOKED_AT", "We looked at it."
	for range 2 { // sent again, it changes nothing
		if _, err := o.cases.DecideCase(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func (o *objection) wantMatched(t *testing.T, when, want string) {
	t.Helper()
	if got := o.balance(t, 2110, "member:"+o.member, "basic"); got != want {
		t.Errorf("%s: her match stands at %s, want %s", when, got, want)
	}
}

func TestNothingIsClawedBackWhileAnAppealIsOpen(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		o := newObjection(t, s)
		c := o.appeal(t)
		o.deny(t)
		o.wantMatched(t, "denied while her appeal is open", "4.000")
		s.reverse(t, "undo", "first", "8.000")
		o.wantMatched(t, "reversed while her appeal is open", "4.000")
		o.decide(t, &sanadv1.DecideCaseRequest{CaseId: c.GetId(), Outcome: sanadv1.CaseState_CASE_STATE_DISMISSED})
		o.wantMatched(t, "dismissed", "0.000")
		s.clean(t)
	})
}

func TestAnAppealThatIsRightPutsTheFactsRightAndMovesTheMoney(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		o := newObjection(t, s)
		o.deny(t)
		o.wantMatched(t, "denied", "0.000")
		c := o.appeal(t)
		if again := o.appeal(t); again.GetId() != c.GetId() {
			t.Error("the same request files a second case")
		}
		assign := &sanadv1.AssignCaseRequest{CaseId: c.GetId(), Judge: "badr"}
		if _, err := o.cases.AssignCase(t.Context(), assign); reasonOf(err) != "TOOK_PART" {
			t.Errorf("who denied it judges: %v", err)
		}
		o.decide(t, &sanadv1.DecideCaseRequest{
			CaseId: c.GetId(), Outcome: sanadv1.CaseState_CASE_STATE_GRANTED, Facts: &sanadv1.Facts{Categories: []*sanadv1.Category{farmer()}},
		})
		o.wantMatched(t, "granted", "4.000")
		got, err := o.cases.GetCase(t.Context(), &sanadv1.GetCaseRequest{CaseId: c.GetId()})
		if err != nil || got.GetCase().GetText() != o.file.GetText() || got.GetCase().GetOutcome() == "" || len(got.GetCase().GetEvents()) != 2 {
			t.Errorf("the case: %v, %v", got, err)
		}
		s.clean(t)
	})
}

func TestCasesAreListedWithoutTheirTexts(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		o := newObjection(t, s)
		c := o.appeal(t)
		open, err := o.cases.ListCases(t.Context(), &sanadv1.ListCasesRequest{MemberId: o.member, OpenOnly: true})
		if err != nil || len(open.GetCases()) != 1 || open.GetCases()[0].GetText() != "" || open.GetCases()[0].GetId() != c.GetId() {
			t.Errorf("open: %v, %v", open, err)
		}
		if _, err := o.cases.WithdrawCase(t.Context(), &sanadv1.WithdrawCaseRequest{CaseId: c.GetId()}); err != nil {
			t.Fatal(err)
		}
		if open, err = o.cases.ListCases(t.Context(), &sanadv1.ListCasesRequest{OpenOnly: true}); err != nil || len(open.GetCases()) != 0 {
			t.Errorf("withdrawn, and still open: %v, %v", open, err)
		}
		if n, err := o.cases.EscalateCases(t.Context(), &sanadv1.EscalateCasesRequest{}); err != nil || n.GetEscalated() != 0 {
			t.Errorf("escalated: %v, %v", n, err)
		}
		if _, err := o.cases.GetCase(t.Context(), &sanadv1.GetCaseRequest{CaseId: "none"}); reasonOf(err) != "CASE_UNKNOWN" {
			t.Errorf("a case nobody filed: %v", err)
		}
	})
}
