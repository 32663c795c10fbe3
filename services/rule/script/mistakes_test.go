package script_test

import (
	"errors"
	"testing"

	"go.starlark.net/starlark"

	"sanad.dev/sanad/services/rule/script"
)

// mistakes are those of people who mean well, and what they are told. A function f is called with None for all that it
// takes.
var mistakes = []struct{ name, text, want string }{
	{"a float", "def f():\n  return 0.5 * 3", `2:10: floating point loses cents; write number("0.5")`},
	{"a float without a nought", "x = .5", `1:5: floating point loses cents; write number(".5")`},
	{"a float that ends in a point", "x = 5.", `1:5: floating point loses cents; write number("5")`},
	{"a float with an exponent", "x = 1e3", `1:5: floating point loses cents; write number("0.5")`},
	{"a float made of a text", "def f():\n  return float(\"0.5\")", `2:10: rules have no float; floating point loses cents: write number("0.5")`},
	{"a library of floats", "def f():\n  return math.floor(3)", `2:10: rules have no math; it computes in floating point: use + - * / // % and the building blocks`},

	{"a parameter misspelt", "def f(member):\n  return membr.age", `2:10: membr is not known; did you mean member?`},
	{"a building block misspelt", "def f():\n  return nmber(\"1\")", `2:10: nmber is not known; did you mean number?`},
	{"a name of one's own misspelt", "def f():\n  total = 1\n  return totl", `3:10: totl is not known; did you mean total?`},
	{"a name that nothing is near", "def f():\n  return zzzzzz", `2:10: zzzzzz is not known; give it a value first, or take it from what the function is given`},
	{"a field misspelt", "def f():\n  return struct(total=1).totl", `2:26: there is no .totl here; did you mean .total?`},
	{"a field of nothing", "def f(member):\n  return member.age", `2:17: nothing (None) has no .age`},
	{"a method that rules do without", "def f():\n  return \"a\".title()", `2:14: a text has no .title in rules; it has endswith, format, join, lower, replace, split, startswith, strip, upper`},
	{"a function that rules do without", "def f():\n  print(1)", `2:3: rules have no print; nobody reads what a rule prints: explain shows each step`},
	{"the clock", "def f():\n  return today()", `2:10: rules have no today; the day that counts is in the facts`},
	{"a set", "def f():\n  return set([1])", `2:10: rules have no set; use a list, or a dict with True as values`},

	{"a number and a text added", "def f():\n  return 1 + \"2\"", `2:12: + cannot stand between a whole number and a text; write number("0.5") for a number, or str(x) for a text`},
	{"nothing and a number added", "def f(x):\n  return x + 1", `2:12: + cannot stand between nothing (None) and a whole number`},
	{"days added to a day", "def f():\n  return day(\"2026-01-01\") + 30", `2:28: + cannot stand between a day and a whole number; write d.plus_days(n) or days_between(a, b)`},
	{"a truth added in place", "def f():\n  x = 1\n  x += True", `3:5: + cannot stand between a whole number and a truth (True or False)`},
	{"an element added to in place", "def f():\n  x = [None]\n  x[0] -= 1", `3:8: - cannot stand between nothing (None) and a whole number`},
	{"a text less than nothing", "def f():\n  return -\"a\"", `2:10: - cannot stand before a text`},
	{"a number and a text in order", "def f():\n  return 1 < \"2\"", `2:12: a number and a text cannot be put in order; write number("2")`},
	{"a day and a text in order", "def f():\n  return day(\"2026-01-01\") < \"2026-01-02\"", `2:28: a day and a text cannot be put in order; write day("2026-01-02")`},
	{"nothing in order", "def f(x):\n  return x > 3", `2:12: nothing (None) cannot be put in order with a whole number; ask x != None first`},
	{"whole numbers divided by nothing", "def f():\n  return 1 // 0", `2:12: division by zero`},
	{"numbers divided by nothing", "def f():\n  return number(1) / 0", `2:20: division by zero`},
	{"no number", "def f():\n  return number(\"a\")", `2:10: "a" is not a number such as 12, 0.5 or 50%`},
	{"no day", "def f():\n  return day(\"2026-02-30\")", `2:10: "2026-02-30" is not a day of the calendar, which goes from 1900 to 2199; write day("2026-03-02")`},
	{"a day beyond the calendar", "def f():\n  return day(\"2199-12-31\").plus_days(1)", `2:28: the day lies outside the calendar, which goes from 1900 to 2199`},
	{"a fraction as a whole number", "def f():\n  return int(number(\"0.5\"))", `2:10: 0.5 is not whole; round it first, by a named way`},
	{"the least of nothing", "def f():\n  return min([])", `2:10: min of nothing; write min([0] + list) where the list may be empty`},
	{"the sum of texts", "def f():\n  return sum([1, \"2\"])", `2:10: "2" is a text and not a number; write number("2")`},

	{"an element that is not there", "def f():\n  return [1, 2][2]", `2:16: there is no element 2 among 2; the first is 0`},
	{"an element by its name", "def f():\n  return [1, 2][\"a\"]", `2:16: a list has its elements by whole numbers, and not by a text`},
	{"an entry that is not there", "def f():\n  return {\"a\": 1}[\"b\"]", `2:18: there is no "b" in the dict; write d.get("b", 0) where it may be missing`},
	{"a key twice", "def f():\n  return {\"a\": 1, \"a\": 2}", `2:22: the key "a" is there twice`},
	{"a list as a key", "def f():\n  return {[1]: 1}", `2:11: a list cannot be the key of a dict; use a text, a number, a day, or a tuple of these`},
	{"a tuple changed", "def f():\n  x = (1, 2)\n  x[0] = 3", `3:4: the elements of a tuple cannot be changed`},
	{"a field changed", "def f(x):\n  x.y = 3", `2:4: a field cannot be changed; make a new struct(...)`},
	{"a list at the top changed", "l = [1]\ndef f():\n  l.append(1)", `3:5: what a function is given, and what stands at the top of the file, cannot be changed; make a new one`},
	{"a dict at the top changed", "d = {}\ndef f():\n  d[1] = 2", `3:4: what a function is given, and what stands at the top of the file, cannot be changed; make a new one`},
	{"a list changed in its loop", "def f():\n  l = [1]\n  for x in l:\n    l.append(x)", `4:7: a list or dict cannot be changed while a loop goes through it; fill a new one`},
	{"a name at the top twice", "x = 1\nx = 2", `2:1: x has its value from line 1; a name at the top of the file is given once`},

	{"a bracket left open", "def f():\n  return (1", `2:11: ')' is missing before the end of the line`},
	{"a colon left out", "def f(x):\n  if x\n    pass", `2:7: ':' is missing before the end of the line`},
	{"a block that is not indented", "def f():\nreturn 1", `2:1: an indented line is missing before return`},
	{"a block indented by halves", "def f():\n    x = 1\n  return x", `3:3: the line begins in another column than those it belongs to`},
	{"a text without end", "def f():\n  x = \"abc\n  return x", `2:7: the text has no closing quotation mark on its line`},
	{"two values side by side", "x = 5 5", `1:7: the line should end before a number`},
	{"a value left out", "x = 1 +", `1:8: a value is missing before the end of the file`},
	{"comparisons in a chain", "def f():\n  return 1 < 2 < 3", `2:16: write a < b and b < c: comparisons do not chain`},
	{"a condition without else", "x = 1 if 2", `1:7: write a if condition else b: the else is missing`},
	{"a power", "x = 2 ** 3", `1:7: rules have no **; multiply as often as needed, in a for loop`},
	{"a class", "class A: pass", `1:1: rules have no class`},
	{"a loop at the top", "for x in []: pass", `1:1: for belongs into a function (def)`},
	{"a while", "def f():\n  while True: pass", `2:3: rules have no while; write for i in range(n)`},
	{"a load", `load("a", "b")`, `1:1: rules have no load; all that a rule may use is there already`},
	{"bytes", `x = b"abc"`, `1:5: rules have no bytes; leave out the b before the text`},

	{"too few values", "def g(a, b):\n  return a\ndef f():\n  return g(1)", `4:10: g is called without its b`},
	{"too many values", "def g(a, b):\n  return a\ndef f():\n  return g(1, 2, 3)", `4:10: g takes 2, and is given 3`},
	{"a parameter that is not there", "def g(a):\n  return a\ndef f():\n  return g(b=1)", `4:10: g has no parameter b`},
	{"a number called", "def f():\n  return 5(3)", `2:11: a whole number cannot be called like a function`},
	{"a number gone through", "def f():\n  for x in 5: pass", `2:3: a whole number has no elements to go through; use a list or range(n)`},
	{"three for two names", "def f():\n  a, b = [1, 2, 3]", `2:8: 2 names cannot take 3 values`},
	{"a value on one way only", "def f(x):\n  if x:\n    y = 1\n  return y", `4:10: y has no value yet on the way that leads here`},
	{"a value too early", "y = x\nx = 1", `1:5: x is used before the line that gives it a value`},
	{"a function in a circle", "def f():\n  return g()\ndef g():\n  return f()", `4:10: f, which calls g, which calls f; a function cannot call itself: write for i in range(n) instead`},
	{"a function returned", "def f():\n  return len", `1:1: what f returns: a function is no result; call it`},
	{"a reason that is no code", "def f():\n  fail(\"too young\")", `2:3: write fail("REASON_CODE"), a code of capital letters, digits and _`},
	{"a reason with a sentence", "def f():\n  fail(\"NO\", \"She is too young.\")", `2:3: She is too young.`},
	{"a reason that clears the screen", "def f():\n  fail(\"NO\", \"a\\n\\x1b[2Jb\")", `2:3: a  [2Jb`},
	{"what keeps itself", "a = 1\nx = []\nx.append(x)", `2:1: the value holds too much, or itself; keep what is needed of it`},

	{"no UTF-8", "x = 1\ny = \"\xff\"", `2:6: the file is not UTF-8 from here; save it as UTF-8`},
	{"a carriage return", "x = 1\r\ny = 2\rz = 3", `2:6: the file has a carriage return in a line; save it with the ends of lines of Unix or Windows`},
	{"a NUL", "x = 1\x00", `1:6: the file has a NUL character in it; save it as text`},
}

func TestAMistakeIsSaidWithItsPlaceAndItsRemedy(t *testing.T) {
	t.Parallel()
	for _, c := range mistakes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := try(c.text)
			var e *script.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if got := e.Error(); got != "rules.star:"+c.want {
				t.Errorf("got  %s\nwant rules.star:%s", got, c.want)
			}
		})
	}
}

// try loads the text and calls its f with nothing for each parameter.
func try(text string) error {
	p, err := script.Load("rules.star", []byte(text), nil)
	if err != nil {
		return err
	}
	params, _ := p.Params("f")
	args := make([]starlark.Value, len(params))
	for i := range args {
		args[i] = starlark.None
	}
	_, err = p.Call("f", args...)
	return err
}

func TestAFunctionThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := load(t, "def subsidy():\n  return 1").Call("subsidies")
	if want := "rules.star:1:1: there is no function subsidies here; did you mean subsidy?"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWhatEditorsPutIntoATextDoesNoHarm(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a mark of its encoding": "\ufeffdef f():\n    return 1\n",
		"ends of lines in two":   "def f():\r\n    return 1\r\n",
		"no end of the last":     "def f():\n    return 1",
		"tabs":                   "def f():\n\treturn 1\n",
		"Arabic":                 "# الدعم\ndef f():\n    return {\"الدعم\": 1}[\"الدعم\"]\n",
	} {
		if got := value(t, text); got != "1" {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
