package insurance

import (
	"fmt"
	"reflect"
	"slices"

	"sanad.dev/sanad/ledger"
)

// Change is what a person puts on record of a member.
type Change struct {
	// Add are facts that are new, or that correct those of the same subject and first day. An open end lasts until the
	// day before the next fact of that subject; and a fact that begins later ends an open one the day before.
	Add Facts
	// TakeBack are facts that never held. Only their subjects and first days are looked at; of birth and sex, whether
	// there is one.
	TakeBack Facts
	// Why says why what was on record was not so; needed where a change does more than add a fact or end an open one.
	Why Correction
	// By is the person who records it, On the fund's day by the store's clock.
	By string
	On ledger.Date
}

// check returns what is wrong with the form, as a [Fault].
func (c Change) check() error {
	if err := checkPerson(c.By); err != nil {
		return err
	}
	if !slices.Contains(corrections, c.Why) {
		return Fault{"correction", "CORRECTION_INVALID", "use better evidence, own error, office error or fraud"}
	}
	if err := c.Add.Check(c.On); err != nil {
		return err
	}
	for i, category := range c.Add.Categories {
		// Any category may be a scheme's gate, tomorrow if not today, so that each says what it rests on; her own word
		// will do.
		if category.Evidence == "" {
			return Fault{fmt.Sprintf("facts.categories[%d].evidence", i), "EVIDENCE_MISSING", "say what it rests on: stated, vouched, document or register"}
		}
	}
	return nil
}

// Record puts a change on record and returns the facts as they stand then; f stays as it was. What is on record
// already changes nothing, so that the same change again is harmless. What was on record and is not so any more is
// kept among the superseded. The errors are [Fault]s: of the form, or of what stands on record against the change.
func (f Facts) Record(c Change) (Facts, error) {
	if err := c.check(); err != nil {
		return f, err
	}
	r := recording{now: f, change: c}
	for _, l := range lists {
		if err := l.record(&r); err != nil {
			return f, err
		}
	}
	return r.result(f)
}

// recording is a change under way: the facts as they are now, those that it has corrected or taken back, and those whose
// open end it has set, which were no less true for that.
type recording struct {
	now, wrong, ended Facts
	change            Change
}

// result puts what was superseded on record too, and checks that the whole keeps its limits.
func (r *recording) result(before Facts) (Facts, error) {
	r.supersede(r.wrong, r.change.Why)
	r.supersede(r.ended, "")
	if len(r.now.Superseded) > mostSuperseded {
		return before, Fault{"facts", TooManyChanges, "her facts have been changed too often to change them again; look into it"}
	}
	if err := r.now.Check(r.change.On); err != nil {
		return before, err
	}
	return r.now, nil
}

func (r *recording) supersede(was Facts, why Correction) {
	if reflect.ValueOf(was).IsZero() {
		return
	}
	r.now.Superseded = append(slices.Clip(r.now.Superseded), Superseded{r.change.On, r.change.By, why, was})
}

// mark is the record of a fact that this change makes.
func (r *recording) mark(why Correction) Recorded { return Recorded{r.change.On, r.change.By, why} }

// corrects asks for the reason of a correction of what rests on the evidence, by something that rests on other.
func (r *recording) corrects(field string, was, is Evidence) error {
	if r.change.Why == "" {
		return Fault{"correction", CorrectionMissing, "say why what was recorded was not so: better evidence, own error, office error or fraud"}
	}
	if r.change.Why == BetterEvidence && is.weakerThan(was) {
		return Fault{field + ".evidence", EvidenceWeaker, "what is on record rests on better evidence than this"}
	}
	return nil
}

// record takes back what never held, and puts each new fact among those of the list.
func (l list[T]) record(r *recording) error {
	w := writing[T]{recording: r, field: "facts." + l.name, now: slices.Clone(l.of(r.now))}
	for _, never := range l.of(r.change.TakeBack) {
		if err := w.takeBack(never); err != nil {
			return err
		}
	}
	for _, v := range closed(l.of(r.change.Add)) {
		if err := w.put(v); err != nil {
			return err
		}
	}
	l.set(&r.now, inOrder(w.now))
	l.set(&r.wrong, w.wrong)
	l.set(&r.ended, w.ended)
	return nil
}

// writing is one list under way.
type writing[T fact[T]] struct {
	*recording
	field             string
	now, wrong, ended []T
}

// takeBack takes a fact that never held off the record.
func (w *writing[T]) takeBack(never T) error {
	i := slices.IndexFunc(w.now, func(v T) bool { return sameStart(v, never) })
	if i < 0 {
		return Fault{"take_back", FactUnknown, "no such fact is on record; name it and its first day as they are there"}
	}
	if err := w.corrects(w.field, "", ""); err != nil {
		return err
	}
	w.wrong, w.now = append(w.wrong, w.now[i]), slices.Delete(w.now, i, i+1)
	return nil
}

// closed are the facts in order, each open one of them ended the day before the next of its subject begins.
func closed[T fact[T]](facts []T) []T {
	sorted := inOrder(facts)
	for i := range sorted {
		sorted[i] = upToNext(sorted[i], sorted)
	}
	return sorted
}

// upToNext ends an open fact the day before the next of its subject begins.
func upToNext[T fact[T]](v T, others []T) T {
	for _, other := range inOrder(others) {
		if begins := other.days().From; v.days().To == 0 && other.subject() == v.subject() && begins > v.days().From {
			return v.until(begins.AddDays(-1))
		}
	}
	return v
}

func sameStart[T fact[T]](a, b T) bool {
	return a.subject() == b.subject() && a.days().From == b.days().From
}

// same says whether the facts say the same, whenever they were recorded.
func same[T fact[T]](a, b T) bool { return a.with(Recorded{}) == b.with(Recorded{}) }

// put puts one fact among those now on record.
func (w *writing[T]) put(v T) error {
	v = upToNext(v, w.now)
	i := slices.IndexFunc(w.now, func(old T) bool { return sameStart(old, v) })
	if i >= 0 && same(w.now[i], v) {
		return nil
	}
	v, err := w.replace(i, v)
	if err != nil {
		return err
	}
	if overlap(w.now, v) {
		return Fault{w.field, FactsOverlap, "another of that name holds on some of these days; correct that one first, by its first day"}
	}
	w.now = append(w.now, v)
	return nil
}

// replace makes room for a fact, and marks it with when and why it is recorded: the i-th on record, of the same first
// day, gives way; where there is none, an open one that began before is ended.
func (w *writing[T]) replace(i int, v T) (T, error) {
	switch {
	case i < 0:
		w.end(v)
		if overlap(w.wrong, v) { // it stands in the place of what was taken back
			return v.with(w.mark(w.change.Why)), nil
		}
		return v.with(w.mark("")), nil
	case ends(w.now[i], v):
		w.ended, w.now = append(w.ended, w.now[i]), slices.Delete(w.now, i, i+1)
		return v.with(w.mark("")), nil
	}
	if err := w.corrects(w.field, w.now[i].rests(), v.rests()); err != nil {
		return v, err
	}
	w.wrong, w.now = append(w.wrong, w.now[i]), slices.Delete(w.now, i, i+1)
	return v.with(w.mark(w.change.Why)), nil
}

// end ends the open fact of the subject that began before.
func (w *writing[T]) end(v T) {
	for i, old := range w.now {
		if old.subject() == v.subject() && old.days().To == 0 && old.days().From < v.days().From {
			w.ended = append(w.ended, old)
			w.now[i] = old.until(v.days().From.AddDays(-1)).with(w.mark(""))
		}
	}
}

// ends says whether the new fact says no more than when the old one, which was open, ended.
func ends[T fact[T]](old, v T) bool {
	return old.days().To == 0 && v.days().To != 0 && same(old.until(v.days().To), v)
}

// overlap says whether any of the facts is of the same subject and shares a day.
func overlap[T fact[T]](others []T, v T) bool {
	b := v.days()
	return slices.ContainsFunc(others, func(other T) bool {
		a := other.days()
		return other.subject() == v.subject() && (a.To == 0 || b.From <= a.To) && (b.To == 0 || a.From <= b.To)
	})
}
