package cli

import (
	"context"
	"fmt"
	"time"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// The state of the demo: who matches, out of what, and the people who act for it. Nobody acts twice where two must.
const (
	demoFunder    = "treasury"
	demoVote      = "400000.000"
	demoWarrant   = "250000.000"
	demoBudgeteer = "budget-officer"
	demoDrawer    = "claims-officer"
	demoCertifier = "chief-accountant"
)

// vote lets the state set a budget for the match, before anybody pays.
func (h *house) vote(ctx context.Context) error {
	line := &sanadv1.BudgetLine{Funder: demoFunder, Scheme: demoScheme, Year: demoYear}
	if _, err := h.server.subsidies.SetFunder(ctx, &sanadv1.SetFunderRequest{Funder: &sanadv1.Funder{Id: demoFunder, Name: "Treasury of the demo"}}); err != nil {
		return err
	}
	for _, act := range []struct {
		kind                 sanadv1.BudgetMovementKind
		reference, authority string
		amount               string
	}{
		{sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VOTE, "budget-law", "Budget law of the demo", demoVote},
		{sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_WARRANT, "warrant-1", "Warrant of the demo's ministry of finance", demoWarrant},
	} {
		_, err := h.server.subsidies.MoveBudget(ctx, &sanadv1.MoveBudgetRequest{Person: demoBudgeteer, Movement: &sanadv1.BudgetMovement{
			Kind: act.kind, Reference: act.reference, Line: line, Authority: act.authority,
			Amount: &sanadv1.Money{CurrencyCode: demoCurrency, Amount: act.amount}, On: &sanadv1.Date{Year: demoYear, Month: 1, Day: 1},
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// settling is how long it takes until nothing that was recorded can change any more; a claim looks at no more than that.
const settling = 11 * time.Second

// showState shows what the state has matched, what is left of its budget, and the claim by which it is asked to pay.
func (s *show) showState(ctx context.Context) error {
	s.section("The state's match")
	execution, err := s.execution(ctx)
	if err != nil {
		return err
	}
	s.sayBudget("after the day", execution)
	claim, err := s.claim(ctx)
	if err != nil {
		return err
	}
	s.section("The treasury claim")
	s.say("%s: %s lines of grants and clawbacks, %s, SHA-256 %.16s…", claim.GetId(), counted(int(claim.GetLines())), money(claim.GetTotal()), claim.GetSha256())
	s.say("each line has a token for its beneficiary, and neither name nor phone nor document")
	s.say("drawn up by %s, certified by %s, sent, verified, and paid: %s", claim.GetDrawnUp().GetPerson(),
		claim.GetCertified().GetPerson(), money(claim.GetPaid()))
	if execution, err = s.execution(ctx); err != nil {
		return err
	}
	s.sayBudget("after the payment", execution)
	return nil
}

func (s *show) sayBudget(when string, e *sanadv1.BudgetExecution) {
	s.say("budget %d %s: voted %s, released %s, granted %s, paid %s, left %s, unmet %s", demoYear, when,
		e.GetVoted().GetAmount(), e.GetReleased().GetAmount(), e.GetGranted().GetAmount(), e.GetPaid().GetAmount(),
		e.GetLeft().GetAmount(), e.GetUnmet().GetAmount())
}

func (s *show) execution(ctx context.Context) (*sanadv1.BudgetExecution, error) {
	answer, err := s.house.server.subsidies.GetBudgetLine(ctx, &sanadv1.GetBudgetLineRequest{
		Line: &sanadv1.BudgetLine{Funder: demoFunder, Scheme: demoScheme, Year: demoYear},
	})
	if err != nil {
		return nil, err
	}
	if len(answer.GetExecutions()) == 0 {
		return nil, fmt.Errorf("the budget line of %s is gone", demoScheme)
	}
	return answer.GetExecutions()[0], nil
}

// claim takes a claim from drawing up to payment.
func (s *show) claim(ctx context.Context) (*sanadv1.TreasuryClaim, error) {
	bar := s.of(s.env, "waiting until nothing recorded can change", -1)
	select {
	case <-time.After(settling):
	case <-ctx.Done():
	}
	bar.done()
	on := &sanadv1.Date{Year: demoYear, Month: 3, Day: 31}
	subsidies := s.house.server.subsidies
	drawn, err := subsidies.DrawUpTreasuryClaim(ctx, &sanadv1.DrawUpTreasuryClaimRequest{
		Funder: demoFunder, Scheme: demoScheme, Through: on, Reference: fmt.Sprintf("march-%d-%d", s.Seed, s.Lines), Person: demoDrawer,
	})
	if err != nil {
		return nil, err
	}
	id := drawn.GetClaim().GetId()
	if drawn.GetClaim().GetPaid().GetAmount() == drawn.GetClaim().GetTotal().GetAmount() { // this demo ran before on this database
		return drawn.GetClaim(), nil
	}
	if _, err := subsidies.CertifyTreasuryClaim(ctx, &sanadv1.CertifyTreasuryClaimRequest{Claim: id, Person: demoCertifier}); err != nil {
		return nil, err
	}
	if _, err := subsidies.SendTreasuryClaim(ctx, &sanadv1.SendTreasuryClaimRequest{Claim: id, Person: demoDrawer}); err != nil {
		return nil, err
	}
	if _, err := subsidies.VerifyTreasuryClaim(ctx, &sanadv1.VerifyTreasuryClaimRequest{Claim: id, Complete: true, Person: demoDrawer}); err != nil {
		return nil, err
	}
	paid, err := subsidies.RecordTreasuryPayment(ctx, &sanadv1.RecordTreasuryPaymentRequest{
		Claim: id, Reference: "treasury-" + id, Amount: drawn.GetClaim().GetTotal(), BankAccount: demoBank,
		On: &sanadv1.Date{Year: demoYear, Month: 4, Day: 15}, Person: demoDrawer,
	})
	if err != nil {
		return nil, err
	}
	return paid.GetClaim(), nil
}

func money(m *sanadv1.Money) string { return grouped(m.GetAmount()) + " " + m.GetCurrencyCode() }
