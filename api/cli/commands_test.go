package cli

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/tests/pgtest"
)

// town is a house with a server, on a database of its own, and what is needed to run commands there.
type town struct {
	*house
	folder, db string
}

func newTown(t *testing.T) *town {
	t.Helper()
	folder := t.TempDir()
	town := &town{folder: folder, db: "sqlite:" + filepath.Join(folder, "books.db")}
	key := []byte(strings.Repeat("k", 32))
	if err := os.WriteFile(town.keyFile(), key, 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if town.house, err = openHouse(t.Context(), Env{Now: time.Now, Out: io.Discard, Err: t.Output(), Schemes: os.DirFS("../../deploy/schemes")}, town.db, key, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(town.close)
	if _, err := town.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	return town
}

func (w *town) keyFile() string { return filepath.Join(w.folder, "key") }

// enrol registers a member with a card number and a phone.
func (w *town) enrol(t *testing.T, name, number, phone string) string {
	t.Helper()
	answer, err := w.server.members.RegisterMember(t.Context(), &sanadv1.RegisterMemberRequest{
		RequestId: "enrol-" + number, CardNumber: number, Region: demoRegion, Person: &sanadv1.Person{
			Name: name, Phones: []*sanadv1.Phone{{Number: phone, From: &sanadv1.Date{Year: 2024, Month: 1, Day: 1}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetMember().GetId()
}

// file writes a file of the town.
func (w *town) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(w.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// said is what a command printed, and its exit code.
type said struct {
	code     int
	out, err string
}

func command(t *testing.T, args ...string) said {
	t.Helper()
	var out, err bytes.Buffer
	code := Main(context.WithoutCancel(t.Context()), args, Env{Now: time.Now, Out: &out, Err: &err, Schemes: os.DirFS("../../deploy/schemes")})
	return said{code, out.String(), err.String()}
}

// command runs a client's command against the town's server.
func (w *town) command(t *testing.T, args ...string) said {
	t.Helper()
	return command(t, append(args, "--addr", w.address)...)
}

// must runs a command that must end with the code.
func (s said) must(t *testing.T, code int, phrases ...string) said {
	t.Helper()
	if s.code != code {
		t.Fatalf("exit code %d, want %d\n%s%s", s.code, code, s.out, s.err)
	}
	for _, phrase := range phrases {
		if !strings.Contains(s.out+s.err, phrase) {
			t.Errorf("%q is not in:\n%s%s", phrase, s.out, s.err)
		}
	}
	return s
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryCommandHelpsWithExamples(t *testing.T) {
	for _, name := range []string{"serve", "migrate", "verify", "post", "balance", "statement", "trial-balance", "export", "demo", "bench",
		"scheme test", "scheme cases", "scheme explain", "scheme shadow", "member facts", "member enrol", "member leave"} {
		t.Run(name, func(t *testing.T) {
			command(t, append(strings.Fields(name), "--help")...).must(t, exitGood, "Examples", "sanad "+name)
		})
	}
}

func TestWhatIsUsedWrongEndsWithTwo(t *testing.T) {
	folder := t.TempDir()
	good := filepath.Join(folder, "good.csv")
	headless := filepath.Join(folder, "headless.csv")
	for path, text := range map[string]string{good: "reference,time,amount,member\n", headless: "a,b\n1,2\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name   string
		args   []string
		phrase string
	}{
		{"no such command", []string{"pray"}, "--help"},
		{"no file named", []string{"post", "--collector", "mpesa-jo"}, "file"},
		{"no such file", []string{"post", filepath.Join(folder, "none.csv"), "--collector", "mpesa-jo"}, "none.csv"},
		{"no collector named", []string{"post", good}, "--collector"},
		{"a collector's id in capitals", []string{"post", good, "--collector", "M-PESA"}, "lower-case"},
		{"no such currency", []string{"post", good, "--collector", "mpesa-jo", "--currency", "XXQ"}, "--currency"},
		{"no such zone", []string{"post", good, "--collector", "mpesa-jo", "--time-zone", "Moon/Sea"}, "--time-zone"},
		{"a bank account with spaces", []string{"post", good, "--collector", "mpesa-jo", "--bank-account", "a b"}, "--bank-account"},
		{"a file that is no statement", []string{"post", headless, "--collector", "mpesa-jo"}, "Receipt No."},
		{"a result nobody can write", []string{"post", good, "--collector", "mpesa-jo", "--result", filepath.Join(folder, "no", "r.csv")}, "--result"},
		{"a server elsewhere", []string{"balance", "1", "--addr", "192.0.2.1:7450"}, "tunnel"},
		{"no day", []string{"balance", "1", "--on", "yesterday"}, "2026-03-02"},
		{"no month", []string{"trial-balance", "--through", "2026-13"}, "2026-03"},
		{"no instant", []string{"trial-balance", "--known-at", "noon"}, "known-at"},
		{"no such format of a trial balance", []string{"trial-balance", "--format", "xml"}, "csv"},
		{"no such format of an export", []string{"export", "--format", "pdf"}, "beancount"},
		{"a demo of nobody", []string{"demo", "--members", "0"}, "--members"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { command(t, tt.args...).must(t, exitUsage, tt.phrase) })
	}
}

func TestWhereNobodyListensTheErrorSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dues.csv")
	if err := os.WriteFile(path, []byte("reference,time,amount,member\nA,2026-03-02,1.000,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"balance", "4711"}, {"statement", "4711"}, {"post", path, "--collector", "coop"}} {
		command(t, append(args, "--addr", "127.0.0.1:9")...).must(t, exitWrong, "sanad serve")
	}
	if _, err := os.Stat(path + ".result.csv"); err == nil {
		t.Error("a result was written of nothing")
	}
}

func TestAMemberIsFoundByNumberPhoneAndID(t *testing.T) {
	town := newTown(t)
	id := town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	town.enrol(t, "Huda Haddad", "4711088823", "+962791234568")
	path := town.file(t, "dues.csv", "reference,time,amount,member,kind,original\n"+
		"A-1,2026-03-02,10.000,4711088822,,\nA-2,2026-03-05,1250.500,0791234567,,\nA-3,2026-03-06,10.000,,reversal,A-1\n")
	town.command(t, "post", path, "--collector", demoCollector).must(t, exitGood)
	for _, who := range []string{"4711088822", "0791234567", "+962 79 123 4567", id, "member:" + id} {
		said := town.command(t, "balance", who).must(t, exitGood, "member:"+id, "Old-age savings, own", "750.300", "Prepaid health cover, own", "375.150")
		if strings.Contains(said.out, "Rania") {
			t.Errorf("her name is printed:\n%s", said.out)
		}
	}
	town.command(t, "balance", id, "--on", "2026-03-04").must(t, exitGood, " 0.000")
	town.command(t, "balance", "collector:"+demoCollector).must(t, exitGood, "Collector clearing", "1,250.500")
	town.command(t, "balance", "4711088823").must(t, exitGood, "Nothing is booked.")
	town.command(t, "balance", "no such").must(t, exitWrong, "no member is known by that")
	said := town.command(t, "statement", id).must(t, exitGood, "contribution", "reversal", "750.300 ")
	if got, want := strings.Count(said.out, "\n"), 2+3*3; got != want {
		t.Errorf("%d lines, want %d:\n%s", got, want, said.out)
	}
	said = town.command(t, "statement", id, "--from", "2026-03-05", "--to", "2026-03-05").must(t, exitGood, "750.300")
	if strings.Contains(said.out, "reversal") {
		t.Errorf("another day is shown too:\n%s", said.out)
	}
}

func TestWhereSeveralMembersShareAPhoneTheirIDsAreListed(t *testing.T) {
	town := newTown(t)
	one := town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	other := town.enrol(t, "Omar Haddad", "4711088823", "+962791234567")
	said := town.command(t, "balance", "0791234567").must(t, exitWrong, one, other)
	if said.out != "" {
		t.Errorf("an answer is printed all the same: %s", said.out)
	}
	town.command(t, "statement", "0791234567").must(t, exitWrong, one, other)
}

func TestALongStatementIsReadToItsEnd(t *testing.T) {
	town := newTown(t)
	id := town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	var text strings.Builder
	text.WriteString("reference,time,amount,member\n")
	const n = 2*statementPage + 1
	for i := range n {
		text.WriteString("A-" + counted(i) + ",2026-03-02,1.000,4711088822\n")
	}
	path := town.file(t, "dues.csv", strings.ReplaceAll(text.String(), "A-1,0", "A-10"))
	town.command(t, "post", path, "--collector", demoCollector).must(t, exitGood)
	said := town.command(t, "statement", id).must(t, exitGood, "600.600  JOD", "300.300  JOD")
	if got, want := strings.Count(said.out, "\n"), 2+3*n; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
}

// booked is a town with a few contributions, some of nobody.
func booked(t *testing.T) *town {
	town := newTown(t)
	town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	path := town.file(t, "dues.csv", "reference,time,amount,member\n"+
		"A-1,2026-03-02,10.000,4711088822\nA-2,2026-04-05,1250.500,4711088822\nA-3,2026-04-06,3.333,nobody\n")
	town.command(t, "post", path, "--collector", demoCollector).must(t, exitGood)
	return town
}

func TestTheColumnsOfATrialBalanceAreEqual(t *testing.T) {
	town := booked(t)
	tests := []struct {
		name string
		args []string
		head string
		sum  string
	}{
		{"control accounts", nil, "code,name,scheme,currency,debit,credit", "1263.833"},
		{"accounts of parties", []string{"--parties"}, "code,party,scheme,currency,debit,credit", "1263.833"},
		{"through March", []string{"--through", "2026-03"}, "code,name,scheme,currency,debit,credit", "10.000"},
		{"as known last year", []string{"--known-at", "2025-01-01T00:00:00Z"}, "code,name,scheme,currency,debit,credit", "0.000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said := command(t, append([]string{"trial-balance", "--db", town.db, "--format", "csv"}, tt.args...)...).must(t, exitGood)
			head, _, _ := strings.Cut(said.out, "\n")
			debits, credits := columnSums(t, said.out)
			if head != tt.head || debits != tt.sum || credits != tt.sum {
				t.Errorf("got %s with %s and %s, want %s with %s", head, debits, credits, tt.head, tt.sum)
			}
		})
	}
	command(t, "trial-balance", "--db", town.db).must(t, exitGood, "In balance", "1,263.833", "Collector clearing", "Suspense")
	command(t, "trial-balance", "--db", town.db, "--parties").must(t, exitGood, "collector:"+demoCollector, "member:")
}

// columnSums adds up the last two columns.
func columnSums(t *testing.T, text string) (debits, credits string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sums := [2]big.Rat{}
	for _, row := range rows[1:] {
		if (row[4] == "") == (row[5] == "") {
			t.Errorf("not one of debit and credit: %q", row)
		}
		for i, cell := range row[4:] {
			if amount, ok := new(big.Rat).SetString(cell); ok {
				sums[i].Add(&sums[i], amount)
			}
		}
	}
	return sums[0].FloatString(3), sums[1].FloatString(3)
}

func TestVerifySaysWhoseAccountIsWrong(t *testing.T) {
	town := booked(t)
	command(t, "verify", "--db", town.db).must(t, exitGood, "3 entries", "nothing is wrong")
	db, err := sql.Open("sqlite", filepath.Join(town.folder, "books.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "UPDATE party_balance SET balances = '[]' WHERE party LIKE 'member:%'"); err != nil {
		t.Fatal(err)
	}
	command(t, "verify", "--db", town.db).must(t, exitWrong, "ONE THING IS WRONG", "L1 member:", "2100")
	command(t, "verify", "--db", town.db, "--progress").must(t, exitWrong, "reading entries")
}

func TestTheBooksAreExportedInEveryFormat(t *testing.T) {
	town := booked(t)
	for format, phrase := range map[string]string{"hledger": "decimal-mark", "beancount": "Liabilities", "csv": "entry_id"} {
		t.Run(format, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "books")
			command(t, "export", "--db", town.db, "--format", format, "--output", path).must(t, exitGood)
			said := command(t, "export", "--db", town.db, "--format", format).must(t, exitGood, phrase, "750.300")
			if read(t, path) != said.out {
				t.Error("the file is another than standard output")
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(town.folder, "*.part")); len(left) > 0 {
		t.Errorf("drafts are left: %q", left)
	}
}

func TestADemoInSmall(t *testing.T) {
	command(t, "demo", "--members", "60", "--lines", "600").must(t, exitGood,
		"Every contribution is with the member whom its payer meant", "In balance", "nothing is wrong", "contributions per second")
}

func TestADemoTwiceOnOneDatabaseBooksNothingTwice(t *testing.T) {
	folder := t.TempDir()
	args := []string{
		"demo", "--db", "sqlite:" + filepath.Join(folder, "demo.db"), "--key-file", filepath.Join(folder, "key"),
		"--members", "60", "--lines", "600", "--seed", "7",
	}
	command(t, args...).must(t, exitGood)
	before := command(t, "trial-balance", "--db", args[2]).must(t, exitGood, "In balance")
	command(t, args...).must(t, exitGood, "nothing is booked again")
	if after := command(t, "trial-balance", "--db", args[2]); after != before {
		t.Errorf("the trial balance has changed from\n%s\nto\n%s", before.out, after.out)
	}
	args[len(args)-1] = "8"
	command(t, args...).must(t, exitGood)
}

func TestADemoOnPostgreSQL(t *testing.T) {
	command(t, "demo", "--db", pgtest.URL(t), "--key-file", filepath.Join(t.TempDir(), "key"), "--lines", "6000", "--members", "200").must(t, exitGood,
		"Every contribution is with the member whom its payer meant", "In balance", "nothing is wrong")
}
