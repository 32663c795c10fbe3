package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/lint"
)

// schemeLint is `scheme lint`.
type schemeLint struct {
	onFolders
	Strict bool `help:"Exit code 1 for warnings too."`
	Rules  bool `help:"List what is looked for, and the standards that benefits are compared with."`
}

// Help shows how scheme lint is used.
func (schemeLint) Help() string {
	return `Reads folders for mistakes (errors, with file, line and column, and what to write instead), for what shuts people out,
and for what falls short of ILO minimum standards (warnings, with instrument and article), and lists every condition that
can refuse somebody. Exit code 1 says that there is an error.

Examples:
  sanad scheme lint deploy/schemes/th-nsf
  sanad scheme lint deploy/schemes/* --json
  sanad scheme lint my-scheme --strict
  sanad scheme lint --rules`
}

// linted is what lint found in a folder.
type linted struct {
	Dir string `json:"dir"`
	lint.Report
}

// Run reads each folder.
func (c schemeLint) Run(ctx context.Context, env Env) error {
	if c.Rules {
		printRules(env.Out)
		return nil
	}
	if err := c.named(); err != nil {
		return err
	}
	apart, err := newConfinement()
	if err != nil {
		return err
	}
	defer apart.close()
	var all []linted
	wrong := false
	for _, dir := range c.Dirs {
		l := apart.lint(ctx, dir)
		all = append(all, l)
		wrong = wrong || l.Errors() > 0 || c.Strict && len(l.Findings) > 0
		if !c.JSON {
			l.print(env.Out)
		}
	}
	if c.JSON {
		if err := printJSON(env.Out, all); err != nil {
			return err
		}
	}
	if wrong {
		return errFound
	}
	return nil
}

// lint reads a folder in a process of its own.
func (c *confinement) lint(ctx context.Context, dir string) linted {
	d, err := c.do(ctx, task{Lint: dir})
	if err != nil || d.Lint == nil {
		return linted{dir, lint.Report{Findings: lint.Problems(asProblems(dir, err))}}
	}
	return *d.Lint
}

// lintFolder reads a folder.
func lintFolder(dir string) linted {
	if onlyCases(dir) {
		return linted{Dir: dir}
	}
	folder, err := rule.ReadFolder(os.DirFS(dir), ".")
	if err != nil {
		return linted{dir, lint.Report{Findings: lint.Problems(unreadable(dir, err))}}
	}
	report := lint.Read(folder)
	for i := range report.Findings {
		report.Findings[i].File = path.Join(dir, report.Findings[i].File)
	}
	for i := range report.Refusals {
		report.Refusals[i].File = path.Join(dir, report.Refusals[i].File)
	}
	return linted{dir, report}
}

func (l linted) print(w io.Writer) {
	for _, f := range l.Findings {
		fmt.Fprintln(w, f)
	}
	if len(l.Refusals) > 0 {
		fmt.Fprintf(w, "%s: what can refuse somebody:\n", l.Dir)
		t := newTable("  ", "Where", "Of", "Reason", "Asks", "Law")
		for _, r := range l.Refusals {
			t.row(fmt.Sprintf("%s:%d", path.Base(r.File), r.Line), r.Of, r.Reason, clipped(r.Asks, widestExample), clipped(r.Law, widestExample))
		}
		t.print(w)
	}
	errors := l.Errors()
	fmt.Fprintf(w, "%s: %s, %s.\n", l.Dir, things(errors, "error"), things(len(l.Findings)-errors, "warning"))
}

// printRules lists what is looked for.
func printRules(w io.Writer) {
	t := newTable("", "Rule", "What it finds")
	t.row("load", "what keeps a folder from being read: unknown keys and names, wrong types, rules that do not compile")
	for _, r := range lint.Rules() {
		t.row(r.Name, r.Says)
	}
	t.print(w)
	fmt.Fprintln(w)
	t = newTable("", "Standard", "Article", "Benefit", "Asks for")
	for _, s := range lint.Standards() {
		t.row(s.Instrument, s.Article, strings.TrimSpace(string(s.Kind)), s.Asks)
	}
	t.print(w)
	sources := map[string]bool{}
	for _, s := range lint.Standards() {
		if !sources[s.Instrument] {
			fmt.Fprintf(w, "%s: %s\n", s.Instrument, s.Source)
		}
		sources[s.Instrument] = true
	}
}
