// Package benefit judges claims: what is granted of each line that was asked for, what was taken off, by which rule, and
// why. A judgment is a pure function of a [Case] and a version of the scheme: no clock, no store, and the same answer byte
// for byte whenever it is asked again.
//
// Its laws: nothing granted exceeds what was asked, the price list or a limit; every reduction has a coded reason and the
// rule that says so, and the reductions add up (L10); the order of a claim's lines changes no total, and a claim that is
// sent in two pieces is never paid more than in one; emergency and birth are never refused for want of cover; nothing is
// taken from pregnancy and birth; who is married to whom is not asked.
package benefit

import (
	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/cover"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Case is all that a claim is judged by. It marshals to the same bytes every time, and is kept with the decision, sealed
// under the member's key, so that the decision can be made again.
type Case struct {
	Claim Claim `json:"claim"`
	// Scheme and Version say by which rules.
	Scheme  ledger.SchemeCode `json:"scheme"`
	Version int               `json:"version"`
	// Facts are what is known of the member, without what was superseded; Enrolled is the first day of her place in the
	// scheme.
	Facts    insurance.Facts `json:"facts,omitzero"`
	Enrolled ledger.Date     `json:"enrolled,omitempty"`
	// Contributions are what she gave to the scheme, by value date; those after the event do not count.
	Contributions []Paid `json:"contributions,omitempty"`
	// Cover is the answer for the person on the day of the event.
	Cover Cover `json:"cover"`
	// History is what was granted before: to the person anywhere, and to the member's household in the scheme.
	History []Earlier `json:"history,omitempty"`
	// Survivors are those left behind, where the claim is for a death.
	Survivors []Survivor `json:"survivors,omitempty"`
	// From and Through bound the months of a periodic benefit that are judged now; a zero From is the first month, and a
	// zero Through is the month in which the claim came.
	From    ledger.Period `json:"from,omitempty"`
	Through ledger.Period `json:"through,omitempty"`
}

// Claim is a demand for one benefit, on account of one event.
type Claim struct {
	ID string `json:"id"`
	// Benefit is its name in the scheme.
	Benefit string             `json:"benefit"`
	Member  insurance.MemberID `json:"member"`
	// Person tells whom the event happened to: the member where empty, else a name that is the same in every claim and
	// scheme, such as a dependant's own member id. Someone who is covered twice has one such name.
	Person string `json:"person,omitempty"`
	// Provider is who gave the care and is paid; empty where the member is.
	Provider   ledger.Party `json:"provider,omitempty"`
	ReceivedOn ledger.Date  `json:"received_on"`
	Event      Event        `json:"event"`
	Lines      []Line       `json:"lines,omitempty"`
	Evidence   []Evidence   `json:"evidence,omitempty"`
	// Minor is the amount asked for, of a lump sum that repays a cost, in minor units.
	Minor int64 `json:"minor,omitempty"`
}

// Event is what happened. No diagnosis is kept.
type Event struct {
	// ID is the same for all claims on the event; a claim without one is an event of its own.
	ID   string         `json:"id,omitempty"`
	Kind rule.EventKind `json:"kind,omitempty"`
	On   ledger.Date    `json:"on"`
	// Admitted is the day of admission, where the person was admitted.
	Admitted ledger.Date `json:"admitted,omitempty"`
	// From and To are the days that cash per day, or per month, is asked for; an open end is the event's day, or open.
	From ledger.Date `json:"from,omitempty"`
	To   ledger.Date `json:"to,omitempty"`
	// Emergency says that the care could not wait.
	Emergency bool `json:"emergency,omitempty"`
	// Children is how many were born or adopted; one where not said.
	Children int `json:"children,omitempty"`
	// Degree of disability, in hundredths of the whole.
	Degree int `json:"degree,omitempty"`
}

// Line is one thing that is asked for: an item of the price list on a day, or a stay of several days.
type Line struct {
	// Item is its code in the price list; Care says what kind of care it is where it is on no list.
	Item string    `json:"item"`
	Care rule.Care `json:"care,omitempty"`
	// Level is the level of care of who gave it, one of those the scheme names.
	Level string      `json:"level,omitempty"`
	On    ledger.Date `json:"on"`
	// To is the last day of a stay.
	To ledger.Date `json:"to,omitempty"`
	// Quantity is how many; one where not said, and the days of a stay.
	Quantity int64 `json:"quantity,omitempty"`
	// Minor is the amount asked for, for all of it, in minor units.
	Minor int64 `json:"minor"`
	// Referred says that a lower level sent her.
	Referred bool `json:"referred,omitempty"`
}

// Evidence is that something took place: a visit, a birth, a vaccination.
type Evidence struct {
	Event string      `json:"event"`
	On    ledger.Date `json:"on,omitempty"`
	// By is whose statement it is; that of any health worker will do. It is an opaque name.
	By string `json:"by,omitempty"`
	// Missed is why it could not take place; it then counts as met.
	Missed Missed `json:"missed,omitempty"`
}

// Missed is why a stage could not take place, through no fault of hers.
type Missed string

// The reasons for which a stage that was missed counts as met.
const (
	// NoClinic: there was no clinic within reach, or it was closed.
	NoClinic Missed = "no-clinic"
	// NoChild: the child was born dead, or died.
	NoChild Missed = "no-child"
)

// Paid is what was given on a day, or in a month on its first day, to the scheme.
type Paid struct {
	On      ledger.Date         `json:"on"`
	Minor   int64               `json:"minor"`
	Count   int                 `json:"count,omitempty"`
	Payer   insurance.PayerKind `json:"payer,omitempty"`
	Account string              `json:"account,omitempty"`
}

// Cover is whether the person was covered on the day of the event, and why not.
type Cover struct {
	// Covered is true too where the scheme has no rules of cover.
	Covered bool `json:"covered"`
	// Since is the first day of cover without a lapse; waiting days count from it.
	Since ledger.Date `json:"since,omitempty"`
	// Why are the reasons where she was not.
	Why []Why `json:"why,omitempty"`
	// OwnLimits says that the limits of a household do not count for the person, who has limits of her own.
	OwnLimits bool `json:"own_limits,omitempty"`
	// Charges are what the rules of cover keep, such as a fine soon after re-activation.
	Charges []Charge `json:"charges,omitempty"`
}

// Why is a coded reason, the rule that says so, and sentences for the member.
type Why struct {
	Reason string `json:"reason"`
	Rule   string `json:"rule,omitempty"`
	Text   string `json:"text,omitempty"`
	Change string `json:"change,omitempty"`
}

// Charge is what the rules of a cover keep from benefits because it was taken up again shortly before: by the scheme's
// own rule, of what the event's care of some kinds costs. Pregnancy and birth are free of it.
type Charge struct {
	Why
	// Cover is the cover's name in the scheme; MonthsUnpaid the whole months for which nothing was paid.
	Cover        string      `json:"cover"`
	MonthsUnpaid int         `json:"months_unpaid"`
	For          []rule.Care `json:"for,omitempty"`
}

// CoverOf is what an answer about cover says to a claim.
func CoverOf(a cover.Answer) Cover {
	c := Cover{Covered: a.Covered, Since: a.Joined, OwnLimits: a.OwnLimits}
	if c.Since == 0 {
		c.Since = a.Since
	}
	if !a.Covered {
		c.Since = 0
		for _, r := range a.Reasons {
			c.Why = append(c.Why, Why{Reason: r.Code, Rule: r.Rule, Text: r.Text, Change: r.Change})
		}
	}
	if charge := a.Charge; charge != nil {
		on := Charge{Why: Why{Reason: charge.Reason, Rule: charge.Rule, Text: "cover was taken up again shortly before"}, Cover: a.Cover, MonthsUnpaid: charge.MonthsUnpaid}
		for _, care := range charge.Care {
			on.For = append(on.For, rule.Care(care))
		}
		c.Charges = []Charge{on}
	}
	return c
}

// Earlier is a line that was granted before. [Past] makes it of a claim and its decision.
type Earlier struct {
	Claim   string             `json:"claim"`
	Event   string             `json:"event"`
	EventOn ledger.Date        `json:"event_on"`
	Scheme  ledger.SchemeCode  `json:"scheme"`
	Benefit string             `json:"benefit"`
	Member  insurance.MemberID `json:"member"`
	Person  string             `json:"person,omitempty"`
	Item    string             `json:"item"`
	Care    rule.Care          `json:"care,omitempty"`
	Level   string             `json:"level,omitempty"`
	On      ledger.Date        `json:"on"`
	To      ledger.Date        `json:"to,omitempty"`
	// Days is for how many days it was granted; Minor what was granted, and CoPaid what was left to the member as a
	// co-payment, and Charged as a charge of cover.
	Days    int64 `json:"days,omitempty"`
	Minor   int64 `json:"minor"`
	CoPaid  int64 `json:"co_paid,omitempty"`
	Charged int64 `json:"charged,omitempty"`
}

// person is whom the claim is about.
func (c Claim) person() string {
	if c.Person == "" {
		return string(c.Member)
	}
	return c.Person
}

// event is the id of the event: that of the claim where none is said. Nobody dies twice: all claims on somebody's death are
// on one event, whoever sends them.
func (c Claim) event() string {
	if c.Event.Kind == rule.EventDeath {
		return string(rule.EventDeath) + ":" + c.person()
	}
	if c.Event.ID == "" {
		return c.ID
	}
	return c.Event.ID
}

func (e Earlier) person() string {
	if e.Person == "" {
		return string(e.Member)
	}
	return e.Person
}
