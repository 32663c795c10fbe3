package rule

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"sanad.dev/sanad/services/rule/exact"
	"sanad.dev/sanad/services/rule/script"
)

// builtins are the building blocks that rules.star may use, besides those of the language. They are the same that
// amount: in scheme.yaml is made of.
func builtins() starlark.StringDict {
	blocks := map[string]func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error){
		"cap": capBlock, "at_least": cliffBlock(true), "at_most": cliffBlock(false), "tier": tierBlock, "marginal": marginalBlock,
		"phase_out": phaseOutBlock, "pro_rata": proRataBlock, "round_to": roundBlock, "total": totalBlock,
		"months_paid": monthsPaidBlock, "refuse": refuseBlock,
	}
	dict := starlark.StringDict{}
	for name, block := range blocks {
		dict[name] = starlark.NewBuiltin(name, block)
	}
	return dict
}

// given is an argument that is a number.
type given struct{ exact.Number }

// Unpack reads a number or a whole one.
func (g *given) Unpack(v starlark.Value) (err error) {
	g.Number, err = script.ToNumber(v)
	return err
}

func result(thread *starlark.Thread, n exact.Number, format string, args ...any) (starlark.Value, error) {
	if n.Err() != nil {
		return nil, n.Err()
	}
	script.Notef(thread, format, args...)
	return numberOf(n), nil
}

// cap(amount, limit): the amount, at most the limit, and never below zero.
func capBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var amount, limit given
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "amount", &amount, "limit", &limit); err != nil {
		return nil, err
	}
	n := exact.Max(exact.Int(0), exact.Min(amount.Number, limit.Number))
	return result(t, n, "%s, at most %s: %s", amount, limit, n)
}

// at_least(amount, least) and at_most(amount, most): the amount, or 0 outside the bound.
func cliffBlock(least bool) func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error) {
	return func(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
		var amount, bound given
		if err := starlark.UnpackArgs(b.Name(), args, kwargs, "amount", &amount, "bound", &bound); err != nil {
			return nil, err
		}
		n := amount.Number
		if least && n.Less(bound.Number) || !least && bound.Less(n) {
			n = exact.Int(0)
		}
		return result(t, n, "%s %s %s: %s", amount, b.Name(), bound, n)
	}
}

// tier(x, rows, otherwise): the value of the first row (up_to, value) that x is not above.
func tierBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x given
	var rows starlark.Iterable
	var otherwise starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "rows", &rows, "otherwise?", &otherwise); err != nil {
		return nil, err
	}
	pairs, err := pairsOf(rows)
	if err != nil {
		return nil, err
	}
	for _, pair := range pairs {
		if !pair[0].Less(x.Number) {
			return result(t, pair[1], "%s is at most %s: %s", x, pair[0], pair[1])
		}
	}
	if otherwise == nil {
		return nil, fmt.Errorf("tier: %s is above every row; add a row or otherwise=", x)
	}
	script.Notef(t, "%s is above every row: %s", x, otherwise)
	return otherwise, nil
}

// marginal(x, slices): each slice (over, rate) of x at its own rate, added up.
func marginalBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var x given
	var rows starlark.Iterable
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "slices", &rows); err != nil {
		return nil, err
	}
	pairs, err := pairsOf(rows)
	if err != nil {
		return nil, err
	}
	sum := exact.Int(0)
	for i, pair := range pairs {
		top := x.Number
		if i+1 < len(pairs) {
			top = exact.Min(top, pairs[i+1][0])
		}
		if part := top.Minus(pair[0]); part.Sign() > 0 {
			sum = sum.Plus(part.Times(pair[1]))
		}
	}
	return result(t, sum, "%s by slices: %s", x, sum)
}

func pairsOf(rows starlark.Iterable) ([][2]exact.Number, error) {
	var pairs [][2]exact.Number
	iter := rows.Iterate()
	defer iter.Done()
	var row starlark.Value
	for iter.Next(&row) {
		pair, ok := row.(starlark.Indexable)
		if !ok || pair.Len() != 2 {
			return nil, errors.New("write the rows as a list of pairs, such as [(300, number(\"0.5\"))]")
		}
		a, err := script.ToNumber(pair.Index(0))
		if err != nil {
			return nil, err
		}
		b, err := script.ToNumber(pair.Index(1))
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, [2]exact.Number{a, b})
	}
	return pairs, nil
}

// phase_out(amount, by, from_, to): all of the amount up to from_, nothing from to on, and evenly less between.
func phaseOutBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var amount, by, from, to given
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "amount", &amount, "by", &by, "from_", &from, "to", &to); err != nil {
		return nil, err
	}
	n := phaseOut(amount.Number, by.Number, from.Number, to.Number)
	return result(t, n, "%s phased out from %s to %s at %s: %s", amount, from, to, by, n)
}

// pro_rata(amount, part, whole): the part of the amount.
func proRataBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var amount, part, of given
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "amount", &amount, "part", &part, "whole", &of); err != nil {
		return nil, err
	}
	n := amount.Times(part.Number).Over(of.Number)
	return result(t, n, "%s of %s of %s: %s", part, of, amount, n)
}

// round_to(amount, way, step): rounded the named way to a multiple of the step.
func roundBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var amount, step given
	var way string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "amount", &amount, "way", &way, "step", &step); err != nil {
		return nil, err
	}
	n := amount.Round(exact.Way(way), step.Number)
	return result(t, n, "%s rounded %s to %s: %s", amount, way, step, n)
}

// window are the arguments of the blocks that look at contributions between two days.
type window struct {
	of       starlark.Iterable
	from, to script.Day
}

func (w *window) unpack(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) error {
	return starlark.UnpackArgs(b.Name(), args, kwargs, "contributions", &w.of, "from_?", &w.from, "to?", &w.to)
}

// each calls fn for every contribution in the window.
func (w *window) each(fn func(on script.Day, amount exact.Number)) error {
	iter := w.of.Iterate()
	defer iter.Done()
	var c starlark.Value
	for iter.Next(&c) {
		fields, ok := c.(starlark.HasAttrs)
		if !ok {
			return errors.New("give facts.contributions, facts.all or a part of them")
		}
		day, _ := fields.Attr("on")
		on, ok := day.(script.Day)
		if !ok {
			return errors.New("give facts.contributions, facts.all or a part of them")
		}
		value, _ := fields.Attr("amount")
		amount, err := script.ToNumber(value)
		if err != nil {
			return err
		}
		if (w.from == 0 || w.from <= on) && (w.to == 0 || on <= w.to) {
			fn(on, amount)
		}
	}
	return nil
}

// total(contributions, from_, to): what was given between the days.
func totalBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var w window
	if err := w.unpack(b, args, kwargs); err != nil {
		return nil, err
	}
	sum := exact.Int(0)
	if err := w.each(func(_ script.Day, amount exact.Number) { sum = sum.Plus(amount) }); err != nil {
		return nil, err
	}
	return result(t, sum, "contributions between %s and %s: %s", w.from, w.to, sum)
}

// months_paid(contributions, from_, to): in how many months between the days something was given.
func monthsPaidBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var w window
	if err := w.unpack(b, args, kwargs); err != nil {
		return nil, err
	}
	months := map[script.Day]bool{}
	if err := w.each(func(on script.Day, _ exact.Number) { months[on/100] = true }); err != nil {
		return nil, err
	}
	script.Notef(t, "%d months with a contribution", len(months))
	return starlark.MakeInt(len(months)), nil
}

// refusal is what refuse(code, text) returns: nothing is due, and why (L10).
type refusal struct{ Refusal }

// String, Type, Freeze, Truth and Hash make it a Starlark value.
func (r refusal) String() string        { return r.Reason }
func (r refusal) Type() string          { return "refusal" }
func (r refusal) Freeze()               {}
func (r refusal) Truth() starlark.Bool  { return false }
func (r refusal) Hash() (uint32, error) { return starlark.String(r.Reason).Hash() }

func refuseBlock(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var r refusal
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "code", &r.Reason, "text", &r.Text); err != nil {
		return nil, err
	}
	if !reasonText.MatchString(r.Reason) {
		return nil, fmt.Errorf("refuse: write the code in capitals, such as INCOME_ABOVE_LIMIT, not %q", r.Reason)
	}
	script.Note(t, "refused, "+r.Reason+": "+r.Text)
	return r, nil
}
