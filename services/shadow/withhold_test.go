package shadow

import (
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/services/insurance"
)

// in are so many members of a cluster who are due 100 in force and 150 by the shadow rule and its twin.
func in(n int, cluster string) people {
	return people{n, Member{insurance.Profile{Sex: insurance.Female, Cluster: cluster}, 100, 150, 150, nil}}
}

func categorised(n int, categories ...string) people {
	disability := slices.ContainsFunc(categories, insurance.IsDisability)
	return people{n, Member{insurance.Profile{Sex: insurance.Female, Categories: categories, Disability: disability}, 100, 150, 150, nil}}
}

func (p people) due(base, shadow, twin int64) people {
	p.Base, p.Shadow, p.Twin = base, shadow, twin
	return p
}

// toldOf says which aspects of each group of a kind are told, by its name; those without their name are counted.
func toldOf(c *Comparison, lines func(lines) []*line) map[string]string {
	words := map[string]string{}
	for _, l := range lines(c.lines()) {
		word := ""
		for a, letter := range map[aspect]string{size: "m", sums: "s", split: "g", twinSums: "t", twinSplit: "w"} {
			if l.told[a] {
				word += letter
			}
		}
		letters := []rune(word)
		slices.Sort(letters)
		words[l.name] = string(letters)
	}
	return words
}

// all is what a group is told of in full: gainers, members, sums, the twin's sums and who gains by it.
const all = "gmstw"

func TestGroupsOfFewAreWithheldAndCannotBeComputed(t *testing.T) {
	t.Parallel()
	clusters := func(l lines) []*line { return l.of["cluster"] }
	categories := func(l lines) []*line { return l.of[category] }
	disability := func(l lines) []*line { return l.of["disability"] }
	total := func(l lines) []*line { return []*line{l.total} }
	for name, test := range map[string]struct {
		people []people
		of     func(lines) []*line
		want   map[string]string
	}{
		"ten are enough": {[]people{in(10, "a"), in(20, "b")}, clusters, map[string]string{"a": all, "b": all}},
		"nine are withheld, and with them the next":   {[]people{in(9, "a"), in(20, "b"), in(30, "c")}, clusters, map[string]string{"a": "", "b": "", "c": all}},
		"of two groups none can be told":              {[]people{in(9, "a"), in(20, "b")}, clusters, map[string]string{"a": "", "b": ""}},
		"two of five hide each other, being ten":      {[]people{in(5, "a"), in(5, "b"), in(30, "c")}, clusters, map[string]string{"a": "", "b": "", "c": all}},
		"two of four do not, and take the next":       {[]people{in(4, "a"), in(4, "b"), in(30, "c"), in(40, "d")}, clusters, map[string]string{"a": "", "b": "", "c": "", "d": all}},
		"nothing is told of nine in all":              {[]people{in(9, "a")}, total, map[string]string{"": ""}},
		"a gain of one in a large group":              {[]people{in(1, "a"), in(99, "a").due(100, 100, 150)}, total, map[string]string{"": "m"}},
		"a loss of one in a large group of gainers":   {[]people{in(50, "a"), in(1, "a").due(100, 50, 150)}, total, map[string]string{"": "ms"}},
		"a gate that nine do not pass":                {[]people{in(50, "a"), in(9, "a").due(0, 0, 150)}, total, map[string]string{"": "ms"}},
		"a gate that ten do not pass":                 {[]people{in(50, "a"), in(10, "a").due(0, 0, 150)}, total, map[string]string{"": all}},
		"nobody gains or loses":                       {[]people{in(50, "a").due(100, 100, 100)}, total, map[string]string{"": all}},
		"few of a group gain, and many of the others": {[]people{in(3, "a"), in(50, "a").due(100, 100, 150), in(60, "b"), in(20, "b").due(100, 100, 150)}, clusters, map[string]string{"a": "m", "b": "m"}},
		"a category that all but nine are in":         {[]people{categorised(41, "farmer"), categorised(9)}, categories, map[string]string{"farmer": "", "(none)": ""}},
		"a category within another":                   {[]people{categorised(41, "farmer"), categorised(5, "farmer", "fisher"), categorised(40)}, categories, map[string]string{"farmer": all, "fisher": "", "(none)": ""}},
		"categories of the same few":                  {[]people{categorised(5, "a", "b"), categorised(40), categorised(50, "c")}, categories, map[string]string{"a": "", "b": "", "c": all, "(none)": ""}},
		"disabilities of few in a disability of many": {[]people{categorised(45, "disability-mild"), categorised(5, "disability-severe"), categorised(60)}, categories, map[string]string{"disability-mild": "", "disability-severe": "", "(none)": all}},
		"a disability that is the only one":           {[]people{categorised(12, "disability"), categorised(60)}, disability, map[string]string{"yes": all, "no": all}},
		"a disability that is the only one, withheld": {[]people{categorised(12, "disability"), categorised(5, "fisher"), categorised(60)}, disability, map[string]string{"yes": "", "no": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, toldOf(compared(t, test.people...), test.of)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheNamesOfSmallClustersAreWithheldToo(t *testing.T) {
	t.Parallel()
	r := compared(t, in(3, "Umm Walid's bakery"), in(8, "weavers"), in(30, "dairy"), in(40, "olives")).Report("JOD")
	i := slices.IndexFunc(r.Groups, func(b Breakdown) bool { return b.By == "cluster" })
	var names []string
	for _, l := range r.Groups[i].Lines {
		names = append(names, l.Group)
	}
	if diff := cmp.Diff([]string{"dairy", "olives"}, names); diff != "" || r.Groups[i].Unnamed != 2 {
		t.Errorf("%s\n%d groups without name, want 2", diff, r.Groups[i].Unnamed)
	}
}

// Whoever knows the figures that are told and how they hang together solves the equations between them: no figure that
// is withheld has one solution, and what the withheld parts of a whole have together rests on ten members or more.
func TestNoWithheldFigureCanBeComputedFromThoseThatAreTold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var all []people
		for range rapid.IntRange(1, 8).Draw(r, "kinds") {
			all = append(all, people{rapid.SampledFrom([]int{1, 2, 5, 9, 10, 11, 30, 200}).Draw(r, "n"), drawn(r)})
		}
		c := compared(t, all...)
		l := c.lines()
		wholes := [][]*line{l.of["sex"], l.of["age"], l.of["disability"], l.of["cluster"]}
		for _, parts := range wholes {
			checkHidden(r, l.total, parts)
		}
		if solved := solve(l.total, wholes...); solved != "" {
			r.Fatalf("%s can be computed", solved)
		}
	})
}

func drawn(r *rapid.T) Member {
	amount := rapid.SampledFrom([]int64{0, 100, 150})
	return Member{
		Profile: insurance.Profile{
			Sex:        rapid.SampledFrom([]insurance.Sex{insurance.Female, insurance.Male, insurance.OtherSex}).Draw(r, "sex"),
			AgeBand:    rapid.SampledFrom([]insurance.AgeBand{insurance.AgeTo24, insurance.AgeTo34, insurance.AgeTo44}).Draw(r, "age"),
			Disability: rapid.Bool().Draw(r, "disability"), Cluster: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "cluster"),
		},
		Base: amount.Draw(r, "base"), Shadow: amount.Draw(r, "shadow"), Twin: amount.Draw(r, "twin"),
	}
}

// checkHidden: what the withheld parts have together may be told.
func checkHidden(r *rapid.T, whole *line, parts []*line) {
	for a := range aspects {
		if !whole.told[a] {
			continue
		}
		var hidden counts
		for _, p := range parts {
			if !p.told[a] {
				hidden = hidden.with(p.counts, func(a, b int64) int64 { return a + b })
			}
		}
		if !hidden.safe(a) {
			r.Fatalf("the withheld parts can be computed together in aspect %d", a)
		}
	}
}

// The figures of a line, each with the aspect that tells it.
var figures = []struct {
	name string
	of   aspect
}{
	{"members", size}, {"base", sums}, {"shadow", sums}, {"gainers", split}, {"losers", split}, {"unchanged", split}, {"gains", split}, {"losses", split},
	{"equal rate", twinSums}, {"equal cost", twinSums}, {"gainers at equal rate", twinSplit}, {"losers at equal rate", twinSplit},
	{"unchanged at equal rate", twinSplit}, {"gains at equal rate", twinSplit}, {"losses at equal rate", twinSplit},
}

// within are the equations between the figures of a line, by their indices, with their signs.
var within = []map[int]int64{
	{0: 1, 3: -1, 4: -1, 5: -1}, {2: 1, 1: -1, 6: -1, 7: 1},
	{0: 1, 10: -1, 11: -1, 12: -1}, {8: 1, 1: -1, 13: -1, 14: 1},
}

// solve returns the name of a figure that is withheld and has one solution.
func solve(total *line, wholes ...[]*line) string {
	at := map[*line]int{total: 0}
	lines := []*line{total}
	for _, parts := range wholes {
		for _, p := range parts {
			at[p] = len(lines)
			lines = append(lines, p)
		}
	}
	column := func(l *line, f int) int { return at[l]*len(figures) + f }
	var rows [][]*big.Rat
	add := func(terms map[int]int64) { rows = append(rows, unknowns(lines, terms)) }
	for f := range figures {
		for _, parts := range wholes {
			terms := map[int]int64{column(total, f): 1}
			for _, p := range parts {
				terms[column(p, f)] = -1
			}
			add(terms)
		}
	}
	for _, l := range lines {
		for _, equation := range within {
			terms := map[int]int64{}
			for f, sign := range equation {
				terms[column(l, f)] = sign
			}
			add(terms)
		}
	}
	for _, row := range reduced(rows) {
		if i, one := only(row); one {
			l := lines[i/len(figures)]
			return figures[i%len(figures)].name + " of " + l.name
		}
	}
	return ""
}

// unknowns are the coefficients of an equation; those of figures that are told are nought, for they are known.
func unknowns(lines []*line, terms map[int]int64) []*big.Rat {
	row := make([]*big.Rat, len(lines)*len(figures))
	for i := range row {
		row[i] = new(big.Rat)
		if l := lines[i/len(figures)]; !l.told[figures[i%len(figures)].of] {
			row[i].SetInt64(terms[i])
		}
	}
	return row
}

// reduced brings the equations into the form in which what has one solution stands alone.
func reduced(rows [][]*big.Rat) [][]*big.Rat {
	done := 0
	for c := range rows[0] {
		pivot := slices.IndexFunc(rows[done:], func(row []*big.Rat) bool { return row[c].Sign() != 0 })
		if pivot < 0 {
			continue
		}
		rows[done], rows[done+pivot] = rows[done+pivot], rows[done]
		eliminate(rows, done, c)
		if done++; done == len(rows) {
			break
		}
	}
	return rows[:done]
}

func eliminate(rows [][]*big.Rat, pivot, c int) {
	for i, row := range rows {
		if i == pivot || row[c].Sign() == 0 {
			continue
		}
		times := new(big.Rat).Quo(row[c], rows[pivot][c])
		for j := c; j < len(row); j++ {
			if rows[pivot][j].Sign() != 0 {
				row[j].Sub(row[j], new(big.Rat).Mul(times, rows[pivot][j]))
			}
		}
	}
}

// only is the index of the one coefficient that is not nought.
func only(row []*big.Rat) (at int, one bool) {
	n := 0
	for i, c := range row {
		if c.Sign() != 0 {
			at, n = i, n+1
		}
	}
	return at, n == 1
}
