package insurance

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
)

func TestAnAgeIsAsExactAsTheBirthIsKnown(t *testing.T) {
	t.Parallel()
	day := Birth{On: 1990_06_15}
	leapDay := Birth{On: 1992_02_29}
	year := Birth{Year: 1990}
	stated := Birth{StatedYears: 41, StatedOn: 2026_03_10}
	statedOnLeapDay := Birth{StatedYears: 41, StatedOn: 2024_02_29}
	for _, c := range []struct {
		name        string
		birth       Birth
		on          ledger.Date
		least, most int
		known       bool
	}{
		{"the day before her birthday", day, 2026_06_14, 35, 35, true},
		{"on her birthday", day, 2026_06_15, 36, 36, true},
		{"on the day of her birth", day, 1990_06_15, 0, 0, true},
		{"before her birth nobody has lived fewer than no years", day, 1980_01_01, 0, 0, true},
		{"born on 29 February, on 28 February of a common year", leapDay, 2025_02_28, 32, 32, true},
		{"born on 29 February, on 1 March of a common year", leapDay, 2025_03_01, 33, 33, true},
		{"born on 29 February, on 29 February", leapDay, 2024_02_29, 32, 32, true},
		{"of a year only, her birthday may have been or not", year, 2026_06_14, 35, 36, true},
		{"of a year only, on its first day", year, 2026_01_01, 35, 36, true},
		{"of a year only, on its last day every birthday has been", year, 2026_12_31, 36, 36, true},
		{"on the day she stated it", stated, 2026_03_10, 41, 41, true},
		{"the day after, she may have had a birthday", stated, 2026_03_11, 41, 42, true},
		{"the day before, she may not yet have had it", stated, 2026_03_09, 40, 41, true},
		{"a year later to the day", stated, 2027_03_10, 42, 42, true},
		{"a year later and a day", stated, 2027_03_11, 42, 43, true},
		{"stated on 29 February, on the next 28 February", statedOnLeapDay, 2025_02_28, 42, 42, true},
		{"stated on 29 February, on the next 1 March", statedOnLeapDay, 2025_03_01, 42, 43, true},
		{"none is old on the day she was born, as stated", Birth{StatedOn: 2026_03_10}, 2026_03_10, 0, 0, true},
		{"nothing is known", Birth{}, 2026_03_10, 0, 0, false},
	} {
		least, most, known := c.birth.AgeBounds(c.on)
		if least != c.least || most != c.most || known != c.known {
			t.Errorf("%s: got %d to %d, %v; want %d to %d, %v", c.name, least, most, known, c.least, c.most, c.known)
		}
		if age, known := c.birth.Age(c.on); age != c.least || known != c.known {
			t.Errorf("%s: the age is %d, %v; want the least", c.name, age, known)
		}
	}
}

// aBirth draws a birth of which something is known.
func aBirth(rt *rapid.T) Birth {
	on := aDay(rt, "day of birth")
	switch rapid.IntRange(0, 2).Draw(rt, "way") {
	case 0:
		return Birth{On: on}
	case 1:
		return Birth{Year: on.Year()}
	}
	return Birth{StatedYears: rapid.IntRange(0, 60).Draw(rt, "years"), StatedOn: on}
}

// aDay draws a day, often one around which ages change.
func aDay(rt *rapid.T, label string) ledger.Date {
	year := rapid.IntRange(1961, 2040).Draw(rt, label+", year")
	edge := rapid.SampledFrom([]ledger.Date{0, 1_01, 2_28, 2_29, 3_01, 12_31}).Draw(rt, label+", edge")
	if edge != 0 && (edge != 2_29 || leap(year)) {
		return ledger.Date(year*1_00_00) + edge
	}
	return ledger.DateOf(time.Date(year, 1, rapid.IntRange(1, 365).Draw(rt, label+", day"), 0, 0, 0, 0, time.UTC))
}

func TestAgesGrowByAtMostOneADay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b, on := aBirth(rt), aDay(rt, "on")
		least, most, _ := b.AgeBounds(on)
		nextLeast, nextMost, _ := b.AgeBounds(on.AddDays(1))
		if least > most || most > least+1 {
			rt.Fatalf("%+v on %s: from %d to %d", b, on, least, most)
		}
		if d := nextLeast - least; d < 0 || d > 1 {
			rt.Fatalf("%+v after %s: the least goes from %d to %d", b, on, least, nextLeast)
		}
		if d := nextMost - most; d < 0 || d > 1 {
			rt.Fatalf("%+v after %s: the most goes from %d to %d", b, on, most, nextMost)
		}
	})
}

// The bounds are those of all days on which she can have been born, looked at one by one.
func TestAgesAreBoundedByEveryPossibleBirthday(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b, on := aBirth(rt), aDay(rt, "on")
		least, most := 1000, -1
		first := ledger.Date((b.AboutYear()-2)*1_00_00 + 1_01)
		for born := first; born.Year() < b.AboutYear()+2; born = born.AddDays(1) {
			if fits(b, born) {
				least, most = min(least, max(completed(born, on), 0)), max(most, completed(born, on), 0)
			}
		}
		if gotLeast, gotMost, _ := b.AgeBounds(on); gotLeast != least || gotMost != most {
			rt.Fatalf("%+v on %s: got %d to %d, want %d to %d", b, on, gotLeast, gotMost, least, most)
		}
	})
}

// fits says whether a person of that birth can have been born on the day.
func fits(b Birth, born ledger.Date) bool {
	switch {
	case b.On != 0:
		return b.On == born
	case b.Year != 0:
		return b.Year == born.Year()
	}
	return completed(born, b.StatedOn) == b.StatedYears
}

func TestBandsCoverAllAges(t *testing.T) {
	t.Parallel()
	for age, want := range map[int]AgeBand{
		0: "0-17", 17: "0-17", 18: "18-24", 24: "18-24", 25: "25-34", 34: "25-34", 35: "35-44", 44: "35-44",
		45: "45-54", 54: "45-54", 55: "55-64", 64: "55-64", 65: "65+", 110: "65+",
	} {
		born := Birth{On: ledger.Date((2026-age)*1_00_00 + 3_10)}
		if got := born.Band(2026_03_10); got != want {
			t.Errorf("at %d: got %s, want %s", age, got, want)
		}
	}
	if got := (Birth{}).Band(2026_03_10); got != AgeUnknown {
		t.Errorf("of whom nothing is known: got %s", got)
	}
}
