package insurance_test

import (
	"errors"
	"testing"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// reasonOf is the code of a fault; empty for none.
func faultOf(err error) string {
	var fault insurance.Fault
	errors.As(err, &fault)
	return fault.Reason
}

var said = insurance.Death{On: 2026_03_02, Source: "family", Evidence: insurance.EvidenceVouched}

// marked are the facts of somebody whose death Badr has entered.
func marked(t *testing.T) insurance.Facts {
	t.Helper()
	change, err := insurance.Facts{}.MarkDeath(said, "badr")
	return recorded(t, insurance.Facts{}, change, err, "badr", 2026_03_05)
}

func recorded(t *testing.T, f insurance.Facts, c insurance.Change, err error, by string, on ledger.Date) insurance.Facts {
	t.Helper()
	c.By, c.On = by, on
	if err == nil {
		f, err = f.Record(c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAMarkOfDeathEndsNothingBeforeAnotherPersonConfirmsIt(t *testing.T) {
	t.Parallel()
	facts := marked(t)
	if _, died := facts.Died(); died {
		t.Error("a mark alone counts as a death")
	}
	if _, err := facts.ConfirmDeath("badr", 2026_03_06); faultOf(err) != insurance.SamePerson {
		t.Errorf("who entered it confirms it: %v", err)
	}
	change, err := facts.ConfirmDeath("layla", 2026_03_06)
	facts = recorded(t, facts, change, err, "layla", 2026_03_06)
	if on, died := facts.Died(); !died || on != said.On {
		t.Errorf("confirmed: died %v on %s", died, on)
	}
	if known := facts.AsKnown(2026_03_05); known.Death.On != said.On || known.Death.Confirmed() {
		t.Errorf("as known the day before: %+v", known.Death)
	}
}

func TestPayoutsWaitOnceSheWasToldOfTheMarkAndNotBefore(t *testing.T) {
	t.Parallel()
	facts := marked(t)
	if facts.Death.HoldsPayouts() {
		t.Error("payouts wait before anybody told her")
	}
	change, err := facts.NotifyDeath("badr", 2026_03_06)
	facts = recorded(t, facts, change, err, "badr", 2026_03_06)
	if _, died := facts.Died(); !facts.Death.HoldsPayouts() || died {
		t.Errorf("told of it: payouts wait %v, died %v", facts.Death.HoldsPayouts(), died)
	}
	if _, err := facts.ConfirmDeath("badr", 2026_03_07); faultOf(err) != insurance.SamePerson {
		t.Errorf("who entered it confirms it once she was told: %v", err)
	}
}

func TestADeathThatNeverWasLeavesNothingOnRecord(t *testing.T) {
	t.Parallel()
	facts := marked(t)
	change, err := facts.ConfirmDeath("layla", 2026_03_06)
	facts = recorded(t, facts, change, err, "layla", 2026_03_06)
	change, err = facts.UndoDeath()
	facts = recorded(t, facts, change, err, "omar", 2026_03_10)
	if facts.Death != (insurance.Death{}) {
		t.Errorf("still on record: %+v", facts.Death)
	}
	for _, variant := range facts.Variants(2026_01_01) {
		if _, died := variant.Died(); died && len(facts.Superseded) == 0 {
			t.Error("nothing says that it was once on record")
		}
	}
	if _, err := facts.UndoDeath(); faultOf(err) != insurance.DeathNotMarked {
		t.Errorf("undone twice: %v", err)
	}
}

func TestADeathIsEnteredOnceAndSaysWhereItIsKnownFrom(t *testing.T) {
	t.Parallel()
	facts := marked(t)
	if change, err := facts.MarkDeath(said, "badr"); err != nil || change.Add.Death.On != 0 {
		t.Errorf("the same mark again: %+v, %v", change, err)
	}
	other := said
	other.On = 2026_03_01
	if _, err := facts.MarkDeath(other, "badr"); faultOf(err) != insurance.DeathKnown {
		t.Errorf("another day: %v", err)
	}
	for name, wrong := range map[string]insurance.Death{
		"DATE_INVALID":         {On: 2027_01_01, Source: "family", Evidence: insurance.EvidenceVouched},
		"DEATH_SOURCE_INVALID": {On: 2026_03_02, Source: "The Family", Evidence: insurance.EvidenceVouched},
		"EVIDENCE_MISSING":     {On: 2026_03_02, Source: "family"},
	} {
		change, _ := insurance.Facts{}.MarkDeath(wrong, "badr")
		change.By, change.On = "badr", 2026_03_05
		if _, err := (insurance.Facts{}).Record(change); faultOf(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
