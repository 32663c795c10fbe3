package pension

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
)

// Opened is what a confirmed death has opened in a scheme.
type Opened struct {
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	// Decision is the one that divides what she has saved; empty where there is none, and Reason then says why.
	Decision insurance.DecisionID
	Reason   string
	// Granted is what it grants, with the first instalment of pensions, in minor units.
	Granted int64
	// Awaited are those of whom nobody has said who is paid for them. What is theirs is owed in their own names.
	Awaited []benefit.Awaited
}

// SurvivorsUnsaid is why what she leaves is left open until somebody asks for it: the scheme does not say who gets what,
// and she has named nobody.
const SurvivorsUnsaid = "SURVIVORS_NOT_IN_SCHEME"

// OpenSurvivors decides what a member leaves whose death two people have confirmed, in each scheme that she has had a place
// in, from what is on record of those left behind; the two who stand for her death stand for the decision. What was decided
// stands: said again, it does what is missing. A scheme of which nothing can be said yet is left open, and why is answered.
func (s *Service) OpenSurvivors(ctx context.Context, member insurance.MemberID) ([]Opened, error) {
	schemes, err := s.placesOf(ctx, member)
	if err != nil {
		return nil, fmt.Errorf("open what a member leaves: %w", err)
	}
	var all []Opened
	for _, scheme := range schemes {
		err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
			opened, err := s.openSurvivors(ctx, tx, member, scheme)
			if opened != nil && err == nil {
				all = append(all, *opened)
			}
			return err
		})
		if err != nil {
			return all, fmt.Errorf("open what a member leaves in %s: %w", scheme, err)
		}
	}
	return all, nil
}

// placesOf are the schemes that a member has had a place in.
func (s *Service) placesOf(ctx context.Context, member insurance.MemberID) (schemes []ledger.SchemeCode, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		a := &asking{Service: s, Request: Request{Ask: oldage.Ask{Member: member}}, tx: tx}
		if err := a.known(ctx, []ledger.Party{member.Party()}); err != nil {
			return err
		}
		schemes = nil
		for _, e := range a.facts.Enrolments {
			schemes = append(schemes, e.Scheme)
		}
		slices.Sort(schemes)
		schemes = slices.Compact(schemes)
		return nil
	})
	return schemes, err
}

// openSurvivors decides in one scheme; nil where there is nothing to decide.
func (s *Service) openSurvivors(ctx context.Context, tx Tx, member insurance.MemberID, scheme ledger.SchemeCode) (*Opened, error) {
	a := &asking{Service: s, tx: tx, member: member.Party(), Request: Request{Scheme: scheme, Ask: oldage.Ask{Kind: oldage.ToSurvivors, Member: member}}}
	if err := tx.HoldMembers(ctx, member); err != nil {
		return nil, err
	}
	if err := a.known(ctx, []ledger.Party{a.member}); err != nil {
		return nil, err
	}
	died, confirmed := a.facts.Died()
	if !confirmed {
		return nil, nil
	}
	a.id = ledger.ID(s.Keys.Hash("pension-death", string(scheme), string(member), died.String(), strconv.Itoa(a.facts.DeathsUndone())))
	a.Request.Ask.ID = a.id.String()
	awaited, err := a.leftBehind(ctx, died)
	if err != nil {
		return nil, err
	}
	if err := a.read(ctx); err != nil {
		return nil, noOldAge(err)
	}
	opened := &Opened{Scheme: scheme, Currency: a.rules.published.Currency, Awaited: awaited}
	return a.open(ctx, opened)
}

// noOldAge is no fault where a scheme says nothing of old age.
func noOldAge(err error) error {
	var fault insurance.Fault
	if errors.As(err, &fault) && fault.Field == "scheme" {
		return nil
	}
	return err
}

// leftBehind reads who is left behind, and returns those who can't be paid yet.
func (a *asking) leftBehind(ctx context.Context, died ledger.Date) (awaited []benefit.Awaited, err error) {
	salts, err := a.tx.Salts(ctx, benefit.Payees(a.facts, died)...)
	if err != nil {
		return nil, err
	}
	own := func(person string) ledger.Party { return insurance.OwnName(a.Keys, a.Request.Ask.Member, person) }
	a.Survivors, awaited = benefit.LeftBehind(a.facts, died, benefit.Payable(salts), own)
	return awaited, nil
}

// open decides, where nothing was decided and there is something to divide.
func (a *asking) open(ctx context.Context, opened *Opened) (*Opened, error) {
	kept, found, err := a.tx.Decision(ctx, insurance.DecisionID(a.id.String()))
	if err != nil {
		return nil, err
	}
	if found {
		r, err := kept.Open(a.sealer)
		opened.Decision, opened.Granted = r.ID, r.Granted()
		return opened, err
	}
	c, err := a.judged(ctx)
	if err != nil {
		return nil, err
	}
	j, err := oldage.Judge(a.rules.Scheme, c)
	if err != nil {
		return nil, err
	}
	named := slices.ContainsFunc(a.Survivors, func(s benefit.Survivor) bool { return s.Nominee })
	switch {
	case j.Refused() && !anything(j.Decision):
		return nil, nil
	case j.Refused():
		opened.Reason, opened.Awaited = firstReason(j.Decision), nil
		return opened, nil
	case a.rules.OldAge.Survivors == nil && !named:
		opened.Reason, opened.Awaited = SurvivorsUnsaid, nil
		return opened, nil
	}
	d := a.facts.Death
	opened.Decision, opened.Granted = insurance.DecisionID(a.id.String()), j.Decision.Granted()
	_, err = a.decide(ctx, c, j, []string{d.EnteredBy, d.ConfirmedBy}, insurance.Proposal{Maker: d.EnteredBy, Approver: d.ConfirmedBy, Done: true})
	return opened, err
}

// anything says whether anything was asked for.
func anything(d insurance.Decision) bool {
	return slices.ContainsFunc(d.Lines, func(l insurance.DecisionLine) bool { return l.Asked > 0 })
}

func firstReason(d insurance.Decision) string {
	for _, l := range d.Lines {
		for _, r := range l.Reductions {
			return r.Reason
		}
	}
	return ""
}
