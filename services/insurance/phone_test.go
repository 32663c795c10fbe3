package insurance

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestAPhoneIsReadInAnyUsualSpelling(t *testing.T) {
	cases := []struct{ name, text, region, want string }{
		{"E.164", "+962791234567", "JO", "+962791234567"},
		{"with spaces", "+962 79 123 4567", "JO", "+962791234567"},
		{"00 for the plus", "00962791234567", "JO", "+962791234567"},
		{"00 where something else is dialled", "00254712345678", "KE", "+254712345678"},
		{"as dialled at home", "0791234567", "JO", "+962791234567"},
		{"with hyphens and no plus", "962-79-1234567", "JO", "+962791234567"},
		{"without the leading 0", "791234567", "JO", "+962791234567"},
		{"with brackets and a superfluous 0", "+962 (0) 79 123 4567", "JO", "+962791234567"},
		{"in Arabic digits", "٠٧٩١٢٣٤٥٦٧", "JO", "+962791234567"},
		{"in Persian digits", "+۹۶۲۷۹۱۲۳۴۵۶۷", "JO", "+962791234567"},
		{"of another country", "+254712345678", "JO", "+254712345678"},
		{"with a link's prefix", "tel:+962791234567", "JO", "+962791234567"},
		{"a fixed line", "06 460 1234", "JO", "+96264601234"},
		{"no region, a country code", "+962791234567", "", "+962791234567"},
		{"a fixed line that keeps its 0", "06938412", "RW", "+25006938412"},
		{"numbers that keep their 0", "0708123456", "CI", "+2250708123456"},

		{"no region, no country code", "0791234567", "", ""},
		{"an unknown region", "0791234567", "XX", ""},
		{"too short", "079123456", "JO", ""},
		{"too long", "07912345678", "JO", ""},
		{"of a network that is not", "0731234567", "JO", ""},
		{"a name", "AMAL HADDAD", "JO", ""},
		{"a plus alone", "+", "JO", ""},
		{"nothing", "", "JO", ""},
		{"a plus in the middle", "079+1234567", "JO", ""},
		{"a member number", "4821903376", "JO", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ParsePhone(c.text, c.region)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("ParsePhone(%q, %q) is %q, %v; want %q", c.text, c.region, got, ok, c.want)
			}
		})
	}
}

// TestPhonesAreReadAsTheLibraryReadsThem compares the short way with the library's, in every region of the world.
func TestPhonesAreReadAsTheLibraryReadsThem(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, seed))
	short := 0
	for region := range phonenumbers.GetSupportedRegions() {
		for i, text := range spellings(r, region) {
			if testing.Short() && i%10 != 0 {
				continue // the race detector makes one take fifty times as long, and there is no race in it
			}
			want, wantOK := parseAnyPhone(text, region)
			if got, ok := ParsePhone(text, region); got != want || ok != wantOK {
				t.Errorf("seed %d: ParsePhone(%q, %q) is %q, %v; the library says %q, %v", seed, text, region, got, ok, want, wantOK)
			}
		}
		if planOf(region) != nil {
			short++
		}
	}
	if short < 180 {
		t.Errorf("only %d regions are read the short way", short)
	}
}

// spellings are good, nearly good and random numbers of a region.
func spellings(r *rand.Rand, region string) []string {
	code := fmt.Sprint(phonenumbers.GetCountryCodeForRegion(region))
	prefix := phonenumbers.GetNddPrefixForRegion(region, true)
	var all []string
	for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE} {
		example := phonenumbers.GetExampleNumberForType(region, kind)
		if example == nil {
			continue
		}
		national := phonenumbers.GetNationalSignificantNumber(example)
		for _, n := range []string{national, national + "1", national[1:], prefix + national, "0" + national, mistyped(r, national)} {
			all = append(all, n, "+"+code+n, "00"+code+n, code+n, "0"+n, "+"+code+prefix+n)
		}
	}
	for range 25 {
		n := fmt.Sprint(r.Uint64N(1e15))
		n = n[:min(len(n), 3+r.IntN(12))]
		all = append(all, n, "+"+n, "0"+n, "00"+n, code+n, "+"+code+n, prefix+n)
	}
	return all
}

func mistyped(r *rand.Rand, number string) string {
	b := []byte(number)
	b[r.IntN(len(b))] = byte('0' + r.IntN(10))
	return string(b)
}

func FuzzParsePhone(f *testing.F) {
	for _, text := range []string{"+962791234567", "0791234567", "00962 79 123-4567", "٠٧٩١٢٣٤٥٦٧", "+", "\x00"} {
		f.Add(text, "JO")
	}
	f.Fuzz(func(t *testing.T, text, region string) {
		number, ok := ParsePhone(text, region)
		again, okAgain := ParsePhone(number, "")
		if ok && (!okAgain || again != number) {
			t.Errorf("%q is read as %q, and that as %q", text, number, again)
		}
	})
}

func BenchmarkParsePhone(b *testing.B) {
	for _, c := range []struct{ name, text, region string }{
		{"E.164", "+962791234567", "JO"},
		{"E.164 of Kenya", "+254712345678", "KE"},
		{"00 for the plus", "00962791234567", "JO"},
		{"00 for the plus in Kenya", "00254712345678", "KE"},
		{"as dialled at home", "0791234567", "JO"},
		{"as dialled at home in Kenya", "0712345678", "KE"},
		{"country code without plus", "962791234567", "JO"},
		{"a member number in Jordan", "4821903376", "JO"},
		{"a member number in Kenya", "4821903376", "KE"},
		{"by the library", "tel:0791234567", "JO"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParsePhone(c.text, c.region)
			}
		})
	}
}
