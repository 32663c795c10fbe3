package cli

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// keyLength is the length of the key in bytes; the file holds two hexadecimal digits for each.
const keyLength = 32

// LoadKey reads the key from a file of hexadecimal digits that only its owner may read. Where there is no file it makes
// one with a random key; of several that make it at once one is first, and all read hers.
func LoadKey(path string) ([]byte, error) {
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := makeKey(path); err != nil {
		return nil, fmt.Errorf("make key file %s: %w", path, err)
	}
	return readKey(path)
}

func readKey(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	defer file.Close()
	if err := checkPrivate(file); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, 4*keyLength))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyLength {
		return nil, fmt.Errorf("key file %s must hold %d hexadecimal digits; restore it from its backup, "+
			"or for a new database remove it and start again", path, hex.EncodedLen(keyLength))
	}
	return key, nil
}

// checkPrivate refuses a key file that others than its owner may read.
func checkPrivate(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read key file: %w", err)
	}
	const others = 0o077
	if runtime.GOOS != "windows" && info.Mode().Perm()&others != 0 {
		return fmt.Errorf("key file %s has mode %04o, so that others may read it; run: chmod 600 %s",
			file.Name(), info.Mode().Perm(), file.Name())
	}
	return nil
}

// makeKey writes a new key beside the path and gives it its name only once it is whole and on disk, unless another has
// the name by then: losing a key, or half of it, is losing everybody's personal data.
func makeKey(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	written, err := writeKey(folder)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(written) }()
	if err := os.Link(written, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(folder)
}

// writeKey writes a new key to a new file of the folder, which only its owner may read, and returns the file's name.
func writeKey(folder string) (string, error) {
	key := make([]byte, keyLength)
	_, _ = rand.Read(key) // never fails
	file, err := os.CreateTemp(folder, ".key-*")
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintln(file, hex.EncodeToString(key))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		_ = os.Remove(file.Name())
	}
	return file.Name(), err
}

// syncFolder makes a new name in the folder survive a loss of power.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder can't be opened there, and its names are written through
	}
	opened, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}
