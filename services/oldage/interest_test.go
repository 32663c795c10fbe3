package oldage

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// declared is interest on her own savings at a rate for the days.
func declared(number int, rate string, from, to ledger.Date) Declaration {
	return Declaration{Scheme: "basic", Currency: "JOD", Number: number, Revision: 1, Pots: []ledger.Code{ledger.OldAgeOwn}, From: from, To: to,
		Rate: rate, Days: rule.Actual365, Way: exact.HalfUp, Step: 1}
}

func TestInterestIsThatOfDailyBalances(t *testing.T) {
	t.Parallel()
	year := declared(1, "0.05", 2025_01_01, 2025_12_31)
	leap := declared(1, "0.05", 2024_01_01, 2024_12_31)
	of360, ofYear := leap, leap
	of360.Days, ofYear.Days = rule.Actual360, rule.ActualActual
	down := declared(1, "0.05", 2025_01_01, 2025_01_31)
	down.Way = exact.Down
	tests := map[string]struct {
		d       Declaration
		opening int64
		moves   []Move
		want    int64
	}{
		"a year at 5 % on 1,000":                          {year, 1000_00, nil, 50_00},
		"half a year":                                     {declared(1, "0.05", 2025_01_01, 2025_06_30), 1000_00, nil, 24_79},
		"a leap year has a day more of 365":               {leap, 1000_00, nil, 50_14},
		"of 360":                                          {of360, 1000_00, nil, 50_83},
		"of its own year":                                 {ofYear, 1000_00, nil, 50_00},
		"a deposit earns from its day":                    {year, 0, []Move{{On: 2025_12_31, Minor: 73_000_00}}, 10_00},
		"what left on a day no longer earns on it":        {year, 1000_00, []Move{{On: 2025_01_01, Minor: -1000_00}}, 0},
		"what comes after the last day earns nothing":     {year, 0, []Move{{On: 2026_01_01, Minor: 1000_00}}, 0},
		"its own interest does not earn in its period":    {year, 1000_00, []Move{{On: 2025_12_31, Minor: 50_00, Interest: 1}}, 50_00},
		"that of another declaration does":                {year, 0, []Move{{On: 2025_01_01, Minor: 1000_00, Interest: 7}}, 50_00},
		"a pot below zero is an empty one":                {year, -1000_00, nil, 0},
		"one rounding, and not one a day":                 {declared(1, "0.05", 2025_01_01, 2025_01_31), 1_00, nil, 0},
		"half up":                                         {declared(1, "0.05", 2025_01_01, 2025_01_31), 118, nil, 1},
		"down":                                            {down, 118, nil, 0},
		"nothing at a rate of nothing":                    {declared(1, "0", 2025_01_01, 2025_12_31), 1000_00, nil, 0},
		"more than int64 can hold of balances times days": {year, 4e18, nil, 2e17},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.d.On(test.opening, test.moves)
			if err != nil || got != test.want {
				t.Errorf("got %d, %v, want %d", got, err, test.want)
			}
		})
	}
}

// naive is the interest of a pot day by day, in the plainest way: every declaration in turn, every day in turn, every
// move in turn. It returns the interest by declaration.
func naive(declarations []Declaration, deposits []Move) map[int]int64 {
	credited := map[int]int64{}
	for _, d := range declarations {
		products := new(big.Int)
		for day := d.From; day <= d.To; day = day.AddDays(1) {
			stood := new(big.Int)
			for _, m := range deposits {
				if m.On <= day {
					stood.Add(stood, big.NewInt(m.Minor))
				}
			}
			for _, other := range declarations {
				if other.Number != d.Number && other.To <= day {
					stood.Add(stood, big.NewInt(credited[other.Number]))
				}
			}
			if stood.Sign() > 0 {
				products.Add(products, stood)
			}
		}
		rate, _ := new(big.Rat).SetString(d.Rate)
		exactly := new(big.Rat).SetFrac(products, big.NewInt(365))
		exactly.Mul(exactly, rate)
		doubled := new(big.Int).Add(new(big.Int).Lsh(exactly.Num(), 1), exactly.Denom()) // half up
		credited[d.Number] = doubled.Quo(doubled, new(big.Int).Lsh(exactly.Denom(), 1)).Int64()
	}
	return credited
}

// books are a pot as the ledger has it: deposits and interest, by value date.
type books []Move

func (b books) history() History {
	h := History{Stands: map[ledger.Code]int64{}, Moves: map[ledger.Code][]Move{}, Booked: map[int]int{}}
	moves := slices.Clone(b)
	slices.SortStableFunc(moves, func(a, b Move) int { return int(a.On) - int(b.On) })
	for _, m := range moves {
		h.Stands[ledger.OldAgeOwn] += m.Minor
		if m.Interest > 0 {
			h.Booked[m.Interest]++
		}
	}
	h.Moves[ledger.OldAgeOwn] = moves
	return h
}

// run books what is due of the declarations less what is booked.
func (b *books) run(t *rapid.T, declarations []Declaration) (corrections int) {
	due, err := b.history().Due(declarations)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range due {
		for _, pot := range c.Pots {
			*b = append(*b, Move{On: c.Declaration.To, Minor: pot.Minor, Interest: c.Declaration.Number})
		}
	}
	return len(due)
}

func (b books) credited() map[int]int64 {
	sums := map[int]int64{}
	for _, m := range b {
		if m.Interest > 0 {
			sums[m.Interest] += m.Minor
		}
	}
	return sums
}

// TestLateDepositsAreCorrectedByExactlyTheDifference deposits, reverses and runs in any order, and compares what is
// credited in the end with what a day-by-day model makes of all that is known then (bar 5).
func TestLateDepositsAreCorrectedByExactlyTheDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var declarations []Declaration
		from := ledger.Date(2024_01_01)
		for n := range rapid.IntRange(1, 4).Draw(t, "declarations") {
			to := from.AddDays(rapid.IntRange(1, 120).Draw(t, "days") - 1)
			rate := rapid.SampledFrom([]string{"0", "0.005", "0.045", "0.1", "1"}).Draw(t, "rate")
			declarations = append(declarations, declared(n+1, rate, from, to))
			from = to.AddDays(1 + rapid.IntRange(0, 1).Draw(t, "gap"))
		}
		var b books
		var deposits []Move
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "runs") {
				b.run(t, declarations[:rapid.IntRange(1, len(declarations)).Draw(t, "through")])
				continue
			}
			m := Move{On: ledger.Date(2023_12_20).AddDays(rapid.IntRange(0, 400).Draw(t, "on")), Minor: rapid.Int64Range(-5_000, 100_000).Draw(t, "minor")}
			b, deposits = append(b, m), append(deposits, m)
		}
		b.run(t, declarations)
		want := naive(declarations, deposits)
		for number, minor := range want {
			if minor == 0 {
				delete(want, number)
			}
		}
		got := b.credited()
		for number, minor := range got {
			if minor == 0 {
				delete(got, number)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("day by day (-), as credited (+):\n%s", diff)
		}
		if again := b.run(t, declarations); again != 0 {
			t.Fatalf("a run with nothing new booked %d corrections", again)
		}
	})
}

func TestADeclarationIsAdmittedBesideThoseThatStand(t *testing.T) {
	t.Parallel()
	first := declared(1, "0.04", 2025_01_01, 2025_06_30)
	lower := declared(0, "0.03", 2025_01_01, 2025_06_30)
	cuts := lower
	cuts.CutsPast = true
	matched := declared(0, "0.04", 2025_01_01, 2025_06_30)
	matched.Pots = []ledger.Code{ledger.OldAgeMatched}
	both := declared(0, "0.04", 2025_06_30, 2025_12_31)
	both.Pots = Pots
	tests := map[string]struct {
		d                Declaration
		number, revision int
		want             error
	}{
		"the next half-year":          {declared(0, "0.04", 2025_07_01, 2025_12_31), 2, 1, nil},
		"the other pot":               {matched, 2, 1, nil},
		"a higher rate":               {declared(0, "0.05", 2025_01_01, 2025_06_30), 1, 2, nil},
		"a lower one by a decree":     {cuts, 1, 2, nil},
		"a lower one without":         {lower, 0, 0, insurance.ErrWrongState},
		"the same again":              {declared(0, "0.04", 2025_01_01, 2025_06_30), 0, 0, insurance.ErrWrongState},
		"days that are covered":       {declared(0, "0.04", 2025_06_30, 2025_12_31), 0, 0, insurance.ErrWrongState},
		"days and one pot that is so": {both, 0, 0, insurance.ErrWrongState},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.d.Admit([]Declaration{first})
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if err == nil && (got.Number != test.number || got.Revision != test.revision) {
				t.Errorf("got number %d revision %d, want %d and %d", got.Number, got.Revision, test.number, test.revision)
			}
		})
	}
}

func TestADeclarationSaysWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	change := func(fn func(*Declaration)) Declaration {
		d := declared(1, "0.04", 2025_01_01, 2025_06_30)
		fn(&d)
		return d
	}
	tests := map[string]struct {
		d     Declaration
		field string
	}{
		"no pot":                  {change(func(d *Declaration) { d.Pots = nil }), "pots"},
		"the health pot":          {change(func(d *Declaration) { d.Pots = []ledger.Code{ledger.HealthOwn} }), "pots"},
		"a pot twice":             {change(func(d *Declaration) { d.Pots = []ledger.Code{2100, 2100} }), "pots"},
		"a rate in per cent":      {change(func(d *Declaration) { d.Rate = "4.5" }), "rate"},
		"a rate below zero":       {change(func(d *Declaration) { d.Rate = "-0.01" }), "rate"},
		"a count without name":    {change(func(d *Declaration) { d.Days = "weeks" }), "days"},
		"the days the other way":  {change(func(d *Declaration) { d.To = 2024_12_31 }), "to"},
		"a rounding without name": {change(func(d *Declaration) { d.Way = "fair" }), "round"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fault insurance.Fault
			if err := test.d.Check(); !errors.As(err, &fault) || fault.Field != test.field {
				t.Errorf("got %v, want a fault of %s", err, test.field)
			}
		})
	}
	if err := declared(1, "0.04", 2025_01_01, 2025_06_30).Check(); err != nil {
		t.Error(err)
	}
}
