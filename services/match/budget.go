package match

import (
	"context"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// chargeKey is a stage of a budget line.
type chargeKey struct {
	line      ledger.Party
	committed bool
}

// charge is what a page charges to a line: grants less what was taken back, heads, and what is unmet.
type charge struct {
	line      insurance.BudgetLine
	committed bool
	// closed: the line takes no grants any more, so that what is taken back lapses.
	closed bool
	on     ledger.Date
	net    int64
	heads  int64
	unmet  int64
}

// readBudgets reads how the lines stand that something may be charged to, and where budgets are scarce holds what is left
// of them.
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
	d.budgets = d.mayCharge()
	parties := make([]ledger.Party, len(d.budgets))
	for i, line := range d.budgets {
		parties[i] = line.Party()
	}
	if d.lines, err = tx.LineStatuses(ctx, parties...); err != nil || !d.Scarce {
		return err
	}
	return d.hold(ctx, tx)
}

// mayCharge are the lines of the years that what is new, or asked for, belongs to or is booked in, and those of prior
// years.
func (d *desk) mayCharge() []insurance.BudgetLine {
	var all []insurance.BudgetLine
	for _, m := range d.cases.order {
		r := d.rules[m.scheme]
		for _, id := range r.funders() {
			for _, day := range d.days(m) {
				for _, on := range []ledger.Date{day, d.page.Calendar().BookOn(day)} {
					line := insurance.BudgetLine{Funder: id, Scheme: m.scheme, Year: d.funder(id).Calendar.YearOf(on), Currency: r.Currency}
					for _, prior := range []bool{false, true} {
						if line.Prior = prior; !slices.Contains(all, line) {
							all = append(all, line)
						}
					}
				}
			}
		}
	}
	return all
}

// days are those that differences of the member may count from.
func (d *desk) days(m *memberCase) []ledger.Date {
	today := ledger.DateOf(d.page.RecordedAt())
	var days []ledger.Date
	add := func(day ledger.Date) {
		if !slices.Contains(days, day) {
			days = append(days, day)
		}
	}
	for _, c := range m.changes {
		add(c.on)
	}
	add(today)
	for _, a := range m.asked {
		for _, id := range d.rules[m.scheme].subsidies() {
			if p, ok := d.rules[m.scheme].periodOf(id, a.On, d.facts[m.party].Enrolled(m.scheme)); ok {
				add(min(p.End, today))
			}
		}
	}
	return days
}

// funder is the funder of that id; one with calendar years where it is not known.
func (d *desk) funder(id insurance.FunderID) insurance.Funder {
	if f, known := d.funders[id]; known {
		return f
	}
	return insurance.Funder{ID: id}
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
	return ids
}

// hold locks what is left of every line that takes grants today.
func (d *desk) hold(ctx context.Context, tx Tx) error {
	today := ledger.DateOf(d.page.RecordedAt())
	var accounts []ledger.Account
	for _, line := range d.budgets {
		if !d.lines[line.Party()].TakesOn(today) {
			continue
		}
		for _, code := range []ledger.Code{ledger.BudgetReleased, ledger.BudgetCommitted, ledger.BudgetUnmet} {
			accounts = append(accounts, line.Account(code), line.Heads().Account(code))
		}
	}
	balances, err := tx.HoldShared(ctx, accounts...)
	for _, b := range balances {
		d.left[b.Account] = b.Money().Minor
	}
	return err
}

// lineOf is the line that a grant is charged to, and whether it takes any.
func (d *desk) lineOf(m *memberCase, sub *rule.Subsidy, valueOn ledger.Date) (insurance.BudgetLine, bool) {
	currency := d.rules[m.scheme].Currency
	line := insurance.BudgetLine{Funder: insurance.FunderID(sub.Funder), Scheme: m.scheme, Currency: currency}
	if sub.OpenEnded {
		return line, true
	}
	funder := d.funder(line.Funder)
	booked := d.page.Calendar().BookOn(valueOn)
	return insurance.ChargedTo(funder, m.scheme, currency, valueOn, booked, sub.ValueYearOnly, d.lines)
}

func committed(sub *rule.Subsidy) bool { return sub.Timing != rule.Immediate }

// stage is the account that the subsidy's grants are taken from.
func stage(line insurance.BudgetLine, sub *rule.Subsidy) ledger.Account {
	if committed(sub) {
		return line.Account(ledger.BudgetCommitted)
	}
	return line.Account(ledger.BudgetReleased)
}

// share is what of a want the budget gives.
func (d *desk) share(sub *rule.Subsidy, line insurance.BudgetLine, want int64, newcomer bool) int64 {
	if sub.OpenEnded || !d.Scarce {
		return want
	}
	if sub.Heads && newcomer && d.left[stage(line.Heads(), sub)] < 1 {
		return 0
	}
	account := stage(line, sub)
	left := d.left[account]
	if waiting := d.left[line.Account(ledger.BudgetUnmet)]; waiting > 0 && !d.Queued && sub.Exhaustion == rule.Queue {
		left = 0 // others were there before her
	}
	got := sub.Exhaustion.Shares(left, want)[0]
	d.left[account] -= got
	if sub.Heads && newcomer && got > 0 {
		d.left[stage(line.Heads(), sub)]--
	}
	return got
}

// grant books what is due and not granted, as far as the budget goes.
func (d *desk) grant(m *memberCase, sub *rule.Subsidy, j toJudge, held *Held) error {
	on := d.valueOn(j)
	line, takes := d.lineOf(m, sub, on)
	want := held.Due - held.Granted
	newcomer := held.Granted == 0
	got := int64(0)
	if takes {
		got = d.share(sub, line, want, newcomer)
	}
	d.unmet(m, sub, j, held, want-got)
	if got == 0 {
		return nil
	}
	g := d.grantOf(m, sub, j, held, line, got)
	e, err := insurance.Granted(g)
	if err != nil {
		return err
	}
	if err := d.post(e); err != nil {
		return err
	}
	held.Granted += got
	held.Moves++
	c := d.chargeOf(line, sub, e.ValueOn)
	c.net += got
	if newcomer && sub.Heads {
		c.heads++
	}
	return nil
}

func (d *desk) grantOf(m *memberCase, sub *rule.Subsidy, j toJudge, held *Held, line insurance.BudgetLine, minor int64) insurance.Grant {
	return insurance.Grant{
		ID: d.name(m, j, held.Moves), Member: insurance.MemberID(m.party.ID()), Line: line, ValueOn: d.valueOn(j),
		Pots:  []insurance.PotShare{{Account: ledger.Code(sub.Pot), Minor: minor}},
		Basis: insurance.GrantBasis{Subsidy: j.subsidy, Version: held.Version, Period: j.period.Start.String()},
	}
}

func (d *desk) post(entries ...ledger.Entry) error {
	for _, e := range entries {
		if _, taken := d.page.Entry(e.ID); taken {
			return fmt.Errorf("%w: %s", errMoves, e.ID)
		}
	}
	_, err := d.page.Post(entries...)
	return err
}

// takeBack books what is granted and no longer due. What the member has used of it falls on the collector whose
// reversal caused it, or is written off: cover that was given stands (L6, L8).
func (d *desk) takeBack(m *memberCase, sub *rule.Subsidy, j toJudge, held *Held) error {
	line, takes := d.lineOf(m, sub, d.valueOn(j))
	back := held.Granted - held.Due
	g := d.grantOf(m, sub, j, held, line, back)
	e, err := insurance.ClawedBack(g, false)
	if err != nil {
		return err
	}
	entries := []ledger.Entry{e}
	id := ledger.ID(d.Keys.Hash("grant-used", e.ID.String()))
	good, short, err := insurance.MatchShortfall(e, id, d.page.Balances(m.party), j.by)
	if err != nil {
		return err
	}
	if short {
		entries = append(entries, good)
	}
	if err := d.post(entries...); err != nil {
		return err
	}
	held.Granted -= back
	held.Moves++
	d.unmet(m, sub, j, held, 0)
	c := d.chargeOf(line, sub, e.ValueOn)
	c.net -= back
	c.closed = !takes
	return nil
}

// unmet notes what is due and can't be granted, and tells the queue.
func (d *desk) unmet(m *memberCase, sub *rule.Subsidy, j toJudge, held *Held, unmet int64) {
	if sub.Exhaustion == rule.Stop {
		unmet = 0
	}
	if unmet == held.Unmet || sub.OpenEnded {
		return
	}
	line, _ := d.lineOf(m, sub, d.valueOn(j))
	d.chargeOf(line, sub, d.valueOn(j)).unmet += unmet - held.Unmet
	held.Unmet = unmet
	d.waits = append(d.waits, Wait{
		Line: line.Party(), Member: m.party, Scheme: m.scheme, Currency: line.Currency, Subsidy: j.subsidy, Start: j.period.Start,
		Since: d.page.RecordedAt(), Minor: unmet,
	})
}

func (d *desk) chargeOf(line insurance.BudgetLine, sub *rule.Subsidy, on ledger.Date) *charge {
	key := chargeKey{line.Party(), committed(sub)}
	c, ok := d.charges[key]
	if !ok {
		c = &charge{line: line, committed: key.committed}
		d.charges[key] = c
	}
	c.on = max(c.on, on)
	return c
}

// charge posts what the page charges to each line: a budget is drawn once per batch.
func (d *desk) charge() error {
	keys := make([]chargeKey, 0, len(d.charges))
	for key := range d.charges {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b chargeKey) int { return compareKeys(a, b) })
	for _, key := range keys {
		c := d.charges[key]
		if c.line.Year == 0 { // no budget is kept
			continue
		}
		if err := d.chargeLine(c); err != nil {
			return err
		}
	}
	return nil
}

func compareKeys(a, b chargeKey) int {
	if a.line != b.line {
		return slices.Compare([]byte(a.line), []byte(b.line))
	}
	if a.committed == b.committed {
		return 0
	}
	if a.committed {
		return 1
	}
	return -1
}

func (d *desk) chargeLine(c *charge) error {
	moves := []struct {
		what  string
		line  insurance.BudgetLine
		minor int64
		up    func(insurance.Budgeted) (ledger.Entry, error)
		down  func(insurance.Budgeted) (ledger.Entry, error)
	}{
		{"money", c.line, c.net, c.granted, c.clawedBack},
		{"heads", c.line.Heads(), c.heads, c.granted, c.clawedBack},
		{"unmet", c.line, c.unmet, insurance.Unmet, insurance.Met},
	}
	for _, move := range moves {
		if move.minor == 0 {
			continue
		}
		b := insurance.Budgeted{ID: d.chargeID(c, move.what), Line: move.line, Minor: move.minor, On: c.on}
		book := move.up
		if move.minor < 0 {
			b.Minor, book = -move.minor, move.down
		}
		e, err := book(b)
		if err != nil {
			return err
		}
		if err := d.post(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *charge) granted(b insurance.Budgeted) (ledger.Entry, error) {
	return insurance.BudgetGranted(b, c.committed)
}

func (c *charge) clawedBack(b insurance.Budgeted) (ledger.Entry, error) {
	return insurance.BudgetClawedBack(b, c.committed, c.closed)
}

// chargeID names a charge by what it charges: the entries of the page.
func (d *desk) chargeID(c *charge, what string) ledger.ID {
	pending := d.page.Pending()
	return ledger.ID(d.Keys.Hash("charge", what, string(c.line.Party()), fmt.Sprint(c.committed), pending[0].ID.String(), pending[len(pending)-1].ID.String()))
}
