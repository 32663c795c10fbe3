package match

import (
	"fmt"
	"slices"
	"sync"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Rules are a scheme's rules in all its versions.
type Rules struct {
	Code     ledger.SchemeCode
	Currency ledger.Currency
	versions []version
}

// version is one version of the rules.
type version struct {
	number      int
	effectiveOn ledger.Date
	scheme      *rule.Scheme
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
func RulesOf(versions []insurance.Scheme) (Rules, error) {
	var r Rules
	for _, v := range versions {
		r.Code, r.Currency = v.Code, v.Currency
		scheme, err := compile(v)
		if err != nil {
			return r, fmt.Errorf("scheme %s version %d: %w", v.Code, v.Version, err)
		}
		r.versions = append(r.versions, version{v.Version, v.EffectiveOn, scheme})
	}
	slices.SortStableFunc(r.versions, func(a, b version) int {
		if a.effectiveOn != b.effectiveOn {
			return int(a.effectiveOn) - int(b.effectiveOn)
		}
		return a.number - b.number
	})
	return r, nil
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

// subsidies are the ids of all subsidies of all versions.
func (r Rules) subsidies() []string {
	var ids []string
	for _, v := range r.versions {
		for i := range v.scheme.Subsidies {
			if id := v.scheme.Subsidies[i].ID; !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// in are the versions that judge a period, the one in force first: the last to come into force by the period's end, and
// where its decree does not cut the past, those before it whose period this was already begun under.
func (r Rules) in(p rule.Period) []version {
	var judge []version
	for _, v := range slices.Backward(r.versions) {
		if v.effectiveOn > p.End {
			continue
		}
		judge = append(judge, v)
		if v.scheme.CutsPast || v.effectiveOn <= p.Start {
			break
		}
	}
	return judge
}

// periodOf is the subsidy's period that the day lies in, by the version in force then; false where none has it.
func (r Rules) periodOf(id string, day, enrolled ledger.Date) (rule.Period, bool) {
	for _, v := range slices.Backward(r.versions) {
		sub := v.scheme.Subsidy(id)
		if sub == nil {
			continue
		}
		if p := sub.PeriodOf(day, enrolled); v.effectiveOn <= p.End {
			return p, true
		}
	}
	return rule.Period{}, false
}

// needs says what of a member's past the rules look at beyond the folds.
func (r Rules) needs() (facts, every bool) {
	for _, v := range r.versions {
		facts = facts || v.scheme.NeedsFacts()
		every = every || v.scheme.NeedsEvery()
	}
	return facts, every
}

// Subsidy is the scheme's subsidy of that id and its period that the day lies in, by the version in force then.
func (r Rules) Subsidy(id string, on ledger.Date) (*rule.Subsidy, rule.Period, bool) {
	p, ok := r.periodOf(id, on, 0)
	if !ok {
		return nil, p, false
	}
	for _, v := range r.in(p) {
		if sub := v.scheme.Subsidy(id); sub != nil {
			return sub, p, true
		}
	}
	return nil, p, false
}
