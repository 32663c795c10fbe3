package tests

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"google.golang.org/grpc"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/tests/pgtest"
)

// tests/payout.sh asks for more payouts and kills than every run of the tests should take.
var (
	payoutCount = flag.Int("payout.count", 1000, "how many beneficiaries are paid, on each engine")
	payoutKills = flag.Int("payout.kills", 5, "how often a worker is killed, on each engine")
	payoutSeed  = flag.Uint64("payout.seed", 0, "what decides when, and what the rail does; 0 takes one by chance, and prints it")

	operatorCount = flag.Int("payout.operator.count", 300, "how many beneficiaries are paid by a mobile-money operator, on each engine")
	operatorKills = flag.Int("payout.operator.kills", 3, "how often a worker that calls the operator is killed, on each engine")
)

const (
	// payoutWorkers is how many work at the same time.
	payoutWorkers = 2
	// longestPayday bounds the sending of all payouts, and what comes after.
	longestPayday = 20 * time.Minute
	// payoutFee is what the sandbox charges for each payment, in fils.
	payoutFee = 25
)

// TestEachBeneficiaryIsPaidOnce pays many over a rail that loses one answer in ten after it has paid, loses and delays
// orders, refuses, returns, and calls back twice and out of order, while the workers, with the rail inside them, are
// killed with SIGKILL again and again. In the end the rail's own list and the books agree to the unit.
func TestEachBeneficiaryIsPaidOnce(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { payday(t, onSQLite(t), overSandbox, *payoutCount, *payoutKills) })
	t.Run("PostgreSQL", func(t *testing.T) {
		payday(t, newInstitution(t, pgtest.URL(t)), overSandbox, *payoutCount, *payoutKills)
	})
}

// TestEachBeneficiaryIsPaidOnceByAnOperator pays many over the GSMA rail to an operator that is down, cuts calls, loses
// answers after it has paid, pays late, refuses, takes back, and calls back twice or never, while the workers are killed
// with SIGKILL. In the end the operator's own list and the books agree to the unit, and to the wallet.
func TestEachBeneficiaryIsPaidOnceByAnOperator(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { payday(t, onSQLite(t), overOperator, *operatorCount, *operatorKills) })
	t.Run("PostgreSQL", func(t *testing.T) {
		payday(t, newInstitution(t, pgtest.URL(t)), overOperator, *operatorCount, *operatorKills)
	})
}

// paying is a day on which many are paid.
type paying struct {
	*testing.T
	institution
	server  *server
	calls   sanadv1.PayoutServiceClient
	rail    payRail
	random  *rand.Rand
	workers []*server
	members []string
	kills   int
	batch   string
	began   time.Time
}

func payday(t *testing.T, i institution, over func(*testing.T, uint64) payRail, count, kills int) {
	seed := *payoutSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	fmt.Fprintf(t.Output(), "-payout.seed=%d\n", seed)
	ctx, cancel := context.WithTimeout(t.Context(), longestPayday)
	defer cancel()
	p := newPaying(t, i, over(t, seed), seed, count, kills)
	p.fill(ctx)
	p.owe(ctx)
	p.approve(ctx)
	p.began = time.Now()
	for n := range payoutWorkers {
		p.workers = append(p.workers, p.work(n))
	}
	for n := range kills {
		p.kill(ctx, n)
	}
	p.settle(ctx)
	p.reckon(ctx)
}

func newPaying(t *testing.T, i institution, rail payRail, seed uint64, count, kills int) *paying {
	t.Helper()
	p := &paying{T: t, institution: i, rail: rail, kills: kills, random: rand.New(rand.NewPCG(seed, 1))}
	var err error
	if p.server, err = i.serve("--rail", rail.flag(), "--no-payout-worker"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.server.kill)
	rail.served(p.server)
	connection := connect(t, p.server.address)
	p.calls = sanadv1.NewPayoutServiceClient(connection)
	p.members = enrolMany(t, connection, count)
	return p
}

// enrolMany registers members and returns their parties.
func enrolMany(t *testing.T, connection *grpc.ClientConn, count int) (parties []string) {
	t.Helper()
	const page = 500
	for from := 0; from < count; from += page {
		request := &sanadv1.BatchRegisterMembersRequest{}
		for n := from; n < min(from+page, count); n++ {
			request.Requests = append(request.Requests, &sanadv1.RegisterMemberRequest{
				RequestId: fmt.Sprintf("payday-%d", n),
				Person: &sanadv1.Person{Name: fmt.Sprintf("Member %d", n),
					Phones: []*sanadv1.Phone{{Number: paydayPhone(n), From: &sanadv1.Date{Year: 2020, Month: 1, Day: 1}}}},
			})
		}
		answer, err := sanadv1.NewMemberServiceClient(connection).BatchRegisterMembers(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range answer.GetResults() {
			if refusal := result.GetRefusal(); refusal != nil {
				t.Fatalf("a member was refused: %s", refusal.GetMessage())
			}
			parties = append(parties, "member:"+result.GetRegistered().GetMember().GetId())
		}
	}
	return parties
}

func paydayPhone(n int) string { return fmt.Sprintf("+96279%07d", n) }

// owed is what the nth beneficiary is owed, in fils.
func paydayFils(n int) int64 { return int64(1_000 + n%997) }

// owe books what the fund owes to each, as an approved claim does.
func (p *paying) owe(ctx context.Context) {
	db, err := sqldb.Open(ctx, p.url)
	if err != nil {
		p.Fatal(err)
	}
	defer db.Close()
	books, err := ledgersql.New(ctx, db)
	if err != nil {
		p.Fatal(err)
	}
	var entries []ledger.Entry
	for n, party := range p.members {
		e, err := ledger.NewEntry(ledger.ID{byte(n >> 16), byte(n >> 8), byte(n), 0x77}, "claim-approved", 2026_03_02,
			ledger.Dr(ledger.Account{Code: ledger.BenefitsIncurred, Party: "pool:health", Scheme: scheme, Currency: currency}, paydayFils(n)),
			ledger.Cr(ledger.Account{Code: ledger.BenefitsPayable, Party: ledger.Party(party), Scheme: scheme, Currency: currency}, paydayFils(n)))
		if err != nil {
			p.Fatal(err)
		}
		if entries = append(entries, e); len(entries) == 500 || n == len(p.members)-1 {
			if _, _, err := ledger.Append(ctx, books, entries...); err != nil {
				p.Fatal(err)
			}
			entries = nil
		}
	}
}

// approve has one person make the batch and another approve it.
func (p *paying) approve(ctx context.Context) {
	var sum int64
	request := &sanadv1.CreateBatchRequest{Reference: "payday", Person: "amal", Rail: p.rail.name(), DeclaredCount: int32(len(p.members))}
	for n, party := range p.members {
		sum += paydayFils(n)
		request.Lines = append(request.Lines, &sanadv1.PayoutLine{
			Party: party, Scheme: scheme, Amount: &sanadv1.Money{CurrencyCode: currency, Amount: money(paydayFils(n))},
			Destination: &sanadv1.Destination{Kind: sanadv1.DestinationKind_DESTINATION_KIND_WALLET, Account: paydayPhone(n)},
		})
	}
	request.DeclaredTotal = &sanadv1.Money{CurrencyCode: currency, Amount: money(sum)}
	answer, err := p.calls.CreateBatch(ctx, request)
	if err != nil {
		p.Fatal(err)
	}
	p.batch = answer.GetBatch().GetId()
	if _, err := p.calls.ApproveBatch(ctx, &sanadv1.ApproveBatchRequest{Batch: p.batch, Person: "badr"}); err != nil {
		p.Fatal(err)
	}
}

// paydayFloat is what stands on the rail's float before anybody is paid.
const paydayFloat = 1_000_000_000

// fill puts money on the rail's float, which is all that it may pay.
func (p *paying) fill(ctx context.Context) {
	_, err := p.calls.TopUpFloat(ctx, &sanadv1.TopUpFloatRequest{Rail: p.rail.name(), Amount: &sanadv1.Money{CurrencyCode: currency, Amount: money(paydayFloat)},
		BankAccount: "cbj-1", On: &sanadv1.Date{Year: 2026, Month: 3, Day: 1}, Reference: "float", Person: "amal"})
	if err != nil {
		p.Fatal(err)
	}
}

// work starts a worker, with the rail inside it.
func (p *paying) work(n int) *server {
	w, err := p.start("paying out", "payout", "worker", "--rail", p.rail.flag(), "--worker-name", fmt.Sprintf("w%d", n),
		"--lease", "2s", "--idle", "100ms", "--width", "6")
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(w.kill)
	return w
}

// sums are how many payouts stand in each state.
func (p *paying) sums(ctx context.Context) map[sanadv1.PayoutState]int {
	report, err := p.calls.GetBatchReport(ctx, &sanadv1.GetBatchReportRequest{Batch: p.batch})
	if err != nil {
		p.Fatal(err)
	}
	sums := map[sanadv1.PayoutState]int{}
	for _, s := range report.GetSums() {
		sums[s.GetState()] += int(s.GetCount())
	}
	return sums
}

// kill waits until so many of the kills' share of payouts have been sent, and somewhat longer, and kills a worker.
func (p *paying) kill(ctx context.Context, n int) {
	share := len(p.members) * (n + 1) / (p.kills + 2)
	var sums map[sanadv1.PayoutState]int
	for {
		if sums = p.sums(ctx); len(p.members)-sums[sanadv1.PayoutState_PAYOUT_STATE_APPROVED] >= share {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(time.Duration(p.random.Int64N(int64(50 * time.Millisecond))))
	hit := p.random.IntN(payoutWorkers)
	p.workers[hit].kill()
	if after := p.sums(ctx); after[sanadv1.PayoutState_PAYOUT_STATE_APPROVED]+after[sanadv1.PayoutState_PAYOUT_STATE_SENDING] == 0 {
		p.Errorf("kill %d came when everything was sent: it proves nothing", n+1)
	}
	p.workers[hit] = p.work(hit)
}

// settle waits until nothing is in transit, and nothing can come back any more.
func (p *paying) settle(ctx context.Context) {
	for {
		sums := p.sums(ctx)
		open := sums[sanadv1.PayoutState_PAYOUT_STATE_APPROVED] + sums[sanadv1.PayoutState_PAYOUT_STATE_SENDING] + sums[sanadv1.PayoutState_PAYOUT_STATE_SENT]
		if open == 0 {
			break
		}
		select {
		case <-ctx.Done():
			p.Fatalf("still on their way: %v\n%s", sums, p.workers[0].lastLines())
		case <-time.After(200 * time.Millisecond):
		}
	}
	p.returned(ctx)
	for _, w := range p.workers {
		if err := w.terminate(); err != nil {
			p.Error(err)
		}
	}
}

// returned waits until what the rail has taken back is told.
func (p *paying) returned(ctx context.Context) {
	for {
		list, err := p.rail.lines(ctx)
		if err != nil {
			p.Fatal(err)
		}
		back := 0
		for _, line := range list {
			if line.outcome == payout.Returned {
				back++
			}
		}
		sums := p.sums(ctx)
		if sums[sanadv1.PayoutState_PAYOUT_STATE_RETURNED] == back && sums[sanadv1.PayoutState_PAYOUT_STATE_SENT] == 0 {
			return
		}
		select {
		case <-ctx.Done():
			p.Fatalf("the rail has %d returned, the books say %v", back, sums)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

var paydayStates = map[sanadv1.PayoutState]payout.Outcome{
	sanadv1.PayoutState_PAYOUT_STATE_SETTLED: payout.Settled, sanadv1.PayoutState_PAYOUT_STATE_FAILED: payout.Failed,
	sanadv1.PayoutState_PAYOUT_STATE_RETURNED: payout.Returned,
}

// reckon compares the rail's own list with the payouts and with the books.
func (p *paying) reckon(ctx context.Context) {
	lines, err := p.rail.lines(ctx)
	if err != nil {
		p.Fatal(err)
	}
	paidTo := map[string]int{}
	var left int64
	for _, line := range lines {
		if line.outcome == payout.Settled || line.outcome == payout.Returned {
			paidTo[line.to]++
			left += line.fee
		}
		if line.outcome == payout.Settled {
			left += line.amount.Minor
		}
	}
	again, outcomes := p.compare(ctx, lines)
	for account, times := range paidTo {
		if times != 1 {
			p.Errorf("a beneficiary was paid %d times, at %s", times, account)
		}
	}
	p.compareBooks(ctx, left)
	fmt.Fprintf(p.Output(), "%s: %d beneficiaries, %d kills, %.1f s: %v; %d were sent again under their key; the rail's list has %d lines, %s %s have left its float in both books; %s\n",
		p.rail.name(), len(p.members), p.kills, time.Since(p.began).Seconds(), outcomes, again, len(lines), money(left), currency, p.rail.told())
}

// compare holds every payout against the rail's line of the same key. It returns how many were sent more than once, and
// how many had which outcome.
func (p *paying) compare(ctx context.Context, lines map[string]railLine) (again int, outcomes map[payout.Outcome]int) {
	outcomes = map[payout.Outcome]int{}
	request := &sanadv1.ListPayoutsRequest{Batch: p.batch, PageSize: 1000}
	count := 0
	for {
		page, err := p.calls.ListPayouts(ctx, request)
		if err != nil {
			p.Fatal(err)
		}
		for _, of := range page.GetPayouts() {
			count++
			line, ok := lines[of.GetKey()]
			if !ok || line.outcome != paydayStates[of.GetState()] || line.amount.Amount() != of.GetAmount().GetAmount() || line.to != paydayPhone(int(of.GetLine())-1) {
				p.Errorf("line %d is %s of %s, and the rail has %s of %s", of.GetLine(), of.GetState(), of.GetAmount().GetAmount(), line.outcome, line.amount)
			}
			if of.GetContradiction() != "" {
				p.Errorf("line %d: %s", of.GetLine(), of.GetContradiction())
			}
			if of.GetAttempts() > 1 {
				again++
			}
			outcomes[line.outcome]++
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	if count != len(p.members) || len(lines) != len(p.members) {
		p.Errorf("%d payouts and %d lines of the rail for %d beneficiaries", count, len(lines), len(p.members))
	}
	return again, outcomes
}

// compareBooks holds the rail's accounts against what has left its float by its own list, and has the program verify.
func (p *paying) compareBooks(ctx context.Context, left int64) {
	answer, err := sanadv1.NewLedgerServiceClient(connect(p.T, p.server.address)).GetBalances(ctx, &sanadv1.GetBalancesRequest{
		Accounts: []*sanadv1.Account{
			{Code: int32(ledger.RailFloat), Party: "rail:" + p.rail.name(), CurrencyCode: currency},
			{Code: int32(ledger.PayoutsInTransit), Party: "rail:" + p.rail.name(), Scheme: scheme, CurrencyCode: currency},
		},
	})
	if err != nil {
		p.Fatal(err)
	}
	for i, want := range []string{money(paydayFloat - left), money(0)} {
		if got := answer.GetBalances()[i].GetBalance().GetAmount(); got != want {
			p.Errorf("%d stands at %s, want %s", answer.GetBalances()[i].GetAccount().GetCode(), got, want)
		}
	}
	if err := p.verify(ctx); err != nil {
		p.Error(err)
	}
}
