package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

// eventWords are what happened, by the word.
var eventWords = words(sanadv1.ClaimEventKind_name, func(n int32) sanadv1.ClaimEventKind { return sanadv1.ClaimEventKind(n) })

// submission is the claim as the flags say it, with amounts in the scheme's currency.
func (h handing) submission(ctx context.Context, server *client) (*sanadv1.ClaimSubmission, error) {
	scheme, err := server.schemes.GetScheme(ctx, &sanadv1.GetSchemeRequest{Code: h.Scheme})
	if err != nil {
		return nil, err
	}
	kind, ok := eventWords[h.Event]
	if !ok {
		return nil, usageError{fmt.Errorf("--event %.40q is none of the kinds, such as illness, accident, birth or death", h.Event)}
	}
	claim := &sanadv1.ClaimSubmission{
		Reference: h.Reference, Provider: h.Provider, Dependant: h.Dependant, NewbornOn: dateOf(h.NewbornOn), Scheme: h.Scheme, Benefit: h.Benefit,
		As: claimRoleWords[h.As], PaidByMember: h.PaidByHer, PayTo: h.PayTo, ReceivedOn: dateOf(h.ReceivedOn), PreauthorisationId: h.Uses,
		Event: &sanadv1.ClaimEvent{
			Kind: kind, On: dateOf(h.On), Admitted: dateOf(h.Admitted), FirstDay: dateOf(h.FirstDay), LastDay: dateOf(h.LastDay),
			Emergency: h.Emergency, Children: h.Children,
		},
	}
	if h.Member != "" {
		claim.Member = referenceOf(h.Member)
	}
	currency := scheme.GetScheme().GetCurrencyCode()
	if h.Amount != "" {
		claim.Amount = &sanadv1.Money{CurrencyCode: currency, Amount: h.Amount}
	}
	for _, text := range h.Line {
		line, err := lineOf(text, currency, h.On)
		if err != nil {
			return nil, err
		}
		line.Referred = h.Referred
		claim.Lines = append(claim.Lines, line)
	}
	claim.Evidence, err = evidenceOf(h.Evidence, h.Missed)
	return claim, err
}

var claimRoleWords = words(sanadv1.ClaimRole_name, func(n int32) sanadv1.ClaimRole { return sanadv1.ClaimRole(n) })

// lineOf reads ITEM=AMOUNT*QUANTITY@DAY..DAY.
func lineOf(text, currency string, on *day) (*sanadv1.ClaimLine, error) {
	wrong := usageError{fmt.Errorf("--line %.80q is not of the form ITEM=AMOUNT, such as XRAY=25.000*2@2026-03-02", text)}
	rest, days, dated := strings.Cut(text, "@")
	rest, quantity, counted := strings.Cut(rest, "*")
	item, amount, ok := strings.Cut(rest, "=")
	if !ok || item == "" || amount == "" {
		return nil, wrong
	}
	line := &sanadv1.ClaimLine{Item: item, On: dateOf(on), Amount: &sanadv1.Money{CurrencyCode: currency, Amount: amount}}
	if counted {
		n, err := strconv.ParseInt(quantity, 10, 32)
		if err != nil {
			return nil, wrong
		}
		line.Quantity = int32(n)
	}
	if !dated {
		return line, nil
	}
	first, last, stay := strings.Cut(days, "..")
	var err error
	if line.On, err = claimDayOf(first); err == nil && stay {
		line.LastDay, err = claimDayOf(last)
	}
	if err != nil {
		return nil, wrong
	}
	return line, nil
}

func claimDayOf(text string) (*sanadv1.Date, error) {
	on, err := ledger.ParseDate(text)
	return dateOf(&day{on}), err
}

// evidenceOf reads EVENT@DAY/BY, and what was missed for want of a clinic.
func evidenceOf(given, missed []string) ([]*sanadv1.ClaimEvidence, error) {
	var all []*sanadv1.ClaimEvidence
	for _, text := range given {
		rest, by, _ := strings.Cut(text, "/")
		event, on, dated := strings.Cut(rest, "@")
		e := &sanadv1.ClaimEvidence{Event: event, By: by}
		var err error
		if dated {
			e.On, err = claimDayOf(on)
		}
		if err != nil || event == "" {
			return nil, usageError{fmt.Errorf("--evidence %.80q is not of the form EVENT@DAY/BY, such as birth@2026-08-05/midwife-7", text)}
		}
		all = append(all, e)
	}
	for _, event := range missed {
		all = append(all, &sanadv1.ClaimEvidence{Event: event, Missed: sanadv1.ClaimMissed_CLAIM_MISSED_NO_CLINIC})
	}
	return all, nil
}

// read reads evidence and findings; amounts are in the claim's currency.
func (e evidenced) read(ctx context.Context, claims sanadv1.ClaimServiceClient, id string) ([]*sanadv1.ClaimEvidence, []*sanadv1.ClaimFinding, error) {
	evidence, err := evidenceOf(e.Evidence, e.Missed)
	if err != nil || len(e.Finding) == 0 {
		return evidence, nil, err
	}
	found, err := claims.GetClaim(ctx, &sanadv1.GetClaimRequest{ClaimId: id})
	if err != nil {
		return nil, nil, err
	}
	var findings []*sanadv1.ClaimFinding
	for _, text := range e.Finding {
		line, rest, _ := strings.Cut(text, "=")
		amount, code, _ := strings.Cut(rest, "/")
		n, err := strconv.ParseInt(line, 10, 32)
		if err != nil || amount == "" || code == "" {
			return nil, nil, usageError{errors.New("--finding is of the form LINE=AMOUNT/CODE, such as 0=20.000/NOT_GIVEN")}
		}
		findings = append(findings, &sanadv1.ClaimFinding{
			Line: int32(n), Reason: code, Amount: &sanadv1.Money{CurrencyCode: found.GetClaim().GetAsked().GetCurrencyCode(), Amount: amount},
		})
	}
	return evidence, findings, nil
}

// printBenefitClaim prints a claim, what was decided of it line by line and why, and what is owed.
func printBenefitClaim(w io.Writer, c *sanadv1.Claim) {
	fmt.Fprintf(w, "Claim %s, %s of %s in %s: %s\n", c.GetId(), word(c.GetSubmission().GetEvent().GetKind()), dayText(c.GetEventOn()), c.GetScheme(), word(c.GetState()))
	for _, lack := range c.GetLacks() {
		fmt.Fprintf(w, "  waits for %s: %s\n", lack.GetCode(), lack.GetText())
	}
	if c.GetProposed() != nil {
		fmt.Fprintln(w, "Judged, and waiting to be approved:")
		printClaimDecision(w, c.GetProposed())
	} else if c.GetDecision() != nil {
		printClaimDecision(w, c.GetDecision())
	}
	for _, o := range c.GetOwed() {
		fmt.Fprintf(w, "Owed to %s by %s: %s, of which %s was handed over to be paid.\n", o.GetPayee(), o.GetBearer(), amountText(o.GetBooked()), amountText(o.GetPaid()))
	}
	if c.GetNextOn() != nil {
		fmt.Fprintf(w, "The next instalment may be due from %s.\n", dayText(c.GetNextOn()))
	}
}

func printClaimDecision(w io.Writer, d *sanadv1.ClaimDecision) {
	t := newTable("  ", "Item", ">Asked", ">Granted", "Why", ">Took", "Rule")
	for _, l := range d.GetLines() {
		item, asked, granted := l.GetItem(), amountText(l.GetAsked()), amountText(l.GetGranted())
		for _, r := range l.GetReductions() {
			t.row(item, asked, granted, r.GetReason(), amountText(r.GetTook()), r.GetRule())
			item, asked, granted = "", "", ""
		}
		if item != "" {
			t.row(item, asked, granted, "", "", "")
		}
	}
	t.print(w)
	fmt.Fprintf(w, "  Granted: %s, by version %d.", amountText(d.GetGranted()), d.GetVersion())
	if d.GetAppealTo() != "" {
		fmt.Fprintf(w, " One may object to %s within %d days.", d.GetAppealTo(), d.GetAppealDays())
	}
	fmt.Fprintln(w)
	if d.GetId() != "" {
		fmt.Fprintf(w, "  Decision %s\n", d.GetId())
	}
}
