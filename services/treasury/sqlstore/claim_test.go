package sqlstore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/treasury"
)

const (
	endOfMarch = ledger.Date(2026_03_31)
	endOfApril = ledger.Date(2026_04_30)
)

func member(n int) insurance.MemberID { return insurance.MemberIDOf([16]byte{byte(n), 7}) }

// id of a test's entry: the n-th, in the order of the numbers.
func id(n int) ledger.ID {
	return ledger.ID{0xe, byte(n >> 16), byte(n >> 8), byte(n), 1}
}

// grant is the n-th grant, of the member with that number, on basic's line of 2026.
func grant(n, to int, minor int64, on ledger.Date) insurance.Grant {
	return insurance.Grant{
		ID: id(n), Member: member(to), Line: line("basic", 2026), ValueOn: on,
		Pots: []insurance.PotShare{{Account: ledger.OldAgeMatched, Minor: minor}}, Basis: insurance.GrantBasis{Subsidy: "match", Version: 3, Period: on.Period().String()},
	}
}

// budgeted is the budget's side of grants, under ids of its own.
func budgeted(t *testing.T, of insurance.Grant, make func(insurance.Budgeted) (ledger.Entry, error)) ledger.Entry {
	t.Helper()
	b := insurance.Budgeted{ID: of.ID, Line: of.Line, Minor: of.Minor(), On: of.ValueOn}
	b.ID[15] = 9
	e, err := make(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s server) grant(t *testing.T, grants ...insurance.Grant) {
	t.Helper()
	var entries []ledger.Entry
	for _, g := range grants {
		e, err := insurance.Granted(g)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
		if g.Line.Year != 0 {
			entries = append(entries, budgeted(t, g, func(b insurance.Budgeted) (ledger.Entry, error) { return insurance.BudgetGranted(b, false) }))
		}
	}
	s.post(t, entries...)
}

func (s server) clawBack(t *testing.T, g insurance.Grant, paid bool) {
	t.Helper()
	e, err := insurance.ClawedBack(g, paid)
	if err != nil {
		t.Fatal(err)
	}
	s.post(t, e, budgeted(t, g, func(b insurance.Budgeted) (ledger.Entry, error) { return insurance.BudgetClawedBack(b, false, false) }))
}

// post books entries about several members in one transaction.
func (s server) post(t *testing.T, entries ...ledger.Entry) {
	t.Helper()
	err := s.books.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		var need ledger.Need
		for _, e := range entries {
			need.Entries = append(need.Entries, e.ID)
			need.Parties = append(need.Parties, e.HeldParties()...)
			if !e.Undoes.IsZero() {
				need.Entries = append(need.Entries, e.Undoes)
			}
		}
		page, err := tx.Page(ctx, need)
		if err != nil {
			return err
		}
		if _, err := page.Post(entries...); err != nil {
			return err
		}
		return tx.Save(ctx, page)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// age makes all that was recorded older than the horizon, as if it had been waited for.
func (s server) age(t testing.TB) {
	t.Helper()
	s.sql(t, fmt.Sprintf("UPDATE entry SET recorded_at = recorded_at - %d", sqldb.Horizon.Microseconds()+1))
	s.sql(t, fmt.Sprintf("UPDATE batch SET recorded_at = recorded_at - %d", sqldb.Horizon.Microseconds()+1))
}

func (s server) sql(t testing.TB, query string) {
	t.Helper()
	err := s.db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.ExecArgs(ctx, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fund votes and releases a budget for basic in 2026.
func (s server) fund(t *testing.T) {
	t.Helper()
	s.move(t, movement(treasury.Vote, 1_000_000))
	s.move(t, movement(treasury.Warrant, 1_000_000))
}

func drawing(through ledger.Date) treasury.DrawUp {
	return treasury.DrawUp{Funder: "mof", Scheme: "basic", Through: through, Reference: "claim-" + through.String(), Person: "amal"}
}

// drawUp draws a claim up to its end.
func (s server) drawUp(t testing.TB, d treasury.DrawUp) treasury.Claim {
	t.Helper()
	for range 1000 {
		c, err := s.DrawUp(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if c.State != treasury.Drawing {
			return c
		}
	}
	t.Fatal("the claim is never drawn up")
	return treasury.Claim{}
}

func (s server) export(t *testing.T, id treasury.ClaimID) []string {
	t.Helper()
	var csv bytes.Buffer
	if err := s.Export(t.Context(), id, &csv); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(csv.String(), "\n"), "\n")
}

// withoutToken are the rows of an exported claim without the third column, and the tokens apart.
func withoutToken(rows []string) (rest, tokens []string) {
	for _, row := range rows {
		columns := strings.Split(row, ",")
		tokens = append(tokens, columns[2])
		rest = append(rest, strings.Join(slices.Delete(columns, 2, 3), ","))
	}
	return rest, tokens
}

// sendOut certifies and sends a claim.
func (s server) sendOut(t *testing.T, c treasury.Claim) {
	t.Helper()
	if _, err := s.Certify(t.Context(), c.ID, "badr"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), c.ID, "badr"); err != nil {
		t.Fatal(err)
	}
}

// verified certifies, sends and verifies a claim.
func (s server) verified(t *testing.T, c treasury.Claim, verdicts ...treasury.Verdict) treasury.Claim {
	t.Helper()
	s.sendOut(t, c)
	after, err := s.Verify(t.Context(), c.ID, verdicts, true, "treasurer")
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func payment(c treasury.Claim, minor int64) treasury.Payment {
	return treasury.Payment{Claim: c.ID, Reference: fmt.Sprint("transfer ", minor), Minor: minor, Currency: "JOD", Bank: "cbj-1", On: endOfApril, Person: "amal"}
}

func (s server) pay(t *testing.T, p treasury.Payment) treasury.Claim {
	t.Helper()
	_, after, _, err := s.Pay(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func (s server) wantBalance(t *testing.T, code ledger.Code, party ledger.Party, scheme ledger.SchemeCode, want int64) {
	t.Helper()
	a := ledger.Account{Code: code, Party: party, Scheme: scheme, Currency: "JOD"}
	err := s.books.View(t.Context(), func(ctx context.Context, r ledger.Reader) error {
		got, err := r.SharedBalances(ctx, 0, a)
		if err == nil && got[0].Money().Minor != want {
			t.Errorf("%s stands at %s, want %d", a, got[0].Money(), want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAClaimIsItsExportAndNamesNobody(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		whole := grant(4, 1, 300, 2026_03_28)
		sponsored := grant(5, 3, 70, 2026_03_02)
		sponsored.Line.Year = 0
		s.grant(t, grant(1, 1, 1000, 2026_03_05), grant(3, 2, 500, 2026_03_06), whole, sponsored)
		taken := grant(6, 1, 300, 2026_03_28)
		taken.Undoes = whole.ID
		s.clawBack(t, taken, false)
		s.age(t)
		c := s.drawUp(t, drawing(endOfMarch))
		rows := s.export(t, c.ID)
		got, tokens := withoutToken(rows)
		want := []string{
			"claim,line,amount,currency,value_date,budget_year,subsidy,version,period,correction_of",
			"mof.basic.1," + id(1).String() + ",1.000,JOD,2026-03-05,2026,match,3,2026-03,",
			"mof.basic.1," + id(3).String() + ",0.500,JOD,2026-03-06,2026,match,3,2026-03,",
			"mof.basic.1," + id(4).String() + ",0.300,JOD,2026-03-28,2026,match,3,2026-03,",
			"mof.basic.1," + id(5).String() + ",0.070,JOD,2026-03-02,,match,3,2026-03,",
			"mof.basic.1," + id(6).String() + ",-0.300,JOD,2026-03-28,2026,match,3,2026-03," + id(4).String(),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("exported:\n%s", diff)
		}
		text := strings.Join(rows, "\n") + "\n"
		if c.Hash != sha256.Sum256([]byte(text)) || c.Lines != 5 || c.Total != 1570 || c.Owed != 1570 || c.State != treasury.DrawnUp {
			t.Errorf("the claim is %+v", c)
		}
		if strings.Contains(text, string(member(1))) {
			t.Error("a member is named")
		}
		if tokens[1] != tokens[3] || tokens[1] != tokens[5] || tokens[1] == tokens[2] {
			t.Errorf("the tokens are %v", tokens)
		}
		again := s.drawUp(t, drawing(endOfMarch))
		if diff := cmp.Diff(c, again); diff != "" {
			t.Errorf("drawn up again:\n%s", diff)
		}
		s.clean(t)
	})
}

func TestATokenIsSteadyWithinAFundersFiscalYear(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		july := insurance.Funder{ID: "moh", Calendar: insurance.FiscalCalendar{Month: 7, Day: 1}}
		if err := s.SetFunder(t.Context(), july); err != nil {
			t.Fatal(err)
		}
		of := func(n int, f insurance.FunderID, on ledger.Date) insurance.Grant {
			g := grant(n, 1, 100, on)
			g.Line = insurance.BudgetLine{Funder: f, Scheme: "basic", Currency: "JOD"}
			return g
		}
		s.grant(t, of(1, "mof", 2025_12_31), of(2, "mof", 2026_01_01), of(3, "mof", 2026_03_30),
			of(4, "moh", 2025_06_30), of(5, "moh", 2025_07_01), of(6, "moh", 2026_03_30))
		s.age(t)
		_, mof := withoutToken(s.export(t, s.drawUp(t, drawing(endOfMarch)).ID))
		other := drawing(endOfMarch)
		other.Funder = "moh"
		_, moh := withoutToken(s.export(t, s.drawUp(t, other).ID))
		if mof[1] == mof[2] || mof[2] != mof[3] {
			t.Errorf("by the calendar year: %v", mof)
		}
		if moh[1] == moh[2] || moh[2] != moh[3] {
			t.Errorf("by the fiscal year: %v", moh)
		}
		if mof[3] == moh[3] {
			t.Error("two funders can join their lists")
		}
	})
}

func TestWhatComesLateStandsInTheNextClaim(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grant(t, grant(1, 1, 1000, 2026_03_05), grant(2, 1, 400, 2026_04_01))
		s.age(t)
		s.grant(t, grant(3, 2, 50, 2026_03_31)) // of which it isn't certain yet that nothing was recorded before it
		first := s.drawUp(t, drawing(endOfMarch))
		if first.Total != 1000 || first.Lines != 1 {
			t.Errorf("the first claim is %+v", first)
		}
		s.clawBack(t, grant(4, 1, 200, 2026_03_05), false)
		s.age(t)
		second := s.drawUp(t, drawing(endOfApril))
		got, _ := withoutToken(s.export(t, second.ID))
		want := []string{
			"mof.basic.2," + id(2).String() + ",0.400,JOD,2026-04-01,2026,match,3,2026-04,",
			"mof.basic.2," + id(3).String() + ",0.050,JOD,2026-03-31,2026,match,3,2026-03,",
			"mof.basic.2," + id(4).String() + ",-0.200,JOD,2026-03-05,2026,match,3,2026-03,",
		}
		if diff := cmp.Diff(want, got[1:]); diff != "" || second.Total != 250 {
			t.Errorf("total %d\n%s", second.Total, diff)
		}
		third := drawing(endOfApril)
		third.Reference = "nothing is left"
		if c := s.drawUp(t, third); c.Lines != 0 || c.Total != 0 {
			t.Errorf("the third claim is %+v", c)
		}
		if rows := s.export(t, first.ID); len(rows) != 2 {
			t.Errorf("the first claim has changed: %v", rows)
		}
	})
}

// many grants, in batches as the matching posts them.
func (s server) grantMany(t *testing.T, n int) {
	t.Helper()
	for from := 0; from < n; from += 50 {
		var grants []insurance.Grant
		for i := from; i < min(n, from+50); i++ {
			grants = append(grants, grant(i, i%20, int64(1+i%7), march.AddDays(i%40)))
		}
		s.grant(t, grants...)
	}
}

func TestADrawingUpThatIsCutOffGoesOn(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grantMany(t, 300)
		s.age(t)
		whole := s.drawUp(t, treasury.DrawUp{Funder: "mof", Scheme: "basic", Through: march.AddDays(20), Reference: "in one go", Person: "amal"})
		s.sql(t, "DELETE FROM treasury_claim")
		s.sql(t, "DELETE FROM claim_line")
		s.sql(t, "DELETE FROM claim_share")

		var calls int
		d := drawing(march.AddDays(20))
		for i := 0; ; i++ {
			bit := servers[i%3]
			service := *bit.Service
			service.LinesAtOnce, service.StepsAtOnce = 40, 1
			ctx, cancel := context.WithCancel(t.Context())
			if i%3 == 1 {
				cancel() // the server dies before it has done anything
			}
			c, err := service.DrawUp(ctx, d)
			cancel()
			if calls++; err == nil && c.State == treasury.DrawnUp {
				c.Drawn.At, c.Until, c.Reference, c.Fingerprint = whole.Drawn.At, whole.Until, whole.Reference, whole.Fingerprint
				if diff := cmp.Diff(whole, c); diff != "" {
					t.Errorf("in pieces it is another claim:\n%s", diff)
				}
				break
			}
			if calls > 100 {
				t.Fatalf("never drawn up: %+v, %v", c, err)
			}
		}
		if calls < 8 {
			t.Errorf("it took %d calls only", calls)
		}
		rest := s.drawUp(t, drawing(march.AddDays(40)))
		if whole.Lines+rest.Lines != 300 {
			t.Errorf("%d and %d lines, want 300", whole.Lines, rest.Lines)
		}
	})
}

func TestSeveralServersDrawOneClaimUp(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		servers[0].fund(t)
		servers[0].grantMany(t, 200)
		servers[0].age(t)
		claims := make([]treasury.Claim, 6)
		var all sync.WaitGroup
		for i := range claims {
			all.Go(func() {
				service := *servers[i%3].Service
				service.LinesAtOnce = 30
				for claims[i].State == "" || claims[i].State == treasury.Drawing {
					var err error
					if claims[i], err = service.DrawUp(t.Context(), drawing(endOfApril)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		for _, c := range claims {
			if diff := cmp.Diff(claims[0], c); diff != "" || c.Lines != 200 || c.ID.Number != 1 {
				t.Errorf("%d lines\n%s", c.Lines, diff)
			}
		}
	})
}

// Here the log is read twice, as a cursor that was restored from an old copy would have it: only the unique key on a
// grant keeps it from being claimed twice.
func TestAGrantStandsInOneClaimOnly(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grant(t, grant(1, 1, 1000, march), grant(2, 2, 500, march))
		s.age(t)
		first := s.drawUp(t, drawing(endOfMarch))
		s.sql(t, "UPDATE treasury_claim SET log_cursor = ''")
		second := s.drawUp(t, drawing(endOfApril))
		if first.Total != 1500 || second.Total != 0 || second.Lines != 0 {
			t.Errorf("the first claims %d, the second %d in %d lines", first.Total, second.Total, second.Lines)
		}
	})
}

func TestRejectedLinesAreClaimedAnewAsCorrections(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grant(t, grant(1, 1, 1000, march), grant(2, 2, 500, march), grant(3, 3, 200, march))
		s.age(t)
		first := s.drawUp(t, drawing(endOfMarch))
		s.sendOut(t, first)
		c, err := s.Verify(t.Context(), first.ID, []treasury.Verdict{
			{Line: id(1), Outcome: treasury.Rejected, Code: "DUPLICATE", Text: "paid by another fund"},
			{Line: id(2), Outcome: treasury.Disputed, Code: "NOT_ON_LIST"},
		}, false, "treasurer")
		if err != nil || c.State != treasury.Sent || c.Payable() != 200 || c.Disputed != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
		if _, err := s.Reclaim(t.Context(), first.ID, "amal", id(2)); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("a disputed line was claimed anew: %v", err)
		}
		c, err = s.Verify(t.Context(), first.ID, []treasury.Verdict{{Line: id(2), Outcome: treasury.Accepted}}, true, "treasurer")
		if err != nil || c.State != treasury.Verified || c.Payable() != 700 || c.Disputed != 0 {
			t.Fatalf("%+v, %v", c, err)
		}
		for i, want := range []int{1, 0} {
			if anew, err := servers[i].Reclaim(t.Context(), first.ID, "amal", id(1)); err != nil || anew != want {
				t.Errorf("the %d. time %d lines are claimed anew, %v", i+1, anew, err)
			}
		}
		if _, err := s.Verify(t.Context(), first.ID, []treasury.Verdict{{Line: id(1), Outcome: treasury.Accepted}}, false, "treasurer"); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("a line that is claimed anew was accepted too: %v", err)
		}
		second := s.drawUp(t, drawing(endOfApril))
		rows, _ := withoutToken(s.export(t, second.ID))
		want := []string{"mof.basic.2," + id(1).String() + ",1.000,JOD,2026-03-10,2026,match,3,2026-03,mof.basic.1/" + id(1).String()}
		if diff := cmp.Diff(want, rows[1:]); diff != "" {
			t.Errorf("the second claim:\n%s", diff)
		}
		s.verified(t, second, treasury.Verdict{Line: id(1), Outcome: treasury.Rejected, Code: "DUPLICATE"})
		if _, err := s.Reclaim(t.Context(), second.ID, "amal", id(1)); err != nil {
			t.Errorf("it is not claimed a third time: %v", err)
		}
		lines, err := s.Lines(t.Context(), treasury.LinesQuery{Claim: first.ID, Outcome: treasury.Rejected, Limit: 10})
		if err != nil || len(lines) != 1 || lines[0].Code != "DUPLICATE" || !lines[0].Reclaimed || lines[0].Text != "paid by another fund" {
			t.Errorf("the first claim's rejected lines are %+v, %v", lines, err)
		}
	})
}

func TestVerdictsHaveTheirForm(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grant(t, grant(1, 1, 1000, march))
		s.age(t)
		c := s.drawUp(t, drawing(endOfMarch))
		if _, err := s.Verify(t.Context(), c.ID, nil, true, "treasurer"); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("a claim was verified before it was sent: %v", err)
		}
		s.sendOut(t, c)
		for name, verdicts := range map[string][]treasury.Verdict{
			"verdicts":              nil,
			"verdicts[0].outcome":   {{Line: id(1), Outcome: "perhaps"}},
			"verdicts[0].code":      {{Line: id(1), Outcome: treasury.Rejected}},
			"verdicts[0].text":      {{Line: id(1), Outcome: treasury.Rejected, Code: "LATE", Text: "a\x00b"}},
			"verdicts[0].line_id":   {{Line: id(2), Outcome: treasury.Accepted}},
			"verdicts[1].line_id":   {{Line: id(1), Outcome: treasury.Accepted}, {Line: id(1), Outcome: treasury.Accepted}},
			"verdicts[1].outcome":   {{Line: id(1), Outcome: treasury.Accepted}, {Line: id(2)}},
			"verdicts[0].code ":     {{Line: id(1), Outcome: treasury.Accepted, Code: "FINE"}},
			"verdicts[0].code  low": {{Line: id(1), Outcome: treasury.Disputed, Code: "late"}},
		} {
			_, err := s.Verify(t.Context(), c.ID, verdicts, false, "treasurer")
			var fault insurance.Fault
			if field, _, _ := strings.Cut(name, " "); !errors.As(err, &fault) || fault.Field != field {
				t.Errorf("%s: got %v in %q", name, err, fault.Field)
			}
		}
		if after, err := s.Claim(t.Context(), c.ID); err != nil || after.Withheld != 0 || after.State != treasury.Sent {
			t.Errorf("the claim is %+v, %v", after, err)
		}
	})
}

func TestATreasuryPaysItsClaim(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grant(t, grant(1, 1, 1000, march), grant(2, 2, 500, march))
		s.age(t)
		c := s.verified(t, s.drawUp(t, drawing(endOfMarch)))
		if c = s.pay(t, payment(c, 600)); c.State != treasury.PartPaid || c.Open() != 900 {
			t.Errorf("part paid: %+v", c)
		}
		var all sync.WaitGroup
		var first, repeated int
		var mu sync.Mutex
		for i := range 12 {
			all.Go(func() {
				_, _, again, err := servers[i%3].Pay(t.Context(), payment(c, 900))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if again {
					repeated++
				} else {
					first++
				}
			})
		}
		all.Wait()
		if first != 1 || repeated != 11 {
			t.Errorf("the same payment was booked %d times and repeated %d times", first, repeated)
		}
		other := payment(c, 900)
		other.Bank = "cbj-2"
		if _, _, _, err := s.Pay(t.Context(), other); !errors.Is(err, ledger.ErrReferenceReused) {
			t.Errorf("another payment under the same reference: %v", err)
		}
		if _, _, _, err := s.Pay(t.Context(), payment(c, 1)); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("more was paid than was claimed: %v", err)
		}
		if c, err := s.Claim(t.Context(), c.ID); err != nil || c.State != treasury.Paid || c.Open() != 0 {
			t.Errorf("paid: %+v, %v", c, err)
		}
		s.wantBalance(t, ledger.Bank, "bank:cbj-1", "", 1500)
		s.wantBalance(t, ledger.SubsidyReceivable, "funder:mof", "basic", 0)
		x := s.execution(t, line("basic", 2026))
		if x.Granted != 1500 || x.Paid != 0 {
			t.Errorf("in March: %+v", x)
		}
		later, err := s.Executions(t.Context(), treasury.LineQuery{Funder: "mof"}, endOfApril)
		if err != nil || later[0].Granted != 1500 || later[0].Paid != 1500 || later[0].Left != 1_000_000-1500 {
			t.Errorf("in April: %+v, %v", later, err)
		}
		whole, err := s.WholeClaim(t.Context(), c.ID)
		payments := whole.Payments
		if err != nil || len(payments) != 2 || payments[0].Minor != 600 || payments[1].Minor != 900 || payments[1].Reference != "transfer 900" {
			t.Errorf("payments: %+v, %v", payments, err)
		}
		s.clean(t)
	})
}

func TestAClawbackOfWhatIsPaidIsSetOffInTheNextClaim(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grant(t, grant(1, 1, 1000, march))
		s.age(t)
		first := s.verified(t, s.drawUp(t, drawing(endOfMarch)))
		s.pay(t, payment(first, 1000))
		s.clawBack(t, grant(2, 1, 300, march), true)
		s.grant(t, grant(3, 2, 500, endOfApril))
		s.wantBalance(t, ledger.DueToFunder, "funder:mof", "basic", 300)
		s.age(t)
		second := s.drawUp(t, drawing(endOfApril))
		if second.Total != 200 || second.Owed != 500 {
			t.Errorf("the second claim is %+v", second)
		}
		s.sendOut(t, second)
		if again, err := s.Send(t.Context(), second.ID, "badr"); err != nil || again.State != treasury.Sent {
			t.Errorf("sent again: %+v, %v", again, err)
		}
		s.wantBalance(t, ledger.DueToFunder, "funder:mof", "basic", 0)
		s.wantBalance(t, ledger.SubsidyReceivable, "funder:mof", "basic", 200)
		if _, err := s.Verify(t.Context(), second.ID, nil, true, "treasurer"); err != nil {
			t.Fatal(err)
		}
		if c := s.pay(t, payment(second, 200)); c.State != treasury.Paid {
			t.Errorf("paid: %+v", c)
		}
		s.wantBalance(t, ledger.Bank, "bank:cbj-1", "", 1200)
		s.wantBalance(t, ledger.SubsidyReceivable, "funder:mof", "basic", 0)
		s.wantBalance(t, ledger.BudgetPaid, line("basic", 2026).Party(), "basic", 1200)
		s.wantBalance(t, ledger.BudgetGranted, line("basic", 2026).Party(), "basic", 0)
		s.clean(t)
	})
}

func TestWhatIsDueBackIsPaidBack(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grant(t, grant(1, 1, 1000, march))
		s.age(t)
		s.pay(t, payment(s.verified(t, s.drawUp(t, drawing(endOfMarch))), 1000))
		s.clawBack(t, grant(2, 1, 300, march), true)
		s.age(t)
		c := s.verified(t, s.drawUp(t, drawing(endOfApril)))
		if c.Open() != -300 {
			t.Errorf("open is %d", c.Open())
		}
		if c = s.pay(t, payment(c, -300)); c.State != treasury.Paid {
			t.Errorf("paid back: %+v", c)
		}
		s.wantBalance(t, ledger.Bank, "bank:cbj-1", "", 700)
		s.wantBalance(t, ledger.DueToFunder, "funder:mof", "basic", 0)
		s.wantBalance(t, ledger.BudgetPaid, line("basic", 2026).Party(), "basic", 700)
		s.clean(t)
	})
}

// An outsider who has the exported claim draws the sample with nothing but SHA-256.
func outsidersSample(rows []string, seed string, n int) []string {
	hash := sha256.Sum256([]byte(strings.Join(rows, "\n") + "\n"))
	values := map[string]string{}
	var order []string
	for _, row := range rows[1:] {
		line := strings.Split(row, ",")[1]
		value := sha256.Sum256([]byte(hex.EncodeToString(hash[:]) + "\n" + seed + "\n" + line))
		values[line] = string(value[:])
		order = append(order, line)
	}
	slices.SortFunc(order, func(a, b string) int { return strings.Compare(values[a], values[b]) })
	return order[:n]
}

func TestAnAuditSampleIsDrawnByASeedFixedAfterTheFreeze(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grantMany(t, 150)
		s.age(t)
		service := *s.Service
		service.LinesAtOnce, service.StepsAtOnce = 40, 2
		c, err := service.DrawUp(t.Context(), drawing(endOfApril))
		if err != nil || c.State != treasury.Drawing {
			t.Fatalf("%+v, %v", c, err)
		}
		if _, _, err := s.Sample(t.Context(), c.ID, 5, "lottery 4711", "auditor"); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("a seed was fixed while lines could still be chosen: %v", err)
		}
		c = s.drawUp(t, drawing(endOfApril))
		if _, _, err := s.Sample(t.Context(), c.ID, 5, "", "auditor"); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("drawn without a seed: %v", err)
		}
		rows := s.export(t, c.ID)
		for i, n := range []int{5, 40} {
			_, lines, err := servers[i].Sample(t.Context(), c.ID, n, []string{"lottery 4711", ""}[i], "auditor")
			var got []string
			for _, l := range lines {
				got = append(got, l.ID.String())
			}
			if diff := cmp.Diff(outsidersSample(rows, "lottery 4711", n), got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		}
		if _, _, err := s.Sample(t.Context(), c.ID, 5, "a better one", "auditor"); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("another seed was taken: %v", err)
		}
		if _, lines, err := s.Sample(t.Context(), c.ID, 1000, "", "auditor"); err != nil || len(lines) != 150 {
			t.Errorf("%d lines were drawn, %v", len(lines), err)
		}
	})
}

func TestADrawingUpThatDoesNotFitIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grantMany(t, 100)
		s.age(t)
		service := *s.Service
		service.LinesAtOnce, service.StepsAtOnce = 20, 1
		if _, err := service.DrawUp(t.Context(), drawing(endOfMarch)); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			change func(*treasury.DrawUp)
			field  string
			family error
		}{
			"the last one is not drawn up yet": {func(d *treasury.DrawUp) { d.Reference = "next" }, "claim", insurance.ErrWrongState},
			"the reference has other content":  {func(d *treasury.DrawUp) { d.Through = endOfApril }, "reference", ledger.ErrReferenceReused},
			"a funder nobody has set":          {func(d *treasury.DrawUp) { d.Funder = "moh" }, "funder", ledger.ErrNotFound},
			"a scheme nobody has published":    {func(d *treasury.DrawUp) { d.Reference, d.Scheme = "x", "nowhere" }, "scheme", ledger.ErrInvalid},
			"a day that has not come":          {func(d *treasury.DrawUp) { d.Reference, d.Scheme, d.Through = "x", "farmers", 2199_01_01 }, "through", ledger.ErrInvalid},
			"no day":                           {func(d *treasury.DrawUp) { d.Through = 0 }, "through", ledger.ErrInvalid},
			"nobody":                           {func(d *treasury.DrawUp) { d.Person = "" }, "person", ledger.ErrInvalid},
			"no reference":                     {func(d *treasury.DrawUp) { d.Reference = "" }, "reference", ledger.ErrInvalid},
			"a funder whose name is not one":   {func(d *treasury.DrawUp) { d.Funder = "MOF" }, "funder", ledger.ErrInvalid},
		} {
			d := drawing(endOfMarch)
			c.change(&d)
			_, err := s.DrawUp(t.Context(), d)
			var fault insurance.Fault
			if !errors.As(err, &fault) || fault.Field != c.field || !errors.Is(err, c.family) {
				t.Errorf("%s: %v in %q", name, err, fault.Field)
			}
		}
		if err := s.Export(t.Context(), treasury.ClaimID{Funder: "mof", Scheme: "basic", Number: 1}, &bytes.Buffer{}); !errors.Is(err, insurance.ErrWrongState) {
			t.Errorf("exported while it is drawn up: %v", err)
		}
		if _, err := s.Claim(t.Context(), treasury.ClaimID{Funder: "mof", Scheme: "basic", Number: 2}); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("a claim that is not there: %v", err)
		}
	})
}

func TestClaimsAndGrantsAreListed(t *testing.T) {
	onEach(t, func(t *testing.T, servers []server) {
		s := servers[0]
		s.fund(t)
		s.grant(t, grant(1, 1, 1000, march), grant(2, 2, 500, march), grant(3, 1, 200, endOfMarch))
		s.clawBack(t, grant(4, 1, 100, march), false)
		s.age(t)
		want := []treasury.Claim{s.drawUp(t, drawing(endOfMarch)), s.drawUp(t, drawing(endOfApril))}
		first, err := s.Claims(t.Context(), treasury.ClaimsQuery{Funder: "mof", Limit: 1})
		if diff := cmp.Diff(want[:1], first); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		rest, err := s.Claims(t.Context(), treasury.ClaimsQuery{Funder: "mof", Scheme: "basic", After: first[0].ID, Limit: 10})
		if diff := cmp.Diff(want[1:], rest); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		of := func(q treasury.GrantsQuery) (text []string) {
			for q.Limit = 2; ; {
				grants, next, err := s.Grants(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				for _, g := range grants {
					text = append(text, fmt.Sprintf("%s %s %d %s", g.Kind, g.ID.String()[2:8], g.Minor(), g.Reason()))
				}
				if q.After = next; next == "" {
					return text
				}
			}
		}
		hers := []string{"match 000001 1000 match@3:2026-03#2026", "clawback 000004 100 match@3:2026-03#2026", "match 000003 200 match@3:2026-03#2026"}
		if diff := cmp.Diff(hers, of(treasury.GrantsQuery{Member: member(1)})); diff != "" {
			t.Errorf("hers:\n%s", diff)
		}
		if diff := cmp.Diff(hers[:2], of(treasury.GrantsQuery{Member: member(1), To: march, Scheme: "basic"})); diff != "" {
			t.Errorf("hers until the tenth:\n%s", diff)
		}
		if got := of(treasury.GrantsQuery{Funder: "mof"}); len(got) != 4 {
			t.Errorf("the funder's: %v", got)
		}
		if got := of(treasury.GrantsQuery{Funder: "moh"}); got != nil {
			t.Errorf("another funder's: %v", got)
		}
	})
}
