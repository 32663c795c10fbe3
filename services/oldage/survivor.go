package oldage

import (
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// toSurvivors judges what a dead member leaves: her pots, all of the state's share with them, what is left of a reserve
// that is refunded, and the pool's capital; and who goes on to get a part of her pension.
func (j *judge) toSurvivors() error {
	died, confirmed := j.Facts.Died()
	estate := j.pot() + j.refund()
	if !confirmed || died > j.Ask.On {
		j.refuse("survivors", estate, "survivors", DeathNotConfirmed, "her death is not on record, or another person has not confirmed it", "confirm it first")
		return nil
	}
	survivors := slices.SortedStableFunc(slices.Values(j.Survivors), func(a, b benefit.Survivor) int { return strings.Compare(a.Person, b.Person) })
	pensions, err := j.pensionsOf(survivors)
	if err != nil {
		return err
	}
	capital, err := j.capital(pensions)
	if err != nil {
		return err
	}
	weights, err := j.weights(survivors)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(weights, func(w exact.Number) bool { return w.Sign() > 0 }) {
		j.refuse("survivors", estate+capital, "survivors", NoSurvivor, "nobody has come forward; it stays in her name", "name those whom she left behind")
		return nil
	}
	return j.bequeath(survivors, weights, pensions, capital)
}

// refund is what of an annuity's reserve goes to survivors.
func (j *judge) refund() int64 {
	if j.Pension == nil || !j.Pension.Refund {
		return 0
	}
	return max(0, j.Left)
}

// capital is what the pool pays once no part of her pension goes on.
func (j *judge) capital(pensions map[int]*Terms) (int64, error) {
	v := j.rules.Survivors
	if v == nil || v.Capital == nil || j.Pension == nil || j.CapitalPaid || j.PensionsGoOn || len(pensions) > 0 {
		return 0, nil
	}
	minor, _, refusal, err := j.minor(v.Capital, j.input(map[string]int64{"pension_paid": j.Pension.Monthly}))
	if err != nil || refusal != nil {
		return 0, err
	}
	j.out.Capital = minor > 0
	return max(0, minor), nil
}

// bequeath divides everything by the same weights, each pot in whole units of which none is lost.
func (j *judge) bequeath(survivors []benefit.Survivor, weights []exact.Number, pensions map[int]*Terms, capital int64) error {
	var divided [3][]int64
	for i, minor := range []int64{j.Own, j.Matched, j.refund() + capital} {
		parts, err := benefit.Split(max(0, minor), slices.Clone(weights)...)
		if err != nil {
			return err
		}
		divided[i] = parts
	}
	for i, s := range survivors {
		l := Legacy{Person: s.Person, To: payee(s), Pots: take(divided[0][i]+divided[1][i], divided[0][i], divided[1][i]), Pool: divided[2][i], Terms: pensions[i]}
		if sum := divided[0][i] + divided[1][i] + divided[2][i]; sum > 0 {
			j.line("survivor "+s.Person, sum)
			j.lines[len(j.lines)-1].PayTo = l.To
		}
		if l.Terms != nil {
			j.line("pension "+s.Person, l.Terms.Monthly)
			j.lines[len(j.lines)-1].PayTo = l.To
		}
		if len(l.Pots) > 0 || l.Pool > 0 || l.Terms != nil {
			j.out.Legacies = append(j.out.Legacies, l)
		}
	}
	if len(j.lines) == 0 {
		j.refuse("survivors", 0, "survivors", NothingSaved, "nothing is left", "")
	}
	return nil
}

func payee(s benefit.Survivor) ledger.Party {
	if s.PayTo != "" {
		return s.PayTo
	}
	return insurance.MemberID(s.Person).Party()
}

// weights are the parts of the survivors: by kind as the scheme says, what no kind takes for those whom she named, and
// without them for all that are left, in equal parts.
func (j *judge) weights(survivors []benefit.Survivor) ([]exact.Number, error) {
	weights := make([]exact.Number, len(survivors))
	left := exact.Int(1)
	if v := j.rules.Survivors; v != nil {
		for i := range v.Shares {
			var of []int
			for n, s := range survivors {
				if string(s.Kind) == v.Shares[i].Kind {
					of = append(of, n)
				}
			}
			share, refusal, err := j.scheme.Compute(&v.Shares[i].Share, j.input(nil), rule.Greater)
			if err != nil {
				return nil, err
			}
			if len(of) == 0 || refusal != nil {
				continue
			}
			share = exact.Max(exact.Int(0), exact.Min(share, left))
			left = left.Minus(share)
			for _, n := range of {
				weights[n] = share.Over(exact.Int(int64(len(of))))
			}
		}
	}
	return rest(survivors, weights, left), nil
}

// rest gives what no kind has taken to those whom she named, or to all.
func rest(survivors []benefit.Survivor, weights []exact.Number, left exact.Number) []exact.Number {
	if left.Sign() <= 0 {
		return weights
	}
	parts := make([]int64, len(survivors))
	sum := int64(0)
	named := slices.ContainsFunc(survivors, func(s benefit.Survivor) bool { return s.Nominee })
	for i, s := range survivors {
		switch {
		case named && s.Nominee:
			parts[i] = max(1, s.Parts)
		case !named:
			parts[i] = 1
		}
		sum += parts[i]
	}
	for i := range survivors {
		weights[i] = weights[i].Plus(left.Times(exact.Share(parts[i], max(1, sum))))
	}
	return weights
}

// pensionsOf are the pensions that go on, by survivor: never more together than hers was.
func (j *judge) pensionsOf(survivors []benefit.Survivor) (map[int]*Terms, error) {
	v := j.rules.Survivors
	if v == nil || j.Pension == nil || j.Pension.Form != rule.Annuity || j.PensionsGoOn || j.CapitalPaid {
		return nil, nil
	}
	terms, left := map[int]*Terms{}, j.Pension.Monthly
	for i := range v.Pensions {
		for n, s := range survivors {
			t, err := j.pensionOf(&v.Pensions[i], s, left)
			if err != nil {
				return nil, err
			}
			if t != nil && terms[n] == nil {
				terms[n] = t
				left -= t.Monthly
			}
		}
	}
	return terms, nil
}

// pensionOf is the pension of one survivor; nil where none goes on.
func (j *judge) pensionOf(p *rule.SurvivorPension, s benefit.Survivor, most int64) (*Terms, error) {
	if string(s.Kind) != p.Kind {
		return nil, nil
	}
	part, refusal, err := j.scheme.Compute(&p.Share, j.input(nil), rule.Greater)
	if err != nil || refusal != nil {
		return nil, err
	}
	monthly, err := share(part, j.Pension.Monthly)
	if monthly = min(monthly, most); err != nil || monthly == 0 {
		return nil, err
	}
	t := &Terms{Plan: j.Pension.Plan, Form: rule.Annuity, Version: j.Version, From: j.Ask.On.Period().Next(), Monthly: monthly}
	years, ends, refusal, err := j.whole(p.UntilAge, rule.Greater)
	if err != nil || !ends || refusal != nil {
		return t, err
	}
	if t.Until = lastMonth(s.Birth, int(years)); t.Until != 0 && t.Until < t.From {
		return nil, nil
	}
	return t, nil
}

// lastMonth is the month before that in which somebody reaches an age, by the latest birth that is possible; 0 where the
// birth is not known at all.
func lastMonth(b insurance.Birth, age int) ledger.Period {
	born := ledger.Date(0)
	switch {
	case b.On != 0:
		born = b.On
	case b.Year != 0:
		born = ledger.Date(b.Year*1_00_00 + 12_31)
	case b.StatedOn != 0:
		born = laterBy(b.StatedOn, -b.StatedYears)
	default:
		return 0
	}
	return laterBy(born, age).Period().FirstDay().AddDays(-1).Period()
}
