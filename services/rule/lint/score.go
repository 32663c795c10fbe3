package lint

import (
	"fmt"
	"regexp"
	"strings"

	"sanad.dev/sanad/services/rule"
)

// scoreWords betray a score that is not declared as one.
var scoreWords = regexp.MustCompile(`(?i)(score|proxy.?means|\bpmt\b|poverty)`)

// isScore says whether the fact is a poverty or proxy-means score.
func (r *reader) isScore(name string) bool {
	fact, declared := r.scheme.Facts[name]
	return declared && (fact.Score != nil || fact.Type == rule.NumberFact && (scoreWords.MatchString(name) || scoreWords.MatchString(fact.Text)))
}

// checkScores looks for scores: what they leave unsaid, and whether they are the only way in. A score is an estimate,
// and those whom it misjudges are shut out unless there is another way.
func (r *reader) checkScores() {
	s := r.scheme
	for _, name := range sorted(s.Facts) {
		if r.isScore(name) {
			r.checkScore(name, s.Facts[name])
		}
	}
	for i := range s.Subsidies {
		sub := &s.Subsidies[i]
		r.checkGate("subsidy "+sub.ID, sub.When, r.otherSubsidy(sub))
		r.checkScoreTables("subsidy "+sub.ID, sub, r.otherSubsidy(sub))
	}
	for _, name := range sorted(s.Benefits) {
		b := s.Benefits[name]
		r.checkGate("benefit "+name, b.When, false)
	}
}

// checkScore sees that a score says where it comes from.
func (r *reader) checkScore(name string, fact rule.Fact) {
	score := fact.Score
	if score == nil {
		score = &rule.Score{}
	}
	var missing []string
	for _, said := range []struct{ key, text string }{
		{"version", score.Version}, {"data_age", score.DataAge}, {"appeal", score.Appeal},
	} {
		if strings.TrimSpace(said.text) == "" {
			missing = append(missing, said.key)
		}
	}
	if len(missing) > 0 {
		r.warn(fact.Key("score"), "%s is a score and does not say its %s; write score: {version: …, data_age: …, appeal: …}", name, strings.Join(missing, ", "))
	}
	if r.inRules(name) {
		r.warn(fact.Position, "%s looks at the score %s; write it as a condition, with its law and another way in", rule.RulesFile, name)
	}
}

// checkGate looks for a condition that a score alone decides.
func (r *reader) checkGate(what string, when []rule.Condition, other bool) {
	for i := range when {
		if c := &when[i]; r.isScore(c.Fact) {
			r.judgeGate(what, c.Fact, c.Key("fact"), c.Law, other || r.hasOtherWay(c))
		}
	}
}

// judgeGate is an error unless the law says so and another way in exists.
func (r *reader) judgeGate(what, score string, at rule.Position, law string, other bool) {
	switch {
	case law != "" && other:
	case other:
		r.find(Error, at, "", "%s: the score %s decides who is let in, and no law is cited; write law: the article that says so", what, score)
	case law != "":
		r.find(Error, at, "", "%s: the score %s is the only way in; write or: with another way, such as a category or an appeal that was granted", what, score)
	default:
		r.find(Error, at, "", "%s: the score %s is the only way in, and no law is cited; write law: the article, and or: with another way, such as a category or an appeal that was granted", what, score)
	}
}

// hasOtherWay says whether the condition can be met without a score.
func (r *reader) hasOtherWay(c *rule.Condition) bool {
	for i := range c.Or {
		if !r.isScore(c.Or[i].Fact) || r.hasOtherWay(&c.Or[i]) {
			return true
		}
	}
	return false
}

// otherSubsidy says whether another subsidy pays into the same pot and asks for no score.
func (r *reader) otherSubsidy(of *rule.Subsidy) bool {
	for i := range r.scheme.Subsidies {
		other := &r.scheme.Subsidies[i]
		if other.ID == of.ID || other.Pot != of.Pot {
			continue
		}
		gated := false
		for name := range r.reaches(other) {
			gated = gated || r.isScore(name)
		}
		if !gated {
			return true
		}
	}
	return false
}

// checkScoreTables looks for tables by a score that leave some with nothing.
func (r *reader) checkScoreTables(what string, sub *rule.Subsidy, other bool) {
	for _, f := range r.formsOf(sub) {
		if f.Lookup == nil || !r.isScore(f.Lookup.Name) {
			continue
		}
		if f.Else == nil || f.Else.Written != nil && f.Else.Written.Sign() == 0 {
			r.judgeGate(what, f.Lookup.Name, f.Lookup.Position, "", other)
		}
	}
}

// formsOf are the computed values in the subsidy, and in the parameters and answers that it reaches.
func (r *reader) formsOf(sub *rule.Subsidy) []*rule.Form {
	forms := partsOf[rule.Form](sub)
	for _, name := range sorted(r.reaches(sub)) {
		if p, ok := r.scheme.Parameters[name]; ok {
			forms = append(forms, partsOf[rule.Form](&p)...)
		}
		if a, ok := r.scheme.Answers[name]; ok {
			forms = append(forms, partsOf[rule.Form](&a)...)
		}
	}
	return forms
}

// Refusal is a condition that can refuse somebody something.
type Refusal struct {
	rule.Position
	// Of is what is refused: a subsidy, an answer, a benefit.
	Of     string `json:"of"`
	Reason string `json:"reason"`
	// Asks is what must hold.
	Asks string `json:"asks"`
	Law  string `json:"law,omitempty"`
}

// refusals lists every condition that can refuse.
func (r *reader) refusals() []Refusal {
	var all []Refusal
	list := func(of string, v any) {
		for _, c := range partsOf[rule.Condition](v) {
			if c.Reason != "" {
				all = append(all, Refusal{c.Position, of, c.Reason, r.asks(c), c.Law})
			}
		}
	}
	for i := range r.scheme.Subsidies {
		list("subsidy "+r.scheme.Subsidies[i].ID, &r.scheme.Subsidies[i])
	}
	for _, name := range sorted(r.scheme.Answers) {
		a := r.scheme.Answers[name]
		list("answer "+name, &a)
	}
	for _, name := range sorted(r.scheme.Benefits) {
		b := r.scheme.Benefits[name]
		list("benefit "+name, &b)
		for _, x := range b.Exclusions {
			all = append(all, Refusal{x.Position, "benefit " + name, x.Reason, "not " + x.What, x.Law})
		}
	}
	return append(all, r.refusalsOfRules()...)
}

var refuseCall = regexp.MustCompile(`refuse\(\s*["']([A-Z0-9_]+)["']`)

// refusalsOfRules are the reasons that rules.star names.
func (r *reader) refusalsOfRules() []Refusal {
	var all []Refusal
	number := 0
	for line := range strings.Lines(string(r.folder.Rules)) {
		number++
		code, _, _ := strings.Cut(line, "#")
		for _, found := range refuseCall.FindAllStringSubmatchIndex(code, -1) {
			at := rule.Position{File: rule.RulesFile, Line: number, Col: found[0] + 1}
			all = append(all, Refusal{at, rule.RulesFile, code[found[2]:found[3]], "as the rule says", ""})
		}
	}
	return all
}

// asks is what a condition asks for, in words.
func (r *reader) asks(c *rule.Condition) string {
	words := c.Asks()
	for i := range c.Or {
		words += ", or " + r.asks(&c.Or[i])
	}
	if c.IfUnknown == "pass" {
		words += fmt.Sprintf(", or %s is not known", c.Fact)
	}
	return words
}
