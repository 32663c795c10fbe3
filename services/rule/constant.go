package rule

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// Constant is the value on a day where it depends on no member: a number, or a parameter that is one.
func (s *Scheme) Constant(v *Value, on Day) (exact.Number, bool) {
	if v == nil || !s.constant(v, on, map[string]bool{}) {
		return exact.Number{}, false
	}
	n := v.eval(&env{scheme: s, in: &Input{}, sub: s.anySubsidy(), on: ledger.Date(on)})
	return n, n.Err() == nil
}

// constant says whether a value depends on no member; seen are the parameters that have been looked at, and one that is
// asked for while it is looked at is not constant.
func (s *Scheme) constant(v *Value, on Day, seen map[string]bool) bool {
	is := true
	v.Each(func(inner *Value) {
		switch _, named := s.Parameters[inner.Name]; {
		case inner.Form != nil:
			is = is && inner.Form.Lookup == nil && inner.Form.Highest == nil && inner.Form.Total == nil
		case named:
			is = is && s.constantParameter(inner.Name, on, seen)
		case inner.Written == nil:
			is = false
		}
	})
	return is
}

func (s *Scheme) constantParameter(name string, on Day, seen map[string]bool) bool {
	if is, known := seen[name]; known {
		return is
	}
	seen[name] = false
	p := s.Parameters[name]
	dated := p.on(ledger.Date(on))
	seen[name] = dated != nil && s.constant(dated, on, seen)
	return seen[name]
}
