package cli

import (
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
func (c schemeCases) Run(env Env) error {
	cases, err := c.read()
	if err != nil {
		return usageError{err}
	}
	j := judged{Schemes: map[string]*ofScheme{}}
	for _, of := range byScheme(cases) {
		verdicts, problems := judgeCases(of, c.Schemes)
		j.add(verdicts, problems)
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

func (c schemeCases) read() ([]rule.Case, error) {
	file, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	cases, err := rule.ReadCases(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.File, err)
	}
	cases = slices.DeleteFunc(cases, func(x rule.Case) bool { return c.Only != "" && !strings.EqualFold(x.Scheme, c.Only) })
	if len(cases) == 0 {
		return nil, fmt.Errorf("%s has no case of %s", c.File, c.Only)
	}
	return cases, nil
}

// byScheme are the cases of each scheme, in the order in which the file first names it.
func byScheme(cases []rule.Case) [][]rule.Case {
	var groups [][]rule.Case
	at := map[string]int{}
	for _, c := range cases {
		i, known := at[c.Scheme]
		if !known {
			i = len(groups)
			at[c.Scheme] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return groups
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
