package lint

import "slices"

// checkFunds looks for pools that nobody helps, or that are helped in one way only.
func (r *reader) checkFunds() {
	f := r.scheme.Funds
	if f == nil {
		return
	}
	alone := f.PoolsWithoutSource()
	for _, name := range sorted(f.Pools) {
		p := f.Pools[name]
		switch {
		case slices.Contains(alone, name):
			r.warn(p.Position, "nobody stands behind the %s pool: what it cannot pay waits, though it is owed; write guarantor: the funder that is called, or national: without no_loan", name)
		case p.NoLoan:
			r.warn(p.Position, "the %s pool may not borrow from the national pool, by %s: every shortfall is the guarantor's", name, p.Law)
		}
	}
}
