package sandbox_test

import (
	"context"
	"testing"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/railtest"
	"sanad.dev/sanad/payments/payout/sandbox"
)

func open(t *testing.T, c sandbox.Config) *sandbox.Rail {
	t.Helper()
	rail, err := sandbox.Open(t.Context(), "sqlite:"+t.TempDir()+"/rail.db", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rail.Close)
	return rail
}

// fates are the suite's behaviours in the sandbox's own words.
var fates = map[railtest.Behaviour]sandbox.Fate{
	railtest.Settles:     {Delay: time.Second, Calls: 1},
	railtest.Fails:       {Delay: time.Second, Calls: 1, Fails: true},
	railtest.Returns:     {Delay: time.Second, Calls: 2, Returns: true},
	railtest.LosesAnswer: {Delay: time.Second, Calls: 1, LosesAnswer: true},
	railtest.LosesOrder:  {LosesOrder: true},
	railtest.CallsTwice:  {Delay: time.Second, Calls: 2, Stale: true},
}

func TestTheSandboxIsARail(t *testing.T) {
	t.Parallel()
	railtest.Run(t, func(t *testing.T) railtest.World {
		rail := open(t, sandbox.Config{Fee: 50})
		var called []payout.Report
		return railtest.World{
			Rail: rail,
			Next: func(b railtest.Behaviour) {
				rail.Decide(func(payout.Key, int64) sandbox.Fate { return fates[b] })
			},
			Pass: func() {
				rail.Skip(time.Hour)
				_, err := rail.CallBack(t.Context(), func(_ context.Context, r payout.Report) error {
					called = append(called, r)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			},
			List: func() (paid []railtest.Paid) {
				list, err := rail.List(t.Context())
				if err != nil {
					t.Error(err)
				}
				for _, p := range list {
					if p.Outcome == payout.Settled {
						paid = append(paid, railtest.Paid{Key: p.Key, Amount: p.Amount, To: p.To, Fee: p.Fee})
					}
				}
				return paid
			},
			CalledBack: func() []payout.Report { return called },
			Amount:     ledger.Money{Minor: 12_500, Currency: "JOD"},
			To:         payout.Destination{Kind: payout.Wallet, Account: "+962791234567"},
		}
	})
}
