package entitlement

import (
	"cmp"
	"maps"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Limit is a limit of a benefit, and what is left of it: in minor units where it bounds money, else in days.
type Limit struct {
	Benefit   string
	Per       string
	Household bool
	// Care are the kinds of care that it is for; all where none is named.
	Care []rule.Care
	// Money says that it bounds money.
	Money bool
	Most  int64
	Left  int64
}

// CoPayment is what the member pays herself: a share of the price, or an amount in minor units, at most UpTo per event or
// year where that is not zero.
type CoPayment struct {
	Benefit string
	Care    []rule.Care
	Level   []string
	Share   string
	Minor   int64
	UpTo    int64
	Per     string
}

// terms are what a version of a scheme says of the benefits that a cover gives.
type terms struct {
	scheme *rule.Scheme
	code   ledger.SchemeCode
	// cover is asked about, and pool is its own: its benefits are those that ask for it, and those of the pool that ask for
	// none.
	cover string
	pool  insurance.Pool
	facts insurance.Facts
	on    ledger.Date
	used  []benefit.Earlier
	// person is whom it is about, as claims name her, and own says that limits are hers alone.
	person string
	own    bool
}

func (t terms) input() rule.Input {
	return rule.Input{Facts: t.facts, Enrolled: t.facts.Enrolled(t.code), On: t.on}
}

// benefits are the names of those that the cover gives, in order.
func (t terms) benefits() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.scheme.Benefits)), func(name string) bool {
		b := t.scheme.Benefits[name]
		if b.Cover != "" {
			return b.Cover != t.cover
		}
		return b.Pool != string(t.pool)
	})
}

// limited says whether any of the benefits has a limit that can be used up.
func (t terms) limited() bool {
	return slices.ContainsFunc(t.benefits(), func(name string) bool { return len(t.scheme.Benefits[name].Limits) > 0 })
}

// limits are those of the benefits, with what is left. A limit that can't be told is left out: nobody is told less than
// she has.
func (t terms) limits() (all []Limit, err error) {
	for _, name := range t.benefits() {
		for _, l := range t.scheme.Benefits[name].Limits {
			limit := Limit{Benefit: name, Per: l.Per, Household: l.Household && !t.own, Care: l.For, Money: l.Amount != nil}
			value := l.Amount
			if !limit.Money {
				value = l.Days
			}
			var told bool
			if limit.Most, told, err = t.amount(value, limit.Money, rule.Greater); err != nil {
				return nil, err
			}
			if told {
				limit.Left = max(0, limit.Most-t.usedOf(limit))
				all = append(all, limit)
			}
		}
	}
	return all, nil
}

// amount is a value in minor units, or as a whole number of days; false where it can't be told.
func (t terms) amount(v *rule.Value, money bool, favour rule.Favour) (int64, bool, error) {
	if v == nil {
		return 0, false, nil
	}
	n, refusal, err := t.scheme.Compute(v, t.input(), favour)
	if err != nil || refusal != nil {
		return 0, false, err
	}
	if !money {
		whole, err := n.Minor(0)
		return whole, err == nil, err
	}
	minor, err := t.scheme.Rounded(nil, n)
	return minor, err == nil, err
}

// usedOf is what was used of a limit by the day. Of a new event nothing was.
func (t terms) usedOf(l Limit) (sum int64) {
	if l.Per == "event" {
		return 0
	}
	year := t.scheme.YearOf(t.on)
	for _, u := range t.used {
		switch {
		case u.Scheme != t.code || u.Benefit != l.Benefit || u.EventOn > t.on:
		case l.Per == "year" && !year.Holds(u.EventOn):
		case !l.Household && cmp.Or(u.Person, string(u.Member)) != t.person:
		case len(l.Care) > 0 && !slices.Contains(l.Care, u.Care):
		case l.Money:
			sum += u.Minor
		default:
			sum += u.Days
		}
	}
	return sum
}

// emergency is who bears emergency care and births of those who are not covered, as a party of the books.
func (t terms) emergency() ledger.Party {
	for _, name := range t.benefits() {
		b := t.scheme.Benefits[name]
		if b.WithoutCover != "" && b.WithoutCover != "pool" {
			return ledger.Party(ledger.FunderKind + ":" + b.WithoutCover)
		}
	}
	return t.pool.Party()
}

// coPayments are those of the benefits. One that can't be told is left out, for the provider may not guess.
func (t terms) coPayments() (all []CoPayment, err error) {
	for _, name := range t.benefits() {
		b := t.scheme.Benefits[name]
		for _, c := range b.CoPayments {
			out := CoPayment{Benefit: name, Care: c.For, Level: c.Level, Per: c.Per}
			var told bool
			if c.Share != nil {
				n, refusal, err := t.scheme.Compute(c.Share, t.input(), rule.Lesser)
				if err != nil {
					return nil, err
				}
				out.Share, told = n.String(), refusal == nil
			} else if out.Minor, told, err = t.amount(c.Amount, true, rule.Lesser); err != nil {
				return nil, err
			}
			if out.UpTo, _, err = t.amount(c.UpTo, true, rule.Lesser); err != nil {
				return nil, err
			}
			if told {
				all = append(all, out)
			}
		}
	}
	return all, nil
}
