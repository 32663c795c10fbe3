// Package oldage decides what becomes of old-age savings: the interest that they earn, what of the state's share is a
// member's own, what she may draw before she retires, what retirement gives her, and what her survivors get.
//
// Everything here is a pure function of values. What it is told and what it answers are plain values that are written as
// JSON in one way only, so that a decision can be judged again years later and comes out the same, byte for byte. Its
// laws: what goes into a pension comes out as lump sum, reserve and instalments, to the last unit (L9); what is due is
// computed from what is known, and the difference to what is booked is what moves (L6); the state's share is all hers at
// death, disability and retirement; and that nobody has asked is no reason to close, charge or empty an account.
package oldage

import (
	"sanad.dev/sanad/ledger"
)

// Pots are the accounts of old-age savings: what she has saved herself, and what the state has given.
var Pots = []ledger.Code{ledger.OldAgeOwn, ledger.OldAgeMatched}
