package rule

import (
	"errors"

	"sanad.dev/sanad/services/rule/exact"
)

// circumstances are the numbers of an event that what a scheme says of cover and benefits may name, besides what every
// rule may: who asks gives them in [Input.Circumstances].
var circumstances = map[string]string{}

// Favour says which of two answers counts where a birth is known by its year only: doubt counts for the member.
type Favour bool

// The greater of two amounts favours who is paid; the lesser who pays.
const (
	Greater Favour = true
	Lesser  Favour = false
)

// Compute is the value's number on the input's day, or the refusal where something is not known. The error says that the
// rule itself fails.
func (s *Scheme) Compute(v *Value, in Input, favour Favour) (exact.Number, *Refusal, error) {
	var best exact.Number
	var refusal *Refusal
	for i, e := range s.envs(in) {
		n := v.eval(e)
		if e.refusal != nil {
			n = exact.Int(0)
		}
		if n.Err() != nil {
			return n, e.refusal, n.Err()
		}
		if i == 0 || refusal != nil && e.refusal == nil || (refusal == nil) == (e.refusal == nil) && best.Less(n) == bool(favour) {
			best, refusal = n, e.refusal
		}
	}
	return best, refusal, nil
}

// Call is what the function of rules.star returns for the input's day.
func (s *Scheme) Call(function string, in Input) (exact.Number, *Refusal, error) {
	var best exact.Number
	var refusal *Refusal
	for i, e := range s.envs(in) {
		n := e.call(function)
		if n.Err() != nil {
			return n, e.refusal, n.Err()
		}
		if i == 0 || best.Less(n) {
			best, refusal = n, e.refusal
		}
	}
	return best, refusal, nil
}

// Refused is why the first condition that does not hold on the input's day does not; nil where all hold. Where a birth
// is known by its year only, it is enough that they hold for one of its days.
func (s *Scheme) Refused(when []Condition, in Input) (*Refusal, error) {
	var refusal *Refusal
	for _, e := range s.envs(in) {
		for i := range when {
			if when[i].check(e); e.refusal != nil {
				break
			}
		}
		if err := e.in.spend(0); err != nil {
			return nil, errors.Join(err, errors.New("the conditions ask for too much"))
		}
		if e.refusal == nil {
			return nil, nil
		}
		refusal = e.refusal
	}
	return refusal, nil
}

// Rounded is the number rounded as the rule says, or to minor units of the scheme's currency, downwards; in minor units.
func (s *Scheme) Rounded(r *Rounding, n exact.Number) (int64, error) {
	e := &env{scheme: s, in: &Input{}}
	return r.of(e, n).Minor(s.decimals)
}

// envs are what a rule sees that is asked on the input's day, for every birth that what is known leaves open.
func (s *Scheme) envs(in Input) []*env {
	in = *in.ordered()
	var all []*env
	for _, birth := range possibleBirths(in.Facts.Birth) {
		e := &env{scheme: s, sub: s.anySubsidy(), in: &in, birth: birth, on: in.On, plain: true}
		e.period = e.sub.PeriodOf(in.day(), in.Enrolled)
		e.contributions = selected(in.Contributions, e.period, "", nil)
		all = append(all, e)
	}
	return all
}
