package rule

import (
	"context"
	"errors"

	"sanad.dev/sanad/services/rule/exact"
)

// A folder may come from anybody. What it says is computed to an end: things that are asked for while something else is
// computed lie only so deep in each other, and all of one question is only so much work.
const (
	deepestAnswer = 12
	// mostWork bounds one question. A contribution that is looked at costs 1, and a name that is looked up perName:
	// well under a second in all.
	mostWork = 30_000_000
	perName  = 100
)

var (
	errTooMuch = errors.New("what the scheme asks for takes too much work; let it look at fewer things, or less often")
	errItself  = errors.New("it is computed from itself; let it look at something that is known before it")
	errStopped = errors.New("there was no time left to compute it; let the scheme ask for less, or give it fewer examples")
)

// Within lets a question end when the context does.
func (in Input) Within(ctx context.Context) Input {
	in.stop = ctx.Done()
	return in
}

// spend notes work, and is an error once it is too much or the time is over.
func (in *Input) spend(work int) error {
	in.work += work
	if in.work > mostWork {
		return errTooMuch
	}
	select {
	case <-in.stop:
		return errStopped
	default:
		return nil
	}
}

// inside asks another question while this one is computed: fn gets the same facts, one level deeper.
func (e *env) inside(fn func(*Input) exact.Number) exact.Number {
	in := *e.in
	if in.depth++; in.depth > deepestAnswer {
		return exact.Failed(errItself)
	}
	n := fn(&in)
	e.in.work = in.work
	return n
}
