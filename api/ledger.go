package api

import (
	"context"
	"encoding/base64"
	"encoding/json"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/closing"
	"sanad.dev/sanad/services/insurance"
)

type ledgerServer struct {
	sanadv1.UnimplementedLedgerServiceServer
	books   ledger.Store
	closing *closing.Service
}

func (s *ledgerServer) GetBalances(ctx context.Context, r *sanadv1.GetBalancesRequest) (*sanadv1.GetBalancesResponse, error) {
	at, err := atFrom(r)
	if err != nil {
		return nil, err
	}
	var parties []ledger.Party
	for _, a := range r.GetAccounts() {
		parties = append(parties, ledger.Party(a.GetParty()))
	}
	for _, p := range r.GetParties() {
		parties = append(parties, ledger.Party(p))
	}
	var found []ledger.Balances
	err = s.books.View(ctx, func(ctx context.Context, books ledger.Reader) (err error) {
		found, err = books.Balances(ctx, at, parties...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return balancesTo(r, found), nil
}

func atFrom(r *sanadv1.GetBalancesRequest) (at ledger.At, err error) {
	if len(r.GetAccounts()) == 0 && len(r.GetParties()) == 0 {
		return at, insurance.Fault{Field: "parties", Reason: "NAME_MISSING", Text: "name accounts, or parties such as member:…"}
	}
	if at.ValueOn, err = dateFrom("value_date", r.GetValueDate()); err != nil {
		return at, err
	}
	at.KnownAt, err = timeFrom("known_at", r.GetKnownAt())
	return at, err
}

// balancesTo answers the accounts asked for, then every account of the parties asked for.
func balancesTo(r *sanadv1.GetBalancesRequest, found []ledger.Balances) *sanadv1.GetBalancesResponse {
	out := &sanadv1.GetBalancesResponse{}
	for i, a := range r.GetAccounts() {
		account := accountFrom(a)
		out.Balances = append(out.Balances, balanceTo(ledger.Balance{Account: account, Net: found[i].Of(account)}))
	}
	for _, balances := range found[len(r.GetAccounts()):] {
		for _, b := range balances {
			out.Balances = append(out.Balances, balanceTo(b))
		}
	}
	return out
}

func balanceTo(b ledger.Balance) *sanadv1.Balance {
	control, _ := b.Account.Code.Control()
	side := "credit"
	if control.Debit {
		side = "debit"
	}
	return &sanadv1.Balance{Account: accountTo(b.Account), AccountName: control.Name, Balance: moneyTo(b.Money()), NormalSide: side}
}

// statementToken is where a page ended, and what stood on each account there.
type statementToken struct {
	After    string          `json:"a"`
	Standing ledger.Balances `json:"s"`
}

func (t statementToken) String() string {
	text, err := json.Marshal(t)
	if err != nil || t.After == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func statementTokenFrom(s string) (t statementToken, err error) {
	if s == "" {
		return t, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil {
		err = insurance.Fault{Field: "page_token", Reason: "PAGE_TOKEN_INVALID", Text: "send the token of the last page as it came"}
	}
	return t, err
}

func (s *ledgerServer) ListPostings(ctx context.Context, r *sanadv1.ListPostingsRequest) (*sanadv1.ListPostingsResponse, error) {
	q, token, err := statementFrom(r)
	if err != nil {
		return nil, err
	}
	var page ledger.StatementPage
	err = s.books.View(ctx, func(ctx context.Context, books ledger.Reader) (err error) {
		if q.After == "" && q.From > ledger.FirstDate {
			before, err := books.Balances(ctx, ledger.At{ValueOn: q.From.AddDays(-1)}, q.Party)
			if err != nil {
				return err
			}
			token.Standing = before[0]
		}
		page, err = books.Statement(ctx, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	return statementTo(q.Party, page, token)
}

func statementFrom(r *sanadv1.ListPostingsRequest) (q ledger.StatementQuery, token statementToken, err error) {
	q.Party = ledger.Party(r.GetParty())
	if q.Limit, err = limitOf(r.GetPageSize()); err != nil {
		return q, token, err
	}
	if q.From, err = dateFrom("from", r.GetFrom()); err != nil {
		return q, token, err
	}
	if q.To, err = dateFrom("to", r.GetTo()); err != nil {
		return q, token, err
	}
	token, err = statementTokenFrom(r.GetPageToken())
	q.After = token.After
	return q, token, err
}

// statementTo writes the party's postings with the balance of each account after them.
func statementTo(party ledger.Party, page ledger.StatementPage, token statementToken) (*sanadv1.ListPostingsResponse, error) {
	out := &sanadv1.ListPostingsResponse{}
	for _, e := range page.Entries {
		for _, p := range e.Postings {
			if p.Account.Party != party {
				continue
			}
			var err error
			if token.Standing, err = token.Standing.Plus(p.Account, p.Net()); err != nil {
				return nil, err
			}
			stands := ledger.Balance{Account: p.Account, Net: token.Standing.Of(p.Account)}
			out.Lines = append(out.Lines, &sanadv1.StatementLine{Entry: entryTo(e), Posting: postingTo(p), RunningBalance: moneyTo(stands.Money())})
		}
	}
	out.NextPageToken = statementToken{page.Next, token.Standing}.String()
	return out, nil
}

func (s *ledgerServer) TrialBalance(ctx context.Context, r *sanadv1.TrialBalanceRequest) (*sanadv1.TrialBalanceResponse, error) {
	through, err := dateFrom("through", r.GetThrough())
	if err != nil {
		return nil, err
	}
	knownAt, err := timeFrom("known_at", r.GetKnownAt())
	if err != nil {
		return nil, err
	}
	var lines []ledger.Turnover
	err = s.books.View(ctx, func(ctx context.Context, books ledger.Reader) (err error) {
		lines, err = books.TrialBalance(ctx, ledger.TrialQuery{Through: through.Period(), KnownAt: knownAt})
		return err
	})
	if err != nil {
		return nil, err
	}
	return trialBalanceTo(lines), nil
}

func trialBalanceTo(turnovers []ledger.Turnover) *sanadv1.TrialBalanceResponse {
	out := &sanadv1.TrialBalanceResponse{Balanced: ledger.InBalance(turnovers)}
	for _, t := range turnovers {
		line := &sanadv1.TrialBalanceLine{Code: int32(t.Account.Code), Name: accountName(t.Account.Code), Scheme: string(t.Account.Scheme)}
		side, amount := t.Side()
		if side == ledger.DebitSide {
			line.Debit = moneyTo(amount)
		} else {
			line.Credit = moneyTo(amount)
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

func (s *ledgerServer) ClosePeriod(ctx context.Context, r *sanadv1.ClosePeriodRequest) (*sanadv1.ClosePeriodResponse, error) {
	in, err := dateFrom("in", r.GetIn())
	if err != nil {
		return nil, err
	}
	year := r.GetKind() == sanadv1.PeriodKind_PERIOD_KIND_YEAR
	proposal, carried, err := s.closing.Close(ctx, in.Period(), year, r.GetPerson())
	if err != nil {
		return nil, err
	}
	out := &sanadv1.ClosePeriodResponse{Approval: approvalTo(proposal)}
	for _, e := range carried {
		out.Carried = append(out.Carried, wholeEntryTo(e))
	}
	return out, nil
}
