package gsma

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
)

// What the operator's answers mean: functions of what it said, and of nothing else.

var (
	// errKnownAlready: the operator says that a request under this key is there, and does not say what became of it.
	errKnownAlready = errors.New("the operator says duplicateRequest: it has a request under this key, and can't say what became of it")
	// ErrNotNow: the operator has not taken the request and may take it later. Nobody has been paid by this call.
	ErrNotNow = errors.New("the operator does not take it now")
	// ErrUnclear: nobody knows whether the operator has taken the request.
	ErrUnclear = errors.New("the operator's answer does not say what became of the request")
)

// Meaning is what an error of the operator means for a payout.
type Meaning int

// The meanings.
const (
	// Unclear: it may have been paid; enquire.
	Unclear Meaning = iota
	// Later: it was not taken, for a reason that passes or that is the institution's to mend: its float, its credentials,
	// its rate of calls. It is asked for again.
	Later
	// ForGood: it was not paid and won't be.
	ForGood
	// Known: a request under the key is there already.
	Known
)

// meanings are those of errors that do not mean [ForGood], though they are of a category that does.
var meanings = map[string]Meaning{
	"duplicateRequest": Known,
	"genericError":     Unclear,
	// The account that would be debited is the institution's own.
	"insufficientFunds": Later,
	"rateLimitError":    Later,
	// The credentials are the institution's.
	"clientAuthorisationError":          Later,
	"requestingPartyAuthorisationError": Later,
	"servicingPartyAuthorisationError":  Later,
}

// forGood are the categories of errors that say that the request is refused as it is.
var forGood = []string{"businessRule", "validation", "authorisation", "identification"}

// MeaningOf says what an error means in the answer to a request. What is not known is unclear: to ask again is safe.
func MeaningOf(e Error) Meaning {
	meaning, named := meanings[e.Code]
	switch {
	case named:
		return meaning
	case e.Category == "serviceUnavailable":
		return Later
	case slices.Contains(forGood, e.Category) && e.Code != "":
		return ForGood
	}
	return Unclear
}

// codeForm is the form of the interface's codes. What has another form is not repeated: it could name somebody.
var codeForm = regexp.MustCompile(`^[A-Za-z]{1,40}$`)

// reasonOf is the operator's code as a reason.
func reasonOf(e *Error) string {
	if e == nil || !codeForm.MatchString(e.Code) {
		return "genericError"
	}
	return e.Code
}

// judgeSent says what the answer to a request for a disbursement means.
func judgeSent(key payout.Key, a reply) (payout.Report, error) {
	switch {
	case a.status == http.StatusCreated || a.status == http.StatusOK:
		var tx Transaction
		if err := a.read(&tx); err != nil {
			return payout.Report{}, err
		}
		return judgeTransaction(key, tx)
	case a.status == http.StatusAccepted:
		var state RequestState
		if err := a.read(&state); err != nil {
			return payout.Report{}, err
		}
		return judgeAccepted(key, state)
	}
	return judgeRefused(key, a)
}

// judgeAccepted: what was only just accepted is asked for later, also where it says that it is completed.
func judgeAccepted(key payout.Key, state RequestState) (payout.Report, error) {
	if sameWord(state.Status, Failed) {
		return payout.Report{Key: key, Outcome: payout.Failed, Reason: reasonOf(state.Error)}, nil
	}
	if !IsCorrelationID(state.ServerCorrelationID) {
		return payout.Report{}, ErrForm
	}
	return payout.Report{Key: key, Outcome: payout.Accepted, Reference: state.ServerCorrelationID}, nil
}

// judgeRefused says what an error means that came in answer to a request.
func judgeRefused(key payout.Key, a reply) (payout.Report, error) {
	var e Error
	if a.read(&e) != nil {
		return payout.Report{}, fmt.Errorf("%w: HTTP status %d", ErrUnclear, a.status)
	}
	switch MeaningOf(e) {
	case ForGood:
		if a.status >= http.StatusInternalServerError { // the two contradict each other
			break
		}
		return payout.Report{Key: key, Outcome: payout.Failed, Reason: reasonOf(&e)}, nil
	case Known:
		return payout.Report{}, errKnownAlready
	case Later:
		return payout.Report{}, fmt.Errorf("%w: %s", ErrNotNow, reasonOf(&e))
	}
	return payout.Report{}, fmt.Errorf("%w: %s, HTTP status %d", ErrUnclear, reasonOf(&e), a.status)
}

// The states of a transaction. The interface leaves the words to the operator; these are the ones that operators use.
var (
	settledWords  = []string{Completed, "success", "successful", "settled"}
	acceptedWords = []string{Pending, "initiated", "accepted", "submitted", "created", "processing", "in progress", "inprogress", "hold"}
	failedWords   = []string{Failed, "declined", "rejected", "cancelled", "canceled", "expired", "aborted"}
	returnedWords = []string{"reversed", "refunded", "returned"}
)

func oneOf(word string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return sameWord(word, w) })
}

// longestReference is that of a reference which payouts keep.
const longestReference = 64

// judgeTransaction says what a transaction means for the payout of that key.
func judgeTransaction(key payout.Key, tx Transaction) (payout.Report, error) {
	if tx.OurReference != "" && !strings.EqualFold(tx.OurReference, key.String()) {
		return payout.Report{}, errors.New("the operator answers with the transaction of another payout")
	}
	amount, err := ledger.ParseMoney(ledger.Currency(tx.Currency), tx.Amount)
	if err != nil {
		return payout.Report{}, ErrForm
	}
	report := payout.Report{Key: key, Amount: amount}
	if len(tx.TransactionReference) <= longestReference {
		report.Reference = tx.TransactionReference
	}
	switch status := tx.TransactionStatus; {
	case oneOf(status, settledWords):
		report.Outcome = payout.Settled
	case oneOf(status, acceptedWords):
		report.Outcome = payout.Accepted
	case oneOf(status, failedWords):
		report.Outcome, report.Reason = payout.Failed, strings.ToLower(strings.TrimSpace(status))
	case oneOf(status, returnedWords):
		report.Outcome, report.Reason = payout.Returned, strings.ToLower(strings.TrimSpace(status))
	default:
		return payout.Report{}, fmt.Errorf("%w: the transaction is in a state of the operator's own", ErrUnclear)
	}
	return report, report.Check()
}

const (
	requestPath     = "/requeststates/"
	transactionPath = "/transactions/"
)

// judgeResponse says where a lost answer points; nothing where the operator does not know the key.
func judgeResponse(a reply) (path string, err error) {
	if a.status == http.StatusNotFound {
		return "", a.absence()
	}
	if a.status != http.StatusOK {
		return "", fmt.Errorf("%w: HTTP status %d", ErrUnclear, a.status)
	}
	var link Link
	if err := a.read(&link); err != nil {
		return "", err
	}
	return pathOf(link.Link)
}

// pathOf takes of a link what this rail may ask for, and no host: credentials go to the operator only.
func pathOf(link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", ErrForm
	}
	path := u.EscapedPath()
	for _, kind := range []string{requestPath, transactionPath} {
		if at := strings.LastIndex(path, kind); at >= 0 {
			id := path[at+len(kind):]
			if id != "" && id != ".." && !strings.Contains(id, "/") {
				return kind + id, nil
			}
		}
	}
	return "", ErrForm
}

// absence is nil where the operator itself says that it does not know what it was asked for. A page of some proxy on the
// way proves nothing.
func (a reply) absence() error {
	var e Error
	if a.read(&e) != nil || e.Category != "identification" {
		return fmt.Errorf("%w: HTTP status %d without the error that the interface asks for", ErrUnclear, a.status)
	}
	return nil
}

// judgeFound says what was found at a path, or where to look next.
func judgeFound(key payout.Key, path string, a reply) (report payout.Report, next string, err error) {
	switch {
	case a.status == http.StatusNotFound:
		return payout.Report{Key: key, Outcome: payout.Absent}, "", a.absence()
	case a.status != http.StatusOK:
		return report, "", fmt.Errorf("%w: HTTP status %d", ErrUnclear, a.status)
	case strings.HasPrefix(path, transactionPath):
		var tx Transaction
		if err := a.read(&tx); err != nil {
			return report, "", err
		}
		report, err = judgeTransaction(key, tx)
		return report, "", err
	}
	var state RequestState
	if err := a.read(&state); err != nil {
		return report, "", err
	}
	return judgeState(key, state)
}

// judgeState says what the state of a request means, or where the transaction is that it has become.
func judgeState(key payout.Key, state RequestState) (report payout.Report, next string, err error) {
	report = payout.Report{Key: key, Reference: state.ServerCorrelationID}
	switch {
	case sameWord(state.Status, Pending):
		report.Outcome = payout.Accepted
	case sameWord(state.Status, Failed):
		report.Outcome, report.Reason = payout.Failed, reasonOf(state.Error)
	case sameWord(state.Status, Completed) && state.ObjectReference != "":
		return report, transactionPath + url.PathEscape(lastPart(state.ObjectReference)), nil
	default:
		return payout.Report{}, "", ErrForm
	}
	return report, "", report.Check()
}

// lastPart is what a reference names where an operator writes it as a path.
func lastPart(reference string) string {
	return reference[strings.LastIndex(reference, "/")+1:]
}

func (a reply) read(into any) error { return ReadMessage(bytes.NewReader(a.body), into) }
