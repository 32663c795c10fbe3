package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

// mostFindings bounds the findings that are kept.
const mostFindings = 1000

// Verify recomputes every balance and total from the entries, on one snapshot, and checks the laws of the books on
// what is stored. Progress is told now and then how many entries have been read; the examiners see each of them.
func (s *Store) Verify(ctx context.Context, progress func(entries int64), examiners ...ledger.Examiner) (ledger.Audit, error) {
	var audit ledger.Audit
	err := s.db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		a := &auditor{l: On(tx), progress: progress, examiners: examiners, sums: accountTotals{}, done: map[ledger.Party]ledger.Balances{}}
		err := a.run(ctx)
		audit = a.Audit
		return err
	})
	return audit, err
}

// Walk yields every entry, party by party and by value date, from one snapshot.
func (s *Store) Walk(ctx context.Context) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		err := s.db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
			return On(tx).walk(ctx, func(e ledger.Entry) error {
				if !yield(e, nil) {
					return errStopped
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(ledger.Entry{}, err)
		}
	}
}

var errStopped = errors.New("stopped")

// accountTotals are recomputed rows of account_total, stripes added up.
type accountTotals map[totalKey]ledger.Turnover

// auditor reads the entries once, in the order of their parties, and keeps only sums.
type auditor struct {
	ledger.Audit
	l         *LedgerTx
	progress  func(int64)
	examiners []ledger.Examiner
	calendar  ledger.Calendar
	closings  []closing
	sums      accountTotals
	// party is whose entries are being read, with the balances that follow from them.
	party    ledger.Party
	balances ledger.Balances
	// done are the parties read to the end, with what their rows must say, not yet compared.
	done map[ledger.Party]ledger.Balances
	// ids is the exclusive or of all ids, to be compared with that of the batches.
	ids ledger.ID
}

// closing is a period that was closed, and when.
type closing struct {
	period   ledger.Period
	closedAt int64
}

func (a *auditor) run(ctx context.Context) error {
	steps := []func(context.Context) error{
		a.readCalendar, a.readEntries, a.compareTotals, a.findStrangers, a.compareBatches, a.checkUndoing, a.askExaminers,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// askExaminers adds what the examiners have found.
func (a *auditor) askExaminers(context.Context) error {
	for _, examiner := range a.examiners {
		for _, f := range examiner.Findings() {
			a.found(f.Law, f.Party, f.Account, "%s", f.Text)
		}
	}
	return nil
}

func (a *auditor) found(law string, party ledger.Party, account, text string, args ...any) {
	if len(a.Findings) < mostFindings {
		a.Findings = append(a.Findings, ledger.Finding{Law: law, Party: party, Account: account, Text: fmt.Sprintf(text, args...)})
	}
}

func (a *auditor) readCalendar(ctx context.Context) (err error) {
	if a.calendar, err = a.l.Calendar(ctx); err != nil {
		return err
	}
	return a.l.tx.QueryArgs(ctx, "SELECT period, closed_at FROM period_close ORDER BY period", nil, func(row sqldb.Scanner) error {
		var c closing
		err := row.Scan(&c.period, &c.closedAt)
		a.closings = append(a.closings, c)
		return err
	})
}

// progressEvery is how many entries are read between two words of progress.
const progressEvery = 20000

func (a *auditor) readEntries(ctx context.Context) error {
	err := a.l.walkPages(ctx, a.visit, func() error { return a.compareParties(ctx) })
	if err != nil {
		return err
	}
	a.endParty()
	return a.compareParties(ctx)
}

func (a *auditor) visit(e ledger.Entry) error {
	if a.Entries++; a.Entries%progressEvery == 0 && a.progress != nil {
		a.progress(a.Entries)
	}
	if e.Party != a.party {
		a.endParty()
		a.party, a.balances = e.Party, nil
	}
	return a.readEntry(e)
}

func (a *auditor) readEntry(e ledger.Entry) error {
	if err := e.Check(); err != nil {
		a.found("L1", e.Party, e.ID.String(), "%v", err)
		return nil
	}
	a.checkBooking(e)
	for _, examiner := range a.examiners {
		examiner.Examine(e)
	}
	for i, b := range e.ID {
		a.ids[i] ^= b
	}
	for _, p := range e.Postings {
		key := totalKeyOf(e, p)
		sum := a.sums[key]
		sum.Account = key.account
		sum, err := sum.Plus(p.Debit, p.Credit)
		if err != nil {
			return err
		}
		a.sums[key] = sum
	}
	var err error
	if e.Party.Held() {
		a.balances, err = a.balances.With(e)
	}
	return err
}

// checkBooking: an entry is booked on its value date or on the first day of a later month, and not into a period
// that was closed before it was recorded (L7).
func (a *auditor) checkBooking(e ledger.Entry) {
	if e.BookedOn != e.ValueOn && (e.BookedOn < e.ValueOn || e.BookedOn.Day() != 1) {
		a.found("L7", e.Party, e.ID.String(), "booked on %s with value date %s", e.BookedOn, e.ValueOn)
	}
	for _, c := range a.closings {
		if e.BookedOn.Period() <= c.period && e.RecordedAt.UnixMicro() > c.closedAt {
			a.found("L7", e.Party, e.ID.String(), "booked into %s after that was closed", e.BookedOn.Period())
			return
		}
	}
}

// endParty keeps what follows from the entries of the party for the comparison with her row.
func (a *auditor) endParty() {
	if !a.party.Held() {
		return
	}
	a.Parties++
	a.done[a.party] = a.balances
	for _, b := range a.balances {
		control, _ := b.Account.Code.Control()
		if control.Floored && b.Money().Minor < 0 {
			a.found("L8", a.party, b.Account.String(), "stands at %s", b.Money())
		}
	}
}

// compareParties compares the rows of the parties read to the end with what follows from their entries, and shows their
// notes to the examiners.
func (a *auditor) compareParties(ctx context.Context) error {
	parties := slices.Sorted(maps.Keys(a.done))
	stored := map[ledger.Party]ledger.Balances{}
	if err := a.l.readParties(ctx, parties, stored); err != nil {
		return err
	}
	notes, err := a.notes(ctx, parties)
	if err != nil {
		return err
	}
	for _, party := range parties {
		a.compareParty(party, a.done[party], stored[party])
		for _, examiner := range a.noteExaminers() {
			examiner.ExamineNote(party, notes[party])
		}
	}
	clear(a.done)
	return nil
}

// noteExaminers are the examiners who look at notes.
func (a *auditor) noteExaminers() (all []ledger.NoteExaminer) {
	for _, examiner := range a.examiners {
		if looks, ok := examiner.(ledger.NoteExaminer); ok {
			all = append(all, looks)
		}
	}
	return all
}

// notes are the parties' notes, where anybody looks at them.
func (a *auditor) notes(ctx context.Context, parties []ledger.Party) (map[ledger.Party][]byte, error) {
	if len(a.noteExaminers()) == 0 {
		return nil, nil
	}
	return a.l.Notes(ctx, parties...)
}

func (a *auditor) compareParty(party ledger.Party, want, got ledger.Balances) {
	for _, b := range append(slices.Clone(want), got...) {
		if want.Of(b.Account) != got.Of(b.Account) {
			a.found("L1", party, b.Account.String(), "the row says %s, the entries say %s",
				ledger.Balance{Account: b.Account, Net: got.Of(b.Account)}.Money(),
				ledger.Balance{Account: b.Account, Net: want.Of(b.Account)}.Money())
			return
		}
	}
}

// findStrangers looks for balances and notes of parties that no entry concerns.
func (a *auditor) findStrangers(ctx context.Context) error {
	const query = `SELECT b.party FROM party_balance AS b WHERE (b.balances <> '[]' OR b.note IS NOT NULL)
		AND NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.party = b.party)`
	return a.l.tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		var party ledger.Party
		if err := row.Scan(&party); err != nil {
			return err
		}
		a.found("L1", party, "", "has balances or a note, but no entry")
		return nil
	})
}

// compareBatches proves that the batches name exactly the entries: as many, and the same by exclusive or.
func (a *auditor) compareBatches(ctx context.Context) error {
	var n int64
	var ids ledger.ID
	err := a.l.tx.QueryArgs(ctx, "SELECT b.recorded_at, b.id, b.entries FROM batch AS b", nil, func(row sqldb.Scanner) error {
		var b batchRow
		if err := row.Scan(&b.recordedAt, &b.id, &b.entries); err != nil {
			return err
		}
		for _, id := range b.ids() {
			n++
			for i := range id {
				ids[i] ^= id[i]
			}
		}
		return nil
	})
	if err == nil && (n != a.Entries || ids != a.ids) {
		a.found("L3", "", "", "the batches name %d entries, the books hold %d: one is missing, doubled or changed", n, a.Entries)
	}
	return err
}

// checkUndoing: what undoes an entry names one that is there; a reversal mirrors it and is not undone itself (L2).
func (a *auditor) checkUndoing(ctx context.Context) error {
	var undoing []ledger.Entry
	query := "SELECT" + entryColumns + "FROM entry AS e WHERE e.undoes IS NOT NULL"
	err := a.l.tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		e, err := scanEntry(row)
		undoing = append(undoing, e)
		return err
	})
	for part := range slices.Chunk(undoing, 1000) {
		if err == nil {
			err = a.checkTargets(ctx, part)
		}
	}
	return err
}

func (a *auditor) checkTargets(ctx context.Context, undoing []ledger.Entry) error {
	ids := make([]ledger.ID, len(undoing))
	for i, e := range undoing {
		ids[i] = e.Undoes
	}
	targets, err := a.l.byID(ctx, ids)
	if err != nil {
		return err
	}
	byID := map[ledger.ID]ledger.Entry{}
	for _, t := range targets {
		byID[t.ID] = t
	}
	for _, e := range undoing {
		if err := ledger.CheckUndoing(e, byID[e.Undoes]); err != nil {
			a.found("L2", e.Party, e.ID.String(), "%v", err)
		}
	}
	return nil
}

func (a *auditor) compareTotals(ctx context.Context) error {
	stored := accountTotals{}
	const query = `SELECT t.code, t.party, t.scheme, t.currency, t.period, t.value_on, t.recorded_on,
		CAST(sum(t.debit) AS BIGINT), CAST(sum(t.credit) AS BIGINT)
		FROM account_total AS t GROUP BY t.code, t.party, t.scheme, t.currency, t.period, t.value_on, t.recorded_on`
	err := a.l.tx.QueryArgs(ctx, query, nil, func(row sqldb.Scanner) error {
		var k totalKey
		var t ledger.Turnover
		err := row.Scan(&k.account.Code, &k.account.Party, &k.account.Scheme, &k.account.Currency, &k.period, &k.valueOn,
			&k.recordedOn, &t.Debit, &t.Credit)
		t.Account = k.account
		stored[k] = t
		return err
	})
	if err != nil {
		return err
	}
	keys := slices.Collect(maps.Keys(a.sums))
	for key := range stored {
		if _, ok := a.sums[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, compareTotals)
	for _, key := range keys {
		a.compareTotal(key, a.sums[key], stored[key])
	}
	return nil
}

func (a *auditor) compareTotal(key totalKey, want, got ledger.Turnover) {
	if want.Debit == got.Debit && want.Credit == got.Credit {
		return
	}
	a.found("L1", key.account.Party, key.account.String(), "the total of %s at %s says %d debit and %d credit, the entries %d and %d",
		key.period, key.valueOn, got.Debit, got.Credit, want.Debit, want.Credit)
}
