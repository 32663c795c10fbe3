package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// cases are the commands about complaints and appeals.
type cases struct {
	File     caseFile     `cmd:"" help:"File a complaint, or an appeal against a decision."`
	List     caseList     `cmd:"" help:"List cases."`
	Show     caseShow     `cmd:"" help:"Show a case with its texts."`
	Assign   caseAssign   `cmd:"" help:"Give a case to a judge, who took no part in what it objects to."`
	Decide   caseDecide   `cmd:"" help:"Close a case with a verdict, and judge anew what is due."`
	Withdraw caseWithdraw `cmd:"" help:"Close a case on the word of who filed it."`
	Escalate caseEscalate `cmd:"" help:"Take what was not decided in time to the next level."`
}

var (
	caseKindWords     = words(sanadv1.CaseKind_name, func(n int32) sanadv1.CaseKind { return sanadv1.CaseKind(n) })
	caseRoleWords     = words(sanadv1.CaseRole_name, func(n int32) sanadv1.CaseRole { return sanadv1.CaseRole(n) })
	caseStateWords    = words(sanadv1.CaseState_name, func(n int32) sanadv1.CaseState { return sanadv1.CaseState(n) })
	decisionKindWords = words(sanadv1.DecisionKind_name, func(n int32) sanadv1.DecisionKind { return sanadv1.DecisionKind(n) })
)

type caseFile struct {
	ofMember
	Request     string `required:"" help:"An id of your own, so that a second try files no second case."`
	Kind        string `help:"What is asked: ${enum}." enum:"appeal,complaint" default:"appeal"`
	Decision    string `help:"The decision's id, as the decision text names it."`
	Against     string `help:"Where there is no record of it, what kind of decision: ${enum}." enum:"enrolment,category,subsidy,lapse,suspense,claim,pension,payout," default:""`
	Subject     string `help:"And on what: a scheme's code, the name of a category, an item's reference."`
	By          string `help:"In whose name: ${enum}." enum:"member,delegate,group" default:"member"`
	Filer       string `help:"Who files it, where she is not the member."`
	Text        string `required:"" help:"What is wrong, in any words."`
	LateBecause string `help:"Why it comes after the deadline."`
}

// Help shows how case file is used.
func (caseFile) Help() string {
	return `While an appeal is open nothing is clawed back from her, and running cover goes on.

Examples:
  sanad case file --member 4711088822 --request a-1 --against category --subject farmer --text "I farm my uncle's land"
  sanad case file --member 4711088822 --request a-2 --decision 4f1c… --text "the birth was in the clinic"
  sanad case assign 5a0c… --judge samira
  sanad case decide 5a0c… --judge samira --outcome granted --reason EVIDENCE_ACCEPTED --text "We have seen the deed." \
      --category farmer --from 2020-01-01`
}

// Run files the case.
func (c caseFile) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, server *client, id string) error {
		answer, err := sanadv1.NewCaseServiceClient(server.conn).FileCase(ctx, &sanadv1.FileCaseRequest{
			RequestId: c.Request, Kind: caseKindWords[c.Kind], MemberId: id, FiledBy: caseRoleWords[c.By], Filer: c.Filer,
			Against: &sanadv1.CaseAgainst{DecisionId: c.Decision, Kind: decisionKindWords[c.Against], Subject: c.Subject},
			Text:    c.Text, LateBecause: c.LateBecause,
		})
		if err == nil {
			printCase(env.Out, answer.GetCase())
		}
		return err
	})
}

// ofCase are the flags of commands about one case.
type ofCase struct {
	onServer
	ID string `arg:"" name:"case" help:"The case's id."`
}

// do runs what a command asks of a server about cases.
func (s onServer) cases(ctx context.Context, ask func(context.Context, sanadv1.CaseServiceClient) error) error {
	server, err := s.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return explained(s.Addr, ask(ctx, sanadv1.NewCaseServiceClient(server.conn)))
}

type caseShow struct{ ofCase }

// Run shows the case.
func (c caseShow) Run(ctx context.Context, env Env) error {
	return c.cases(ctx, func(ctx context.Context, server sanadv1.CaseServiceClient) error {
		answer, err := server.GetCase(ctx, &sanadv1.GetCaseRequest{CaseId: c.ID})
		if err == nil {
			printCase(env.Out, answer.GetCase())
		}
		return err
	})
}

type caseAssign struct {
	ofCase
	Judge string `required:"" help:"Who judges it."`
}

// Run gives the case to the judge.
func (c caseAssign) Run(ctx context.Context, env Env) error {
	return c.cases(ctx, func(ctx context.Context, server sanadv1.CaseServiceClient) error {
		answer, err := server.AssignCase(ctx, &sanadv1.AssignCaseRequest{CaseId: c.ID, Judge: c.Judge})
		if err == nil {
			printCase(env.Out, answer.GetCase())
		}
		return err
	})
}

type caseDecide struct {
	ofCase
	Judge    string            `required:"" help:"Who judges it."`
	Outcome  string            `required:"" help:"The verdict: ${enum}." enum:"granted,partly-granted,dismissed"`
	Reason   string            `required:"" help:"A coded reason in capitals, such as EVIDENCE_ACCEPTED."`
	Text     string            `required:"" help:"What was decided and why; she reads it."`
	Category []string          `help:"A category that she is in after all; may come several times." sep:"none"`
	Set      map[string]string `help:"A value that is put right, such as income=12000; may come several times." mapsep:"none" placeholder:"NAME=VALUE"`
	From     *day              `help:"The first day of what is put right; without it, always so far."`
	To       *day              `help:"The last day; without it, until further notice."`
	Evidence string            `help:"What it rests on: ${enum}." enum:"stated,vouched,document,register" default:"vouched"`
}

// Run decides the case.
func (c caseDecide) Run(ctx context.Context, env Env) error {
	return c.cases(ctx, func(ctx context.Context, server sanadv1.CaseServiceClient) error {
		answer, err := server.DecideCase(ctx, &sanadv1.DecideCaseRequest{
			CaseId: c.ID, Judge: c.Judge, Outcome: caseStateWords[c.Outcome], Reason: c.Reason, Text: c.Text, Facts: c.facts(),
		})
		if err == nil {
			printCase(env.Out, answer.GetCase())
		}
		return err
	})
}

// facts are those that the verdict puts right; nil for none.
func (c caseDecide) facts() *sanadv1.Facts {
	if len(c.Category)+len(c.Set) == 0 {
		return nil
	}
	from, to, rests := dateOf(c.From), dateOf(c.To), evidenceWords[c.Evidence]
	facts := &sanadv1.Facts{}
	for _, name := range c.Category {
		facts.Categories = append(facts.Categories, &sanadv1.Category{Name: name, From: from, To: to, Evidence: rests})
	}
	for name, value := range c.Set {
		facts.Declared = append(facts.Declared, &sanadv1.Declaration{Name: name, Value: value, From: from, To: to, Evidence: rests})
	}
	return facts
}

type caseWithdraw struct{ ofCase }

// Run withdraws the case.
func (c caseWithdraw) Run(ctx context.Context, env Env) error {
	return c.cases(ctx, func(ctx context.Context, server sanadv1.CaseServiceClient) error {
		answer, err := server.WithdrawCase(ctx, &sanadv1.WithdrawCaseRequest{CaseId: c.ID})
		if err == nil {
			printCase(env.Out, answer.GetCase())
		}
		return err
	})
}

type caseEscalate struct{ onServer }

// Help shows how case escalate is used.
func (caseEscalate) Help() string {
	return `Run it once a day. Who let the time pass judges the case no more; it gets half the time on the next level.

Examples:
  sanad case escalate`
}

// Run escalates what is overdue.
func (c caseEscalate) Run(ctx context.Context, env Env) error {
	return c.cases(ctx, func(ctx context.Context, server sanadv1.CaseServiceClient) error {
		answer, err := server.EscalateCases(ctx, &sanadv1.EscalateCasesRequest{})
		if err == nil {
			fmt.Fprintf(env.Out, "%d cases were not decided in time and go to the next level\n", answer.GetEscalated())
		}
		return err
	})
}

type caseList struct {
	onServer
	All     bool   `help:"Also those that are closed."`
	ID      string `name:"member-id" help:"Of one member, by her id."`
	Overdue *day   `help:"Only those that should have been decided before this day."`
}

// Help shows how case list is used.
func (caseList) Help() string {
	return `Examples:
  sanad case list
  sanad case list --all
  sanad case list --overdue 2026-04-30`
}

// Run lists cases.
func (c caseList) Run(ctx context.Context, env Env) error {
	return c.cases(ctx, func(ctx context.Context, server sanadv1.CaseServiceClient) error {
		rows := newTable("", "case", "kind", "against", "subject", "state", ">level", "answer by", "judge")
		request := &sanadv1.ListCasesRequest{MemberId: c.ID, OpenOnly: !c.All, OverdueOn: dateOf(c.Overdue)}
		for {
			page, err := server.ListCases(ctx, request)
			if err != nil {
				return err
			}
			for _, found := range page.GetCases() {
				rows.row(found.GetId(), word(found.GetKind()), word(found.GetAgainst().GetKind()),
					found.GetAgainst().GetSubject(), word(found.GetState()), strconv.Itoa(int(found.GetLevel())),
					dayText(found.GetAnswerBy()), found.GetJudge())
			}
			if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
				rows.print(env.Out)
				return nil
			}
		}
	})
}

// printCase prints a case as one reads it.
func printCase(out io.Writer, c *sanadv1.Case) {
	fmt.Fprintf(out, "case %s: %s, %s, level %d, to be decided by %s\n", c.GetId(), word(c.GetKind()),
		word(c.GetState()), c.GetLevel(), dayText(c.GetAnswerBy()))
	for _, line := range []struct{ what, text string }{
		{"against", word(c.GetAgainst().GetKind()) + " " + c.GetAgainst().GetSubject()},
		{"filed by", c.GetFiler()}, {"text", c.GetText()}, {"late because", c.GetLateBecause()},
		{"judge", c.GetJudge()}, {"reason", c.GetReason()}, {"outcome", c.GetOutcome()},
	} {
		if line.text != "" && line.text != " " {
			fmt.Fprintf(out, "  %-12s  %s\n", line.what, line.text)
		}
	}
	for _, e := range c.GetEvents() {
		fmt.Fprintf(out, "  %s  %s %s\n", dayText(e.GetOn()), e.GetWhat(), e.GetBy())
	}
}
