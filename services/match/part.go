package match

import "math/big"

// of is the same part of a want that all get: rounded down to the minor unit, and all of it where all can have all.
func (p *Part) of(want int64) int64 {
	if p.Wanted <= p.Left {
		return want
	}
	part := new(big.Int).Mul(big.NewInt(want), big.NewInt(max(0, p.Left)))
	return part.Quo(part, big.NewInt(p.Wanted)).Int64()
}
