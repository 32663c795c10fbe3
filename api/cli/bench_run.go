package cli

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"sanad.dev/sanad/api"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/subsidy"
)

// benchRun measures a run at the end of a period over members who have given something every month of the year before.
type benchRun struct {
	DB      string `name:"db" help:"Database to fill; default a temporary SQLite file."`
	Members int    `default:"100000" help:"Members, each with twelve contributions."`
	JSON    bool   `name:"json" help:"Print the figures as one JSON object."`
}

// Help shows how bench-run is used.
func (benchRun) Help() string {
	return `It writes the members' contributions straight into the books, runs the subsidy of the year in a process of its own,
measures that, runs it again (nothing may be granted twice) and verifies the books.

Examples:
  sanad bench-run --members 20000
  sanad bench-run --members 1000000 --db sqlite:/var/tmp/run.db --json`
}

// runFigures are what a run took.
type runFigures struct {
	Engine    string  `json:"engine"`
	Members   int     `json:"members"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"members_per_second"`
	RSS       float64 `json:"rss_mib"`
	Again     float64 `json:"again_seconds"`
	Granted   int64   `json:"granted_members"`
	Twice     int64   `json:"granted_twice"`
	Verify    string  `json:"verify"`
}

// The year that is run, and the scheme.
const (
	runScheme = "bench-run"
	runYear   = 2025
)

const runRules = `scheme: bench-run
name: Bench of a run
source: made up
currency: JOD
time_zone: Asia/Amman
region: JO
effective: 2020-01-01
pots:
  - {account: 2100, name: Old age, share: 0.6, pool: old-age}
  - {account: 2200, name: Health, share: 0.4, pool: health}
parameters:
  yearly_cap: 150
subsidies:
  - id: match
    funder: treasury
    pot: 2110
    period: calendar-year
    timing: in-arrears
    open_ended: true
    amount:
      - each:
          - marginal:
              - {over: 0, rate: 50%}
              - {over: 20, rate: 25%}
    cap: yearly_cap
    round: {way: down}
`

// Run fills, measures and prints.
func (b benchRun) Run(ctx context.Context, env Env) error {
	if b.Members < 1 {
		return usageError{errors.New("--members must be at least 1")}
	}
	place, err := bench{DB: b.DB}.place()
	if err != nil {
		return err
	}
	defer place.remove()
	if place.keyFile == "" {
		place.keyFile = filepath.Join(os.TempDir(), "sanad-bench-run-key")
	}
	figures := runFigures{Engine: place.engine(), Members: b.Members}
	if err := b.fill(ctx, env, place); err != nil {
		return err
	}
	if figures.Seconds, figures.RSS, err = runChild(ctx, env, place); err != nil {
		return err
	}
	figures.PerSecond = rounded(float64(b.Members)/figures.Seconds, 1)
	before, err := grants(ctx, place)
	if err != nil {
		return err
	}
	if figures.Again, _, err = runChild(ctx, env, place); err != nil {
		return err
	}
	after, err := grants(ctx, place)
	if err != nil {
		return err
	}
	figures.Granted, figures.Twice = before, after-before
	if figures.Verify, err = verified(ctx, place); err != nil {
		return err
	}
	text, _ := json.Marshal(figures)
	fmt.Fprintln(env.Out, string(text))
	if figures.Twice != 0 || figures.Verify != "clean" || before != int64(b.Members) {
		return errFound
	}
	return nil
}

// filledAtOnce is how many members are written in one transaction.
const filledAtOnce = 500

// fill writes members with a contribution in each month.
func (b benchRun) fill(ctx context.Context, env Env, p place) error {
	i, err := institution(ctx, onStore{DB: p.url}, keyed{KeyFile: p.keyFile})
	if err != nil {
		return err
	}
	defer i.Close()
	scheme, err := i.Schemes.PublishFolder(ctx, rule.Folder{Scheme: []byte(runRules)}, "bench")
	if err != nil {
		return err
	}
	held, err := countEntries(ctx, i.DB)
	if err != nil {
		return err
	}
	told := env.Now()
	for from := int(held) / monthsOfYear; from < b.Members; from += filledAtOnce {
		if err := fillSome(ctx, i, scheme, from, min(from+filledAtOnce, b.Members)); err != nil {
			return err
		}
		if now := env.Now(); now.Sub(told) > tellEvery {
			told = now
			fmt.Fprintf(env.Err, "bench-run: %d of %d members written\n", from, b.Members)
		}
	}
	return nil
}

func fillSome(ctx context.Context, i *api.Institution, scheme insurance.Scheme, from, to int) error {
	return i.Subsidies.Store.Update(ctx, func(ctx context.Context, tx subsidy.Tx) error {
		var parties []ledger.Party
		for n := from; n < to; n++ {
			parties = append(parties, runMember(n).Party())
		}
		page, err := tx.Page(ctx, ledger.Need{Parties: parties})
		if err != nil {
			return err
		}
		for n := from; n < to; n++ {
			for month := range monthsOfYear {
				r := insurance.Received{
					ID: runID(n, month), Collector: benchCollector, ValueOn: ledger.Date(runYear*1_00_00 + (month+1)*1_00 + 15),
					Amount: ledger.Money{Minor: int64(5000 + n%40*1000), Currency: benchCurrency},
				}
				e, err := insurance.Contributed(r, runMember(n), scheme)
				if err != nil {
					return err
				}
				if _, err := page.Post(e); err != nil {
					return err
				}
			}
		}
		return i.Subsidies.Settle(ctx, tx, page)
	})
}

// runMember spreads members over the keys, as random ids are.
func runMember(n int) insurance.MemberID {
	return insurance.MemberID(fmt.Sprintf("%026x", uint64(n)*0x9E3779B97F4A7C15))
}

func runID(n, month int) (id ledger.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(n)*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(id[8:], uint64(month)+1)
	return id
}

// runChild runs the subsidy in a process of its own, and says how long it took and its peak memory in MiB.
func runChild(ctx context.Context, env Env, p place) (seconds, rss float64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	child := exec.CommandContext(ctx, self, "subsidy", "run", "--db", p.url, "--key-file", p.keyFile,
		"--scheme", runScheme, "--subsidy", "match", "--on", fmt.Sprintf("%d-12-31", runYear))
	child.Stdout, child.Stderr = env.Err, env.Err
	began := env.Now()
	if err := child.Run(); err != nil {
		return 0, 0, fmt.Errorf("subsidy run: %w", err)
	}
	seconds = rounded(env.Now().Sub(began).Seconds(), 2)
	if usage, ok := child.ProcessState.SysUsage().(*syscall.Rusage); ok {
		rss = rounded(float64(usage.Maxrss)/1024, 1)
	}
	return seconds, rss, nil
}

// grants counts the grants in the books.
func grants(ctx context.Context, p place) (n int64, err error) {
	db, err := p.database(ctx)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	return countKind(ctx, db, insurance.KindMatch)
}

func verified(ctx context.Context, p place) (string, error) {
	books, db, err := onStore{DB: p.url}.books(ctx)
	if err != nil {
		return "", err
	}
	defer db.Close()
	audit, err := books.Verify(ctx, func(int64) {}, insurance.NewBudgetAudit(), match.NewAudit())
	if err != nil || len(audit.Findings) == 0 {
		return "clean", err
	}
	return audit.Findings[0].Text, nil
}
