package gsmafake

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"sanad.dev/sanad/payments/payout/gsma"
)

// create takes a request for a transaction.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	correlation := strings.ToLower(r.Header.Get(gsma.HeaderCorrelation))
	var tx gsma.Transaction
	if err := gsma.ReadMessage(r.Body, &tx); err != nil || !gsma.IsCorrelationID(correlation) {
		s.fail(w, http.StatusBadRequest, "validation", "formatError")
		return
	}
	if wrong := wrongIn(r.PathValue("type"), tx); wrong != "" {
		s.fail(w, http.StatusBadRequest, "validation", wrong)
		return
	}
	q, other := s.take(correlation, r.Header.Get(gsma.HeaderCallback), tx)
	if other {
		s.fail(w, http.StatusBadRequest, "businessRule", "duplicateRequest")
		return
	}
	s.answer(w, r, q)
}

var (
	amountText = regexp.MustCompile(`^(0|[1-9][0-9]{0,17})([.][0-9]{1,4})?$`)
	phoneText  = regexp.MustCompile(`^\+[0-9]{6,15}$`)
)

// wrongIn is the error code of what is wrong in the form of a transaction; empty where nothing is.
func wrongIn(kind string, tx gsma.Transaction) string {
	switch {
	case kind != gsma.Disbursement:
		return "transactionTypeError"
	case len(tx.CreditParty) == 0 || len(tx.DebitParty) == 0 || tx.Currency == "":
		return "mandatoryValueNotSupplied"
	case !amountText.MatchString(tx.Amount) || strings.Trim(tx.Amount, "0.") == "":
		return "formatError"
	}
	for _, p := range tx.CreditParty {
		if p.Key == "msisdn" && !phoneText.MatchString(p.Value) {
			return "identifierError"
		}
	}
	return ""
}

// taken is a request as it stood when a call was looked at.
type taken struct {
	request
	first bool
}

// take does what is asked unless it was asked before, and says where it stands. It is told of another request under the
// same correlation id.
func (s *Server) take(correlation, callback string, tx gsma.Transaction) (taken, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, known := s.requests[correlation]
	if known && !same(q.tx, tx) {
		return taken{}, true
	}
	if !known {
		q = &request{correlation: correlation, server: s.config.idOf("request", correlation), fate: s.config.fateOf(correlation), tx: tx,
			hurry: make(chan struct{})}
		s.requests[correlation], s.byServer[q.server] = q, q
	}
	q.callback = callback
	q.calls++
	if (q.fate.Down || q.fate.Cut) && q.calls == 1 {
		return taken{*q, true}, false
	}
	first := q.state.Status == ""
	if first {
		s.begin(q)
	}
	return taken{*q, first}, false
}

// same says whether two requests ask for the same.
func same(a, b gsma.Transaction) bool {
	if a.Amount != b.Amount || a.Currency != b.Currency || len(a.CreditParty) != len(b.CreditParty) {
		return false
	}
	for i := range a.CreditParty {
		if a.CreditParty[i] != b.CreditParty[i] {
			return false
		}
	}
	return true
}

// begin starts the work on a request; the caller holds the lock.
func (s *Server) begin(q *request) {
	q.tx.Type, q.tx.TransactionReference = gsma.Disbursement, "FAKE-"+s.config.idOf("transaction", q.correlation)
	q.tx.CreationDate, q.tx.TransactionStatus = s.config.stamp(), gsma.Pending
	q.state = gsma.RequestState{ServerCorrelationID: q.server, Status: gsma.Pending, NotificationMethod: gsma.ByPolling}
	if q.callback != "" {
		q.state.NotificationMethod = gsma.ByCallback
	}
	if !q.fate.Later {
		s.end(q)
	}
	if q.fate.Later || q.fate.Returned {
		s.work.Go(func() { s.proceed(q) })
	}
}

// proceed does what comes later: the end of the request, and its return.
func (s *Server) proceed(q *request) {
	if q.fate.Later {
		if !s.wait(q) {
			return
		}
		s.mu.Lock()
		s.end(q)
		done := *q
		s.mu.Unlock()
		s.callBack(done)
	}
	if q.fate.Returned && s.wait(q) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if q.state.Error == nil {
			q.tx.TransactionStatus, q.tx.ModificationDate = Reversed, s.config.stamp()
		}
	}
}

// Reversed is the state of a transaction that came back.
const Reversed = "reversed"

// wait lets a step's time pass; false where the server has ended.
func (s *Server) wait(q *request) bool {
	timer := time.NewTimer(q.fate.Delay)
	defer timer.Stop()
	select {
	case <-s.ctx.Done():
		return false
	case <-q.hurry:
	case <-timer.C:
	}
	return true
}

// end pays, or fails as the seed says; the caller holds the lock.
func (s *Server) end(q *request) {
	q.tx.ModificationDate = s.config.stamp()
	if q.fate.Refused != nil {
		q.state.Status, q.tx.TransactionStatus = gsma.Failed, gsma.Failed
		q.state.Error = s.config.errorOf(*q.fate.Refused)
		return
	}
	q.state.Status, q.tx.TransactionStatus = gsma.Completed, gsma.Completed
	q.state.ObjectReference = q.tx.TransactionReference
	s.byRef[q.tx.TransactionReference] = q
}

// answer tells the caller where the request stands, unless fate is against it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, q taken) {
	switch {
	case q.first && q.calls == 1 && q.fate.Down:
		s.fail(w, http.StatusServiceUnavailable, "serviceUnavailable", "genericError")
	case q.first && (q.calls == 1 && q.fate.Cut || q.fate.Silent):
		s.hang(r)
	case q.state.Status == gsma.Pending || q.fate.Later:
		state := q.state
		if q.first { // it was pending when the answer was written
			state.Status, state.ObjectReference, state.Error = gsma.Pending, "", nil
		}
		s.send(w, http.StatusAccepted, state)
	case q.state.Error != nil:
		s.send(w, q.fate.Refused.Status, q.state.Error)
	default:
		s.send(w, http.StatusCreated, q.tx)
	}
}

// hang leaves the caller without an answer and cuts the connection.
func (s *Server) hang(r *http.Request) {
	wait := time.NewTimer(s.config.Hang)
	defer wait.Stop()
	select {
	case <-r.Context().Done():
	case <-s.ctx.Done():
	case <-wait.C:
	}
	panic(http.ErrAbortHandler)
}

// found answers with what stands on a request, or that there is none.
func (s *Server) found(w http.ResponseWriter, in map[string]*request, id string, message func(request) any) {
	s.mu.Lock()
	q, ok := in[id]
	if !ok || q.state.Status == "" {
		s.mu.Unlock()
		s.fail(w, http.StatusNotFound, "identification", "identifierError")
		return
	}
	now := *q
	s.mu.Unlock()
	s.send(w, http.StatusOK, message(now))
}

func (s *Server) requestState(w http.ResponseWriter, r *http.Request) {
	s.found(w, s.byServer, r.PathValue("id"), func(q request) any { return q.state })
}

// response points to the transaction, or to the state of the request while there is none.
func (s *Server) response(w http.ResponseWriter, r *http.Request) {
	s.found(w, s.requests, strings.ToLower(r.PathValue("id")), func(q request) any {
		if q.state.Status == gsma.Completed {
			return gsma.Link{Link: "/transactions/" + url.PathEscape(q.tx.TransactionReference)}
		}
		return gsma.Link{Link: "/requeststates/" + q.server}
	})
}

func (s *Server) transaction(w http.ResponseWriter, r *http.Request) {
	s.found(w, s.byRef, r.PathValue("reference"), func(q request) any { return q.tx })
}

func (s *Server) heartbeat(w http.ResponseWriter, _ *http.Request) {
	s.send(w, http.StatusOK, map[string]string{"serviceStatus": "available"})
}

// list writes the operator's own list as CSV; it names nobody.
func (s *Server) list(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	rows := csv.NewWriter(w)
	_ = rows.Write([]string{"correlation_id", "transaction_reference", "our_reference", "amount", "currency"})
	for _, p := range s.Paid() {
		_ = rows.Write([]string{p.CorrelationID, p.Reference, p.OurReference, p.Amount, p.Currency})
	}
	rows.Flush()
}

func (s *Server) fail(w http.ResponseWriter, status int, category, code string) {
	s.send(w, status, gsma.Error{Category: category, Code: code, At: s.config.stamp()})
}

func (s *Server) send(w http.ResponseWriter, status int, message any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(gsma.HeaderDate, s.config.stamp())
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(message)
}
