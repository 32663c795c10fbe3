package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger/sqldb"
)

const (
	// yardstickName is that of the schema, or of the ending of the file, in which the yardstick writes.
	yardstickName = "sanad_yardstick"
	// yardstickRows is how many contributions are in one of its transactions.
	yardstickRows = 1000
	// yardstickTime is how long it writes; the making of rows does not count.
	yardstickTime = 4 * time.Second
	// yardstickAhead is how many batches are made at a time.
	yardstickAhead = 8
)

// yardstick measures how many contributions a second the database itself takes.
func (m *measuring) yardstick(ctx context.Context) error {
	m.say("yardstick: the same rows by plain SQL")
	if len(m.results.acknowledged) == 0 {
		return errors.New("no contribution was acknowledged, so there is nothing to compare with; see the errors above")
	}
	y, err := m.openYard(ctx)
	if err != nil {
		return fmt.Errorf("yardstick: %w", err)
	}
	perSecond, err := y.measure(ctx, m.env.Now, min(yardstickTime, time.Duration(m.Seconds)*time.Second))
	if err := errors.Join(err, y.remove(context.WithoutCancel(ctx))); err != nil {
		return fmt.Errorf("yardstick: %w", err)
	}
	m.figures.Yardstick = rounded(perSecond, 1)
	m.figures.Ratio = rounded(m.figures.PerSecond/perSecond, 3)
	return nil
}

// yard is where the yardstick writes: empty tables made by the same migrations, with a row for each member.
type yard struct {
	place
	db      *sqldb.DB
	tables  map[string]yardTable
	members []string
	// head is what the day's ids begin with, and clock the instant of the next batch in microseconds.
	head  []byte
	clock int64
}

func (m *measuring) openYard(ctx context.Context) (*yard, error) {
	const headOfID = 2
	y := &yard{place: m.place, head: m.results.acknowledged[0][:headOfID], clock: m.env.Now().UnixMicro()}
	for _, member := range m.members {
		y.members = append(y.members, string(member.id.Party()))
	}
	measured, err := m.database(ctx)
	if err != nil {
		return nil, err
	}
	defer measured.Close()
	if y.tables, err = y.readTables(ctx, measured); err != nil {
		return nil, err
	}
	if err := y.make(ctx); err != nil {
		return nil, errors.Join(err, y.remove(context.WithoutCancel(ctx)))
	}
	return y, nil
}

// make makes the tables, in a file or a schema of their own, anew.
func (y *yard) make(ctx context.Context) error {
	if err := y.drop(ctx); err != nil {
		return err
	}
	if !y.sqlite() {
		if err := y.postgres(ctx, "CREATE SCHEMA "+yardstickName); err != nil {
			return fmt.Errorf("%w; it needs the right to CREATE in the database", err)
		}
	}
	url, err := y.beside(yardstickName)
	if err != nil {
		return err
	}
	if y.db, err = sqldb.Open(ctx, url); err != nil {
		return err
	}
	if err := api.Migrate(ctx, y.db); err != nil {
		return err
	}
	return y.openParties(ctx)
}

// openParties gives each member the row that her first contribution would have given her.
func (y *yard) openParties(ctx context.Context) error {
	for members := range slices.Chunk(y.members, yardstickRows) {
		if err := y.write(ctx, y.insert("party_balance", "", len(members), yardKeys{"party": of(members)})); err != nil {
			return err
		}
	}
	return nil
}

// remove drops all that the yardstick has made.
func (y *yard) remove(ctx context.Context) error {
	if y.db != nil {
		y.db.Close()
	}
	return y.drop(ctx)
}

func (y *yard) drop(ctx context.Context) error {
	if !y.sqlite() {
		return y.postgres(ctx, "DROP SCHEMA IF EXISTS "+yardstickName+" CASCADE")
	}
	url, err := y.beside(yardstickName)
	for _, ending := range []string{"", "-wal", "-shm"} {
		gone := os.Remove(strings.TrimPrefix(url, "sqlite:") + ending)
		if !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func (y *yard) postgres(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, y.url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// measure writes batch after batch and returns how many contributions a second were durable. The rows of several
// batches are made beforehand, and that time does not count; nor does the first batch, which prepares the statements.
func (y *yard) measure(ctx context.Context, now func() time.Time, atLeast time.Duration) (float64, error) {
	if err := y.write(ctx, y.batch()); err != nil {
		return 0, err
	}
	var written, took = 0, time.Duration(0)
	for took < atLeast {
		batches := make([][]plainSQL, yardstickAhead)
		for i := range batches {
			batches[i] = y.batch()
		}
		began := now()
		for _, batch := range batches {
			if err := y.write(ctx, batch); err != nil {
				return 0, err
			}
		}
		took += now().Sub(began)
		written += yardstickAhead * yardstickRows
	}
	return float64(written) / took.Seconds(), nil
}

// plainSQL is a statement ready to run.
type plainSQL struct {
	text string
	args []any
}

// write runs statements in one transaction.
func (y *yard) write(ctx context.Context, statements []plainSQL) error {
	return y.db.Update(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecArgs(ctx, s.text, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
}
