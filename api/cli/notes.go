package cli

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// notes are what is written down of each line while a statement is posted. They name a line by its number, never by
// reference, phone or name (L11).
type notes struct {
	result *draft
	rows   *csv.Writer
	// acknowledged is written without a buffer, so that what it says survives whatever happens to this process.
	acknowledged *os.File
}

func (p post) notes() (*notes, error) {
	result, err := newDraft(p.result())
	if err != nil {
		return nil, fmt.Errorf("--result: %w", err)
	}
	n := &notes{result: result, rows: csv.NewWriter(result)}
	if err := n.rows.Write([]string{"line", "outcome", "reason", "contribution_id"}); err != nil {
		return nil, err
	}
	if p.Acknowledged == "" {
		return n, nil
	}
	if n.acknowledged, err = os.OpenFile(p.Acknowledged, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		result.drop()
		return nil, fmt.Errorf("--acknowledged: %w", err)
	}
	return n, nil
}

func (n *notes) add(a answer) error {
	line, id := strconv.Itoa(a.line.Number), a.receipt.GetId()
	if n.acknowledged != nil && id != "" {
		if _, err := n.acknowledged.WriteString(line + "," + id + "\n"); err != nil {
			return fmt.Errorf("write down an acknowledgement: %w", err)
		}
	}
	return n.rows.Write([]string{line, string(a.outcome()), a.reason(), id})
}

// close keeps the result, unless nothing was answered: then that of an earlier posting stays.
func (n *notes) close(keep bool) error {
	if n.acknowledged != nil {
		if err := n.acknowledged.Close(); err != nil {
			return err
		}
	}
	if !keep {
		n.result.drop()
		return nil
	}
	n.rows.Flush()
	if err := n.rows.Error(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return n.result.keep()
}

// draft is a file that takes its name only once it is whole.
type draft struct {
	*os.File
	path string
}

// newDraft makes a draft beside the path. What is no file of its own there, such as a pipe or /dev/null, is written
// to as it is and never replaced.
func newDraft(path string) (*draft, error) {
	if about, err := os.Stat(path); err == nil && !about.Mode().IsRegular() {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &draft{file, ""}, err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	return &draft{file, path}, err
}

func (d *draft) keep() error {
	if err := d.Close(); err != nil || d.path == "" {
		return err
	}
	return os.Rename(d.Name(), d.path)
}

// drop throws the draft away. It has no use any more, so it does not matter whether that succeeds.
func (d *draft) drop() {
	_ = d.Close()
	if d.path != "" {
		_ = os.Remove(d.Name())
	}
}
