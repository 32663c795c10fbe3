package match

import (
	"cmp"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Fold makes a member's position in a scheme anew from her entries: what she gave, and what was granted. What is due is
// known again once it has been judged, and what is unmet stands in the queue.
func Fold(scheme ledger.SchemeCode, entries []ledger.Entry) (Position, error) {
	p := Position{Scheme: scheme}
	for _, c := range contributionsOf(scheme, entries) {
		if err := p.add(c.On, givingOf(c), c.Minor); err != nil {
			return p, err
		}
	}
	recorded := slices.SortedStableFunc(slices.Values(entries), func(a, b ledger.Entry) int { return a.RecordedAt.Compare(b.RecordedAt) })
	for _, e := range recorded {
		if g, ok := insurance.GrantOf(e); ok && g.Line.Scheme == scheme {
			p.fold(g, e.Kind == insurance.KindClawback)
		}
	}
	p.tidy()
	return p, nil
}

// givingOf is how a contribution was given, as rules see it.
func givingOf(c rule.Contribution) insurance.Giving {
	return insurance.Giving{Payer: c.Payer, Account: insurance.AccountLabel(c.Account)}
}

// fold adds what was granted, or clawed back.
func (p *Position) fold(g insurance.Grant, back bool) {
	start, err := ledger.ParseDate(g.Basis.Period)
	if err != nil {
		return // it was granted by another rule than one of periods
	}
	h := p.held(g.Basis.Subsidy, start)
	for _, pot := range g.Pots {
		given := h.given(Line{g.Line.Funder, g.Line.Year, g.Line.Prior}, pot.Account)
		if back {
			given.Minor -= pot.Minor
		} else {
			given.Minor += pot.Minor
		}
	}
	h.Due, h.Version = h.Granted(), max(h.Version, g.Basis.Version)
	h.Moves++
}

// contributionsOf are the contributions in a scheme that stand, by value date. Those of one day are in order of their
// amounts, so that the order in which they came says nothing.
func contributionsOf(scheme ledger.SchemeCode, entries []ledger.Entry) []rule.Contribution {
	return contributionsThat(scheme, entries, func(ledger.Entry) bool { return true })
}

// contributionsThat are those of them whose entries count.
func contributionsThat(scheme ledger.SchemeCode, entries []ledger.Entry, count func(ledger.Entry) bool) []rule.Contribution {
	by := make(map[ledger.ID]ledger.Entry, len(entries))
	undone := map[ledger.ID]bool{}
	for _, e := range entries {
		by[e.ID] = e
		if !e.Undoes.IsZero() {
			undone[e.Undoes] = true
		}
	}
	find := func(id ledger.ID) (ledger.Entry, bool) { e, ok := by[id]; return e, ok }
	var all []rule.Contribution
	for _, e := range entries {
		given, ok := insurance.GivenBy(e, find)
		if ok && given.Minor > 0 && given.Scheme == scheme && !undone[e.ID] && count(e) {
			all = append(all, rule.Contribution{On: e.ValueOn, Minor: given.Minor, Count: 1, Payer: given.Payer, Account: string(given.Account)})
		}
	}
	slices.SortStableFunc(all, func(a, b rule.Contribution) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Minor, b.Minor), cmp.Compare(a.Payer, b.Payer), cmp.Compare(a.Account, b.Account))
	})
	return all
}
