// Package statement reads what a collector says happened on its side: one Line per line of its statement.
//
// A statement comes after the money: what it lists as completed has been taken from somebody. Hence its laws:
//
//   - S1 Every line comes out. After the header only a failing disk or network stops the reading. A line that says
//     nothing (blank, or the header once more) is passed over; any other is a Line, once, in the order of the file.
//   - S2 Damage stays where it is. A stray quote, a missing cell or an endless line harms its own line and no other.
//   - S3 What was taken is never refused. A line counts as completed unless it plainly says otherwise, and what
//     cannot be read of it is named in Unreadable.
//   - S4 Nothing is guessed. An amount is the exact text of the statement or empty, a time is read whole or is zero,
//     and of a line with other than the header's number of cells only the first is believed.
//   - S5 Every line has a reference, and the same line has the same reference on every reading.
//   - S6 Unreadable quotes references, amounts, times and code words, never the cell of a name or a phone (L11).
//   - S7 Memory is bounded, whatever the file: lines of 64 KiB, cells of 4 KiB, a look of four lines ahead.
//
// A receipt may stand on several lines: a payment listed twice, but also a charge under the receipt of the payment it
// was taken for. Kind and Reference together name what happened; Reference alone does not.
package statement

import (
	"bufio"
	"fmt"
	"io"
	"time"
)

// Kind says what a line did to the collector's account.
type Kind int

const (
	KindContribution Kind = iota + 1 // money came in
	KindReversal                     // money that had come in was taken back
	KindWithdrawal                   // money left, to a bank or for a charge
	KindFailed                       // nothing moved: failed, cancelled, declined, expired, pending
)

// String is the kind's word, as in the kind column of a plain statement.
func (k Kind) String() string {
	switch k {
	case KindContribution:
		return "contribution"
	case KindReversal:
		return "reversal"
	case KindWithdrawal:
		return "withdrawal"
	case KindFailed:
		return "failed"
	}
	return fmt.Sprintf("unknown kind %d", int(k))
}

// Line is one line of a statement. All its texts are valid UTF-8 without control characters.
type Line struct {
	Number int // in the file, from 1; of a line broken inside quotes, where it begins
	Kind   Kind

	Reference string // the collector's receipt number; "line-" and 16 hex digits where the line has none
	Original  string // of a reversal: the receipt it takes back

	Payer, PayerPhone string // as written; a phone may be masked with asterisks
	Member            string // what the payer typed as account reference
	Scheme            string // plain statements only
	PayerKind         string // plain statements only: self, family, sponsor, cooperative or empty
	Account           string // plain statements only: which of the member's accounts, as her scheme names it

	Currency  string    // three capital letters, or what Options say
	Amount    string    // positive decimal without separators, "1250.000"; empty where it cannot be read
	ValueTime time.Time // in Options.Location; zero where it cannot be read

	BankAccount string // of a withdrawal that is a settlement: Options.BankAccount; empty for charges and the like
	Unreadable  string // what could not be read, at most 512 bytes; empty where all was
}

// Options say what the statement itself does not.
type Options struct {
	Currency    string         // of an M-Pesa statement, and of plain lines that name none
	Location    *time.Location // of times that name no zone; nil is UTC
	BankAccount string         // where settlements go
}

// Format is the kind of file a statement came in.
//
// A plain one has the columns reference, time, amount, currency, member, payer, payer_phone, payer_kind, scheme,
// account, kind and original, in any order; reference, time, amount and member it must have. Time is RFC 3339, 2006-01-02 or
// 2006-01-02 15:04:05. Kind is contribution (or empty), reversal, withdrawal (to the bank), charge (a withdrawal that
// reaches no bank) or failed.
type Format string

const (
	FormatMpesa Format = "mpesa" // the export of an M-Pesa organisation (pay-bill) account
	FormatPlain Format = "plain" // Sanad's own CSV, for collectors without an export
)

// Reader gives a statement line by line, and io.EOF after the last. Once it has given an error it gives it again.
type Reader interface {
	Read() (Line, error)
}

// Open finds the header, which may follow a preamble of up to 64 lines, and reads by it. ErrHeader means that there is
// none, and names the columns it looked for.
func Open(r io.Reader, o Options) (Reader, Format, error) {
	if o.Location == nil {
		o.Location = time.UTC
	}
	lines := &lines{in: bufio.NewReaderSize(r, 32<<10)}
	head, err := findHeader(lines)
	if err != nil {
		return nil, "", fmt.Errorf("open statement: %w", err)
	}
	return &file{lines: lines, header: head, options: o}, head.layout.format, nil
}

// file is a statement whose header has been found.
type file struct {
	lines   *lines
	header  header
	options Options
}

// Read gives the next line that says something.
func (f *file) Read() (Line, error) {
	for {
		rec, err := f.lines.record(f.header.width)
		if err != nil {
			return Line{}, err
		}
		if rec.blank() || f.headerAgain(rec) {
			continue
		}
		return f.line(rec), nil
	}
}

// headerAgain is true for a header inside the file, as when two exports were pasted together. The second may have its
// columns in another order, so from here on it is the one that counts.
func (f *file) headerAgain(rec record) bool {
	if !f.header.layout.knows(rec.cells[0]) {
		return false
	}
	again, ok := recognise(rec.cells)
	if !ok || again.layout != f.header.layout {
		return false
	}
	f.header = again
	return true
}

// line reads one record by the rules of its format.
func (f *file) line(rec record) Line {
	r := newRow(rec, &f.header)
	l := f.header.layout.line(r, f.options)
	l.Number, l.Unreadable = rec.number, r.unreadable()
	return l
}
