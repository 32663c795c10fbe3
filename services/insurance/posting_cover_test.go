package insurance

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sanad.dev/sanad/ledger"
)

const earner MemberID = "abcdefghijklmnopqrstuvwxya"

func potOf(code ledger.Code) ledger.Account {
	return ledger.Account{Code: code, Party: earner.Party(), Scheme: "basic", Currency: "JOD"}
}

func poolAccount(code ledger.Code, pool Pool) ledger.Account {
	return ledger.Account{Code: code, Party: pool.Party(), Scheme: "basic", Currency: "JOD"}
}

func earning(id byte, parts ...PotShare) Earning {
	return Earning{ID: ledger.ID{id}, Member: earner, Scheme: "basic", Currency: "JOD", Through: 2026_03_31, Parts: parts}
}

func TestEarnedCoverGoesFromTheMembersPotsToThePoolsIncome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		parts []PotShare
		want  []ledger.Posting
	}{
		{"own and matched health", []PotShare{{ledger.HealthOwn, 300}, {ledger.HealthMatched, 100}}, []ledger.Posting{
			ledger.Dr(potOf(ledger.HealthOwn), 300), ledger.Cr(poolAccount(ledger.EarnedContribution, Health), 300),
			ledger.Dr(potOf(ledger.HealthMatched), 100), ledger.Cr(poolAccount(ledger.SubsidyIncome, Health), 100),
		}},
		{"maternity goes to its own pool", []PotShare{{ledger.MaternityOwn, 7}}, []ledger.Posting{
			ledger.Dr(potOf(ledger.MaternityOwn), 7), ledger.Cr(poolAccount(ledger.EarnedContribution, Maternity), 7),
		}},
		{"what turned out to be less is given back", []PotShare{{ledger.HealthOwn, -50}}, []ledger.Posting{
			ledger.Dr(poolAccount(ledger.EarnedContribution, Health), 50), ledger.Cr(potOf(ledger.HealthOwn), 50),
		}},
		{"nothing moves nothing", []PotShare{{ledger.HealthOwn, 0}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, moved, err := Earned(earning(1, c.parts...))
			if err != nil || moved != (c.want != nil) {
				t.Fatalf("moved %v, %v", moved, err)
			}
			if diff := cmp.Diff(c.want, e.Postings); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, _, err := Earned(earning(1, PotShare{ledger.OldAgeOwn, 5})); err == nil {
		t.Error("savings for old age are nobody's to earn, and were")
	}
}

// given is an entry that puts money into a pot.
func given(t *testing.T, id byte, pot ledger.Code, minor int64) ledger.Entry {
	t.Helper()
	from := ledger.Account{Code: ledger.CollectorClearing, Party: "collector:mpesa", Currency: "JOD"}
	e, err := ledger.NewEntry(ledger.ID{id}, KindContribution, 2026_03_01, ledger.Dr(from, minor), ledger.Cr(potOf(pot), minor))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnAuditFindsWhatIsEarnedWrongly(t *testing.T) {
	t.Parallel()
	earned := func(minor int64) ledger.Entry {
		e, _, err := Earned(earning(9, PotShare{ledger.HealthOwn, minor}))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	tampered := earned(60)
	tampered.Postings[1].Account = poolAccount(ledger.EarnedContribution, Maternity)
	for _, c := range []struct {
		name    string
		entries []ledger.Entry
		wrong   bool
	}{
		{"less than was prepaid", []ledger.Entry{given(t, 1, ledger.HealthOwn, 100), earned(60)}, false},
		{"all of it", []ledger.Entry{given(t, 1, ledger.HealthOwn, 100), earned(100)}, false},
		{"more than was prepaid", []ledger.Entry{given(t, 1, ledger.HealthOwn, 100), earned(101)}, true},
		{"given back what was never earned", []ledger.Entry{given(t, 1, ledger.HealthOwn, 100), earned(-1)}, true},
		{"to another pool's income", []ledger.Entry{given(t, 1, ledger.HealthOwn, 100), tampered}, true},
		{"nothing at all", []ledger.Entry{given(t, 1, ledger.OldAgeOwn, 100)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			audit := NewEarningAudit()
			for _, e := range c.entries {
				audit.Examine(e)
			}
			if found := audit.Findings(); (len(found) > 0) != c.wrong {
				t.Errorf("found %v", found)
			}
		})
	}
}
