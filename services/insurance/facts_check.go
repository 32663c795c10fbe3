package insurance

import (
	"fmt"
	"regexp"
	"slices"

	"sanad.dev/sanad/ledger"
)

// The limits of facts, as in the contract; values in characters.
const (
	longestValue   = 64
	mostSuperseded = 256
)

// factName is of what schemes and households name.
var factName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// Check returns what is wrong with the form of the facts, as a [Fault]. Today bounds births and events, with a day's
// grace for those who live east of the fund.
func (f Facts) Check(today ledger.Date) error { return f.check("facts", today.AddDays(1)) }

func (f Facts) check(field string, latest ledger.Date) error {
	for _, l := range lists {
		if err := l.check(f, field, latest); err != nil {
			return err
		}
	}
	return nil
}

func (l list[T]) check(f Facts, field string, latest ledger.Date) error {
	facts, field := l.of(f), field+"."+l.name
	if len(facts) > l.most {
		return Fault{field, "TOO_MANY_FACTS", fmt.Sprintf("a member has %d of them at most", l.most)}
	}
	for i, v := range facts {
		at := l.at(field, i)
		if err := v.check(at, latest); err != nil {
			return err
		}
		if err := v.days().check(at); err != nil {
			return err
		}
	}
	return checkOnce(facts, field)
}

// at names the i-th of the list.
func (l list[T]) at(field string, i int) string {
	if l.most == 1 {
		return field
	}
	return fmt.Sprintf("%s[%d]", field, i)
}

// checkOnce refuses the same fact twice: nobody can say which of the two holds.
func checkOnce[T fact[T]](facts []T, field string) error {
	sorted := inOrder(facts)
	for i, v := range sorted[min(1, len(sorted)):] {
		if before := sorted[i]; before.subject() == v.subject() && before.days().From == v.days().From {
			return Fault{field, "FACT_TWICE", "two are of the same name and first day; give each once"}
		}
	}
	return nil
}

func (d Days) check(field string) error {
	switch {
	case d.From != 0 && !isDay(d.From):
		return Fault{field + ".from", "DATE_INVALID", "there is no such day"}
	case d.To != 0 && !isDay(d.To):
		return Fault{field + ".to", "DATE_INVALID", "there is no such day"}
	case d.To != 0 && d.To < d.From:
		return Fault{field + ".to", "DAYS_INVALID", "the last day lies before the first"}
	}
	return nil
}

func checkFactName(field, name string) error {
	if !factName.MatchString(name) {
		return Fault{field, "FACT_NAME_INVALID", "use small letters, digits, _ and -, beginning with a letter, 40 at most, such as farmer"}
	}
	return nil
}

func (g gender) check(field string, _ ledger.Date) error {
	if !slices.Contains([]Sex{Female, Male, OtherSex}, g.Sex) {
		return Fault{field, "SEX_INVALID", "use female, male or other"}
	}
	return nil
}

func (e Enrolment) check(field string, _ ledger.Date) error {
	switch {
	case !schemeCode.MatchString(string(e.Scheme)):
		return Fault{field + ".scheme", "SCHEME_UNKNOWN", "name the scheme by its code"}
	case e.From == 0:
		return Fault{field + ".from", "DATE_INVALID", "say from which day on she is enrolled"}
	}
	return nil
}

func (c Category) check(field string, _ ledger.Date) error {
	if err := checkFactName(field+".name", c.Name); err != nil {
		return err
	}
	return c.Evidence.check(field+".evidence", "EVIDENCE_INVALID")
}

func (d Declaration) check(field string, _ ledger.Date) error {
	if err := checkFactName(field+".name", d.Name); err != nil {
		return err
	}
	if d.Value == "" {
		return Fault{field + ".value", "FACT_VALUE_INVALID", "give a decimal number or a word"}
	}
	if err := CheckText(field+".value", "FACT_VALUE_INVALID", d.Value, longestValue); err != nil {
		return err
	}
	return d.Evidence.check(field+".evidence", "EVIDENCE_INVALID")
}

func (d Dependant) check(field string, latest ledger.Date) error {
	if err := checkFactName(field+".name", d.Name); err != nil {
		return err
	}
	if !slices.Contains([]DependantKind{Spouse, Child, Parent, OtherDependant}, d.Kind) {
		return Fault{field + ".kind", "DEPENDANT_INVALID", "use spouse, child, parent or other"}
	}
	if err := d.Birth.check(field+".birth", latest); err != nil {
		return err
	}
	if err := checkPayee(field, d.PayTo); err != nil {
		return err
	}
	return d.Evidence.check(field+".evidence", "EVIDENCE_INVALID")
}

// checkPayee sees that who is paid for somebody is a party that can be paid; that nobody has said is no fault.
func checkPayee(field string, to ledger.Party) error {
	if to == "" {
		return nil
	}
	kind := to.Kind()
	if _, err := ledger.NewParty(kind, to.ID()); err != nil || kind != ledger.PayerKind && (kind != ledger.MemberKind || !MemberID(to.ID()).WellFormed()) {
		return Fault{field + ".pay_to", "PAYEE_INVALID", "say who is paid as member: or payer: and an opaque name, such as payer:7ab3"}
	}
	return nil
}

// mostParts bounds how finely she divides what she leaves.
const mostParts = 1_000_000

func (n Nominee) check(field string, latest ledger.Date) error {
	if n.Parts < 0 || n.Parts > mostParts {
		return Fault{field + ".parts", "NOMINEE_INVALID", "give up to a million parts, or none for an equal one"}
	}
	return Dependant{Name: n.Name, Kind: n.Kind, Birth: n.Birth, PayTo: n.PayTo, Evidence: n.Evidence}.check(field, latest)
}

func (c CareCredit) check(field string, _ ledger.Date) error {
	if !slices.Contains([]CareCreditKind{CreditCare, CreditDisability, CreditMaternity}, c.Kind) {
		return Fault{field + ".kind", "CARE_CREDIT_INVALID", "use care, disability or maternity"}
	}
	return c.Evidence.check(field+".evidence", "EVIDENCE_INVALID")
}

func (d Drawing) check(field string, latest ledger.Date) error {
	switch {
	case !isDay(d.On) || d.On > latest:
		return Fault{field + ".on", "DATE_INVALID", "give the day on which the money was taken out"}
	case d.Minor < 0 || d.Minor == 0 && !d.Exit:
		return Fault{field + ".amount", "AMOUNT_INVALID", "give an amount above zero"}
	}
	if _, err := d.Currency.Decimals(); d.Minor != 0 && err != nil {
		return Fault{field + ".amount.currency_code", "CURRENCY_UNKNOWN", "use an ISO 4217 code, such as JOD"}
	}
	if !schemeCode.MatchString(string(d.Scheme)) {
		return Fault{field + ".scheme", "SCHEME_UNKNOWN", "name the scheme by its code"}
	}
	return nil
}
