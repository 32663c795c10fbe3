package benefit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

const sister insurance.MemberID = "aaaaaaaaaaaaaaaaaaaaaaaaai"

// TestWhoIsLeftBehindAndWhoIsPaidForEach: guardians for minors, herself for a member, and her own name for who has nobody.
func TestWhoIsLeftBehindAndWhoIsPaidForEach(t *testing.T) {
	t.Parallel()
	if !sister.WellFormed() {
		t.Fatal("the sister's id is none")
	}
	facts := insurance.Facts{
		Dependants: []insurance.Dependant{
			{Name: "husband", Kind: insurance.Spouse, PayTo: "payer:karim"},
			{Name: "second-husband", Kind: insurance.Spouse, Days: insurance.Days{To: 2025_12_31}},
			{Name: "grown", Kind: insurance.Child, Birth: insurance.Birth{On: 2000_01_01}},
			{Name: "small", Kind: insurance.Child, Birth: insurance.Birth{On: 2015_01_01}, PayTo: "payer:guardian"},
			{Name: "smaller", Kind: insurance.Child, Birth: insurance.Birth{On: 2018_01_01}, PayTo: "member:erased"},
			{Name: "unknown", Kind: insurance.Child},
		},
		Nominees: []insurance.Nominee{
			{Name: string(sister), Kind: insurance.OtherDependant, Parts: 3},
			{Name: "husband", Kind: insurance.Spouse, PayTo: "payer:other"},
			{Name: "later", Kind: insurance.OtherDependant, Days: insurance.Days{From: 2026_03_02}},
		},
	}
	known := func(p ledger.Party) bool { return p != "member:erased" }
	own := func(person string) ledger.Party { return ledger.Party("payer:own-" + person) }
	all, awaited := LeftBehind(facts, 2026_03_01, known, own)
	var got []string
	for _, s := range all {
		line := s.Person + " by " + string(s.PayTo)
		if s.Nominee {
			line += " named"
		}
		got = append(got, line)
	}
	for _, a := range awaited {
		line := a.Person + " is awaited"
		if a.Minor {
			line += ", a minor"
		}
		got = append(got, line)
	}
	want := []string{
		"husband by payer:karim named", "grown by payer:own-grown", "small by payer:guardian", "smaller by payer:own-smaller", "unknown by payer:own-unknown",
		string(sister) + " by member:" + string(sister) + " named",
		"grown is awaited", "smaller is awaited, a minor", "unknown is awaited, a minor",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if all[0].Parts != 0 || all[5].Parts != 3 {
		t.Errorf("parts: %d and %d", all[0].Parts, all[5].Parts)
	}
}

func TestTheFirstLeftBehindIsWhoWasNamedThenWhoCanBePaidThenTheNearest(t *testing.T) {
	t.Parallel()
	all := []Survivor{
		{Person: "parent", Kind: insurance.Parent}, {Person: "child-b", Kind: insurance.Child}, {Person: "child-a", Kind: insurance.Child},
		{Person: "wife", Kind: insurance.Spouse}, {Person: "friend", Kind: insurance.OtherDependant, Nominee: true},
	}
	for name, test := range map[string]struct {
		waits    string
		nominees bool
		want     string
	}{
		"whom she has named":                    {"", true, "friend"},
		"… also while nobody says who is paid":  {"friend wife", true, "friend"},
		"husband or wife":                       {"", false, "wife"},
		"who can be paid at once":               {"wife child-a", false, "child-b"},
		"by name, among the same":               {"wife", false, "child-a"},
		"the nearest, where nobody can be paid": {"parent child-a child-b wife friend", false, "wife"},
	} {
		var awaited []Awaited
		for _, person := range strings.Fields(test.waits) {
			awaited = append(awaited, Awaited{Survivor: Survivor{Person: person}})
		}
		if got, _ := First(all, awaited, test.nominees); got.Person != test.want {
			t.Errorf("%s: %s, want %s", name, got.Person, test.want)
		}
	}
	if _, any := First(nil, nil, true); any {
		t.Error("nobody is left, and somebody is first")
	}
}
