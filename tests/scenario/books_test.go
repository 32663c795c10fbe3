package scenario

import (
	"fmt"
	"slices"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/payments/payout"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/funds"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
)

// ofBooks are the sentences about what the books say.
var ofBooks = []command{
	{form: "<chart> of <party>[ in <word:scheme>] stands at <money>[ on <day:at>]", then: true, do: (*stage).standsAt,
		says: "the balance of an account on its normal side: a member's by her name, any other party's as the books write it, such as collector:mpesa-jo; without a scheme's name of all schemes together; on a day, what counts through it"},
	{form: "the books balance", then: true, do: (*stage).balance,
		says: "debits equal credits, and every balance, fold and budget that can be computed anew from the entries is as it stands"},
	{form: "<month> is closed", do: (*stage).closeMonth, says: "two people close the month"},
	{form: "the trial balance through <month> is kept as <word:name>", do: (*stage).keepTrial, says: "remembers what the trial balance says"},
	{form: "the trial balance through <month> is still <word:name>", then: true, do: (*stage).sameTrial, says: "it says what was remembered"},
}

func (s *stage) standsAt(g given) error {
	want, err := s.money(g, "money")
	if err != nil {
		return err
	}
	party, err := s.party(g, "party")
	if err != nil {
		return err
	}
	request := &sanadv1.GetBalancesRequest{Parties: []string{party}}
	if g.has("at") {
		at, err := g.when("at")
		if err != nil {
			return err
		}
		request.ValueDate = dateOf(at)
	}
	answer, err := s.books.GetBalances(s.ctx, request)
	if err != nil {
		return err
	}
	sum := ledger.Money{Currency: ledger.Currency(want.GetCurrencyCode())}
	for _, b := range answer.GetBalances() {
		a := b.GetAccount()
		if fmt.Sprint(a.GetCode()) != g.of("chart") || g.has("scheme") && a.GetScheme() != g.of("scheme") || a.GetCurrencyCode() != want.GetCurrencyCode() {
			continue
		}
		m, err := ledger.ParseMoney(sum.Currency, b.GetBalance().GetAmount())
		if err != nil {
			return err
		}
		sum.Minor += m.Minor
	}
	return expect(said(want), sum.Amount()+" "+string(sum.Currency))
}

// balance verifies the books as the command verify does, and looks at the trial balance.
func (s *stage) balance(given) error {
	totals, err := s.institution.Payouts.Totals(s.ctx)
	if err != nil {
		return err
	}
	owed, err := s.institution.Claims.EverythingOwed(s.ctx)
	if err != nil {
		return err
	}
	paid, claimed := payout.NewAudit(totals), claims.NewAudit(owed)
	audit, err := s.institution.Books.Verify(s.ctx, nil, insurance.NewBudgetAudit(), match.NewAudit(), insurance.NewEarningAudit(), funds.NewAudit(), paid, claimed)
	if err != nil {
		return err
	}
	differences, _ := paid.Differences(totals)
	var found []string
	for _, f := range slices.Concat(audit.Findings, differences, claimed.Differences(owed)) {
		found = append(found, f.String())
	}
	answer, err := s.books.TrialBalance(s.ctx, &sanadv1.TrialBalanceRequest{Through: &sanadv1.Date{Year: 2199, Month: 12, Day: 31}})
	if err != nil {
		return err
	}
	if !answer.GetBalanced() {
		found = append(found, "debits and credits differ")
	}
	return expect("", strings.Join(found, "; "))
}

// month is its first day.
func (g given) month() (*sanadv1.Date, error) {
	on, err := ledger.ParseDate(g.of("month") + "-01")
	if err != nil {
		return nil, g.wrong("there is no month %s", g.of("month"))
	}
	return dateOf(on), nil
}

func (s *stage) closeMonth(g given) error {
	in, err := g.month()
	if err != nil {
		return err
	}
	for _, person := range two {
		if _, err := s.books.ClosePeriod(s.ctx, &sanadv1.ClosePeriodRequest{Kind: sanadv1.PeriodKind_PERIOD_KIND_MONTH, In: in, Person: person}); err != nil {
			return err
		}
	}
	return nil
}

// trial is the trial balance in words.
func (s *stage) trial(g given) (string, error) {
	in, err := g.month()
	if err != nil {
		return "", err
	}
	answer, err := s.books.TrialBalance(s.ctx, &sanadv1.TrialBalanceRequest{Through: in})
	if err != nil {
		return "", err
	}
	var lines []string
	for _, l := range answer.GetLines() {
		lines = append(lines, fmt.Sprintf("%d %s debit %s credit %s", l.GetCode(), l.GetScheme(), said(l.GetDebit()), said(l.GetCredit())))
	}
	return strings.Join(lines, "; "), nil
}

func (s *stage) keepTrial(g given) (err error) {
	s.kept["trial "+g.of("name")], err = s.trial(g)
	return err
}

func (s *stage) sameTrial(g given) error {
	got, err := s.trial(g)
	if err != nil {
		return err
	}
	want, ok := s.kept["trial "+g.of("name")]
	if !ok {
		return g.wrong("no trial balance was kept as %s", g.of("name"))
	}
	return expect(want, got)
}
