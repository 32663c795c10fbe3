package cli

import (
	"context"
	"errors"
	"io"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// The people who declare interest and grant pensions.
const (
	demoActuary = "actuary"
	demoDirect  = "director"
)

// showRetirement lets a member retire: interest is declared and credited, she is told what she would get, and two people
// grant it.
func (s *show) showRetirement(ctx context.Context) error {
	s.section("A retirement")
	his, err := s.join(ctx, 2, "Ibrahim Momani", &sanadv1.Date{Year: 1962, Month: 8, Day: 19}, nil)
	if err != nil {
		return err
	}
	if err := his.give(ctx, onDay(1, 8), "2400.000"); err != nil {
		return err
	}
	pensions := sanadv1.NewPensionServiceClient(his.server.conn)
	if err := s.credit(ctx, pensions); err != nil {
		return err
	}
	quote, err := pensions.QuotePension(ctx, &sanadv1.QuotePensionRequest{MemberId: his.id, Scheme: demoScheme, On: onDay(4, 15)})
	if err != nil {
		return err
	}
	s.say("he is 63; his own savings stand at %s, what the state gave at %s, of which %s is his", money(quote.GetOwn()), money(quote.GetMatched()), money(quote.GetVested()))
	rows := newTable("  ", "plan", "form", ">at once", ">monthly", ">months")
	for _, p := range quote.GetPlans() {
		rows.row(p.GetPlan(), p.GetForm(), p.GetLump().GetAmount(), p.GetMonthly().GetAmount(), forLife(p.GetMonths()))
	}
	rows.print(s.env.Out)
	return s.retire(ctx, pensions, his)
}

func forLife(months int32) string {
	if months == 0 {
		return "for life"
	}
	return counted(int(months))
}

// credit declares interest for the first quarter and runs it twice.
func (s *show) credit(ctx context.Context, pensions sanadv1.PensionServiceClient) error {
	var number int32
	for _, person := range []string{demoActuary, demoDirect} {
		declared, err := pensions.DeclareInterest(ctx, &sanadv1.DeclareInterestRequest{Person: person, Declaration: &sanadv1.InterestDeclaration{
			Scheme: demoScheme, Pots: []int32{2100, 2110}, From: onDay(1, 1), To: onDay(3, 31), Rate: "0.04", Authority: "Board's resolution of the demo",
		}})
		if err != nil {
			return err
		}
		number = declared.GetDeclaration().GetNumber()
	}
	for range 2 {
		run, err := pensions.RunInterest(ctx, &sanadv1.RunInterestRequest{Scheme: demoScheme, Declaration: number})
		if err != nil {
			return err
		}
		last, err := lastOf(run.Recv)
		if err != nil {
			return err
		}
		s.say("interest of 4 %% a year for the first quarter: %s entries, %s", counted(int(last.GetProgress().GetEntries())), money(last.GetProgress().GetAmount()))
	}
	return nil
}

// lastOf reads a stream to its end and returns the last that came.
func lastOf[M any](recv func() (M, error)) (last M, err error) {
	for {
		next, err := recv()
		if errors.Is(err, io.EOF) {
			return last, nil
		}
		if err != nil {
			return last, err
		}
		last = next
	}
}

func (s *show) retire(ctx context.Context, pensions sanadv1.PensionServiceClient, his character) error {
	var retired *sanadv1.RetireResponse
	for _, person := range []string{demoActuary, demoDirect} {
		var err error
		retired, err = pensions.Retire(ctx, &sanadv1.RetireRequest{
			Reference: "retire-" + his.number, MemberId: his.id, Scheme: demoScheme, Plan: "pension", On: onDay(4, 15), Person: person,
		})
		if err != nil {
			return err
		}
	}
	for _, line := range retired.GetDecision().GetLines() {
		s.say("%s: %s granted", line.GetItem(), money(line.GetGranted()))
		if line.GetItem() == "lump" {
			if err := s.due("member:"+his.id, his.phone, line.GetGranted()); err != nil {
				return err
			}
		}
	}
	return s.instalment(ctx, pensions, his)
}

// instalment pays the first months of pensions.
func (s *show) instalment(ctx context.Context, pensions sanadv1.PensionServiceClient, his character) error {
	run, err := pensions.RunInstalments(ctx, &sanadv1.RunInstalmentsRequest{Scheme: demoScheme, Month: onDay(5, 1)})
	if err != nil {
		return err
	}
	last, err := lastOf(run.Recv)
	if err != nil {
		return err
	}
	s.say("pensions of May: %d paid, %s", last.GetProgress().GetEntries(), money(last.GetProgress().GetAmount()))
	paid, err := pensions.ListPensions(ctx, &sanadv1.ListPensionsRequest{Scheme: demoScheme, SaverId: his.id})
	if err != nil {
		return err
	}
	for _, p := range paid.GetPensions() {
		if err := s.due(p.GetPayee(), his.phone, p.GetPaidAmount()); err != nil {
			return err
		}
	}
	return nil
}
