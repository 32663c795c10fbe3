package ledger

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestAmountsAreReadExactlyOrRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency Currency
		text     string
		minor    int64
		err      error
	}{
		{"JOD", "12.500", 12500, nil},
		{"JOD", "12.5", 12500, nil},
		{"JOD", "-0.001", -1, nil},
		{"RWF", "4000", 4000, nil},
		{"RWF", "4000.0", 4000, nil},
		{"USD", "92233720368547758.07", math.MaxInt64, nil},
		{"USD", "92233720368547758.08", 0, ErrOverflow},
		{"JOD", "10.0001", 0, ErrInvalid},
		{"RWF", "0.5", 0, ErrInvalid},
		{"XYZ", "1", 0, ErrInvalid},
		{"JOD", "NaN", 0, ErrInvalid},
		{"JOD", "1e3", 0, ErrInvalid},
		{"JOD", "+1", 0, ErrInvalid},
		{"JOD", "", 0, ErrInvalid},
		{"JOD", "-", 0, ErrInvalid},
		{"JOD", ".5", 0, ErrInvalid},
		{"JOD", "5.", 0, ErrInvalid},
		{"JOD", "1.2.3", 0, ErrInvalid},
		{"JOD", "1,000", 0, ErrInvalid},
		{"JOD", " 1", 0, ErrInvalid},
		{"JOD", "１", 0, ErrInvalid},
		{"JOD", strings.Repeat("0", 1<<20) + "1", 0, ErrInvalid},
	} {
		got, err := ParseMoney(c.currency, c.text)
		if !errors.Is(err, c.err) || (c.err == nil && (err != nil || got != Money{c.minor, c.currency})) {
			t.Errorf("%s %.20q: got %v, %v; want %d, %v", c.currency, c.text, got, err, c.minor, c.err)
		}
	}
}

func TestWhatIsPrintedIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := Money{rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(rt, "minor"), rapid.SampledFrom([]Currency{"JOD", "USD", "RWF"}).Draw(rt, "currency")}
		if got, err := ParseMoney(m.Currency, m.Amount()); err != nil || got != m {
			rt.Fatalf("%s was read as %v, %v", m, got, err)
		}
	})
}

func FuzzParseMoney(f *testing.F) {
	for _, text := range []string{"12.500", "-0.001", "1e3", "NaN", "", "9223372036854775.808", "0.0000"} {
		f.Add("JOD", text)
	}
	f.Fuzz(func(t *testing.T, currency, text string) {
		m, err := ParseMoney(Currency(currency), text)
		if err != nil {
			return
		}
		if again, err := ParseMoney(m.Currency, m.Amount()); err != nil || again != m {
			t.Errorf("%q was read as %s, which is read as %v, %v", text, m, again, err)
		}
	})
}

func TestASplitLosesNothingAndIsFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := Money{rapid.Int64Range(0, math.MaxInt64).Draw(rt, "minor"), "JOD"}
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 1, 8).Draw(rt, "weights")
		shares, total := make([]decimal.Decimal, len(weights)), int64(0)
		for i, w := range weights {
			shares[i], total = decimal.New(w, -6), total+w
		}
		parts, err := m.Split(shares...)
		if total == 0 {
			if !errors.Is(err, ErrInvalid) {
				rt.Fatalf("nothing to split by: %v", err)
			}
			return
		}
		var sum int64
		for i, part := range parts {
			sum += part.Minor
			exact := decimal.NewFromInt(m.Minor).Mul(shares[i]).Mul(decimal.New(1, 6)).Sub(decimal.NewFromInt(part.Minor).Mul(decimal.NewFromInt(total)))
			if exact.Abs().Cmp(decimal.NewFromInt(total)) >= 0 {
				rt.Fatalf("part %d is off by a whole unit or more", i)
			}
		}
		if sum != m.Minor {
			rt.Fatalf("the parts make %d of %d", sum, m.Minor)
		}
	})
}

func TestWhatIsLeftGoesToTheLargestRemainder(t *testing.T) {
	t.Parallel()
	parts, err := Money{1001, "JOD"}.Split(decimal.RequireFromString("0.6"), decimal.RequireFromString("0.3"), decimal.RequireFromString("0.1"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Money{{601, "JOD"}, {300, "JOD"}, {100, "JOD"}}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Error(diff)
	}
}

func TestBookingMovesOnlyOutOfClosedPeriods(t *testing.T) {
	t.Parallel()
	closed := Calendar{ClosedThrough: 2025_12}
	for value, want := range map[Date]Date{
		2026_01_15: 2026_01_15, 2025_12_31: 2026_01_01, 2020_02_29: 2026_01_01, 2026_01_01: 2026_01_01,
	} {
		if got := closed.BookOn(value); got != want {
			t.Errorf("%s is booked on %s, want %s", value, got, want)
		}
	}
}

func TestDaysThatAreNoDaysAreRefused(t *testing.T) {
	t.Parallel()
	for _, d := range [][3]int{{2026, 2, 29}, {2026, 13, 1}, {2026, 0, 1}, {0, 1, 1}, {9999, 1, 1}, {2026, 4, 31}} {
		if _, err := NewDate(d[0], d[1], d[2]); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v: %v", d, err)
		}
	}
	if d, err := NewDate(2024, 2, 29); err != nil || d.Period().LastDay() != d {
		t.Errorf("the leap day: %v, %v", d, err)
	}
}

func TestEveryAccountOfTheChartIsNamedOnce(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range Chart() {
		if names[c.Name] || c.Name == "" {
			t.Errorf("%d has the name %q, which another has", c.Code, c.Name)
		}
		names[c.Name] = true
		if got, ok := c.Code.Control(); !ok || got != c {
			t.Errorf("%d is in the chart twice", c.Code)
		}
	}
}

func TestPartiesHaveAKindAndAnOpaqueID(t *testing.T) {
	t.Parallel()
	for _, bad := range []Party{"", "member", "member:", ":x", "member:x y", "Member:x", "member:-x", "member:x'", Party("member:" + strings.Repeat("x", 66))} {
		if bad.check() == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if p, err := NewParty(CollectorKind, "mpesa-jo"); err != nil || p.Kind() != "collector" || p.ID() != "mpesa-jo" {
		t.Errorf("got %v, %v", p, err)
	}
}
