package tests

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/gsma"
	"sanad.dev/sanad/payments/payout/gsma/gsmafake"
	"sanad.dev/sanad/payments/payout/sandbox"
)

// payRail is a rail that many are paid over on a bad day.
type payRail interface {
	name() string
	// flag is what a program is told of it.
	flag() string
	// served is told of the server that serves while many are paid.
	served(*server)
	// lines is the rail's own list, by key.
	lines(context.Context) (map[string]railLine, error)
	// told is what else there is to say of the day.
	told() string
}

// railLine is a line of a rail's own list.
type railLine struct {
	outcome payout.Outcome
	amount  ledger.Money
	fee     int64
	to      string
}

// sandboxed is the sandbox, which dies with each worker that it runs in; its list is in a file.
type sandboxed struct {
	file string
	seed uint64
	list *sandbox.Rail
}

func overSandbox(t *testing.T, seed uint64) payRail {
	t.Helper()
	s := &sandboxed{file: filepath.Join(t.TempDir(), "rail.db"), seed: seed}
	var err error
	if s.list, err = sandbox.Open(t.Context(), "sqlite:"+s.file, sandbox.Config{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.list.Close)
	return s
}

func (*sandboxed) name() string { return "sandbox" }

func (s *sandboxed) flag() string {
	return fmt.Sprintf("sandbox:%s?odds=bad&seed=%d&fee=%d&credit=false&timeout=5s&settling=1s&polling=300ms&returnable=3s", s.file, s.seed, payoutFee)
}

func (*sandboxed) served(*server) {}

func (*sandboxed) told() string { return "it charged for each" }

func (s *sandboxed) lines(ctx context.Context) (map[string]railLine, error) {
	list, err := s.list.List(ctx)
	lines := map[string]railLine{}
	for _, l := range list {
		lines[l.Key.String()] = railLine{l.Outcome, l.Amount, l.Fee, l.To.Account}
	}
	return lines, err
}

// operated is an operator on a bad day, in this process, so that its list outlives the workers and says whom it has paid.
type operated struct {
	*testing.T
	operator *gsmafake.Server
	file     string
	// calls passes on what the operator calls back to the server, and counted counts it.
	calls   atomic.Pointer[httputil.ReverseProxy]
	web     string // of the server
	counted atomic.Int64
}

func overOperator(t *testing.T, seed uint64) payRail {
	t.Helper()
	o := &operated{T: t, file: filepath.Join(t.TempDir(), "operator.yaml")}
	accidents := gsmafake.Rough
	accidents.Returned = 20
	o.operator = gsmafake.New(gsmafake.Config{Seed: seed, Accidents: accidents, Delay: time.Second, Hang: 300 * time.Millisecond, APIKey: "operator-key", Now: time.Now})
	far, near := httptest.NewServer(o.operator), httptest.NewServer(o)
	t.Cleanup(func() {
		o.operator.Close()
		far.Close()
		near.Close()
	})
	said := fmt.Sprintf(`name: gsma
url: %s
api_key: operator-key
account: {accountid: "4711"}
currencies: [%s]
callback: {url: "%s", secret: nobody can guess this}
timeout: 5s
settling: 1s
polling: 300ms
returnable: 3s
`, far.URL, currency, near.URL)
	if err := os.WriteFile(o.file, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

func (*operated) name() string { return "gsma" }

func (o *operated) flag() string { return "gsma:" + o.file }

func (o *operated) served(s *server) {
	o.web = s.web
	o.calls.Store(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: s.web}))
}

// ServeHTTP passes on what the operator calls back.
func (o *operated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.counted.Add(1)
	o.calls.Load().ServeHTTP(w, r)
}

// metrics are what the server tells of itself.
func (o *operated) metrics() string {
	answer, err := http.Get("http://" + o.web + "/metrics")
	if err != nil {
		o.Error(err)
		return ""
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		o.Error(err)
	}
	return string(text)
}

func (o *operated) told() string {
	asked, twice := 0, 0
	for _, l := range o.operator.List() {
		asked += l.Calls
		if l.Calls > 1 {
			twice++
		}
	}
	back := o.counted.Load()
	if text := o.metrics(); !strings.Contains(text, `sanad_payout_steps_total{`) || !strings.Contains(text, `what="called-back"`) {
		o.Error("the server's metrics do not tell that the operator has called back")
	}
	if twice == 0 || back == 0 {
		o.Errorf("%d keys came more than once and %d calls came back: a day without accidents proves nothing", twice, back)
	}
	return fmt.Sprintf("it was asked %d times, of %d keys more than once, and called back %d times", asked, twice, back)
}

// operatorStates are what the operator's states mean.
var operatorStates = map[string]payout.Outcome{
	gsma.Completed: payout.Settled, gsma.Failed: payout.Failed, gsma.Pending: payout.Accepted, gsmafake.Reversed: payout.Returned,
}

func (o *operated) lines(context.Context) (map[string]railLine, error) {
	lines := map[string]railLine{}
	for _, l := range o.operator.List() {
		amount, err := ledger.ParseMoney(ledger.Currency(l.Currency), l.Amount)
		if err != nil || len(l.To) != 1 {
			return nil, fmt.Errorf("the operator has %s %s for %d: %w", l.Amount, l.Currency, len(l.To), err)
		}
		lines[l.CorrelationID] = railLine{outcome: operatorStates[l.Status], amount: amount, to: l.To[0].Value}
	}
	return lines, nil
}
