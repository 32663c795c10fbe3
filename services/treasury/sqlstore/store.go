// Package sqlstore keeps funders, budget lines and what was done on them, and treasury claims, beside the books.
package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/treasury"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "treasury", migrations)
}

// TreasuryTx is a transaction on budgets and claims.
type TreasuryTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *TreasuryTx { return &TreasuryTx{tx} }

// TreasuryNow is the database's clock.
func (t *TreasuryTx) TreasuryNow(ctx context.Context) (now time.Time, err error) {
	err = t.tx.QueryArgs(ctx, "SELECT "+t.tx.WallClock(), nil, func(row sqldb.Scanner) error {
		var micros int64
		err := row.Scan(&micros)
		now = time.UnixMicro(micros).UTC()
		return err
	})
	return now, err
}

const funderColumns = "SELECT f.id, f.name, f.fiscal_month, f.fiscal_day, f.named_by_end FROM funder AS f"

// Funders returns those of the funders that have been set; all of them where none is named.
func (t *TreasuryTx) Funders(ctx context.Context, ids ...insurance.FunderID) (map[insurance.FunderID]insurance.Funder, error) {
	found := map[insurance.FunderID]insurance.Funder{}
	scan := func(row sqldb.Scanner) error {
		var f insurance.Funder
		var byEnd int64
		err := row.Scan(&f.ID, &f.Name, &f.Calendar.Month, &f.Calendar.Day, &byEnd)
		f.Calendar.NamedByEnd = byEnd == 1
		found[f.ID] = f
		return err
	}
	if len(ids) == 0 {
		return found, t.tx.QueryArgs(ctx, funderColumns, nil, scan)
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return found, t.tx.Query(ctx, sqldb.Rows{sqldb.Texts("id", texts)}, funderColumns+" WHERE f.id IN (SELECT given.id FROM given)", scan)
}

// SetFunder writes a funder, or replaces the one that is there.
func (t *TreasuryTx) SetFunder(ctx context.Context, f insurance.Funder) error {
	const query = `INSERT INTO funder (id, name, fiscal_month, fiscal_day, named_by_end) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, fiscal_month = excluded.fiscal_month,
			fiscal_day = excluded.fiscal_day, named_by_end = excluded.named_by_end`
	_, err := t.tx.ExecArgs(ctx, query, string(f.ID), f.Name, f.Calendar.Month, f.Calendar.Day, flag(f.Calendar.NamedByEnd))
	return err
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}

// BudgetLines returns the lines that the query asks for, by funder, scheme and year.
func (t *TreasuryTx) BudgetLines(ctx context.Context, q treasury.LineQuery) (lines []treasury.Line, err error) {
	const query = `SELECT l.funder, l.scheme, l.year, l.prior, l.currency, l.state, l.last_day FROM budget_line AS l
		WHERE (l.funder = $1 OR $2 = '') AND (l.scheme = $3 OR $4 = '') AND (l.year = $5 OR $6 = 0)
		ORDER BY l.funder, l.scheme, l.year, l.prior`
	args := []any{string(q.Funder), string(q.Funder), string(q.Scheme), string(q.Scheme), int64(q.Year), int64(q.Year)}
	err = t.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		var l treasury.Line
		var prior int64
		err := row.Scan(&l.Funder, &l.Scheme, &l.Year, &prior, &l.Currency, &l.State, &l.Until)
		l.Prior = prior == 1
		lines = append(lines, l)
		return err
	})
	return lines, err
}

// LineStatuses says how the lines of these parties stand; nothing for those that have not been voted. Whoever charges
// grants to them reads it in the transaction that books them: the floor of what is released refuses what a closing
// that came between has taken.
func (t *TreasuryTx) LineStatuses(ctx context.Context, parties ...ledger.Party) (map[ledger.Party]insurance.LineStatus, error) {
	return t.lineStatuses(ctx, parties, "")
}

// HoldLines locks the lines of these parties in order until the transaction ends, and says how they stand.
func (t *TreasuryTx) HoldLines(ctx context.Context, parties ...ledger.Party) (map[ledger.Party]insurance.LineStatus, error) {
	return t.lineStatuses(ctx, parties, t.tx.ForUpdate("l"))
}

func (t *TreasuryTx) lineStatuses(ctx context.Context, parties []ledger.Party, lock string) (map[ledger.Party]insurance.LineStatus, error) {
	names := make([]string, len(parties))
	for i, party := range parties {
		names[i] = string(party)
	}
	slices.Sort(names)
	stand := make(map[ledger.Party]insurance.LineStatus, len(parties))
	query := `SELECT l.party, l.state, l.last_day FROM budget_line AS l
		WHERE l.party IN (SELECT given.party FROM given) ORDER BY l.party` + lock
	err := t.tx.Query(ctx, sqldb.Rows{sqldb.Texts("party", slices.Compact(names))}, query, func(row sqldb.Scanner) error {
		var party ledger.Party
		var status insurance.LineStatus
		err := row.Scan(&party, &status.State, &status.Until)
		stand[party] = status
		return err
	})
	return stand, err
}

// SaveLine writes a line as it stands now.
func (t *TreasuryTx) SaveLine(ctx context.Context, l treasury.Line) error {
	const query = `INSERT INTO budget_line (party, funder, scheme, year, prior, currency, state, last_day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (party) DO UPDATE SET state = excluded.state, last_day = excluded.last_day`
	_, err := t.tx.ExecArgs(ctx, query, string(l.Party()), string(l.Funder), string(l.Scheme), int64(l.Year), flag(l.Prior),
		string(l.Currency), string(l.State), int64(l.Until))
	return err
}

const movementColumns = ` m.id, m.fingerprint, m.kind, m.party, m.to_party, m.currency, m.minor, m.moved_on, m.last_day,
	m.reference, m.authority, m.maker, m.approver, m.recorded_at `

// Movement returns what was done under the id; false where nothing was.
func (t *TreasuryTx) Movement(ctx context.Context, id ledger.ID) (found treasury.Moved, ok bool, err error) {
	query := "SELECT" + movementColumns + "FROM budget_movement AS m WHERE m.id = $1"
	err = t.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) (err error) {
		ok = true
		found, err = scanMovement(row)
		return err
	})
	return found, ok, err
}

// SaveMovement writes what was done.
func (t *TreasuryTx) SaveMovement(ctx context.Context, m treasury.Moved) error {
	const query = `INSERT INTO budget_movement (id, fingerprint, kind, party, to_party, currency, minor, moved_on, last_day,
			reference, authority, maker, approver, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING`
	to := ""
	if m.To != (insurance.BudgetLine{}) {
		to = string(m.To.Party())
	}
	written, err := t.tx.ExecArgs(ctx, query, m.ID[:], m.Fingerprint[:], string(m.Kind), string(m.Line.Party()), to, string(m.Line.Currency),
		m.Minor, int64(m.On), int64(m.LastDay), m.Reference, m.Authority, m.Proposal.Maker, m.Proposal.Approver, m.RecordedAt.UnixMicro())
	if err == nil && written == 0 {
		err = sqldb.ErrRaced
	}
	return err
}

// Movements pages through what was done on a line, in the order of recording.
func (t *TreasuryTx) Movements(ctx context.Context, line ledger.Party, after string, limit int) (moved []treasury.Moved, next string, err error) {
	at, id, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	query := "SELECT" + movementColumns + `FROM budget_movement AS m WHERE m.party = $1 AND (m.recorded_at, m.id) > ($2, $3)
		UNION ALL SELECT` + movementColumns + `FROM budget_movement AS m
		WHERE m.to_party = $4 AND m.to_party <> '' AND (m.recorded_at, m.id) > ($5, $6) ORDER BY recorded_at, id LIMIT $7`
	err = t.tx.QueryArgs(ctx, query, []any{string(line), at, id[:], string(line), at, id[:], limit}, func(row sqldb.Scanner) error {
		m, err := scanMovement(row)
		moved = append(moved, m)
		return err
	})
	if err != nil || len(moved) < limit {
		return moved, "", err
	}
	last := moved[len(moved)-1]
	return moved, fmt.Sprintf("%d.%s", last.RecordedAt.UnixMicro(), last.ID), nil
}

func parseCursor(s string) (at int64, id ledger.ID, err error) {
	if s == "" {
		return 0, ledger.ID{}, nil
	}
	micros, text, _ := strings.Cut(s, ".")
	if at, err = strconv.ParseInt(micros, 10, 64); err == nil {
		id, err = ledger.ParseID(text)
	}
	if err != nil {
		err = fmt.Errorf("%w: page token", ledger.ErrInvalid)
	}
	return at, id, err
}

func scanMovement(row sqldb.Scanner) (treasury.Moved, error) {
	var m treasury.Moved
	var id, fingerprint []byte
	var party, to ledger.Party
	var currency ledger.Currency
	var recordedAt int64
	err := row.Scan(&id, &fingerprint, &m.Kind, &party, &to, &currency, &m.Minor, &m.On, &m.LastDay,
		&m.Reference, &m.Authority, &m.Proposal.Maker, &m.Proposal.Approver, &recordedAt)
	if err != nil {
		return m, err
	}
	copy(m.ID[:], id)
	copy(m.Fingerprint[:], fingerprint)
	m.Proposal.Done = true
	m.RecordedAt = time.UnixMicro(recordedAt).UTC()
	if m.Line, err = insurance.ParseBudgetLine(party, currency); err == nil && to != "" {
		m.To, err = insurance.ParseBudgetLine(to, currency)
	}
	return m, err
}
