package cli

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far a long work has come; the zero value shows nothing.
type progress struct{ bar *progressbar.ProgressBar }

// shown are the flags of commands that take long.
type shown struct {
	Progress bool `help:"Show progress even where stderr is not a terminal."`
}

// of begins to show progress towards a count, on stderr; -1 is a count nobody knows yet.
func (s shown) of(env Env, what string, count int64, options ...progressbar.Option) progress {
	if !s.Progress && !onTerminal(env.Err) {
		return progress{}
	}
	usual := []progressbar.Option{
		progressbar.OptionSetWriter(env.Err), progressbar.OptionSetDescription(what), progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
	}
	return progress{progressbar.NewOptions64(count, append(usual, options...)...)}
}

func onTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// at says how much is done. A bar that cannot be drawn stops nothing.
func (p progress) at(n int64) {
	if p.bar != nil {
		_ = p.bar.Set64(n)
	}
}

// done takes the bar away.
func (p progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
