package rule

import (
	"strings"

	"sanad.dev/sanad/services/rule/exact"
)

// Step changes an amount on its way from what was contributed to what is due; exactly one field is set.
type Step struct {
	Place `yaml:"-"`
	// Of replaces the amount.
	Of *Value `yaml:"of"`
	// Times, Plus, Minus and Over compute with it; it never falls below zero.
	Times *Value `yaml:"times"`
	Plus  *Value `yaml:"plus"`
	Minus *Value `yaml:"minus"`
	Over  *Value `yaml:"over"`
	// UpTo caps it; NoLessThan lifts it, where it is more than zero.
	UpTo       *Value `yaml:"up_to"`
	NoLessThan *Value `yaml:"no_less_than"`
	// AtLeast and AtMost are cliffs: outside, nothing is due.
	AtLeast *Value `yaml:"at_least"`
	AtMost  *Value `yaml:"at_most"`
	// Exactly is a cliff on both sides.
	Exactly *Value `yaml:"exactly"`
	// Flat replaces an amount that is more than zero.
	Flat *Value `yaml:"flat"`
	// Marginal gives each slice of the amount its own rate.
	Marginal []Slice `yaml:"marginal"`
	// PhaseOut lowers it evenly to nothing across a range of something else.
	PhaseOut *PhaseOut `yaml:"phase_out"`
	// ProRata keeps the part of a whole, of eligible days in a year, say.
	ProRata *ProRata `yaml:"pro_rata"`
	// Room caps it, for each contribution, at what those before it have left of a limit.
	Room *Value `yaml:"room"`
	// Each takes the steps for every contribution alone and adds up; EachMonth for what was given in every month.
	Each      []Step `yaml:"each"`
	EachMonth []Step `yaml:"each_month"`
	// EachWithdrawal takes the steps for everything that she took out alone, and adds up.
	EachWithdrawal []Step `yaml:"each_withdrawal"`
	// OneAccount takes the steps for one account alone.
	OneAccount *OneAccount `yaml:"one_account"`
	// Round rounds on the way; once at the end is usual.
	Round *Rounding `yaml:"round"`
}

// Slice is the part of an amount above a bound, and the rate that it gets up to the next slice's bound.
type Slice struct {
	Place `yaml:"-"`
	Over  Value `yaml:"over"`
	Rate  Value `yaml:"rate"`
}

// PhaseOut says from where to where something lowers an amount to nothing.
type PhaseOut struct {
	By   Value `yaml:"by"`
	From Value `yaml:"from"`
	To   Value `yaml:"to"`
}

// OneAccount is for schemes that match one account of several: the one that the fact Chosen names, and where she has
// chosen none, or may not choose, the one that makes most.
type OneAccount struct {
	Place  `yaml:"-"`
	Chosen string `yaml:"chosen"`
	Amount []Step `yaml:"amount"`
}

// ProRata is a part of a whole.
type ProRata struct {
	Part  Value `yaml:"part"`
	Whole Value `yaml:"whole"`
}

// Rounding is a named way of rounding to a multiple of a step.
type Rounding struct {
	Place `yaml:"-"`
	Way   exact.Way `yaml:"way"`
	To    *Value    `yaml:"to"`
}

// of rounds an amount; to the minor unit where no step is given, half up where no way is named.
func (r *Rounding) of(e *env, n exact.Number) exact.Number {
	way, to := exact.HalfUp, exact.OfMinor(1, e.scheme.decimals)
	if r != nil && r.Way != "" {
		way = r.Way
	}
	if r != nil && r.To != nil {
		to = r.To.eval(e)
	}
	rounded := n.Round(way, to)
	if e.traced && rounded.Cmp(n) != 0 {
		e.note("Rounded %s to a multiple of %s, %s is %s.", strings.ReplaceAll(string(way), "-", " "), to, e.cash(n), e.cash(rounded))
	}
	return rounded
}

// do takes the step.
func (s *Step) do(e *env, amount exact.Number) exact.Number {
	switch {
	case s.Of != nil:
		return s.Of.eval(e)
	case s.Times != nil:
		return amount.Times(s.Times.eval(e))
	case s.Plus != nil:
		return amount.Plus(s.Plus.eval(e))
	case s.Minus != nil:
		return exact.Max(exact.Int(0), amount.Minus(s.Minus.eval(e)))
	case s.Over != nil:
		return amount.Over(s.Over.eval(e))
	}
	return s.bound(e, amount)
}

// bound takes a step that bounds the amount.
func (s *Step) bound(e *env, amount exact.Number) exact.Number {
	switch {
	case s.UpTo != nil:
		return capped(amount, s.UpTo.eval(e))
	case s.NoLessThan != nil:
		if amount.Sign() > 0 {
			return exact.Max(amount, s.NoLessThan.eval(e))
		}
		return amount
	case s.AtLeast != nil:
		return cliff(amount, amount.Less(s.AtLeast.eval(e)))
	case s.AtMost != nil:
		return cliff(amount, s.AtMost.eval(e).Less(amount))
	case s.Exactly != nil:
		return cliff(amount, amount.Cmp(s.Exactly.eval(e)) != 0)
	case s.Flat != nil:
		if amount.Sign() > 0 {
			return s.Flat.eval(e)
		}
		return amount
	}
	return s.shape(e, amount)
}

// shape takes a step that has a form of its own.
func (s *Step) shape(e *env, amount exact.Number) exact.Number {
	switch {
	case s.Marginal != nil:
		return marginal(e, amount, s.Marginal)
	case s.PhaseOut != nil:
		p := s.PhaseOut
		return phaseOut(amount, p.By.eval(e), p.From.eval(e), p.To.eval(e))
	case s.ProRata != nil:
		return amount.Times(s.ProRata.Part.eval(e)).Over(s.ProRata.Whole.eval(e))
	case s.Room != nil:
		return capped(amount, s.Room.eval(e).Minus(e.made))
	case s.Each != nil:
		return e.each(e.contributions, s.Each)
	case s.EachMonth != nil:
		return e.each(byMonth(e.contributions), s.EachMonth)
	case s.EachWithdrawal != nil:
		return e.each(e.withdrawals(), s.EachWithdrawal)
	case s.OneAccount != nil:
		return e.oneAccount(s.OneAccount)
	}
	return s.Round.of(e, amount)
}

func take(e *env, steps []Step, amount exact.Number) exact.Number {
	for i := range steps {
		was := amount
		amount = steps[i].do(e, amount)
		if e.refusal != nil || amount.Err() != nil {
			return amount
		}
		if e.traced {
			steps[i].note(e, was, amount)
		}
	}
	return amount
}

// capped is the amount, at most the limit and never less than nothing.
func capped(amount, limit exact.Number) exact.Number {
	if limit.Less(amount) {
		return exact.Max(exact.Int(0), limit)
	}
	return amount
}

// capped is the amount, at most the limit, which is called by that name.
func (e *env) capped(amount, limit exact.Number, name string, of *Value) exact.Number {
	is := capped(amount, limit)
	if e.traced {
		e.note("%s", e.sayCap(amount, is, name+" "+of.told(e, e.cash)))
	}
	return is
}

func cliff(amount exact.Number, falls bool) exact.Number {
	if falls {
		return exact.Int(0)
	}
	return amount
}

// marginal gives each slice its own rate.
func marginal(e *env, amount exact.Number, slices []Slice) exact.Number {
	sum := exact.Int(0)
	for i := range slices {
		top := amount
		if i+1 < len(slices) {
			top = exact.Min(amount, slices[i+1].Over.eval(e))
		}
		part := top.Minus(slices[i].Over.eval(e))
		if part.Sign() > 0 {
			sum = sum.Plus(part.Times(slices[i].Rate.eval(e)))
		}
	}
	return sum
}

// phaseOut is the amount, falling evenly from all at from to nothing at to.
func phaseOut(amount, x, from, to exact.Number) exact.Number {
	left := to.Minus(x).Over(to.Minus(from))
	return amount.Times(exact.Max(exact.Int(0), exact.Min(exact.Int(1), left)))
}
