// Package cover tries cover on a whole institution over gRPC: schemes are published as folders, members pay through a
// collector, hardship holidays and notices are recorded, and what is looked at are the answers and the books.
package cover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sanad.dev/sanad/api"
	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/entitlement"
	coversql "sanad.dev/sanad/services/entitlement/sqlstore"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/tests/pgtest"
)

// house is a server on a database, its clients, and what was sent to it.
type house struct {
	*api.Institution
	contributions sanadv1.ContributionServiceClient
	members       sanadv1.MemberServiceClient
	schemes       sanadv1.SchemeServiceClient
	covers        sanadv1.CoverServiceClient
	today         ledger.Date
	sent          int
}

// onEach runs a test against a server on each engine, which has the scheme and its collector.
func onEach(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); test(t, open(t, "sqlite:"+t.TempDir()+"/sanad.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); test(t, open(t, pgtest.URL(t))) })
}

func open(t *testing.T, url string) *house {
	t.Helper()
	i, err := api.Open(t.Context(), url, []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	address, served := make(chan string, 1), make(chan error, 1)
	config := api.Config{Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Region: "JO", Ready: func(grpc, _ string) { address <- grpc }}
	go func() { served <- api.Serve(ctx, i, config, slog.New(slog.NewTextHandler(io.Discard, nil))) }()
	conn, err := grpc.NewClient(<-address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		i.Close()
	})
	h := &house{
		Institution: i, contributions: sanadv1.NewContributionServiceClient(conn), members: sanadv1.NewMemberServiceClient(conn),
		schemes: sanadv1.NewSchemeServiceClient(conn), covers: sanadv1.NewCoverServiceClient(conn), today: ledger.DateOf(time.Now().UTC()),
	}
	h.publish(t, theScheme)
	_, err = h.schemes.SetCollector(t.Context(), &sanadv1.SetCollectorRequest{Collector: &sanadv1.Collector{Id: "mpesa", DefaultScheme: "care"}})
	must(t, err)
	return h
}

// theScheme sells a day for ten piastres; its days are those of UTC, as the tests' are.
const theScheme = `scheme: care
name: Care
source: made up
currency: JOD
time_zone: UTC
region: JO
effective: 2020-01-01
categories: [farmer]
facts:
  region: {type: word}
pots: [{account: 2200, name: health, share: 1, pool: health}]
cover:
  health:
    name: Health
    account: 2200
    matched: 2210
    days: {price: 0.100}
    notice_days: 14
    newborn_days: 28
    dependants: [{kind: child, under: 18}]
benefits:
  clinic:
    kind: care
    form: in-kind
    cover: health
    name: Clinic
    pool: health
    covers: [general-practitioner, emergency]
    without_cover: treasury
    limits: [{per: year, amount: 200, household: true}, {per: year, days: 30}]
    co_payments: [{share: 0.1, up_to: 5, per: event}]
`

func (h *house) publish(t *testing.T, scheme string) {
	t.Helper()
	_, err := h.Schemes.PublishFolder(t.Context(), insurance.Folder{Scheme: []byte(scheme)}, "test")
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// day is so many days from today.
func (h *house) day(n int) ledger.Date { return h.today.AddDays(n) }

func wire(d ledger.Date) *sanadv1.Date {
	return &sanadv1.Date{Year: int32(d.Year()), Month: int32(d.Month()), Day: int32(d.Day())}
}

// text writes a day of an answer; none is empty.
func text(d *sanadv1.Date) string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.GetYear(), d.GetMonth(), d.GetDay())
}

func (h *house) next(kind string) string {
	h.sent++
	return fmt.Sprintf("%s%d", kind, h.sent)
}

// enrol registers a member with a phone, written to in French, and returns her.
func (h *house) enrol(t *testing.T) *sanadv1.Member {
	t.Helper()
	name := h.next("member")
	done, err := h.members.RegisterMember(t.Context(), &sanadv1.RegisterMemberRequest{
		RequestId: name, Person: &sanadv1.Person{Name: name, Language: "fr", Phones: []*sanadv1.Phone{{Number: h.phone(), From: wire(2020_01_01)}}},
	})
	must(t, err)
	return done.GetMember()
}

func (h *house) phone() string { return fmt.Sprintf("+96279%07d", 1_000_000+h.sent) }

// pay sends a contribution for so many days' cover, so many days ago, and returns its reference.
func (h *house) pay(t *testing.T, m *sanadv1.Member, ago, days int) string {
	t.Helper()
	reference := h.next("pay")
	answer, err := h.contributions.PostContribution(t.Context(), &sanadv1.PostContributionRequest{Contribution: &sanadv1.Contribution{
		Collector: "mpesa", Reference: reference, Member: h.of(m), Scheme: "care", Amount: h.price(days),
		ValueTime: timestamppb.New(h.day(-ago).Time().Add(time.Hour)),
	}})
	must(t, err)
	if got := answer.GetReceipt().GetState(); got != sanadv1.ContributionState_CONTRIBUTION_STATE_POSTED {
		t.Fatalf("the payment is %s", got)
	}
	return reference
}

// price is what so many days of cover cost.
func (h *house) price(days int) *sanadv1.Money {
	return &sanadv1.Money{CurrencyCode: "JOD", Amount: ledger.Money{Minor: int64(days) * 100, Currency: "JOD"}.Amount()}
}

func (h *house) of(m *sanadv1.Member) *sanadv1.MemberReference {
	return &sanadv1.MemberReference{Reference: &sanadv1.MemberReference_MemberId{MemberId: m.GetId()}}
}

// ask asks as the member herself, of a day that is so many days from today.
func (h *house) ask(t *testing.T, m *sanadv1.Member, on int) *sanadv1.Entitlement {
	t.Helper()
	return h.askAs(t, m, on, sanadv1.Audience_AUDIENCE_MEMBER)
}

func (h *house) askAs(t *testing.T, m *sanadv1.Member, on int, as sanadv1.Audience) *sanadv1.Entitlement {
	t.Helper()
	answer, err := h.covers.GetEntitlement(t.Context(), &sanadv1.GetEntitlementRequest{Member: h.of(m), Scheme: "care", On: wire(h.day(on)), Audience: as})
	must(t, err)
	return answer.GetEntitlement()
}

// codesOf are the reasons of an answer.
func codesOf(e *sanadv1.Entitlement) (all []string) {
	for _, r := range e.GetReasons() {
		all = append(all, r.GetCode())
	}
	return all
}

// pending are the notices that wait.
func (h *house) pending(t *testing.T) []*sanadv1.CoverNotice {
	t.Helper()
	page, err := h.covers.ListCoverNotices(t.Context(), &sanadv1.ListCoverNoticesRequest{})
	must(t, err)
	return page.GetNotices()
}

// notify writes the notices that are due.
func (h *house) notify(t *testing.T) entitlement.Run {
	t.Helper()
	run, err := h.Covers.Notify(t.Context(), "care", func(entitlement.Run) {})
	must(t, err)
	return run
}

// givenAgo has a notice that was given today be one that was given so many days ago, as if they had passed.
func (h *house) givenAgo(t *testing.T, m *sanadv1.Member, ago int) {
	t.Helper()
	must(t, h.DB.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		store := coversql.On(tx)
		notices, err := store.CoverNotices(ctx, insurance.MemberID(m.GetId()))
		if err != nil {
			return err
		}
		if len(notices) == 0 {
			return errors.New("she has no notice")
		}
		for i := range notices {
			notices[i].GivenOn = h.day(-ago)
		}
		return store.SaveCoverNotices(ctx, notices...)
	}))
}

// clean fails the test where the books are not in order.
func (h *house) clean(t *testing.T) {
	t.Helper()
	audit, err := h.Books.Verify(t.Context(), nil, insurance.NewBudgetAudit(), insurance.NewEarningAudit())
	must(t, err)
	for _, f := range audit.Findings {
		t.Error(f)
	}
}
