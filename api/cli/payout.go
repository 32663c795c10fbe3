package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"sanad.dev/sanad/api"
	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/payments/payout"
)

// payouts are the commands about money that goes out.
type payouts struct {
	Request     payoutRequest     `cmd:"" help:"Ask for one party to be paid; another person approves it."`
	Batch       payoutBatch       `cmd:"" help:"Make a batch of a list, or of all that is payable; another person approves it."`
	Approve     payoutApprove     `cmd:"" help:"Approve a batch that somebody else has made."`
	Decline     payoutDecline     `cmd:"" help:"Turn down a batch that is not approved."`
	Report      payoutReport      `cmd:"" help:"Tell how a batch stands; without one, list the batches."`
	FollowUp    payoutFollowUp    `cmd:"" help:"Make a batch of only the lines of another that failed or came back."`
	List        payoutList        `cmd:"" help:"List payouts of a batch, a party, or in a state."`
	Show        payoutShow        `cmd:"" help:"Show a payout with everything that happened to it."`
	Withdraw    payoutWithdraw    `cmd:"" help:"Take back a payout that no rail was called for."`
	Resolve     payoutResolve     `cmd:"" help:"Say what became of a payout that is unknown; takes two people."`
	Hold        payoutHold        `cmd:"" help:"Keep payouts of a party or a pool from being sent; without one, list what is held."`
	Release     payoutRelease     `cmd:"" help:"Let payouts go on that were held."`
	Destination payoutDestination `cmd:"" help:"Put on record where a party is paid."`
	Float       payoutFloat       `cmd:"" help:"Book money that went from a bank account to a rail's float."`
	Worker      payoutWorker      `cmd:"" help:"Send payouts; any number of workers may run on one database."`
}

// untilBooked is how long a batch of many lines is waited for. A call that is broken off goes on where it was.
const untilBooked = 10 * time.Minute

var payoutStateNames = map[sanadv1.PayoutState]string{
	sanadv1.PayoutState_PAYOUT_STATE_REQUESTED: "requested",
	sanadv1.PayoutState_PAYOUT_STATE_APPROVED:  "approved",
	sanadv1.PayoutState_PAYOUT_STATE_SENDING:   "sending",
	sanadv1.PayoutState_PAYOUT_STATE_SENT:      "sent",
	sanadv1.PayoutState_PAYOUT_STATE_SETTLED:   "settled",
	sanadv1.PayoutState_PAYOUT_STATE_FAILED:    "failed",
	sanadv1.PayoutState_PAYOUT_STATE_RETURNED:  "returned",
	sanadv1.PayoutState_PAYOUT_STATE_UNKNOWN:   "unknown",
}

var payoutBatchStateNames = map[sanadv1.PayoutBatchState]string{
	sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_DRAWING:  "being drawn up",
	sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_MADE:     "made, waits for approval",
	sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_APPROVED: "approved",
	sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_DECLINED: "declined",
}

// askLong asks the server for something that may take a while.
func (s onServer) askLong(ctx context.Context, fn func(ctx context.Context, server *client) error) error {
	server, err := s.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(ctx, untilBooked)
	defer cancel()
	return explained(s.Addr, fn(ctx, server))
}

func printPayoutBatch(w io.Writer, b *sanadv1.PayoutBatch) {
	fmt.Fprintf(w, "Batch %s (%s): %s. %s lines, %s.\n", b.GetId(), b.GetReference(), payoutBatchStateNames[b.GetState()],
		counted(int(b.GetFoundCount())), amountText(b.GetFoundTotal()))
}

// whereTo are the flags that name a destination.
type whereTo struct {
	Wallet string `help:"The phone of the wallet, such as +962791234567." xor:"to"`
	Bank   string `help:"The IBAN or number of the bank account." xor:"to"`
}

func (w whereTo) message() *sanadv1.Destination {
	switch {
	case w.Wallet != "":
		return &sanadv1.Destination{Kind: sanadv1.DestinationKind_DESTINATION_KIND_WALLET, Account: w.Wallet}
	case w.Bank != "":
		return &sanadv1.Destination{Kind: sanadv1.DestinationKind_DESTINATION_KIND_BANK, Account: w.Bank}
	}
	return nil
}

// asked are what every request for money needs.
type asked struct {
	onServer
	Rail      string `required:"" help:"The rail, such as gsma-orange."`
	Reference string `required:"" help:"Your own name for it; the same again is the same."`
	Person    string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
	Pool      string `help:"The pool that bears what the rail charges, such as pool:health."`
	Currency  string `help:"The currency, such as JOD." default:"JOD"`
}

type payoutRequest struct {
	asked
	whereTo
	Who    string `arg:"" help:"Whom: a member by number, phone or id, or a party such as provider:clinic-1."`
	Amount string `help:"How much; left out for all that is payable."`
	Scheme string `required:"" help:"The scheme out of which it is owed."`
}

// Help shows how payout request is used.
func (payoutRequest) Help() string {
	return `Without a wallet or bank account, it goes to the one on record.

Examples:
  sanad payout request 1234567 --scheme basic --rail sandbox --reference claim-17 --person amal
  sanad payout request provider:clinic-1 --amount 120.000 --scheme basic --bank JO94CBJO0010 --rail sandbox --reference march --person amal`
}

// Run asks for one party to be paid.
func (c payoutRequest) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		party, err := server.find(ctx, env, c.Who)
		if err != nil {
			return err
		}
		line := &sanadv1.PayoutLine{Party: string(party), Scheme: c.Scheme, Destination: c.message()}
		if c.Amount != "" {
			line.Amount = &sanadv1.Money{CurrencyCode: c.Currency, Amount: c.Amount}
		}
		answer, err := server.payouts.RequestPayout(ctx, &sanadv1.RequestPayoutRequest{
			Reference: c.Reference, Person: c.Person, Rail: c.Rail, Pool: c.Pool, Line: line, CurrencyCode: c.Currency,
		})
		if err != nil {
			return err
		}
		printPayoutBatch(env.Out, answer.GetBatch())
		printPayouts(env.Out, answer.GetPayout())
		return nil
	})
}

type payoutBatch struct {
	asked
	File  string `arg:"" optional:"" help:"A CSV file with the columns party, scheme, amount and destination; the last two may be empty." type:"existingfile"`
	AllOf string `help:"All that is payable in this scheme, instead of a file."`
	Kind  string `help:"To whom: member, provider or payer." enum:"member,provider,payer" default:"member"`
	Count int32  `required:"" help:"How many lines you count."`
	Total string `required:"" help:"What you find that they come to."`
}

// Help shows how payout batch is used.
func (payoutBatch) Help() string {
	return `Count and total are declared and checked: a batch that comes to anything else is refused. A destination is written
wallet:+962791234567 or bank:JO94CBJO0010. A line that can't be paid fails with its reason and never stops the others.

Examples:
  sanad payout batch march.csv --count 412 --total 10300.000 --rail sandbox --reference 2026-03 --person amal
  sanad payout batch --all-of basic --kind member --count 412 --total 10300.000 --rail sandbox --reference 2026-03 --person amal`
}

// Run makes the batch.
func (c payoutBatch) Run(ctx context.Context, env Env) error {
	request := &sanadv1.CreateBatchRequest{
		Reference: c.Reference, Person: c.Person, Rail: c.Rail, Pool: c.Pool, DeclaredCount: c.Count,
		DeclaredTotal: &sanadv1.Money{CurrencyCode: c.Currency, Amount: c.Total},
	}
	switch {
	case (c.File == "") == (c.AllOf == ""):
		return usageError{errors.New("name a file, or a scheme by --all-of")}
	case c.AllOf != "":
		request.AllOf = &sanadv1.AllPayable{Scheme: c.AllOf, Kind: c.Kind}
	default:
		lines, err := readPayoutLines(c.File, c.Currency)
		if err != nil {
			return usageError{err}
		}
		request.Lines = lines
	}
	return c.askLong(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.payouts.CreateBatch(ctx, request)
		if err != nil {
			return err
		}
		printPayoutBatch(env.Out, answer.GetBatch())
		return nil
	})
}

// readPayoutLines reads a list of whom to pay.
func readPayoutLines(path, currency string) ([]*sanadv1.PayoutLine, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	rows := csv.NewReader(file)
	rows.FieldsPerRecord = 4
	if head, err := rows.Read(); err != nil || strings.Join(head, ",") != "party,scheme,amount,destination" {
		return nil, fmt.Errorf("%s: the first row must be party,scheme,amount,destination", path)
	}
	var lines []*sanadv1.PayoutLine
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, err := payoutLine(row, currency)
		if err != nil {
			number, _ := rows.FieldPos(0)
			return nil, fmt.Errorf("%s, row %d: %w", path, number, err)
		}
		lines = append(lines, line)
	}
}

func payoutLine(row []string, currency string) (*sanadv1.PayoutLine, error) {
	line := &sanadv1.PayoutLine{Party: row[0], Scheme: row[1]}
	if row[2] != "" {
		line.Amount = &sanadv1.Money{CurrencyCode: currency, Amount: row[2]}
	}
	kind, account, _ := strings.Cut(row[3], ":")
	switch {
	case row[3] == "":
	case kind == string(payout.Wallet):
		line.Destination = whereTo{Wallet: account}.message()
	case kind == string(payout.BankAccount):
		line.Destination = whereTo{Bank: account}.message()
	default:
		return nil, errors.New("a destination is written wallet:+962791234567 or bank:JO94CBJO0010")
	}
	return line, nil
}

// onBatch are what every act on a batch needs.
type onBatch struct {
	onServer
	Batch  string `arg:"" help:"The batch's id."`
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

type payoutApprove struct{ onBatch }

// Help shows how payout approve is used.
func (payoutApprove) Help() string {
	return `Who made the batch can't approve it. What is approved is booked, and workers send it.

Examples:
  sanad payout approve 4f0c… --person badr`
}

// Run approves.
func (c payoutApprove) Run(ctx context.Context, env Env) error {
	return c.askLong(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.payouts.ApproveBatch(ctx, &sanadv1.ApproveBatchRequest{Batch: c.Batch, Person: c.Person})
		if err != nil {
			return err
		}
		printPayoutBatch(env.Out, answer.GetBatch())
		return nil
	})
}

type payoutDecline struct{ onBatch }

// Help shows how payout decline is used.
func (payoutDecline) Help() string {
	return `Examples:
  sanad payout decline 4f0c… --person badr`
}

// Run declines.
func (c payoutDecline) Run(ctx context.Context, env Env) error {
	return c.askLong(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.payouts.DeclineBatch(ctx, &sanadv1.DeclineBatchRequest{Batch: c.Batch, Person: c.Person})
		if err != nil {
			return err
		}
		printPayoutBatch(env.Out, answer.GetBatch())
		return nil
	})
}

type payoutReport struct {
	onServer
	Batch string `arg:"" optional:"" help:"The batch's id."`
}

// Help shows how payout report is used.
func (payoutReport) Help() string {
	return `Exit code 1 says that lines have failed, came back, are unknown or contradicted.

Examples:
  sanad payout report
  sanad payout report 4f0c…`
}

// Run tells how the batch stands, or lists the batches.
func (c payoutReport) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		if c.Batch == "" {
			return listPayoutBatches(ctx, env, server)
		}
		answer, err := server.payouts.GetBatchReport(ctx, &sanadv1.GetBatchReportRequest{Batch: c.Batch})
		if err != nil {
			return err
		}
		printBatchReport(env.Out, answer)
		if len(answer.GetFailed())+len(answer.GetUnknown()) > 0 {
			return errFound
		}
		return nil
	})
}

func listPayoutBatches(ctx context.Context, env Env, server *client) error {
	t := newTable("", "Batch", "Reference", "State", "Rail", ">Lines", ">Total", "", "Made by", "Approved by")
	request := &sanadv1.ListBatchesRequest{PageSize: 1000}
	for {
		page, err := server.payouts.ListBatches(ctx, request)
		if err != nil {
			return err
		}
		for _, b := range page.GetBatches() {
			t.row(b.GetId(), b.GetReference(), payoutBatchStateNames[b.GetState()], b.GetRail(), counted(int(b.GetFoundCount())),
				grouped(b.GetFoundTotal().GetAmount()), b.GetFoundTotal().GetCurrencyCode(), b.GetMaker(), b.GetApprover())
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			t.print(env.Out)
			return nil
		}
	}
}

func printBatchReport(w io.Writer, r *sanadv1.GetBatchReportResponse) {
	b := r.GetBatch()
	printPayoutBatch(w, b)
	fmt.Fprintf(w, "Made by %s, declared %s lines, %s. ", b.GetMaker(), counted(int(b.GetDeclaredCount())), amountText(b.GetDeclaredTotal()))
	if b.GetApprover() != "" {
		fmt.Fprintf(w, "%s by %s. ", map[bool]string{true: "Declined", false: "Approved"}[b.GetState() == sanadv1.PayoutBatchState_PAYOUT_BATCH_STATE_DECLINED], b.GetApprover())
	}
	fmt.Fprintln(w, map[bool]string{true: "It goes on.", false: "It is at its end."}[r.GetOpen()])
	sums := newTable("  ", "State", ">Lines", ">Total", ">Fees", "", "Reason", "")
	for _, s := range r.GetSums() {
		sums.row(payoutStateNames[s.GetState()], counted(int(s.GetCount())), grouped(s.GetTotal().GetAmount()), grouped(s.GetFees().GetAmount()),
			s.GetTotal().GetCurrencyCode(), s.GetReason(), s.GetReasonText())
	}
	sums.print(w)
	if r.GetHeld() > 0 {
		fmt.Fprintf(w, "%s approved lines are held:\n", counted(int(r.GetHeld())))
		printHolds(w, r.GetHolds())
	}
	if len(r.GetFailed()) > 0 {
		fmt.Fprintln(w, "Not paid:")
		printPayouts(w, r.GetFailed()...)
	}
	if len(r.GetUnknown()) > 0 {
		fmt.Fprintln(w, "Nobody knows; ask the rail's people, then: sanad payout resolve")
		printPayouts(w, r.GetUnknown()...)
	}
	if r.GetToFollow() > 0 {
		fmt.Fprintf(w, "%s lines can be tried again: sanad payout follow-up %s\n", counted(int(r.GetToFollow())), b.GetId())
	}
}

func printPayouts(w io.Writer, list ...*sanadv1.Payout) {
	t := newTable("  ", "Payout", ">Line", "Party", "Scheme", ">Amount", "", "State", ">Sent", "Rail's reference", "Reason", "")
	for _, p := range list {
		reason := p.GetReason()
		if p.GetContradiction() != "" {
			reason += " (" + p.GetContradiction() + ")"
		}
		t.row(p.GetId(), fmt.Sprint(p.GetLine()), p.GetParty(), p.GetScheme(), grouped(p.GetAmount().GetAmount()), p.GetAmount().GetCurrencyCode(),
			payoutStateNames[p.GetState()], fmt.Sprintf("%d×", p.GetAttempts()), p.GetRailReference(), reason, p.GetReasonText())
	}
	t.print(w)
}

type payoutFollowUp struct {
	onBatch
	Reference string `required:"" help:"Your own name for the new batch; the same again is the same batch."`
	Count     int32  `help:"How many lines you count; left out, count and total are taken as they are found."`
	Total     string `help:"What you find that they come to."`
	Currency  string `help:"The currency of the total." default:"JOD"`
}

// Help shows how payout follow-up is used.
func (payoutFollowUp) Help() string {
	return `No line is followed up twice. Each goes to the destination on record, else to where it went before. The new batch needs
another person's approval, as any.

Examples:
  sanad payout follow-up 4f0c… --reference 2026-03-again --person amal`
}

// Run makes the follow-up.
func (c payoutFollowUp) Run(ctx context.Context, env Env) error {
	request := &sanadv1.FollowUpBatchRequest{Batch: c.Batch, Reference: c.Reference, Person: c.Person, DeclaredCount: c.Count}
	if c.Count > 0 {
		request.DeclaredTotal = &sanadv1.Money{CurrencyCode: c.Currency, Amount: c.Total}
	}
	return c.askLong(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.payouts.FollowUpBatch(ctx, request)
		if err != nil {
			return err
		}
		printPayoutBatch(env.Out, answer.GetBatch())
		return nil
	})
}

type payoutList struct {
	onServer
	Batch        string   `help:"Those of a batch."`
	Party        string   `help:"Those of a party, such as member:7ab3…."`
	State        []string `help:"Those in a state; may come several times."`
	Contradicted bool     `help:"Those of which the rail says what can't be."`
}

// Help shows how payout list is used.
func (payoutList) Help() string {
	return `Examples:
  sanad payout list --state unknown
  sanad payout list --batch 4f0c… --state failed --state returned`
}

// Run lists payouts.
func (c payoutList) Run(ctx context.Context, env Env) error {
	request := &sanadv1.ListPayoutsRequest{Batch: c.Batch, Party: c.Party, Contradicted: c.Contradicted, PageSize: 1000}
	for _, name := range c.State {
		state, ok := payoutStateNamed(name)
		if !ok {
			return usageError{fmt.Errorf("--state %s: a state is requested, approved, sending, sent, settled, failed, returned or unknown", name)}
		}
		request.States = append(request.States, state)
	}
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		var all []*sanadv1.Payout
		for {
			page, err := server.payouts.ListPayouts(ctx, request)
			if err != nil {
				return err
			}
			all = append(all, page.GetPayouts()...)
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				printPayouts(env.Out, all...)
				return nil
			}
		}
	})
}

func payoutStateNamed(name string) (sanadv1.PayoutState, bool) {
	for state, of := range payoutStateNames {
		if of == name {
			return state, true
		}
	}
	return 0, false
}

type payoutShow struct {
	onServer
	Payout string `arg:"" help:"The payout's id."`
}

// Help shows how payout show is used.
func (payoutShow) Help() string {
	return `Examples:
  sanad payout show 91be…`
}

// Run shows the payout.
func (c payoutShow) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.payouts.GetPayout(ctx, &sanadv1.GetPayoutRequest{Payout: c.Payout})
		if err != nil {
			return err
		}
		printPayouts(env.Out, answer.GetPayout())
		fmt.Fprintf(env.Out, "  Known to the rail as %s.\n", answer.GetPayout().GetKey())
		t := newTable("  ", ">", "At", "By", "What", "The rail says", "State", "Reason")
		for _, e := range answer.GetEvents() {
			t.row(fmt.Sprint(e.GetNumber()), e.GetAt().AsTime().Format("2006-01-02 15:04:05.000 MST"), e.GetBy(), e.GetWhat(), e.GetOutcome(),
				payoutStateNames[e.GetState()], e.GetReason())
		}
		t.print(env.Out)
		if len(answer.GetHolds()) > 0 {
			fmt.Fprintln(env.Out, "Held:")
			printHolds(env.Out, answer.GetHolds())
		}
		return nil
	})
}

// onPayout are what every act on a payout needs.
type onPayout struct {
	onServer
	Payout string `arg:"" help:"The payout's id."`
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

type payoutWithdraw struct{ onPayout }

// Help shows how payout withdraw is used.
func (payoutWithdraw) Help() string {
	return `The amount is payable again. What was sent once can't be withdrawn.

Examples:
  sanad payout withdraw 91be… --person badr`
}

// Run withdraws.
func (c payoutWithdraw) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.payouts.WithdrawPayout(ctx, &sanadv1.WithdrawPayoutRequest{Payout: c.Payout, Person: c.Person})
		if err != nil {
			return err
		}
		printPayouts(env.Out, answer.GetPayout())
		return nil
	})
}

type payoutResolve struct {
	onPayout
	Decision string `arg:"" help:"paid, not-paid or send-again." enum:"paid,not-paid,send-again"`
}

// Help shows how payout resolve is used.
func (payoutResolve) Help() string {
	return `Ask the rail's people first. The first call proposes; the same by another person carries it out.

Examples:
  sanad payout resolve 91be… paid --person amal
  sanad payout resolve 91be… paid --person badr`
}

var payoutDecisions = map[string]sanadv1.PayoutDecision{
	"paid":       sanadv1.PayoutDecision_PAYOUT_DECISION_PAID,
	"not-paid":   sanadv1.PayoutDecision_PAYOUT_DECISION_NOT_PAID,
	"send-again": sanadv1.PayoutDecision_PAYOUT_DECISION_SEND_AGAIN,
}

// Run says what became of it.
func (c payoutResolve) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.payouts.ResolveUnknown(ctx, &sanadv1.ResolveUnknownRequest{
			Payout: c.Payout, Decision: payoutDecisions[c.Decision], Person: c.Person,
		})
		if err != nil {
			return err
		}
		printPayouts(env.Out, answer.GetPayout())
		if by := answer.GetPayout().GetProposedBy(); by != "" {
			fmt.Fprintf(env.Out, "%s says %s; another person must say the same.\n", by, c.Decision)
		}
		return nil
	})
}

type payoutHold struct {
	onServer
	Party  string `arg:"" optional:"" help:"Whose payouts: a member, provider, payer or pool, such as member:7ab3… or pool:health."`
	Scheme string `help:"In which scheme; left out for all."`
	Reason string `help:"Why, as a code, such as DEATH_UNCONFIRMED."`
	Person string `help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how payout hold is used.
func (payoutHold) Help() string {
	return `What is under way already goes on.

Examples:
  sanad payout hold
  sanad payout hold member:7ab3… --reason DEATH_UNCONFIRMED --person amal
  sanad payout hold pool:health --scheme basic --reason POOL_EMPTY --person amal`
}

// Run holds, or lists what is held.
func (c payoutHold) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		if c.Reason == "" {
			answer, err := server.payouts.ListHolds(ctx, &sanadv1.ListHoldsRequest{Party: c.Party})
			if err == nil {
				printHolds(env.Out, answer.GetHolds())
			}
			return err
		}
		answer, err := server.payouts.HoldPayouts(ctx, &sanadv1.HoldPayoutsRequest{Hold: c.message()})
		if err != nil {
			return err
		}
		printHolds(env.Out, []*sanadv1.PayoutHold{answer.GetHold()})
		if n := answer.GetUnderWay(); n > 0 {
			fmt.Fprintf(env.Out, "%d payouts are under way already and go on.\n", n)
		}
		return nil
	})
}

func (c payoutHold) message() *sanadv1.PayoutHold {
	return &sanadv1.PayoutHold{Party: c.Party, Scheme: c.Scheme, Reason: c.Reason, Person: c.Person}
}

func printHolds(w io.Writer, holds []*sanadv1.PayoutHold) {
	t := newTable("  ", "Held", "Scheme", "Reason", "By", "Since")
	for _, h := range holds {
		t.row(h.GetParty(), h.GetScheme(), h.GetReason(), h.GetPerson(), h.GetHeldAt().AsTime().Format("2006-01-02 15:04:05 MST"))
	}
	t.print(w)
}

type payoutRelease struct{ payoutHold }

// Help shows how payout release is used.
func (payoutRelease) Help() string {
	return `Examples:
  sanad payout release member:7ab3… --reason DEATH_UNCONFIRMED --person badr`
}

// Run releases.
func (c payoutRelease) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		_, err := server.payouts.ReleaseHold(ctx, &sanadv1.ReleaseHoldRequest{Hold: c.message()})
		if err == nil {
			fmt.Fprintln(env.Out, "Released.")
		}
		return err
	})
}

type payoutDestination struct {
	onServer
	whereTo
	Who    string `arg:"" help:"Whom: a member by number, phone or id, or a party such as provider:clinic-1."`
	Rail   string `required:"" help:"The rail."`
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how payout destination is used.
func (payoutDestination) Help() string {
	return `It is kept sealed under her own key, and never shown again.

Examples:
  sanad payout destination 1234567 --wallet +962791234567 --rail sandbox --person amal
  sanad payout destination provider:clinic-1 --bank JO94CBJO0010 --rail sandbox --person amal`
}

// Run puts the destination on record.
func (c payoutDestination) Run(ctx context.Context, env Env) error {
	to := c.message()
	if to == nil {
		return usageError{errors.New("name a wallet by --wallet, or a bank account by --bank")}
	}
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		party, err := server.find(ctx, env, c.Who)
		if err != nil {
			return err
		}
		_, err = server.payouts.SetDestination(ctx, &sanadv1.SetDestinationRequest{Party: string(party), Rail: c.Rail, Destination: to, Person: c.Person})
		if err == nil {
			fmt.Fprintln(env.Out, "On record.")
		}
		return err
	})
}

type payoutFloat struct {
	onServer
	Rail      string `arg:"" help:"The rail."`
	Amount    string `arg:"" help:"How much."`
	Currency  string `help:"The currency, such as JOD." default:"JOD"`
	Bank      string `required:"" help:"The bank account that it came from, by its short name."`
	On        *day   `required:"" help:"The day on which it went."`
	Reference string `required:"" help:"The bank's reference; sent again under it, it is booked once."`
	Person    string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how payout float is used.
func (payoutFloat) Help() string {
	return `Examples:
  sanad payout float sandbox 50000.000 --bank cbj-1 --on 2026-03-30 --reference "CBJ 88120" --person amal`
}

// Run books the top-up.
func (c payoutFloat) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.payouts.TopUpFloat(ctx, &sanadv1.TopUpFloatRequest{
			Rail: c.Rail, Amount: &sanadv1.Money{CurrencyCode: c.Currency, Amount: c.Amount}, BankAccount: c.Bank, On: dateOf(c.On),
			Reference: c.Reference, Person: c.Person,
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Out, "Booked as entry %s%s.\n", answer.GetEntryId(), map[bool]string{true: ", as it was before"}[answer.GetRepeated()])
		return nil
	})
}

type payoutWorker struct {
	onStore
	keyed
	railed
	working
}

// working are the flags of workers.
type working struct {
	WorkerName string        `help:"What this worker is called in the record; default its host and process."`
	Width      int           `help:"How many calls it makes at the same time." default:"32"`
	Lease      time.Duration `help:"How long it has a payout to itself; default a little more than the rail's own timeout."`
	Idle       time.Duration `help:"How long it waits when nothing is due." default:"500ms"`
}

func (w working) worker(s *payout.Service) *payout.Worker {
	name := w.WorkerName
	if name == "" {
		host, _ := os.Hostname()
		name = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	return &payout.Worker{Service: s, Name: name, Width: w.Width, Lease: w.Lease, Idle: w.Idle}
}

// Help shows how payout worker is used.
func (payoutWorker) Help() string {
	return `sanad serve has a worker of its own where it is given a rail; this is one more, on the same database and rails. Any of them
may be killed at any moment: whoever finds what it left asks the rail first.

Examples:
  sanad payout worker --rail sandbox:rail.db
  sanad payout worker --db postgres://sanad@127.0.0.1/sanad --key-file /etc/sanad/key --rail sandbox:/var/lib/sanad/rail.db`
}

// Run sends payouts until it is told to stop.
func (c payoutWorker) Run(ctx context.Context, env Env) error {
	if len(c.Rail) == 0 {
		return usageError{errors.New("name a rail by --rail")}
	}
	log := api.NewLogger(slog.NewJSONHandler(env.Err, nil))
	slog.SetDefault(log)
	stop, err := api.Telemetry(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = stop(ctx)
	}()
	i, err := institution(ctx, c.onStore, c.keyed)
	if err != nil {
		return err
	}
	defer i.Close()
	rails, closeRails, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer closeRails()
	i.Payouts.Rails = rails
	log.Info("paying out")
	return api.Pay(ctx, i, c.worker(i.Payouts), log)
}
