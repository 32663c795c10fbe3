package rule

// NeedsFacts says whether any rule looks at facts besides contributions. Vesting does: at who has left, and since when she
// was in.
func (s *Scheme) NeedsFacts() bool {
	if s.Vesting != nil {
		return true
	}
	for i := range s.Subsidies {
		if s.Subsidies[i].needsFacts() {
			return true
		}
	}
	return false
}

// NeedsEvery says whether any rule reads every contribution, and not only what was given by month.
func (s *Scheme) NeedsEvery() bool {
	for i := range s.Subsidies {
		if s.Subsidies[i].Reads == ByContribution {
			return true
		}
	}
	return false
}

// factless are the quantities that contributions alone tell.
var factless = map[string]bool{
	"contributions": true, "instalments": true, "months": true, "amount": true, "lifetime_contributions": true,
	"granted": true, "granted_before": true, "days_in_period": true,
}

// needsFacts says whether the subsidy looks at facts: for certain not where it is made of steps that name none. A rule
// of rules.star may look at any.
func (sub *Subsidy) needsFacts() bool {
	if sub.Rule != "" || len(sub.When) > 0 || sub.Span == EnrolmentYear || sub.Until != nil {
		return true
	}
	s, needs, seen := sub.scheme, false, map[string]bool{}
	var look func(v *Value)
	look = func(v *Value) {
		v.Each(func(inner *Value) {
			if inner.Form != nil && inner.Form.Highest != nil {
				needs = true
			}
			p, isParameter := s.Parameters[inner.Name]
			switch {
			case inner.Name == "" || factless[inner.Name]:
			case isParameter && seen[inner.Name]:
			case isParameter:
				seen[inner.Name] = true
				for i := range p.Dated {
					look(&p.Dated[i].Value)
				}
			default:
				needs = true
			}
		})
	}
	eachValue(sub.Amount, look)
	look(sub.Cap)
	look(sub.LifetimeCap)
	if s.Stack != nil {
		look(&s.Stack.Ceiling)
	}
	return needs
}

// eachValue calls fn for every value of the steps.
func eachValue(steps []Step, fn func(*Value)) {
	for i := range steps {
		step := &steps[i]
		for _, v := range []*Value{step.Of, step.Times, step.Plus, step.Minus, step.Over, step.UpTo, step.NoLessThan, step.AtLeast,
			step.AtMost, step.Exactly, step.Flat, step.Room} {
			fn(v)
		}
		for j := range step.Marginal {
			fn(&step.Marginal[j].Over)
			fn(&step.Marginal[j].Rate)
		}
		if p := step.PhaseOut; p != nil {
			fn(&p.By)
			fn(&p.From)
			fn(&p.To)
		}
		if p := step.ProRata; p != nil {
			fn(&p.Part)
			fn(&p.Whole)
		}
		eachValue(step.Each, fn)
		eachValue(step.EachMonth, fn)
		if step.EachWithdrawal != nil {
			fn(&Value{Name: "withdrawn"})
			eachValue(step.EachWithdrawal, fn)
		}
		if a := step.OneAccount; a != nil {
			fn(&Value{Name: a.Chosen})
			eachValue(a.Amount, fn)
		}
	}
}
