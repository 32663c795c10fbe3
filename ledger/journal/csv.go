package journal

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"sanad.dev/sanad/ledger"
)

// csvColumns are the columns of the table. Exactly one of debit and credit is filled in each row.
var csvColumns = []string{
	"entry_id", "kind", "value_date", "booking_date", "recorded_at", "account_code", "account_name", "party", "scheme",
	"currency", "debit", "credit", "undoes", "reason",
}

// csvLayout writes a table by RFC 4180, lines ended by CR LF, a row for each posting.
//
// It puts no apostrophe before a field that a spreadsheet might take for a formula, for that would change what other
// programs read. It need not: ids, dates, numbers and the chart's names are our own, parties begin with a letter, and a
// scheme, kind or reason has only letters, digits, "_", "-", "." and "%". One that begins with a hyphen could at worst
// be read as the negative of another cell; a call needs a bracket, and a link to the outside a bar or an exclamation mark.
type csvLayout struct{}

func (csvLayout) head(b *bytes.Buffer) { writeRows(b, csvColumns) }

func (csvLayout) entry(b *bytes.Buffer, e ledger.Entry) {
	rows := make([][]string, len(e.Postings))
	for i, p := range e.Postings {
		rows[i] = csvRow(e, p)
	}
	writeRows(b, rows...)
}

func csvRow(e ledger.Entry, p ledger.Posting) []string {
	a := p.Account
	control, _ := a.Code.Control()
	undoes := ""
	if !e.Undoes.IsZero() {
		undoes = e.Undoes.String()
	}
	return []string{
		e.ID.String(), coded(string(e.Kind)), e.ValueOn.String(), e.BookedOn.String(), instant(e.RecordedAt),
		strconv.Itoa(int(a.Code)), control.Name, string(a.Party), string(a.Scheme), string(a.Currency),
		column(p.Debit, a.Currency), column(p.Credit, a.Currency), undoes, coded(e.Reason),
	}
}

// column prints an amount in its column, and nothing where the posting is in the other one.
func column(minor int64, c ledger.Currency) string {
	if minor == 0 {
		return ""
	}
	return ledger.Money{Minor: minor, Currency: c}.Amount()
}

// writeRows cannot fail: a buffer takes all.
func writeRows(b *bytes.Buffer, rows ...[]string) {
	w := csv.NewWriter(b)
	w.UseCRLF = true
	_ = w.WriteAll(rows)
}
