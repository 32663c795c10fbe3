package lint

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"sanad.dev/sanad/services/rule"
)

// FuzzRead lints anything: it ends, and every finding has its place.
func FuzzRead(f *testing.F) {
	f.Add([]byte(sound), []byte(soundExamples))
	folders, err := filepath.Glob("../../../deploy/schemes/*")
	if err != nil || len(folders) == 0 {
		f.Fatal(err, "no schemes")
	}
	for _, dir := range folders {
		if folder, err := rule.ReadFolder(os.DirFS(dir), "."); err == nil {
			f.Add(folder.Scheme, folder.Examples)
		}
	}
	f.Fuzz(func(t *testing.T, scheme, examples []byte) {
		began := time.Now()
		for _, found := range Read(rule.Folder{Scheme: scheme, Examples: examples}).Findings {
			if found.File == "" || found.Line < 1 || found.Col < 1 || found.Text == "" {
				t.Errorf("%#v has no place or no text", found)
			}
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
