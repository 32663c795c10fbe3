package api

import (
	"cmp"
	"fmt"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/claims"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

var (
	claimRoles = map[sanadv1.ClaimRole]claims.Role{
		sanadv1.ClaimRole_CLAIM_ROLE_PROVIDER: claims.AsProvider,
		sanadv1.ClaimRole_CLAIM_ROLE_MEMBER:   claims.AsMember,
		sanadv1.ClaimRole_CLAIM_ROLE_DELEGATE: claims.AsDelegate,
	}
	benefitClaimStates = map[sanadv1.ClaimState]claims.State{
		sanadv1.ClaimState_CLAIM_STATE_PENDING:           claims.Pending,
		sanadv1.ClaimState_CLAIM_STATE_PREAUTHORISED:     claims.Preauthorised,
		sanadv1.ClaimState_CLAIM_STATE_AWAITING_APPROVAL: claims.Awaiting,
		sanadv1.ClaimState_CLAIM_STATE_APPROVED:          claims.Approved,
		sanadv1.ClaimState_CLAIM_STATE_REFUSED:           claims.Refused,
		sanadv1.ClaimState_CLAIM_STATE_SETTLED:           claims.Settled,
		sanadv1.ClaimState_CLAIM_STATE_WITHDRAWN:         claims.Withdrawn,
	}
	eventKinds = map[sanadv1.ClaimEventKind]rule.EventKind{
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_ILLNESS:       rule.EventIllness,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_ACCIDENT:      rule.EventAccident,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_WORK_ACCIDENT: rule.EventWorkAccident,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_PREGNANCY:     rule.EventPregnancy,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_BIRTH:         rule.EventBirth,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_STILLBIRTH:    rule.EventStillbirth,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_MISCARRIAGE:   rule.EventMiscarriage,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_ADOPTION:      rule.EventAdoption,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_DISABILITY:    rule.EventDisability,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_DEATH:         rule.EventDeath,
		sanadv1.ClaimEventKind_CLAIM_EVENT_KIND_CHILDHOOD:     rule.EventChildhood,
	}
	missedReasons = map[sanadv1.ClaimMissed]benefit.Missed{
		sanadv1.ClaimMissed_CLAIM_MISSED_NO_CLINIC: benefit.NoClinic,
		sanadv1.ClaimMissed_CLAIM_MISSED_NO_CHILD:  benefit.NoChild,
	}
	claimCauses = map[sanadv1.ClaimCause]claims.Cause{
		sanadv1.ClaimCause_CLAIM_CAUSE_NEW_EVIDENCE:    claims.NewEvidence,
		sanadv1.ClaimCause_CLAIM_CAUSE_RULE_CORRECTION: claims.RuleCorrection,
		sanadv1.ClaimCause_CLAIM_CAUSE_APPEAL:          claims.Appeal,
		sanadv1.ClaimCause_CLAIM_CAUSE_OFFICE_ERROR:    claims.OfficeError,
		sanadv1.ClaimCause_CLAIM_CAUSE_OWN_ERROR:       claims.OwnError,
		sanadv1.ClaimCause_CLAIM_CAUSE_FALSE_CLAIM:     claims.FalseClaim,
	}
)

func providerFrom(p *sanadv1.Provider) insurance.Provider {
	return insurance.Provider{
		ID: insurance.ProviderID(p.GetId()), Name: p.GetName(), Level: p.GetLevel(), Networks: p.GetNetworks(),
		Pools: mapped(p.GetPools(), func(pool sanadv1.Pool) insurance.Pool { return pools[pool] }), PayTo: p.GetPayTo(),
	}
}

func providerTo(p insurance.Provider) *sanadv1.Provider {
	return &sanadv1.Provider{
		Id: string(p.ID), Name: p.Name, Level: p.Level, Networks: p.Networks,
		Pools: mapped(p.Pools, func(pool insurance.Pool) sanadv1.Pool { return wireOf(pools, pool) }), PayTo: p.PayTo,
	}
}

// handedFrom reads a claim as it is handed in. All its amounts are in one currency.
func handedFrom(c *sanadv1.ClaimSubmission, person string) (h claims.Handed, err error) {
	h.Submission = claims.Submission{
		Reference: c.GetReference(), By: claims.Submitter{As: claimRoles[c.GetAs()], Person: person}, For: referenceFrom(c.GetMember()),
		Scheme: ledger.SchemeCode(c.GetScheme()), PayTo: insurance.MemberID(c.GetPayTo()), PaidByMember: c.GetPaidByMember(),
	}
	h.Claim = benefit.Claim{Benefit: c.GetBenefit(), Person: c.GetDependant()}
	if c.GetProvider() != "" {
		h.Claim.Provider = insurance.ProviderID(c.GetProvider()).Party()
	}
	if h.By.As == claims.AsProvider {
		h.By.Provider = insurance.ProviderID(c.GetProvider())
	}
	if h.Claim.Event, err = eventFrom(c.GetEvent()); err != nil {
		return h, err
	}
	if err := amountsFrom(&h, c); err != nil {
		return h, err
	}
	if h.Claim.Evidence, err = read("claim.evidence", c.GetEvidence(), evidenceFrom); err != nil {
		return h, err
	}
	if h.Survivors, err = read("claim.survivors", c.GetSurvivors(), survivorFrom); err != nil {
		return h, err
	}
	if h.NewbornOn, err = dateFrom("claim.newborn_on", c.GetNewbornOn()); err != nil {
		return h, err
	}
	if c.GetPreauthorisationId() != "" {
		if h.Uses, err = claimIDFrom("claim.preauthorisation_id", c.GetPreauthorisationId()); err != nil {
			return h, err
		}
	}
	h.Claim.ReceivedOn, err = dateFrom("claim.received_on", c.GetReceivedOn())
	return h, err
}

// amountsFrom reads the lines and the amount, which are all in one currency.
func amountsFrom(h *claims.Handed, c *sanadv1.ClaimSubmission) (err error) {
	same := func(field string, m *sanadv1.Money) (int64, error) {
		money, err := moneyFrom(field, m)
		if err == nil && h.Currency != "" && money.Currency != h.Currency {
			err = insurance.Fault{Field: field + ".currency_code", Reason: "CURRENCY_MISMATCH", Text: "all amounts of a claim are in one currency"}
		}
		h.Currency = cmp.Or(h.Currency, money.Currency)
		return money.Minor, err
	}
	if c.GetAmount() != nil {
		if h.Claim.Minor, err = same("claim.amount", c.GetAmount()); err != nil {
			return err
		}
	}
	h.Claim.Lines, err = read("claim.lines", c.GetLines(), func(field string, l *sanadv1.ClaimLine) (benefit.Line, error) {
		line := benefit.Line{Item: l.GetItem(), Care: rule.Care(l.GetCare()), Level: l.GetLevel(), Quantity: int64(l.GetQuantity()), Referred: l.GetReferred()}
		if line.Minor, err = same(field+".amount", l.GetAmount()); err != nil {
			return line, err
		}
		if line.On, err = dateFrom(field+".on", l.GetOn()); err != nil {
			return line, err
		}
		line.To, err = dateFrom(field+".last_day", l.GetLastDay())
		return line, err
	})
	return err
}

func eventFrom(e *sanadv1.ClaimEvent) (benefit.Event, error) {
	out := benefit.Event{
		ID: e.GetId(), Kind: eventKinds[e.GetKind()], Emergency: e.GetEmergency(), Children: int(e.GetChildren()), Degree: int(e.GetDegree()),
	}
	for _, day := range []struct {
		field string
		from  *sanadv1.Date
		to    *ledger.Date
	}{{"on", e.GetOn(), &out.On}, {"admitted", e.GetAdmitted(), &out.Admitted}, {"first_day", e.GetFirstDay(), &out.From}, {"last_day", e.GetLastDay(), &out.To}} {
		on, err := dateFrom("claim.event."+day.field, day.from)
		if err != nil {
			return out, err
		}
		*day.to = on
	}
	return out, nil
}

func eventTo(e benefit.Event) *sanadv1.ClaimEvent {
	return &sanadv1.ClaimEvent{
		Id: e.ID, Kind: wireOf(eventKinds, e.Kind), On: dateTo(e.On), Admitted: dateTo(e.Admitted), FirstDay: dateTo(e.From), LastDay: dateTo(e.To),
		Emergency: e.Emergency, Children: int32(e.Children), Degree: int32(e.Degree),
	}
}

func evidenceFrom(field string, e *sanadv1.ClaimEvidence) (benefit.Evidence, error) {
	on, err := dateFrom(field+".on", e.GetOn())
	return benefit.Evidence{Event: e.GetEvent(), On: on, By: e.GetBy(), Missed: missedReasons[e.GetMissed()]}, err
}

func evidenceTo(e benefit.Evidence) *sanadv1.ClaimEvidence {
	return &sanadv1.ClaimEvidence{Event: e.Event, On: dateTo(e.On), By: e.By, Missed: wireOf(missedReasons, e.Missed)}
}

func survivorFrom(field string, s *sanadv1.ClaimSurvivor) (benefit.Survivor, error) {
	out := benefit.Survivor{Person: s.GetPerson(), Kind: dependantKinds[s.GetKind()], Nominee: s.GetNominee(), Parts: int64(s.GetParts())}
	if s.GetPayTo() != "" {
		out.PayTo = insurance.MemberID(s.GetPayTo()).Party()
	}
	var err error
	out.Birth, err = birthFrom(field+".birth", s.GetBirth())
	return out, err
}

func survivorTo(s benefit.Survivor) *sanadv1.ClaimSurvivor {
	return &sanadv1.ClaimSurvivor{
		Person: s.Person, Kind: wireOf(dependantKinds, s.Kind), Birth: birthTo(s.Birth), Nominee: s.Nominee, Parts: int32(s.Parts), PayTo: s.PayTo.ID(),
	}
}

func claimIDFrom(field, text string) (ledger.ID, error) {
	id, err := ledger.ParseID(text)
	if err != nil {
		return id, insurance.Fault{Field: field, Reason: "CLAIM_ID_INVALID", Text: "a claim's id has 32 hexadecimal digits"}
	}
	return id, nil
}

func findingFrom(field string, f *sanadv1.ClaimFinding) (claims.Finding, error) {
	amount, err := moneyFrom(field+".amount", f.GetAmount())
	return claims.Finding{Line: int(f.GetLine()), Reason: f.GetReason(), Text: f.GetText(), Minor: amount.Minor}, err
}

// benefitClaimTo writes a claim as it stands.
func benefitClaimTo(c claims.Shown) *sanadv1.Claim {
	money := func(minor int64) *sanadv1.Money {
		return moneyTo(ledger.Money{Minor: minor, Currency: c.Currency})
	}
	out := &sanadv1.Claim{
		Id: c.ID.String(), State: wireOf(benefitClaimStates, c.State), MemberId: string(c.Member), Provider: string(c.Provider),
		Scheme: string(c.Scheme), Asked: money(c.Asked), Granted: money(c.Granted), EventOn: dateTo(c.EventOn), ReceivedOn: dateTo(c.ReceivedOn),
		DecidedOn: dateTo(c.DecidedOn), RecordedAt: timeTo(c.RecordedAt), NextOn: dateTo(c.NextOn),
	}
	for _, s := range c.Shares {
		out.Owed = append(out.Owed, &sanadv1.ClaimOwed{Bearer: string(s.Bearer), Payee: string(s.Payee), Booked: money(s.Booked), Paid: money(s.Paid - s.Back)})
	}
	if d := c.Decision; d != nil {
		out.Decision = claimDecisionTo(d.Decision)
		out.Decision.Id, out.Decision.Follows, out.Decision.By, out.Decision.RecordedAt = string(d.ID), string(d.Follows), d.By, timeTo(d.RecordedAt)
	}
	if c.Content != nil {
		contentTo(out, *c.Content, money)
	}
	if c.Approval.Maker != "" {
		out.Approval = approvalTo(c.Approval)
	}
	return out
}

// contentTo writes what the claim says.
func contentTo(out *sanadv1.Claim, k claims.Content, money func(int64) *sanadv1.Money) {
	out.Submission, out.SubmittedBy = submissionTo(k, money), k.By.Person
	if k.Draft != nil {
		out.Proposed = claimDecisionTo(k.Draft.Decision)
	}
	out.Lacks = mapped(k.Lacks, func(l claims.Lack) *sanadv1.ClaimLack { return &sanadv1.ClaimLack{Code: l.Code, Text: l.Text} })
	out.Findings = mapped(k.Findings, func(f claims.Finding) *sanadv1.ClaimFinding {
		return &sanadv1.ClaimFinding{Line: int32(f.Line), Reason: f.Reason, Text: f.Text, Amount: money(f.Minor), Person: f.By}
	})
}

func submissionTo(k claims.Content, money func(int64) *sanadv1.Money) *sanadv1.ClaimSubmission {
	c := k.Claim
	out := &sanadv1.ClaimSubmission{
		Reference: k.Reference, As: wireOf(claimRoles, k.By.As), Provider: cmp.Or(c.Provider.ID(), string(k.By.Provider)), Member: referenceTo(k.For),
		Dependant: c.Person, Scheme: string(k.Scheme), Benefit: c.Benefit, Event: eventTo(c.Event), Evidence: mapped(c.Evidence, evidenceTo),
		PaidByMember: k.PaidByMember, PayTo: string(k.PayTo), Survivors: mapped(k.Survivors, survivorTo), ReceivedOn: dateTo(c.ReceivedOn),
		NewbornOn: dateTo(k.NewbornOn),
	}
	if c.Minor != 0 {
		out.Amount = money(c.Minor)
	}
	if !k.Uses.IsZero() {
		out.PreauthorisationId = k.Uses.String()
	}
	out.Lines = mapped(c.Lines, func(l benefit.Line) *sanadv1.ClaimLine {
		return &sanadv1.ClaimLine{
			Item: l.Item, Care: string(l.Care), Level: l.Level, On: dateTo(l.On), LastDay: dateTo(l.To), Quantity: int32(l.Quantity),
			Amount: money(l.Minor), Referred: l.Referred,
		}
	})
	return out
}

func claimDecisionTo(d insurance.Decision) *sanadv1.ClaimDecision {
	money := func(minor int64) *sanadv1.Money {
		return moneyTo(ledger.Money{Minor: minor, Currency: d.Currency})
	}
	out := &sanadv1.ClaimDecision{
		Version: int32(d.Version), On: dateTo(d.On), Granted: money(d.Granted()), AppealTo: d.AppealTo, AppealDays: int32(d.AppealDays),
	}
	for _, l := range d.Lines {
		line := &sanadv1.ClaimDecisionLine{
			Item: l.Item, Asked: money(l.Asked), Granted: money(l.Granted), On: dateTo(l.On), Days: l.Days, PayTo: string(l.PayTo), BorneBy: string(l.BorneBy),
		}
		for _, r := range l.Reductions {
			line.Reductions = append(line.Reductions, &sanadv1.ClaimReduction{Reason: r.Reason, Rule: r.Rule, Took: money(r.Took), Text: r.Text, Change: r.Change})
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// nextClaims is where the page after one begins; empty where there is none.
func nextClaims(page []claims.Shown, limit int) string {
	if len(page) < limit {
		return ""
	}
	last := page[len(page)-1]
	return fmt.Sprintf("%d.%s", last.RecordedAt.UnixMicro(), last.ID)
}
