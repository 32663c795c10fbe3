package claims

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/benefit"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/match"
	"sanad.dev/sanad/services/rule"
)

// Judged is all that a claim was judged by, as it is kept with the decision.
type Judged struct {
	Case     benefit.Case `json:"case"`
	Findings []Finding    `json:"findings,omitempty"`
}

// Judge judges a claim by a version of its scheme: what the rules say, less what people have found. It is pure.
func Judge(s *rule.Scheme, j Judged) (insurance.Decision, error) {
	d, err := benefit.Adjudicate(s, j.Case)
	if err != nil {
		return d, err
	}
	for i, f := range j.Findings {
		if f.Line < 0 || f.Line >= len(d.Lines) {
			return d, insurance.Fault{Field: fmt.Sprintf("findings[%d].line", i), Reason: "LINE_UNKNOWN", Text: "the decision has no such line; count its lines from 0"}
		}
		l := &d.Lines[f.Line]
		took := min(f.Minor, l.Granted)
		l.Granted -= took
		l.Reductions = append(l.Reductions, insurance.Reduction{Reason: f.Reason, Rule: "finding", Took: took, Text: f.Text,
			Change: "evidence to the contrary, handed in with an objection"})
	}
	return d, d.Check()
}

// reread reads what was kept with a decision, and the version of the rules that it names.
func reread(ctx context.Context, tx Versions, judged json.RawMessage) (*rule.Scheme, Judged, error) {
	var j Judged
	if err := json.Unmarshal(judged, &j); err != nil {
		return nil, j, errors.New("what was kept with the decision has another form") // the error may quote it (L11)
	}
	versions, err := tx.SchemeVersions(ctx, j.Case.Scheme)
	if err != nil {
		return nil, j, err
	}
	for _, v := range versions[j.Case.Scheme] {
		if v.Version == j.Case.Version {
			rules, err := match.Compiled(v)
			return rules, j, err
		}
	}
	return nil, j, fmt.Errorf("scheme %s version %d: %w", j.Case.Scheme, j.Case.Version, ledger.ErrNotFound)
}

// inForce are the versions of the scheme that may judge an event of the day: the last that is in force then, and before it
// the one that judged the claim already, where another has been published since. What that one has granted stands, unless
// the decree of the new one cuts the past.
func (d *desk) inForce() []insurance.Scheme {
	on := d.EventOn
	last := d.versions[0]
	for _, v := range d.versions {
		if v.EffectiveOn <= on && (last.EffectiveOn > on || v.EffectiveOn >= last.EffectiveOn) {
			last = v
		}
	}
	judging := []insurance.Scheme{last}
	if d.standing == nil {
		return judging
	}
	for _, v := range d.versions {
		if v.Version == d.standing.Version && v.Version != last.Version {
			judging = append(judging, v)
		}
	}
	return judging
}

// judge judges the claim by what is known now. The decision is not recorded yet.
func (d *desk) judge(ctx context.Context, tx Tx) error {
	judged, err := d.gather(ctx, tx)
	if err != nil {
		return err
	}
	for _, v := range d.inForce() {
		next, err := d.judgeBy(ctx, tx, v, judged)
		if err != nil {
			return err
		}
		if d.next == nil || !d.next.rules.CutsPast && next.Decision.Granted() > d.next.Decision.Granted() {
			d.next = next
		}
	}
	d.content.Judgings++
	d.Pool = insurance.Pool(d.next.benefit().Pool)
	return nil
}

// verdict is what a claim was judged to be, by which rules, before it is recorded.
type verdict struct {
	Draft
	rules *rule.Scheme
	name  string
}

func (v *verdict) benefit() rule.Benefit { return v.rules.Benefits[v.name] }

func (d *desk) judgeBy(ctx context.Context, tx Tx, v insurance.Scheme, judged Judged) (*verdict, error) {
	rules, err := match.Compiled(v)
	if err != nil {
		return nil, fmt.Errorf("scheme %s version %d: %w", v.Code, v.Version, err)
	}
	judged.Case.Version = v.Version
	if judged.Case.Cover, err = d.covered(ctx, tx, rules); err != nil {
		return nil, err
	}
	decision, err := Judge(rules, judged)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(judged)
	if err != nil {
		return nil, fmt.Errorf("keep what claim %s is judged by: %w", d.ID, err)
	}
	return &verdict{Draft{decision, text}, rules, judged.Case.Claim.Benefit}, nil
}

// gather reads what the claim is judged by: what is known of the member, what she has given, and what was granted before.
func (d *desk) gather(ctx context.Context, tx Tx) (Judged, error) {
	j := Judged{Case: benefit.Case{Claim: d.content.Claim, Scheme: d.Scheme, Survivors: d.content.Survivors, Through: d.content.Through}, Findings: d.content.Findings}
	if d.Member == "" {
		return j, nil
	}
	if err := d.readMember(ctx, tx); err != nil {
		return j, err
	}
	j.Case.Facts = d.facts
	j.Case.Facts.Superseded = nil
	j.Case.Enrolled = d.facts.Enrolled(d.Scheme)
	j.Case.Contributions = paidIn(d.entries, d.Scheme, d.content.Claim.Event)
	var err error
	j.Case.History, err = d.history(ctx, tx)
	return j, err
}

func (d *desk) readMember(ctx context.Context, tx Tx) (err error) {
	sealed, err := tx.SealedFacts(ctx, d.Member)
	if err != nil {
		return err
	}
	if d.facts, err = insurance.OpenFacts(d.sealer, d.Member, sealed[d.Member]); err != nil {
		return err
	}
	d.entries, err = tx.EntriesOf(ctx, d.Member.Party())
	return err
}

// paidIn is what a member has given to a scheme: by the day around the event, and by the month before that, on its first
// day, since rules look at months there.
func paidIn(entries []ledger.Entry, scheme ledger.SchemeCode, event benefit.Event) []benefit.Paid {
	byID := make(map[ledger.ID]ledger.Entry, len(entries))
	for _, e := range entries {
		byID[e.ID] = e
	}
	find := func(id ledger.ID) (ledger.Entry, bool) { e, ok := byID[id]; return e, ok }
	type key struct {
		on      ledger.Date
		payer   insurance.PayerKind
		account insurance.AccountLabel
	}
	sums := map[key]benefit.Paid{}
	exact := monthBefore(min(event.On, cmp.Or(event.Admitted, event.On)))
	for _, e := range entries {
		given, ok := insurance.GivenBy(e, find)
		if !ok || given.Scheme != scheme {
			continue
		}
		k := key{e.ValueOn, given.Payer, given.Account}
		if k.on < exact {
			k.on = k.on.Period().FirstDay()
		}
		p := sums[k]
		p.On, p.Payer, p.Account, p.Minor = k.on, k.payer, string(k.account), p.Minor+given.Minor
		if given.Minor > 0 {
			p.Count++
		} else {
			p.Count--
		}
		sums[k] = p
	}
	var paid []benefit.Paid
	for _, p := range sums {
		if p.Minor > 0 {
			paid = append(paid, p)
		}
	}
	slices.SortFunc(paid, func(a, b benefit.Paid) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Payer, b.Payer), cmp.Compare(a.Account, b.Account))
	})
	return paid
}

// monthBefore is the first day of the month before that of the day.
func monthBefore(day ledger.Date) ledger.Date {
	return day.Period().FirstDay().AddDays(-1).Period().FirstDay()
}
