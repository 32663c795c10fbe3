package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/entitlement"
)

// covers are the commands about who is covered.
type covers struct {
	Get     coverGet     `cmd:"" help:"Tell whether a member is covered on a day, until when, and what would change it."`
	Batch   coverBatch   `cmd:"" help:"Tell it of many members, read from a file, as lines of CSV."`
	Holiday coverHoliday `cmd:"" help:"Stop the clock of a lapse for days of hardship, of one member or of a cluster."`
	Notices coverNotices `cmd:"" help:"Write notices that cover will lapse, list those that wait, and mark what became of them."`
	Choice  coverChoice  `cmd:"" help:"Record what a member chose to be told in texts, and on which channel."`
	Earn    coverEarn    `cmd:"" help:"Book what the pools have earned of prepaid cover as days passed."`
}

// asking are the flags of questions about cover.
type asking struct {
	onServer
	Scheme string `required:"" help:"The scheme, such as national-health."`
	Cover  string `help:"The cover, by the scheme's name for it; its first without it."`
	On     *day   `help:"The day; today without it."`
	As     string `enum:"member,delegate,provider,insurer" default:"provider" help:"For whom the answer is: ${enum}. Reasons, payments, advice and category go to the member and her delegate."`
}

var audienceNames = map[string]sanadv1.Audience{
	"member": sanadv1.Audience_AUDIENCE_MEMBER, "delegate": sanadv1.Audience_AUDIENCE_DELEGATE,
	"provider": sanadv1.Audience_AUDIENCE_PROVIDER, "insurer": sanadv1.Audience_AUDIENCE_INSURER,
}

type coverGet struct {
	asking
	Who       string `arg:"" help:"Her number, a phone, a document's number or her id."`
	Dependant string `help:"Somebody covered through her, by the name in her facts, such as child-1."`
	NewbornOn *day   `help:"The birth of a child of hers that nobody has enrolled."`
}

// Help shows how cover get is used.
func (coverGet) Help() string {
	return `Whatever it answers is no ground to refuse emergency care or a birth.

Examples:
  sanad cover get +962791234567 --scheme national-health
  sanad cover get 482913375 --scheme national-health --as member --on 2026-06-01
  sanad cover get 482913375 --scheme national-health --dependant child-1`
}

// Run asks and prints.
func (c coverGet) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.covers.GetEntitlement(ctx, &sanadv1.GetEntitlementRequest{
			Member: referenceOf(c.Who), Scheme: c.Scheme, Cover: c.Cover, Dependant: c.Dependant, On: dateOf(c.On),
			NewbornOn: dateOf(c.NewbornOn), Audience: audienceNames[c.As],
		})
		if err != nil {
			return err
		}
		printEntitlement(env.Out, answer.GetEntitlement())
		return nil
	})
}

func printEntitlement(w io.Writer, e *sanadv1.Entitlement) {
	fmt.Fprintf(w, "Covered on %s: %s\n", dayText(e.GetOn()), covered(e))
	t := newTable("", "Limit", "Per", "Of", "Left")
	for _, l := range e.GetLimits() {
		per := l.GetPer()
		if l.GetHousehold() {
			per += ", household"
		}
		if l.GetLimit() != nil {
			t.row(l.GetBenefit(), per, amountText(l.GetLimit()), amountText(l.GetLeft()))
			continue
		}
		t.row(l.GetBenefit(), per, fmt.Sprintf("%d days", l.GetLimitDays()), fmt.Sprintf("%d days", l.GetLeftDays()))
	}
	if len(e.GetLimits()) > 0 {
		t.print(w)
	}
	for _, c := range e.GetCoPayments() {
		fmt.Fprintf(w, "Co-payment, %s: %s\n", c.GetBenefit(), coPaymentText(c))
	}
	fmt.Fprintf(w, "Emergency care and births are authorised; without cover %s bears them.\n", e.GetEmergencyBorneBy())
	printReasons(w, e)
}

func covered(e *sanadv1.Entitlement) string {
	switch {
	case e.GetCovered() && e.GetUntil() != nil:
		return "yes, until " + dayText(e.GetUntil())
	case e.GetCovered():
		return "yes"
	case e.GetFrom() != nil:
		return "no, from " + dayText(e.GetFrom()) + " on"
	}
	return "no"
}

func coPaymentText(c *sanadv1.EntitlementCoPayment) string {
	text := c.GetShare() + " of the price"
	if c.GetAmount() != nil {
		text = amountText(c.GetAmount())
	}
	if len(c.GetCare()) > 0 {
		text += " for " + strings.Join(c.GetCare(), ", ")
	}
	if len(c.GetLevel()) > 0 {
		text += " at " + strings.Join(c.GetLevel(), ", ")
	}
	if c.GetUpTo() != nil {
		text += ", up to " + amountText(c.GetUpTo()) + " per " + c.GetPer()
	}
	return text
}

// duesText is all that an advice asks for, each payment between its days.
func duesText(a *sanadv1.EntitlementAdvice) string {
	var dues []string
	for _, d := range a.GetPay() {
		dues = append(dues, fmt.Sprintf("%s from %s to %s", amountText(d.GetAmount()), dayText(d.GetFrom()), dayText(d.GetBy())))
	}
	return strings.Join(dues, ", and ")
}

// printReasons prints what only the member and her delegate are told.
func printReasons(w io.Writer, e *sanadv1.Entitlement) {
	for _, r := range e.GetReasons() {
		fmt.Fprintf(w, "%s (%s, version %d): %s %s\n", r.GetCode(), r.GetRule(), r.GetVersion(), r.GetTexts()["en"], r.GetChange())
	}
	if a := e.GetAdvice(); a != nil {
		fmt.Fprintf(w, "Pay %s to be covered from %s through %s.\n", duesText(a), dayText(a.GetFrom()), dayOrNone(a.GetUntil()))
	}
	for _, language := range entitlement.Languages {
		if text := e.GetTexts()[language]; text != "" {
			fmt.Fprintf(w, "%s: %s\n", language, text)
		}
	}
}

type coverBatch struct {
	asking
	File string `arg:"" help:"A file with one number, phone, document's number or id a line; - is standard input." type:"existingfile"`
}

// Help shows how cover batch is used.
func (coverBatch) Help() string {
	return `One line is printed for each that was asked about, in order: what was asked, the member's id, yes or no, the last
day, and why where nobody is told of.

Examples:
  sanad cover batch today.txt --scheme national-health
  sanad cover batch - --scheme national-health --on 2026-06-01 --as insurer`
}

// askedAtOnce is how many are asked about in one call.
const askedAtOnce = 5000

// Run asks in calls of some thousands and prints as the answers come.
func (c coverBatch) Run(ctx context.Context, env Env) error {
	names, err := c.names()
	if err != nil {
		return err
	}
	server, err := c.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	out := bufio.NewWriter(env.Out)
	fmt.Fprintln(out, "asked,member,covered,until,reason")
	for part := range slices.Chunk(names, askedAtOnce) {
		if err := c.part(ctx, server, part, out); err != nil {
			return explained(c.Addr, err)
		}
	}
	return out.Flush()
}

func (c coverBatch) names() (names []string, err error) {
	file := os.Stdin
	if c.File != "-" {
		if file, err = os.Open(c.File); err != nil {
			return nil, usageError{err}
		}
		defer file.Close()
	}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			names = append(names, name)
		}
	}
	return names, lines.Err()
}

func (c coverBatch) part(ctx context.Context, server *client, names []string, out io.Writer) error {
	request := &sanadv1.BatchGetEntitlementsRequest{Scheme: c.Scheme, Cover: c.Cover, On: dateOf(c.On), Audience: audienceNames[c.As]}
	for _, name := range names {
		request.Members = append(request.Members, referenceOf(name))
	}
	stream, err := server.covers.BatchGetEntitlements(ctx, request)
	if err != nil {
		return err
	}
	for _, name := range names {
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		e := answer.GetEntitlement()
		if e == nil {
			fmt.Fprintf(out, "%s,,,,%s\n", name, answer.GetRefusal().GetReason())
			continue
		}
		yes := "no"
		if e.GetCovered() {
			yes = "yes"
		}
		fmt.Fprintf(out, "%s,%s,%s,%s,\n", name, e.GetMemberId(), yes, dayOrNone(e.GetUntil()))
	}
	return nil
}

type coverEarn struct {
	onStore
	keyed
	Scheme  string `required:"" help:"The scheme, such as national-health."`
	Through *day   `help:"The last day that is earned; yesterday without it."`
	Check   bool   `help:"Book nothing: tell for whom what is booked is not what is earned."`
}

// Help shows how cover earn is used.
func (coverEarn) Help() string {
	return `Prepaid cover is earned by the pools as days pass: one entry a member for each month that has ended, and one for the
day. Late and back-dated payments and reversals are corrected by the difference. It can be broken off at any moment and
started again, also on another server: it goes on where it was, and run twice it books nothing.

Examples:
  sanad cover earn --scheme national-health
  sanad cover earn --scheme national-health --through 2026-03-31
  sanad cover earn --scheme national-health --through 2026-03-31 --check`
}

// Run earns, or checks, telling now and then how far it has come.
func (c coverEarn) Run(ctx context.Context, env Env) error {
	i, err := institution(ctx, c.onStore, c.keyed)
	if err != nil {
		return err
	}
	defer i.Close()
	order := entitlement.Earning{Scheme: ledger.SchemeCode(c.Scheme)}
	if c.Through != nil {
		order.Through = c.Through.Date
	}
	if c.Check {
		return checkEarned(ctx, env, i.Covers, order)
	}
	began := env.Now()
	done, err := i.Covers.Earn(ctx, order, tellRun(env, "cover earn"))
	if err != nil {
		return fmt.Errorf("%w; start it again to go on from member %d", err, done.Members)
	}
	fmt.Fprintf(env.Out, "%d members looked at, %d entries booked, in %s\n", done.Members, done.Moved, env.Now().Sub(began).Round(time.Millisecond))
	return failedRun(env, done)
}

// tellRun tells now and then how far a run has come.
func tellRun(env Env, what string) func(entitlement.Run) {
	began, told := env.Now(), env.Now()
	return func(run entitlement.Run) {
		if now := env.Now(); now.Sub(told) >= tellEvery {
			told = now
			fmt.Fprintf(env.Err, "%s: %d members looked at, %d written, %.0f members/s\n", what, run.Members, run.Moved,
				float64(run.Members)/now.Sub(began).Seconds())
		}
	}
}

// failedRun says that members could not be judged.
func failedRun(env Env, run entitlement.Run) error {
	if run.Failed == 0 {
		return nil
	}
	fmt.Fprintf(env.Out, "%d members could not be judged by the rules, and are left as they are\n", run.Failed)
	return errFound
}

// mostDiffering bounds the members who are printed.
const mostDiffering = 100

func checkEarned(ctx context.Context, env Env, service *entitlement.Service, order entitlement.Earning) error {
	differ := 0
	looked, failed, err := service.CheckEarned(ctx, order, func(u entitlement.Unearned) {
		if differ++; differ <= mostDiffering {
			for _, part := range u.Parts {
				fmt.Fprintf(env.Out, "member %s: %d minor units of %d are not booked\n", u.Member, part.Minor, part.Account)
			}
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%d members looked at: for %d of them what is booked is not what is earned\n", looked, differ)
	if differ > 0 || failed > 0 {
		return errors.Join(errFound, failedRun(env, entitlement.Run{Failed: failed}))
	}
	return nil
}
