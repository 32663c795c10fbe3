package oldage

import (
	"encoding/json"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Case is what a decision on old-age savings is judged by: what is asked, what is known of the member, and how her savings
// stood. Kept as it is, it is judged again and comes out the same.
type Case struct {
	Ask     Ask               `json:"ask"`
	Scheme  ledger.SchemeCode `json:"scheme"`
	Version int               `json:"version"`
	Facts   insurance.Facts   `json:"facts"`
	// Contributions are those that stand, by value date.
	Contributions []rule.Contribution `json:"contributions,omitempty"`
	// Own and Matched are what stands on her pots, and DrawnOwn and DrawnMatched what has been drawn from them before, all
	// in minor units.
	Own          int64 `json:"own"`
	Matched      int64 `json:"matched"`
	DrawnOwn     int64 `json:"drawn_own,omitempty"`
	DrawnMatched int64 `json:"drawn_matched,omitempty"`
	// Early are the early drawings before.
	Early []Drawing `json:"early,omitempty"`
	// Pension is the one in payment to her, and Left what of its reserve has not been paid. CapitalPaid says that the
	// capital of her survivors has been paid, and PensionsGoOn that somebody still gets a part of her pension.
	Pension      *Terms `json:"pension,omitempty"`
	Left         int64  `json:"left,omitempty"`
	CapitalPaid  bool   `json:"capital_paid,omitempty"`
	PensionsGoOn bool   `json:"pensions_go_on,omitempty"`
	// Survivors are those left behind, where it is about them.
	Survivors []benefit.Survivor `json:"survivors,omitempty"`
}

// Ask is what somebody asks for.
type Ask struct {
	// ID names the request: decisions are on it.
	ID     string             `json:"id"`
	Kind   AskKind            `json:"kind"`
	Member insurance.MemberID `json:"member"`
	On     ledger.Date        `json:"on"`
	// Plan is the plan that she has chosen; the first that fits where it is empty.
	Plan string `json:"plan,omitempty"`
	// Early is the way of drawing, Why her reason, and Minor how much; all that she may where it is zero.
	Early string `json:"early,omitempty"`
	Why   string `json:"why,omitempty"`
	Minor int64  `json:"minor,omitempty"`
}

// AskKind is what is asked for.
type AskKind string

// What can be asked for: a pension by age, a pension of who can't work any more, an early drawing, leaving for good, and
// what a dead member leaves.
const (
	Retire       AskKind = "retire"
	RetireUnable AskKind = "retire-disabled"
	DrawEarly    AskKind = "draw-early"
	Leave        AskKind = "leave"
	ToSurvivors  AskKind = "survivors"
)

// Drawing is an early drawing: by which way, on which day, and how much, with its charge.
type Drawing struct {
	Early string      `json:"early"`
	On    ledger.Date `json:"on"`
	Minor int64       `json:"minor"`
}

// Judgement is what is decided, and what moves by it.
type Judgement struct {
	Decision insurance.Decision `json:"decision"`
	// Draw is payable to her at once; Charge is kept of it, by the fund or by the funder ChargeTo.
	Draw     []insurance.PotShare `json:"draw,omitempty"`
	Charge   []insurance.PotShare `json:"charge,omitempty"`
	ChargeTo insurance.FunderID   `json:"charge_to,omitempty"`
	// Exit says that she leaves for good: what has not vested goes to the fund where ToFund says so, and else is due back
	// to its funder by L6.
	Exit   bool `json:"exit,omitempty"`
	ToFund bool `json:"to_fund,omitempty"`
	// Buy is the reserve of an annuity.
	Buy []insurance.PotShare `json:"buy,omitempty"`
	// Terms are those of the pension that begins.
	Terms *Terms `json:"terms,omitempty"`
	// Legacies are what a dead member leaves, by survivor.
	Legacies []Legacy `json:"legacies,omitempty"`
	Capital  bool     `json:"capital,omitempty"`
}

// Refused says that nothing was granted.
func (j Judgement) Refused() bool { return j.Decision.Granted() == 0 }

// Legacy is what one survivor gets: out of the pots, out of the pool, and month by month.
type Legacy struct {
	Person string               `json:"person"`
	To     ledger.Party         `json:"to"`
	Pots   []insurance.PotShare `json:"pots,omitempty"`
	Pool   int64                `json:"pool,omitempty"`
	Terms  *Terms               `json:"terms,omitempty"`
}

// The reasons of reductions.
const (
	NotInScheme       = "NOT_IN_SCHEME"
	AgeNotReached     = "AGE_NOT_REACHED"
	YearsTooFew       = "YEARS_TOO_FEW"
	PlanNotOpen       = "PLAN_NOT_OPEN"
	ReasonNotAccepted = "REASON_NOT_ACCEPTED"
	DrawnOftenEnough  = "DRAWN_OFTEN_ENOUGH"
	OverLimit         = "OVER_LIMIT"
	NotVested         = "NOT_VESTED"
	Charged           = "CHARGE"
	NothingSaved      = "NOTHING_SAVED"
	NoSurvivor        = "NO_SURVIVOR"
	DeathNotConfirmed = "DEATH_NOT_CONFIRMED"
	InPaymentAlready  = "IN_PAYMENT_ALREADY"
	HasDied           = "MEMBER_HAS_DIED"
)

// Judge decides a case by the scheme. An error says that the case can't be judged, or that a rule of the scheme itself
// fails.
func Judge(s *rule.Scheme, c Case) (Judgement, error) {
	if s.OldAge == nil {
		return Judgement{}, fmt.Errorf("judge %s: the scheme says nothing of old age", c.Ask.ID)
	}
	j := &judge{scheme: s, rules: s.OldAge, Case: c}
	var err error
	died, _ := c.Facts.Died()
	switch {
	case died != 0 && died <= c.Ask.On && c.Ask.Kind != ToSurvivors:
		j.refuse("pension", j.pot(), "survivors", HasDied, "she has died; what is hers is her survivors'", "those whom she left behind ask for it")
	default:
		err = j.ask()
	}
	if err != nil {
		return Judgement{}, fmt.Errorf("judge %s: %w", c.Ask.ID, err)
	}
	j.out.Decision = j.decision()
	return j.out, j.out.Decision.Check()
}

func (j *judge) ask() (err error) {
	s, c := j.scheme, j.Case
	switch c.Ask.Kind {
	case Retire:
		err = j.retire("retirement", s.OldAge.Retirement)
	case RetireUnable:
		err = j.retire("disability", s.OldAge.Disability)
	case DrawEarly:
		err = j.drawEarly()
	case Leave:
		err = j.leave()
	case ToSurvivors:
		err = j.toSurvivors()
	default:
		err = insurance.Fault{Field: "kind", Reason: "PENSION_INVALID", Text: "say what is asked for"}
	}
	return err
}

// Replay judges a case that was kept, by the version of the scheme that it was judged by, and returns the decision as it
// was kept: byte for byte the same.
func Replay(s *rule.Scheme, judged json.RawMessage) (json.RawMessage, error) {
	var c Case
	if err := json.Unmarshal(judged, &c); err != nil {
		return nil, fmt.Errorf("replay: what was kept is no case: %w", err)
	}
	j, err := Judge(s, c)
	if err != nil {
		return nil, err
	}
	return json.Marshal(j.Decision)
}

// judge is a case while it is judged.
type judge struct {
	Case
	scheme *rule.Scheme
	rules  *rule.OldAgeRules
	lines  []insurance.DecisionLine
	out    Judgement
}

// pot is all that stands on her pots, in minor units.
func (c Case) pot() int64 { return c.Own + c.Matched }

// input is what rules look at, with the numbers of the event.
func (j *judge) input(more map[string]int64) rule.Input {
	in := rule.Input{Facts: j.Facts, Enrolled: j.Facts.Enrolled(j.Scheme), Contributions: j.Contributions, On: j.Ask.On,
		Circumstances: map[string]exact.Number{"pot": j.amount(j.pot()), "pot_own": j.amount(j.Own), "pot_matched": j.amount(j.Matched)}}
	for name, minor := range more {
		in.Circumstances[name] = j.amount(minor)
	}
	return in
}

func (j *judge) amount(minor int64) exact.Number { return exact.OfMinor(minor, j.scheme.Decimals()) }

// line adds what was asked of one thing, and what took of it.
func (j *judge) line(item string, asked int64, took ...insurance.Reduction) {
	l := insurance.DecisionLine{Item: item, Asked: asked, Granted: asked}
	for _, r := range took {
		r.Took = min(r.Took, l.Granted)
		l.Granted -= r.Took
		l.Reductions = append(l.Reductions, r)
	}
	j.lines = append(j.lines, l)
}

// refuse decides that nothing of what was asked is granted.
func (j *judge) refuse(item string, asked int64, rule, reason, text, change string) {
	j.line(item, asked, insurance.Reduction{Reason: reason, Rule: "old_age." + rule, Took: asked, Text: text, Change: change})
}

// refused refuses for a rule's own reason.
func (j *judge) refused(item string, asked int64, rule string, r *rule.Refusal) {
	j.refuse(item, asked, rule, r.Reason, r.Text, r.Change)
}

// decision puts the lines together, with the way to object.
func (j *judge) decision() insurance.Decision {
	d := insurance.Decision{
		Kind: insurance.PensionDecision, Subject: j.Ask.ID, Member: j.Ask.Member, Scheme: j.Scheme, Version: j.Version, On: j.Ask.On,
		Currency: ledger.Currency(j.scheme.Currency), Lines: j.lines,
	}
	a := j.rules.Appeal
	if a == nil && j.scheme.Standards != nil {
		a = j.scheme.Standards.Appeal
	}
	if a != nil {
		d.AppealTo = a.To
		if days, _, err := j.scheme.Compute(&a.Days, j.input(nil), rule.Greater); err == nil {
			whole, _ := days.Round(exact.Up, exact.Int(1)).Whole()
			d.AppealDays = int(whole)
		}
	}
	return d
}

// whole is a value as a whole number, rounded up; false where nothing is said. A refusal says what is not known.
func (j *judge) whole(v *rule.Value, favour rule.Favour) (int64, bool, *rule.Refusal, error) {
	if v == nil {
		return 0, false, nil, nil
	}
	n, refusal, err := j.scheme.Compute(v, j.input(nil), favour)
	if err != nil || refusal != nil {
		return 0, true, refusal, err
	}
	whole, ok := n.Round(exact.Up, exact.Int(1)).Whole()
	if !ok {
		return 0, true, nil, fmt.Errorf("%s is no number of years, months or times", n)
	}
	return whole, true, nil, nil
}

// minor is a value as an amount in minor units, rounded down; false where nothing is said.
func (j *judge) minor(v *rule.Value, in rule.Input) (int64, bool, *rule.Refusal, error) {
	if v == nil {
		return 0, false, nil, nil
	}
	n, refusal, err := j.scheme.Compute(v, in, rule.Greater)
	if err != nil || refusal != nil {
		return 0, true, refusal, err
	}
	minor, err := n.Round(exact.Down, exact.OfMinor(1, j.scheme.Decimals())).Minor(j.scheme.Decimals())
	return minor, true, nil, err
}

// part is the value's share of an amount, rounded down and never more than the amount; otherwise where nothing is said.
func (j *judge) part(v *rule.Value, of, otherwise int64) (int64, *rule.Refusal, error) {
	if v == nil {
		return otherwise, nil, nil
	}
	n, refusal, err := j.scheme.Compute(v, j.input(nil), rule.Greater)
	if err != nil || refusal != nil {
		return 0, refusal, err
	}
	part, err := share(n, of)
	return part, nil, err
}

// share is the part of an amount, rounded down, between nothing and all of it.
func share(n exact.Number, of int64) (int64, error) {
	whole, ok := exact.Int(of).Times(n).Round(exact.Down, exact.Int(1)).Whole()
	if !ok {
		return 0, fmt.Errorf("a share of %s: %w", n, ledger.ErrOverflow)
	}
	return max(0, min(whole, of)), nil
}

// take takes an amount from the pots, what she has saved herself first.
func take(minor, own, matched int64) []insurance.PotShare {
	var pots []insurance.PotShare
	if part := min(minor, own); part > 0 {
		pots = append(pots, insurance.PotShare{Account: ledger.OldAgeOwn, Minor: part})
		minor -= part
	}
	if part := min(minor, matched); part > 0 {
		pots = append(pots, insurance.PotShare{Account: ledger.OldAgeMatched, Minor: part})
	}
	return pots
}

// of is what a list takes of one pot.
func of(pots []insurance.PotShare, code ledger.Code) (minor int64) {
	for _, pot := range pots {
		if pot.Account == code {
			minor += pot.Minor
		}
	}
	return minor
}
