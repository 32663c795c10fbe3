package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/gsma"
	"sanad.dev/sanad/payments/payout/gsma/gsmafake"
	"sanad.dev/sanad/services/insurance"
)

// operated is an institution that pays over an operator that calls back.
type operated struct {
	*pools
	fake *gsmafake.Server
	rail *gsma.Rail
	// log is what the server that is called back has logged.
	log *lines
}

// lines are what is logged, by many at once.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write logs.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// String is all that was logged.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// operated serves a second time, with its HTTP port known to the operator.
func (p *pools) operated(t *testing.T, config gsmafake.Config) *operated {
	t.Helper()
	o := &operated{pools: p, log: &lines{}}
	address := make(chan string, 1)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- api.Serve(ctx, p.institution, api.Config{Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Ready: func(_, web string) { address <- web }},
			slog.New(slog.NewTextHandler(o.log, nil)))
	}()
	web := "http://" + <-address
	config.Now = time.Now
	o.fake = gsmafake.New(config)
	far := httptest.NewServer(o.fake)
	rail, err := gsma.New(gsma.Config{Name: "gsma-fake", URL: far.URL, Account: []gsma.Party{{Key: "accountid", Value: "1"}},
		Currencies: []ledger.Currency{"JOD"}, OnCredit: true, Now: time.Now, Callback: gsma.Callback{URL: web, Secret: "nobody can guess this"}, Polling: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	o.rail, p.institution.Payouts.Rails["gsma-fake"] = rail, rail
	t.Cleanup(func() {
		o.fake.Close()
		far.Close()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return o
}

// put sends a callback as anybody could, and returns the answer's status.
func put(t *testing.T, address, body string) int {
	t.Helper()
	call, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode
}

// TestAnOperatorCallsBack: three payouts are accepted and settled, or failed, by callbacks alone, each of which comes twice;
// what somebody else sends changes nothing.
func TestAnOperatorCallsBack(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		p := s.pools(t)
		o := p.operated(t, gsmafake.Config{Fate: func(string) gsmafake.Fate { return gsmafake.Fate{Later: true, Twice: true, Delay: time.Hour} }})
		var ids []payout.ID
		for n := range 3 {
			m := s.enrol(t, fmt.Sprintf("member %d", n), fmt.Sprintf("+96279200000%d", n))
			ids = append(ids, p.pay(t, "rich", insurance.MemberID(m.GetId()).Party(), fmt.Sprintf("pay %d", n), 12_500))
		}
		p.work(t)
		key := payout.KeyOf(ids[0])
		address := o.rail.CallbackURL(key)
		paid := `{"transactionStatus":"completed","amount":"12.500","currency":"JOD","transactionReference":"FORGED"}`
		for name, c := range map[string]struct {
			address, body string
			want          int
		}{
			"a mark of another payout":    {strings.Replace(address, key.String(), payout.KeyOf(ids[1]).String(), 1), paid, http.StatusNotFound},
			"a rail that is not there":    {strings.Replace(address, "gsma-fake", "gsma-other", 1), paid, http.StatusNotFound},
			"no message":                  {address, "{", http.StatusBadRequest},
			"a payout that was not asked": {o.rail.CallbackURL(payout.KeyOf(payout.ID{9})), paid, http.StatusNotFound},
		} {
			if got := put(t, c.address, c.body); got != c.want {
				t.Errorf("%s is answered with %d, want %d", name, got, c.want)
			}
		}
		for _, id := range ids {
			p.stands(t, id, payout.StateSent)
		}
		o.fake.Pass()
		for _, id := range ids {
			p.stands(t, id, payout.StateSettled)
		}
		if got := p.balance(t, 1050, "rail:gsma-fake", ""); got != "-37.500" {
			t.Errorf("%s stands on the rail's float", got)
		}
		if strings.Contains(o.log.String(), address) || strings.Contains(o.log.String(), "+96279") {
			t.Errorf("the log tells too much: %s", o.log)
		}
		s.clean(t)
	})
}

// stands fails the test where the payout is in another state.
func (p *pools) stands(t *testing.T, id payout.ID, want payout.State) {
	t.Helper()
	w, err := p.institution.Payouts.Payout(t.Context(), id)
	if err != nil || w.State != want {
		t.Errorf("payout %s is %s, %v; want %s", id, w.State, err, want)
	}
}

// TestOnABadDayEachIsPaidOnceAndTheBooksEqualTheOperatorsList: answers are lost, calls cut, things done later, callbacks
// doubled or never sent.
func TestOnABadDayEachIsPaidOnceAndTheBooksEqualTheOperatorsList(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		p := s.pools(t)
		o := p.operated(t, gsmafake.Config{Seed: 4, Accidents: gsmafake.Rough, Delay: 50 * time.Millisecond})
		o.rail.Config.Settling, o.rail.Config.Polling = time.Millisecond, 20*time.Millisecond
		var ids []payout.ID
		for n := range 40 {
			m := s.enrol(t, fmt.Sprintf("member %d", n), fmt.Sprintf("+9627930000%02d", n))
			ids = append(ids, p.pay(t, "rich", insurance.MemberID(m.GetId()).Party(), fmt.Sprintf("pay %d", n), int64(1000+n)))
		}
		states := p.until(t, ids)
		var paid int64
		for n, id := range ids {
			if states[id] == payout.StateSettled {
				paid += int64(1000 + n)
			}
		}
		var listed int64
		for _, line := range o.fake.Paid() {
			m, err := ledger.ParseMoney("JOD", line.Amount)
			if err != nil {
				t.Fatal(err)
			}
			listed += m.Minor
		}
		float := ledger.Money{Minor: -listed, Currency: "JOD"}
		if got := p.balance(t, 1050, "rail:gsma-fake", ""); paid != listed || got != float.Amount() {
			t.Errorf("the operator has paid %d, the payouts say %d, and the float stands at %s", listed, paid, got)
		}
		s.clean(t)
	})
}

// until works until every payout has come to an end.
func (p *pools) until(t *testing.T, ids []payout.ID) map[payout.ID]payout.State {
	t.Helper()
	for range 400 {
		p.work(t)
		states, open := map[payout.ID]payout.State{}, 0
		for _, id := range ids {
			w, err := p.institution.Payouts.Payout(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if states[id] = w.State; w.State != payout.StateSettled && w.State != payout.StateFailed {
				open++
			}
		}
		if open == 0 {
			return states
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("some payouts come to no end")
	return nil
}
