package sqlstore

import (
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
)

// SavePayoutHold writes a hold, or its release.
func (t *PayoutTx) SavePayoutHold(ctx context.Context, h payout.Hold) error {
	const query = `INSERT INTO payout_hold (party, scheme, reason, held_at, person, released_at, released_by, past_at, past_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (party, scheme, reason, held_at) DO UPDATE SET
			released_at = excluded.released_at, released_by = excluded.released_by, past_at = excluded.past_at, past_id = excluded.past_id`
	_, err := t.tx.ExecArgs(ctx, query, string(h.Party), string(h.Scheme), h.Reason, micros(h.At), h.Person, micros(h.ReleasedAt), h.ReleasedBy,
		micros(h.PastAt), h.PastID[:])
	return err
}

// PayoutHolds returns holds that stand, of a party or of all, the oldest first.
func (t *PayoutTx) PayoutHolds(ctx context.Context, party ledger.Party) (holds []payout.Hold, err error) {
	const query = `SELECT h.party, h.scheme, h.reason, h.held_at, h.person, h.past_at, h.past_id FROM payout_hold AS h
		WHERE h.released_at = 0 AND (h.party = $1 OR $2 = '') ORDER BY h.held_at, h.party, h.scheme, h.reason`
	err = t.tx.QueryArgs(ctx, query, []any{string(party), string(party)}, func(row sqldb.Scanner) error {
		var h payout.Hold
		var at, past int64
		var id []byte
		err := row.Scan(&h.Party, &h.Scheme, &h.Reason, &at, &h.Person, &past, &id)
		h.At, h.PastAt = instant(at), instant(past)
		copy(h.PastID[:], id)
		holds = append(holds, h)
		return err
	})
	return holds, err
}

// WaitingPayouts returns the payouts that a pool bears in a scheme and that are requested or approved, the oldest first.
func (t *PayoutTx) WaitingPayouts(ctx context.Context, pool ledger.Party, scheme ledger.SchemeCode) (waiting []payout.Waiting, err error) {
	const query = `SELECT p.id, p.requested_at, p.minor FROM payout AS p
		WHERE p.pool = $1 AND p.scheme = $2 AND p.state IN ('requested', 'approved') ORDER BY p.requested_at, p.id`
	err = t.tx.QueryArgs(ctx, query, []any{string(pool), string(scheme)}, func(row sqldb.Scanner) error {
		var w payout.Waiting
		var id []byte
		var at int64
		err := row.Scan(&id, &at, &w.Minor)
		copy(w.ID[:], id)
		w.RequestedAt = instant(at)
		waiting = append(waiting, w)
		return err
	})
	return waiting, err
}

// SaveDestination writes where a party is paid over a rail.
func (t *PayoutTx) SaveDestination(ctx context.Context, d payout.OnRecord) error {
	const query = `INSERT INTO payout_destination (party, rail, kind, sealed, person, set_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (party, rail) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed, person = excluded.person, set_at = excluded.set_at`
	_, err := t.tx.ExecArgs(ctx, query, string(d.Party), d.Rail, string(d.Kind), d.Sealed, d.Person, micros(d.SetAt))
	return err
}

// Destinations returns where those of the parties that have a destination are paid over the rail.
func (t *PayoutTx) Destinations(ctx context.Context, rail string, parties ...ledger.Party) (map[ledger.Party]payout.OnRecord, error) {
	found := map[ledger.Party]payout.OnRecord{}
	const query = `SELECT d.party, d.rail, d.kind, d.sealed, d.person, d.set_at FROM payout_destination AS d
		WHERE d.party IN (SELECT given.party FROM given)`
	sorted := slices.Compact(slices.Sorted(slices.Values(parties)))
	err := t.tx.Query(ctx, partyRows(sorted), query, func(row sqldb.Scanner) error {
		var d payout.OnRecord
		var at int64
		if err := row.Scan(&d.Party, &d.Rail, &d.Kind, &d.Sealed, &d.Person, &at); err != nil {
			return err
		}
		if d.SetAt = instant(at); d.Rail == rail {
			found[d.Party] = d
		}
		return nil
	})
	return found, err
}

// SaveTopUp writes who topped up a float.
func (t *PayoutTx) SaveTopUp(ctx context.Context, up payout.TopUp) error {
	const query = `INSERT INTO float_top_up (id, rail, bank, currency, minor, sent_on, reference, person, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	_, err := t.tx.ExecArgs(ctx, query, up.ID[:], up.Rail, up.Bank, string(up.Amount.Currency), up.Amount.Minor, int64(up.On), up.Reference,
		up.Person, micros(up.RecordedAt))
	return err
}
