package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/claims"
)

// ofClaims are the sentences about benefits: what is claimed, what is decided, and why.
var ofClaims = []command{
	{form: "provider <word:provider>[ of level <word:level>]", do: (*stage).setProvider, says: "a clinic, hospital or pharmacy"},
	{form: "a claim <word:claim> of <member> for <word:benefit> of <word:scheme> for <word:event> on <day:eventday>[ from <day:first>][ to <day:last>]", do: (*stage).claim,
		says: "a member's own claim for cash; claims of one kind of event on one day are about the same event; drawn up on the day: what happened (illness, accident, work-accident, pregnancy, birth, stillbirth, miscarriage, adoption, disability, death, childhood), when, and for which days"},
	{form: "a bill <word:claim> of <word:provider> for <member> under <word:benefit> of <word:scheme> for <word:event> on <day:eventday>", do: (*stage).bill,
		says: "a provider's claim for care given to her"},
	{form: "<word:claim> asks <money> for <word:item>[ on <day:at>][, of care <word:care>][, at level <word:level>][, sent by a lower level]", do: (*stage).asks, says: "a line of a bill, on the day of the event where no other is named; what is on no price list says what kind of care it is"},
	{form: "<word:claim> asks <money>", do: (*stage).asksAll, says: "the cost that a claim asks to be repaid"},
	{form: "<word:claim> is an emergency", do: (*stage).isEmergency, says: "the care could not wait"},
	{form: "<word:claim> is for <number:children> children", do: (*stage).children, says: "how many were born or adopted"},
	{form: "<word:claim> shows <word:evidence>[ on <day:at>]", do: (*stage).shows, says: "evidence: an antenatal-visit, a birth, a vaccination, by any health worker's word"},
	{form: "<word:claim> shows why no <word:evidence>: <word:missed>", do: (*stage).missed, says: "a stage that could not take place counts as met: no-clinic or no-child"},
	{form: "<word:claim> is handed in", do: (*stage).handIn, says: "the claim is submitted as it is drawn up, received on the day of the line"},
	{form: "<word:claim> is judged again", do: (*stage).judgeAgain, says: "a claim that waits is judged with the evidence it shows meanwhile"},
	{form: "<word:claim> is approved", do: (*stage).approve, says: "by as many people as the scheme asks for"},
	{form: "<word:claim> is withdrawn", do: (*stage).withdraw, says: "by who handed it in"},
	{form: "the instalments are run through <day>", do: (*stage).instalments, says: "what is paid by the month is judged and booked"},
	{form: "<word:claim> is granted <money>[ of <money:asked>][ for <number:days> days]", then: true, do: (*stage).isGranted, says: "what was decided, of what was asked for, for how many days"},
	{form: "<word:claim> is reduced by <money> because <reason>", then: true, do: (*stage).isReduced, says: "what one reason took away"},
	{form: "<word:claim> is <word:state>", then: true, do: (*stage).claimStands, says: "pending, preauthorised, awaiting-approval, approved, refused, settled or withdrawn"},
	{form: "<word:claim> waits for <reason>", then: true, do: (*stage).waitsFor, says: "what a pending claim lacks"},
	{form: "every decision judged again is the same", then: true, do: (*stage).replay, says: "replaying every recorded decision from what was kept gives the same to the byte"},
}

func (s *stage) claims() sanadv1.ClaimServiceClient {
	return sanadv1.NewClaimServiceClient(s.connection)
}

func (s *stage) setProvider(g given) error {
	_, err := s.claims().SetProvider(s.ctx, &sanadv1.SetProviderRequest{Provider: &sanadv1.Provider{
		Id: g.of("provider"), Name: g.of("provider"), Level: g.of("level"), PayTo: "bank:" + g.of("provider")}})
	return err
}

// drawn is a claim that is drawn up, and where it was handed in, its id.
type drawn struct {
	*sanadv1.ClaimSubmission
	id string
}

// draw begins a claim.
func (s *stage) draw(g given) (*drawn, error) {
	id, err := s.member(g, "member")
	if err != nil {
		return nil, err
	}
	kind, ok := sanadv1.ClaimEventKind_value["CLAIM_EVENT_KIND_"+constant(g.words["event"])]
	at := g.words["eventday"]
	if !ok {
		return nil, g.wrong("no event is called %s", g.words["event"])
	}
	on, err := ledger.ParseDate(at)
	if err != nil {
		return nil, g.wrong("there is no day %s", at)
	}
	event := &sanadv1.ClaimEvent{Id: g.of("event") + "-" + at, Kind: sanadv1.ClaimEventKind(kind), On: dateOf(on)}
	for name, day := range map[string]**sanadv1.Date{"first": &event.FirstDay, "last": &event.LastDay} {
		if g.has(name) {
			on, err := g.when(name)
			if err != nil {
				return nil, err
			}
			*day = dateOf(on)
		}
	}
	d := &drawn{ClaimSubmission: &sanadv1.ClaimSubmission{Reference: g.of("claim"), As: sanadv1.ClaimRole_CLAIM_ROLE_MEMBER, Scheme: g.of("scheme"),
		Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: id}}, Benefit: g.of("benefit"), Event: event}}
	s.drawn[g.of("claim")] = d
	return d, nil
}

// constant is a word as the contract's constants have it.
func constant(word string) string { return strings.ToUpper(strings.ReplaceAll(word, "-", "_")) }

// word is a constant of the contract as stories write it.
func word(constant, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(constant, prefix), "_", "-"))
}

func (s *stage) claim(g given) error {
	_, err := s.draw(g)
	return err
}

func (s *stage) bill(g given) error {
	d, err := s.draw(g)
	if err == nil {
		d.As, d.Provider = sanadv1.ClaimRole_CLAIM_ROLE_PROVIDER, g.of("provider")
	}
	return err
}

// drawnUp is the claim that the line is about.
func (s *stage) drawnUp(g given) (*drawn, error) {
	d, ok := s.drawn[g.of("claim")]
	if !ok {
		return nil, g.wrong("no claim is called %s", g.of("claim"))
	}
	return d, nil
}

func (s *stage) asks(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	amount, err := s.money(g, "money")
	if err != nil {
		return err
	}
	l := &sanadv1.ClaimLine{Item: g.of("item"), On: d.Event.GetOn(), Amount: amount, Care: g.of("care"), Level: g.of("level"), Referred: strings.HasSuffix(g.line.text, "sent by a lower level")}
	if g.has("at") {
		on, err := g.when("at")
		if err != nil {
			return err
		}
		l.On = dateOf(on)
	}
	d.Lines = append(d.Lines, l)
	return nil
}

func (s *stage) asksAll(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	d.Amount, err = s.money(g, "money")
	return err
}

func (s *stage) isEmergency(g given) error {
	d, err := s.drawnUp(g)
	if err == nil {
		d.Event.Emergency = true
	}
	return err
}

func (s *stage) children(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(g.of("children"))
	d.Event.Children = int32(n)
	return err
}

func (s *stage) shows(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	on, err := g.when("at")
	if err != nil {
		return err
	}
	d.Evidence = append(d.Evidence, &sanadv1.ClaimEvidence{Event: g.of("evidence"), On: dateOf(on), By: "midwife"})
	return nil
}

func (s *stage) missed(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	why, ok := sanadv1.ClaimMissed_value["CLAIM_MISSED_"+constant(g.of("missed"))]
	if !ok {
		return g.wrong("write no-clinic or no-child")
	}
	d.Evidence = append(d.Evidence, &sanadv1.ClaimEvidence{Event: g.of("evidence"), Missed: sanadv1.ClaimMissed(why), By: "midwife"})
	return nil
}

func (s *stage) handIn(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	on, err := g.when("day")
	if err != nil {
		return err
	}
	d.ReceivedOn = dateOf(on)
	answer, err := s.claims().SubmitClaim(s.ctx, &sanadv1.SubmitClaimRequest{Claim: d.ClaimSubmission, Person: "clerk"})
	d.id = answer.GetClaim().GetId()
	return err
}

func (s *stage) judgeAgain(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	_, err = s.claims().AdjudicateClaim(s.ctx, &sanadv1.AdjudicateClaimRequest{ClaimId: d.id, Evidence: d.Evidence, Person: "clerk"})
	return err
}

func (s *stage) approve(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	for _, person := range two {
		answer, err := s.claims().ApproveClaim(s.ctx, &sanadv1.ApproveClaimRequest{ClaimId: d.id, Person: person})
		if err != nil {
			return err
		}
		if answer.GetClaim().GetState() != sanadv1.ClaimState_CLAIM_STATE_AWAITING_APPROVAL {
			return nil
		}
	}
	return nil
}

func (s *stage) withdraw(g given) error {
	d, err := s.drawnUp(g)
	if err != nil {
		return err
	}
	_, err = s.claims().WithdrawClaim(s.ctx, &sanadv1.WithdrawClaimRequest{ClaimId: d.id, Person: "clerk"})
	return err
}

func (s *stage) instalments(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	_, err = s.institution.Claims.RunInstalments(s.ctx, on, func(claims.Run) {})
	return err
}

// judgedClaim is the claim as it stands, with the decision that counts or is proposed.
func (s *stage) judgedClaim(g given) (*sanadv1.Claim, *sanadv1.ClaimDecision, error) {
	d, err := s.drawnUp(g)
	if err != nil {
		return nil, nil, err
	}
	answer, err := s.claims().GetClaim(s.ctx, &sanadv1.GetClaimRequest{ClaimId: d.id})
	c := answer.GetClaim()
	if decision := c.GetDecision(); decision != nil {
		return c, decision, err
	}
	return c, c.GetProposed(), err
}

func (s *stage) isGranted(g given) error {
	c, decision, err := s.judgedClaim(g)
	if err != nil {
		return err
	}
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	got := said(decision.GetGranted())
	if g.has("asked") {
		asked, err := s.wanted(g, "asked")
		if err != nil {
			return err
		}
		want, got = want+" of "+asked, got+" of "+said(c.GetAsked())
	}
	if g.has("days") {
		days := int64(0)
		for _, l := range decision.GetLines() {
			days += l.GetDays()
		}
		want, got = fmt.Sprintf("%s for %s days", want, g.of("days")), fmt.Sprintf("%s for %d days", got, days)
	}
	if want == got {
		return nil
	}
	return mismatch{want, got + reasonsOf(c, decision)}
}

// reasonsOf are why a claim was not granted in full, to be shown beside a figure that is not as expected.
func reasonsOf(c *sanadv1.Claim, decision *sanadv1.ClaimDecision) string {
	var all []string
	for _, l := range decision.GetLines() {
		for _, r := range l.GetReductions() {
			all = append(all, fmt.Sprintf("%s %s by %s", l.GetItem(), r.GetReason(), said(r.GetTook())))
		}
	}
	for _, lack := range c.GetLacks() {
		all = append(all, "waits for "+lack.GetCode())
	}
	return fmt.Sprintf(" (%s: %s)", word(c.GetState().String(), "CLAIM_STATE_"), strings.Join(all, ", "))
}

func (s *stage) isReduced(g given) error {
	want, err := s.money(g, "money")
	if err != nil {
		return err
	}
	c, decision, err := s.judgedClaim(g)
	if err != nil {
		return err
	}
	sum := ledger.Money{Currency: ledger.Currency(want.GetCurrencyCode())}
	for _, l := range decision.GetLines() {
		for _, r := range l.GetReductions() {
			if r.GetReason() != g.of("reason") {
				continue
			}
			m, err := ledger.ParseMoney(sum.Currency, r.GetTook().GetAmount())
			if err != nil {
				return err
			}
			sum.Minor += m.Minor
		}
	}
	if got := sum.Amount() + " " + string(sum.Currency); got != said(want) {
		return mismatch{said(want), got + reasonsOf(c, decision)}
	}
	return nil
}

func (s *stage) claimStands(g given) error {
	c, decision, err := s.judgedClaim(g)
	if err != nil {
		return err
	}
	if got := word(c.GetState().String(), "CLAIM_STATE_"); got != g.of("state") {
		return mismatch{g.of("state"), got + reasonsOf(c, decision)}
	}
	return nil
}

func (s *stage) waitsFor(g given) error {
	c, decision, err := s.judgedClaim(g)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(c.GetLacks(), func(l *sanadv1.ClaimLack) bool { return l.GetCode() == g.of("reason") }) {
		return mismatch{"waits for " + g.of("reason"), strings.TrimSpace(reasonsOf(c, decision))}
	}
	return nil
}

func (s *stage) replay(given) error {
	answer, err := s.claims().ReplayDecisions(s.ctx, &sanadv1.ReplayDecisionsRequest{PageSize: 1000})
	if err != nil {
		return err
	}
	if answer.GetEqual() == 0 {
		return mismatch{"decisions", "there are none"}
	}
	return expect("none differs", map[bool]string{true: "none differs"}[len(answer.GetDifferent()) == 0])
}
