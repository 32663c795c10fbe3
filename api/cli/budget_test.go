package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/ledger/sqldb"
	"sanad.dev/sanad/services/insurance"
)

// on adds what every act on a budget line needs.
func on(day, reference, person string, args ...string) []string {
	return append(args, "--on", day, "--authority", "Budget Law 12/2026", "--reference", reference, "--person", person)
}

// fund sets up a budget of the town's scheme: 1,000 voted, 800 released.
func (w *town) fund(t *testing.T) (line string) {
	t.Helper()
	line = "mof." + demoScheme + ".2026"
	w.command(t, "budget", "funder", "mof", "--name", "Ministry of Finance").must(t, exitGood)
	w.command(t, on("2026-01-02", "V-1", "amal", "budget", "vote", line, "1000.000")...).must(t, exitGood, "done")
	w.command(t, on("2026-01-02", "W-1", "amal", "budget", "warrant", line, "800")...).must(t, exitGood, "done")
	return line
}

// matched books a grant to the member, charged to the budget of 2026.
func (w *town) matched(t *testing.T, n byte, member string, minor int64, on ledger.Date) string {
	t.Helper()
	line := insurance.BudgetLine{Funder: "mof", Scheme: demoScheme, Year: 2026, Currency: "JOD"}
	granted, err := insurance.Granted(insurance.Grant{
		ID: ledger.ID{n, 1}, Member: insurance.MemberID(member), ValueOn: on, Line: line,
		Pots: []insurance.PotShare{{Account: ledger.OldAgeMatched, Minor: minor}}, Basis: insurance.GrantBasis{Subsidy: "match", Version: 3, Period: "2026"},
	})
	if err != nil {
		t.Fatal(err)
	}
	charged, err := insurance.BudgetGranted(insurance.Budgeted{ID: ledger.ID{n, 2}, Line: line, Minor: minor, On: on}, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ledger.Append(t.Context(), w.institution.Books, granted, charged); err != nil {
		t.Fatal(err)
	}
	return granted.ID.String()
}

// age makes all that was recorded older than the horizon, as if it had been waited for.
func (w *town) age(t *testing.T) {
	t.Helper()
	err := w.institution.DB.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		for _, table := range []string{"entry", "batch"} {
			if _, err := tx.ExecArgs(ctx, fmt.Sprintf("UPDATE %s SET recorded_at = recorded_at - %d", table, sqldb.Horizon.Microseconds()+1)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestABudgetIsKeptByCommands(t *testing.T) {
	town := newTown(t)
	line := town.fund(t)
	next := strings.TrimSuffix(line, "2026") + "2027"
	town.command(t, on("2026-01-02", "V-2", "amal", "budget", "vote", line, "13000", "--heads")...).must(t, exitGood, "vote of 13,000 heads")
	town.command(t, on("2026-01-02", "V-2", "amal", "budget", "vote", line, "13000", "--heads")...).must(t, exitGood, "was done before")
	town.command(t, on("2026-02-01", "C-1", "amal", "budget", "commit", line, "300")...).must(t, exitGood, "done")
	town.command(t, on("2026-02-01", "C-2", "amal", "budget", "commit", line, "100", "--back")...).must(t, exitGood, "done")
	town.command(t, on("2026-12-31", "CO-1", "amal", "budget", "carry-over", line, "50", "--to", next)...).must(t, exitGood, "proposed by amal")
	town.command(t, on("2026-12-31", "CO-1", "badr", "budget", "carry-over", line, "50", "--to", next)...).must(t, exitGood, "carry-over of 50.000 JOD to "+next, "done")
	report := town.command(t, "budget", "report", "--on", "2026-12-31").must(t, exitGood)
	report.wantRow(t, line, "open", "950.000", "750.000", "200.000", "0.000", "0.000", "550.000", "0.000", "0.000", "JOD")
	report.wantRow(t, line, "open", "13,000", "0", "0", "0", "0", "0", "0", "0", "heads")
	report.wantRow(t, next, "open", "50.000", "50.000", "0.000", "0.000", "0.000", "50.000", "0.000", "0.000", "JOD")
	town.command(t, on("2026-12-31", "CL-1", "amal", "budget", "close", line, "--until", "2027-03-31")...).must(t, exitGood, "until 2027-03-31")
	town.command(t, "budget", "report", "--year", "2026").must(t, exitGood, "until 2027-03-31")
	town.command(t, on("2027-03-31", "CL-2", "amal", "budget", "close", line)...).must(t, exitGood, "proposed")
	town.command(t, on("2027-03-31", "CL-2", "badr", "budget", "close", line)...).must(t, exitGood, "done")
	town.command(t, on("2027-04-01", "W-9", "amal", "budget", "warrant", line, "1")...).must(t, exitWrong, "closed")
	history := town.command(t, "budget", "history", line).must(t, exitGood)
	history.wantRow(t, "2026-12-31", "carry-over", "of", "50.000", "JOD", "to", next, "CO-1", "Budget", "Law", "12/2026", "amal", "badr")
	history.wantRow(t, "2027-03-31", "closing", "CL-2", "Budget", "Law", "12/2026", "amal", "badr")
	town.command(t, on("2026-01-02", "W-1", "amal", "budget", "warrant", line, "801")...).must(t, exitWrong, "another movement was sent under this reference")
	command(t, on("2026-01-02", "W-1", "amal", "budget", "warrant", "mof.2026", "1")...).must(t, exitUsage, "mof.basic.2026")
	town.command(t, "budget", "funder", "moh", "--fiscal-year", "07-01", "--named-by-end").must(t, exitGood).
		wantRow(t, "moh", "07-01", "the", "year", "it", "ends", "in")
	town.command(t, "budget", "funder", "moh", "--fiscal-year", "07-32").must(t, exitUsage, "07-32")
	command(t, "verify", "--db", town.db).must(t, exitGood)
}

func TestATreasuryClaimIsFollowedByCommands(t *testing.T) {
	town := newTown(t)
	line := town.fund(t)
	member := town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	first, second := town.matched(t, 1, member, 100_000, 2026_01_05), town.matched(t, 2, member, 25_000, 2026_02_05)
	town.age(t)
	claim := "mof." + demoScheme + ".1"
	on := func(args ...string) []string {
		return append(append([]string{"treasury-claim"}, args...), "--person", "badr")
	}
	drawn := town.command(t, "treasury-claim", "draw-up", "mof", demoScheme, "--through", "2026-03-31", "--reference", "2026-Q1", "--person", "amal").
		must(t, exitGood, "Claim "+claim+": drawn up. 2 lines, 125.000 JOD; 125.000 JOD open.")
	town.command(t, "treasury-claim", "certify", claim, "--person", "AMAL").must(t, exitWrong, "another person does")
	town.command(t, on("certify", claim)...).must(t, exitGood, "certified")

	file := filepath.Join(town.folder, "claim.csv")
	town.command(t, "treasury-claim", "export", claim, "--output", file).must(t, exitGood, "as frozen")
	sum := sha256.Sum256([]byte(read(t, file)))
	if !strings.Contains(drawn.out, "SHA-256 "+hex.EncodeToString(sum[:])) {
		t.Errorf("the file's hash is not the claim's:\n%s", drawn.out)
	}
	if out := town.command(t, "treasury-claim", "export", claim).must(t, exitGood).out; out != read(t, file) || strings.Contains(out, member) {
		t.Errorf("on standard output it is\n%s", out)
	}
	town.command(t, on("sample", claim, "--size", "1", "--seed", "lottery 4711")...).must(t, exitGood, `1 lines of claim `+claim+`, drawn by the seed "lottery 4711"`)
	town.command(t, on("sample", claim, "--size", "1", "--seed", "another")...).must(t, exitWrong, "was fixed before")

	town.command(t, on("send", claim)...).must(t, exitGood, "sent")
	answer := town.file(t, "answer.csv", "line,outcome,code,text\n"+second+",rejected,DUPLICATE,see list 7\n")
	town.command(t, on("verify", claim)...).must(t, exitUsage, "--file")
	town.command(t, on("verify", claim, "--file", town.file(t, "odd.csv", "line,outcome,code,text\n"+second+",perhaps,,\n"))...).must(t, exitUsage, "row 2")
	town.command(t, on("verify", claim, "--file", answer, "--complete")...).must(t, exitGood, "verified", "100.000 JOD open")
	town.command(t, on("pay", claim, "60", "--bank", "cbj-1", "--on", "2026-04-20", "--reference", "CBJ 1")...).must(t, exitGood, "part-paid", "40.000 JOD open")
	town.command(t, on("pay", claim, "40", "--bank", "cbj-1", "--on", "2026-04-21", "--reference", "CBJ 2")...).must(t, exitGood, "paid", "0.000 JOD open")
	town.command(t, on("pay", claim, "1", "--bank", "cbj-1", "--on", "2026-04-21", "--reference", "CBJ 3")...).must(t, exitWrong, "is open")
	shown := town.command(t, "treasury-claim", "show", claim, "--lines").must(t, exitGood, "badr")
	shown.wantRow(t, line, "125.000", "25.000", "100.000", "JOD")
	shown.wantRow(t, "2026-04-20", "60.000", "JOD", "cbj-1", "CBJ", "1", "badr")
	shown.wantRow(t, second, "25.000", "JOD", "2026-02-05", "rejected", "DUPLICATE", "see", "list", "7")
	town.command(t, on("reclaim", claim, "--line", first)...).must(t, exitWrong, "only a rejected line")
	town.command(t, on("reclaim", claim, "--line", second)...).must(t, exitGood, "1 of 1 lines")
	town.command(t, "treasury-claim", "draw-up", "mof", demoScheme, "--through", "2026-04-30", "--reference", "2026-Q2", "--person", "amal").
		must(t, exitGood, "1 lines, 25.000 JOD")
	list := town.command(t, "treasury-claim", "show", "mof").must(t, exitGood)
	list.wantRow(t, claim, "paid", "2026-03-31", "2", "125.000", "100.000", "0.000", "JOD")
	list.wantRow(t, "mof."+demoScheme+".2", "drawn", "up", "2026-04-30", "1", "25.000", "0.000", "25.000", "JOD")
	town.command(t, "budget", "report", "--on", "2026-04-30").must(t, exitGood).
		wantRow(t, line, "open", "1,000.000", "800.000", "0.000", "125.000", "100.000", "675.000", "0.000", "380.208", "JOD")
	command(t, "verify", "--db", town.db).must(t, exitGood)
}

// What was changed in the database behind Sanad's back is seen when the claim is exported.
func TestAnExportThatIsNotWhatWasFrozenIsNoticed(t *testing.T) {
	town := newTown(t)
	town.fund(t)
	town.matched(t, 1, town.enrol(t, "Rania Haddad", "4711088822", "+962791234567"), 100_000, 2026_01_05)
	town.age(t)
	town.command(t, "treasury-claim", "draw-up", "mof", demoScheme, "--through", "2026-03-31", "--reference", "2026-Q1", "--person", "amal").must(t, exitGood)
	err := town.institution.DB.Update(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.ExecArgs(ctx, "UPDATE claim_line SET minor = 100001")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	town.command(t, "treasury-claim", "export", "mof."+demoScheme+".1").must(t, exitWrong, "is not the frozen")
}
