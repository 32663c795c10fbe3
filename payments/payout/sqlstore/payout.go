package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
)

const payoutColumns = ` p.id, p.batch, p.line, p.party, p.scheme, p.pool, p.currency, p.minor, p.rail, p.kind, p.sealed, p.state, p.reason,
	p.contradiction, p.requested_at, p.changed_at, p.rail_reference, p.fee, p.attempts, p.called_by, p.resend, p.unanswered,
	p.lease_number, p.lease_holder, p.lease_taken, p.lease_until, p.due_at, p.resolve_as, p.resolver, p.followed_by, p.events `

// unnamed are the columns as RETURNING takes them, where SQLite knows no other name of the table.
var unnamed = strings.NewReplacer(" p.", " ", "\tp.", "\t").Replace(payoutColumns)

func scanPayout(row sqldb.Scanner) (p payout.Payout, err error) {
	var id, batch, followedBy []byte
	var requestedAt, changedAt, calledBy, resend, taken, until, dueAt int64
	err = row.Scan(&id, &batch, &p.Line, &p.Party, &p.Scheme, &p.Pool, &p.Amount.Currency, &p.Amount.Minor, &p.Rail, &p.Kind, &p.Sealed,
		&p.State, &p.Reason, &p.Contradiction, &requestedAt, &changedAt, &p.Reference, &p.Fee, &p.Attempts, &calledBy, &resend,
		&p.Unanswered, &p.Lease.Number, &p.Lease.Holder, &taken, &until, &dueAt, &p.Resolution.Decision, &p.Resolution.Person,
		&followedBy, &p.Events)
	copy(p.ID[:], id)
	copy(p.Batch[:], batch)
	copy(p.FollowedBy[:], followedBy)
	p.RequestedAt, p.ChangedAt, p.CalledBy, p.DueAt = instant(requestedAt), instant(changedAt), instant(calledBy), instant(dueAt)
	p.Lease.Taken, p.Lease.Until, p.Resend = instant(taken), instant(until), resend == 1
	return p, err
}

// PayoutsByID returns those of the payouts that there are.
func (t *PayoutTx) PayoutsByID(ctx context.Context, ids ...payout.ID) (map[payout.ID]payout.Payout, error) {
	return t.byID(ctx, ids, "")
}

// HoldPayouts is PayoutsByID of those that it locks, in the order of their ids, until the transaction ends.
func (t *PayoutTx) HoldPayouts(ctx context.Context, ids ...payout.ID) (map[payout.ID]payout.Payout, error) {
	return t.byID(ctx, ids, t.tx.ForUpdate("p"))
}

func (t *PayoutTx) byID(ctx context.Context, ids []payout.ID, lock string) (map[payout.ID]payout.Payout, error) {
	found := make(map[payout.ID]payout.Payout, len(ids))
	sorted := slices.SortedFunc(slices.Values(ids), func(a, b payout.ID) int { return slices.Compare(a[:], b[:]) })
	query := "SELECT" + payoutColumns + "FROM payout AS p WHERE p.id IN (SELECT given.id FROM given) ORDER BY p.id" + lock
	err := t.tx.Query(ctx, idRows(slices.Compact(sorted)), query, func(row sqldb.Scanner) error {
		p, err := scanPayout(row)
		found[p.ID] = p
		return err
	})
	return found, err
}

// PayoutsByKey finds the payouts that rails know by these keys.
func (t *PayoutTx) PayoutsByKey(ctx context.Context, keys ...payout.Key) (map[payout.Key]payout.ID, error) {
	found := make(map[payout.Key]payout.ID, len(keys))
	values := make([][]byte, len(keys))
	for i := range keys {
		values[i] = keys[i][:]
	}
	const query = "SELECT p.rail_key, p.id FROM payout AS p WHERE p.rail_key IN (SELECT given.rail_key FROM given)"
	err := t.tx.Query(ctx, sqldb.Rows{sqldb.Blobs("rail_key", values)}, query, func(row sqldb.Scanner) error {
		var key, id []byte
		if err := row.Scan(&key, &id); err != nil {
			return err
		}
		found[payout.Key(key)] = payout.ID(id)
		return nil
	})
	return found, err
}

// Payouts returns a page: of a batch by line, of a party or of all by the time of the request.
func (t *PayoutTx) Payouts(ctx context.Context, q payout.Query) (found []payout.Payout, next string, err error) {
	first := cursor{number: -1}
	from, err := parseCursor(q.After, first)
	if err != nil {
		return nil, "", err
	}
	where, order, args := pageOf(q, from)
	if len(q.States) > 0 {
		marks := make([]string, len(q.States))
		for i, state := range q.States {
			args = append(args, string(state))
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		where += " AND p.state IN (" + strings.Join(marks, ", ") + ")"
	}
	if q.Contradicted {
		where += " AND p.contradiction <> ''"
	}
	if q.Unfollowed {
		where += unfollowed
	}
	args = append(args, q.Limit)
	query := "SELECT" + payoutColumns + "FROM payout AS p WHERE " + where + " ORDER BY " + order + fmt.Sprintf(" LIMIT $%d", len(args))
	err = t.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		p, err := scanPayout(row)
		found = append(found, p)
		return err
	})
	if err != nil || len(found) < q.Limit {
		return found, "", err
	}
	last := found[len(found)-1]
	at := cursor{micros(last.RequestedAt), last.ID}
	if !q.Batch.IsZero() {
		at.number = int64(last.Line)
	}
	return found, at.String(), nil
}

// unfollowed are failed lines that a follow-up may take: not what somebody has declined or withdrawn.
const unfollowed = ` AND p.followed_by IS NULL AND p.reason NOT IN ('DECLINED', 'DECLARED_OTHERWISE', 'WITHDRAWN')`

func pageOf(q payout.Query, from cursor) (where, order string, args []any) {
	switch {
	case !q.Batch.IsZero():
		return "p.batch = $1 AND (p.line, p.id) > ($2, $3)", "p.line, p.id", []any{q.Batch[:], from.number, from.id[:]}
	case q.Party != "":
		return "p.party = $1 AND (p.requested_at, p.id) > ($2, $3)", "p.requested_at, p.id", []any{string(q.Party), from.number, from.id[:]}
	}
	return "(p.requested_at, p.id) > ($1, $2)", "p.requested_at, p.id", []any{from.number, from.id[:]}
}

// PayoutsToFollow counts the lines of a batch that a follow-up may still take.
func (t *PayoutTx) PayoutsToFollow(ctx context.Context, batch payout.ID) (n int, err error) {
	const query = "SELECT count(1) FROM payout AS p WHERE p.batch = $1 AND p.state IN ('failed', 'returned')" + unfollowed
	err = t.tx.QueryArgs(ctx, query, []any{batch[:]}, func(row sqldb.Scanner) error { return row.Scan(&n) })
	return n, err
}

// PayoutSums returns how many payouts of a batch stand in each state and for each reason, and what they come to.
func (t *PayoutTx) PayoutSums(ctx context.Context, batch payout.ID) (sums []payout.StateSum, err error) {
	const query = `SELECT p.state, p.reason, count(1), CAST(sum(p.minor) AS BIGINT), CAST(sum(p.fee) AS BIGINT) FROM payout AS p
		WHERE p.batch = $1 GROUP BY p.state, p.reason ORDER BY p.state, p.reason`
	err = t.tx.QueryArgs(ctx, query, []any{batch[:]}, func(row sqldb.Scanner) error {
		var s payout.StateSum
		err := row.Scan(&s.State, &s.Reason, &s.Count, &s.Minor, &s.Fee)
		sums = append(sums, s)
		return err
	})
	return sums, err
}

// RequestedPayouts returns what is requested of the parties and not approved yet, by the account it will be paid from.
func (t *PayoutTx) RequestedPayouts(ctx context.Context, parties ...ledger.Party) (map[ledger.Account]int64, error) {
	requested := map[ledger.Account]int64{}
	const query = `SELECT p.party, p.scheme, p.currency, p.minor FROM payout AS p
		WHERE p.state = 'requested' AND p.party IN (SELECT given.party FROM given)`
	sorted := slices.Compact(slices.Sorted(slices.Values(parties)))
	err := t.tx.Query(ctx, partyRows(sorted), query, func(row sqldb.Scanner) error {
		account, minor := ledger.Account{Code: ledger.BenefitsPayable}, int64(0)
		err := row.Scan(&account.Party, &account.Scheme, &account.Currency, &minor)
		requested[account] += minor
		return err
	})
	return requested, err
}

// LeasePayouts takes leases on payouts that are due, the longest due first, each with the next number. What a hold keeps
// is left out: what is approved and not sent, and what would be sent again.
func (t *PayoutTx) LeasePayouts(ctx context.Context, q payout.LeaseQuery) ([]payout.Payout, error) {
	if len(q.Rails) == 0 {
		return nil, nil
	}
	args := []any{q.Holder, micros(q.Now), micros(q.Until), micros(q.Now), micros(q.Now)}
	marks := make([]string, len(q.Rails))
	for i, rail := range q.Rails {
		args = append(args, rail)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	args = append(args, q.Limit, micros(q.Now), micros(q.Now))
	n := len(args)
	query := `UPDATE payout SET lease_number = lease_number + 1, lease_holder = $1, lease_taken = $2, lease_until = $3
		WHERE id IN (SELECT d.id FROM payout AS d WHERE d.due_at > 0 AND d.due_at <= $4 AND d.lease_until < $5
			AND d.rail IN (` + strings.Join(marks, ", ") + `)
			AND NOT ((d.state = 'approved' OR d.resend = 1) AND EXISTS (SELECT 1 FROM payout_hold AS h
				WHERE h.party IN (d.party, d.pool) AND h.released_at = 0 AND (h.scheme = '' OR h.scheme = d.scheme)
				AND (d.requested_at > h.past_at OR (d.requested_at = h.past_at AND d.id > h.past_id))))
			ORDER BY d.due_at, d.id LIMIT ` + fmt.Sprintf("$%d)", n-2) + `
		AND due_at > 0 AND due_at <= ` + fmt.Sprintf("$%d AND lease_until < $%d", n-1, n) + " RETURNING" + unnamed
	var leased []payout.Payout
	err := t.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		p, err := scanPayout(row)
		leased = append(leased, p)
		return err
	})
	slices.SortFunc(leased, func(a, b payout.Payout) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return leased, err
}

// HoldFloat locks the rail's float in the currency until the transaction ends, and returns how far it is used up.
func (t *PayoutTx) HoldFloat(ctx context.Context, rail string, currency ledger.Currency, now time.Time) (use payout.FloatUse, err error) {
	const hold = `INSERT INTO payout_float (rail, currency, looks) VALUES ($1, $2, 1)
		ON CONFLICT (rail, currency) DO UPDATE SET looks = payout_float.looks + 1`
	if _, err := t.tx.ExecArgs(ctx, hold, rail, string(currency)); err != nil {
		return use, fmt.Errorf("lock a float: %w", err)
	}
	const underWay = `SELECT CAST(COALESCE(sum(p.minor), 0) AS BIGINT) FROM payout AS p
		WHERE p.rail = $1 AND p.currency = $2 AND p.state IN ('sending', 'sent', 'unknown')`
	args := []any{rail, string(currency)}
	if err := t.tx.QueryArgs(ctx, underWay, args, func(row sqldb.Scanner) error { return row.Scan(&use.UnderWay) }); err != nil {
		return use, err
	}
	const oldest = `SELECT p.requested_at, p.id FROM payout AS p WHERE p.rail = $1 AND p.currency = $2 AND p.state = 'approved'
		AND p.reason = 'FLOAT_SHORT' AND p.lease_until < $3 ORDER BY p.requested_at, p.id LIMIT 1`
	err = t.tx.QueryArgs(ctx, oldest, append(args, micros(now)), func(row sqldb.Scanner) error {
		var at int64
		var id []byte
		err := row.Scan(&at, &id)
		use.OldestAt = instant(at)
		copy(use.OldestID[:], id)
		return err
	})
	return use, err
}

// WakeShort has what waits for the float looked at now.
func (t *PayoutTx) WakeShort(ctx context.Context, rail string, currency ledger.Currency, now time.Time) error {
	const query = `UPDATE payout SET due_at = $1 WHERE rail = $2 AND currency = $3 AND state = 'approved' AND reason = 'FLOAT_SHORT'
		AND due_at > $4`
	_, err := t.tx.ExecArgs(ctx, query, micros(now), rail, string(currency), micros(now))
	return err
}

// PayoutEvents returns what happened to a payout, in order.
func (t *PayoutTx) PayoutEvents(ctx context.Context, id payout.ID) (events []payout.Event, err error) {
	const query = `SELECT e.number, e.at, e.by_whom, e.what, e.outcome, e.state, e.reason FROM payout_event AS e WHERE e.payout = $1 ORDER BY e.number`
	err = t.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) error {
		e, at := payout.Event{Payout: id}, int64(0)
		err := row.Scan(&e.Number, &at, &e.By, &e.What, &e.Outcome, &e.State, &e.Reason)
		e.At = instant(at)
		events = append(events, e)
		return err
	})
	return events, err
}

// PayoutTotals returns what payouts say that the books must hold, by rail, scheme and currency.
func (t *PayoutTx) PayoutTotals(ctx context.Context) (totals []payout.RailTotal, err error) {
	const query = `SELECT p.rail, p.scheme, p.currency,
			CAST(sum(CASE WHEN p.state IN ('approved', 'sending', 'sent', 'unknown') THEN p.minor ELSE 0 END) AS BIGINT),
			CAST(sum(CASE WHEN p.state = 'settled' THEN p.minor ELSE 0 END + p.fee) AS BIGINT)
		FROM payout AS p GROUP BY p.rail, p.scheme, p.currency ORDER BY p.rail, p.scheme, p.currency`
	err = t.tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		var total payout.RailTotal
		err := row.Scan(&total.Rail, &total.Scheme, &total.Currency, &total.Transit, &total.Left)
		totals = append(totals, total)
		return err
	})
	return totals, err
}
