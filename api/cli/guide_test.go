package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// guide is the page that a policy analyst follows.
const guide = "../../SCHEMES.md"

// fenced is a piece of the page between fences: what kind, of which file, and its text.
var fenced = regexp.MustCompile("(?ms)^```(\\w+) ?([^\\n]*)\\n(.*?)^```$")

// TestTheGuideCanBeFollowed does what the page says, step by step in an empty folder: it writes the files, makes the
// changes, runs the commands, and compares what they say with what is printed there.
func TestTheGuideCanBeFollowed(t *testing.T) {
	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	town := newTown(t)
	t.Chdir(t.TempDir())
	commands := 0
	for _, piece := range fenced.FindAllStringSubmatch(string(page), -1) {
		switch kind, file, text := piece[1], piece[2], piece[3]; kind {
		case "yaml", "python":
			write(t, file, text)
		case "diff":
			change(t, file, text)
		case "text": // needs books of its own
		case "console":
			commands += follow(t, town, text)
		default:
			t.Errorf("nobody knows what to do with %s", kind)
		}
	}
	if commands < 10 {
		t.Errorf("%d commands were run", commands)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// change puts the lines with a plus in the place of those with a minus, wherever these stand.
func change(t *testing.T, file, text string) {
	t.Helper()
	var old, new strings.Builder
	for line := range strings.Lines(text) {
		switch line[0] {
		case '-':
			old.WriteString(line[1:])
		case '+':
			new.WriteString(line[1:])
		}
	}
	before := read(t, file)
	if !strings.Contains(before, old.String()) {
		t.Fatalf("%s has no line\n%s", file, old.String())
	}
	write(t, file, strings.ReplaceAll(before, old.String(), new.String()))
}

// follow runs the commands and compares what they say; it returns how many there are.
func follow(t *testing.T, town *town, text string) int {
	t.Helper()
	pieces := strings.Split("\n"+text, "\n$ ")[1:]
	for _, piece := range pieces {
		line, want, _ := strings.Cut(piece, "\n")
		args := typed(t, line)
		if args[1] == "publish" {
			args = append(args, "--addr", town.address)
		}
		said := command(t, args...)
		compareSaid(t, line, strings.TrimSpace(want), strings.TrimSpace(said.out+said.err))
	}
	return len(pieces)
}

// typed are the words of a command line, after "go run .".
func typed(t *testing.T, line string) []string {
	t.Helper()
	rest, ok := strings.CutPrefix(line, "go run . ")
	if !ok {
		t.Fatalf("%q is no command of Sanad", line)
	}
	var all []string
	for i, part := range strings.Split(rest, `"`) {
		if i%2 == 1 {
			all = append(all, part)
			continue
		}
		all = append(all, strings.Fields(part)...)
	}
	return all
}

// compareSaid looks for the lines that the page prints, in their order; a line "…" leaves some out.
func compareSaid(t *testing.T, line, want, got string) {
	t.Helper()
	if !strings.Contains(want, "…") {
		if want != got {
			t.Errorf("$ %s\nthe page says\n%s\nand the command\n%s", line, want, got)
		}
		return
	}
	rest := got
	for _, part := range strings.Split(want, "…") {
		part = strings.TrimSpace(part)
		i := strings.Index(rest, part)
		if i < 0 {
			t.Fatalf("$ %s\nthe page says\n%s\nand the command\n%s", line, part, got)
		}
		rest = rest[i+len(part):]
	}
}
