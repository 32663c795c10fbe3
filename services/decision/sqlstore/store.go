// Package sqlstore keeps decisions on people's rights: each once, never changed, with the facts it was judged by sealed
// under the member's key. What is decided anew follows what was decided before, so that every history can be read.
package sqlstore

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the table of decisions up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "decision", migrations)
}

// DecisionTx is a transaction on decisions.
type DecisionTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *DecisionTx { return &DecisionTx{tx} }

// SaveDecision adds a decision; its time is the database's clock. Where another was first under its id, or has followed
// the same decision already, the transaction runs again and finds it.
func (d *DecisionTx) SaveDecision(ctx context.Context, k insurance.KeptDecision) error {
	if len(k.Sealed) == 0 {
		return fmt.Errorf("save decision %s: %w: it is not sealed", k.ID, ledger.ErrInvalid)
	}
	by, err := json.Marshal(append([]string{}, k.By...))
	if err != nil {
		return fmt.Errorf("save decision %s: %w", k.ID, err)
	}
	query := `INSERT INTO decision (id, kind, member, subject, follows, made_by, recorded_at, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, ` + d.tx.Clock() + `, $7) ON CONFLICT DO NOTHING`
	written, err := d.tx.ExecArgs(ctx, query, string(k.ID), string(k.Kind), string(k.Member), k.Subject, string(k.Follows), string(by), k.Sealed)
	if err != nil {
		return fmt.Errorf("save decision %s: %w", k.ID, err)
	}
	if written == 0 {
		return sqldb.ErrRaced
	}
	return nil
}

const columns = `SELECT d.id, d.kind, d.member, d.subject, d.follows, d.made_by, d.recorded_at, d.sealed FROM decision AS d `

// Decision returns the decision of that id; false where there is none.
func (d *DecisionTx) Decision(ctx context.Context, id insurance.DecisionID) (insurance.KeptDecision, bool, error) {
	return d.one(ctx, columns+`WHERE d.id = $1`, string(id))
}

// DecisionOn returns the decision on the subject that stands now, which none follows; false where there is none.
func (d *DecisionTx) DecisionOn(ctx context.Context, kind insurance.DecisionKind, member insurance.MemberID, subject string) (insurance.KeptDecision, bool, error) {
	const query = columns + `WHERE d.subject = $1 AND d.kind = $2 AND d.member = $3 AND NOT EXISTS (
		SELECT 1 FROM decision AS n WHERE n.subject = d.subject AND n.kind = d.kind AND n.member = d.member AND n.follows = d.id)`
	return d.one(ctx, query, subject, string(kind), string(member))
}

// DecisionsOf pages through all decisions on a member's rights, in the order of recording. Next is the token of the page
// after, empty at the end.
func (d *DecisionTx) DecisionsOf(ctx context.Context, member insurance.MemberID, after string, limit int) (found []insurance.KeptDecision, next string, err error) {
	at, id, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	const query = columns + `WHERE d.member = $1 AND (d.recorded_at, d.id) > ($2, $3) ORDER BY d.recorded_at, d.id LIMIT $4`
	found, err = d.many(ctx, query, string(member), at, id, limit)
	if err != nil || len(found) < limit {
		return found, "", err
	}
	last := found[len(found)-1]
	return found, fmt.Sprintf("%d.%s", last.RecordedAt.UnixMicro(), last.ID), nil
}

// DecisionsAfter returns the next decisions of all members in the order of their ids, for whoever goes through all.
func (d *DecisionTx) DecisionsAfter(ctx context.Context, after insurance.DecisionID, limit int) ([]insurance.KeptDecision, error) {
	return d.many(ctx, columns+`WHERE d.id > $1 ORDER BY d.id LIMIT $2`, string(after), limit)
}

func (d *DecisionTx) one(ctx context.Context, query string, args ...any) (insurance.KeptDecision, bool, error) {
	found, err := d.many(ctx, query, args...)
	if err != nil || len(found) == 0 {
		return insurance.KeptDecision{}, false, err
	}
	return found[0], true, nil
}

func (d *DecisionTx) many(ctx context.Context, query string, args ...any) (found []insurance.KeptDecision, err error) {
	err = d.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		var k insurance.KeptDecision
		var by string
		var at int64
		if err := row.Scan(&k.ID, &k.Kind, &k.Member, &k.Subject, &k.Follows, &by, &at, &k.Sealed); err != nil {
			return err
		}
		k.RecordedAt = time.UnixMicro(at).UTC()
		found = append(found, k)
		return json.Unmarshal([]byte(by), &found[len(found)-1].By)
	})
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	return found, nil
}

func parseCursor(s string) (at int64, id string, err error) {
	if s == "" {
		return -1, "", nil
	}
	micros, id, ok := strings.Cut(s, ".")
	if at, err = strconv.ParseInt(micros, 10, 64); err != nil || !ok {
		return 0, "", fmt.Errorf("%w: page token", ledger.ErrInvalid)
	}
	return at, id, nil
}
