package treasury

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// What happens to a claim once it is drawn up: certified, sent, verified line by line, paid.

// Claim returns a claim, or a fault that says there is none.
func (s *Service) Claim(ctx context.Context, id ClaimID) (c Claim, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		c, err = tx.Claim(ctx, id)
		return err
	})
	return c, err
}

// ErrNoClaim is the fault of a claim that has not been drawn up.
func ErrNoClaim(id ClaimID) error {
	return insurance.Fault{Field: "claim", Reason: insurance.ClaimUnknown, Text: "no claim " + id.String() + " has been drawn up"}
}

// ClaimsQuery pages through the claims of a funder and scheme, by number; the zero scheme means all of the funder's.
type ClaimsQuery struct {
	Funder insurance.FunderID
	Scheme ledger.SchemeCode
	// After is the last claim of the page before; zero for the first.
	After ClaimID
	Limit int
}

// Claims returns a page of claims, by scheme and number.
func (s *Service) Claims(ctx context.Context, q ClaimsQuery) (claims []Claim, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		claims, err = tx.Claims(ctx, q)
		return err
	})
	return claims, err
}

// Lines returns lines of a claim, in the order of their ids.
func (s *Service) Lines(ctx context.Context, q LinesQuery) (lines []ClaimLine, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := tx.Claim(ctx, q.Claim); err != nil {
			return err
		}
		lines, err = tx.ClaimLines(ctx, q)
		return err
	})
	return lines, err
}

// WholeClaim is a claim with how it is divided over budget lines, the oldest first, and what was paid for it.
type WholeClaim struct {
	Claim
	Shares   []BudgetShare
	Payments []Payment
}

// WholeClaim returns a claim with its shares and payments.
func (s *Service) WholeClaim(ctx context.Context, id ClaimID) (whole WholeClaim, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		if whole.Claim, err = tx.Claim(ctx, id); err != nil {
			return err
		}
		if whole.Shares, err = tx.Shares(ctx, id); err != nil {
			return err
		}
		whole.Payments, err = tx.Payments(ctx, id)
		for i := range whole.Payments {
			whole.Payments[i].Currency = whole.Currency
		}
		return err
	})
	return whole, err
}

// change changes a claim in a transaction that holds it.
func (s *Service) change(ctx context.Context, id ClaimID, fn func(context.Context, Tx, Claim, time.Time) (Claim, error)) (c Claim, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		held, err := tx.HoldClaim(ctx, id)
		if err != nil {
			return err
		}
		now, err := tx.TreasuryNow(ctx)
		if err != nil {
			return err
		}
		if c, err = fn(ctx, tx, held, now); err != nil {
			return err
		}
		return tx.SaveClaim(ctx, c)
	})
	return c, err
}

// Certify certifies a claim in the name of a person other than the one who drew it up.
func (s *Service) Certify(ctx context.Context, id ClaimID, person string) (Claim, error) {
	if err := checkPerson(person); err != nil {
		return Claim{}, err
	}
	return s.change(ctx, id, func(_ context.Context, _ Tx, c Claim, now time.Time) (Claim, error) { return c.certify(person, now) })
}

// Send says that a certified claim was sent to the funder. What is due back to the funder is set off against what it
// owes, so that the claim stands on one account.
func (s *Service) Send(ctx context.Context, id ClaimID, person string) (Claim, error) {
	if err := checkPerson(person); err != nil {
		return Claim{}, err
	}
	return s.change(ctx, id, func(ctx context.Context, tx Tx, c Claim, now time.Time) (Claim, error) {
		after, err := c.send(person, now)
		if err != nil || c.State == after.State || c.setOff() == 0 {
			return after, err
		}
		booking := s.bookingOf(c, s.name("claim-set-off", id.Funder, id.String()), c.setOff(), dayOf(now))
		e, err := insurance.ClaimSetOff(booking)
		if err != nil {
			return c, err
		}
		return after, post(ctx, tx, e)
	})
}

func (s *Service) bookingOf(c Claim, id ledger.ID, minor int64, on ledger.Date) insurance.ClaimBooking {
	return insurance.ClaimBooking{ID: id, Funder: c.ID.Funder, Scheme: c.ID.Scheme, Amount: c.money(minor), On: on}
}

// post books entries that no other transaction can be booking.
func post(ctx context.Context, tx Tx, entries ...ledger.Entry) error {
	page, err := tx.Page(ctx, ledger.Need{Entries: idsOf(entries)})
	if err != nil {
		return err
	}
	if _, err := page.Post(entries...); err != nil {
		return err
	}
	return tx.Save(ctx, page)
}

// Verdict is what the funder says of one line.
type Verdict struct {
	Line    ledger.ID
	Outcome Outcome
	// Code is the funder's reason, such as DUPLICATE; needed for all but accepted. Text says more.
	Code, Text string
}

// MostVerdicts bounds the lines of one call.
const MostVerdicts = 1000

var verdictCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{1,39}$`)

// longestVerdict bounds a verdict's text in characters.
const longestVerdict = 256

func (v Verdict) check(field string) error {
	switch {
	case v.Outcome != Accepted && v.Outcome != Rejected && v.Outcome != Disputed:
		return insurance.Fault{Field: field + ".outcome", Reason: "OUTCOME_UNKNOWN", Text: "say accepted, rejected or disputed"}
	case v.Outcome == Accepted && v.Code != "":
		return insurance.Fault{Field: field + ".code", Reason: "CODE_INVALID", Text: "an accepted line needs no code"}
	case v.Outcome != Accepted && !verdictCode.MatchString(v.Code):
		return insurance.Fault{Field: field + ".code", Reason: "CODE_INVALID", Text: "say why by a code of capitals, digits and underscores, such as DUPLICATE"}
	}
	return insurance.CheckText(field+".text", "TEXT_INVALID", v.Text, longestVerdict)
}

// Verify records what the funder says of lines of a claim that was sent. With complete, all lines it has said nothing
// of are accepted and the claim is verified. A disputed line can be decided later; a line that was claimed anew keeps
// its verdict.
func (s *Service) Verify(ctx context.Context, id ClaimID, verdicts []Verdict, complete bool, person string) (Claim, error) {
	if err := checkVerdicts(verdicts, complete); err != nil {
		return Claim{}, err
	}
	if err := checkPerson(person); err != nil {
		return Claim{}, err
	}
	return s.change(ctx, id, func(ctx context.Context, tx Tx, c Claim, now time.Time) (Claim, error) {
		if err := c.takesVerdicts(); err != nil {
			return c, err
		}
		c, err := applyVerdicts(ctx, tx, c, verdicts)
		if err != nil {
			return c, err
		}
		if complete && c.State == Sent {
			c.State, c.Verification = Verified, Signature{person, now}
		}
		return c.settled(), nil
	})
}

func checkVerdicts(verdicts []Verdict, complete bool) error {
	if len(verdicts) > MostVerdicts || len(verdicts) == 0 && !complete {
		return insurance.Fault{Field: "verdicts", Reason: "BATCH_SIZE_INVALID", Text: fmt.Sprintf("send 1 to %d lines, or say that the verification is complete", MostVerdicts)}
	}
	seen := map[ledger.ID]bool{}
	for i, v := range verdicts {
		field := fmt.Sprintf("verdicts[%d]", i)
		if err := v.check(field); err != nil {
			return err
		}
		if seen[v.Line] {
			return insurance.Fault{Field: field + ".line_id", Reason: "LINE_TWICE", Text: "the line stands twice in this call"}
		}
		seen[v.Line] = true
	}
	return nil
}

// applyVerdicts writes the verdicts on their lines, and what they withhold on the claim and on its budget lines.
func applyVerdicts(ctx context.Context, tx Tx, c Claim, verdicts []Verdict) (Claim, error) {
	ids := make([]ledger.ID, len(verdicts))
	for i, v := range verdicts {
		ids[i] = v.Line
	}
	lines, err := tx.LinesByID(ctx, c.ID, ids...)
	if err != nil {
		return c, err
	}
	c, changed, withheld, err := c.judged(verdicts, lines)
	if err != nil || len(changed) == 0 {
		return c, err
	}
	if err := tx.SaveLines(ctx, c.ID, changed...); err != nil {
		return c, err
	}
	parts, err := tx.Shares(ctx, c.ID)
	if err != nil {
		return c, err
	}
	for i, part := range parts {
		parts[i].Withheld += withheld[BudgetShare{Year: part.Year, Prior: part.Prior}]
	}
	return c, tx.SaveShares(ctx, c.ID, parts...)
}

// judged is the claim after the verdicts, with the lines that they change and what they withhold more, or less, of each
// budget line.
func (c Claim) judged(verdicts []Verdict, lines map[ledger.ID]ClaimLine) (after Claim, changed []ClaimLine, withheld shares, err error) {
	withheld = shares{}
	for i, v := range verdicts {
		field := fmt.Sprintf("verdicts[%d].line_id", i)
		before, ok := lines[v.Line]
		switch {
		case !ok:
			return c, nil, nil, insurance.Fault{Field: field, Reason: insurance.ClaimLineUnknown, Text: "the claim has no such line"}
		case before.Reclaimed:
			return c, nil, nil, insurance.Fault{Field: field, Reason: insurance.ClaimWrongState, Text: "the line is claimed anew; its verdict stays"}
		}
		l := before
		l.Outcome, l.Code, l.Text = v.Outcome, v.Code, v.Text
		changed = append(changed, l)
		withheld.add(l, l.withheld()-before.withheld())
		c.Withheld += l.withheld() - before.withheld()
		c.Disputed += disputes(l) - disputes(before)
	}
	if c.Paid > 0 && c.Payable() < c.Paid || c.Paid < 0 && c.Payable() > c.Paid {
		return c, nil, nil, insurance.Fault{Field: "verdicts", Reason: insurance.ClaimOverpaid,
			Text: fmt.Sprintf("%s of the claim has been paid, and less would be payable", c.money(c.Paid))}
	}
	return c, changed, withheld, nil
}

func disputes(l ClaimLine) int64 {
	if l.Outcome == Disputed {
		return 1
	}
	return 0
}

// Reclaim has rejected lines claimed anew: each becomes a line of the next claim, as a correction that names the one
// that was rejected. What is claimed anew already stays so. It returns how many lines that newly are.
func (s *Service) Reclaim(ctx context.Context, id ClaimID, person string, ids ...ledger.ID) (anew int, err error) {
	if err := checkPerson(person); err != nil {
		return 0, err
	}
	if len(ids) == 0 || len(ids) > MostVerdicts {
		return 0, insurance.Fault{Field: "line_ids", Reason: "BATCH_SIZE_INVALID", Text: fmt.Sprintf("send 1 to %d lines", MostVerdicts)}
	}
	_, err = s.change(ctx, id, func(ctx context.Context, tx Tx, c Claim, _ time.Time) (Claim, error) {
		lines, err := tx.LinesByID(ctx, id, ids...)
		if err != nil {
			return c, err
		}
		rejected, again, err := reclaimed(c, ids, lines)
		if err != nil || len(again) == 0 {
			return c, err
		}
		anew = len(again)
		if err := tx.SaveLines(ctx, id, rejected...); err != nil {
			return c, err
		}
		return c, tx.AddLines(ctx, id, again...)
	})
	return anew, err
}

// reclaimed are the rejected lines, marked, and what waits in their stead for the next claim.
func reclaimed(c Claim, ids []ledger.ID, lines map[ledger.ID]ClaimLine) (rejected, again []ClaimLine, err error) {
	for i, id := range ids {
		l, ok := lines[id]
		switch {
		case !ok:
			return nil, nil, insurance.Fault{Field: fmt.Sprintf("line_ids[%d]", i), Reason: insurance.ClaimLineUnknown, Text: "the claim has no such line"}
		case l.Outcome != Rejected:
			return nil, nil, insurance.Fault{Field: fmt.Sprintf("line_ids[%d]", i), Reason: insurance.ClaimWrongState, Text: "only a rejected line is claimed anew"}
		case l.Reclaimed:
			continue
		}
		l.Reclaimed = true
		lines[id] = l
		rejected = append(rejected, l)
		l.Attempt, l.Claim, l.Reclaimed = l.Attempt+1, 0, false
		l.Outcome, l.Code, l.Text = "", "", ""
		l.Corrects, l.CorrectsClaim = l.ID, c.ID.Number
		again = append(again, l)
	}
	return rejected, again, nil
}

func idsOf(entries []ledger.Entry) []ledger.ID {
	ids := make([]ledger.ID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return ids
}
