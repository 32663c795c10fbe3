package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	controlsAdded = `"account","commodity","balance"
"assets:1100:_","JOD","12.501"
"liabilities:2100:basic","JOD","-12.500"
"liabilities:2100:basic","JPY","-1500"
"liabilities:2900:_","JOD","-0.001"
"assets:1000:_","JPY","1500"
`
	controlsPrinted = `code,name,scheme,currency,debit,credit
1000,Bank,,JPY,1500,0
1100,Collector clearing,,JOD,12.501,0.000
2100,"Old-age savings, own",basic,JOD,2.500,15.000
2100,"Old-age savings, own",basic,JPY,,1500
2900,Suspense,,JOD,,0.001
9000,Budget authority,,JOD,0.000,0.000
`
	partiesAdded = `"account","commodity","balance"
"assets:1100:_:collector:m_pesa.jo-1","JOD","20.000"
"liabilities:2100:basic:member:7ab3","JOD","-12.500"
"liabilities:2100:basic:member:7ab4","JOD","-7.500"
`
	partiesPrinted = `code,party,scheme,currency,debit,credit
1100,collector:m_pesa.jo-1,,JOD,20.000,
2100,member:7ab3,basic,JOD,,12.500
2100,member:7ab4,basic,JOD,,7.500
`
	noneAdded   = "\"account\",\"commodity\",\"balance\"\n"
	nonePrinted = "code,name,scheme,currency,debit,credit\n"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name, added, printed string
		says, err            string
	}{
		{"control accounts agree", controlsAdded, controlsPrinted, "books: 6 balances compared; 0 differ", ""},
		{"so do parties", partiesAdded, partiesPrinted, "books: 3 balances compared, of 2 members among others; 0 differ", ""},
		{"lines may end in CR LF", partiesAdded, strings.ReplaceAll(partiesPrinted, "\n", "\r\n"), "0 differ", ""},
		{"an amount differs", strings.Replace(partiesAdded, "7.500", "7.501", 1), partiesPrinted,
			"2100 basic member:7ab4 JOD: hledger has -7.501, Sanad -7.500", "1 of 3 balances differ"},
		{"debit and credit are exchanged", partiesAdded, strings.Replace(partiesPrinted, ",,7.500", ",7.500,", 1),
			"hledger has -7.500, Sanad 7.500", "1 of 3 balances differ"},
		{"hledger lacks an account", without(partiesAdded, "7ab4"), partiesPrinted,
			"hledger has 0.000, Sanad -7.500", "1 of 3 balances differ"},
		{"the trial balance lacks an account", partiesAdded, without(partiesPrinted, "7ab3"),
			"hledger has -12.500, Sanad 0.000", "1 of 3 balances differ"},
		{"the trial balance has an account twice", partiesAdded, partiesPrinted + "2100,member:7ab4,basic,JOD,,7.500\n",
			"hledger has -7.500, Sanad -15.000", "1 of 3 balances differ"},
		{"the scheme differs", partiesAdded, strings.Replace(partiesPrinted, "7ab4,basic", "7ab4,", 1),
			"4 balances compared", "2 of 4 balances differ"},
		{"hledger has nothing", noneAdded, controlsPrinted, "", "nothing to compare: hledger has 0 balances, Sanad 6"},
		{"the trial balance has nothing", controlsAdded, nonePrinted, "", "nothing to compare: hledger has 5 balances, Sanad 0"},
		{"a file is empty", "", controlsPrinted, "", "heading: EOF"},
		{"a column is missing", controlsAdded, "code,scheme,currency,debit\n1000,,JPY,1\n", "", `no column "credit"`},
		{"an amount is none", controlsAdded, "code,scheme,currency,debit,credit\n1000,,JPY,1e3,\n", "", "is not a decimal"},
		{"hledger's accounts are others", "\"account\",\"commodity\",\"balance\"\n\"cash\",\"JOD\",\"1\"\n", controlsPrinted,
			"", `account "cash" has no code`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			err := run(&out, "books", file(t, tt.added), file(t, tt.printed))
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("printed %q, want %q", out.String(), tt.says)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

// without leaves out the lines that hold the word.
func without(text, word string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, word) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
