package ledger

import (
	"context"
	"fmt"
	"time"
)

// Tx is one transaction on the books.
type Tx interface {
	// Page reads, and locks where it will change, what the need names. Parties that are new get an empty row.
	Page(ctx context.Context, need Need) (*Page, error)
	// Save writes what was posted to the page: the entries, the balances they change, the additions to shared accounts
	// and one record of the batch. It returns [ErrFloor] where a shared account would be spent below its floor (L8).
	Save(ctx context.Context, page *Page) error
	// HoldShared locks the spending of shared accounts that have a floor, in order, and returns what stands on each, in the
	// order asked for. Nobody else can lower them until the transaction ends, so that what is returned is a safe floor:
	// additions that are not committed yet would only raise it (L8). It is called after Page, which locks members.
	// Accounts that are held by one party, or have no floor, are refused with [ErrInvalid].
	HoldShared(ctx context.Context, accounts ...Account) ([]Balance, error)
	// HoldCalendar keeps every other transaction from booking until this one ends (L7).
	HoldCalendar(ctx context.Context) error
	// Close closes every period through that one; the transaction holds all others off the calendar (L7).
	Close(ctx context.Context, through Period) error
	Reader
}

// At says of which time a balance is: what counts through a value date, as known at an instant. Zero values mean all.
type At struct {
	ValueOn Date
	KnownAt time.Time
}

// Latest says that everything counts.
func (at At) Latest() bool { return at == At{} }

// Reader reads the books.
type Reader interface {
	// Entries returns those of the ids that are in the books, and those that undo one of them.
	Entries(ctx context.Context, ids ...ID) ([]Entry, error)
	// Balances returns every account of each party, in order of the parties.
	Balances(ctx context.Context, at At, parties ...Party) ([]Balances, error)
	// Statement pages through the entries of a party: a member's by value date, others' by recording time.
	Statement(ctx context.Context, q StatementQuery) (StatementPage, error)
	// TrialBalance returns the turnover of every control account of the periods through that one.
	TrialBalance(ctx context.Context, q TrialQuery) ([]Turnover, error)
	// SharedTurnovers returns the turnover of every account of parties that are not held, of the periods through that one.
	SharedTurnovers(ctx context.Context, through Period) ([]Turnover, error)
	// SharedBalances returns what stands on accounts that are not held, in the order asked for: what counts through the
	// value date, or all where it is zero. It locks nothing.
	SharedBalances(ctx context.Context, valueOn Date, accounts ...Account) ([]Balance, error)
	// Log pages through the entries in the order of their recording. It returns [ErrTooRecent] where the instant asked for
	// is so near that what was recorded by then isn't certain yet (L7).
	Log(ctx context.Context, q LogQuery) (LogPage, error)
	// Calendar says which periods are closed.
	Calendar(ctx context.Context) (Calendar, error)
}

// DayNet is what an account changed by on a value date, debits less credits.
type DayNet struct {
	On  Date
	Net int64
}

// LogQuery asks for a page of the log. Asked twice, it has the same answer.
type LogQuery struct {
	// After is where the last page ended; empty for the first.
	After string
	// Until is the last instant of recording that counts; zero means now, which is not certain.
	Until time.Time
	// Kinds are those of the entries wanted; none means all.
	Kinds []Kind
	// Limit bounds the entries that are gone through, wanted or not; the page ends with the commit that reaches it.
	Limit int
}

// LogPage is a page of the log: its entries by commit and within one by id, where it ended, and whether nothing more
// was recorded by the instant asked for.
type LogPage struct {
	Entries []Entry
	Next    string
	End     bool
}

// StatementQuery asks for a page of a party's statement.
type StatementQuery struct {
	Party    Party
	From, To Date
	Limit    int
	// After is where the last page ended; empty for the first.
	After string
}

// StatementPage is a page of entries; Next is empty after the last.
type StatementPage struct {
	Entries []Entry
	Next    string
}

// TrialQuery asks for a trial balance: bookings of the periods through one, as known at an instant. ByParty lists
// every party's accounts and not control accounts only.
type TrialQuery struct {
	Through Period
	KnownAt time.Time
	ByParty bool
}

// Turnover is what was debited and credited to an account; Party is empty for a control account.
type Turnover struct {
	Account       Account
	Debit, Credit int64
}

// Net is debits less credits.
func (t Turnover) Net() int64 { return t.Debit - t.Credit }

// Side is a column of the books.
type Side string

// The two columns.
const (
	DebitSide  Side = "debit"
	CreditSide Side = "credit"
)

// Side is the column that the balance stands in, and its amount there; a balance of zero stands on the normal side.
func (t Turnover) Side() (Side, Money) {
	net := t.Net()
	control, _ := t.Account.Code.Control()
	if net > 0 || net == 0 && control.Debit {
		return DebitSide, Money{net, t.Account.Currency}
	}
	return CreditSide, Money{-net, t.Account.Currency}
}

// InBalance says whether the turnovers' debits equal their credits in every currency (L1).
func InBalance(turnovers []Turnover) bool {
	nets := map[Currency]int64{}
	for _, t := range turnovers {
		nets[t.Account.Currency] += t.Net()
	}
	for _, net := range nets {
		if net != 0 {
			return false
		}
	}
	return true
}

// Plus adds a debit and a credit, or returns [ErrOverflow] (L9).
func (t Turnover) Plus(debit, credit int64) (Turnover, error) {
	var err error
	if t.Debit, err = add(t.Debit, debit); err == nil {
		t.Credit, err = add(t.Credit, credit)
	}
	if err != nil {
		return t, fmt.Errorf("turnover of %s: %w", t.Account, err)
	}
	return t, nil
}

// Store keeps books.
type Store interface {
	// Update runs fn in one transaction and commits it; fn may run more than once and has no effect but through tx.
	Update(ctx context.Context, fn func(context.Context, Tx) error) error
	// View runs fn on one snapshot of the books.
	View(ctx context.Context, fn func(context.Context, Reader) error) error
}

// Append posts entries in one transaction, all or none, as one thing that the first entry's id and fingerprint name:
// sent again, it is answered with the entry of the first time and true (L3).
func Append(ctx context.Context, s Store, entries ...Entry) (first Entry, repeated bool, err error) {
	err = s.Update(ctx, func(ctx context.Context, tx Tx) error {
		page, err := tx.Page(ctx, needOf(entries))
		if err != nil {
			return err
		}
		if first, repeated, err = page.Seen(entries[0].ID, entries[0].Fingerprint); err != nil || repeated {
			return err
		}
		posted, err := page.Post(entries...)
		if err != nil {
			return err
		}
		first = posted[0]
		return tx.Save(ctx, page)
	})
	return first, repeated, err
}

// needOf is what must be read before the entries can be posted.
func needOf(entries []Entry) Need {
	var need Need
	for _, e := range entries {
		need.Entries = append(need.Entries, e.ID)
		if !e.Undoes.IsZero() {
			need.Entries = append(need.Entries, e.Undoes)
			need.Undoing = append(need.Undoing, e.Undoes)
		}
		need.Parties = append(need.Parties, e.HeldParties()...)
	}
	return need
}

// HeldParties are those whose balances the entry changes under a lock.
func (e Entry) HeldParties() []Party {
	if e.Party.Held() {
		return []Party{e.Party}
	}
	return nil
}
