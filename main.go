// Command sanad runs social insurance for people without an employer: a double-entry ledger over gRPC.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sanad.dev/sanad/api/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Main(ctx, os.Args[1:], cli.Env{Now: time.Now, Out: os.Stdout, Err: os.Stderr}))
}
