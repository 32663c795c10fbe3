package benefit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// The faults of a case that can't be judged.
const (
	BenefitUnknown = "BENEFIT_UNKNOWN"
	ClaimInvalid   = "CLAIM_INVALID"
)

// The limits of a claim.
const (
	mostLines  = 500
	mostMonths = 1200
	mostDays   = 3660
	mostMinor  = 1_000_000_000_000_000
)

// Adjudicate judges the case by the scheme. The error is an [insurance.Fault] where the claim is no claim that the scheme
// could judge, and else says that a rule of the scheme itself fails.
func Adjudicate(s *rule.Scheme, c Case) (insurance.Decision, error) {
	b, ok := s.Benefits[c.Claim.Benefit]
	if !ok {
		return insurance.Decision{}, insurance.Fault{Field: "claim.benefit", Reason: BenefitUnknown, Text: "the scheme gives no benefit of that name"}
	}
	if err := c.check(s, &b); err != nil {
		return insurance.Decision{}, err
	}
	j := newJudge(s, &b, c)
	lines, err := j.lines()
	if err != nil {
		return insurance.Decision{}, fmt.Errorf("benefit %s: %w", c.Claim.Benefit, err)
	}
	d := j.decision(lines)
	return d, d.Check()
}

// Replay judges a case that was kept, by the version of the scheme that it was judged by, and returns the decision as it
// was kept: byte for byte the same.
func Replay(s *rule.Scheme, judged json.RawMessage) (json.RawMessage, error) {
	var c Case
	if err := json.Unmarshal(judged, &c); err != nil {
		return nil, fmt.Errorf("replay: what was kept is no case: %w", err)
	}
	d, err := Adjudicate(s, c)
	if err != nil {
		return nil, fmt.Errorf("replay claim %s: %w", c.Claim.ID, err)
	}
	return json.Marshal(d)
}

// judge is one judgment on its way.
type judge struct {
	scheme *rule.Scheme
	b      *rule.Benefit
	c      Case
	in     rule.Input
	// bearer bears what is granted.
	bearer ledger.Party
	// numbers are those that a quantity of the benefit is made of, once they are known.
	numbers map[string]exact.Number
}

func newJudge(s *rule.Scheme, b *rule.Benefit, c Case) *judge {
	j := &judge{scheme: s, b: b, c: c, numbers: map[string]exact.Number{}}
	j.in = rule.Input{
		Facts: c.Facts, Enrolled: c.Enrolled, On: c.Claim.Event.On, Circumstances: j.numbers,
		Words: map[string]string{"event": string(c.Claim.Event.Kind)},
	}
	for _, p := range c.Contributions {
		if p.On <= c.Claim.Event.On { // what is given after the event does not count
			j.in.Contributions = append(j.in.Contributions, rule.Contribution{On: p.On, Minor: p.Minor, Count: p.Count, Payer: p.Payer, Account: p.Account})
		}
	}
	j.bearer = insurance.Pool(b.Pool).Party()
	if b.Funder != "" {
		j.bearer = ledger.Party(ledger.FunderKind + ":" + b.Funder)
	}
	if b.Pool == "" && b.Funder == "" {
		j.bearer = ""
	}
	j.circumstances()
	return j
}

// circumstances are the numbers of the event that are known before anything is computed.
func (j *judge) circumstances() {
	e := j.c.Claim.Event
	j.numbers["born"] = exact.Int(int64(max(1, e.Children)))
	j.numbers["degree"] = exact.Share(int64(e.Degree), 100)
	j.numbers["claim_amount"] = exact.OfMinor(j.asked(), j.scheme.Decimals())
	from, to := j.claimed()
	j.numbers["event_days"] = exact.Int(int64(daysFrom(from, to)))
	j.numbers["years_paid"] = exact.Int(int64(len(j.paidMonths()) / 12))
}

// asked is the amount that the claim asks for.
func (j *judge) asked() int64 {
	sum := j.c.Claim.Minor
	for _, l := range j.c.Claim.Lines {
		sum += l.Minor
	}
	return sum
}

// lines judges by the form of the benefit.
func (j *judge) lines() ([]*line, error) {
	switch j.b.Form {
	case rule.InKind:
		return j.care()
	case rule.Daily:
		return j.daily()
	case rule.Periodic:
		return j.periodic()
	case rule.Staged:
		return j.staged()
	}
	return j.lumpSum()
}

// decision puts the lines together, with the way to object.
func (j *judge) decision(lines []*line) insurance.Decision {
	claim := j.c.Claim
	d := insurance.Decision{
		Kind: insurance.ClaimDecision, Subject: claim.ID, Member: claim.Member, Scheme: j.c.Scheme, Version: j.c.Version,
		On: claim.Event.On, Currency: ledger.Currency(j.scheme.Currency), Lines: make([]insurance.DecisionLine, len(lines)),
	}
	for i, l := range lines {
		d.Lines[i] = l.decided(j)
	}
	if a := j.scheme.AppealOf(j.b); a != nil {
		d.AppealTo = a.To
		if days, _, err := j.scheme.Compute(&a.Days, j.in, rule.Greater); err == nil {
			n, _ := days.Round(exact.Up, exact.Int(1)).Whole()
			d.AppealDays = int(n)
		}
	}
	return d
}

// payee is who is paid what is granted.
func (j *judge) payee() ledger.Party {
	if j.b.Form == rule.InKind && j.c.Claim.Provider != "" {
		return j.c.Claim.Provider
	}
	return j.c.Claim.Member.Party()
}

// rule names a part of the benefit as decisions cite it.
func (j *judge) rule(part string) string {
	name := "benefits." + j.c.Claim.Benefit
	if part != "" {
		name += "." + part
	}
	return name
}

// whole is a value of the benefit as a whole number, rounded in the member's favour; what it is where nothing is said.
func (j *judge) whole(v *rule.Value, favour rule.Favour, unsaid int64) (int64, error) {
	if v == nil {
		return unsaid, nil
	}
	n, refusal, err := j.scheme.Compute(v, j.in, favour)
	if err != nil || refusal != nil {
		return unsaid, err
	}
	way := exact.Down
	if favour == rule.Greater {
		way = exact.Up
	}
	whole, ok := n.Round(way, exact.Int(1)).Whole()
	if !ok {
		return unsaid, fmt.Errorf("%s is no number of days, months or people", n)
	}
	return whole, nil
}

// minor is a value of the benefit in minor units, rounded down.
func (j *judge) minor(v *rule.Value, favour rule.Favour) (int64, *rule.Refusal, error) {
	n, refusal, err := j.scheme.Compute(v, j.in, favour)
	if err != nil || refusal != nil {
		return 0, refusal, err
	}
	return j.floor(n)
}

// floor is an amount in whole minor units, rounded down.
func (j *judge) floor(n exact.Number) (int64, *rule.Refusal, error) {
	m, err := n.Round(exact.Down, exact.OfMinor(1, j.scheme.Decimals())).Minor(j.scheme.Decimals())
	return m, nil, err
}

// check returns what keeps the claim from being judged, as an [insurance.Fault].
func (c Case) check(s *rule.Scheme, b *rule.Benefit) error {
	fault := func(field, text string) error {
		return insurance.Fault{Field: "claim." + field, Reason: ClaimInvalid, Text: text}
	}
	e := c.Claim.Event
	switch {
	case e.On == 0:
		return fault("event.on", "say on which day it happened")
	case e.Kind != "" && !slices.Contains(rule.EventKinds(), e.Kind):
		return fault("event.kind", "say what happened by one of the kinds of event")
	case e.To != 0 && e.To < cmp.Or(e.From, e.On):
		return fault("event.to", "the last day is before the first")
	case e.Children < 0 || e.Children > 20 || e.Degree < 0 || e.Degree > 100:
		return fault("event", "give up to 20 children, and a degree from 0 to 100")
	case b.AtDeath != "" && e.Kind != rule.EventDeath:
		return fault("event.kind", "it falls due at a death; say that it was one")
	case c.Claim.Minor < 0 || c.Claim.Minor > mostMinor:
		return fault("amount", "give an amount of more than nothing")
	case b.Form == rule.InKind && len(c.Claim.Lines) == 0:
		return fault("lines", "write what is asked for, a line each")
	case b.Form == rule.Daily && e.To == 0:
		return fault("event.to", "say for which days it is asked for")
	case b.Form == rule.Daily && daysFrom(cmp.Or(e.From, e.On), e.To) > mostDays:
		return fault("event.to", "ask for the days of ten years at most")
	case len(c.Claim.Lines) > mostLines:
		return fault("lines", fmt.Sprintf("a claim has at most %d lines; send the others as a claim on the same event", mostLines))
	}
	for i, l := range c.Claim.Lines {
		if text := l.wrong(s); text != "" {
			return fault(fmt.Sprintf("lines[%d]", i), text)
		}
	}
	return nil
}

// wrong says what is wrong with the form of a line.
func (l Line) wrong(s *rule.Scheme) string {
	switch {
	case l.Item == "":
		return "name the item by its code in the price list"
	case l.Minor < 0 || l.Minor > mostMinor:
		return "give an amount of more than nothing"
	case l.Quantity < 0 || l.Quantity > mostDays:
		return "give a quantity of more than nothing"
	case l.On == 0:
		return "say on which day it was given"
	case l.To != 0 && (l.To < l.On || daysFrom(l.On, l.To) > mostDays):
		return "the last day is before the first, or years after it"
	case l.Level != "" && len(s.Levels) > 0 && s.LevelOf(l.Level) < 0:
		return "name one of the scheme's levels of care"
	}
	return ""
}

// daysFrom is how many days there are from one through another.
func daysFrom(from, to ledger.Date) int {
	if from == 0 || to < from {
		return 0
	}
	return int(to.Time().Sub(from.Time()).Hours())/24 + 1
}

// monthsFrom is how many months there are from one through another.
func monthsFrom(from, through ledger.Period) int {
	return (through.Year()-from.Year())*12 + int(through%100-from%100) + 1
}
