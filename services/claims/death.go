package claims

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

// AtDeath is a benefit that falls due at a death, as it was claimed.
type AtDeath struct {
	Shown
	Scheme  ledger.SchemeCode
	Benefit string
	// Reason is why nothing was claimed; empty where it was.
	Reason string
	// Awaited are those of whom nobody has said who is paid for them. What is theirs is owed in their own names.
	Awaited []benefit.Awaited
}

// NoSurvivor is why a benefit that falls due at a death is claimed for nobody.
const NoSurvivor = "NO_SURVIVOR"

// OpenAtDeath claims what falls due at a member's death that two people have confirmed, in each scheme that she has had a
// place in and for those who are on record as left behind. Each benefit is claimed once for one death, however often this is
// said; what was claimed is judged, approved and paid as every other claim. Itself is how the institution calls itself.
func (s *Service) OpenAtDeath(ctx context.Context, member insurance.MemberID, itself string) ([]AtDeath, error) {
	var due []falling
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		due, err = s.falling(ctx, tx, member, itself)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim what falls due at a death: %w", err)
	}
	var all []AtDeath
	for _, f := range due {
		if f.handed != nil {
			if f.Shown, err = s.Submit(ctx, *f.handed); err != nil {
				return all, fmt.Errorf("claim %s of %s at a death: %w", f.Benefit, f.AtDeath.Scheme, err)
			}
		}
		all = append(all, f.AtDeath)
	}
	return all, nil
}

// falling is a benefit that falls due, with what is handed in for it; nil where it was claimed before, or can't be.
type falling struct {
	AtDeath
	handed *Handed
}

func (s *Service) falling(ctx context.Context, tx Tx, member insurance.MemberID, itself string) (due []falling, err error) {
	facts, err := s.factsOf(ctx, tx, member)
	if err != nil {
		return nil, err
	}
	died, confirmed := facts.Died()
	if !confirmed {
		return nil, nil
	}
	left, awaited, err := s.leftBehind(ctx, tx, member, facts, died)
	if err != nil {
		return nil, err
	}
	var places []ledger.SchemeCode
	for _, e := range facts.Enrolments {
		places = append(places, e.Scheme)
	}
	slices.Sort(places)
	versions, err := tx.SchemeVersions(ctx, slices.Compact(places)...)
	if err != nil {
		return nil, err
	}
	for _, code := range slices.Compact(places) {
		if len(versions[code]) == 0 {
			continue
		}
		rules, err := match.Compiled((&desk{versions: versions[code], Claim: Claim{EventOn: died}}).inForce()[0])
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(rules.Benefits)) {
			b := rules.Benefits[name]
			if b.AtDeath == "" {
				continue
			}
			f := falling{AtDeath: AtDeath{Scheme: code, Benefit: name}}
			f.handed, f.Awaited = s.handedAtDeath(&b, code, name, member, facts, left, awaited, itself)
			if err := s.claimedBefore(ctx, tx, &f); err != nil {
				return nil, err
			}
			due = append(due, f)
		}
	}
	return due, nil
}

// claimedBefore shows the claim where it was handed in already.
func (s *Service) claimedBefore(ctx context.Context, tx Tx, f *falling) error {
	if f.handed == nil {
		f.Reason = NoSurvivor
		return nil
	}
	c, err := tx.BenefitClaim(ctx, s.name(f.handed.By, f.handed.Reference))
	if errors.Is(err, ErrNoClaim) {
		return nil
	}
	if err == nil {
		f.handed = nil
		f.Shown, err = s.show(ctx, tx, c)
		f.Repeated = true
	}
	return err
}

func (s *Service) factsOf(ctx context.Context, tx Members, member insurance.MemberID) (facts insurance.Facts, err error) {
	salts, err := tx.Salts(ctx, member)
	if err != nil {
		return facts, err
	}
	sealer, err := s.sealerOf(salts[member])
	if err != nil {
		return facts, err
	}
	sealed, err := tx.SealedFacts(ctx, member)
	if err != nil {
		return facts, err
	}
	return insurance.OpenFacts(sealer, member, sealed[member])
}

// leftBehind are those on record as left behind, and those of them who can't be paid yet.
func (s *Service) leftBehind(ctx context.Context, tx Members, member insurance.MemberID, facts insurance.Facts, died ledger.Date) ([]benefit.Survivor, []benefit.Awaited, error) {
	salts, err := tx.Salts(ctx, benefit.Payees(facts, died)...)
	if err != nil {
		return nil, nil, err
	}
	own := func(person string) ledger.Party { return insurance.OwnName(s.Keys, member, person) }
	left, awaited := benefit.LeftBehind(facts, died, benefit.Payable(salts), own)
	return left, awaited, nil
}

// handedAtDeath is the claim for a benefit, and who of those it is for can't be paid yet; nil where nobody is left.
func (s *Service) handedAtDeath(b *rule.Benefit, scheme ledger.SchemeCode, name string, member insurance.MemberID, facts insurance.Facts, left []benefit.Survivor, awaited []benefit.Awaited, itself string) (*Handed, []benefit.Awaited) {
	death := facts.Death
	h := &Handed{Submission: Submission{
		Reference: fmt.Sprintf("death:%s:%d:%s:%s", death.On, facts.DeathsUndone(), scheme, name),
		By:        Submitter{As: AsFund, Person: itself}, For: insurance.Reference{Member: member}, Scheme: scheme,
	}, Claim: benefit.Claim{
		Benefit: name, Event: benefit.Event{Kind: rule.EventDeath, On: death.On},
		Evidence: []benefit.Evidence{{Event: string(rule.EventDeath), On: death.On, By: death.ConfirmedBy}},
	}}
	first, any := benefit.First(left, awaited, b.AtDeath == rule.AtDeathNominee)
	switch {
	case !any:
		return nil, nil
	case b.AtDeath == rule.AtDeathSurvivors:
		h.Survivors = left
		return h, awaited
	case first.PayTo.Held():
		h.PayTo = insurance.MemberID(first.PayTo.ID())
	default:
		h.Payee = first.PayTo
	}
	return h, slices.DeleteFunc(slices.Clone(awaited), func(a benefit.Awaited) bool { return a.Person != first.Person })
}

// PaidAtDeath is what somebody had been paid, in minor units, under a claim for a death that never was.
type PaidAtDeath struct {
	Claim    ledger.ID
	Party    ledger.Party
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	Minor    int64
}

// DeathUndone is the cause of taking back what was granted for a death that never was; nobody else may name it.
const DeathUndone Cause = "death-undone"

// DeathUndoneReason is how the decision tells it.
const DeathUndoneReason = "DEATH_UNDONE"

// UndoAtDeath takes back what is owed under claims on a member's death, whoever handed them in, once her death is off the
// record; by is who took it off. What was paid by then was received in good faith: it stands, and is returned. Said again,
// it does what is missing, and answers the same.
func (s *Service) UndoAtDeath(ctx context.Context, member insurance.MemberID, by string) ([]PaidAtDeath, error) {
	var ids []ledger.ID
	err := s.Store.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		ids, err = s.claimsOnDeath(ctx, tx, member)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("undo claims on a death: %w", err)
	}
	var all []PaidAtDeath
	for _, id := range ids {
		var paid []PaidAtDeath
		err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) (err error) {
			paid, err = s.undoAtDeath(ctx, tx, id, by)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("undo claim %s on a death: %w", id, err)
		}
		all = append(all, paid...)
	}
	return all, nil
}

// claimsOnDeath are the claims on the member's own death.
func (s *Service) claimsOnDeath(ctx context.Context, tx Tx, member insurance.MemberID) (ids []ledger.ID, err error) {
	found, err := tx.BenefitClaimsAbout(ctx, member)
	if err != nil {
		return nil, err
	}
	salts, err := tx.Salts(ctx, member)
	if err != nil {
		return nil, err
	}
	sealer, err := s.sealerOf(salts[member])
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		onDeath, err := onDeathOf(sealer, c, member)
		if err != nil {
			return nil, err
		}
		if onDeath {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

func onDeathOf(sealer *privacy.Sealer, c Claim, member insurance.MemberID) (bool, error) {
	if c.Member != member || c.State == Withdrawn {
		return false, nil
	}
	k, err := openContent(sealer, c.ID, c.Sealed)
	hers := k.Claim.Person == "" || k.Claim.Person == string(member)
	return hers && k.Claim.Event.Kind == rule.EventDeath, err
}

func (s *Service) undoAtDeath(ctx context.Context, tx Tx, id ledger.ID, by string) ([]PaidAtDeath, error) {
	d, err := s.held(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if d.State == Withdrawn || d.State == Refused || d.content.Cause == DeathUndone {
		return d.paid(), nil
	}
	if facts, err := s.factsOf(ctx, tx, d.Member); err != nil || facts.Death.Confirmed() {
		return nil, err // she was found to have died after all, meanwhile
	}
	d.content.Cause = DeathUndone
	if !d.booked() {
		d.State, d.DecidedOn, d.NextOn, d.content.Draft = Withdrawn, d.on, 0, nil
		d.content.Took = append(d.content.Took, by)
		return nil, d.save(ctx, tx, tx.SaveBenefitClaim)
	}
	if err := d.findUndone(ctx, tx, by); err != nil {
		return nil, err
	}
	if err := d.carryOut(ctx, tx, by); err != nil {
		return nil, err
	}
	return d.paid(), d.save(ctx, tx, tx.SaveBenefitClaim)
}

// findUndone judges the claim again by the version that it was judged by, and takes everything from every line.
func (d *desk) findUndone(ctx context.Context, tx Tx, by string) error {
	d.versions = slices.DeleteFunc(slices.Clone(d.versions), func(v insurance.Scheme) bool { return d.standing != nil && v.Version != d.standing.Version })
	if err := d.judge(ctx, tx); err != nil {
		return err
	}
	for i, l := range d.next.Decision.Lines {
		if l.Granted > 0 {
			d.content.Findings = append(d.content.Findings, Finding{Line: i, Reason: DeathUndoneReason, Minor: l.Granted, By: by,
				Text: "the death was taken off the record"})
		}
	}
	d.next = nil
	return d.judge(ctx, tx)
}

// paid is what stands under the claim all the same: it was paid.
func (d *desk) paid() (all []PaidAtDeath) {
	for _, share := range d.owed.Shares {
		if share.Booked > 0 {
			all = append(all, PaidAtDeath{d.ID, share.Payee, d.Scheme, d.Currency, share.Booked})
		}
	}
	return all
}
