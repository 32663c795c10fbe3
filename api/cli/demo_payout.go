package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"sanad.dev/sanad/api"
	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/sandbox"
)

// The people who pay, and the rail they pay over.
const (
	demoRail   = "sandbox"
	demoMaker  = "payments-clerk"
	demoCheque = "treasurer"
	demoFloat  = "5000.000"
)

// payRail is a rail that pays nobody and has a bad day: it loses the answer to its first call, and refuses the second
// payout that it is given.
func payRail(ctx context.Context, folder string) (*sandbox.Rail, error) {
	config := sandbox.Config{Contract: sandbox.UsualContract}
	config.Contract.Name = demoRail
	config.Contract.Timeout, config.Contract.Settling, config.Contract.Polling = 300*time.Millisecond, 500*time.Millisecond, 100*time.Millisecond
	rail, err := sandbox.Open(ctx, "sqlite:"+filepath.Join(folder, "rail.db"), config)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	seen := map[payout.Key]int{}
	rail.Decide(func(key payout.Key, call int64) sandbox.Fate {
		mu.Lock()
		defer mu.Unlock()
		place, known := seen[key]
		if !known {
			place = len(seen)
			seen[key] = place
		}
		return sandbox.Fate{LosesAnswer: place == 0 && call == 1, Fails: place == 1, Calls: 1}
	})
	return rail, nil
}

// pay lets a worker send payouts until the house is closed.
func (h *house) pay(ctx context.Context, env Env) {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		worker := &payout.Worker{Service: h.institution.Payouts, Name: "demo", Width: 1, Idle: 50 * time.Millisecond}
		_ = api.Pay(ctx, h.institution, worker, warnings(env)) // its errors are in the log
	}()
	h.paid = func() {
		stop()
		<-ended
	}
}

// owed is somebody to whom the demo owes a benefit, and where she wants it.
type owed struct {
	party, wallet string
	minor         int64
}

// owes notes what a claim made the fund owe.
func (s *show) owes(claim *sanadv1.Claim, wallet string) error {
	for _, o := range claim.GetOwed() {
		if err := s.due(o.GetPayee(), wallet, o.GetBooked()); err != nil {
			return err
		}
	}
	return nil
}

// due notes what is owed to a party.
func (s *show) due(party, wallet string, amount *sanadv1.Money) error {
	minor, err := minorOf(amount)
	s.debts = append(s.debts, owed{party, wallet, minor})
	return err
}

// showPayouts pays what is owed: one person makes a batch, another approves it, and what fails is followed up.
func (s *show) showPayouts(ctx context.Context) error {
	s.section("The payouts")
	payouts := sanadv1.NewPayoutServiceClient(s.house.server.conn)
	if _, err := payouts.TopUpFloat(ctx, &sanadv1.TopUpFloatRequest{
		Rail: demoRail, Amount: dinars(demoFloat), BankAccount: demoBank, On: onDay(4, 15), Reference: "float-1", Person: demoMaker,
	}); err != nil {
		return err
	}
	batch, err := s.makeBatch(ctx, payouts)
	if err != nil {
		return err
	}
	s.say("%s makes a batch of %d for %s; she can't approve it herself", demoMaker, batch.GetDeclaredCount(), money(batch.GetDeclaredTotal()))
	first, err := s.payBatch(ctx, payouts, batch)
	if err != nil {
		return err
	}
	if len(first.GetFailed()) == 0 {
		return nil
	}
	failed := first.GetFailed()[0]
	followed, err := payouts.FollowUpBatch(ctx, &sanadv1.FollowUpBatchRequest{
		Batch: batch.GetId(), Reference: "follow-" + batch.GetId(), Person: demoMaker, DeclaredCount: int32(len(first.GetFailed())), DeclaredTotal: failed.GetAmount(),
	})
	if err != nil {
		return err
	}
	s.say("a batch of what failed, and of nothing else:")
	_, err = s.payBatch(ctx, payouts, followed.GetBatch())
	return err
}

// makeBatch asks for everybody to be paid to whom something is owed, and says how many that are and how much.
func (s *show) makeBatch(ctx context.Context, payouts sanadv1.PayoutServiceClient) (*sanadv1.PayoutBatch, error) {
	lines := map[string]*sanadv1.PayoutLine{}
	sums, order := map[string]int64{}, []string{}
	var total int64
	for _, d := range s.debts {
		if lines[d.party] == nil {
			order = append(order, d.party)
			lines[d.party] = &sanadv1.PayoutLine{Party: d.party, Scheme: demoScheme, Destination: &sanadv1.Destination{
				Kind: sanadv1.DestinationKind_DESTINATION_KIND_WALLET, Account: d.wallet,
			}}
		}
		sums[d.party] += d.minor
		total += d.minor
	}
	request := &sanadv1.CreateBatchRequest{
		Reference: fmt.Sprintf("benefits-%d-%d", s.Seed, s.Lines), Person: demoMaker, Rail: demoRail,
		DeclaredCount: int32(len(order)), DeclaredTotal: dinarsOf(total),
	}
	for _, party := range order {
		lines[party].Amount = dinarsOf(sums[party])
		request.Lines = append(request.Lines, lines[party])
	}
	made, err := payouts.CreateBatch(ctx, request)
	return made.GetBatch(), err
}

// paidWithin is how long the demo waits for a batch to be paid.
const paidWithin = 30 * time.Second

// payBatch approves a batch and waits until each of its payouts has come to an end.
func (s *show) payBatch(ctx context.Context, payouts sanadv1.PayoutServiceClient, batch *sanadv1.PayoutBatch) (*sanadv1.GetBatchReportResponse, error) {
	if _, err := payouts.ApproveBatch(ctx, &sanadv1.ApproveBatchRequest{Batch: batch.GetId(), Person: demoCheque}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, paidWithin)
	defer cancel()
	for {
		report, err := payouts.GetBatchReport(ctx, &sanadv1.GetBatchReportRequest{Batch: batch.GetId()})
		if err != nil {
			return nil, err
		}
		if !report.GetOpen() {
			for _, sum := range report.GetSums() {
				s.say("  %d %s: %s %s", sum.GetCount(), word(sum.GetState()), money(sum.GetTotal()), sum.GetReason())
			}
			return report, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func minorOf(m *sanadv1.Money) (int64, error) {
	amount, err := ledger.ParseMoney(ledger.Currency(m.GetCurrencyCode()), m.GetAmount())
	return amount.Minor, err
}

func dinarsOf(minor int64) *sanadv1.Money {
	return dinars(ledger.Money{Minor: minor, Currency: demoCurrency}.Amount())
}
