package insurance

import (
	"cmp"
	"slices"

	"sanad.dev/sanad/ledger"
)

// Recorded says when a fact was put on record, by whom, and why where it corrected another.
type Recorded struct {
	// RecordedOn is the fund's day by the store's clock; zero means before any day that is asked for.
	RecordedOn ledger.Date `json:"recorded_on,omitempty"`
	// RecordedBy is the person who recorded it; empty where that was the registration.
	RecordedBy string     `json:"recorded_by,omitempty"`
	Correction Correction `json:"correction,omitempty"`
}

// by says whether it was on record at the end of the day.
func (r Recorded) by(day ledger.Date) bool { return r.RecordedOn <= day }

// Correction says why what was on record was not so. It decides who bears the difference: what was granted in good
// faith stands, and is only taken back for fraud or an error of her own.
type Correction string

// The reasons for a correction.
const (
	BetterEvidence Correction = "better-evidence"
	OwnError       Correction = "own-error"
	OfficeError    Correction = "office-error"
	Fraud          Correction = "fraud"
)

// HersToBear says whether a difference that the correction makes is the member's to bear.
func (c Correction) HersToBear() bool { return c == OwnError || c == Fraud }

var corrections = []Correction{"", BetterEvidence, OwnError, OfficeError, Fraud}

// Superseded are facts that one change took off the record: those it corrected, with the reason, and those whose open
// end it set, without one.
type Superseded struct {
	On  ledger.Date `json:"on"`
	By  string      `json:"by,omitempty"`
	Why Correction  `json:"why,omitempty"`
	// Was holds nothing but the facts that were superseded.
	Was Facts `json:"was,omitzero"`
}

// AsKnown are the facts as they stood on record at the end of the day: without what was recorded later, and with what
// has been superseded since.
func (f Facts) AsKnown(on ledger.Date) Facts {
	known := Facts{}
	known.add(f, on)
	for _, s := range f.Superseded {
		if s.On <= on {
			known.Superseded = append(known.Superseded, s)
		} else {
			known.add(s.Was, on)
		}
	}
	for _, l := range lists {
		l.sort(&known)
	}
	return known
}

// InGoodFaith are the facts by which what was granted up to the day stands: as known then, but for what has since been
// corrected for fraud or an error of the member's own, in whose place stands what is on record now. So better evidence
// takes nothing back. What was superseded before is left out.
func (f Facts) InGoodFaith(on ledger.Date) Facts {
	var honest, hers Facts
	honest.add(f, on)
	for _, s := range f.Superseded {
		switch {
		case s.On <= on:
		case s.Why.HersToBear():
			hers.add(s.Was, on)
		default:
			honest.add(s.Was, on)
		}
	}
	for _, l := range lists {
		l.instead(&honest, hers, f)
		l.sort(&honest)
	}
	return honest
}

// add takes over those of the facts that were on record by the end of the day.
func (f *Facts) add(from Facts, by ledger.Date) {
	for _, l := range lists {
		l.add(f, from, by)
	}
}

// fact is one of a list of facts, known by its subject and its first day: of one subject one fact holds on a day.
type fact[T any] interface {
	comparable
	// subject is what the fact is about, such as the name of a category.
	subject() string
	days() Days
	// until is the fact with another last day.
	until(last ledger.Date) T
	// rests is the evidence that the fact rests on.
	rests() Evidence
	recorded() Recorded
	// with is the fact with another record of it.
	with(r Recorded) T
	// check returns what is wrong with the form of the field, as a [Fault]; events lie no later than the latest day.
	check(field string, latest ledger.Date) error
}

// listing is a list of facts, whatever they are.
type listing interface {
	check(f Facts, field string, latest ledger.Date) error
	record(r *recording) error
	add(f *Facts, from Facts, by ledger.Date)
	// instead adds those of the facts that stand in the place of the wrong ones.
	instead(f *Facts, wrong, right Facts)
	// restore puts those back that were recorded on the day, and says whether there are any.
	restore(f *Facts, was Facts, on ledger.Date) bool
	sort(f *Facts)
}

// lists are all that facts have, in the order in which they are checked: birth and sex are lists of one at most.
var lists = []listing{
	list[born]{"birth", 1, func(f Facts) []born { return known(born{f.Birth, f.BirthRecorded}, f.Birth != Birth{}) },
		func(f *Facts, v []born) { f.Birth, f.BirthRecorded = last(v).Birth, last(v).Recorded }},
	list[gender]{"sex", 1, func(f Facts) []gender { return known(gender{f.Sex, f.SexRecorded}, f.Sex != "") },
		func(f *Facts, v []gender) { f.Sex, f.SexRecorded = last(v).Sex, last(v).Recorded }},
	list[Enrolment]{"enrolments", 64, func(f Facts) []Enrolment { return f.Enrolments },
		func(f *Facts, v []Enrolment) { f.Enrolments = v }},
	list[Category]{"categories", 64, func(f Facts) []Category { return f.Categories },
		func(f *Facts, v []Category) { f.Categories = v }},
	list[Declaration]{"declared", 128, func(f Facts) []Declaration { return f.Declared },
		func(f *Facts, v []Declaration) { f.Declared = v }},
	list[Dependant]{"dependants", 64, func(f Facts) []Dependant { return f.Dependants },
		func(f *Facts, v []Dependant) { f.Dependants = v }},
	list[Nominee]{"nominees", 16, func(f Facts) []Nominee { return f.Nominees },
		func(f *Facts, v []Nominee) { f.Nominees = v }},
	list[CareCredit]{"care_credits", 64, func(f Facts) []CareCredit { return f.CareCredit },
		func(f *Facts, v []CareCredit) { f.CareCredit = v }},
	list[Drawing]{"drawings", 128, func(f Facts) []Drawing { return f.Withdrawal },
		func(f *Facts, v []Drawing) { f.Withdrawal = v }},
	list[Death]{"death", 1, func(f Facts) []Death { return known(f.Death, f.Death.On != 0) },
		func(f *Facts, v []Death) { f.Death = last(v) }},
}

// list is one of the lists: its field as the contract names it, how many it holds at most, and where it is.
type list[T fact[T]] struct {
	name string
	most int
	of   func(Facts) []T
	set  func(*Facts, []T)
}

func (l list[T]) add(f *Facts, from Facts, by ledger.Date) {
	facts := l.of(*f)
	for _, v := range l.of(from) {
		if v.recorded().by(by) {
			facts = append(facts, v)
		}
	}
	l.set(f, facts)
}

func (l list[T]) instead(f *Facts, wrong, right Facts) {
	facts := l.of(*f)
	for _, v := range l.of(right) {
		if overlap(l.of(wrong), v) && !overlap(facts, v) {
			facts = append(facts, v)
		}
	}
	l.set(f, facts)
}

func (l list[T]) sort(f *Facts) { l.set(f, inOrder(l.of(*f))) }

// known is a list of the fact where there is one.
func known[T any](v T, there bool) []T {
	if !there {
		return nil
	}
	return []T{v}
}

// last is the last of a list, or no fact.
func last[T any](facts []T) (v T) {
	if len(facts) > 0 {
		v = facts[len(facts)-1]
	}
	return v
}

// born and gender are birth and sex as facts among others.
type (
	born struct {
		Birth
		Recorded
	}
	gender struct {
		Sex
		Recorded
	}
)

// inOrder are the facts by subject and first day.
func inOrder[T fact[T]](facts []T) []T {
	return slices.SortedStableFunc(slices.Values(facts), func(a, b T) int {
		return cmp.Or(cmp.Compare(a.subject(), b.subject()), cmp.Compare(a.days().From, b.days().From))
	})
}

func (born) subject() string          { return "" }
func (gender) subject() string        { return "" }
func (e Enrolment) subject() string   { return string(e.Scheme) }
func (c Category) subject() string    { return c.Name }
func (d Declaration) subject() string { return d.Name }
func (d Dependant) subject() string   { return d.Name }
func (n Nominee) subject() string     { return n.Name }
func (c CareCredit) subject() string  { return string(c.Kind) }
func (d Drawing) subject() string     { return string(d.Scheme) }

func (born) days() Days      { return Days{} }
func (gender) days() Days    { return Days{} }
func (d Days) days() Days    { return d }
func (d Drawing) days() Days { return Days{d.On, d.On} }

func (b born) until(ledger.Date) born                    { return b }
func (g gender) until(ledger.Date) gender                { return g }
func (e Enrolment) until(last ledger.Date) Enrolment     { e.To = last; return e }
func (c Category) until(last ledger.Date) Category       { c.To = last; return c }
func (d Declaration) until(last ledger.Date) Declaration { d.To = last; return d }
func (d Dependant) until(last ledger.Date) Dependant     { d.To = last; return d }
func (n Nominee) until(last ledger.Date) Nominee         { n.To = last; return n }
func (c CareCredit) until(last ledger.Date) CareCredit   { c.To = last; return c }
func (d Drawing) until(ledger.Date) Drawing              { return d }

func (b born) rests() Evidence        { return b.Evidence }
func (gender) rests() Evidence        { return "" }
func (Enrolment) rests() Evidence     { return "" }
func (c Category) rests() Evidence    { return c.Evidence }
func (d Declaration) rests() Evidence { return d.Evidence }
func (d Dependant) rests() Evidence   { return d.Evidence }
func (n Nominee) rests() Evidence     { return n.Evidence }
func (c CareCredit) rests() Evidence  { return c.Evidence }
func (Drawing) rests() Evidence       { return "" }

func (r Recorded) recorded() Recorded { return r }

func (b born) with(r Recorded) born               { b.Recorded = r; return b }
func (g gender) with(r Recorded) gender           { g.Recorded = r; return g }
func (e Enrolment) with(r Recorded) Enrolment     { e.Recorded = r; return e }
func (c Category) with(r Recorded) Category       { c.Recorded = r; return c }
func (d Declaration) with(r Recorded) Declaration { d.Recorded = r; return d }
func (d Dependant) with(r Recorded) Dependant     { d.Recorded = r; return d }
func (n Nominee) with(r Recorded) Nominee         { n.Recorded = r; return n }
func (c CareCredit) with(r Recorded) CareCredit   { c.Recorded = r; return c }
func (d Drawing) with(r Recorded) Drawing         { d.Recorded = r; return d }

// Variants are the facts by which a period is judged that begins on the day: as they are, and as they were before better
// evidence came, for that takes nothing back of a period that had begun (doubt counts for the member).
func (f Facts) Variants(begins ledger.Date) []Facts {
	variants := []Facts{f}
	for _, s := range f.Superseded {
		if s.Why != BetterEvidence && s.Why != OfficeError || s.On <= begins {
			continue
		}
		variants = append(variants, f.InGoodFaith(s.On.AddDays(-1)))
		if sameDay, any := f.restored(s); any {
			variants = append(variants, sameDay)
		}
	}
	return variants
}

// restored are the facts with those in their old places that were recorded and superseded on one day: at no day's end
// were they known, and something may have been granted by them all the same. It returns false where there are none.
func (f Facts) restored(s Superseded) (restored Facts, any bool) {
	for _, l := range lists {
		any = l.restore(&f, s.Was, s.On) || any
	}
	return f, any
}

func (l list[T]) restore(f *Facts, was Facts, on ledger.Date) bool {
	old := slices.DeleteFunc(slices.Clone(l.of(was)), func(v T) bool { return v.recorded().by(on.AddDays(-1)) })
	if len(old) == 0 {
		return false
	}
	kept := slices.DeleteFunc(slices.Clone(l.of(*f)), func(v T) bool { return overlap(old, v) })
	l.set(f, inOrder(append(kept, old...)))
	return true
}
