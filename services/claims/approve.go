package claims

import (
	"context"
	"fmt"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// approvalKey names the act of approving what was judged last: who has approved something else has not approved this.
func approvalKey(c Claim, k Content) string {
	return fmt.Sprintf("approve-claim:%s.%d", c.subject(), k.Judgings)
}

// Approve is a person's word for what was judged. Where the scheme asks for one, it is carried out; where it asks for two,
// another person's word carries it out. Who handed the claim in, or had it judged anew, does not approve it.
func (s *Service) Approve(ctx context.Context, id ledger.ID, person string) (shown Shown, err error) {
	if _, _, err := insurance.Agree(nil, person); err != nil {
		return shown, err
	}
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		d, err := s.held(ctx, tx, id)
		if err != nil {
			return err
		}
		shown, err = d.approve(ctx, tx, person)
		return err
	})
	if err != nil {
		err = fmt.Errorf("approve a claim: %w", err)
	}
	return shown, err
}

// held locks a claim and opens it.
func (s *Service) held(ctx context.Context, tx Tx, id ledger.ID) (*desk, error) {
	c, err := tx.HoldBenefitClaim(ctx, id)
	if err != nil {
		return nil, err
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
	stands, err := owed(ctx, holding{tx}, id)
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

func (d *desk) approve(ctx context.Context, tx Tx, person string) (Shown, error) {
	if d.State != Awaiting {
		return d.approvedBefore(ctx, tx, person)
	}
	if strings.EqualFold(person, d.content.By.Person) || contains(d.content.Took, person) {
		return Shown{}, insurance.Fault{Field: "person", Reason: insurance.BenefitClaimSamePerson, Text: "who handed the claim in, or had it judged anew, does not approve it; another person does"}
	}
	if err := d.readDraft(ctx, tx); err != nil {
		return Shown{}, err
	}
	proposal, carryOut, err := d.agreed(ctx, tx, person)
	if err != nil {
		return Shown{}, err
	}
	if carryOut {
		by := append(d.took(), proposal.Maker)
		if proposal.Approver != "" {
			by = append(by, proposal.Approver)
		}
		if err := d.carryOut(ctx, tx, by...); err != nil {
			return Shown{}, err
		}
	}
	if err := tx.SaveProposal(ctx, proposal); err != nil {
		return Shown{}, err
	}
	if err := d.save(ctx, tx, tx.SaveBenefitClaim); err != nil {
		return Shown{}, err
	}
	shown, err := d.show(ctx, tx, d.Claim)
	shown.Approval = proposal
	shown.Approval.Done = carryOut
	return shown, err
}

// approvedBefore answers the same word again as the first time (L3).
func (d *desk) approvedBefore(ctx context.Context, tx Tx, person string) (Shown, error) {
	if d.standing != nil && contains(d.standing.By, person) && (d.State == Approved || d.State == Settled || d.State == Refused) {
		shown, err := d.show(ctx, tx, d.Claim)
		shown.Repeated = true
		return shown, err
	}
	return Shown{}, d.wrongState("only a claim that awaits approval is approved")
}

func (c Claim) wrongState(instead string) error {
	return insurance.Fault{Field: "claim_id", Reason: insurance.BenefitClaimWrongState, Text: fmt.Sprintf("the claim is %s; %s", c.State, instead)}
}

// agreed records the person's word and says whether that suffices.
func (d *desk) agreed(ctx context.Context, tx Tx, person string) (insurance.Proposal, bool, error) {
	people, err := d.approvers()
	if err != nil {
		return insurance.Proposal{}, false, err
	}
	before, err := tx.Proposal(ctx, approvalKey(d.Claim, d.content))
	if err != nil {
		return insurance.Proposal{}, false, err
	}
	after, carryOut, err := insurance.Agree(before, person)
	return after, carryOut || people < 2, err
}

// readDraft takes up what was judged when the claim was last looked at.
func (d *desk) readDraft(ctx context.Context, tx Tx) error {
	if d.content.Draft == nil {
		return d.wrongState("nothing waits to be approved")
	}
	rules, j, err := reread(ctx, tx, d.content.Draft.Judged)
	d.next = &verdict{*d.content.Draft, rules, j.Case.Claim.Benefit}
	return err
}

func contains(people []string, person string) bool {
	for _, p := range people {
		if strings.EqualFold(p, person) {
			return true
		}
	}
	return false
}
