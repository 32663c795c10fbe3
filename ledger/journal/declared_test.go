package journal

import (
	"fmt"
	"testing"

	"sanad.dev/sanad/ledger"
)

func TestEachAccountIsNewOnce(t *testing.T) {
	d := newDeclared()
	for round := range 2 {
		for scheme := range 150 { // more sub-ledgers than one shelf has bits
			for _, party := range []ledger.Party{"member:a", "member:b"} {
				a := ledger.Account{Code: ledger.OldAgeOwn, Party: party, Scheme: ledger.SchemeCode(fmt.Sprint(scheme)), Currency: "JOD"}
				if got, want := d.newAccount(a), round == 0; got != want {
					t.Errorf("round %d, %s: new %v, want %v", round, a, got, want)
				}
			}
		}
	}
}
