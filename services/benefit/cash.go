package benefit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// unit is what the benefit comes to for one day, month or event: what it would be, and what it may be at most. Neither
// is rounded.
type unit struct {
	full, most exact.Number
	why        *Why
}

// unitOn computes what one unit comes to on a day.
func (j *judge) unitOn(on ledger.Date) (unit, error) {
	in := j.in
	in.On = on
	n, refusal, err := j.amount(in)
	if err == nil && refusal == nil && j.b.NoLessThan != nil && n.Sign() > 0 {
		var least exact.Number
		least, refusal, err = j.scheme.Compute(j.b.NoLessThan, in, rule.Greater)
		n = exact.Max(n, least)
	}
	if err != nil {
		return unit{}, err
	}
	if refusal != nil {
		why := j.refused(refusal, "")
		return unit{why: &why}, nil
	}
	if n.Sign() < 0 {
		return unit{}, errors.New("the rule makes less than nothing of it; let it return 0")
	}
	u := unit{full: n, most: n}
	if j.b.UpTo != nil {
		most, refusal, err := j.scheme.Compute(j.b.UpTo, in, rule.Greater)
		if err != nil {
			return unit{}, err
		}
		if refusal == nil {
			u.most = exact.Max(exact.Int(0), exact.Min(n, most))
		}
	}
	return u, nil
}

// amount is what the benefit says that it is: a rule, an amount, or a share of something.
func (j *judge) amount(in rule.Input) (exact.Number, *rule.Refusal, error) {
	switch b := j.b; {
	case b.Rule != "":
		return j.scheme.Call(b.Rule, in)
	case b.Flat != nil:
		return j.scheme.Compute(b.Flat, in, rule.Greater)
	case b.Full != nil:
		return j.earned(in)
	default:
		return j.share(b.Rate, in)
	}
}

// share is a rate of what the benefit is a share of.
func (j *judge) share(rate *rule.Value, in rule.Input) (exact.Number, *rule.Refusal, error) {
	share, refusal, err := j.scheme.Compute(rate, in, rule.Greater)
	if err != nil || refusal != nil {
		return exact.Number{}, refusal, err
	}
	of, refusal, err := j.scheme.Compute(j.b.Of, in, rule.Greater)
	return share.Times(of), refusal, err
}

// earned is what the years of contributions give.
func (j *judge) earned(in rule.Input) (exact.Number, *rule.Refusal, error) {
	for _, x := range []*rule.Earned{j.b.Full, j.b.Reduced} {
		if x == nil {
			continue
		}
		years, refusal, err := j.scheme.Compute(&x.Years, in, rule.Lesser)
		if err != nil || refusal != nil {
			return exact.Number{}, refusal, err
		}
		if !j.numbers["years_paid"].Less(years) {
			return j.share(&x.Rate, in)
		}
	}
	return exact.Number{}, &rule.Refusal{Reason: NotQualified, Text: "the years of contributions do not suffice"}, nil
}

// heads is how many dependants the benefit is for on a day; one where it is not per head.
func (j *judge) heads(on ledger.Date) (exact.Number, error) {
	p := j.b.PerHead
	if p == nil {
		return exact.Int(1), nil
	}
	under, err := j.whole(p.Under, rule.Greater, 1000)
	if err != nil {
		return exact.Number{}, err
	}
	n := int64(0)
	for _, d := range j.c.Facts.Dependants {
		least, _, known := d.Birth.AgeBounds(on)
		if string(d.Kind) == p.Kind && d.On(on) && (!known || int64(least) < under) { // doubt counts for the member
			n++
		}
	}
	most, err := j.whole(p.UpTo, rule.Greater, n)
	return exact.Int(min(n, most)), err
}

// ready computes what the amount rests on, and says why there is no right.
func (j *judge) ready() ([]Why, error) {
	right, err := j.right()
	if err != nil {
		return nil, err
	}
	heads, err := j.heads(j.c.Claim.Event.On)
	if err != nil {
		return nil, err
	}
	j.numbers["heads"] = heads
	return right, j.earn()
}

// rounded is so many units in minor units, rounded as the benefit says.
func (j *judge) rounded(n exact.Number) (int64, error) {
	if j.b.Round != nil {
		return j.scheme.Rounded(j.b.Round, n)
	}
	minor, _, err := j.floor(n)
	return minor, err
}

// days are the days of a claim for cash per day, as they are taken off.
type days struct {
	left []ledger.Date
	// before is for how many days the event was paid already: amounts are rounded for the event and not for each claim.
	before int64
}

// daily judges cash for each day: the first days of an event are not paid, nor those after the last that it is paid for,
// nor those that were paid already.
func (j *judge) daily() ([]*line, error) {
	right, err := j.ready()
	if err != nil {
		return nil, err
	}
	u, err := j.unitOn(j.c.Claim.Event.On)
	if err != nil {
		return nil, err
	}
	from, to := j.claimed()
	l := newLine(fmt.Sprintf("days %s to %s", from, to), 0)
	l.on = from
	if u.why != nil {
		right = append(right, *u.why)
	}
	d := days{left: datesFrom(from, to)}
	j.counted("event", false, func(e Earlier) { d.before += e.Days })
	u.full, u.most = u.full.Times(j.numbers["heads"]), u.most.Times(j.numbers["heads"])
	if l.asked, err = j.beyond(u.full, d.before, int64(len(d.left))); err != nil {
		return nil, err
	}
	l.left, l.days = l.asked, int64(len(d.left))
	for _, why := range right {
		l.refuse(why)
	}
	if len(right) > 0 {
		return []*line{l}, nil
	}
	return []*line{l}, j.payDays(l, u, d)
}

func datesFrom(from, to ledger.Date) []ledger.Date {
	var all []ledger.Date
	for d := from; d <= to; d = d.AddDays(1) {
		all = append(all, d)
	}
	return all
}

// payDays takes the days off that are not paid, one rule after the other, and then what is above a limit of money.
func (j *judge) payDays(l *line, u unit, d days) error {
	if err := j.worth(l, u.most, d, Why{Reason: AboveMost, Rule: j.rule("up_to"), Text: "the day is paid with this at most"}); err != nil {
		return err
	}
	for _, cut := range []func(*days) (Why, error){j.eliminate, j.paidDays, j.longest, j.limitedDays} {
		why, err := cut(&d)
		if err != nil {
			return err
		}
		if err := j.worth(l, u.most, d, why); err != nil {
			return err
		}
	}
	l.days = int64(len(d.left))
	return j.limitCash(l)
}

// worth takes the line down to what the days that are left come to.
func (j *judge) worth(l *line, each exact.Number, d days, why Why) error {
	minor, err := j.beyond(each, d.before, int64(len(d.left)))
	if err == nil {
		l.downTo(minor, why)
	}
	return err
}

// beyond is what so many days come to after those before them, which have been rounded already: a claim in pieces comes to
// what it does as a whole.
func (j *judge) beyond(each exact.Number, before, n int64) (int64, error) {
	with, err := j.rounded(each.Times(exact.Int(before + n)))
	if err != nil {
		return 0, err
	}
	without, err := j.rounded(each.Times(exact.Int(before)))
	return with - without, err
}

// eliminate takes off the first days of the event.
func (j *judge) eliminate(d *days) (Why, error) {
	wait, err := j.whole(j.b.WaitDays, rule.Lesser, 0)
	if err != nil {
		return Why{}, err
	}
	begins := j.c.Claim.Event.On
	if from, _ := j.claimed(); from < begins {
		begins = from
	}
	first := begins.AddDays(int(wait))
	d.left = slices.DeleteFunc(slices.Clone(d.left), func(day ledger.Date) bool { return day < first })
	return Why{Reason: EliminationDays, Rule: j.rule("wait_days"), Text: fmt.Sprintf("it is paid from day %d of the event, %s", wait+1, first)}, nil
}

// paidDays takes off the days that were paid already, by this benefit or one that it is not paid with.
func (j *judge) paidDays(d *days) (Why, error) {
	same := func(e Earlier) bool {
		return e.Scheme == j.c.Scheme && (e.Benefit == j.c.Claim.Benefit || slices.Contains(j.b.NotWith, e.Benefit))
	}
	d.left = slices.DeleteFunc(slices.Clone(d.left), func(day ledger.Date) bool {
		return slices.ContainsFunc(j.c.History, func(e Earlier) bool {
			return e.Claim != j.c.Claim.ID && e.person() == j.c.Claim.person() && same(e) && e.Days > 0 && e.On <= day && day <= e.To
		})
	})
	return Why{Reason: DaysPaid, Rule: "duplicates", Text: "these days have been paid already"}, nil
}

// longest takes off the days after those that one event is paid for.
func (j *judge) longest(d *days) (Why, error) {
	most, err := j.longestDays()
	if err != nil || most < 0 {
		return Why{}, err
	}
	d.first(most - d.before)
	return Why{Reason: DaysReached, Rule: j.rule("days"), Text: fmt.Sprintf("one event is paid for %d days", most)}, nil
}

// longestDays is for how many days one event is paid; -1 where there is no end.
func (j *judge) longestDays() (int64, error) {
	if j.b.Days != nil {
		return j.whole(j.b.Days, rule.Greater, -1)
	}
	weeks, err := j.whole(j.b.Weeks, rule.Greater, -1)
	if weeks < 0 {
		return -1, err
	}
	return weeks * 7, err
}

// first keeps the first so many of the days.
func (d *days) first(n int64) { d.left = d.left[:max(0, min(n, int64(len(d.left))))] }

// limitedDays takes off the days above the limits of days.
func (j *judge) limitedDays(d *days) (Why, error) {
	var why Why
	for _, l := range j.limits() {
		if l.Days == nil {
			continue
		}
		most, err := j.whole(l.Days, rule.Greater, 0)
		if err != nil {
			return why, err
		}
		left := most
		j.counted(l.Per, l.Household, func(e Earlier) { left -= e.Days })
		if left < int64(len(d.left)) {
			why = Why{Reason: DaysReached, Rule: j.limitRule(l), Text: fmt.Sprintf("%d days are paid per %s%s", most, l.Per, ofHousehold(l))}
		}
		d.first(left)
	}
	return why, nil
}

// limitCash takes off what is above the limits of money.
func (j *judge) limitCash(lines ...*line) error {
	for _, l := range j.limits() {
		if l.Amount == nil {
			continue
		}
		most, left, err := j.roomOf(l)
		if err != nil {
			return err
		}
		for _, x := range lines {
			x.downTo(left, j.limited(l, most))
			left -= x.left
		}
	}
	return nil
}

// lumpSum judges an amount that is paid once for an event.
func (j *judge) lumpSum() ([]*line, error) {
	right, err := j.ready()
	if err != nil {
		return nil, err
	}
	u, err := j.unitOn(j.c.Claim.Event.On)
	if err != nil {
		return nil, err
	}
	if u.why != nil {
		right = append(right, *u.why)
	}
	l := newLine(j.c.Claim.Benefit, 0)
	if l.asked, err = j.rounded(u.full.Times(j.numbers["heads"])); err != nil {
		return nil, err
	}
	l.left = l.asked
	most, err := j.rounded(u.most.Times(j.numbers["heads"]))
	if err != nil {
		return nil, err
	}
	l.downTo(most, Why{Reason: AboveMost, Rule: j.rule("up_to"), Text: "it is this amount at most"})
	for _, why := range append(right, j.once(l.item)...) {
		l.refuse(why)
	}
	if err := j.limitCash(l); err != nil {
		return nil, err
	}
	return j.divided(l)
}

// once says that the event has been paid already.
func (j *judge) once(item string) []Why {
	var why []Why
	j.counted("event", false, func(e Earlier) {
		if e.Minor > 0 && (e.Item == item || j.b.Survivors != nil) {
			why = []Why{{Reason: AlreadyPaid, Rule: "duplicates", Text: fmt.Sprintf("claim %s was granted it for the same event", e.Claim)}}
		}
	})
	return why
}

// periodic judges cash for each month, from that of the event or the first day asked for, through the month that is
// judged now.
func (j *judge) periodic() ([]*line, error) {
	right, err := j.ready()
	if err != nil {
		return nil, err
	}
	from, through, err := j.months()
	if err != nil {
		return nil, err
	}
	if monthsFrom(from, through) > mostMonths {
		return nil, insurance.Fault{Field: "claim.event.from", Reason: ClaimInvalid, Text: "ask for the months of a hundred years at most"}
	}
	var all []*line
	for m := from; m <= through; m = m.Next() {
		lines, err := j.month(m, right)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	return all, nil
}

// months are the first and the last month that are judged now.
func (j *judge) months() (from, through ledger.Period, err error) {
	first, _ := j.claimed()
	from, through = first.Period(), j.c.Through
	if through == 0 {
		through = max(j.c.Claim.ReceivedOn, first).Period()
	}
	if to := j.c.Claim.Event.To; to != 0 {
		through = min(through, to.Period())
	}
	most, err := j.longestDays()
	if most > 0 {
		through = min(through, first.AddDays(int(min(most, mostMonths*31))-1).Period())
	}
	return max(from, j.c.From), through, err
}

// month judges one month: on its first day, or that of the event where it is later.
func (j *judge) month(m ledger.Period, right []Why) ([]*line, error) {
	first, _ := j.claimed()
	on := max(m.FirstDay(), first)
	heads, err := j.heads(on)
	if err != nil {
		return nil, err
	}
	j.numbers["heads"] = heads
	u, err := j.unitOn(on)
	if err != nil {
		return nil, err
	}
	l := newLine("month "+m.String(), 0)
	l.on = on
	if l.asked, err = j.rounded(u.full.Times(heads)); err != nil {
		return nil, err
	}
	l.left = l.asked
	most, err := j.rounded(u.most.Times(heads))
	if err != nil {
		return nil, err
	}
	l.downTo(most, Why{Reason: AboveMost, Rule: j.rule("up_to"), Text: "the month is paid with this at most"})
	for _, why := range slices.Concat(right, j.nobody(heads), whys(u.why), j.monthPaid(l.item)) {
		l.refuse(why)
	}
	if err := j.limitCash(l); err != nil {
		return nil, err
	}
	return j.divided(l)
}

// nobody says that there is nobody left for whom it is paid.
func (j *judge) nobody(heads exact.Number) []Why {
	if heads.Sign() > 0 {
		return nil
	}
	return []Why{{Reason: NobodyUnder, Rule: j.rule("per_head"), Text: fmt.Sprintf("there is no %s of the age that it is paid for", j.b.PerHead.Kind)}}
}

// monthPaid says that another claim was granted the month.
func (j *judge) monthPaid(item string) []Why {
	var why []Why
	j.counted("lifetime", false, func(e Earlier) {
		if (e.Item == item || strings.HasPrefix(e.Item, item+" ")) && e.Minor > 0 {
			why = []Why{{Reason: AlreadyPaid, Rule: "duplicates", Text: fmt.Sprintf("claim %s was granted the month", e.Claim)}}
		}
	})
	return why
}
