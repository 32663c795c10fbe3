package ledger

import "fmt"

// Finding is something wrong in the books: which law is broken, whose account it is, and what was found.
type Finding struct {
	Law     string
	Party   Party
	Account string
	Text    string
}

// String prints "L8 member:7ab3 2100 basic JOD: …".
func (f Finding) String() string {
	return fmt.Sprintf("%s %s %s: %s", f.Law, f.Party, f.Account, f.Text)
}

// Examiner takes part in a verification: it sees every entry once, party by party, and says at the end what is wrong.
// Those who know more of an entry than the books do, such as what a budget is charged with, check it so.
type Examiner interface {
	Examine(e Entry)
	Findings() []Finding
}

// NoteExaminer is an examiner who also looks at what a use case keeps beside a party's balances: it is shown the note of
// every party, which may be empty, after her last entry and before the end.
type NoteExaminer interface {
	Examiner
	ExamineNote(party Party, note []byte)
}

// Audit is the outcome of a verification.
type Audit struct {
	Entries, Parties int64
	Findings         []Finding
}
