package sqlstore_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/treasury"
)

const march = ledger.Date(2026_03_10)

func line(scheme ledger.SchemeCode, year int) insurance.BudgetLine {
	return insurance.BudgetLine{Funder: "mof", Scheme: scheme, Year: year, Currency: "JOD"}
}

// movement is an act on basic's line of 2026, under a reference that says what it is.
func movement(kind treasury.MovementKind, minor int64) treasury.Movement {
	return treasury.Movement{Kind: kind, Reference: fmt.Sprint(kind, "-", minor), Line: line("basic", 2026), Minor: minor, On: march,
		Authority: "Budget Law 12/2026"}
}

func to(m treasury.Movement, l insurance.BudgetLine) treasury.Movement {
	m.To = l
	m.Reference += "-to-" + l.String()
	return m
}

func heads(m treasury.Movement) treasury.Movement {
	m.Line = m.Line.Heads()
	m.Reference += "-heads"
	return m
}

// move carries a movement out, by two people where it takes two.
func (s server) move(t *testing.T, m treasury.Movement) treasury.Moved {
	t.Helper()
	moved, err := s.Move(t.Context(), m, "amal")
	if err == nil && !moved.Proposal.Done {
		moved, err = s.Move(t.Context(), m, "badr")
	}
	if err != nil || !moved.Proposal.Done {
		t.Fatalf("%s: %+v, %v", m.Kind, moved.Proposal, err)
	}
	return moved
}

// execution is how the line stands on the tenth of March, without its forecast.
func (s server) execution(t *testing.T, l insurance.BudgetLine) treasury.Execution {
	t.Helper()
	all, err := s.Executions(t.Context(), treasury.LineQuery{Funder: l.Funder, Scheme: l.Scheme, Year: l.Year}, march)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		if x.BudgetLine == l {
			return x
		}
	}
	return treasury.Execution{}
}

func (s server) wantExecution(t *testing.T, want treasury.Execution) {
	t.Helper()
	want.On = march
	got := s.execution(t, want.BudgetLine)
	got.Forecast = 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", want.BudgetLine, diff)
	}
	if got.Voted != got.Unreleased+got.Left+got.Committed+got.Granted {
		t.Errorf("%s: what was voted does not add up: %+v", want.BudgetLine, got)
	}
}

func asLine(l insurance.BudgetLine, state insurance.LineState) treasury.Line {
	return treasury.Line{BudgetLine: l, LineStatus: insurance.LineStatus{State: state}}
}

func TestABudgetGoesFromTheVoteToTheLapse(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		open, closed := asLine(line("basic", 2026), insurance.LineOpen), asLine(line("basic", 2026), insurance.LineClosed)
		s.move(t, movement(treasury.Vote, 1000))
		s.wantExecution(t, treasury.Execution{Line: open, Voted: 1000, Unreleased: 1000})
		s.move(t, movement(treasury.Warrant, 800))
		s.wantExecution(t, treasury.Execution{Line: open, Voted: 1000, Released: 800, Left: 800, Unreleased: 200})
		s.move(t, movement(treasury.Commitment, 300))
		s.move(t, movement(treasury.Decommitment, 100))
		s.wantExecution(t, treasury.Execution{Line: open, Voted: 1000, Released: 800, Left: 600, Committed: 200, Unreleased: 200})
		s.move(t, movement(treasury.Supplement, 50))
		s.move(t, movement(treasury.Warrant, 250))
		s.wantExecution(t, treasury.Execution{Line: open, Voted: 1050, Released: 1050, Left: 850, Committed: 200})
		s.move(t, heads(movement(treasury.Vote, 13_000)))
		s.move(t, heads(movement(treasury.Warrant, 13_000)))
		byHeads := asLine(line("basic", 2026).Heads(), insurance.LineOpen)
		s.wantExecution(t, treasury.Execution{Line: byHeads, Voted: 13_000, Released: 13_000, Left: 13_000})

		s.move(t, to(movement(treasury.CarryOver, 150), line("basic", 2027)))
		s.move(t, to(movement(treasury.CommitmentCarryOver, 200), line("basic", 2027)))
		s.wantExecution(t, treasury.Execution{Line: asLine(line("basic", 2027), insurance.LineOpen), Voted: 350, Released: 350, Left: 150, Committed: 200})
		complementary := movement(treasury.Complementary, 0)
		complementary.LastDay = 2027_03_31
		s.move(t, complementary)
		late := open
		late.LineStatus = insurance.LineStatus{State: insurance.LineComplementary, Until: 2027_03_31}
		s.wantExecution(t, treasury.Execution{Line: late, Voted: 700, Released: 700, Left: 700})
		s.move(t, movement(treasury.Closing, 0))
		s.wantExecution(t, treasury.Execution{Line: closed})
		byHeads.LineStatus = closed.LineStatus
		if x := s.execution(t, byHeads.BudgetLine); x.Line != (treasury.Line{}) {
			t.Errorf("heads are left: %+v", x)
		}
		s.clean(t)
	})
}

func TestMoneyMovesBetweenLinesByTwoPeople(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.move(t, movement(treasury.Vote, 1000))
		s.move(t, movement(treasury.Warrant, 1000))
		farmers := movement(treasury.Vote, 10)
		farmers.Line, farmers.Reference = line("farmers", 2026), "farmers"
		s.move(t, farmers)
		virement := to(movement(treasury.Virement, 400), line("farmers", 2026))
		for i, step := range []struct {
			person string
			done   bool
			maker  string
		}{{"amal", false, "amal"}, {"AMAL", false, "amal"}, {"badr", true, "amal"}, {"badr", true, "amal"}, {"amal", true, "amal"}} {
			moved, err := servers[i%3].Move(t.Context(), virement, step.person)
			if err != nil || moved.Proposal.Done != step.done || moved.Proposal.Maker != step.maker || moved.Repeated != (i > 2) {
				t.Errorf("step %d: %+v, %v", i, moved, err)
			}
		}
		s.wantExecution(t, treasury.Execution{Line: asLine(line("basic", 2026), insurance.LineOpen), Voted: 600, Released: 600, Left: 600})
		s.wantExecution(t, treasury.Execution{Line: asLine(line("farmers", 2026), insurance.LineOpen), Voted: 410, Released: 400, Left: 400, Unreleased: 10})

		changed := virement
		changed.Reference += "-other"
		if _, err := s.Move(t.Context(), changed, "amal"); err != nil {
			t.Fatal(err)
		}
		changed.Minor = 599
		if moved, err := s.Move(t.Context(), changed, "badr"); err != nil || moved.Proposal.Done || moved.Proposal.Maker != "badr" {
			t.Errorf("what the second person sends is not what the first has proposed, yet: %+v, %v", moved.Proposal, err)
		}
		s.clean(t)
	})
}

func TestAMovementIsDoneOnce(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		servers[0].move(t, movement(treasury.Vote, 1000))
		warrant := movement(treasury.Warrant, 1000) // all that there is: a second time it would not fit
		answers := make([]treasury.Moved, 24)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				var err error
				if answers[i], err = servers[i%3].Move(t.Context(), warrant, fmt.Sprint("person-", i%2)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		first := 0
		for _, a := range answers {
			if !a.Repeated {
				first++
			}
			a.Repeated = answers[0].Repeated
			if diff := cmp.Diff(answers[0], a); diff != "" {
				t.Errorf("one answer differs:\n%s", diff)
			}
		}
		if first != 1 {
			t.Errorf("%d calls were told to be the first", first)
		}
		other := warrant
		other.Authority = "another law"
		if _, err := servers[1].Move(t.Context(), other, "amal"); !errors.Is(err, ledger.ErrReferenceReused) {
			t.Errorf("other content under the same reference: %v", err)
		}
		servers[0].wantExecution(t, treasury.Execution{Line: asLine(line("basic", 2026), insurance.LineOpen), Voted: 1000, Released: 1000, Left: 1000})
		servers[0].clean(t)
	})
}

func TestALineIsNeverDrawnForMoreThanItHas(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		servers[0].move(t, movement(treasury.Vote, 100))
		var all sync.WaitGroup
		var mu sync.Mutex
		released, refused := int64(0), 0
		for i := range 30 {
			all.Go(func() {
				warrant := movement(treasury.Warrant, 7)
				warrant.Reference = fmt.Sprint("warrant-", i)
				_, err := servers[i%3].Move(t.Context(), warrant, "amal")
				mu.Lock()
				defer mu.Unlock()
				var fault insurance.Fault
				switch {
				case err == nil:
					released += 7
				case errors.Is(err, ledger.ErrFloor) && errors.As(err, &fault) && fault.Reason == insurance.BudgetShort:
					refused++
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if released != 98 || refused != 16 {
			t.Errorf("%d were released, %d warrants refused; want 98 and 16", released, refused)
		}
		servers[0].wantExecution(t, treasury.Execution{Line: asLine(line("basic", 2026), insurance.LineOpen), Voted: 100, Released: 98, Left: 98, Unreleased: 2})
		servers[0].clean(t)
	})
}

func TestAMovementThatDoesNotFitIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.move(t, movement(treasury.Vote, 100))
		old := movement(treasury.Vote, 100)
		old.Line, old.Reference = line("basic", 2025), "old"
		s.move(t, old)
		closing := movement(treasury.Closing, 0)
		closing.Line, closing.Reference = old.Line, "closing"
		s.move(t, closing)
		cases := []struct {
			name, field, reason string
			change              func(m *treasury.Movement)
			family              error
		}{
			{"more than was voted", "amount", insurance.BudgetShort, func(m *treasury.Movement) { m.Minor = 101 }, ledger.ErrFloor},
			{"heads where none were voted", "amount", insurance.BudgetShort, func(m *treasury.Movement) { m.Line = m.Line.Heads() }, ledger.ErrFloor},
			{"no line", "line", insurance.BudgetLineUnknown, func(m *treasury.Movement) { m.Line.Year = 2030 }, ledger.ErrNotFound},
			{"a supplement to no line", "line", insurance.BudgetLineUnknown, func(m *treasury.Movement) { m.Kind, m.Line.Year = treasury.Supplement, 2030 }, ledger.ErrNotFound},
			{"a closed line", "line", insurance.BudgetLineClosed, func(m *treasury.Movement) { m.Line = old.Line }, insurance.ErrWrongState},
			{"a vote on a closed line", "line", insurance.BudgetLineClosed, func(m *treasury.Movement) { m.Kind, m.Line = treasury.Vote, old.Line }, insurance.ErrWrongState},
			{"a funder nobody has set", "funder", insurance.FunderUnknown, func(m *treasury.Movement) { m.Line.Funder = "moh" }, ledger.ErrNotFound},
			{"a scheme nobody has published", "scheme", "SCHEME_UNKNOWN", func(m *treasury.Movement) { m.Line.Scheme = "nowhere" }, ledger.ErrInvalid},
			{"the wrong currency", "amount.currency_code", "CURRENCY_MISMATCH", func(m *treasury.Movement) { m.Line.Currency = "USD" }, ledger.ErrInvalid},
			{"no amount", "amount", "AMOUNT_INVALID", func(m *treasury.Movement) { m.Minor = 0 }, ledger.ErrInvalid},
			{"an amount not believed", "amount", "AMOUNT_INVALID", func(m *treasury.Movement) { m.Minor = 100_000_000_000_000_001 }, ledger.ErrInvalid},
			{"a closing with an amount", "amount", "AMOUNT_INVALID", func(m *treasury.Movement) { m.Kind = treasury.Closing }, ledger.ErrInvalid},
			{"no authority", "authority", "AUTHORITY_MISSING", func(m *treasury.Movement) { m.Authority = "" }, ledger.ErrInvalid},
			{"no reference", "reference", "REFERENCE_MISSING", func(m *treasury.Movement) { m.Reference = "" }, ledger.ErrInvalid},
			{"no day", "on", "DATE_INVALID", func(m *treasury.Movement) { m.On = 0 }, ledger.ErrInvalid},
			{"no kind", "kind", "MOVEMENT_UNKNOWN", func(m *treasury.Movement) { m.Kind = "gift" }, ledger.ErrInvalid},
			{"a warrant to another line", "to", "LINE_INVALID", func(m *treasury.Movement) { m.To = line("farmers", 2026) }, ledger.ErrInvalid},
			{"a virement to itself", "to", "LINE_INVALID", func(m *treasury.Movement) { m.Kind, m.To = treasury.Virement, m.Line }, ledger.ErrInvalid},
			{"a virement to another year", "to", "LINE_INVALID", func(m *treasury.Movement) { m.Kind, m.To = treasury.Virement, line("basic", 2027) }, ledger.ErrInvalid},
			{"a virement to a line not voted", "to", insurance.BudgetLineUnknown, func(m *treasury.Movement) { m.Kind, m.To = treasury.Virement, line("farmers", 2026) }, ledger.ErrNotFound},
			{"a carry-over to an earlier year", "to", "LINE_INVALID", func(m *treasury.Movement) { m.Kind, m.To = treasury.CarryOver, line("basic", 2025) }, ledger.ErrInvalid},
			{"a carry-over to another scheme", "to", "LINE_INVALID", func(m *treasury.Movement) { m.Kind, m.To = treasury.CarryOver, line("farmers", 2027) }, ledger.ErrInvalid},
			{"a complementary period without end", "last_day", "DATE_INVALID", func(m *treasury.Movement) { m.Kind, m.Minor = treasury.Complementary, 0 }, ledger.ErrInvalid},
			{"a warrant with a last day", "last_day", "DATE_INVALID", func(m *treasury.Movement) { m.LastDay = march }, ledger.ErrInvalid},
		}
		for i, c := range cases {
			m := movement(treasury.Warrant, 50)
			m.Reference = fmt.Sprint("wrong-", i)
			c.change(&m)
			_, err := s.Move(t.Context(), m, "amal")
			var fault insurance.Fault
			if !errors.As(err, &fault) || fault.Field != c.field || fault.Reason != c.reason || !errors.Is(err, c.family) {
				t.Errorf("%s: got %v (%q in %q), want %s in %s", c.name, err, fault.Reason, fault.Field, c.reason, c.field)
			}
		}
		if _, err := s.Move(t.Context(), movement(treasury.Warrant, 50), ""); err == nil {
			t.Error("nobody released money")
		}
		s.wantExecution(t, treasury.Execution{Line: asLine(line("basic", 2026), insurance.LineOpen), Voted: 100, Unreleased: 100})
		s.clean(t)
	})
}

func TestWhatWasDoneOnALineIsListed(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		carry := to(movement(treasury.CarryOver, 5), line("basic", 2027))
		var want []treasury.Moved
		for _, m := range []treasury.Movement{movement(treasury.Vote, 100), movement(treasury.Warrant, 90), carry, movement(treasury.Closing, 0)} {
			want = append(want, s.move(t, m))
		}
		var got []treasury.Moved
		for after := ""; ; {
			page, next, err := s.Movements(t.Context(), line("basic", 2026), after, 3)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if after = next; next == "" {
				break
			}
		}
		for i := range want { // the proposal's key is not the movement's business
			want[i].Proposal.Key = ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("done on 2026:\n%s", diff)
		}
		page, _, err := s.Movements(t.Context(), line("basic", 2027), "", 10)
		if diff := cmp.Diff(want[2:3], page); err != nil || diff != "" {
			t.Errorf("done on 2027: %v\n%s", err, diff)
		}
	})
}

func TestAFundersFiscalYearStaysOnceItHasALine(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		july := insurance.Funder{ID: "moh", Name: "Health", Calendar: insurance.FiscalCalendar{Month: 7, Day: 1, NamedByEnd: true}}
		if err := s.SetFunder(t.Context(), july); err != nil {
			t.Fatal(err)
		}
		vote := movement(treasury.Vote, 100)
		vote.Line.Funder = "moh"
		s.move(t, vote)
		july.Name = "Ministry of Health"
		if err := s.SetFunder(t.Context(), july); err != nil {
			t.Errorf("a funder cannot be renamed: %v", err)
		}
		april := july
		april.Calendar.Month = 4
		var fault insurance.Fault
		if err := s.SetFunder(t.Context(), april); !errors.As(err, &fault) || fault.Reason != insurance.FiscalYearFixed {
			t.Errorf("its fiscal year was changed: %v", err)
		}
		found, err := s.Funders(t.Context())
		want := map[insurance.FunderID]insurance.Funder{"mof": {ID: "mof", Name: "Ministry of Finance"}, "moh": july}
		if diff := cmp.Diff(want, found); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
