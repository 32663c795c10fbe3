package cli

import (
	"context"
	"fmt"
	"io"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// budgets are the commands about what a funder's budget gives to schemes.
type budgets struct {
	Funder    budgetFunder    `cmd:"" help:"Name a funder and the day on which its fiscal year begins; without an id, list the funders."`
	Vote      budgetVote      `cmd:"" help:"Record what the budget law, or a supplementary one, gives to a line."`
	Warrant   budgetWarrant   `cmd:"" help:"Release a part of what was voted."`
	Commit    budgetCommit    `cmd:"" help:"Promise a part of what was released, or give back what is not needed of a promise."`
	Virement  budgetVirement  `cmd:"" help:"Move what was released to another line of the same year; takes two people."`
	CarryOver budgetCarryOver `cmd:"" help:"Carry what is left over to a later year's line; takes two people."`
	Close     budgetClose     `cmd:"" help:"Open the complementary period, or close a line: what is left lapses; takes two people."`
	Report    budgetReport    `cmd:"" help:"Tell how far lines are used: voted, released, committed, granted, paid, left, unmet, forecast."`
	History   budgetHistory   `cmd:"" help:"List what was done on a line, by whom and by what authority."`
}

// budgetLine is a line as an argument takes it: mof.basic.2026, or mof.basic.2026-prior.
type budgetLine struct{ insurance.BudgetLine }

// UnmarshalText reads the line.
func (l *budgetLine) UnmarshalText(text []byte) (err error) {
	l.BudgetLine, err = insurance.ParseBudgetLine(ledger.Party(ledger.BudgetKind+":"+string(text)), ledger.NoCurrency)
	if err != nil {
		return fmt.Errorf("%.80q is not a line such as mof.basic.2026, or mof.basic.2026-prior for the years before", text)
	}
	return nil
}

func (l budgetLine) message() *sanadv1.BudgetLine {
	return &sanadv1.BudgetLine{Funder: string(l.Funder), Scheme: string(l.Scheme), Year: int32(l.Year), PriorYears: l.Prior}
}

// lineName writes a line as the argument takes it.
func lineName(l *sanadv1.BudgetLine) string {
	if l == nil {
		return "(no budget)"
	}
	name := fmt.Sprintf("%s.%s.%d", l.GetFunder(), l.GetScheme(), l.GetYear())
	if l.GetPriorYears() {
		name += "-prior"
	}
	return name
}

// onLine are what every act on a line needs.
type onLine struct {
	onServer
	Line      budgetLine `arg:"" help:"The line: funder, scheme and fiscal year, such as mof.basic.2026."`
	On        *day       `required:"" help:"The day on which it takes effect."`
	Authority string     `required:"" help:"The law, decree or decision that it rests on."`
	Reference string     `required:"" help:"Your own reference of the act; sent again under it, it is done once."`
	Person    string     `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// amounted is the amount of an act.
type amounted struct {
	Amount string `arg:"" help:"How much, in the scheme's currency, such as 1000000.000; with --heads, how many."`
	Heads  bool   `help:"The amount counts heads and not money."`
}

// money is the amount, in the currency of the line's scheme.
func (a amounted) money(ctx context.Context, server *client, line budgetLine) (*sanadv1.Money, error) {
	if a.Heads {
		return &sanadv1.Money{CurrencyCode: string(ledger.NoCurrency), Amount: a.Amount}, nil
	}
	found, err := server.schemes.GetScheme(ctx, &sanadv1.GetSchemeRequest{Code: string(line.Scheme)})
	if err != nil {
		return nil, err
	}
	return &sanadv1.Money{CurrencyCode: found.GetScheme().GetCurrencyCode(), Amount: a.Amount}, nil
}

// move does the act and says how far it has come; an act without an amount gives none.
func (l onLine) move(ctx context.Context, env Env, m *sanadv1.BudgetMovement, amount *amounted) error {
	server, err := l.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if amount != nil {
		if m.Amount, err = amount.money(ctx, server, l.Line); err != nil {
			return explained(l.Addr, err)
		}
	}
	m.Line, m.On, m.Authority, m.Reference = l.Line.message(), dateOf(l.On), l.Authority, l.Reference
	answer, err := server.subsidies.MoveBudget(ctx, &sanadv1.MoveBudgetRequest{Movement: m, Person: l.Person})
	if err != nil {
		return explained(l.Addr, err)
	}
	printMoved(env.Out, answer)
	return nil
}

func printMoved(w io.Writer, answer *sanadv1.MoveBudgetResponse) {
	m, approval := answer.GetMovement().GetMovement(), answer.GetMovement().GetApproval()
	what := lineName(m.GetLine()) + ", " + movementName(m)
	switch {
	case approval.GetState() != sanadv1.ApprovalState_APPROVAL_STATE_DONE:
		fmt.Fprintf(w, "%s: proposed by %s. Another person makes the same call to carry it out.\n", what, approval.GetMaker())
	case answer.GetRepeated():
		fmt.Fprintf(w, "%s: was done before, under this reference.\n", what)
	default:
		fmt.Fprintf(w, "%s: done.\n", what)
	}
}

var movementNames = map[sanadv1.BudgetMovementKind]string{
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VOTE:                  "vote",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_SUPPLEMENT:            "supplementary vote",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_WARRANT:               "warrant",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMMITMENT:            "commitment",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_DECOMMITMENT:          "decommitment",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VIREMENT:              "virement",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CARRY_OVER:            "carry-over",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMMITMENT_CARRY_OVER: "carry-over of commitments",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMPLEMENTARY:         "complementary period",
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CLOSING:               "closing",
}

// movementName is what was done and with how much: "virement of 400.000 JOD to mof.farmers.2026".
func movementName(m *sanadv1.BudgetMovement) string {
	name := movementNames[m.GetKind()]
	if m.GetAmount() != nil {
		name += " of " + amountText(m.GetAmount())
	}
	if m.GetTo() != nil {
		name += " to " + lineName(m.GetTo())
	}
	if m.GetLastDay() != nil {
		name += " until " + dayText(m.GetLastDay())
	}
	return name
}

// amountText writes an amount with its currency, and a count of heads as such.
func amountText(m *sanadv1.Money) string {
	if m.GetCurrencyCode() == string(ledger.NoCurrency) {
		return grouped(m.GetAmount()) + " heads"
	}
	return grouped(m.GetAmount()) + " " + m.GetCurrencyCode()
}

type budgetFunder struct {
	onServer
	ID         string `arg:"" optional:"" help:"Its short name: lower-case letters, digits and hyphens, at most 16."`
	Name       string `help:"What it is called."`
	FiscalYear string `help:"The month and day on which its fiscal year begins, such as 07-01; without it, the calendar year." placeholder:"MM-DD"`
	NamedByEnd bool   `help:"The fiscal year is called after the calendar year that it ends in."`
}

// Help shows how budget funder is used.
func (budgetFunder) Help() string {
	return `Examples:
  sanad budget funder
  sanad budget funder mof --name "Ministry of Finance"
  sanad budget funder moh --name "Ministry of Health" --fiscal-year 07-01 --named-by-end`
}

// Run sets the funder and lists all.
func (b budgetFunder) Run(ctx context.Context, env Env) error {
	funder := &sanadv1.Funder{Id: b.ID, Name: b.Name, NamedByEnd: b.NamedByEnd}
	if b.FiscalYear != "" {
		on, err := ledger.ParseDate("2001-" + b.FiscalYear)
		if err != nil {
			return usageError{fmt.Errorf("--fiscal-year %s is not a month and day such as 07-01", b.FiscalYear)}
		}
		funder.FiscalMonth, funder.FiscalDay = int32(on.Month()), int32(on.Day())
	}
	return b.ask(ctx, func(ctx context.Context, server *client) error {
		if b.ID != "" {
			if _, err := server.subsidies.SetFunder(ctx, &sanadv1.SetFunderRequest{Funder: funder}); err != nil {
				return err
			}
		}
		all, err := server.subsidies.ListFunders(ctx, &sanadv1.ListFundersRequest{})
		if err != nil {
			return err
		}
		printFunders(env.Out, all.GetFunders())
		return nil
	})
}

func printFunders(w io.Writer, funders []*sanadv1.Funder) {
	t := newTable("", "Funder", "Name", "Fiscal year begins", "Called after")
	for _, f := range funders {
		begins, after := "01-01", "the year it begins in"
		if f.GetFiscalMonth() != 0 {
			begins = fmt.Sprintf("%02d-%02d", f.GetFiscalMonth(), f.GetFiscalDay())
		}
		if f.GetNamedByEnd() {
			after = "the year it ends in"
		}
		t.row(f.GetId(), f.GetName(), begins, after)
	}
	t.print(w)
}

// ask runs what a command asks of a server, within the time that one answer is waited for.
func (s onServer) ask(ctx context.Context, fn func(ctx context.Context, server *client) error) error {
	server, err := s.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return explained(s.Addr, fn(ctx, server))
}

type budgetVote struct {
	onLine
	amounted
	Supplement bool `help:"It is a supplementary vote on a line that is there."`
}

// Help shows how budget vote is used.
func (budgetVote) Help() string {
	return `Examples:
  sanad budget vote mof.basic.2026 1000000.000 --on 2026-01-02 --authority "Budget Law 12/2026" --reference V-1 --person amal
  sanad budget vote mof.basic.2026 13000 --heads --on 2026-01-02 --authority "Budget Law 12/2026" --reference V-2 --person amal
  sanad budget vote mof.basic.2026 50000 --supplement --on 2026-07-01 --authority "Law 40/2026" --reference V-3 --person amal`
}

// Run records the vote.
func (b budgetVote) Run(ctx context.Context, env Env) error {
	kind := sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VOTE
	if b.Supplement {
		kind = sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_SUPPLEMENT
	}
	return b.move(ctx, env, &sanadv1.BudgetMovement{Kind: kind}, &b.amounted)
}

type budgetWarrant struct {
	onLine
	amounted
}

// Help shows how budget warrant is used.
func (budgetWarrant) Help() string {
	return `Only what was released is granted.

Examples:
  sanad budget warrant mof.basic.2026 250000 --on 2026-01-05 --authority "Warrant 3/2026" --reference W-1 --person amal
  sanad budget warrant mof.basic.2026 13000 --heads --on 2026-01-05 --authority "Warrant 3/2026" --reference W-2 --person amal`
}

// Run releases.
func (b budgetWarrant) Run(ctx context.Context, env Env) error {
	return b.move(ctx, env, &sanadv1.BudgetMovement{Kind: sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_WARRANT}, &b.amounted)
}

type budgetCommit struct {
	onLine
	amounted
	Back bool `help:"Give back what is not needed of a commitment."`
}

// Help shows how budget commit is used.
func (budgetCommit) Help() string {
	return `Examples:
  sanad budget commit mof.basic.2026 80000 --on 2026-02-01 --authority "Order 7" --reference C-1 --person amal
  sanad budget commit mof.basic.2026 5000 --back --on 2026-11-01 --authority "Order 9" --reference C-2 --person amal`
}

// Run commits, or gives back.
func (b budgetCommit) Run(ctx context.Context, env Env) error {
	kind := sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMMITMENT
	if b.Back {
		kind = sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_DECOMMITMENT
	}
	return b.move(ctx, env, &sanadv1.BudgetMovement{Kind: kind}, &b.amounted)
}

type budgetVirement struct {
	onLine
	amounted
	To budgetLine `required:"" help:"The line that it goes to, such as mof.farmers.2026."`
}

// Help shows how budget virement is used.
func (budgetVirement) Help() string {
	return `The first call proposes; the same call by another person carries it out.

Examples:
  sanad budget virement mof.basic.2026 40000 --to mof.farmers.2026 --on 2026-06-01 --authority "Decree 5" --reference VR-1 --person amal
  sanad budget virement mof.basic.2026 40000 --to mof.farmers.2026 --on 2026-06-01 --authority "Decree 5" --reference VR-1 --person badr`
}

// Run moves.
func (b budgetVirement) Run(ctx context.Context, env Env) error {
	return b.move(ctx, env, &sanadv1.BudgetMovement{
		Kind: sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VIREMENT, To: b.To.message()}, &b.amounted)
}

type budgetCarryOver struct {
	onLine
	amounted
	To          budgetLine `required:"" help:"The line of a later year that it goes to, such as mof.basic.2027."`
	Commitments bool       `help:"Carry commitments over, and not what is released."`
}

// Help shows how budget carry-over is used.
func (budgetCarryOver) Help() string {
	return `The first call proposes; the same call by another person carries it out.

Examples:
  sanad budget carry-over mof.basic.2026 12000 --to mof.basic.2027 --on 2026-12-31 --authority "Decree 88" --reference CO-1 --person amal`
}

// Run carries over.
func (b budgetCarryOver) Run(ctx context.Context, env Env) error {
	kind := sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CARRY_OVER
	if b.Commitments {
		kind = sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMMITMENT_CARRY_OVER
	}
	return b.move(ctx, env, &sanadv1.BudgetMovement{Kind: kind, To: b.To.message()}, &b.amounted)
}

type budgetClose struct {
	onLine
	Until *day `help:"Take grants of the year until this day, and close later."`
}

// Help shows how budget close is used.
func (budgetClose) Help() string {
	return `With --until it opens the complementary period: grants that belong to the year are still charged to its line. Without,
it closes the line and what is left lapses: the first call proposes; the same call by another person carries it out.
Later grants of the year are then charged to the prior-years line.

Examples:
  sanad budget close mof.basic.2026 --until 2027-03-31 --on 2026-12-31 --authority "Finance Act, art. 9" --reference CL-1 --person amal
  sanad budget close mof.basic.2026 --on 2027-03-31 --authority "Finance Act, art. 9" --reference CL-2 --person amal`
}

// Run closes.
func (b budgetClose) Run(ctx context.Context, env Env) error {
	m := &sanadv1.BudgetMovement{Kind: sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CLOSING}
	if b.Until != nil {
		m.Kind, m.LastDay = sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMPLEMENTARY, dateOf(b.Until)
	}
	return b.move(ctx, env, m, nil)
}

type budgetReport struct {
	onServer
	Funder string `help:"Of this funder only."`
	Scheme string `help:"Of this scheme only."`
	Year   int32  `help:"Of this fiscal year only."`
	On     *day   `help:"What counts up to and with this day; without it, today."`
}

// Help shows how budget report is used.
func (budgetReport) Help() string {
	return `What was voted is what is not released, plus what is left, committed and granted. The forecast is what will have been
granted by the end of the fiscal year if it goes on as so far: granted × days of the year ÷ days gone by.

Examples:
  sanad budget report
  sanad budget report --funder mof --year 2026 --on 2026-06-30`
}

// Run prints the report.
func (b budgetReport) Run(ctx context.Context, env Env) error {
	return b.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.subsidies.ListBudgetLines(ctx, &sanadv1.ListBudgetLinesRequest{
			Funder: b.Funder, Scheme: b.Scheme, Year: b.Year, On: dateOf(b.On)})
		if err != nil {
			return err
		}
		printExecutions(env.Out, "", answer.GetExecutions())
		return nil
	})
}

var lineStateNames = map[sanadv1.BudgetLineState]string{
	sanadv1.BudgetLineState_BUDGET_LINE_STATE_OPEN:   "open",
	sanadv1.BudgetLineState_BUDGET_LINE_STATE_CLOSED: "closed",
}

// printExecutions prints how far lines are used.
func printExecutions(w io.Writer, indent string, executions []*sanadv1.BudgetExecution) {
	if len(executions) == 0 {
		fmt.Fprintln(w, indent+"Nothing has been voted.")
		return
	}
	t := newTable(indent, "Line", "State", ">Voted", ">Released", ">Committed", ">Granted", ">Paid", ">Left", ">Unmet", ">Forecast", "")
	for _, x := range executions {
		state := lineStateNames[x.GetState()]
		if state == "" {
			state = "until " + dayText(x.GetLastDay())
		}
		unit := x.GetVoted().GetCurrencyCode()
		if unit == string(ledger.NoCurrency) {
			unit = "heads"
		}
		cells := []string{lineName(x.GetLine()), state}
		for _, m := range []*sanadv1.Money{x.GetVoted(), x.GetReleased(), x.GetCommitted(), x.GetGranted(), x.GetPaid(), x.GetLeft(), x.GetUnmet(), x.GetForecast()} {
			cells = append(cells, grouped(m.GetAmount()))
		}
		t.row(append(cells, unit)...)
	}
	t.print(w)
}

type budgetHistory struct {
	onServer
	Line budgetLine `arg:"" help:"The line, such as mof.basic.2026."`
}

// Help shows how budget history is used.
func (budgetHistory) Help() string {
	return `Examples:
  sanad budget history mof.basic.2026`
}

// Run lists what was done on the line.
func (b budgetHistory) Run(ctx context.Context, env Env) error {
	t := newTable("", "On", "What was done", "Reference", "Authority", "By", "And by")
	request := &sanadv1.ListBudgetMovementsRequest{Line: b.Line.message(), PageSize: 1000}
	err := b.ask(ctx, func(ctx context.Context, server *client) error {
		for {
			page, err := server.subsidies.ListBudgetMovements(ctx, request)
			if err != nil {
				return err
			}
			for _, r := range page.GetMovements() {
				m := r.GetMovement()
				t.row(dayText(m.GetOn()), movementName(m), m.GetReference(), m.GetAuthority(), r.GetApproval().GetMaker(), r.GetApproval().GetApprover())
			}
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	t.print(env.Out)
	return nil
}
