// Package cli holds the commands of sanad: each a thin client of the API, or an operator's tool on the store.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/alecthomas/kong"
)

// The exit codes of every command.
const (
	exitGood  = 0
	exitWrong = 1
	exitUsage = 2
)

// Env is the world that a command runs in.
type Env struct {
	// Now is the clock; nothing else in Sanad asks for the time of this machine.
	Now      func() time.Time
	Out, Err io.Writer
	// Schemes are the folders of schemes that the program carries.
	Schemes fs.FS
}

// commands are what sanad can do.
type commands struct {
	Serve         serve           `cmd:"" help:"Serve gRPC and HTTP on loopback."`
	Migrate       migrate         `cmd:"" help:"Bring the database's tables up to date."`
	Verify        verify          `cmd:"" help:"Recompute every balance from the entries and check the laws."`
	Post          post            `cmd:"" help:"Post an operator's statement over gRPC."`
	Balance       balance         `cmd:"" help:"Show a member's balances."`
	Statement     statement       `cmd:"" help:"Show a member's statement with its running balance."`
	TrialBalance  trialBalance    `cmd:"" help:"Show every control account's balance."`
	Export        export          `cmd:"" help:"Write the books as a journal that other programs read."`
	Demo          demo            `cmd:"" help:"Run a mobile-money operator's day through real gRPC into balanced books."`
	Scheme        schemes         `cmd:"" help:"Write, check and try schemes, which are folders of data."`
	Member        members         `cmd:"" help:"Show and record what is known of a member; enrol her in schemes."`
	Subsidy       subsidyCommands `cmd:"" help:"Run subsidies over all members."`
	Cover         covers          `cmd:"" help:"Tell who is covered; keep holidays, notices and what is earned."`
	Budget        budgets         `cmd:"" help:"Keep a funder's budget: vote, warrant, virement, carry-over, closing, report."`
	TreasuryClaim treasuryClaims  `cmd:"" help:"Claim from a funder what was granted: draw up, certify, send, verify, pay."`
	Claim         claimCommands   `cmd:"" help:"Take claims for benefits: submit, judge, approve, settle; judge decisions again."`
	Provider      providers       `cmd:"" help:"Name who gives care and is paid for it."`
	Pension       pensions        `cmd:"" help:"Keep old-age savings: interest, retirement, survivors, pensions month by month."`
	Case          cases           `cmd:"" help:"Keep complaints and appeals: file, assign, decide, escalate."`
	Payout        payouts         `cmd:"" help:"Pay out: request, batch, approve, report, follow up; holds, floats, and the workers that send."`
	Fund          fundCommands    `cmd:"" help:"Watch over the pools that bear benefits: report, cession, calls on guarantors."`
	FakeGSMA      fakeGSMA        `cmd:"" name:"fake-gsma" help:"Be a mobile-money operator that is not real, to try payouts on."`
	BenchRun      benchRun        `cmd:"" help:"Measure a run at the end of a period over many members."`
	BenchCover    benchCover      `cmd:"" help:"Measure answers about who is covered, against a server of its own."`
	Bench         bench           `cmd:"" help:"Measure contributions per second against a server of its own."`
	Confined      confined        `cmd:"" hidden:""`
}

// errFound says that the command worked and what it looked at is wrong; what is wrong has been printed.
var errFound = errors.New("found wrong")

// usageError is a mistake in how the command was called.
type usageError struct{ error }

// Main runs the command that args name and returns the exit code: 0 good, 1 found wrong, 2 used wrong.
func Main(ctx context.Context, args []string, env Env) (code int) {
	exited := -1
	parser, err := kong.New(&commands{}, kong.Name("sanad"),
		kong.Description("Social insurance for people without an employer: a double-entry ledger over gRPC."),
		kong.Writers(env.Out, env.Err), kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(env))
	if err != nil {
		fmt.Fprintln(env.Err, "sanad:", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help has been printed
		return exited
	}
	if err != nil {
		fmt.Fprintf(env.Err, "sanad: %v\nTry: sanad --help\n", err)
		return exitUsage
	}
	return exitCode(env, command.Run())
}

func exitCode(env Env, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errFound):
		return exitWrong
	case errors.As(err, &usage):
		fmt.Fprintln(env.Err, "sanad:", err)
		return exitUsage
	}
	fmt.Fprintln(env.Err, "sanad:", err)
	return exitWrong
}
