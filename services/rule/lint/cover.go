package lint

import (
	"regexp"
	"slices"

	"sanad.dev/sanad/services/rule"
	"sanad.dev/sanad/services/rule/exact"
)

// The articles that a departure from what is usual of cover touches.
const (
	suspending = "C102 Art. 69" // the grounds on which a benefit may be suspended
	maternity  = "C102 Art. 51 and C183 Art. 6"
	families   = "C102 Art. 9"
)

// The bounds beyond which waiting and notice are told of, in days.
const (
	longestWait    = 90
	shortestNotice = 7
)

// checkCover looks for what a scheme asks of members beyond what is usual: fines, closing, arrears, short notice, and
// waiting on those who cannot wait.
func (r *reader) checkCover() {
	for _, name := range sorted(r.scheme.Covers) {
		c := r.scheme.Covers[name]
		r.checkPenalties(name, &c)
		r.checkNotice(name, &c)
		r.checkWaiting(name, &c)
		r.checkFamily(name, &c)
	}
}

// byLaw says which law, where one is named.
func byLaw(law string) string {
	if law == "" {
		return "; it names no law: write law: or take it out"
	}
	return ", by " + law
}

func (r *reader) checkPenalties(name string, c *rule.Cover) {
	if f := c.Reactivation; f != nil {
		r.find(Warning, f.Position, suspending, "cover %s fines benefits after it is taken up again%s; without reactivation: nothing is kept", name, byLaw(f.Law))
	}
	for i := range c.Silence {
		switch step := &c.Silence[i]; step.State {
		case rule.ClosedCover:
			r.find(Warning, step.Position, suspending, "cover %s is closed for silence%s; without it silence never closes", name, byLaw(step.Law))
		case rule.Deactivated:
			r.warn(step.Position, "cover %s lets who was silent wait anew%s", name, byLaw(step.Law))
		default:
			r.warn(step.Position, "cover %s is frozen for silence%s", name, byLaw(step.Law))
		}
	}
	if m := c.Months; m != nil && m.Arrears != nil && m.Arrears.First {
		r.warn(m.Arrears.Key("first"), "cover %s takes a payment for unpaid months first%s; without first: it buys cover from now", name, byLaw(m.Arrears.Law))
	}
}

func (r *reader) checkNotice(name string, c *rule.Cover) {
	if n, known := r.number(c.NoticeDays); known && n.Less(exact.Int(shortestNotice)) {
		r.warn(c.Key("notice_days"), "cover %s may lapse %s days after a notice; give members at least %d to hear of it and pay", name, n, shortestNotice)
	}
}

// pregnancy and childhood are how categories are called that hold those who can't wait.
var pregnancy = regexp.MustCompile(`pregnan|matern|enceinte|hamil`)

func (r *reader) checkWaiting(name string, c *rule.Cover) {
	w := c.Waiting
	if w == nil {
		return
	}
	if n, known := r.number(&w.Days); known && exact.Int(longestWait).Less(n) {
		r.warn(w.Key("days"), "cover %s begins %s days after paying; compare with the %d days that most schemes stay under", name, n, longestWait)
	}
	if !slices.ContainsFunc(partsOf[rule.Condition](w), func(one *rule.Condition) bool { return slices.ContainsFunc(one.In, pregnancy.MatchString) }) {
		r.find(Warning, w.Position, maternity, "cover %s lets pregnant women wait; write waived: [{in: [pregnant]}], since a pregnancy does not wait", name)
	}
}

func (r *reader) checkFamily(name string, c *rule.Cover) {
	switch {
	case len(c.Dependants) == 0:
		r.find(Warning, c.Key("dependants"), families, "cover %s is for members alone; write dependants: if spouses and children are covered", name)
	case c.NewbornDays == nil:
		r.warn(c.Key("newborn_days"), "cover %s leaves a child uncovered until it is enrolled; write newborn_days:", name)
	}
}
