package cli

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// treasuryClaims are the commands about the claims by which a funder is asked to pay what was granted.
type treasuryClaims struct {
	DrawUp  claimDrawUp  `cmd:"" help:"Collect what was granted and not claimed yet, and freeze it with total and hash."`
	Certify claimCertify `cmd:"" help:"Certify a claim; who drew it up cannot."`
	Send    claimSend    `cmd:"" help:"Say that a certified claim was sent to the funder."`
	Verify  claimVerify  `cmd:"" help:"Record what the funder says of its lines."`
	Reclaim claimReclaim `cmd:"" help:"Have rejected lines claimed anew, as corrections in the next claim."`
	Pay     claimPay     `cmd:"" help:"Record what the funder has paid, or was paid back."`
	Show    claimShow    `cmd:"" help:"Show a claim with its budget lines and payments; or list a funder's claims."`
	Export  claimExport  `cmd:"" help:"Write a claim as CSV and compare its SHA-256 with the frozen one."`
	Sample  claimSample  `cmd:"" help:"Draw lines for an audit by a seed that is fixed after the freeze."`
}

var claimStateNames = map[sanadv1.TreasuryClaimState]string{
	sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_DRAWING:   "being drawn up",
	sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_DRAWN_UP:  "drawn up",
	sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_CERTIFIED: "certified",
	sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_SENT:      "sent",
	sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_VERIFIED:  "verified",
	sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_PART_PAID: "part-paid",
	sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_PAID:      "paid",
}

func printClaim(w io.Writer, c *sanadv1.TreasuryClaim) {
	fmt.Fprintf(w, "Claim %s: %s. %s lines, %s; %s open.\n", c.GetId(), claimStateNames[c.GetState()], counted(c.GetLines()),
		amountText(c.GetTotal()), amountText(c.GetOpen()))
}

// onClaim are what every act on a claim needs.
type onClaim struct {
	onServer
	Claim  string `arg:"" help:"The claim: funder, scheme and number, such as mof.basic.7."`
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// act asks for the claim to be changed and prints it.
func (c onClaim) act(ctx context.Context, env Env, ask func(context.Context, sanadv1.SubsidyServiceClient) (claimed, error)) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := ask(ctx, server.subsidies)
		if err != nil {
			return err
		}
		printClaim(env.Out, answer.GetClaim())
		return nil
	})
}

// claimed is an answer that has a claim in it.
type claimed interface {
	GetClaim() *sanadv1.TreasuryClaim
}

type claimDrawUp struct {
	onServer
	shown
	Funder    string `arg:"" help:"The funder, such as mof."`
	Scheme    string `arg:"" help:"The scheme, such as basic."`
	Through   *day   `required:"" help:"The last value date to be claimed."`
	Reference string `required:"" help:"Your own name for the claim; the same again goes on with it."`
	Person    string `required:"" help:"Who draws it up: your name." env:"SANAD_PERSON"`
}

// Help shows how treasury-claim draw-up is used.
func (claimDrawUp) Help() string {
	return `What is dated later, or is recorded from ten seconds before now, waits for the next claim. It can be broken off at any
moment and started again: it goes on where it was.

Examples:
  sanad treasury-claim draw-up mof basic --through 2026-03-31 --reference 2026-Q1 --person amal`
}

// Run calls until the claim is drawn up.
func (c claimDrawUp) Run(ctx context.Context, env Env) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	request := &sanadv1.DrawUpTreasuryClaimRequest{Funder: c.Funder, Scheme: c.Scheme, Through: dateOf(c.Through), Reference: c.Reference, Person: c.Person}
	bar := c.of(env, "drawing up", -1)
	defer bar.done()
	for calls := int64(1); ; calls++ {
		answer, err := drawUpOnce(ctx, server, request)
		if err != nil {
			return explained(c.Addr, err)
		}
		bar.at(calls)
		if claim := answer.GetClaim(); claim.GetState() != sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_DRAWING {
			printClaim(env.Out, claim)
			fmt.Fprintf(env.Out, "SHA-256 %s\n", claim.GetSha256())
			return nil
		}
	}
}

func drawUpOnce(ctx context.Context, server *client, request *sanadv1.DrawUpTreasuryClaimRequest) (*sanadv1.DrawUpTreasuryClaimResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return server.subsidies.DrawUpTreasuryClaim(ctx, request)
}

type claimCertify struct{ onClaim }

// Help shows how treasury-claim certify is used.
func (claimCertify) Help() string {
	return `Examples:
  sanad treasury-claim certify mof.basic.7 --person badr`
}

// Run certifies.
func (c claimCertify) Run(ctx context.Context, env Env) error {
	return c.act(ctx, env, func(ctx context.Context, s sanadv1.SubsidyServiceClient) (claimed, error) {
		return s.CertifyTreasuryClaim(ctx, &sanadv1.CertifyTreasuryClaimRequest{Claim: c.Claim, Person: c.Person})
	})
}

type claimSend struct{ onClaim }

// Help shows how treasury-claim send is used.
func (claimSend) Help() string {
	return `What is due back to the funder is set off against what it owes.

Examples:
  sanad treasury-claim send mof.basic.7 --person badr`
}

// Run sends.
func (c claimSend) Run(ctx context.Context, env Env) error {
	return c.act(ctx, env, func(ctx context.Context, s sanadv1.SubsidyServiceClient) (claimed, error) {
		return s.SendTreasuryClaim(ctx, &sanadv1.SendTreasuryClaimRequest{Claim: c.Claim, Person: c.Person})
	})
}

type claimVerify struct {
	onClaim
	File     string `help:"A CSV file of the funder's answer, with the columns line, outcome, code and text; outcomes are accepted, rejected and disputed." type:"path"`
	Complete bool   `help:"The funder has nothing more to say: all other lines are accepted."`
}

// Help shows how treasury-claim verify is used.
func (claimVerify) Help() string {
	return `Examples:
  sanad treasury-claim verify mof.basic.7 --file answer.csv --person amal
  sanad treasury-claim verify mof.basic.7 --complete --person amal`
}

// mostVerdicts is how many lines one call takes.
const mostVerdicts = 1000

// Run records the answer, some lines at a time; the last call completes it.
func (c claimVerify) Run(ctx context.Context, env Env) error {
	verdicts, err := c.verdicts()
	if err != nil {
		return usageError{err}
	}
	if len(verdicts) == 0 && !c.Complete {
		return usageError{errors.New("say what the funder answered by --file, or that it has nothing to say by --complete")}
	}
	parts := slices.Collect(slices.Chunk(verdicts, mostVerdicts))
	if len(parts) == 0 {
		parts = append(parts, nil)
	}
	for i, part := range parts {
		request := &sanadv1.VerifyTreasuryClaimRequest{Claim: c.Claim, Verdicts: part, Complete: c.Complete && i == len(parts)-1, Person: c.Person}
		shown := env
		if i < len(parts)-1 {
			shown.Out = io.Discard
		}
		err := c.act(ctx, shown, func(ctx context.Context, s sanadv1.SubsidyServiceClient) (claimed, error) {
			return s.VerifyTreasuryClaim(ctx, request)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var outcomeWords = map[string]sanadv1.TreasuryClaimLineOutcome{
	"accepted": sanadv1.TreasuryClaimLineOutcome_TREASURY_CLAIM_LINE_OUTCOME_ACCEPTED,
	"rejected": sanadv1.TreasuryClaimLineOutcome_TREASURY_CLAIM_LINE_OUTCOME_REJECTED,
	"disputed": sanadv1.TreasuryClaimLineOutcome_TREASURY_CLAIM_LINE_OUTCOME_DISPUTED,
}

// verdicts reads the funder's answer; none where no file is named.
func (c claimVerify) verdicts() ([]*sanadv1.TreasuryClaimVerdict, error) {
	if c.File == "" {
		return nil, nil
	}
	file, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	rows := csv.NewReader(file)
	rows.FieldsPerRecord = 4
	if head, err := rows.Read(); err != nil || strings.Join(head, ",") != "line,outcome,code,text" {
		return nil, fmt.Errorf("%s: the first row must be line,outcome,code,text", c.File)
	}
	var verdicts []*sanadv1.TreasuryClaimVerdict
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return verdicts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.File, err)
		}
		outcome, ok := outcomeWords[row[1]]
		if !ok {
			number, _ := rows.FieldPos(1)
			return nil, fmt.Errorf("%s, row %d: the outcome is accepted, rejected or disputed", c.File, number)
		}
		verdicts = append(verdicts, &sanadv1.TreasuryClaimVerdict{LineId: row[0], Outcome: outcome, Code: row[2], Text: row[3]})
	}
}

type claimReclaim struct {
	onClaim
	Line []string `required:"" help:"A rejected line's id; may come several times."`
}

// Help shows how treasury-claim reclaim is used.
func (claimReclaim) Help() string {
	return `Examples:
  sanad treasury-claim reclaim mof.basic.7 --line 4fa3b2… --person amal`
}

// Run has the lines claimed anew.
func (c claimReclaim) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.subsidies.ReclaimTreasuryLines(ctx, &sanadv1.ReclaimTreasuryLinesRequest{Claim: c.Claim, LineIds: c.Line, Person: c.Person})
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Out, "%d of %d lines now wait for the next claim.\n", answer.GetReclaimedLines(), len(c.Line))
		return nil
	})
}

type claimPay struct {
	onClaim
	Amount    string `arg:"" help:"How much, in the claim's currency; below zero where the funder was paid back: put -- before it then."`
	Bank      string `required:"" help:"The bank account, by its short name, such as cbj-1."`
	On        *day   `required:"" help:"The day on which the money came, or went."`
	Reference string `required:"" help:"The payer's reference; sent again under it, it is booked once."`
}

// Help shows how treasury-claim pay is used.
func (claimPay) Help() string {
	return `Examples:
  sanad treasury-claim pay mof.basic.7 125000.000 --bank cbj-1 --on 2026-04-20 --reference "CBJ 88123" --person amal
  sanad treasury-claim pay --bank cbj-1 --on 2026-04-20 --reference "OUT 7" --person amal -- mof.basic.8 -300.000`
}

// Run records the payment.
func (c claimPay) Run(ctx context.Context, env Env) error {
	return c.act(ctx, env, func(ctx context.Context, s sanadv1.SubsidyServiceClient) (claimed, error) {
		found, err := s.GetTreasuryClaim(ctx, &sanadv1.GetTreasuryClaimRequest{Claim: c.Claim})
		if err != nil {
			return nil, err
		}
		amount := &sanadv1.Money{CurrencyCode: found.GetClaim().GetTotal().GetCurrencyCode(), Amount: c.Amount}
		return s.RecordTreasuryPayment(ctx, &sanadv1.RecordTreasuryPaymentRequest{
			Claim: c.Claim, Reference: c.Reference, Amount: amount, BankAccount: c.Bank, On: dateOf(c.On), Person: c.Person,
		})
	})
}

type claimShow struct {
	onServer
	Claim string `arg:"" help:"The claim, such as mof.basic.7; or a funder, such as mof."`
	Lines bool   `help:"Show the lines that are rejected or disputed."`
}

// Help shows how treasury-claim show is used.
func (claimShow) Help() string {
	return `Examples:
  sanad treasury-claim show mof
  sanad treasury-claim show mof.basic.7 --lines`
}

// Run shows the claim, or lists the funder's.
func (c claimShow) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		if !strings.Contains(c.Claim, ".") {
			return listClaims(ctx, env, server, c.Claim)
		}
		answer, err := server.subsidies.GetTreasuryClaim(ctx, &sanadv1.GetTreasuryClaimRequest{Claim: c.Claim})
		if err != nil {
			return err
		}
		printClaim(env.Out, answer.GetClaim())
		printWholeClaim(env.Out, answer)
		if c.Lines {
			return c.printLines(ctx, env, server)
		}
		return nil
	})
}

func listClaims(ctx context.Context, env Env, server *client, funder string) error {
	t := newTable("", "Claim", "State", "Through", ">Lines", ">Total", ">Paid", ">Open", "")
	request := &sanadv1.ListTreasuryClaimsRequest{Funder: funder, PageSize: 1000}
	for {
		page, err := server.subsidies.ListTreasuryClaims(ctx, request)
		if err != nil {
			return err
		}
		for _, c := range page.GetClaims() {
			t.row(c.GetId(), claimStateNames[c.GetState()], dayText(c.GetThrough()), counted(c.GetLines()), grouped(c.GetTotal().GetAmount()),
				grouped(c.GetPaid().GetAmount()), grouped(c.GetOpen().GetAmount()), c.GetTotal().GetCurrencyCode())
		}
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			t.print(env.Out)
			return nil
		}
	}
}

func printWholeClaim(w io.Writer, answer *sanadv1.GetTreasuryClaimResponse) {
	c := answer.GetClaim()
	fmt.Fprintf(w, "SHA-256 %s\n", c.GetSha256())
	signed := newTable("  ", "Step", "By", "At")
	for _, step := range []struct {
		name string
		by   *sanadv1.TreasuryClaimSignature
	}{{"drawn up", c.GetDrawnUp()}, {"certified", c.GetCertified()}, {"sent", c.GetSent()}, {"verified", c.GetVerified()}, {"seed fixed", c.GetSeedFixed()}} {
		if step.by != nil {
			signed.row(step.name, step.by.GetPerson(), step.by.GetAt().AsTime().Format("2006-01-02 15:04:05 MST"))
		}
	}
	signed.print(w)
	shares := newTable("  ", "Budget line", ">Claimed", ">Withheld", ">Paid", "")
	for _, s := range answer.GetShares() {
		shares.row(lineName(s.GetLine()), grouped(s.GetAmount().GetAmount()), grouped(s.GetWithheld().GetAmount()), grouped(s.GetPaid().GetAmount()),
			s.GetAmount().GetCurrencyCode())
	}
	shares.print(w)
	if len(answer.GetPayments()) == 0 {
		return
	}
	payments := newTable("  ", "Paid on", ">Amount", "", "Bank account", "Reference", "Recorded by")
	for _, p := range answer.GetPayments() {
		payments.row(dayText(p.GetOn()), grouped(p.GetAmount().GetAmount()), p.GetAmount().GetCurrencyCode(), p.GetBankAccount(), p.GetReference(), p.GetPerson())
	}
	payments.print(w)
}

// printLines prints the lines that the funder will not pay, or not yet.
func (c claimShow) printLines(ctx context.Context, env Env, server *client) error {
	t := newTable("  ", "Line", ">Amount", "", "Value date", "Outcome", "Code", "Text", "")
	for _, outcome := range []string{"rejected", "disputed"} {
		request := &sanadv1.ListTreasuryClaimLinesRequest{Claim: c.Claim, Outcome: outcomeWords[outcome], PageSize: 1000}
		for {
			page, err := server.subsidies.ListTreasuryClaimLines(ctx, request)
			if err != nil {
				return err
			}
			for _, l := range page.GetLines() {
				anew := ""
				if l.GetReclaimed() {
					anew = "claimed anew"
				}
				t.row(l.GetId(), grouped(l.GetAmount().GetAmount()), l.GetAmount().GetCurrencyCode(), dayText(l.GetValueDate()), outcome, l.GetCode(), l.GetText(), anew)
			}
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				break
			}
		}
	}
	t.print(env.Out)
	return nil
}

type claimExport struct {
	onServer
	Claim  string `arg:"" help:"The claim, such as mof.basic.7."`
	Output string `help:"The file to write; default standard output." type:"path"`
}

// Help shows how treasury-claim export is used.
func (claimExport) Help() string {
	return `The file's SHA-256 is the claim's hash: sha256sum tells whether a copy is the frozen claim. Exit code 1 says that what
was written is not what was frozen.

Examples:
  sanad treasury-claim export mof.basic.7 --output claim-7.csv && sha256sum claim-7.csv`
}

// Run writes the claim. A file takes its name only once it is whole and has the frozen hash.
func (c claimExport) Run(ctx context.Context, env Env) error {
	server, err := c.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	if c.Output == "" {
		return explained(c.Addr, c.write(ctx, env, server, env.Out))
	}
	file, err := newDraft(c.Output)
	if err != nil {
		return usageError{err}
	}
	if err := c.write(ctx, env, server, file); err != nil {
		file.drop()
		return explained(c.Addr, err)
	}
	return file.keep()
}

func (c claimExport) write(ctx context.Context, env Env, server *client, w io.Writer) error {
	frozen, err := server.subsidies.GetTreasuryClaim(ctx, &sanadv1.GetTreasuryClaimRequest{Claim: c.Claim})
	if err != nil {
		return err
	}
	stream, err := server.subsidies.ExportTreasuryClaim(ctx, &sanadv1.ExportTreasuryClaimRequest{Claim: c.Claim})
	if err != nil {
		return err
	}
	sum, out := sha256.New(), bufio.NewWriter(w)
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		_, _ = sum.Write(piece.GetCsv()) // a hash takes everything
		if _, err := out.Write(piece.GetCsv()); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if got, want := hex.EncodeToString(sum.Sum(nil)), frozen.GetClaim().GetSha256(); got != want {
		fmt.Fprintf(env.Err, "SHA-256 %s is not the frozen %s: the claim's lines were changed behind Sanad's back.\n", got, want)
		return errFound
	}
	fmt.Fprintf(env.Err, "%s lines, SHA-256 %s as frozen.\n", counted(frozen.GetClaim().GetLines()), frozen.GetClaim().GetSha256())
	return nil
}

type claimSample struct {
	onClaim
	Size int32  `required:"" help:"How many lines."`
	Seed string `help:"What decides the draw, best something that nobody could know before the lines were frozen; fixed by the first draw."`
}

// Help shows how treasury-claim sample is used.
func (claimSample) Help() string {
	return `Whoever has the exported claim can draw the sample anew: for each line take SHA-256 over the claim's SHA-256, a line feed,
the seed, a line feed, and the line's id; the lines with the smallest values, in their order, are the sample.

Examples:
  sanad treasury-claim sample mof.basic.7 --size 60 --seed "national lottery of 2026-04-18: 4 11 23 31 40" --person auditor
  sanad treasury-claim sample mof.basic.7 --size 100 --person auditor`
}

// Run draws the sample.
func (c claimSample) Run(ctx context.Context, env Env) error {
	return c.ask(ctx, func(ctx context.Context, server *client) error {
		drawn, err := server.subsidies.DrawSample(ctx, &sanadv1.DrawSampleRequest{Claim: c.Claim, Size: c.Size, Seed: c.Seed, Person: c.Person})
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Out, "%d lines of claim %s, drawn by the seed %q\n", len(drawn.GetLines()), drawn.GetClaim().GetId(), drawn.GetClaim().GetSeed())
		t := newTable("", "Line", "Beneficiary", ">Amount", "", "Value date", "Subsidy", ">Version", "Period")
		for _, l := range drawn.GetLines() {
			t.row(l.GetId(), l.GetBeneficiary(), grouped(l.GetAmount().GetAmount()), l.GetAmount().GetCurrencyCode(), dayText(l.GetValueDate()),
				l.GetSubsidy(), fmt.Sprint(l.GetVersion()), l.GetPeriod())
		}
		t.print(env.Out)
		return nil
	})
}
