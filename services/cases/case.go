// Package cases keeps complaints and appeals: a member, her delegate or her group objects to a decision, somebody who took
// no part in it judges, in a time that is watched. Meanwhile nothing is clawed back and running cover goes on. What comes
// of an appeal is not money booked by hand: facts are put right, and what is due is judged anew by the rules and facts of
// the day that counts (L6).
package cases

import (
	"slices"
	"strings"
	"time"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
)

// ID names a case.
type ID string

// Kind says what is asked: that a decision be judged again, or that something be heard and put right.
type Kind string

// The kinds of case.
const (
	Appeal    Kind = "appeal"
	Complaint Kind = "complaint"
)

// Role is in whose name somebody objects.
type Role string

// The roles: the member, who acts for her, the group that pays with her.
const (
	ByMember   Role = "member"
	ByDelegate Role = "delegate"
	ByGroup    Role = "group"
)

// State is how far a case has come.
type State string

// The states of a case. Those from Granted on are closed.
const (
	Filed     State = "filed"
	Assigned  State = "assigned"
	Granted   State = "granted"
	Partly    State = "partly-granted"
	Dismissed State = "dismissed"
	Withdrawn State = "withdrawn"
)

// Open says that nobody has closed the case.
func (s State) Open() bool { return s == Filed || s == Assigned }

// Against is what a case objects to: a recorded decision, or what was decided without a record of its own, such as a
// category or an item left in suspense.
type Against struct {
	Kind insurance.DecisionKind
	// Subject is what was decided on: a claim's id, a scheme's code, the name of a category or of a cover.
	Subject string
	// Decision is empty where there is no record of one.
	Decision insurance.DecisionID
}

// Case is a complaint or an appeal.
type Case struct {
	ID      ID
	Kind    Kind
	Member  insurance.MemberID
	Against Against
	By      Role
	State   State
	// Level is 1 at first and grows with each escalation.
	Level int
	// FiledAt and ClosedAt are the database's clock; AnswerBy is the day by which it must be decided.
	FiledAt, ClosedAt time.Time
	AnswerBy          ledger.Date
	// Judge decides it. TookPart are those who made what it objects to, who may not.
	Judge    string
	TookPart []string
	Details  Details
}

// Details are what of a case is about people; they are kept sealed under the member's key.
type Details struct {
	// Filer is the person who filed it where she is not the member.
	Filer string `json:"filer,omitempty"`
	Text  string `json:"text,omitempty"`
	// LateBecause is why it comes after the deadline.
	LateBecause string `json:"late_because,omitempty"`
	// Outcome is what the member is told, Reason its code.
	Outcome string `json:"outcome,omitempty"`
	Reason  string `json:"reason,omitempty"`
	// Events are what happened to it, in order.
	Events []Event `json:"events,omitempty"`
}

// Event is something that happened to a case.
type Event struct {
	On   ledger.Date `json:"on"`
	What string      `json:"what"`
	By   string      `json:"by,omitempty"`
}

// The limits of texts, in characters.
const (
	longestText   = 2000
	longestPerson = 64
	longestID     = 128
)

// Filing is what is filed. On is today by the fund's calendar.
type Filing struct {
	ID          ID
	Kind        Kind
	Member      insurance.MemberID
	Against     Against
	By          Role
	Filer       string
	Text        string
	LateBecause string
	At          time.Time
	On          ledger.Date
}

// Objected is what a filing objects to, as it is on record.
type Objected struct {
	// DecidedOn is the day on which it was decided; AppealDays within how many days one may appeal, zero for always.
	DecidedOn  ledger.Date
	AppealDays int
	TookPart   []string
}

// AnswerDays is how long a case may take on a level; higher levels have seen it already and take half as long.
type AnswerDays int

// by is the day by which a case that reached the level on a day must be decided.
func (d AnswerDays) by(level int, on ledger.Date) ledger.Date {
	days := int(d)
	if level > 1 {
		days = (days + 1) / 2
	}
	return on.AddDays(days)
}

// File opens a case, or says as a [insurance.Fault] why it can't be. An appeal that comes late is heard where it says
// why: who was ill or could not be reached has not lost her right.
func File(f Filing, o Objected, days AnswerDays) (Case, error) {
	if err := f.check(); err != nil {
		return Case{}, err
	}
	if late := f.Kind == Appeal && o.AppealDays > 0 && f.On > o.DecidedOn.AddDays(o.AppealDays); late && f.LateBecause == "" {
		return Case{}, insurance.Fault{Field: "late_because", Reason: insurance.AppealLate,
			Text: "the time to appeal ended on " + o.DecidedOn.AddDays(o.AppealDays).String() + "; say why it comes late, and it is heard"}
	}
	c := Case{ID: f.ID, Kind: f.Kind, Member: f.Member, Against: f.Against, By: f.By, State: Filed, Level: 1, FiledAt: f.At,
		AnswerBy: days.by(1, f.On), TookPart: slices.Compact(slices.Sorted(slices.Values(o.TookPart))),
		Details: Details{Filer: f.Filer, Text: f.Text, LateBecause: f.LateBecause}}
	return c.happened(f.On, "filed", f.Filer), nil
}

func (f Filing) check() error {
	switch {
	case f.Kind != Appeal && f.Kind != Complaint:
		return insurance.Fault{Field: "kind", Reason: insurance.CaseInvalid, Text: "use appeal or complaint"}
	case f.By != ByMember && f.By != ByDelegate && f.By != ByGroup:
		return insurance.Fault{Field: "filed_by", Reason: insurance.CaseInvalid, Text: "say in whose name: member, delegate or group"}
	case f.By != ByMember && f.Filer == "":
		return insurance.Fault{Field: "filer", Reason: insurance.CaseInvalid, Text: "name the person who files it"}
	case f.Kind == Appeal && (f.Against.Kind == "" || f.Against.Subject == ""):
		return insurance.Fault{Field: "against", Reason: insurance.CaseInvalid, Text: "name the decision, or its kind and what it was on"}
	case strings.TrimSpace(f.Text) == "":
		return insurance.Fault{Field: "text", Reason: insurance.CaseInvalid, Text: "say what is wrong, in any words"}
	}
	for _, t := range []struct {
		field, text string
		longest     int
	}{{"filer", f.Filer, longestPerson}, {"against.subject", f.Against.Subject, longestID}, {"late_because", f.LateBecause, longestText}, {"text", f.Text, longestText}} {
		if err := insurance.CheckText(t.field, insurance.CaseInvalid, t.text, t.longest); err != nil {
			return err
		}
	}
	return nil
}

// happened adds an event.
func (c Case) happened(on ledger.Date, what, by string) Case {
	c.Details.Events = append(slices.Clip(c.Details.Events), Event{on, what, by})
	return c
}

// MayJudge says whether the person may judge the case: she took no part in what it objects to and did not file it.
func (c Case) MayJudge(person string) error {
	same := func(other string) bool { return strings.EqualFold(other, person) }
	switch {
	case strings.TrimSpace(person) == "" || person != strings.TrimSpace(person):
		return insurance.Fault{Field: "judge", Reason: insurance.CaseInvalid, Text: "name the person who judges, without spaces around the name"}
	case slices.ContainsFunc(c.TookPart, same):
		return insurance.Fault{Field: "judge", Reason: insurance.TookPart, Text: "she took part in what the case objects to; give it to somebody else"}
	case same(c.Details.Filer):
		return insurance.Fault{Field: "judge", Reason: insurance.TookPart, Text: "who filed the case does not judge it; give it to somebody else"}
	}
	return insurance.CheckText("judge", insurance.CaseInvalid, person, longestPerson)
}

// Assign gives the case to a judge; it may be given to another as long as it is open.
func (c Case) Assign(judge string, on ledger.Date) (Case, error) {
	if err := c.open(); err != nil {
		return c, err
	}
	if err := c.MayJudge(judge); err != nil {
		return c, err
	}
	if c.Judge == judge {
		return c, nil
	}
	c.Judge, c.State = judge, Assigned
	return c.happened(on, "assigned", judge), nil
}

func (c Case) open() error {
	if !c.State.Open() {
		return insurance.Fault{Field: "case_id", Reason: insurance.CaseClosed, Text: "the case is " + string(c.State) + "; file another one if something new has come up"}
	}
	return nil
}

// Verdict is how a case is decided.
type Verdict struct {
	State  State
	Judge  string
	Reason string
	Text   string
	At     time.Time
	On     ledger.Date
}

// Decide closes the case. The same verdict by the same judge again changes nothing.
func (c Case) Decide(v Verdict) (Case, error) {
	if err := v.check(); err != nil {
		return c, err
	}
	if c.State == v.State && c.Judge == v.Judge && c.Details.Reason == v.Reason {
		return c, nil
	}
	if err := c.open(); err != nil {
		return c, err
	}
	if err := c.MayJudge(v.Judge); err != nil {
		return c, err
	}
	if c.Judge != "" && !strings.EqualFold(c.Judge, v.Judge) {
		return c, insurance.Fault{Field: "judge", Reason: insurance.CaseAnothers, Text: "the case is another's to judge; assign it first"}
	}
	c.State, c.Judge, c.ClosedAt = v.State, v.Judge, v.At
	c.Details.Reason, c.Details.Outcome = v.Reason, v.Text
	return c.happened(v.On, string(v.State), v.Judge), nil
}

func (v Verdict) check() error {
	switch {
	case v.State != Granted && v.State != Partly && v.State != Dismissed:
		return insurance.Fault{Field: "outcome", Reason: insurance.CaseInvalid, Text: "use granted, partly granted or dismissed"}
	case v.Reason == "" || strings.ToUpper(v.Reason) != v.Reason:
		return insurance.Fault{Field: "reason", Reason: insurance.CaseInvalid, Text: "give a coded reason in capitals, such as EVIDENCE_ACCEPTED"}
	case strings.TrimSpace(v.Text) == "":
		return insurance.Fault{Field: "text", Reason: insurance.CaseInvalid, Text: "say in words what was decided and why: she reads it"}
	}
	if err := insurance.CheckText("reason", insurance.CaseInvalid, v.Reason, longestPerson); err != nil {
		return err
	}
	return insurance.CheckText("text", insurance.CaseInvalid, v.Text, longestText)
}

// Withdraw closes the case on the word of who filed it.
func (c Case) Withdraw(at time.Time, on ledger.Date) (Case, error) {
	if c.State == Withdrawn {
		return c, nil
	}
	if err := c.open(); err != nil {
		return c, err
	}
	c.State, c.ClosedAt = Withdrawn, at
	return c.happened(on, "withdrawn", ""), nil
}

// Escalate takes a case that was not decided in time to the next level: another judge, and a new day.
func (c Case) Escalate(on ledger.Date, days AnswerDays) (Case, bool) {
	if !c.State.Open() || on <= c.AnswerBy {
		return c, false
	}
	if c.Judge != "" { // who let the time pass judges no more
		c.TookPart = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(c.TookPart), c.Judge))))
	}
	c.Level++
	c.State, c.Judge, c.AnswerBy = Filed, "", days.by(c.Level, on)
	return c.happened(on, "escalated", ""), true
}
