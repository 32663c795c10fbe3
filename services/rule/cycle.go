package rule

import "slices"

// checkCycles looks for parameters and answers that are computed from themselves.
func (s *Scheme) checkCycles() {
	state := map[string]int{} // 1 while it is being looked at, 2 once it is known to end
	for _, name := range append(sortedKeys(s.Parameters), sortedKeys(s.Answers)...) {
		if through := s.cycle(name, state); through != nil {
			s.wrong(s.placeOf(name), "%s is computed from itself (%v); write one of them as a number", name, through)
			return
		}
	}
}

// cycle is the way from the name back to itself; nil where there is none.
func (s *Scheme) cycle(name string, state map[string]int) []string {
	switch state[name] {
	case 1:
		return []string{name}
	case 2:
		return nil
	}
	state[name] = 1
	for _, other := range s.namedBy(name) {
		if through := s.cycle(other, state); through != nil {
			return append([]string{name}, through...)
		}
	}
	state[name] = 2
	return nil
}

// namedBy are the parameters and answers that the value of one names.
func (s *Scheme) namedBy(name string) []string {
	var named []string
	add := func(v *Value) {
		v.Each(func(inner *Value) {
			_, parameter := s.Parameters[inner.Name]
			_, answer := s.Answers[inner.Name]
			if (parameter || answer) && !slices.Contains(named, inner.Name) {
				named = append(named, inner.Name)
			}
		})
	}
	if p, ok := s.Parameters[name]; ok {
		for i := range p.Dated {
			add(&p.Dated[i].Value)
		}
	}
	if a, ok := s.Answers[name]; ok {
		eachValue(a.Amount, add)
	}
	return named
}

func (s *Scheme) placeOf(name string) Position {
	if p, ok := s.Parameters[name]; ok {
		return p.Position
	}
	return s.Answers[name].Position
}
