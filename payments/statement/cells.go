package statement

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cut is a line of text cut into cells.
type cut struct {
	cells  []string // as written, without the quotes around them
	strict bool     // every quote stands where CSV wants it
	open   bool     // a quote was opened that this text does not close
}

// blank is true where no cell says anything.
func (c cut) blank() bool {
	for _, cell := range c.cells {
		if text, _ := clean(cell); text != "" {
			return false
		}
	}
	return true
}

// split cuts a text at its commas. A cell is quoted only if its closing quote is followed by a comma or the end;
// any other quote is a character like the rest, so that a stray one costs no more than itself.
func split(text string) cut {
	c := cut{strict: true}
	for {
		cell, rest, more := c.first(text)
		c.cells = append(c.cells, cell)
		if !more {
			return c
		}
		text = rest
	}
}

// first takes the first cell off the text; more is true where a comma followed it.
func (c *cut) first(text string) (cell, rest string, more bool) {
	if start := strings.TrimLeft(text, " "); strings.HasPrefix(start, `"`) {
		cell, after, closed := quoted(start[1:])
		after = strings.TrimLeft(after, " ")
		if closed && (after == "" || after[0] == ',') {
			return cell, strings.TrimPrefix(after, ","), after != ""
		}
		c.open = c.open || !closed
		c.strict = false
	}
	cell, rest, more = strings.Cut(text, ",")
	c.strict = c.strict && !strings.Contains(cell, `"`)
	return cell, rest, more
}

// quoted reads up to the closing quote; two quotes in a row are one quote of the cell.
func quoted(text string) (cell, after string, closed bool) {
	for i := 0; i < len(text); i++ {
		if text[i] != '"' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '"' {
			i++
			continue
		}
		return strings.ReplaceAll(text[:i], `""`, `"`), text[i+1:], true
	}
	return "", "", false
}

// trimEmpty drops empty cells from the end.
func trimEmpty(cells []string) []string {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// clean makes a cell fit to show and store: bytes that are no text become U+FFFD, control characters go, every sort
// of blank becomes a space. Whole is false where something was lost. The invisible marks that turn the direction of
// Arabic text are no loss.
func clean(cell string) (text string, whole bool) {
	if printable(cell) {
		return strings.TrimSpace(cell), true
	}
	cell = strings.ToValidUTF8(cell, string(utf8.RuneError))
	whole = !strings.ContainsRune(cell, utf8.RuneError)
	text = strings.Map(func(r rune) rune {
		whole = whole && !unicode.IsControl(r)
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
			return -1
		}
		return r
	}, strings.TrimSpace(cell))
	return strings.TrimSpace(text), whole
}

// printable is true for plain ASCII without control characters, which is nearly every cell.
func printable(cell string) bool {
	for i := range len(cell) {
		if cell[i] < ' ' || cell[i] > '~' {
			return false
		}
	}
	return true
}

// clip shortens a text to at most n bytes and never in the middle of a character.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for end := n; end > n-utf8.UTFMax && end > 0; end-- {
		if utf8.RuneStart(text[end]) {
			return text[:end]
		}
	}
	return text[:n] // no character to spare: these bytes are no text
}
