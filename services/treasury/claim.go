package treasury

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// ClaimID names a treasury claim: those of one funder and scheme are numbered from 1.
type ClaimID struct {
	Funder insurance.FunderID
	Scheme ledger.SchemeCode
	Number int
}

// String prints "mof.basic.7".
func (id ClaimID) String() string { return fmt.Sprintf("%s.%s.%d", id.Funder, id.Scheme, id.Number) }

// ParseClaimID reads "mof.basic.7".
func ParseClaimID(text string) (ClaimID, error) {
	parts := strings.Split(text, ".")
	if len(parts) == 3 {
		number, err := strconv.Atoi(parts[2])
		id := ClaimID{insurance.FunderID(parts[0]), ledger.SchemeCode(parts[1]), number}
		if err == nil && number > 0 && id.String() == text {
			return id, nil
		}
	}
	return ClaimID{}, insurance.Fault{Field: "claim", Reason: "CLAIM_INVALID", Text: "a claim is named by funder, scheme and number, such as mof.basic.7"}
}

// State is where a claim stands.
type State string

// The states, in their order.
const (
	// Drawing: lines are still being collected; the same call again goes on.
	Drawing State = "drawing"
	// DrawnUp: lines, total and hash are frozen.
	DrawnUp State = "drawn-up"
	// Certified by a second person.
	Certified State = "certified"
	// Sent to the funder.
	Sent State = "sent"
	// Verified: the funder has looked at every line.
	Verified State = "verified"
	PartPaid State = "part-paid"
	Paid     State = "paid"
)

// Phase is how far the drawing up has come, so that it goes on where it was cut off.
type Phase string

// The phases.
const (
	// TakingWaiting takes the lines that were left to this claim: of later value dates, or claimed anew.
	TakingWaiting Phase = "waiting"
	// ReadingLog reads the books' log from where the last claim ended.
	ReadingLog Phase = "log"
	// Totalling adds up and hashes the lines.
	Totalling Phase = "totalling"
	// Frozen: nothing is added any more.
	Frozen Phase = "frozen"
)

// Signature is who did something, and when by the database's clock.
type Signature struct {
	By string
	At time.Time
}

// Claim asks a funder to pay what was granted to the members of a scheme. Amounts are in minor units of its currency;
// clawbacks count against grants.
type Claim struct {
	ID ClaimID
	// Reference is the caller's own name for the drawing up (L3).
	Reference   string
	Fingerprint ledger.Fingerprint
	Currency    ledger.Currency
	// Through is the last value date claimed; what is dated later waits for the next claim.
	Through ledger.Date
	// Until is the last instant of recording that was looked at, and Cursor where in the log that is.
	Until  time.Time
	Cursor string
	Phase  Phase
	// Totalled is how far the totalling has come: the last line's id and the state of the hash; empty before and after.
	Totalled []byte
	State    State
	// Lines, Total and Hash are frozen with the lines. Owed is the part of Total that stands on 1300, without what is due
	// back to the funder on 2800.
	Lines       int64
	Total, Owed int64
	Hash        [32]byte
	// Withheld is what of the total the funder has rejected or disputes; Disputed is how many lines it disputes.
	Withheld, Disputed int64
	// Paid is what was paid of it.
	Paid int64

	Drawn, Certification, Sending, Verification Signature
	// Seed decides the audit sample; fixed once, after the lines are frozen.
	Seed       string
	SeedFixing Signature
}

// Payable is the claim's total without the lines that were rejected or are disputed.
func (c Claim) Payable() int64 { return c.Total - c.Withheld }

// Open is what remains to be paid; negative where the funder is to be paid back.
func (c Claim) Open() int64 { return c.Payable() - c.Paid }

func (c Claim) money(minor int64) ledger.Money {
	return ledger.Money{Minor: minor, Currency: c.Currency}
}

// wrongState is the fault of what does not follow from where the claim stands.
func (c Claim) wrongState(instead string) error {
	return insurance.Fault{Field: "claim", Reason: insurance.ClaimWrongState, Text: fmt.Sprintf("claim %s is %s; %s", c.ID, c.State, instead)}
}

// certify is the claim certified by a person, who is not the one who drew it up.
func (c Claim) certify(person string, at time.Time) (Claim, error) {
	switch {
	case c.State == Certified && strings.EqualFold(c.Certification.By, person):
		return c, nil
	case c.State != DrawnUp:
		return c, c.wrongState("only a claim that is drawn up is certified")
	case strings.EqualFold(c.Drawn.By, person):
		return c, insurance.Fault{Field: "person", Reason: insurance.ClaimSamePerson, Text: "who drew the claim up does not certify it; another person does"}
	}
	c.State, c.Certification = Certified, Signature{person, at}
	return c, nil
}

// send is the claim sent by a person.
func (c Claim) send(person string, at time.Time) (Claim, error) {
	switch {
	case c.State == Sent && strings.EqualFold(c.Sending.By, person):
		return c, nil
	case c.State != Certified:
		return c, c.wrongState("only a certified claim is sent")
	}
	c.State, c.Sending = Sent, Signature{person, at}
	return c, nil
}

// setOff is what sending books between 1300 and 2800, so that the whole claim stands on one of them: what is owed on
// 1300 if the funder is to pay, what is due back on 2800 if it is to be paid back. Positive takes from both.
func (c Claim) setOff() int64 { return c.Owed - max(c.Total, 0) }

// takesVerdicts: lines are looked at once the claim is sent, and until all is paid and nothing disputed.
func (c Claim) takesVerdicts() error {
	switch c.State {
	case Sent, Verified, PartPaid, Paid:
		return nil
	}
	return c.wrongState("lines are verified once it is sent")
}

// settled is the claim in the state that follows from what is payable, disputed and paid.
func (c Claim) settled() Claim {
	if c.State == Sent {
		return c
	}
	switch {
	case c.Open() == 0 && c.Disputed == 0:
		c.State = Paid
	case c.Paid != 0:
		c.State = PartPaid
	default:
		c.State = Verified
	}
	return c
}

// pay is the claim after a payment, which has the sign of what is open and is not more.
func (c Claim) pay(minor int64) (Claim, error) {
	switch c.State {
	case Verified, PartPaid, Paid:
	default:
		return c, c.wrongState("it is paid once its lines are verified")
	}
	open := c.Open()
	within := minor > 0 && minor <= open || minor < 0 && minor >= open
	if !within {
		return c, insurance.Fault{Field: "amount", Reason: insurance.ClaimOverpaid,
			Text: fmt.Sprintf("%s of claim %s is open; a payment has its sign and is not more", c.money(open), c.ID)}
	}
	c.Paid += minor
	return c.settled(), nil
}

// BudgetShare is the part of a claim that is charged to one budget line, in minor units; year zero where none is.
type BudgetShare struct {
	Year  int
	Prior bool
	// Minor is what the claim's lines make, Withheld what of it is rejected or disputed, Paid what was paid.
	Minor, Withheld, Paid int64
}

func (b BudgetShare) open() int64 { return b.Minor - b.Withheld - b.Paid }

// of is the budget line of a claim's share.
func (b BudgetShare) of(c Claim) insurance.BudgetLine {
	return insurance.BudgetLine{Funder: c.ID.Funder, Scheme: c.ID.Scheme, Year: b.Year, Prior: b.Prior, Currency: c.Currency}
}

// allot divides a payment over the budget lines, in their order: first what stands against it is settled in full, so
// that clawbacks of one year pay grants of another; then the oldest line is paid first. The payment is not more than
// what is open on all of them.
func allot(minor int64, shares []BudgetShare) []int64 {
	parts := make([]int64, len(shares))
	left := minor
	for i, share := range shares {
		if against(share.open(), minor) {
			parts[i] = share.open()
			left -= parts[i]
		}
	}
	for i, share := range shares {
		switch open := share.open(); {
		case against(open, minor):
			continue
		case minor > 0:
			parts[i] = min(open, left)
		default:
			parts[i] = max(open, left)
		}
		left -= parts[i]
	}
	return parts
}

// against says that two amounts have opposite signs.
func against(a, b int64) bool { return a < 0 && b > 0 || a > 0 && b < 0 }
