package cli

import (
	"bufio"
	"context"
	"io"

	"sanad.dev/sanad/ledger/journal"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
)

type export struct {
	onStore
	Format string `help:"hledger, beancount or csv." enum:"hledger,beancount,csv" default:"hledger"`
	Output string `help:"The file to write; default standard output." type:"path"`
}

// Help shows how export is used.
func (export) Help() string {
	return `The journal's dates are booking dates; value date and recording time go along as tags.

Examples:
  sanad export > books.journal && hledger -f books.journal check
  sanad export --format beancount --output books.beancount
  sanad export --db postgres://sanad@127.0.0.1/sanad --format csv --output postings.csv`
}

// Run writes the journal. A file takes its name only once the journal is whole.
func (e export) Run(ctx context.Context, env Env) error {
	books, db, err := e.books(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if e.Output == "" {
		return e.write(ctx, env.Out, books)
	}
	file, err := newDraft(e.Output)
	if err != nil {
		return usageError{err}
	}
	if err := e.write(ctx, file, books); err != nil {
		file.drop()
		return err
	}
	return file.keep()
}

func (e export) write(ctx context.Context, w io.Writer, books *ledgersql.Store) error {
	format, err := journal.ParseFormat(e.Format)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	if err := journal.Write(out, format, books.Walk(ctx)); err != nil {
		return err
	}
	return out.Flush()
}
