package cli

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"sanad.dev/sanad/services/collection"
)

const (
	// preloadDays are those before today over which contributions are spread.
	preloadDays = 30
	// preloadAtOnce is how many are handed in together, by each of so many.
	preloadAtOnce = 1000
	preloaders    = 6
)

// preload stores contributions through the use case itself, so that they are the same rows as by gRPC, and lets the
// database tidy up, so that the load does not pay for it.
func (m *measuring) preload(ctx context.Context) error {
	if m.Preload == 0 {
		return nil
	}
	held, err := m.stock(ctx)
	if err != nil {
		return err
	}
	if left := int64(m.Preload) - held.entries; left > 0 {
		err = m.fill(ctx, left)
	} else {
		m.say("%d contributions are stored already", held.entries)
	}
	if err != nil {
		return fmt.Errorf("preload: %w", err)
	}
	return m.tidy(ctx)
}

// The payments of a year of who pays daily, and of who pays monthly.
const (
	daysOfYear   = 365
	monthsOfYear = 12
)

// days are those before today over which what is preloaded is spread.
func (m *measuring) days() int {
	if m.History {
		return daysOfYear
	}
	return preloadDays
}

// portion is what is handed in together: contributions of one day.
type portion struct {
	day payday
	n   int
}

func (m *measuring) fill(ctx context.Context, n int64) error {
	days := m.days()
	m.say("storing %d contributions of the last %d days", n, days)
	i, err := institution(ctx, onStore{DB: m.url}, keyed{KeyFile: m.keyFile})
	if err != nil {
		return err
	}
	defer i.Close()
	f := &filling{collection: i.Collection, members: m.members, mixed: m.History, receipts: newReceipts(), teller: m.teller("stored", n)}
	portions := make(chan portion)
	group, inside := errgroup.WithContext(ctx)
	for range preloaders {
		group.Go(func() error { return f.post(inside, portions) })
	}
	group.Go(func() error { return m.deal(inside, n, portions) })
	return group.Wait()
}

// deal hands out portions, day after day, as the contributions would have come.
func (m *measuring) deal(ctx context.Context, n int64, portions chan<- portion) error {
	defer close(portions)
	now := m.env.Now()
	days := int64(m.days())
	for day := range days {
		of := daysAgo(now, int(days-day))
		for left := n*(day+1)/days - n*day/days; left > 0; left -= preloadAtOnce {
			select {
			case portions <- portion{of, int(min(left, preloadAtOnce))}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// filling is a preload under way.
type filling struct {
	collection *collection.Service
	members    []benchMember
	mixed      bool
	receipts   *receipts
	stored     atomic.Int64
	teller     *teller
}

func (f *filling) post(ctx context.Context, portions <-chan portion) error {
	payers := newPayers(f.members, f.receipts, payday{})
	payers.mixed = f.mixed
	for portion := range portions {
		payers.day = portion.day
		sent := make([]collection.Sent, portion.n)
		for i := range sent {
			sent[i].Contribution = payers.next().contribution()
		}
		outcomes, err := f.collection.Post(ctx, sent...)
		if err != nil {
			return err
		}
		for _, outcome := range outcomes {
			if outcome.Err != nil {
				return outcome.Err
			}
		}
		f.teller.tell(f.stored.Add(int64(portion.n)))
	}
	return nil
}

// tidy lets the database do now what it would do sooner or later after so much was stored.
func (m *measuring) tidy(ctx context.Context) error {
	began := m.env.Now()
	what, tidy := "VACUUM ANALYZE, CHECKPOINT", m.tidyPostgres
	if m.sqlite() {
		what, tidy = "checkpoint of the write-ahead log", m.tidySQLite
	}
	if err := tidy(ctx); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	m.say("%s, before the load: %.1f s", what, m.since(began))
	return nil
}

func (m *measuring) tidySQLite(ctx context.Context) error {
	path, _, _ := strings.Cut(strings.TrimPrefix(m.url, "sqlite:"), "?")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func (m *measuring) tidyPostgres(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, m.url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if conn.PgConn().ParameterStatus("crdb_version") != "" { // it vacuums by itself
		_, err := conn.Exec(ctx, "ANALYZE entry")
		return err
	}
	if _, err := conn.Exec(ctx, "VACUUM (ANALYZE)"); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CHECKPOINT"); err != nil {
		m.say("no checkpoint before the load (%v)", err) // only who administers the server may ask for one
	}
	return nil
}
