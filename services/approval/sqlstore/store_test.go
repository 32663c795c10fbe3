package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/approval/sqlstore"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/tests/pgtest"
)

// onEach runs a test on every engine, as seen by several servers at once.
func onEach(t *testing.T, test func(t *testing.T, servers []*sqldb.DB)) {
	t.Run("in memory", func(t *testing.T) {
		t.Parallel()
		db := open(t, "sqlite::memory:") // it lives in its one connection: every server is the same one
		test(t, []*sqldb.DB{db, db, db})
	})
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		url := "sqlite:" + t.TempDir() + "/sanad.db"
		test(t, []*sqldb.DB{open(t, url), open(t, url), open(t, url)})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		url := pgtest.URL(t)
		test(t, []*sqldb.DB{open(t, url), open(t, url), open(t, url)})
	})
}

func open(t *testing.T, url string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := sqlstore.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db
}

// agree is one person's word for an act, in one transaction.
func agree(ctx context.Context, db *sqldb.DB, key, person string) (after insurance.Proposal, carriedOut bool, err error) {
	err = db.Update(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		proposals := sqlstore.On(tx)
		p, err := proposals.Proposal(ctx, key)
		if err != nil {
			return err
		}
		if after, carriedOut, err = insurance.Agree(p, person); err != nil {
			return err
		}
		return proposals.SaveProposal(ctx, after)
	})
	return after, carriedOut, err
}

func TestASecondPersonCarriesOutWhatTheFirstProposed(t *testing.T) {
	onEach(t, func(t *testing.T, servers []*sqldb.DB) {
		const key = "erase-member:a"
		proposed := insurance.Proposal{Key: key, Maker: "amal"}
		done := insurance.Proposal{Key: key, Maker: "amal", Approver: "badr", Done: true}
		steps := []struct {
			person  string
			want    insurance.Proposal
			carries bool
		}{
			{"amal", proposed, false}, {"amal", proposed, false}, {"badr", done, true}, {"badr", done, false},
			{"amal", done, false}, {"carim", done, false},
		}
		for i, step := range steps {
			got, carries, err := agree(t.Context(), servers[i%len(servers)], key, step.person)
			if err != nil || carries != step.carries {
				t.Fatalf("step %d: carries out is %v, %v", i, carries, err)
			}
			if diff := cmp.Diff(step.want, got); diff != "" {
				t.Errorf("step %d: %s", i, diff)
			}
		}
		if other, _, _ := agree(t.Context(), servers[0], "erase-member:b", "badr"); other.Done || other.Maker != "badr" {
			t.Errorf("another act is %+v", other)
		}
	})
}

func TestOfManyApproversOneCarriesOut(t *testing.T) {
	onEach(t, func(t *testing.T, servers []*sqldb.DB) {
		for _, first := range []bool{true, false} { // with and without a proposal to begin with
			key := fmt.Sprintf("close-period:%v", first)
			if first {
				if _, _, err := agree(t.Context(), servers[0], key, "amal"); err != nil {
					t.Fatal(err)
				}
			}
			carried, last := raceToAgree(t, servers, key)
			if carried != 1 {
				t.Errorf("proposed before: %v: carried out %d times", first, carried)
			}
			if !last.Done || last.Maker == last.Approver {
				t.Errorf("ended as %+v", last)
			}
		}
	})
}

// raceToAgree lets twelve people agree at once, and returns how many times the act was carried out.
func raceToAgree(t *testing.T, servers []*sqldb.DB, key string) (carried int, last insurance.Proposal) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	makers := map[string]bool{}
	start := make(chan struct{})
	for i := range 12 {
		all.Go(func() {
			<-start
			after, carriesOut, err := agree(t.Context(), servers[i%len(servers)], key, fmt.Sprintf("person-%d", i))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			makers[after.Maker] = true
			if carriesOut {
				carried++
			}
		})
	}
	close(start)
	all.Wait()
	if len(makers) != 1 {
		t.Errorf("one proposal is told to be by %v", makers)
	}
	last, _, err := agree(t.Context(), servers[0], key, "person-0")
	if err != nil {
		t.Fatal(err)
	}
	return carried, last
}

// On PostgreSQL two can find at the same moment that nobody has proposed; elsewhere one writes after the other.
func TestOfTwoWhoProposeAtOnceOneIsTheMaker(t *testing.T) {
	url := pgtest.URL(t)
	servers := []*sqldb.DB{open(t, url), open(t, url)}
	var read, all sync.WaitGroup
	read.Add(len(servers))
	outcomes := make([]insurance.Proposal, len(servers))
	for i, db := range servers {
		all.Go(func() {
			both := sync.OnceFunc(func() { read.Done(); read.Wait() })
			err := db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
				proposals := sqlstore.On(tx)
				p, err := proposals.Proposal(ctx, "close-period:1")
				if err != nil {
					return err
				}
				both()
				outcomes[i], _, _ = insurance.Agree(p, fmt.Sprint("person-", i))
				return proposals.SaveProposal(ctx, outcomes[i])
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if a, b := outcomes[0], outcomes[1]; a.Maker != b.Maker || a.Done == b.Done {
		t.Errorf("one leads to %+v, the other to %+v", a, b)
	}
}

func TestAnActThatFailsLeavesTheProposalAsItWas(t *testing.T) {
	onEach(t, func(t *testing.T, servers []*sqldb.DB) {
		const key = "erase-member:a"
		if _, _, err := agree(t.Context(), servers[0], key, "amal"); err != nil {
			t.Fatal(err)
		}
		failed := errors.New("the act failed")
		err := servers[0].Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			done := insurance.Proposal{Key: key, Maker: "amal", Approver: "badr", Done: true}
			return errors.Join(sqlstore.On(tx).SaveProposal(ctx, done), failed)
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if _, carries, err := agree(t.Context(), servers[0], key, "badr"); err != nil || !carries {
			t.Errorf("carries out is %v, %v", carries, err)
		}
	})
}

func TestAProposalNeedsAKeyAndAMaker(t *testing.T) {
	db := open(t, "sqlite::memory:")
	for _, p := range []insurance.Proposal{{Maker: "amal"}, {Key: "erase-member", Maker: "amal"}, {Key: ":a", Maker: "amal"}, {Key: "erase-member:a"}} {
		err := db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error { return sqlstore.On(tx).SaveProposal(ctx, p) })
		if err == nil {
			t.Errorf("%+v was saved", p)
		}
	}
}
