package match

import (
	"cmp"
	"context"
	"slices"

	"sanad.dev/sanad/ledger"
	"sanad.dev/sanad/services/insurance"
	"sanad.dev/sanad/services/rule"
)

// Remitted are the collectors' remittances as they stood when they were first asked for. A run keeps one from its
// beginning to its end: what is remitted meanwhile counts in the next.
type Remitted struct {
	through map[ledger.Account]ledger.Date
	banked  map[ledger.Account][]ledger.DayNet
}

// RemittedThrough is the last day of which all that a collector took in has been remitted: what it has remitted settles
// what it took in first. Clearing is what 1100 changed by on each value date, and banked what of that went to a bank, as a
// credit. A collector who owes nothing has remitted everything.
//
// What a collector took in is what was debited to 1100 less what it took back: what 1100 changed by, without what was
// banked. So a reversal frees nothing but its own day, and money that left the collector in another way, taken out for a
// reason not known or given up, is not with it any more.
func RemittedThrough(clearing, banked []ledger.DayNet) ledger.Date {
	remitted := int64(0)
	taken := slices.Clone(clearing)
	for _, day := range banked {
		remitted -= day.Net
		taken = append(taken, ledger.DayNet{On: day.On, Net: -day.Net})
	}
	slices.SortFunc(taken, func(a, b ledger.DayNet) int { return cmp.Compare(a.On, b.On) })
	sum := int64(0)
	for i, day := range taken {
		sum += day.Net
		ended := i+1 == len(taken) || taken[i+1].On != day.On
		if ended && sum > remitted {
			return day.On.AddDays(-1)
		}
	}
	return ledger.LastDate
}

// read reads how far the collectors have remitted that are not known yet.
func (r *Remitted) read(ctx context.Context, tx Tx, accounts []ledger.Account) error {
	accounts = slices.DeleteFunc(accounts, func(a ledger.Account) bool { _, known := r.through[a]; return known })
	if len(accounts) == 0 {
		return nil
	}
	if err := r.readBanks(ctx, tx); err != nil {
		return err
	}
	for _, account := range accounts {
		days, err := tx.SharedDays(ctx, account)
		if err != nil {
			return err
		}
		r.through[account] = RemittedThrough(days, r.banked[account])
	}
	return nil
}

// readBanks reads what was banked of every collector's clearing, once.
func (r *Remitted) readBanks(ctx context.Context, tx Tx) error {
	if r.banked != nil {
		return nil
	}
	banks, err := tx.PartiesOn(ctx, ledger.Bank)
	if err != nil {
		return err
	}
	entries, err := tx.EntriesOf(ctx, banks...)
	if err != nil {
		return err
	}
	r.through, r.banked = map[ledger.Account]ledger.Date{}, map[ledger.Account][]ledger.DayNet{}
	for _, e := range entries {
		for _, p := range e.Postings {
			if p.Account.Code == ledger.CollectorClearing {
				r.banked[p.Account] = append(r.banked[p.Account], ledger.DayNet{On: e.ValueOn, Net: p.Net()})
			}
		}
	}
	return nil
}

// covers says whether the entry's money has been remitted; what came through no collector has been.
func (r *Remitted) covers(e ledger.Entry) bool {
	by := insurance.CollectorOf(e)
	return by == "" || e.ValueOn <= r.through[insurance.Clearing(by, e.Currency())]
}

// Awaiting is what a run holds back of a collector's, until it remits.
type Awaiting struct {
	Collector insurance.CollectorID `json:"collector"`
	Currency  ledger.Currency       `json:"currency"`
	// Members have given Given, in minor units, which the collector has acknowledged and not remitted.
	Members int64 `json:"members"`
	Given   int64 `json:"given"`
}

// Held is what a run holds back until collectors remit: what is due all the same, in minor units, and for whom it waits.
type HeldBack struct {
	Due int64      `json:"due"`
	For []Awaiting `json:"for,omitempty"`
}

// Plus adds up what two parts of a run hold back.
func (h HeldBack) Plus(other HeldBack) HeldBack {
	h.Due += other.Due
	h.For = slices.Clone(h.For)
	for _, a := range other.For {
		h.add(a)
	}
	return h
}

func (h *HeldBack) add(a Awaiting) {
	same := func(known Awaiting) bool { return known.Collector == a.Collector && known.Currency == a.Currency }
	if i := slices.IndexFunc(h.For, same); i >= 0 {
		h.For[i].Members += a.Members
		h.For[i].Given += a.Given
		return
	}
	h.For = append(h.For, a)
	slices.SortFunc(h.For, func(a, b Awaiting) int {
		return cmp.Or(cmp.Compare(a.Collector, b.Collector), cmp.Compare(a.Currency, b.Currency))
	})
}

// awaits says whether the scheme has a subsidy that is granted once collectors have remitted.
func (r Rules) awaits() bool {
	for _, s := range r.spans {
		if sub := r.latest(s.subsidy); sub != nil && sub.Timing == rule.OnRemittance {
			return true
		}
	}
	return false
}

// readRemitted reads how far those have remitted through whom the cases' members have given.
func (d *desk) readRemitted(ctx context.Context, tx Tx) error {
	var accounts []ledger.Account
	for _, c := range d.cases {
		if !d.All || !d.rules[c.scheme].awaits() {
			continue
		}
		for _, e := range c.entries {
			if by := insurance.CollectorOf(e); by != "" {
				accounts = append(accounts, insurance.Clearing(by, e.Currency()))
			}
		}
	}
	if len(accounts) == 0 {
		return nil
	}
	if d.Remitted == nil {
		d.Remitted = &Remitted{}
	}
	slices.SortFunc(accounts, func(a, b ledger.Account) int { return cmp.Compare(a.String(), b.String()) })
	return d.Remitted.read(ctx, tx, slices.Compact(accounts))
}

// grantable is what of the due may be granted now: where the scheme holds it until remittance, what is due for what has
// been remitted alone. What is granted already is never taken back for want of it.
func (d *desk) grantable(c *memberCase, position *Position, j judgement, due int64) (int64, error) {
	sub := d.rules[c.scheme].latest(j.subsidy)
	if sub == nil || sub.Timing != rule.OnRemittance || !d.All || j.gone || d.Remitted == nil {
		return due, nil
	}
	var waiting []ledger.Entry
	remitted := func(e ledger.Entry) bool {
		covered := d.Remitted.covers(e)
		if !covered && j.period.Holds(e.ValueOn) {
			waiting = append(waiting, e)
		}
		return covered
	}
	at := d.look(c, position, j)
	at.contributions = func(sub *rule.Subsidy) []rule.Contribution {
		waiting = nil
		return sub.Reading(contributionsThat(c.scheme, c.entries, remitted))
	}
	now, _, err := d.rules[c.scheme].due(j.subsidy, j.period, at)
	if err != nil {
		return 0, err
	}
	now = min(due, max(now, position.granted(j.subsidy, j.period.Start)))
	if j.asked && !d.Counting {
		d.holdBack(due-now, waiting)
	}
	return now, nil
}

// holdBack notes what waits for remittance, and for whose.
func (d *desk) holdBack(due int64, waiting []ledger.Entry) {
	var held HeldBack
	for _, e := range waiting {
		held.add(Awaiting{insurance.CollectorOf(e), e.Currency(), 0, insurance.Placed(e).Minor})
	}
	for i := range held.For {
		held.For[i].Members = 1
	}
	held.Due = due
	d.settled.HeldBack = d.settled.HeldBack.Plus(held)
}
