package shadow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/privacy"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
	"sanad.dev/sanad/services/rule/script"
)

// Tx is what a shadow run reads, all of it on one snapshot. There is nothing in it to write with.
type Tx interface {
	// SchemeVersions returns all published versions of those of the schemes that are published.
	SchemeVersions(ctx context.Context, codes ...ledger.SchemeCode) (map[ledger.SchemeCode][]insurance.Scheme, error)
	// PartiesAfter pages through the members that anything is booked for, by their party.
	PartiesAfter(ctx context.Context, after ledger.Party, limit int) ([]ledger.Party, error)
	// EntriesOf returns all entries of the parties, each party's by value date.
	EntriesOf(ctx context.Context, parties ...ledger.Party) ([]ledger.Entry, error)
	// SealedFacts returns the facts of those of the members who have any, as [insurance.OpenFacts] reads them.
	SealedFacts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
	// Salts returns what a member's key is made from; nothing for a member who is unknown or erased.
	Salts(ctx context.Context, members ...insurance.MemberID) (map[insurance.MemberID][]byte, error)
}

// Store shows snapshots.
type Store interface {
	View(ctx context.Context, fn func(context.Context, Tx) error) error
}

// Service runs rules over the history in the books. It opens sealed facts, so that it is for whoever holds the key and
// for nobody whom a server serves.
type Service struct {
	Store Store
	Keys  *privacy.Keyring
}

// Order says which rule is run over whose history.
type Order struct {
	// Scheme is the one in the books whose history is looked at.
	Scheme ledger.SchemeCode
	// Rule is the shadow rule. Its effective date does not count: it is tried as if it had been in force all the time.
	Rule *rule.Scheme
	// From and To are value dates: compared is what the contributions of these days make due, which is what is due for all
	// that was given through To less what was due for all that had been given before From.
	From, To ledger.Date
	Against  Against
}

// Check returns what is wrong with the order, as an [insurance.Fault].
func (o Order) Check() error {
	switch {
	case o.From == 0 || o.To == 0 || o.To < o.From:
		return insurance.Fault{Field: "to", Reason: "DAYS_INVALID", Text: "name the first day and a last day that is not before it"}
	case o.Against != InForce && o.Against != Booked:
		return insurance.Fault{Field: "against", Reason: "AGAINST_INVALID", Text: "compare with in-force or booked"}
	case len(o.Rule.Subsidies) == 0:
		return insurance.Fault{Field: "rule", Reason: "SUBSIDY_UNKNOWN", Text: "the folder has no subsidies; write one that is to be tried"}
	}
	return nil
}

// Progress is how far a run has come: so many members in that look at all of them, of so many looks.
type Progress struct {
	Members     int64
	Look, Looks int
}

// Run compares, and books nothing. Where the rule has a twin all members are looked at twice: only then its factor is
// known, and nothing was kept of them. The report is the same for the same snapshot.
func (s *Service) Run(ctx context.Context, order Order, progress func(Progress)) (report Report, err error) {
	if err := order.Check(); err != nil {
		return report, err
	}
	err = s.Store.View(ctx, func(ctx context.Context, tx Tx) error {
		r := &run{order: order, tx: tx, keys: s.Keys, progress: progress}
		report, err = r.compare(ctx)
		return err
	})
	if err != nil {
		return report, fmt.Errorf("shadow run: %w", err)
	}
	return report, nil
}

// run is a shadow run on one snapshot.
type run struct {
	order    Order
	tx       Tx
	keys     *privacy.Keyring
	progress func(Progress)
	done     Progress
	// inForce, shadow and twin are the rules; hasTwin says whether there is a twin, and why says why not.
	inForce, shadow, twin match.Rules
	hasTwin               bool
	why                   string
	removed               []string
	// leftOut are how many members could not be judged, and why.
	leftOut int64
	reasons map[string]bool
}

func (r *run) compare(ctx context.Context) (Report, error) {
	if err := r.readRules(ctx); err != nil {
		return Report{}, err
	}
	factor, err := r.factor(ctx)
	if err != nil {
		return Report{}, err
	}
	comparison := NewComparison(factor, r.hasTwin)
	if err := r.look(ctx, comparison.Add); err != nil {
		return Report{}, err
	}
	report := comparison.Report(r.inForce.Currency)
	report.Scheme, report.Rule = r.order.Scheme, r.order.Rule.Name
	report.From, report.To, report.Against = r.order.From.String(), r.order.To.String(), r.order.Against
	report.Twin.Why, report.Twin.Removed = r.why, r.removed
	report.LeftOut = r.left()
	return report, nil
}

// readRules reads the rules in force, and makes the shadow rule's twin.
func (r *run) readRules(ctx context.Context) error {
	versions, err := r.tx.SchemeVersions(ctx, r.order.Scheme)
	if err != nil {
		return err
	}
	published := versions[r.order.Scheme]
	if len(published) == 0 {
		return insurance.Fault{Field: "scheme", Reason: "SCHEME_UNKNOWN", Text: "the books have no such scheme; name the one whose history is to be looked at"}
	}
	if r.inForce, err = match.RulesOf(published); err != nil {
		return err
	}
	r.shadow = match.Alone(r.order.Scheme, r.order.Rule)
	if r.shadow.Currency != r.inForce.Currency {
		return insurance.Fault{Field: "rule", Reason: "CURRENCY_FIXED", Text: fmt.Sprintf("the scheme's history is in %s; write the rule in it", r.inForce.Currency)}
	}
	r.makeTwin()
	return nil
}

func (r *run) makeTwin() {
	twin, err := r.order.Rule.Twin()
	if err != nil {
		r.why = err.Error()
		return
	}
	r.twin, r.hasTwin = match.Alone(r.order.Scheme, twin.Scheme), true
	for _, p := range twin.Removed {
		r.removed = append(r.removed, p.Error())
	}
}

// factor looks at all members to find out what the shadow rule and its twin cost.
func (r *run) factor(ctx context.Context) (exact.Number, error) {
	r.done.Look, r.done.Looks = 1, 1
	if !r.hasTwin {
		return exact.Number{}, nil
	}
	r.done.Looks = 2
	var totals Totals
	err := r.look(ctx, func(m Member) error { return totals.Add(m.Shadow, m.Twin) })
	r.done.Look = 2
	factor, ok := totals.Factor()
	if err == nil && !ok && totals.Shadow != 0 {
		r.hasTwin, r.why = false, "without its gates the rule gives nothing, so that no factor makes it cost as much"
	}
	return factor, err
}

// atOnce is how many members are read together. Some have given something every day of many years.
const atOnce = 100

// page are members with all that is to be known of them.
type page struct {
	members int
	entries []ledger.Entry
	sealed  map[insurance.MemberID][]byte
	salts   map[insurance.MemberID][]byte
}

// look judges every member of the scheme, and hands over who has given or is due anything in these days. While one page
// is judged the next is read.
func (r *run) look(ctx context.Context, each func(Member) error) error {
	r.done.Members, r.leftOut, r.reasons = 0, 0, map[string]bool{}
	pages := make(chan page)
	group, inside := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(pages)
		return r.read(inside, pages)
	})
	group.Go(func() error {
		for p := range pages {
			if err := r.judge(p, each); err != nil {
				return err
			}
			r.done.Members += int64(p.members)
			r.progress(r.done)
		}
		return nil
	})
	return group.Wait()
}

// read reads all members, in the order of their names.
func (r *run) read(ctx context.Context, pages chan<- page) error {
	for after := ledger.Party(""); ; {
		parties, err := r.tx.PartiesAfter(ctx, after, atOnce)
		if err != nil || len(parties) == 0 {
			return err
		}
		p, err := r.page(ctx, parties)
		if err != nil {
			return err
		}
		select {
		case pages <- p:
		case <-ctx.Done():
			return ctx.Err()
		}
		after = parties[len(parties)-1]
	}
}

func (r *run) page(ctx context.Context, parties []ledger.Party) (p page, err error) {
	p.members = len(parties)
	members := make([]insurance.MemberID, len(parties))
	for i, party := range parties {
		members[i] = insurance.MemberID(party.ID())
	}
	if p.entries, err = r.tx.EntriesOf(ctx, parties...); err != nil {
		return p, err
	}
	if p.sealed, err = r.tx.SealedFacts(ctx, members...); err != nil {
		return p, err
	}
	p.salts, err = r.tx.Salts(ctx, members...)
	return p, err
}

// judge judges the members of a page.
func (r *run) judge(p page, each func(Member) error) error {
	for len(p.entries) > 0 {
		party := p.entries[0].Party
		n := slices.IndexFunc(p.entries, func(e ledger.Entry) bool { return e.Party != party })
		if n < 0 {
			n = len(p.entries)
		}
		facts, err := r.facts(p, insurance.MemberID(party.ID()))
		if err != nil {
			return err
		}
		if err := r.member(facts, p.entries[:n], each); err != nil {
			return err
		}
		p.entries = p.entries[n:]
	}
	return nil
}

// facts opens a member's facts; of who has been erased nothing is known any more.
func (r *run) facts(p page, member insurance.MemberID) (insurance.Facts, error) {
	salt, ok := p.salts[member]
	if !ok {
		return insurance.Facts{}, nil
	}
	sealer, err := r.keys.Sealer(salt)
	if err != nil {
		return insurance.Facts{}, err
	}
	return insurance.OpenFacts(sealer, member, p.sealed[member])
}

// member judges one member by all rules.
func (r *run) member(facts insurance.Facts, entries []ledger.Entry, each func(Member) error) error {
	past := match.PastOf(r.order.Scheme, facts, entries).Through(r.order.To)
	m, err := r.judged(past, entries)
	if err != nil {
		r.leftOut++
		r.reasons[err.Error()] = true
		return nil //nolint:nilerr // she is left out, and counted, with the reason
	}
	gave := len(past.Contributions) > 0 && past.Contributions[len(past.Contributions)-1].On >= r.order.From
	if !gave && m.Base == 0 && m.Shadow == 0 && m.Twin == 0 {
		return nil
	}
	m.Profile = facts.Profile(r.order.To)
	return each(m)
}

func (r *run) judged(past match.Past, entries []ledger.Entry) (m Member, err error) {
	if r.order.Against == Booked {
		m.Base = match.Booked(r.order.Scheme, entries, r.order.From, r.order.To)
	} else if m.Base, _, err = r.due("the rule in force", r.inForce, past); err != nil {
		return m, err
	}
	if m.Shadow, m.Refused, err = r.due("the shadow rule", r.shadow, past); err != nil || !r.hasTwin {
		return m, err
	}
	m.Twin, _, err = r.due("the twin", r.twin, past)
	return m, err
}

// due is what the contributions of the days make due, and for what reasons nothing is.
func (r *run) due(whose string, rules match.Rules, past match.Past) (minor int64, refused []string, err error) {
	owed, err := rules.Due(past, r.order.To)
	if err != nil {
		return 0, nil, fault{whose, err}
	}
	eve := r.order.From.AddDays(-1)
	before, err := rules.Due(past.Through(eve), eve)
	if err != nil {
		return 0, nil, fault{whose, err}
	}
	for _, f := range owed.Refused {
		if f.Ends >= r.order.From && !slices.Contains(refused, f.Reason) {
			refused = append(refused, f.Reason)
		}
	}
	return owed.Minor - before.Minor, refused, nil
}

// fault is why a rule fails. It does not repeat what the rule says, for that may quote what is known of a member (L11).
type fault struct {
	whose string
	err   error
}

// Error names the rule, and what is known to tell nothing of anybody: the place in its file, or the kind of mistake.
func (f fault) Error() string {
	for _, known := range []error{exact.ErrDivision, exact.ErrTooLarge, exact.ErrNotWhole, exact.ErrSyntax, ledger.ErrOverflow} {
		if errors.Is(f.err, known) {
			return f.whose + ": " + known.Error()
		}
	}
	var at *script.Error
	if errors.As(f.err, &at) {
		return fmt.Sprintf("%s fails at %s:%d:%d", f.whose, at.File, at.Line, at.Col)
	}
	return f.whose + " can't be computed"
}

// left says how many members were left out.
func (r *run) left() *LeftOut {
	if r.leftOut == 0 {
		return nil
	}
	left := LeftOut{Members: fmt.Sprint(r.leftOut)}
	if !safe(r.leftOut) {
		left.Members = fmt.Sprintf("fewer than %d", Fewest)
	}
	for reason := range r.reasons {
		left.Why = append(left.Why, reason)
	}
	slices.Sort(left.Why)
	return &left
}
