// Package sqlstore keeps claims, what is booked under them, and who gives care.
package sqlstore

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error { return db.Migrate(ctx, "claims", migrations) }

// ClaimTx is a transaction on claims.
type ClaimTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *ClaimTx { return &ClaimTx{tx} }

// Providers returns those of the providers that have been set; all of them where none is named.
func (c *ClaimTx) Providers(ctx context.Context, ids ...insurance.ProviderID) (map[insurance.ProviderID]insurance.Provider, error) {
	const query = "SELECT p.id, p.name, p.level, p.networks, p.pools, p.pay_to FROM provider AS p"
	found := map[insurance.ProviderID]insurance.Provider{}
	scan := func(row sqldb.Scanner) error {
		p, err := scanProvider(row)
		found[p.ID] = p
		return err
	}
	if len(ids) == 0 {
		return found, wrap("read providers", c.tx.QueryArgs(ctx, query, nil, scan))
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	err := c.tx.Query(ctx, sqldb.Rows{sqldb.Texts("id", texts)}, query+" WHERE p.id IN (SELECT given.id FROM given)", scan)
	return found, wrap("read providers", err)
}

func scanProvider(row sqldb.Scanner) (p insurance.Provider, err error) {
	var networks, pools string
	if err := row.Scan(&p.ID, &p.Name, &p.Level, &networks, &pools, &p.PayTo); err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(networks), &p.Networks); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(pools), &p.Pools)
}

// SetProvider writes a provider, or replaces what is known of it.
func (c *ClaimTx) SetProvider(ctx context.Context, p insurance.Provider) error {
	networks, err := json.Marshal(p.Networks)
	if err != nil {
		return err
	}
	pools, err := json.Marshal(p.Pools)
	if err != nil {
		return err
	}
	query := `INSERT INTO provider (id, name, level, networks, pools, pay_to, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, ` + c.tx.Clock() + `) ON CONFLICT (id) DO UPDATE SET name = excluded.name,
			level = excluded.level, networks = excluded.networks, pools = excluded.pools, pay_to = excluded.pay_to,
			recorded_at = excluded.recorded_at`
	_, err = c.tx.ExecArgs(ctx, query, string(p.ID), p.Name, p.Level, string(networks), string(pools), p.PayTo)
	return wrap("write a provider", err)
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
