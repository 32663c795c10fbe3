package payout

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	terms = Contract{Name: "test", Timeout: 5 * time.Second, Settling: 10 * time.Second, Polling: 3 * time.Second,
		SureOfAbsence: true, OncePerKey: true, Currencies: []ledger.Currency{"JOD"}, Kinds: []DestinationKind{Wallet}}
)

func inState(s State) Payout {
	p := Payout{ID: ID{7}, Party: "member:a", Rail: "test", Pool: "pool:health", Amount: ledger.Money{Minor: 1_000, Currency: "JOD"}, State: s}
	if s != StateRequested && s != StateApproved {
		p.Attempts, p.CalledBy = 1, noon
	}
	return p
}

func told(o Outcome) Report {
	r := Report{Key: inState(StateSent).Key(), Outcome: o, Reference: "T1"}
	if o == Failed || o == Returned {
		r.Reason = "T"
	}
	return r
}

func TestWhatARailSaysChangesAPayoutSo(t *testing.T) {
	t.Parallel()
	const same = ""
	cases := []struct {
		before        State
		says          Outcome
		after         State
		moves         []Move
		contradiction bool
	}{
		{StateRequested, Settled, same, nil, true},
		{StateApproved, Settled, same, nil, true},
		{StateSending, Accepted, StateSent, nil, false},
		{StateSending, Settled, StateSettled, []Move{SettledMove}, false},
		{StateSending, Failed, StateFailed, []Move{FailedMove}, false},
		{StateSending, Returned, StateReturned, []Move{SettledMove, ReturnedMove}, false},
		{StateSent, Accepted, same, nil, false},
		{StateSent, Settled, StateSettled, []Move{SettledMove}, false},
		{StateSent, Failed, StateFailed, []Move{FailedMove}, false},
		{StateSent, Absent, StateUnknown, nil, false},
		{StateUnknown, Settled, StateSettled, []Move{SettledMove}, false},
		{StateUnknown, Failed, StateFailed, []Move{FailedMove}, false},
		{StateUnknown, Absent, same, nil, false},
		{StateSettled, Accepted, same, nil, false},
		{StateSettled, Settled, same, nil, false},
		{StateSettled, Absent, same, nil, false},
		{StateSettled, Returned, StateReturned, []Move{ReturnedMove}, false},
		{StateSettled, Failed, same, nil, true},
		{StateFailed, Failed, same, nil, false},
		{StateFailed, Accepted, same, nil, false},
		{StateFailed, Settled, same, nil, true},
		{StateFailed, Returned, same, nil, true},
		{StateReturned, Settled, same, nil, false},
		{StateReturned, Returned, same, nil, false},
		{StateReturned, Failed, same, nil, true},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s and then %s", c.before, c.says), func(t *testing.T) {
			t.Parallel()
			if c.after == same {
				c.after = c.before
			}
			before := inState(c.before)
			s := before.heard(told(c.says), heard{by: "test", what: WasCalledBack, askedAt: noon}, terms, noon)
			if s.After.State != c.after || (s.After.Contradiction != "") != c.contradiction {
				t.Errorf("it is %s, contradiction %q; want %s", s.After.State, s.After.Contradiction, c.after)
			}
			if diff := cmp.Diff(c.moves, s.Moves); diff != "" {
				t.Error(diff)
			}
			if s.Event.Number != before.Events+1 || s.Event.Outcome != c.says {
				t.Errorf("the record is %+v", s.Event)
			}
		})
	}
}

func TestOnlyWhatIsSurelyAbsentIsSentAgain(t *testing.T) {
	t.Parallel()
	unsure, twice := terms, terms
	unsure.SureOfAbsence, twice.OncePerKey = false, false
	cases := []struct {
		name    string
		c       Contract
		askedAt time.Duration
		resend  bool
		state   State
		due     time.Duration
	}{
		{"asked at once, it may still arrive", terms, time.Second, false, StateSending, 10 * time.Second},
		{"asked before the settling time was over, though answered after it", terms, 9 * time.Second, false, StateSending, 10 * time.Second},
		{"asked after the settling time, it is sent again", terms, 10 * time.Second, true, StateSending, 30 * time.Second},
		{"a rail that is not sure leaves it unknown", unsure, time.Hour, false, StateUnknown, 30*time.Second + slowly},
		{"a rail that may pay twice leaves it unknown", twice, time.Hour, false, StateUnknown, 30*time.Second + slowly},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := inState(StateSending).heard(told(Absent), heard{by: "w", what: WasAsked, asked: true, askedAt: noon.Add(c.askedAt)}, c.c, noon.Add(30*time.Second))
			if s.After.Resend != c.resend || s.After.State != c.state || !s.After.DueAt.Equal(noon.Add(c.due)) {
				t.Errorf("it is %s, sent again %t, due %s after noon", s.After.State, s.After.Resend, s.After.DueAt.Sub(noon))
			}
		})
	}
}

func TestTheKeyNeverChanges(t *testing.T) {
	t.Parallel()
	p := inState(StateApproved)
	first := p.leased(Lease{Number: 1, Holder: "w", Taken: noon, Until: noon.Add(time.Minute)})
	p = first.Payout
	p.Resend = true
	second := p.leased(Lease{Number: 2, Holder: "v", Taken: noon.Add(time.Hour), Until: noon.Add(61 * time.Minute)})
	if first.Task != SendTask || second.Task != SendTask || second.Attempts != 2 || first.Key() != second.Key() {
		t.Errorf("%+v, then %+v", first, second)
	}
	if back, err := ParseKey(first.Key().String()); err != nil || back != first.Key() {
		t.Errorf("the key is read back as %s: %v", back, err)
	}
	for _, bad := range []string{"", "5f2a", first.ID.String(), strings.Repeat("-", 36)} {
		if _, err := ParseKey(bad); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%q was read as a key: %v", bad, err)
		}
	}
}

func TestWhatIsUnknownTakesTwoPeople(t *testing.T) {
	t.Parallel()
	for decision, want := range map[Decision]struct {
		state State
		moves []Move
	}{
		FoundPaid: {StateSettled, []Move{SettledMove}}, FoundNotPaid: {StateFailed, []Move{FailedMove}}, SendAgain: {StateSending, nil},
	} {
		p := inState(StateUnknown)
		first, err := p.resolved(decision, "amal", noon)
		if err != nil || first.After.State != StateUnknown || len(first.Moves) > 0 {
			t.Fatalf("%s: one person moved it: %+v, %v", decision, first, err)
		}
		if again, err := first.After.resolved(decision, "AMAL", noon); err != nil || again.After.State != StateUnknown {
			t.Errorf("%s: the same person agreed with herself: %v", decision, err)
		}
		for _, other := range []Decision{FoundPaid, FoundNotPaid, SendAgain} {
			if other == decision {
				continue
			}
			if s, err := first.After.resolved(other, "badr", noon); err != nil || s.After.State != StateUnknown {
				t.Errorf("%s and %s were taken for the same: %v", decision, other, err)
			}
		}
		second, err := first.After.resolved(decision, "badr", noon)
		if err != nil || second.After.State != want.state || second.After.Resolution != (Resolution{}) {
			t.Errorf("%s: it is %+v, %v", decision, second.After, err)
		}
		if diff := cmp.Diff(want.moves, second.Moves); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := inState(StateSent).resolved(FoundPaid, "amal", noon); !errors.Is(err, ErrWrongState) {
		t.Errorf("what is sent was resolved: %v", err)
	}
}

func TestWhatARailChargesIsBookedOnce(t *testing.T) {
	t.Parallel()
	r := told(Settled)
	r.Fee = 50
	first := inState(StateSent).heard(r, heard{by: "test", what: WasCalledBack}, terms, noon)
	if diff := cmp.Diff([]Move{SettledMove, feeMove(0, 50)}, first.Moves); diff != "" {
		t.Error(diff)
	}
	if again := first.After.heard(r, heard{by: "test", what: WasCalledBack}, terms, noon); len(again.Moves) > 0 {
		t.Errorf("called back twice it was booked twice: %+v", again.Moves)
	}
	r.Fee = 80
	more := first.After.heard(r, heard{by: "test", what: WasCalledBack}, terms, noon)
	if diff := cmp.Diff([]Move{feeMove(50, 80)}, more.Moves); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherAmountThanAskedForMovesNothing(t *testing.T) {
	t.Parallel()
	r := told(Settled)
	r.Amount = ledger.Money{Minor: 999, Currency: "JOD"}
	s := inState(StateSent).heard(r, heard{by: "test", what: WasCalledBack}, terms, noon)
	if s.After.State != StateUnknown || s.After.Contradiction != ReasonOtherAmount || len(s.Moves) > 0 {
		t.Errorf("%+v", s)
	}
}

func TestARailThatNeverAnswersLeavesItToAPerson(t *testing.T) {
	t.Parallel()
	p, now := inState(StateSending), noon
	for range mostUnanswered {
		l := p.leased(Lease{Number: p.Lease.Number + 1, Holder: "w", Taken: now, Until: now.Add(time.Minute)})
		s := l.Payout.answered(answerTo{l.Lease, l.Task}, Answer{Lost: true}, terms, now)
		if l.Task != AskTask || s.After.Attempts != 1 {
			t.Fatalf("it was sent again: %+v", l)
		}
		p, now = s.After, s.After.DueAt
	}
	if p.State != StateUnknown || p.Reason != ReasonNoAnswer {
		t.Errorf("it is %s for %s", p.State, p.Reason)
	}
}

func TestWhereMoneyGoesIsNeverPrinted(t *testing.T) {
	t.Parallel()
	to := Destination{Wallet, "+962795550199"}
	o := Order{Key: KeyOf(ID{1}), To: to}
	for _, text := range []string{fmt.Sprint(to), fmt.Sprintf("%v %+v %#v %s", to, o, to, to), fmt.Sprintf("%+v", Line{To: to}), Destination{Wallet, "0795550199"}.Check().Error()} {
		if strings.Contains(text, "5550199") {
			t.Errorf("the phone stands in %s", text)
		}
	}
	for to, good := range map[Destination]bool{
		{Wallet, "+962791234567"}: true, {Wallet, "0791234567"}: false, {Wallet, ""}: false, {BankAccount, "JO94CBJO0010"}: true,
		{BankAccount, "jo94"}: false, {"cash", "x"}: false,
	} {
		if err := to.Check(); (err == nil) != good {
			t.Errorf("%s %q: %v", to.Kind, to.Account, err)
		}
	}
}
