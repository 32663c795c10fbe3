package scenario

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// chapters are the sentences as the reference lists them.
var chapters = []struct {
	title    string
	commands []command
}{
	{"Schemes and people", ofPeople},
	{"Money in", ofMoneyIn},
	{"The books", ofBooks},
	{"Matching, budgets and treasury claims", ofSubsidies},
	{"Cover", ofCover},
	{"Benefits and claims", ofClaims},
	{"Payouts", ofPayouts},
	{"Old age", ofPensions},
	{"Appeals and deaths", ofObjections},
}

// reference is the list of all sentences.
func reference() string {
	var b strings.Builder
	for _, chapter := range chapters {
		fmt.Fprintf(&b, "### %s\n\n| sentence | what it does |\n|---|---|\n", chapter.title)
		for _, c := range chapter.commands {
			fmt.Fprintf(&b, "| `%s` | %s |\n", c.written(), c.says)
		}
		b.WriteString("\n")
	}
	return b.String()
}

const referenceBegins = "## Every sentence\n\n"

// TestTheReferenceListsEverySentence: README.md and the program know the same sentences. To write the list anew, run the
// test with SANAD_WRITE_REFERENCE=1.
func TestTheReferenceListsEverySentence(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, written, ok := strings.Cut(string(text), referenceBegins)
	if !ok {
		t.Fatalf("README.md has no heading %q", strings.TrimSpace(referenceBegins))
	}
	if os.Getenv("SANAD_WRITE_REFERENCE") != "" {
		if err := os.WriteFile("README.md", []byte(head+referenceBegins+reference()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(reference(), written); diff != "" {
		t.Errorf("README.md lists other sentences (-program +README): %s", diff)
	}
}

// TestEverySentenceIsTold: what may be said is said in some story, so that the reference promises nothing untried.
func TestEverySentenceIsTold(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, s := range stories(t) {
		for _, l := range s.lines {
			c, _, err := understand(l)
			if err != nil {
				t.Error(err)
				continue
			}
			told[c.written()] = true
		}
	}
	for _, c := range commands {
		if !told[c.written()] {
			t.Errorf("no story says: %s", c.written())
		}
	}
}
