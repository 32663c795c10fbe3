package sqlstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/decision/sqlstore"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/tests/pgtest"
)

// onEach runs a test on every engine.
func onEach(t *testing.T, test func(t *testing.T, db *sqldb.DB)) {
	for name, url := range map[string]func() string{
		"SQLite":     func() string { return "sqlite:" + t.TempDir() + "/sanad.db" },
		"PostgreSQL": func() string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, url()))
		})
	}
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

func sealer(t *testing.T) *privacy.Sealer {
	t.Helper()
	keys, err := privacy.NewKeyring([]byte("a master key of thirty-two bytes"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := keys.Sealer([]byte("her own salt, 16"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// decided is a decision on a claim of a member.
func decided(id insurance.DecisionID, member insurance.MemberID, subject string, follows insurance.DecisionID) insurance.RecordedDecision {
	return insurance.RecordedDecision{
		ID: id, By: []string{"amal", "badr"}, Follows: follows,
		Decision: insurance.Decision{
			Kind: insurance.ClaimDecision, Subject: subject, Member: member, Scheme: "farmers", Version: 2, On: 2026_03_01, Currency: "JOD",
			Lines: []insurance.DecisionLine{{Item: "xray", Asked: 9000, Granted: 8000,
				Reductions: []insurance.Reduction{{Reason: "ABOVE_PRICE", Rule: "benefits.care.prices", Took: 1000}}}},
			AppealTo: "tribunal", AppealDays: 60,
		},
		Judged: json.RawMessage(`{"price":9000}`),
	}
}

func save(ctx context.Context, db *sqldb.DB, kept ...insurance.KeptDecision) error {
	return db.Update(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		for _, k := range kept {
			if err := sqlstore.On(tx).SaveDecision(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
}

func keep(t *testing.T, r insurance.RecordedDecision) insurance.KeptDecision {
	t.Helper()
	k, err := r.Keep(sealer(t))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func view(t *testing.T, db *sqldb.DB, read func(context.Context, *sqlstore.DecisionTx) error) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error { return read(ctx, sqlstore.On(tx)) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestADecisionIsReadAsItWasRecorded(t *testing.T) {
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		want := decided("d1", "m1", "claim-1", "")
		if err := save(t.Context(), db, keep(t, want)); err != nil {
			t.Fatal(err)
		}
		view(t, db, func(ctx context.Context, tx *sqlstore.DecisionTx) error {
			kept, ok, err := tx.Decision(ctx, "d1")
			if err != nil || !ok {
				t.Fatalf("found: %v, %v", ok, err)
			}
			if strings.Contains(string(kept.Sealed), "xray") {
				t.Error("what it says of her stands in the clear")
			}
			got, err := kept.Open(sealer(t))
			if err != nil {
				return err
			}
			if got.RecordedAt.IsZero() {
				t.Error("the database has set no time")
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(insurance.RecordedDecision{}, "RecordedAt")); diff != "" {
				t.Error(diff)
			}
			if _, ok, err := tx.Decision(ctx, "d2"); ok || err != nil {
				t.Errorf("a decision that nobody took was found: %v, %v", ok, err)
			}
			return nil
		})
	})
}

func TestTheLatestDecisionOnASubjectIsTheOneThatNoneFollows(t *testing.T) {
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		// They are written in one transaction, so that their times say nothing of their order.
		chain := []insurance.KeptDecision{
			keep(t, decided("d9", "m1", "claim-1", "")), keep(t, decided("d5", "m1", "claim-1", "d9")), keep(t, decided("d7", "m1", "claim-1", "d5")),
			keep(t, decided("e1", "m2", "claim-1", "")), keep(t, decided("f1", "m1", "claim-2", "")),
		}
		if err := save(t.Context(), db, chain...); err != nil {
			t.Fatal(err)
		}
		view(t, db, func(ctx context.Context, tx *sqlstore.DecisionTx) error {
			for want, of := range map[insurance.DecisionID][2]string{"d7": {"m1", "claim-1"}, "e1": {"m2", "claim-1"}, "f1": {"m1", "claim-2"}} {
				got, ok, err := tx.DecisionOn(ctx, insurance.ClaimDecision, insurance.MemberID(of[0]), of[1])
				if err != nil || !ok || got.ID != want {
					t.Errorf("on %s of %s stands %s (%v, %v), want %s", of[1], of[0], got.ID, ok, err, want)
				}
			}
			_, ok, err := tx.DecisionOn(ctx, insurance.LapseDecision, "m1", "claim-1")
			if ok || err != nil {
				t.Errorf("a decision of another kind was found: %v, %v", ok, err)
			}
			return nil
		})
	})
}

func TestDecisionsOfAMemberComeInPages(t *testing.T) {
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		want := []insurance.DecisionID{"a", "b", "c", "d", "e"}
		for i, id := range want {
			if err := save(t.Context(), db, keep(t, decided(id, "m1", "claim-"+string(id), "")), keep(t, decided(id+"x", "m2", "claim-x"+string(id), ""))); err != nil {
				t.Fatal(i, err)
			}
		}
		view(t, db, func(ctx context.Context, tx *sqlstore.DecisionTx) error {
			var got []insurance.DecisionID
			for next, pages := "", 0; pages == 0 || next != ""; pages++ {
				var page []insurance.KeptDecision
				var err error
				if page, next, err = tx.DecisionsOf(ctx, "m1", next, 2); err != nil {
					return err
				}
				for _, k := range page {
					got = append(got, k.ID)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			all, err := tx.DecisionsAfter(ctx, "b", 4)
			if err != nil || len(all) != 4 || all[0].ID != "bx" || all[3].ID != "d" {
				t.Errorf("after b come %v, %v", all, err)
			}
			if _, _, err := tx.DecisionsOf(ctx, "m1", "nonsense", 2); !errors.Is(err, ledger.ErrInvalid) {
				t.Errorf("a token that none was given gives %v", err)
			}
			return nil
		})
	})
}

func TestADecisionIsFollowedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		if err := save(t.Context(), db, keep(t, decided("d0", "m1", "claim-1", ""))); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for _, id := range []insurance.DecisionID{"d1", "d2", "d3", "d4"} {
			kept := keep(t, decided(id, "m1", "claim-1", "d0"))
			all.Go(func() {
				err := db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
					decisions := sqlstore.On(tx)
					latest, _, err := decisions.DecisionOn(ctx, insurance.ClaimDecision, "m1", "claim-1")
					if err != nil || latest.ID != "d0" {
						return err // another was first
					}
					return decisions.SaveDecision(ctx, kept)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		view(t, db, func(ctx context.Context, tx *sqlstore.DecisionTx) error {
			found, err := tx.DecisionsAfter(ctx, "", 10)
			if len(found) != 2 {
				t.Errorf("%d decisions follow one", len(found)-1)
			}
			return err
		})
	})
}

func TestWhatIsWrittenStays(t *testing.T) {
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		if err := save(t.Context(), db, keep(t, decided("d1", "m1", "claim-1", ""))); err != nil {
			t.Fatal(err)
		}
		for name, k := range map[string]insurance.KeptDecision{
			"its id again":                  keep(t, decided("d1", "m1", "claim-2", "")),
			"a second first one":            keep(t, decided("d2", "m1", "claim-1", "")),
			"one that is not sealed at all": {ID: "d3", Kind: insurance.ClaimDecision, Subject: "claim-3"},
		} {
			if err := save(t.Context(), db, k); err == nil {
				t.Errorf("%s was saved", name)
			}
		}
	})
}

func TestADecisionThatDoesNotAddUpIsNotKept(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*insurance.RecordedDecision){
		"no id":                                func(r *insurance.RecordedDecision) { r.ID = "" },
		"it follows itself":                    func(r *insurance.RecordedDecision) { r.Follows = r.ID },
		"no subject":                           func(r *insurance.RecordedDecision) { r.Subject = "" },
		"a line that grants more than is left": func(r *insurance.RecordedDecision) { r.Lines[0].Granted = 8500 },
		"a reduction without its reason":       func(r *insurance.RecordedDecision) { r.Lines[0].Reductions[0].Reason = "" },
	} {
		r := decided("d1", "m1", "claim-1", "")
		spoil(&r)
		if _, err := r.Keep(sealer(t)); err == nil {
			t.Errorf("%s was kept", name)
		}
	}
}

func TestARowThatSpeaksOfAnotherIsNotOpened(t *testing.T) {
	t.Parallel()
	k := keep(t, decided("d1", "m1", "claim-1", ""))
	k.Member = "m2"
	if _, err := k.Open(sealer(t)); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("it opens with %v", err)
	}
}
