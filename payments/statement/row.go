package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxCell       = 4 << 10 // bytes of a cell that are kept
	maxReference  = 128     // bytes; a receipt is a dozen
	maxUnreadable = 512     // bytes of Line.Unreadable
	maxQuote      = 48      // bytes of a cell that Unreadable shows
)

// row is a record under its header, and what could not be read of it so far.
type row struct {
	record   record
	header   *header
	cells    []string // of the record, those that can be believed
	doubtful bool     // its cells may have slipped out of their columns
	notes    []string
}

// newRow lays a record under its header.
func newRow(rec record, h *header) *row {
	r := &row{record: rec, header: h, cells: trimTo(rec.cells, h.width)}
	switch {
	case len(r.cells) != h.width:
		r.doubt()
	case rec.beyond != "":
		r.say("the line is longer than %d bytes and is cut there", maxLine)
		r.cells = r.cells[:len(r.cells)-1] // nobody knows how much of the last one is missing
	}
	r.limitCells()
	return r
}

// trimTo drops empty cells beyond the header's width.
func trimTo(cells []string, width int) []string {
	if len(cells) <= width {
		return cells
	}
	return cells[:max(width, len(trimEmpty(cells)))]
}

// fingerprint is a reference for a line that has none. It is made of the cells alone, so the line has the same one in
// every export that contains it (S5).
func (r *row) fingerprint() string {
	sum := sha256.Sum256([]byte(strings.Join(r.record.cells, "\x1f") + r.record.beyond))
	return "line-" + hex.EncodeToString(sum[:8])
}

// doubt keeps no cell but the first (S4): with one cell too few, the balance would stand where the amount should. Nor
// the first where it holds a quote and may be several, or where the file ends in it and more may have been to come.
func (r *row) doubt() {
	r.say("the line has %d cells, the header %d, and they cannot be told apart", len(r.cells), r.header.width)
	r.doubtful = true
	first := r.cells[0]
	r.cells = r.cells[:1]
	if strings.Contains(first, `"`) || len(r.record.cells) == 1 && !r.record.whole {
		r.cells = nil
	}
}

// limitCells cuts cells longer than any honest one.
func (r *row) limitCells() {
	for i, cell := range r.cells {
		if len(cell) > maxCell {
			r.say("cell %d is cut, it has %d bytes", i+1, len(cell))
			r.cells = slices.Clone(r.cells)
			r.cells[i] = clip(cell, maxCell)
		}
	}
}

// say notes what could not be read.
func (r *row) say(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// unreadable is all that was noted.
func (r *row) unreadable() string {
	return clip(strings.Join(r.notes, "; "), maxUnreadable)
}

// cell gives the cleaned text under a column name; whole is false where cleaning lost something.
func (r *row) cell(name string) (text string, whole bool) {
	i, ok := r.header.columns[name]
	if !ok || i >= len(r.cells) {
		return "", true
	}
	return clean(r.cells[i])
}

// text gives the cell where a lost character does no harm: names, words.
func (r *row) text(name string) string {
	text, _ := r.cell(name)
	return text
}

// show quotes the cell as it stands, for a note.
func (r *row) show(name string) string {
	return strconv.Quote(clip(r.cells[r.header.columns[name]], maxQuote))
}

// reference gives the receipt number, or the fingerprint where there is none.
func (r *row) reference() string {
	name := r.header.layout.required[0]
	text, whole := r.cell(name)
	switch {
	case text == "":
		r.say("no %s, so %s stands for it", name, r.fingerprint())
		return r.fingerprint()
	case len(text) > maxReference:
		r.say("%s too long, so %s stands for it: %s", name, r.fingerprint(), r.show(name))
		return r.fingerprint()
	case !whole:
		r.say("%s has characters that are no text: %s", name, r.show(name))
	}
	return text
}

// original gives the receipt that a reversal takes back.
func (r *row) original(name string) string {
	text, whole := r.cell(name)
	switch {
	case text == "":
		r.say("a reversal without %s", name)
	case len(text) > maxReference:
		r.say("%s too long: %s", name, r.show(name))
		return ""
	case !whole:
		r.say("%s has characters that are no text: %s", name, r.show(name))
	}
	return text
}

// decimal is an amount with or without thousands separators, of a size that minor units in an int64 can hold.
var decimal = regexp.MustCompile(`^(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,6})?$`)

// amount gives the plain decimal in a cell. There is true where the cell says anything but nothing: empty, a dash and
// zero are nothing. Sign is what may stand before the digits.
func (r *row) amount(name, sign string) (plain string, there bool) {
	text, whole := r.cell(name)
	if whole && (text == "" || text == "-") {
		return "", false
	}
	digits := strings.TrimPrefix(text, sign)
	if !whole || !decimal.MatchString(digits) {
		r.say("%s not readable: %s", name, r.show(name))
		return "", true
	}
	plain = unpadded(strings.ReplaceAll(digits, ",", ""))
	if strings.Trim(plain, "0.") == "" {
		return "", false
	}
	return plain, true
}

// unpadded drops zeros before the first digit that counts.
func unpadded(digits string) string {
	trimmed := strings.TrimLeft(digits, "0")
	if trimmed == "" || trimmed[0] == '.' {
		return "0" + trimmed
	}
	return trimmed
}

// time reads a cell by the first layout that fits. A year outside this century is a slip of the pen, and a value date
// so far off would be worse than none.
func (r *row) time(name string, layouts []string, in *time.Location) time.Time {
	text, whole := r.cell(name)
	for _, layout := range layouts {
		t, err := time.ParseInLocation(layout, text, in)
		if err == nil && whole && t.Year() >= 2000 && t.Year() < 2100 {
			return t.In(in)
		}
	}
	if text == "" {
		r.say("no %s", name)
		return time.Time{}
	}
	r.say("%s not readable: %s", name, r.show(name))
	return time.Time{}
}

// doubtfulLine is all that is believed of a line whose cells cannot be told apart: that it is there. It is called a
// contribution because that is what somebody must look at (L5).
func doubtfulLine(r *row, o Options) Line {
	return Line{Kind: KindContribution, Reference: r.reference(), Currency: o.Currency}
}
