package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/tests/pgtest"
)

const (
	senders = 6
	// shared is how many references each of them sends.
	shared = 3000
	// page is how many lines a sender puts into one stream.
	page = 500
	// unanswered is how many calls a sender has under way at once, where it makes one for each line.
	unanswered = 16
	// enough is how many answers a stream's server must have given before it is stopped: the middle of a page.
	enough = 700
	// longestSending bounds the whole.
	longestSending = 3 * time.Minute
)

// TestSeveralServersBookEachReferenceOnce sends the same references to several servers on one database at once, by
// stream and one by one, some with other content, and stops one of the servers in the middle (L3, L12).
func TestSeveralServersBookEachReferenceOnce(t *testing.T) {
	t.Run("three on one PostgreSQL", func(t *testing.T) {
		sendToServers(t, newInstitution(t, pgtest.URL(t)), 3)
	})
	t.Run("two on one SQLite file", func(t *testing.T) {
		sendToServers(t, onSQLite(t), 2)
	})
}

func sendToServers(t *testing.T, i institution, count int) {
	servers := serveAtOnce(t, i, count)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	d := day{found(t, connect(t, servers[0].address), 300)}
	ctx, cancel := context.WithTimeout(t.Context(), longestSending)
	defer cancel()
	stopped := servers[count-1]
	group, ctx := errgroup.WithContext(ctx)
	all := make([]*sender, senders)
	for n := range all {
		s := newSender(t, n, d, servers, rand.New(rand.NewPCG(seed, uint64(n))))
		all[n] = s
		if n < senders/2 {
			group.Go(func() error { return s.stream(ctx) })
		} else {
			group.Go(func() error { return s.unary(ctx) })
		}
	}
	group.Go(func() error {
		if err := all[count-1].awaitEnough(ctx); err != nil { // It streams to the last server.
			return err
		}
		return stopped.terminate()
	})
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if went := s.at != s.home; went != (s.home == count-1) {
			t.Errorf("sender %d of server %d went on to another: %t", s.number, s.home, went)
		}
	}
	judge(t, i, all, servers[0])
}

// serveAtOnce starts servers side by side on a database that is still empty: one of them makes the tables and the key.
func serveAtOnce(t *testing.T, i institution, count int) []*server {
	t.Helper()
	servers := make([]*server, count)
	var group errgroup.Group
	for n := range servers {
		group.Go(func() (err error) {
			servers[n], err = i.serve()
			return err
		})
	}
	err := group.Wait()
	for _, s := range servers {
		if s != nil {
			t.Cleanup(s.kill)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return servers
}

// sender is a client of several servers: it sends to one, its home, until that goes down, and then to the next.
type sender struct {
	number   int
	home     int
	services []sanadv1.ContributionServiceClient
	lines    []int // in its own order
	day      day
	enough   chan struct{} // closed when its home has answered enough

	mu   sync.Mutex
	at   int
	told []told
}

// told is what a sender was told of a line: a receipt, or why it was refused.
type told struct {
	acknowledgement
	other  bool // sent with the other content
	reason string
}

func newSender(t *testing.T, number int, d day, servers []*server, random *rand.Rand) *sender {
	s := &sender{number: number, home: number % len(servers), lines: random.Perm(shared), day: d, enough: make(chan struct{})}
	s.at = s.home
	for _, to := range servers {
		s.services = append(s.services, sanadv1.NewContributionServiceClient(connect(t, to.address)))
	}
	return s
}

// other says whether this sender sends the line with another content than the senders of even number.
func (s *sender) other(line int) bool { return line%10 == 0 && s.number%2 == 1 }

// contribution is a line as this sender sends it: the other content is a fils more.
func (s *sender) contribution(line int) *sanadv1.Contribution {
	c := s.day.contribution(line)
	if s.other(line) {
		c.Amount.Amount = money(fils(line) + 1)
	}
	return c
}

// service is the server that this sender sends to now.
func (s *sender) service() (sanadv1.ContributionServiceClient, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.services[s.at], s.at
}

// next goes on to the next server, unless another call of this sender has gone on already.
func (s *sender) next(from int, err error) error {
	if status.Code(err) != codes.Unavailable {
		return fmt.Errorf("sender %d: %w", s.number, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == from {
		s.at = (from + 1) % len(s.services)
	}
	return nil
}

// note writes down an answer.
func (s *sender) note(answer told) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, answer)
	if len(s.told) == enough {
		close(s.enough)
	}
}

func (s *sender) awaitEnough(ctx context.Context) error {
	select {
	case <-s.enough:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stream sends the lines in streams of a page each.
func (s *sender) stream(ctx context.Context) error {
	for left := s.lines; len(left) > 0; {
		service, at := s.service()
		answered, err := s.page(ctx, service, left[:min(page, len(left))])
		left = left[answered:]
		if err == nil {
			continue
		}
		if err := s.next(at, err); err != nil {
			return err
		}
	}
	return nil
}

// page sends lines over one stream and returns how many were answered.
func (s *sender) page(ctx context.Context, service sanadv1.ContributionServiceClient, lines []int) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	calls, err := service.StreamContributions(ctx)
	if err != nil {
		return 0, err
	}
	go func() {
		for _, line := range lines {
			if send(calls, s.contribution(line)) != nil {
				return // Where answers are received, the reason is learned.
			}
		}
		_ = calls.CloseSend()
	}()
	for n, line := range lines {
		answer, err := calls.Recv()
		if err != nil {
			return n, err
		}
		if refusal := answer.GetResult().GetRefusal(); refusal != nil {
			s.note(told{acknowledgement{line: line}, s.other(line), refusal.GetReason()})
			continue
		}
		if err := s.receipt(line, answer.GetResult().GetReceipt()); err != nil {
			return n, err
		}
	}
	return len(lines), nil
}

func (s *sender) receipt(line int, r *sanadv1.Receipt) error {
	a, err := acknowledged(line, r)
	s.note(told{a, s.other(line), ""})
	return err
}

// unary sends each line by a call of its own, some of them at the same time.
func (s *sender) unary(ctx context.Context) error {
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(unanswered)
	for _, line := range s.lines {
		calls.Go(func() error { return s.call(ctx, line) })
	}
	return calls.Wait()
}

// call sends one line, to as many servers as it takes.
func (s *sender) call(ctx context.Context, line int) error {
	request := &sanadv1.PostContributionRequest{Contribution: s.contribution(line)}
	for {
		service, at := s.service()
		answer, err := service.PostContribution(ctx, request)
		switch status.Code(err) {
		case codes.OK:
			return s.receipt(line, answer.GetReceipt())
		case codes.AlreadyExists:
			s.note(told{acknowledgement{line: line}, s.other(line), reasonOf(err)})
			return nil
		}
		if err := s.next(at, err); err != nil {
			return err
		}
	}
}

// reasonOf is the stable code in a status.
func reasonOf(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// judge compares what the senders were told of each line, and the books with both.
func judge(t *testing.T, i institution, all []*sender, left *server) {
	t.Helper()
	byLine := make([][]told, shared)
	for _, s := range all {
		for _, a := range s.told {
			byLine[a.line] = append(byLine[a.line], a)
		}
	}
	ids := map[ledger.ID]bool{}
	var sum int64
	for line, answers := range byLine {
		first, err := verdict(answers)
		if err != nil {
			t.Errorf("line %d: %v", line, err)
		}
		ids[first.id] = true
		sum += fils(line)
		if first.other {
			sum++
		}
	}
	stored, err := i.entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != shared || len(ids) != shared {
		t.Errorf("%d references have %d ids and %d entries", shared, len(ids), len(stored))
	}
	for id := range ids {
		if !stored[id] {
			t.Errorf("contribution %s was acknowledged and is missing", id)
		}
	}
	got, err := owed(t.Context(), connect(t, left.address))
	if want := money(sum); err != nil || got != want {
		t.Errorf("the collector owes %s, and what was acknowledged adds up to %s (%v)", got, want, err)
	}
	if err := i.verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// verdict returns the answer by which a line was booked. All others must name the same contribution and say that it was
// there before, or refuse a content that was not the first.
func verdict(answers []told) (told, error) {
	if len(answers) != senders {
		return told{}, fmt.Errorf("%d senders sent it, %d were answered", senders, len(answers))
	}
	var first *told
	for _, a := range answers {
		if a.reason == "" && !a.repeated {
			if first != nil {
				return *first, fmt.Errorf("it was booked twice: %+v and %+v", *first, a)
			}
			first = &a
		}
	}
	if first == nil {
		return told{}, fmt.Errorf("nobody was told that it was new: %+v", answers)
	}
	for _, a := range answers {
		switch {
		case a.other != first.other && a.reason != "REFERENCE_REUSED":
			return *first, fmt.Errorf("another content was answered %+v", a)
		case a.other == first.other && (a.reason != "" || a.id != first.id || a.state != first.state):
			return *first, fmt.Errorf("first %+v, and for the same content %+v", *first, a)
		}
	}
	return *first, nil
}
