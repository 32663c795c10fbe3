package sqlstore

import (
	"context"
	"time"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/entitlement"
	"sanad.dev/sanad/services/insurance"
)

const noticeColumns = `SELECT n.member, n.id, n.scheme, n.cover, n.lapses_on, n.closes, n.channel, n.state, n.given_on, n.reason, n.attempts, n.sealed, n.made_at
	FROM cover_notice AS n `

func scanNotice(row sqldb.Scanner) (n entitlement.Notice, err error) {
	var id []byte
	var madeAt, closes int64
	err = row.Scan(&n.Member, &id, &n.Scheme, &n.Cover, &n.LapsesOn, &closes, &n.Channel, &n.State, &n.GivenOn, &n.Reason, &n.Attempts, &n.Sealed, &madeAt)
	n.Closes = closes == 1
	n.ID, n.MadeAt = hashOf(id), time.UnixMicro(madeAt).UTC()
	return n, err
}

// CoverNotices returns the notices of the members.
func (c *CoverTx) CoverNotices(ctx context.Context, ids ...insurance.MemberID) (all []entitlement.Notice, err error) {
	const query = noticeColumns + `WHERE n.member IN (SELECT given.member FROM given) ORDER BY n.member, n.id`
	err = c.tx.Query(ctx, members(ids), query, func(row sqldb.Scanner) error {
		n, err := scanNotice(row)
		all = append(all, n)
		return err
	})
	return all, wrap("read notices", err)
}

// CoverNotice returns the notice of that id, held until the transaction ends; nil where there is none.
func (c *CoverTx) CoverNotice(ctx context.Context, id entitlement.Hash) (found *entitlement.Notice, err error) {
	query := noticeColumns + `WHERE n.id = $1` + c.tx.ForUpdate("n")
	err = c.tx.QueryArgs(ctx, query, []any{id[:]}, func(row sqldb.Scanner) error {
		n, err := scanNotice(row)
		found = &n
		return err
	})
	return found, wrap("read a notice", err)
}

// PendingNotices pages through the outbox, by id.
func (c *CoverTx) PendingNotices(ctx context.Context, after entitlement.Hash, limit int) (all []entitlement.Notice, err error) {
	const query = noticeColumns + `WHERE n.state = 'pending' AND n.id > $1 ORDER BY n.id LIMIT $2`
	err = c.tx.QueryArgs(ctx, query, []any{after[:], limit}, func(row sqldb.Scanner) error {
		n, err := scanNotice(row)
		all = append(all, n)
		return err
	})
	return all, wrap("read the outbox", err)
}

// SaveCoverNotices writes notices, or replaces how those that are there stand.
func (c *CoverTx) SaveCoverNotices(ctx context.Context, notices ...entitlement.Notice) error {
	query := `INSERT INTO cover_notice (member, id, scheme, cover, lapses_on, closes, channel, state, given_on, reason, attempts, sealed, made_at)
		SELECT given.member, given.id, given.scheme, given.cover, given.lapses_on, given.closes, given.channel, given.state, given.given_on, given.reason,
			given.attempts, given.sealed, ` + c.tx.Clock() + ` FROM given WHERE true
		ON CONFLICT (member, id) DO UPDATE SET state = excluded.state, given_on = excluded.given_on, reason = excluded.reason,
			attempts = excluded.attempts, channel = excluded.channel, sealed = excluded.sealed`
	if len(notices) == 0 {
		return nil
	}
	_, err := c.tx.Exec(ctx, noticeRows(notices), query)
	return wrap("write notices", err)
}

func noticeRows(notices []entitlement.Notice) sqldb.Rows {
	n := len(notices)
	member, scheme, cover, channel := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	state, reason := make([]string, n), make([]string, n)
	lapses, closes, given, attempts := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	id, sealed := make([][]byte, n), make([][]byte, n)
	for i, notice := range notices {
		member[i], scheme[i], cover[i], channel[i] = string(notice.Member), string(notice.Scheme), notice.Cover, string(notice.Channel)
		state[i], reason[i] = string(notice.State), notice.Reason
		lapses[i], given[i], attempts[i] = int64(notice.LapsesOn), int64(notice.GivenOn), notice.Attempts
		if notice.Closes {
			closes[i] = 1
		}
		id[i], sealed[i] = notice.ID[:], notice.Sealed
	}
	return sqldb.Rows{
		sqldb.Texts("member", member), sqldb.Blobs("id", id), sqldb.Texts("scheme", scheme), sqldb.Texts("cover", cover),
		sqldb.Ints("lapses_on", lapses), sqldb.Ints("closes", closes), sqldb.Texts("channel", channel), sqldb.Texts("state", state), sqldb.Ints("given_on", given),
		sqldb.Texts("reason", reason), sqldb.Ints("attempts", attempts), sqldb.Blobs("sealed", sealed),
	}
}
