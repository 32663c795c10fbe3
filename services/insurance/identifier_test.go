package insurance

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/privacy"
)

var amalsID = MemberIDOf([16]byte{1, 2, 3})

func TestAReferenceMeansWhatItMayMeanInOrder(t *testing.T) {
	number := func(v string) Identifier { return Identifier{ByNumber, v} }
	phone := func(v string) Identifier { return Identifier{ByPhone, v} }
	typed := func(v string) Identifier { return Identifier{ByDocumentNumber, v} }
	cases := []struct {
		name string
		ref  Reference
		want []Identifier
	}{
		{"a number", Reference{Number: "4821903376"}, []Identifier{number("4821903376")}},
		{"a number with spaces", Reference{Number: " 4821 903-376 "}, []Identifier{number("4821903376")}},
		{"a number in Arabic digits", Reference{Number: "٤٨٢١٩٠٣٣٧٦"}, []Identifier{number("4821903376")}},
		{"a paper card's number", Reference{Number: "001234"}, []Identifier{number("001234")}},
		{"a number too short", Reference{Number: "12345"}, nil},
		{"a number too short but for its spaces", Reference{Number: "12 3-45"}, nil},
		{"a number too long", Reference{Number: "12345678901234567"}, nil},
		{"a phone", Reference{Phone: "0791234567"}, []Identifier{phone("+962791234567")}},
		{"no phone", Reference{Phone: "12"}, nil},
		{"a document", Reference{Document: Document{"passport", "jo", "n 123-456"}}, []Identifier{{ByDocument, "passport|JO|N123456"}}},
		{"a document without issuer", Reference{Document: Document{Kind: "passport", Number: "N123456"}}, []Identifier{{ByDocument, "passport||N123456"}}},
		{"a document without number", Reference{Document: Document{"passport", "JO", " - "}}, nil},
		{"an id", Reference{Member: amalsID}, []Identifier{{ByMemberID, string(amalsID)}}},
		{"no id", Reference{Member: "amal"}, nil},
		{"typed digits may be a number or a document", Reference{Typed: "4821903376"}, []Identifier{number("4821903376"), typed("4821903376")}},
		{"a typed phone may be all three", Reference{Typed: "079 123 4567"}, []Identifier{number("0791234567"), phone("+962791234567"), typed("0791234567")}},
		{"a typed phone with a plus is no number", Reference{Typed: "+962 79 123 4567"}, []Identifier{phone("+962791234567"), typed("962791234567")}},
		{"a typed document", Reference{Typed: "n-123456"}, []Identifier{typed("N123456")}},
		{"the same thing twice is there once", Reference{Number: "4821903376", Typed: "4821 903 376"}, []Identifier{number("4821903376"), typed("4821903376")}},
		{"a name means nothing", Reference{Typed: "AMAL HADDAD"}, nil},
		{"too little means nothing", Reference{Typed: "A1"}, nil},
		{"nonsense means nothing", Reference{Typed: "?!\x00 \xff"}, nil},
		{"nothing means nothing", Reference{}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := c.ref.Identifiers("JO")
			if diff := cmp.Diff(c.want, []Identifier(got)); len(c.want)+len(got) > 0 && diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAMemberIsFoundByAllThatPointsToHer(t *testing.T) {
	m := Member{ID: amalsID, Number: "4821903376", Person: Person{
		Documents: []Document{{"passport", "JO", "n123456"}, {Kind: "voter-card", Number: "77"}, {"passport", "EG", "N123456"}},
		Phones:    []Phone{{Number: "+962791234567", From: 2026_01_01}, {Number: "+962781234567", From: 2025_01_01, To: 2025_12_31}},
	}}
	want := []DatedIdentifier{
		{Identifier{ByMemberID, string(amalsID)}, 0, 0}, {Identifier{ByNumber, "4821903376"}, 0, 0},
		{Identifier{ByDocument, "passport|JO|N123456"}, 0, 0}, {Identifier{ByDocument, "passport||N123456"}, 0, 0},
		{Identifier{ByDocumentNumber, "N123456"}, 0, 0}, {Identifier{ByDocument, "voter-card||77"}, 0, 0},
		{Identifier{ByDocument, "passport|EG|N123456"}, 0, 0},
		{Identifier{ByPhone, "+962791234567"}, 2026_01_01, 0}, {Identifier{ByPhone, "+962781234567"}, 2025_01_01, 2025_12_31},
	}
	if diff := cmp.Diff(want, m.Identifiers()); diff != "" {
		t.Error(diff)
	}
}

func TestEveryKindOfReferenceFindsTheMemberItNames(t *testing.T) {
	m := Member{ID: amalsID, Number: "4821903376", Person: Person{
		Documents: []Document{{"national-id", "JO", "99-12 345"}}, Phones: []Phone{{Number: "+962791234567"}},
	}}
	k, err := privacy.NewKeyring(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	hers := map[[16]byte]bool{}
	for _, id := range m.Identifiers() {
		hers[HashIdentifier(k, id.Identifier)] = true
	}
	for _, ref := range []Reference{
		{Number: "4821903376"}, {Phone: "0791234567"}, {Member: amalsID}, {Typed: "4821903376"}, {Typed: "00962791234567"},
		{Typed: "9912345"}, {Document: Document{"national-id", "jo", "9912345"}}, {Document: Document{Kind: "national-id", Number: "9912345"}},
	} {
		found := false
		for _, id := range ref.Identifiers("JO") {
			found = found || hers[HashIdentifier(k, id)]
		}
		if !found {
			t.Errorf("%+v does not find her", ref)
		}
	}
}

func TestAnIdentifierPointsOnItsDaysOnly(t *testing.T) {
	cases := []struct {
		name     string
		from, to ledger.Date
		want     bool
	}{
		{"without end", 0, 0, true},
		{"from that day on", 2026_03_10, 0, true},
		{"through that day", 0, 2026_03_10, true},
		{"from the next day", 2026_03_11, 0, false},
		{"through the day before", 0, 2026_03_09, false},
	}
	for _, c := range cases {
		if got := (Found{Member: amalsID, From: c.from, To: c.to}).On(2026_03_10); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAMembersIDIsOneOfTheBooksParties(t *testing.T) {
	id := MemberIDOf([16]byte(bytes.Repeat([]byte{0xff}, 16)))
	if len(id) != 26 || !id.WellFormed() {
		t.Errorf("%q has %d characters", id, len(id))
	}
	if _, err := ledger.NewParty(ledger.MemberKind, string(id)); err != nil {
		t.Error(err)
	}
	if got, want := amalsID.Party(), ledger.Party("member:"+string(amalsID)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	id = amalsID
	for _, wrong := range []MemberID{"", "amal", id + "a", id[1:], MemberID(strings.ToUpper(string(id))), id[:25] + "b", id[:25] + "\n", id + "\n"} {
		if wrong.WellFormed() {
			t.Errorf("%q could be an id", wrong)
		}
	}
}

func TestTheCheckDigitFindsSlips(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, seed))
	if got := damm("572"); got != 4 {
		t.Errorf("the check digit of Damm's own example 572 is %d, want 4", got)
	}
	for range 200 {
		number := NewNumber(r.Uint64())
		if len(number) != 10 || number[0] == '0' || !NumberChecks(number) {
			t.Fatalf("seed %d: number %s", seed, number)
		}
		for i := range number {
			for d := byte('0'); d <= '9'; d++ {
				wrong := number[:i] + string(rune(d)) + number[i+1:]
				if NumberChecks(wrong) != (wrong == number) {
					t.Errorf("seed %d: %s for %s is not found", seed, wrong, number)
				}
			}
			if i > 0 && number[i] != number[i-1] {
				wrong := number[:i-1] + number[i:i+1] + number[i-1:i] + number[i+1:]
				if NumberChecks(wrong) {
					t.Errorf("seed %d: %s for %s is not found", seed, wrong, number)
				}
			}
		}
	}
}

func TestThePaperCardsNumberIsTakenAsItIs(t *testing.T) {
	for _, good := range []string{"", "123456", "0000000001", "1234567890123456"} {
		if err := CheckCardNumber(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, wrong := range []string{"12345", "12345678901234567", "123 456", "12345a", "١٢٣٤٥٦", "123456\n"} {
		var fault Fault
		if err := CheckCardNumber(wrong); !errors.As(err, &fault) || fault.Field != "card_number" {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
}

func TestDigitsOfEveryScriptAreDigits(t *testing.T) {
	for r := range rune(0xffff) {
		got, ok := digitOf(r)
		if ok != unicode.Is(unicode.Nd, r) {
			t.Errorf("%q is a digit: %v", r, ok)
		}
		if ok && (got < '0' || got > '9') {
			t.Errorf("%q is read as %c", r, got)
		}
	}
	for r, want := range map[rune]byte{'٠': '0', '٩': '9', '۴': '4', '०': '0', '९': '9', '５': '5', '၇': '7'} {
		if got, _ := digitOf(r); got != want {
			t.Errorf("%c is read as %c, want %c", r, got, want)
		}
	}
}

func FuzzIdentifiers(f *testing.F) {
	for _, text := range []string{"4821903376", "079 123 4567", "n-123456", "\x00\xff", "ﷺ12345", "ß1234"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, id := range (Reference{Typed: text, Document: Document{Kind: "passport", Number: text}}).Identifiers("JO") {
			if id.Value == "" || CheckText("", "", id.Value, 4*len(text)+20) != nil {
				t.Errorf("%q gives %q", text, id)
			}
		}
	})
}

func BenchmarkIdentifiers(b *testing.B) {
	for _, text := range []string{"4821903376", "0791234567", "+962 79 123 4567", "AMAL HADDAD"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Reference{Typed: text}.Identifiers("JO")
			}
		})
	}
}
