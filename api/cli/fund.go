package cli

import (
	"context"
	"fmt"
	"io"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

// fundCommands are the commands about the pools that bear benefits.
type fundCommands struct {
	Report  fundReport  `cmd:"" help:"Tell how pools stand: balance, outstanding claims, solvency, loss ratio, months of reserve, what waits."`
	Cession fundCession `cmd:"" help:"Bring a family of pools to where it ought to be: cession, recovery, loans, calls, and what must wait."`
	Call    fundCall    `cmd:"" help:"Call the guarantor of a pool that is under its floor."`
	Confirm fundConfirm `cmd:"" help:"Say that a guarantor's money has come; takes two people."`
	Calls   fundCalls   `cmd:"" help:"List calls on guarantors."`
}

var poolNames = map[sanadv1.Pool]string{
	sanadv1.Pool_POOL_HEALTH: "health", sanadv1.Pool_POOL_MATERNITY: "maternity", sanadv1.Pool_POOL_OLD_AGE: "old-age",
}

// poolName is a pool as an argument takes it.
type poolName struct{ sanadv1.Pool }

// UnmarshalText reads the pool.
func (p *poolName) UnmarshalText(text []byte) error {
	for pool, name := range poolNames {
		if name == string(text) {
			p.Pool = pool
			return nil
		}
	}
	return fmt.Errorf("%.40q is no pool; write health, maternity or old-age", text)
}

type fundReport struct {
	onServer
	Scheme string `arg:"" optional:"" help:"The scheme, such as basic; all where none is named."`
	In     *month `help:"The month at whose end they are told, such as 2026-03; this one, if not said."`
}

// Help shows how fund report is used.
func (fundReport) Help() string {
	return `Solvency is the fund balance and the year's result, after outstanding claims. The loss ratio is incurred claims over
earned contributions and subsidy. No figure here touches a decision: what is approved is owed, and only its payment may
wait; how long is told.

Examples:
  sanad fund report
  sanad fund report fishers --in 2026-03`
}

// Run reports.
func (f fundReport) Run(ctx context.Context, env Env) error {
	return f.ask(ctx, func(ctx context.Context, server *client) error {
		request := &sanadv1.GetFundsRequest{Scheme: f.Scheme}
		if f.In != nil {
			request.In = dateOf(&day{f.In.LastDay()})
		}
		answer, err := server.funds.GetFunds(ctx, request)
		if err != nil {
			return err
		}
		for _, r := range answer.GetFunds() {
			printFund(env.Out, r)
		}
		return nil
	})
}

func printFund(w io.Writer, r *sanadv1.FundReport) {
	fmt.Fprintf(w, "%s pool of %s at the end of %s", poolNames[r.GetPool()], r.GetScheme(), dayText(r.GetOn()))
	if r.GetNational() != "" {
		fmt.Fprintf(w, "; before that of %s", r.GetNational())
	}
	if r.GetGuarantor() != "" {
		fmt.Fprintf(w, "; guarantor %s", r.GetGuarantor())
	}
	fmt.Fprintln(w)
	t := newTable("  ", "", ">"+r.GetBalance().GetCurrencyCode(), "")
	amount := func(name string, m *sanadv1.Money, note string) { t.row(name, grouped(m.GetAmount()), note) }
	amount("fund balance", r.GetFundBalance(), "")
	amount("result of the year", r.GetResult(), "")
	amount("undecided claims", r.GetUndecided().GetAmount(), ages(r.GetUndecided(), "claim"))
	amount("claims not reported", r.GetNotReported(), "")
	amount("  of both in the books", r.GetProvided(), "")
	amount("solvency", r.GetSolvency(), "")
	amount("floor", r.GetFloor(), under(r))
	amount("earned in the year", r.GetEarned(), "")
	amount("claims of the year", r.GetIncurred(), "")
	t.row("loss ratio", ratioText(r.GetLossRatio()), r.GetLossRatio().GetFraction())
	t.row("months of reserve", ratioText(r.GetMonthsOfReserve()), "")
	for _, passed := range []struct {
		name string
		m    *sanadv1.Money
	}{{"ceded in the year", r.GetCeded()}, {"recovered in the year", r.GetRecovered()}, {"borrowed", r.GetBorrowed()}, {"lent", r.GetLent()}, {"guarantor called for", r.GetCalled()}} {
		if !zero(passed.m) {
			amount(passed.name, passed.m, "")
		}
	}
	if r.GetWaiting().GetCount() > 0 {
		amount("WAITING to be paid", r.GetWaiting().GetAmount(), ages(r.GetWaiting(), "payout"))
	}
	t.print(w)
}

func under(r *sanadv1.FundReport) string {
	if zero(r.GetUnderFloor()) {
		return ""
	}
	return "UNDER by " + grouped(r.GetUnderFloor().GetAmount())
}

// ages says how many there are, and how old the oldest is.
func ages(s *sanadv1.PoolSum, what string) string {
	if s.GetCount() == 0 {
		return ""
	}
	if s.GetCount() > 1 {
		what += "s"
	}
	return fmt.Sprintf("%s %s, the oldest of %s, %d days ago", counted(s.GetCount()), what, dayText(s.GetOldest()), s.GetOldestDays())
}

func ratioText(r *sanadv1.Ratio) string {
	if r == nil {
		return "-"
	}
	return r.GetDecimal()
}

// zero says whether an amount is nothing, in any number of decimals.
func zero(m *sanadv1.Money) bool {
	for _, r := range m.GetAmount() {
		if r >= '1' && r <= '9' {
			return false
		}
	}
	return true
}

type fundCession struct {
	onServer
	Scheme string `arg:"" help:"Any scheme of the family, such as the national one."`
	On     *day   `help:"The day to book on, in an open month; today, if not said."`
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how fund cession is used.
func (fundCession) Help() string {
	return `What passes between pools is what is due less what is booked: run it as often as you like. Exit code 1 says that some
pool still lacks something, so that payouts wait.

Examples:
  sanad fund cession national-basic --person amal
  sanad fund cession fishers --on 2026-03-31 --person amal`
}

var poolMoveNames = map[sanadv1.PoolMoveKind]string{
	sanadv1.PoolMoveKind_POOL_MOVE_KIND_CEDED:     "ceded",
	sanadv1.PoolMoveKind_POOL_MOVE_KIND_RECOVERED: "recovered",
	sanadv1.PoolMoveKind_POOL_MOVE_KIND_LOAN:      "lent",
}

// Run runs cession.
func (f fundCession) Run(ctx context.Context, env Env) error {
	return f.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.funds.RunCession(ctx, &sanadv1.RunCessionRequest{Scheme: f.Scheme, On: dateOf(f.On), Person: f.Person})
		if err != nil {
			return err
		}
		printRun(env.Out, answer)
		if len(answer.GetShortages()) > 0 {
			return errFound
		}
		return nil
	})
}

func printRun(w io.Writer, r *sanadv1.RunCessionResponse) {
	fmt.Fprintf(w, "Pools of %s on %s: %d moves, %d calls, %d pools that lack something.\n",
		r.GetNational(), dayText(r.GetOn()), len(r.GetMoves()), len(r.GetCalls()), len(r.GetShortages()))
	t := newTable("  ", "What", "Scheme", "Pool", ">Amount", "", "")
	for _, m := range r.GetMoves() {
		t.row(poolMoveNames[m.GetKind()], m.GetScheme(), poolNames[m.GetPool()], grouped(m.GetAmount().GetAmount()), m.GetAmount().GetCurrencyCode(), "")
	}
	for _, c := range r.GetCalls() {
		t.row("called on "+c.GetGuarantor(), c.GetScheme(), poolNames[c.GetPool()], grouped(c.GetAmount().GetAmount()), c.GetAmount().GetCurrencyCode(), c.GetId())
	}
	for _, s := range r.GetShortages() {
		t.row("LACKS", s.GetScheme(), poolNames[s.GetPool()], grouped(s.GetAmount().GetAmount()), s.GetAmount().GetCurrencyCode(), ages(s.GetWaiting(), "payout"))
	}
	t.print(w)
}

type fundCall struct {
	onServer
	Scheme string   `arg:"" help:"The scheme, such as basic."`
	Pool   poolName `arg:"" help:"The pool: health, maternity or old-age."`
	Person string   `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how fund call is used.
func (fundCall) Help() string {
	return `Calls the guarantor that the scheme names for what the pool stands under its floor, less what it was called for already.

Examples:
  sanad fund call basic health --person amal`
}

// Run calls.
func (f fundCall) Run(ctx context.Context, env Env) error {
	return f.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.funds.CallGuarantor(ctx, &sanadv1.CallGuarantorRequest{Scheme: f.Scheme, Pool: f.Pool.Pool, Person: f.Person})
		if err != nil {
			return err
		}
		printCalls(env.Out, answer.GetCall())
		return nil
	})
}

type fundConfirm struct {
	onServer
	Call   string `arg:"" help:"The call's id."`
	Amount string `arg:"" help:"How much has come, in the pool's currency."`
	Bank   string `required:"" help:"The bank account, by its short name, such as cbj-1."`
	On     *day   `required:"" help:"The day on which the money came."`
	Person string `required:"" help:"Who makes this call: your name." env:"SANAD_PERSON"`
}

// Help shows how fund confirm is used.
func (fundConfirm) Help() string {
	return `The first person says what has come; the same said by another books it.

Examples:
  sanad fund confirm 5f0c…e1 90000.000 --bank cbj-1 --on 2026-04-10 --person amal
  sanad fund confirm 5f0c…e1 90000.000 --bank cbj-1 --on 2026-04-10 --person badr`
}

// Run confirms.
func (f fundConfirm) Run(ctx context.Context, env Env) error {
	return f.ask(ctx, func(ctx context.Context, server *client) error {
		listed, err := server.funds.ListGuarantorCalls(ctx, &sanadv1.ListGuarantorCallsRequest{})
		if err != nil {
			return err
		}
		received := &sanadv1.Money{Amount: f.Amount, CurrencyCode: "XXX"}
		for _, c := range listed.GetCalls() {
			if c.GetId() == f.Call {
				received.CurrencyCode = c.GetAmount().GetCurrencyCode()
			}
		}
		answer, err := server.funds.ConfirmCall(ctx, &sanadv1.ConfirmCallRequest{
			CallId: f.Call, Received: received, BankAccount: f.Bank, On: dateOf(f.On), Person: f.Person,
		})
		if err != nil {
			return err
		}
		printCalls(env.Out, answer.GetCall())
		if answer.GetApproval().GetApprover() == "" {
			fmt.Fprintln(env.Out, "Another person must confirm the same before it is booked.")
		}
		return nil
	})
}

type fundCalls struct {
	onServer
	Scheme string `arg:"" optional:"" help:"The scheme; all where none is named."`
	Open   bool   `help:"Only those whose money has not come."`
}

// Help shows how fund calls is used.
func (fundCalls) Help() string {
	return `Examples:
  sanad fund calls
  sanad fund calls basic --open`
}

// Run lists.
func (f fundCalls) Run(ctx context.Context, env Env) error {
	return f.ask(ctx, func(ctx context.Context, server *client) error {
		answer, err := server.funds.ListGuarantorCalls(ctx, &sanadv1.ListGuarantorCallsRequest{Scheme: f.Scheme, OpenOnly: f.Open})
		if err != nil {
			return err
		}
		printCalls(env.Out, answer.GetCalls()...)
		return nil
	})
}

var callStateNames = map[sanadv1.GuarantorCallState]string{
	sanadv1.GuarantorCallState_GUARANTOR_CALL_STATE_OPEN:      "open",
	sanadv1.GuarantorCallState_GUARANTOR_CALL_STATE_CONFIRMED: "confirmed",
}

func printCalls(w io.Writer, calls ...*sanadv1.GuarantorCall) {
	t := newTable("", "Call", "Scheme", "Pool", ">No.", "Guarantor", ">Amount", "", "Called on", "State", ">Received", "Received on")
	for _, c := range calls {
		received := ""
		if c.GetReceivedOn() != nil {
			received = dayText(c.GetReceivedOn())
		}
		t.row(c.GetId(), c.GetScheme(), poolNames[c.GetPool()], fmt.Sprint(c.GetNumber()), c.GetGuarantor(), grouped(c.GetAmount().GetAmount()),
			c.GetAmount().GetCurrencyCode(), dayText(c.GetCalledOn()), callStateNames[c.GetState()], grouped(c.GetReceived().GetAmount()), received)
	}
	t.print(w)
}
