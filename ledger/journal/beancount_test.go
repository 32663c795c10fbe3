package journal

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sanad.dev/sanad/ledger"
)

// beancountSyntax is beancount's own rule for the name of an account (core/account.py, ACCOUNT_RE, for ASCII), with
// the roots it knows.
var beancountSyntax = regexp.MustCompile(`^(Assets|Liabilities|Equity|Income|Expenses)(:[A-Z0-9][A-Za-z0-9-]*)+$`)

func TestNoTwoAccountsGetOneBeancountName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := accounts().Draw(t, "account")
		name := beancountName(a)
		if !beancountSyntax.MatchString(name) {
			t.Fatalf("beancount would refuse %s", name)
		}
		// What can be read back has not been mixed up with anything.
		if got := accountNamed(t, name); got != a {
			t.Fatalf("%s is the name of %s and of %s", name, a, got)
		}
	})
}

func TestNearBeancountNames(t *testing.T) {
	names := map[string]ledger.Account{}
	for _, scheme := range []ledger.SchemeCode{"", "-", "--", "a", "-a", "sc-a", "s-c", "none", "noscheme", "0", "0-a"} {
		for _, id := range []string{"a", "a.", "a_", "a-", "ad", "au", "a-d", "a.d", "a_u"} {
			a := ledger.Account{Code: ledger.Bank, Scheme: scheme, Party: ledger.Party("bank:" + id), Currency: "JOD"}
			if other, taken := names[beancountName(a)]; taken {
				t.Errorf("%s is the name of %s and of %s", beancountName(a), a, other)
			}
			names[beancountName(a)] = a
		}
	}
}

func TestBeancountAddsUpToTheBalances(t *testing.T) {
	entries := randomBooks(t)
	opened, got := map[string]bool{}, balances{}
	for line := range strings.Lines(written(t, Beancount, entries)) {
		words := strings.Fields(line)
		if len(words) > 3 && words[1] == "open" {
			key := words[2] + " " + words[3]
			if opened[key] {
				t.Errorf("opened twice: %s", key)
			}
			opened[key] = true
		}
		if len(words) == 3 && beancountSyntax.MatchString(words[0]) {
			if !opened[words[0]+" "+words[2]] {
				t.Errorf("not opened: %s", line)
			}
			got.add(words[0], words[2], words[1])
		}
	}
	if diff := cmp.Diff(balancesOf(entries, beancountName).nonzero(), got.nonzero()); diff != "" {
		t.Errorf("(-books +beancount):\n%s", diff)
	}
}

// accountNamed reads a beancount name back.
func accountNamed(t *rapid.T, name string) ledger.Account {
	parts := strings.Split(strings.Replace(name, "Equity:Memorandum:", "Memorandum:", 1), ":")
	if len(parts) != 5 {
		t.Fatalf("%s has %d parts", name, len(parts))
	}
	scheme := strings.ToLower(parts[2])
	switch {
	case parts[2] == "NoScheme":
		scheme = ""
	case strings.HasPrefix(parts[2], "SC-"):
		scheme = strings.TrimPrefix(parts[2], "SC")
	}
	kind, id, _ := strings.Cut(parts[3], "-")
	id = strings.NewReplacer("D", ".", "U", "_").Replace(id)
	return ledger.Account{
		Code: code(t, strings.TrimPrefix(parts[1], "A")), Scheme: ledger.SchemeCode(scheme),
		Party: ledger.Party(strings.ToLower(kind) + ":" + id), Currency: ledger.Currency(parts[4]),
	}
}

func code(t *rapid.T, s string) ledger.Code {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Code(n)
}

// accounts draws any account that the books admit, often of the few marks that names stumble over.
func accounts() *rapid.Generator[ledger.Account] {
	id := rapid.OneOf(rapid.StringMatching(`[a-z0-9][a-z0-9._-]{0,30}`), rapid.StringMatching(`[adu0][adu0._-]{0,5}`))
	return rapid.Custom(func(t *rapid.T) ledger.Account {
		party, err := ledger.NewParty(rapid.StringMatching(`[a-z]{1,10}`).Draw(t, "kind"), id.Draw(t, "id"))
		if err != nil {
			t.Fatal(err)
		}
		return ledger.Account{
			Code: rapid.SampledFrom(ledger.Chart()).Draw(t, "control").Code, Party: party,
			Scheme:   ledger.SchemeCode(rapid.StringMatching(`[a-z0-9-]{0,32}|-?(sc|none|noscheme)?-?`).Draw(t, "scheme")),
			Currency: rapid.SampledFrom([]ledger.Currency{"JOD", "EUR", "JPY"}).Draw(t, "currency"),
		}
	})
}
