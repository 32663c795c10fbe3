package api

import (
	"encoding/hex"
	"fmt"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/treasury"
)

func funderFrom(f *sanadv1.Funder) insurance.Funder {
	return insurance.Funder{
		ID: insurance.FunderID(f.GetId()), Name: f.GetName(),
		Calendar: insurance.FiscalCalendar{Month: int(f.GetFiscalMonth()), Day: int(f.GetFiscalDay()), NamedByEnd: f.GetNamedByEnd()},
	}
}

func funderTo(f insurance.Funder) *sanadv1.Funder {
	return &sanadv1.Funder{
		Id: string(f.ID), Name: f.Name, FiscalMonth: int32(f.Calendar.Month), FiscalDay: int32(f.Calendar.Day), NamedByEnd: f.Calendar.NamedByEnd,
	}
}

// lineFrom reads a budget line; nil is none. Its currency is that of an amount beside it.
func lineFrom(l *sanadv1.BudgetLine, currency ledger.Currency) insurance.BudgetLine {
	if l == nil {
		return insurance.BudgetLine{}
	}
	return insurance.BudgetLine{
		Funder: insurance.FunderID(l.GetFunder()), Scheme: ledger.SchemeCode(l.GetScheme()), Year: int(l.GetYear()),
		Prior: l.GetPriorYears(), Currency: currency,
	}
}

// lineTo writes a budget line; one without a year is none.
func lineTo(l insurance.BudgetLine) *sanadv1.BudgetLine {
	if l.Year == 0 {
		return nil
	}
	return &sanadv1.BudgetLine{Funder: string(l.Funder), Scheme: string(l.Scheme), Year: int32(l.Year), PriorYears: l.Prior}
}

var movementKinds = map[sanadv1.BudgetMovementKind]treasury.MovementKind{
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VOTE:                  treasury.Vote,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_SUPPLEMENT:            treasury.Supplement,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_WARRANT:               treasury.Warrant,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMMITMENT:            treasury.Commitment,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_DECOMMITMENT:          treasury.Decommitment,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_VIREMENT:              treasury.Virement,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CARRY_OVER:            treasury.CarryOver,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMMITMENT_CARRY_OVER: treasury.CommitmentCarryOver,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_COMPLEMENTARY:         treasury.Complementary,
	sanadv1.BudgetMovementKind_BUDGET_MOVEMENT_KIND_CLOSING:               treasury.Closing,
}

var lineStates = map[insurance.LineState]sanadv1.BudgetLineState{
	insurance.LineOpen:          sanadv1.BudgetLineState_BUDGET_LINE_STATE_OPEN,
	insurance.LineComplementary: sanadv1.BudgetLineState_BUDGET_LINE_STATE_COMPLEMENTARY,
	insurance.LineClosed:        sanadv1.BudgetLineState_BUDGET_LINE_STATE_CLOSED,
}

var claimStates = map[treasury.State]sanadv1.TreasuryClaimState{
	treasury.Drawing:   sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_DRAWING,
	treasury.DrawnUp:   sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_DRAWN_UP,
	treasury.Certified: sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_CERTIFIED,
	treasury.Sent:      sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_SENT,
	treasury.Verified:  sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_VERIFIED,
	treasury.PartPaid:  sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_PART_PAID,
	treasury.Paid:      sanadv1.TreasuryClaimState_TREASURY_CLAIM_STATE_PAID,
}

var lineOutcomes = map[sanadv1.TreasuryClaimLineOutcome]treasury.Outcome{
	sanadv1.TreasuryClaimLineOutcome_TREASURY_CLAIM_LINE_OUTCOME_ACCEPTED: treasury.Accepted,
	sanadv1.TreasuryClaimLineOutcome_TREASURY_CLAIM_LINE_OUTCOME_REJECTED: treasury.Rejected,
	sanadv1.TreasuryClaimLineOutcome_TREASURY_CLAIM_LINE_OUTCOME_DISPUTED: treasury.Disputed,
}

// movementFrom reads a movement; the amount is absent where a kind has none.
func movementFrom(m *sanadv1.BudgetMovement) (out treasury.Movement, err error) {
	var amount ledger.Money
	if m.GetAmount() != nil {
		if amount, err = moneyFrom("movement.amount", m.GetAmount()); err != nil {
			return out, err
		}
	}
	out = treasury.Movement{
		Kind: movementKinds[m.GetKind()], Reference: m.GetReference(), Line: lineFrom(m.GetLine(), amount.Currency),
		To: lineFrom(m.GetTo(), amount.Currency), Minor: amount.Minor, Authority: m.GetAuthority(),
	}
	if out.On, err = dateFrom("movement.on", m.GetOn()); err != nil {
		return out, err
	}
	out.LastDay, err = dateFrom("movement.last_day", m.GetLastDay())
	return out, err
}

func movementTo(m treasury.Movement) *sanadv1.BudgetMovement {
	out := &sanadv1.BudgetMovement{
		Kind: wireOf(movementKinds, m.Kind), Reference: m.Reference, Line: lineTo(m.Line), To: lineTo(m.To), On: dateTo(m.On),
		LastDay: dateTo(m.LastDay), Authority: m.Authority,
	}
	if m.Minor != 0 {
		out.Amount = moneyTo(ledger.Money{Minor: m.Minor, Currency: m.Line.Currency})
	}
	return out
}

func recordedMovementTo(m treasury.Moved) *sanadv1.RecordedMovement {
	out := &sanadv1.RecordedMovement{Movement: movementTo(m.Movement), Approval: approvalTo(m.Proposal), RecordedAt: timeTo(m.RecordedAt)}
	if m.Proposal.Done && m.Kind != treasury.Complementary {
		out.EntryId = m.ID.String()
	}
	return out
}

func executionTo(x treasury.Execution) *sanadv1.BudgetExecution {
	money := func(minor int64) *sanadv1.Money { return moneyTo(ledger.Money{Minor: minor, Currency: x.Currency}) }
	return &sanadv1.BudgetExecution{
		Line: lineTo(x.BudgetLine), State: lineStates[x.State], LastDay: dateTo(x.Until), On: dateTo(x.On),
		Voted: money(x.Voted), Released: money(x.Released), Committed: money(x.Committed), Granted: money(x.Granted), Paid: money(x.Paid),
		Left: money(x.Left), Unreleased: money(x.Unreleased), Unmet: money(x.Unmet), Forecast: money(x.Forecast),
	}
}

func grantTo(g treasury.Granted) *sanadv1.Grant {
	money := func(minor int64) *sanadv1.Money {
		return moneyTo(ledger.Money{Minor: minor, Currency: g.Line.Currency})
	}
	out := &sanadv1.Grant{
		Id: g.ID.String(), Kind: sanadv1.GrantKind_GRANT_KIND_MATCH, MemberId: string(g.Member), Funder: string(g.Line.Funder),
		Scheme: string(g.Line.Scheme), Subsidy: g.Basis.Subsidy, Version: int32(g.Basis.Version), Period: g.Basis.Period, Line: lineTo(g.Line),
		Amount: money(g.Minor()), ValueDate: dateTo(g.ValueOn), BookingDate: dateTo(g.BookedOn), RecordedAt: timeTo(g.RecordedAt),
	}
	if g.Kind == insurance.KindClawback {
		out.Kind = sanadv1.GrantKind_GRANT_KIND_CLAWBACK
	}
	for _, pot := range g.Pots {
		out.Shares = append(out.Shares, &sanadv1.GrantShare{AccountCode: int32(pot.Account), AccountName: accountName(pot.Account), Amount: money(pot.Minor)})
	}
	return out
}

func claimTo(c treasury.Claim) *sanadv1.TreasuryClaim {
	money := func(minor int64) *sanadv1.Money { return moneyTo(ledger.Money{Minor: minor, Currency: c.Currency}) }
	out := &sanadv1.TreasuryClaim{
		Id: c.ID.String(), Reference: c.Reference, State: claimStates[c.State], Through: dateTo(c.Through), Until: timeTo(c.Until),
		Lines: c.Lines, Total: money(c.Total), Withheld: money(c.Withheld), Paid: money(c.Paid), Open: money(c.Open()), DisputedLines: c.Disputed,
		DrawnUp: signatureTo(c.Drawn), Certified: signatureTo(c.Certification), Sent: signatureTo(c.Sending), Verified: signatureTo(c.Verification),
		Seed: c.Seed, SeedFixed: signatureTo(c.SeedFixing),
	}
	if c.Phase == treasury.Frozen {
		out.Sha256 = hex.EncodeToString(c.Hash[:])
	}
	return out
}

// signatureTo writes who has done something; nobody is nil.
func signatureTo(s treasury.Signature) *sanadv1.TreasuryClaimSignature {
	if s.By == "" {
		return nil
	}
	return &sanadv1.TreasuryClaimSignature{Person: s.By, At: timeTo(s.At)}
}

func claimLineTo(c treasury.Claim, l treasury.ClaimLine) *sanadv1.TreasuryClaimLine {
	line := insurance.BudgetLine{Funder: c.ID.Funder, Scheme: c.ID.Scheme, Year: l.Year, Prior: l.Prior}
	return &sanadv1.TreasuryClaimLine{
		Id: l.ID.String(), Beneficiary: hex.EncodeToString(l.Token[:]), Amount: moneyTo(ledger.Money{Minor: l.Minor, Currency: c.Currency}),
		ValueDate: dateTo(l.ValueOn), Line: lineTo(line), Subsidy: l.Basis.Subsidy, Version: int32(l.Basis.Version), Period: l.Basis.Period,
		CorrectionOf: l.Correction(c.ID), Outcome: wireOf(lineOutcomes, l.Outcome), Code: l.Code, Text: l.Text, Reclaimed: l.Reclaimed,
	}
}

func claimLinesTo(c treasury.Claim, lines []treasury.ClaimLine) []*sanadv1.TreasuryClaimLine {
	return mapped(lines, func(l treasury.ClaimLine) *sanadv1.TreasuryClaimLine { return claimLineTo(c, l) })
}

func verdictsFrom(list []*sanadv1.TreasuryClaimVerdict) ([]treasury.Verdict, error) {
	return read("verdicts", list, func(field string, v *sanadv1.TreasuryClaimVerdict) (treasury.Verdict, error) {
		id, err := lineIDFrom(field+".line_id", v.GetLineId())
		return treasury.Verdict{Line: id, Outcome: lineOutcomes[v.GetOutcome()], Code: v.GetCode(), Text: v.GetText()}, err
	})
}

func lineIDFrom(field, text string) (ledger.ID, error) {
	id, err := ledger.ParseID(text)
	if err != nil {
		return id, insurance.Fault{Field: field, Reason: "LINE_INVALID", Text: "a line's id has 32 hexadecimal digits"}
	}
	return id, nil
}

func lineIDsFrom(texts []string) ([]ledger.ID, error) {
	ids := make([]ledger.ID, len(texts))
	for i, text := range texts {
		var err error
		if ids[i], err = lineIDFrom(fmt.Sprintf("line_ids[%d]", i), text); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func paymentTo(c treasury.Claim, p treasury.Payment) *sanadv1.TreasuryClaimPayment {
	return &sanadv1.TreasuryClaimPayment{
		Id: p.ID.String(), Reference: p.Reference, Amount: moneyTo(ledger.Money{Minor: p.Minor, Currency: c.Currency}), BankAccount: p.Bank,
		On: dateTo(p.On), Person: p.Person, RecordedAt: timeTo(p.RecordedAt),
	}
}

func shareTo(c treasury.Claim, s treasury.BudgetShare) *sanadv1.TreasuryClaimShare {
	money := func(minor int64) *sanadv1.Money { return moneyTo(ledger.Money{Minor: minor, Currency: c.Currency}) }
	line := insurance.BudgetLine{Funder: c.ID.Funder, Scheme: c.ID.Scheme, Year: s.Year, Prior: s.Prior}
	return &sanadv1.TreasuryClaimShare{Line: lineTo(line), Amount: money(s.Minor), Withheld: money(s.Withheld), Paid: money(s.Paid)}
}
