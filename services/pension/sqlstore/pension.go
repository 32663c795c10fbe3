package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/pension"
)

const pensionColumns = `SELECT p.id, p.payee, p.saver, p.scheme, p.currency, p.version, p.plan, p.form, p.begins, p.last_month, p.months,
		p.months_left, p.monthly, p.reserve, p.least, p.funder, p.refund, p.paid, p.paid_minor, p.ended_on, p.capital, p.decision
	FROM pension AS p `

// AddPensions writes pensions that begin. Where another was first, the transaction runs again.
func (p *PensionTx) AddPensions(ctx context.Context, all ...pension.Pension) error {
	const query = `INSERT INTO pension (id, payee, saver, scheme, currency, version, plan, form, begins, last_month, months, months_left, monthly,
			reserve, least, funder, refund, paid, paid_minor, ended_on, capital, decision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) ON CONFLICT DO NOTHING`
	for _, one := range all {
		left, err := json.Marshal(append([]int{}, one.Terms.Left...))
		if err != nil {
			return fmt.Errorf("add pension %s: %w", one.ID, err)
		}
		written, err := p.tx.ExecArgs(ctx, query, one.ID[:], string(one.Payee), string(one.Of), string(one.Scheme), string(one.Currency), one.Version,
			one.Plan, string(one.Form), int64(one.From), int64(one.Until), one.Months, string(left), one.Monthly, one.Reserve, one.Least,
			string(one.Funder), flag(one.Refund), one.Paid, one.PaidMinor, int64(one.EndedOn), flag(one.Capital), string(one.Decision))
		if err != nil {
			return fmt.Errorf("add pension %s: %w", one.ID, err)
		}
		if written == 0 {
			return sqldb.ErrRaced
		}
	}
	return nil
}

// SavePensions writes what has become of pensions that are locked.
func (p *PensionTx) SavePensions(ctx context.Context, all ...pension.Pension) error {
	n := len(all)
	if n == 0 {
		return nil
	}
	id := make([][]byte, n)
	paid, minor, ended, capital := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i, one := range all {
		id[i], paid[i], minor[i], ended[i], capital[i] = one.ID[:], int64(one.Paid), one.PaidMinor, int64(one.EndedOn), int64(flag(one.Capital))
	}
	rows := sqldb.Rows{sqldb.Blobs("id", id), sqldb.Ints("paid", paid), sqldb.Ints("paid_minor", minor), sqldb.Ints("ended_on", ended), sqldb.Ints("capital", capital)}
	const query = `UPDATE pension SET paid = given.paid, paid_minor = given.paid_minor, ended_on = given.ended_on, capital = given.capital
		FROM given WHERE pension.id = given.id`
	if _, err := p.tx.Exec(ctx, rows, query); err != nil {
		return fmt.Errorf("save pensions: %w", err)
	}
	return nil
}

// PensionsOf returns the pensions out of a member's savings in a scheme, by id, and locks them until the transaction ends.
func (p *PensionTx) PensionsOf(ctx context.Context, of ledger.Party, scheme ledger.SchemeCode) ([]pension.Pension, error) {
	return p.pensions(ctx, pensionColumns+`WHERE p.saver = $1 AND p.scheme = $2 ORDER BY p.id`+p.tx.ForUpdate("p"), string(of), string(scheme))
}

// Pensions pages through pensions by id.
func (p *PensionTx) Pensions(ctx context.Context, q pension.Query) ([]pension.Pension, error) {
	const query = pensionColumns + `WHERE p.id > $1 AND (p.scheme = $2 OR $2 = '') AND (p.payee = $3 OR $3 = '') AND (p.saver = $4 OR $4 = '')
		ORDER BY p.id LIMIT $5`
	return p.pensions(ctx, query, q.After[:], string(q.Scheme), string(q.Payee), string(q.Of), q.Limit)
}

// PensionsDue locks the next pensions of a scheme that are in payment, by id.
func (p *PensionTx) PensionsDue(ctx context.Context, scheme ledger.SchemeCode, after ledger.ID, limit int) ([]pension.Pension, error) {
	query := pensionColumns + `WHERE p.scheme = $1 AND p.ended_on = 0 AND p.id > $2 ORDER BY p.id LIMIT $3` + p.tx.ForUpdate("p")
	return p.pensions(ctx, query, string(scheme), after[:], limit)
}

func (p *PensionTx) pensions(ctx context.Context, query string, args ...any) (all []pension.Pension, err error) {
	err = p.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		var one pension.Pension
		var id []byte
		var left string
		var refund, capital int
		err := row.Scan(&id, &one.Payee, &one.Of, &one.Scheme, &one.Currency, &one.Version, &one.Plan, &one.Form, &one.From, &one.Until, &one.Months,
			&left, &one.Monthly, &one.Reserve, &one.Least, &one.Funder, &refund, &one.Paid, &one.PaidMinor, &one.EndedOn, &capital, &one.Decision)
		if err != nil {
			return err
		}
		copy(one.ID[:], id)
		one.Refund, one.Capital = refund == 1, capital == 1
		if left != "[]" {
			err = json.Unmarshal([]byte(left), &one.Terms.Left)
		}
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read pensions: %w", err)
	}
	return all, nil
}

// AddDrawing writes an early drawing.
func (p *PensionTx) AddDrawing(ctx context.Context, d pension.Drawn) error {
	const query = `INSERT INTO early_drawing (id, member, scheme, way, drawn_on, minor) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
	written, err := p.tx.ExecArgs(ctx, query, d.ID[:], string(d.Member), string(d.Scheme), d.Way[:], int64(d.On), d.Minor)
	if err != nil {
		return fmt.Errorf("note an early drawing: %w", err)
	}
	if written == 0 {
		return sqldb.ErrRaced
	}
	return nil
}

// Drawings returns the early drawings of a member in a scheme, by day.
func (p *PensionTx) Drawings(ctx context.Context, member ledger.Party, scheme ledger.SchemeCode) (all []pension.Drawn, err error) {
	const query = `SELECT d.id, d.way, d.drawn_on, d.minor FROM early_drawing AS d WHERE d.member = $1 AND d.scheme = $2 ORDER BY d.drawn_on, d.id`
	err = p.tx.QueryArgs(ctx, query, []any{string(member), string(scheme)}, func(row sqldb.Scanner) error {
		d := pension.Drawn{Member: member, Scheme: scheme}
		var id, way []byte
		err := row.Scan(&id, &way, &d.On, &d.Minor)
		copy(d.ID[:], id)
		copy(d.Way[:], way)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read early drawings: %w", err)
	}
	return all, nil
}
