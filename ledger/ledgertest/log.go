package ledgertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

// readLog reads the whole log, some entries at a time.
func readLog(t testing.TB, b Books, q ledger.LogQuery) (ids []ledger.ID, pages int) {
	t.Helper()
	for {
		var page ledger.LogPage
		err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) (err error) {
			page, err = r.Log(ctx, q)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, e := range page.Entries {
			ids = append(ids, e.ID)
		}
		if page.End {
			return ids, pages
		}
		q.After = page.Next
	}
}

func log(t *testing.T, open Open) {
	b := one(t, open)
	var want []ledger.ID
	var last time.Time
	for i := range 7 {
		e := post(t, b, contribution(t, i, member(i), int64(i+1), march.AddDays(-i)))
		want, last = append(want, e.ID), e.RecordedAt
		time.Sleep(2 * time.Millisecond) // so that no two are recorded at one instant, of which either may be first
	}
	ids, pages := readLog(t, b, ledger.LogQuery{Limit: 3})
	if diff := cmp.Diff(want, ids); diff != "" || pages != 3 {
		t.Errorf("%d pages:\n%s", pages, diff)
	}
	err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) error {
		_, err := r.Log(ctx, ledger.LogQuery{Until: last, Limit: 1})
		return err
	})
	if !errorsIs(err, ledger.ErrTooRecent) {
		t.Errorf("the log until now: %v, want ErrTooRecent", err)
	}
	none, _ := readLog(t, b, ledger.LogQuery{Until: last.Add(-time.Minute), Limit: 10})
	if len(none) != 0 {
		t.Errorf("%d entries were recorded a minute ago", len(none))
	}
}

func logOfKinds(t *testing.T, open Open) {
	b := one(t, open)
	for i := range 5 {
		post(t, b, contribution(t, i, member(1), 100, march))
	}
	spent := post(t, b, spending(t, 10, member(1), 5))
	ids, pages := readLog(t, b, ledger.LogQuery{Kinds: []ledger.Kind{"withdrawal", "match"}, Limit: 2})
	if !slices.Equal(ids, []ledger.ID{spent.ID}) || pages != 4 {
		t.Errorf("%v in %d pages", ids, pages)
	}
	for _, bad := range []ledger.LogQuery{{Kinds: []ledger.Kind{"x' OR '1'='1"}, Limit: 1}, {After: "nowhere", Limit: 1}} {
		err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) error {
			_, err := r.Log(ctx, bad)
			return err
		})
		if !errorsIs(err, ledger.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func sharedBalances(t *testing.T, open Open) {
	b := one(t, open)
	post(t, b, contribution(t, 1, member(1), 1_000, 2026_03_01))
	post(t, b, contribution(t, 2, member(1), 2_000, 2026_03_10))
	for _, c := range []struct {
		on   ledger.Date
		want int64
	}{{0, 3_000}, {2026_03_09, 1_000}, {2026_02_28, 0}} {
		var got []ledger.Balance
		err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) (err error) {
			got, err = r.SharedBalances(ctx, c.on, line(ledger.BudgetPaid), clearing())
			return err
		})
		want := []ledger.Balance{{Account: line(ledger.BudgetPaid)}, {Account: clearing(), Net: c.want}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("on %s: %v\n%s", c.on, err, diff)
		}
	}
}

// counter is an examiner that dislikes one entry.
type counter struct {
	seen    map[ledger.ID]int
	dislike ledger.ID
}

func (c *counter) Examine(e ledger.Entry) { c.seen[e.ID]++ }

func (c *counter) Findings() []ledger.Finding {
	return []ledger.Finding{{Law: "L6", Party: collector, Account: c.dislike.String(), Text: "100% wrong"}}
}

func examined(t *testing.T, open Open) {
	b := one(t, open)
	want := map[ledger.ID]int{}
	for i := range 5 {
		want[post(t, b, contribution(t, i, member(i), 100, march)).ID] = 1
	}
	c := &counter{map[ledger.ID]int{}, id(1)}
	audit, err := b.Verify(t.Context(), nil, c)
	if diff := cmp.Diff(want, c.seen); err != nil || diff != "" {
		t.Errorf("seen: %v\n%s", err, diff)
	}
	if diff := cmp.Diff(c.Findings(), audit.Findings); diff != "" {
		t.Errorf("found:\n%s", diff)
	}
}
