package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

// totalKey is a row of additions, but for the stripe. The party is empty for members' accounts: their control total.
type totalKey struct {
	account    ledger.Account
	period     ledger.Period
	valueOn    ledger.Date
	recordedOn ledger.Date
}

// totalKeyOf is the row that a posting of the entry is added to.
func totalKeyOf(e ledger.Entry, p ledger.Posting) totalKey {
	account := p.Account
	if account.Party.Held() {
		account.Party = ""
	}
	return totalKey{account, e.BookedOn.Period(), e.ValueOn, ledger.DateOf(e.RecordedAt)}
}

// totals are sums of additions by their row.
type totals map[totalKey]ledger.Turnover

// totalsOf adds up what the entries add to each row. The two columns of a row never both reach beyond int64 unless
// the entries do together: then the batch is refused, and taken again in halves.
func totalsOf(entries []ledger.Entry) (totals, error) {
	sums := totals{}
	for _, e := range entries {
		for _, p := range e.Postings {
			key := totalKeyOf(e, p)
			sum := sums[key]
			sum.Account = key.account
			sum, err := sum.Plus(p.Debit, p.Credit)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", sqldb.ErrRefused, err)
			}
			sums[key] = sum
		}
	}
	return sums, nil
}

func compareTotals(a, b totalKey) int {
	return cmp.Or(cmp.Compare(a.account.Code, b.account.Code), cmp.Compare(a.account.Party, b.account.Party),
		cmp.Compare(a.account.Scheme, b.account.Scheme), cmp.Compare(a.account.Currency, b.account.Currency),
		cmp.Compare(a.period, b.period), cmp.Compare(a.valueOn, b.valueOn), cmp.Compare(a.recordedOn, b.recordedOn))
}

// addTotals adds to this transaction's own stripe. What spends from a shared account with a floor waits for the
// account's spend row first, and the stripes are summed after it: additions that the sum misses only raise it (L8).
func (l *LedgerTx) addTotals(ctx context.Context, sums totals) error {
	keys := slices.SortedFunc(maps.Keys(sums), compareTotals)
	spent := spentAccounts(keys, sums)
	if err := l.lockSpends(ctx, spent); err != nil {
		return err
	}
	if err := l.upsertTotals(ctx, keys, sums); err != nil {
		return err
	}
	return l.checkFloors(ctx, spent)
}

// spentAccounts are the shared accounts with a floor that the batch lowers by any of its postings.
func spentAccounts(keys []totalKey, sums totals) []ledger.Account {
	var spent []ledger.Account
	for _, key := range keys {
		control, _ := key.account.Code.Control()
		lowered := sums[key].Debit
		if control.Debit {
			lowered = sums[key].Credit
		}
		if control.Floored && key.account.Party != "" && lowered > 0 && !slices.Contains(spent, key.account) {
			spent = append(spent, key.account)
		}
	}
	return spent
}

func (l *LedgerTx) lockSpends(ctx context.Context, accounts []ledger.Account) error {
	if len(accounts) == 0 {
		return nil
	}
	const query = `INSERT INTO account_spend (code, party, scheme, currency, spends)
		SELECT given.code, given.party, given.scheme, given.currency, 1 FROM given WHERE true
		ON CONFLICT (code, party, scheme, currency) DO UPDATE SET spends = account_spend.spends + 1`
	if _, err := l.tx.Exec(ctx, accountRows(accounts), query); err != nil {
		return fmt.Errorf("hold accounts with a floor: %w", err)
	}
	return nil
}

func accountRows(accounts []ledger.Account) sqldb.Rows {
	n := len(accounts)
	code, party, scheme, currency := make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	for i, a := range accounts {
		code[i], party[i], scheme[i], currency[i] = int64(a.Code), string(a.Party), string(a.Scheme), string(a.Currency)
	}
	return sqldb.Rows{sqldb.Ints("code", code), sqldb.Texts("party", party), sqldb.Texts("scheme", scheme), sqldb.Texts("currency", currency)}
}

func (l *LedgerTx) upsertTotals(ctx context.Context, keys []totalKey, sums totals) error {
	n := len(keys)
	accounts := make([]ledger.Account, n)
	period, valueOn, recordedOn, stripe := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	debit, credit := make([]int64, n), make([]int64, n)
	for i, key := range keys {
		accounts[i] = key.account
		period[i], valueOn[i], recordedOn[i] = int64(key.period), int64(key.valueOn), int64(key.recordedOn)
		stripe[i] = int64(l.tx.Stripe())
		debit[i], credit[i] = sums[key].Debit, sums[key].Credit
	}
	rows := append(accountRows(accounts), sqldb.Ints("period", period), sqldb.Ints("value_on", valueOn),
		sqldb.Ints("recorded_on", recordedOn), sqldb.Ints("stripe", stripe), sqldb.Ints("debit", debit), sqldb.Ints("credit", credit))
	const query = `INSERT INTO account_total (code, party, scheme, currency, period, value_on, recorded_on, stripe, debit, credit)
		SELECT given.code, given.party, given.scheme, given.currency, given.period, given.value_on, given.recorded_on,
			given.stripe, given.debit, given.credit
		FROM given WHERE true
		ON CONFLICT (code, party, scheme, currency, period, value_on, recorded_on, stripe)
		DO UPDATE SET debit = account_total.debit + excluded.debit, credit = account_total.credit + excluded.credit`
	if _, err := l.tx.Exec(ctx, rows, query); err != nil {
		return asOverflow(fmt.Errorf("add to shared accounts: %w", err))
	}
	return nil
}

// asOverflow names an overflow inside the database by the ledger's word for it.
func asOverflow(err error) error {
	if sqldb.Overflowed(err) {
		return errors.Join(ledger.ErrOverflow, err)
	}
	return err
}

// HoldShared locks the accounts' spending and returns what stands on each.
func (l *LedgerTx) HoldShared(ctx context.Context, accounts ...ledger.Account) ([]ledger.Balance, error) {
	if err := checkSpendable(accounts); err != nil {
		return nil, err
	}
	ordered := inOrder(accounts)
	if err := l.lockSpends(ctx, ordered); err != nil {
		return nil, err
	}
	return l.standing(ctx, ledger.LastDate, accounts)
}

// SharedBalances returns what stands on each of the accounts.
func (l *LedgerTx) SharedBalances(ctx context.Context, valueOn ledger.Date, accounts ...ledger.Account) ([]ledger.Balance, error) {
	return l.standing(ctx, lastOr(valueOn), accounts)
}

func (l *LedgerTx) standing(ctx context.Context, through ledger.Date, accounts []ledger.Account) ([]ledger.Balance, error) {
	nets := make(map[ledger.Account]int64, len(accounts))
	if err := l.sumStripes(ctx, through, inOrder(accounts), func(b ledger.Balance) error { nets[b.Account] = b.Net; return nil }); err != nil {
		return nil, err
	}
	balances := make([]ledger.Balance, len(accounts))
	for i, a := range accounts {
		balances[i] = ledger.Balance{Account: a, Net: nets[a]}
	}
	return balances, nil
}

// inOrder is the accounts in the order in which they are locked, each once.
func inOrder(accounts []ledger.Account) []ledger.Account {
	return slices.Compact(slices.SortedFunc(slices.Values(accounts), compareShared))
}

// checkSpendable refuses accounts that somebody may lower without waiting at their spend row.
func checkSpendable(accounts []ledger.Account) error {
	for _, a := range accounts {
		if control, _ := a.Code.Control(); a.Party.Held() || !control.Floored {
			return fmt.Errorf("%w: %s is not a shared account with a floor", ledger.ErrInvalid, a)
		}
	}
	return nil
}

func compareShared(a, b ledger.Account) int {
	return compareTotals(totalKey{account: a}, totalKey{account: b})
}

func (l *LedgerTx) checkFloors(ctx context.Context, accounts []ledger.Account) error {
	return l.sumStripes(ctx, ledger.LastDate, accounts, func(b ledger.Balance) error {
		if b.Money().Minor < 0 {
			return fmt.Errorf("%w: %w: %s would stand at %s", sqldb.ErrRefused, ledger.ErrFloor, b.Account, b.Money())
		}
		return nil
	})
}

// sumStripes yields what stands, with value dates through a day, on each of the accounts that anything was added to.
func (l *LedgerTx) sumStripes(ctx context.Context, through ledger.Date, accounts []ledger.Account, yield func(ledger.Balance) error) error {
	if len(accounts) == 0 {
		return nil
	}
	const query = `SELECT t.code, t.party, t.scheme, t.currency, CAST(sum(t.debit) - sum(t.credit) AS BIGINT)
		FROM given JOIN account_total AS t ON t.code = given.code AND t.party = given.party
			AND t.scheme = given.scheme AND t.currency = given.currency AND t.value_on <= given.through
		GROUP BY t.code, t.party, t.scheme, t.currency`
	days := make([]int64, len(accounts))
	for i := range days {
		days[i] = int64(through)
	}
	err := l.tx.Query(ctx, append(accountRows(accounts), sqldb.Ints("through", days)), query, func(row sqldb.Scanner) error {
		var b ledger.Balance
		if err := row.Scan(&b.Account.Code, &b.Account.Party, &b.Account.Scheme, &b.Account.Currency, &b.Net); err != nil {
			return err
		}
		return yield(b)
	})
	return asOverflow(err)
}
