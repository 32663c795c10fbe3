package api_test

import (
	"testing"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

func TestADeathIsEnteredByOneConfirmedByAnotherAndUndoneByTwo(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		deaths := sanadv1.NewDeathServiceClient(s.connection)
		m := s.enrol(t, "Amal", "+962790000001").GetId()
		mark := &sanadv1.MarkDeathRequest{MemberId: m, Person: "badr", Death: &sanadv1.Death{
			On: &sanadv1.Date{Year: 2026, Month: 3, Day: 2}, Source: "family", Evidence: sanadv1.Evidence_EVIDENCE_VOUCHED,
		}}
		for range 2 { // sent again, it changes nothing
			if marked, err := deaths.MarkDeath(t.Context(), mark); err != nil || marked.GetDeath().GetConfirmedBy() != "" {
				t.Fatalf("marked: %v, %v", marked, err)
			}
		}
		confirm := &sanadv1.ConfirmDeathRequest{MemberId: m, Person: "badr"}
		if _, err := deaths.ConfirmDeath(t.Context(), confirm); reasonOf(err) != "SAME_PERSON" {
			t.Errorf("who entered it confirms it: %v", err)
		}
		confirm.Person = "layla"
		if confirmed, err := deaths.ConfirmDeath(t.Context(), confirm); err != nil || confirmed.GetDeath().GetConfirmedBy() != "layla" {
			t.Errorf("confirmed: %v, %v", confirmed, err)
		}
		undo := &sanadv1.UndoDeathRequest{MemberId: m, Person: "badr"}
		if first, err := deaths.UndoDeath(t.Context(), undo); err != nil || first.GetDeath() == nil || first.GetApproval().GetMaker() != "badr" {
			t.Errorf("one person undoes a confirmed death: %v, %v", first, err)
		}
		undo.Person = "omar"
		if second, err := deaths.UndoDeath(t.Context(), undo); err != nil || second.GetDeath() != nil {
			t.Errorf("two people undo it: %v, %v", second, err)
		}
	})
}

func TestAMarkOfDeathIsUndoneByOnePersonAndADeathNobodyMarkedByNone(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		deaths := sanadv1.NewDeathServiceClient(s.connection)
		m := s.enrol(t, "Amal", "+962790000001").GetId()
		undo := &sanadv1.UndoDeathRequest{MemberId: m, Person: "omar"}
		if _, err := deaths.UndoDeath(t.Context(), undo); reasonOf(err) != "DEATH_NOT_MARKED" {
			t.Errorf("nothing is marked: %v", err)
		}
		if _, err := deaths.MarkDeath(t.Context(), &sanadv1.MarkDeathRequest{MemberId: m, Person: "badr", Death: &sanadv1.Death{
			On: &sanadv1.Date{Year: 2026, Month: 3, Day: 2}, Source: "family", Evidence: sanadv1.Evidence_EVIDENCE_VOUCHED,
		}}); err != nil {
			t.Fatal(err)
		}
		if undone, err := deaths.UndoDeath(t.Context(), undo); err != nil || undone.GetDeath() != nil || undone.GetApproval() != nil {
			t.Errorf("undone: %v, %v", undone, err)
		}
		facts, err := s.members.GetFacts(t.Context(), &sanadv1.GetFactsRequest{MemberId: m})
		if err != nil || facts.GetFacts().GetDeath() != nil || len(facts.GetSuperseded()) != 1 {
			t.Errorf("on record: %v, %v", facts, err)
		}
	})
}

func TestPayoutsToHerWaitFromTheDayOnWhichSheWasToldUntilTheMarkIsUndone(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		deaths, payouts := sanadv1.NewDeathServiceClient(s.connection), sanadv1.NewPayoutServiceClient(s.connection)
		m := s.enrol(t, "Amal", "+962790000001").GetId()
		held := func(when string, want int) {
			t.Helper()
			holds, err := payouts.ListHolds(t.Context(), &sanadv1.ListHoldsRequest{Party: "member:" + m})
			standing := 0
			for _, hold := range holds.GetHolds() {
				if hold.GetReleasedAt() == nil {
					standing++
				}
			}
			if err != nil || standing != want {
				t.Errorf("%s: %d holds, want %d (%v)", when, standing, want, err)
			}
		}
		if _, err := deaths.MarkDeath(t.Context(), &sanadv1.MarkDeathRequest{MemberId: m, Person: "badr", Death: &sanadv1.Death{
			On: &sanadv1.Date{Year: 2026, Month: 3, Day: 2}, Source: "family", Evidence: sanadv1.Evidence_EVIDENCE_VOUCHED,
		}}); err != nil {
			t.Fatal(err)
		}
		held("marked, and nobody told her", 0)
		for range 2 {
			if _, err := deaths.NotifyDeath(t.Context(), &sanadv1.NotifyDeathRequest{MemberId: m, Person: "badr"}); err != nil {
				t.Fatal(err)
			}
		}
		held("told", 1)
		if _, err := deaths.UndoDeath(t.Context(), &sanadv1.UndoDeathRequest{MemberId: m, Person: "omar"}); err != nil {
			t.Fatal(err)
		}
		held("she lives", 0)
	})
}
