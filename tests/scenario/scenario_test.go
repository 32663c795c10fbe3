package scenario

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sanad.dev/sanad/tests/pgtest"
)

// commands are all sentences that stories may use.
var commands = slices.Concat(ofPeople, ofMoneyIn, ofBooks, ofSubsidies, ofCover, ofClaims, ofPayouts, ofPensions, ofObjections)

func init() {
	for i := range commands {
		if err := commands[i].compile(); err != nil {
			panic(err)
		}
	}
}

// stories are the files of this folder.
func stories(t testing.TB) []story {
	t.Helper()
	files, err := filepath.Glob("*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	all := make([]story, len(files))
	for i, file := range files {
		if all[i], err = read(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestStories plays every story on every store.
func TestStories(t *testing.T) {
	t.Parallel()
	for _, told := range stories(t) {
		t.Run(strings.TrimSuffix(told.file, ".txt"), func(t *testing.T) {
			t.Parallel()
			t.Run("SQLite", func(t *testing.T) {
				t.Parallel()
				open(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db")).play(t, told)
			})
			t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); open(t, pgtest.URL(t)).play(t, told) })
			if pgtest.HasNamed(t) {
				t.Run("named database", func(t *testing.T) { t.Parallel(); open(t, pgtest.Named(t)).play(t, told) })
			}
		})
	}
}
