package insurance

import "sanad.dev/sanad/ledger"

// SchemeWellFormed says whether the text could be a scheme's code; no scheme is known by any other.
func SchemeWellFormed(code ledger.SchemeCode) bool { return schemeCode.MatchString(string(code)) }

// Enrol asks for the change that gives a member a place in a scheme from the day on. Who has a place on that day or
// later, with another first day, is enrolled already; where there is a reason, the new first day takes the place of all
// those, and the last day of the last of them stays. The same again changes nothing.
func (f Facts) Enrol(scheme ledger.SchemeCode, from ledger.Date, why Correction) (Change, error) {
	place := Enrolment{Scheme: scheme, Days: Days{From: from}}
	c := Change{Why: why}
	for _, e := range f.Enrolments {
		switch {
		case e.Scheme != scheme || e.To != 0 && e.To < from:
			continue
		case e.From == from:
			return Change{Add: Facts{Enrolments: []Enrolment{e}}}, nil
		}
		place.To = e.To
		c.TakeBack.Enrolments = append(c.TakeBack.Enrolments, e)
	}
	if len(c.TakeBack.Enrolments) > 0 && why == "" {
		return c, Fault{"scheme", AlreadyEnrolled, "she has a place in the scheme on that day or later; where its first day was wrong, say why"}
	}
	c.Add.Enrolments = []Enrolment{place}
	return c, nil
}

// Leave asks for the change that ends a member's place in a scheme with the day. Where it has ended already, another
// last day needs a reason.
func (f Facts) Leave(scheme ledger.SchemeCode, last ledger.Date, why Correction) (Change, error) {
	var left *Enrolment
	for _, e := range f.Enrolments {
		if e.Scheme == scheme && e.From <= last {
			left = &e
		}
	}
	if left == nil {
		return Change{}, Fault{"scheme", NotEnrolled, "she has no place in the scheme on that day; enrol her with her first day"}
	}
	if left.To != 0 && left.To < last && why == "" {
		return Change{}, Fault{"scheme", NotEnrolled, "she left the scheme before that day; where her last day was wrong, say why"}
	}
	return Change{Add: Facts{Enrolments: []Enrolment{left.until(last)}}, Why: why}, nil
}
