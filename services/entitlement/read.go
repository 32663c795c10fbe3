package entitlement

import (
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/rule"
)

// book is a scheme with all its versions: by what cover is judged.
type book struct {
	code     ledger.SchemeCode
	versions []insurance.Scheme
	rules    cover.Rules
	groups   []Holiday
}

// book reads a scheme, and the holidays of its clusters.
func (s *Service) book(ctx context.Context, tx Tx, code ledger.SchemeCode) (*book, error) {
	if !insurance.SchemeWellFormed(code) {
		return nil, unknownScheme
	}
	versions, err := tx.SchemeVersions(ctx, code)
	if err != nil {
		return nil, err
	}
	b := &book{code: code, versions: versions[code]}
	if len(b.versions) == 0 {
		return nil, unknownScheme
	}
	if b.rules, err = cover.RulesOf(b.versions); err != nil {
		return nil, err
	}
	groups, err := tx.ClusterHolidays(ctx, code)
	b.groups = groups[code]
	return b, err
}

// on is the version in force on the day: the last to come into force by then, or the first.
func (b *book) on(day ledger.Date) insurance.Scheme {
	force := b.versions[0]
	for _, v := range b.versions[1:] {
		if v.EffectiveOn <= day && (v.EffectiveOn >= force.EffectiveOn || force.EffectiveOn > day) {
			force = v
		}
	}
	return force
}

// today is the scheme's day at the database's instant.
func (s *Service) today(ctx context.Context, tx Tx, b *book) (ledger.Date, error) {
	now, err := tx.Now(ctx)
	return ledger.DateOf(now.In(b.last().Location())), err
}

// last is the scheme as last published.
func (b *book) last() insurance.Scheme { return b.versions[len(b.versions)-1] }

// compiled are the rules of the version in force on the day.
func (b *book) compiled(day ledger.Date) (*rule.Scheme, error) { return match.Compiled(b.on(day)) }

// cover is the name of the cover that is asked for, or of the scheme's first; false where it has none of that name.
func (b *book) cover(name string, day ledger.Date) (string, bool) {
	names := b.rules.Covers(day)
	if name == "" && len(names) > 0 {
		return names[0], true
	}
	return name, slices.Contains(names, name)
}

// pool is the one that bears a cover: that of the pot which buys it.
func (b *book) pool(name string, day ledger.Date) insurance.Pool {
	c, _ := b.rules.Cover(name, day)
	for _, pot := range b.on(day).Pots {
		if pot.Account == ledger.Code(c.Account) {
			return pot.Pool
		}
	}
	return insurance.PoolOf(ledger.Code(max(c.Account, c.Matched)))
}

// read reads what is known of the members, in a handful of queries whatever their number. Who is unknown or erased is
// left out.
func (s *Service) read(ctx context.Context, tx Tx, b *book, ids ...insurance.MemberID) (map[insurance.MemberID]*known, error) {
	sealers, err := s.sealers(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	all := make(map[insurance.MemberID]*known, len(sealers))
	var living []insurance.MemberID
	for _, id := range ids {
		if _, ok := sealers[id]; ok && all[id] == nil {
			all[id] = &known{id: id, groups: b.groups}
			living = append(living, id)
		}
	}
	r := reading{tx: tx, sealers: sealers, all: all, ids: living}
	for _, step := range []func(context.Context) error{r.facts, r.entries, r.holidays, r.appeals, r.notices, r.choices} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// reading reads what is known of members.
type reading struct {
	tx      Tx
	sealers sealers
	all     map[insurance.MemberID]*known
	ids     []insurance.MemberID
}

func (r reading) facts(ctx context.Context) error {
	sealed, err := r.tx.SealedFacts(ctx, r.ids...)
	if err != nil {
		return err
	}
	for id, text := range sealed {
		if r.all[id].facts, err = insurance.OpenFacts(r.sealers[id], id, text); err != nil {
			return err
		}
	}
	return nil
}

func (r reading) entries(ctx context.Context) error {
	if len(r.ids) == 0 {
		return nil
	}
	parties := make([]ledger.Party, len(r.ids))
	for i, id := range r.ids {
		parties[i] = id.Party()
	}
	found, err := r.tx.EntriesOf(ctx, parties...)
	for _, e := range found {
		k := r.all[insurance.MemberID(e.Party.ID())]
		k.entries = append(k.entries, e)
	}
	return err
}

func (r reading) holidays(ctx context.Context) error {
	stored, err := r.tx.CoverHolidays(ctx, r.ids...)
	if err != nil {
		return err
	}
	for _, row := range stored {
		h, err := row.open(r.sealers[row.Member])
		if err != nil {
			return err
		}
		r.all[row.Member].own = append(r.all[row.Member].own, h)
	}
	return nil
}

// appeals are holidays of a kind: while one is open the clock of a lapse stands still.
func (r reading) appeals(ctx context.Context) error {
	found, err := r.tx.CoverAppeals(ctx, r.ids...)
	for id, days := range found {
		r.all[id].appeals = days
	}
	return err
}

func (r reading) notices(ctx context.Context) error {
	found, err := r.tx.CoverNotices(ctx, r.ids...)
	for _, n := range found {
		r.all[n.Member].notices = append(r.all[n.Member].notices, n)
	}
	return err
}

func (r reading) choices(ctx context.Context) error {
	sealed, err := r.tx.TextChoices(ctx, r.ids...)
	if err != nil {
		return err
	}
	for id, text := range sealed {
		if err := insurance.OpenAs(r.sealers[id], choiceOf(id), text, &r.all[id].choice); err != nil {
			return err
		}
	}
	return nil
}

// Histories are what the members' cover in a scheme is judged by, with the rules: for whoever judges claims on it. Who is
// unknown or erased is left out.
func (s *Service) Histories(ctx context.Context, tx Tx, code ledger.SchemeCode, ids ...insurance.MemberID) (cover.Rules, map[insurance.MemberID]cover.History, error) {
	b, err := s.book(ctx, tx, code)
	if err != nil {
		return cover.Rules{}, nil, err
	}
	all, err := s.read(ctx, tx, b, ids...)
	if err != nil {
		return cover.Rules{}, nil, err
	}
	histories := make(map[insurance.MemberID]cover.History, len(all))
	for id, k := range all {
		histories[id] = k.history(code, b.last().Location())
	}
	return b.rules, histories, nil
}
