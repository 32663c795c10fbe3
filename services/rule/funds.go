package rule

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"sanad.dev/sanad/services/rule/exact"
)

// Funds are what a scheme says of the pools that bear its benefits: what each must hold, and who stands behind it. None of
// it touches a decision on a benefit. Numbers in it may be written out or be parameters, which have dates.
type Funds struct {
	Place `yaml:"-"`
	// National is the code of the scheme whose pools stand behind those of this one; empty for the national scheme itself.
	National string `yaml:"national"`
	// Guarantor is the funder that is called where no pool can help.
	Guarantor string `yaml:"guarantor"`
	// Pools are by name: health, maternity or old-age.
	Pools map[string]FundPool `yaml:"pools"`
}

// FundPool is what a scheme says of one pool. Shares are parts of one: 0.25.
type FundPool struct {
	Place `yaml:"-"`
	// Floor is what it must hold at least, in major units; nothing where it says nothing.
	Floor *Value `yaml:"floor"`
	// NotReported is the part of the claims approved in twelve months that has been incurred and not reported yet.
	NotReported *Value `yaml:"not_reported"`
	// Ceded is the part of its earned contributions and subsidy that it passes to the national pool.
	Ceded *Value `yaml:"ceded"`
	// Retention is what of a year's claims it bears itself, in major units; Recovered is the part of what is above that
	// the national pool bears: all of it, where nothing is said.
	Retention *Value `yaml:"retention"`
	Recovered *Value `yaml:"recovered"`
	// NoLoan says that the law forbids it to borrow from the national pool; Law is the article.
	NoLoan bool   `yaml:"no_loan"`
	Law    string `yaml:"law"`
}

// FundPools lists the names of pools.
func FundPools() []string { return []string{"health", "maternity", "old-age"} }

// oldAgePool has no pool behind it: what is in it is its members' own.
const oldAgePool = "old-age"

// UnmarshalYAML reads what a scheme says of its pools.
func (f *Funds) UnmarshalYAML(node ast.Node) error {
	type plain Funds
	return readPart(SchemeFile, node, &f.Place, (*plain)(f))
}

// UnmarshalYAML reads what a scheme says of a pool.
func (p *FundPool) UnmarshalYAML(node ast.Node) error {
	type plain FundPool
	return readPart(SchemeFile, node, &p.Place, (*plain)(p))
}

// FundTerms are the numbers of a pool on a day. Amounts are in minor units.
type FundTerms struct {
	Floor, Retention              int64
	NotReported, Ceded, Recovered exact.Number
	// Retains says that there is a retention: without one nothing is recovered.
	Retains, Loan bool
}

// FundTerms are the numbers that hold for a pool on a day; false where the scheme says nothing of it, or no value of a
// parameter is known on that day.
func (s *Scheme) FundTerms(pool string, on Day) (terms FundTerms, known bool) {
	terms = FundTerms{Recovered: exact.Int(1)}
	if s.Funds == nil {
		return terms, false
	}
	p, ok := s.Funds.Pools[pool]
	if !ok {
		return terms, false
	}
	terms.Loan = s.Funds.National != "" && !p.NoLoan && pool != oldAgePool
	terms.Retains = p.Retention != nil
	for _, share := range []struct {
		of   *Value
		into *exact.Number
	}{{p.NotReported, &terms.NotReported}, {p.Ceded, &terms.Ceded}, {p.Recovered, &terms.Recovered}} {
		ok = ok && s.fundShare(share.of, on, share.into)
	}
	return terms, ok && s.fundAmount(p.Floor, on, &terms.Floor) && s.fundAmount(p.Retention, on, &terms.Retention)
}

// fundShare computes a share where it is written; false where it can't be known.
func (s *Scheme) fundShare(v *Value, on Day, into *exact.Number) (ok bool) {
	if v == nil {
		return true
	}
	*into, ok = s.Constant(v, on)
	return ok && isShare(*into)
}

func isShare(n exact.Number) bool { return n.Sign() >= 0 && n.Cmp(exact.Int(1)) <= 0 }

// fundAmount computes an amount in minor units where it is written; false where it can't be known.
func (s *Scheme) fundAmount(v *Value, on Day, into *int64) bool {
	if v == nil {
		return true
	}
	n, ok := s.Constant(v, on)
	if !ok || n.Sign() < 0 {
		return false
	}
	minor, err := s.Rounded(nil, n)
	*into = minor
	return err == nil
}

// checkFunds looks at what is said of the pools.
func (s *Scheme) checkFunds() {
	f := s.Funds
	if f == nil {
		return
	}
	if f.National != "" && (f.National == s.Code || !schemeCode.MatchString(f.National)) {
		s.wrong(f.Key("national"), "funds.national: write the code of the scheme whose pools stand behind these; the national scheme itself leaves it out")
	}
	if f.Guarantor != "" && !funderText.MatchString(f.Guarantor) {
		s.wrong(f.Key("guarantor"), "funds.guarantor: write a funder's short name, such as mof")
	}
	if len(f.Pools) == 0 {
		s.wrong(f.Key("pools"), "funds.pools: write health, maternity or old-age")
	}
	for _, name := range sortedKeys(f.Pools) {
		p := f.Pools[name]
		s.checkFundPool(name, &p)
	}
}

func (s *Scheme) checkFundPool(name string, p *FundPool) {
	where := "funds.pools." + name
	oneOf(s, p.Position, "funds.pools", name, FundPools())
	for _, v := range []*Value{p.Floor, p.NotReported, p.Ceded, p.Retention, p.Recovered} {
		s.checkFundValue(where, v)
	}
	for _, v := range []*Value{p.NotReported, p.Ceded, p.Recovered} {
		if v != nil && v.Written != nil && !isShare(*v.Written) {
			s.wrong(v.Position, "%s: a share is a part of one, such as 0.25 or 25%%", where)
		}
	}
	switch passes := p.Ceded != nil || p.Retention != nil || p.Recovered != nil; {
	case passes && s.Funds.National == "":
		s.wrong(p.Position, "%s: ceded, retention and recovered need funds.national, the scheme that it passes to", where)
	case passes && name == oldAgePool:
		s.wrong(p.Position, "%s: what is in it is its members' own; take out ceded, retention and recovered", where)
	case p.Recovered != nil && p.Retention == nil:
		s.wrong(p.Position, "%s: recovered needs retention: what it bears itself", where)
	case p.NoLoan && p.Law == "":
		s.wrong(p.Position, "%s: no_loan needs law: the article that forbids it", where)
	}
}

// checkFundValue sees that a value depends on no member: it is a number, a parameter, or computed from these.
func (s *Scheme) checkFundValue(where string, v *Value) {
	if v == nil {
		return
	}
	s.checkValue(v)
	v.Each(func(inner *Value) {
		_, parameter := s.Parameters[inner.Name]
		lookup := inner.Form != nil && (inner.Form.Lookup != nil || inner.Form.Highest != nil || inner.Form.Total != nil)
		if lookup || inner.Name != "" && !parameter {
			s.wrong(inner.Position, "%s: a pool's numbers depend on no member; write a number or a parameter", where)
		}
	})
}

// PoolsWithoutSource are the pools of health and maternity behind which nobody stands: no pool that lends, and no
// guarantor. What they cannot pay waits.
func (f *Funds) PoolsWithoutSource() []string {
	var alone []string
	for _, name := range sortedKeys(f.Pools) {
		lends := f.National != "" && !f.Pools[name].NoLoan
		if name != oldAgePool && !lends && f.Guarantor == "" {
			alone = append(alone, name)
		}
	}
	return slices.Clip(alone)
}
