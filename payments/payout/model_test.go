package payout

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
)

// The model is one payout, workers that may die or be held up at any moment, a network that loses and delays, a rail that
// keeps its own count of what it has paid, and callbacks that come twice, late and out of order. Whatever happens in
// whatever order, the rail pays once at most, and the books never say anything else than the rail.

const modelAmount = 5_000

type modelCall struct {
	lease   Lease
	task    Task
	reached bool
	answer  *Answer
}

type model struct {
	contract Contract
	now      time.Time
	p        Payout
	calls    []*modelCall
	// arrivals are orders that are still on their way to the rail.
	arrivals []time.Time
	// order is how the rail's order stands; empty where it has none. Payments counts what it paid out ever.
	order    Outcome
	payments int
	// written are reports that the rail has written, any of which may be called back at any time.
	written []Report
	books   map[ledger.Code]int64
}

func newModel(t *rapid.T) *model {
	m := &model{
		contract: Contract{Name: "model", Timeout: 5 * time.Second, Settling: 10 * time.Second, Polling: 3 * time.Second,
			Returnable:    time.Duration(rapid.IntRange(0, 1).Draw(t, "returnable")) * time.Minute,
			SureOfAbsence: rapid.Bool().Draw(t, "sure of absence"), OncePerKey: rapid.Bool().Draw(t, "once per key")},
		now:   time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC),
		books: map[ledger.Code]int64{ledger.BenefitsPayable: modelAmount},
	}
	m.p = Payout{ID: ID{1}, Party: "member:a", Rail: "model", Pool: "pool:health", Amount: ledger.Money{Minor: modelAmount, Currency: "JOD"}, State: StateRequested}
	m.take(m.p.approved("badr", modelAmount, m.now))
	return m
}

// take carries a step out: the payout and the books.
func (m *model) take(s Step) {
	m.p = s.After
	for _, move := range s.Moves {
		minor := int64(modelAmount)
		debit, credit := ledger.PayoutsInTransit, ledger.BenefitsPayable
		switch move.Kind {
		case KindApproved:
			debit, credit = ledger.BenefitsPayable, ledger.PayoutsInTransit
		case KindSettled:
			credit = ledger.RailFloat
		case KindReturned:
			debit = ledger.RailFloat
		case KindFee:
			continue
		}
		m.books[debit] -= minor
		m.books[credit] += minor
	}
}

func (m *model) report(o Outcome) Report {
	r := Report{Key: m.p.Key(), Outcome: o, Amount: m.p.Amount}
	if o != Absent {
		r.Reference = "M1"
	}
	if o == Failed || o == Returned {
		r.Reason = "MODEL"
	}
	return r
}

// rail says how the order stands at the rail.
func (m *model) rail() Report {
	if m.order == "" {
		return m.report(Absent)
	}
	return m.report(m.order)
}

// arrive is an order that reaches the rail: the first is taken; another under the key is the first one again where the
// rail promises that, and else is paid too.
func (m *model) arrive(outcome Outcome) {
	switch {
	case m.order == "":
		m.become(outcome)
	case !m.contract.OncePerKey:
		m.payments++
	}
}

func (m *model) become(o Outcome) {
	m.order = o
	if o == Settled {
		m.payments++
	}
	m.written = append(m.written, m.report(o))
}

// Lease: some worker leases it, where it is due and on nobody's lease.
func (m *model) Lease(t *rapid.T) {
	if m.p.DueAt.IsZero() || m.p.DueAt.After(m.now) || !m.p.Lease.Until.Before(m.now) {
		t.Skip("nothing is due")
	}
	l := m.p.leased(Lease{Number: m.p.Lease.Number + 1, Holder: "w", Taken: m.now, Until: m.now.Add(m.contract.Timeout + 2*time.Second)})
	m.p = l.Payout
	m.calls = append(m.calls, &modelCall{lease: l.Lease, task: l.Task})
}

func (m *model) pick(t *rapid.T, fits func(*modelCall) bool) *modelCall {
	var open []*modelCall
	for _, c := range m.calls {
		if fits(c) {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		t.Skip("no such call")
	}
	return open[rapid.IntRange(0, len(open)-1).Draw(t, "call")]
}

// Call: a call is made, perhaps long after its lease has ended, since its worker was held up.
func (m *model) Call(t *rapid.T) {
	c := m.pick(t, func(c *modelCall) bool { return !c.reached })
	c.reached = true
	if c.task == AskTask {
		c.answer = &Answer{Report: m.rail()}
		if rapid.IntRange(0, 3).Draw(t, "lost") == 0 {
			c.answer = &Answer{Lost: true}
		}
		return
	}
	outcome := rapid.SampledFrom([]Outcome{Accepted, Settled, Failed}).Draw(t, "outcome")
	switch rapid.SampledFrom([]string{"answered", "answer lost", "late", "lost"}).Draw(t, "way") {
	case "answered":
		m.arrive(outcome)
		c.answer = &Answer{Report: m.rail()}
	case "answer lost":
		m.arrive(outcome)
		c.answer = &Answer{Lost: true}
	case "late":
		// Within the settling time, counted from the call itself.
		m.arrivals = append(m.arrivals, m.now.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "seconds"))*time.Second))
		c.answer = &Answer{Lost: true}
	case "lost":
		c.answer = &Answer{Lost: true}
	}
}

// Record: a worker writes down its answer, at whatever time.
func (m *model) Record(t *rapid.T) {
	c := m.pick(t, func(c *modelCall) bool { return c.answer != nil })
	m.record(c)
}

func (m *model) record(c *modelCall) {
	before := m.p
	late := before.Lease.Number != c.lease.Number
	s := m.p.answered(answerTo{c.lease, c.task}, *c.answer, m.contract, m.now)
	if late {
		// A late answer changes nothing but the record.
		s.Moves = append(s.Moves[:0:0], s.Moves...)
		if s.After.State != before.State || s.After.Resend != before.Resend || s.After.DueAt != before.DueAt || len(s.Moves) > 0 {
			panic("a late answer changed the payout")
		}
	}
	m.take(s)
	m.drop(c)
}

func (m *model) drop(c *modelCall) {
	var left []*modelCall
	for _, other := range m.calls {
		if other != c {
			left = append(left, other)
		}
	}
	m.calls = left
}

// Die: a worker dies, before its call or after it.
func (m *model) Die(t *rapid.T) {
	m.drop(m.pick(t, func(*modelCall) bool { return true }))
}

// Progress: the rail carries an order out, or money comes back.
func (m *model) Progress(t *rapid.T) {
	switch m.order {
	case Accepted:
		m.become(rapid.SampledFrom([]Outcome{Settled, Failed}).Draw(t, "end"))
	case Settled:
		m.become(Returned)
	default:
		t.Skip("nothing is under way at the rail")
	}
}

// CallBack: the rail tells something that was true once.
func (m *model) CallBack(t *rapid.T) {
	if len(m.written) == 0 {
		t.Skip("there is nothing to tell")
	}
	r := m.written[rapid.IntRange(0, len(m.written)-1).Draw(t, "report")]
	m.take(m.p.heard(r, heard{by: "model", what: WasCalledBack}, m.contract, m.now))
}

// Pass: time passes.
func (m *model) Pass(t *rapid.T) { m.pass(rapid.IntRange(1, 25).Draw(t, "seconds")) }

func (m *model) pass(seconds int) {
	m.now = m.now.Add(time.Duration(seconds) * time.Second)
	var left []time.Time
	for _, at := range m.arrivals {
		if at.After(m.now) {
			left = append(left, at)
		} else {
			m.arrive(Accepted)
		}
	}
	m.arrivals = left
}

// Check is what must be true after every step.
func (m *model) Check(t *rapid.T) {
	if m.payments > 1 {
		t.Fatalf("the rail paid %d times", m.payments)
	}
	if !m.contract.SureOfAbsence && m.p.Attempts > 1 || !m.contract.OncePerKey && m.p.Attempts > 1 {
		t.Fatalf("a rail that promises nothing was asked to pay %d times", m.p.Attempts)
	}
	want := map[ledger.Code]int64{ledger.BenefitsPayable: modelAmount}
	switch {
	case m.p.State.InTransit():
		want = map[ledger.Code]int64{ledger.PayoutsInTransit: modelAmount}
	case m.p.State == StateSettled:
		want = map[ledger.Code]int64{ledger.RailFloat: modelAmount}
	}
	for _, code := range []ledger.Code{ledger.BenefitsPayable, ledger.PayoutsInTransit, ledger.RailFloat} {
		if m.books[code] != want[code] {
			t.Fatalf("it is %s, and %d stands at %d, want %d", m.p.State, code, m.books[code], want[code])
		}
	}
	m.checkRail(t)
}

func (m *model) checkRail(t *rapid.T) {
	told := m.order
	switch m.p.State {
	case StateSettled:
		if told != Settled && told != Returned {
			t.Fatalf("the books say settled, the rail %q", told)
		}
	case StateReturned:
		if told != Returned {
			t.Fatalf("the books say returned, the rail %q", told)
		}
	case StateFailed:
		if told != Failed {
			t.Fatalf("the books say failed for %s, the rail %q", m.p.Reason, told)
		}
	}
	if m.p.Contradiction != "" {
		t.Fatalf("an honest rail was found to contradict itself: %s", m.p.Contradiction)
	}
}

// end lets every worker die and a good one do what is left, until nothing changes any more; then books and rail agree.
func (m *model) end(t *rapid.T) {
	m.calls = nil
	for range 200 {
		m.pass(60)
		if m.order == Accepted {
			m.become(Settled)
		}
		if len(m.written) > 0 { // the last word is told at least once
			m.take(m.p.heard(m.written[len(m.written)-1], heard{by: "model", what: WasCalledBack}, m.contract, m.now))
		}
		if m.p.DueAt.IsZero() || m.p.DueAt.After(m.now) || !m.p.Lease.Until.Before(m.now) {
			continue
		}
		l := m.p.leased(Lease{Number: m.p.Lease.Number + 1, Holder: "good", Taken: m.now, Until: m.now.Add(10 * time.Second)})
		m.p = l.Payout
		if l.Task == SendTask {
			m.arrive(Settled)
		}
		m.record(&modelCall{lease: l.Lease, task: l.Task, answer: &Answer{Report: m.rail()}})
		m.Check(t)
	}
	sure := m.contract.SureOfAbsence && m.contract.OncePerKey
	if m.p.State.InTransit() && (sure || m.order != "") {
		t.Fatalf("in the end it is %s for %s, and the rail says %q", m.p.State, m.p.Reason, m.order)
	}
	if !m.p.State.InTransit() {
		if got := map[State]Outcome{StateSettled: Settled, StateFailed: Failed, StateReturned: Returned}[m.p.State]; got != m.order {
			t.Fatalf("in the end it is %s, and the rail says %q", m.p.State, m.order)
		}
	}
}

func TestWhateverHappensInWhateverOrderItIsPaidOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		t.Repeat(map[string]func(*rapid.T){
			"": m.Check, "lease": m.Lease, "call": m.Call, "record": m.Record, "die": m.Die, "progress": m.Progress,
			"call back": m.CallBack, "pass": m.Pass,
		})
		m.end(t)
	})
}
