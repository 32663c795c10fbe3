package api

import (
	"context"
	"errors"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
)

// payouts wires the paying out; the rails are the server's to name.
func payouts(db *sqldb.DB, keys *privacy.Keyring) *payout.Service {
	as := func(t tx) payout.Tx { return payoutTx{t, keys} }
	return &payout.Service{Store: store[payout.Tx]{db, as}, Keys: keys, Pool: insurance.Health.Party(), Rails: map[string]payout.Rail{}}
}

// payoutTx is a transaction that also seals where money goes: payments know no privacy.
type payoutTx struct {
	tx
	keys *privacy.Keyring
}

// SealFor seals under the member's own key, or that of a party which is no person.
func (t payoutTx) SealFor(ctx context.Context, party ledger.Party, plain []byte, context string) ([]byte, error) {
	sealer, err := t.sealer(ctx, party)
	if err != nil {
		return nil, err
	}
	return sealer.Seal(plain, context)
}

// OpenFor opens what SealFor made.
func (t payoutTx) OpenFor(ctx context.Context, party ledger.Party, sealed []byte, context string) ([]byte, error) {
	sealer, err := t.sealer(ctx, party)
	if err != nil {
		return nil, err
	}
	plain, err := sealer.Open(sealed, context)
	if errors.Is(err, privacy.ErrSealed) { // what nobody can read tells nobody where to pay
		return nil, fmt.Errorf("%w: %w", payout.ErrNobody, err)
	}
	return plain, err
}

func (t payoutTx) sealer(ctx context.Context, party ledger.Party) (*privacy.Sealer, error) {
	if party.Kind() != ledger.MemberKind {
		salt := t.keys.Hash("party-key", string(party))
		return t.keys.Sealer(salt[:])
	}
	member := insurance.MemberID(party.ID())
	salts, err := t.Salts(ctx, member)
	if err != nil {
		return nil, err
	}
	if salts[member] == nil {
		return nil, fmt.Errorf("%w: no member of that id is known, or she is erased", payout.ErrNobody)
	}
	return t.keys.Sealer(salts[member])
}
