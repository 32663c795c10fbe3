package gsma_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/gsma"
	"sanad.dev/sanad/payments/payout/gsma/gsmafake"
	"sanad.dev/sanad/payments/payout/railtest"
)

// operator is a fake operator, a rail to it, and what the rail's code read of its callbacks.
type operator struct {
	*gsmafake.Server
	rail *gsma.Rail

	mu     sync.Mutex
	fate   gsmafake.Fate
	called []payout.Report
}

// manner is in which way the operator does what it is told to do.
type manner struct{ later, callback bool }

// patience is longer than any test takes: what is done later is done when a test lets time pass.
const patience = time.Hour

// apiKey is what the operator asks for.
const apiKey = "key-that-nobody-may-see"

// open starts an operator and makes a rail to it.
func open(t *testing.T, m manner) *operator {
	t.Helper()
	o := &operator{}
	o.Server = gsmafake.New(gsmafake.Config{APIKey: apiKey, Now: time.Now, Fate: func(string) gsmafake.Fate {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.fate
	}})
	far := httptest.NewServer(o.Server)
	o.rail = railTo(t, far.URL, "")
	near := httptest.NewServer(o)
	if m.callback {
		o.rail = railTo(t, far.URL, near.URL)
	}
	t.Cleanup(func() { o.Close(); far.Close(); near.Close() })
	return o
}

func railTo(t *testing.T, operator, callback string) *gsma.Rail {
	t.Helper()
	rail, err := gsma.New(gsma.Config{
		Name: "gsma-fake", URL: operator, APIKey: apiKey, Account: []gsma.Party{{Key: "accountid", Value: "4711"}},
		Currencies: []ledger.Currency{"JOD"}, Callback: gsma.Callback{URL: callback, Secret: "sixteen characters"},
		Settling: time.Millisecond, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return rail
}

// ServeHTTP takes callbacks as the server does.
func (o *operator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	part := strings.Split(strings.TrimPrefix(r.URL.Path, gsma.CallbackPath), "/")
	report, err := o.rail.ReadCallback(part[1], part[2], r.Header.Get(gsma.HeaderCorrelation), r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.called = append(o.called, report)
	w.WriteHeader(http.StatusNoContent)
}

func (o *operator) next(f gsmafake.Fate) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fate = f
}

func (o *operator) calledBack() []payout.Report {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]payout.Report(nil), o.called...)
}

// fateOf is what the operator must do to behave so.
func (m manner) fateOf(b railtest.Behaviour) gsmafake.Fate {
	f := gsmafake.Fate{Later: m.later, Delay: patience}
	switch b {
	case railtest.Fails:
		f.Refused = &gsmafake.Refusals[0]
	case railtest.Returns:
		f.Returned = true
	case railtest.LosesAnswer:
		f.Silent = true
	case railtest.LosesOrder:
		f.Cut = true
	case railtest.CallsTwice:
		f.Later, f.Twice = true, true
	}
	return f
}

// list is the operator's own list in the words of the suite.
func (o *operator) list(t *testing.T) []railtest.Paid {
	var all []railtest.Paid
	for _, p := range o.Paid() {
		key, err := payout.ParseKey(p.CorrelationID)
		if err != nil {
			t.Error(err)
		}
		amount, err := ledger.ParseMoney(ledger.Currency(p.Currency), p.Amount)
		if err != nil {
			t.Error(err)
		}
		all = append(all, railtest.Paid{Key: key, Amount: amount, To: payout.Destination{Kind: payout.Wallet, Account: p.To[0].Value}})
	}
	return all
}

// TestTheRailKeepsTheLawsOfRails runs the suite of rails on an operator that answers at once, one that does things later
// and is asked, and one that calls back.
func TestTheRailKeepsTheLawsOfRails(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]manner{
		"it answers at once":             {},
		"it is asked for what it does":   {later: true},
		"it calls back what it has done": {later: true, callback: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			railtest.Run(t, func(t *testing.T) railtest.World {
				o := open(t, m)
				w := railtest.World{
					Rail: o.rail, Pass: o.Pass, List: func() []railtest.Paid { return o.list(t) },
					Next:   func(b railtest.Behaviour) { o.next(m.fateOf(b)) },
					Amount: ledger.Money{Minor: 12_500, Currency: "JOD"},
					To:     payout.Destination{Kind: payout.Wallet, Account: "+962791234567"},
				}
				if m.callback {
					w.CalledBack = o.calledBack
				}
				return w
			})
		})
	}
}
