package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table prints rows in aligned columns.
type table struct {
	indent string
	heads  []string
	right  []bool
	rows   [][]string
}

// newTable makes a table with these heads; a column whose head begins with ">" is set to the right.
func newTable(indent string, heads ...string) *table {
	t := &table{indent: indent}
	for _, head := range heads {
		name, right := strings.CutPrefix(head, ">")
		t.heads, t.right = append(t.heads, name), append(t.right, right)
	}
	return t
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) {
	widths := make([]int, len(t.heads))
	for _, row := range append([][]string{t.heads}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	t.printRow(w, t.heads, widths)
	for _, row := range t.rows {
		t.printRow(w, row, widths)
	}
}

func (t *table) printRow(w io.Writer, cells []string, widths []int) {
	var line strings.Builder
	for i, cell := range cells {
		gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if t.right[i] {
			line.WriteString(gap + cell + "  ")
		} else {
			line.WriteString(cell + gap + "  ")
		}
	}
	fmt.Fprintln(w, strings.TrimRight(t.indent+line.String(), " "))
}

// grouped writes a plain decimal with commas between thousands: -1250.000 is -1,250.000.
func grouped(plain string) string {
	digits, sign := strings.CutPrefix(plain, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if sign {
		return "-" + whole
	}
	return whole
}

// counted writes a count with commas between thousands.
func counted[N int | int64](n N) string { return grouped(fmt.Sprint(n)) }
