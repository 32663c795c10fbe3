package cli

import (
	"context"
	"fmt"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// claimCommands are the commands about claims for benefits.
type claimCommands struct {
	Submit       benefitSubmit       `cmd:"" help:"Hand a claim in, for a provider or a member."`
	Preauthorise benefitPreauthorise `cmd:"" help:"Ask before the care is given; what is granted is held against the limits."`
	Show         benefitShow         `cmd:"" help:"Show a claim, what was decided of it line by line and why, and what is owed."`
	List         benefitList         `cmd:"" help:"List claims of a member, of a provider, or in a state."`
	Adjudicate   benefitAdjudicate   `cmd:"" help:"Judge a claim with what has come: evidence, or who the member is."`
	Approve      benefitApprove      `cmd:"" help:"Give a person's word for what was judged; above the scheme's amount it takes two."`
	Settle       benefitSettle       `cmd:"" help:"Hand over what is owed to be paid on a rail."`
	Readjudicate benefitReadjudicate `cmd:"" help:"Judge a decided claim anew and book the difference."`
	Withdraw     benefitWithdraw     `cmd:"" help:"Take back a claim that nothing is owed for yet."`
	Replay       benefitReplay       `cmd:"" help:"Judge every recorded decision again and compare byte for byte."`
	Run          benefitRun          `cmd:"" help:"Book the instalments of periodic benefits that are due."`
}

// handing are the flags of a claim that is handed in.
type handing struct {
	onServer
	Reference  string   `required:"" help:"Your own name for the claim; sent again under it, it is taken once."`
	As         string   `enum:"provider,member,delegate" default:"provider" help:"What you are to it: ${enum}."`
	Provider   string   `help:"The provider that hands it in or gave the care."`
	Member     string   `help:"The member's number, a phone, a document's number or her id; nobody where that is not known."`
	Dependant  string   `help:"The dependant whom it is about; the member herself without it."`
	NewbornOn  *day     `help:"The birth of a child whom nobody has enrolled."`
	Scheme     string   `required:"" help:"The scheme, such as national-match."`
	Benefit    string   `required:"" help:"The benefit, by its name in the scheme, such as care."`
	Event      string   `help:"What happened: illness, accident, birth, pregnancy, death, and others." default:"illness"`
	On         *day     `required:"" help:"The day of the event."`
	Admitted   *day     `help:"The day of admission."`
	FirstDay   *day     `help:"The first day that cash is asked for."`
	LastDay    *day     `help:"The last day that cash is asked for."`
	Emergency  bool     `help:"The care could not wait."`
	Children   int32    `help:"How many were born."`
	Line       []string `help:"What is asked for: ITEM=AMOUNT, with *QUANTITY and @DAY or @DAY..DAY where they are others than one and the event's day. May be repeated." placeholder:"XRAY=25.000*2@2026-03-02" sep:"none"`
	Amount     string   `help:"The amount asked for, of a lump sum that repays a cost."`
	Evidence   []string `help:"What shows that it took place: EVENT@DAY, or EVENT@DAY/BY. May be repeated." placeholder:"birth@2026-08-05/midwife-7"`
	Missed     []string `help:"What could not take place because there was no clinic. May be repeated."`
	Referred   bool     `help:"A lower level of care sent her."`
	PaidByHer  bool     `help:"The member has paid the provider, and is reimbursed."`
	PayTo      string   `help:"The id of the member to whom cash is paid, where it is not the one insured."`
	ReceivedOn *day     `help:"The day on which it came on paper; today without it."`
	Uses       string   `help:"The id of the pre-authorisation that it uses."`
	Person     string   `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

type benefitSubmit struct{ handing }

// Help shows how claim submit is used.
func (benefitSubmit) Help() string {
	return `What nobody needs to look at is owed at once. A claim is kept whoever it is for; emergencies and births are authorised.

Examples:
  sanad claim submit --reference 2026-118 --provider clinic-salt --member 4711088822 --scheme national-match --benefit care \
      --on 2026-03-02 --line CONS=4.000 --line XRAY=25.000
  sanad claim submit --reference m-1 --as member --member 4711088822 --scheme national-match --benefit maternity-grant \
      --event birth --on 2026-08-05 --evidence birth@2026-08-05/midwife-7`
}

// Run hands the claim in.
func (c benefitSubmit) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		claim, err := c.submission(ctx, server)
		if err != nil {
			return err
		}
		answer, err := sanadv1.NewClaimServiceClient(server.conn).SubmitClaim(ctx, &sanadv1.SubmitClaimRequest{Claim: claim, Person: c.Person})
		if err != nil {
			return err
		}
		if answer.GetRepeated() {
			fmt.Fprintln(env.Out, "This claim had come before, under the same reference. It stands now:")
		}
		printBenefitClaim(env.Out, answer.GetClaim())
		return nil
	})
}

type benefitPreauthorise struct{ handing }

// Help shows how claim preauthorise is used.
func (benefitPreauthorise) Help() string {
	return `Example:
  sanad claim preauthorise --reference ask-7 --provider hospital --member 4711088822 --scheme national-match --benefit care \
      --on 2026-03-02 --line WARD=200.000@2026-03-02..2026-03-06`
}

// Run asks.
func (c benefitPreauthorise) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		claim, err := c.submission(ctx, server)
		if err != nil {
			return err
		}
		answer, err := sanadv1.NewClaimServiceClient(server.conn).PreauthoriseClaim(ctx, &sanadv1.PreauthoriseClaimRequest{Claim: claim, Person: c.Person})
		if err == nil {
			printBenefitClaim(env.Out, answer.GetClaim())
		}
		return err
	})
}

// onBenefitClaim are the flags of commands on one claim.
type onBenefitClaim struct {
	onServer
	ID string `arg:"" help:"The claim's id, as the answer to its submission has it; or PROVIDER/REFERENCE."`
}

// id is the claim's id, asked for where the provider's reference was given.
func (o onBenefitClaim) id(ctx context.Context, server *client) (string, error) {
	provider, reference, byReference := strings.Cut(o.ID, "/")
	if !byReference {
		return o.ID, nil
	}
	answer, err := sanadv1.NewClaimServiceClient(server.conn).GetClaim(ctx, &sanadv1.GetClaimRequest{Provider: provider, Reference: reference})
	return answer.GetClaim().GetId(), err
}

// do runs what a command asks of a server about the claim, and prints the claim as it stands then.
func (o onBenefitClaim) do(ctx context.Context, env Env, ask func(ctx context.Context, claims sanadv1.ClaimServiceClient, id string) (*sanadv1.Claim, error)) error {
	return o.ask(ctx, func(ctx context.Context, server *client) error {
		id, err := o.id(ctx, server)
		if err != nil {
			return err
		}
		claim, err := ask(ctx, sanadv1.NewClaimServiceClient(server.conn), id)
		if err == nil {
			printBenefitClaim(env.Out, claim)
		}
		return err
	})
}

type benefitShow struct{ onBenefitClaim }

// Help shows how claim show is used.
func (benefitShow) Help() string {
	return `Examples:
  sanad claim show 5a0cde0123456789abcdef0123456789
  sanad claim show clinic-salt/2026-118`
}

// Run shows the claim.
func (c benefitShow) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, claims sanadv1.ClaimServiceClient, id string) (*sanadv1.Claim, error) {
		answer, err := claims.GetClaim(ctx, &sanadv1.GetClaimRequest{ClaimId: id})
		return answer.GetClaim(), err
	})
}

type benefitList struct {
	onServer
	Member   string `help:"The member's number, a phone, a document's number or her id."`
	Provider string `help:"The provider."`
	State    string `enum:"pending,preauthorised,awaiting-approval,approved,refused,settled,withdrawn," default:"" help:"The state: ${enum}."`
}

// Help shows how claim list is used.
func (benefitList) Help() string {
	return `Examples:
  sanad claim list --state awaiting-approval
  sanad claim list --provider clinic-salt
  sanad claim list --member 4711088822`
}

var claimStateWords = words(sanadv1.ClaimState_name, func(n int32) sanadv1.ClaimState { return sanadv1.ClaimState(n) })

// Run lists the claims, page by page.
func (c benefitList) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		request := &sanadv1.ListClaimsRequest{Provider: c.Provider, State: claimStateWords[c.State], PageSize: 1000}
		if c.Member != "" {
			party, err := server.find(ctx, env, c.Member)
			if err != nil {
				return err
			}
			request.MemberId = party.ID()
		}
		t := newTable("", "Claim", "Event", "Provider", "State", ">Asked", ">Granted")
		for {
			page, err := sanadv1.NewClaimServiceClient(server.conn).ListClaims(ctx, request)
			if err != nil {
				return err
			}
			for _, c := range page.GetClaims() {
				t.row(c.GetId(), dayText(c.GetEventOn()), c.GetProvider(), word(c.GetState()), amountText(c.GetAsked()), amountText(c.GetGranted()))
			}
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				t.print(env.Out)
				return nil
			}
		}
	})
}

// evidenced are the flags of commands that bring evidence.
type evidenced struct {
	Evidence []string `help:"What shows that it took place: EVENT@DAY, or EVENT@DAY/BY. May be repeated." placeholder:"birth@2026-08-05/midwife-7"`
	Missed   []string `help:"What could not take place because there was no clinic. May be repeated."`
	Finding  []string `help:"What you found of a line of the decision, counted from 0: LINE=AMOUNT/CODE. May be repeated." placeholder:"0=20.000/NOT_GIVEN" sep:"none"`
	Person   string   `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

type benefitAdjudicate struct {
	onBenefitClaim
	evidenced
	Member string `help:"The member, where nobody knew whose claim it is."`
}

// Help shows how claim adjudicate is used.
func (benefitAdjudicate) Help() string {
	return `Examples:
  sanad claim adjudicate 5a0cde0123456789abcdef0123456789 --evidence vaccination@2026-09-01/nurse-3 --person amal
  sanad claim adjudicate clinic-salt/2026-118 --member 4711088822 --person amal`
}

// Run has the claim judged.
func (c benefitAdjudicate) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, claims sanadv1.ClaimServiceClient, id string) (*sanadv1.Claim, error) {
		request := &sanadv1.AdjudicateClaimRequest{ClaimId: id, Person: c.Person}
		if c.Member != "" {
			request.Member = referenceOf(c.Member)
		}
		var err error
		if request.Evidence, request.Findings, err = c.read(ctx, claims, id); err != nil {
			return nil, err
		}
		answer, err := claims.AdjudicateClaim(ctx, request)
		return answer.GetClaim(), err
	})
}

type benefitReadjudicate struct {
	onBenefitClaim
	evidenced
	Cause string `required:"" enum:"new-evidence,rule-correction,appeal,office-error,own-error,false-claim" help:"Why: ${enum}. What was paid is recovered for own-error and false-claim only."`
}

// Help shows how claim readjudicate is used.
func (benefitReadjudicate) Help() string {
	return `Examples:
  sanad claim readjudicate clinic-salt/2026-118 --cause false-claim --finding 0=20.000/NOT_GIVEN --person auditor
  sanad claim readjudicate 5a0cde0123456789abcdef0123456789 --cause rule-correction --person amal`
}

var claimCauseWords = words(sanadv1.ClaimCause_name, func(n int32) sanadv1.ClaimCause { return sanadv1.ClaimCause(n) })

// Run has the claim judged anew.
func (c benefitReadjudicate) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, claims sanadv1.ClaimServiceClient, id string) (*sanadv1.Claim, error) {
		request := &sanadv1.ReadjudicateClaimRequest{ClaimId: id, Cause: claimCauseWords[c.Cause], Person: c.Person}
		var err error
		if request.Evidence, request.Findings, err = c.read(ctx, claims, id); err != nil {
			return nil, err
		}
		answer, err := claims.ReadjudicateClaim(ctx, request)
		return answer.GetClaim(), err
	})
}

type benefitApprove struct {
	onBenefitClaim
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how claim approve is used.
func (benefitApprove) Help() string {
	return `Who handed the claim in, or had it judged anew, does not approve it. Where the scheme asks for two people, the first
call proposes and another person's carries it out.

Examples:
  sanad claim approve clinic-salt/2026-118 --person amal
  sanad claim approve clinic-salt/2026-118 --person badr`
}

// Run approves.
func (c benefitApprove) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, claims sanadv1.ClaimServiceClient, id string) (*sanadv1.Claim, error) {
		answer, err := claims.ApproveClaim(ctx, &sanadv1.ApproveClaimRequest{ClaimId: id, Person: c.Person})
		if err == nil && answer.GetClaim().GetState() == sanadv1.ClaimState_CLAIM_STATE_AWAITING_APPROVAL {
			fmt.Fprintf(env.Out, "Proposed by %s. Another person makes the same call to carry it out.\n", answer.GetApproval().GetMaker())
		}
		return answer.GetClaim(), err
	})
}

type benefitSettle struct {
	onBenefitClaim
	Rail   string `required:"" help:"The rail that carries the money."`
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how claim settle is used.
func (benefitSettle) Help() string {
	return `It makes a batch of payouts of what is owed, which another person approves (sanad payout approve). Asked for again, it
goes on with the same batch.

Example:
  sanad claim settle clinic-salt/2026-118 --rail sandbox --person amal`
}

// Run hands over what is owed.
func (c benefitSettle) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, claims sanadv1.ClaimServiceClient, id string) (*sanadv1.Claim, error) {
		answer, err := claims.SettleClaim(ctx, &sanadv1.SettleClaimRequest{ClaimId: id, Rail: c.Rail, Person: c.Person})
		switch {
		case err != nil:
		case answer.GetBatchId() == "":
			fmt.Fprintln(env.Out, "Nothing is owed that has not been handed over.")
		default:
			fmt.Fprintf(env.Out, "Payout batch %s asked for; another person approves it.\n", answer.GetBatchId())
		}
		return answer.GetClaim(), err
	})
}

type benefitWithdraw struct {
	onBenefitClaim
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how claim withdraw is used.
func (benefitWithdraw) Help() string {
	return `Example:
  sanad claim withdraw clinic-salt/2026-118 --person nurse`
}

// Run withdraws the claim.
func (c benefitWithdraw) Run(ctx context.Context, env Env) error {
	return c.do(ctx, env, func(ctx context.Context, claims sanadv1.ClaimServiceClient, id string) (*sanadv1.Claim, error) {
		answer, err := claims.WithdrawClaim(ctx, &sanadv1.WithdrawClaimRequest{ClaimId: id, Person: c.Person})
		return answer.GetClaim(), err
	})
}

type benefitReplay struct{ onServer }

// Help shows how claim replay is used.
func (benefitReplay) Help() string {
	return `Each decision is judged again from the facts and by the version of the rules that are kept with it. Exit code 1 says
that one came out otherwise, or of a kind that nobody can judge again.

Example:
  sanad claim replay`
}

// Run replays all decisions, page by page; each page has its own time.
func (c benefitReplay) Run(ctx context.Context, env Env) error {
	var equal, gone, other int64
	var different []string
	request := &sanadv1.ReplayDecisionsRequest{PageSize: 200}
	for first := true; first || request.GetPageToken() != ""; first = false {
		err := c.ask(ctx, func(ctx context.Context, server *client) error {
			page, err := sanadv1.NewClaimServiceClient(server.conn).ReplayDecisions(ctx, request)
			equal, gone, other = equal+page.GetEqual(), gone+page.GetGone(), other+page.GetOther()
			different = append(different, page.GetDifferent()...)
			request.PageToken = page.GetNextPageToken()
			return err
		})
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(env.Out, "%s decisions came out the same, byte for byte.\n", counted(equal))
	if gone > 0 {
		fmt.Fprintf(env.Out, "%s are of members whose data has been destroyed.\n", counted(gone))
	}
	if other > 0 {
		fmt.Fprintf(env.Out, "%s are of other kinds and were not judged again.\n", counted(other))
	}
	for _, id := range different {
		fmt.Fprintf(env.Out, "CAME OUT OTHERWISE: decision %s\n", id)
	}
	if len(different) > 0 {
		return errFound
	}
	return nil
}
