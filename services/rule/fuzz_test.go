package rule

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sanad.dev/sanad/services/insurance"
)

// FuzzLoad reads anything as a scheme: either it says what is wrong, each with its place, or it answers whatever is
// asked, in time and without breaking.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte(sound + giving))
	for _, amount := range endless {
		f.Add([]byte(sound + amount))
	}
	folders, err := filepath.Glob("../../deploy/schemes/*/" + SchemeFile)
	if err != nil || len(folders) == 0 {
		f.Fatal(err, "no schemes")
	}
	for _, name := range folders {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		began := time.Now()
		s, err := Load(Folder{Scheme: text})
		if err != nil {
			placed(t, err)
			return
		}
		answered(t, s)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// placed sees that every problem has its place and a text.
func placed(t *testing.T, err error) {
	t.Helper()
	var problems Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("no problems: %v", err)
	}
	for _, p := range problems {
		if p.File == "" || p.Line < 1 || p.Col < 1 || p.Text == "" {
			t.Errorf("%#v has no place or no text", p)
		}
	}
}

// answered asks the scheme what it can be asked; errors are answers too.
func answered(t *testing.T, s *Scheme) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	in := Input{
		Facts: insurance.Facts{Birth: insurance.Birth{Year: 1990}, Sex: insurance.Female},
		Contributions: []Contribution{
			{On: 20260110, Minor: 100_000}, {On: 20260110, Minor: 1, Payer: insurance.PayerFamily, Account: "b"}, {On: 20270228, Minor: 999_999_999},
		},
		Enrolled: 20250630,
	}.Within(ctx)
	for _, ask := range []func(Input) ([]Due, error){s.Due, s.Explain} {
		dues, err := ask(in)
		for _, d := range dues {
			if err == nil && d.Minor < 0 {
				t.Errorf("%d is due", d.Minor)
			}
		}
	}
	for name := range s.Answers {
		_, _ = s.Answer(name, in, true) // an error is an answer too
	}
	_, _ = s.Insurance()
}
