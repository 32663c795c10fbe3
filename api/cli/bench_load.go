package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

const (
	// unanswered is how many lines of a stream may wait for their answers.
	unanswered = 256
	// sentAtOnce is how many contributions are in a batch.
	sentAtOnce = 100
	// lessOftenGC lets the clients' garbage grow to five times what they need, not twice.
	lessOftenGC = 400
	// balancesAsked is how many members' balances are asked for, one after another.
	balancesAsked = 1000
)

// load lets the clients send until the time is over, and waits for the last answers.
func (m *measuring) load(ctx context.Context, s *benchServer) (benchTally, error) {
	clients, err := m.clients(s.address)
	if err != nil {
		return benchTally{}, err
	}
	defer closeAll(clients)
	defer debug.SetGCPercent(debug.SetGCPercent(lessOftenGC)) // the processor is the server's
	began := m.env.Now()
	group, inside := errgroup.WithContext(ctx)
	for _, c := range clients {
		c.until = began.Add(time.Duration(m.Seconds) * time.Second)
		group.Go(func() error { return c.send(inside) })
	}
	if err := group.Wait(); err != nil {
		return benchTally{}, fmt.Errorf("send contributions: %w", err)
	}
	all := benchTally{refused: map[string]int64{}, took: time.Since(began)}
	for _, c := range clients {
		all.add(c.benchTally)
	}
	return all, nil
}

// clients are connected before the time begins to run.
func (m *measuring) clients(address string) ([]*benchClient, error) {
	receipts, day := newReceipts(), today(m.env.Now())
	clients := make([]*benchClient, m.Clients)
	for i := range clients {
		conn, err := dial(address)
		if err != nil {
			closeAll(clients[:i])
			return nil, err
		}
		conn.Connect()
		clients[i] = &benchClient{
			conn: conn, service: sanadv1.NewContributionServiceClient(conn), mode: m.Mode, now: m.env.Now,
			payers: m.newPayers(receipts, day), benchTally: benchTally{refused: map[string]int64{}},
		}
	}
	return clients, nil
}

func closeAll(clients []*benchClient) {
	for _, c := range clients {
		_ = c.conn.Close()
	}
}

// benchTally is what clients have seen.
type benchTally struct {
	sent         int64
	acknowledged []ledger.ID
	// refused are counted by reason, contributions in suspense among them: none belongs there.
	refused map[string]int64
	latency latencies
	took    time.Duration
}

func (t *benchTally) add(other benchTally) {
	t.sent += other.sent
	t.acknowledged = append(t.acknowledged, other.acknowledged...)
	for reason, n := range other.refused {
		t.refused[reason] += n
	}
	t.latency.add(&other.latency)
}

// answered counts an answer to what was sent at that time.
func (t *benchTally) answered(sentAt, now time.Time, result *sanadv1.ItemResult) error {
	t.latency.record(now.Sub(sentAt))
	if refusal := result.GetRefusal(); refusal != nil {
		t.refused[refusal.GetReason()]++
		return nil
	}
	receipt := result.GetReceipt()
	id, err := ledger.ParseID(receipt.GetId())
	if err != nil {
		return fmt.Errorf("a receipt: %w", err)
	}
	t.acknowledged = append(t.acknowledged, id)
	if receipt.GetState() != sanadv1.ContributionState_CONTRIBUTION_STATE_POSTED {
		t.refused[receipt.GetReason()]++
	}
	return nil
}

// reasons lists why contributions were refused: "MEMBER_UNKNOWN 12, …".
func (t benchTally) reasons() string {
	text := ""
	for i, reason := range slices.Sorted(maps.Keys(t.refused)) {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s %d", reason, t.refused[reason])
	}
	return text
}

// benchClient sends contributions over a connection of its own.
type benchClient struct {
	benchTally
	conn    *grpc.ClientConn
	service sanadv1.ContributionServiceClient
	payers  *payers
	mode    string
	now     func() time.Time
	until   time.Time
}

func (c *benchClient) send(ctx context.Context) error {
	switch c.mode {
	case "unary":
		return c.unary(ctx)
	case "batch":
		return c.batch(ctx)
	}
	return c.stream(ctx)
}

// unary sends one contribution after another.
func (c *benchClient) unary(ctx context.Context) error {
	for {
		request := &sanadv1.PostContributionRequest{Contribution: c.payers.next().onTheWire()}
		sentAt := c.now()
		if !sentAt.Before(c.until) {
			return nil
		}
		c.sent++
		answer, err := c.service.PostContribution(ctx, request)
		if err != nil {
			return err
		}
		result := &sanadv1.ItemResult{Result: &sanadv1.ItemResult_Receipt{Receipt: answer.GetReceipt()}}
		if err := c.answered(sentAt, c.now(), result); err != nil {
			return err
		}
	}
}

// batch sends one batch after another.
func (c *benchClient) batch(ctx context.Context) error {
	for {
		request := &sanadv1.BatchPostContributionsRequest{}
		for range sentAtOnce {
			request.Contributions = append(request.Contributions, c.payers.next().onTheWire())
		}
		sentAt := c.now()
		if !sentAt.Before(c.until) {
			return nil
		}
		c.sent += sentAtOnce
		answer, err := c.service.BatchPostContributions(ctx, request)
		if err != nil {
			return err
		}
		now := c.now()
		for _, result := range answer.GetResults() {
			if err := c.answered(sentAt, now, result); err != nil {
				return err
			}
		}
	}
}

type lineStream = grpc.BidiStreamingClient[sanadv1.StreamContributionsRequest, sanadv1.StreamContributionsResponse]

// stream sends lines as fast as they are answered.
func (c *benchClient) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.service.StreamContributions(ctx)
	if err != nil {
		return err
	}
	w := window{free: make(chan struct{}, unanswered), sentAt: make(chan time.Time, unanswered)}
	received := make(chan error, 1)
	go func() {
		err := c.receive(stream, w)
		if err != nil {
			cancel() // whoever sends must not wait for more answers
		}
		received <- err
	}()
	err = c.sendLines(stream, w)
	if err != nil {
		cancel()
	}
	return errors.Join(<-received, err)
}

// window holds the lines of a stream that wait for their answers, and when each was sent, in order.
type window struct {
	free   chan struct{}
	sentAt chan time.Time
}

func (c *benchClient) sendLines(stream lineStream, w window) error {
	defer close(w.sentAt)
	for {
		line := &sanadv1.StreamContributionsRequest{
			Item: &sanadv1.StreamContributionsRequest_Contribution{Contribution: c.payers.next().onTheWire()},
		}
		select {
		case w.free <- struct{}{}:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
		sentAt := c.now()
		if !sentAt.Before(c.until) {
			return stream.CloseSend()
		}
		c.sent++
		w.sentAt <- sentAt
		if err := stream.Send(line); err != nil {
			return err
		}
	}
}

// receive takes the answers, which come in the order of the lines.
func (c *benchClient) receive(stream lineStream, w window) error {
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return allAnswered(w)
		}
		if err != nil {
			return err
		}
		if err := c.answered(<-w.sentAt, c.now(), answer.GetResult()); err != nil {
			return err
		}
		<-w.free
	}
}

func allAnswered(w window) error {
	if n := len(w.sentAt); n > 0 {
		return fmt.Errorf("the server ended the stream with %d lines unanswered", n)
	}
	return nil
}

// askBalances asks for random members' balances, one after another, and returns the 99th percentile in milliseconds.
func (m *measuring) askBalances(ctx context.Context, s *benchServer) (float64, error) {
	service := sanadv1.NewLedgerServiceClient(s.conn)
	of := newPayers(m.members, nil, payday{})
	var l latencies
	for range balancesAsked {
		request := &sanadv1.GetBalancesRequest{Parties: []string{string(of.anyone().id.Party())}}
		askedAt := m.env.Now()
		if _, err := service.GetBalances(ctx, request); err != nil {
			return 0, fmt.Errorf("ask for a member's balances: %w", err)
		}
		l.record(m.env.Now().Sub(askedAt))
	}
	return l.percentile(99), nil
}

func (m *measuring) newPayers(receipts *receipts, day payday) *payers {
	p := newPayers(m.members, receipts, day)
	p.mixed = m.History
	return p
}
