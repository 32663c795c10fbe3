package match

import (
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// readBudgets reads how the lines stand that something may be charged to, and where budgets are scarce holds what is
// left of them.
func (d *desk) readBudgets(ctx context.Context, tx Tx) (err error) {
	var ids []insurance.FunderID
	for _, r := range d.rules {
		ids = append(ids, r.funders()...)
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	if d.funders, err = tx.Funders(ctx, slices.Compact(ids)...); err != nil {
		return err
	}
	lines := d.mayCharge()
	parties := make([]ledger.Party, len(lines))
	for i, line := range lines {
		parties[i] = line.Party()
	}
	if d.lines, err = tx.LineStatuses(ctx, parties...); err != nil || !d.Scarce {
		return err
	}
	return d.hold(ctx, tx, lines)
}

// funders are those of all subsidies that a budget is kept for.
func (r Rules) funders() []insurance.FunderID {
	var ids []insurance.FunderID
	for _, v := range r.versions {
		for i := range v.scheme.Subsidies {
			if sub := &v.scheme.Subsidies[i]; !sub.OpenEnded {
				ids = append(ids, insurance.FunderID(sub.Funder))
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// heads says whether any subsidy counts beneficiaries.
func (r Rules) heads() bool {
	counts := func(s rule.Subsidy) bool { return s.Heads }
	return slices.ContainsFunc(r.versions, func(v version) bool { return slices.ContainsFunc(v.scheme.Subsidies, counts) })
}

// days are from the first day that anything to be judged of the scheme may count from through the last.
func (d *desk) days(scheme ledger.SchemeCode) (from, through ledger.Date) {
	from, through = d.today(), d.today()
	see := func(day ledger.Date) { from, through = min(from, day), max(through, day) }
	for _, c := range d.cases {
		if c.scheme != scheme {
			continue
		}
		for _, ch := range c.changes {
			see(ch.on)
		}
		for _, a := range c.asked {
			see(a.On)
		}
		if p := c.position(scheme); c.fresh && p != nil && len(p.Months) > 0 {
			see(p.Months[0].Period.FirstDay())
		}
	}
	return from, max(through, d.page.Calendar().BookOn(through))
}

// lineSet are budget lines, each once.
type lineSet struct {
	all   []insurance.BudgetLine
	known map[insurance.BudgetLine]bool
}

func (s *lineSet) add(line insurance.BudgetLine) {
	if line.Year == 0 || s.known[line] {
		return
	}
	s.known[line] = true
	s.all = append(s.all, line)
}

// mayCharge are the lines of the years that grants may belong to or be booked in, those of prior years, and those that
// something was granted out of.
func (d *desk) mayCharge() []insurance.BudgetLine {
	lines := lineSet{known: map[insurance.BudgetLine]bool{}}
	for code, r := range d.rules {
		from, through := d.days(code)
		for _, id := range r.funders() {
			calendar := d.funder(id).Calendar
			for year := calendar.YearOf(from); year <= calendar.YearOf(through); year++ {
				line := d.line(code, Line{Funder: id, Year: year})
				lines.add(line)
				line.Prior = true
				lines.add(line)
			}
		}
	}
	for _, m := range d.members {
		for i := range m.positions {
			for _, h := range m.positions[i].Held {
				for _, g := range h.Grants {
					lines.add(d.line(m.positions[i].Scheme, g.Line))
				}
			}
		}
	}
	return lines.all
}

// line is a line of the scheme's budget.
func (d *desk) line(scheme ledger.SchemeCode, l Line) insurance.BudgetLine {
	return insurance.BudgetLine{Funder: l.Funder, Scheme: scheme, Year: l.Year, Prior: l.Prior, Currency: d.rules[scheme].Currency}
}

// funder is the funder of that id; one with calendar years where it is not known.
func (d *desk) funder(id insurance.FunderID) insurance.Funder {
	if f, known := d.funders[id]; known {
		return f
	}
	return insurance.Funder{ID: id}
}

// hold locks what is left of every line that takes grants today, and what is unmet on it: nobody who is left without can
// be passed.
func (d *desk) hold(ctx context.Context, tx Tx, lines []insurance.BudgetLine) error {
	var accounts []ledger.Account
	for _, line := range lines {
		if !d.lines[line.Party()].TakesOn(d.today()) {
			continue
		}
		accounts = append(accounts, line.Account(ledger.BudgetReleased), line.Account(ledger.BudgetCommitted), line.Account(ledger.BudgetUnmet))
		if d.rules[line.Scheme].heads() {
			accounts = append(accounts, line.Heads().Account(ledger.BudgetReleased), line.Heads().Account(ledger.BudgetCommitted))
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	balances, err := tx.HoldShared(ctx, accounts...)
	for _, b := range balances {
		d.left[b.Account] = b.Money().Minor
	}
	return err
}

// lineOf is the line that a grant of that value date is charged to, and whether it takes any. A line takes grants on the
// day on which they are booked, or today where the books of that day are still open.
func (b *booking) lineOf(valueOn ledger.Date) (insurance.BudgetLine, bool) {
	id := insurance.FunderID(b.sub.Funder)
	if b.sub.OpenEnded {
		return b.line(b.c.scheme, Line{Funder: id}), true
	}
	taken := max(b.page.Calendar().BookOn(valueOn), b.today())
	currency := b.rules[b.c.scheme].Currency
	return insurance.ChargedTo(b.funder(id), b.c.scheme, currency, valueOn, taken, b.sub.ValueYearOnly, b.lines)
}

// stage is the account of a line that the subsidy's grants are taken from.
func stage(line insurance.BudgetLine, committed bool) ledger.Account {
	if committed {
		return line.Account(ledger.BudgetCommitted)
	}
	return line.Account(ledger.BudgetReleased)
}

// committed says whether the subsidy's grants are promised before they are granted.
func committed(sub *rule.Subsidy) bool { return sub.Timing != rule.Immediate }

// share is what of a want the budget gives.
func (b *booking) share(line insurance.BudgetLine, want int64) int64 {
	if b.sub.OpenEnded || !b.Scarce {
		return want
	}
	left := b.left[stage(line, committed(b.sub))]
	switch {
	case b.sub.Heads && b.newcomer() && b.left[stage(line.Heads(), committed(b.sub))] < 1:
		left = 0
	case b.Part != nil && b.j.asked:
		return min(b.Part.of(want), max(0, left))
	case b.mustWait(line):
		left = 0
	}
	return b.sub.Exhaustion.Shares(left, want)[0]
}

// mustWait says whether others were there before her.
func (b *booking) mustWait(line insurance.BudgetLine) bool {
	if b.sub.Exhaustion == rule.Stop {
		return false
	}
	if b.Queued { // those before her are asked for before her
		return b.passed[line]
	}
	others := b.left[line.Account(ledger.BudgetUnmet)]
	if b.held.UnmetOn == (Line{line.Funder, line.Year, line.Prior}) {
		others -= b.held.Unmet
	}
	return others > 0
}
