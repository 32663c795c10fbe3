package ledger

import (
	"encoding/hex"
	"fmt"
	"time"
)

// ID names an entry. The caller makes it, from what makes the thing unique: a keyed hash of a collector's reference,
// say. It says nothing about anybody (L11).
type ID [16]byte

// ParseID reads 32 hexadecimal digits.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != hex.EncodedLen(len(id)) {
		return ID{}, fmt.Errorf("%w: id %.40q is not 32 hexadecimal digits", ErrInvalid, s)
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return ID{}, fmt.Errorf("%w: id %.40q is not 32 hexadecimal digits", ErrInvalid, s)
	}
	return id, nil
}

// String prints 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero says that no entry is named.
func (id ID) IsZero() bool { return id == ID{} }

// Fingerprint is a keyed hash of what the caller sent, enough to tell same content from other (L3). Its first byte is
// the version of the hash; all zero where the id alone says what the entry is.
type Fingerprint [17]byte

// Kind says what happened, such as "contribution".
type Kind string

// KindReversal marks the mirror of an entry, which undoes it for good.
const KindReversal Kind = "reversal"

// Posting is one line of an entry: exactly one of Debit and Credit is positive, in minor units, the other is zero.
type Posting struct {
	Account Account
	Debit   int64
	Credit  int64
}

// Dr is a line in the debit column.
func Dr(a Account, minor int64) Posting { return Posting{Account: a, Debit: minor} }

// Cr is a line in the credit column.
func Cr(a Account, minor int64) Posting { return Posting{Account: a, Credit: minor} }

// Net is debit less credit.
func (p Posting) Net() int64 { return p.Debit - p.Credit }

func (p Posting) check() error {
	if p.Debit < 0 || p.Credit < 0 || (p.Debit == 0) == (p.Credit == 0) {
		return fmt.Errorf("%w: posting to %s needs one positive amount", ErrInvalid, p.Account)
	}
	return p.Account.check()
}

// Entry is one dated, balanced set of postings.
type Entry struct {
	ID ID
	// Party is whose rows the entry lies with: the member it concerns, else the party of its first posting.
	Party Party
	Kind  Kind
	// ValueOn is when it counts; BookedOn is the period it belongs to, set by the page (L7).
	ValueOn  Date
	BookedOn Date
	// RecordedAt is when we learned of it: the database's clock, set by the page.
	RecordedAt time.Time
	Postings   []Posting
	// Undoes names the entry that this one undoes; zero for most.
	Undoes ID
	// Reason is a coded reason where there is one, such as MEMBER_UNKNOWN (L10).
	Reason      string
	Fingerprint Fingerprint
}

// The limits of an entry.
const (
	mostPostings  = 256
	longestReason = 96
)

// NewEntry makes an entry, or returns [ErrInvalid], [ErrUnbalanced] or [ErrOverflow]: no unbalanced entry exists (L1).
// An entry concerns one member at most; what moves between two goes through suspense, in two entries.
func NewEntry(id ID, kind Kind, on Date, postings ...Posting) (Entry, error) {
	e := Entry{ID: id, Kind: kind, ValueOn: on, Postings: postings}
	if len(postings) > 0 {
		e.Party = postings[0].Account.Party
	}
	for _, p := range postings {
		if p.Account.Party.Held() {
			e.Party = p.Account.Party
		}
	}
	return e, e.Check()
}

// Currency is the one currency of the entry.
func (e Entry) Currency() Currency { return e.Postings[0].Account.Currency }

// Check returns what is wrong with the entry's form: [ErrInvalid], [ErrUnbalanced] or [ErrOverflow].
func (e Entry) Check() error {
	if e.ID.IsZero() || e.Kind == "" || len(e.Reason) > longestReason {
		return fmt.Errorf("%w: an entry needs an id, a kind and a short reason code", ErrInvalid)
	}
	if _, err := NewDate(e.ValueOn.Year(), e.ValueOn.Month(), e.ValueOn.Day()); err != nil {
		return err
	}
	if len(e.Postings) < 2 || len(e.Postings) > mostPostings {
		return fmt.Errorf("%w: entry %s has %d postings", ErrUnbalanced, e.ID, len(e.Postings))
	}
	return e.checkPostings()
}

func (e Entry) checkPostings() error {
	var debit, credit int64
	for _, p := range e.Postings {
		if err := p.check(); err != nil {
			return err
		}
		if p.Account.Currency != e.Currency() {
			return fmt.Errorf("%w: entry %s has two currencies", ErrUnbalanced, e.ID)
		}
		if p.Account.Party.Held() && p.Account.Party != e.Party {
			return fmt.Errorf("%w: entry %s concerns two members", ErrInvalid, e.ID)
		}
		var err error
		if debit, err = add(debit, p.Debit); err != nil {
			return err
		}
		if credit, err = add(credit, p.Credit); err != nil {
			return err
		}
	}
	if debit != credit {
		return fmt.Errorf("%w: entry %s has debits of %d and credits of %d", ErrUnbalanced, e.ID, debit, credit)
	}
	return nil
}

// Reverse makes the mirror of an entry, with its value date: what is reversed never counted.
func Reverse(e Entry, id ID) Entry {
	mirror := Entry{ID: id, Party: e.Party, Kind: KindReversal, ValueOn: e.ValueOn, Undoes: e.ID}
	for _, p := range e.Postings {
		mirror.Postings = append(mirror.Postings, Posting{Account: p.Account, Debit: p.Credit, Credit: p.Debit})
	}
	return mirror
}

// mirrors says whether e takes back exactly what the other posted.
func (e Entry) mirrors(other Entry) bool {
	if len(e.Postings) != len(other.Postings) {
		return false
	}
	for i, p := range e.Postings {
		q := other.Postings[i]
		if p.Account != q.Account || p.Debit != q.Credit || p.Credit != q.Debit {
			return false
		}
	}
	return true
}

// Touches says whether a posting of the entry is to an account of the party.
func (e Entry) Touches(party Party) bool {
	for _, p := range e.Postings {
		if p.Account.Party == party {
			return true
		}
	}
	return false
}
