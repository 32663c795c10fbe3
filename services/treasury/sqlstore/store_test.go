package sqlstore_test

import (
	"context"
	"strings"
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	ledgersql "sanad.dev/sanad/ledger/sqlstore"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/treasury"
	"sanad.dev/sanad/services/treasury/sqlstore"
	"sanad.dev/sanad/tests/pgtest"
)

// store is what main puts together, on one server.
type store struct{ db *sqldb.DB }

// tx stands in for the transaction of the whole institution: the schemes and the proposals of other use cases, which do
// not import each other, are kept here.
type tx struct {
	*ledgersql.LedgerTx
	*sqlstore.TreasuryTx
	proposals
}

// proposals stands in for services/approval.
type proposals struct{ tx *sqldb.Tx }

const proposalTable = `CREATE TABLE IF NOT EXISTS proposal (key TEXT NOT NULL PRIMARY KEY, maker TEXT NOT NULL, approver TEXT NOT NULL)`

func (p proposals) Proposal(ctx context.Context, key string) (*insurance.Proposal, error) {
	found := &insurance.Proposal{Key: key}
	err := p.tx.QueryArgs(ctx, "SELECT maker, approver FROM proposal WHERE key = $1", []any{key}, func(row sqldb.Scanner) error {
		return row.Scan(&found.Maker, &found.Approver)
	})
	found.Done = found.Approver != ""
	return found, err
}

func (p proposals) SaveProposal(ctx context.Context, after insurance.Proposal) error {
	_, err := p.tx.ExecArgs(ctx, `INSERT INTO proposal (key, maker, approver) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET approver = excluded.approver`, after.Key, after.Maker, after.Approver)
	return err
}

// Schemes are two in dinars, which are always published, and one in francs.
func (proposals) Schemes(_ context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode]insurance.Scheme, error) {
	found := map[ledger.SchemeCode]insurance.Scheme{}
	for _, code := range codes {
		switch code {
		case "basic", "farmers":
			found[code] = insurance.Scheme{Code: code, Currency: "JOD"}
		case "francs":
			found[code] = insurance.Scheme{Code: code, Currency: "XOF"}
		}
	}
	return found, nil
}

func on(t *sqldb.Tx) treasury.Tx { return tx{ledgersql.On(t), sqlstore.On(t), proposals{t}} }

func (s store) Update(ctx context.Context, fn func(context.Context, treasury.Tx) error) error {
	return s.db.Update(ctx, func(ctx context.Context, t *sqldb.Tx) error { return fn(ctx, on(t)) })
}

func (s store) View(ctx context.Context, fn func(context.Context, treasury.Tx) error) error {
	return s.db.View(ctx, func(ctx context.Context, t *sqldb.Tx) error { return fn(ctx, on(t)) })
}

// server is one of several on one database.
type server struct {
	*treasury.Service
	db    *sqldb.DB
	books *ledgersql.Store
}

func open(t testing.TB, url string) server {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	books, err := ledgersql.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlstore.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(ctx context.Context, t *sqldb.Tx) error {
		_, err := t.ExecArgs(ctx, proposalTable)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := privacy.NewKeyring([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	s := server{&treasury.Service{Store: store{db}, Keys: keys}, db, books}
	if err := s.SetFunder(t.Context(), insurance.Funder{ID: "mof", Name: "Ministry of Finance"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// onEach runs a test on every engine, as seen by several servers at once.
func onEach(t *testing.T, test func(t *testing.T, servers []server)) {
	t.Parallel()
	t.Run("in memory", func(t *testing.T) {
		t.Parallel()
		one := open(t, "sqlite::memory:") // it lives in its one connection: every server is the same one
		test(t, []server{one, one, one})
	})
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		url := "sqlite:" + t.TempDir() + "/sanad.db"
		test(t, []server{open(t, url), open(t, url), open(t, url)})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		url := pgtest.URL(t)
		test(t, []server{open(t, url), open(t, url), open(t, url)})
	})
}

// clean fails the test where the books or the budgets are not in order.
func (s server) clean(t *testing.T) {
	t.Helper()
	audit, err := s.books.Verify(t.Context(), nil, insurance.NewBudgetAudit())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range audit.Findings {
		t.Error(f)
	}
}
