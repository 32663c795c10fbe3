package script

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.starlark.net/starlark"
)

// Call runs a function within the program's limits and returns what it returned: nothing, a truth, a whole number, a
// [Number], a [Day], a text, or a list, tuple, dict or struct of such. The arguments are frozen; those that several
// calls share must be frozen already. Whatever goes wrong is an [*Error].
func (p *Program) Call(fn string, args ...starlark.Value) (starlark.Value, error) {
	return p.CallContext(context.Background(), fn, args...)
}

// CallContext is [Program.Call], ended early when the context is.
func (p *Program) CallContext(ctx context.Context, fn string, args ...starlark.Value) (starlark.Value, error) {
	return p.call(ctx, runs.Get().(*run), fn, args)
}

// CallTraced is [Program.Call] that also returns what building blocks said on the way, see [Note]. The steps up to an
// error come with it.
func (p *Program) CallTraced(fn string, args ...starlark.Value) (starlark.Value, []Step, error) {
	trace := &trace{}
	r := newRun()
	r.thread.SetLocal(traceKey, trace)
	v, err := p.call(context.Background(), r, fn, args)
	return v, trace.steps, err
}

func (p *Program) call(ctx context.Context, r *run, fn string, args starlark.Tuple) (v starlark.Value, err error) {
	defer contain(p.file, &err)
	f, ok := p.functions[fn]
	if !ok {
		return nil, p.noFunction(fn)
	}
	args.Freeze()
	err = r.within(ctx, p.Limits, func(thread *starlark.Thread) (err error) {
		v, err = starlark.Call(thread, f, args, nil)
		return err
	})
	if err != nil {
		return nil, explained(p.file, err)
	}
	if err := checkResult(v); err != nil {
		at := f.Position()
		return nil, &Error{File: p.file, Line: int(at.Line), Col: int(at.Col), Text: fmt.Sprintf("what %s returns: %s", fn, err)}
	}
	return v, nil
}

func (p *Program) noFunction(fn string) error {
	text := fmt.Sprintf("there is no function %.40s here", fn)
	if near := nearest(fn, p.names); near != "" {
		text += "; did you mean " + near + "?"
	}
	return &Error{File: p.file, Line: 1, Col: 1, Text: text}
}

// run is what a call needs. Runs are used again, for a thread and a timer cost more than a rule.
type run struct {
	thread *starlark.Thread
	timer  *time.Timer
	steps  uint64 // at most
}

const runKey = "run"

// spent is [ErrSteps] once the call has taken its steps. The interpreter looks before each of its own; those of ours who
// call others again and again ask here.
func spent(thread *starlark.Thread) error {
	if r, ok := thread.Local(runKey).(*run); ok && thread.Steps >= r.steps {
		return ErrSteps
	}
	return nil
}

var runs = sync.Pool{New: func() any { return newRun() }}

func newRun() *run {
	thread := &starlark.Thread{Name: "rule"}
	timer := time.AfterFunc(time.Hour, func() { thread.Cancel(ErrTime.Error()) })
	timer.Stop()
	r := &run{thread: thread, timer: timer}
	thread.SetLocal(runKey, r)
	return r
}

var (
	// ErrSteps: the call took more steps than its limit.
	ErrSteps = errors.New("too many steps")
	// ErrTime: the call took more time than its limit.
	ErrTime = errors.New("too much time")
	// ErrCancelled: the context of the call ended.
	ErrCancelled = errors.New("cancelled by the caller")
)

// within runs the work within the limits, and gives the run back for the next call.
func (r *run) within(ctx context.Context, limits Limits, work func(*starlark.Thread) error) error {
	r.thread.Steps = 0
	r.steps = limits.steps()
	r.thread.SetMaxExecutionSteps(r.steps)
	r.timer.Reset(limits.time())
	stop := r.follow(ctx)
	defer func() {
		// A timer or a context that ended just now may cancel the thread a moment later, when it does another's work.
		if r.timer.Stop() && stop() && r.thread.Local(traceKey) == nil {
			r.thread.Uncancel()
			runs.Put(r)
		}
	}()
	return work(r.thread)
}

// follow cancels the run when the context ends, until stopped.
func (r *run) follow(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { r.thread.Cancel(ErrCancelled.Error()) })
}
