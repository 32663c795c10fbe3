package sqlstore_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/enrolment"
	"sanad.dev/sanad/services/enrolment/sqlstore"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/tests/pgtest"
)

// Whoever was registered before there were facts is judged by her birth like everybody else.
func TestMembersFromBeforeThereWereFactsAreGivenThem(t *testing.T) {
	for name, url := range map[string]string{
		"SQLite": "sqlite:" + t.TempDir() + "/members.db", "PostgreSQL": pgtest.URL(t),
	} {
		t.Run(name, func(t *testing.T) {
			before, err := sqldb.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			if err := before.Migrate(t.Context(), "enrolment", firstTables(t)); err != nil {
				t.Fatal(err)
			}
			const many = 501 // more than are filled in at once
			registered := map[insurance.MemberID]insurance.Facts{}
			for n := range many {
				id := insurance.MemberIDOf([16]byte{byte(n), byte(n >> 8)})
				registered[id] = registerAsBefore(t, before, id, n)
			}
			before.Close()
			db := open(t, url)
			s := &enrolment.Service{Store: store{db}, Keys: keys(t, 1)}
			if got := sealedFacts(t, db, registered); len(got) != 0 {
				t.Fatalf("%d have facts already: this test looks at the wrong tables", len(got))
			}
			wantFacts(t, s, registered) // also before a server has copied them
			changed := insurance.MemberIDOf([16]byte{3})
			if registered[changed], err = s.RecordFacts(t.Context(), changed, insurance.Change{Add: insurance.Facts{Sex: insurance.Female}, By: "amal"}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := s.FillFacts(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := sealedFacts(t, db, registered); len(got) != many {
					t.Errorf("%d of %d have facts", len(got), many)
				}
				wantFacts(t, s, registered)
			}
		})
	}
}

// firstTables are the tables as they were before there were facts.
func firstTables(t *testing.T) fstest.MapFS {
	t.Helper()
	tables := fstest.MapFS{}
	for _, engine := range []string{"sqlite", "postgres"} {
		name := filepath.Join("migrations", engine, "0001_enrolment.sql")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tables[name] = &fstest.MapFile{Data: text}
	}
	return tables
}

// registerAsBefore writes a member as she was written then, and returns what is to become of her facts.
func registerAsBefore(t *testing.T, db *sqldb.DB, id insurance.MemberID, n int) insurance.Facts {
	t.Helper()
	salt := privacy.NewSalt()
	sealer, err := keys(t, 1).Sealer(salt)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.Seal([]byte(`{"number":"1234567890","person":{"name":"Amal","birth":{"year":1980,"evidence":"document"}}}`), string(id.Party()))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.ExecArgs(ctx, `INSERT INTO member (id, request, fingerprint, sealed, registered_at) VALUES ($1, $2, $3, $4, $5)`,
			string(id), append(bytes.Repeat([]byte{7}, 14), byte(n), byte(n>>8)), make([]byte, 17), sealed,
			time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC).UnixMicro())
		if err != nil {
			return err
		}
		_, err = tx.ExecArgs(ctx, `INSERT INTO member_key (member, salt) VALUES ($1, $2)`, string(id), salt)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return insurance.Facts{
		Birth:         insurance.Birth{Year: 1980, Evidence: insurance.EvidenceDocument},
		BirthRecorded: insurance.Recorded{RecordedOn: 2026_03_10},
	}
}

func sealedFacts(t *testing.T, db *sqldb.DB, of map[insurance.MemberID]insurance.Facts) (found map[insurance.MemberID][]byte) {
	t.Helper()
	var ids []insurance.MemberID
	for id := range of {
		ids = append(ids, id)
	}
	err := db.View(t.Context(), func(ctx context.Context, tx *sqldb.Tx) (err error) {
		found, err = sqlstore.On(tx).SealedFacts(ctx, ids...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantFacts(t *testing.T, s *enrolment.Service, want map[insurance.MemberID]insurance.Facts) {
	t.Helper()
	for id, facts := range want {
		got, err := s.Facts(t.Context(), id, 0)
		if diff := cmp.Diff(facts, got); diff != "" || err != nil {
			t.Fatalf("%v\n%s", err, diff)
		}
		members, err := s.Get(t.Context(), id)
		if err != nil || members[0].Person.Birth != facts.Birth {
			t.Fatalf("her person is %+v, %v", members, err)
		}
	}
}
