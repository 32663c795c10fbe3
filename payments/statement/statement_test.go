package statement_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/payments/statement"
)

var (
	amman   = time.FixedZone("Amman", 3*60*60)
	options = statement.Options{Currency: "JOD", Location: amman, BankAccount: "JO94CBJO0010000000000131000302"}
)

const mpesaHeader = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Reason Type,Other Party Info,Linked Transaction ID,A/C No.\n"

// readAll reads a statement to its end.
func readAll(t *testing.T, text string, o statement.Options) []statement.Line {
	t.Helper()
	r, _, err := statement.Open(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	var lines []statement.Line
	for {
		l, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
}

// readFile reads a statement under testdata.
func readFile(t *testing.T, name string) []statement.Line {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, string(text), options)
}

// readOne reads an M-Pesa statement of a single line.
func readOne(t *testing.T, line string) statement.Line {
	t.Helper()
	lines := readAll(t, mpesaHeader+line+"\n", options)
	if len(lines) != 1 {
		t.Fatalf("got %d lines, want 1: %+v", len(lines), lines)
	}
	return lines[0]
}

func on14March(hour, minute, second int) time.Time {
	return time.Date(2026, time.March, 14, hour, minute, second, 0, amman)
}

func TestAnMpesaExportIsReadLineByLine(t *testing.T) {
	in := func(l statement.Line) statement.Line {
		l.Kind, l.Currency = statement.KindContribution, "JOD"
		return l
	}
	rania := statement.Line{
		Reference: "UCE4K7Q2MX", Payer: "RANIA HADDAD", PayerPhone: "962791234567", Member: "0791234567",
		Amount: "10.000", ValueTime: on14March(8, 2, 11),
	}
	first, again := rania, rania
	first.Number, again.Number = 10, 12
	want := []statement.Line{
		in(first),
		in(statement.Line{
			Number: 11, Reference: "UCE9ZP01TT", Payer: "COOPERATIVE OF JERASH", PayerPhone: "962785550101",
			Member: "JO 20417", Amount: "1250.000", ValueTime: on14March(8, 15, 40),
		}),
		in(again),
		in(statement.Line{
			Number: 13, Reference: "UCE1F88AB0", Payer: `OMAR "ABU LAYLA" NSOUR`, PayerPhone: "9627****4321",
			Member: "my sister", Amount: "5.500", ValueTime: on14March(9, 31, 0),
		}),
		{
			Number: 14, Kind: statement.KindFailed, Reference: "UCE2NN73CD", Payer: "LINA SAAD", PayerPhone: "962770001122",
			Member: "JO20999", Currency: "JOD", Amount: "25.000", ValueTime: on14March(9, 40, 12),
		},
		{
			Number: 15, Kind: statement.KindReversal, Reference: "UCE5RV10QZ", Original: "UCE9ZP01TT",
			Payer: "COOPERATIVE OF JERASH", PayerPhone: "962785550101", Currency: "JOD", Amount: "1250.000",
			ValueTime: on14March(10, 5, 33),
		},
		{
			Number: 16, Kind: statement.KindWithdrawal, Reference: "UCE6CH44WE", Currency: "JOD", Amount: "0.250",
			ValueTime: on14March(10, 5, 34),
		},
		{
			Number: 17, Kind: statement.KindWithdrawal, Reference: "UCE7BK52RR", Payer: "555000 - ARAB BANK",
			Currency: "JOD", Amount: "12000.000", ValueTime: on14March(16, 0, 0), BankAccount: options.BankAccount,
		},
		in(statement.Line{
			Number: 18, Reference: "UCE8TY66PL", Payer: "SAMI ODEH", PayerPhone: "962799990000", Member: "JO10007",
			Unreadable: `Completion Time not readable: "#######"; Paid In not readable: "#######"`,
		}),
		in(statement.Line{
			Number: 19, Reference: "line-8eddc18712a5b977", Payer: "HUDA QASEM", PayerPhone: "962790007700", Member: "JO30001",
			Amount: "7.000", ValueTime: on14March(16, 45, 9),
			Unreadable: "no Receipt No., so line-8eddc18712a5b977 stands for it",
		}),
		in(statement.Line{
			Number: 20, Reference: "UCE3MM09KK", Payer: "YARA", PayerPhone: "962791112223", Member: "JO30002",
			Amount: "8.000", ValueTime: on14March(17, 1, 0),
		}),
		in(statement.Line{
			Number: 21, Reference: "UCE0XX31HH", Payer: "ZAIN", PayerPhone: "962791112224", Member: "JO30003",
			Amount: "9.000", ValueTime: on14March(17, 2, 0),
		}),
		in(statement.Line{
			Number: 23, Reference: "UCEAJ55DFG", Payer: "NOOR", PayerPhone: "962791112225", Member: "JO30004",
			Amount: "3.000", ValueTime: on14March(17, 10, 0),
			Unreadable: `Transaction Status not understood, taken as completed: "In Progress?"`,
		}),
	}
	if diff := cmp.Diff(want, readFile(t, "mpesa.csv")); diff != "" {
		t.Errorf("lines differ (-want +got):\n%s", diff)
	}
}

func TestAPlainStatementIsReadLineByLine(t *testing.T) {
	midnight := func(day int) time.Time { return time.Date(2026, time.March, day, 0, 0, 0, 0, amman) }
	want := []statement.Line{
		{
			Number: 2, Kind: statement.KindContribution, Reference: "COOP-0001", Payer: "Cooperative of Jerash",
			PayerPhone: "+962785550101", Member: "JO20417", Scheme: "jerash", PayerKind: "cooperative", Currency: "JOD",
			Amount: "1250.000", ValueTime: on14March(9, 0, 0),
		},
		{
			Number: 3, Kind: statement.KindContribution, Reference: "COOP-0002", Member: "JO 20418", Account: "MA", Currency: "JOD",
			Amount: "10.5", ValueTime: midnight(14),
		},
		{
			Number: 4, Kind: statement.KindReversal, Reference: "COOP-0003", Original: "COOP-0001", Currency: "JOD",
			Amount: "1250.000", ValueTime: on14March(10, 15, 0),
		},
		{
			Number: 5, Kind: statement.KindWithdrawal, Reference: "COOP-0004", Currency: "JOD", Amount: "1000.000",
			ValueTime: midnight(15), BankAccount: options.BankAccount,
		},
		{
			Number: 6, Kind: statement.KindWithdrawal, Reference: "COOP-0005", Currency: "JOD", Amount: "0.750",
			ValueTime: midnight(15),
		},
		{
			Number: 7, Kind: statement.KindContribution, Reference: "COOP-0006", Member: "JO20419",
			Unreadable: `time not readable: "15/03/2026"; amount not readable: "ten"; currency not readable: "Dinar"; ` +
				`payer_kind not understood: "friend"; account not readable: "of my own"; kind not understood, taken as contribution: "gift"`,
		},
		{
			Number: 8, Kind: statement.KindFailed, Reference: "COOP-0007", Member: "JO20420", Currency: "JOD", Amount: "5.000",
			ValueTime: midnight(15),
		},
	}
	if diff := cmp.Diff(want, readFile(t, "plain.csv")); diff != "" {
		t.Errorf("lines differ (-want +got):\n%s", diff)
	}
}

func TestTheHeaderPicksTheFormat(t *testing.T) {
	tests := []struct {
		name, text string
		want       statement.Format
	}{
		{"an export", mpesaHeader, statement.FormatMpesa},
		{"an export with other columns between", "Balance,SN," + mpesaHeader, statement.FormatMpesa},
		{"an export that spells and orders its columns differently", "a/c no,LINKED TRANSACTION ID,other  party info,Reason Type,Withdrawn,Paid in,Transaction Status,Details,Completion Time,Receipt No\r\n", statement.FormatMpesa},
		{"an export after a preamble and a blank line", "\ufeffShort Code,555000\n\n" + mpesaHeader, statement.FormatMpesa},
		{"an export with a quoted header", `"` + strings.ReplaceAll(strings.TrimSpace(mpesaHeader), ",", `","`) + `"`, statement.FormatMpesa},
		{"a plain one with what is required", "member,amount,time,reference", statement.FormatPlain},
		{"a plain one from a spreadsheet", "\ufeffReference,Time,Amount,Member,Remarks,,\r\n", statement.FormatPlain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got, err := statement.Open(strings.NewReader(tt.text), options)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestAnUnknownHeaderIsRefusedByNamingTheColumns(t *testing.T) {
	tests := []struct{ name, text string }{
		{"an empty file", ""},
		{"another bank's export", "Date,Narrative,Debit,Credit\n01/02/2026,x,,1\n"},
		{"a column is missing", strings.Replace(mpesaHeader, "Withdrawn,", "", 1)},
		{"a column stands twice", strings.Replace(mpesaHeader, "Details", "Paid In", 1)},
		{"the preamble never ends", strings.Repeat("x\n", 64) + mpesaHeader},
		{"no text at all", "PK\x03\x04\x00\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := statement.Open(strings.NewReader(tt.text), options)
			if !errors.Is(err, statement.ErrHeader) {
				t.Fatalf("got %v, want ErrHeader", err)
			}
			for _, column := range []string{"Receipt No.", "Linked Transaction ID", "reference, time, amount, member"} {
				if !strings.Contains(err.Error(), column) {
					t.Errorf("%q does not name %q", err, column)
				}
			}
		})
	}
}

func TestAFailingFileIsAnErrorThatStays(t *testing.T) {
	broken := errors.New("disk gone")
	in := io.MultiReader(strings.NewReader(mpesaHeader+"UCE1,,,Failed,,,,,,\nUCE2,half a li"), iotest.ErrReader(broken))
	r, _, err := statement.Open(in, options)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := r.Read(); err != nil || l.Reference != "UCE1" {
		t.Fatalf("got %+v, %v; want the line before the failure", l, err)
	}
	for range 2 {
		if l, err := r.Read(); !errors.Is(err, broken) || l != (statement.Line{}) {
			t.Errorf("got %+v, %v; want the failure and no half line", l, err)
		}
	}
}

func TestTheHeaderInsideTheFileIsPassedOverAndCounts(t *testing.T) {
	first := "reference,time,amount,member\nA1,2026-03-14,1.000,M1\n"
	second := "member,amount,reference,time\nM2,2.000,A2,2026-03-14\n"
	var got []string
	for _, l := range readAll(t, first+"\n,,,\n"+second, options) {
		got = append(got, fmt.Sprint(l.Number, l.Reference, l.Amount, l.Member, l.Unreadable))
	}
	if diff := cmp.Diff([]string{"2A11.000M1", "6A22.000M2"}, got); diff != "" {
		t.Errorf("lines differ (-want +got):\n%s", diff)
	}
}

func TestTheSameLineHasTheSameReferenceInEveryFile(t *testing.T) {
	line := `,14-03-2026 08:00:00,,Completed,"1,000",,Pay Bill Online,,,M1` + "\n"
	other := strings.Replace(line, "M1", "M2", 1)
	lines := readAll(t, mpesaHeader+line+other, options)
	again := readAll(t, "Short Code,1\n"+strings.ReplaceAll(mpesaHeader+other+line, "\n", "\r\n"), options)
	if lines[0].Reference != again[1].Reference || lines[1].Reference != again[0].Reference {
		t.Errorf("references changed from file to file: %+v, %+v", lines, again)
	}
	if lines[0].Reference == lines[1].Reference {
		t.Errorf("two lines share %s", lines[0].Reference)
	}
}

func TestEndlessLinesThatDifferOnlyFarOutKeepTheirOwnReferences(t *testing.T) {
	endless := "," + strings.Repeat("x", 70_000)
	lines := readAll(t, mpesaHeader+endless+"1\n"+endless+"2\n", options)
	if len(lines) != 2 || lines[0].Reference == lines[1].Reference {
		t.Errorf("got %d lines, references %q and %q", len(lines), lines[0].Reference, lines[1].Reference)
	}
}

// S2, with each damage in each place: the lines around it are read as if nothing were wrong.
func TestADamagedLineHarmsNoOther(t *testing.T) {
	const good = `UCE%07d,14-03-2026 08:00:00,"Pay, Bill",Completed,"1,250.000",,Pay Bill Online,962791234567 - RANIA,,M%d` + "\n"
	damaged := []string{
		`"`, `"""`, `UCE"`, `UCEX,"`, `UCEX,"14-03`, `"UCEX,14-03-2026 08:00:00,x,Completed,1`,
		`UCEX,14-03-2026 08:00:00,"Pay Bill,Completed,1.000,,Pay Bill Online,962791234567 - X,,M9`,
		`UCEX,14-03-2026 08:00:00,"Pay "B" ill,Completed,1.000,,Pay Bill Online,962791234567 - X,,M9`,
		`UCEX,14-03-2026 08:00:00,x,Completed,"1,250.000,,Pay Bill Online,962791234567 - X,,M9`,
		`UCEX,14-03-2026 08:00:00,x,Completed,1.000,,Pay Bill Online,962791234567 - X,,"M9`,
		`UCEX,a,b,c,d,e,f,g,h,i,j,k,l`, "UCEX", "\x00\xff\xfe", strings.Repeat("a,", 40_000), `"` + strings.Repeat("a", 70_000),
	}
	for _, damage := range damaged {
		for at := range 8 {
			text, want := mpesaHeader, 0
			for i := range 7 {
				if i == at {
					text += damage + "\n"
				}
				text += fmt.Sprintf(good, i, i)
			}
			for _, l := range readAll(t, text, options) {
				if l.Reference == fmt.Sprintf("UCE%07d", want) && l.Amount == "1250.000" && l.Unreadable == "" {
					want++
				}
			}
			if want != 7 {
				t.Errorf("%.40q before line %d: %d of 7 lines read well", damage, at, want)
			}
		}
	}
}

func TestAQuotedCellMayTakeFiveLinesAndNoMore(t *testing.T) {
	for _, breaks := range []int{1, 4, 5} {
		line := `UCE9,14-03-2026 08:00:00,"Pay Bill` + strings.Repeat("\nfrom", breaks) + `",Completed,5.000,,,,,M1` + "\n"
		lines := readAll(t, mpesaHeader+line, options)
		if whole := len(lines) == 1 && lines[0].Amount == "5.000"; whole != (breaks < 5) {
			t.Errorf("%d line breaks: got %+v", breaks, lines)
		}
	}
}

func TestAKindIsPrintedAsItsWord(t *testing.T) {
	for kind, want := range map[statement.Kind]string{
		contribution: "contribution", reversal: "reversal", withdrawal: "withdrawal", failed: "failed", 0: "unknown kind 0",
	} {
		if got := kind.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOnlyAFewLinesAreHeldAtOnce(t *testing.T) {
	const size = 64 << 20
	r, _, err := statement.Open(io.MultiReader(
		strings.NewReader(mpesaHeader+`UCE1,"`), io.LimitReader(endless{}, size), strings.NewReader("\nUCE2,,,Failed,,,,,,\n"),
	), options)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l, err := r.Read()
	runtime.ReadMemStats(&after)
	if err != nil || l.Reference != "UCE1" || l.Unreadable == "" {
		t.Errorf("got %+v, %v", l, err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("a line of %d bytes took %d bytes to read", size, got)
	}
	if l, err = r.Read(); err != nil || l.Reference != "UCE2" {
		t.Errorf("got %+v, %v; want the line after it", l, err)
	}
}

// endless is a cell that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
