package statement_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/payments/statement"
)

const (
	contribution = statement.KindContribution
	reversal     = statement.KindReversal
	withdrawal   = statement.KindWithdrawal
	failed       = statement.KindFailed
)

func TestTheColumnsSayWhatALineDid(t *testing.T) {
	type did struct {
		Kind             statement.Kind
		Amount, Original string
		Bank             bool
		Unreadable       string
	}
	tests := []struct {
		name                                      string
		status, paid, taken, reason, text, linked string
		want                                      did
	}{
		{"paid in is a contribution", "Completed", "5.000", "", "Pay Bill Online", "", "", did{contribution, "5.000", "", false, ""}},
		{"what the payer typed does not make it a reversal", "completed", "5.000", "0.00", "Pay Bill Online", "Acc. REVERSAL CHARGE", "", did{contribution, "5.000", "", false, ""}},
		{"a linked receipt does not either", "Completed", "5.000", "", "Pay Bill Online", "", "UCE1", did{contribution, "5.000", "", false, ""}},
		{"withdrawn for a reversal", "Completed", "", `"-1,250.000"`, "Transaction Reversal", "", "UCE1", did{reversal, "1250.000", "UCE1", false, ""}},
		{"a reversal may show only in the details", "Completed", "-", "5.000", "", "Reversed by agent", "UCE1", did{reversal, "5.000", "UCE1", false, ""}},
		{"a reversal must name what it takes back", "Completed", "", "5.000", "Reversal", "", "", did{reversal, "5.000", "", false, "a reversal without Linked Transaction ID"}},
		{"withdrawn to the bank", "Completed", "", "5.000", "Organization Settlement", "", "", did{withdrawal, "5.000", "", true, ""}},
		{"business to bank", "Completed", "", "5.000", "Business to Bank", "", "", did{withdrawal, "5.000", "", true, ""}},
		{"merchant to bank", "Completed", "", "5.000", "Merchant to bank", "", "", did{withdrawal, "5.000", "", true, ""}},
		{"withdrawal of funds", "Completed", "", "5.000", "Organization Withdrawal Of Funds", "", "", did{withdrawal, "5.000", "", true, ""}},
		{"the reason outweighs the details", "Completed", "", "5.000", "Organization Settlement", "charges included", "", did{withdrawal, "5.000", "", true, ""}},
		{"the charge for a settlement is a charge", "Completed", "", "0.250", "Business to Bank Charge", "", "", did{withdrawal, "0.250", "", false, ""}},
		{"the charge for a reversal is a charge", "Completed", "", "0.250", "Reversal Charge", "", "UCE1", did{withdrawal, "0.250", "", false, ""}},
		{"any other withdrawal", "Completed", "", "5.000", "Business Payment to Customer", "", "", did{withdrawal, "5.000", "", false, ""}},
		{"a move between own accounts is no settlement", "Completed", "", "5.000", "", "Utility Account to Organization Settlement Account", "", did{withdrawal, "5.000", "", false, "money moved between the organisation's own accounts"}},
		{"money back from a reversed payout is somebody's", "Completed", "5.000", "", "B2C Reversal", "", "UCE1", did{contribution, "5.000", "", false, `money paid in under Reason Type "B2C Reversal"`}},
		{"both columns", "Completed", "5.000", "4.000", "Pay Bill Online", "", "", did{contribution, "", "", false, `both Paid In and Withdrawn have an amount: "5.000" and "4.000"`}},
		{"neither column", "Completed", "0.00", "", "Organization Settlement", "", "", did{withdrawal, "", "", true, "neither Paid In nor Withdrawn has an amount"}},
		{"an unreadable amount has a direction all the same", "Completed", "", "5.OOO", "Pay Bill Reversal", "", "UCE1", did{reversal, "", "UCE1", false, `Withdrawn not readable: "5.OOO"`}},
		{"failed", "Failed", "5.000", "", "Pay Bill Online", "", "", did{failed, "5.000", "", false, ""}},
		{"cancelled, as a reversal", "Cancelled", "", "-5.000", "Reversal", "", "", did{failed, "5.000", "", false, ""}},
		{"declined, with nothing in it", "DECLINED", "", "", "", "", "", did{failed, "", "", false, ""}},
		{"expired", "Expired", "", "", "", "", "", did{failed, "", "", false, ""}},
		{"an unknown status counts as completed", "Done", "5.000", "", "", "", "", did{contribution, "5.000", "", false, `Transaction Status not understood, taken as completed: "Done"`}},
		{"no status counts as completed", "", "", "5.000", "Reversal", "", "UCE1", did{reversal, "5.000", "UCE1", false, "no Transaction Status, taken as completed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cells := []string{"UCE9", "14-03-2026 08:00:00", tt.text, tt.status, tt.paid, tt.taken, tt.reason, "", tt.linked, "M1"}
			l := readOne(t, strings.Join(cells, ","))
			got := did{l.Kind, l.Amount, l.Original, l.BankAccount != "", l.Unreadable}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("line differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASettlementWithoutABankAccountIsNoCharge(t *testing.T) {
	text := mpesaHeader + "UCE9,14-03-2026 08:00:00,,Completed,,5.000,Organization Settlement,,,\n"
	l := readAll(t, text, statement.Options{Currency: "JOD"})[0]
	if want := "a settlement, and no bank account given for this statement"; l.Unreadable != want {
		t.Errorf("got %q, want %q", l.Unreadable, want)
	}
}

func TestAmountsAreExactTextOrEmpty(t *testing.T) {
	tests := []struct{ name, cell, want string }{
		{"as it stands", "10.500", "10.500"},
		{"whole", "7", "7"},
		{"thousands", `"1,250.000"`, "1250.000"},
		{"millions", `"12,345,678.90"`, "12345678.90"},
		{"spaces around", " 10.500 ", "10.500"},
		{"marks for the direction of Arabic text", "\u200f10.500\u200e", "10.500"},
		{"zeros in front", "007.50", "7.50"},
		{"less than one", "000.250", "0.250"},
		{"quotes left over", `"10.500`, ""},
		{"a comma for a point", `"10,5"`, ""},
		{"commas in the wrong places", `"1,25,0.000"`, ""},
		{"the other way round", `"1.250,000"`, ""},
		{"a letter", "1O.500", ""},
		{"a point without digits", "10.", ""},
		{"an exponent", "1e3", ""},
		{"negative", "-10.500", ""},
		{"more than there is", "1000000000000000.00", ""},
		{"a NUL among the digits", "10\x00.500", ""},
		{"half a character", "10.500\xc3", ""},
		{"a column too narrow", "#######", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := readOne(t, "UCE9,14-03-2026 08:00:00,,Completed,"+tt.cell+",,Pay Bill Online,,,M1")
			if l.Amount != tt.want || l.Kind != contribution {
				t.Errorf("got %v of %q, want a contribution of %q", l.Kind, l.Amount, tt.want)
			}
			if (l.Unreadable == "") != (l.Amount != "") {
				t.Errorf("amount %q, unreadable %q", l.Amount, l.Unreadable)
			}
		})
	}
}

func TestTimesAreReadInTheStatementsZone(t *testing.T) {
	eight := on14March(8, 0, 5)
	tests := []struct {
		name, cell string
		want       time.Time
	}{
		{"day first", "14-03-2026 08:00:05", eight},
		{"year first", "2026-03-14 08:00:05", eight},
		{"without seconds", "14-03-2026 08:00", on14March(8, 0, 0)},
		{"no such day", "31-02-2026 08:00:05", time.Time{}},
		{"slashes leave open which is the month", "03/04/2026 08:00:05", time.Time{}},
		{"a year nobody can mean", "14-03-0026 08:00:05", time.Time{}},
		{"a NUL in it", "14-03-2026 0\x008:00:05", time.Time{}},
		{"none", "", time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := readOne(t, "UCE9,"+tt.cell+",,Completed,5.000,,Pay Bill Online,,,M1")
			if !l.ValueTime.Equal(tt.want) || (l.Unreadable == "") == l.ValueTime.IsZero() || l.Amount != "5.000" {
				t.Errorf("got %+v, want time %v", l, tt.want)
			}
		})
	}
}

func TestCellsInDoubtAreNotBelieved(t *testing.T) {
	const doubt = "the line has 11 cells, the header 10, and they cannot be told apart"
	tests := []struct{ name, line, reference, amount, unreadable string }{
		{"a comma too many", "UCE9,14-03-2026 08:00:00,DOE, JANE,Completed,5.000,,,,,M1", "UCE9", "", doubt},
		{"a comma too many, and a quote in the first cell", `"UCE9,14-03-2026 08:00:00,DOE, JANE,Completed,5.000,,,,,M1`, "", "", doubt},
		{"a cell too few, which would make the balance an amount", "UCE9,14-03-2026 08:00:00,,Completed,,12410.000,,,M1", "UCE9", "", "the line has 9 cells, the header 10, and they cannot be told apart"},
		{"a cell too few, which would make an amount the status", "UCE9,14-03-2026 08:00:00,Completed,5.000,,,,,M1", "UCE9", "", "the line has 9 cells, the header 10, and they cannot be told apart"},
		{"cells too few, and an odd quote", `UCE9,14-03-2026 08:00:00,x "y",Completed,5.000,,,,`, "UCE9", "", "the line has 9 cells, the header 10, and they cannot be told apart"},
		{"empty cells too many do no harm", "UCE9,14-03-2026 08:00:00,,Completed,5.000,,,,,M1,,,", "UCE9", "5.000", ""},
		{"cells dropped from the end", "UCE9,14-03-2026 08:00:00,,Completed,5.000,", "UCE9", "", "the line has 6 cells, the header 10, and they cannot be told apart"},
		{"an odd quote in the right number of cells does no harm", `UCE9,14-03-2026 08:00:00,5" pipe,Completed,5.000,,,,,M1`, "UCE9", "5.000", ""},
		{"a bare quote inside quotes does no harm", `UCE9,14-03-2026 08:00:00,"JANE "JD" DOE",Completed,"1,005.000",,,,,M1`, "UCE9", "1005.000", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := readOne(t, tt.line)
			if l.Amount != tt.amount || l.Kind != contribution || !strings.HasPrefix(l.Unreadable, tt.unreadable) || (l.Unreadable == "") != (tt.unreadable == "") {
				t.Errorf("got %+v", l)
			}
			if tt.reference != "" && l.Reference != tt.reference || tt.reference == "" && !strings.HasPrefix(l.Reference, "line-") {
				t.Errorf("got reference %q, want %q", l.Reference, tt.reference)
			}
		})
	}
}

func TestALineCutOffByTheEndOfTheFileIsNotReadAsLess(t *testing.T) {
	l := readAll(t, mpesaHeader+"UCE9,14-03-2026 08:00:00,,Completed,12", options)[0]
	if l.Reference != "UCE9" || l.Amount != "" || !strings.Contains(l.Unreadable, "the line has 5 cells, the header 10") {
		t.Errorf("got %+v, want the amount left out: it may have been 1250.000", l)
	}
}

func TestAReceiptCutOffByTheEndOfTheFileIsNoReceipt(t *testing.T) {
	l := readAll(t, mpesaHeader+"UCE9", options)[0]
	if !strings.HasPrefix(l.Reference, "line-") {
		t.Errorf("got reference %q", l.Reference)
	}
}

func TestReferencesAreKeptCleanedOrReplaced(t *testing.T) {
	tests := []struct {
		name, cell, want string
		said             bool
	}{
		{"a receipt", "UCE9ZP01TT", "UCE9ZP01TT", false},
		{"spaces around", "  UCE9ZP01TT ", "UCE9ZP01TT", false},
		{"a NUL in it", "UCE9\x00ZP01TT", "UCE9ZP01TT", true},
		{"half a character in it", "UCE9\xc3ZP01TT", "UCE9\ufffdZP01TT", true},
		{"none", "", "line-", true},
		{"only control characters", "\x01\x02", "line-", true},
		{"a whole page", strings.Repeat("U", 129), "line-", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := readOne(t, tt.cell+",14-03-2026 08:00:00,,Completed,5.000,,Pay Bill Online,,,M1")
			same := l.Reference == tt.want || tt.want == "line-" && len(l.Reference) == len("line-")+16 && strings.HasPrefix(l.Reference, "line-")
			if !same || (l.Unreadable != "") != tt.said || l.Amount != "5.000" {
				t.Errorf("got %+v, want reference %q", l, tt.want)
			}
		})
	}
}

func TestThePartyIsAPhoneAndAName(t *testing.T) {
	tests := []struct{ name, cell, payer, phone string }{
		{"both", "254712345678 - JANE DOE", "JANE DOE", "254712345678"},
		{"no space before the dash", "254712345678- Customer Credits", "Customer Credits", "254712345678"},
		{"masked", "2547****5678 - JOHN DOE", "JOHN DOE", "2547****5678"},
		{"phone only", "+962 79 123 4567", "", "+962 79 123 4567"},
		{"dashes in the phone", "962-79-1234567 - LINA", "LINA", "962-79-1234567"},
		{"a dash in the name", "962791234567 - ABU-LAYLA", "ABU-LAYLA", "962791234567"},
		{"a short code is no phone", "555000 - ARAB BANK", "555000 - ARAB BANK", ""},
		{"name only", "KCB BANK", "KCB BANK", ""},
		{"Arabic", "962791234567 - رانيا حداد", "رانيا حداد", "962791234567"},
		{"not all of it text", "962791234567 - RANI\xc3 \x07HADDAD", "RANI\ufffd HADDAD", "962791234567"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := readOne(t, "UCE9,14-03-2026 08:00:00,,Completed,5.000,,,"+tt.cell+",,M1")
			if l.Payer != tt.payer || l.PayerPhone != tt.phone || l.Unreadable != "" {
				t.Errorf("got %q, %q, %q", l.Payer, l.PayerPhone, l.Unreadable)
			}
		})
	}
}

func TestWhatIsTooLongIsCutAndSaid(t *testing.T) {
	tests := []struct{ name, line string }{
		{"a cell", "UCE9,14-03-2026 08:00:00,x" + strings.Repeat("ä", 3000) + ",Completed,5.000,,,,,M1"},
		{"a cell that is no text", "UCE9,14-03-2026 08:00:00," + strings.Repeat("\x80", 5000) + ",Completed,5.000,,,,,M1"},
		{"a line", "UCE9,14-03-2026 08:00:00,,Completed,5.000,,,,,M" + strings.Repeat("1", 70_000)},
		{"a line with all its cells", "UCE9,14-03-2026 08:00:00,,Completed,5.000,,,,,M1" + strings.Repeat(" ", 70_000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := readOne(t, tt.line)
			if l.Reference != "UCE9" || l.Amount != "5.000" || !strings.Contains(l.Unreadable, "cut") || len(l.Member) > 4<<10 {
				t.Errorf("got %+v", l)
			}
		})
	}
}

func TestTheReceiptThatAReversalNamesIsKeptCleanedOrLeftOut(t *testing.T) {
	tests := []struct {
		name, cell, want string
		said             bool
	}{
		{"a receipt", "UCE1", "UCE1", false},
		{"a NUL in it", "UCE\x001", "UCE1", true},
		{"a whole page", strings.Repeat("U", 129), "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := readOne(t, "UCE9,14-03-2026 08:00:00,,Completed,,5.000,Reversal,,"+tt.cell+",")
			if l.Original != tt.want || (l.Unreadable != "") != tt.said || l.Kind != reversal {
				t.Errorf("got %+v, want original %q", l, tt.want)
			}
		})
	}
}

func TestUnreadableStaysShortAndText(t *testing.T) {
	bad := strings.Repeat("\xc3\x00ي", 40)
	l := readOne(t, strings.Join([]string{bad, bad, bad, bad, bad, bad, bad, bad, bad, bad}, ","))
	if len(l.Unreadable) > 512 || !utf8.ValidString(l.Unreadable) || !strings.Contains(l.Unreadable, "Receipt No.") {
		t.Errorf("got %d bytes: %q", len(l.Unreadable), l.Unreadable)
	}
}

func TestUnreadableNamesNobody(t *testing.T) {
	l := readOne(t, ",soon,RANIA,Done,much,,RANIA,962791234567 - RANIA,,RANIA")
	if strings.Contains(l.Unreadable, "RANIA") || strings.Contains(l.Unreadable, "962791234567") {
		t.Errorf("got %q", l.Unreadable)
	}
}
