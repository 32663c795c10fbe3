// Package gsmafake is a mobile-money operator that is not real: an HTTP server that speaks the part of the GSMA Mobile
// Money API 1.2 that disbursements need, for tests and for trying things out. What goes wrong is decided by a seed, so
// the same payouts meet the same accidents again; and it keeps its own list of what it has paid, against which ours can
// be proven.
//
// Its laws: a correlation id is paid once at most, whatever is sent under it; what it says of it never goes back from
// completed or failed; and the same request again is answered as it stands.
package gsmafake

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"sanad.dev/sanad/payments/payout/gsma"
)

// Config says how the operator behaves.
type Config struct {
	// Seed decides which payouts meet which accident.
	Seed uint64
	// Accidents says how many of a thousand payouts meet each.
	Accidents Accidents
	// Delay is the longest time that a request is worked on after it was answered with 202.
	Delay time.Duration
	// Hang is how long a caller is left without an answer before the connection is cut.
	Hang time.Duration
	// APIKey is what callers must send; any, where empty.
	APIKey string
	// Now is the clock.
	Now func() time.Time
	// Fate decides instead of the seed, where it is not nil.
	Fate func(correlationID string) Fate
	// Client sends callbacks; [http.DefaultClient] where nil.
	Client *http.Client
}

// Accidents says how many of a thousand payouts meet each accident. Down and Cut befall the first call only.
type Accidents struct {
	// Down: the operator says that it is not available, and does nothing.
	Down int
	// Cut: the connection is cut before anything is done.
	Cut int
	// Silent: it is done, and the answer is lost.
	Silent int
	// Later: it is answered with 202, and done later.
	Later int
	// Refused: it fails, for a reason that the seed chooses.
	Refused int
	// Twice: the callback is sent twice.
	Twice int
	// Mute: no callback is sent, though it was promised.
	Mute int
	// Returned: it is paid, and comes back later.
	Returned int
}

// Rough is an operator on a bad day.
var Rough = Accidents{Down: 30, Cut: 30, Silent: 100, Later: 500, Refused: 50, Twice: 200, Mute: 50}

// Server is the operator. Its zero value is not ready: use [New].
type Server struct {
	config Config
	mux    *http.ServeMux
	// ctx ends with the server, and with it what is still to be called back.
	ctx   context.Context
	close context.CancelFunc
	work  sync.WaitGroup

	mu       sync.Mutex
	requests map[string]*request // by correlation id
	byServer map[string]*request
	byRef    map[string]*request
}

// request is what the operator knows of one correlation id.
type request struct {
	correlation, server string
	fate                Fate
	callback            string
	calls               int
	// hurry is closed when time passes at once.
	hurry chan struct{}
	tx    gsma.Transaction
	state gsma.RequestState
}

// Paid is one line of the operator's own list. To is whom it has paid, which it writes nowhere.
type Paid struct {
	CorrelationID, Reference string
	OurReference             string
	Amount, Currency         string
	To                       []gsma.Party
}

// Line is one request on the operator's list: what it stands at, and how many calls have asked for it.
type Line struct {
	Paid
	Status string
	Calls  int
}

// New makes an operator.
func New(c Config) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{config: c, mux: http.NewServeMux(), ctx: ctx, close: cancel,
		requests: map[string]*request{}, byServer: map[string]*request{}, byRef: map[string]*request{}}
	s.mux.HandleFunc("POST /transactions/type/{type}", s.create)
	s.mux.HandleFunc("GET /requeststates/{id}", s.requestState)
	s.mux.HandleFunc("GET /responses/{id}", s.response)
	s.mux.HandleFunc("GET /transactions/{reference}", s.transaction)
	s.mux.HandleFunc("GET /heartbeat", s.heartbeat)
	s.mux.HandleFunc("GET /fake/paid", s.list)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.fail(w, http.StatusNotFound, "identification", "identifierError")
	})
	return s
}

// Close ends what is under way; what was to be called back later is not.
func (s *Server) Close() {
	s.close()
	s.work.Wait()
}

// ServeHTTP answers a call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.config.APIKey != "" && r.Header.Get(gsma.HeaderAPIKey) != s.config.APIKey && r.URL.Path != "/fake/paid" {
		s.fail(w, http.StatusUnauthorized, "authorisation", "clientAuthorisationError")
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Pass lets time pass: what is under way ends now, and what was to be called back is. What was asked for by then is
// through when it returns.
func (s *Server) Pass() {
	s.mu.Lock()
	for _, q := range s.requests {
		q.hasten()
	}
	s.mu.Unlock()
	s.work.Wait()
}

// hasten makes a request wait no more; the caller holds the lock.
func (q *request) hasten() {
	select {
	case <-q.hurry:
	default:
		close(q.hurry)
	}
}

// Paid is the operator's own list of what it has paid and not got back, by correlation id.
func (s *Server) Paid() []Paid {
	var all []Paid
	for _, l := range s.List() {
		if l.Status == gsma.Completed {
			all = append(all, l.Paid)
		}
	}
	return all
}

// List is all that the operator has been asked for and has begun, by correlation id.
func (s *Server) List() []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Line
	for _, q := range s.requests {
		if q.state.Status != "" {
			paid := Paid{q.correlation, q.tx.TransactionReference, q.tx.OurReference, q.tx.Amount, q.tx.Currency, q.tx.CreditParty}
			all = append(all, Line{paid, q.tx.TransactionStatus, q.calls})
		}
	}
	slices.SortFunc(all, func(a, b Line) int { return cmp.Compare(a.CorrelationID, b.CorrelationID) })
	return all
}
