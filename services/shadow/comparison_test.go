package shadow

import (
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
)

// people are so many members who are alike.
type people struct {
	n int
	Member
}

func sexed(n int, sex insurance.Sex, base, shadow, twin int64) people {
	return people{n, Member{insurance.Profile{Sex: sex, AgeBand: insurance.AgeTo34}, base, shadow, twin, nil}}
}

// compared adds up the people as a run does: once for the factor, and once by it.
func compared(t *testing.T, all ...people) *Comparison {
	t.Helper()
	var totals Totals
	for _, p := range all {
		for range p.n {
			if err := totals.Add(p.Shadow, p.Twin); err != nil {
				t.Fatal(err)
			}
		}
	}
	factor, twin := totals.Factor()
	c := NewComparison(factor, twin)
	for _, p := range all {
		for range p.n {
			if err := c.Add(p.Member); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

func of(n int64) *int64 { return &n }

// Twenty-five women, of whom the shadow rule takes in fifteen and leaves out ten, and fifteen men for whom nothing
// changes. The shadow rule costs 3,750 and its twin 5,250, so that the factor is 5/7; 150 becomes 107 and 100 becomes 71.
func TestASmallPopulationComparedByHand(t *testing.T) {
	t.Parallel()
	c := compared(t, sexed(15, insurance.Female, 100, 150, 150), sexed(10, insurance.Female, 100, 0, 150), sexed(15, insurance.Male, 100, 100, 100))
	got := c.Report("JOD")
	total := Line{Members: of(40), Base: "4.000", Rules: []Outcome{
		{"shadow", "3.750", "-0.250", &Split{15, 10, 15, "0.750", "1.000"}},
		{"twin, equal rate", "5.250", "1.250", &Split{25, 0, 15, "1.250", "0.000"}},
		{"twin, equal cost", "3.740", "-0.260", &Split{25, 15, 0, "0.175", "0.435"}},
	}}
	named := func(name string) Line { l := total; l.Group = name; return l }
	want := Report{
		Currency: "JOD", Fewest: 10, Total: total, Twin: Twin{Made: true, Factor: "5/7", Residue: "0.010"},
		Groups: []Breakdown{
			{By: "sex", Lines: []Line{
				{Group: "female", Members: of(25), Base: "2.500", Rules: []Outcome{
					{"shadow", "2.250", "-0.250", &Split{15, 10, 0, "0.750", "1.000"}},
					{"twin, equal rate", "3.750", "1.250", &Split{25, 0, 0, "1.250", "0.000"}},
					{"twin, equal cost", "2.675", "0.175", &Split{25, 0, 0, "0.175", "0.000"}},
				}},
				{Group: "male", Members: of(15), Base: "1.500", Rules: []Outcome{
					{"shadow", "1.500", "0.000", &Split{0, 0, 15, "0.000", "0.000"}},
					{"twin, equal rate", "1.500", "0.000", &Split{0, 0, 15, "0.000", "0.000"}},
					{"twin, equal cost", "1.065", "-0.435", &Split{0, 15, 0, "0.000", "0.435"}},
				}},
			}},
			{By: "age", Lines: []Line{named("25-34")}},
			{By: "disability", Lines: []Line{named("no")}},
			{By: "cluster", Lines: []Line{named("(none)")}},
			{By: "category", Lines: []Line{named("(none)")}},
			{By: "refusal", Lines: []Line{named("(none)")}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutATwinTheShadowRuleStandsAlone(t *testing.T) {
	t.Parallel()
	c := NewComparison(exact.Number{}, false)
	for range 12 {
		if err := c.Add(Member{Base: 100, Shadow: 250}); err != nil {
			t.Fatal(err)
		}
	}
	want := Line{Members: of(12), Base: "1.200", Rules: []Outcome{{"shadow", "3.000", "1.800", &Split{12, 0, 0, "1.800", "0.000"}}}}
	if diff := cmp.Diff(want, c.Report("JOD").Total); diff != "" {
		t.Error(diff)
	}
}

func TestAMemberOfSeveralCategoriesCountsInEach(t *testing.T) {
	t.Parallel()
	farmer := Member{Profile: insurance.Profile{Categories: []string{"farmer"}}, Base: 10, Shadow: 20}
	both := Member{Profile: insurance.Profile{Categories: []string{"disability-severe", "farmer"}, Disability: true}, Base: 10, Shadow: 30}
	c := compared(t, people{20, farmer}, people{15, both}, people{11, Member{Base: 10, Shadow: 40}})
	members := map[string]int64{}
	for _, g := range c.Report("JOD").Groups {
		for _, l := range g.Lines {
			members[g.By+" "+l.Group] = *l.Members
		}
	}
	want := map[string]int64{
		"sex (not known)": 46, "age ": 46, "cluster (none)": 46, "disability yes": 15, "disability no": 31,
		"category farmer": 35, "category disability-severe": 15, "category (none)": 11,
		"refusal (none)": 46,
	}
	if diff := cmp.Diff(want, members); diff != "" {
		t.Error(diff)
	}
}

func TestTheFactorIsExactAndTheResidueIsLessThanOneUnitAMember(t *testing.T) {
	t.Parallel()
	c := compared(t, sexed(1000, insurance.Female, 0, 333, 1000), sexed(1000, insurance.Male, 0, 0, 7))
	factor := exact.Share(333_000, 1_007_000)
	if c.factor.Cmp(factor) != 0 {
		t.Errorf("the factor is %s, want %s", c.factor, factor)
	}
	// 1000 × 333/1007 is 330.68, and 7 × 333/1007 is 2.31.
	if got, want := c.total.sums[equalCost], int64(1000*330+1000*2); got != want {
		t.Errorf("at equal cost %d are due, want %d", got, want)
	}
	if got, want := c.Report("XAF").Twin.Residue, "1000"; got != want {
		t.Errorf("the residue is %s, want %s", got, want)
	}
}

func TestATwinThatGivesNothingHasNoFactor(t *testing.T) {
	t.Parallel()
	if _, ok := (Totals{Shadow: 5}).Factor(); ok {
		t.Error("a factor was found that makes 5 of nothing")
	}
}

func TestTotalsBeyondTheirRangeAreAnError(t *testing.T) {
	t.Parallel()
	c := NewComparison(exact.Int(1), true)
	m := Member{Base: math.MaxInt64 / 2}
	for range 2 {
		if err := c.Add(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Add(m); !errors.Is(err, ledger.ErrOverflow) {
		t.Errorf("the error is %v, want an overflow", err)
	}
}

// A million members, each with a cluster of her own, are added up in the memory that a thousand groups take.
func TestAMillionMembersTakeNoMoreMemoryThanTheirGroups(t *testing.T) {
	c := NewComparison(exact.Share(2, 3), true)
	sexes := []insurance.Sex{insurance.Female, insurance.Male, ""}
	before := heap()
	for i := range 1_000_000 {
		m := Member{insurance.Profile{Sex: sexes[i%3], Cluster: clusterOf(i)}, int64(i % 100), int64(i % 150), int64(i % 200), nil}
		if err := c.Add(m); err != nil {
			t.Fatal(err)
		}
	}
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("the comparison has taken %d KiB", grown>>10)
	}
	if got, want := len(c.groups[3]), mostGroups+1; got != want {
		t.Errorf("there are %d clusters, want %d", got, want)
	}
	if got, want := *c.Report("JOD").Total.Members, int64(1_000_000); got != want {
		t.Errorf("%d members were added up, want %d", got, want)
	}
}

func clusterOf(i int) string {
	return string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune(i))
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
