package scenario

import (
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// ofMoneyIn are the sentences about what collectors take in.
var ofMoneyIn = []command{
	{form: "<member> pays <money> by <word:collector>[ to <word:scheme>][ for account <word:account>][, dated <day:dated>][ as <word:reference>]", do: (*stage).pays,
		says: "a contribution of her own; the reference names it, for what happens to it later; dated is another value date than the day of the line"},
	{form: "<person:payer> pays <money> for <member> by <word:collector>[ to <word:scheme>] as <word:kind>[ <word:reference>]", do: (*stage).paysFor,
		says: "somebody else pays for her: as family, sponsor or cooperative"},
	{form: "somebody pays <money> for <text> by <word:collector>[ to <word:scheme>][ as <word:reference>]", do: (*stage).paysForText,
		says: "a payer typed this number, phone or document as for whom it is"},
	{form: "<word:collector> sends <word:reference> again", do: (*stage).sendAgain, says: "the same message once more, as after a lost answer"},
	{form: "<word:collector> sends <word:reference> again, but of <money>", do: (*stage).sendOther, says: "the same reference with another content"},
	{form: "<word:collector> takes back <word:reference>[ of <money>]", do: (*stage).takeBack, says: "the collector reverses a contribution"},
	{form: "<word:collector> remits <money> to <word:bank>", do: (*stage).remit, says: "what it has taken in goes to a bank account of the institution"},
	{form: "<word:reference> is given to <member>[ in <word:scheme>] because <reason>", do: (*stage).reassign,
		says: "two people move a contribution to the member it belongs to, with its value date"},
	{form: "<word:reference> is posted to <member>", then: true, do: (*stage).isPosted, says: "the contribution stands with her"},
	{form: "<word:reference> waits in suspense: <reason>", then: true, do: (*stage).isSuspended, says: "the contribution stands in its collector's suspense, and why"},
	{form: "<word:reference> is taken back", then: true, do: (*stage).isReversed, says: "the contribution has been reversed"},
	{form: "<word:reference> was answered with <reason>", then: true, do: (*stage).wasAnswered, says: "the reason that its receipt bears"},
}

// contribution is what the line says of one.
func (s *stage) contribution(g given, to *sanadv1.MemberReference) (*sanadv1.Contribution, error) {
	on, err := g.when("dated")
	if err != nil {
		return nil, err
	}
	amount, err := s.money(g, "money")
	if err != nil {
		return nil, err
	}
	scheme := g.of("scheme")
	if scheme == "" {
		scheme = s.named["scheme of "+g.of("collector")]
	}
	reference := g.of("reference")
	if reference == "" {
		reference = s.next("payment")
	}
	return &sanadv1.Contribution{Collector: g.of("collector"), Reference: reference, Member: to, Scheme: g.of("scheme"), Amount: amount,
		ValueTime: s.noon(scheme, on), Account: g.of("account")}, nil
}

func (s *stage) post(c *sanadv1.Contribution) error {
	answer, err := s.contributions.PostContribution(s.ctx, &sanadv1.PostContributionRequest{Contribution: c})
	if err != nil {
		return err
	}
	s.sent[c.GetReference()] = c
	s.receipts[c.GetReference()] = answer.GetReceipt().GetId()
	s.kept["answer to "+c.GetReference()] = answer.GetReceipt().GetReason()
	return nil
}

func (s *stage) pays(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	c, err := s.contribution(g, &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: id}})
	if err != nil {
		return err
	}
	return s.post(c)
}

func (s *stage) paysFor(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	c, err := s.contribution(g, &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: id}})
	if err != nil {
		return err
	}
	kind, ok := sanadv1.PayerKind_value["PAYER_KIND_"+strings.ToUpper(g.of("kind"))]
	if !ok {
		return g.wrong("write as family, as sponsor or as cooperative")
	}
	c.Payer, c.PayerKind = g.of("payer"), sanadv1.PayerKind(kind)
	return s.post(c)
}

func (s *stage) paysForText(g given) error {
	c, err := s.contribution(g, &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Typed{Typed: g.text("text")}})
	if err != nil {
		return err
	}
	return s.post(c)
}

// message is what was sent under a reference.
func (s *stage) message(g given) (*sanadv1.Contribution, error) {
	c, ok := s.sent[g.of("reference")]
	if !ok {
		return nil, g.wrong("nothing was sent as %s", g.of("reference"))
	}
	return c, nil
}

func (s *stage) sendAgain(g given) error {
	c, err := s.message(g)
	if err != nil {
		return err
	}
	return s.post(c)
}

func (s *stage) sendOther(g given) error {
	c, err := s.message(g)
	if err != nil {
		return err
	}
	amount, err := s.money(g, "money")
	if err != nil {
		return err
	}
	return s.post(&sanadv1.Contribution{Collector: c.GetCollector(), Reference: c.GetReference(), Member: c.GetMember(), Scheme: c.GetScheme(),
		Amount: amount, ValueTime: c.GetValueTime()})
}

func (s *stage) takeBack(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	r := &sanadv1.Reversal{Collector: g.of("collector"), Reference: "back-" + g.of("reference"), OriginalReference: g.of("reference"), ValueTime: s.noon("", on)}
	if c, ok := s.sent[g.of("reference")]; ok {
		r.Amount = c.GetAmount()
	}
	if g.has("money") {
		if r.Amount, err = s.money(g, "money"); err != nil {
			return err
		}
	}
	if r.Amount == nil {
		return g.wrong("nothing was sent as %s yet: say how much is taken back", g.of("reference"))
	}
	_, err = s.contributions.ReverseContribution(s.ctx, &sanadv1.ReverseContributionRequest{Reversal: r})
	return err
}

func (s *stage) remit(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	amount, err := s.money(g, "money")
	if err != nil {
		return err
	}
	w := &sanadv1.Withdrawal{Collector: g.of("collector"), Reference: s.next("withdrawal"), Amount: amount, BankAccount: g.of("bank"), ValueTime: s.noon("", on)}
	stream, err := s.contributions.StreamContributions(s.ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(&sanadv1.StreamContributionsRequest{Item: &sanadv1.StreamContributionsRequest_Withdrawal{Withdrawal: w}}); err != nil {
		return err
	}
	answer, err := stream.Recv()
	if err != nil {
		return err
	}
	if r := answer.GetResult().GetRefusal(); r != nil {
		return refusal{r}
	}
	return stream.CloseSend()
}

func (s *stage) reassign(g given) error {
	to, err := s.member(g, "member")
	if err != nil {
		return err
	}
	for _, person := range two {
		_, err := s.contributions.ReassignContribution(s.ctx, &sanadv1.ReassignContributionRequest{
			ContributionId: s.receipts[g.of("reference")], MemberId: to, Scheme: g.of("scheme"), Reason: g.of("reason"), Person: person})
		if err != nil {
			return err
		}
	}
	return nil
}

// stands says where a contribution stands now.
func (s *stage) stands(g given) (string, error) {
	id, ok := s.receipts[g.of("reference")]
	if !ok {
		return "", g.wrong("nothing was sent as %s", g.of("reference"))
	}
	answer, err := s.contributions.GetContribution(s.ctx, &sanadv1.GetContributionRequest{ContributionId: id})
	if err != nil {
		return "", err
	}
	r := answer.GetReceipt()
	switch r.GetState() {
	case sanadv1.ContributionState_CONTRIBUTION_STATE_POSTED:
		return "posted to " + s.nameOf(r.GetMemberId()), nil
	case sanadv1.ContributionState_CONTRIBUTION_STATE_SUSPENSE:
		return "waits in suspense: " + r.GetReason(), nil
	case sanadv1.ContributionState_CONTRIBUTION_STATE_REVERSED:
		return "taken back", nil
	}
	return r.GetState().String(), nil
}

// nameOf is the story's name of a member.
func (s *stage) nameOf(id string) string {
	for name, known := range s.ids {
		if known == id {
			return name
		}
	}
	return "nobody known (" + id + ")"
}

func (s *stage) isPosted(g given) error { return s.isAt(g, "posted to "+g.of("member")) }

func (s *stage) isSuspended(g given) error { return s.isAt(g, "waits in suspense: "+g.of("reason")) }

func (s *stage) isReversed(g given) error { return s.isAt(g, "taken back") }

func (s *stage) isAt(g given, want string) error {
	got, err := s.stands(g)
	if err != nil {
		return err
	}
	return expect(want, got)
}

func (s *stage) wasAnswered(g given) error {
	return expect(g.of("reason"), s.kept["answer to "+g.of("reference")])
}
