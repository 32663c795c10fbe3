package cli

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"sanad.dev/sanad/ledger"
)

type trialBalance struct {
	onStore
	Through *month     `help:"The last month whose bookings count, such as 2026-03."`
	KnownAt *time.Time `help:"What was known at this instant, such as 2026-04-01T00:00:00Z."`
	Format  string     `help:"text or csv." enum:"text,csv" default:"text"`
	Parties bool       `help:"List every party's accounts, not control accounts only."`
}

// Help shows how trial-balance is used.
func (trialBalance) Help() string {
	return `Exit code 1 says that debits and credits differ.

Examples:
  sanad trial-balance
  sanad trial-balance --db postgres://sanad@127.0.0.1/sanad --through 2026-03
  sanad trial-balance --db sqlite:/var/lib/sanad/books.db --parties --format csv > parties.csv`
}

// Run prints the trial balance.
func (t trialBalance) Run(ctx context.Context, env Env) error {
	books, db, err := t.books(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	turnovers, err := trialOf(ctx, books, t.query())
	if err != nil {
		return err
	}
	if t.Format == "csv" {
		err = writeTrial(env.Out, turnovers, t.Parties)
	} else {
		printTrial(env.Out, "", turnovers, t.Parties)
	}
	if err == nil && !ledger.InBalance(turnovers) {
		fmt.Fprintln(env.Err, "sanad: debits and credits differ; run sanad verify to see where")
		err = errFound
	}
	return err
}

func (t trialBalance) query() ledger.TrialQuery {
	q := ledger.TrialQuery{ByParty: t.Parties}
	if t.Through != nil {
		q.Through = t.Through.Period
	}
	if t.KnownAt != nil {
		q.KnownAt = *t.KnownAt
	}
	return q
}

// viewer is who has books to read.
type viewer interface {
	View(ctx context.Context, fn func(context.Context, ledger.Reader) error) error
}

func trialOf(ctx context.Context, books viewer, q ledger.TrialQuery) (turnovers []ledger.Turnover, err error) {
	err = books.View(ctx, func(ctx context.Context, r ledger.Reader) (err error) {
		turnovers, err = r.TrialBalance(ctx, q)
		return err
	})
	return turnovers, err
}

// writeTrial writes the trial balance for other programs: plain decimals, exactly one of debit and credit filled in.
func writeTrial(w io.Writer, turnovers []ledger.Turnover, parties bool) error {
	rows := csv.NewWriter(w)
	head := []string{"code", "name", "scheme", "currency", "debit", "credit"}
	if parties {
		head[1] = "party"
	}
	if err := rows.Write(head); err != nil {
		return err
	}
	for _, t := range turnovers {
		debit, credit := columns(t)
		row := []string{codeText(t), nameOf(t, parties), string(t.Account.Scheme), string(t.Account.Currency), debit, credit}
		if err := rows.Write(row); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

// printTrial prints the trial balance for a person, with the totals of each currency.
func printTrial(w io.Writer, indent string, turnovers []ledger.Turnover, parties bool) {
	if len(turnovers) == 0 {
		fmt.Fprintln(w, indent+"Nothing is booked.")
		return
	}
	second := "Account"
	if parties {
		second = "Party"
	}
	out := newTable(indent, "Code", second, "Scheme", ">Debit", ">Credit", "")
	for i, t := range turnovers {
		debit, credit := columns(t)
		out.row(codeText(t), nameOf(t, parties), string(t.Account.Scheme), grouped(debit), grouped(credit), string(t.Account.Currency))
		if i+1 == len(turnovers) || turnovers[i+1].Account.Currency != t.Account.Currency {
			debits, credits := totals(turnovers, t.Account.Currency)
			out.row("", "Total", "", grouped(debits), grouped(credits), string(t.Account.Currency))
		}
	}
	out.print(w)
	if ledger.InBalance(turnovers) {
		fmt.Fprintln(w, indent+"In balance: debits equal credits in every currency.")
		return
	}
	fmt.Fprintln(w, indent+"NOT IN BALANCE.")
}

func codeText(t ledger.Turnover) string { return strconv.Itoa(int(t.Account.Code)) }

// nameOf is the party's name, or what the chart calls the account.
func nameOf(t ledger.Turnover, party bool) string {
	if party {
		return string(t.Account.Party)
	}
	control, _ := t.Account.Code.Control()
	return control.Name
}

// columns are the balance in the column that it stands in, and nothing in the other.
func columns(t ledger.Turnover) (debit, credit string) {
	side, amount := t.Side()
	if side == ledger.DebitSide {
		return amount.Amount(), ""
	}
	return "", amount.Amount()
}

// totals adds up the columns of a currency, as decimals: they may be more than an int64 holds.
func totals(turnovers []ledger.Turnover, currency ledger.Currency) (debits, credits string) {
	var sums [2]decimal.Decimal
	decimals, _ := currency.Decimals()
	for _, t := range turnovers {
		if t.Account.Currency != currency {
			continue
		}
		side, amount := t.Side()
		column := 0
		if side == ledger.CreditSide {
			column = 1
		}
		sums[column] = sums[column].Add(decimal.New(amount.Minor, -decimals))
	}
	return sums[0].StringFixed(decimals), sums[1].StringFixed(decimals)
}
