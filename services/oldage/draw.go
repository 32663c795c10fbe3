package oldage

import (
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// vested is what of the state's share is hers on the day, in minor units: the vested part of all that ever came, less what
// she has drawn of it.
func (j *judge) vested() (int64, *rule.Refusal, error) {
	n, refusal, err := j.scheme.Compute(&rule.Value{Name: "vested_share"}, j.input(nil), rule.Greater)
	if err != nil || refusal != nil {
		return 0, refusal, err
	}
	ever, ok := plus(j.Matched, j.DrawnMatched)
	if !ok {
		return 0, nil, ledger.ErrOverflow
	}
	hers, err := share(exact.Min(n, exact.Int(1)), ever)
	return max(0, min(hers-j.DrawnMatched, j.Matched)), nil, err
}

// Vested is what of the state's share is hers on the day of the case if she left it all now.
func Vested(s *rule.Scheme, c Case) (int64, error) {
	minor, refusal, err := (&judge{scheme: s, rules: s.OldAge, Case: c}).vested()
	if refusal != nil {
		return 0, nil // what can't be known has not vested yet, for a forecast
	}
	return minor, err
}

// drawEarly judges an early drawing.
func (j *judge) drawEarly() error {
	i := slices.IndexFunc(j.rules.Early, func(e rule.EarlyAccess) bool { return e.Name == j.Ask.Early })
	if i < 0 {
		j.refuse("early", max(j.Ask.Minor, j.pot()), "early", NotInScheme, "the scheme has no such way of drawing before retirement", "")
		return nil
	}
	e := &j.rules.Early[i]
	asked := j.Ask.Minor
	if asked == 0 {
		asked = j.pot()
	}
	if open, err := j.mayDraw(e, asked); err != nil || !open {
		return err
	}
	most, why, err := j.mostEarly(e)
	if err != nil {
		return err
	}
	return j.granted(e, asked, most, why)
}

// mayDraw says whether the way is open to her; where it is not, she is told why.
func (j *judge) mayDraw(e *rule.EarlyAccess, asked int64) (bool, error) {
	at := "early." + e.Name
	if len(e.For) > 0 && !slices.Contains(e.For, j.Ask.Why) {
		j.refuse(e.Name, asked, at, ReasonNotAccepted, fmt.Sprintf("it is for %v", e.For), "give one of these reasons")
		return false, nil
	}
	refusal, err := j.scheme.Refused(e.When, j.input(nil))
	if err != nil {
		return false, err
	}
	if refusal != nil {
		j.refused(e.Name, asked, at, refusal)
		return false, nil
	}
	return j.notTooOften(e, asked)
}

func (j *judge) notTooOften(e *rule.EarlyAccess, asked int64) (bool, error) {
	times, limited, refusal, err := j.whole(e.Times, rule.Greater)
	if err != nil || !limited {
		return true, err
	}
	years, within, late, err := j.whole(e.InYears, rule.Lesser)
	if err != nil {
		return false, err
	}
	if refusal != nil || late != nil {
		j.refused(e.Name, asked, "early."+e.Name+".times", firstOf(refusal, late))
		return false, nil
	}
	var counts []ledger.Date
	for _, d := range j.Early {
		if d.Early == e.Name && (!within || laterBy(d.On, int(years)) > j.Ask.On) {
			counts = append(counts, d.On)
		}
	}
	if int64(len(counts)) < times {
		return true, nil
	}
	change := ""
	if within && times > 0 {
		slices.Sort(counts)
		change = "ask again on " + laterBy(counts[len(counts)-int(times)], int(years)).String()
	}
	j.refuse(e.Name, asked, "early."+e.Name+".times", DrawnOftenEnough, fmt.Sprintf("it is open %d times, and she has drawn %d times", times, len(counts)), change)
	return false, nil
}

func firstOf(a, b *rule.Refusal) *rule.Refusal {
	if a != nil {
		return a
	}
	return b
}

// laterBy is the same day so many years later; the first of March for the 29th of February.
func laterBy(day ledger.Date, years int) ledger.Date {
	return ledger.DateOf(day.Time().AddDate(years, 0, 0))
}

// bound is a bound on what may be drawn, and the rule that says so.
type bound struct {
	minor  int64
	rule   string
	reason string
	text   string
}

// mostEarly is the most that she may draw, and which bound it is.
func (j *judge) mostEarly(e *rule.EarlyAccess) (int64, bound, error) {
	hers, refusal, err := j.vested()
	if err != nil {
		return 0, bound{}, err
	}
	if refusal != nil {
		return 0, bound{0, "vesting", refusal.Reason, refusal.Text}, nil
	}
	if e.OwnOnly {
		hers = 0
	}
	at := "early." + e.Name
	tightest := bound{j.Own + hers, "vesting", NotVested, "the rest of the state's share is not hers yet"}
	for _, read := range []func() (bound, bool, error){
		func() (bound, bool, error) { return j.shareBound(e, hers) },
		func() (bound, bool, error) {
			minor, said, _, err := j.minor(e.UpTo, j.input(nil))
			return bound{minor, at + ".up_to", OverLimit, "that is the most at a time"}, said, err
		},
		func() (bound, bool, error) {
			minor, said, _, err := j.minor(e.Leave, j.input(nil))
			return bound{max(0, j.Own+hers-minor), at + ".leave", OverLimit, "the rest must stay until she retires"}, said, err
		},
	} {
		b, said, err := read()
		if err != nil {
			return 0, bound{}, err
		}
		if said && b.minor < tightest.minor {
			tightest = b
		}
	}
	return tightest.minor, tightest, nil
}

// shareBound is the share of all that was ever hers, less what she has drawn already.
func (j *judge) shareBound(e *rule.EarlyAccess, hers int64) (bound, bool, error) {
	if e.Share == nil {
		return bound{}, false, nil
	}
	drawn := j.DrawnOwn
	if !e.OwnOnly {
		drawn += j.DrawnMatched
	}
	ever, ok := plus(j.Own+hers, drawn)
	if !ok {
		return bound{}, false, ledger.ErrOverflow
	}
	part, _, err := j.part(e.Share, ever, 0)
	return bound{max(0, part-drawn), "early." + e.Name + ".share", OverLimit, "the rest must stay until she retires"}, true, err
}

// granted divides what is granted into what she gets and the charge.
func (j *judge) granted(e *rule.EarlyAccess, asked, most int64, why bound) error {
	if asked <= 0 {
		j.refuse(e.Name, 0, "early."+e.Name, NothingSaved, "there is nothing on her pots", "")
		return nil
	}
	gross := min(asked, most)
	charge, refusal, err := j.part(e.Charge, gross, 0)
	if err != nil {
		return err
	}
	if refusal != nil {
		j.refused(e.Name, asked, "early."+e.Name+".charge", refusal)
		return nil
	}
	var took []insurance.Reduction
	if gross < asked {
		took = append(took, insurance.Reduction{Reason: why.reason, Rule: "old_age." + why.rule, Took: asked - gross, Text: why.text})
	}
	if charge > 0 {
		took = append(took, insurance.Reduction{Reason: Charged, Rule: "old_age.early." + e.Name + ".charge", Took: charge, Text: "is kept of what is drawn early"})
	}
	j.line(e.Name, asked, took...)
	all := take(gross, j.Own, j.Matched)
	j.out.Draw = take(gross-charge, of(all, ledger.OldAgeOwn), of(all, ledger.OldAgeMatched))
	j.out.Charge = take(charge, of(all, ledger.OldAgeOwn)-of(j.out.Draw, ledger.OldAgeOwn), of(all, ledger.OldAgeMatched)-of(j.out.Draw, ledger.OldAgeMatched))
	j.out.ChargeTo = insurance.FunderID(e.ChargeTo)
	return nil
}

// leave judges who leaves for good: what is hers is payable, and what has not vested is not.
func (j *judge) leave() error {
	x := j.rules.Exit
	if x == nil {
		j.refuse("exit", j.pot(), "exit", NotInScheme, "the scheme has no leaving before retirement", "")
		return nil
	}
	refusal, err := j.scheme.Refused(x.When, j.input(nil))
	if err != nil {
		return err
	}
	if refusal != nil {
		j.refused("exit", j.pot(), "exit", refusal)
		return nil
	}
	hers, refusal, err := j.vested()
	if err != nil {
		return err
	}
	if refusal != nil {
		j.refused("exit", j.pot(), "vesting", refusal)
		return nil
	}
	var took []insurance.Reduction
	if rest := j.Matched - hers; rest > 0 {
		took = append(took, insurance.Reduction{Reason: NotVested, Rule: "vesting", Took: rest, Text: "this part of the state's share is not hers yet",
			Change: "it vests with the years, and in full at retirement"})
	}
	j.line("exit", j.pot(), took...)
	j.out.Draw = take(j.Own+hers, j.Own, hers)
	j.out.Exit, j.out.ToFund = true, x.Unvested == rule.UnvestedToFund
	return nil
}
