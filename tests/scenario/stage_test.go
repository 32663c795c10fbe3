package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sanad.dev/sanad/api"
	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// stage is an institution that a story is played on: a server, its clients, and the names that the story gives things.
type stage struct {
	ctx         context.Context
	institution *api.Institution
	connection  *grpc.ClientConn

	contributions sanadv1.ContributionServiceClient
	members       sanadv1.MemberServiceClient
	schemes       sanadv1.SchemeServiceClient
	books         sanadv1.LedgerServiceClient
	subsidies     sanadv1.SubsidyServiceClient

	ids      map[string]string // of members, by name
	numbers  map[string]string // … and their numbers
	zones    map[string]*time.Location
	currency map[string]string // of schemes
	sent     map[string]*sanadv1.Contribution
	receipts map[string]string                   // the contribution's id, by its reference
	kept     map[string]string                   // what a story has remembered
	named    map[string]string                   // ids of claims, batches and such, by the story's names for them
	drawn    map[string]*drawn                   // claims that are drawn up, by name
	decided  map[string]*sanadv1.PensionDecision // of old age, by the story's names for them
	opened   map[string][]*sanadv1.OpenedClaim   // by the deaths of members, as last answered
	paid     map[string][]*sanadv1.PaidAtDeath   // … before they were undone
	rails    map[string]*storyRail
	lines    map[string][]*sanadv1.PayoutLine // of batches of payouts that are drawn up, by name
	wallets  map[string]string                // by party
	folder   string                           // for what rails keep
	shifted  time.Duration                    // of the institution's clock
	count    int
}

// Two people of the institution, where something takes two.
var two = []string{"huda", "omar"}

var master = bytes.Repeat([]byte{9}, 32)

// open serves an empty institution on the database.
func open(t *testing.T, url string) *stage {
	t.Helper()
	institution, err := api.Open(t.Context(), url, master)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	address, served := make(chan string, 1), make(chan error, 1)
	config := api.Config{Listen: "127.0.0.1:0", HTTP: "127.0.0.1:0", Region: "JO", Ready: func(grpc, _ string) { address <- grpc }}
	go func() {
		served <- api.Serve(ctx, institution, config, slog.New(slog.NewTextHandler(inLog{t}, &slog.HandlerOptions{Level: slog.LevelError})))
	}()
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
	s := &stage{
		ctx: t.Context(), institution: institution, connection: connection,
		contributions: sanadv1.NewContributionServiceClient(connection), members: sanadv1.NewMemberServiceClient(connection),
		schemes: sanadv1.NewSchemeServiceClient(connection), books: sanadv1.NewLedgerServiceClient(connection),
		subsidies: sanadv1.NewSubsidyServiceClient(connection),
		ids:       map[string]string{}, numbers: map[string]string{}, zones: map[string]*time.Location{}, currency: map[string]string{},
		sent: map[string]*sanadv1.Contribution{}, receipts: map[string]string{}, kept: map[string]string{}, named: map[string]string{}, drawn: map[string]*drawn{}, decided: map[string]*sanadv1.PensionDecision{},
		rails: map[string]*storyRail{}, lines: map[string][]*sanadv1.PayoutLine{}, wallets: map[string]string{}, folder: t.TempDir(),
		opened: map[string][]*sanadv1.OpenedClaim{}, paid: map[string][]*sanadv1.PaidAtDeath{},
	}
	t.Cleanup(func() {
		for _, rail := range s.rails {
			rail.Close()
		}
	})
	return s
}

// inLog writes what the server logs into the test's log, which is shown where a story fails.
type inLog struct{ t *testing.T }

func (l inLog) Write(text []byte) (int, error) {
	l.t.Logf("server: %s", bytes.TrimSpace(text))
	return len(text), nil
}

// play plays a story line by line. It ends at the first action that goes wrong; what is expected is compared to the end.
func (s *stage) play(t *testing.T, told story) {
	t.Helper()
	for _, l := range told.lines {
		c, g, err := understand(l)
		if err == nil {
			err = s.reach(g)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err = judged(l, c.do(s, g)); err == nil {
			continue
		}
		var differs mismatch
		if c.then && errors.As(err, &differs) {
			t.Errorf("%s: %s\n  %v", l, l.text, err)
			continue
		}
		t.Fatalf("%s: %s\n  %v", l, l.text, err)
	}
}

// reach moves the institution's clock to noon of the line's day. Time goes forward only: a line of a day that has passed
// tells of something that is learned late.
func (s *stage) reach(g given) error {
	if g.day == "" {
		return nil
	}
	on, err := g.when("day of the line")
	if err != nil {
		return err
	}
	noon := time.Date(on.Year(), time.Month(on.Month()), on.Day(), 12, 0, 0, 0, time.UTC)
	now := time.Now().Add(s.shifted)
	if by := noon.Sub(now); by > 0 || s.shifted == 0 {
		s.institution.DB.ShiftClock(by)
		s.shifted += by
	}
	return nil
}

// judged is what has come of a line, where it may have to be refused.
func judged(l line, err error) error {
	if l.refused == "" {
		return explained(err)
	}
	if err == nil {
		return mismatch{"refused: " + l.refused, "it was done"}
	}
	if got := reasonOf(err); got != l.refused {
		return mismatch{"refused: " + l.refused, strings.TrimSpace("refused: " + got + " " + err.Error())}
	}
	return nil
}

// refusal is a refusal that came inside an answer.
type refusal struct{ *sanadv1.Refusal }

func (r refusal) Error() string { return r.GetReason() + ": " + r.GetMessage() }

// reasonOf is the coded reason of an error; empty where it has none.
func reasonOf(err error) string {
	var inside refusal
	if errors.As(err, &inside) {
		return inside.GetReason()
	}
	var fault insurance.Fault // of what is run on the store, as an operator does
	if errors.As(err, &fault) {
		return fault.Reason
	}
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

func explained(err error) error {
	if reason := reasonOf(err); reason != "" {
		return fmt.Errorf("refused: %s (%w)", reason, err)
	}
	return err
}

// next is a name that was not given before.
func (s *stage) next(kind string) string {
	s.count++
	return fmt.Sprintf("%s-%d", kind, s.count)
}

// member is the id of the member that the story calls so.
func (s *stage) member(g given, name string) (string, error) {
	id, ok := s.ids[g.of(name)]
	if !ok {
		return "", g.wrong("nobody was registered as %s: write before it: member %s", g.of(name), g.of(name))
	}
	return id, nil
}

// party is a party of the books: a member by her name, any other as the books write it.
func (s *stage) party(g given, name string) (string, error) {
	if strings.Contains(g.of(name), ":") {
		return g.of(name), nil
	}
	id, err := s.member(g, name)
	return "member:" + id, err
}

// money is the amount of that name, with the currency's decimals.
func (s *stage) money(g given, name string) (*sanadv1.Money, error) {
	amount, currency, _ := strings.Cut(g.of(name), " ")
	m, err := ledger.ParseMoney(ledger.Currency(currency), amount)
	if err != nil {
		return nil, g.wrong("%s: %v", g.of(name), err)
	}
	return &sanadv1.Money{CurrencyCode: currency, Amount: m.Amount()}, nil
}

// said is an amount as stories write it.
func said(m *sanadv1.Money) string {
	if m == nil {
		return "nothing"
	}
	return m.GetAmount() + " " + m.GetCurrencyCode()
}

// wanted is the amount of that name as [said] says it.
func (s *stage) wanted(g given, name string) (string, error) {
	m, err := s.money(g, name)
	return said(m), err
}

func dateOf(d ledger.Date) *sanadv1.Date {
	return &sanadv1.Date{Year: int32(d.Year()), Month: int32(d.Month()), Day: int32(d.Day())}
}

func dayOf(d *sanadv1.Date) string {
	if d == nil {
		return "never"
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.GetYear(), d.GetMonth(), d.GetDay())
}

// noon is the middle of the day where the scheme is.
func (s *stage) noon(scheme string, on ledger.Date) *timestamppb.Timestamp {
	zone := s.zones[scheme]
	if zone == nil {
		zone = time.UTC
	}
	return timestamppb.New(time.Date(on.Year(), time.Month(on.Month()), on.Day(), 12, 0, 0, 0, zone))
}

// folders are where schemes are looked for: those of stories, then those of real programmes.
var folders = []string{"schemes", "../../deploy/schemes"}

// folder reads a scheme's folder; as says under which name the story has another version of it.
func folder(name string) (map[string][]byte, error) {
	for _, in := range folders {
		files := map[string][]byte{}
		for _, file := range []string{"scheme.yaml", "rules.star", "examples.yaml"} {
			text, err := os.ReadFile(filepath.Join(in, name, file))
			if err == nil {
				files[file] = text
			}
		}
		if len(files) > 0 {
			return files, nil
		}
	}
	return nil, fmt.Errorf("there is no scheme %s in %s", name, strings.Join(folders, " or "))
}
