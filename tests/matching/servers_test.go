package matching

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/collection"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/subsidy"
	"sanad.dev/sanad/services/treasury"
	"sanad.dev/sanad/tests/pgtest"
)

// onServers runs the test on several servers of one database, of either engine.
func onServers(t *testing.T, test func(t *testing.T, servers []*house)) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "books.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := url(t)
			test(t, []*house{openHouse(t, at), openHouse(t, at), openHouse(t, at)})
		})
	}
}

// atOnce calls fn for every number below n from as many goroutines.
func atOnce(t *testing.T, n int, fn func(i int) error) {
	t.Helper()
	var all errgroup.Group
	var start sync.WaitGroup
	start.Add(1)
	for i := range n {
		all.Go(func() error {
			start.Wait()
			return fn(i)
		})
	}
	start.Done()
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
}

func (h *house) try(items ...collection.Sent) error {
	outcomes, err := h.Collection.Post(context.Background(), items...)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return o.Err
		}
	}
	return nil
}

// TestServersGrantOnce: the same contributions are sent to several servers at once, and a run is started on all of them.
func TestServersGrantOnce(t *testing.T) {
	onServers(t, func(t *testing.T, servers []*house) {
		h := servers[0]
		immediate := h.publish(t, "subsidies:\n  - {id: match, funder: treasury, pot: 2110, period: month, open_ended: true, amount: [{times: 50%}]}\n")
		yearly := h.publish(t, arrears("open_ended: true"))
		people := h.people(t, 5)
		items := map[ledger.SchemeCode][]collection.Sent{}
		for _, scheme := range []ledger.SchemeCode{immediate, yearly} {
			for i, m := range people {
				for _, p := range h.parcels([]gift{{on: 2025_03_01, minor: int64(100 * (i + 1))}, {on: 2025_03_09, minor: 100}}) {
					items[scheme] = append(items[scheme], p.item(m, scheme))
				}
			}
		}
		atOnce(t, 4*len(servers), func(i int) error {
			return servers[i%len(servers)].try(append(items[immediate], items[yearly]...)...)
		})
		atOnce(t, 2*len(servers), func(i int) error {
			server := servers[i%len(servers)]
			_, err := server.runner(server.Subsidies.Store, 2).Run(context.Background(), subsidy.Order{Scheme: yearly, Subsidy: "match", On: 2025_12_31}, func(match.Run) {})
			return err
		})
		want := []int64{100, 150, 200, 250, 300}
		for _, scheme := range []ledger.SchemeCode{immediate, yearly} {
			if diff := cmp.Diff(want, h.grants(t, scheme, people)); diff != "" {
				t.Errorf("%s: %s", scheme, diff)
			}
		}
		h.clean(t)
	})
}

const (
	senders = 64
	rounds  = 5
)

// TestABudgetIsNotOverspentByManyAtOnce: 64 senders over several servers want 64 * 5 * 7 of a budget of 1000, each
// contribution for a member of its own or for one that others give to as well. Under partial all of it is granted, to
// the last minor unit; under queue and stop nothing above it; and what is not granted is unmet, save under stop. A
// supplementary vote then pays those who wait.
func TestABudgetIsNotOverspentByManyAtOnce(t *testing.T) {
	onServers(t, func(t *testing.T, servers []*house) {
		h := servers[0]
		people := h.people(t, senders/2)
		for name, policy := range policies {
			t.Run(name, func(t *testing.T) {
				scheme := h.budgeted(t, policy, 1000)
				h.spendAtOnce(t, servers, scheme, people)
				got := h.outcome(t, scheme, people)
				granted := sum(got.Grants)
				const wanted = senders * rounds * 7
				switch {
				case granted != 1000-got.Left || got.Left < 0:
					t.Errorf("granted %d of 1000, and %d is left", granted, got.Left)
				case name == "partial" && granted != 1000:
					t.Errorf("granted %d of 1000", granted)
				case name == "queue" && got.Left >= 7:
					t.Errorf("%d is left, which would do for one more", got.Left)
				case name != "stop" && got.Unmet != wanted-granted:
					t.Errorf("%d is unmet; %d was wanted and %d granted", got.Unmet, wanted, granted)
				}
				h.clean(t)
				h.move(t, treasury.Supplement, line(scheme, 2025), wanted)
				h.move(t, treasury.Warrant, line(scheme, 2025), wanted)
				if _, _, err := h.Subsidies.PayQueue(context.Background(), line(scheme, 2025)); err != nil {
					t.Fatal(err)
				}
				if after := h.outcome(t, scheme, people); name != "stop" && (sum(after.Grants) != wanted || after.Unmet != 0) {
					t.Errorf("after the supplementary vote %+v", after)
				}
				h.clean(t)
			})
		}
	})
}

// spendAtOnce sends contributions of 7 each from all senders at once.
func (h *house) spendAtOnce(t *testing.T, servers []*house, scheme ledger.SchemeCode, people []insurance.MemberID) {
	t.Helper()
	var items [senders][]collection.Sent
	for i := range items {
		for _, p := range h.parcels(make([]gift, rounds)) {
			p.on, p.minor = 2025_03_01, 7
			items[i] = append(items[i], p.item(people[i%len(people)], scheme))
		}
	}
	atOnce(t, senders, func(i int) error { return servers[i%len(servers)].try(items[i]...) })
}

func sum(all []int64) (sum int64) {
	for _, n := range all {
		sum += n
	}
	return sum
}

// TestHeadsAreNotOvercountedByManyAtOnce: a line that counts 10 heads, and money enough.
func TestHeadsAreNotOvercountedByManyAtOnce(t *testing.T) {
	onServers(t, func(t *testing.T, servers []*house) {
		h := servers[0]
		scheme := h.publish(t, all("heads: true, exhaustion: stop, stop_law: Art. 7"))
		people := h.people(t, senders/2)
		h.fund(t, line(scheme, 2025), 1_000_000)
		h.fund(t, line(scheme, 2025).Heads(), 10)
		h.spendAtOnce(t, servers, scheme, people)
		grants, counted := h.grants(t, scheme, people), int64(0)
		for _, granted := range grants {
			if granted > 0 {
				counted++
			}
		}
		left := h.stands(t, line(scheme, 2025).Heads().Account(ledger.BudgetReleased))
		if diff := cmp.Diff([]int64{10, 0, 1_000_000}, []int64{counted, left, h.left(t, scheme) + sum(grants)}); diff != "" {
			t.Errorf("counted, heads left, money left and granted: %s", diff)
		}
		h.clean(t)
	})
}
