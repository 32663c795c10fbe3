package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
)

func jod(amount string) *sanadv1.Money { return &sanadv1.Money{CurrencyCode: "JOD", Amount: amount} }

func budgetLine(year int32) *sanadv1.BudgetLine {
	return &sanadv1.BudgetLine{Funder: "mof", Scheme: "basic", Year: year}
}

func budgetMovement(kind sanadv1.BudgetMovementKind, amount *sanadv1.Money) *sanadv1.BudgetMovement {
	return &sanadv1.BudgetMovement{
		Kind: kind, Reference: fmt.Sprint(kind, " ", amount.GetAmount(), " ", amount.GetCurrencyCode()), Line: budgetLine(2026), Amount: amount,
		On: date(2026, 1, 2), Authority: "Budget Law 12/2026",
	}
}

// move does an act on a budget line, by two people where it takes two.
func (s *service) move(t *testing.T, m *sanadv1.BudgetMovement) *sanadv1.MoveBudgetResponse {
	t.Helper()
	for _, person := range []string{"amal", "badr"} {
		answer, err := s.subsidies.MoveBudget(t.Context(), &sanadv1.MoveBudgetRequest{Movement: m, Person: person})
		if err != nil {
			t.Fatal(err)
		}
		if answer.GetMovement().GetApproval().GetState() == sanadv1.ApprovalState_APPROVAL_STATE_DONE {
			return answer
		}
	}
	t.Fatalf("two people do not suffice for %v", m)
	return nil
}

const (
	vote    = sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VOTE
	warrant = sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_WARRANT
)

// fund sets up the ministry of finance with a budget of 1,000 dinars, of which 800 are released.
func (s *service) fund(t *testing.T) {
	t.Helper()
	if _, err := s.subsidies.SetFunder(t.Context(), &sanadv1.SetFunderRequest{Funder: &sanadv1.Funder{Id: "mof", Name: "Ministry of Finance"}}); err != nil {
		t.Fatal(err)
	}
	s.move(t, budgetMovement(vote, jod("1000.000")))
	s.move(t, budgetMovement(warrant, jod("800.000")))
}

// matched books a grant to the member, charged to the budget of 2026, as the matching does.
func (s *service) matched(t *testing.T, n byte, member string, minor int64, on ledger.Date) ledger.ID {
	t.Helper()
	g := insurance.Grant{
		ID: ledger.ID{n, 1}, Member: insurance.MemberID(member), ValueOn: on,
		Line:  insurance.BudgetLine{Funder: "mof", Scheme: "basic", Year: 2026, Currency: "JOD"},
		Pots:  []insurance.PotShare{{Account: ledger.OldAgeMatched, Minor: minor - 1}, {Account: ledger.HealthMatched, Minor: 1}},
		Basis: insurance.GrantBasis{Subsidy: "match", Version: 3, Period: on.Period().String()},
	}
	granted, err := insurance.Granted(g)
	if err != nil {
		t.Fatal(err)
	}
	charged, err := insurance.BudgetGranted(insurance.Budgeted{ID: ledger.ID{n, 2}, Line: g.Line, Minor: minor, On: on}, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Append(t.Context(), s.institution.Books, granted, charged); err != nil {
		t.Fatal(err)
	}
	return g.ID
}

// age makes all that was recorded older than the horizon, as if it had been waited for.
func (s *service) age(t *testing.T) {
	t.Helper()
	err := s.institution.DB.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		for _, table := range []string{"entry", "batch"} {
			if _, err := tx.ExecArgs(ctx, fmt.Sprintf("UPDATE %s SET recorded_at = recorded_at - %d", table, sqldb.Horizon.Microseconds()+1)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *service) drawUp(t *testing.T, month int32) *sanadv1.TreasuryClaim {
	t.Helper()
	request := &sanadv1.DrawUpTreasuryClaimRequest{Funder: "mof", Scheme: "basic", Through: date(2026, month, 28), Reference: fmt.Sprint("claim ", month), Person: "amal"}
	for {
		answer, err := s.subsidies.DrawUpTreasuryClaim(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if answer.GetClaim().GetState() != sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_DRAWING {
			return answer.GetClaim()
		}
	}
}

// certifyAndSend takes the claim on to the funder.
func (s *service) certifyAndSend(t *testing.T, claim string) {
	t.Helper()
	if _, err := s.subsidies.CertifyTreasuryClaim(t.Context(), &sanadv1.CertifyTreasuryClaimRequest{Claim: claim, Person: "badr"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.subsidies.SendTreasuryClaim(t.Context(), &sanadv1.SendTreasuryClaimRequest{Claim: claim, Person: "badr"}); err != nil {
		t.Fatal(err)
	}
}

func (s *service) exported(t *testing.T, claim string) string {
	t.Helper()
	stream, err := s.subsidies.ExportTreasuryClaim(t.Context(), &sanadv1.ExportTreasuryClaimRequest{Claim: claim})
	if err != nil {
		t.Fatal(err)
	}
	var csv strings.Builder
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return csv.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		csv.Write(piece.GetCsv())
	}
}

func TestABudgetIsVotedReleasedGrantedAndReported(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.fund(t)
		heads := &sanadv1.Money{CurrencyCode: "XXX", Amount: "13000"}
		s.move(t, budgetMovement(vote, heads))
		m := s.enrol(t, "Amal", "+962790000001")
		s.matched(t, 1, m.GetId(), 73_000, 2026_01_05)
		got, err := s.subsidies.GetBudgetLine(t.Context(), &sanadv1.GetBudgetLineRequest{Line: budgetLine(2026), On: date(2026, 1, 10)})
		if err != nil {
			t.Fatal(err)
		}
		none := &sanadv1.Money{CurrencyCode: "XXX", Amount: "0"}
		open := sanadv1.BudgetLineState_BUDGET_LINE_STATE_OPEN
		want := []*sanadv1.BudgetExecution{
			{
				Line: budgetLine(2026), State: open, On: date(2026, 1, 10), Voted: jod("1000.000"), Released: jod("800.000"), Committed: jod("0.000"),
				Granted: jod("73.000"), Paid: jod("0.000"), Left: jod("727.000"), Unreleased: jod("200.000"), Unmet: jod("0.000"), Forecast: jod("2664.500"),
			},
			{
				Line: budgetLine(2026), State: open, On: date(2026, 1, 10), Voted: heads, Released: none, Committed: none, Granted: none, Paid: none,
				Left: none, Unreleased: heads, Unmet: none, Forecast: none,
			},
		}
		if diff := cmp.Diff(want, got.GetExecutions(), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
		all, err := s.subsidies.ListBudgetLines(t.Context(), &sanadv1.ListBudgetLinesRequest{On: date(2026, 1, 10)})
		if diff := cmp.Diff(want, all.GetExecutions(), protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		_, err = s.subsidies.GetBudgetLine(t.Context(), &sanadv1.GetBudgetLineRequest{Line: &sanadv1.BudgetLine{Funder: "mof", Scheme: "basic", Year: 2026, PriorYears: true}})
		if status.Code(err) != codes.NotFound || reasonOf(err) != "BUDGET_LINE_UNKNOWN" {
			t.Errorf("a line that nobody has voted: %v", err)
		}
		s.clean(t)
	})
}

func TestABudgetMovesByTwoPeopleAndOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.fund(t)
		carry := budgetMovement(sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CARRY_OVER, jod("50.000"))
		carry.To = budgetLine(2027)
		request := &sanadv1.MoveBudgetRequest{Movement: carry, Person: "amal"}
		proposed, err := s.subsidies.MoveBudget(t.Context(), request)
		if err != nil || proposed.GetMovement().GetApproval().GetState() != sanadv1.ApprovalState_APPROVAL_STATE_PROPOSED || proposed.GetMovement().GetEntryId() != "" {
			t.Errorf("proposed: %v, %v", proposed, err)
		}
		request.Person = "badr"
		done, err := s.subsidies.MoveBudget(t.Context(), request)
		if err != nil || done.GetRepeated() || !proto.Equal(done.GetMovement().GetMovement(), carry) || done.GetMovement().GetApproval().GetApprover() != "badr" {
			t.Errorf("done: %v, %v", done, err)
		}
		again, err := s.subsidies.MoveBudget(t.Context(), request)
		if err != nil || !again.GetRepeated() || !proto.Equal(again.GetMovement(), done.GetMovement()) {
			t.Errorf("again: %v, %v", again, err)
		}
		carry.Amount = jod("51.000")
		if _, err := s.subsidies.MoveBudget(t.Context(), request); status.Code(err) != codes.AlreadyExists || reasonOf(err) != "REFERENCE_REUSED" {
			t.Errorf("other content: %v", err)
		}
		closing := budgetMovement(sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CLOSING, nil)
		s.move(t, closing)
		listed, err := s.subsidies.ListBudgetMovements(t.Context(), &sanadv1.ListBudgetMovementsRequest{Line: budgetLine(2026)})
		if err != nil || len(listed.GetMovements()) != 4 || !proto.Equal(listed.GetMovements()[3].GetMovement(), closing) {
			t.Errorf("listed: %v, %v", listed, err)
		}
		if _, err := s.subsidies.MoveBudget(t.Context(), &sanadv1.MoveBudgetRequest{Movement: budgetMovement(warrant, jod("1.000")), Person: "amal"}); status.Code(err) != codes.FailedPrecondition || reasonOf(err) != "BUDGET_LINE_CLOSED" {
			t.Errorf("a warrant on a closed line: %v", err)
		}
		s.clean(t)
	})
}

func TestATreasuryClaimGoesFromTheDrawingUpToThePayment(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.fund(t)
		amal, badr := s.enrol(t, "Amal", "+962790000001"), s.enrol(t, "Badr", "+962790000002")
		first, second := s.matched(t, 1, amal.GetId(), 10_000, 2026_02_05), s.matched(t, 2, badr.GetId(), 5_000, 2026_02_06)
		s.age(t)
		claim := s.drawUp(t, 2)
		if claim.GetId() != "mof.basic.1" || claim.GetLines() != 2 || !proto.Equal(claim.GetTotal(), jod("15.000")) {
			t.Errorf("drawn up: %v", claim)
		}
		csv := s.exported(t, claim.GetId())
		if sum := sha256.Sum256([]byte(csv)); hex.EncodeToString(sum[:]) != claim.GetSha256() || strings.Count(csv, "\n") != 3 {
			t.Errorf("the hash %s is not that of\n%s", claim.GetSha256(), csv)
		}
		for _, secret := range []string{amal.GetId(), badr.GetId(), "Amal", "+962790000001", amal.GetNumber()} {
			if strings.Contains(csv, secret) {
				t.Errorf("the claim names %q", secret)
			}
		}
		if _, err := s.subsidies.CertifyTreasuryClaim(t.Context(), &sanadv1.CertifyTreasuryClaimRequest{Claim: claim.GetId(), Person: "Amal"}); status.Code(err) != codes.FailedPrecondition || reasonOf(err) != "CLAIM_SAME_PERSON" {
			t.Errorf("certified by who drew it up: %v", err)
		}
		s.certifyAndSend(t, claim.GetId())
		verified, err := s.subsidies.VerifyTreasuryClaim(t.Context(), &sanadv1.VerifyTreasuryClaimRequest{Claim: claim.GetId(), Complete: true, Person: "treasurer", Verdicts: []*sanadv1.TreasuryClaimVerdict{
			{LineId: second.String(), Outcome: sanadv1.TreasuryClaimLineOutcome_TREASURY_CLAIM_LINE_OUTCOME_REJECTED, Code: "DUPLICATE", Text: "see list 7"},
		}})
		if err != nil || !proto.Equal(verified.GetClaim().GetOpen(), jod("10.000")) || verified.GetClaim().GetState() != sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_VERIFIED {
			t.Errorf("verified: %v, %v", verified, err)
		}
		payment := &sanadv1.RecordTreasuryPaymentRequest{Claim: claim.GetId(), Reference: "CBJ 881", Amount: jod("10.000"), BankAccount: "cbj-1", On: date(2026, 3, 20), Person: "amal"}
		for _, repeated := range []bool{false, true} {
			paid, err := s.subsidies.RecordTreasuryPayment(t.Context(), payment)
			if err != nil || paid.GetRepeated() != repeated || paid.GetClaim().GetState() != sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_PAID {
				t.Errorf("paid: %v, %v", paid, err)
			}
		}
		again, err := s.subsidies.ReclaimTreasuryLines(t.Context(), &sanadv1.ReclaimTreasuryLinesRequest{Claim: claim.GetId(), LineIds: []string{second.String()}, Person: "amal"})
		if err != nil || again.GetReclaimedLines() != 1 {
			t.Errorf("claimed anew: %v, %v", again, err)
		}
		s.wantSecondClaim(t, first, second)
		whole, err := s.subsidies.GetTreasuryClaim(t.Context(), &sanadv1.GetTreasuryClaimRequest{Claim: claim.GetId()})
		if err != nil || len(whole.GetPayments()) != 1 || whole.GetPayments()[0].GetReference() != "CBJ 881" {
			t.Fatalf("the claim: %v, %v", whole, err)
		}
		wantShare := &sanadv1.TreasuryClaimShare{Line: budgetLine(2026), Amount: jod("15.000"), Withheld: jod("5.000"), Paid: jod("10.000")}
		if diff := cmp.Diff([]*sanadv1.TreasuryClaimShare{wantShare}, whole.GetShares(), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
		if got := s.balance(t, 1300, "funder:mof", "basic"); got != "5.000" {
			t.Errorf("the ministry owes %s", got)
		}
		s.clean(t)
	})
}

// wantSecondClaim draws up the next claim, in which only the rejected line stands, as a correction.
func (s *service) wantSecondClaim(t *testing.T, first, second ledger.ID) {
	t.Helper()
	claim := s.drawUp(t, 3)
	lines, err := s.subsidies.ListTreasuryClaimLines(t.Context(), &sanadv1.ListTreasuryClaimLinesRequest{Claim: claim.GetId()})
	if err != nil || len(lines.GetLines()) != 1 || lines.GetLines()[0].GetCorrectionOf() != "mof.basic.1/"+second.String() {
		t.Errorf("the second claim: %v, %v", lines, err)
	}
	rejected, err := s.subsidies.ListTreasuryClaimLines(t.Context(), &sanadv1.ListTreasuryClaimLinesRequest{
		Claim: "mof.basic.1", Outcome: sanadv1.TreasuryClaimLineOutcome_TREASURY_CLAIM_LINE_OUTCOME_REJECTED})
	if err != nil || len(rejected.GetLines()) != 1 || rejected.GetLines()[0].GetCode() != "DUPLICATE" || !rejected.GetLines()[0].GetReclaimed() {
		t.Errorf("rejected: %v, %v", rejected, err)
	}
	page, err := s.subsidies.ListTreasuryClaimLines(t.Context(), &sanadv1.ListTreasuryClaimLinesRequest{Claim: "mof.basic.1", PageSize: 1})
	if err != nil || len(page.GetLines()) != 1 || page.GetLines()[0].GetId() != first.String() || page.GetNextPageToken() == "" {
		t.Errorf("the first page: %v, %v", page, err)
	}
	claims, err := s.subsidies.ListTreasuryClaims(t.Context(), &sanadv1.ListTreasuryClaimsRequest{Funder: "mof", PageSize: 1, PageToken: "mof.basic.1"})
	if err != nil || len(claims.GetClaims()) != 1 || claims.GetClaims()[0].GetId() != "mof.basic.2" {
		t.Errorf("claims: %v, %v", claims, err)
	}
	drawn, err := s.subsidies.DrawSample(t.Context(), &sanadv1.DrawSampleRequest{Claim: "mof.basic.1", Size: 1, Seed: "lottery 4711", Person: "auditor"})
	if err != nil || len(drawn.GetLines()) != 1 || drawn.GetClaim().GetSeed() != "lottery 4711" || drawn.GetClaim().GetSeedFixed().GetPerson() != "auditor" {
		t.Errorf("drawn: %v, %v", drawn, err)
	}
}

func TestGrantsAreListedWithTheRuleTheyRestOn(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.fund(t)
		amal, badr := s.enrol(t, "Amal", "+962790000001"), s.enrol(t, "Badr", "+962790000002")
		id := s.matched(t, 1, amal.GetId(), 10_000, 2026_02_05)
		s.matched(t, 2, badr.GetId(), 5_000, 2026_02_06)
		hers, err := s.subsidies.ListGrants(t.Context(), &sanadv1.ListGrantsRequest{Of: &sanadv1.ListGrantsRequest_MemberId{MemberId: amal.GetId()}})
		if err != nil || len(hers.GetGrants()) != 1 {
			t.Fatalf("hers: %v, %v", hers, err)
		}
		want := &sanadv1.Grant{
			Id: id.String(), Kind: sanadv1.GrantKind_GRANT_KIND_MATCH, MemberId: amal.GetId(), Funder: "mof", Scheme: "basic", Subsidy: "match",
			Version: 3, Period: "2026-02", Line: budgetLine(2026), Amount: jod("10.000"), ValueDate: date(2026, 2, 5), BookingDate: date(2026, 2, 5),
			Shares: []*sanadv1.GrantShare{
				{AccountCode: 2110, AccountName: "Old-age savings, matched", Amount: jod("9.999")},
				{AccountCode: 2210, AccountName: "Prepaid health cover, matched", Amount: jod("0.001")},
			},
		}
		if diff := cmp.Diff(want, hers.GetGrants()[0], protocmp.Transform(), protocmp.IgnoreFields(&sanadv1.Grant{}, "recorded_at")); diff != "" {
			t.Error(diff)
		}
		var all []*sanadv1.Grant
		request := &sanadv1.ListGrantsRequest{Of: &sanadv1.ListGrantsRequest_Funder{Funder: "mof"}, PageSize: 1}
		for {
			page, err := s.subsidies.ListGrants(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page.GetGrants()...)
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				break
			}
		}
		if len(all) != 2 || !proto.Equal(all[0], hers.GetGrants()[0]) {
			t.Errorf("the funder's: %v", all)
		}
	})
}

func TestBadInputAboutBudgetsAndClaimsIsRefusedWithTheFieldNamed(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.fund(t)
		s.age(t)
		claim := s.drawUp(t, 2).GetId()
		call := func(spoil func(*sanadv1.BudgetMovement)) func(context.Context) error {
			return func(ctx context.Context) error {
				m := budgetMovement(warrant, jod("1.000"))
				spoil(m)
				_, err := s.subsidies.MoveBudget(ctx, &sanadv1.MoveBudgetRequest{Movement: m, Person: "amal"})
				return err
			}
		}
		for name, c := range map[string]struct {
			call  func(context.Context) error
			field string
			code  codes.Code
		}{
			"no kind":            {call(func(m *sanadv1.BudgetMovement) { m.Kind = 0 }), "movement.kind", codes.InvalidArgument},
			"no line":            {call(func(m *sanadv1.BudgetMovement) { m.Line = nil }), "movement.line", codes.InvalidArgument},
			"no authority":       {call(func(m *sanadv1.BudgetMovement) { m.Authority = "" }), "movement.authority", codes.InvalidArgument},
			"no such day":        {call(func(m *sanadv1.BudgetMovement) { m.On = date(2026, 2, 30) }), "movement.on", codes.InvalidArgument},
			"a bad amount":       {call(func(m *sanadv1.BudgetMovement) { m.Amount = jod("1.0001") }), "movement.amount.amount", codes.InvalidArgument},
			"no amount":          {call(func(m *sanadv1.BudgetMovement) { m.Amount = nil }), "amount", codes.InvalidArgument},
			"half a head":        {call(func(m *sanadv1.BudgetMovement) { m.Amount = &sanadv1.Money{CurrencyCode: "XXX", Amount: "0.5"} }), "movement.amount.amount", codes.InvalidArgument},
			"more than there is": {call(func(m *sanadv1.BudgetMovement) { m.Amount = jod("200.001") }), "amount", codes.FailedPrecondition},
			"not UTF-8":          {call(func(m *sanadv1.BudgetMovement) { m.Authority = "\xff" }), "authority", codes.InvalidArgument},
			"a funder's long name": {func(ctx context.Context) error {
				_, err := s.subsidies.SetFunder(ctx, &sanadv1.SetFunderRequest{Funder: &sanadv1.Funder{Id: strings.Repeat("f", 17)}})
				return err
			}, "funder.id", codes.InvalidArgument},
			"no claim": {func(ctx context.Context) error {
				_, err := s.subsidies.GetTreasuryClaim(ctx, &sanadv1.GetTreasuryClaimRequest{Claim: "mof.basic.9"})
				return err
			}, "claim", codes.NotFound},
			"no claim's name": {func(ctx context.Context) error {
				_, err := s.subsidies.SendTreasuryClaim(ctx, &sanadv1.SendTreasuryClaimRequest{Claim: "nine", Person: "amal"})
				return err
			}, "claim", codes.InvalidArgument},
			"whose grants": {func(ctx context.Context) error {
				_, err := s.subsidies.ListGrants(ctx, &sanadv1.ListGrantsRequest{})
				return err
			}, "of", codes.InvalidArgument},
			"too large a sample": {func(ctx context.Context) error {
				_, err := s.subsidies.DrawSample(ctx, &sanadv1.DrawSampleRequest{Claim: claim, Size: 10_001, Seed: "x", Person: "auditor"})
				return err
			}, "size", codes.InvalidArgument},
			"a bad line": {func(ctx context.Context) error {
				_, err := s.subsidies.ReclaimTreasuryLines(ctx, &sanadv1.ReclaimTreasuryLinesRequest{Claim: claim, LineIds: []string{"x"}, Person: "amal"})
				return err
			}, "line_ids[0]", codes.InvalidArgument},
			"payment in dollars": {func(ctx context.Context) error {
				_, err := s.subsidies.RecordTreasuryPayment(ctx, &sanadv1.RecordTreasuryPaymentRequest{Claim: claim, Reference: "x", Amount: &sanadv1.Money{CurrencyCode: "USD", Amount: "1"}, BankAccount: "cbj-1", On: date(2026, 3, 1), Person: "amal"})
				return err
			}, "amount.currency_code", codes.InvalidArgument},
			"an export of nothing": {func(ctx context.Context) error {
				stream, err := s.subsidies.ExportTreasuryClaim(ctx, &sanadv1.ExportTreasuryClaimRequest{Claim: "mof.basic.9"})
				if err == nil {
					_, err = stream.Recv()
				}
				return err
			}, "claim", codes.NotFound},
		} {
			if err := c.call(t.Context()); status.Code(err) != c.code || !slices.Contains(fieldsOf(err), c.field) {
				t.Errorf("%s: %v in %v, want %v in %s", name, err, fieldsOf(err), c.code, c.field)
			}
		}
	})
}

func TestAFundersFiscalYearIsKept(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		want := &sanadv1.Funder{Id: "moh", Name: "Health", FiscalMonth: 7, FiscalDay: 1, NamedByEnd: true}
		if _, err := s.subsidies.SetFunder(t.Context(), &sanadv1.SetFunderRequest{Funder: want}); err != nil {
			t.Fatal(err)
		}
		all, err := s.subsidies.ListFunders(t.Context(), &sanadv1.ListFundersRequest{})
		if diff := cmp.Diff([]*sanadv1.Funder{want}, all.GetFunders(), protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
