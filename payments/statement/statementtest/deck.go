package statementtest

import "math/rand/v2"

// sort is what a line is to be.
type sort int

const (
	contribution sort = iota
	wrongReference
	unreadable
	duplicate
	reversal
	failed
	settlement
	charge
)

// deck shuffles the sorts of n lines. There is a contribution at either end, for the sorts that need one before or
// after them.
func (m Mess) deck(r *rand.Rand, n int) []sort {
	deck := make([]sort, n)
	i := 1
	deal := func(s sort, count int) {
		for ; count > 0 && i < n-1; count, i = count-1, i+1 {
			deck[i] = s
		}
	}
	deal(settlement, daily(m.Settlements, 2+r.IntN(2), n))
	deal(charge, daily(m.Charges, 3, n))
	deal(reversal, share(m.Reversals, 15, n))
	deal(unreadable, share(m.Unreadable, 4, n))
	deal(duplicate, share(m.Duplicates, 20, n))
	deal(failed, share(m.Failed, 30, n))
	deal(wrongReference, share(m.WrongReferences, 40, n))
	if n > 2 {
		middle := deck[1 : n-1]
		r.Shuffle(len(middle), func(i, j int) { middle[i], middle[j] = middle[j], middle[i] })
	}
	return deck
}

// share is a count of lines out of n. From a hundred lines on it is at least four, enough for every variety.
func share(perMille, standard, n int) int {
	if perMille < 0 {
		return 0
	}
	if perMille == 0 {
		perMille = standard
	}
	count := (n*perMille + 500) / 1000
	if n >= 100 {
		return max(count, 4)
	}
	return count
}

// daily is a share that by default is a number a day, and none on a day hardly worth a statement.
func daily(perMille, standard, n int) int {
	if perMille != 0 {
		return share(perMille, standard, n)
	}
	if n < 20 {
		return 0
	}
	return standard
}
