package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/subsidy"
)

// ofSubsidies are the sentences about budgets, matching and treasury claims.
var ofSubsidies = []command{
	{form: "funder <word:funder>", do: (*stage).setFunder, says: "a ministry, donor or sponsor, with calendar years"},
	{form: "<word:funder> votes <money> for <word:scheme> <year>", do: move(sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VOTE), says: "appropriates a budget, by two people"},
	{form: "<word:funder> votes another <money> for <word:scheme> <year>", do: move(sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_SUPPLEMENT), says: "a supplementary vote"},
	{form: "<word:funder> releases <money> for <word:scheme> <year>", do: move(sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_WARRANT), says: "a warrant: what was voted may be granted"},
	{form: "<word:funder> commits <money> for <word:scheme> <year>", do: move(sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMMITMENT), says: "what was released is promised to a programme that grants in arrears"},
	{form: "the subsidy <word:subsidy> of <word:scheme> is run for <day>", do: (*stage).run, says: "judges every member for the period that the day lies in, and books the difference"},
	{form: "the queue of <word:funder> for <word:scheme> <year> is paid", do: (*stage).payQueue, says: "grants in order what was due and unmet"},
	{form: "<word:subsidy> of <word:scheme> for <member> from <day:start> is due <money:due>, granted <money:granted>[, unmet <money:unmet>]", then: true, do: (*stage).isDue,
		says: "how she stands with a subsidy in the period that begins on the day"},
	{form: "the run holds back <money>[ for <word:collector>]", then: true, do: (*stage).heldBack, says: "what the last run left until collectors remit, and for whom it waits"},
	{form: "of the budget of <word:funder> for <word:scheme> <year> <money> is <word:stage>", then: true, do: (*stage).execution,
		says: "voted, released, committed, granted, paid, left or unmet"},
	{form: "a treasury claim <word:claim> to <word:funder> for <word:scheme> is drawn up through <day>", do: (*stage).drawUp, says: "freezes what was granted through the day and not claimed yet, once the log is certain of it"},
	{form: "treasury claim <word:claim> is certified and sent", do: (*stage).sendClaim, says: "a second person certifies the treasury claim, and it is sent"},
	{form: "treasury claim <word:claim> is verified in full", do: (*stage).verifyClaim, says: "the treasury accepts every line"},
	{form: "<word:funder> pays <money> on treasury claim <word:claim> to <word:bank>", do: (*stage).payClaim, says: "money arrives for a treasury claim"},
	{form: "treasury claim <word:claim> comes to <money> in <number:lines> lines", then: true, do: (*stage).claimTotal, says: "its total and how many lines it has"},
	{form: "treasury claim <word:claim> is <word:state>", then: true, do: (*stage).claimState, says: "drawn-up, certified, sent, verified, part-paid or paid"},
}

func (s *stage) setFunder(g given) error {
	_, err := s.subsidies.SetFunder(s.ctx, &sanadv1.SetFunderRequest{Funder: &sanadv1.Funder{Id: g.of("funder"), Name: g.of("funder"), FiscalMonth: 1, FiscalDay: 1}})
	return err
}

// budgetLine is the line that the sentence is about.
func (g given) budgetLine() (*sanadv1.BudgetLine, error) {
	year, err := strconv.Atoi(g.of("year"))
	return &sanadv1.BudgetLine{Funder: g.of("funder"), Scheme: g.of("scheme"), Year: int32(year)}, err
}

func move(kind sanadv1.BudgetMovementKind) func(*stage, given) error {
	return func(s *stage, g given) error {
		on, err := g.when("day")
		if err != nil {
			return err
		}
		amount, err := s.money(g, "money")
		if err != nil {
			return err
		}
		l, err := g.budgetLine()
		if err != nil {
			return err
		}
		m := &sanadv1.BudgetMovement{Kind: kind, Reference: s.next("movement"), Line: l, Amount: amount, On: dateOf(on), Authority: "budget law"}
		for _, person := range two {
			answer, err := s.subsidies.MoveBudget(s.ctx, &sanadv1.MoveBudgetRequest{Movement: m, Person: person})
			if err != nil {
				return err
			}
			if answer.GetMovement().GetEntryId() != "" {
				return nil
			}
		}
		return nil
	}
}

func (s *stage) run(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	order := subsidy.Order{Scheme: ledger.SchemeCode(g.of("scheme")), Subsidy: g.of("subsidy"), On: on}
	done, err := s.institution.Subsidies.Run(s.ctx, order, func(match.Run) {})
	if err != nil {
		return err
	}
	currency := ledger.Currency(s.currency[g.of("scheme")])
	all := ledger.Money{Minor: done.HeldBack.Due, Currency: currency}
	s.kept["held back"] = all.Amount() + " " + string(currency)
	for _, a := range done.HeldBack.For {
		s.kept["held back "+string(a.Collector)] = "yes"
	}
	if done.Failed > 0 {
		return fmt.Errorf("%d members could not be judged", done.Failed)
	}
	return nil
}

func (s *stage) heldBack(g given) error {
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	if g.has("collector") && s.kept["held back "+g.of("collector")] == "" {
		return mismatch{"something waits for " + g.of("collector"), "nothing does"}
	}
	return expect(want, s.kept["held back"])
}

func (s *stage) payQueue(g given) error {
	year, err := strconv.Atoi(g.of("year"))
	if err != nil {
		return err
	}
	_, _, err = s.institution.Subsidies.PayQueue(s.ctx, insurance.BudgetLine{Funder: insurance.FunderID(g.of("funder")),
		Scheme: ledger.SchemeCode(g.of("scheme")), Year: year, Currency: ledger.Currency(s.currency[g.of("scheme")])})
	return err
}

func (s *stage) isDue(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	currency := s.currency[g.of("scheme")]
	zero := (ledger.Money{Currency: ledger.Currency(currency)}).Amount() + " " + currency
	due, granted, unmet := zero, zero, zero
	answer, err := s.subsidies.ListDues(s.ctx, &sanadv1.ListDuesRequest{MemberId: id})
	if err != nil {
		return err
	}
	for _, d := range answer.GetDues() {
		if d.GetScheme() == g.of("scheme") && d.GetSubsidy() == g.of("subsidy") && dayOf(d.GetPeriodStart()) == g.of("start") {
			due, granted, unmet = said(d.GetDue()), said(d.GetGranted()), said(d.GetUnmet())
		}
	}
	words := map[string]string{"unmet": zero}
	for _, name := range []string{"due", "granted", "unmet"} {
		if g.has(name) {
			if words[name], err = s.wanted(g, name); err != nil {
				return err
			}
		}
	}
	form := "due %s, granted %s, unmet %s"
	return expect(fmt.Sprintf(form, words["due"], words["granted"], words["unmet"]), fmt.Sprintf(form, due, granted, unmet))
}

func (s *stage) execution(g given) error {
	l, err := g.budgetLine()
	if err != nil {
		return err
	}
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	answer, err := s.subsidies.GetBudgetLine(s.ctx, &sanadv1.GetBudgetLineRequest{Line: l})
	if err != nil {
		return err
	}
	for _, e := range answer.GetExecutions() {
		stages := map[string]*sanadv1.Money{"voted": e.GetVoted(), "released": e.GetReleased(), "committed": e.GetCommitted(), "granted": e.GetGranted(),
			"paid": e.GetPaid(), "left": e.GetLeft(), "unmet": e.GetUnmet()}
		amount, ok := stages[g.of("stage")]
		if !ok {
			return g.wrong("write voted, released, committed, granted, paid, left or unmet")
		}
		if amount.GetCurrencyCode() != "XXX" {
			return expect(want, said(amount))
		}
	}
	return mismatch{want, "no such budget"}
}

func (s *stage) drawUp(g given) error {
	through, err := g.when("day")
	if err != nil {
		return err
	}
	// What was recorded within the horizon is not certain to the claim yet (L7).
	s.institution.DB.ShiftClock(sqldb.Horizon + time.Second)
	s.shifted += sqldb.Horizon + time.Second
	answer, err := s.subsidies.DrawUpTreasuryClaim(s.ctx, &sanadv1.DrawUpTreasuryClaimRequest{Funder: g.of("funder"), Scheme: g.of("scheme"),
		Through: dateOf(through), Reference: g.of("claim"), Person: two[0]})
	if err != nil {
		return err
	}
	s.named[g.of("claim")] = answer.GetClaim().GetId()
	return nil
}

func (s *stage) sendClaim(g given) error {
	id := s.named[g.of("claim")]
	if _, err := s.subsidies.CertifyTreasuryClaim(s.ctx, &sanadv1.CertifyTreasuryClaimRequest{Claim: id, Person: two[1]}); err != nil {
		return err
	}
	_, err := s.subsidies.SendTreasuryClaim(s.ctx, &sanadv1.SendTreasuryClaimRequest{Claim: id, Person: two[1]})
	return err
}

func (s *stage) verifyClaim(g given) error {
	_, err := s.subsidies.VerifyTreasuryClaim(s.ctx, &sanadv1.VerifyTreasuryClaimRequest{Claim: s.named[g.of("claim")], Complete: true, Person: "treasurer"})
	return err
}

func (s *stage) payClaim(g given) error {
	on, err := g.when("day")
	if err != nil {
		return err
	}
	amount, err := s.money(g, "money")
	if err != nil {
		return err
	}
	_, err = s.subsidies.RecordTreasuryPayment(s.ctx, &sanadv1.RecordTreasuryPaymentRequest{Claim: s.named[g.of("claim")], Reference: s.next("payment"),
		Amount: amount, BankAccount: g.of("bank"), On: dateOf(on), Person: two[0]})
	return err
}

// treasuryClaim is how a treasury claim stands.
func (s *stage) treasuryClaim(g given) (*sanadv1.TreasuryClaim, error) {
	answer, err := s.subsidies.GetTreasuryClaim(s.ctx, &sanadv1.GetTreasuryClaimRequest{Claim: s.named[g.of("claim")]})
	return answer.GetClaim(), err
}

func (s *stage) claimTotal(g given) error {
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	c, err := s.treasuryClaim(g)
	if err != nil {
		return err
	}
	return expect(want+" in "+g.of("lines")+" lines", fmt.Sprintf("%s in %d lines", said(c.GetTotal()), c.GetLines()))
}

func (s *stage) claimState(g given) error {
	c, err := s.treasuryClaim(g)
	if err != nil {
		return err
	}
	got := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(c.GetState().String(), "TREASURY_CLAIM_STATE_"), "_", "-"))
	return expect(g.of("state"), got)
}
