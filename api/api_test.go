package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sanad.dev/sanad/api"
	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/tests/pgtest"
)

// service is a server under test and its clients.
type service struct {
	institution   *api.Institution
	contributions sanadv1.ContributionServiceClient
	members       sanadv1.MemberServiceClient
	schemes       sanadv1.SchemeServiceClient
	books         sanadv1.LedgerServiceClient
	subsidies     sanadv1.SubsidyServiceClient
	// connection is for the clients of services that one test uses.
	connection grpc.ClientConnInterface
}

// onEngines runs the test against a server on each engine.
func onEngines(t *testing.T, test func(t *testing.T, s *service)) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); test(t, start(t, "sqlite:"+t.TempDir()+"/sanad.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); test(t, start(t, pgtest.URL(t))) })
	if pgtest.HasNamed(t) {
		t.Run("named database", func(t *testing.T) { t.Parallel(); test(t, start(t, pgtest.Named(t))) })
	}
}

// start serves the database at the URL and publishes a scheme for collector "mpesa".
func start(t *testing.T, url string) *service {
	t.Helper()
	institution, err := api.Open(t.Context(), url, []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	address, served := make(chan string, 1), make(chan error, 1)
	config := api.Config{Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Region: "JO", Ready: func(grpc, _ string) { address <- grpc }}
	go func() { served <- api.Serve(ctx, institution, config, slog.New(slog.NewTextHandler(io.Discard, nil))) }()
	connection, err := grpc.NewClient(<-address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = connection.Close()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		institution.Close()
	})
	s := &service{
		institution, sanadv1.NewContributionServiceClient(connection), sanadv1.NewMemberServiceClient(connection),
		sanadv1.NewSchemeServiceClient(connection), sanadv1.NewLedgerServiceClient(connection),
		sanadv1.NewSubsidyServiceClient(connection), connection,
	}
	s.publish(t, "basic")
	return s
}

func (s *service) publish(t *testing.T, code string) {
	t.Helper()
	_, err := s.schemes.PublishScheme(t.Context(), &sanadv1.PublishSchemeRequest{Scheme: basic(code)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.schemes.SetCollector(t.Context(), &sanadv1.SetCollectorRequest{Collector: &sanadv1.Collector{Id: "mpesa", DefaultScheme: code}})
	if err != nil {
		t.Fatal(err)
	}
}

func basic(code string) *sanadv1.Scheme {
	return &sanadv1.Scheme{
		Code: code, Name: "Basic", CurrencyCode: "JOD", TimeZone: "Asia/Amman", Region: "JO", PublishedBy: "test",
		Pots: []*sanadv1.Pot{
			{AccountCode: 2100, Name: "Savings", Share: "0.6", Pool: sanadv1.Pool_POOL_OLD_AGE},
			{AccountCode: 2200, Name: "Health", Share: "0.3", Pool: sanadv1.Pool_POOL_HEALTH},
			{AccountCode: 2300, Name: "Maternity", Share: "0.1", Pool: sanadv1.Pool_POOL_MATERNITY},
		},
	}
}

// enrol registers a member with a phone and returns her.
func (s *service) enrol(t *testing.T, name, phone string) *sanadv1.Member {
	t.Helper()
	answer, err := s.members.RegisterMember(t.Context(), &sanadv1.RegisterMemberRequest{
		RequestId: "enrol-" + name, Person: &sanadv1.Person{Name: name, Phones: []*sanadv1.Phone{{Number: phone, From: &sanadv1.Date{Year: 2020, Month: 1, Day: 1}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetMember()
}

var paidAt = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

// paid is a contribution to the member typed.
func paid(reference, typed, amount string) *sanadv1.Contribution {
	return &sanadv1.Contribution{
		Collector: "mpesa", Reference: reference, Payer: "Huda", PayerPhone: "+962791111111",
		Member: &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_Typed{Typed: typed}},
		Amount: &sanadv1.Money{CurrencyCode: "JOD", Amount: amount}, ValueTime: timestamppb.New(paidAt),
	}
}

func (s *service) post(t *testing.T, c *sanadv1.Contribution) *sanadv1.Receipt {
	t.Helper()
	answer, err := s.contributions.PostContribution(t.Context(), &sanadv1.PostContributionRequest{Contribution: c})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetReceipt()
}

func (s *service) reverse(t *testing.T, reference, original, amount string) *sanadv1.Receipt {
	t.Helper()
	answer, err := s.contributions.ReverseContribution(t.Context(), &sanadv1.ReverseContributionRequest{Reversal: &sanadv1.Reversal{
		Collector: "mpesa", Reference: reference, OriginalReference: original,
		Amount: &sanadv1.Money{CurrencyCode: "JOD", Amount: amount}, ValueTime: timestamppb.New(paidAt),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetReceipt()
}

// balance is what stands on a party's account.
func (s *service) balance(t *testing.T, code int32, party, scheme string) string {
	t.Helper()
	answer, err := s.books.GetBalances(t.Context(), &sanadv1.GetBalancesRequest{
		Accounts: []*sanadv1.Account{{Code: code, Party: party, Scheme: scheme, CurrencyCode: "JOD"}}})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetBalances()[0].GetBalance().GetAmount()
}

// clean fails the test where the audit finds anything, and returns how many entries there are.
func (s *service) clean(t *testing.T) int64 {
	t.Helper()
	owed, err := s.institution.Claims.EverythingOwed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	claimed := claims.NewAudit(owed)
	audit, err := s.institution.Books.Verify(t.Context(), nil, insurance.NewBudgetAudit(), match.NewAudit(), claimed)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(audit.Findings, claimed.Differences(owed)...) {
		t.Error(f)
	}
	return audit.Entries
}

func wantState(t *testing.T, r *sanadv1.Receipt, state sanadv1.ContributionState, reason string) {
	t.Helper()
	if r.GetState() != state || r.GetReason() != reason {
		t.Errorf("got %v %q, want %v %q", r.GetState(), r.GetReason(), state, reason)
	}
}

const (
	posted   = sanadv1.ContributionState_CONTRIBUTION_STATE_POSTED
	suspense = sanadv1.ContributionState_CONTRIBUTION_STATE_SUSPENSE
	reversed = sanadv1.ContributionState_CONTRIBUTION_STATE_REVERSED
	unread   = sanadv1.ContributionState_CONTRIBUTION_STATE_UNREAD
)

func TestAContributionIsAllocatedToThePots(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		for i, spelling := range []string{m.GetNumber(), "+962 79 000 0001", "00962790000001", "0790000001", "962-79-0000001"} {
			wantState(t, s.post(t, paid(fmt.Sprintf("UCA%07d", i), spelling, "1.001")), posted, "")
		}
		// 1.001 is 0.6006, 0.3003 and 0.1001: the unit that is left goes to the largest remainder.
		for code, want := range map[int32]string{2100: "3.005", 2200: "1.500", 2300: "0.500"} {
			if got := s.balance(t, code, "member:"+m.GetId(), "basic"); got != want {
				t.Errorf("account %d stands at %s, want %s", code, got, want)
			}
		}
		if got := s.balance(t, 1100, "collector:mpesa", ""); got != "5.005" {
			t.Errorf("the collector owes %s", got)
		}
		s.clean(t)
	})
}

func TestTheSameReferenceIsAnsweredAsTheFirstTime(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		first := s.post(t, paid("UCA0000001", m.GetNumber(), "5.000"))
		again := s.post(t, paid("UCA0000001", m.GetNumber(), "5.000"))
		if !again.GetRepeated() {
			t.Error("the second answer does not say that it is a repetition")
		}
		again.Repeated = false
		if !proto.Equal(first, again) {
			t.Errorf("the answers differ:\n%v\n%v", first, again)
		}
		_, err := s.contributions.PostContribution(t.Context(), &sanadv1.PostContributionRequest{Contribution: paid("UCA0000001", m.GetNumber(), "5.001")})
		if status.Code(err) != codes.AlreadyExists || reasonOf(err) != "REFERENCE_REUSED" {
			t.Errorf("other content: %v", err)
		}
		if n := s.clean(t); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

func reasonOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

func fieldsOf(err error) (fields []string) {
	for _, d := range status.Convert(err).Details() {
		if bad, ok := d.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				fields = append(fields, v.GetField())
			}
		}
	}
	return fields
}

func TestWhatCannotBeGivenToAMemberIsInSuspense(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		s.enrol(t, "Basma", "+962790000002")
		s.enrol(t, "Dina", "+962790000002")
		closed := basic("closed")
		closed.Closed = true
		if _, err := s.schemes.PublishScheme(t.Context(), &sanadv1.PublishSchemeRequest{Scheme: closed}); err != nil {
			t.Fatal(err)
		}
		in := func(scheme string, c *sanadv1.Contribution) *sanadv1.Contribution { c.Scheme = scheme; return c }
		nobody := paid("UCA0000003", "", "1.000")
		nobody.Member = nil
		unreadable := paid("UCA0000007", m.GetNumber(), "1.000")
		unreadable.Unreadable = "time 31-02-2026"
		unreadable.ValueTime = nil
		dollars := paid("UCA0000008", m.GetNumber(), "1.00")
		dollars.Amount.CurrencyCode = "USD"
		cases := []struct {
			c      *sanadv1.Contribution
			reason string
		}{
			{paid("UCA0000001", "0799999999", "1.000"), "MEMBER_UNKNOWN"},
			{paid("UCA0000002", "my sister", "1.000"), "MEMBER_UNKNOWN"},
			{nobody, "MEMBER_NOT_NAMED"},
			{paid("UCA0000004", "0790000002", "1.000"), "MEMBER_AMBIGUOUS"},
			{in("unheard-of", paid("UCA0000005", m.GetNumber(), "1.000")), "SCHEME_UNKNOWN"},
			{in("closed", paid("UCA0000006", m.GetNumber(), "1.000")), "SCHEME_CLOSED"},
			{unreadable, "LINE_UNREADABLE"},
			{dollars, "CURRENCY_DIFFERS"},
		}
		for _, c := range cases {
			wantState(t, s.post(t, c.c), suspense, c.reason)
		}
		waiting, err := s.contributions.ListContributions(t.Context(), &sanadv1.ListContributionsRequest{
			Of: &sanadv1.ListContributionsRequest_SuspenseOf{SuspenseOf: "mpesa"}, PageSize: 3})
		if err != nil || len(waiting.GetContributions()) != 3 || waiting.GetNextPageToken() == "" {
			t.Errorf("the first page of suspense: %v, %v", waiting, err)
		}
		s.clean(t)
	})
}

func TestAnAmountThatCannotBeReadWaitsWithoutAnEntry(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		c := paid("UCA0000001", m.GetNumber(), "1.000")
		c.Amount, c.Unreadable = nil, "amount 1,0O0"
		wantState(t, s.post(t, c), unread, "AMOUNT_UNREADABLE")
		if !s.post(t, c).GetRepeated() {
			t.Error("the same line again is not a repetition")
		}
		if n := s.clean(t); n != 0 {
			t.Errorf("%d entries are booked", n)
		}
		wantState(t, s.post(t, paid("UCA0000001", m.GetNumber(), "1.000")), posted, "")
		s.clean(t)
	})
}

func TestAPayersStandingChoiceDecidesAmongThoseWhoShareAPhone(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		s.enrol(t, "Basma", "+962790000002")
		dina := s.enrol(t, "Dina", "+962790000002")
		_, err := s.members.SetStandingChoice(t.Context(), &sanadv1.SetStandingChoiceRequest{Phone: "+962791111111", MemberId: dina.GetId()})
		if err != nil {
			t.Fatal(err)
		}
		r := s.post(t, paid("UCA0000001", "0790000002", "1.000"))
		wantState(t, r, posted, "")
		if r.GetMemberId() != dina.GetId() {
			t.Errorf("booked to %s", r.GetMemberId())
		}
	})
}

func TestSuspenseIsClaimedByEnrolment(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		waiting := s.post(t, paid("UCA0000001", "0790000005", "10.000"))
		wantState(t, waiting, suspense, "MEMBER_UNKNOWN")
		m := s.enrol(t, "Eman", "+962790000005")
		if got := s.balance(t, 2100, "member:"+m.GetId(), "basic"); got != "6.000" {
			t.Errorf("her savings stand at %s", got)
		}
		if got := s.balance(t, 2900, "collector:mpesa", "basic"); got != "0.000" {
			t.Errorf("suspense stands at %s", got)
		}
		now, err := s.contributions.GetContribution(t.Context(), &sanadv1.GetContributionRequest{ContributionId: waiting.GetId()})
		if err != nil || now.GetReceipt().GetMemberId() != m.GetId() || len(now.GetHistory()) != 2 {
			t.Errorf("it stands as %v, %v", now.GetReceipt(), err)
		}
		if !proto.Equal(now.GetReceipt().GetValueDate(), waiting.GetValueDate()) {
			t.Error("the value date was not kept")
		}
		if got := now.GetSent().GetMember().GetTyped(); got != "0790000005" {
			t.Errorf("what was sent reads %q", got)
		}
		wantState(t, s.post(t, paid("UCA0000001", "0790000005", "10.000")), suspense, "MEMBER_UNKNOWN") // the first answer
		s.clean(t)
	})
}

func TestAReversalTakesBackWhatStands(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		s.post(t, paid("UCA0000001", m.GetNumber(), "5.000"))
		wantState(t, s.reverse(t, "UCR0000001", "UCA0000001", "5.000"), reversed, "")
		if !s.reverse(t, "UCR0000001", "UCA0000001", "5.000").GetRepeated() {
			t.Error("the same reversal again is not a repetition")
		}
		wantState(t, s.reverse(t, "UCR0000002", "UCA0000001", "5.000"), suspense, "ALREADY_REVERSED")
		s.post(t, paid("UCA0000002", m.GetNumber(), "7.000"))
		wantState(t, s.reverse(t, "UCR0000003", "UCA0000002", "6.000"), suspense, "REVERSAL_AMOUNT_DIFFERS")
		if got := s.balance(t, 2100, "member:"+m.GetId(), "basic"); got != "4.200" {
			t.Errorf("her savings stand at %s", got)
		}
		s.clean(t)
	})
}

func TestAReversalBeforeItsOriginalTakesEffectWhenThatComes(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		wantState(t, s.reverse(t, "UCR0000001", "UCA0000001", "5.000"), suspense, "ORIGINAL_NOT_SEEN")
		wantState(t, s.post(t, paid("UCA0000001", m.GetNumber(), "5.000")), reversed, "REVERSED_BEFORE_ARRIVAL")
		wantState(t, s.reverse(t, "UCR0000002", "UCA0000002", "5.000"), suspense, "ORIGINAL_NOT_SEEN")
		wantState(t, s.post(t, paid("UCA0000002", m.GetNumber(), "8.000")), posted, "")
		for code, want := range map[int32]string{2100: "4.800", 2200: "2.400"} {
			if got := s.balance(t, code, "member:"+m.GetId(), "basic"); got != want {
				t.Errorf("account %d stands at %s, want %s", code, got, want)
			}
		}
		if got := s.balance(t, 1100, "collector:mpesa", ""); got != "3.000" {
			t.Errorf("the collector owes %s", got)
		}
		s.clean(t)
	})
}

func TestAContributionIsReassignedByTwoPeople(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		wrong, right := s.enrol(t, "Wrong", "+962790000001"), s.enrol(t, "Right", "+962790000002")
		r := s.post(t, paid("UCA0000001", wrong.GetNumber(), "10.000"))
		ask := func(person string) (*sanadv1.ReassignContributionResponse, error) {
			return s.contributions.ReassignContribution(t.Context(), &sanadv1.ReassignContributionRequest{
				ContributionId: r.GetId(), MemberId: right.GetId(), Reason: "PAYER_MISTYPED", Person: person})
		}
		for range 2 { // the maker cannot approve
			answer, err := ask("layla")
			if err != nil || answer.GetApproval().GetState() != sanadv1.ApprovalState_APPROVAL_STATE_PROPOSED {
				t.Fatalf("proposing: %v, %v", answer, err)
			}
		}
		if got := s.balance(t, 2100, "member:"+wrong.GetId(), "basic"); got != "6.000" {
			t.Errorf("before the approval the wrong member has %s", got)
		}
		answer, err := ask("omar")
		if err != nil || answer.GetApproval().GetState() != sanadv1.ApprovalState_APPROVAL_STATE_DONE {
			t.Fatalf("approving: %v, %v", answer, err)
		}
		if answer.GetReceipt().GetMemberId() != right.GetId() || !proto.Equal(answer.GetReceipt().GetValueDate(), r.GetValueDate()) {
			t.Errorf("it stands as %v", answer.GetReceipt())
		}
		for member, want := range map[string]string{wrong.GetId(): "0.000", right.GetId(): "6.000"} {
			if got := s.balance(t, 2100, "member:"+member, "basic"); got != want {
				t.Errorf("%s has %s, want %s", member, got, want)
			}
		}
		if got := s.balance(t, 2900, "collector:mpesa", "basic"); got != "0.000" {
			t.Errorf("suspense stands at %s", got)
		}
		wantState(t, s.reverse(t, "UCR0000001", "UCA0000001", "10.000"), reversed, "")
		if got := s.balance(t, 2100, "member:"+right.GetId(), "basic"); got != "0.000" {
			t.Errorf("after the reversal she has %s", got)
		}
		s.clean(t)
	})
}

// bad are inputs that must be refused, each with the field at fault.
func bad(number string) map[string]struct {
	c     *sanadv1.Contribution
	field string
} {
	with := func(change func(c *sanadv1.Contribution)) *sanadv1.Contribution {
		c := paid("UCB0000001", number, "1.000")
		change(c)
		return c
	}
	amount := func(text string) *sanadv1.Contribution {
		return with(func(c *sanadv1.Contribution) { c.Amount.Amount = text })
	}
	type badInput = struct {
		c     *sanadv1.Contribution
		field string
	}
	return map[string]badInput{
		"NaN":                     {amount("NaN"), "amount"},
		"an exponent":             {amount("1e3"), "amount"},
		"a negative amount":       {amount("-1.000"), "amount"},
		"zero":                    {amount("0.000"), "amount"},
		"no amount":               {with(func(c *sanadv1.Contribution) { c.Amount = nil }), "amount"},
		"too many decimals":       {amount("10.0001"), "amount"},
		"beyond int64":            {amount("9223372036854775.808"), "amount"},
		"as large as int64 holds": {amount("9223372036854775.806"), "amount"},
		"just too large":          {amount("100000000000.001"), "amount"},
		"an unknown currency":     {with(func(c *sanadv1.Contribution) { c.Amount.CurrencyCode = "XYZ" }), "currency_code"},
		"a 10 MiB reference":      {with(func(c *sanadv1.Contribution) { c.Reference = strings.Repeat("x", 10<<20) }), "reference"},
		"no reference":            {with(func(c *sanadv1.Contribution) { c.Reference = "" }), "reference"},
		"invalid UTF-8":           {with(func(c *sanadv1.Contribution) { c.Payer = "\xff\xfe" }), "payer"},
		"NUL":                     {with(func(c *sanadv1.Contribution) { c.Reference = "UCB\x00" }), "reference"},
		"a control character":     {with(func(c *sanadv1.Contribution) { c.Payer = "a\x1b[31m" }), "payer"},
		"the year 0":              {with(func(c *sanadv1.Contribution) { c.ValueTime = &timestamppb.Timestamp{Seconds: -62167219200} }), "value_time"},
		"the year 9999":           {with(func(c *sanadv1.Contribution) { c.ValueTime = &timestamppb.Timestamp{Seconds: 253402300799} }), "value_time"},
		"no time":                 {with(func(c *sanadv1.Contribution) { c.ValueTime = nil }), "value_time"},
		"no scheme":               {with(func(c *sanadv1.Contribution) { c.Collector = "nobody-set-me" }), "scheme"},
		"a bad collector":         {with(func(c *sanadv1.Contribution) { c.Collector = "M-PESA; DROP" }), "collector"},
	}
}

func TestBadInputIsRefusedWithTheFieldNamed(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		s.post(t, paid("UCA0000001", m.GetNumber(), "1.000"))
		before := s.clean(t)
		good := 0
		for name, b := range bad(m.GetNumber()) {
			t.Run(name, func(t *testing.T) {
				_, err := s.contributions.PostContribution(t.Context(), &sanadv1.PostContributionRequest{Contribution: b.c})
				if code := status.Code(err); code != codes.InvalidArgument && code != codes.OutOfRange {
					t.Errorf("alone: %v", err)
				}
				if !mentions(fieldsOf(err), b.field) || reasonOf(err) == "" {
					t.Errorf("alone: fields %v, reason %q, want %q named", fieldsOf(err), reasonOf(err), b.field)
				}
				good += s.amongGood(t, m.GetNumber(), good, b.c, b.field)
			})
		}
		if n := s.clean(t); n != before+int64(good) {
			t.Errorf("%d entries, want %d: something was written of what was refused", n, before+int64(good))
		}
	})
}

func mentions(fields []string, field string) bool {
	return strings.Contains(strings.Join(fields, " "), field)
}

// amongGood sends the bad item in the middle of 500 good ones, which all post.
func (s *service) amongGood(t *testing.T, number string, first int, bad *sanadv1.Contribution, field string) int {
	const n = 500
	request := &sanadv1.BatchPostContributionsRequest{}
	for i := range n {
		if i == n/2 {
			request.Contributions = append(request.Contributions, bad)
		}
		request.Contributions = append(request.Contributions, paid(fmt.Sprintf("UCG%07d", first+i), number, "0.001"))
	}
	answer, err := s.contributions.BatchPostContributions(t.Context(), request, grpc.MaxCallSendMsgSize(math.MaxInt32))
	if err != nil {
		t.Fatalf("the batch: %v", err)
	}
	for i, r := range answer.GetResults() {
		switch {
		case i == n/2 && (r.GetRefusal() == nil || !mentions(r.GetRefusal().GetFields(), field)):
			t.Errorf("the bad item: %v", r)
		case i != n/2 && r.GetReceipt().GetState() != posted:
			t.Fatalf("good item %d: %v", i, r)
		}
	}
	return n
}

func TestAStreamAnswersInOrder(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		stream, err := s.contributions.StreamContributions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		const n = 3000
		go func() {
			for i := range n {
				c := paid(fmt.Sprintf("UCA%07d", i), m.GetNumber(), fmt.Sprintf("%d.000", i+1))
				if i%100 == 7 {
					c.Amount.Amount = "NaN"
				}
				_ = stream.Send(&sanadv1.StreamContributionsRequest{Item: &sanadv1.StreamContributionsRequest_Contribution{Contribution: c}})
			}
			_ = stream.CloseSend()
		}()
		for i := range n {
			answer, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			got := answer.GetResult().GetReceipt().GetAmount().GetAmount()
			if want := fmt.Sprintf("%d.000", i+1); i%100 != 7 && got != want {
				t.Fatalf("answer %d is about %s", i, got)
			}
			if i%100 == 7 && answer.GetResult().GetRefusal().GetReason() == "" {
				t.Fatalf("answer %d is no refusal: %v", i, answer)
			}
		}
		if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
			t.Errorf("at the end: %v", err)
		}
		s.clean(t)
	})
}

func TestAPeriodIsClosedByTwoPeople(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		s.post(t, paid("UCA0000001", m.GetNumber(), "5.000"))
		march := &sanadv1.ClosePeriodRequest{Kind: sanadv1.PeriodKind_PERIOD_KIND_MONTH, In: &sanadv1.Date{Year: 2026, Month: 3, Day: 1}, Person: "layla"}
		if _, err := s.books.ClosePeriod(t.Context(), march); err != nil {
			t.Fatal(err)
		}
		march.Person = "omar"
		answer, err := s.books.ClosePeriod(t.Context(), march)
		if err != nil || answer.GetApproval().GetState() != sanadv1.ApprovalState_APPROVAL_STATE_DONE {
			t.Fatalf("%v, %v", answer, err)
		}
		late := s.post(t, paid("UCA0000002", m.GetNumber(), "5.000"))
		if late.GetBookingDate().GetMonth() != 4 || late.GetValueDate().GetMonth() != 3 {
			t.Errorf("a late contribution is booked on %v with value date %v", late.GetBookingDate(), late.GetValueDate())
		}
		s.clean(t)
	})
}

func TestAStatementRunsItsBalanceAcrossPages(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		for i := range 5 {
			s.post(t, paid(fmt.Sprintf("UCA%07d", i), m.GetNumber(), "10.000"))
		}
		request := &sanadv1.ListPostingsRequest{Party: "member:" + m.GetId(), PageSize: 2}
		var last string
		lines := 0
		for {
			page, err := s.books.ListPostings(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range page.GetLines() {
				lines++
				if line.GetPosting().GetAccount().GetCode() == 2100 {
					last = line.GetRunningBalance().GetAmount()
				}
			}
			if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
				break
			}
		}
		if lines != 15 || last != "30.000" {
			t.Errorf("%d lines, the last balance %s", lines, last)
		}
	})
}

func TestServeRefusesToListenBeyondLoopback(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0"} {
		err := api.Serve(t.Context(), nil, api.Config{Listen: address, HTTP: "127.0.0.1:0"}, slog.Default())
		if err == nil || !strings.Contains(err.Error(), "refuses") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// spent is an entry by which the member's savings have been used, as a benefit would.
func (s *service) spend(t *testing.T, member string, minor int64) {
	t.Helper()
	savings := ledger.Account{Code: ledger.OldAgeOwn, Party: ledger.Party("member:" + member), Scheme: "basic", Currency: "JOD"}
	payable := savings
	payable.Code = ledger.BenefitsPayable
	e, err := ledger.NewEntry(ledger.ID{1, 2, 3}, "withdrawal", 2026_03_11, ledger.Dr(savings, minor), ledger.Cr(payable, minor))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Append(t.Context(), s.institution.Books, e); err != nil {
		t.Fatal(err)
	}
}

func TestAReversalOfWhatTheMemberHasUsedFallsOnTheCollector(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		m := s.enrol(t, "Amal", "+962790000001")
		s.post(t, paid("UCA0000001", m.GetNumber(), "10.000"))
		s.spend(t, m.GetId(), 4_000)
		wantState(t, s.reverse(t, "UCR0000001", "UCA0000001", "10.000"), reversed, "")
		if got := s.balance(t, 2100, "member:"+m.GetId(), "basic"); got != "0.000" {
			t.Errorf("her savings stand at %s", got)
		}
		if got := s.balance(t, 1400, "collector:mpesa", ""); got != "4.000" {
			t.Errorf("recoverable from the collector: %s", got)
		}
		s.clean(t)
	})
}

func TestWhatAWrongMemberHasUsedInGoodFaithIsWrittenOff(t *testing.T) {
	onEngines(t, func(t *testing.T, s *service) {
		wrong, right := s.enrol(t, "Wrong", "+962790000001"), s.enrol(t, "Right", "+962790000002")
		r := s.post(t, paid("UCA0000001", wrong.GetNumber(), "10.000"))
		s.spend(t, wrong.GetId(), 4_000)
		for _, person := range []string{"layla", "omar"} {
			_, err := s.contributions.ReassignContribution(t.Context(), &sanadv1.ReassignContributionRequest{
				ContributionId: r.GetId(), MemberId: right.GetId(), Reason: "PAYER_MISTYPED", Person: person})
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := s.balance(t, 5600, "pool:old-age", "basic"); got != "4.000" {
			t.Errorf("written off: %s", got)
		}
		if got := s.balance(t, 2100, "member:"+right.GetId(), "basic"); got != "6.000" {
			t.Errorf("the right member has %s", got)
		}
		year := &sanadv1.ClosePeriodRequest{Kind: sanadv1.PeriodKind_PERIOD_KIND_YEAR, In: &sanadv1.Date{Year: 2026, Month: 6, Day: 1}, Person: "layla"}
		if _, err := s.books.ClosePeriod(t.Context(), year); err != nil {
			t.Fatal(err)
		}
		year.Person = "omar"
		closed, err := s.books.ClosePeriod(t.Context(), year)
		if err != nil || len(closed.GetCarried()) != 1 {
			t.Fatalf("closing the year: %v, %v", closed, err)
		}
		if got := s.balance(t, 5600, "pool:old-age", "basic"); got != "0.000" {
			t.Errorf("after year end the write-off stands at %s", got)
		}
		if got := s.balance(t, 3300, "pool:old-age", "basic"); got != "-4.000" {
			t.Errorf("the fund stands at %s", got)
		}
		s.clean(t)
	})
}

func TestNothingThatNamesAPersonStandsInTheClear(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/sanad.db"
	s := start(t, "sqlite:"+path)
	m := s.enrol(t, "Amal Haddad", "+962790000001")
	s.post(t, paid("UCA0000001", "0790000001", "5.000"))
	s.post(t, paid("UCA0000002", "0795555555", "5.000"))
	s.reverse(t, "UCR0000003", "UCA0000001", "5.000")
	var stored []byte
	for _, file := range []string{path, path + "-wal"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, text...)
	}
	for _, secret := range []string{"Amal", "Huda", "790000001", "795555555", "791111111", "UCA0000001", "UCA0000002", "UCR0000003", m.GetNumber()} {
		if bytes.Contains(stored, []byte(secret)) {
			t.Errorf("%q stands in the database", secret)
		}
	}
	if !bytes.Contains(stored, []byte(m.GetId())) {
		t.Error("the member's opaque id is not there: nothing was looked at")
	}
}

// The original goes to one server and its reversal to another, at the same time.
func TestAReversalAndItsOriginalSentAtOnceNeverMissEachOther(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	one, other := start(t, url), start(t, url)
	m := one.enrol(t, "Amal", "+962790000001")
	var all sync.WaitGroup
	for sender := range 8 {
		server := one
		if sender%2 == 1 {
			server = other
		}
		all.Go(func() {
			for i := range 80 {
				reference := fmt.Sprintf("UCA%d%06d", sender/2, i)
				if sender%2 == 0 {
					server.post(t, paid(reference, m.GetNumber(), "1.000"))
					continue
				}
				server.reverse(t, "R"+reference, reference, "1.000")
			}
		})
	}
	all.Wait()
	for _, account := range []struct {
		code          int32
		party, scheme string
	}{{2100, "member:" + m.GetId(), "basic"}, {1100, "collector:mpesa", ""}, {2900, "collector:mpesa", ""}} {
		if got := one.balance(t, account.code, account.party, account.scheme); got != "0.000" {
			t.Errorf("%d %s stands at %s", account.code, account.party, got)
		}
	}
	waiting, err := one.contributions.ListContributions(t.Context(), &sanadv1.ListContributionsRequest{
		Of: &sanadv1.ListContributionsRequest_SuspenseOf{SuspenseOf: "mpesa"}})
	if err != nil || len(waiting.GetContributions()) != 0 {
		t.Errorf("%d reversals wait for originals that are there, %v", len(waiting.GetContributions()), err)
	}
	one.clean(t)
}

func TestAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + t.TempDir() + "/sanad.db"
	first, err := api.Open(t.Context(), url, bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	if other, err := api.Open(t.Context(), url, bytes.Repeat([]byte("x"), 32)); err == nil {
		other.Close()
		t.Error("a database was opened with another key than the one it was written with")
	}
}
