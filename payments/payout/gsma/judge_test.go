package gsma

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

var aKey = payout.KeyOf(payout.ID{7})

func refusal(category, code string) string {
	return fmt.Sprintf(`{"errorCategory":%q,"errorCode":%q,"errordescription":"for +962791234567"}`, category, code)
}

// TestWhatAnErrorMeans lists what becomes of a payout by what the operator says: failed for good, or to be asked for
// again since nobody has been paid or nobody knows.
func TestWhatAnErrorMeans(t *testing.T) {
	t.Parallel()
	failed := func(reason string) payout.Report {
		return payout.Report{Key: aKey, Outcome: payout.Failed, Reason: reason}
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   payout.Report
		err    error
	}{
		{"the wallet is not known", 404, refusal("identification", "identifierError"), failed("identifierError"), nil},
		{"the wallet is full", 400, refusal("businessRule", "maxBalanceExceeded"), failed("maxBalanceExceeded"), nil},
		{"the wallet has reached its limit of the day", 400, refusal("businessRule", "dailyValueLimitExceeded"), failed("dailyValueLimitExceeded"), nil},
		{"she declines", 401, refusal("authorisation", "requestDeclined"), failed("requestDeclined"), nil},
		{"a form that the operator does not take", 400, refusal("validation", "formatError"), failed("formatError"), nil},
		{"a code with more than letters is not repeated", 400, refusal("businessRule", "limit of +962791234567"), failed("genericError"), nil},
		{"the institution's float is short", 400, refusal("businessRule", "insufficientFunds"), payout.Report{}, ErrNotNow},
		{"the institution's credentials are wrong", 401, refusal("authorisation", "clientAuthorisationError"), payout.Report{}, ErrNotNow},
		{"too many calls", 429, refusal("businessRule", "rateLimitError"), payout.Report{}, ErrNotNow},
		{"the operator is down", 503, refusal("serviceUnavailable", "genericError"), payout.Report{}, ErrUnclear},
		{"the operator is down, and says so", 503, refusal("serviceUnavailable", "serviceDown"), payout.Report{}, ErrNotNow},
		{"something broke inside", 500, refusal("internal", "genericError"), payout.Report{}, ErrUnclear},
		{"a refusal with the status of a breakdown", 500, refusal("businessRule", "maxBalanceExceeded"), payout.Report{}, ErrUnclear},
		{"a key that it has already", 400, refusal("businessRule", "duplicateRequest"), payout.Report{}, errKnownAlready},
		{"a category that the interface does not have", 400, refusal("weather", "rain"), payout.Report{}, ErrUnclear},
		{"a page of some proxy", 404, `<html>not found</html>`, payout.Report{}, ErrUnclear},
		{"a redirect", 302, ``, payout.Report{}, ErrUnclear},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := judgeSent(aKey, reply{c.status, []byte(c.body)})
			if !errors.Is(err, c.err) || (c.err == nil) != (err == nil) {
				t.Errorf("got %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatATransactionMeans(t *testing.T) {
	t.Parallel()
	tx := func(status, amount, reference string) reply {
		return reply{http.StatusCreated, fmt.Appendf(nil, `{"transactionStatus":%q,"amount":%q,"currency":"JOD","transactionReference":"R1",
			"requestingOrganisationTransactionReference":%q}`, status, amount, reference)}
	}
	amount := ledger.Money{Minor: 12_500, Currency: "JOD"}
	for _, c := range []struct {
		name string
		a    reply
		want payout.Report
		ok   bool
	}{
		{"completed", tx("completed", "12.5", aKey.String()), payout.Report{Key: aKey, Outcome: payout.Settled, Reference: "R1", Amount: amount}, true},
		{"completed, as others write it", tx(" Completed ", "12.500", ""), payout.Report{Key: aKey, Outcome: payout.Settled, Reference: "R1", Amount: amount}, true},
		{"pending", tx("pending", "12.500", ""), payout.Report{Key: aKey, Outcome: payout.Accepted, Reference: "R1", Amount: amount}, true},
		{"declined", tx("DECLINED", "12.500", ""), payout.Report{Key: aKey, Outcome: payout.Failed, Reference: "R1", Amount: amount, Reason: "declined"}, true},
		{"reversed", tx("reversed", "12.500", ""), payout.Report{Key: aKey, Outcome: payout.Returned, Reference: "R1", Amount: amount, Reason: "reversed"}, true},
		{"a word of the operator's own", tx("blue", "12.500", ""), payout.Report{}, false},
		{"no status", tx("", "12.500", ""), payout.Report{}, false},
		{"an amount that is none", tx("completed", "12,5", ""), payout.Report{}, false},
		{"another payout's", tx("completed", "12.500", payout.KeyOf(payout.ID{8}).String()), payout.Report{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := judgeSent(aKey, c.a)
			if (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLinksLeadToTheOperatorOnly: credentials would go to whoever an answer names.
func TestLinksLeadToTheOperatorOnly(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"/transactions/R1": "/transactions/R1",
		"https://elsewhere.example/mm/v1.2/transactions/R%201": "/transactions/R%201",
		"/requeststates/1":                     "/requeststates/1",
		"https://elsewhere.example/accounts/1": "",
		"/transactions/../accounts":            "",
		"/transactions/..":                     "",
		"/transactions/":                       "",
		"R1":                                   "",
		"":                                     "",
		"http://[":                             "",
	} {
		got, err := pathOf(link)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q leads to %q, %v; want %q", link, got, err, want)
		}
	}
}

// TestOnlyTheOperatorsOwnWordProvesAbsence: who takes a proxy's page for it would pay twice.
func TestOnlyTheOperatorsOwnWordProvesAbsence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		absent bool
	}{
		"the operator does not know it":  {refusal("identification", "identifierError"), true},
		"a page of some proxy":           {"<html>not found</html>", false},
		"an error that is no such word":  {refusal("internal", "genericError"), false},
		"nothing":                        {"", false},
		"a message of another interface": {`{"message":"not found"}`, false},
	} {
		a := reply{http.StatusNotFound, []byte(c.body)}
		path, err := judgeResponse(a)
		if path != "" || (err == nil) != c.absent {
			t.Errorf("%s, for a key: %q, %v", name, path, err)
		}
		if r, _, err := judgeFound(aKey, transactionPath+"R1", a); (err == nil && r.Outcome == payout.Absent) != c.absent {
			t.Errorf("%s, for a transaction: %+v, %v", name, r, err)
		}
	}
}
