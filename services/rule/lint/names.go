package lint

import (
	"slices"
	"strings"

	"sanad.dev/sanad/services/rule"
)

// checkUnused looks for what is declared and looked at by nothing.
func (r *reader) checkUnused() {
	s := r.scheme
	named := names(s)
	for _, name := range sorted(s.Facts) {
		if !named[name] && !r.inRules(name) {
			r.warn(s.Facts[name].Position, "fact %s is asked for and never used; ask members for nothing that no rule needs, or use it", name)
		}
	}
	for _, name := range sorted(s.Parameters) {
		if !named[name] && !r.inRules(name) {
			r.warn(s.Parameters[name].Position, "parameter %s is never used; take it out, or use it", name)
		}
	}
	categories := r.categoriesUsed()
	for _, name := range s.Categories {
		if !categories[name] && !r.inRules(name) {
			r.warn(s.Key("categories"), "category %s is never used; take it out, or use it in a condition or a table", name)
		}
	}
}

// categoriesUsed are the categories that conditions and tables name.
func (r *reader) categoriesUsed() map[string]bool {
	used := map[string]bool{}
	for _, c := range partsOf[rule.Condition](r.scheme) {
		for _, name := range slices.Concat(c.In, c.NotIn) {
			used[name] = true
		}
	}
	for _, f := range partsOf[rule.Form](r.scheme) {
		for name := range f.Highest {
			used[name] = true
		}
		if f.Lookup != nil && f.Lookup.Name == "category" {
			for i := range f.Table {
				used[f.Table[i].Is] = true
			}
		}
	}
	for _, s := range partsOf[rule.Season](r.scheme) {
		for _, name := range s.For {
			used[name] = true
		}
	}
	for _, d := range partsOf[rule.DependantRule](r.scheme) {
		for name := range d.UnderIn {
			used[name] = true
		}
	}
	return used
}

// checkTexts looks for conditions that refuse without saying why in a sentence.
func (r *reader) checkTexts() {
	for _, c := range r.refusing() {
		if c.Text == "" && !r.hasText(c.Reason) {
			r.warn(c.Key("reason"), "%s refuses without a sentence; write text: what the member is told, and what she can do", c.Reason)
		}
	}
}

func (r *reader) hasText(reason string) bool {
	for _, texts := range r.scheme.Texts {
		if texts[reason] != "" {
			return true
		}
	}
	return false
}

// refusing are the conditions with a reason of their own.
func (r *reader) refusing() []*rule.Condition {
	return slices.DeleteFunc(partsOf[rule.Condition](r.scheme), func(c *rule.Condition) bool { return c.Reason == "" })
}

// mostNamed bounds the names in one finding.
const mostNamed = 6

// checkLanguages looks for texts that are missing in a language that the scheme speaks.
func (r *reader) checkLanguages() {
	s, refusals := r.scheme, r.refusals()
	if len(s.Texts) == 0 {
		if len(refusals) > 0 {
			r.warn(s.Key("texts"), "members are told reasons in one language only; write texts: with a sentence for each reason code, by language, such as en, ar, fr")
		}
		return
	}
	keys := map[string]bool{}
	for _, refusal := range refusals {
		keys[refusal.Reason] = true
	}
	for _, texts := range s.Texts {
		for key := range texts {
			keys[key] = true
		}
	}
	for _, language := range sorted(s.Texts) {
		var missing []string
		for _, key := range sorted(keys) {
			if s.Texts[language][key] == "" {
				missing = append(missing, key)
			}
		}
		if len(missing) > 0 {
			r.warn(s.Key("texts"), "texts.%s has no sentence for %s", language, few(missing))
		}
	}
}

// few are the first names of a list, and how many more there are.
func few(names []string) string {
	if len(names) <= mostNamed {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:mostNamed], ", ") + " and others"
}
