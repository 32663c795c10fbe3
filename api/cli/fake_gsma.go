package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"sanad.dev/sanad/payments/payout/gsma/gsmafake"
)

type fakeGSMA struct {
	Listen string        `help:"Where to listen, on this machine only; port 0 takes a free one." default:"127.0.0.1:7460"`
	Seed   uint64        `help:"What decides which payouts meet which accident." default:"1"`
	Rough  bool          `help:"A bad day: answers that are lost, things done later, refusals, callbacks sent twice or not at all."`
	Delay  time.Duration `help:"The longest time that what is done later takes." default:"2s"`
	Hang   time.Duration `help:"How long a caller is left without an answer." default:"5s"`
	APIKey string        `help:"The key that callers must send; any, if not said." env:"SANAD_FAKE_GSMA_KEY"`
}

// Help shows how fake-gsma is used.
func (fakeGSMA) Help() string {
	return `A mobile-money operator that is not real: it speaks the GSMA Mobile Money API 1.2 as far as disbursements need it, and
keeps its own list of what it has paid, at /fake/paid. It forgets everything when it ends. The same seed meets the same
payouts with the same accidents.

Examples:
  sanad fake-gsma
  sanad fake-gsma --listen 127.0.0.1:0 --seed 7 --rough --delay 10s
  curl http://127.0.0.1:7460/fake/paid`
}

// longestOperatorHeaders bounds how long a caller may take to say what it wants.
const longestOperatorHeaders = 5 * time.Second

// Run serves until it is told to stop.
func (f fakeGSMA) Run(ctx context.Context, env Env) error {
	if !onLoopback(f.Listen) {
		return usageError{fmt.Errorf("--listen %s is not on this machine: an operator that is not real is nobody else's business", f.Listen)}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.Listen)
	if err != nil {
		return err
	}
	config := gsmafake.Config{Seed: f.Seed, Delay: f.Delay, Hang: f.Hang, APIKey: f.APIKey, Now: env.Now}
	if f.Rough {
		config.Accidents = gsmafake.Rough
	}
	operator := gsmafake.New(config)
	server := &http.Server{Handler: operator, ReadHeaderTimeout: longestOperatorHeaders}
	fmt.Fprintf(env.Out, "An operator that is not real listens at http://%s; its own list is at /fake/paid. Seed %d.\n", listener.Addr(), f.Seed)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case <-ctx.Done():
		operator.Close()
		_ = server.Close()
		err = nil
	case err = <-ended:
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	fmt.Fprintf(env.Out, "It has paid %d payouts.\n", len(operator.Paid()))
	return err
}
