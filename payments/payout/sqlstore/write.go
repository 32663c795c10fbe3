package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
)

// table is rows of payouts, column by column.
type table struct {
	n     int
	ints  map[string][]int64
	texts map[string][]string
	blobs map[string][][]byte
	names []string
}

func newTable(n int) *table {
	return &table{n: n, ints: map[string][]int64{}, texts: map[string][]string{}, blobs: map[string][][]byte{}}
}

func (t *table) named(name string, known bool) {
	if !known {
		t.names = append(t.names, name)
	}
}

func (t *table) int(row int, name string, v int64) {
	_, known := t.ints[name]
	if t.named(name, known); !known {
		t.ints[name] = make([]int64, t.n)
	}
	t.ints[name][row] = v
}

func (t *table) text(row int, name, v string) {
	_, known := t.texts[name]
	if t.named(name, known); !known {
		t.texts[name] = make([]string, t.n)
	}
	t.texts[name][row] = v
}

func (t *table) blob(row int, name string, v []byte) {
	_, known := t.blobs[name]
	if t.named(name, known); !known {
		t.blobs[name] = make([][]byte, t.n)
	}
	t.blobs[name][row] = v
}

func (t *table) rows() sqldb.Rows {
	rows := make(sqldb.Rows, len(t.names))
	for i, name := range t.names {
		switch {
		case t.ints[name] != nil:
			rows[i] = sqldb.Ints(name, t.ints[name])
		case t.texts[name] != nil:
			rows[i] = sqldb.Texts(name, t.texts[name])
		default:
			rows[i] = sqldb.Blobs(name, t.blobs[name])
		}
	}
	return rows
}

// standing is what of a payout changes.
func (t *table) standing(row int, p *payout.Payout) {
	t.blob(row, "id", p.ID[:])
	t.text(row, "state", string(p.State))
	t.text(row, "reason", p.Reason)
	t.text(row, "contradiction", p.Contradiction)
	t.int(row, "changed_at", micros(p.ChangedAt))
	t.text(row, "rail_reference", p.Reference)
	t.int(row, "fee", p.Fee)
	t.int(row, "attempts", int64(p.Attempts))
	t.int(row, "called_by", micros(p.CalledBy))
	t.int(row, "resend", flag(p.Resend))
	t.int(row, "unanswered", int64(p.Unanswered))
	t.int(row, "lease_number", p.Lease.Number)
	t.text(row, "lease_holder", p.Lease.Holder)
	t.int(row, "lease_taken", micros(p.Lease.Taken))
	t.int(row, "lease_until", micros(p.Lease.Until))
	t.int(row, "due_at", micros(p.DueAt))
	t.text(row, "resolve_as", string(p.Resolution.Decision))
	t.text(row, "resolver", p.Resolution.Person)
	t.blob(row, "followed_by", blobOf(p.FollowedBy))
	t.int(row, "events", int64(p.Events))
}

// fixed is what of a payout never changes.
func (t *table) fixed(row int, p *payout.Payout) {
	key := p.Key()
	t.blob(row, "rail_key", key[:])
	t.blob(row, "batch", p.Batch[:])
	t.int(row, "line", int64(p.Line))
	t.text(row, "party", string(p.Party))
	t.text(row, "scheme", string(p.Scheme))
	t.text(row, "pool", string(p.Pool))
	t.text(row, "currency", string(p.Amount.Currency))
	t.int(row, "minor", p.Amount.Minor)
	t.text(row, "rail", p.Rail)
	t.text(row, "kind", string(p.Kind))
	t.blob(row, "sealed", p.Sealed)
	t.int(row, "requested_at", micros(p.RequestedAt))
}

func byID(a, b payout.Payout) int { return slices.Compare(a.ID[:], b.ID[:]) }

// InsertPayouts writes new payouts, in the order of their ids. Where another transaction was first with one, this runs
// again and finds it.
func (t *PayoutTx) InsertPayouts(ctx context.Context, payouts ...payout.Payout) error {
	const query = `INSERT INTO payout (id, rail_key, batch, line, party, scheme, pool, currency, minor, rail, kind, sealed, state, reason,
			contradiction, requested_at, changed_at, rail_reference, fee, attempts, called_by, resend, unanswered, lease_number,
			lease_holder, lease_taken, lease_until, due_at, resolve_as, resolver, followed_by, events)
		SELECT given.id, given.rail_key, given.batch, given.line, given.party, given.scheme, given.pool, given.currency, given.minor,
			given.rail, given.kind, given.sealed, given.state, given.reason, given.contradiction, given.requested_at, given.changed_at,
			given.rail_reference, given.fee, given.attempts, given.called_by, given.resend, given.unanswered, given.lease_number,
			given.lease_holder, given.lease_taken, given.lease_until, given.due_at, given.resolve_as, given.resolver,
			given.followed_by, given.events
		FROM given WHERE true ON CONFLICT (id) DO NOTHING`
	if len(payouts) == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(payouts), byID)
	rows := newTable(len(sorted))
	for i := range sorted {
		rows.standing(i, &sorted[i])
		rows.fixed(i, &sorted[i])
	}
	written, err := t.tx.Exec(ctx, rows.rows(), query)
	if err != nil {
		return fmt.Errorf("write payouts: %w", err)
	}
	if written != int64(len(sorted)) {
		return sqldb.ErrRaced
	}
	return nil
}

// SavePayouts writes payouts as they stand now.
func (t *PayoutTx) SavePayouts(ctx context.Context, payouts ...payout.Payout) error {
	const query = `UPDATE payout SET state = given.state, reason = given.reason, contradiction = given.contradiction,
			changed_at = given.changed_at, rail_reference = given.rail_reference, fee = given.fee, attempts = given.attempts,
			called_by = given.called_by, resend = given.resend, unanswered = given.unanswered, lease_number = given.lease_number,
			lease_holder = given.lease_holder, lease_taken = given.lease_taken, lease_until = given.lease_until,
			due_at = given.due_at, resolve_as = given.resolve_as, resolver = given.resolver, followed_by = given.followed_by,
			events = given.events
		FROM given WHERE payout.id = given.id`
	if len(payouts) == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(payouts), byID)
	rows := newTable(len(sorted))
	for i := range sorted {
		rows.standing(i, &sorted[i])
	}
	if _, err := t.tx.Exec(ctx, rows.rows(), query); err != nil {
		return fmt.Errorf("write payouts: %w", err)
	}
	return nil
}

// AddPayoutEvents writes what happened.
func (t *PayoutTx) AddPayoutEvents(ctx context.Context, events ...payout.Event) error {
	const query = `INSERT INTO payout_event (payout, number, at, by_whom, what, outcome, state, reason)
		SELECT given.payout, given.number, given.at, given.by_whom, given.what, given.outcome, given.state, given.reason FROM given`
	if len(events) == 0 {
		return nil
	}
	rows := newTable(len(events))
	for i, e := range events {
		rows.blob(i, "payout", e.Payout[:])
		rows.int(i, "number", int64(e.Number))
		rows.int(i, "at", micros(e.At))
		rows.text(i, "by_whom", e.By)
		rows.text(i, "what", string(e.What))
		rows.text(i, "outcome", string(e.Outcome))
		rows.text(i, "state", string(e.State))
		rows.text(i, "reason", e.Reason)
	}
	if _, err := t.tx.Exec(ctx, rows.rows(), query); err != nil {
		return fmt.Errorf("write events of payouts: %w", err)
	}
	return nil
}
