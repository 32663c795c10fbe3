package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/gsma"
	"sanad.dev/sanad/payments/payout/gsma/gsmafake"
	"sanad.dev/sanad/services/insurance"
)

// pools is an institution with a national scheme and two groups before it, which give the same care.
type pools struct {
	*service
	funds  sanadv1.FundServiceClient
	claims sanadv1.ClaimServiceClient
	// today is the day of the database's clock, on which claims are approved.
	today ledger.Date
	next  int
}

// groupFunds is what both groups say of their pools.
const groupFunds = `
funds:
  national: nation
  guarantor: mof
  pools:
    health: {floor: 1000, not_reported: 10%, ceded: 20%, retention: 500, recovered: 90%}
`

const nationalFunds = `
funds:
  guarantor: mof
  pools:
    health: {floor: 2000}
`

func (s *service) pools(t *testing.T) *pools {
	t.Helper()
	p := &pools{s, sanadv1.NewFundServiceClient(s.connection), sanadv1.NewClaimServiceClient(s.connection), ledger.DateOf(time.Now().UTC()), 0}
	for code, funds := range map[string]string{"nation": nationalFunds, "rich": groupFunds, "poor": groupFunds} {
		s.publishFolder(t, strings.Replace(careScheme, "scheme: care", "scheme: "+code, 1)+funds)
	}
	if _, err := p.claims.SetProvider(t.Context(), &sanadv1.SetProviderRequest{Provider: &sanadv1.Provider{Id: "hospital", Name: "Hospital", Level: "secondary"}}); err != nil {
		t.Fatal(err)
	}
	return p
}

func healthOf(scheme string) insurance.FundAccount {
	return insurance.FundAccount{Scheme: ledger.SchemeCode(scheme), Pool: insurance.Health, Currency: "JOD"}
}

// book posts an entry between two accounts.
func (p *pools) book(t *testing.T, on ledger.Date, debit, credit ledger.Account, minor int64) {
	t.Helper()
	p.next++
	e, err := ledger.NewEntry(ledger.ID{0xf0, byte(p.next)}, "test", on, ledger.Dr(debit, minor), ledger.Cr(credit, minor))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Append(t.Context(), p.institution.Books, e); err != nil {
		t.Fatal(err)
	}
}

var testBank = ledger.Account{Code: ledger.Bank, Party: "bank:test", Currency: "JOD"}

// earn books contributions that a scheme's health pool has earned.
func (p *pools) earn(t *testing.T, scheme string, on ledger.Date, minor int64) {
	t.Helper()
	p.book(t, on, testBank, healthOf(scheme).Account(ledger.EarnedContribution), minor)
}

// spend books claims that a scheme's health pool has borne, owed to a provider.
func (p *pools) spend(t *testing.T, scheme string, on ledger.Date, minor int64) {
	t.Helper()
	owed := ledger.Account{Code: ledger.BenefitsPayable, Party: "provider:hospital", Scheme: ledger.SchemeCode(scheme), Currency: "JOD"}
	p.book(t, on, healthOf(scheme).Account(ledger.BenefitsIncurred), owed, minor)
}

// claim hands in a member's claim in a scheme.
func (p *pools) claim(t *testing.T, scheme string, m *sanadv1.Member, reference, item, amount string) *sanadv1.Claim {
	t.Helper()
	answer, err := p.claims.SubmitClaim(t.Context(), &sanadv1.SubmitClaimRequest{Person: "nurse", Claim: &sanadv1.ClaimSubmission{
		Reference: reference, As: sanadv1.ClaimRole_CLAIM_ROLE_PROVIDER, Provider: "hospital", Scheme: scheme, Benefit: "care",
		Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: m.GetId()}},
		Lines:  []*sanadv1.ClaimLine{{Item: item, On: date(2026, 3, 2), Amount: jod(amount)}},
		Event:  &sanadv1.ClaimEvent{Kind: sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_ILLNESS, On: date(2026, 3, 2)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetClaim()
}

func (p *pools) join(t *testing.T, m *sanadv1.Member, scheme string) {
	t.Helper()
	_, err := p.members.EnrolInScheme(t.Context(), &sanadv1.EnrolInSchemeRequest{MemberId: m.GetId(), Scheme: scheme, From: date(2026, 1, 1), Person: "amal"})
	if err != nil {
		t.Fatal(err)
	}
}

func (p *pools) run(t *testing.T) *sanadv1.RunCessionResponse {
	t.Helper()
	answer, err := p.funds.RunCession(t.Context(), &sanadv1.RunCessionRequest{Scheme: "poor", Person: "amal"})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func (p *pools) report(t *testing.T, scheme string) *sanadv1.FundReport {
	t.Helper()
	answer, err := p.funds.GetFunds(t.Context(), &sanadv1.GetFundsRequest{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range answer.GetFunds() {
		if r.GetPool() == sanadv1.Pool_POOL_HEALTH {
			return r
		}
	}
	t.Fatalf("no report on health in %s", scheme)
	return nil
}

// told are the moves of a run in words.
func told(r *sanadv1.RunCessionResponse) []string {
	var all []string
	for _, m := range r.GetMoves() {
		all = append(all, fmt.Sprintf("%s %s %s", strings.ToLower(strings.TrimPrefix(m.GetKind().String(), "POOL_MOVE_KIND_")), m.GetScheme(), m.GetAmount().GetAmount()))
	}
	for _, c := range r.GetCalls() {
		all = append(all, fmt.Sprintf("call %s %s", c.GetScheme(), c.GetAmount().GetAmount()))
	}
	for _, s := range r.GetShortages() {
		all = append(all, fmt.Sprintf("lacks %s %s, %d waiting", s.GetScheme(), s.GetAmount().GetAmount(), s.GetWaiting().GetCount()))
	}
	return all
}

// decided is what was decided of a claim, without who and where: the numbers, reasons and rules of every line.
func decided(t *testing.T, c *sanadv1.Claim) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"lines": c.GetDecision().GetLines(), "granted": c.GetGranted().GetAmount(), "state": c.GetState().String()})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAMembersRightDoesNotDependOnHowRichHerGroupIs has two women of two groups hand in the same bill: one group's pool is
// full, the other's is far under its floor. Both bills are decided alike, owed alike, and paid.
func TestAMembersRightDoesNotDependOnHowRichHerGroupIs(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		p := s.pools(t)
		p.earn(t, "nation", p.today, 9_000_000)
		p.earn(t, "rich", p.today, 5_000_000)
		p.spend(t, "poor", p.today, 300_000)
		var decisions []string
		for n, scheme := range []string{"rich", "poor"} {
			m := s.enrol(t, "member of "+scheme, fmt.Sprintf("+96279000000%d", n))
			p.join(t, m, scheme)
			c := p.claim(t, scheme, m, "bill-"+scheme, "XRAY", "30.000")
			decisions = append(decisions, decided(t, c))
			if owed := c.GetOwed(); len(owed) != 1 || owed[0].GetBooked().GetAmount() != c.GetGranted().GetAmount() {
				t.Errorf("in %s %v is owed", scheme, owed)
			}
		}
		if decisions[0] != decisions[1] {
			t.Errorf("the same bill is decided otherwise:\nrich %s\npoor %s", decisions[0], decisions[1])
		}
		run := p.run(t)
		if len(run.GetShortages()) > 0 {
			t.Errorf("payments wait, though the national pool lends: %v", told(run))
		}
		s.clean(t)
	})
}

// TestPoolsAreHelpedByWhatIsDueLessWhatIsBooked follows a poor group through a run, a second one, a guarantor's payment
// and a better month.
func TestPoolsAreHelpedByWhatIsDueLessWhatIsBooked(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		p := s.pools(t)
		p.earn(t, "nation", p.today, 2_750_000)
		p.earn(t, "rich", p.today, 1_250_000)
		p.earn(t, "poor", p.today, 100_000)
		p.spend(t, "poor", p.today, 1_500_000)
		// It cedes 20 % of 100, recovers 90 % of what is above 500, and stands at 100 - 1500 - 20 + 900 = -520: it lacks 1520
		// to its floor of 1000, of which the nation, at 2750 + 20 + 250 - 900 = 2120, has 120 above its own. Its guarantor is
		// called for 150 more: 10 % of the year's claims are incurred and not reported.
		want := []string{"ceded poor 20.000", "recovered poor 900.000", "loan poor 120.000", "ceded rich 250.000", "call poor 1670.000", "lacks poor 1400.000, 0 waiting"}
		if diff := cmp.Diff(want, told(p.run(t))); diff != "" {
			t.Fatal(diff)
		}
		want = []string{"lacks poor 1400.000, 0 waiting"}
		if diff := cmp.Diff(want, told(p.run(t))); diff != "" {
			t.Errorf("a second run: %s", diff)
		}
		p.confirm(t, "poor", "1670.000")
		// With 1670 more the group stands at 1150, above its floor, and gives the loan back.
		want = []string{"loan poor -120.000"}
		if diff := cmp.Diff(want, told(p.run(t))); diff != "" {
			t.Errorf("after the guarantor has paid: %s", diff)
		}
		got := p.report(t, "poor")
		wantReport := &sanadv1.FundReport{
			Scheme: "poor", Pool: sanadv1.Pool_POOL_HEALTH, On: dateOf(p.today.Period().LastDay()), National: "nation", Guarantor: "mof",
			FundBalance: jod("0.000"), Result: jod("1150.000"), Balance: jod("1150.000"), Undecided: &sanadv1.PoolSum{Amount: jod("0.000")},
			NotReported: jod("150.000"), Provided: jod("0.000"), Solvency: jod("1000.000"), Floor: jod("1000.000"), UnderFloor: jod("0.000"),
			Earned: jod("100.000"), Incurred: jod("1650.000"), LossRatio: &sanadv1.Ratio{Fraction: "33/2", Decimal: "16.5000"},
			MonthsOfReserve: &sanadv1.Ratio{Fraction: "80/11", Decimal: "7.2727"}, Ceded: jod("20.000"), Recovered: jod("900.000"),
			Borrowed: jod("0.000"), Lent: jod("0.000"), Called: jod("0.000"), Waiting: &sanadv1.PoolSum{Amount: jod("0.000")},
		}
		if diff := cmp.Diff(wantReport, got, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
		s.clean(t)
	})
}

func dateOf(d ledger.Date) *sanadv1.Date {
	return &sanadv1.Date{Year: int32(d.Year()), Month: int32(d.Month()), Day: int32(d.Day())}
}

// confirm has two people see a guarantor's money come; one alone, or two who saw different things, book nothing.
func (p *pools) confirm(t *testing.T, scheme, amount string) {
	t.Helper()
	listed, err := p.funds.ListGuarantorCalls(t.Context(), &sanadv1.ListGuarantorCallsRequest{Scheme: scheme, OpenOnly: true})
	if err != nil || len(listed.GetCalls()) != 1 {
		t.Fatalf("%v, %v", listed, err)
	}
	request := &sanadv1.ConfirmCallRequest{CallId: listed.GetCalls()[0].GetId(), Received: jod(amount), BankAccount: "cbj-1", On: dateOf(p.today), Person: "amal"}
	before := p.balance(t, 4400, "pool:health", scheme)
	for range 2 { // her own word again changes nothing
		if _, err := p.funds.ConfirmCall(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	other := proto.Clone(request).(*sanadv1.ConfirmCallRequest)
	other.Person, other.Received = "badr", jod("1.000")
	if _, err := p.funds.ConfirmCall(t.Context(), other); reasonOf(err) != insurance.CallDiffers {
		t.Errorf("two people saw different amounts: %v", err)
	}
	if after := p.balance(t, 4400, "pool:health", scheme); after != before {
		t.Errorf("one person has booked %s", after)
	}
	request.Person = "badr"
	for range 2 { // sent twice, it is booked once
		answer, err := p.funds.ConfirmCall(t.Context(), request)
		if err != nil || answer.GetCall().GetState() != sanadv1.GuarantorCallState_GUARANTOR_CALL_STATE_CONFIRMED {
			t.Fatalf("%v, %v", answer, err)
		}
	}
	if after := p.balance(t, 4400, "pool:health", scheme); after != amount {
		t.Errorf("%s stands on cession income, want %s", after, amount)
	}
}

// TestWhoIsCalledAndWhatIsRefused of pools.
func TestWhoIsCalledAndWhatIsRefused(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		p := s.pools(t)
		call := func(scheme string, pool sanadv1.Pool) (*sanadv1.CallGuarantorResponse, error) {
			return p.funds.CallGuarantor(t.Context(), &sanadv1.CallGuarantorRequest{Scheme: scheme, Pool: pool, Person: "amal"})
		}
		answer, err := call("rich", sanadv1.Pool_POOL_HEALTH)
		if err != nil || answer.GetCall().GetAmount().GetAmount() != "1000.000" || answer.GetCall().GetGuarantor() != "mof" || answer.GetCall().GetNumber() != 1 {
			t.Fatalf("%v, %v", answer, err)
		}
		if _, err := call("rich", sanadv1.Pool_POOL_HEALTH); reasonOf(err) != insurance.PoolNotShort {
			t.Errorf("called for twice: %v", err)
		}
		if _, err := call("rich", sanadv1.Pool_POOL_MATERNITY); reasonOf(err) != insurance.FundUnknown {
			t.Errorf("a pool that is not named: %v", err)
		}
		if _, err := call("basic", sanadv1.Pool_POOL_HEALTH); reasonOf(err) != insurance.FundUnknown {
			t.Errorf("a scheme that says nothing of its funds: %v", err)
		}
		if _, err := p.funds.GetFunds(t.Context(), &sanadv1.GetFundsRequest{Scheme: "nowhere"}); reasonOf(err) != insurance.FundUnknown {
			t.Errorf("a scheme that is not there: %v", err)
		}
		unknown := &sanadv1.ConfirmCallRequest{CallId: strings.Repeat("0", 32), Received: jod("1.000"), BankAccount: "cbj-1", On: date(2026, 1, 1), Person: "amal"}
		if _, err := p.funds.ConfirmCall(t.Context(), unknown); reasonOf(err) != insurance.CallUnknown {
			t.Errorf("a call that was not made: %v", err)
		}
	})
}

// TestManyRunsAtOnceBookOnce has eight people run cession at the same time.
func TestManyRunsAtOnceBookOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		p := s.pools(t)
		p.earn(t, "nation", p.today, 9_000_000)
		p.earn(t, "poor", p.today, 100_000)
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				if _, err := p.funds.RunCession(t.Context(), &sanadv1.RunCessionRequest{Scheme: "nation", Person: fmt.Sprintf("person %d", n)}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := p.balance(t, 5400, "pool:health", "poor"); got != "20.000" {
			t.Errorf("%s was ceded", got)
		}
		listed, err := p.funds.ListGuarantorCalls(t.Context(), &sanadv1.ListGuarantorCallsRequest{})
		if err != nil || len(listed.GetCalls()) != 2 {
			t.Errorf("%v, %v", listed, err)
		}
		s.clean(t)
	})
}

// TestOutstandingClaimsAreBookedAtTheCloseAndTakenBackOnTheNextDay, and a second month takes their place.
func TestOutstandingClaimsAreBookedAtTheCloseAndTakenBackOnTheNextDay(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		p := s.pools(t)
		p.spend(t, "poor", 2025_11_10, 400_000)
		p.spend(t, "poor", 2026_01_10, 100_000)
		closeMonth := func(kind sanadv1.PeriodKind, in *sanadv1.Date) {
			t.Helper()
			for _, person := range []string{"amal", "badr"} {
				if _, err := s.books.ClosePeriod(t.Context(), &sanadv1.ClosePeriodRequest{Kind: kind, In: in, Person: person}); err != nil {
					t.Fatal(err)
				}
			}
		}
		provided := func(month ledger.Period) string {
			t.Helper()
			answer, err := p.funds.GetFunds(t.Context(), &sanadv1.GetFundsRequest{Scheme: "poor", In: dateOf(month.FirstDay())})
			if err != nil {
				t.Fatal(err)
			}
			r := answer.GetFunds()[0]
			return fmt.Sprintf("%s provided of %s, result %s, before %s, claims %s", r.GetProvided().GetAmount(), r.GetNotReported().GetAmount(),
				r.GetResult().GetAmount(), r.GetFundBalance().GetAmount(), r.GetIncurred().GetAmount())
		}
		closeMonth(sanadv1.PeriodKind_PERIOD_KIND_YEAR, date(2025, 12, 31))
		want := "40.000 provided of 40.000, result -440.000, before 0.000, claims 440.000"
		if got := provided(2025_12); got != want {
			t.Errorf("December: %s, want %s", got, want)
		}
		// January takes 40 back, and its own claims with their 10 % of twelve months come on top.
		want = "0.000 provided of 50.000, result -60.000, before -440.000, claims 110.000"
		if got := provided(2026_01); got != want {
			t.Errorf("January: %s, want %s", got, want)
		}
		closeMonth(sanadv1.PeriodKind_PERIOD_KIND_MONTH, date(2026, 1, 31))
		want = "50.000 provided of 50.000, result -110.000, before -440.000, claims 110.000"
		if got := provided(2026_01); got != want {
			t.Errorf("January closed: %s, want %s", got, want)
		}
		want = "0.000 provided of 50.000, result -60.000, before -440.000, claims 110.000"
		if got := provided(2026_02); got != want {
			t.Errorf("February: %s, want %s", got, want)
		}
		_, err := p.funds.RunCession(t.Context(), &sanadv1.RunCessionRequest{Scheme: "poor", On: date(2026, 1, 15), Person: "amal"})
		if reasonOf(err) != insurance.FundMonthClosed {
			t.Errorf("a run in a closed month: %v", err)
		}
		s.clean(t)
	})
}

// operatorOf is a fake operator, and the institution's rail to it.
func (p *pools) operator(t *testing.T) *gsmafake.Server {
	t.Helper()
	fake := gsmafake.New(gsmafake.Config{Now: time.Now})
	far := httptest.NewServer(fake)
	t.Cleanup(func() { fake.Close(); far.Close() })
	rail, err := gsma.New(gsma.Config{Name: "gsma-fake", URL: far.URL, Account: []gsma.Party{{Key: "accountid", Value: "1"}},
		Currencies: []ledger.Currency{"JOD"}, OnCredit: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	p.institution.Payouts.Rails["gsma-fake"] = rail
	return fake
}

// pay asks for a member to be paid by the pool of a scheme, and another person approves.
func (p *pools) pay(t *testing.T, scheme string, member ledger.Party, reference string, minor int64) payout.ID {
	t.Helper()
	owed := ledger.Account{Code: ledger.BenefitsPayable, Party: member, Scheme: ledger.SchemeCode(scheme), Currency: "JOD"}
	p.book(t, p.today, healthOf(scheme).Account(ledger.BenefitsIncurred), owed, minor)
	one, batch, err := p.institution.Payouts.RequestPayout(t.Context(), payout.BatchRequest{
		Reference: reference, Person: "amal", Rail: "gsma-fake", Pool: insurance.Health.Party(), Declared: payout.Sum{Total: ledger.Money{Currency: "JOD"}},
		Lines: []payout.Line{{Party: member, Scheme: ledger.SchemeCode(scheme), Minor: minor, To: payout.Destination{Kind: payout.Wallet, Account: "+962791234567"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.institution.Payouts.ApproveBatch(t.Context(), batch.ID, "badr"); err != nil {
		t.Fatal(err)
	}
	return one.ID
}

// work has a worker do all that it may.
func (p *pools) work(t *testing.T) {
	t.Helper()
	worker := &payout.Worker{Service: p.institution.Payouts, Name: "test"}
	for {
		if n, err := worker.Work(t.Context()); err != nil || n == 0 {
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
}

// TestOnlyWhatHasNoSourceWaitsTheOldestGoingFirst, with its age published, until the guarantor has paid.
func TestOnlyWhatHasNoSourceWaitsTheOldestGoingFirst(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		p := s.pools(t)
		operator := p.operator(t)
		p.earn(t, "poor", p.today, 1_200_000)
		p.earn(t, "rich", p.today, 1_250_000)
		p.earn(t, "nation", p.today, 1_750_000)
		for n, minor := range []int64{100_000, 50_000, 200_000} {
			m := s.enrol(t, fmt.Sprintf("member %d", n), fmt.Sprintf("+96279100000%d", n))
			p.pay(t, "poor", insurance.MemberID(m.GetId()).Party(), fmt.Sprintf("pay %d", n), minor)
		}
		// 1200 - 240 ceded - 350 owed leaves 610, 390 under the floor; the nation, at 1750 + 240 + 250, has 240 to lend. 150 are
		// short, so that of the 350 only the youngest 200 wait.
		want := []string{"ceded poor 240.000", "loan poor 240.000", "ceded rich 250.000", "call poor 425.000", "lacks poor 150.000, 1 waiting"}
		if diff := cmp.Diff(want, told(p.run(t))); diff != "" {
			t.Fatal(diff)
		}
		p.work(t)
		if diff := cmp.Diff([]string{"100.000", "50.000"}, paidBy(operator)); diff != "" {
			t.Errorf("the operator has paid: %s", diff)
		}
		wantWaiting := &sanadv1.PoolSum{Amount: jod("200.000"), Count: 1, Oldest: dateOf(p.today)}
		if diff := cmp.Diff(wantWaiting, p.report(t, "poor").GetWaiting(), protocmp.Transform()); diff != "" {
			t.Errorf("what waits: %s", diff)
		}
		late := s.enrol(t, "late", "+962791000009")
		p.pay(t, "poor", insurance.MemberID(late.GetId()).Party(), "late", 10_000)
		p.work(t)
		if got := paidBy(operator); len(got) != 2 {
			t.Errorf("a younger payout has overtaken: %v", got)
		}
		p.confirm(t, "poor", "425.000")
		p.run(t)
		p.work(t)
		if diff := cmp.Diff([]string{"10.000", "100.000", "200.000", "50.000"}, paidBy(operator)); diff != "" {
			t.Errorf("after the guarantor has paid: %s", diff)
		}
		if got := p.report(t, "poor").GetWaiting().GetCount(); got != 0 {
			t.Errorf("%d still wait", got)
		}
		s.clean(t)
	})
}

// paidBy are the amounts on an operator's own list, as texts in order.
func paidBy(operator *gsmafake.Server) []string {
	var amounts []string
	for _, p := range operator.Paid() {
		amounts = append(amounts, p.Amount)
	}
	slices.Sort(amounts)
	return amounts
}
