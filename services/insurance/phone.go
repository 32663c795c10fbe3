package insurance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"sanad.dev/sanad/ledger"
)

// Phone is an address of a member between two days, not an identity: it may be shared, and it may change hands.
type Phone struct {
	// Number is in E.164, such as "+962791234567".
	Number string `json:"number"`
	// From and To are the first and the last day; zero means without end.
	From ledger.Date `json:"from,omitempty"`
	To   ledger.Date `json:"to,omitempty"`
}

// On says whether it is her phone on that day.
func (p Phone) On(day ledger.Date) bool { return p.From <= day && (p.To == 0 || day <= p.To) }

// longestPhone bounds what is read as a phone, in bytes: sixteen digits of any script with what people put between them.
const longestPhone = 64

// ParsePhone reads a phone number in any usual spelling as E.164; one without a country code is read in the region (an
// ISO 3166 code). It says false where there can be no such phone. 00 before a country code is understood everywhere,
// whatever is dialled there.
//
// It answers as the phonenumbers library does, which takes 20 to 40 µs: too long for 10,000 contributions a second.
// So what is only digits, in a country whose rules are simple, is read here by the same rules and patterns.
func ParsePhone(text, region string) (string, bool) {
	if len(text) < 3 || len(text) > longestPhone {
		return "", false
	}
	number, international, ok := phoneDigits(text)
	if !ok {
		return parseAnyPhone(text, region)
	}
	e164, read := readPlainly(number, international, region)
	if read == maybe {
		return parseAnyPhone(text, region)
	}
	return e164, read == yes
}

// KnownRegion says whether phones can be read in the region.
func KnownRegion(region string) bool { return phonenumbers.GetSupportedRegions()[region] }

// parseAnyPhone asks the library.
func parseAnyPhone(text, region string) (string, bool) {
	if number, international, ok := phoneDigits(text); ok && !international && strings.HasPrefix(number, "00") {
		if e164, ok := parseAnyPhone("+"+number[2:], ""); ok {
			return e164, true
		}
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", false
	}
	return phonenumbers.Format(number, phonenumbers.E164), true
}

// phoneDigits reads a number that is nothing but digits and what people put between them, and whether a plus stands
// before it.
func phoneDigits(text string) (number string, international, ok bool) {
	digits := make([]byte, 0, longestPhone)
	for i, r := range text {
		if digit, ok := digitOf(r); ok {
			digits = append(digits, digit)
			continue
		}
		switch {
		case r == '+' && i == 0:
			international = true
		case !strings.ContainsRune(" -.()\u00a0", r):
			return "", false, false
		}
	}
	return string(digits), international, len(digits) > 0
}

// The phones of a member at most: those she names at once, and those she ever had.
const (
	mostPhones     = 8
	mostPhonesEver = 64
)

// ReadPhones returns phones in E.164, read in the region, those without a first day beginning on that one; or a
// [Fault] that names the phone by its place in the field.
func ReadPhones(field string, phones []Phone, region string, from ledger.Date) ([]Phone, error) {
	if region != "" && !KnownRegion(region) {
		return nil, Fault{"region", "REGION_UNKNOWN", "use an ISO 3166 code, such as JO"}
	}
	if len(phones) > mostPhones {
		return nil, Fault{field, "PHONE_INVALID", fmt.Sprintf("give %d phones at most", mostPhones)}
	}
	var read []Phone
	for i, phone := range phones {
		number, ok := ParsePhone(phone.Number, region)
		if !ok {
			return nil, Fault{fmt.Sprintf("%s[%d].number", field, i), "PHONE_INVALID",
				"there can be no such phone; begin with + and the country code, or name the region"}
		}
		phone.Number = number
		if phone.From == 0 && (phone.To == 0 || phone.To >= from) {
			phone.From = from
		}
		read = append(read, phone)
	}
	read = once(read)
	return read, checkPhones(field, read)
}

func checkPhones(field string, phones []Phone) error {
	for i, phone := range phones {
		at := fmt.Sprintf("%s[%d]", field, i)
		if phone.From != 0 && !isDay(phone.From) || phone.To != 0 && (!isDay(phone.To) || phone.To < phone.From) {
			return Fault{at, "PHONE_INVALID", "its last day lies before its first, or one of them is no day"}
		}
		for _, earlier := range phones[:i] {
			if earlier.Number == phone.Number && earlier.overlaps(phone) {
				return Fault{at, "PHONE_INVALID", "the same phone is there twice on one day"}
			}
		}
	}
	return nil
}

func (p Phone) overlaps(other Phone) bool {
	return (p.To == 0 || other.From <= p.To) && (other.To == 0 || p.From <= other.To)
}

// PhoneIdentifiers are her phones as identifiers, each with its days.
func (p Person) PhoneIdentifiers() []DatedIdentifier {
	var ids []DatedIdentifier
	for _, phone := range p.Phones {
		ids = append(ids, DatedIdentifier{Identifier{ByPhone, phone.Number}, phone.From, phone.To})
	}
	return ids
}

// ChangePhones returns the person with these phones from a day on, which each begin by then or later. A phone that she
// keeps, keeps its first day. Those that are not named end on the day before, and one that would have begun later is
// dropped. Past ones stay, whether they are named or not.
func (p Person) ChangePhones(from ledger.Date, phones []Phone) (Person, error) {
	phones = slices.Clone(phones)
	changed := make([]Phone, 0, len(p.Phones)+len(phones))
	for _, had := range p.Phones {
		named := slices.IndexFunc(phones, func(n Phone) bool { return n.continues(had, from) })
		switch {
		case named >= 0:
			had.From, had.To = min(had.From, phones[named].From), phones[named].To
			phones = slices.Delete(phones, named, named+1)
		case had.To == 0 || had.To >= from:
			had.To = from.AddDays(-1)
		}
		if had.To == 0 || had.From <= had.To {
			changed = append(changed, had)
		}
	}
	p.Phones = append(changed, phones...)
	if len(p.Phones) > mostPhonesEver {
		return Person{}, Fault{"phones", "PHONE_INVALID",
			fmt.Sprintf("a member has %d phones at most, past ones included", mostPhonesEver)}
	}
	return p, checkPhones("phones", p.Phones)
}

// continues says whether the phone, named on a day, is the one she had: in use on that day, or the same past one.
func (p Phone) continues(had Phone, on ledger.Date) bool {
	return p.Number == had.Number && p.From <= on && had.On(on) || p == had
}
