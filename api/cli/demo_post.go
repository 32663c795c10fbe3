package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	operator "sanad.dev/sanad/payments/statement"
	"sanad.dev/sanad/payments/statement/statementtest"
)

// The day of the statement. It is long gone, so that the same command on the same database gives the same.
const demoYear, demoMonth, demoDate = 2026, time.March, 2

// makeStatement writes the operator's statement of the day into the folder.
func (s *show) makeStatement(context.Context) error {
	zone, err := time.LoadLocation(demoZone)
	if err != nil {
		return err
	}
	s.day = newDemoDay(s.people)
	file, err := os.Create(s.statementPath())
	if err != nil {
		return err
	}
	on := time.Date(demoYear, demoMonth, demoDate, 0, 0, 0, 0, zone)
	if s.day.made, err = statementtest.Day(file, s.daySeed(), on, s.Lines, known(s.people)); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	s.section("The operator's statement")
	s.say("%s lines of %s as the M-Pesa portal exports them, with the mess that real ones have: payments listed twice,",
		counted(s.Lines), on.Format(time.DateOnly))
	s.say("numbers and phones in many spellings, references to nobody, cells ruined by a spreadsheet, reversals")
	return nil
}

// daySeed tells statements for other numbers of members and lines apart: one receipt must not stand for two payments.
func (s *show) daySeed() uint64 { return s.Seed ^ uint64(s.Members)<<44 ^ uint64(s.Lines)<<20 }

func (s *show) statementPath() string { return filepath.Join(s.folder, "statement.csv") }

func known(people []*person) []statementtest.Member {
	members := make([]statementtest.Member, len(people))
	for i, p := range people {
		members[i] = p.known()
	}
	return members
}

// post posts the statement as the command of that name does, and prints what came of it.
func (s *show) post(ctx context.Context) error {
	file, err := os.Open(s.statementPath())
	if err != nil {
		return err
	}
	defer file.Close()
	zone, err := time.LoadLocation(demoZone)
	if err != nil {
		return err
	}
	source, err := sourceOf(file, operator.Options{Currency: demoCurrency, Location: zone, BankAccount: demoBank})
	if err != nil {
		return err
	}
	began := s.env.Now()
	outcome, err := s.send(ctx, source.lines)
	if err != nil {
		return brokeOff(outcome.lines, explained(s.house.address, err))
	}
	s.report(outcome, s.env.Now().Sub(began))
	return nil
}

// send streams the lines to the server and counts what came of them.
func (s *show) send(ctx context.Context, lines operator.Reader) (*tally, error) {
	outcome := newTally()
	bar := s.of(s.env, "posting", int64(s.Lines))
	defer bar.done()
	sender := &poster{service: s.house.server.contributions, collector: demoCollector, taken: true}
	sender.answered = func(a answer) error {
		outcome.add(a)
		s.day.add(a)
		bar.at(int64(outcome.lines))
		return nil
	}
	return outcome, sender.post(ctx, lines)
}

func (s *show) report(outcome *tally, took time.Duration) {
	s.section("What came of it")
	outcome.print(s.env.Out, "  ")
	sent := outcome.lines - outcome.of(failed)
	s.say("%s contributions per second: %s lines sent and answered in %s", counted(perSecond(sent, took)), counted(sent), seconds(took))
	if sent > 0 && len(s.day.fresh) == 0 {
		s.say("All of it had been received before, so nothing is booked again.")
	}
}

func perSecond(n int, took time.Duration) int64 {
	return int64(n) * int64(time.Second) / max(1, int64(took))
}

// offer prints calls to try while the demo goes on serving.
func (s *show) offer() {
	p, at := s.people[0], s.house.address
	s.section("Serving until you press Ctrl-C. Try")
	for _, line := range []string{
		"grpcurl -plaintext " + at + " list",
		fmt.Sprintf(`grpcurl -plaintext -d '{"contribution": {"collector": %q, "reference": "TRY-1", "member": {"member_number": %q},`+
			` "amount": {"currency_code": %q, "amount": "12.500"}, "value_time": "2026-03-03T09:00:00Z"}}' \`,
			demoCollector, p.number, demoCurrency),
		"  " + at + " sanad.v1.ContributionService/PostContribution",
		fmt.Sprintf(`grpcurl -plaintext -d '{"parties": ["member:%s"]}' %s sanad.v1.LedgerService/GetBalances`, p.id, at),
		fmt.Sprintf("go run . statement %s --addr %s", p.number, at),
		fmt.Sprintf("go run . post %s --collector %s --bank-account %s --result /dev/null --addr %s", s.statementPath(), demoCollector, demoBank, at),
	} {
		s.say("%s", line)
	}
}
