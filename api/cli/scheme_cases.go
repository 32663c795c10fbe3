package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sanad.dev/sanad/services/rule"
)

// schemeCases is `scheme cases`.
type schemeCases struct {
	File    string `arg:"" help:"A file of published figures, as JSON." type:"existingfile"`
	Schemes string `help:"The folder with the folders of schemes." type:"existingdir" default:"deploy/schemes"`
	Only    string `help:"Only the cases of this scheme." placeholder:"SCHEME"`
	JSON    bool   `help:"Write JSON for programs."`
}

// Help shows how scheme cases is used.
func (schemeCases) Help() string {
	return `Computes each case by the folder of its scheme, whose cases.yaml says which input is which fact, and compares with
what the case's source prints: agree, differ with both figures, or not expressible. Exit code 1 says that a verified case
differs and its mapping gives no reason, or that a folder has a mistake.

Examples:
  sanad scheme cases tests/schemes/testdata/subsidy.json --schemes deploy/schemes
  sanad scheme cases figures.json --schemes my-schemes --only TH-NSF
  sanad scheme cases figures.json --json`
}

// judged is what came of a file of cases.
type judged struct {
	Verified count                `json:"verified"`
	Others   count                `json:"others"`
	Schemes  map[string]*ofScheme `json:"schemes"`
	Verdicts []rule.Verdict       `json:"verdicts"`
	Problems rule.Problems        `json:"problems,omitempty"`
}

// count is how many cases came out how.
type count struct {
	Agree          int `json:"agree"`
	Differ         int `json:"differ"`
	Explained      int `json:"explained"`
	NotExpressible int `json:"not_expressible"`
}

// ofScheme are the counts of one scheme.
type ofScheme struct {
	Verified count `json:"verified"`
	Others   count `json:"others"`
}

func (c *count) add(v rule.Verdict) {
	switch v.State {
	case rule.Agree:
		c.Agree++
	case rule.Differ:
		c.Differ++
		if v.Explained {
			c.Explained++
		}
	default:
		c.NotExpressible++
	}
}

func (c count) all() int { return c.Agree + c.Differ + c.NotExpressible }

// Run judges the cases.
func (c schemeCases) Run(ctx context.Context, env Env) error {
	j, err := c.judge(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(env.Out, j)
	} else {
		j.print(env.Out)
	}
	if err == nil && !j.good() {
		return errFound
	}
	return err
}

// judge judges the cases of one scheme after the other, so that a folder which breaks spoils those of its scheme only.
func (c schemeCases) judge(ctx context.Context) (*judged, error) {
	apart, err := newConfinement()
	if err != nil {
		return nil, err
	}
	defer apart.close()
	d, err := apart.do(ctx, task{Listed: &c})
	if err == nil && d.Used != "" {
		err = errors.New(d.Used)
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", c.File, err)}
	}
	j := &judged{Schemes: map[string]*ofScheme{}}
	for _, scheme := range d.Schemes {
		of := c
		of.Only = scheme.Name
		d, err := apart.do(ctx, task{Judged: &of})
		if err != nil {
			d = scheme.unjudged(err)
		}
		j.add(d.Verdicts, d.Problems)
	}
	return j, nil
}

// unjudged are the verdicts where a folder broke the process that read it.
func (s listedScheme) unjudged(err error) done {
	return done{
		Verdicts: unjudged(s.Cases, err.Error()),
		Problems: asProblems(rule.Case{Scheme: s.Name}.Folder(), err),
	}
}

// read reads the file.
func (c schemeCases) read() ([]rule.Case, error) {
	file, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return rule.ReadCases(file)
}

// listedScheme is a scheme that cases belong to, and what must be known of them where it can't be read.
type listedScheme struct {
	Name  string      `json:"name"`
	Cases []rule.Case `json:"cases"`
}

// listed are the schemes that cases belong to, in the order in which the file first names them.
func (c schemeCases) listed(cases []rule.Case) ([]listedScheme, error) {
	var schemes []listedScheme
	at := map[string]int{}
	for _, one := range cases {
		if c.Only != "" && !strings.EqualFold(one.Scheme, c.Only) {
			continue
		}
		i, known := at[one.Scheme]
		if !known {
			i = len(schemes)
			at[one.Scheme] = i
			schemes = append(schemes, listedScheme{Name: one.Scheme})
		}
		schemes[i].Cases = append(schemes[i].Cases, rule.Case{ID: one.ID, Scheme: one.Scheme, Verified: one.Verified})
	}
	if len(schemes) == 0 {
		return nil, usageError{fmt.Errorf("there is no case of %s", cmp.Or(c.Only, "any scheme"))}
	}
	return schemes, nil
}

// casesOf are the cases of one scheme.
func casesOf(cases []rule.Case, scheme string) []rule.Case {
	return slices.DeleteFunc(slices.Clone(cases), func(c rule.Case) bool { return c.Scheme != scheme })
}

// judgeCases judges the cases of one scheme. Where its folder has a mistake none of them can be expressed.
func judgeCases(cases []rule.Case, dir string) ([]rule.Verdict, rule.Problems) {
	verdicts, err := rule.JudgeAll(cases, os.DirFS(dir))
	if err == nil {
		return verdicts, nil
	}
	return unjudged(cases, "its folder has a mistake"), asProblems(dir, within(dir, err))
}

func unjudged(cases []rule.Case, why string) []rule.Verdict {
	verdicts := make([]rule.Verdict, len(cases))
	for i, c := range cases {
		verdicts[i] = rule.Verdict{ID: c.ID, Scheme: c.Scheme, Verified: c.Verified, State: rule.NotExpressible, Why: why}
	}
	return verdicts
}

func (j *judged) add(verdicts []rule.Verdict, problems rule.Problems) {
	j.Verdicts = append(j.Verdicts, verdicts...)
	j.Problems = append(j.Problems, problems...)
	for _, v := range verdicts {
		s := j.Schemes[v.Scheme]
		if s == nil {
			s = &ofScheme{}
			j.Schemes[v.Scheme] = s
		}
		if v.Verified {
			j.Verified.add(v)
			s.Verified.add(v)
		} else {
			j.Others.add(v)
			s.Others.add(v)
		}
	}
}

// good says whether every verified case that differs is explained, and every folder could be read.
func (j *judged) good() bool {
	return j.Verified.Differ == j.Verified.Explained && len(j.Problems) == 0
}

func (j *judged) print(w io.Writer) {
	t := newTable("", "Scheme", ">Verified", ">agree", ">differ", ">not expr.", ">Others", ">agree", ">differ", ">not expr.")
	for _, v := range j.firsts() {
		s := j.Schemes[v]
		t.row(append(append([]string{v}, s.Verified.cells()...), s.Others.cells()...)...)
	}
	t.row(append(append([]string{"All"}, j.Verified.cells()...), j.Others.cells()...)...)
	t.print(w)
	for _, alike := range alike(j.Verdicts) {
		printVerdicts(w, alike)
	}
	if len(j.Problems) > 0 {
		fmt.Fprintln(w)
		printProblems(w, j.Problems)
	}
	fmt.Fprintf(w, "\n%d of %d verified cases agree, %d of %d others.", j.Verified.Agree, j.Verified.all(), j.Others.Agree, j.Others.all())
	if j.Verified.Differ > 0 {
		fmt.Fprintf(w, " Of %d verified that differ %d are explained.", j.Verified.Differ, j.Verified.Explained)
	}
	fmt.Fprintln(w)
}

// firsts are the names of the schemes in order of their first case.
func (j *judged) firsts() []string {
	var names []string
	for _, v := range j.Verdicts {
		if !slices.Contains(names, v.Scheme) {
			names = append(names, v.Scheme)
		}
	}
	return names
}

func (c count) cells() []string {
	return []string{counted(c.all()), counted(c.Agree), counted(c.Differ), counted(c.NotExpressible)}
}

// alike are the verdicts that do not agree; those in a row that can't be expressed for the same reason are together.
func alike(verdicts []rule.Verdict) [][]rule.Verdict {
	var groups [][]rule.Verdict
	for _, v := range verdicts {
		last := len(groups) - 1
		switch {
		case v.State == rule.Agree:
		case v.State == rule.NotExpressible && last >= 0 && groups[last][0].State == v.State && groups[last][0].Why == v.Why:
			groups[last] = append(groups[last], v)
		default:
			groups = append(groups, []rule.Verdict{v})
		}
	}
	return groups
}

// printVerdicts shows a case that does not agree, with both figures, or several that fail for one reason.
func printVerdicts(w io.Writer, alike []rule.Verdict) {
	var names []string
	for _, v := range alike {
		name := v.ID
		if !v.Verified {
			name += " (not verified)"
		}
		names = append(names, name)
	}
	v := alike[0]
	fmt.Fprintf(w, "\n%s: %s\n", strings.Join(names, ", "), strings.ToUpper(string(v.State)))
	if v.State == rule.Differ {
		fmt.Fprintf(w, "  expected %s\n  got      %s\n", strings.Join(v.Expected, ", "), strings.Join(v.Got, ", "))
	}
	if v.Why != "" {
		fmt.Fprintf(w, "  %s\n", v.Why)
	}
}
