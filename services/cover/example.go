package cover

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// proven is what an example may expect of cover, and how it comes out.
var proven = map[string]func(Answer, *rule.Scheme) string{
	"covered":       func(a Answer, _ *rule.Scheme) string { return fmt.Sprint(a.Covered) },
	"state":         func(a Answer, _ *rule.Scheme) string { return string(a.State) },
	"why":           func(a Answer, _ *rule.Scheme) string { return codes(a) },
	"since":         func(a Answer, _ *rule.Scheme) string { return shown(a.Since) },
	"until":         func(a Answer, _ *rule.Scheme) string { return shown(a.Until) },
	"paid_until":    func(a Answer, _ *rule.Scheme) string { return shown(a.PaidUntil) },
	"months_unpaid": func(a Answer, _ *rule.Scheme) string { return unpaid(a) },
	"pay": func(a Answer, s *rule.Scheme) string {
		if a.Advice == nil {
			return "nothing"
		}
		return exact.OfMinor(a.Advice.Minor(), s.Decimals()).String()
	},
	"pay_by": func(a Answer, _ *rule.Scheme) string {
		if a.Advice == nil || len(a.Advice.Pay) == 0 {
			return "nothing"
		}
		return shown(a.Advice.Pay[0].By)
	},
}

func shown(d ledger.Date) string {
	if d == 0 {
		return "nothing"
	}
	return d.String()
}

func codes(a Answer) string {
	var all []string
	for _, r := range a.Reasons {
		all = append(all, r.Code)
	}
	return strings.Join(all, ", ")
}

func unpaid(a Answer) string {
	if a.Charge == nil {
		return "nothing"
	}
	return strconv.Itoa(a.Charge.MonthsUnpaid)
}

// Prove computes what an example expects of cover: covered, state, why (the codes), since, until, paid_until, pay, pay_by,
// months_unpaid, and fine, by what a benefit costs.
func Prove(s *rule.Scheme, x rule.Example, in rule.Input, what string, expected rule.Expected) ([]rule.Outcome, bool, error) {
	says, known := proven[what]
	if x.Cover == nil || !known && what != "fine" {
		return nil, false, nil
	}
	r, h := Of(s), ExampleHistory(s, x, in)
	q, err := ExampleQuestion(s, x)
	if err != nil {
		return nil, true, err
	}
	a, err := r.Judge(h, q)
	switch {
	case err != nil:
		return nil, true, err
	case what == "fine":
		outcomes, err := r.fines(s, h, a, expected)
		return outcomes, true, err
	}
	want := expected.Text
	if expected.List != nil {
		want = strings.Join(expected.List, ", ")
	}
	return []rule.Outcome{rule.Compare(what, want, says(a, s))}, true, nil
}

func (r Rules) fines(s *rule.Scheme, h History, a Answer, expected rule.Expected) ([]rule.Outcome, error) {
	var outcomes []rule.Outcome
	for _, cost := range slices.Sorted(maps.Keys(expected.By)) {
		n, err := exact.Parse(cost)
		if err != nil {
			return nil, fmt.Errorf("expect.fine: %w", err)
		}
		minor, err := n.Minor(s.Decimals())
		if err != nil {
			return nil, fmt.Errorf("expect.fine: %w", err)
		}
		fine, err := r.Fine(h.Facts, a, minor)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, rule.Compare("fine "+cost, expected.By[cost], exact.OfMinor(fine, s.Decimals()).String()))
	}
	return outcomes, nil
}

// ExampleQuestion is what an example asks.
func ExampleQuestion(s *rule.Scheme, x rule.Example) (Question, error) {
	c := x.Cover
	q := Question{
		Cover: c.Name, Person: Person{Dependant: c.Dependant, NewbornOn: ledger.Date(c.Newborn)}, On: ledger.Date(x.On),
		AdmittedOn: ledger.Date(c.Admitted), ClaimedOn: ledger.Date(c.Claimed), Asked: ledger.Date(c.Asked),
	}
	if names := Of(s).Covers(q.On); q.Cover == "" && len(names) > 0 {
		q.Cover = names[0]
	}
	if q.On == 0 {
		return q, fmt.Errorf("write on: the day that is asked for")
	}
	return q, nil
}

// ExampleHistory is what an example gives. What it gave to no account, or to one that is no pot of matched money, is her
// own.
func ExampleHistory(s *rule.Scheme, x rule.Example, in rule.Input) History {
	h := History{Scheme: ledger.SchemeCode(s.Code), Facts: in.Facts, Died: ledger.Date(x.Cover.Died)}
	if in.Enrolled != 0 {
		h.Facts.Enrolments = []insurance.Enrolment{{Scheme: h.Scheme, Days: insurance.Days{From: in.Enrolled}}}
	}
	name := x.Cover.Name
	if q, _ := ExampleQuestion(s, x); name == "" {
		name = q.Cover
	}
	own, matched := Of(s).accounts(name)
	for _, p := range in.Contributions {
		code, _ := strconv.Atoi(p.Account)
		account := ledger.Code(code)
		if !slices.Contains(matched, account) {
			account = slices.Concat(own, matched, []ledger.Code{0})[0]
		}
		h.Payments = append(h.Payments, Payment{On: p.On, Minor: p.Minor, Account: account, Payer: p.Payer})
	}
	for _, n := range x.Cover.Notices {
		h.Notices = append(h.Notices, Notice{Cover: name, On: ledger.Date(n.On), Ends: ledger.Date(n.Ends), Closes: n.Closes})
	}
	for _, b := range x.Cover.Holidays {
		h.Holidays = append(h.Holidays, Holiday{Days: insurance.Days{From: ledger.Date(b.From), To: ledger.Date(b.To)}})
	}
	h.Facts = withExample(h.Facts, x.Cover)
	return h
}

// withExample are the facts with the dependants and the care credits of an example.
func withExample(f insurance.Facts, c *rule.CoverAsked) insurance.Facts {
	for _, d := range c.Dependants {
		f.Dependants = append(slices.Clip(f.Dependants), insurance.Dependant{
			Name: d.Name, Kind: insurance.DependantKind(d.Kind), Birth: insurance.Birth{On: ledger.Date(d.Birth)},
			Days: insurance.Days{From: ledger.Date(d.From), To: ledger.Date(d.To)},
		})
	}
	for _, v := range c.Credits {
		f.CareCredit = append(slices.Clip(f.CareCredit), insurance.CareCredit{
			Kind: insurance.CareCreditKind(v.Kind), Days: insurance.Days{From: ledger.Date(v.From), To: ledger.Date(v.To)},
		})
	}
	return f
}
