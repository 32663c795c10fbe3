package cli

import (
	"context"
	"fmt"
	"io"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

type statement struct {
	onServer
	Member string `arg:"" help:"Her number, a phone, a document's number or her id; or a party such as collector:mpesa-jo."`
	From   *day   `help:"The first value date, such as 2026-03-01."`
	To     *day   `help:"The last value date."`
}

// Help shows how statement is used.
func (statement) Help() string {
	return `Examples:
  sanad statement 4711088822
  sanad statement "079 123 4567" --from 2026-03-01 --to 2026-03-31
  sanad statement collector:mpesa-jo --addr 127.0.0.1:7460`
}

// Run shows the member's statement.
func (s statement) Run(ctx context.Context, env Env) error {
	server, err := s.dial()
	if err != nil {
		return err
	}
	defer server.Close()
	party, err := server.find(ctx, env, s.Member)
	if err != nil {
		return explained(s.Addr, err)
	}
	lines, err := server.postings(ctx, party, s.From, s.To)
	if err != nil {
		return explained(s.Addr, err)
	}
	fmt.Fprintln(env.Out, party)
	printStatement(env.Out, "", lines)
	return nil
}

// statementPage is how many entries of a statement are asked for at once.
const statementPage = 500

// postings reads every page of a party's statement.
func (c *client) postings(ctx context.Context, party ledger.Party, from, to *day) ([]*sanadv1.StatementLine, error) {
	var lines []*sanadv1.StatementLine
	request := &sanadv1.ListPostingsRequest{Party: string(party), From: dateOf(from), To: dateOf(to), PageSize: statementPage}
	for {
		page, err := c.postingsPage(ctx, request)
		if err != nil {
			return nil, err
		}
		lines = append(lines, page.GetLines()...)
		if page.GetNextPageToken() == "" {
			return lines, nil
		}
		request.PageToken = page.GetNextPageToken()
	}
}

func (c *client) postingsPage(ctx context.Context, request *sanadv1.ListPostingsRequest) (*sanadv1.ListPostingsResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.books.ListPostings(ctx, request)
}

func printStatement(w io.Writer, indent string, lines []*sanadv1.StatementLine) {
	if len(lines) == 0 {
		fmt.Fprintln(w, indent+"Nothing is booked.")
		return
	}
	t := newTable(indent, "Value date", "What happened", "Account", ">Debit", ">Credit", ">Balance", "")
	for _, line := range lines {
		p := line.GetPosting()
		t.row(dayText(line.GetEntry().GetValueDate()), happened(line.GetEntry()), p.GetAccountName(),
			grouped(p.GetDebit().GetAmount()), grouped(p.GetCredit().GetAmount()),
			grouped(line.GetRunningBalance().GetAmount()), line.GetRunningBalance().GetCurrencyCode())
	}
	t.print(w)
}

// happened is the entry's kind, with its reason where there is one.
func happened(e *sanadv1.Entry) string {
	if e.GetReason() == "" {
		return e.GetKind()
	}
	return e.GetKind() + ", " + e.GetReason()
}

func dayText(d *sanadv1.Date) string {
	return fmt.Sprintf("%04d-%02d-%02d", d.GetYear(), d.GetMonth(), d.GetDay())
}
