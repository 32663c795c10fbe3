package cover

import (
	"fmt"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
)

// Judge says whether the person is covered, by the rules in force and by what is known on the day of asking. Its error
// says that a rule itself fails; whoever is not known is not covered, and why is said.
func (r Rules) Judge(h History, q Question) (Answer, error) {
	l, on := r.life(&h, q)
	j := judging{life: l, q: q, on: on}
	a := j.answer()
	return a, l.err
}

// life is the life that a question is about, and the day that is judged: that of the event, or where the scheme's months
// end before something else, of that.
func (r Rules) life(h *History, q Question) (*life, day) {
	on, asked := dayOf(q.On), dayOf(q.On)
	if q.Asked != 0 {
		asked = dayOf(q.Asked)
	}
	through := asked
	if m := r.at(on).scheme.Covers[q.Cover].Months; m != nil {
		event := on
		switch {
		case m.Before == rule.BeforeAdmission && q.AdmittedOn != 0:
			on = dayOf(q.AdmittedOn)
		case m.Before == rule.BeforeClaim && q.ClaimedOn != 0:
			on = dayOf(q.ClaimedOn)
		}
		if on > event && (m.Arrears == nil || !m.Arrears.AfterEvent) {
			through = event // a payment made after the event does not count
		}
	}
	return r.lived(h, q.Cover, asked, on, through), on
}

// judging judges one question.
type judging struct {
	*life
	q  Question
	on day
	// warned are the notices that are on record, and those that advice reckons with.
	warned []notice
}

// standing is where a member's cover stands on a day.
type standing struct {
	covered bool
	state   State
	code    string
	text    string
	// end is the last day of the right that it rests on, union its number; none is -1.
	end   day
	union int
	since day
}

// stand is where the member's cover stands on the day.
func (l *life) stand(d day) standing {
	i := l.unionBefore(d)
	if i >= 0 && d <= l.unions[i].to {
		return l.byRight(d, i)
	}
	for _, w := range l.waits {
		if w.has(d) {
			return l.inWaiting(d, w, i)
		}
	}
	if i < 0 {
		return l.notBegun(d)
	}
	return l.after(d, i)
}

func (l *life) byRight(d day, i int) standing {
	s := standing{covered: true, state: InForce, code: Paid, end: l.unions[i].to, union: i, since: l.since(i)}
	for _, r := range l.rights {
		if r.has(d) {
			s.code = r.why
			if r.why == Paid || r.why == MonthsMet {
				break
			}
		}
	}
	switch s.code {
	case PriceNothing:
		s.state, s.text = Exempt, "Cover costs you nothing."
	case YearEarned:
		s.state, s.text = FreeYear, "You have earned this year's cover by what you gave in the year before."
	case MonthsMet:
		t := l.on(d)
		window := l.window(monthNumber(d.date().Period()), d)
		s.text = fmt.Sprintf("%d of the months that are looked at count; %d are asked for.", l.counted(window, d), t.qualify)
	default:
		s.text = fmt.Sprintf("Your payments cover the days through %s.", s.end.date())
	}
	return s
}

func (l *life) inWaiting(d day, w span, i int) standing {
	s := standing{state: Waiting, code: WaitingRuns, end: w.to, union: i, since: w.from,
		text: fmt.Sprintf("You wait through %s from the payment of %s on.", w.to.date(), w.from.date())}
	if l.beginning(d).waived {
		s.covered, s.state, s.code = true, InForce, WaitingWaived
		s.text = "You need not wait."
	}
	return s
}

func (l *life) notBegun(d day) standing {
	s := standing{state: NotBegun, code: NothingPaid, union: -1, text: "Nothing was paid for this cover yet."}
	t := l.on(min(l.asked, l.over.to))
	switch {
	case t.refusal != nil:
		s.code, s.text = t.refusal.Reason, t.refusal.Text
	case l.lastPaid(d) == always:
	case l.by() == byMonths:
		s.code, s.text = MonthsMissing, "Not enough months count yet."
	default:
		s.code, s.text = TooLittlePaid, "What was paid does not make a whole day yet; it is kept."
	}
	return s
}

// after is where cover stands on a day after the right ended.
func (l *life) after(d day, i int) standing {
	end := l.unions[i].to
	last := l.lapse(end)
	if d > l.asked {
		last = l.certain(end)
	}
	if d > last {
		return l.lapsed(d, i, last)
	}
	s := standing{covered: true, end: end, union: i, since: l.since(i)}
	t := l.on(end)
	still, season := l.clock.stands(d)
	switch {
	case d <= end+day(t.grace):
		s.state, s.code, s.text = Grace, InGrace, fmt.Sprintf("You are paid up through %s and covered for %d days more.", end.date(), t.grace)
	case still && season:
		s.state, s.code, s.text = Paused, OutOfSeason, "It is out of season; these days do not count against you."
	case still:
		s.state, s.code, s.text = Paused, OnHoliday, "These days are a hardship holiday; they do not count against you."
	case last == never || d > l.asked && l.lapse(end) == never:
		s.state, s.code, s.text = Unlapsed, NotNotified, fmt.Sprintf("You are paid up through %s. Nobody has told you that cover ends, so it does not.", end.date())
	default:
		s.state, s.code, s.text = Notified, NoticeRuns, fmt.Sprintf("You are paid up through %s and were told; cover ends after %s.", end.date(), last.date())
	}
	return s
}

// lapsed is where cover stands on a day after it lapsed.
func (l *life) lapsed(d day, i int, last day) standing {
	end := l.unions[i].to
	s := standing{state: Lapsed, code: LapsedAfterNotice, end: end, union: i, since: last + 1,
		text: fmt.Sprintf("You were paid up through %s; cover ended after %s.", end.date(), last.date())}
	if l.by() == byMonths {
		s.code, s.text = MonthsMissing, fmt.Sprintf("Not enough months count; cover ended after %s.", last.date())
	}
	step, silent := l.silent(end, d)
	if !silent {
		return s
	}
	switch step.State {
	case rule.Frozen:
		s.state, s.code = Frozen, SilentFrozen
	case rule.Deactivated:
		s.state, s.code = Deactivated, SilentDeactivated
	case rule.ClosedCover:
		s.state, s.code = Closed, SilentClosed
	}
	return s
}

// since is the first day of the unbroken cover that the union belongs to.
func (l *life) since(i int) day {
	for i > 0 && l.unions[i].from <= l.lapse(l.unions[i-1].to)+1 {
		i--
	}
	return l.unions[i].from
}

// until is the last day of the unbroken cover from a day on that is certain, and the last that is paid for.
func (l *life) until(s standing) (certain, paid day) {
	if s.code == WaitingWaived {
		s.union = l.unionBefore(s.end + 1)
	}
	i := max(s.union, 0)
	for ; i+1 < len(l.unions) && l.unions[i+1].from <= l.certain(l.unions[i].to)+1; i++ {
	}
	return l.certain(l.unions[i].to), l.unions[i].to
}

// answer answers for the member or one of her dependants.
func (j *judging) answer() Answer {
	a := Answer{Scheme: j.h.Scheme, Cover: j.q.Cover, Version: j.rules.at(j.on).number, Person: j.q.Person, On: j.q.On}
	if t := j.life.on(j.on); !t.there {
		a.State = NotCovered
		a.because(j, "", NoSuchRule, "The scheme has no cover of that name on the day.")
		return a
	}
	switch {
	case j.q.Person.NewbornOn != 0:
		j.newborn(&a)
	case j.q.Person.Dependant != "":
		j.dependant(&a)
	default:
		j.member(&a)
	}
	return a
}

// because adds a reason.
func (a *Answer) because(j *judging, rule, code, text string) {
	if rule != "" {
		rule = "." + rule
	}
	a.Reasons = append(a.Reasons, Reason{Code: code, Rule: "cover." + j.q.Cover + rule, Version: a.Version, Text: text})
}

// rules are where in a scheme the reasons are from.
var rules = map[string]string{
	Paid: "days", MonthsMet: "months", MonthsMissing: "months", PriceNothing: "days.price", YearEarned: "free", InGrace: "grace_days",
	NotNotified: "notice_days", NoticeRuns: "notice_days", LapsedAfterNotice: "notice_days", OutOfSeason: "season",
	WaitingRuns: "waiting", WaitingWaived: "waiting.waived", SilentFrozen: "silence", SilentDeactivated: "silence",
	SilentClosed: "silence", TooLittlePaid: "days.price",
}

// member answers for the member herself.
func (j *judging) member(a *Answer) {
	s := j.stand(j.on)
	j.tell(a, s)
	if died := j.h.Died; died != 0 && dayOf(died) < j.on {
		*a = Answer{Scheme: a.Scheme, Cover: a.Cover, Version: a.Version, Person: a.Person, On: a.On, State: NotCovered}
		a.because(j, "", MemberDied, fmt.Sprintf("She died on %s.", died))
		return
	}
	if died := j.h.Died; died != 0 && a.Covered {
		a.Until = min(a.Until, died)
		return
	}
	a.Advice = j.advise(s)
}

// tell says where the member's cover stands.
func (j *judging) tell(a *Answer, s standing) {
	a.Covered, a.State = s.covered, s.state
	if s.union >= 0 || s.state == Waiting {
		a.Since = s.since.date()
	}
	a.because(j, rules[s.code], s.code, s.text)
	if s.covered {
		certain, paid := j.until(s)
		a.Until, a.PaidUntil = certain.date(), paid.date()
	} else if s.union >= 0 && s.state != Waiting {
		a.PaidUntil = s.end.date()
	}
	j.began(a)
	if !s.covered && j.paidLater() {
		a.because(j, "months", PaidAfterEvent, "What was paid after the event does not count for it.")
	}
}

// paidLater says whether something was given after the event that is asked about and by the day of asking.
func (j *judging) paidLater() bool {
	for _, p := range j.h.Payments {
		if p.On > j.q.On && j.q.Asked != 0 && p.On <= j.q.Asked && p.Minor > 0 {
			return true
		}
	}
	return false
}

// began says when the cover was begun that stands on the day, and what is charged because that was after a lapse.
func (j *judging) began(a *Answer) {
	for _, s := range j.starts {
		if s.paid <= j.on {
			a.Joined = s.paid.date()
		}
	}
	if n := j.lastStart(); n >= 0 && j.starts[n].again {
		a.Charge = j.charge(j.starts[n])
	}
	if a.Charge != nil {
		a.because(j, "reactivation", TakenUpAgain,
			fmt.Sprintf("Cover was taken up again on %s, after %d months.", a.Charge.TakenUp, a.Charge.MonthsUnpaid))
	}
}

// lastStart is the number of the last start by the day that is asked for; -1 where there is none.
func (j *judging) lastStart() int {
	n := -1
	for i, s := range j.starts {
		if s.paid <= j.on {
			n = i
		}
	}
	return n
}

// charge is what benefits are charged with on the day; nil where nothing is.
func (j *judging) charge(s start) *Charge {
	t := j.life.on(s.paid)
	r := t.cover.Reactivation
	if r == nil {
		return nil
	}
	c := computing{life: j.life, scheme: t.version.scheme, in: j.input(s.paid)}
	days := c.days(&r.Days, 0, rule.Lesser)
	j.fail(c.err)
	until := s.paid + day(days) - 1
	if j.on > until {
		return nil
	}
	charge := &Charge{Reason: r.Reason, Rule: "cover." + j.name + ".reactivation", TakenUp: s.paid.date(), Until: until.date(), MonthsUnpaid: s.unpaid}
	for _, care := range r.For {
		charge.Care = append(charge.Care, string(care))
	}
	return charge
}

// newborn answers for a child that nobody has enrolled: covered for its first days, if its parent was covered on the day
// of its birth.
func (j *judging) newborn(a *Answer) {
	born := dayOf(j.q.Person.NewbornOn)
	last := born + j.newbornDays(born) - 1
	a.State = NotCovered
	switch parent := j.stand(born); {
	case j.on < born || j.on > last:
		a.because(j, "newborn_days", NewbornTooOld, fmt.Sprintf("Without being enrolled a child is covered through %s.", last.date()))
		a.Reasons[0].Change = "Enrol the child."
	case !parent.covered:
		j.tell(a, parent)
	default:
		a.Covered, a.State, a.Since, a.Until = true, Newborn, born.date(), last.date()
		a.because(j, "newborn_days", NewbornCovered, fmt.Sprintf("A child is covered from birth through %s.", last.date()))
	}
}

// newbornDays is for how long a child born on the day is covered.
func (j *judging) newbornDays(born day) day {
	t := j.life.on(born)
	c := computing{life: j.life, scheme: t.version.scheme, in: j.input(born)}
	defer func() { j.fail(c.err) }()
	return day(c.days(t.cover.NewbornDays, 0, rule.Greater))
}

// known is the dependant of that name as the facts have her for the day, or for the last day before it that they do.
func (j *judging) known(name string) (found dependant, ok bool) {
	var on ledger.Date
	for _, d := range j.h.Facts.Dependants {
		if d.Name == name && (!ok || d.On(j.on.date()) || !found.On(j.on.date()) && d.From > on) {
			found, ok, on = dependant{Dependant: d}, true, d.From
		}
	}
	return found, ok
}
