package script

import (
	"fmt"
	"slices"

	"go.starlark.net/starlark"
)

// Step is what a building block said of its work: in which line of the rule, and what.
type Step struct {
	Line int
	Text string
}

const traceKey = "trace"

// mostNotes bounds what one call may say.
const mostNotes = 1_000

type trace struct{ steps []Step }

// Noting says whether anybody listens, so that a text is not made for nobody.
func Noting(thread *starlark.Thread) bool { return thread.Local(traceKey) != nil }

// Note keeps the text for [Program.CallTraced], with the line of the rule that called. Nothing happens in other calls.
func Note(thread *starlark.Thread, text string) {
	t, ok := thread.Local(traceKey).(*trace)
	switch {
	case !ok || len(t.steps) > mostNotes:
	case len(t.steps) == mostNotes:
		t.steps = append(t.steps, Step{Text: "and more steps, which are left out"})
	default:
		t.steps = append(t.steps, Step{Line: lineOf(thread), Text: oneLine(clip(text))})
	}
}

// Notef is [Note] of a text that is made only where somebody listens. Values are printed by [Show], for their own String
// may never end.
func Notef(thread *starlark.Thread, format string, args ...any) {
	if !Noting(thread) {
		return
	}
	shown := slices.Clone(args)
	for i, v := range shown {
		if v, ok := v.(starlark.Value); ok {
			shown[i] = Show(v)
		}
	}
	Note(thread, fmt.Sprintf(format, shown...))
}

// lineOf is the line of the rule that is being run.
func lineOf(thread *starlark.Thread) int {
	for depth := range thread.CallStackDepth() {
		if line := thread.CallFrame(depth).Pos.Line; line > 0 {
			return int(line)
		}
	}
	return 0
}
