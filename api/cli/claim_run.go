package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/claims"
)

type benefitRun struct {
	onStore
	keyed
	On string `required:"" help:"The day through whose month instalments are booked, such as 2026-06-30."`
}

// Help shows how claim run is used.
func (benefitRun) Help() string {
	return `It judges every claim for a periodic benefit whose next month may be due, and books what is due less what is booked. It
can be broken off at any moment and started again: it goes on where it was, and books nothing twice.

Example:
  sanad claim run --on 2026-06-30`
}

// Run runs it, telling now and then how far it has come.
func (r benefitRun) Run(ctx context.Context, env Env) error {
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
	done, err := i.Claims.RunInstalments(ctx, on, func(run claims.Run) {
		if now := env.Now(); now.Sub(told) >= tellEvery {
			told = now
			fmt.Fprintf(env.Err, "claim run: %d claims judged, %d entries\n", run.Claims, run.Moved)
		}
	})
	for _, fault := range done.Faults {
		fmt.Fprintln(env.Err, fault)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted; what was booked stands, start it again to go on")
	case err != nil:
		return err
	}
	fmt.Fprintf(env.Out, "%d claims judged, %d entries booked, %d wait to be approved, %d could not be judged, in %s\n", done.Claims, done.Moved,
		done.Waiting, done.Failed, env.Now().Sub(began).Round(time.Millisecond))
	if done.Failed > 0 {
		return errFound
	}
	return nil
}
