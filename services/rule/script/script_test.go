package script_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"sanad.dev/sanad/services/rule/exact"
	"sanad.dev/sanad/services/rule/script"
)

func load(t testing.TB, text string) *script.Program {
	t.Helper()
	p, err := script.Load("rules.star", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// value runs a text that has a function f without parameters, and prints what it returns.
func value(t testing.TB, text string) string {
	t.Helper()
	v, err := load(t, text).Call("f")
	if err != nil {
		t.Fatal(err)
	}
	return script.Show(v)
}

func TestARuleComputes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, expression, want string }{
		{"a sum of whole numbers", `1 + 2`, "3"},
		{"a half of three", `3 / 2`, "1.5"},
		{"a third stays a third", `number(1) / 3 * 3`, "1"},
		{"a percentage", `percent("2.5") * 1000`, "25"},
		{"whole steps down", `number("-3.5") // 1`, "-4"},
		{"what is left over", `number("7.5") % 2`, "1.5"},
		{"whole numbers divided down", `-7 // 2`, "-4"},
		{"whole numbers left over", `-7 % 2`, "1"},
		{"a number and a whole one are equal", `number("2.0") == 2`, "True"},
		{"a number and a whole one in order", `number("0.5") < 1`, "True"},
		{"less than nothing", `-number("0.5")`, "-0.5"},
		{"the least", `min(3, number("2.5"), 4)`, "2.5"},
		{"the most of a list", `max([3, number("2.5"), 4])`, "4"},
		{"the last day", `max(day("2026-01-31"), day("2026-02-01"))`, "2026-02-01"},
		{"a sum of a list", `sum([1, number("0.5")], 2)`, "3.5"},
		{"no sum", `sum([])`, "0"},
		{"a whole number of a fraction", `int(number("4.0"))`, "4"},
		{"a list in order", `sorted([3, 1, number("2.5")], reverse=True)`, "[3, 2.5, 1]"},
		{"a list in order of something", `sorted(["ccc", "a", "bb"], key=len)`, `["a", "bb", "ccc"]`},
		{"a comprehension", `[x * x for x in range(4) if x != 2]`, "[0, 1, 9]"},
		{"a dict keeps its order", `{k: v for k, v in zip(["b", "a"], [1, 2])}`, `{"b": 1, "a": 2}`},
		{"a whole fraction is the same key", `{2: "two"}[number("4") / 2]`, "two"},
		{"a struct", `struct(b = 1, a = "x")`, `struct(a = "x", b = 1)`},
		{"a text filled", `"{} of {total}".format(1, total=number("2.5"))`, "1 of 2.5"},
		{"a text filled the old way", `"%s of %d %%" % ("x", 3)`, "x of 3 %"},
		{"texts joined", `", ".join([str(x) for x in (1, 2)])`, "1, 2"},
		{"a part of a list", `[1, 2, 3, 4][1:-1]`, "[2, 3]"},
		{"a list backwards", `[1, 2, 3][::-1]`, "[3, 2, 1]"},
		{"a condition", `"yes" if 1 in [number("1.0")] else "no"`, "yes"},
		{"a whole fraction in a range", `number("4") / 2 in range(3)`, "True"},
		{"a fraction not in a range", `number("0.5") in range(3)`, "False"},
		{"a text not in a range", `"1" in range(3)`, "False"},
		{"a number not in a dict", `number("0.5") not in {1: 2}`, "True"},
		{"a part of a text", `"ab" in "cabd"`, "True"},
		{"lists are equal by their numbers", `[1, {"a": number("2")}] == [number("1"), {"a": 2}]`, "True"},
		{"structs are equal by their fields", `struct(a=1) == struct(a=number("1"))`, "True"},
		{"structs of other fields", `struct(a=1) != struct(b=1)`, "True"},
		{"tuples in order", `sorted([(2, "b"), (2, "a"), (1, "c")])`, `[(1, "c"), (2, "a"), (2, "b")]`},
		{"a tuple as a key", `{(1, number("2.0")): "x"}[(number("1"), 2)]`, "x"},
		{"bits", `(6 & 3) | (8 ^ 1) << 2 >> 1 | ~0 + 1`, "18"},
		{"the largest whole number", `(1 << 127) - 1 + (1 << 127)`, "340282366920938463463374607431768211455"},
		{"dicts united", `{"a": 1} | {"b": 2, "a": 3}`, `{"a": 3, "b": 2}`},
		{"an entry or else", `{"a": 1}.get("b", 0)`, "0"},
		{"entries", `{"a": 1}.items() + [{"b": 2}.keys(), {"c": 3}.values()]`, `[("a", 1), ["b"], [3]]`},
		{"a dict of pairs and names", `dict([("a", 1)], b=2)`, `{"a": 1, "b": 2}`},
		{"any and all", `[any([0, 1]), all([0, 1]), any([]), all([])]`, "[True, False, False, True]"},
		{"a text cut up", `"a,b".split(",") + " c  d ".split()`, `["a", "b", "c", "d"]`},
		{"a text in other letters", `"Aß".upper() + "B ".lower().strip()`, "Aßb"},
		{"a text replaced", `"aXbX".replace("X", "--")`, "a--b--"},
		{"a text that begins", `["ab".startswith("a"), "ab".endswith("a")]`, "[True, False]"},
		{"where something stands", `[5, number("6.0")].index(6)`, "1"},
		{"lengths", `[len("ab"), len([1]), len({}), len(range(5))]`, "[2, 1, 0, 5]"},
		{"a magnitude", `abs(-3) + abs(number("-0.5"))`, "3.5"},
		{"a number of a number", `number(number("0.5")) + number(1)`, "1.5"},
		{"a day of a day", `day(day("2026-03-02")) == day("2026-03-02")`, "True"},
		{"truths", `[bool(0), bool(number("0")), bool("a"), bool(None), bool()]`, "[False, False, True, False, False]"},
		{"enumerated", `enumerate(["a"], 1)`, `[(1, "a")]`},
		{"a lambda", `(lambda x, y=2: x + y)(1)`, "3"},
		{"values spread", `max(*[1, 2], **{})`, "2"},
		{"days between", `days_between(day("2026-02-27"), day("2026-03-01"))`, "2"},
		{"months between", `months_between(day("2026-01-31"), day("2026-02-28"))`, "1"},
		{"a day later", `day("2026-12-31").plus_days(1)`, "2027-01-01"},
		{"a month later", `day("2026-01-31").plus_months(1)`, "2026-02-28"},
		{"the last of a month", `day("2024-02-03").last_of_month()`, "2024-02-29"},
		{"the year of a day", `day("2024-02-03").year`, "2024"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := value(t, "def f():\n    return "+c.expression+"\n"); got != c.want {
				t.Errorf("%s is %s, want %s", c.expression, got, c.want)
			}
		})
	}
}

func TestAProgramListsItsFunctions(t *testing.T) {
	t.Parallel()
	p := load(t, "def subsidy(member, facts, p):\n    return 0\n\nrate = 5\n\ndef cover(member):\n    return rate\n")
	if d := cmp.Diff([]string{"subsidy", "cover"}, p.Functions()); d != "" {
		t.Error(d)
	}
	params, ok := p.Params("subsidy")
	if d := cmp.Diff([]string{"member", "facts", "p"}, params); d != "" || !ok {
		t.Error(d, ok)
	}
	if _, ok := p.Params("rate"); ok {
		t.Error("a number has parameters")
	}
}

func TestBuildingBlocksSayWhatTheyDo(t *testing.T) {
	t.Parallel()
	half := starlark.NewBuiltin("half", func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		n, err := script.ToNumber(args[0])
		if err != nil {
			return nil, err
		}
		n = n.Over(exact.Int(2))
		script.Notef(thread, "half of %s is %s", args[0], n)
		return script.Number{Number: n}, nil
	})
	p, err := script.Load("rules.star", []byte("def f(x):\n    y = half(x)\n    return half(\n        y)\n"), starlark.StringDict{"half": half})
	if err != nil {
		t.Fatal(err)
	}
	v, steps, err := p.CallTraced("f", starlark.MakeInt(6))
	if err != nil || script.Show(v) != "1.5" {
		t.Fatal(v, err)
	}
	want := []script.Step{{2, "half of 6 is 3"}, {3, "half of 3 is 1.5"}}
	if d := cmp.Diff(want, steps); d != "" {
		t.Error(d)
	}
	if v, err := p.Call("f", starlark.MakeInt(6)); err != nil || script.Show(v) != "1.5" {
		t.Error(v, err)
	}
}

func TestARuleRefusesWithItsReason(t *testing.T) {
	t.Parallel()
	_, err := load(t, "def f():\n    fail(\"TOO_YOUNG\")\n").Call("f")
	var e *script.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if e.Reason != "TOO_YOUNG" || e.Line != 2 || e.Col != 5 {
		t.Errorf("got %+v", e)
	}
}

const yearOfMonths = `
def subsidy(member, facts, p):
    total = sum([m.paid for m in facts.months])
    return min(total * p.rate, p.cap)
`

// facts are twelve months in which something was paid.
func yearOfFacts() starlark.Tuple {
	number := func(text string) starlark.Value { return script.Number{Number: exact.Must(text)} }
	months := make([]starlark.Value, 12)
	for i := range months {
		months[i] = starlarkstruct.FromStringDict(starlarkstruct.Default, starlark.StringDict{
			"month": starlark.MakeInt(202601 + i), "paid": number("12.50"), "count": starlark.MakeInt(2),
		})
	}
	facts := starlarkstruct.FromStringDict(starlarkstruct.Default, starlark.StringDict{"months": starlark.NewList(months)})
	p := starlarkstruct.FromStringDict(starlarkstruct.Default, starlark.StringDict{"rate": number("0.5"), "cap": number("60")})
	args := starlark.Tuple{starlark.None, facts, p}
	args.Freeze()
	return args
}

// loopOfMonths computes each month by itself, with an operator of ours in every line.
const loopOfMonths = `
def subsidy(member, facts, p):
    total = 0
    for m in facts.months:
        share = m.paid * p.rate
        if share > p.cap:
            share = p.cap
        total += share
    return total
`

func BenchmarkALoopOverTwelveMonths(b *testing.B) {
	p := load(b, loopOfMonths)
	args := yearOfFacts()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Call("subsidy", args...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkARuleOverTwelveMonths(b *testing.B) {
	p := load(b, yearOfMonths)
	args := yearOfFacts()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Call("subsidy", args...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkARuleOverTwelveMonthsAtOnce(b *testing.B) {
	p := load(b, yearOfMonths)
	args := yearOfFacts()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := p.Call("subsidy", args...); err != nil {
				b.Error(err)
			}
		}
	})
}
