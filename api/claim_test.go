package api_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/insurance"
)

// careScheme gives care by a price list, staged maternity, cash for sick days, a monthly allowance borne by the ministry,
// and a grant at death.
const careScheme = `scheme: care
name: Care
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2020-01-01
pots:
  - {account: 2200, name: health, share: 0.7, pool: health}
  - {account: 2300, name: maternity, share: 0.3, pool: maternity}
levels: [primary, secondary]
prices:
  - {item: CONS, care: general-practitioner, text: consultation, price: 10}
  - {item: XRAY, care: specialist, text: x-ray, price: 25}
  - {item: WARD, care: hospital, text: bed, price: 40, stay: true}
  - {item: BIRTH, care: birth, text: birth, price: 100}
benefits:
  care:
    kind: care
    form: in-kind
    pool: health
    covers: [general-practitioner, specialist, hospital, birth]
    co_payments: [{for: [general-practitioner], share: 10%}]
    limits: [{per: year, amount: 300}]
  maternity:
    kind: maternity
    form: staged
    pool: maternity
    stages: [{event: antenatal-visit, amount: 20}, {event: birth, amount: 50}, {event: vaccination, amount: 30}]
  sickness:
    kind: sickness
    form: daily
    pool: health
    flat: 5
    wait_days: 3
    days: 60
  allowance:
    kind: child
    form: periodic
    funder: mof
    flat: 12
  funeral:
    kind: funeral
    form: lump-sum
    pool: health
    flat: 180
claims: {one_person_above: 150, two_people_above: 200}
standards:
  appeal: {to: the tribunal, days: 60}
`

// clinic is a claims office with a scheme, two providers and a member who has a place in the scheme.
type clinic struct {
	*service
	claims sanadv1.ClaimServiceClient
	member *sanadv1.Member
}

func (s *service) clinic(t *testing.T) *clinic {
	t.Helper()
	s.publishFolder(t, careScheme)
	c := &clinic{s, sanadv1.NewClaimServiceClient(s.connection), s.enrol(t, "Amal", "+962790000001")}
	c.join(t, c.member.GetId())
	for _, p := range []*sanadv1.Provider{
		{Id: "clinic-salt", Name: "Clinic of Salt", Level: "primary", Networks: []string{"north"}, Pools: []sanadv1.Pool{sanadv1.Pool_POOL_HEALTH}, PayTo: "bank:JO94CBJO0010000000000131000302"},
		{Id: "hospital", Name: "Hospital", Level: "secondary"},
	} {
		if _, err := c.claims.SetProvider(t.Context(), &sanadv1.SetProviderRequest{Provider: p}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// join gives a member a place in the scheme from the first of 2026.
func (c *clinic) join(t *testing.T, member string) {
	t.Helper()
	_, err := c.members.EnrolInScheme(t.Context(), &sanadv1.EnrolInSchemeRequest{MemberId: member, Scheme: "care", From: date(2026, 1, 1), Person: "amal"})
	if err != nil {
		t.Fatal(err)
	}
}

func line(item, amount string) *sanadv1.ClaimLine {
	return &sanadv1.ClaimLine{Item: item, On: date(2026, 3, 2), Amount: jod(amount)}
}

// bill is a clinic's claim for the member.
func (c *clinic) bill(reference string, lines ...*sanadv1.ClaimLine) *sanadv1.ClaimSubmission {
	return &sanadv1.ClaimSubmission{
		Reference: reference, As: sanadv1.ClaimRole_CLAIM_ROLE_PROVIDER, Provider: "clinic-salt",
		Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberNumber{MemberNumber: c.member.GetNumber()}},
		Scheme: "care", Benefit: "care", Lines: lines,
		Event: &sanadv1.ClaimEvent{Kind: sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_ILLNESS, On: date(2026, 3, 2)},
	}
}

// cash is a member's claim for a benefit in cash.
func (c *clinic) cash(reference, benefit string, event *sanadv1.ClaimEvent, evidence ...*sanadv1.ClaimEvidence) *sanadv1.ClaimSubmission {
	return &sanadv1.ClaimSubmission{
		Reference: reference, As: sanadv1.ClaimRole_CLAIM_ROLE_MEMBER, Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: c.member.GetId()}},
		Scheme: "care", Benefit: benefit, Event: event, Evidence: evidence,
	}
}

func (c *clinic) submit(t *testing.T, claim *sanadv1.ClaimSubmission) *sanadv1.Claim {
	t.Helper()
	answer, err := c.claims.SubmitClaim(t.Context(), &sanadv1.SubmitClaimRequest{Claim: claim, Person: "nurse"})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetClaim()
}

func (c *clinic) adjudicate(t *testing.T, id string, evidence ...*sanadv1.ClaimEvidence) *sanadv1.Claim {
	t.Helper()
	answer, err := c.claims.AdjudicateClaim(t.Context(), &sanadv1.AdjudicateClaimRequest{ClaimId: id, Evidence: evidence, Person: "clerk"})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetClaim()
}

// stands is the state and what is granted of a claim: "approved 9.000".
func stands(c *sanadv1.Claim) string {
	state := strings.TrimPrefix(c.GetState().String(), "CLAIM_STATE_")
	return strings.ToLower(state) + " " + c.GetGranted().GetAmount()
}

// took are the reasons of a claim's decision that took something away, with how much.
func took(d *sanadv1.ClaimDecision) []string {
	var all []string
	for _, l := range d.GetLines() {
		for _, r := range l.GetReductions() {
			if r.GetTook().GetAmount() != "0.000" {
				all = append(all, l.GetItem()+" "+r.GetReason()+" "+r.GetTook().GetAmount())
			}
		}
	}
	return all
}

// replayed sees that every decision comes out the same when it is judged again.
func (c *clinic) replayed(t *testing.T) {
	t.Helper()
	request := &sanadv1.ReplayDecisionsRequest{PageSize: 2}
	equal := int64(0)
	for {
		answer, err := c.claims.ReplayDecisions(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.GetDifferent()) > 0 || answer.GetOther() > 0 {
			t.Errorf("came out otherwise: %v", answer)
		}
		equal += answer.GetEqual()
		if request.PageToken = answer.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	if equal == 0 {
		t.Error("no decision was judged again")
	}
}

func TestAClinicsClaimIsReducedLineByLineAndOwedAtOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		got := c.submit(t, c.bill("bill 1", line("CONS", "10.000"), line("XRAY", "31.500")))
		if stands(got) != "approved 34.000" {
			t.Errorf("it stands %s", stands(got))
		}
		if diff := cmp.Diff([]string{"CONS CO_PAYMENT 1.000", "XRAY ABOVE_PRICE_LIST 6.500"}, took(got.GetDecision())); diff != "" {
			t.Error(diff)
		}
		if d := got.GetDecision(); d.GetAppealTo() != "the tribunal" || d.GetAppealDays() != 60 || d.GetVersion() != 1 {
			t.Errorf("the way to object is %v", d)
		}
		owed := []*sanadv1.ClaimOwed{{Bearer: "pool:health", Payee: "provider:clinic-salt", Booked: jod("34.000"), Paid: jod("0.000")}}
		if diff := cmp.Diff(owed, got.GetOwed(), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
		if incurred, payable := c.balance(t, 5100, "pool:health", "care"), c.balance(t, 2500, "provider:clinic-salt", "care"); incurred != "34.000" || payable != "34.000" {
			t.Errorf("the pool has incurred %s, the clinic is owed %s", incurred, payable)
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestAClaimIsTakenOnceUnderItsReference(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		request := &sanadv1.SubmitClaimRequest{Claim: c.bill("bill 1", line("CONS", "10.000")), Person: "nurse"}
		first := c.submit(t, request.GetClaim())
		again, err := c.claims.SubmitClaim(t.Context(), request)
		if err != nil || !again.GetRepeated() || again.GetClaim().GetId() != first.GetId() {
			t.Errorf("again: %v, %v", again, err)
		}
		other := proto.CloneOf(request)
		other.Claim.Lines[0].Amount = jod("10.001")
		if _, err := c.claims.SubmitClaim(t.Context(), other); status.Code(err) != codes.AlreadyExists {
			t.Errorf("other content: %v", err)
		}
		byName, err := c.claims.GetClaim(t.Context(), &sanadv1.GetClaimRequest{Provider: "clinic-salt", Reference: "bill 1"})
		if diff := cmp.Diff(first, byName.GetClaim(), protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("by reference: %v\n%s", err, diff)
		}
		// The same item on the same day of the same person, under another reference, is paid once.
		second := c.submit(t, c.bill("bill 2", line("CONS", "10.000")))
		if stands(second) != "refused 0.000" || len(took(second.GetDecision())) != 1 || !strings.Contains(took(second.GetDecision())[0], "DUPLICATE") {
			t.Errorf("sent twice it stands %s, for %v", stands(second), took(second.GetDecision()))
		}
		if payable := c.balance(t, 2500, "provider:clinic-salt", "care"); payable != "9.000" {
			t.Errorf("the clinic is owed %s", payable)
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestAClaimAboveTheAmountTakesTwoPeopleAndNeitherIsWhoHandedItIn(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		bed := line("WARD", "240.000")
		bed.LastDay = date(2026, 3, 7)
		claim := c.submit(t, c.bill("bill 1", bed))
		if claim.GetState() != sanadv1.ClaimState_CLAIM_STATE_AWAITING_APPROVAL || claim.GetDecision() != nil || claim.GetProposed().GetGranted().GetAmount() != "240.000" {
			t.Fatalf("it stands %s, proposed is %v", stands(claim), claim.GetProposed())
		}
		if payable := c.balance(t, 2500, "provider:clinic-salt", "care"); payable != "0.000" {
			t.Errorf("before anybody approved, the clinic is owed %s", payable)
		}
		steps := []struct{ person, stands, reason string }{
			{"Nurse", "", "BENEFIT_CLAIM_SAME_PERSON"}, {"amal", "awaiting_approval 0.000", ""}, {"amal", "awaiting_approval 0.000", ""},
			{"badr", "approved 240.000", ""}, {"badr", "approved 240.000", ""}, {"carim", "", "BENEFIT_CLAIM_WRONG_STATE"},
		}
		for i, step := range steps {
			answer, err := c.claims.ApproveClaim(t.Context(), &sanadv1.ApproveClaimRequest{ClaimId: claim.GetId(), Person: step.person})
			if reasonOf(err) != step.reason || err == nil && stands(answer.GetClaim()) != step.stands {
				t.Errorf("step %d, %s: %s, %v", i, step.person, stands(answer.GetClaim()), err)
			}
		}
		shown, err := c.claims.GetClaim(t.Context(), &sanadv1.GetClaimRequest{ClaimId: claim.GetId()})
		if diff := cmp.Diff([]string{"provider:clinic-salt", "amal", "badr"}, shown.GetClaim().GetDecision().GetBy()); err != nil || diff != "" {
			t.Errorf("who took part: %v\n%s", err, diff)
		}
		if payable := c.balance(t, 2500, "provider:clinic-salt", "care"); payable != "240.000" {
			t.Errorf("the clinic is owed %s", payable)
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestOneApprovesWhatIsBetweenTheAmounts(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		event := &sanadv1.ClaimEvent{Kind: sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_DEATH, On: date(2026, 3, 2)}
		claim := c.submit(t, c.cash("grant", "funeral", event))
		answer, err := c.claims.ApproveClaim(t.Context(), &sanadv1.ApproveClaimRequest{ClaimId: claim.GetId(), Person: "amal"})
		if err != nil || stands(answer.GetClaim()) != "approved 180.000" {
			t.Errorf("one person's word leaves it %s, %v", stands(answer.GetClaim()), err)
		}
		if payable := c.balance(t, 2500, "member:"+c.member.GetId(), "care"); payable != "180.000" {
			t.Errorf("she is owed %s", payable)
		}
		c.clean(t)
	})
}

func visit(event string, month int32) *sanadv1.ClaimEvidence {
	return &sanadv1.ClaimEvidence{Event: event, On: date(2026, month, 5), By: "midwife"}
}

func TestStagesArePaidOnceEachAsEvidenceComes(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		event := &sanadv1.ClaimEvent{Kind: sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_PREGNANCY, On: date(2026, 2, 1)}
		claim := c.submit(t, c.cash("pregnancy", "maternity", event))
		if claim.GetState() != sanadv1.ClaimState_CLAIM_STATE_PENDING || len(claim.GetLacks()) != 3 || claim.GetLacks()[0].GetCode() != "EVIDENCE_MISSING" {
			t.Errorf("without evidence it stands %s and lacks %v", stands(claim), claim.GetLacks())
		}
		want := []string{"20.000", "20.000", "70.000", "100.000", "100.000"}
		missed := &sanadv1.ClaimEvidence{Event: "vaccination", Missed: sanadv1.ClaimMissed_CLAIM_MISSED_NO_CLINIC}
		for i, evidence := range []*sanadv1.ClaimEvidence{visit("antenatal-visit", 2), visit("antenatal-visit", 2), visit("birth", 8), missed, missed} {
			claim = c.adjudicate(t, claim.GetId(), evidence)
			if payable := c.balance(t, 2500, "member:"+c.member.GetId(), "care"); payable != want[i] || claim.GetGranted().GetAmount() != want[i] {
				t.Errorf("after evidence %d she is owed %s and granted %s, want %s", i, payable, claim.GetGranted().GetAmount(), want[i])
			}
		}
		if incurred := c.balance(t, 5100, "pool:maternity", "care"); incurred != "100.000" {
			t.Errorf("the pool has incurred %s", incurred)
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestCashGoesToTheWomansOwnAccount(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		wife := s.enrol(t, "Huda", "+962790000002")
		claim := c.cash("pregnancy", "maternity", &sanadv1.ClaimEvent{Kind: sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_PREGNANCY, On: date(2026, 2, 1)}, visit("antenatal-visit", 2))
		claim.Dependant, claim.PayTo = wife.GetId(), wife.GetId()
		c.submit(t, claim)
		if hers, his := c.balance(t, 2500, "member:"+wife.GetId(), "care"), c.balance(t, 2500, "member:"+c.member.GetId(), "care"); hers != "20.000" || his != "0.000" {
			t.Errorf("she is owed %s, the member %s", hers, his)
		}
		c.clean(t)
	})
}

func TestAClaimOfNobodyKnownIsKeptAndJudgedOnceSheIs(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		bill := c.bill("bill 1", line("CONS", "10.000"))
		bill.Member = &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Phone{Phone: "+962799999999"}}
		claim := c.submit(t, bill)
		if claim.GetState() != sanadv1.ClaimState_CLAIM_STATE_PENDING || claim.GetMemberId() != "" || claim.GetLacks()[0].GetCode() != "MEMBER_UNKNOWN" {
			t.Errorf("it stands %s and lacks %v", stands(claim), claim.GetLacks())
		}
		if reasons := took(claim.GetDecision()); len(reasons) != 1 || reasons[0] != "CONS MEMBER_UNKNOWN 10.000" {
			t.Errorf("it is told %v", reasons)
		}
		answer, err := c.claims.AdjudicateClaim(t.Context(), &sanadv1.AdjudicateClaimRequest{
			ClaimId: claim.GetId(), Person: "clerk",
			Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: c.member.GetId()}},
		})
		if err != nil || stands(answer.GetClaim()) != "approved 9.000" || answer.GetClaim().GetMemberId() != c.member.GetId() {
			t.Errorf("once she is known it stands %s, %v", stands(answer.GetClaim()), err)
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestAnEmergencyAndABirthAreAuthorisedWhoeverItIs(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		emergency := c.bill("emergency", line("XRAY", "25.000"))
		emergency.Member, emergency.Event.Emergency = nil, true
		birth := c.bill("birth", line("BIRTH", "100.000"))
		birth.Member = &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: s.enrol(t, "Rana", "+962790000003").GetId()}}
		birth.Event.Kind = sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_BIRTH
		if got := stands(c.submit(t, emergency)); got != "approved 25.000" {
			t.Errorf("an emergency of nobody known stands %s", got)
		}
		if got := stands(c.submit(t, birth)); got != "approved 100.000" {
			t.Errorf("a birth without a place in the scheme stands %s", got)
		}
		illness := c.bill("illness", line("XRAY", "25.000"))
		illness.Member = birth.GetMember()
		if got := c.submit(t, illness); stands(got) != "refused 0.000" || took(got.GetDecision())[0] != "XRAY NOT_ENROLLED 25.000" {
			t.Errorf("an illness without a place stands %s for %v", stands(got), took(got.GetDecision()))
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestAPreauthorisationHoldsTheLimitUntilItsClaimComes(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		bed := func(days int32) *sanadv1.ClaimLine {
			l := line("WARD", fmt.Sprintf("%d.000", days*40))
			l.LastDay = date(2026, 3, 1+days)
			return l
		}
		before := c.bill("asked", bed(5))
		pre, err := c.claims.PreauthoriseClaim(t.Context(), &sanadv1.PreauthoriseClaimRequest{Claim: before, Person: "nurse"})
		if err != nil || stands(pre.GetClaim()) != "preauthorised 200.000" || len(pre.GetClaim().GetOwed()) != 0 {
			t.Fatalf("it stands %s, %v", stands(pre.GetClaim()), err)
		}
		scan := line("XRAY", "125.000")
		scan.Quantity, scan.On = 5, date(2026, 4, 1)
		meanwhile := c.bill("scan", scan)
		meanwhile.Event.On = date(2026, 4, 1)
		if got := c.submit(t, meanwhile); stands(got) != "approved 100.000" || took(got.GetDecision())[0] != "XRAY LIMIT_REACHED 25.000" {
			t.Errorf("what is left of the year's limit stands %s for %v", stands(got), took(got.GetDecision()))
		}
		bill := c.bill("bill", bed(4))
		bill.PreauthorisationId = pre.GetClaim().GetId()
		claim := c.submit(t, bill)
		if stands(claim) != "awaiting_approval 0.000" || claim.GetProposed().GetGranted().GetAmount() != "160.000" {
			t.Errorf("its claim stands %s with %v proposed", stands(claim), claim.GetProposed().GetGranted())
		}
		used, err := c.claims.GetClaim(t.Context(), &sanadv1.GetClaimRequest{ClaimId: pre.GetClaim().GetId()})
		if err != nil || used.GetClaim().GetState() != sanadv1.ClaimState_CLAIM_STATE_WITHDRAWN {
			t.Errorf("the pre-authorisation stands %s, %v", stands(used.GetClaim()), err)
		}
		bill.Reference = "bill again"
		if _, err := c.claims.SubmitClaim(t.Context(), &sanadv1.SubmitClaimRequest{Claim: bill, Person: "nurse"}); reasonOf(err) != "BENEFIT_CLAIM_WRONG_STATE" {
			t.Errorf("used twice: %v", err)
		}
		c.clean(t)
	})
}

func TestTwoClaimsAtOnceOnTheLastOfALimitShareIt(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				scan := line("XRAY", "75.000")
				scan.Quantity, scan.On = 3, date(2026, 4, 1+int32(i))
				_, err := c.claims.SubmitClaim(context.Background(), &sanadv1.SubmitClaimRequest{Claim: c.bill(fmt.Sprint("scan ", i), scan), Person: "nurse"})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if incurred := c.balance(t, 5100, "pool:health", "care"); incurred != "300.000" {
			t.Errorf("of a limit of 300 a year %s were granted", incurred)
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestAClaimSentByManyAtOnceIsTakenOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := c.claims.SubmitClaim(context.Background(), &sanadv1.SubmitClaimRequest{Claim: c.bill("bill", line("XRAY", "25.000")), Person: "nurse"})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		list, err := c.claims.ListClaims(t.Context(), &sanadv1.ListClaimsRequest{Provider: "clinic-salt"})
		if err != nil || len(list.GetClaims()) != 1 {
			t.Errorf("there are %d claims, %v", len(list.GetClaims()), err)
		}
		if payable := c.balance(t, 2500, "provider:clinic-salt", "care"); payable != "25.000" {
			t.Errorf("the clinic is owed %s", payable)
		}
	})
}

// pay takes what is owed to the party out of what is payable, as a payout does.
func (c *clinic) pay(t *testing.T, scheme ledger.SchemeCode, n byte, party ledger.Party, minor int64) {
	t.Helper()
	e, err := ledger.NewEntry(ledger.ID{n, 77}, "payout-approved", 2026_04_01,
		ledger.Dr(ledger.Account{Code: ledger.BenefitsPayable, Party: party, Scheme: scheme, Currency: "JOD"}, minor),
		ledger.Cr(ledger.Account{Code: ledger.PayoutsInTransit, Party: "rail:test", Scheme: scheme, Currency: "JOD"}, minor))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Append(t.Context(), c.institution.Books, e); err != nil {
		t.Fatal(err)
	}
}

func (c *clinic) anew(t *testing.T, id string, cause sanadv1.ClaimCause, findings ...*sanadv1.ClaimFinding) (*sanadv1.Claim, error) {
	t.Helper()
	answer, err := c.claims.ReadjudicateClaim(t.Context(), &sanadv1.ReadjudicateClaimRequest{ClaimId: id, Cause: cause, Findings: findings, Person: "auditor"})
	return answer.GetClaim(), err
}

func (c *clinic) approve(t *testing.T, id string, people ...string) *sanadv1.Claim {
	t.Helper()
	var last *sanadv1.Claim
	for _, person := range people {
		answer, err := c.claims.ApproveClaim(t.Context(), &sanadv1.ApproveClaimRequest{ClaimId: id, Person: person})
		if err != nil {
			t.Fatal(err)
		}
		last = answer.GetClaim()
	}
	return last
}

func TestWhatWasPaidForAFalseClaimIsRecoveredAndWhatCameInGoodFaithStands(t *testing.T) {
	const clinicParty = ledger.Party("provider:clinic-salt")
	notGiven := &sanadv1.ClaimFinding{Line: 0, Reason: "NOT_GIVEN", Text: "no film was found", Amount: jod("20.000")}
	cases := []struct {
		name                          string
		cause                         sanadv1.ClaimCause
		paid                          int64
		payable, incurred, recovering string
	}{
		{"not paid yet", sanadv1.ClaimCause_CLAIM_CAUSE_OFFICE_ERROR, 0, "5.000", "5.000", "0.000"},
		{"paid in good faith", sanadv1.ClaimCause_CLAIM_CAUSE_OFFICE_ERROR, 25_000, "0.000", "25.000", "0.000"},
		{"paid for a false claim", sanadv1.ClaimCause_CLAIM_CAUSE_FALSE_CLAIM, 25_000, "0.000", "5.000", "20.000"},
		{"a part of it paid", sanadv1.ClaimCause_CLAIM_CAUSE_FALSE_CLAIM, 10_000, "0.000", "5.000", "5.000"},
	}
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		for i, x := range cases {
			code := fmt.Sprint("care", i) // a scheme each, so that their books stand apart
			if i > 0 {
				s.publishFolder(t, strings.Replace(careScheme, "scheme: care", "scheme: "+code, 1))
			} else {
				code = "care"
			}
			bill := c.bill("scan "+x.name, line("XRAY", "25.000"))
			bill.Scheme, bill.Event.Emergency = code, true
			bill.Lines[0].On = date(2026, 3, 2+int32(i))
			bill.Event.On = bill.Lines[0].On
			claim := c.submit(t, bill)
			if x.paid > 0 {
				c.pay(t, ledger.SchemeCode(code), byte(i), clinicParty, x.paid)
			}
			if _, err := c.anew(t, claim.GetId(), x.cause, notGiven); err != nil {
				t.Fatal(err)
			}
			c.approve(t, claim.GetId(), "badr")
			got := []string{c.balance(t, 2500, string(clinicParty), code), c.balance(t, 5100, "pool:health", code), c.balance(t, 1400, string(clinicParty), code)}
			if diff := cmp.Diff([]string{x.payable, x.incurred, x.recovering}, got); diff != "" {
				t.Errorf("%s: %s", x.name, diff)
			}
		}
		c.replayed(t)
		c.clean(t)
	})
}

// coveredScheme asks for cover that is bought by the day, and keeps a part of what care costs soon after it is taken up
// again.
var coveredScheme = strings.Replace(strings.Replace(careScheme, "    kind: care\n", "    kind: care\n    cover: health\n", 1), "levels:", `cover:
  health:
    account: 2200
    days: {price: 0.500, per: day}
    newborn_days: 30
levels:`, 1)

func TestAClaimIsJudgedByTheCoverThatWasBought(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		s.publishFolder(t, coveredScheme)
		s.publish(t, "basic")
		scan := func(reference string) *sanadv1.Claim { return c.submit(t, c.bill(reference, line("XRAY", "25.000"))) }
		if got := scan("before"); stands(got) != "refused 0.000" || took(got.GetDecision())[0] != "XRAY NOTHING_PAID 25.000" {
			t.Errorf("before anything is paid it stands %s for %v", stands(got), took(got.GetDecision()))
		}
		give := paid("UCA1", c.member.GetNumber(), "20.000")
		give.Scheme, give.ValueTime = "care", timestamppb.New(paidAt.AddDate(0, 0, -10)) // 28 February: 14.000 buys 28 days
		s.post(t, give)
		if got := scan("after"); stands(got) != "approved 25.000" {
			t.Errorf("once cover is bought it stands %s for %v", stands(got), took(got.GetDecision()))
		}
		newborn := c.bill("newborn", line("CONS", "10.000"))
		newborn.Dependant, newborn.NewbornOn = "child-1", date(2026, 3, 1)
		if got := c.submit(t, newborn); stands(got) != "approved 9.000" {
			t.Errorf("a child of a day stands %s for %v", stands(got), took(got.GetDecision()))
		}
		left, err := sanadv1.NewCoverServiceClient(s.connection).GetEntitlement(t.Context(), &sanadv1.GetEntitlementRequest{
			Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: c.member.GetId()}},
			Scheme: "care", On: date(2026, 3, 3), Audience: sanadv1.Audience_AUDIENCE_PROVIDER,
		})
		if err != nil || len(left.GetEntitlement().GetLimits()) != 1 || left.GetEntitlement().GetLimits()[0].GetLeft().GetAmount() != "275.000" {
			t.Errorf("what is left of the limit: %v, %v", left.GetEntitlement().GetLimits(), err)
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestAMonthlyBenefitIsBookedMonthByMonthByARunThatMayBeBrokenOff(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		claim := c.cash("allowance", "allowance", &sanadv1.ClaimEvent{Kind: sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_CHILDHOOD, On: date(2026, 3, 1)})
		claim.ReceivedOn = date(2026, 3, 20)
		first := c.submit(t, claim)
		if stands(first) != "approved 12.000" || first.GetNextOn().GetMonth() != 4 {
			t.Fatalf("the first month stands %s, the next is due %v: %v", stands(first), first.GetNextOn(), first.GetDecision())
		}
		party := "member:" + c.member.GetId()
		steps := []struct {
			on    ledger.Date
			moved int64
			owed  string
		}{{2026_03_31, 0, "12.000"}, {2026_04_02, 1, "24.000"}, {2026_04_30, 0, "24.000"}, {2026_07_01, 1, "60.000"}, {2026_07_01, 0, "60.000"}}
		for i, step := range steps {
			// Broken off after the first claim that it looked at, it is started again.
			ctx, stop := context.WithCancel(t.Context())
			run, _ := c.institution.Claims.RunInstalments(ctx, step.on, func(claims.Run) { stop() })
			stop()
			again, err := c.institution.Claims.RunInstalments(t.Context(), step.on, func(claims.Run) {})
			if err != nil || run.Moved+again.Moved != step.moved {
				t.Errorf("run %d booked %d and %d, %v, want %d", i, run.Moved, again.Moved, err, step.moved)
			}
			if owed := c.balance(t, 2500, party, "care"); owed != step.owed {
				t.Errorf("after run %d she is owed %s, want %s", i, owed, step.owed)
			}
		}
		if due := c.balance(t, 1300, "funder:mof", "care"); due != "60.000" {
			t.Errorf("the ministry owes %s", due)
		}
		c.replayed(t)
		c.clean(t)
	})
}

func TestAClaimThatNothingIsOwedForIsWithdrawnAndFreesItsLimit(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		bed := line("WARD", "240.000")
		bed.LastDay = date(2026, 3, 7)
		waiting := c.submit(t, c.bill("bed", bed))
		withdraw := func(id string) (*sanadv1.WithdrawClaimResponse, error) {
			return c.claims.WithdrawClaim(t.Context(), &sanadv1.WithdrawClaimRequest{ClaimId: id, Person: "nurse"})
		}
		for range 2 {
			if answer, err := withdraw(waiting.GetId()); err != nil || answer.GetClaim().GetState() != sanadv1.ClaimState_CLAIM_STATE_WITHDRAWN {
				t.Errorf("withdrawn: %v, %v", answer, err)
			}
		}
		scan := line("XRAY", "125.000")
		scan.Quantity = 5
		owed := c.submit(t, c.bill("scan", scan))
		if stands(owed) != "approved 125.000" {
			t.Errorf("with its limit free again, another stands %s for %v", stands(owed), took(owed.GetDecision()))
		}
		if _, err := withdraw(owed.GetId()); reasonOf(err) != "BENEFIT_CLAIM_WRONG_STATE" {
			t.Errorf("what is owed is withdrawn: %v", err)
		}
		if _, err := c.claims.ApproveClaim(t.Context(), &sanadv1.ApproveClaimRequest{ClaimId: waiting.GetId(), Person: "amal"}); reasonOf(err) != "BENEFIT_CLAIM_WRONG_STATE" {
			t.Errorf("what was withdrawn is approved: %v", err)
		}
	})
}

func TestWhatIsUndecidedIsTold(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		bed := line("WARD", "240.000")
		bed.LastDay = date(2026, 3, 7)
		bill := c.bill("bed", bed)
		bill.ReceivedOn = date(2026, 3, 10)
		waiting := c.submit(t, bill)
		c.submit(t, c.bill("scan", line("XRAY", "25.000")))
		outstanding := func(on ledger.Date) string {
			minor, count, err := c.institution.Claims.Outstanding(t.Context(), "care", insurance.Health, on)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(minor, " of ", count)
		}
		if before, after := outstanding(2026_03_09), outstanding(2026_03_10); before != "0 of 0" || after != "240000 of 1" {
			t.Errorf("undecided were %s the day before it came, and %s then", before, after)
		}
		c.approve(t, waiting.GetId(), "amal", "badr")
		if then, now := outstanding(2026_03_10), outstanding(ledger.LastDate); then != "240000 of 1" || now != "0 of 0" {
			t.Errorf("once it is decided, %s were undecided then and %s are now", then, now)
		}
	})
}

func TestWhatIsOwedIsHandedOverOnceAndPaidByTwoPeople(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		rail, err := sandbox.Open(t.Context(), "sqlite:"+t.TempDir()+"/rail.db", sandbox.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(rail.Close)
		name := rail.Contract().Name
		c.institution.Payouts.Rails[name] = rail
		claim := c.submit(t, c.bill("scan", line("XRAY", "25.000")))
		settle := func() *sanadv1.SettleClaimResponse {
			t.Helper()
			answer, err := c.claims.SettleClaim(t.Context(), &sanadv1.SettleClaimRequest{ClaimId: claim.GetId(), Rail: name, Person: "amal"})
			if err != nil {
				t.Fatal(err)
			}
			return answer
		}
		// A server that dies after it has asked for the payout, and before it has noted so, leaves the batch behind.
		before, err := c.institution.Claims.Pay(t.Context(), claims.Payment{
			Reference: "claim " + claim.GetId() + " 0", Rail: name, Person: "amal", Currency: "JOD",
			Lines: []claims.PaymentLine{{Payee: "provider:clinic-salt", Scheme: "care", Minor: 25_000, To: "bank:JO94CBJO0010000000000131000302"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		first, again := settle(), settle()
		if first.GetBatchId() != before || stands(first.GetClaim()) != "settled 25.000" || again.GetBatchId() != "" {
			t.Errorf("settled twice after a crash: %v and %v, want batch %s once", first, again, before)
		}
		payouts := sanadv1.NewPayoutServiceClient(s.connection)
		if _, err := payouts.ApproveBatch(t.Context(), &sanadv1.ApproveBatchRequest{Batch: before, Person: "badr"}); err != nil {
			t.Fatal(err)
		}
		if left, way := c.balance(t, 2500, "provider:clinic-salt", "care"), c.balance(t, 2700, "rail:"+name, "care"); left != "0.000" || way != "25.000" {
			t.Errorf("once approved %s is left payable and %s is on its way", left, way)
		}
		c.clean(t)
	})
}

// TestVerifyFindsWhatIsKeptAsOwedOtherwiseThanBooked computes what is owed under claims anew from the entries.
func TestVerifyFindsWhatIsKeptAsOwedOtherwiseThanBooked(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		claim := c.submit(t, c.bill("scan", line("XRAY", "25.000")))
		r := c.rail(t)
		r.approve(t, r.settle(t, claim.GetId()))
		findings := func() (texts []string) {
			t.Helper()
			owed, err := c.institution.Claims.EverythingOwed(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			claimed := claims.NewAudit(owed)
			if _, err := c.institution.Books.Verify(t.Context(), nil, claimed); err != nil {
				t.Fatal(err)
			}
			for _, f := range claimed.Differences(owed) {
				texts = append(texts, f.Text)
			}
			return texts
		}
		for _, x := range []struct {
			name, change string
			want         []string
		}{
			{"nothing", "UPDATE benefit_owed SET booked = booked", nil},
			{"more is owed", "UPDATE benefit_owed SET booked = booked + 1", []string{"25001 is kept as owed, and the entries say 25000, in minor units"}},
			{"less is owed", "UPDATE benefit_owed SET booked = booked - 2", []string{
				"24999 is kept as owed, and the entries say 25000, in minor units",
				"25000 is kept as handed over, of 24999 that is owed and 25000 that was asked for, in minor units"}},
			{"more was handed over", "UPDATE benefit_owed SET booked = 25000, paid = 25001", []string{
				"25001 is kept as handed over, of 25000 that is owed and 25000 that was asked for, in minor units"}},
			{"no row", "DELETE FROM benefit_owed", []string{"the entries say that 25000 is owed, in minor units, and nothing is kept of it"}},
		} {
			err := c.institution.DB.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				_, err := tx.ExecArgs(ctx, x.change)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(x.want, findings()); diff != "" {
				t.Errorf("%s: %s", x.name, diff)
			}
		}
	})
}

// TestWhatAClaimHasPaidFollowsThePayouts: what failed, came back or was declined stands on benefits payable, so that of a
// claim that was false it is taken from there, and only what reached the provider is recovered.
func TestWhatAClaimHasPaidFollowsThePayouts(t *testing.T) {
	notGiven := &sanadv1.ClaimFinding{Line: 0, Reason: "NOT_GIVEN", Text: "no film was found", Amount: jod("20.000")}
	cases := []struct {
		name     string
		fate     sandbox.Fate
		declined bool
		// What stands on 2500 and 1400 of the clinic once the claim is found to be false.
		payable, recovering string
		// left is what stands on 2500 once what is left is paid.
		left string
	}{
		{"paid", sandbox.Fate{}, false, "0.000", "20.000", "0.000"},
		{"failed", sandbox.Fate{Fails: true}, false, "5.000", "0.000", "0.000"},
		{"returned after it had settled", sandbox.Fate{Returns: true, Calls: 1}, false, "5.000", "0.000", "0.000"},
		{"declined", sandbox.Fate{}, true, "5.000", "0.000", "0.000"},
	}
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		r := c.rail(t)
		for i, x := range cases {
			code := fmt.Sprint("back", i) // a scheme each, so that their books stand apart
			s.publishFolder(t, strings.Replace(careScheme, "scheme: care", "scheme: "+code, 1))
			bill := c.bill("scan "+x.name, line("XRAY", "25.000"))
			bill.Scheme, bill.Event.Emergency = code, true
			bill.Lines[0].On = date(2026, 3, 2+int32(i))
			bill.Event.On = bill.Lines[0].On
			claim := c.submit(t, bill)
			r.fate = x.fate
			batch := r.settle(t, claim.GetId())
			if x.declined {
				if _, err := r.payouts.DeclineBatch(t.Context(), &sanadv1.DeclineBatchRequest{Batch: batch, Person: "badr"}); err != nil {
					t.Fatal(err)
				}
			} else {
				r.approve(t, batch)
			}
			if _, err := c.anew(t, claim.GetId(), sanadv1.ClaimCause_CLAIM_CAUSE_FALSE_CLAIM, notGiven); err != nil {
				t.Fatal(err)
			}
			c.approve(t, claim.GetId(), "badr")
			got := []string{c.balance(t, 2500, "provider:clinic-salt", code), c.balance(t, 1400, "provider:clinic-salt", code)}
			if diff := cmp.Diff([]string{x.payable, x.recovering}, got); diff != "" {
				t.Errorf("%s: 2500 and 1400 of the clinic: %s", x.name, diff)
			}
			r.fate = sandbox.Fate{}
			r.followUp(t, batch)
			if next := r.settle(t, claim.GetId()); next != "" {
				r.approve(t, next)
			}
			if got := c.balance(t, 2500, "provider:clinic-salt", code); got != x.left {
				t.Errorf("%s: once all is paid, %s is left", x.name, got)
			}
			if next := r.settle(t, claim.GetId()); next != "" {
				t.Errorf("%s: what was paid is handed over again", x.name)
			}
		}
		c.replayed(t)
		c.clean(t)
	})
}

// payingRail is a rail that claims are settled over.
type payingRail struct {
	*clinic
	payouts sanadv1.PayoutServiceClient
	sandbox *sandbox.Rail
	fate    sandbox.Fate
}

func (c *clinic) rail(t *testing.T) *payingRail {
	t.Helper()
	rail, err := sandbox.Open(t.Context(), "sqlite:"+t.TempDir()+"/rail.db", sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rail.Close)
	r := &payingRail{clinic: c, payouts: sanadv1.NewPayoutServiceClient(c.connection), sandbox: rail}
	rail.Decide(func(payout.Key, int64) sandbox.Fate { return r.fate })
	c.institution.Payouts.Rails[rail.Contract().Name] = rail
	return r
}

func (r *payingRail) settle(t *testing.T, claim string) (batch string) {
	t.Helper()
	answer, err := r.claims.SettleClaim(t.Context(), &sanadv1.SettleClaimRequest{ClaimId: claim, Rail: r.sandbox.Contract().Name, Person: "amal"})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetBatchId()
}

// approve has the batch approved and paid, and the rail tell what came back.
func (r *payingRail) approve(t *testing.T, batch string) {
	t.Helper()
	if _, err := r.payouts.ApproveBatch(t.Context(), &sanadv1.ApproveBatchRequest{Batch: batch, Person: "badr"}); err != nil {
		t.Fatal(err)
	}
	worker := &payout.Worker{Service: r.institution.Payouts, Name: "test", Width: 1}
	for n := 1; n > 0; {
		var err error
		if n, err = worker.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.sandbox.Skip(time.Minute)
	if _, err := r.sandbox.CallBack(t.Context(), r.institution.Payouts.ReceiveFrom(r.sandbox.Contract().Name)); err != nil {
		t.Fatal(err)
	}
}

// followUp pays what failed in the batch, where something did.
func (r *payingRail) followUp(t *testing.T, batch string) {
	t.Helper()
	report, err := r.payouts.GetBatchReport(t.Context(), &sanadv1.GetBatchReportRequest{Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	if report.GetToFollow() == 0 {
		return
	}
	answer, err := r.payouts.FollowUpBatch(t.Context(), &sanadv1.FollowUpBatchRequest{Batch: batch, Reference: "again " + batch, Person: "amal", DeclaredTotal: jod("0.000")})
	if err != nil {
		t.Fatal(err)
	}
	r.approve(t, answer.GetBatch().GetId())
}

func TestAPersonWhoIsCoveredTwiceIsPaidOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		c := s.clinic(t)
		child := s.enrol(t, "Zain", "+962790000009").GetId()
		parents := []string{c.member.GetId()}
		for i := range 7 {
			parent := s.enrol(t, fmt.Sprint("Parent ", i), fmt.Sprintf("+96279000010%d", i)).GetId()
			c.join(t, parent)
			parents = append(parents, parent)
		}
		var all sync.WaitGroup
		for i, parent := range parents {
			all.Go(func() {
				bill := c.bill(fmt.Sprint("scan ", i), line("XRAY", "25.000"))
				bill.Member = &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: parent}}
				bill.Dependant = child
				if _, err := c.claims.SubmitClaim(context.Background(), &sanadv1.SubmitClaimRequest{Claim: bill, Person: "nurse"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if incurred := c.balance(t, 5100, "pool:health", "care"); incurred != "25.000" {
			t.Errorf("for one x-ray of one child %s were granted", incurred)
		}
		c.replayed(t)
		c.clean(t)
	})
}
