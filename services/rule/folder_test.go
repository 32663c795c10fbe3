package rule_test

import (
	"os"
	"testing"

	"sanad.dev/sanad/services/rule"
)

func TestTheNationalSchemeProvesItsExamples(t *testing.T) {
	t.Parallel()
	folder, err := rule.ReadFolder(os.DirFS("../../deploy/schemes"), "national-match")
	if err != nil {
		t.Fatal(err)
	}
	s, err := rule.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Prove(t.Context(), folder.Examples); err != nil {
		t.Error(err)
	}
}
