package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

// demo runs a mobile-money operator's day. Its database has no environment variable: nobody shall put two thousand
// invented members among her own by mistake.
type demo struct {
	keyed
	shown
	DB      string `name:"db" help:"Use this database and keep it; default a SQLite file that is removed afterwards."`
	Serve   bool   `help:"Keep serving afterwards, with calls to try."`
	Seed    uint64 `help:"The same seed makes the same people and the same statement." default:"1"`
	Members int    `help:"How many members enrol." default:"2000"`
	Lines   int    `help:"How many lines the statement has." default:"20000"`
}

// Help shows how demo is used.
func (demo) Help() string {
	return `Exit code 1 says that the books don't balance, or that something came out other than the statement was made.

Examples:
  sanad demo
  sanad demo --serve
  sanad demo --db sqlite:/tmp/demo.db && sanad export --db sqlite:/tmp/demo.db`
}

// The limits of what the demo makes up.
const (
	mostDemoMembers = 1_000_000
	mostDemoLines   = 10_000_000
)

// Validate looks at the numbers before anything is made.
func (d demo) Validate() error {
	if d.Members < 1 || d.Members > mostDemoMembers {
		return fmt.Errorf("--members: from 1 to %d", mostDemoMembers)
	}
	if d.Lines < 0 || d.Lines > mostDemoLines {
		return fmt.Errorf("--lines: from 0 to %d", mostDemoLines)
	}
	return nil
}

// Run makes a house, lets a day pass in it, and looks at the books.
func (d demo) Run(ctx context.Context, env Env) error {
	folder, err := os.MkdirTemp("", "sanad-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left of it, the system clears away
	rail, err := payRail(ctx, folder)
	if err != nil {
		return err
	}
	defer rail.Close()
	h, err := d.open(ctx, env, folder, map[string]payout.Rail{demoRail: rail})
	if err != nil {
		return err
	}
	defer h.close()
	s := &show{demo: d, env: env, house: h, folder: folder}
	right, err := s.run(ctx)
	if err != nil {
		return fmt.Errorf("demo: %w", explained(h.address, err))
	}
	if d.Serve {
		s.offer()
		h.serveOn(ctx)
	}
	if !right {
		return errFound
	}
	return nil
}

// open opens the house: on the database named, with the key that is kept, or on one of its own in the folder.
func (d demo) open(ctx context.Context, env Env, folder string, rails map[string]payout.Rail) (*house, error) {
	if d.DB == "" {
		key, err := LoadKey(filepath.Join(folder, "key"))
		if err != nil {
			return nil, err
		}
		return openHouse(ctx, env, "sqlite:"+filepath.Join(folder, "books.db"), key, rails)
	}
	key, err := d.key()
	if err != nil {
		return nil, err
	}
	return openHouse(ctx, env, d.DB, key, rails)
}

// show is the demo while it runs, section by section.
type show struct {
	demo
	env    Env
	house  *house
	folder string
	people []*person
	day    *demoDay
	// debts are the benefits that are owed.
	debts []owed
}

// run goes through the sections; right says that everything came out as it should.
func (s *show) run(ctx context.Context) (right bool, err error) {
	steps := []func(context.Context) error{
		s.furnish, s.enrol, s.makeStatement, s.post, s.showMember, s.showCover, s.showBirth, s.showRetirement, s.showPayouts, s.showPools,
		s.showState,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return false, err
		}
	}
	replayed, err := s.showReplay(ctx)
	if err != nil {
		return false, err
	}
	balanced, err := s.showTrial(ctx)
	if err != nil {
		return false, err
	}
	clean, err := s.showVerify(ctx)
	if err != nil {
		return false, err
	}
	return s.conclude() && replayed && balanced && clean, nil
}

// section begins a part of what is printed.
func (s *show) section(title string) { fmt.Fprintf(s.env.Out, "\n%s\n", title) }

func (s *show) say(format string, args ...any) { fmt.Fprintf(s.env.Out, "  "+format+"\n", args...) }

// furnish publishes the scheme and names the collector.
func (s *show) furnish(ctx context.Context) error {
	fmt.Fprintf(s.env.Out, "Sanad demo: a mobile-money operator's day, through real gRPC, into balanced books\n")
	s.section("The house")
	kept := "kept"
	if s.DB == "" {
		kept = "removed afterwards"
	}
	s.say("database   %s", kept)
	s.say("server     gRPC on %s", s.house.address)
	scheme, err := s.house.publish(ctx)
	if err != nil {
		return err
	}
	s.say("scheme     %s, version %d: %s", scheme.GetCode(), scheme.GetVersion(), shares(scheme))
	s.say("collector  %s", demoCollector)
	if err := s.house.vote(ctx); err != nil {
		return err
	}
	s.say("state      matches what members give, by age; %s %s voted for %d, %s released", demoVote, demoCurrency, demoYear, demoWarrant)
	return nil
}

// enrol registers the people.
func (s *show) enrol(ctx context.Context) error {
	s.people = invent(s.Seed, s.Members)
	bar := s.of(s.env, "enrolling", int64(s.Members))
	began := s.env.Now()
	proposed, err := s.house.register(ctx, s.Seed, s.people, bar.at)
	bar.done()
	if err != nil {
		return err
	}
	shared, chosen, err := s.house.choose(ctx, s.people)
	if err != nil {
		return err
	}
	vouched := 0
	for _, p := range s.people {
		vouched += one(p.voucher != byNobody)
	}
	s.section("The members")
	s.say("%s enrolled in %s", counted(s.Members), seconds(s.env.Now().Sub(began)))
	s.say("%s have no phone but a number on a paper card, and somebody who vouches for them", counted(vouched))
	s.say("%s phones are shared by two; for %s of them the payer has said once for all whom she means", counted(shared), counted(chosen))
	s.say("%s may have been enrolled before: proposed for a person to look at, never merged by the machine", counted(proposed))
	return nil
}

// showMember prints the statement of a member who paid several times, best one of whom something was taken back.
func (s *show) showMember(ctx context.Context) error {
	p := s.day.telling(s.people)
	if p == nil {
		return nil
	}
	party := ledger.Party(ledger.MemberKind + ":" + p.id)
	lines, err := s.house.server.postings(ctx, party, nil, nil)
	if err != nil {
		return err
	}
	s.section("One member's statement")
	s.say("number %s, in the books %s", p.number, party)
	printStatement(s.env.Out, "  ", lines)
	return nil
}

func (s *show) showTrial(ctx context.Context) (balanced bool, err error) {
	turnovers, err := trialOf(ctx, s.house.institution.Books, ledger.TrialQuery{})
	if err != nil {
		return false, err
	}
	s.section("The trial balance")
	printTrial(s.env.Out, "  ", turnovers, false)
	return ledger.InBalance(turnovers), nil
}

func (s *show) showVerify(ctx context.Context) (clean bool, err error) {
	bar := s.of(s.env, "verifying", -1)
	began := s.env.Now()
	audit, err := s.house.institution.Books.Verify(ctx, bar.at, insurance.NewBudgetAudit(), match.NewAudit())
	bar.done()
	if err != nil {
		return false, err
	}
	s.section("Verify")
	printAudit(s.env.Out, "  ", audit)
	s.say("in %s", seconds(s.env.Now().Sub(began)))
	return len(audit.Findings) == 0, nil
}

// conclude compares what came of the lines with how the statement was made.
func (s *show) conclude() bool {
	s.section("Against what the statement was made of")
	return s.day.compare(s.env.Out, "  ")
}

// seconds prints a time that somebody waited.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}
