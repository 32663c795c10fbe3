// Package ledger keeps double-entry books: accounts, balanced entries, and the balances that follow from them.
//
// It decides and stores nothing itself. A [Page] is what one database transaction has read and locked; posting to it
// is a pure decision; a [Store] reads pages and writes what was posted. The laws, numbered as in ARCHITECTURE.md:
//
//   - L1 Every entry's debits equal its credits, in one currency: [NewEntry] makes no other, [Page.Post] takes no other.
//   - L2 Entries are only added. One entry may undo another, once; a reversal is not itself undone.
//   - L3 The caller names each entry. Same id and same fingerprint: the first answer again. Other fingerprint: an error.
//   - L7 An entry counts from its value date and is booked on it, or on the first open day where that period is closed.
//   - L8 A floored account cannot be spent below zero.
//   - L9 Money is whole minor units in int64, checked for overflow; a split loses nothing.
//   - L11 Entries know people by opaque id and things by keyed hash.
package ledger

import "errors"

// The refusals of the books, in the order in which they are looked for: every store gives the same one.
var (
	// ErrInvalid: the form of an amount, date, party or entry is wrong.
	ErrInvalid = errors.New("invalid")
	// ErrUnbalanced: debits and credits differ, or are in more than one currency (L1).
	ErrUnbalanced = errors.New("unbalanced")
	// ErrReferenceReused: the id is taken by an entry with other content (L3).
	ErrReferenceReused = errors.New("reference reused with other content")
	// ErrUnknownEntry: the entry to be undone is not in the books.
	ErrUnknownEntry = errors.New("entry unknown")
	// ErrAlreadyUndone: another entry has undone it first (L2).
	ErrAlreadyUndone = errors.New("already undone")
	// ErrReversalFinal: a reversal is not itself reversed; the thing is posted anew (L2).
	ErrReversalFinal = errors.New("a reversal is final")
	// ErrOverflow: an amount or balance leaves the int64 range (L9).
	ErrOverflow = errors.New("overflow")
	// ErrFloor: the account would be spent below its floor (L8).
	ErrFloor = errors.New("below the floor")
	// ErrClosed: the period is closed already, or an earlier one is still open.
	ErrClosed = errors.New("period")
	// ErrTooRecent: what was known at that instant can't be told yet (L7).
	ErrTooRecent = errors.New("too recent to be known for certain")
	// ErrNotFound: nothing is stored under that name.
	ErrNotFound = errors.New("not found")
)
