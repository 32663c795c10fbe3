package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sanad.dev/sanad/services/rule"
)

// TestMain is also what confined processes run in tests, and what programs do that break out of their task.
func TestMain(m *testing.M) {
	if os.Getenv(confinedEnv) == "" {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "confined":
		os.Exit(Main(context.Background(), os.Args[1:], Env{Now: time.Now, Out: os.Stdout, Err: os.Stderr}))
	case "hungry":
		eat()
	case "deep":
		fmt.Println(readyWord, fall(1))
	case "slow":
		fmt.Println(readyWord)
		time.Sleep(time.Hour)
	case "brief":
		fmt.Println(readyWord)
	}
	fmt.Println("somebody else")
}

// eat takes memory without end.
func eat() {
	confine()
	fmt.Println(readyWord)
	var all [][]byte
	for {
		piece := make([]byte, 16<<20)
		for i := range piece {
			piece[i] = 1
		}
		all = append(all, piece)
		runtime.KeepAlive(all)
	}
}

// fall calls itself without end.
func fall(n int) int { return fall(n+1) + n } //nolint:staticcheck // it is meant never to end

func TestAFolderThatBreaksItsProcessIsToldOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]error{"hungry": errHungry, "slow": errSlow, "brief": errGone, "stranger": errGone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apart, err := newConfinement()
			if err != nil {
				t.Fatal(err)
			}
			defer apart.close()
			apart.program[1], apart.longest = name, time.Minute
			if name == "slow" {
				apart.longest = 300 * time.Millisecond
			}
			if _, err := apart.do(t.Context(), task{Lint: "."}); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			apart.program[1], apart.longest = "confined", longestTask
			d, err := apart.do(t.Context(), task{Lint: townScheme(t, "town", "town")})
			if err != nil || d.Lint == nil {
				t.Errorf("the next folder got %v", err)
			}
		})
	}
}

func TestAConfinedProcessStartsNoOther(t *testing.T) {
	t.Setenv(confinedEnv, "1")
	if _, err := newConfinement(); err == nil {
		t.Error("it would")
	}
}

// hostile are files that want memory, time, or the parser's stack.
var hostile = map[string]struct {
	file, text string
	// where is the position that must be told.
	where string
}{
	"deep brackets":           {rule.SchemeFile, "scheme: " + strings.Repeat("[", 100_000), "scheme.yaml:1:1"},
	"deep mappings":           {rule.SchemeFile, deepMappings(10_000), "scheme.yaml:98:1"},
	"deep lists on a line":    {rule.SchemeFile, strings.Repeat("- ", 2000) + "a", "scheme.yaml:1:1"},
	"an anchors' bomb":        {rule.SchemeFile, bomb(), "scheme.yaml:1:4"},
	"merge keys":              {rule.SchemeFile, "a: &a {b: c}\nd:\n  <<: *a\n", "scheme.yaml:1:4"},
	"a line of 100 MiB":       {rule.SchemeFile, "name: " + strings.Repeat("x", 100<<20), "scheme.yaml:1:1"},
	"a line of 200 KiB":       {rule.SchemeFile, "scheme: a\nname: " + strings.Repeat("x", 200<<10), "scheme.yaml:2:1"},
	"a key twice":             {rule.SchemeFile, "scheme: a\nscheme: b\n", "scheme.yaml:2:1"},
	"a list for a name":       {rule.SchemeFile, "scheme: [a]\n", "scheme.yaml:1:9"},
	"a mapping for a list":    {rule.SchemeFile, "scheme: a\nsubsidies: {a: b}\n", "scheme.yaml:2:12"},
	"a NUL":                   {rule.SchemeFile, "scheme: a\nname: b\x00c\n", "scheme.yaml:2:8"},
	"bytes of no text":        {rule.SchemeFile, "scheme: a\nname: \xff\xfe\n", "scheme.yaml:2:7"},
	"several documents":       {rule.SchemeFile, "scheme: a\n---\nscheme: b\n", "scheme.yaml:1:1"},
	"nothing":                 {rule.SchemeFile, "", "scheme.yaml:1:1"},
	"a tag that makes things": {rule.SchemeFile, "scheme: !!binary aGVsbG8=\n", "scheme.yaml:1:9"},
	"a number of 200 digits":  {rule.SchemeFile, matching + "answers:\n  a: {amount: [{of: " + strings.Repeat("9", 200) + "}]}\n", "scheme.yaml:34:21"},
	"many problems":           {rule.SchemeFile, strings.Repeat("a: 1\nb: 2\n", 400), "scheme.yaml:3:1"},
	"keys in brackets":        {rule.SchemeFile, "scheme: {\n" + strings.ReplaceAll(manyKeys(20_000), "\n", ",\n") + "}\n", "scheme.yaml:2001:1"},
	"keys of all sizes":       {rule.SchemeFile, manyKeys(20_000), "scheme.yaml:1001:1"},
	"an endless loop":         {rule.RulesFile, "def f(member, facts, p):\n    while True:\n        pass\n", "rules.star:2:5"},
	"a list that doubles":     {rule.RulesFile, "x = [1] * 1000000000\n", "rules.star:1:9"},
	"a power tower":           {rule.RulesFile, "x = 1 << 100000\n", "rules.star:1:7"},
	"rules in deep brackets":  {rule.RulesFile, "x = " + strings.Repeat("(", 100_000), "rules.star:1:"},
	"an unknown name":         {rule.RulesFile, "def f(member, facts, p):\n    return fcts\n", "rules.star:2:12"},
	"examples in an alias":    {rule.ExamplesFile, "- &a {name: b}\n- *a\n", "examples.yaml:1:3"},
	"an example for ever":     {rule.ExamplesFile, "- name: a\n  contributions: [{from: 2026-01-01, months: 99999999, amount: 1}]\n  expect: {total: 0}\n", "examples.yaml:1:3"},
}

func deepMappings(n int) string {
	var text strings.Builder
	for i := range min(n, 600) {
		text.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return text.String()
}

func bomb() string {
	text := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'z'; c++ {
		text += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	return text
}

func manyKeys(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "k%d: 1\n", i)
	}
	return text.String()
}

// TestHostileFilesAreAnsweredInUnderASecond leaves the start of the process out, which a busy machine makes long.
func TestHostileFilesAreAnsweredInUnderASecond(t *testing.T) {
	apart, err := newConfinement()
	if err != nil {
		t.Fatal(err)
	}
	defer apart.close()
	if _, err := apart.do(t.Context(), task{Test: townScheme(t, "town", "town")}); err != nil {
		t.Fatal(err)
	}
	for name, test := range hostile {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{rule.SchemeFile: matching, rule.ExamplesFile: matchingExamples}
			files[test.file] = test.text
			dir := folder(t, files)
			began := time.Now()
			d, err := apart.do(t.Context(), task{Test: dir})
			took := time.Since(began)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Test.Problems) == 0 || !strings.HasPrefix(d.Test.Problems.Error(), filepath.Join(dir, test.where)) {
				t.Errorf("got %.300s, want %s", d.Test.Problems, test.where)
			}
			if took > time.Second {
				t.Errorf("it took %s", took)
			}
			t.Logf("%s: %.140s", took, strings.TrimPrefix(d.Test.Problems.Error(), dir))
		})
	}
}
