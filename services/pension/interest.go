package pension

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/oldage"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Declare declares interest for a period, or declares it anew at another rate. The first person proposes, and the same
// call by another person declares. How days are counted and interest is rounded is the scheme's.
func (s *Service) Declare(ctx context.Context, d oldage.Declaration, person string) (declared Declared, err error) {
	err = s.Store.Update(ctx, func(ctx context.Context, tx Tx) error {
		declared, err = s.declare(ctx, tx, d, person)
		return err
	})
	if err != nil {
		err = fmt.Errorf("declare interest: %w", err)
	}
	return declared, err
}

func (s *Service) declare(ctx context.Context, tx Tx, d oldage.Declaration, person string) (Declared, error) {
	rules, err := rulesOn(ctx, tx, d.Scheme, d.To)
	if err != nil {
		return Declared{}, err
	}
	if d, err = asRuled(d, rules); err != nil {
		return Declared{}, err
	}
	if err := d.Check(); err != nil {
		return Declared{}, err
	}
	standing, err := tx.Declarations(ctx, d.Scheme)
	if err != nil {
		return Declared{}, err
	}
	known := make([]oldage.Declaration, len(standing))
	for i, other := range standing {
		known[i] = other.Declaration
	}
	admitted, err := d.Admit(known)
	if again, ok := repeated(d, standing, person); ok && err != nil {
		return again, nil //nolint:nilerr // what refuses it now is that it was declared already
	}
	if err != nil {
		return Declared{}, err
	}
	key := fmt.Sprintf("declare-interest:%s:%d.%d:%s:%s:%s:%s:%t", d.Scheme, admitted.Number, admitted.Revision, d.From, d.To, d.Rate, potsText(d.Pots), d.CutsPast)
	p, carryOut, err := agreed(ctx, tx, key, person)
	if err != nil || !carryOut {
		return Declared{Declaration: admitted, Proposal: p}, err
	}
	made := Declared{Declaration: admitted, Proposal: p}
	return made, tx.SaveDeclaration(ctx, made)
}

// repeated finds a declaration that one of its two people sends again: it is answered as it stands (L3).
func repeated(d oldage.Declaration, standing []Declared, person string) (Declared, bool) {
	i := slices.IndexFunc(standing, func(other Declared) bool {
		return d.SamePeriod(other.Declaration) && d.Rate == other.Rate && d.Days == other.Days && (person == other.Maker || person == other.Approver)
	})
	if i < 0 {
		return Declared{}, false
	}
	return standing[i], true
}

// agreed records a person's word for an act of two people.
func agreed(ctx context.Context, tx Tx, key, person string) (insurance.Proposal, bool, error) {
	before, err := tx.Proposal(ctx, key)
	if err != nil {
		return insurance.Proposal{}, false, err
	}
	after, carryOut, err := insurance.Agree(before, person)
	if err != nil {
		return after, false, err
	}
	return after, carryOut, tx.SaveProposal(ctx, after)
}

// asRuled is the declaration with what the scheme says of interest.
func asRuled(d oldage.Declaration, rules ruled) (oldage.Declaration, error) {
	i := rules.OldAge.Interest
	if i == nil {
		return d, insurance.Fault{Field: "scheme", Reason: "INTEREST_NOT_IN_SCHEME", Text: "the scheme says nothing of interest; publish a version with old_age.interest"}
	}
	d.Currency, d.Days, d.Way, d.Step = rules.published.Currency, i.Days, exact.HalfUp, 1
	if d.Days == "" {
		d.Days = rule.Actual365
	}
	if i.Round != nil {
		if i.Round.Way != "" {
			d.Way = i.Round.Way
		}
		if to, ok := rules.Constant(i.Round.To, rule.Day(d.To)); ok {
			step, err := to.Minor(rules.Decimals())
			if err != nil {
				return d, err
			}
			d.Step = step
		}
	}
	return d, nil
}

func potsText(pots []ledger.Code) string {
	text := ""
	for _, pot := range pots {
		text += "+" + strconv.Itoa(int(pot))
	}
	return text
}

// Declarations lists the interest that is declared in a scheme.
func (s *Service) Declarations(ctx context.Context, scheme ledger.SchemeCode) (all []Declared, err error) {
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		all, err = tx.Declarations(ctx, scheme)
		return err
	})
	return all, err
}

// RunInterest credits what is declared to every member: what is due less what is booked, for the declaration's period and
// those after it that have been run, and for earlier ones where something has come late. Broken off, it goes on; run
// again, it credits what has changed. Progress is told after every transaction.
func (s *Service) RunInterest(ctx context.Context, scheme ledger.SchemeCode, number int, progress func(Run)) (Run, error) {
	var d Declared
	err := s.Store.Update(ctx, func(ctx context.Context, tx Tx) (err error) {
		d, err = declaration(ctx, tx, scheme, number)
		return err
	})
	if err != nil {
		return Run{}, fmt.Errorf("run interest: %w", err)
	}
	named := Run{Name: d.Name(), Kind: InterestRun, Scheme: scheme, Number: number}
	return s.run(ctx, named, s.creditInterest, progress)
}

// declaration finds a declaration whose period has ended.
func declaration(ctx context.Context, tx Tx, scheme ledger.SchemeCode, number int) (Declared, error) {
	all, err := tx.Declarations(ctx, scheme)
	if err != nil {
		return Declared{}, err
	}
	i := slices.IndexFunc(all, func(d Declared) bool { return d.Number == number })
	if i < 0 {
		return Declared{}, insurance.Fault{Field: "declaration", Reason: insurance.InterestUnknown, Text: "no interest is declared under that number; two people declare it first"}
	}
	page, err := tx.Page(ctx, ledger.Need{})
	if err != nil {
		return Declared{}, err
	}
	if all[i].To >= ledger.DateOf(page.RecordedAt()) {
		return Declared{}, insurance.Fault{Field: "declaration", Reason: insurance.InterestNotEnded, Text: "its period has not ended yet; run it after " + all[i].To.String()}
	}
	return all[i], nil
}

// crediting is one transaction of a run of interest.
type crediting struct {
	*Service
	run  Run
	page *ledger.Page
	// declarations are those that are due, by last day; from is the first day of the run's own.
	declarations []oldage.Declaration
	from         ledger.Date
	entries      map[ledger.Party][]ledger.Entry
	// late are those to whom something has come that counts before the run's own period.
	late map[ledger.Party]bool
}

// creditInterest credits the next members.
func (s *Service) creditInterest(ctx context.Context, tx Tx, run Run) (Run, int, error) {
	parties, run, err := s.nextMembers(ctx, tx, run)
	if err != nil {
		return run, 0, err
	}
	page, err := tx.Page(ctx, ledger.Need{Parties: parties})
	if err != nil {
		return run, 0, err
	}
	c := &crediting{Service: s, run: run, page: page, entries: map[ledger.Party][]ledger.Entry{}, late: map[ledger.Party]bool{}}
	since, err := c.readDeclared(ctx, tx)
	if err != nil {
		return run, 0, err
	}
	if err := c.readEntries(ctx, tx, since, parties); err != nil {
		return run, 0, err
	}
	for _, party := range parties {
		if err := c.credit(party); err != nil {
			return run, 0, err
		}
	}
	if len(page.Pending()) == 0 {
		return c.run, len(parties), nil
	}
	return c.run, len(parties), tx.Save(ctx, page)
}

// readDeclared reads what is declared and has been run, or is being run now. It returns since when something that counts
// before the run's own period is late: all that was recorded earlier has been seen by a run that came to its end.
func (c *crediting) readDeclared(ctx context.Context, tx Tx) (since time.Time, err error) {
	all, err := tx.Declarations(ctx, c.run.Scheme)
	if err != nil {
		return since, err
	}
	runs, err := tx.InterestRuns(ctx, c.run.Scheme)
	if err != nil {
		return since, err
	}
	begun := map[int]bool{c.run.Number: true}
	for _, r := range runs {
		begun[r.Number] = true
		if r.SweptAt.After(since) {
			since = r.SweptAt
		}
	}
	for _, d := range all {
		if d.Number == c.run.Number {
			c.from = d.From
		}
		if begun[d.Number] {
			c.declarations = append(c.declarations, d.Declaration)
		}
	}
	if !since.IsZero() { // a transaction may have read its clock before the run and have written after it
		since = since.Add(-sqldb.Horizon)
	}
	return since, nil
}

// readEntries reads what counts in the run's own period and after it, and all of those to whom something came late.
func (c *crediting) readEntries(ctx context.Context, tx Tx, since time.Time, parties []ledger.Party) error {
	var in []ledger.Party
	for _, party := range parties {
		if slices.ContainsFunc(c.page.Balances(party), func(b ledger.Balance) bool {
			return b.Account.Scheme == c.run.Scheme && slices.Contains(oldage.Pots, b.Account.Code)
		}) {
			in = append(in, party)
		}
	}
	late, err := c.latecomers(ctx, tx, since, in)
	if err != nil {
		return err
	}
	for _, party := range late {
		c.late[party] = true
	}
	punctual := slices.DeleteFunc(slices.Clone(in), func(p ledger.Party) bool { return c.late[p] })
	for _, read := range []struct {
		from ledger.Date
		of   []ledger.Party
	}{{c.from, punctual}, {c.first(), late}} {
		if len(read.of) == 0 {
			continue
		}
		found, err := tx.EntriesFrom(ctx, read.from, read.of...)
		if err != nil {
			return err
		}
		for _, e := range found {
			c.entries[e.Party] = append(c.entries[e.Party], e)
		}
	}
	return nil
}

// latecomers are those to whom something came that counts before the run's own period; nobody where nothing was declared
// for days before it.
func (c *crediting) latecomers(ctx context.Context, tx Tx, since time.Time, parties []ledger.Party) ([]ledger.Party, error) {
	if c.first() >= c.from || len(parties) == 0 {
		return nil, nil
	}
	// Interest itself is never late: the run that credits it sees all that follows from it.
	return tx.LateParties(ctx, c.from, since, insurance.KindInterest, parties...)
}

// first is the first day that any interest is due for.
func (c *crediting) first() ledger.Date {
	first := c.from
	for _, d := range c.declarations {
		first = min(first, d.From)
	}
	return first
}

// credit books what is due to one member less what is booked.
func (c *crediting) credit(party ledger.Party) error {
	balances := c.page.Balances(party)
	declarations, from := c.declarations, c.first()
	if !c.late[party] {
		from = c.from
		declarations = slices.DeleteFunc(slices.Clone(declarations), func(d oldage.Declaration) bool { return d.From < from })
	}
	due, err := oldage.HistoryOf(c.run.Scheme, party, balances, c.entries[party]).Due(declarations)
	if err != nil {
		c.run.Failed++
		return nil //nolint:nilerr // one member who can't be judged keeps nobody from her interest; she is counted
	}
	for _, correction := range due {
		if err := c.book(party, correction); err != nil {
			return err
		}
	}
	return nil
}

// book posts a correction. What it takes back of interest that she has drawn already is written off.
func (c *crediting) book(party ledger.Party, correction oldage.Correction) error {
	d := correction.Declaration
	of := []string{string(party), string(d.Scheme), strconv.Itoa(d.Number), strconv.Itoa(correction.Moves)}
	s := insurance.Savings{
		ID: ledger.ID(c.Keys.Hash("interest", of...)), Member: insurance.MemberID(party.ID()), Scheme: d.Scheme, Currency: d.Currency,
		Pots: correction.Pots, On: d.To, Reason: insurance.InterestReason(d.Number),
	}
	e, err := insurance.InterestCredited(s)
	if err != nil {
		return err
	}
	entries := []ledger.Entry{e}
	drawn, short, err := insurance.InterestDrawn(e, ledger.ID(c.Keys.Hash("interest-drawn", of...)), c.page.Balances(party))
	if err != nil {
		return err
	}
	if short {
		entries = append(entries, drawn)
	}
	if _, err := c.page.Post(entries...); err != nil {
		return errors.Join(fmt.Errorf("interest of %s, declaration %d", party, d.Number), err)
	}
	c.run.Moved += int64(len(entries))
	c.run.Minor += s.Minor()
	return nil
}
