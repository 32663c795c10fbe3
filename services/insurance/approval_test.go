package insurance

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

func TestAnActTakesTwoPeople(t *testing.T) {
	const key = "erase-member:a"
	open := Proposal{Key: key}
	proposed := Proposal{Key: key, Maker: "amal"}
	done := Proposal{Key: key, Maker: "amal", Approver: "badr", Done: true}
	cases := []struct {
		name     string
		before   *Proposal
		person   string
		after    Proposal
		carryOut bool
	}{
		{"the first person proposes", &open, "amal", proposed, false},
		{"where nothing is known, the first person proposes", nil, "amal", Proposal{Maker: "amal"}, false},
		{"the same person again proposes again", &proposed, "amal", proposed, false},
		{"she is the same in capitals", &proposed, "AMAL", proposed, false},
		{"another person approves and carries out", &proposed, "badr", done, true},
		{"once done, the maker does nothing more", &done, "amal", done, false},
		{"once done, the approver does nothing more", &done, "badr", done, false},
		{"once done, a third person does nothing more", &done, "carim", done, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			after, carryOut, err := Agree(c.before, c.person)
			if err != nil || carryOut != c.carryOut {
				t.Errorf("carry out is %v, %v; want %v", carryOut, err, c.carryOut)
			}
			if diff := cmp.Diff(c.after, after); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNobodyAgreesToNothing(t *testing.T) {
	proposed := Proposal{Key: "erase-member:a", Maker: "amal"}
	for _, person := range []string{"", " ", "amal ", " badr", "ba\x00dr", "ba\xffdr", string(make([]byte, 65))} {
		after, carryOut, err := Agree(&proposed, person)
		var fault Fault
		if !errors.As(err, &fault) || fault.Field != "person" || !errors.Is(err, ledger.ErrInvalid) || carryOut || after != proposed {
			t.Errorf("%q: got %v, %v, %v", person, after, carryOut, err)
		}
	}
}
