package sqlstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

// Page reads and locks what the need names: the calendar shared, then the parties' rows in order. What undoes an
// entry, and the entries themselves, are decided by unique indexes when the page is saved.
func (l *LedgerTx) Page(ctx context.Context, need ledger.Need) (*ledger.Page, error) {
	recordedAt, calendar, err := l.clockAndCalendar(ctx)
	if err != nil {
		return nil, err
	}
	held, notes, err := l.hold(ctx, need.Parties)
	if err != nil {
		return nil, err
	}
	found, err := l.byID(ctx, need.Entries)
	if err != nil {
		return nil, err
	}
	undoing, err := l.undoing(ctx, need.Undoing)
	if err != nil {
		return nil, err
	}
	return ledger.NewPage(recordedAt, calendar, append(found, undoing...), held).LearnNotes(notes), nil
}

func (l *LedgerTx) clockAndCalendar(ctx context.Context) (recordedAt time.Time, calendar ledger.Calendar, err error) {
	query := "SELECT " + l.tx.Clock() + ", calendar.closed_through FROM calendar WHERE calendar.one = 1" + l.tx.ForShare("calendar")
	err = l.tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		var micros int64
		err := row.Scan(&micros, &calendar.ClosedThrough)
		recordedAt = time.UnixMicro(micros).UTC()
		return err
	})
	if err == nil && recordedAt.IsZero() {
		err = fmt.Errorf("the calendar's row is missing: run migrate")
	}
	return recordedAt, calendar, err
}

// hold locks the parties' rows in order and reads them; a party that is new gets an empty row. Where others write at
// the same time the rows are made before any is locked: who holds locks and then waits for another's new row may be
// waited for by that other. Where there is one writer, rows are made only for those found absent.
func (l *LedgerTx) hold(ctx context.Context, parties []ledger.Party) (map[ledger.Party]ledger.Balances, map[ledger.Party][]byte, error) {
	held, notes := make(map[ledger.Party]ledger.Balances, len(parties)), map[ledger.Party][]byte{}
	names := distinct(parties)
	if l.tx.ManyWriters() {
		if err := l.openParties(ctx, names); err != nil {
			return nil, nil, err
		}
		return held, notes, l.lockParties(ctx, names, held, notes)
	}
	if err := l.lockParties(ctx, names, held, notes); err != nil {
		return nil, nil, err
	}
	absent := slices.DeleteFunc(names, func(name string) bool { _, ok := held[ledger.Party(name)]; return ok })
	if err := l.openParties(ctx, absent); err != nil {
		return nil, nil, err
	}
	for _, name := range absent {
		held[ledger.Party(name)] = nil
	}
	return held, notes, nil
}

// openParties makes empty rows, in order, for those of the parties that have none.
func (l *LedgerTx) openParties(ctx context.Context, names []string) error {
	const query = `INSERT INTO party_balance (party, balances) SELECT given.party, '[]' FROM given WHERE true ON CONFLICT (party) DO NOTHING`
	_, err := l.tx.Exec(ctx, sqldb.Rows{sqldb.Texts("party", names)}, query)
	return err
}

func (l *LedgerTx) lockParties(ctx context.Context, names []string, held map[ledger.Party]ledger.Balances, notes map[ledger.Party][]byte) error {
	query := `SELECT b.party, b.balances, b.note FROM party_balance AS b WHERE b.party IN (SELECT given.party FROM given) ORDER BY b.party` + l.tx.ForUpdate("b")
	return l.tx.Query(ctx, sqldb.Rows{sqldb.Texts("party", names)}, query, func(row sqldb.Scanner) error {
		var party ledger.Party
		var text string
		var note []byte
		err := row.Scan(&party, &text, &note)
		if err != nil {
			return err
		}
		if note != nil {
			notes[party] = note
		}
		held[party], err = decodeBalances(party, text)
		return err
	})
}

func distinct(parties []ledger.Party) []string {
	names := make([]string, len(parties))
	for i, party := range parties {
		names[i] = string(party)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func blobs(ids []ledger.ID) sqldb.Rows {
	values := make([][]byte, len(ids))
	for i := range ids {
		values[i] = ids[i][:]
	}
	return sqldb.Rows{sqldb.Blobs("id", values)}
}

func (l *LedgerTx) byID(ctx context.Context, ids []ledger.ID) ([]ledger.Entry, error) {
	return l.entries(ctx, blobs(ids), "SELECT"+entryColumns+"FROM entry AS e WHERE e.id IN (SELECT given.id FROM given)")
}

func (l *LedgerTx) undoing(ctx context.Context, ids []ledger.ID) ([]ledger.Entry, error) {
	return l.entries(ctx, blobs(ids), "SELECT"+entryColumns+"FROM entry AS e WHERE e.undoes IN (SELECT given.id FROM given)")
}

func (l *LedgerTx) entries(ctx context.Context, given sqldb.Rows, query string) ([]ledger.Entry, error) {
	var found []ledger.Entry
	err := l.tx.Query(ctx, given, query, func(row sqldb.Scanner) error {
		e, err := scanEntry(row)
		found = append(found, e)
		return err
	})
	return found, err
}

// Save writes the page.
func (l *LedgerTx) Save(ctx context.Context, page *ledger.Page) error {
	entries := page.Pending()
	if len(entries) == 0 {
		return l.updateBalances(ctx, page)
	}
	sums, err := totalsOf(entries)
	if err != nil {
		return err
	}
	if err := l.insert(ctx, entries); err != nil {
		return err
	}
	if err := l.updateBalances(ctx, page); err != nil {
		return err
	}
	if err := l.recordBatch(ctx, page.RecordedAt(), entries); err != nil {
		return err
	}
	return l.addTotals(ctx, sums)
}

// insert writes the entries in the order of their ids, so that two batches never wait for each other in a circle. An
// id or an undoing that another transaction wrote first is not an error here: the transaction runs again and finds it.
func (l *LedgerTx) insert(ctx context.Context, entries []ledger.Entry) error {
	const query = `INSERT INTO entry (party, value_on, id, booked_on, recorded_at, kind, scheme, currency, postings, undoes, reason, fingerprint)
		SELECT given.party, given.value_on, given.id, given.booked_on, given.recorded_at, given.kind, given.scheme, given.currency,
			given.postings, given.undoes, given.reason, given.fingerprint
		FROM given WHERE true ON CONFLICT DO NOTHING`
	written, err := l.tx.Exec(ctx, entryRows(entries), query)
	if err != nil {
		return fmt.Errorf("write entries: %w", err)
	}
	if written != int64(len(entries)) {
		return sqldb.ErrRaced
	}
	return nil
}

func entryRows(entries []ledger.Entry) sqldb.Rows {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b ledger.Entry) int { return slices.Compare(a.ID[:], b.ID[:]) })
	n := len(sorted)
	var party, kind, scheme, currency, postings, reason = make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	var valueOn, bookedOn, recordedAt = make([]int64, n), make([]int64, n), make([]int64, n)
	var id, undoes, fingerprint = make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i := range sorted {
		e := &sorted[i]
		party[i], kind[i], reason[i] = string(e.Party), string(e.Kind), e.Reason
		scheme[i], currency[i] = string(schemeOf(*e)), string(e.Currency())
		postings[i] = encodePostings(*e, schemeOf(*e))
		valueOn[i], bookedOn[i], recordedAt[i] = int64(e.ValueOn), int64(e.BookedOn), e.RecordedAt.UnixMicro()
		id[i] = e.ID[:]
		if !e.Undoes.IsZero() {
			undoes[i] = e.Undoes[:]
		}
		if e.Fingerprint != (ledger.Fingerprint{}) {
			fingerprint[i] = e.Fingerprint[:]
		}
	}
	return sqldb.Rows{
		sqldb.Texts("party", party), sqldb.Ints("value_on", valueOn), sqldb.Blobs("id", id), sqldb.Ints("booked_on", bookedOn),
		sqldb.Ints("recorded_at", recordedAt), sqldb.Texts("kind", kind), sqldb.Texts("scheme", scheme),
		sqldb.Texts("currency", currency), sqldb.Texts("postings", postings), sqldb.Blobs("undoes", undoes),
		sqldb.Texts("reason", reason), sqldb.Blobs("fingerprint", fingerprint),
	}
}

func (l *LedgerTx) updateBalances(ctx context.Context, page *ledger.Page) error {
	changed := page.Changed()
	if len(changed) == 0 {
		return nil
	}
	parties := slices.Sorted(maps.Keys(changed))
	names, balances, notes := make([]string, len(parties)), make([]string, len(parties)), make([][]byte, len(parties))
	for i, party := range parties {
		names[i], balances[i], notes[i] = string(party), encodeBalances(changed[party]), page.Note(party)
	}
	rows := sqldb.Rows{sqldb.Texts("party", names), sqldb.Texts("balances", balances), sqldb.Blobs("note", notes)}
	const query = `UPDATE party_balance SET balances = given.balances, note = given.note FROM given WHERE party_balance.party = given.party`
	if _, err := l.tx.Exec(ctx, rows, query); err != nil {
		return fmt.Errorf("write balances: %w", err)
	}
	return nil
}

func (l *LedgerTx) recordBatch(ctx context.Context, recordedAt time.Time, entries []ledger.Entry) error {
	keys := make([]byte, 0, len(ledger.ID{})*len(entries))
	for i := range entries {
		keys = append(keys, entries[i].ID[:]...)
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id)
	const query = `INSERT INTO batch (stripe, recorded_at, id, entries) VALUES ($1, $2, $3, $4)`
	if _, err := l.tx.ExecArgs(ctx, query, l.tx.Stripe(), recordedAt.UnixMicro(), id, keys); err != nil {
		return fmt.Errorf("record the batch: %w", err)
	}
	return nil
}
