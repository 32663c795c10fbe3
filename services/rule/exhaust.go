package rule

import (
	"math/big"
	"slices"
)

// Shares says what each of several wants gets of what is left of a budget, in minor units and in the order in which
// they came. What is not got stays due (9500), except under [Stop].
//
//   - [Queue] and [Stop]: whole or nothing, in order; who comes later gets nothing once one was left without.
//   - [Partial]: in order; the last one gets what is left.
//   - [ProRataShare]: all get the same part, rounded down to the minor unit.
func (x Exhaustion) Shares(left int64, wants ...int64) []int64 {
	if x == ProRataShare {
		return proRata(max(0, left), wants)
	}
	shares := make([]int64, len(wants))
	for i, want := range wants {
		switch {
		case want <= left:
			shares[i] = want
		case x == Partial:
			shares[i] = max(0, left)
		}
		left -= shares[i]
		if shares[i] < want {
			return shares
		}
	}
	return shares
}

func proRata(left int64, wants []int64) []int64 {
	sum := new(big.Int)
	for _, want := range wants {
		sum.Add(sum, big.NewInt(want))
	}
	if sum.Cmp(big.NewInt(left)) <= 0 {
		return slices.Clone(wants)
	}
	shares := make([]int64, len(wants))
	for i, want := range wants {
		part := new(big.Int).Mul(big.NewInt(want), big.NewInt(left))
		shares[i] = part.Quo(part, sum).Int64()
	}
	return shares
}
