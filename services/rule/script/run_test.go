package script_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/script"
)

const busy = "def f():\n  for a in range(10000):\n    for b in range(10000):\n      pass\ndef g():\n  return 1\n"

func TestACallEndsWithItsSteps(t *testing.T) {
	t.Parallel()
	p := load(t, "def f(n):\n  for i in range(n):\n    pass\n")
	p.Limits.Steps = 1000
	if _, err := p.Call("f", starlark.MakeInt(100)); err != nil {
		t.Error(err)
	}
	if _, err := p.Call("f", starlark.MakeInt(1000)); !errors.Is(err, script.ErrSteps) {
		t.Errorf("got %v, want %v", err, script.ErrSteps)
	}
}

func TestACallEndsWithItsTime(t *testing.T) {
	t.Parallel()
	p := load(t, busy)
	p.Limits = script.Limits{Steps: 1 << 62, Time: 20 * time.Millisecond}
	for range 3 { // a thread that was stopped does no more work, and does not stop another's
		if _, err := p.Call("f"); !errors.Is(err, script.ErrTime) {
			t.Errorf("got %v, want %v", err, script.ErrTime)
		}
		if _, err := p.Call("g"); err != nil {
			t.Error(err)
		}
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := load(t, busy)
	p.Limits = script.Limits{Steps: 1 << 62, Time: time.Minute}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.CallContext(ctx, "f"); !errors.Is(err, script.ErrCancelled) {
		t.Errorf("got %v, want %v", err, script.ErrCancelled)
	}
	if _, err := p.CallContext(t.Context(), "g"); err != nil {
		t.Error(err)
	}
}

func TestCallsOfOneProgramRunAtOnce(t *testing.T) {
	t.Parallel()
	p := load(t, "table = {i: [i, i * i] for i in range(100)}\ndef f(i):\n  if i % 10 == 0:\n    fail(\"TENTH\")\n  return sum([x for x in table[i]])\n")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				v, err := p.Call("f", starlark.MakeInt(i))
				switch {
				case i%10 == 0:
					if err == nil {
						t.Errorf("%d was not refused", i)
					}
				case err != nil || script.Show(v) != fmt.Sprint(i+i*i):
					t.Errorf("%d: %v, %v", i, v, err)
				}
			}
		})
	}
	all.Wait()
}

func TestACallChangesNeitherItsArgumentsNorTheProgram(t *testing.T) {
	t.Parallel()
	p := load(t, "d = {\"a\": [1]}\ndef f(x):\n  x.append(2)\ndef g():\n  d[\"a\"] += [2]\ndef h():\n  d[\"a\"][0] = 2\ndef k(x = []):\n  x.append(1)\n  return x\n")
	list := starlark.NewList([]starlark.Value{starlark.MakeInt(1)})
	if _, err := p.Call("f", list); err == nil || list.Len() != 1 {
		t.Errorf("the argument is %s, %v", list, err)
	}
	for _, fn := range []string{"g", "h", "k"} {
		if v, err := p.Call(fn); err == nil {
			t.Errorf("%s changed the program and returned %s", fn, v)
		}
	}
}

func TestAPanicInABuildingBlockIsAnError(t *testing.T) {
	t.Parallel()
	oops := starlark.NewBuiltin("oops", func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		panic("oops")
	})
	p, err := script.Load("rules.star", []byte("def f():\n  oops()\ndef g():\n  return 1\n"), starlark.StringDict{"oops": oops})
	if err != nil {
		t.Fatal(err)
	}
	var e *script.Error
	if _, err := p.Call("f"); !errors.As(err, &e) {
		t.Errorf("got %v, want an *Error", err)
	}
	if _, err := p.Call("g"); err != nil {
		t.Error(err)
	}
}

func TestTheErrorOfABuildingBlockIsKept(t *testing.T) {
	t.Parallel()
	errClosed := errors.New("the scheme is closed")
	closed := starlark.NewBuiltin("closed", func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
		return nil, errClosed
	})
	p, err := script.Load("rules.star", []byte("def f():\n  return closed()\n"), starlark.StringDict{"closed": closed})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call("f"); !errors.Is(err, errClosed) || err.Error() != "rules.star:2:10: the scheme is closed" {
		t.Errorf("got %v", err)
	}
}

func TestATraceEnds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_000)
	say := starlark.NewBuiltin("say", func(thread *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		script.Note(thread, long)
		return starlark.None, nil
	})
	p, err := script.Load("rules.star", []byte("def f():\n  for i in range(2000):\n    say()\n"), starlark.StringDict{"say": say})
	if err != nil {
		t.Fatal(err)
	}
	_, steps, err := p.CallTraced("f")
	if err != nil || len(steps) != 1001 || len(steps[0].Text) > 500 || steps[1000].Line != 0 {
		t.Errorf("%d steps, %v", len(steps), err)
	}
}

func TestANoteOfAnyValueEnds(t *testing.T) {
	t.Parallel()
	say := starlark.NewBuiltin("say", func(thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		script.Notef(thread, "it is %s", args[0])
		return starlark.None, nil
	})
	p, err := script.Load("rules.star", []byte("def f():\n"+towers+"  say(x)\n"), starlark.StringDict{"say": say})
	if err != nil {
		t.Fatal(err)
	}
	if _, steps, err := p.CallTraced("f"); err != nil || !strings.HasPrefix(steps[0].Text, "it is [[[") {
		t.Errorf("%v, %v", steps, err)
	}
}

func TestTheSameTextGivesTheSameAgain(t *testing.T) {
	t.Parallel()
	const text = "def f():\n  d = {str(i): i for i in range(1000)}\n  d.pop(\"500\")\n  d[\"500\"] = 1\n  return [d.keys(), d.values(), sorted(d), str(d.items()[:20])]\n"
	want := value(t, text)
	for range 20 {
		if got := value(t, text); got != want {
			t.Fatal(cmp.Diff(want, got))
		}
	}
}

// expression draws a computation with whole numbers that the language's own operators can do too.
func expression(depth int) *rapid.Generator[string] {
	leaf := rapid.Map(rapid.IntRange(-20, 20), func(i int) string { return fmt.Sprintf("(%d)", i) })
	if depth == 0 {
		return leaf
	}
	inner := rapid.Deferred(func() *rapid.Generator[string] { return expression(depth - 1) })
	return rapid.OneOf(leaf, rapid.Custom(func(t *rapid.T) string {
		op := rapid.SampledFrom([]string{"+", "-", "*", "//", "%", "&", "|", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or"}).Draw(t, "op")
		x, y := inner.Draw(t, "x"), inner.Draw(t, "y")
		if op == "//" || op == "%" || op == "<" || op == "<=" || op == ">" || op == ">=" {
			return fmt.Sprintf("(int(%s) %s (int(%s) or 7))", x, op, y)
		}
		return fmt.Sprintf("(int(%s) %s int(%s))", x, op, y)
	}))
}

func TestOperatorsAreThoseOfTheLanguage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := expression(4).Draw(t, "text")
		// int takes no truths here; the language's own does.
		own := "def int_of(x):\n  return (1 if x else 0) if x == True or x == False else x\ndef f():\n  return " +
			strings.ReplaceAll(text, "int(", "int_of(")
		want, wantErr := starlark.ExecFileOptions(&syntax.FileOptions{}, &starlark.Thread{}, "own.star", own+"\nx = f()\n", nil)
		p, err := script.Load("rules.star", []byte(own), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Call("f")
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%s: %v, want %v", text, err, wantErr)
		}
		if err == nil && got.String() != want["x"].String() {
			t.Fatalf("%s is %s, want %s", text, got, want["x"])
		}
	})
}

// Slices, repetitions and sums of lists have many cases, which the language's own tests have been through.
func TestPartsAndSumsOfListsAreThoseOfTheLanguage(t *testing.T) {
	t.Parallel()
	end := rapid.OneOf(rapid.Just(""), rapid.Map(rapid.IntRange(-7, 7), func(i int) string { return fmt.Sprint(i) }))
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SampledFrom([]string{"[]", "[1]", "[1, 2, 3, 4, 5]", `"abcde"`, "(1, 2, 3)", "range(6)", "[1, 2] + [3]", "(1,) + (2,)", "[1, 2] * 3", "2 * (1, 2)", `"ab" * 2`, "[1] * -1"}).Draw(t, "list")
		step := end.Filter(func(s string) bool { return s != "0" }).Draw(t, "step")
		text := fmt.Sprintf("(%s)[%s:%s:%s]", list, end.Draw(t, "from"), end.Draw(t, "to"), step)
		if list == "range(6)" { // one without numbers can be written in many ways
			text = "list(" + text + ")"
		}
		want, err := starlark.EvalOptions(&syntax.FileOptions{}, &starlark.Thread{}, "own.star", text, nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := script.Load("rules.star", []byte("def f():\n  return "+text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Call("f"); err != nil || got.String() != want.String() {
			t.Fatalf("%s is %s, %v; want %s", text, got, err, want)
		}
	})
}

func TestAMonthIsCompletedOnItsDay(t *testing.T) {
	t.Parallel()
	p := load(t, "def later(d, n):\n  return d.plus_months(n)\ndef months(a, b):\n  return months_between(a, b)\ndef days(a, n):\n  return days_between(a, a.plus_days(n))\n")
	call := func(t *rapid.T, fn string, args ...starlark.Value) starlark.Value {
		v, err := p.Call(fn, args...)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	rapid.Check(t, func(t *rapid.T) {
		from := ledger.Date(1990_01_01).AddDays(rapid.IntRange(0, 70*365).Draw(t, "first"))
		from = from.Period().FirstDay().AddDays(rapid.IntRange(0, 30).Draw(t, "day"))
		n := rapid.IntRange(0, 600).Draw(t, "months")
		to := call(t, "later", script.Day(from), starlark.MakeInt(n)).(script.Day)
		if got := call(t, "months", script.Day(from), to).String(); got != fmt.Sprint(n) {
			t.Fatalf("from %s to %s are %s months, want %d", from, to, got, n)
		}
		before := script.Day(ledger.Date(to).AddDays(-1))
		if got := call(t, "months", script.Day(from), before).String(); n > 0 && got != fmt.Sprint(n-1) {
			t.Fatalf("from %s to %s, the day before, are %s months, want %d", from, before, got, n-1)
		}
		if got := call(t, "months", to, script.Day(from)).String(); got != fmt.Sprint(-n) {
			t.Fatalf("back from %s to %s are %s months, want %d", to, from, got, -n)
		}
		days := rapid.IntRange(-5000, 5000).Draw(t, "days")
		if got := call(t, "days", script.Day(from), starlark.MakeInt(days)).String(); got != fmt.Sprint(days) {
			t.Fatalf("%d days from %s are counted as %s", days, from, got)
		}
	})
}
