package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/schollz/progressbar/v3"

	"sanad.dev/sanad/ledger"
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
to it, and what is kept folded of each member's past against her entries.

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
	bar := v.of(env, "reading entries", -1, progressbar.OptionShowCount())
	audit, err := books.Verify(ctx, bar.at, insurance.NewBudgetAudit(), match.NewAudit(), insurance.NewEarningAudit())
	bar.done()
	if err != nil {
		return err
	}
	printAudit(env.Out, "", audit)
	if len(audit.Findings) > 0 {
		return errFound
	}
	return nil
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
