package sqlstore

import (
	"context"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
)

// UndecidedByPool returns, by pool, what claims ask for that had come by the end of the day and were not decided by then.
func (c *ClaimTx) UndecidedByPool(ctx context.Context, through ledger.Date) ([]insurance.PoolSum, error) {
	const query = `SELECT c.scheme, c.pool, c.currency, CAST(sum(c.asked) AS BIGINT), count(c.id), min(c.received_on) FROM benefit_claim AS c
		WHERE c.received_on <= $1 AND (c.decided_on = 0 OR c.decided_on > $2) AND c.state <> 'preauthorised' AND c.pool <> ''
		GROUP BY c.scheme, c.pool, c.currency ORDER BY c.scheme, c.pool, c.currency`
	sums, err := c.poolSums(ctx, query, int64(through), int64(through))
	return sums, wrap("add up undecided claims by pool", err)
}

// UnpaidByPool returns, by pool, what is owed under claims and was not handed over to be paid.
func (c *ClaimTx) UnpaidByPool(ctx context.Context) ([]insurance.PoolSum, error) {
	const query = `SELECT c.scheme, c.pool, c.currency, CAST(sum(o.booked - o.paid) AS BIGINT), count(o.claim), min(c.received_on)
		FROM benefit_owed AS o JOIN benefit_claim AS c ON c.id = o.claim
		WHERE o.booked > o.paid AND o.bearer = 'pool:' || c.pool
		GROUP BY c.scheme, c.pool, c.currency ORDER BY c.scheme, c.pool, c.currency`
	sums, err := c.poolSums(ctx, query)
	return sums, wrap("add up unpaid claims by pool", err)
}

func (c *ClaimTx) poolSums(ctx context.Context, query string, args ...any) (sums []insurance.PoolSum, err error) {
	err = c.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		var s insurance.PoolSum
		err := row.Scan(&s.Scheme, &s.Pool, &s.Currency, &s.Minor, &s.Count, &s.Oldest)
		sums = append(sums, s)
		return err
	})
	return sums, err
}
