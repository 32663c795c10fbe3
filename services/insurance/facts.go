package insurance

import (
	"slices"

	"sanad.dev/sanad/ledger"
)

// Facts are what is known of a member that rules judge by, each with its days and its evidence. All of it is kept
// sealed, apart from the books, and can be erased (L11).
type Facts struct {
	Birth      Birth         `json:"birth,omitzero"`
	Sex        Sex           `json:"sex,omitempty"`
	Enrolments []Enrolment   `json:"enrolments,omitempty"`
	Categories []Category    `json:"categories,omitempty"`
	Declared   []Declaration `json:"declared,omitempty"`
	Dependants []Dependant   `json:"dependants,omitempty"`
	CareCredit []CareCredit  `json:"care_credit,omitempty"`
	Withdrawal []Drawing     `json:"withdrawal,omitempty"`
}

// Days are from one day through another; zero ends are open.
type Days struct {
	From ledger.Date `json:"from,omitempty"`
	To   ledger.Date `json:"to,omitempty"`
}

// On says whether the day is one of them.
func (d Days) On(day ledger.Date) bool {
	return (d.From == 0 || d.From <= day) && (d.To == 0 || day <= d.To)
}

// Sex as stated; empty where it is not.
type Sex string

// The sexes.
const (
	Female   Sex = "female"
	Male     Sex = "male"
	OtherSex Sex = "other"
)

// Enrolment is a member's place in a scheme, with its days.
type Enrolment struct {
	Scheme ledger.SchemeCode `json:"scheme"`
	Days
}

// Category is a group of members that a scheme names, such as "farmer" or "disability-severe".
type Category struct {
	Name string `json:"name"`
	Days
	Evidence Evidence `json:"evidence,omitempty"`
}

// Declaration is a value that a scheme asks for by name, such as "income" or "pension-slab": a decimal number or a word.
type Declaration struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Days
	Evidence Evidence `json:"evidence,omitempty"`
}

// Dependant is somebody covered through the member.
type Dependant struct {
	Kind  DependantKind `json:"kind"`
	Birth Birth         `json:"birth,omitzero"`
	Days
	Evidence Evidence `json:"evidence,omitempty"`
}

// DependantKind says what a dependant is to the member.
type DependantKind string

// The kinds of dependant.
const (
	Spouse         DependantKind = "spouse"
	Child          DependantKind = "child"
	Parent         DependantKind = "parent"
	OtherDependant DependantKind = "other"
)

// CareCredit is months counted without money: for care, disability or maternity.
type CareCredit struct {
	Kind CareCreditKind `json:"kind"`
	Days
	Evidence Evidence `json:"evidence,omitempty"`
}

// CareCreditKind says why months count.
type CareCreditKind string

// The kinds of care credit.
const (
	CreditCare       CareCreditKind = "care"
	CreditDisability CareCreditKind = "disability"
	CreditMaternity  CareCreditKind = "maternity"
)

// Drawing is money that the member took out of her savings, in minor units, and why; an exit takes all.
type Drawing struct {
	On    ledger.Date `json:"on"`
	Minor int64       `json:"minor,omitempty"`
	Exit  bool        `json:"exit,omitempty"`
}

// Has says whether the member is in the category on the day.
func (f Facts) Has(category string, on ledger.Date) bool {
	return slices.ContainsFunc(f.Categories, func(c Category) bool { return c.Name == category && c.On(on) })
}

// Value is what is declared by that name for the day, the last where there are several; false where nothing is.
func (f Facts) Value(name string, on ledger.Date) (string, bool) {
	for _, d := range slices.Backward(f.Declared) {
		if d.Name == name && d.On(on) {
			return d.Value, true
		}
	}
	return "", false
}

// Enrolled is the first day of the member's place in the scheme; zero where she has none.
func (f Facts) Enrolled(scheme ledger.SchemeCode) ledger.Date {
	for _, e := range f.Enrolments {
		if e.Scheme == scheme {
			return e.From
		}
	}
	return 0
}

// Age is how many years the person has completed on the day, and false where nothing is known. Where only the year is
// known, or an age was stated, it is the fewest she can have completed; a rule for which another age would be better for
// her looks at both [Birth.AgeBounds], for doubt counts for the member.
func (b Birth) Age(on ledger.Date) (int, bool) {
	least, _, known := b.AgeBounds(on)
	return least, known
}

// AgeBounds are the fewest and the most years that the person can have completed on the day.
func (b Birth) AgeBounds(on ledger.Date) (least, most int, known bool) {
	switch {
	case b.On != 0:
		age := on.Year() - b.On.Year()
		if on%1_00_00 < b.On%1_00_00 {
			age--
		}
		return age, age, true
	case b.Year != 0:
		return on.Year() - b.Year - 1, on.Year() - b.Year, true
	case b.StatedOn != 0:
		// Stated on a day, she was that many years old then: whole years since are sure, a begun one may be.
		whole := on.Year() - b.StatedOn.Year()
		begun := 1
		if on%1_00_00 < b.StatedOn%1_00_00 {
			whole--
		}
		if on%1_00_00 == b.StatedOn%1_00_00 {
			begun = 0
		}
		return b.StatedYears + whole, b.StatedYears + whole + begun, true
	}
	return 0, 0, false
}
