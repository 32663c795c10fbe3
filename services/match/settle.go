package match

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
)

// Tx is what settling reads and writes in a transaction on the books.
type Tx interface {
	// SchemeVersions returns all published versions of those of the schemes that are published.
	SchemeVersions(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode][]insurance.Scheme, error)
	// SealedFacts returns the facts of those of the members who have any, as [insurance.OpenFacts] reads them.
	SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	// Salts returns what a member's key is made from; nothing for a member who is unknown or erased.
	Salts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	// EntriesOf returns all entries of the parties.
	EntriesOf(ctx context.Context, parties ...ledger.Party) ([]ledger.Entry, error)
	// Funders returns those of the funders that are known; LineStatuses how those of the budget lines stand that there are.
	Funders(ctx context.Context, ids ...insurance.FunderID) (map[insurance.FunderID]insurance.Funder, error)
	LineStatuses(ctx context.Context, lines ...ledger.Party) (map[ledger.Party]insurance.LineStatus, error)
	// HoldShared locks shared accounts and returns what stands on them.
	HoldShared(ctx context.Context, accounts ...ledger.Account) ([]ledger.Balance, error)
	// Wait writes who waits for a budget, or no longer does.
	Wait(ctx context.Context, waits ...Wait) error
}

// Wait is a member whose due waits for a budget, in order of Since and then of her entries in the batch.
type Wait struct {
	Line     ledger.Party
	Member   ledger.Party
	Scheme   ledger.SchemeCode
	Currency ledger.Currency
	Subsidy  string
	Start    ledger.Date
	Since    time.Time
	// Minor is what is unmet now; zero ends the wait.
	Minor int64
}

// Asked is a member whose due of a subsidy is to be judged although nothing new has come: at the end of a period, after
// a new version, or where a budget has been given more.
type Asked struct {
	Member ledger.Party
	Scheme ledger.SchemeCode
	// Subsidy is empty for all of them, in every period that something was given or is held for.
	Subsidy string
	// On is a day of the period.
	On ledger.Date
}

// Settler settles what members are due.
type Settler struct {
	Keys *privacy.Keyring
	// Scarce decides grant by grant with what is left of the budgets, under a lock. Without it everything is granted, and
	// saving the page fails with [ledger.ErrFloor] where a budget does not suffice; the batch is then decided again.
	Scarce bool
	// Grants says which timings are granted now; immediate ones where it is nil.
	Grants func(rule.Timing) bool
	// Queued says that those who are asked for are those who have waited longest.
	Queued bool
}

// Settle judges every member on whose contributions the page has something new, and those asked for, and posts the
// difference between what is due and what is booked. It returns how many entries it has posted.
func (s Settler) Settle(ctx context.Context, tx Tx, page *ledger.Page, asked ...Asked) (int, error) {
	cases := casesOf(page)
	for _, a := range asked {
		cases.ask(a)
	}
	if len(cases.order) == 0 {
		return 0, nil
	}
	d, err := s.read(ctx, tx, page, cases)
	if err != nil || d == nil {
		return 0, err
	}
	before := len(page.Pending())
	if err := d.decide(); err != nil {
		return 0, err
	}
	return len(page.Pending()) - before, tx.Wait(ctx, d.waits...)
}

// change is a contribution that has come or gone.
type change struct {
	on    ledger.Date
	payer insurance.PayerKind
	minor int64
	// by is the collector whose reversal took it away; empty else.
	by insurance.CollectorID
}

// memberCase is a member in a scheme: what is new, and which periods are asked for.
type memberCase struct {
	party   ledger.Party
	scheme  ledger.SchemeCode
	changes []change
	asked   []Asked
}

// cases are the members to be judged, in the order in which they came.
type cases struct {
	order []*memberCase
	by    map[[2]string]*memberCase
}

func (c *cases) of(party ledger.Party, scheme ledger.SchemeCode) *memberCase {
	key := [2]string{string(party), string(scheme)}
	if m, ok := c.by[key]; ok {
		return m
	}
	m := &memberCase{party: party, scheme: scheme}
	c.by[key] = m
	c.order = append(c.order, m)
	return m
}

func (c *cases) ask(a Asked) {
	m := c.of(a.Member, a.Scheme)
	m.asked = append(m.asked, a)
}

// casesOf are the members on whose contributions the page has something new.
func casesOf(page *ledger.Page) cases {
	c := cases{by: map[[2]string]*memberCase{}}
	for _, e := range page.Pending() {
		given, ok := insurance.GivenBy(e, page.Entry)
		if !ok {
			continue
		}
		m := c.of(e.Party, given.Scheme)
		m.changes = append(m.changes, change{e.ValueOn, given.Payer, given.Minor, given.TakenBackBy})
	}
	return c
}

// desk is where a page is settled: what was read for it, and what comes of it. Deciding is pure.
type desk struct {
	Settler
	page    *ledger.Page
	cases   cases
	rules   map[ledger.SchemeCode]Rules
	facts   map[ledger.Party]insurance.Facts
	entries map[ledger.Party][]ledger.Entry
	funders map[insurance.FunderID]insurance.Funder
	lines   map[ledger.Party]insurance.LineStatus
	// budgets are the lines that something may be charged to.
	budgets []insurance.BudgetLine
	left    map[ledger.Account]int64
	charges map[chargeKey]*charge
	waits   []Wait
}

// read reads what the rules of the cases' schemes look at; nil where no scheme has any.
func (s Settler) read(ctx context.Context, tx Tx, page *ledger.Page, all cases) (*desk, error) {
	d := &desk{Settler: s, page: page, rules: map[ledger.SchemeCode]Rules{}, facts: map[ledger.Party]insurance.Facts{},
		entries: map[ledger.Party][]ledger.Entry{}, left: map[ledger.Account]int64{}, charges: map[chargeKey]*charge{}}
	if err := d.readRules(ctx, tx, all); err != nil {
		return nil, err
	}
	for _, m := range all.order {
		if len(d.rules[m.scheme].subsidies()) > 0 {
			d.cases.order = append(d.cases.order, m)
		}
	}
	if len(d.cases.order) == 0 {
		return nil, nil
	}
	for _, step := range []func(context.Context, Tx) error{d.readFacts, d.readEntries, d.readBudgets} {
		if err := step(ctx, tx); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *desk) readRules(ctx context.Context, tx Tx, all cases) error {
	var codes []ledger.SchemeCode
	for _, m := range all.order {
		if !slices.Contains(codes, m.scheme) {
			codes = append(codes, m.scheme)
		}
	}
	versions, err := tx.SchemeVersions(ctx, codes...)
	if err != nil {
		return err
	}
	for code, vs := range versions {
		if d.rules[code], err = RulesOf(vs); err != nil {
			return err
		}
	}
	return nil
}

// readFacts opens the facts of members whose scheme looks at any. Who has been erased has none that can be opened.
func (d *desk) readFacts(ctx context.Context, tx Tx) error {
	var members []insurance.MemberID
	for _, m := range d.cases.order {
		if facts, _ := d.rules[m.scheme].needs(); facts {
			members = append(members, insurance.MemberID(m.party.ID()))
		}
	}
	if len(members) == 0 {
		return nil
	}
	slices.Sort(members)
	sealed, err := tx.SealedFacts(ctx, slices.Compact(members)...)
	if err != nil {
		return err
	}
	d.facts, err = open(ctx, tx, d.Keys, sealed)
	return err
}

// readEntries reads the entries of members whose past is not folded yet, or whose scheme looks at every contribution.
func (d *desk) readEntries(ctx context.Context, tx Tx) error {
	var parties []ledger.Party
	for _, m := range d.cases.order {
		_, every := d.rules[m.scheme].needs()
		if every || !d.folded(m) {
			parties = append(parties, m.party)
		}
	}
	if len(parties) == 0 {
		return nil
	}
	slices.Sort(parties)
	found, err := tx.EntriesOf(ctx, slices.Compact(parties)...)
	for _, e := range found {
		d.entries[e.Party] = append(d.entries[e.Party], e)
	}
	return err
}

// folded says whether the note tells the member's past in the scheme: it does, or she has none.
func (d *desk) folded(m *memberCase) bool {
	positions, err := decode(d.page.Note(m.party))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(positions, func(p Position) bool { return p.Scheme == m.scheme }) || d.page.IsNew(m.party)
}

func (d *desk) decide() error {
	for _, m := range d.cases.order {
		if err := d.settle(m); err != nil {
			return err
		}
	}
	return d.charge()
}

// settle judges one member in one scheme.
func (d *desk) settle(m *memberCase) error {
	positions, err := d.positions(m)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(positions, func(p Position) bool { return p.Scheme == m.scheme })
	position := &positions[at]
	for _, judged := range d.periods(m, position) {
		if err := d.judge(m, position, judged); err != nil {
			return err
		}
	}
	return d.page.SetNote(m.party, encode(positions))
}

// positions are the member's positions with what is new folded in.
func (d *desk) positions(m *memberCase) ([]Position, error) {
	positions, err := decode(d.page.Note(m.party))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(positions, func(p Position) bool { return p.Scheme == m.scheme })
	if at < 0 {
		positions = append(positions, Fold(m.scheme, d.entries[m.party], d.rules[m.scheme]))
		at = len(positions) - 1
	}
	for _, c := range m.changes {
		positions[at].add(c.on, c.payer, c.minor)
	}
	return positions, nil
}

// toJudge is a subsidy's period that must be judged, and why: the day that the difference counts from.
type toJudge struct {
	subsidy string
	period  rule.Period
	on      ledger.Date
	by      insurance.CollectorID
}

// periods are those that what is new lies in or that are asked for, and after them those whose limits depend on them; in
// order of the subsidies and of time.
func (d *desk) periods(m *memberCase, position *Position) []toJudge {
	r := d.rules[m.scheme]
	enrolled := d.facts[m.party].Enrolled(m.scheme)
	var all []toJudge
	add := func(id string, day, on ledger.Date, by insurance.CollectorID) {
		p, ok := r.periodOf(id, day, enrolled)
		if !ok {
			return
		}
		same := func(j toJudge) bool { return j.subsidy == id && j.period.Start == p.Start }
		if i := slices.IndexFunc(all, same); i >= 0 {
			all[i].on, all[i].by = max(all[i].on, on), cmp.Or(all[i].by, by)
			return
		}
		all = append(all, toJudge{id, p, on, by})
	}
	for _, id := range r.subsidies() {
		for _, c := range m.changes {
			add(id, c.on, c.on, c.by)
			for _, later := range position.after(id, c.on) {
				add(id, later, later, c.by)
			}
		}
	}
	for _, a := range m.asked {
		if a.Subsidy != "" {
			add(a.Subsidy, a.On, 0, "")
			continue
		}
		for _, id := range r.subsidies() {
			for _, month := range position.Months {
				add(id, month.Period.FirstDay(), 0, "")
			}
			for _, start := range position.after(id, 0) {
				add(id, start, 0, "")
			}
		}
	}
	slices.SortStableFunc(all, func(a, b toJudge) int {
		return cmp.Or(cmp.Compare(slices.Index(r.subsidies(), a.subsidy), slices.Index(r.subsidies(), b.subsidy)), int(a.period.Start-b.period.Start))
	})
	return all
}

// judge says what is due for the period and books the difference.
func (d *desk) judge(m *memberCase, position *Position, j toJudge) error {
	due, by, sub, err := d.due(m, position, j)
	if err != nil {
		return nil //nolint:nilerr // a rule that fails costs nobody her contribution: what was due stands, and the next run judges again
	}
	held := position.held(j.subsidy, j.period.Start)
	held.Due, held.Version = due, by
	if sub == nil || !d.grants(m, sub, due < held.Granted) {
		return nil
	}
	switch {
	case due > held.Granted:
		return d.grant(m, sub, j, held)
	case due < held.Granted:
		return d.takeBack(m, sub, j, held)
	}
	d.unmet(m, sub, j, held, 0)
	return nil
}

// grants says whether the difference is booked now. What is taken back is so whatever the timing.
func (d *desk) grants(m *memberCase, sub *rule.Subsidy, back bool) bool {
	if back {
		return true
	}
	if sub.Timing == rule.Notional && !sub.Redeemed(d.facts[m.party], ledger.DateOf(d.page.RecordedAt())) {
		return false
	}
	if d.Grants == nil {
		return sub.Timing == rule.Immediate
	}
	return d.Grants(sub.Timing)
}

// due is what the version in force makes due, or one before it whose judgement stands; with the version and its subsidy.
func (d *desk) due(m *memberCase, position *Position, j toJudge) (due int64, by int, sub *rule.Subsidy, err error) {
	facts := d.facts[m.party]
	for i, v := range d.rules[m.scheme].in(j.period) {
		s := v.scheme.Subsidy(j.subsidy)
		if s == nil {
			continue
		}
		for _, known := range facts.Variants(j.period.Start) {
			in := rule.Input{Facts: known, Enrolled: known.Enrolled(m.scheme), Contributions: d.contributions(m, position, s),
				Before: map[string]int64{j.subsidy: position.before(j.subsidy, j.period.Start)}}
			got, err := s.DueIn(in, j.period)
			if err != nil {
				return 0, 0, nil, err
			}
			kept, err := v.scheme.Kept(in, got[0].Minor)
			if err != nil {
				return 0, 0, nil, err
			}
			if sub == nil || kept > due {
				due, by = kept, v.number
			}
			if sub == nil {
				sub = s
			}
		}
		if i > 0 && sub == nil {
			sub = s
		}
	}
	return due, by, sub, nil
}

// contributions are what the subsidy's rule reads: the folds, or every contribution.
func (d *desk) contributions(m *memberCase, position *Position, sub *rule.Subsidy) []rule.Contribution {
	if sub.Reads != rule.ByContribution {
		return position.contributions()
	}
	all := slices.Clone(d.entries[m.party])
	for _, e := range d.page.Pending() {
		if e.Party == m.party {
			all = append(all, e)
		}
	}
	return contributionsOf(m.scheme, all)
}

// contributionsOf are the contributions in a scheme that stand, by value date.
func contributionsOf(scheme ledger.SchemeCode, entries []ledger.Entry) []rule.Contribution {
	by := make(map[ledger.ID]ledger.Entry, len(entries))
	undone := map[ledger.ID]bool{}
	for _, e := range entries {
		by[e.ID] = e
		if !e.Undoes.IsZero() {
			undone[e.Undoes] = true
		}
	}
	find := func(id ledger.ID) (ledger.Entry, bool) { e, ok := by[id]; return e, ok }
	var all []rule.Contribution
	for _, e := range entries {
		given, ok := insurance.GivenBy(e, find)
		if ok && given.Minor > 0 && given.Scheme == scheme && !undone[e.ID] {
			all = append(all, rule.Contribution{On: e.ValueOn, Minor: given.Minor, Count: 1, Payer: given.Payer})
		}
	}
	slices.SortStableFunc(all, func(a, b rule.Contribution) int { return int(a.On - b.On) })
	return all
}

// Fold makes a member's position in a scheme anew from her entries: what she gave, and what was granted.
func Fold(scheme ledger.SchemeCode, entries []ledger.Entry, r Rules) Position {
	p := Position{Scheme: scheme}
	for _, c := range contributionsOf(scheme, entries) {
		p.add(c.On, c.Payer, c.Minor)
	}
	for _, e := range entries {
		g, ok := insurance.GrantOf(e)
		if !ok || g.Line.Scheme != scheme {
			continue
		}
		start, err := ledger.ParseDate(g.Basis.Period)
		if err != nil {
			continue
		}
		h := p.held(g.Basis.Subsidy, start)
		if e.Kind == insurance.KindClawback {
			h.Granted -= g.Minor()
		} else {
			h.Granted += g.Minor()
		}
		h.Due, h.Version = max(h.Due, h.Granted), max(h.Version, g.Basis.Version)
		h.Moves++
	}
	return p
}

// errMoves: the note and the books disagree on how often a grant has moved.
var errMoves = errors.New("a grant has moved more often than the member's note says; run verify")

// name is the id of the entry that moves a grant on: there is one at most.
func (d *desk) name(m *memberCase, j toJudge, moves int) ledger.ID {
	return ledger.ID(d.Keys.Hash("grant", string(m.party), string(m.scheme), j.subsidy, j.period.Start.String(), strconv.Itoa(moves)))
}

// valueOn is the day from which a difference counts: that of what brought it about, or the end of the period as far as
// that has come.
func (d *desk) valueOn(j toJudge) ledger.Date {
	if j.on != 0 {
		return j.on
	}
	return min(j.period.End, ledger.DateOf(d.page.RecordedAt()))
}
