package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/subsidy"
)

// subsidyCommands are what is done for all members at once.
type subsidyCommands struct {
	Run      subsidyRun      `cmd:"" help:"Judge every member for a period and book what is due less what is booked."`
	PayQueue subsidyPayQueue `cmd:"" help:"Grant, in order, what was due and unmet for want of budget."`
}

type subsidyRun struct {
	onStore
	keyed
	Scheme  string `required:"" help:"The scheme, such as national-match."`
	Subsidy string `required:"" help:"The subsidy in it, such as match."`
	On      string `required:"" help:"A day of the period, such as 2025-12-31."`
}

// Help shows how subsidy run is used.
func (subsidyRun) Help() string {
	return `At the end of a period it grants what is due in arrears; after a new version of the rules it books the differences,
up or down as the decree says. It can be broken off at any moment and started again: it goes on where it was, and never
grants twice. What a budget does not cover waits in the queue (sanad subsidy pay-queue).

Examples:
  sanad subsidy run --scheme national-match --subsidy match --on 2025-12-31
  sanad subsidy run --db postgres://sanad@127.0.0.1/sanad --scheme national-match --subsidy match --on 2026-06-30`
}

// Run runs it, telling now and then how far it has come.
func (r subsidyRun) Run(ctx context.Context, env Env) error {
	on, err := ledger.ParseDate(r.On)
	if err != nil {
		return usageError{err}
	}
	i, err := institution(ctx, r.onStore, r.keyed)
	if err != nil {
		return err
	}
	defer i.Close()
	began, told := env.Now(), env.Now()
	order := subsidy.Order{Scheme: ledger.SchemeCode(r.Scheme), Subsidy: r.Subsidy, On: on}
	done, err := i.Subsidies.Run(ctx, order, func(run match.Run) {
		if now := env.Now(); now.Sub(told) >= tellEvery {
			told = now
			fmt.Fprintf(env.Err, "subsidy run: %d members judged, %d entries, %.0f members/s\n", run.Members, run.Moved,
				float64(run.Members)/now.Sub(began).Seconds())
		}
	})
	if err != nil {
		return fmt.Errorf("%w; start it again to go on from member %d", err, done.Members)
	}
	fmt.Fprintf(env.Out, "%d members judged, %d entries booked, in %s\n", done.Members, done.Moved, env.Now().Sub(began).Round(time.Millisecond))
	tellHeld(env.Out, done.HeldBack)
	return nil
}

// tellHeld says what a run holds back until collectors remit, and for whom it waits.
func tellHeld(out io.Writer, held match.HeldBack) {
	for i, a := range held.For {
		if i == 0 && held.Due > 0 {
			fmt.Fprintf(out, "%s is due and waits until it is remitted; a later run grants it:\n", ledger.Money{Minor: held.Due, Currency: a.Currency})
		}
		fmt.Fprintf(out, "  %s has not remitted %s that %d members gave\n", a.Collector, ledger.Money{Minor: a.Given, Currency: a.Currency}, a.Members)
	}
}

type subsidyPayQueue struct {
	onStore
	keyed
	Funder   string `required:"" help:"The funder, such as treasury."`
	Scheme   string `required:"" help:"The scheme."`
	Year     int    `required:"" help:"The fiscal year of the budget line."`
	Prior    bool   `help:"The year's line for prior years."`
	Currency string `required:"" help:"The line's currency, such as JOD."`
}

// Help shows how subsidy pay-queue is used.
func (subsidyPayQueue) Help() string {
	return `After a supplementary vote and its warrant, those who have waited longest come first.

Example:
  sanad subsidy pay-queue --funder treasury --scheme national-match --year 2026 --currency JOD`
}

// Run pays the queue.
func (q subsidyPayQueue) Run(ctx context.Context, env Env) error {
	line := insurance.BudgetLine{
		Funder: insurance.FunderID(q.Funder), Scheme: ledger.SchemeCode(q.Scheme), Year: q.Year, Prior: q.Prior, Currency: ledger.Currency(q.Currency),
	}
	if err := line.Check(); err != nil {
		return usageError{err}
	}
	i, err := institution(ctx, q.onStore, q.keyed)
	if err != nil {
		return err
	}
	defer i.Close()
	looked, moved, err := i.Subsidies.PayQueue(ctx, line)
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; what was granted stands, start it again to go on")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%d waits looked at, %d entries booked\n", looked, moved)
	return nil
}
