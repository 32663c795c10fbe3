package insurance

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// reading is how far a phone could be read by simple rules.
type reading int

const (
	maybe reading = iota // by the library
	no
	yes
)

// readPlainly reads a number of nothing but digits, as far as it can be.
func readPlainly(number string, international bool, region string) (string, reading) {
	if international {
		return readInternational(number)
	}
	if after, ok := strings.CutPrefix(number, "00"); ok {
		if e164, read := readInternational(after); read == yes {
			return e164, yes
		}
		return "", maybe
	}
	if plan := planOf(region); plan != nil {
		return plan.readNational(number)
	}
	return "", maybe
}

// plan is how the phones of one country look, from the library's tables.
type plan struct {
	code, trunk string
	general     *regexp.Regexp
	kinds       []*regexp.Regexp
	// abroad: calls to other countries begin with 00, and no other number does.
	abroad bool
	// alone: no other region has this country code. Only then is a phone that does not fit here one that fits nowhere.
	alone bool
}

// valid says whether there can be such a phone in the country.
func (p *plan) valid(national string) bool {
	fits := func(kind *regexp.Regexp) bool { return kind.MatchString(national) }
	return p.general.MatchString(national) && slices.ContainsFunc(p.kinds, fits)
}

// readInternational reads a number that begins with a country code.
func readInternational(number string) (string, reading) {
	for i := 1; i <= 3 && i < len(number); i++ {
		code, _ := strconv.Atoi(number[:i])
		region := phonenumbers.GetRegionCodeForCountryCode(code)
		if code == 0 || region == phonenumbers.UNKNOWN_REGION {
			continue
		}
		if plan := planOf(region); plan != nil {
			return plan.read(number[i:])
		}
		return "", maybe
	}
	return "", maybe
}

// readNational reads a number as it is dialled in the country, or with its own country code but no plus before it.
func (p *plan) readNational(number string) (string, reading) {
	if !p.abroad {
		return "", maybe
	}
	after, ok := strings.CutPrefix(number, p.code)
	if ok && !p.general.MatchString(number) && p.general.MatchString(p.withoutTrunk(after)) {
		return p.read(after)
	}
	return p.read(number)
}

// read reads a number without its country code.
func (p *plan) read(number string) (string, reading) {
	national := p.withoutTrunk(number)
	switch {
	case p.valid(national):
		return "+" + p.code + national, yes
	case p.alone:
		return "", no
	}
	return "", maybe
}

// withoutTrunk takes off the prefix of national calls, unless the number looks right only with it.
func (p *plan) withoutTrunk(number string) string {
	rest, ok := strings.CutPrefix(number, p.trunk)
	if !ok || p.general.MatchString(number) && !p.general.MatchString(rest) {
		return number
	}
	return rest
}

// plans are those asked for so far, by region.
var plans sync.Map

// planOf returns the region's plan, or nil where its rules are not simple.
func planOf(region string) *plan {
	if known, ok := plans.Load(region); ok {
		return known.(*plan)
	}
	if !KnownRegion(region) {
		return nil
	}
	known, _ := plans.LoadOrStore(region, newPlan(region))
	return known.(*plan)
}

func newPlan(region string) *plan {
	tables, err := phonenumbers.MetadataCollection()
	if err != nil {
		return nil
	}
	for _, table := range tables.GetMetadata() {
		if table.GetId() == region && simple(table) {
			return planFrom(table)
		}
	}
	return nil
}

var onlyDigits = regexp.MustCompile(`^[0-9]*$`)

// simple says that national numbers carry at most a fixed prefix, and that the region is the first that has its country
// code.
func simple(table *phonenumbers.PhoneMetadata) bool {
	regions := phonenumbers.GetRegionCodesForCountryCode(int(table.GetCountryCode()))
	return table.GetNationalPrefixForParsing() == table.GetNationalPrefix() &&
		onlyDigits.MatchString(table.GetNationalPrefix()) && table.GetLeadingDigits() == "" &&
		len(regions) > 0 && regions[0] == table.GetId()
}

func planFrom(table *phonenumbers.PhoneMetadata) *plan {
	abroad := table.GetInternationalPrefix()
	p := &plan{
		code: strconv.Itoa(int(table.GetCountryCode())), trunk: table.GetNationalPrefix(),
		general: whole(table.GetGeneralDesc()),
		abroad:  strings.HasPrefix(abroad, "00") && !strings.Contains(abroad, "|"),
		alone:   len(phonenumbers.GetRegionCodesForCountryCode(int(table.GetCountryCode()))) == 1,
	}
	for _, kind := range []*phonenumbers.PhoneNumberDesc{
		table.GetMobile(), table.GetFixedLine(), table.GetTollFree(), table.GetPremiumRate(), table.GetSharedCost(),
		table.GetVoip(), table.GetPersonalNumber(), table.GetPager(), table.GetUan(), table.GetVoicemail(),
	} {
		if kind.GetNationalNumberPattern() != "" {
			p.kinds = append(p.kinds, whole(kind))
		}
	}
	return p
}

// whole is the pattern of a whole number.
func whole(kind *phonenumbers.PhoneNumberDesc) *regexp.Regexp {
	return regexp.MustCompile("^(?:" + kind.GetNationalNumberPattern() + ")$")
}
