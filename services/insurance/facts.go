package insurance

import (
	"slices"

	"sanad.dev/sanad/ledger"
)

// Facts are what is known of a member that rules judge by, each with its days, its evidence and when it was recorded.
// All of it is kept sealed, apart from the books, and can be erased (L11). Of one subject, such as a category of one
// name, one fact holds on a day; what was on record before and has been replaced is kept, so that one can tell what was
// known on a day ([Facts.AsKnown]).
type Facts struct {
	Birth         Birth         `json:"birth,omitzero"`
	BirthRecorded Recorded      `json:"birth_recorded,omitzero"`
	Sex           Sex           `json:"sex,omitempty"`
	SexRecorded   Recorded      `json:"sex_recorded,omitzero"`
	Enrolments    []Enrolment   `json:"enrolments,omitempty"`
	Categories    []Category    `json:"categories,omitempty"`
	Declared      []Declaration `json:"declared,omitempty"`
	Dependants    []Dependant   `json:"dependants,omitempty"`
	Nominees      []Nominee     `json:"nominees,omitempty"`
	CareCredit    []CareCredit  `json:"care_credit,omitempty"`
	Withdrawal    []Drawing     `json:"withdrawal,omitempty"`
	Death         Death         `json:"death,omitzero"`
	// Superseded is what was on record before, the earliest change first.
	Superseded []Superseded `json:"superseded,omitempty"`
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
	Recorded
}

// Category is a group of members that a scheme names, such as "farmer" or "disability-severe".
type Category struct {
	Name string `json:"name"`
	Days
	Evidence Evidence `json:"evidence,omitempty"`
	Recorded
}

// Declaration is a value that a scheme asks for by name, such as "income" or "pension-slab": a decimal number or a word.
type Declaration struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Days
	Evidence Evidence `json:"evidence,omitempty"`
	Recorded
}

// Dependant is somebody covered through the member. Name is what tells her from the others of the household, such as
// "child-1"; it need not be her own.
type Dependant struct {
	Name  string        `json:"name,omitempty"`
	Kind  DependantKind `json:"kind"`
	Birth Birth         `json:"birth,omitzero"`
	// PayTo is who is paid what is hers: herself as a member or payer, or a minor's guardian; empty while nobody has said.
	PayTo ledger.Party `json:"pay_to,omitempty"`
	Days
	Evidence Evidence `json:"evidence,omitempty"`
	Recorded
}

// Nominee is somebody whom the member has named to get what she leaves. Name is that of the dependant where she is one, and
// else an opaque one; Parts is how many parts she is left, one where not said.
type Nominee struct {
	Name  string        `json:"name"`
	Kind  DependantKind `json:"kind"`
	Birth Birth         `json:"birth,omitzero"`
	Parts int64         `json:"parts,omitempty"`
	PayTo ledger.Party  `json:"pay_to,omitempty"`
	Days
	Evidence Evidence `json:"evidence,omitempty"`
	Recorded
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
	Recorded
}

// CareCreditKind says why months count.
type CareCreditKind string

// The kinds of care credit.
const (
	CreditCare       CareCreditKind = "care"
	CreditDisability CareCreditKind = "disability"
	CreditMaternity  CareCreditKind = "maternity"
)

// Drawing is all the money that the member took out of her savings in a scheme on one day, in minor units of the
// currency; an exit takes everything that was there.
type Drawing struct {
	Scheme   ledger.SchemeCode `json:"scheme,omitempty"`
	On       ledger.Date       `json:"on"`
	Minor    int64             `json:"minor,omitempty"`
	Currency ledger.Currency   `json:"currency,omitempty"`
	Exit     bool              `json:"exit,omitempty"`
	Recorded
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

// Enrolled is the first day of the member's first place in the scheme, also where she has left since; zero where she
// has had none.
func (f Facts) Enrolled(scheme ledger.SchemeCode) ledger.Date {
	var first ledger.Date
	for _, e := range f.Enrolments {
		if e.Scheme == scheme && (first == 0 || e.From < first) {
			first = e.From
		}
	}
	return first
}
