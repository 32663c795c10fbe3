package exact_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"sanad.dev/sanad/services/rule/exact"
)

func TestParseReadsDecimalsAndPercentages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"12", "12"}, {"-0.5", "-0.5"}, {"+3", "3"}, {".25", "0.25"}, {"50%", "0.5"}, {"-2.5%", "-0.025"}, {" 7 ", "7"},
		{"007", "7"}, {"0", "0"}, {"-0", "0"}, {"0.000000000001", "0.000000000001"},
		{"9223372036854775807", "9223372036854775807"}, {"-9223372036854775808", "-9223372036854775808"},
		{"123456789012345678901234567890", "123456789012345678901234567890"},
		{"0.00000000000000000000000000000000000001", "1/100000000000000000000000000000000000000"},
	} {
		got, err := exact.Parse(c.text)
		if err != nil || got.String() != c.want {
			t.Errorf("%q is %s, %v; want %s", c.text, got, err, c.want)
		}
	}
}

func TestParseRefusesWhatIsNoDecimalNumber(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "%", ".", "-", "+", "5.", "1e3", "0x10", "1_000", "1,5", "1/3", "NaN", "Inf", "--1", "1.2.3", "½", "١٢",
		"1%%", "% 1", "1 %", "12345678901234567890123456789012345678901",
	} {
		if n, err := exact.Parse(text); !errors.Is(err, exact.ErrSyntax) {
			t.Errorf("%q is %s, %v; want %v", text, n, err, exact.ErrSyntax)
		}
	}
}

func TestRoundingHasNames(t *testing.T) {
	t.Parallel()
	amounts := []string{"2.5", "-2.5", "3.5", "2.4", "-2.4", "2.6", "-2.6", "7"}
	for _, c := range []struct {
		way  exact.Way
		want []string
	}{
		{exact.HalfUp, []string{"3", "-3", "4", "2", "-2", "3", "-3", "7"}},
		{exact.HalfDown, []string{"2", "-2", "3", "2", "-2", "3", "-3", "7"}},
		{exact.HalfEven, []string{"2", "-2", "4", "2", "-2", "3", "-3", "7"}},
		{exact.Down, []string{"2", "-2", "3", "2", "-2", "2", "-2", "7"}},
		{exact.Up, []string{"3", "-3", "4", "3", "-3", "3", "-3", "7"}},
	} {
		for i, amount := range amounts {
			if got := exact.Must(amount).Round(c.way, exact.Int(1)).String(); got != c.want[i] {
				t.Errorf("%s rounded %s is %s, want %s", amount, c.way, got, c.want[i])
			}
		}
	}
}

func TestRoundingGoesToAMultipleOfAStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ amount, step, want string }{
		{"1.024", "0.05", "1"}, {"1.025", "0.05", "1.05"}, {"1049", "100", "1000"}, {"1050", "100", "1100"}, {"0.1", "3", "0"},
	} {
		if got := exact.Must(c.amount).Round(exact.HalfUp, exact.Must(c.step)).String(); got != c.want {
			t.Errorf("%s to a multiple of %s is %s, want %s", c.amount, c.step, got, c.want)
		}
	}
}

// failures are computations that cannot go on.
var failures = []struct {
	name string
	n    exact.Number
	want error
}{
	{"a division by nothing", exact.Int(1).Over(exact.Int(0)), exact.ErrDivision},
	{"a division by a difference that is nothing", exact.Must("0.5").Over(exact.Must("0.5").Minus(exact.Share(1, 2))), exact.ErrDivision},
	{"a share of nothing", exact.Share(1, 0), exact.ErrDivision},
	{"rounding to nothing", exact.Int(1).Round(exact.Up, exact.Int(0)), exact.ErrDivision},
	{"rounding to less than nothing", exact.Int(1).Round(exact.Up, exact.Int(-1)), exact.ErrDivision},
	{"a number with 257 bits", power(2, 256), exact.ErrTooLarge},
	{"a denominator with 257 bits", exact.Int(1).Over(power(2, 255)).Over(exact.Int(2)), exact.ErrTooLarge},
}

func power(base, exponent int) exact.Number {
	n := exact.Int(1)
	for range exponent {
		n = n.Times(exact.Int(int64(base)))
	}
	return n
}

func TestAFailureStaysWithAllThatIsComputedFromIt(t *testing.T) {
	t.Parallel()
	one := exact.Int(1)
	for _, f := range failures {
		for i, n := range []exact.Number{
			f.n, f.n.Plus(one), one.Plus(f.n), f.n.Minus(one), one.Minus(f.n), f.n.Times(one), one.Times(f.n), f.n.Over(one),
			one.Over(f.n), f.n.Neg(), exact.Min(one, f.n), exact.Max(f.n, one), f.n.Round(exact.Down, one), one.Round(exact.Down, f.n),
		} {
			if !errors.Is(n.Err(), f.want) {
				t.Errorf("%s, then %d: %v, want %v", f.name, i, n.Err(), f.want)
			}
		}
		if _, err := f.n.Minor(2); !errors.Is(err, f.want) {
			t.Errorf("%s as an amount: %v, want %v", f.name, err, f.want)
		}
		if f.n.Cmp(one) != 0 || f.n.IsWhole() || f.n.Sign() != 0 {
			t.Errorf("%s compares, is whole or has a sign", f.name)
		}
	}
}

func TestAWayOfRoundingWithoutNameIsRefused(t *testing.T) {
	t.Parallel()
	if n := exact.Int(1).Round("sideways", exact.Int(1)); n.Err() == nil {
		t.Errorf("rounded sideways to %s", n)
	}
}

func TestAnAmountInMinorUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, amount string
		decimals     int
		want         int64
		err          error
	}{
		{"with two decimals", "12.5", 2, 1250, nil},
		{"with three", "12.5", 3, 12500, nil},
		{"with none", "12", 0, 12, nil},
		{"less than nothing", "-0.01", 2, -1, nil},
		{"with a decimal too many", "0.005", 2, 0, exact.ErrNotWhole},
		{"the largest", "92233720368547758.07", 2, math.MaxInt64, nil},
		{"one more", "92233720368547758.08", 2, 0, exact.ErrTooLarge},
	} {
		got, err := exact.Must(c.amount).Minor(c.decimals)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("an amount %s: %d, %v; want %d, %v", c.name, got, err, c.want, c.err)
		}
	}
}

// pair is a number with the same one of the standard library, which the properties are judged by.
type pair struct {
	n exact.Number
	r *big.Rat
}

// edges are where what fits an int64 ends.
var edges = []int64{0, 1, -1, 2, 10, 100, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1, 1 << 32, -1 << 32, 1<<31 - 1}

func whole() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.SampledFrom(edges), rapid.Int64(), rapid.Int64Range(-1000, 1000))
}

func pairs() *rapid.Generator[pair] {
	return rapid.Custom(func(t *rapid.T) pair {
		a, b := whole().Draw(t, "numerator"), whole().Filter(func(i int64) bool { return i != 0 }).Draw(t, "denominator")
		p := pair{exact.Share(a, b), new(big.Rat).SetFrac(big.NewInt(a), big.NewInt(b))}
		if rapid.Bool().Draw(t, "large") {
			p.n, p.r = p.n.Times(exact.Int(math.MaxInt64)), new(big.Rat).Mul(p.r, new(big.Rat).SetInt64(math.MaxInt64))
		}
		return p
	})
}

func same(t *rapid.T, what string, got exact.Number, want *big.Rat) {
	if want.Num().BitLen() > 256 || want.Denom().BitLen() > 256 {
		if !errors.Is(got.Err(), exact.ErrTooLarge) {
			t.Fatalf("%s: %s, want %v", what, got, exact.ErrTooLarge)
		}
		return
	}
	if got.Err() != nil || got.Num().Cmp(want.Num()) != 0 || got.Denom().Cmp(want.Denom()) != 0 {
		t.Fatalf("%s: %s, want %s", what, got, want.RatString())
	}
}

func TestArithmeticIsThatOfTheLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, y := pairs().Draw(t, "x"), pairs().Draw(t, "y")
		same(t, "x", x.n, x.r)
		same(t, "x + y", x.n.Plus(y.n), new(big.Rat).Add(x.r, y.r))
		same(t, "x - y", x.n.Minus(y.n), new(big.Rat).Sub(x.r, y.r))
		same(t, "x * y", x.n.Times(y.n), new(big.Rat).Mul(x.r, y.r))
		same(t, "-x", x.n.Neg(), new(big.Rat).Neg(x.r))
		if y.r.Sign() != 0 {
			same(t, "x / y", x.n.Over(y.n), new(big.Rat).Quo(x.r, y.r))
		}
		if x.n.Cmp(y.n) != x.r.Cmp(y.r) || x.n.Sign() != x.r.Sign() || x.n.IsWhole() != x.r.IsInt() {
			t.Fatalf("%s against %s: order, sign or wholeness differ", x.n, y.n)
		}
		if least, most := exact.Min(x.n, y.n), exact.Max(x.n, y.n); most.Less(least) || least.Plus(most).Cmp(x.n.Plus(y.n)) != 0 {
			t.Fatalf("the least is %s, the most %s", least, most)
		}
	})
}

func TestRoundingMovesByLessThanAStep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := pairs().Draw(t, "x").n
		way := rapid.SampledFrom(exact.Ways()).Draw(t, "way")
		step := exact.Share(rapid.Int64Range(1, 1000).Draw(t, "step"), 100)
		got := x.Round(way, step)
		moved := got.Minus(x)
		if moved.Sign() < 0 {
			moved = moved.Neg()
		}
		switch half := step.Over(exact.Int(2)); {
		case !got.Over(step).IsWhole():
			t.Fatalf("%s is no multiple of %s", got, step)
		case !moved.Less(step):
			t.Fatalf("%s went to %s in steps of %s", x, got, step)
		case way != exact.Up && way != exact.Down && half.Less(moved):
			t.Fatalf("%s went %s to %s past a nearer multiple of %s", x, way, got, step)
		case got.Round(way, step).Cmp(got) != 0:
			t.Fatalf("%s is rounded again", got)
		case x.Neg().Round(way, step).Cmp(got.Neg()) != 0:
			t.Fatalf("%s and its opposite are not rounded alike", x)
		}
	})
}

func TestWhatIsPrintedIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor, decimals := whole().Draw(t, "minor"), rapid.IntRange(0, 3).Draw(t, "decimals")
		n := exact.OfMinor(minor, decimals)
		back, err := exact.Parse(n.String())
		if err != nil || back.Cmp(n) != 0 {
			t.Fatalf("%s is read as %s, %v", n, back, err)
		}
		if again, err := back.Minor(decimals); err != nil || again != minor {
			t.Fatalf("%d minor units came back as %d, %v", minor, again, err)
		}
	})
}

func BenchmarkSumOfTwelve(b *testing.B) {
	amount := exact.Must("12.50")
	b.ReportAllocs()
	for b.Loop() {
		sum := exact.Int(0)
		for range 12 {
			sum = sum.Plus(amount)
		}
		if sum.Sign() == 0 {
			b.Fatal(sum)
		}
	}
}
