package schemes

import (
	"os"
	"path"
	"slices"
	"testing"

	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/scheme"
)

// scenarios holds the schemes that stories are told of.
const scenarios = "../scenario/schemes"

// The folders with schemes, and how many examples each scheme there has at least.
var folders = map[string]int{"../../deploy/schemes": 2, "testdata/further": 6, scenarios: 3}

// TestEverySchemeKeepsItsExamples runs the examples of every folder.
func TestEverySchemeKeepsItsExamples(t *testing.T) {
	t.Parallel()
	for root, least := range folders {
		entries, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if _, err := os.Stat(path.Join(root, entry.Name(), rule.SchemeFile)); err != nil {
				continue // only cases that are judged by the rule of another folder
			}
			if _, err := os.Stat(path.Join(root, entry.Name(), rule.ExamplesFile)); err != nil && root == scenarios {
				continue // a scheme that its scenario alone proves
			}
			t.Run(entry.Name(), func(t *testing.T) {
				t.Parallel()
				keepsItsExamples(t, root, entry.Name(), least)
			})
		}
	}
}

func keepsItsExamples(t *testing.T, root, name string, least int) {
	t.Helper()
	folder, err := rule.ReadFolder(os.DirFS(root), name)
	if err != nil {
		t.Fatal(err)
	}
	read, err := rule.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if read.Code != name {
		t.Errorf("the folder %s holds the scheme %s; call both the same", path.Join(root, name), read.Code)
	}
	if _, err := read.Insurance(); err != nil {
		t.Errorf("%s can't be published: %v", name, err)
	}
	examples, err := rule.Examples(folder.Examples)
	if err != nil {
		t.Fatal(err)
	}
	if len(examples) < least {
		t.Errorf("%s has %d examples, want at least %d", name, len(examples), least)
	}
	for _, example := range examples {
		tried(t, read, example)
	}
}

func tried(t *testing.T, read *rule.Scheme, example rule.Example) {
	t.Helper()
	if example.Source == "" {
		t.Errorf("example %q has no source", example.Name)
	}
	outcomes, err := read.Try(example, scheme.Provers()...)
	if err != nil {
		t.Error(err)
	}
	for _, o := range outcomes {
		if !o.Agrees {
			t.Errorf("%s: %s: expected %s, got %s", o.Example, o.What, o.Expected, o.Got)
		}
	}
	triedBackwards(t, read, example)
}

// triedBackwards sees that the order in which contributions came changes nothing.
func triedBackwards(t *testing.T, scheme *rule.Scheme, example rule.Example) {
	t.Helper()
	in, err := example.Input(scheme)
	if err != nil {
		t.Fatal(err)
	}
	forwards, err := scheme.Due(in)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(in.Contributions)
	backwards, err := scheme.Due(in)
	if err != nil {
		t.Fatal(err)
	}
	for i := range forwards {
		if a, b := forwards[i], backwards[i]; a.Amount.Cmp(b.Amount) != 0 || a.Period != b.Period {
			t.Errorf("%s: %s of %s is %s, and %s if the last came first", example.Name, a.Subsidy, a.Period.Label, a.Amount, b.Amount)
		}
	}
}
