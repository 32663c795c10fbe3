package script_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"sanad.dev/sanad/services/rule/script"
)

// Whoever writes a rule may not have more of a server than this, whatever stands in it.
const (
	mostPatience = 900 * time.Millisecond
	mostMemory   = 128 << 20 // allocated in all, kept or not
)

func repeated(text string, n int) string { return strings.Repeat(text, n) }

// lines joins lines that are made from their number.
func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i, i+1)
	}
	return b.String()
}

// hostile are texts that want more than their share, or a way out. Those that define f are run by it.
var hostile = []struct{ name, text, want string }{
	{"an endless comprehension", "def f():\n  return [1 for a in range(10000) for b in range(10000) for c in range(10000)]", "too many steps"},
	{"an endless comprehension at the top", "x = [1 for a in range(10000) for b in range(10000) for c in range(10000)]", "too many steps"},
	{"an endless loop", "def f():\n  for a in range(10000):\n    for b in range(10000):\n      for c in range(10000):\n        pass", "too many steps"},
	{"a loop without end", "def f():\n  while True:\n    pass", "no while"},
	{"a range without end", "def f():\n  return range(1000000000)", "at most 10000 numbers"},
	{"a range beyond all", "def f():\n  return range(1 << 100)", "thousand million"},

	{"squares of squares", "def f():\n  x = 2\n  for i in range(1000):\n    x = x * x\n  return x", "128 bits"},
	{"squares of squares in place", "def f():\n  x = 2\n  for i in range(1000):\n    x *= x\n  return x", "128 bits"},
	{"a shift into the distance", "def f():\n  return 1 << 1000000000", "0 to 128 places"},
	{"a shift upon a shift", "def f():\n  return 1 << 128 << 128", "128 bits"},
	{"a shift in place", "def f():\n  x = 1\n  x <<= 129\n  return x", "0 to 128 places"},
	{"a literal of 100,000 digits", "def f():\n  return 1" + repeated("0", 100_000), "128 bits"},
	{"a sum beyond all", "def f():\n  x = 1 << 127\n  return x + x + x", "128 bits"},
	{"the opposite of the largest", "def f():\n  x = 1\n  for i in range(200):\n    x = ~x * 3\n  return x", "128 bits"},
	{"a fraction of ever more digits", "def f():\n  x = number(1) / 3\n  for i in range(10000):\n    x = x * x + 1\n  return x", "too large"},
	{"a number of many digits", "def f():\n  return number(\"" + repeated("9", 4000) + "\")", "not a number"},

	{"10 MB of brackets", repeated("(", 10<<20), "larger than 256 KiB"},
	{"256 KiB of brackets", repeated("(", 256<<10), "more than 64 brackets"},
	{"256 KiB of square brackets", repeated("[", 256<<10), "more than 64 brackets"},
	{"256 KiB of braces", repeated("{1:", 80<<10), "more than 64 brackets"},
	{"calls in calls", "x = " + repeated("f(", 1000) + repeated(")", 1000), "more than 64 brackets"},
	{"brackets behind an apostrophe", "# it's\n" + repeated("(", 1000), "more than 64 brackets"},
	{"brackets behind a text with quotes", `x = "'" + '"' + """'"""` + repeated("(", 1000), "more than 64 brackets"},
	{"minus minus", "x = " + repeated("-", 250_000) + "1", "nested too deeply"},
	{"not not", "x = " + repeated("not ", 60_000) + "1", "nested too deeply"},
	{"lambda lambda", "x = " + repeated("lambda:", 30_000) + "1", "nested too deeply"},
	{"if else if else", "x = " + repeated("1 if 1 else ", 20_000) + "1", "nested too deeply"},
	{"one and one", "x = 1" + repeated("+1", 120_000), "nested too deeply"},
	{"or or", "x = 1" + repeated(" or 1", 50_000), "nested too deeply"},
	{"field of field", "x = None" + repeated(".a", 120_000), "nested too deeply"},
	{"element of element", "x = 1" + repeated("[0]", 80_000), "nested too deeply"},
	{"result of result", "x = f" + repeated("()", 120_000), "nested too deeply"},
	{"ten thousand elifs", "def f(x):\n  if x == 0:\n    pass\n" + repeated("  elif x:\n    pass\n", 10_000), "nested too deeply"},
	{"blocks in blocks", "def f():\n" + blocks(300), "nested too deeply"},
	{"functions in functions", functionsInFunctions(300), "nested too deeply"},
	{"loops in a comprehension", "x = [1 " + repeated("for a in [1] ", 15_000) + "]", "more than 16 times"},
	{"conditions in a comprehension", "x = [1 for a in [1] " + repeated("if a ", 40_000) + "]", "more than 16 times"},
	{"many conditions", "def f():\n" + repeated("  if f: pass\n", 18_000), ""},
	{"many conditions with nothing in them", "def f():\n" + repeated("  if f: pass\n  else: pass\n", 9_000), ""},
	{"many loops", "def f():\n" + repeated("  for x in []: pass\n", 12_000), ""},
	{"many ways out of a loop", "def f():\n  for x in [1]:\n" + repeated("   break\n   continue\n", 10_000), ""},
	{"many comprehensions", "x = [" + repeated("[1 for a in []],", 9_999) + "]", ""},
	{"comprehensions in comprehensions", repeated("[", 60) + repeated(" for a in [1]]", 60), "missing"},
	{"comprehensions of comprehensions", "x = " + repeated("[", 60) + "1" + repeated(" for a in [1]]", 60), ""},
	{"a long list of statements", repeated("1;", 120_000), ""},
	{"a long literal", "x = [" + repeated("1,", 120_000) + "]", "at most 10000 elements"},
	{"a long tuple", "x = (" + repeated("1,", 120_000) + ")", "at most 10000 elements"},
	{"a long call", "x = f(" + repeated("1,", 120_000) + ")", "limit is 255"},
	{"many functions", lines(5000, "def f%d(): return %d"), "more than 300 functions"},
	{"many names", lines(12_000, "x%d = %d"), ""},
	{"many parameters", "def f(" + strings.ReplaceAll(strings.TrimSpace(lines(10_000, "a%d,b%d,")), "\n", "") + "):\n  pass", "without its"},

	{"a text of 100 MiB", "def f():\n  return \"a\" * 104857600", "more than 10000 times"},
	{"a text of 100 MiB at the top", "x = 104857600 * \"a\"", "more than 10000 times"},
	{"nothing repeated without end", "def f():\n  return \"\" * (1 << 100)", "more than 10000 times"},
	{"a text that doubles", "def f():\n  s = \"a\"\n  for i in range(100):\n    s = s + s\n  return s", "at most 4 KiB"},
	{"a text that doubles in place", "def f():\n  s = \"a\"\n  for i in range(100):\n    s += s\n  return s", "at most 4 KiB"},
	{"a text that doubles in a list", "def f():\n  s = [\"a\"]\n  for i in range(100):\n    s[0] += s[0]\n  return s", "at most 4 KiB"},
	{"a text joined", "def f():\n  return (\"a\" * 4000).join([\"b\"] * 10000)", "at most 4 KiB"},
	{"a text replaced", "def f():\n  return (\"a\" * 4000).replace(\"\", \"b\" * 4000)", "at most 4 KiB"},
	{"a text filled often", "def f():\n  return (\"{0}\" * 1000).format(\"a\" * 4000)", "at most 4 KiB"},
	{"a text filled often the old way", "def f():\n  return (\"%s\" * 1000) % ((\"a\" * 4000,) * 1000)", "at most 4 KiB"},
	{"a text filled wide", "def f():\n  return \"%1000000000d\" % 1", "only s, d, r"},
	{"a text filled wide the new way", "def f():\n  return \"{:1000000000}\".format(1)", "no value for"},
	{"a text of a list", "def f():\n  return str([\"a\" * 4000] * 10000)", "at most 4 KiB"},
	{"a text of lists of lists", "def f():\n" + towers + "  return str(x)", "at most 4 KiB"},
	{"a text of lists of lists the old way", "def f():\n" + towers + "  return \"%s\" % (x,)", "at most 4 KiB"},
	{"texts kept", "def f():\n  return [\"a\" * (4000 + b) for a in range(1000) for b in range(90)]", "too many steps"},
	{"capitals kept", "def f():\n  s = \"ß\" * 2000\n  return [s.upper() for a in range(1000) for b in range(1000)]", "too many steps"},
	{"a long literal text", "x = \"" + repeated("a", 5000) + "\"", "longer than 4 KiB"},

	{"a list that doubles", "def f():\n  x = [1]\n  for i in range(100):\n    x = x + x\n  return x", "at most 10000 elements"},
	{"a list that doubles in place", "def f():\n  x = [1]\n  for i in range(100):\n    x += x\n  return x", "at most 10000 elements"},
	{"a list that doubles by itself", "def f():\n  x = [1]\n  for i in range(100):\n    x.extend(x)\n  return x", "at most 10000 elements"},
	{"a tuple that doubles", "def f():\n  x = (1,)\n  for i in range(100):\n    x = x + x\n  return x", "at most 10000 elements"},
	{"a list repeated", "def f():\n  return [1] * 1000000", "more than 10000 times"},
	{"a list repeated twice", "def f():\n  return [1] * 1000 * 1000", "at most 10000 elements"},
	{"an empty list repeated", "def f():\n  for i in range(1000):\n    x = [[] * 10000 for j in range(10000)]\n  return x", "too many steps"},
	{"a list appended to", "def f():\n  x = []\n  for i in range(10000):\n    for j in range(10000):\n      x.append(i)\n  return x", "at most 10000 elements"},
	{"a comprehension too long", "def f():\n  return [1 for i in range(200) for j in range(200)]", "at most 10000 elements"},
	{"slices kept", "def f():\n  x = [1] * 10000\n  return [x[1:] for i in range(10000)]", "too many steps"},
	{"copies kept", "def f():\n  x = [1] * 10000\n  return [list(x) for i in range(10000)]", "too many steps"},
	{"enumerations kept", "def f():\n  x = [1] * 10000\n  return [enumerate(x) for i in range(10000)]", "too many steps"},
	{"zips kept", "def f():\n  x = [1] * 10000\n  return [zip(x, x, x, x) for i in range(10000)]", "too many steps"},
	{"a wide zip", "def f():\n  x = [1] * 10000\n  return zip(*([x] * 255))", "too much to zip"},
	{"arguments spread", "def g(*a):\n  return a\ndef f():\n  x = [1] * 10000\n  return [g(*x) for i in range(10000)]", "at most 255 values"},
	{"arguments spread often", "def g(*a):\n  return a\ndef f():\n  x = [1] * 255\n  return [g(*x) for i in range(10000) for j in range(100)]", "too many steps"},
	{"names spread often", "def g(**a):\n  return a\ndef f():\n  x = {str(i): 1 for i in range(255)}\n  return [g(**x) for i in range(10000) for j in range(100)]", "too many steps"},
	{"many small dicts", "def f():\n  return [{} for i in range(10000) for j in range(10000)]", "too many steps"},
	{"many small dicts of a call", "def f():\n  return [dict() for i in range(10000) for j in range(10000)]", "too many steps"},
	{"many small lists", "def f():\n  return [[] for i in range(10000) for j in range(10000)]", "too many steps"},
	{"many functions kept", "def f():\n  return [(lambda: i) for i in range(10000) for j in range(10000)]", "too many steps"},
	{"many fractions kept", "def f():\n  n = number(\"1.23456789012345678901234567890123456789\")\n  return [n * n for i in range(10000) for j in range(10000)]", "too many steps"},
	{"many structs kept", "def f():\n  return [struct(a=i, b=j, c=1, d=1) for i in range(10000) for j in range(10000)]", "too many steps"},

	{"a dict too large", "def f():\n  return {(i, j): 1 for i in range(200) for j in range(200)}", "at most 10000 elements"},
	{"a dict filled", "def f():\n  d = {}\n  for i in range(200):\n    for j in range(200):\n      d[(i, j)] = 1\n  return d", "at most 10000 elements"},
	{"a dict merged", "def f():\n  d = {}\n  for i in range(200):\n    d |= {(i, j): 1 for j in range(200)}\n  return d", "at most 10000 elements"},
	{"a dict united", "def f():\n  d = {}\n  for i in range(200):\n    d = d | {(i, j): 1 for j in range(200)}\n  return d", "at most 10000 elements"},
	{"a dict updated", "def f():\n  d = {}\n  for i in range(200):\n    d.update([((i, j), 1) for j in range(200)])\n  return d", "at most 10000 elements"},
	{"a dict of defaults", "def f():\n  d = {}\n  for i in range(200):\n    for j in range(200):\n      d.setdefault((i, j), 1)\n  return d", "at most 10000 elements"},
	{"keys that fall together", "def f():\n  d = {}\n  for k in range(1000):\n    for i in range(9999):\n      d[i << 32] = k\n  return d", "too many steps"},
	{"keys that fall together at once", "def f():\n  return [{i << 32: 1 for i in range(9999)} for k in range(1000)]", "too many steps"},
	{"a key of tuples of tuples", "def f():\n" + tuples + "  return {x: 1}", "cannot be the key"},
	{"a key of tuples of tuples in a dict that is there", "def f():\n" + tuples + "  d = {}\n  d[x] = 1\n  return d", "cannot be the key"},
	{"a key of tuples of tuples, looked up", "def f():\n" + tuples + "  return {}[x]", "cannot be the key"},
	{"a key of tuples of tuples, asked for", "def f():\n" + tuples + "  return {}.get(x)", "cannot be the key"},
	{"a key of tuples of tuples, looked for", "def f():\n" + tuples + "  return x in {}", "cannot be the key"},
	{"a key of tuples of tuples in a struct", "def f():\n" + tuples + "  return {struct(a=x): 1}", "cannot be the key"},

	{"lists of lists compared", "def f():\n" + towers + "  y = x\n" + towers + "  return x == y", "too large or too deep"},
	{"lists of lists in order", "def f():\n" + towers + "  y = x\n" + towers + "  return x < y", "too large or too deep"},
	{"lists of lists looked for", "def f():\n" + towers + "  y = x\n" + towers + "  return x in [y]", "too large or too deep"},
	{"lists of lists sorted", "def f():\n" + towers + "  y = x\n" + towers + "  return sorted([x, y])", "too large or too deep"},
	{"lists of lists counted", "def f():\n" + towers + "  y = x\n" + towers + "  return [y].index(x)", "too large or too deep"},
	{"long lists sorted", "def f():\n  return sorted([[0] * 9000 + [i] for i in range(100)])", "too many steps"},
	{"structs of structs compared", "def f():\n  x, y = 1, 1\n  for i in range(64):\n    x, y = struct(a=x, b=x), struct(a=y, b=y)\n  return x == y", "too large or too deep"},
	{"dicts of dicts compared", "def f():\n  x, y = 1, 1\n  for i in range(64):\n    x, y = {1: x, 2: x}, {1: y, 2: y}\n  return x == y", "too large or too deep"},
	{"tuples of tuples returned", "def f():\n" + tuples + "  return x", "holds too much"},
	{"tuples of tuples at the top", "t0 = (1, 1)\n" + lines(100, "t%[2]d = (t%[1]d, t%[1]d)"), "holds too much"},
	{"structs of structs returned", "def f():\n  x = 1\n  for i in range(64):\n    x = struct(a=x, b=x)\n  return x", "holds too much"},
	{"a list deep in lists", "def f():\n  x = []\n  for i in range(10000):\n    x = [x]\n  return x", "holds too much"},
	{"a list in itself", "def f():\n  x = []\n  x.append(x)\n  return x", "holds too much"},
	{"a list in itself at the top", "x = []\nx.append(x)", "holds too much"},
	{"a list in itself compared", "def f():\n  x, y = [], []\n  x.append(x)\n  y.append(y)\n  return x == y", "too large or too deep"},
	{"a dict in itself", "def f():\n  x = {}\n  x[1] = x\n  return x", "holds too much"},
	{"a list in itself extended", "def f():\n  x = [1]\n  for i in range(20):\n    x += x\n    x += [x]\n  return 1", "at most 10000"},
	{"a function that keeps itself", "def g():\n  def h():\n    return h\n  return h\nx = g()", "holds too much"},
	{"functions that keep each other", "def g():\n  a = [0]\n  def h():\n    return a\n  a[0] = h\n  return h\nx = g()", "holds too much"},

	{"a function that calls itself", "def f():\n  return f()", "cannot call itself"},
	{"functions that call each other", "def g():\n  return f()\ndef h():\n  return g()\ndef f():\n  return h()", "cannot call itself"},
	{"functions that call each other in secret", "def g(x):\n  return x[0](x)\ndef f():\n  return g([g])", "calls itself"},
	{"a function given to itself", "def f():\n  y = lambda g: g(g)\n  return y(y)", "calls itself"},
	{"a function that sorts by itself", "def f(*x):\n  return sorted([1], key=f)", "calls itself"},
	{"calls that branch", branches(290), "too many steps"},
	{"calls of a large function", "def g(x):\n  if x:\n    return [" + repeated("1,", 9000) + "]\ndef f():\n  for i in range(10000):\n    for j in range(100):\n      g(0)", "too many steps"},
	{"calls of a function of many names", "def g(x):\n  if x:\n" + lines(9000, "    a%d = %d") + "def f():\n  for i in range(10000):\n    for j in range(100):\n      g(0)", "too many steps"},

	{"sorting by what takes long", "def g(x):\n  for i in range(10000):\n    pass\n  return x\ndef f():\n  return sorted(range(10000), key=g)", "too many steps"},
	{"sorting by sorting", "def f():\n  return sorted([range(10000)] * 10000, key=sorted)", "too many steps"},
	{"sorting by failing", "def f():\n  return sorted(range(10000), key=lambda x: fail(\"NO\"))", "refuses: NO"},
	{"a failure with much to say", "def f():\n" + towers + "  fail(\"NO\", x)", "[[["},
	{"a missing key with much to say", "def f():\n  return {}[\"a\" * 4000]", "there is no"},
	{"sums of sums", "def f():\n  return [sum(range(10000)) for i in range(10000)]", "too many steps"},
	{"looking in vain", "def f():\n  x = [\"a\" * 4000 + str(i) for i in range(9)] * 1000\n  return [\"a\" * 4000 + \"z\" in x for i in range(1000)]", "too"},
	{"taking from the front", "def f():\n  for j in range(1000):\n    x = [1] * 10000\n    for i in range(9999):\n      x.pop(0)", "too many steps"},
	{"nothing but steps", "def f():\n  x = 0\n  for i in range(10000):\n    for j in range(10000):\n      x = x + i * j - 1\n  return x", "too many steps"},
}

// towers make x a list of lists, each holding the one before it ten times.
const towers = "  x = [1] * 10\n  for i in range(12):\n    x = [x] * 10\n"

// tuples make x a tuple of tuples that is small in memory and takes for ever to walk through.
const tuples = "  x = (1, 1)\n  for i in range(64):\n    x = (x, x)\n"

func blocks(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(repeated(" ", i+1) + "if True:\n")
	}
	return b.String() + repeated(" ", depth+1) + "pass\n"
}

func functionsInFunctions(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(repeated(" ", i) + "def f():\n")
	}
	return b.String() + repeated(" ", depth) + "pass\n"
}

// branches are functions that each call the next one twice.
func branches(n int) string {
	return lines(n, "def g%d():\n  g%d()\n  g%[2]d()") + fmt.Sprintf("def g%d():\n  pass\ndef f():\n  g0()\n", n)
}

// attempt loads the text and calls its function f, where it has one.
func attempt(text string) error {
	p, err := script.Load("rules.star", []byte(text), nil)
	if err != nil {
		return err
	}
	if _, ok := p.Params("f"); !ok {
		return nil
	}
	_, err = p.Call("f")
	return err
}

// TestHostileTextsEndSoon is not parallel: it counts what is allocated.
func TestHostileTextsEndSoon(t *testing.T) {
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			err := attempt(c.text)
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%v, %d KiB: %v", took.Round(time.Microsecond), allocated>>10, err)
			if took > mostPatience && !testing.Short() || allocated > mostMemory { // -short is what the race detector runs, ten times slower
				t.Errorf("took %v and %d MiB", took, allocated>>20)
			}
			checkHostile(t, err, c.want)
		})
	}
}

func checkHostile(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" { // harmless in the end
		if err != nil {
			t.Error(err)
		}
		return
	}
	var e *script.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if errors.Is(err, script.ErrTime) && (want == "too many steps" || testing.Short()) { // on a machine that has much else to do, or looks for races
		want = "too much time"
	}
	if e.File != "rules.star" || e.Line < 1 || e.Col < 1 || len(e.Text) > 600 || !strings.Contains(e.Text, want) {
		t.Errorf("got %v, want a place in the file and %q", e, want)
	}
}
