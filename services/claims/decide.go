package claims

import (
	"context"
	"encoding/hex"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// The codes of what a claim waits for.
const (
	LacksMember   = insurance.MemberUnknown
	LacksEvidence = "EVIDENCE_MISSING"
	LacksPayee    = "PAYEE_UNKNOWN"
	LacksBearer   = "BEARER_UNKNOWN"
)

// lacks are what keeps what was judged from being carried out: that nobody knows whose claim it is, that nothing can be
// granted before evidence has come, that nobody can be told who is paid or who bears it. What is granted for certain does
// not wait for the rest.
func (d *desk) lacks() []Lack {
	var lacks []Lack
	granted := d.next.Decision.Granted()
	if d.Member == "" && granted == 0 {
		lacks = append(lacks, Lack{LacksMember, "nobody is known by what the claim names; name the member by number, phone, document or id"})
	}
	for _, l := range d.next.Decision.Lines {
		for _, r := range l.Reductions {
			if granted == 0 && r.Took >= 0 && (r.Reason == benefit.EvidenceMissing || r.Reason == benefit.NotReferred) {
				lacks = append(lacks, Lack{LacksEvidence, l.Item + ": " + r.Text})
			}
		}
		switch {
		case l.Granted == 0:
		case l.PayTo == "" || l.PayTo.ID() == "":
			lacks = append(lacks, Lack{LacksPayee, l.Item + ": nobody can be told who is paid; name the member, or the provider"})
		case l.BorneBy == "" || l.BorneBy.ID() == "":
			lacks = append(lacks, Lack{LacksBearer, l.Item + ": the scheme does not say who bears the benefit; write pool or funder"})
		}
	}
	return lacks
}

// due is what is owed by what was judged, by bearer and payee, in the order of the lines.
func (d *desk) due() []Share {
	var due []Share
	for _, l := range d.next.Decision.Lines {
		if l.Granted == 0 {
			continue
		}
		payee := l.PayTo
		if payee == d.Member.Party() {
			payee = d.content.payee(payee)
		}
		i := slices.IndexFunc(due, func(s Share) bool { return s.Bearer == l.BorneBy && s.Payee == payee })
		if i < 0 {
			due = append(due, Share{Bearer: l.BorneBy, Payee: payee})
			i = len(due) - 1
		}
		due[i].Booked += l.Granted
	}
	return due
}

// payee is who is paid what is the member's.
func (k Content) payee(member ledger.Party) ledger.Party {
	switch {
	case k.PayTo != "":
		return k.PayTo.Party()
	case k.Payee != "":
		return k.Payee
	}
	return member
}

// proceed takes what was judged as far as it goes without anybody: it is recorded and booked, or left to those who approve
// it, or waits for what is lacking.
func (d *desk) proceed(ctx context.Context, tx Tx) error {
	d.Asked = asked(d.next.Decision)
	d.content.Draft, d.content.Lacks = nil, nil
	if d.State == Preauthorised {
		return d.promise()
	}
	if d.content.Lacks = d.lacks(); d.content.Lacks != nil {
		d.State = Pending
		return d.record(d.took()...)
	}
	people, err := d.approvers()
	if err != nil {
		return err
	}
	if people > 0 {
		d.State, d.content.Draft = Awaiting, &d.next.Draft
		return nil
	}
	return d.carryOut(ctx, tx, d.took()...)
}

// promise records what was judged before the care is given.
func (d *desk) promise() error {
	if d.next.Decision.Granted() == 0 {
		d.State, d.DecidedOn = Refused, d.on
	}
	return d.record(d.took()...)
}

func asked(decision insurance.Decision) (sum int64) {
	for _, l := range decision.Lines {
		sum += l.Asked
	}
	return sum
}

// took are those who took part in what is judged now: who handed it in, and who had it judged anew.
func (d *desk) took() []string {
	return append([]string{d.content.By.name()}, d.content.Took...)
}

// approvers is how many people must approve the difference between what is due and what is booked; what people have found
// is looked at by another.
func (d *desk) approvers() (int, error) {
	difference := int64(0)
	for _, s := range differences(d.due(), d.owed.Shares) {
		difference += max(s.Booked, -s.Booked)
	}
	people, err := d.next.rules.Approvers(difference, d.on)
	if len(d.content.Findings) > 0 && difference != 0 {
		people = max(people, 1)
	}
	return people, err
}

// carryOut takes the decision and books what follows from it.
func (d *desk) carryOut(ctx context.Context, tx Tx, by ...string) error {
	if err := d.record(by...); err != nil {
		return err
	}
	if err := d.book(ctx, tx); err != nil {
		return err
	}
	d.content.Draft, d.content.Took = nil, nil
	d.settle()
	d.schedule()
	return nil
}

// settle is the state that follows from what is owed.
func (d *desk) settle() {
	var open, booked int64
	for _, s := range d.owed.Shares {
		open += s.Open()
		booked += s.Booked
	}
	was := d.State
	switch {
	case booked == 0:
		d.State = Refused
	case open == 0:
		d.State = Settled
	default:
		d.State = Approved
	}
	if d.DecidedOn == 0 || was == Pending {
		d.DecidedOn = d.on
	}
}

// schedule is from which day the next instalment of a periodic benefit may be due: after the last month that was judged,
// as long as that was granted and the event goes on.
func (d *desk) schedule() {
	d.NextOn = 0
	b := d.next.benefit()
	lines := d.next.Decision.Lines
	if b.Form != rule.Periodic || len(lines) == 0 || lines[len(lines)-1].Granted == 0 {
		return
	}
	through := d.content.Through
	if through == 0 {
		through = d.content.Claim.ReceivedOn.Period()
	}
	next := through.Next().FirstDay()
	if to := d.content.Claim.Event.To; to == 0 || next <= to {
		d.NextOn = next
	}
}

// record makes what was judged the decision that stands.
func (d *desk) record(by ...string) error {
	var follows insurance.DecisionID
	if d.standing != nil && d.standing.Member == d.Member {
		follows = d.standing.ID
	}
	d.taken = &insurance.RecordedDecision{
		ID: d.decisionID(d.Decision), By: by, Follows: follows, Decision: d.next.Decision, Judged: d.next.Judged,
	}
	d.Decision, d.Granted = d.taken.ID, d.next.Decision.Granted()
	return nil
}

// decisionID names the decision on the claim after the one that stands.
func (d *desk) decisionID(after insurance.DecisionID) insurance.DecisionID {
	hashed := d.Keys.Hash("claim-decision", d.subject(), string(after))
	return insurance.DecisionID(hex.EncodeToString(hashed[:]))
}

// moveID names the entry that a move of the claim books for a payee: booked twice, it is the same entry.
func (d *desk) moveID(number int, payee ledger.Party) ledger.ID {
	return ledger.ID(d.Keys.Hash("claim-move", d.subject(), decimal(number), string(payee)))
}
