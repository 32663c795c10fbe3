package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/pension"
)

// pensions are the commands about old age.
type pensions struct {
	Declare     pensionDeclare     `cmd:"" help:"Declare interest for a period; it takes two people."`
	Interest    pensionInterest    `cmd:"" help:"Credit declared interest to every member."`
	Quote       pensionQuote       `cmd:"" help:"Tell a member what she would get."`
	Retire      pensionRetire      `cmd:"" help:"Decide on a pension."`
	Withdraw    pensionWithdraw    `cmd:"" help:"Decide on an early drawing, or on leaving for good."`
	Survivors   pensionSurvivors   `cmd:"" help:"Decide what a dead member leaves to whom."`
	List        pensionList        `cmd:"" help:"List pensions."`
	End         pensionEnd         `cmd:"" help:"End the pension of a payee who is no member; it takes two people."`
	Instalments pensionInstalments `cmd:"" help:"Pay every pension of a scheme through a month."`
	Uncollected pensionUncollected `cmd:"" help:"Move aside, in their members' names, benefits that nobody has collected."`
	Reclaim     pensionReclaim     `cmd:"" help:"Make payable again what was moved aside of a member's benefits."`
}

// pensions runs what a command asks of a server about old age.
func (s onServer) pensions(ctx context.Context, ask func(context.Context, sanadv1.PensionServiceClient) error) error {
	server, err := s.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return explained(s.Addr, ask(ctx, sanadv1.NewPensionServiceClient(server.conn)))
}

type pensionDeclare struct {
	onServer
	Scheme    string `required:"" help:"The scheme."`
	Pots      []int  `help:"The pots: 2100, her own savings; 2110, what the state has given." default:"2100,2110"`
	From      string `required:"" help:"The first day, such as 2026-01-01."`
	To        string `required:"" help:"The last day."`
	Rate      string `required:"" help:"The rate for a year, such as 0.045."`
	Authority string `help:"The decree or resolution."`
	CutsPast  bool   `help:"The decree lets a lower rate take back what is credited."`
	Person    string `required:"" help:"Who makes this call."`
}

// Help shows how pension declare is used.
func (pensionDeclare) Help() string {
	return `Interest is that of daily balances, by the scheme's rule for counting days. Declared again for the same period at a higher
rate, the next run credits the difference.

Examples:
  sanad pension declare --scheme basic --from 2025-01-01 --to 2025-12-31 --rate 0.045 --authority "board, 12 January" --person amal
  sanad pension declare --scheme basic --from 2025-01-01 --to 2025-12-31 --rate 0.045 --authority "board, 12 January" --person bana`
}

// Run declares it.
func (d pensionDeclare) Run(ctx context.Context, env Env) error {
	from, to, err := twoDays(d.From, d.To)
	if err != nil {
		return err
	}
	asked := &sanadv1.InterestDeclaration{Scheme: d.Scheme, From: from, To: to, Rate: d.Rate, Authority: d.Authority, CutsPast: d.CutsPast}
	for _, pot := range d.Pots {
		asked.Pots = append(asked.Pots, int32(pot))
	}
	return d.pensions(ctx, func(ctx context.Context, server sanadv1.PensionServiceClient) error {
		answer, err := server.DeclareInterest(ctx, &sanadv1.DeclareInterestRequest{Declaration: asked, Person: d.Person})
		if err != nil {
			return err
		}
		if !answer.GetDone() {
			fmt.Fprintln(env.Out, "proposed; another person declares it by the same call")
			return nil
		}
		fmt.Fprintf(env.Out, "declared as number %d, revision %d; run it: sanad pension interest --scheme %s --declaration %d\n",
			answer.GetDeclaration().GetNumber(), answer.GetDeclaration().GetRevision(), d.Scheme, answer.GetDeclaration().GetNumber())
		return nil
	})
}

func twoDays(from, to string) (*sanadv1.Date, *sanadv1.Date, error) {
	first, err := wireDay(from)
	if err != nil {
		return nil, nil, err
	}
	last, err := wireDay(to)
	return first, last, err
}

// wireDay reads a day; an empty text is none.
func wireDay(text string) (*sanadv1.Date, error) {
	if text == "" {
		return nil, nil
	}
	d, err := ledger.ParseDate(text)
	if err != nil {
		return nil, usageError{err}
	}
	return &sanadv1.Date{Year: int32(d.Year()), Month: int32(d.Month()), Day: int32(d.Day())}, nil
}

// pensionRun are the flags of an operator's runs, which go over all members and need no server.
type pensionRun struct {
	onStore
	keyed
	Scheme string `required:"" help:"The scheme."`
	AtOnce int    `help:"How many are looked at in one transaction." default:"1000"`
}

// do runs it, telling now and then how far it has come.
func (r pensionRun) do(ctx context.Context, env Env, what string, run func(*pension.Service, func(pension.Run)) (pension.Run, error)) error {
	i, err := institution(ctx, r.onStore, r.keyed)
	if err != nil {
		return err
	}
	defer i.Close()
	i.Pensions.AtOnce = max(1, r.AtOnce)
	currency, err := i.Pensions.Currency(ctx, ledger.SchemeCode(r.Scheme))
	if err != nil {
		return err
	}
	began, told := env.Now(), env.Now()
	done, err := run(i.Pensions, func(r pension.Run) {
		if now := env.Now(); now.Sub(told) >= tellEvery {
			told = now
			fmt.Fprintf(env.Err, "%s: %d looked at, %d entries, %.0f/s\n", what, r.Members, r.Moved, float64(r.Members)/now.Sub(began).Seconds())
		}
	})
	if err != nil {
		return fmt.Errorf("%w; start it again to go on", err)
	}
	fmt.Fprintf(env.Out, "%d looked at, %d entries booked of %s together, %d failed, in %s\n", done.Members, done.Moved,
		ledger.Money{Minor: done.Minor, Currency: currency}, done.Failed, env.Now().Sub(began).Round(time.Millisecond))
	return nil
}

type pensionInterest struct {
	pensionRun
	Declaration int `required:"" help:"The declaration's number."`
}

// Help shows how pension interest is used.
func (pensionInterest) Help() string {
	return `It can be broken off at any moment and started again: it goes on where it was, and never credits twice. Run again after
it has ended, it books the difference of what has come late.

Examples:
  sanad pension interest --scheme basic --declaration 1
  sanad pension interest --db postgres://sanad@127.0.0.1/sanad --scheme basic --declaration 1`
}

// Run credits the interest.
func (r pensionInterest) Run(ctx context.Context, env Env) error {
	return r.do(ctx, env, "pension interest", func(s *pension.Service, progress func(pension.Run)) (pension.Run, error) {
		return s.RunInterest(ctx, ledger.SchemeCode(r.Scheme), r.Declaration, progress)
	})
}

type pensionInstalments struct {
	pensionRun
	Month string `required:"" help:"The month through which pensions are paid, such as 2026-03."`
}

// Help shows how pension instalments is used.
func (pensionInstalments) Help() string {
	return `Each pension is paid each month once, also where the run is broken off and started again. What is paid becomes payable to
its payee; payouts carry it to her.

Example:
  sanad pension instalments --scheme basic --month 2026-03`
}

// Run pays the pensions.
func (r pensionInstalments) Run(ctx context.Context, env Env) error {
	on, err := ledger.ParseDate(r.Month + "-01")
	if err != nil {
		return usageError{errors.New("--month is not a month such as 2026-03")}
	}
	return r.do(ctx, env, "pension instalments", func(s *pension.Service, progress func(pension.Run)) (pension.Run, error) {
		return s.RunInstalments(ctx, ledger.SchemeCode(r.Scheme), on.Period(), progress)
	})
}

type pensionUncollected struct{ pensionRun }

// Help shows how pension uncollected is used.
func (pensionUncollected) Help() string {
	return `The scheme says after how many days (old_age.unclaimed_after). Nothing is lost: sanad pension reclaim makes it payable again.

Example:
  sanad pension uncollected --scheme basic`
}

// Run moves it aside.
func (r pensionUncollected) Run(ctx context.Context, env Env) error {
	return r.do(ctx, env, "pension uncollected", func(s *pension.Service, progress func(pension.Run)) (pension.Run, error) {
		return s.RunUncollected(ctx, ledger.SchemeCode(r.Scheme), progress)
	})
}

type pensionQuote struct {
	ofMember
	Scheme string `required:"" help:"The scheme."`
	On     string `help:"The day whose age and rules count; today, if not said."`
}

// Help shows how pension quote is used.
func (pensionQuote) Help() string {
	return `Example:
  sanad pension quote --member 4711088822 --scheme basic --on 2031-05-01`
}

// Run tells what she would get.
func (q pensionQuote) Run(ctx context.Context, env Env) error {
	if q.On == "" {
		q.On = ledger.DateOf(env.Now().UTC()).String()
	}
	on, err := wireDay(q.On)
	if err != nil {
		return err
	}
	return q.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := sanadv1.NewPensionServiceClient(server.conn).QuotePension(ctx, &sanadv1.QuotePensionRequest{MemberId: id, Scheme: q.Scheme, On: on})
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Out, "own savings %s; of the state's share %s, %s is hers\n", cash(answer.GetOwn()), cash(answer.GetMatched()), cash(answer.GetVested()))
		for _, p := range answer.GetPlans() {
			fmt.Fprintf(env.Out, "plan %s (%s): %s at once, %s a month%s\n", p.GetPlan(), p.GetForm(), cash(p.GetLump()), cash(p.GetMonthly()), topped(p))
		}
		if !answer.GetReady() {
			fmt.Fprintln(env.Out, "on that day she would be told:")
			printPensionDecision(env.Out, answer.GetDecision())
		}
		return nil
	})
}

func topped(p *sanadv1.PlanQuote) (text string) {
	if p.GetMonths() > 0 {
		text = fmt.Sprintf(" for %d months", p.GetMonths())
	}
	if top := p.GetTopUp(); top != nil && strings.Trim(top.GetAmount(), "0.") != "" {
		text += ", topped up by " + cash(top)
	}
	return text
}

func cash(m *sanadv1.Money) string { return m.GetAmount() + " " + m.GetCurrencyCode() }

// pensionAsk are the flags of what is decided.
type pensionAsk struct {
	ofMember
	Scheme    string `required:"" help:"The scheme."`
	Reference string `required:"" help:"A reference of your own; sent again under it, it is decided once."`
	On        string `help:"The day whose facts and rules count; today, if not said."`
	Person    string `required:"" help:"Who makes this call."`
}

type pensionRetire struct {
	pensionAsk
	Plan     string `help:"The plan that she has chosen; the first that fits, if not said."`
	Disabled bool   `help:"She can't work any more, whatever her age."`
}

// Help shows how pension retire is used.
func (pensionRetire) Help() string {
	return `Above the scheme's amount it takes two people: the same call by another person decides.

Examples:
  sanad pension retire --member 4711088822 --scheme basic --reference r-17 --person amal
  sanad pension retire --member 4711088822 --scheme basic --reference r-17 --person bana`
}

// Run decides.
func (r pensionRetire) Run(ctx context.Context, env Env) error {
	on, err := wireDay(r.On)
	if err != nil {
		return err
	}
	return r.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		a, err := sanadv1.NewPensionServiceClient(server.conn).Retire(ctx, &sanadv1.RetireRequest{
			Reference: r.Reference, MemberId: id, Scheme: r.Scheme, Plan: r.Plan, Disabled: r.Disabled, On: on, Person: r.Person,
		})
		if err == nil {
			printDecided(env.Out, a.GetDecision(), a.GetDone(), a.GetPensions())
		}
		return err
	})
}

type pensionWithdraw struct {
	pensionAsk
	Way    string `help:"The way of drawing, as the scheme names it."`
	Leaves bool   `help:"She leaves for good with what is hers."`
	Why    string `help:"Her reason, as the scheme names it."`
	Amount string `help:"How much, such as '50.000 JOD'; all that she may, if not said."`
}

// Help shows how pension withdraw is used.
func (pensionWithdraw) Help() string {
	return `Examples:
  sanad pension withdraw --member 4711088822 --scheme basic --reference w-3 --way illness --why illness --amount "50.000 JOD" --person amal
  sanad pension withdraw --member 4711088822 --scheme basic --reference w-4 --leaves --person amal`
}

// Run decides.
func (r pensionWithdraw) Run(ctx context.Context, env Env) error {
	on, err := wireDay(r.On)
	if err != nil {
		return err
	}
	ask := &sanadv1.WithdrawRequest{Reference: r.Reference, Scheme: r.Scheme, Way: r.Way, Leaves: r.Leaves, Why: r.Why, On: on, Person: r.Person}
	if r.Amount != "" {
		amount, currency, found := strings.Cut(r.Amount, " ")
		if !found {
			return usageError{errors.New("--amount is an amount and a currency, such as '50.000 JOD'")}
		}
		ask.Amount = &sanadv1.Money{Amount: amount, CurrencyCode: currency}
	}
	return r.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		ask.MemberId = id
		a, err := sanadv1.NewPensionServiceClient(server.conn).Withdraw(ctx, ask)
		if err == nil {
			printDecided(env.Out, a.GetDecision(), a.GetDone(), nil)
		}
		return err
	})
}

type pensionSurvivors struct {
	pensionAsk
	Survivor []string `help:"One left behind: person,kind[,nominee][,parts=2][,born=2010-05-20][,pay=payer:7ab3]. Give it once for each."`
}

// Help shows how pension survivors is used.
func (pensionSurvivors) Help() string {
	return `Her death must be confirmed (sanad death). A survivor is named by her member's id, or by an opaque name and who is paid.

Example:
  sanad pension survivors --member 4711088822 --scheme basic --reference s-9 --person amal \
      --survivor widow,spouse,pay=payer:7ab3 --survivor child-1,child,born=2010-05-20,pay=payer:7ab3`
}

// Run decides.
func (r pensionSurvivors) Run(ctx context.Context, env Env) error {
	on, err := wireDay(r.On)
	if err != nil {
		return err
	}
	var survivors []*sanadv1.PensionSurvivor
	for _, text := range r.Survivor {
		one, err := survivorOf(text)
		if err != nil {
			return usageError{err}
		}
		survivors = append(survivors, one)
	}
	return r.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		a, err := sanadv1.NewPensionServiceClient(server.conn).SettleSurvivors(ctx, &sanadv1.SettleSurvivorsRequest{
			Reference: r.Reference, MemberId: id, Scheme: r.Scheme, Survivors: survivors, On: on, Person: r.Person,
		})
		if err == nil {
			printDecided(env.Out, a.GetDecision(), a.GetDone(), a.GetPensions())
		}
		return err
	})
}

var survivorKindWords = words(sanadv1.DependantKind_name, func(n int32) sanadv1.DependantKind { return sanadv1.DependantKind(n) })

// survivorOf reads a survivor from a flag.
func survivorOf(text string) (*sanadv1.PensionSurvivor, error) {
	parts := strings.Split(text, ",")
	if len(parts) < 2 || survivorKindWords[parts[1]] == 0 {
		return nil, fmt.Errorf("--survivor %s: write person,kind with kind spouse, child, parent or other", text)
	}
	one := &sanadv1.PensionSurvivor{Person: parts[0], Kind: survivorKindWords[parts[1]]}
	for _, part := range parts[2:] {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "nominee":
			one.Nominee = true
		case "parts":
			if _, err := fmt.Sscan(value, &one.Parts); err != nil {
				return nil, fmt.Errorf("--survivor %s: parts is a number", text)
			}
		case "born":
			born, err := wireDay(value)
			if err != nil {
				return nil, err
			}
			one.Birth = &sanadv1.Birth{Known: &sanadv1.Birth_Date{Date: born}}
		case "pay":
			one.PayTo = value
		default:
			return nil, fmt.Errorf("--survivor %s: %s means nothing; write nominee, parts=, born= or pay=", text, key)
		}
	}
	return one, nil
}

type pensionList struct {
	onServer
	Scheme string `help:"Of this scheme."`
	Payee  string `help:"Paid to this party, such as payer:7ab3."`
	Saver  string `help:"Out of this member's savings, by her id."`
}

// Run lists them.
func (l pensionList) Run(ctx context.Context, env Env) error {
	return l.pensions(ctx, func(ctx context.Context, server sanadv1.PensionServiceClient) error {
		ask := &sanadv1.ListPensionsRequest{Scheme: l.Scheme, Payee: l.Payee, SaverId: l.Saver}
		for {
			answer, err := server.ListPensions(ctx, ask)
			if err != nil {
				return err
			}
			for _, p := range answer.GetPensions() {
				printPension(env.Out, p)
			}
			if ask.PageToken = answer.GetNextPageToken(); ask.PageToken == "" {
				return nil
			}
		}
	})
}

type pensionEnd struct {
	onServer
	ID     string `arg:"" name:"pension" help:"The pension's id."`
	On     string `required:"" help:"The day on which the payee died."`
	Person string `required:"" help:"Who makes this call."`
}

// Run ends it.
func (e pensionEnd) Run(ctx context.Context, env Env) error {
	on, err := wireDay(e.On)
	if err != nil {
		return err
	}
	return e.pensions(ctx, func(ctx context.Context, server sanadv1.PensionServiceClient) error {
		answer, err := server.EndPension(ctx, &sanadv1.EndPensionRequest{Pension: e.ID, On: on, Person: e.Person})
		if err != nil {
			return err
		}
		if !answer.GetDone() {
			fmt.Fprintln(env.Out, "proposed; another person ends it by the same call")
			return nil
		}
		printPension(env.Out, answer.GetPension())
		return nil
	})
}

type pensionReclaim struct {
	ofMember
	Scheme    string `required:"" help:"The scheme."`
	Reference string `required:"" help:"A reference of your own; sent again under it, it is done once."`
}

// Help shows how pension reclaim is used.
func (pensionReclaim) Help() string {
	return `Example:
  sanad pension reclaim --member 4711088822 --scheme basic --reference c-1`
}

// Run makes it payable again.
func (r pensionReclaim) Run(ctx context.Context, env Env) error {
	return r.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := sanadv1.NewPensionServiceClient(server.conn).ReclaimUncollected(ctx, &sanadv1.ReclaimUncollectedRequest{
			Reference: r.Reference, MemberId: id, Scheme: r.Scheme,
		})
		if err == nil {
			fmt.Fprintf(env.Out, "%s is payable to her again\n", cash(answer.GetAmount()))
		}
		return err
	})
}

// printDecided prints a decision, or what it will be, and the pensions that begin by it.
func printDecided(w io.Writer, d *sanadv1.PensionDecision, done bool, begun []*sanadv1.Pension) {
	if !done {
		fmt.Fprintln(w, "proposed; another person decides by the same call:")
	}
	printPensionDecision(w, d)
	for _, p := range begun {
		printPension(w, p)
	}
}

func printPensionDecision(w io.Writer, d *sanadv1.PensionDecision) {
	if d.GetId() != "" {
		fmt.Fprintf(w, "decision %s by %s, version %d of the scheme\n", d.GetId(), strings.Join(d.GetBy(), " and "), d.GetVersion())
	}
	for _, l := range d.GetLines() {
		to := ""
		if l.GetPayTo() != "" {
			to = " to " + l.GetPayTo()
		}
		fmt.Fprintf(w, "  %s: %s of %s%s\n", l.GetItem(), cash(l.GetGranted()), cash(l.GetAsked()), to)
		for _, r := range l.GetReductions() {
			fmt.Fprintf(w, "    %s took %s: %s (%s)\n", r.GetReason(), cash(r.GetTook()), r.GetText(), r.GetRule())
			if r.GetChange() != "" {
				fmt.Fprintf(w, "      %s\n", r.GetChange())
			}
		}
	}
	if d.GetAppealTo() != "" {
		fmt.Fprintf(w, "  she may object within %d days: %s\n", d.GetAppealDays(), d.GetAppealTo())
	}
}

func printPension(w io.Writer, p *sanadv1.Pension) {
	from := p.GetFrom()
	text := fmt.Sprintf("pension %s to %s: plan %s, %s from %04d-%02d", p.GetId(), p.GetPayee(), p.GetPlan(), p.GetForm(), from.GetYear(), from.GetMonth())
	if p.GetForm() == "annuity" {
		text += ", " + cash(p.GetMonthly()) + " a month"
	}
	text += fmt.Sprintf(", %d instalments paid, %s", p.GetPaid(), cash(p.GetPaidAmount()))
	if on := p.GetEndedOn(); on != nil {
		text += fmt.Sprintf(", ended on %04d-%02d-%02d", on.GetYear(), on.GetMonth(), on.GetDay())
	}
	fmt.Fprintln(w, text)
}
