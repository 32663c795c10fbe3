package cover

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
)

// freeYears are the years that she has earned by what she gave in the year before.
func (l *life) freeYears(pays []pay) []right {
	var all []right
	for d := l.over.from; d <= l.over.to; {
		v := l.rules.at(d)
		f := v.scheme.Covers[l.name].Free
		if f == nil {
			d = l.nextVersion(d)
			continue
		}
		year := v.scheme.Year(f.Span, d.date())
		before := v.scheme.Year(f.Span, year.Start.AddDays(-1))
		if l.active(f, v, pays, before) {
			all = append(all, right{span{dayOf(year.Start), dayOf(year.End)}, YearEarned})
		}
		d = dayOf(year.End) + 1
	}
	return all
}

// nextVersion is the first day of the next version.
func (l *life) nextVersion(d day) day {
	for _, v := range l.rules.versions {
		if v.from > d {
			return v.from
		}
	}
	return never
}

// active says whether she has done in the year what the scheme asks.
func (l *life) active(f *rule.FreeCover, v *version, pays []pay, year rule.Period) bool {
	given, instalments, months := int64(0), 0, map[ledger.Period]bool{}
	for _, p := range pays {
		if on := p.on.date(); year.Holds(on) {
			given = plus(given, p.minor)
			if p.minor > 0 {
				instalments++ // all of one day is one, however it was split
				months[on.Period()] = true
			}
		}
	}
	c := computing{life: l, scheme: v.scheme, in: l.input(dayOf(year.End))}
	defer func() { l.fail(c.err) }()
	return given > 0 && (f.Given == nil || given >= c.money(f.Given, nil)) &&
		len(months) >= c.days(f.Months, 0, rule.Lesser) && instalments >= c.days(f.Instalments, 0, rule.Lesser)
}
