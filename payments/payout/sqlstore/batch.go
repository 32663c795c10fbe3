package sqlstore

import (
	"context"
	"math"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
)

const batchColumns = ` b.id, b.fingerprint, b.reference, b.rail, b.pool, b.state, b.booked, b.reason, b.maker, b.approver, b.made_at,
	b.agreed_at, b.currency, b.declared_count, b.declared_minor, b.found_count, b.found_minor, b.follows `

// PayoutBatch returns a batch; false where there is none.
func (t *PayoutTx) PayoutBatch(ctx context.Context, id payout.ID) (payout.Batch, bool, error) {
	return t.batch(ctx, id, "")
}

// HoldPayoutBatch is PayoutBatch of one that it locks until the transaction ends.
func (t *PayoutTx) HoldPayoutBatch(ctx context.Context, id payout.ID) (payout.Batch, bool, error) {
	return t.batch(ctx, id, t.tx.ForUpdate("b"))
}

func (t *PayoutTx) batch(ctx context.Context, id payout.ID, lock string) (found payout.Batch, ok bool, err error) {
	query := "SELECT" + batchColumns + "FROM payout_batch AS b WHERE b.id = $1" + lock
	err = t.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) error {
		ok = true
		found, err = scanBatch(row)
		return err
	})
	return found, ok, err
}

func scanBatch(row sqldb.Scanner) (b payout.Batch, err error) {
	var id, fingerprint, follows []byte
	var currency ledger.Currency
	var booked, madeAt, agreedAt int64
	err = row.Scan(&id, &fingerprint, &b.Reference, &b.Rail, &b.Pool, &b.State, &booked, &b.Reason, &b.Maker, &b.Approver, &madeAt,
		&agreedAt, &currency, &b.Declared.Count, &b.Declared.Total.Minor, &b.Found.Count, &b.Found.Total.Minor, &follows)
	copy(b.ID[:], id)
	copy(b.Fingerprint[:], fingerprint)
	copy(b.Follows[:], follows)
	b.Booked, b.MadeAt, b.AgreedAt = booked == 1, instant(madeAt), instant(agreedAt)
	b.Declared.Total.Currency, b.Found.Total.Currency = currency, currency
	return b, err
}

// InsertPayoutBatch writes a new batch; where another was first, the transaction runs again and finds it.
func (t *PayoutTx) InsertPayoutBatch(ctx context.Context, b payout.Batch) error {
	const query = `INSERT INTO payout_batch (id, fingerprint, reference, rail, pool, state, booked, reason, maker, approver, made_at,
			agreed_at, currency, declared_count, declared_minor, found_count, found_minor, follows)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT (id) DO NOTHING`
	written, err := t.tx.ExecArgs(ctx, query, b.ID[:], b.Fingerprint[:], b.Reference, b.Rail, string(b.Pool), string(b.State), flag(b.Booked),
		b.Reason, b.Maker, b.Approver, micros(b.MadeAt), micros(b.AgreedAt), string(b.Declared.Total.Currency), b.Declared.Count,
		b.Declared.Total.Minor, b.Found.Count, b.Found.Total.Minor, blobOf(b.Follows))
	if err == nil && written == 0 {
		err = sqldb.ErrRaced
	}
	return err
}

// SavePayoutBatch writes a batch as it stands now.
func (t *PayoutTx) SavePayoutBatch(ctx context.Context, b payout.Batch) error {
	const query = `UPDATE payout_batch SET state = $1, booked = $2, reason = $3, approver = $4, agreed_at = $5, declared_count = $6,
		declared_minor = $7, found_count = $8, found_minor = $9 WHERE id = $10`
	_, err := t.tx.ExecArgs(ctx, query, string(b.State), flag(b.Booked), b.Reason, b.Approver, micros(b.AgreedAt), b.Declared.Count,
		b.Declared.Total.Minor, b.Found.Count, b.Found.Total.Minor, b.ID[:])
	return err
}

// UnbookedBatches returns approved batches whose lines are not all booked.
func (t *PayoutTx) UnbookedBatches(ctx context.Context) (found []payout.Batch, err error) {
	const query = "SELECT" + batchColumns + "FROM payout_batch AS b WHERE b.state = 'approved' AND b.booked = 0 ORDER BY b.id LIMIT 100"
	err = t.tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		b, err := scanBatch(row)
		found = append(found, b)
		return err
	})
	return found, err
}

// PayoutBatches pages through batches, the newest first.
func (t *PayoutTx) PayoutBatches(ctx context.Context, after string, limit int) (found []payout.Batch, next string, err error) {
	from, err := parseCursor(after, cursor{number: math.MaxInt64})
	if err != nil {
		return nil, "", err
	}
	const query = "SELECT" + batchColumns + `FROM payout_batch AS b WHERE (b.made_at, b.id) < ($1, $2) ORDER BY b.made_at DESC, b.id DESC LIMIT $3`
	err = t.tx.QueryArgs(ctx, query, []any{from.number, from.id[:], limit}, func(row sqldb.Scanner) error {
		b, err := scanBatch(row)
		found = append(found, b)
		return err
	})
	if err != nil || len(found) < limit {
		return found, "", err
	}
	last := found[len(found)-1]
	return found, cursor{micros(last.MadeAt), last.ID}.String(), nil
}
