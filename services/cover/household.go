package cover

import (
	"fmt"
	"slices"

	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// dependant answers for somebody who is covered through the member, from the day on which she was added until she comes
// of age, is separated or the member has died, and for so many days after it.
func (j *judging) dependant(a *Answer) {
	d, ok := j.known(j.q.Person.Dependant)
	if !ok {
		j.refuse(a, "dependants", NotADependant, "Nobody of that name is on record as a dependant.", "Have her recorded as a dependant, or ask for her own cover.")
		return
	}
	c := j.life.on(j.on).cover
	i := slices.IndexFunc(c.Dependants, func(r rule.DependantRule) bool { return r.Kind == string(d.Kind) })
	if i < 0 {
		j.refuse(a, "dependants", NotOfTheKind, fmt.Sprintf("The cover is not for dependants of the kind %s.", d.Kind), "She may join in her own name.")
		return
	}
	d.rule = &c.Dependants[i]
	a.OwnLimits = d.rule.OwnLimits
	if from := openFrom(d.From); j.on < from {
		j.beforeAdded(a, d, from)
		return
	}
	j.through(a, d)
}

func (j *judging) refuse(a *Answer, rule, code, text, change string) {
	a.Covered, a.State = false, NotCovered
	a.because(j, rule, code, text)
	a.Reasons[len(a.Reasons)-1].Change = change
}

// beforeAdded answers for the days before she was added: those of a newborn may be covered.
func (j *judging) beforeAdded(a *Answer, d dependant, from day) {
	if born := d.Birth.On; born != 0 && dayOf(born) <= j.on && j.on < dayOf(born)+j.newbornDays(dayOf(born)) {
		j.q.Person.NewbornOn = born
		j.newborn(a)
		return
	}
	j.refuse(a, "dependants", NotYetDependant, fmt.Sprintf("She is covered from %s on.", from.date()), "")
}

// ends is the last day through which a dependant is covered by right, and by what kept days after it.
type ends struct {
	last, kept day
	code, text string
	keptCode   string
}

// through answers by where the member's cover stands, and by what ends the dependant's own.
func (j *judging) through(a *Answer, d dependant) {
	e := j.endsOf(&d)
	at := j.on
	if died := openTo(j.h.Died); died < at {
		at = died // what stood on the day of death is kept for so many days, and what was paid for
	}
	s := j.stand(at)
	switch {
	case j.on > e.kept:
		j.refuse(a, "dependants", e.code, e.text, "She may go on in her own name.")
		return
	case !j.counts(&d):
		j.refuse(a, "dependants.most", TooMany, "More dependants of the kind are recorded than are covered, and others came first.", "She may join in her own name.")
		return
	}
	j.tell(a, s)
	j.waive(a, &d, s)
	if !a.Covered {
		a.Advice = j.advise(s)
		return
	}
	j.bound(a, &d, e)
}

// bound ends a dependant's cover where her own right ends, and begins it where it began.
func (j *judging) bound(a *Answer, d *dependant, e ends) {
	last := e.kept
	if j.h.Died != 0 && e.keptCode == KeptAfterDeath {
		last = max(last, min(dayOf(a.PaidUntil), e.last))
	}
	if j.on > e.last {
		a.State = Kept
		a.because(j, "dependants", e.keptCode, fmt.Sprintf("She keeps cover through %s.", last.date()))
	}
	a.Until = min(a.Until, last.date())
	if j.on > e.last {
		a.Until = last.date()
	}
	if from := d.From; from > a.Since {
		a.Since = from
	}
	a.PaidUntil = min(a.PaidUntil, last.date())
	if w, waits := j.ownWaiting(d); waits && j.on <= w.to {
		j.refuse(a, "dependants", WaitingRuns, fmt.Sprintf("She waits through %s, from the day on which she was added.", w.to.date()), "")
		a.State, a.Since, a.Until = Waiting, w.from.date(), 0
	}
}

// endsOf are the ends of a dependant's right, the first that comes.
func (j *judging) endsOf(d *dependant) ends {
	facts := herFacts(j.h.Facts, d.Dependant)
	all := []ends{
		j.end(facts, j.endOfAge(d, j.on)-1, d.rule.AfterAge, TooOld, "She has come of age", KeptAfterAge),
		j.end(facts, openTo(d.To), d.rule.AfterEnd, Separated, "She is no longer a dependant", KeptAfterEnd),
		j.end(facts, openTo(j.h.Died), d.rule.AfterDeath, MemberDied, "The member has died", KeptAfterDeath),
	}
	first := slices.MinFunc(all, func(a, b ends) int { return int(a.last - b.last) })
	if first.keptCode == KeptAfterDeath { // what was paid is not lost by a death
		if i := j.unionBefore(first.last); i >= 0 {
			first.kept = max(first.kept, min(j.unions[i].to, all[0].kept, all[1].kept))
		}
	}
	return first
}

func (j *judging) end(facts insurance.Facts, last day, after *rule.Value, code, text, keptCode string) ends {
	e := ends{last: last, kept: last, code: code, keptCode: keptCode}
	if last < never {
		c := computing{life: j.life, scheme: j.rules.at(last).scheme, in: rule.Input{Facts: facts, On: last.date()}}
		e.kept = last + day(c.days(after, 0, rule.Greater))
		j.fail(c.err)
		e.text = fmt.Sprintf("%s; cover through the member ended after %s.", text, e.kept.date())
	}
	return e
}

// counts says whether she is among as many of her kind as are covered.
func (j *judging) counts(d *dependant) bool {
	for _, one := range dependantsOf(j.h.Facts, j.life.on(j.on).cover, j.on.date()) {
		if one.Name == d.Name && one.Kind == d.Kind {
			return j.amongMost(&one, j.on)
		}
	}
	return true // she is kept after her end, and takes nobody's place
}

// waive lifts the member's waiting days for a dependant who is in a group for which they are waived.
func (j *judging) waive(a *Answer, d *dependant, s standing) {
	if s.state != Waiting || !j.waived(d, j.on) {
		return
	}
	s.covered, s.state, s.code, s.text = true, InForce, WaitingWaived, "She need not wait."
	a.Reasons = nil
	j.tell(a, s)
}

// waived says whether waiting days are waived for the dependant on the day.
func (j *judging) waived(d *dependant, on day) bool {
	t := j.life.on(on)
	if t.cover.Waiting == nil {
		return true
	}
	in := j.input(on)
	in.Facts = herFacts(j.h.Facts, d.Dependant)
	c := computing{life: j.life, scheme: t.version.scheme, in: in}
	defer func() { j.fail(c.err) }()
	return c.any(t.cover.Waiting.Waived)
}

// ownWaiting are the days that a dependant waits from the day on which she was added; newborns do not.
func (j *judging) ownWaiting(d *dependant) (span, bool) {
	if !d.rule.Waits || d.From == 0 {
		return span{}, false
	}
	from := dayOf(d.From)
	wait := j.beginning(from).wait
	newborn := d.Birth.On != 0 && from <= dayOf(d.Birth.On)+j.newbornDays(dayOf(d.Birth.On))
	if wait == 0 || newborn || j.waived(d, from) || j.waived(d, j.on) {
		return span{}, false
	}
	return span{from, from + day(wait) - 1}, true
}

// Primary is the number of the answer whose cover pays where one person has several: by the rule of the first that names
// one, her own before that through another, or the one that has stood longest. It is -1 where none covers her.
func (r Rules) Primary(answers []Answer) int {
	best := -1
	for i, a := range answers {
		if a.Covered && (best < 0 || r.before(a, answers[best])) {
			best = i
		}
	}
	return best
}

// before says whether one answer's cover pays before another's.
func (r Rules) before(a, b Answer) bool {
	c, _ := r.Cover(a.Cover, a.On)
	own := a.Person == Person{}
	if c.Primary != rule.LongestFirst && own != (b.Person == Person{}) {
		return own
	}
	if a.Since != b.Since {
		return a.Since < b.Since
	}
	return a.Scheme < b.Scheme || a.Scheme == b.Scheme && a.Cover < b.Cover
}
