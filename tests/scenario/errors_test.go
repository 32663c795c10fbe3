package scenario

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAStoryThatIsNotUnderstoodSaysWhere: an accountant who mistypes is told the file, the line and what to write.
func TestAStoryThatIsNotUnderstoodSaysWhere(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"no title", "member Amal\n", "story.txt:1: a story begins with its title"},
		{"nothing happens", "scenario: nothing\n# at all\n", "story.txt: nothing happens"},
		{"a word mistyped", "scenario: x\n\non 2024-01-05 Amal pais 10.000 JOD by mpesa-jo\n", "story.txt:3: not understood: Amal pais 10.000 JOD by mpesa-jo\n  nearest: <member> pays <money>"},
		{"an expectation without then", "scenario: x\nthe books balance\n", "story.txt:2: not understood"},
		{"a deed after then", "scenario: x\nthen Amal pays 10.000 JOD by mpesa-jo\n", "story.txt:2: not understood"},
		{"no day of that form", "scenario: x\non 5/1/2024 Amal pays 1 JOD by mpesa-jo\n", `story.txt:2: "5/1/2024" is not a day`},
		{"more on the line of a heading", "scenario: x\non 2024-01-05: Amal pays 1 JOD by mpesa-jo\n", "story.txt:2: nothing else stands on the line of a heading"},
		{"a day and nothing", "scenario: x\non 2024-01-05\n", "story.txt:2: something must be said after the day"},
		{"a tab", "scenario: x\n\tmember Amal\n", "story.txt:2: write spaces instead of tabs"},
		{"a reason in small letters", "scenario: x\nmember Amal; refused: no\n", `story.txt:2: "no" is not a reason`},
		{"a refusal expected of an expectation", "scenario: x\nthen the books balance; refused: NO\n", "story.txt:2: what is expected is not refused"},
		{"an amount with a comma", "scenario: x\non 2024-01-05 Amal pays 10,000 JOD by mpesa-jo\n", "story.txt:2: not understood"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			told, err := parse("story.txt", test.text)
			for _, l := range told.lines {
				if err == nil {
					_, _, err = understand(l)
				}
			}
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s…", err, test.want)
			}
		})
	}
}

// TestWhatIsNotAsExpectedIsShownSideBySide plays stories that are wrong about the books.
func TestWhatIsNotAsExpectedIsShownSideBySide(t *testing.T) {
	t.Parallel()
	const before = "scenario: x\nscheme basic\ncollector mpesa-jo for basic\nmember Amal\non 2024-01-05 Amal pays 10.000 JOD by mpesa-jo as R1\n"
	tests := []struct{ name, line, want string }{
		{"a balance", "then 2100 of Amal stands at 7.000 JOD", "expected  7.000 JOD\n  got       6.000 JOD"},
		{"a balance of a day before", "then 2100 of Amal stands at 6.000 JOD on 2024-01-04", "expected  6.000 JOD\n  got       0.000 JOD"},
		{"another currency", "then 2100 of Amal stands at 6.00 USD", "expected  6.00 USD\n  got       0.00 USD"},
		{"where it stands", "then R1 is taken back", "expected  taken back\n  got       posted to Amal"},
		{"a refusal that does not come", "mpesa-jo sends R1 again; refused: REFERENCE_REUSED", "expected  refused: REFERENCE_REUSED\n  got       it was done"},
		{"a refusal for another reason", "mpesa-jo sends R1 again, but of 9.000 JOD; refused: AMOUNT_TOO_LARGE", "expected  refused: AMOUNT_TOO_LARGE\n  got       refused: REFERENCE_REUSED"},
		{"a refusal that was not expected", "mpesa-jo sends R1 again, but of 9.000 JOD", "refused: REFERENCE_REUSED"},
		{"somebody unknown", "then 2100 of Bana stands at 6.000 JOD", "story.txt:6: nobody was registered as Bana"},
		{"no day", "Amal pays 1.000 JOD by mpesa-jo", "story.txt:6: say on which day"},
		{"no such scheme", "scheme no-such-thing", "story.txt:6: there is no scheme no-such-thing"},
	}
	s := open(t, "sqlite:"+t.TempDir()+"/books.db")
	for i, test := range tests {
		text := before + test.line
		if i > 0 { // the story has been told so far: only its last line is new
			text = strings.Repeat("\n", strings.Count(before, "\n")) + test.line
			text = "scenario: x" + text
		}
		told, err := parse("story.txt", text)
		if err != nil {
			t.Fatal(err)
		}
		for n, l := range told.lines {
			c, g, err := understand(l)
			if err == nil {
				err = judged(l, c.do(s, g))
			}
			last := n == len(told.lines)-1
			if !last && err != nil {
				t.Fatal(err)
			}
			if last && (err == nil || !strings.HasPrefix(err.Error(), test.want)) {
				t.Errorf("%s\ngot  %v\nwant %s…", test.name, err, test.want)
			}
		}
	}
}

// TestNoTextMakesReadingFallOver: each line of a story that is read, however it was garbled, is understood or told apart.
// It draws its texts and is no fuzz target: to instrument all that stories use takes minutes.
func TestNoTextMakesReadingFallOver(t *testing.T) {
	t.Parallel()
	all := stories(t)
	rapid.Check(t, func(t *rapid.T) {
		told := rapid.SampledFrom(all).Draw(t, "story")
		text := "scenario: " + told.title + "\non 2024-01-05:\n" + rapid.SampledFrom(told.lines).Draw(t, "line").text
		garbled, err := parse("garbled.txt", garble(t, text))
		if err != nil {
			return
		}
		for _, l := range garbled.lines {
			c, g, err := understand(l)
			if err == nil && (c.then != l.then || g.text("text") != "" && strings.Contains(g.text("text"), `"`)) {
				t.Fatalf("%s is understood as %s", l.text, c.form)
			}
		}
	})
}

// garble puts words and signs into a text, or takes some out.
func garble(t *rapid.T, text string) string {
	signs := rapid.OneOf(rapid.SampledFrom([]string{" ", "\n", "\"", ";", ":", "#", "on ", "then ", "refused: X_Y", "2024-13-45", "1 JOD", "\t", "  "}), rapid.StringN(0, 4, -1))
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		to := rapid.IntRange(from, min(len(text), from+8)).Draw(t, "to")
		text = text[:from] + signs.Draw(t, "put in") + text[to:]
	}
	return text
}
