package insurance

import (
	"fmt"

	"sanad.dev/sanad/ledger"
)

// Birth is when a person was born, as exactly as is known: the day, the year, or an age stated on a day.
type Birth struct {
	On          ledger.Date `json:"on,omitempty"`
	Year        int         `json:"year,omitempty"`
	StatedYears int         `json:"stated_years,omitempty"`
	StatedOn    ledger.Date `json:"stated_on,omitempty"`
	Evidence    Evidence    `json:"evidence,omitempty"`
}

// AboutYear is the year of birth as far as is known; zero where nothing is.
func (b Birth) AboutYear() int {
	switch {
	case b.On != 0:
		return b.On.Year()
	case b.StatedOn != 0:
		return b.StatedOn.Year() - b.StatedYears
	}
	return b.Year
}

// Age is how many years the person has completed on the day, and false where nothing is known. Where only the year is
// known, or an age was stated, it is the fewest she can have completed; a rule for which another age would be better for
// her looks at both [Birth.AgeBounds], for doubt counts for the member.
func (b Birth) Age(on ledger.Date) (int, bool) {
	least, _, known := b.AgeBounds(on)
	return least, known
}

// AgeBounds are the fewest and the most years that the person can have completed on the day; never less than none, and
// false where nothing is known. Whoever was born on 29 February completes a year on 1 March where there is no such day.
func (b Birth) AgeBounds(on ledger.Date) (least, most int, known bool) {
	earliest, latest, known := b.bounds()
	if !known {
		return 0, 0, false
	}
	return max(completed(latest, on), 0), max(completed(earliest, on), 0), true
}

// completed is how many birthdays have been since the day of birth; negative before it.
func completed(born, on ledger.Date) int {
	years := on.Year() - born.Year()
	if on%1_00_00 < born%1_00_00 {
		years--
	}
	return years
}

// bounds are the first and the last day on which the person can have been born.
func (b Birth) bounds() (earliest, latest ledger.Date, known bool) {
	switch {
	case b.On != 0:
		return b.On, b.On, true
	case b.Year != 0:
		return ledger.Date(b.Year*1_00_00 + 1_01), ledger.Date(b.Year*1_00_00 + 12_31), true
	case b.StatedOn != 0:
		// That many years old on the day, she has her next birthday a year later at the latest.
		return bornAfter(b.StatedOn, b.StatedYears+1), bornBy(b.StatedOn, b.StatedYears), true
	}
	return 0, 0, false
}

// bornBy is the last day of birth of whoever has completed the years on the day.
func bornBy(on ledger.Date, years int) ledger.Date {
	if on%1_00_00 == 2_29 && !leap(on.Year()-years) {
		return on - ledger.Date(years*1_00_00) - 1
	}
	return on - ledger.Date(years*1_00_00)
}

// bornAfter is the first day of birth of whoever has not completed the years on the day.
func bornAfter(on ledger.Date, years int) ledger.Date { return bornBy(on, years).AddDays(1) }

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// The years of birth that are believed.
const (
	earliestBirth = 1880
	oldestAge     = 130
)

// check returns what is wrong with the form of the field, as a [Fault]; nobody is born after the latest day.
func (b Birth) check(field string, latest ledger.Date) error {
	ways := 0
	for _, known := range []bool{b.On != 0, b.Year != 0, b.StatedOn != 0 || b.StatedYears != 0} {
		if known {
			ways++
		}
	}
	switch {
	case ways > 1:
		return Fault{field, "BIRTH_INVALID", "give the day, the year or a stated age, not several"}
	case b.On != 0 && (!isDay(b.On) || b.On > latest):
		return Fault{field + ".date", "BIRTH_INVALID", "give a day that has been"}
	case b.Year != 0 && (b.Year < earliestBirth || b.Year > latest.Year()):
		return Fault{field + ".year", "BIRTH_INVALID", fmt.Sprintf("give a year from %d on that has begun", earliestBirth)}
	case b.StatedYears < 0 || b.StatedYears > oldestAge:
		return Fault{field + ".age.years", "BIRTH_INVALID", fmt.Sprintf("give an age from 0 to %d", oldestAge)}
	case b.StatedYears != 0 && b.StatedOn == 0, b.StatedOn != 0 && (!isDay(b.StatedOn) || b.StatedOn > latest):
		return Fault{field + ".age.on", "BIRTH_INVALID", "say on which day she stated her age"}
	}
	return b.Evidence.check(field+".evidence", "BIRTH_INVALID")
}
