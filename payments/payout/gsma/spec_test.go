package gsma_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/payments/payout/gsma"
	"sanad.dev/sanad/payments/payout/gsma/gsmafake"
	"sanad.dev/sanad/payments/payout/railtest"
)

// judge sees every call and every answer, and compares them with the published specification.
type judge struct {
	t      *testing.T
	doc    *openapi3.T
	router routers.Router

	mu   sync.Mutex
	seen map[string]bool
}

// specification is the public OpenAPI document. It lies beside the project and not in it, since it is others'.
func specification(t *testing.T) *judge {
	t.Helper()
	file := filepath.Join("..", "..", "..", "..", "shared", "specs", "gsma-mobile-money-1.2.0.yaml")
	if _, err := os.Stat(file); err != nil {
		if os.Getenv("SANAD_REQUIRE_SPECS") == "1" {
			t.Fatalf("%s needs the specification, and SANAD_REQUIRE_SPECS=1 forbids skipping: %v", t.Name(), err)
		}
		t.Skipf("%s did not run: the GSMA specification is not beside the project", t.Name())
	}
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// The document has two paths that no router can tell apart. Sanad uses neither.
	for _, path := range []string{"/accounts/{identityType}", "/accounts/{accountId}"} {
		doc.Paths.Delete(path)
	}
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &judge{t: t, doc: doc, router: router, seen: map[string]bool{}}
}

// RoundTrip makes the call and judges it and its answer.
func (j *judge) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer, err := http.DefaultTransport.RoundTrip(r)
	asked := r.Clone(r.Context())
	asked.Body = io.NopCloser(bytes.NewReader(body))
	input, wrong := j.request(asked)
	if wrong != nil {
		j.t.Errorf("%s %s: %v", r.Method, r.URL.Path, wrong)
	}
	if err != nil || wrong != nil {
		return answer, err
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(text))
	if err := j.response(input, answer.StatusCode, answer.Header, text); err != nil {
		j.t.Errorf("%s %s: the answer: %v", r.Method, r.URL.Path, err)
	}
	return answer, nil
}

// options validate bodies whole, and ask for no way to sign in: the document names none.
var options = &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}

func (j *judge) request(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := j.router.FindRoute(r)
	if err != nil {
		return nil, err
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	return input, openapi3filter.ValidateRequest(r.Context(), input)
}

func (j *judge) response(input *openapi3filter.RequestValidationInput, status int, header http.Header, body []byte) error {
	j.saw("%s %s %d", input.Request.Method, input.Route.Path, status)
	if input.Route.Operation.Responses.Status(status) == nil {
		return fmt.Errorf("status %d is not in the specification", status)
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: status, Header: header, Options: options}
	return openapi3filter.ValidateResponse(input.Request.Context(), out.SetBodyBytes(body))
}

func (j *judge) saw(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seen[fmt.Sprintf(format, args...)] = true
}

// callback is a transport that judges what is called back as the specification's callbacks.
type callback struct{ *judge }

func (c callback) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := c.calledBack(r, body); err != nil {
		c.t.Errorf("called back: %v", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		c.saw("callback %d", answer.StatusCode)
	}
	return answer, err
}

// calledBack compares a callback with the one that the specification has for its kind: of success, or of failure.
func (c callback) calledBack(r *http.Request, body []byte) error {
	var message map[string]any
	if err := json.Unmarshal(body, &message); err != nil {
		return err
	}
	name := "transactionsSuccessEvent"
	if _, failed := message["errorCode"]; failed {
		name = "transactionsFailureEvent"
	}
	c.saw("%s", name)
	for expression, item := range c.doc.Paths.Find("/transactions/type/{transactionType}").Post.Callbacks[name].Value.Map() {
		if expression != "{$request.header.X-Callback-URL}" || item.Put == nil || r.Method != http.MethodPut {
			return fmt.Errorf("%s is not called by %s", expression, r.Method)
		}
		if !gsma.IsCorrelationID(r.Header.Get(gsma.HeaderCorrelation)) {
			return fmt.Errorf("no correlation id")
		}
		return item.Put.RequestBody.Value.Content.Get("application/json").Schema.Value.VisitJSON(message, openapi3.MultiErrors())
	}
	return fmt.Errorf("the specification has no %s", name)
}

// judged is an operator of which every message is judged in both directions.
func judged(t *testing.T, j *judge, m manner) *operator {
	o := &operator{}
	o.Server = gsmafake.New(gsmafake.Config{APIKey: apiKey, Now: time.Now, Client: &http.Client{Transport: callback{j}},
		Fate: func(string) gsmafake.Fate { return o.fate }})
	far, near := httptest.NewServer(o.Server), httptest.NewServer(o)
	t.Cleanup(func() { o.Close(); far.Close(); near.Close() })
	address := ""
	if m.callback {
		address = near.URL
	}
	rail, err := gsma.New(gsma.Config{
		Name: "gsma-fake", URL: far.URL, APIKey: apiKey, ClientID: "sanad", Bearer: "token", Account: []gsma.Party{{Key: "accountid", Value: "4711"}},
		Currencies: []ledger.Currency{"JOD", "XOF"}, Callback: gsma.Callback{URL: address, Secret: "sixteen characters"},
		Now: time.Now, Client: &http.Client{Transport: j},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.rail = rail
	return o
}

// TestEveryMessageIsOneOfTheSpecification has a validator that is not ours look at every message of the rail, of the fake
// operator, and of its callbacks, in all that can happen to a payout.
func TestEveryMessageIsOneOfTheSpecification(t *testing.T) {
	t.Parallel()
	j := specification(t)
	n := byte(0)
	for _, m := range []manner{{}, {later: true}, {later: true, callback: true}} {
		o := judged(t, j, m)
		fates := []gsmafake.Fate{{Down: true}}
		for _, b := range []railtest.Behaviour{railtest.Settles, railtest.Fails, railtest.Returns, railtest.LosesAnswer, railtest.LosesOrder, railtest.CallsTwice} {
			fates = append(fates, m.fateOf(b))
		}
		for i := range gsmafake.Refusals {
			fates = append(fates, gsmafake.Fate{Later: m.later, Delay: patience, Refused: &gsmafake.Refusals[i]})
		}
		for _, fate := range fates {
			o.next(fate)
			n++
			exercise(t, o, n)
		}
	}
	stranger(t, j)
	want := []string{
		"GET /requeststates/{serverCorrelationId} 200", "GET /responses/{clientCorrelationId} 200", "GET /responses/{clientCorrelationId} 404",
		"GET /transactions/{transactionReference} 200", "GET /transactions/{transactionReference} 404",
		"POST /transactions/type/{transactionType} 201", "POST /transactions/type/{transactionType} 202",
		"POST /transactions/type/{transactionType} 400", "POST /transactions/type/{transactionType} 401",
		"POST /transactions/type/{transactionType} 404", "POST /transactions/type/{transactionType} 503",
		"callback 204", "transactionsFailureEvent", "transactionsSuccessEvent",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(j.seen))); diff != "" {
		t.Errorf("what was judged (-want +got):\n%s", diff)
	}
}

// exercise sends an order twice, another one under its key, and asks after it before and after.
func exercise(t *testing.T, o *operator, n byte) {
	t.Helper()
	order := payout.Order{
		Key: payout.KeyOf(payout.ID{n}), Amount: ledger.Money{Minor: 12_500 + int64(n), Currency: "JOD"},
		To: payout.Destination{Kind: payout.Wallet, Account: "+962791234567"}, Text: strings.Repeat("سند ", 60),
	}
	if n%2 == 0 {
		order.Amount = ledger.Money{Minor: 2500, Currency: "XOF"}
	}
	for range 2 {
		_, _ = o.rail.Send(t.Context(), order)
		_, _ = o.rail.Enquire(t.Context(), payout.Enquiry{Key: order.Key})
	}
	o.Pass()
	other := order
	other.Amount.Minor++
	_, _ = o.rail.Send(t.Context(), other)
	r, err := o.rail.Enquire(t.Context(), payout.Enquiry{Key: order.Key})
	if err != nil || r.Outcome == payout.Accepted {
		t.Errorf("order %d: %+v, %v", n, r, err)
	}
	_, _ = o.rail.Enquire(t.Context(), payout.Enquiry{Key: order.Key, Reference: r.Reference})
	_, _ = o.rail.Enquire(t.Context(), payout.Enquiry{Key: payout.KeyOf(payout.ID{n, n}), Reference: "NO-SUCH-TRANSACTION"})
}

// stranger calls with a key that the operator does not know.
func stranger(t *testing.T, j *judge) {
	t.Helper()
	o := judged(t, j, manner{})
	o.rail.Config.APIKey = "another"
	_, _ = o.rail.Send(t.Context(), payout.Order{Key: payout.KeyOf(payout.ID{1}), Amount: ledger.Money{Minor: 1, Currency: "JOD"},
		To: payout.Destination{Kind: payout.Wallet, Account: "+962791234567"}})
}

// TestTheJudgeFindsWhatIsWrong breaks a message in each direction, which the judge must see.
func TestTheJudgeFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	j := specification(t)
	post := func(body string) (*openapi3filter.RequestValidationInput, error) {
		r := httptest.NewRequest(http.MethodPost, "/transactions/type/disbursement", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		return j.request(r)
	}
	const good = `{"amount":"12.500","currency":"JOD","creditParty":[{"key":"msisdn","value":"+962791234567"}]}`
	input, err := post(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"an amount that is a number": strings.Replace(good, `"12.500"`, `12.5`, 1),
		"a currency that is none":    strings.Replace(good, `JOD`, `JOY`, 1),
		"nobody to pay":              `{"amount":"12.500","currency":"JOD"}`,
	} {
		if _, err := post(bad); err == nil {
			t.Errorf("%s is not found", name)
		}
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if err := j.response(input, http.StatusAccepted, header, []byte(`{"status":"pending"}`)); err == nil {
		t.Error("a request state without its id is not found")
	}
	if err := j.response(input, http.StatusTeapot, header, []byte(`{}`)); err == nil {
		t.Error("a status that the specification does not have is not found")
	}
}
