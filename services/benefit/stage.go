package benefit

import (
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule"
)

// staged judges instalments: each is due once what it is tied to is evidenced, however late, and in any order.
func (j *judge) staged() ([]*line, error) {
	right, err := j.ready()
	if err != nil {
		return nil, err
	}
	lines := make([]*line, len(j.b.Stages))
	for i := range lines {
		if lines[i], err = j.stage(&j.b.Stages[i], right); err != nil {
			return nil, err
		}
	}
	return lines, j.limitCash(lines...)
}

// stage judges one instalment.
func (j *judge) stage(s *rule.Stage, right []Why) (*line, error) {
	amount, refusal, err := j.scheme.Compute(&s.Amount, j.in, rule.Greater)
	if err != nil {
		return nil, err
	}
	minor, err := j.rounded(amount)
	if err != nil {
		return nil, err
	}
	l := newLine(s.Event, minor)
	if refusal != nil {
		right = append(slices.Clone(right), j.refused(refusal, "stages"))
	}
	for _, why := range append(slices.Clone(right), j.once(s.Event)...) {
		l.refuse(why)
	}
	if l.left == 0 && len(l.reductions) > 0 {
		return l, nil
	}
	j.evidenced(l, s)
	return l, nil
}

// evidenced refuses a stage that nobody has witnessed yet. One that could not take place counts as met.
func (j *judge) evidenced(l *line, s *rule.Stage) {
	e, found := j.witness(s.Event)
	l.on = e.On
	switch {
	case !found:
		l.refuse(Why{
			Reason: EvidenceMissing, Rule: j.rule("stages"), Text: fmt.Sprintf("nothing shows the %s yet; the stage is not lost", s.Event),
			Change: "send the statement of any health worker, at any time; where there was no clinic, say so",
		})
	case e.Missed == NoClinic:
		l.note(0, Why{Reason: MetWithoutClinic, Rule: j.rule("stages"), Text: "there was no clinic; the stage counts as met"})
	case e.Missed == NoChild:
		l.note(0, Why{Reason: MetWithoutChild, Rule: j.rule("stages"), Text: "the child was born dead or has died; the stage counts as met"})
	case j.late(e):
		l.note(0, Why{Reason: PaidLate, Rule: j.rule("stages"), Text: "it came late, and is paid in full"})
	}
}

// lateAfter is after how many days a stage is said to come late; that changes nothing else.
const lateAfter = 90

func (j *judge) late(e Evidence) bool {
	return e.On != 0 && j.c.Claim.ReceivedOn > e.On.AddDays(lateAfter)
}

// witness is the first evidence of the event: somebody's statement, or that it could not take place. Any health worker's
// will do; her own word does where there was no clinic.
func (j *judge) witness(event string) (Evidence, bool) {
	var found []Evidence
	for _, e := range j.c.Claim.Evidence {
		if sameEvent(event, e.Event) && (e.By != "" || e.Missed != "") {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		return Evidence{}, false
	}
	first := func(a, b Evidence) int {
		if (a.Missed == "") != (b.Missed == "") { // what took place counts before what did not
			if a.Missed == "" {
				return -1
			}
			return 1
		}
		return int(dayOrLast(a.On)) - int(dayOrLast(b.On))
	}
	return slices.MinFunc(found, first), true
}

func dayOrLast(d ledger.Date) ledger.Date {
	if d == 0 {
		return ledger.LastDate
	}
	return d
}

// sameEvent says whether evidence of one thing shows the other: every birth counts as one, also of a child born dead, of
// several, and an adoption.
func sameEvent(asked, shown string) bool {
	births := []string{string(rule.EventBirth), string(rule.EventStillbirth), string(rule.EventAdoption)}
	return asked == shown || asked == string(rule.EventBirth) && slices.Contains(births, shown)
}
