package scenario

import (
	"errors"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

// ofObjections are the sentences about appeals, and about deaths that were real or not.
var ofObjections = []command{
	{form: "<member> is not in category <word:category> from <day:first> after all, because of <word:correction>", do: (*stage).notInCategory,
		says: "huda takes the category off her file; why is better-evidence, own-error, office-error or fraud"},
	{form: "<member> appeals in case <word:case> against what was decided of category <word:category>", do: (*stage).appeal, says: "a case is filed in her name"},
	{form: "case <word:case> is given to <word:judge>", do: (*stage).assign, says: "who judges it; nobody who took part in the decision"},
	{form: "<word:judge> grants case <word:case>: category <word:category> from <day:first>", do: (*stage).grantCase, says: "the fact is put on her file, and money follows it"},
	{form: "<word:judge> dismisses case <word:case>", do: (*stage).dismissCase, says: "the decision stands, and what waited for the judgement follows it"},
	{form: "case <word:case> is <word:state>", then: true, do: (*stage).caseStands, says: "filed, assigned, granted, partly-granted, dismissed or withdrawn"},
	{form: "<word:by> enters that <member> has died on <day:died>", do: (*stage).markDeath, says: "a mark, by one person"},
	{form: "<word:by> tells <member> that she is said to have died", do: (*stage).notifyDeath, says: "from then on payouts in cash to her wait, and nothing else does"},
	{form: "<word:by> confirms the death of <member>", do: (*stage).confirmDeath, says: "another person than who has entered it"},
	{form: "the death of <member> is undone", do: (*stage).undoDeath, says: "she lives: by one person while it is a mark, by two once it is confirmed"},
	{form: "the death of <member> has opened <money> of <word:scheme>[ for <word:benefit>]", then: true, do: (*stage).hasOpened,
		says: "what was decided for those left behind when her death was confirmed: of what she has saved, with the first month of pensions, or of a benefit"},
	{form: "the death of <member> has opened nothing of <word:scheme>[ for <word:benefit>] because <reason>", then: true, do: (*stage).hasOpenedNothing,
		says: "why nothing was decided, or all was refused"},
	{form: "<member:dependant> of <member> is owed <money> in <word:scheme>, and nobody has said who is paid", then: true, do: (*stage).owedByName,
		says: "what stands in the name of somebody left behind until a payee is known, such as a minor's guardian"},
	{form: "<money> had been paid for the death of <member>", then: true, do: (*stage).hadBeenPaid,
		says: "what was paid out before her death was undone: it stands, and the fund bears it"},
	{form: "payouts to <member> wait", then: true, do: (*stage).payoutsWait, says: "a hold stands on what is paid to her"},
	{form: "payouts to <member> do not wait", then: true, do: (*stage).payoutsGo, says: "none does"},
}

func (s *stage) cases() sanadv1.CaseServiceClient { return sanadv1.NewCaseServiceClient(s.connection) }
func (s *stage) deaths() sanadv1.DeathServiceClient {
	return sanadv1.NewDeathServiceClient(s.connection)
}

func (s *stage) notInCategory(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	first, err := g.when("first")
	if err != nil {
		return err
	}
	why, ok := sanadv1.Correction_value["CORRECTION_"+constant(g.of("correction"))]
	if !ok {
		return g.wrong("write better-evidence, own-error, office-error or fraud")
	}
	_, err = s.members.RecordFacts(s.ctx, &sanadv1.RecordFactsRequest{MemberId: id, Person: two[0], Correction: sanadv1.Correction(why),
		TakeBack: []*sanadv1.FactName{{Kind: sanadv1.FactKind_FACT_KIND_CATEGORY, Name: g.of("category"), From: dateOf(first)}}})
	return err
}

func (s *stage) appeal(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	answer, err := s.cases().FileCase(s.ctx, &sanadv1.FileCaseRequest{RequestId: g.of("case"), Kind: sanadv1.CaseKind_CASE_KIND_APPEAL, MemberId: id,
		FiledBy: sanadv1.CaseRole_CASE_ROLE_MEMBER, Text: "It is not so.",
		Against: &sanadv1.CaseAgainst{Kind: sanadv1.DecisionKind_DECISION_KIND_CATEGORY, Subject: g.of("category")}})
	s.named["case "+g.of("case")] = answer.GetCase().GetId()
	return err
}

// filed is the id of the case that the line is about.
func (s *stage) filed(g given) (string, error) {
	id := s.named["case "+g.of("case")]
	if id == "" {
		return "", g.wrong("no case is called %s", g.of("case"))
	}
	return id, nil
}

func (s *stage) assign(g given) error {
	id, err := s.filed(g)
	if err != nil {
		return err
	}
	_, err = s.cases().AssignCase(s.ctx, &sanadv1.AssignCaseRequest{CaseId: id, Judge: g.of("judge")})
	return err
}

func (s *stage) grantCase(g given) error {
	first, err := g.when("first")
	if err != nil {
		return err
	}
	return s.judgeCase(g, sanadv1.CaseState_CASE_STATE_GRANTED, &sanadv1.Facts{Categories: []*sanadv1.Category{
		{Name: g.of("category"), From: dateOf(first), Evidence: sanadv1.Evidence_EVIDENCE_DOCUMENT}}})
}

func (s *stage) dismissCase(g given) error {
	return s.judgeCase(g, sanadv1.CaseState_CASE_STATE_DISMISSED, nil)
}

func (s *stage) judgeCase(g given, outcome sanadv1.CaseState, facts *sanadv1.Facts) error {
	id, err := s.filed(g)
	if err != nil {
		return err
	}
	_, err = s.cases().DecideCase(s.ctx, &sanadv1.DecideCaseRequest{CaseId: id, Judge: g.of("judge"), Outcome: outcome,
		Reason: "EVIDENCE_LOOKED_AT", Text: "It was looked at.", Facts: facts})
	return err
}

func (s *stage) caseStands(g given) error {
	id, err := s.filed(g)
	if err != nil {
		return err
	}
	answer, err := s.cases().GetCase(s.ctx, &sanadv1.GetCaseRequest{CaseId: id})
	if err != nil {
		return err
	}
	return expect(g.of("state"), word(answer.GetCase().GetState().String(), "CASE_STATE_"))
}

func (s *stage) markDeath(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	on, err := g.when("died")
	if err != nil {
		return err
	}
	_, err = s.deaths().MarkDeath(s.ctx, &sanadv1.MarkDeathRequest{MemberId: id, Person: g.of("by"),
		Death: &sanadv1.Death{On: dateOf(on), Source: "village", Evidence: sanadv1.Evidence_EVIDENCE_VOUCHED}})
	return err
}

func (s *stage) notifyDeath(g given) error {
	id, err := s.member(g, "member")
	if err == nil {
		_, err = s.deaths().NotifyDeath(s.ctx, &sanadv1.NotifyDeathRequest{MemberId: id, Person: g.of("by")})
	}
	return err
}

func (s *stage) confirmDeath(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	answer, err := s.deaths().ConfirmDeath(s.ctx, &sanadv1.ConfirmDeathRequest{MemberId: id, Person: g.of("by")})
	if err == nil {
		s.opened[g.of("member")] = answer.GetOpened()
	}
	return err
}

// openedIn is what the death has opened of a scheme, or of a benefit of it.
func (s *stage) openedIn(g given) (*sanadv1.OpenedClaim, error) {
	for _, o := range s.opened[g.of("member")] {
		if o.GetScheme() == g.of("scheme") && o.GetBenefit() == g.of("benefit") {
			return o, nil
		}
	}
	return nil, errors.New("nothing was opened there")
}

func (s *stage) hasOpened(g given) error {
	want, err := s.money(g, "money")
	if err != nil {
		return err
	}
	o, err := s.openedIn(g)
	if err != nil {
		return err
	}
	return expect(said(want), said(o.GetGranted()))
}

func (s *stage) hasOpenedNothing(g given) error {
	o, err := s.openedIn(g)
	if err != nil {
		return err
	}
	return expect(g.of("reason"), o.GetReason())
}

func (s *stage) owedByName(g given) error {
	want, err := s.money(g, "money")
	if err != nil {
		return err
	}
	for _, o := range s.opened[g.of("member")] {
		for _, a := range o.GetAwaited() {
			if a.GetPerson() == strings.ToLower(g.of("dependant")) {
				return s.stands2500(a.GetParty(), g.of("scheme"), want)
			}
		}
	}
	return errors.New("nobody of that name is awaited")
}

// stands2500 looks at what is payable to a party in a scheme.
func (s *stage) stands2500(party, scheme string, want *sanadv1.Money) error {
	answer, err := s.books.GetBalances(s.ctx, &sanadv1.GetBalancesRequest{Parties: []string{party}})
	if err != nil {
		return err
	}
	for _, b := range answer.GetBalances() {
		if a := b.GetAccount(); a.GetCode() == int32(ledger.BenefitsPayable) && a.GetScheme() == scheme {
			return expect(said(want), said(b.GetBalance()))
		}
	}
	return errors.New("nothing stands there")
}

func (s *stage) hadBeenPaid(g given) error {
	want, err := s.money(g, "money")
	if err != nil {
		return err
	}
	sum := ledger.Money{Currency: ledger.Currency(want.GetCurrencyCode())}
	for _, p := range s.paid[g.of("member")] {
		m, err := ledger.ParseMoney(sum.Currency, p.GetAmount().GetAmount())
		if err != nil {
			return err
		}
		sum.Minor += m.Minor
	}
	return expect(said(want), sum.Amount()+" "+string(sum.Currency))
}

func (s *stage) undoDeath(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	for _, person := range two {
		answer, err := s.deaths().UndoDeath(s.ctx, &sanadv1.UndoDeathRequest{MemberId: id, Person: person})
		if err != nil || answer.GetDeath() == nil {
			s.paid[g.of("member")] = answer.GetPaid()
			return err
		}
	}
	return errors.New("two people were not enough")
}

// standingHold says whether payouts to her are held.
func (s *stage) standingHold(g given) (string, error) {
	id, err := s.member(g, "member")
	if err != nil {
		return "", err
	}
	answer, err := sanadv1.NewPayoutServiceClient(s.connection).ListHolds(s.ctx, &sanadv1.ListHoldsRequest{Party: "member:" + id})
	for _, hold := range answer.GetHolds() {
		if hold.GetReleasedAt() == nil {
			return "they wait", err
		}
	}
	return "they do not wait", err
}

func (s *stage) payoutsWait(g given) error {
	got, err := s.standingHold(g)
	if err != nil {
		return err
	}
	return expect("they wait", got)
}

func (s *stage) payoutsGo(g given) error {
	got, err := s.standingHold(g)
	if err != nil {
		return err
	}
	return expect("they do not wait", got)
}
