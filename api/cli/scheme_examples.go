package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/scheme"
)

// schemeTest is `scheme test`.
type schemeTest struct {
	onFolders
	Quiet bool `help:"Show only what differs."`
}

// Help shows how scheme test is used.
func (schemeTest) Help() string {
	return `Computes every example of examples.yaml and shows what it expects beside what came out. Exit code 1 says that an
example differs, that a folder has none, or that it has a mistake.

Examples:
  sanad scheme test deploy/schemes/th-nsf
  sanad scheme test deploy/schemes/* --quiet
  sanad scheme test my-scheme --json`
}

// tested is what came of a folder's examples.
type tested struct {
	Dir      string         `json:"dir"`
	Scheme   string         `json:"scheme,omitempty"`
	Name     string         `json:"name,omitempty"`
	Examples int            `json:"examples"`
	Outcomes []rule.Outcome `json:"outcomes,omitempty"`
	// Problems are mistakes of the folder, and examples that can't be computed.
	Problems rule.Problems `json:"problems,omitempty"`
	Agree    int           `json:"agree"`
	Differ   int           `json:"differ"`
}

// Run computes the examples of each folder.
func (c schemeTest) Run(ctx context.Context, env Env) error {
	if err := c.named(); err != nil {
		return err
	}
	apart, err := newConfinement()
	if err != nil {
		return err
	}
	defer apart.close()
	var all []tested
	wrong := false
	for _, dir := range c.Dirs {
		t := apart.test(ctx, dir)
		all = append(all, t)
		wrong = wrong || !t.good()
		if !c.JSON {
			t.print(env.Out, c.Quiet)
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

// test computes a folder's examples in a process of its own.
func (c *confinement) test(ctx context.Context, dir string) tested {
	d, err := c.do(ctx, task{Test: dir})
	if err != nil || d.Test == nil {
		return tested{Dir: dir, Problems: asProblems(dir, err)}
	}
	return *d.Test
}

// testFolder computes a folder's examples.
func testFolder(dir string) tested {
	t := tested{Dir: dir}
	if onlyCases(dir) {
		return t
	}
	scheme, folder, err := openFolder(dir)
	if err != nil {
		t.Problems = asProblems(dir, err)
		return t
	}
	t.Scheme, t.Name = scheme.Code, scheme.Name
	examples, err := rule.Examples(folder.Examples)
	if err != nil {
		t.Problems = asProblems(dir, within(dir, err))
		return t
	}
	if len(examples) == 0 {
		t.Problems = rule.Problems{{Position: rule.Position{File: dir},
			Text: "there is no example in " + rule.ExamplesFile + "; write at least one with what must come out"}}
	}
	for _, x := range examples {
		t.try(scheme, x)
	}
	return t
}

// try computes one example.
func (t *tested) try(read *rule.Scheme, x rule.Example) {
	t.Examples++
	outcomes, err := read.Try(x, scheme.Provers()...)
	if err != nil {
		t.Problems = append(t.Problems, asProblems(t.Dir, within(t.Dir, rule.Problems{{Position: x.Position, Text: err.Error()}}))...)
		return
	}
	for _, o := range outcomes {
		if o.Agrees {
			t.Agree++
		} else {
			t.Differ++
		}
	}
	t.Outcomes = append(t.Outcomes, outcomes...)
}

func (t *tested) good() bool { return len(t.Problems) == 0 && t.Differ == 0 }

func (t *tested) print(w io.Writer, quiet bool) {
	fmt.Fprintln(w, strings.TrimSpace(t.Dir+"  "+t.Name))
	rows := newTable("  ", "Example", "What", ">Expected", ">Got", "")
	last := ""
	for _, o := range t.Outcomes {
		if quiet && o.Agrees {
			continue
		}
		name, verdict := o.Example, ""
		if name == last {
			name = ""
		}
		if last = o.Example; !o.Agrees {
			verdict = strings.TrimSpace(fmt.Sprintf("DIFFERS, line %d %s", o.Position.Line, o.Refused))
		}
		rows.row(clipped(name, widestExample), o.What, o.Expected, o.Got, verdict)
	}
	if len(rows.rows) > 0 {
		rows.print(w)
	}
	printProblems(w, t.Problems)
	fmt.Fprintf(w, "  %s, %s: %s.\n", things(t.Examples, "example"), things(t.Agree+t.Differ, "figure"), t.sum())
}

// widestExample bounds the name of an example in a table, in bytes.
const widestExample = 60

func (t *tested) sum() string {
	switch {
	case len(t.Problems) > 0:
		return things(len(t.Problems), "problem") + ", " + things(t.Differ, "difference")
	case t.Differ > 0:
		return fmt.Sprintf("%s agree, %s DIFFER", counted(t.Agree), counted(t.Differ))
	}
	return "all agree"
}
