package cli

import (
	"strings"
	"testing"
	"time"
)

// wantRow fails where no line has all the cells, in their order.
func (s said) wantRow(t *testing.T, cells ...string) {
	t.Helper()
	for line := range strings.Lines(s.out) {
		if strings.Join(strings.Fields(line), " ") == strings.Join(cells, " ") {
			return
		}
	}
	t.Errorf("no line reads %q:\n%s", cells, s.out)
}

func TestFactsAreRecordedAndShown(t *testing.T) {
	town := newTown(t)
	id := town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	facts := func(code int, args ...string) said {
		t.Helper()
		return town.command(t, append([]string{"member", "facts", "--member"}, args...)...).must(t, code)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	facts(exitGood, "4711088822").must(t, exitGood, "Nothing is on record.")
	facts(exitGood, "4711088822", "--person", "amal", "--set", "income=12000", "--set", "cluster=coffee", "--from", "2026-01-01", "--evidence", "document")
	facts(exitGood, "0791234567", "--person", "amal", "--category", "farmer", "--category", "rural", "--birth-year", "1980", "--sex", "female")
	facts(exitGood, id, "--person", "badr", "--set", "income=13000", "--from", "2027-01-01")
	said := facts(exitGood, id, "--person", "badr", "--dependant", "child-1=child", "--care-credit", "maternity", "--from", "2025-01-01", "--to", "2025-04-30")
	for _, row := range [][]string{
		{"birth", "1980", "stated", today, "amal"},
		{"sex", "female", today, "amal"},
		{"category", "farmer", "stated", today, "amal"},
		{"category", "rural", "stated", today, "amal"},
		{"declared", "cluster", "coffee", "2026-01-01", "document", today, "amal"},
		{"declared", "income", "12000", "2026-01-01", "2026-12-31", "document", today, "badr"},
		{"declared", "income", "13000", "2027-01-01", "stated", today, "badr"},
		{"dependant", "child-1", "child", "2025-01-01", "2025-04-30", "stated", today, "badr"},
		{"care", "credit", "maternity", "2025-01-01", "2025-04-30", "stated", today, "badr"},
	} {
		said.wantRow(t, row...)
	}
	facts(exitWrong, id, "--person", "badr", "--birth-date", "1980-05-06").must(t, exitWrong, "better evidence")
	facts(exitGood, id, "--person", "badr", "--birth-date", "1980-05-06", "--evidence", "register", "--correct", "better-evidence").
		wantRow(t, "birth", "1980-05-06", "register", today, "badr", "better-evidence")
	facts(exitGood, id, "--person", "badr", "--take-back", "category=rural", "--take-back", "sex", "--correct", "office-error")
	shown := facts(exitGood, id).must(t, exitGood, "(better-evidence)", "(office-error)", "(it ended)")
	shown.wantRow(t, "sex", "female", today, "amal")
	now, _, _ := strings.Cut(shown.out, "Until")
	if strings.Contains(now, "rural") || strings.Contains(now, "female") {
		t.Errorf("what was taken back is still on record:\n%s", now)
	}
	facts(exitGood, id, "--as-known-on", "2026-01-01").must(t, exitGood, "Nothing is on record.")
	facts(exitGood, "member:"+id, "--person", "badr", "--take-back", "birth", "--correct", "fraud", "--age", "44").
		wantRow(t, "birth", "44", "years", "on", today, "stated", today, "badr", "fraud")
}

func TestAMemberIsEnrolledInASchemeAndLeaves(t *testing.T) {
	town := newTown(t)
	town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	today := time.Now().UTC().Format(time.DateOnly)
	of := []string{"--member", "4711088822", "--scheme", demoScheme, "--person", "amal"}
	run := func(verb string, code int, args ...string) said {
		t.Helper()
		return town.command(t, append(append([]string{"member", verb}, of...), args...)...).must(t, code)
	}
	run("leave", exitWrong).must(t, exitWrong, "no place in the scheme")
	run("enrol", exitGood, "--from", "2026-01-01").wantRow(t, "enrolment", demoScheme, "2026-01-01", today, "amal")
	run("enrol", exitWrong, "--from", "2026-02-01").must(t, exitWrong, "say why")
	run("enrol", exitGood, "--from", "2025-12-01", "--correct", "office-error").
		wantRow(t, "enrolment", demoScheme, "2025-12-01", today, "amal", "office-error")
	run("leave", exitGood, "--to", "2026-06-30").wantRow(t, "enrolment", demoScheme, "2025-12-01", "2026-06-30", today, "amal")
	run("enrol", exitGood).wantRow(t, "enrolment", demoScheme, today, today, "amal")
}

func TestAFactThatIsAskedForWronglyEndsWithTwo(t *testing.T) {
	town := newTown(t)
	town.enrol(t, "Rania Haddad", "4711088822", "+962791234567")
	for _, tt := range []struct {
		name   string
		args   []string
		phrase string
	}{
		{"nobody named", []string{"--set", "a=b"}, "--member"},
		{"recorded by nobody", []string{"--member", "4711088822", "--set", "a=b"}, "--person"},
		{"a value without a name", []string{"--member", "4711088822", "--person", "amal", "--set", "income"}, "--set"},
		{"days of nothing", []string{"--member", "4711088822", "--person", "amal", "--from", "2026-01-01"}, "say what to record"},
		{"a correction of nothing", []string{"--member", "4711088822", "--person", "amal", "--correct", "fraud"}, "say what to record"},
		{"no such reason", []string{"--member", "4711088822", "--person", "amal", "--sex", "male", "--correct", "whim"}, "--correct"},
		{"no such evidence", []string{"--member", "4711088822", "--person", "amal", "--sex", "male", "--evidence", "hearsay"}, "--evidence"},
		{"two births", []string{"--member", "4711088822", "--person", "amal", "--birth-year", "1980", "--age", "40"}, "--age"},
		{"no such dependant", []string{"--member", "4711088822", "--person", "amal", "--dependant", "cat=pet"}, "spouse"},
		{"something else taken back", []string{"--member", "4711088822", "--person", "amal", "--take-back", "word=x"}, "--take-back"},
		{"a category without a name taken back", []string{"--member", "4711088822", "--person", "amal", "--take-back", "category"}, "--take-back"},
		{"the past recorded", []string{"--member", "4711088822", "--person", "amal", "--sex", "male", "--as-known-on", "2026-01-01"}, "--as-known-on"},
		{"no member", []string{"--member", "collector:" + demoCollector}, "no member"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			town.command(t, append([]string{"member", "facts"}, tt.args...)...).must(t, exitUsage, tt.phrase)
		})
	}
}
