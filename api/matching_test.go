package api_test

import (
	"strings"
	"testing"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// halfMatched is a scheme whose contributions are matched by half, out of a budget.
const halfMatched = `scheme: basic
name: Basic
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2020-01-01
pots:
  - {account: 2100, name: savings, share: 1, pool: old-age}
subsidies:
  - id: match
    funder: mof
    pot: 2110
    period: calendar-year
    exhaustion: partial
    amount: [{times: 50%}]
    cap: 100
`

func (s *service) publishFolder(t *testing.T, scheme string) *sanadv1.Scheme {
	t.Helper()
	answer, err := s.schemes.PublishSchemeFolder(t.Context(), &sanadv1.PublishSchemeFolderRequest{
		Folder: &sanadv1.SchemeFolder{SchemeYaml: []byte(scheme)}, PublishedBy: "amal",
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetScheme()
}

func (s *service) dues(t *testing.T, member string) []*sanadv1.Due {
	t.Helper()
	answer, err := s.subsidies.ListDues(t.Context(), &sanadv1.ListDuesRequest{MemberId: member})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetDues()
}

func TestAContributionIsMatchedOutOfTheBudgetAndWhatIsUnmetIsTold(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.publishFolder(t, halfMatched)
		if _, err := s.subsidies.SetFunder(t.Context(), &sanadv1.SetFunderRequest{Funder: &sanadv1.Funder{Id: "mof", Name: "Ministry of Finance"}}); err != nil {
			t.Fatal(err)
		}
		m := s.enrol(t, "Amal", "+962791111111")
		s.move(t, budgetMovement(vote, jod("10.000")))
		s.move(t, budgetMovement(warrant, jod("6.000")))
		s.post(t, paid("first", m.GetNumber(), "8.000"))
		if got := s.balance(t, 2110, "member:"+m.GetId(), "basic"); got != "4.000" {
			t.Errorf("of 8.000 %s are matched, want 4.000", got)
		}
		s.post(t, paid("second", m.GetNumber(), "8.000"))
		if got := s.balance(t, 2110, "member:"+m.GetId(), "basic"); got != "6.000" {
			t.Errorf("of a budget of 6.000 %s are matched", got)
		}
		due := s.dues(t, m.GetId())[0]
		if due.GetDue().GetAmount() != "8.000" || due.GetGranted().GetAmount() != "6.000" || due.GetUnmet().GetAmount() != "2.000" {
			t.Errorf("the dues are %v", due)
		}
		for language, text := range due.GetTexts() {
			if !strings.Contains(text, "2.000") {
				t.Errorf("the member is not told in %s what waits: %s", language, text)
			}
		}
		s.reverse(t, "undo", "second", "8.000")
		if due := s.dues(t, m.GetId())[0]; due.GetDue().GetAmount() != "4.000" || due.GetGranted().GetAmount() != "4.000" || due.GetUnmet().GetAmount() != "0.000" {
			t.Errorf("after the reversal the dues are %v", due)
		}
		s.clean(t)
	})
}

func TestASchemeThatIsWrongIsRefusedWithFileLineAndColumn(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		_, err := s.schemes.PublishSchemeFolder(t.Context(), &sanadv1.PublishSchemeFolderRequest{
			Folder: &sanadv1.SchemeFolder{SchemeYaml: []byte(strings.Replace(halfMatched, "50%", "rate", 1))}, PublishedBy: "amal",
		})
		if fields := fieldsOf(err); len(fields) == 0 || !strings.HasPrefix(fields[0], "scheme.yaml:16:") {
			t.Errorf("the fields at fault are %v (%v)", fields, err)
		}
	})
}
