package pgtest

import (
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// errNoServer says what to install.
var errNoServer = errors.New("no PostgreSQL server (initdb and postgres) in PATH, /usr/lib/postgresql/*/bin or `pg_config --bindir`: " +
	"install it, on Debian and Ubuntu with: apt-get install postgresql")

// Available returns the folder of the server binaries, or an error that says what to install.
func Available() (string, error) {
	for _, dir := range candidates() {
		if hasServer(dir) {
			return dir, nil
		}
	}
	return "", errNoServer
}

// candidates lists where the binaries may be, first choice first: PATH, where distributions keep versions side by side
// (newest first), and where pg_config says.
func candidates() []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	debian, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // The pattern is a good one: no error.
	redhat, _ := filepath.Glob("/usr/pgsql-*/bin")
	dirs = append(dirs, newestFirst(debian)...)
	dirs = append(dirs, newestFirst(redhat)...)
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	return dirs
}

func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// newestFirst sorts folders such as /usr/lib/postgresql/15/bin by version: 17 before 9.6.
func newestFirst(dirs []string) []string {
	slices.SortFunc(dirs, func(a, b string) int { return slices.Compare(version(b), version(a)) })
	return dirs
}

// version reads the numbers in the last but one element of a path: pgsql-17 is 17, 9.6 is 9 and 6.
func version(dir string) []int {
	name := filepath.Base(filepath.Dir(dir))
	var numbers []int
	for _, digits := range strings.FieldsFunc(name, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.Atoi(digits)
		if err != nil {
			continue
		}
		numbers = append(numbers, n)
	}
	return numbers
}
