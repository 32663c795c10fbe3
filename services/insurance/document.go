package insurance

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Document is an identity document of any kind; nationality is not asked.
type Document struct {
	Kind   string `json:"kind,omitempty"`
	Issuer string `json:"issuer,omitempty"`
	Number string `json:"number,omitempty"`
}

// identity is kind, issuer and number in the one way in which they are looked for; empty where there is no number.
func (d Document) identity() string {
	number := lettersAndDigits(d.Number)
	if number == "" || d.Kind == "" {
		return ""
	}
	return d.Kind + "|" + lettersAndDigits(d.Issuer) + "|" + number
}

// identifiers are what a member with the document is found by.
func (d Document) identifiers() []Identifier {
	var ids candidates
	ids.add(ByDocument, d.identity())
	ids.add(ByDocument, Document{Kind: d.Kind, Number: d.Number}.identity())
	ids.add(ByDocumentNumber, typedDocument(d.Number))
	return ids
}

// shortestTyped is how many letters and digits make a document number worth looking for without knowing its kind.
const shortestTyped = 4

// typedDocument reads a document number of a kind not known: it has a digit somewhere. Empty where it is none.
func typedDocument(text string) string {
	number := lettersAndDigits(text)
	if len(number) < shortestTyped || !strings.ContainsAny(number, "0123456789") {
		return ""
	}
	return number
}

// lettersAndDigits keeps letters, in upper case, and digits, as 0 to 9: what people agree on when they copy a number.
func lettersAndDigits(text string) string {
	if plain(text) {
		return text
	}
	kept := make([]rune, 0, len(text))
	for _, r := range norm.NFKC.String(text) {
		if digit, ok := digitOf(r); ok {
			kept = append(kept, rune(digit))
		} else if unicode.IsLetter(r) {
			kept = append(kept, unicode.ToUpper(r))
		}
	}
	return string(kept)
}

// plain says whether the text is upper-case Latin letters and digits already.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// The limits of a document, as in the contract, in characters.
const (
	longestDocument = 64
	longestIssuer   = 16
)

var documentKind = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (d Document) check(field string) error {
	if !documentKind.MatchString(d.Kind) {
		return Fault{field + "kind", "DOCUMENT_INVALID", "name the kind in small letters and hyphens, such as national-id"}
	}
	if err := CheckText(field+"issuer", "DOCUMENT_INVALID", d.Issuer, longestIssuer); err != nil {
		return err
	}
	if err := CheckText(field+"number", "DOCUMENT_INVALID", d.Number, longestDocument); err != nil {
		return err
	}
	if d.identity() == "" {
		return Fault{field + "number", "DOCUMENT_INVALID", "give the number on it: letters or digits"}
	}
	return nil
}
