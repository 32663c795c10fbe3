package benefit

import (
	"fmt"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Survivor is one of those left behind.
type Survivor struct {
	// Person is an opaque name, her member id where she has one.
	Person string                  `json:"person"`
	Kind   insurance.DependantKind `json:"kind"`
	Birth  insurance.Birth         `json:"birth,omitzero"`
	// Nominee says that the dead member had named her; Parts is how many parts she left her, one where not said.
	Nominee bool  `json:"nominee,omitempty"`
	Parts   int64 `json:"parts,omitempty"`
	// PayTo is who is paid for her: herself where empty, or a minor's guardian.
	PayTo ledger.Party `json:"pay_to,omitempty"`
}

// Share is what one of several gets of an amount, in minor units.
type Share struct {
	Survivor
	Minor int64
}

// Split divides an amount in minor units by weights: in whole units, the largest remainders first, so that nothing is lost
// (L9). Weights below zero count as zero; where all are zero nothing is divided.
func Split(minor int64, weights ...exact.Number) ([]int64, error) {
	sum := exact.Int(0)
	for i := range weights {
		weights[i] = exact.Max(exact.Int(0), weights[i])
		sum = sum.Plus(weights[i])
	}
	parts := make([]int64, len(weights))
	if sum.Sign() == 0 {
		return parts, sum.Err()
	}
	rest := make([]exact.Number, len(weights))
	left := minor
	for i, w := range weights {
		exactly := exact.Int(minor).Times(w).Over(sum)
		whole, ok := exactly.Round(exact.Down, exact.Int(1)).Whole()
		if !ok {
			return nil, fmt.Errorf("divide among survivors: %w", exactly.Err())
		}
		parts[i], rest[i] = whole, exactly.Minus(exact.Int(whole))
		left -= whole
	}
	return largest(parts, rest, left), nil
}

// largest gives the units that are left to those with the largest remainders, one each.
func largest(parts []int64, rest []exact.Number, left int64) []int64 {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rest[b].Cmp(rest[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}

// divided is a line divided among the survivors, where the benefit says how: a line each. Nobody's share is nobody's
// money: it is a line of its own that was not taken, and lapses.
func (j *judge) divided(l *line) ([]*line, error) {
	if j.b.Survivors == nil {
		return []*line{l}, nil
	}
	if l.left == 0 {
		return []*line{l}, nil
	}
	weights, lapsed, err := j.weights(max(l.on, j.c.Claim.Event.On))
	if err != nil {
		return nil, err
	}
	granted, err := Split(l.left, append(weights, lapsed)...)
	if err != nil {
		return nil, err
	}
	took := l.asked - l.left
	var lines []*line
	for i, s := range j.sorted() {
		if granted[i] > 0 {
			one := newLine(l.item+" "+s.Person, granted[i])
			one.on, one.payTo = l.on, s.payee()
			lines = append(lines, one)
		}
	}
	if rest := granted[len(weights)] + took; rest > 0 || len(lines) == 0 {
		l.asked, l.left = rest, rest-took
		l.take(l.left, Why{Reason: ShareUntaken, Rule: j.rule("survivors"), Text: "nobody is left behind for this share"})
		lines = append(lines, l)
	}
	return lines, nil
}

func (s Survivor) payee() ledger.Party {
	if s.PayTo != "" {
		return s.PayTo
	}
	return insurance.MemberID(s.Person).Party()
}

// sorted are the survivors in an order that does not depend on that in which they came.
func (j *judge) sorted() []Survivor {
	return slices.SortedStableFunc(slices.Values(j.c.Survivors), func(a, b Survivor) int { return strings.Compare(a.Person, b.Person) })
}

// weights are the parts of the survivors, and the part that lapses.
func (j *judge) weights(on ledger.Date) ([]exact.Number, exact.Number, error) {
	all, d := j.sorted(), j.b.Survivors
	weights := make([]exact.Number, len(all))
	if d.Nominees && slices.ContainsFunc(all, func(s Survivor) bool { return s.Nominee }) {
		for i, s := range all {
			if s.Nominee {
				weights[i] = exact.Int(max(1, s.Parts))
			}
		}
		return weights, exact.Int(0), nil
	}
	lapsed := exact.Int(0)
	for i := range d.Shares {
		share, err := j.kindWeights(&d.Shares[i], all, weights, on)
		if err != nil {
			return nil, lapsed, err
		}
		lapsed = lapsed.Plus(share)
	}
	return weights, j.lapsing(weights, lapsed), nil
}

// lapsing is the part that goes to nobody: none where others take it and there are any, or where the shares make more
// than the whole and all fall in proportion.
func (j *judge) lapsing(weights []exact.Number, lapsed exact.Number) exact.Number {
	sum := exact.Int(0)
	for _, w := range weights {
		sum = sum.Plus(w)
	}
	if sum.Sign() > 0 && j.b.Survivors.Absent != rule.Lapses {
		return exact.Int(0)
	}
	return exact.Max(exact.Int(0), exact.Int(1).Minus(sum))
}

// kindWeights gives those of a kind their parts, and returns the part that nobody takes.
func (j *judge) kindWeights(v *rule.Surviving, all []Survivor, weights []exact.Number, on ledger.Date) (exact.Number, error) {
	under, err := j.whole(v.Under, rule.Greater, 1000)
	if err != nil {
		return exact.Number{}, err
	}
	if slices.ContainsFunc(all, func(s Survivor) bool { return slices.Contains(v.Without, string(s.Kind)) }) {
		return exact.Int(0), nil
	}
	var of []int
	for i, s := range all {
		least, _, known := s.Birth.AgeBounds(on)
		if string(s.Kind) == v.Kind && (!known || int64(least) < under) {
			of = append(of, i)
		}
	}
	value := v.Share
	if value == nil {
		value = v.Each
	}
	share, refusal, err := j.scheme.Compute(value, j.in, rule.Greater)
	if err != nil || refusal != nil {
		return exact.Int(0), err
	}
	if len(of) == 0 {
		return share, nil
	}
	if v.Share != nil {
		share = share.Over(exact.Int(int64(len(of))))
	}
	for _, i := range of {
		weights[i] = weights[i].Plus(share)
	}
	return exact.Int(0), nil
}
