package lint

import (
	"slices"

	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// wholes are the quantities that have no values between whole numbers.
var wholes = map[string]bool{
	"age": true, "age_at_entry": true, "months": true, "instalments": true, "household": true, "months_enrolled": true,
	"years_enrolled": true, "days_in_period": true, "month": true, "months_to_date": true, "period_number": true, "exits": true,
}

// checkTables looks at every table, and at that of vesting.
func (r *reader) checkTables() {
	for _, f := range partsOf[rule.Form](r.scheme) {
		if f.Lookup != nil {
			r.checkTable(f.Lookup, f.Table, f.Else == nil)
		}
	}
	if v := r.scheme.Vesting; v != nil {
		r.checkTable(&v.By, v.Table, false)
	}
}

// checkTable looks at one table; closed says that what fits no row is refused.
func (r *reader) checkTable(by *rule.Value, rows []rule.Row, closed bool) {
	if words := slices.ContainsFunc(rows, func(row rule.Row) bool { return row.Is != "" }); words {
		r.checkWords(by, rows, closed)
		return
	}
	t := &numberTable{reader: r, by: by, whole: wholes[by.Name]}
	for i := range rows {
		if !t.add(&rows[i]) {
			return // a bound depends on the member
		}
	}
	t.check()
}

// checkWords looks at a table of words or categories.
func (r *reader) checkWords(by *rule.Value, rows []rule.Row, closed bool) {
	fact := r.scheme.Facts[by.Name]
	seen := map[string]bool{}
	for i := range rows {
		row := &rows[i]
		switch {
		case row.Is == "":
			closed = false
		case seen[row.Is]:
			r.warn(row.Position, "the row for %s is never reached: an earlier one has it; take one out", row.Is)
		case len(fact.Words) > 0 && !slices.Contains(fact.Words, row.Is):
			r.warn(row.Position, "the row for %s is never reached: %s has the words %s", row.Is, by.Name, few(fact.Words))
		}
		seen[row.Is] = true
	}
	var missing []string
	for _, word := range fact.Words {
		if !seen[word] {
			missing = append(missing, word)
		}
	}
	if closed && len(missing) > 0 {
		r.warn(by.Position, "%s fits no row and is refused; write a row, or else:", few(missing))
	}
}

// interval is what a row of numbers fits; ends that are nil are open.
type interval struct {
	row       *rule.Row
	low, high *exact.Number
	lowOpen   bool
	highOpen  bool
}

func (i interval) fits(x exact.Number) bool {
	if i.low != nil && (x.Less(*i.low) || i.lowOpen && x.Cmp(*i.low) == 0) {
		return false
	}
	return i.high == nil || !(i.high.Less(x) || i.highOpen && x.Cmp(*i.high) == 0)
}

// numberTable is a table whose rows have bounds that are the same for everybody.
type numberTable struct {
	*reader
	by    *rule.Value
	whole bool
	rows  []interval
	ends  []exact.Number
}

// add takes a row; false where a bound of it is not constant.
func (t *numberTable) add(row *rule.Row) bool {
	in := interval{row: row}
	for _, end := range []struct {
		of       *rule.Value
		into     **exact.Number
		open     bool
		intoOpen *bool
	}{
		{row.From, &in.low, false, &in.lowOpen}, {row.Over, &in.low, true, &in.lowOpen},
		{row.UpTo, &in.high, false, &in.highOpen}, {row.Under, &in.high, true, &in.highOpen},
	} {
		if end.of == nil {
			continue
		}
		n, constant := t.scheme.Constant(end.of, lastDay)
		if !constant {
			return false
		}
		*end.into, *end.intoOpen = &n, end.open
		t.ends = append(t.ends, n)
	}
	t.rows = append(t.rows, in)
	return true
}

// check tries every end and a point between any two of them, and one outside on either side.
func (t *numberTable) check() {
	reached := make([]bool, len(t.rows))
	told := map[[2]int]bool{}
	for _, x := range t.points() {
		fits := t.fitting(x)
		if len(fits) > 0 {
			reached[fits[0]] = true
		}
		t.tellOverlap(x, fits, told)
	}
	for i, row := range t.rows {
		if !reached[i] {
			t.warn(row.row.Position, "this row is never reached: earlier ones fit all that it does; take it out, or put it first")
		}
	}
	t.tellGap()
}

func (t *numberTable) fitting(x exact.Number) []int {
	var fits []int
	for i := range t.rows {
		if t.rows[i].fits(x) {
			fits = append(fits, i)
		}
	}
	return fits
}

// tellOverlap tells of two rows that both say from where to where, and both fit.
func (t *numberTable) tellOverlap(x exact.Number, fits []int, told map[[2]int]bool) {
	if len(fits) < 2 {
		return
	}
	a, b := t.rows[fits[0]], t.rows[fits[1]]
	pair := [2]int{fits[0], fits[1]}
	if a.low == nil || b.low == nil || a.high == nil || b.high == nil || told[pair] {
		return
	}
	told[pair] = true
	t.warn(b.row.Position, "%s %s fits this row and an earlier one, which is taken; write over: or under: where they meet", t.by, x)
}

// tellGap tells of the first value between the rows that fits none.
func (t *numberTable) tellGap() {
	inside := false
	for _, x := range t.points() {
		fits := len(t.fitting(x)) > 0
		if !fits && inside && t.fitsAbove(x) {
			t.warn(t.by.Position, "%s %s lies between rows and fits none; let each row begin where the one before ends (over:)", t.by, x)
			return
		}
		inside = inside || fits
	}
}

func (t *numberTable) fitsAbove(x exact.Number) bool {
	return slices.ContainsFunc(t.points(), func(y exact.Number) bool { return x.Less(y) && len(t.fitting(y)) > 0 })
}

// points are the ends, what lies between them, and what lies outside, in order.
func (t *numberTable) points() []exact.Number {
	ends := slices.Clone(t.ends)
	slices.SortFunc(ends, exact.Number.Cmp)
	ends = slices.CompactFunc(ends, func(a, b exact.Number) bool { return a.Cmp(b) == 0 })
	if len(ends) == 0 {
		return []exact.Number{exact.Int(1)}
	}
	one := exact.Int(1)
	points := []exact.Number{ends[0].Minus(one)}
	for i, end := range ends {
		points = append(points, end)
		if i+1 < len(ends) {
			points = append(points, t.between(end, ends[i+1])...)
		}
	}
	return append(points, ends[len(ends)-1].Plus(one))
}

// between is a point between two; where only whole numbers count, the whole ones next to them.
func (t *numberTable) between(a, b exact.Number) []exact.Number {
	if !t.whole {
		return []exact.Number{a.Plus(b).Over(exact.Int(2))}
	}
	next := a.Round(exact.Down, exact.Int(1)).Plus(exact.Int(1))
	if next.Less(b) {
		return []exact.Number{next}
	}
	return nil
}
