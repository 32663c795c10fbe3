package sqlstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/cases"
	"sanad.dev/sanad/services/cases/sqlstore"
	"sanad.dev/sanad/services/insurance"
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
			db, err := sqldb.Open(t.Context(), url())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			if err := sqlstore.Migrate(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			test(t, db)
		})
	}
}

func in(t *testing.T, db *sqldb.DB, fn func(context.Context, *sqlstore.CaseTx) error) error {
	t.Helper()
	return db.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error { return fn(ctx, sqlstore.On(tx)) })
}

func day(n int) time.Time { return time.Date(2026, 3, n, 9, 0, 0, 0, time.UTC) }

// kept is a case of a member, filed on a day of March.
func kept(id cases.ID, member insurance.MemberID, against insurance.DecisionKind, on int) cases.Kept {
	return cases.Kept{Case: cases.Case{
		ID: id, Kind: cases.Appeal, Member: member, Against: cases.Against{Kind: against, Subject: "farmer"}, By: cases.ByMember,
		State: cases.Filed, Level: 1, FiledAt: day(on), AnswerBy: ledger.Date(2026_04_00 + on), TookPart: []string{"badr"},
	}, Sealed: []byte("sealed")}
}

func add(t *testing.T, db *sqldb.DB, all ...cases.Kept) {
	t.Helper()
	err := in(t, db, func(ctx context.Context, tx *sqlstore.CaseTx) error {
		for _, k := range all {
			if err := tx.AddCase(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func closed(k cases.Kept, on int) cases.Kept {
	k.State, k.ClosedAt, k.Judge = cases.Dismissed, day(on), "samira"
	return k
}

func TestACaseIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		want := kept("a", "m1", insurance.CategoryDecision, 2)
		add(t, db, want)
		change := closed(want, 9)
		err := in(t, db, func(ctx context.Context, tx *sqlstore.CaseTx) error {
			held, ok, err := tx.HoldCase(ctx, "a")
			if diff := cmp.Diff(want, held); err != nil || !ok || diff != "" {
				t.Errorf("held %v, %v: %s", ok, err, diff)
			}
			return tx.SaveCase(ctx, change)
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = in(t, db, func(ctx context.Context, tx *sqlstore.CaseTx) error {
			got, ok, err := tx.Case(ctx, "a")
			if diff := cmp.Diff(change, got); err != nil || !ok || diff != "" {
				t.Errorf("saved %v, %v: %s", ok, err, diff)
			}
			return err
		})
	})
}

func TestAnOpenAppealIsFoundUntilItIsClosed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		complaint := kept("c", "m3", insurance.CategoryDecision, 2)
		complaint.Kind = cases.Complaint
		first := kept("a", "m1", insurance.LapseDecision, 2)
		add(t, db, first, kept("b", "m2", insurance.ClaimDecision, 5), complaint)
		open := func() (found map[insurance.MemberID]ledger.Date) {
			_ = in(t, db, func(ctx context.Context, tx *sqlstore.CaseTx) (err error) {
				found, err = tx.OpenAppeals(ctx, "m1", "m2", "m3", "m4")
				return err
			})
			return found
		}
		if diff := cmp.Diff(map[insurance.MemberID]ledger.Date{"m1": 2026_03_02, "m2": 2026_03_05}, open()); diff != "" {
			t.Error(diff)
		}
		if err := in(t, db, func(ctx context.Context, tx *sqlstore.CaseTx) error { return tx.SaveCase(ctx, closed(first, 20)) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[insurance.MemberID]ledger.Date{"m2": 2026_03_05}, open()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAppealsAboutCoverStopTheClockFromTheirFilingToTheirEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		first := kept("a", "m1", insurance.LapseDecision, 2)
		add(t, db, first, kept("b", "m1", insurance.CategoryDecision, 9), kept("c", "m1", insurance.SubsidyDecision, 4))
		err := in(t, db, func(ctx context.Context, tx *sqlstore.CaseTx) error {
			if err := tx.SaveCase(ctx, closed(first, 6)); err != nil {
				return err
			}
			got, err := tx.CoverAppeals(ctx, "m1", "m2")
			want := map[insurance.MemberID][]insurance.Days{"m1": {{From: 2026_03_02, To: 2026_03_06}, {From: 2026_03_09}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestWhatIsOverdueIsFoundAndACaseIsAddedOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *sqldb.DB) {
		late, inTime := kept("a", "m1", insurance.ClaimDecision, 2), kept("b", "m1", insurance.ClaimDecision, 20)
		add(t, db, late, inTime)
		err := in(t, db, func(ctx context.Context, tx *sqlstore.CaseTx) error {
			found, err := tx.Cases(ctx, cases.Query{Overdue: 2026_04_10, Limit: 10})
			if len(found) != 1 || found[0].ID != "a" {
				t.Errorf("overdue: %v", found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		once := false
		err = in(t, db, func(ctx context.Context, tx *sqlstore.CaseTx) error {
			if once {
				return errors.New("ran again")
			}
			once = true
			return tx.AddCase(ctx, late)
		})
		if err == nil || err.Error() != "ran again" {
			t.Errorf("added twice: %v; want the transaction to run again", err)
		}
	})
}
