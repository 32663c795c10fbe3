// Package sqlstore keeps families of pools and calls on guarantors, beside the books.
package sqlstore

import (
	"context"
	"embed"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/funds"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "fund", migrations)
}

// FundTx is a transaction on families of pools and calls.
type FundTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *FundTx { return &FundTx{tx} }

// HoldFund locks the family of pools of a national scheme until the transaction ends, and returns how many moves were
// booked between them.
func (f *FundTx) HoldFund(ctx context.Context, national ledger.SchemeCode) (moves int, err error) {
	const query = `INSERT INTO fund_family (national, moves) VALUES ($1, 0)
		ON CONFLICT (national) DO UPDATE SET moves = fund_family.moves RETURNING moves`
	err = f.tx.QueryArgs(ctx, query, []any{string(national)}, func(row sqldb.Scanner) error { return row.Scan(&moves) })
	return moves, err
}

// SaveFund writes how many moves were booked in the family.
func (f *FundTx) SaveFund(ctx context.Context, national ledger.SchemeCode, moves int) error {
	_, err := f.tx.ExecArgs(ctx, "UPDATE fund_family SET moves = $1 WHERE national = $2", int64(moves), string(national))
	return err
}

const callColumns = ` c.id, c.scheme, c.pool, c.currency, c.number, c.guarantor, c.minor, c.called_on, c.called_by, c.state,
	c.received_minor, c.bank, c.received_on, c.maker, c.approver, c.recorded_at FROM guarantor_call AS c `

// GuarantorCalls returns calls by scheme, pool and number.
func (f *FundTx) GuarantorCalls(ctx context.Context, q funds.CallQuery) (calls []funds.Call, err error) {
	query := "SELECT" + callColumns + `WHERE (c.scheme = $1 OR $2 = '') AND (c.state = 'open' OR $3 = 0)
		ORDER BY c.scheme, c.pool, c.currency, c.number`
	args := []any{string(q.Scheme), string(q.Scheme), flag(q.OpenOnly)}
	err = f.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		c, err := scanCall(row)
		calls = append(calls, c)
		return err
	})
	return calls, err
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}

// HoldGuarantorCall returns a call, locked until the transaction ends; false where there is none.
func (f *FundTx) HoldGuarantorCall(ctx context.Context, id ledger.ID) (found funds.Call, ok bool, err error) {
	query := "SELECT" + callColumns + "WHERE c.id = $1" + f.tx.ForUpdate("c")
	err = f.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) (err error) {
		ok = true
		found, err = scanCall(row)
		return err
	})
	return found, ok, err
}

func scanCall(row sqldb.Scanner) (funds.Call, error) {
	var c funds.Call
	var id []byte
	var recordedAt int64
	err := row.Scan(&id, &c.Fund.Scheme, &c.Fund.Pool, &c.Fund.Currency, &c.Number, &c.Guarantor, &c.Minor, &c.CalledOn, &c.CalledBy, &c.State,
		&c.Received, &c.Bank, &c.ReceivedOn, &c.Maker, &c.Approver, &recordedAt)
	copy(c.ID[:], id)
	c.RecordedAt = time.UnixMicro(recordedAt).UTC()
	return c, err
}

// InsertGuarantorCall writes a new call.
func (f *FundTx) InsertGuarantorCall(ctx context.Context, c funds.Call) error {
	const query = `INSERT INTO guarantor_call (id, scheme, pool, currency, number, guarantor, minor, called_on, called_by, state,
			received_minor, bank, received_on, maker, approver, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (id) DO NOTHING`
	written, err := f.tx.ExecArgs(ctx, query, c.ID[:], string(c.Fund.Scheme), string(c.Fund.Pool), string(c.Fund.Currency), int64(c.Number),
		string(c.Guarantor), c.Minor, int64(c.CalledOn), c.CalledBy, string(c.State), c.Received, c.Bank, int64(c.ReceivedOn), c.Maker,
		c.Approver, c.RecordedAt.UnixMicro())
	if err == nil && written == 0 {
		err = sqldb.ErrRaced
	}
	return err
}

// SaveGuarantorCall writes how far a call has come.
func (f *FundTx) SaveGuarantorCall(ctx context.Context, c funds.Call) error {
	const query = `UPDATE guarantor_call SET state = $1, received_minor = $2, bank = $3, received_on = $4, maker = $5, approver = $6
		WHERE id = $7`
	_, err := f.tx.ExecArgs(ctx, query, string(c.State), c.Received, c.Bank, int64(c.ReceivedOn), c.Maker, c.Approver, c.ID[:])
	return err
}
