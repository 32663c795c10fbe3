package lint

import (
	"fmt"
	"slices"
	"strings"

	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Standard is a minimum that an instrument of the International Labour Organization asks for.
type Standard struct {
	Instrument string
	Article    string
	// Kind is the benefit that it is about; empty where it is about the scheme as a whole.
	Kind rule.BenefitKind
	// Asks is the requirement, with its threshold.
	Asks   string
	Source string

	// gap is what the scheme says less than that, in words; empty where nothing is missing or nothing can be said.
	gap func(*reader, given) string
}

// Cite names instrument and article.
func (s Standard) Cite() string { return s.Instrument + " " + s.Article }

// Where the instruments are printed.
const (
	normlex = "https://www.ilo.org/dyn/normlex/en/f?p=NORMLEXPUB:12100:0::NO::P12100_ILO_CODE:"
	ofC102  = normlex + "C102"
	ofC183  = normlex + "C183"
	ofR202  = normlex + "R202"
)

// Standards is what benefits are compared with.
func Standards() []Standard {
	return []Standard{
		{"C102", "Art. 10(1)", rule.MedicalCare, "general practitioner and specialist care, essential medicines, hospital, and care before, at and after birth", ofC102, careMissing},
		{"C102", "Art. 10(2)", rule.MedicalCare, "no cost-sharing for pregnancy, birth and their consequences", ofC102, birthPaid},
		{"C102", "Art. 12", rule.MedicalCare, "at least 26 weeks in each case", ofC102, lasts(26)},
		{"C102", "Art. 16", rule.Sickness, "at least 45 % of earnings", ofC102, pays("45%")},
		{"C102", "Art. 18", rule.Sickness, "from the fourth day at the latest: a wait of at most 3 days", ofC102, waits(3)},
		{"C102", "Art. 18", rule.Sickness, "at least 26 weeks in each case", ofC102, lasts(26)},
		{"C102", "Art. 22", rule.Unemployment, "at least 45 % of earnings", ofC102, pays("45%")},
		{"C102", "Art. 24", rule.Unemployment, "at least 13 weeks within 12 months", ofC102, lasts(13)},
		{"C102", "Art. 24", rule.Unemployment, "a wait of at most 7 days", ofC102, waits(7)},
		{"C102", "Art. 26", rule.OldAge, "from the age of 65 at the latest", ofC102, fromAge(65)},
		{"C102", "Art. 28 and 30", rule.OldAge, "a periodic payment for life, and not only a lump sum", ofC102, periodic},
		{"C102", "Art. 28 and 29(1)", rule.OldAge, "at least 40 % of earnings after 30 years of contributions", ofC102, paysAfter("40%", 30)},
		{"C102", "Art. 29(2)", rule.OldAge, "a reduced benefit after 15 years of contributions", ofC102, reducedAfter(15)},
		{"C102", "Art. 36", rule.WorkInjury, "at least 50 % of earnings", ofC102, pays("50%")},
		{"C102", "Art. 49", rule.Maternity, "no cost-sharing for care before, at and after birth", ofC102, birthPaid},
		{"C102", "Art. 50", rule.Maternity, "at least 45 % of earnings", ofC102, pays("45%")},
		{"C102", "Art. 52", rule.Maternity, "at least 12 weeks", ofC102, lasts(12)},
		{"C183", "Art. 4", rule.Maternity, "at least 14 weeks", ofC183, lasts(14)},
		{"C183", "Art. 6(3)", rule.Maternity, "at least two thirds of earnings", ofC183, pays("two thirds")},
		{"C102", "Art. 56", rule.Disability, "at least 40 % of earnings", ofC102, pays("40%")},
		{"C102", "Art. 58", rule.Disability, "a periodic payment for as long as it lasts", ofC102, periodic},
		{"C102", "Art. 62", rule.Survivors, "at least 40 % of earnings", ofC102, pays("40%")},
		{"C102", "Art. 64", rule.Survivors, "a periodic payment for as long as it lasts", ofC102, periodic},

		{"C102", "Art. 68", "", "who is not a national and lives in the country has the same rights", ofC102, nonNationals},
		{"C102", "Art. 70", "", "a right of appeal against refusal, quality and quantity of a benefit", ofC102, appeal},
		{"C102", "Art. 71(1)", "", "costs borne together, so that who has little is spared hardship", ofC102, hardship},
		{"C102", "Art. 71(2)", "", "members bear at most half of the costs", ofC102, memberShare},
		{"R202", "Para. 5", "", "essential health care with maternity care; basic income for children, for those in active age who cannot earn enough, and for the old", ofR202, guarantees},
	}
}

// given are a scheme's benefits of one kind, in order of their names; all of them for a standard about the whole.
type given []rule.Benefit

// checkStandards compares with each standard. What a scheme says nothing of is one line, and not a list of failures.
func (r *reader) checkStandards() {
	r.tellSilence()
	for _, s := range Standards() {
		benefits := r.given(s.Kind)
		if len(benefits) == 0 {
			continue
		}
		if gap := s.gap(r, benefits); gap != "" {
			r.find(Warning, r.about(s, benefits), s.Cite(), "%s: %s; the standard: %s", subject(s), gap, s.Asks)
		}
	}
}

func subject(s Standard) string {
	if s.Kind == "" {
		return "the scheme"
	}
	return string(s.Kind)
}

// about is where the scheme speaks of what the standard is about.
func (r *reader) about(s Standard, benefits given) rule.Position {
	switch {
	case s.Kind != "":
		return benefits[0].Position
	case r.scheme.Standards != nil:
		return r.scheme.Standards.Position
	}
	return r.scheme.Key("benefits")
}

func (r *reader) given(kind rule.BenefitKind) given {
	var all given
	for _, name := range sorted(r.scheme.Benefits) {
		if b := r.scheme.Benefits[name]; kind == "" || b.Kind == kind {
			all = append(all, b)
		}
	}
	if kind == "" || kind == rule.OldAge {
		all = append(all, r.ofSavings()...)
	}
	return all
}

// ofSavings is what old-age savings give at retirement, as a benefit among others; nothing where the scheme says nothing
// of them.
func (r *reader) ofSavings() given {
	o := r.scheme.OldAge
	if o == nil || o.Retirement == nil {
		return nil
	}
	b := rule.Benefit{Place: o.Retirement.Place, Kind: rule.OldAge, Form: rule.LumpSum, Age: o.Retirement.Age, Appeal: o.Appeal}
	if slices.ContainsFunc(o.Plans, func(p rule.Plan) bool { return p.Form != rule.PayLump }) {
		b.Form = rule.Periodic
	}
	return given{b}
}

// tellSilence says in one line which branches the scheme says nothing of.
func (r *reader) tellSilence() {
	var silent []string
	for _, kind := range rule.BenefitKinds() {
		if kind != rule.Funeral && len(r.given(kind)) == 0 {
			silent = append(silent, string(kind))
		}
	}
	switch {
	case len(r.scheme.Benefits) == 0:
		r.warn(r.scheme.Key("benefits"), "it says nothing of benefits, so there is nothing to compare with the minimum standards; write benefits: if it gives any")
	case len(silent) > 0:
		r.warn(r.scheme.Key("benefits"), "it says nothing of %s", strings.Join(silent, ", "))
	}
}

// number is the value where it is the same for everybody.
func (r *reader) number(v *rule.Value) (exact.Number, bool) { return r.scheme.Constant(v, lastDay) }

// ofCash are the benefits in cash.
func (g given) ofCash() given {
	return slices.DeleteFunc(slices.Clone(g), func(b rule.Benefit) bool { return b.Form == rule.InKind })
}

// regular are those paid by the day or the month.
func (g given) regular() given {
	return slices.DeleteFunc(slices.Clone(g), func(b rule.Benefit) bool { return b.Form != rule.Daily && b.Form != rule.Periodic })
}

// parts are the shares that standards name in words.
var parts = map[string]exact.Number{"two thirds": exact.Share(2, 3)}

// pays asks for a share of earnings.
func pays(least string) func(*reader, given) string {
	want, named := parts[least]
	if !named {
		want = exact.Must(least)
	}
	return func(r *reader, g given) string {
		cash := g.ofCash()
		if len(cash) == 0 {
			return ""
		}
		best, known := r.bestRate(cash)
		switch {
		case !known && len(cash.regular()) == 0:
			return "it is paid once or in instalments, and not in place of earnings"
		case !known:
			return "it is no share of earnings; compare it with that share of an ordinary labourer's wage"
		case best.Less(want):
			return fmt.Sprintf("it pays %s of %s", percent(best), cash.of())
		}
		return ""
	}
}

// of is what the first of them that is a share is a share of.
func (g given) of() string {
	for i := range g {
		if g[i].Of != nil {
			return g[i].Of.String()
		}
	}
	return "what she gave"
}

// bestRate is the highest share of earnings among the benefits that are one.
func (r *reader) bestRate(g given) (best exact.Number, known bool) {
	for i := range g {
		rate := g[i].Rate
		if g[i].Full != nil {
			rate = &g[i].Full.Rate
		}
		if n, ok := r.number(rate); ok && (!known || best.Less(n)) {
			best, known = n, true
		}
	}
	return best, known
}

func percent(n exact.Number) string {
	return n.Times(exact.Int(100)).Round(exact.HalfUp, exact.Must("0.01")).String() + " %"
}

// lasts asks for so many weeks; a benefit that says nothing lasts as long as the event.
func lasts(weeks int64) func(*reader, given) string {
	return func(r *reader, g given) string {
		for i := range g {
			n, known := r.weeks(&g[i])
			said := g[i].Weeks != nil || g[i].Days != nil
			if !said && g[i].Form != rule.LumpSum || said && !known || known && !n.Less(exact.Int(weeks)) { // what differs by event is not known
				return ""
			}
		}
		for i := range g {
			if n, known := r.weeks(&g[i]); known {
				return fmt.Sprintf("it is paid for %s weeks", n)
			}
		}
		return "it is paid once"
	}
}

// weeks are those that one event is paid for, also where they are written in days.
func (r *reader) weeks(b *rule.Benefit) (exact.Number, bool) {
	if b.Days == nil {
		return r.number(b.Weeks)
	}
	n, known := r.number(b.Days)
	return n.Over(exact.Int(7)), known
}

// waits asks for at most so many days without pay.
func waits(days int64) func(*reader, given) string {
	return func(r *reader, g given) string {
		for i := range g {
			if n, known := r.number(g[i].WaitDays); known && exact.Int(days).Less(n) {
				return fmt.Sprintf("nothing is paid for the first %s days", n)
			}
		}
		return ""
	}
}

func fromAge(most int64) func(*reader, given) string {
	return func(r *reader, g given) string {
		for i := range g {
			if n, known := r.number(g[i].Age); known && exact.Int(most).Less(n) {
				return fmt.Sprintf("it is paid from the age of %s", n)
			}
		}
		return ""
	}
}

// periodic asks for payments month by month.
func periodic(_ *reader, g given) string {
	if slices.ContainsFunc(g, func(b rule.Benefit) bool { return b.Form == rule.Periodic && b.Weeks == nil }) {
		return ""
	}
	if g[0].Form == rule.Periodic {
		return "it is paid for some weeks only"
	}
	return "it is only a " + strings.ReplaceAll(string(g[0].Form), "-", " ")
}

// paysAfter asks for a share of earnings after so many years. One that is no periodic payment has been told of.
func paysAfter(least string, years int64) func(*reader, given) string {
	want := exact.Must(least)
	return func(r *reader, g given) string {
		regular := g.regular()
		if len(regular) == 0 {
			return ""
		}
		for i := range regular {
			if full := regular[i].Full; full != nil {
				if n, known := r.number(&full.Years); known && exact.Int(years).Less(n) {
					return fmt.Sprintf("it takes %s years to the full rate", n)
				}
			}
		}
		best, known := r.bestRate(regular)
		switch {
		case !known:
			return "it is no share of earnings; compare it with that share of an ordinary labourer's wage"
		case best.Less(want):
			return fmt.Sprintf("it pays %s", percent(best))
		}
		return ""
	}
}

// reducedAfter asks for something after fewer years.
func reducedAfter(years int64) func(*reader, given) string {
	return func(r *reader, g given) string {
		regular := g.regular()
		for i := range regular {
			for _, earned := range []*rule.Earned{regular[i].Reduced, regular[i].Full} {
				if earned == nil {
					continue
				}
				if n, known := r.number(&earned.Years); known && !exact.Int(years).Less(n) {
					return ""
				}
			}
			if regular[i].Full == nil && regular[i].Reduced == nil && regular[i].Qualifying == nil {
				return "" // no years are asked for
			}
		}
		if len(regular) == 0 {
			return ""
		}
		return "who has contributed for 15 years and less than the full time is given nothing"
	}
}

// careAsked is the care that has to be there.
var careAsked = []rule.Care{rule.Practitioner, rule.Specialist, rule.Medicines, rule.Hospital, rule.Antenatal, rule.Confinement, rule.Postnatal}

// birthCare is the care that has to be free.
var birthCare = []rule.Care{rule.Antenatal, rule.Confinement, rule.Postnatal}

func careMissing(r *reader, g given) string {
	var missing []string
	for _, care := range careAsked {
		if !slices.ContainsFunc(r.given(""), func(b rule.Benefit) bool { return slices.Contains(b.Covers, care) }) {
			missing = append(missing, string(care))
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "it does not cover " + strings.Join(missing, ", ")
}

// birthPaid looks for a co-payment on pregnancy or birth.
func birthPaid(_ *reader, g given) string {
	for _, b := range g {
		for _, c := range b.CoPayments {
			for _, care := range birthCare {
				if slices.Contains(c.For, care) || len(c.For) == 0 && slices.Contains(b.Covers, care) {
					return fmt.Sprintf("line %d has a co-payment on %s", c.Line, care)
				}
			}
		}
	}
	return ""
}

func nonNationals(r *reader, _ given) string {
	switch st := r.scheme.Standards; {
	case st == nil || st.NonNationals == nil:
		return "it says nothing of them (standards: non_nationals:)"
	case st.NonNationals.Rule != rule.EqualTreatment && st.NonNationals.Law == "":
		return "it restricts them and cites no law"
	case st.NonNationals.Rule != rule.EqualTreatment:
		return "it restricts them by " + st.NonNationals.Law
	}
	return ""
}

func appeal(r *reader, g given) string {
	for i := range g {
		if r.scheme.AppealOf(&g[i]) == nil {
			return "it names no way to appeal (standards: appeal: {to: …, days: …})"
		}
	}
	return ""
}

func hardship(r *reader, _ given) string {
	if st := r.scheme.Standards; st == nil || st.Hardship == "" {
		return "it does not say how hardship is avoided (standards: hardship:)"
	}
	return ""
}

func memberShare(r *reader, _ given) string {
	st := r.scheme.Standards
	if st == nil || st.MemberShare == nil {
		return "it does not say which share members bear (standards: member_share:)"
	}
	if n, known := r.number(st.MemberShare); known && exact.Share(1, 2).Less(n) {
		return "members bear " + percent(n)
	}
	return ""
}

// guarantees are the four of a social protection floor, each met by any of some benefits.
func guarantees(r *reader, _ given) string {
	var missing []string
	for _, g := range []struct {
		name string
		by   []rule.BenefitKind
	}{
		{"health care", []rule.BenefitKind{rule.MedicalCare}},
		{"children", []rule.BenefitKind{rule.Children}},
		{"active age", []rule.BenefitKind{rule.Sickness, rule.Unemployment, rule.Maternity, rule.Disability}},
		{"old age", []rule.BenefitKind{rule.OldAge}},
	} {
		if !slices.ContainsFunc(g.by, func(kind rule.BenefitKind) bool { return len(r.given(kind)) > 0 }) {
			missing = append(missing, g.name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "of the four guarantees it has nothing for " + strings.Join(missing, ", ")
}
