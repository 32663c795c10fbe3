package script

import (
	"maps"
	"slices"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// scopeWith is every name that a text may use: ours, the caller's, and the operators, whose names no text can write.
func scopeWith(predeclared starlark.StringDict) starlark.StringDict {
	scope := make(starlark.StringDict, len(library)+len(operators)+len(predeclared))
	maps.Copy(scope, library)
	for name, v := range predeclared {
		v.Freeze()
		scope[name] = v
	}
	maps.Copy(scope, operators)
	return scope
}

// compile resolves the names of the tree and makes a program of it.
func compile(file string, tree *syntax.File, scope starlark.StringDict) (*starlark.Program, error) {
	// Every name that the file does not bind passes here, so that those we do not know are refused below, in our words
	// and with the nearest we do know; the universe of the language stays shut.
	known := func(string) bool { return true }
	program, err := starlark.FileProgram(tree, known)
	if err != nil {
		return nil, explained(file, err)
	}
	if err := checkNames(file, tree, scope); err != nil {
		return nil, err
	}
	return program, nil
}

// definitionOf is where the name at the top of the file gets its value.
func definitionOf(tree *syntax.File, name string) (at syntax.Position) {
	syntax.Walk(tree, func(n syntax.Node) bool {
		if id, ok := n.(*syntax.Ident); ok && id.Name == name && !at.IsValid() {
			if b, ok := id.Binding.(*resolve.Binding); ok && b.Scope == resolve.Global {
				at = b.First.NamePos
			}
		}
		return !at.IsValid()
	})
	return at
}

func checkNames(file string, tree *syntax.File, scope starlark.StringDict) error {
	var unknown *syntax.Ident
	var bound []string
	syntax.Walk(tree, func(n syntax.Node) bool {
		id, ok := n.(*syntax.Ident)
		if !ok {
			return true
		}
		switch b, ok := id.Binding.(*resolve.Binding); {
		case !ok: // a field's or a parameter's name in a call
		case b.Scope != resolve.Predeclared:
			bound = append(bound, id.Name)
		case !scope.Has(id.Name) && unknown == nil:
			unknown = id
		}
		return true
	})
	if unknown == nil {
		return nil
	}
	return unknownName(file, unknown, append(bound, scope.Keys()...))
}

func unknownName(file string, id *syntax.Ident, known []string) *Error {
	if instead, ok := refusedNames[id.Name]; ok {
		return errorAt(file, id.NamePos, "rules have no %s; %s", id.Name, instead)
	}
	if near := nearest(id.Name, known); near != "" {
		return errorAt(file, id.NamePos, "%.40s is not known; did you mean %s?", id.Name, near)
	}
	return errorAt(file, id.NamePos, "%.40s is not known; give it a value first, or take it from what the function is given", id.Name)
}

// refusedNames are those of the wider language that rules cannot use, and what to write instead.
var refusedNames = map[string]string{
	"float":   `floating point loses cents: write number("0.5")`,
	"math":    `it computes in floating point: use + - * / // % and the building blocks`,
	"round":   `rounding has a name here: use the building block for rounding`,
	"decimal": `write number("0.5")`,
	"Decimal": `write number("0.5")`,
	"print":   "nobody reads what a rule prints: explain shows each step",
	"getattr": "write x.name",
	"setattr": "nothing that a rule is given can be changed",
	"hasattr": "what a rule is given always has the same fields",
	"dir":     "the scheme's documentation lists the fields",
	"type":    "what a rule is given always has the same types",
	"hash":    "compare the values themselves",
	"id":      "compare the values themselves",
	"repr":    "write str(x)",
	"set":     "use a list, or a dict with True as values",
	"bytes":   "use a text",
	"chr":     "write the character",
	"ord":     "compare the texts themselves",
	"eval":    "write the computation itself",
	"exec":    "write the computation itself",
	"open":    "all that a rule may know is in its arguments",
	"import":  "all that a rule may use is there already",
	"random":  "the same facts must always give the same result",
	"now":     "the day that counts is in the facts",
	"today":   "the day that counts is in the facts",
	"date":    `write day("2026-03-02")`,
	"pow":     "multiply as often as needed, in a for loop",
	"divmod":  "write x // y and x % y",
	"map":     "write [f(x) for x in list]",
	"filter":  "write [x for x in list if f(x)]",
	"next":    "write list[0]",
	"iter":    "write for x in list",
	"true":    "write True",
	"false":   "write False",
	"null":    "write None",
	"none":    "write None",
}

// nearest is the known name that differs least from this one, in at most a third of its letters; empty where none does.
func nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if strings.HasPrefix(k, "(") || k == name {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(k), least); d < least {
			best, least = k, d
		}
	}
	return best
}

// longestName bounds the names that are compared.
const longestName = 40

// distance is how many letters must be changed, added or left out to make b of a (V. I. Levenshtein, 1966); at least
// the bound where it is not below it.
func distance(a, b string, bound int) int {
	if len(a) > longestName || len(b) > longestName || len(a)-len(b) >= bound || len(b)-len(a) >= bound {
		return bound
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
