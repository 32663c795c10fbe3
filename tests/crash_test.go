package tests

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/tests/pgtest"
)

// tests/crash.sh asks for more rounds than every run of the tests should take.
var (
	crashRounds = flag.Int("crash.rounds", 3, "how often the servers are killed, on each engine")
	crashSeed   = flag.Uint64("crash.seed", 0, "what decides when; 0 takes one by chance, and prints it")
)

const (
	// longestRound bounds a round, and the reckoning at the end.
	longestRound     = time.Minute
	longestReckoning = 5 * time.Minute
	// The kill comes this long after the first acknowledgement, and at most so much later.
	soonestKill = 100 * time.Millisecond
	killSpread  = 1400 * time.Millisecond
	// mostAgain is how many lines before the first unanswered one a client begins again, at most.
	mostAgain = 1000
	// neverSent is how many lines the statement has at its end that no round has sent.
	neverSent = 1000
)

// TestWhatWasAcknowledgedSurvivesKill streams a collector's day and kills the server in the middle with SIGKILL, again
// and again; on PostgreSQL, every second time, all of the database's processes too (L4). The client writes down each
// acknowledgement as it comes. Then the whole day is posted again: nothing acknowledged may be missing, and nothing be
// booked twice (L3).
func TestWhatWasAcknowledgedSurvivesKill(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		crash(t, onSQLite(t), nil)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		database := pgtest.Start(t)
		crash(t, newInstitution(t, database.URL()), database)
	})
}

// crash runs the rounds and the reckoning. The database is nil where it has no processes of its own.
func crash(t *testing.T, i institution, database *pgtest.Server) {
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	fmt.Fprintf(t.Output(), "-crash.seed=%d\n", seed)
	c := &crashing{
		T: t, institution: i, database: database, notes: newNotes(t), random: rand.New(rand.NewPCG(seed, 0)),
		server: serve(t, i),
	}
	c.connection = connect(t, c.server.address)
	c.day = day{found(t, c.connection, 300)}
	good := 0
	for n := range *crashRounds {
		if c.round(n + 1) {
			good++
		}
	}
	c.reckon(good)
}

// crashing is a day in which servers are killed.
type crashing struct {
	*testing.T
	institution
	database   *pgtest.Server
	server     *server
	connection *grpc.ClientConn
	day        day
	notes      notes
	random     *rand.Rand
	// next is the first line without an acknowledgement; sent, the first that was never sent.
	next, sent int
	// missing counts the acknowledged contributions that were not there after a round.
	missing int
}

// blow says when a round's kill comes, and what it hits.
type blow struct {
	after time.Duration
	// answer: it waits for the next acknowledgement, so that nothing which came too early has the time to come true.
	// Else it comes at any time, as within a commit.
	answer bool
	// database: its processes are killed too, a moment before the server where first is set, else right after it.
	database, first bool
	moment          time.Duration
}

func (b blow) String() string {
	what, when := "the server", "at"
	switch {
	case b.database && b.first:
		what = "PostgreSQL, then the server"
	case b.database:
		what = "the server, then PostgreSQL"
	}
	if b.answer {
		when = "at the answer after"
	}
	return fmt.Sprintf("%s %s %d ms", what, when, b.after.Milliseconds())
}

// round streams from somewhat before where the last round was broken off, until the server is killed; starts all
// again, and looks for every acknowledgement ever written down. It tells whether all was as it should be.
func (c *crashing) round(n int) bool {
	ctx, cancel := context.WithTimeout(c.Context(), longestRound)
	defer cancel()
	began := time.Now()
	from := max(0, c.next-c.random.IntN(mostAgain))
	b := blow{
		after:    soonestKill + time.Duration(c.random.Int64N(int64(killSpread))),
		answer:   c.random.IntN(2) == 0,
		database: c.database != nil && n%2 == 0,
		first:    c.random.IntN(2) == 0,
		moment:   time.Duration(c.random.Int64N(int64(50 * time.Millisecond))),
	}
	s, err := c.stream(ctx, from, b)
	if err != nil {
		c.Fatalf("round %d, killing %s: %v\n%s", n, b, err, c.server.lastLines())
	}
	c.next, c.sent = from+s.whole, max(c.sent, from+s.sent)
	c.restart(ctx, b)
	all, missing := c.find(ctx)
	other := c.sendAgain(ctx, from, s)
	c.missing += missing
	fmt.Fprintf(c.Output(), "round %2d: killed %s: %5d lines acknowledged (%d of them again), %d more under way; of %d acknowledged so far %d missing, %d answered otherwise (%.1f s)\n",
		n, b, s.acknowledged, s.again, s.sent-s.acknowledged, all, missing, other, time.Since(began).Seconds())
	if missing > 0 || other > 0 {
		c.Errorf("round %d: %d acknowledged contributions are missing, %d are answered otherwise than the first time", n, missing, other)
	}
	return missing == 0 && other == 0
}

// broken is a stream that was broken off: how many lines were sent, and how many of them acknowledged. Whole counts
// the acknowledgements before the first refusal, again those of lines that had one before.
type broken struct{ sent, acknowledged, whole, again int }

// streaming is a stream that will be broken off.
type streaming struct {
	*crashing
	calls lineStream
	from  int
	blow  blow

	sent atomic.Int64
	// refused: the database is gone, the client sends no more.
	refused atomic.Bool
	// falling: the blow is coming down, and the stream may end.
	falling atomic.Bool
	// answers has each acknowledgement that the blow is waiting for; struck, what came of the blow.
	answers chan struct{}
	struck  chan error
}

type lineStream = grpc.BidiStreamingClient[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse]

// stream sends lines, many ahead of their answers, and writes down each acknowledgement, also those that come when the
// server is gone already. The blow's time runs from the first.
func (c *crashing) stream(ctx context.Context, from int, b blow) (broken, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	calls, err := sanadv1.NewContributionServiceClient(c.connection).StreamContributions(ctx)
	if err != nil {
		return broken{}, err
	}
	s := &streaming{crashing: c, calls: calls, from: from, blow: b, answers: make(chan struct{}), struck: make(chan error, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.send()
	}()
	result, err := s.receive()
	cancel()
	<-ended
	result.sent = int(s.sent.Load())
	switch {
	case err != nil:
		return result, err
	case result.sent <= result.acknowledged:
		return result, errors.New("the kill did not come in the middle of the stream: every line was acknowledged")
	}
	return result, <-s.struck
}

// send sends as long as it can: the day has no end.
func (s *streaming) send() {
	for line := s.from; !s.refused.Load() && send(s.calls, s.day.contribution(line)) == nil; line++ {
		s.sent.Add(1)
	}
}

func send(calls lineStream, c *sanadv1.Contribution) error {
	return calls.Send(&sanadv1.StreamContributionsRequest{Item: &sanadv1.StreamContributionsRequest_Contribution{Contribution: c}})
}

// receive writes down acknowledgements until the stream is broken off. Answers come in the order of the lines; a line
// that is refused because the database is gone may be followed by one that was committed beside it.
func (s *streaming) receive() (b broken, err error) {
	for line := s.from; ; line++ {
		answer, err := s.calls.Recv()
		if err != nil && s.falling.Load() {
			return b, nil
		}
		if err != nil {
			return b, fmt.Errorf("the stream ended before anything was killed: %w", err)
		}
		if refusal := answer.GetResult().GetRefusal(); refusal != nil {
			if codes.Code(refusal.GetCode()) != codes.Unavailable {
				return b, fmt.Errorf("line %d was refused: %s", line, refusal)
			}
			s.refused.Store(true)
			continue
		}
		a, err := acknowledged(line, answer.GetResult().GetReceipt())
		if err := errors.Join(err, s.notes.write(a)); err != nil {
			return b, err
		}
		if !s.refused.Load() {
			b.whole++
		}
		s.noted(b.acknowledged == 0)
		b.acknowledged++
		if a.repeated {
			b.again++
		}
	}
}

// noted tells the blow of an acknowledgement.
func (s *streaming) noted(first bool) {
	if first {
		go func() { s.struck <- s.strike() }()
	}
	select {
	case s.answers <- struct{}{}:
	default: // It does not wait for an answer, or not yet.
	}
}

// strike kills.
func (s *streaming) strike() error {
	time.Sleep(s.blow.after)
	s.falling.Store(true)
	if s.blow.answer {
		select {
		case <-s.answers:
		case <-s.calls.Context().Done():
		}
	}
	if !s.blow.database {
		s.server.kill()
		return nil
	}
	if s.blow.first {
		err := s.database.KillAll()
		time.Sleep(s.blow.moment)
		s.server.kill()
		return err
	}
	s.server.kill()
	return s.database.KillAll()
}

// restart starts what was killed.
func (c *crashing) restart(ctx context.Context, b blow) {
	if b.database {
		if err := c.database.Restart(ctx); err != nil {
			c.Fatal(err)
		}
	}
	c.server = serve(c.T, c.institution)
	c.connection = connect(c.T, c.server.address)
}

// find looks in the table of entries for all that was ever acknowledged: how many lines that is, and how many of them
// are missing. Nothing has been sent again yet that could fill a gap.
func (c *crashing) find(ctx context.Context) (all, missing int) {
	stored, err := c.entries(ctx)
	if err != nil {
		c.Fatal(err)
	}
	lines := map[int]bool{}
	for _, a := range c.noted() {
		if !lines[a.line] && !stored[a.id] {
			missing++
		}
		lines[a.line] = true
	}
	return len(lines), missing
}

// sendAgain sends what was acknowledged in this round once more, as far as it is whole, and counts the lines that are
// not answered as the first time.
func (c *crashing) sendAgain(ctx context.Context, from int, s broken) (other int) {
	answers := c.answers(ctx, from, from+s.whole)
	noted := c.noted()
	for i, a := range noted[len(noted)-s.acknowledged:][:s.whole] {
		if again := answers[i]; !again.repeated || again.line != a.line || again.id != a.id || again.state != a.state {
			other++
		}
	}
	return other
}

// noted is all that was ever written down.
func (c *crashing) noted() []acknowledgement {
	all, err := c.notes.read()
	if err != nil {
		c.Fatal(err)
	}
	return all
}

// answers sends lines to the last and returns what was acknowledged.
func (c *crashing) answers(ctx context.Context, from, to int) []acknowledgement {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	calls, err := sanadv1.NewContributionServiceClient(c.connection).StreamContributions(ctx)
	if err != nil {
		c.Fatal(err)
	}
	go func() {
		for line := from; line < to && send(calls, c.day.contribution(line)) == nil; line++ {
		}
		_ = calls.CloseSend()
	}()
	var all []acknowledgement
	for line := from; line < to; line++ {
		answer, err := calls.Recv()
		if err != nil {
			c.Fatalf("send line %d again: %v", line, err)
		}
		a, err := acknowledged(line, answer.GetResult().GetReceipt())
		if err != nil {
			c.Fatalf("send line %d again: %v: %s", line, err, answer.GetResult().GetRefusal())
		}
		all = append(all, a)
	}
	return all
}

// reckon posts the whole day as an operator would, and compares the books with what was acknowledged.
func (c *crashing) reckon(good int) {
	ctx, cancel := context.WithTimeout(c.Context(), longestReckoning)
	defer cancel()
	lines := c.sent + neverSent
	c.post(ctx, lines)
	stored, err := c.entries(ctx)
	if err != nil {
		c.Fatal(err)
	}
	noted := c.noted()
	missing, twice := compare(noted, c.answers(ctx, 0, lines), stored)
	missing += c.missing
	if missing > 0 || twice > 0 {
		c.Errorf("%d acknowledged contributions are or were missing, %d are there twice", missing, twice)
	}
	got, err := owed(ctx, c.connection)
	if want := money(total(lines)); err != nil || got != want {
		c.Errorf("the collector owes %s, and its statement adds up to %s (%v)", got, want, err)
	}
	clean := "clean"
	if err := c.verify(ctx); err != nil {
		clean = "found errors"
		c.Error(err)
	}
	fmt.Fprintf(c.Output(), "%d of %d rounds: %d acknowledged, %d missing, %d twice, verify %s; %d lines and %s %s in the books\n",
		good, *crashRounds, distinct(noted), missing, twice, clean, lines, got, currency)
}

// post posts a statement of that many lines by the program's own command.
func (c *crashing) post(ctx context.Context, lines int) {
	path := filepath.Join(c.TempDir(), "statement.csv")
	file, err := os.Create(path)
	if err != nil {
		c.Fatal(err)
	}
	if err := errors.Join(c.day.write(file, lines), file.Close()); err != nil {
		c.Fatal(err)
	}
	if _, err := sanad(ctx, "post", path, "--collector", collector, "--currency", currency, "--addr", c.server.address); err != nil {
		c.Fatal(err)
	}
}

// compare counts the acknowledged contributions that are missing, and what is there more than once: entries that no
// line is answered with, answers that two lines share, and lines that were twice acknowledged as new.
func compare(noted, answers []acknowledgement, stored map[ledger.ID]bool) (missing, twice int) {
	ids := map[ledger.ID]bool{}
	for _, a := range answers {
		ids[a.id] = true
		if !a.repeated || !stored[a.id] {
			missing++
		}
	}
	fresh := map[int]bool{}
	for _, a := range noted {
		if now := answers[a.line]; now.id != a.id || now.state != a.state {
			missing++
		}
		if !a.repeated && fresh[a.line] {
			twice++
		}
		fresh[a.line] = fresh[a.line] || !a.repeated
	}
	return missing, twice + max(len(stored), len(answers)) - len(ids)
}

func distinct(noted []acknowledgement) int {
	lines := map[int]bool{}
	for _, a := range noted {
		lines[a.line] = true
	}
	return len(lines)
}
