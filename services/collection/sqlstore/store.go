// Package sqlstore keeps what collection needs beside the books: the items in suspense, and what collectors sent,
// sealed and apart.
package sqlstore

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return db.Migrate(ctx, "collection", migrations)
}

// CollectionTx is a transaction on suspense items and details.
type CollectionTx struct{ tx *sqldb.Tx }

// On works on a transaction that other stores may share.
func On(tx *sqldb.Tx) *CollectionTx { return &CollectionTx{tx} }

const itemColumns = ` s.id, s.collector, s.reason, s.value_on, s.opened_at, s.waits_for, s.candidates, s.fingerprint, s.unread, s.resolved `

// Items returns the suspense items of those ids, and those that wait for one of them.
func (c *CollectionTx) Items(ctx context.Context, ids ...ledger.ID) ([]collection.Item, error) {
	given := sqldb.Rows{sqldb.Blobs("id", bytesOf(ids))}
	return c.items(ctx, given, "SELECT"+itemColumns+`FROM suspense AS s WHERE s.id IN (SELECT given.id FROM given)
		UNION SELECT`+itemColumns+`FROM suspense AS s WHERE s.waits_for IN (SELECT given.id FROM given)`)
}

// Claimable returns the open items whose payer named a member by one of the identifiers, oldest first.
func (c *CollectionTx) Claimable(ctx context.Context, identifiers ...collection.Hash) ([]collection.Item, error) {
	given := sqldb.Rows{sqldb.Blobs("hash", bytesOf(identifiers))}
	return c.items(ctx, given, "SELECT"+itemColumns+`FROM suspense_name AS n
		JOIN suspense AS s ON s.id = n.id WHERE n.hash IN (SELECT given.hash FROM given) AND s.resolved = 0 AND s.unread = 0 ORDER BY s.opened_at, s.id`)
}

// Waiting pages through the open items of a collector, oldest first.
func (c *CollectionTx) Waiting(ctx context.Context, collector insurance.CollectorID, after string, limit int) ([]collection.Item, string, error) {
	openedAt, id, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	query := "SELECT" + itemColumns + `FROM suspense AS s WHERE s.collector = $1 AND s.resolved = 0
		AND (s.opened_at, s.id) > ($2, $3) ORDER BY s.opened_at, s.id LIMIT $4`
	var found []collection.Item
	err = c.tx.QueryArgs(ctx, query, []any{string(collector), openedAt, id[:], limit}, func(row sqldb.Scanner) error {
		item, err := scanItem(row)
		found = append(found, item)
		return err
	})
	if err != nil || len(found) < limit {
		return found, "", err
	}
	last := found[len(found)-1]
	return found, fmt.Sprintf("%d.%s", last.OpenedAt.UnixMicro(), last.ID), nil
}

func parseCursor(s string) (openedAt int64, id ledger.ID, err error) {
	if s == "" {
		return 0, ledger.ID{}, nil
	}
	var text string
	if _, err := fmt.Sscanf(strings.Replace(s, ".", " ", 1), "%d %s", &openedAt, &text); err != nil {
		return 0, ledger.ID{}, fmt.Errorf("%w: page token", ledger.ErrInvalid)
	}
	id, err = ledger.ParseID(text)
	return openedAt, id, err
}

func (c *CollectionTx) items(ctx context.Context, given sqldb.Rows, query string) ([]collection.Item, error) {
	var found []collection.Item
	err := c.tx.Query(ctx, given, query, func(row sqldb.Scanner) error {
		item, err := scanItem(row)
		if !slices.ContainsFunc(found, func(other collection.Item) bool { return other.ID == item.ID }) {
			found = append(found, item)
		}
		return err
	})
	return found, err
}

func scanItem(row sqldb.Scanner) (collection.Item, error) {
	var item collection.Item
	var id, waitsFor, fingerprint []byte
	var openedAt, unread, resolved int64
	var candidates string
	err := row.Scan(&id, &item.Collector, &item.Reason, &item.ValueOn, &openedAt, &waitsFor, &candidates, &fingerprint, &unread, &resolved)
	copy(item.ID[:], id)
	copy(item.WaitsFor[:], waitsFor)
	copy(item.Fingerprint[:], fingerprint)
	item.OpenedAt = time.UnixMicro(openedAt).UTC()
	item.Unread, item.Resolved = unread == 1, resolved == 1
	for _, candidate := range strings.Fields(candidates) {
		item.Candidates = append(item.Candidates, insurance.MemberID(candidate))
	}
	return item, err
}

// SaveItems writes new items and replaces those that are there.
func (c *CollectionTx) SaveItems(ctx context.Context, items ...collection.Item) error {
	const query = `INSERT INTO suspense (id, collector, reason, value_on, opened_at, waits_for, candidates, fingerprint, unread, resolved)
		SELECT given.id, given.collector, given.reason, given.value_on, given.opened_at, given.waits_for, given.candidates,
			given.fingerprint, given.unread, given.resolved
		FROM given WHERE true
		ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, waits_for = excluded.waits_for, resolved = excluded.resolved`
	if len(items) == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(items), func(a, b collection.Item) int { return slices.Compare(a.ID[:], b.ID[:]) })
	if _, err := c.tx.Exec(ctx, itemRows(sorted), query); err != nil {
		return fmt.Errorf("write suspense: %w", err)
	}
	return c.saveNames(ctx, sorted)
}

func itemRows(items []collection.Item) sqldb.Rows {
	n := len(items)
	ids, waitsFor, fingerprints := make([][]byte, n), make([][]byte, n), make([][]byte, n)
	collectors, reasons, candidates := make([]string, n), make([]string, n), make([]string, n)
	valueOn, openedAt, unread, resolved := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i := range items {
		item := &items[i]
		ids[i], collectors[i], reasons[i] = item.ID[:], string(item.Collector), item.Reason
		valueOn[i], openedAt[i] = int64(item.ValueOn), item.OpenedAt.UnixMicro()
		unread[i], resolved[i] = flag(item.Unread), flag(item.Resolved)
		if !item.WaitsFor.IsZero() {
			waitsFor[i] = item.WaitsFor[:]
		}
		if item.Unread {
			fingerprints[i] = item.Fingerprint[:]
		}
		candidates[i] = join(item.Candidates)
	}
	return sqldb.Rows{
		sqldb.Blobs("id", ids), sqldb.Texts("collector", collectors), sqldb.Texts("reason", reasons), sqldb.Ints("value_on", valueOn),
		sqldb.Ints("opened_at", openedAt), sqldb.Blobs("waits_for", waitsFor), sqldb.Texts("candidates", candidates),
		sqldb.Blobs("fingerprint", fingerprints), sqldb.Ints("unread", unread), sqldb.Ints("resolved", resolved),
	}
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}

func join(members []insurance.MemberID) string {
	texts := make([]string, len(members))
	for i, member := range members {
		texts[i] = string(member)
	}
	return strings.Join(texts, " ")
}

// saveNames keeps by which identifiers the payers named their members, so that these can claim the items.
func (c *CollectionTx) saveNames(ctx context.Context, items []collection.Item) error {
	var hashes, ids [][]byte
	for i := range items {
		for j := range items[i].Named {
			hashes = append(hashes, items[i].Named[j][:])
			ids = append(ids, items[i].ID[:])
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	const query = `INSERT INTO suspense_name (hash, id) SELECT given.hash, given.id FROM given WHERE true ON CONFLICT (hash, id) DO NOTHING`
	_, err := c.tx.Exec(ctx, sqldb.Rows{sqldb.Blobs("hash", hashes), sqldb.Blobs("id", ids)}, query)
	return err
}

// tails is how many ends the details grow at: few, so that a batch's lie together; more than one, so that a
// distributed database can spread them.
const tails = 16

// tailOf is the end that a contribution's details are written to.
func tailOf(id ledger.ID) int64 { return int64(id[len(id)-1] % tails) }

// SaveDetails writes what was sent, sealed; what is there already is sealed anew under another key.
func (c *CollectionTx) SaveDetails(ctx context.Context, details ...collection.Detail) error {
	n := len(details)
	if n == 0 {
		return nil
	}
	ids, members, sealed := make([][]byte, n), make([]string, n), make([][]byte, n)
	tail, recordedAt := make([]int64, n), make([]int64, n)
	for i := range details {
		ids[i], members[i], sealed[i] = details[i].ID[:], string(details[i].Member), details[i].Sealed
		tail[i], recordedAt[i] = tailOf(details[i].ID), details[i].RecordedAt.UnixMicro()
	}
	const query = `INSERT INTO contribution_detail (tail, recorded_at, id, member, sealed)
		SELECT given.tail, given.recorded_at, given.id, given.member, given.sealed FROM given WHERE true
		ON CONFLICT (tail, recorded_at, id) DO UPDATE SET member = excluded.member, sealed = excluded.sealed`
	rows := sqldb.Rows{
		sqldb.Ints("tail", tail), sqldb.Ints("recorded_at", recordedAt), sqldb.Blobs("id", ids),
		sqldb.Texts("member", members), sqldb.Blobs("sealed", sealed),
	}
	if _, err := c.tx.Exec(ctx, rows, query); err != nil {
		return fmt.Errorf("write what was sent: %w", err)
	}
	return nil
}

// Detail returns what was sent, sealed; false where it is not kept.
func (c *CollectionTx) Detail(ctx context.Context, id ledger.ID, recordedAt time.Time) (d collection.Detail, found bool, err error) {
	const query = `SELECT d.member, d.sealed FROM contribution_detail AS d WHERE d.tail = $1 AND d.recorded_at = $2 AND d.id = $3`
	d = collection.Detail{ID: id, RecordedAt: recordedAt}
	err = c.tx.QueryArgs(ctx, query, []any{tailOf(id), recordedAt.UnixMicro(), id[:]}, func(row sqldb.Scanner) error {
		found = true
		return row.Scan(&d.Member, &d.Sealed)
	})
	return d, found, err
}

func bytesOf[T ~[16]byte](values []T) [][]byte {
	all := make([][]byte, len(values))
	for i := range values {
		b := [16]byte(values[i])
		all[i] = b[:]
	}
	return all
}
