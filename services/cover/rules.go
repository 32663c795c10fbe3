package cover

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Rules are a scheme's rules of cover in all its versions, in the order in which they come into force.
type Rules struct {
	Code     ledger.SchemeCode
	versions []version
}

// version is one version of the rules.
type version struct {
	number int
	from   day
	scheme *rule.Scheme
}

// compiled are the rules of versions that were read before. A published version never changes.
var compiled sync.Map

// compiledKey names a version by what it says, for two databases may have versions of one name.
type compiledKey struct {
	code    ledger.SchemeCode
	version int
	text    string
}

// RulesOf are the rules that the versions of a scheme have published. A version without a folder has no covers.
func RulesOf(published []insurance.Scheme) (Rules, error) {
	var r Rules
	for _, v := range published {
		scheme, err := compile(v)
		if err != nil {
			return r, fmt.Errorf("scheme %s version %d: %w", v.Code, v.Version, err)
		}
		r.Code = v.Code
		r.versions = append(r.versions, version{v.Version, dayOf(v.EffectiveOn), scheme})
	}
	r.sort()
	return r, nil
}

// Of are the rules of folders that were loaded, which follow each other as versions 1, 2 and so on.
func Of(schemes ...*rule.Scheme) Rules {
	var r Rules
	for i, s := range schemes {
		r.Code = ledger.SchemeCode(s.Code)
		r.versions = append(r.versions, version{i + 1, openFrom(ledger.Date(s.Effective)), s})
	}
	r.sort()
	return r
}

func (r *Rules) sort() {
	slices.SortStableFunc(r.versions, func(a, b version) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.number, b.number))
	})
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

// at is the version in force on the day; the first one for the days before any.
func (r Rules) at(d day) *version {
	for i := range slices.Backward(r.versions) {
		if r.versions[i].from <= d {
			return &r.versions[i]
		}
	}
	if len(r.versions) == 0 {
		return &version{scheme: &rule.Scheme{}}
	}
	return &r.versions[0]
}

// Covers are the names of the covers in force on the day, in order.
func (r Rules) Covers(on ledger.Date) []string {
	var names []string
	for name := range r.at(dayOf(on)).scheme.Covers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Cover is what the version in force on the day says of the cover; false where it says nothing.
func (r Rules) Cover(name string, on ledger.Date) (rule.Cover, bool) {
	c, ok := r.at(dayOf(on)).scheme.Covers[name]
	return c, ok
}

// accounts are the pots that buy the cover, own and matched, in any version.
func (r Rules) accounts(name string) (own, matched []ledger.Code) {
	for _, v := range r.versions {
		c := v.scheme.Covers[name]
		if c.Account != 0 {
			own = append(own, ledger.Code(c.Account))
		}
		if c.Matched != 0 {
			matched = append(matched, ledger.Code(c.Matched))
		}
	}
	return own, matched
}
