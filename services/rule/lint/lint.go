// Package lint reads a scheme's folder as a careful colleague would: for mistakes, for what shuts people out, and for
// what falls short of the minimum standards of the International Labour Organization. It decides nothing; it says what
// stands where, what is wrong with it, and what to write instead.
package lint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Level is how much a finding weighs.
type Level string

// The levels: a folder with an error cannot be published, or must not; a warning is for its author to weigh.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// Finding is something that the author should know.
type Finding struct {
	rule.Position
	Level Level `json:"level"`
	// Rule names what was looked for, such as "cliff".
	Rule string `json:"rule"`
	// Text says what is there, and what to write instead.
	Text string `json:"text"`
	// Standard is the instrument and article that asks for more, where one does.
	Standard string `json:"standard,omitempty"`
}

// String prints "scheme.yaml:12:3: warning: text".
func (f Finding) String() string {
	text := fmt.Sprintf("%s: %s: %s", f.Position, f.Level, f.Text)
	if f.Standard != "" {
		text += " (" + f.Standard + ")"
	}
	return text
}

// Report is what lint found.
type Report struct {
	Findings []Finding `json:"findings"`
	// Refusals are all conditions that can refuse somebody something.
	Refusals []Refusal `json:"refusals,omitempty"`
}

// Errors counts the errors.
func (r Report) Errors() int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == Error {
			n++
		}
	}
	return n
}

// Rule is one thing that is looked for.
type Rule struct {
	Name string
	// Says what it finds.
	Says  string
	check func(*reader)
}

// Rules lists what is looked for in a folder that can be read, in the order of the reports.
func Rules() []Rule {
	return []Rule{
		{"publish", "what keeps the scheme from being published: pots, shares, pools", (*reader).checkPublish},
		{"source", "no source, no first day, no examples", (*reader).checkHead},
		{"score", "a poverty score that is the only way in, or says nothing of its version, its data's age, or appeal", (*reader).checkScores},
		{"cliff", "one unit more of income, or one less of contributions, that loses what was due", (*reader).checkCliffs},
		{"reason-text", "a condition that refuses without a sentence for the member", (*reader).checkTexts},
		{"language", "texts that are missing in a language", (*reader).checkLanguages},
		{"unused", "a fact, category or parameter that nothing looks at", (*reader).checkUnused},
		{"table", "rows that overlap, that are never reached, and values that fit no row", (*reader).checkTables},
		{"cap", "a cap that can never bind", (*reader).checkCaps},
		{"gap", "a parameter that has no value yet when the scheme begins", (*reader).checkGaps},
		{"month", "a rule that reads months, with a value or an age that changes inside one", (*reader).checkMonths},
		{"funds", "a pool behind which nobody stands, so that what it cannot pay waits", (*reader).checkFunds},
		{"maternity", "a benefit of pregnancy or birth that asks whom she is married to, or who agrees", (*reader).checkMaternity},
		{"bearer", "care for which it is not said who bears births and emergencies without cover", (*reader).checkBearer},
		{"cover", "fines, closing, arrears first, short notice, and waiting on those who cannot wait", (*reader).checkCover},
		{"old-age", "pensions that differ by sex, tables that leave out an age, charges and forfeitures of savings", (*reader).checkOldAge},
		{"standard", "benefits below the minimum standards of the International Labour Organization", (*reader).checkStandards},
	}
}

// reader is one reading of a scheme.
type reader struct {
	scheme *rule.Scheme
	folder rule.Folder
	rule   string
	found  []Finding
	// numbers are those that parameters can be, once they have been asked for.
	numbers map[string][]*exact.Number
}

// Read reads a folder; what cannot be loaded is an error each, and then nothing else is looked for.
func Read(folder rule.Folder) Report {
	scheme, err := rule.Load(folder)
	if err == nil {
		_, err = rule.Examples(folder.Examples)
	}
	if err != nil {
		return Report{Findings: Problems(problemsOf(err))}
	}
	return Check(scheme, folder)
}

// problemsOf are the problems that an error is.
func problemsOf(err error) rule.Problems {
	var all rule.Problems
	if !errors.As(err, &all) {
		all = rule.Problems{{Position: rule.Position{File: rule.SchemeFile, Line: 1, Col: 1}, Text: err.Error()}}
	}
	return all
}

// Problems are the findings that problems make, which kept a folder from being read.
func Problems(all rule.Problems) []Finding {
	found := make([]Finding, len(all))
	for i, p := range all {
		found[i] = Finding{Position: p.Position, Level: Error, Rule: "load", Text: p.Text}
	}
	return found
}

// Check looks for everything in a scheme that has been loaded from the folder.
func Check(scheme *rule.Scheme, folder rule.Folder) Report {
	r := &reader{scheme: scheme, folder: folder}
	for _, one := range Rules() {
		r.rule = one.Name
		one.check(r)
	}
	slices.SortStableFunc(r.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.File, b.File), a.Line-b.Line, a.Col-b.Col)
	})
	return Report{Findings: r.found, Refusals: r.refusals()}
}

func (r *reader) find(level Level, at rule.Position, standard, format string, args ...any) {
	if at.Line == 0 {
		at = r.scheme.Position
	}
	r.found = append(r.found, Finding{Position: at, Level: level, Rule: r.rule, Text: fmt.Sprintf(format, args...), Standard: standard})
}

func (r *reader) warn(at rule.Position, format string, args ...any) {
	r.find(Warning, at, "", format, args...)
}

// checkPublish tries whether the institution would take the scheme.
func (r *reader) checkPublish() {
	_, err := r.scheme.Insurance()
	var fault insurance.Fault
	var problem rule.Problems
	switch {
	case err == nil:
	case errors.As(err, &fault):
		r.find(Error, r.faultAt(fault.Field), "", "it can't be published: %s: %s", fault.Field, fault.Text)
	case errors.As(err, &problem):
		r.find(Error, r.scheme.Key("pots"), "", "it can't be published: %s", problem[0].Text)
	default:
		r.find(Error, r.scheme.Position, "", "it can't be published: %v", err)
	}
}

// faultAt is where the field of a fault stands.
func (r *reader) faultAt(field string) rule.Position {
	var i int
	var name string
	if n, _ := fmt.Sscanf(field, "scheme.pots[%d].%s", &i, &name); n == 2 && i < len(r.scheme.Pots) {
		return r.scheme.Pots[i].Key(keyOfField[name])
	}
	if key, ok := keyOfField[field]; ok {
		return r.scheme.Key(key)
	}
	return r.scheme.Key("pots")
}

// keyOfField are keys of scheme.yaml by the field that the institution calls them.
var keyOfField = map[string]string{
	"account_code": "account", "share": "share", "pool": "pool", "name": "name",
	"scheme.code": "scheme", "scheme.currency_code": "currency", "scheme.time_zone": "time_zone", "scheme.pots": "pots",
}

// checkHead looks for what a reader wants to know first.
func (r *reader) checkHead() {
	s := r.scheme
	if s.Source == "" {
		r.warn(s.Key("source"), "it names no source; write source: with the law, decree or page that it follows")
	}
	if s.Effective == 0 {
		r.warn(s.Key("effective"), "it says no first day; write effective: such as 2026-01-01")
	}
	examples, err := rule.Examples(r.folder.Examples)
	if err == nil && len(examples) == 0 {
		r.warn(rule.Position{File: rule.ExamplesFile, Line: 1, Col: 1}, "there is no example; write at least one that the law or its office has printed")
	}
}
