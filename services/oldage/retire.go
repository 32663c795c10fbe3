package oldage

import (
	"errors"
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// Terms are what a pension pays, fixed when it begins.
type Terms struct {
	Plan    string        `json:"plan"`
	Form    rule.PlanForm `json:"form"`
	Version int           `json:"version"`
	// From is the month of the first instalment, and Until that of the last; zero for life.
	From  ledger.Period `json:"from"`
	Until ledger.Period `json:"until,omitempty"`
	// Months is over how many months a programmed withdrawal goes; Left, where it goes by a table of ages, how many are left
	// in each year from the first.
	Months int   `json:"months,omitempty"`
	Left   []int `json:"left,omitempty"`
	// Monthly is the instalment of an annuity, and Reserve what it was bought for, in minor units.
	Monthly int64 `json:"monthly,omitempty"`
	Reserve int64 `json:"reserve,omitempty"`
	// Least is the pension that Funder tops others up to.
	Least  int64              `json:"least,omitempty"`
	Funder insurance.FunderID `json:"funder,omitempty"`
	// Refund says that what is left of the reserve goes to survivors.
	Refund bool `json:"refund,omitempty"`
}

// The bounds of a programmed withdrawal.
const (
	mostMonths = 1200
	oldest     = 120
)

// Instalment is what the n-th month pays, from 0, of what stands on her pots, in minor units: an equal part for each month
// that is left, and in the last month everything. An annuity pays the same whatever stands there.
func (t Terms) Instalment(n int, pot int64) int64 {
	if t.Form == rule.Annuity {
		return t.Monthly
	}
	if left := t.monthsLeft(n); left > 1 {
		return pot / int64(left)
	}
	return pot
}

// monthsLeft counts the month itself.
func (t Terms) monthsLeft(n int) int {
	if len(t.Left) == 0 {
		return t.Months - n
	}
	year := min(n/12, len(t.Left)-1)
	return t.Left[year] - (n - 12*year)
}

// TopUp is what a funder adds to an instalment.
func (t Terms) TopUp(instalment int64) int64 {
	if t.Funder == "" {
		return 0
	}
	return max(0, t.Least-instalment)
}

// Month is that of the n-th instalment, from 0.
func (t Terms) Month(n int) ledger.Period {
	return ledger.DateOf(t.From.FirstDay().Time().AddDate(0, n, 0)).Period()
}

// Ends says that the n-th month is after the last.
func (t Terms) Ends(n int) bool {
	return t.Until != 0 && t.Month(n) > t.Until || t.Form == rule.Programmed && len(t.Left) == 0 && n >= t.Months
}

// retire judges a pension.
func (j *judge) retire(name string, r *rule.Retirement) error {
	pot := j.pot()
	if ready, err := j.mayRetire(name, r); err != nil || !ready {
		return err
	}
	p, refusal, err := j.plan()
	if err != nil {
		return err
	}
	if p == nil {
		j.refuse("pension", pot, "plans", PlanNotOpen, refusal, "choose another plan")
		return nil
	}
	lump, why, err := j.part(p.Lump, pot, 0)
	if p.Form == rule.PayLump {
		lump = pot
	}
	if err != nil {
		return err
	}
	if why != nil {
		j.refused("pension", pot, "plans."+p.Name+".lump", why)
		return nil
	}
	return j.pay(p, lump, pot-lump)
}

// pay divides the pot into a lump sum and what pays the pension.
func (j *judge) pay(p *rule.Plan, lump, rest int64) error {
	terms, why, err := j.terms(p, rest)
	if err != nil {
		return err
	}
	if why != nil {
		j.refused("pension", j.pot(), "plans."+p.Name, why)
		return nil
	}
	if lump > 0 {
		j.line("lump", lump)
		j.out.Draw = take(lump, j.Own, j.Matched)
	}
	if p.Form == rule.PayLump {
		j.out.Terms = terms
		return nil
	}
	j.line(map[rule.PlanForm]string{rule.Programmed: "instalments", rule.Annuity: "reserve"}[p.Form], rest)
	if p.Form == rule.Annuity {
		j.out.Buy = take(rest, j.Own-of(j.out.Draw, ledger.OldAgeOwn), j.Matched-of(j.out.Draw, ledger.OldAgeMatched))
	}
	j.out.Terms = terms
	return nil
}

// mayRetire says whether a pension may begin; where it may not, she is told why and when.
func (j *judge) mayRetire(name string, r *rule.Retirement) (bool, error) {
	pot := j.pot()
	if j.Pension != nil && j.Pension.Form == rule.Programmed {
		j.refuse("pension", pot, name, InPaymentAlready, "her pots are being paid month by month already", "")
		return false, nil
	}
	if r == nil {
		j.refuse("pension", pot, name, NotInScheme, "the scheme has no such pension", "")
		return false, nil
	}
	if pot <= 0 {
		j.refuse("pension", 0, name, NothingSaved, "there is nothing on her pots", "")
		return false, nil
	}
	for _, least := range []struct {
		of             *rule.Value
		name, reason   string
		text, shortfal string
	}{
		{r.Age, "age", AgeNotReached, "she has not reached the age of %d", "ask again at the age of %d"},
		{r.Years, "years_enrolled", YearsTooFew, "she has been enrolled for less than %d years", "ask again after %d years"},
	} {
		want, said, refusal, err := j.whole(least.of, rule.Lesser)
		if err != nil {
			return false, err
		}
		if !said {
			continue
		}
		got, _, unknown, err := j.whole(&rule.Value{Name: least.name}, rule.Greater)
		if err != nil {
			return false, err
		}
		if refusal = firstOf(refusal, unknown); refusal != nil {
			j.refused("pension", pot, name+"."+least.name, refusal)
			return false, nil
		}
		if got < want {
			j.refuse("pension", pot, name+"."+least.name, least.reason, fmt.Sprintf(least.text, want), fmt.Sprintf(least.shortfal, want))
			return false, nil
		}
	}
	refusal, err := j.scheme.Refused(r.When, j.input(nil))
	if err == nil && refusal != nil {
		j.refused("pension", pot, name, refusal)
	}
	return refusal == nil, err
}

// plan is the plan that she has chosen, or the first that fits; nil and why where none does.
func (j *judge) plan() (*rule.Plan, string, error) {
	why := "no plan of the scheme is for a pot of this size"
	for i := range j.rules.Plans {
		p := &j.rules.Plans[i]
		if j.Ask.Plan != "" && p.Name != j.Ask.Plan {
			continue
		}
		fits, text, err := j.fits(p)
		if err != nil || fits {
			return p, "", err
		}
		why = text
	}
	return nil, why, nil
}

func (j *judge) fits(p *rule.Plan) (bool, string, error) {
	over, bounded, _, err := j.minor(p.Over, j.input(nil))
	if err != nil || bounded && j.pot() <= over {
		return false, "the plan is for a greater pot", err
	}
	upTo, bounded, _, err := j.minor(p.UpTo, j.input(nil))
	if err != nil || bounded && j.pot() > upTo {
		return false, "the plan is for a smaller pot", err
	}
	refusal, err := j.scheme.Refused(p.When, j.input(nil))
	if err != nil || refusal == nil {
		return err == nil, "", err
	}
	return false, refusal.Text, nil
}

// terms are what the plan pays of what is left after the lump sum.
func (j *judge) terms(p *rule.Plan, rest int64) (*Terms, *rule.Refusal, error) {
	t := &Terms{Plan: p.Name, Form: p.Form, Version: j.Version, From: j.Ask.On.Period().Next(), Refund: p.Refund}
	var why *rule.Refusal
	var err error
	switch p.Form {
	case rule.Annuity:
		why, err = j.annuity(t, p, rest)
	case rule.Programmed:
		why, err = j.programme(t, p)
	default:
		return t, nil, nil
	}
	if err != nil || why != nil {
		return nil, why, err
	}
	return t, nil, j.least(t)
}

func (j *judge) annuity(t *Terms, p *rule.Plan, reserve int64) (*rule.Refusal, error) {
	n, refusal, err := j.scheme.Compute(p.Monthly, j.input(map[string]int64{"reserve": reserve}), rule.Greater)
	if err != nil || refusal != nil {
		return refusal, err
	}
	round := p.Round
	if round == nil {
		round = &rule.Rounding{Way: exact.Down}
	}
	if t.Monthly, err = j.scheme.Rounded(round, n); err != nil {
		return nil, err
	}
	if t.Monthly <= 0 {
		return nil, errors.New("an annuity that pays nothing")
	}
	t.Reserve = reserve
	return nil, nil
}

// programme fixes over how many months the pot is paid: so many, or for every year from now so many by her age.
func (j *judge) programme(t *Terms, p *rule.Plan) (*rule.Refusal, error) {
	if p.Months != nil {
		months, _, refusal, err := j.whole(p.Months, rule.Greater)
		if err == nil && refusal == nil && (months < 1 || months > mostMonths) {
			err = fmt.Errorf("a pension over %d months", months)
		}
		t.Months = int(months)
		return refusal, err
	}
	for year := range oldest {
		in := j.input(nil)
		in.On = laterBy(j.Ask.On, year)
		n, refusal, err := j.scheme.Compute(p.MonthsLeft, in, rule.Greater)
		if err != nil {
			return nil, err
		}
		if refusal != nil && year > 0 { // the table ends: what is left by its last row runs out
			return nil, nil
		}
		if refusal != nil {
			return refusal, nil
		}
		months, ok := n.Round(exact.Up, exact.Int(1)).Whole()
		if !ok || months > mostMonths {
			return nil, fmt.Errorf("a pension over %s months", n)
		}
		t.Left = append(t.Left, int(max(1, months)))
		if age, _, unknown, err := j.ageIn(in); err != nil || unknown != nil || age >= oldest {
			return nil, err
		}
	}
	return nil, nil
}

func (j *judge) ageIn(in rule.Input) (int64, bool, *rule.Refusal, error) {
	n, refusal, err := j.scheme.Compute(&rule.Value{Name: "age"}, in, rule.Greater)
	if err != nil || refusal != nil {
		return 0, false, refusal, err
	}
	age, _ := n.Whole()
	return age, true, nil, nil
}

// least is the pension that a funder tops others up to, where its conditions hold.
func (j *judge) least(t *Terms) error {
	m := j.rules.Minimum
	if m == nil {
		return nil
	}
	refusal, err := j.scheme.Refused(m.When, j.input(nil))
	if err != nil || refusal != nil {
		return err
	}
	least, _, refusal, err := j.minor(&m.Monthly, j.input(nil))
	if err == nil && refusal == nil {
		t.Least, t.Funder = least, insurance.FunderID(m.Funder)
	}
	return err
}

// Forecast is what a member would get on a day: what is hers if she left now, and what each plan that fits would pay
// whether or not she may retire yet.
type Forecast struct {
	Vested int64
	Plans  []PlanForecast
}

// PlanForecast is what a plan would pay, in minor units.
type PlanForecast struct {
	Plan           string
	Form           rule.PlanForm
	Lump           int64
	Monthly, TopUp int64
	// Months is for how many; 0 for life.
	Months int
}

// Foresee computes a forecast of the case.
func Foresee(s *rule.Scheme, c Case) (f Forecast, err error) {
	if f.Vested, err = Vested(s, c); err != nil {
		return f, err
	}
	for i := range s.OldAge.Plans {
		p := &s.OldAge.Plans[i]
		j := &judge{scheme: s, rules: s.OldAge, Case: c}
		fits, _, err := j.fits(p)
		if err != nil {
			return f, err
		}
		if !fits || c.pot() <= 0 {
			continue
		}
		one, known, err := j.foresee(p)
		if err != nil {
			return f, err
		}
		if known {
			f.Plans = append(f.Plans, one)
		}
	}
	return f, nil
}

func (j *judge) foresee(p *rule.Plan) (PlanForecast, bool, error) {
	one := PlanForecast{Plan: p.Name, Form: p.Form, Lump: j.pot()}
	if p.Form == rule.PayLump {
		return one, true, nil
	}
	lump, why, err := j.part(p.Lump, j.pot(), 0)
	if err != nil || why != nil {
		return one, false, err
	}
	t, why, err := j.terms(p, j.pot()-lump)
	if err != nil || why != nil {
		return one, false, err
	}
	one.Lump, one.Monthly, one.Months = lump, t.Instalment(0, j.pot()-lump), t.Months
	one.TopUp = t.TopUp(one.Monthly)
	if len(t.Left) > 0 {
		one.Months = t.Left[0]
	}
	return one, true, nil
}
