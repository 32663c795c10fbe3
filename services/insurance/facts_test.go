package insurance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/privacy"
)

const (
	firstDay  ledger.Date = 2026_02_01
	secondDay ledger.Date = 2026_05_01
	thirdDay  ledger.Date = 2026_08_01
)

func farmer(from, to ledger.Date) Category {
	return Category{Name: "farmer", Days: Days{from, to}, Evidence: EvidenceVouched}
}

func income(value string, from, to ledger.Date) Declaration {
	return Declaration{Name: "income", Value: value, Days: Days{from, to}}
}

// add is a change that adds facts or corrects them.
func add(on ledger.Date, why Correction, f Facts) Change {
	return Change{Add: f, Why: why, By: "amal", On: on}
}

// recordAll puts changes on record, one after the other.
func recordAll(t *testing.T, changes ...Change) Facts {
	t.Helper()
	var f Facts
	for i, c := range changes {
		var err error
		if f, err = f.Record(c); err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	return f
}

// spans are the values and days on record of one name.
func spans(f Facts, name string) (all []string) {
	for _, d := range f.Declared {
		if d.Name == name {
			all = append(all, fmt.Sprintf("%s %d-%d", d.Value, d.From, d.To))
		}
	}
	return all
}

func TestAFactIsRecordedWithWhenAndByWhom(t *testing.T) {
	t.Parallel()
	f := recordAll(t, add(firstDay, "", Facts{
		Birth: Birth{Year: 1980}, Sex: Female, Categories: []Category{farmer(2026_01_01, 0)},
	}))
	mark := Recorded{RecordedOn: firstDay, RecordedBy: "amal"}
	want := Facts{
		Birth: Birth{Year: 1980}, BirthRecorded: mark, Sex: Female, SexRecorded: mark,
		Categories: []Category{{Name: "farmer", Days: Days{From: 2026_01_01}, Evidence: EvidenceVouched, Recorded: mark}},
	}
	if diff := cmp.Diff(want, f, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestFactsOfOneNameFollowEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		changes []Change
		want    []string
	}{
		{"a later one ends the open one the day before", []Change{
			add(firstDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}),
			add(secondDay, "", Facts{Declared: []Declaration{income("13000", 2027_01_01, 0)}}),
		}, []string{"12000 20260101-20261231", "13000 20270101-0"}},
		{"an earlier one lasts until the next", []Change{
			add(firstDay, "", Facts{Declared: []Declaration{income("13000", 2027_01_01, 0)}}),
			add(secondDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}),
		}, []string{"12000 20260101-20261231", "13000 20270101-0"}},
		{"several in one change do the same, in any order", []Change{
			add(firstDay, "", Facts{Declared: []Declaration{income("11000", 2025_01_01, 0)}}),
			add(secondDay, "", Facts{Declared: []Declaration{income("13000", 2027_01_01, 0), income("12000", 2026_01_01, 0)}}),
		}, []string{"11000 20250101-20251231", "12000 20260101-20261231", "13000 20270101-0"}},
		{"one without a first day has held for ever", []Change{
			add(firstDay, "", Facts{Declared: []Declaration{income("11000", 0, 0)}}),
			add(secondDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}),
		}, []string{"11000 0-20251231", "12000 20260101-0"}},
		{"an open one is ended without a reason", []Change{
			add(firstDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}),
			add(secondDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 2026_06_30)}}),
		}, []string{"12000 20260101-20260630"}},
		{"the same again changes nothing", []Change{
			add(firstDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}),
			add(firstDay, "", Facts{Declared: []Declaration{income("13000", 2027_01_01, 0)}}),
			add(secondDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}),
		}, []string{"12000 20260101-20261231", "13000 20270101-0"}},
		{"a correction takes the place of the one with its first day", []Change{
			add(firstDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}),
			add(secondDay, OwnError, Facts{Declared: []Declaration{income("21000", 2026_01_01, 0)}}),
		}, []string{"21000 20260101-0"}},
		{"what is taken back is gone", []Change{
			add(firstDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}),
			{TakeBack: Facts{Declared: []Declaration{income("", 2026_01_01, 0)}}, Why: Fraud, By: "amal", On: secondDay},
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, spans(recordAll(t, c.changes...), "income")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsReplacedIsKeptWithItsReason(t *testing.T) {
	t.Parallel()
	f := recordAll(t,
		add(firstDay, "", Facts{Birth: Birth{StatedYears: 60, StatedOn: 2026_02_01}}),
		Change{Add: Facts{Birth: Birth{On: 1970_01_02, Evidence: EvidenceDocument}}, Why: BetterEvidence, By: "badr", On: secondDay},
	)
	want := []Superseded{{On: secondDay, By: "badr", Why: BetterEvidence, Was: Facts{
		Birth: Birth{StatedYears: 60, StatedOn: 2026_02_01}, BirthRecorded: Recorded{RecordedOn: firstDay, RecordedBy: "amal"},
	}}}
	if diff := cmp.Diff(want, f.Superseded, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if want := (Recorded{secondDay, "badr", BetterEvidence}); f.BirthRecorded != want {
		t.Errorf("got %+v, want %+v", f.BirthRecorded, want)
	}
	if age, _ := f.AsKnown(firstDay).Birth.Age(2026_02_01); age != 60 {
		t.Errorf("as known on the first day she was %d, want the 60 that she had stated", age)
	}
}

func TestWhatEndsIsNotCorrected(t *testing.T) {
	t.Parallel()
	f := recordAll(t,
		add(firstDay, "", Facts{Declared: []Declaration{income("1", 2026_01_01, 0), {Name: "slab", Value: "a"}}}),
		add(secondDay, Fraud, Facts{Declared: []Declaration{income("2", 2026_04_01, 0), {Name: "slab", Value: "b"}, {Name: "cluster", Value: "tea"}}}),
	)
	var got []string
	for _, s := range f.Superseded {
		for _, d := range s.Was.Declared {
			got = append(got, fmt.Sprintf("%s %s for %q", d.Name, d.Value, s.Why))
		}
	}
	if diff := cmp.Diff([]string{`slab a for "fraud"`, `income 1 for ""`}, got); diff != "" {
		t.Errorf("superseded:\n%s", diff)
	}
	got = nil
	for _, d := range f.Declared {
		got = append(got, fmt.Sprintf("%s %s for %q", d.Name, d.Value, d.Correction))
	}
	if diff := cmp.Diff([]string{`cluster tea for ""`, `income 1 for ""`, `income 2 for ""`, `slab b for "fraud"`}, got); diff != "" {
		t.Errorf("on record:\n%s", diff)
	}
}

func TestAChangeThatStandsAgainstTheRecordIsRefused(t *testing.T) {
	t.Parallel()
	on := recordAll(t, add(firstDay, "", Facts{
		Birth: Birth{On: 1980_01_02, Evidence: EvidenceRegister}, Sex: Female,
		Categories: []Category{farmer(2026_01_01, 2026_12_31)}, Declared: []Declaration{income("12000", 2026_01_01, 2026_12_31)},
	}))
	taken := Change{TakeBack: Facts{Categories: []Category{farmer(2025_01_01, 0)}}, Why: Fraud, By: "amal", On: secondDay}
	unasked := Change{TakeBack: Facts{Categories: []Category{farmer(2026_01_01, 0)}}, By: "amal", On: secondDay}
	for _, c := range []struct {
		name          string
		change        Change
		field, reason string
	}{
		{"another birth, without a reason", add(secondDay, "", Facts{Birth: Birth{Year: 1981}}), "correction", CorrectionMissing},
		{"another sex, without a reason", add(secondDay, "", Facts{Sex: Male}), "correction", CorrectionMissing},
		{"another value, without a reason", add(secondDay, "", Facts{Declared: []Declaration{income("1", 2026_01_01, 2026_12_31)}}), "correction", CorrectionMissing},
		{"another last day, without a reason", add(secondDay, "", Facts{Declared: []Declaration{income("12000", 2026_01_01, 0)}}), "correction", CorrectionMissing},
		{"taken back, without a reason", unasked, "correction", CorrectionMissing},
		{"her word against the register", add(secondDay, BetterEvidence, Facts{Birth: Birth{Year: 1970}}), "facts.birth.evidence", EvidenceWeaker},
		{"one that overlaps", add(secondDay, Fraud, Facts{Categories: []Category{farmer(2026_07_01, 0)}}), "facts.categories", FactsOverlap},
		{"one that begins before and overlaps", add(secondDay, Fraud, Facts{Categories: []Category{farmer(2025_07_01, 2026_01_01)}}), "facts.categories", FactsOverlap},
		{"what was never recorded is taken back", taken, "take_back", FactUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := on.Record(c.change)
			wantFault(t, err, ErrOnRecord, c.field, c.reason)
			if diff := cmp.Diff(on, got); diff != "" {
				t.Errorf("a refusal changes the facts:\n%s", diff)
			}
		})
	}
}

func wantFault(t *testing.T, err, family error, field, reason string) {
	t.Helper()
	var fault Fault
	if !errors.As(err, &fault) || !errors.Is(err, family) || fault.Field != field || fault.Reason != reason {
		t.Errorf("got %v (%+v), want %s in %s", err, fault, reason, field)
	}
}

func TestAWrongFormIsRefusedWithItsField(t *testing.T) {
	t.Parallel()
	many := func(n int, f func(i int) Facts) Facts {
		var all Facts
		for i := range n {
			one := f(i)
			all.Categories, all.Declared = append(all.Categories, one.Categories...), append(all.Declared, one.Declared...)
			all.Dependants = append(all.Dependants, one.Dependants...)
		}
		return all
	}
	for _, c := range []struct {
		name          string
		facts         Facts
		field, reason string
	}{
		{"65 categories", many(65, func(i int) Facts { return Facts{Categories: []Category{{Name: fmt.Sprint("c", i)}}} }), "facts.categories", "TOO_MANY_FACTS"},
		{"129 declarations", many(129, func(i int) Facts { return Facts{Declared: []Declaration{{Name: fmt.Sprint("d", i), Value: "1"}}} }), "facts.declared", "TOO_MANY_FACTS"},
		{"65 dependants", many(65, func(i int) Facts { return Facts{Dependants: []Dependant{{Name: fmt.Sprint("d", i), Kind: Child}}} }), "facts.dependants", "TOO_MANY_FACTS"},
		{"a capital in a name", Facts{Categories: []Category{{Name: "Farmer"}}}, "facts.categories[0].name", "FACT_NAME_INVALID"},
		{"a name that begins with a digit", Facts{Declared: []Declaration{{Name: "1st", Value: "x"}}}, "facts.declared[0].name", "FACT_NAME_INVALID"},
		{"a name of 41 letters", Facts{Categories: []Category{{Name: strings.Repeat("a", 41)}}}, "facts.categories[0].name", "FACT_NAME_INVALID"},
		{"no name", Facts{Dependants: []Dependant{{Kind: Child}}}, "facts.dependants[0].name", "FACT_NAME_INVALID"},
		{"a line break after a name", Facts{Categories: []Category{{Name: "farmer\n"}}}, "facts.categories[0].name", "FACT_NAME_INVALID"},
		{"no value", Facts{Declared: []Declaration{{Name: "income"}}}, "facts.declared[0].value", "FACT_VALUE_INVALID"},
		{"a value of 65 characters", Facts{Declared: []Declaration{{Name: "income", Value: strings.Repeat("ع", 65)}}}, "facts.declared[0].value", "FACT_VALUE_INVALID"},
		{"a value with NUL", Facts{Declared: []Declaration{{Name: "income", Value: "1\x00"}}}, "facts.declared[0].value", "FACT_VALUE_INVALID"},
		{"no such evidence", Facts{Categories: []Category{{Name: "farmer", Evidence: "hearsay"}}}, "facts.categories[0].evidence", "EVIDENCE_INVALID"},
		{"no such sex", Facts{Sex: "F"}, "facts.sex", "SEX_INVALID"},
		{"a birth to come", Facts{Birth: Birth{On: 2026_02_03}}, "facts.birth.date", "BIRTH_INVALID"},
		{"a dependant's birth to come", Facts{Dependants: []Dependant{{Name: "child-1", Kind: Child, Birth: Birth{Year: 2027}}}}, "facts.dependants[0].birth.year", "BIRTH_INVALID"},
		{"no such kind of dependant", Facts{Dependants: []Dependant{{Name: "cat", Kind: "pet"}}}, "facts.dependants[0].kind", "DEPENDANT_INVALID"},
		{"no such kind of care credit", Facts{CareCredit: []CareCredit{{Kind: "holiday"}}}, "facts.care_credits[0].kind", "CARE_CREDIT_INVALID"},
		{"no such first day", Facts{Categories: []Category{{Name: "farmer", Days: Days{From: 2026_02_30}}}}, "facts.categories[0].from", "DATE_INVALID"},
		{"no such last day", Facts{Categories: []Category{{Name: "farmer", Days: Days{To: 2026_13_01}}}}, "facts.categories[0].to", "DATE_INVALID"},
		{"days that end before they begin", Facts{Categories: []Category{farmer(2026_01_02, 2026_01_01)}}, "facts.categories[0].to", "DAYS_INVALID"},
		{"one fact twice", Facts{Categories: []Category{farmer(2026_01_01, 0), farmer(2026_01_01, 2026_02_01)}}, "facts.categories", "FACT_TWICE"},
		{"an enrolment without scheme", Facts{Enrolments: []Enrolment{{Days: Days{From: 2026_01_01}}}}, "facts.enrolments[0].scheme", "SCHEME_UNKNOWN"},
		{"an enrolment without first day", Facts{Enrolments: []Enrolment{{Scheme: "basic"}}}, "facts.enrolments[0].from", "DATE_INVALID"},
		{"a drawing of nothing", Facts{Withdrawal: []Drawing{{Scheme: "basic", On: 2026_01_01, Currency: "JOD"}}}, "facts.drawings[0].amount", "AMOUNT_INVALID"},
		{"a drawing below zero", Facts{Withdrawal: []Drawing{{Scheme: "basic", On: 2026_01_01, Minor: -1, Currency: "JOD"}}}, "facts.drawings[0].amount", "AMOUNT_INVALID"},
		{"a drawing in no currency", Facts{Withdrawal: []Drawing{{Scheme: "basic", On: 2026_01_01, Minor: 1}}}, "facts.drawings[0].amount.currency_code", "CURRENCY_UNKNOWN"},
		{"a drawing to come", Facts{Withdrawal: []Drawing{{Scheme: "basic", On: 2026_02_03, Exit: true}}}, "facts.drawings[0].on", "DATE_INVALID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, c.facts.Check(firstDay), ledger.ErrInvalid, c.field, c.reason)
		})
	}
}

func TestAChangeNamesWhoMakesItAndWhatItRestsOn(t *testing.T) {
	t.Parallel()
	unproven := Facts{Categories: []Category{farmer(0, 0), {Name: "fisher"}}}
	for _, c := range []struct {
		change        Change
		field, reason string
	}{
		{Change{Add: Facts{Sex: Female}, On: firstDay}, "person", "PERSON_INVALID"},
		{Change{Add: Facts{Sex: Female}, On: firstDay, By: " amal"}, "person", "PERSON_INVALID"},
		{Change{Add: Facts{Sex: Female}, On: firstDay, By: "amal", Why: "whim"}, "correction", "CORRECTION_INVALID"},
		{add(firstDay, "", unproven), "facts.categories[1].evidence", "EVIDENCE_MISSING"},
	} {
		_, err := Facts{}.Record(c.change)
		wantFault(t, err, ledger.ErrInvalid, c.field, c.reason)
	}
}

func TestALimitHoldsOverManyChanges(t *testing.T) {
	t.Parallel()
	var f Facts
	var err error
	n := 0
	for err == nil {
		f, err = f.Record(add(firstDay, "", Facts{Categories: []Category{{Name: fmt.Sprint("c", n), Evidence: EvidenceStated}}}))
		n++
	}
	wantFault(t, err, ledger.ErrInvalid, "facts.categories", "TOO_MANY_FACTS")
	if len(f.Categories) != 64 {
		t.Errorf("%d categories are on record, want 64", len(f.Categories))
	}
	n, err = 0, nil
	for err == nil {
		f, err = f.Record(add(firstDay, OfficeError, Facts{Birth: Birth{Year: 1900 + n%100}}))
		n++
	}
	wantFault(t, err, ErrOnRecord, "facts", TooManyChanges)
	if len(f.Superseded) != mostSuperseded {
		t.Errorf("%d changes are on record, want %d", len(f.Superseded), mostSuperseded)
	}
}

// aChange draws a change that may correct, end, follow or take back what others put on record.
func aChange(rt *rapid.T, on ledger.Date) Change {
	day := rapid.SampledFrom([]ledger.Date{0, 2026_01_01, 2026_03_01, 2026_06_01, 2027_01_01})
	last := rapid.SampledFrom([]ledger.Date{0, 0, 2026_02_28, 2026_12_31})
	word := rapid.SampledFrom([]string{"a", "b"})
	draw := func() (f Facts) {
		if rapid.Bool().Draw(rt, "birth") {
			f.Birth = Birth{Year: rapid.IntRange(1980, 1982).Draw(rt, "year")}
		}
		if rapid.Bool().Draw(rt, "category") {
			f.Categories = []Category{{word.Draw(rt, "category"), Days{day.Draw(rt, "from"), last.Draw(rt, "to")}, EvidenceStated, Recorded{}}}
		}
		if rapid.Bool().Draw(rt, "declared") {
			f.Declared = []Declaration{{Name: word.Draw(rt, "name"), Value: word.Draw(rt, "value"), Days: Days{day.Draw(rt, "from"), last.Draw(rt, "to")}}}
		}
		return f
	}
	c := Change{Add: draw(), Why: rapid.SampledFrom(corrections).Draw(rt, "why"), By: "amal", On: on}
	if rapid.IntRange(0, 3).Draw(rt, "take back") == 0 {
		c.TakeBack = draw()
	}
	return c
}

// whatever rapid draws, what was known on a day is what stood on record at its end.
func TestWhatWasKnownOnADayIsWhatStoodThenOnRecord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var f Facts
		on := firstDay
		stood := map[ledger.Date]Facts{on.AddDays(-1): {}}
		for range rapid.IntRange(1, 20).Draw(rt, "changes") {
			on = on.AddDays(rapid.IntRange(0, 2).Draw(rt, "days later"))
			if after, err := f.Record(aChange(rt, on)); err == nil {
				f = after
			}
			stood[on] = f
		}
		for day, want := range stood {
			if diff := cmp.Diff(want, f.AsKnown(day), cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("as known on %s:\n%s", day, diff)
			}
		}
	})
}

func TestOneFactOfASubjectHoldsOnADay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var f Facts
		for range rapid.IntRange(1, 20).Draw(rt, "changes") {
			c := aChange(rt, firstDay)
			after, err := f.Record(c)
			if err != nil {
				continue
			}
			if f = after; !slices.Equal(f.Declared, inOrder(f.Declared)) {
				rt.Fatalf("out of order: %+v", f.Declared)
			}
			again, err := f.Record(Change{Add: c.Add, By: "badr", On: secondDay})
			if diff := cmp.Diff(f, again); diff != "" || err != nil {
				rt.Fatalf("the same again changes something: %v\n%s", err, diff)
			}
			for _, v := range f.Declared {
				for day := firstDay.AddDays(-60); day < 2027_02_01; day = day.AddDays(15) {
					value, ok := f.Value(v.Name, day)
					if v.On(day) && (!ok || value != v.Value) {
						rt.Fatalf("two of %s hold on %s: %+v", v.Name, day, f.Declared)
					}
				}
			}
		}
	})
}

func TestRecordingLeavesTheFactsBeforeAsTheyWere(t *testing.T) {
	t.Parallel()
	before := recordAll(t, add(firstDay, "", Facts{Declared: []Declaration{income("1", 2026_01_01, 0), income("2", 2027_01_01, 0)}}))
	want := fmt.Sprintf("%+v", before)
	for _, from := range []ledger.Date{2025_01_01, 2026_01_01, 2028_01_01} {
		if _, err := before.Record(add(secondDay, Fraud, Facts{Declared: []Declaration{income("3", from, 0)}})); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprintf("%+v", before); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What was granted on the first day is judged by what was known then, save for what was hers to say rightly.
func TestBetterEvidenceTakesNothingBackAndFraudDoes(t *testing.T) {
	t.Parallel()
	first := add(firstDay, "", Facts{Declared: []Declaration{income("1", 2026_01_01, 0)}})
	now := func(on ledger.Date, why Correction, value string) Change {
		return add(on, why, Facts{Declared: []Declaration{income(value, 2026_01_01, 0)}})
	}
	gone := func(why Correction) Change {
		return Change{TakeBack: Facts{Declared: []Declaration{income("", 2026_01_01, 0)}}, Why: why, By: "amal", On: secondDay}
	}
	for _, c := range []struct {
		name    string
		changes []Change
		want    []string
	}{
		{"nothing has changed", nil, []string{"1 20260101-0"}},
		{"better evidence", []Change{now(secondDay, BetterEvidence, "2")}, []string{"1 20260101-0"}},
		{"an error of the office", []Change{now(secondDay, OfficeError, "2")}, []string{"1 20260101-0"}},
		{"an error of her own", []Change{now(secondDay, OwnError, "2")}, []string{"2 20260101-0"}},
		{"fraud", []Change{now(secondDay, Fraud, "2")}, []string{"2 20260101-0"}},
		{"fraud, and then better evidence", []Change{now(secondDay, Fraud, "2"), now(thirdDay, BetterEvidence, "3")}, []string{"3 20260101-0"}},
		{"better evidence, and then fraud", []Change{now(secondDay, BetterEvidence, "2"), now(thirdDay, Fraud, "3")}, []string{"1 20260101-0"}},
		{"taken back by the office", []Change{gone(OfficeError)}, []string{"1 20260101-0"}},
		{"taken back for fraud", []Change{gone(Fraud)}, nil},
		{"another income since", []Change{add(secondDay, "", Facts{Declared: []Declaration{income("2", 2026_04_01, 0)}})}, []string{"1 20260101-0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := recordAll(t, append([]Change{first}, c.changes...)...)
			if diff := cmp.Diff(c.want, spans(f.InGoodFaith(firstDay), "income")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(spans(f, "income"), spans(f.InGoodFaith(thirdDay), "income")); diff != "" {
				t.Errorf("by what is known now:\n%s", diff)
			}
		})
	}
}

// What a period is judged by that began before: as things are, and as they were before the member was spared a
// correction, also where that came on the very day.
func TestDoubtCountsForTheMemberInPeriodsThatHadBegun(t *testing.T) {
	t.Parallel()
	now := func(on ledger.Date, why Correction, value string) Change {
		return add(on, why, Facts{Declared: []Declaration{income(value, 2026_01_01, 0)}})
	}
	for _, c := range []struct {
		name    string
		changes []Change
		begins  ledger.Date
		want    []string
	}{
		{"nothing has changed", nil, 2026_01_01, []string{"1"}},
		{"better evidence on a later day", []Change{now(secondDay, BetterEvidence, "2")}, 2026_01_01, []string{"2", "1"}},
		{"better evidence on the same day", []Change{now(firstDay, BetterEvidence, "2")}, 2026_01_01, []string{"2", "", "1"}},
		{"an error of the office on the same day", []Change{now(firstDay, OfficeError, "2")}, 2026_01_01, []string{"2", "", "1"}},
		{"fraud on the same day", []Change{now(firstDay, Fraud, "2")}, 2026_01_01, []string{"2"}},
		{"a period that began later", []Change{now(secondDay, BetterEvidence, "2")}, secondDay, []string{"2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := recordAll(t, append([]Change{now(firstDay, "", "1")}, c.changes...)...)
			var got []string
			for _, v := range f.Variants(c.begins) {
				value, _ := v.Value("income", 2026_01_01)
				got = append(got, value)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPlaceInASchemeBeginsWithTheFirst(t *testing.T) {
	t.Parallel()
	f := Facts{Enrolments: []Enrolment{
		{Scheme: "basic", Days: Days{From: 2026_03_01}}, {Scheme: "basic", Days: Days{2024_01_01, 2024_12_31}}, {Scheme: "other", Days: Days{From: 2020_01_01}},
	}}
	for scheme, want := range map[ledger.SchemeCode]ledger.Date{"basic": 2024_01_01, "other": 2020_01_01, "none": 0} {
		if got := f.Enrolled(scheme); got != want {
			t.Errorf("%s: got %d, want %d", scheme, got, want)
		}
	}
}

func TestAProfileNamesGroups(t *testing.T) {
	t.Parallel()
	f := Facts{
		Birth: Birth{On: 1990_06_15}, Sex: Female,
		Categories: []Category{farmer(2026_01_01, 0), {Name: "disability-severe", Days: Days{From: 2025_01_01, To: 2026_06_30}}, {Name: "farmer"}},
		Declared:   []Declaration{{Name: "cluster", Value: "coffee", Days: Days{From: 2026_01_01}}, income("12000", 0, 0)},
	}
	for on, want := range map[ledger.Date]Profile{
		2026_03_10: {Female, AgeTo44, true, "coffee", []string{"disability-severe", "farmer"}},
		2026_07_01: {Female, AgeTo44, false, "coffee", []string{"farmer"}},
		2025_03_10: {Female, AgeTo34, true, "", []string{"disability-severe", "farmer"}},
	} {
		if diff := cmp.Diff(want, f.Profile(on)); diff != "" {
			t.Errorf("on %s:\n%s", on, diff)
		}
	}
	if diff := cmp.Diff(Profile{AgeBand: AgeUnknown}, Facts{}.Profile(2026_03_10)); diff != "" {
		t.Error(diff)
	}
}

func sealers(t testing.TB) (hers, others *privacy.Sealer) {
	t.Helper()
	keys, err := privacy.NewKeyring(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if hers, err = keys.Sealer(privacy.NewSalt()); err != nil {
		t.Fatal(err)
	}
	if others, err = keys.Sealer(privacy.NewSalt()); err != nil {
		t.Fatal(err)
	}
	return hers, others
}

func TestSealedFactsAreOpenedByHerKeyForHerAlone(t *testing.T) {
	t.Parallel()
	her, other := MemberIDOf([16]byte{1}), MemberIDOf([16]byte{2})
	sealer, another := sealers(t)
	want := recordAll(t, add(firstDay, "", wellKnown()), add(secondDay, Fraud, Facts{Sex: Male}))
	sealed, err := SealFacts(sealer, her, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenFacts(sealer, her, sealed)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := OpenFacts(another, her, sealed); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("by another's key: %v", err)
	}
	if _, err := OpenFacts(sealer, other, sealed); !errors.Is(err, privacy.ErrSealed) {
		t.Errorf("in another's place: %v", err)
	}
	if got, err := OpenFacts(sealer, her, nil); err != nil || !cmp.Equal(got, Facts{}) {
		t.Errorf("nothing sealed is %+v, %v", got, err)
	}
}

// wellKnown is everything that can be known of somebody.
func wellKnown() Facts {
	return Facts{
		Birth: Birth{On: 1990_06_15, Evidence: EvidenceDocument}, Sex: Female,
		Enrolments: []Enrolment{{Scheme: "basic", Days: Days{From: 2026_01_01}}},
		Categories: []Category{farmer(2026_01_01, 0), {Name: "rural", Evidence: EvidenceStated}},
		Declared:   []Declaration{income("12000", 2026_01_01, 0), {Name: "cluster", Value: "coffee"}},
		Dependants: []Dependant{{Name: "child-1", Kind: Child, Birth: Birth{Year: 2015}}},
		CareCredit: []CareCredit{{Kind: CreditMaternity, Days: Days{2025_01_01, 2025_04_30}, Evidence: EvidenceDocument}},
		Withdrawal: []Drawing{{Scheme: "basic", On: 2026_01_20, Minor: 5000, Currency: "JOD"}},
	}
}

func BenchmarkOpenFacts(b *testing.B) {
	her := MemberIDOf([16]byte{1})
	sealer, _ := sealers(b)
	usual := Facts{Birth: Birth{On: 1990_06_15, Evidence: EvidenceDocument}, Sex: Female, BirthRecorded: Recorded{RecordedOn: firstDay}}
	for name, f := range map[string]Facts{"birth and sex": usual, "everything": wellKnown()} {
		b.Run(name, func(b *testing.B) {
			sealed, err := SealFacts(sealer, her, f)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := OpenFacts(sealer, her, sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
