// Package rule reads a scheme that is data: a folder with scheme.yaml, rules.star and examples.yaml. It says what a
// member is due by it, as a pure function of the facts and the version of the scheme (L6): same folder and same facts,
// same answer, on every run and machine.
//
// Its laws: amounts and rates are exact and rounded once, by a rule that has a name (L9); every refusal carries a coded
// reason (L10); doubt about a fact counts for the member; what a folder says can neither run on without end nor take
// the memory of the machine.
package rule

import (
	"errors"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule/script"
)

// Folder is a scheme as its authors write it.
type Folder = insurance.Folder

// The names of the files of a folder.
const (
	SchemeFile   = "scheme.yaml"
	RulesFile    = "rules.star"
	ExamplesFile = "examples.yaml"
)

// Problem is what is wrong in a folder, where, and what to write instead.
type Problem struct {
	Position
	Text string `json:"text"`
}

// Error prints the position and the text.
func (p Problem) Error() string { return p.Position.String() + ": " + p.Text }

// Problems are all that is wrong with a folder.
type Problems []Problem

// Unwrap says that problems are mistakes in what was sent.
func (ps Problems) Unwrap() error { return ledger.ErrInvalid }

// Error prints a problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Load reads a folder. Its error is [Problems].
func Load(f Folder) (*Scheme, error) {
	var s Scheme
	if err := decode(SchemeFile, f.Scheme, &s); err != nil {
		return nil, err
	}
	if len(f.Rules) > 0 {
		program, err := script.Load(RulesFile, f.Rules, builtins())
		if err != nil {
			return nil, asProblems(RulesFile, err)
		}
		s.program = program
	}
	s.compile()
	if len(s.problems) > 0 {
		return nil, s.sorted()
	}
	return &s, nil
}

// asProblems turns any error about a file into problems.
func asProblems(file string, err error) Problems {
	var ps Problems
	var fromScript *script.Error
	switch {
	case errors.As(err, &ps):
		return ps
	case errors.As(err, &fromScript):
		return Problems{{Position{fromScript.File, fromScript.Line, fromScript.Col}, fromScript.Text}}
	}
	return Problems{{Position{file, 1, 1}, err.Error()}}
}

func (s *Scheme) sorted() Problems {
	slices.SortStableFunc(s.problems, func(a, b Problem) int { return (a.Line-b.Line)<<16 + a.Col - b.Col })
	return s.problems
}
