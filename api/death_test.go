package api_test

import (
	"testing"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
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

// grants is a scheme of savings and a funeral grant.
const grants = `scheme: grants
name: Grants
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2020-01-01
pots: [{account: 2100, name: savings, share: 1, pool: old-age}]
benefits:
  funeral: {kind: funeral, form: lump-sum, pool: health, flat: 200, at_death: survivor}
old_age:
  interest: {days: actual-365}
  survivors: {shares: [{kind: spouse, share: 100%}]}
`

// TestADeathAndItsUndoingAreMadeGoodWhereTheMachineDiedBetween: what two people have said is on record, and nothing has
// followed; the same call again does what is missing, once, and so does a payee who is told of later.
func TestADeathAndItsUndoingAreMadeGoodWhereTheMachineDiedBetween(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.publishFolder(t, grants)
		deaths := sanadv1.NewDeathServiceClient(s.connection)
		m := s.enrol(t, "Amal", "+962790000001")
		id := insurance.MemberID(m.GetId())
		if _, err := s.members.EnrolInScheme(t.Context(), &sanadv1.EnrolInSchemeRequest{MemberId: m.GetId(), Scheme: "grants", From: date(2025, 1, 1), Person: "amal"}); err != nil {
			t.Fatal(err)
		}
		s.post(t, toScheme(paid("UCA0000009", m.GetNumber(), "70.000"), "grants"))

		if _, err := s.institution.Enrolment.MarkDeath(t.Context(), id, insurance.Death{On: 2026_06_01, Source: "family", Evidence: "vouched"}, "badr"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.institution.Enrolment.ConfirmDeath(t.Context(), id, "layla"); err != nil {
			t.Fatal(err)
		}
		confirm := func() []*sanadv1.OpenedClaim {
			t.Helper()
			answer, err := deaths.ConfirmDeath(t.Context(), &sanadv1.ConfirmDeathRequest{MemberId: m.GetId(), Person: "layla"})
			if err != nil || len(answer.GetOpened()) != 2 {
				t.Fatalf("confirmed: %v, %v", answer, err)
			}
			return answer.GetOpened()
		}
		for _, o := range confirm() {
			if o.GetState() != "open" || o.GetReason() != "NO_SURVIVOR" {
				t.Errorf("nobody is on record, and it was opened: %v", o)
			}
		}
		s.record(t, &sanadv1.RecordFactsRequest{MemberId: m.GetId(), Person: "amal", Facts: &sanadv1.Facts{Dependants: []*sanadv1.Dependant{
			{Name: "husband", Kind: sanadv1.DependantKind_DEPENDANT_KIND_SPOUSE, From: date(2025, 1, 1), PayTo: "payer:karim"}}}})
		want := func(when, payable, savings string) {
			t.Helper()
			if got := s.balance(t, 2500, "payer:karim", "grants"); got != payable {
				t.Errorf("%s, %s is payable to him, want %s", when, got, payable)
			}
			if got := s.balance(t, 2100, "member:"+m.GetId(), "grants"); got != savings {
				t.Errorf("%s, her savings stand at %s, want %s", when, got, savings)
			}
		}
		want("once he is on record", "270.000", "0.000")
		confirm()
		want("confirmed again", "270.000", "0.000")

		s.paysOut(t, "payer:karim", "grants", 150_000)
		for _, person := range []string{"badr", "omar"} {
			if _, _, err := s.institution.Enrolment.UndoDeath(t.Context(), id, person); err != nil {
				t.Fatal(err)
			}
		}
		want("off the record, and nothing has followed", "120.000", "0.000")
		for range 2 {
			answer, err := deaths.UndoDeath(t.Context(), &sanadv1.UndoDeathRequest{MemberId: m.GetId(), Person: "omar"})
			if err != nil || len(answer.GetPaid()) == 0 {
				t.Fatalf("undone: %v, %v", answer, err)
			}
			sum := int64(0)
			for _, p := range answer.GetPaid() {
				paid, err := ledger.ParseMoney("JOD", p.GetAmount().GetAmount())
				if err != nil || p.GetParty() != "payer:karim" {
					t.Errorf("paid: %v, %v", p, err)
				}
				sum += paid.Minor
			}
			if sum != 150_000 {
				t.Errorf("150.000 had been paid, and %d is told: %v", sum, answer.GetPaid())
			}
			want("undone", "0.000", "70.000")
		}
		s.clean(t)
	})
}

// paysOut is what a payout that settled has taken.
func (s *service) paysOut(t *testing.T, party ledger.Party, scheme ledger.SchemeCode, minor int64) {
	t.Helper()
	e, err := ledger.NewEntry(ledger.ID{3, 2, 1}, "paid-out", 2026_06_11,
		ledger.Dr(ledger.Account{Code: ledger.BenefitsPayable, Party: party, Scheme: scheme, Currency: "JOD"}, minor),
		ledger.Cr(ledger.Account{Code: ledger.Bank, Party: "bank:one", Currency: "JOD"}, minor))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Append(t.Context(), s.institution.Books, e); err != nil {
		t.Fatal(err)
	}
}

// toScheme is a contribution to a scheme.
func toScheme(c *sanadv1.Contribution, scheme string) *sanadv1.Contribution {
	c.Scheme = scheme
	return c
}
