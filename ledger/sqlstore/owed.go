package sqlstore

import (
	"context"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
)

// PartiesOwed pages through the parties with balances of their own in whose row the account stands, by name, after one:
// also those whose balance on it is zero again.
func (l *LedgerTx) PartiesOwed(ctx context.Context, code ledger.Code, after ledger.Party, limit int) (parties []ledger.Party, err error) {
	const query = `SELECT b.party FROM party_balance AS b WHERE b.party > $1 AND b.balances LIKE $2 ORDER BY b.party LIMIT $3`
	args := []any{string(after), fmt.Sprintf(`%%[%d,"%%`, code), limit}
	err = l.tx.QueryArgs(ctx, query, args, func(row sqldb.Scanner) error {
		var party ledger.Party
		err := row.Scan(&party)
		parties = append(parties, party)
		return err
	})
	return parties, err
}
