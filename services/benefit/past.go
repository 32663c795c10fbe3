package benefit

import (
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Past is what a claim that was granted leaves in the history of those after it: a line for each of which something was
// granted. Of a claim that was judged again it is the last decision that counts.
func Past(s *rule.Scheme, c Case, d insurance.Decision) []Earlier {
	var all []Earlier
	b := s.Benefits[c.Claim.Benefit]
	for i, l := range d.Lines {
		if l.Granted == 0 {
			continue
		}
		e := Earlier{
			Claim: c.Claim.ID, Event: c.Claim.event(), EventOn: c.Claim.Event.On, Scheme: c.Scheme, Benefit: c.Claim.Benefit,
			Member: c.Claim.Member, Person: c.Claim.person(), Item: l.Item, On: l.On, Days: l.Days, Minor: l.Granted,
		}
		for _, r := range l.Reductions {
			switch {
			case r.Reason == CoPaid:
				e.CoPaid += r.Took
			case c.Cover.charges(r.Reason):
				e.Charged += r.Took
			}
		}
		if b.Form == rule.InKind && i < len(c.Claim.Lines) {
			e.ofLine(s, c.Claim.Lines[i])
		}
		if b.Form == rule.Daily {
			e.To = c.Claim.Event.To
		}
		all = append(all, e)
	}
	return all
}

// ofLine keeps what the line says of the care.
func (e *Earlier) ofLine(s *rule.Scheme, l Line) {
	e.Care, e.Level, e.On, e.To = l.Care, l.Level, l.On, l.To
	if p := s.PriceOf(l.Item); p != nil {
		e.Care = p.Care
		if p.Stay && e.To == 0 {
			e.To = e.On
		}
	}
}

func (c Cover) charges(reason string) bool {
	for _, charge := range c.Charges {
		if charge.Reason == reason {
			return true
		}
	}
	return false
}
