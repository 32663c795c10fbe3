// Package shadow compares a rule that is not in force with what is, over the real history in the books, and books
// nothing: who would gain, who would lose and what it would cost, in groups of members and never of one.
//
// Beside the shadow rule stands its universal twin, which is the same rule without what refuses by who somebody is
// ([rule.Scheme.Twin]), twice: at equal rate, as it is, and at equal cost, where everybody's due is multiplied by the one
// exact fraction that makes the total that of the shadow rule, and rounded down to whole minor units.
//
// Its laws: totals are exact (L9); members come one by one and nothing is kept of any of them but what was added up; no
// figure is told that rests on fewer than ten members, nor any from which one could be computed (L11).
package shadow

import (
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// Member is what the comparison looks at of one member: the groups that she is in, and what she is due by each rule, in
// minor units.
type Member struct {
	Profile insurance.Profile
	// Base is what she is due by the rule in force, or what the books have granted her.
	Base int64
	// Shadow is what the shadow rule would make due, and Twin its universal twin; zero where there is no twin.
	Shadow, Twin int64
	// Refused are the reasons for which the shadow rule makes nothing due for a period.
	Refused []string
}

// Totals are what a first look at all members adds up, so that the second one knows the twin's factor.
type Totals struct{ Shadow, Twin int64 }

// Add adds a member's due, or returns [ledger.ErrOverflow].
func (t *Totals) Add(shadow, twin int64) (err error) {
	if t.Shadow, err = add(t.Shadow, shadow); err == nil {
		t.Twin, err = add(t.Twin, twin)
	}
	return err
}

// Factor is by what the twin's due is multiplied so that it costs what the shadow rule costs; false where no factor does
// that, for the twin gives nothing.
func (t Totals) Factor() (exact.Number, bool) {
	if t.Twin == 0 {
		return exact.Number{}, false
	}
	return exact.Share(t.Shadow, t.Twin), true
}

// scaled is the due multiplied by the factor and rounded down.
func scaled(minor int64, factor exact.Number) (int64, error) {
	n := exact.Int(minor).Times(factor).Round(exact.Down, exact.Int(1))
	whole, ok := n.Whole()
	if !ok {
		return 0, fmt.Errorf("%w: %d times %s", ledger.ErrOverflow, minor, factor)
	}
	return whole, nil
}

func add(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) {
		return 0, fmt.Errorf("%w: %d + %d", ledger.ErrOverflow, a, b)
	}
	return sum, nil
}
