// Package schemes checks the schemes of deploy against the figures that real programmes have published.
package schemes

import (
	"os"
	"testing"

	"sanad.dev/sanad/services/rule"
)

// TestPublishedCases runs every published figure by the folder of its scheme.
func TestPublishedCases(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/subsidy.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cases, err := rule.ReadCases(file)
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := rule.JudgeAll(cases, os.DirFS("../../deploy/schemes"))
	if err != nil {
		t.Fatal(err)
	}
	verified, agree := 0, 0
	for _, v := range verdicts {
		if v.Verified {
			verified++
		}
		switch {
		case v.State == rule.Agree:
			if v.Verified {
				agree++
			}
		case v.Why == "":
			t.Errorf("%s %s without a word why", v.ID, v.State)
		default:
			t.Logf("%s %s (verified %v): %s", v.ID, v.State, v.Verified, v.Why)
		}
	}
	t.Logf("%d of %d verified cases agree", agree, verified)
	if agree*100 < verified*98 {
		t.Errorf("%d of %d verified cases agree; want at least 98 of 100", agree, verified)
	}
}
