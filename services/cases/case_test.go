package cases_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cases"
	"sanad.dev/sanad/services/insurance"
)

var at = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)

// appeal is Amal's appeal of 10 March against a claim's decision of 1 March that Layla and Omar made.
func appeal(change func(*cases.Filing)) (cases.Case, error) {
	f := cases.Filing{
		ID: "c1", Kind: cases.Appeal, Member: "m1", By: cases.ByMember, Text: "the birth was in the clinic", At: at, On: 2026_03_10,
		Against: cases.Against{Kind: insurance.ClaimDecision, Subject: "claim-1", Decision: "d1"},
	}
	if change != nil {
		change(&f)
	}
	return cases.File(f, cases.Objected{DecidedOn: 2026_03_01, AppealDays: 30, TookPart: []string{"layla", "omar"}}, 30)
}

func filed(t *testing.T) cases.Case {
	t.Helper()
	c, err := appeal(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reason(err error) string {
	var fault insurance.Fault
	errors.As(err, &fault)
	return fault.Reason
}

func TestWhoTookPartInADecisionDoesNotJudgeTheObjectionToIt(t *testing.T) {
	t.Parallel()
	c := filed(t)
	for judge, want := range map[string]string{"layla": insurance.TookPart, "OMAR": insurance.TookPart, "": insurance.CaseInvalid, "samira": ""} {
		if _, err := c.Assign(judge, 2026_03_11); reason(err) != want {
			t.Errorf("%q judges: %v, want %q", judge, err, want)
		}
		v := cases.Verdict{State: cases.Granted, Judge: judge, Reason: "EVIDENCE_ACCEPTED", Text: "it was", At: at, On: 2026_03_12}
		if _, err := c.Decide(v); reason(err) != want {
			t.Errorf("%q decides: %v, want %q", judge, err, want)
		}
	}
	byDelegate, err := appeal(func(f *cases.Filing) { f.By, f.Filer = cases.ByDelegate, "samira" })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := byDelegate.Assign("samira", 2026_03_11); reason(err) != insurance.TookPart {
		t.Errorf("who filed it judges it: %v", err)
	}
}

func TestAnAppealThatComesLateIsHeardWhereItSaysWhy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		on    ledger.Date
		why   string
		kind  cases.Kind
		wants string
	}{
		{"on the last day", 2026_03_31, "", cases.Appeal, ""},
		{"a day late, without a word", 2026_04_01, "", cases.Appeal, insurance.AppealLate},
		{"a day late, from a hospital bed", 2026_04_01, "I was in hospital", cases.Appeal, ""},
		{"a complaint has no deadline", 2027_04_01, "", cases.Complaint, ""},
	}
	for _, test := range tests {
		_, err := appeal(func(f *cases.Filing) { f.On, f.LateBecause, f.Kind = test.on, test.why, test.kind })
		if reason(err) != test.wants {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestACaseThatIsNotDecidedInTimeGoesToTheNextLevelAndAnotherJudge(t *testing.T) {
	t.Parallel()
	c, err := filed(t).Assign("samira", 2026_03_11)
	if err != nil {
		t.Fatal(err)
	}
	if _, moved := c.Escalate(c.AnswerBy, 30); moved {
		t.Error("it is escalated on the last day already")
	}
	c, moved := c.Escalate(c.AnswerBy.AddDays(1), 30)
	if !moved || c.Level != 2 || c.Judge != "" || c.State != cases.Filed || c.AnswerBy != 2026_04_25 {
		t.Errorf("escalated %v: level %d, judge %q, %s, by %s", moved, c.Level, c.Judge, c.State, c.AnswerBy)
	}
	if _, err := c.Assign("samira", 2026_04_11); reason(err) != insurance.TookPart {
		t.Errorf("who let the time pass judges again: %v", err)
	}
}

func TestAClosedCaseStaysAsItIs(t *testing.T) {
	t.Parallel()
	v := cases.Verdict{State: cases.Dismissed, Judge: "samira", Reason: "RULE_APPLIED", Text: "the limit was reached", At: at, On: 2026_03_12}
	closed, err := filed(t).Decide(v)
	if err != nil {
		t.Fatal(err)
	}
	again, err := closed.Decide(v)
	if diff := cmp.Diff(closed, again); err != nil || diff != "" {
		t.Errorf("the same verdict again: %v %s", err, diff)
	}
	v.State = cases.Granted
	if _, err := closed.Decide(v); reason(err) != insurance.CaseClosed {
		t.Errorf("another verdict: %v", err)
	}
	if _, err := closed.Withdraw(at, 2026_03_13); reason(err) != insurance.CaseClosed {
		t.Errorf("withdrawn: %v", err)
	}
	if _, moved := closed.Escalate(2027_01_01, 30); moved {
		t.Error("a closed case is escalated")
	}
}

func TestWhatIsFiledSaysWhatItObjectsTo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*cases.Filing){
		"no kind":             func(f *cases.Filing) { f.Kind = "" },
		"no text":             func(f *cases.Filing) { f.Text = "  " },
		"an appeal of naught": func(f *cases.Filing) { f.Against = cases.Against{} },
		"a nameless delegate": func(f *cases.Filing) { f.By = cases.ByDelegate },
		"a bell in the text":  func(f *cases.Filing) { f.Text = "\a" },
	} {
		if _, err := appeal(change); reason(err) != insurance.CaseInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
