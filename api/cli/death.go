package cli

import (
	"context"
	"fmt"
	"io"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// deaths are the commands about a member's death.
type deaths struct {
	Mark    deathMark    `cmd:"" help:"Enter that a member has died; another person confirms it."`
	Notify  deathNotify  `cmd:"" help:"Say that she was told of the mark: payouts to her wait from then on."`
	Confirm deathConfirm `cmd:"" help:"Confirm a death that another person has entered."`
	Undo    deathUndo    `cmd:"" help:"Take back a death that never was, and all that followed from it."`
}

// byPerson are the flags of commands that a person answers for.
type byPerson struct {
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

type deathMark struct {
	ofMember
	byPerson
	On       day    `required:"" help:"The day of death."`
	Source   string `required:"" help:"Where it is known from, such as civil-register, hospital or family."`
	Evidence string `help:"What it rests on: ${enum}." enum:"stated,vouched,document,register" default:"stated"`
}

// Help shows how member death mark is used.
func (deathMark) Help() string {
	return `A mark ends nothing before another person confirms it: her cover goes on. Payouts in cash to her wait once she has
been told of it, so that she can say that she lives.

Examples:
  sanad member death mark --member 4711088822 --on 2026-03-02 --source civil-register --evidence register --person badr
  sanad member death notify --member 4711088822 --person badr
  sanad member death confirm --member 4711088822 --person layla
  sanad member death undo --member 4711088822 --person omar`
}

// Run enters the death.
func (m deathMark) Run(ctx context.Context, env Env) error {
	return m.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := sanadv1.NewDeathServiceClient(server.conn).MarkDeath(ctx, &sanadv1.MarkDeathRequest{
			MemberId: id, Person: m.Person, Death: &sanadv1.Death{On: dateOf(&m.On), Source: m.Source, Evidence: evidenceWords[m.Evidence]},
		})
		printDeath(env.Out, answer.GetDeath(), err)
		return err
	})
}

type deathNotify struct {
	ofMember
	byPerson
}

// Run says that she was told.
func (m deathNotify) Run(ctx context.Context, env Env) error {
	return m.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := sanadv1.NewDeathServiceClient(server.conn).NotifyDeath(ctx, &sanadv1.NotifyDeathRequest{MemberId: id, Person: m.Person})
		printDeath(env.Out, answer.GetDeath(), err)
		return err
	})
}

type deathConfirm struct {
	ofMember
	byPerson
}

// Run confirms the death.
func (m deathConfirm) Run(ctx context.Context, env Env) error {
	return m.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := sanadv1.NewDeathServiceClient(server.conn).ConfirmDeath(ctx, &sanadv1.ConfirmDeathRequest{MemberId: id, Person: m.Person})
		printDeath(env.Out, answer.GetDeath(), err)
		for _, o := range answer.GetOpened() {
			printOpened(env.Out, o)
		}
		return err
	})
}

// printOpened says what a death has opened, and who is still asked for.
func printOpened(out io.Writer, o *sanadv1.OpenedClaim) {
	what := "savings"
	if o.GetBenefit() != "" {
		what = o.GetBenefit()
	}
	fmt.Fprintf(out, "%s of %s: %s", what, o.GetScheme(), o.GetState())
	if o.GetReason() != "" {
		fmt.Fprintf(out, ", because %s", o.GetReason())
	}
	if m := o.GetGranted(); m != nil && o.GetReason() == "" {
		fmt.Fprintf(out, ", %s %s", m.GetAmount(), m.GetCurrencyCode())
	}
	fmt.Fprintln(out)
	for _, a := range o.GetAwaited() {
		need := "who is paid for her"
		if a.GetMinor() {
			need = "her guardian"
		}
		fmt.Fprintf(out, "  asked for: %s of %s; what is hers is owed to %s\n", need, a.GetPerson(), a.GetParty())
	}
}

type deathUndo struct {
	ofMember
	byPerson
}

// Run takes the death back.
func (m deathUndo) Run(ctx context.Context, env Env) error {
	return m.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := sanadv1.NewDeathServiceClient(server.conn).UndoDeath(ctx, &sanadv1.UndoDeathRequest{MemberId: id, Person: m.Person})
		if err == nil && answer.GetApproval().GetState() == sanadv1.ApprovalState_APPROVAL_STATE_PROPOSED {
			fmt.Fprintf(env.Out, "proposed by %s: it was confirmed by two, and another person has to make the same call\n", answer.GetApproval().GetMaker())
		}
		printDeath(env.Out, answer.GetDeath(), err)
		for _, p := range answer.GetPaid() {
			fmt.Fprintf(env.Out, "%s %s had been paid to %s and stands; the fund bears it\n", p.GetAmount().GetAmount(), p.GetAmount().GetCurrencyCode(), p.GetParty())
		}
		return err
	})
}

func printDeath(out io.Writer, d *sanadv1.Death, err error) {
	switch {
	case err != nil:
	case d == nil:
		fmt.Fprintln(out, "no death of hers is on record")
	case d.GetConfirmedBy() == "" && d.GetNotifiedOn() != nil:
		fmt.Fprintf(out, "marked: died on %s (%s), not confirmed yet; told on %s, payouts to her wait\n", dayText(d.GetOn()), d.GetSource(), dayText(d.GetNotifiedOn()))
	case d.GetConfirmedBy() == "":
		fmt.Fprintf(out, "marked: died on %s (%s), not confirmed yet\n", dayText(d.GetOn()), d.GetSource())
	default:
		fmt.Fprintf(out, "confirmed by %s: died on %s (%s)\n", d.GetConfirmedBy(), dayText(d.GetOn()), d.GetSource())
	}
}
