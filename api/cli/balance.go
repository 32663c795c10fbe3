package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
)

type balance struct {
	onServer
	Member  string     `arg:"" help:"Her number, a phone, a document's number or her id; or a party such as collector:mpesa-jo."`
	On      *day       `help:"What counts up to and with this day, such as 2026-03-02."`
	KnownAt *time.Time `help:"What was known at this instant, such as 2026-03-02T12:00:00Z."`
}

// Help shows how balance is used.
func (balance) Help() string {
	return `Examples:
  sanad balance 4711088822
  sanad balance "079 123 4567" --on 2026-03-31
  sanad balance collector:mpesa-jo --known-at 2026-04-01T00:00:00Z`
}

// Run shows every account of the member.
func (b balance) Run(ctx context.Context, env Env) error {
	server, err := b.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	party, err := server.find(ctx, env, b.Member)
	if err != nil {
		return explained(b.Addr, err)
	}
	answer, err := server.books.GetBalances(ctx, &sanadv1.GetBalancesRequest{
		Parties: []string{string(party)}, ValueDate: dateOf(b.On), KnownAt: instantOf(b.KnownAt),
	})
	if err != nil {
		return explained(b.Addr, err)
	}
	fmt.Fprintln(env.Out, party)
	printBalances(env, answer.GetBalances())
	return nil
}

func printBalances(env Env, balances []*sanadv1.Balance) {
	if len(balances) == 0 {
		fmt.Fprintln(env.Out, "Nothing is booked.")
		return
	}
	t := newTable("", "Code", "Account", "Scheme", ">Balance", "", "Side")
	for _, b := range balances {
		a := b.GetAccount()
		t.row(strconv.Itoa(int(a.GetCode())), b.GetAccountName(), a.GetScheme(),
			grouped(b.GetBalance().GetAmount()), a.GetCurrencyCode(), b.GetNormalSide())
	}
	t.print(env.Out)
}

// instantOf writes an instant for the wire; none is nil.
func instantOf(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
