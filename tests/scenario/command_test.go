package scenario

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
)

// command is a sentence that stories may use.
type command struct {
	// form is how it is written: words as they stand, <kind> or <kind:name> for what varies, [ … ] around what may be left
	// out.
	form string
	// says is what it does, for the reference.
	says string
	// then says that it is something expected, written after "then".
	then bool
	do   func(*stage, given) error

	pattern *regexp.Regexp
}

// kinds are what may stand in a form.
var kinds = map[string]*regexp.Regexp{
	"member":  regexp.MustCompile(`^[A-Z][\p{L}'-]*$`),
	"person":  regexp.MustCompile(`^[A-Z][\p{L}'-]*$`),
	"money":   regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)? [A-Z]{3}$`),
	"day":     regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`),
	"month":   regexp.MustCompile(`^[0-9]{4}-[0-9]{2}$`),
	"year":    regexp.MustCompile(`^[0-9]{4}$`),
	"number":  regexp.MustCompile(`^[0-9]+$`),
	"reason":  regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`),
	"chart":   regexp.MustCompile(`^[1-9][0-9]{3}$`),
	"party":   regexp.MustCompile(`^([a-z]+:[a-z0-9][a-z0-9._-]*|[A-Z][\p{L}'-]*)$`),
	"word":    regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+-]*$`),
	"decimal": regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?%?$`),
	"text":    regexp.MustCompile(`^"[^"]*"$`),
}

var dayText = kinds["day"]

var placeholder = regexp.MustCompile(`<([a-z]+)(?::([a-z]+))?>`)

// compile makes the pattern of the form.
func (c *command) compile() error {
	var b strings.Builder
	b.WriteString("^")
	rest := c.form
	for rest != "" {
		at := placeholder.FindStringSubmatchIndex(rest)
		if at == nil {
			b.WriteString(literal(rest))
			break
		}
		b.WriteString(literal(rest[:at[0]]))
		kind := rest[at[2]:at[3]]
		name := kind
		if at[4] >= 0 {
			name = rest[at[4]:at[5]]
		}
		known, ok := kinds[kind]
		if !ok {
			return fmt.Errorf("%s: no kind %s", c.form, kind)
		}
		fmt.Fprintf(&b, "(?P<%s>%s)", name, strings.Trim(known.String(), "^$"))
		rest = rest[at[1]:]
	}
	b.WriteString("$")
	var err error
	c.pattern, err = regexp.Compile(b.String())
	return err
}

// literal is text of a form: words as they are, and brackets around what may be left out.
func literal(text string) string {
	quoted := regexp.QuoteMeta(text)
	quoted = strings.ReplaceAll(quoted, `\[`, "(?:")
	return strings.ReplaceAll(quoted, `\]`, ")?")
}

// given is what a line says, by the names of its form.
type given struct {
	words map[string]string
	line
}

func (g given) of(name string) string { return g.words[name] }

// text is what stands between quotation marks.
func (g given) text(name string) string { return strings.Trim(g.words[name], `"`) }

// has says whether that was said.
func (g given) has(name string) bool { return g.words[name] != "" }

// when is the day of that name, or else the day of the line; today's where none was named.
func (g given) when(name string) (ledger.Date, error) {
	text := g.words[name]
	if text == "" {
		text = g.day
	}
	if text == "" {
		return 0, g.wrong("say on which day: begin the line, or a heading above it, with: on 2024-03-01")
	}
	on, err := ledger.ParseDate(text)
	if err != nil {
		return 0, g.wrong("there is no day %s", text)
	}
	return on, nil
}

// understand finds the command that a line is, and what it says.
func understand(l line) (*command, given, error) {
	for i := range commands {
		c := &commands[i]
		if c.then != l.then {
			continue
		}
		found := c.pattern.FindStringSubmatch(l.text)
		if found == nil {
			continue
		}
		g := given{words: map[string]string{}, line: l}
		for j, name := range c.pattern.SubexpNames() {
			if name != "" && g.words[name] == "" {
				g.words[name] = found[j]
			}
		}
		return c, g, nil
	}
	return nil, given{}, l.wrong("not understood: %s\n  nearest: %s", l.text, nearest(l))
}

var optional = regexp.MustCompile(`\[[^\]]*\]`)

// nearest is the form that shares most words with the line, and lacks fewest.
func nearest(l line) string {
	words := strings.Fields(l.text)
	best, most := "see README.md", -1<<30
	for _, c := range commands {
		if c.then != l.then {
			continue
		}
		score := 0
		for _, word := range strings.Fields(placeholder.ReplaceAllString(optional.ReplaceAllString(c.form, ""), "")) {
			if score--; slices.Contains(words, word) {
				score += 3
			}
		}
		if score > most {
			best, most = c.written(), score
		}
	}
	return best
}

// written is the form as it stands in a story.
func (c command) written() string {
	if c.then {
		return "then " + c.form
	}
	return c.form
}

// mismatch is something that is not as the story expects it.
type mismatch struct{ want, got string }

func (m mismatch) Error() string { return fmt.Sprintf("expected  %s\n  got       %s", m.want, m.got) }

// expect compares two texts.
func expect(want, got string) error {
	if want == got {
		return nil
	}
	return mismatch{want, got}
}
