package cover

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
)

// NoticeDue is a notice that a member must be sent before cover can lapse or be closed, and what it has to say.
type NoticeDue struct {
	// Notice is what is recorded once it is sent.
	Notice Notice `json:"notice"`
	// LastDay is the last day of cover, or the one before closing, if it is sent today.
	LastDay ledger.Date `json:"last_day"`
	// Advice is what she can pay so that cover goes on; nil where no payment does.
	Advice *Advice `json:"advice,omitempty"`
}

// NoticeDue is the notice that the member must be sent today, or has had to be sent before; nil where there is none. In
// a holiday and out of season none is due.
func (r Rules) NoticeDue(h History, cover string, today ledger.Date) (*NoticeDue, error) {
	on := dayOf(today)
	l := r.lived(&h, cover, on, on, on)
	if still, _ := l.clock.stands(on); still || h.Died != 0 && h.Died <= today || !l.on(on).there {
		return nil, l.err
	}
	j := judging{life: l, q: Question{Cover: cover, On: today}, on: on}
	s := j.stand(on)
	if s.covered {
		return j.lapseNotice(s), l.err
	}
	return j.closingNotice(s), l.err
}

// lapseNotice is the notice that what is paid for will end.
func (j *judging) lapseNotice(s standing) *NoticeDue {
	certain, paid := j.until(s)
	t := j.life.on(min(paid, j.over.to))
	if paid >= j.over.to || j.lapse(paid) != never || j.on < paid+day(t.grace)-day(t.notice) {
		return nil
	}
	return &NoticeDue{
		Notice:  Notice{Cover: j.name, On: j.on.date(), Ends: paid.date()},
		LastDay: certain.date(), Advice: j.advise(s),
	}
}

// closingNotice is the notice that cover will be closed for silence.
func (j *judging) closingNotice(s standing) *NoticeDue {
	t := j.life.on(j.on)
	if s.union < 0 || s.state == Waiting || s.state == Closed || len(t.cover.Silence) == 0 {
		return nil
	}
	step := t.cover.Silence[len(t.cover.Silence)-1]
	since := max(s.end, j.lastPaid(j.on))
	if step.State != rule.ClosedCover || j.closes(since) {
		return nil
	}
	c := computing{life: j.life, scheme: t.version.scheme, in: j.input(j.on)}
	months := c.days(&step.Months, int(never), rule.Greater)
	j.fail(c.err)
	last := j.clock.after(j.on, t.notice)
	if wholeMonths(since+1, last+1) < months {
		return nil
	}
	return &NoticeDue{Notice: Notice{Cover: j.name, On: j.on.date(), Ends: s.end.date(), Closes: true}, LastDay: last.date(), Advice: j.advise(s)}
}

// closes says whether a notice of closing was sent since the day.
func (l *life) closes(since day) bool {
	for _, n := range l.notices {
		if n.closes && n.on > since {
			return true
		}
	}
	return false
}
