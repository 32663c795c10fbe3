package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
	payoutsql "sanad.dev/sanad/payments/payout/sqlstore"
	"sanad.dev/sanad/services/claims"
	claimsql "sanad.dev/sanad/services/claims/sqlstore"
	"sanad.dev/sanad/services/funds"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

type verify struct {
	onStore
	shown
}

// Help shows how verify is used.
func (verify) Help() string {
	return `Recomputes every balance and total from the entries and checks the laws of the books. Exit code 1 says that
something is wrong; which law, party and account has been printed. Each budget line is proved against the grants charged
to it, what is kept folded of each member's past against her entries, and what payouts have in transit and have paid
against the rails' accounts, and what is kept as owed under each claim against the entries booked under it.

Examples:
  sanad verify
  sanad verify --db sqlite:/var/lib/sanad/books.db
  sanad verify --db postgres://sanad@127.0.0.1/sanad`
}

// Run verifies the books.
func (v verify) Run(ctx context.Context, env Env) error {
	books, db, err := v.books(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	totals, err := payoutTotals(ctx, db)
	if err != nil {
		return err
	}
	owed, err := claimsOwed(ctx, db)
	if err != nil {
		return err
	}
	paid, claimed := payout.NewAudit(totals), claims.NewAudit(owed)
	bar := v.of(env, "reading entries", -1, progressbar.OptionShowCount())
	audit, err := books.Verify(ctx, bar.at, insurance.NewBudgetAudit(), match.NewAudit(), insurance.NewEarningAudit(), funds.NewAudit(), paid, claimed)
	bar.done()
	if err != nil {
		return err
	}
	if totals, err = payoutTotals(ctx, db); err != nil {
		return err
	}
	if owed, err = claimsOwed(ctx, db); err != nil {
		return err
	}
	differences, moved := paid.Differences(totals)
	audit.Findings = append(append(audit.Findings, differences...), claimed.Differences(owed)...)
	printAudit(env.Out, "", audit)
	if moved {
		fmt.Fprintln(env.Out, "Payouts went on meanwhile, so that they were not compared with the books; stop the workers and verify again.")
	}
	if len(audit.Findings) > 0 {
		return errFound
	}
	return nil
}

// payoutTotals is what payouts come to.
func payoutTotals(ctx context.Context, db *sqldb.DB) (totals []payout.RailTotal, err error) {
	if err := payoutsql.Migrate(ctx, db); err != nil {
		return nil, err
	}
	err = db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		totals, err = payoutsql.On(tx).PayoutTotals(ctx)
		return err
	})
	return totals, err
}

// claimsOwed is what is kept as owed under claims.
func claimsOwed(ctx context.Context, db *sqldb.DB) (rows []claims.OwedRow, err error) {
	if err := claimsql.Migrate(ctx, db); err != nil {
		return nil, err
	}
	err = db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		rows, err = claimsql.On(tx).EverythingOwed(ctx)
		return err
	})
	return rows, err
}

// printAudit prints what is wrong, and a summary.
func printAudit(w io.Writer, indent string, audit ledger.Audit) {
	for _, f := range audit.Findings {
		fmt.Fprintln(w, indent+f.String())
	}
	fmt.Fprintf(w, "%s%s entries of %s members read, every balance and total recomputed: ",
		indent, counted(audit.Entries), counted(audit.Parties))
	switch n := len(audit.Findings); n {
	case 0:
		fmt.Fprintln(w, "nothing is wrong.")
	case 1:
		fmt.Fprintln(w, "ONE THING IS WRONG.")
	default:
		fmt.Fprintf(w, "%d THINGS ARE WRONG.\n", n)
	}
}
