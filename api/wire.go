package api

import (
	"context"
	"encoding/json"
	"fmt"

	approvalsql "sanad.dev/sanad/services/approval/sqlstore"
	"sanad.dev/sanad/services/cases"
	casesql "sanad.dev/sanad/services/cases/sqlstore"
	"sanad.dev/sanad/services/claims"
	claimsql "sanad.dev/sanad/services/claims/sqlstore"
	"sanad.dev/sanad/services/closing"
	"sanad.dev/sanad/services/collection"
	collectionsql "sanad.dev/sanad/services/collection/sqlstore"
	decisionsql "sanad.dev/sanad/services/decision/sqlstore"
	"sanad.dev/sanad/services/enrolment"
	enrolmentsql "sanad.dev/sanad/services/enrolment/sqlstore"
	"sanad.dev/sanad/services/entitlement"
	coversql "sanad.dev/sanad/services/entitlement/sqlstore"
	"sanad.dev/sanad/services/funds"
	fundsql "sanad.dev/sanad/services/funds/sqlstore"
	"sanad.dev/sanad/services/insurance"
	matchsql "sanad.dev/sanad/services/match/sqlstore"
	"sanad.dev/sanad/services/pension"
	pensionsql "sanad.dev/sanad/services/pension/sqlstore"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/scheme"
	schemesql "sanad.dev/sanad/services/scheme/sqlstore"
	"sanad.dev/sanad/services/subsidy"
	"sanad.dev/sanad/services/treasury"
	treasurysql "sanad.dev/sanad/services/treasury/sqlstore"

	"sanad.dev/sanad/payments/payout"
	payoutsql "sanad.dev/sanad/payments/payout/sqlstore"

	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
)

// Institution is everything that a server serves, on one database: stores wired to use cases by hand.
type Institution struct {
	DB         *sqldb.DB
	Books      *ledgersql.Store
	Collection *collection.Service
	Enrolment  *enrolment.Service
	Schemes    *scheme.Service
	Closing    *closing.Service
	Treasury   *treasury.Service
	Subsidies  *subsidy.Service
	Cases      *cases.Service
	Covers     *entitlement.Service
	Pensions   *pension.Service
	Claims     *claims.Service
	Payouts    *payout.Service
	Funds      *funds.Service
}

// tx is one database transaction as all the stores see it.
type tx struct {
	*ledgersql.LedgerTx
	*schemesql.SchemeTx
	*enrolmentsql.EnrolmentTx
	*approvalsql.ApprovalTx
	*collectionsql.CollectionTx
	*matchsql.MatchTx
	*treasurysql.TreasuryTx
	*coversql.CoverTx
	*pensionsql.PensionTx
	*decisionsql.DecisionTx
	*casesql.CaseTx
	*claimsql.ClaimTx
	*payoutsql.PayoutTx
	*fundsql.FundTx
}

func on(t *sqldb.Tx) tx {
	return tx{
		ledgersql.On(t), schemesql.On(t), enrolmentsql.On(t), approvalsql.On(t), collectionsql.On(t), matchsql.On(t), treasurysql.On(t), coversql.On(t),
		pensionsql.On(t),
		decisionsql.On(t), casesql.On(t),
		claimsql.On(t),
		payoutsql.On(t),
		fundsql.On(t),
	}
}

// store runs transactions that a use case sees as its own T.
type store[T any] struct {
	db *sqldb.DB
	as func(tx) T
}

// Update runs fn in one transaction that may write.
func (s store[T]) Update(ctx context.Context, fn func(context.Context, T) error) error {
	return s.db.Update(ctx, func(ctx context.Context, t *sqldb.Tx) error { return fn(ctx, s.as(on(t))) })
}

// View runs fn on one snapshot.
func (s store[T]) View(ctx context.Context, fn func(context.Context, T) error) error {
	return s.db.View(ctx, func(ctx context.Context, t *sqldb.Tx) error { return fn(ctx, s.as(on(t))) })
}

// memberStore shows enrolment no more than a reader where it only reads.
type memberStore struct{ store[enrolment.Tx] }

// View runs fn on one snapshot.
func (s memberStore) View(ctx context.Context, fn func(context.Context, enrolment.Reader) error) error {
	return s.store.View(ctx, func(ctx context.Context, t enrolment.Tx) error { return fn(ctx, t) })
}

// Open opens the database at the URL, brings its tables up to date and wires the institution. Master is the key that
// personal data and references are hashed and sealed with.
func Open(ctx context.Context, url string, master []byte) (*Institution, error) {
	keys, err := privacy.NewKeyring(master)
	if err != nil {
		return nil, err
	}
	db, err := sqldb.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := Migrate(ctx, db); err != nil {
		db.Close()
		return nil, err
	}
	if err := enrolmentsql.CheckKey(ctx, db, keys); err != nil {
		db.Close()
		return nil, err
	}
	institution, err := wire(ctx, db, keys)
	if err == nil {
		err = institution.Enrolment.FillFacts(ctx)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return institution, nil
}

func wire(ctx context.Context, db *sqldb.DB, keys *privacy.Keyring) (*Institution, error) {
	books, err := ledgersql.New(ctx, db)
	if err != nil {
		return nil, err
	}
	members := memberStore{store[enrolment.Tx]{db, func(t tx) enrolment.Tx { return t }}}
	contributions := store[collection.Tx]{db, func(t tx) collection.Tx { return t }}
	schemes := store[scheme.Tx]{db, func(t tx) scheme.Tx { return t }}
	periods := store[closing.Tx]{db, func(t tx) closing.Tx { return t }}
	runs := store[subsidy.Tx]{db, func(t tx) subsidy.Tx { return t }}
	covers := store[entitlement.Tx]{db, func(t tx) entitlement.Tx { return t }}
	budgets := store[treasury.Tx]{db, func(t tx) treasury.Tx { return t }}
	objections := store[cases.Tx]{db, func(t tx) cases.Tx { return t }}
	pensions := store[pension.Tx]{db, func(t tx) pension.Tx { return t }}
	benefits := store[claims.Tx]{db, func(t tx) claims.Tx { return t }}
	people := &enrolment.Service{Store: members, Keys: keys}
	entitlements := &entitlement.Service{Store: covers, Keys: keys, People: people}
	claimed := &claims.Service{Store: benefits, Keys: keys, Judges: map[insurance.DecisionKind]func(context.Context, claims.Tx, json.RawMessage) (insurance.Decision, error){
		insurance.PensionDecision: judgePension,
	}}
	joinCover(entitlements, claimed)
	pools := &funds.Service{Store: store[funds.Tx]{db, func(t tx) funds.Tx { return t }}, Keys: keys}
	i := &Institution{
		DB: db, Books: books,
		Collection: collection.New(contributions, keys, db),
		Enrolment:  people,
		Schemes:    &scheme.Service{Store: schemes},
		Closing:    &closing.Service{Store: periods, Provide: provide(pools)},
		Treasury:   &treasury.Service{Store: budgets, Keys: keys},
		Subsidies:  &subsidy.Service{Store: runs, Keys: keys},
		Cases:      &cases.Service{Store: objections, Keys: keys},
		Covers:     entitlements,
		Pensions:   &pension.Service{Store: pensions, Keys: keys},
		Claims:     claimed,
		Payouts:    payouts(db, keys),
		Funds:      pools,
	}
	i.Claims.Pay = i.pay
	return i, nil
}

// Migrate brings every store's tables up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	for _, migrate := range []func(context.Context, *sqldb.DB) error{
		ledgersql.Migrate, schemesql.Migrate, enrolmentsql.Migrate, approvalsql.Migrate, collectionsql.Migrate, matchsql.Migrate,
		treasurysql.Migrate, pensionsql.Migrate, decisionsql.Migrate, casesql.Migrate,
		claimsql.Migrate,
		coversql.Migrate,
		payoutsql.Migrate,
		fundsql.Migrate,
	} {
		if err := migrate(ctx, db); err != nil {
			return fmt.Errorf("bring the tables up to date: %w", err)
		}
	}
	return nil
}

// Close ends what is under way and closes the database.
func (i *Institution) Close() {
	i.Collection.Drain()
	i.DB.Close()
}
