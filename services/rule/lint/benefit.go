package lint

import (
	"regexp"
	"slices"

	"sanad.dev/sanad/services/rule"
)

// ofOthers are names of facts about whom a woman is married to, or who agrees to something for her.
var ofOthers = regexp.MustCompile(`(?i)marri|marital|spouse|husband|wife|consent|household_head|head_of_household|guardian`)

// checkMaternity looks for what stands between a woman and what is hers at pregnancy and birth.
func (r *reader) checkMaternity() {
	for _, name := range sorted(r.scheme.Benefits) {
		b := r.scheme.Benefits[name]
		if b.Kind != rule.Maternity && !slices.ContainsFunc(birthCare, func(c rule.Care) bool { return slices.Contains(b.Covers, c) }) {
			continue
		}
		for _, c := range partsOf[rule.Condition](&b.When) {
			for named := range r.reaches(c) {
				if ofOthers.MatchString(named) {
					r.find(Error, c.Position, "", "benefits.%s asks for %s; maternity is the woman's own right, whoever she is married to: take the condition out", name, named)
				}
			}
		}
	}
}

// checkBearer asks who bears what nobody is refused.
func (r *reader) checkBearer() {
	for _, name := range sorted(r.scheme.Benefits) {
		b := r.scheme.Benefits[name]
		if b.Form == rule.InKind && b.Cover != "" && b.WithoutCover == "" {
			r.warn(b.Position, "benefits.%s does not say who bears emergency care and births of those without cover, which are never refused; write without_cover: pool, or a funder", name)
		}
	}
}
