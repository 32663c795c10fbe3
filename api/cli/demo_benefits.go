package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// Who gives care in the demo, and the people who act on claims.
const (
	demoClinic      = "clinic-jerash"
	demoClinicPhone = "+962790000099"
	demoDoctor      = "dr-nsour"
	demoClerk       = "claims-clerk"
	demoApprover    = "claims-approver"
	demoApprover2   = "medical-officer"
)

// character is a member to whom something happens in the demo.
type character struct {
	*person
	server *client
}

// join lets somebody join today: the n-th to whom something happens.
func (s *show) join(ctx context.Context, n int, name string, birth *sanadv1.Date, facts *sanadv1.Facts) (character, error) {
	place := mostDemoMembers + n // behind all who are enrolled
	p := &person{place: place, name: name, number: cardNumber(s.Seed, place), phone: phoneNumber(s.Seed, place)}
	request := p.registration(s.Seed, p)
	request.Person.Birth = &sanadv1.Birth{Known: &sanadv1.Birth_Date{Date: birth}, Evidence: sanadv1.Evidence_EVIDENCE_DOCUMENT}
	registered, err := s.house.server.members.RegisterMember(ctx, request)
	if err != nil {
		return character{}, err
	}
	p.id = registered.GetMember().GetId()
	if facts != nil {
		_, err = s.house.server.members.RecordFacts(ctx, &sanadv1.RecordFactsRequest{MemberId: p.id, Person: demoClerk, Facts: facts})
	}
	return character{p, s.house.server}, err
}

// give posts a contribution of hers on a day.
func (c character) give(ctx context.Context, on *sanadv1.Date, amount string) error {
	at := time.Date(int(on.GetYear()), time.Month(on.GetMonth()), int(on.GetDay()), 9, 0, 0, 0, time.UTC)
	posted, err := c.server.contributions.PostContribution(ctx, &sanadv1.PostContributionRequest{Contribution: &sanadv1.Contribution{
		Collector: demoCollector, Reference: fmt.Sprintf("demo-%s-%s", c.number, at.Format("0102")), ValueTime: timestamppb.New(at),
		Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: c.id}},
		Amount: &sanadv1.Money{CurrencyCode: demoCurrency, Amount: amount},
	}})
	if err != nil {
		return err
	}
	if state := posted.GetReceipt().GetState(); state != sanadv1.ContributionState_CONTRIBUTION_STATE_POSTED {
		return fmt.Errorf("the contribution of %s is %s", c.name, state)
	}
	return nil
}

func (c character) reference() *sanadv1.MemberReference {
	return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberNumber{MemberNumber: c.number}}
}

// entitlement is what an audience is told of her cover on a day.
func (c character) entitlement(ctx context.Context, cover string, on *sanadv1.Date, audience sanadv1.Audience) (*sanadv1.Entitlement, error) {
	answer, err := sanadv1.NewCoverServiceClient(c.server.conn).GetEntitlement(ctx, &sanadv1.GetEntitlementRequest{
		Member: c.reference(), Scheme: demoScheme, Cover: cover, On: on, Audience: audience, Region: demoRegion,
	})
	return answer.GetEntitlement(), err
}

// submit hands a claim in.
func (c character) submit(ctx context.Context, claim *sanadv1.ClaimSubmission, person string) (*sanadv1.Claim, error) {
	claim.Member, claim.Scheme = c.reference(), demoScheme
	answer, err := sanadv1.NewClaimServiceClient(c.server.conn).SubmitClaim(ctx, &sanadv1.SubmitClaimRequest{Claim: claim, Person: person})
	return answer.GetClaim(), err
}

// approve is the word of one person after the other, as many as it takes.
func (c character) approve(ctx context.Context, claim *sanadv1.Claim, people ...string) (*sanadv1.Claim, error) {
	for _, person := range people {
		if claim.GetState() != sanadv1.ClaimState_CLAIM_STATE_AWAITING_APPROVAL {
			break
		}
		answer, err := sanadv1.NewClaimServiceClient(c.server.conn).ApproveClaim(ctx, &sanadv1.ApproveClaimRequest{ClaimId: claim.GetId(), Person: person})
		if err != nil {
			return nil, err
		}
		claim = answer.GetClaim()
	}
	return claim, nil
}

func onDay(month, day int32) *sanadv1.Date {
	return &sanadv1.Date{Year: demoYear, Month: month, Day: day}
}

func dinars(amount string) *sanadv1.Money {
	return &sanadv1.Money{CurrencyCode: demoCurrency, Amount: amount}
}

// showCover asks whether a member is covered before she pays and after, and what to pay to stay so.
func (s *show) showCover(ctx context.Context) error {
	her, err := s.join(ctx, 0, "Salma Tarawneh", &sanadv1.Date{Year: 1991, Month: 6, Day: 3}, nil)
	if err != nil {
		return err
	}
	s.section("Cover")
	if err := s.sayCover(ctx, her, nil, "before she pays"); err != nil {
		return err
	}
	if err := her.give(ctx, onDay(3, 1), "60.000"); err != nil {
		return err
	}
	s.say("on 2026-03-01 she pays 60.000 JOD, of which 18.000 buys health cover at 0.500 a day")
	if err := s.sayCover(ctx, her, onDay(3, 25), "after it"); err != nil {
		return err
	}
	clinic, err := her.entitlement(ctx, "health", onDay(3, 25), sanadv1.Audience_AUDIENCE_PROVIDER)
	if err != nil {
		return err
	}
	s.say("a clinic is told: covered %s, until %s; reasons %d, payments and advice none", yes(clinic.GetCovered()), dayText(clinic.GetUntil()), len(clinic.GetReasons()))
	return s.showClinic(ctx, her)
}

// sayCover says what she herself is told, with the text that is sent to her.
func (s *show) sayCover(ctx context.Context, her character, on *sanadv1.Date, when string) error {
	e, err := her.entitlement(ctx, "health", on, sanadv1.Audience_AUDIENCE_MEMBER)
	if err != nil {
		return err
	}
	var codes []string
	for _, reason := range e.GetReasons() {
		codes = append(codes, reason.GetCode())
	}
	s.say("%s, %s: covered %s (%s)", dayText(e.GetOn()), when, yes(e.GetCovered()), strings.Join(codes, ", "))
	if pay := e.GetAdvice(); pay != nil {
		s.say("  the least that changes it: %s", duesText(pay))
	}
	for _, language := range []string{"en", "fr", "ar"} {
		s.say("  %s  %s", language, e.GetTexts()[language])
	}
	return nil
}

// showClinic lets the clinic claim for what it did, one line too dear.
func (s *show) showClinic(ctx context.Context, her character) error {
	s.section("A clinic's claim")
	_, err := sanadv1.NewClaimServiceClient(her.server.conn).SetProvider(ctx, &sanadv1.SetProviderRequest{Provider: &sanadv1.Provider{
		Id: demoClinic, Name: "Clinic of the demo", Level: "clinic",
	}})
	if err != nil {
		return err
	}
	claim, err := her.submit(ctx, &sanadv1.ClaimSubmission{
		Reference: "bill-1-" + her.number, As: sanadv1.ClaimRole_CLAIM_ROLE_PROVIDER, Provider: demoClinic, Benefit: "care",
		Event: &sanadv1.ClaimEvent{Kind: sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_ILLNESS, On: onDay(3, 25)},
		Lines: []*sanadv1.ClaimLine{
			{Item: "CONS-1", On: onDay(3, 25), Amount: dinars("6.000")},
			{Item: "LAB-1", On: onDay(3, 25), Amount: dinars("3.500")},
			{Item: "MED-1", On: onDay(3, 25), Amount: dinars("5.000")},
		},
	}, demoDoctor)
	if err != nil {
		return err
	}
	s.sayClaim(claim)
	return s.owes(claim, demoClinicPhone)
}

// sayClaim prints a claim line by line, with what each reduction took and why.
func (s *show) sayClaim(claim *sanadv1.Claim) {
	decision := claim.GetDecision()
	rows := newTable("  ", "item", ">asked", ">granted", "why")
	for _, line := range decision.GetLines() {
		var why []string
		for _, r := range line.GetReductions() {
			why = append(why, reduction(r))
		}
		rows.row(line.GetItem(), line.GetAsked().GetAmount(), line.GetGranted().GetAmount(), strings.Join(why, "; "))
	}
	rows.print(s.env.Out)
	s.say("%s by version %d of the rules; one may object to %s within %d days", word(claim.GetState()), decision.GetVersion(),
		decision.GetAppealTo(), decision.GetAppealDays())
	for _, owed := range claim.GetOwed() {
		s.say("owed to %s: %s, borne by %s", kindOf(owed.GetPayee()), money(owed.GetBooked()), owed.GetBearer())
	}
}

// reduction says why, and what it took where it took anything.
func reduction(r *sanadv1.ClaimReduction) string {
	if minor, err := minorOf(r.GetTook()); err == nil && minor == 0 {
		return r.GetReason()
	}
	return fmt.Sprintf("%s took %s by %s", r.GetReason(), r.GetTook().GetAmount(), r.GetRule())
}

// kindOf is what a party is, without whose it is.
func kindOf(party string) string {
	kind, id, _ := strings.Cut(party, ":")
	if kind == "provider" {
		return id
	}
	return "the " + kind
}

// showBirth lets a member give birth: a grant in instalments as evidence comes, and pay for fourteen weeks.
func (s *show) showBirth(ctx context.Context) error {
	s.section("A birth")
	her, err := s.join(ctx, 1, "Huda Obeidat", &sanadv1.Date{Year: 1996, Month: 2, Day: 11}, &sanadv1.Facts{
		Sex: sanadv1.Sex_SEX_FEMALE, Declared: []*sanadv1.Declaration{{Name: "income", Value: "240", From: onDay(1, 1), Evidence: sanadv1.Evidence_EVIDENCE_STATED}},
	})
	if err != nil {
		return err
	}
	for month := int32(1); month <= 3; month++ {
		if err := her.give(ctx, onDay(month, 5), "12.000"); err != nil {
			return err
		}
	}
	born := &sanadv1.ClaimEvent{Id: "birth-" + her.number, Kind: sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_BIRTH, On: onDay(4, 10), FirstDay: onDay(4, 10), LastDay: onDay(7, 16)}
	grant, err := her.submit(ctx, &sanadv1.ClaimSubmission{
		Reference: "grant-" + her.number, As: sanadv1.ClaimRole_CLAIM_ROLE_MEMBER, Benefit: "birth_grant", Event: born,
		Evidence: []*sanadv1.ClaimEvidence{
			{Event: "antenatal-visit", Missed: sanadv1.ClaimMissed_CLAIM_MISSED_NO_CLINIC, By: "midwife of the village"},
			{Event: "birth", On: onDay(4, 10), By: "midwife of the village"},
		},
	}, demoClerk)
	if err != nil {
		return err
	}
	s.say("she paid 12.000 in each of three months; a midwife's word is all that is asked for")
	s.sayClaim(grant)
	if err := s.owes(grant, her.phone); err != nil {
		return err
	}
	pay, err := her.submit(ctx, &sanadv1.ClaimSubmission{
		Reference: "pay-" + her.number, As: sanadv1.ClaimRole_CLAIM_ROLE_MEMBER, Benefit: "maternity_pay", Event: born,
		Evidence: []*sanadv1.ClaimEvidence{{Event: "birth", On: onDay(4, 10), By: "midwife of the village"}},
	}, demoClerk)
	if err != nil {
		return err
	}
	waits := pay.GetState() == sanadv1.ClaimState_CLAIM_STATE_AWAITING_APPROVAL
	if pay, err = her.approve(ctx, pay, demoApprover, demoApprover2); err != nil {
		return err
	}
	if waits {
		s.say("pay in maternity is above what one may grant alone: %s proposed it, %s carried it out", pay.GetApproval().GetMaker(), pay.GetApproval().GetApprover())
	}
	s.sayClaim(pay)
	return s.owes(pay, her.phone)
}

// showReplay judges every decision again from what was kept with it.
func (s *show) showReplay(ctx context.Context) (equal bool, err error) {
	s.section("Every decision judged again")
	request := &sanadv1.ReplayDecisionsRequest{PageSize: 1000}
	var same, other int64
	var different []string
	for {
		page, err := sanadv1.NewClaimServiceClient(s.house.server.conn).ReplayDecisions(ctx, request)
		if err != nil {
			return false, err
		}
		same, other, different = same+page.GetEqual(), other+page.GetOther(), append(different, page.GetDifferent()...)
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	s.say("%d came out the same from the facts kept with them, byte for byte; %d otherwise", same, len(different))
	return len(different) == 0 && other == 0 && same > 0, nil
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
