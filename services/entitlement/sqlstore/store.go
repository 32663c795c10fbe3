// Package sqlstore keeps hardship holidays, the outbox of notices, what members chose to be told, and how far runs over
// all members have come.
package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/entitlement"
	"sanad.dev/sanad/services/insurance"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error { return db.Migrate(ctx, "cover", migrations) }

// CoverTx is a transaction on what is kept of cover.
type CoverTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *CoverTx { return &CoverTx{tx} }

func members(ids []insurance.MemberID) sqldb.Rows {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return sqldb.Rows{sqldb.Texts("member", texts)}
}

func hashOf(stored []byte) (h entitlement.Hash) {
	copy(h[:], stored)
	return h
}

const holidayColumns = `SELECT h.member, h.id, h.sealed, h.recorded_at FROM member_holiday AS h `

func scanHoliday(row sqldb.Scanner) (h entitlement.SealedHoliday, err error) {
	var id []byte
	var recordedAt int64
	err = row.Scan(&h.Member, &id, &h.Sealed, &recordedAt)
	h.ID, h.RecordedAt = hashOf(id), time.UnixMicro(recordedAt).UTC()
	return h, err
}

// CoverHolidays returns the holidays of the members.
func (c *CoverTx) CoverHolidays(ctx context.Context, ids ...insurance.MemberID) (all []entitlement.SealedHoliday, err error) {
	const query = holidayColumns + `WHERE h.member IN (SELECT given.member FROM given) ORDER BY h.member, h.id`
	err = c.tx.Query(ctx, members(ids), query, func(row sqldb.Scanner) error {
		h, err := scanHoliday(row)
		all = append(all, h)
		return err
	})
	return all, wrap("read holidays", err)
}

// CoverHoliday returns the member's holiday of that id; nil where there is none.
func (c *CoverTx) CoverHoliday(ctx context.Context, id entitlement.Hash) (found *entitlement.SealedHoliday, err error) {
	query := holidayColumns + `WHERE h.id = $1` + c.tx.ForUpdate("h")
	err = c.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) error {
		h, err := scanHoliday(row)
		found = &h
		return err
	})
	return found, wrap("read a holiday", err)
}

// SaveCoverHoliday writes a holiday, or replaces what is sealed of it.
func (c *CoverTx) SaveCoverHoliday(ctx context.Context, h entitlement.SealedHoliday) error {
	query := `INSERT INTO member_holiday (member, id, sealed, recorded_at) VALUES ($1, $2, $3, ` + c.tx.Clock() + `)
		ON CONFLICT (member, id) DO UPDATE SET sealed = excluded.sealed`
	_, err := c.tx.ExecArgs(ctx, query, string(h.Member), h.ID[:], h.Sealed)
	return wrap("write a holiday", err)
}

const clusterColumns = `SELECT h.scheme, h.id, h.kind, h.name, h.reason, h.from_on, h.to_on, h.ended_on, h.maker, h.approver, h.ended_by, h.recorded_at
	FROM cluster_holiday AS h `

func scanCluster(row sqldb.Scanner) (h entitlement.Holiday, err error) {
	var id []byte
	var recordedAt int64
	err = row.Scan(&h.Scheme, &id, &h.Group.Kind, &h.Group.Name, &h.Reason, &h.From, &h.To, &h.EndedOn, &h.By, &h.Approver, &h.EndedBy, &recordedAt)
	h.ID, h.RecordedAt = hashOf(id), time.UnixMicro(recordedAt).UTC()
	return h, err
}

// ClusterHolidays returns the clusters' holidays of the schemes, by their first days; of all where none is named.
func (c *CoverTx) ClusterHolidays(ctx context.Context, schemes ...ledger.SchemeCode) (map[ledger.SchemeCode][]entitlement.Holiday, error) {
	all := map[ledger.SchemeCode][]entitlement.Holiday{}
	scan := func(row sqldb.Scanner) error {
		h, err := scanCluster(row)
		all[h.Scheme] = append(all[h.Scheme], h)
		return err
	}
	if len(schemes) == 0 {
		return all, wrap("read clusters' holidays", c.tx.QueryArgs(ctx, clusterColumns+"ORDER BY h.scheme, h.from_on, h.id", nil, scan))
	}
	codes := make([]string, len(schemes))
	for i, code := range schemes {
		codes[i] = string(code)
	}
	const query = clusterColumns + `WHERE h.scheme IN (SELECT given.scheme FROM given) ORDER BY h.scheme, h.from_on, h.id`
	return all, wrap("read clusters' holidays", c.tx.Query(ctx, sqldb.Rows{sqldb.Texts("scheme", codes)}, query, scan))
}

// ClusterHoliday returns the cluster's holiday of that id; nil where there is none.
func (c *CoverTx) ClusterHoliday(ctx context.Context, id entitlement.Hash) (found *entitlement.Holiday, err error) {
	query := clusterColumns + `WHERE h.id = $1` + c.tx.ForUpdate("h")
	err = c.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) error {
		h, err := scanCluster(row)
		found = &h
		return err
	})
	return found, wrap("read a cluster's holiday", err)
}

// SaveClusterHoliday writes a cluster's holiday, or when one that is there ended.
func (c *CoverTx) SaveClusterHoliday(ctx context.Context, h entitlement.Holiday) error {
	query := `INSERT INTO cluster_holiday (scheme, id, kind, name, reason, from_on, to_on, ended_on, maker, approver, ended_by, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, ` + c.tx.Clock() + `)
		ON CONFLICT (scheme, id) DO UPDATE SET ended_on = excluded.ended_on, ended_by = excluded.ended_by`
	_, err := c.tx.ExecArgs(ctx, query, string(h.Scheme), h.ID[:], string(h.Group.Kind), h.Group.Name, string(h.Reason),
		int64(h.From), int64(h.To), int64(h.EndedOn), h.By, h.Approver, h.EndedBy)
	return wrap("write a cluster's holiday", err)
}

// TextChoices returns what the members chose, sealed.
func (c *CoverTx) TextChoices(ctx context.Context, ids ...insurance.MemberID) (map[insurance.MemberID][]byte, error) {
	const query = `SELECT t.member, t.sealed FROM cover_choice AS t WHERE t.member IN (SELECT given.member FROM given)`
	choices := map[insurance.MemberID][]byte{}
	err := c.tx.Query(ctx, members(ids), query, func(row sqldb.Scanner) error {
		var member insurance.MemberID
		var sealed []byte
		err := row.Scan(&member, &sealed)
		choices[member] = sealed
		return err
	})
	return choices, wrap("read choices", err)
}

// SaveTextChoice writes what a member chose.
func (c *CoverTx) SaveTextChoice(ctx context.Context, member insurance.MemberID, sealed []byte) error {
	const query = `INSERT INTO cover_choice (member, sealed) VALUES ($1, $2) ON CONFLICT (member) DO UPDATE SET sealed = excluded.sealed`
	_, err := c.tx.ExecArgs(ctx, query, string(member), sealed)
	return wrap("write a choice", err)
}

// CoverRun returns how far the run of that name has come, held until the transaction ends.
func (c *CoverTx) CoverRun(ctx context.Context, name string) (r entitlement.Run, found bool, err error) {
	query := `SELECT r.after, r.members, r.moved, r.failed, r.finished FROM cover_run AS r WHERE r.name = $1` + c.tx.ForUpdate("r")
	err = c.tx.QueryArgs(ctx, query, []any{name}, func(row sqldb.Scanner) error {
		var finished int64
		err := row.Scan(&r.After, &r.Members, &r.Moved, &r.Failed, &finished)
		r.Name, r.Finished, found = name, finished == 1, true
		return err
	})
	return r, found, wrap("read a run", err)
}

// SaveCoverRun writes how far a run has come.
func (c *CoverTx) SaveCoverRun(ctx context.Context, r entitlement.Run) error {
	query := `INSERT INTO cover_run (name, after, members, moved, failed, finished, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, ` + c.tx.Clock() + `)
		ON CONFLICT (name) DO UPDATE SET after = excluded.after, members = excluded.members, moved = excluded.moved,
			failed = excluded.failed, finished = excluded.finished, updated_at = excluded.updated_at`
	finished := int64(0)
	if r.Finished {
		finished = 1
	}
	_, err := c.tx.ExecArgs(ctx, query, r.Name, string(r.After), r.Members, r.Moved, r.Failed, finished)
	return wrap("write a run", err)
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
