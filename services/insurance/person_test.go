package insurance

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

const today ledger.Date = 2026_03_10

func amal() Person {
	return Person{
		Name: "Amal Haddad", Birth: Birth{Year: 1990}, Language: "ar",
		Documents: []Document{{"national-id", "JO", "9912345"}},
		Phones:    []Phone{{Number: "+962791234567", From: today}},
	}
}

func TestTheFormOfAPerson(t *testing.T) {
	cases := []struct {
		name   string
		change func(*Person)
		field  string // at fault; empty where all is well
		reason string
	}{
		{"all is known", func(*Person) {}, "", ""},
		{"a phone is enough", func(p *Person) { *p = Person{Phones: p.Phones} }, "", ""},
		{"a document is enough", func(p *Person) { *p = Person{Documents: p.Documents} }, "", ""},
		{"a member who vouches is enough", func(p *Person) { *p = Person{Voucher: Voucher{Member: amalsID}} }, "", ""},
		{"an officer who vouches is enough", func(p *Person) { *p = Person{Voucher: Voucher{Officer: "union-7 Badr"}} }, "", ""},
		{"none of these", func(p *Person) { *p = Person{Name: "Amal"} }, "person.voucher", "VOUCHER_MISSING"},
		{"two vouchers", func(p *Person) { p.Voucher = Voucher{amalsID, "Badr"} }, "person.voucher", "VOUCHER_INVALID"},
		{"a voucher who can be no member", func(p *Person) { p.Voucher.Member = "amal" }, "person.voucher.member_id", "VOUCHER_UNKNOWN"},
		{"an officer with a line break", func(p *Person) { p.Voucher.Officer = "Badr\n" }, "person.voucher.group_officer", "VOUCHER_INVALID"},

		{"a name with NUL", func(p *Person) { p.Name = "Am\x00al" }, "person.name", "NAME_INVALID"},
		{"a name with an escape", func(p *Person) { p.Name = "Amal\x1b[31m" }, "person.name", "NAME_INVALID"},
		{"a name with a line separator", func(p *Person) { p.Name = "Amal\u2028" }, "person.name", "NAME_INVALID"},
		{"a name that is not UTF-8", func(p *Person) { p.Name = "Am\xffal" }, "person.name", "NAME_INVALID"},
		{"a name too long", func(p *Person) { p.Name = strings.Repeat("أ", 257) }, "person.name", "NAME_INVALID"},
		{"a name as long as may be", func(p *Person) { p.Name = strings.Repeat("أ", 256) }, "", ""},
		{"a name with a joiner", func(p *Person) { p.Name = "می\u200cخواهم" }, "", ""},

		{"a day of birth", func(p *Person) { p.Birth = Birth{On: 1990_02_28, Evidence: EvidenceDocument} }, "", ""},
		{"no such day", func(p *Person) { p.Birth = Birth{On: 1990_02_30} }, "person.birth.date", "BIRTH_INVALID"},
		{"born next week", func(p *Person) { p.Birth = Birth{On: today.AddDays(7)} }, "person.birth.date", "BIRTH_INVALID"},
		{"born tomorrow, where it is tomorrow already", func(p *Person) { p.Birth = Birth{On: today.AddDays(1)} }, "", ""},
		{"born next year", func(p *Person) { p.Birth = Birth{Year: 2027} }, "person.birth.year", "BIRTH_INVALID"},
		{"born too long ago", func(p *Person) { p.Birth = Birth{Year: 1879} }, "person.birth.year", "BIRTH_INVALID"},
		{"a stated age", func(p *Person) { p.Birth = Birth{StatedYears: 35, StatedOn: today} }, "", ""},
		{"a newborn", func(p *Person) { p.Birth = Birth{StatedOn: today} }, "", ""},
		{"an age stated on no day", func(p *Person) { p.Birth = Birth{StatedYears: 35} }, "person.birth.age.on", "BIRTH_INVALID"},
		{"an age below zero", func(p *Person) { p.Birth = Birth{StatedYears: -1, StatedOn: today} }, "person.birth.age.years", "BIRTH_INVALID"},
		{"an age beyond belief", func(p *Person) { p.Birth = Birth{StatedYears: 131, StatedOn: today} }, "person.birth.age.years", "BIRTH_INVALID"},
		{"a year and an age", func(p *Person) { p.Birth = Birth{Year: 1990, StatedOn: today} }, "person.birth", "BIRTH_INVALID"},
		{"evidence of no kind", func(p *Person) { p.Birth.Evidence = "rumour" }, "person.birth.evidence", "BIRTH_INVALID"},

		{"a document of no kind", func(p *Person) { p.Documents[0].Kind = "" }, "person.documents[0].kind", "DOCUMENT_INVALID"},
		{"a document's kind in capitals", func(p *Person) { p.Documents[0].Kind = "Passport" }, "person.documents[0].kind", "DOCUMENT_INVALID"},
		{"a document's issuer too long", func(p *Person) { p.Documents[0].Issuer = strings.Repeat("x", 17) }, "person.documents[0].issuer", "DOCUMENT_INVALID"},
		{"a document without number", func(p *Person) { p.Documents[0].Number = "--" }, "person.documents[0].number", "DOCUMENT_INVALID"},
		{"a document's number with a tab", func(p *Person) { p.Documents[0].Number = "99\t12" }, "person.documents[0].number", "DOCUMENT_INVALID"},
		{"nine documents", func(p *Person) { p.Documents = make([]Document, 9) }, "person.documents", "DOCUMENT_INVALID"},

		{"a phone that can't be", func(p *Person) { p.Phones = append(p.Phones, Phone{Number: "12345"}) }, "person.phones[1].number", "PHONE_INVALID"},
		{"a phone that ends before it begins", func(p *Person) { p.Phones[0].To = today - 1 }, "person.phones[0]", "PHONE_INVALID"},
		{"a phone from no day", func(p *Person) { p.Phones[0].From = 2026_02_30 }, "person.phones[0]", "PHONE_INVALID"},
		{"a phone twice on one day", func(p *Person) { p.Phones = append(p.Phones, Phone{Number: "0791234567", From: 2025_01_01}) }, "person.phones[1]", "PHONE_INVALID"},
		{"a phone with a pause", func(p *Person) {
			p.Phones = append(p.Phones, Phone{Number: "0791234567", From: 2025_01_01, To: 2025_12_31})
		}, "", ""},
		{"nine phones", func(p *Person) { p.Phones = make([]Phone, 9) }, "person.phones", "PHONE_INVALID"},
		{"a language in three letters", func(p *Person) { p.Language = "ara" }, "person.language", "LANGUAGE_INVALID"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := amal()
			c.change(&p)
			_, err := p.Read("JO", today)
			var fault Fault
			if errors.As(err, &fault); fault.Field != c.field || fault.Reason != c.reason {
				t.Errorf("got %q (%v), want %s %s", fault, err, c.field, c.reason)
			}
			if err != nil && !errors.Is(err, ledger.ErrInvalid) {
				t.Errorf("%v is not of the family %v", err, ledger.ErrInvalid)
			}
		})
	}
	if _, err := amal().Read("ZZ", today); err == nil {
		t.Error("phones are read in a region that is none")
	}
}

// L11: what is refused may be about a person, and errors are logged.
func TestAFaultDoesNotRepeatWhatWasSent(t *testing.T) {
	secret := "s3cret"
	for _, p := range []Person{
		{Name: secret + "\x00"}, {Phones: []Phone{{Number: secret}}}, {Language: secret},
		{Documents: []Document{{Kind: secret + "!", Number: "1"}}}, {Documents: []Document{{"passport", secret + "\n", "1"}}},
		{Voucher: Voucher{Member: MemberID(secret)}}, {Voucher: Voucher{Officer: secret + "\n"}},
		{Birth: Birth{Evidence: Evidence(secret)}},
	} {
		if _, err := p.Read("JO", today); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("got %v", err)
		}
	}
}

func TestWhatIsSentTwiceIsKeptOnce(t *testing.T) {
	p := amal()
	p.Documents = append(p.Documents, p.Documents[0])
	p.Phones = []Phone{{Number: "0791234567"}, {Number: "+962 79 123 4567"}}
	got, err := p.Read("JO", today)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(amal(), got); diff != "" {
		t.Error(diff)
	}
}

func TestPhonesChangeFromADayOn(t *testing.T) {
	const (
		a, b, c = "+962791234567", "+962781234567", "+962771234567"
		before  = today - 1
	)
	cases := []struct {
		name           string
		had, now, want []Phone
	}{
		{"a new phone takes the old one's place", []Phone{{a, 2025_01_01, 0}}, []Phone{{b, today, 0}}, []Phone{{a, 2025_01_01, before}, {b, today, 0}}},
		{"a phone she keeps, keeps its first day", []Phone{{a, 2025_01_01, 0}}, []Phone{{a, today, 0}, {b, today, 0}}, []Phone{{a, 2025_01_01, 0}, {b, today, 0}}},
		{"one named with its own first day is kept too", []Phone{{a, 2025_01_01, 0}}, []Phone{{a, 2025_01_01, 0}}, []Phone{{a, 2025_01_01, 0}}},
		{"a phone she keeps until a day", []Phone{{a, 2025_01_01, 0}}, []Phone{{a, today, 2026_12_31}}, []Phone{{a, 2025_01_01, 2026_12_31}}},
		{"a past phone stays", []Phone{{a, 2025_01_01, 2025_06_30}, {b, 2025_07_01, 0}}, []Phone{{b, today, 0}}, []Phone{{a, 2025_01_01, 2025_06_30}, {b, 2025_07_01, 0}}},
		{"a past phone that is named stays as it is", []Phone{{a, 2025_01_01, 2025_06_30}}, []Phone{{a, 2025_01_01, 2025_06_30}}, []Phone{{a, 2025_01_01, 2025_06_30}}},
		{"a past phone comes back", []Phone{{a, 2025_01_01, 2025_06_30}}, []Phone{{a, today, 0}}, []Phone{{a, 2025_01_01, 2025_06_30}, {a, today, 0}}},
		{"no phone ends all", []Phone{{a, 2025_01_01, 0}, {b, 2025_01_01, 0}}, nil, []Phone{{a, 2025_01_01, before}, {b, 2025_01_01, before}}},
		{"one of today is dropped", []Phone{{a, today, 0}}, []Phone{{b, today, 0}}, []Phone{{b, today, 0}}},
		{"one of tomorrow is dropped", []Phone{{a, today + 1, 0}}, []Phone{{c, today, 0}}, []Phone{{c, today, 0}}},
		{"one from later on leaves a gap", []Phone{{a, 2025_01_01, 0}}, []Phone{{a, 2026_06_01, 0}}, []Phone{{a, 2025_01_01, before}, {a, 2026_06_01, 0}}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Person{Phones: tc.had}.ChangePhones(today, tc.now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.Phones); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := (Person{Phones: []Phone{{a, 2025_01_01, 2025_06_30}}}).ChangePhones(today, []Phone{{a, 2025_06_01, 0}}); err == nil {
		t.Error("a phone is hers twice on one day")
	}
	var many Person
	for n := range 63 {
		many.Phones = append(many.Phones, Phone{fmt.Sprintf("+9627900000%02d", n), 2025_01_01, 2025_06_30})
	}
	many, err := many.ChangePhones(today, []Phone{{a, today, 0}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := many.ChangePhones(today+1, []Phone{{b, today + 1, 0}}); err == nil {
		t.Error("a member has more phones than anybody has")
	}
}

func TestPeopleOnOnePhoneWhoMayBeTheSame(t *testing.T) {
	cases := []struct {
		name string
		a, b Person
		want bool
	}{
		{"the same name", Person{Name: "Amal Haddad"}, Person{Name: "amal  HADDAD"}, true},
		{"a name more", Person{Name: "Amal Haddad"}, Person{Name: "Amal Yusuf Haddad"}, true},
		{"names in another order", Person{Name: "Amal Haddad"}, Person{Name: "Haddad, Amal"}, true},
		{"accents left out", Person{Name: "Zoé N'Diaye"}, Person{Name: "Zoe N Diaye"}, true},
		{"Arabic spellings", Person{Name: "أمل فاطمة"}, Person{Name: "امل فاطمه"}, true},
		{"Arabic vowel signs", Person{Name: "مُحَمَّد"}, Person{Name: "محمد"}, true},
		{"a sister", Person{Name: "Amal Haddad"}, Person{Name: "Mona Haddad"}, false},
		{"births a year apart", Person{Name: "Amal", Birth: Birth{Year: 1990}}, Person{Name: "Amal", Birth: Birth{StatedYears: 35, StatedOn: 2026_03_10}}, true},
		{"a mother of the same name", Person{Name: "Amal", Birth: Birth{Year: 1960}}, Person{Name: "Amal", Birth: Birth{On: 1990_05_01}}, false},
		{"no name, the same year", Person{Birth: Birth{Year: 1990}}, Person{Name: "Amal", Birth: Birth{Year: 1990}}, true},
		{"no name, no year", Person{}, Person{Name: "Amal", Birth: Birth{Year: 1990}}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.a.Resembles(c.b); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if got := c.b.Resembles(c.a); got != c.want {
				t.Errorf("the other way: got %v, want %v", got, c.want)
			}
		})
	}
}

func TestEachReasonHasItsFamily(t *testing.T) {
	families := map[string]error{
		MemberUnknown: ledger.ErrNotFound, MemberErased: ErrErased, CardNumberTaken: ErrTaken,
		ReferenceReused: ledger.ErrReferenceReused, "NAME_INVALID": ledger.ErrInvalid,
	}
	for reason, family := range families {
		for other, want := range families {
			if got := errors.Is(Fault{Reason: reason}, want); got != errors.Is(want, family) {
				t.Errorf("%s is of the family of %s: %v", reason, other, got)
			}
		}
	}
}
