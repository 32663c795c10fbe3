package script_test

import (
	"errors"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
	"sanad.dev/sanad/services/rule/script"
)

func TestANumberComputesWithNumbersAndWholeOnes(t *testing.T) {
	t.Parallel()
	half, two := script.Number{Number: exact.Must("0.5")}, starlark.MakeInt(2)
	for _, c := range []struct {
		name string
		op   syntax.Token
		x, y starlark.Value
		want string
	}{
		{"added", syntax.PLUS, half, half, "1"}, {"added from the right", syntax.PLUS, two, half, "2.5"},
		{"taken away", syntax.MINUS, half, two, "-1.5"}, {"taken away from a whole one", syntax.MINUS, two, half, "1.5"},
		{"times", syntax.STAR, two, half, "1"}, {"over", syntax.SLASH, half, two, "0.25"},
		{"whole times over", syntax.SLASHSLASH, two, half, "4"}, {"what is left", syntax.PERCENT, two, half, "0"},
	} {
		got, err := starlark.Binary(c.op, c.x, c.y)
		if err != nil || got.String() != c.want {
			t.Errorf("%s: %v, %v; want %s", c.name, got, err, c.want)
		}
	}
	if _, err := starlark.Binary(syntax.PLUS, half, starlark.String("1")); err == nil {
		t.Error("a text was added to a number")
	}
	if _, err := starlark.Binary(syntax.SLASH, half, starlark.MakeInt(0)); !errors.Is(err, exact.ErrDivision) {
		t.Errorf("got %v, want %v", err, exact.ErrDivision)
	}
	if got, err := starlark.Unary(syntax.MINUS, half); err != nil || got.String() != "-0.5" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestEqualNumbersAreOneKey(t *testing.T) {
	t.Parallel()
	d := starlark.NewDict(1)
	for _, n := range []exact.Number{exact.Share(1, 3), exact.Share(2, 6), exact.Int(1).Over(exact.Int(3))} {
		if err := d.SetKey(script.Number{Number: n}, starlark.None); err != nil {
			t.Fatal(err)
		}
	}
	if d.Len() != 1 {
		t.Errorf("a third has %d keys", d.Len())
	}
}

func TestToNumberTakesNumbersOnly(t *testing.T) {
	t.Parallel()
	for _, v := range []starlark.Value{starlark.MakeInt64(1 << 62).Mul(starlark.MakeInt(4)), starlark.MakeInt(-3), script.Number{Number: exact.Share(1, 3)}} {
		if n, err := script.ToNumber(v); err != nil || n.String() != v.String() {
			t.Errorf("%s is %s, %v", v, n, err)
		}
	}
	for _, c := range []struct {
		v    starlark.Value
		want string
	}{
		{starlark.String("0.5"), `"0.5" is a text and not a number; write number("0.5")`},
		{starlark.True, "a truth (True or False) is no number"},
		{starlark.None, "nothing (None) is no number"},
		{starlark.Float(1), "a float is no number"},
		{script.Number{Number: exact.Share(1, 0)}, "division by zero"},
		{nil, "there is no value where a number belongs"},
	} {
		if n, err := script.ToNumber(c.v); err == nil || err.Error() != c.want {
			t.Errorf("%v is %s, %v; want %s", c.v, n, err, c.want)
		}
	}
}

func TestADayIsAValue(t *testing.T) {
	t.Parallel()
	day := script.Day(ledger.Date(2026_03_02))
	if got := day.String(); got != "2026-03-02" {
		t.Errorf("printed as %s", got)
	}
	before, err := starlark.Compare(syntax.LT, day, script.Day(2026_03_03))
	if !before || err != nil {
		t.Errorf("before the next day: %v, %v", before, err)
	}
	for _, name := range day.AttrNames() {
		if v, err := day.Attr(name); v == nil || err != nil {
			t.Errorf(".%s is %v, %v", name, v, err)
		}
	}
}

func TestShowEnds(t *testing.T) {
	t.Parallel()
	list := starlark.NewList(nil)
	for range 10 {
		if err := list.Append(list); err != nil {
			t.Fatal(err)
		}
	}
	if got := script.Show(list); len(got) > 4096 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestAResultHasNoFloats(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]starlark.Value{
		"a float": starlark.Float(0.5), "a float in a list": starlark.NewList([]starlark.Value{starlark.Float(1)}),
		"a set": new(starlark.Set), "bytes": starlark.Bytes("a"), "a failed number": script.Number{Number: exact.Share(1, 0)},
		"a number beyond all": starlark.MakeInt(1).Lsh(129),
	} {
		p, err := script.Load("rules.star", []byte("def f():\n  return given\n"), starlark.StringDict{"given": v})
		if err != nil {
			t.Fatal(err)
		}
		var e *script.Error
		if got, err := p.Call("f"); !errors.As(err, &e) {
			t.Errorf("%s came back as %v, %v", name, got, err)
		}
	}
}
