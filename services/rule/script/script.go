// Package script loads and runs rules that somebody else has written: small pure functions in Starlark, of whom nobody
// knows whether their author meant well.
//
// What holds of every text, however hostile:
//
//   - S1 Exact. No floating point exists: not as a literal, not as a result. A division gives a fraction.
//   - S2 Bounded. Loading and running end within [Limits], in steps, in time and in memory: whole numbers have at most
//     128 bits, texts 4 KiB, lists and dicts 10,000 elements, and each element or byte that is copied costs steps.
//   - S3 Same again. The same text and arguments give the same value on every run and machine. There is no clock, no
//     chance, no hash; a dict keeps the order in which it was filled.
//   - S4 Shared. A loaded [Program] never changes, and any number of calls of it may run at once.
//   - S5 Said. What is wrong is an [*Error] with file, line, column and a sentence that says what to write instead.
//
// The language's own step limit bounds neither time nor memory: one step may double a list. So the syntax tree is
// rewritten before it is compiled, and every operator, index and method becomes a call of a checked one of ours.
package script

import (
	"context"
	"slices"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Limits bound one call, and the loading of a text. Zero fields take what is usual.
type Limits struct {
	// Steps are those of the interpreter, and one for every element or 16 bytes that an operation copies or compares;
	// usually 1,000,000. A rule over a year of months takes some hundreds.
	Steps uint64
	// Time is how long a call may take by the clock; usually half a second. Whoever runs into it has done what no
	// step counts: it is the last line, and the only one that a machine's speed has a part in.
	Time time.Duration
}

// What a call may take where nobody says otherwise.
const (
	usualSteps = 1_000_000
	usualTime  = 500 * time.Millisecond
)

func (l Limits) steps() uint64 {
	if l.Steps == 0 {
		return usualSteps
	}
	return l.Steps
}

func (l Limits) time() time.Duration {
	if l.Time == 0 {
		return usualTime
	}
	return l.Time
}

// Program is a text that has been loaded. It never changes, and any number of calls may run at once.
type Program struct {
	// Limits bound each call. Set them before the first.
	Limits Limits

	file      string
	names     []string
	functions map[string]*starlark.Function
}

// Load compiles the text and runs its top level, within the usual limits. predeclared are the names that it may use
// besides those of the package; they are frozen. What is wrong with the text is an [*Error].
func Load(file string, source []byte, predeclared starlark.StringDict) (p *Program, err error) {
	defer contain(file, &err)
	tree, err := parse(file, source)
	if err != nil {
		return nil, err
	}
	names, err := rewrite(file, tree)
	if err != nil {
		return nil, err
	}
	scope := scopeWith(predeclared)
	compiled, err := compile(file, tree, scope)
	if err != nil {
		return nil, err
	}
	globals, err := initialise(file, compiled, scope)
	if err != nil {
		return nil, err
	}
	if name, err := freeze(globals); err != nil {
		return nil, errorAt(file, definitionOf(tree, name), "%s", err)
	}
	return &Program{file: file, names: names, functions: functionsOf(globals, names)}, nil
}

// options leave out what the dialect could have besides: sets, while, recursion, statements at the top of a file.
var options = &syntax.FileOptions{}

// initialise runs the top level of the file and returns what it made.
func initialise(file string, compiled *starlark.Program, scope starlark.StringDict) (starlark.StringDict, error) {
	var globals starlark.StringDict
	run := runs.Get().(*run)
	err := run.within(context.Background(), Limits{}, func(thread *starlark.Thread) (err error) {
		globals, err = compiled.Init(thread, scope)
		return err
	})
	if err != nil {
		return nil, explained(file, err)
	}
	return globals, nil
}

func functionsOf(globals starlark.StringDict, names []string) map[string]*starlark.Function {
	functions := make(map[string]*starlark.Function, len(names))
	for _, name := range names {
		if f, ok := globals[name].(*starlark.Function); ok {
			functions[name] = f
		}
	}
	return functions
}

// Functions lists the names of the functions at the top of the file, in its order.
func (p *Program) Functions() []string { return slices.Clone(p.names) }

// Params lists the names of a function's parameters, in order; false where there is no such function.
func (p *Program) Params(fn string) ([]string, bool) {
	f, ok := p.functions[fn]
	if !ok {
		return nil, false
	}
	params := make([]string, f.NumParams())
	for i := range params {
		params[i], _ = f.Param(i)
	}
	return params, true
}
