package rule

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/exact"
	"sanad.dev/sanad/services/rule/script"
)

// run calls a function of rules.star with what it may look at.
func (e *env) run(name string) (starlark.Value, error) {
	args := []starlark.Value{e.memberValue(), e.factsValue(), &parameterValues{e, e.on}}
	if !e.traced {
		return e.scheme.program.Call(name, args...)
	}
	value, steps, err := e.scheme.program.CallTraced(name, args...)
	for _, step := range steps {
		e.note("%s line %d: %s", RulesFile, step.Line, step.Text)
	}
	return value, err
}

// call is the number that a rule returns. A rule that refuses says so by returning refuse(code, text).
func (e *env) call(name string) exact.Number {
	value, err := e.run(name)
	if err != nil && e.refusal != nil { // a parameter that is not known for the day
		return exact.Int(0)
	}
	if err != nil {
		return exact.Failed(err)
	}
	if r, ok := value.(refusal); ok {
		e.refuse(r.Reason, r.Text)
		return exact.Int(0)
	}
	n, err := script.ToNumber(value)
	if err != nil {
		return exact.Failed(fmt.Errorf("%s: %s returned %s: %w", RulesFile, name, value.Type(), err))
	}
	if e.traced {
		e.note("The rule %s makes %s.", name, e.cash(n))
	}
	return n
}

// truth is what a rule returns as yes or no.
func (e *env) truth(name string) bool {
	value, err := e.run(name)
	if err != nil {
		e.refuse("RULE_FAILED", err.Error())
		return false
	}
	return bool(value.Truth())
}

// byRule is an answer that a rule gives: a number, or yes or no.
func (a *Answer) byRule(e *env) Answered {
	value, err := e.run(a.Rule)
	if err != nil && e.refusal != nil {
		return Answered{Refusal: e.refusal}
	}
	if err != nil {
		return Answered{Err: err}
	}
	switch v := value.(type) {
	case starlark.Bool:
		return Answered{IsTruth: true, Truth: bool(v)}
	case refusal:
		return Answered{Refusal: &Refusal{Reason: v.Reason, Text: v.Text}}
	}
	n, err := script.ToNumber(value)
	if err != nil {
		return Answered{Err: fmt.Errorf("%s: %s returned %s: %w", RulesFile, a.Rule, value.Type(), err)}
	}
	rounded := a.Round.of(e, n)
	return Answered{Number: rounded, Err: rounded.Err()}
}

func structOf(fields starlark.StringDict) starlark.Value {
	return starlarkstruct.FromStringDict(starlarkstruct.Default, fields)
}

func numberOf(n exact.Number) starlark.Value { return script.Number{Number: n} }

func (e *env) money(minor int64) starlark.Value {
	return numberOf(exact.OfMinor(minor, e.scheme.decimals))
}

func dayOrNone(d ledger.Date) starlark.Value {
	if d == 0 {
		return starlark.None
	}
	return script.Day(d)
}

// memberValue is what a rule sees of the member, on the day that is judged on.
func (e *env) memberValue() starlark.Value {
	age := starlark.Value(starlark.None)
	if years, known := e.birth.Age(e.on); known {
		age = starlark.MakeInt(years)
	}
	return structOf(starlark.StringDict{
		"age": age, "sex": starlark.String(e.in.Facts.Sex), "enrolled": dayOrNone(e.in.Enrolled),
		"household": starlark.MakeInt(1 + e.dependants()),
		"age_on":    starlark.NewBuiltin("age_on", e.ageOn),
		"has":       starlark.NewBuiltin("has", e.has),
		"fact":      starlark.NewBuiltin("fact", e.fact),
		"credited":  starlark.NewBuiltin("credited", e.credited),
	})
}

func (e *env) ageOn(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var on script.Day
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "day", &on); err != nil {
		return nil, err
	}
	years, known := e.birth.Age(ledger.Date(on))
	if !known {
		return starlark.None, nil
	}
	return starlark.MakeInt(years), nil
}

// has says whether the member is in a category on a day, the one judged on where none is named.
func (e *env) has(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	on := script.Day(e.on)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "category", &name, "on?", &on); err != nil {
		return nil, err
	}
	if !contains(e.scheme.Categories, name) {
		return nil, fmt.Errorf("category %q is not in the list of categories of %s", name, SchemeFile)
	}
	return starlark.Bool(e.in.Facts.Has(name, ledger.Date(on))), nil
}

// fact is a declared fact on a day: a number, a word or a day, and otherwise (None if not given) where it is unknown.
func (e *env) fact(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var name string
	on, otherwise := script.Day(e.on), starlark.Value(starlark.None)
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "name", &name, "otherwise?", &otherwise, "on?", &on); err != nil {
		return nil, err
	}
	asked, ok := e.scheme.Facts[name]
	if !ok {
		return nil, fmt.Errorf("fact %q is not declared under facts in %s; %s", name, SchemeFile, e.scheme.nearest(name))
	}
	text, ok := e.in.Facts.Value(name, ledger.Date(on))
	if !ok {
		return otherwise, nil
	}
	return asked.value(text)
}

func (f Fact) value(text string) (starlark.Value, error) {
	switch f.Type {
	case NumberFact:
		n, err := exact.Parse(text)
		return numberOf(n), err
	case DayFact:
		d, err := ledger.ParseDate(text)
		return script.Day(d), err
	case InstantFact:
		n, err := InstantFact.read(text)
		return numberOf(n), err
	}
	return starlark.String(text), nil
}

// credited is how many months of a kind of care credit lie between two days.
func (e *env) credited(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var kind string
	var from, to script.Day
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "kind", &kind, "from_", &from, "to", &to); err != nil {
		return nil, err
	}
	months := map[ledger.Period]bool{}
	for m := ledger.Date(from).Period(); m <= ledger.Date(to).Period(); m = m.Next() {
		for _, c := range e.in.Facts.CareCredit {
			if (kind == "" || string(c.Kind) == kind) && (c.From == 0 || c.From.Period() <= m) && (c.To == 0 || m <= c.To.Period()) {
				months[m] = true
			}
		}
	}
	return starlark.MakeInt(len(months)), nil
}

// factsValue is what a rule sees of the contributions.
func (e *env) factsValue() starlark.Value {
	fields := starlark.StringDict{
		"on":     script.Day(e.on),
		"period": structOf(starlark.StringDict{"start": script.Day(e.period.Start), "end": script.Day(e.period.End), "label": starlark.String(e.period.Label)}),
		"total":  numberOf(e.sum(e.contributions)), "count": starlark.MakeInt(count(e.contributions)),
		"granted_before": numberOf(e.before),
		"months":         e.monthValues(),
		"withdrawals":    e.withdrawalValues(),
		"contributions":  e.contributionValues(e.contributions),
		"event":          e.eventValue(),
		"all":            e.contributionValues(selected(e.in.Contributions, whole, e.sub.Account, e.sub.Payers)),
	}
	return structOf(fields)
}

// eventValue is what a rule sees of the event: its kind, and its numbers by name.
func (e *env) eventValue() starlark.Value {
	fields := starlark.StringDict{"kind": starlark.String(e.in.Words["event"]), "level": starlark.String(e.in.Words["level"])}
	for name, n := range e.in.Circumstances {
		fields[name] = numberOf(n)
	}
	return structOf(fields)
}

func (e *env) contributionValues(all []Contribution) starlark.Value {
	values := make([]starlark.Value, len(all))
	for i := range all {
		c := &all[i]
		payer := c.Payer
		if payer == "" {
			payer = insurance.PayerSelf
		}
		values[i] = structOf(starlark.StringDict{
			"on": script.Day(c.On), "amount": e.money(c.Minor), "payer": starlark.String(payer),
			"account": starlark.String(c.Account), "count": starlark.MakeInt(max(1, c.Count)),
		})
	}
	return starlark.NewList(values)
}

// monthValues are the months of the period in which something was given, with what.
func (e *env) monthValues() starlark.Value {
	var values []starlark.Value
	for _, m := range monthsOf(e.contributions) {
		of := selected(e.contributions, Period{Start: m.FirstDay(), End: m.LastDay()}, "", nil)
		values = append(values, structOf(starlark.StringDict{
			"first": script.Day(m.FirstDay()), "total": numberOf(e.sum(of)), "count": starlark.MakeInt(count(of)),
		}))
	}
	return starlark.NewList(values)
}

func (e *env) withdrawalValues() starlark.Value {
	values := make([]starlark.Value, len(e.in.Facts.Withdrawal))
	for i, d := range e.in.Facts.Withdrawal {
		values[i] = structOf(starlark.StringDict{"on": script.Day(d.On), "amount": e.money(d.Minor), "exit": starlark.Bool(d.Exit)})
	}
	return starlark.NewList(values)
}

// parameterValues are the scheme's parameters as they stand on a day.
type parameterValues struct {
	e  *env
	on ledger.Date
}

// String, Type, Freeze, Truth and Hash make it a Starlark value.
func (p *parameterValues) String() string        { return "parameters" }
func (p *parameterValues) Type() string          { return "parameters" }
func (p *parameterValues) Freeze()               {}
func (p *parameterValues) Truth() starlark.Bool  { return true }
func (p *parameterValues) Hash() (uint32, error) { return 0, fmt.Errorf("parameters can't be a key") }

// Attr is the parameter of that name, or at(day): the parameters of another day.
func (p *parameterValues) Attr(name string) (starlark.Value, error) {
	if name == "at" {
		return starlark.NewBuiltin("at", func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			var on script.Day
			err := starlark.UnpackArgs(b.Name(), args, kwargs, "day", &on)
			return &parameterValues{p.e, ledger.Date(on)}, err
		}), nil
	}
	parameter, ok := p.e.scheme.Parameters[name]
	if !ok {
		return nil, starlark.NoSuchAttrError(fmt.Sprintf("%s is no parameter of %s; %s", name, SchemeFile, p.e.scheme.nearest(name)))
	}
	on := p.e.on
	p.e.on = p.on
	n := p.e.parameter(name, &parameter)
	p.e.on = on
	if p.e.refusal != nil {
		return nil, errors.New(p.e.refusal.Text)
	}
	return numberOf(n), n.Err()
}

// AttrNames are the parameters' names.
func (p *parameterValues) AttrNames() []string {
	return append(sortedKeys(p.e.scheme.Parameters), "at")
}
