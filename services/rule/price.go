package rule

import (
	"regexp"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// Price is what the scheme pays for an item of care at most.
type Price struct {
	Place `yaml:"-"`
	Item  string `yaml:"item"`
	Care  Care   `yaml:"care"`
	Text  string `yaml:"text"`
	// Price is that of one, or of one day of a stay, at any level of care; with dates where it changes.
	Price Parameter `yaml:"price"`
	// At are the prices at the levels where another holds.
	At map[string]Parameter `yaml:"at"`
	// Stay says that it is counted by the day, and that a person has one such item a day.
	Stay bool `yaml:"stay"`
}

var itemText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// PriceOf is the item of the price list; nil where it is on none.
func (s *Scheme) PriceOf(item string) *Price { return s.priced[item] }

// PriceAt is what the item costs at the level of care on the input's day; the refusal says that no price holds then.
func (s *Scheme) PriceAt(p *Price, level string, in Input) (exact.Number, *Refusal, error) {
	price := p.Price
	if at, ok := p.At[level]; ok {
		price = at
	}
	v := price.on(in.On)
	if v == nil {
		return exact.Int(0), &Refusal{Reason: "PRICE_UNKNOWN", Text: "the price list has no price for that day"}, nil
	}
	return s.Compute(v, in, Greater)
}

// LevelOf is where the level of care stands among those of the scheme, from 0, the lowest; -1 for none of them.
func (s *Scheme) LevelOf(name string) int { return slices.Index(s.Levels, name) }

// checkPrices looks at the levels of care and the price list.
func (s *Scheme) checkPrices() {
	for i, level := range s.Levels {
		if !nameText.MatchString(level) || slices.Contains(s.Levels[:i], level) {
			s.wrong(s.Key("levels"), "levels: write each level of care once, the lowest first, in lower-case letters")
		}
	}
	s.priced = map[string]*Price{}
	for i := range s.Prices {
		p := &s.Prices[i]
		switch {
		case !itemText.MatchString(p.Item):
			s.wrong(p.Position, "prices: write item: a code of letters, digits, dots and hyphens, such as CONS-1")
		case s.priced[p.Item] != nil:
			s.wrong(p.Key("item"), "prices: %s stands in line %d already; write its prices by level or day there", p.Item, s.priced[p.Item].Line)
		}
		s.priced[p.Item] = p
		s.checkPrice(p)
	}
}

func (s *Scheme) checkPrice(p *Price) {
	where := "prices." + p.Item
	oneOf(s, p.Key("care"), where+".care", p.Care, Cares())
	if len(p.Price.Dated) > 0 || len(p.At) == 0 {
		s.checkParameter(where+".price", &p.Price)
	}
	for _, level := range sortedKeys(p.At) {
		at := p.At[level]
		s.checkLevels(p.Key("at"), where+".at", level)
		s.checkParameter(where+".at."+level, &at)
	}
}

// checkLevels sees that the levels are levels of care of the scheme.
func (s *Scheme) checkLevels(at Position, where string, levels ...string) {
	for _, level := range levels {
		if s.LevelOf(level) < 0 {
			s.wrong(at, "%s: %.40q is not in the list of levels", where, level)
		}
	}
}

// UnmarshalYAML reads a price.
func (p *Price) UnmarshalYAML(node ast.Node) error {
	type plain Price
	return readPart(SchemeFile, node, &p.Place, (*plain)(p))
}

// UnmarshalYAML reads how earnings are made.
func (e *Earnings) UnmarshalYAML(node ast.Node) error {
	type plain Earnings
	return readPart(SchemeFile, node, &e.Place, (*plain)(e))
}

// UnmarshalYAML reads whom a benefit is multiplied by.
func (p *PerHead) UnmarshalYAML(node ast.Node) error {
	type plain PerHead
	return readPart(SchemeFile, node, &p.Place, (*plain)(p))
}

// UnmarshalYAML reads how a benefit is divided.
func (d *Division) UnmarshalYAML(node ast.Node) error {
	type plain Division
	return readPart(SchemeFile, node, &d.Place, (*plain)(d))
}

// UnmarshalYAML reads the share of a kind of survivors.
func (v *Surviving) UnmarshalYAML(node ast.Node) error {
	type plain Surviving
	return readPart(SchemeFile, node, &v.Place, (*plain)(v))
}

// UnmarshalYAML reads what is done without a referral.
func (r *Referral) UnmarshalYAML(node ast.Node) error {
	type plain Referral
	return readPart(SchemeFile, node, &r.Place, (*plain)(r))
}

// YearOf is the scheme's year that the day lies in.
func (s *Scheme) YearOf(day ledger.Date) Period { return yearFrom(day, s.starts) }
