package insurance

import (
	"encoding/hex"
	"regexp"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/privacy"
)

// Death is that a member has died: a fact with its day, its source and what it rests on, that one person enters and
// another confirms. A mark that is not confirmed ends nothing: it holds payouts in cash once she has been told of it, so
// that she can say that she lives.
type Death struct {
	On ledger.Date `json:"on,omitempty"`
	// Source is where it is known from, such as "civil-register", "family" or "hospital".
	Source   string   `json:"source,omitempty"`
	Evidence Evidence `json:"evidence,omitempty"`
	// EnteredBy is the person who entered it.
	EnteredBy string `json:"entered_by,omitempty"`
	// NotifiedOn is the day on which she was told of the mark, on her channel and at her home, as NotifiedBy says: from
	// then on payouts in cash to her wait. Zero while nobody has told her.
	NotifiedOn ledger.Date `json:"notified_on,omitempty"`
	NotifiedBy string      `json:"notified_by,omitempty"`
	// ConfirmedBy is the other person, ConfirmedOn the fund's day on which she spoke; empty for a mark alone.
	ConfirmedBy string      `json:"confirmed_by,omitempty"`
	ConfirmedOn ledger.Date `json:"confirmed_on,omitempty"`
	Recorded
}

// Confirmed says that two people stand for it.
func (d Death) Confirmed() bool { return d.ConfirmedBy != "" }

// HoldsPayouts says that payouts in cash to her wait: she was told of the mark and has not said that she lives, or the
// death is confirmed.
func (d Death) HoldsPayouts() bool { return d.Confirmed() || d.NotifiedOn != 0 }

// Died is the day of a death that is confirmed; false for somebody who lives, also where a death is marked only.
func (f Facts) Died() (ledger.Date, bool) { return f.Death.On, f.Death.Confirmed() }

// DeathsUndone counts the deaths that were on record and never were: one that is marked later is another death.
func (f Facts) DeathsUndone() (n int) {
	for _, s := range f.Superseded {
		if s.Was.Death.On != 0 && s.Why == OfficeError {
			n++
		}
	}
	return n
}

// OwnName is the party under which what is somebody's own is owed whom a dead member leaves behind, while nobody has said
// who is paid for her. It tells nothing of her.
func OwnName(keys *privacy.Keyring, member MemberID, person string) ledger.Party {
	hashed := keys.Hash("survivor", string(member), person)
	return ledger.Party(ledger.PayerKind + ":" + hex.EncodeToString(hashed[:]))
}

// The reasons for which a death can't be marked, confirmed or undone.
const (
	DeathKnown     = "DEATH_KNOWN"
	DeathNotMarked = "DEATH_NOT_MARKED"
	SamePerson     = "SAME_PERSON"
)

// MarkDeath is the change that enters a death. The same mark again changes nothing; another day or source is entered once
// the mark that is there has been undone.
func (f Facts) MarkDeath(d Death, person string) (Change, error) {
	on := f.Death
	if on.On != 0 && (on.On != d.On || on.Source != d.Source) {
		return Change{}, Fault{"member_id", DeathKnown, "a death is marked already, with another day or source; undo that mark first"}
	}
	if on.On != 0 {
		return Change{}, nil
	}
	d.ConfirmedBy, d.ConfirmedOn, d.NotifiedBy, d.NotifiedOn = "", 0, "", 0
	d.EnteredBy = person
	return Change{Add: Facts{Death: d}}, nil
}

// ConfirmDeath is the change by which another person than the one who entered it confirms a death.
func (f Facts) ConfirmDeath(person string, today ledger.Date) (Change, error) {
	d := f.Death
	switch {
	case d.On == 0:
		return Change{}, notMarked()
	case d.Confirmed():
		return Change{}, nil
	case d.EnteredBy == person:
		return Change{}, Fault{"person", SamePerson, "who entered it can't confirm it; let another person look at the evidence"}
	}
	d.ConfirmedBy, d.ConfirmedOn = person, today
	return Change{Add: Facts{Death: d}, Why: BetterEvidence}, nil
}

// NotifyDeath is the change that says that she was told of the mark today.
func (f Facts) NotifyDeath(person string, today ledger.Date) (Change, error) {
	d := f.Death
	switch {
	case d.On == 0:
		return Change{}, notMarked()
	case d.NotifiedOn != 0:
		return Change{}, nil
	}
	d.NotifiedBy, d.NotifiedOn = person, today
	return Change{Add: Facts{Death: d}, Why: BetterEvidence}, nil
}

// UndoDeath is the change that takes a death back that never was: the office's error, for which nobody else pays.
func (f Facts) UndoDeath() (Change, error) {
	if f.Death.On == 0 {
		return Change{}, notMarked()
	}
	return Change{TakeBack: Facts{Death: f.Death}, Why: OfficeError}, nil
}

func notMarked() error {
	return Fault{"member_id", DeathNotMarked, "no death of hers is on record; mark it first"}
}

// deathSource is a word for where a death is known from.
var deathSource = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func (Death) subject() string           { return "" }
func (Death) days() Days                { return Days{} }
func (d Death) until(ledger.Date) Death { return d }
func (d Death) rests() Evidence         { return d.Evidence }
func (d Death) with(r Recorded) Death   { d.Recorded = r; return d }
func (d Death) check(field string, latest ledger.Date) error {
	switch {
	case !isDay(d.On) || d.On > latest:
		return Fault{field + ".on", "DATE_INVALID", "give the day of death, today at the latest"}
	case !deathSource.MatchString(d.Source):
		return Fault{field + ".source", "DEATH_SOURCE_INVALID", "say where it is known from by a word such as civil-register, hospital or family"}
	case d.Evidence == "":
		return Fault{field + ".evidence", "EVIDENCE_MISSING", "say what it rests on: stated, vouched, document or register"}
	}
	return d.Evidence.check(field+".evidence", "EVIDENCE_INVALID")
}
