package sqlstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/enrolment/enrolmenttest"
	"sanad.dev/sanad/services/enrolment/sqlstore"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/tests/pgtest"
)

// store is what main puts together.
type store struct{ db *sqldb.DB }

type tx struct {
	*sqlstore.EnrolmentTx
	proposals
	schemes
}

func on(t *sqldb.Tx) tx { return tx{sqlstore.On(t), proposals{t}, schemes{}} }

// schemes stands in for services/scheme: what the suite needs is published.
type schemes struct{}

func (schemes) Schemes(_ context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode]insurance.Scheme, error) {
	found := map[ledger.SchemeCode]insurance.Scheme{}
	for _, code := range codes {
		if slices.Contains(enrolmenttest.Schemes, code) {
			found[code] = insurance.Scheme{Code: code}
		}
	}
	return found, nil
}

// proposals stands in for services/approval, since use cases do not import each other. The member's row, which erasing
// locks first, keeps two people from speaking at once.
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

func (s store) Update(ctx context.Context, fn func(context.Context, enrolment.Tx) error) error {
	return s.db.Update(ctx, func(ctx context.Context, t *sqldb.Tx) error { return fn(ctx, on(t)) })
}

func (s store) View(ctx context.Context, fn func(context.Context, enrolment.Reader) error) error {
	return s.db.View(ctx, func(ctx context.Context, t *sqldb.Tx) error { return fn(ctx, on(t)) })
}

func open(t testing.TB, url string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := sqlstore.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.ExecArgs(ctx, proposalTable)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func stores(t *testing.T, url string, servers int) []enrolment.Store {
	t.Helper()
	var all []enrolment.Store
	for range servers {
		all = append(all, store{open(t, url)})
	}
	return all
}

func TestMembersInMemory(t *testing.T) {
	t.Parallel()
	enrolmenttest.Run(t, func(t *testing.T, servers int) []enrolment.Store {
		one := stores(t, "sqlite::memory:", 1)[0] // it lives in its one connection: every server is the same one
		all := make([]enrolment.Store, servers)
		for i := range all {
			all[i] = one
		}
		return all
	})
}

func TestMembersOnSQLite(t *testing.T) {
	t.Parallel()
	enrolmenttest.Run(t, func(t *testing.T, servers int) []enrolment.Store {
		return stores(t, "sqlite:"+t.TempDir()+"/members.db", servers)
	})
}

func TestMembersOnPostgres(t *testing.T) {
	t.Parallel()
	enrolmenttest.Run(t, func(t *testing.T, servers int) []enrolment.Store {
		return stores(t, pgtest.URL(t), servers)
	})
}

func keys(t testing.TB, fill byte) *privacy.Keyring {
	t.Helper()
	k, err := privacy.NewKeyring(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestADatabaseIsOpenedByItsOwnKeyOnly(t *testing.T) {
	for name, url := range map[string]string{
		"SQLite": "sqlite:" + t.TempDir() + "/members.db", "PostgreSQL": pgtest.URL(t),
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, url)
			for range 2 {
				if err := sqlstore.CheckKey(t.Context(), db, keys(t, 1)); err != nil {
					t.Fatal(err)
				}
			}
			if err := sqlstore.CheckKey(t.Context(), db, keys(t, 2)); !errors.Is(err, privacy.ErrWrongKey) {
				t.Errorf("got %v, want %v", err, privacy.ErrWrongKey)
			}
			if err := sqlstore.CheckKey(t.Context(), db, keys(t, 1)); err != nil {
				t.Errorf("after a wrong key, the right one: %v", err)
			}
		})
	}
}

// L11: who has the database's files and not the key reads nothing of anybody.
func TestNothingOfAPersonStandsInTheDatabase(t *testing.T) {
	folder := t.TempDir()
	s := &enrolment.Service{Store: store{open(t, "sqlite:"+folder+"/members.db")}, Keys: keys(t, 1)}
	results, err := s.Register(t.Context(), enrolment.Request{
		ID: "REQ-AMAL-1", CardNumber: "00778899", Region: "JO", Person: insurance.Person{
			Name: "Amal Haddad", Birth: insurance.Birth{On: 1990_02_28}, Voucher: insurance.Voucher{Officer: "union-7 Badr"},
			Documents: []insurance.Document{{Kind: "national-id", Issuer: "JO", Number: "9912345"}},
			Phones:    []insurance.Phone{{Number: "0791234567"}},
		},
	})
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results)
	}
	if err := s.SetStandingChoice(t.Context(), "0791234567", "JO", results[0].Member.ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.RecordFacts(t.Context(), results[0].Member.ID, insurance.Change{By: "clerk-badr", Add: insurance.Facts{
		Categories: []insurance.Category{{Name: "date-farmer", Evidence: insurance.EvidenceStated}},
		Declared:   []insurance.Declaration{{Name: "income", Value: "7654321"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	files, stored := everyFile(t, folder), []byte(nil)
	for _, text := range files {
		stored = append(stored, text...)
	}
	if !bytes.Contains(stored, []byte(results[0].Member.ID)) {
		t.Fatal("not even her id is found in the files: this test looks in the wrong place")
	}
	for _, secret := range []string{"Amal", "Haddad", "9912345", "791234567", "00778899", "REQ-AMAL", "union-7", "19900228", "national-id",
		"date-farmer", "7654321", "clerk-badr"} {
		if bytes.Contains(bytes.ToLower(stored), bytes.ToLower([]byte(secret))) {
			t.Errorf("%q stands in the database's files", secret)
		}
	}
}

func everyFile(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func people(from, n int) []enrolment.Request {
	requests := make([]enrolment.Request, n)
	for i := range requests {
		requests[i] = enrolment.Request{ID: fmt.Sprint("request-", from+i), Region: "JO", Person: insurance.Person{
			Name: fmt.Sprint("Amal Number-", from+i), Birth: insurance.Birth{Year: 1960 + i%40}, Language: "ar",
			Documents: []insurance.Document{{Kind: "national-id", Issuer: "JO", Number: fmt.Sprintf("99%08d", from+i)}},
			Phones:    []insurance.Phone{{Number: fmt.Sprintf("079%07d", (from+i)%10_000_000)}},
		}}
	}
	return requests
}

// The demo registers 2,000 people, and nobody wants to wait for it.
func TestTwoThousandPeopleAreRegisteredAtOnce(t *testing.T) {
	s := &enrolment.Service{Store: store{open(t, "sqlite:"+t.TempDir()+"/members.db")}, Keys: keys(t, 1)}
	many := 1000
	if testing.Short() { // which is what the race detector runs, ten times slower
		many = 100
	}
	var took [2]time.Duration
	for batch := range took {
		begun := time.Now()
		results, err := s.Register(t.Context(), people(batch*many, many)...)
		if err != nil {
			t.Fatal(err)
		}
		took[batch] = time.Since(begun)
		for _, r := range results {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	// The time itself is the machine's; that it does not grow with those who are there already is the store's.
	t.Logf("the first thousand took %s, the second %s", took[0], took[1])
	if took[1] > 3*took[0]+time.Second {
		t.Errorf("the first thousand took %s, the second %s", took[0], took[1])
	}
}

func BenchmarkRegister(b *testing.B) {
	for name, url := range map[string]func() string{
		"SQLite":     func() string { return "sqlite:" + b.TempDir() + "/members.db" },
		"PostgreSQL": func() string { return pgtest.URL(b) },
	} {
		b.Run(name, func(b *testing.B) {
			s := &enrolment.Service{Store: store{open(b, url())}, Keys: keys(b, 1)}
			n := 0
			for b.Loop() {
				if _, err := s.Register(b.Context(), people(n, 1000)...); err != nil {
					b.Fatal(err)
				}
				n += 1000
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/person")
		})
	}
}

func BenchmarkResolve(b *testing.B) {
	db := open(b, "sqlite:"+b.TempDir()+"/members.db")
	s := &enrolment.Service{Store: store{db}, Keys: keys(b, 1)}
	var hashes [][16]byte
	var ids []insurance.MemberID
	for batch := range 10 {
		results, err := s.Register(b.Context(), people(batch*1000, 1000)...)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range results[:100] {
			hashes = append(hashes, s.References(r.Member)[1])
			ids = append(ids, r.Member.ID)
		}
	}
	for b.Loop() {
		err := db.Update(b.Context(), func(ctx context.Context, t *sqldb.Tx) error {
			found, err := sqlstore.On(t).Resolve(ctx, hashes...)
			if len(found) != len(hashes) {
				b.Fatalf("found %d of %d", len(found), len(hashes))
			}
			if err != nil {
				return err
			}
			_, err = sqlstore.On(t).Salts(ctx, ids...)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// A CockroachDB cluster, where one is named.
func TestMembersOnNamedDatabase(t *testing.T) {
	t.Parallel()
	if pgtest.HasNamed(t) {
		enrolmenttest.Run(t, func(t *testing.T, servers int) []enrolment.Store { return stores(t, pgtest.Named(t), servers) })
	}
}
