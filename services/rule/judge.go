package rule

import (
	"encoding/json"
	"fmt"
	"strings"

	"sanad.dev/sanad/services/rule/exact"
)

// Verdict is a case judged: whether the engine agrees with its source, and both figures.
type Verdict struct {
	ID       string `json:"id"`
	Scheme   string `json:"scheme"`
	Verified bool   `json:"verified"`
	// State is agree, differ or not expressible.
	State    State    `json:"state"`
	Expected []string `json:"expected,omitempty"`
	Got      []string `json:"got,omitempty"`
	// Why says in words what differs, or why the case can't be said.
	Why string `json:"why,omitempty"`
	// Explained says that the scheme's mapping gives the reason for the difference.
	Explained bool `json:"explained,omitempty"`
}

// State of a case.
type State string

// The states.
const (
	Agree          State = "agree"
	Differ         State = "differ"
	NotExpressible State = "not expressible"
)

// expectedOf is what a case expects.
type expectedOf struct {
	Basis   string   `json:"basis"`
	Subsidy []string `json:"subsidy"`
	Total   string   `json:"total"`
	Periods []string `json:"periods"`
	// The rest are further expectations by name.
	further map[string]json.RawMessage
}

// Judge runs the case and compares what came out with what its source says.
func (c Case) Judge(s *Scheme, m Mapping) Verdict {
	v := Verdict{ID: c.ID, Scheme: c.Scheme, Verified: c.Verified, State: NotExpressible}
	if why, ok := m.NotExpressible[c.ID]; ok {
		v.Why = why
		return v
	}
	result, err := c.Run(s, m)
	if err != nil {
		v.Why = err.Error()
		return v
	}
	var want expectedOf
	if err := json.Unmarshal(c.Expected, &want); err != nil {
		v.Why = err.Error()
		return v
	}
	_ = json.Unmarshal(c.Expected, &want.further)
	v.compare(want, result, m)
	if v.State == Differ && m.Differs[c.ID] != "" {
		v.Why, v.Explained = m.Differs[c.ID], true
	}
	return v
}

func (v *Verdict) compare(want expectedOf, r Result, m Mapping) {
	v.State = Agree
	got, err := r.at(want)
	if err != nil {
		v.State, v.Why = Differ, err.Error()
	}
	v.both("subsidy", want.Subsidy, got)
	v.both("total", []string{want.Total}, []string{total(got)})
	for _, name := range sortedKeys(want.further) {
		v.further(name, want.further[name], r, m)
	}
}

func total(amounts []string) string {
	sum := exact.Int(0)
	for _, a := range amounts {
		n, _ := exact.Parse(a)
		sum = sum.Plus(n)
	}
	return sum.String()
}

// both notes an expectation and what came of it.
func (v *Verdict) both(what string, want, got []string) {
	agrees := len(want) == len(got)
	for i := range min(len(want), len(got)) {
		agrees = agrees && compare(what, want[i], got[i]).Agrees
	}
	if what == "subsidy" {
		v.Expected, v.Got = want, got
	}
	if agrees {
		return
	}
	v.State = Differ
	v.Why = strings.TrimPrefix(fmt.Sprintf("%s; %s: expected %s, got %s", v.Why, what, strings.Join(want, " "), strings.Join(got, " ")), "; ")
}

// at is the result at the basis that the case is checked at.
func (r Result) at(want expectedOf) ([]string, error) {
	switch {
	case r.Bounded:
		return r.bounded(want), nil
	case want.Basis == "per_contribution":
		return printed(r.Each), nil
	case want.Basis == "per_member" || want.Basis == "per_sponsor":
		return printed(r.Members), nil
	case want.Basis == "one_off" || want.Basis == "vesting" || len(want.Periods) == 0:
		return r.inOrder(len(want.Subsidy)), nil
	}
	return r.byLabel(want.Periods)
}

func printed(numbers []exact.Number) []string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = n.String()
	}
	return texts
}

// bounded are the grants out of a budget: all that were asked for, or that of the last in the queue.
func (r Result) bounded(want expectedOf) []string {
	if len(want.Subsidy) == 1 && len(r.Grants) > 1 {
		return printed(r.Grants[len(r.Grants)-1:])
	}
	return printed(r.Grants)
}

// inOrder is the sum of what is due where one figure is asked for, and else what is due period by period.
func (r Result) inOrder(n int) []string {
	if n == 1 {
		return []string{sumOf(r.Dues).String()}
	}
	var got []string
	for _, d := range r.Dues {
		got = append(got, d.Amount.String())
	}
	return got
}

// byLabel is what is due for the periods of those labels; nothing may be due for any other.
func (r Result) byLabel(labels []string) ([]string, error) {
	sums := map[string]exact.Number{}
	for _, d := range r.Dues {
		sums[d.Period.Label] = sums[d.Period.Label].Plus(d.Amount)
	}
	got := make([]string, len(labels))
	for i, name := range labels {
		sum, ok := sums[name]
		if !ok {
			return got, fmt.Errorf("no period is called %s; there are %s", name, strings.Join(sortedKeys(sums), ", "))
		}
		got[i] = sum.String()
		delete(sums, name)
	}
	for name, sum := range sums {
		if sum.Sign() != 0 {
			return got, fmt.Errorf("%s is due for %s too", sum, name)
		}
	}
	return got, nil
}

// further compares an expectation besides the subsidy.
func (v *Verdict) further(name string, raw json.RawMessage, r Result, m Mapping) {
	switch name {
	case "basis", "subsidy", "total", "total_minor", "periods":
		return
	case "queued":
		var want []int
		_ = json.Unmarshal(raw, &want)
		v.both(name, []string{fmt.Sprint(want)}, []string{fmt.Sprint(r.Queued)})
		return
	}
	if byMember := r.MemberAnswers[m.answerFor(name)]; byMember != nil {
		var want []string
		_ = json.Unmarshal(raw, &want)
		got := make([]string, len(byMember))
		for i := range byMember {
			got[i] = byMember[i].String()
		}
		v.both(name, want, got)
		return
	}
	want := scalarText(raw)
	got, ok := r.answer(name, m)
	if !ok {
		v.State, v.Why = Differ, fmt.Sprintf("%s: the scheme has no such answer", name)
		return
	}
	v.both(name, []string{want}, []string{got})
}

// answerFor is the name of the scheme's answer that cases expect under a name.
func (m Mapping) answerFor(name string) string {
	if other, ok := m.Answers[name]; ok {
		return other
	}
	return name
}

func scalarText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.TrimSpace(string(raw))
}

// answer is a further result by the name that cases expect it under.
func (r Result) answer(name string, m Mapping) (string, bool) {
	switch {
	case name == "clawback" && r.Clawback != nil:
		return r.Clawback.String(), true
	case name == "budget_left" && r.Left != nil:
		return r.Left.String(), true
	}
	a, ok := r.Answers[m.answerFor(name)]
	return a.String(), ok
}
