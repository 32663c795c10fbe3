package ledgertest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
)

func errorsIs(err, target error) bool { return errors.Is(err, target) }

// pages reads a whole statement, some entries at a time.
func pages(t testing.TB, b Books, q ledger.StatementQuery) []ledger.Entry {
	t.Helper()
	var all []ledger.Entry
	for {
		var page ledger.StatementPage
		err := b.View(t.Context(), func(ctx context.Context, r ledger.Reader) (err error) {
			page, err = r.Statement(ctx, q)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Entries...)
		if page.Next == "" {
			return all
		}
		q.After = page.Next
	}
}

func statement(t *testing.T, open Open) {
	b := one(t, open)
	days := []ledger.Date{2026_03_05, 2026_03_01, 2026_03_09, 2026_03_01, 2026_02_27, 2026_03_05, 2026_03_20}
	for i, day := range days {
		post(t, b, contribution(t, i, member(1), int64(i+1), day))
	}
	post(t, b, contribution(t, 99, member(2), 1, march))
	var got []ledger.Date
	for _, e := range pages(t, b, ledger.StatementQuery{Party: member(1), From: 2026_03_01, To: 2026_03_09, Limit: 2}) {
		got = append(got, e.ValueOn)
	}
	want := []ledger.Date{2026_03_01, 2026_03_01, 2026_03_05, 2026_03_05, 2026_03_09}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("value dates:\n%s", diff)
	}
}

func sharedStatement(t *testing.T, open Open) {
	b := one(t, open)
	for i := range 7 {
		post(t, b, contribution(t, i, member(i), int64(i+1), march))
	}
	other := ledger.Account{Code: ledger.CollectorClearing, Party: "collector:other", Currency: jod}
	post(t, b, entry(t, 50, "contribution", march, ledger.Dr(other, 5), ledger.Cr(savings(member(1)), 5)))
	var got []ledger.ID
	for _, e := range pages(t, b, ledger.StatementQuery{Party: collector, Limit: 3}) {
		got = append(got, e.ID)
	}
	if len(got) != 7 {
		t.Errorf("%d entries touch the collector, want 7", len(got))
	}
}

func valueDate(t *testing.T, open Open) {
	b := one(t, open)
	post(t, b, contribution(t, 1, member(1), 1_000, 2026_03_01))
	post(t, b, contribution(t, 2, member(1), 2_000, 2026_03_10))
	for _, c := range []struct {
		on   ledger.Date
		want int64
	}{{2026_02_28, 0}, {2026_03_01, 1_000}, {2026_03_09, 1_000}, {2026_03_10, 3_000}} {
		at := ledger.At{ValueOn: c.on}
		if got := -balances(t, b, at, member(1)).Of(savings(member(1))); got != c.want {
			t.Errorf("on %s the member has %d, want %d", c.on, got, c.want)
		}
		if got := balances(t, b, at, collector).Of(clearing()); got != c.want {
			t.Errorf("on %s the collector owes %d, want %d", c.on, got, c.want)
		}
	}
}

// model keeps books in a map: what every store must agree with.
type model struct {
	balances map[ledger.Account]int64
	entries  map[ledger.ID]ledger.Entry
	undone   map[ledger.ID]bool
}

func (m *model) apply(e ledger.Entry) {
	m.entries[e.ID] = e
	m.undone[e.Undoes] = true
	for _, p := range e.Postings {
		m.balances[p.Account] += p.Net()
	}
}

// randomWorkload posts, repeats, spends and reverses at random and compares every outcome and balance with the model.
func randomWorkload(t *testing.T, open Open) {
	b := one(t, open)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		m := &model{map[ledger.Account]int64{}, map[ledger.ID]ledger.Entry{}, map[ledger.ID]bool{}}
		base := round * 1_000_000
		var posted []ledger.Entry
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			e := step(rt, t, base+i, posted)
			got, repeated, err := ledger.Append(t.Context(), b, e)
			want := m.verdict(e)
			if !errorsIs(err, want) || (want == nil && err != nil) {
				rt.Fatalf("step %d: got %v, want %v", i, err, want)
			}
			if err == nil && !repeated {
				m.apply(got)
				posted = append(posted, got)
			}
		}
		for a, net := range m.balances {
			if a.Party.Held() && balances(t, b, ledger.At{}, a.Party).Of(a) != net {
				rt.Fatalf("%s differs from the model's %d", a, net)
			}
		}
	})
	clean(t, b)
}

// step draws the next thing that somebody sends.
func step(rt *rapid.T, t testing.TB, n int, posted []ledger.Entry) ledger.Entry {
	who := member(n/1_000_000*10 + rapid.IntRange(0, 2).Draw(rt, "member"))
	minor := rapid.Int64Range(1, 500).Draw(rt, "minor")
	day := march.AddDays(rapid.IntRange(-40, 20).Draw(rt, "day"))
	kind := rapid.IntRange(0, 9).Draw(rt, "kind")
	if len(posted) > 0 {
		target := posted[rapid.IntRange(0, len(posted)-1).Draw(rt, "target")]
		switch kind {
		case 0:
			return target
		case 1, 2:
			return ledger.Reverse(target, id(n))
		}
	}
	if kind < 6 {
		return contribution(t, n, who, minor, day)
	}
	return spending(t, n, who, minor)
}

// verdict is what the laws say of an entry, by the model's own books.
func (m *model) verdict(e ledger.Entry) error {
	if _, again := m.entries[e.ID]; again {
		return nil
	}
	if !e.Undoes.IsZero() && m.entries[e.Undoes].Kind == ledger.KindReversal {
		return ledger.ErrReversalFinal
	}
	if !e.Undoes.IsZero() && m.undone[e.Undoes] {
		return ledger.ErrAlreadyUndone
	}
	for _, p := range e.Postings {
		control, _ := p.Account.Code.Control()
		if control.Floored && p.Account.Normal(m.balances[p.Account]+p.Net()) < 0 && p.Debit > 0 {
			return ledger.ErrFloor
		}
	}
	return nil
}
