package statement

import (
	"regexp"
	"strings"
)

// mpesa is the format of the statement that an organisation exports from the M-Pesa portal.
func mpesa() *layout {
	columns := []string{
		"Receipt No.", "Completion Time", "Details", "Transaction Status", "Paid In", "Withdrawn",
		"Reason Type", "Other Party Info", "Linked Transaction ID", "A/C No.",
	}
	return &layout{format: FormatMpesa, required: columns, names: barely(columns...), line: mpesaLine}
}

// The portal has written both orders over the years; a spreadsheet that saved the file anew drops the seconds.
var mpesaTimes = []string{"02-01-2006 15:04:05", "2006-01-02 15:04:05", "02-01-2006 15:04", "2006-01-02 15:04"}

// mpesaLine reads one line of the export.
func mpesaLine(r *row, o Options) Line {
	if r.doubtful {
		return doubtfulLine(r, o)
	}
	l := Line{Reference: r.reference(), Member: r.text("A/C No."), Currency: o.Currency}
	l.Payer, l.PayerPhone = party(r.text("Other Party Info"))
	switch statusOf(r.text("Transaction Status")) {
	case statusNotCompleted:
		return r.mpesaFailed(l, o)
	case statusUnknown:
		r.noteStatus()
	}
	return r.mpesaCompleted(l, o)
}

// mpesaFailed is a line that moved nothing. It is quoted as far as it goes, and nothing is missed.
func (r *row) mpesaFailed(l Line, o Options) Line {
	l.Kind = KindFailed
	if paid, there := r.amount("Paid In", ""); there {
		l.Amount = paid
	} else {
		l.Amount, _ = r.amount("Withdrawn", "-")
	}
	if r.text("Completion Time") != "" {
		l.ValueTime = r.time("Completion Time", mpesaTimes, o.Location)
	}
	return l
}

// mpesaCompleted is a line that moved money.
func (r *row) mpesaCompleted(l Line, o Options) Line {
	l.ValueTime = r.time("Completion Time", mpesaTimes, o.Location)
	l.Kind, l.Amount = r.movement()
	switch l.Kind {
	case KindReversal:
		l.Original = r.original("Linked Transaction ID")
	case KindWithdrawal:
		l.BankAccount = r.destination(o)
	}
	return l
}

// movement says which way how much went. The columns decide; the purpose only tells one withdrawal from another, and
// speaks for a line on which the columns contradict each other.
func (r *row) movement() (Kind, string) {
	paid, in := r.amount("Paid In", "")
	taken, out := r.amount("Withdrawn", "-")
	switch {
	case in && !out:
		r.notePaidInFor(purposeOf(r.text("Reason Type")))
		return KindContribution, paid
	case out && !in:
		return r.purpose().kind(), taken
	case in && out:
		r.say("both Paid In and Withdrawn have an amount: %s and %s", r.show("Paid In"), r.show("Withdrawn"))
	default:
		r.say("neither Paid In nor Withdrawn has an amount")
	}
	if why := r.purpose(); why != otherPurpose {
		return why.kind(), ""
	}
	return KindContribution, ""
}

// notePaidInFor notes money in for a reason that should take money out: a withdrawal come back, a move between own
// accounts. It was received, so it is a contribution, but hardly a member's.
func (r *row) notePaidInFor(why purpose) {
	if why != otherPurpose {
		r.say("money paid in under Reason Type %s", r.show("Reason Type"))
	}
}

// noteStatus notes a status that nobody has explained.
func (r *row) noteStatus() {
	if r.text("Transaction Status") == "" {
		r.say("no Transaction Status, taken as completed")
		return
	}
	r.say("Transaction Status not understood, taken as completed: %s", r.show("Transaction Status"))
}

// destination is the bank account of a settlement, and empty for any other withdrawal.
func (r *row) destination(o Options) string {
	switch r.purpose() {
	case settlement:
		return r.bankAccount(o)
	case ownMove:
		r.say("money moved between the organisation's own accounts")
	}
	return ""
}

// bankAccount names where a settlement went. Without it a settlement would look like a charge.
func (r *row) bankAccount(o Options) string {
	if o.BankAccount == "" {
		r.say("a settlement, and no bank account given for this statement")
	}
	return o.BankAccount
}

// status is how far a transaction got.
type status int

const (
	statusUnknown status = iota
	statusCompleted
	statusNotCompleted
)

// statusOf reads the status column.
func statusOf(word string) status {
	switch strings.ToLower(word) {
	case "completed":
		return statusCompleted
	case "failed", "cancelled", "canceled", "declined", "expired", "rejected", "attempted", "pending", "timed out":
		return statusNotCompleted
	}
	return statusUnknown
}

// purpose is why money left.
type purpose int

const (
	otherPurpose purpose = iota
	charge
	reversal
	settlement
	ownMove
)

// kind is what a withdrawal for this purpose is.
func (p purpose) kind() Kind {
	if p == reversal {
		return KindReversal
	}
	return KindWithdrawal
}

// purposes are told by their words, the first that occurs: the charge for a settlement is a charge, and the portal's
// "Organization Settlement Account" is no bank.
var purposes = []struct {
	word    string
	purpose purpose
}{
	{"reversal charge", charge},
	{"reversal", reversal},
	{"reversed", reversal},
	{"charge", charge},
	{" fee", charge},
	{"settlement account", ownMove},
	{"utility account", ownMove},
	{"mmf account", ownMove},
	{"settle", settlement},
	{"to bank", settlement},
	{"withdrawal of funds", settlement},
	{"withdraw funds", settlement},
}

// purpose asks the reason first: the details also hold what the payer typed.
func (r *row) purpose() purpose {
	if p := purposeOf(r.text("Reason Type")); p != otherPurpose {
		return p
	}
	return purposeOf(r.text("Details"))
}

// purposeOf finds the first word that tells a purpose.
func purposeOf(text string) purpose {
	text = strings.ToLower(text)
	for _, p := range purposes {
		if strings.Contains(text, p.word) {
			return p.purpose
		}
	}
	return otherPurpose
}

// partyForm is "254712345678 - JANE DOE", the phone perhaps masked. Fewer than nine digits are a short code, which is
// part of the name.
var partyForm = regexp.MustCompile(`^(\+?[0-9*](?:[ -]?[0-9*]){8,20}?) *(?:[-–] *(.*))?$`)

// party takes the other side apart.
func party(info string) (name, phone string) {
	m := partyForm.FindStringSubmatch(info)
	if m == nil {
		return info, ""
	}
	return m[2], m[1]
}
