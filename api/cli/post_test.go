package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	operator "sanad.dev/sanad/payments/statement"
)

// results are line, outcome and reason of a result file.
func results(t *testing.T, path string) string {
	t.Helper()
	var out strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(read(t, path)), "\n") {
		cells := strings.Split(line, ",")
		out.WriteString(strings.Join(cells[:3], ",") + "\n")
	}
	return out.String()
}

const mpesaFile = "../../payments/statement/testdata/mpesa.csv"

// wantMpesa is what comes of the example of a day: Rania pays, the cooperative names a card that nobody has.
const wantMpesa = `line,outcome,reason
10,posted,
11,suspense,MEMBER_UNKNOWN
12,repeated,
13,suspense,MEMBER_UNKNOWN
14,failed,
15,reversed,
16,suspense,WITHDRAWAL_UNEXPLAINED
17,withdrawn,
18,unread,AMOUNT_UNREADABLE
19,suspense,LINE_UNREADABLE
20,suspense,MEMBER_UNKNOWN
21,suspense,MEMBER_UNKNOWN
23,suspense,LINE_UNREADABLE
`

func TestAnOperatorsDayIsPostedLineByLine(t *testing.T) {
	town := newTown(t)
	town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	result, acknowledged := filepath.Join(town.folder, "r.csv"), filepath.Join(town.folder, "acknowledged.csv")
	args := []string{"post", mpesaFile, "--collector", demoCollector, "--bank-account", demoBank, "--result", result, "--acknowledged", acknowledged}
	said := town.command(t, args...).must(t, exitGood, "posted", "10.000 JOD", "withdrawn", "12,000.000 JOD", "failed", "25.000 JOD", result)
	if diff := cmp.Diff(wantMpesa, results(t, result)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := strings.Count(read(t, acknowledged), "\n"), 12; got != want {
		t.Errorf("%d lines acknowledged, want %d", got, want)
	}
	for _, secret := range []string{"UCE", "RANIA", "OMAR", "79123", "JO20417"} {
		if strings.Contains(read(t, result)+read(t, acknowledged)+said.out+said.err, secret) {
			t.Errorf("%s is written down (L11)", secret)
		}
	}
	before := read(t, acknowledged)
	town.command(t, args...).must(t, exitGood, "repeated")
	if got, want := strings.Count(results(t, result), "repeated"), 12; got != want {
		t.Errorf("%d lines repeated, want %d:\n%s", got, want, results(t, result))
	}
	if read(t, acknowledged) != before+before {
		t.Error("the second time other ids were acknowledged than the first")
	}
	command(t, "verify", "--db", town.db).must(t, exitGood)
}

const mpesaHead = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Reason Type,Other Party Info,Linked Transaction ID,A/C No.\n"

func TestACompletedLineIsNeverRefused(t *testing.T) {
	long := strings.Repeat("9", 200)
	tests := []struct{ name, cells, want string }{
		{"more decimals than the currency has", "R1,02-03-2026 10:00:00,,Completed,10.0001,,Pay Bill,,,4711088822", "2,unread,AMOUNT_UNREADABLE"},
		{"a day that has not come", "R2,02-03-2090 10:00:00,,Completed,10.000,,Pay Bill,,,4711088822", "2,suspense,LINE_UNREADABLE"},
		{"both", "R3,02-03-2090 10:00:00,,Completed,10.0001,,Pay Bill,,,4711088822", "2,unread,AMOUNT_UNREADABLE"},
		{"an endless reference of the member", "R4,02-03-2026 10:00:00,,Completed,10.000,,Pay Bill,,," + long, "2,suspense,LINE_UNREADABLE"},
		{"an endless name of the payer", "R5,02-03-2026 10:00:00,,Completed,10.000,,Pay Bill,962791234567 - " + strings.Repeat("ن", 200) + ",,4711088822", "2,posted,"},
		{"an endless phone of the payer", "R6,02-03-2026 10:00:00,,Completed,10.000,,Pay Bill,96279123456712345678 - A,,4711088822", "2,posted,"},
		{"a reversal with more decimals", "R7,02-03-2026 10:00:00,,Completed,,-10.0001,Pay Bill Reversal,,R5,", "2,unread,AMOUNT_UNREADABLE"},
		{"a settlement with more decimals", "R8,02-03-2026 10:00:00,,Completed,,-10.0001,Organization Settlement,,,", "2,unread,AMOUNT_UNREADABLE"},
		{"more than anybody has", "R9,02-03-2026 10:00:00,,Completed,999999999999999.000,,Pay Bill,,,4711088822", "2,unread,AMOUNT_UNREADABLE"},
	}
	town := newTown(t)
	town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := town.file(t, "day.csv", mpesaHead+tt.cells+"\n")
			args := []string{"post", path, "--collector", demoCollector, "--bank-account", demoBank}
			town.command(t, args...).must(t, exitGood)
			if got := results(t, path+".result.csv"); got != "line,outcome,reason\n"+tt.want+"\n" {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			town.command(t, args...).must(t, exitGood, "repeated")
		})
	}
	command(t, "verify", "--db", town.db).must(t, exitGood)
}

func TestAPlainLineOfTheWrongFormIsRefusedAndItsNeighboursAreBooked(t *testing.T) {
	town := newTown(t)
	town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	path := town.file(t, "dues.csv", "reference,time,amount,currency,member\n"+
		"A-1,2026-03-02,10.000,,4711088822\nA-2,2026-03-02,10.0001,,4711088822\n"+
		"A-3,2026-03-02,5.000,XXQ,4711088822\nA-4,2026-03-02,ten,,4711088822\nA-5,2026-03-02,2.000,,4711088822\n")
	town.command(t, "post", path, "--collector", demoCollector).must(t, exitWrong,
		"2 lines were refused", "AMOUNT_INVALID, line 3", "CURRENCY_UNKNOWN, line 4")
	want := "line,outcome,reason\n2,posted,\n3,refused,AMOUNT_INVALID\n4,refused,CURRENCY_UNKNOWN\n5,unread,AMOUNT_UNREADABLE\n6,posted,\n"
	if diff := cmp.Diff(want, results(t, path+".result.csv")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhereNoSchemeIsNamedNothingIsSent(t *testing.T) {
	town := newTown(t)
	args := []string{"post", mpesaFile, "--collector", "stranger", "--result", filepath.Join(town.folder, "r.csv")}
	town.command(t, args...).must(t, exitUsage, "stranger has no default scheme", "--scheme")
	town.command(t, append(args, "--scheme", demoScheme)...).must(t, exitGood, "MEMBER_UNKNOWN")
	dues := town.file(t, "dues.csv", plainLines(1))
	town.command(t, "post", dues, "--collector", "stranger").must(t, exitWrong, "SCHEME_MISSING, line 2", "stranger")
}

func TestTheResultOfAStatementMayGoNowhere(t *testing.T) {
	town := newTown(t)
	town.command(t, "post", mpesaFile, "--collector", demoCollector, "--result", os.DevNull).must(t, exitGood)
	if about, err := os.Stat(os.DevNull); err != nil || about.Mode().IsRegular() {
		t.Fatalf("%s has become a file: %v", os.DevNull, err)
	}
}

func TestTheProgressBarMeasuresTheFile(t *testing.T) {
	town := newTown(t)
	args := []string{"post", mpesaFile, "--collector", demoCollector, "--result", filepath.Join(town.folder, "r.csv")}
	if said := town.command(t, args...).must(t, exitGood); said.err != "" {
		t.Errorf("progress is shown to no terminal: %q", said.err)
	}
	town.command(t, append(args, "--progress")...).must(t, exitGood, "posting")
}

// scripted is a server that answers as it is told.
type scripted struct {
	sanadv1.UnimplementedContributionServiceServer
	stream func(grpc.BidiStreamingServer[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse]) error
}

func (s scripted) StreamContributions(stream grpc.BidiStreamingServer[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse]) error {
	return s.stream(stream)
}

// serveScript serves the script and returns its address.
func serveScript(t *testing.T, script scripted) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	sanadv1.RegisterContributionServiceServer(server, script)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func receipt(i int) *sanadv1.StreamContributionsResponse {
	return &sanadv1.StreamContributionsResponse{Result: &sanadv1.ItemResult{Result: &sanadv1.ItemResult_Receipt{
		Receipt: &sanadv1.Receipt{Id: fmt.Sprintf("%032x", i), State: sanadv1.ContributionState_CONTRIBUTION_STATE_POSTED},
	}}}
}

// plainLines is a statement of n lines.
func plainLines(n int) string {
	var text bytes.Buffer
	text.WriteString("reference,time,amount,member\n")
	for i := range n {
		fmt.Fprintf(&text, "A-%d,2026-03-02,1.000,4711088822\n", i)
	}
	return text.String()
}

func TestWhereTheServerDiesWhatWasAcknowledgedIsKnown(t *testing.T) {
	const answered = 700
	addr := serveScript(t, scripted{stream: func(stream grpc.BidiStreamingServer[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse]) error {
		for i := range answered {
			if _, err := stream.Recv(); err != nil {
				return err
			}
			if err := stream.Send(receipt(i)); err != nil {
				return err
			}
		}
		return status.Error(codes.Unavailable, "killed")
	}})
	path := filepath.Join(t.TempDir(), "dues.csv")
	if err := os.WriteFile(path, []byte(plainLines(5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "post", path, "--collector", "coop", "--addr", addr, "--acknowledged", path+".ack").must(t, exitWrong,
		"stopped after 700 lines were answered", "killed", "Run the same command again")
	for _, name := range []string{path + ".ack", path + ".result.csv"} {
		if got := strings.Count(read(t, name), "\n"); got-strings.Count(read(t, name), "outcome") != answered {
			t.Errorf("%s has %d lines", name, got)
		}
	}
}

func TestManyLinesAreUnderWayAtOnce(t *testing.T) {
	var most atomic.Int64
	addr := serveScript(t, scripted{stream: func(stream grpc.BidiStreamingServer[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse]) error {
		for i := 0; ; i++ {
			if _, err := stream.Recv(); errors.Is(err, io.EOF) {
				return nil
			}
			most.Store(int64(i))
			if i < ahead { // The first is answered once the window is full.
				continue
			}
			if i == ahead {
				for early := range ahead {
					_ = stream.Send(receipt(early))
				}
			}
			if err := stream.Send(receipt(i)); err != nil {
				return err
			}
		}
	}})
	server, err := onServer{addr}.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	lines, _, err := operator.Open(strings.NewReader(plainLines(3000)), operator.Options{Currency: "JOD"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	p := &poster{service: server.contributions, collector: "coop", answered: func(a answer) error {
		if want := fmt.Sprintf("%032x", n); a.receipt.GetId() != want || a.line.Number != n+2 {
			return fmt.Errorf("line %d has answer %s", a.line.Number, a.receipt.GetId())
		}
		n++
		return nil
	}}
	if err := p.post(t.Context(), lines); err != nil || n != 3000 {
		t.Errorf("%d of 3000 answered: %v", n, err)
	}
}

func TestAFullDiskEndsThePosting(t *testing.T) {
	town := newTown(t)
	lines, _, err := operator.Open(strings.NewReader(plainLines(3000)), operator.Options{Currency: "JOD"})
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	p := &poster{service: town.server.contributions, collector: demoCollector, answered: func(answer) error { return full }}
	if err := p.post(t.Context(), lines); !errors.Is(err, full) {
		t.Errorf("got %v, want the disk's error", err)
	}
}

func TestAFailingStatementIsReportedAfterWhatWasSentIsAnswered(t *testing.T) {
	town := newTown(t)
	broken := errors.New("network gone")
	text := plainLines(300)
	lines, _, err := operator.Open(io.MultiReader(strings.NewReader(text), failing{broken}), operator.Options{Currency: "JOD"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	p := &poster{service: town.server.contributions, collector: demoCollector, answered: func(answer) error { n++; return nil }}
	if err := p.post(t.Context(), lines); !errors.Is(err, broken) || n != 300 {
		t.Errorf("%d answered, %v", n, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
