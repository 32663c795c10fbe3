package sqlstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

// TrialBalance returns the turnover of every control account, or of every party's accounts.
func (l *LedgerTx) TrialBalance(ctx context.Context, q ledger.TrialQuery) ([]ledger.Turnover, error) {
	if err := l.certain(ctx, q.KnownAt); err != nil {
		return nil, err
	}
	if q.ByParty {
		return l.partyTurnovers(ctx, q)
	}
	turnovers, err := l.turnovers(ctx, turnoverFilter{through: q.Through, knownAt: q.KnownAt})
	if err != nil {
		return nil, err
	}
	return sumBy(turnovers, func(a ledger.Account) ledger.Account { a.Party = ""; return a })
}

// SharedTurnovers returns the turnover of every account of parties that are not held.
func (l *LedgerTx) SharedTurnovers(ctx context.Context, through ledger.Period) ([]ledger.Turnover, error) {
	turnovers, err := l.turnovers(ctx, turnoverFilter{through: through})
	return slices.DeleteFunc(turnovers, func(t ledger.Turnover) bool { return t.Account.Party == "" }), err
}

// turnoverFilter says which additions count.
type turnoverFilter struct {
	party    ledger.Party
	oneParty bool
	through  ledger.Period
	valueOn  ledger.Date
	knownAt  time.Time
}

const lastPeriod ledger.Period = 2199_12

// turnovers sums the rows of additions; where an instant is asked for, the days before its own by their rows and its
// own day by the batches recorded up to it.
func (l *LedgerTx) turnovers(ctx context.Context, f turnoverFilter) ([]ledger.Turnover, error) {
	if f.through == 0 {
		f.through = lastPeriod
	}
	before := ledger.LastDate + 1
	if !f.knownAt.IsZero() {
		before = ledger.DateOf(f.knownAt.UTC())
	}
	turnovers, err := l.summed(ctx, f, before)
	if err != nil || f.knownAt.IsZero() {
		return turnovers, err
	}
	today, err := l.partOfDay(ctx, f, before)
	if err != nil {
		return nil, err
	}
	return sumBy(append(turnovers, today...), func(a ledger.Account) ledger.Account { return a })
}

func (l *LedgerTx) summed(ctx context.Context, f turnoverFilter, before ledger.Date) ([]ledger.Turnover, error) {
	query := `SELECT t.code, t.party, t.scheme, t.currency, CAST(sum(t.debit) AS BIGINT), CAST(sum(t.credit) AS BIGINT)
		FROM account_total AS t WHERE t.period <= $1 AND t.value_on <= $2 AND t.recorded_on < $3`
	args := []any{int64(f.through), int64(lastOr(f.valueOn)), int64(before)}
	if f.oneParty {
		query += " AND t.party = $4"
		args = append(args, string(f.party))
	}
	query += ` GROUP BY t.code, t.party, t.scheme, t.currency ORDER BY t.code, t.party, t.scheme, t.currency`
	var turnovers []ledger.Turnover
	err := l.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		var t ledger.Turnover
		err := row.Scan(&t.Account.Code, &t.Account.Party, &t.Account.Scheme, &t.Account.Currency, &t.Debit, &t.Credit)
		turnovers = append(turnovers, t)
		return err
	})
	return turnovers, asOverflow(err)
}

// partOfDay adds up the entries recorded on the day up to the instant.
func (l *LedgerTx) partOfDay(ctx context.Context, f turnoverFilter, day ledger.Date) ([]ledger.Turnover, error) {
	var turnovers []ledger.Turnover
	at, id := day.Time().UnixMicro()-1, []byte{}
	for {
		b, ok, err := l.nextBatch(ctx, at, id, f.knownAt.UnixMicro())
		if err != nil || !ok {
			return turnovers, err
		}
		entries, err := l.byID(ctx, b.ids())
		if err != nil {
			return nil, err
		}
		added, err := f.of(entries)
		if err != nil {
			return nil, err
		}
		turnovers = append(turnovers, added...)
		at, id = b.recordedAt, b.id
	}
}

// of returns what the entries add to the accounts that the filter asks for.
func (f turnoverFilter) of(entries []ledger.Entry) ([]ledger.Turnover, error) {
	sums := accountSums{}
	for _, e := range entries {
		if e.BookedOn.Period() > f.through || e.ValueOn > lastOr(f.valueOn) {
			continue
		}
		for _, p := range e.Postings {
			account := totalKeyOf(e, p).account
			if f.oneParty && account.Party != f.party {
				continue
			}
			if err := sums.add(account, p.Debit, p.Credit); err != nil {
				return nil, err
			}
		}
	}
	return sums.sorted(), nil
}

// accountSums are turnovers by account.
type accountSums map[ledger.Account]ledger.Turnover

func (s accountSums) add(account ledger.Account, debit, credit int64) error {
	sum := s[account]
	sum.Account = account
	sum, err := sum.Plus(debit, credit)
	s[account] = sum
	return err
}

// sumBy adds up the turnovers whose accounts are one account when seen through fold.
func sumBy(turnovers []ledger.Turnover, fold func(ledger.Account) ledger.Account) ([]ledger.Turnover, error) {
	sums := accountSums{}
	for _, t := range turnovers {
		if err := sums.add(fold(t.Account), t.Debit, t.Credit); err != nil {
			return nil, err
		}
	}
	return sums.sorted(), nil
}

func (s accountSums) sorted() []ledger.Turnover {
	return slices.SortedFunc(maps.Values(s), func(a, b ledger.Turnover) int { return compareAccounts(a.Account, b.Account) })
}

func compareAccounts(a, b ledger.Account) int {
	return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Party, b.Party))
}

// partyTurnovers adds up the entries themselves, account by account.
func (l *LedgerTx) partyTurnovers(ctx context.Context, q ledger.TrialQuery) ([]ledger.Turnover, error) {
	if q.Through == 0 {
		q.Through = lastPeriod
	}
	sums := accountSums{}
	err := l.walk(ctx, func(e ledger.Entry) error {
		if e.BookedOn.Period() > q.Through || e.RecordedAt.UnixMicro() > microsOr(q.KnownAt) {
			return nil
		}
		for _, p := range e.Postings {
			if err := sums.add(p.Account, p.Debit, p.Credit); err != nil {
				return err
			}
		}
		return nil
	})
	return sums.sorted(), err
}

// walkPage is how many entries a walk reads at once.
const walkPage = 10000

// walk reads every entry, party by party and by value date. Between two pages, and after the last, rest may query.
func (l *LedgerTx) walk(ctx context.Context, visit func(ledger.Entry) error) error {
	return l.walkPages(ctx, visit, func() error { return nil })
}

func (l *LedgerTx) walkPages(ctx context.Context, visit func(ledger.Entry) error, rest func() error) error {
	query := "SELECT" + entryColumns + `FROM entry AS e WHERE (e.party, e.value_on, e.id) > ($1, $2, $3)
		ORDER BY e.party, e.value_on, e.id LIMIT $4`
	var last ledger.Entry
	for {
		n := 0
		args := []any{string(last.Party), int64(last.ValueOn), last.ID[:], walkPage}
		err := l.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) (err error) {
			if last, err = scanEntry(row); err != nil {
				return err
			}
			n++
			return visit(last)
		})
		if err != nil {
			return err
		}
		if err := rest(); err != nil || n < walkPage {
			return err
		}
	}
}
