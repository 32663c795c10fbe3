package rule

import (
	"slices"
)

// KnowsAccount says whether the scheme has rules that look at the account of that label. A scheme that tells no accounts
// apart takes any label, since none matters, and so does one whose rules are not written for named accounts: a rule of
// rules.star, or one that chooses among those that something was given to.
func (s *Scheme) KnowsAccount(label string) bool {
	named, any := s.accounts()
	return any || len(named) == 0 || slices.Contains(named, label)
}

// accounts are the labels that the rules name, and whether a rule looks at any label.
func (s *Scheme) accounts() (named []string, any bool) {
	note := func(v *Value) {
		v.Each(func(inner *Value) {
			if inner.Form != nil && inner.Form.Total != nil && inner.Form.Total.Account != "" {
				named = append(named, inner.Form.Total.Account)
			}
		})
	}
	for i := range s.Subsidies {
		sub := &s.Subsidies[i]
		any = any || sub.Rule != "" || hasOneAccount(sub.Amount)
		if sub.Account != "" {
			named = append(named, sub.Account)
		}
		eachValue(sub.Amount, note)
		note(sub.Cap)
		note(sub.LifetimeCap)
	}
	for _, p := range s.Parameters {
		for i := range p.Dated {
			note(&p.Dated[i].Value)
		}
	}
	return named, any
}

// hasOneAccount says whether the steps choose one account of several.
func hasOneAccount(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool {
		return s.OneAccount != nil || hasOneAccount(s.Each) || hasOneAccount(s.EachMonth) || hasOneAccount(s.EachWithdrawal)
	})
}
