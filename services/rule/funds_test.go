package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/rule/exact"
)

// pooled is a scheme of a group whose pools nothing is wrong with.
const pooled = `scheme: fishers
name: Fishers of the gulf
currency: JOD
time_zone: Asia/Amman
effective: 2026-01-01
pots:
  - {account: 2200, name: health, share: 1, pool: health}
facts:
  income: {type: number}
parameters:
  share:
    - {from: 2026-01-01, value: 20%}
    - {from: 2027-01-01, value: 25%}
subsidies:
  - {id: match, funder: mof, pot: 2210, reads: contributions, amount: [{times: 0.5}]}
funds:
  national: national-basic
  guarantor: mof
  pools:
    health: {floor: 20000, not_reported: 12%, ceded: share, retention: {times: [share, 200000]}, recovered: 0.9}
    maternity: {no_loan: true, law: Art. 12}
    old-age: {floor: 1.5}
`

func TestThePoolsOfASchemeAreReadStrictly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, want string }{
		"as they are":                      {"mof", "mof", ""},
		"a pool that is none":              {"    maternity:", "    motherhood:", `funds.pools: "motherhood" is none of health, maternity, old-age`},
		"no pools":                         {pooled[strings.Index(pooled, "  pools:\n"):], "", "funds.pools: write health"},
		"a key that is none":               {"not_reported:", "unreported:", `"unreported" means nothing here`},
		"a share above one":                {"not_reported: 12%", "not_reported: 1.2", "a share is a part of one"},
		"a share below nothing":            {"recovered: 0.9", "recovered: -1", "a share is a part of one"},
		"a number of a member":             {"floor: 20000", "floor: income", "a pool's numbers depend on no member"},
		"a name of nothing":                {"floor: 20000", "floor: flor", `"flor" is no fact, parameter`},
		"itself behind itself":             {"national: national-basic", "national: fishers", "funds.national: write the code"},
		"nobody to pass to":                {"  national: national-basic\n", "", "ceded, retention and recovered need funds.national"},
		"old age that is passed on":        {"old-age: {floor: 1.5}", "old-age: {ceded: 1%}", "its members' own"},
		"recovered above nothing":          {"retention: {times: [share, 200000]}, ", "", "recovered needs retention"},
		"a loan that no law forbids":       {", law: Art. 12", "", "no_loan needs law"},
		"a guarantor that is no funder":    {"guarantor: mof", "guarantor: The Ministry", "funds.guarantor: write a funder's short name"},
		"a floor that is looked up by her": {"floor: 20000", "floor: {lookup: age, table: [{value: 1}]}", "a pool's numbers depend on no member"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(pooled, test.old) {
				t.Fatalf("%q is not in the scheme", test.old)
			}
			_, err := Load(Folder{Scheme: []byte(strings.Replace(pooled, test.old, test.new, 1))})
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestTheTermsOfAPoolFollowItsDates(t *testing.T) {
	t.Parallel()
	s, err := Load(Folder{Scheme: []byte(pooled)})
	if err != nil {
		t.Fatal(err)
	}
	day := func(text string) Day {
		d, err := ledger.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return Day(d)
	}
	type known struct {
		Floor, Retention              int64
		NotReported, Ceded, Recovered string
		Retains, Loan, Known          bool
	}
	for _, c := range []struct {
		pool, on string
		want     known
	}{
		{"health", "2026-03-01", known{20_000_000, 40_000_000, "0.12", "0.2", "0.9", true, true, true}},
		{"health", "2027-03-01", known{20_000_000, 50_000_000, "0.12", "0.25", "0.9", true, true, true}},
		{"maternity", "2026-03-01", known{0, 0, "0", "0", "1", false, false, true}},
		{"old-age", "2026-03-01", known{1500, 0, "0", "0", "1", false, false, true}},
	} {
		got, ok := s.FundTerms(c.pool, day(c.on))
		told := known{got.Floor, got.Retention, got.NotReported.String(), got.Ceded.String(), got.Recovered.String(), got.Retains, got.Loan, ok}
		if diff := cmp.Diff(c.want, told); diff != "" {
			t.Errorf("%s on %s: %s", c.pool, c.on, diff)
		}
	}
	if _, ok := s.FundTerms("health", day("2025-03-01")); ok {
		t.Error("a share is known on a day on which it has no value")
	}
	if _, ok := s.FundTerms("sports", day("2026-03-01")); ok {
		t.Error("a pool is known that the scheme does not name")
	}
	if isShare(exact.Must("1.01")) {
		t.Error("1.01 is a part of one")
	}
}
