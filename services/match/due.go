package match

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// mostDue is what is believed to be due to one member for one period, in minor units: as much as a single payment may
// be. One absurd rule may not fill an account to the edge of int64 and so close it to everybody else.
const mostDue = 100_000_000_000_000

var (
	// errAbsurd: a rule makes more due than anybody believes.
	errAbsurd = errors.New("the rule makes more due than is believed")
	// errMoves: the note and the books disagree on how often a grant has moved.
	errMoves = errors.New("a grant has moved more often than the member's note says; run verify")
)

// judgement is a subsidy's period that must be judged, and why: the day that the difference counts from, zero for the end
// of the period, and the collector whose reversal brought it about.
type judgement struct {
	subsidy string
	period  rule.Period
	on      ledger.Date
	by      insurance.CollectorID
	// asked says that the period itself is asked for.
	asked bool
	// gone says that there is no such period any more, so that nothing is due for it.
	gone bool
}

// agenda is what must be judged of one member.
type agenda struct {
	rules    Rules
	position *Position
	enrolled ledger.Date
	today    ledger.Date
	all      []judgement
}

// periods are those that what is new lies in or that are asked for, and those after them, whose limits depend on them;
// of a position made anew all. They are in order of the subsidies and of time.
func (d *desk) periods(c *memberCase, position *Position) []judgement {
	a := agenda{rules: d.rules[c.scheme], position: position, enrolled: c.facts.Enrolled(c.scheme), today: d.today()}
	for order := range a.rules.spans {
		id := a.rules.spans[order].subsidy
		from := len(a.all)
		for _, ch := range c.changes {
			a.change(id, ch)
		}
		for _, asked := range c.asked {
			a.ask(id, asked)
		}
		if c.fresh {
			a.past(id)
		}
		if len(a.all) > from && a.rules.moves(id) {
			a.moved(id)
		}
		slices.SortStableFunc(a.all[from:], func(x, y judgement) int { return cmp.Compare(x.period.Start, y.period.Start) })
	}
	return a.all
}

// change adds the period in which a contribution has come or gone, those to which something of it may be carried, and
// those after it.
func (a *agenda) change(id string, ch change) {
	p, ok := a.rules.periodOf(id, ch.on, a.enrolled)
	if !ok {
		return
	}
	a.add(judgement{subsidy: id, period: p, on: ch.on, by: ch.by})
	a.carried(id, p, ch.by)
	a.later(id, p.End, ch.by)
}

// ask adds the period that the day asked for lies in, and those after it; or all of them.
func (a *agenda) ask(id string, asked Asked) {
	if asked.Subsidy == "" {
		a.past(id)
	}
	if asked.Subsidy != id {
		return
	}
	if p, ok := a.rules.periodOf(id, asked.On, a.enrolled); ok {
		a.add(judgement{subsidy: id, period: p, asked: true})
		a.later(id, p.End, "")
	}
}

// carried adds the periods that have begun and that something may be carried to.
func (a *agenda) carried(id string, p rule.Period, by insurance.CollectorID) {
	for range a.rules.latest(id).Carries {
		next, ok := a.rules.periodOf(id, p.End.AddDays(1), a.enrolled)
		if !ok || next.Start > a.today {
			return
		}
		a.add(judgement{subsidy: id, period: next, on: next.Start, by: by})
		p = next
	}
}

// later adds the periods that begin after the day.
func (a *agenda) later(id string, day ledger.Date, by insurance.CollectorID) {
	for _, p := range a.position.after(a.rules, id, day, a.enrolled) {
		a.add(judgement{subsidy: id, period: p, on: p.Start, by: by})
		a.carried(id, p, by)
	}
}

// past adds all periods in which anything stands.
func (a *agenda) past(id string) {
	for _, p := range a.position.after(a.rules, id, 0, a.enrolled) {
		a.add(judgement{subsidy: id, period: p})
		a.carried(id, p, "")
	}
}

// moved adds all that is held of a subsidy whose periods may have become others: a version divides time otherwise, or the
// day of enrolment is known better. For a period that there is no more nothing is due.
func (a *agenda) moved(id string) {
	for i := range a.position.Held {
		h := &a.position.Held[i]
		if h.Subsidy != id {
			continue
		}
		p, ok := a.rules.periodOf(id, h.Start, a.enrolled)
		if !ok || p.Start != h.Start {
			a.add(judgement{subsidy: id, period: rule.Period{Start: h.Start, End: h.Start}, gone: true})
			continue
		}
		a.add(judgement{subsidy: id, period: p})
	}
}

// add adds a judgement, or the later of two days to one of the same period.
func (a *agenda) add(j judgement) {
	same := func(known judgement) bool { return known.subsidy == j.subsidy && known.period.Start == j.period.Start }
	i := slices.IndexFunc(a.all, same)
	if i < 0 {
		a.all = append(a.all, j)
		return
	}
	known := &a.all[i]
	known.on, known.by, known.asked = max(known.on, j.on), cmp.Or(known.by, j.by), known.asked || j.asked
}

// judge says what is due for the period and books the difference.
func (d *desk) judge(c *memberCase, position *Position, j judgement) error {
	due, version, err := d.due(c, position, j)
	if err != nil {
		return err
	}
	if _, known := position.find(j.subsidy, j.period.Start); due == 0 && !known {
		return nil
	}
	grantable, err := d.grantable(c, position, j, due)
	if err != nil {
		return err
	}
	held := position.held(j.subsidy, j.period.Start)
	held.Due, held.Version = due, version
	b := booking{d, c, d.rules[c.scheme].latest(j.subsidy), j, held}
	if d.Counting {
		b.count(grantable - held.Granted())
		return nil
	}
	b.lessUnmet()
	switch granted := held.Granted(); {
	case due < granted && c.objects:
		return nil // it is taken back once the case is closed, if it is still not due then
	case due < granted:
		return b.takeBack(granted - due)
	case grantable > granted && b.now():
		return b.grant(grantable - granted)
	}
	return nil
}

// due is what is due for the period, with the number of the version that says so.
func (d *desk) due(c *memberCase, position *Position, j judgement) (due int64, by int, err error) {
	r := d.rules[c.scheme]
	if j.gone {
		return 0, r.versions[len(r.versions)-1].number, nil
	}
	return r.due(j.subsidy, j.period, d.look(c, position, j))
}

// look is what the rules look at to judge a period.
func (d *desk) look(c *memberCase, position *Position, j judgement) looked {
	return looked{
		scheme: c.scheme, facts: c.facts, before: position.before(j.subsidy, j.period.Start), granted: position.granted(j.subsidy, j.period.Start),
		contributions: func(sub *rule.Subsidy) []rule.Contribution { return d.contributions(c, position, sub) },
	}
}

// looked is what rules look at: the facts, what was given as the subsidy reads it, and what was due of the subsidy for
// the periods before; and what is granted for this one. Refused, where there is one, is told every refusal.
type looked struct {
	scheme          ledger.SchemeCode
	facts           insurance.Facts
	contributions   func(*rule.Subsidy) []rule.Contribution
	before, granted int64
	refused         func(rule.Refusal)
}

// due is what the version in force makes due for the period, or one before it whose judgement stands, with the number of
// that version. Where one before it fails nobody can tell what of its grants stands, so that they all do.
func (r Rules) due(subsidy string, p rule.Period, at looked) (due int64, by int, err error) {
	by, due = r.versions[len(r.versions)-1].number, -1
	for v := range r.judging(subsidy, p) {
		made, err := at.by(v.scheme, subsidy, p)
		if err != nil && due < 0 {
			return 0, v.number, fmt.Errorf("version %d: %w", v.number, err)
		}
		if err != nil {
			made = at.granted
		}
		if made > due {
			due, by = made, v.number
		}
	}
	if due > mostDue {
		return 0, by, fmt.Errorf("version %d: %w", by, errAbsurd)
	}
	return max(0, due), by, nil
}

// by is what one version makes due; nothing where it does not have the subsidy. Facts that better evidence has replaced
// count too (doubt counts for the member).
func (at looked) by(scheme *rule.Scheme, subsidy string, p rule.Period) (most int64, err error) {
	sub := scheme.Subsidy(subsidy)
	if sub == nil {
		return 0, nil
	}
	contributions := at.contributions(sub)
	for _, known := range at.facts.Variants(p.Start) {
		in := rule.Input{Facts: known, Enrolled: known.Enrolled(at.scheme), Contributions: contributions, Before: map[string]int64{subsidy: at.before}}
		dues, err := sub.DueIn(in, p)
		if err != nil {
			return 0, err
		}
		if refusal := dues[0].Refusal; refusal != nil && at.refused != nil {
			at.refused(*refusal)
		}
		kept, err := scheme.Kept(in, dues[0].Minor)
		if err != nil {
			return 0, err
		}
		most = max(most, kept)
	}
	return most, nil
}

// contributions are what the subsidy's rule reads: the folds, or every contribution that has come by now.
func (d *desk) contributions(c *memberCase, position *Position, sub *rule.Subsidy) []rule.Contribution {
	if sub.Reads != rule.ByContribution {
		return position.contributions()
	}
	pending := d.page.Pending()
	if d.Scarce && len(c.changes) > 0 {
		pending = pending[:c.changes[len(c.changes)-1].through]
	}
	all := slices.Clone(c.entries)
	for _, e := range pending {
		if e.Party == c.party {
			all = append(all, e)
		}
	}
	return contributionsOf(c.scheme, all)
}

func (d *desk) today() ledger.Date { return ledger.DateOf(d.page.RecordedAt()) }

// valueOn is the day from which a difference counts: that of what brought it about, or the end of the period as far as
// that has come.
func (d *desk) valueOn(j judgement) ledger.Date {
	if j.on != 0 {
		return j.on
	}
	return min(j.period.End, d.today())
}

// name is the id of the entry that moves a grant on: there is one at most.
func (d *desk) name(c *memberCase, held *Held) ledger.ID {
	return ledger.ID(d.Keys.Hash("grant", string(c.party), string(c.scheme), held.Subsidy, held.Start.String(), strconv.Itoa(held.Moves)))
}
