package tests

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	sanadv1 "sanad.dev/sanad/api/sanad/v1"
	"sanad.dev/sanad/ledger"
)

// acknowledgement is what a client was told of a line.
type acknowledgement struct {
	line     int
	id       ledger.ID
	state    sanadv1.ContributionState
	repeated bool
}

// acknowledged reads a receipt.
func acknowledged(line int, r *sanadv1.Receipt) (acknowledgement, error) {
	id, err := ledger.ParseID(r.GetId())
	return acknowledgement{line, id, r.GetState(), r.GetRepeated()}, err
}

// notes are the acknowledgements that a client has written down, each as it came and before it read the next.
type notes struct{ file *os.File }

func newNotes(t *testing.T) notes {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "acknowledged"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return notes{file}
}

const noteForm = "%d %s %d %t\n"

// write hands the note to the operating system, nothing less and nothing later.
func (n notes) write(a acknowledgement) error {
	_, err := fmt.Fprintf(n.file, noteForm, a.line, a.id, a.state, a.repeated)
	return err
}

// read returns all that was ever written down.
func (n notes) read() ([]acknowledgement, error) {
	file, err := os.Open(n.file.Name())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []acknowledgement
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var a acknowledgement
		var id string
		if _, err := fmt.Sscanf(lines.Text()+"\n", noteForm, &a.line, &id, &a.state, &a.repeated); err != nil {
			return nil, fmt.Errorf("note %q: %w", lines.Text(), err)
		}
		if a.id, err = ledger.ParseID(id); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}
