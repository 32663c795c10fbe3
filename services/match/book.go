package match

import (
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// booking books the difference between what a member is due of a subsidy for a period and what the books hold.
type booking struct {
	*desk
	c    *memberCase
	sub  *rule.Subsidy
	j    judgement
	held *Held
}

// newcomer says that she has nothing of the subsidy in the period yet.
func (b *booking) newcomer() bool { return b.held.Granted() == 0 }

// now says whether what is due is granted now.
func (b *booking) now() bool {
	switch {
	case b.sub.Timing == rule.Notional && !b.sub.Redeemed(b.c.facts, b.today()):
		return false
	case b.sub.Timing == rule.InArrears && b.j.period.End >= b.today():
		return false
	case b.sub.Exhaustion == rule.ProRataShare && !b.sub.OpenEnded:
		return b.Queued || b.Part != nil && b.j.asked
	}
	return b.All || b.sub.Timing == rule.Immediate
}

// count adds what is wanted of a period that is asked for.
func (b *booking) count(want int64) {
	if want <= 0 || !b.j.asked {
		return
	}
	if b.settled.Wanted == nil {
		b.settled.Wanted = map[ledger.Account]int64{}
	}
	line, _ := b.lineOf(b.valueOn(b.j))
	b.settled.Wanted[stage(line, committed(b.sub))] += want
}

// grant books what is due and not granted, as far as the budget goes, and what is unmet.
func (b *booking) grant(want int64) error {
	line, takes := b.lineOf(b.valueOn(b.j))
	got := int64(0)
	if takes {
		got = b.share(line, want)
	}
	if got > 0 {
		if err := b.give(line, got); err != nil {
			return err
		}
	}
	if got < want && b.sub.Exhaustion != rule.Stop {
		b.passed[line], b.settled.Short = true, true
		b.unmet(line, want-got)
		return nil
	}
	b.unmet(line, 0)
	return nil
}

// give books a grant and charges it to the line.
func (b *booking) give(line insurance.BudgetLine, minor int64) error {
	e, err := insurance.Granted(b.moving(line, ledger.Code(b.sub.Pot), minor))
	if err != nil {
		return err
	}
	if err := b.post(e); err != nil {
		return err
	}
	first := b.newcomer()
	given := b.held.given(Line{line.Funder, line.Year, line.Prior}, ledger.Code(b.sub.Pot))
	given.Minor += minor
	b.held.Moves++
	c := b.charged(line, e.ID.String, e.ValueOn)
	c.granted += minor
	b.draw(stage(line, c.committed), minor)
	if first && b.sub.Heads {
		given.Head = true
		c.headsIn++
		b.draw(stage(line.Heads(), c.committed), 1)
	}
	return nil
}

// draw takes an amount off what is left.
func (b *booking) draw(account ledger.Account, minor int64) {
	if b.Scarce {
		b.left[account] -= minor
	}
}

// takeBack books what is granted and no longer due, out of what was granted last. What the member has used of it falls
// on the collector whose reversal caused it, or is written off: cover that was given stands (L6, L8).
func (b *booking) takeBack(back int64) error {
	for i := len(b.held.Grants) - 1; i >= 0 && back > 0; i-- {
		part := min(back, b.held.Grants[i].Minor)
		if part <= 0 {
			continue
		}
		if err := b.takeFrom(&b.held.Grants[i], part); err != nil {
			return err
		}
		back -= part
	}
	return nil
}

// takeFrom takes back a part of what was granted out of one line, which gets it back: to be granted again where it takes
// grants, else to the authority.
func (b *booking) takeFrom(g *Granted, minor int64) error {
	line := b.line(b.c.scheme, g.Line)
	e, err := insurance.ClawedBack(b.moving(line, g.Pot, minor), false)
	if err != nil {
		return err
	}
	entries := []ledger.Entry{e}
	used := ledger.ID(b.Keys.Hash("grant-used", e.ID.String()))
	good, short, err := insurance.MatchShortfall(e, used, b.page.Balances(b.c.party), b.j.by)
	if err != nil {
		return err
	}
	if short {
		entries = append(entries, good)
	}
	if err := b.post(entries...); err != nil {
		return err
	}
	g.Minor -= minor
	b.held.Moves++
	c := b.charged(line, e.ID.String, e.ValueOn)
	c.back += minor
	if !c.closed {
		b.draw(stage(line, c.committed), -minor)
	}
	b.uncount(e)
	return nil
}

// uncount gives the head back where a clawback leaves nothing granted.
func (b *booking) uncount(clawback ledger.Entry) {
	if b.held.Granted() != 0 {
		return
	}
	for i := range b.held.Grants {
		g := &b.held.Grants[i]
		if !g.Head {
			continue
		}
		line := b.line(b.c.scheme, g.Line)
		c := b.charged(line, clawback.ID.String, clawback.ValueOn)
		c.headsOut++
		if !c.closed {
			b.draw(stage(line.Heads(), c.committed), -1)
		}
		g.Head = false
	}
}

// moving is the next grant or clawback of the period.
func (b *booking) moving(line insurance.BudgetLine, pot ledger.Code, minor int64) insurance.Grant {
	return insurance.Grant{
		ID: b.name(b.c, b.held), Member: insurance.MemberID(b.c.party.ID()), Line: line, ValueOn: b.valueOn(b.j),
		Pots:  []insurance.PotShare{{Account: pot, Minor: minor}},
		Basis: insurance.GrantBasis{Subsidy: b.held.Subsidy, Version: b.held.Version, Period: b.held.Start.String()},
	}
}

// lessUnmet takes off what is unmet what is no longer due.
func (b *booking) lessUnmet() {
	if most := max(0, b.held.Due-b.held.Granted()); b.held.Unmet > most {
		b.unmet(b.line(b.c.scheme, b.held.UnmetOn), most)
	}
}

// unmet notes what is due and can't be granted, on the line that it waits for now, and tells the queue.
func (b *booking) unmet(line insurance.BudgetLine, minor int64) {
	on := Line{line.Funder, line.Year, line.Prior}
	if b.held.Unmet != 0 && b.held.UnmetOn != on {
		b.wait(b.line(b.c.scheme, b.held.UnmetOn), 0)
	}
	if minor != b.held.Unmet {
		b.wait(line, minor)
	}
	if b.held.UnmetOn = on; minor == 0 {
		b.held.UnmetOn = Line{}
	}
}

// wait changes what is unmet on one line.
func (b *booking) wait(line insurance.BudgetLine, minor int64) {
	more := minor - b.held.Unmet
	b.charged(line, b.waitName, b.valueOn(b.j)).unmet += more
	b.draw(line.Account(ledger.BudgetUnmet), -more)
	b.held.Unmet = minor
	b.waits = append(b.waits, Wait{
		Line: line.Party(), Member: b.c.party, Scheme: b.c.scheme, Currency: line.Currency, Subsidy: b.held.Subsidy,
		Start: b.held.Start, Turn: Turn{b.page.RecordedAt(), len(b.waits), b.c.party}, Minor: minor,
	})
}

// waitName names a change of what is unmet, which moves no grant: there is one at most in a transaction.
func (b *booking) waitName() string {
	return fmt.Sprintf("%s %s %s %s %d", b.c.party, b.c.scheme, b.held.Subsidy, b.held.Start, b.page.RecordedAt().UnixMicro())
}
