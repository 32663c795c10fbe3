package match

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"sync"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Rules are a scheme's rules in all its versions, in the order in which they come into force.
type Rules struct {
	Code     ledger.SchemeCode
	Currency ledger.Currency
	versions []version
	// spans are the subsidies of all versions, in the order in which they were first written, and how each divides time.
	spans []spans
	// facts and every say what the rules look at beyond the folds: facts, and every contribution.
	facts, every bool
	// cuts says that the decree of a version lets it lower what had been due.
	cuts bool
}

// version is one version of the rules.
type version struct {
	number      int
	effectiveOn ledger.Date
	// begins is the day from which it alone is the law: the first on which it is in force and published, or in force only
	// where its decree cuts the past.
	begins ledger.Date
	scheme *rule.Scheme
}

// spans is how a subsidy divides time, from the first version to the last.
type spans struct {
	subsidy string
	parts   []span
}

// span are the days on which a subsidy's periods are those of one version and of others that divide time alike.
type span struct {
	from, to ledger.Date
	by       *rule.Subsidy
}

// compiled are the rules of versions that were read before. A published version never changes, so that it can be kept
// as long as the process lives; which versions there are is read in every transaction (L12).
var compiled sync.Map

// compiledKey names a version by what it says, for two databases may have versions of one name.
type compiledKey struct {
	code    ledger.SchemeCode
	version int
	text    string
}

// RulesOf are the rules that the versions of a scheme have published. A version without rules has none.
func RulesOf(published []insurance.Scheme) (Rules, error) {
	var r Rules
	var versions []version
	for _, v := range published {
		r.Code, r.Currency = v.Code, v.Currency
		scheme, err := compile(v)
		if err != nil {
			return r, fmt.Errorf("scheme %s version %d: %w", v.Code, v.Version, err)
		}
		versions = append(versions, version{v.Version, v.EffectiveOn, begins(v, scheme), scheme})
	}
	return rulesOf(r, versions...), nil
}

// rulesOf puts the versions in order and sees what they have.
func rulesOf(r Rules, versions ...version) Rules {
	r.versions = slices.SortedStableFunc(slices.Values(versions), func(a, b version) int {
		return cmp.Or(cmp.Compare(a.effectiveOn, b.effectiveOn), cmp.Compare(a.number, b.number))
	})
	for _, v := range r.versions {
		r.facts = r.facts || v.scheme.NeedsFacts()
		r.every = r.every || v.scheme.NeedsEvery()
		r.cuts = r.cuts || v.scheme.CutsPast
		for i := range v.scheme.Subsidies {
			r.divide(v, &v.scheme.Subsidies[i])
		}
	}
	return r
}

func begins(v insurance.Scheme, scheme *rule.Scheme) ledger.Date {
	if scheme.CutsPast || v.PublishedAt.IsZero() {
		return v.EffectiveOn
	}
	return max(v.EffectiveOn, ledger.DateOf(v.PublishedAt.In(v.Location())))
}

func compile(v insurance.Scheme) (*rule.Scheme, error) {
	if len(v.Folder.Scheme) == 0 {
		return &rule.Scheme{}, nil
	}
	key := compiledKey{v.Code, v.Version, string(v.Folder.Scheme) + "\x00" + string(v.Folder.Rules)}
	if known, ok := compiled.Load(key); ok {
		return known.(*rule.Scheme), nil
	}
	scheme, err := rule.Load(v.Folder)
	if err == nil {
		compiled.Store(key, scheme)
	}
	return scheme, err
}

// divide notes how a version's subsidy divides time: as the one before it, or otherwise from the day that the version
// begins. A contribution lies in one period of a subsidy, so that a period which that day lies in is cut in two.
func (r *Rules) divide(v version, sub *rule.Subsidy) {
	i := slices.IndexFunc(r.spans, func(s spans) bool { return s.subsidy == sub.ID })
	if i < 0 {
		r.spans = append(r.spans, spans{sub.ID, []span{{ledger.FirstDate, ledger.LastDate, sub}}})
		return
	}
	s := &r.spans[i]
	last := s.parts[len(s.parts)-1].by
	if last.SamePeriods(sub) {
		return
	}
	from := v.begins
	if (last.Reads == rule.ByMonth || sub.Reads == rule.ByMonth) && from.Day() != 1 {
		from = from.Period().Next().FirstDay() // the folds can't tell the parts of a month
	}
	s.parts = slices.DeleteFunc(s.parts, func(p span) bool { return p.from >= from })
	if n := len(s.parts); n > 0 {
		s.parts[n-1].to = from.AddDays(-1)
	}
	s.parts = append(s.parts, span{from, ledger.LastDate, sub})
}

// at is the span that the day lies in.
func (s spans) at(day ledger.Date) (span, bool) {
	for _, part := range s.parts {
		if part.from <= day && day <= part.to {
			return part, true
		}
	}
	return span{}, false
}

// of are the spans of the subsidy of that id; none where no version has it.
func (r Rules) of(id string) spans {
	for _, s := range r.spans {
		if s.subsidy == id {
			return s
		}
	}
	return spans{}
}

// periodOf is the subsidy's period that the day lies in; false where no version is in force in it.
func (r Rules) periodOf(id string, day, enrolled ledger.Date) (rule.Period, bool) {
	part, ok := r.of(id).at(day)
	if !ok {
		return rule.Period{}, false
	}
	p := part.by.PeriodOf(day, enrolled)
	p.Start, p.End = max(p.Start, part.from), min(p.End, part.to)
	return p, r.inForce(id, p)
}

// moves says whether the periods of the subsidy may become others: by a version that divides time otherwise, or by a
// better known enrolment.
func (r Rules) moves(id string) bool {
	parts := r.of(id).parts
	return len(parts) > 1 || slices.ContainsFunc(parts, func(p span) bool { return p.by.Span == rule.EnrolmentYear })
}

// judging are the versions that judge a subsidy's period, the one in force first: the last to come into force by the
// period's end, and those before it that were the law when the period began, unless a decree cuts the past. What any of
// them makes due stands (L6). A version that no longer has the subsidy is among them: it makes nothing due.
func (r Rules) judging(id string, p rule.Period) iter.Seq[version] {
	part, _ := r.of(id).at(p.Start)
	return func(yield func(version) bool) {
		for _, v := range slices.Backward(r.versions) {
			sub := v.scheme.Subsidy(id)
			if v.effectiveOn > p.End || sub != nil && !sub.SamePeriods(part.by) {
				continue
			}
			if !yield(v) || v.scheme.CutsPast || v.begins <= p.Start {
				return
			}
		}
	}
}

// inForce says whether any version has a say in the subsidy's period: it has the subsidy, or takes it away.
func (r Rules) inForce(id string, p rule.Period) bool {
	for v := range r.judging(id, p) {
		if v.scheme.CutsPast || v.scheme.Subsidy(id) != nil {
			return true
		}
	}
	return false
}

// latest is the subsidy as the last version has it that has it, by which it is booked; nil where none has.
func (r Rules) latest(id string) *rule.Subsidy {
	for _, v := range slices.Backward(r.versions) {
		if sub := v.scheme.Subsidy(id); sub != nil {
			return sub
		}
	}
	return nil
}

// Subsidy is the scheme's subsidy of that id, and its period that the day lies in for a member whose enrolment is not
// known; false where no version is in force in it.
func (r Rules) Subsidy(id string, on ledger.Date) (*rule.Subsidy, rule.Period, bool) {
	p, ok := r.periodOf(id, on, 0)
	return r.latest(id), p, ok
}

// KnowsAccount says whether the version's rules know the account of that label; any where they can't be read, so that
// nothing is held against the payer.
func KnowsAccount(v insurance.Scheme, label insurance.AccountLabel) bool {
	scheme, err := compile(v)
	return err != nil || scheme.KnowsAccount(string(label))
}
