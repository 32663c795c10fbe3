package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"sanad.dev/sanad/services/rule"
)

// A scheme's folder may come from anybody. It is read and computed in a process of its own, which is the same program,
// with little memory and little time: whatever a folder holds, the terminal gets an answer.

// task is what such a process is asked to do; one field is set.
type task struct {
	Lint    string         `json:"lint,omitempty"`
	Test    string         `json:"test,omitempty"`
	Explain *schemeExplain `json:"explain,omitempty"`
	// Listed asks for the schemes that the cases belong to, Judged for the verdicts on those of one.
	Listed *schemeCases `json:"listed,omitempty"`
	Judged *schemeCases `json:"judged,omitempty"`
}

// done is what came of a task.
type done struct {
	Lint     *linted        `json:"lint,omitempty"`
	Test     *tested        `json:"test,omitempty"`
	Explain  *explanation   `json:"explain,omitempty"`
	Schemes  []listedScheme `json:"schemes,omitempty"`
	Verdicts []rule.Verdict `json:"verdicts,omitempty"`
	Problems rule.Problems  `json:"problems,omitempty"`
	// Used says what was wrong with how the command was called.
	Used string `json:"used,omitempty"`
}

const (
	// confinedEnv marks a process that has been started for tasks; it starts none itself.
	confinedEnv = "SANAD_CONFINED"
	// readyWord is what it says first.
	readyWord = "sanad is ready"
	// longestTask is how long a folder may take.
	longestTask = 10 * time.Second
	// mostAnswer bounds an answer.
	mostAnswer = 64 << 20
	// mostLastWords bounds what is kept of its last words.
	mostLastWords = 16 << 10
)

var (
	errSlow   = fmt.Errorf("it took more than %s and was stopped; let the rules look at less", longestTask)
	errHungry = fmt.Errorf("it needed more than %d MiB of memory and was stopped; let the rules look at less", mostMemory>>20)
	errGone   = errors.New("its process ended without an answer")
)

// confinement runs tasks in a process of their own, one after the other. Where one breaks it, the next begins another.
type confinement struct {
	program []string
	longest time.Duration
	process *process
}

func newConfinement() (*confinement, error) {
	if os.Getenv(confinedEnv) != "" {
		return nil, errors.New("a confined process starts no other")
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start a process of its own: %w", err)
	}
	return &confinement{program: []string{self, "confined"}, longest: longestTask}, nil
}

// process is one that has been started.
type process struct {
	*exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	words *lastWords
}

// do has a task done.
func (c *confinement) do(ctx context.Context, t task) (done, error) {
	if c.process == nil {
		if err := c.start(ctx); err != nil {
			return done{}, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.longest)
	defer cancel()
	type answer struct {
		done
		err error
	}
	answers, p := make(chan answer, 1), c.process
	go func() {
		var a answer
		a.done, a.err = p.ask(t)
		answers <- a
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return done{}, c.broken(a.err)
		}
		return a.done, nil
	case <-ctx.Done():
		c.close()
		<-answers
		return done{}, errSlow
	}
}

// start starts a process and waits for its first word.
func (c *confinement) start(ctx context.Context) error {
	cmd := exec.Command(c.program[0], c.program[1:]...)
	cmd.Env = append(os.Environ(), confinedEnv+"=1")
	p := &process{Cmd: cmd, words: &lastWords{}}
	cmd.Stderr = p.words
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.in, p.out = in, bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start a process of its own: %w", err)
	}
	c.process = p
	ctx, cancel := context.WithTimeout(ctx, longestStart)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = p.Process.Kill() }) // it may have ended
	defer stop()
	if word, err := p.out.ReadString('\n'); strings.TrimSpace(word) != readyWord {
		c.close()
		return fmt.Errorf("the process that was started is not this program: %.40q, %w", word, errors.Join(err, errGone))
	}
	return nil
}

// ask sends a task and reads the answer.
func (p *process) ask(t task) (d done, err error) {
	if err := json.NewEncoder(p.in).Encode(t); err != nil {
		return d, err
	}
	err = json.NewDecoder(io.LimitReader(p.out, mostAnswer)).Decode(&d)
	return d, err
}

// broken says why a process gave no answer.
func (c *confinement) broken(err error) error {
	p := c.process
	c.close()
	switch words := p.words.String(); {
	case p.ProcessState != nil && p.ProcessState.ExitCode() == exitHungry, strings.Contains(words, "out of memory"), strings.Contains(words, "cannot allocate memory"):
		return errHungry
	case strings.Contains(words, "stack overflow"), strings.Contains(words, "exceeds 1000000000-byte limit"):
		return errHungry
	case words != "":
		line, _, _ := strings.Cut(words, "\n")
		return fmt.Errorf("%w: %s", errGone, line)
	}
	return fmt.Errorf("%w: %w", errGone, err)
}

// close ends the process.
func (c *confinement) close() {
	if p := c.process; p != nil {
		c.process = nil
		_ = p.in.Close()     // it may have ended
		_ = p.Process.Kill() // so too
		_ = p.Wait()         // how it ended is in its state
	}
}

// lastWords keeps the first of what a process says when it breaks.
type lastWords struct{ strings.Builder }

// Write keeps what there is room for.
func (c *lastWords) Write(text []byte) (int, error) {
	if room := mostLastWords - c.Len(); room > 0 {
		c.Builder.Write(text[:min(room, len(text))])
	}
	return len(text), nil
}

// confined is the hidden command that such a process runs.
type confined struct{}

// Run does tasks until there are no more.
func (confined) Run(ctx context.Context, env Env) error {
	stop := confine()
	defer stop()
	fmt.Fprintln(env.Out, readyWord)
	worker := &worker{}
	tasks, answers := json.NewDecoder(os.Stdin), json.NewEncoder(env.Out)
	for {
		var t task
		err := tasks.Decode(&t)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		allowTime()
		if err := answers.Encode(worker.do(t)); err != nil {
			return err
		}
	}
}

// worker does tasks. It keeps the cases that it has read, for there may be many schemes in one file.
type worker struct {
	file  string
	cases []rule.Case
}

func (w *worker) do(t task) (d done) {
	switch {
	case t.Lint != "":
		l := lintFolder(t.Lint)
		d.Lint = &l
	case t.Test != "":
		tested := testFolder(t.Test)
		d.Test = &tested
	case t.Explain != nil:
		x, err := t.Explain.explain()
		d.Explain = &x
		d.wrong(t.Explain.Dir, err)
	case t.Listed != nil:
		err := w.read(*t.Listed)
		if err == nil {
			d.Schemes, err = t.Listed.listed(w.cases)
		}
		d.wrong(t.Listed.File, err)
	case t.Judged != nil:
		err := w.read(*t.Judged)
		d.wrong(t.Judged.File, err)
		d.Verdicts, d.Problems = judgeCases(casesOf(w.cases, t.Judged.Only), t.Judged.Schemes)
	}
	return d
}

// wrong notes what was wrong, with the folder or with how the command was called.
func (d *done) wrong(where string, err error) {
	if isUsage(err) {
		d.Used = err.Error()
		return
	}
	d.Problems = append(d.Problems, asProblems(where, err)...)
}

func (w *worker) read(c schemeCases) (err error) {
	if w.file == c.File {
		return nil
	}
	w.file = c.File
	w.cases, err = c.read()
	if err != nil {
		return usageError{err}
	}
	return nil
}
