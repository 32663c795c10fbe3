// Package sqlstore keeps complaints and appeals, each sealed under its member's key.
package sqlstore

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/cases"
	"sanad.dev/sanad/services/insurance"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the table of cases up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error { return db.Migrate(ctx, "cases", migrations) }

// CaseTx is a transaction on cases.
type CaseTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *CaseTx { return &CaseTx{tx} }

// CaseNow is the database's clock.
func (t *CaseTx) CaseNow(ctx context.Context) (now time.Time, err error) {
	err = t.tx.QueryArgs(ctx, "SELECT "+t.tx.WallClock(), nil, func(row sqldb.Scanner) error {
		var micros int64
		err := row.Scan(&micros)
		now = time.UnixMicro(micros).UTC()
		return err
	})
	return now, err
}

const columns = `SELECT c.id, c.kind, c.member, c.against, c.subject, c.decision, c.filed_by, c.state, c.level, c.filed_at,
	c.closed_at, c.answer_by, c.judge, c.took_part, c.sealed FROM case_file AS c `

// Case returns the case; false where there is none.
func (t *CaseTx) Case(ctx context.Context, id cases.ID) (cases.Kept, bool, error) {
	return t.one(ctx, columns+"WHERE c.id = $1", id)
}

// HoldCase is Case of one that it keeps from being changed until the transaction ends.
func (t *CaseTx) HoldCase(ctx context.Context, id cases.ID) (cases.Kept, bool, error) {
	return t.one(ctx, columns+"WHERE c.id = $1"+t.tx.ForUpdate("c"), id)
}

func (t *CaseTx) one(ctx context.Context, query string, id cases.ID) (cases.Kept, bool, error) {
	found, err := t.many(ctx, query, string(id))
	if err != nil || len(found) == 0 {
		return cases.Kept{}, false, err
	}
	return found[0], true, nil
}

// Cases pages through cases in the order of their ids.
func (t *CaseTx) Cases(ctx context.Context, q cases.Query) ([]cases.Kept, error) {
	where, args := []string{"c.id > $1"}, []any{string(q.After)}
	and := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	if q.Member != "" {
		and("c.member = $%d", string(q.Member))
	}
	if q.OpenOnly || q.Overdue != 0 {
		where = append(where, "c.closed_at = 0")
	}
	if q.Overdue != 0 {
		and("c.answer_by < $%d", int64(q.Overdue))
	}
	args = append(args, q.Limit)
	return t.many(ctx, fmt.Sprintf("%sWHERE %s ORDER BY c.id LIMIT $%d", columns, strings.Join(where, " AND "), len(args)), args...)
}

// OpenAppeals are the members who have an appeal open, each with the first day on which one was filed, in UTC.
func (t *CaseTx) OpenAppeals(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID]ledger.Date, error) {
	found := map[insurance.MemberID]ledger.Date{}
	if len(members) == 0 {
		return found, nil
	}
	texts := make([]string, len(members))
	for i, m := range members {
		texts[i] = string(m)
	}
	const query = `SELECT c.member, MIN(c.filed_at) FROM case_file AS c
		WHERE c.closed_at = 0 AND c.kind = 'appeal' AND c.member IN (SELECT given.member FROM given) GROUP BY c.member`
	err := t.tx.Query(ctx, sqldb.Rows{sqldb.Texts("member", texts)}, query, func(row sqldb.Scanner) error {
		var m insurance.MemberID
		var at int64
		err := row.Scan(&m, &at)
		found[m] = ledger.DateOf(time.UnixMicro(at).UTC())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read open appeals: %w", err)
	}
	return found, nil
}

// CoverAppeals are the days on which appeals of the members were open against a lapse, a category or an enrolment, in
// UTC: on them her running cover goes on. One that is open still has an open end.
func (t *CaseTx) CoverAppeals(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]insurance.Days, error) {
	found := map[insurance.MemberID][]insurance.Days{}
	if len(members) == 0 {
		return found, nil
	}
	texts := make([]string, len(members))
	for i, m := range members {
		texts[i] = string(m)
	}
	const query = `SELECT c.member, c.filed_at, c.closed_at FROM case_file AS c
		WHERE c.kind = 'appeal' AND c.against IN ('lapse', 'category', 'enrolment') AND c.member IN (SELECT given.member FROM given)
		ORDER BY c.member, c.filed_at, c.id`
	err := t.tx.Query(ctx, sqldb.Rows{sqldb.Texts("member", texts)}, query, func(row sqldb.Scanner) error {
		var m insurance.MemberID
		var filed, closed int64
		err := row.Scan(&m, &filed, &closed)
		days := insurance.Days{From: ledger.DateOf(time.UnixMicro(filed).UTC())}
		if closed != 0 {
			days.To = ledger.DateOf(time.UnixMicro(closed).UTC())
		}
		found[m] = append(found[m], days)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read appeals about cover: %w", err)
	}
	return found, nil
}

func (t *CaseTx) many(ctx context.Context, query string, args ...any) (found []cases.Kept, err error) {
	err = t.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		var k cases.Kept
		var filed, closed, answerBy int64
		var tookPart string
		if err := row.Scan(&k.ID, &k.Kind, &k.Member, &k.Against.Kind, &k.Against.Subject, &k.Against.Decision, &k.By, &k.State,
			&k.Level, &filed, &closed, &answerBy, &k.Judge, &tookPart, &k.Sealed); err != nil {
			return err
		}
		k.FiledAt, k.AnswerBy = time.UnixMicro(filed).UTC(), ledger.Date(answerBy)
		if closed != 0 {
			k.ClosedAt = time.UnixMicro(closed).UTC()
		}
		err := json.Unmarshal([]byte(tookPart), &k.TookPart)
		found = append(found, k)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	return found, nil
}

// AddCase writes a new case. Where another was first under its id, the transaction runs again and finds it.
func (t *CaseTx) AddCase(ctx context.Context, k cases.Kept) error {
	tookPart, err := json.Marshal(append([]string{}, k.TookPart...))
	if err != nil {
		return fmt.Errorf("add case %s: %w", k.ID, err)
	}
	const query = `INSERT INTO case_file (id, kind, member, against, subject, decision, filed_by, state, level, filed_at, closed_at,
			answer_by, judge, took_part, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING`
	written, err := t.tx.ExecArgs(ctx, query, string(k.ID), string(k.Kind), string(k.Member), string(k.Against.Kind), k.Against.Subject,
		string(k.Against.Decision), string(k.By), string(k.State), k.Level, k.FiledAt.UnixMicro(), int64(k.AnswerBy), k.Judge,
		string(tookPart), k.Sealed)
	if err != nil {
		return fmt.Errorf("add case %s: %w", k.ID, err)
	}
	if written == 0 {
		return sqldb.ErrRaced
	}
	return nil
}

// SaveCase writes what has become of a case that is held.
func (t *CaseTx) SaveCase(ctx context.Context, k cases.Kept) error {
	tookPart, err := json.Marshal(append([]string{}, k.TookPart...))
	if err != nil {
		return fmt.Errorf("save case %s: %w", k.ID, err)
	}
	var closed int64
	if !k.ClosedAt.IsZero() {
		closed = k.ClosedAt.UnixMicro()
	}
	const query = `UPDATE case_file SET state = $2, level = $3, closed_at = $4, answer_by = $5, judge = $6, took_part = $7, sealed = $8
		WHERE id = $1`
	_, err = t.tx.ExecArgs(ctx, query, string(k.ID), string(k.State), k.Level, closed, int64(k.AnswerBy), k.Judge, string(tookPart), k.Sealed)
	if err != nil {
		return fmt.Errorf("save case %s: %w", k.ID, err)
	}
	return nil
}
