// Package scenario tells stories of an institution in plain text, and sees that its books say what the story says: who
// pays what when, what happens, what is due. The files are for accountants and clerks to read and to write; README.md
// in this folder is the reference of what may stand in them.
package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// story is a scenario as it stands in its file.
type story struct {
	file  string
	title string
	lines []line
}

// line is one sentence of a story.
type line struct {
	file string
	at   int
	// day is the one that was named last; empty where none was named yet.
	day string
	// text is what happens, or after "then" what is expected.
	text string
	then bool
	// refused is the reason for which it must be refused; empty where it must not be.
	refused string
}

func (l line) String() string { return fmt.Sprintf("%s:%d", l.file, l.at) }

// wrong says what is wrong with a line of the story.
func (l line) wrong(text string, args ...any) error {
	return fmt.Errorf("%s: %s", l, fmt.Sprintf(text, args...))
}

const refusedMark = "; refused: "

// read reads the story of a file.
func read(file string) (story, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return story{}, err
	}
	return parse(filepath.Base(file), string(text))
}

// parse reads a story. Its first line is its title; lines that begin with # are for the reader; "on DAY" before a
// line, or alone before a colon, dates what follows until another day is named.
func parse(file, text string) (story, error) {
	s := story{file: file}
	day := ""
	for i, raw := range strings.Split(text, "\n") {
		l := line{file: file, at: i + 1, day: day, text: strings.Join(strings.Fields(raw), " ")}
		switch {
		case strings.ContainsRune(raw, '\t'):
			return s, l.wrong("write spaces instead of tabs")
		case l.text == "" || strings.HasPrefix(l.text, "#"):
			continue
		case s.title == "":
			title, ok := strings.CutPrefix(l.text, "scenario: ")
			if !ok {
				return s, l.wrong("a story begins with its title: scenario: what it tells")
			}
			s.title = title
			continue
		}
		heading, err := l.date()
		if err != nil {
			return s, err
		}
		if day = l.day; heading {
			continue
		}
		if err := l.split(); err != nil {
			return s, err
		}
		s.lines = append(s.lines, l)
	}
	if len(s.lines) == 0 {
		return s, fmt.Errorf("%s: nothing happens in this story", file)
	}
	return s, nil
}

// date takes the day off the line; true for a heading, which is nothing but a day.
func (l *line) date() (heading bool, err error) {
	rest, ok := strings.CutPrefix(l.text, "on ")
	if !ok {
		return false, nil
	}
	day, rest, _ := strings.Cut(rest, " ")
	day, heading = strings.CutSuffix(day, ":")
	if !dayText.MatchString(day) {
		return false, l.wrong("%q is not a day such as 2024-03-01", day)
	}
	if heading && rest != "" {
		return false, l.wrong("nothing else stands on the line of a heading")
	}
	l.day, l.text = day, rest
	return heading, nil
}

// split takes what must be refused and what is expected off the line.
func (l *line) split() error {
	l.text, l.refused, _ = strings.Cut(l.text, refusedMark)
	l.text, l.then = strings.CutPrefix(l.text, "then ")
	switch {
	case l.refused != "" && !kinds["reason"].MatchString(l.refused):
		return l.wrong("%q is not a reason such as MEMBER_UNKNOWN", l.refused)
	case l.refused != "" && l.then:
		return l.wrong("what is expected is not refused: say it without %q", strings.TrimSpace(refusedMark))
	case l.text == "":
		return l.wrong("something must be said after the day")
	}
	return nil
}
