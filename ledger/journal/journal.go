// Package journal writes the books as plain-text journals, so that an independent program can recompute every balance.
//
// What holds in every format:
//
//   - Every posting of every entry is written, in the order given, under its booking date: the balances that a program
//     adds up are those of the trial balance (L7). The value date and the recording time go along as tags.
//   - An account has one name, and no two accounts have the same name and currency.
//   - Nothing is kept but the accounts and currencies met so far: an account is declared just before the first entry
//     that uses it, and both programs take declarations anywhere in the file.
//   - A journal knows people by opaque id, as the books do (L11).
package journal

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
)

// Format is the way a journal is written.
type Format string

// The formats: for hledger, for beancount, and a table with a row for each posting.
const (
	Hledger   Format = "hledger"
	Beancount Format = "beancount"
	CSV       Format = "csv"
)

// layout writes one format.
type layout interface {
	// head begins the journal.
	head(*bytes.Buffer)
	// entry adds an entry, and before it the declarations that it is the first to need.
	entry(*bytes.Buffer, ledger.Entry)
}

var formats = []Format{Hledger, Beancount, CSV}

// ParseFormat reads the name of a format, or returns [ledger.ErrInvalid] with the names there are.
func ParseFormat(name string) (Format, error) {
	if f := Format(name); slices.Contains(formats, f) {
		return f, nil
	}
	return "", fmt.Errorf("%w: format %.40q is none of hledger, beancount, csv", ledger.ErrInvalid, name)
}

func layoutOf(f Format) (layout, error) {
	switch f {
	case Hledger:
		return hledgerLayout{newDeclared()}, nil
	case Beancount:
		return beancountLayout{newDeclared()}, nil
	case CSV:
		return csvLayout{}, nil
	}
	_, err := ParseFormat(string(f))
	return nil, err
}

// enough is how many bytes of text are gathered before they are written out.
const enough = 64 << 10

// Write writes the entries, as booked, in that format. It ends at the first error of the sequence or of the writer and
// returns it, and refuses with [ledger.ErrInvalid] an entry without booking date or with an account that is not in the
// chart. What was written up to an error may itself be a valid journal, so a caller must not keep it.
func Write(w io.Writer, f Format, entries iter.Seq2[ledger.Entry, error]) error {
	if err := write(w, f, entries); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

func write(w io.Writer, f Format, entries iter.Seq2[ledger.Entry, error]) error {
	layout, err := layoutOf(f)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	layout.head(&text)
	for e, err := range entries {
		if err != nil {
			return err
		}
		if err := check(e); err != nil {
			return err
		}
		layout.entry(&text, e)
		if text.Len() < enough {
			continue
		}
		if _, err := text.WriteTo(w); err != nil {
			return err
		}
	}
	_, err = text.WriteTo(w)
	return err
}

// check refuses what has no name or date in a journal. All else about an entry was checked when it was posted.
func check(e ledger.Entry) error {
	if e.BookedOn == 0 {
		return fmt.Errorf("%w: entry %s has no booking date", ledger.ErrInvalid, e.ID)
	}
	for _, p := range e.Postings {
		if _, ok := p.Account.Code.Control(); !ok {
			return fmt.Errorf("%w: entry %s has account %d, which is not in the chart", ledger.ErrInvalid, e.ID, p.Account.Code)
		}
		if _, err := p.Account.Currency.Decimals(); err != nil {
			return fmt.Errorf("entry %s: %w", e.ID, err)
		}
	}
	return nil
}

// amount is what the posting does to its account, debits positive, such as "-12.500 JOD".
func amount(p ledger.Posting) string {
	return ledger.Money{Minor: p.Net(), Currency: p.Account.Currency}.String()
}

// instant prints a recording time in UTC, to the last digit that the database gave.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// coded prints a kind or a reason. Those are codes such as MEMBER_UNKNOWN, but no law bounds their alphabet, and a line
// break or a comma in one must not forge a line of a journal: each byte that is no letter, digit, "_", "-" or "."
// becomes % and two hexadecimal digits.
func coded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; codeByte(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func codeByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}
