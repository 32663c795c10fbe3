package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

// bench measures a server of its own, which it starts as a separate process and drives over gRPC. What it says was
// stored it has counted in the database, and what was acknowledged it has looked for there.
type bench struct {
	DB string `name:"db" help:"Database to fill: sqlite:PATH or postgres://… (CockroachDB too); default a temporary SQLite file."`
	keyed
	Mode     string `enum:"unary,batch,stream" default:"stream" help:"How clients send: one at a time, a hundred at a time, or a stream with up to 256 lines unanswered."`
	Clients  int    `default:"16" help:"Clients, each with a connection of its own."`
	Seconds  int    `default:"10" help:"How long they send."`
	Members  int    `default:"10000" help:"Members, among whom contributions are spread evenly."`
	Preload  int    `default:"0" help:"Contributions that are stored beforehand; those that a run before this one left there count."`
	History  bool   `help:"Store a year of history beforehand: half the members pay daily, half monthly; they go on so while they are measured."`
	Matching bool   `help:"Match contributions by a rule with rates by age and month and a yearly cap."`
	JSON     bool   `name:"json" help:"Print the figures as one JSON object, on the last line."`
}

// mostBenchMembers is as many as there are mobile numbers to give them.
const mostBenchMembers = 10_000_000

// Help shows how bench is used.
func (bench) Help() string {
	return `Examples:
  sanad bench
  sanad bench --mode unary --clients 64 --json
  sanad bench --db postgres://sanad@127.0.0.1/bench --seconds 30
  sanad bench --db sqlite:/var/tmp/bench.db --preload 5000000
  sanad bench --members 2000 --history --matching

It fills the database, so give it one of its own. It ends with 1 where an acknowledged contribution is missing, more
are stored than were sent, or the books don't verify.

The yardstick is what the database itself does with such rows: the same tables, indexes, settings and keys, in batches
of 1,000 from one connection, without Sanad's code in between.`
}

// Validate returns how bench was called wrongly.
func (b bench) Validate() error {
	for _, n := range []struct {
		flag        string
		value, most int
	}{{"clients", b.Clients, 1000}, {"seconds", b.Seconds, 86400}, {"members", b.Members, mostBenchMembers}} {
		if n.value < 1 || n.value > n.most {
			return fmt.Errorf("--%s must be 1 to %d", n.flag, n.most)
		}
	}
	switch {
	case b.Preload < 0:
		return errors.New("--preload must not be negative")
	case strings.HasPrefix(b.DB, "sqlite::memory:"):
		return errors.New("--db sqlite::memory: can't be measured: the server is another process; name a file, or leave it out for a temporary one")
	}
	return nil
}

// Run seeds, preloads, measures, looks at what is stored, and prints the figures.
func (b bench) Run(ctx context.Context, env Env) error {
	place, err := b.place()
	if err != nil {
		return err
	}
	defer place.remove()
	if b.History {
		b.Preload = b.Members / 2 * (daysOfYear + monthsOfYear)
	}
	m := &measuring{bench: b, place: place, env: env, figures: figures{
		Engine: place.engine(), Mode: b.Mode, History: b.History, Matching: b.Matching, Clients: b.Clients, Seconds: b.Seconds, Members: b.Members,
	}}
	for _, step := range []func(context.Context) error{m.prepare, m.measure, m.look, m.yardstick} {
		err := step(ctx)
		if ctx.Err() != nil {
			return errors.New("interrupted: the server has ended, and what was not measured by then is not shown")
		}
		if err != nil {
			return err
		}
	}
	return m.conclude()
}

// place is where a bench runs: a database, the key to it, and the folder to remove in the end where it is temporary.
type place struct {
	url, keyFile, folder string
}

func (b bench) place() (place, error) {
	if b.DB != "" {
		return place{url: b.DB, keyFile: b.KeyFile}, nil
	}
	folder, err := os.MkdirTemp("", "sanad-bench-")
	if err != nil {
		return place{}, fmt.Errorf("make a folder for the database: %w; set TMPDIR to where there is room", err)
	}
	p := place{url: "sqlite:" + filepath.Join(folder, "sanad.db"), keyFile: b.KeyFile, folder: folder}
	if p.keyFile == "" {
		p.keyFile = filepath.Join(folder, "key")
	}
	return p, nil
}

func (p place) remove() {
	if p.folder != "" {
		_ = os.RemoveAll(p.folder) // what is left of a temporary folder, the system removes
	}
}

func (p place) sqlite() bool { return strings.HasPrefix(p.url, "sqlite:") }

func (p place) engine() string {
	if p.sqlite() {
		return "sqlite"
	}
	return "postgres"
}

// database opens the measured database. It must be closed.
func (p place) database(ctx context.Context) (*sqldb.DB, error) { return sqldb.Open(ctx, p.url) }

// beside is the URL of a place for other tables in the same database, or in a file beside it, by that name.
func (p place) beside(name string) (string, error) {
	if p.sqlite() {
		path, _, _ := strings.Cut(strings.TrimPrefix(p.url, "sqlite:"), "?")
		return "sqlite:" + path + "-" + name, nil
	}
	u, err := url.Parse(p.url)
	if err != nil {
		return "", errors.New("the URL of the database can't be read")
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// measuring is a bench under way.
type measuring struct {
	bench
	place
	env     Env
	members []benchMember
	results benchTally
	figures figures
}

// say tells the person who waits what is being done.
func (m *measuring) say(format string, args ...any) {
	fmt.Fprintf(m.env.Err, "bench: "+format+"\n", args...)
}

// prepare registers the members, and stores what is to be there before the load.
func (m *measuring) prepare(ctx context.Context) error {
	began := m.env.Now()
	err := m.withServer(ctx, func(s *benchServer) (err error) {
		m.members, err = seed(ctx, s.conn, m.Members, m.Matching)
		return err
	})
	if err != nil {
		return err
	}
	m.say("%d members registered in %.1f s", len(m.members), m.since(began))
	return m.preload(ctx)
}

// withServer runs what needs a server, and ends the server afterwards.
func (m *measuring) withServer(ctx context.Context, fn func(*benchServer) error) error {
	s, err := startServer(ctx, m.place)
	if err != nil {
		return err
	}
	failed := fn(s)
	stopped := s.stop()
	if failed != nil {
		return fmt.Errorf("%w%s", failed, s.lastWords())
	}
	return stopped
}

// measure lets the clients send to a server that has just started, and asks what it took.
func (m *measuring) measure(ctx context.Context) error {
	before, err := m.stock(ctx)
	if err != nil {
		return err
	}
	m.figures.Preloaded = before.entries
	m.say("%d clients send for %d s (%s)", m.Clients, m.Seconds, m.Mode)
	err = m.withServer(ctx, func(s *benchServer) error { return m.drive(ctx, s) })
	if err != nil {
		return err
	}
	after, err := m.stock(ctx)
	if err != nil {
		return err
	}
	m.figures.Stored = after.entries - before.entries
	if m.figures.Stored > 0 {
		m.figures.BytesPerContribution = rounded(float64(after.bytes-before.bytes)/float64(m.figures.Stored), 1)
	}
	return nil
}

// drive measures the rate and the latencies of contributions, then those of balances, then the server's memory.
func (m *measuring) drive(ctx context.Context, s *benchServer) error {
	var err error
	if m.results, err = m.load(ctx, s); err != nil {
		return err
	}
	m.figures.of(m.results)
	if m.figures.BalanceP99, err = m.askBalances(ctx, s); err != nil {
		return err
	}
	m.figures.RSS, err = s.peakMemory(ctx)
	return err
}

// stock is what a database holds.
type stock struct{ entries, bytes int64 }

func (m *measuring) stock(ctx context.Context) (held stock, err error) {
	db, err := m.database(ctx)
	if err != nil {
		return held, err
	}
	defer db.Close()
	if held.bytes, err = db.Size(ctx); err != nil {
		return held, err
	}
	held.entries, err = countEntries(ctx, db)
	return held, err
}

func countEntries(ctx context.Context, db *sqldb.DB) (n int64, err error) {
	return countKind(ctx, db, insurance.KindContribution)
}

func countKind(ctx context.Context, db *sqldb.DB, kind ledger.Kind) (n int64, err error) {
	err = db.View(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryArgs(ctx, "SELECT count(*) FROM entry AS e WHERE e.kind = $1", []any{string(kind)}, func(row sqldb.Scanner) error { return row.Scan(&n) })
	})
	return n, err
}

// idsAtOnce is how many acknowledged contributions are looked for by one query.
const idsAtOnce = 1000

// look counts the acknowledged contributions that are not in the books, and verifies the books.
func (m *measuring) look(ctx context.Context) error {
	m.say("looking for %d acknowledged contributions, and verifying the books", len(m.results.acknowledged))
	books, db, err := onStore{DB: m.url}.books(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	err = books.View(ctx, func(ctx context.Context, r ledger.Reader) (err error) {
		m.figures.Missing, err = missing(ctx, r, m.results.acknowledged)
		return err
	})
	if err != nil {
		return err
	}
	audit, err := books.Verify(ctx, m.teller("verified", m.figures.Preloaded+m.figures.Stored).tell, insurance.NewBudgetAudit(), match.NewAudit())
	if err != nil {
		return err
	}
	m.figures.Verify = verdict(audit, m.env.Err)
	return nil
}

// missing counts the ids that are in no book.
func missing(ctx context.Context, r ledger.Reader, ids []ledger.ID) (n int64, err error) {
	for from := 0; from < len(ids); from += idsAtOnce {
		part := ids[from:min(from+idsAtOnce, len(ids))]
		found, err := r.Entries(ctx, part...)
		if err != nil {
			return n, err
		}
		there := make(map[ledger.ID]bool, len(found))
		for _, e := range found {
			there[e.ID] = true
		}
		for _, id := range part {
			if !there[id] {
				n++
			}
		}
	}
	return n, nil
}

// verdict prints what is wrong with the books and says it in a word.
func verdict(audit ledger.Audit, w io.Writer) string {
	for _, finding := range audit.Findings {
		fmt.Fprintln(w, finding)
	}
	if len(audit.Findings) == 0 {
		return clean
	}
	return fmt.Sprintf("%d findings", len(audit.Findings))
}

// conclude prints the figures, and returns [errFound] where they tell of a lost, doubled or refused contribution.
func (m *measuring) conclude() error {
	if err := m.figures.print(m.env.Out, m.JSON); err != nil {
		return err
	}
	faults := m.figures.faults(m.results)
	for _, fault := range faults {
		m.say("%s", fault)
	}
	if m.figures.Yardstick < slowYardstick {
		m.say("warning: the yardstick is below %d contributions/s: this machine or its disk is slow, or busy; compare figures from another", slowYardstick)
	}
	if len(faults) > 0 {
		return errFound
	}
	return nil
}

// teller tells a person who waits how far it is, now and then.
type teller struct {
	env   Env
	what  string
	of    int64
	began time.Time
	mu    sync.Mutex
	told  time.Time
}

func (m *measuring) teller(what string, of int64) *teller {
	now := m.env.Now()
	return &teller{env: m.env, what: what, of: of, began: now, told: now}
}

// tellEvery is how often she is told.
const tellEvery = 5 * time.Second

func (t *teller) tell(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.env.Now()
	if now.Sub(t.told) < tellEvery || n == 0 {
		return
	}
	t.told = now
	rate := float64(n) / now.Sub(t.began).Seconds()
	left := time.Duration(float64(t.of-n) / rate * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(t.env.Err, "bench: %s %d of %d, %.0f/s, %s left\n", t.what, n, t.of, rate, max(0, left))
}

func (m *measuring) since(t time.Time) float64 { return m.env.Now().Sub(t).Seconds() }
