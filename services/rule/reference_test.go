package rule

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestTheReferenceNamesEverythingThatMayBeWritten compares SCHEMES.md with what is read: keys, quantities and blocks.
func TestTheReferenceNamesEverythingThatMayBeWritten(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../SCHEMES.md")
	if err != nil {
		t.Fatal(err)
	}
	_, reference, found := strings.Cut(string(text), "# Reference")
	if !found {
		t.Fatal("SCHEMES.md has no reference")
	}
	var names []string
	for _, kind := range []any{Scheme{}, Pot{}, Fact{}, Score{}, DatedValue{}, Subsidy{}, Condition{}, Between{}, Step{}, Slice{}, PhaseOut{},
		ProRata{}, OneAccount{}, Rounding{}, Form{}, Row{}, Selection{}, Stack{}, Answer{}, Vesting{}, Example{}, Person{}, StatedAge{}, Paid{}, Withdrawn{}} {
		names = append(names, writtenKeys(reflect.TypeOf(kind))...)
	}
	names = append(names, quantityNames()...)
	for name := range builtins() {
		names = append(names, name)
	}
	for _, span := range Spans() {
		names = append(names, string(span))
	}
	for _, name := range names {
		if !strings.Contains(reference, "`"+name+"`") {
			t.Errorf("the reference does not name %s", name)
		}
	}
}

// writtenKeys are the keys of a mapping in a file.
func writtenKeys(of reflect.Type) []string {
	var keys []string
	for i := range of.NumField() {
		key, _, _ := strings.Cut(of.Field(i).Tag.Get("yaml"), ",")
		if key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}
