// Package cover says whether a person is covered on a day, until when, why, and what would change it: a pure function of
// a scheme's rules, the facts, what was paid, holidays and notices (L6). Same input, same answer, on every machine.
//
// Its laws:
//
//  1. No notice, no lapse. Cover that was bought ends only so many days after a notice that is on record.
//  2. Nothing unpaid is a debt: a payment buys cover from its own day on, and days that were not paid for are never
//     asked for.
//  3. A payment never takes cover away. On the day of any payment each day after it is covered that was covered without
//     it, as things stand then. Where months count, that holds whatever is paid later. Where money buys days it cannot:
//     a price of 5, with 3 paid on the first and 2 on the tenth, covers the tenth; with 3 more on the first that day is
//     covered, and what is left does not cover the tenth. There, by any day, more money and the same money sooner have
//     bought no fewer days. Of both it is true unless she lapses and must wait anew, and where earlier months are made
//     good before later ones, it is of payments after she has joined: who joins sooner has more months to make good.
//  4. Advice is true: paying exactly that by that day changes the answer, one minor unit less does not.
//  5. How a payment is split within a day changes nothing.
package cover

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// History is all that cover is judged by, besides the rules. Its order says nothing.
type History struct {
	Scheme ledger.SchemeCode `json:"scheme"`
	Facts  insurance.Facts   `json:"facts"`
	// Died is the member's day of death, once it is confirmed.
	Died     ledger.Date `json:"died,omitempty"`
	Payments []Payment   `json:"payments,omitempty"`
	Holidays []Holiday   `json:"holidays,omitempty"`
	Notices  []Notice    `json:"notices,omitempty"`
}

// Payment is money that came to one of the member's pots on a value date, in minor units; what was taken back again is
// negative, on the day on which it was taken.
type Payment struct {
	On      ledger.Date         `json:"on"`
	Minor   int64               `json:"minor"`
	Account ledger.Code         `json:"account"`
	Payer   insurance.PayerKind `json:"payer,omitempty"`
}

// Holiday is a hardship holiday: days that do not count towards a lapse, for the member or for all of her cluster.
type Holiday struct {
	insurance.Days
	Reason string `json:"reason,omitempty"`
}

// Notice is a notice that the member was sent, as it is on record.
type Notice struct {
	// Cover is the cover's name; On the day on which it was sent.
	Cover string      `json:"cover"`
	On    ledger.Date `json:"on"`
	// Ends is the last day of cover that it names. Nobody lapses earlier than she was told. Zero is the day it was sent.
	Ends ledger.Date `json:"ends,omitempty"`
	// Closes says that it is about closing, and not about a lapse.
	Closes bool `json:"closes,omitempty"`
}

// Person is whom a question is about: the member herself where all is empty.
type Person struct {
	// Dependant is the name of a dependant in the member's facts.
	Dependant string `json:"dependant,omitempty"`
	// NewbornOn is the birth of a child that nobody has enrolled.
	NewbornOn ledger.Date `json:"newborn_on,omitempty"`
}

// Question asks whether a person is covered.
type Question struct {
	Cover  string `json:"cover"`
	Person Person `json:"person,omitzero"`
	// On is the day that is asked for: that of the event, where it is about one.
	On ledger.Date `json:"on"`
	// AdmittedOn and ClaimedOn are those of an event, for schemes whose months end before them; On where they are zero.
	AdmittedOn ledger.Date `json:"admitted_on,omitempty"`
	ClaimedOn  ledger.Date `json:"claimed_on,omitempty"`
	// Asked is the day on which it is asked: what counts later is not looked at. On where it is zero.
	Asked ledger.Date `json:"asked,omitempty"`
}

// State is where a person's cover stands.
type State string

// The states. A person is covered in those from InForce to Newborn.
const (
	InForce  State = "in-force"  // bought
	Exempt   State = "exempt"    // her price is nothing
	FreeYear State = "free-year" // earned by being active in the year before
	Grace    State = "grace"     // no longer paid for, within the days of grace
	Notified State = "notified"  // no longer paid for, a notice is running
	Unlapsed State = "unlapsed"  // no longer paid for, and no notice was sent
	Paused   State = "paused"    // no longer paid for, in a holiday or out of season
	Kept     State = "kept"      // a dependant after the member's death, separation or coming of age
	Newborn  State = "newborn"   // a child in its first days

	Waiting     State = "waiting"     // bought, and the waiting days have not passed
	NotBegun    State = "not-begun"   // never bought
	Lapsed      State = "lapsed"      // ended after a notice
	Frozen      State = "frozen"      // lapsed, and silent for so long that cover rests
	Deactivated State = "deactivated" // … that the waiting days begin anew
	Closed      State = "closed"      // … that she joins anew
	NotCovered  State = "not-covered" // a person whom the cover does not include
)

// The coded reasons of answers (L10).
const (
	Paid              = "COVER_PAID"
	MonthsMet         = "MONTHS_MET"
	PriceNothing      = "EXEMPT_FROM_PAYING"
	YearEarned        = "FREE_YEAR_EARNED"
	InGrace           = "IN_GRACE"
	NotNotified       = "LAPSE_NOT_NOTIFIED"
	NoticeRuns        = "NOTICE_RUNNING"
	OnHoliday         = "HARDSHIP_HOLIDAY"
	OutOfSeason       = "OUT_OF_SEASON"
	WaitingRuns       = "WAITING_PERIOD"
	WaitingWaived     = "WAITING_WAIVED"
	NothingPaid       = "NOTHING_PAID"
	TooLittlePaid     = "LESS_THAN_A_DAY_PAID"
	MonthsMissing     = "MONTHS_MISSING"
	PaidAfterEvent    = "PAID_AFTER_EVENT"
	LapsedAfterNotice = "LAPSED_AFTER_NOTICE"
	SilentFrozen      = "FROZEN_FOR_SILENCE"
	SilentDeactivated = "DEACTIVATED_FOR_SILENCE"
	SilentClosed      = "CLOSED_FOR_SILENCE"
	NotEnrolled       = "NOT_ENROLLED"
	MemberDied        = "MEMBER_DIED"
	NotOfTheKind      = "DEPENDANT_KIND_NOT_COVERED"
	NotADependant     = "DEPENDANT_UNKNOWN"
	NotYetDependant   = "DEPENDANT_NOT_YET"
	TooOld            = "DEPENDANT_OF_AGE"
	Separated         = "DEPENDANT_SEPARATED"
	TooMany           = "DEPENDANTS_TOO_MANY"
	KeptAfterAge      = "KEPT_AFTER_COMING_OF_AGE"
	KeptAfterEnd      = "KEPT_AFTER_SEPARATION"
	KeptAfterDeath    = "KEPT_AFTER_DEATH"
	NewbornCovered    = "NEWBORN"
	NewbornTooOld     = "NEWBORN_NOT_ENROLLED"
	NoSuchRule        = "COVER_NOT_IN_FORCE"
	PriceUnknown      = "PRICE_NOT_KNOWN"
	TakenUpAgain      = "TAKEN_UP_AGAIN"
)

// Answer says whether the person is covered, and why.
type Answer struct {
	Scheme ledger.SchemeCode `json:"scheme"`
	Cover  string            `json:"cover"`
	// Version is that of the scheme in force on the day.
	Version int         `json:"version,omitempty"`
	Person  Person      `json:"person,omitzero"`
	On      ledger.Date `json:"on"`
	Covered bool        `json:"covered"`
	State   State       `json:"state"`
	// Since is the first day of the unbroken cover that On lies in, or of the lapse.
	Since ledger.Date `json:"since,omitempty"`
	// Until is the last day of the unbroken cover that is certain on the day of asking, even if a notice is sent that
	// very day; zero where she is not covered.
	Until ledger.Date `json:"until,omitempty"`
	// PaidUntil is the last day that is bought or otherwise hers without more payments.
	PaidUntil ledger.Date `json:"paid_until,omitempty"`
	// Joined is the day of the payment with which this cover began, the first or the one after a lapse.
	Joined  ledger.Date `json:"joined,omitempty"`
	Reasons []Reason    `json:"reasons"`
	// Advice is the least that would change the answer; nil where no payment does.
	Advice *Advice `json:"advice,omitempty"`
	// Charge is what benefits are charged with because cover was taken up again shortly before; nil where nothing is.
	Charge *Charge `json:"charge,omitempty"`
	// OwnLimits says that benefits have limits for this person alone; those of the household count else.
	OwnLimits bool `json:"own_limits,omitempty"`
}

// Reason is why the answer is as it is: a code, the rule that says so with the version it stands in, and a sentence.
type Reason struct {
	Code    string `json:"code"`
	Rule    string `json:"rule,omitempty"`
	Version int    `json:"version,omitempty"`
	Text    string `json:"text"`
	// Change is what would change it, besides money; empty where nothing is known.
	Change string `json:"change,omitempty"`
}

// Advice is the least that must be paid for From to be covered that is not certain to be: all of Pay, each between its
// days. It is then covered through Until, as far as is certain. Where money buys days it is the least that can be paid on
// the day of asking: whoever waits until cover has run out pays for fewer days, and is not covered on those between.
// Of several payments none can be less as long as the others are paid.
type Advice struct {
	Pay   []Due       `json:"pay"`
	From  ledger.Date `json:"from"`
	Until ledger.Date `json:"until"`
}

// Due is an amount in minor units, and the first and the last day on which paying it does what it says, if those before it
// are paid by theirs; where an advice has several, later may do too.
type Due struct {
	Minor int64       `json:"minor"`
	From  ledger.Date `json:"from"`
	By    ledger.Date `json:"by"`
}

// Minor is what all payments of the advice come to.
func (a Advice) Minor() (sum int64) {
	for _, d := range a.Pay {
		sum += d.Minor
	}
	return sum
}

// Charge is what a scheme keeps from benefits on the days after cover was taken up again; [Rules.Fine] computes it for a
// benefit.
type Charge struct {
	Reason string `json:"reason"`
	Rule   string `json:"rule"`
	// Care are the kinds of care that it falls on; all where none is named.
	Care []string `json:"care,omitempty"`
	// TakenUp is the day on which cover was taken up again, Until the last day of the charge.
	TakenUp ledger.Date `json:"taken_up"`
	Until   ledger.Date `json:"until"`
	// MonthsUnpaid are the whole months before it for which nothing was paid.
	MonthsUnpaid int `json:"months_unpaid"`
}
