//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"sanad.dev/sanad/services/rule"
)

func TestAFolderOfDevicesIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, rule.SchemeFile), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "scheme", "lint", dir).must(t, exitWrong, "no plain file")
	other := t.TempDir()
	if err := os.Symlink("/dev/zero", filepath.Join(other, rule.SchemeFile)); err != nil {
		t.Fatal(err)
	}
	command(t, "scheme", "explain", other, "--on", "2026-01-01").must(t, exitWrong, "no plain file")
}
