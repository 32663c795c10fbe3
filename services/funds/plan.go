package funds

import (
	"cmp"
	"math/big"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Standing is a pool with its terms, its figures, and what its guarantor has been called for and not paid.
type Standing struct {
	Fund    insurance.FundAccount
	Terms   rule.FundTerms
	Figures Figures
	Called  int64
}

// Help is what a plan does for one pool: what passes between it and the national pool, in minor units, down where
// negative; and what its guarantor is called for.
type Help struct {
	Fund                   insurance.FundAccount
	Ceded, Recovered, Loan int64
	Call                   int64
	// After are the pool's figures once all that passes is booked.
	After Figures
}

// Plan says what is due between the national pool and the groups' pools of one kind that stand before it, less what is
// booked (L6); and what guarantors are called for. It is pure. The helps come in the order of the groups, the national
// pool's last.
//
// A group's pool cedes its part of what it earned, and recovers its part of what the year's claims are above its
// retention. What it then lacks to pay what it owes, the national pool lends as far as it stands above its own floor;
// where that is not enough, each gets the same part of what it lacks. A loan helps to pay and makes nobody richer: for
// what a pool stands under its floor, after outstanding claims, the guarantor is called.
func Plan(national *Standing, groups []Standing) []Help {
	helps := make([]Help, len(groups))
	for i, g := range groups {
		helps[i] = Help{Fund: g.Fund, After: g.Figures}
		if national != nil {
			helps[i].cede(g.Terms, &national.Figures)
		}
	}
	if national != nil {
		lend(&national.Figures, groups, helps)
		helps = append(helps, Help{Fund: national.Fund, After: national.Figures})
		groups = append(slices.Clone(groups), *national)
	}
	for i, g := range groups {
		helps[i].Call = max(0, helps[i].After.Under()-g.Called)
	}
	return helps
}

// cede computes what is due by cession and retention, less what is booked, and what both pools are then.
func (h *Help) cede(terms rule.FundTerms, national *Figures) {
	h.Ceded = part(terms.Ceded, h.After.Earned) - h.After.Ceded
	recovered := int64(0)
	if terms.Retains {
		recovered = part(terms.Recovered, h.After.Benefits-terms.Retention)
	}
	h.Recovered = recovered - h.After.Recovered
	h.After.Ceded += h.Ceded
	h.After.Recovered += h.Recovered
	h.After.gain(h.Recovered - h.Ceded)
	national.gain(h.Ceded - h.Recovered)
	national.Incurred += h.Recovered
	national.Yearly += h.Recovered
	national.Benefits += h.Recovered
}

// gain adds to the year's result.
func (f *Figures) gain(minor int64) {
	f.Result += minor
	f.Balance += minor
	f.Solvency += minor
}

// lend computes what each pool owes the national one, and what passes for it.
func lend(national *Figures, groups []Standing, helps []Help) {
	lacks := make([]int64, len(groups))
	for i, g := range groups {
		if g.Terms.Loan {
			lacks[i] = max(0, helps[i].After.Floor-helps[i].After.Balance)
		}
	}
	due := allot(max(0, national.Balance-national.Floor), lacks)
	for i := range helps {
		helps[i].Loan = due[i] - helps[i].After.Borrowed
		helps[i].After.Borrowed = due[i]
		national.Lent += helps[i].Loan
	}
}

// allot divides an amount among those who lack something: to each what it lacks, or where that is too much the same part
// of it. What is lost by rounding goes, unit by unit, to those who lost most of a unit, the first before the others (L9).
func allot(minor int64, lacks []int64) []int64 {
	all := new(big.Int)
	for _, lack := range lacks {
		all.Add(all, big.NewInt(lack))
	}
	if all.Cmp(big.NewInt(minor)) <= 0 {
		return slices.Clone(lacks)
	}
	parts, rests, order := make([]int64, len(lacks)), make([]*big.Int, len(lacks)), make([]int, len(lacks))
	left := minor
	for i, lack := range lacks {
		product := new(big.Int).Mul(big.NewInt(lack), big.NewInt(minor))
		whole, rest := product.QuoRem(product, all, new(big.Int))
		parts[i], rests[i], order[i] = whole.Int64(), rest, i
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Or(rests[b].Cmp(rests[a]), cmp.Compare(a, b)) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}

// Moves are the helps as entries are made of them, in order; what is nothing is left out.
func Moves(national insurance.FundAccount, helps []Help, on ledger.Date) []insurance.PoolMove {
	var moves []insurance.PoolMove
	for _, h := range helps {
		for _, m := range []struct {
			kind  ledger.Kind
			minor int64
		}{{insurance.KindCeded, h.Ceded}, {insurance.KindRecovered, h.Recovered}, {insurance.KindPoolLoan, h.Loan}} {
			if m.minor != 0 {
				moves = append(moves, insurance.PoolMove{Kind: m.kind, Group: h.Fund, National: national, Minor: m.minor, On: on})
			}
		}
	}
	return moves
}
