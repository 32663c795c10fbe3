// Command sanad runs social insurance for people without an employer: a double-entry ledger over gRPC.
package main

import (
	"context"
	"embed"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sanad.dev/sanad/api/cli"
)

// schemes are the folders of schemes that the program carries.
//
//go:embed deploy/schemes
var schemes embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folders, err := fs.Sub(schemes, "deploy/schemes")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	os.Exit(cli.Main(ctx, os.Args[1:], cli.Env{Now: time.Now, Out: os.Stdout, Err: os.Stderr, Schemes: folders}))
}
