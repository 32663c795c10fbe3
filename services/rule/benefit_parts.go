package rule

import "slices"

// windowEnds are what the months of a window are before.
var windowEnds = []string{"event", "admission", "semester", "claim"}

func (s *Scheme) checkEarnings(where string, e *Earnings) {
	if e == nil {
		return
	}
	for _, v := range []*Value{e.Credit, e.Best, &e.InLast, e.Over} {
		s.checkValue(v)
	}
	oneOf(s, e.Key("before"), where+".earnings.before", e.Before, windowEnds)
}

func (s *Scheme) checkHeads(where string, b *Benefit) {
	p := b.PerHead
	if p == nil {
		return
	}
	oneOf(s, p.Key("kind"), where+".per_head.kind", p.Kind, SurvivorKinds())
	s.checkValue(p.Under)
	s.checkValue(p.UpTo)
	if b.Form == InKind || b.Form == Staged {
		s.wrong(p.Position, "%s.per_head: only cash per day, per month or once is multiplied", where)
	}
}

func (s *Scheme) checkDivision(where string, b *Benefit) {
	d := b.Survivors
	if d == nil {
		return
	}
	if b.Form != LumpSum && b.Form != Periodic {
		s.wrong(d.Position, "%s.survivors: only a lump sum or cash per month is divided", where)
	}
	if len(d.Shares) == 0 && !d.Nominees {
		s.wrong(d.Position, "%s.survivors: write shares:, or nominees: true", where)
	}
	if d.Absent != "" {
		oneOf(s, d.Key("absent"), where+".survivors.absent", d.Absent, []string{ToOthers, Lapses})
	}
	for i := range d.Shares {
		v := &d.Shares[i]
		for _, kind := range append([]string{v.Kind}, v.Without...) {
			oneOf(s, v.Key("kind"), where+".survivors.shares", kind, SurvivorKinds())
		}
		for _, value := range []*Value{v.Share, v.Each, v.Under} {
			s.checkValue(value)
		}
		if (v.Share == nil) == (v.Each == nil) {
			s.wrong(v.Position, "%s.survivors.shares: write share:, which those of the kind divide, or each:", where)
		}
	}
}

// Who gets a benefit that falls due at a death: the first of those whom she has named, and without them the first left
// behind; the first left behind; or all of them, as the benefit's survivors divide it.
const (
	AtDeathNominee   = "nominee"
	AtDeathSurvivor  = "survivor"
	AtDeathSurvivors = "survivors"
)

// checkAtDeath sees that a benefit that falls due at a death can be judged without anybody's asking.
func (s *Scheme) checkAtDeath(where string, b *Benefit) {
	if b.AtDeath == "" {
		return
	}
	oneOf(s, b.Key("at_death"), where+".at_death", b.AtDeath, []string{AtDeathNominee, AtDeathSurvivor, AtDeathSurvivors})
	switch {
	case b.Form != LumpSum && b.Form != Periodic:
		s.wrong(b.Key("at_death"), "%s.at_death: only a lump sum or cash per month falls due at a death", where)
	case (b.AtDeath == AtDeathSurvivors) != (b.Survivors != nil):
		s.wrong(b.Key("at_death"), "%s.at_death: write survivors where survivors: says how it is divided, and only there", where)
	}
}

func (s *Scheme) checkReferral(where string, b *Benefit) {
	r := b.Referral
	if r == nil {
		return
	}
	s.checkLevels(r.Key("above"), where+".referral.above", r.Above)
	s.checkValue(r.Pays)
}

func (s *Scheme) checkCares(at Position, where string, cares []Care) {
	for _, care := range cares {
		oneOf(s, at, where, care, Cares())
	}
}

// checkOrder sees that what a claim comes to cannot depend on the order of its lines, or on the pieces that it is sent in:
// limits are for kinds of care of which one has all of the other or none, and so are ceilings of co-payments inside them.
func (s *Scheme) checkOrder(where string, b *Benefit) {
	for i := range b.Limits {
		l := &b.Limits[i]
		for j := range b.Limits[:i] {
			if other := &b.Limits[j]; !within(l.For, other.For) && !within(other.For, l.For) && meet(l.For, other.For) {
				s.wrong(l.Key("for"), "%s.limits.for: it shares some kinds of care with line %d and not others; let one hold all of the other, or none", where, other.Line)
			}
		}
		s.checkCeilings(where, b, l)
	}
}

// checkCeilings looks at one limit, and at the co-payments and other limits that meet it.
func (s *Scheme) checkCeilings(where string, b *Benefit, l *Limit) {
	met, ceilings := 0, 0
	for i := range b.CoPayments {
		c := &b.CoPayments[i]
		if !meet(c.For, l.For) {
			continue
		}
		met++
		if c.UpTo == nil {
			continue
		}
		ceilings++
		switch {
		case l.Amount != nil && !within(c.For, l.For):
			s.wrong(c.Key("for"), "%s.co_payments: the ceiling is for care inside the limit of line %d and outside; write one for each", where, l.Line)
		case l.Days != nil && (!within(l.For, c.For) || len(c.Level) > 0):
			s.wrong(c.Key("for"), "%s.co_payments: the ceiling is for some of the care only that line %d limits by days; write it for all", where, l.Line)
		}
	}
	if l.Days != nil && ceilings > 0 && met > 1 {
		s.wrong(l.Position, "%s.limits: where days are limited, a co-payment with a ceiling must be the only one for that care", where)
	}
	for i := range b.Limits {
		if other := &b.Limits[i]; l.Days != nil && other.Amount != nil && meet(l.For, other.For) && !within(l.For, other.For) {
			s.wrong(other.Key("for"), "%s.limits.for: line %d limits the days of more kinds of care than these; write the amount for all of them", where, l.Line)
		}
	}
}

// within says whether all kinds of care of one list are in the other; an empty list has all.
func within(some, all []Care) bool {
	if len(all) == 0 {
		return true
	}
	return len(some) > 0 && !slices.ContainsFunc(some, func(c Care) bool { return !slices.Contains(all, c) })
}

// meet says whether two lists share a kind of care.
func meet(a, b []Care) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(c Care) bool { return slices.Contains(b, c) })
}
