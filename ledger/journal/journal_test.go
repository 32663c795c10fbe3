package journal

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"iter"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for f, name := range map[Format]string{Hledger: "books.journal", Beancount: "books.beancount", CSV: "books.csv"} {
		t.Run(string(f), func(t *testing.T) {
			path := filepath.Join("testdata", name)
			// The file ends its lines as its neighbours do; TestCSVLinesEndAsInRFC4180 looks at those of the table.
			got := strings.ReplaceAll(written(t, f, sample(t)), "\r\n", "\n")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got; go test -update writes it anew):\n%s", path, diff)
			}
		})
	}
}

func TestParseFormat(t *testing.T) {
	for _, want := range formats {
		if got, err := ParseFormat(string(want)); got != want || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", want, got, err)
		}
	}
	_, err := ParseFormat("pdf")
	if !errors.Is(err, ledger.ErrInvalid) {
		t.Fatalf("ParseFormat(pdf): %v, want ErrInvalid", err)
	}
	for _, f := range formats {
		if !strings.Contains(err.Error(), string(f)) {
			t.Errorf("error %q does not name %s", err, f)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	booked := sample(t)[0]
	unbooked, unknown, strange := booked, booked, booked
	unbooked.BookedOn = 0
	unknown.Postings = []ledger.Posting{ledger.Dr(ledger.Account{Code: 7777, Party: "bank:main", Currency: "JOD"}, 1)}
	strange.Postings = []ledger.Posting{ledger.Dr(ledger.Account{Code: ledger.Bank, Party: "bank:main", Currency: "ZZZ"}, 1)}
	tests := []struct {
		name   string
		format Format
		entry  ledger.Entry
	}{
		{"an entry that was never booked", Hledger, unbooked},
		{"an account that is not in the chart", CSV, unknown},
		{"a currency that is not in ISO 4217", Beancount, strange},
		{"a format that there is not", "pdf", booked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := Write(io.Discard, tt.format, sequence(tt.entry)); !errors.Is(err, ledger.ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
		})
	}
}

func TestWriteReturnsTheErrorOfTheStore(t *testing.T) {
	lost := errors.New("connection lost")
	entries := func(yield func(ledger.Entry, error) bool) {
		_ = yield(sample(t)[0], nil) && yield(ledger.Entry{}, lost)
	}
	if err := Write(io.Discard, Hledger, entries); !errors.Is(err, lost) {
		t.Errorf("got %v, want the error of the store", err)
	}
}

func TestWriteStopsWhenTheReaderHasGone(t *testing.T) {
	read := 0
	endless := func(yield func(ledger.Entry, error) bool) {
		for e := sample(t)[0]; yield(e, nil); {
			read++
		}
	}
	gone, w := io.Pipe()
	_ = gone.Close()
	if err := Write(w, CSV, endless); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want a closed pipe", err)
	}
	if read > enough {
		t.Errorf("read %d entries for a reader that was gone", read)
	}
}

func TestAReasonForgesNoLine(t *testing.T) {
	e := sample(t)[0]
	e.Reason = "X, id:1\n2026-01-01 \"forged\" ; \r\n=1"
	for _, f := range formats {
		text := written(t, f, []ledger.Entry{e})
		if !strings.Contains(text, "X%2C%20id%3A1%0A2026-01-01%20%22forged%22%20%3B%20%0D%0A%3D1") {
			t.Errorf("%s does not hold the reason:\n%s", f, text)
		}
	}
}

func TestCSVLinesEndAsInRFC4180(t *testing.T) {
	for line := range strings.Lines(written(t, CSV, sample(t))) {
		if !strings.HasSuffix(line, "\r\n") {
			t.Errorf("line %q does not end in CR LF", line)
		}
	}
}

func TestCSVAddsUpToTheBalances(t *testing.T) {
	entries := randomBooks(t)
	rows, err := csv.NewReader(strings.NewReader(written(t, CSV, entries))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := balances{}
	for _, row := range rows[1:] {
		class := map[byte]string{
			'1': "assets", '2': "liabilities", '3': "equity", '4': "income", '5': "expenses", '9': "memorandum",
		}[row[5][0]]
		scheme := row[8]
		if scheme == "" {
			scheme = "_"
		}
		name := class + ":" + row[5] + ":" + scheme + ":" + row[7]
		got.add(name, row[9], row[10])
		got.add(name, row[9], "-"+row[11])
	}
	if diff := cmp.Diff(balancesOf(entries, AccountName).nonzero(), got.nonzero()); diff != "" {
		t.Errorf("(-books +csv):\n%s", diff)
	}
}

// sample is a small book with one of each thing: a contribution, its match, one in a currency without decimals that is
// booked in a later period, suspense with a reason, a budget, a settlement, a reversal.
func sample(t *testing.T) []ledger.Entry {
	t.Helper()
	var (
		bank     = ledger.Account{Code: ledger.Bank, Party: "bank:main", Currency: "JOD"}
		clearing = ledger.Account{Code: ledger.CollectorClearing, Party: "collector:m_pesa.jo-1", Currency: "JOD"}
		own      = ledger.Account{Code: ledger.OldAgeOwn, Party: "member:7ab3", Scheme: "basic", Currency: "JOD"}
		matched  = ledger.Account{Code: ledger.OldAgeMatched, Party: "member:7ab3", Scheme: "basic", Currency: "JOD"}
		subsidy  = ledger.Account{Code: ledger.SubsidyReceivable, Party: "funder:treasury", Scheme: "basic", Currency: "JOD"}
		suspense = ledger.Account{Code: ledger.Suspense, Party: "collector:m_pesa.jo-1", Currency: "JOD"}
		released = ledger.Account{Code: ledger.BudgetReleased, Party: "budget:match-2026", Scheme: "basic", Currency: "JOD"}
		voted    = ledger.Account{Code: ledger.BudgetVoted, Party: "budget:match-2026", Scheme: "basic", Currency: "JOD"}
		yenBank  = ledger.Account{Code: ledger.Bank, Party: "bank:main", Currency: "JPY"}
		yenOwn   = ledger.Account{Code: ledger.OldAgeOwn, Party: "member:7ab3", Scheme: "basic", Currency: "JPY"}
	)
	book := newBook()
	first := book.post(t, "contribution", 2026_03_02, "", ledger.Dr(clearing, 12_500), ledger.Cr(own, 12_500))
	book.post(t, "match", 2026_03_02, "", ledger.Dr(subsidy, 6_250), ledger.Cr(matched, 6_250))
	book.post(t, "contribution", 2026_01_31, "", ledger.Dr(yenBank, 1_500), ledger.Cr(yenOwn, 1_500))
	book.post(t, "contribution", 2026_03_03, "MEMBER_UNKNOWN", ledger.Dr(clearing, 1), ledger.Cr(suspense, 1))
	book.post(t, "release", 2026_03_03, "", ledger.Dr(voted, 100_000), ledger.Cr(released, 100_000))
	book.post(t, "settlement", 2026_03_04, "", ledger.Dr(bank, 12_501), ledger.Cr(clearing, 12_501))
	book.reverse(t, first)
	return book.Pending()
}

// written is the journal of the entries.
func written(t *testing.T, f Format, entries []ledger.Entry) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f, sequence(entries...)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sequence(entries ...ledger.Entry) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// balances are net amounts in major units by the account's name and currency.
type balances map[string]*big.Rat

// balancesOf adds up the entries' postings.
func balancesOf(entries []ledger.Entry, name func(ledger.Account) string) balances {
	bs := balances{}
	for _, e := range entries {
		for _, p := range e.Postings {
			m := ledger.Money{Minor: p.Net(), Currency: p.Account.Currency}
			bs.add(name(p.Account), string(m.Currency), m.Amount())
		}
	}
	return bs
}

var digits = regexp.MustCompile(`\d`)

// add adds an amount in digits; none is nothing.
func (bs balances) add(name, currency, amount string) {
	key := name + " " + currency
	if bs[key] == nil {
		bs[key] = new(big.Rat)
	}
	if !digits.MatchString(amount) {
		return
	}
	r, ok := new(big.Rat).SetString(amount)
	if !ok {
		panic("amount " + amount)
	}
	bs[key].Add(bs[key], r)
}

// nonzero is what stands on the accounts that are not at zero.
func (bs balances) nonzero() map[string]string {
	texts := map[string]string{}
	for key, r := range bs {
		if r.Sign() != 0 {
			texts[key] = r.FloatString(3)
		}
	}
	return texts
}
