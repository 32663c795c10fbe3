package statement_test

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/payments/statement"
)

var (
	plainDecimal = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	onlyZeros    = regexp.MustCompile(`^[0.]*$`)
)

// FuzzOpen gives any bytes to both formats: as a file of their own, and as the lines under a good header.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"mpesa.csv", "plain.csv"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		"", "\"", "UCE9,14-03-2026 08:00:00,,Completed,\"1,000\",,,,,M1\r\n", "R1,2026-03-14,1.000,M1\n\"R2,\"\n\",\n",
		"R1,\"a\nb\",c,d\n", "\xff\x00,,,\n", "R1,2026-03-14,1", mpesaHeader + mpesaHeader,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, head := range []string{"", mpesaHeader, "reference,time,amount,member,currency,kind,original,payer_kind\n"} {
			if first, again := drain(t, head+string(text)), drain(t, head+string(text)); !cmp.Equal(first, again) {
				t.Errorf("two readings differ:\n%s", cmp.Diff(first, again))
			}
		}
	})
}

// drain reads to the end and checks what holds for every line of whatever file.
func drain(t *testing.T, text string) []statement.Line {
	r, _, err := statement.Open(strings.NewReader(text), options)
	if err != nil {
		if !errors.Is(err, statement.ErrHeader) {
			t.Errorf("open: %v", err)
		}
		return nil
	}
	var lines []statement.Line
	number := 1
	for {
		l, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if l.Number <= number || l.Number > strings.Count(text, "\n")+1 {
			t.Errorf("line %d comes after line %d", l.Number, number)
		}
		number = l.Number
		checkLine(t, l)
		lines = append(lines, l)
	}
}

// checkLine checks what holds for every line.
func checkLine(t *testing.T, l statement.Line) {
	if l.Reference == "" || len(l.Reference) > 128 {
		t.Errorf("reference %q", l.Reference)
	}
	if l.Amount != "" && (!plainDecimal.MatchString(l.Amount) || onlyZeros.MatchString(l.Amount)) {
		t.Errorf("amount %q is no positive decimal", l.Amount)
	}
	if l.Kind < contribution || l.Kind > failed {
		t.Errorf("%v", l.Kind)
	}
	if l.Unreadable == "" && l.Kind != failed && (l.Amount == "" || l.ValueTime.IsZero()) {
		t.Errorf("nothing said about what is missing: %+v", l)
	}
	if l.BankAccount != "" && l.Kind != withdrawal || l.Original != "" && l.Kind != reversal {
		t.Errorf("a %v with %q and %q", l.Kind, l.BankAccount, l.Original)
	}
	if len(l.Unreadable) > 512 {
		t.Errorf("unreadable has %d bytes", len(l.Unreadable))
	}
	for _, text := range []string{
		l.Reference, l.Original, l.Payer, l.PayerPhone, l.Member, l.Scheme, l.Account, l.PayerKind, l.Currency, l.Amount, l.Unreadable,
	} {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q is no clean text", text)
		}
	}
}
