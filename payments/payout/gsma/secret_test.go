package gsma_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/gsma"
	"sanad.dev/sanad/payments/payout/gsma/gsmafake"
)

func orderOf(n byte) payout.Order {
	return payout.Order{Key: payout.KeyOf(payout.ID{n}), Amount: ledger.Money{Minor: 12_500, Currency: "JOD"},
		To: payout.Destination{Kind: payout.Wallet, Account: "+962791234567"}, Text: "Sanad"}
}

// TestNothingPrintsCredentialsOrPhones prints in every way what a rail is made of, and every error of an operator that
// nobody reaches, repeats what it was told, or says nothing.
func TestNothingPrintsCredentialsOrPhones(t *testing.T) {
	t.Parallel()
	parrot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"errorCategory": "internal", "errorCode": "key " + r.Header.Get("X-API-Key") + " +962791234567"})
	}))
	t.Cleanup(parrot.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	var log bytes.Buffer
	for _, address := range []string{parrot.URL, "http://" + closed.Addr().String() + "/very-secret-path"} {
		rail := railTo(t, address, parrot.URL)
		_, sendErr := rail.Send(t.Context(), orderOf(1))
		_, askErr := rail.Enquire(t.Context(), payout.Enquiry{Key: orderOf(1).Key})
		if sendErr == nil || askErr == nil {
			t.Fatal("an operator that says nothing was understood")
		}
		slog.New(slog.NewJSONHandler(&log, nil)).Error("x", "config", rail.Config, "key", rail.Config.APIKey, "a", sendErr, "b", askErr)
		fmt.Fprintf(&log, "%v %+v %#v %s", rail.Config.APIKey, rail.Config.Callback, rail.Config.APIKey, rail.Config.Account)
	}
	for _, secret := range []string{apiKey, "sixteen characters", "962791234567", "very-secret-path"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is printed in %s", secret, log.String())
		}
	}
}

// TestACallbackCountsAtItsOwnAddressOnly changes each part of an address, and what is sent to it.
func TestACallbackCountsAtItsOwnAddressOnly(t *testing.T) {
	t.Parallel()
	rail := railTo(t, "https://operator.example", "https://fund.example")
	key, other := orderOf(1).Key, orderOf(2).Key
	address := rail.CallbackURL(key)
	part := strings.Split(strings.TrimPrefix(address, "https://fund.example"+gsma.CallbackPath), "/")
	if len(part) != 3 || part[0] != "gsma-fake" || part[1] != key.String() {
		t.Fatalf("the address is %s", address)
	}
	mark, otherMark := part[2], rail.CallbackURL(other)[strings.LastIndex(rail.CallbackURL(other), "/")+1:]
	paid := `{"transactionStatus":"completed","amount":"12.500","currency":"JOD","transactionReference":"R1"}`
	unsigned := railTo(t, "https://operator.example", "")
	for _, c := range []struct {
		name                         string
		rail                         *gsma.Rail
		key, mark, correlation, body string
		want                         payout.Outcome
	}{
		{"as it was made", rail, key.String(), mark, key.String(), paid, payout.Settled},
		{"without a correlation id", rail, key.String(), mark, "", paid, payout.Settled},
		{"a failure", rail, key.String(), mark, key.String(), `{"errorCategory":"identification","errorCode":"identifierError"}`, payout.Failed},
		{"another payout under this mark", rail, other.String(), mark, "", paid, ""},
		{"another mark", rail, key.String(), otherMark, "", paid, ""},
		{"no mark", rail, key.String(), "", "", paid, ""},
		{"another correlation id", rail, key.String(), mark, other.String(), paid, ""},
		{"no key", rail, "x", mark, "", paid, ""},
		{"a rail that is not called back", unsigned, key.String(), mark, "", paid, ""},
		{"no message", rail, key.String(), mark, "", "", ""},
		{"a message without end", rail, key.String(), mark, "", strings.Repeat(" ", 1<<20) + paid, ""},
		{"another message", rail, key.String(), mark, "", `{"serverCorrelationId":"1"}`, ""},
	} {
		got, err := c.rail.ReadCallback(c.key, c.mark, c.correlation, strings.NewReader(c.body))
		if got.Outcome != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %+v, %v; want %s", c.name, got, err, c.want)
		}
	}
}

// TestAnOperatorIsReachedOverHTTPSOnly: credentials and phones go there.
func TestAnOperatorIsReachedOverHTTPSOnly(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://operator.example/mm": true, "http://127.0.0.1:1": true, "http://localhost:1": true, "http://[::1]:1": true,
		"http://operator.example": false, "https://user:pass@operator.example": false, "https://operator.example?key=1": false,
		"operator.example": false, "": false, "ftp://127.0.0.1": false, "http://127.0.0.1.example": false,
	} {
		_, err := gsma.New(gsma.Config{Name: "x", URL: address, Account: []gsma.Party{{Key: "accountid", Value: "1"}},
			Currencies: []ledger.Currency{"JOD"}, Now: time.Now})
		if (err == nil) != good || err != nil && !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%q: %v", address, err)
		}
	}
	_, err := gsma.New(gsma.Config{Name: "x", URL: "https://o.example", Account: []gsma.Party{{Key: "accountid", Value: "1"}},
		Currencies: []ledger.Currency{"JOD"}, Now: time.Now, Callback: gsma.Callback{URL: "https://fund.example", Secret: "short"}})
	if err == nil {
		t.Error("a secret that can be guessed is taken")
	}
}

// TestAnOperatorWithoutResponsesProvesNoAbsence, so that nothing is sent to it twice.
func TestAnOperatorWithoutResponsesProvesNoAbsence(t *testing.T) {
	t.Parallel()
	rail := railTo(t, "https://operator.example", "")
	if c := rail.Contract(); !c.SureOfAbsence || !c.MayResend(c.Settling) {
		t.Errorf("the contract is %+v", c)
	}
	rail.Config.NoResponses = true
	if c := rail.Contract(); c.MayResend(time.Hour) {
		t.Errorf("the contract is %+v", c)
	}
}

// TestTheSameSeedMeetsTheSameAccidents twice, and another seed others.
func TestTheSameSeedMeetsTheSameAccidents(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		o := &operator{Server: gsmafake.New(gsmafake.Config{Seed: seed, Accidents: gsmafake.Rough, APIKey: apiKey, Now: time.Now})}
		far := httptest.NewServer(o.Server)
		defer far.Close()
		defer o.Close()
		o.rail = railTo(t, far.URL, "")
		var story strings.Builder
		for n := range byte(100) {
			r, err := o.rail.Send(t.Context(), orderOf(n))
			fmt.Fprintf(&story, "%d %s %s %v\n", n, r.Outcome, r.Reason, err != nil)
		}
		o.Pass()
		fmt.Fprintln(&story, len(o.Paid()), "paid")
		return story.String()
	}
	first := run(1)
	if second := run(1); second != first {
		t.Errorf("the same seed tells another story:\n%s\n%s", first, second)
	}
	if run(2) == first {
		t.Error("another seed tells the same story")
	}
	for _, word := range []string{"accepted", "settled", "failed", "true"} {
		if !strings.Contains(first, word) {
			t.Errorf("on a bad day there is no %q in\n%s", word, first)
		}
	}
}
