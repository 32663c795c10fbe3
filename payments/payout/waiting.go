package payout

import (
	"bytes"
	"time"
)

// Waiting is a payout that is requested or approved and not sent: what it comes to in minor units, and its place in the
// order of asking.
type Waiting struct {
	ID          ID
	RequestedAt time.Time
	Minor       int64
}

// Passes says whether the hold lets go on what was asked for at the instant: what is as old as the oldest that it does
// not keep, or older.
func (h Hold) Passes(at time.Time, id ID) bool {
	if h.PastAt.IsZero() || at.After(h.PastAt) {
		return false
	}
	return at.Before(h.PastAt) || bytes.Compare(id[:], h.PastID[:]) <= 0
}
