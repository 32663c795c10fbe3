package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sanad.dev/sanad/services/rule"
)

// schemes are the commands that an author of schemes needs. They read folders, and neither server nor database, but
// for publish and shadow.
type schemes struct {
	Lint    schemeLint    `cmd:"" help:"Look for mistakes in schemes, for what shuts people out, and for what falls short of ILO standards."`
	Test    schemeTest    `cmd:"" help:"Compute a scheme's examples and compare with what they expect."`
	Cases   schemeCases   `cmd:"" help:"Judge published figures by the schemes they belong to."`
	Explain schemeExplain `cmd:"" help:"Show, step by step in words, what a member would be due."`
	Shadow  schemeShadow  `cmd:"" help:"Try a rule on the history in the books: who gains, who loses, what it costs."`
	Publish schemePublish `cmd:"" help:"Publish a scheme's folder to a server."`
}

// onFolders is a command on the folders of schemes.
type onFolders struct {
	Dirs []string `arg:"" optional:"" name:"dir" help:"A scheme's folder, with its scheme.yaml."`
	JSON bool     `help:"Write JSON for programs."`
}

// named says that at least one folder must be named.
func (c onFolders) named() error {
	if len(c.Dirs) == 0 {
		return usageError{errors.New("name a scheme's folder, such as deploy/schemes/th-nsf")}
	}
	return nil
}

// openFolder reads a scheme's folder. What is wrong with it comes as [rule.Problems], with the folder in their files'
// names.
func openFolder(dir string) (*rule.Scheme, rule.Folder, error) {
	folder, err := rule.ReadFolder(os.DirFS(dir), ".")
	if err != nil {
		return nil, folder, unreadable(dir, err)
	}
	scheme, err := rule.Load(folder)
	return scheme, folder, within(dir, err)
}

// openProven reads a folder that a process of its own has read before: what breaks that is let near nothing else.
func openProven(ctx context.Context, dir string) (*rule.Scheme, rule.Folder, error) {
	apart, err := newConfinement()
	if err != nil {
		return nil, rule.Folder{}, err
	}
	defer apart.close()
	if _, err := apart.do(ctx, task{Lint: dir}); err != nil {
		return nil, rule.Folder{}, err
	}
	return openFolder(dir)
}

// onlyCases says whether a folder has no scheme, and only says how the cases of another are read.
func onlyCases(dir string) bool {
	_, none := os.Stat(filepath.Join(dir, rule.SchemeFile))
	_, err := os.Stat(filepath.Join(dir, rule.MappingFile))
	return errors.Is(none, os.ErrNotExist) && err == nil
}

// unreadable says what to do about a folder that can't be read.
func unreadable(dir string, err error) rule.Problems {
	var problems rule.Problems
	switch {
	case errors.As(err, &problems):
		return problems.In(dir)
	case errors.Is(err, os.ErrNotExist):
		err = fmt.Errorf("there is no %s here; name a folder that has one, or begin one as SCHEMES.md shows", rule.SchemeFile)
	}
	return rule.Problems{{Position: rule.Position{File: dir}, Text: err.Error()}}
}

// within puts the folder before the files that problems name.
func within(dir string, err error) error {
	var problems rule.Problems
	if !errors.As(err, &problems) {
		return err
	}
	return problems.In(dir)
}

// asProblems are the problems that an error is, or the one that it becomes.
func asProblems(dir string, err error) rule.Problems {
	var problems rule.Problems
	if err == nil || errors.As(err, &problems) {
		return problems
	}
	return rule.Problems{{Position: rule.Position{File: dir}, Text: err.Error()}}
}

func printProblems(w io.Writer, problems rule.Problems) {
	for _, p := range problems {
		fmt.Fprintln(w, p.Error())
	}
}

func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

// things is a count with its noun, in the plural where it is not one.
func things(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return counted(n) + " " + noun + "s"
}
