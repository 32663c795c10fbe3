package journal

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
)

func TestHledgerAccepts(t *testing.T) {
	needHledger(t)
	for name, entries := range map[string][]ledger.Entry{"nothing": nil, "the sample": sample(t), "random books": randomBooks(t)} {
		t.Run(name, func(t *testing.T) {
			path := journalFile(t, entries)
			runHledger(t, path, "check")
			runHledger(t, path, "check", "--strict")
		})
	}
}

func TestHledgerRecomputesEveryBalance(t *testing.T) {
	needHledger(t)
	entries := randomBooks(t)
	got := hledgerBalances(t, journalFile(t, entries))
	want := balancesOf(entries, AccountName)
	// hledger leaves out what stands at zero.
	if diff := cmp.Diff(want.nonzero(), got.nonzero()); diff != "" {
		t.Errorf("(-books +hledger):\n%s", diff)
	}
	if n := len(got.nonzero()); n < 100 {
		t.Errorf("only %d balances compared", n)
	}
}

func TestHledgerKnowsTypesAndTags(t *testing.T) {
	needHledger(t)
	path := journalFile(t, sample(t))
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"liabilities have type L", []string{"accounts", "--used", "type:L"},
			"liabilities:2100:basic:member:7ab3\nliabilities:2110:basic:member:7ab3\nliabilities:2900:_:collector:m_pesa.jo-1\n"},
		{"memorandum accounts are in no statement", []string{"accounts", "--used", "type:ALERX", "memorandum"}, ""},
		{"the reason is a tag", []string{"tags", "--values", "reason"}, "MEMBER_UNKNOWN\n"},
		{"the value date is a tag", []string{"tags", "--values", "value", "cur:JPY"}, "2026-01-31\n"},
		{"the recording time is a tag", []string{"tags", "--values", "recorded"}, "2026-03-05T09:30:00.123456Z\n"},
		{"what is undone is a tag", []string{"tags", "--values", "undoes"}, "00000000000000000000000000000001\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, runHledger(t, path, tt.args...)); diff != "" {
				t.Errorf("hledger %v (-want +got):\n%s", tt.args, diff)
			}
		})
	}
}

func TestAccountNamesCanBeReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := accounts().Draw(t, "account")
		parts := strings.SplitN(AccountName(a), ":", 4)
		scheme := ledger.SchemeCode(parts[2])
		if scheme == noScheme {
			scheme = ""
		}
		got := ledger.Account{Code: code(t, parts[1]), Scheme: scheme, Party: ledger.Party(parts[3]), Currency: a.Currency}
		if got != a {
			t.Fatalf("%s reads as %s", AccountName(a), got)
		}
	})
}

// hledgerBalances are those that hledger adds up. Sorting by amount, which nobody looks at, spares hledger 1.25 the
// sorting by declaration, which takes the square of the number of accounts.
func hledgerBalances(t *testing.T, path string) balances {
	t.Helper()
	out := runHledger(t, path, "bal", "--flat", "-N", "-S", "--layout", "bare", "-O", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	bs := balances{}
	for _, row := range rows[1:] {
		bs.add(row[0], row[1], row[2])
	}
	return bs
}

func journalFile(t *testing.T, entries []ledger.Entry) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.journal")
	if err := os.WriteFile(path, []byte(written(t, Hledger, entries)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// needHledger skips the test where there is no hledger, but not in CI, which has all that tests need and says so by
// SANAD_REQUIRE_POSTGRES.
func needHledger(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("hledger")
	if err != nil && os.Getenv("SANAD_REQUIRE_POSTGRES") == "1" {
		t.Fatalf("%s needs hledger: apt-get install hledger", t.Name())
	}
	if err != nil {
		t.Skipf("%s needs hledger: apt-get install hledger", t.Name())
	}
}

// runHledger returns what hledger prints of the journal.
func runHledger(t *testing.T, path string, args ...string) string {
	t.Helper()
	var failure strings.Builder
	cmd := exec.CommandContext(t.Context(), "hledger", append([]string{"-f", path}, args...)...)
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("hledger %v: %v\n%s", args, err, failure.String())
	}
	return string(out)
}
