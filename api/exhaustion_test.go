package api_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// matchedOutOf publishes a scheme that matches by half, out of a budget of which so much is released.
func (s *service) matchedOutOf(t *testing.T, released string) {
	t.Helper()
	s.publishFolder(t, halfMatched)
	if _, err := s.subsidies.SetFunder(t.Context(), &sanadv1.SetFunderRequest{Funder: &sanadv1.Funder{Id: "mof", Name: "Ministry of Finance"}}); err != nil {
		t.Fatal(err)
	}
	s.move(t, budgetMovement(vote, jod("1000.000")))
	s.move(t, budgetMovement(warrant, jod(released)))
}

// budget is how far the line of 2026 is used.
func (s *service) budget(t *testing.T) *sanadv1.BudgetExecution {
	t.Helper()
	answer, err := s.subsidies.GetBudgetLine(t.Context(), &sanadv1.GetBudgetLineRequest{Line: budgetLine(2026)})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetExecutions()[0]
}

func (s *service) wantBudget(t *testing.T, granted, left, unmet string) {
	t.Helper()
	x := s.budget(t)
	if x.GetGranted().GetAmount() != granted || x.GetLeft().GetAmount() != left || x.GetUnmet().GetAmount() != unmet {
		t.Errorf("granted %s, left %s, unmet %s; want %s, %s and %s", x.GetGranted().GetAmount(), x.GetLeft().GetAmount(), x.GetUnmet().GetAmount(),
			granted, left, unmet)
	}
}

func TestABudgetIsSpentToTheLastCoinAndWhatIsUnmetIsKept(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.matchedOutOf(t, "6.000")
		m := s.enrol(t, "Amal", "+962791111111")
		s.post(t, paid("first", m.GetNumber(), "8.000"))
		s.wantBudget(t, "4.000", "2.000", "0.000")
		s.post(t, paid("second", m.GetNumber(), "8.000"))
		s.wantBudget(t, "6.000", "0.000", "2.000")
		due := s.dues(t, m.GetId())[0]
		if due.GetDue().GetAmount() != "8.000" || due.GetGranted().GetAmount() != "6.000" || due.GetUnmet().GetAmount() != "2.000" {
			t.Errorf("the dues are %v", due)
		}
		s.reverse(t, "reversal", "first", "8.000")
		s.wantBudget(t, "4.000", "2.000", "0.000")
		s.clean(t)
	})
}

// Many members pay at once for more than the budget holds: it is granted to the last coin and no further, and every
// coin that is due and not granted is kept as unmet.
func TestManyWhoPayAtOnceNeverOverspendABudget(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.matchedOutOf(t, "20.000")
		const members, each = 16, 5
		numbers := make([]string, members)
		for i := range numbers {
			numbers[i] = s.enrol(t, fmt.Sprint("Amal ", i), fmt.Sprintf("+96279111%04d", i)).GetNumber()
		}
		var all sync.WaitGroup
		for i, number := range numbers {
			all.Go(func() {
				for n := range each {
					_, err := s.contributions.PostContribution(t.Context(), &sanadv1.PostContributionRequest{Contribution: paid(fmt.Sprint("pay-", i, "-", n), number, "1.000")})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		s.wantBudget(t, "20.000", "0.000", "20.000")
		s.clean(t)
	})
}

// What is taken back from a line that is closed can't be granted again.
func TestAClawbackOnAClosedLineLapses(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.matchedOutOf(t, "6.000")
		m := s.enrol(t, "Amal", "+962791111111")
		s.post(t, paid("first", m.GetNumber(), "8.000"))
		s.move(t, budgetMovement(sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CLOSING, nil))
		s.wantBudget(t, "4.000", "0.000", "0.000")
		s.reverse(t, "reversal", "first", "8.000")
		s.wantBudget(t, "0.000", "0.000", "0.000")
		s.clean(t)
	})
}

// A contribution of last year comes when last year's line is closed: its match is charged to this year's line for the
// years before, also where the month itself is still open in the books.
func TestAGrantOfAClosedYearIsChargedToThePriorYearsLine(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.matchedOutOf(t, "6.000")
		of := func(m *sanadv1.BudgetMovement, reference string, line *sanadv1.BudgetLine) *sanadv1.BudgetMovement {
			m.Reference, m.Line = reference, line
			return m
		}
		last, prior := budgetLine(2025), &sanadv1.BudgetLine{Funder: "mof", Scheme: "basic", Year: 2026, PriorYears: true}
		s.move(t, of(budgetMovement(vote, jod("10.000")), "last", last))
		s.move(t, of(budgetMovement(sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CLOSING, nil), "close last", last))
		s.move(t, of(budgetMovement(vote, jod("10.000")), "prior", prior))
		s.move(t, of(budgetMovement(warrant, jod("10.000")), "release prior", prior))
		m := s.enrol(t, "Amal", "+962791111111")
		late := paid("late", m.GetNumber(), "8.000")
		late.ValueTime = timestamppb.New(time.Date(2025, 12, 10, 9, 0, 0, 0, time.UTC))
		s.post(t, late)
		answer, err := s.subsidies.GetBudgetLine(t.Context(), &sanadv1.GetBudgetLineRequest{Line: prior})
		if err != nil || answer.GetExecutions()[0].GetGranted().GetAmount() != "4.000" {
			t.Errorf("of years before: %v, %v", answer, err)
		}
		grants, err := s.subsidies.ListGrants(t.Context(), &sanadv1.ListGrantsRequest{Of: &sanadv1.ListGrantsRequest_MemberId{MemberId: m.GetId()}})
		if err != nil || len(grants.GetGrants()) != 1 || !proto.Equal(grants.GetGrants()[0].GetLine(), prior) {
			t.Errorf("the grant: %v, %v", grants, err)
		}
		s.clean(t)
	})
}
