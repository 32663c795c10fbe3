package scenario

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"google.golang.org/grpc"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

// ofPensions are the sentences about old age: interest, early drawings, retirement, and pensions month by month.
var ofPensions = []command{
	{form: "interest of <decimal:rate> from <day:first> to <day:last> is declared in <word:scheme> as <word:interest>[, by a decree that cuts the past]", do: (*stage).declareInterest,
		says: "two people declare a yearly rate on daily balances of savings and matched savings; declared anew for the same days, it is revised"},
	{form: "interest <word:interest> is run", do: (*stage).runInterest, says: "credits every member with what is due less what is booked"},
	{form: "<member> draws <word:way> of <word:scheme>[ for <word:why>][, asking <money>] as <word:decision>", do: (*stage).drawEarly,
		says: "an early drawing in a way that the scheme names, of all that may be drawn where no amount is asked; decided by two people where something is granted"},
	{form: "<member> retires from <word:scheme>[ on plan <word:plan>] as <word:decision>", do: (*stage).retire,
		says: "a pension by age, on the first plan that fits or the one she has chosen; decided by two people where something is granted"},
	{form: "<member> retires from <word:scheme>, disabled, as <word:decision>", do: (*stage).retireUnable, says: "a pension because she can't work any more"},
	{form: "the pensions of <word:scheme> are paid through <month>", do: (*stage).payPensions, says: "every month that was not paid yet"},
	{form: "the run comes to <money> in <number:entries> entries", then: true, do: (*stage).runCame, says: "what the last run of interest or of pensions has booked"},
	{form: "decision <word:decision> grants <money>[ as <word:item>]", then: true, do: (*stage).decisionGrants,
		says: "what was decided of an early drawing or a retirement, in all or of one line: a way of drawing, lump, instalments or reserve"},
	{form: "decision <word:decision> takes <money> because <reason>", then: true, do: (*stage).decisionTakes, says: "what one reason took away"},
	{form: "<member> would get <money:lump> at once[ and <money:monthly> a month for <number:months> months][ on plan <word:plan>] from <word:scheme>", then: true, do: (*stage).quoted,
		says: "what she is told that a plan would pay of what stands on her pots, the first that fits where none is named"},
	{form: "<member> may not retire from <word:scheme> because <reason>", then: true, do: (*stage).mayNotRetire, says: "what she is told where it is too early"},
	{form: "the pension of <member> in <word:scheme> has paid <number:instalments> instalments, <money> in all[, and goes on]", then: true, do: (*stage).pensionPaid,
		says: "how her pension stands; without the last words it has ended"},
}

func (s *stage) pensions() sanadv1.PensionServiceClient {
	return sanadv1.NewPensionServiceClient(s.connection)
}

func (s *stage) declareInterest(g given) error {
	first, err := g.when("first")
	if err != nil {
		return err
	}
	last, err := g.when("last")
	if err != nil {
		return err
	}
	rate, err := yearly(g)
	if err != nil {
		return err
	}
	d := &sanadv1.InterestDeclaration{Scheme: g.of("scheme"), Pots: []int32{int32(ledger.OldAgeOwn), int32(ledger.OldAgeMatched)},
		From: dateOf(first), To: dateOf(last), Rate: rate, Authority: "resolution of the board", CutsPast: strings.HasSuffix(g.line.text, "cuts the past")}
	for _, person := range two {
		answer, err := s.pensions().DeclareInterest(s.ctx, &sanadv1.DeclareInterestRequest{Declaration: d, Person: person})
		if err != nil {
			return err
		}
		s.named["scheme of interest "+g.of("interest")] = g.of("scheme")
		s.named["interest "+g.of("interest")] = strconv.Itoa(int(answer.GetDeclaration().GetNumber()))
	}
	return nil
}

// yearly is the rate of the line as the contract writes it: of 4.5%, 0.045.
func yearly(g given) (string, error) {
	percent, ok := strings.CutSuffix(g.of("rate"), "%")
	if !ok {
		return percent, nil
	}
	whole, part, _ := strings.Cut(percent, ".")
	n, err := strconv.Atoi(whole + part)
	if err != nil || n < 0 {
		return "", g.wrong("%s is no rate", g.of("rate"))
	}
	digits := fmt.Sprintf("%0*d", len(part)+3, n)
	at := len(digits) - len(part) - 2
	return digits[:at] + "." + digits[at:], nil
}

func (s *stage) runInterest(g given) error {
	number, err := strconv.Atoi(s.named["interest "+g.of("interest")])
	if err != nil {
		return g.wrong("no interest is called %s", g.of("interest"))
	}
	told, err := s.pensions().RunInterest(s.ctx, &sanadv1.RunInterestRequest{Scheme: s.named["scheme of interest "+g.of("interest")], Declaration: int32(number)})
	if err != nil {
		return err
	}
	return s.toItsEnd(func() (*sanadv1.PensionRunProgress, error) {
		answer, err := told.Recv()
		return answer.GetProgress(), err
	})
}

func (s *stage) payPensions(g given) error {
	month, err := ledger.ParseDate(g.of("month") + "-01")
	if err != nil {
		return g.wrong("there is no month %s", g.of("month"))
	}
	var told grpc.ServerStreamingClient[sanadv1.RunInstalmentsResponse]
	told, err = s.pensions().RunInstalments(s.ctx, &sanadv1.RunInstalmentsRequest{Scheme: g.of("scheme"), Month: dateOf(month)})
	if err != nil {
		return err
	}
	return s.toItsEnd(func() (*sanadv1.PensionRunProgress, error) {
		answer, err := told.Recv()
		return answer.GetProgress(), err
	})
}

// toItsEnd follows a run to its end, and keeps what it has booked.
func (s *stage) toItsEnd(next func() (*sanadv1.PensionRunProgress, error)) error {
	var last *sanadv1.PensionRunProgress
	for {
		progress, err := next()
		switch {
		case errors.Is(err, io.EOF) && !last.GetFinished():
			return errors.New("the run has stopped before its end")
		case errors.Is(err, io.EOF) && last.GetFailed() > 0:
			return fmt.Errorf("%d could not be judged", last.GetFailed())
		case errors.Is(err, io.EOF):
			s.kept["the run"] = fmt.Sprintf("%s in %d entries", said(last.GetAmount()), last.GetEntries())
			return nil
		case err != nil:
			return err
		}
		last = progress
	}
}

func (s *stage) runCame(g given) error {
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	return expect(want+" in "+g.of("entries")+" entries", s.kept["the run"])
}

// byTwo asks in the name of one person and, while another must still agree, of the other.
func (s *stage) byTwo(g given, ask func(person string) (*sanadv1.PensionDecision, bool, error)) error {
	for _, person := range two {
		decision, done, err := ask(person)
		if err != nil {
			return err
		}
		if s.decided[g.of("decision")] = decision; done {
			return nil
		}
	}
	return errors.New("two people were not enough")
}

func (s *stage) drawEarly(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	r := &sanadv1.WithdrawRequest{Reference: g.of("decision"), MemberId: id, Scheme: g.of("scheme"), Way: g.of("way"), Why: g.of("why")}
	if g.has("money") {
		if r.Amount, err = s.money(g, "money"); err != nil {
			return err
		}
	}
	return s.byTwo(g, func(person string) (*sanadv1.PensionDecision, bool, error) {
		r.Person = person
		answer, err := s.pensions().Withdraw(s.ctx, r)
		return answer.GetDecision(), answer.GetDone(), err
	})
}

func (s *stage) retire(g given) error       { return s.retires(g, false) }
func (s *stage) retireUnable(g given) error { return s.retires(g, true) }

func (s *stage) retires(g given, disabled bool) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	return s.byTwo(g, func(person string) (*sanadv1.PensionDecision, bool, error) {
		answer, err := s.pensions().Retire(s.ctx, &sanadv1.RetireRequest{Reference: g.of("decision"), MemberId: id, Scheme: g.of("scheme"),
			Plan: g.of("plan"), Disabled: disabled, Person: person})
		return answer.GetDecision(), answer.GetDone(), err
	})
}

// summed adds up amounts in the currency of the line.
func (s *stage) summed(g given, amounts []*sanadv1.Money) (string, error) {
	want, err := s.money(g, "money")
	if err != nil {
		return "", err
	}
	sum := ledger.Money{Currency: ledger.Currency(want.GetCurrencyCode())}
	for _, a := range amounts {
		m, err := ledger.ParseMoney(ledger.Currency(a.GetCurrencyCode()), a.GetAmount())
		if err != nil || m.Currency != sum.Currency {
			return "", g.wrong("it was decided in %s", a.GetCurrencyCode())
		}
		sum.Minor += m.Minor
	}
	return sum.Amount() + " " + string(sum.Currency), nil
}

// decision is what was decided under the line's name.
func (s *stage) decision(g given) (*sanadv1.PensionDecision, error) {
	d := s.decided[g.of("decision")]
	if d == nil {
		return nil, g.wrong("no decision is called %s", g.of("decision"))
	}
	return d, nil
}

func (s *stage) decisionGrants(g given) error {
	d, err := s.decision(g)
	if err != nil {
		return err
	}
	var granted []*sanadv1.Money
	for _, l := range d.GetLines() {
		if !g.has("item") || l.GetItem() == g.of("item") {
			granted = append(granted, l.GetGranted())
		}
	}
	return s.compared(g, granted, d)
}

func (s *stage) decisionTakes(g given) error {
	d, err := s.decision(g)
	if err != nil {
		return err
	}
	var took []*sanadv1.Money
	for _, l := range d.GetLines() {
		for _, r := range l.GetReductions() {
			if r.GetReason() == g.of("reason") {
				took = append(took, r.GetTook())
			}
		}
	}
	if len(took) == 0 {
		return mismatch{g.of("reason"), "no such reason" + linesOf(d)}
	}
	return s.compared(g, took, d)
}

// compared compares a sum of the decision with what the line expects.
func (s *stage) compared(g given, amounts []*sanadv1.Money, d *sanadv1.PensionDecision) error {
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	got, err := s.summed(g, amounts)
	if err != nil || got == want {
		return err
	}
	return mismatch{want, got + linesOf(d)}
}

// linesOf are a decision's lines, to be shown beside a figure that is not as expected.
func linesOf(d *sanadv1.PensionDecision) string {
	var all []string
	for _, l := range d.GetLines() {
		all = append(all, l.GetItem()+" "+said(l.GetGranted()))
		for _, r := range l.GetReductions() {
			all = append(all, r.GetReason()+" took "+said(r.GetTook()))
		}
	}
	return " (" + strings.Join(all, ", ") + ")"
}

func (s *stage) quote(g given) (*sanadv1.QuotePensionResponse, error) {
	id, err := s.member(g, "member")
	if err != nil {
		return nil, err
	}
	on, err := g.when("day of the line")
	if err != nil {
		return nil, err
	}
	return s.pensions().QuotePension(s.ctx, &sanadv1.QuotePensionRequest{MemberId: id, Scheme: g.of("scheme"), On: dateOf(on)})
}

func (s *stage) quoted(g given) error {
	quote, err := s.quote(g)
	if err != nil {
		return err
	}
	want, err := s.wanted(g, "lump")
	if err != nil {
		return err
	}
	if g.has("monthly") {
		monthly, err := s.wanted(g, "monthly")
		if err != nil {
			return err
		}
		want = fmt.Sprintf("%s and %s for %s months", want, monthly, g.of("months"))
	}
	for _, p := range quote.GetPlans() {
		if g.has("plan") && p.GetPlan() != g.of("plan") {
			continue
		}
		got := said(p.GetLump())
		if p.GetForm() != "lump" {
			got = fmt.Sprintf("%s and %s for %d months", got, said(p.GetMonthly()), p.GetMonths())
		}
		return expect(want, got)
	}
	return mismatch{want, "no such plan fits"}
}

func (s *stage) mayNotRetire(g given) error {
	quote, err := s.quote(g)
	if err != nil {
		return err
	}
	if quote.GetReady() {
		return mismatch{g.of("reason"), "she may"}
	}
	for _, l := range quote.GetDecision().GetLines() {
		for _, r := range l.GetReductions() {
			if r.GetReason() == g.of("reason") {
				return nil
			}
		}
	}
	return mismatch{g.of("reason"), "another reason" + linesOf(quote.GetDecision())}
}

func (s *stage) pensionPaid(g given) error {
	id, err := s.member(g, "member")
	if err != nil {
		return err
	}
	answer, err := s.pensions().ListPensions(s.ctx, &sanadv1.ListPensionsRequest{Scheme: g.of("scheme"), Payee: "member:" + id})
	if err != nil {
		return err
	}
	if n := len(answer.GetPensions()); n != 1 {
		return mismatch{"one pension", strconv.Itoa(n)}
	}
	want, err := s.wanted(g, "money")
	if err != nil {
		return err
	}
	p := answer.GetPensions()[0]
	form, ends := "%v instalments, %s in all, %s", map[bool]string{true: "goes on", false: "has ended"}
	return expect(fmt.Sprintf(form, g.of("instalments"), want, ends[strings.HasSuffix(g.line.text, "and goes on")]),
		fmt.Sprintf(form, p.GetPaid(), said(p.GetPaidAmount()), ends[p.GetEndedOn() == nil]))
}
