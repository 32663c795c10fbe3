package sqldb

import (
	"context"
	"errors"
	"sync"
)

// Outcome is the answer to one item, or why it was refused.
type Outcome[A any] struct {
	Answer A
	Err    error
}

// worthACommit is how many items must wait before another commit starts beside one that is running.
const worthACommit = 250

// mostWaiting bounds the items that wait: beyond it, whoever asks waits too.
const mostWaiting = 16384

// ErrDraining: the server is going down and takes no new work.
var ErrDraining = errors.New("going down")

// Group gathers what is asked for at the same time into one commit: while one commits, the next batch gathers. A lone
// item goes at once; there is no timer. A waiter that gives up does not undo its item.
type Group[Q, A any] struct {
	commit     func(context.Context, []Q) ([]Outcome[A], error)
	committers int
	batchSize  int

	mu       sync.Mutex
	waiting  []job[Q, A]
	running  int
	draining bool
	idle     sync.WaitGroup
	places   chan struct{}
}

type job[Q, A any] struct {
	item   Q
	answer chan Outcome[A]
}

// NewGroup makes a group whose batches commit runs, on the database: all of a batch's effects are durable when it
// returns nil, and none are there when it returns an error.
func NewGroup[Q, A any](db *DB, commit func(context.Context, []Q) ([]Outcome[A], error)) *Group[Q, A] {
	return &Group[Q, A]{
		commit: commit, committers: db.Committers(), batchSize: db.BatchSize(),
		places: make(chan struct{}, mostWaiting),
	}
}

// Submit hands in an item; its outcome will be in the channel. It waits only while too many others do.
func (g *Group[Q, A]) Submit(ctx context.Context, item Q) (<-chan Outcome[A], error) {
	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draining {
		<-g.places
		return nil, ErrDraining
	}
	j := job[Q, A]{item, make(chan Outcome[A], 1)}
	g.waiting = append(g.waiting, j)
	g.start()
	return j.answer, nil
}

// Do hands in items and waits for their outcomes, in order.
func (g *Group[Q, A]) Do(ctx context.Context, items ...Q) ([]Outcome[A], error) {
	answers := make([]<-chan Outcome[A], len(items))
	for i, item := range items {
		var err error
		if answers[i], err = g.Submit(ctx, item); err != nil {
			return nil, err
		}
	}
	outcomes := make([]Outcome[A], len(items))
	for i, answer := range answers {
		select {
		case outcomes[i] = <-answer:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return outcomes, nil
}

// Drain takes no more items and waits until every one taken has its outcome.
func (g *Group[Q, A]) Drain() {
	g.mu.Lock()
	g.draining = true
	g.mu.Unlock()
	g.idle.Wait()
}

// start begins as many commits as are worth it; the caller holds the lock.
func (g *Group[Q, A]) start() {
	for len(g.waiting) > 0 && g.running < g.committers && (g.running == 0 || len(g.waiting) >= worthACommit) {
		n := min(len(g.waiting), g.batchSize)
		batch := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		g.running++
		g.idle.Add(1)
		go g.run(batch)
	}
}

func (g *Group[Q, A]) run(batch []job[Q, A]) {
	defer g.idle.Done()
	items := make([]Q, len(batch))
	for i, j := range batch {
		items[i] = j.item
	}
	outcomes := g.decide(context.Background(), items)
	g.mu.Lock()
	g.running--
	g.start()
	g.mu.Unlock()
	for i, j := range batch {
		j.answer <- outcomes[i]
		<-g.places
	}
}

// decide commits the items. Where the database refuses the data, the batch is split in halves until the item at fault
// stands alone. Where it is not known whether the commit took place, the batch runs once more: what did is found by
// its reference and answered as the first time (L3).
func (g *Group[Q, A]) decide(ctx context.Context, items []Q) []Outcome[A] {
	outcomes, err := g.commit(ctx, items)
	if err != nil && Lost(err) {
		outcomes, err = g.commit(ctx, items)
	}
	switch {
	case err == nil:
		return outcomes
	case Refused(err) && len(items) > 1:
		half := len(items) / 2
		return append(g.decide(ctx, items[:half]), g.decide(ctx, items[half:])...)
	}
	return failed[A](len(items), err)
}

func failed[A any](n int, err error) []Outcome[A] {
	outcomes := make([]Outcome[A], n)
	for i := range outcomes {
		outcomes[i].Err = err
	}
	return outcomes
}
