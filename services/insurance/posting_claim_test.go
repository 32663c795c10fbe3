package insurance

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

func TestWhatABenefitMovesIsBookedAndReadBack(t *testing.T) {
	t.Parallel()
	account := func(code ledger.Code, party ledger.Party) ledger.Account {
		return ledger.Account{Code: code, Party: party, Scheme: "basic", Currency: "JOD"}
	}
	const pool, funder, clinic, member = ledger.Party("pool:health"), ledger.Party("funder:mof"), ledger.Party("provider:clinic"), ledger.Party("member:a")
	cases := []struct {
		name    string
		payee   ledger.Party
		changes []OwedChange
		kind    ledger.Kind
		want    []ledger.Posting
	}{
		{"approved, the pool bears it", clinic, []OwedChange{{Bearer: pool, Minor: 900}}, KindBenefit,
			[]ledger.Posting{ledger.Dr(account(5100, pool), 900), ledger.Cr(account(2500, clinic), 900)}},
		{"pool and funder share it", member, []OwedChange{{Bearer: pool, Minor: 900}, {Bearer: funder, Minor: 50}}, KindBenefit,
			[]ledger.Posting{ledger.Dr(account(5100, pool), 900), ledger.Cr(account(2500, member), 900),
				ledger.Dr(account(1300, funder), 50), ledger.Cr(account(2500, member), 50)}},
		{"lowered before it is paid", clinic, []OwedChange{{Bearer: pool, Minor: -300}}, KindBenefitLowered,
			[]ledger.Posting{ledger.Dr(account(2500, clinic), 300), ledger.Cr(account(5100, pool), 300)}},
		{"a false claim of which a part is paid", clinic, []OwedChange{{Bearer: pool, Minor: -300, Recovered: 200}}, KindBenefitLowered,
			[]ledger.Posting{ledger.Dr(account(2500, clinic), 100), ledger.Dr(account(1400, clinic), 200), ledger.Cr(account(5100, pool), 300)}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := BenefitMove{ID: ledger.ID{9}, Claim: ledger.ID{7}, Number: 2, Scheme: "basic", Currency: "JOD", On: 2026_03_01, Payee: c.payee, Changes: c.changes}
			e, err := BenefitMoved(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, e.Postings); diff != "" || e.Kind != c.kind {
				t.Errorf("%s\n%s", e.Kind, diff)
			}
			got, ok := BenefitOf(e)
			if diff := cmp.Diff(want, got); diff != "" || !ok {
				t.Errorf("read back: %v\n%s", ok, diff)
			}
		})
	}
}

func TestABenefitIsBorneByAPoolOrAFunderAndRecoversNoMoreThanItLowers(t *testing.T) {
	t.Parallel()
	move := BenefitMove{ID: ledger.ID{9}, Claim: ledger.ID{7}, Number: 1, Scheme: "basic", Currency: "JOD", On: 2026_03_01, Payee: "member:a"}
	for name, c := range map[string]OwedChange{
		"a member bears it":              {Bearer: "member:b", Minor: 5},
		"more is recovered than lowered": {Bearer: "pool:health", Minor: -5, Recovered: 6},
		"less than nothing is recovered": {Bearer: "pool:health", Minor: -5, Recovered: -1},
	} {
		m := move
		m.Changes = []OwedChange{c}
		if _, err := BenefitMoved(m); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := BenefitOf(ledger.Entry{Kind: KindMatch, Reason: "CLAIM:00000000000000000000000000000007/1"}); ok {
		t.Error("an entry of another kind is read as a benefit")
	}
}
