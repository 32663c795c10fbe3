// Package sqlstore keeps what one person proposes and another approves, so that two people agree in the transaction
// that carries the act out.
package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the table of proposals up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "approval", migrations)
}

// ApprovalTx is a transaction on the proposals.
type ApprovalTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *ApprovalTx { return &ApprovalTx{tx} }

// Proposal reads the proposal of that key and locks it until the transaction ends; one without a maker where nobody
// has proposed it yet. A key is kind and object, such as "erase-member:7ab3…".
func (a *ApprovalTx) Proposal(ctx context.Context, key string) (*insurance.Proposal, error) {
	p := &insurance.Proposal{Key: key}
	query := `SELECT p.maker, p.approver FROM proposal AS p WHERE p.key = $1` + a.tx.ForUpdate("p")
	err := a.tx.QueryArgs(ctx, query, []any{key}, func(row sqldb.Scanner) error {
		return row.Scan(&p.Maker, &p.Approver)
	})
	if err != nil {
		return nil, fmt.Errorf("read proposal %s: %w", key, err)
	}
	p.Done = p.Approver != ""
	return p, nil
}

// SaveProposal writes the proposal as two people have agreed on it so far. Where somebody else was first with this
// key, the transaction runs again and finds hers.
func (a *ApprovalTx) SaveProposal(ctx context.Context, p insurance.Proposal) error {
	kind, _, ok := strings.Cut(p.Key, ":")
	if !ok || kind == "" || p.Maker == "" {
		return fmt.Errorf("save proposal %q: it needs a key of kind and object, and a maker", p.Key)
	}
	query := `INSERT INTO proposal (key, kind, maker, made_at, approver, approved_at)
		VALUES ($1, $2, $3, ` + a.tx.Clock() + `, $4, ` + a.approvedAt(p) + `)
		ON CONFLICT (key) DO UPDATE SET approver = excluded.approver,
			approved_at = COALESCE(proposal.approved_at, excluded.approved_at)
		WHERE proposal.maker = excluded.maker AND (proposal.approver = '' OR proposal.approver = excluded.approver)`
	written, err := a.tx.ExecArgs(ctx, query, p.Key, kind, p.Maker, p.Approver)
	if err != nil {
		return fmt.Errorf("save proposal %s: %w", p.Key, err)
	}
	if written == 0 {
		return sqldb.ErrRaced
	}
	return nil
}

func (a *ApprovalTx) approvedAt(p insurance.Proposal) string {
	if p.Done {
		return a.tx.Clock()
	}
	return "NULL"
}
