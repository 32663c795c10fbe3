// Package sqlstore keeps declared interest, pensions in payment, what was drawn early, and how far runs have come.
package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/pension"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error { return db.Migrate(ctx, "pension", migrations) }

// PensionTx is a transaction on pensions.
type PensionTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *PensionTx { return &PensionTx{tx} }

// Declarations returns the interest that is declared in a scheme, each as last revised, by last day and number.
func (p *PensionTx) Declarations(ctx context.Context, scheme ledger.SchemeCode) (all []pension.Declared, err error) {
	const query = `SELECT d.number, d.revision, d.currency, d.pots, d.begins, d.ends, d.rate, d.days, d.way, d.step, d.authority, d.cuts_past,
			d.maker, d.approver, d.recorded_at
		FROM interest_declaration AS d WHERE d.scheme = $1 AND NOT EXISTS (
			SELECT 1 FROM interest_declaration AS n WHERE n.scheme = d.scheme AND n.number = d.number AND n.revision > d.revision)
		ORDER BY d.ends, d.number`
	err = p.tx.QueryArgs(ctx, query, []any{string(scheme)}, func(row sqldb.Scanner) error {
		d := pension.Declared{}
		d.Scheme, d.Done = scheme, true
		var pots string
		var cuts int
		var at int64
		err := row.Scan(&d.Number, &d.Revision, &d.Currency, &pots, &d.From, &d.To, &d.Rate, &d.Days, &d.Way, &d.Step, &d.Authority, &cuts,
			&d.Maker, &d.Approver, &at)
		if err != nil {
			return err
		}
		d.CutsPast, d.RecordedAt = cuts == 1, instant(at)
		d.Pots, err = potsFrom(pots)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read declared interest: %w", err)
	}
	return all, nil
}

// SaveDeclaration writes a declaration. Where another was first with its number and revision, the transaction runs again.
func (p *PensionTx) SaveDeclaration(ctx context.Context, d pension.Declared) error {
	query := `INSERT INTO interest_declaration (scheme, number, revision, currency, pots, begins, ends, rate, days, way, step, authority,
			cuts_past, maker, approver, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, ` + p.tx.Clock() + `) ON CONFLICT DO NOTHING`
	written, err := p.tx.ExecArgs(ctx, query, string(d.Scheme), d.Number, d.Revision, string(d.Currency), potsText(d.Pots), int64(d.From), int64(d.To),
		d.Rate, string(d.Days), string(d.Way), d.Step, d.Authority, flag(d.CutsPast), d.Maker, d.Approver)
	if err != nil {
		return fmt.Errorf("save declared interest: %w", err)
	}
	if written == 0 {
		return sqldb.ErrRaced
	}
	return nil
}

const runColumns = `SELECT r.name, r.kind, r.scheme, r.number, r.after, r.members, r.moved, r.failed, r.minor, r.finished, r.began_at, r.swept_at
	FROM pension_run AS r `

// PensionRun returns how far a run has come, and locks it until the transaction ends; false where there is none.
func (p *PensionTx) PensionRun(ctx context.Context, name string) (run pension.Run, found bool, err error) {
	all, err := p.runs(ctx, runColumns+`WHERE r.name = $1`+p.tx.ForUpdate("r"), name)
	if err != nil || len(all) == 0 {
		return run, false, err
	}
	return all[0], true, nil
}

// InterestRuns returns the runs of interest of a scheme.
func (p *PensionTx) InterestRuns(ctx context.Context, scheme ledger.SchemeCode) ([]pension.Run, error) {
	return p.runs(ctx, runColumns+`WHERE r.kind = $1 AND r.scheme = $2 ORDER BY r.name`, string(pension.InterestRun), string(scheme))
}

func (p *PensionTx) runs(ctx context.Context, query string, args ...any) (all []pension.Run, err error) {
	err = p.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		var r pension.Run
		var finished int
		var began, swept int64
		err := row.Scan(&r.Name, &r.Kind, &r.Scheme, &r.Number, &r.After, &r.Members, &r.Moved, &r.Failed, &r.Minor, &finished, &began, &swept)
		r.Finished, r.BeganAt, r.SweptAt = finished == 1, instant(began), instant(swept)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return all, nil
}

// SavePensionRun writes how far a run has come.
func (p *PensionTx) SavePensionRun(ctx context.Context, r pension.Run) error {
	query := `INSERT INTO pension_run (name, kind, scheme, number, after, members, moved, failed, minor, finished, began_at, swept_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, ` + p.tx.Clock() + `)
		ON CONFLICT (name) DO UPDATE SET after = excluded.after, members = excluded.members, moved = excluded.moved, failed = excluded.failed,
			minor = excluded.minor, finished = excluded.finished, began_at = excluded.began_at, swept_at = excluded.swept_at,
			updated_at = excluded.updated_at`
	_, err := p.tx.ExecArgs(ctx, query, r.Name, string(r.Kind), string(r.Scheme), r.Number, string(r.After), r.Members, r.Moved, r.Failed, r.Minor,
		flag(r.Finished), micros(r.BeganAt), micros(r.SweptAt))
	if err != nil {
		return fmt.Errorf("save run %s: %w", r.Name, err)
	}
	return nil
}

func potsText(pots []ledger.Code) string {
	words := make([]string, len(pots))
	for i, pot := range pots {
		words[i] = strconv.Itoa(int(pot))
	}
	return strings.Join(words, " ")
}

func potsFrom(text string) (pots []ledger.Code, err error) {
	for _, word := range strings.Fields(text) {
		code, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("read pots: %w", err)
		}
		pots = append(pots, ledger.Code(code))
	}
	return pots, nil
}

// instant reads microseconds since 1970; 0 is none.
func instant(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMicro(at).UTC()
}

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}
