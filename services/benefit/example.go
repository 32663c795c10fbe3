package benefit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Prove computes what an example expects of its claims: what is granted in all, or by claim; lines, by item; what was
// taken, by reason; the reasons; the days; and who bears it.
func Prove(s *rule.Scheme, x rule.Example, in rule.Input, what string, expected rule.Expected) ([]rule.Outcome, bool, error) {
	if len(x.Claims) == 0 || !slices.Contains([]string{"granted", "lines", "taken", "reasons", "days", "borne_by"}, what) {
		return nil, false, nil
	}
	decisions, err := Examples(s, x, in)
	if err != nil {
		return nil, true, err
	}
	sums, list := summed(s, decisions)
	switch {
	case expected.By != nil:
		return sums.compare(what, expected.By), true, nil
	case what == "reasons":
		return []rule.Outcome{rule.Compare(what, strings.Join(expected.List, ", "), strings.Join(list.reasons, ", "))}, true, nil
	case what == "borne_by":
		return []rule.Outcome{rule.Compare(what, expected.Text, strings.Join(list.bearers, ", "))}, true, nil
	}
	return []rule.Outcome{rule.Compare(what, expected.Text, sums[what].String())}, true, nil
}

// sums are amounts and days by what they are: granted, granted 2, lines CONS, taken CO_PAYMENT.
type sums map[string]exact.Number

func (s sums) compare(what string, expected map[string]string) []rule.Outcome {
	var outcomes []rule.Outcome
	names := make([]string, 0, len(expected))
	for name := range expected {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		outcomes = append(outcomes, rule.Compare(what+" "+name, expected[name], s[what+" "+name].String()))
	}
	return outcomes
}

// lists are the reasons, and those who bear something, each once in the order in which they come.
type lists struct{ reasons, bearers []string }

func summed(s *rule.Scheme, decisions []insurance.Decision) (sums, lists) {
	of, l := sums{}, lists{}
	add := func(minor int64, names ...string) {
		for _, name := range names {
			of[name] = of[name].Plus(exact.OfMinor(minor, s.Decimals()))
		}
	}
	for _, d := range decisions {
		for _, line := range d.Lines {
			add(line.Granted, "granted", "granted "+d.Subject, "lines", "lines "+line.Item)
			of["days"] = of["days"].Plus(exact.Int(line.Days))
			l.bearers = append(l.bearers, string(line.BorneBy))
			for _, r := range line.Reductions {
				add(r.Took, "taken", "taken "+r.Reason)
				l.reasons = append(l.reasons, r.Reason)
			}
		}
	}
	l.reasons, l.bearers = each(l.reasons), each(l.bearers)
	return of, l
}

func each(words []string) []string {
	var once []string
	for _, w := range words {
		if w != "" && !slices.Contains(once, w) {
			once = append(once, w)
		}
	}
	return once
}

// Examples judges the claims of an example in their order; each knows of those before it.
func Examples(s *rule.Scheme, x rule.Example, in rule.Input) ([]insurance.Decision, error) {
	var decisions []insurance.Decision
	var history []Earlier
	for i, given := range x.Claims {
		c, err := exampleCase(s, given, in)
		if err != nil {
			return nil, fmt.Errorf("claim %d: %w", i+1, err)
		}
		c.Claim.ID = cmp.Or(given.ID, fmt.Sprint(i+1))
		c.History = slices.Clone(history)
		d, err := Adjudicate(s, c)
		if err != nil {
			return nil, fmt.Errorf("claim %d: %w", i+1, err)
		}
		decisions, history = append(decisions, d), append(history, Past(s, c, d)...)
	}
	return decisions, nil
}

// exampleMember is whom the examples of a scheme are about.
const exampleMember insurance.MemberID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

func exampleCase(s *rule.Scheme, x rule.ClaimExample, in rule.Input) (Case, error) {
	e := x.Event
	c := Case{
		Scheme: ledger.SchemeCode(s.Code), Facts: in.Facts, Enrolled: in.Enrolled, Cover: exampleCover(s, x, in),
		Through: ledger.Date(x.Through).Period(),
		Claim: Claim{
			Benefit: x.Benefit, Member: exampleMember, Person: x.Person, ReceivedOn: ledger.Date(cmp.Or(x.Received, e.On)),
			Event: Event{
				ID: e.ID, Kind: rule.EventKind(e.Kind), On: ledger.Date(e.On), Admitted: ledger.Date(e.Admitted), From: ledger.Date(e.From),
				To: ledger.Date(e.To), Emergency: e.Emergency, Children: e.Children, Degree: e.Degree,
			},
		},
	}
	for _, p := range in.Contributions {
		c.Contributions = append(c.Contributions, Paid{On: p.On, Minor: p.Minor, Count: p.Count, Payer: p.Payer, Account: p.Account})
	}
	for _, v := range x.Evidence {
		c.Claim.Evidence = append(c.Claim.Evidence, Evidence{Event: v.Event, On: ledger.Date(v.On), By: v.By, Missed: Missed(v.Missed)})
	}
	for _, v := range x.Survivors {
		c.Survivors = append(c.Survivors, Survivor{
			Person: v.Name, Kind: insurance.DependantKind(v.Kind), Birth: insurance.Birth{On: ledger.Date(v.Birth)}, Nominee: v.Nominee, Parts: int64(v.Parts),
		})
	}
	var err error
	if c.Claim.Minor, err = x.Amount.Minor(s.Decimals()); err != nil {
		return c, err
	}
	return c, c.exampleLines(s, x)
}

func (c *Case) exampleLines(s *rule.Scheme, x rule.ClaimExample) error {
	for _, l := range x.Lines {
		minor, err := l.Amount.Minor(s.Decimals())
		if err != nil {
			return fmt.Errorf("%s: %w", l.Item, err)
		}
		c.Claim.Lines = append(c.Claim.Lines, Line{
			Item: l.Item, Care: rule.Care(l.Care), Level: l.Level, On: ledger.Date(cmp.Or(l.On, x.Event.On)), To: ledger.Date(l.To),
			Quantity: int64(l.Quantity), Minor: minor, Referred: l.Referred,
		})
	}
	return nil
}

func exampleCover(s *rule.Scheme, claim rule.ClaimExample, in rule.Input) Cover {
	x := claim.Cover
	if x == nil {
		return Cover{Covered: true, Since: in.Enrolled}
	}
	c := Cover{Covered: x.Covered, Since: ledger.Date(x.Since)}
	if x.Reason != "" {
		c.Why = []Why{{Reason: x.Reason, Rule: "cover"}}
	}
	name := s.Benefits[claim.Benefit].Cover
	if r := s.Covers[name].Reactivation; r != nil && x.MonthsUnpaid > 0 {
		why := Why{Reason: r.Reason, Rule: "cover." + name + ".reactivation"}
		c.Charges = []Charge{{Why: why, Cover: name, MonthsUnpaid: x.MonthsUnpaid, For: r.For}}
	}
	return c
}
