package api

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sanad.dev/sanad/payments/payout"
)

// betweenCalls is how long a rail that calls back from within this process rests between two rounds.
const betweenCalls = 500 * time.Millisecond

// caller is a rail that runs within this process, and calls back when it is asked to.
type caller interface {
	CallBack(ctx context.Context, deliver func(context.Context, payout.Report) error) (taken int, err error)
}

// Pay runs a worker over the institution's rails until the context ends, and has those rails call back that live within
// this process. It returns when every call under way has its answer on record.
func Pay(ctx context.Context, i *Institution, worker *payout.Worker, log *slog.Logger) error {
	var all sync.WaitGroup
	for name, rail := range i.Payouts.Rails {
		if c, ok := rail.(caller); ok {
			all.Go(func() { callBack(ctx, c, i.Payouts.ReceiveFrom(name), log) })
		}
	}
	err := worker.Run(ctx)
	all.Wait()
	return err
}

// callBack has a rail call back again and again; what was not taken it tells again.
func callBack(ctx context.Context, rail caller, deliver func(context.Context, payout.Report) error, log *slog.Logger) {
	for {
		if _, err := rail.CallBack(ctx, deliver); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "a rail's call was not taken", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(betweenCalls):
		}
	}
}
