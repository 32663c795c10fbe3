package benefit

import (
	"cmp"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// OfAge is the age from which somebody is paid herself; before it her guardian is.
const OfAge = 18

// Awaited is one of those left behind of whom nobody has said who is paid for her: what is hers is owed to PayTo, in her
// own name, until somebody says where to. Minor says that she needs a guardian.
type Awaited struct {
	Survivor
	Minor bool
}

// LeftBehind are those on record whom a member leaves behind on the day of her death: who depends on her, and whom she has
// named. Each has somebody who is paid: who is on record as that, where it may be paid; herself, where she is a member and
// of age; and else the party that own makes of her name. Those are awaited besides, and hold nobody up.
func LeftBehind(f insurance.Facts, on ledger.Date, payable func(ledger.Party) bool, own func(person string) ledger.Party) (all []Survivor, awaited []Awaited) {
	for _, d := range f.Dependants {
		if d.On(on) {
			all = append(all, Survivor{Person: d.Name, Kind: d.Kind, Birth: d.Birth, PayTo: d.PayTo})
		}
	}
	for _, n := range f.Nominees {
		if n.On(on) {
			all = nominated(all, n)
		}
	}
	for i := range all {
		if all[i].PayTo != "" && payable(all[i].PayTo) {
			continue
		}
		s := &all[i]
		minor := s.minor(on)
		if self := insurance.MemberID(s.Person); !minor && self.WellFormed() && payable(self.Party()) {
			s.PayTo = self.Party()
			continue
		}
		s.PayTo = own(s.Person)
		awaited = append(awaited, Awaited{*s, minor})
	}
	return all, awaited
}

// Payees are the members who may be paid for those left behind: of them [Payable] must know who there is.
func Payees(f insurance.Facts, on ledger.Date) (ids []insurance.MemberID) {
	all, _ := LeftBehind(f, on, func(ledger.Party) bool { return true }, func(string) ledger.Party { return "" })
	for _, s := range all {
		if s.PayTo.Held() {
			ids = append(ids, insurance.MemberID(s.PayTo.ID()))
		}
	}
	return ids
}

// Payable says of a party whether it can be paid: members while they are known, and all others always.
func Payable[T any](members map[insurance.MemberID]T) func(ledger.Party) bool {
	return func(party ledger.Party) bool {
		_, known := members[insurance.MemberID(party.ID())]
		return known || !party.Held()
	}
}

// nominated adds whom she has named; who depends on her too is there once.
func nominated(all []Survivor, n insurance.Nominee) []Survivor {
	i := slices.IndexFunc(all, func(s Survivor) bool { return s.Person == n.Name })
	if i < 0 {
		return append(all, Survivor{Person: n.Name, Kind: n.Kind, Birth: n.Birth, PayTo: n.PayTo, Nominee: true, Parts: n.Parts})
	}
	all[i].Nominee, all[i].Parts = true, n.Parts
	all[i].PayTo = cmp.Or(all[i].PayTo, n.PayTo)
	return all
}

// minor says whether she needs a guardian, as far as is known: a child of whom nobody knows the age does.
func (s Survivor) minor(on ledger.Date) bool {
	least, _, known := s.Birth.AgeBounds(on)
	if !known {
		return s.Kind == insurance.Child
	}
	return least < OfAge
}

// kindOrder is the order in which those left behind are asked to bury her.
var kindOrder = []insurance.DependantKind{insurance.Spouse, insurance.Child, insurance.Parent, insurance.OtherDependant}

// First is the one who is paid where one is paid for all, such as a funeral grant: of those whom she has named where
// nominees come first, who can be paid at once before who is awaited, then husband or wife, child, parent, other, then by
// name. It returns false where nobody is left.
func First(all []Survivor, awaited []Awaited, nominees bool) (Survivor, bool) {
	waits := func(s Survivor) bool {
		return slices.ContainsFunc(awaited, func(a Awaited) bool { return a.Person == s.Person })
	}
	if len(all) == 0 {
		return Survivor{}, false
	}
	return slices.MinFunc(all, func(a, b Survivor) int {
		return cmp.Or(
			later(nominees && !a.Nominee, nominees && !b.Nominee), later(waits(a), waits(b)),
			cmp.Compare(slices.Index(kindOrder, a.Kind), slices.Index(kindOrder, b.Kind)), cmp.Compare(a.Person, b.Person))
	}), true
}

// later puts what is so behind what is not.
func later(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
