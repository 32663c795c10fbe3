package script

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Error is what is wrong with a rule's text, where, and what to write instead.
type Error struct {
	File      string
	Line, Col int // from 1; the column counts characters
	Text      string
	// Reason is the code of a rule that said fail("CODE"); empty for all else.
	Reason string

	cause error
}

// Error prints "rules.star:3:14: " and the sentence.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Text) }

// Unwrap is [ErrSteps], [ErrTime], [ErrCancelled] or the error of the building block that refused; nil for mistakes in
// the text.
func (e *Error) Unwrap() error { return e.cause }

// failure is a rule's own refusal.
type failure struct{ reason, text string }

func (f failure) Error() string { return f.text }

func errorAt(file string, at syntax.Position, format string, args ...any) *Error {
	return &Error{File: file, Line: max(int(at.Line), 1), Col: max(int(at.Col), 1), Text: oneLine(fmt.Sprintf(format, args...))}
}

// oneLine is the text without what moves a terminal's cursor: a rule's own texts stand in messages.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}

// contain makes an error of a panic: a mistake of ours in one rule must not end the others.
func contain(file string, err *error) {
	if r := recover(); r != nil {
		*err = &Error{File: file, Line: 1, Col: 1, Text: clip(fmt.Sprintf("this cannot be worked out: %v", r))}
	}
}

// explained is an error of the parser, the resolver or the interpreter in our words.
func explained(file string, err error) error {
	var ours *Error
	var parsed syntax.Error
	var resolved resolve.ErrorList
	var ran *starlark.EvalError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &parsed):
		return errorAt(file, parsed.Pos, "%s", plain(parsed.Msg))
	case errors.As(err, &resolved):
		return errorAt(file, resolved[0].Pos, "%s", plain(resolved[0].Msg))
	case errors.As(err, &ran):
		return explainedRun(file, ran)
	}
	return &Error{File: file, Line: 1, Col: 1, Text: clip(err.Error())}
}

func explainedRun(file string, ran *starlark.EvalError) *Error {
	if reason, ok := strings.CutPrefix(ran.Msg, "Starlark computation cancelled: "); ok {
		return cancelled(errorAt(file, innermost(ran), ""), reason)
	}
	if errors.Is(ran.Unwrap(), ErrSteps) {
		return cancelled(errorAt(file, innermost(ran), ""), ErrSteps.Error())
	}
	e := errorAt(file, blamed(ran), "%s", plain(ran.Msg))
	e.cause = ran.Unwrap()
	var f failure
	if errors.As(e.cause, &f) {
		e.Reason, e.cause = f.reason, nil
	}
	return e
}

// innermost is where in the file the computation stood.
func innermost(ran *starlark.EvalError) syntax.Position {
	for depth := range len(ran.CallStack) {
		if at := ran.CallStack.At(depth).Pos; at.Line > 0 {
			return at
		}
	}
	return syntax.Position{}
}

// givenWrongly is said of a function by itself, and is the mistake of whoever called it.
var givenWrongly = regexp.MustCompile(`^function \S+ (missing|accepts|got) `)

// blamed is where the mistake is.
func blamed(ran *starlark.EvalError) syntax.Position {
	if stack := ran.CallStack; len(stack) > 1 && givenWrongly.MatchString(ran.Msg) && stack.At(1).Pos.Line > 0 {
		return stack.At(1).Pos
	}
	return innermost(ran)
}

func cancelled(e *Error, reason string) *Error {
	switch reason {
	case ErrSteps.Error():
		e.cause, e.Text = ErrSteps, "the computation takes too many steps; loop over fewer things, or over months instead of days"
	case ErrTime.Error():
		e.cause, e.Text = ErrTime, "the computation takes too much time; loop over fewer things, or over months instead of days"
	default:
		e.cause, e.Text = ErrCancelled, "the computation was "+reason
	}
	return e
}

// longestMessage bounds what a message may quote of a rule.
const longestMessage = 400

func clip(text string) string {
	if len(text) <= longestMessage {
		return text
	}
	return strings.ToValidUTF8(text[:longestMessage], "") + " …"
}

// wording turns what the parser, the resolver and the interpreter say into what a reader without their grammar
// understands.
var wording = []struct {
	said  *regexp.Regexp
	plain string
}{
	{regexp.MustCompile(`^got (as|async|await|class|del|except|finally|from|global|import|is|nonlocal|raise|try|with|yield), `), "rules have no $1"},
	{regexp.MustCompile(`^got '\*\*', `), "rules have no **; multiply as often as needed, in a for loop"},
	{regexp.MustCompile(`^got (.+), want primary expression$`), "a value is missing before $1"},
	{regexp.MustCompile(`^got (.+), want newline$`), "the line should end before $1"},
	{regexp.MustCompile(`^got (.+), want (.+)$`), "$2 is missing before $1"},
	{regexp.MustCompile(`^not an identifier$`), "a name is missing here"},
	{regexp.MustCompile(`^(.+) does not associate with (.+) \(use parens\)$`), "write a $1 b and b $2 c: comparisons do not chain"},
	{regexp.MustCompile(`^conditional expression without else clause$`), "write a if condition else b: the else is missing"},
	{regexp.MustCompile(`^unparenthesized tuple with trailing comma$`), "a comma too many; or put the list into parentheses"},
	{regexp.MustCompile(`^unindent does not match any outer indentation level$`), "the line begins in another column than those it belongs to"},
	{regexp.MustCompile(`^unexpected EOF in string$`), "the text has no closing quotation mark"},
	{regexp.MustCompile(`^unexpected newline in string$`), "the text has no closing quotation mark on its line"},
	{regexp.MustCompile(`^unexpected input character (.*)$`), "the character $1 means nothing here"},
	{regexp.MustCompile(`^excessive nesting$`), "this is nested too deeply; give the inner part a name"},
	{regexp.MustCompile(`^cannot reassign global (\S+) declared at .*:(\d+):\d+$`), "$1 has its value from line $2; a name at the top of the file is given once"},
	{regexp.MustCompile(`^(if|for|return) \w+ not within a function$`), "$1 belongs into a function (def)"},
	{regexp.MustCompile(`^(break|continue) not in a loop$`), "$1 belongs into a for loop"},
	{regexp.MustCompile(`^can't assign to (.+)$`), "only a name or an element such as d[\"key\"] can be given a value"},
	{regexp.MustCompile(`^function (\S+) called recursively$`), "$1 calls itself, directly or through another; write for i in range(n) instead"},
	{regexp.MustCompile(`^local variable (\S+) referenced before assignment$`), "$1 has no value yet on the way that leads here"},
	{regexp.MustCompile(`^global variable (\S+) referenced before assignment$`), "$1 is used before the line that gives it a value"},
	{regexp.MustCompile(`^function (\S+) missing \d+ arguments? \((.+)\)$`), "$1 is called without its $2"},
	{regexp.MustCompile(`^function (\S+) accepts no arguments \((\d+) given\)$`), "$1 takes nothing, and is given $2"},
	{regexp.MustCompile(`^function (\S+) accepts (at most )?(\d+) positional arguments? \((\d+) given\)$`), "$1 takes $2$3, and is given $4"},
	{regexp.MustCompile(`^function (\S+) got an unexpected keyword argument "?(\w+)"?`), "$1 has no parameter $2"},
	{regexp.MustCompile(`^function (\S+) got multiple values for parameter "?(\w+)"?$`), "$1 is given its $2 twice"},
	{regexp.MustCompile(`^(\w+): unexpected keyword argument "?(\w+)"?`), "$1 has no parameter $2"},
	{regexp.MustCompile(`^(\w+): missing argument for (\w+)$`), "$1 is called without its $2"},
	{regexp.MustCompile(`^(\w+): got (\d+) arguments?, want (at most |at least )?(\d+)$`), "$1 takes $3$4, and is given $2"},
	{regexp.MustCompile(`^(\w+): for parameter (\w+): got (\S+), want (.+)$`), "the $2 of $1 is a $3 and should be a $4"},
	{regexp.MustCompile(`^(\w+): for parameter (\w+): (.+)$`), "the $2 of $1: $3"},
	{regexp.MustCompile(`^invalid call of non-function \((.+)\)$`), "a $1 cannot be called like a function"},
	{regexp.MustCompile(`^(\S+) value is not iterable$`), "a $1 has no elements to go through; use a list or range(n)"},
	{regexp.MustCompile(`^got (\S+) in sequence assignment$`), "a $1 cannot be taken apart into several names"},
	{regexp.MustCompile(`^too (many|few) values to unpack \(got (-?\d+), want (\d+)\)$`), "$3 names cannot take $2 values"},
	{regexp.MustCompile(`^(?:\S+ )?struct has no \.(\S+) attribute`), "there is no .$1 here"},
	{regexp.MustCompile(`^(\S+) has no \.(\S+) field or method`), "a $1 has no .$2"},
	{regexp.MustCompile(`^duplicate key: (.*)$`), "the key $1 is there twice"},
	{regexp.MustCompile(`^cannot (.+) frozen (list|hash table)$`), "what a function is given, and what stands at the top of the file, cannot be changed; make a new one"},
	{regexp.MustCompile(`^cannot (.+) during iteration$`), "a list or dict cannot be changed while a loop goes through it; fill a new one"},
}

// terms are the interpreter's words for things.
var terms = strings.NewReplacer(
	"newline", "the end of the line", "end of file", "the end of the file", "outdent", "a line that is indented less",
	"indent", "an indented line", "identifier", "a name", "int literal", "a number", "float literal", "a number",
	"string literal", "a text", "a int ", "a whole number ", "a string ", "a text ", "a bool ", "a truth ",
	"a NoneType ", "nothing (None) ", "a builtin_function_or_method ", "a function ",
)

func plain(message string) string {
	for _, w := range wording {
		if found := w.said.FindStringSubmatchIndex(message); found != nil {
			hint := message[found[1]:]
			return clip(terms.Replace(string(w.said.ExpandString(nil, w.plain, message, found))) + reworded(hint))
		}
	}
	return clip(message)
}

// reworded is the interpreter's hint at a near name.
func reworded(hint string) string {
	if _, near, ok := strings.Cut(hint, "(did you mean "); ok {
		return "; did you mean " + strings.TrimSuffix(near, "?)") + "?"
	}
	return ""
}
