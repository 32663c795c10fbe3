package rule

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// Claims say who must look at a claim before what is granted is owed: nobody where nothing is said, for what the rules
// have granted is owed by them.
type Claims struct {
	Place `yaml:"-"`
	// OnePersonAbove is the amount above which one person approves, and TwoPeopleAbove that above which two do; neither is
	// who handed the claim in.
	OnePersonAbove *Value `yaml:"one_person_above"`
	TwoPeopleAbove *Value `yaml:"two_people_above"`
}

// Approvers is how many people approve an amount in minor units on the day: none, one or two.
func (s *Scheme) Approvers(minor int64, on ledger.Date) (int, error) {
	if s.Claims == nil {
		return 0, nil
	}
	amount := exact.OfMinor(minor, s.decimals)
	for _, step := range []struct {
		above  *Value
		people int
	}{{s.Claims.TwoPeopleAbove, 2}, {s.Claims.OnePersonAbove, 1}} {
		if step.above == nil {
			continue
		}
		above, refusal, err := s.Compute(step.above, Input{On: on}, Lesser)
		if err != nil {
			return 0, err
		}
		if refusal != nil || above.Less(amount) { // what can't be told is looked at
			return step.people, nil
		}
	}
	return 0, nil
}

// checkClaims looks at the amounts above which people look.
func (s *Scheme) checkClaims() {
	if s.Claims == nil {
		return
	}
	s.checkValue(s.Claims.OnePersonAbove)
	s.checkValue(s.Claims.TwoPeopleAbove)
	if s.Claims.OnePersonAbove == nil && s.Claims.TwoPeopleAbove == nil {
		s.wrong(s.Claims.Position, "claims: write one_person_above: or two_people_above: an amount, such as 500")
	}
}
