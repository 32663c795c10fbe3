package cli

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestAKeyIsMadeOnceAndKeptPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "key")
	first, err := LoadKey(path)
	if err != nil || len(first) != keyLength {
		t.Fatalf("a key of %d bytes, %v", len(first), err)
	}
	again, err := LoadKey(path)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the key is another the second time: %v", err)
	}
	other, err := LoadKey(filepath.Join(t.TempDir(), "key"))
	if err != nil || bytes.Equal(first, other) {
		t.Errorf("two files hold one key: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the key lie %v, %v", left, err)
	}
}

func TestOfManyWhoMakeAKeyAllReadOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	keys := make([][]byte, 16)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range keys {
		all.Go(func() {
			<-start
			var err error
			if keys[i], err = LoadKey(path); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	all.Wait()
	for i := range keys {
		if !bytes.Equal(keys[i], keys[0]) {
			t.Errorf("reader %d has another key", i)
		}
	}
}

func TestAKeyFileIsRefusedThatIsWrong(t *testing.T) {
	good := strings.Repeat("ab", keyLength)
	cases := []struct {
		name, text string
		mode       os.FileMode
		says       string // empty where the file is right
	}{
		{"a key", good, 0o600, ""},
		{"a key with a line break, as editors leave it", good + "\r\n", 0o600, ""},
		{"a key that only its owner may read", good, 0o400, ""},
		{"a key in capitals", strings.ToUpper(good), 0o600, ""},
		{"one that the group may read", good, 0o640, "chmod 600"},
		{"one that the world may read", good, 0o604, "chmod 600"},
		{"nothing", "", 0o600, "64 hexadecimal digits"},
		{"a key too short", good[2:], 0o600, "64 hexadecimal digits"},
		{"a key too long", good + "ab", 0o600, "64 hexadecimal digits"},
		{"no key", strings.Repeat("x", 64), 0o600, "64 hexadecimal digits"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(c.says, "chmod") {
				t.Skip("Windows has no such modes")
			}
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			key, err := LoadKey(path)
			switch {
			case c.says == "" && (err != nil || hex.EncodeToString(key) != good):
				t.Errorf("got %x, %v", key, err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || key != nil):
				t.Errorf("got %v, want what says %q", err, c.says)
			case err != nil && c.text != "" && strings.Contains(err.Error(), c.text):
				t.Errorf("the error tells the key: %v", err)
			}
		})
	}
}
