package payout

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sanad.dev/sanad/ledger"
)

// BatchState is how far a batch has come.
type BatchState string

// The states of a batch.
const (
	// Drawing: its lines are being written; the same call goes on.
	Drawing BatchState = "drawing"
	// Made: all lines are there, and what was declared is so. It waits for another person.
	Made BatchState = "made"
	// Agreed: another person has approved it, and its lines are being paid.
	Agreed BatchState = "approved"
	// Declined: somebody has turned it down, or it was not what had been declared. Nothing of it is paid.
	Declined BatchState = "declined"
)

// Batch is what one person asks to be paid and another approves, all together.
type Batch struct {
	ID          ID
	Fingerprint ledger.Fingerprint
	// Reference is the maker's own name for it; the same again is the same batch (L3).
	Reference string
	Rail      string
	// Pool bears what the rail charges.
	Pool  ledger.Party
	State BatchState
	// Reason says why it was declined.
	Reason          string
	Maker, Approver string
	MadeAt          time.Time
	AgreedAt        time.Time
	// Booked says that every line of an approved batch is booked, or has failed.
	Booked bool
	// Declared is what the maker says it comes to; Found is what its lines come to.
	Declared, Found Sum
	// Follows is the batch whose failed lines these are.
	Follows ID
}

// Sum is how many lines there are and what they come to, in minor units of one currency.
type Sum struct {
	Count int
	Total ledger.Money
}

// MostLines is how many lines a batch may have.
const MostLines = 10_000

// Line is what one party is to be paid.
type Line struct {
	Party  ledger.Party
	Scheme ledger.SchemeCode
	// Minor is the amount in minor units of the batch's currency; zero means all that is payable.
	Minor int64
	// To is where it goes; zero means to the destination on record.
	To Destination
}

func (l Line) check(n int) error {
	field := fmt.Sprintf("lines[%d]", n)
	if err := checkParty(field+".party", l.Party, ledger.MemberKind, ledger.ProviderKind, ledger.PayerKind); err != nil {
		return err
	}
	if l.Minor < 0 {
		return fault(field+".amount", "AMOUNT_INVALID", "an amount is above zero; leave it out for all that is payable")
	}
	if l.To == (Destination{}) {
		return nil
	}
	if err := l.To.Check(); err != nil {
		return fault(field+".destination", "DESTINATION_INVALID", err.Error())
	}
	return nil
}

// key tells lines apart: what one party is owed in one scheme is paid by one line.
func (l Line) key() string { return string(l.Party) + " " + string(l.Scheme) }

// checkLines returns what is wrong with the lines as they were sent, before anything is written.
func checkLines(lines []Line) error {
	if len(lines) > MostLines {
		return fault("lines", "LINES_TOO_MANY", fmt.Sprintf("a batch has %d lines at most; make several", MostLines))
	}
	seen := make(map[string]int, len(lines))
	for n, l := range lines {
		if err := l.check(n); err != nil {
			return err
		}
		if first, twice := seen[l.key()]; twice {
			return fault(fmt.Sprintf("lines[%d]", n), "LINE_TWICE", fmt.Sprintf("line %d is of the same party and scheme; give one amount", first+1))
		}
		seen[l.key()] = n
	}
	return nil
}

// checkDeclared compares what was declared with lines whose amounts are all given; where one is not, it waits until the
// lines are written.
func checkDeclared(declared Sum, lines []Line) error {
	var sum int64
	for _, l := range lines {
		if l.Minor == 0 {
			return nil
		}
		sum += l.Minor
	}
	return declared.agrees(Sum{len(lines), ledger.Money{Minor: sum, Currency: declared.Total.Currency}})
}

// agrees says whether what was found is what was declared.
func (s Sum) agrees(found Sum) error {
	switch {
	case s.Count != found.Count:
		return fault("declared_count", "DECLARED_COUNT_DIFFERS", fmt.Sprintf("%d lines are declared and there are %d", s.Count, found.Count))
	case s.Total != found.Total:
		return fault("declared_total", "DECLARED_TOTAL_DIFFERS", fmt.Sprintf("%s is declared and the lines come to %s", s.Total, found.Total))
	}
	return nil
}

// agreed is a person's word for the batch. Who made it can't approve it; her colleague's second word changes nothing.
func (b Batch) agreed(person string, now time.Time) (after Batch, err error) {
	switch {
	case b.State == Agreed && samePerson(b.Approver, person):
		return b, nil
	case b.State == Drawing:
		return b, fault("batch", WrongState, "its lines are still being written; make the batch's own call again")
	case b.State != Made:
		return b, fault("batch", WrongState, "it is "+string(b.State)+" already")
	case samePerson(b.Maker, person):
		return b, fault("person", SamePerson, "who made the batch can't approve it; ask somebody else")
	}
	b.State, b.Approver, b.AgreedAt = Agreed, person, now
	return b, nil
}

// declined is the batch after somebody has turned it down.
func (b Batch) declined(reason, person string) (after Batch, err error) {
	if b.State == Agreed {
		return b, fault("batch", WrongState, "it is approved already; withdraw its payouts one by one, as long as they are not sent")
	}
	b.State, b.Reason, b.Approver = Declined, reason, person
	return b, nil
}

func samePerson(a, b string) bool { return strings.EqualFold(a, b) }

func checkParty(field string, p ledger.Party, kinds ...string) error {
	if _, err := ledger.NewParty(p.Kind(), p.ID()); err != nil || !slices.Contains(kinds, p.Kind()) {
		return fault(field, "PARTY_INVALID", "name one as kind:id; kinds are "+strings.Join(kinds, ", "))
	}
	return nil
}

// The longest names that a caller may choose.
const (
	longestPerson    = 64
	longestReference = 128
)

func checkPerson(person string) error {
	if person == "" || person != strings.TrimSpace(person) || !plain(person, longestPerson) {
		return fault("person", "PERSON_INVALID", "say who makes this call, in 64 characters at most, without spaces around the name")
	}
	return nil
}

func checkReference(reference string) error {
	if reference == "" || !plain(reference, longestReference) {
		return fault("reference", "REFERENCE_INVALID", "give it a name of your own, of 128 characters at most")
	}
	return nil
}

// plain says whether a database and a terminal can take the text.
func plain(s string, longest int) bool {
	breaks := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }
	return utf8.ValidString(s) && !strings.ContainsFunc(s, breaks) && utf8.RuneCountInString(s) <= longest
}
