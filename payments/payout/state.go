package payout

import (
	"time"

	"sanad.dev/sanad/ledger"
)

// State is how far a payout has come.
type State string

// The states, in the order in which a payout goes through them; failed, returned and settled are ends, of which settled
// may still become returned.
const (
	// StateRequested: one person asks for it; nothing is booked.
	StateRequested State = "requested"
	// StateApproved: another person agrees. It is booked, and waits for a worker.
	StateApproved State = "approved"
	// StateSending: a worker has said that it will call the rail, or has called it and knows nothing yet.
	StateSending State = "sending"
	// StateSent: the rail has it.
	StateSent State = "sent"
	// StateSettled: the recipient has the money.
	StateSettled State = "settled"
	// StateFailed: it was not paid and is payable again.
	StateFailed State = "failed"
	// StateReturned: it was paid, came back and is payable again.
	StateReturned State = "returned"
	// StateUnknown: nobody knows whether it was paid. A person decides, unless the rail tells before.
	StateUnknown State = "unknown"
)

// States are all of them, in order.
var States = []State{StateRequested, StateApproved, StateSending, StateSent, StateSettled, StateFailed, StateReturned, StateUnknown}

// underWay says that the rail may have the order, or get it yet.
func (s State) underWay() bool { return s == StateSending || s == StateSent || s == StateUnknown }

// InTransit says that the amount stands on payouts in transit (2700).
func (s State) InTransit() bool { return s == StateApproved || s.underWay() }

// Back says that the amount stands on benefits payable again, or still.
func (s State) Back() bool { return s == StateFailed || s == StateReturned }

// The reasons of Sanad's own why a payout failed or is unknown; a rail's reasons are its own codes.
const (
	ReasonNotPayable  = "NOT_PAYABLE"
	ReasonNoWhere     = "DESTINATION_MISSING"
	ReasonBadWhere    = "DESTINATION_NOT_REACHED"
	ReasonDeclined    = "DECLINED"
	ReasonMismatch    = "DECLARED_OTHERWISE"
	ReasonWithdrawn   = "WITHDRAWN"
	ReasonErased      = "RECIPIENT_ERASED"
	ReasonNotFound    = "NOT_FOUND_AT_RAIL"
	ReasonForgotten   = "FORGOTTEN_BY_RAIL"
	ReasonNoAnswer    = "RAIL_DOES_NOT_ANSWER"
	ReasonOtherAmount = "RAIL_SAYS_OTHER_AMOUNT"
	ReasonNotPaid     = "FOUND_NOT_PAID"
	// ReasonShort is why a payout that is approved waits.
	ReasonShort = "FLOAT_SHORT"
)

// Lease is a worker's right to act on a payout. Whoever takes one counts on, so that an answer to an old one is told
// from an answer to this one.
type Lease struct {
	Number int64
	Holder string
	// Taken and Until are the lease's ends by the database's clock; Until is zero once it was given back.
	Taken, Until time.Time
}

// Payout is an amount on its way to whom it is owed.
type Payout struct {
	ID ID
	// Batch is the batch that it was requested in, and Line its number there, from 1.
	Batch ID
	Line  int
	// Party is whom it is owed: a member, a provider or a payer. Scheme and the amount's currency say out of which account
	// 2500; Pool bears what the rail charges.
	Party  ledger.Party
	Scheme ledger.SchemeCode
	Pool   ledger.Party
	Amount ledger.Money
	Rail   string
	// Kind is that of the destination, which is Sealed under the party's key; nil where none is known.
	Kind   DestinationKind
	Sealed []byte

	State State
	// Reason is a code that says why it is failed, returned or unknown.
	Reason string
	// Contradiction is what the rail has said against what is on record, which a person must look into.
	Contradiction string
	RequestedAt   time.Time
	ChangedAt     time.Time
	// Reference is the rail's own name for it; Fee is what the rail has charged for it, in minor units.
	Reference string
	Fee       int64
	// Attempts counts the calls that asked the rail to pay. CalledBy is when the last of them must have ended.
	Attempts int
	CalledBy time.Time
	// Resend says that it is surely absent at the rail, and is sent again under its key.
	Resend bool
	// Unanswered counts enquiries in a row that were not answered.
	Unanswered int
	Lease      Lease
	// DueAt is when a worker looks at it next; zero means never.
	DueAt time.Time
	// Resolution is what one person says became of it while it is unknown; another must agree.
	Resolution Resolution
	// FollowedBy is the payout of a follow-up batch that stands in for it.
	FollowedBy ID
	// Events counts what was recorded of it.
	Events int
}

// Key is the name under which the rail knows it.
func (p Payout) Key() Key { return KeyOf(p.ID) }

// payable is the account that the amount is owed on.
func (p Payout) payable() ledger.Account {
	return ledger.Account{Code: ledger.BenefitsPayable, Party: p.Party, Scheme: p.Scheme, Currency: p.Amount.Currency}
}

// Event is something that was recorded of a payout. A payout's events are never changed.
type Event struct {
	Payout ID
	Number int
	At     time.Time
	// By is the person, worker or rail that it comes from.
	By string
	// What happened, as a code; Outcome is what the rail said, where it said something.
	What    What
	Outcome Outcome
	// State is the payout's afterwards.
	State  State
	Reason string
}

// What says what happened to a payout.
type What string

// What happens to payouts.
const (
	WasRequested     What = "requested"
	WasRefused       What = "refused"
	WasApproved      What = "approved"
	WasSending       What = "sending"
	WasAnswered      What = "answered"
	WasNotAnswered   What = "not-answered"
	WasAsked         What = "asked"
	WasCalledBack    What = "called-back"
	WasLate          What = "late-answer"
	WasContradicted  What = "contradicted"
	WasResolvable    What = "resolution-proposed"
	WasResolved      What = "resolved"
	WasWithdrawn     What = "withdrawn"
	WasFollowed      What = "followed-up"
	WasNotOpened     What = "not-opened"
	WasAskedToBeSent What = "asked-at-once"
	WasShort         What = "waits-for-float"
)

// Step is what becomes of a payout: how it stands afterwards, what is booked, and what is recorded.
type Step struct {
	After Payout
	Moves []Move
	Event Event
}

// step records what happened; the event takes the next number.
func (p Payout) step(now time.Time, by string, what What, moves ...Move) Step {
	p.Events++
	p.ChangedAt = now
	return Step{p, moves, Event{Payout: p.ID, Number: p.Events, At: now, By: by, What: what, State: p.State, Reason: p.Reason}}
}

// to is the payout in another state, for a reason, which a worker looks at when it is due.
func (p Payout) to(s State, reason string, due time.Time) Payout {
	p.State, p.Reason, p.DueAt = s, reason, due
	if !p.underWay() {
		p.Resolution = Resolution{}
	}
	return p
}

func (p Payout) underWay() bool { return p.State.underWay() }

// Task is what a worker does with a payout that it has leased.
type Task string

// The tasks.
const (
	SendTask Task = "send"
	AskTask  Task = "ask"
)

// Leased is a payout with what its worker does now.
type Leased struct {
	Payout
	Task Task
	// Recorded is an event to be written with the lease; its number is zero where there is none.
	Recorded Event
}

// leased begins a lease: what is approved, or surely absent, is said to be sending before anybody calls the rail; of
// everything else somebody asks first.
func (p Payout) leased(l Lease) Leased {
	send := p.State == StateApproved || p.State == StateSending && p.Resend
	p.Lease, p.DueAt = l, l.Until
	if !send {
		return Leased{Payout: p, Task: AskTask}
	}
	p.Resend, p.CalledBy = false, l.Until
	p.Attempts++
	s := p.to(StateSending, "", l.Until).step(l.Taken, l.Holder, WasSending)
	return Leased{s.After, SendTask, s.Event}
}

// Answer is what a worker has from a rail: a report, or that there was none.
type Answer struct {
	Report Report
	// Lost says that no answer came, so that nobody knows what became of the call.
	Lost bool
	// Unopened says that the destination could not be opened, so that the rail was never called.
	Unopened bool
}

// Of says which call it answers.
type answerTo struct {
	lease Lease
	task  Task
}

// answered is what becomes of a payout when a worker has its answer. Where somebody else has taken a lease since, the
// answer is late and changes nothing but the record.
func (p Payout) answered(to answerTo, a Answer, c Contract, now time.Time) Step {
	if p.Lease.Number != to.lease.Number {
		s := p.step(now, to.lease.Holder, WasLate)
		s.Event.Outcome = a.Report.Outcome
		return s
	}
	p.Lease.Until = time.Time{}
	switch {
	case a.Unopened:
		return p.notOpened(to, now)
	case a.Lost:
		return p.unanswered(to, c, now)
	}
	p.Unanswered = 0
	what := WasAsked
	if to.task == SendTask {
		what = WasAnswered
	}
	return p.heard(a.Report, heard{by: to.lease.Holder, what: what, asked: to.task == AskTask, askedAt: to.lease.Taken}, c, now)
}

// notOpened: what can't be opened was never sent. A first attempt is off the table for good; of a later one only the
// rail knows.
func (p Payout) notOpened(to answerTo, now time.Time) Step {
	switch {
	case p.State == StateSending && p.Attempts == 1:
		return p.to(StateFailed, ReasonErased, time.Time{}).step(now, to.lease.Holder, WasNotOpened, FailedMove)
	case p.State == StateSending:
		return p.to(StateUnknown, ReasonErased, now.Add(slowly)).step(now, to.lease.Holder, WasNotOpened)
	}
	return p.step(now, to.lease.Holder, WasNotOpened)
}

const (
	// mostUnanswered is how many enquiries in a row may go unanswered before a person is asked.
	mostUnanswered = 20
	// slowly is how long a worker waits before it asks again of what is unknown.
	slowly = 15 * time.Minute
	// mostPatience bounds the wait between two enquiries of what is under way.
	mostPatience = 64
)

// unanswered: of a call that had no answer nobody knows anything, so it is asked for; what doesn't answer enquiries is
// asked less and less often, and in the end a person must look.
func (p Payout) unanswered(to answerTo, c Contract, now time.Time) Step {
	if to.task == SendTask {
		if p.State == StateSending {
			p.CalledBy, p.DueAt = now, now.Add(c.Polling)
		}
		return p.step(now, to.lease.Holder, WasNotAnswered)
	}
	p.Unanswered++
	p.DueAt = now.Add(c.Polling * time.Duration(min(1<<min(p.Unanswered, 6), mostPatience)))
	if p.Unanswered >= mostUnanswered {
		p.DueAt = now.Add(slowly)
		if p.underWay() && p.State != StateUnknown {
			p = p.to(StateUnknown, ReasonNoAnswer, p.DueAt)
		}
	}
	return p.step(now, to.lease.Holder, WasNotAnswered)
}

// heard says how a report came.
type heard struct {
	by   string
	what What
	// asked says that it answers an enquiry, which was made no earlier than askedAt.
	asked   bool
	askedAt time.Time
}

// heard is what becomes of a payout when its rail has said something of it. What was true earlier changes nothing, so
// that reports may come twice and out of order.
func (p Payout) heard(r Report, h heard, c Contract, now time.Time) Step {
	if r.Outcome == Absent {
		return p.absent(h, c, now)
	}
	if p.Attempts == 0 || r.Amount.Currency != "" && r.Amount != p.Amount {
		return p.contradicted(r, h, now)
	}
	if p.Reference == "" {
		p.Reference = r.Reference
	}
	s := p.said(r, h, c, now)
	if r.Fee > p.Fee {
		s.After.Fee = r.Fee
		s.Moves = append(s.Moves, feeMove(p.Fee, r.Fee))
	}
	s.Event.Outcome = r.Outcome
	return s
}

// said goes by what was on record and what the rail says now.
func (p Payout) said(r Report, h heard, c Contract, now time.Time) Step {
	never := time.Time{}
	switch {
	case p.underWay() && r.Outcome == Accepted:
		return p.to(StateSent, "", now.Add(c.Polling)).step(now, h.by, h.what)
	case p.underWay() && r.Outcome == Settled:
		return p.to(StateSettled, "", c.lastLook(now)).step(now, h.by, h.what, SettledMove)
	case p.underWay() && r.Outcome == Failed:
		return p.to(StateFailed, r.Reason, never).step(now, h.by, h.what, FailedMove)
	case p.underWay():
		return p.to(StateReturned, r.Reason, never).step(now, h.by, h.what, SettledMove, ReturnedMove)
	case p.State == StateSettled && r.Outcome == Returned:
		return p.to(StateReturned, r.Reason, never).step(now, h.by, h.what, ReturnedMove)
	case p.State == StateSettled && r.Outcome != Failed, p.State == StateReturned && r.Outcome != Failed,
		p.State == StateFailed && (r.Outcome == Accepted || r.Outcome == Failed):
		if h.asked { // It was the last look.
			p.DueAt = never
		}
		return p.step(now, h.by, h.what)
	}
	return p.contradicted(r, h, now)
}

// lastLook is when what has settled is asked for once more; never where it can't come back.
func (c Contract) lastLook(now time.Time) time.Time {
	if c.Returnable == 0 {
		return time.Time{}
	}
	return now.Add(c.Returnable)
}

// contradicted: the rail says what can't be. Money isn't moved on it; a person must look.
func (p Payout) contradicted(r Report, h heard, now time.Time) Step {
	p.Contradiction = "RAIL_SAYS_" + contradictions[r.Outcome]
	if r.Amount.Currency != "" && r.Amount != p.Amount {
		p.Contradiction = ReasonOtherAmount
	}
	if p.underWay() {
		p = p.to(StateUnknown, p.Contradiction, now.Add(slowly))
	}
	if h.asked && !p.underWay() {
		p.DueAt = time.Time{}
	}
	s := p.step(now, h.by, WasContradicted)
	s.Event.Outcome = r.Outcome
	return s
}

var contradictions = map[Outcome]string{Absent: "ABSENT", Accepted: "ACCEPTED", Settled: "SETTLED", Failed: "FAILED", Returned: "RETURNED"}

// absent: the rail does not know it. What is surely absent is sent again; what may still arrive is asked for when it
// can't any more; what had arrived and is gone, or of which the rail can't be sure, is unknown.
func (p Payout) absent(h heard, c Contract, now time.Time) Step {
	lost := p.State == StateSending || p.State == StateUnknown && p.Reason == ReasonNoAnswer && p.Reference == ""
	switch {
	case !p.underWay():
		p.DueAt = time.Time{}
	case !lost && p.State == StateSent:
		p = p.to(StateUnknown, ReasonForgotten, now.Add(slowly))
	case !lost:
		p.DueAt = now.Add(slowly)
	case !c.SureOfAbsence || !c.OncePerKey:
		p = p.to(StateUnknown, ReasonNotFound, now.Add(slowly))
	case c.MayResend(h.askedAt.Sub(p.CalledBy)):
		p = p.to(StateSending, "", now)
		p.Resend = true
	default:
		p.DueAt = p.CalledBy.Add(c.Settling)
	}
	s := p.step(now, h.by, h.what)
	s.Event.Outcome = Absent
	return s
}

// Resolution is what a person says became of a payout that is unknown.
type Resolution struct {
	Decision Decision
	Person   string
}

// Decision is one of the ways out of unknown.
type Decision string

// The decisions.
const (
	// FoundPaid: the recipient has it.
	FoundPaid Decision = "paid"
	// FoundNotPaid: the recipient does not have it and will not get it; it is payable again.
	FoundNotPaid Decision = "not-paid"
	// SendAgain: it is sent again under its key.
	SendAgain Decision = "send-again"
)

// resolved is a person's word on what is unknown: the first proposes, and another who says the same carries it out.
func (p Payout) resolved(d Decision, person string, now time.Time) (Step, error) {
	if p.State != StateUnknown {
		return Step{}, fault("payout", WrongState, "it is "+string(p.State)+"; only what is unknown needs a person's decision")
	}
	if p.Resolution.Decision != d || samePerson(p.Resolution.Person, person) {
		p.Resolution = Resolution{d, person}
		return p.step(now, person, WasResolvable), nil
	}
	switch d {
	case FoundPaid:
		return p.to(StateSettled, "", time.Time{}).step(now, person, WasResolved, SettledMove), nil
	case FoundNotPaid:
		return p.to(StateFailed, ReasonNotPaid, time.Time{}).step(now, person, WasResolved, FailedMove), nil
	case SendAgain:
		again := p.to(StateSending, "", now)
		again.Resend, again.Resolution = true, Resolution{}
		return again.step(now, person, WasResolved), nil
	}
	return Step{}, fault("decision", "DECISION_INVALID", "say paid, not-paid or send-again")
}

// approved is the payout after another person has agreed, where what is payable suffices.
func (p Payout) approved(person string, payable int64, now time.Time) Step {
	if payable < p.Amount.Minor {
		return p.to(StateFailed, ReasonNotPayable, time.Time{}).step(now, person, WasRefused)
	}
	return p.to(StateApproved, "", now).step(now, person, WasApproved, ApprovedMove)
}

// withdrawn takes back what no rail was ever called for.
func (p Payout) withdrawn(reason, person string, now time.Time) (Step, error) {
	switch p.State {
	case StateRequested:
		return p.to(StateFailed, reason, time.Time{}).step(now, person, WasWithdrawn), nil
	case StateApproved:
		return p.to(StateFailed, reason, time.Time{}).step(now, person, WasWithdrawn, FailedMove), nil
	}
	return Step{}, fault("payout", WrongState, "it is "+string(p.State)+"; only what has not been sent can be withdrawn")
}
