package claims

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
)

// Anew is what a claim is judged by anew, besides what is known by now.
type Anew struct {
	ID    ledger.ID
	Cause Cause
	// Evidence has come since; it is added to what the claim had.
	Evidence []benefit.Evidence
	// For names the member where nobody knew whose claim it is; the zero reference leaves it.
	For insurance.Reference
	// Findings are what the person has found; they are added to those before.
	Findings []Finding
	Person   string
}

// mostFindings bounds those of one claim.
const mostFindings = 200

// Readjudicate judges a claim again, by the facts and rules of its day as they are known now, and books the difference, up
// or down (L6): when evidence has come, a contribution was reversed, a rule was corrected, an objection was upheld, or it
// was found out to be false. What was received in good faith stands. Where nothing has changed, nothing is done.
func (s *Service) Readjudicate(ctx context.Context, a Anew) (shown Shown, err error) {
	if err := a.check(); err != nil {
		return shown, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		shown, err = s.readjudicateOnce(ctx, tx, a)
		return err
	})
	if err != nil {
		err = fmt.Errorf("judge a claim anew: %w", err)
	}
	return shown, err
}

// ReadjudicateIn is Readjudicate in a transaction that is under way, for whoever upholds an objection in it.
func (s *Service) ReadjudicateIn(ctx context.Context, tx Tx, a Anew) (Shown, error) {
	if err := a.check(); err != nil {
		return Shown{}, err
	}
	return s.readjudicateOnce(ctx, tx, a)
}

func (s *Service) readjudicateOnce(ctx context.Context, tx Tx, a Anew) (Shown, error) {
	d, err := s.reopened(ctx, tx, a)
	if err != nil {
		return Shown{}, err
	}
	before := d.Claim
	if err := d.judge(ctx, tx); err != nil {
		return Shown{}, err
	}
	if d.unchanged() {
		return s.show(ctx, tx, before)
	}
	if err := d.proceed(ctx, tx); err != nil {
		return Shown{}, err
	}
	if err := d.save(ctx, tx, tx.SaveBenefitClaim); err != nil {
		return Shown{}, err
	}
	return s.show(ctx, tx, d.Claim)
}

// reopened is the claim with what has come since.
func (s *Service) reopened(ctx context.Context, tx Tx, a Anew) (*desk, error) {
	c, err := tx.HoldBenefitClaim(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	if c.State == Withdrawn {
		return nil, c.wrongState("a claim that was withdrawn is handed in again, under another reference")
	}
	k, err := s.content(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	var standing *insurance.RecordedDecision
	if c.Decision != "" {
		if standing, err = s.decision(ctx, tx, c, k, c.Decision); err != nil {
			return nil, err
		}
	}
	k.add(a)
	stands, err := owed(ctx, holding{tx}, a.ID)
	if err != nil {
		return nil, err
	}
	d, err := s.open(ctx, tx, c, k)
	if err != nil {
		return nil, err
	}
	d.standing = standing
	d.on = ledger.DateOf(d.page.RecordedAt().In(d.scheme.Location()))
	d.owed = stands
	return d, nil
}

// add adds what has come to what a claim says. Evidence that it has already is not added twice.
func (k *Content) add(a Anew) {
	for _, e := range a.Evidence {
		if !slices.Contains(k.Claim.Evidence, e) {
			k.Claim.Evidence = append(k.Claim.Evidence, e)
		}
	}
	for _, f := range a.Findings {
		f.By = a.Person
		if !slices.Contains(k.Findings, f) {
			k.Findings = append(k.Findings, f)
		}
	}
	if a.For != (insurance.Reference{}) {
		k.For = a.For
	}
	k.Cause = a.Cause
	if a.Person != "" && !contains(k.Took, a.Person) {
		k.Took = append(k.Took, a.Person)
	}
}

// unchanged says that the same was decided of the same member as before.
func (d *desk) unchanged() bool {
	if d.standing == nil || d.State == Awaiting || d.standing.Member != d.Member {
		return false
	}
	return string(d.standing.Judged) == string(d.next.Judged)
}

func (a Anew) check() error {
	if !slices.Contains(Causes(), a.Cause) {
		return insurance.Fault{Field: "cause", Reason: "CAUSE_UNKNOWN", Text: "say why the claim is judged anew"}
	}
	if len(a.Findings) > mostFindings {
		return insurance.Fault{Field: "findings", Reason: "TOO_MANY_FINDINGS", Text: fmt.Sprintf("a claim has at most %d findings", mostFindings)}
	}
	for i, f := range a.Findings {
		field := fmt.Sprintf("findings[%d]", i)
		if !findingCode.MatchString(f.Reason) || f.Minor <= 0 {
			return insurance.Fault{Field: field, Reason: "FINDING_INVALID", Text: "say why by a code of capitals, digits and underscores, such as NOT_GIVEN, and how much it takes away"}
		}
		if err := insurance.CheckText(field+".text", "TEXT_INVALID", f.Text, longestFinding); err != nil {
			return err
		}
	}
	if a.Person != "" {
		if _, _, err := insurance.Agree(nil, a.Person); err != nil {
			return err
		}
	}
	return checkEvidence(a.Evidence)
}
